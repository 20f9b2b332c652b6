//! Floor 1: the algorithms, over words. No data and no guards; those are added by [`lock_api`].
//!
//! Use these types where a raw lock is asked for: as the parameter of a generic over
//! [`lock_api::RawMutex`], or inside a primitive of your own.

mod guard;
mod mcs;
mod spin;
mod ticket;

pub use mcs::{McsGuardState, RawMcsLock};
pub use spin::RawSpinLock;
pub use ticket::RawTicketLock;

// --- what needs `std` ---------------------------------------------------------------------------------

#[cfg(feature = "std")]
mod condvar;
#[cfg(feature = "std")]
mod mutex;

#[cfg(feature = "std")]
pub use {condvar::RawCondvar, mutex::RawMutex};
