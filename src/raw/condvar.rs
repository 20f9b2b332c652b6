//! A condition variable that counts exactly and never wakes for no reason.
//!
//! # What
//!
//! A [queue](super::queue) of the threads that wait, in order of arrival, and one byte that says whether
//! there are any. A notification takes a thread *out of the queue*: that is what makes the counts exact and
//! rules spurious wake-ups out.
//!
//! # How
//!
//! - **wait**: queue up; unlock the mutex; sleep until told; lock the mutex.
//! - **notify**: if nobody waits, that is one load. Otherwise take threads out of the queue, and mark each as
//!   `MOVING`. If the mutex is held, a thread that woke up now would only go back to sleep for it; so they go
//!   to the end of the *mutex's* queue without being woken, and its unlocks wake one after another; whoever waits meanwhile tells
//!   one more of them `NOTIFIED`, before it sleeps. If the mutex is not held, all are told `NOTIFIED`.
//! - **timeout**: with the bucket locked, is the node still `WAITING`? Then take it out, timed out. If not, a
//!   notification was faster, and counts; what comes of it is waited for without a deadline.
//!
//! # Invariants
//!
//! 1. `queued` is set if and only if the queue is not empty, whenever the bucket is not locked. It changes
//!    only while it is.
//! 2. A thread is in the queue from before it unlocks the mutex until a notifier or its own timeout takes
//!    it out. A notifier marks it as `MOVING` before it lets the bucket go, and gives it to the mutex or tells
//!    it `NOTIFIED` after that, once. In the mutex's queue its note says `MOVED` until it was told
//!    something: by an unlock, or by another waiter, which tells it `NOTIFIED` there.
//! 3. All threads in a queue have the same mutex.
//!
//! # Ordering
//!
//! What the notifier did before notifying reaches the waiter through the mutex [M1]. The queue has its own
//! edges; a node is done with before it is told [W2].

use core::ptr;

use crate::sys::{AtomicBool, Duration, Instant, Ordering::Relaxed, deadline_after};
use crate::trace;

use super::guard::Guard;
use super::mutex::{KIND, MOVED, MOVING, Manner, NOTIFIED, RawMutex};
use super::queue::{Chain, Node, Note, Queue, WAITING};

/// From so many on, those who wait after a notification sleep at once. Two may look: in a ring of three threads, where two are told
/// each time, a turn takes half as long if they do. In a ring of four, where three are told, it takes up to twice as long.
const CROWD: usize = 3;

/// The state behind [`Condvar`](crate::Condvar): 1 byte, and a queue elsewhere while somebody waits.
#[derive(Debug)]
pub struct RawCondvar {
    /// Invariant 1. Read without the bucket's lock by a notifier that wants to know whether there is anybody.
    queued: AtomicBool,
}

impl RawCondvar {
    #[inline]
    const fn new() -> Self {
        Self {
            queued: AtomicBool::new(false),
        }
    }

    fn queue(&self) -> Queue {
        Queue::lock(ptr::from_ref(self).cast())
    }

    /// Waits, and says whether the deadline came first.
    ///
    /// # Safety
    ///
    /// The caller holds `mutex`.
    #[track_caller]
    unsafe fn wait_until(&self, mutex: &RawMutex, deadline: Option<Instant>) -> bool {
        // SAFETY: the caller holds it.
        let unlock = || unsafe { mutex.release(KIND) };
        // SAFETY: as promised.
        unsafe { self.wait_leaving(mutex, KIND, deadline, unlock) }
    }

    /// [`wait_until`](Self::wait_until) for what contains the mutex, and has its own way to give it up.
    ///
    /// # Safety
    ///
    /// The caller holds `mutex`, and `leave` gives it up, without unwinding.
    #[track_caller]
    pub(super) unsafe fn wait_leaving(
        &self,
        mutex: &RawMutex,
        kind: &'static str,
        deadline: Option<Instant>,
        leave: impl FnOnce(),
    ) -> bool {
        let action = if deadline.is_some() {
            "wait_until"
        } else {
            "wait"
        };
        let span = trace::span(self, "Condvar", action);
        let node = Node::new(Note {
            mutex: ptr::from_ref(mutex).cast(),
            wants: MOVED,
            ..Note::EMPTY
        });
        // A notification for a crowd often says little to each: most find that it was not for them, and wait again. Who had looked for
        // it would look again each time, on a processor that one of the others needs: in a ring of 32 threads that took two fifths
        // of both, and a turn 1.5 times as long.
        let crowded = {
            let mut queue = self.queue();
            match queue.first() {
                Some(first) if first.mutex != ptr::from_ref(mutex).cast() => {
                    drop(queue);
                    two_mutexes();
                }
                Some(_) => {}
                // Relaxed: the bucket's lock orders it for whoever takes that next. A notifier that reads it
                // without the lock only asks whether there is anybody.
                None => self.queued.store(true, Relaxed),
            }
            // SAFETY: the node is on this thread's stack, and this function does not return before it was
            // told something final, or taken out by `withdraw`.
            unsafe { queue.append(node.pointer(), 0) }
            queue.told_a_crowd()
        };
        span.queued();
        leave();

        if mutex.seems_waited_for() {
            wake_one_more(mutex);
        }

        let sleep = |known, deadline| {
            if crowded {
                node.sleep_at_once(known, deadline)
            } else {
                node.sleep(known, deadline)
            }
        };
        let mut told = match sleep(WAITING, deadline) {
            Some(told) => told,
            None if self.withdraw(&node) => {
                mutex.acquire(kind, Manner::Looks);
                return true;
            }
            None => MOVING,
        };
        while let WAITING | MOVING = told {
            // Notified: what comes of it is told soon, or when an unlock gets to this thread.
            told = sleep(told, None).unwrap_or(told);
        }
        if told == NOTIFIED {
            mutex.acquire(kind, Manner::Looks);
        } else {
            // If it goes back to the mutex's queue, it waits there as anybody does (`wake_one_more`).
            //
            // SAFETY: this thread's own node, which whoever has told it is done with.
            unsafe { Node::annotate(node.pointer(), |note| note.wants = 0) }
            mutex.acquire_adopted(&node, kind);
        }
        node.retire();
        false
    }

    /// The deadline has passed: takes the node out of the queue; `false` if a notifier was faster.
    #[cold]
    fn withdraw(&self, node: &Node) -> bool {
        let mut queue = self.queue();
        // Asked before the links are: once it is marked, they are not protected by this bucket any more.
        if node.told() != WAITING {
            return false;
        }
        // SAFETY: this thread's own node, and as it is not marked, in this queue.
        let withdrawn = unsafe { queue.withdraw(node.pointer()) };
        debug_assert!(withdrawn, "a node that is not marked is in the queue");
        self.note_the_end(&queue);
        true
    }

    /// Invariant 1, after nodes were taken out.
    fn note_the_end(&self, queue: &Queue) {
        if queue.is_empty() {
            // Relaxed: as in `wait_until`.
            self.queued.store(false, Relaxed);
        }
    }

    #[inline]
    fn is_empty(&self) -> bool {
        // Relaxed: a waiter that the notifier is obliged to wake queued up before it unlocked the
        // mutex, and the notifier has locked it since [M1], or was given the monitor [N1].
        !self.queued.load(Relaxed)
    }

    /// Notifies up to `count` waiters and says how many.
    #[cold]
    fn notify(&self, count: usize) -> usize {
        let mut notified = 0;
        let mut chain = Chain::new();
        let mut mutex = ptr::null();
        {
            let mut queue = self.queue();
            if let Some(first) = queue.first() {
                mutex = first.mutex;
            }
            while notified < count
                && let Some(node) = queue.pop()
            {
                notified += 1;
                // SAFETY: just taken out.
                unsafe { Node::mark(node, MOVING) }
                // SAFETY: just taken out.
                unsafe { chain.push(node) }
            }
            if notified > 0 {
                queue.note_told_a_crowd(notified >= CROWD);
            }
            self.note_the_end(&queue);
        }
        // From here on the condvar may be gone: all its waiters may be on their way.
        if notified == 0 {
            return 0;
        }
        // SAFETY: the threads in the chain are in `wait_until` with a reference to it (invariant 3), and none
        // of them leaves before it was told.
        let mutex = unsafe { &*mutex.cast::<RawMutex>() };
        // `adopt` says so too.
        if mutex.seems_free() || !mutex.adopt(&mut chain) {
            chain.tell(NOTIFIED);
        }
        notified
    }
}

/// Sends one more of those who were moved to the mutex on its way, if there are others behind it: it competes for the mutex like
/// anybody else, and if it has to queue up once more it is the last, and is counted from there. Called by a thread that is about
/// to sleep, and leaves its processor. An unlock wakes one thread, and only if none is on its way; so without this those who wait
/// again and again come one after another, and each takes as long as it takes to wake a thread: 64 of them took 2.6 times as
/// long, and 16 took 1.7 times.
fn wake_one_more(mutex: &RawMutex) {
    let mut queue = Queue::lock(ptr::from_ref(mutex).cast());
    let node = match queue.first() {
        // One that was moved here has no deadline. The last is left to an unlock: the word says that the queue is not
        // empty, and that must stay true.
        Some(first) if first.wants & MOVED != 0 && !queue.has_one() => queue.pop(),
        _ => None,
    };
    drop(queue);
    if let Some(node) = node {
        // SAFETY: just taken out.
        unsafe { Node::tell(node, NOTIFIED) }
    }
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

#[cfg(all(
    test,
    not(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))
))]
mod tests {
    use std::sync::Arc;

    use lock_api::{Mutex, RawCondvar as _};

    use super::*;
    use crate::sys::thread;

    struct Room {
        waiting: Mutex<RawMutex, usize>,
        condvar: RawCondvar,
    }

    /// So many wait, and all are told; returns whether that was a crowd. What follows from it is a matter of speed only, and no test
    /// sees it. (No other test of this program has a condvar: one might be in the same bucket.)
    fn is_a_crowd(room: &Arc<Room>, waiters: usize) -> bool {
        let threads: Vec<_> = (0..waiters)
            .map(|_| {
                let room = Arc::clone(room);
                thread::spawn(move || {
                    let mut waiting = room.waiting.lock();
                    *waiting += 1;
                    // SAFETY: the condvar gives it back as it found it.
                    let mutex = unsafe { room.waiting.raw() };
                    // SAFETY: it is held, as its guard says.
                    unsafe { room.condvar.wait_until(mutex, None) };
                    *waiting -= 1;
                })
            })
            .collect();
        // Whoever has counted itself and left the lock is in the queue.
        while *room.waiting.lock() < waiters {
            thread::yield_now();
        }
        assert_eq!(room.condvar.notify_all(), waiters);
        for thread in threads {
            thread.join().expect("a waiter panicked");
        }
        room.condvar.queue().told_a_crowd()
    }

    #[test]
    fn a_crowd_is_remembered_until_fewer_are_told() {
        let room = Arc::new(Room {
            waiting: Mutex::new(0),
            condvar: RawCondvar::new(),
        });
        assert!(is_a_crowd(&room, 3));
        assert!(!is_a_crowd(&room, 2));
        assert!(is_a_crowd(&room, 4));
        assert!(!is_a_crowd(&room, 1));
    }
}
