//! A mutex in memory that processes share, which survives its owner's death.
//!
//! # What
//!
//! A word that names its owner, in the form that the kernel reads when a thread ends (`sys::kernel`), a note
//! that the data is lost, and the lock's place in the owner's list of locks.
//!
//! ```text
//!    31        30      29                          0
//!  +---------+-------+------------------------------+        word, byte 0
//!  | WAITERS | DIED  | number of the owner's thread |
//!  +---------+-------+------------------------------+
//!  | lost: 0, or 1 if the data was not recovered    |        byte 4
//!  | nothing: 16 bytes                              |        byte 8
//!  | entry: previous, next                          |        byte 24, to 40
//!  +------------------------------------------------+
//! ```
//!
//! The layout is for ever: processes with different versions of this crate may meet at a lock. All zero
//! is an unlocked mutex.
//!
//! # How
//!
//! - **lock**: announce the lock to the kernel; `0 → own number`; insert the entry into the list; the
//!   announcement is over. If the word names somebody else, set WAITERS and sleep until it changes.
//! - **unlock**: announce; take the entry out; `own number → 0`; over. With WAITERS, leave WAITERS in the word
//!   (`→ WAITERS`), and wake one.
//! - **death**: the kernel replaces the owner by DIED, and wakes one if WAITERS is set. Whoever takes the
//!   lock then is told. If he gives it up without having repaired the data, he sets `lost`, and everybody who
//!   locks from then on is told that.
//! - **asking**: with WAITERS in the word for good, every unlock would be a system call for ever. Before
//!   an unlock gives up the lock, it asks the kernel whether anybody sleeps, in a way that nobody can fall
//!   asleep meanwhile unseen: it sets ASKED, counts the sleepers, and only a word that still has ASKED
//!   becomes 0.
//!
//! # Invariants
//!
//! 1. The word names a thread if and only if that thread holds the lock, and then it has announced the lock
//!    or has it in its list, or both. So the kernel finds every lock that a dead thread held.
//! 2. Nobody falls asleep but on a word that names an owner, and has WAITERS and not ASKED.
//! 3. While somebody sleeps, WAITERS is set. Whoever takes the lock leaves it as it is; it is cleared only
//!    together with ASKED, by the owner, after the kernel has found no sleeper while ASKED was set. (By
//!    invariant 2 none has come since: he would have cleared ASKED first.)
//! 4. While somebody sleeps, and the word names nobody, a wake is on its way or a thread is awake that has
//!    announced the lock and will take it. If that thread dies before, the kernel wakes another in its place:
//!    for an announced lock whose word names nobody it always does. (And if somebody else has taken the lock by
//!    then, his unlock finds WAITERS, by invariant 3. This is why the usual protocol, in which an
//!    unlock clears the mark and the woken thread sets it again, will not do: with the woken thread, the mark
//!    would die.)
//! 5. `lost` is written only by the owner, and never goes back.
//!
//! # Fairness
//!
//! Barging: a running thread may take a free lock although others wait. No bound on overtaking.
//!
//! # Ordering
//!
//! Taking is Acquire, giving up is Release, on the same word: edge [X1] of `docs/memory-ordering.md`. The
//! kernel's replacement of a dead owner is a release too. `lost` is read and written under the lock. After
//! the releasing access the lock is not touched again, only its address (but see [`RawSharedMutex`] on how
//! soon its memory may be something else).

use crate::sys::kernel::{
    self, OWNER_DIED_BIT as DIED_BIT, OWNER_MASK, Shared, WAITERS_BIT,
    robust::{self, Entry},
};
use crate::sys::{
    AtomicU32, Backend, Futex, Instant,
    Ordering::{Acquire, Relaxed, Release},
    Wait,
};
use crate::trace::{self, Span};

const UNLOCKED: u32 = 0;

/// In a word that names an owner: he has asked the kernel who sleeps, and nobody has come since. Set by the
/// owner, cleared by waiters before they sleep, and by giving up the lock. Legal: to clear it at any time.
/// Illegal: to fall asleep while it is set (invariant 2).
///
/// It is the bit that says "the owner died" in a word that names nobody: the kernel does not look at it
/// when it buries an owner, and sets it. There is no other bit to be had.
const ASKED_BIT: u32 = DIED_BIT;

/// What `lost` is when the data was not repaired.
const LOST: u32 = 1;

/// How an acquisition ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use = "only two of these are the lock"]
pub enum Acquired {
    /// The thread has the lock.
    Clean,
    /// The thread has the lock, and the one that had it before died with it.
    OwnerDied,
    /// The thread does not have the lock: the data was lost earlier.
    Lost,
    /// The thread does not have the lock: somebody else has it, and the deadline came or there was no waiting.
    Refused,
}

/// The lock behind [`shared::Mutex`](crate::shared::Mutex): 40 bytes, sleeping on a futex that
/// processes share, in the kernel's list of what a dead thread held.
///
/// The kernel may look at a lock's place once more when a thread dies *between* giving it up and returning
/// from [`release`](Self::release). If another thread of the same process has unmapped it by then and mapped
/// something else, the kernel takes that for the word. Every robust futex has this; unmap nothing that a
/// thread of your process may be in the middle of unlocking.
#[repr(C)]
pub struct RawSharedMutex {
    /// See the layout at the top of this file.
    word: Futex,
    lost: AtomicU32,
    /// The C library's mutex has something here, and the kernel finds the word by a distance that we do not
    /// choose.
    _nothing: [u32; 4],
    entry: Entry,
}

fn owner(state: u32) -> u32 {
    state & OWNER_MASK
}

/// Whether a word that nobody holds was left by a dead owner.
fn is_orphaned(state: u32) -> bool {
    owner(state) == 0 && state & DIED_BIT != 0
}

impl Default for RawSharedMutex {
    fn default() -> Self {
        Self::new()
    }
}

impl RawSharedMutex {
    /// An unlocked mutex, of an owner who has not died.
    #[inline]
    pub const fn new() -> Self {
        const {
            assert!(Entry::fits(
                core::mem::offset_of!(Self, word),
                core::mem::offset_of!(Self, entry)
            ));
        }
        Self {
            word: Futex::new(UNLOCKED),
            lost: AtomicU32::new(0),
            _nothing: [0; 4],
            entry: Entry::new(),
        }
    }

    // --- fast paths ---------------------------------------------------------------------------

    /// Locks, and waits for it until `deadline` if there is one.
    ///
    /// # Safety
    ///
    /// The mutex stays where it is, in mapped memory, until this thread has [released](Self::release) it or
    /// has ended, even if whoever locked it forgets about it.
    ///
    /// # Panics
    ///
    /// If this thread holds it already.
    #[inline]
    #[track_caller]
    pub unsafe fn acquire(&self, deadline: Option<Instant>) -> Acquired {
        let span = trace::span(self, "shared::Mutex", "lock");
        let me = kernel::thread_id();
        self.entry.announce(&self.word);
        // Acquire: pairs with the Release in `release` and with the kernel's burial [X1].
        let found = match self.word.compare_exchange(UNLOCKED, me, Acquire, Relaxed) {
            Ok(_) => Some(UNLOCKED),
            Err(state) => self.take_contended(state, me, deadline),
        };
        self.admit(found, &span)
    }

    /// Locks if that takes no waiting.
    ///
    /// # Safety
    ///
    /// As for [`acquire`](Self::acquire).
    #[inline]
    #[track_caller]
    pub unsafe fn try_acquire(&self) -> Acquired {
        let span = trace::span(self, "shared::Mutex", "try_lock");
        let me = kernel::thread_id();
        self.entry.announce(&self.word);
        let mut state = UNLOCKED;
        let found = loop {
            if owner(state) != 0 {
                break None;
            }
            // Acquire: as in `acquire` [X1].
            match self
                .word
                .compare_exchange(state, me | (state & WAITERS_BIT), Acquire, Relaxed)
            {
                Ok(_) => break Some(state),
                Err(actual) => state = actual,
            }
        };
        self.admit(found, &span)
    }

    /// What follows the taking, or the giving up of it: `found` is what was in the word when this thread
    /// took it.
    #[inline]
    #[track_caller]
    fn admit(&self, found: Option<u32>, span: &Span) -> Acquired {
        let Some(found) = found else {
            robust::over();
            span.refused();
            return Acquired::Refused;
        };
        // SAFETY: this thread has just taken the lock, which is announced, and the caller has promised that
        // it stays where it is.
        unsafe { self.entry.insert() };
        robust::over();
        span.acquired();
        // Relaxed: written by an earlier owner, under the lock (invariant 5).
        if self.lost.load(Relaxed) == LOST {
            // SAFETY: this thread holds it.
            unsafe { self.release() };
            return Acquired::Lost;
        }
        if is_orphaned(found) {
            Acquired::OwnerDied
        } else {
            Acquired::Clean
        }
    }

    /// # Safety
    ///
    /// This thread holds the lock and gives it up.
    #[inline]
    #[track_caller]
    pub unsafe fn release(&self) {
        let span = trace::span(self, "shared::Mutex", "unlock");
        let me = kernel::thread_id();
        self.entry.announce(&self.word);
        // SAFETY: this thread holds it, so it has inserted it; it was just announced.
        unsafe { self.entry.remove() };
        // Release: pairs with the Acquire of whoever takes it next [X1].
        match self.word.compare_exchange(me, UNLOCKED, Release, Relaxed) {
            // From here on it is another's.
            Ok(_) => span.released(),
            Err(state) => self.release_contended(state, &span),
        }
        robust::over();
    }

    /// The data is not what it should be: whoever locks after this thread has unlocked is told so. To be
    /// called by the thread that holds the lock. Whoever its unlock wakes finds out and unlocks, which wakes the
    /// next.
    #[cold]
    pub fn lose(&self) {
        // Relaxed: read under the lock (invariant 5).
        self.lost.store(LOST, Relaxed);
    }

    // --- slow paths ---------------------------------------------------------------------------

    /// Takes the lock as soon as it can be had, and returns what was in the word then. `None` if the deadline
    /// came first.
    #[cold]
    #[track_caller]
    fn take_contended(&self, mut state: u32, me: u32, deadline: Option<Instant>) -> Option<u32> {
        loop {
            let next = if owner(state) == 0 {
                me | (state & WAITERS_BIT) // invariant 3
            } else if owner(state) == me {
                robust::over();
                locked_twice(me)
            } else {
                (state | WAITERS_BIT) & !ASKED_BIT // invariant 2
            };
            if next != state {
                // Acquire: for the case that takes the lock, as in `acquire` [X1].
                match self.word.compare_exchange(state, next, Acquire, Relaxed) {
                    Ok(_) if owner(state) == 0 => return Some(state),
                    Ok(_) => state = next,
                    Err(actual) => {
                        state = actual;
                        continue;
                    }
                }
            }
            // While it sleeps the lock is announced: invariant 4.
            match Shared::wait(&self.word, state, deadline) {
                // A waiter that times out leaves nothing behind but WAITERS, which may stay.
                Wait::TimedOut => return None,
                // What an unlock has made of it: a guess, in place of a load.
                Wait::Woken | Wait::Changed => state = WAITERS_BIT,
            }
        }
    }

    /// Unlocks a mutex that has, or had, waiters. `state` is what is in the word, or was: it names this thread
    /// and has WAITERS, and others only ever clear ASKED.
    #[cold]
    fn release_contended(&self, state: u32, span: &Span) {
        // Taken now: after the release there may be no lock to ask.
        let address = self.word.address();
        let asked = state | ASKED_BIT;
        if self
            .word
            .compare_exchange(state, asked, Relaxed, Relaxed)
            .is_ok()
            // Counted without being moved or woken: from the word to the word. Nothing if somebody has
            // cleared ASKED, who is about to sleep.
            && Shared::requeue(&self.word, asked, address, 1) == Some(0)
            // Release: pairs with the Acquire of whoever takes it next [X1].
            && self
                .word
                .compare_exchange(asked, UNLOCKED, Release, Relaxed)
                .is_ok()
        {
            span.released();
            return;
        }
        // Release: as above [X1]. A swap, because whatever others do to ASKED meanwhile does not matter.
        self.word.swap(WAITERS_BIT, Release);
        span.released();
        // Should this thread die here, the kernel does it: the lock is announced (invariant 4).
        Shared::wake(address, 1);
    }

    /// What the lock is doing: a hint.
    pub fn is_locked(&self) -> bool {
        owner(self.word.load(Relaxed)) != 0
    }
}

#[cold]
#[track_caller]
fn locked_twice(me: u32) -> ! {
    panic!(
        "selvedge: a shared::Mutex was locked by the thread that holds it, number {me}; drop the first guard, \
         or use try_lock"
    )
}

impl core::fmt::Debug for RawSharedMutex {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("RawSharedMutex").field(&self.word).finish()
    }
}
