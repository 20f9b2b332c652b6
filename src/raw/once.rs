//! A one-time initialisation in one 4-byte futex word.
//!
//! # What
//!
//! The word says how far the initialisation is, and whether anybody sleeps on it.
//!
//! ```text
//!   31                 3    2         1   0
//!  +---------------------+---------+-------+
//!  |          0          | WAITING | phase |
//!  +---------------------+---------+-------+
//! ```
//!
//! # How
//!
//! - **call**: `NEW → RUNNING` (or `POISONED → RUNNING`), run the initialiser, and swap in the phase that it
//!   ends with: `DONE`, `POISONED` after a panic, `NEW` if it says that it has not succeeded. If somebody
//!   waits, one call wakes all of them.
//! - **wait**, and a call that finds `RUNNING`: set WAITING, sleep until the word changes, look again.
//!
//! # Invariants
//!
//! 1. The phase is `RUNNING` if and only if one thread is between its compare-exchange to `RUNNING` and its
//!    swap. During the initialiser, that thread is inside this object in the sense of `sys::inside`.
//! 2. A thread falls asleep only on a word with WAITING set and a phase that is not `DONE`. WAITING is
//!    cleared only by the swap, whose thread then wakes all. Legal: to set it and not sleep. Illegal: to
//!    lose it when an initialisation begins.
//! 3. `DONE` is for ever: nothing writes to the word any more.
//! 4. A thread that would wait for a phase to end that it runs itself would wait for ever. It panics
//!    instead. By invariant 1, `RUNNING` and "this thread is inside" together mean just that: no other
//!    thread is taken for it, and no other object.
//!
//! # Fairness
//!
//! After a panic, or an initialiser that has not succeeded, whoever comes first tries again.
//!
//! # Ordering
//!
//! The swap is Release, and every look at the word that a caller acts on is Acquire: edge [O1] of
//! `docs/memory-ordering.md` for `DONE`, edge [O2] for a failed attempt and the next one. After the swap
//! the object is not touched again, only its address: a thread that sees `DONE` may free it.

use crate::sys::{
    self, Futex,
    Ordering::{Acquire, Relaxed, Release},
    Wait,
};
use crate::trace;

/// Nobody has begun, or the last attempt ended without a result.
const NEW: u32 = 0;
/// The last attempt panicked.
const POISONED: u32 = 1;
/// A thread runs the initialiser (invariant 1).
const RUNNING: u32 = 2;
/// For ever (invariant 3).
const DONE: u32 = 3;
/// The bits of the phase.
const PHASE: u32 = 3;
/// Set by whoever is about to sleep, cleared by the end of an initialisation (invariant 2).
const WAITING_BIT: u32 = 1 << 2;

/// How far an initialisation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OnceState {
    /// Nobody has begun.
    New,
    /// The last attempt panicked.
    Poisoned,
    /// A thread runs an initialiser now.
    InProgress,
    /// It is done.
    Done,
}

impl OnceState {
    /// Whether the last attempt panicked.
    #[inline]
    pub const fn is_poisoned(&self) -> bool {
        matches!(self, Self::Poisoned)
    }

    /// Whether it is done.
    #[inline]
    pub const fn is_completed(&self) -> bool {
        matches!(self, Self::Done)
    }

    /// [`is_poisoned`](Self::is_poisoned), by another name that parking_lot's users know.
    #[inline]
    pub const fn poisoned(&self) -> bool {
        self.is_poisoned()
    }

    /// [`is_completed`](Self::is_completed), by another name that parking_lot's users know.
    #[inline]
    pub const fn done(&self) -> bool {
        self.is_completed()
    }
}

/// What a once is a part of: pictures and panics speak of that.
pub(crate) struct Names {
    /// The type.
    pub(crate) kind: &'static str,
    /// What its users call where a once is called.
    pub(crate) call: &'static str,
    /// What to do after a panic.
    pub(crate) after_panic: &'static str,
}

const ONCE: Names = Names {
    kind: "Once",
    call: "call_once",
    after_panic: "repair what it left behind in `call_once_force`",
};

fn named(state: u32) -> OnceState {
    match state & PHASE {
        NEW => OnceState::New,
        POISONED => OnceState::Poisoned,
        RUNNING => OnceState::InProgress,
        _ => OnceState::Done,
    }
}

/// The algorithm behind [`Once`](crate::Once): 4 bytes, sleeping on a futex.
pub struct RawOnce {
    /// See the layout at the top of this file.
    word: Futex,
}

/// Ends an initialisation, also when it panics.
struct Finish<'a> {
    once: &'a RawOnce,
    kind: &'static str,
    phase: u32,
}

impl Drop for Finish<'_> {
    fn drop(&mut self) {
        let span = trace::span(self.once, self.kind, "complete");
        let address = self.once.word.address();
        // Release: pairs with the Acquire of whoever sees that it is done [O1], or tries again [O2]. A swap,
        // because it tells whether anybody waits.
        let before = self.once.word.swap(self.phase, Release);
        // From here on the object may be gone.
        span.became(match self.phase {
            DONE => "done",
            POISONED => "poisoned",
            _ => "as new",
        });
        if before & WAITING_BIT != 0 {
            Futex::wake(address, usize::MAX);
        }
    }
}

impl Names {
    /// It is used after a panic.
    #[cold]
    #[track_caller]
    pub(crate) fn poisoned(&self) -> ! {
        panic!(
            "selvedge: a {} is used whose initialiser has panicked; {}",
            self.kind, self.after_panic
        )
    }

    /// A thread would wait for itself (invariant 4).
    #[cold]
    #[track_caller]
    fn entered_again(&self) -> ! {
        panic!(
            "selvedge: an initialiser uses the very {} that it initialises, and would wait for itself; \
             take the inner use out of the initialiser",
            self.kind
        )
    }
}

impl RawOnce {
    /// Nothing is done yet.
    #[inline]
    pub const fn new() -> Self {
        Self {
            word: Futex::new(NEW),
        }
    }

    /// Done already.
    #[inline]
    pub const fn new_completed() -> Self {
        Self {
            word: Futex::new(DONE),
        }
    }

    // --- fast paths ---------------------------------------------------------------------------

    /// Whether it is done. Then everything that the initialiser did is visible.
    #[inline]
    #[track_caller]
    pub fn is_completed(&self) -> bool {
        // Acquire: pairs with the Release of the swap in `Finish` [O1].
        self.word.load(Acquire) == DONE
    }

    /// How far it is. If it is done, everything that the initialiser did is visible.
    #[inline]
    #[track_caller]
    pub fn state(&self) -> OnceState {
        // Acquire: as in `is_completed` [O1].
        named(self.word.load(Acquire))
    }

    /// How far it is, for whoever has it to itself. In a model it is known also when the execution is over, or
    /// has failed.
    #[inline]
    pub(crate) fn state_alone(&mut self) -> OnceState {
        named(self.word.value())
    }

    // --- slow paths ---------------------------------------------------------------------------

    /// Runs `initialise` unless it is done, or waits for the thread that does. The initialiser is given
    /// the state before it, and says whether it is done now.
    ///
    /// # Panics
    ///
    /// If the last attempt panicked, unless `force`; and if this thread is inside an initialiser of this
    /// object.
    #[cold]
    #[track_caller]
    pub fn call(&self, force: bool, initialise: &mut dyn FnMut(&OnceState) -> bool) {
        self.call_as(&ONCE, force, initialise);
    }

    /// [`call`](Self::call), for what contains it.
    #[cold]
    #[track_caller]
    pub(crate) fn call_as(
        &self,
        names: &Names,
        force: bool,
        initialise: &mut dyn FnMut(&OnceState) -> bool,
    ) {
        let span = trace::span(self, names.kind, names.call);
        let mut state = NEW; // a guess: the compare-exchange says what is there
        loop {
            match state & PHASE {
                DONE => return,
                POISONED if !force => names.poisoned(),
                RUNNING => {
                    state = self.sleep(names, state);
                    continue;
                }
                _ => {}
            }
            let next = RUNNING | state & WAITING_BIT; // invariant 2
            // Acquire: sees what a failed attempt left behind [O2]; and if it fails, that it is done, which
            // pairs with the Release of the swap in `Finish` [O1].
            match self.word.compare_exchange(state, next, Acquire, Acquire) {
                Ok(_) => break,
                Err(actual) => state = actual,
            }
        }
        span.acquired();
        // What the initialiser does is not a part of this call in the picture.
        drop(span);
        let mut finish = Finish {
            once: self,
            kind: names.kind,
            phase: POISONED,
        };
        let done = sys::inside::enter(self, || initialise(&named(state)));
        finish.phase = if done { DONE } else { NEW };
    }

    /// Waits until it is done.
    ///
    /// # Panics
    ///
    /// If the last attempt panicked, unless `force`; and if this thread is inside an initialiser of this
    /// object.
    #[cold]
    #[track_caller]
    pub fn wait(&self, force: bool) {
        self.wait_as(&ONCE, force);
    }

    /// [`wait`](Self::wait), for what contains it.
    #[cold]
    #[track_caller]
    pub(crate) fn wait_as(&self, names: &Names, force: bool) {
        let _span = trace::span(self, names.kind, "wait");
        // Acquire: as in `is_completed` [O1].
        let mut state = self.word.load(Acquire);
        loop {
            match state & PHASE {
                DONE => return,
                POISONED if !force => names.poisoned(),
                _ => state = self.sleep(names, state),
            }
        }
    }

    /// Sleeps until the word is not `state`, which is not done; returns what it is then.
    #[track_caller]
    fn sleep(&self, names: &Names, state: u32) -> u32 {
        if state & PHASE == RUNNING && sys::inside::is_inside(self) {
            names.entered_again(); // invariant 4
        }
        let marked = state | WAITING_BIT;
        if state != marked {
            // Acquire: if it fails because it is done now [O1].
            let marking = self.word.compare_exchange(state, marked, Relaxed, Acquire);
            if let Err(actual) = marking {
                return actual;
            }
        }
        let _: Wait = self.word.wait(marked, None);
        // Acquire: a wake orders nothing; pairs with the Release of the swap in `Finish` [O1].
        self.word.load(Acquire)
    }
}

impl Default for RawOnce {
    fn default() -> Self {
        Self::new()
    }
}

impl core::fmt::Debug for RawOnce {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("RawOnce").field(&self.word).finish()
    }
}
