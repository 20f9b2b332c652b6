//! How a [`Gil`](crate::Gil) goes from thread to thread, and what it has counted.

use crate::sys::Duration;

/// When the thread that is attached to a [`Gil`](crate::Gil) gives way, and to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GilPolicy {
    /// Every so many checkpoints the Gil is let go, and whoever runs takes it: nearly always the one that has let it go,
    /// for the others must wake first. What CPython did before 3.2. Nothing bounds how long a thread waits; it is here to
    /// be compared with. No checkpoints count as one.
    Ticks(u32),
    /// Whoever waits asks for the Gil, and the one that is attached hands it over at its next checkpoint.
    Interval {
        /// The first in the queue asks when it has waited so long without a hand-over. CPython's is 5 milliseconds. If
        /// the clock cannot add it, nobody asks.
        every: Duration,
        /// Threads that come back from [`detach`](crate::gil::Attached::detach) queue before the others, and ask after
        /// so long; after nothing they ask at once. Whom they interrupt goes on afterwards until `every` has passed (always,
        /// if the clock cannot add that), unless that would keep out one that was overtaken too often. `None`: they are like the others, as in CPython since 3.2.
        returning: Option<Duration>,
    },
}

impl GilPolicy {
    /// What a new `Gil` has: 5 milliseconds, and threads that come back ask at once.
    pub const DEFAULT: Self = Self::Interval {
        every: Self::CPYTHONS_INTERVAL,
        returning: Some(Duration::ZERO),
    };

    /// What CPython does since 3.2, but with a queue: 5 milliseconds, and threads that come back are like the others.
    pub const CPYTHON_3_2: Self = Self::Interval {
        every: Self::CPYTHONS_INTERVAL,
        returning: None,
    };

    /// What CPython did before 3.2: every 100 checkpoints.
    pub const CPYTHON_2: Self = Self::Ticks(100);

    const CPYTHONS_INTERVAL: Duration = Duration::from_millis(5);
}

impl Default for GilPolicy {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What a [`Gil`](crate::Gil) has counted since it was made. The counts wrap around.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct GilStatistics {
    /// How often a thread got the Gil: by attaching, by coming back, by waiting for its turn again.
    pub attaches: usize,
    /// How often a thread queued up for it, also when it was woken and somebody else was faster.
    pub waits: usize,
    /// How often a thread that waited has asked for it.
    pub requests: usize,
    /// Hand-overs at a checkpoint.
    pub forced_hand_overs: usize,
    /// Hand-overs by threads that left of their own accord, because somebody had asked.
    pub voluntary_hand_overs: usize,
    /// The longest that a thread which got the Gil was in the queue, in whole microseconds. In a model there is no clock,
    /// and this means nothing.
    pub longest_wait: Duration,
}
