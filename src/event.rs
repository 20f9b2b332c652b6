//! [`Event`]: the front of [`RawEvent`].

use crate::raw::RawEvent;
use crate::sys::{Duration, Instant, deadline_after};

/// An event that threads wait for: once set, it lets everybody pass until it is reset.
///
/// # Example
///
/// ```
/// use selvedge::Event;
///
/// static READY: Event = Event::new();
///
/// std::thread::scope(|scope| {
///     for _ in 0..3 {
///         scope.spawn(|| READY.wait());
///     }
///     // ... make ready what they wait for ...
///     READY.set();
/// });
/// assert!(READY.is_set());
/// ```
///
/// # When to use it, and when not
///
/// To say that something is so, or is so for a while: the configuration is loaded, the program is to stop, the
/// connection is up. For something that is done by whoever comes first and never undone,
/// [`Once`](crate::Once) does the rest too. To release one thread each time,
/// [`AutoResetEvent`](crate::AutoResetEvent). For a condition on data, a [`Condvar`](crate::Condvar):
/// an event that was set says nothing about how things are now.
///
/// Whoever waits for events that others set, looks, and waits again, calls [`reset`](Self::reset) *before* it
/// looks: what comes after that sets the event again, and what came before that is seen.
///
/// # Fairness
///
/// A [`set`](Self::set) releases every thread that waits at that moment, also if a `reset` follows before they
/// come to look.
///
/// # Blocking and deadlock
///
/// A wait sleeps in a futex until somebody sets the event. An event has no owner: if nobody sets it, the
/// models report a lost wake-up and not a circle.
///
/// # Ordering
///
/// Everything before a `set` happens before the return of a wait that it releases, before
/// [`is_set`](Self::is_set) says yes, and before the return of the `reset` that takes it back. That holds for
/// each of several calls of `set`, also for one that finds the event set. `docs/memory-ordering.md`, rows E1 and E2.
/// A `set` does not touch the event any more when others can see that it is set: they may free it.
///
/// # Panics
///
/// Never.
///
/// # Spurious wake-ups and timeouts
///
/// There are no spurious wake-ups. The timed forms say whether the event was set; a wait with a deadline that
/// has passed looks and returns.
///
/// # Cost
///
/// 4 bytes. A wait for an event that is set is one load. A `set` is one atomic operation, and one system call if it
/// changes the event and somebody waits, or has waited and timed out since the last `reset`. A `reset` is one load
/// and, if the event is set, one atomic operation.
///
/// A wait misses a `set` if exactly 2^30 resets come between two of its looks, or a multiple of that:
/// seconds during which the thread did not run, and a coincidence. Then it waits for the next one.
///
/// # Checked
///
/// Visibility, no lost wake-up, a `reset` right after a `set`, timeouts at every moment, the generation's wrap, no use
/// after release: under loom (`loom-tests/tests/event.rs`) and shuttle (`shuttle-tests/tests/event.rs`), random
/// programs against a sequential reference (`shuttle-tests/tests/random_event.rs`), and on real threads over both
/// backends (`tests/event.rs`).
#[derive(Default)]
pub struct Event {
    raw: RawEvent,
}

impl Event {
    /// An event that is not set.
    #[inline]
    pub const fn new() -> Self {
        Self {
            raw: RawEvent::new(),
        }
    }

    /// An event that is set.
    #[inline]
    pub const fn new_set() -> Self {
        Self {
            raw: RawEvent::new_set(),
        }
    }

    /// Sets the event: all who wait are released, and waits return at once until somebody [resets](Self::reset)
    /// it.
    #[inline]
    #[track_caller]
    pub fn set(&self) {
        self.raw.set();
    }

    /// Makes waits wait again; returns whether the event was set.
    ///
    /// If it was, everything is visible that was done before the calls of [`set`](Self::set) that this takes back.
    #[inline]
    #[track_caller]
    pub fn reset(&self) -> bool {
        self.raw.reset()
    }

    /// Whether the event is set. Then everything is visible that was done before it was.
    #[inline]
    #[track_caller]
    pub fn is_set(&self) -> bool {
        self.raw.is_set()
    }

    /// Waits until the event is set.
    #[inline]
    #[track_caller]
    pub fn wait(&self) {
        let released = self.raw.wait(None);
        debug_assert!(released, "without a deadline there is no giving up");
    }

    /// Waits until the event is set, or the time has passed; returns whether it was set.
    ///
    /// ```
    /// use selvedge::Event;
    /// use std::time::Duration;
    ///
    /// let stop = Event::new();
    /// assert!(!stop.wait_timeout(Duration::from_millis(1)));
    /// stop.set();
    /// assert!(stop.wait_timeout(Duration::ZERO));
    /// ```
    #[inline]
    #[track_caller]
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        self.raw.wait(deadline_after(timeout))
    }

    /// Waits until the event is set, or the deadline has passed; returns whether it was set.
    #[inline]
    #[track_caller]
    pub fn wait_until(&self, deadline: Instant) -> bool {
        self.raw.wait(Some(deadline))
    }
}

impl core::fmt::Debug for Event {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Event").finish_non_exhaustive()
    }
}
