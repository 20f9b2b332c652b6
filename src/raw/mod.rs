//! Floor 1: the algorithms, over words. No data and no guards; those are added by [`lock_api`].
//!
//! Use these types where a raw lock is asked for: as the parameter of a generic over
//! [`lock_api::RawMutex`], or inside a primitive of your own.

mod condvar;
mod guard;
mod mutex;
mod once;

pub use condvar::RawCondvar;
pub use mutex::RawMutex;
pub use once::{OnceState, RawOnce};
