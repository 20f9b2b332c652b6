//! A lock in one byte, for which one spins.
//!
//! # What
//!
//! The byte says whether the lock is held. Nobody queues, nobody is counted.
//!
//! # How
//!
//! - **lock**: `FREE → HELD` by compare-exchange. If that fails, *look* until the byte says free, then try
//!   again: test, and test-and-set. Looking shares the cache line; only the attempt claims it.
//! - **unlock**: store `FREE`.
//!
//! # Invariants
//!
//! 1. The byte is HELD from the compare-exchange that won until the holder's store. Only the holder stores.
//!
//! # Fairness
//!
//! None: whoever comes first after the store has it, which is often the thread that unlocked.
//!
//! # Ordering
//!
//! Taking is Acquire, releasing is Release, on the same byte: edge [S1] of `docs/memory-ordering.md`. After
//! the store the lock is not touched again: its next owner may free it.

use crate::sys::{
    self, AtomicBool,
    Ordering::{Acquire, Relaxed, Release},
};
use crate::trace;

use super::guard::{GUARD, Guard};

const FREE: bool = false;
const HELD: bool = true;

/// The lock behind [`SpinLock`](crate::SpinLock): 1 byte, spinning.
///
/// # Example
///
/// The raw lock has no data and no guard: what is locked is unlocked by hand, with what the lock returned.
///
/// ```
/// use selvedge::lock_api::RawMutex as _;
/// use selvedge::raw::RawSpinLock;
///
/// static LOCK: RawSpinLock = RawSpinLock::new();
///
/// let state = LOCK.lock();
/// assert!(LOCK.is_locked());
/// assert!(LOCK.try_lock().is_none());
/// // SAFETY: this thread holds the lock, and `state` is what locking it gave.
/// unsafe { LOCK.unlock(state) };
/// assert!(!LOCK.is_locked());
/// ```
///
/// # Panics
///
/// Unlocking a lock that nobody holds panics, if debug assertions are on. It breaks the contract of `unlock` in any
/// build.
#[derive(Debug)]
pub struct RawSpinLock {
    /// FREE or HELD.
    held: AtomicBool,
}

impl RawSpinLock {
    /// A lock that nobody holds.
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self {
            held: AtomicBool::new(FREE),
        }
    }

    /// One attempt.
    #[inline]
    #[track_caller]
    fn take(&self) -> bool {
        // Acquire: pairs with the Release in `unlock` [S1].
        self.held
            .compare_exchange(FREE, HELD, Acquire, Relaxed)
            .is_ok()
    }

    #[cold]
    #[track_caller]
    fn lock_contended(&self) {
        loop {
            // Relaxed: a hint, checked by the attempt that follows.
            sys::spin_until(&self.held, Relaxed, |held| held == FREE);
            if self.take() {
                return;
            }
        }
    }
}

impl Default for RawSpinLock {
    fn default() -> Self {
        Self::new()
    }
}

// SAFETY: a guard comes only from a compare-exchange FREE → HELD, and only the holder stores FREE (invariant 1): one
// holder. Nothing here unwinds while it holds the lock. A lock that is held may be moved or dropped: the byte is all
// there is.
unsafe impl lock_api::RawMutex for RawSpinLock {
    const INIT: Self = Self::new();
    type Guard = Guard;

    #[inline]
    #[track_caller]
    fn lock(&self) -> Guard {
        let span = trace::span(self, "SpinLock", "lock");
        if !self.take() {
            self.lock_contended();
        }
        span.acquired();
        GUARD
    }

    #[inline]
    #[track_caller]
    fn try_lock(&self) -> Option<Guard> {
        let span = trace::span(self, "SpinLock", "try_lock");
        if self.take() {
            span.acquired();
            Some(GUARD)
        } else {
            span.refused();
            None
        }
    }

    #[inline]
    #[track_caller]
    unsafe fn unlock(&self, _guard: Guard) {
        let span = trace::span(self, "SpinLock", "unlock");
        // Relaxed: the holder's own write is the newest. An exchange for itself says so and changes nothing.
        debug_assert!(
            self.held
                .compare_exchange(HELD, HELD, Relaxed, Relaxed)
                .is_ok(),
            "selvedge: a SpinLock that is not held was unlocked; unlock it once for each time it was locked"
        );
        // Release: pairs with the Acquire of whoever takes it next [S1]. A store, because only the holder
        // writes to a byte that is HELD.
        self.held.store(FREE, Release);
        // From here on the lock may be gone.
        span.released();
    }

    #[inline]
    fn is_locked(&self) -> bool {
        self.held.load(Relaxed) == HELD
    }
}
