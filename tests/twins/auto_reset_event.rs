// The broken twins of the event that resets itself; see make.rs.
Group {
    files: &["raw/auto_reset_event.rs"],
    kit: "pub type Twin = auto_reset_event::RawAutoResetEvent;
          crate::any_auto_reset_event!(Twin);",
    twins: &[
    // --- the protocol -----------------------------------------------------------------------------
    Twin("auto_set_looks_first", "a set that coalesces only looks, and releases nothing", &[Edit(
        "auto_reset_event.rs", "            let next = if has_spare(state) {", "            if has_spare(state) { return; } let next = if has_spare(state) {", 0)]),
    Twin("auto_sets_pile_up", "sets do not coalesce (invariant 1)", &[Edit(
        "auto_reset_event.rs", "            let next = if has_spare(state) {", "            let next = if false {", 0)]),
    Twin("auto_coalesces_with_what_is_owed", "a set coalesces with one that is owed to a waiter", &[Edit(
        "auto_reset_event.rs", "            let next = if has_spare(state) {", "            let next = if sets(state) > 0 {", 0)]),
    Twin("auto_has_none_to_spare", "a set beside waiters who are released already is lost", &[Edit(
        "auto_reset_event.rs", "            let next = if has_spare(state) {", "            let next = if sets(state) >= waiters(state).max(1) {", 0)]),
    Twin("auto_wakes_nobody", "a set wakes nobody", &[Edit(
        "auto_reset_event.rs", "Futex::wake(address, 1);", "", 0)]),
    Twin("auto_wakes_for_the_first", "a set beside another that was not taken yet wakes nobody (invariant 3)", &[Edit(
        "auto_reset_event.rs", "        let owed = sets(state) < waiters(state);", "        let owed = sets(state) == 0 && waiters(state) > 0;", 0)]),
    Twin("auto_stays_counted", "a waiter that gives up stays counted", &[Edit(
        "auto_reset_event.rs", "                    state - ONE_WAITER\n", "                    state\n", 0)]),
    Twin("auto_gives_up_beside_a_set", "a waiter that has timed out does not take what it was woken for", &[Edit(
        "auto_reset_event.rs", "let taking = sets(state) > 0;", "let taking = sets(state) > 0 && outcome != Wait::TimedOut;", 1)]),
    Twin("auto_swallows_a_set", "a waiter that has timed out takes a set and says that it did not", &[Edit(
        "auto_reset_event.rs", "Ok(_) if taking => return true,", "Ok(_) if taking => return outcome != Wait::TimedOut,", 1)]),
    Twin("auto_timeout_is_success", "a waiter that has timed out says that it has taken a set", &[Edit(
        "auto_reset_event.rs", "                        span.refused();\n                        return false;", "                        return true;", 0)]),
    Twin("auto_takes_what_is_owed", "a try and a reset take what is owed to a waiter", &[Edit(
        "auto_reset_event.rs", "        while has_spare(state) {", "        while sets(state) > 0 {", 0)]),
    Twin("auto_sleeps_beside_a_set", "a thread that comes leaves what is owed to others, and sleeps (invariant 2)", &[Edit(
        "auto_reset_event.rs", "let taking = sets(state) > 0;", "let taking = has_spare(state);", 0)]),
    Twin("auto_leaves_what_is_owed", "a waiter that was woken leaves what is owed to it", &[Edit(
        "auto_reset_event.rs", "let taking = sets(state) > 0;", "let taking = has_spare(state);", 1)]),
    Twin("auto_takes_and_stays_counted", "a waiter that takes a set stays counted", &[Edit(
        "auto_reset_event.rs", "                    state - ONE_WAITER - ONE_SET\n", "                    state - ONE_SET\n", 0)]),
    Twin("auto_looks_again", "a set reads the object after it was released", &[Edit(
        "auto_reset_event.rs", "        let owed = sets(state) < waiters(state);", "        let owed = sets(state) < waiters(state); let _ = self.word.load(Relaxed);", 0)]),
    Twin("auto_asks_where_to_wake", "a set asks the object for its address after it was released", &[Edit(
        "auto_reset_event.rs", "Futex::wake(address, 1);", "{ let _ = self.word.load(Relaxed); Futex::wake(self.word.address(), 1) };", 0)]),
    ],
}
