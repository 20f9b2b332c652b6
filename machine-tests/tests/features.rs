//! What the optional features add.

use selvedge::{
    ArcMutexGuard, ArcReentrantMutexGuard, Mutex, RawMutex, RawThreadId, ReentrantMutex,
};

#[test]
fn guards_that_own_an_arc() {
    let mutex = std::sync::Arc::new(Mutex::new(1));
    let guard: ArcMutexGuard<RawMutex, i32> = mutex.lock_arc();
    assert!(mutex.try_lock_arc().is_none());
    drop(mutex);
    assert_eq!(*guard, 1);
}

#[test]
fn reentrant_guards_that_own_an_arc() {
    let mutex = std::sync::Arc::new(ReentrantMutex::new(1));
    let guard: ArcReentrantMutexGuard<RawMutex, RawThreadId, i32> = mutex.lock_arc();
    let again = mutex.try_lock_arc().expect("this thread has it");
    std::thread::scope(|scope| {
        scope.spawn(|| assert!(mutex.try_lock_arc().is_none()));
    });
    drop((mutex, again));
    assert_eq!(*guard, 1);
}

#[test]
fn a_reentrant_mutex_is_serialized_as_its_data() {
    let mutex: ReentrantMutex<u8> = serde_json::from_str("3").unwrap();
    let held = mutex.lock();
    assert_eq!(*held, 3);
    assert_eq!(serde_json::to_string(&mutex).unwrap(), "3");
}

#[test]
fn a_mutex_is_serialized_as_its_data() {
    let mutex: Mutex<u8> = serde_json::from_str("3").unwrap();
    assert_eq!(*mutex.lock(), 3);
    assert_eq!(serde_json::to_string(&mutex).unwrap(), "3");
}

/// Generic code over `lock_api` 0.4 accepts the raw locks.
mod of_lock_api_04 {
    use std::time::{Duration, Instant};

    use lock_api_04::{
        Mutex, MutexGuard, RawMutexFair, RawMutexTimed, RwLock, RwLockUpgradableReadGuard,
        RwLockWriteGuard,
    };
    use selvedge::raw::{
        RawFairMutex, RawMutex, RawRwLock, RawRwLockRecursive, RawSpinLock, RawThreadId,
        RawTicketLock,
    };

    fn counts<R: lock_api_04::RawMutex + Send + Sync>() {
        let count = Mutex::<R, _>::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..1_000).for_each(|_| *count.lock() += 1));
            }
        });
        let guard = count.try_lock().expect("nobody holds it");
        assert!(count.is_locked() && count.try_lock().is_none());
        assert_eq!(*guard, 4_000);
    }

    fn is_fair_and_timed<R>()
    where
        R: RawMutexFair + RawMutexTimed<Duration = Duration, Instant = Instant>,
    {
        let mutex = Mutex::<R, _>::new(0);
        let mut guard = mutex.try_lock_for(Duration::from_secs(60)).expect("free");
        assert!(mutex.try_lock_for(Duration::from_millis(1)).is_none());
        assert!(mutex.try_lock_until(Instant::now()).is_none());
        MutexGuard::bump(&mut guard);
        MutexGuard::unlock_fair(guard);
        assert!(!mutex.is_locked());
    }

    #[test]
    fn mutexes() {
        counts::<RawMutex>();
        counts::<RawFairMutex>();
        counts::<RawSpinLock>();
        counts::<RawTicketLock>();
        is_fair_and_timed::<RawMutex>();
        is_fair_and_timed::<RawFairMutex>();
    }

    #[test]
    fn a_mutex_that_knows_its_owner() {
        let mutex = lock_api_04::ReentrantMutex::<RawMutex, RawThreadId, _>::new(1);
        let (first, second) = (mutex.lock(), mutex.try_lock().expect("this thread has it"));
        std::thread::scope(|scope| {
            scope.spawn(|| assert!(mutex.try_lock().is_none()));
        });
        drop(first);
        assert!(mutex.is_owned_by_current_thread());
        drop(second);
        assert!(!mutex.is_locked());
    }

    #[test]
    fn readers_writer_locks() {
        let lock = RwLock::<RawRwLock, _>::new(0);
        let looking = lock.upgradable_read();
        assert!(lock.try_upgradable_read().is_none() && lock.try_read().is_some());
        let mut writing = RwLockUpgradableReadGuard::upgrade(looking);
        *writing += 1;
        assert!(lock.try_read().is_none());
        assert!(lock.try_read_for(Duration::from_millis(1)).is_none());
        let looking = RwLockWriteGuard::downgrade_to_upgradable(writing);
        let reading = lock.read();
        let looking = RwLockUpgradableReadGuard::try_upgrade_for(looking, Duration::from_millis(1))
            .map(|_| ())
            .expect_err("there is a reader");
        drop((looking, reading));
        RwLockWriteGuard::unlock_fair(lock.write());
        assert_eq!(*RwLockWriteGuard::downgrade(lock.write()), 1);

        let lock = RwLock::<RawRwLockRecursive, _>::new(2);
        assert_eq!(*lock.read() + *lock.read_recursive(), 4);
    }
}
