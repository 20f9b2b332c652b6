//! An event that stays set until it is reset, in one 4-byte futex word.
//!
//! # What
//!
//! The word says whether the event is set, whether anybody may sleep on it, and how many times it has been
//! reset.
//!
//! ```text
//!   31                        2    1        0
//!  +---------------------------+---------+-----+
//!  |        generation         | WAITING | SET |
//!  +---------------------------+---------+-----+
//! ```
//!
//! # How
//!
//! - **set**: set SET. If it was not set and WAITING was, one call wakes all who sleep.
//! - **reset**: if SET, clear SET and WAITING and count one generation more.
//! - **wait**: look. If the event is not set, remember the generation, set WAITING, sleep until the word
//!   changes, look again. The wait is over when the event is set, *or when the generation is another one*:
//!   only a set event is reset, so it was set in between.
//!
//! # Invariants
//!
//! 1. The generation changes only from a word with SET to one without, by 1. So a thread that saw generation
//!    g without SET, and sees anything else than g without SET, has been there during a `set`.
//! 2. A thread falls asleep only on a word with WAITING and without SET. WAITING is set only in a word without
//!    SET, and cleared only by `reset` in a word with SET.
//! 3. So between a thread that falls asleep in a generation and the `set` that ends that generation's wait, WAITING
//!    is not cleared: that `set` finds it, and wakes all.
//!
//! A wake may come late, when the event has been reset and others sleep in the next generation. They look, find
//! their own generation without SET, and sleep on; WAITING is still there (invariant 2).
//!
//! # The generation wraps around
//!
//! It has 30 bits. A thread misses a `set` if between two of its looks there are exactly 2^30 resets, or a
//! multiple of that, and the event is not set at the second look. Each reset that counts needs a `set`
//! before it, and the first of these has woken the thread if it slept. So it was ready to run, or stopped, and did
//! not look for as long as 2^30 pairs of calls take: several seconds if nothing else is done in them. Then it waits
//! for the next `set`; nothing else is wrong.
//!
//! # Fairness
//!
//! None is needed: a `set` releases everybody.
//!
//! # Ordering
//!
//! `set` is a read-modify-write with Release *also when the event is set already*. If it only looked, what its
//! caller had done before could be missed by the one who resets the event and then looks around: edges [E1]
//! and [E2] of `docs/memory-ordering.md`. After it the object is not touched again, only its address.

use crate::sys::{
    Futex, Instant,
    Ordering::{Acquire, Relaxed, Release},
    Wait,
};
use crate::trace;

/// The event is set. Set by `set`, cleared by `reset`.
const SET_BIT: u32 = 1;
/// Somebody may sleep. Set by whoever is about to, cleared by `reset` (invariant 2). Legal: to have it set
/// with nobody asleep, as after a timeout; that costs the next `set` a system call. Illegal: to sleep without it.
const WAITING_BIT: u32 = 1 << 1;
/// One more reset (invariant 1).
const ONE_GENERATION: u32 = 1 << 2;
/// The bits of the generation.
const GENERATION: u32 = !(SET_BIT | WAITING_BIT);

const KIND: &str = "Event";

fn is_set(state: u32) -> bool {
    state & SET_BIT != 0
}

fn is_waited_for(state: u32) -> bool {
    state & WAITING_BIT != 0
}

/// Whether a thread that saw `before`, which was not set, is released now that it sees `state` (invariant 1).
fn is_released(before: u32, state: u32) -> bool {
    is_set(state) || (state ^ before) & GENERATION != 0
}

/// The algorithm behind [`Event`](crate::Event): 4 bytes, sleeping on a futex.
pub struct RawEvent {
    /// See the layout at the top of this file.
    word: Futex,
}

impl RawEvent {
    /// Not set.
    #[inline]
    pub const fn new() -> Self {
        Self::starting_at(0)
    }

    /// Set.
    #[inline]
    pub const fn new_set() -> Self {
        Self {
            word: Futex::new(SET_BIT),
        }
    }

    /// Not set, after so many resets: for the tests of what happens when their number wraps around.
    #[doc(hidden)]
    #[inline]
    pub const fn starting_at(generation: u32) -> Self {
        Self {
            word: Futex::new(generation.wrapping_mul(ONE_GENERATION)),
        }
    }

    // --- fast paths ---------------------------------------------------------------------------

    /// Whether the event is set. Then everything is visible that was done before it was.
    #[inline]
    #[track_caller]
    pub fn is_set(&self) -> bool {
        let _span = trace::span(self, KIND, "is_set");
        // Acquire: pairs with the Release in `set` [E1].
        is_set(self.word.load(Acquire))
    }

    /// Sets the event, and releases all who wait.
    #[inline]
    #[track_caller]
    pub fn set(&self) {
        let span = trace::span(self, KIND, "set");
        let address = self.word.address();
        // Release, whether it is set already or not: pairs with the Acquire of whoever sees that it is set
        // [E1], and of whoever resets it [E2].
        let before = self.word.fetch_or(SET_BIT, Release);
        // From here on the object may be gone.
        span.became("set");
        if !is_set(before) && is_waited_for(before) {
            Futex::wake(address, usize::MAX);
        }
    }

    /// Takes back that the event is set; whether it was. If it was, everything is visible that was done before
    /// it was set, by everybody who has set it.
    #[inline]
    #[track_caller]
    pub fn reset(&self) -> bool {
        let span = trace::span(self, KIND, "reset");
        // Relaxed: a hint. Whoever has to see that it is set knows that it is, and then this shows it.
        let mut state = self.word.load(Relaxed);
        while is_set(state) {
            let next = (state & GENERATION).wrapping_add(ONE_GENERATION);
            // Acquire: pairs with the Release in `set` [E2].
            match self.word.compare_exchange(state, next, Acquire, Relaxed) {
                Ok(_) => {
                    span.became("not set");
                    return true;
                }
                Err(actual) => state = actual,
            }
        }
        span.refused();
        false
    }

    /// Waits until the event is set, or has been; `false` if the deadline came first.
    #[inline]
    #[track_caller]
    pub fn wait(&self, deadline: Option<Instant>) -> bool {
        // Acquire: pairs with the Release in `set` [E1].
        let state = self.word.load(Acquire);
        is_set(state) || self.wait_contended(state, deadline)
    }

    // --- slow paths ---------------------------------------------------------------------------

    /// Sleeps until a thread that saw `before` is released, or the deadline has passed.
    #[cold]
    #[track_caller]
    fn wait_contended(&self, before: u32, deadline: Option<Instant>) -> bool {
        let action = if deadline.is_some() {
            "wait_until"
        } else {
            "wait"
        };
        let span = trace::span(self, KIND, action);
        let mut state = before;
        while !is_released(before, state) {
            let marked = state | WAITING_BIT;
            if state != marked {
                // Acquire: if it fails because the event is set now, or has been [E1].
                let marking = self.word.compare_exchange(state, marked, Relaxed, Acquire);
                if let Err(actual) = marking {
                    state = actual;
                    continue;
                }
            }
            span.queued();
            let outcome = self.word.wait(marked, deadline);
            // A load, because all who were woken look at once, and loads do not take the line from one another.
            //
            // Acquire: a wake orders nothing; pairs with the Release in `set` [E1].
            state = self.word.load(Acquire);
            if outcome == Wait::TimedOut && !is_released(before, state) {
                span.refused();
                return false;
            }
        }
        true
    }
}

impl Default for RawEvent {
    fn default() -> Self {
        Self::new()
    }
}

impl core::fmt::Debug for RawEvent {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("RawEvent").field(&self.word).finish()
    }
}
