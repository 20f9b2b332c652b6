//! Floor 1: the algorithms, over words. No data and no guards; those are added by [`lock_api`].
//!
//! Use these types where a raw lock is asked for: as the parameter of a generic over
//! [`lock_api::RawMutex`], or inside a primitive of your own.

mod condvar;
mod fair;
mod guard;
mod mutex;
mod queue;
mod rwlock;

pub use condvar::RawCondvar;
pub use fair::RawFairMutex;
pub use mutex::RawMutex;
pub use rwlock::{RawRwLock, RawRwLockRecursive};
