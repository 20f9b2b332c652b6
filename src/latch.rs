//! A latch in one 4-byte futex word.
//!
//! # What
//!
//! The word holds how many count-downs are missing, and whether anybody sleeps.
//!
//! ```text
//!    31     30            0
//!  +---------+-------------+
//!  | WAITING |    count    |
//!  +---------+-------------+
//! ```
//!
//! # How
//!
//! - **count down**: a compare-exchange takes from the count. The one that reaches zero writes a plain 0, and
//!   if WAITING was set, wakes all. The ones before it make no system call: who sleeps, sleeps on.
//! - **wait**: set WAITING, sleep until the word changes, look again. A thread that is about to sleep may find
//!   the word changed by another count-down; it looks again, and no more often than there are count-downs.
//! - **timeout**: one last look, and the thread goes. It leaves at most WAITING behind.
//!
//! # Invariants
//!
//! 1. The count only falls. What would take it below zero panics before it has written anything.
//! 2. The word 0 is for ever: nothing writes to it any more. WAITING is never set beside the count 0, for
//!    whoever sets it compares with a word whose count is not 0.
//! 3. A thread falls asleep only on a word with WAITING set. WAITING is cleared only by the count-down that
//!    reaches zero, which then wakes all. So nobody who sleeps is forgotten, and as all are woken, a thread that
//!    gives up takes no wake from another one. Legal: to set it and not sleep; that costs one system call at the
//!    end. Illegal: to lose it before.
//!
//! # Fairness
//!
//! All who wait are let go at once.
//!
//! # Ordering
//!
//! Edge [L1] of `docs/memory-ordering.md`. Each count-down is Release and each look that a caller acts on is
//! Acquire. A look reads what the *last* count-down wrote; that it sees what happened before all the others, too,
//! is because nothing but read-modify-writes changes the word: each count-down, and whoever set WAITING in
//! between, continues the release sequences of all count-downs before it.
//!
//! After its compare-exchange a count-down does not touch the object again, only its address: a thread that sees
//! the latch open may free it.

use crate::sys::{
    self, Duration, Futex, Instant, Ordering,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
    Wait, deadline_after,
};
use crate::trace;

/// Set by whoever is about to sleep (invariant 3).
const WAITING_BIT: u32 = 1 << 31;
/// The bits of the count.
const COUNT: u32 = WAITING_BIT - 1;
/// No count-down is missing, and nobody sleeps (invariant 2).
const OPEN: u32 = 0;

/// A gate that opens when it was counted down to zero, and stays open.
///
/// # Example
///
/// ```
/// use selvedge::Latch;
///
/// static READY: Latch = Latch::new(3);
///
/// std::thread::scope(|scope| {
///     for worker in 0..3 {
///         scope.spawn(move || {
///             println!("worker {worker} has made its tables");
///             READY.count_down();
///         });
///     }
///     READY.wait();
/// });
/// assert!(READY.is_open());
/// ```
///
/// # When to use it, and when not
///
/// To wait until a known number of things has happened, once: workers that are ready, parts that are done. Who
/// counts down need not wait, who waits need not count down, and one thread may count down several times.
///
/// Not for several rounds (use a [`Barrier`](crate::Barrier)), and not when the number is not known at the
/// start: the count never rises. It works as C++'s `std::latch` does.
///
/// # Fairness
///
/// All who wait are let go at once.
///
/// # Blocking and deadlock
///
/// [`wait`](Self::wait) sleeps until the count is zero; if a thread panics before it has counted down, that may
/// be for ever. [`count_down`](Self::count_down) never sleeps.
///
/// # Ordering
///
/// Everything before any of the count-downs happens before the return of every wait, and before
/// [`is_open`](Self::is_open) says yes. `docs/memory-ordering.md`, row L1. A count-down does not touch the latch any
/// more when others can see its effect: a thread that has waited may free the latch, if nobody else waits for it.
///
/// # Panics
///
/// Counting below zero, before anything has changed, and a count above [`MAX_COUNT`](Self::MAX_COUNT).
///
/// # Spurious wake-ups and timeouts
///
/// A wait never returns for no reason. [`wait_timeout`](Self::wait_timeout) and
/// [`wait_until`](Self::wait_until) give up no earlier than their time, and not when the latch is open by then.
/// A duration that the clock cannot add is no deadline. Who gives up leaves nothing behind but, at most, one wake
/// for nobody at the end.
///
/// # Cost
///
/// 4 bytes. A count-down is one compare-exchange, or a few if others count down at the same moment. The last one
/// makes one system call if anybody waits; the others make none. When the latch is open, a wait is one load.
///
/// # Checked
///
/// That nobody leaves before the last count-down, visibility of all of them, no lost wake-up, timeouts at every
/// moment, that the last count-down touches nothing afterwards: under loom (`loom-tests/tests/latch.rs`) two threads exhaustively and
/// larger programs with at most three preemptions, under shuttle with up to seven threads (`shuttle-tests/tests/latch.rs`,
/// `shuttle-tests/tests/random_latch.rs`), and on real threads over both backends (`tests/latch.rs`).
pub struct Latch {
    /// See the layout at the top of this file.
    word: Futex,
}

/// Whether no count-down is missing.
#[inline]
fn is_open(state: u32) -> bool {
    state & COUNT == 0
}

impl Latch {
    /// The largest count.
    pub const MAX_COUNT: u32 = COUNT;

    /// A latch that opens after `count` count-downs. With 0 it is open.
    ///
    /// # Panics
    ///
    /// If `count` is larger than [`MAX_COUNT`](Self::MAX_COUNT).
    #[inline]
    #[track_caller]
    pub const fn new(count: u32) -> Self {
        assert!(
            count <= Self::MAX_COUNT,
            "selvedge: a Latch counts down from 2147483647 at most, and is made with more; \
             let one count-down stand for several things"
        );
        Self {
            word: Futex::new(count),
        }
    }

    // --- fast paths ---------------------------------------------------------------------------

    /// Takes one from the count. If that makes it zero, all who wait are let go.
    ///
    /// # Panics
    ///
    /// If the count is zero already.
    #[inline]
    #[track_caller]
    pub fn count_down(&self) {
        self.count_down_by(1);
    }

    /// Takes `n` from the count, at once. If that makes it zero, all who wait are let go. Taking 0 does nothing.
    ///
    /// # Panics
    ///
    /// If the count is less than `n`.
    #[inline]
    #[track_caller]
    pub fn count_down_by(&self, n: u32) {
        let span = trace::span(self, "Latch", "count_down");
        if n > 0 {
            // Release: pairs with the Acquire of whoever sees the latch open [L1].
            self.take(n, Release, &span);
        }
    }

    /// Takes one from the count and waits until it is zero.
    ///
    /// # Panics
    ///
    /// If the count is zero already.
    #[inline]
    #[track_caller]
    pub fn arrive_and_wait(&self) {
        let span = trace::span(self, "Latch", "arrive_and_wait");
        // Release: as in `count_down_by` [L1]. Acquire: if this is the last one, it waits for nobody, and does
        // not look at the word again: another thread may have freed it.
        if !self.take(1, AcqRel, &span) {
            self.wait_with(None);
        }
    }

    /// Whether the count is zero. Then everything before the count-downs is visible.
    #[inline]
    #[track_caller]
    pub fn is_open(&self) -> bool {
        // Acquire: pairs with the Release of the count-downs [L1].
        is_open(self.word.load(Acquire))
    }

    /// How many count-downs are missing. If none, everything before them is visible. Otherwise it may be less
    /// by the time the caller looks at it.
    #[inline]
    #[track_caller]
    pub fn count(&self) -> u32 {
        // Acquire: as in `is_open` [L1].
        self.word.load(Acquire) & COUNT
    }

    /// Waits until the count is zero.
    #[inline]
    #[track_caller]
    pub fn wait(&self) {
        let _span = trace::span(self, "Latch", "wait");
        self.wait_with(None);
    }

    /// As [`wait`](Self::wait), but gives up after `timeout`. Returns whether the latch is open.
    #[inline]
    #[track_caller]
    #[must_use = "if the time was up, the latch is not open"]
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        let span = trace::span(self, "Latch", "wait_timeout");
        let open = self.wait_with(deadline_after(timeout));
        if !open {
            span.refused();
        }
        open
    }

    /// As [`wait`](Self::wait), but gives up at `deadline`. Returns whether the latch is open.
    #[inline]
    #[track_caller]
    #[must_use = "if the time was up, the latch is not open"]
    pub fn wait_until(&self, deadline: Instant) -> bool {
        let span = trace::span(self, "Latch", "wait_until");
        let open = self.wait_with(Some(deadline));
        if !open {
            span.refused();
        }
        open
    }

    /// Takes `n`, which is not 0, from the count; returns whether it is zero now. Then the object may be gone.
    #[inline]
    #[track_caller]
    fn take(&self, n: u32, order: Ordering, span: &trace::Span) -> bool {
        let address = self.word.address();
        // A guess, that this is the last one and nobody sleeps; and a look, which need not be had. The
        // compare-exchange says what is there if both are wrong.
        let mut state = n;
        sys::poll(|| {
            state = self.word.load(Relaxed);
            true
        });
        loop {
            if state & COUNT < n {
                self.below_zero(n); // invariant 1
            }
            let left = state - n;
            // Invariants 2 and 3: the last one clears WAITING, the others leave it as it is.
            let next = if is_open(left) { OPEN } else { left };
            // The caller says, and why; if it fails, nothing was taken.
            match self.word.compare_exchange(state, next, order, Relaxed) {
                Ok(_) if next != OPEN => {
                    span.counted_down((next & COUNT) as usize);
                    return false;
                }
                Ok(_) => break,
                Err(actual) => state = actual,
            }
        }
        // From here on the object may be gone.
        span.became("open");
        if state & WAITING_BIT != 0 {
            Futex::wake(address, usize::MAX);
        }
        true
    }

    /// Waits, and says whether the latch is open.
    #[inline]
    #[track_caller]
    fn wait_with(&self, deadline: Option<Instant>) -> bool {
        // Acquire: pairs with the Release of the count-downs [L1].
        let state = self.word.load(Acquire);
        is_open(state) || self.sleep(state, deadline)
    }

    // --- slow paths ---------------------------------------------------------------------------

    /// Sleeps until the latch is open, or until the deadline; returns whether it is open. `state` is what the
    /// word was.
    #[cold]
    #[track_caller]
    fn sleep(&self, mut state: u32, deadline: Option<Instant>) -> bool {
        loop {
            let marked = state | WAITING_BIT;
            if state != marked {
                // Acquire: if it fails because the latch is open now [L1].
                if let Err(actual) = self.word.compare_exchange(state, marked, Relaxed, Acquire) {
                    if is_open(actual) {
                        return true;
                    }
                    state = actual;
                    continue;
                }
            }
            let outcome = self.word.wait_at_once(marked, deadline);
            // Acquire: a wake orders nothing; pairs with the Release of the count-downs [L1].
            state = self.word.load(Acquire);
            if is_open(state) {
                return true;
            }
            if outcome == Wait::TimedOut {
                return false; // what it leaves behind is WAITING, which is legal (invariant 3)
            }
        }
    }

    #[cold]
    #[track_caller]
    fn below_zero(&self, n: u32) -> ! {
        // Relaxed: for the message only.
        let count = self.word.load(Relaxed) & COUNT;
        panic!(
            "selvedge: a Latch is counted down by {n}, and its count is {count}; \
             make it with as many as are counted down"
        )
    }
}

impl core::fmt::Debug for Latch {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // Relaxed: to be looked at only.
        let count = self.word.load(Relaxed) & COUNT;
        f.debug_struct("Latch").field("count", &count).finish()
    }
}
