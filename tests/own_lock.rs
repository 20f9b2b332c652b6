//! A thread that waits for a lock of its own: in a debug build it is told so. In a release build it sleeps for ever.
#![cfg(all(debug_assertions, not(feature = "send_guard")))]

mod conformance;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use conformance::ends;

/// The message of the panic that `body` ends with.
fn told(body: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(body)).expect_err("it returned");
    let told = panic.downcast_ref::<&str>().map(ToString::to_string);
    told.or_else(|| panic.downcast_ref::<String>().cloned())
        .expect("a message")
}

macro_rules! locks {
    ($($world:ident: $selvedge:ident;)*) => {$(
        mod $world {
            use super::*;
            use $selvedge::{BiasedRwLock, FairMutex, Mutex, RecursiveRwLock, RwLock};

            #[test]
            fn mutex() {
                ends(|| {
                    let mutex = Mutex::new(0);
                    let guard = mutex.lock();
                    assert!(told(|| drop(mutex.lock())).contains("drop the guard first"));
                    assert!(mutex.try_lock_for(Duration::from_millis(1)).is_none());
                    drop(guard);
                    *mutex.lock() += 1; // nothing is left behind
                });
            }

            #[test]
            fn fair_mutex() {
                ends(|| {
                    let mutex = FairMutex::new(0);
                    let guard = mutex.lock();
                    assert!(told(|| drop(mutex.lock())).contains("drop the guard first"));
                    drop(guard);
                    *mutex.lock() += 1;
                });
            }

            #[test]
            fn rwlock() {
                ends(|| {
                    let lock = RwLock::new(0);
                    let guard = lock.write();
                    assert!(told(|| drop(lock.write())).contains("as the writer"));
                    assert!(told(|| drop(lock.read())).contains("as the writer"));
                    assert!(told(|| drop(lock.upgradable_read())).contains("as the writer"));
                    drop(guard);
                    *lock.write() += 1;
                });
            }

            #[test]
            fn biased_rwlock() {
                ends(|| {
                    let lock = BiasedRwLock::new(0);
                    drop(lock.read());
                    let guard = lock.write();
                    assert!(told(|| drop(lock.write())).contains("as the writer"));
                    assert!(told(|| drop(lock.read())).contains("as the writer"));
                    drop(guard);
                    *lock.write() += 1;
                });
            }

            #[test]
            fn after_an_upgrade() {
                use $selvedge::{RwLockUpgradableReadGuard, RwLockWriteGuard};
                ends(|| {
                    let lock = RwLock::new(0);
                    let guard = RwLockUpgradableReadGuard::upgrade(lock.upgradable_read());
                    assert!(told(|| drop(lock.read())).contains("as the writer"));
                    let guard = RwLockWriteGuard::downgrade(guard);
                    drop(lock.read());
                    drop(guard);
                    *lock.write() += 1;
                });
            }

            #[test]
            fn recursive_rwlock() {
                ends(|| {
                    let lock = RecursiveRwLock::new(0);
                    let guard = lock.write();
                    assert!(told(|| drop(lock.read())).contains("as the writer"));
                    drop(guard);
                });
            }

            /// Somebody else's lock is waited for, however long.
            #[test]
            fn of_another_thread() {
                ends(|| {
                    let mutex = Arc::new(Mutex::new(0));
                    let guard = mutex.lock();
                    let waiter = {
                        let mutex = Arc::clone(&mutex);
                        thread::spawn(move || *mutex.lock() += 1)
                    };
                    thread::sleep(Duration::from_millis(1500));
                    drop(guard);
                    waiter.join().unwrap();
                    assert_eq!(*mutex.lock(), 1);
                });
            }

            /// What this thread held is past when it has unlocked: readers leave no line of their own in its place.
            #[test]
            fn of_a_reader_after_ones_own_write() {
                ends(|| {
                    let lock = RwLock::new(0);
                    *lock.write() += 1;
                    let reading = std::sync::Barrier::new(2);
                    thread::scope(|scope| {
                        scope.spawn(|| {
                            let _guard = lock.read();
                            reading.wait();
                            thread::sleep(Duration::from_millis(1500));
                        });
                        reading.wait();
                        *lock.write() += 1;
                    });
                });
            }

            /// A forgotten guard says nothing about the next lock in the same place.
            #[test]
            fn in_the_place_of_a_forgotten_one() {
                ends(|| {
                    let mut place = Mutex::new(0);
                    std::mem::forget(place.lock());
                    assert!(place.is_locked());
                    place = Mutex::new(0);
                    let place = &place;
                    thread::scope(|scope| {
                        scope.spawn(|| {
                            let _guard = place.lock();
                            thread::sleep(Duration::from_millis(1500));
                        });
                        while !place.is_locked() {
                            thread::yield_now();
                        }
                        *place.lock() += 1;
                    });
                });
            }
        }
    )*};
}

locks! {
    native: selvedge;
    fallback: selvedge_fallback;
}
