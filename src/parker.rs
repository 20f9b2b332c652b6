//! [`Parker`] and [`Unparker`]: the front of [`RawParker`].

use core::cell::Cell;
use core::marker::PhantomData;
use std::sync::Arc;
use std::task::{Wake, Waker};

use crate::raw::RawParker;
use crate::sys::{Duration, Instant, deadline_after};

/// Lets one thread sleep until another says so.
///
/// A `Parker` holds a token, or none. [`park`](Self::park) waits for the token and takes it; an [`Unparker`], which can
/// be cloned and sent anywhere, gives it.
///
/// # Example
///
/// ```
/// use selvedge::Parker;
///
/// let parker = Parker::new();
/// let unparker = parker.unparker().clone();
/// let worker = std::thread::spawn(move || {
///     // ... work ...
///     unparker.unpark();
/// });
/// parker.park(); // until the work is done
/// worker.join().unwrap();
/// ```
///
/// Running a future on the current thread:
///
/// ```
/// use selvedge::Parker;
/// use std::pin::pin;
/// use std::task::{Context, Poll, Waker};
///
/// fn block_on<F: Future>(future: F) -> F::Output {
///     let parker = Parker::new();
///     let waker = Waker::from(parker.unparker().clone());
///     let mut context = Context::from_waker(&waker);
///     let mut future = pin!(future);
///     loop {
///         match future.as_mut().poll(&mut context) {
///             Poll::Ready(output) => return output,
///             Poll::Pending => parker.park(),
///         }
///     }
/// }
/// assert_eq!(block_on(async { 7 }), 7);
/// ```
///
/// # When to use it, and when not
///
/// To build something that waits: a channel, an executor, a lock. The token is the parker's own. That of
/// [`std::thread::park`] is the whole thread's, and whatever else the thread calls may take it or leave one
/// behind. To tell several threads, [`Event`](crate::Event). To wait for data, a [`Condvar`](crate::Condvar).
///
/// The methods are those of crossbeam-utils' `Parker`, but for `into_raw` and `from_raw`, with two differences. There,
/// `park` may return without a token; here it does not. There, `park_timeout` and `park_deadline` return nothing; here
/// they say whether they have taken the token.
///
/// # Fairness
///
/// There is one thread to be fair to.
///
/// # Blocking and deadlock
///
/// `park` sleeps in a futex, with every lock of the thread held, until there is a token. A token has no owner: if
/// nobody gives one, the models report a lost wake-up and not a circle.
///
/// # Ordering
///
/// Everything before a call of [`unpark`](Unparker::unpark) happens before the return of the `park` that takes the
/// token. If several calls of `unpark` have given one token between them, that holds for each of them.
/// `docs/memory-ordering.md`, row P1.
///
/// # Panics
///
/// Never. A `Parker` can be sent to another thread and not shared, so there are no two that park at the same time:
///
/// ```compile_fail,E0277
/// let parker = selvedge::Parker::new();
/// std::thread::scope(|scope| {
///     scope.spawn(|| parker.park());
/// });
/// ```
///
/// ```
/// let parker = selvedge::Parker::new();
/// parker.unparker().unpark();
/// std::thread::scope(|scope| {
///     scope.spawn(move || parker.park());
/// });
/// ```
///
/// # Spurious wake-ups and timeouts
///
/// There are no spurious wake-ups: `park` returns because there was a token, and with it. The timed forms say whether
/// there was one; a token that comes too late stays for the next call.
///
/// # Cost
///
/// A pointer to 4 bytes, which the parker and its unparkers own together. `park` with a token there, and `unpark`
/// with nobody parked, are one atomic operation. `unpark` makes one system call if the thread is parked.
///
/// # Checked
///
/// No token is lost, doubled or invented, visibility also for tokens that coalesce, timeouts at every moment:
/// under loom (`loom-tests/tests/parker.rs`) and shuttle (`shuttle-tests/tests/parker.rs`), random programs against
/// a sequential reference (`shuttle-tests/tests/random_event.rs`), and on real threads over both backends
/// (`tests/parker.rs`).
pub struct Parker {
    unparker: Unparker,
    /// Not `Sync`: one thread parks.
    one_thread: PhantomData<Cell<()>>,
}

/// Gives a [`Parker`] its token.
///
/// It can be cloned, sent and shared, and works on when the parker is gone: then nobody takes the token. It owns a share
/// of what it writes to, so that an [`unpark`](Self::unpark) may still be under way when the thread that it has released
/// drops the parker.
///
/// As a [`Waker`] it wakes the parker's thread; the conversion costs nothing.
#[derive(Clone)]
pub struct Unparker {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    raw: RawParker,
}

// Unlike the cell that makes it not `Sync`, it is as it should be after a panic.
impl core::panic::RefUnwindSafe for Parker {}

impl Parker {
    /// A parker without a token.
    #[must_use]
    pub fn new() -> Self {
        Self {
            unparker: Unparker {
                inner: Arc::default(),
            },
            one_thread: PhantomData,
        }
    }

    /// Waits for the token, and takes it.
    #[inline]
    #[track_caller]
    pub fn park(&self) {
        let taken = self.unparker.inner.raw.park(None);
        debug_assert!(taken, "without a deadline there is no giving up");
    }

    /// Waits for the token, or until the time has passed; returns whether it has taken the token.
    ///
    /// ```
    /// use selvedge::Parker;
    /// use std::time::Duration;
    ///
    /// let parker = Parker::new();
    /// assert!(!parker.park_timeout(Duration::from_millis(1)));
    /// parker.unparker().unpark();
    /// assert!(parker.park_timeout(Duration::ZERO));
    /// ```
    #[inline]
    #[track_caller]
    pub fn park_timeout(&self, timeout: Duration) -> bool {
        self.unparker.inner.raw.park(deadline_after(timeout))
    }

    /// Waits for the token, or until the deadline has passed; returns whether it has taken the token.
    #[inline]
    #[track_caller]
    pub fn park_deadline(&self, deadline: Instant) -> bool {
        self.unparker.inner.raw.park(Some(deadline))
    }

    /// What gives the token. Clone it to take it to another thread.
    #[inline]
    pub fn unparker(&self) -> &Unparker {
        &self.unparker
    }
}

impl Unparker {
    /// Gives the token, unless it is there already; the thread that waits for it comes back.
    #[inline]
    #[track_caller]
    pub fn unpark(&self) {
        self.inner.raw.unpark();
    }

    /// Makes a pointer of it, to be kept where only a pointer fits: as the data of a
    /// [`RawWaker`](std::task::RawWaker). Give it back to [`from_raw`](Self::from_raw), or it is never freed.
    #[must_use]
    pub fn into_raw(self) -> *const () {
        Arc::into_raw(self.inner).cast()
    }

    /// Makes an unparker of such a pointer.
    ///
    /// ```
    /// use selvedge::{Parker, Unparker};
    ///
    /// let parker = Parker::new();
    /// let raw = parker.unparker().clone().into_raw();
    /// // SAFETY: from `into_raw`, and given back once.
    /// unsafe { Unparker::from_raw(raw) }.unpark();
    /// parker.park();
    /// ```
    ///
    /// # Safety
    ///
    /// The pointer came from [`into_raw`](Self::into_raw), and is given back only once.
    pub unsafe fn from_raw(raw: *const ()) -> Self {
        Self {
            // SAFETY: the caller says that it is what `into_raw` has made of an `Arc` of this type, whose share it
            // stands for.
            inner: unsafe { Arc::from_raw(raw.cast()) },
        }
    }
}

impl Wake for Inner {
    fn wake(self: Arc<Self>) {
        self.raw.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.raw.unpark();
    }
}

impl From<Unparker> for Waker {
    fn from(unparker: Unparker) -> Self {
        unparker.inner.into()
    }
}

impl Default for Parker {
    fn default() -> Self {
        Self::new()
    }
}

impl core::fmt::Debug for Parker {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Parker").finish_non_exhaustive()
    }
}

impl core::fmt::Debug for Unparker {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Unparker").finish_non_exhaustive()
    }
}
