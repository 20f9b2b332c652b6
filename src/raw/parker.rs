//! A token that one thread waits for and any thread gives, in one 4-byte futex word.
//!
//! # What
//!
//! The word is `EMPTY`, `TOKEN`, or `PARKED`: then one thread sleeps on it, or is about to.
//!
//! # How
//!
//! - **unpark**: swap in `TOKEN`. If it was `PARKED`, one call wakes the thread.
//! - **park**: `TOKEN → EMPTY`, and that is all. Otherwise `EMPTY → PARKED`, sleep until the word changes, and again
//!   `TOKEN → EMPTY`.
//! - **timeout**: swap in `EMPTY`. If it was `TOKEN`, this has taken it.
//!
//! # Invariants
//!
//! 1. One thread at a time is inside `park`. It alone takes `TOKEN` away and makes the word `PARKED`, and the word is
//!    not `PARKED` when it leaves. So a thread that finds `PARKED` when it arrives, or `EMPTY` after it has slept, is
//!    not the only one, and panics.
//! 2. A thread falls asleep only on `PARKED`. Everybody else makes `TOKEN` of it, and then wakes it.
//! 3. A wake may come late: the thread has found the token without sleeping, and sleeps in its next `park`. Then it
//!    looks, finds no token, and sleeps on. So no `park` returns without a token.
//!
//! # Fairness
//!
//! There is one thread to be fair to.
//!
//! # Ordering
//!
//! Every `unpark` is a swap with Release, *also when the token is there already*. All writes to the word are
//! read-modify-writes, so a later swap stays in the release sequence of an earlier one, and a `park` whose Acquire
//! reads the last of them synchronizes with all of them: edge [P1] of `docs/memory-ordering.md`. An `unpark`
//! that only looked, and found the token, would leave no trace that the `park` could synchronize with.
//!
//! After the swap the object is not touched again, only its address. [`Unparker`](crate::Unparker) does not depend
//! on that: it owns a share of the object.

use crate::sys::{
    Futex, Instant,
    Ordering::{Acquire, Relaxed, Release},
    Wait,
};
use crate::trace;

/// No token, and nobody waits for one.
const EMPTY: u32 = 0;
/// A token is there. Set by `unpark`, taken by the thread that parks.
const TOKEN: u32 = 1;
/// No token, and a thread waits for one. Legal: a thread that does not sleep yet, or not any more. Illegal: to
/// sleep on any other value (invariant 2).
const PARKED: u32 = 2;

const KIND: &str = "Parker";

/// The algorithm behind [`Parker`](crate::Parker): 4 bytes, sleeping on a futex.
pub struct RawParker {
    /// One of the three values above.
    word: Futex,
}

#[cold]
#[track_caller]
fn parked_already() -> ! {
    panic!(
        "selvedge: 2 threads park on the same RawParker; give each thread one of its own, as Parker does"
    )
}

impl RawParker {
    /// Without a token.
    #[inline]
    pub const fn new() -> Self {
        Self {
            word: Futex::new(EMPTY),
        }
    }

    // --- fast paths ---------------------------------------------------------------------------

    /// Gives a token, unless there is one, and wakes the thread that waits for it.
    #[inline]
    #[track_caller]
    pub fn unpark(&self) {
        let span = trace::span(self, KIND, "unpark");
        let address = self.word.address();
        // Release, whether there is a token or not: pairs with the Acquire of the thread that takes it [P1].
        let before = self.word.swap(TOKEN, Release);
        // From here on the object may be gone.
        span.notified(usize::from(before == PARKED));
        if before == PARKED {
            Futex::wake(address, 1);
        }
    }

    /// Waits for a token and takes it; `false` if the deadline came first.
    ///
    /// # Panics
    ///
    /// If another thread is found to wait on the same object.
    #[inline]
    #[track_caller]
    pub fn park(&self, deadline: Option<Instant>) -> bool {
        self.take() || self.park_contended(deadline)
    }

    #[inline]
    #[track_caller]
    fn take(&self) -> bool {
        // Acquire: pairs with the Release of all swaps in `unpark` since the last token was taken [P1].
        self.word
            .compare_exchange(TOKEN, EMPTY, Acquire, Relaxed)
            .is_ok()
    }

    // --- slow paths ---------------------------------------------------------------------------

    #[cold]
    #[track_caller]
    fn park_contended(&self, deadline: Option<Instant>) -> bool {
        let action = if deadline.is_some() {
            "park_deadline"
        } else {
            "park"
        };
        let span = trace::span(self, KIND, action);
        match self.word.compare_exchange(EMPTY, PARKED, Relaxed, Relaxed) {
            Ok(_) => {}
            // It has come just now.
            Err(TOKEN) if self.take() => return true,
            // Somebody else waits for it, or has taken it (invariant 1).
            Err(_) => parked_already(),
        }
        span.queued();
        loop {
            if self.word.wait(PARKED, deadline) == Wait::TimedOut {
                // A swap, because it takes the token if there is one, and otherwise takes back that somebody waits.
                //
                // Acquire: for the case that there is one, pairs with the Release in `unpark` [P1].
                let taken = self.word.swap(EMPTY, Acquire) == TOKEN;
                if !taken {
                    span.refused();
                }
                return taken;
            }
            // Acquire: as in `take` [P1].
            match self.word.compare_exchange(TOKEN, EMPTY, Acquire, Relaxed) {
                Ok(_) => return true,
                Err(PARKED) => {} // a late wake, or one for no reason (invariant 3)
                Err(_) => parked_already(),
            }
        }
    }
}

impl Default for RawParker {
    fn default() -> Self {
        Self::new()
    }
}

impl core::fmt::Debug for RawParker {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("RawParker").field(&self.word).finish()
    }
}
