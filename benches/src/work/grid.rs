//! The mutex between threads: how many, how long inside, how long outside.

use std::time::Duration;

use crate::machine::{self, steps};
use crate::peers::*;
use crate::rounds::{Cell, Contestant, Metric, contestant, less, more};
use crate::threads::{self, Hogs};

pub const METRICS: &[Metric] = &[
    more("throughput", "M/s"),
    less("processor", "ns/op"),
    less("slept", "/op"),
    more("Jain", ""),
    more("least/most", ""),
];

/// One cell of the grid.
#[derive(Clone, Copy)]
struct Place {
    threads: usize,
    inside: u64,
    outside: u64,
    hogs: usize,
}

/// The figures of [`METRICS`] for threads that do `work`, which returns how much of it was done.
pub fn figures(
    threads: usize,
    duration: Duration,
    work: impl Fn(usize, &threads::Time) -> u64 + Sync,
) -> (Vec<f64>, u64) {
    let done = threads::during(threads, duration, work);
    let shares: Vec<f64> = done.each.iter().map(|&(count, _)| count as f64).collect();
    let all: u64 = done.each.iter().map(|&(count, _)| count).sum();
    let cpu: Duration = done.each.iter().map(|(_, used)| used.cpu).sum();
    let slept: u64 = done.each.iter().map(|(_, used)| used.slept).sum();
    let most = shares.iter().copied().fold(1.0, f64::max);
    let least = shares.iter().copied().fold(f64::INFINITY, f64::min);
    let operations = all.max(1) as f64;
    let figures = vec![
        all as f64 / done.elapsed.as_secs_f64() / 1e6,
        cpu.as_nanos() as f64 / operations,
        slept as f64 / operations,
        threads::jain(&shares),
        least / most,
    ];
    (figures, all)
}

fn contended<L: Lock>(place: Place) -> Contestant {
    contestant(L::NAME, move |effort| {
        let lock = L::new();
        let (inside, outside) = (steps(place.inside), steps(place.outside));
        let hogs = (place.hogs > 0).then(|| Hogs::start(place.hogs));
        let (figures, all) = figures(place.threads, effort.sample, |_, time| {
            let mut count = 0;
            while !time.is_up() {
                lock.with(|value| {
                    *value += 1;
                    machine::step(inside);
                });
                machine::step(outside);
                count += 1;
            }
            count
        });
        drop(hogs);
        assert_eq!(lock.with(|value| *value), all, "{} lost a count", L::NAME);
        figures
    })
}

pub const INSIDE: [u64; 3] = [0, 50, 1000];
pub const THREADS: [usize; 6] = [1, 2, 4, 8, 16, 32];

fn name(place: Place) -> String {
    format!(
        "{} threads, {} ns inside, {} ns outside",
        place.threads, place.inside, place.outside
    )
}

fn cell(table: &'static str, place: Place, spinning: bool) -> Cell {
    let mut contestants = vec![
        contended::<Selvedge>(place),
        contended::<Std>(place),
        contended::<ParkingLot>(place),
        contended::<ParkingLot12>(place),
        contended::<Usync>(place),
        contended::<Textbook>(place),
        contended::<Pthread>(place),
    ];
    if spinning {
        contestants.extend([
            contended::<SelvedgeFair>(place),
            contended::<ParkingLotFair>(place),
            contended::<SelvedgeSpin>(place),
            contended::<Spin>(place),
            contended::<SelvedgeTicket>(place),
            contended::<SpinTicket>(place),
            contended::<SelvedgeMcs>(place),
            contended::<AsyncLock>(place),
        ]);
    }
    if spinning && place.hogs > 0 {
        // Whatever of ours excludes.
        contestants.extend([
            contended::<SelvedgeMonitor>(place),
            contended::<SelvedgeWriter>(place),
            contended::<SelvedgeBiasedWriter>(place),
            contended::<SelvedgeOnePermit>(place),
            contended::<SelvedgeOneGreedy>(place),
        ]);
    }
    Cell {
        table,
        name: name(place),
        metrics: METRICS,
        // Whoever is the better of the two in a round.
        against: &["std", "parking_lot"],
        contestants,
    }
}

/// The cells of the grid that it `has`.
fn grid(table: &'static str, hogs: usize, has: impl Fn(&Place) -> bool) -> Vec<Cell> {
    let mut cells = Vec::new();
    for &inside in &INSIDE {
        for &outside in &INSIDE {
            for &threads in &THREADS {
                let place = Place {
                    threads,
                    inside,
                    outside,
                    hogs,
                };
                if has(&place) {
                    cells.push(cell(table, place, false));
                }
            }
        }
    }
    cells
}

pub fn cells(quick: bool) -> Vec<Cell> {
    let mut cells = grid("mutex grid", 0, |place| {
        !quick || matches!(place.threads, 2 | 8 | 32) && place.inside == place.outside
    });
    cells.extend(grid("mutex grid beside two hogs", 2, |place| {
        !quick || place.threads == 8 && place.inside == 1000 && place.outside == 0
    }));
    // Those that spin, and those that are fair, are compared where it matters.
    for (threads, inside, outside) in [(2, 50, 50), (8, 50, 50), (8, 1000, 0), (32, 1000, 1000)] {
        if quick && threads != 8 {
            continue;
        }
        let place = Place {
            threads,
            inside,
            outside,
            hogs: 0,
        };
        cells.push(cell("fair and spinning", place, true));
    }
    for (threads, inside, outside) in [(1, 50, 50), (2, 50, 50), (2, 1000, 0), (8, 1000, 1000)] {
        if quick && (threads != 2 || inside != 50) {
            continue;
        }
        let place = Place {
            threads,
            inside,
            outside,
            hogs: 2,
        };
        cells.push(cell("mutex beside two hogs", place, true));
    }
    cells
}
