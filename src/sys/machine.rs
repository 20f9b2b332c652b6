//! The real world: the atomics of `core`, spinning, and what a [`system`] underneath adds.

pub use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicUsize, fence};

#[cfg(target_has_atomic = "64")]
pub use core::sync::atomic::AtomicU64;

use super::{Ordering, system};

/// Looks for a moment whether `ready`, with pauses, before a caller goes to sleep; for how long, and whether at all, a
/// thread learns (`src/sys/patience.rs`). In the models it does not look: whether sleep comes sooner or later must not
/// matter.
#[inline]
pub fn poll(ready: impl FnMut() -> bool) {
    system::poll(ready);
}

/// What a word holds just now: a hint, for a compare-exchange that fails costs as much as one that does not. In the models it is
/// the `guess`, for whatever a hint says has to be right.
#[inline]
pub fn glimpse<W: Awaited>(word: &W, _guess: W::Value) -> W::Value {
    word.look(Ordering::Relaxed)
}

/// Adds, wrapping around; returns what was there. In the shuttle world only what is `needed` is left of the sum: with a count
/// that nobody needs just now no state of a program would come twice, and no loop could be told. And in an execution that has
/// failed already, where nothing is changed any more, it returns the `guess`.
#[inline]
pub fn add_counting(
    word: &AtomicU32,
    by: u32,
    ordering: Ordering,
    _guess: u32,
    _needed: fn(u32) -> u32,
) -> u32 {
    word.fetch_add(by, ordering)
}

/// Whether the word changes while a thread looks, before it sleeps; not at all, if looking was of no use to it lately.
#[cfg(feature = "std")]
#[inline]
pub(super) fn changes_soon(
    word: &AtomicU32,
    expected: u32,
    deadline: Option<super::Instant>,
) -> bool {
    system::changes_soon(word, expected, deadline)
}

/// Looks whether `done` says so of the value of `word`, for as long as something takes that takes a few
/// instructions; returns whether it did. In the models, where everybody is as fast as is needed, it waits and always
/// does: what follows otherwise is not explored.
#[inline]
pub fn soon<W: Awaited>(word: &W, mut done: impl FnMut(W::Value) -> bool) -> bool {
    /// Some hundred nanoseconds to a few microseconds. Always that many: what is waited for is short, so it is no matter of
    /// habit.
    const LOOKS: u32 = 100;
    for _ in 0..LOOKS {
        if done(word.look(Ordering::Relaxed)) {
            return true;
        }
        core::hint::spin_loop();
    }
    false
}

/// Spins until `done` says so of the value of `word`, loaded with `ordering`; returns that value.
///
/// For loops that only look: in the models this is an *await*, the thread is blocked until somebody
/// writes the word, so that a spinning program ends and a word that nobody will write is a deadlock.
pub fn spin_until<W: Awaited>(
    word: &W,
    ordering: Ordering,
    mut done: impl FnMut(W::Value) -> bool,
) -> W::Value {
    // The first look pays for nothing but itself.
    let value = word.look(ordering);
    if done(value) {
        return value;
    }
    spin_long(word, ordering, done)
}

/// How often the pause doubles: it ends at 64 looks' worth, some hundred nanoseconds to a few microseconds.
const PAUSE_DOUBLINGS: u32 = 6;
/// How many of the longest pauses there are before the processor is given away. A critical section that
/// fits a spin lock is over by then, if its owner runs at all.
const LONGEST_PAUSES: u32 = 4;

/// The loop of [`spin_until`], out of the way of the callers that need none.
#[cold]
fn spin_long<W: Awaited>(
    word: &W,
    ordering: Ordering,
    mut done: impl FnMut(W::Value) -> bool,
) -> W::Value {
    let mut rounds = 0u32;
    loop {
        // Pauses of doubling length, so that many who wait leave the word's cache line to whoever has
        // to write it. Then the processor is offered to somebody else, every time: with more threads
        // than cores the one we wait for may not be running. Without a system there is nobody to offer
        // it to, and the longest pause is all that is left.
        if rounds < PAUSE_DOUBLINGS + LONGEST_PAUSES || !system::give_way() {
            for _ in 0..1u32 << rounds.min(PAUSE_DOUBLINGS) {
                core::hint::spin_loop();
            }
            rounds = rounds.saturating_add(1);
        }
        let value = word.look(ordering);
        if done(value) {
            return value;
        }
    }
}

/// Words that [`spin_until`] can wait for.
pub trait Awaited {
    /// What the word holds.
    type Value: Copy;
    #[doc(hidden)]
    fn look(&self, ordering: Ordering) -> Self::Value;
}

macro_rules! awaited {
    ($($atomic:ty => $value:ty),*) => {$(
        impl Awaited for $atomic {
            type Value = $value;
            #[inline]
            fn look(&self, ordering: Ordering) -> $value {
                self.load(ordering)
            }
        }
    )*};
}
awaited!(AtomicBool => bool, AtomicU8 => u8, AtomicU32 => u32, AtomicUsize => usize);
#[cfg(target_has_atomic = "64")]
awaited!(AtomicU64 => u64);

impl<T> Awaited for AtomicPtr<T> {
    type Value = *mut T;
    #[inline]
    fn look(&self, ordering: Ordering) -> *mut T {
        self.load(ordering)
    }
}

/// Plain memory whose accesses the models check for data races.
pub mod cell {
    /// A pointer in a static, protected by a lock beside it, that is null at the start of every execution of a model.
    /// The models do not check its accesses, and do not see them.
    #[derive(Debug)]
    pub struct FreshPointer<T>(core::cell::Cell<*mut T>);

    // SAFETY: whoever uses it promises that its uses are ordered, and it is a number until somebody follows it.
    unsafe impl<T> Sync for FreshPointer<T> {}

    impl<T> FreshPointer<T> {
        /// A pointer that is null.
        #[inline]
        pub const fn null() -> Self {
            Self(core::cell::Cell::new(core::ptr::null_mut()))
        }

        /// What it is.
        ///
        /// # Safety
        ///
        /// The lock that protects it is held.
        #[inline]
        pub unsafe fn get(&self) -> *mut T {
            self.0.get()
        }

        /// Changes it.
        ///
        /// # Safety
        ///
        /// The lock that protects it is held.
        #[inline]
        pub unsafe fn set(&self, pointer: *mut T) {
            self.0.set(pointer);
        }
    }

    /// Takes an initialiser out of its place, to be called. In a model a function pointer stays there too: a static starts
    /// fresh in the next execution, and needs it again.
    #[inline]
    pub fn take_initialiser<T, F: FnOnce() -> T>(place: &mut Option<F>) -> Option<F> {
        place.take()
    }

    /// An unsafe cell whose accesses are told apart: reads through [`with`](Self::with), writes
    /// through [`with_mut`](Self::with_mut). In the loom world two that are not ordered are reported
    /// as a data race; on the machine it is free.
    #[derive(Debug, Default)]
    #[repr(transparent)]
    pub struct UnsafeCell<T: ?Sized>(core::cell::UnsafeCell<T>);

    impl<T> UnsafeCell<T> {
        /// A cell that holds `value`.
        #[inline]
        pub const fn new(value: T) -> Self {
            Self(core::cell::UnsafeCell::new(value))
        }

        /// The value, and the cell is gone.
        #[inline]
        pub fn into_inner(self) -> T {
            self.0.into_inner()
        }
    }

    impl<T: ?Sized> UnsafeCell<T> {
        /// The value, for whoever has the cell to itself: not an access that could race.
        #[inline]
        pub fn get_mut(&mut self) -> &mut T {
            self.0.get_mut()
        }

        /// Hands a pointer for reading to `read`.
        #[inline]
        #[track_caller]
        pub fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
            read(self.0.get())
        }

        /// Hands a pointer for writing to `write`.
        #[inline]
        #[track_caller]
        pub fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
            write(self.0.get())
        }
    }
}
