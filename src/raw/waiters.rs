//! Who waits inside a [monitor](super::monitor), and for what.
//!
//! # What
//!
//! Each thread that waits is a [`Waiter`] on its own stack: the question that it wants answered with yes, and a futex on
//! which it sleeps until it is told something. Those that wait for the same named condition stand in one *row*, in order
//! of arrival, and whoever asks the first of a row has asked all of it. The rows are in order of arrival of their first
//! waiters. So the first row whose answer is yes has, in front, the waiter that came first of all that could be let go on.
//!
//! ```text
//!   first ──▶ row: not empty ──▶ row: (no name) ──▶ row: not full
//!               │                                     │
//!             T1, T4, T5                            T3, T6
//! ```
//!
//! # Invariants
//!
//! 1. The list belongs to whoever has the monitor: links, questions and what a question panicked with are read and
//!    written by it alone, and by the thread of a waiter before it is in the list and after it was told `OWNER`.
//! 2. A waiter in the list is alive: its thread leaves only after it was told `OWNER`, which is after it was taken out,
//!    or with the monitor in its hands, after it has taken itself out if nobody else had.
//! 3. A row is a ring through `peer_next` and `peer_before`. Its first waiter alone is in the list of rows, which is in
//!    ascending order of `arrival`.
//!
//! # Ordering
//!
//! The list is protected by the monitor, whose owners follow one another by [M1] at its door and by [N1] inside.

use core::any::Any;
use core::ptr;

use crate::sys::cell::{FreshPointer, UnsafeCell};
use crate::sys::{
    Futex, Instant,
    Ordering::{Acquire, Relaxed, Release},
    Wait,
};

/// A waiter that sleeps, or is about to.
const WAITING: u32 = 0;
/// It owns the monitor, and is in no list. Said by the thread that owned it before.
const OWNER: u32 = 1;
/// Its time was up, and it comes in by the door. Said by itself. Illegal: to give it the monitor then.
const LEAVING: u32 = 2;

/// What a question panicked with.
pub(super) type Payload = Box<dyn Any + Send>;

/// A question to the state of the monitor, to be asked by whoever has it.
pub(super) type Question<'a> = dyn FnMut() -> bool + 'a;

/// One waiting thread, on its stack.
pub(super) struct Waiter {
    /// `WAITING`, and then one of the others. The thread sleeps here.
    told: Futex,
    links: UnsafeCell<Links>,
}

/// See invariant 1 for who may touch it.
struct Links {
    question: *mut Question<'static>,
    /// Which named condition the question is; null if it has no name.
    condition: *const (),
    panic: Option<Payload>,
    listed: bool,
    /// Whether it is the first of its row.
    leads: bool,
    arrival: u64,
    /// The rows beside this one, if it leads.
    next: *mut Waiter,
    before: *mut Waiter,
    /// The waiters beside it in its row, which is a ring.
    peer_next: *mut Waiter,
    peer_before: *mut Waiter,
}

impl Waiter {
    pub(super) fn new(question: &mut Question<'_>, condition: *const ()) -> Self {
        // SAFETY: only a lifetime is made longer. Nobody asks after the thread has left, which it does while
        // `question` is borrowed still (invariant 2).
        let question: &mut Question<'static> = unsafe { core::mem::transmute(question) };
        Self {
            told: Futex::new(WAITING),
            links: UnsafeCell::new(Links {
                question,
                condition,
                panic: None,
                listed: false,
                leads: false,
                arrival: 0,
                next: ptr::null_mut(),
                before: ptr::null_mut(),
                peer_next: ptr::null_mut(),
                peer_before: ptr::null_mut(),
            }),
        }
    }

    /// A pointer for the list, which writes through it to nothing but cells.
    fn pointer(&self) -> *mut Self {
        ptr::from_ref(self).cast_mut()
    }

    /// Sleeps until it is given the monitor: `true`; or until the deadline: `false`, and nobody gives it the monitor any
    /// more.
    pub(super) fn sleep(&self, deadline: Option<Instant>) -> bool {
        loop {
            // The wait looks for itself whether there is anything to sleep for.
            if self.told.wait(WAITING, deadline) == Wait::TimedOut {
                // Acquire: if it fails because it owns the monitor; pairs with the Release in `give` [N1].
                let leaving = self
                    .told
                    .compare_exchange(WAITING, LEAVING, Relaxed, Acquire);
                return leaving.is_err();
            }
            // An addition of nothing: it reads what is there now, where a load may read something older. Acquire:
            // pairs with the Release in `give` [N1].
            if self.told.fetch_add(0, Acquire) == OWNER {
                return true;
            }
        }
    }

    /// Gives it the monitor: `true`, and both may be gone; or finds that it comes in by the door: `false`. It is not woken.
    ///
    /// # Safety
    ///
    /// The caller has the monitor, and has taken `waiter` out of its list.
    pub(super) unsafe fn give(waiter: *mut Self) -> bool {
        // SAFETY: alive until it is told, or gets the monitor in another way (invariant 2).
        let waiter = unsafe { &*waiter };
        // Release: everything that the owner did; pairs with the Acquire in `sleep` [N1].
        waiter
            .told
            .compare_exchange(WAITING, OWNER, Release, Relaxed)
            .is_ok()
    }

    /// Where it sleeps.
    ///
    /// # Safety
    ///
    /// It is alive.
    pub(super) unsafe fn address(waiter: *mut Self) -> crate::sys::Address {
        // SAFETY: as promised.
        let waiter = unsafe { &*waiter };
        waiter.told.address()
    }

    // --- what belongs to the owner of the monitor -------------------------------------------------

    /// Asks the thread's own question.
    ///
    /// # Safety
    ///
    /// The caller is the waiter's thread and owns the monitor.
    pub(super) unsafe fn ask(&self) -> bool {
        // SAFETY: as promised.
        let question = unsafe { Waiters::question(self.pointer()) };
        // SAFETY: it lives as long as this call of its thread, and is asked by the owner only (invariant 1).
        unsafe { (*question)() }
    }

    /// What the question panicked with, when somebody asked it.
    ///
    /// # Safety
    ///
    /// The caller is the waiter's thread and owns the monitor.
    pub(super) unsafe fn take_panic(&self) -> Option<Payload> {
        // SAFETY: as promised.
        unsafe { write(self.pointer(), |links| links.panic.take()) }
    }
}

/// # Safety
///
/// `waiter` is alive, and the caller may touch its links (invariant 1).
unsafe fn read<R>(waiter: *mut Waiter, read: impl FnOnce(&Links) -> R) -> R {
    // SAFETY: alive, as promised.
    let waiter = unsafe { &*waiter };
    waiter.links.with(|links| {
        // SAFETY: nobody writes it meanwhile (invariant 1).
        read(unsafe { &*links })
    })
}

/// # Safety
///
/// `waiter` is alive, and the caller may touch its links (invariant 1).
unsafe fn write<R>(waiter: *mut Waiter, write: impl FnOnce(&mut Links) -> R) -> R {
    // SAFETY: alive, as promised.
    let waiter = unsafe { &*waiter };
    waiter.links.with_mut(|links| {
        // SAFETY: nobody else touches it meanwhile (invariant 1), and `write` touches no other waiter's.
        write(unsafe { &mut *links })
    })
}

/// The list of those who wait inside a monitor. All its functions are for the owner of the monitor.
pub(super) struct Waiters {
    /// The first waiter of the first row; null if nobody waits.
    first: FreshPointer<Waiter>,
}

// SAFETY: the owner of the monitor alone uses it, which is one thread after the other; what it points to is alive
// (invariant 2).
unsafe impl Send for Waiters {}
// SAFETY: as above.
unsafe impl Sync for Waiters {}

impl Waiters {
    pub(super) const fn new() -> Self {
        Self {
            first: FreshPointer::null(),
        }
    }

    /// The first row.
    ///
    /// # Safety
    ///
    /// The caller owns the monitor.
    #[inline]
    pub(super) unsafe fn first(&self) -> *mut Waiter {
        // SAFETY: as promised.
        unsafe { self.first.get() }
    }

    /// The row after `row`.
    ///
    /// # Safety
    ///
    /// The caller owns the monitor, and `row` is one of the list.
    pub(super) unsafe fn after(row: *mut Waiter) -> *mut Waiter {
        // SAFETY: as promised.
        unsafe { read(row, |links| links.next) }
    }

    /// What is asked in a row.
    ///
    /// # Safety
    ///
    /// The caller owns the monitor, and `row` is in the list or the caller's own.
    pub(super) unsafe fn question(row: *mut Waiter) -> *mut Question<'static> {
        // SAFETY: as promised.
        unsafe { read(row, |links| links.question) }
    }

    /// Whether `waiter` stands in the row.
    ///
    /// # Safety
    ///
    /// The caller owns the monitor, and both are in the list.
    pub(super) unsafe fn is_in_row(row: *mut Waiter, waiter: &Waiter) -> bool {
        if ptr::eq(row, waiter) {
            return true;
        }
        // SAFETY: as promised.
        let condition = unsafe { read(waiter.pointer(), |links| links.condition) };
        // SAFETY: as promised.
        !condition.is_null() && unsafe { read(row, |links| links.condition) } == condition
    }

    /// Puts a waiter into its row, at the end.
    ///
    /// # Safety
    ///
    /// The caller owns the monitor. `waiter` is its own, in no list, and the thread keeps invariant 2.
    pub(super) unsafe fn append(&self, waiter: &Waiter) {
        let waiter = waiter.pointer();
        // SAFETY: the caller's own.
        let condition = unsafe { read(waiter, |links| links.condition) };
        let (mut last_row, mut own_row) = (ptr::null_mut(), ptr::null_mut());
        let mut arrival = 0;
        // SAFETY: the caller owns the monitor.
        let mut row = unsafe { self.first() };
        while !row.is_null() {
            // SAFETY: in the list.
            let (next, of_row, last) = unsafe {
                read(row, |links| {
                    (links.next, links.condition, links.peer_before)
                })
            };
            // SAFETY: in the list.
            let last_arrival = unsafe { read(last, |links| links.arrival) };
            arrival = arrival.max(last_arrival + 1);
            if !condition.is_null() && of_row == condition {
                own_row = row;
            }
            last_row = row;
            row = next;
        }
        let leads = own_row.is_null();
        // SAFETY: the caller's own.
        unsafe {
            write(waiter, |links| {
                links.listed = true;
                links.leads = leads;
                links.arrival = arrival;
                links.next = ptr::null_mut();
                links.before = last_row;
                links.peer_next = waiter;
                links.peer_before = waiter;
            })
        }
        if leads {
            // SAFETY: the caller owns the monitor, and the row is the last one.
            unsafe { self.set_next(last_row, waiter) }
            return;
        }
        // At the end of the ring, which is before its first.
        //
        // SAFETY: in the list.
        let last = unsafe { read(own_row, |links| links.peer_before) };
        // SAFETY: the caller's own.
        unsafe {
            write(waiter, |links| {
                links.peer_next = own_row;
                links.peer_before = last;
            })
        }
        // SAFETY: in the list.
        unsafe { write(last, |links| links.peer_next = waiter) }
        // SAFETY: in the list.
        unsafe { write(own_row, |links| links.peer_before = waiter) }
    }

    /// `next` comes after `row`, or is the first if there is none. The rest is the caller's matter.
    ///
    /// # Safety
    ///
    /// The caller owns the monitor, and `row` is null or one of the list.
    unsafe fn set_next(&self, row: *mut Waiter, next: *mut Waiter) {
        if row.is_null() {
            // SAFETY: the caller owns the monitor.
            unsafe { self.first.set(next) }
        } else {
            // SAFETY: in the list.
            unsafe { write(row, |links| links.next = next) }
        }
    }

    /// Puts a row between two that are neighbours, or where the list begins or ends.
    ///
    /// # Safety
    ///
    /// The caller owns the monitor, and all are null or of the list.
    unsafe fn put_between(&self, before: *mut Waiter, row: *mut Waiter, next: *mut Waiter) {
        // SAFETY: of the list.
        unsafe {
            write(row, |links| {
                links.leads = true;
                links.before = before;
                links.next = next;
            })
        }
        // SAFETY: as promised.
        unsafe { self.set_next(before, row) }
        if !next.is_null() {
            // SAFETY: of the list.
            unsafe { write(next, |links| links.before = row) }
        }
    }

    /// Takes a waiter out, with what its question panicked with, if it did.
    ///
    /// # Safety
    ///
    /// The caller owns the monitor, and `waiter` is in the list.
    pub(super) unsafe fn take_out(&self, waiter: *mut Waiter, panic: Option<Payload>) {
        // SAFETY: in the list.
        let (leads, before, next, peer_before, heir) = unsafe {
            write(waiter, |links| {
                links.listed = false;
                links.panic = panic;
                (
                    links.leads,
                    links.before,
                    links.next,
                    links.peer_before,
                    links.peer_next,
                )
            })
        };
        let alone = heir == waiter;
        if !alone {
            // SAFETY: in the list.
            unsafe { write(peer_before, |links| links.peer_next = heir) }
            // SAFETY: in the list.
            unsafe { write(heir, |links| links.peer_before = peer_before) }
        }
        if !leads {
            return;
        }
        // SAFETY: of the list.
        unsafe { self.set_next(before, next) }
        if !next.is_null() {
            // SAFETY: of the list.
            unsafe { write(next, |links| links.before = before) }
        }
        if !alone {
            // The row goes on with who came next, and stands where that one belongs (invariant 3).
            //
            // SAFETY: in the list.
            unsafe { self.put_by_arrival(heir, before, next) }
        }
    }

    /// Puts a row where it belongs, somewhere after `before`, whose neighbour is `next`.
    ///
    /// # Safety
    ///
    /// As for [`put_between`](Self::put_between).
    unsafe fn put_by_arrival(
        &self,
        row: *mut Waiter,
        mut before: *mut Waiter,
        mut next: *mut Waiter,
    ) {
        // SAFETY: of the list.
        let arrival = unsafe { read(row, |links| links.arrival) };
        // SAFETY: of the list.
        while !next.is_null() && unsafe { read(next, |links| links.arrival) } < arrival {
            before = next;
            // SAFETY: of the list.
            next = unsafe { Self::after(next) };
        }
        // SAFETY: as promised.
        unsafe { self.put_between(before, row, next) }
    }

    /// Takes the caller's own waiter out, unless somebody has.
    ///
    /// # Safety
    ///
    /// The caller owns the monitor, and `waiter` is its own.
    pub(super) unsafe fn withdraw(&self, waiter: &Waiter) {
        let waiter = waiter.pointer();
        // SAFETY: the caller's own.
        if unsafe { read(waiter, |links| links.listed) } {
            // SAFETY: in the list.
            unsafe { self.take_out(waiter, None) };
        }
    }
}
