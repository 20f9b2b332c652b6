//! Programs over a semaphore. Each states what it shows; a wrong one fails an assertion in it, races, or leaves
//! somebody asleep.

use std::fmt::Debug;
use std::future::Future;
use std::mem::{self, MaybeUninit};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Wake, Waker};

use super::lifetime::Mortal;
use super::mutex::Outcomes;
use super::{Condvar, Counter, Kit, Mutex, go, soon};
use crate::selvedge;
use selvedge::sys::{
    Futex, Instant,
    Ordering::{Acquire, Relaxed, Release},
    Wait,
};

/// Why there was no permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Not now.
    NoPermits,
    /// Not in time.
    TimedOut,
    /// Never again.
    Closed,
}

/// Permits of the semaphore under test.
pub trait AnyPermit: Sized + Send {
    /// How many.
    fn count(&self) -> usize;
    /// Some of them.
    fn split(&mut self, n: usize) -> Option<Self>;
    /// Together.
    fn merge(&mut self, other: Self);
    /// Never put back.
    fn forget(self);
}

/// The semaphore under test.
pub trait AnySemaphore: Debug + Send + Sync + 'static {
    /// What is put back when it is dropped.
    type Permit<'a>: AnyPermit;
    /// What a future says when there will be no permit.
    type Closed: Debug;
    /// The future.
    type Acquire<'a>: Future<Output = Result<Self::Permit<'a>, Self::Closed>> + Send;
    /// As many as fit.
    const MAX: usize;
    /// First come, first served, or greedy.
    fn make(permits: usize, greedy: bool) -> Self;
    /// Waits.
    fn acquire(&self, n: usize) -> Result<Self::Permit<'_>, Refused>;
    /// Does not.
    fn try_acquire(&self, n: usize) -> Result<Self::Permit<'_>, Refused>;
    /// Gives up at any moment.
    fn acquire_until(&self, n: usize, deadline: Instant) -> Result<Self::Permit<'_>, Refused>;
    /// Lets a task wait.
    fn acquire_async(&self, n: usize) -> Self::Acquire<'_>;
    /// More.
    fn add(&self, n: usize);
    /// Fewer.
    fn forget(&self, n: usize) -> usize;
    /// No more.
    fn close(&self);
    /// Whether it is.
    fn is_closed(&self) -> bool;
    /// How many.
    fn available(&self) -> usize;
}

/// Makes the semaphore of a module the one under test: the module that `src/semaphore.rs` is.
#[macro_export]
macro_rules! semaphore_under_test {
    ($semaphore:ident) => {
        impl $crate::models::semaphore::AnyPermit for $semaphore::Permit<'_> {
            fn count(&self) -> usize {
                self.count()
            }
            fn split(&mut self, n: usize) -> Option<Self> {
                self.split(n)
            }
            fn merge(&mut self, other: Self) {
                self.merge(other);
            }
            fn forget(self) {
                self.forget();
            }
        }
        impl $crate::models::semaphore::AnySemaphore for $semaphore::Semaphore {
            type Permit<'a> = $semaphore::Permit<'a>;
            type Closed = $semaphore::Closed;
            type Acquire<'a> = $semaphore::Acquire<'a>;
            const MAX: usize = Self::MAX_PERMITS;
            fn make(permits: usize, greedy: bool) -> Self {
                if greedy {
                    Self::greedy(permits)
                } else {
                    Self::new(permits)
                }
            }
            fn acquire(
                &self,
                n: usize,
            ) -> Result<Self::Permit<'_>, $crate::models::semaphore::Refused> {
                self.acquire_many(n)
                    .map_err(|_| $crate::models::semaphore::Refused::Closed)
            }
            fn try_acquire(
                &self,
                n: usize,
            ) -> Result<Self::Permit<'_>, $crate::models::semaphore::Refused> {
                use $crate::models::semaphore::Refused;
                use $semaphore::TryAcquireError::{Closed, NoPermits};
                self.try_acquire_many(n).map_err(|error| match error {
                    NoPermits => Refused::NoPermits,
                    Closed => Refused::Closed,
                })
            }
            fn acquire_until(
                &self,
                n: usize,
                deadline: std::time::Instant,
            ) -> Result<Self::Permit<'_>, $crate::models::semaphore::Refused> {
                use $crate::models::semaphore::Refused;
                use $semaphore::AcquireTimeoutError::{Closed, TimedOut};
                self.acquire_many_until(n, deadline)
                    .map_err(|error| match error {
                        TimedOut => Refused::TimedOut,
                        Closed => Refused::Closed,
                    })
            }
            fn acquire_async(&self, n: usize) -> Self::Acquire<'_> {
                self.acquire_many_async(n)
            }
            fn add(&self, n: usize) {
                self.add_permits(n);
            }
            fn forget(&self, n: usize) -> usize {
                self.forget_permits(n)
            }
            fn close(&self) {
                self.close();
            }
            fn is_closed(&self) -> bool {
                self.is_closed()
            }
            fn available(&self) -> usize {
                self.available()
            }
        }
    };
}

/// What is shipped.
pub type Shipped = selvedge::Semaphore;

use selvedge::semaphore;
semaphore_under_test!(semaphore);

/// Nobody waits, and there are so many permits.
pub fn assert_idle<S: AnySemaphore>(semaphore: &S, permits: usize) {
    let shown = format!("{semaphore:?}");
    assert!(shown.contains("waiting: false"), "{shown}");
    assert_eq!(semaphore.available(), permits, "permits are lost, or made");
}

/// A deadline; in a model, any.
fn deadline() -> Instant {
    Instant::now() + soon()
}

// --- tasks that are polled by hand ---------------------------------------------------------------

/// What happens to a waker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happens {
    /// It is cloned.
    Clone,
    /// It is called.
    Wake,
    /// It is dropped.
    Drop,
}

type Hook = Box<dyn Fn(Happens) + Send + Sync>;

/// A waker that does `what` whenever something happens to it.
pub fn waker(what: impl Fn(Happens) + Send + Sync + 'static) -> Waker {
    fn raw(hook: Arc<Hook>) -> RawWaker {
        RawWaker::new(Arc::into_raw(hook).cast(), &VTABLE)
    }
    /// The hook, which stays where it is.
    fn hook(data: *const ()) -> Arc<Hook> {
        let data: *const Hook = data.cast();
        // SAFETY: it is the waker's own, from `Arc::into_raw`, and gets a count of its own here.
        unsafe { Arc::increment_strong_count(data) };
        // SAFETY: as above.
        unsafe { Arc::from_raw(data) }
    }
    /// Gives back the waker's own count.
    fn end(data: *const ()) {
        // SAFETY: the waker's own, and it is not used any more.
        drop(unsafe { Arc::<Hook>::from_raw(data.cast()) });
    }
    static VTABLE: RawWakerVTable = RawWakerVTable::new(
        |data| {
            let hook = hook(data);
            hook(Happens::Clone);
            raw(hook)
        },
        |data| {
            let hook = hook(data);
            end(data);
            hook(Happens::Wake);
        },
        |data| hook(data)(Happens::Wake),
        |data| {
            let hook = hook(data);
            end(data);
            hook(Happens::Drop);
        },
    );
    let hook: Hook = Box::new(what);
    // SAFETY: the functions of the table keep to what `RawWaker` asks for: each waker has a count of its own.
    unsafe { Waker::from_raw(raw(Arc::new(hook))) }
}

/// A waker that counts how often it was called.
pub fn counting() -> (Waker, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    let waker = waker(move |happens| {
        if happens == Happens::Wake {
            counter.fetch_add(1, Relaxed);
        }
    });
    (waker, calls)
}

/// Runs a future on this thread, which sleeps on a word of the model: unlike the executors of the checkers it is at home in
/// an execution that fails.
pub fn block_on<F: Future>(future: F) -> F::Output {
    struct Bell(Futex);
    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            let address = self.0.address();
            self.0.swap(1, Release);
            Futex::wake(address, 1);
        }
    }
    let bell = Arc::new(Bell(Futex::new(0)));
    let waker = Waker::from(Arc::clone(&bell));
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => {
                while bell.0.swap(0, Acquire) == 0 {
                    let _: Wait = bell.0.wait(0, None);
                }
            }
        }
    }
}

/// A future, polled by hand.
type Task<'a, S> = Pin<Box<<S as AnySemaphore>::Acquire<'a>>>;

fn task<S: AnySemaphore>(semaphore: &S, n: usize) -> Task<'_, S> {
    Box::pin(semaphore.acquire_async(n))
}

fn poll<'a, S: AnySemaphore>(
    task: &mut Task<'a, S>,
    waker: &Waker,
) -> Poll<Result<S::Permit<'a>, S::Closed>> {
    task.as_mut().poll(&mut Context::from_waker(waker))
}

/// A task that waits.
fn waiting<'a, S: AnySemaphore>(semaphore: &'a S, n: usize, waker: &Waker) -> Task<'a, S> {
    let mut task = task(semaphore, n);
    assert!(poll::<S>(&mut task, waker).is_pending(), "there are none");
    task
}

/// What a task gets that has nothing to wait for.
fn ready<'a, S: AnySemaphore>(task: &mut Task<'a, S>) -> S::Permit<'a> {
    match poll::<S>(task, Waker::noop()) {
        Poll::Ready(Ok(permit)) => permit,
        Poll::Ready(Err(closed)) => panic!("{closed:?}"),
        Poll::Pending => panic!("it has been woken, or should have been, and has to wait"),
    }
}

// --- mutual exclusion, and visibility ---------------------------------------------------------------

/// How a thread takes its permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// It sleeps.
    Blocks,
    /// It gives up at any moment, and then comes again.
    Times,
    /// A task of an executor waits.
    Awaits,
    /// As it comes: the first thread blocks, the next one times, the next one awaits.
    Mixed,
}

fn obtain<S: AnySemaphore>(
    semaphore: &S,
    n: usize,
    way: Way,
    thread: usize,
) -> Result<S::Permit<'_>, Refused> {
    match (way, thread % 3) {
        (Way::Blocks, _) | (Way::Mixed, 0) => semaphore.acquire(n),
        (Way::Times, _) | (Way::Mixed, 1) => match semaphore.acquire_until(n, deadline()) {
            Err(Refused::TimedOut) => semaphore.acquire(n),
            other => other,
        },
        _ => crate::block_on(semaphore.acquire_async(n)).map_err(|_| Refused::Closed),
    }
}

/// One permit, and data behind it.
pub fn exclusion<S: AnySemaphore>(
    threads: usize,
    rounds: u32,
    greedy: bool,
    way: Way,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let shared = Arc::new((S::make(1, greedy), Counter::new()));
        let work = move |(semaphore, counter): &(S, Counter), thread| {
            for _ in 0..rounds {
                let permit = obtain(semaphore, 1, way, thread).expect("nobody closes it");
                counter.increment();
                drop(permit);
            }
        };
        let others: Vec<_> = (1..threads)
            .map(|thread| {
                let shared = Arc::clone(&shared);
                go(move || work(&shared, thread))
            })
            .collect();
        work(&shared, 0);
        others.into_iter().for_each(|other| other.join().unwrap());
        let permit = shared.0.try_acquire(1).expect("nobody is there any more");
        assert_eq!(shared.1.get(), threads as u32 * rounds);
        drop(permit);
        assert_idle(&shared.0, 1);
    }
}

/// Never more at once than there are permits; the threads want different numbers of them.
pub fn limit<S: AnySemaphore>(
    threads: usize,
    permits: usize,
    greedy: bool,
    way: Way,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let shared = Arc::new((S::make(permits, greedy), AtomicUsize::new(0)));
        let work = move |(semaphore, taken): &(S, AtomicUsize), thread: usize| {
            let n = 1 + thread % permits;
            for _ in 0..2 {
                let permit = obtain(semaphore, n, way, thread).expect("nobody closes it");
                let before = taken.fetch_add(n, Relaxed);
                assert!(before + n <= permits, "more than there are");
                taken.fetch_sub(n, Relaxed);
                assert_eq!(permit.count(), n);
            }
        };
        let others: Vec<_> = (1..threads)
            .map(|thread| {
                let shared = Arc::clone(&shared);
                go(move || work(&shared, thread))
            })
            .collect();
        work(&shared, 0);
        others.into_iter().for_each(|other| other.join().unwrap());
        assert_idle(&shared.0, permits);
    }
}

/// A try never waits, and what it takes is ordered.
pub fn try_acquire<S: AnySemaphore>() {
    let shared = Arc::new((S::make(1, false), Counter::new()));
    let try_it = |(semaphore, counter): &(S, Counter)| match semaphore.try_acquire(1) {
        Ok(_permit) => counter.increment(),
        Err(refused) => assert_eq!(refused, Refused::NoPermits),
    };
    let other = {
        let shared = Arc::clone(&shared);
        go(move || try_it(&shared))
    };
    try_it(&shared);
    other.join().unwrap();
    assert!((1..=2).contains(&shared.1.get()));
    assert_idle(&shared.0, 1);
}

/// What permits that were taken away for good have been put back with, is visible.
pub fn forgets_what_was_added<S: AnySemaphore>() {
    let shared = Arc::new((S::make(0, false), Counter::new()));
    let adder = {
        let shared = Arc::clone(&shared);
        go(move || {
            shared.1.increment();
            shared.0.add(2);
        })
    };
    let forgotten = shared.0.forget(1);
    if forgotten == 1 {
        assert_eq!(shared.1.get(), 1);
    }
    adder.join().unwrap();
    assert_idle(&shared.0, 2 - forgotten);
    assert_eq!(shared.0.forget(5), 2 - forgotten);
    assert_idle(&shared.0, 0);
}

/// More is put back than the one who waits wants: the rest is there for others, and what was done before is
/// visible to them.
pub fn more_than_is_waited_for<S: AnySemaphore>() {
    let shared = Arc::new((S::make(0, false), Counter::new()));
    let adder = {
        let shared = Arc::clone(&shared);
        go(move || {
            shared.1.increment();
            shared.0.add(2);
        })
    };
    let mut waits = task(&shared.0, 1);
    let early = match poll::<S>(&mut waits, Waker::noop()) {
        Poll::Ready(permit) => Some(permit.expect("nobody closes it")),
        Poll::Pending => None,
    };
    let rest = shared.0.try_acquire(1);
    if rest.is_ok() {
        assert_eq!(shared.1.get(), 1);
    }
    adder.join().unwrap();
    let early = early.unwrap_or_else(|| ready::<S>(&mut waits));
    let rest = rest.unwrap_or_else(|_| shared.0.try_acquire(1).expect("there are two"));
    assert_idle(&shared.0, 0);
    drop((early, rest));
    assert_idle(&shared.0, 2);
}

/// What several have put back is assigned together: all of what they did before is visible.
pub fn gathers<S: AnySemaphore>(way: Way) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let shared = Arc::new((S::make(0, false), [Counter::new(), Counter::new()]));
        let adders = [0, 1].map(|which| {
            let shared = Arc::clone(&shared);
            go(move || {
                shared.1[which].increment();
                shared.0.add(1);
            })
        });
        let permit = obtain(&shared.0, 2, way, 0).expect("nobody closes it");
        assert_eq!(shared.1.each_ref().map(Counter::get), [1, 1]);
        adders.into_iter().for_each(|adder| adder.join().unwrap());
        permit.forget();
        assert_idle(&shared.0, 0);
    }
}

// --- fairness -----------------------------------------------------------------------------------

/// First come, first served, whatever is wanted; and a newcomer gets nothing while somebody waits.
pub fn in_order_of_arrival<S: AnySemaphore>() {
    let semaphore = S::make(0, false);
    let wants = [2, 1, 3, 1];
    let mut wakers: Vec<_> = wants.iter().map(|_| counting()).collect();
    let mut tasks: Vec<_> = wants
        .iter()
        .zip(&wakers)
        .map(|(&n, (waker, _))| waiting(&semaphore, n, waker))
        .collect();
    let mut given = 0;
    for place in 0..wants.len() {
        let needed: usize = wants[..=place].iter().sum();
        while given < needed {
            for (later, calls) in wakers.iter().skip(place) {
                assert_eq!(calls.load(Relaxed), 0, "woken too early: {later:?}");
            }
            assert_eq!(semaphore.try_acquire(1).err(), Some(Refused::NoPermits));
            assert!(
                semaphore.try_acquire(0).is_ok(),
                "nothing can always be had"
            );
            semaphore.add(1);
            given += 1;
        }
        assert_eq!(wakers[place].1.load(Relaxed), 1, "it is its turn");
        let permit = ready::<S>(&mut tasks[place]);
        assert_eq!(permit.count(), wants[place]);
        permit.forget();
    }
    wakers.clear();
    assert_idle(&semaphore, 0);
    // All at once, in one walk.
    let mut tasks: Vec<_> = wants
        .iter()
        .map(|&n| waiting(&semaphore, n, Waker::noop()))
        .collect();
    semaphore.add(6);
    for task in &mut tasks[..3] {
        ready::<S>(task).forget();
    }
    assert!(poll::<S>(&mut tasks[3], Waker::noop()).is_pending());
    drop(tasks);
    assert_idle(&semaphore, 0);
}

/// A greedy one lets newcomers have what there is, and who was woken goes back to the front.
pub fn greedy_in_its_way<S: AnySemaphore>() {
    let semaphore = S::make(1, true);
    let (big_waker, big_calls) = counting();
    let (small_waker, small_calls) = counting();
    let mut big = waiting(&semaphore, 2, &big_waker);
    let passes = semaphore.try_acquire(1).expect("a newcomer may have it");
    let mut small = waiting(&semaphore, 1, &small_waker);
    semaphore.add(1);
    assert_eq!(big_calls.load(Relaxed), 0, "it is not enough");
    drop(passes);
    assert_eq!((big_calls.load(Relaxed), small_calls.load(Relaxed)), (1, 0));
    let fast = semaphore.try_acquire(1).expect("there are two");
    assert!(
        poll::<S>(&mut big, &big_waker).is_pending(),
        "others were faster"
    );
    drop(fast);
    assert_eq!(
        (big_calls.load(Relaxed), small_calls.load(Relaxed)),
        (2, 0),
        "it went back to the front"
    );
    let two = ready::<S>(&mut big);
    drop(two);
    assert_eq!(small_calls.load(Relaxed), 1);
    drop(ready::<S>(&mut small));
    assert_idle(&semaphore, 2);
}

/// Permits come one by one, and may find that a thread is on its way for the first: each reaches one of those who wait.
pub fn one_by_one<S: AnySemaphore>(greedy: bool) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let semaphore = Arc::new(S::make(0, greedy));
        let waits = [0, 1].map(|_| {
            let semaphore = Arc::clone(&semaphore);
            go(move || semaphore.acquire(1).expect("nobody closes it").forget())
        });
        semaphore.add(1);
        semaphore.add(1);
        waits.into_iter().for_each(|wait| wait.join().unwrap());
        assert_idle(&*semaphore, 0);
    }
}

/// A task was told to look, and is not polled: that keeps nobody from what comes.
pub fn behind_one_that_is_not_polled<S: AnySemaphore>() {
    let semaphore = S::make(0, true);
    let first = waiting(&semaphore, 1, Waker::noop());
    let (waker, calls) = counting();
    let mut second = waiting(&semaphore, 1, &waker);
    semaphore.add(1);
    semaphore.add(1);
    assert_eq!(calls.load(Relaxed), 1, "there is enough for both");
    drop(ready::<S>(&mut second));
    drop((first, second));
    assert_idle(&semaphore, 2);
}

/// A large request is first, and gives up: the small one behind it goes on at once.
pub fn small_behind_large<S: AnySemaphore>(
    greedy: bool,
    timed: bool,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let semaphore = Arc::new(S::make(1, greedy));
        let large = {
            let semaphore = Arc::clone(&semaphore);
            move || {
                if timed {
                    assert!(semaphore.acquire_until(2, deadline()).is_err());
                } else {
                    drop(waiting(&*semaphore, 2, Waker::noop()));
                }
            }
        };
        let small = {
            let semaphore = Arc::clone(&semaphore);
            go(move || semaphore.acquire(1).expect("nobody closes it").forget())
        };
        large();
        small.join().unwrap();
        assert_idle(&*semaphore, 0);
    }
}

// --- giving up ----------------------------------------------------------------------------------

/// A deadline may come at any moment of another thread's putting back.
pub fn timeout<S: AnySemaphore>(
    greedy: bool,
    outcomes: &Arc<Outcomes>,
) -> impl Fn() + Send + Sync + Clone + 'static + use<S> {
    let outcomes = Arc::clone(outcomes);
    move || {
        let shared = Arc::new((S::make(1, greedy), Counter::new()));
        let permit = shared.0.acquire(1).expect("there is one");
        let other = {
            let (shared, outcomes) = (Arc::clone(&shared), Arc::clone(&outcomes));
            go(move || match shared.0.acquire_until(1, deadline()) {
                Ok(_permit) => {
                    shared.1.increment();
                    outcomes.locked.fetch_add(1, Relaxed);
                }
                Err(refused) => {
                    assert_eq!(refused, Refused::TimedOut);
                    outcomes.timed_out.fetch_add(1, Relaxed);
                }
            })
        };
        shared.1.increment();
        drop(permit);
        other.join().unwrap();
        assert_idle(&shared.0, 1);
    }
}

/// One gives up, the other one waits: what is put back reaches it in any case.
pub fn timeout_beside_waiter<S: AnySemaphore>(
    greedy: bool,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let semaphore = Arc::new(S::make(0, greedy));
        let gives_up = {
            let semaphore = Arc::clone(&semaphore);
            go(move || drop(semaphore.acquire_until(1, deadline())))
        };
        let waits = {
            let semaphore = Arc::clone(&semaphore);
            go(move || drop(semaphore.acquire(1).expect("nobody closes it")))
        };
        semaphore.add(1);
        gives_up.join().unwrap();
        waits.join().unwrap();
        assert_idle(&*semaphore, 1);
    }
}

/// A future is dropped while permits are put back: what it was assigned reaches the one who comes next.
pub fn dropped_beside_waiter<S: AnySemaphore>(
    greedy: bool,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let semaphore = Arc::new(S::make(0, greedy));
        let first = waiting(&*semaphore, 1, Waker::noop());
        let (waker, calls) = counting();
        let mut second = waiting(&*semaphore, 1, &waker);
        let adder = {
            let semaphore = Arc::clone(&semaphore);
            go(move || semaphore.add(1))
        };
        drop(first);
        adder.join().unwrap();
        assert_eq!(calls.load(Relaxed), 1, "it must be woken, once");
        drop(ready::<S>(&mut second));
        drop(second);
        assert_idle(&*semaphore, 1);
    }
}

/// A future is dropped at any point of its life, and leaves nothing behind.
pub fn dropped<S: AnySemaphore>(greedy: bool) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        for polls in 0..=2 {
            for adds in 0..=polls {
                let semaphore = S::make(0, greedy);
                let mut future = task(&semaphore, 2);
                let mut got = 0;
                for step in 0..polls {
                    if let Poll::Ready(permit) = poll::<S>(&mut future, Waker::noop()) {
                        permit.expect("nobody closes it").forget();
                        got = 2;
                    }
                    if step < adds {
                        semaphore.add(1);
                    }
                }
                drop(future);
                assert_idle(&semaphore, adds - got);
            }
        }
    }
}

/// Many at once, and one behind them that wants too much: permits reach all of the many, whoever is dropped or polled
/// meanwhile. Those that are dropped give back.
pub fn many_at_once<S: AnySemaphore>(
    tasks: usize,
    greedy: bool,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let semaphore = Arc::new(S::make(0, greedy));
        let mut waits: Vec<_> = (0..tasks)
            .map(|_| {
                let (waker, calls) = counting();
                (Some(waiting(&*semaphore, 1, &waker)), waker, calls)
            })
            .collect();
        let large = waiting(&*semaphore, tasks + 1, Waker::noop());
        let adder = {
            let semaphore = Arc::clone(&semaphore);
            go(move || semaphore.add(tasks))
        };
        let mut taken = 0;
        // From the end: those are told last.
        for (place, (wait, waker, _)) in waits.iter_mut().enumerate().rev() {
            if place % 2 == 1 {
                *wait = None;
            } else if let Some(future) = wait
                && let Poll::Ready(permit) = poll::<S>(future, waker)
            {
                permit.expect("nobody closes it").forget();
                taken += 1;
                *wait = None;
            }
        }
        adder.join().unwrap();
        for (wait, _, calls) in &mut waits {
            if let Some(wait) = wait {
                assert_eq!(calls.load(Relaxed), 1, "it must be woken, once");
                ready::<S>(wait).forget();
                taken += 1;
            }
        }
        drop(waits);
        drop(large);
        assert_idle(&*semaphore, tasks - taken);
    }
}

/// Whoever leaves with nothing although it was told to look, lets the next one look: others were faster, and what is
/// left is enough for those behind.
pub fn late_and_with_nothing<S: AnySemaphore>() {
    let semaphore = Arc::new(S::make(0, true));
    let large = {
        let semaphore = Arc::clone(&semaphore);
        go(move || drop(semaphore.acquire_until(2, deadline())))
    };
    let (waker, calls) = counting();
    let mut small = waiting(&*semaphore, 1, &waker);
    semaphore.add(2);
    let fast = semaphore.try_acquire(1);
    large.join().unwrap();
    assert_eq!(calls.load(Relaxed), 1, "there is one for it");
    drop(fast);
    drop(ready::<S>(&mut small));
    drop(small);
    assert_idle(&*semaphore, 2);
}

/// All that can be done with permits, by several at once: none is lost, and none is made.
pub fn comes_and_goes<S: AnySemaphore>(
    threads: usize,
    permits: usize,
    greedy: bool,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let semaphore = Arc::new(S::make(permits, greedy));
        let work = move |semaphore: &S, thread: usize| {
            let n = 1 + thread % permits;
            let mut future = task(semaphore, n);
            let early = poll::<S>(&mut future, Waker::noop());
            drop(semaphore.acquire_until(n, deadline()));
            drop(early);
            drop(future);
            let mut permit = semaphore.acquire(permits).expect("nobody closes it");
            drop(permit.split(1));
            drop(permit);
            let permit = crate::block_on(semaphore.acquire_async(n));
            drop(permit.expect("nobody closes it"));
        };
        let others: Vec<_> = (1..threads)
            .map(|thread| {
                let semaphore = Arc::clone(&semaphore);
                go(move || work(&semaphore, thread))
            })
            .collect();
        work(&semaphore, 0);
        others.into_iter().for_each(|other| other.join().unwrap());
        assert_idle(&*semaphore, permits);
    }
}

/// The task moves, and has another waker: that is the one that is called.
pub fn another_waker<S: AnySemaphore>(greedy: bool) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let shared = Arc::new((S::make(0, greedy), Counter::new()));
        let (old, _) = counting();
        let mut future = waiting(&shared.0, 1, &old);
        let adder = {
            let shared = Arc::clone(&shared);
            go(move || {
                shared.1.increment();
                shared.0.add(1);
            })
        };
        let (new, calls) = counting();
        match poll::<S>(&mut future, &new) {
            Poll::Ready(permit) => {
                assert_eq!(shared.1.get(), 1);
                permit.expect("nobody closes it").forget();
                adder.join().unwrap();
            }
            Poll::Pending => {
                adder.join().unwrap();
                assert_eq!(calls.load(Relaxed), 1, "the wrong one was called");
                ready::<S>(&mut future).forget();
            }
        }
        drop(future);
        assert_idle(&shared.0, 0);
    }
}

// --- closing ------------------------------------------------------------------------------------

/// All who wait are sent away, all who come too; and they see what was done before.
pub fn close<S: AnySemaphore>(
    threads: usize,
    greedy: bool,
    way: Way,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let shared = Arc::new((S::make(1, greedy), Counter::new()));
        let waiters: Vec<_> = (0..threads)
            .map(|thread| {
                let shared = Arc::clone(&shared);
                go(move || {
                    let refused = obtain(&shared.0, 2, way, thread).err();
                    assert_eq!(refused, Some(Refused::Closed));
                    assert_eq!(shared.1.get(), 1);
                })
            })
            .collect();
        shared.1.increment();
        shared.0.close();
        assert!(shared.0.is_closed());
        waiters
            .into_iter()
            .for_each(|waiter| waiter.join().unwrap());
        assert_idle(&shared.0, 1);
        assert_eq!(shared.0.try_acquire(1).err(), Some(Refused::Closed));
        assert_eq!(shared.0.try_acquire(0).err(), Some(Refused::Closed));
        shared.0.add(2);
        assert_eq!(shared.0.acquire(1).err(), Some(Refused::Closed));
        assert_idle(&shared.0, 3);
    }
}

/// Whoever sees that it is closed, sees what was done before.
pub fn sees_that_it_is_closed<S: AnySemaphore>(
    by_trying: bool,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let shared = Arc::new((S::make(1, false), Counter::new()));
        let closer = {
            let shared = Arc::clone(&shared);
            go(move || {
                shared.1.increment();
                shared.0.close();
            })
        };
        let closed = if by_trying {
            shared.0.try_acquire(1).err() == Some(Refused::Closed)
        } else {
            shared.0.is_closed()
        };
        if closed {
            assert_eq!(shared.1.get(), 1);
        }
        closer.join().unwrap();
        assert_idle(&shared.0, 1);
    }
}

/// Closing and putting back at the same time: a task gets its permit or is sent away, and none is lost.
pub fn close_beside_release<S: AnySemaphore>(
    greedy: bool,
    drops: bool,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let semaphore = Arc::new(S::make(1, greedy));
        let permit = semaphore.acquire(1).expect("there is one");
        let (waker, calls) = counting();
        let mut future = waiting(&*semaphore, 1, &waker);
        let closer = {
            let semaphore = Arc::clone(&semaphore);
            go(move || semaphore.close())
        };
        drop(permit);
        if drops {
            drop(future);
            closer.join().unwrap();
        } else {
            closer.join().unwrap();
            assert!(calls.load(Relaxed) > 0, "it must be woken");
            match poll::<S>(&mut future, &waker) {
                Poll::Ready(permit) => drop(permit),
                Poll::Pending => panic!("it is closed, and a task waits"),
            }
        }
        assert!(semaphore.is_closed(), "that is for good");
        assert_idle(&*semaphore, 1);
    }
}

/// What was given to a task stays its own when the semaphore is closed. Who was only told to look comes too late.
pub fn given_before_it_closed<S: AnySemaphore>() {
    for greedy in [false, true] {
        let semaphore = S::make(0, greedy);
        let mut waits = waiting(&semaphore, 1, Waker::noop());
        let dropped = waiting(&semaphore, 1, Waker::noop());
        semaphore.add(2);
        semaphore.close();
        match waits.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(permit) => assert_eq!(permit.is_err(), greedy),
            Poll::Pending => panic!("it has been told, and waits"),
        }
        drop((waits, dropped));
        assert_idle(&semaphore, 2);
    }
}

// --- futures that are forgotten -----------------------------------------------------------------

/// Futures that wait, and are forgotten: nobody polls or drops them any more.
fn forget<S: AnySemaphore>(semaphore: &S, wants: &[usize], waker: &Waker) {
    for &n in wants {
        mem::forget(waiting(semaphore, n, waker));
    }
}

/// A semaphore is gone, futures that waited for it were forgotten, and the next one is made in its place: it owes them
/// nothing.
pub fn forgotten<S: AnySemaphore>(
    greedy: bool,
    way: Way,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let mut place = Arc::new((S::make(0, greedy), Counter::new()));
        let (waker, calls) = counting();
        forget(&place.0, &[1, 2], &waker);
        let shared = Arc::get_mut(&mut place).expect("it is the only one");
        shared.0 = S::make(1, greedy);
        let permit = place.0.try_acquire(1).expect("nobody waits for it");
        let other = {
            let shared = Arc::clone(&place);
            go(move || {
                let permit = obtain(&shared.0, 1, way, 0).expect("nobody closes it");
                shared.1.increment();
                drop(permit);
            })
        };
        place.1.increment();
        drop(permit);
        other.join().unwrap();
        assert_idle(&place.0, 1);
        // And once more, for those who never had to wait.
        let shared = Arc::get_mut(&mut place).expect("it is the only one");
        forget(&shared.0, &[2], &waker);
        shared.0 = S::make(1, greedy);
        shared.0.close();
        assert_idle(&shared.0, 1);
        assert_eq!(calls.load(Relaxed), 0, "they were forgotten, and woken");
    }
}

/// A semaphore with a forgotten future is moved: nobody waits for it where it is now.
pub fn forgotten_and_moved<S: AnySemaphore>(
    greedy: bool,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let place = Box::new(S::make(1, greedy));
        forget(&*place, &[2], Waker::noop());
        let moved = Arc::new(*place);
        let other = {
            let moved = Arc::clone(&moved);
            go(move || drop(moved.acquire(1).expect("nobody closes it")))
        };
        drop(moved.acquire(1).expect("nobody closes it"));
        other.join().unwrap();
        assert_idle(&*moved, 1);
    }
}

/// Memory for one object after another.
struct Memory(Box<MaybeUninit<[u128; 64]>>);

impl Memory {
    fn new() -> Self {
        Self(Box::new(MaybeUninit::uninit()))
    }

    /// Another object begins here, and ends with the execution at the latest; its memory does not.
    fn put<T>(&mut self, object: T) -> &'static T {
        assert!(align_of::<T>() <= align_of::<u128>());
        assert!(size_of::<T>() <= size_of::<[u128; 64]>());
        let place: *mut T = self.0.as_mut_ptr().cast();
        // SAFETY: there is room for it, and nobody has the memory of an earlier one any more.
        unsafe { place.write(object) };
        // SAFETY: it was just written; and the memory is leaked, see `drop`.
        unsafe { &*place }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        let leaked = mem::replace(&mut self.0, Box::new(MaybeUninit::uninit()));
        mem::forget(leaked);
    }
}

/// Semaphores are gone, futures that waited for them were forgotten, and a mutex and a condvar are made in their places.
pub fn forgotten_where_locks_are<S: AnySemaphore, K: Kit>() {
    let (mut here, mut there) = (Memory::new(), Memory::new());
    for memory in [&mut here, &mut there] {
        forget(memory.put(S::make(0, false)), &[1, 2], Waker::noop());
    }
    let mutex = here.put(Mutex::<K, ()>::new(()));
    let opened = there.put(Condvar::<K>::new());
    let open = Arc::new(Counter::new());
    let waiter = {
        let open = Arc::clone(&open);
        go(move || {
            let mut guard = mutex.lock();
            while open.get() == 0 {
                opened.wait(&mut guard);
            }
            open.increment();
        })
    };
    let guard = mutex.lock();
    open.increment();
    let told = opened.notify_all();
    assert!(told <= 1, "{told} were told");
    drop(guard);
    waiter.join().unwrap();
    drop(mutex.try_lock().expect("nobody has it"));
    assert_eq!(open.get(), 2);
}

// --- wakers are code of users -------------------------------------------------------------------

/// Whatever happens to a waker, the semaphore can be used from there, with the queue.
pub fn waker_reenters<S: AnySemaphore>(greedy: bool) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let semaphore = Arc::new(S::make(0, greedy));
        let weak = Arc::downgrade(&semaphore);
        let reenters = move || {
            let weak = weak.clone();
            waker(move |_| {
                let Some(semaphore) = weak.upgrade() else {
                    return;
                };
                if std::thread::panicking() {
                    return; // the execution has failed, and nothing tells the truth any more
                }
                // Into the queue, and out of it; or it is closed.
                let mut future = task(&*semaphore, 9);
                let closed = poll::<S>(&mut future, Waker::noop()).is_ready();
                assert_eq!(closed, semaphore.is_closed());
            })
        };
        let mut futures: Vec<_> = (0..2)
            .map(|_| waiting(&*semaphore, 1, &reenters()))
            .collect();
        let other = reenters();
        assert!(poll::<S>(&mut futures[0], &other).is_pending());
        semaphore.add(1);
        drop(ready::<S>(&mut futures[0]));
        drop(ready::<S>(&mut futures[1]));
        let mut closed = waiting(&*semaphore, 9, &other);
        semaphore.close();
        assert!(poll::<S>(&mut closed, &other).is_ready());
        drop(closed);
        drop(futures);
        assert_idle(&*semaphore, 1);
    }
}

/// A waker drops the futures that were told something together with its own: nobody waits for anybody.
pub fn waker_drops_the_others<S: AnySemaphore>(
    tasks: usize,
    greedy: bool,
) -> impl Fn() + Send + Sync + Clone + 'static {
    use std::sync::Mutex;
    /// Futures of a semaphore that does not end, which a waker can reach.
    type Futures<S> = Mutex<Vec<Task<'static, S>>>;
    move || {
        // It is leaked: the futures borrow it, and the waker reaches them.
        let semaphore: &'static S = Box::leak(Box::new(S::make(0, greedy)));
        let futures: Arc<Futures<S>> = Arc::default();
        let waits: Vec<_> = (0..tasks)
            .map(|_| {
                let futures = Arc::downgrade(&futures);
                let waker = waker(move |happens| {
                    if happens == Happens::Wake
                        && let Some(futures) = futures.upgrade()
                    {
                        let dropped = core::mem::take(&mut *futures.lock().unwrap());
                        drop(dropped);
                    }
                });
                waiting(semaphore, 1, &waker)
            })
            .collect();
        *futures.lock().unwrap() = waits;
        semaphore.add(tasks);
        assert!(futures.lock().unwrap().is_empty(), "nobody was woken");
        assert_idle(semaphore, tasks);
    }
}

/// A thread that gets a permit lets the task behind it look, whose waker panics: the permit is not lost.
pub fn waker_panics_at_whoever_comes<S: AnySemaphore>() {
    let semaphore = Arc::new(S::make(0, true));
    let thread = {
        let semaphore = Arc::clone(&semaphore);
        go(move || {
            drop(catch_unwind(AssertUnwindSafe(|| {
                drop(semaphore.acquire(1))
            })))
        })
    };
    let panics = waker(|happens| assert_ne!(happens, Happens::Wake, "the waker panics"));
    let mut task = waiting(&*semaphore, 1, &panics);
    for _ in 0..2 {
        drop(catch_unwind(AssertUnwindSafe(|| semaphore.add(1))));
    }
    thread.join().unwrap();
    drop(ready::<S>(&mut task));
    drop(task);
    assert_idle(&*semaphore, 2);
}

/// A waker that panics: the others are called all the same, and nobody loses anything.
pub fn waker_panics<S: AnySemaphore>(
    tasks: usize,
    greedy: bool,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let semaphore = S::make(0, greedy);
        let calls = Arc::new(AtomicUsize::new(0));
        let panics = {
            let calls = Arc::clone(&calls);
            waker(move |happens| {
                if happens == Happens::Wake {
                    let before = calls.fetch_add(1, Relaxed);
                    panic!("waker {before} panics");
                }
            })
        };
        let mut futures: Vec<_> = (0..tasks)
            .map(|_| waiting(&semaphore, 1, &panics))
            .collect();
        let result = catch_unwind(AssertUnwindSafe(|| semaphore.add(tasks)));
        let payload = result.expect_err("a panic is not swallowed");
        let message = payload.downcast_ref::<String>().expect("a message");
        assert_eq!(message, "waker 0 panics", "it is the first one");
        assert_eq!(calls.load(Relaxed), tasks, "somebody was not woken");
        for future in &mut futures {
            drop(ready::<S>(future));
        }
        drop(futures);
        assert_idle(&semaphore, tasks);
        // While a thread panics, nothing is added to that.
        let first = waiting(&semaphore, tasks + 1, &panics);
        let result = catch_unwind(AssertUnwindSafe(|| {
            let _puts_back = AtTheEnd(|| semaphore.add(1));
            panic!("for another reason");
        }));
        let payload = result.expect_err("it panics");
        assert_eq!(
            payload.downcast_ref::<&str>(),
            Some(&"for another reason"),
            "the first one tells more"
        );
        assert_eq!(calls.load(Relaxed), tasks + 1);
        drop(first);
        assert_idle(&semaphore, tasks + 1);
    }
}

/// A waker that panics, before so many others that they are told in several rounds: all of them are called, once.
pub fn first_waker_panics<S: AnySemaphore>(
    tasks: usize,
    greedy: bool,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let semaphore = S::make(0, greedy);
        let panics = waker(|happens| assert_ne!(happens, Happens::Wake));
        let mut first = waiting(&semaphore, 1, &panics);
        let (waker, calls) = counting();
        let mut others: Vec<_> = (1..tasks).map(|_| waiting(&semaphore, 1, &waker)).collect();
        let result = catch_unwind(AssertUnwindSafe(|| semaphore.add(tasks)));
        assert!(result.is_err(), "a panic is not swallowed");
        assert_eq!(calls.load(Relaxed), tasks - 1, "somebody was not woken");
        drop(ready::<S>(&mut first));
        others.iter_mut().for_each(|other| drop(ready::<S>(other)));
        drop((first, others));
        assert_idle(&semaphore, tasks);
    }
}

/// A future that has said what came of it keeps no waker, although it is not dropped yet. If dropping that panics, the permit
/// goes back.
pub fn finished<S: AnySemaphore>() {
    for panics in [false, true] {
        // It says that somebody waits, so a task leaves a waker, and then finds that it need not wait.
        let place = Box::new(S::make(1, false));
        forget(&*place, &[2], Waker::noop());
        let semaphore = *place;
        let wakers = Arc::new(AtomicUsize::new(0));
        let mine = {
            let wakers = Arc::clone(&wakers);
            waker(move |happens| match happens {
                Happens::Clone => {
                    wakers.fetch_add(1, Relaxed);
                }
                Happens::Wake => {}
                Happens::Drop => {
                    wakers.fetch_sub(1, Relaxed);
                    assert!(!panics, "a waker panics when it is dropped");
                }
            })
        };
        let mut future = task(&semaphore, 1);
        let result = catch_unwind(AssertUnwindSafe(|| poll::<S>(&mut future, &mine)));
        assert_eq!(wakers.load(Relaxed), 0, "it keeps its waker");
        mem::forget(mine);
        match result {
            Ok(Poll::Ready(permit)) => drop(permit.expect("nobody closes it")),
            Ok(Poll::Pending) => panic!("it waits for nobody"),
            Err(_) => assert!(panics),
        }
        assert_idle(&semaphore, 1);
        drop(future);
        assert_idle(&semaphore, 1);
    }
}

/// Does something when it is dropped.
struct AtTheEnd<F: FnMut()>(F);

impl<F: FnMut()> Drop for AtTheEnd<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

// --- lifetime -----------------------------------------------------------------------------------

/// Whoever gets the last permit frees the semaphore, while another thread may still be inside of putting it back.
pub fn freed_by_whoever_gets_it<S: AnySemaphore>(
    greedy: bool,
    way: Way,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let semaphore = Mortal::new(S::make(0, greedy));
        let waiter = {
            let semaphore = Arc::clone(&semaphore);
            go(move || {
                obtain(semaphore.get(), 1, way, 0)
                    .expect("nobody closes it")
                    .forget();
                semaphore.kill();
            })
        };
        semaphore.get().add(1);
        waiter.join().unwrap();
    }
}

/// A task has given up, and its thread takes the permit in another way and frees the semaphore, while who puts it back is
/// about to look for those who wait.
pub fn freed_after_giving_up<S: AnySemaphore>() {
    let semaphore = Mortal::new(S::make(0, false));
    let adder = {
        let semaphore = Arc::clone(&semaphore);
        go(move || semaphore.get().add(1))
    };
    let mut future = task(semaphore.get(), 1);
    let permit = match poll::<S>(&mut future, Waker::noop()) {
        Poll::Ready(permit) => permit.ok(),
        Poll::Pending => None,
    };
    drop(future);
    let permit = permit.or_else(|| semaphore.get().acquire(1).ok());
    permit.expect("nobody closes it").forget();
    semaphore.kill();
    adder.join().unwrap();
}

/// Two tasks are told at once; the one that is told last frees the semaphore.
pub fn freed_by_the_last_task<S: AnySemaphore>() {
    let semaphore = Mortal::new(S::make(0, false));
    let other = {
        let semaphore = Arc::clone(&semaphore);
        go(move || semaphore.get().add(3))
    };
    let permits = [1, 1, 1].map(|n| semaphore.get().acquire_async(n));
    for permit in permits {
        crate::block_on(permit).expect("nobody closes it").forget();
    }
    semaphore.kill();
    other.join().unwrap();
}

/// Whoever is sent away frees the semaphore.
pub fn freed_by_whoever_is_sent_away<S: AnySemaphore>(
    way: Way,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let semaphore = Mortal::new(S::make(0, false));
        let waiter = {
            let semaphore = Arc::clone(&semaphore);
            go(move || {
                assert!(obtain(semaphore.get(), 1, way, 0).is_err());
                semaphore.kill();
            })
        };
        semaphore.get().close();
        waiter.join().unwrap();
    }
}

// --- numbers ------------------------------------------------------------------------------------

/// Too many permits are an error, and nothing has changed.
pub fn too_many<S: AnySemaphore>() {
    let semaphore = S::make(S::MAX, false);
    let panics = |body: &dyn Fn()| {
        let payload = catch_unwind(AssertUnwindSafe(body)).expect_err("there is no room");
        let message = payload.downcast_ref::<String>().expect("a message");
        assert!(message.starts_with("selvedge: "), "{message}");
    };
    panics(&|| semaphore.add(1));
    panics(&|| semaphore.add(usize::MAX));
    assert_idle(&semaphore, S::MAX);
    panics(&|| drop(semaphore.acquire(S::MAX.wrapping_add(1))));
    // What is assigned at once needs no room; the rest does.
    let two = semaphore.try_acquire(2).expect("there are many");
    let mut all = waiting(&semaphore, S::MAX, Waker::noop());
    panics(&|| semaphore.add(S::MAX + 3));
    panics(&|| semaphore.add(usize::MAX));
    assert_eq!(semaphore.available(), S::MAX - 2);
    assert!(poll::<S>(&mut all, Waker::noop()).is_pending());
    semaphore.add(S::MAX + 2);
    assert_idle(&semaphore, S::MAX);
    let mut all = ready::<S>(&mut all);
    // More are out than can lie there: they cannot be put back, and not be held by one.
    let half = all.split(S::MAX / 2).expect("it has many");
    let more = semaphore
        .try_acquire(S::MAX / 2 + 2)
        .expect("all are there");
    let over = catch_unwind(AssertUnwindSafe(|| all.merge(more))).expect_err("too many for one");
    let message = over.downcast_ref::<String>().expect("a message");
    assert!(message.starts_with("selvedge: "), "{message}");
    assert_eq!(all.count(), S::MAX - S::MAX / 2, "it has what it had");
    assert_idle(&semaphore, S::MAX);
    panics(&|| semaphore.add(1));
    let over = catch_unwind(AssertUnwindSafe(|| drop(half)));
    over.expect_err("there is no room to put them back");
    all.forget();
    two.forget();
    assert_idle(&semaphore, S::MAX);
    // A greedy one assigns nothing.
    let greedy = S::make(S::MAX - 2, true);
    let all = waiting(&greedy, S::MAX, Waker::noop());
    panics(&|| greedy.add(3));
    drop(all);
    assert_idle(&greedy, S::MAX - 2);
}

/// Two add as much as there is room for whoever comes first: neither is refused because of what it saw before the other
/// one.
pub fn room_for_both<S: AnySemaphore>() {
    let semaphore = Arc::new(S::make(S::MAX - 2, false));
    let mut all = waiting(&*semaphore, S::MAX, Waker::noop());
    let other = {
        let semaphore = Arc::clone(&semaphore);
        go(move || semaphore.add(2))
    };
    semaphore.add(3);
    other.join().unwrap();
    ready::<S>(&mut all).forget();
    drop(all);
    assert_idle(&*semaphore, 3);
}

/// Permits are split, merged and forgotten; none is lost or made.
pub fn parts<S: AnySemaphore>() {
    let (semaphore, other) = (S::make(5, false), S::make(1, false));
    let mut permit = semaphore.acquire(4).expect("there are five");
    assert!(permit.split(5).is_none());
    let mut part = permit.split(3).expect("it has four");
    let none = part.split(0).expect("nothing is always there");
    assert_eq!((permit.count(), part.count(), none.count()), (1, 3, 0));
    drop(none);
    let whole = part.split(3).expect("all of it");
    assert_eq!((part.count(), whole.count()), (0, 3));
    drop(part);
    assert_eq!(semaphore.available(), 1);
    permit.merge(whole);
    assert_eq!(permit.count(), 4);
    let mut foreign = other.acquire(1).expect("there is one");
    let half = permit.split(2).expect("it has four");
    let merged = catch_unwind(AssertUnwindSafe(|| foreign.merge(half)));
    let payload = merged.expect_err("it is of another semaphore");
    let message = payload.downcast_ref::<String>().expect("a message");
    assert!(message.starts_with("selvedge: 2 permits"), "{message}");
    assert_eq!(semaphore.available(), 3, "it was put back");
    assert_eq!((foreign.count(), other.available()), (1, 0));
    permit.split(1).expect("it has two").forget();
    drop((permit, foreign));
    assert_idle(&semaphore, 4);
    assert_idle(&other, 1);
}
