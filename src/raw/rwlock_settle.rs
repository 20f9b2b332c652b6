//! Who is let in to a [readers–writer lock](super::rwlock) by a thread that has left it, or holds it in another way.
//!
//! These are functions of the lock's word and the address that its queues are found by, for the lock itself may be gone when they run
//! (invariant 7). The numbered invariants are those of the lock.

use crate::sys::{
    AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};

use super::queue::{Chain, Node, Queue};
use super::rwlock::not_inside;
use super::rwlock_word::*;

// What a node is told.

/// It is designated.
const LOOK: u32 = 1;
/// The upgrader: it is the writer.
const GRANTED: u32 = 2;

/// Where the upgrader of the lock at `key` is queued: another address inside the word.
pub(super) fn upgrader_key(key: *const ()) -> *const () {
    key.wrapping_byte_add(1)
}

/// A thread has left the lock that was at `key` and turned `state` into `next`: lets in who is let in by that. The lock may be gone.
pub(super) fn see_to_those_who_wait(key: *const (), state: usize, next: usize) {
    if may_designate(next) && is_let_in_by(state, next) {
        settle_at(key);
    }
    see_to_upgrader(key, next);
}

/// The same for the upgrader.
pub(super) fn see_to_upgrader(key: *const (), next: usize) {
    if is_upgraders_turn(next) {
        let_upgrader_in(key);
    }
}

/// The word of the lock for which somebody waits in this queue, if it is the lock at `key`. It is alive while the bucket is locked:
/// the first one of the queue waits for it, and leaves only after it was taken out. (If it is another lock than the one that was
/// left, somebody waits for that one.)
fn awaited(queue: &Queue, key: *const ()) -> Option<*const AtomicUsize> {
    let word = queue.first()?.rwlock;
    (word.cast() == key).then_some(word)
}

/// Settles the queue of the lock that was at `key`.
#[cold]
fn settle_at(key: *const ()) {
    let queue = Queue::lock(key);
    let Some(word) = awaited(&queue, key) else {
        // They have given up; or the lock is gone, and something else was made there.
        return;
    };
    // SAFETY: alive while the bucket is locked, and `settle` does not touch it any more when it has let the bucket go.
    settle(unsafe { &*word }, queue, Some, false, &|| ());
}

/// Changes the word with the queue's bucket locked, and sees to it that the first in the queue waits for a
/// reason (invariant 4). If it is to be `fair`, the lock is closed for those who are designated; if nobody is, it will be for the
/// first in the queue. `done` is called when the word has changed; from then on the lock may be gone,
/// unless the caller holds it or somebody waits for it.
#[cold]
#[track_caller]
pub(super) fn settle(
    word: &AtomicUsize,
    mut queue: Queue,
    change: fn(usize) -> Option<usize>,
    fair: bool,
    done: &dyn Fn(),
) {
    let key = queue.key();
    // An addition of nothing: it reads what is there now, where a load may read something older.
    let mut state = word.fetch_add(0, Relaxed);
    let (next, count) = loop {
        let Some(mut next) = change(state) else {
            drop(queue);
            return not_inside("unlock or downgrade");
        };
        let mut count = 0;
        if may_designate(next) {
            let mut inside = next; // if they enter
            let mut overdue = false;
            for note in queue.notes() {
                if !is_allowed(note.wants, inside)
                    || is_full(note.wants, inside)
                    || is_full_of_waking(next)
                {
                    break;
                }
                inside = entered(note.wants, inside);
                overdue |= is_overdue(note.mark, next);
                next = designated(next);
                count += 1;
            }
            if overdue {
                next = closed(next);
            }
            if queue.notes().nth(count).is_none() {
                next = dequeued(next);
            }
        }
        if fair {
            next = closed(next);
        }
        // Release: this thread may leave with it, pairs with the Acquire of whoever enters [R1].
        match word.compare_exchange(state, next, Release, Relaxed) {
            Ok(_) => break (next, count),
            Err(actual) => state = actual,
        }
    };
    done();
    let mut chain = Chain::new();
    for _ in 0..count {
        if let Some(node) = queue.pop() {
            // SAFETY: just taken out, with the bucket locked.
            unsafe { chain.push(node) }
        }
    }
    if fair
        && !is_waking(next)
        && let Some(first) = queue.first_node()
    {
        // It may not enter yet. When it may, the lock is closed for it.
        //
        // SAFETY: in this queue, whose bucket is locked.
        unsafe { Node::annotate(first, |note| note.mark = overdue_mark(next)) }
    }
    drop(queue);
    chain.tell(LOOK);
    see_to_upgrader(key, next);
}

/// Makes the upgrader of the lock that was at `key` the writer, if it has nobody to wait for.
#[cold]
fn let_upgrader_in(key: *const ()) {
    let mut queue = Queue::lock(upgrader_key(key));
    let Some(word) = awaited(&queue, key) else {
        // It has given up, or somebody else was faster.
        return;
    };
    // SAFETY: alive while the bucket is locked.
    let word = unsafe { &*word };
    let mut state = UPGRADABLE_BIT | UPGRADING_BIT; // a guess
    while is_upgraders_turn(state) {
        let next = (state & !(UPGRADABLE_BIT | UPGRADING_BIT)) | WRITER_BIT;
        // Acquire: for the upgrader, what all have released who have left; it gets that, and what this thread did,
        // with what it is told [R2]. Nobody else comes in before it has released the lock itself.
        match word.compare_exchange(state, next, Acquire, Relaxed) {
            Ok(_) => {
                let upgrader = queue.pop();
                drop(queue);
                if let Some(node) = upgrader {
                    // SAFETY: just taken out.
                    unsafe { Node::tell(node, GRANTED) }
                }
                return;
            }
            Err(actual) => state = actual,
        }
    }
}

#[cfg(all(
    test,
    not(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))
))]
mod tests {
    use core::ptr;

    use lock_api::{RawMutex as _, RawRwLock as _};

    use super::super::queue;
    use super::*;
    use crate::raw::{RawMutex, RawRwLock};
    use crate::sys::thread;

    /// Comes late to `key`, where somebody waits by then for something that is held: that one goes on waiting.
    fn settles_late(key: *const ()) {
        queue::until_somebody_waits(key);
        settle_at(key);
        let_upgrader_in(key);
        assert!(!Queue::lock(key).is_empty());
    }

    #[test]
    fn one_that_settles_late_leaves_alone_what_was_made_at_its_address() {
        static MUTEX: RawMutex = RawMutex::INIT;
        let key = ptr::from_ref(&MUTEX).cast();
        let guard = MUTEX.lock();
        let waiter = thread::spawn(|| {
            let _guard = MUTEX.lock();
        });
        settles_late(key);
        // SAFETY: this thread has locked it.
        unsafe { MUTEX.unlock(guard) }
        waiter.join().expect("it waits and does not panic");
    }

    #[test]
    fn one_that_settles_late_lets_nobody_in_beside_whoever_holds_another_lock() {
        static LOCK: RawRwLock<false> = RawRwLock::INIT;
        let key = ptr::from_ref(&LOCK).cast();
        let guard = LOCK.lock_exclusive();
        let waiter = thread::spawn(|| {
            let _guard = LOCK.lock_exclusive();
        });
        settles_late(key);
        // SAFETY: this thread has locked it.
        unsafe { LOCK.unlock_exclusive(guard) }
        waiter.join().expect("it waits and does not panic");
    }

    #[test]
    fn one_that_settles_late_may_find_nobody() {
        settle_at(ptr::dangling());
        let_upgrader_in(ptr::dangling());
    }
}
