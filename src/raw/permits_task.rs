//! A future that waits for [permits](super::permits): its place in the queue, and its waker.
//!
//! # What
//!
//! A [`Task`] is a node, as a thread has one on its stack, and a slot for a waker. It lives in a future, which is pinned once it
//! has been polled, and which takes the node out of the queue before it goes.
//!
//! # How
//!
//! - **step** (a poll): take what is wanted if it can be had. If not, clone the waker, put it into the slot, queue up. From then on look
//!   at what the node was told. If nothing yet, put a new waker into the slot if the task has another one by now.
//! - **leave** (a drop): take the node out of the queue. If it was told something, undo that: give permits back, let
//!   somebody else look.
//!
//! Neither ever waits for anybody: a node of a task is told under the lock of the bucket, by whoever takes it out, together
//! with its waker; so it is in the queue, or it has been told. (It may be in the queue although its verdict is known: see
//! `tell_first`. Then it leaves with the verdict that stands on it.)
//!
//! The slot is touched under the lock of the bucket while the node is in the queue, and by the task alone while it is not. Wakers are
//! cloned, dropped and called while no bucket is locked (invariant 5 of the permits).
//!
//! A task that is *forgotten* stays in the queue with its node, even when the semaphore is gone: invariants 2 and 4 of the
//! [queue](super::queue) say why no memory is touched that is used for something else, invariant 1 of the permits what
//! becomes of it.
//!
//! # After a fork
//!
//! In the child a task of its parent is in no queue: the table is another one. If it was decided by then what it gets, that
//! stands on its node, or it has been told. If not, nobody in the child knows it: when it is polled it queues up
//! anew, and when it is dropped there is nothing to leave.

use core::any::Any;
use core::cell::Cell;
use core::marker::PhantomPinned;
use core::mem;
use core::panic::AssertUnwindSafe;
use core::ptr;
use core::task::{Context, Poll, Waker};
use std::panic::{catch_unwind, resume_unwind};

use super::permits::{CLOSED, Comer, GRANTED, Joined, LOOK, RawSemaphore, Refusal};
use super::queue::{Node, Note, Queue, WAITING, WakerSlot, table_number};

/// Where a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// It has not queued up.
    New,
    /// It has: its node is in the queue, or has been told.
    Queued,
    /// It has said what came of it.
    Done,
}

/// What waits for permits without a thread.
pub(crate) struct Task {
    node: Node,
    waker: WakerSlot,
    /// Whose waker is in the slot, while it is: compared only.
    registered: Cell<Option<(*const (), usize)>>,
    progress: Cell<Progress>,
    /// The table that it has queued up in.
    table: Cell<usize>,
    /// The queue points at the node, and the node's note at the slot.
    _pinned: PhantomPinned,
}

// SAFETY: the cells are touched by whoever polls or drops the task, who has it alone; the node and the slot as the comment
// at the top says. A waker may be sent anywhere.
unsafe impl Send for Task {}
// SAFETY: a shared reference to a task gives nothing but a pinned one does, which only its future makes.
unsafe impl Sync for Task {}

/// What tells wakers apart, as [`Waker::will_wake`] does.
fn identity(waker: &Waker) -> (*const (), usize) {
    (waker.data(), ptr::from_ref(waker.vtable()).addr())
}

impl Task {
    pub(crate) fn new() -> Self {
        Self {
            node: Node::new(Note::EMPTY),
            waker: WakerSlot::new(None),
            registered: Cell::new(None),
            progress: Cell::new(Progress::New),
            table: Cell::new(0),
            _pinned: PhantomPinned,
        }
    }

    /// Whether it has something to leave.
    pub(crate) fn may_wait(&self) -> bool {
        self.progress.get() == Progress::Queued
    }

    /// Puts a waker into the slot, and returns the one that was there.
    ///
    /// # Safety
    ///
    /// The node is in no queue, or the bucket is locked.
    unsafe fn set_waker(&self, waker: Waker) -> Option<Waker> {
        self.registered.set(Some(identity(&waker)));
        self.waker.with_mut(|slot| {
            // SAFETY: nobody else touches it meanwhile, as promised.
            unsafe { slot.replace(Some(waker)) }
        })
    }

    /// The waker that is left in the slot of a task that has said what came of it. To be dropped when nothing is left to be
    /// done: that is code of users.
    pub(crate) fn take_waker(&self) -> Option<Waker> {
        if self.progress.get() != Progress::Done {
            return None;
        }
        // SAFETY: the node is in no queue any more.
        unsafe { self.empty_slot() }
    }

    /// # Safety
    ///
    /// The node is in no queue, or the bucket is locked.
    unsafe fn empty_slot(&self) -> Option<Waker> {
        self.registered.set(None);
        self.waker.with_mut(|slot| {
            // SAFETY: nobody else touches it meanwhile, as promised.
            unsafe { slot.replace(None) }
        })
    }

    /// Whether it waited in the queue of a parent, when that process forked. Then the verdict that stands on it.
    fn was_lost(&self) -> Option<u32> {
        let lost = self.progress.get() == Progress::Queued && self.table.get() != table_number();
        lost.then(|| {
            // SAFETY: the task's own node, in no queue of this process.
            unsafe { Node::note(self.node.pointer()) }.verdict
        })
    }

    /// In the child of a `fork`, in which nobody would tell it anything: it is as new.
    fn start_again(&self) {
        // SAFETY: the task's own node, in no queue of this process.
        unsafe { Node::annotate(self.node.pointer(), |note| note.verdict = WAITING) }
        self.progress.set(Progress::New);
        // SAFETY: as above.
        drop(unsafe { self.empty_slot() });
    }

    /// One step. The caller has it pinned, and alone.
    pub(super) fn step(
        &self,
        semaphore: &RawSemaphore,
        wants: usize,
        context: &Context<'_>,
    ) -> Poll<Result<(), Refusal>> {
        let told = match self.progress.get() {
            Progress::New => LOOK,
            Progress::Queued => self.told(semaphore, context),
            Progress::Done => polled_too_often(),
        };
        let joined = match told {
            WAITING => return Poll::Pending,
            // What was released into these permits reaches this task with that it was told [C2].
            GRANTED => Joined::Acquired,
            CLOSED => Joined::Closed,
            _ => self.look(semaphore, wants, context),
        };
        let result = match joined {
            Joined::Acquired => Ok(()),
            Joined::Closed => Err(Refusal::Closed),
            Joined::Queued => return Poll::Pending,
        };
        self.progress.set(Progress::Done);
        Poll::Ready(result)
    }

    /// Takes what is wanted, or queues up.
    fn look(&self, semaphore: &RawSemaphore, wants: usize, context: &Context<'_>) -> Joined {
        let Err(state) = semaphore.take(wants) else {
            return Joined::Acquired;
        };
        let again = self.progress.get() == Progress::Queued;
        // One that panics leaves everything as it was: a task that was told to look has still to let somebody else look.
        let waker = context.waker().clone();
        // SAFETY: the node is in no queue.
        let old = unsafe { self.set_waker(waker) };
        debug_assert!(
            old.is_none(),
            "whoever took the node out has left its waker"
        );
        if !again {
            let slot = ptr::from_ref(&self.waker);
            // SAFETY: the task's own node, in no queue.
            unsafe { Node::annotate(self.node.pointer(), |note| note.waker = slot) }
        }
        let comer = if again { Comer::Task } else { Comer::New };
        let joined = semaphore.join(&self.node, wants, state, comer);
        self.progress.set(Progress::Queued);
        self.table.set(table_number());
        joined
    }

    /// What the task was told, if it was; if not, its waker is in the slot.
    fn told(&self, semaphore: &RawSemaphore, context: &Context<'_>) -> u32 {
        let told = self.node.told();
        if told != WAITING {
            return told;
        }
        let known = self.registered.get() == Some(identity(context.waker()));
        // It is code of users, and might `fork`: what follows is done in one process.
        let waker = (!known).then(|| context.waker().clone());
        match self.was_lost() {
            None => {}
            Some(verdict @ (GRANTED | CLOSED)) => return verdict,
            Some(_) => {
                self.start_again();
                return LOOK;
            }
        }
        // Also if the waker is there already: what was decided may stand on the node, and be told only after the waker of
        // somebody else has returned.
        let node = self.node.pointer();
        let mut queue = semaphore.queue();
        // SAFETY: this task's own node, which was in this queue only, in this table.
        if !unsafe { queue.holds(node) } {
            drop(queue);
            return self.node.told();
        }
        // SAFETY: in this queue.
        let verdict = unsafe { Node::note(node) }.verdict;
        if verdict == GRANTED || verdict == CLOSED {
            return self.take_itself_out(&mut queue);
        }
        // SAFETY: the bucket is locked.
        let old = waker.map(|waker| unsafe { self.set_waker(waker) });
        drop(queue);
        // It is code of users. From here on nothing is left to be done.
        drop(old);
        WAITING
    }

    /// Takes the node out of the queue that it is in, and returns the verdict that stands on it.
    fn take_itself_out(&self, queue: &mut Queue) -> u32 {
        let node = self.node.pointer();
        // SAFETY: in this queue.
        let verdict = unsafe { Node::note(node) }.verdict;
        // SAFETY: in this queue.
        unsafe { queue.take_out(node) }
        if verdict != WAITING {
            // It tells itself: if something panics from here on, that is not forgotten.
            //
            // SAFETY: taken out, and told nothing.
            unsafe { Node::tell_task(node, verdict) }
        }
        verdict
    }

    /// Goes away. Its waker is dropped with it, later.
    pub(super) fn leave(&self, semaphore: &RawSemaphore, wants: usize) {
        let lost = self.was_lost();
        self.progress.set(Progress::Done);
        let mut told = self.node.told();
        if told == WAITING
            && let Some(verdict) = lost
        {
            told = verdict;
        } else if told == WAITING {
            let mut queue = semaphore.queue();
            // SAFETY: this task's own node, which was in this queue only, in this table.
            if unsafe { queue.holds(self.node.pointer()) } {
                let granted = self.take_itself_out(&mut queue) == GRANTED;
                // It may have been the one that kept the others waiting.
                let back = if granted { wants } else { 0 };
                semaphore.settle_leaving(queue, back);
                return;
            }
            drop(queue);
            told = self.node.told();
        }
        match told {
            GRANTED => semaphore.put_back(wants, &|_| ()),
            LOOK => semaphore.settle_leaving(semaphore.queue(), 0),
            _ => {}
        }
    }
}

#[cold]
#[track_caller]
fn polled_too_often() -> ! {
    panic!(
        "selvedge: a future that waits for permits was polled after it had said what came of it; make a new one for each \
         request"
    )
}

// --- waking -----------------------------------------------------------------------------------------

/// So many wakers are taken along at once.
const BATCH: usize = 16;

/// Wakers of tasks that were told something, to be called while no bucket is locked; and the first panic of one of them.
pub(super) struct Wakers {
    wakers: [Option<Waker>; BATCH],
    count: usize,
    panic: Option<Box<dyn Any + Send>>,
}

impl Wakers {
    pub(super) const fn new() -> Self {
        Self {
            wakers: [const { None }; BATCH],
            count: 0,
            panic: None,
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.count == BATCH
    }

    /// Takes a node out of the queue, its waker out of its slot, and tells it. There is room for the waker.
    ///
    /// # Safety
    ///
    /// `node` is in this queue, is one of a task, and was told nothing.
    pub(super) unsafe fn take_from(&mut self, queue: &mut Queue, node: *mut Node, verdict: u32) {
        // SAFETY: in this queue.
        unsafe { queue.take_out(node) }
        // SAFETY: taken out, and told nothing.
        let slot = unsafe { Node::note(node) }.waker;
        // It may come back.
        //
        // SAFETY: as above.
        unsafe { Node::annotate(node, |note| note.verdict = WAITING) }
        // SAFETY: alive, as the node is, of which it is the task's.
        let slot = unsafe { &*slot };
        self.wakers[self.count] = slot.with_mut(|slot| {
            // SAFETY: the bucket is locked.
            unsafe { slot.replace(None) }
        });
        self.count += 1;
        // SAFETY: taken out, and told nothing.
        unsafe { Node::tell_task(node, verdict) }
    }

    /// Calls those that there are. No bucket is locked. One that panics does not keep the others from being called.
    pub(super) fn wake(&mut self) {
        let wakers = self.wakers[..self.count].iter_mut();
        for waker in wakers.filter_map(Option::take) {
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| waker.wake())) {
                match self.panic {
                    None => self.panic = Some(payload),
                    // Dropping it might panic as well.
                    Some(_) => mem::forget(payload),
                }
            }
        }
        self.count = 0;
    }

    /// Goes on with the first panic, if there was one. A second panic in one thread would end the process, and the first one
    /// tells more.
    pub(super) fn finish(self) {
        if let Some(payload) = self.panic {
            if crate::sys::thread::panicking() {
                mem::forget(payload);
            } else {
                resume_unwind(payload);
            }
        }
    }
}
