//! Floor 1: the algorithms, over words. No data and no guards; those are added by [`lock_api`].
//!
//! Use these types where a raw lock is asked for: as the parameter of a generic over
//! [`lock_api::RawMutex`], or inside a primitive of your own.

mod guard;
#[cfg(feature = "lock_api_04")]
mod lock_api_04;
mod mcs;
mod spin;
mod ticket;

pub use mcs::{McsGuardState, RawMcsLock};
pub use spin::RawSpinLock;
pub use ticket::RawTicketLock;

// --- what needs `std` ---------------------------------------------------------------------------------

#[cfg(feature = "std")]
mod auto_reset_event;
#[cfg(feature = "std")]
mod biased;
#[cfg(feature = "std")]
mod condvar;
#[cfg(feature = "std")]
mod event;
#[cfg(feature = "std")]
mod fair;
#[cfg(feature = "std")]
mod gil_lock;
#[cfg(feature = "std")]
mod gil_policy;
#[cfg(feature = "std")]
mod monitor;
#[cfg(feature = "std")]
mod mutex;
#[cfg(feature = "std")]
mod mutex_word;
#[cfg(feature = "std")]
mod once;
#[cfg(feature = "std")]
mod parker;
#[cfg(feature = "std")]
mod permits;
#[cfg(feature = "std")]
mod permits_task;
#[cfg(feature = "std")]
mod queue;
#[cfg(feature = "std")]
mod quiet;
#[cfg(feature = "std")]
mod rwlock;
#[cfg(feature = "std")]
mod rwlock_api;
#[cfg(feature = "std")]
mod rwlock_settle;
#[cfg(feature = "std")]
mod rwlock_word;
#[cfg(feature = "std")]
mod thread_id;
#[cfg(feature = "std")]
mod waiters;

#[cfg(feature = "std")]
pub(crate) use gil_lock::{Attachment, RawGil};
#[cfg(feature = "std")]
pub(crate) use monitor::{Known, RawMonitor};
#[cfg(feature = "std")]
pub(crate) use once::Names;
#[cfg(feature = "std")]
pub(crate) use permits::{MAX_PERMITS, RawSemaphore, Refusal};
#[cfg(feature = "std")]
pub(crate) use permits_task::Task;
#[cfg(feature = "std")]
pub use {
    auto_reset_event::RawAutoResetEvent,
    biased::{BiasedReadState, RawBiasedRwLock},
    condvar::RawCondvar,
    event::RawEvent,
    fair::RawFairMutex,
    gil_policy::{GilPolicy, GilStatistics},
    mutex::RawMutex,
    once::{OnceState, RawOnce},
    parker::RawParker,
    rwlock::{RawRwLock, RawRwLockRecursive},
    thread_id::RawThreadId,
};

// --- what needs a Linux kernel, or a model that plays its part ----------------------------------------

#[cfg(any(
    all(loom, feature = "loom"),
    all(shuttle, feature = "shuttle"),
    all(
        feature = "std",
        any(target_os = "linux", target_os = "android"),
        target_pointer_width = "64"
    )
))]
mod pi;
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
mod shared;

#[cfg(any(
    all(loom, feature = "loom"),
    all(shuttle, feature = "shuttle"),
    all(
        feature = "std",
        any(target_os = "linux", target_os = "android"),
        target_pointer_width = "64"
    )
))]
pub use pi::RawPiMutex;
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
pub use shared::{Acquired, RawSharedMutex};
