//! A readers–writer lock in one word, with its waiters in [queues](super::queue).
//!
//! # What
//!
//! Many readers, or one writer. One of the readers may be *upgradable*: it can become the writer without
//! letting go, as soon as the other readers have left. The bits of the [word](super::rwlock_word) have a file
//! of their own, and so have [what lets in those who wait](super::rwlock_settle) and the [traits](super::rwlock_api) that make it a lock.
//!
//! # How
//!
//! - **read** (without a deadline): count a reader, whatever the word says. If nobody but readers is inside, and nobody waits, that was
//!   all: one access. If a writer is inside and nobody waits, the reader has its place, and looks whether the writer leaves. If it may
//!   *bypass* those who wait (see below), or is beside an upgradable reader, it says so by a compare-exchange. If not, it is counted off,
//!   and goes the way of the others:
//! - **enter** (as a writer or an upgradable reader, as a reader that has a deadline or was counted off): if those inside allow it and
//!   nobody waits, one compare-exchange. If not, queue up and sleep. There is one queue for all, in order of arrival.
//! - **leave**: a reader is counted off, a writer takes WRITER away, whatever else the word says. What was there before
//!   tells what is to do. If the lock is *free* and somebody is queued, take the first one
//!   out of the queue, say so in the word, and wake it; if it wants to read, the readers right behind it too. From there they
//!   are *designated*: they enter when they can. Until they do, others may bypass them, also beside one another, and are
//!   counted; and whoever leaves the lock free takes out and wakes the next ones, up to fifteen in all.
//! - **claim**: a designated thread enters. If it cannot, it looks for a moment. If others were faster meanwhile, it says that it is
//!   there (ARRIVED), so that nobody else enters, and looks once more. If that is of no use, it goes back to the front of the queue.
//! - **admit**: the same as after leaving, whenever something else has changed that may let in the first of the queue while others are
//!   inside (a writer has become a reader, or has left behind it a reader that has its place; an upgradable reader has left; there is room
//!   again; one that was in front has given up or has entered): those at the front whom the holders allow are designated.
//! - **close**: now and then, and if the first in the queue was bypassed too often, the word says CLOSED. Then nobody else enters (but
//!   readers of the recursive lock, beside readers) and nobody else is designated, until the designated threads have gone.
//! - **upgrade**: if there are no other readers, one compare-exchange. If there are, say so (UPGRADING: no
//!   reader enters from here on, but one that has its place already, or a recursive one), and sleep in a queue of its own, in which
//!   there is never more than one thread; the last reader to leave makes it the writer.
//! - **leave, fair**, or as an upgradable reader: the lock is not left first. Those who are let in are designated in the same step, in
//!   which a fair one closes it.
//!
//! # Invariants
//!
//! 1. WRITER excludes UPGRADABLE and UPGRADING, and is set only when no reader is counted. UPGRADING is set only while UPGRADABLE is.
//! 2. The word counts the designated threads: those that were taken out of the queue and have not yet entered, gone back to
//!    the queue or given up. CLOSED is set only while there are some, and ARRIVED only while the one that has set it is designated.
//! 3. QUEUED is set if and only if the queue is not empty, and UPGRADING if and only if the upgrader's
//!    is not, whenever the bucket of that queue is not locked. They change only while it is.
//! 4. If threads are queued and none is designated, then the first of them may not enter, or somebody is
//!    about to [`settle`] the queue. So a thread queues up only when the word, at that moment, says that
//!    it may not enter now; and whoever changes the word so that the first may, without entering itself, settles.
//! 5. The count of bypasses is zero if nobody is queued or designated.
//! 6. A reader that is counted keeps writers out. So if it sees the word without WRITER, once, it would be safe to be inside; whether it
//!    is fair, the rest of the word says: it goes in at once, or is counted off, and then does what a reader does that leaves. A reader
//!    that may not be inside is in the way of others for that moment, and is so at most once before it sleeps.
//! 7. After a reader was counted off or WRITER was taken away the lock may be gone: the next owner may free it. Whoever settles
//!    then goes on with the address alone. If somebody waits for a lock that is there, the first node of the queue at that address names
//!    its word; and it stays there while the bucket is locked, and so does the lock. That may be another lock by now: to settle it
//!    is of no use and does no harm.
//!
//! # Why it is counted first and asked then
//!
//! A compare-exchange has to know the word. If others come and go, what was read is out of date by the time it is compared, and the
//! word's cache line was brought here for nothing. Side by side with a lock that did so, and was left by a compare-exchange too, two
//! readers with nothing inside do 1.1 to 1.5 times as much, sixteen 1.4 to 1.9 times, and 8 threads of which one in two or ten writes,
//! with 50 ns inside and outside, 1.1 to 1.2 times.
//!
//! # Fairness
//!
//! A newcomer enters only if nobody waits, or while designated threads are on their way and the word says neither CLOSED nor ARRIVED. So
//! readers do not enter beside readers while a writer waits and nobody is designated. The word counts whoever enters while others
//! wait; a node remembers what the count was when it queued up.
//!
//! Whenever the count is a multiple of `CHECK`, the lock is closed: who is designated then gets its chance, with nobody to be
//! faster but those who are designated too. And it is closed when a thread is taken out of the queue that was bypassed `CHECK`
//! times or more. So at the second multiple that the first in the queue sees, at the latest, it is next: it is bypassed no more than
//! [`BYPASSES`] times, which is twice `CHECK`. `models::rwlock::bypass_bound` counts it. One that was designated beside others, and went
//! back before they did, finds them in front of it: then half as many may be added, until the next multiple. One that went back
//! although the lock was closed for it has found those who were inside, or a reader that was counted and had to be counted off: it
//! counts as bypassed so often, and the lock is closed for it again.
//!
//! That many long sections take long, so every [`PATIENCE`], if somebody enters then through the slow path and looks, counts as
//! so many bypasses as are left until the next multiple. The clock is that of the mutex, one for all locks whose queues are in the
//! same bucket.
//!
//! A fair unlock closes the lock, or sees to it that it will be closed for the first in the queue, if that one may not enter yet.
//!
//! The recursive lock is the exception: its readers enter whenever another reader is counted, and can keep a writer out for as long as
//! they like.
//!
//! # Why a thread that has come closes the lock
//!
//! Those who run come back faster than a thread that looks sees the lock free. With sections that are short it sees it soon. If they
//! take a microsecond, it would look in vain, again and again, and each time a processor does nothing: 8 threads of which one in a
//! hundred writes did 0.6 to 0.9 of what they do now, two of which one in ten writes 0.6 to 0.8. With short sections it would keep out more
//! than it gains: 8 threads with 50 ns do half as much if the lock stays closed until all who are designated have come, and two
//! thirds if it is closed before it was looked at for a moment. For the same reason a thread that comes looks for a moment only before it
//! queues up: with a longer look 8 threads with a microsecond inside, of which one in ten writes, did two thirds.
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
//! in, acquires through that one [R2].
//!
//! # After a fork
//!
//! A reader of another thread that is counted when the process forks, if only for a moment, is counted in the child for ever, and nobody
//! writes there. So it is with every lock that another thread holds when a process forks; here another one can be in the
//! way of a lock that the forking thread holds.

use core::ptr;

use crate::sys::{
    self, AtomicUsize, Duration, Instant,
    Ordering::{Acquire, Relaxed, Release},
    Sight,
};
use crate::trace;

use super::queue::{self, Node, Note, Queue, WAITING};
use super::rwlock_settle::{see_to_those_who_wait, see_to_upgrader, settle, upgrader_key};
use super::rwlock_word::*;

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
            return !is_writing(state) && !is_short(state);
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
        // One that has a deadline is not counted before it is inside: it may come and give up again and again, and be in the way of a
        // writer each time. One without a deadline goes to sleep.
        let entered = if wants == READ && deadline.is_none() {
            self.enter_beside()
        } else {
            self.enter_alone(wants, deadline)
        };
        if entered {
            span.acquired();
        } else {
            span.refused();
        }
        entered
    }

    /// Enters as a reader.
    #[inline]
    #[track_caller]
    fn enter_beside(&self) -> bool {
        // Counted whatever the word says.
        //
        // Acquire: pairs with the Release of those who have left [R1].
        let state = self.word.fetch_add(ONE_READER, Acquire);
        is_plainly_open(state) || self.enter_counted(counted(state))
    }

    /// Enters if nobody is inside and nobody waits, or in the long way. `false` if the deadline came first.
    #[inline]
    #[track_caller]
    fn enter_alone(&self, wants: u32, deadline: Option<Instant>) -> bool {
        let alone = entered(wants, UNLOCKED);
        // A guess, that nobody is inside or waits. Of constants: one that waited for what was read would take a tenth longer,
        // alone.
        //
        // Acquire: pairs with the Release of those who have left [R1].
        match self
            .word
            .compare_exchange(UNLOCKED, alone, Acquire, Relaxed)
        {
            Ok(_) => true,
            Err(actual) => self.enter_contended(wants, actual, deadline),
        }
    }

    #[inline]
    #[track_caller]
    pub(super) fn try_enter(&self, wants: u32, action: &'static str) -> bool {
        let span = trace::span(self, Self::KIND, action);
        let mut state = UNLOCKED; // a guess
        while Self::is_open(wants, state) || self.forgets_who_is_not_here(wants, &mut state) {
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

    #[inline]
    #[track_caller]
    pub(super) fn leave_reading(&self, action: &'static str, fair: bool) {
        if fair {
            return self.leave_in_order(ONE_READER, without_reader, action, true);
        }
        let span = trace::span(self, Self::KIND, action);
        // Whatever the word says. Release: pairs with the Acquire of whoever enters next [R1].
        let state = self.word.fetch_sub(ONE_READER, Release);
        // From here on the lock may be gone.
        if is_plainly_left(uncounted(state)) {
            span.released();
        } else {
            self.leave_the_rest(state, without_reader, ONE_READER, action, span);
        }
    }

    #[inline]
    #[track_caller]
    pub(super) fn leave_writing(&self, action: &'static str, fair: bool) {
        if fair {
            return self.leave_in_order(WRITER_BIT, without_writer, action, true);
        }
        let span = trace::span(self, Self::KIND, action);
        // First a look, for who leaves by mistake would be a writer to others until that is put right. The first test is all but always
        // enough.
        let state = self.look();
        if state & WRITER_BIT == 0 && !is_writing(state) {
            return not_inside(action);
        }
        // Whatever else the word says. An addition to the highest bit takes it away; to mask it out is a loop on x86, for what was there
        // before is wanted.
        //
        // Release: pairs with the Acquire of whoever enters next [R1].
        let state = self.word.fetch_add(WRITER_BIT, Release);
        // From here on the lock may be gone.
        if state == WRITER_BIT {
            span.released();
        } else {
            self.leave_the_rest(state, without_writer, WRITER_BIT, action, span);
        }
    }

    #[inline]
    #[track_caller]
    pub(super) fn leave_upgradable(&self, action: &'static str, fair: bool) {
        self.leave_in_order(UPGRADABLE_BIT, without_upgradable, action, fair);
    }

    // --- slow paths ---------------------------------------------------------------------------

    /// Where the queue of this lock is found. Another address inside the word is that of the [upgrader](upgrader_key).
    fn key(&self) -> *const () {
        ptr::from_ref(&self.word).cast()
    }

    /// A node for a thread that waits for this lock.
    fn node(&self, wants: u32) -> Node {
        Node::new(Note {
            wants,
            rwlock: &raw const self.word,
            ..Note::EMPTY
        })
    }

    /// Enters as a reader that is counted in `state`, and may not be inside.
    #[cold]
    #[track_caller]
    fn enter_counted(&self, state: usize) -> bool {
        match self.stay(state) {
            Ok(()) => true,
            Err(state) => self.enter_contended(READ, state, None),
        }
    }

    /// Enters as a reader that is counted in `state`, if it may, or the writer leaves in a moment. Otherwise it is not counted any
    /// more, and the error is what the word is then.
    fn stay(&self, mut state: usize) -> Result<(), usize> {
        // When the writer leaves it is this reader's turn: whoever waits from here on has come later.
        let is_next = is_writing(state) && !is_waited_for(state) && !is_full(READ, state);
        if is_writing(state) {
            sys::poll(|| {
                state = self.word.load(Relaxed); // a hint, checked by the compare-exchange below
                !is_writing(state) || !(is_next || Self::is_open(READ, unwritten(uncounted(state))))
            });
        }
        let mut is_late = false;
        loop {
            let without = uncounted(state);
            let is_its_turn = is_next && is_reading(state);
            let stays = is_its_turn || Self::is_open(READ, without) && !is_full(READ, without);
            let next = if is_its_turn {
                state
            } else if stays {
                self.past_those_who_wait(READ, without, &mut is_late)
            } else {
                without
            };
            // Also when it changes nothing. Acquire: for the cases that enter, pairs with the Release of those who have left [R1].
            match self.word.compare_exchange(state, next, Acquire, Relaxed) {
                Ok(_) if stays => return Ok(()),
                Ok(_) => {
                    see_to_those_who_wait(self.key(), state, next);
                    return Err(next);
                }
                Err(actual) => state = actual,
            }
        }
    }

    /// The rest of what a thread does that has taken `what` away from the word when that was `state`; `left` says what it should be
    /// then, if the thread was inside.
    #[cold]
    #[track_caller]
    fn leave_the_rest(
        &self,
        state: usize,
        left: fn(usize) -> Option<usize>,
        what: usize,
        action: &'static str,
        span: trace::Span,
    ) {
        if let Some(next) = left(state) {
            span.released();
            see_to_those_who_wait(self.key(), state, next);
        } else {
            // Relaxed: it puts right what this thread has changed.
            let state = self.word.fetch_add(what, Relaxed);
            see_to_those_who_wait(self.key(), state, state.wrapping_add(what));
            not_inside(action);
        }
    }

    /// Leaves, and lets in whoever that lets in before the lock is free. `state` is a guess; `left` says what a word is without this
    /// thread.
    #[track_caller]
    fn leave_in_order(
        &self,
        mut state: usize,
        left: fn(usize) -> Option<usize>,
        action: &'static str,
        fair: bool,
    ) {
        let span = trace::span(self, Self::KIND, action);
        loop {
            let Some(next) = left(state) else {
                return not_inside(action);
            };
            // Also if the first in the queue is not let in yet, for then the lock will be closed for it.
            let marks = fair && is_queued(next);
            if marks || may_designate(next) && is_let_in_by(state, next) {
                settle(&self.word, Queue::lock(self.key()), left, fair, &|| {
                    span.released()
                });
                return;
            }
            let next = if fair { closed(next) } else { next };
            // Release: pairs with the Acquire of whoever enters next [R1]. A compare-exchange, because what is
            // to be done depends on who else is there.
            match self.word.compare_exchange(state, next, Release, Relaxed) {
                Ok(_) => {
                    // From here on the lock may be gone.
                    span.released();
                    see_to_upgrader(self.key(), next);
                    return;
                }
                Err(actual) => state = actual,
            }
        }
    }

    /// Looks at the word, which was `state` when it was looked at before, for one that is `ready`.
    fn sight(&self, state: &mut usize, ready: impl FnOnce(usize) -> bool) -> Sight {
        let before = *state;
        *state = self.word.load(Relaxed); // a hint, checked by a compare-exchange
        Sight {
            ready: ready(*state),
            missed: before != *state,
        }
    }

    /// Enters, or queues up and waits for it. `false` if the deadline came first. `state` is what the word was a moment ago.
    #[cold]
    #[track_caller]
    fn enter_contended(&self, wants: u32, mut state: usize, deadline: Option<Instant>) -> bool {
        // A glance, for most sections are over by then; and not longer, for of those who run one may come back again and again,
        // and is not kept out before this thread has queued up.
        sys::glance(|| self.sight(&mut state, |state| Self::is_open(wants, state)));
        let mut queue: Option<Queue> = None;
        let mut is_late = false;
        let state = loop {
            // Nobody is in the queue of the child of a fork, whatever the word says; otherwise the word says so (invariant 3).
            let before = match &queue {
                Some(queue) if queue.is_empty() => dequeued(state),
                _ => state,
            };
            let open = Self::is_open(wants, before);
            let next = if open {
                if is_full(wants, before) {
                    drop(queue);
                    too_many_readers(before);
                }
                self.past_those_who_wait(wants, before, &mut is_late)
            } else if queue.is_none() {
                queue = Some(Queue::lock(self.key()));
                continue;
            } else {
                before | QUEUED_BIT
            };
            // Also when it changes nothing: then it says that this thread may not enter (invariant 4).
            //
            // Acquire: for the case that enters, pairs with the Release of those who have left [R1].
            match self.word.compare_exchange(state, next, Acquire, Relaxed) {
                Ok(_) if open => return true,
                Ok(_) => break next,
                Err(actual) => state = actual,
            }
        };
        let node = self.node(wants);
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

    /// The word after somebody has entered beside those who wait, if there are any. If `is_late`, now or by an earlier guess, they have
    /// waited for long.
    fn past_those_who_wait(&self, wants: u32, state: usize, is_late: &mut bool) -> usize {
        *is_late = *is_late || self.is_late(state);
        let next = bypassed(wants, state);
        if *is_late { advanced(next) } else { next }
    }

    /// Whether somebody waits, and has for longer than others may be let in. Asked by one that bypasses it, and the clock is
    /// looked at by few of those.
    fn is_late(&self, state: usize) -> bool {
        is_waking(state)
            && bypasses(state) % CLOCK == CLOCK - 1
            && queue::rhythm(self.key()).is_due(PATIENCE)
    }

    /// Whether a thread may enter after all, since nobody is in the queue of the child of a fork who was there before, whatever the
    /// word says. If so, the word is changed, and so is `state`.
    #[inline]
    fn forgets_who_is_not_here(&self, wants: u32, state: &mut usize) -> bool {
        is_queued(*state) && queue::table_number() != 0 && {
            self.forget_who_is_not_here(state);
            Self::is_open(wants, *state)
        }
    }

    #[cold]
    fn forget_who_is_not_here(&self, state: &mut usize) {
        let queue = Queue::lock(self.key());
        if queue.is_empty() {
            *state = self.dequeue(*state);
        }
    }

    /// The word says from here on that the queue is empty, of which the caller has locked the bucket. `state` is a guess; returns what
    /// the word is now.
    fn dequeue(&self, mut state: usize) -> usize {
        loop {
            let next = dequeued(state);
            // Relaxed: QUEUED says nothing about memory, and changes under the bucket's lock.
            match self.word.compare_exchange(state, next, Relaxed, Relaxed) {
                Ok(_) => return next,
                Err(actual) => state = actual,
            }
        }
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
        // What the one that woke us has made of the word: a guess for the models, where a glance sees nothing.
        let mut state = ONE_WAKING;
        let mut seen = None;
        sys::glance(|| {
            let sight = self.sight(&mut state, |state| is_allowed(wants, state));
            seen.get_or_insert(bypasses(state));
            sight
        });
        // If somebody was faster meanwhile, others run and are about to be so again.
        let mut arrives = seen != Some(bypasses(state)) && sys::looks();
        // ARRIVED, if it was set by this thread.
        let mut mine = 0;
        let mut queue = None;
        loop {
            let allowed = is_allowed(wants, state) && !is_full(wants, state);
            let next = if allowed {
                bypassed(wants, undesignated(state) & !mine)
            } else if arrives {
                state | ARRIVED_BIT
            } else if queue.is_none() {
                // Before the node can be found in the queue, or what it is told next would be lost.
                node.forget();
                queue = Some(Queue::lock(self.key()));
                continue;
            } else {
                undesignated(state | QUEUED_BIT) & !mine
            };
            // Acquire: for the case that enters, pairs with the Release of those who have left [R1].
            match self.word.compare_exchange(state, next, Acquire, Relaxed) {
                Ok(_) if allowed => {
                    drop(queue);
                    self.let_followers_in(wants, next);
                    return true;
                }
                Ok(_) if arrives => {
                    arrives = false;
                    mine = ARRIVED_BIT & !state;
                    state = next; // a guess, again
                    sys::poll(|| {
                        state = self.word.load(Relaxed); // a hint
                        is_allowed(wants, state)
                    });
                }
                Ok(_) => break,
                Err(actual) => state = actual,
            }
        }
        if let Some(mut queue) = queue {
            if is_closed_for_all(state) {
                // It was its turn, and is so the next time: it may have found a reader that was only counted.
                //
                // SAFETY: this thread's own node, in no queue.
                unsafe { Node::annotate(node.pointer(), |note| note.mark = overdue_mark(state)) }
            }
            // In front, with its old mark otherwise.
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
        settle(&self.word, Queue::lock(self.key()), Some, false, &|| ());
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
                self.dequeue(QUEUED_BIT);
                return true;
            }
        }
        // It may have been the one that kept the others out.
        self.settle_as_it_is();
        true
    }

    // --- upgrading ----------------------------------------------------------------------------

    /// Makes the upgradable reader the writer if there are no other readers.
    #[inline]
    #[track_caller]
    pub(super) fn try_become_writer(&self) -> bool {
        let span = trace::span(self, Self::KIND, "try_upgrade");
        let mut state = UPGRADABLE_BIT; // a guess
        while is_alone(state) {
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
            let alone = is_alone(state);
            let next = if alone {
                (state & !UPGRADABLE_BIT) | WRITER_BIT
            } else if queue.is_none() {
                queue = Some(Queue::lock(upgrader_key(self.key())));
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
        let node = self.node(WRITE);
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
            let mut queue = Queue::lock(upgrader_key(self.key()));
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
                let queue = Queue::lock(self.key());
                return settle(&self.word, queue, change, false, &|| span.converted());
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

/// A caller's mistake; nothing was changed, or it was put right.
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

#[cfg(all(
    test,
    not(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))
))]
mod tests {
    use lock_api::RawRwLock as _;

    use super::*;
    use crate::sys::thread;

    /// It has seen a writer before it left as one, and that was another thread, which has left meanwhile.
    #[test]
    fn a_writer_that_left_by_mistake_is_no_writer() {
        static LOCK: RawRwLock = RawRwLock::new();
        LOCK.word.fetch_add(WRITER_BIT, Relaxed);
        let reader = thread::spawn(|| {
            let _guard = LOCK.lock_shared();
        });
        queue::until_somebody_waits(LOCK.key());
        let mistake = std::panic::catch_unwind(|| {
            let span = trace::span(&LOCK, "RwLock", "unlock_write");
            LOCK.leave_the_rest(UNLOCKED, without_writer, WRITER_BIT, "unlock_write", span);
        });
        assert!(mistake.is_err());
        reader.join().expect("it is let in");
        assert_eq!(LOCK.look(), ONE_READER);
    }
}
