// The broken twins of the event; see make.rs.
Group {
    files: &["raw/event.rs"],
    kit: "pub type Twin = event::RawEvent;
          crate::any_event!(Twin);",
    twins: &[
    // --- the protocol -----------------------------------------------------------------------------
    Twin("event_set_looks_first", "a set that finds it set only looks, and releases nothing", &[Edit(
        "event.rs", "        let address = self.word.address();", "        if is_set(self.word.load(Relaxed)) { return; } let address = self.word.address();", 0)]),
    Twin("event_wakes_one", "a set wakes one thread", &[Edit(
        "event.rs", "Futex::wake(address, usize::MAX);", "Futex::wake(address, 1);", 0)]),
    Twin("event_wakes_nobody", "a set wakes nobody", &[Edit(
        "event.rs", "Futex::wake(address, usize::MAX);", "", 0)]),
    Twin("event_sleeps_unmarked", "a thread sleeps without the mark (invariant 2)", &[Edit(
        "event.rs", "let marked = state | WAITING_BIT;", "let marked = state;", 0)]),
    Twin("event_keeps_its_generation", "a reset does not count (invariant 1)", &[Edit(
        "event.rs", "(state & GENERATION).wrapping_add(ONE_GENERATION)", "state & GENERATION", 0)]),
    Twin("event_forgets_that_it_was_set", "a waiter does not look at the generation", &[Edit(
        "event.rs", "    is_set(state) || (state ^ before) & GENERATION != 0", "    is_set(state)", 0)]),
    Twin("event_takes_a_mark_for_a_set", "another one's mark releases a waiter", &[Edit(
        "event.rs", "    is_set(state) || (state ^ before) & GENERATION != 0", "    is_set(state) || state != before", 0)]),
    Twin("event_reset_counts_when_unset", "a reset of an event that is not set counts, and clears the mark (invariant 2)", &[Edit(
        "event.rs", "        while is_set(state) {", "        loop {", 0),
        Edit("event.rs", "                    span.became(\"not set\");\n                    return true;", "                    return is_set(state);", 0)]),
    Twin("event_trusts_the_wake", "a waiter does not look again when it was woken", &[Edit(
        "event.rs", "            if outcome == Wait::TimedOut && ", "            if outcome == Wait::Woken { return true; } if outcome == Wait::TimedOut && ", 0)]),
    Twin("event_timeout_is_success", "a wait that has timed out says that it was released", &[Edit(
        "event.rs", "                span.refused();\n                return false;", "                return true;", 0)]),
    Twin("event_looks_again", "a set reads the object after it was released", &[Edit(
        "event.rs", "        span.became(\"set\");", "        span.became(\"set\"); let _ = self.word.load(Relaxed);", 0)]),
    Twin("event_asks_where_to_wake", "a set asks the object for its address after it was released", &[Edit(
        "event.rs", "Futex::wake(address, usize::MAX);", "{ let _ = self.word.load(Relaxed); Futex::wake(self.word.address(), usize::MAX) };", 0)]),
    ],
}
