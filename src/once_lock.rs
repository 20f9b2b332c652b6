//! [`OnceLock`]: a value behind a [`RawOnce`].
//!
//! # What
//!
//! A place for a value, and a once whose initialiser puts it there.
//!
//! # Invariants
//!
//! 1. The value is there if and only if the once is done, except inside [`initialise`](OnceLock::initialise) between the
//!    write and the return of the initialiser.
//! 2. The place is written inside an initialiser of the once only, and never after it is done. So shared references to the
//!    value are good for as long as the cell is only shared.
//! 3. Whoever has the cell to itself (`&mut`) finds the once done or not, and nobody is in an initialiser.
//!
//! # In a model
//!
//! The word of a static starts fresh in every execution, its memory does not: a value of an execution that is over is
//! still there, and is forgotten when the next one is written (invariant 1 speaks of the word). In an execution that has
//! failed the word does nothing, so an initialiser that runs in a destructor then may write once more: what was there is
//! forgotten, not dropped. What is dropped in the end is what the word was last set to (`Futex::value`).
//!
//! # Ordering
//!
//! That of the once, edges O1 and O2 of `docs/memory-ordering.md`: the value is written before the swap that says so.

use core::convert::Infallible;
use core::fmt;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::panic::{RefUnwindSafe, UnwindSafe};

use super::OnceState;
use super::raw::{Names, RawOnce};
use crate::sys::cell::UnsafeCell;

const NAMES: Names = Names {
    kind: "OnceLock",
    call: "get_or_init",
    // After a panic the next one tries; it is always called with force.
    after_panic: "call `get_or_init` again",
};

/// A value that is made once, by whoever needs it first, and is shared from then on.
///
/// # Example
///
/// ```
/// use selvedge::OnceLock;
///
/// fn greeting() -> &'static str {
///     static GREETING: OnceLock<String> = OnceLock::new();
///     GREETING.get_or_init(|| "hello".repeat(2))
/// }
///
/// std::thread::scope(|scope| {
///     for _ in 0..3 {
///         scope.spawn(|| assert_eq!(greeting(), "hellohello"));
///     }
/// });
/// ```
///
/// # When to use it, and when not
///
/// For a value that is not known when its place is made, and does not change afterwards. Where the initialiser is
/// known, [`LazyLock`](crate::LazyLock) keeps it beside the value. For an effect without a value,
/// [`Once`](crate::Once). The methods are those of the standard library's `OnceLock`, and
/// [`get_or_try_init`](Self::get_or_try_init) and [`try_insert`](Self::try_insert) as they are proposed there.
///
/// # Fairness
///
/// Whoever comes first runs its initialiser. If that fails or panics, whoever comes next tries.
///
/// # Blocking and deadlock
///
/// [`get`](Self::get) never waits. The forms that initialise, [`set`](Self::set) among them, and
/// [`wait`](Self::wait) sleep in a futex while another thread runs an initialiser. An initialiser that
/// initialises or awaits its own cell is a panic, where the standard library's waits for ever. Two initialisers
/// on two threads that wait for each other do so for ever; the models name the circle.
///
/// # Ordering
///
/// Everything that the initialiser did happens before whoever gets the value goes on.
/// `docs/memory-ordering.md`, row O1; and what an initialiser did that failed, before the next one runs, row O2.
///
/// # Panics
///
/// A panic of the initialiser goes on in its caller and leaves the cell empty, not poisoned. Using a cell inside its own
/// initialiser panics, except for [`get`](Self::get), which finds nothing.
///
/// # Spurious wake-ups and timeouts
///
/// Neither.
///
/// # Cost
///
/// 4 bytes beside the value. When it is there, getting it is one load. Making it costs two read-modify-writes, and
/// one system call if anybody waits.
///
/// # In a model
///
/// A static is empty at the start of every execution. The value of the last one is forgotten, not dropped; do not
/// carry references to it over.
///
/// # Checked
///
/// That one initialiser succeeds, that its value is seen whole, trying again after errors and panics, that it is
/// dropped once or handed out, and its own use inside an initialiser: under loom (`loom-tests/tests/once_lock.rs`) and
/// shuttle (`shuttle-tests/tests/once_lock.rs`), two threads that use it once exhaustively and larger programs with at most
/// three preemptions or at random; against random programs (`shuttle-tests/tests/random_once_lock.rs`); and on
/// real threads over both backends (`tests/once_lock.rs`).
///
/// # What does not compile
///
/// A reference does not outlive its cell:
///
/// ```
/// let cell = selvedge::OnceLock::new();
/// let value: &u8 = cell.get_or_init(|| 1);
/// assert_eq!(*value, 1);
/// ```
///
/// ```compile_fail,E0505
/// let cell = selvedge::OnceLock::new();
/// let value: &u8 = cell.get_or_init(|| 1);
/// drop(cell);
/// assert_eq!(*value, 1);
/// ```
///
/// Threads share a cell only if they may share its value, and if it may be made on one and dropped on another:
///
/// ```
/// let cell = selvedge::OnceLock::<u8>::new();
/// std::thread::scope(|scope| { scope.spawn(|| cell.set(1)); });
/// ```
///
/// ```compile_fail,E0277
/// let cell = selvedge::OnceLock::<std::cell::Cell<u8>>::new();
/// std::thread::scope(|scope| { scope.spawn(|| cell.set(1.into())); });
/// ```
pub struct OnceLock<T> {
    once: RawOnce,
    /// See invariants 1 and 2 at the top of this file.
    value: UnsafeCell<MaybeUninit<T>>,
    /// It owns a value, and drops it.
    _owned: PhantomData<T>,
}

// SAFETY: the once lets one thread write the place while nobody reads it (invariant 2); from then on threads share
// the value, which `Sync` allows. It may be written through a shared reference by one thread and dropped by another,
// which `Send` allows.
unsafe impl<T: Sync + Send> Sync for OnceLock<T> {}

// An initialiser that panics leaves the cell as if it had not been called, so the value is all that one could see
// half done; and through a shared reference a value can be put there.
impl<T: RefUnwindSafe + UnwindSafe> RefUnwindSafe for OnceLock<T> {}
impl<T: UnwindSafe> UnwindSafe for OnceLock<T> {}

impl<T> OnceLock<T> {
    /// An empty one.
    #[inline]
    pub const fn new() -> Self {
        Self {
            once: RawOnce::new(),
            value: UnsafeCell::new(MaybeUninit::uninit()),
            _owned: PhantomData,
        }
    }

    /// The value, if it is there: `None` also while somebody makes it.
    #[inline]
    #[track_caller]
    pub fn get(&self) -> Option<&T> {
        if self.once.is_completed() {
            // SAFETY: it is done.
            Some(unsafe { self.get_unchecked() })
        } else {
            None
        }
    }

    /// The value, if it is there.
    #[inline]
    pub fn get_mut(&mut self) -> Option<&mut T> {
        if self.once.state_alone().is_completed() {
            // SAFETY: it is done.
            Some(unsafe { self.get_mut_unchecked() })
        } else {
            None
        }
    }

    /// Waits until the value is there, whoever makes it.
    ///
    /// # Panics
    ///
    /// If it is called inside an initialiser of this cell.
    #[inline]
    #[track_caller]
    pub fn wait(&self) -> &T {
        if !self.once.is_completed() {
            self.once.wait_as(&NAMES, true);
        }
        // SAFETY: it is done.
        unsafe { self.get_unchecked() }
    }

    /// Puts `value` there.
    ///
    /// # Errors
    ///
    /// `value` itself, if there is one already, or another thread has just made one.
    ///
    /// # Panics
    ///
    /// If it is called inside an initialiser of this cell.
    #[inline]
    #[track_caller]
    pub fn set(&self, value: T) -> Result<(), T> {
        let mut value = Some(value);
        if !self.once.is_completed() {
            let there = self.initialise(&NAMES, true, || {
                Ok::<T, Infallible>(value.take().expect("it is run once"))
            });
            // From here on the cell may be gone: whoever has waited for the value may free it.
            match there {
                Ok(()) => {}
                Err(never) => match never {},
            }
        }
        match value {
            None => Ok(()),
            Some(value) => Err(value),
        }
    }

    /// Puts `value` there and returns a reference to it.
    ///
    /// # Errors
    ///
    /// The value that is there already, and `value` itself.
    ///
    /// # Panics
    ///
    /// If it is called inside an initialiser of this cell.
    #[inline]
    #[track_caller]
    pub fn try_insert(&self, value: T) -> Result<&T, (&T, T)> {
        let mut value = Some(value);
        let there = self.get_or_init(|| value.take().expect("it is run once"));
        match value {
            None => Ok(there),
            Some(value) => Err((there, value)),
        }
    }

    /// The value. If there is none, `initialise` makes it; if another thread is making it, this one waits.
    ///
    /// # Panics
    ///
    /// If `initialise` panics: then the cell is empty. And if it is called inside an initialiser of this cell.
    #[inline]
    #[track_caller]
    pub fn get_or_init(&self, initialise: impl FnOnce() -> T) -> &T {
        match self.get_or_try_init(|| Ok::<T, Infallible>(initialise())) {
            Ok(value) => value,
            Err(never) => match never {},
        }
    }

    /// The value. If there is none, `initialise` tries to make it.
    ///
    /// # Errors
    ///
    /// That of `initialise`: then the cell is empty, and whoever waits tries next.
    ///
    /// # Panics
    ///
    /// If `initialise` panics: then the cell is empty. And if it is called inside an initialiser of this cell.
    ///
    /// ```
    /// use selvedge::OnceLock;
    ///
    /// let port = OnceLock::new();
    /// assert!(port.get_or_try_init(|| "none".parse::<u16>()).is_err());
    /// assert_eq!(port.get_or_try_init(|| "80".parse::<u16>()), Ok(&80));
    /// ```
    #[inline]
    #[track_caller]
    pub fn get_or_try_init<E>(&self, initialise: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
        if !self.once.is_completed() {
            // Trying again after a panic is what makes a panic leave it empty.
            self.initialise(&NAMES, true, initialise)?;
        }
        // SAFETY: it is done.
        Ok(unsafe { self.get_unchecked() })
    }

    /// The value, and the cell is gone.
    #[inline]
    pub fn into_inner(mut self) -> Option<T> {
        self.take()
    }

    /// The value, and the cell is empty.
    pub fn take(&mut self) -> Option<T> {
        if !self.once.state_alone().is_completed() {
            return None;
        }
        self.once = RawOnce::new();
        // SAFETY: it was done, so the value is there (invariant 1). From here on it is nobody's: the word says
        // that there is none.
        Some(unsafe { self.value.get_mut().assume_init_read() })
    }

    // --- also for LazyLock ----------------------------------------------------------------------

    /// Calls the once: unless it is done, `initialise` makes the value. When this returns `Ok` it is done.
    #[cold]
    #[track_caller]
    pub(crate) fn initialise<E>(
        &self,
        names: &Names,
        force: bool,
        initialise: impl FnOnce() -> Result<T, E>,
    ) -> Result<(), E> {
        let mut initialise = Some(initialise);
        let mut result = Ok(());
        self.once.call_as(names, force, &mut |_| {
            match (initialise.take().expect("it is run once"))() {
                Ok(value) => {
                    self.value.with_mut(|place| {
                        // SAFETY: an initialiser of the once runs alone, and nobody has a reference to what is
                        // there: it is not done, so there is no value (invariant 1).
                        unsafe { (*place).write(value) };
                    });
                    true
                }
                Err(error) => {
                    result = Err(error);
                    false
                }
            }
        });
        result
    }

    /// The value.
    ///
    /// # Safety
    ///
    /// The caller has seen that the once is done, with Acquire.
    #[inline]
    #[track_caller]
    pub(crate) unsafe fn get_unchecked(&self) -> &T {
        self.value.with(|place| {
            // SAFETY: it points to the cell's content, which nobody writes to any more (invariant 2) and which lives
            // as long as `self`.
            let place = unsafe { &*place };
            // SAFETY: it is done, so the value is there (invariant 1).
            unsafe { place.assume_init_ref() }
        })
    }

    /// The value.
    ///
    /// # Safety
    ///
    /// The caller has seen that the once is done.
    #[inline]
    pub(crate) unsafe fn get_mut_unchecked(&mut self) -> &mut T {
        // SAFETY: it is done, so the value is there (invariant 1).
        unsafe { self.value.get_mut().assume_init_mut() }
    }

    /// Whether the once is done. Then what its initialiser did is visible.
    #[inline]
    #[track_caller]
    pub(crate) fn is_done(&self) -> bool {
        self.once.is_completed()
    }

    /// How far the once is.
    #[inline]
    pub(crate) fn state_alone(&mut self) -> OnceState {
        self.once.state_alone()
    }
}

// A cell of references may not outlive what they refer to, not even to be dropped. To say that dropping does not look at
// them, as the standard library does, needs an unstable attribute.
impl<T> Drop for OnceLock<T> {
    #[inline]
    fn drop(&mut self) {
        if self.once.state_alone().is_completed() {
            // SAFETY: it is done, so the value is there (invariant 1), and after this nobody uses it.
            unsafe { self.value.get_mut().assume_init_drop() }
        }
    }
}

impl<T> Default for OnceLock<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> From<T> for OnceLock<T> {
    fn from(value: T) -> Self {
        Self {
            once: RawOnce::new_completed(),
            value: UnsafeCell::new(MaybeUninit::new(value)),
            _owned: PhantomData,
        }
    }
}

impl<T: Clone> Clone for OnceLock<T> {
    fn clone(&self) -> Self {
        self.get().cloned().map_or_else(Self::new, Self::from)
    }
}

impl<T: PartialEq> PartialEq for OnceLock<T> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl<T: Eq> Eq for OnceLock<T> {}

impl<T: fmt::Debug> fmt::Debug for OnceLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_tuple("OnceLock");
        match self.get() {
            Some(value) => shown.field(value),
            None => shown.field(&format_args!("<uninit>")),
        };
        shown.finish()
    }
}
