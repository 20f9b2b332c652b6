//! Readers and writers: how many read.

use super::grid::{METRICS, figures};
use crate::machine::{self, steps};
use crate::peers::*;
use crate::rounds::{Cell, Contestant, contestant};

#[derive(Clone, Copy)]
struct Place {
    threads: usize,
    /// Of a hundred.
    reads: u64,
    inside: u64,
    outside: u64,
}

fn mixed<L: ReadWrite>(place: Place) -> Contestant {
    contestant(L::NAME, move |effort| {
        let lock = L::new();
        let (inside, outside) = (steps(place.inside), steps(place.outside));
        let written = std::sync::atomic::AtomicU64::new(0);
        let (figures, _) = figures(place.threads, effort.sample, |number, time| {
            // Where the writes are differs between threads, and is the same for everybody who takes part.
            let mut dice = number as u64 * 0x9E37_79B9_7F4A_7C15 + 1;
            let (mut count, mut writes) = (0, 0);
            while !time.is_up() {
                dice ^= dice << 13;
                dice ^= dice >> 7;
                dice ^= dice << 17;
                if dice % 100 < place.reads {
                    lock.read(|value| {
                        let before = *value;
                        machine::step(inside);
                        let after = *std::hint::black_box(value);
                        assert_eq!(before, after, "{} let a writer in beside a reader", L::NAME);
                    });
                } else {
                    lock.write(|value| {
                        *value += 1;
                        machine::step(inside);
                    });
                    writes += 1;
                }
                machine::step(outside);
                count += 1;
            }
            written.fetch_add(writes, std::sync::atomic::Ordering::Relaxed);
            count
        });
        let written = written.into_inner();
        assert_eq!(
            lock.read(|value| *value),
            written,
            "{} lost a write",
            L::NAME
        );
        figures
    })
}

pub fn cells(quick: bool) -> Vec<Cell> {
    let places = [
        (1, 100, 0, 0),
        (2, 100, 0, 0),
        (16, 100, 0, 0),
        (2, 100, 1000, 0),
        (2, 99, 0, 0),
        (8, 99, 50, 50),
        (8, 99, 1000, 0),
        (8, 90, 50, 50),
        (8, 90, 1000, 0),
        (2, 50, 50, 50),
        (8, 50, 50, 50),
    ];
    let cells = places
        .into_iter()
        .filter(|place| !quick || matches!(place, (2, 100, 0, 0) | (8, 99 | 90 | 50, 50, 50)))
        .map(|(threads, reads, inside, outside)| {
            let place = Place {
                threads,
                reads,
                inside,
                outside,
            };
            Cell {
                table: "rwlock",
                name: format!(
                    "{threads} threads, {reads} % read, {inside} ns inside, {outside} ns outside"
                ),
                metrics: METRICS,
                against: &["std"],
                contestants: vec![
                    mixed::<SelvedgeRw>(place),
                    mixed::<SelvedgeRecursive>(place),
                    mixed::<SelvedgeBiased>(place),
                    mixed::<StdRw>(place),
                    mixed::<ParkingLotRw>(place),
                    mixed::<SpinRw>(place),
                    mixed::<UsyncRw>(place),
                    mixed::<ShardedRw>(place),
                    mixed::<SelvedgeMutexRw>(place),
                ],
            }
        });
    cells.collect()
}
