// The broken twins of the mutex; see make.rs.
Group {
    files: &["raw/guard.rs", "raw/mutex.rs", "raw/condvar.rs"],
    kit: "pub struct Twin;
          impl crate::models::Kit for Twin {
              type RawMutex = mutex::RawMutex;
              type RawCondvar = condvar::RawCondvar;
          }",
    twins: &[
    // --- orderings of the mutex -----------------------------------------------------------------
    Twin("lock_relaxed", "the uncontended lock does not acquire", &[Edit(
        "mutex.rs", ".compare_exchange(UNLOCKED, LOCKED_BIT, Acquire, Relaxed)", ".compare_exchange(UNLOCKED, LOCKED_BIT, Relaxed, Relaxed)", 0)]),
    Twin("try_lock_relaxed", "try_lock does not acquire", &[Edit(
        "mutex.rs", ".compare_exchange(state, state | LOCKED_BIT, Acquire, Relaxed)", ".compare_exchange(state, state | LOCKED_BIT, Relaxed, Relaxed)", 0)]),
    Twin("timed_lock_relaxed", "the uncontended timed lock does not acquire", &[Edit(
        "mutex.rs", ".compare_exchange(UNLOCKED, LOCKED_BIT, Acquire, Relaxed)", ".compare_exchange(UNLOCKED, LOCKED_BIT, Relaxed, Relaxed)", 1)]),
    Twin("barging_lock_relaxed", "a lock that is found free in the slow path is not acquired", &[Edit(
        "mutex.rs", "match self.word.compare_exchange(state, next, Acquire, Relaxed) {\n                    Ok(_) if !is_locked(state) => return true,", "match self.word.compare_exchange(state, next, Relaxed, Relaxed) {\n                    Ok(_) if !is_locked(state) => return true,", 0)]),
    Twin("claim_relaxed", "a waiter's claim does not acquire", &[Edit(
        "mutex.rs", "match self.word.compare_exchange(state, next, Acquire, Relaxed) {\n                    Ok(_) if is_claimable", "match self.word.compare_exchange(state, next, Relaxed, Relaxed) {\n                    Ok(_) if is_claimable", 0)]),
    Twin("late_claim_relaxed", "a claim after the deadline does not acquire", &[Edit(
        "mutex.rs", "match self.word.compare_exchange(state, next, Acquire, Relaxed) {\n                Ok(_) if is_claimable", "match self.word.compare_exchange(state, next, Relaxed, Relaxed) {\n                Ok(_) if is_claimable", 0)]),
    Twin("unlock_relaxed", "the uncontended unlock does not release", &[Edit(
        "mutex.rs", ".compare_exchange(LOCKED_BIT, UNLOCKED, Release, Relaxed)", ".compare_exchange(LOCKED_BIT, UNLOCKED, Relaxed, Relaxed)", 0)]),
    Twin("fair_unlock_relaxed", "the uncontended fair unlock does not release", &[Edit(
        "mutex.rs", ".compare_exchange(LOCKED_BIT, UNLOCKED, Release, Relaxed)", ".compare_exchange(LOCKED_BIT, UNLOCKED, Relaxed, Relaxed)", 1)]),
    Twin("contended_unlock_acquires_only", "the contended unlock does not release", &[Edit(
        "mutex.rs", "compare_exchange(state, next, AcqRel, Relaxed)", "compare_exchange(state, next, Acquire, Relaxed)", 0)]),
    // --- the protocol of the mutex --------------------------------------------------------------
    Twin("wake_forgotten", "an unlock with waiters wakes nobody", &[Edit(
        "mutex.rs", "                    if wake {", "                    if false && wake {", 0)]),
    Twin("contended_mark_dropped", "a waiter that gets the lock forgets that others wait", &[Edit(
        "mutex.rs", "    taken(state - ONE_WAITER)", "    taken(state % ONE_WAITER)", 0)]),
    Twin("sleeps_while_waking", "a waiter falls asleep with WAKING set (invariant 3)", &[Edit(
        "mutex.rs", "state & !WAKING_BIT // invariant 3: nobody sleeps with it set", "state", 0)]),
    Twin("leaves_while_waking", "a waiter whose deadline has come leaves WAKING set (invariant 4)", &[Edit(
        "mutex.rs", "(state - ONE_WAITER) & !WAKING_BIT", "state - ONE_WAITER", 0)]),
    Twin("leaves_a_handed_lock", "a waiter whose deadline has come does not claim what was handed to it (invariant 2)", &[Edit(
        "mutex.rs", "            let next = if is_claimable(state) {\n                // A lock", "            let next = if !is_locked(state) {\n                // A lock", 0),
        Edit("mutex.rs", "                Ok(_) if is_claimable(state) => {\n                    self.wake_the_late(state);\n                    return true;\n                }\n                Ok(_) => return false,", "                Ok(_) => return !is_locked(state),", 0)]),
    Twin("stays_registered", "a waiter whose deadline has come stays registered", &[Edit(
        "mutex.rs", "(state - ONE_WAITER) & !WAKING_BIT", "state & !WAKING_BIT", 0)]),
    Twin("newcomer_claims", "a thread that comes after a hand-over registers, and claims it", &[Edit(
        "mutex.rs", "} else if !is_handed(state) {\n                state + ONE_WAITER", "} else if !is_handed(state) || !woken {\n                state + ONE_WAITER", 0),
        Edit("mutex.rs", "Ok(_) if !is_handed(state) => {", "Ok(_) if !is_handed(state) || !woken => {", 0)]),
    Twin("late_one_passes_no_wake_on", "a late thread swallows the wake that came with the hand-over", &[Edit(
        "mutex.rs", "} else if woken {", "} else if woken && false {", 0),
        Edit("mutex.rs", "Ok(_) if woken => {", "Ok(_) if woken && false => {", 0)]),
    Twin("late_ones_forgotten", "a claim does not wake those who came late (invariant 5)", &[Edit(
        "mutex.rs", "        if state & LATE_BIT != 0 {", "        if false && state & LATE_BIT != 0 {", 0)]),
    Twin("late_mark_forgotten", "a late thread sleeps without saying so (invariant 5)", &[Edit(
        "mutex.rs", "                state | LATE_BIT\n", "                state\n", 0)]),
    Twin("fair_is_unfair", "a fair unlock hands over to nobody", &[Edit(
        "mutex.rs", "let hand_over = fair && waited_for;", "let hand_over = fair && !waited_for;", 0)]),
    Twin("looks_again_after_unlock", "the unlock reads the lock after it has released it", &[Edit(
        "mutex.rs", "            Ok(_) => span.released(),", "            Ok(_) => { span.released(); let _ = self.word.load(Relaxed); }", 0)]),
    Twin("asks_the_lock_where_to_wake", "the contended unlock asks the lock for its address after it has released it", &[Edit(
        "mutex.rs", "                        Futex::wake(address, 1);\n                    }\n                    return;", "                        Futex::wake(self.word.address(), 1 + 0 * (self.word.load(Relaxed) as usize));\n                    }\n                    return;", 0)]),
    ],
}
