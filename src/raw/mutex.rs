//! A mutex in one 4-byte futex word.
//!
//! # What
//!
//! The word says whether the lock is held, how many threads have *registered* as waiters, whether one
//! of them is already on its way, whether the lock was handed over to them, and whether somebody came
//! too late for that.
//!
//! ```text
//!   31                       4    3       2        1        0
//!  +---------------------------+------+--------+--------+--------+
//!  |    registered waiters     | LATE | WAKING | HANDED | LOCKED |
//!  +---------------------------+------+--------+--------+--------+
//! ```
//!
//! # How
//!
//! - **lock**: `0 → LOCKED`. If that fails: look a few times; then either take a free lock or
//!   register, in one compare-exchange; then sleep until the word changes, and *claim* the lock when it
//!   is free or handed over. Claiming deregisters.
//! - **unlock**: `LOCKED → 0`. If that fails there are waiters: clear LOCKED, set WAKING if it was
//!   not set, and wake one sleeper if *we* set it. With WAKING set somebody is awake already.
//! - **unlock, fair**: leave LOCKED set and set HANDED. Nobody can barge into a locked lock; every
//!   registered waiter may claim one that is handed over. A thread that comes now is *late*: it does not
//!   register, or it could claim what is not meant for it; it sets LATE and sleeps until the claim,
//!   after which the claimer wakes all who are late, and they start again.
//!
//! # Invariants
//!
//! 1. LOCKED is set if and only if a thread holds the lock or HANDED is set.
//! 2. The count is the number of threads between registering and claiming (or leaving). HANDED is set
//!    only while the count is not zero, and while it is set, no thread registers but those that a
//!    condvar moves here, and a registered thread deregisters only by claiming. So there is somebody to
//!    claim it.
//! 3. A registered thread falls asleep only on a word in which LOCKED is set, HANDED and WAKING are not,
//!    and itself is counted. So the next unlock sees a waiter and no WAKING, and wakes. (A thread that a
//!    condvar moves here is asleep first and counted after; `register_moved` makes up for it.)
//! 4. While WAKING is set, somebody is awake, or a wake that is on its way will reach somebody, who looks
//!    at the word again: a registered thread, one that is being moved here, or a late one, who takes a handed
//!    lock in its place. A registered thread clears WAKING before it sleeps or leaves. Legal: to clear it
//!    although somebody else is awake (one wake too many). Illegal: to leave it set when nobody is.
//! 5. LATE is set only while HANDED is, and whoever clears it holds the lock and wakes everybody who
//!    sleeps here before it goes on. Legal: to set it and not sleep. Illegal: to fall asleep on a handed
//!    lock without it.
//!
//! # Fairness
//!
//! Barging: a running thread may take a free lock although others wait. A fair unlock hands the lock
//! to the threads that were registered when it happened, and one of them claims it, with these exceptions,
//! all rare: a late thread takes it if it is asleep and a wake reaches it (a wake that was on its way, or
//! comes for no reason, or the one that came with this or an earlier hand-over); that may be the thread
//! that unlocked, come back. And a thread that a condvar moves here meanwhile is registered too. A bound on
//! how often a waiter can be overtaken is not promised.
//!
//! # Ordering
//!
//! Claiming is Acquire, releasing is Release, on the same word: edge [M1] of
//! `docs/memory-ordering.md`. Everything else on the word is Relaxed but for the pair [M2], which a
//! condvar's requeue needs. After the releasing compare-exchange the lock is not touched again, only
//! its address: its next owner may free it.

use lock_api::RawMutexTimed;

use crate::sys::{
    self, Duration, Futex, Instant,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
    Wait,
};
use crate::trace::{self, Span};

use super::guard::{GUARD, Guard};

/// Set while the lock is held or handed over. Set by taking a free lock, cleared by unlocking. Legal: to
/// find it set and nobody holding the lock, when HANDED is set too.
const LOCKED_BIT: u32 = 1;
/// Set by a fair unlock, cleared by the claim. Illegal: to set it without a waiter.
const HANDED_BIT: u32 = 1 << 1;
/// Set by an unlock that wakes, cleared by waiters (invariant 4).
const WAKING_BIT: u32 = 1 << 2;
/// Set by a thread that comes while HANDED is set, cleared by the claim (invariant 5).
const LATE_BIT: u32 = 1 << 3;
/// The count of waiters starts here. 2^28 of them fit, and there are no more than 2^22 threads.
const ONE_WAITER: u32 = 1 << 4;

const UNLOCKED: u32 = 0;

/// The lock behind [`Mutex`](crate::Mutex): 4 bytes, sleeping on a futex.
#[derive(Debug)]
pub struct RawMutex {
    /// See the layout at the top of this file.
    word: Futex,
}

fn is_locked(state: u32) -> bool {
    state & LOCKED_BIT != 0
}

fn waiters(state: u32) -> u32 {
    state / ONE_WAITER
}

fn is_handed(state: u32) -> bool {
    state & HANDED_BIT != 0
}

/// Whether a registered waiter may claim: the lock is free, or handed to it and its like.
fn is_claimable(state: u32) -> bool {
    !is_locked(state) || is_handed(state)
}

/// The word after the lock was claimed by a thread that is not registered.
fn taken(state: u32) -> u32 {
    (state | LOCKED_BIT) & !(HANDED_BIT | WAKING_BIT | LATE_BIT)
}

/// The word after the lock was claimed by one that is.
fn claimed(state: u32) -> u32 {
    taken(state - ONE_WAITER)
}

impl RawMutex {
    /// An unlocked mutex.
    #[inline]
    pub(super) const fn new() -> Self {
        Self {
            word: Futex::new(UNLOCKED),
        }
    }

    // --- fast paths ---------------------------------------------------------------------------

    #[inline]
    #[track_caller]
    pub(super) fn acquire(&self) {
        let span = trace::span(self, "Mutex", "lock");
        // Acquire: pairs with the Release in `release` [M1].
        if let Err(state) = self
            .word
            .compare_exchange(UNLOCKED, LOCKED_BIT, Acquire, Relaxed)
        {
            let locked = self.acquire_contended(state, None);
            assert!(locked, "without a deadline there is no giving up");
        }
        span.acquired();
    }

    #[inline]
    #[track_caller]
    fn try_acquire(&self) -> bool {
        let span = trace::span(self, "Mutex", "try_lock");
        let mut state = UNLOCKED;
        while !is_locked(state) {
            // Acquire: pairs with the Release in `release` [M1].
            match self
                .word
                .compare_exchange(state, state | LOCKED_BIT, Acquire, Relaxed)
            {
                Ok(_) => {
                    span.acquired();
                    return true;
                }
                Err(actual) => state = actual,
            }
        }
        span.refused();
        false
    }

    #[inline]
    #[track_caller]
    fn acquire_until(&self, deadline: Instant) -> bool {
        let span = trace::span(self, "Mutex", "try_lock_until");
        // Acquire: pairs with the Release in `release` [M1].
        let locked = match self
            .word
            .compare_exchange(UNLOCKED, LOCKED_BIT, Acquire, Relaxed)
        {
            Ok(_) => true,
            Err(state) => self.acquire_contended(state, Some(deadline)),
        };
        if locked {
            span.acquired()
        } else {
            span.refused()
        }
        locked
    }

    /// # Safety
    ///
    /// The caller holds the lock and gives it up.
    #[inline]
    #[track_caller]
    pub(super) unsafe fn release(&self) {
        let span = trace::span(self, "Mutex", "unlock");
        // Release: pairs with the Acquire of whoever claims next [M1]. A compare-exchange and not a
        // store, because the waiters' bits live in the same word.
        match self
            .word
            .compare_exchange(LOCKED_BIT, UNLOCKED, Release, Relaxed)
        {
            // From here on the lock may be gone.
            Ok(_) => span.released(),
            Err(state) => self.release_contended(state, false, &span),
        }
    }

    /// # Safety
    ///
    /// The caller holds the lock and gives it up.
    #[inline]
    #[track_caller]
    unsafe fn release_fair(&self) {
        let span = trace::span(self, "Mutex", "unlock_fair");
        // Release: as in `release` [M1].
        match self
            .word
            .compare_exchange(LOCKED_BIT, UNLOCKED, Release, Relaxed)
        {
            Ok(_) => span.released(),
            Err(state) => self.release_contended(state, true, &span),
        }
    }

    // --- slow paths ---------------------------------------------------------------------------

    /// Takes the lock, or registers and waits for it. `false` if the deadline came first.
    #[cold]
    fn acquire_contended(&self, mut state: u32, deadline: Option<Instant>) -> bool {
        // Looking is worth it only while the lock is passed between running threads.
        sys::poll(|| {
            state = self.word.load(Relaxed); // a hint, checked by the compare-exchange below
            !is_locked(state) || waiters(state) > 0
        });
        // Whether this thread was asleep on the word and a wake was given to it.
        let mut woken = false;
        loop {
            let next = if !is_locked(state) {
                state | LOCKED_BIT
            } else if !is_handed(state) {
                state + ONE_WAITER
            } else if woken {
                // The wake may have been the one that came with the hand-over, and nobody else will
                // get another (invariant 4).
                taken(state)
            } else {
                state | LATE_BIT
            };
            if next != state {
                // Acquire: for the cases that take the lock, pairs with the Release in `release` [M1].
                match self.word.compare_exchange(state, next, Acquire, Relaxed) {
                    Ok(_) if !is_locked(state) => return true,
                    Ok(_) if !is_handed(state) => {
                        return self.acquire_registered(next, deadline);
                    }
                    Ok(_) if woken => {
                        self.wake_the_late(state);
                        return true;
                    }
                    Ok(_) => state = next,
                    Err(actual) => {
                        state = actual;
                        continue;
                    }
                }
            }
            match self.word.wait(state, deadline) {
                Wait::Woken => woken = true,
                Wait::Changed => {}
                // Not registered, so there is nothing to take back. LATE may stay (invariant 5).
                Wait::TimedOut => return false,
            }
            // What a claim has made of it: a guess, in place of a load. The compare-exchange knows better.
            state = claimed(state);
        }
    }

    /// Waits for the lock as one of the counted waiters. `false` if the deadline came first.
    fn acquire_registered(&self, mut state: u32, deadline: Option<Instant>) -> bool {
        loop {
            let next = if is_claimable(state) {
                claimed(state)
            } else {
                state & !WAKING_BIT // invariant 3: nobody sleeps with it set
            };
            if next != state {
                // Acquire: for the claim, pairs with the Release in `release` [M1].
                match self.word.compare_exchange(state, next, Acquire, Relaxed) {
                    Ok(_) if is_claimable(state) => {
                        self.wake_the_late(state);
                        return true;
                    }
                    Ok(_) => state = next,
                    Err(actual) => {
                        state = actual;
                        continue;
                    }
                }
            }
            if self.word.wait(state, deadline) == Wait::TimedOut {
                return self.leave(state);
            }
            // What the unlock that woke us has made of it: a guess, in place of a load. If it is right, one
            // access does; if not, the compare-exchange says what is there.
            state = (state & !LOCKED_BIT) | WAKING_BIT;
        }
    }

    /// The deadline has passed: deregister, or take what can be taken. Returns whether it was taken. `state`
    /// is a guess.
    #[cold]
    fn leave(&self, mut state: u32) -> bool {
        loop {
            let next = if is_claimable(state) {
                // A lock that is free is worth more than being on time; and one that was handed over
                // may not be left behind (invariant 2).
                claimed(state)
            } else {
                // Invariant 4: this thread may have been the one that was awake. Somebody holds the
                // lock, and its unlock will wake another.
                (state - ONE_WAITER) & !WAKING_BIT
            };
            // Acquire: for the claim, pairs with the Release in `release` [M1].
            match self.word.compare_exchange(state, next, Acquire, Relaxed) {
                Ok(_) if is_claimable(state) => {
                    self.wake_the_late(state);
                    return true;
                }
                Ok(_) => return false,
                Err(actual) => state = actual,
            }
        }
    }

    /// After a claim that found the word in `state`: whoever came late starts again (invariant 5). The
    /// registered waiters are woken with them and go back to sleep: there is one queue. The lock is held
    /// here, so it is alive.
    fn wake_the_late(&self, state: u32) {
        if state & LATE_BIT != 0 {
            Futex::wake(self.word.address(), usize::MAX);
        }
    }

    /// Unlocks a mutex that has, or had, waiters.
    #[cold]
    fn release_contended(&self, mut state: u32, fair: bool, span: &Span) {
        // Taken now: after the compare-exchange there may be no lock to ask.
        let address = self.word.address();
        loop {
            let waited_for = waiters(state) > 0;
            let hand_over = fair && waited_for;
            let wake = waited_for && state & WAKING_BIT == 0;
            let next = match (hand_over, waited_for) {
                (true, _) => state | HANDED_BIT | WAKING_BIT,
                (false, true) => (state & !LOCKED_BIT) | WAKING_BIT,
                (false, false) => UNLOCKED,
            };
            // Release: pairs with the Acquire of whoever claims next [M1]. Acquire: pairs with the
            // Release in `register_moved`, so that the wake below comes after the move [M2].
            match self.word.compare_exchange(state, next, AcqRel, Relaxed) {
                Ok(_) => {
                    // From here on the lock may be gone.
                    if hand_over {
                        span.handed_over()
                    } else {
                        span.released()
                    }
                    if wake {
                        Futex::wake(address, 1);
                    }
                    return;
                }
                Err(actual) => state = actual,
            }
        }
    }

    // --- for the condvar ------------------------------------------------------------------------

    /// Whether a waiter had better be moved here than woken: a hint.
    pub(super) fn is_held(&self) -> bool {
        is_locked(self.word.load(Relaxed))
    }

    /// Where a condvar moves its waiters.
    pub(super) fn queue(&self) -> sys::Address {
        self.word.address()
    }

    /// Registers a waiter that was just moved to [`queue`](Self::queue) and does not know it yet.
    pub(super) fn register_moved(&self) {
        // Release: the move came before. An unlock that sees this count has acquired it, and its wake
        // finds the waiter in the queue [M2]. An addition and not a compare-exchange: it is right
        // whatever the rest of the word says.
        let before = self.word.fetch_add(ONE_WAITER, Release);
        if !is_locked(before) {
            // No unlock will come that sees it. Some waiter must look; whoever is woken takes the lock,
            // and its unlock wakes the next.
            Futex::wake(self.word.address(), 1);
        }
    }

    /// Locks as a waiter that [`register_moved`](Self::register_moved) has registered.
    pub(super) fn acquire_moved(&self) {
        let span = trace::span(self, "Mutex", "lock");
        let state = self.word.load(Relaxed);
        let locked = self.acquire_registered(state, None);
        assert!(locked, "without a deadline there is no giving up");
        span.acquired();
    }
}

// SAFETY: `lock`, `try_lock` and the timed forms return a guard only after a compare-exchange that
// has set LOCKED_BIT in a word where it was clear, or that has claimed a hand-over, which one thread
// does (invariants 1 and 2); only the holder clears it. So there is one holder. Nothing here unwinds
// while it holds the lock. A mutex that is locked may be moved or dropped: the word is all there is.
unsafe impl lock_api::RawMutex for RawMutex {
    const INIT: Self = Self::new();
    type Guard = Guard;

    #[inline]
    #[track_caller]
    fn lock(&self) -> Guard {
        self.acquire();
        GUARD
    }

    #[inline]
    #[track_caller]
    fn try_lock(&self) -> Option<Guard> {
        self.try_acquire().then_some(GUARD)
    }

    #[inline]
    #[track_caller]
    unsafe fn unlock(&self, _guard: Guard) {
        // SAFETY: the caller gives the state of its acquisition, so it holds the lock.
        unsafe { self.release() }
    }

    #[inline]
    fn is_locked(&self) -> bool {
        self.is_held()
    }
}

// SAFETY: as for `RawMutex`; a fair unlock gives the lock up to exactly one claimant.
unsafe impl lock_api::RawMutexFair for RawMutex {
    #[inline]
    #[track_caller]
    unsafe fn unlock_fair(&self, _guard: Guard) {
        // SAFETY: the caller gives the state of its acquisition, so it holds the lock.
        unsafe { self.release_fair() }
    }

    #[inline]
    #[track_caller]
    unsafe fn bump(&self, _guard: &mut Guard) {
        // Relaxed: a hint; a waiter that comes now has not waited.
        if waiters(self.word.load(Relaxed)) > 0 {
            // SAFETY: the caller holds the lock.
            unsafe { self.release_fair() }
            self.acquire();
        }
    }
}

// SAFETY: as for `RawMutex`; a timed form that gives up holds nothing and has deregistered.
unsafe impl RawMutexTimed for RawMutex {
    type Duration = Duration;
    type Instant = Instant;

    #[inline]
    #[track_caller]
    fn try_lock_for(&self, timeout: Duration) -> Option<Guard> {
        match sys::deadline_after(timeout) {
            Some(deadline) => self.try_lock_until(deadline),
            None => {
                self.acquire();
                Some(GUARD)
            }
        }
    }

    #[inline]
    #[track_caller]
    fn try_lock_until(&self, deadline: Instant) -> Option<Guard> {
        self.acquire_until(deadline).then_some(GUARD)
    }
}
