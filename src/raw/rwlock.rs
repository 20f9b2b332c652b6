//! A readers–writer lock in one word, with its waiters in [queues](super::queue).
//!
//! # What
//!
//! Many readers, or one writer. One of the readers may be *upgradable*: it can become the writer without
//! letting go, as soon as the other readers have left. The bits of the [word](super::rwlock_word) have a file
//! of their own, and so have the [traits](super::rwlock_api) that make it a lock.
//!
//! # How
//!
//! - **enter** (as a reader, upgradable reader or writer): if those inside allow it and nobody waits, one
//!   compare-exchange. If not, queue up and sleep. There is one queue for all, in order of arrival.
//! - **leave**: one compare-exchange. If that makes the lock *free* and somebody is queued, take the first one
//!   out of the queue, say so in the word, and wake it; if it wants to read, the readers right behind it too. From there they
//!   are *designated*: they enter when they can. Until they do, others may *bypass* them, also beside one another, and are
//!   counted; and whoever leaves the lock free takes out and wakes the next ones, up to fifteen in all. A designated thread that
//!   finds that it cannot enter goes back to the front of the queue.
//! - **admit**: the same whenever something else has changed that may let in the first of the queue while others are
//!   inside (a writer has become a reader, an upgradable reader has left, one that was in front has given up or has entered):
//!   those at the front whom the holders allow are designated.
//! - **close**: now and then, and if the first in the queue was bypassed too often, the word says CLOSED. Then nobody else enters (but
//!   readers of the recursive lock, beside readers) and nobody else is designated, until the designated threads have gone.
//! - **upgrade**: if there are no other readers, one compare-exchange. If there are, say so (UPGRADING: no
//!   reader enters from here on), and sleep in a queue of its own, in which there is never more than one
//!   thread; the last reader to leave makes it the writer.
//!
//! # Invariants
//!
//! 1. WRITER excludes readers, UPGRADABLE and UPGRADING. UPGRADING is set only while UPGRADABLE is.
//! 2. The word counts the designated threads: those that were taken out of the queue and have not yet entered, gone back to
//!    the queue or given up. CLOSED is set only while there are some.
//! 3. QUEUED is set if and only if the queue is not empty, and UPGRADING if and only if the upgrader's
//!    is not, whenever the bucket of that queue is not locked. They change only while it is.
//! 4. If threads are queued and none is designated, then the first of them may not enter, or somebody is
//!    about to [`settle`](RawRwLock::settle) the queue. So a thread queues up only when the word, at that moment, says that
//!    it may not enter now; and whoever changes the word so that the first may, without entering itself, settles.
//! 5. The count of bypasses is zero if nobody is queued or designated.
//!
//! # Fairness
//!
//! A newcomer enters only if nobody waits, or while designated threads are on their way and the word does not say CLOSED. So
//! readers do not enter beside readers while a writer waits and nobody is designated. The word counts whoever enters while others
//! wait; a node remembers what the count was when it queued up.
//!
//! Whenever the count is a multiple of `CHECK`, the lock is closed: who is designated then gets its chance, with nobody to be
//! faster but those who are designated too. And it is closed when a thread is taken out of the queue that was bypassed `CHECK`
//! times or more. So at the second multiple that the first in the queue sees, at the latest, it is next: it is bypassed no more than
//! [`BYPASSES`] times, which is twice `CHECK`. `models::rwlock::bypass_bound` counts it. One that was designated beside others, and went
//! back before they did, finds them in front of it: then half as many may be added, until the next multiple.
//!
//! That many long sections take long, so every [`PATIENCE`], if somebody enters then through the slow path and looks, counts as
//! so many bypasses as are left until the next multiple. The clock is that of the mutex, one for all locks whose queues are in the same bucket.
//!
//! A fair unlock closes the lock. The recursive lock is the exception: its readers enter whenever another reader is inside, and can
//! keep a writer out for as long as they like.
//!
//! # Why more than one is woken
//!
//! A thread that is woken runs soon if a processor is idle; if not, after some milliseconds, and with one designated thread at a time
//! all others sleep until then, while the processor that they have left stays idle: half of what readers could do. A mutex
//! loses nothing by that, since only one can be inside.
//!
//! # Ordering
//!
//! Entering is Acquire, leaving is Release, on the same word [R1]. All changes of the word are
//! read-modify-writes, so a writer acquires what every reader before it has released. The upgrader, whom the last reader lets
//! in, acquires through that one [R2]. After leaving, the lock is not touched again.

use core::ptr;

use crate::sys::{
    self, AtomicUsize, Duration, Instant,
    Ordering::{Acquire, Relaxed, Release},
};
use crate::trace;

use super::queue::{self, Chain, Node, Note, Queue, WAITING};
use super::rwlock_word::*;

// What a node is told.

/// It is designated.
const LOOK: u32 = 1;
/// The upgrader: it is the writer.
const GRANTED: u32 = 2;

/// So long counts as so many bypasses. With a millisecond eight threads do a tenth less; with more than four the longest wait
/// grows as it does.
const PATIENCE: Duration = Duration::from_millis(4);
/// Every so many bypasses somebody looks at the clock, which takes as long as a few of them.
const CLOCK: usize = 64;

/// The lock behind [`RwLock`](crate::RwLock), and with `RECURSIVE` behind
/// [`RecursiveRwLock`](crate::RecursiveRwLock): a word as wide as a pointer, and queues elsewhere while
/// somebody waits.
#[derive(Debug)]
pub struct RawRwLock<const RECURSIVE: bool = false> {
    /// See the layout at the top of `rwlock_word.rs`.
    word: AtomicUsize,
}

/// The lock behind [`RecursiveRwLock`](crate::RecursiveRwLock).
pub type RawRwLockRecursive = RawRwLock<true>;

impl<const RECURSIVE: bool> RawRwLock<RECURSIVE> {
    /// An unlocked lock.
    #[inline]
    pub(super) const fn new() -> Self {
        Self {
            word: AtomicUsize::new(UNLOCKED),
        }
    }

    /// What it is called in a picture.
    const KIND: &'static str = if RECURSIVE {
        "RecursiveRwLock"
    } else {
        "RwLock"
    };

    /// Whether a thread that has not queued up may enter.
    #[inline]
    fn is_open(wants: u32, state: usize) -> bool {
        if RECURSIVE
            && wants == READ
            && (readers(state) > 0 || (is_upgradable(state) && !is_upgrading(state)))
        {
            // The reader that is inside may be this thread, and wait for it.
            return !is_writing(state);
        }
        is_allowed(wants, state)
            && (!is_waited_for(state) || (is_waking(state) && !is_closed(state)))
    }

    /// The word, as it was a moment ago.
    pub(super) fn look(&self) -> usize {
        // Relaxed: out of date as soon as it is read.
        self.word.load(Relaxed)
    }

    // --- fast paths ---------------------------------------------------------------------------

    #[inline]
    #[track_caller]
    pub(super) fn enter(
        &self,
        wants: u32,
        action: &'static str,
        deadline: Option<Instant>,
    ) -> bool {
        let span = trace::span(self, Self::KIND, action);
        // A guess, that nobody is inside or waits. Readers are often beside others: with sixteen, a look first is 1.2 times as
        // fast.
        let mut state = if wants == READ {
            sys::glimpse(&self.word, UNLOCKED)
        } else {
            UNLOCKED
        };
        let alone = entered(wants, UNLOCKED);
        if state == UNLOCKED {
            // Of constants: one that waited for what was read would take a tenth longer, alone.
            //
            // Acquire: pairs with the Release of those who have left [R1].
            state = match self
                .word
                .compare_exchange(UNLOCKED, alone, Acquire, Relaxed)
            {
                Ok(_) => {
                    span.acquired();
                    return true;
                }
                Err(actual) => actual,
            };
        }
        let entered = self.enter_beside(wants, state, deadline);
        if entered {
            span.acquired();
        } else {
            span.refused();
        }
        entered
    }

    #[inline]
    #[track_caller]
    pub(super) fn try_enter(&self, wants: u32, action: &'static str) -> bool {
        let span = trace::span(self, Self::KIND, action);
        let mut state = UNLOCKED; // a guess
        while Self::is_open(wants, state) {
            if is_full(wants, state) {
                too_many_readers(state);
            }
            // Acquire: pairs with the Release of those who have left [R1].
            match self
                .word
                .compare_exchange(state, bypassed(wants, state), Acquire, Relaxed)
            {
                Ok(_) => {
                    span.acquired();
                    return true;
                }
                Err(actual) => state = actual,
            }
        }
        span.refused();
        false
    }

    /// Leaves. `alone` is the word if this thread is inside and nobody else is or waits; `left` says what a word is without it.
    #[inline]
    #[track_caller]
    pub(super) fn leave(
        &self,
        alone: usize,
        left: fn(usize) -> Option<usize>,
        action: &'static str,
        fair: bool,
    ) {
        let span = trace::span(self, Self::KIND, action);
        // A guess, that nobody else is inside or waits. Release: pairs with the Acquire of whoever enters next [R1].
        match self
            .word
            .compare_exchange(alone, UNLOCKED, Release, Relaxed)
        {
            Ok(_) => span.released(),
            Err(actual) => {
                if !self.leave_unawaited(actual, left, &span) {
                    self.leave_beside(actual, left, fair, &span, action);
                }
            }
        }
    }

    /// Leaves, if others are inside but nobody waits, and says whether it did. `state` is what the word was a moment ago.
    #[inline]
    fn leave_unawaited(
        &self,
        state: usize,
        left: fn(usize) -> Option<usize>,
        span: &trace::Span,
    ) -> bool {
        let Some(next) = left(state) else {
            return false;
        };
        if is_waited_for(next) || is_upgrading(next) {
            return false;
        }
        // Release: pairs with the Acquire of whoever enters next [R1].
        let gone = self
            .word
            .compare_exchange(state, next, Release, Relaxed)
            .is_ok();
        if gone {
            span.released();
        }
        gone
    }

    // --- slow paths ---------------------------------------------------------------------------

    /// Leaves, while others wait, or come and go. `state` is what the word was a moment ago.
    #[cold]
    #[track_caller]
    fn leave_beside(
        &self,
        mut state: usize,
        left: fn(usize) -> Option<usize>,
        fair: bool,
        span: &trace::Span,
        action: &'static str,
    ) {
        loop {
            let Some(next) = left(state) else {
                return not_inside(action);
            };
            if is_upgraders_turn(next) {
                match self.let_upgrader_in(state, left, span) {
                    Ok(()) => return,
                    Err(actual) => state = actual,
                }
                continue;
            }
            if may_designate(next) && is_let_in_by(state, next) {
                match self.settle(left, fair, &|| span.released()) {
                    Ok(()) => return,
                    Err(actual) => state = actual,
                }
                continue;
            }
            let next = if fair { closed(next) } else { next };
            // Release: pairs with the Acquire of whoever enters next [R1]. A compare-exchange, because what is
            // to be done depends on who else is there.
            match self.word.compare_exchange(state, next, Release, Relaxed) {
                Ok(_) => {
                    // From here on the lock may be gone.
                    span.released();
                    return;
                }
                Err(actual) => state = actual,
            }
        }
    }

    /// Where the queue of this lock is found.
    fn key(&self) -> *const () {
        ptr::from_ref(self).cast()
    }

    /// Where the upgrader's is: another address inside the word.
    fn upgrader_key(&self) -> *const () {
        self.key().wrapping_byte_add(1)
    }

    /// Enters beside others, or waits for it. `false` if the deadline came first. `state` is what the word was a moment ago.
    #[inline]
    #[track_caller]
    fn enter_beside(&self, wants: u32, mut state: usize, deadline: Option<Instant>) -> bool {
        while is_plainly_open(wants, state) {
            // Acquire: pairs with the Release of those who have left [R1].
            match self
                .word
                .compare_exchange(state, entered(wants, state), Acquire, Relaxed)
            {
                Ok(_) => return true,
                Err(actual) => state = actual,
            }
        }
        self.enter_contended(wants, state, deadline)
    }

    /// Enters, or queues up and waits for it. `false` if the deadline came first.
    #[cold]
    #[track_caller]
    fn enter_contended(&self, wants: u32, mut state: usize, deadline: Option<Instant>) -> bool {
        // Looking is worth it only while the lock is passed between running threads.
        sys::poll(|| {
            state = self.word.load(Relaxed); // a hint, checked by the compare-exchange below
            Self::is_open(wants, state)
        });
        let mut queue = None;
        let mut is_late = false;
        loop {
            let open = Self::is_open(wants, state);
            let next = if open {
                if is_full(wants, state) {
                    drop(queue);
                    too_many_readers(state);
                }
                is_late = is_late || self.is_late(state);
                let next = bypassed(wants, state);
                if is_late { advanced(next) } else { next }
            } else if queue.is_none() {
                queue = Some(Queue::lock(self.key()));
                continue;
            } else {
                state | QUEUED_BIT
            };
            // Also when it changes nothing: then it says that this thread may not enter (invariant 4).
            //
            // Acquire: for the case that enters, pairs with the Release of those who have left [R1].
            match self.word.compare_exchange(state, next, Acquire, Relaxed) {
                Ok(_) if open => return true,
                Ok(_) => break,
                Err(actual) => state = actual,
            }
        }
        let node = Node::new(Note {
            wants,
            ..Note::EMPTY
        });
        if let Some(mut queue) = queue {
            if queue.is_empty() && !is_waking(state) {
                queue::rhythm(self.key()).restart();
            }
            // SAFETY: this thread's own node, which `wait` does not leave before it is out.
            unsafe { queue.append(node.pointer(), bypasses(state)) }
        }
        let entered = self.wait(wants, &node, deadline);
        node.retire();
        entered
    }

    /// Whether somebody waits, and has for longer than others may be let in. Asked by one that bypasses it, and the clock is
    /// looked at by few of those.
    fn is_late(&self, state: usize) -> bool {
        is_waking(state)
            && bypasses(state) % CLOCK == CLOCK - 1
            && queue::rhythm(self.key()).is_due(PATIENCE)
    }

    /// Waits with a node that was put into the queue. `false` if the deadline came first.
    #[track_caller]
    fn wait(&self, wants: u32, node: &Node, deadline: Option<Instant>) -> bool {
        loop {
            if node.sleep_for(self, deadline).is_none() {
                if self.withdraw(node) {
                    if deadline.is_none() {
                        waits_for_itself();
                    }
                    return false;
                }
                // Somebody has taken the node out, and says so in a moment. Then this thread is designated.
                node.sleep(WAITING, None);
                if deadline.is_some() {
                    return self.claim_or_give_up(wants);
                }
            }
            if self.claim(wants, node) {
                return true;
            }
        }
    }

    /// A designated thread enters, or goes back to the front of the queue. Returns whether it entered.
    fn claim(&self, wants: u32, node: &Node) -> bool {
        // What the one that woke us has made of the word: a guess, in place of a load.
        let mut state = ONE_WAKING;
        sys::poll(|| {
            state = self.word.load(Relaxed); // a hint
            is_allowed(wants, state)
        });
        let mut queue = None;
        loop {
            let allowed = is_allowed(wants, state) && !is_full(wants, state);
            let next = if allowed {
                bypassed(wants, undesignated(state))
            } else if queue.is_none() {
                // Before the node can be found in the queue, or what it is told next would be lost.
                node.forget();
                queue = Some(Queue::lock(self.key()));
                continue;
            } else {
                undesignated(state | QUEUED_BIT)
            };
            // Acquire: for the case that enters, pairs with the Release of those who have left [R1].
            match self.word.compare_exchange(state, next, Acquire, Relaxed) {
                Ok(_) if allowed => {
                    drop(queue);
                    self.let_followers_in(wants, next);
                    return true;
                }
                Ok(_) => break,
                Err(actual) => state = actual,
            }
        }
        if let Some(mut queue) = queue {
            // In front, with its old mark.
            //
            // SAFETY: this thread's own node, in no queue, and the caller goes back to sleep on it.
            unsafe { queue.prepend(node.pointer()) }
        }
        false
    }

    /// The deadline of a designated thread has passed. Returns whether it entered all the same.
    #[cold]
    fn claim_or_give_up(&self, wants: u32) -> bool {
        let mut state = ONE_WAKING; // a guess
        loop {
            let allowed = is_allowed(wants, state) && !is_full(wants, state);
            let next = if allowed {
                // What can be had is worth more than being on time.
                bypassed(wants, undesignated(state))
            } else {
                undesignated(state)
            };
            // Acquire: for the case that enters, pairs with the Release of those who have left [R1].
            match self.word.compare_exchange(state, next, Acquire, Relaxed) {
                Ok(_) if allowed => {
                    self.let_followers_in(wants, next);
                    return true;
                }
                Ok(_) => {
                    // Those behind may be allowed what this thread was not, and nobody was looking.
                    self.settle_queued(next);
                    return false;
                }
                Err(actual) => state = actual,
            }
        }
    }

    /// After a thread has entered that was the first: those behind it may enter beside it.
    fn let_followers_in(&self, wants: u32, state: usize) {
        if wants != WRITE {
            self.settle_queued(state);
        }
    }

    /// Settles the queue if there was one in `state`, and somebody may be designated.
    fn settle_queued(&self, state: usize) {
        if may_designate(state) {
            self.settle_as_it_is();
        }
    }

    /// Settles the queue after a change that is made already.
    fn settle_as_it_is(&self) {
        let settled = self.settle(Some, false, &|| ());
        debug_assert!(
            settled.is_ok(),
            "the last reader has made the upgrader the writer"
        );
    }

    /// The deadline has passed: takes the node out of the queue; `false` if somebody was faster.
    #[cold]
    fn withdraw(&self, node: &Node) -> bool {
        {
            let mut queue = Queue::lock(self.key());
            // SAFETY: this thread's own node, which was in this queue only.
            if !unsafe { queue.withdraw(node.pointer()) } {
                return false;
            }
            if queue.is_empty() {
                let mut state = QUEUED_BIT; // a guess
                // Relaxed: QUEUED says nothing about memory, and changes under the bucket's lock.
                while let Err(actual) =
                    self.word
                        .compare_exchange(state, dequeued(state), Relaxed, Relaxed)
                {
                    state = actual;
                }
                return true;
            }
        }
        // It may have been the one that kept the others out.
        self.settle_as_it_is();
        true
    }

    /// Changes the word with the queue's bucket locked, and sees to it that the first in the queue waits for a
    /// reason (invariant 4). `done` is called when the word has changed; from then on the lock may be gone,
    /// unless the caller holds it or waits for it. An error is what the word was when the change turned out to
    /// be one that makes the upgrader the writer, which is done in another way.
    #[cold]
    #[track_caller]
    fn settle(
        &self,
        change: fn(usize) -> Option<usize>,
        fair: bool,
        done: &dyn Fn(),
    ) -> Result<(), usize> {
        let mut queue = Queue::lock(self.key());
        // An addition of nothing: it reads what is there now, where a load may read something older.
        let mut state = self.word.fetch_add(0, Relaxed);
        let count = loop {
            let Some(mut next) = change(state) else {
                drop(queue);
                not_inside("unlock or downgrade");
                return Ok(());
            };
            if is_upgraders_turn(next) {
                return Err(state);
            }
            let mut count = 0;
            if may_designate(next) {
                let mut inside = next; // if they enter
                let mut overdue = false;
                for note in queue.notes() {
                    if !is_allowed(note.wants, inside)
                        || is_full(note.wants, inside)
                        || is_full_of_waking(next)
                    {
                        break;
                    }
                    inside = entered(note.wants, inside);
                    overdue |= is_overdue(note.mark, next);
                    next = designated(next);
                    count += 1;
                }
                if overdue {
                    next = closed(next);
                }
                if queue.notes().nth(count).is_none() {
                    next = dequeued(next);
                }
            }
            if fair {
                next = closed(next);
            }
            // Release: this thread may leave with it, pairs with the Acquire of whoever enters [R1].
            match self.word.compare_exchange(state, next, Release, Relaxed) {
                Ok(_) => break count,
                Err(actual) => state = actual,
            }
        };
        done();
        let mut chain = Chain::new();
        for _ in 0..count {
            if let Some(node) = queue.pop() {
                // SAFETY: just taken out, with the bucket locked.
                unsafe { chain.push(node) }
            }
        }
        drop(queue);
        chain.tell(LOOK);
        Ok(())
    }

    // --- upgrading ----------------------------------------------------------------------------

    /// The last reader leaves, and makes the upgrader the writer. An error is what the word was instead.
    #[cold]
    fn let_upgrader_in(
        &self,
        mut state: usize,
        left: fn(usize) -> Option<usize>,
        span: &trace::Span,
    ) -> Result<(), usize> {
        let mut queue = Queue::lock(self.upgrader_key());
        loop {
            let next = match left(state) {
                Some(next) if is_upgraders_turn(next) => {
                    (next & !(UPGRADABLE_BIT | UPGRADING_BIT)) | WRITER_BIT
                }
                _ => return Err(state),
            };
            // Acquire: for the upgrader, what all have released who have left; it gets that, and what this thread did,
            // with what it is told [R2]. Nobody else comes in before it has released the lock itself.
            match self.word.compare_exchange(state, next, Acquire, Relaxed) {
                Ok(_) => break,
                Err(actual) => state = actual,
            }
        }
        span.released();
        let upgrader = queue.pop();
        drop(queue);
        if let Some(node) = upgrader {
            // SAFETY: just taken out.
            unsafe { Node::tell(node, GRANTED) }
        }
        Ok(())
    }

    /// Makes the upgradable reader the writer if there are no other readers.
    #[inline]
    #[track_caller]
    pub(super) fn try_become_writer(&self) -> bool {
        let span = trace::span(self, Self::KIND, "try_upgrade");
        let mut state = UPGRADABLE_BIT; // a guess
        while readers(state) == 0 {
            // Acquire: pairs with the Release of the readers that have left [R1].
            match self.word.compare_exchange(
                state,
                (state & !UPGRADABLE_BIT) | WRITER_BIT,
                Acquire,
                Relaxed,
            ) {
                Ok(_) => {
                    span.converted();
                    return true;
                }
                Err(actual) => state = actual,
            }
        }
        span.refused();
        false
    }

    /// Makes the upgradable reader the writer when the readers have left. `false` if the deadline came first.
    #[track_caller]
    pub(super) fn become_writer(&self, action: &'static str, deadline: Option<Instant>) -> bool {
        let span = trace::span(self, Self::KIND, action);
        let mut state = UPGRADABLE_BIT; // a guess
        let mut queue = None;
        loop {
            let alone = readers(state) == 0;
            let next = if alone {
                (state & !UPGRADABLE_BIT) | WRITER_BIT
            } else if queue.is_none() {
                queue = Some(Queue::lock(self.upgrader_key()));
                continue;
            } else {
                state | UPGRADING_BIT
            };
            // Acquire: for the case without readers, pairs with the Release of those who have left [R1].
            match self.word.compare_exchange(state, next, Acquire, Relaxed) {
                Ok(_) if alone => {
                    span.converted();
                    return true;
                }
                Ok(_) => break,
                Err(actual) => state = actual,
            }
        }
        let node = Node::new(Note::EMPTY);
        if let Some(mut queue) = queue {
            // SAFETY: this thread's own node, and this function does not return before it is out.
            unsafe { queue.append(node.pointer(), 0) }
        }
        if node.sleep(WAITING, deadline).is_none() {
            if self.stop_upgrading(&node) {
                span.refused();
                return false;
            }
            // The last reader was faster, and says so in a moment.
            node.sleep(WAITING, None);
        }
        node.retire();
        span.converted();
        true
    }

    /// The upgrader's deadline has passed: back to being an upgradable reader; `false` if the last reader
    /// was faster.
    #[cold]
    fn stop_upgrading(&self, node: &Node) -> bool {
        let mut state = UPGRADABLE_BIT | UPGRADING_BIT | ONE_READER; // a guess
        {
            let mut queue = Queue::lock(self.upgrader_key());
            // SAFETY: this thread's own node, which was in this queue only.
            if !unsafe { queue.withdraw(node.pointer()) } {
                return false;
            }
            // Relaxed: it lets readers in, who need nothing of this thread.
            while let Err(actual) =
                self.word
                    .compare_exchange(state, state & !UPGRADING_BIT, Relaxed, Relaxed)
            {
                state = actual;
            }
        }
        // Readers may be at the front of the queue who were kept out by it.
        self.settle_queued(state);
        true
    }

    /// Holds the lock in another way from here on, one that others may be allowed beside.
    #[inline]
    #[track_caller]
    pub(super) fn convert(
        &self,
        alone: usize,
        change: fn(usize) -> Option<usize>,
        action: &'static str,
    ) {
        let span = trace::span(self, Self::KIND, action);
        let mut state = alone; // a guess
        loop {
            let Some(next) = change(state) else {
                return not_inside(action);
            };
            if may_designate(next) {
                let settled = self.settle(change, false, &|| span.converted());
                debug_assert!(settled.is_ok(), "nobody upgrades beside this thread");
                return;
            }
            // Release: those who enter beside this thread see what it has written [R1].
            match self.word.compare_exchange(state, next, Release, Relaxed) {
                Ok(_) => {
                    span.converted();
                    return;
                }
                Err(actual) => state = actual,
            }
        }
    }
}

#[cold]
#[track_caller]
fn too_many_readers(state: usize) -> ! {
    panic!(
        "selvedge: a readers-writer lock is read {} times at once, and there is no room for one more; do not \
         forget read guards",
        readers(state)
    )
}

#[cold]
#[track_caller]
fn waits_for_itself() -> ! {
    panic!(
        "selvedge: a thread locks a readers-writer lock that it holds as the writer, and would wait for itself; drop \
         the guard first, or downgrade it"
    )
}

/// A caller's mistake; nothing was changed.
#[cold]
#[track_caller]
pub(super) fn not_inside(action: &str) {
    // A second panic would end the process, and the first one tells more.
    if !sys::thread::panicking() {
        panic!(
            "selvedge: {action} of a readers-writer lock that is not held in that way; unlock it once for each \
             lock, and in the same way"
        )
    }
}
