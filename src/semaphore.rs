//! Permits, for threads and for tasks alike: [`Semaphore`], what it gives out, and what it says when there is nothing to give.

use core::fmt;
use core::future::Future;
use core::mem;
use core::ops::Deref;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::sync::Arc;

use super::raw::{MAX_PERMITS, RawSemaphore, Refusal, Task};
use crate::sys::{Duration, Instant, deadline_after};

/// A number of permits, which threads and tasks take, and wait for in order of arrival.
///
/// # Example
///
/// ```
/// use selvedge::Semaphore;
///
/// static DOWNLOADS: Semaphore = Semaphore::new(2);
///
/// std::thread::scope(|scope| {
///     for number in 0..5 {
///         scope.spawn(move || {
///             let permit = DOWNLOADS.acquire().expect("nobody closes it");
///             println!("download {number}, and at most one other beside it");
///             drop(permit); // the next one begins
///         });
///     }
/// });
/// assert_eq!(DOWNLOADS.available(), 2);
/// ```
///
/// The same object serves tasks, whichever executor runs them:
///
/// ```
/// use selvedge::Semaphore;
///
/// static SEATS: Semaphore = Semaphore::new(3);
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let table = SEATS.acquire_many_async(2).await?;
/// let seat = SEATS.acquire_async().await?;
/// assert!(SEATS.try_acquire().is_err());
/// # Ok::<(), selvedge::semaphore::Closed>(()) }).unwrap();
/// ```
///
/// # When to use it, and when not
///
/// To limit how many do something at once, or how much of something is in use: connections, buffers, bytes that are on
/// their way. A limit of one that protects data is a [`Mutex`](crate::Mutex). To wait once until things have
/// happened, use a [`Latch`](crate::Latch).
///
/// The standard library has none. Beside `tokio::sync::Semaphore`: threads wait for it too, with timeouts; it needs no runtime;
/// requests are counted in `usize`; a permit that owns an `Arc` is the same type, [`SemaphorePermit`], with another parameter. Mind
/// the names: `acquire` blocks the thread here, and what tokio calls so is `acquire_async` (`docs/differences.md` has the others).
/// As in tokio, a task that was assigned its permits and is not polled goes on holding them.
///
/// # Fairness
///
/// Strictly first come, first served, threads and tasks in one queue: nobody is passed by one who came later, not even by one who wants
/// less. So a large request is not starved by small ones; while it waits, they wait behind it. When it times out or its
/// future is dropped, they go on at once.
///
/// A [`greedy`](Self::greedy) semaphore promises no order. A newcomer takes what there is, whoever waits: more is done,
/// because nobody has to wait until a thread that was given a permit has woken up, and somebody may wait for ever while
/// others come and go. What it does promise is progress: as long as the one who is first in the queue could have what
/// it wants, it, or somebody who came for the same reason, has been woken. Use it where all are alike and short of
/// time, and where nobody asks for many.
///
/// # Blocking and deadlock
///
/// [`acquire`](Self::acquire) and its forms sleep until there are enough permits; putting back never does. A thread that
/// waits for permits that it holds itself waits for ever; so does one that waits for permits of threads that wait for it. Take what is
/// needed [at once](Self::acquire_many), or in the same order everywhere.
///
/// A future queues up when it is polled for the first time. From then on, poll it or drop it: one that is kept without being polled
/// holds what it was assigned, and if it is not assigned anything yet, all who came after it wait for it.
///
/// # Cancelling
///
/// Dropping a future is safe at any moment. It leaves the queue, and whoever it kept waiting goes on; if it had been
/// assigned permits already, they go to those who come next. A future that is made anew is at the end of the queue.
///
/// Wakers are called while no lock of the semaphore is held, and after everything has been put in order: a waker may use the semaphore, run
/// tasks, drop futures. One that panics does not keep the others from being called; then its panic goes on, in the call that
/// has woken it. One that *blocks* does: wakers are called one after another, by the thread that puts permits back, so neither that thread
/// nor the tasks behind go on before it returns. (Their permits are assigned by then: such a task has them when it is polled for another
/// reason. Threads that wait are woken before any waker is called.) Wakers of others are called by whoever puts permits back or
/// closes, and also by dropping a future that waits and by a thread whose time is up, if that lets in those behind; and, of a greedy
/// semaphore, by a thread that had to wait and gets its permits while there are more. It holds them when it calls the wakers, so those had
/// better not wait for them; if one panics there, they are put back. Polling waits for
/// nobody (but for the few instructions for which the queue is locked), and dropping for nothing but the wakers that it calls.
///
/// A future that has said what came of it keeps nothing, and no waker either, whether it is dropped then or later.
///
/// # Closing
///
/// After [`close`](Self::close) those who wait are sent away with [`Closed`], and so are those who come. Whoever had been given its permits
/// before has them all the same, also if it finds that out only later: a thread that was about to wake up, a future that was not polled
/// yet. Permits that are out may be put back.
///
/// # Ordering
///
/// Putting a permit back happens before it is taken again; adding permits, before any of them is taken; closing, before
/// anybody is told. `docs/memory-ordering.md`, rows C1 to C3. Who puts permits back does not touch the semaphore any
/// more when others can have them: the one that gets the last of them may free it.
///
/// # Panics
///
/// More permits than [`MAX_PERMITS`](Self::MAX_PERMITS): wanted, or lying in the semaphore. The latter concerns whoever puts
/// permits back as well: if others were added meanwhile, and there is no room for those that are out, dropping these panics, and they are
/// lost. (While the thread panics already, they are lost without a word.) So add no more than there is room for in all.
///
/// # Spurious wake-ups and timeouts
///
/// A wait never returns for no reason. The forms with a deadline give up no earlier than their time; whoever is late and has been
/// given permits meanwhile returns with them. A duration that the clock cannot add is no deadline.
///
/// # Cost
///
/// 8 bytes (one word), whatever it is used by. Taking and putting back are one compare-exchange each while nobody waits. Who
/// waits is in a queue on stacks and in futures: nothing is allocated. Putting back while others wait locks one bucket of a
/// table, and makes one system call for each thread that it wakes, and one more if they are several; if greedy, it does not while a thread
/// that was woken is on its way.
///
/// # Checked
///
/// Never more at once than there are permits, order of arrival, visibility, no lost wake-up and no lost permit beside
/// timeouts, dropped futures and closing at every point, what is behind a large request that gives up, wakers that
/// panic and that re-enter, futures that are forgotten, that putting back touches nothing afterwards: under loom
/// (`loom-tests/tests/semaphore.rs`), under shuttle with up to six threads and tasks
/// (`shuttle-tests/tests/semaphore.rs`), random programs against a reference
/// (`shuttle-tests/tests/random_semaphore.rs`), and on real threads over both backends and under a real executor
/// (`tests/semaphore.rs`), and in the child of a `fork` (`tests/fork.rs`).
pub struct Semaphore {
    raw: RawSemaphore,
}

impl Semaphore {
    /// So many permits fit into a semaphore: 2^60 - 1 on a 64-bit machine.
    pub const MAX_PERMITS: usize = MAX_PERMITS;

    /// So many permits, for which one waits in order of arrival.
    ///
    /// # Panics
    ///
    /// If there are more than [`MAX_PERMITS`](Self::MAX_PERMITS).
    #[inline]
    #[track_caller]
    pub const fn new(permits: usize) -> Self {
        Self::make(permits, false)
    }

    /// So many permits, which newcomers take while others wait.
    ///
    /// # Panics
    ///
    /// If there are more than [`MAX_PERMITS`](Self::MAX_PERMITS).
    #[inline]
    #[track_caller]
    pub const fn greedy(permits: usize) -> Self {
        Self::make(permits, true)
    }

    #[track_caller]
    const fn make(permits: usize, greedy: bool) -> Self {
        assert!(
            permits <= MAX_PERMITS,
            "selvedge: a Semaphore is made with more permits than Semaphore::MAX_PERMITS, and has no room for them; \
             let one permit stand for several things"
        );
        Self {
            raw: RawSemaphore::new(permits, greedy),
        }
    }

    // --- looking ------------------------------------------------------------------------------

    /// How many permits lie here, at this moment. While others wait, a newcomer cannot have them (unless
    /// [greedy](Self::greedy)).
    #[inline]
    pub fn available(&self) -> usize {
        self.raw.shown().0
    }

    /// Whether it was [closed](Self::close). Then everything is visible that was done before.
    #[inline]
    #[track_caller]
    pub fn is_closed(&self) -> bool {
        self.raw.is_closed()
    }

    /// Whether it was made [greedy](Self::greedy).
    #[inline]
    pub fn is_greedy(&self) -> bool {
        self.raw.is_greedy()
    }

    // --- more and fewer -----------------------------------------------------------------------

    /// Adds permits.
    ///
    /// # Panics
    ///
    /// If there is no room for those of them that nobody waits for; in a greedy one, for all of them. Nothing was
    /// changed then. That there is room also for those that are out, when they are put back, is up to the caller: see
    /// [Panics](Self#panics).
    #[inline]
    #[track_caller]
    pub fn add_permits(&self, n: usize) {
        self.raw.add(n);
    }

    /// Takes up to `n` of those permits away for good that lie here, whoever waits for them; returns how many there were.
    #[inline]
    #[track_caller]
    pub fn forget_permits(&self, n: usize) -> usize {
        self.raw.forget(n)
    }

    /// Closes it for good. Everybody who waits is told, and everybody who comes. Whoever was given its permits before has them
    /// all the same.
    #[inline]
    #[track_caller]
    pub fn close(&self) {
        self.raw.close();
    }
}

/// More than there can ever be.
#[cold]
#[track_caller]
fn never_enough(n: usize) -> ! {
    panic!(
        "selvedge: {n} permits are wanted at once, and a Semaphore has room for {MAX_PERMITS}; ask for no more than it may \
         have"
    )
}

#[inline]
#[track_caller]
fn possible(n: usize) -> usize {
    if n > MAX_PERMITS {
        never_enough(n);
    }
    n
}

/// A wait without a deadline ends in one way only if not with permits.
fn closed(_: Refusal) -> Closed {
    Closed
}

fn not_now(refusal: Refusal) -> TryAcquireError {
    match refusal {
        Refusal::Closed => TryAcquireError::Closed,
        Refusal::NoPermits | Refusal::TimedOut => TryAcquireError::NoPermits,
    }
}

fn not_in_time(refusal: Refusal) -> AcquireTimeoutError {
    match refusal {
        Refusal::Closed => AcquireTimeoutError::Closed,
        Refusal::NoPermits | Refusal::TimedOut => AcquireTimeoutError::TimedOut,
    }
}

/// The ways to take permits, which differ in what the permits reach the semaphore by.
macro_rules! acquiring {
    (
        $(#[$arc:meta])*
        $self:ident: $Self:ty, $by:expr, $S:ty, $Permit:ty, $Acquire:ty,
        $acquire:ident, $acquire_many:ident, $try_acquire:ident, $try_acquire_many:ident,
        $acquire_for:ident, $acquire_many_for:ident, $acquire_until:ident, $acquire_many_until:ident,
        $acquire_async:ident, $acquire_many_async:ident
    ) => {
        /// Takes a permit, and sleeps until there is one.
        $(#[$arc])*
        ///
        /// # Errors
        ///
        /// If the semaphore is closed.
        #[inline]
        #[track_caller]
        pub fn $acquire($self: $Self) -> Result<$Permit, Closed> {
            $self.raw.acquire(stringify!($acquire), 1, None).map_err(closed)?;
            Ok(SemaphorePermit::of($by, 1))
        }

        /// Takes `n` permits at once, and sleeps until there are as many.
        $(#[$arc])*
        ///
        /// # Errors
        ///
        /// If the semaphore is closed.
        #[inline]
        #[track_caller]
        pub fn $acquire_many($self: $Self, n: usize) -> Result<$Permit, Closed> {
            $self.raw.acquire(stringify!($acquire_many), possible(n), None).map_err(closed)?;
            Ok(SemaphorePermit::of($by, n))
        }

        /// Takes a permit if there is one, and nobody was here before.
        $(#[$arc])*
        ///
        /// # Errors
        ///
        /// If it cannot be had now, or the semaphore is closed.
        #[inline]
        #[track_caller]
        pub fn $try_acquire($self: $Self) -> Result<$Permit, TryAcquireError> {
            $self.raw.try_acquire(stringify!($try_acquire), 1).map_err(not_now)?;
            Ok(SemaphorePermit::of($by, 1))
        }

        /// Takes `n` permits at once if there are as many, and nobody was here before.
        $(#[$arc])*
        ///
        /// # Errors
        ///
        /// If they cannot be had now, or the semaphore is closed.
        #[inline]
        #[track_caller]
        pub fn $try_acquire_many($self: $Self, n: usize) -> Result<$Permit, TryAcquireError> {
            $self.raw.try_acquire(stringify!($try_acquire_many), possible(n)).map_err(not_now)?;
            Ok(SemaphorePermit::of($by, n))
        }

        /// Takes a permit, and sleeps for no longer than `timeout`.
        $(#[$arc])*
        ///
        /// # Errors
        ///
        /// If the time was up, or the semaphore is closed.
        #[inline]
        #[track_caller]
        pub fn $acquire_for($self: $Self, timeout: Duration) -> Result<$Permit, AcquireTimeoutError> {
            $self.raw.acquire(stringify!($acquire_for), 1, deadline_after(timeout)).map_err(not_in_time)?;
            Ok(SemaphorePermit::of($by, 1))
        }

        /// Takes `n` permits at once, and sleeps for no longer than `timeout`.
        $(#[$arc])*
        ///
        /// # Errors
        ///
        /// If the time was up, or the semaphore is closed.
        #[inline]
        #[track_caller]
        pub fn $acquire_many_for(
            $self: $Self,
            n: usize,
            timeout: Duration,
        ) -> Result<$Permit, AcquireTimeoutError> {
            $self.raw.acquire(stringify!($acquire_many_for), possible(n), deadline_after(timeout)).map_err(not_in_time)?;
            Ok(SemaphorePermit::of($by, n))
        }

        /// Takes a permit, and sleeps until `deadline` at the latest.
        $(#[$arc])*
        ///
        /// # Errors
        ///
        /// If the time was up, or the semaphore is closed.
        #[inline]
        #[track_caller]
        pub fn $acquire_until($self: $Self, deadline: Instant) -> Result<$Permit, AcquireTimeoutError> {
            $self.raw.acquire(stringify!($acquire_until), 1, Some(deadline)).map_err(not_in_time)?;
            Ok(SemaphorePermit::of($by, 1))
        }

        /// Takes `n` permits at once, and sleeps until `deadline` at the latest.
        $(#[$arc])*
        ///
        /// # Errors
        ///
        /// If the time was up, or the semaphore is closed.
        #[inline]
        #[track_caller]
        pub fn $acquire_many_until(
            $self: $Self,
            n: usize,
            deadline: Instant,
        ) -> Result<$Permit, AcquireTimeoutError> {
            $self.raw.acquire(stringify!($acquire_many_until), possible(n), Some(deadline)).map_err(not_in_time)?;
            Ok(SemaphorePermit::of($by, n))
        }

        /// A future that takes a permit, or says that the semaphore is closed.
        $(#[$arc])*
        #[inline]
        pub fn $acquire_async($self: $Self) -> $Acquire {
            SemaphoreAcquire::of($by, 1, stringify!($acquire_async))
        }

        /// A future that takes `n` permits at once, or says that the semaphore is closed.
        $(#[$arc])*
        #[inline]
        #[track_caller]
        pub fn $acquire_many_async($self: $Self, n: usize) -> $Acquire {
            SemaphoreAcquire::of($by, possible(n), stringify!($acquire_many_async))
        }
    };
}

/// Permits that borrow the semaphore. A request for none is met at once, unless the semaphore is closed.
impl Semaphore {
    acquiring! {
        self: &Self, self, &Self, Permit<'_>, Acquire<'_>,
        acquire, acquire_many, try_acquire, try_acquire_many,
        acquire_for, acquire_many_for, acquire_until, acquire_many_until,
        acquire_async, acquire_many_async
    }
}

/// Permits that own an `Arc` of the semaphore.
impl Semaphore {
    acquiring! {
        /// It owns an `Arc` of the semaphore.
        self: &Arc<Self>, Arc::clone(self), Arc<Self>, ArcPermit, AcquireArc,
        acquire_arc, acquire_many_arc, try_acquire_arc, try_acquire_many_arc,
        acquire_arc_for, acquire_many_arc_for, acquire_arc_until, acquire_many_arc_until,
        acquire_async_arc, acquire_many_async_arc
    }
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (available, waiting, closed) = self.raw.shown();
        f.debug_struct("Semaphore")
            .field("available", &available)
            .field("waiting", &waiting)
            .field("closed", &closed)
            .field("greedy", &self.is_greedy())
            .finish()
    }
}

// --- permits ----------------------------------------------------------------------------------------

/// Permits of a [`Semaphore`], which are put back when this is dropped. `S` is what they reach it by: see [`Permit`] and
/// [`ArcPermit`]. If there is no room for them any more, dropping them [panics](Semaphore#panics).
///
/// It may be sent to another thread, and dropped there. It does not outlive its semaphore:
///
/// ```
/// let semaphore = selvedge::Semaphore::new(3);
/// let mut permit = semaphore.acquire_many(3).unwrap();
/// let part = permit.split(1).expect("it has three");
/// std::thread::scope(|scope| { scope.spawn(|| drop(part)); });
/// assert_eq!((permit.count(), semaphore.available()), (2, 1));
/// permit.forget();
/// assert_eq!(semaphore.available(), 1);
/// ```
///
/// ```compile_fail,E0597
/// let permit = {
///     let semaphore = selvedge::Semaphore::new(3);
///     semaphore.acquire().unwrap()
/// };
/// drop(permit);
/// ```
///
/// One that owns an `Arc` does not need to:
///
/// ```
/// use std::sync::Arc;
/// let permit = {
///     let semaphore = Arc::new(selvedge::Semaphore::new(3));
///     semaphore.acquire_arc().unwrap()
/// };
/// drop(permit);
/// ```
#[must_use = "dropping a permit puts it back"]
pub struct SemaphorePermit<S: Deref<Target = Semaphore>> {
    semaphore: S,
    /// Of those that were taken, how many are in this one.
    count: usize,
}

/// Permits that borrow their semaphore.
pub type Permit<'a> = SemaphorePermit<&'a Semaphore>;

/// Permits that own an `Arc` of their semaphore.
pub type ArcPermit = SemaphorePermit<Arc<Semaphore>>;

impl<S: Deref<Target = Semaphore>> SemaphorePermit<S> {
    #[inline]
    fn of(semaphore: S, count: usize) -> Self {
        Self { semaphore, count }
    }

    /// How many permits these are.
    #[inline]
    pub fn count(&self) -> usize {
        self.count
    }

    /// The semaphore that they are of.
    #[inline]
    pub fn semaphore(&self) -> &Semaphore {
        &self.semaphore
    }

    /// Makes two of it, one with `n` permits and this one with the rest; `None` if it has fewer.
    #[inline]
    #[track_caller]
    #[must_use = "dropping what was split off puts it back"]
    pub fn split(&mut self, n: usize) -> Option<Self>
    where
        S: Clone,
    {
        let rest = self.count.checked_sub(n)?;
        let semaphore = self.semaphore.clone();
        self.count = rest;
        if n > 0 && rest > 0 {
            self.semaphore.raw.one_more_holder("split");
        }
        Some(Self::of(semaphore, n))
    }

    /// Puts the permits of `other` into this one.
    ///
    /// # Panics
    ///
    /// If they are of another semaphore, or if together they are more than [`Semaphore::MAX_PERMITS`] (permits were added while
    /// others were out). This one keeps what it has then, and those of `other` are put back.
    #[inline]
    #[track_caller]
    pub fn merge(&mut self, mut other: Self) {
        if !core::ptr::eq(self.semaphore(), other.semaphore()) {
            of_another_semaphore(self.count, other.count);
        }
        // Neither is more than that, so the sum does not wrap around.
        let sum = self.count + other.count;
        if sum > MAX_PERMITS {
            more_than_fit(self.count, other.count);
        }
        if mem::take(&mut other.count) > 0 && self.count > 0 {
            self.semaphore.raw.one_holder_less("merge");
        }
        self.count = sum;
    }

    /// Does not put them back: the semaphore has so many fewer from here on.
    #[inline]
    #[track_caller]
    pub fn forget(mut self) {
        if mem::take(&mut self.count) > 0 {
            self.semaphore.raw.one_holder_less("forget");
        }
    }
}

#[cold]
#[track_caller]
fn of_another_semaphore(ours: usize, theirs: usize) -> ! {
    panic!(
        "selvedge: {theirs} permits are to be merged into {ours} permits of another semaphore; merge those of one semaphore \
         only"
    )
}

#[cold]
#[track_caller]
fn more_than_fit(ours: usize, theirs: usize) -> ! {
    panic!(
        "selvedge: {theirs} permits are to be merged into {ours} permits, and a Semaphore has room for {MAX_PERMITS}; put some \
         of them back before"
    )
}

impl<S: Deref<Target = Semaphore>> Drop for SemaphorePermit<S> {
    #[inline]
    #[track_caller]
    fn drop(&mut self) {
        if self.count > 0 {
            self.semaphore.raw.release("release", self.count);
        }
    }
}

impl<S: Deref<Target = Semaphore>> fmt::Debug for SemaphorePermit<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SemaphorePermit")
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}

// --- futures ----------------------------------------------------------------------------------------

/// A future that takes permits of a [`Semaphore`]. `S` is what it reaches it by: see [`Acquire`] and [`AcquireArc`].
///
/// It has its place in the queue from the first poll on, and gives it up when it is dropped; what it was assigned meanwhile
/// goes to those who come next.
///
/// **It has to be dropped.** One that was polled and then *forgotten* (`mem::forget`, a cycle of `Arc`s) keeps its
/// place for as long as its semaphore is where it is: nobody passes it, and what it is assigned is lost. No more than
/// that: whatever is made in the semaphore's place later, another semaphore or something else, owes it nothing, unless
/// that is a semaphore which itself has a forgotten future: it may take the one for the other. (A semaphore that is
/// moved after that says that somebody waits, until somebody acquires or puts back:
/// [`try_acquire`](Semaphore::try_acquire) refuses until then.) No memory is touched that is used for something else,
/// because a future that was polled is pinned: its memory is used for nothing else before it is dropped.
///
/// In the child of a `fork` a future that waited has no place in a queue, but has what it had been assigned. It may be
/// dropped there, and if it is polled it queues up anew. Threads and tasks of the parent wait for nothing in the child;
/// permits that its other threads hold are gone there, and so are those that one of them was just assigning; nobody is
/// woken there for what was assigned, so poll such futures or drop them. A semaphore for which somebody waited says so
/// until somebody acquires or puts back, as above.
///
/// ```
/// use std::pin::pin;
/// use std::task::{Context, Waker};
///
/// let semaphore = selvedge::Semaphore::new(1);
/// let permit = semaphore.try_acquire().unwrap();
/// let mut context = Context::from_waker(Waker::noop());
/// {
///     let mut first = pin!(semaphore.acquire_async());
///     assert!(first.as_mut().poll(&mut context).is_pending());
///     drop(permit); // it goes to `first`
///     assert!(semaphore.try_acquire().is_err());
/// } // and `first` goes
/// assert!(semaphore.try_acquire().is_ok());
/// # use std::future::Future;
/// ```
///
/// It cannot be moved once it was polled, because the queue knows where it is:
///
/// ```compile_fail,E0277
/// fn needs_unpin<T: Unpin>() {}
/// needs_unpin::<selvedge::semaphore::Acquire>();
/// ```
///
/// ```
/// fn may_be_sent<T: Send>() {}
/// may_be_sent::<selvedge::semaphore::Acquire>();
/// ```
#[must_use = "a future does nothing unless it is polled"]
pub struct SemaphoreAcquire<S: Deref<Target = Semaphore>> {
    /// `None` after it has said what came of it.
    semaphore: Option<S>,
    count: usize,
    /// What it is called in a picture.
    action: &'static str,
    task: Task,
}

/// A future that takes permits which borrow their semaphore.
pub type Acquire<'a> = SemaphoreAcquire<&'a Semaphore>;

/// A future that takes permits which own an `Arc` of their semaphore.
pub type AcquireArc = SemaphoreAcquire<Arc<Semaphore>>;

impl<S: Deref<Target = Semaphore>> SemaphoreAcquire<S> {
    #[inline]
    fn of(semaphore: S, count: usize, action: &'static str) -> Self {
        Self {
            semaphore: Some(semaphore),
            count,
            action,
            task: Task::new(),
        }
    }
}

impl<S: Deref<Target = Semaphore>> Future for SemaphoreAcquire<S> {
    type Output = Result<SemaphorePermit<S>, Closed>;

    #[track_caller]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.as_ref();
        let Some(semaphore) = &this.get_ref().semaphore else {
            polled_too_often()
        };
        // SAFETY: pinned as the future is that it is in.
        let task = unsafe { this.map_unchecked(|this| &this.task) };
        let result = ready!(semaphore.raw.poll(this.action, task, this.count, context));
        // SAFETY: nothing is moved but the way to the semaphore, which nobody points at; and the queue does not know the task
        // any more.
        let this = unsafe { self.get_unchecked_mut() };
        let Some(semaphore) = this.semaphore.take() else {
            polled_too_often()
        };
        let result = match result {
            Ok(()) => Ok(SemaphorePermit::of(semaphore, this.count)),
            Err(refusal) => Err(closed(refusal)),
        };
        // It is code of users. If it panics, the permits go back.
        drop(this.task.take_waker());
        Poll::Ready(result)
    }
}

#[cold]
#[track_caller]
fn polled_too_often() -> ! {
    panic!(
        "selvedge: a future that takes permits was polled after it had said what came of it; make a new one for each request"
    )
}

impl<S: Deref<Target = Semaphore>> Drop for SemaphoreAcquire<S> {
    #[inline]
    #[track_caller]
    fn drop(&mut self) {
        if let Some(semaphore) = &self.semaphore {
            semaphore.raw.cancel(self.action, &self.task, self.count);
        }
    }
}

impl<S: Deref<Target = Semaphore>> fmt::Debug for SemaphoreAcquire<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SemaphoreAcquire")
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}

// --- errors -----------------------------------------------------------------------------------------

/// A [`Semaphore`] was closed: it gives out no permit any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Closed;

/// Why [`Semaphore::try_acquire`] has no permit to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TryAcquireError {
    /// There are too few, or others wait for them. There may be some later.
    NoPermits,
    /// The semaphore was closed. There will be none.
    Closed,
}

/// Why [`Semaphore::acquire_for`] has no permit to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AcquireTimeoutError {
    /// There were too few until the time was up. There may be some later.
    TimedOut,
    /// The semaphore was closed. There will be none.
    Closed,
}

const CLOSED: &str = "the semaphore is closed and gives out no permit any more; stop asking";

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(CLOSED)
    }
}

impl fmt::Display for TryAcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoPermits => {
                "the semaphore has too few permits now, or others wait for them; try later, or wait"
            }
            Self::Closed => CLOSED,
        })
    }
}

impl fmt::Display for AcquireTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TimedOut => {
                "the semaphore had too few permits in time; try again, or wait longer"
            }
            Self::Closed => CLOSED,
        })
    }
}

impl core::error::Error for Closed {}
impl core::error::Error for TryAcquireError {}
impl core::error::Error for AcquireTimeoutError {}

impl From<Closed> for TryAcquireError {
    fn from(_: Closed) -> Self {
        Self::Closed
    }
}

impl From<Closed> for AcquireTimeoutError {
    fn from(_: Closed) -> Self {
        Self::Closed
    }
}
