//! Barriers of two kinds: nothing to do where everything is sequentially consistent.

use super::super::model;
use crate::sys::Ordering;
use crate::trace::recorder;

/// There are such barriers.
pub fn is_ready() -> bool {
    true
}

/// There are such barriers.
pub fn prepare() -> bool {
    true
}

/// See the one of the machine.
#[track_caller]
pub fn light() {
    heavy();
}

/// See the one of the machine.
#[track_caller]
pub fn heavy() {
    if !model::inert() {
        recorder::fence(Ordering::SeqCst);
    }
}
