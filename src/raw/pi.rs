//! A mutex that lends its owner the priority of those who wait for him.
//!
//! # What
//!
//! One futex word that names its owner, which the kernel reads and writes too (`sys::kernel::pi`).
//!
//! ```text
//!    31        30      29                          0
//!  +---------+-------+------------------------------+
//!  | WAITERS | DIED  | number of the owner's thread |
//!  +---------+-------+------------------------------+
//! ```
//!
//! # How
//!
//! - **lock**: `0 → own number`. If that fails the kernel does the rest: it sets WAITERS, puts the thread
//!   into a queue in the order of priority, and runs the owner with the priority of the first of them. When
//!   it returns, the word names this thread.
//! - **unlock**: `own number → 0`. If that fails there is WAITERS, and the kernel writes the first of the
//!   queue into the word, and wakes him.
//!
//! # Invariants
//!
//! 1. The word names the thread that holds the lock, and is 0 if nobody does.
//! 2. User space changes the word only from 0, and to 0 only from the bare number of the thread that does it.
//!    Whatever has WAITERS is the kernel's.
//!
//! # Fairness
//!
//! The unlock of a contended lock hands it over: to the waiter with the highest priority, among equals to the
//! one that came first. Nobody barges in while somebody waits, because the word is never 0 then.
//!
//! # Ordering
//!
//! Taking is Acquire, giving up is Release, on the same word: edge [I1] of `docs/memory-ordering.md`. After the
//! kernel has given the lock, the word is read again with Acquire: what the kernel did orders nothing that
//! we rely on, but that it wrote the word as a release. After the releasing access, or after the kernel has
//! written the next owner, the lock is not touched again.

use lock_api::{GuardNoSend, RawMutexTimed};

use crate::sys::kernel::{
    self, OWNER_DIED_BIT as DIED_BIT, OWNER_MASK,
    pi::{self, Locked},
};
use crate::sys::{
    self, Duration, Futex, Instant,
    Ordering::{Acquire, Relaxed, Release},
};
use crate::trace;

const UNLOCKED: u32 = 0;

/// The owner is a thread: whatever the feature `send_guard` says, another thread cannot unlock.
const GUARD: GuardNoSend = GuardNoSend::new();

/// The lock behind [`PiMutex`](crate::PiMutex): 4 bytes that the kernel reads too.
#[derive(Debug)]
pub struct RawPiMutex {
    /// See the layout at the top of this file.
    word: Futex,
}

fn owner(state: u32) -> u32 {
    state & OWNER_MASK
}

impl RawPiMutex {
    // --- fast paths ---------------------------------------------------------------------------

    /// Locks, and waits for it until `deadline` if there is one. Whether it has the lock.
    #[inline]
    #[track_caller]
    fn acquire(&self, action: &'static str, deadline: Option<Instant>) -> bool {
        let span = trace::span(self, "PiMutex", action);
        // Acquire: pairs with the Release in `release` [I1].
        let taken = self
            .word
            .compare_exchange(UNLOCKED, kernel::thread_id(), Acquire, Relaxed)
            .is_ok();
        let locked = taken || self.acquire_contended(deadline);
        if locked {
            span.acquired()
        } else {
            span.refused()
        }
        locked
    }

    #[inline]
    #[track_caller]
    fn try_acquire(&self) -> bool {
        let span = trace::span(self, "PiMutex", "try_lock");
        // Acquire: pairs with the Release in `release` [I1].
        let locked =
            match self
                .word
                .compare_exchange(UNLOCKED, kernel::thread_id(), Acquire, Relaxed)
            {
                Ok(_) => true,
                // Nobody is named, and yet it is not free: an unlock that is under way, or a word that the
                // kernel has put in order after a death. The kernel knows.
                //
                // Acquire: as in `acquire_contended` [I1].
                Err(state) if owner(state) == 0 => {
                    pi::try_lock(&self.word) && self.word.load(Acquire) != UNLOCKED
                }
                Err(_) => false,
            };
        if locked {
            span.acquired()
        } else {
            span.refused()
        }
        locked
    }

    /// # Panics
    ///
    /// If this thread does not hold the lock. Nothing has changed then.
    #[inline]
    #[track_caller]
    fn release(&self) {
        let span = trace::span(self, "PiMutex", "unlock");
        // Release: pairs with the Acquire of whoever takes it next [I1]. A compare-exchange: a word with
        // WAITERS is the kernel's (invariant 2).
        match self
            .word
            .compare_exchange(kernel::thread_id(), UNLOCKED, Release, Relaxed)
        {
            // From here on the lock may be gone.
            Ok(_) => span.released(),
            Err(_) if pi::unlock(&self.word) => span.handed_over(),
            Err(state) => not_the_owner(state),
        }
    }

    // --- slow paths ---------------------------------------------------------------------------

    /// Has the kernel take the lock for this thread. `false` if the deadline came first.
    #[cold]
    #[track_caller]
    fn acquire_contended(&self, deadline: Option<Instant>) -> bool {
        match pi::lock(&self.word, deadline) {
            Locked::Acquired => {
                // Acquire: pairs with the Release in `release`, or with the kernel's write of this thread's
                // number, by whose unlock it was made [I1].
                let state = self.word.load(Acquire);
                if state & DIED_BIT != 0 {
                    // The owner ended while this thread slept. The others who sleep are to get it, and this
                    // one is to tell.
                    pi::unlock(&self.word);
                    owner_is_gone();
                }
                true
            }
            Locked::TimedOut => false,
            Locked::Deadlock => deadlock(),
            // The lock stays as it is: nobody can tell what the number will be next.
            Locked::OwnerGone => owner_is_gone(),
        }
    }
}

#[cold]
#[track_caller]
fn deadlock() -> ! {
    panic!(
        "selvedge: locking this PiMutex would wait for ever: thread {} holds it, or holds what its owner waits \
         for; drop that guard first, or always lock in the same order",
        kernel::thread_id()
    )
}

#[cold]
#[track_caller]
fn owner_is_gone() -> ! {
    panic!(
        "selvedge: a thread ended while it held this PiMutex, and 1 guard was never dropped; do not forget \
         guards"
    )
}

#[cold]
#[track_caller]
fn not_the_owner(state: u32) -> ! {
    panic!(
        "selvedge: a PiMutex was unlocked by thread {}, but its owner is {} (0 is nobody); unlock it in the thread \
         that locked it",
        kernel::thread_id(),
        owner(state)
    )
}

// SAFETY: a guard is given only when the word names this thread: by a compare-exchange from 0, or by the kernel,
// which writes one owner at a time (invariant 1). Only the owner's unlock changes that. A panic in the slow path
// leaves the lock as it was, or has given it up.
unsafe impl lock_api::RawMutex for RawPiMutex {
    const INIT: Self = Self {
        word: Futex::new(UNLOCKED),
    };
    type Guard = GuardNoSend;

    #[inline]
    #[track_caller]
    fn lock(&self) -> GuardNoSend {
        let locked = self.acquire("lock", None);
        debug_assert!(locked, "without a deadline there is no giving up");
        GUARD
    }

    #[inline]
    #[track_caller]
    fn try_lock(&self) -> Option<GuardNoSend> {
        self.try_acquire().then_some(GUARD)
    }

    #[inline]
    #[track_caller]
    unsafe fn unlock(&self, _guard: GuardNoSend) {
        self.release();
    }

    #[inline]
    fn is_locked(&self) -> bool {
        self.word.load(Relaxed) != UNLOCKED
    }
}

// SAFETY: as for `RawMutex`; a timed form that gives up holds nothing.
unsafe impl RawMutexTimed for RawPiMutex {
    type Duration = Duration;
    type Instant = Instant;

    #[inline]
    #[track_caller]
    fn try_lock_for(&self, timeout: Duration) -> Option<GuardNoSend> {
        let deadline = sys::deadline_after(timeout);
        self.acquire("try_lock_for", deadline).then_some(GUARD)
    }

    #[inline]
    #[track_caller]
    fn try_lock_until(&self, deadline: Instant) -> Option<GuardNoSend> {
        self.acquire("try_lock_until", Some(deadline))
            .then_some(GUARD)
    }
}
