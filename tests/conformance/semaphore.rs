//! What every `Semaphore` must do on real threads.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::mem::{self, MaybeUninit};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use lock_api::{Condvar, Mutex, RawCondvarTimed};
use selvedge::lock_api;

use super::{AnyMutex, ends};

/// Why there was no permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    NoPermits,
    TimedOut,
    Closed,
}

/// A `Semaphore` of either backend.
pub trait AnySemaphore: Send + Sync + core::fmt::Debug + 'static {
    type Permit<'a>: Send + core::fmt::Debug;
    type Closed: core::fmt::Debug;
    type Acquire<'a>: Future<Output = Result<Self::Permit<'a>, Self::Closed>> + Send;
    fn make(permits: usize, greedy: bool) -> Self;
    fn acquire_many(&self, n: usize) -> Result<Self::Permit<'_>, Refused>;
    fn try_acquire_many(&self, n: usize) -> Result<Self::Permit<'_>, Refused>;
    fn acquire_many_for(&self, n: usize, timeout: Duration) -> Result<Self::Permit<'_>, Refused>;
    fn acquire_many_until(&self, n: usize, deadline: Instant) -> Result<Self::Permit<'_>, Refused>;
    fn acquire_many_async(&self, n: usize) -> Self::Acquire<'_>;
    fn add_permits(&self, n: usize);
    fn close(&self);
    fn available(&self) -> usize;
}

fn assert_idle<S: AnySemaphore>(semaphore: &S, permits: usize) {
    let shown = format!("{semaphore:?}");
    assert!(shown.contains("waiting: false"), "{shown}");
    assert_eq!(semaphore.available(), permits, "permits are lost, or made");
}

/// Until somebody waits, which only `Debug` tells.
fn until_somebody_waits<S: AnySemaphore>(semaphore: &S) {
    super::until(|| format!("{semaphore:?}").contains("waiting: true"));
}

/// Runs a future on this thread, which is parked while it waits.
pub fn block_on<F: Future>(future: F) -> F::Output {
    struct Unparks(thread::Thread);
    impl Wake for Unparks {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unparks(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

/// Threads and tasks that want different numbers, in all the ways there are; never more than there are permits.
pub fn never_more_than_there_are<S: AnySemaphore>() {
    const THREADS: usize = 8;
    const ROUNDS: usize = 2_000;
    const PERMITS: usize = 4;
    for greedy in [false, true] {
        ends(move || {
            let shared = Arc::new((S::make(PERMITS, greedy), AtomicUsize::new(0)));
            let threads: Vec<_> = (0..THREADS)
                .map(|thread| {
                    let shared = Arc::clone(&shared);
                    thread::spawn(move || {
                        let (semaphore, taken) = &*shared;
                        for round in 0..ROUNDS {
                            let n = 1 + (thread + round) % PERMITS;
                            let soon = Duration::from_micros(20);
                            let early = match (thread + round / 3) % 5 {
                                0 => semaphore.try_acquire_many(n),
                                1 => semaphore.acquire_many_for(n, soon),
                                2 => Ok(block_on(semaphore.acquire_many_async(n)).unwrap()),
                                3 => {
                                    // It is polled once, and dropped; it may have been given some by then.
                                    let mut future = Box::pin(semaphore.acquire_many_async(n));
                                    let mut context = Context::from_waker(Waker::noop());
                                    match future.as_mut().poll(&mut context) {
                                        Poll::Ready(permit) => Ok(permit.unwrap()),
                                        Poll::Pending => Err(Refused::NoPermits),
                                    }
                                }
                                _ => semaphore.acquire_many(n),
                            };
                            let permit = early.unwrap_or_else(|refused| {
                                assert_ne!(refused, Refused::Closed);
                                semaphore.acquire_many(n).unwrap()
                            });
                            let before = taken.fetch_add(n, Relaxed);
                            assert!(before + n <= PERMITS, "more than there are");
                            if round % 16 == 0 {
                                thread::yield_now();
                            }
                            taken.fetch_sub(n, Relaxed);
                            drop(permit);
                        }
                    })
                })
                .collect();
            threads
                .into_iter()
                .for_each(|thread| thread.join().unwrap());
            assert_idle(&shared.0, PERMITS);
        });
    }
}

pub fn gives_up_not_before_its_time<S: AnySemaphore>() {
    for greedy in [false, true] {
        ends(move || {
            let semaphore = S::make(1, greedy);
            for millis in [0, 1, 5, 20] {
                let timeout = Duration::from_millis(millis);
                let start = Instant::now();
                let refused = semaphore.acquire_many_for(2, timeout).err();
                assert_eq!(refused, Some(Refused::TimedOut));
                assert!(start.elapsed() >= timeout);
                let deadline = Instant::now() + timeout;
                let refused = semaphore.acquire_many_until(2, deadline).err();
                assert_eq!(refused, Some(Refused::TimedOut));
                assert!(Instant::now() >= deadline);
            }
            drop(semaphore.acquire_many_for(1, Duration::ZERO).unwrap());
            drop(semaphore.acquire_many_for(1, Duration::MAX).unwrap());
            assert_idle(&semaphore, 1);
        });
    }
}

/// Whoever waits first is served first, thread or task, whatever it wants.
pub fn threads_and_tasks_in_one_queue<S: AnySemaphore>() {
    ends(|| {
        let semaphore = Arc::new(S::make(0, false));
        let (served, order) = mpsc::channel();
        let thread = {
            let (semaphore, served) = (Arc::clone(&semaphore), served.clone());
            thread::spawn(move || {
                let permit = semaphore.acquire_many(3).unwrap();
                served.send("the thread").unwrap();
                drop(permit);
            })
        };
        until_somebody_waits(&*semaphore);
        let mut task = Box::pin(semaphore.acquire_many_async(1));
        let mut context = Context::from_waker(Waker::noop());
        assert!(task.as_mut().poll(&mut context).is_pending());
        semaphore.add_permits(2);
        assert!(task.as_mut().poll(&mut context).is_pending());
        assert_eq!(
            semaphore.try_acquire_many(1).err(),
            Some(Refused::NoPermits)
        );
        semaphore.add_permits(1);
        let permit = block_on(task).unwrap();
        served.send("the task").unwrap();
        drop(permit);
        thread.join().unwrap();
        assert_eq!(
            [order.recv(), order.recv()],
            [Ok("the thread"), Ok("the task")]
        );
        assert_idle(&*semaphore, 3);
    });
}

/// A large request gives up, and those behind it go on; also if there are more tasks than are woken in one go.
pub fn many_behind_a_large_one<S: AnySemaphore>() {
    const TASKS: usize = 100;
    for greedy in [false, true] {
        ends(move || {
            let semaphore = S::make(0, greedy);
            let mut context = Context::from_waker(Waker::noop());
            let mut large = Box::pin(semaphore.acquire_many_async(TASKS + 1));
            assert!(large.as_mut().poll(&mut context).is_pending());
            let mut small: Vec<_> = (0..TASKS)
                .map(|_| Box::pin(semaphore.acquire_many_async(1)))
                .collect();
            for task in &mut small {
                assert!(task.as_mut().poll(&mut context).is_pending());
            }
            semaphore.add_permits(TASKS);
            for task in &mut small {
                assert!(task.as_mut().poll(&mut context).is_pending(), "it passes");
            }
            drop(large);
            let permits: Vec<_> = small
                .iter_mut()
                .map(|task| match task.as_mut().poll(&mut context) {
                    Poll::Ready(permit) => permit.unwrap(),
                    Poll::Pending => panic!("it has to wait for nobody"),
                })
                .collect();
            assert_idle(&semaphore, 0);
            drop(permits);
            drop(small);
            assert_idle(&semaphore, TASKS);
        });
    }
}

/// All who wait are sent away.
pub fn closing_sends_everybody_away<S: AnySemaphore>() {
    for greedy in [false, true] {
        ends(move || {
            let semaphore = Arc::new(S::make(1, greedy));
            let permit = semaphore.acquire_many(1).unwrap();
            let threads: Vec<_> = (0..6)
                .map(|thread| {
                    let semaphore = Arc::clone(&semaphore);
                    thread::spawn(move || match thread % 3 {
                        0 => assert_eq!(semaphore.acquire_many(1).err(), Some(Refused::Closed)),
                        1 => assert_eq!(
                            semaphore.acquire_many_for(1, super::PATIENCE).err(),
                            Some(Refused::Closed)
                        ),
                        _ => assert!(block_on(semaphore.acquire_many_async(1)).is_err()),
                    })
                })
                .collect();
            until_somebody_waits(&*semaphore);
            semaphore.close();
            threads
                .into_iter()
                .for_each(|thread| thread.join().unwrap());
            drop(permit);
            assert_eq!(semaphore.try_acquire_many(0).err(), Some(Refused::Closed));
            assert_idle(&*semaphore, 1);
        });
    }
}

/// A waker that panics does not keep the others from being called, also if there are more than are called in one go.
pub fn the_first_waker_panics<S: AnySemaphore>() {
    const TASKS: usize = 40;
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("the first waker");
        }
    }
    #[derive(Default)]
    struct Counts(AtomicUsize);
    impl Wake for Counts {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Relaxed);
        }
    }
    for greedy in [false, true] {
        let semaphore = S::make(0, greedy);
        let calls = Arc::<Counts>::default();
        let (panics, counts) = (
            Waker::from(Arc::new(Panics)),
            Waker::from(Arc::clone(&calls)),
        );
        let mut tasks: Vec<_> = (0..TASKS)
            .map(|_| Box::pin(semaphore.acquire_many_async(1)))
            .collect();
        for (place, task) in tasks.iter_mut().enumerate() {
            let mut context = Context::from_waker(if place == 0 { &panics } else { &counts });
            assert!(task.as_mut().poll(&mut context).is_pending());
        }
        let adds = catch_unwind(AssertUnwindSafe(|| semaphore.add_permits(TASKS)));
        let payload = adds.expect_err("a panic is not swallowed");
        assert_eq!(payload.downcast_ref::<&str>(), Some(&"the first waker"));
        assert_eq!(calls.0.load(Relaxed), TASKS - 1, "somebody was not woken");
        for task in &mut tasks {
            let mut context = Context::from_waker(Waker::noop());
            assert!(task.as_mut().poll(&mut context).is_ready());
        }
        drop(tasks);
        assert_idle(&semaphore, TASKS);
    }
}

/// What was assigned to a task is there when it is polled, with the waker that it waits with, although that one was not
/// called yet: those before it are, and one of them polls it.
pub fn the_first_waker_polls_the_last<S: AnySemaphore + 'static>() {
    const TASKS: usize = 40;
    type Task = Pin<Box<dyn Future<Output = bool>>>;
    std::thread_local! {
        static LAST: RefCell<Option<(Task, Waker)>> = const { RefCell::new(None) };
        static IS_READY: Cell<Option<bool>> = const { Cell::new(None) };
    }
    struct Polls;
    impl Wake for Polls {
        fn wake(self: Arc<Self>) {
            LAST.with_borrow_mut(|last| {
                let (task, waker) = last.as_mut().expect("it was made before");
                let poll = task.as_mut().poll(&mut Context::from_waker(waker));
                IS_READY.set(Some(poll.is_ready()));
            });
        }
    }
    struct Nothing;
    impl Wake for Nothing {
        fn wake(self: Arc<Self>) {}
    }
    let semaphore: &'static S = Box::leak(Box::new(S::make(0, false)));
    let task = || -> Task { Box::pin(async { semaphore.acquire_many_async(1).await.is_ok() }) };
    let (polls, nothing) = (Waker::from(Arc::new(Polls)), Waker::from(Arc::new(Nothing)));
    let mut tasks: Vec<Task> = (0..TASKS).map(|_| task()).collect();
    for (place, task) in tasks.iter_mut().enumerate() {
        let mut context = Context::from_waker(if place == 0 { &polls } else { &nothing });
        assert!(task.as_mut().poll(&mut context).is_pending());
    }
    let last = tasks.pop().expect("there are some");
    LAST.set(Some((last, nothing)));
    semaphore.add_permits(TASKS);
    assert_eq!(IS_READY.get(), Some(true));
    LAST.set(None);
    drop(tasks);
    assert_idle(semaphore, TASKS);
}

/// A future that waits, and is forgotten.
fn forget<S: AnySemaphore>(semaphore: &S, n: usize) {
    let mut future = Box::pin(semaphore.acquire_many_async(n));
    let mut context = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_pending());
    mem::forget(future);
}

/// A semaphore that is made where another one was, whose futures were forgotten, owes them nothing.
pub fn forgotten_futures_are_owed_nothing<S: AnySemaphore>() {
    for greedy in [false, true] {
        ends(move || {
            let mut place = Arc::new(S::make(0, greedy));
            for round in 0..50 {
                let semaphore = Arc::get_mut(&mut place).unwrap();
                *semaphore = S::make(0, greedy);
                forget(semaphore, 1);
                forget(semaphore, 2);
                *semaphore = S::make(1, greedy);
                let permit = place.try_acquire_many(1).unwrap();
                let threads: Vec<_> = (0..3)
                    .map(|thread| {
                        let semaphore = Arc::clone(&place);
                        thread::spawn(move || {
                            if (thread + round) % 2 == 0 {
                                drop(semaphore.acquire_many_for(1, super::PATIENCE).unwrap());
                            } else {
                                drop(block_on(semaphore.acquire_many_async(1)).unwrap());
                            }
                        })
                    })
                    .collect();
                until_somebody_waits(&*place);
                drop(permit);
                threads
                    .into_iter()
                    .for_each(|thread| thread.join().unwrap());
                assert_idle(&*place, 1);
                forget(&*place, 2);
            }
            // It is moved to where nobody waits for it.
            let moved = Arc::into_inner(place).unwrap();
            drop(moved.acquire_many_for(1, super::PATIENCE).unwrap());
            assert_idle(&moved, 1);
        });
    }
}

/// A mutex and a condvar that are made where semaphores were, whose futures were forgotten. A condvar is one byte, and may be at
/// any.
pub fn forgotten_where_locks_are<S, R, C>()
where
    S: AnySemaphore,
    R: AnyMutex,
    C: RawCondvarTimed<RawMutex = R> + Send + Sync + 'static,
{
    for offset in 0..size_of::<S>() {
        ends(move || {
            // It stays, as the futures do.
            let memory: &'static mut [MaybeUninit<u64>; 8] =
                Box::leak(Box::new([const { MaybeUninit::uninit() }; 8]));
            let base: *mut u8 = memory.as_mut_ptr().cast();
            // SAFETY: inside of the memory.
            let there = unsafe { base.add(32) };
            for place in [base, there] {
                let semaphore: *mut S = place.cast();
                // SAFETY: there is room for it, and it is aligned.
                unsafe { semaphore.write(S::make(0, false)) };
                // SAFETY: just written.
                let known: &S = unsafe { &*semaphore };
                forget(known, 1);
                forget(known, 2);
                // SAFETY: once, and nobody has it any more.
                unsafe { semaphore.drop_in_place() };
            }
            let mutex: *mut Mutex<R, ()> = base.cast();
            // SAFETY: there is room for it, and it is aligned.
            unsafe { mutex.write(Mutex::new(())) };
            // SAFETY: inside of the memory.
            let opened: *mut Condvar<C> = unsafe { there.add(offset) }.cast();
            assert_eq!(align_of::<Condvar<C>>(), 1);
            // SAFETY: there is room for it, and it is aligned.
            unsafe { opened.write(Condvar::new()) };
            // SAFETY: just written, and the memory stays.
            let mutex = unsafe { &*mutex };
            // SAFETY: as above.
            let opened = unsafe { &*opened };
            let state = Arc::new([const { AtomicUsize::new(0) }; 2]);
            let threads: Vec<_> = (0..4)
                .map(|_| {
                    let state = Arc::clone(&state);
                    thread::spawn(move || {
                        for _ in 0..200 {
                            drop(mutex.lock());
                        }
                        let mut guard = mutex.lock();
                        state[0].fetch_add(1, Relaxed);
                        while state[1].load(Relaxed) == 0 {
                            opened.wait(&mut guard);
                        }
                    })
                })
                .collect();
            super::until(|| state[0].load(Relaxed) == 4);
            let guard = mutex.lock();
            state[1].store(1, Relaxed);
            assert_eq!(opened.notify_all(), 4, "nobody else waits for it");
            drop(guard);
            threads
                .into_iter()
                .for_each(|thread| thread.join().unwrap());
            assert!(!mutex.is_locked());
        });
    }
}
