//! Programs over a mutex that the kernel hands over: without priorities, in order of arrival.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use crate::models::mutex::Outcomes;
use crate::models::{Counter, go, soon};
use crate::selvedge;
use selvedge::lock_api;
use selvedge::sys::{Duration, Instant, kernel};

/// The lock under test.
pub trait PiKit: 'static {
    /// The mutex.
    type Raw: lock_api::RawMutexTimed<Duration = Duration, Instant = Instant>
        + core::fmt::Debug
        + Send
        + Sync
        + 'static;
}

/// What is shipped.
pub struct Shipped;
impl PiKit for Shipped {
    type Raw = selvedge::raw::RawPiMutex;
}

type Mutex<K, T> = lock_api::Mutex<<K as PiKit>::Raw, T>;

/// The number in the lock's word, which only its `Debug` tells.
fn word<K: PiKit, T>(mutex: &Mutex<K, T>) -> u32 {
    // SAFETY: the raw lock is only looked at.
    let text = format!("{:?}", unsafe { mutex.raw() });
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits
        .parse()
        .expect("a raw mutex is one word, and shows it")
}

/// One thread at a time, each sees what the last one wrote, and nobody is left asleep.
pub fn exclusion<K: PiKit>(threads: u32, rounds: u32) -> impl Fn() + Send + Sync + Clone + 'static {
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

/// `try_lock` does not sleep, does not let two in, and succeeds when nobody holds the lock.
pub fn try_lock<K: PiKit>() {
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

/// A deadline may come at any moment of another thread's unlock: then the lock is the waiter's, or not, and
/// nobody else's.
pub fn timeout_against_unlock<K: PiKit>(
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
        // A waiter that gave up leaves the mark that the kernel is to be asked, and the unlock clears it.
        drop(counter.lock());
        assert_eq!(word::<K, _>(&counter), 0, "a timed-out waiter left a mark");
    }
}

/// A try that comes in the middle of an unlock by the kernel, for a waiter that has given up.
pub fn try_lock_beside_timeout<K: PiKit>() {
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
    let trying = {
        let counter = Arc::clone(&counter);
        go(move || {
            if let Some(counter) = counter.try_lock() {
                counter.increment();
            }
        })
    };
    holder.increment();
    drop(holder);
    timed.join().unwrap();
    trying.join().unwrap();
    assert!(counter.try_lock().is_some(), "somebody has it still");
}

/// A waiter that gives up does not take the lock with it: another that waits for it gets it.
pub fn timeout_beside_waiter<K: PiKit>() {
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
    assert!(counter.try_lock().is_some(), "somebody has it still");
}

/// An unlock hands the lock to whoever waits: the one that unlocks does not get it back before.
pub fn handed_over<K: PiKit>() {
    let counter = Arc::new(Mutex::<K, _>::new(Counter::new()));
    let holder = counter.lock();
    let been_there = Arc::new(AtomicBool::new(false));
    let other = {
        let (counter, been_there) = (Arc::clone(&counter), Arc::clone(&been_there));
        go(move || {
            let counter = counter.lock();
            counter.increment();
            been_there.store(true, Relaxed);
        })
    };
    let somebody_waits = word::<K, _>(&counter) & kernel::WAITERS_BIT != 0;
    drop(holder);
    let again = counter.lock();
    if somebody_waits {
        assert!(been_there.load(Relaxed), "the one that unlocked barged in");
    }
    drop(again);
    other.join().unwrap();
}

/// A thread that locks what it holds is told, whoever else waits, and nothing has changed.
pub fn locked_twice<K: PiKit>() {
    let counter = Arc::new(Mutex::<K, _>::new(Counter::new()));
    let other = {
        let counter = Arc::clone(&counter);
        go(move || counter.lock().increment())
    };
    let guard = counter.lock();
    // Forgotten, should there be one: a second unlock would be a second panic.
    let twice = std::panic::AssertUnwindSafe(|| std::mem::forget(counter.lock()));
    let payload = std::panic::catch_unwind(twice).expect_err("locked twice");
    let message = payload.downcast_ref::<String>().expect("a message");
    assert!(
        message.starts_with("selvedge: locking this PiMutex would wait for ever"),
        "{message}"
    );
    guard.increment();
    drop(guard);
    other.join().unwrap();
    assert_eq!(counter.lock().get(), 2);
}

/// The mutex is freed by its next owner as soon as that has unlocked it.
pub fn freed_by_the_next_owner<K: PiKit>() {
    use crate::models::lifetime::Mortal;
    let object = Mortal::new(Mutex::<K, _>::new(0));
    let use_it = |object: &Mortal<Mutex<K, i32>>| {
        let mut users = object.get().lock();
        *users += 1;
        let last = *users == 2;
        drop(users);
        if last {
            object.kill();
        }
    };
    let other = {
        let object = Arc::clone(&object);
        go(move || use_it(&object))
    };
    use_it(&object);
    other.join().unwrap();
}
