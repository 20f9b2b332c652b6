//! A mutex in one 4-byte word, with its waiters in a [queue](super::queue).
//!
//! # What
//!
//! The [word](super::mutex_word) says whether the lock is held, whether threads are queued for it, whether one of them is on
//! its way, and where that one is; whether somebody looks for the lock; and how often others were let in before those who
//! wait.
//!
//! # How
//!
//! - **lock**: set LOCKED. If it was not, the lock is taken, whoever waits: that is one access, with waiters or without. If
//!   it was: look for a moment; then become the one that looks for longer (LOOKING), if there is none; then queue up, and
//!   sleep.
//! - **unlock**: add a turn, which clears LOCKED: one access too, whatever the word says. What was there before tells whether
//!   more is to do. If a thread is queued, and none is on its way and none looks, wake the first one and say so (WAKING): from
//!   there it is the *designated* thread. It takes the lock when it is free. If it finds it locked it says that it is there
//!   (ARRIVED), and that the next turn is the last; if that takes too long, it goes back to the *front* of the queue.
//! - **unlock, last turn**: the count of turns overflows and LOCKED stays set: the thread holds the lock still, and can
//!   read the word and decide what is to become of it. It hands the lock over if the designated thread has arrived: HANDED
//!   says for whom LOCKED is set, and nobody but the designated thread can take such a lock. It looks at the clock and at the
//!   bound on bypasses. If there is nothing of that kind, it frees the lock, and another round of turns begins.
//! - **unlock, fair**: the lock is not freed first, and is handed over to the designated thread or the first in the queue.
//! - **unlock, late**: the designated thread was woken [`PATIENCE`] ago, so it waits for a processor. Those who pass the lock
//!   to and fro have one. LOCKED, HANDED and ASIDE are set: the designated thread may take the lock; anybody else who comes
//!   *steps aside*, which is to queue up, and to open the lock for all others in the same step. So one thread has left its
//!   processor, and the lock was out of use only until that one came.
//! - **for a thread that has come in vain** `RETURNS` times: the same, for sections that are longer than
//!   a thread looks. When it is woken, the word says ASIDE and the next turn is the last: that one puts the lock aside, if the
//!   thread has not arrived.
//! - **every `CHECK` rounds** a last turn hands over to the designated thread, and to each one that has waited that long.
//!
//! # Invariants
//!
//! 1. LOCKED is set if and only if a thread holds the lock or HANDED is set.
//! 2. WAKING is set if and only if there is a designated thread: one that was taken out of the queue by an
//!    unlock, and has not yet taken the lock, gone back to the queue or given up. There is at most one. HANDED
//!    is set only while WAKING and LOCKED are, and ASIDE and ARRIVED only while WAKING is.
//! 3. QUEUED is set if and only if the queue is not empty, whenever the bucket is not locked. It changes
//!    only while it is. (A condvar may take a node out that it has moved here, but never the last one.)
//! 4. If threads are queued and the lock is free, WAKING or LOOKING is set, or a thread has just freed the lock and is about
//!    to wake the first: somebody is awake who sees to it (and who sees to it when he has a processor). So a thread queues
//!    up, or gives up being designated or looking, only while LOCKED is set: then an unlock will come that sees QUEUED, and
//!    wakes, or leaves it to the other of the two. Who steps aside frees the lock, and WAKING is set.
//! 5. LOOKING is set if and only if a thread has set it that has not yet taken the lock or queued up. There is at most one.
//! 6. The count of rounds is zero if nobody is queued or designated. It says how many were begun, and none has more than
//!    `TURNS` bypasses: a round ends with a last turn, which may come sooner. So since a node was queued there were fewer
//!    than `TURNS` times one more than the rounds since.
//! 7. While HANDED is set, so is the last turn.
//! 8. After LOCKED was cleared the lock may be gone: the next owner may free it. An unlock that wakes goes on with the address
//!    alone. If somebody waits for a mutex that is there, the first node of the queue at that address names it; and it stays there
//!    while the bucket is locked, and so does the mutex. That may be another mutex by now: then its first waiter is woken for
//!    nothing, and goes back.
//!
//! # Why the unlock asks nothing
//!
//! An unlock that is to know the word before it changes it reads it first. If another thread has tried to lock meanwhile, that
//! brings the word's cache line here for reading, and the change brings it once more; and while somebody waits it takes the
//! long way. Side by side with a lock that did so (a compare-exchange from LOCKED to 0), 8 threads do 1.4 times as much with
//! nothing inside and nothing outside, 1.7 times with 50 ns outside, 1.2 times with 50 ns inside, and alone as much.
//! To let come first who comes first, and then to wake, is what makes it fast. What is given up is that *this* unlock hands over.
//! So those who need that make it the last turn beforehand.
//!
//! # Who looks
//!
//! Who looks takes no part in the queue, so a lock that is passed to and fro between running threads wakes nobody, and those
//! who sleep go on sleeping: with more threads than processors that is as fast as it gets. More than one who looks would be
//! in each other's way. Before LOOKING is set everybody looks for a moment, for to set it takes the word's cache line from
//! whoever holds the lock, and most sections are over by then. Side by side with the same lock without LOOKING, whose threads
//! queued up as soon as somebody was queued, 4 and 32 threads with a microsecond inside and outside did 1.7 and 2.3 times as
//! much. How often to look is learnt from the count of turns, which says how many sections were missed between two looks.
//!
//! # Fairness
//!
//! A running thread may take a free lock although others wait, which is what makes contended locks fast.
//! The queue is in order of arrival, and the designated thread is the one that came first; so at any time the
//! first in the queue was bypassed most often. The word counts rounds of bypasses; a node remembers what the count was
//! when it queued up.
//!
//! At every `CHECK`th round an unlock hands the lock over if there is a designated
//! thread, or if the first in the queue has waited for `CHECK` rounds or more; the lock is not freed then, so the
//! count stays, and the next unlock does the same for the next thread. So at the *second* such count that a
//! thread sees while it waits, it and all before it are served. It is bypassed no more than `BYPASSES` times,
//! which is twice `CHECK` rounds. `models::mutex::bypass_bound` counts it.
//!
//! That is a bound for what a program does in its worst case, and is rarely reached. What serves those who wait is time: the last
//! turn of each round looks at a clock. If the last thread was woken `PATIENCE` ago, the next one is woken, though somebody
//! looks; if it was woken and has not come, the unlock is a late one. A hand-over to a thread that waits for a
//! processor would put the lock out of use until it has one, and everybody else to sleep who comes meanwhile: with 32
//! threads that did a fifth to a half of what stepping aside does, for waits as long. The clock is one
//! for all locks whose queues are in the same bucket, and one of them may take the time that another one waits for: then the
//! count is what is left.
//!
//! # Ordering
//!
//! Claiming is Acquire, releasing is Release, on the same word: edge [M1] of
//! `docs/memory-ordering.md`. Who steps aside or wakes changes a word that it does not own, and orders nothing: what the unlock
//! released goes on through read-modify-writes to whoever takes the lock. The queue has its own edges.

use core::ptr;

use lock_api::RawMutexTimed;

use crate::sys::{
    self, AtomicU32, Duration, Instant,
    Ordering::{Acquire, Relaxed, Release},
    Sight,
};
use crate::trace::{self, Span};

use super::guard::{GUARD, Guard};
use super::mutex_word::*;
use super::queue::{self, Chain, Node, Note, Queue, WAITING};

/// What it is called in a picture.
pub(super) const KIND: &str = "Mutex";

/// How long a thread that was woken may wait for a processor before another one steps aside; and how long nobody is woken
/// because somebody looks. With many threads their longest wait grows with it: with 50 microseconds 32 threads wait half as
/// long as with 75 or 100, and do 3 % less.
const PATIENCE: Duration = Duration::from_micros(75);
/// On the note of a thread that a condvar has moved here, and that was told nothing since. The rest of `wants` says how often a
/// thread has come in vain.
pub(super) const MOVED: u32 = 1 << 31;

// What a node is told.

/// It is designated.
const LOOK: u32 = 1;
/// For a condvar: it was notified, and will be told the rest.
pub(super) const MOVING: u32 = 2;
/// For a condvar: it was notified, and is on its own.
pub(super) const NOTIFIED: u32 = 3;

/// The lock behind [`Mutex`](crate::Mutex): 4 bytes, and a queue elsewhere while somebody waits.
#[derive(Debug)]
pub struct RawMutex {
    /// See the layout in `mutex_word.rs`.
    word: AtomicU32,
}

/// What a thread does before it queues up for a lock that is held.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Manner {
    /// It looks for a while, if nobody else does: others may come and be faster.
    Looks,
    /// No more than a glance, so that it has its place in the queue.
    QueuesUp,
}

/// Whether a thread looks for the lock, and may have it left to it.
fn is_looked_for(state: u32) -> bool {
    // The child of a fork has a copy of the word, and not of the thread.
    is_looking(state) && queue::table_number() == 0
}

impl RawMutex {
    /// An unlocked mutex.
    #[inline]
    pub(super) const fn new() -> Self {
        Self {
            word: AtomicU32::new(UNLOCKED),
        }
    }

    // --- fast paths ---------------------------------------------------------------------------

    /// Takes the lock if it is free.
    #[inline]
    fn take(&self) -> bool {
        // Whatever else the word says: with a compare-exchange, which has to know it, a lock with waiters takes twice as long.
        //
        // Acquire: pairs with the Release of the unlock [M1].
        !is_locked(self.word.fetch_or(LOCKED_BIT, Acquire))
    }

    #[inline]
    #[track_caller]
    pub(super) fn acquire(&self, kind: &'static str, manner: Manner) {
        let span = trace::span(self, kind, "lock");
        if !self.take() {
            self.acquire_without_deadline(manner);
        }
        span.acquired();
    }

    #[inline]
    #[track_caller]
    pub(super) fn try_acquire(&self, kind: &'static str) -> bool {
        let span = trace::span(self, kind, "try_lock");
        let taken = self.take();
        if taken {
            span.acquired();
        } else {
            span.refused();
        }
        taken
    }

    #[inline]
    #[track_caller]
    pub(super) fn acquire_until(
        &self,
        kind: &'static str,
        manner: Manner,
        deadline: Instant,
    ) -> bool {
        let span = trace::span(self, kind, "try_lock_until");
        let locked = self.take() || self.acquire_contended(manner, Some(deadline));
        if locked {
            span.acquired()
        } else {
            span.refused()
        }
        locked
    }

    /// # Safety
    ///
    /// The caller holds the lock and gives it up.
    #[inline]
    #[track_caller]
    pub(super) unsafe fn release(&self, kind: &'static str) {
        let span = trace::span(self, kind, "unlock");
        // Whatever the word says: one access, and it needs the word's cache line once. With a compare-exchange, which has to know
        // what the word says, two threads with nothing inside do a sixth less.
        //
        // Release: pairs with the Acquire of whoever takes the lock next [M1].
        let state = sys::add_counting(
            &self.word,
            LOCKED_BIT | ONE_TURN,
            Release,
            LOCKED_BIT,
            needed,
        );
        // From here on the lock may be gone, if it was not kept.
        if is_done_with(state) {
            span.released();
        } else {
            self.release_the_rest(state, span);
        }
    }

    /// # Safety
    ///
    /// The caller holds the lock and gives it up.
    #[inline]
    #[track_caller]
    pub(super) unsafe fn release_fair(&self, kind: &'static str, action: &'static str) {
        let span = trace::span(self, kind, action);
        // A guess, that nobody waits; and a look, which need not be had.
        let state = sys::glimpse(&self.word, LOCKED_BIT);
        if state & !(LAST_TURN | CARRY) != LOCKED_BIT {
            return self.release_contended(state, true, span);
        }
        // Release: pairs with the Acquire of whoever takes the lock next [M1].
        match self
            .word
            .compare_exchange(state, UNLOCKED, Release, Relaxed)
        {
            Ok(_) => span.released(),
            Err(state) => self.release_contended(state, true, span),
        }
    }

    // --- slow paths ---------------------------------------------------------------------------

    /// Looks at the word, which was `state` when it was looked at before, for one that is `ready`.
    fn sight(&self, state: &mut u32, ready: fn(u32) -> bool) -> Sight {
        let before = *state;
        *state = self.word.load(Relaxed); // a hint
        Sight {
            ready: ready(*state),
            missed: turns_since(before, *state) > 1,
        }
    }

    /// Where this lock's queue is found.
    fn key(&self) -> *const () {
        ptr::from_ref(self).cast()
    }

    /// The slow path of [`acquire`](Self::acquire), out of the way of the fast one.
    #[cold]
    #[track_caller]
    fn acquire_without_deadline(&self, manner: Manner) {
        let locked = self.acquire_contended(manner, None);
        assert!(locked, "without a deadline there is no giving up");
    }

    /// Takes the lock, or queues up and waits for it. `false` if the deadline came first.
    #[cold]
    #[track_caller]
    fn acquire_contended(&self, manner: Manner, deadline: Option<Instant>) -> bool {
        let mut state = LOCKED_BIT; // a guess for the models, where a glance sees nothing
        sys::glance(|| self.sight(&mut state, ends_the_look)); // a hint, checked by the compare-exchange below
        let mut may_look = manner == Manner::Looks && sys::is_looking_of_use();
        if may_look {
            queue::prepare_for_forks(); // for `is_looked_for`
        }
        // LOOKING, if it was set by this thread.
        let mut mine = 0;
        let mut queue = None;
        loop {
            let looks = may_look && !is_looking(state) && !is_out_of_reach(state);
            let next = if !is_locked(state) {
                (state | LOCKED_BIT) & !mine
            } else if looks {
                state | LOOKING_BIT
            } else if queue.is_none() {
                may_look = false;
                queue = Some(Queue::lock(self.key()));
                continue;
            } else {
                queued(state) & !mine
            };
            // Also when it changes nothing: then it says that the lock is held (invariant 4).
            //
            // Acquire: for the case that takes the lock, pairs with the Release of the unlock [M1].
            match self.word.compare_exchange(state, next, Acquire, Relaxed) {
                Ok(_) if !is_locked(state) => return true,
                Ok(_) if looks => {
                    may_look = false;
                    mine = LOOKING_BIT;
                    state = next; // a guess, again
                    sys::look(|| self.sight(&mut state, ends_the_look));
                    sys::learn(!is_locked(state));
                }
                Ok(_) => break,
                Err(actual) => state = actual,
            }
        }
        let node = Node::new(Note {
            mutex: self.key(),
            ..Note::EMPTY
        });
        if let Some(mut queue) = queue {
            if queue.is_empty() && !is_waking(state) {
                queue::rhythm(self.key()).restart();
            }
            // SAFETY: this thread's own node, which `acquire_queued` does not leave before it is out.
            unsafe { queue.append(node.pointer(), rounds(state) as usize) }
        }
        let locked = self.acquire_queued(&node, deadline);
        node.retire();
        locked
    }

    /// Waits for the lock with a node that was put into its queue. `false` if the deadline came first.
    #[track_caller]
    fn acquire_queued(&self, node: &Node, deadline: Option<Instant>) -> bool {
        loop {
            if node.sleep_for(self, deadline).is_none() {
                if self.withdraw(node) {
                    if deadline.is_none() {
                        waits_for_itself();
                    }
                    return false;
                }
                // An unlock has taken the node out, and says so in a moment. Then this thread is designated.
                node.sleep(WAITING, None);
                if deadline.is_some() {
                    return self.leave();
                }
            }
            if self.claim(node) {
                return true;
            }
        }
    }

    /// The designated thread takes the lock, or goes back to the front of the queue. Returns whether it took it.
    fn claim(&self, node: &Node) -> bool {
        // What the unlock has made of the word: a guess for the models, where a glance sees nothing. If it is wrong, the
        // compare-exchange says what is there.
        let mut state = WAKING_BIT;
        sys::glance(|| self.sight(&mut state, is_claimable));
        let mut arrives = sys::looks();
        let mut queue = None;
        loop {
            let next = if is_claimable(state) {
                claimed(state)
            } else if arrives {
                last_turn(state | ARRIVED_BIT)
            } else if queue.is_none() {
                // Before the node can be found in the queue, or what it is told next would be lost.
                node.forget();
                queue = Some(Queue::lock(self.key()));
                continue;
            } else {
                undesignated(state | QUEUED_BIT)
            };
            // Acquire: for the claim, pairs with the Release of the unlock [M1].
            match self.word.compare_exchange(state, next, Acquire, Relaxed) {
                Ok(_) if is_claimable(state) => return true,
                Ok(_) if arrives => {
                    arrives = false;
                    state = next; // a guess, again
                    sys::look(|| self.sight(&mut state, is_claimable));
                }
                Ok(_) => break,
                Err(actual) => state = actual,
            }
        }
        if let Some(mut queue) = queue {
            // SAFETY: this thread's own node, in no queue.
            unsafe { Node::annotate(node.pointer(), |note| note.wants += 1) }
            // In front, with its old mark: nobody may overtake it but those that the mark counts.
            //
            // SAFETY: this thread's own node, in no queue, and the caller goes back to sleep on it.
            unsafe { queue.prepend(node.pointer()) }
        }
        false
    }

    /// The deadline has passed: takes the node out of the queue; `false` if an unlock was faster.
    #[cold]
    fn withdraw(&self, node: &Node) -> bool {
        let mut queue = Queue::lock(self.key());
        // SAFETY: this thread's own node. It is in this queue or in none; one that a condvar has moved here has a deadline
        // in debug builds only.
        if !unsafe { queue.withdraw(node.pointer()) } {
            return false;
        }
        if queue.is_empty() {
            let mut state = LOCKED_BIT | QUEUED_BIT; // a guess
            // Relaxed: QUEUED says nothing about memory, and changes under the bucket's lock.
            while let Err(actual) =
                self.word
                    .compare_exchange(state, dequeued(state), Relaxed, Relaxed)
            {
                state = actual;
            }
        }
        true
    }

    /// The deadline of the designated thread has passed. Returns whether there was something to take.
    #[cold]
    fn leave(&self) -> bool {
        let mut state = WAKING_BIT; // a guess
        loop {
            let next = if is_claimable(state) {
                // A lock that is free is worth more than being on time; and one that was handed over
                // may not be left behind.
                claimed(state)
            } else {
                // Somebody holds the lock, and its unlock will wake the next (invariant 4).
                undesignated(state)
            };
            // Acquire: for the claim, pairs with the Release of the unlock [M1].
            match self.word.compare_exchange(state, next, Acquire, Relaxed) {
                Ok(_) => return is_claimable(state),
                Err(actual) => state = actual,
            }
        }
    }

    /// The rest of an unlock that has found `state`: somebody is queued and nobody on the way, or it was the last turn; or nobody
    /// held the lock, which is a mistake.
    #[cold]
    #[track_caller]
    fn release_the_rest(&self, state: u32, span: Span) {
        let now = unlocked(state);
        if !is_locked(state) {
            if is_locked(now) {
                // Nobody held the lock, and now this thread does.
                self.release_contended(now, false, span);
            }
            not_locked();
        } else if is_locked(now) {
            self.release_contended(now, false, span);
        } else {
            span.released();
            if !is_looked_for(state) {
                wake_first(self.key());
            }
        }
    }

    /// Unlocks a mutex that this thread holds still, whoever waits for it.
    #[cold]
    #[track_caller]
    fn release_contended(&self, mut state: u32, fair: bool, span: Span) {
        let key = self.key();
        let mut queue: Option<Queue> = None;
        let is_late = !fair && is_waited_for(state) && queue::rhythm(key).is_due(PATIENCE);
        let calls = loop {
            if !is_locked(state) || is_handed(state) {
                drop(queue);
                return self.was_not_locked(state);
            }
            let mut calls = false;
            let next = if is_waking(state) {
                if fair || is_check(state) || has_arrived(state) {
                    handed(state)
                } else if is_late || is_aside(state) {
                    put_aside(state)
                } else {
                    freed(state)
                }
            } else if !is_queued(state)
                || is_looked_for(state) && !(fair || is_check(state) || is_late)
            {
                freed(state)
            } else if let Some(queue) = &queue {
                if let Some(first) = queue.first() {
                    calls = true;
                    let woken = designated(state, !queue.has_one(), first.wants & !MOVED);
                    if fair || has_waited_long(first.mark, state) {
                        handed(woken)
                    } else if is_aside(woken) {
                        put_aside(woken)
                    } else {
                        freed(woken)
                    }
                } else {
                    // They have given up, and the word says so: this will be refused. Or they are not in this process (after a
                    // fork), and the word says so from here on.
                    state & LOOKING_BIT
                }
            } else {
                queue = Some(Queue::lock(key));
                continue;
            };
            // Release: pairs with the Acquire of whoever takes the lock next [M1].
            match self.word.compare_exchange(state, next, Release, Relaxed) {
                // From here on the lock may be gone.
                Ok(_) => {
                    if is_handed(next) {
                        span.handed_over();
                    } else {
                        span.released();
                    }
                    break calls;
                }
                Err(actual) => state = actual,
            }
        };
        if calls && let Some(queue) = queue {
            call_first(queue);
        }
    }

    /// An unlock has found that nobody holds the lock: it leaves the word as it should be, and says so.
    #[cold]
    #[track_caller]
    fn was_not_locked(&self, mut state: u32) {
        // Relaxed: it puts right what this thread has changed.
        while is_handed(state)
            && let Err(actual) =
                self.word
                    .compare_exchange(state, last_turn(state), Relaxed, Relaxed)
        {
            state = actual;
        }
        not_locked();
    }

    /// Hands the lock to somebody who waits for it: `true`; or finds that nobody does: `false`, and the caller holds it
    /// still.
    ///
    /// # Safety
    ///
    /// The caller holds the lock and gives it up.
    #[cold]
    #[track_caller]
    pub(super) unsafe fn hand_over(&self, kind: &'static str, action: &'static str) -> bool {
        let span = trace::span(self, kind, action);
        let mut queue: Option<Queue> = None;
        // A guess, that nobody waits. Also when it changes nothing: then it says so.
        let (mut state, mut next) = (LOCKED_BIT, LOCKED_BIT);
        // Release: pairs with the Acquire of the claim [M1].
        while let Err(actual) = self.word.compare_exchange(state, next, Release, Relaxed) {
            state = actual;
            if is_queued(state) && queue.is_none() {
                queue = Some(Queue::lock(self.key()));
            }
            next = match &queue {
                _ if is_waking(state) => handed(state),
                // Those who have given up since have said so in the word: this will be refused.
                Some(queue) if !queue.is_empty() => handed(designated(state, !queue.has_one(), 0)),
                _ => state,
            };
        }
        if !is_handed(next) {
            return false;
        }
        // From here on the lock may be gone.
        span.handed_over();
        if !is_waking(state)
            && let Some(queue) = queue
        {
            call_first(queue);
        }
        true
    }

    /// Whether somebody waits: a hint, for whoever comes now has not waited.
    #[inline]
    pub(super) fn has_waiters(&self) -> bool {
        is_waited_for(self.word.load(Relaxed))
    }

    /// Whether it is locked or kept for somebody: a hint, for it may be otherwise by now.
    #[inline]
    pub(super) fn is_held(&self) -> bool {
        is_locked(self.word.load(Relaxed))
    }

    // --- for the condvar ------------------------------------------------------------------------

    /// Whether somebody waits: a hint. In the models it says no, or every program would be explored for what follows; there
    /// the twin `one_more_in_any_case` does that.
    pub(super) fn seems_waited_for(&self) -> bool {
        is_waited_for(sys::glimpse(&self.word, LOCKED_BIT))
    }

    /// Whether a waiter had better be woken than moved here: a hint, which need not be had. In the models it says no.
    pub(super) fn seems_free(&self) -> bool {
        !is_locked(sys::glimpse(&self.word, LOCKED_BIT))
    }

    /// Queues up those who were notified, if the lock is held: its unlock wakes the first of them, and so on.
    /// `false`, and `chain` is as it was, if the lock is free.
    pub(super) fn adopt(&self, chain: &mut Chain) -> bool {
        let mut queue = Queue::lock(self.key());
        let mut state = LOCKED_BIT; // a guess
        loop {
            if !is_locked(state) {
                return false;
            }
            // Also when it changes nothing: then it says that the lock is held (invariant 4). Relaxed: QUEUED
            // says nothing about memory, and whoever acts on it finds the nodes under the bucket's lock.
            match self
                .word
                .compare_exchange(state, joined(state), Relaxed, Relaxed)
            {
                Ok(_) => break,
                Err(actual) => state = actual,
            }
        }
        if queue.is_empty() && !is_waking(state) {
            queue::rhythm(self.key()).restart();
        }
        while let Some(node) = chain.pop() {
            // SAFETY: taken out of the condvar's queue and not told what lets its thread leave.
            unsafe { queue.append(node, rounds(state) as usize) }
        }
        true
    }

    /// Locks as a thread that [`adopt`](Self::adopt) has queued up and an unlock has told so.
    pub(super) fn acquire_adopted(&self, node: &Node, kind: &'static str) {
        let span = trace::span(self, kind, "lock");
        if !self.claim(node) {
            let locked = self.acquire_queued(node, None);
            assert!(locked, "without a deadline there is no giving up");
        }
        span.acquired();
    }
}

/// Calls the first of a queue, which is designated now, as the word says. From here on it has a time in which it is not late.
fn call_first(mut queue: Queue) {
    let key = queue.key();
    let node = queue.pop();
    drop(queue);
    if let Some(node) = node {
        queue::rhythm(key).restart();
        // SAFETY: just taken out.
        unsafe { Node::tell(node, LOOK) }
    }
}

/// Wakes the first of those who wait for the mutex that was at `key`, if nobody is on the way to it. This thread has
/// unlocked it, and it may be gone.
#[cold]
fn wake_first(key: *const ()) {
    let queue = Queue::lock(key);
    let first = match queue.first() {
        Some(first) if first.mutex == key => first,
        // They have given up; or the mutex is gone, and something else was made there.
        _ => return,
    };
    // SAFETY: the first one of the queue waits for it, and leaves only after it was taken out: it is alive while the bucket is
    // locked. (If it is another mutex than the one that was unlocked, somebody waits for that one.)
    let mutex = unsafe { &*first.mutex.cast::<RawMutex>() };
    let mut state = QUEUED_BIT; // a guess
    loop {
        if is_waking(state) || is_looked_for(state) {
            return;
        }
        let next = designated(state, !queue.has_one(), first.wants & !MOVED);
        // Relaxed: what the unlock released goes on through read-modify-writes to whoever takes the lock.
        match mutex.word.compare_exchange(state, next, Relaxed, Relaxed) {
            Ok(_) => return call_first(queue),
            Err(actual) => state = actual,
        }
    }
}

#[cold]
#[track_caller]
fn waits_for_itself() -> ! {
    panic!(
        "selvedge: a thread locks a mutex that it holds already, and would wait for itself; drop the guard first, \
         or use a ReentrantMutex"
    )
}

/// A caller's mistake; the lock is as it was.
#[cold]
#[track_caller]
fn not_locked() {
    // A second panic would end the process, and the first one tells more.
    if !sys::thread::panicking() {
        panic!(
            "selvedge: a mutex is unlocked that nobody holds; call `unlock` once for each `lock`, by \
             whoever locked it"
        )
    }
}

// SAFETY: `lock`, `try_lock` and the timed forms return a guard only after a read-modify-write that has set LOCKED_BIT in a
// word where it was clear, or that has claimed a hand-over, which the one designated thread does (invariants 1 and 2); only
// the holder clears it, or, of a lock that was put aside and has none, who steps aside. So there is one holder. Nothing here
// unwinds while it holds the lock. A mutex that is locked may be moved or dropped: the word is all there is.
unsafe impl lock_api::RawMutex for RawMutex {
    const INIT: Self = Self::new();
    type Guard = Guard;

    #[inline]
    #[track_caller]
    fn lock(&self) -> Guard {
        self.acquire(KIND, Manner::Looks);
        GUARD
    }

    #[inline]
    #[track_caller]
    fn try_lock(&self) -> Option<Guard> {
        self.try_acquire(KIND).then_some(GUARD)
    }

    #[inline]
    #[track_caller]
    unsafe fn unlock(&self, _guard: Guard) {
        // SAFETY: the caller gives the state of its acquisition, so it holds the lock.
        unsafe { self.release(KIND) }
    }

    #[inline]
    fn is_locked(&self) -> bool {
        self.is_held()
    }
}

// SAFETY: as for `RawMutex`; a fair unlock gives the lock up to exactly one claimant.
unsafe impl lock_api::RawMutexFair for RawMutex {
    #[inline]
    #[track_caller]
    unsafe fn unlock_fair(&self, _guard: Guard) {
        // SAFETY: the caller gives the state of its acquisition, so it holds the lock.
        unsafe { self.release_fair(KIND, "unlock_fair") }
    }

    #[inline]
    #[track_caller]
    unsafe fn bump(&self, _guard: &mut Guard) {
        if self.has_waiters() {
            // SAFETY: the caller holds the lock.
            unsafe { self.release_fair(KIND, "bump") }
            self.acquire(KIND, Manner::Looks);
        }
    }
}

// SAFETY: as for `RawMutex`; a timed form that gives up holds nothing and has deregistered.
unsafe impl RawMutexTimed for RawMutex {
    type Duration = Duration;
    type Instant = Instant;

    #[inline]
    #[track_caller]
    fn try_lock_for(&self, timeout: Duration) -> Option<Guard> {
        match sys::deadline_after(timeout) {
            Some(deadline) => self.try_lock_until(deadline),
            None => {
                self.acquire(KIND, Manner::Looks);
                Some(GUARD)
            }
        }
    }

    #[inline]
    #[track_caller]
    fn try_lock_until(&self, deadline: Instant) -> Option<Guard> {
        self.acquire_until(KIND, Manner::Looks, deadline)
            .then_some(GUARD)
    }
}

#[cfg(all(
    test,
    not(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))
))]
mod tests {
    use lock_api::RawRwLock as _;

    use super::*;
    use crate::raw::RawRwLock;
    use crate::sys::thread;

    #[test]
    fn an_unlock_that_comes_late_leaves_alone_what_was_made_at_its_address() {
        static LOCK: RawRwLock<false> = RawRwLock::INIT;
        let key = ptr::from_ref(&LOCK).cast();
        let guard = LOCK.lock_exclusive();
        let waiter = thread::spawn(|| {
            let _guard = LOCK.lock_exclusive();
        });
        queue::until_somebody_waits(key);
        wake_first(key);
        assert!(!Queue::lock(key).is_empty());
        // SAFETY: this thread has locked it.
        unsafe { LOCK.unlock_exclusive(guard) }
        waiter.join().expect("it waits and does not panic");
    }

    #[test]
    fn an_unlock_that_comes_late_wakes_who_waits_for_another_mutex_and_that_one_waits_on() {
        static MUTEX: RawMutex = RawMutex::new();
        MUTEX.acquire(KIND, Manner::Looks);
        let waiter = thread::spawn(|| MUTEX.acquire(KIND, Manner::Looks));
        queue::until_somebody_waits(MUTEX.key());
        wake_first(MUTEX.key());
        queue::until_somebody_waits(MUTEX.key()); // it has gone back
        // SAFETY: this thread has locked it.
        unsafe { MUTEX.release(KIND) }
        waiter.join().expect("it waits and does not panic");
    }

    #[test]
    fn an_unlock_that_comes_late_may_find_nobody() {
        wake_first(ptr::dangling());
    }
}
