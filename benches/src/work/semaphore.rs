//! Semaphores with one permit and with four.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::grid::{METRICS, figures};
use crate::machine::{self, steps};
use crate::peers::*;
use crate::rounds::{Cell, Contestant, contestant};

fn permits<P: Permits>(threads: usize, permits: usize, inside: u64, outside: u64) -> Contestant {
    contestant(P::NAME, move |effort| {
        let semaphore = P::new(permits);
        let (inside, outside) = (steps(inside), steps(outside));
        let held = AtomicU64::new(0);
        // With every so many sections counted, for a while.
        let during = |every, duration| {
            figures(threads, duration, |_, time| {
                let mut count = 0;
                while !time.is_up() {
                    semaphore.with(|| {
                        if count % every == 0 {
                            let before = held.fetch_add(1, Relaxed);
                            assert!(before < permits as u64, "{} gave too many permits", P::NAME);
                            machine::step(inside);
                            held.fetch_sub(1, Relaxed);
                        } else {
                            machine::step(inside);
                        }
                    });
                    machine::step(outside);
                    count += 1;
                }
                count
            })
        };
        let (figures, _) = during(64, effort.sample);
        // What is measured counts seldom, for that costs a cache line; this checks.
        during(1, effort.sample / 10);
        figures
    })
}

pub fn cells(quick: bool) -> Vec<Cell> {
    let places = [
        (2, 1, 0, 0),
        (2, 1, 50, 50),
        (2, 1, 1000, 0),
        (8, 1, 50, 50),
        (8, 1, 1000, 0),
        (8, 1, 1000, 1000),
        (32, 1, 50, 50),
        (2, 4, 0, 0),
        (8, 4, 0, 0),
        (8, 4, 50, 50),
        (8, 4, 1000, 0),
        (32, 4, 1000, 0),
    ];
    let cells = places
        .into_iter()
        .filter(|&(threads, _, inside, outside)| {
            !quick || (threads == 8 && inside == outside && inside == 50)
        })
        .map(|(threads, count, inside, outside)| Cell {
            table: "semaphore",
            name: format!(
                "{threads} threads, {count} permits, {inside} ns inside, {outside} ns outside"
            ),
            metrics: METRICS,
            // The only other one that is first come, first served.
            against: &["tokio"],
            contestants: vec![
                permits::<SelvedgePermits>(threads, count, inside, outside),
                permits::<SelvedgeGreedy>(threads, count, inside, outside),
                permits::<TokioPermits>(threads, count, inside, outside),
                permits::<AsyncPermits>(threads, count, inside, outside),
                permits::<TextbookPermits>(threads, count, inside, outside),
                permits::<PosixPermits>(threads, count, inside, outside),
                permits::<StdPermits>(threads, count, inside, outside),
                permits::<ParkingLotPermits>(threads, count, inside, outside),
            ],
        });
    cells.collect()
}
