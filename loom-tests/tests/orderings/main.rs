//! The campaign of orderings: each ordering above Relaxed of floors 1 and 2 is weakened, in each way it can be, and then some
//! program must fail, the one that `docs/memory-ordering.md` names. What no program notices is a missing test or a needless
//! ordering, unless the document has a reason; and a reason that is refuted is wrong too.
//!
//! With `--nocapture` it prints a table of what failed, in how many executions. How an ordering is weakened while a program
//! runs is said in `tests/orderings/make.rs`.

mod controls;
mod judge;
mod programs;
mod rows;
#[path = "../../../tests/orderings/sites.rs"]
mod sites;

use std::time::Instant;

use judge::{Known, judge};
use loom_tests::orderings::SITES;
use programs::PROGRAMS;

#[test]
fn each_ordering_is_needed() {
    let start = Instant::now();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/memory-ordering.md");
    let rows = rows::rows_in(&std::fs::read_to_string(path).unwrap());
    let known: Vec<Known> = PROGRAMS.iter().map(|&program| Known::of(program)).collect();
    let surveyed = start.elapsed();
    let findings = rows::compare(&rows, SITES, |site, to, name| judge(&known, site, to, name));
    println!("{}", findings.table.join("\n"));
    println!(
        "{} orderings, weakened in {} ways; {} programs; surveyed in {surveyed:.1?}, all in {:.1?}",
        SITES.len(),
        findings.table.len(),
        PROGRAMS.len(),
        start.elapsed()
    );
    assert!(
        findings.wrong.is_empty(),
        "the campaign of orderings:\n{}",
        findings.wrong.join("\n")
    );
}
