//! Counting permits in one word, with those who wait for them in a [queue](super::queue).
//!
//! # What
//!
//! The word holds how many permits can be had, and four bits.
//!
//! ```text
//!  +-----------------+----------+----------+----------+----------+
//!  |     permits     |  WAKING  |  GREEDY  |  CLOSED  |  QUEUED  |
//!  +-----------------+----------+----------+----------+----------+
//!   the rest, from 4       3          2          1          0
//! ```
//!
//! Who waits is a thread, with its node on its stack, or a [task](super::permits_task), with its node in a future. Both wait in
//! the same queue, in order of arrival; the node says how many permits are wanted.
//!
//! # How
//!
//! - **take**: if there are enough permits and nobody waits, one compare-exchange. If not, queue up.
//! - **put back**: if nobody waits, one compare-exchange. If somebody does, [`settle`](RawSemaphore::settle): with the queue's
//!   bucket locked, walk from the front and *assign* permits as long as the first who is left can have what it wants. One
//!   compare-exchange changes the word to what is over, and those who were assigned theirs are taken out and told
//!   `GRANTED`. They do not touch the word.
//! - **give up** (a deadline, a future that is dropped): take the node out of the queue and settle, under the same lock of the
//!   bucket, for it may have been the one that kept the others waiting. Who finds its node taken out has been told, or is
//!   told in a moment, what came of it: a thread that is late has its permits all the same, a future that is dropped gives them
//!   back.
//! - **close**: set CLOSED, take everybody out, and tell them.
//!
//! A *greedy* semaphore promises no order. Permits are always in the word, newcomers take them whoever waits, and to
//! settle is to take out those at the front for whom there is enough now, and to tell them `LOOK`. They try, and go back to
//! the front if others were faster. If a thread is among them the word says WAKING until one of those threads has tried, and
//! whoever puts permits back meanwhile leaves it at that: for that one settles, if there is anything left. So while a thread that was
//! woken waits for a processor, those that have one pass the permits to and fro in one step each way, and wake nobody. Without
//! WAKING 8 threads that share a permit, with 50 ns inside and outside, do half as much.
//!
//! Of tasks that is not said. A thread comes as soon as the system lets it run; a task may not be polled for long, or never again,
//! and behind it each one who puts permits back settles. In the child of a `fork` WAKING is not believed, in none of its
//! semaphores: there each one settles too, and only speed is lost.
//!
//! # Invariants
//!
//! 1. If somebody who waits here is in the queue, and nothing is decided for it, then QUEUED is set, whenever the bucket of
//!    the queue is not locked. It changes only while it is. Illegal: to put permits into a word with QUEUED and without
//!    WAKING, and not to settle.
//!    Without QUEUED whoever is in the queue, and nothing is decided for it, has waited for a semaphore that was here before, and
//!    is a future that was forgotten: it gets nothing, and is taken out before QUEUED is set. And QUEUED without anybody in
//!    the queue says nothing: a semaphore with a forgotten future was moved, or this is the child of a `fork`, in which
//!    nobody waits any more. So whoever decides something that hangs on who waits looks at both ([`waiting`]), with the
//!    bucket locked. (Both may deceive at once: a semaphore with a forgotten future is moved to where another one was that had
//!    one. It takes that for its own, which it was to wait for anyhow.)
//! 2. If somebody waits for whom nothing is decided, then the first of them wants more permits than there are, or (if greedy)
//!    somebody who was told `LOOK` is on its way: it takes what it wants, or goes back to the front, or settles. So a node is
//!    queued only by a compare-exchange which says that, at that moment, it cannot have what it wants; whoever adds permits to a
//!    word without WAKING settles; and so does whoever takes a node out that was told nothing, or that was told `LOOK` and
//!    leaves with nothing; and whoever clears WAKING, unless it goes back to the front or leaves nothing or nobody behind.
//!    While WAKING is set, none of the threads has come that were told `LOOK` when it was set: each of them clears it when it
//!    comes. Legal: to clear it sooner; then somebody is woken for nothing. Illegal: to set it when only tasks are told; to go to
//!    sleep, or to leave a semaphore that is not closed, without clearing it.
//! 3. A permit is in the word, or assigned to one node, or in the hands of whoever has taken it. It is moved from the word
//!    and to it by compare-exchanges only.
//! 4. CLOSED is never taken back. Nobody is in the queue after it, for whom nothing is decided.
//! 5. The code of users (wakers are that, also when they are cloned and dropped) runs while no bucket is locked, and while
//!    nobody's node depends on this thread: all who were taken out have been told by then, threads have been woken, and who was
//!    not taken out can leave by itself, or finds its verdict when it is polled. That tasks are *woken* does depend on
//!    it: wakers are called one after another, so one that blocks keeps those behind it from being called. One that
//!    panics does not.
//!
//! # Fairness
//!
//! Strictly first come, first served, unless greedy: a newcomer takes nothing while somebody waits, and nobody is passed by
//! one who wants less. A *greedy* one lets newcomers have what there is. Whoever waits there may wait for as long as others
//! take permits often enough, and for as long as the system does not let a thread run that was woken before it; but as long as
//! somebody waits who is first and could have what it wants, somebody who was woken is on its way.
//!
//! # Ordering
//!
//! Taking is Acquire, putting back is Release, on the same word [C1]. Who queues up acquires with the same
//! compare-exchange what was released into the permits that it leaves lying there; what it is assigned of those that are put
//! back afterwards was put back under the lock of the bucket, and reaches it with what it is told [C2]. Who is told to look takes, as
//! newcomers do. Closing is Release, and whoever learns of it has
//! acquired it [C3]. After the compare-exchange that makes permits available the semaphore is not touched again, only its
//! address: who has got them may free it.

use core::mem;
use core::pin::Pin;
use core::ptr;
use core::task::{Context, Poll};

use super::permits_task::{Task, Wakers};
use super::queue::{self, Chain, Node, Note, Queue, WAITING};
use crate::sys::{
    self, AtomicUsize, Instant,
    Ordering::{Acquire, Relaxed, Release},
};
use crate::trace;

/// Invariant 1.
const QUEUED_BIT: usize = 1;
/// Invariant 4. Legal: to put permits back into a closed semaphore, and to see how many there are. Illegal: to take some.
const CLOSED_BIT: usize = 1 << 1;
/// Newcomers take what there is. Part of the initial value, and never changed.
const GREEDY_BIT: usize = 1 << 2;
/// Invariant 2.
const WAKING_BIT: usize = 1 << 3;
/// The count of permits starts here.
const ONE_PERMIT: usize = 1 << 4;

/// As many permits fit into the word.
pub(crate) const MAX_PERMITS: usize = usize::MAX / ONE_PERMIT;

// What a node is told.

/// It has its permits.
pub(super) const GRANTED: u32 = 1;
/// There may be enough permits.
pub(super) const LOOK: u32 = 2;
/// There will be none.
pub(super) const CLOSED: u32 = 3;

/// What it is called in a picture.
pub(super) const KIND: &str = "Semaphore";

fn permits(state: usize) -> usize {
    state / ONE_PERMIT
}

fn is_queued(state: usize) -> bool {
    state & QUEUED_BIT != 0
}

fn is_closed(state: usize) -> bool {
    state & CLOSED_BIT != 0
}

fn is_greedy(state: usize) -> bool {
    state & GREEDY_BIT != 0
}

/// Whether a thread was woken that settles when it comes.
fn is_waking(state: usize) -> bool {
    // The child of a fork has a copy of the word, and not of the thread.
    state & WAKING_BIT != 0 && queue::table_number() == 0
}

/// Whether a newcomer may take so many. Nothing can be had whoever waits.
fn is_open(wants: usize, state: usize) -> bool {
    !is_closed(state)
        && permits(state) >= wants
        && (!is_queued(state) || is_greedy(state) || wants == 0)
}

/// Why there are no permits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Too few, or others are waiting.
    NoPermits,
    /// The deadline came first.
    TimedOut,
    /// There will be none.
    Closed,
}

/// Who joins the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comer {
    /// A thread or a task that has not waited here.
    New,
    /// A thread that was told to look.
    Thread,
    /// A task that was told to look.
    Task,
}

/// What became of an attempt to join the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joined {
    /// It has its permits, and is not in the queue.
    Acquired,
    /// It is not in the queue, and the semaphore is closed.
    Closed,
    /// It is in the queue.
    Queued,
}

/// The algorithm behind [`Semaphore`](crate::Semaphore): a word as wide as a pointer, and a queue elsewhere while somebody
/// waits.
pub(crate) struct RawSemaphore {
    /// See the layout at the top of this file.
    word: AtomicUsize,
}

impl RawSemaphore {
    /// So many permits; no more than [`MAX_PERMITS`].
    #[inline]
    pub(crate) const fn new(permits: usize, greedy: bool) -> Self {
        let greedy = if greedy { GREEDY_BIT } else { 0 };
        Self {
            word: AtomicUsize::new((permits * ONE_PERMIT) | greedy),
        }
    }

    // --- looking ------------------------------------------------------------------------------

    /// The word, as it was a moment ago.
    fn look(&self) -> usize {
        // Relaxed: out of date as soon as it is read.
        self.word.load(Relaxed)
    }

    /// How many permits there are, whether somebody waits, and whether it is closed, all at one moment.
    pub(crate) fn shown(&self) -> (usize, bool, bool) {
        let state = self.look();
        (permits(state), is_queued(state), is_closed(state))
    }

    #[inline]
    pub(crate) fn is_greedy(&self) -> bool {
        is_greedy(self.look())
    }

    /// Whether it is closed. Then everything is visible that was done before it was.
    #[inline]
    #[track_caller]
    pub(crate) fn is_closed(&self) -> bool {
        // Acquire: pairs with the Release in `close` [C3].
        is_closed(self.word.load(Acquire))
    }

    // --- fast paths ---------------------------------------------------------------------------

    /// Takes so many if they can be had at once. An error is what the word was.
    #[inline]
    pub(super) fn take(&self, wants: usize) -> Result<(), usize> {
        // A guess, that there are as many; and a look, which need not be had.
        let mut state = sys::glimpse(&self.word, wants * ONE_PERMIT);
        while is_open(wants, state) {
            let next = state - wants * ONE_PERMIT;
            // Acquire: pairs with the Release of those who have put them back [C1].
            match self.word.compare_exchange(state, next, Acquire, Relaxed) {
                Ok(_) => return Ok(()),
                Err(actual) => state = actual,
            }
        }
        Err(state)
    }

    /// Takes so many, or does not.
    #[inline]
    #[track_caller]
    pub(crate) fn try_acquire(&self, action: &'static str, wants: usize) -> Result<(), Refusal> {
        let span = trace::span(self, KIND, action);
        let result = self.take(wants).map_err(|state| {
            if is_closed(state) && self.is_closed() {
                Refusal::Closed
            } else {
                Refusal::NoPermits
            }
        });
        report(&span, wants, result.is_ok());
        result
    }

    /// Takes so many, and waits for them.
    #[inline]
    #[track_caller]
    pub(crate) fn acquire(
        &self,
        action: &'static str,
        wants: usize,
        deadline: Option<Instant>,
    ) -> Result<(), Refusal> {
        let span = trace::span(self, KIND, action);
        let result = match self.take(wants) {
            Ok(()) => Ok(()),
            Err(state) => self.acquire_contended(wants, state, deadline),
        };
        report(&span, wants, result.is_ok());
        result
    }

    /// Puts permits back that were taken.
    #[inline]
    #[track_caller]
    pub(crate) fn release(&self, action: &'static str, count: usize) {
        let span = trace::span(self, KIND, action);
        self.put_back(count, &|_| span.released());
    }

    /// Puts permits back that nobody has taken.
    #[inline]
    #[track_caller]
    pub(crate) fn add(&self, count: usize) {
        let span = trace::span(self, KIND, "add_permits");
        self.put_back(count, &|told| span.notified(told));
    }

    /// Puts permits back. `done` is called when they are there, with the number of those who get them; from then on the
    /// semaphore may be gone.
    #[inline]
    #[track_caller]
    pub(super) fn put_back(&self, count: usize, done: &dyn Fn(usize)) {
        // A guess, that all were taken; and a look, which need not be had.
        let mut state = sys::glimpse(&self.word, 0);
        while !is_queued(state) || is_waking(state) {
            let Some(next) = with_permits(state, count) else {
                break; // whether that is so still, is decided there
            };
            // Release: pairs with the Acquire of whoever takes them [C1].
            match self.word.compare_exchange(state, next, Release, Relaxed) {
                Ok(_) => return done(0),
                Err(actual) => state = actual,
            }
        }
        self.settle(self.queue(), state, count, done);
    }

    /// Takes up to so many away for good, and returns how many.
    #[track_caller]
    pub(crate) fn forget(&self, count: usize) -> usize {
        let span = trace::span(self, KIND, "forget_permits");
        // A guess, that there are none; and a look, which need not be had.
        let mut state = sys::glimpse(&self.word, 0);
        loop {
            let taken = permits(state).min(count);
            let next = state - taken * ONE_PERMIT;
            // Acquire: as in `take` [C1].
            match self.word.compare_exchange(state, next, Acquire, Relaxed) {
                Ok(_) => {
                    span.counted_down(permits(next));
                    return taken;
                }
                Err(actual) => state = actual,
            }
        }
    }

    // --- slow paths ---------------------------------------------------------------------------

    /// Locks the queue.
    pub(super) fn queue(&self) -> Queue {
        Queue::lock_with_tasks(ptr::from_ref(self).cast())
    }

    /// Whether the word is that now, and not only a guess or a value of long ago; an error is what it is instead.
    fn confirm(&self, state: usize) -> Result<(), usize> {
        // Relaxed: nothing is moved.
        let result = self.word.compare_exchange(state, state, Relaxed, Relaxed);
        result.map(drop)
    }

    /// Looks for a moment whether so many can be had: worth it only while permits are passed between running threads. The word was
    /// `state` when it was looked at last.
    fn poll_briefly(&self, wants: usize, state: &mut usize) {
        sys::poll(|| {
            *state = self.look();
            is_open(wants, *state) || is_closed(*state) || is_queued(*state) && !is_greedy(*state)
        });
    }

    /// Queues up and waits. `state` is what the word was when there was too little.
    #[cold]
    #[track_caller]
    fn acquire_contended(
        &self,
        wants: usize,
        mut state: usize,
        deadline: Option<Instant>,
    ) -> Result<(), Refusal> {
        self.poll_briefly(wants, &mut state);
        let node = Node::new(Note::EMPTY);
        let mut joined = self.join(&node, wants, state, Comer::New);
        let result = loop {
            match joined {
                Joined::Acquired => break Ok(()),
                Joined::Closed => break Err(Refusal::Closed),
                Joined::Queued => {}
            }
            let (told, late) = match node.sleep(WAITING, deadline) {
                Some(told) => (told, false),
                None if self.withdraw(&node) => break Err(Refusal::TimedOut),
                // Somebody has taken the node out, and says in a moment what for.
                None => {
                    let told = node.sleep(WAITING, None);
                    (told.expect("without a deadline, it was told"), true)
                }
            };
            joined = match told {
                // What was released into these permits was acquired by whoever granted them, or by this thread when it
                // queued up [C2].
                GRANTED => Joined::Acquired,
                CLOSED => Joined::Closed,
                _ if !late => {
                    // A guess for the models, where a poll sees nothing: there is what was to be looked for.
                    state = (wants * ONE_PERMIT) | GREEDY_BIT;
                    self.poll_briefly(wants, &mut state);
                    self.join(&node, wants, state, Comer::Thread)
                }
                _ => match self.take_when_told(wants) {
                    // What can be had is worth more than being on time.
                    Ok(()) => Joined::Acquired,
                    Err(_) if self.is_closed() => Joined::Closed,
                    Err(_) => break Err(Refusal::TimedOut),
                },
            };
        };
        node.retire();
        result
    }

    /// Takes so many, or does not, as somebody who was told to look and does not queue up again.
    fn take_when_told(&self, wants: usize) -> Result<(), usize> {
        let result = self.take(wants);
        let held = if result.is_ok() { wants } else { 0 };
        // Those behind may be able to have what there is, and nobody was looking (invariant 2).
        self.settle_holding(self.queue(), held);
        result
    }

    /// Settles, by a thread that has come and holds so many. They are put back if a waker panics.
    fn settle_holding(&self, queue: Queue, held: usize) {
        struct Holder<'a>(&'a RawSemaphore, usize);
        impl Drop for Holder<'_> {
            fn drop(&mut self) {
                self.0.put_back(self.1, &|_| ());
            }
        }
        let holder = Holder(self, held);
        self.settle_leaving(queue, 0);
        mem::forget(holder);
    }

    /// Settles, by somebody who has come, who leaves with nothing, or who gives back what it was assigned.
    pub(super) fn settle_leaving(&self, queue: Queue, count: usize) {
        // Relaxed: it orders nothing, and what was released goes on through it.
        let state = self.word.fetch_and(!WAKING_BIT, Relaxed) & !WAKING_BIT;
        self.settle(queue, state, count, &|_| ());
    }

    /// Takes so many, or puts the node into the queue: at the front if it was told to look. `state` is a guess.
    pub(super) fn join(&self, node: &Node, wants: usize, mut state: usize, comer: Comer) -> Joined {
        let mut queue = None;
        // What is cleared when this one comes.
        let comes = if comer == Comer::Thread {
            WAKING_BIT
        } else {
            0
        };
        loop {
            // QUEUED without anybody there says nothing (invariant 1).
            let alone = queue
                .as_ref()
                .is_some_and(|queue| waiting(queue, state).next().is_none());
            let seen = if alone { state & !QUEUED_BIT } else { state };
            let open = is_open(wants, seen);
            let next = if is_closed(state) {
                drop(queue);
                // It reads that it is closed once more, and acquires what was done before [C3].
                self.is_closed();
                return Joined::Closed;
            } else if open {
                (seen - wants * ONE_PERMIT) & !comes
            } else if queue.is_none() {
                if comer != Comer::New {
                    // Before the node can be found in the queue, or what it is told next would be lost.
                    node.forget();
                }
                queue = Some(self.queue());
                continue;
            } else {
                (state | QUEUED_BIT) & !comes
            };
            // Also when it changes nothing: then it says that there is too little (invariant 2).
            //
            // Acquire: pairs with the Release of those who have put the permits back [C1]; also if there are too few, and
            // somebody else will assign these together with others [C2].
            match self.word.compare_exchange(state, next, Acquire, Relaxed) {
                Ok(_) if open => {
                    // Without WAKING those who have put back what is left have settled.
                    if state & comes != 0 && is_queued(next) && permits(next) > 0 {
                        self.settle_holding(queue.unwrap_or_else(|| self.queue()), wants);
                    }
                    return Joined::Acquired;
                }
                Ok(_) => break,
                Err(actual) => state = actual,
            }
        }
        if let Some(mut queue) = queue {
            if !is_queued(state) {
                // Nobody waits here, so those who do have been forgotten (invariant 1).
                queue.clear(is_undecided);
            }
            let node = node.pointer();
            if comer != Comer::New {
                // SAFETY: the caller's own node, in no queue, and the caller does not leave before it is out.
                unsafe { queue.prepend(node) }
            } else {
                // SAFETY: as above.
                unsafe { queue.append(node, wants) }
            }
        }
        Joined::Queued
    }

    /// The deadline has passed: takes the node out of the queue; `false` if somebody was faster.
    #[cold]
    #[track_caller]
    fn withdraw(&self, node: &Node) -> bool {
        let mut queue = self.queue();
        // SAFETY: this thread's own node, which was in this queue only.
        if !unsafe { queue.withdraw(node.pointer()) } {
            return false;
        }
        // It may have been the one that kept the others waiting.
        self.settle_leaving(queue, 0);
        true
    }

    /// Adds permits and sees to it that the first in the queue waits for a reason (invariant 2). `state` is a guess. `done` is
    /// called when the word has changed, with the number of those who are told; from then on the semaphore may be gone, unless
    /// the caller knows better.
    #[cold]
    #[track_caller]
    pub(super) fn settle(
        &self,
        queue: Queue,
        mut state: usize,
        count: usize,
        done: &dyn Fn(usize),
    ) {
        let told = loop {
            let all = permits(state).checked_add(count);
            let mut left = all.unwrap_or(0);
            let mut told = 0;
            let mut queued = 0;
            let mut waking = state & WAKING_BIT;
            for note in waiting(&queue, state) {
                if note.mark > left || is_waking(state) {
                    queued = QUEUED_BIT;
                    break;
                }
                left -= note.mark;
                told += 1;
                if is_greedy(state) && note.waker.is_null() {
                    waking = WAKING_BIT;
                }
            }
            // What is assigned needs no room. A greedy one assigns nothing.
            let rest = all.map(|all| if is_greedy(state) { all } else { left });
            let next = rest.and_then(|rest| with_permits(state & (CLOSED_BIT | GREEDY_BIT), rest));
            let Some(next) = next else {
                match self.confirm(state) {
                    Ok(()) => {
                        drop(queue);
                        return too_many(state, count);
                    }
                    Err(actual) => state = actual,
                }
                continue;
            };
            let next = next | queued | waking;
            // Release: pairs with the Acquire of whoever takes what is over [C1]; those who are told something here get it
            // with that [C2].
            match self.word.compare_exchange(state, next, Release, Relaxed) {
                Ok(_) => break told,
                Err(actual) => state = actual,
            }
        };
        done(told);
        let verdict = if is_greedy(state) { LOOK } else { GRANTED };
        tell_first(queue, told, verdict);
    }

    /// Closes it, and sends everybody away who waits.
    #[track_caller]
    pub(crate) fn close(&self) {
        let span = trace::span(self, KIND, "close");
        let queue = self.queue();
        let mut state = 0; // a guess
        let told = loop {
            let told = waiting(&queue, state).count();
            let next = (state | CLOSED_BIT) & !QUEUED_BIT;
            // Release: pairs with the Acquire of whoever finds it closed [C3]. Those who waited get it with what they are
            // told.
            match self.word.compare_exchange(state, next, Release, Relaxed) {
                Ok(_) => break told,
                Err(actual) => state = actual,
            }
        };
        // From here on the semaphore may be gone.
        span.notified(told);
        tell_first(queue, told, CLOSED);
    }

    // --- holders, for the record --------------------------------------------------------------

    /// Somebody holds permits of another one.
    #[inline]
    #[track_caller]
    pub(crate) fn one_more_holder(&self, action: &'static str) {
        trace::span(self, KIND, action).acquired();
    }

    /// What somebody held is held together with other permits, or by nobody.
    #[inline]
    #[track_caller]
    pub(crate) fn one_holder_less(&self, action: &'static str) {
        trace::span(self, KIND, action).released();
    }

    // --- tasks --------------------------------------------------------------------------------

    /// One step of a task that wants so many.
    #[track_caller]
    pub(crate) fn poll(
        &self,
        action: &'static str,
        task: Pin<&Task>,
        wants: usize,
        context: &Context<'_>,
    ) -> Poll<Result<(), Refusal>> {
        let span = trace::span(self, KIND, action);
        let step = task.get_ref().step(self, wants, context);
        match step {
            Poll::Pending => span.pending(),
            Poll::Ready(result) => report(&span, wants, result.is_ok()),
        }
        step
    }

    /// The task goes away, whatever it waits for or was told.
    #[track_caller]
    pub(crate) fn cancel(&self, action: &'static str, task: &Task, wants: usize) {
        if task.may_wait() {
            let span = trace::span(self, KIND, action);
            task.leave(self, wants);
            span.refused();
        }
    }
}

/// The word with more permits; `None` if there is no room for them.
fn with_permits(state: usize, count: usize) -> Option<usize> {
    (count <= MAX_PERMITS - permits(state)).then(|| state + count * ONE_PERMIT)
}

/// A caller's mistake; nothing was changed.
#[cold]
#[track_caller]
fn too_many(state: usize, count: usize) {
    // A second panic would end the process, and the first one tells more.
    if !sys::thread::panicking() {
        panic!(
            "selvedge: {count} permits are put into a semaphore that has {}, and there is room for {MAX_PERMITS}; add no more \
             permits than are needed",
            permits(state)
        )
    }
}

/// Nobody holds nothing: that is left out of the record.
fn report(span: &trace::Span, wants: usize, acquired: bool) {
    match (acquired, wants) {
        (true, 0) => {}
        (true, _) => span.acquired(),
        (false, _) => span.refused(),
    }
}

fn is_undecided(note: Note) -> bool {
    note.verdict == WAITING
}

/// Those who wait here, and nothing is decided for them, in order (invariant 1). `state` is what the word is, or a guess that
/// the caller verifies with the bucket locked.
fn waiting(queue: &Queue, state: usize) -> impl Iterator<Item = Note> + '_ {
    let here = is_queued(state);
    queue
        .notes()
        .filter(move |note| here && is_undecided(*note))
}

/// Tells the first so many of those for whom nothing is decided. The semaphore may be gone.
///
/// Threads are told after the bucket was let go, because waking them is a system call. Tasks are told under its lock, and their
/// wakers are taken along: nothing of theirs is needed when the wakers are called (invariant 5). There is room for so many
/// wakers; who comes after them stays in the queue, with the verdict on its node, for the next round.
fn tell_first(mut queue: Queue, count: usize, verdict: u32) {
    let key = queue.key();
    let mut chain = Chain::new();
    let mut wakers = Wakers::new();
    let (mut left, mut later) = (count, 0);
    if left > 0 {
        queue.visit(|queue, node| {
            // SAFETY: in this queue.
            let note = unsafe { Node::note(node) };
            if note.verdict == WAITING {
                left -= 1;
                if note.waker.is_null() {
                    // SAFETY: in this queue.
                    unsafe { queue.take_out(node) }
                    // SAFETY: just taken out.
                    unsafe { chain.push(node) }
                } else if wakers.is_full() {
                    later += 1;
                    // SAFETY: in this queue.
                    unsafe { Node::annotate(node, |note| note.verdict = verdict) }
                } else {
                    // SAFETY: in this queue, and the node of a task.
                    unsafe { wakers.take_from(queue, node, verdict) }
                }
            }
            left > 0
        });
    }
    drop(queue);
    chain.tell(verdict);
    wakers.wake();
    while later > 0 {
        // Only the address is needed: if another object lives there by now, nothing is decided for its nodes, or it is for
        // somebody like this one to tell them.
        let mut queue = Queue::lock_with_tasks(key);
        let mut found = 0;
        queue.visit(|queue, node| {
            // SAFETY: in this queue.
            let verdict = unsafe { Node::note(node) }.verdict;
            if verdict != WAITING {
                if wakers.is_full() {
                    return false;
                }
                found += 1;
                // SAFETY: in this queue, and the node of a task, or it would not have been left there.
                unsafe { wakers.take_from(queue, node, verdict) }
            }
            found < later
        });
        // If there are fewer than that, the others have left by themselves, or somebody else has found them.
        later = if wakers.is_full() { later - found } else { 0 };
        drop(queue);
        wakers.wake();
    }
    wakers.finish();
}
