//! Numbers that nothing depends on: how often something happened, and how long it took.

use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use core::time::Duration;
use std::time::Instant;

/// A count that one thread at a time changes, and that any may read. In the models it is no step and orders nothing,
/// so that a program is not explored once more for each number that is kept of it; in a static it goes on counting
/// from one execution to the next.
#[derive(Debug, Default)]
pub struct Statistic(AtomicUsize);

impl Statistic {
    /// Zero.
    #[inline]
    pub const fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    /// What it is, or was a moment ago.
    #[inline]
    pub fn get(&self) -> usize {
        self.0.load(Relaxed)
    }

    /// One more; it wraps around. No read-modify-write: nobody else changes it meanwhile, as the caller knows.
    #[inline]
    pub fn increment(&self) {
        self.0.store(self.get().wrapping_add(1), Relaxed);
    }

    /// At least so much. As [`increment`](Self::increment).
    #[inline]
    pub fn raise_to(&self, value: usize) {
        if value > self.get() {
            self.0.store(value, Relaxed);
        }
    }
}

/// Measures how long something takes. In the models that is real time, and means nothing.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    #[inline]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since.
    #[inline]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}
