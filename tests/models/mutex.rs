//! Programs over a mutex. Each states what it shows; a wrong lock fails an assertion in it, loses an
//! increment, races, or deadlocks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use super::{Counter, Fair, Kit, Mutex, go, raw_word, soon, word};
use crate::selvedge::lock_api::{self, MutexGuard};

/// Whether the lock's word says that a thread is queued or designated.
fn is_waited_for(word: u32) -> bool {
    word & 0b11 != 0
}

/// Whether the lock is kept for a thread that was woken.
fn is_handed_over(word: u32) -> bool {
    word & 0b100 != 0
}

/// Of the word: whoever else comes has to step aside.
const ASIDE: u32 = 1 << 5;

/// One thread at a time, each sees what the last one wrote, and nobody is left asleep.
pub fn exclusion<K: Kit>(threads: u32, rounds: u32) -> impl Fn() + Send + Sync + Clone + 'static {
    exclusion_over::<K::RawMutex>(threads, rounds)
}

/// The same for any mutex that is one word.
pub fn exclusion_over<R: Fair>(
    threads: u32,
    rounds: u32,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let counter = Arc::new(lock_api::Mutex::<R, _>::new(Counter::new()));
        let others: Vec<_> = (1..threads)
            .map(|_| {
                let counter = Arc::clone(&counter);
                go(move || (0..rounds).for_each(|_| counter.lock().increment()))
            })
            .collect();
        (0..rounds).for_each(|_| counter.lock().increment());
        others.into_iter().for_each(|other| other.join().unwrap());
        assert_eq!(counter.lock().get(), threads * rounds);
        assert_eq!(raw_word(&counter), 0, "something is left in the word");
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

/// The mutex of a holder beside whom somebody gave up is as if nobody had come.
pub fn timeout_leaves_no_mark<K: Kit>() {
    let counter = Arc::new(Mutex::<K, _>::new(Counter::new()));
    let holder = counter.lock();
    let locked = word::<K, _>(&counter);
    let other = {
        let counter = Arc::clone(&counter);
        go(move || assert!(counter.try_lock_for(soon()).is_none()))
    };
    assert!(counter.try_lock().is_none());
    other.join().unwrap();
    assert_eq!(word::<K, _>(&counter), locked, "a mark is left");
    drop(holder);
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
    let somebody_waits = is_waited_for(word::<K, _>(&counter));
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

/// A fair unlock hands the lock also to a thread that is on its way because of an ordinary one.
pub fn fair_unlock_to_the_designated<K: Kit>() {
    let counter = Arc::new(Mutex::<K, _>::new(Counter::new()));
    let holder = counter.lock();
    let other = {
        let counter = Arc::clone(&counter);
        go(move || counter.lock().increment())
    };
    let somebody_waits = is_waited_for(word::<K, _>(&counter));
    drop(holder);
    let held = counter.lock();
    held.increment();
    MutexGuard::unlock_fair(held);
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
    assert_eq!(word::<K, _>(&counter), 0, "something is left in the word");
}

/// No thread that waits is overtaken more than `bound` times. Another one locks again and again, and counts
/// how often it got the lock since it has seen that somebody waits.
pub fn bypass_bound<K: Kit>(bound: u32) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let counter = Arc::new(Mutex::<K, _>::new(Counter::new()));
        let holder = counter.lock();
        let waiter = {
            let counter = Arc::clone(&counter);
            go(move || counter.lock().increment())
        };
        let mut somebody_waits = is_waited_for(word::<K, _>(&counter));
        drop(holder);
        let mut overtaken = 0;
        for _ in 0..bound + 2 {
            let again = counter.lock();
            if again.get() > 0 {
                break;
            }
            overtaken += u32::from(somebody_waits);
            somebody_waits |= is_waited_for(word::<K, _>(&counter));
        }
        waiter.join().unwrap();
        assert!(
            overtaken <= bound,
            "a thread was overtaken {overtaken} times"
        );
        assert_eq!(word::<K, _>(&counter), 0, "something is left in the word");
    }
}

/// How many executions of a program came to what it is about.
#[derive(Default)]
pub struct Seen(AtomicUsize);

impl Seen {
    fn note(&self) {
        self.0.fetch_add(1, Relaxed);
    }

    /// Whether there was one.
    pub fn any(&self) -> bool {
        self.0.load(Relaxed) > 0
    }
}

/// A thread that was woken finds the lock held, and says so: `seen` if an ordinary unlock then hands it over.
pub fn arrived<K: Kit>(seen: &Arc<Seen>) -> impl Fn() + Send + Sync + Clone + 'static {
    let seen = Arc::clone(seen);
    move || {
        let counter = Arc::new(Mutex::<K, _>::new(Counter::new()));
        let holder = counter.lock();
        let waiter = {
            let counter = Arc::clone(&counter);
            go(move || counter.lock().increment())
        };
        drop(holder);
        drop(counter.lock());
        if is_handed_over(word::<K, _>(&counter)) {
            seen.note();
            assert_eq!(counter.lock().get(), 1, "it was taken from that thread");
        }
        waiter.join().unwrap();
        assert_eq!(word::<K, _>(&counter), 0, "something is left in the word");
    }
}

/// A thread that is woken and finds the lock held, again and again: `seen` if the lock is put aside for it, by no clock.
pub fn comes_in_vain<K: Kit>(seen: &Arc<Seen>) -> impl Fn() + Send + Sync + Clone + 'static {
    let seen = Arc::clone(seen);
    move || {
        let counter = Arc::new(Mutex::<K, _>::new(Counter::new()));
        let mut holder = counter.lock();
        let waiter = {
            let counter = Arc::clone(&counter);
            go(move || counter.lock().increment())
        };
        for _ in 0..3 {
            drop(holder);
            if word::<K, _>(&counter) & ASIDE != 0 {
                seen.note();
            }
            holder = counter.lock();
        }
        drop(holder);
        waiter.join().unwrap();
        assert_eq!(word::<K, _>(&counter), 0, "something is left in the word");
    }
}

/// A thread that was woken does not come, so the lock is put aside for it: `seen` if, of two who come, one steps aside and the other
/// gets in before that thread.
pub fn steps_aside<K: Kit>(
    timed: bool,
    seen: &Arc<Seen>,
) -> impl Fn() + Send + Sync + Clone + 'static {
    let seen = Arc::clone(seen);
    move || {
        let counter = Arc::new(Mutex::<K, _>::new(Counter::new()));
        let is_aside = Arc::new(AtomicBool::new(false));
        let holder = counter.lock();
        let waiter = {
            let counter = Arc::clone(&counter);
            go(move || counter.lock().increment())
        };
        let other = {
            let (counter, is_aside, seen) = (
                Arc::clone(&counter),
                Arc::clone(&is_aside),
                Arc::clone(&seen),
            );
            go(move || {
                let was_aside = is_aside.load(Relaxed);
                let guard = if timed {
                    counter.try_lock_for(soon())
                } else {
                    Some(counter.lock())
                };
                if was_aside && guard.is_some_and(|counter| counter.get() == 0) {
                    seen.note();
                }
            })
        };
        drop(holder);
        drop(counter.lock());
        is_aside.store(word::<K, _>(&counter) & ASIDE != 0, Relaxed);
        drop(counter.lock());
        waiter.join().unwrap();
        other.join().unwrap();
        assert_eq!(word::<K, _>(&counter), 0, "something is left in the word");
    }
}

/// Two threads that wait for a lock which goes to them in the order in which they came: the second one is
/// started when the first is seen to wait.
pub fn in_order_of_arrival<R: Fair>(timed: bool) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let order = Arc::new(lock_api::Mutex::<R, _>::new(Vec::new()));
        let waiter = |name: u32, timed: bool| {
            let order = Arc::clone(&order);
            go(move || {
                let guard = if timed {
                    order.try_lock_for(soon())
                } else {
                    Some(order.lock())
                };
                if let Some(mut order) = guard {
                    order.push(name);
                }
            })
        };
        let holder = order.lock();
        let first = waiter(1, timed);
        let first_waits = is_waited_for(raw_word(&order));
        let second = waiter(2, false);
        drop(holder);
        // And somebody who comes last, but does not have to wait to come.
        let mut last = order.lock();
        last.push(3);
        drop(last);
        first.join().unwrap();
        second.join().unwrap();
        let order_was = order.lock().clone();
        let place = |name| order_was.iter().position(|&other| other == name);
        if first_waits && let Some(first) = place(1) {
            assert_eq!(first, 0, "the order was {order_was:?}");
        }
        assert!(place(2).is_some() && place(3).is_some());
        assert_eq!(raw_word(&order), 0, "something is left in the word");
    }
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
    let somebody_waits = is_waited_for(word::<K, _>(&counter));
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
