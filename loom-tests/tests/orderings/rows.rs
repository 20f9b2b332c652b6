//! What `docs/memory-ordering.md` says of each ordering, and whether it is so.
//!
//! A row of one of its tables whose second cell names an ordering is read here: `raw/mutex.rs` `acquire`, both in
//! backquotes, the file and the function (`call#2` for the second ordering in a function of that name), and `, to Release` where
//! there are several ways to weaken it. The third cell names the program that fails then; if it begins in another way, it is the
//! reason why none does.

use loom_tests::orderings::Site;
use loom_tests::selvedge::sys::Ordering::{self, AcqRel, Relaxed};

use crate::judge::{Outcome, weaker};

/// A row.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    pub file: String,
    pub name: String,
    /// What it is weakened to, if that is said.
    pub to: Option<String>,
    /// The program that fails, `mutex::exclusion`, or the reason why none does.
    pub program: Result<String, String>,
}

impl Row {
    fn is_of(&self, site: &Site, to: Ordering) -> bool {
        let said = match &self.to {
            Some(said) => *said == format!("{to:?}"),
            // Of two halves, each has rows of its own.
            None => site.ordering != AcqRel,
        };
        said && self.file == site.file && self.name == site.name
    }
}

/// The rows of a document.
pub fn rows_in(document: &str) -> Vec<Row> {
    let cells = document
        .lines()
        .map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
    cells
        .filter_map(|cells| {
            let &["", _, place, program, ""] = &cells[..] else {
                return None;
            };
            let words: Vec<&str> = place.split('`').collect();
            let (&["", file, " ", name, after], true) = (&words[..], place.contains(".rs`")) else {
                return None;
            };
            let program = match program
                .strip_prefix('`')
                .and_then(|rest| rest.split_once('`'))
            {
                Some((program, "")) => Ok(program.to_owned()),
                _ => Err(program.to_owned()),
            };
            Some(Row {
                file: file.to_owned(),
                name: name.to_owned(),
                to: after.strip_prefix(", to ").map(str::to_owned),
                program,
            })
        })
        .collect()
}

/// What the campaign found, to be printed, and what is wrong with it.
#[derive(Default)]
pub struct Findings {
    pub table: Vec<String>,
    pub wrong: Vec<String>,
}

/// Weakens each ordering in each way by `judge`, who is told which program is to be tried, or that all are; and holds the
/// rows against it.
pub fn compare(
    rows: &[Row],
    sites: &[Site],
    judge: impl Fn(usize, Ordering, Option<&str>) -> Outcome,
) -> Findings {
    let mut findings = Findings::default();
    for row in rows {
        let mut weakenings = sites
            .iter()
            .flat_map(|site| weaker(site.ordering).iter().map(move |&to| (site, to)));
        if !weakenings.any(|(site, to)| row.is_of(site, to)) {
            findings
                .wrong
                .push(format!("a row is about what is not there: {row:?}"));
        }
    }
    for (number, site) in sites.iter().enumerate() {
        for &to in weaker(site.ordering) {
            let line = format!(
                "{}:{} `{}`, {}: {:?}, to {to:?}",
                site.file, site.line, site.name, site.call, site.ordering
            );
            let mut report = |outcome: &Outcome, wrong: Option<String>| {
                findings.table.push(format!("{line}: {outcome}"));
                findings
                    .wrong
                    .extend(wrong.map(|wrong| format!("{line}: {wrong}: {outcome}")));
            };
            let mut of_this = rows.iter().filter(|row| row.is_of(site, to)).peekable();
            if of_this.peek().is_none() {
                let outcome = judge(number, to, None);
                // Weaker than two halves: no row of its own.
                let known = site.ordering == AcqRel && to == Relaxed && outcome.is_killed();
                let wrong = "docs/memory-ordering.md has no row for it";
                report(&outcome, (!known).then(|| wrong.to_owned()));
            }
            for row in of_this {
                match &row.program {
                    Ok(program) => match judge(number, to, Some(program)) {
                        outcome @ Outcome::Killed { .. } => report(&outcome, None),
                        _ => report(
                            &judge(number, to, None),
                            Some(format!("not caught by {program}")),
                        ),
                    },
                    Err(reason) => {
                        let outcome = judge(number, to, None);
                        let wrong = format!("is said not to be caught: {reason}");
                        let wrong = outcome.is_killed().then_some(wrong);
                        report(&outcome, wrong);
                    }
                }
            }
        }
    }
    findings
}
