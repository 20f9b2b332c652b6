//! [`AutoResetEvent`]: the front of [`RawAutoResetEvent`].

use crate::raw::RawAutoResetEvent;
use crate::sys::{Duration, Instant, deadline_after};

/// An event that releases one thread each time it is set.
///
/// # Example
///
/// ```
/// use selvedge::AutoResetEvent;
///
/// static WORK: AutoResetEvent = AutoResetEvent::new();
///
/// std::thread::scope(|scope| {
///     scope.spawn(|| WORK.wait());
///     WORK.set();
/// });
/// assert!(!WORK.is_set()); // the wait has taken it
/// ```
///
/// # When to use it, and when not
///
/// To wake one of several threads for one thing to do, or one thread for any number of things: whoever is
/// released looks for all that there is to do, because sets coalesce while nobody waits. To release everybody,
/// [`Event`](crate::Event). To count what was set, a semaphore. For one thread of which you have a handle,
/// [`Parker`](crate::Parker) is smaller.
///
/// It is Windows' event of that name, with one difference: see *fairness*.
///
/// # Fairness
///
/// A [`set`](Self::set) releases one of the threads that wait and are not released yet, exactly one for each `set`. If
/// there is no such thread, the event stays set until the next [`wait`](Self::wait) takes it, and more sets before
/// that are one.
///
/// There is no order among the threads. One that calls `wait` after the `set`, before the thread that was woken is on
/// its feet, is released in its place, where Windows would let it wait; so a thread that sets and then waits may
/// take its own. [`try_wait`](Self::try_wait) and [`reset`](Self::reset) never do that: what was set for a thread that
/// waits they leave to it.
///
/// # Blocking and deadlock
///
/// A wait sleeps in a futex until it is released. An event has no owner: if nobody sets it, the models report
/// a lost wake-up and not a circle.
///
/// # Ordering
///
/// Everything before a `set` happens before the return of the wait that takes it, or of the `reset`; also if the
/// event was set already and the two coalesced. `docs/memory-ordering.md`, row E3. A `set` does not touch the event any
/// more when others can have taken it: they may free it.
///
/// # Panics
///
/// A wait panics, and changes nothing, if 65 534 threads wait already.
///
/// # Spurious wake-ups and timeouts
///
/// There are no spurious wake-ups. A wait that times out has taken nothing, and no `set` is lost with it: if it was
/// woken at the moment when its time had passed, it takes what it was woken for, and says so.
///
/// # Cost
///
/// 4 bytes. A wait for an event that is set, and a `set` of one that is not, are one atomic operation each. A `set`
/// makes one system call if it releases a thread that waits, and none otherwise.
///
/// # Checked
///
/// No set is lost and none is taken twice, also beside timeouts, threads that come between, and `reset`; no lost
/// wake-up, visibility, no use after release: under loom (`loom-tests/tests/auto_reset_event.rs`) and shuttle
/// (`shuttle-tests/tests/auto_reset_event.rs`), random programs against a sequential reference
/// (`shuttle-tests/tests/random_event.rs`), and on real threads over both backends (`tests/auto_reset_event.rs`).
#[derive(Default)]
pub struct AutoResetEvent {
    raw: RawAutoResetEvent,
}

impl AutoResetEvent {
    /// An event that is not set.
    #[inline]
    pub const fn new() -> Self {
        Self {
            raw: RawAutoResetEvent::new(),
        }
    }

    /// An event that is set: the first wait takes it.
    #[inline]
    pub const fn new_set() -> Self {
        Self {
            raw: RawAutoResetEvent::new_set(),
        }
    }

    /// Releases one of the threads that wait. If there is none that is not released yet, the event stays set until
    /// it is taken.
    #[inline]
    #[track_caller]
    pub fn set(&self) {
        self.raw.set();
    }

    /// Makes an event that is set one that is not; returns whether it was. A thread that has been released stays
    /// released.
    #[inline]
    #[track_caller]
    pub fn reset(&self) -> bool {
        self.raw.reset()
    }

    /// Whether the event is set, and for nobody who waits already.
    #[inline]
    #[track_caller]
    pub fn is_set(&self) -> bool {
        self.raw.is_set()
    }

    /// Waits until the event is set, and takes that.
    ///
    /// # Panics
    ///
    /// If too many threads wait already.
    #[inline]
    #[track_caller]
    pub fn wait(&self) {
        let released = self.raw.wait(None);
        debug_assert!(released, "without a deadline there is no giving up");
    }

    /// Takes that the event is set, if it is [so](Self::is_set); returns whether it was.
    #[inline]
    #[track_caller]
    pub fn try_wait(&self) -> bool {
        self.raw.try_wait()
    }

    /// As [`wait`](Self::wait), or until the time has passed; returns whether it has taken a `set`.
    ///
    /// ```
    /// use selvedge::AutoResetEvent;
    /// use std::time::Duration;
    ///
    /// let tick = AutoResetEvent::new_set();
    /// assert!(tick.wait_timeout(Duration::ZERO));
    /// assert!(!tick.wait_timeout(Duration::from_millis(1)));
    /// ```
    ///
    /// # Panics
    ///
    /// If too many threads wait already.
    #[inline]
    #[track_caller]
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        self.raw.wait(deadline_after(timeout))
    }

    /// As [`wait`](Self::wait), or until the deadline has passed; returns whether it has taken a `set`.
    ///
    /// # Panics
    ///
    /// If too many threads wait already.
    #[inline]
    #[track_caller]
    pub fn wait_until(&self, deadline: Instant) -> bool {
        self.raw.wait(Some(deadline))
    }
}

impl core::fmt::Debug for AutoResetEvent {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("AutoResetEvent").finish_non_exhaustive()
    }
}
