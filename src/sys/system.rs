//! What an operating system adds to the machine: a futex, threads, and somebody to give the processor to. Needs the
//! feature `std`; without it `bare.rs` takes this place.

use core::ops::Deref;
use core::sync::atomic::AtomicU32;

use super::Ordering;
use super::world::Awaited;

pub(super) use super::patience::{changes_soon, poll};
pub use super::patience::{glance, is_looking_of_use, learn, look, looks};

/// Offers the processor to another thread. `true`: it was offered.
pub(super) fn give_way() -> bool {
    std::thread::yield_now();
    true
}

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

/// What a word holds, for whoever has it to itself.
#[inline]
pub(super) fn alone(word: &mut AtomicU32) -> u32 {
    *word.get_mut()
}

/// A number made of an address that spreads neighbouring objects over a table. The models number the addresses in order of
/// first use, since they differ from one execution to the next.
#[inline]
pub fn address_hash(address: *const ()) -> usize {
    // Fibonacci hashing: the highest bits of the product depend on all bits of the address.
    let product = (address.addr() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (product >> 48) as usize
}

impl Awaited for super::Futex {
    type Value = u32;
    #[inline]
    fn look(&self, ordering: Ordering) -> u32 {
        self.deref().load(ordering)
    }
}

/// Threads of this world.
pub mod thread {
    use core::cell::Cell;
    use core::num::NonZeroU64;
    use core::sync::atomic::{
        AtomicU64,
        Ordering::{Acquire, Relaxed, Release},
    };

    pub use std::thread::{JoinHandle, panicking, spawn, yield_now};

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
        // It has no destructor, so it is there also for those of other thread-locals.
        ID.with(|id| *id)
    }

    /// A number that no other thread has, had or will have; in a model, none of this execution nor of any other. There
    /// [`current_id`] gives the same numbers again in every execution, and this is for what outlives one.
    pub fn unique_id() -> NonZeroU64 {
        current_id()
    }

    /// How many seats there are.
    const SEATS: usize = u64::BITS as usize;

    /// A small number, for spreading threads over a table. Below 64 it is one that no other thread has now, and is given to another
    /// one when this one has ended. When there are no more of these it is one below 128, which others may have as well. In a
    /// model it is the place of the thread in the order of appearance.
    #[inline]
    pub fn seat() -> usize {
        let seat = SEAT.get();
        if seat == NO_SEAT { take_seat() } else { seat }
    }

    const NO_SEAT: usize = usize::MAX;

    std::thread_local! {
        // Without a destructor: to ask for it is one load.
        static SEAT: Cell<usize> = const { Cell::new(NO_SEAT) };
        /// The one that this thread has to itself, until it ends.
        static TAKEN_SEAT: TakenSeat = const { TakenSeat(Cell::new(NO_SEAT)) };
    }

    /// A bit for each.
    static SEATS_TAKEN: AtomicU64 = AtomicU64::new(0);

    struct TakenSeat(Cell<usize>);

    impl Drop for TakenSeat {
        fn drop(&mut self) {
            let seat = self.0.get();
            if seat != NO_SEAT {
                // Another destructor of this thread may ask again: it gets any seat.
                SEAT.set(any_seat());
                // Release: whoever has the seat next comes after all that this thread did with it [BQ2].
                SEATS_TAKEN.fetch_and(!(1 << seat), Release);
            }
        }
    }

    /// One that other threads may have as well.
    fn any_seat() -> usize {
        SEATS + current_id().get() as usize % SEATS
    }

    #[cold]
    fn take_seat() -> usize {
        let taken = TAKEN_SEAT.try_with(|taken| {
            let seat = take_free_seat().unwrap_or(NO_SEAT);
            taken.0.set(seat);
            seat
        });
        let seat = match taken {
            Ok(NO_SEAT) | Err(_) => any_seat(),
            Ok(seat) => seat,
        };
        SEAT.set(seat);
        seat
    }

    fn take_free_seat() -> Option<usize> {
        // Relaxed: a guess.
        let mut taken = SEATS_TAKEN.load(Relaxed);
        while taken != u64::MAX {
            let free = taken.trailing_ones();
            // Acquire: pairs with the Release of whoever had it before [BQ2].
            match SEATS_TAKEN.compare_exchange(taken, taken | 1 << free, Acquire, Relaxed) {
                Ok(_) => return Some(free as usize),
                Err(actual) => taken = actual,
            }
        }
        None
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
