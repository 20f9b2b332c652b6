//! Barriers of two kinds, in the loom world.
//!
//! **What it shows.** That a light and a heavy barrier together forbid that both threads miss what the other one has written, and that
//! two light ones, or two heavy ones, do not.
//!
//! **Fidelity.** loom's own `SeqCst` fences would order too much: each takes over what all threads had seen that came to one
//! before, so that two readers with light barriers would learn from each other. Here are two words. A light barrier releases
//! at the one and then acquires at the other, a heavy one releases at the other and then acquires at the one. If the light one is
//! the first at its word, the heavy one acquires from it; if not, the heavy one has been at the other word before that, and the light
//! one acquires from it there (in loom a read-modify-write always finds the newest value). That is less than the machine does,
//! where a heavy barrier lies between what each other thread did before *some* moment and what it does after that, both ways. What
//! holds here holds there.

use super::super::model::{self, kernel};
use super::words;
use super::{AtomicU32, Ordering};
use crate::trace::recorder;

/// Where light barriers release, and heavy ones acquire.
static LIGHT: AtomicU32 = AtomicU32::new(0);
/// Where heavy barriers release, and light ones acquire.
static HEAVY: AtomicU32 = AtomicU32::new(0);

/// See the one of the machine.
#[track_caller]
pub fn light() {
    pass(&LIGHT, &HEAVY);
}

/// See the one of the machine.
#[track_caller]
pub fn heavy() {
    pass(&HEAVY, &LIGHT);
}

#[track_caller]
fn pass(release: &AtomicU32, acquire: &AtomicU32) {
    if model::inert() {
        return;
    }
    kernel::step();
    words::add(release.word(), 0, Ordering::Release);
    words::add(acquire.word(), 0, Ordering::Acquire);
    recorder::fence(Ordering::SeqCst);
}
