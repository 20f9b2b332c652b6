//! [`Monitor`]: data behind a [`RawMonitor`], and the conditions that threads wait for.

use core::fmt;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::ptr;

use lock_api::MutexGuard;

use super::Condvar;
use super::raw::{Known, RawMonitor};
use crate::sys::cell::UnsafeCell;
use crate::sys::{Duration, Instant, deadline_after};

/// Data that one thread at a time has, and that threads wait for to be as they need it: nobody has to notify them.
///
/// # Example
///
/// ```
/// use selvedge::Monitor;
///
/// let queue = Monitor::new(Vec::new());
/// std::thread::scope(|scope| {
///     let consumer = scope.spawn(|| queue.when(|queue| !queue.is_empty(), |queue| queue.pop()));
///     queue.lock().push(7); // and the consumer goes on
///     assert_eq!(consumer.join().unwrap(), Some(7));
/// });
/// ```
///
/// # When to use it, and when not
///
/// For a state that several threads change and wait for, where the conditions can be read off the state. There is no
/// notification to forget, none too many, and no loop around a wait. The price is that whoever leaves asks the questions
/// of those who wait: keep them short, and give a name to one that many wait for (a [`Condition`]). For many threads that wait for
/// many different things, for a lock that is hot, or for a change that cannot be read off the state, use a
/// [`Mutex`](crate::Mutex) and a [`Condvar`].
///
/// # The signalling discipline
///
/// **The leaver decides, and hands over.** A thread that leaves the monitor (its guard is dropped, also by a panic, or it
/// begins to wait) asks the conditions of those who wait, in the order of their arrival, and gives the monitor to the first whose
/// condition holds. Nobody comes between: the condition that a thread waited for *is so* when the wait returns. This is the
/// hand-over of the monitors of Hoare and Brinch Hansen, with conditions in place of signals.
///
/// In the other discipline, that of Mesa and of every condvar today, a notification is a hint: who is woken queues up with
/// everybody else, and has to look again. Both can be used on one monitor, and compared:
///
/// ```
/// use selvedge::{Condvar, Monitor};
///
/// struct Stock { apples: u32 }
/// let stock = Monitor::new(Stock { apples: 0 });
/// let changed = Condvar::new();
/// std::thread::scope(|scope| {
///     // Automatic: says what it needs, and has it when it goes on.
///     scope.spawn(|| stock.when(|stock| stock.apples >= 2, |stock| stock.apples -= 2));
///     // Classic: wakes up when it is told to, and looks again.
///     scope.spawn(|| {
///         let mut stock = stock.lock();
///         while stock.apples < 3 {
///             stock.wait_on(&changed);
///         }
///         stock.apples -= 3;
///     });
///     stock.lock().apples += 5;
///     changed.notify_all(); // for the second one; forget it, and that one sleeps for ever
/// });
/// assert_eq!(stock.into_inner().apples, 0);
/// ```
///
/// # Conditions
///
/// A condition is a closure over the state, or a named [`Condition`], as `NOT_EMPTY.holds()`. It is run by whichever
/// thread leaves, under the monitor, while its own thread sleeps. So it is `Send`, and it should be short, depend on
/// the state only, and neither wait for anything nor lock anything (whoever asks may hold other locks) nor read
/// thread-locals. What changes the state without the monitor, through an atomic in it, is not noticed until somebody
/// leaves.
///
/// # Fairness
///
/// Among those whose condition holds, the one that came first goes on. They go before those who queue at the door,
/// but while somebody queues there, the monitor is handed over inside at most 32 times in a row before it goes to the first at
/// the door. At the door it is as with [`Mutex`](crate::Mutex). If the one that is to go on gives up at that very moment, because
/// its time is over, the next one whose condition holds goes on, and it comes in by the door.
///
/// # Blocking and deadlock
///
/// [`lock`](Self::lock) sleeps as [`Mutex::lock`](crate::Mutex) does, and the same thread must not lock twice; in a
/// debug build that is a panic after a second (not with the feature `send_guard`). If all wait and no condition holds,
/// all sleep for ever: the models say so, with the names of the conditions. The child of a `fork` must not use a
/// monitor that threads waited in: it would be handed to one that is not there.
///
/// # Ordering
///
/// Everything before leaving happens before everything after the entry, or the end of the wait, that follows it.
/// `docs/memory-ordering.md`, rows N1 and M1. A leaver does not touch the monitor any more once another thread can have it:
/// that thread may free it.
///
/// # Panics
///
/// A condition that panics, on whatever thread it runs, panics in the thread whose condition it is: with its guard
/// alive if it waits on a guard, and in [`when`](Self::when) and [`lock_when`](Self::lock_when) without the monitor.
/// Nobody else notices, but for the panic hook, which runs on the thread that asked. A condition that locks the monitor
/// whose state it is asked about panics at once. There is no poisoning: a panic with the guard alive leaves the
/// monitor.
///
/// # Spurious wake-ups and timeouts
///
/// There are no spurious wake-ups. The timed forms give up no earlier than their time. A timeout bounds the waiting for
/// the condition, *not the way back in*: who has waited inside has to leave the list, which belongs to the owner, and so waits
/// at the door until it is let in. Then it asks once more; so a condition may be found to hold later than the deadline, and that
/// counts. A thread that gives up passes the monitor on. A duration that the clock cannot add is no deadline.
///
/// # Cost
///
/// 16 bytes beside the data on a 64-bit machine; who waits is on the stack of its thread. Entering and leaving costs
/// what it costs with a `Mutex`, and a look whether anybody waits. A leaver asks each condition once, a named one once
/// for all who wait for it (and again when the one that is to go on gives up at that moment), and wakes one thread (a
/// wait on a [`Condvar`](crate::Condvar) that leaves, one more of those that were moved to the door).
///
/// # Checked
///
/// That a wait returns with its condition, no lost wake-up, visibility, timeouts at every moment, conditions that panic, how
/// often each condition is asked, that entrants get in, and the classic style beside it: under loom
/// (`loom-tests/tests/monitor.rs`) and shuttle (`shuttle-tests/tests/monitor.rs`) with at least three
/// preemptions, there also against random programs (`shuttle-tests/tests/random_monitor.rs`), and on real threads over both
/// backends (`tests/monitor.rs`). The broken twins: `loom-tests/tests/twins_monitor.rs`.
///
/// # What does not compile
///
/// A condition goes to other threads, so it has to be `Send`:
///
/// ```
/// let (monitor, limit) = (selvedge::Monitor::new(1), std::sync::Arc::new(1));
/// monitor.when(|number| *number == *limit, |_| ());
/// ```
///
/// ```compile_fail,E0277
/// let (monitor, limit) = (selvedge::Monitor::new(1), std::rc::Rc::new(1));
/// monitor.when(|number| *number == *limit, |_| ());
/// ```
///
/// And it does not change the state:
///
/// ```compile_fail,E0594
/// let monitor = selvedge::Monitor::new(1);
/// monitor.when(|number| { *number += 1; true }, |_| ());
/// ```
///
/// Threads share a monitor if its data may go from one to the other:
///
/// ```
/// fn shareable<T: Sync>() {}
/// shareable::<selvedge::Monitor<std::cell::Cell<u8>>>();
/// ```
///
/// ```compile_fail,E0277
/// fn shareable<T: Sync>() {}
/// shareable::<selvedge::Monitor<std::rc::Rc<u8>>>();
/// ```
pub struct Monitor<T: ?Sized> {
    mutex: lock_api::Mutex<RawMonitor, T>,
}

/// Gives access to the data of a [`Monitor`], and leaves it when dropped.
///
/// It stays on its thread, unless the feature `send_guard` is on:
///
/// ```compile_fail,E0277
/// let monitor = selvedge::Monitor::new(1);
/// let guard = monitor.lock();
/// std::thread::scope(|scope| {
///     scope.spawn(move || drop(guard));
/// });
/// ```
///
/// What it lends does not outlive it, nor a wait:
///
/// ```compile_fail,E0505
/// let monitor = selvedge::Monitor::new(1);
/// let guard = monitor.lock();
/// let data = &*guard;
/// drop(guard);
/// assert_eq!(*data, 1);
/// ```
///
/// ```compile_fail,E0502
/// let monitor = selvedge::Monitor::new(1);
/// let mut guard = monitor.lock();
/// let data = &*guard;
/// guard.wait(|number| *number == 1);
/// assert_eq!(*data, 1);
/// ```
///
/// ```
/// let monitor = selvedge::Monitor::new(1);
/// let mut guard = monitor.lock();
/// guard.wait(|number| *number == 1);
/// let data = &*guard;
/// assert_eq!(*data, 1);
/// drop(guard);
/// ```
#[must_use = "if unused the monitor is left at once"]
pub struct MonitorGuard<'a, T: ?Sized> {
    guard: MutexGuard<'a, RawMonitor, T>,
}

/// A [`Monitor::when_for`] did not get in with its condition holding in time. The body was not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct MonitorTimedOut;

impl fmt::Display for MonitorTimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the monitor was not entered in time with its condition holding")
    }
}

impl core::error::Error for MonitorTimedOut {}

impl<T> Monitor<T> {
    /// A monitor with `data` in it.
    #[inline]
    pub const fn new(data: T) -> Self {
        Self {
            mutex: lock_api::Mutex::new(data),
        }
    }

    /// The data, and the monitor is gone.
    #[inline]
    pub fn into_inner(self) -> T {
        self.mutex.into_inner()
    }
}

impl<T: ?Sized> Monitor<T> {
    /// The data, without entering: the borrow is proof that nobody else is inside.
    #[inline]
    pub fn get_mut(&mut self) -> &mut T {
        self.mutex.get_mut()
    }

    /// Whether somebody is inside, or is being let in: an answer that may be out of date at once.
    #[inline]
    pub fn is_locked(&self) -> bool {
        self.mutex.is_locked()
    }

    // --- entering -----------------------------------------------------------------------------

    /// Enters, and waits at the door if it must.
    ///
    /// # Panics
    ///
    /// If it is called by a condition of this monitor, as do all that enter and may wait.
    #[inline]
    #[track_caller]
    pub fn lock(&self) -> MonitorGuard<'_, T> {
        let guard = self.mutex.lock();
        MonitorGuard { guard }
    }

    /// Enters if that is possible at once.
    #[inline]
    #[track_caller]
    pub fn try_lock(&self) -> Option<MonitorGuard<'_, T>> {
        let guard = self.mutex.try_lock()?;
        Some(MonitorGuard { guard })
    }

    /// As [`lock`](Self::lock), but gives up after `timeout`.
    #[inline]
    #[track_caller]
    pub fn try_lock_for(&self, timeout: Duration) -> Option<MonitorGuard<'_, T>> {
        self.try_lock_with(deadline_after(timeout))
    }

    /// As [`lock`](Self::lock), but gives up at `deadline`.
    #[inline]
    #[track_caller]
    pub fn try_lock_until(&self, deadline: Instant) -> Option<MonitorGuard<'_, T>> {
        self.try_lock_with(Some(deadline))
    }

    #[inline]
    #[track_caller]
    fn try_lock_with(&self, deadline: Option<Instant>) -> Option<MonitorGuard<'_, T>> {
        match deadline {
            Some(deadline) => {
                let guard = self.mutex.try_lock_until(deadline)?;
                Some(MonitorGuard { guard })
            }
            None => Some(self.lock()),
        }
    }

    // --- entering when a condition holds ------------------------------------------------------

    /// Enters when `condition` holds. It holds when this returns.
    #[inline]
    #[track_caller]
    pub fn lock_when<A: Answer<T>>(
        &self,
        condition: impl FnMut(&T) -> A + Send,
    ) -> MonitorGuard<'_, T> {
        let mut guard = self.lock();
        guard.wait(condition);
        guard
    }

    /// As [`lock_when`](Self::lock_when), but gives up after `timeout`.
    #[inline]
    #[track_caller]
    pub fn lock_when_for<A: Answer<T>>(
        &self,
        condition: impl FnMut(&T) -> A + Send,
        timeout: Duration,
    ) -> Option<MonitorGuard<'_, T>> {
        self.lock_when_with(condition, deadline_after(timeout))
    }

    /// As [`lock_when`](Self::lock_when), but gives up at `deadline`.
    #[inline]
    #[track_caller]
    pub fn lock_when_until<A: Answer<T>>(
        &self,
        condition: impl FnMut(&T) -> A + Send,
        deadline: Instant,
    ) -> Option<MonitorGuard<'_, T>> {
        self.lock_when_with(condition, Some(deadline))
    }

    #[inline]
    #[track_caller]
    fn lock_when_with<A: Answer<T>>(
        &self,
        condition: impl FnMut(&T) -> A + Send,
        deadline: Option<Instant>,
    ) -> Option<MonitorGuard<'_, T>> {
        let mut guard = self.try_lock_with(deadline)?;
        // If not, the guard passes the monitor on.
        guard.wait_with(condition, deadline).then_some(guard)
    }

    /// Enters when `condition` holds, runs `body`, and leaves.
    ///
    /// ```
    /// let tickets = selvedge::Monitor::new(2);
    /// let left = tickets.when(|left| *left > 0, |left| {
    ///     *left -= 1;
    ///     *left
    /// });
    /// assert_eq!(left, 1);
    /// ```
    #[inline]
    #[track_caller]
    pub fn when<A: Answer<T>, R>(
        &self,
        condition: impl FnMut(&T) -> A + Send,
        body: impl FnOnce(&mut T) -> R,
    ) -> R {
        body(&mut self.lock_when(condition))
    }

    /// As [`when`](Self::when), but gives up after `timeout`.
    ///
    /// # Errors
    ///
    /// If the time was up before the condition held. Then `body` was not run.
    #[inline]
    #[track_caller]
    pub fn when_for<A: Answer<T>, R>(
        &self,
        condition: impl FnMut(&T) -> A + Send,
        timeout: Duration,
        body: impl FnOnce(&mut T) -> R,
    ) -> Result<R, MonitorTimedOut> {
        self.when_with(condition, deadline_after(timeout), body)
    }

    /// As [`when`](Self::when), but gives up at `deadline`.
    ///
    /// # Errors
    ///
    /// If the time was up before the condition held. Then `body` was not run.
    #[inline]
    #[track_caller]
    pub fn when_until<A: Answer<T>, R>(
        &self,
        condition: impl FnMut(&T) -> A + Send,
        deadline: Instant,
        body: impl FnOnce(&mut T) -> R,
    ) -> Result<R, MonitorTimedOut> {
        self.when_with(condition, Some(deadline), body)
    }

    #[inline]
    #[track_caller]
    fn when_with<A: Answer<T>, R>(
        &self,
        condition: impl FnMut(&T) -> A + Send,
        deadline: Option<Instant>,
        body: impl FnOnce(&mut T) -> R,
    ) -> Result<R, MonitorTimedOut> {
        match self.lock_when_with(condition, deadline) {
            Some(mut guard) => Ok(body(&mut guard)),
            None => Err(MonitorTimedOut),
        }
    }
}

impl<T: ?Sized> MonitorGuard<'_, T> {
    // --- automatic signalling -----------------------------------------------------------------

    /// Leaves, and comes back when `condition` holds: it holds when this returns. If it holds now, nothing happens.
    ///
    /// # Panics
    ///
    /// If the condition panics, on whatever thread; the guard is alive then.
    #[inline]
    #[track_caller]
    pub fn wait<A: Answer<T>>(&mut self, condition: impl FnMut(&T) -> A + Send) {
        let holds = self.wait_with(condition, None);
        debug_assert!(holds, "without a deadline there is no giving up");
    }

    /// As [`wait`](Self::wait), but gives up after `timeout`. Returns whether the condition holds; the guard is good in both
    /// cases.
    #[inline]
    #[track_caller]
    pub fn wait_for<A: Answer<T>>(
        &mut self,
        condition: impl FnMut(&T) -> A + Send,
        timeout: Duration,
    ) -> bool {
        self.wait_with(condition, deadline_after(timeout))
    }

    /// As [`wait`](Self::wait), but gives up at `deadline`. Returns whether the condition holds; the guard is good in both
    /// cases.
    #[inline]
    #[track_caller]
    pub fn wait_until<A: Answer<T>>(
        &mut self,
        condition: impl FnMut(&T) -> A + Send,
        deadline: Instant,
    ) -> bool {
        self.wait_with(condition, Some(deadline))
    }

    #[inline]
    #[track_caller]
    fn wait_with<A: Answer<T>>(
        &mut self,
        mut condition: impl FnMut(&T) -> A + Send,
        deadline: Option<Instant>,
    ) -> bool {
        let data = MutexGuard::mutex(&self.guard).data_ptr();
        let mut question = || {
            // SAFETY: whoever asks owns the monitor and lends the data to nobody else meanwhile; this guard is borrowed
            // for as long as the question may be asked.
            condition(unsafe { &*data })
        };
        let raw = self.raw();
        let answer = raw.ask(&mut question);
        if answer.is_yes(ASKER) {
            return true;
        }
        let known = answer.known(ASKER);
        // SAFETY: this guard owns the monitor, and the answer was no. The closure is `Send`; so is the data, if the
        // monitor is shared with other threads.
        unsafe { raw.wait(&mut || question().is_yes(ASKER), known, deadline) }
    }

    // --- explicit signalling ------------------------------------------------------------------

    /// Leaves, and comes back after a notification of `condvar`, in the discipline of Mesa: others may have been inside before
    /// it, so look again. Leaving asks the conditions of those who wait for one, as always.
    ///
    /// # Panics
    ///
    /// With the guard alive, if other threads wait on this condvar with another monitor or mutex.
    #[inline]
    #[track_caller]
    pub fn wait_on(&mut self, condvar: &Condvar) {
        let notified = self.wait_on_with(condvar, None);
        debug_assert!(notified, "without a deadline there is no giving up");
    }

    /// As [`wait_on`](Self::wait_on), but gives up after `timeout`. Returns whether it was notified; the guard is good in both
    /// cases.
    #[inline]
    #[track_caller]
    pub fn wait_on_for(&mut self, condvar: &Condvar, timeout: Duration) -> bool {
        self.wait_on_with(condvar, deadline_after(timeout))
    }

    /// As [`wait_on`](Self::wait_on), but gives up at `deadline`. Returns whether it was notified; the guard is good in both
    /// cases.
    #[inline]
    #[track_caller]
    pub fn wait_on_until(&mut self, condvar: &Condvar, deadline: Instant) -> bool {
        self.wait_on_with(condvar, Some(deadline))
    }

    #[inline]
    #[track_caller]
    fn wait_on_with(&mut self, condvar: &Condvar, deadline: Option<Instant>) -> bool {
        // SAFETY: this guard owns the monitor.
        unsafe { self.raw().wait_on(condvar.raw(), deadline) }
    }

    #[inline]
    fn raw(&self) -> &RawMonitor {
        // SAFETY: it is used to wait only, after which this guard owns the monitor as before.
        unsafe { MutexGuard::mutex(&self.guard).raw() }
    }
}

// --- conditions -----------------------------------------------------------------------------------

/// A condition with a name, which any number of threads can wait for, in any number of [`Monitor`]s.
///
/// Whoever leaves a monitor asks it once for all that wait for it there. Its name is in the pictures of the models.
///
/// ```
/// use selvedge::{Condition, Monitor};
///
/// static QUEUE: Monitor<Vec<u32>> = Monitor::new(Vec::new());
/// static NOT_EMPTY: Condition<Vec<u32>> = Condition::new("not empty", |queue| !queue.is_empty());
///
/// let consumers = [(); 2].map(|()| {
///     std::thread::spawn(|| QUEUE.when(NOT_EMPTY.holds(), |queue| queue.pop()))
/// });
/// QUEUE.lock().extend([1, 2]);
/// for consumer in consumers {
///     assert!(consumer.join().unwrap().is_some());
/// }
/// ```
///
/// What decides may be a closure that has captured something. Then the threads that wait share it, so it is `Fn` and
/// `Sync`:
///
/// ```
/// use selvedge::{Condition, Monitor};
///
/// let (stock, order) = (Monitor::new(5), 3);
/// let enough = Condition::new("enough", |stock: &u32| *stock >= order);
/// stock.when(enough.holds(), |stock| *stock -= order);
/// ```
///
/// ```compile_fail,E0277
/// use selvedge::{Condition, Monitor};
///
/// let (stock, order) = (Monitor::new(5), std::cell::Cell::new(3));
/// let enough = Condition::new("enough", |stock: &u32| *stock >= order.get());
/// stock.when(enough.holds(), |stock| *stock -= order.get());
/// ```
///
/// A condition is told from others by where it is, so it has a place of its own: a static or a variable, not a constant,
/// which may share its place with another one that looks the same.
///
/// ```compile_fail,E0492
/// use selvedge::{Condition, Monitor};
///
/// let stock = Monitor::new(7);
/// stock.when(const { &Condition::new("enough", |stock: &u32| *stock > 5) }.holds(), |_| ());
/// ```
///
/// ```
/// use selvedge::{Condition, Monitor};
///
/// let stock = Monitor::new(7);
/// static ENOUGH: Condition<u32> = Condition::new("enough", |stock| *stock > 5);
/// stock.when(ENOUGH.holds(), |_| ());
/// ```
pub struct Condition<T: ?Sized, F = fn(&T) -> bool> {
    name: &'static str,
    decide: F,
    /// Never used. With it no two conditions can be at one address, however alike they are: the compiler merges constants
    /// that cannot change.
    _place: UnsafeCell<u8>,
    _of: PhantomData<fn(&T)>,
}

// SAFETY: nobody touches `_place`; the rest is shared as its types say.
unsafe impl<T: ?Sized, F: Sync> Sync for Condition<T, F> {}

impl<T: ?Sized, F: Fn(&T) -> bool> Condition<T, F> {
    /// A condition that holds when `decide` says so.
    #[inline]
    pub const fn new(name: &'static str, decide: F) -> Self {
        Self {
            name,
            decide,
            _place: UnsafeCell::new(0),
            _of: PhantomData,
        }
    }

    /// The condition as a closure, for whatever waits for one.
    #[inline]
    pub fn holds<'c>(&'c self) -> impl Fn(&T) -> NamedAnswer<'c, T> + Copy {
        move |state| NamedAnswer {
            is_yes: (self.decide)(state),
            known: Known {
                name: self.name,
                condition: ptr::from_ref(self).cast(),
            },
            _condition: PhantomData,
            _of: PhantomData,
        }
    }
}

impl<T: ?Sized, F> Condition<T, F> {
    /// Its name.
    #[inline]
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

impl<T: ?Sized, F> fmt::Debug for Condition<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Condition").field(&self.name).finish()
    }
}

/// What a condition over a `T` says: `bool`, or the [`NamedAnswer`] of a [`Condition`]. Code that takes conditions can ask
/// for it, and hand them on; only a monitor looks at the answer.
///
/// ```
/// use selvedge::{Answer, Monitor};
///
/// fn take<A: Answer<u32>>(stock: &Monitor<u32>, condition: impl Fn(&u32) -> A + Send) {
///     stock.when(condition, |stock| *stock -= 1);
/// }
/// take(&Monitor::new(1), |stock| *stock > 0);
/// ```
///
/// ```compile_fail,E0061
/// use selvedge::{Answer, Monitor};
///
/// fn take<A: Answer<u32>>(stock: &Monitor<u32>, condition: impl Fn(&u32) -> A + Send) {
///     assert!(condition(&1).is_yes());
///     stock.when(condition, |stock| *stock -= 1);
/// }
/// take(&Monitor::new(1), |stock| *stock > 0);
/// ```
pub trait Answer<T: ?Sized>: sealed::Answer {}

mod sealed {
    /// Shows that a monitor asks: nobody else can make one. A method of a trait that is sealed could be called through
    /// a bound on it.
    pub struct Asker(pub(super) ());

    pub trait Answer {
        fn is_yes(&self, asker: Asker) -> bool;
        fn known(&self, asker: Asker) -> super::Known;
    }
}

const ASKER: sealed::Asker = sealed::Asker(());

impl<T: ?Sized> Answer<T> for bool {}

impl sealed::Answer for bool {
    #[inline]
    fn is_yes(&self, _: sealed::Asker) -> bool {
        *self
    }

    #[inline]
    fn known(&self, _: sealed::Asker) -> Known {
        Known {
            name: "",
            condition: ptr::null(),
        }
    }
}

/// Whether a [`Condition`] over a `T` holds, and which one it is. A closure of your own that returns one must always return
/// that of the same condition, asked about the state that it was given: others are not asked whose condition it is.
///
/// So it does not answer for another state, of which the closure shows the condition a part: two threads may mean
/// different parts. Such a condition is one over the whole.
///
/// ```compile_fail,E0277
/// use selvedge::{Condition, Monitor};
///
/// static LARGE: Condition<u32> = Condition::new("large", |number| *number > 5);
/// let pair = Monitor::new((7, 1));
/// pair.when(|pair| LARGE.holds()(&pair.0), |_| ());
/// ```
///
/// ```
/// use selvedge::{Condition, Monitor};
///
/// static LARGE: Condition<(u32, u32)> = Condition::new("the first is large", |pair| pair.0 > 5);
/// let pair = Monitor::new((7, 1));
/// pair.when(|pair| LARGE.holds()(pair), |_| ());
/// ```
pub struct NamedAnswer<'c, T: ?Sized> {
    is_yes: bool,
    known: Known,
    /// The condition is alive, so that no other has its address.
    _condition: PhantomData<&'c ()>,
    /// It was asked about this.
    _of: PhantomData<fn(&T)>,
}

impl<T: ?Sized> Answer<T> for NamedAnswer<'_, T> {}

impl<T: ?Sized> sealed::Answer for NamedAnswer<'_, T> {
    #[inline]
    fn is_yes(&self, _: sealed::Asker) -> bool {
        self.is_yes
    }

    #[inline]
    fn known(&self, _: sealed::Asker) -> Known {
        self.known
    }
}

impl<T: ?Sized> Clone for NamedAnswer<'_, T> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Copy for NamedAnswer<'_, T> {}

impl<T: ?Sized> fmt::Debug for NamedAnswer<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NamedAnswer")
            .field(&self.known.name)
            .field(&self.is_yes)
            .finish()
    }
}

// --- what everybody expects -----------------------------------------------------------------------

impl<T: Default> Default for Monitor<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for Monitor<T> {
    fn from(data: T) -> Self {
        Self::new(data)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Monitor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Monitor");
        match self.try_lock() {
            Some(guard) => shown.field("data", &&*guard),
            None => shown.field("data", &format_args!("<locked>")),
        };
        // SAFETY: it is only looked at.
        let raw = unsafe { self.mutex.raw() };
        shown.field("entrants", &raw.has_entrants()).finish()
    }
}

impl<T: ?Sized> Deref for MonitorGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T: ?Sized> DerefMut for MonitorGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MonitorGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for MonitorGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
