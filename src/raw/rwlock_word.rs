//! The word of the [readers–writer lock](super::rwlock): its bits, and how it changes. Functions of numbers; nothing
//! here is shared.
//!
//! ```text
//!  +--------+-----------+----------+---------+--------+---------+--------+-----------+------------+
//!  | WRITER |  readers  | bypasses | ARRIVED | CLOSED | waking  | QUEUED | UPGRADING | UPGRADABLE |
//!  +--------+-----------+----------+---------+--------+---------+--------+-----------+------------+
//!      63     62 ... 32   31 ... 9      8        7      6 ... 3     2          1           0
//! ```
//!
//! On a 32-bit machine there are fewer bits for the bypasses, and the readers begin at 17.
//!
//! Readers are added and subtracted by threads that have not looked at the word. So the count is of those who have come and not
//! gone, whether they may be inside or not (invariant 6); and it is *short* while a thread has left that was not inside, and has
//! not put that right yet. A count below nothing borrows from WRITER, which is why that is the next bit and the last one: what is
//! added again gives back what was borrowed, and no other bit has changed.
//!
//! The numbered invariants are those of the lock.

/// Held by an upgradable reader, beside the readers that are counted.
pub(super) const UPGRADABLE_BIT: usize = 1;
/// The upgradable reader waits for the readers to leave. If there are none any more, the last one is about to make it the writer.
pub(super) const UPGRADING_BIT: usize = 1 << 1;
/// Invariant 3. Illegal: to clear it with somebody in the queue.
pub(super) const QUEUED_BIT: usize = 1 << 2;
/// The count of designated threads starts here (invariant 2). Illegal: not to be counted off, for one that goes to sleep or
/// leaves.
pub(super) const ONE_WAKING: usize = 1 << 3;
/// So many are designated at once.
const MOST_WAKING: usize = 0xf;
const WAKING_FIELD: usize = MOST_WAKING * ONE_WAKING;
/// No newcomer may enter before those who are designated, and nobody else becomes so until they have gone. Set only while
/// there are some; the last one clears it. Illegal: to let it stand without any.
const CLOSED_BIT: usize = 1 << 7;
/// As CLOSED, for a designated thread that is there and looks. Whoever has set it clears it, when it enters or is not
/// designated any more. Illegal: to clear it otherwise.
pub(super) const ARRIVED_BIT: usize = 1 << 8;
/// The count of bypasses starts here. It wraps around: only differences matter.
const ONE_BYPASS: usize = 1 << 9;
const BYPASS_WIDTH: u32 = if usize::BITS > 32 { 23 } else { 8 };
const BYPASS_FIELD: usize = ((1 << BYPASS_WIDTH) - 1) * ONE_BYPASS;
/// The count of readers starts here.
pub(super) const ONE_READER: usize = ONE_BYPASS << BYPASS_WIDTH;
/// Held by a writer, unless the count of readers is short.
pub(super) const WRITER_BIT: usize = !(usize::MAX >> 1);
/// At most so many readers may be inside, of the values that the count can have a half: 1 073 741 824, or 8192 on a 32-bit machine. Above
/// that is a quarter for those who are counted before they are refused, and a quarter for a count that is short.
const MOST_READERS: usize = (WRITER_BIT / ONE_READER) / 2;
const SHORT: usize = (WRITER_BIT / ONE_READER) / 4 * 3;

pub(super) const UNLOCKED: usize = 0;

/// How many may enter before the thread that is first in the queue. More is faster: whoever is kept out goes to sleep, and all
/// those who were running have to be woken again. With 1000, and one designated thread at a time, eight threads of which one in a
/// hundred writes did 0.4 of what they do now. A power of two.
pub(super) const BYPASSES: usize = if usize::BITS > 32 { 1 << 20 } else { 1 << 7 };
/// Every so many bypasses it is seen to who has waited too long.
const CHECK: usize = BYPASSES / 2;

// What a node wants.

pub(super) const READ: u32 = 0;
pub(super) const UPGRADABLE_READ: u32 = 1;
pub(super) const WRITE: u32 = 2;

/// Whether more readers have left than have come.
pub(super) fn is_short(state: usize) -> bool {
    readers(state) >= SHORT
}

pub(super) fn is_writing(state: usize) -> bool {
    // What is short has borrowed from it.
    (state & WRITER_BIT != 0) != is_short(state)
}

/// Whether readers are counted, and no writer keeps them from being inside.
pub(super) fn is_reading(state: usize) -> bool {
    readers(state) > 0 && !is_short(state) && !is_writing(state)
}

pub(super) fn is_upgradable(state: usize) -> bool {
    state & UPGRADABLE_BIT != 0
}

pub(super) fn is_upgrading(state: usize) -> bool {
    state & UPGRADING_BIT != 0
}

pub(super) fn is_queued(state: usize) -> bool {
    state & QUEUED_BIT != 0
}

pub(super) fn is_waking(state: usize) -> bool {
    state & WAKING_FIELD != 0
}

/// Whether somebody is queued or designated.
pub(super) fn is_waited_for(state: usize) -> bool {
    state & (QUEUED_BIT | WAKING_FIELD) != 0
}

/// Whether nobody may enter before those who are designated.
pub(super) fn is_closed(state: usize) -> bool {
    state & (CLOSED_BIT | ARRIVED_BIT) != 0
}

/// Whether that is so until all of them have gone.
pub(super) fn is_closed_for_all(state: usize) -> bool {
    state & CLOSED_BIT != 0
}

/// Whether somebody may be taken out of the queue, and be designated.
pub(super) fn may_designate(state: usize) -> bool {
    is_queued(state) && (!is_waking(state) || (!is_closed(state) && !is_full_of_waking(state)))
}

/// Whether no more can be designated.
pub(super) fn is_full_of_waking(state: usize) -> bool {
    state & WAKING_FIELD == WAKING_FIELD
}

/// How many readers are counted.
pub(super) fn readers(state: usize) -> usize {
    (state & !WRITER_BIT) / ONE_READER
}

pub(super) fn bypasses(state: usize) -> usize {
    (state & BYPASS_FIELD) / ONE_BYPASS
}

/// Whether a thread that queued up when the count was `mark` has been bypassed so often that it is next.
pub(super) fn is_overdue(mark: usize, state: usize) -> bool {
    bypasses(state).wrapping_sub(mark) % (1 << BYPASS_WIDTH) >= CHECK
}

/// Whether nobody is inside, and no reader is counted.
pub(super) fn is_free(state: usize) -> bool {
    !is_writing(state) && !is_upgradable(state) && readers(state) == 0
}

/// Whether the upgrader has nobody to wait for any more.
pub(super) fn is_upgraders_turn(state: usize) -> bool {
    is_upgrading(state) && is_alone(state)
}

/// Whether nobody is counted beside an upgradable reader.
pub(super) fn is_alone(state: usize) -> bool {
    readers(state) == 0 && !is_writing(state)
}

/// Whether those inside allow it.
pub(super) fn is_allowed(wants: u32, state: usize) -> bool {
    match wants {
        READ => !is_writing(state) && !is_upgrading(state) && !is_short(state),
        UPGRADABLE_READ => !is_writing(state) && !is_upgradable(state) && !is_short(state),
        _ => is_free(state),
    }
}

/// Whether a reader may enter, as far as one test can tell: if nobody but readers is inside, no more than half of those that there is
/// room for, and nobody waits.
#[inline]
pub(super) fn is_plainly_open(state: usize) -> bool {
    const MANY_READERS: usize = !(MOST_READERS / 2 * ONE_READER - 1);
    state & (MANY_READERS | (ONE_READER - 1)) == 0
}

/// Whether there is nothing to see to for a reader that has left and made the word this: it was inside, and nobody waits who
/// might be let in.
#[inline]
pub(super) fn is_plainly_left(next: usize) -> bool {
    const MANY_READERS: usize = !(MOST_READERS * ONE_READER - 1);
    next & (MANY_READERS | QUEUED_BIT | UPGRADING_BIT) == 0
}

/// Whether a thread that leaves, and turns `state` into `next`, may thereby let in somebody who waits. That another reader has left lets
/// in nobody, unless there was no room, or the count was short, which reads like that; the upgrader waits elsewhere.
pub(super) fn is_let_in_by(state: usize, next: usize) -> bool {
    is_free(next)
        || is_writing(state) != is_writing(next)
        || is_upgradable(state) != is_upgradable(next)
        || is_full(READ, state)
}

/// The word with one more reader, whether it may be inside or not.
pub(super) fn counted(state: usize) -> usize {
    state.wrapping_add(ONE_READER)
}

/// The word without a reader that was counted, whether it was inside or not.
pub(super) fn uncounted(state: usize) -> usize {
    state.wrapping_sub(ONE_READER)
}

/// The word without the writer.
pub(super) fn unwritten(state: usize) -> usize {
    state ^ WRITER_BIT
}

/// The word after somebody has entered.
pub(super) fn entered(wants: u32, state: usize) -> usize {
    match wants {
        READ => state + ONE_READER,
        UPGRADABLE_READ => state | UPGRADABLE_BIT,
        _ => state | WRITER_BIT,
    }
}

/// Whether there is no room for one more. An upgradable reader has its place in the count, for it may become a
/// reader at any time.
pub(super) fn is_full(wants: u32, state: usize) -> bool {
    wants != WRITE && readers(state) + usize::from(is_upgradable(state)) >= MOST_READERS
}

/// The word after somebody has entered beside those who wait, if there are any.
pub(super) fn bypassed(wants: u32, state: usize) -> usize {
    let state = entered(wants, state);
    if !is_waited_for(state) {
        return state;
    }
    let next = with_bypasses(bypasses(state) + 1, state);
    if bypasses(next).is_multiple_of(CHECK) {
        closed(next)
    } else {
        next
    }
}

/// What a thread would have for a mark that is overdue.
pub(super) fn overdue_mark(state: usize) -> usize {
    bypasses(state).wrapping_sub(CHECK)
}

/// The word, as if others had been let in until it is time to see to who has waited too long.
pub(super) fn advanced(state: usize) -> usize {
    closed(with_bypasses(
        bypasses(state).next_multiple_of(CHECK),
        state,
    ))
}

fn with_bypasses(count: usize, state: usize) -> usize {
    (state & !BYPASS_FIELD) | ((count * ONE_BYPASS) & BYPASS_FIELD)
}

/// The word if nobody may bypass those who are designated.
pub(super) fn closed(state: usize) -> usize {
    if is_waking(state) {
        state | CLOSED_BIT
    } else {
        state
    }
}

/// The word after one more was taken out of the queue.
pub(super) fn designated(state: usize) -> usize {
    state + ONE_WAKING
}

/// The word after a designated thread has gone.
pub(super) fn undesignated(state: usize) -> usize {
    let state = state - ONE_WAKING;
    if is_waking(state) {
        state
    } else if is_queued(state) {
        state & !CLOSED_BIT
    } else {
        state & !(CLOSED_BIT | BYPASS_FIELD) // invariant 5
    }
}

/// The word after the queue has become empty.
pub(super) fn dequeued(state: usize) -> usize {
    if is_waking(state) {
        state & !QUEUED_BIT
    } else {
        state & !(QUEUED_BIT | BYPASS_FIELD) // invariant 5
    }
}

// How the word changes when a thread leaves, or holds the lock in another way; `None` if it is not inside.

pub(super) fn without_reader(state: usize) -> Option<usize> {
    is_reading(state).then(|| uncounted(state))
}

pub(super) fn without_upgradable(state: usize) -> Option<usize> {
    is_upgradable(state).then_some(state & !UPGRADABLE_BIT)
}

pub(super) fn without_writer(state: usize) -> Option<usize> {
    is_writing(state).then(|| unwritten(state))
}

pub(super) fn writer_to_reader(state: usize) -> Option<usize> {
    without_writer(state).map(counted)
}

pub(super) fn writer_to_upgradable(state: usize) -> Option<usize> {
    without_writer(state).map(|state| state | UPGRADABLE_BIT)
}

pub(super) fn upgradable_to_reader(state: usize) -> Option<usize> {
    without_upgradable(state).map(counted)
}
