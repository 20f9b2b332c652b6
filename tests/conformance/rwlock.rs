//! What every readers–writer lock must do on real threads.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use selvedge::lock_api::{
    RawRwLockUpgradeDowngrade, RawRwLockUpgradeFair, RawRwLockUpgradeTimed, RwLock,
    RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard,
};

use super::{ends, until};

/// A raw readers–writer lock with all that ours can do.
pub trait AnyRwLock:
    RawRwLockUpgradeTimed<Duration = Duration, Instant = Instant>
    + RawRwLockUpgradeFair
    + RawRwLockUpgradeDowngrade
    + Send
    + Sync
    + 'static
{
}
impl<R> AnyRwLock for R where
    R: RawRwLockUpgradeTimed<Duration = Duration, Instant = Instant>
        + RawRwLockUpgradeFair
        + RawRwLockUpgradeDowngrade
        + Send
        + Sync
        + 'static
{
}

const A_WHILE: Duration = Duration::from_micros(50);

/// Threads in every role; two numbers that are always equal to whoever is inside.
pub fn one_writer_or_many_readers<R: AnyRwLock>() {
    const THREADS: usize = 8;
    const ROUNDS: usize = 4_000;
    ends(|| {
        let numbers = Arc::new(RwLock::<R, _>::new((0usize, 0usize)));
        let written = Arc::new(AtomicUsize::new(0));
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (numbers, written) = (Arc::clone(&numbers), Arc::clone(&written));
                let write = move |numbers: &mut (usize, usize)| {
                    assert_eq!(numbers.0, numbers.1, "somebody else is in here");
                    numbers.0 += 1;
                    thread::yield_now();
                    numbers.1 += 1;
                    written.fetch_add(1, Relaxed);
                };
                let look = |numbers: &(usize, usize)| {
                    assert_eq!(numbers.0, numbers.1, "a writer is in here");
                };
                thread::spawn(move || {
                    for round in 0..ROUNDS {
                        match (thread + round) % 10 {
                            0 | 1 => look(&numbers.read()),
                            2 => write(&mut numbers.write()),
                            3 => {
                                if let Some(numbers) = numbers.try_read_for(A_WHILE) {
                                    look(&numbers);
                                    RwLockReadGuard::unlock_fair(numbers);
                                }
                            }
                            4 => {
                                if let Some(mut numbers) = numbers.try_write_for(A_WHILE) {
                                    write(&mut numbers);
                                    RwLockWriteGuard::unlock_fair(numbers);
                                }
                            }
                            5 => {
                                let looking = numbers.upgradable_read();
                                look(&looking);
                                write(&mut RwLockUpgradableReadGuard::upgrade(looking));
                            }
                            6 => {
                                let looking = numbers.upgradable_read();
                                match RwLockUpgradableReadGuard::try_upgrade_for(looking, A_WHILE) {
                                    Ok(mut numbers) => write(&mut numbers),
                                    Err(looking) => look(&looking),
                                }
                            }
                            7 => {
                                let mut writing = numbers.write();
                                write(&mut writing);
                                look(&RwLockWriteGuard::downgrade(writing));
                            }
                            8 => {
                                let mut writing = numbers.write();
                                write(&mut writing);
                                let looking = RwLockWriteGuard::downgrade_to_upgradable(writing);
                                look(&looking);
                                look(&RwLockUpgradableReadGuard::downgrade(looking));
                            }
                            _ => {
                                if let Some(numbers) = numbers.try_read() {
                                    look(&numbers);
                                }
                                if let Some(mut numbers) = numbers.try_write() {
                                    write(&mut numbers);
                                }
                            }
                        }
                    }
                })
            })
            .collect();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        let written = written.load(Relaxed);
        assert_eq!(*numbers.read(), (written, written));
        assert!(!numbers.is_locked());
        assert!(numbers.try_write().is_some(), "a mark is left");
    });
}

/// All readers are inside at once, and the upgradable one with them.
pub fn readers_are_inside_together<R: AnyRwLock>() {
    const READERS: usize = 6;
    ends(|| {
        let lock = Arc::new(RwLock::<R, _>::new(()));
        let all = Arc::new(Barrier::new(READERS));
        let readers: Vec<_> = (0..READERS)
            .map(|reader| {
                let (lock, all) = (Arc::clone(&lock), Arc::clone(&all));
                thread::spawn(move || {
                    if reader == 0 {
                        let _looking = lock.upgradable_read();
                        all.wait();
                    } else {
                        let _reading = lock.read();
                        all.wait();
                    }
                })
            })
            .collect();
        readers
            .into_iter()
            .for_each(|reader| reader.join().unwrap());
    });
}

/// Readers that wait for a writer all get in when it leaves, and are inside together.
pub fn a_writer_lets_all_readers_in<R: AnyRwLock>() {
    const READERS: usize = 6;
    ends(|| {
        let lock = Arc::new(RwLock::<R, _>::new(()));
        let all = Arc::new(Barrier::new(READERS));
        for downgrade in [false, true] {
            let writing = lock.write();
            let readers: Vec<_> = (0..READERS)
                .map(|_| {
                    let (lock, all) = (Arc::clone(&lock), Arc::clone(&all));
                    thread::spawn(move || {
                        let _reading = lock.read();
                        all.wait();
                    })
                })
                .collect();
            thread::sleep(Duration::from_millis(5));
            let reading = if downgrade {
                Some(RwLockWriteGuard::downgrade(writing))
            } else {
                drop(writing);
                None
            };
            readers
                .into_iter()
                .for_each(|reader| reader.join().unwrap());
            drop(reading);
        }
    });
}

pub fn try_forms_tell_the_truth<R: AnyRwLock>() {
    let lock = RwLock::<R, _>::new(1);
    {
        let _reading = lock.read();
        assert!(lock.is_locked() && !lock.is_locked_exclusive());
        assert!(lock.try_read().is_some());
        assert!(lock.try_write().is_none());
        assert!(lock.try_write_for(Duration::from_millis(1)).is_none());
        assert!(
            lock.try_read().is_some(),
            "the writer that gave up left a mark"
        );
        let looking = lock.try_upgradable_read().expect("beside a reader");
        assert!(lock.try_upgradable_read().is_none());
        assert!(
            lock.try_upgradable_read_until(Instant::now()).is_none(),
            "there is one"
        );
        let looking = RwLockUpgradableReadGuard::try_upgrade(looking)
            .map(|_| ())
            .expect_err("there is a reader");
        let looking = RwLockUpgradableReadGuard::try_upgrade_for(looking, Duration::from_millis(1))
            .map(|_| ())
            .expect_err("there is a reader");
        assert!(
            lock.try_read().is_some(),
            "the upgrade that was given up left a mark"
        );
        drop(looking);
    }
    {
        let _writing = lock.write();
        assert!(lock.is_locked_exclusive());
        assert!(lock.try_read().is_none());
        assert!(lock.try_upgradable_read().is_none());
        assert!(lock.try_write().is_none());
        assert!(lock.try_read_for(Duration::from_millis(1)).is_none());
    }
    assert!(lock.try_write_for(Duration::ZERO).is_some());
    assert!(lock.try_read_for(Duration::MAX).is_some());
    assert!(!lock.is_locked());
    assert_eq!(lock.into_inner(), 1);
}

pub fn gives_up_not_before_its_time<R: AnyRwLock>() {
    ends(|| {
        let lock = RwLock::<R, _>::new(());
        let reading = lock.read();
        for millis in [0, 1, 10] {
            let start = Instant::now();
            let time = Duration::from_millis(millis);
            assert!(lock.try_write_for(time).is_none());
            assert!(start.elapsed() >= time);
        }
        drop(reading);
        let _writing = lock.write();
        for millis in [0, 1, 10] {
            let start = Instant::now();
            let time = Duration::from_millis(millis);
            assert!(lock.try_read_until(start + time).is_none());
            assert!(start.elapsed() >= time);
        }
    });
}

/// With readers coming and going without a gap between them, a writer gets in.
pub fn readers_do_not_starve_a_writer<R: AnyRwLock>() {
    ends(|| {
        let lock = Arc::new(RwLock::<R, _>::new(false));
        let first = Arc::new(Barrier::new(3));
        let readers: Vec<_> = (0..2)
            .map(|_| {
                let (lock, first) = (Arc::clone(&lock), Arc::clone(&first));
                thread::spawn(move || {
                    let mut reading = lock.read();
                    first.wait();
                    while !*reading {
                        drop(reading);
                        reading = lock.read();
                    }
                })
            })
            .collect();
        first.wait();
        *lock.write() = true;
        readers
            .into_iter()
            .for_each(|reader| reader.join().unwrap());
    });
}

/// A reader gets in although writers come and go without a gap between them.
pub fn writers_do_not_starve_a_reader<R: AnyRwLock>() {
    ends(|| {
        let lock = Arc::new(RwLock::<R, _>::new(0u32));
        let stop = Arc::new(AtomicUsize::new(0));
        let writers: Vec<_> = (0..2)
            .map(|_| {
                let (lock, stop) = (Arc::clone(&lock), Arc::clone(&stop));
                thread::spawn(move || {
                    while stop.load(Relaxed) == 0 {
                        *lock.write() += 1;
                    }
                })
            })
            .collect();
        until(|| *lock.read() > 10);
        stop.store(1, Relaxed);
        writers
            .into_iter()
            .for_each(|writer| writer.join().unwrap());
    });
}

/// Through the raw API; a guard cannot do that. The lock is as it was.
pub fn leaving_what_one_is_not_in_is_a_panic<R: AnyRwLock>() {
    let (raw, other) = (R::INIT, R::INIT);
    let quietly = |body: &dyn Fn()| {
        let payload = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body))
            .expect_err("left what it was not in");
        let message = payload
            .downcast_ref::<String>()
            .expect("a message with the operation");
        assert!(
            message.contains("of a readers-writer lock that is not held in that way"),
            "{message}"
        );
    };
    // SAFETY: here and below, what is asked for is not so, which is what is tested: the lock says so and does
    // nothing.
    quietly(&|| unsafe { raw.unlock_shared(other.lock_shared()) });
    // SAFETY: as above.
    quietly(&|| unsafe { raw.unlock_upgradable(other.lock_upgradable()) });
    let writer = R::INIT;
    // SAFETY: as above.
    quietly(&|| unsafe { raw.unlock_exclusive(writer.lock_exclusive()) });
    assert!(!raw.is_locked());
    let reading = raw.lock_shared();
    let writer = R::INIT;
    // SAFETY: as above.
    quietly(&|| unsafe { raw.unlock_exclusive(writer.lock_exclusive()) });
    // SAFETY: this thread reads.
    unsafe { raw.unlock_shared(reading) };
    assert!(raw.try_lock_exclusive().is_some());
}

/// Threads that leave what nobody is in, in that way, again and again, beside others that are in it in another way: those notice nothing.
pub fn mistakes_disturb_nobody<R: AnyRwLock>() {
    const MISTAKES: usize = 2_000;
    let leave = |lock: &RwLock<R, usize>, as_writer: bool| {
        let another = R::INIT;
        // SAFETY: it is not so, which is what is tested: the lock says so and does nothing.
        let raw = unsafe { lock.raw() };
        let mistake = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            if as_writer {
                // SAFETY: as above.
                unsafe { raw.unlock_exclusive(another.lock_exclusive()) }
            } else {
                // SAFETY: as above.
                unsafe { raw.unlock_shared(another.lock_shared()) }
            }
        }));
        assert!(mistake.is_err(), "left what it was not in");
    };
    // A reader's mistake is one as long as nobody reads, and a writer's as long as nobody writes.
    ends(move || {
        for as_writer in [false, true] {
            let lock = RwLock::<R, _>::new(0);
            let done = AtomicUsize::new(0);
            thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| {
                        for _ in 0..MISTAKES / 2 {
                            leave(&lock, as_writer);
                        }
                        done.fetch_add(1, Relaxed);
                    });
                    scope.spawn(|| {
                        while done.load(Relaxed) < 2 {
                            if as_writer {
                                assert_eq!(*lock.read(), 0);
                            } else {
                                *lock.write() += 1;
                                *RwLockUpgradableReadGuard::upgrade(lock.upgradable_read()) += 1;
                            }
                        }
                    });
                }
            });
            assert!(as_writer || lock.into_inner() > 0);
        }
    });
}
