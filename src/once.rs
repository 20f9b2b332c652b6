//! [`Once`]: the front of [`RawOnce`].

use crate::raw::RawOnce;

pub use crate::raw::OnceState;

/// Something that is done once, by whoever comes first, while the others wait until it is done.
///
/// # Example
///
/// ```
/// use selvedge::Once;
///
/// static START: Once = Once::new();
///
/// std::thread::scope(|scope| {
///     for _ in 0..3 {
///         scope.spawn(|| START.call_once(|| println!("said by one of them")));
///     }
/// });
/// assert!(START.is_completed());
/// ```
///
/// # When to use it, and when not
///
/// For an effect. The methods are those of the
/// standard library's `Once`, and `state` of parking_lot's. [`OnceState`] is an enum as parking_lot's, and
/// is passed by reference and has `is_poisoned` as the standard library's.
///
/// # Fairness
///
/// Whoever comes first runs the initialiser. After a panic, whoever calls
/// [`call_once_force`](Self::call_once_force) first tries again.
///
/// # Blocking and deadlock
///
/// A call sleeps in a futex while another thread runs the initialiser. An initialiser that uses its own
/// `Once` is a panic, where the standard library's would wait for ever. Two initialisers on two threads
/// that wait for each other do so for ever; the models name the circle.
///
/// # Ordering
///
/// Everything that the initialiser did happens before the return of every call and wait, and before
/// [`is_completed`](Self::is_completed) says yes. `docs/memory-ordering.md`, row O1. The thread that ran the
/// initialiser does not touch the `Once` any more when others can see that it is done: they may free it.
///
/// # Panics
///
/// A panic of the initialiser goes on in its caller and *poisons*: all who wait, and all later calls, panic,
/// until [`call_once_force`](Self::call_once_force) has succeeded. Using a `Once` inside its own
/// initialiser panics, and so poisons.
///
/// # Spurious wake-ups and timeouts
///
/// Neither.
///
/// # Cost
///
/// 4 bytes. When it is done, a call is one load. The completion makes one system call if anybody waits, and
/// none otherwise.
///
/// # Checked
///
/// That it runs once, visibility, poisoning and recovery, no lost wake-up, and that its own use inside an
/// initialiser is noticed exactly: exhaustively under loom (`loom-tests/tests/once.rs`) and shuttle
/// (`shuttle-tests/tests/once.rs`), and on real threads over both backends (`tests/once.rs`).
#[derive(Default)]
pub struct Once {
    raw: RawOnce,
}

impl Once {
    /// Nothing is done yet.
    #[inline]
    pub const fn new() -> Self {
        Self {
            raw: RawOnce::new(),
        }
    }

    /// One that is done already, and runs no initialiser.
    #[inline]
    pub const fn new_completed() -> Self {
        Self {
            raw: RawOnce::new_completed(),
        }
    }

    /// Runs `initialise` if nobody has; returns when it is done.
    ///
    /// # Panics
    ///
    /// If an initialiser has panicked, or if it is called inside an initialiser of this `Once`.
    #[inline]
    #[track_caller]
    pub fn call_once<F: FnOnce()>(&self, initialise: F) {
        if !self.raw.is_completed() {
            let mut initialise = Some(initialise);
            self.raw.call(false, &mut |_| {
                (initialise.take().expect("it is run once"))();
                true
            });
        }
    }

    /// As [`call_once`](Self::call_once), but tries again after a panic. The initialiser learns whether
    /// there was one.
    ///
    /// # Panics
    ///
    /// If it is called inside an initialiser of this `Once`.
    #[inline]
    #[track_caller]
    pub fn call_once_force<F: FnOnce(&OnceState)>(&self, initialise: F) {
        if !self.raw.is_completed() {
            let mut initialise = Some(initialise);
            self.raw.call(true, &mut |state| {
                (initialise.take().expect("it is run once"))(state);
                true
            });
        }
    }

    /// Whether it is done. Then everything that the initialiser did is visible.
    #[inline]
    #[track_caller]
    pub fn is_completed(&self) -> bool {
        self.raw.is_completed()
    }

    /// How far it is.
    #[inline]
    #[track_caller]
    pub fn state(&self) -> OnceState {
        self.raw.state()
    }

    /// Waits until somebody has done it.
    ///
    /// # Panics
    ///
    /// If an initialiser has panicked, or if it is called inside an initialiser of this `Once`.
    #[inline]
    #[track_caller]
    pub fn wait(&self) {
        if !self.raw.is_completed() {
            self.raw.wait(false);
        }
    }

    /// As [`wait`](Self::wait), but waits on after a panic until another call has succeeded.
    ///
    /// # Panics
    ///
    /// If it is called inside an initialiser of this `Once`.
    #[inline]
    #[track_caller]
    pub fn wait_force(&self) {
        if !self.raw.is_completed() {
            self.raw.wait(true);
        }
    }
}

impl core::fmt::Debug for Once {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Once").finish_non_exhaustive()
    }
}
