//! Slots in which readers say what they read, by plain stores.
//!
//! # What
//!
//! The slots of a [biased lock](super::biased) are for anybody, and are taken and left by an exchange each. One of these has *one*
//! thread that may write a name into it, the one with this seat, and nothing is exchanged unless somebody waits.
//! So a reader pays for two stores and two looks, and a writer, who has to find them nevertheless, pays for
//! [barriers of two kinds](sys::asymmetric).
//!
//! # How
//!
//! - **take** (the thread with this seat, if the slot is empty): store the name, a light barrier; then look whether one may read like that.
//! - **leave** (whoever has the guard): store nothing, a light barrier; then look whether somebody waits for that, and if so count,
//!   and wake all.
//! - **wait**: while the name is there, say in the count that somebody waits, a heavy barrier; look again, and sleep while the count
//!   is what it was.
//!
//! # Invariants
//!
//! 1. A name is written into an empty slot only, and by the thread that has the seat: it needs no exchange, for nobody else does.
//! 2. `departures` is odd if somebody waits, or did, for what was in the slot then to go. Whoever leaves the slot and finds it odd
//!    makes it even, or finds that another one has. It is legal that nobody waits any more.
//! 3. The slots are never gone; whoever has emptied one does not touch the lock again.
//!
//! # Ordering
//!
//! Twice a thread writes one word and then reads another, and a second thread does so the other way round: name and bits of the lock
//! [BQ1], name and count [BQ3]. The light barrier is on the side of the reader, the heavy one on that of the writer.
//! What a reader did comes before the writer that does not find its name any more: each store of a name is a Release, also that of
//! another lock's, and the writer acquires [BQ2].

use core::ptr;

use crate::sys::{
    self, AtomicPtr, Futex, Instant,
    Ordering::{Acquire, Relaxed, Release},
    Wait, asymmetric,
};

/// The name of nobody.
pub(super) const EMPTY: *mut () = ptr::null_mut();

/// Somebody waits for the slot to be left: a bit of the count.
const AWAITED: u32 = 1;

const fn is_awaited(departures: u32) -> bool {
    departures & AWAITED != 0
}

/// Where the thread with one seat says what it reads.
#[derive(Debug)]
pub(super) struct QuietSlot {
    name: AtomicPtr<()>,
    /// How many have left the slot while it was awaited, twice, and whether it is (invariant 2); it wraps around. Whoever waits sleeps
    /// as long as it is what it was before the look: it would miss 2^31 departures between that and falling asleep, no fewer.
    departures: Futex,
}

impl QuietSlot {
    pub(super) const fn new() -> Self {
        Self {
            name: AtomicPtr::new(EMPTY),
            departures: Futex::new(0),
        }
    }

    /// Writes a name into it; `false` if there is one. What it reads from here on, a writer has written before its heavy
    /// barrier, or that writer finds the name. Only for the thread that has the seat.
    #[inline]
    pub(super) fn take(&self, name: *mut ()) -> bool {
        // Acquire: pairs with the Release of whoever has left it, perhaps another thread [BQ2].
        if self.name.load(Acquire) != EMPTY {
            return false;
        }
        // Release: a writer that finds this name knows by it that another one is gone [BQ2].
        self.name.store(name, Release);
        asymmetric::light(); // [BQ1]
        true
    }

    /// Empties it, and calls `report` then. An error if another name is there.
    #[inline]
    pub(super) fn leave(&'static self, name: *mut (), report: impl Fn()) -> Result<(), ()> {
        // Relaxed: it is this reader's name, or something is wrong.
        if self.name.load(Relaxed) != name {
            return Err(());
        }
        // Release: pairs with the Acquire of a writer that looks at it, and of the next reader [BQ2].
        self.name.store(EMPTY, Release);
        asymmetric::light(); // [BQ3]
        report();
        // Relaxed: after the barrier [BQ3].
        let departures = self.departures.load(Relaxed);
        if is_awaited(departures) {
            self.tell(departures);
        }
        Ok(())
    }

    /// It is empty, and was awaited.
    #[cold]
    fn tell(&'static self, departures: u32) {
        // Relaxed: whoever reads this count looks at the name after a barrier [BQ3]. Should it have changed, somebody else has counted.
        let _ = self.departures.compare_exchange(
            departures,
            departures.wrapping_add(1),
            Relaxed,
            Relaxed,
        );
        // A writer of another lock may sleep here too.
        Futex::wake(self.departures.address(), usize::MAX);
    }

    /// Whether no name is in it.
    pub(super) fn is_empty(&self) -> bool {
        // Relaxed: for the thread that has the seat, and does not take it by that.
        self.name.load(Relaxed) == EMPTY
    }

    /// Whether that name is in it.
    pub(super) fn has(&self, name: *mut ()) -> bool {
        // Acquire: pairs with the Release of those who have left it [BQ2].
        self.name.load(Acquire) == name
    }

    /// Waits until it does not have that name. `false` if the deadline came first.
    #[cold]
    pub(super) fn wait_without(&self, name: *mut (), deadline: Option<Instant>) -> bool {
        sys::poll(|| !self.has(name));
        loop {
            // A barrier less, if so.
            if !self.has(name) {
                return true;
            }
            // Relaxed: the barrier comes after it [BQ3].
            let departures = self.departures.fetch_or(AWAITED, Relaxed) | AWAITED;
            asymmetric::heavy(); // [BQ3]
            if !self.has(name) {
                return true;
            }
            if self.departures.wait(departures, deadline) == Wait::TimedOut {
                return false;
            }
        }
    }
}
