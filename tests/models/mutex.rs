//! Programs over a mutex. Each states what it shows; a wrong lock fails an assertion in it, loses an
//! increment, races, or deadlocks.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::{Counter, Kit, Mutex, go, soon, word};
use crate::selvedge::lock_api::MutexGuard;

/// What `ONE_WAITER` is in the lock's word.
const ONE_WAITER: u32 = 16;

/// One thread at a time, each sees what the last one wrote, and nobody is left asleep.
pub fn exclusion<K: Kit>(threads: u32, rounds: u32) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let counter = Arc::new(Mutex::<K, _>::new(Counter::new()));
        let others: Vec<_> = (1..threads)
            .map(|_| {
                let counter = Arc::clone(&counter);
                go(move || (0..rounds).for_each(|_| counter.lock().increment()))
            })
            .collect();
        (0..rounds).for_each(|_| counter.lock().increment());
        others.into_iter().for_each(|other| other.join().unwrap());
        assert_eq!(counter.lock().get(), threads * rounds);
        assert_eq!(word::<K, _>(&counter), 0, "something is left in the word");
    }
}

/// Exclusion, without a join that would order the threads for the lock: the last one to come sees
/// everything through the lock alone.
pub fn visibility<K: Kit>() {
    let counter = Arc::new(Mutex::<K, _>::new(Counter::new()));
    let other = {
        let counter = Arc::clone(&counter);
        go(move || {
            counter.lock().increment();
            counter.lock().increment();
        })
    };
    counter.lock().increment();
    other.join().unwrap();
}

/// `try_lock` does not sleep, does not let two in, and succeeds when nobody holds the lock.
pub fn try_lock<K: Kit>() {
    let counter = Arc::new(Mutex::<K, _>::new(Counter::new()));
    let other = {
        let counter = Arc::clone(&counter);
        go(move || counter.lock().increment())
    };
    let mut got = 0;
    for _ in 0..2 {
        if let Some(counter) = counter.try_lock() {
            counter.increment();
            got += 1;
        }
    }
    other.join().unwrap();
    let counter = counter.try_lock().expect("nobody holds it");
    assert_eq!(counter.get(), 1 + got);
}

/// How many executions of a program with a timed lock got it, and how many gave up.
#[derive(Default)]
pub struct Outcomes {
    /// Got it.
    pub locked: AtomicUsize,
    /// Gave up.
    pub timed_out: AtomicUsize,
}

impl Outcomes {
    /// The exploration reached both ends.
    pub fn assert_both(&self) {
        assert!(
            self.locked.load(Relaxed) > 0,
            "the timed lock was never obtained"
        );
        assert!(
            self.timed_out.load(Relaxed) > 0,
            "the timed lock never gave up"
        );
    }
}

/// A deadline may come at any moment of another thread's unlock, and leaves no mark behind.
pub fn timeout_against_unlock<K: Kit>(
    outcomes: &Arc<Outcomes>,
) -> impl Fn() + Send + Sync + Clone + 'static {
    let outcomes = Arc::clone(outcomes);
    move || {
        let counter = Arc::new(Mutex::<K, _>::new(Counter::new()));
        let holder = counter.lock();
        let other = {
            let (counter, outcomes) = (Arc::clone(&counter), Arc::clone(&outcomes));
            go(move || match counter.try_lock_for(soon()) {
                Some(counter) => {
                    counter.increment();
                    outcomes.locked.fetch_add(1, Relaxed);
                }
                None => {
                    outcomes.timed_out.fetch_add(1, Relaxed);
                }
            })
        };
        holder.increment();
        drop(holder);
        counter.lock().increment();
        other.join().unwrap();
        assert_eq!(word::<K, _>(&counter), 0, "a timed-out waiter left a mark");
    }
}

/// A waiter that gives up takes no wake with it: another that waits for the same unlock gets it.
pub fn timeout_beside_waiter<K: Kit>() {
    let counter = Arc::new(Mutex::<K, _>::new(Counter::new()));
    let holder = counter.lock();
    let timed = {
        let counter = Arc::clone(&counter);
        go(move || {
            if let Some(counter) = counter.try_lock_for(soon()) {
                counter.increment();
            }
        })
    };
    let patient = {
        let counter = Arc::clone(&counter);
        go(move || counter.lock().increment())
    };
    drop(holder);
    patient.join().unwrap();
    timed.join().unwrap();
    assert_eq!(word::<K, _>(&counter), 0, "a timed-out waiter left a mark");
}

/// A fair unlock hands the lock to a thread that waits: the one that unlocked does not get it first.
pub fn fair_unlock<K: Kit>() {
    let counter = Arc::new(Mutex::<K, _>::new(Counter::new()));
    let holder = counter.lock();
    let other = {
        let counter = Arc::clone(&counter);
        go(move || counter.lock().increment())
    };
    holder.increment();
    let somebody_waits = word::<K, _>(&counter) >= ONE_WAITER;
    MutexGuard::unlock_fair(holder);
    let again = counter.lock();
    if somebody_waits {
        assert_eq!(
            again.get(),
            2,
            "the lock was taken from the thread it was handed to"
        );
    }
    drop(again);
    other.join().unwrap();
    assert_eq!(counter.lock().get(), 2);
    assert_eq!(word::<K, _>(&counter), 0, "something is left in the word");
}

/// Hand-over after hand-over, with a thread that comes between them, and one that may give up: whoever
/// is left gets the lock.
pub fn fair_unlocks_in_a_row<K: Kit>(timed: bool) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let counter = Arc::new(Mutex::<K, _>::new(Counter::new()));
        let others = [false, timed].map(|timed| {
            let counter = Arc::clone(&counter);
            go(move || {
                let guard = if timed {
                    counter.try_lock_for(soon())
                } else {
                    Some(counter.lock())
                };
                if let Some(guard) = guard {
                    guard.increment();
                    MutexGuard::unlock_fair(guard);
                }
            })
        });
        let guard = counter.lock();
        guard.increment();
        MutexGuard::unlock_fair(guard);
        others.into_iter().for_each(|other| other.join().unwrap());
        assert_eq!(word::<K, _>(&counter), 0, "something is left in the word");
    }
}

/// A lock that was handed over is claimed, also when the only waiter's deadline comes then.
pub fn fair_unlock_against_timeout<K: Kit>() {
    let counter = Arc::new(Mutex::<K, _>::new(Counter::new()));
    let holder = counter.lock();
    let other = {
        let counter = Arc::clone(&counter);
        go(move || {
            if let Some(counter) = counter.try_lock_for(soon()) {
                counter.increment();
            }
        })
    };
    MutexGuard::unlock_fair(holder);
    counter.lock().increment();
    other.join().unwrap();
    assert_eq!(word::<K, _>(&counter), 0, "something is left in the word");
}

/// `bump` lets a waiter in and gets the lock back.
pub fn bump<K: Kit>() {
    let counter = Arc::new(Mutex::<K, _>::new(Counter::new()));
    let mut holder = counter.lock();
    let other = {
        let counter = Arc::clone(&counter);
        go(move || counter.lock().increment())
    };
    let somebody_waits = word::<K, _>(&counter) >= ONE_WAITER;
    MutexGuard::bump(&mut holder);
    if somebody_waits {
        assert_eq!(holder.get(), 1, "the waiter was not let in");
    }
    holder.increment();
    drop(holder);
    other.join().unwrap();
    assert_eq!(counter.lock().get(), 2);
}

/// A panic with the guard alive unlocks, and the next thread gets the lock.
pub fn unlock_while_panicking<K: Kit>() {
    let counter = Arc::new(Mutex::<K, _>::new(Counter::new()));
    let other = {
        let counter = Arc::clone(&counter);
        go(move || {
            let result = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| {
                let counter = counter.lock();
                counter.increment();
                panic!("with the guard alive");
            }));
            assert!(result.is_err());
        })
    };
    counter.lock().increment();
    other.join().unwrap();
    assert_eq!(counter.lock().get(), 2);
}
