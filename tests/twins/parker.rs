// The broken twins of the parker; see make.rs.
Group {
    files: &["raw/parker.rs"],
    kit: "pub type Twin = parker::RawParker;
          crate::any_parker!(Twin);",
    twins: &[
    // --- the protocol -----------------------------------------------------------------------------
    Twin("parker_unpark_looks_first", "an unpark that finds the token only looks, and releases nothing", &[Edit(
        "parker.rs", "        let address = self.word.address();", "        if self.word.load(Relaxed) == TOKEN { return; } let address = self.word.address();", 0)]),
    Twin("parker_wakes_nobody", "an unpark wakes nobody", &[Edit(
        "parker.rs", "Futex::wake(address, 1);", "", 0)]),
    Twin("parker_wakes_only_the_others", "an unpark takes a parked thread for one that is not there", &[Edit(
        "parker.rs", "        if before == PARKED {", "        if before == EMPTY {", 0)]),
    Twin("parker_keeps_the_token", "a park does not take the token away", &[Edit(
        "parker.rs", ".compare_exchange(TOKEN, EMPTY, Acquire, Relaxed)\n            .is_ok()", ".compare_exchange(TOKEN, TOKEN, Acquire, Relaxed)\n            .is_ok()", 0)]),
    Twin("parker_trusts_the_wake", "a park returns when it is woken, with or without a token (invariant 3)", &[Edit(
        "parker.rs", "                Err(PARKED) => {} // a late", "                Err(PARKED) => { self.word.swap(EMPTY, Relaxed); return true; } // a late", 0)]),
    Twin("parker_leaves_its_mark", "a park that times out stays marked (invariant 1)", &[Edit(
        "parker.rs", "self.word.swap(EMPTY, Acquire) == TOKEN", "self.word.compare_exchange(TOKEN, EMPTY, Acquire, Relaxed).is_ok()", 0)]),
    Twin("parker_swallows_the_token", "a park that times out takes the token and says that it did not", &[Edit(
        "parker.rs", "                return taken;", "                return false;", 0)]),
    Twin("parker_timeout_is_success", "a park that times out says that it has taken a token", &[Edit(
        "parker.rs", "                return taken;", "                return true;", 0)]),
    Twin("parker_two_unnoticed", "a second thread that parks is not noticed (invariant 1)", &[Edit(
        "parker.rs", "            Err(_) => parked_already(),", "            Err(_) => {}", 0)]),
    Twin("parker_looks_again", "an unpark reads the object after the token was given", &[Edit(
        "parker.rs", "        span.notified(", "        let _ = self.word.load(Relaxed); span.notified(", 0)]),
    Twin("parker_asks_where_to_wake", "an unpark asks the object for its address after the token was given", &[Edit(
        "parker.rs", "Futex::wake(address, 1);", "{ let _ = self.word.load(Relaxed); Futex::wake(self.word.address(), 1) };", 0)]),
    ],
}
