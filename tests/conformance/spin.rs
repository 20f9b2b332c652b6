//! What every lock that spins must do on real threads, whatever system is below it.

use std::sync::Arc;
use std::thread;

use lock_api::{Mutex, RawMutex};
use selvedge::lock_api;

use super::{ends, until};

pub fn one_at_a_time<R: RawMutex + Send + Sync + 'static>(raw: fn() -> R) {
    const THREADS: usize = 8;
    const ROUNDS: usize = 2_000;
    ends(move || {
        // Two plain numbers that are always equal to whoever holds the lock.
        let numbers = Arc::new(Mutex::<R, _>::from_raw(raw(), (0usize, 0usize)));
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let numbers = Arc::clone(&numbers);
                thread::spawn(move || {
                    for round in 0..ROUNDS {
                        let mut guard = match (thread + round) % 5 {
                            0 => match numbers.try_lock() {
                                Some(guard) => guard,
                                None => numbers.lock(),
                            },
                            _ => numbers.lock(),
                        };
                        assert_eq!(guard.0, guard.1, "somebody else is in here");
                        guard.0 += 1;
                        if round % 64 == 0 {
                            // The holder is not running: those who wait have to give way.
                            thread::yield_now();
                        }
                        guard.1 += 1;
                    }
                })
            })
            .collect();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        assert_eq!(*numbers.lock(), (THREADS * ROUNDS, THREADS * ROUNDS));
        assert!(!numbers.is_locked());
    });
}

pub fn try_lock_tells_the_truth<R: RawMutex>(raw: fn() -> R) {
    let lock = Mutex::<R, _>::from_raw(raw(), 1);
    for _ in 0..3 {
        let guard = lock.try_lock().expect("nobody holds it");
        assert!(lock.is_locked());
        assert!(lock.try_lock().is_none());
        assert!(lock.try_lock().is_none());
        drop(guard);
        assert!(!lock.is_locked());
        drop(lock.lock());
        assert!(!lock.is_locked());
    }
    assert_eq!(lock.into_inner(), 1);
}

pub fn a_panic_unlocks<R: RawMutex + Send + Sync + 'static>(raw: fn() -> R) {
    let lock = Arc::new(Mutex::<R, _>::from_raw(raw(), 0));
    let result = {
        let lock = Arc::clone(&lock);
        thread::spawn(move || {
            let _guard = lock.lock();
            panic!("with the guard alive");
        })
        .join()
    };
    assert!(result.is_err());
    *lock.lock() += 1; // and there is no poisoning
}

/// A thread that was seen waiting is served before the one that unlocks and comes back.
pub fn first_come_first_served<R: RawMutex + Send + Sync + 'static>(
    raw: fn() -> R,
    is_contended: fn(&R) -> bool,
) {
    ends(move || {
        let served = Arc::new(Mutex::<R, _>::from_raw(raw(), Vec::new()));
        for _ in 0..20 {
            let mut guard = served.lock();
            let other = {
                let served = Arc::clone(&served);
                thread::spawn(move || served.lock().push("waiter"))
            };
            // SAFETY: the raw lock is only looked at.
            until(|| is_contended(unsafe { served.raw() }));
            guard.push("holder");
            drop(guard);
            served.lock().push("returner");
            other.join().unwrap();
        }
        for turn in served.lock().chunks(3) {
            assert_eq!(turn, ["holder", "waiter", "returner"]);
        }
    });
}

/// Unlocking what nobody holds is seen.
pub fn unlocking_what_is_free_panics<R: RawMutex>(raw: fn() -> R) {
    let lock = raw();
    let state = lock.lock();
    // SAFETY: held, and this is the state.
    unsafe { lock.unlock(state) };
    let other = raw();
    let state = other.lock();
    let payload = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        // SAFETY: it is not: this is the mistake that is to be seen, and it panics before anything changes.
        unsafe { lock.unlock(state) }
    }))
    .expect_err("unlocked a lock that nobody holds");
    let message = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .expect("a message");
    assert!(
        message.contains("that is not held was unlocked"),
        "{message}"
    );
    drop(lock.try_lock().expect("nothing has changed"));
}
