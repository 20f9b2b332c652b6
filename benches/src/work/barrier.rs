//! Threads that wait for one another, round after round.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crate::machine;
use crate::rounds::{Cell, Contestant, Metric, contestant, less};

const METRICS: &[Metric] = &[less("a round", "us"), less("processor", "us")];

trait Meets: Send + Sync + 'static {
    const NAME: &'static str;
    fn new(threads: usize) -> Self;
    fn meet(&self);
}

macro_rules! barriers {
    ($($marker:ident, $name:literal, $barrier:ty;)*) => {$(
        struct $marker($barrier);

        impl Meets for $marker {
            const NAME: &'static str = $name;

            fn new(threads: usize) -> Self {
                Self(<$barrier>::new(threads))
            }

            fn meet(&self) {
                self.0.wait();
            }
        }
    )*};
}

barriers! {
    Selvedge, "selvedge", selvedge::Barrier;
    Std, "std", std::sync::Barrier;
    Spin, "spin", spin::Barrier;
}

struct AsyncBarrier(async_lock::Barrier);

impl Meets for AsyncBarrier {
    const NAME: &'static str = "async-lock";

    fn new(threads: usize) -> Self {
        Self(async_lock::Barrier::new(threads))
    }

    fn meet(&self) {
        self.0.wait_blocking();
    }
}

fn rounds<B: Meets>(threads: usize) -> Contestant {
    contestant(B::NAME, move |effort| {
        let barrier = B::new(threads);
        let (last, met) = (AtomicU64::new(u64::MAX), AtomicU64::new(0));
        let sides: Vec<(u64, Duration, Duration)> = std::thread::scope(|scope| {
            let sides: Vec<_> = (0..threads)
                .map(|number| {
                    let (barrier, last, met) = (&barrier, &last, &met);
                    scope.spawn(move || {
                        let mut round = 0_u64;
                        barrier.meet();
                        let start = Instant::now();
                        loop {
                            met.fetch_add(1, Relaxed);
                            if number == 0 && start.elapsed() > effort.sample {
                                last.store(round + 1, Relaxed);
                            }
                            barrier.meet();
                            round += 1;
                            // All were there, and none of them has come further than to the next meeting.
                            let all = met.load(Relaxed);
                            assert!(
                                (round * threads as u64..(round + 1) * threads as u64 + 1)
                                    .contains(&all),
                                "{} let somebody through alone",
                                B::NAME
                            );
                            // What was said before the meeting all know after it. Some may know of the next already.
                            if round >= last.load(Relaxed) {
                                break;
                            }
                        }
                        (round, start.elapsed(), machine::thread_usage().cpu)
                    })
                })
                .collect();
            sides
                .into_iter()
                .map(|side| side.join().expect("a side panicked"))
                .collect()
        });
        let rounds = sides[0].0 as f64;
        let cpu: Duration = sides.iter().map(|side| side.2).sum();
        vec![
            sides[0].1.as_nanos() as f64 / 1e3 / rounds,
            cpu.as_nanos() as f64 / 1e3 / rounds,
        ]
    })
}

pub fn cells(quick: bool) -> Vec<Cell> {
    let mut cells = Vec::new();
    for threads in [2, 4, 8] {
        if quick && threads == 4 {
            continue;
        }
        let mut contestants = vec![
            rounds::<Selvedge>(threads),
            rounds::<Std>(threads),
            rounds::<AsyncBarrier>(threads),
        ];
        if threads <= machine::cores() {
            // Beyond that it burns the time of those it waits for.
            contestants.push(rounds::<Spin>(threads));
        }
        cells.push(Cell {
            table: "barrier",
            name: format!("{threads} threads"),
            metrics: METRICS,
            against: &["std"],
            contestants,
        });
    }
    cells
}
