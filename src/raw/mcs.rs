//! A queue of threads, each spinning on a word of its own.
//!
//! # What
//!
//! Two words. `tail` is null when the lock is free, HELD when a thread holds it and nobody queues, else the node of
//! the last thread in the queue. A node is on the stack of its thread, and is there only while that thread waits, so the
//! lock needs no memory and a guard may be moved about.
//!
//! ```text
//!              tail ──────────────────────┐
//!              first ─▶ (see below)       ▼
//!   holder ───────────▶ waiter ─next─▶ waiter
//!   (no node; its guard knows the successor, or that there was none)
//! ```
//!
//! # How
//!
//! - **lock**: `null → HELD`. If that fails, put a node at the tail with a swap. What was there is the *predecessor*: a
//!   node, which gets the link `next`; or HELD, a holder that has no node, for which the link is `first`; or null, and
//!   the lock is ours. Wait until the node says granted.
//! - **leave the queue**: a thread that has the lock takes its node away. If a successor has linked itself, the guard
//!   remembers it. If not, `tail: node → HELD`; and if that fails, somebody is about to link itself: wait for it.
//! - **unlock**: grant the successor that the guard remembers. If there was none: `HELD → null`; and if that fails, the
//!   thread that found HELD is about to write `first`: wait for it, clear `first`, grant it.
//! - **try_lock**: `null → HELD`, or nothing.
//!
//! # Invariants
//!
//! 1. Whoever changes `tail` from null, or is granted, holds the lock, until it grants another or changes `tail` to null.
//! 2. A node is in the queue from its swap until its thread has learned of its successor, or has changed `tail` from it to
//!    HELD. Nobody writes to it after that: the predecessor grants once, and the successor links once.
//! 3. HELD is found by at most one thread for each time it is stored; `first` is null when HELD is stored, is written by
//!    that one thread, and is cleared by the holder before it grants that thread. So it holds one link at a time.
//! 4. A successor that a guard remembers waits, and its node lives, until it is granted.
//!
//! # Fairness
//!
//! First come, first served, in the order of the swaps. That is also the danger: if the thread whose turn it is does not
//! run, nobody gets on. And two places wait for a thread that is between two of its instructions, its swap and its link.
//!
//! # Ordering
//!
//! [Q1] a grant, [Q2] a free lock, [Q3] a link, of `docs/memory-ordering.md`. After the grant neither the node nor the
//! lock is touched: the node's thread may return, and the lock's next owner may free it.

use core::mem;
use core::ptr;

use crate::sys::{
    self, AtomicBool, AtomicPtr, CachePadded,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
};
use crate::trace::{self, Span};

/// In `tail`: the lock is held, and nobody queues. No node is there: nodes are aligned.
const HELD: *mut Node = ptr::without_provenance_mut(1);
/// In `tail`: the lock is free. In links: nobody yet.
const NOBODY: *mut Node = ptr::null_mut();

/// A thread that waits. On cache lines of its own, so that spinning on it disturbs nobody.
#[derive(Debug)]
struct Node(CachePadded<Links>);

#[derive(Debug)]
struct Links {
    /// The node behind this one. Written once, by that one's thread.
    next: AtomicPtr<Node>,
    /// The lock was given to this node's thread. Written once, by the holder before it; the last that anybody else does
    /// with the node but for a link.
    granted: AtomicBool,
}

impl Node {
    const fn new() -> Self {
        Self(CachePadded::new(Links {
            next: AtomicPtr::new(NOBODY),
            granted: AtomicBool::new(false),
        }))
    }
}

/// What a guard of an [`McsLock`](crate::McsLock) remembers: who is next, if that was known when the lock was obtained.
#[derive(Debug)]
#[must_use = "only with this the lock can be unlocked"]
pub struct McsGuardState {
    /// A node that waits to be granted (invariant 4), or `NOBODY`. The pointer also makes the guard stay on its
    /// thread.
    successor: *mut Node,
}

// SAFETY: a shared reference to a state gives access to nothing.
unsafe impl Sync for McsGuardState {}
// SAFETY: unlocking is the same on every thread: it grants a node of another one, or changes the lock's words. Only
// asked for by the feature; without it, guards stay on their thread as those of the other locks do.
#[cfg(feature = "send_guard")]
unsafe impl Send for McsGuardState {}

/// The lock behind [`McsLock`](crate::McsLock): two words, spinning each on its own cache line, first come, first
/// served.
///
/// # Example
///
/// The raw lock has no data and no guard: what is locked is unlocked by hand, with what *that* locking returned.
///
/// ```
/// use selvedge::lock_api::RawMutex as _;
/// use selvedge::raw::RawMcsLock;
///
/// static LOCK: RawMcsLock = RawMcsLock::new();
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
/// Unlocking a lock that nobody holds panics where it can be seen, which is whenever nobody queued. It breaks the contract
/// of `unlock`.
#[derive(Debug)]
pub struct RawMcsLock {
    /// NOBODY, HELD, or the last node of the queue.
    tail: AtomicPtr<Node>,
    /// The link of the thread that found HELD (invariant 3).
    first: AtomicPtr<Node>,
}

impl RawMcsLock {
    /// A lock that nobody holds.
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self {
            tail: AtomicPtr::new(NOBODY),
            first: AtomicPtr::new(NOBODY),
        }
    }

    /// Whether anybody waits, asked by the thread that holds the lock. A hint: it may have changed since; a thread
    /// that was seen waiting still waits.
    pub fn is_contended(&self) -> bool {
        // Relaxed: the holder's own store, or a later one.
        let tail = self.tail.load(Relaxed);
        tail != HELD && tail != NOBODY
    }

    /// One attempt without queueing.
    #[inline]
    #[track_caller]
    fn take(&self) -> bool {
        // Acquire: pairs with the Release in `release_alone` [Q2].
        self.tail
            .compare_exchange(NOBODY, HELD, Acquire, Relaxed)
            .is_ok()
    }

    #[inline]
    #[track_caller]
    fn acquire(&self) -> McsGuardState {
        let span = trace::span(self, "McsLock", "lock");
        if self.take() {
            span.acquired();
            return McsGuardState { successor: NOBODY };
        }
        self.acquire_contended(span)
    }

    /// # Safety
    ///
    /// The caller holds the lock, gives it up, and `guard` is from its acquisition.
    #[inline]
    #[track_caller]
    unsafe fn release(&self, guard: McsGuardState) {
        let span = trace::span(self, "McsLock", "unlock");
        if guard.successor == NOBODY {
            self.release_alone(span);
        } else {
            // SAFETY: the guard's successor waits to be granted (invariant 4), and the caller holds the lock.
            unsafe { grant(guard.successor) }
            // From here on the lock may be gone.
            span.handed_over();
        }
    }

    /// Queues and waits.
    #[cold]
    #[track_caller]
    fn acquire_contended(&self, span: Span) -> McsGuardState {
        let node = Node::new();
        let me = ptr::from_ref(&node).cast_mut();
        // Release: whoever finds this node here links itself to it, and it must have been made by then [Q3]. Acquire:
        // the same for the node that is found here [Q3]; for HELD, that `first` is clear [Q3]; for a free lock, pairs with
        // the Release in `release_alone` [Q2]. A swap and not a compare-exchange: the order of arrival is settled in
        // one step, whatever was there.
        let predecessor = self.tail.swap(me, AcqRel);
        if predecessor != NOBODY {
            span.queued();
            if predecessor == HELD {
                // Release: pairs with the Acquire in `release_alone` [Q3]. The lock lives: this thread waits for it.
                self.first.store(me, Release);
            } else {
                // SAFETY: a node that is found in `tail` is in the queue until its successor, which is this thread, has
                // linked itself (invariant 2).
                let predecessor = unsafe { &*predecessor };
                // Release: pairs with the Acquire in `leave_queue` [Q3]. The node may be gone after it.
                predecessor.0.next.store(me, Release);
            }
            // Acquire: pairs with the Release in `grant` [Q1].
            sys::spin_until(&node.0.granted, Acquire, |granted| granted);
        }
        span.acquired();
        self.leave_queue(&node)
    }

    /// The thread of this node has the lock. Afterwards nobody knows the node.
    fn leave_queue(&self, node: &Node) -> McsGuardState {
        let me = ptr::from_ref(node).cast_mut();
        // Release: `first` was cleared before, and whoever finds HELD writes it [Q3].
        let successor = match self.tail.compare_exchange(me, HELD, Release, Relaxed) {
            Ok(_) => NOBODY,
            // Somebody came behind this node. Acquire: pairs with the Release in `acquire_contended` [Q3].
            Err(_) => sys::spin_until(&node.0.next, Acquire, |next| next != NOBODY),
        };
        McsGuardState { successor }
    }

    /// Unlocks where nobody queued when the lock was obtained.
    #[inline]
    #[track_caller]
    fn release_alone(&self, span: Span) {
        // Release: pairs with the Acquire of whoever finds the lock free [Q2].
        match self.tail.compare_exchange(HELD, NOBODY, Release, Relaxed) {
            // From here on the lock may be gone.
            Ok(_) => span.released(),
            Err(tail) => self.release_to_newcomer(tail, span),
        }
    }

    /// Somebody has queued since: it found HELD, and says in `first` who it is.
    #[cold]
    #[track_caller]
    fn release_to_newcomer(&self, tail: *mut Node, span: Span) {
        assert!(
            tail != NOBODY,
            "selvedge: an McsLock that is not held was unlocked; unlock it once for each time it was locked"
        );
        // Acquire: pairs with the Release in `acquire_contended` [Q3].
        let newcomer = sys::spin_until(&self.first, Acquire, |first| first != NOBODY);
        // Relaxed: the grant carries it to the newcomer, and the newcomer's HELD to the next who writes [Q3].
        self.first.store(NOBODY, Relaxed);
        // SAFETY: the newcomer has linked itself and waits to be granted, and the caller holds the lock.
        unsafe { grant(newcomer) }
        // From here on the lock may be gone.
        span.handed_over();
    }
}

/// Gives the lock to the thread of `node`, and touches neither any more.
///
/// # Safety
///
/// `node` is in the queue, next in turn, and not granted yet; the caller holds the lock.
#[inline]
unsafe fn grant(node: *mut Node) {
    // SAFETY: its thread waits in `acquire_contended` until the store below.
    let node = unsafe { &*node };
    // Release: pairs with the Acquire in `acquire_contended` [Q1].
    node.0.granted.store(true, Release);
}

impl Default for RawMcsLock {
    fn default() -> Self {
        Self::new()
    }
}

// SAFETY: a guard comes only to the thread that changed `tail` from NOBODY or that was granted, one at a time (invariant
// 1). Nothing here unwinds while it holds the lock. A lock that is held may be moved or dropped by whoever owns it alone:
// nobody waits then, and the words are all there is.
unsafe impl lock_api::RawMutex for RawMcsLock {
    const INIT: Self = Self::new();
    type Guard = McsGuardState;

    #[inline]
    #[track_caller]
    fn lock(&self) -> McsGuardState {
        self.acquire()
    }

    #[inline]
    #[track_caller]
    fn try_lock(&self) -> Option<McsGuardState> {
        let span = trace::span(self, "McsLock", "try_lock");
        if self.take() {
            span.acquired();
            Some(McsGuardState { successor: NOBODY })
        } else {
            span.refused();
            None
        }
    }

    #[inline]
    #[track_caller]
    unsafe fn unlock(&self, guard: McsGuardState) {
        // SAFETY: the caller gives the state of its acquisition, so it holds the lock.
        unsafe { self.release(guard) }
    }

    #[inline]
    fn is_locked(&self) -> bool {
        self.tail.load(Relaxed) != NOBODY
    }
}

// SAFETY: as for `RawMutex`. Every unlock is fair here: who is granted next was settled when the nodes queued.
unsafe impl lock_api::RawMutexFair for RawMcsLock {
    #[inline]
    #[track_caller]
    unsafe fn unlock_fair(&self, guard: McsGuardState) {
        // SAFETY: the caller gives the state of its acquisition, so it holds the lock.
        unsafe { self.release(guard) }
    }

    #[inline]
    #[track_caller]
    unsafe fn bump(&self, guard: &mut McsGuardState) {
        if self.is_contended() {
            let state = mem::replace(guard, McsGuardState { successor: NOBODY });
            // SAFETY: the caller holds the lock, and this is the state of its acquisition.
            unsafe { self.release(state) }
            *guard = self.acquire();
        }
    }
}
