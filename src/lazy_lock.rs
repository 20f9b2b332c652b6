//! [`LazyLock`]: a [`OnceLock`] and its initialiser.
//!
//! The initialiser is beside the value and not in its place, where the standard library's has it. That costs the size of
//! an `Option<F>`, and needs no union whose content a word tells: what is there is dropped by itself.
//!
//! # Invariants
//!
//! 1. The initialiser is taken out inside an initialiser of the once only. It is there until the first attempt begins,
//!    and there is one attempt: after a panic the once is poisoned, and is never called with force.
//! 2. In a model this holds for one execution. A static's word starts fresh in the next one; so a function pointer is
//!    left where it is, and anything else is missed with a panic.

use core::convert::Infallible;
use core::fmt;
use core::ops::{Deref, DerefMut};
use core::panic::{RefUnwindSafe, UnwindSafe};

use super::raw::Names;
use super::{OnceLock, OnceState};
use crate::sys::cell::{UnsafeCell, take_initialiser};

const NAMES: Names = Names {
    kind: "LazyLock",
    call: "force",
    after_panic: "it has no value and never will have; use a OnceLock where another try may succeed",
};

const NO_INITIALISER: &str = "selvedge: the initialiser of a LazyLock has run in an earlier execution of the model; \
     make the LazyLock inside the model, or give it a function pointer";

/// A value that is made when it is first used, by an initialiser that is known from the start.
///
/// # Example
///
/// ```
/// use selvedge::LazyLock;
///
/// static GREETING: LazyLock<String> = LazyLock::new(|| "hello".repeat(2));
///
/// std::thread::scope(|scope| {
///     for _ in 0..3 {
///         scope.spawn(|| assert_eq!(*GREETING, "hellohello"));
///     }
/// });
/// ```
///
/// # When to use it, and when not
///
/// For a static that cannot be made by the compiler. Not where the initialiser may fail and be tried again, nor where it
/// needs what only its first user has: that is a [`OnceLock`]. The methods are those of the standard library's
/// `LazyLock`.
///
/// # Fairness
///
/// Whoever comes first runs the initialiser.
///
/// # Blocking and deadlock
///
/// Using it sleeps in a futex while another thread runs the initialiser; [`get`](Self::get) does not. An initialiser
/// that uses its own value is a panic, where the standard library's waits for ever. Two initialisers on two threads that
/// wait for each other do so for ever; the models name the circle.
///
/// # Ordering
///
/// Everything that the initialiser did happens before whoever gets the value goes on. `docs/memory-ordering.md`, row O1.
///
/// # Panics
///
/// A panic of the initialiser goes on in its caller and *poisons*: all who wait, and all later uses, panic, for ever.
/// Using a value inside its own initialiser panics, and so poisons.
///
/// # Spurious wake-ups and timeouts
///
/// Neither.
///
/// # Cost
///
/// 4 bytes and an `Option` of the initialiser beside the value: for the default, a function pointer, 12 bytes on a 64-bit
/// machine. When it is there, using it is one load.
///
/// # In a model
///
/// A static is made anew in every execution, if its initialiser is a function pointer, which is the default. The value of
/// the last one is forgotten, not dropped; do not carry references to it over. A closure is gone when it has run: then
/// the value is not to be used in a later execution, nor in a destructor that runs when its own has failed.
///
/// # Checked
///
/// That the initialiser runs once, that the value is seen whole, poisoning for ever, and its own use inside the
/// initialiser: two threads exhaustively under loom (`loom-tests/tests/once_lock.rs`), more under shuttle
/// (`shuttle-tests/tests/once_lock.rs`) with at most three preemptions and at random, and on real threads over both
/// backends (`tests/once_lock.rs`).
///
/// # What does not compile
///
/// Threads share it only if the initialiser may run on any of them:
///
/// ```
/// let value = selvedge::LazyLock::new(|| 1);
/// std::thread::scope(|scope| { scope.spawn(|| assert_eq!(*value, 1)); });
/// ```
///
/// ```compile_fail,E0277
/// let one = std::rc::Rc::new(1);
/// let value = selvedge::LazyLock::new(move || *one);
/// std::thread::scope(|scope| { scope.spawn(|| assert_eq!(*value, 1)); });
/// ```
pub struct LazyLock<T, F = fn() -> T> {
    value: OnceLock<T>,
    /// See invariant 1 at the top of this file.
    initialiser: UnsafeCell<Option<F>>,
}

// SAFETY: for the value as for `OnceLock`. The initialiser is touched through a shared reference only inside the once,
// by one thread (invariant 1); it is a thread that did not make it, which `Send` allows.
unsafe impl<T: Sync + Send, F: Send> Sync for LazyLock<T, F> {}

// An initialiser that panics poisons, so that nothing half done is seen; what it has captured is seen by nobody else.
impl<T: RefUnwindSafe + UnwindSafe, F: UnwindSafe> RefUnwindSafe for LazyLock<T, F> {}
impl<T: UnwindSafe, F: UnwindSafe> UnwindSafe for LazyLock<T, F> {}

impl<T, F> LazyLock<T, F> {
    /// A value that `initialise` will make.
    #[inline]
    pub const fn new(initialise: F) -> Self {
        Self {
            value: OnceLock::new(),
            initialiser: UnsafeCell::new(Some(initialise)),
        }
    }

    /// The value, if it is there: `None` also while somebody makes it, and if its initialiser has panicked.
    #[inline]
    #[track_caller]
    pub fn get(this: &Self) -> Option<&T> {
        this.value.get()
    }

    /// The value, if it is there.
    #[inline]
    pub fn get_mut(this: &mut Self) -> Option<&mut T> {
        this.value.get_mut()
    }

    /// The value, or the initialiser if nobody has used the value.
    ///
    /// # Errors
    ///
    /// The initialiser.
    ///
    /// # Panics
    ///
    /// If the initialiser has panicked.
    #[track_caller]
    pub fn into_inner(mut this: Self) -> Result<T, F> {
        if this.value.state_alone() == OnceState::Poisoned {
            NAMES.poisoned();
        }
        match this.value.take() {
            Some(value) => Ok(value),
            None => Err(this.initialiser.get_mut().take().expect(NO_INITIALISER)),
        }
    }
}

impl<T, F: FnOnce() -> T> LazyLock<T, F> {
    /// The value; makes it if nobody has. What `*this` does, said aloud.
    ///
    /// # Panics
    ///
    /// If the initialiser panics or has panicked, or if it is called inside the initialiser.
    #[inline]
    #[track_caller]
    pub fn force(this: &Self) -> &T {
        if !this.value.is_done() {
            this.make();
        }
        // SAFETY: it is done.
        unsafe { this.value.get_unchecked() }
    }

    /// The value; makes it if nobody has.
    ///
    /// # Panics
    ///
    /// If the initialiser panics or has panicked.
    #[inline]
    #[track_caller]
    pub fn force_mut(this: &mut Self) -> &mut T {
        if !this.value.state_alone().is_completed() {
            this.make();
        }
        // SAFETY: it is done.
        unsafe { this.value.get_mut_unchecked() }
    }

    /// Makes the value unless it is done. When this returns it is.
    #[cold]
    #[track_caller]
    fn make(&self) {
        let made = self.value.initialise(&NAMES, false, || {
            let initialise = self.initialiser.with_mut(|place| {
                // SAFETY: this is inside the once, where one thread is at a time, and the reference ends here.
                let place = unsafe { &mut *place };
                take_initialiser(place).expect(NO_INITIALISER)
            });
            Ok::<T, Infallible>(initialise())
        });
        match made {
            Ok(()) => {}
            Err(never) => match never {},
        }
    }
}

impl<T, F: FnOnce() -> T> Deref for LazyLock<T, F> {
    type Target = T;

    #[inline]
    #[track_caller]
    fn deref(&self) -> &T {
        Self::force(self)
    }
}

impl<T, F: FnOnce() -> T> DerefMut for LazyLock<T, F> {
    #[inline]
    #[track_caller]
    fn deref_mut(&mut self) -> &mut T {
        Self::force_mut(self)
    }
}

impl<T: Default> Default for LazyLock<T> {
    fn default() -> Self {
        Self::new(T::default)
    }
}

impl<T: fmt::Debug, F> fmt::Debug for LazyLock<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_tuple("LazyLock");
        match Self::get(self) {
            Some(value) => shown.field(value),
            None => shown.field(&format_args!("<uninit>")),
        };
        shown.finish()
    }
}
