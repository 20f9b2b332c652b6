//! The word of the [readers–writer lock](super::rwlock): its bits, and how it changes. Functions of numbers; nothing
//! here is shared.
//!
//! ```text
//!  +-----------------+------------+---------+---------+-----------+------------+---------+
//!  |     readers     |  bypasses  | WAKING  | QUEUED  | UPGRADING | UPGRADABLE | WRITER  |
//!  +-----------------+------------+---------+---------+-----------+------------+---------+
//!   the rest, from 15    14 ... 5      4         3          2           1           0
//! ```
//!
//! The numbered invariants are those of the lock.

/// Held by a writer.
pub(super) const WRITER_BIT: usize = 1;
/// Held by an upgradable reader, beside the readers that are counted.
pub(super) const UPGRADABLE_BIT: usize = 1 << 1;
/// The upgradable reader waits for the readers to leave. Illegal: to find it although there are none; the last one
/// makes the upgrader the writer in one step.
pub(super) const UPGRADING_BIT: usize = 1 << 2;
/// Invariant 3. Illegal: to clear it with somebody in the queue.
pub(super) const QUEUED_BIT: usize = 1 << 3;
/// Invariant 2. Illegal: to leave it set when the designated thread sleeps or leaves.
pub(super) const WAKING_BIT: usize = 1 << 4;
/// The count of bypasses starts here.
pub(super) const ONE_BYPASS: usize = 1 << 5;
/// As many fit. Beyond `BYPASSES` there is no counting.
pub(super) const BYPASS_FIELD: usize = 0x3ff * ONE_BYPASS;
/// The count of readers starts here. On a 32-bit machine 131 071 fit.
pub(super) const ONE_READER: usize = 1 << 15;

pub(super) const UNLOCKED: usize = 0;

/// How many may enter before the thread that is first in the queue. More is faster, for the lock is idle until
/// that thread runs; less is fairer.
pub(super) const BYPASSES: usize = 1000;

// What a node wants.

pub(super) const READ: u32 = 0;
pub(super) const UPGRADABLE_READ: u32 = 1;
pub(super) const WRITE: u32 = 2;

pub(super) fn is_writing(state: usize) -> bool {
    state & WRITER_BIT != 0
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
    state & WAKING_BIT != 0
}

/// Whether somebody is queued or designated.
pub(super) fn is_waited_for(state: usize) -> bool {
    state & (QUEUED_BIT | WAKING_BIT) != 0
}

pub(super) fn readers(state: usize) -> usize {
    state / ONE_READER
}

pub(super) fn bypasses(state: usize) -> usize {
    (state & BYPASS_FIELD) / ONE_BYPASS
}

/// Whether nobody is inside.
pub(super) fn is_free(state: usize) -> bool {
    !is_writing(state) && !is_upgradable(state) && readers(state) == 0
}

/// Whether the upgrader has nobody to wait for any more.
pub(super) fn is_upgraders_turn(state: usize) -> bool {
    is_upgrading(state) && readers(state) == 0
}

/// Whether those inside allow it.
pub(super) fn is_allowed(wants: u32, state: usize) -> bool {
    match wants {
        READ => !is_writing(state) && !is_upgrading(state),
        UPGRADABLE_READ => !is_writing(state) && !is_upgradable(state),
        _ => is_free(state),
    }
}

/// Whether a thread that leaves, and makes `state` to `next`, may thereby let in somebody who waits. That
/// another reader has left lets in nobody, unless there was no room; the upgrader waits elsewhere.
pub(super) fn is_let_in_by(state: usize, next: usize) -> bool {
    is_free(next) || is_upgradable(state) != is_upgradable(next) || is_full(READ, state)
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
    wants != WRITE && readers(state) + usize::from(is_upgradable(state)) == usize::MAX / ONE_READER
}

/// The word after a newcomer has entered.
pub(super) fn bypassed(wants: u32, state: usize) -> usize {
    let state = entered(wants, state);
    if is_waited_for(state) && bypasses(state) < BYPASSES {
        state + ONE_BYPASS
    } else {
        state
    }
}

/// The word if nobody may bypass whoever is next.
pub(super) fn exhausted(state: usize) -> usize {
    if is_waited_for(state) {
        (state & !BYPASS_FIELD) + BYPASSES * ONE_BYPASS
    } else {
        state
    }
}

/// The word after the designated thread has gone.
pub(super) fn undesignated(state: usize) -> usize {
    state & !(WAKING_BIT | BYPASS_FIELD)
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
    (readers(state) > 0).then(|| state - ONE_READER)
}

pub(super) fn without_upgradable(state: usize) -> Option<usize> {
    is_upgradable(state).then_some(state & !UPGRADABLE_BIT)
}

pub(super) fn without_writer(state: usize) -> Option<usize> {
    is_writing(state).then_some(state & !WRITER_BIT)
}

pub(super) fn writer_to_reader(state: usize) -> Option<usize> {
    without_writer(state).map(|state| state + ONE_READER)
}

pub(super) fn writer_to_upgradable(state: usize) -> Option<usize> {
    without_writer(state).map(|state| state | UPGRADABLE_BIT)
}

pub(super) fn upgradable_to_reader(state: usize) -> Option<usize> {
    without_upgradable(state).map(|state| state + ONE_READER)
}
