//! A barrier in one 4-byte futex word, beside the number of threads that meet.
//!
//! # What
//!
//! The word holds which generation is on, how many have arrived in it, and whether anybody sleeps.
//!
//! ```text
//!    31           w + 1   w          1       0
//!  +-------------------+---------------+---------+
//!  |     generation    |    arrivals   | WAITING |
//!  +-------------------+---------------+---------+
//! ```
//!
//! The arrivals are fewer than the threads that meet, and have the `w` bits that this takes; the generation has
//! all the rest.
//!
//! # How
//!
//! - **arrive**: a compare-exchange adds an arrival. The last one writes the next generation with no arrivals and
//!   without WAITING instead, and is the leader. If WAITING was set, it wakes all.
//! - **wait**: remember the generation of one's own arrival. Until the word has another one, set WAITING and sleep
//!   until the word changes. Others that arrive change it without waking anybody; a thread that is just about to
//!   sleep then looks again.
//! - **cancel**, and a timeout: a compare-exchange takes one arrival away, if the word still has the generation of
//!   one's own. If not, it is too late: the arrival was counted, and the generation is complete.
//!
//! One word for all of it, and not a second one to sleep on, is what makes this simple. The compare-exchange of the
//! last arrival counts, completes and publishes in one step. There is no moment at which a generation is complete for
//! those who cancel and not for those who wait, none at which the last to arrive still has something to write while
//! others have left, and no order to keep between the last to arrive of one generation and of the next.
//!
//! # Invariants
//!
//! 1. The arrivals in the word are those of the word's generation that were not cancelled, and fewer than the
//!    threads that meet.
//! 2. The generation changes only in the compare-exchange of an arrival that makes the arrivals enough. So the
//!    generation of an arrival is complete if and only if the word has another one, and an arrival can be cancelled
//!    if and only if its generation is not complete.
//! 3. A thread falls asleep only on a word with WAITING set and with the generation of its own arrival. WAITING is
//!    cleared only when that generation completes, by the arrival that then wakes all. So nobody who sleeps is
//!    forgotten, and as all are woken, a thread that gives up takes no wake from another one. Legal: to set it and
//!    not sleep, as who gives up does; that costs one system call at the end. Illegal: to lose it before.
//!
//! # The generation comes round
//!
//! After 2^30 to 2^31 arrivals, however many threads meet, the generation has the same number again. That is no matter
//! where every thread is needed in every generation. With more threads than meet, an arrival that is not looked at for
//! as long, and then is looked at in the one generation that has its number (of 268 millions, if eight threads meet), is
//! taken for one of that generation: it is let go one generation too late, or on cancelling takes another arrival away.
//! For that a thread must not run for some ten seconds in which the others do nothing but arrive. A cancellation that
//! finds no arrival is too late in any case, so that the count never falls below zero.
//!
//! # Fairness
//!
//! All who wait for a generation are let go at once. With more threads than meet, who comes first is in it.
//!
//! # Ordering
//!
//! Edge [B1] of `docs/memory-ordering.md`. Each arrival is Release; the last one, and each look that finds a generation
//! complete, is Acquire. Such a look reads what the *last* arrival wrote, or something later; that it sees what
//! happened before all the others, too, is because nothing but read-modify-writes changes the word: every arrival,
//! cancellation and mark continues the release sequences of all arrivals before it.
//!
//! After its compare-exchange the last to arrive does not touch the object again, only its address: a thread that
//! sees the generation complete may free it.

use core::mem::ManuallyDrop;

use crate::sys::{
    self, Duration, Futex, Instant,
    Ordering::{AcqRel, Acquire, Relaxed},
    Wait, deadline_after,
};
use crate::trace;

/// Set by whoever is about to sleep (invariant 3).
const WAITING_BIT: u32 = 1;
/// What an arrival adds (invariant 1).
const ONE_ARRIVAL: u32 = 1 << 1;

/// Lets a number of threads wait for one another, again and again.
///
/// # Example
///
/// ```
/// use selvedge::Barrier;
///
/// let barrier = Barrier::new(3);
/// std::thread::scope(|scope| {
///     for part in 0..3 {
///         let barrier = &barrier;
///         scope.spawn(move || {
///             println!("part {part} of the first step");
///             if barrier.wait().is_leader() {
///                 println!("all have done their part; only one of them says so");
///             }
///             println!("part {part} of the second step");
///         });
///     }
/// });
/// ```
///
/// Arriving and waiting may be two things, with work between them that does not need the others:
///
/// ```
/// # let barrier = selvedge::Barrier::new(2);
/// # std::thread::scope(|scope| {
/// #     scope.spawn(|| barrier.wait());
/// let arrival = barrier.arrive();
/// println!("the others may go on from here");
/// arrival.wait();
/// println!("and here all of them have arrived");
/// # });
/// ```
///
/// # When to use it, and when not
///
/// For computations in steps, where no thread may begin a step before all have ended the last one. To wait once
/// until things have happened, in whichever threads, use a [`Latch`](crate::Latch).
///
/// It is the standard library's `Barrier`, and besides has timeouts, and arrivals that can be waited for later or
/// taken back.
///
/// # Fairness
///
/// All who wait are let go at once. If more threads use it than meet, who comes first is in the generation that
/// is on.
///
/// # Blocking and deadlock
///
/// [`wait`](Self::wait) sleeps, after a few looks, until enough have arrived; if a thread panics before it arrives,
/// that may be for ever. [`arrive`](Self::arrive) never sleeps. Threads that come and give up do not add up: an
/// arrival counts as long as its thread waits.
///
/// # Ordering
///
/// Everything before any arrival of a generation happens before everything after any return of that generation:
/// of a wait, of an [`is_complete`](BarrierArrival::is_complete) that says yes, of a cancellation that comes too late.
/// `docs/memory-ordering.md`, row B1. The last to arrive does not touch the barrier any more when others can see that
/// the generation is complete: a thread that has waited may free the barrier, if no other one waits or arrives.
///
/// # Panics
///
/// More threads than [`MAX_THREADS`](Self::MAX_THREADS).
///
/// # Spurious wake-ups and timeouts
///
/// A wait never returns for no reason. [`wait_timeout`](Self::wait_timeout) and
/// [`wait_until`](Self::wait_until) give up no earlier than their time, and take the arrival back in one step: either
/// it was counted in a generation that completed, and the result is `Ok`, or it is as if the thread had never come.
/// A duration that the clock cannot add is no deadline.
///
/// # Cost
///
/// 8 bytes. An arrival is one compare-exchange, or a few if others arrive at the same moment. The last one makes one
/// system call if anybody sleeps, and none otherwise.
///
/// If more threads use it than meet: an arrival that nobody looks at while the others arrive thousands of millions of
/// times may be taken for one of a later generation (`src/barrier.rs`, "The generation comes round").
///
/// # Checked
///
/// One leader in each generation, that nobody leaves before enough have arrived, that a cancelled arrival is never
/// counted and a counted one never cancelled, visibility, no lost wake-up, more threads than meet, that the last
/// arrival touches nothing afterwards: under loom (`loom-tests/tests/barrier.rs`) two threads exhaustively and larger
/// programs with at most three preemptions, under shuttle with up to six threads (`shuttle-tests/tests/barrier.rs`,
/// `shuttle-tests/tests/random_barrier.rs`), and on real threads over both backends (`tests/barrier.rs`).
pub struct Barrier {
    /// See the layout at the top of this file.
    word: Futex,
    /// How many meet; at least 1.
    threads: u32,
}

/// What a [`Barrier`] tells a thread whose generation is complete.
pub struct BarrierWaitResult {
    leader: bool,
}

impl BarrierWaitResult {
    /// Whether this was the last arrival. That is so for one arrival of each generation.
    #[must_use]
    #[inline]
    pub fn is_leader(&self) -> bool {
        self.leader
    }
}

impl core::fmt::Debug for BarrierWaitResult {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("BarrierWaitResult")
            .field("is_leader", &self.leader)
            .finish()
    }
}

/// Too few arrived at a [`Barrier`] in time. The arrival was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct BarrierTimedOut;

impl core::fmt::Display for BarrierTimedOut {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("too few threads arrived at the barrier in time")
    }
}

impl core::error::Error for BarrierTimedOut {}

impl Barrier {
    /// The largest number of threads. Linux has no more.
    pub const MAX_THREADS: usize = 1 << 22;

    /// A barrier at which `n` threads meet. 0 is as 1: nobody waits.
    ///
    /// # Panics
    ///
    /// If `n` is larger than [`MAX_THREADS`](Self::MAX_THREADS).
    #[inline]
    #[track_caller]
    pub const fn new(n: usize) -> Self {
        assert!(
            n <= Self::MAX_THREADS,
            "selvedge: a Barrier lets 4194304 threads meet at most, and is made for more; \
             let one arrival stand for several things"
        );
        Self {
            word: Futex::new(0),
            threads: if n == 0 { 1 } else { n as u32 },
        }
    }

    // --- the parts of the word ----------------------------------------------------------------

    /// What is added for the next generation: the lowest bit above the arrivals.
    #[inline]
    fn one_generation(&self) -> u32 {
        ONE_ARRIVAL * self.threads.next_power_of_two()
    }

    /// The generation, where it is in the word.
    #[inline]
    fn generation(&self, state: u32) -> u32 {
        state & !(self.one_generation() - 1)
    }

    /// How many have arrived.
    #[inline]
    fn arrivals(&self, state: u32) -> u32 {
        (state & (self.one_generation() - 1)) / ONE_ARRIVAL
    }

    /// Whether the generation of an arrival is complete (invariant 2).
    #[inline]
    fn is_complete(&self, state: u32, generation: u32) -> bool {
        self.generation(state) != generation
    }

    // --- fast paths ---------------------------------------------------------------------------

    /// Arrives and waits until enough have. One of them is the leader.
    #[inline]
    #[track_caller]
    pub fn wait(&self) -> BarrierWaitResult {
        let span = trace::span(self, "Barrier", "wait");
        let arrived = self.enter(&span);
        if let Some(generation) = arrived {
            self.wait_for(generation, None);
        }
        BarrierWaitResult {
            leader: arrived.is_none(),
        }
    }

    /// As [`wait`](Self::wait), but gives up after `timeout`, and takes the arrival back.
    ///
    /// # Errors
    ///
    /// If the time was up before enough had arrived.
    #[inline]
    #[track_caller]
    pub fn wait_timeout(&self, timeout: Duration) -> Result<BarrierWaitResult, BarrierTimedOut> {
        let span = trace::span(self, "Barrier", "wait_timeout");
        let deadline = deadline_after(timeout);
        self.wait_with(deadline, &span)
    }

    /// As [`wait`](Self::wait), but gives up at `deadline`, and takes the arrival back.
    ///
    /// # Errors
    ///
    /// If the time was up before enough had arrived.
    #[inline]
    #[track_caller]
    pub fn wait_until(&self, deadline: Instant) -> Result<BarrierWaitResult, BarrierTimedOut> {
        let span = trace::span(self, "Barrier", "wait_until");
        self.wait_with(Some(deadline), &span)
    }

    /// Arrives, and does not wait yet.
    #[inline]
    #[track_caller]
    pub fn arrive(&self) -> BarrierArrival<'_> {
        let span = trace::span(self, "Barrier", "arrive");
        BarrierArrival {
            barrier: self,
            generation: self.enter(&span),
        }
    }

    /// Arrives. Returns the generation of the arrival, or `None` if it was the last one: then the generation is
    /// complete, and the object may be gone.
    #[inline]
    #[track_caller]
    fn enter(&self, span: &trace::Span) -> Option<u32> {
        let address = self.word.address();
        // A guess, that nobody was here before; and a look, which need not be had. The compare-exchange says what
        // is there if both are wrong.
        let mut state = 0;
        sys::poll(|| {
            state = self.word.load(Relaxed);
            true
        });
        loop {
            let generation = self.generation(state);
            let last = self.arrivals(state) + 1 == self.threads;
            let next = if last {
                generation.wrapping_add(self.one_generation()) // invariants 2 and 3
            } else {
                state + ONE_ARRIVAL
            };
            // Release: pairs with the Acquire of whoever sees the generation complete [B1]. Acquire: for the last
            // one, who waits for nobody; the others need none.
            match self.word.compare_exchange(state, next, AcqRel, Relaxed) {
                Ok(_) if last => break,
                Ok(_) => {
                    span.queued();
                    return Some(generation);
                }
                Err(actual) => state = actual,
            }
        }
        // From here on the object may be gone.
        span.became("complete");
        if state & WAITING_BIT != 0 {
            Futex::wake(address, usize::MAX);
        }
        None
    }

    #[inline]
    #[track_caller]
    fn wait_with(
        &self,
        deadline: Option<Instant>,
        span: &trace::Span,
    ) -> Result<BarrierWaitResult, BarrierTimedOut> {
        let arrived = self.enter(span);
        if let Some(generation) = arrived
            && !self.wait_for(generation, deadline)
        {
            span.refused();
            return Err(BarrierTimedOut);
        }
        Ok(BarrierWaitResult {
            leader: arrived.is_none(),
        })
    }

    // --- slow paths ---------------------------------------------------------------------------

    /// Waits until the generation of an arrival is complete: `true`; or until the deadline, and takes the arrival
    /// back: `false`.
    #[cold]
    #[track_caller]
    fn wait_for(&self, generation: u32, deadline: Option<Instant>) -> bool {
        // Relaxed: only whether to look on.
        sys::poll(|| self.is_complete(self.word.load(Relaxed), generation));
        // Acquire: pairs with the Release of the arrivals [B1].
        let mut state = self.word.load(Acquire);
        while !self.is_complete(state, generation) {
            let marked = state | WAITING_BIT;
            if state != marked {
                // Acquire: if it fails because the generation is complete now [B1].
                let marking = self.word.compare_exchange(state, marked, Relaxed, Acquire);
                if let Err(actual) = marking {
                    state = actual;
                    continue;
                }
            }
            // Between two threads any change of the word is what is waited for. Among more it is mostly the arrival of
            // another one, and who looks takes the processor of those who are still to come: among four and eight on two
            // processors a round takes 2.5 times as long then.
            let ended = if self.threads == 2 {
                self.word.wait(marked, deadline)
            } else {
                self.word.wait_at_once(marked, deadline)
            };
            if ended == Wait::TimedOut {
                let span = trace::span(self, "Barrier", "cancel");
                return !self.take_back(generation, &span);
            }
            // Acquire: a wake orders nothing; pairs with the Release of the arrivals [B1].
            state = self.word.load(Acquire);
        }
        true
    }

    /// Takes an arrival back: `true`; or finds that its generation is complete: `false`.
    #[cold]
    #[track_caller]
    fn take_back(&self, generation: u32, span: &trace::Span) -> bool {
        // A guess: nobody else has arrived.
        let mut state = generation | ONE_ARRIVAL;
        // If nobody has arrived, this arrival is of an earlier generation with the same number.
        while !self.is_complete(state, generation) && self.arrivals(state) > 0 {
            // WAITING stays: somebody else may sleep (invariant 3).
            let next = state - ONE_ARRIVAL;
            // Acquire: if it fails because the generation is complete [B1].
            match self.word.compare_exchange(state, next, Relaxed, Acquire) {
                Ok(_) => {
                    span.counted_down(self.arrivals(next) as usize);
                    return true;
                }
                Err(actual) => state = actual,
            }
        }
        span.refused();
        false
    }
}

impl core::fmt::Debug for Barrier {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // Relaxed: to be looked at only.
        let state = self.word.load(Relaxed);
        f.debug_struct("Barrier")
            .field("threads", &self.threads)
            .field("arrived", &self.arrivals(state))
            .finish()
    }
}

/// An arrival at a [`Barrier`], which is not yet waited for.
///
/// It counts until it is cancelled. **Dropping it cancels it**, unless its generation is complete by then: who goes
/// away with a panic does not let the others go on. [`core::mem::forget`] leaves it counted, for a thread that has
/// done its part and need not know about the others.
///
/// ```
/// let barrier = selvedge::Barrier::new(2);
/// let first = barrier.arrive();
/// assert!(!first.is_complete());
/// assert!(first.cancel().is_ok());
///
/// let (first, second) = (barrier.arrive(), barrier.arrive());
/// assert!(first.is_complete());
/// assert!(first.cancel().is_err(), "it is too late");
/// assert!(second.wait().is_leader());
/// ```
///
/// It may be sent to another thread, and waited for there. It does not outlive its barrier:
///
/// ```compile_fail,E0597
/// let arrival = {
///     let barrier = selvedge::Barrier::new(2);
///     barrier.arrive()
/// };
/// drop(arrival);
/// ```
#[must_use = "dropping an arrival takes it back"]
pub struct BarrierArrival<'a> {
    barrier: &'a Barrier,
    /// Of the arrival; `None` for the last one of its generation, for which the barrier is not touched again.
    generation: Option<u32>,
}

impl BarrierArrival<'_> {
    /// Waits until enough have arrived. The leader is the one that has *arrived* last.
    #[inline]
    #[track_caller]
    pub fn wait(self) -> BarrierWaitResult {
        let this = ManuallyDrop::new(self);
        if let Some(generation) = this.generation {
            let _span = trace::span(this.barrier, "Barrier", "wait");
            this.barrier.wait_for(generation, None);
        }
        this.result()
    }

    /// As [`wait`](Self::wait), but gives up after `timeout`, and takes the arrival back.
    ///
    /// # Errors
    ///
    /// If the time was up before enough had arrived.
    #[inline]
    #[track_caller]
    pub fn wait_timeout(self, timeout: Duration) -> Result<BarrierWaitResult, BarrierTimedOut> {
        self.wait_with("wait_timeout", deadline_after(timeout))
    }

    /// As [`wait`](Self::wait), but gives up at `deadline`, and takes the arrival back.
    ///
    /// # Errors
    ///
    /// If the time was up before enough had arrived.
    #[inline]
    #[track_caller]
    pub fn wait_until(self, deadline: Instant) -> Result<BarrierWaitResult, BarrierTimedOut> {
        self.wait_with("wait_until", Some(deadline))
    }

    #[inline]
    #[track_caller]
    fn wait_with(
        self,
        action: &'static str,
        deadline: Option<Instant>,
    ) -> Result<BarrierWaitResult, BarrierTimedOut> {
        let this = ManuallyDrop::new(self);
        if let Some(generation) = this.generation {
            let span = trace::span(this.barrier, "Barrier", action);
            if !this.barrier.wait_for(generation, deadline) {
                span.refused();
                return Err(BarrierTimedOut);
            }
        }
        Ok(this.result())
    }

    /// Whether enough have arrived. Then everything before their arrivals is visible, and a wait does not sleep.
    #[inline]
    #[track_caller]
    pub fn is_complete(&self) -> bool {
        self.generation.is_none_or(|generation| {
            // Acquire: pairs with the Release of the arrivals [B1].
            let state = self.barrier.word.load(Acquire);
            self.barrier.is_complete(state, generation)
        })
    }

    /// Takes the arrival back, as if it had never been.
    ///
    /// # Errors
    ///
    /// If that is too late, because enough have arrived. It is as if it had been waited for.
    #[inline]
    #[track_caller]
    pub fn cancel(self) -> Result<(), BarrierWaitResult> {
        let this = ManuallyDrop::new(self);
        if this.take_back() {
            Ok(())
        } else {
            Err(this.result())
        }
    }

    /// Takes the arrival back, unless its generation is complete; returns whether it did.
    #[inline]
    #[track_caller]
    fn take_back(&self) -> bool {
        let Some(generation) = self.generation else {
            return false;
        };
        let span = trace::span(self.barrier, "Barrier", "cancel");
        self.barrier.take_back(generation, &span)
    }

    /// What is told when the generation is complete.
    #[inline]
    fn result(&self) -> BarrierWaitResult {
        BarrierWaitResult {
            leader: self.generation.is_none(),
        }
    }
}

impl Drop for BarrierArrival<'_> {
    #[inline]
    fn drop(&mut self) {
        self.take_back();
    }
}

impl core::fmt::Debug for BarrierArrival<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("BarrierArrival")
            .field("is_leader", &self.generation.is_none())
            .finish_non_exhaustive()
    }
}
