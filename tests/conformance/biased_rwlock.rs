//! What a readers–writer lock whose readers have slots of their own must do on real threads, beyond what every one must.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use selvedge::lock_api::{RwLock, RwLockUpgradableReadGuard, RwLockWriteGuard};

use super::ends;
use super::rwlock::AnyRwLock;

/// A lock that has a bias, for this thread.
fn biased<R: AnyRwLock, T: Default>() -> Arc<RwLock<R, T>> {
    let lock = Arc::new(RwLock::new(T::default()));
    for _ in 0..100 {
        drop(lock.read());
    }
    lock
}

/// A reader in its slot keeps out every kind of writer, and a writer gets in when it has gone.
pub fn a_reader_in_its_slot_keeps_writers_out<R: AnyRwLock>() {
    ends(|| {
        let lock = biased::<R, u32>();
        let reading = lock.read();
        let other = {
            let lock = Arc::clone(&lock);
            thread::spawn(move || {
                assert!(lock.is_locked() && !lock.is_locked_exclusive());
                for round in 0..100 {
                    assert!(lock.try_write().is_none());
                    let looking = lock.upgradable_read();
                    let looking = RwLockUpgradableReadGuard::try_upgrade(looking)
                        .map(|_| ())
                        .expect_err("there is a reader");
                    if round % 10 == 0 {
                        let (start, time) = (Instant::now(), Duration::from_millis(1));
                        let looking = RwLockUpgradableReadGuard::try_upgrade_for(looking, time)
                            .map(|_| ())
                            .expect_err("there is a reader");
                        drop(looking);
                        assert!(lock.try_write_for(time).is_none());
                        assert!(start.elapsed() >= 2 * time);
                    }
                }
                lock
            })
        };
        let lock = other.join().unwrap();
        assert!(lock.try_read().is_some(), "a mark is left");
        let writer = {
            let lock = Arc::clone(&lock);
            thread::spawn(move || *lock.write() += 1)
        };
        // Long enough for it to fall asleep, if it has nothing better to do.
        thread::sleep(Duration::from_millis(20));
        assert_eq!(*reading, 0);
        drop(reading);
        writer.join().unwrap();
        assert_eq!(*lock.try_read().expect("nobody writes"), 1);
        assert!(!lock.is_locked());
    });
}

/// More threads read at once than there are slots, and then one writes, again and again.
pub fn more_readers_than_slots<R: AnyRwLock>() {
    const READERS: usize = 80;
    const ROUNDS: usize = 20;
    ends(|| {
        let lock = biased::<R, usize>();
        let all = Arc::new(Barrier::new(READERS));
        let readers: Vec<_> = (0..READERS)
            .map(|_| {
                let (lock, all) = (Arc::clone(&lock), Arc::clone(&all));
                thread::spawn(move || {
                    let mut seen = 0;
                    for _ in 0..ROUNDS {
                        let reading = lock.read();
                        assert!(seen <= *reading);
                        seen = *reading;
                        drop(reading);
                        all.wait();
                        *lock.write() += 1;
                        all.wait();
                        // All of them are inside together.
                        let reading = lock.read();
                        all.wait();
                        drop(reading);
                        all.wait();
                    }
                })
            })
            .collect();
        readers
            .into_iter()
            .for_each(|reader| reader.join().unwrap());
        assert_eq!(*lock.read(), READERS * ROUNDS);
        assert!(!lock.is_locked());
    });
}

/// Threads that read several locks at once, in one order, and threads that write them one by one.
pub fn several_locks_at_once<R: AnyRwLock>() {
    const LOCKS: usize = 5;
    const ROUNDS: usize = 2_000;
    ends(|| {
        let locks: [Arc<RwLock<R, (usize, usize)>>; LOCKS] = core::array::from_fn(|_| biased());
        let threads: Vec<_> = (0..6)
            .map(|number| {
                let locks = locks.clone();
                thread::spawn(move || {
                    for round in 0..ROUNDS {
                        if number == 0 || (number < 3 && round % 50 == 0) {
                            let mut numbers = locks[round % LOCKS].write();
                            assert_eq!(numbers.0, numbers.1, "somebody else is in here");
                            numbers.0 += 1;
                            thread::yield_now();
                            numbers.1 += 1;
                            if round % 3 == 0 {
                                let numbers = RwLockWriteGuard::downgrade(numbers);
                                assert_eq!(numbers.0, numbers.1, "a writer is in here");
                            }
                        } else {
                            let from = round % LOCKS;
                            let all: Vec<_> =
                                locks[from..].iter().map(|lock| lock.read()).collect();
                            for numbers in all {
                                assert_eq!(numbers.0, numbers.1, "a writer is in here");
                            }
                        }
                    }
                })
            })
            .collect();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        for lock in &locks {
            assert!(!lock.is_locked());
            assert!(lock.try_write().is_some(), "a mark is left");
        }
    });
}

/// Threads come and go: each has a slot while it is there, and the next one after it.
pub fn threads_come_and_go<R: AnyRwLock>() {
    ends(|| {
        let lock = biased::<R, usize>();
        let written = Arc::new(AtomicUsize::new(0));
        for round in 0..300 {
            let threads: Vec<_> = (0..3)
                .map(|number| {
                    let (lock, written) = (Arc::clone(&lock), Arc::clone(&written));
                    thread::spawn(move || {
                        for _ in 0..20 {
                            let reading = lock.read();
                            assert!(*reading >= round);
                        }
                        if number == 0 {
                            *lock.write() += 1;
                            written.fetch_add(1, Relaxed);
                        }
                    })
                })
                .collect();
            threads
                .into_iter()
                .for_each(|thread| thread.join().unwrap());
        }
        assert_eq!(*lock.read(), written.load(Relaxed));
    });
}

/// Through the raw API: the state of another lock's reader is not taken, whatever it is; the other lock stays read.
pub fn another_locks_reader_is_not_let_out<R: AnyRwLock>() {
    let (raw, other) = (R::INIT, R::INIT);
    for lock in [&raw, &other] {
        // SAFETY: what was locked is unlocked, with what that has returned.
        unsafe { lock.unlock_shared(lock.lock_shared()) };
    }
    let state = other.lock_shared();
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        // SAFETY: it is not so, which is what is tested: the lock says so and does nothing.
        unsafe { raw.unlock_shared(state) }
    }));
    assert!(result.is_err(), "left what it was not in");
    assert!(raw.try_lock_exclusive().is_some());
    assert!(other.try_lock_exclusive().is_none());
}
