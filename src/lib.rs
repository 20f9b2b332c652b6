//! Synchronization primitives that you can see through: built on atomics and futexes, and the
//! *same source* runs on the machine, under [loom] and under [shuttle].
//!
//! | I want | use |
//! |---|---|
//! | to protect data, one thread at a time | [`Mutex`] |
//! | to sleep until that data has changed | [`Condvar`] |
//! | to do something once, whoever comes first | [`Once`] |
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
pub mod sys;
pub mod trace;

mod condvar;
mod mutex;
mod once;

#[cfg(feature = "arc_lock")]
pub use mutex::ArcMutexGuard;

pub use condvar::{Condvar, WaitTimeoutResult};
pub use mutex::{MappedMutexGuard, Mutex, MutexGuard};
pub use once::{Once, OnceState};

pub use lock_api;
