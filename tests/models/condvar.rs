//! Programs over a condvar and its mutex.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::mutex::Outcomes;
use super::{Condvar, Counter, Kit, Mutex, go, soon, word};
use crate::selvedge::lock_api::MutexGuard;
use crate::selvedge::sys::thread::{self, JoinHandle};

/// A condition and how to wait for it.
struct Gate<K: Kit> {
    /// Whether it is open, how many went through, and whether somebody has come.
    open: Mutex<K, (bool, Counter, bool)>,
    changed: Condvar<K>,
}

impl<K: Kit> Gate<K> {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            open: Mutex::<K, _>::new((false, Counter::new(), false)),
            changed: Condvar::<K>::new(),
        })
    }

    /// Waits in another thread until the gate is open, and counts itself under the mutex.
    fn walker(self: &Arc<Self>) -> JoinHandle<()> {
        let gate = Arc::clone(self);
        go(move || {
            let mut open = gate.open.lock();
            open.2 = true;
            gate.changed.wait_while(&mut open, |open| !open.0);
            open.1.increment();
        })
    }

    /// Whether the walker is waiting: it unlocks the mutex only by waiting, until the gate is open.
    fn has_waiter(&self) -> bool {
        self.open.lock().2
    }

    fn assert_untouched(&self) {
        assert_eq!(word::<K, _>(&self.open), 0, "a mark is left in the mutex");
    }
}

/// No notification is lost: set under the mutex, notify under it or after it.
pub fn notify_one<K: Kit>(under_the_lock: bool) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let gate = Gate::<K>::new();
        let walker = gate.walker();
        let mut open = gate.open.lock();
        open.0 = true;
        if under_the_lock {
            gate.changed.notify_one();
            drop(open);
        } else {
            drop(open);
            gate.changed.notify_one();
        }
        walker.join().unwrap();
        assert_eq!(gate.open.lock().1.get(), 1);
        gate.assert_untouched();
    }
}

/// Two waiters, and each needs its own notification.
pub fn notify_one_twice<K: Kit>(under_the_lock: bool) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let gate = Gate::<K>::new();
        let walkers = [gate.walker(), gate.walker()];
        let mut open = gate.open.lock();
        open.0 = true;
        if under_the_lock {
            gate.changed.notify_one();
            gate.changed.notify_one();
            drop(open);
        } else {
            drop(open);
            gate.changed.notify_one();
            gate.changed.notify_one();
        }
        walkers
            .into_iter()
            .for_each(|walker| walker.join().unwrap());
        assert_eq!(gate.open.lock().1.get(), 2);
        gate.assert_untouched();
    }
}

/// Two waiters, and one call for both.
pub fn notify_all<K: Kit>(under_the_lock: bool) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let gate = Gate::<K>::new();
        let walkers = [gate.walker(), gate.walker()];
        let mut open = gate.open.lock();
        open.0 = true;
        if under_the_lock {
            gate.changed.notify_all();
            drop(open);
        } else {
            drop(open);
            gate.changed.notify_all();
        }
        walkers
            .into_iter()
            .for_each(|walker| walker.join().unwrap());
        assert_eq!(gate.open.lock().1.get(), 2);
        gate.assert_untouched();
    }
}

/// Three are told under the lock, and the one that tells waits until the last of them has come, who tells all others; one passes by.
/// A thread that waits sends another one on its way.
pub fn meet_again<K: Kit>() {
    const WALKERS: u32 = 3;
    let gate = Gate::<K>::new();
    let walkers: Vec<_> = (0..WALKERS)
        .map(|_| {
            let gate = Arc::clone(&gate);
            go(move || {
                let mut open = gate.open.lock();
                gate.changed.wait_while(&mut open, |open| !open.0);
                open.1.increment();
                if open.1.get() == WALKERS {
                    gate.changed.notify_all();
                }
                gate.changed
                    .wait_while(&mut open, |open| open.1.get() < WALKERS);
            })
        })
        .collect();
    let other = {
        let gate = Arc::clone(&gate);
        go(move || drop(gate.open.lock()))
    };
    let mut open = gate.open.lock();
    open.0 = true;
    gate.changed.notify_all();
    gate.changed
        .wait_while(&mut open, |open| open.1.get() < WALKERS);
    drop(open);
    other.join().unwrap();
    walkers
        .into_iter()
        .for_each(|walker| walker.join().unwrap());
    gate.assert_untouched();
}

/// Waits with no condition at all return only for a notification, and each notification is one
/// thread's: the counts that the notifier was told add up to the waits that were notified.
pub fn exact_counts<K: Kit>(
    waiters: usize,
    outcomes: &Arc<Outcomes>,
) -> impl Fn() + Send + Sync + Clone + 'static {
    let outcomes = Arc::clone(outcomes);
    move || {
        let gate = Gate::<K>::new();
        let notified = Arc::new(AtomicUsize::new(0));
        let walkers: Vec<_> = (0..waiters)
            .map(|_| {
                let (gate, notified, outcomes) = (
                    Arc::clone(&gate),
                    Arc::clone(&notified),
                    Arc::clone(&outcomes),
                );
                go(move || {
                    let mut open = gate.open.lock();
                    let result = gate.changed.wait_for(&mut open, soon());
                    open.1.increment();
                    if result.timed_out() {
                        outcomes.timed_out.fetch_add(1, Relaxed);
                    } else {
                        outcomes.locked.fetch_add(1, Relaxed);
                        notified.fetch_add(1, Relaxed);
                    }
                })
            })
            .collect();
        let mut told = usize::from(gate.changed.notify_one());
        told += gate.changed.notify_all();
        walkers
            .into_iter()
            .for_each(|walker| walker.join().unwrap());
        assert_eq!(
            told,
            notified.load(Relaxed),
            "a notification too many or too few"
        );
        assert_eq!(gate.open.lock().1.get() as usize, waiters);
        assert_eq!(
            gate.changed.notify_all(),
            0,
            "somebody is left in the queue"
        );
        gate.assert_untouched();
    }
}

/// A timed wait whose notification comes under the mutex: the waiter is moved, and its deadline may
/// come before, during or after that.
pub fn timeout_against_move<K: Kit>(
    outcomes: &Arc<Outcomes>,
) -> impl Fn() + Send + Sync + Clone + 'static {
    let outcomes = Arc::clone(outcomes);
    move || {
        let gate = Gate::<K>::new();
        let notified = Arc::new(AtomicUsize::new(0));
        let walker = {
            let (gate, notified, outcomes) = (
                Arc::clone(&gate),
                Arc::clone(&notified),
                Arc::clone(&outcomes),
            );
            go(move || {
                let mut open = gate.open.lock();
                let result = gate.changed.wait_for(&mut open, soon());
                open.1.increment();
                if result.timed_out() {
                    outcomes.timed_out.fetch_add(1, Relaxed);
                } else {
                    outcomes.locked.fetch_add(1, Relaxed);
                    notified.fetch_add(1, Relaxed);
                }
            })
        };
        let open = gate.open.lock();
        let told = usize::from(gate.changed.notify_one());
        open.1.increment();
        drop(open);
        walker.join().unwrap();
        assert_eq!(
            told,
            notified.load(Relaxed),
            "a notification too many or too few"
        );
        assert_eq!(gate.open.lock().1.get(), 2);
        gate.assert_untouched();
    }
}

/// A moved waiter and an ordinary one on the same mutex: neither is forgotten.
pub fn moved_beside_waiter<K: Kit>() {
    let gate = Gate::<K>::new();
    let walker = gate.walker();
    let mut open = gate.open.lock();
    let other = {
        let gate = Arc::clone(&gate);
        go(move || gate.open.lock().1.increment())
    };
    open.0 = true;
    gate.changed.notify_one();
    drop(open);
    walker.join().unwrap();
    other.join().unwrap();
    assert_eq!(gate.open.lock().1.get(), 2);
    gate.assert_untouched();
}

/// A waiter that was moved, and a mutex that is handed over rather than unlocked: it is one of those
/// that it is handed to.
pub fn moved_and_handed_over<K: Kit>(bump: bool) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let gate = Gate::<K>::new();
        let walker = gate.walker();
        let mut open = gate.open.lock();
        open.0 = true;
        gate.changed.notify_one();
        if bump {
            MutexGuard::bump(&mut open);
            drop(open);
        } else {
            MutexGuard::unlock_fair(open);
        }
        walker.join().unwrap();
        assert_eq!(gate.open.lock().1.get(), 1);
        gate.assert_untouched();
    }
}

/// One notifier holds the mutex, and its notification moves the waiter; another thread unlocks the
/// mutex just then.
pub fn notify_while_another_unlocks<K: Kit>() {
    let gate = Gate::<K>::new();
    let walker = gate.walker();
    let opener = {
        let gate = Arc::clone(&gate);
        go(move || {
            let mut open = gate.open.lock();
            open.0 = true;
            drop(open);
            gate.changed.notify_one();
        })
    };
    gate.open.lock().1.increment();
    opener.join().unwrap();
    walker.join().unwrap();
    assert_eq!(gate.open.lock().1.get(), 2);
    gate.assert_untouched();
}

/// A waiter that is moved to a mutex whose last waiter has just given up: what the one that left had
/// been promised must not keep the moved one asleep.
pub fn moved_beside_timeout<K: Kit>() {
    let gate = Gate::<K>::new();
    let mut open = gate.open.lock();
    let holder = {
        let gate = Arc::clone(&gate);
        go(move || drop(gate.open.lock()))
    };
    let timed = {
        let gate = Arc::clone(&gate);
        go(move || drop(gate.open.try_lock_for(soon())))
    };
    let notifier = {
        let gate = Arc::clone(&gate);
        go(move || {
            let mut open = gate.open.lock();
            open.0 = true;
            gate.changed.notify_one();
        })
    };
    gate.changed.wait_while(&mut open, |open| !open.0);
    drop(open);
    holder.join().unwrap();
    timed.join().unwrap();
    notifier.join().unwrap();
    gate.assert_untouched();
}

/// Waiting with a second mutex while another thread waits with the first is a panic, which leaves the
/// second mutex locked and the first thread's wait as it was.
pub fn two_mutexes<K: Kit>(panics: &Arc<AtomicUsize>) -> impl Fn() + Send + Sync + Clone + 'static {
    /// Waits with a mutex of its own; whether that panicked.
    fn wait<K: Kit>(changed: &Condvar<K>) -> bool {
        let mutex = Mutex::<K, _>::new(());
        let mut guard = mutex.lock();
        let result = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| {
            changed.wait_for(&mut guard, soon());
        }));
        assert!(mutex.is_locked(), "the wait did not give the mutex back");
        drop(guard);
        assert_eq!(word::<K, _>(&mutex), 0, "a mark is left in the mutex");
        let Err(payload) = result else {
            return false;
        };
        let message = payload.downcast_ref::<&str>().expect("a message");
        assert!(message.contains("two mutexes at once"), "{message}");
        true
    }
    let panics = Arc::clone(panics);
    move || {
        let changed = Arc::new(Condvar::<K>::new());
        let other = {
            let changed = Arc::clone(&changed);
            thread::spawn(move || wait::<K>(&changed))
        };
        let here = wait::<K>(&changed);
        let there = other.join().unwrap();
        assert!(
            !(here && there),
            "one of them was the first, and did nothing wrong"
        );
        panics.fetch_add(usize::from(here || there), Relaxed);
        assert_eq!(changed.notify_all(), 0, "somebody is left in the queue");
    }
}

/// The same, as a program that fails when the two mutexes are *not* noticed: one thread waits until it
/// is notified, so that the other is sure to be the second.
pub fn two_mutexes_at_once<K: Kit>() {
    let gate = Gate::<K>::new();
    let walker = gate.walker();
    let second = Mutex::<K, _>::new(());
    let mut guard = second.lock();
    if gate.has_waiter() {
        let result = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| {
            gate.changed.wait_for(&mut guard, soon());
        }));
        assert!(result.is_err(), "waited with a second mutex");
    }
    drop(guard);
    gate.open.lock().0 = true;
    gate.changed.notify_all();
    walker.join().unwrap();
}
