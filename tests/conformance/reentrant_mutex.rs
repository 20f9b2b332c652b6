//! What every mutex that its holder may lock again must do on real threads.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use lock_api::{GetThreadId, RawMutexFair, ReentrantMutex, ReentrantMutexGuard};
use selvedge::lock_api;

use super::{AnyMutex, PATIENCE, ends, until};

/// What tells threads apart, of either backend.
pub trait Identity: GetThreadId + Send + Sync + 'static {}
impl<G: GetThreadId + Send + Sync + 'static> Identity for G {}

pub fn one_at_a_time<R: AnyMutex, G: Identity>() {
    const THREADS: usize = 8;
    const ROUNDS: usize = 5_000;
    type Both = (Cell<usize>, Cell<usize>);
    fn descend<R: AnyMutex, G: Identity>(numbers: &ReentrantMutex<R, G, Both>, depth: usize) {
        let mut guard = match depth % 3 {
            0 => numbers.try_lock().unwrap_or_else(|| numbers.lock()),
            1 => numbers
                .try_lock_for(Duration::from_micros(20))
                .unwrap_or_else(|| numbers.lock()),
            _ => numbers.lock(),
        };
        assert!(numbers.is_owned_by_current_thread());
        assert_eq!(guard.0, guard.1, "somebody else is in here");
        guard.0.set(guard.0.get() + 1);
        guard.1.set(guard.1.get() + 1);
        if depth > 0 {
            descend(numbers, depth - 1);
        }
        guard.0.set(guard.0.get() + 1);
        if depth == 2 {
            thread::yield_now();
        }
        guard.1.set(guard.1.get() + 1);
        match depth {
            0 => ReentrantMutexGuard::unlock_fair(guard),
            1 => ReentrantMutexGuard::bump(&mut guard),
            _ => drop(guard),
        }
    }
    ends(|| {
        let numbers = Arc::new(ReentrantMutex::<R, G, Both>::new(Both::default()));
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                let numbers = Arc::clone(&numbers);
                thread::spawn(move || {
                    for round in 0..ROUNDS {
                        descend(&numbers, round % 4);
                    }
                })
            })
            .collect();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        let times: usize = (0..ROUNDS).map(|round| 2 * (round % 4 + 1)).sum();
        assert_eq!(numbers.lock().0.get(), THREADS * times);
        assert!(!numbers.is_locked());
    });
}

pub fn only_the_last_guard_unlocks<R: AnyMutex, G: Identity>() {
    ends(|| {
        let mutex = ReentrantMutex::<R, G, _>::new(());
        // In a thread of its own: whether it got the lock.
        let other = || {
            thread::scope(|scope| {
                let other = scope.spawn(|| {
                    assert!(!mutex.is_owned_by_current_thread());
                    let start = Instant::now();
                    let timed = mutex.try_lock_for(Duration::from_millis(5)).is_some();
                    assert!(timed || start.elapsed() >= Duration::from_millis(5));
                    assert_eq!(timed, mutex.try_lock().is_some());
                    timed
                });
                other.join().unwrap()
            })
        };
        let first = mutex.lock();
        let second = mutex.try_lock().expect("this thread has it");
        let third = mutex.try_lock_for(Duration::ZERO);
        let third = third.expect("this thread has it");
        let fourth = mutex.try_lock_until(Instant::now());
        let mut fourth = fourth.expect("this thread has it");
        drop(first); // in any order
        drop(third);
        ReentrantMutexGuard::bump(&mut fourth);
        assert!(!other());
        ReentrantMutexGuard::unlock_fair(second);
        assert!(!other());
        assert!(mutex.is_owned_by_current_thread() && mutex.is_locked());
        ReentrantMutexGuard::unlocked(&mut fourth, || assert!(other()));
        assert!(!other());
        drop(fourth);
        assert!(other() && !mutex.is_owned_by_current_thread());
    });
}

pub fn a_panic_unlocks<R: AnyMutex, G: Identity>() {
    ends(|| {
        let mutex = Arc::new(ReentrantMutex::<R, G, _>::new(Cell::new(0)));
        let thread = {
            let mutex = Arc::clone(&mutex);
            thread::spawn(move || {
                let (outer, _inner) = (mutex.lock(), mutex.lock());
                outer.set(1);
                panic!("on purpose");
            })
        };
        assert!(thread.join().is_err());
        assert_eq!(mutex.lock().get(), 1);
    });
}

pub fn a_waiter_gets_it<R: AnyMutex + RawMutexFair, G: Identity>() {
    ends(|| {
        let mutex = Arc::new(ReentrantMutex::<R, G, _>::new(Cell::new(0)));
        let started = Arc::new(AtomicU32::new(0));
        let mut outer = mutex.lock();
        let waiter = {
            let (mutex, started) = (Arc::clone(&mutex), Arc::clone(&started));
            thread::spawn(move || {
                started.store(1, Relaxed);
                let guard = mutex.try_lock_for(PATIENCE).expect("it is handed over");
                guard.set(guard.get() + 1);
            })
        };
        until(|| started.load(Relaxed) == 1);
        while outer.get() == 0 {
            ReentrantMutexGuard::bump(&mut outer);
        }
        waiter.join().unwrap();
        let part = ReentrantMutexGuard::map(outer, |cell| cell);
        assert!(mutex.is_owned_by_current_thread());
        drop(part);
        assert!(!mutex.is_locked());
    });
}

/// Locks, twice at once, while its thread is torn down and other thread-locals may be gone; it has its number still.
pub fn works_while_a_thread_is_torn_down<R: AnyMutex, G: Identity>() {
    type Count<R, G> = Arc<ReentrantMutex<R, G, Cell<u32>>>;
    struct AtExit<R: AnyMutex, G: Identity>(Count<R, G>, usize);
    impl<R: AnyMutex, G: Identity> Drop for AtExit<R, G> {
        fn drop(&mut self) {
            // A panic here would end the process, so what is right is counted.
            let held = (self.0.try_lock_for(PATIENCE), self.0.try_lock());
            let same = G::INIT.nonzero_thread_id().get() == self.1;
            if let (Some(outer), Some(_inner)) = &held
                && same
            {
                outer.set(outer.get() + 1);
            }
        }
    }
    // One key for all types that this is instantiated with.
    thread_local! {
        static LAST: std::cell::RefCell<Option<Box<dyn std::any::Any>>> =
            const { std::cell::RefCell::new(None) };
    }
    ends(|| {
        let count = Count::<R, G>::new(ReentrantMutex::new(Cell::new(0)));
        let threads: Vec<_> = (0..8)
            .map(|thread| {
                let count = Arc::clone(&count);
                thread::spawn(move || {
                    // Some register their destructor before they ask for their number, and some after.
                    let number = || G::INIT.nonzero_thread_id().get();
                    if thread % 2 == 0 {
                        number();
                    }
                    LAST.with_borrow_mut(|last| *last = Some(Box::new(())));
                    let at_exit = AtExit(Arc::clone(&count), number());
                    LAST.with_borrow_mut(|last| *last = Some(Box::new(at_exit)));
                })
            })
            .collect();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        assert_eq!(count.lock().get(), 8);
    });
}

/// A lock whose guard was forgotten by a thread that has ended is nobody's, whoever comes later.
pub fn a_thread_that_has_ended_is_not_taken_for_another<R: AnyMutex, G: Identity>() {
    ends(|| {
        let mutex = Arc::new(ReentrantMutex::<R, G, _>::new(()));
        let mut numbers = std::collections::HashSet::new();
        let number = || G::INIT.nonzero_thread_id().get();
        assert_eq!(number(), number());
        numbers.insert(number());
        let forgetful = Arc::clone(&mutex);
        thread::spawn(move || std::mem::forget(forgetful.lock()))
            .join()
            .unwrap();
        for _ in 0..200 {
            let mutex = Arc::clone(&mutex);
            // One after the other: the system may give each the memory of the last one.
            let later = thread::spawn(move || {
                assert!(mutex.try_lock().is_none() && !mutex.is_owned_by_current_thread());
                G::INIT.nonzero_thread_id().get()
            });
            assert!(numbers.insert(later.join().unwrap()), "given twice");
        }
        // And some at once.
        let barrier = Arc::new(Barrier::new(8));
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let barrier = Arc::clone(&barrier);
                thread::spawn(move || {
                    barrier.wait();
                    G::INIT.nonzero_thread_id().get()
                })
            })
            .collect();
        for thread in threads {
            assert!(numbers.insert(thread.join().unwrap()), "given twice");
        }
    });
}
