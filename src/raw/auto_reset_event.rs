//! An event that releases one thread for each time that it is set, in one 4-byte futex word.
//!
//! # What
//!
//! The word counts the threads that wait, and the sets that nobody has taken yet.
//!
//! ```text
//!   31            16 15            0
//!  +----------------+---------------+
//!  |    waiters     |     sets      |
//!  +----------------+---------------+
//! ```
//!
//! The first `waiters` of the sets are *owed*: each was made while a thread waited to whom none was owed yet. One
//! more may be *spare*: made when there was no such thread. That is all there can be: `sets <= waiters + 1`, and a
//! `set` beyond that changes nothing. It coalesces with the spare one. What is owed is owed to a number of threads, not
//! to any one of them.
//!
//! # How
//!
//! - **set**: one more of the sets, unless there is a spare one already. If it is owed, one call wakes one thread.
//! - **wait**: take one of the sets if there is any. Otherwise count as a waiter, sleep until the word changes,
//!   and look again: leave with one of the sets if there is any, without it if the deadline has passed.
//! - **try_wait**, **reset**: take the spare one, if there is one. What is owed they leave alone.
//!
//! # Invariants
//!
//! 1. `sets <= waiters + 1`. A set is added only while there is no spare one. Waiters become fewer only together
//!    with a set, or when there are no sets.
//! 2. A thread falls asleep only on a word with no sets.
//! 3. Let `awake` be the waiters that do not sleep: each looks at the word before it sleeps (again), and by
//!    invariant 2 it takes one of the sets if there is any. Let `coming` be the calls that will wake one thread
//!    and have not done so yet. Then `min(sets, waiters) <= awake + coming`: for every set that is owed there is a
//!    thread that is on its way to take one, or nobody is asleep. Step by step:
//!    - a set that becomes owed makes each side larger by one, and one that becomes spare neither;
//!    - a call that wakes a thread makes `awake` larger by what it takes from `coming`; one that finds nobody
//!      asleep finds that all the waiters are awake, and then there is nothing to show;
//!    - a thread becomes a waiter only when there are no sets, and then the left side is 0;
//!    - a waiter that leaves with a set makes each side smaller by one; without a set it leaves only when there is
//!      none, and then the left side is 0; a thread that is not counted and takes one makes no side larger;
//!    - a thread falls asleep only when the left side is 0 (invariant 2), and wakes up for no reason or because
//!      its deadline has passed at any time, which makes `awake` larger.
//!
//! # What can come between
//!
//! - *A thread is woken, and its deadline passes at the same moment.* Whether the wait returns because of the wake or
//!   because of the deadline, the thread looks, and takes one of the sets if there is any. If there is none,
//!   somebody else has taken it.
//! - *The call wakes nobody, or a thread that finds nothing.* Then the thread it was meant for was awake already
//!   and has taken it, or another one has come and taken it. Whoever finds nothing sleeps again.
//! - *A third thread comes before the one that was woken.* A `wait` takes the set: it may not sleep beside it
//!   (invariant 2). The woken one stays a waiter, and the next set is owed to it.
//! - *The next `set` comes before the woken thread.* That one still is a waiter with a set that is owed to it. So the
//!   next is owed to the next waiter, or is spare. None is lost.
//!
//! # Fairness
//!
//! None among those who wait: whoever looks first takes it, also one that has begun to wait after the `set`. Only
//! `try_wait` and `reset` keep away from what is owed.
//!
//! # Ordering
//!
//! Every `set` is a read-modify-write with Release, *also one that coalesces*, because what its caller did before must
//! be seen by whoever takes the set that it coalesced with; taking is Acquire: edge [E3] of
//! `docs/memory-ordering.md`. After the compare-exchange of `set` the object is not touched again, only its
//! address.

use crate::sys::{
    Futex, Instant,
    Ordering::{Acquire, Relaxed, Release},
    Wait,
};
use crate::trace;

/// One of the sets. Added by `set`, taken by whoever is released.
const ONE_SET: u32 = 1;
/// One of the waiters. Added by a thread before it sleeps, taken away by the same thread when it leaves. Legal: to
/// count a thread that does not sleep yet, or not any more. Illegal: to sleep without being counted.
const ONE_WAITER: u32 = 1 << 16;
/// So many can wait that one more set than there are waiters still has room (invariant 1).
const MAX_WAITERS: u32 = u16::MAX as u32 - 1;

const KIND: &str = "AutoResetEvent";

fn sets(state: u32) -> u32 {
    state % ONE_WAITER
}

fn waiters(state: u32) -> u32 {
    state / ONE_WAITER
}

/// Whether there is a set that is owed to nobody.
fn has_spare(state: u32) -> bool {
    sets(state) > waiters(state)
}

/// The algorithm behind [`AutoResetEvent`](crate::AutoResetEvent): 4 bytes, sleeping on a futex.
pub struct RawAutoResetEvent {
    /// See the layout at the top of this file.
    word: Futex,
}

#[cold]
#[track_caller]
fn too_many_waiters() -> ! {
    panic!(
        "selvedge: {MAX_WAITERS} threads wait on an AutoResetEvent, and one more would; let fewer threads wait \
         on the same one"
    )
}

impl RawAutoResetEvent {
    /// Not set.
    #[inline]
    pub const fn new() -> Self {
        Self {
            word: Futex::new(0),
        }
    }

    /// Set: the first wait returns at once.
    #[inline]
    pub const fn new_set() -> Self {
        Self {
            word: Futex::new(ONE_SET),
        }
    }

    /// Not set, with so many waiters counted who are not there: for the tests of what happens when there are too many.
    #[doc(hidden)]
    #[inline]
    pub const fn with_waiters(waiters: u16) -> Self {
        Self {
            word: Futex::new(waiters as u32 * ONE_WAITER),
        }
    }

    // --- fast paths ---------------------------------------------------------------------------

    /// Whether the event is set: nobody waits for whom this is meant, and [`try_wait`](Self::try_wait) would take it.
    /// Then everything is visible that was done before it was set.
    #[inline]
    #[track_caller]
    pub fn is_set(&self) -> bool {
        let _span = trace::span(self, KIND, "is_set");
        // Acquire: pairs with the Release in `set` [E3].
        has_spare(self.word.load(Acquire))
    }

    /// Releases one of the threads that wait; if all who wait are released already, the event stays set until it is
    /// taken.
    #[inline]
    #[track_caller]
    pub fn set(&self) {
        let span = trace::span(self, KIND, "set");
        let address = self.word.address();
        let mut state = 0; // a guess: the compare-exchange says what is there
        loop {
            let next = if has_spare(state) {
                state // it coalesces (invariant 1)
            } else {
                state + ONE_SET
            };
            // Release, also when it changes nothing: pairs with the Acquire of whoever takes it, or the one that it
            // coalesces with [E3].
            match self.word.compare_exchange(state, next, Release, Relaxed) {
                Ok(_) => break,
                Err(actual) => state = actual,
            }
        }
        // From here on the object may be gone.
        let owed = sets(state) < waiters(state);
        span.notified(usize::from(owed));
        if owed {
            Futex::wake(address, 1);
        }
    }

    /// Takes the event's being set, if it is set and not meant for a thread that waits; whether it was.
    #[inline]
    #[track_caller]
    pub fn try_wait(&self) -> bool {
        self.take_spare("try_wait")
    }

    /// Takes back that the event is set; whether it was. The thread that a `set` has released stays released.
    #[inline]
    #[track_caller]
    pub fn reset(&self) -> bool {
        self.take_spare("reset")
    }

    #[inline]
    #[track_caller]
    fn take_spare(&self, action: &'static str) -> bool {
        let span = trace::span(self, KIND, action);
        let mut state = ONE_SET; // a guess
        while has_spare(state) {
            // Acquire: pairs with the Release in `set` [E3].
            match self
                .word
                .compare_exchange(state, state - ONE_SET, Acquire, Relaxed)
            {
                Ok(_) => return true,
                Err(actual) => state = actual,
            }
        }
        span.refused();
        false
    }

    /// Waits for a `set` and takes it; `false` if the deadline came first.
    ///
    /// # Panics
    ///
    /// If too many threads wait already; nothing is changed.
    #[inline]
    #[track_caller]
    pub fn wait(&self, deadline: Option<Instant>) -> bool {
        // Acquire: pairs with the Release in `set` [E3].
        match self.word.compare_exchange(ONE_SET, 0, Acquire, Relaxed) {
            Ok(_) => true,
            Err(state) => self.wait_contended(state, deadline),
        }
    }

    // --- slow paths ---------------------------------------------------------------------------

    #[cold]
    #[track_caller]
    fn wait_contended(&self, mut state: u32, deadline: Option<Instant>) -> bool {
        let action = if deadline.is_some() {
            "wait_until"
        } else {
            "wait"
        };
        let span = trace::span(self, KIND, action);
        loop {
            let taking = sets(state) > 0;
            if !taking && waiters(state) == MAX_WAITERS {
                too_many_waiters();
            }
            let next = if taking {
                state - ONE_SET
            } else {
                state + ONE_WAITER
            };
            // Acquire: for the case that takes one, pairs with the Release in `set` [E3].
            match self.word.compare_exchange(state, next, Acquire, Relaxed) {
                Ok(_) if taking => return true,
                Ok(_) => {
                    state = next;
                    break;
                }
                Err(actual) => state = actual,
            }
        }
        span.queued();
        loop {
            let outcome = self.word.wait_at_once(state, deadline); // invariant 2
            // What a `set` has made of the word: a guess. If it is wrong, the compare-exchange says what is there.
            state += ONE_SET;
            loop {
                let taking = sets(state) > 0;
                let next = if taking {
                    state - ONE_WAITER - ONE_SET
                } else if outcome == Wait::TimedOut {
                    state - ONE_WAITER
                } else {
                    break;
                };
                // Acquire: as above [E3].
                match self.word.compare_exchange(state, next, Acquire, Relaxed) {
                    Ok(_) if taking => return true,
                    Ok(_) => {
                        span.refused();
                        return false;
                    }
                    Err(actual) => state = actual,
                }
            }
        }
    }
}

impl Default for RawAutoResetEvent {
    fn default() -> Self {
        Self::new()
    }
}

impl core::fmt::Debug for RawAutoResetEvent {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("RawAutoResetEvent")
            .field(&self.word)
            .finish()
    }
}
