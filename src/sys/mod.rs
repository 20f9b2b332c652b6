//! Floor 0: everything that differs between the machine and a model checker.
//!
//! This is the one module that knows which *world* it is compiled for. Everything above it (and
//! your own primitives, if you build them here) is the same source in all of them:
//!
//! | world | switched on by | a [`Futex`] is | fidelity |
//! |---|---|---|---|
//! | the machine | default | futex(2), or [`fallback`] where there is none | `linux.rs`, `fallback.rs` |
//! | loom | `--cfg loom` and feature `loom` | a model with weak memory | `loom/mod.rs` |
//! | shuttle | `--cfg shuttle` and feature `shuttle` | a model, sequentially consistent | `shuttle/mod.rs` |
//!
//! What a world has to offer is small: the atomics, [`fence`], a [`Backend`] for the futex,
//! [`spin_until`] and [`poll`], [`cell::UnsafeCell`] and [`thread`]. Orderings, [`Duration`] and
//! [`Instant`] are the standard library's everywhere; in a model a deadline is not compared with a
//! clock, it is a permission to expire at whatever moment the scheduler picks.
//!
//! Built on that, [`inside`] tells which objects the current thread is inside of.
//!
//! Where there is a Linux kernel, or a model that plays its part, there is also [`kernel`]: what it does
//! with words that name their owner.
//!
//! Without the feature `std` there are the atomics, [`fence`], [`spin_until`], [`poll`] and [`cell`] of the machine,
//! and no more: a futex, threads and a clock are a system's.
//!
//! The contract of a futex is written on [`Futex`] and [`Backend`], and one suite
//! (`tests/contract/`) runs over every backend that compiles.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "this module knows the world"
)]

#[cfg(all(loom, feature = "loom", shuttle, feature = "shuttle"))]
compile_error!(
    "selvedge: both worlds are switched on, `loom` and `shuttle`; compile once for each: \
     RUSTFLAGS=\"--cfg loom\" with feature `loom`, then RUSTFLAGS=\"--cfg shuttle\" with feature `shuttle`"
);

#[cfg(all(
    not(feature = "std"),
    any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle"))
))]
compile_error!(
    "selvedge: the worlds of loom and shuttle need the feature `std`; switch it on where you switch on \
     `loom` or `shuttle`: features = [\"std\", \"loom\"]"
);

#[cfg(all(feature = "std", not(target_has_atomic = "64")))]
compile_error!(
    "selvedge: with the feature `std` the machine must have atomics of 64 bits, and this one has none; \
     without it (default-features = false) there are the three locks that spin"
);

#[cfg(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))]
pub(crate) mod model;

#[cfg(all(loom, feature = "loom"))]
#[path = "loom/mod.rs"]
mod world;

#[cfg(all(shuttle, feature = "shuttle", not(all(loom, feature = "loom"))))]
#[path = "shuttle/mod.rs"]
mod world;

#[cfg(not(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle"))))]
#[path = "machine.rs"]
mod world;

// What the machine has without a system underneath ends here; what follows needs the feature `std`.

#[cfg(all(
    feature = "std",
    not(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))
))]
mod patience;
#[cfg(all(
    not(feature = "std"),
    not(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))
))]
#[path = "bare.rs"]
mod system;
#[cfg(all(
    feature = "std",
    not(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))
))]
mod system;

// Both backends of the machine compile wherever they can, whichever one is in use, so that the
// contract suite reaches them.
#[cfg(all(
    feature = "std",
    not(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))
))]
pub mod fallback;
#[cfg(all(
    feature = "std",
    any(target_os = "linux", target_os = "android"),
    target_pointer_width = "64",
    not(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))
))]
pub mod linux;

// Where there is a Linux kernel, or a model that plays its part.
#[cfg(all(
    feature = "std",
    any(target_os = "linux", target_os = "android"),
    target_pointer_width = "64",
    not(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))
))]
pub mod kernel;
#[cfg(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))]
pub use model::kernel;

#[cfg(all(
    feature = "std",
    not(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))
))]
pub mod asymmetric;
#[cfg(all(
    feature = "std",
    not(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))
))]
mod fork;
#[cfg(feature = "std")]
mod futex;
#[cfg(feature = "std")]
pub mod inside;
#[cfg(feature = "std")]
mod unmodelled;

pub use core::sync::atomic::Ordering;
pub use core::time::Duration;
/// Keeps words that different threads write apart, each on cache lines of its own.
pub use crossbeam_utils::CachePadded;

#[cfg(target_has_atomic = "64")]
pub use world::AtomicU64;
pub use world::{
    AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicUsize, Awaited, add_counting, cell, fence,
    glimpse, poll, soon, spin_until,
};

#[cfg(feature = "std")]
pub use futex::{Backend, Futex, Wait};
#[cfg(feature = "std")]
pub use std::time::Instant;
#[cfg(feature = "std")]
pub use unmodelled::{Countdown, Hint, Rhythm, Stopwatch, Unmodelled};
#[cfg(feature = "std")]
use world::changes_soon;

#[cfg(all(
    feature = "std",
    not(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))
))]
pub use {
    fork::ForkHandler,
    system::{
        Address, Native, address_hash, glance, is_looking_of_use, learn, look, looks, thread,
    },
};
#[cfg(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))]
pub use {
    model::{ForkHandler, asymmetric},
    world::{Address, Native, address_hash, glance, is_looking_of_use, learn, look, looks, thread},
};

/// What a look at a word has shown.
#[cfg(feature = "std")]
pub struct Sight {
    /// It is as it was waited for.
    pub ready: bool,
    /// It has been so, more than once, since the look before.
    pub missed: bool,
}

#[cfg(all(
    feature = "std",
    not(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))
))]
use system::{alone, local};
#[cfg(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))]
use world::{alone, local};

/// The moment that is `timeout` from now, or `None` if it is further away than the clock can tell: then there
/// is no deadline.
#[cfg(feature = "std")]
#[inline]
pub fn deadline_after(timeout: Duration) -> Option<Instant> {
    Instant::now().checked_add(timeout)
}

#[cfg(all(loom, feature = "loom"))]
pub(crate) use world::{PoolSize, take_out_of_words};
#[cfg(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))]
pub(crate) use world::{begin_execution, current_thread, departs, time_is_up};
#[cfg(all(shuttle, feature = "shuttle", not(all(loom, feature = "loom"))))]
pub(crate) use world::{bottom, may_time_out, state_hash, stop};
