// The broken twins of the mutex between processes; see make.rs.
Group {
    files: &["raw/shared.rs"],
    kit: "crate::shared::shared_kit!(Twin, shared);",
    twins: &[
    // --- the protocol, while nobody dies ----------------------------------------------------------
    Twin("shared_wake_forgotten", "an unlock with waiters wakes nobody", &[Edit(
        "shared.rs", "        Shared::wake(address, 1);", "        let _ = address;", 0)]),
    Twin("shared_mark_dropped", "an unlock that wakes one forgets that others wait (invariant 3)", &[Edit(
        "shared.rs", "swap(WAITERS_BIT, Release)", "swap(UNLOCKED, Release)", 0)]),
    Twin("shared_mark_dropped_by_try", "try_lock forgets that others wait (invariant 3)", &[Edit(
        "shared.rs", "compare_exchange(state, me | (state & WAITERS_BIT), Acquire, Relaxed)", "compare_exchange(state, me, Acquire, Relaxed)", 0)]),
    Twin("shared_sleeps_while_asked", "a waiter falls asleep on a word with ASKED (invariant 2)", &[Edit(
        "shared.rs", "(state | WAITERS_BIT) & !ASKED_BIT // invariant 2", "state | WAITERS_BIT", 0)]),
    Twin("shared_does_not_count", "an unlock does not ask who sleeps before it clears the mark (invariant 3)", &[Edit(
        "shared.rs", "Shared::requeue(&self.word, asked, address, 1) == Some(0)", "true", 0)]),
    Twin("shared_never_asks", "an unlock never clears the mark", &[Edit(
        "shared.rs", "Shared::requeue(&self.word, asked, address, 1) == Some(0)", "false", 0)]),
    Twin("shared_looks_again_after_unlock", "the unlock reads the lock after it has released it", &[Edit(
        "shared.rs", "            Ok(_) => span.released(),\n            Err(state) => self.release_contended(state, &span),", "            Ok(_) => { span.released(); let _ = self.word.load(Relaxed); }\n            Err(state) => self.release_contended(state, &span),", 0)]),
    // --- death --------------------------------------------------------------------------------------
    Twin("shared_not_announced", "a lock is taken without being announced (invariant 1)", &[Edit(
        "shared.rs", "        robust::over();\n        span.acquired();", "        span.acquired();", 0),
        Edit("shared.rs", "        self.entry.announce(&self.word);\n        // Acquire: pairs with the Release in `release` and", "        self.entry.announce(&self.word);\n        robust::over();\n        // Acquire: pairs with the Release in `release` and", 0)]),
    Twin("shared_over_too_early", "the announcement is over before the lock is in the list (invariant 1)", &[Edit(
        "shared.rs", "        unsafe { self.entry.insert() };\n        robust::over();", "        robust::over();\n        // SAFETY: as shipped.\n        unsafe { self.entry.insert() };", 0)]),
    Twin("shared_unlock_not_announced", "an unlock takes the lock out of the list without an announcement (invariant 1)", &[Edit(
        "shared.rs", "        self.entry.announce(&self.word);\n        // SAFETY: this thread holds it, so", "        // SAFETY: this thread holds it, so", 0)]),
    Twin("shared_not_announced_asleep", "a waiter sleeps without having announced the lock (invariant 4)", &[Edit(
        "shared.rs", "            match Shared::wait(&self.word, state, deadline) {", "            robust::over();\n            let outcome = Shared::wait(&self.word, state, deadline);\n            self.entry.announce(&self.word);\n            match outcome {", 0)]),
    Twin("shared_mark_dies_with_the_woken", "the usual protocol: an unlock clears the mark, and whoever has waited sets it again (invariant 4)", &[Edit(
        "shared.rs", "swap(WAITERS_BIT, Release)", "swap(UNLOCKED, Release)", 0),
        Edit("shared.rs", "me | (state & WAITERS_BIT) // invariant 3", "me | WAITERS_BIT", 0)]),
    Twin("shared_nobody_told", "whoever takes the lock of a dead owner is not told", &[Edit(
        "shared.rs", "        if is_orphaned(found) {", "        if false && is_orphaned(found) {", 0)]),
    Twin("shared_told_by_a_mark", "a mark that somebody waits is taken for a death", &[Edit(
        "shared.rs", "    owner(state) == 0 && state & DIED_BIT != 0", "    owner(state) == 0 && state != 0", 0)]),
    Twin("shared_lost_is_forgotten", "data that was given up is handed out", &[Edit(
        "shared.rs", "        if self.lost.load(Relaxed) == LOST {", "        if false && self.lost.load(Relaxed) == LOST {", 0)]),
    Twin("shared_lost_keeps_the_lock", "whoever learns that the data was given up keeps the lock", &[Edit(
        "shared.rs", "            unsafe { self.release() };\n            return Acquired::Lost;", "            return Acquired::Lost;", 0)]),
    ],
}
