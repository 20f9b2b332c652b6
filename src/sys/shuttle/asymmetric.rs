//! Barriers of two kinds: nothing to do where everything is sequentially consistent.

use super::super::model;
use crate::sys::Ordering;
use crate::trace::recorder;

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
