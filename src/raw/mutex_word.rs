//! The word of the [mutex](super::mutex): its bits, and how it changes. Functions of numbers; nothing here is shared.
//!
//! ```text
//!     31       30     29 ... 22   21 ... 6     5        4         3         2        1        0
//!  +-------+--------+-----------+----------+-------+---------+---------+--------+--------+--------+
//!  | carry | LOCKED |   turns   |  rounds  | ASIDE | ARRIVED | LOOKING | HANDED | WAKING | QUEUED |
//!  +-------+--------+-----------+----------+-------+---------+---------+--------+--------+--------+
//! ```
//!
//! An unlock adds a turn and one LOCKED. That clears LOCKED and counts; but if all bits of `turns` were set, what is carried
//! out of them sets LOCKED again. So every 256th unlock keeps the lock, whatever it does or does not know about the word; every
//! 64th while somebody waits, for then the count starts so much later; and the next one, if somebody has set the last turn.
//!
//! The numbered invariants are those of the lock.

/// Set and cleared under the bucket's lock only (invariant 3). Illegal: to clear it with somebody in the queue.
pub(super) const QUEUED_BIT: u32 = 1;
/// Set by whoever wakes, cleared by the thread that is woken (invariant 2). Illegal: to leave it set when that thread
/// sleeps or leaves.
pub(super) const WAKING_BIT: u32 = 1 << 1;
/// Set by an unlock that hands over, cleared by the claim, or by who steps aside. Illegal: to set it without a designated thread.
pub(super) const HANDED_BIT: u32 = 1 << 2;
/// Set by a thread that looks for the lock, cleared when it takes the lock or queues up (invariant 5). Illegal: to leave it
/// set, for then nobody is woken.
pub(super) const LOOKING_BIT: u32 = 1 << 3;
/// Set by the designated thread when it has found the lock held, and cleared with WAKING.
pub(super) const ARRIVED_BIT: u32 = 1 << 4;
/// Set by a late unlock, or for a thread that has come in vain; cleared with WAKING, by who steps aside, and by a
/// hand-over. Legal: to find it set without HANDED, when the next unlock is to put the lock aside if that thread has
/// not arrived.
pub(super) const ASIDE_BIT: u32 = 1 << 5;
/// The count of rounds starts here. It wraps around: only differences matter, and all are less than twice `CHECK`.
pub(super) const ONE_ROUND: u32 = 1 << 6;
/// The count of turns starts here, and ends where LOCKED is: what is too much for it goes there (invariant 7).
pub(super) const ONE_TURN: u32 = 1 << 22;
/// All of the count of turns. Set, it says that the next unlock keeps the lock at first.
pub(super) const LAST_TURN: u32 = LOCKED_BIT - ONE_TURN;
/// All of the count of rounds.
pub(super) const ROUNDS: u32 = ONE_TURN - ONE_ROUND;
/// Set while the lock is held or handed over. Set by taking a free lock, cleared by unlocking, and by who steps aside. Legal: to
/// find it set and nobody holding the lock, when HANDED is set too.
pub(super) const LOCKED_BIT: u32 = 1 << 30;
/// What every unlock carries out of LOCKED. It says nothing. (LOCKED is not the highest bit, because that one is not set and tested
/// in one instruction.)
pub(super) const CARRY: u32 = 1 << 31;

pub(super) const UNLOCKED: u32 = 0;

/// How often others may take the lock while a thread waits for it. More is faster, for a lock that is handed
/// over is idle until its thread runs, which takes as long as thousands of short critical sections; less is
/// fairer. A power of two.
pub(super) const BYPASSES: u32 = 1 << 20;
/// How many turns a round has while somebody waits: as often an unlock keeps the lock and looks at the clock, which takes as
/// long as a few turns.
const TURNS: u32 = 64;
/// Every so many rounds an unlock looks who has waited too long.
const CHECK: u32 = BYPASSES / 2 / TURNS;
/// How often a thread that was woken goes back to the queue, because the lock was held for longer than it looked, before the
/// lock is put aside for it.
const RETURNS: u32 = 2;

pub(super) fn is_locked(state: u32) -> bool {
    state & LOCKED_BIT != 0
}

pub(super) fn is_queued(state: u32) -> bool {
    state & QUEUED_BIT != 0
}

pub(super) fn is_waking(state: u32) -> bool {
    state & WAKING_BIT != 0
}

pub(super) fn is_handed(state: u32) -> bool {
    state & HANDED_BIT != 0
}

pub(super) fn is_looking(state: u32) -> bool {
    state & LOOKING_BIT != 0
}

pub(super) fn has_arrived(state: u32) -> bool {
    state & ARRIVED_BIT != 0
}

pub(super) fn is_aside(state: u32) -> bool {
    state & ASIDE_BIT != 0
}

/// Whether whoever comes has to step aside.
pub(super) fn is_put_aside(state: u32) -> bool {
    is_handed(state) && is_aside(state)
}

/// Whether the lock is kept for a thread that is not there yet.
pub(super) fn is_out_of_reach(state: u32) -> bool {
    is_handed(state) && !has_arrived(state)
}

/// Whether there is no sense in looking for the lock any more: it is free, or will not be before another thread had it.
pub(super) fn ends_the_look(state: u32) -> bool {
    !is_locked(state) || is_out_of_reach(state)
}

/// Whether somebody is queued or designated.
pub(super) fn is_waited_for(state: u32) -> bool {
    state & (QUEUED_BIT | WAKING_BIT) != 0
}

/// Whether the designated thread may take the lock.
pub(super) fn is_claimable(state: u32) -> bool {
    !is_locked(state) || is_handed(state)
}

/// The word after an unlock, which may have kept the lock: for somebody who waits, or for nothing.
pub(super) fn unlocked(state: u32) -> u32 {
    state.wrapping_add(LOCKED_BIT | ONE_TURN)
}

/// The word without what it says for nobody: who looks is told more by the count, but decides nothing by it.
pub(super) fn needed(state: u32) -> u32 {
    if is_waited_for(state) || is_locked(state) {
        state & !CARRY
    } else {
        state & !(CARRY | LAST_TURN)
    }
}

/// Whether an unlock that has found `state` has nothing left to do: it has not kept the lock, and nobody is queued or somebody is
/// on the way.
#[inline]
pub(super) fn is_done_with(state: u32) -> bool {
    // As `unlocked`; but of a lock that was free, CARRY says if LOCKED does not.
    let now = (state & !CARRY ^ LOCKED_BIT).wrapping_add(ONE_TURN);
    now & (LOCKED_BIT | CARRY | QUEUED_BIT) == 0
        || now & (LOCKED_BIT | CARRY | WAKING_BIT) == WAKING_BIT
}

pub(super) fn rounds(state: u32) -> u32 {
    (state & ROUNDS) / ONE_ROUND
}

/// How many rounds there were since the count was `mark`.
fn rounds_since(mark: usize, state: u32) -> u32 {
    // `mark` was such a count.
    rounds(state).wrapping_sub(mark as u32) % (ROUNDS / ONE_ROUND + 1)
}

/// Whether a thread has waited for so many rounds, which queued up when the count was `mark`.
pub(super) fn has_waited_long(mark: usize, state: u32) -> bool {
    rounds_since(mark, state) >= CHECK
}

/// How many turns there were since the word was `before`: a hint, for the count is set and starts again.
pub(super) fn turns_since(before: u32, state: u32) -> u32 {
    ((state & LAST_TURN).wrapping_sub(before & LAST_TURN) & LAST_TURN) / ONE_TURN
}

/// Whether the next unlock that keeps the lock has to look who has waited too long.
pub(super) fn is_check(state: u32) -> bool {
    rounds(state) % CHECK == CHECK - 1
}

/// The word with one more round.
fn next_round(state: u32) -> u32 {
    state & !ROUNDS | state.wrapping_add(ONE_ROUND) & ROUNDS
}

/// The word with the first turn of a round; or, if there is a check, with the last one.
fn first_turn(state: u32) -> u32 {
    if is_check(state) {
        state | LAST_TURN
    } else {
        state & !LAST_TURN | (LAST_TURN - (TURNS - 1) * ONE_TURN)
    }
}

/// The word when the next unlock is to keep the lock.
pub(super) fn last_turn(state: u32) -> u32 {
    state | LAST_TURN
}

/// The word after the lock was freed for whoever comes first, by one that knew what the word said.
pub(super) fn freed(state: u32) -> u32 {
    let free = state & !LOCKED_BIT;
    if is_waited_for(free) {
        first_turn(next_round(free))
    } else {
        free & LOOKING_BIT
    }
}

/// The word after an unlock has handed the lock to the designated thread.
pub(super) fn handed(state: u32) -> u32 {
    // One more unlock, by mistake, will keep the lock and can say so.
    last_turn(state & !ASIDE_BIT | HANDED_BIT)
}

/// The same, for one that is not there yet: whoever comes steps aside.
pub(super) fn put_aside(state: u32) -> u32 {
    handed(state) | ASIDE_BIT
}

/// The word after the designated thread has gone.
pub(super) fn undesignated(state: u32) -> u32 {
    if is_queued(state) {
        let rest = state & !(WAKING_BIT | HANDED_BIT | ARRIVED_BIT | ASIDE_BIT);
        // The last turn was for the one that has gone. If there is a check it is for the others too.
        if state & LAST_TURN == LAST_TURN && !is_check(state) {
            first_turn(next_round(rest))
        } else {
            rest
        }
    } else {
        state & (LOCKED_BIT | LOOKING_BIT) // invariant 6
    }
}

/// The word after the designated thread has taken the lock.
pub(super) fn claimed(state: u32) -> u32 {
    undesignated(state) | LOCKED_BIT
}

/// The word after a thread has queued up for a lock that it has found locked.
pub(super) fn queued(state: u32) -> u32 {
    if is_put_aside(state) {
        freed(joined(state) & !(HANDED_BIT | ASIDE_BIT))
    } else {
        joined(state)
    }
}

/// The same, of one that slept already and cannot step aside.
pub(super) fn joined(state: u32) -> u32 {
    if is_waited_for(state) {
        state | QUEUED_BIT
    } else {
        first_turn(state | QUEUED_BIT)
    }
}

/// The word after the first one of a queue was chosen: there are `others`, or not, and it has come in vain so often.
pub(super) fn designated(state: u32, others: bool, returns: u32) -> u32 {
    let rest = if others { state } else { state & !QUEUED_BIT };
    if returns >= RETURNS {
        last_turn(rest | WAKING_BIT | ASIDE_BIT)
    } else {
        rest | WAKING_BIT
    }
}

/// The word after the queue has become empty.
pub(super) fn dequeued(state: u32) -> u32 {
    if is_waking(state) {
        state & !QUEUED_BIT
    } else {
        state & (LOCKED_BIT | LOOKING_BIT) // invariant 6
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A thread that is queued behind others, and whatever may happen to the word meanwhile: how often the lock was freed since.
    #[test]
    fn the_count_of_rounds_is_never_less_than_that_of_bypasses() {
        let mut random = 1_u32;
        let mut one_of = |count: u32| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 16) % count
        };
        for _ in 0..200 {
            // Held, by some turn.
            let mut state = queued(LOCKED_BIT | (one_of(256) * ONE_TURN));
            let (mut mark, mut freed_since) = (rounds(state), 0);
            for _ in 0..1000 {
                match one_of(8) {
                    0 if !is_waking(state) => state = designated(state, true, one_of(3)),
                    1 if is_waking(state) && is_locked(state) => {
                        state = last_turn(state | ARRIVED_BIT);
                    }
                    2 if is_waking(state) && is_claimable(state) => state = claimed(state),
                    3 if is_waking(state) && !is_claimable(state) => state = undesignated(state),
                    4 if is_locked(state) => {
                        freed_since += u32::from(is_put_aside(state));
                        state = queued(state);
                    }
                    5 if one_of(50) == 0 => (mark, freed_since) = (rounds(state), 0),
                    _ if is_handed(state) => {}
                    _ => {
                        // Somebody locks it, and unlocks it.
                        state = unlocked(state | LOCKED_BIT);
                        if !is_locked(state) {
                            freed_since += 1;
                        } else if is_waking(state) && one_of(2) == 0 {
                            state = handed(state);
                        } else if is_waking(state) && !is_check(state) && one_of(2) == 0 {
                            state = put_aside(state);
                        } else {
                            state = freed(state);
                            freed_since += 1;
                        }
                    }
                }
                let counted = rounds_since(mark as usize, state);
                assert!(
                    freed_since <= (counted + 1) * TURNS,
                    "{freed_since} bypasses in {counted} rounds"
                );
            }
        }
    }

    #[test]
    fn the_last_turn_keeps_the_lock_and_the_flags() {
        for flags in 0..64 {
            let kept = unlocked(last_turn(LOCKED_BIT | flags));
            assert!(is_locked(kept));
            assert_eq!(kept & 63, flags);
            let not_kept = unlocked(LOCKED_BIT | flags);
            assert!(!is_locked(not_kept));
            assert_eq!(not_kept & 63, flags);
        }
    }

    #[test]
    fn while_somebody_waits_a_round_has_so_many_turns() {
        let mut state = queued(LOCKED_BIT);
        for _ in 1..TURNS {
            state = unlocked(state);
            assert!(!is_locked(state));
            state |= LOCKED_BIT;
        }
        assert!(is_locked(unlocked(state)));
    }

    #[test]
    fn an_unlock_that_leaves_something_to_do_says_so_whatever_the_turn() {
        for turn in 0..256 {
            let held = LOCKED_BIT | (turn * ONE_TURN);
            let kept = turn == 255;
            for carry in [0, CARRY] {
                assert_eq!(is_done_with(carry | held), !kept);
                assert_eq!(is_done_with(carry | held | WAKING_BIT | QUEUED_BIT), !kept);
                assert!(!is_done_with(carry | held | QUEUED_BIT));
                // By mistake: nobody holds it.
                assert!(!is_done_with(carry | held & !LOCKED_BIT));
                assert!(!is_done_with(carry | held & !LOCKED_BIT | WAKING_BIT));
            }
        }
    }

    #[test]
    fn a_lock_that_is_handed_over_is_not_put_aside() {
        let came_in_vain = designated(LOCKED_BIT | QUEUED_BIT, true, RETURNS);
        assert!(is_put_aside(put_aside(came_in_vain)));
        assert!(!is_put_aside(handed(came_in_vain)));
    }

    #[test]
    fn a_check_is_not_passed_over() {
        let mut state = queued(LOCKED_BIT);
        while !is_check(state) {
            state = freed(state) | LOCKED_BIT;
        }
        // Whoever was designated then goes, and the next unlock is a last turn still.
        let state = claimed(handed(designated(state, true, 0)));
        assert!(is_check(state));
        assert!(is_locked(unlocked(state)));
    }
}
