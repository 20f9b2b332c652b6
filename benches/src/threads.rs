//! Threads that work for a while, and what they used.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use crate::machine::{self, Usage};

/// What threads did.
pub struct Done<T> {
    /// From when the first one began until the time was up, without what they needed to stop.
    pub elapsed: Duration,
    /// What each returned, and used.
    pub each: Vec<(T, Usage)>,
}

/// Tells threads that it is time to stop.
pub struct Time(AtomicBool);

impl Time {
    #[inline]
    pub fn is_up(&self) -> bool {
        self.0.load(Relaxed)
    }
}

/// Runs `body` on so many threads at once, for `duration`: it has to look whether the time is up.
pub fn during<T: Send>(
    threads: usize,
    duration: Duration,
    body: impl Fn(usize, &Time) -> T + Sync,
) -> Done<T> {
    let (start, time) = (Barrier::new(threads + 1), Time(AtomicBool::new(false)));
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|number| {
                let (start, time, body) = (&start, &time, &body);
                scope.spawn(move || {
                    start.wait();
                    // This thread says when it began: the one that waits for it may be woken some slices of the others later.
                    let began = Instant::now();
                    let before = machine::thread_usage();
                    let result = body(number, time);
                    let after = machine::thread_usage();
                    let used = Usage {
                        cpu: after.cpu - before.cpu,
                        slept: after.slept - before.slept,
                    };
                    (began, (result, used))
                })
            })
            .collect();
        start.wait();
        thread::sleep(duration);
        time.0.store(true, Relaxed);
        let ended = Instant::now();
        let (began, each): (Vec<_>, _) = workers
            .into_iter()
            .map(|worker| worker.join().expect("a worker panicked"))
            .unzip();
        let first = began.into_iter().min().expect("there are threads");
        Done {
            elapsed: ended - first,
            each,
        }
    })
}

/// Threads that only burn time, as long as this lives.
pub struct Hogs {
    stop: std::sync::Arc<AtomicBool>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Hogs {
    pub fn start(count: usize) -> Self {
        let stop = std::sync::Arc::new(AtomicBool::new(false));
        let threads = (0..count)
            .map(|number| {
                let stop = std::sync::Arc::clone(&stop);
                thread::spawn(move || {
                    machine::pin(number);
                    while !stop.load(Relaxed) {
                        machine::step(10_000);
                    }
                })
            })
            .collect();
        Self { stop, threads }
    }
}

impl Drop for Hogs {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
        for thread in self.threads.drain(..) {
            thread.join().expect("a hog does not panic");
        }
    }
}

/// How even shares are: 1 if all are the same, 1/n if one has all.
pub fn jain(shares: &[f64]) -> f64 {
    let sum: f64 = shares.iter().sum();
    let squares: f64 = shares.iter().map(|share| share * share).sum();
    if squares == 0.0 {
        1.0
    } else {
        sum * sum / (shares.len() as f64 * squares)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn jain_is_one_for_equals_and_less_for_one() {
        assert_eq!(super::jain(&[2.0, 2.0, 2.0, 2.0]), 1.0);
        assert_eq!(super::jain(&[8.0, 0.0, 0.0, 0.0]), 0.25);
    }
}
