//! Floor 1: the algorithms, over words. No data and no guards; those are added by [`lock_api`].
//!
//! Use these types where a raw lock is asked for: as the parameter of a generic over
//! [`lock_api::RawMutex`], or inside a primitive of your own.

mod condvar;
mod fair;
mod guard;
mod mutex;
#[cfg(any(
    all(loom, feature = "loom"),
    all(shuttle, feature = "shuttle"),
    all(
        any(target_os = "linux", target_os = "android"),
        target_pointer_width = "64"
    )
))]
mod pi;
mod queue;
mod rwlock;
#[cfg(any(
    all(loom, feature = "loom"),
    all(shuttle, feature = "shuttle"),
    all(target_os = "linux", target_env = "gnu", target_pointer_width = "64")
))]
mod shared;

pub use condvar::RawCondvar;
pub use fair::RawFairMutex;
pub use mutex::RawMutex;
#[cfg(any(
    all(loom, feature = "loom"),
    all(shuttle, feature = "shuttle"),
    all(
        any(target_os = "linux", target_os = "android"),
        target_pointer_width = "64"
    )
))]
pub use pi::RawPiMutex;
pub use rwlock::{RawRwLock, RawRwLockRecursive};
#[cfg(any(
    all(loom, feature = "loom"),
    all(shuttle, feature = "shuttle"),
    all(target_os = "linux", target_env = "gnu", target_pointer_width = "64")
))]
pub use shared::{Acquired, RawSharedMutex};
