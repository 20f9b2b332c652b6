//! `selvedge::poison` does what `std::sync` does: the same programs, over both, on both backends.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Panics inside.
fn panics<R>(body: impl FnOnce() -> R) {
    assert!(catch_unwind(AssertUnwindSafe(body)).is_err());
}

macro_rules! poisons {
    ($($name:ident: $path:path;)*) => {$(
        mod $name {
            use super::*;
            use $path as sync;
            use sync::{PoisonError, TryLockError};
            use std::time::Duration;

            #[test]
            fn a_mutex_notices_a_panic() {
                let mutex = sync::Mutex::new(1);
                panics(|| {
                    let mut guard = mutex.lock().unwrap();
                    *guard = 2;
                    panic!("in the middle");
                });
                assert!(mutex.is_poisoned());
                assert_eq!(*mutex.lock().unwrap_err().into_inner(), 2);
                match mutex.try_lock() {
                    Err(TryLockError::Poisoned(error)) => assert_eq!(**error.get_ref(), 2),
                    _ => panic!("poisoned, and free"),
                }
                let guard = mutex.lock().unwrap_or_else(PoisonError::into_inner);
                assert!(matches!(mutex.try_lock(), Err(TryLockError::WouldBlock)));
                drop(guard);
                mutex.clear_poison();
                assert!(!mutex.is_poisoned());
                assert_eq!(*mutex.lock().unwrap(), 2);
                assert_eq!(mutex.into_inner().unwrap(), 2);
            }

            #[test]
            fn the_data_is_in_the_error() {
                let mut mutex = sync::Mutex::new(1);
                panics(|| {
                    let _guard = mutex.lock();
                    panic!("in the middle");
                });
                *mutex.get_mut().unwrap_err().into_inner() += 1;
                assert_eq!(mutex.into_inner().unwrap_err().into_inner(), 2);
                let mut lock = sync::RwLock::new(1);
                panics(|| {
                    let _guard = lock.write();
                    panic!("in the middle");
                });
                *lock.get_mut().unwrap_err().into_inner() += 1;
                assert_eq!(lock.into_inner().unwrap_err().into_inner(), 2);
            }

            #[test]
            fn a_panic_after_the_unlock_is_not_its() {
                let mutex = sync::Mutex::new(1);
                panics(|| {
                    drop(mutex.lock());
                    panic!("afterwards");
                });
                assert!(!mutex.is_poisoned());
            }

            /// A lock that is taken and given back by a destructor during a panic was not left by that panic.
            #[test]
            fn a_lock_during_a_panic_is_not_poisoned() {
                struct Logs<'a>(&'a sync::Mutex<u32>);
                impl Drop for Logs<'_> {
                    fn drop(&mut self) {
                        *self.0.lock().unwrap() += 1;
                    }
                }
                let mutex = sync::Mutex::new(0);
                panics(|| {
                    let _logs = Logs(&mutex);
                    panic!("with a destructor to run");
                });
                assert_eq!(*mutex.lock().unwrap(), 1);
            }

            #[test]
            fn writers_poison_and_readers_do_not() {
                let lock = sync::RwLock::new(1);
                panics(|| {
                    let _reading = lock.read().unwrap();
                    panic!("only looking");
                });
                assert!(!lock.is_poisoned());
                panics(|| {
                    let _writing = lock.write().unwrap();
                    panic!("in the middle");
                });
                assert!(lock.is_poisoned());
                assert!(lock.read().is_err() && lock.write().is_err());
                assert!(matches!(lock.try_read(), Err(TryLockError::Poisoned(_))));
                assert!(matches!(lock.try_write(), Err(TryLockError::Poisoned(_))));
                lock.clear_poison();
                let reading = lock.read().unwrap();
                assert!(matches!(lock.try_write(), Err(TryLockError::WouldBlock)));
                assert_eq!(*lock.try_read().unwrap(), 1);
                drop(reading);
                *lock.try_write().unwrap() += 1;
                assert_eq!(*lock.read().unwrap(), 2);
            }

            #[test]
            fn a_writer_goes_on_reading() {
                let lock = sync::RwLock::new(1);
                let mut writing = lock.write().unwrap();
                *writing += 1;
                let reading = sync::RwLockWriteGuard::downgrade(writing);
                assert_eq!(*reading, 2);
                assert_eq!(*lock.try_read().unwrap(), 2);
                assert!(matches!(lock.try_write(), Err(TryLockError::WouldBlock)));
                drop(reading);
                assert_eq!(*lock.try_write().unwrap(), 2);
                panics(|| {
                    let writing = lock.write().unwrap();
                    let _reading = sync::RwLockWriteGuard::downgrade(writing);
                    panic!("only looking by now");
                });
                assert!(!lock.is_poisoned());
            }

            #[test]
            fn a_condvar_brings_the_poison_along() {
                let (mutex, condvar) = (sync::Mutex::new(0), sync::Condvar::new());
                std::thread::scope(|scope| {
                    let waiter = scope.spawn(|| {
                        let guard = mutex.lock().unwrap();
                        condvar
                            .wait_while(guard, |count| *count == 0)
                            .map(|guard| *guard)
                            .map_err(|error| *error.into_inner())
                    });
                    panics(|| {
                        let mut guard = mutex.lock().unwrap();
                        *guard = 1;
                        condvar.notify_all();
                        panic!("in the middle");
                    });
                    // Woken, or come late: poisoned either way, unless it was there before the panic and has
                    // seen the condition fulfilled after it, when it is poisoned too.
                    let seen = waiter.join();
                    assert!(matches!(seen, Ok(Err(1)) | Err(_)), "{seen:?}");
                });
                mutex.clear_poison();
                let guard = mutex.lock().unwrap();
                let (guard, _) = condvar.wait_timeout(guard, Duration::from_millis(1)).unwrap();
                assert_eq!(*guard, 1);
                let (guard, result) = condvar
                    .wait_timeout_while(guard, Duration::from_millis(1), |count| *count == 1)
                    .unwrap();
                assert!(result.timed_out());
                drop(guard);
                condvar.notify_one();
            }

            /// A wait with a condition looks at the condition first, whatever the guard was taken out of.
            #[test]
            fn waits_with_a_guard_out_of_an_error() {
                let (mutex, condvar) = (sync::Mutex::new(1), sync::Condvar::new());
                panics(|| {
                    let _guard = mutex.lock().unwrap();
                    panic!("in the middle");
                });
                let guard = mutex.lock().unwrap_err().into_inner();
                let guard = condvar.wait_while(guard, |count| *count == 0).unwrap();
                let soon = Duration::from_millis(1);
                let (guard, result) = condvar.wait_timeout_while(guard, soon, |count| *count == 0).unwrap();
                assert!(!result.timed_out());
                // After the first wait it is told, though the condition holds on.
                let mut looks = 0;
                let error = condvar.wait_timeout_while(guard, soon, |_| {
                    looks += 1;
                    true
                });
                assert_eq!(*error.unwrap_err().into_inner().0, 1);
                assert_eq!(looks, 1);
            }

            #[test]
            fn is_shown_and_made_as_usual() {
                let mutex = sync::Mutex::from(3);
                let text = format!("{mutex:?}");
                assert!(text.contains("poisoned: false") && text.contains("data"), "{text}");
                assert_eq!(*sync::RwLock::<u8>::default().read().unwrap(), 0);
                assert_eq!(format!("{} {:?}", mutex.lock().unwrap(), mutex.try_lock().is_err()), "3 true");
                let unsized_one: &sync::Mutex<[u8]> = &sync::Mutex::new([1, 2]);
                assert_eq!(unsized_one.lock().unwrap().len(), 2);
            }
        }
    )*};
}

poisons! {
    of_std: std::sync;
    native: selvedge::poison;
    fallback: selvedge_fallback::poison;
}

/// Std forgets to look then.
#[test]
fn a_downgrade_in_a_panic_poisons() {
    use selvedge::poison::{RwLock, RwLockWriteGuard};

    struct Downgrades<'a>(Option<RwLockWriteGuard<'a, u8>>);

    impl Drop for Downgrades<'_> {
        fn drop(&mut self) {
            drop(self.0.take().map(RwLockWriteGuard::downgrade));
        }
    }

    let lock = RwLock::new(1);
    panics(|| {
        let _guard = Downgrades(lock.write().ok());
        panic!("in the middle");
    });
    assert!(lock.is_poisoned());
}
