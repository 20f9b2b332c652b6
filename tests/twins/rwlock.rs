// The broken twins of the readers-writer lock; see make.rs.
Group {
    files: &["raw/guard.rs", "raw/queue.rs", "raw/rwlock.rs", "raw/rwlock_api.rs", "raw/rwlock_word.rs"],
    kit: "pub type Twin = rwlock::RawRwLock; pub type RecursiveTwin = rwlock::RawRwLockRecursive;",
    twins: &[
    // --- the protocol ---------------------------------------------------------------------------
    Twin("rw_wake_forgotten", "those who are taken out of the queue are told nothing", &[Edit(
        "rwlock.rs", "        chain.tell(LOOK);", "        let _ = chain;", 0)]),
    Twin("rw_upgrader_forgotten", "the upgrader is told nothing", &[Edit(
        "rwlock.rs", "            unsafe { Node::tell(node, GRANTED) }", "            let _ = node;", 0)]),
    Twin("rw_readers_pass_writers", "a newcomer does not mind those who wait", &[Edit(
        "rwlock.rs", "            && (!is_waited_for(state) || (is_waking(state) && !is_closed(state)))", "", 0), Edit(
        "rwlock_word.rs", "state & (!(usize::MAX >> 1) | (ONE_READER - 1)) == 0", "is_allowed(wants, state)", 0)]),
    Twin("rw_recursive_is_not", "the recursive lock is not", &[Edit(
        "rwlock.rs", "        if RECURSIVE\n", "        if RECURSIVE && false\n", 0)]),
    Twin("rw_timed_writer_keeps_out", "a thread that gives up does not let in those behind it", &[Edit(
        "rwlock.rs", "        // It may have been the one that kept the others out.\n        self.settle_as_it_is();", "", 0)]),
    Twin("rw_timed_upgrader_keeps_out", "an upgrader that gives up does not let in those who wait", &[Edit(
        "rwlock.rs", "        self.settle_queued(state);\n        true", "        true", 0)]),
    Twin("rw_upgrading_left", "an upgrader that gives up goes on keeping readers out", &[Edit(
        "rwlock.rs", "state & !UPGRADING_BIT, Relaxed", "state, Relaxed", 0)]),
    Twin("rw_followers_forgotten", "a reader that gets in does not let in those behind it", &[Edit(
        "rwlock.rs", "        if wants != WRITE {\n            self.settle_queued(state);\n        }", "        let _ = (wants, state);", 0)]),
    Twin("rw_conversion_lets_nobody_in", "a writer that becomes a reader lets nobody in", &[Edit(
        "rwlock.rs", "            if may_designate(next) {\n                let settled", "            if false {\n                let settled", 0)]),
    Twin("rw_upgradable_lets_nobody_in", "an upgradable reader that leaves lets in no other one", &[Edit(
        "rwlock_word.rs", "is_free(next) || is_upgradable(state) != is_upgradable(next)", "is_free(next)", 0)]),
    Twin("rw_gives_up_while_waking", "a designated thread gives up and goes on being counted (invariant 2)", &[Edit(
        "rwlock.rs", "            } else {\n                undesignated(state)\n            };", "            } else {\n                state\n            };", 0)]),
    Twin("rw_sleeps_while_waking", "a designated thread goes back to sleep and goes on being counted (invariant 2)", &[Edit(
        "rwlock.rs", "undesignated(state | QUEUED_BIT)", "state | QUEUED_BIT", 0)]),
    Twin("rw_settles_past_the_upgrader", "a last reader that settles the queue does not see that somebody upgrades meanwhile", &[Edit(
        "rwlock.rs", "            if is_upgraders_turn(next) {\n                return Err(state);\n            }", "", 0)]),
    Twin("rw_given_up_for_all", "a designated thread that gives up does not think of those behind it", &[Edit(
        "rwlock.rs", "                    self.settle_queued(next);\n                    return false;", "                    return false;", 0)]),
    Twin("rw_queued_mark_left", "a queue that has become empty is not forgotten (invariant 3)", &[Edit(
        "rwlock.rs", "                    next = dequeued(next);", "", 0)]),
    Twin("rw_writer_beside_readers", "a writer does not mind readers", &[Edit(
        "rwlock_word.rs", "        _ => is_free(state),", "        _ => !is_writing(state) && !is_upgradable(state),", 0)]),
    Twin("rw_upgrade_beside_readers", "an upgrade does not wait for readers", &[Edit(
        "rwlock.rs", "            let alone = readers(state) == 0;", "            let alone = true;", 0)]),
    Twin("rw_two_upgradable", "there are two upgradable readers", &[Edit(
        "rwlock_word.rs", "        UPGRADABLE_READ => !is_writing(state) && !is_upgradable(state),", "        UPGRADABLE_READ => !is_writing(state),", 0)]),
    Twin("rw_fair_is_unfair", "a fair unlock lets others in before those who wait", &[Edit(
        "rwlock.rs", "            if fair {\n                next = closed(next);\n            }", "", 0)]),
    Twin("rw_looks_again", "leaving an empty lock reads it once more", &[Edit(
        "rwlock.rs", "            Ok(_) => span.released(),", "            Ok(_) => { span.released(); let _ = self.word.load(Relaxed); }", 0)]),
    Twin("rw_looks_again_beside", "leaving beside others, while somebody waits, reads the lock once more", &[Edit(
        "rwlock.rs", "                    span.released();\n                    return;", "                    span.released();\n                    let _ = self.word.load(Relaxed);\n                    return;", 0)]),
    Twin("rw_looks_again_unawaited", "leaving beside others, while nobody waits, reads the lock once more", &[Edit(
        "rwlock.rs", "        if gone {\n            span.released();", "        if gone {\n            span.released();\n            let _ = self.word.load(Relaxed);", 0)]),
    Twin("rw_looks_again_after_settling", "leaving a lock that is waited for reads it once more", &[Edit(
        "rwlock.rs", "        chain.tell(LOOK);", "        chain.tell(LOOK);\n        let _ = self.word.load(Relaxed);", 0)]),
    Twin("rw_looks_again_after_the_upgrade", "the last reader reads the lock once more", &[Edit(
        "rwlock.rs", "            unsafe { Node::tell(node, GRANTED) }", "            unsafe { Node::tell(node, GRANTED) }\n            let _ = self.word.load(Relaxed);", 0)]),
    Twin("rw_closed_for_nobody", "the last designated thread leaves the lock closed (invariant 2)", &[Edit(
        "rwlock_word.rs", "state & !(CLOSED_BIT | BYPASS_FIELD) // invariant 5", "state & !BYPASS_FIELD", 0)]),
    // --- the bound on bypasses: not broken, and broken -------------------------------------------
    Twin("rwlock_bypassed_twice", "nothing: the bound is small enough for a model", &[Edit(
        "rwlock_word.rs", "const BYPASSES: usize = if usize::BITS > 32 { 1 << 20 } else { 1 << 7 };", "const BYPASSES: usize = 2;", 0)]),
    Twin("rw_bypasses_not_counted", "nobody counts who is let in", &[Edit(
        "rwlock_word.rs", "const BYPASSES: usize = if usize::BITS > 32 { 1 << 20 } else { 1 << 7 };", "const BYPASSES: usize = 2;", 0), Edit(
        "rwlock_word.rs", "with_bypasses(bypasses(state) + 1, state)", "state", 0), Edit(
        "rwlock_word.rs", "bypasses(counted).is_multiple_of(CHECK)", "false", 0)]),
    Twin("rw_never_checks", "the lock is not closed after so many bypasses", &[Edit(
        "rwlock_word.rs", "const BYPASSES: usize = if usize::BITS > 32 { 1 << 20 } else { 1 << 7 };", "const BYPASSES: usize = 2;", 0), Edit(
        "rwlock_word.rs", "bypasses(counted).is_multiple_of(CHECK)", "false", 0)]),
    Twin("rw_overdue_unseen", "nobody looks how often the first was bypassed", &[Edit(
        "rwlock_word.rs", "const BYPASSES: usize = if usize::BITS > 32 { 1 << 20 } else { 1 << 7 };", "const BYPASSES: usize = 2;", 0), Edit(
        "rwlock.rs", "                if overdue {\n                    next = closed(next);\n                }", "                let _ = overdue;", 0)]),
    // --- the clock: not broken, and broken -------------------------------------------------------
    Twin("rwlock_always_late", "nothing: it is always time", &[Edit(
        "rwlock.rs", "            && bypasses(state) % CLOCK == CLOCK - 1\n            && queue::rhythm(self.key()).is_due(PATIENCE)", "", 0)]),
    Twin("rw_late_for_nothing", "it is always time, and nothing follows from it", &[Edit(
        "rwlock.rs", "            && bypasses(state) % CLOCK == CLOCK - 1\n            && queue::rhythm(self.key()).is_due(PATIENCE)", "", 0), Edit(
        "rwlock_word.rs", "bypasses(state).next_multiple_of(CHECK)", "bypasses(state)", 0), Edit(
        "rwlock_word.rs", "    closed(with_bypasses(", "    (with_bypasses(", 0)]),
    ],
}
