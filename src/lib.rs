//! Synchronization primitives that you can see through: built on atomics and futexes, and the
//! *same source* runs on the machine, under [loom] and under [shuttle].
//!
//! | I want | use |
//! |---|---|
//! | to protect data, one thread at a time | [`Mutex`] |
//! | the same, for a few instructions and where nothing can sleep | [`SpinLock`], [`TicketLock`] in order of arrival, [`McsLock`] in order and on many cores |
//! | to sleep until that data has changed | [`Condvar`] |
//! | to build a primitive of my own and check it | [`sys`] for the floor, [`trace`] to be understood, `explore` to run it |
//!
//! The types are [`lock_api`] aliases over the locks in [`raw`], so that guards, mapped guards,
//! `Arc` guards and timed locking are those that parking_lot's users already know. Poisoning there
//! is none.
//!
//! ```
//! use selvedge::{Condvar, Mutex};
//!
//! static QUEUE: Mutex<Vec<u32>> = Mutex::new(Vec::new());
//! static FILLED: Condvar = Condvar::new();
//!
//! let consumer = std::thread::spawn(|| {
//!     let mut queue = QUEUE.lock();
//!     FILLED.wait_while(&mut queue, |queue| queue.is_empty());
//!     queue.pop()
//! });
//! QUEUE.lock().push(7);
//! FILLED.notify_one();
//! assert_eq!(consumer.join().unwrap(), Some(7));
//! ```
//!
//! # Checking your own code
//!
//! Add `features = ["loom"]`, compile with `RUSTFLAGS="--cfg loom"`, and run your code inside
//! `selvedge::explore::Explorer`: every interleaving is tried, and one that fails comes back as a
//! table. Both keys are needed: `--cfg loom` alone reaches every crate of your graph, and a feature
//! alone is switched on by whoever else in the graph asks for it. `shuttle` works the same way.
//! `docs/model-checking.md` walks through it and says what each checker cannot see.
//!
//! # Without `std`
//!
//! The feature `std` is on by default. Without it the crate is `no_std` and offers what can work without an
//! operating system: the locks that spin ([`SpinLock`], [`TicketLock`], [`McsLock`]), the part of [`sys`] that they
//! need, and [`lock_api`]. Everything that sleeps ([`Mutex`], [`Condvar`], `sys::Futex`) and both worlds need `std`.
//!
//! [loom]: https://docs.rs/loom
//! [shuttle]: https://docs.rs/shuttle

#![cfg_attr(not(feature = "std"), no_std)]

pub mod raw;
pub mod sys;
pub mod trace;

mod mcs;
mod spin;
mod ticket;

#[cfg(feature = "arc_lock")]
pub use {mcs::ArcMcsLockGuard, spin::ArcSpinLockGuard, ticket::ArcTicketLockGuard};

pub use lock_api;
pub use mcs::{MappedMcsLockGuard, McsLock, McsLockGuard};
pub use spin::{MappedSpinLockGuard, SpinLock, SpinLockGuard};
pub use ticket::{MappedTicketLockGuard, TicketLock, TicketLockGuard};

// --- what needs `std`: all that sleeps, has a deadline, or runs in a model ---------------------------

#[cfg(feature = "std")]
pub mod explore;

#[cfg(feature = "std")]
mod condvar;
#[cfg(feature = "std")]
mod mutex;

#[cfg(all(feature = "std", feature = "arc_lock"))]
pub use mutex::ArcMutexGuard;

#[cfg(feature = "std")]
pub use {
    condvar::{Condvar, WaitTimeoutResult},
    mutex::{MappedMutexGuard, Mutex, MutexGuard},
};
