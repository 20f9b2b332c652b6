//! What the models do not see: numbers that no decision between threads hangs on, and how long something took.

use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use core::time::Duration;
use std::time::Instant;

/// A number that one thread at a time changes, and that any may read; it orders nothing. For statistics, and for what
/// is only compared with what the same thread has stored. In the models it is no step, so that a program is not
/// explored once more for each number that is kept of it; in a static it stays from one execution to the next.
#[derive(Debug, Default)]
pub struct Unmodelled(AtomicUsize);

impl Unmodelled {
    /// Holds `value`.
    #[inline]
    pub const fn new(value: usize) -> Self {
        Self(AtomicUsize::new(value))
    }

    /// Changes it.
    #[inline]
    pub fn set(&self, value: usize) {
        self.0.store(value, Relaxed);
    }

    /// What it is, or was a moment ago.
    #[inline]
    pub fn get(&self) -> usize {
        self.0.load(Relaxed)
    }

    /// One more; it wraps around. No read-modify-write: nobody else changes it meanwhile, as the caller knows.
    #[inline]
    pub fn increment(&self) {
        self.set(self.get().wrapping_add(1));
    }

    /// At least so much. As [`increment`](Self::increment).
    #[inline]
    pub fn raise_to(&self, value: usize) {
        if value > self.get() {
            self.set(value);
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
