//! Rounds: every contestant runs once in each, in another order each time.

use std::io::{IsTerminal, Write as _};
use std::time::{Duration, Instant};

use crate::machine::{self, Others};

/// Of which figures more is better.
#[derive(Clone, Copy, PartialEq)]
pub enum Better {
    More,
    Less,
}

/// What is measured. The first of a cell is what is compared.
#[derive(Clone, Copy)]
pub struct Metric {
    pub name: &'static str,
    pub unit: &'static str,
    pub better: Better,
}

pub const fn more(name: &'static str, unit: &'static str) -> Metric {
    Metric {
        name,
        unit,
        better: Better::More,
    }
}

pub const fn less(name: &'static str, unit: &'static str) -> Metric {
    Metric {
        name,
        unit,
        better: Better::Less,
    }
}

type Run = Box<dyn Fn(&Effort) -> Vec<f64>>;

/// Who takes part, and what it runs: it returns a figure for each metric.
pub struct Contestant {
    pub name: &'static str,
    pub run: Run,
}

pub fn contestant(name: &'static str, run: impl Fn(&Effort) -> Vec<f64> + 'static) -> Contestant {
    Contestant {
        name,
        run: Box::new(run),
    }
}

/// One comparison.
pub struct Cell {
    /// What it belongs to, e.g. `mutex/grid`.
    pub table: &'static str,
    pub name: String,
    pub metrics: &'static [Metric],
    /// Whom the others are compared with: the best of these in each round.
    pub against: &'static [&'static str],
    pub contestants: Vec<Contestant>,
}

/// How much is measured.
#[derive(Clone, Copy)]
pub struct Effort {
    pub rounds: usize,
    /// How long a contestant runs in a round.
    pub sample: Duration,
    /// How long to wait for a quiet machine.
    pub patience: Duration,
}

impl Effort {
    /// In a few words.
    pub fn description(&self) -> String {
        let milliseconds = self.sample.as_millis();
        format!(
            "{} rounds, in each {milliseconds} ms for each contestant (mostly)",
            self.rounds
        )
    }

    /// What is reported.
    pub const FULL: Self = Self {
        rounds: 7,
        sample: Duration::from_millis(80),
        patience: Duration::from_millis(500),
    };
    /// Three minutes for all.
    pub const QUICK: Self = Self {
        rounds: 3,
        sample: Duration::from_millis(8),
        patience: Duration::ZERO,
    };
    /// That everything runs and counts right, and nothing about time.
    pub const SMOKE: Self = Self {
        rounds: 1,
        sample: Duration::from_millis(1),
        patience: Duration::ZERO,
    };
}

/// What a contestant had in all rounds: for each metric its figures.
pub struct Standing {
    pub name: &'static str,
    pub figures: Vec<Vec<f64>>,
    /// Its first metric, compared in each round; more is better.
    pub ratios: Vec<f64>,
}

/// What a cell came to.
pub struct Outcome {
    pub table: &'static str,
    pub name: String,
    pub metrics: &'static [Metric],
    pub against: &'static [&'static str],
    pub standings: Vec<Standing>,
    /// How many processors others used meanwhile.
    pub others: f64,
}

impl Outcome {
    pub fn of(&self, name: &str) -> Option<&Standing> {
        self.standings.iter().find(|standing| standing.name == name)
    }
}

pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[n / 2],
        n => (sorted[n / 2 - 1] + sorted[n / 2]) / 2.0,
    }
}

pub fn geometric_mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let logs: Vec<f64> = values.into_iter().map(f64::ln).collect();
    (logs.iter().sum::<f64>() / logs.len() as f64).exp()
}

impl Standing {
    pub fn median(&self, metric: usize) -> f64 {
        median(&self.figures[metric])
    }

    pub fn least(&self, metric: usize) -> f64 {
        self.figures[metric]
            .iter()
            .copied()
            .fold(f64::INFINITY, f64::min)
    }

    pub fn most(&self, metric: usize) -> f64 {
        self.figures[metric]
            .iter()
            .copied()
            .fold(f64::NEG_INFINITY, f64::max)
    }

    pub fn ratio(&self) -> f64 {
        median(&self.ratios)
    }
}

/// Runs a cell.
pub fn run(cell: Cell, effort: &Effort, progress: &mut Progress) -> Outcome {
    let others = Others::watch();
    let mut standings: Vec<Standing> = cell
        .contestants
        .iter()
        .map(|contestant| Standing {
            name: contestant.name,
            figures: vec![Vec::new(); cell.metrics.len()],
            ratios: Vec::new(),
        })
        .collect();
    let count = cell.contestants.len();
    for round in 0..effort.rounds {
        for turn in 0..count {
            // Another one first in each round, and there and back, so that nobody always follows the same.
            let turn = if round % 2 == 0 {
                turn
            } else {
                count - 1 - turn
            };
            let at = (turn + round) % count;
            machine::quiet(effort.patience);
            progress.tell(cell.table, &cell.name, cell.contestants[at].name, round);
            let figures = (cell.contestants[at].run)(effort);
            assert_eq!(
                figures.len(),
                cell.metrics.len(),
                "a figure for each metric"
            );
            for (all, figure) in standings[at].figures.iter_mut().zip(figures) {
                all.push(figure);
            }
        }
        compare(&mut standings, cell.metrics[0].better, cell.against, round);
    }
    progress.cells += 1;
    Outcome {
        table: cell.table,
        name: cell.name,
        metrics: cell.metrics,
        against: cell.against,
        standings,
        others: others.share(),
    }
}

/// Compares what all had in a round with the best of those it is `against`.
fn compare(standings: &mut [Standing], better: Better, against: &[&str], round: usize) {
    let goodness = |standing: &Standing| match better {
        Better::More => standing.figures[0][round],
        Better::Less => 1.0 / standing.figures[0][round],
    };
    let best = standings
        .iter()
        .filter(|standing| against.contains(&standing.name))
        .map(goodness)
        .fold(f64::NAN, f64::max);
    for standing in standings {
        standing.ratios.push(goodness(standing) / best);
    }
}

/// One line that says where a run is: only on a terminal, and elsewhere one line for each table.
pub struct Progress {
    start: Instant,
    terminal: bool,
    told: Option<Instant>,
    table: &'static str,
    pub cells: usize,
    pub of: usize,
}

impl Progress {
    pub fn new(of: usize) -> Self {
        Self {
            start: Instant::now(),
            terminal: std::io::stderr().is_terminal(),
            told: None,
            table: "",
            cells: 0,
            of,
        }
    }

    fn tell(&mut self, table: &'static str, cell: &str, contestant: &str, round: usize) {
        let elapsed = self.start.elapsed().as_secs();
        if !self.terminal {
            if self.table != table {
                self.table = table;
                eprintln!("{elapsed:>5} s  {}/{} {table}", self.cells, self.of);
            }
            return;
        }
        if self
            .told
            .is_none_or(|told| told.elapsed() > Duration::from_millis(200))
        {
            self.told = Some(Instant::now());
            eprint!(
                "\r\x1b[K{elapsed:>5} s  {}/{}  {table} {cell}: round {}, {contestant}",
                self.cells,
                self.of,
                round + 1
            );
            std::io::stderr().flush().ok();
        }
    }

    pub fn end(&self) {
        if self.terminal {
            eprint!("\r\x1b[K");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_to_the_best_of_the_same_round_and_more_is_better() {
        let standing = |name, figure| Standing {
            name,
            figures: vec![vec![figure]],
            ratios: Vec::new(),
        };
        let mut standings = [
            standing("a", 10.0),
            standing("b", 20.0),
            standing("c", 40.0),
        ];
        compare(&mut standings, Better::Less, &["b", "c"], 0);
        assert_eq!(standings[0].ratios, [2.0]);
        assert_eq!(standings[2].ratios, [0.5]);
        for standing in &mut standings {
            standing.ratios.clear();
        }
        compare(&mut standings, Better::More, &["a", "b"], 0);
        assert_eq!(standings[2].ratios, [2.0]);
    }

    #[test]
    fn medians() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(geometric_mean([2.0, 8.0]), 4.0);
    }
}
