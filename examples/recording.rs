//! What the record of an execution costs: executions per second with it and without it, in both worlds.
//!
//! ```text
//! cargo run --release --example recording            # 15 rounds
//! cargo run --release --example recording -- 50      # so many
//! ```
//!
//! A round explores each program with the record and without it, one after the other, and the next round the other way
//! round: whatever else the machine does meanwhile meets both. It passes no judgement; the figures are for a person.

use std::time::{Duration, Instant};

/// The programs, for one world.
macro_rules! world {
    ($world:ident, $explorers:expr) => {
        mod $world {
            use std::collections::VecDeque;
            use std::sync::Arc;

            use super::Measured;
            use ::$world::explore::{Explorer, Strategy};
            use ::$world::sys::{AtomicU32, Ordering::Relaxed, thread};
            use ::$world::{Condvar, Mutex, Semaphore, trace};

            /// Locks and unlocks.
            fn locks() {
                let count = Arc::new(Mutex::new(0));
                let others = [(); 2].map(|()| {
                    let count = Arc::clone(&count);
                    thread::spawn(move || *count.lock() += 1)
                });
                *count.lock() += 1;
                others.into_iter().for_each(|other| other.join().unwrap());
            }

            /// A queue with a mutex and a condvar.
            fn queue() {
                let queue = Arc::new((Mutex::new(VecDeque::new()), Condvar::new()));
                let sender = {
                    let queue = Arc::clone(&queue);
                    thread::spawn(move || {
                        queue.0.lock().push_back(7);
                        queue.1.notify_one();
                    })
                };
                let mut values = queue.0.lock();
                while values.pop_front().is_none() {
                    queue.1.wait(&mut values);
                }
                drop(values);
                sender.join().unwrap();
            }

            /// Permits, which cost the most events for each step.
            fn permits() {
                let permits = Arc::new(Semaphore::new(1));
                let other = {
                    let permits = Arc::clone(&permits);
                    thread::spawn(move || drop(permits.acquire()))
                };
                drop(permits.acquire());
                other.join().unwrap();
            }

            /// Nothing but words, which is the least that there is to record for a step.
            fn words() {
                let words = Arc::new([const { AtomicU32::new(0) }; 2]);
                let other = {
                    let words = Arc::clone(&words);
                    thread::spawn(move || {
                        (0..3).for_each(|_| {
                            words[0].fetch_add(1, Relaxed);
                        })
                    })
                };
                (0..3).for_each(|_| {
                    words[1].fetch_add(1, Relaxed);
                });
                words[0].swap(7, Relaxed);
                other.join().unwrap();
            }

            pub fn programs() -> Vec<(&'static str, Measured)> {
                fn measured(program: fn(), executions: usize) -> Measured {
                    Box::new(move |recording| {
                        trace::record(recording);
                        let explorer: fn(usize) -> Explorer = $explorers;
                        let exploration = explorer(executions).run(program);
                        trace::record(true);
                        exploration.expect_pass();
                        exploration.executions()
                    })
                }
                let _ = Strategy::Exhaustive;
                vec![
                    (
                        concat!(stringify!($world), " locks"),
                        measured(locks, 3_000),
                    ),
                    (
                        concat!(stringify!($world), " queue"),
                        measured(queue, 3_000),
                    ),
                    (
                        concat!(stringify!($world), " permits"),
                        measured(permits, 3_000),
                    ),
                    (
                        concat!(stringify!($world), " words"),
                        measured(words, 3_000),
                    ),
                ]
            }
        }
    };
}

/// Explores with or without the record, and says how many executions there were.
type Measured = Box<dyn Fn(bool) -> usize>;

world!(selvedge_loom, |executions| Explorer::new()
    .executions(executions));
world!(selvedge_shuttle, |executions| {
    let seed = 1;
    Explorer::new().strategy(Strategy::Random { executions, seed })
});

fn main() {
    let argument = std::env::args().nth(1);
    let rounds = argument.map_or(15, |rounds| rounds.parse().expect("a number of rounds"));
    println!(
        "{:<26} {:>20} {:>20}   the record costs",
        "executions per second", "with", "without"
    );
    let programs = selvedge_loom::programs()
        .into_iter()
        .chain(selvedge_shuttle::programs());
    for (name, program) in programs {
        for recording in [true, false] {
            program(recording); // warm
        }
        let (mut with, mut without) = (Vec::new(), Vec::new());
        for round in 0..rounds {
            let order = if round % 2 == 0 {
                [true, false]
            } else {
                [false, true]
            };
            for recording in order {
                let start = Instant::now();
                let executions = program(recording);
                let rate = per_second(executions, start.elapsed());
                if recording { &mut with } else { &mut without }.push(rate);
            }
        }
        let mut costs: Vec<f64> = with
            .iter()
            .zip(&without)
            .map(|(with, without)| (without / with - 1.0) * 100.0)
            .collect();
        println!(
            "{name:<26} {:>20} {:>20}   {:.1} % ({:.1} to {:.1})",
            told(&mut with),
            told(&mut without),
            quantile(&mut costs, 0.5),
            quantile(&mut costs, 0.25),
            quantile(&mut costs, 0.75),
        );
    }
}

fn per_second(executions: usize, elapsed: Duration) -> f64 {
    executions as f64 / elapsed.as_secs_f64()
}

/// The median, and half of the distance between the quartiles.
fn told(rates: &mut [f64]) -> String {
    let spread = (quantile(rates, 0.75) - quantile(rates, 0.25)) / 2.0;
    format!("{:.0} ± {:.0}", quantile(rates, 0.5), spread)
}

fn quantile(values: &mut [f64], at: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * at).round() as usize]
}
