//! The real world: the standard library's atomics and threads, and a futex of the system.

use core::ops::Deref;

pub use core::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, fence,
};

use super::Ordering;

/// The backend that [`Futex`](super::Futex) sleeps on: futex(2) where there is one, and
/// [`fallback`](super::fallback) elsewhere or under `--cfg selvedge_fallback`.
#[cfg(all(
    any(target_os = "linux", target_os = "android"),
    target_pointer_width = "64",
    not(selvedge_fallback)
))]
pub use super::linux::Linux as Native;

/// The backend that [`Futex`](super::Futex) sleeps on: futex(2) where there is one, and
/// [`fallback`](super::fallback) elsewhere or under `--cfg selvedge_fallback`.
#[cfg(not(all(
    any(target_os = "linux", target_os = "android"),
    target_pointer_width = "64",
    not(selvedge_fallback)
)))]
pub use super::fallback::Fallback as Native;

/// Where a futex is or was. Never dereferenced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Address(*const AtomicU32);

// SAFETY: an address is a number here; nothing is read or written through it by this process, and
// the kernel only compares it (and reads a word there for a requeue's check, with its own fault
// handling).
unsafe impl Send for Address {}
// SAFETY: as above.
unsafe impl Sync for Address {}

impl Address {
    #[inline]
    pub(super) fn of(word: &AtomicU32) -> Self {
        Self(word)
    }

    #[inline]
    /// The address itself. What was there may be gone.
    pub fn as_ptr(self) -> *const AtomicU32 {
        self.0
    }
}

/// A number made of an address that spreads neighbouring objects over a table. The models return 0:
/// their addresses differ from one execution to the next.
#[inline]
pub fn address_hash(address: *const ()) -> usize {
    // Fibonacci hashing: the highest bits of the product depend on all bits of the address.
    let product = (address.addr() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (product >> 48) as usize
}

/// How many looks [`poll`] takes before it gives up.
const POLLS: u32 = 100;

/// Looks a few times whether `ready`, with pauses, before a caller goes to sleep. In the models
/// it does not look at all: whether sleep comes sooner or later must not matter.
#[inline]
pub fn poll(mut ready: impl FnMut() -> bool) {
    for _ in 0..POLLS {
        if ready() {
            return;
        }
        core::hint::spin_loop();
    }
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
    let mut spins = 0u32;
    loop {
        let value = word.look(ordering);
        if done(value) {
            return value;
        }
        // Pauses of doubling length up to 64, then the processor is offered to somebody else: with
        // more threads than cores the one we wait for may not be running.
        if spins < 7 {
            for _ in 0..1u32 << spins {
                core::hint::spin_loop();
            }
            spins += 1;
        } else {
            std::thread::yield_now();
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
awaited!(AtomicBool => bool, AtomicU8 => u8, AtomicU32 => u32, AtomicU64 => u64, AtomicUsize => usize);

impl<T> Awaited for AtomicPtr<T> {
    type Value = *mut T;
    #[inline]
    fn look(&self, ordering: Ordering) -> *mut T {
        self.load(ordering)
    }
}

impl Awaited for super::Futex {
    type Value = u32;
    #[inline]
    fn look(&self, ordering: Ordering) -> u32 {
        self.deref().load(ordering)
    }
}

/// Plain memory whose accesses the models check for data races.
pub mod cell {
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
    }

    impl<T: ?Sized> UnsafeCell<T> {
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

/// Threads of this world.
pub mod thread {
    use core::num::NonZeroU64;
    use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

    pub use std::thread::{JoinHandle, spawn, yield_now};

    /// Spawns a thread with a name.
    ///
    /// # Panics
    ///
    /// When the system cannot create a thread, as [`spawn`] does.
    pub fn spawn_named<T: Send + 'static>(
        name: &str,
        body: impl FnOnce() -> T + Send + 'static,
    ) -> JoinHandle<T> {
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(body)
            .expect("selvedge: the system cannot create another thread; end some first")
    }

    /// A number that no other thread of this process has, had or will have.
    pub fn current_id() -> NonZeroU64 {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        std::thread_local! {
            // Relaxed: only the count matters, and an atomic addition gives each value once.
            static ID: NonZeroU64 =
                NonZeroU64::new(NEXT.fetch_add(1, Relaxed)).expect("2^64 threads were started");
        }
        ID.with(|id| *id)
    }
}

/// One pointer per thread.
pub(super) mod local {
    use core::cell::Cell;
    use core::ptr;

    std::thread_local! {
        // Without a destructor: it is there until the thread is gone, also for other destructors.
        static INNERMOST: Cell<*const ()> = const { Cell::new(ptr::null()) };
    }

    #[inline]
    pub(in crate::sys) fn innermost() -> *const () {
        INNERMOST.get()
    }

    #[inline]
    pub(in crate::sys) fn set_innermost(frame: *const ()) {
        INNERMOST.set(frame);
    }
}
