//! A lock with two counters: the next ticket, and the one that is served.
//!
//! # What
//!
//! ```text
//!  +----------------+----------------+
//!  |  next (4)      |  serving (4)   |   next - serving threads hold the lock or wait for it
//!  +----------------+----------------+
//! ```
//!
//! # How
//!
//! - **lock**: draw a ticket (`next += 1`), and look until `serving` says it.
//! - **try_lock**: draw the ticket that is being served, if nobody else has: `serving → serving + 1` on `next`.
//! - **unlock**: `serving += 1`.
//!
//! # Invariants
//!
//! 1. Each number is drawn by one thread: `next` only grows, one by one.
//! 2. The thread whose ticket is `serving` holds the lock, and only it writes `serving`.
//! 3. `next - serving`, wrapping around, is the number of threads that hold the lock or wait. Only threads that are
//!    inside draw tickets, so it stays far below 2^32, and equal numbers mean that the lock is free.
//!
//! # Fairness
//!
//! First come, first served, exactly: a thread that has drawn its ticket before another draws one is served before it.
//! That is also the danger: if the thread whose turn it is does not run, nobody gets on.
//!
//! # Ordering
//!
//! The look at `serving` is Acquire, the step is Release: edge [T1] of `docs/memory-ordering.md`. Drawing is Relaxed:
//! what is ordered is who is served. After the step the lock is not touched again: its next owner may free it.

use crate::sys::{
    self, AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};
use crate::trace;

use super::guard::{GUARD, Guard};

/// The lock behind [`TicketLock`](crate::TicketLock): 8 bytes, spinning, first come, first served.
///
/// # Example
///
/// The raw lock has no data and no guard: what is locked is unlocked by hand, with what the lock returned.
///
/// ```
/// use selvedge::lock_api::RawMutex as _;
/// use selvedge::raw::RawTicketLock;
///
/// static LOCK: RawTicketLock = RawTicketLock::new();
///
/// let state = LOCK.lock();
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
pub struct RawTicketLock {
    /// The ticket that the next thread draws.
    next: AtomicU32,
    /// The ticket whose thread holds the lock; equal to `next` if nobody does.
    serving: AtomicU32,
}

impl RawTicketLock {
    /// A lock that nobody holds.
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self::starting_at(0)
    }

    /// A lock whose first ticket has this number: so that a test is soon where the numbers wrap around.
    #[doc(hidden)]
    #[must_use]
    pub const fn starting_at(ticket: u32) -> Self {
        Self {
            next: AtomicU32::new(ticket),
            serving: AtomicU32::new(ticket),
        }
    }

    /// Whether anybody waits, asked by the thread that holds the lock. A hint: it may have changed since; a thread
    /// that was seen waiting still waits.
    pub fn is_contended(&self) -> bool {
        // Relaxed: whoever holds the lock has `serving` from itself, and the other is the hint.
        let serving = self.serving.load(Relaxed);
        self.next.load(Relaxed).wrapping_sub(serving) > 1
    }

    #[inline]
    #[track_caller]
    fn acquire(&self) {
        let span = trace::span(self, "TicketLock", "lock");
        // Relaxed: see the top of this file.
        let ticket = self.next.fetch_add(1, Relaxed);
        // Acquire: pairs with the Release in `release` [T1].
        sys::spin_until(&self.serving, Acquire, |serving| serving == ticket);
        span.acquired();
    }

    /// # Safety
    ///
    /// The caller holds the lock and gives it up.
    #[inline]
    #[track_caller]
    unsafe fn release(&self) {
        let span = trace::span(self, "TicketLock", "unlock");
        // Relaxed: only the holder writes it (invariant 2).
        let served = self.serving.load(Relaxed);
        // Relaxed, and a guess that nobody waits, exchanged for itself: if it is wrong, the exchange says what is there.
        debug_assert!(
            self.next
                .compare_exchange(
                    served.wrapping_add(1),
                    served.wrapping_add(1),
                    Relaxed,
                    Relaxed
                )
                .unwrap_or_else(|next| next)
                != served,
            "selvedge: a TicketLock that is not held was unlocked, its ticket {served} is not drawn; \
             unlock it once for each time it was locked"
        );
        // Release: pairs with the Acquire of whoever is served next [T1]. A store, by invariant 2.
        self.serving.store(served.wrapping_add(1), Release);
        // From here on the lock may be gone.
        span.released();
    }
}

impl Default for RawTicketLock {
    fn default() -> Self {
        Self::new()
    }
}

// SAFETY: a guard comes only to the thread whose ticket is served; tickets are drawn once, and the next is served only
// when the holder says so (invariants 1 and 2): one holder. Nothing here unwinds while it holds the lock. A lock that is
// held may be moved or dropped: the words are all there is.
unsafe impl lock_api::RawMutex for RawTicketLock {
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
        let span = trace::span(self, "TicketLock", "try_lock");
        // Acquire: pairs with the Release in `release` [T1]: taking the ticket below orders nothing.
        let serving = self.serving.load(Acquire);
        // If `next` is still what `serving` was, then `serving` is too: it never overtakes (invariant 3). Should all
        // 2^32 tickets be drawn and served between the two accesses, it is true again.
        let drawn = self
            .next
            .compare_exchange(serving, serving.wrapping_add(1), Relaxed, Relaxed);
        if drawn.is_ok() {
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
        // SAFETY: the caller gives the state of its acquisition, so it holds the lock.
        unsafe { self.release() }
    }

    #[inline]
    fn is_locked(&self) -> bool {
        // `serving` first: if `next` is equal to it later, it has been equal to the newest `serving`.
        let serving = self.serving.load(Relaxed);
        self.next.load(Relaxed) != serving
    }
}

// SAFETY: as for `RawMutex`. Every unlock is fair here: who is served next was settled when the tickets were drawn.
unsafe impl lock_api::RawMutexFair for RawTicketLock {
    #[inline]
    #[track_caller]
    unsafe fn unlock_fair(&self, _guard: Guard) {
        // SAFETY: the caller gives the state of its acquisition, so it holds the lock.
        unsafe { self.release() }
    }

    #[inline]
    #[track_caller]
    unsafe fn bump(&self, _guard: &mut Guard) {
        if self.is_contended() {
            // SAFETY: the caller holds the lock.
            unsafe { self.release() }
            self.acquire();
        }
    }
}
