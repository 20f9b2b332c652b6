//! What a run came to: on the terminal, as a table of all figures, and as a page.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use crate::goals;
use crate::plot;
use crate::rounds::{Better, Metric, Outcome, Standing, geometric_mean};

/// A number in as many digits as say something.
pub fn number(value: f64) -> String {
    match value.abs() {
        _ if !value.is_finite() => "-".to_owned(),
        size if size >= 1000.0 => format!("{value:.0}"),
        size if size >= 100.0 => format!("{value:.1}"),
        size if size >= 0.995 || size == 0.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

fn head(metric: &Metric) -> String {
    if metric.unit.is_empty() {
        metric.name.to_owned()
    } else {
        format!("{}, {}", metric.name, metric.unit)
    }
}

/// The rows of a cell: who, its ratio with the spread, and its figures.
fn rows(outcome: &Outcome) -> Vec<Vec<String>> {
    let mut head_row = vec![
        outcome.name.clone(),
        "ratio".to_owned(),
        "from".to_owned(),
        "to".to_owned(),
    ];
    head_row.extend(outcome.metrics.iter().map(head));
    let mut rows = vec![head_row];
    let mut standings: Vec<&Standing> = outcome.standings.iter().collect();
    standings.sort_by(|one, other| other.ratio().total_cmp(&one.ratio()));
    for standing in standings {
        let (low, high) = standing
            .ratios
            .iter()
            .fold((f64::INFINITY, 0.0_f64), |(low, high), ratio| {
                (low.min(*ratio), high.max(*ratio))
            });
        let mut row = vec![
            standing.name.to_owned(),
            number(standing.ratio()),
            number(low),
            number(high),
        ];
        row.extend((0..outcome.metrics.len()).map(|metric| number(standing.median(metric))));
        rows.push(row);
    }
    rows
}

/// The rows as text, each column as wide as it has to be.
fn text(rows: &[Vec<String>]) -> String {
    let mut text = String::new();
    for row in rows {
        for (at, field) in row.iter().enumerate() {
            let width = rows
                .iter()
                .map(|row| row[at].chars().count())
                .max()
                .unwrap_or(0);
            if at == 0 {
                write!(text, "{field:<width$}").expect("a string grows");
            } else {
                write!(text, "  {field:>width$}").expect("a string grows");
            }
        }
        text.push('\n');
    }
    text
}

fn markdown(rows: &[Vec<String>]) -> String {
    let mut text = String::new();
    for (at, row) in rows.iter().enumerate() {
        writeln!(text, "| {} |", row.join(" | ")).expect("a string grows");
        if at == 0 {
            writeln!(text, "|---|{}", "--:|".repeat(row.len() - 1)).expect("a string grows");
        }
    }
    text
}

/// What a cell came to, for the terminal.
pub fn cell(outcome: &Outcome) -> String {
    let others = others(outcome).map_or_else(String::new, |others| format!("  {others}\n"));
    format!(
        "{}: {}\n{}{others}",
        outcome.table,
        outcome.against.join(" or "),
        text(&rows(outcome))
    )
}

/// That the machine was not ours alone, if it was not.
fn others(outcome: &Outcome) -> Option<String> {
    let share = outcome.others;
    (share > 0.2).then(|| format!("(others kept {share:.1} processors busy meanwhile)"))
}

/// The tables of a run, in order.
fn tables(outcomes: &[Outcome]) -> Vec<(&'static str, Vec<&Outcome>)> {
    let mut tables: Vec<(&'static str, Vec<&Outcome>)> = Vec::new();
    for outcome in outcomes {
        match tables.iter_mut().find(|(table, _)| *table == outcome.table) {
            Some((_, cells)) => cells.push(outcome),
            None => tables.push((outcome.table, vec![outcome])),
        }
    }
    tables
}

/// One row for each cell, one column for each who takes part, if they are the same in all; with the mean below.
fn summary(cells: &[&Outcome]) -> Option<Vec<Vec<String>>> {
    let names: Vec<&str> = cells
        .first()?
        .standings
        .iter()
        .map(|standing| standing.name)
        .collect();
    let same = |cell: &&Outcome| {
        cell.standings
            .iter()
            .map(|standing| standing.name)
            .eq(names.iter().copied())
    };
    if cells.len() < 6 || !cells.iter().all(same) {
        return None;
    }
    let row = |first: String, of: &dyn Fn(usize) -> f64| {
        let mut row = vec![first];
        row.extend((0..names.len()).map(|at| number(of(at))));
        row
    };
    let mut head = vec!["ratio".to_owned()];
    head.extend(names.iter().map(|name| (*name).to_owned()));
    let mut rows = vec![head];
    for cell in cells {
        rows.push(row(cell.name.clone(), &|at| cell.standings[at].ratio()));
    }
    let all = |at: usize| cells.iter().map(move |cell| cell.standings[at].ratio());
    rows.push(row("**geometric mean**".to_owned(), &|at| {
        geometric_mean(all(at))
    }));
    rows.push(row("**worst**".to_owned(), &|at| {
        all(at).fold(f64::INFINITY, f64::min)
    }));
    Some(rows)
}

/// Writes what there is to know about a run below `folder`.
pub fn write(folder: &Path, run: &str, machine: &str, outcomes: &[Outcome]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("machine.txt"), machine)?;
    fs::write(folder.join("figures.csv"), csv(outcomes))?;
    for (table, cells) in tables(outcomes) {
        let name = table.replace([' ', ','], "-").replace("--", "-");
        let picture = folder.join(format!("{name}.svg"));
        plot::ratios(&cells, &picture).map_err(|error| io::Error::other(error.to_string()))?;
        sign(&picture, machine)?;
        if table == "mutex grid" {
            let picture = folder.join("grid-throughput.svg");
            plot::grid(&cells, &picture).map_err(|error| io::Error::other(error.to_string()))?;
            sign(&picture, machine)?;
        }
    }
    fs::write(folder.join("performance.md"), page(run, machine, outcomes))
}

/// Says in the picture's file what it was measured on.
fn sign(picture: &Path, machine: &str) -> io::Result<()> {
    let svg = fs::read_to_string(picture)?;
    fs::write(
        picture,
        format!(
            "{}\n<!--\n{}-->\n",
            svg.trim_end(),
            machine.replace("--", "- - ")
        ),
    )
}

/// Every figure of every round.
fn csv(outcomes: &[Outcome]) -> String {
    let mut text = "table,cell,contestant,metric,unit,round,figure\n".to_owned();
    for outcome in outcomes {
        for standing in &outcome.standings {
            for (metric, figures) in outcome.metrics.iter().zip(&standing.figures) {
                for (round, figure) in figures.iter().enumerate() {
                    writeln!(
                        text,
                        "{:?},{:?},{:?},{:?},{:?},{round},{figure}",
                        outcome.table, outcome.name, standing.name, metric.name, metric.unit
                    )
                    .expect("a string grows");
                }
            }
        }
    }
    text
}

/// `docs/performance.md`.
fn page(run: &str, machine: &str, outcomes: &[Outcome]) -> String {
    let mut page = format!(
        "# Performance\n\n\
         <!-- Written by `cargo bench -p benches -- --name {run} --document`; not by hand. -->\n\n\
         Run `{run}`, on this machine:\n\n```text\n{machine}```\n\n\
         In each round everybody runs once, in another order each time, and is compared with what the named one had in the\n\
         same round; where two are named, with the better of them. A *ratio* is the median of that over the rounds, *from* and\n\
         *to* are the smallest and the largest. **More is always better: 2 is twice as fast.** The other columns are medians\n\
         of the figures themselves. On this kind of machine less than a tenth is noise in one cell.\n\
         In the first table, of goals, it is as written: `<=` means less is better, and a figure is compared as it stands there.\n\n"
    );
    let goals = goals::reached(outcomes);
    if !goals.is_empty() {
        page.push_str("## What we want to reach\n\n");
        let mut rows = vec![vec![
            "work".to_owned(),
            "goal".to_owned(),
            "here".to_owned(),
            String::new(),
        ]];
        for goal in goals {
            let verdict = if goal.reached {
                "reached"
            } else {
                "**not reached**"
            };
            rows.push(vec![
                goal.work.to_owned(),
                goal.goal.clone(),
                number(goal.figure),
                verdict.to_owned(),
            ]);
        }
        page.push_str(&markdown(&rows));
        page.push('\n');
    }
    for (table, cells) in tables(outcomes) {
        writeln!(page, "## {table}\n").expect("a string grows");
        writeln!(page, "{}\n", compared_with(&cells)).expect("a string grows");
        if let Some(rows) = summary(&cells) {
            page.push_str(&markdown(&rows));
            page.push_str("\n<details><summary>All figures</summary>\n\n");
        }
        for cell in &cells {
            page.push_str(&markdown(&rows(cell)));
            page.push('\n');
            if let Some(others) = others(cell) {
                writeln!(page, "{others}\n").expect("a string grows");
            }
        }
        if summary(&cells).is_some() {
            page.push_str("</details>\n\n");
        }
    }
    page
}

/// With whom the contestants of a table are compared: in all cells with the same, or in each with its own.
fn compared_with(cells: &[&Outcome]) -> String {
    let all: Vec<_> = cells.iter().map(|cell| &cell.against).collect();
    if all.windows(2).all(|pair| pair[0] == pair[1]) {
        return format!("Compared with {}.", all[0].join(" or "));
    }
    let mut groups: Vec<(&[&str], Vec<&str>)> = Vec::new();
    for cell in cells {
        match groups
            .iter_mut()
            .find(|(against, _)| *against == cell.against)
        {
            Some((_, names)) => names.push(&cell.name),
            None => groups.push((cell.against, vec![&cell.name])),
        }
    }
    let told = groups
        .iter()
        .map(|(against, names)| format!("with {} ({})", against.join(" or "), names.join("; ")));
    format!("Compared {}.", told.collect::<Vec<_>>().join(", and "))
}

/// Whether less is better of what a cell compares; then a ratio is turned over.
pub fn is_time(outcome: &Outcome) -> bool {
    outcome.metrics[0].better == Better::Less
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rounds::{less, more};

    const METRICS: &[Metric] = &[more("throughput", "M/s"), less("wait", "us")];

    fn outcome(name: &str) -> Outcome {
        let standing = |name, figures: [f64; 2], ratio| Standing {
            name,
            figures: vec![vec![figures[0]], vec![figures[1]]],
            ratios: vec![ratio],
        };
        Outcome {
            table: "a table",
            name: name.to_owned(),
            metrics: METRICS,
            against: &["std"],
            standings: vec![
                standing("std", [10.0, 5.0], 1.0),
                standing("ours", [20.0, 2.5], 2.0),
            ],
            others: 0.0,
        }
    }

    #[test]
    fn the_best_comes_first() {
        let text = cell(&outcome("a cell"));
        assert_eq!(
            text,
            "a table: std\n\
             a cell  ratio  from    to  throughput, M/s  wait, us\n\
             ours     2.00  2.00  2.00            20.00      2.50\n\
             std      1.00  1.00  1.00            10.00      5.00\n"
        );
    }

    #[test]
    fn every_figure_is_in_the_list() {
        let text = csv(&[outcome("a cell, with a comma")]);
        assert_eq!(text.lines().count(), 5);
        assert!(
            text.contains("\"a table\",\"a cell, with a comma\",\"ours\",\"wait\",\"us\",0,2.5\n"),
            "{text}"
        );
    }

    #[test]
    fn many_cells_have_a_mean() {
        let cells: Vec<Outcome> = (0..6).map(|at| outcome(&at.to_string())).collect();
        let rows = summary(&cells.iter().collect::<Vec<_>>()).unwrap();
        assert_eq!(rows[7], ["**geometric mean**", "1.00", "2.00"]);
    }
}
