//! How long one waits for the mutex.

use std::time::Instant;

use hdrhistogram::Histogram;

use crate::machine::{self, steps};
use crate::peers::*;
use crate::rounds::{Cell, Contestant, Metric, contestant, less, more};
use crate::threads;

const METRICS: &[Metric] = &[
    less("max", "us"),
    less("p50", "us"),
    less("p99", "us"),
    less("p99.9", "us"),
    more("throughput", "M/s"),
    more("Jain", ""),
];

/// Nanoseconds up to a minute, to three digits.
pub fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 60_000_000_000, 3).expect("the bounds are in order")
}

fn waits<L: Lock>(count: usize, inside: u64, outside: u64) -> Contestant {
    contestant(L::NAME, move |effort| {
        let lock = L::new();
        let (inside, outside) = (steps(inside), steps(outside));
        // The longest of many is looked for, so each runs longer here.
        let done = threads::during(count, effort.sample * 3, |_, time| {
            let mut waits = histogram();
            while !time.is_up() {
                let start = Instant::now();
                let waited = lock.with(|value| {
                    let waited = start.elapsed();
                    *value += 1;
                    machine::step(inside);
                    waited
                });
                waits.saturating_record(waited.as_nanos().max(1) as u64);
                machine::step(outside);
            }
            waits
        });
        let mut all = histogram();
        let mut shares = Vec::new();
        for (waits, _) in &done.each {
            shares.push(waits.len() as f64);
            all.add(waits).expect("they have the same bounds");
        }
        assert_eq!(
            lock.with(|value| *value),
            all.len(),
            "{} lost a count",
            L::NAME
        );
        let micros = |quantile| all.value_at_quantile(quantile) as f64 / 1e3;
        vec![
            all.max() as f64 / 1e3,
            micros(0.5),
            micros(0.99),
            micros(0.999),
            all.len() as f64 / done.elapsed.as_secs_f64() / 1e6,
            threads::jain(&shares),
        ]
    })
}

pub fn cells(quick: bool) -> Vec<Cell> {
    let places = [
        (2, 50, 0),
        (2, 50, 1000),
        (2, 1000, 0),
        (2, 1000, 1000),
        (4, 50, 0),
        (8, 50, 0),
        (8, 50, 1000),
        (8, 1000, 0),
        (8, 1000, 1000),
        (16, 1000, 0),
        (32, 50, 0),
        (32, 50, 1000),
        (32, 1000, 0),
        (32, 1000, 1000),
    ];
    let cells = places
        .into_iter()
        .filter(|&(threads, inside, outside)| {
            !quick || (matches!(threads, 2 | 8 | 32) && inside == 1000 && outside == 0)
        })
        .map(|(threads, inside, outside)| Cell {
            table: "mutex, waiting",
            name: format!("{threads} threads, {inside} ns inside, {outside} ns outside"),
            metrics: METRICS,
            against: &["parking_lot"],
            contestants: vec![
                waits::<Selvedge>(threads, inside, outside),
                waits::<Std>(threads, inside, outside),
                waits::<ParkingLot>(threads, inside, outside),
                waits::<ParkingLot12>(threads, inside, outside),
                waits::<Usync>(threads, inside, outside),
                waits::<Textbook>(threads, inside, outside),
                waits::<Pthread>(threads, inside, outside),
                waits::<SelvedgeFair>(threads, inside, outside),
                waits::<ParkingLotFair>(threads, inside, outside),
            ],
        });
    cells.collect()
}
