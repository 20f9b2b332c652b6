//! Everybody who takes part, behind one interface for each kind.

mod mutex;
mod rwlock;
mod semaphore;
mod signal;
mod textbook;

pub use mutex::*;
pub use rwlock::*;
pub use semaphore::*;
pub use signal::*;
pub use textbook::{futex_wait, futex_wake};
