//! The same program over parking_lot and over this crate: changing the import is all there is to do.

macro_rules! program {
    ($($name:ident: $locks:ident;)*) => {$(
        mod $name {
            use std::sync::Arc;
            use std::thread;
            use std::time::{Duration, Instant};

            use $locks::lock_api::{RawMutex as _, RawRwLock as _};
            use $locks::{
                ArcMutexGuard, ArcReentrantMutexGuard, ArcRwLockReadGuard, ArcRwLockUpgradableReadGuard, ArcRwLockWriteGuard,
                Condvar, FairMutex, FairMutexGuard, MappedFairMutexGuard, MappedMutexGuard,
                MappedRecursiveRwLockReadGuard, MappedRecursiveRwLockWriteGuard, MappedReentrantMutexGuard,
                MappedRwLockReadGuard, MappedRwLockWriteGuard, Mutex, MutexGuard, Once, OnceState,
                RawCondvar, RawFairMutex, RawMutex, RawRwLock, RawRwLockRecursive, RawThreadId, ReentrantMutex, ReentrantMutexGuard, RecursiveRwLock,
                RecursiveRwLockReadGuard, RecursiveRwLockUpgradableReadGuard,
                RecursiveRwLockWriteGuard, RwLock, RwLockReadGuard, RwLockUpgradableReadGuard,
                RwLockWriteGuard, WaitTimeoutResult,
            };

            const SOON: Duration = Duration::from_millis(5);

            static COUNT: Mutex<u32> = Mutex::new(0);
            static TABLE: RwLock<Vec<u32>> = RwLock::new(Vec::new());
            static STARTED: Once = Once::new();

            #[test]
            fn mutexes() {
                let guard: MutexGuard<'_, u32> = COUNT.lock();
                assert!(COUNT.try_lock().is_none() && COUNT.is_locked());
                assert!(COUNT.try_lock_for(SOON).is_none());
                assert!(COUNT.try_lock_until(Instant::now() + SOON).is_none());
                MutexGuard::unlock_fair(guard);
                let mut guard = COUNT.lock();
                MutexGuard::bump(&mut guard);
                MutexGuard::unlocked(&mut guard, || drop(COUNT.lock()));
                drop(guard);
                let pair = Mutex::new((1, 2));
                let mut one: MappedMutexGuard<'_, i32> = MutexGuard::map(pair.lock(), |pair| &mut pair.0);
                *one += 1;
                drop(one);
                assert_eq!(pair.into_inner(), (2, 2));
                let fair = FairMutex::new((1, 2));
                let guard: FairMutexGuard<'_, _> = fair.lock();
                let one: MappedFairMutexGuard<'_, i32> = FairMutexGuard::map(guard, |pair| &mut pair.0);
                assert_eq!(*one, 1);
                let raw = (RawMutex::INIT, RawFairMutex::INIT);
                assert!(!raw.0.is_locked() && !raw.1.is_locked());
            }

            #[test]
            fn a_mutex_that_is_locked_again() {
                let mutex = ReentrantMutex::new((1, 2));
                let outer: ReentrantMutexGuard<'_, (i32, i32)> = mutex.lock();
                let inner: MappedReentrantMutexGuard<'_, i32> =
                    ReentrantMutexGuard::map(mutex.lock(), |pair| &pair.1);
                assert!(mutex.is_owned_by_current_thread() && mutex.try_lock_for(SOON).is_some());
                assert_eq!(outer.0 + *inner, 3);
                let mutex = Arc::new(ReentrantMutex::new(1));
                let outer: ArcReentrantMutexGuard<RawMutex, RawThreadId, i32> = mutex.lock_arc();
                assert_eq!(*outer + *mutex.lock(), 2);
            }

            #[test]
            fn guards_that_own_an_arc() {
                let mutex = Arc::new(Mutex::new(1));
                let guard: ArcMutexGuard<RawMutex, i32> = mutex.lock_arc();
                assert!(mutex.try_lock_arc().is_none());
                drop(guard);
                let lock = Arc::new(RwLock::new(1));
                let reader: ArcRwLockReadGuard<RawRwLock, i32> = lock.read_arc();
                let looker: ArcRwLockUpgradableReadGuard<RawRwLock, i32> = lock.upgradable_read_arc();
                drop(reader);
                let writer: ArcRwLockWriteGuard<RawRwLock, i32> =
                    ArcRwLockUpgradableReadGuard::upgrade(looker);
                assert_eq!(*writer, 1);
            }

            #[test]
            fn readers_and_writers() {
                let reader: RwLockReadGuard<'_, Vec<u32>> = TABLE.read();
                assert!(TABLE.try_write().is_none() && TABLE.try_read().is_some());
                assert!(TABLE.try_write_for(SOON).is_none());
                drop(reader);
                let mut writer: RwLockWriteGuard<'_, Vec<u32>> = TABLE.write();
                writer.push(1);
                let reader = RwLockWriteGuard::downgrade(writer);
                let one: MappedRwLockReadGuard<'_, u32> = RwLockReadGuard::map(reader, |table| &table[0]);
                assert_eq!(*one, 1);
                drop(one);
                let looker: RwLockUpgradableReadGuard<'_, Vec<u32>> = TABLE.upgradable_read();
                let mut writer = RwLockUpgradableReadGuard::try_upgrade(looker).expect("alone");
                writer.push(2);
                let mut looker = RwLockWriteGuard::downgrade_to_upgradable(writer);
                assert_eq!(looker.with_upgraded(|table| table.pop()), Some(2));
                drop(looker);
                let one: MappedRwLockWriteGuard<'_, u32> =
                    RwLockWriteGuard::map(TABLE.write(), |table| &mut table[0]);
                assert_eq!(*one, 1);
                let raw = <RawRwLock>::INIT;
                assert!(!raw.is_locked());
            }

            #[test]
            fn readers_of_readers() {
                let lock = RecursiveRwLock::new((1, 2));
                let outer: RecursiveRwLockReadGuard<'_, _> = lock.read();
                let inner: MappedRecursiveRwLockReadGuard<'_, i32> =
                    RecursiveRwLockReadGuard::map(lock.read(), |pair| &pair.1);
                assert_eq!(outer.0 + *inner, 3);
                drop((outer, inner));
                let looker: RecursiveRwLockUpgradableReadGuard<'_, _> = lock.upgradable_read();
                let writer: RecursiveRwLockWriteGuard<'_, _> =
                    RecursiveRwLockUpgradableReadGuard::upgrade(looker);
                let one: MappedRecursiveRwLockWriteGuard<'_, i32> =
                    RecursiveRwLockWriteGuard::map(writer, |pair| &mut pair.0);
                assert_eq!(*one, 1);
                let raw = RawRwLockRecursive::INIT;
                assert!(!raw.is_locked());
            }

            #[test]
            fn condvars() {
                let pair = Arc::new((Mutex::new(false), Condvar::new()));
                let setter = {
                    let pair = Arc::clone(&pair);
                    thread::spawn(move || {
                        *pair.0.lock() = true;
                        pair.1.notify_one();
                    })
                };
                let mut set = pair.0.lock();
                while !*set {
                    pair.1.wait(&mut set);
                }
                let result: WaitTimeoutResult = pair.1.wait_for(&mut set, SOON);
                assert!(result.timed_out());
                assert!(pair.1.wait_until(&mut set, Instant::now() + SOON).timed_out());
                pair.1.wait_while(&mut set, |set| !*set);
                assert!(pair.1.wait_while_for(&mut set, |set| *set, SOON).timed_out());
                drop(set);
                setter.join().unwrap();
                assert!(!pair.1.notify_one());
                assert_eq!(pair.1.notify_all(), 0);
                let _: RawCondvar = <RawCondvar as $locks::lock_api::RawCondvar>::INIT;
            }

            #[test]
            fn once() {
                assert_eq!(STARTED.state(), OnceState::New);
                STARTED.call_once(|| ());
                STARTED.call_once_force(|state| assert!(!state.poisoned()));
                STARTED.wait();
                STARTED.wait_force();
                assert_eq!(STARTED.state(), OnceState::Done);
                assert!(STARTED.state().done() && STARTED.is_completed());
                assert!(Once::new_completed().state().is_completed());
            }
        }
    )*};
}

program! {
    ours: selvedge;
    theirs: parking_lot;
}
