//! Synchronization primitives that you can see through: built on atomics and futexes, and the
//! *same source* runs on the machine, under [loom] and under [shuttle].
//!
//! | I want | use |
//! |---|---|
//! | to protect data, one thread at a time | [`Mutex`] |
//! | the same, strictly in order of arrival | [`FairMutex`] |
//! | many readers, or one writer | [`RwLock`], [`RecursiveRwLock`] |
//! | to sleep until that data has changed | [`Condvar`] |
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
//! [loom]: https://docs.rs/loom
//! [shuttle]: https://docs.rs/shuttle

pub mod explore;
pub mod raw;
#[cfg(any(
    all(loom, feature = "loom"),
    all(shuttle, feature = "shuttle"),
    all(target_os = "linux", target_env = "gnu", target_pointer_width = "64")
))]
pub mod shared;
pub mod sys;
pub mod trace;

mod condvar;
mod fair_mutex;
mod mutex;
#[cfg(any(
    all(loom, feature = "loom"),
    all(shuttle, feature = "shuttle"),
    all(
        any(target_os = "linux", target_os = "android"),
        target_pointer_width = "64"
    )
))]
mod pi_mutex;
mod rwlock;

#[cfg(feature = "arc_lock")]
pub use fair_mutex::ArcFairMutexGuard;
#[cfg(feature = "arc_lock")]
pub use mutex::ArcMutexGuard;

#[cfg(feature = "arc_lock")]
pub use rwlock::{ArcRwLockReadGuard, ArcRwLockUpgradableReadGuard, ArcRwLockWriteGuard};

pub use condvar::{Condvar, WaitTimeoutResult};
pub use fair_mutex::{FairMutex, FairMutexGuard, MappedFairMutexGuard};
pub use mutex::{MappedMutexGuard, Mutex, MutexGuard};
#[cfg(any(
    all(loom, feature = "loom"),
    all(shuttle, feature = "shuttle"),
    all(
        any(target_os = "linux", target_os = "android"),
        target_pointer_width = "64"
    )
))]
pub use pi_mutex::{MappedPiMutexGuard, PiMutex, PiMutexGuard};
pub use rwlock::{
    MappedRecursiveRwLockReadGuard, MappedRecursiveRwLockWriteGuard, MappedRwLockReadGuard,
    MappedRwLockWriteGuard, RecursiveRwLock, RecursiveRwLockReadGuard,
    RecursiveRwLockUpgradableReadGuard, RecursiveRwLockWriteGuard, RwLock, RwLockReadGuard,
    RwLockUpgradableReadGuard, RwLockWriteGuard,
};

pub use lock_api;
