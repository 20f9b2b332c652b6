//! What every lock of a kind must do on real threads: written once, over any raw lock, and instantiated
//! for each type on each backend by the test of its name.

#![allow(dead_code, reason = "each test file uses its kind's part")]

pub mod auto_reset_event;
pub mod barrier;
pub mod biased_rwlock;
pub mod event;
pub mod gil;
pub mod latch;
pub mod monitor;
pub mod once;
pub mod once_lock;
pub mod parker;
pub mod reentrant_mutex;
pub mod rwlock;
pub mod semaphore;
#[cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
pub mod shared;
pub mod spin;

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use lock_api::{Condvar, Mutex, MutexGuard, RawCondvarTimed, RawMutexFair, RawMutexTimed};
use selvedge::lock_api;

/// A type has these traits, or this does not compile.
#[allow(unused_macros, reason = "each test file uses its kind's part")]
macro_rules! has {
    ($type:ty: $($trait:path),+) => {
        const _: fn() = || {
            fn needs<T: ?Sized $(+ $trait)+>() {}
            needs::<$type>();
        };
    };
}
/// A type has none of these traits, or this does not compile: if it had, there would be two ways to understand `_`.
#[allow(unused_macros, reason = "each test file uses its kind's part")]
macro_rules! lacks {
    ($type:ty: $($trait:path),+) => {
        const _: fn() = || {$({
            struct Having;
            trait Either<Which> {
                fn ask() {}
            }
            impl<T: ?Sized> Either<()> for T {}
            impl<T: ?Sized + $trait> Either<Having> for T {}
            <$type as Either<_>>::ask();
        })+};
    };
}
#[allow(unused_imports, reason = "each test file uses its kind's part")]
pub(crate) use {has, lacks};

/// Longer than any of these takes, by far.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Runs `body` in a thread and fails if it is not through after [`PATIENCE`].
#[track_caller]
pub fn ends(body: impl FnOnce() + Send + 'static) {
    let (done, through) = mpsc::channel();
    let runner = thread::spawn(move || {
        body();
        done.send(()).ok();
    });
    match through.recv_timeout(PATIENCE) {
        Ok(()) => runner.join().unwrap(),
        Err(mpsc::RecvTimeoutError::Timeout) => {
            panic!("somebody is still asleep after {PATIENCE:?}")
        }
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            std::panic::resume_unwind(runner.join().expect_err("it panicked"))
        }
    }
}

/// Waits until `so`, which another thread will bring about.
pub fn until(so: impl Fn() -> bool) {
    while !so() {
        thread::yield_now();
    }
}

/// A raw mutex that can do everything ours can.
pub trait AnyMutex:
    RawMutexFair + RawMutexTimed<Duration = Duration, Instant = Instant> + Send + Sync + 'static
{
}
impl<R> AnyMutex for R where
    R: RawMutexFair + RawMutexTimed<Duration = Duration, Instant = Instant> + Send + Sync + 'static
{
}

/// A raw mutex with deadlines, fair or not.
pub trait TimedMutex:
    RawMutexTimed<Duration = Duration, Instant = Instant> + Send + Sync + 'static
{
}
impl<R> TimedMutex for R where
    R: RawMutexTimed<Duration = Duration, Instant = Instant> + Send + Sync + 'static
{
}

// --- mutexes --------------------------------------------------------------------------------------

pub fn one_at_a_time<R: AnyMutex>() {
    const THREADS: usize = 8;
    const ROUNDS: usize = 20_000;
    ends(|| {
        // Two plain numbers that are always equal to whoever holds the lock.
        let numbers = Arc::new(Mutex::<R, _>::new((0usize, 0usize)));
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
                            1 => match numbers.try_lock_for(Duration::from_micros(20)) {
                                Some(guard) => guard,
                                None => numbers.lock(),
                            },
                            _ => numbers.lock(),
                        };
                        assert_eq!(guard.0, guard.1, "somebody else is in here");
                        guard.0 += 1;
                        if round % 64 == 0 {
                            thread::yield_now();
                        }
                        guard.1 += 1;
                        match round % 7 {
                            0 => MutexGuard::unlock_fair(guard),
                            1 => MutexGuard::bump(&mut guard),
                            _ => drop(guard),
                        }
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

pub fn try_lock_tells_the_truth<R: AnyMutex>() {
    let mutex = Mutex::<R, _>::new(1);
    {
        let guard = mutex.try_lock().expect("nobody holds it");
        assert!(mutex.is_locked());
        assert!(mutex.try_lock().is_none());
        assert!(mutex.try_lock_for(Duration::from_millis(1)).is_none());
        assert!(mutex.try_lock_until(Instant::now()).is_none());
        drop(guard);
    }
    assert!(!mutex.is_locked());
    assert!(
        mutex.try_lock_for(Duration::ZERO).is_some(),
        "free, so a zero duration is enough"
    );
    assert!(
        mutex.try_lock_for(Duration::MAX).is_some(),
        "beyond the clock, so no deadline"
    );
    assert_eq!(mutex.into_inner(), 1);
}

pub fn gives_up_not_before_its_time<R: TimedMutex>() {
    ends(|| {
        let mutex = Arc::new(Mutex::<R, _>::new(()));
        let guard = mutex.lock();
        let waiter = {
            let mutex = Arc::clone(&mutex);
            thread::spawn(move || {
                for millis in [1, 5, 20] {
                    let start = Instant::now();
                    assert!(mutex.try_lock_for(Duration::from_millis(millis)).is_none());
                    assert!(start.elapsed() >= Duration::from_millis(millis));
                }
            })
        };
        waiter.join().unwrap();
        drop(guard);
        assert!(
            mutex.try_lock().is_some(),
            "the one that gave up left something behind"
        );
    });
}

pub fn a_timed_waiter_is_woken<R: TimedMutex>() {
    ends(|| {
        let mutex = Arc::new(Mutex::<R, _>::new(()));
        let guard = mutex.lock();
        let waiter = {
            let mutex = Arc::clone(&mutex);
            thread::spawn(move || mutex.try_lock_for(PATIENCE * 10).is_some())
        };
        thread::sleep(Duration::from_millis(20));
        drop(guard);
        assert!(waiter.join().unwrap());
    });
}

pub fn fair_unlock_hands_over<R: AnyMutex>() {
    ends(|| {
        let turns = Arc::new(Mutex::<R, _>::new(Vec::new()));
        let mut guard = turns.lock();
        let (about_to_wait, waits) = mpsc::channel();
        let waiter = {
            let turns = Arc::clone(&turns);
            thread::spawn(move || {
                about_to_wait.send(()).unwrap();
                turns.lock().push("waiter");
            })
        };
        waits.recv().unwrap();
        // It has nothing left to do but to lock. If this is not enough for it to get there, the test
        // sees an unlock with no waiter, and must not fail.
        thread::sleep(Duration::from_millis(100));
        guard.push("first");
        MutexGuard::unlock_fair(guard);
        turns.lock().push("again");
        waiter.join().unwrap();
        let turns = turns.lock().clone();
        if turns != ["first", "waiter", "again"] {
            println!("the waiter came late: {turns:?}");
        }
        assert_eq!(turns.len(), 3);
    });
}

pub fn a_panic_unlocks<R: TimedMutex>() {
    let mutex = Arc::new(Mutex::<R, _>::new(0));
    let result = {
        let mutex = Arc::clone(&mutex);
        thread::spawn(move || {
            let _guard = mutex.lock();
            panic!("with the guard alive");
        })
        .join()
    };
    assert!(result.is_err());
    *mutex.lock() += 1; // and there is no poisoning
}

pub fn lock_unlock_while_a_thread_is_torn_down<R: TimedMutex>() {
    /// Locks when its thread ends, after other thread-locals may be gone.
    struct AtExit<R: TimedMutex>(Arc<Mutex<R, u32>>);
    impl<R: TimedMutex> Drop for AtExit<R> {
        fn drop(&mut self) {
            if let Some(mut count) = self.0.try_lock_for(PATIENCE) {
                *count += 1;
                thread::sleep(Duration::from_millis(1));
            }
        }
    }
    // One key for all types that this is instantiated with.
    thread_local! {
        static LAST: std::cell::RefCell<Option<Box<dyn std::any::Any>>> =
            const { std::cell::RefCell::new(None) };
    }
    ends(|| {
        let count = Arc::new(Mutex::<R, _>::new(0));
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let count = Arc::clone(&count);
                thread::spawn(move || {
                    LAST.with_borrow_mut(|last| *last = Some(Box::new(AtExit(Arc::clone(&count)))));
                    *count.lock() += 1;
                })
            })
            .collect();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        assert_eq!(*count.lock(), 16);
    });
}

/// Through the raw API; a guard cannot do that. The lock is as it was.
pub fn unlocking_what_nobody_holds_is_a_panic<R: AnyMutex>() {
    for times in 0..=256 {
        let (raw, other) = (R::INIT, R::INIT);
        for _ in 0..times {
            let guard = raw.lock();
            // SAFETY: it was just locked.
            unsafe { raw.unlock(guard) };
        }
        let guard = other.lock();
        let payload = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            // SAFETY: what is asked for is not so, which is what is tested: the lock says so and does nothing.
            unsafe { raw.unlock(guard) };
        }))
        .expect_err("unlocked what nobody holds");
        let message = payload.downcast_ref::<&str>().expect("a message");
        assert!(
            message.starts_with("selvedge: a mutex is unlocked that nobody holds"),
            "{message}"
        );
        assert!(!raw.is_locked());
        assert!(raw.try_lock().is_some());
    }
}

// --- condvars -------------------------------------------------------------------------------------

pub fn buffer<C: RawCondvarTimed + Send + Sync + 'static>()
where
    C::RawMutex: AnyMutex,
{
    const ITEMS: u32 = 20_000;
    struct Buffer<C: RawCondvarTimed>
    where
        C::RawMutex: AnyMutex,
    {
        items: Mutex<C::RawMutex, Vec<u32>>,
        filled: Condvar<C>,
        emptied: Condvar<C>,
    }
    ends(|| {
        let buffer = Arc::new(Buffer::<C> {
            items: Mutex::new(Vec::new()),
            filled: Condvar::new(),
            emptied: Condvar::new(),
        });
        let sum = Arc::new(AtomicU32::new(0));
        let producers = (0..2).map(|_| {
            let buffer = Arc::clone(&buffer);
            thread::spawn(move || {
                for item in 1..=ITEMS {
                    let mut items = buffer.items.lock();
                    buffer
                        .emptied
                        .wait_while(&mut items, |items| items.len() == 3);
                    items.push(item);
                    if item % 2 == 0 {
                        drop(items);
                    }
                    buffer.filled.notify_one();
                }
            })
        });
        let consumers = (0..2).map(|_| {
            let (buffer, sum) = (Arc::clone(&buffer), Arc::clone(&sum));
            thread::spawn(move || {
                for _ in 0..ITEMS {
                    let mut items = buffer.items.lock();
                    while items.is_empty() {
                        // Timed and untimed waits side by side.
                        buffer
                            .filled
                            .wait_for(&mut items, Duration::from_micros(100));
                    }
                    let item = items.pop().expect("not empty");
                    buffer.emptied.notify_one();
                    drop(items);
                    sum.fetch_add(item, Relaxed);
                }
            })
        });
        let threads: Vec<_> = producers.chain(consumers).collect();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        assert_eq!(sum.load(Relaxed), ITEMS * (ITEMS + 1));
    });
}

pub fn notified_once_each<C: RawCondvarTimed + Send + Sync + 'static>()
where
    C::RawMutex: AnyMutex,
{
    const WAITERS: usize = 16;
    ends(|| {
        let waiting = Arc::new((Mutex::<C::RawMutex, _>::new(0), Condvar::<C>::new()));
        let back = Arc::new(AtomicUsize::new(0));
        let waiters: Vec<_> = (0..WAITERS)
            .map(|_| {
                let (waiting, back) = (Arc::clone(&waiting), Arc::clone(&back));
                thread::spawn(move || {
                    let (count, condvar) = &*waiting;
                    let mut count = count.lock();
                    *count += 1;
                    // No condition: only a notification brings it back.
                    condvar.wait(&mut count);
                    back.fetch_add(1, Relaxed);
                })
            })
            .collect();
        let (count, condvar) = &*waiting;
        until(|| *count.lock() == WAITERS);
        thread::sleep(Duration::from_millis(20));
        assert_eq!(back.load(Relaxed), 0, "came back without a notification");
        for told in 1..=4 {
            assert!(condvar.notify_one());
            until(|| back.load(Relaxed) == told);
        }
        thread::sleep(Duration::from_millis(20));
        assert_eq!(back.load(Relaxed), 4, "came back without a notification");
        // Under the mutex the rest is moved, not woken; each still comes back once.
        let guard = count.lock();
        assert_eq!(condvar.notify_all(), WAITERS - 4);
        assert_eq!(condvar.notify_all(), 0);
        assert!(!condvar.notify_one());
        drop(guard);
        waiters
            .into_iter()
            .for_each(|waiter| waiter.join().unwrap());
        assert_eq!(back.load(Relaxed), WAITERS);
    });
}

pub fn wait_gives_up_not_before_its_time<C: RawCondvarTimed + Send + Sync + 'static>()
where
    C::RawMutex: AnyMutex,
{
    ends(|| {
        let (mutex, condvar) = (Mutex::<C::RawMutex, _>::new(()), Condvar::<C>::new());
        let mut guard = mutex.lock();
        for millis in [0, 1, 10] {
            let start = Instant::now();
            assert!(
                condvar
                    .wait_for(&mut guard, Duration::from_millis(millis))
                    .timed_out()
            );
            assert!(start.elapsed() >= Duration::from_millis(millis));
            assert!(mutex.is_locked());
        }
        assert!(condvar.wait_until(&mut guard, Instant::now()).timed_out());
        let result = condvar.wait_while_for(&mut guard, |()| true, Duration::from_millis(2));
        assert!(result.timed_out());
        assert!(!condvar.notify_one(), "somebody is left in the queue");
    });
}

pub fn second_mutex_is_a_panic<C: RawCondvarTimed + Send + Sync + 'static>()
where
    C::RawMutex: AnyMutex,
{
    ends(|| {
        let shared = Arc::new((Mutex::<C::RawMutex, _>::new(false), Condvar::<C>::new()));
        let waits = Arc::new(AtomicBool::new(false));
        let waiter = {
            let (shared, waits) = (Arc::clone(&shared), Arc::clone(&waits));
            thread::spawn(move || {
                let mut open = shared.0.lock();
                waits.store(true, Relaxed);
                shared.1.wait_while(&mut open, |open| !*open);
            })
        };
        until(|| waits.load(Relaxed));
        drop(shared.0.lock()); // it lets go of the mutex only by waiting
        let second = Mutex::<C::RawMutex, _>::new(());
        let mut guard = second.lock();
        let payload = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            shared.1.wait(&mut guard);
        }))
        .expect_err("waited with a second mutex");
        let message = payload.downcast_ref::<&str>().expect("a message");
        assert!(
            message.starts_with("selvedge: a Condvar is used with two mutexes"),
            "{message}"
        );
        assert!(
            second.is_locked(),
            "the guard is alive, so the mutex is locked"
        );
        drop(guard);
        assert!(!second.is_locked());
        *shared.0.lock() = true;
        assert_eq!(
            shared.1.notify_all(),
            1,
            "the first wait goes on as if nothing had happened"
        );
        waiter.join().unwrap();
        // And with nobody waiting, another mutex is welcome.
        let mut guard = second.lock();
        assert!(
            shared
                .1
                .wait_for(&mut guard, Duration::from_millis(1))
                .timed_out()
        );
    });
}
