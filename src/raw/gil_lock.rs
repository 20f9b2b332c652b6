//! The lock of an interpreter: in one 4-byte word, with its waiters in a [queue](super::queue).
//!
//! # What
//!
//! One thread at a time is attached. It holds the lock for long, and looks now and then, at *checkpoints*, whether
//! somebody has asked for it.
//!
//! ```text
//!   31            5      4         3         2         1        0
//!  +---------------+---------+----------+---------+--------+--------+
//!  |       0       |  FINAL  | FAVOURED |  ASKED  | QUEUED |  HELD  |
//!  +---------------+---------+----------+---------+--------+--------+
//! ```
//!
//! # How
//!
//! - **enter**: `0 → HELD`. If that fails: take a lock that is free although others queue, or queue up and sleep. The
//!   first in the queue has a *clock*: when that has run down and there was no hand-over meanwhile, it *asks* (ASKED), and
//!   sleeps on.
//! - **checkpoint**: one load. If it finds ASKED, *give way*: with the bucket locked, take the first out of the queue,
//!   and append oneself. The word stays HELD all the time, now for the other, who is told so. Nobody can come between, and the
//!   giver has its turn after those who were there before it, or goes on with it (see "Threads that come back").
//! - **leave**: `HELD → 0`. If that fails there are waiters. If somebody has asked, hand over to the first, as above. If
//!   not, free the lock, and tell the first to look, unless it was told and has not looked yet.
//! - **whoever was told to look** is in the queue still. With the bucket locked it takes the lock if that is free, and
//!   itself out of the queue. If somebody else was faster, it sleeps on: it has lost nothing, and least of all its place.
//! - **finalize**: the holder sets FINAL, takes everybody out of the queue and tells them.
//!
//! Why does leaving free the lock, where a checkpoint hands it over? A thread that leaves for a moment (a system call
//! that does not block) takes the lock back before the one that it woke has begun to run, and nobody has lost anything;
//! after a hand-over it would wait for the other one to wake and to give way, each time. That is a *lock convoy*: a lock
//! that is held for microseconds changes hands as slowly as threads wake. Whoever is overtaken like that asks when its
//! clock has run down, and from then on every way to let the lock go is a hand-over.
//!
//! # Threads that come back
//!
//! A thread that was away for something slow needs the lock for a moment, and then is away again. With a clock of its own
//! it waits for a whole interval each time, and the slower the others are, the more of them wait before it: the *convoy
//! effect*. So under `returning: Some(after)` a thread that comes back (RETURNING on its node) overtakes those in the
//! queue who do not, and its clock is `after`; if that is nothing, it asks at once.
//!
//! It interrupts the *turn* of a thread that computes. That one goes on when the other is away again, before those who wait
//! for a turn of their own (INTERRUPTED on its node), unless somebody is worn (see below), or it was within another one's turn
//! itself: that one is queued as INTERRUPTED. If each answer ended a turn instead, two threads that compute would
//! change places with each, and mostly processors, too: with requests back to back there were 1 000 to 5 000 answers in a
//! second where there are 90 000 now, nearly as many as beside one such thread. A turn ends in time: after an interval whoever is
//! interrupted goes to the end of the queue. (That is a clock and no count, so that turns are equally long however often they are
//! interrupted. When those who waited were worn down by the interruptions, one of two threads had nine tenths.)
//!
//! Two things bound all this:
//!
//! - Who was overtaken in the queue [`OVERTAKES`] times is *worn*. (Not counted is who comes back within a turn that lasts
//!   still: that time is taken from whoever has the turn.) A thread that comes back queues behind the first that is worn, and
//!   before the others. So while threads come back all the time, of those who are worn one has its turn before each of them;
//!   and who comes back waits for one of them, however many there are.
//! - Against a holder that is FAVOURED (it has come back itself, or it was overtaken as often as may be) a clock is
//!   no shorter than an interval's [`FAVOUR`]th part. Without that, threads that come back would interrupt one another.
//!   Who computes on for long after coming back is interrupted then, and is like the others.
//!
//! # Invariants
//!
//! 1. HELD is set if and only if a thread is attached, or was told or is about to be told that it is. While HELD is set,
//!    the word changes only with the bucket locked, but for the holder's leaving.
//! 2. QUEUED is set if and only if the queue is not empty, whenever the bucket is not locked. It changes only while it
//!    is. (After a `fork` it may be set with nobody in the queue.)
//! 3. If the lock is free and threads are queued, the first of them was told to look (LOOKS on the node) and has not looked
//!    yet. So whoever frees the lock tells the first, with the bucket locked; a thread queues up only by a compare-exchange
//!    that finds HELD; and one that was told to look sleeps on, or goes away, only if it finds HELD with the bucket locked.
//!    Then an exit will come that finds QUEUED.
//! 4. The first in the queue has a clock, or ASKED is set. Others may sleep without one (CLOCKLESS on the node): a clock
//!    that runs down while its thread is not the first is not wound up again. So whoever takes the first out, or clears
//!    ASKED, looks whether the first is CLOCKLESS then, and reminds it.
//! 5. ASKED is cleared by a hand-over, when the queue is empty, and when the last of those who have set it (ASKER on the
//!    node) goes away: an asker that has left is not waited for.
//! 6. FINAL is never cleared. Nobody queues up when it is set, and nobody takes the lock: of those who came before, the
//!    queue was emptied by whoever has set it.
//!
//! # Fairness
//!
//! The queue is in order of arrival but for those who come back or were interrupted, and nobody loses its place by being woken
//! in vain. Only the hand-overs wind the first one's clock up again, not that others were faster: so a thread waits no longer than an
//! interval for each that is before it or overtakes it (two if that one is interrupted), and for each the time to its holder's
//! next checkpoint. (For one that comes back a holder that is favoured counts as well, once.)
//!
//! # Ordering
//!
//! Taking a free lock is Acquire, leaving is Release, on the same word: edge [G1]. Who takes it out of the queue has
//! locked the bucket after whoever freed it [W1]. Who is handed the lock acquires through its node [G2]. Whoever learns
//! that it is final sees what was done before that [G3]. After the lock is freed with nobody queued, it is not touched
//! again: the next holder may free it. With somebody queued it lives until that one is out of the queue, which takes
//! the bucket: its thread is in here.

use core::ptr;

use lock_api::GetThreadId;

use crate::raw::{GilPolicy, GilStatistics, RawThreadId};
use crate::sys::{
    self, Address, AtomicU32, Duration, Futex, Instant,
    Ordering::{Acquire, Relaxed, Release},
    Rhythm, Stopwatch, Unmodelled,
};
use crate::trace::{self, Span};

use super::queue::{Chain, Node, Note, Queue, WAITING};

/// Set while a thread is attached, or on its way after a hand-over (invariant 1).
const HELD_BIT: u32 = 1;
/// Set and cleared under the bucket's lock only (invariant 2). Illegal: to clear it with somebody in the queue.
const QUEUED_BIT: u32 = 1 << 1;
/// Set by a waiter, under the bucket's lock: the lock is to be handed over. Legal: to find it when the asker has left.
/// Illegal: to clear it and have a first in the queue that does not know (invariant 4).
const ASKED_BIT: u32 = 1 << 2;
/// Set with HELD for a holder that is not asked at once. Legal: to lose it, which costs that holder its turn.
const FAVOURED_BIT: u32 = 1 << 3;
/// Set by the holder, for ever (invariant 6).
const FINAL_BIT: u32 = 1 << 4;

const FREE: u32 = 0;

/// What it is called in a picture.
const KIND: &str = "Gil";

/// Nobody's number.
const NOBODY: usize = 0;

/// How often a thread may be overtaken in the queue by threads that come back, when there is no turn that goes on. More is
/// better for them; each of its turns against so many of theirs is what a thread that computes has then.
const OVERTAKES: usize = 16;
/// A favoured holder keeps the lock for this part of an interval.
const FAVOUR: u32 = 10;

// What a waiter is, on its node.

/// It comes back, and goes first.
const RETURNING: u32 = 1;
/// It sleeps without a clock (invariant 4).
const CLOCKLESS: u32 = 1 << 1;
/// It has asked. Legal: to find it when a hand-over has cleared ASKED since; then a request may be kept when it leaves.
const ASKER: u32 = 1 << 2;
/// It was told to look, and has not looked yet (invariant 3). Legal: to find it when the lock is held again.
const LOOKS: u32 = 1 << 3;
/// It was interrupted by one that came back, and its turn goes on.
const INTERRUPTED: u32 = 1 << 4;
/// What it is for as long as it waits.
const LASTING: u32 = RETURNING | INTERRUPTED;

// What a node is told.

/// While it is in the queue: to lock the bucket and look at its note, for the lock was free a moment ago (LOOKS) or it
/// needs a clock.
const NUDGED: u32 = 1;
/// The lock is its own.
const GRANTED: u32 = 2;
/// There is nothing to wait for any more.
const FINALIZED: u32 = 3;

/// What became of a thread that wanted to be attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attachment {
    /// It is.
    Attached,
    /// Not in time.
    TimedOut,
    /// Nobody will be.
    Finalized,
    /// It was before.
    Twice,
}

/// The lock behind [`Gil`](crate::Gil).
pub(crate) struct RawGil {
    /// See the layout at the top of this file.
    word: AtomicU32,
    /// The number of the thread that is attached, written by that thread alone. Others compare it with their own number
    /// only, so it needs no order: see `docs/memory-ordering.md`, "Relaxed, and why".
    owner: Unmodelled,
    policy: GilPolicy,
    /// Since a turn has begun.
    turn: Rhythm,
    counts: Counts,
}

/// Each is changed by the holder, or by whoever has locked the bucket.
struct Counts {
    attaches: Unmodelled,
    waits: Unmodelled,
    requests: Unmodelled,
    forced: Unmodelled,
    voluntary: Unmodelled,
    longest_wait_us: Unmodelled,
}

/// When a waiter asks.
struct Clock {
    returning: bool,
    /// Run down at this moment; `None`: never.
    runs_down: Option<Instant>,
    /// Whether the holder was favoured when it was wound up.
    favoured: bool,
    /// How many hand-overs there had been when it was wound up.
    wound_up_at: usize,
}

/// Why a thread has woken that was not told the end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Why {
    /// It was told to look at its note.
    Nudged,
    /// Its clock has run down.
    Asks,
    /// Its deadline has come.
    GivesUp,
}

fn is_held(state: u32) -> bool {
    state & HELD_BIT != 0
}

fn is_queued(state: u32) -> bool {
    state & QUEUED_BIT != 0
}

fn is_asked(state: u32) -> bool {
    state & ASKED_BIT != 0
}

fn is_favoured(state: u32) -> bool {
    state & FAVOURED_BIT != 0
}

fn is_final(state: u32) -> bool {
    state & FINAL_BIT != 0
}

/// The word after a free lock was taken.
fn taken(state: u32, favoured: bool) -> u32 {
    state | HELD_BIT | if favoured { FAVOURED_BIT } else { 0 }
}

/// The word after the holder has left without giving the lock to anybody.
fn freed(state: u32) -> u32 {
    state & !(HELD_BIT | FAVOURED_BIT)
}

/// The word after the lock was handed to a waiter.
fn handed(state: u32, note: Note) -> u32 {
    taken(freed(state) & !ASKED_BIT, has_favour(note))
}

/// The word after the queue has become empty (invariant 5).
fn dequeued(state: u32) -> u32 {
    state & !(QUEUED_BIT | ASKED_BIT)
}

/// The word after the first has gone.
fn popped(state: u32, queue: &Queue) -> u32 {
    if queue.has_one() {
        state & !QUEUED_BIT
    } else {
        state
    }
}

/// The word after this waiter has gone of its own accord (invariants 2 and 5).
fn without(state: u32, queue: &Queue, note: Note) -> u32 {
    let askers = || queue.notes().filter(|note| note.wants & ASKER != 0).count();
    if queue.has_one() {
        dequeued(state)
    } else if note.wants & ASKER != 0 && askers() == 1 {
        state & !ASKED_BIT
    } else {
        state
    }
}

/// Whether it has waited long enough to be kept out no longer.
fn is_worn(note: Note) -> bool {
    note.mark >= OVERTAKES
}

fn is_returning(note: Note) -> bool {
    note.wants & RETURNING != 0
}

fn is_interrupted(note: Note) -> bool {
    note.wants & INTERRUPTED != 0
}

/// Whether such a waiter begins a turn when it has the lock: not if it is within somebody's, or goes on with its own.
fn begins_a_turn(note: Note) -> bool {
    note.wants & LASTING == 0
}

/// Whether such a waiter is not asked at once when it has the lock.
fn has_favour(note: Note) -> bool {
    is_returning(note) || is_worn(note)
}

/// Behind whom a thread that comes back has to queue, when it is shown the notes in order: the others that come back, and
/// the first that is worn.
fn goes_before() -> impl FnMut(Note) -> bool {
    let mut none_is_worn = true;
    move |note| is_returning(note) || is_worn(note) && core::mem::take(&mut none_is_worn)
}

fn this_thread() -> usize {
    RawThreadId.nonzero_thread_id().get()
}

impl RawGil {
    /// Nobody is attached.
    pub(crate) const fn new(policy: GilPolicy) -> Self {
        Self {
            word: AtomicU32::new(FREE),
            owner: Unmodelled::new(NOBODY),
            policy,
            turn: Rhythm::new(),
            counts: Counts {
                attaches: Unmodelled::new(0),
                waits: Unmodelled::new(0),
                requests: Unmodelled::new(0),
                forced: Unmodelled::new(0),
                voluntary: Unmodelled::new(0),
                longest_wait_us: Unmodelled::new(0),
            },
        }
    }

    // --- fast paths ---------------------------------------------------------------------------

    /// Attaches this thread, and waits for it. A thread that is `returning` was attached before.
    #[inline]
    #[track_caller]
    pub(crate) fn enter(
        &self,
        action: &'static str,
        returning: bool,
        deadline: Option<Instant>,
    ) -> Attachment {
        let span = trace::span(self, KIND, action);
        let returning = returning && self.puts_returning_first();
        // Acquire: pairs with the Release in `leave` [G1].
        let attachment =
            match self
                .word
                .compare_exchange(FREE, taken(FREE, returning), Acquire, Relaxed)
            {
                Ok(_) => Attachment::Attached,
                Err(state) => self.enter_contended(state, returning, deadline),
            };
        self.entered(attachment, &span)
    }

    /// Attaches this thread if it need not wait.
    #[inline]
    #[track_caller]
    pub(crate) fn try_enter(&self) -> Attachment {
        let span = trace::span(self, KIND, "try_attach");
        let mut state = FREE;
        let attachment = loop {
            if is_final(state) {
                break self.refused();
            }
            if is_held(state) {
                break if self.is_mine() {
                    Attachment::Twice
                } else {
                    Attachment::TimedOut
                };
            }
            // Acquire: as in `enter` [G1].
            match self
                .word
                .compare_exchange(state, taken(state, false), Acquire, Relaxed)
            {
                Ok(_) => break Attachment::Attached,
                Err(actual) => state = actual,
            }
        };
        self.entered(attachment, &span)
    }

    #[inline]
    fn entered(&self, attachment: Attachment, span: &Span) -> Attachment {
        if attachment == Attachment::Attached {
            self.owner.set(this_thread());
            self.counts.attaches.increment();
            span.acquired();
        } else {
            span.refused();
        }
        attachment
    }

    /// Detaches this thread, which is attached.
    #[inline]
    #[track_caller]
    pub(crate) fn leave(&self, action: &'static str) {
        let span = trace::span(self, KIND, action);
        // Before the lock is anybody else's, who writes its own number.
        self.owner.set(NOBODY);
        // Release: pairs with the Acquire of whoever takes it next [G1]. A compare-exchange and not a store, because the
        // waiters' bits live in the same word.
        let mut left = self.word.compare_exchange(HELD_BIT, FREE, Release, Relaxed);
        if left == Err(HELD_BIT | FAVOURED_BIT) {
            // Nobody waits for one that has come back either. Release: as above [G1].
            left = self
                .word
                .compare_exchange(HELD_BIT | FAVOURED_BIT, FREE, Release, Relaxed);
        }
        match left {
            // From here on the lock may be gone.
            Ok(_) => span.released(),
            Err(state) => self.leave_contended(state, span),
        }
    }

    /// Whether somebody has asked: what the holder looks at in every checkpoint.
    #[inline]
    pub(crate) fn is_asked(&self) -> bool {
        // Relaxed: it leads to no memory, and to see it late is to give way a little later.
        is_asked(self.word.load(Relaxed))
    }

    /// What a thread is told that has found it final.
    #[cold]
    fn refused(&self) -> Attachment {
        // It reads FINAL again, which is never cleared. Acquire: pairs with the Release in `finalize` [G3].
        self.word.load(Acquire);
        Attachment::Finalized
    }

    /// Waits until somebody has asked, as a holder that computes would.
    #[track_caller]
    pub(crate) fn until_asked(&self) {
        sys::spin_until(&self.word, Relaxed, is_asked);
    }

    /// Whether a thread is attached, whether some wait for it, and whether it is final: as it was a moment ago.
    pub(crate) fn look(&self) -> (bool, bool, bool) {
        // Acquire: whoever learns that it is final sees what was done before [G3].
        let state = self.word.load(Acquire);
        (is_held(state), is_queued(state), is_final(state))
    }

    #[inline]
    pub(crate) fn policy(&self) -> GilPolicy {
        self.policy
    }

    #[allow(
        clippy::field_reassign_with_default,
        reason = "a broken twin is another crate, where a field that comes later would be missing"
    )]
    pub(crate) fn statistics(&self) -> GilStatistics {
        let micros = self.counts.longest_wait_us.get();
        let mut statistics = GilStatistics::default();
        statistics.attaches = self.counts.attaches.get();
        statistics.waits = self.counts.waits.get();
        statistics.requests = self.counts.requests.get();
        statistics.forced_hand_overs = self.counts.forced.get();
        statistics.voluntary_hand_overs = self.counts.voluntary.get();
        statistics.longest_wait = Duration::from_micros(micros as u64);
        statistics
    }

    // --- slow paths ---------------------------------------------------------------------------

    /// Where this lock's queue is found.
    fn key(&self) -> *const () {
        ptr::from_ref(self).cast()
    }

    /// Whether this thread is attached, if the lock is held.
    fn is_mine(&self) -> bool {
        // Only this thread writes its own number, and it has cleared it if it has left.
        self.owner.get() == this_thread()
    }

    fn puts_returning_first(&self) -> bool {
        matches!(
            self.policy,
            GilPolicy::Interval {
                returning: Some(_),
                ..
            }
        )
    }

    /// How many hand-overs there were. Read and changed under the bucket's lock.
    fn hand_overs(&self) -> usize {
        self.counts
            .forced
            .get()
            .wrapping_add(self.counts.voluntary.get())
    }

    /// The lock goes to this waiter.
    fn goes_to(&self, note: Note) {
        if begins_a_turn(note) {
            self.turn.restart();
        }
    }

    /// Whether the turn that there is has lasted for an interval.
    fn turn_is_over(&self) -> bool {
        match self.policy {
            GilPolicy::Interval { every, .. } => self.turn.has_run_for(every),
            _ => true,
        }
    }

    /// How long a waiter waits before it asks; `None` if it never does.
    fn patience(&self, returning: bool, state: u32) -> Option<Duration> {
        let GilPolicy::Interval {
            every,
            returning: after,
        } = self.policy
        else {
            return None;
        };
        match after {
            Some(after) if returning && is_favoured(state) => {
                // A part of never is never.
                sys::deadline_after(every).map(|_| after.max(every / FAVOUR))
            }
            Some(after) if returning => Some(after),
            _ => Some(every),
        }
    }

    /// A clock that is wound up now.
    fn clock(&self, returning: bool, state: u32) -> Clock {
        Clock {
            returning,
            runs_down: self
                .patience(returning, state)
                .and_then(sys::deadline_after),
            favoured: is_favoured(state),
            wound_up_at: self.hand_overs(),
        }
    }

    /// Whether the clock was wound up for the holder that there is: otherwise that one has more time.
    fn suits(&self, clock: &Clock, state: u32) -> bool {
        let spares_it = !clock.returning || !is_favoured(state) || clock.favoured;
        spares_it && clock.wound_up_at == self.hand_overs()
    }

    /// Takes the lock, or queues up and waits for it.
    #[cold]
    #[track_caller]
    fn enter_contended(
        &self,
        mut state: u32,
        returning: bool,
        deadline: Option<Instant>,
    ) -> Attachment {
        if is_held(state) && !is_final(state) && self.is_mine() {
            // Nobody else can change that.
            return Attachment::Twice;
        }
        let mut queue = None;
        let asks = loop {
            if is_final(state) {
                return self.refused();
            }
            let mut asks = false;
            let next = if !is_held(state) {
                taken(state, returning)
            } else if queue.is_none() {
                queue = Some(Queue::lock(self.key()));
                continue;
            } else {
                asks = self.patience(returning, state) == Some(Duration::ZERO);
                state | QUEUED_BIT | if asks { ASKED_BIT } else { 0 }
            };
            // Also when it changes nothing: then it says that the lock is held (invariant 3).
            //
            // Acquire: for the case that takes the lock, pairs with the Release in `leave` [G1].
            match self.word.compare_exchange(state, next, Acquire, Relaxed) {
                Ok(_) if !is_held(state) => return Attachment::Attached,
                Ok(_) => break asks,
                Err(actual) => state = actual,
            }
        };
        let since = Stopwatch::start();
        let mut wants = 0;
        if returning {
            wants |= RETURNING;
        }
        if asks {
            wants |= CLOCKLESS | ASKER;
        }
        let node = Node::new(Note {
            wants,
            ..Note::EMPTY
        });
        let mut clock = self.clock(returning, state);
        if asks {
            clock.runs_down = None;
            self.counts.requests.increment();
        }
        self.counts.waits.increment();
        if let Some(mut queue) = queue {
            if returning {
                // A turn ends in time, and until then who comes back takes from it, and from nobody else.
                let mark = usize::from(self.turn_is_over());
                // SAFETY: this thread's own node, which `wait` does not leave before it is out.
                unsafe { queue.overtake(node.pointer(), goes_before(), mark) }
            } else {
                // SAFETY: as above.
                unsafe { queue.append(node.pointer(), 0) }
            }
        }
        self.wait(&node, clock, deadline, since)
    }

    /// Waits with a node that was put into the queue.
    #[track_caller]
    fn wait(
        &self,
        node: &Node,
        mut clock: Clock,
        deadline: Option<Instant>,
        since: Stopwatch,
    ) -> Attachment {
        let attachment = loop {
            // Which of the two comes first is decided before it comes: a model has no clock to ask afterwards.
            let (until, asks) = match (clock.runs_down, deadline) {
                (Some(clock), Some(deadline)) if clock < deadline => (Some(clock), true),
                (Some(clock), None) => (Some(clock), true),
                (_, deadline) => (deadline, false),
            };
            let why = match node.sleep(WAITING, until) {
                Some(NUDGED) => Why::Nudged,
                None if asks => Why::Asks,
                None => Why::GivesUp,
                // What is granted was released by whoever granted it, and told with Release [G2].
                Some(GRANTED) => break Attachment::Attached,
                Some(_) => break Attachment::Finalized,
            };
            if let Some(attachment) = self.awake(node, &mut clock, why) {
                break attachment;
            }
        };
        node.retire();
        if attachment == Attachment::Attached {
            let micros = since.elapsed().as_micros();
            self.counts
                .longest_wait_us
                .raise_to(usize::try_from(micros).unwrap_or(usize::MAX));
        }
        attachment
    }

    /// The thread has woken, and was not told the end. `None`: it sleeps on.
    #[cold]
    fn awake(&self, node: &Node, clock: &mut Clock, why: Why) -> Option<Attachment> {
        let mut queue = Queue::lock(self.key());
        // SAFETY: this thread's own node, which was in this queue only.
        if !unsafe { queue.holds(node.pointer()) } {
            drop(queue);
            // Somebody has taken it out, and says in a moment what for [G2].
            return Some(match last_word(node) {
                GRANTED => Attachment::Attached,
                _ => Attachment::Finalized,
            });
        }
        // SAFETY: in this queue, whose bucket is locked.
        let note = unsafe { Node::note(node.pointer()) };
        let ended = match why {
            Why::GivesUp => Some(self.go_away(&mut queue, node, note)),
            // Whatever else it woke for: the lock was free, and if it is not, the clock is still there.
            _ if note.wants & LOOKS != 0 => self.look_at_it(&mut queue, node, note, clock),
            Why::Asks => {
                self.ask(&queue, node, note, clock);
                None
            }
            Why::Nudged => {
                // While nobody can tell it anything else.
                node.forget();
                // Relaxed: whether the holder is favoured, which only makes the clock longer.
                *clock = self.clock(clock.returning, self.word.load(Relaxed));
                None
            }
        };
        let (attachment, state) = ended?;
        // A request that is there still is answered, by a hand-over that reminds.
        let reminded = if is_asked(state) {
            None
        } else {
            remind(&mut queue)
        };
        drop(queue);
        wake(reminded);
        Some(attachment)
    }

    /// The clock has run down: asks, if the thread is the first and the clock was meant for this holder.
    fn ask(&self, queue: &Queue, node: &Node, note: Note, clock: &mut Clock) {
        let is_first = queue.is_first(node.pointer());
        let mut state = HELD_BIT | QUEUED_BIT; // a guess
        loop {
            let asks = is_first && self.suits(clock, state);
            let next = state | if asks { ASKED_BIT } else { 0 };
            // Relaxed: that somebody asks says nothing about memory.
            match self.word.compare_exchange(state, next, Relaxed, Relaxed) {
                Ok(_) => break,
                Err(actual) => state = actual,
            }
        }
        let mut wants = note.wants & LASTING;
        if !self.suits(clock, state) {
            // Whoever has the lock is entitled to an interval of its own, or to its part of one.
            *clock = self.clock(clock.returning, state);
        } else {
            clock.runs_down = None;
            wants |= CLOCKLESS;
            if is_first {
                wants |= ASKER;
                self.counts.requests.increment();
            }
        }
        // SAFETY: in this queue.
        unsafe { Node::annotate(node.pointer(), |note| note.wants = wants) };
    }

    /// The thread was told that the lock was free: takes it, and leaves the queue; or stays where it is (`None`).
    fn look_at_it(
        &self,
        queue: &mut Queue,
        node: &Node,
        note: Note,
        clock: &mut Clock,
    ) -> Option<(Attachment, u32)> {
        let mut state = QUEUED_BIT; // a guess
        let (asks, after) = loop {
            let mut asks = false;
            let next = if !is_held(state) {
                without(taken(state, has_favour(note)), queue, note)
            } else {
                asks = self.patience(clock.returning, state) == Some(Duration::ZERO);
                state | if asks { ASKED_BIT } else { 0 }
            };
            if next == state {
                // It stays held while the bucket is locked, for somebody is queued (invariant 3).
                break (asks, next);
            }
            // Relaxed: whoever has freed a lock with somebody queued did it with the bucket locked [W1].
            match self.word.compare_exchange(state, next, Relaxed, Relaxed) {
                Ok(_) => break (asks, next),
                Err(actual) => state = actual,
            }
        };
        if !is_held(state) {
            self.goes_to(note);
            // SAFETY: in this queue.
            unsafe { queue.take_out(node.pointer()) };
            return Some((Attachment::Attached, after));
        }
        // While nobody can tell it anything else.
        node.forget();
        self.counts.waits.increment();
        let mut wants = note.wants & LASTING;
        if asks {
            clock.runs_down = None;
            wants |= CLOCKLESS | ASKER;
            self.counts.requests.increment();
        } else if clock.runs_down.is_none() || !self.suits(clock, state) {
            // Also if it slept without one: it may have been reminded when it was told to look.
            *clock = self.clock(clock.returning, state);
        }
        // SAFETY: in this queue.
        unsafe { Node::annotate(node.pointer(), |note| note.wants = wants) };
        None
    }

    /// The deadline has passed: leaves the queue, without the lock; or with it, if this thread was told to look and it is
    /// free.
    fn go_away(&self, queue: &mut Queue, node: &Node, note: Note) -> (Attachment, u32) {
        let mut state = HELD_BIT | QUEUED_BIT; // a guess
        let (attachment, after) = loop {
            let (attachment, rest) = if note.wants & LOOKS != 0 && !is_held(state) {
                (Attachment::Attached, taken(state, has_favour(note)))
            } else {
                (Attachment::TimedOut, state)
            };
            let next = without(rest, queue, note);
            // Relaxed: whoever has freed a lock with somebody queued did it with the bucket locked [W1].
            match self.word.compare_exchange(state, next, Relaxed, Relaxed) {
                Ok(_) => break (attachment, next),
                Err(actual) => state = actual,
            }
        };
        if attachment == Attachment::Attached {
            self.goes_to(note);
        }
        // SAFETY: in this queue.
        unsafe { queue.take_out(node.pointer()) };
        (attachment, after)
    }

    /// Leaves a lock that has, or had, waiters.
    #[cold]
    fn leave_contended(&self, mut state: u32, span: Span) {
        let mut queue: Option<Queue> = None;
        let first = loop {
            let mut first = None;
            let next = if !is_queued(state) {
                dequeued(freed(state))
            } else if let Some(queue) = &queue {
                first = queue.first();
                match first {
                    Some(note) if is_asked(state) => handed(popped(state, queue), note),
                    Some(_) => freed(state),
                    None => dequeued(freed(state)), // after a fork
                }
            } else {
                queue = Some(Queue::lock(self.key()));
                continue;
            };
            // Release: pairs with the Acquire of whoever takes it next [G1].
            match self.word.compare_exchange(state, next, Release, Relaxed) {
                Ok(_) => break first.map(|note| (note, is_held(next))),
                Err(actual) => state = actual,
            }
        };
        // From here on the lock may be gone, unless somebody was queued: that one does not get out while the bucket is
        // locked.
        let (Some((note, hands_over)), Some(mut queue)) = (first, queue) else {
            span.released();
            return;
        };
        if !hands_over {
            span.released();
            let nudged = if note.wants & LOOKS == 0 {
                queue.remind_first(note.wants | LOOKS, NUDGED)
            } else {
                None // It has not looked yet.
            };
            drop(queue);
            wake(nudged);
            return;
        }
        span.handed_over();
        self.counts.voluntary.increment();
        self.goes_to(note);
        let node = queue.pop();
        let reminded = remind(&mut queue);
        drop(queue);
        if let Some(node) = node {
            // SAFETY: just taken out.
            unsafe { Node::tell(node, GRANTED) }
        }
        wake(reminded);
    }

    /// A checkpoint that has found ASKED: hands the lock over, and waits for its turn. `false` if it was finalized
    /// meanwhile: then this thread is not attached any more.
    #[cold]
    #[track_caller]
    pub(crate) fn give_way(&self) -> bool {
        let span = trace::span(self, KIND, "checkpoint");
        let node = Node::new(Note::EMPTY);
        let mut queue = Queue::lock(self.key());
        let mut state = HELD_BIT | QUEUED_BIT | ASKED_BIT; // a guess
        let first = queue.first();
        loop {
            let next = match first {
                Some(note) => handed(state, note),
                None => dequeued(state), // the asker has left
            };
            // Relaxed: with the bucket locked nobody can take it by the word (invariant 1), and the one whom it is given
            // to is told with Release [G2].
            match self.word.compare_exchange(state, next, Relaxed, Relaxed) {
                Ok(_) => break,
                Err(actual) => state = actual,
            }
        }
        let (Some(first), Some(next)) = (first, queue.pop()) else {
            return true;
        };
        // Before the other one is told, and writes its own number.
        self.owner.set(NOBODY);
        span.handed_over();
        self.counts.forced.increment();
        self.counts.waits.increment();
        let since = Stopwatch::start();
        let clock = self.clock(false, FREE);
        self.goes_to(first);
        let goes_on = is_returning(first)
            // Or this thread is within somebody's turn, and has none of its own.
            && !queue.notes().any(|note| is_worn(note) || is_interrupted(note))
            && !self.turn_is_over();
        if goes_on {
            // Nobody that is worn waits behind it while it is overtaken.
            let mark = queue.notes().map(|note| note.mark).max().unwrap_or(0);
            // SAFETY: this thread's own node, which `wait` does not leave before it is out.
            unsafe { queue.overtake(node.pointer(), is_returning, 0) }
            // SAFETY: in this queue.
            unsafe {
                Node::annotate(node.pointer(), |note| {
                    note.wants = INTERRUPTED;
                    note.mark = mark;
                })
            }
        } else {
            // SAFETY: as above.
            unsafe { queue.append(node.pointer(), 0) }
        }
        let reminded = remind(&mut queue);
        drop(queue);
        // SAFETY: just taken out.
        unsafe { Node::tell(next, GRANTED) }
        wake(reminded);
        let attachment = self.wait(&node, clock, None, since);
        self.entered(attachment, &span) == Attachment::Attached
    }

    /// The holder, who stays that, lets nobody else attach any more.
    #[cold]
    #[track_caller]
    pub(crate) fn finalize(&self) {
        let span = trace::span(self, KIND, "finalize");
        let mut queue = Queue::lock(self.key());
        let mut state = HELD_BIT; // a guess
        // Release: pairs with the Acquire of whoever finds it final [G3].
        while let Err(actual) =
            self.word
                .compare_exchange(state, HELD_BIT | FINAL_BIT, Release, Relaxed)
        {
            state = actual;
        }
        span.converted();
        let mut chain = Chain::new();
        while let Some(node) = queue.pop() {
            // SAFETY: just taken out, with the bucket locked.
            unsafe { chain.push(node) }
        }
        drop(queue);
        chain.tell(FINALIZED);
    }
}

/// After the first has gone, or a request has: the first may have no clock (invariant 4).
fn remind(queue: &mut Queue) -> Option<Address> {
    let note = queue.first()?;
    if note.wants & CLOCKLESS == 0 {
        return None;
    }
    queue.remind_first(note.wants & !(CLOCKLESS | ASKER), NUDGED)
}

fn wake(address: Option<Address>) {
    if let Some(address) = address {
        Futex::wake(address, 1);
    }
}

/// What a node was taken out for, which it is told in a moment if it was not yet.
fn last_word(node: &Node) -> u32 {
    let mut known = WAITING;
    loop {
        match node.sleep(known, None) {
            Some(told) if told != NUDGED => return told,
            _ => known = NUDGED,
        }
    }
}
