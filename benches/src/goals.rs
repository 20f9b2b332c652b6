//! What we want to reach, and whether a run has.

use crate::report;
use crate::rounds::{Outcome, geometric_mean, median};

/// One of them.
pub struct Goal {
    pub work: &'static str,
    pub goal: String,
    pub figure: f64,
    pub reached: bool,
}

struct Run<'a>(&'a [Outcome]);

impl<'a> Run<'a> {
    fn table(&self, table: &str) -> impl Iterator<Item = &'a Outcome> + use<'a> {
        let table = table.to_owned();
        self.0.iter().filter(move |outcome| outcome.table == table)
    }

    fn cell(&self, table: &str, name: &str) -> Option<&'a Outcome> {
        self.table(table).find(|outcome| outcome.name == name)
    }
}

/// The figure of one, in parts of that of another in the same round.
fn part(outcome: &Outcome, metric: usize, one: &str, other: &str) -> Option<f64> {
    let (one, other) = (outcome.of(one)?, outcome.of(other)?);
    let rounds = one.figures[metric].iter().zip(&other.figures[metric]);
    let parts: Vec<f64> = rounds.map(|(one, other)| one / other).collect();
    Some(median(&parts))
}

/// How much better one is than the best of all peers in the cell, by the ratios that its table shows.
fn to_best_peer(outcome: &Outcome, one: &str) -> Option<f64> {
    let peers = outcome
        .standings
        .iter()
        .filter(|standing| !standing.name.starts_with("selvedge"));
    let best = peers
        .map(|standing| standing.ratio())
        .fold(f64::NAN, f64::max);
    Some(outcome.of(one)?.ratio() / best)
}

fn mean(values: Vec<f64>) -> Option<f64> {
    (!values.is_empty()).then(|| geometric_mean(values))
}

fn least(values: Vec<f64>) -> Option<f64> {
    values.into_iter().reduce(f64::min)
}

fn most(values: Vec<f64>) -> Option<f64> {
    values.into_iter().reduce(f64::max)
}

/// A goal, if there is a figure.
fn goal(
    work: &'static str,
    what: &str,
    sign: &str,
    limit: f64,
    figure: Option<f64>,
) -> Option<Goal> {
    let figure = figure.filter(|figure| figure.is_finite())?;
    // As it is written: what is beyond that is far below the noise.
    let written = report::number(figure).parse().unwrap_or(figure);
    let reached = match sign {
        "<=" => written <= limit,
        _ => written >= limit,
    };
    Some(Goal {
        work,
        goal: format!("{what} {sign} {limit}"),
        figure,
        reached,
    })
}

/// The goals of which this run has the figures.
pub fn reached(outcomes: &[Outcome]) -> Vec<Goal> {
    const US: &str = "selvedge";
    let run = Run(outcomes);
    let mut goals = Vec::new();
    let mut at_most = |work, what: &str, limit, figure| {
        goals.extend(goal(work, what, "<=", limit, figure));
    };
    // --- at most ---
    for cell in run
        .table("uncontended")
        .filter(|cell| cell.name.starts_with("mutex"))
    {
        at_most(
            "mutex, uncontended",
            &format!("{}: time of std", cell.name),
            1.0,
            part(cell, 0, US, "std"),
        );
        for one in ["selvedge spin", "selvedge ticket", "selvedge mcs"] {
            at_most(
                "spinning locks, uncontended",
                &format!("{one}, {}: time of spin", cell.name),
                1.0,
                part(cell, 0, one, "spin"),
            );
        }
    }
    let empty = run.cell("uncontended", "mutex, nothing inside");
    at_most(
        "mutex, uncontended",
        "further than that: time of std",
        0.75,
        empty.and_then(|cell| part(cell, 0, US, "std")),
    );
    let instructions = run.cell("instructions", "mutex");
    for peer in ["std", "parking_lot"] {
        at_most(
            "mutex, uncontended",
            &format!("instructions of {peer}"),
            1.0,
            instructions.and_then(|cell| part(cell, 0, US, peer)),
        );
    }
    let grid: Vec<&Outcome> = run
        .table("mutex grid")
        .filter(|cell| !cell.name.starts_with("1 "))
        .collect();
    let cpu = grid
        .iter()
        .filter_map(|cell| part(cell, 1, US, "std"))
        .collect();
    at_most(
        "mutex grid",
        "processor time an operation, of std's",
        0.7,
        mean(cpu),
    );
    let waiting = run.cell("mutex, waiting", "32 threads, 1000 ns inside, 0 ns outside");
    at_most(
        "mutex, 32 threads",
        "longest wait, of parking_lot's",
        1.0,
        waiting.and_then(|cell| part(cell, 0, US, "parking_lot")),
    );
    for one in [
        US,
        "selvedge fair",
        "selvedge spin",
        "selvedge ticket",
        "selvedge mcs",
        "selvedge monitor",
        "selvedge rwlock, write",
        "selvedge biased, write",
        "selvedge semaphore",
        "selvedge greedy semaphore",
    ] {
        let hogs = run
            .table("mutex beside two hogs")
            .filter_map(|cell| part(cell, 0, "textbook futex", one))
            .collect();
        at_most(
            "mutex beside two hogs",
            &format!("{one}: slower than a plain futex"),
            2.0,
            most(hogs),
        );
    }
    let hogs = run
        .table("mutex grid beside two hogs")
        .filter_map(|cell| part(cell, 0, "textbook futex", US))
        .collect();
    at_most(
        "mutex grid beside two hogs",
        "slower than a plain futex, worst cell",
        2.0,
        most(hogs),
    );
    let hogs = run
        .table("hand-off")
        .filter(|cell| cell.name.ends_with("hogs"));
    for cell in hogs {
        let ours = cell
            .standings
            .iter()
            .filter(|standing| standing.name.starts_with(US));
        let slowest = ours
            .map(|standing| 1.0 / standing.ratio())
            .fold(0.0, f64::max);
        at_most(
            "hand-off beside two hogs",
            &format!("{}: slowest of ours, of a plain futex", cell.name),
            2.0,
            Some(slowest),
        );
    }
    for cell in run
        .table("fair and spinning")
        .filter(|cell| !cell.name.starts_with("2 "))
    {
        for one in ["selvedge spin", "selvedge ticket", "selvedge mcs"] {
            at_most(
                "more threads than cores",
                &format!("{one}, {}: slower than the mutex", cell.name),
                2.0,
                part(cell, 0, US, one),
            );
        }
    }
    let read = run.cell("uncontended", "rwlock, read");
    at_most(
        "rwlock, uncontended",
        "read: time of std",
        0.7,
        read.and_then(|cell| part(cell, 0, US, "std")),
    );
    let write = run.cell("uncontended", "rwlock, write");
    at_most(
        "rwlock, uncontended",
        "write: time of the best",
        1.0,
        write.and_then(|cell| Some(1.0 / to_best_peer(cell, US)?)),
    );
    // Its writers may cost more: a pair of them, and one in a hundred among readers.
    const BIASED: &str = "selvedge biased";
    at_most(
        "biased rwlock, uncontended",
        "write: time of std",
        2.0,
        write.and_then(|cell| part(cell, 0, BIASED, "std")),
    );
    let some_write = run.cell("rwlock", "2 threads, 99 % read, 0 ns inside, 0 ns outside");
    at_most(
        "biased rwlock, 2 threads",
        "1 % write: time of std",
        2.0,
        some_write.and_then(|cell| part(cell, 0, "std", BIASED)),
    );
    for cell in run
        .table("condvar")
        .filter(|cell| cell.name.ends_with("nobody waits"))
    {
        at_most(
            "condvar",
            &format!("{}: ns", cell.name),
            1.0,
            cell.of(US).map(|standing| standing.median(0)),
        );
    }
    for cell in run
        .table("condvar")
        .filter(|cell| cell.name.starts_with("notify_all, 16"))
    {
        at_most(
            "condvar",
            &format!("{}: time of the best", cell.name),
            1.0,
            to_best_peer(cell, US).map(|ratio| 1.0 / ratio),
        );
    }
    let semaphore = run.cell("uncontended", "semaphore, one permit");
    at_most(
        "semaphore, uncontended",
        "time of tokio",
        0.7,
        semaphore.and_then(|cell| part(cell, 0, US, "tokio")),
    );
    let two = run
        .cell("barrier", "2 threads")
        .and_then(|cell| Some(cell.of(US)?.median(0)));
    at_most("barrier", "2 threads: us a round", 1.0, two);
    for cell in run
        .table("barrier")
        .filter(|cell| !cell.name.starts_with("2 "))
    {
        at_most(
            "barrier",
            &format!("{}: time of the best", cell.name),
            1.0,
            to_best_peer(cell, US).map(|ratio| 1.0 / ratio),
        );
    }
    for cell in run.table("once") {
        at_most(
            "once",
            &format!("{}: time of std", cell.name),
            1.1,
            part(cell, 0, US, "std"),
        );
    }
    let ring = run.cell("monitor", "a ring of 32 threads");
    at_most(
        "monitor",
        "wake-ups a turn",
        1.2,
        ring.and_then(|cell| Some(cell.of("selvedge monitor")?.median(1))),
    );
    let checkpoint = run.cell("uncontended", "gil, a checkpoint that nobody asks at");
    at_most(
        "gil",
        "a checkpoint that nobody asks at: ns",
        1.0,
        checkpoint.and_then(|cell| Some(cell.of(US)?.median(0))),
    );
    for (threads, p50, p99) in [(1, 10.0, 50.0), (2, 60.0, 1000.0)] {
        let cell = run.cell(
            "gil",
            &format!("a request every 2 ms, {threads} threads compute"),
        );
        at_most(
            "gil",
            &format!("{threads} compute: p50, us"),
            p50,
            cell.and_then(|cell| Some(cell.of(US)?.median(0))),
        );
        at_most(
            "gil",
            &format!("{threads} compute: p99, us"),
            p99,
            cell.and_then(|cell| Some(cell.of(US)?.median(1))),
        );
    }
    for (cell, name) in [("on one core", "on one core")] {
        let cell = run.cell("hand-off", cell);
        for one in ["selvedge condvar", "selvedge semaphore", "selvedge parker"] {
            let figure = cell.and_then(|cell| Some(1.0 / to_best_peer(cell, one)?));
            at_most(
                "hand-off",
                &format!("{name}, {one}: time of the best"),
                1.2,
                figure,
            );
        }
    }
    let cell = run.cell("hand-off", "on two cores");
    for one in ["selvedge condvar", "selvedge semaphore", "selvedge parker"] {
        at_most(
            "hand-off",
            &format!("on two cores, {one}: us"),
            2.0,
            cell.and_then(|cell| Some(cell.of(one)?.median(0))),
        );
    }
    // --- at least ---
    let mut at_least = |work, what: &str, limit, figure| {
        goals.extend(goal(work, what, ">=", limit, figure));
    };
    let ratios = || {
        grid.iter()
            .filter_map(|cell| Some(cell.of(US)?.ratio()))
            .collect()
    };
    at_least(
        "mutex grid",
        "throughput of the better of std and parking_lot, mean of two threads and more",
        1.08,
        mean(ratios()),
    );
    at_least("mutex grid", "the same, worst cell", 0.85, least(ratios()));
    at_least(
        "mutex grid",
        "throughput of std, mean",
        1.45,
        mean(
            grid.iter()
                .filter_map(|cell| part(cell, 0, US, "std"))
                .collect(),
        ),
    );
    at_least(
        "mutex, 32 threads",
        "Jain index",
        0.97,
        waiting.and_then(|cell| Some(cell.of(US)?.median(5))),
    );
    for cell in run
        .table("rwlock")
        .filter(|cell| !cell.name.contains("100 % read"))
    {
        at_least(
            "rwlock, mixed",
            &format!("{}: of the best", cell.name),
            1.0,
            to_best_peer(cell, US),
        );
    }
    let all_read = run.cell("rwlock", "2 threads, 100 % read, 0 ns inside, 0 ns outside");
    at_least(
        "biased rwlock, 2 threads",
        "reads only: throughput of std",
        6.0,
        all_read.and_then(|cell| part(cell, 0, BIASED, "std")),
    );
    let fair = run
        .table("semaphore")
        .filter_map(|cell| part(cell, 0, US, "tokio"))
        .collect();
    at_least(
        "semaphore, in order",
        "throughput of tokio, worst cell",
        1.0,
        least(fair),
    );
    let greedy = || {
        run.table("semaphore")
            .filter_map(|cell| to_best_peer(cell, "selvedge greedy"))
            .collect()
    };
    at_least(
        "semaphore, greedy",
        "throughput of the best, mean",
        1.0,
        mean(greedy()),
    );
    at_least(
        "semaphore, greedy",
        "the same, worst cell",
        1.0,
        least(greedy()),
    );
    at_least(
        "monitor",
        "a ring of 32: faster than condvars",
        10.0,
        ring.and_then(|cell| Some(cell.of("selvedge monitor")?.ratio())),
    );
    for threads in [1, 2] {
        let cell = run.cell(
            "gil",
            &format!("a request every 2 ms, {threads} threads compute"),
        );
        let computed = cell.and_then(|cell| part(cell, 4, US, "selvedge, as CPython 3.2"));
        at_least(
            "gil",
            &format!("{threads} compute: computed, of 5 ms"),
            0.95,
            computed,
        );
    }
    goals
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rounds::{Metric, Standing, less};

    const NANOSECONDS: &[Metric] = &[less("a pair", "ns")];

    fn outcome(ours: f64) -> Outcome {
        let standing = |name, figure: f64| Standing {
            name,
            figures: vec![vec![figure]],
            ratios: vec![10.0 / figure],
        };
        Outcome {
            table: "uncontended",
            name: "mutex, nothing inside".to_owned(),
            metrics: NANOSECONDS,
            against: &["std"],
            standings: vec![standing("std", 10.0), standing("selvedge", ours)],
            others: 0.0,
        }
    }

    /// A run that is too slow says so, and what a run has no figures of it says nothing about.
    #[test]
    fn slower_is_not_reached() {
        let goal = &reached(&[outcome(9.0)])[0];
        assert!(goal.reached && goal.figure == 0.9);
        assert!(!reached(&[outcome(11.0)])[0].reached);
        // As fast as std, or at least not slower; and further than that.
        assert_eq!(reached(&[outcome(11.0)]).len(), 2);
        // Round by round: in two of three it is faster.
        let mut rounds = outcome(9.0);
        for (standing, figures) in rounds
            .standings
            .iter_mut()
            .zip([[10.0, 20.0, 30.0], [9.0, 40.0, 27.0]])
        {
            standing.figures = vec![figures.to_vec()];
        }
        assert_eq!(reached(&[rounds])[0].figure, 0.9);
        // As it is written: 1.00, and 1.01.
        assert!(reached(&[outcome(10.04)])[0].reached);
        assert!(!reached(&[outcome(10.06)])[0].reached);
        assert!(reached(&[]).is_empty());
    }
}
