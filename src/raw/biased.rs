//! A readers–writer lock whose readers do not meet, as long as nobody writes.
//!
//! # What
//!
//! Readers of an ordinary [readers–writer lock](super::rwlock) exclude nobody but writers, and still all write to its one word,
//! so that its cache line goes from core to core. Here a reader writes to a *slot* instead: one of the words of a static table,
//! each on cache lines of its own, picked by the thread's seat. The slot names the lock that is read. The lock itself has
//!
//! - `lock`: the ordinary lock,
//! - `biased`: a bit for each slot of the table. Whoever finds the bit of a slot set, *after* it has written the lock's name
//!   into it, is a reader, and has not touched a line that others write;
//! - `quiet`: the same for a second table, of [quiet slots](super::quiet). A name is written there without an exchange, by the one thread
//!   that has the seat, and the writer pays for that: it has each thread execute a barrier. That is for locks that nobody has written
//!   for thousands of reads.
//!
//! # How
//!
//! - **read**: if the bit of the thread's quiet slot is set, and the slot is empty, read by that. Else,
//!   if the bit of the thread's slot is set, and the slot is empty, write the lock's name into it, and look at the bit
//!   again. If it is still set, that is all. If not, empty the slot. Otherwise read-lock `lock`; with it held, write the name
//!   into the slot, set its bit, and let `lock` go: the next time the bit is there. A slot that is in use (the thread reads
//!   something else) has a second one in its place; if that is in use too, the thread stays in `lock`. Every so often a
//!   thread that could read by a slot goes through `lock` even so, if nobody has written for long, and comes out by its quiet slot.
//! - **unlock**: empty the slot, or leave `lock`. The reader knows which: its guard says so.
//! - **write**: write-lock `lock`. If `biased` and `quiet` are not 0, make them 0, and wait for each slot whose bit was
//!   set until it does not name this lock; if `quiet` was not 0, after a heavy barrier.
//! - **give up** (a deadline, or `try_write`): set again the bits of the slots that were not seen without the name. Leave `lock`. (A
//!   `try_write` that sees a reader beforehand clears nothing.)
//! - An upgradable reader, and a writer that becomes a reader, are inside `lock`. An upgrade is one in `lock`, followed by
//!   what a writer does.
//!
//! In a picture the lock and the one inside are two objects: who reads by a slot holds the `BiasedRwLock`, all others the `RwLock`.
//!
//! A writer that waits for a slot *marks* the name in it, and sleeps on the slot's count of departures. A reader that leaves by
//! an exchange of the name for nothing fails if there is a mark; then it empties the slot, counts, and wakes.
//!
//! # Invariants
//!
//! 1. `biased` and `quiet` are changed only by those who are inside `lock`: bits are set by readers and by writers, and cleared by writers.
//!    So a writer sees all that are set, and nobody but itself changes them while it is inside.
//! 2. A bit is set for the first time by a thread that has this lock's name in its slot. So from then on nobody else has left the
//!    name of this lock there: neither a guard that was forgotten, of a lock that was at this address before, nor, of such a lock,
//!    a thread that is not there any more in the child of a `fork`. What a writer waits for in a slot whose bit was set is a
//!    reader of this lock.
//!    (There is one way around it, by hand: forget a guard, and then move a *used* lock to the address of the one that it was of.)
//! 3. Who reads by a slot has its bit set, or a writer has cleared it, has not been inside since, and either will see the name
//!    there, or sets the bit again.
//! 4. All changes of a slot that is not quiet are read-modify-writes, and a writer that looks at one changes it too, if only to
//!    what it was. See *Ordering*.
//! 5. A mark is in such a slot only beside a name, and goes with it: whoever leaves a marked slot counts and wakes. It is legal that
//!    nobody waits for that any more.
//! 6. Whoever has emptied the slot does not touch the lock again. The slots are never gone.
//!
//! # Fairness
//!
//! That of `lock`. Once a writer is inside it, no reader gets in by a slot, and those that come queue up behind it. While it is
//! still queued there, readers do: they keep out nobody, for what the writer waits for is inside `lock`, and when it has that,
//! it has only those to wait for who are in their slots then. As with the ordinary lock, a thread that reads must not ask again.
//!
//! # When there is a bias
//!
//! To take it away costs the writer a look at each slot whose bit is set, and each of those readers some more steps to set its bit
//! again. So after a write some readers go through `lock` first ([`READS_BEFORE_BIAS`]), and more of them if there were
//! many slots ([`READS_FOR_A_SLOT`]). If writes come more often than that, this is the ordinary lock, a few loads,
//! and a count.
//!
//! A writer that finds quiet slots pays for a barrier in each thread as well, a call of the system that interrupts
//! processors. So readers are quiet only after some thousands of reads by slots ([`QUESTIONS`], one each
//! [`READS_TO_A_QUESTION`]): each thread counts its own, for a count that all readers share would be what this lock is
//! to avoid. Where there is no such call, nobody ever is quiet.
//!
//! # Ordering
//!
//! A reader writes its slot and then reads `biased`; a writer writes `biased` and then reads the slot. Both might read what was
//! there before, if each had done no more than that (store buffering). A fence between would forbid it, in every reader.
//! Instead the writer does not just read the slot, but exchanges what is there for the same, and so the two accesses of
//! the slot have an order: if the writer's is first, the reader's exchange reads it, or what came of it by other exchanges, and
//! sees the cleared bit [BR1]; if it is second, it sees the name. The reader's exchange is one in any case. For this a
//! reader has to *leave* by an exchange too: a plain store would end the chain that leads from the writer to the next
//! reader.
//!
//! Who leaves a slot releases, and the writer that sees it empty acquires [BR2]. What a reader must see of the last write
//! comes to it by way of the slot as well: whoever has set its bit since has been a reader inside `lock`, and in the slot, and
//! has left the slot before this one came [BR2]. So the accesses of `biased` need no ordering. `lock` has edges of its own [R1].
//!
//! With quiet slots it is the fence after all, and the writer's barrier makes it one [BQ1]. A quiet slot's bit is set by the
//! thread that has the seat, and nobody else reads by it before that thread has given the seat up: `quiet` needs no ordering either.

use core::ptr;

use crate::sys::{
    self, AtomicPtr, AtomicUsize, CachePadded, Countdown, Duration, Futex, Instant,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
    Wait, asymmetric,
};
use crate::trace;

use super::guard::{GUARD, Guard};
use super::quiet::{EMPTY, QuietSlot};
use super::rwlock::{RawRwLock, not_inside};
use super::rwlock_word::*;

/// What it is called in a picture. The lock inside is called as it is.
const KIND: &str = "BiasedRwLock";

/// How many slots there are: a bit of a word for each.
const SLOTS: usize = usize::BITS as usize;

/// How many readers come through the ordinary lock after a write until one sets its bit. More is slower for readers, less for
/// writers and those who read between two of them. With two threads and one write in a hundred 4 was a quarter faster than 16,
/// with one in two it is a sixth slower.
const READS_BEFORE_BIAS: usize = 4;

/// And so many more for each slot that the writer had to look at, so that what all of them cost is spread over as many reads.
const READS_FOR_A_SLOT: usize = 2;

/// Every so many reads by slots a thread asks whether it may read quietly. A prime: who reads several locks in turn asks for each.
const READS_TO_A_QUESTION: usize = 61;

/// And so often it has to be asked since the last write. A writer's barrier costs 3 to 5 microseconds beside one thread that runs, and
/// so many reads take ten times that: it is a tenth at the most that is lost, and a quiet read takes a fifth of the time of another one.
const QUESTIONS: usize = 64;

static TABLE: [CachePadded<Slot>; SLOTS] = [const { CachePadded::new(Slot::new()) }; SLOTS];

static QUIET: [CachePadded<QuietSlot>; SLOTS] =
    [const { CachePadded::new(QuietSlot::new()) }; SLOTS];

/// Where a reader says what it reads.
#[derive(Debug)]
struct Slot {
    /// The name of the lock that is read, with a mark if a writer sleeps until it is not (invariant 5); or `EMPTY`.
    name: AtomicPtr<()>,
    /// How many have left a marked slot; it wraps around. A writer sleeps as long as it is what it was before it looked: it would
    /// miss 2^32 departures between that and falling asleep, no fewer.
    departures: Futex,
    /// Reads until the thread that has this slot asks again whether it may read quietly.
    until_question: Countdown,
}

impl Slot {
    const fn new() -> Self {
        Self {
            name: AtomicPtr::new(EMPTY),
            departures: Futex::new(0),
            until_question: Countdown::of(READS_TO_A_QUESTION - 1),
        }
    }

    /// Writes a name into it; `false` if there is one.
    #[inline]
    fn take(&self, name: *mut ()) -> bool {
        self.name
            // Acquire: pairs with the Release of a writer that has looked at this slot before [BR1], and of readers that have left
            // it [BR2].
            .compare_exchange(EMPTY, name, Acquire, Relaxed)
            .is_ok()
    }

    /// Empties it, and calls `report` then. An error if another name is there.
    #[inline]
    fn leave(&'static self, name: *mut (), report: impl Fn()) -> Result<(), ()> {
        // Release: pairs with the Acquire of a writer that looks at it, and of the next reader [BR2].
        match self.name.compare_exchange(name, EMPTY, Release, Relaxed) {
            Ok(_) => {
                report();
                Ok(())
            }
            Err(actual) => self.leave_marked(name, actual, &report),
        }
    }

    /// Empties it, and wakes the writer that waits for that.
    #[cold]
    fn leave_marked(
        &'static self,
        name: *mut (),
        actual: *mut (),
        report: &dyn Fn(),
    ) -> Result<(), ()> {
        if actual != marked(name) {
            return Err(());
        }
        // Release: as in `leave` [BR2]. A swap, for the mark stays as long as the name (invariant 5).
        self.name.swap(EMPTY, Release);
        report();
        // Release: whoever reads this count has found the mark gone [BR3].
        self.departures.fetch_add(1, Release);
        // A writer of another lock may sleep here too.
        Futex::wake(self.departures.address(), usize::MAX);
        Ok(())
    }

    /// Whether it does not have that name. If it has, it is marked, if that is wanted.
    fn is_without(&self, name: *mut (), mark: bool) -> bool {
        let mut found = EMPTY; // a guess
        loop {
            let named = found == name || found == marked(name);
            let next = if named && mark { marked(name) } else { found };
            // Also when it changes nothing (invariant 4). Release: whoever writes a name into it from here on sees that its bit
            // was cleared [BR1]. Acquire: pairs with the Release of those who have left [BR2].
            match self.name.compare_exchange(found, next, AcqRel, Relaxed) {
                Ok(_) => return !named,
                Err(actual) => found = actual,
            }
        }
    }

    /// Waits until it does not have that name. `false` if the deadline came first.
    #[cold]
    fn wait_without(&self, name: *mut (), deadline: Option<Instant>) -> bool {
        sys::poll(|| {
            // Relaxed: a hint.
            let found = self.name.load(Relaxed);
            found != name && found != marked(name)
        });
        loop {
            // Before the look: who leaves after it counts after this. Acquire: pairs with the Release of that [BR3].
            let departures = self.departures.fetch_add(0, Acquire);
            if self.is_without(name, true) {
                return true;
            }
            if self.departures.wait(departures, deadline) == Wait::TimedOut {
                return false;
            }
        }
    }
}

/// The name with the mark. Locks are at even addresses.
fn marked(name: *mut ()) -> *mut () {
    name.wrapping_byte_add(1)
}

const fn bit(slot: usize) -> usize {
    1 << slot
}

/// The slot that this thread writes to.
#[inline]
fn my_slot() -> usize {
    sys::thread::seat() % SLOTS
}

/// The quiet slot that nobody but this thread writes a name to, if it has one.
#[inline]
fn my_quiet_slot() -> Option<usize> {
    Some(sys::thread::seat()).filter(|&seat| seat < SLOTS)
}

/// What takes the place of a slot that is in use. No neighbour: those are the next threads'.
fn second_slot(slot: usize) -> usize {
    (slot + SLOTS / 2) % SLOTS
}

/// How a reader is inside: what reading returns, and unlocking takes.
pub struct BiasedReadState {
    /// By this slot, or through the ordinary lock.
    place: Option<Place>,
    /// Makes it stay on its thread, unless it may be sent.
    _guard: Guard,
}

/// A slot, by its number.
#[derive(Clone, Copy, Debug)]
enum Place {
    Slot(u8),
    Quiet(u8),
}

impl BiasedReadState {
    #[inline]
    const fn by(place: Option<Place>) -> Self {
        Self {
            place,
            _guard: GUARD,
        }
    }
}

/// How long a writer waits for readers in their slots.
#[derive(Clone, Copy)]
enum Patience {
    None,
    Until(Option<Instant>),
}

impl Patience {
    /// Has `wait` wait for so long, and returns what that says.
    fn waits(self, span: &trace::Span, wait: impl FnOnce(Option<Instant>) -> bool) -> bool {
        match self {
            Self::None => false,
            Self::Until(deadline) => {
                span.queued();
                wait(deadline)
            }
        }
    }
}

/// Clears the bits of `bits`, as long as `done` says so of their numbers; whether it was all of them.
fn each_bit(bits: &mut usize, mut done: impl FnMut(usize) -> bool) -> bool {
    while *bits != 0 {
        if !done(bits.trailing_zeros() as usize) {
            return false;
        }
        *bits &= *bits - 1;
    }
    true
}

/// The lock behind [`BiasedRwLock`](crate::BiasedRwLock): four words, and slots of static tables for each reader.
///
/// # Example
///
/// The raw lock has no data and no guard: what is read is unlocked by hand, with what *that* reading returned.
///
/// ```
/// use selvedge::lock_api::RawRwLock;
/// use selvedge::raw::RawBiasedRwLock;
///
/// let lock = RawBiasedRwLock::INIT;
/// let reading = lock.lock_shared();
/// assert!(lock.try_lock_exclusive().is_none());
/// // SAFETY: this thread has just locked it, and gives back what it got for that.
/// unsafe { lock.unlock_shared(reading) };
/// assert!(lock.try_lock_exclusive().is_some());
/// ```
pub struct RawBiasedRwLock {
    lock: RawRwLock,
    /// A bit for each slot by which the lock may be read (invariant 1).
    biased: AtomicUsize,
    /// The same for the quiet slots.
    quiet: AtomicUsize,
    /// Readers that have to come through `lock` before there is a bias again, and after them the [`QUESTIONS`] that have to be asked
    /// until it is quiet enough.
    unquiet: Countdown,
}

impl RawBiasedRwLock {
    const fn new() -> Self {
        Self {
            lock: RawRwLock::new(),
            biased: AtomicUsize::new(0),
            quiet: AtomicUsize::new(0),
            unquiet: Countdown::of(QUESTIONS),
        }
    }

    /// What it reports about: not its own address, which may be that of the lock inside, and that reports for itself.
    #[inline]
    fn object(&self) -> &AtomicUsize {
        &self.biased
    }

    /// What stands in a slot for it.
    #[inline]
    fn name(&self) -> *mut () {
        ptr::from_ref(self).cast_mut().cast()
    }

    // --- readers --------------------------------------------------------------------------------

    /// Reads by a slot, if there is a bias. `may_ask`: the system too, for which this thread then sleeps, and holds nothing of this lock.
    #[inline]
    #[track_caller]
    fn enter_by_slot(&self, action: &'static str, may_ask: bool) -> Option<BiasedReadState> {
        let span = trace::span(self.object(), KIND, action);
        if let Some(mine) = my_quiet_slot()
            // Relaxed: a hint, looked at again when the slot is taken.
            && self.quiet.load(Relaxed) & bit(mine) != 0
            && self.enter_quiet_slot(mine, &span)
        {
            return Some(BiasedReadState::by(Some(Place::Quiet(mine as u8))));
        }
        let mine = my_slot();
        // Relaxed: as above.
        let biased = self.biased.load(Relaxed);
        if biased == 0 || TABLE[mine].until_question.is_over() && self.ask(mine, may_ask) {
            return None;
        }
        if biased & bit(mine) != 0 && self.enter_slot(mine, &span) {
            return Some(BiasedReadState::by(Some(Place::Slot(mine as u8))));
        }
        self.enter_by_second_slot(biased, &span)
    }

    #[cold]
    fn enter_by_second_slot(&self, biased: usize, span: &trace::Span) -> Option<BiasedReadState> {
        let second = second_slot(my_slot());
        (biased & bit(second) != 0 && self.enter_slot(second, span))
            .then(|| BiasedReadState::by(Some(Place::Slot(second as u8))))
    }

    /// Reads by this slot, if it is empty and its bit is set.
    #[inline]
    fn enter_slot(&self, slot: usize, span: &trace::Span) -> bool {
        if !TABLE[slot].take(self.name()) {
            return false;
        }
        // Relaxed: not older than what a writer has made of it that has looked at the slot before, for that was acquired with
        // the slot [BR1].
        if self.biased.load(Relaxed) & bit(slot) != 0 {
            span.acquired();
            return true;
        }
        self.retract(Place::Slot(slot as u8), span);
        false
    }

    /// Reads by this thread's quiet slot, if it is empty and its bit is set.
    #[inline]
    fn enter_quiet_slot(&self, slot: usize, span: &trace::Span) -> bool {
        if !QUIET[slot].take(self.name()) {
            return false;
        }
        // Relaxed: not older than what a writer has made of it whose barrier was before that of `take` [BQ1].
        if self.quiet.load(Relaxed) & bit(slot) != 0 {
            span.acquired();
            return true;
        }
        self.retract(Place::Quiet(slot as u8), span);
        false
    }

    /// A writer was faster.
    #[cold]
    fn retract(&self, place: Place, span: &trace::Span) {
        let left = self.leave_slot(place, || span.refused());
        debug_assert!(left.is_ok(), "somebody else has emptied the slot");
    }

    /// Whether the thread that has this slot goes through `lock` for once, to read quietly from then on.
    #[cold]
    fn ask(&self, mine: usize, may_ask: bool) -> bool {
        TABLE[mine].until_question.raise_to(READS_TO_A_QUESTION - 1);
        self.unquiet.is_over()
            && my_quiet_slot().is_some_and(|own| QUIET[own].is_empty())
            // Whoever waits there would keep this thread out.
            && is_free(self.lock.look())
            && (asymmetric::is_ready() || may_ask && asymmetric::prepare())
    }

    /// This thread is inside `lock` as a reader: it reads by a slot from here on, if it may and there is one.
    #[inline]
    #[track_caller]
    fn bias(&self, action: &'static str) -> BiasedReadState {
        if self.unquiet.is_down_to(QUESTIONS) {
            self.bias_now(action)
        } else {
            BiasedReadState::by(None)
        }
    }

    #[cold]
    #[track_caller]
    fn bias_now(&self, action: &'static str) -> BiasedReadState {
        let place = self.take_quiet_slot().or_else(|| self.take_slot());
        if let Some(place) = place {
            // The bit is set when the name is there (invariant 2). No writer looks at the slot meanwhile: this thread is
            // inside `lock`.
            {
                let span = trace::span(self.object(), KIND, action);
                match place {
                    // Relaxed: who finds the bit set comes into the slot after this thread has left it [BR2].
                    Place::Slot(slot) => self.biased.fetch_or(bit(slot.into()), Relaxed),
                    // Relaxed: for this thread, or one that has its seat after it [BQ2].
                    Place::Quiet(slot) => self.quiet.fetch_or(bit(slot.into()), Relaxed),
                };
                span.acquired();
            }
            self.lock.leave_reading("unlock_read", false);
        }
        BiasedReadState::by(place)
    }

    /// Writes the name into the quiet slot of this thread, if nobody has written for long enough.
    fn take_quiet_slot(&self) -> Option<Place> {
        let mine = my_quiet_slot()?;
        (self.unquiet.left() == 0 && asymmetric::is_ready() && QUIET[mine].take(self.name()))
            .then_some(Place::Quiet(mine as u8))
    }

    /// Writes the name into a slot that is empty.
    fn take_slot(&self) -> Option<Place> {
        let mine = my_slot();
        [mine, second_slot(mine)]
            .into_iter()
            .find(|&slot| TABLE[slot].take(self.name()))
            .map(|slot| Place::Slot(slot as u8))
    }

    #[inline]
    #[track_caller]
    fn read_until(
        &self,
        action: &'static str,
        // Whoever needs not wait need not know what time it is.
        deadline: impl FnOnce() -> Option<Instant>,
    ) -> Option<BiasedReadState> {
        match self.enter_by_slot(action, false) {
            Some(state) => Some(state),
            None => self
                .lock
                .enter(READ, action, deadline())
                .then(|| self.bias(action)),
        }
    }

    #[inline]
    #[track_caller]
    fn leave_reading(&self, state: BiasedReadState, action: &'static str, fair: bool) {
        let Some(place) = state.place else {
            return self.lock.leave_reading(action, fair);
        };
        let span = trace::span(self.object(), KIND, action);
        if self.leave_slot(place, || span.released()).is_err() {
            not_inside(action);
        }
    }

    #[inline]
    fn leave_slot(&self, place: Place, report: impl Fn()) -> Result<(), ()> {
        match place {
            Place::Quiet(slot) => QUIET[usize::from(slot)].leave(self.name(), report),
            Place::Slot(slot) => TABLE[usize::from(slot)].leave(self.name(), report),
        }
    }

    // --- writers --------------------------------------------------------------------------------

    /// This thread is inside `lock` as a writer: takes the bias away, and waits for those who read by a slot. `false` if that
    /// took too long; then there is a bias as before, but for slots that nobody reads by.
    #[inline]
    #[track_caller]
    fn revoke(&self, patience: Patience) -> bool {
        // Relaxed: nobody else changes them now, and who has set a bit has left `lock` since (invariant 1).
        if self.biased.load(Relaxed) | self.quiet.load(Relaxed) != 0 {
            return self.revoke_now(patience);
        }
        self.unquiet.raise_to(QUESTIONS + READS_BEFORE_BIAS);
        true
    }

    #[cold]
    #[track_caller]
    fn revoke_now(&self, patience: Patience) -> bool {
        let span = trace::span(self.object(), KIND, "revoke");
        // One that does not wait changes nothing if it sees beforehand that somebody reads.
        if matches!(patience, Patience::None) && self.is_read_by_slot() {
            span.refused();
            return false;
        }
        // Relaxed: readers see it by way of their slots [BR1].
        let mut biased = self.biased.swap(0, Relaxed);
        // Relaxed: the barrier comes after it [BQ1].
        let mut quiet = self.quiet.swap(0, Relaxed);
        if quiet != 0 {
            asymmetric::heavy(); // [BQ1]
        }
        let slots = biased.count_ones() + quiet.count_ones();
        self.unquiet
            .raise_to(QUESTIONS + READS_BEFORE_BIAS + READS_FOR_A_SLOT * slots as usize);
        let gone = each_bit(&mut biased, |slot| {
            let slot = &TABLE[slot];
            slot.is_without(self.name(), false)
                || patience.waits(&span, |deadline| slot.wait_without(self.name(), deadline))
        }) && each_bit(&mut quiet, |slot| {
            let slot = &QUIET[slot];
            !slot.has(self.name())
                || patience.waits(&span, |deadline| slot.wait_without(self.name(), deadline))
        });
        if !gone {
            // Relaxed: nothing was written since they were set.
            self.biased.fetch_or(biased, Relaxed);
            self.quiet.fetch_or(quiet, Relaxed);
            span.refused();
        }
        gone
    }

    /// Writes, if `entered`, and no reader in a slot keeps this thread out for too long.
    #[inline]
    #[track_caller]
    fn write(&self, entered: bool, patience: Patience) -> Option<Guard> {
        if !entered {
            return None;
        }
        if !self.revoke(patience) {
            self.leave_writing("give_up", false);
            return None;
        }
        Some(GUARD)
    }

    #[inline]
    #[track_caller]
    fn leave_writing(&self, action: &'static str, fair: bool) {
        self.lock.leave_writing(action, fair);
    }

    #[inline]
    #[track_caller]
    fn leave_upgradable(&self, action: &'static str, fair: bool) {
        self.lock.leave_upgradable(action, fair);
    }

    /// An upgradable reader is the writer inside `lock`, if `upgraded`, and becomes it altogether; or is what it was.
    #[inline]
    #[track_caller]
    fn upgrade(&self, upgraded: bool, guard: Guard, patience: Patience) -> Result<Guard, Guard> {
        if !upgraded {
            return Err(guard);
        }
        if !self.revoke(patience) {
            self.lock
                .convert(WRITER_BIT, writer_to_upgradable, "downgrade_to_upgradable");
            return Err(guard);
        }
        Ok(GUARD)
    }

    /// Whether somebody read by a slot a moment ago.
    #[cold]
    fn is_read_by_slot(&self) -> bool {
        // Relaxed, here and below: out of date as soon as they are read.
        let mut biased = self.biased.load(Relaxed);
        let mut quiet = self.quiet.load(Relaxed);
        !(each_bit(&mut biased, |slot| {
            let found = TABLE[slot].name.load(Relaxed);
            found != self.name() && found != marked(self.name())
        }) && each_bit(&mut quiet, |slot| !QUIET[slot].has(self.name())))
    }
}

impl core::fmt::Debug for RawBiasedRwLock {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("RawBiasedRwLock")
            .field("lock", &self.lock)
            .field("biased", &self.biased)
            .field("quiet", &self.quiet)
            .finish()
    }
}

// SAFETY: a writer is inside `lock` alone, and goes on only when no slot whose bit was set names this lock; from before that
// until it leaves, no bit is set (invariant 1), and a reader that finds none empties its slot (invariant 3). A lock that is
// read may be moved or dropped: what is left in a slot is a name, which nobody follows, and which no other lock waits for
// (invariant 2).
unsafe impl lock_api::RawRwLock for RawBiasedRwLock {
    const INIT: Self = Self::new();
    type SharedGuard = BiasedReadState;
    type ExclusiveGuard = Guard;

    #[inline]
    #[track_caller]
    fn lock_shared(&self) -> BiasedReadState {
        match self.enter_by_slot("read", true) {
            Some(state) => state,
            None => {
                self.lock.enter(READ, "read", None);
                self.bias("read")
            }
        }
    }

    #[inline]
    #[track_caller]
    fn try_lock_shared(&self) -> Option<BiasedReadState> {
        match self.enter_by_slot("try_read", false) {
            Some(state) => Some(state),
            None => self
                .lock
                .try_enter(READ, "try_read")
                .then(|| self.bias("try_read")),
        }
    }

    #[inline]
    #[track_caller]
    unsafe fn unlock_shared(&self, state: BiasedReadState) {
        self.leave_reading(state, "unlock_read", false);
    }

    #[inline]
    #[track_caller]
    fn lock_exclusive(&self) -> Guard {
        self.lock.enter(WRITE, "write", None);
        self.revoke(Patience::Until(None));
        GUARD
    }

    #[inline]
    #[track_caller]
    fn try_lock_exclusive(&self) -> Option<Guard> {
        self.write(self.lock.try_enter(WRITE, "try_write"), Patience::None)
    }

    #[inline]
    #[track_caller]
    unsafe fn unlock_exclusive(&self, _guard: Guard) {
        self.leave_writing("unlock_write", false);
    }

    #[inline]
    fn is_locked(&self) -> bool {
        // In this order, for readers go from the lock to a slot.
        if !is_free(self.lock.look()) {
            return true;
        }
        self.is_read_by_slot()
    }

    #[inline]
    fn is_locked_exclusive(&self) -> bool {
        is_writing(self.lock.look())
    }
}

// SAFETY: as for `RawRwLock`.
unsafe impl lock_api::RawRwLockFair for RawBiasedRwLock {
    #[inline]
    #[track_caller]
    unsafe fn unlock_shared_fair(&self, state: BiasedReadState) {
        self.leave_reading(state, "unlock_read_fair", true);
    }

    #[inline]
    #[track_caller]
    unsafe fn unlock_exclusive_fair(&self, _guard: Guard) {
        self.leave_writing("unlock_write_fair", true);
    }
}

// SAFETY: as for `RawRwLock`; the change is one step, inside `lock`.
unsafe impl lock_api::RawRwLockDowngrade for RawBiasedRwLock {
    #[inline]
    #[track_caller]
    unsafe fn downgrade(&self, _guard: Guard) -> BiasedReadState {
        self.lock.convert(WRITER_BIT, writer_to_reader, "downgrade");
        BiasedReadState::by(None)
    }
}

// SAFETY: as for `RawRwLock`; a timed form that gives up holds nothing, and the bits are set again of whom it did not see leave.
unsafe impl lock_api::RawRwLockTimed for RawBiasedRwLock {
    type Duration = Duration;
    type Instant = Instant;

    #[inline]
    #[track_caller]
    fn try_lock_shared_for(&self, timeout: Duration) -> Option<BiasedReadState> {
        self.read_until("try_read_for", || sys::deadline_after(timeout))
    }

    #[inline]
    #[track_caller]
    fn try_lock_shared_until(&self, deadline: Instant) -> Option<BiasedReadState> {
        self.read_until("try_read_until", || Some(deadline))
    }

    #[inline]
    #[track_caller]
    fn try_lock_exclusive_for(&self, timeout: Duration) -> Option<Guard> {
        let deadline = sys::deadline_after(timeout);
        let entered = self.lock.enter(WRITE, "try_write_for", deadline);
        self.write(entered, Patience::Until(deadline))
    }

    #[inline]
    #[track_caller]
    fn try_lock_exclusive_until(&self, deadline: Instant) -> Option<Guard> {
        let entered = self.lock.enter(WRITE, "try_write_until", Some(deadline));
        self.write(entered, Patience::Until(Some(deadline)))
    }
}

// SAFETY: as for `RawRwLock`; there is one upgradable reader at a time, inside `lock`, and no writer beside it.
unsafe impl lock_api::RawRwLockUpgrade for RawBiasedRwLock {
    type UpgradableGuard = Guard;

    #[inline]
    #[track_caller]
    fn lock_upgradable(&self) -> Guard {
        self.lock.enter(UPGRADABLE_READ, "upgradable_read", None);
        GUARD
    }

    #[inline]
    #[track_caller]
    fn try_lock_upgradable(&self) -> Option<Guard> {
        self.lock
            .try_enter(UPGRADABLE_READ, "try_upgradable_read")
            .then_some(GUARD)
    }

    #[inline]
    #[track_caller]
    unsafe fn unlock_upgradable(&self, _guard: Guard) {
        self.leave_upgradable("unlock_upgradable_read", false);
    }

    #[inline]
    #[track_caller]
    unsafe fn upgrade(&self, _guard: Guard) -> Guard {
        self.lock.become_writer("upgrade", None);
        self.revoke(Patience::Until(None));
        GUARD
    }

    #[inline]
    #[track_caller]
    unsafe fn try_upgrade(&self, guard: Guard) -> Result<Guard, Guard> {
        self.upgrade(self.lock.try_become_writer(), guard, Patience::None)
    }
}

// SAFETY: as for `RawRwLockUpgrade`.
unsafe impl lock_api::RawRwLockUpgradeFair for RawBiasedRwLock {
    #[inline]
    #[track_caller]
    unsafe fn unlock_upgradable_fair(&self, _guard: Guard) {
        self.leave_upgradable("unlock_upgradable_read_fair", true);
    }
}

// SAFETY: as for `RawRwLockUpgrade`; each change is one step, inside `lock`.
unsafe impl lock_api::RawRwLockUpgradeDowngrade for RawBiasedRwLock {
    #[inline]
    #[track_caller]
    unsafe fn downgrade_upgradable(&self, _guard: Guard) -> BiasedReadState {
        self.lock
            .convert(UPGRADABLE_BIT, upgradable_to_reader, "downgrade_upgradable");
        BiasedReadState::by(None)
    }

    #[inline]
    #[track_caller]
    unsafe fn downgrade_to_upgradable(&self, _guard: Guard) -> Guard {
        self.lock
            .convert(WRITER_BIT, writer_to_upgradable, "downgrade_to_upgradable");
        GUARD
    }
}

// SAFETY: as for `RawRwLockUpgrade`; an upgrade that gives up is an upgradable reader as before.
unsafe impl lock_api::RawRwLockUpgradeTimed for RawBiasedRwLock {
    #[inline]
    #[track_caller]
    fn try_lock_upgradable_for(&self, timeout: Duration) -> Option<Guard> {
        let deadline = sys::deadline_after(timeout);
        self.lock
            .enter(UPGRADABLE_READ, "try_upgradable_read_for", deadline)
            .then_some(GUARD)
    }

    #[inline]
    #[track_caller]
    fn try_lock_upgradable_until(&self, deadline: Instant) -> Option<Guard> {
        self.lock
            .enter(UPGRADABLE_READ, "try_upgradable_read_until", Some(deadline))
            .then_some(GUARD)
    }

    #[inline]
    #[track_caller]
    unsafe fn try_upgrade_for(&self, guard: Guard, timeout: Duration) -> Result<Guard, Guard> {
        let deadline = sys::deadline_after(timeout);
        let upgraded = self.lock.become_writer("try_upgrade_for", deadline);
        self.upgrade(upgraded, guard, Patience::Until(deadline))
    }

    #[inline]
    #[track_caller]
    unsafe fn try_upgrade_until(&self, guard: Guard, deadline: Instant) -> Result<Guard, Guard> {
        let upgraded = self.lock.become_writer("try_upgrade_until", Some(deadline));
        self.upgrade(upgraded, guard, Patience::Until(Some(deadline)))
    }
}

#[cfg(all(
    test,
    target_os = "linux",
    target_pointer_width = "64",
    not(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))
))]
mod tests {
    use lock_api::{RawRwLock as _, RawRwLockUpgrade as _, RwLock};

    use super::*;
    use crate::sys::{AtomicBool, thread};

    /// Enough reads for a lock to be quiet.
    const ENOUGH: usize = READS_TO_A_QUESTION * (QUESTIONS + 2);

    /// Whether locks can be quiet here. Another test may ask the system just now, and gets its answer in a second.
    fn is_ready() -> bool {
        let asked = Instant::now();
        while !asymmetric::prepare() && asked.elapsed() < Duration::from_secs(1) {
            thread::yield_now();
        }
        asymmetric::is_ready()
    }

    /// Reads it, does something, and returns how it was read.
    fn read(lock: &RawBiasedRwLock, and: impl FnOnce()) -> Option<Place> {
        let state = lock.lock_shared();
        let place = state.place;
        and();
        // SAFETY: this thread has just locked it, and gives back what it got for that.
        unsafe { lock.unlock_shared(state) };
        place
    }

    /// Often enough for it to be quiet, if it can be.
    fn read_often(lock: &RawBiasedRwLock) -> bool {
        let ready = is_ready();
        for _ in 0..ENOUGH {
            read(lock, || ());
        }
        ready
    }

    fn is_read_quietly(lock: &RawBiasedRwLock) -> bool {
        matches!(read(lock, || ()), Some(Place::Quiet(_)))
    }

    #[test]
    fn a_lock_that_is_read_for_long_is_quiet_until_somebody_writes() {
        let lock = RawBiasedRwLock::new();
        for _ in 0..3 {
            for _ in 0..READS_TO_A_QUESTION * (QUESTIONS - 1) {
                assert!(!is_read_quietly(&lock));
            }
            let ready = read_often(&lock);
            assert_eq!(is_read_quietly(&lock), ready);
            read(&lock, || {
                assert!(lock.is_locked() && lock.try_lock_exclusive().is_none());
            });
            // One that was refused has changed nothing.
            assert_eq!(lock.unquiet.left(), 0);
            assert!(!lock.is_locked());
            assert_eq!(is_read_quietly(&lock), ready);
            let writing = lock.lock_exclusive();
            // SAFETY: this thread has just locked it.
            unsafe { lock.unlock_exclusive(writing) };
        }
    }

    #[test]
    fn reads_through_the_lock_inside_do_not_make_it_quiet() {
        let [lock, quiet, first, second] = [const { RawBiasedRwLock::new() }; 4];
        read_often(&quiet);
        // One for each slot that this thread has.
        read(&quiet, || {
            read(&first, || {
                read(&second, || {
                    read_often(&lock);
                    assert_eq!(lock.unquiet.left(), QUESTIONS);
                });
            });
        });
    }

    #[test]
    fn who_reads_by_the_second_slot_is_quiet_in_the_end() {
        let [lock, other] = [const { RawBiasedRwLock::new() }; 2];
        read(&other, || {
            let second = second_slot(my_slot()) as u8;
            let place = read(&lock, || ());
            assert!(
                matches!(place, Some(Place::Slot(slot)) if slot == second),
                "{place:?}"
            );
        });
        let ready = read_often(&lock);
        assert_eq!(is_read_quietly(&lock), ready);
    }

    #[test]
    fn who_would_have_to_queue_up_to_be_quiet_stays_in_its_slot() {
        let lock = RawBiasedRwLock::new();
        read(&lock, || ());
        let reading = lock.lock_upgradable();
        let ready = read_often(&lock);
        assert_eq!(lock.unquiet.left(), 0);
        assert!(!is_read_quietly(&lock));
        // SAFETY: this thread has just locked it.
        unsafe { lock.unlock_upgradable(reading) };
        read_often(&lock);
        assert_eq!(is_read_quietly(&lock), ready);
    }

    #[test]
    fn quiet_readers_and_writers_exclude_each_other() {
        const WRITES: usize = 300;
        /// Two numbers, which are the same when nobody writes.
        static PAIR: RwLock<RawBiasedRwLock, [AtomicUsize; 2]> =
            RwLock::new([const { AtomicUsize::new(0) }; 2]);
        static OVER: AtomicBool = AtomicBool::new(false);
        let ready = is_ready();
        let readers: Vec<_> = (0..2)
            .map(|_| {
                thread::spawn(|| {
                    let mut last = 0;
                    while !OVER.load(Relaxed) {
                        let pair = PAIR.read();
                        // Relaxed, here and below: the lock orders them.
                        let [first, second] = [pair[0].load(Relaxed), pair[1].load(Relaxed)];
                        assert_eq!(first, second, "somebody writes beside a reader");
                        assert!(last <= first, "what was seen is gone");
                        last = first;
                    }
                })
            })
            .collect();
        for write in 1..=WRITES {
            // SAFETY: it is only looked at.
            while ready && unsafe { PAIR.raw() }.quiet.load(Relaxed) == 0 {
                thread::yield_now();
            }
            let pair = PAIR.write();
            pair[0].store(write, Relaxed);
            pair[1].store(write, Relaxed);
        }
        OVER.store(true, Relaxed);
        for reader in readers {
            reader.join().unwrap();
        }
    }
}
