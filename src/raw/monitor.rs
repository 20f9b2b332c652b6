//! A monitor: a lock whose leaver decides who has it next.
//!
//! # What
//!
//! A [mutex](super::mutex) is the *door*. Threads that wait inside for a condition are in a [list](super::waiters), which
//! belongs to the owner as the data does.
//!
//! # How
//!
//! - **enter**: lock the door.
//! - **leave**: if nobody waits inside, unlock the door. Otherwise ask their questions, in order of arrival. The first that
//!   is answered with yes belongs to the next owner: take it out and tell it so. The door stays locked all the time. If it is
//!   about to give up, its time being over, ask on. If no answer is yes, unlock the door.
//! - **wait**: ask; if the answer is no, join the list, leave, and sleep until told `OWNER`.
//! - **timeout**: `WAITING → LEAVING`. If that fails, somebody has given this thread the monitor. If not, nobody will:
//!   come in by the door as anybody does, leave the list, and ask once more.
//!
//! # The discipline
//!
//! *Signal and exit, with hand-over*: the monitor goes from the leaver to the waiter, as in the monitors of Hoare and Brinch
//! Hansen, and nobody can come between. So what the waiter waits for is so when it returns, because it was asked by the thread
//! that had the monitor before, and nothing has happened since. Who is to go on is decided by asking and not by signals: there
//! is none that could be forgotten. In the other discipline, that of Mesa, a signal is a hint; the waiter queues up at the door,
//! others may be faster, and it has to look again. That one is here too: [`RawMonitor::wait_on`].
//!
//! # Invariants
//!
//! 1. The door is locked if and only if a thread owns the monitor, or is being given it.
//! 2. When the door is unlocked, no question in the list would be answered with yes. For the state changes only while
//!    somebody owns the monitor, and an owner unlocks the door only after it has asked all of them and found no yes but those
//!    of waiters that are `LEAVING`, whom it has taken out.
//! 3. A waiter is taken out of the list before it is given the monitor, so nobody else gives it that, or anything. One that
//!    was taken out and is `LEAVING` asks again when it has come in.
//! 4. No question unwinds in the thread that asks for somebody else. What it panics with goes to its own thread, with the
//!    monitor, as if the answer had been yes.
//! 5. While a question is asked, the thread that asks is inside this object in the sense of `sys::inside`. A thread that enters
//!    while it is inside would wait for itself.
//!
//! # Fairness
//!
//! Those who wait inside go first, in order of arrival among those whose answer is yes. So that those at the door get
//! in, the owner counts how often the monitor went from one thread inside to another in a row. After [`HAND_OVERS`] of
//! them it looks, each time, whether somebody queues at the door, and hands the door over to the first of them, without
//! asking. That thread asks when it leaves. While a thread queues at the door, the monitor passes inside at most
//! `HAND_OVERS` times in a row before the door is opened or handed to the first in its queue.
//! `models::monitor::entrants_get_in` counts it. The count means nothing while the list is empty, and begins at 0 with
//! the first in it: after a hand-over that leaves it empty the owner leaves to nobody, or waits alone.
//!
//! # Ordering
//!
//! From owner to owner inside: [N1]. By the door: [M1]. After it has told the next owner, or unlocked the door, the leaver
//! touches nothing but an address that it took before: the next owner may free the monitor.

use core::panic::AssertUnwindSafe;
use core::ptr;
use std::panic::{catch_unwind, resume_unwind};

use lock_api::RawMutexTimed;

use crate::sys::cell::UnsafeCell;
use crate::sys::{self, Duration, Futex, Instant, inside};
use crate::trace;

use super::condvar::RawCondvar;
use super::guard::{GUARD, Guard};
use super::mutex::{Manner, RawMutex};
use super::waiters::{Payload, Question, Waiter, Waiters};

/// What it is called in a picture.
const KIND: &str = "Monitor";

/// How often in a row the monitor may pass from one thread inside to another while somebody queues at the door. More keeps
/// threads out for longer; less lets a thread in more often that has nothing to do with what goes on inside.
const HAND_OVERS: u32 = 32;

/// What is known of a question: the name of its condition, and which one it is; empty and null if it has none. Two questions
/// of the same condition have the same answer.
#[derive(Clone, Copy)]
pub struct Known {
    pub(crate) name: &'static str,
    pub(crate) condition: *const (),
}

/// The algorithm behind [`Monitor`](crate::Monitor): 16 bytes, and a list on the stacks of those who wait.
pub(crate) struct RawMonitor {
    door: RawMutex,
    /// How often in a row it was handed over inside. Belongs to the owner.
    in_a_row: UnsafeCell<u32>,
    waiters: Waiters,
}

// SAFETY: all of it belongs to whoever has locked the door, one thread after the other.
unsafe impl Sync for RawMonitor {}

impl RawMonitor {
    const fn new() -> Self {
        Self {
            door: RawMutex::new(),
            in_a_row: UnsafeCell::new(0),
            waiters: Waiters::new(),
        }
    }

    /// Whether somebody queues at the door: a hint.
    pub(crate) fn has_entrants(&self) -> bool {
        self.door.has_waiters()
    }

    /// A thread that asks a question may not enter (invariant 5).
    #[inline]
    #[track_caller]
    fn must_be_outside(&self) {
        if inside::is_inside(self) {
            entered_again();
        }
    }

    /// Asks a question of the caller's own, which panics in the caller.
    #[inline]
    pub(crate) fn ask<R>(&self, question: impl FnOnce() -> R) -> R {
        inside::enter(self, question)
    }

    /// Asks somebody else's question (invariant 4).
    ///
    /// # Safety
    ///
    /// The caller owns the monitor, and `row` is one of the list.
    unsafe fn ask_for(&self, row: *mut Waiter) -> Result<bool, Payload> {
        // SAFETY: as promised.
        let question = unsafe { Waiters::question(row) };
        self.ask(|| {
            catch_unwind(AssertUnwindSafe(|| {
                // SAFETY: its waiter is in the list, so it is alive; and the owner of the monitor asks it alone.
                unsafe { (*question)() }
            }))
        })
    }

    /// Sets how often it was handed over in a row, and returns what it was.
    ///
    /// # Safety
    ///
    /// The caller owns the monitor.
    unsafe fn set_in_a_row(&self, number: u32) -> u32 {
        self.in_a_row.with_mut(|in_a_row| {
            // SAFETY: it belongs to the owner.
            unsafe { in_a_row.replace(number) }
        })
    }

    /// Gives the monitor up.
    ///
    /// # Safety
    ///
    /// The caller owns it. The answer to the question of `own`, which is the caller's and in the list, is known to be no.
    #[inline]
    #[track_caller]
    unsafe fn leave(&self, own: Option<&Waiter>) {
        // SAFETY: the caller owns the monitor.
        if unsafe { self.waiters.first() }.is_null() {
            // SAFETY: the caller owns the monitor, so it holds the door.
            unsafe { self.door.release(KIND) }
        } else {
            // SAFETY: as promised.
            unsafe { self.leave_to_waiters(own) }
        }
    }

    /// Gives the monitor up, when somebody waits inside.
    ///
    /// # Safety
    ///
    /// As for [`leave`](Self::leave).
    #[cold]
    #[track_caller]
    unsafe fn leave_to_waiters(&self, own: Option<&Waiter>) {
        // Whoever has it next by the door begins to count anew.
        //
        // SAFETY: the caller owns the monitor.
        let in_a_row = unsafe { self.set_in_a_row(0) };
        // SAFETY: the caller holds the door.
        if in_a_row >= HAND_OVERS && unsafe { self.door.hand_over(KIND, "unlock") } {
            return;
        }
        // SAFETY: the caller owns the monitor.
        let mut row = unsafe { self.waiters.first() };
        let mut last_no = ptr::null_mut();
        while !row.is_null() {
            // SAFETY: both are in the list.
            let known = own.is_some_and(|own| unsafe { Waiters::is_in_row(row, own) });
            let answer = if known {
                Ok(false)
            } else {
                // SAFETY: in the list.
                unsafe { self.ask_for(row) }
            };
            let panic = match answer {
                Ok(false) => {
                    last_no = row;
                    // SAFETY: in the list.
                    row = unsafe { Waiters::after(row) };
                    continue;
                }
                Ok(true) => None,
                Err(panic) => Some(panic),
            };
            // SAFETY: the caller owns the monitor.
            unsafe { self.set_in_a_row(in_a_row.saturating_add(1)) };
            // SAFETY: in the list, so alive until it is told something.
            let address = unsafe { Waiter::address(row) };
            // SAFETY: in the list.
            unsafe { self.waiters.take_out(row, panic) };
            let span = trace::span(&self.door, KIND, "unlock");
            // SAFETY: just taken out.
            if unsafe { Waiter::give(row) } {
                // From here on the monitor may be gone.
                span.handed_over();
                Futex::wake(address, 1);
                return;
            }
            // Its time was up. It comes in by the door, asks for itself, and asks the others when it leaves. Nobody at the door
            // goes before the next one here: that which stands where it stood, of its row or the row behind.
            //
            // SAFETY: the caller owns the monitor.
            unsafe { self.set_in_a_row(0) };
            row = if last_no.is_null() {
                // SAFETY: the caller owns the monitor.
                unsafe { self.waiters.first() }
            } else {
                // SAFETY: in the list.
                unsafe { Waiters::after(last_no) }
            };
        }
        // SAFETY: the caller holds the door (invariant 2).
        unsafe { self.door.release(KIND) }
    }

    /// Waits inside until the answer to `question` is yes: `true`; or until the deadline: `false`. The caller owns the
    /// monitor again in both cases, and also if the question panics, which then goes on here.
    ///
    /// # Safety
    ///
    /// The caller owns the monitor. It has just asked, and the answer was no. The question may be asked by other threads.
    #[cold]
    #[track_caller]
    pub(crate) unsafe fn wait(
        &self,
        question: &mut Question<'_>,
        known: Known,
        deadline: Option<Instant>,
    ) -> bool {
        let action = if deadline.is_some() {
            "wait_until"
        } else {
            "wait"
        };
        let span = trace::span(&self.door, KIND, action);
        let waiter = Waiter::new(question, known.condition);
        // SAFETY: the caller owns the monitor.
        if unsafe { self.waiters.first() }.is_null() {
            // It says nothing about a list that was empty.
            //
            // SAFETY: the caller owns the monitor.
            unsafe { self.set_in_a_row(0) };
        }
        // SAFETY: this thread's own, which it does not leave before it owns the monitor again, having been taken out.
        unsafe { self.waiters.append(&waiter) };
        span.queued_for(known.name);
        // SAFETY: the caller owns the monitor, and the answer is known.
        unsafe { self.leave(Some(&waiter)) };

        let given = waiter.sleep(deadline);
        if given {
            span.acquired();
        } else {
            self.door.acquire(KIND, Manner::Looks);
            // SAFETY: it owns the monitor again.
            unsafe { self.waiters.withdraw(&waiter) };
        }
        // SAFETY: it owns the monitor.
        if let Some(panic) = unsafe { waiter.take_panic() } {
            resume_unwind(panic);
        }
        // SAFETY: it owns the monitor.
        given || self.ask(|| unsafe { waiter.ask() })
    }

    /// Waits for a notification of `condvar`: `true`; or until the deadline: `false`. The caller owns the monitor again
    /// in both cases.
    ///
    /// # Safety
    ///
    /// The caller owns the monitor.
    #[track_caller]
    pub(crate) unsafe fn wait_on(&self, condvar: &RawCondvar, deadline: Option<Instant>) -> bool {
        let leave = || {
            // SAFETY: the caller owns the monitor.
            unsafe { self.leave(None) }
        };
        // SAFETY: the caller holds the door, and gives it up with the monitor, which does not unwind (invariant 4).
        let timed_out = unsafe { condvar.wait_leaving(&self.door, KIND, deadline, leave) };
        !timed_out
    }
}

#[cold]
#[track_caller]
fn entered_again() -> ! {
    panic!(
        "selvedge: a condition of a Monitor uses the very Monitor whose state it is asked about, and would wait for \
         itself; let it look at the state that it is given"
    )
}

impl core::fmt::Debug for RawMonitor {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("RawMonitor").field(&self.door).finish()
    }
}

// SAFETY: whoever gets a guard has locked the door, as with the mutex that it is, or was given the monitor by its owner,
// which gives it to one thread and does not unlock the door. `unlock` does either of the two once.
unsafe impl lock_api::RawMutex for RawMonitor {
    const INIT: Self = Self::new();
    type Guard = Guard;

    #[inline]
    #[track_caller]
    fn lock(&self) -> Guard {
        self.must_be_outside();
        self.door.acquire(KIND, Manner::Looks);
        GUARD
    }

    #[inline]
    #[track_caller]
    fn try_lock(&self) -> Option<Guard> {
        self.door.try_acquire(KIND).then_some(GUARD)
    }

    #[inline]
    #[track_caller]
    unsafe fn unlock(&self, _guard: Guard) {
        // SAFETY: the caller gives the state of its acquisition, so it owns the monitor.
        unsafe { self.leave(None) }
    }

    #[inline]
    fn is_locked(&self) -> bool {
        self.door.is_held()
    }
}

// SAFETY: as for `RawMutex`; a timed form that gives up holds nothing and has left the queue.
unsafe impl RawMutexTimed for RawMonitor {
    type Duration = Duration;
    type Instant = Instant;

    #[inline]
    #[track_caller]
    fn try_lock_for(&self, timeout: Duration) -> Option<Guard> {
        match sys::deadline_after(timeout) {
            Some(deadline) => self.try_lock_until(deadline),
            None => Some(lock_api::RawMutex::lock(self)),
        }
    }

    #[inline]
    #[track_caller]
    fn try_lock_until(&self, deadline: Instant) -> Option<Guard> {
        self.must_be_outside();
        self.door
            .acquire_until(KIND, Manner::Looks, deadline)
            .then_some(GUARD)
    }
}
