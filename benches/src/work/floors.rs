//! What the machine itself takes: nobody can be faster.

use std::hint::black_box;
use std::sync::atomic::{AtomicU32, Ordering::Acquire, Ordering::Relaxed, Ordering::Release};
use std::time::Instant;

use super::pairs::fast;
use crate::machine;
use crate::peers::{futex_wait, futex_wake};
use crate::rounds::{Cell, Contestant, Metric, contestant, less};

const NANOSECONDS: &[Metric] = &[less("once", "ns")];

/// Two threads on two processors hand a word to and fro.
fn cache_line() -> f64 {
    const ROUNDS: u32 = 20_000;
    let word = AtomicU32::new(0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            machine::pin(1);
            for round in 0..ROUNDS {
                while word.load(Acquire) != 2 * round + 1 {
                    std::hint::spin_loop();
                }
                word.store(2 * round + 2, Release);
            }
        });
        scope
            .spawn(|| {
                machine::pin(0);
                let start = Instant::now();
                for round in 0..ROUNDS {
                    word.store(2 * round + 1, Release);
                    while word.load(Acquire) != 2 * round + 2 {
                        std::hint::spin_loop();
                    }
                }
                start.elapsed().as_nanos() as f64 / f64::from(ROUNDS)
            })
            .join()
            .expect("it does not panic")
    })
}

/// From the call that wakes to the first instruction of the thread that slept, on another processor.
fn wake_to_run() -> f64 {
    const ROUNDS: u32 = 200;
    let (word, asleep) = (AtomicU32::new(0), AtomicU32::new(0));
    let start = std::sync::Mutex::new(Instant::now());
    std::thread::scope(|scope| {
        let woken = scope.spawn(|| {
            machine::pin(1);
            let mut waited = Vec::new();
            for round in 0..ROUNDS {
                asleep.store(round + 1, Release);
                while word.load(Acquire) == round {
                    futex_wait(&word, round);
                }
                waited.push(start.lock().expect("nobody panics").elapsed().as_nanos() as f64);
            }
            crate::rounds::median(&waited)
        });
        scope.spawn(|| {
            machine::pin(0);
            for round in 0..ROUNDS {
                while asleep.load(Acquire) != round + 1 {
                    std::thread::yield_now();
                }
                std::thread::sleep(std::time::Duration::from_micros(100));
                *start.lock().expect("nobody panics") = Instant::now();
                word.store(round + 1, Release);
                futex_wake(&word, 1);
            }
        });
        woken.join().expect("it does not panic")
    })
}

pub fn cells() -> Vec<Cell> {
    let word = || Box::leak(Box::new(AtomicU32::new(0)));
    let own = |name, body: fn(&AtomicU32)| -> Contestant {
        let word = word();
        contestant(name, move |effort| {
            vec![fast(effort, || body(black_box(word)))]
        })
    };
    vec![Cell {
        table: "floors",
        name: "the machine".to_owned(),
        metrics: NANOSECONDS,
        against: &["compare-exchange, store"],
        contestants: vec![
            own("compare-exchange, store", |word| {
                let _ = word.compare_exchange(0, 1, Acquire, Relaxed);
                word.store(0, Release);
            }),
            own("compare-exchange, swap", |word| {
                let _ = word.compare_exchange(0, 1, Acquire, Relaxed);
                word.swap(0, Release);
            }),
            own("two compare-exchanges", |word| {
                let _ = word.compare_exchange(0, 1, Acquire, Relaxed);
                let _ = word.compare_exchange(1, 0, Release, Relaxed);
            }),
            own("add, subtract", |word| {
                word.fetch_add(1, Acquire);
                word.fetch_sub(1, Release);
            }),
            own("pause", |_| std::hint::spin_loop()),
            own("the clock", |_| {
                black_box(Instant::now());
            }),
            own("futex wake, nobody there", |word| futex_wake(word, 1)),
            contestant("cache line, there and back", |_| vec![cache_line()]),
            contestant("futex wake until it runs, other core", |_| {
                vec![wake_to_run()]
            }),
        ],
    }]
}
