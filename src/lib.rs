//! Synchronization primitives that you can see through: built on atomics and futexes, and the
//! *same source* runs on the machine, under [loom] and under [shuttle].
//!
//! | I want | use |
//! |---|---|
//! | to protect data, one thread at a time | [`Mutex`] |
//! | the same, strictly in order of arrival | [`FairMutex`] |
//! | the same, and to lock it again on a thread that holds it | [`ReentrantMutex`] |
//! | the same, for a few instructions and where nothing can sleep | [`SpinLock`], [`TicketLock`] in order of arrival, [`McsLock`] in order and on many cores |
//! | one thread at a time in an interpreter, and a fair turn for each | [`Gil`] |
//! | to protect data, many readers or one writer | [`RwLock`], [`RecursiveRwLock`] |
//! | the same, read nearly always, by many threads at once | [`BiasedRwLock`] |
//! | any of these, and to notice a panic in the middle of a change | [`poison`] |
//! | to sleep until that data has changed | [`Condvar`] |
//! | to sleep until that data is as I need it, without anybody having to notify me | [`Monitor`], with a named [`Condition`] |
//! | to do something once, whoever comes first | [`Once`] |
//! | to say that something is so, to all who wait for it | [`Event`] |
//! | to release one thread each time that something happens | [`AutoResetEvent`] |
//! | to sleep until another thread says so, to me alone | [`Parker`] |
//! | to wait until a number of things has happened | [`Latch`] |
//! | to let threads wait for one another, again and again | [`Barrier`] |
//! | to limit how many threads or tasks do something at once | [`Semaphore`] |
//! | to make a value once, and share it from then on | [`OnceLock`]; [`LazyLock`] if how to make it is known before |
//! | to protect data, and lend the holder the priority of whoever waits (Linux) | [`PiMutex`] |
//! | to protect data that several processes share, even if one of them dies (Linux) | [`shared::Mutex`] |
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

pub use lock_api;
pub use mcs::{MappedMcsLockGuard, McsLock, McsLockGuard};
pub use spin::{MappedSpinLockGuard, SpinLock, SpinLockGuard};
pub use ticket::{MappedTicketLockGuard, TicketLock, TicketLockGuard};

/// Guards that own an `Arc` of their lock, generic over its raw lock.
#[cfg(feature = "arc_lock")]
pub use lock_api::{
    ArcMutexGuard, ArcReentrantMutexGuard, ArcRwLockReadGuard, ArcRwLockUpgradableReadGuard,
    ArcRwLockWriteGuard,
};

// --- what needs `std`: all that sleeps, has a deadline, or runs in a model ---------------------------

#[cfg(feature = "std")]
pub mod explore;
#[cfg(feature = "std")]
pub mod gil;
#[cfg(feature = "std")]
pub mod poison;
#[cfg(feature = "std")]
pub mod semaphore;

#[cfg(feature = "std")]
mod auto_reset_event;
#[cfg(feature = "std")]
mod barrier;
#[cfg(feature = "std")]
mod biased_rwlock;
#[cfg(feature = "std")]
mod condvar;
#[cfg(feature = "std")]
mod event;
#[cfg(feature = "std")]
mod fair_mutex;
#[cfg(feature = "std")]
mod latch;
#[cfg(feature = "std")]
mod lazy_lock;
#[cfg(feature = "std")]
mod monitor;
#[cfg(feature = "std")]
mod mutex;
#[cfg(feature = "std")]
mod once;
#[cfg(feature = "std")]
mod once_lock;
#[cfg(feature = "std")]
mod parker;
#[cfg(feature = "std")]
mod reentrant_mutex;
#[cfg(feature = "std")]
mod rwlock;

#[cfg(feature = "std")]
pub use {
    auto_reset_event::AutoResetEvent,
    barrier::{Barrier, BarrierArrival, BarrierTimedOut, BarrierWaitResult},
    biased_rwlock::{
        BiasedRwLock, BiasedRwLockReadGuard, BiasedRwLockUpgradableReadGuard,
        BiasedRwLockWriteGuard, MappedBiasedRwLockReadGuard, MappedBiasedRwLockWriteGuard,
    },
    condvar::{Condvar, WaitTimeoutResult},
    event::Event,
    fair_mutex::{FairMutex, FairMutexGuard, MappedFairMutexGuard},
    gil::Gil,
    latch::Latch,
    lazy_lock::LazyLock,
    monitor::{Answer, Condition, Monitor, MonitorGuard, MonitorTimedOut, NamedAnswer},
    mutex::{MappedMutexGuard, Mutex, MutexGuard},
    once::{Once, OnceState},
    once_lock::OnceLock,
    parker::{Parker, Unparker},
    reentrant_mutex::{MappedReentrantMutexGuard, ReentrantMutex, ReentrantMutexGuard},
    rwlock::{
        MappedRecursiveRwLockReadGuard, MappedRecursiveRwLockWriteGuard, MappedRwLockReadGuard,
        MappedRwLockWriteGuard, RecursiveRwLock, RecursiveRwLockReadGuard,
        RecursiveRwLockUpgradableReadGuard, RecursiveRwLockWriteGuard, RwLock, RwLockReadGuard,
        RwLockUpgradableReadGuard, RwLockWriteGuard,
    },
    semaphore::Semaphore,
};

#[cfg(feature = "std")]
#[doc(no_inline)] // where parking_lot's users look for them
pub use raw::{RawCondvar, RawFairMutex, RawMutex, RawRwLock, RawRwLockRecursive, RawThreadId};

// --- what needs a Linux kernel, or a model that plays its part ----------------------------------------

#[cfg(any(
    all(loom, feature = "loom"),
    all(shuttle, feature = "shuttle"),
    all(
        feature = "std",
        target_os = "linux",
        target_env = "gnu",
        target_pointer_width = "64"
    )
))]
pub mod shared;

#[cfg(any(
    all(loom, feature = "loom"),
    all(shuttle, feature = "shuttle"),
    all(
        feature = "std",
        any(target_os = "linux", target_os = "android"),
        target_pointer_width = "64"
    )
))]
mod pi_mutex;

#[cfg(any(
    all(loom, feature = "loom"),
    all(shuttle, feature = "shuttle"),
    all(
        feature = "std",
        any(target_os = "linux", target_os = "android"),
        target_pointer_width = "64"
    )
))]
pub use pi_mutex::{MappedPiMutexGuard, PiMutex, PiMutexGuard};
