//! Condition variables: a notification that nobody waits for, one for one, and one for many.

use std::hint::black_box;
use std::sync::atomic::{
    AtomicU64, AtomicUsize,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
};
use std::thread;
use std::time::Instant;

use super::pairs::fast;
use crate::machine;
use crate::rounds::{Cell, Contestant, Metric, contestant, less};

const EMPTY: &[Metric] = &[less("a notification", "ns")];
const ALL: &[Metric] = &[
    less("until the last ran", "us"),
    less("processor", "us"),
    less("slept", "times"),
];

/// A mutex around a generation, with its condition variable.
pub trait Room: Send + Sync + 'static {
    const NAME: &'static str;
    fn new() -> Self;
    /// Until there is a generation after this one; `arrived` is called under the lock, before.
    fn wait_after(&self, generation: u64, arrived: impl FnOnce());
    /// The next generation, under the lock or after it: told to all, or to the one that waits.
    fn next(&self, under_the_lock: bool, to_one: bool);
    fn notify_all(&self);
    fn notify_one(&self);
}

macro_rules! rooms {
    ($($marker:ident, $name:literal, $mutex:ty, $condvar:ty, |$m:ident| $lock:expr, |$c:ident, $g:ident| $wait:expr;)*) => {$(
        struct $marker($mutex, $condvar);

        impl Room for $marker {
            const NAME: &'static str = $name;

            fn new() -> Self {
                Self(<$mutex>::new(0), <$condvar>::new())
            }

            fn wait_after(&self, generation: u64, arrived: impl FnOnce()) {
                let $m = &self.0;
                let mut $g = $lock;
                arrived();
                let $c = &self.1;
                while *$g == generation {
                    $wait;
                }
            }

            fn next(&self, under_the_lock: bool, to_one: bool) {
                let $m = &self.0;
                let mut generation = $lock;
                *generation += 1;
                // If not, it is dropped here.
                let _held = under_the_lock.then_some(generation);
                if to_one {
                    self.1.notify_one();
                } else {
                    self.1.notify_all();
                }
            }

            fn notify_all(&self) {
                self.1.notify_all();
            }

            fn notify_one(&self) {
                self.1.notify_one();
            }
        }
    )*};
}

rooms! {
    Selvedge, "selvedge", selvedge::Mutex<u64>, selvedge::Condvar, |mutex| mutex.lock(), |condvar, guard| condvar.wait(&mut guard);
    Std, "std", std::sync::Mutex<u64>, std::sync::Condvar, |mutex| mutex.lock().expect("nobody panics"),
        |condvar, guard| guard = condvar.wait(guard).expect("nobody panics");
    ParkingLot, "parking_lot", parking_lot::Mutex<u64>, parking_lot::Condvar, |mutex| mutex.lock(),
        |condvar, guard| condvar.wait(&mut guard);
    ParkingLot12, "parking_lot 0.12", parking_lot_12::Mutex<u64>, parking_lot_12::Condvar, |mutex| mutex.lock(),
        |condvar, guard| condvar.wait(&mut guard);
    Usync, "usync", usync::Mutex<u64>, usync::Condvar, |mutex| mutex.lock(), |condvar, guard| condvar.wait(&mut guard);
}

fn empty<R: Room>(all: bool) -> Contestant {
    contestant(R::NAME, move |effort| {
        let room = R::new();
        let room = black_box(&room);
        vec![if all {
            fast(effort, || room.notify_all())
        } else {
            fast(effort, || room.notify_one())
        }]
    })
}

/// `waiters` threads sleep; all are told; the last to run has it from the first to tell.
fn all<R: Room>(waiters: usize, under_the_lock: bool) -> Contestant {
    contestant(R::NAME, move |effort| {
        let room = R::new();
        let rounds = (effort.sample.as_millis() as u64 / 2).clamp(2, 40);
        let (asleep, awake) = (AtomicUsize::new(0), AtomicUsize::new(0));
        // When the last of a round ran. By its own clock: who looks for that now and then has to sleep in between, so that
        // both processors are theirs, and a sleep takes 50 us however short it is.
        let (epoch, ran) = (Instant::now(), AtomicU64::new(0));
        let mut figures = [Vec::new(), Vec::new(), Vec::new()];
        thread::scope(|scope| {
            let used: Vec<_> = (0..waiters)
                .map(|_| {
                    scope.spawn(|| {
                        for generation in 0..rounds {
                            room.wait_after(generation, || {
                                asleep.fetch_add(1, Relaxed);
                            });
                            let place = awake.fetch_add(1, AcqRel) + 1;
                            if place == (generation as usize + 1) * waiters {
                                ran.store(epoch.elapsed().as_nanos() as u64, Release);
                            }
                        }
                        machine::thread_usage()
                    })
                })
                .collect();
            for round in 1..=rounds as usize {
                while asleep.load(Relaxed) < round * waiters {
                    thread::yield_now();
                }
                // The last of them has still to let go of the lock and to go to sleep.
                thread::sleep(std::time::Duration::from_micros(200));
                let start = epoch.elapsed().as_nanos() as u64;
                ran.store(0, Relaxed);
                room.next(under_the_lock, waiters == 1);
                let ran = loop {
                    match ran.load(Acquire) {
                        0 => thread::sleep(std::time::Duration::from_micros(1)),
                        ran => break ran,
                    }
                };
                assert_eq!(
                    awake.load(Relaxed),
                    round * waiters,
                    "{} woke somebody twice",
                    R::NAME
                );
                figures[0].push((ran - start) as f64 / 1e3);
            }
            for thread in used {
                let used = thread.join().expect("a waiter panicked");
                figures[1].push(used.cpu.as_nanos() as f64 / 1e3);
                figures[2].push(used.slept as f64);
            }
        });
        let each = |figures: &[f64]| figures.iter().sum::<f64>() / rounds as f64;
        vec![
            crate::rounds::median(&figures[0]),
            each(&figures[1]),
            each(&figures[2]),
        ]
    })
}

macro_rules! of_all {
    ($of:ident($($argument:expr),*)) => {
        vec![
            $of::<Selvedge>($($argument),*), $of::<Std>($($argument),*), $of::<ParkingLot>($($argument),*),
            $of::<ParkingLot12>($($argument),*), $of::<Usync>($($argument),*),
        ]
    };
}

pub fn cells(quick: bool) -> Vec<Cell> {
    let cell = |name: String, metrics, against, contestants| Cell {
        table: "condvar",
        name,
        metrics,
        against,
        contestants,
    };
    let mut cells = vec![
        cell(
            "notify_one, nobody waits".to_owned(),
            EMPTY,
            &["parking_lot"],
            of_all!(empty(false)),
        ),
        cell(
            "notify_all, nobody waits".to_owned(),
            EMPTY,
            &["parking_lot"],
            of_all!(empty(true)),
        ),
    ];
    for waiters in [1, 4, 16, 64] {
        for under in [true, false] {
            if quick && waiters != 16 {
                continue;
            }
            let place = if under {
                "under the lock"
            } else {
                "after the lock"
            };
            let best: &[&str] = &["std", "parking_lot", "parking_lot 0.12", "usync"];
            let name = match waiters {
                1 => format!("notify_one, 1 waits, told {place}"),
                _ => format!("notify_all, {waiters} wait, told {place}"),
            };
            cells.push(cell(name, ALL, best, of_all!(all(waiters, under))));
        }
    }
    cells
}
