//! A condition variable that counts exactly and never wakes for no reason.
//!
//! # What
//!
//! A queue of the threads that wait, in order of arrival. Each waiter is a [`Node`] on its own stack
//! with its own futex, so that a notification goes to *one* thread, whose node is taken out of the
//! queue by whoever notifies: that is what makes the counts exact and rules spurious wake-ups out. The
//! condvar itself is the two ends of the queue in 8 bytes: a pointer to the last node, whose `next` is
//! the first.
//!
//! The queue is protected by a lock of a static table, picked by the condvar's address. It is held for
//! a few instructions, for a walk along the queue when a deadline has come, and for a system call per
//! waiter that is moved. It is not part of the condvar, which may be gone as soon as its last waiter has
//! been notified.
//!
//! # How
//!
//! - **wait**: under the queue lock, append the node; unlock the mutex; sleep on the node's futex
//!   until its state says so; lock the mutex.
//! - **notify**: if the queue is empty, that is one load. Otherwise take nodes out under the queue
//!   lock. For each: if the mutex is held, a thread that woke up now would only go back to sleep
//!   on it; so it is *moved* to the mutex's queue without being woken (state `MOVED`), and the
//!   mutex's unlock wakes it. If not, state `NOTIFIED` and a wake.
//! - **timeout**: under the queue lock, is the node still queued? Then take it out, timed out. If
//!   not, a notification was faster, and counts.
//!
//! # Invariants
//!
//! 1. A node is in the queue, and its `queued` is set, from before the mutex is unlocked until a
//!    notifier or its own timeout takes it out under the queue lock.
//! 2. Whoever takes a node out for a notification sets its state to `NOTIFIED` or `MOVED`, once. Its
//!    thread does not leave before that, so the node is alive until then; after `NOTIFIED` it may be
//!    gone at once.
//! 3. The state is set to `MOVED` and the thread moved under the queue lock; the thread passes
//!    through that lock before it goes on. So it finds itself registered with the mutex, and both the node
//!    and the mutex are alive until the notifier has let the queue lock go.
//! 4. All nodes in a queue belong to one mutex.
//!
//! # Ordering
//!
//! What the notifier did before notifying reaches the waiter through the mutex [M1]. The nodes are
//! plain memory: the queue lock orders them ([M1] again), but for `next`, which a notifier reads after
//! it has let the queue lock go, before it sets the state; the state's Release and the waiter's
//! Acquire keep the node alive until then [C1].

use core::ptr;

use crate::sys::cell::UnsafeCell;
use crate::sys::{
    AtomicPtr, Duration, Futex, Instant,
    Ordering::{Acquire, Relaxed, Release},
    Wait, address_hash, deadline_after,
};
use crate::trace;

use super::guard::Guard;
use super::mutex::RawMutex;

// What the futex of a node holds.

/// The thread waits to be notified.
const WAITING: u32 = 0;
/// Notified; it locks the mutex like anybody else.
const NOTIFIED: u32 = 1;
/// Notified, and registered as a waiter of the mutex, in whose queue it may be sleeping.
const MOVED: u32 = 2;

/// More than there are cores: two busy condvars rarely share a lock.
const QUEUE_LOCKS: usize = 64;

static LOCKS: [RawMutex; QUEUE_LOCKS] = [const { RawMutex::new() }; QUEUE_LOCKS];

/// The queue behind [`Condvar`](crate::Condvar): 8 bytes on a 64-bit machine.
#[derive(Debug)]
pub struct RawCondvar {
    /// The last node of the queue, whose `next` is the first; null when nobody waits. Changed under
    /// the queue lock only. Read without it by a notifier that wants to know whether there is anybody.
    last: AtomicPtr<Node>,
}

/// One waiting thread, on its stack.
struct Node {
    /// `WAITING`, then once one of the others (invariant 2).
    futex: Futex,
    links: UnsafeCell<Links>,
}

/// Protected by the queue lock while `queued`.
struct Links {
    mutex: *const RawMutex,
    next: *mut Node,
    queued: bool,
}

/// Holds the lock of a condvar's queue, and the end of the queue while it does.
struct Queue<'a> {
    condvar: &'a RawCondvar,
    lock: &'static RawMutex,
    last: *mut Node,
    /// What the condvar says is the last one.
    published: *mut Node,
}

impl Drop for Queue<'_> {
    fn drop(&mut self) {
        if self.last != self.published {
            // Relaxed: the queue lock orders it for whoever takes that next. A notifier that reads it
            // without the lock only asks whether it is null.
            self.condvar.last.store(self.last, Relaxed);
        }
        // SAFETY: `RawCondvar::queue` locked it, and only this value unlocks it.
        unsafe { self.lock.release() }
    }
}

impl Queue<'_> {
    /// The links of a node of this queue.
    ///
    /// # Safety
    ///
    /// `node` is in the queue, or is the caller's own, or the caller has taken it out and not told it yet.
    unsafe fn links<R>(&self, node: *mut Node, read: impl FnOnce(&Links) -> R) -> R {
        // SAFETY: alive in each of the three cases (invariants 1 and 2).
        let node = unsafe { &*node };
        node.links.with(|links| {
            // SAFETY: links change under the queue lock only, which is held, and not in here.
            read(unsafe { &*links })
        })
    }

    /// # Safety
    ///
    /// As for [`links`](Self::links).
    unsafe fn links_mut<R>(&mut self, node: *mut Node, change: impl FnOnce(&mut Links) -> R) -> R {
        // SAFETY: alive in each of the three cases (invariants 1 and 2).
        let node = unsafe { &*node };
        node.links.with_mut(|links| {
            // SAFETY: the queue lock is held, and this is the only reference while `change` runs.
            change(unsafe { &mut *links })
        })
    }

    /// Appends a node.
    ///
    /// # Safety
    ///
    /// `node` is the caller's own, and alive until somebody takes it out.
    unsafe fn append(&mut self, node: *mut Node) {
        let last = self.last;
        if last.is_null() {
            // SAFETY: it is the caller's own.
            unsafe { self.links_mut(node, |links| links.next = node) }
        } else {
            // SAFETY: `last` is in the queue.
            let first = unsafe { self.links(last, |links| links.next) };
            // SAFETY: it is the caller's own.
            unsafe { self.links_mut(node, |links| links.next = first) }
            // SAFETY: `last` is in the queue.
            unsafe { self.links_mut(last, |links| links.next = node) }
        }
        self.last = node;
    }

    /// Takes out the first node.
    fn pop(&mut self) -> Option<*mut Node> {
        let last = self.last;
        if last.is_null() {
            return None;
        }
        // SAFETY: `last` is in the queue.
        let first = unsafe { self.links(last, |links| links.next) };
        // SAFETY: so is the first one.
        unsafe { self.take_out(last, first) };
        Some(first)
    }

    /// Takes out the node that follows `before`.
    ///
    /// # Safety
    ///
    /// Both are in the queue, and may be the same.
    unsafe fn take_out(&mut self, before: *mut Node, node: *mut Node) {
        // SAFETY: in the queue, as promised.
        let next = unsafe {
            self.links_mut(node, |links| {
                links.queued = false;
                links.next
            })
        };
        if before == node {
            self.last = ptr::null_mut();
            return;
        }
        // SAFETY: in the queue, as promised.
        unsafe { self.links_mut(before, |links| links.next = next) }
        if self.last == node {
            self.last = before;
        }
    }

    /// Takes out the caller's own node; `false` if a notifier was faster.
    ///
    /// # Safety
    ///
    /// `node` is the caller's own, and was appended to this queue.
    unsafe fn withdraw(&mut self, node: *mut Node) -> bool {
        // SAFETY: it is the caller's own.
        if !unsafe { self.links(node, |links| links.queued) } {
            return false;
        }
        let mut before = self.last;
        loop {
            // SAFETY: in the queue: the walk starts at the last one and follows `next`.
            let next = unsafe { self.links(before, |links| links.next) };
            if next == node {
                break;
            }
            before = next;
        }
        // SAFETY: `before` is in the queue, and so is `node`: its `queued` is set (invariant 1).
        unsafe { self.take_out(before, node) };
        true
    }
}

impl RawCondvar {
    #[inline]
    const fn new() -> Self {
        Self {
            last: AtomicPtr::new(ptr::null_mut()),
        }
    }

    fn queue(&self) -> Queue<'_> {
        let lock = &LOCKS[address_hash(ptr::from_ref(self).cast()) % QUEUE_LOCKS];
        lock.acquire();
        // Relaxed: changed under the queue lock only.
        let last = self.last.load(Relaxed);
        Queue {
            condvar: self,
            lock,
            last,
            published: last,
        }
    }

    /// Waits, and says whether the deadline came first.
    ///
    /// # Safety
    ///
    /// The caller holds `mutex`.
    #[track_caller]
    unsafe fn wait_until(&self, mutex: &RawMutex, deadline: Option<Instant>) -> bool {
        let action = if deadline.is_some() {
            "wait_until"
        } else {
            "wait"
        };
        let span = trace::span(self, "Condvar", action);
        let node = Node {
            futex: Futex::new(WAITING),
            links: UnsafeCell::new(Links {
                mutex,
                next: ptr::null_mut(),
                queued: true,
            }),
        };
        let this = ptr::from_ref(&node).cast_mut();
        {
            let mut queue = self.queue();
            let last = queue.last;
            // SAFETY: if it is not null it is in the queue.
            if !last.is_null() && unsafe { queue.links(last, |links| links.mutex) } != mutex {
                drop(queue);
                two_mutexes();
            }
            // SAFETY: the node is on this thread's stack, and this function does not return before it was
            // taken out (invariant 2).
            unsafe { queue.append(this) };
        }
        span.queued();
        // SAFETY: the caller holds it.
        unsafe { mutex.release() };

        let (timed_out, state) = self.sleep(&node, deadline);
        debug_assert!(
            // SAFETY: whoever took the node out is done with its links [C1], or it was this thread.
            !node.links.with(|links| unsafe { (*links).queued }),
            "the thread leaves while its node is in the queue"
        );
        match state {
            MOVED => {
                // Invariant 3: the notifier is still using the node, or has not registered us yet.
                drop(self.queue());
                mutex.acquire_moved();
            }
            _ => mutex.acquire(),
        }
        timed_out
    }

    /// Sleeps until the node's state has changed or the node was withdrawn. Returns whether it was
    /// withdrawn, and the state.
    fn sleep(&self, node: &Node, mut deadline: Option<Instant>) -> (bool, u32) {
        loop {
            // Acquire: pairs with the Release in `notify` and `move_to` [C1].
            let state = node.futex.load(Acquire);
            if state != WAITING {
                return (false, state);
            }
            if node.futex.wait(WAITING, deadline) == Wait::TimedOut {
                // SAFETY: it is this thread's own node.
                if unsafe { self.queue().withdraw(ptr::from_ref(node).cast_mut()) } {
                    return (true, WAITING);
                }
                // A notifier has taken the node out and is about to say so.
                deadline = None;
            }
        }
    }

    #[inline]
    fn is_empty(&self) -> bool {
        // Relaxed: a waiter that the notifier is obliged to wake queued up before it unlocked the
        // mutex, and the notifier has locked it since [M1].
        self.last.load(Relaxed).is_null()
    }

    /// Notifies up to `count` waiters and says how many.
    #[cold]
    fn notify(&self, count: usize) -> usize {
        let mut queue = self.queue();
        let mut notified = 0;
        // Those that are woken and not moved, in order: a chain through `next` that is ours alone.
        let mut first: *mut Node = ptr::null_mut();
        let mut end: *mut Node = ptr::null_mut();
        while notified < count
            && let Some(node) = queue.pop()
        {
            notified += 1;
            // SAFETY: just taken out, and not told yet (invariant 2).
            let mutex = unsafe { queue.links(node, |links| links.mutex) };
            // SAFETY: the thread of this node is in `wait_until` with a reference to it.
            let mutex = unsafe { &*mutex };
            if mutex.is_held() {
                // SAFETY: as above.
                unsafe { move_to(node, mutex) };
                continue;
            }
            // SAFETY: as above.
            unsafe { queue.links_mut(node, |links| links.next = ptr::null_mut()) };
            if end.is_null() {
                first = node;
            } else {
                // SAFETY: the end of the chain has not been told yet.
                unsafe { queue.links_mut(end, |links| links.next = node) };
            }
            end = node;
        }
        // From here on the condvar may be gone: all its waiters may be on their way.
        drop(queue);
        while !first.is_null() {
            // SAFETY: not told yet, so alive (invariant 2).
            let node = unsafe { &*first };
            // SAFETY: the chain is ours; nobody else reads or writes its links.
            first = node.links.with(|links| unsafe { (*links).next });
            let address = node.futex.address();
            // Release: we are done with the node; pairs with the Acquire in `sleep` [C1].
            node.futex.store(NOTIFIED, Release);
            // From here on the node may be gone.
            Futex::wake(address, 1);
        }
        notified
    }
}

/// Moves the thread of `node` to the queue of its mutex.
///
/// # Safety
///
/// The queue lock is held, and the node was taken out of the queue and not told yet.
unsafe fn move_to(node: *mut Node, mutex: &RawMutex) {
    // SAFETY: alive: its thread passes through the queue lock before it leaves (invariant 3).
    let node = unsafe { &*node };
    // From here on its thread does not fall asleep on the node any more. Release: pairs with the
    // Acquire in `sleep` [C1].
    node.futex.store(MOVED, Release);
    node.futex.requeue(MOVED, mutex.queue(), 1);
    // Registered whether or not it was asleep: the state says so.
    mutex.register_moved();
}

#[cold]
#[track_caller]
fn two_mutexes() -> ! {
    panic!(
        "selvedge: a Condvar is used with two mutexes at once, threads already wait on it with \
         another one; give each mutex a Condvar of its own"
    )
}

// SAFETY: `wait` queues the thread before it unlocks the mutex, and any notification that comes after
// that finds the node: unlocking and waiting are one step for notifiers. It locks the mutex again
// before it returns, and panics only before it has unlocked it. The guard has no state.
unsafe impl lock_api::RawCondvar for RawCondvar {
    const INIT: Self = Self::new();
    type RawMutex = RawMutex;

    #[inline]
    #[track_caller]
    unsafe fn wait(&self, mutex: &RawMutex, _guard: &mut Guard) {
        // SAFETY: the caller holds it.
        unsafe { self.wait_until(mutex, None) };
    }

    #[inline]
    #[track_caller]
    fn notify_one(&self) -> bool {
        let span = trace::span(self, "Condvar", "notify_one");
        let notified = if self.is_empty() { 0 } else { self.notify(1) };
        span.notified(notified);
        notified == 1
    }

    #[inline]
    #[track_caller]
    fn notify_all(&self) -> usize {
        let span = trace::span(self, "Condvar", "notify_all");
        let notified = if self.is_empty() {
            0
        } else {
            self.notify(usize::MAX)
        };
        span.notified(notified);
        notified
    }
}

// SAFETY: as for `RawCondvar`.
unsafe impl lock_api::RawCondvarTimed for RawCondvar {
    fn checked_duration_to_instant(timeout: &Duration) -> Option<Instant> {
        deadline_after(*timeout)
    }

    #[inline]
    #[track_caller]
    unsafe fn wait_until(&self, mutex: &RawMutex, _guard: &mut Guard, deadline: &Instant) -> bool {
        // SAFETY: the caller holds it.
        unsafe { self.wait_until(mutex, Some(*deadline)) }
    }
}
