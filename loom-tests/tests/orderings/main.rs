//! The campaign of orderings.
mod judge;
mod programs;

use std::time::Instant;
use judge::{Known, judge, weaker};
use loom_tests::orderings::SITES;
use programs::PROGRAMS;

#[test]
fn survey() {
    let start = Instant::now();
    let known: Vec<Known> = PROGRAMS.iter().map(|&program| { let t = Instant::now(); let known = Known::of(program); println!("{} {} {:.2?}", known.program.call(), known.executions, t.elapsed()); known }).collect();
    println!("surveyed in {:.1?}", start.elapsed());
    for (number, site) in SITES.iter().enumerate() {
        for &to in weaker(site.ordering) {
            let t = Instant::now();
            let outcome = judge(&known, number, to, |_| false);
            println!("{:>5.2?} {}:{} {} {} {:?} -> {to:?}: {outcome}", t.elapsed().as_secs_f32(), site.file, site.line, site.name, site.call, site.ordering);
        }
    }
    println!("all in {:.1?}", start.elapsed());
}
