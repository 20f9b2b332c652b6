//! Orderings that can be weakened while a program runs: the shipped source, in which each ordering above Relaxed asks here
//! what it is to be. The copies are made by `tests/orderings/make.rs`; the campaign is `loom-tests/tests/orderings`.

use std::cell::{Cell, RefCell};

use crate::selvedge::sys::Ordering;

/// An ordering above Relaxed.
#[derive(Clone, Copy, Debug)]
pub struct Site {
    /// The file, below `src`.
    pub file: &'static str,
    /// The function; from its second ordering on with the number: `call#2`.
    pub name: &'static str,
    /// What it is passed to.
    pub call: &'static str,
    /// The line of the source, for people.
    pub line: usize,
    /// What stands there.
    pub ordering: Ordering,
}

thread_local! {
    // All threads of a model run on one thread of the system.
    static WEAKENED: Cell<Option<(usize, Ordering)>> = const { Cell::new(None) };
    static REACHED: RefCell<Vec<bool>> = const { RefCell::new(Vec::new()) };
}

/// The ordering at a site: what is written there, unless it is weakened.
#[inline]
pub fn at(site: usize, written: Ordering) -> Ordering {
    REACHED.with_borrow_mut(|reached| {
        if reached.len() <= site {
            reached.resize(site + 1, false);
        }
        reached[site] = true;
    });
    match WEAKENED.get() {
        Some((weakened, to)) if weakened == site => to,
        _ => written,
    }
}

/// Runs `explore` on this thread with one ordering weakened, or none; returns also which sites have been reached.
pub fn with<R>(weakened: Option<(usize, Ordering)>, explore: impl FnOnce() -> R) -> (R, Vec<bool>) {
    REACHED.take();
    WEAKENED.set(weakened);
    let result = explore();
    WEAKENED.set(None);
    (result, REACHED.take())
}

/// What the build script has made: the list `SITES`, and the module `copies`.
#[allow(warnings, clippy::all, reason = "copies of what is shipped")]
mod made {
    use super::{Ordering, Site};
    include!(concat!(env!("OUT_DIR"), "/orderings.rs"));
}
pub use made::{SITES, copies};
