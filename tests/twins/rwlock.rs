// The broken twins of the readers-writer lock; see make.rs.
Group {
    files: &["raw/guard.rs", "raw/queue.rs", "raw/rwlock.rs", "raw/rwlock_api.rs", "raw/rwlock_settle.rs", "raw/rwlock_word.rs"],
    kit: "pub type Twin = rwlock::RawRwLock; pub type RecursiveTwin = rwlock::RawRwLockRecursive;",
    twins: &[
    // --- the protocol ---------------------------------------------------------------------------
    Twin("rw_wake_forgotten", "those who are taken out of the queue are told nothing", &[Edit(
        "rwlock_settle.rs", "    chain.tell(LOOK);", "    let _ = chain;", 0)]),
    Twin("rw_upgrader_forgotten", "the upgrader is told nothing", &[Edit(
        "rwlock_settle.rs", "                    unsafe { Node::tell(node, GRANTED) }", "                    let _ = node;", 0)]),
    Twin("rw_readers_pass_writers", "a newcomer does not mind those who wait", &[Edit(
        "rwlock.rs", "            && (!is_waited_for(state) || (is_waking(state) && !is_closed(state)))", "", 0), Edit(
        "rwlock_word.rs", "state & (MANY_READERS | (ONE_READER - 1)) == 0", "is_allowed(READ, state)", 0)]),
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
        "rwlock.rs", "            if may_designate(next) {\n                let queue", "            if false {\n                let queue", 0)]),
    Twin("rw_upgradable_lets_nobody_in", "an upgradable reader that leaves lets in no other one", &[Edit(
        "rwlock_word.rs", "        || is_upgradable(state) != is_upgradable(next)\n", "", 0)]),
    Twin("rw_gives_up_while_waking", "a designated thread gives up and goes on being counted (invariant 2)", &[Edit(
        "rwlock.rs", "            } else {\n                undesignated(state)\n            };", "            } else {\n                state\n            };", 0)]),
    Twin("rw_sleeps_while_waking", "a designated thread goes back to sleep and goes on being counted (invariant 2)", &[Edit(
        "rwlock.rs", "undesignated(state | QUEUED_BIT) & !mine", "(state | QUEUED_BIT) & !mine", 0)]),
    Twin("rw_settles_past_the_upgrader", "a last reader that settles the queue does not see that somebody upgrades meanwhile", &[Edit(
        "rwlock_settle.rs", "    chain.tell(LOOK);\n    see_to_upgrader(key, next);", "    chain.tell(LOOK);\n    let _ = (key, next);", 0)]),
    Twin("rw_upgrader_let_in_beside_readers", "a last reader does not see that another one has come", &[Edit(
        "rwlock_settle.rs", "    while is_upgraders_turn(state) {", "    while is_upgrading(state) {", 0)]),
    Twin("rw_leaves_and_thinks_of_nobody", "a thread that leaves thinks of nobody who waits", &[Edit(
        "rwlock.rs", "            see_to_those_who_wait(self.key(), state, next);\n        } else {", "            let _ = next;\n        } else {", 0)]),
    Twin("rw_counted_off_and_thinks_of_nobody", "a reader that is counted off thinks of nobody who waits", &[Edit(
        "rwlock.rs", "                    see_to_those_who_wait(self.key(), state, next);\n                    return Err(next);", "                    return Err(next);", 0)]),
    Twin("rw_goes_on_being_counted", "a reader that may not be inside is not counted off", &[Edit(
        "rwlock.rs", "            } else {\n                without\n            };", "            } else {\n                state\n            };", 0)]),
    Twin("rw_counted_is_inside", "a reader that is counted is inside, if a writer is or not", &[Edit(
        "rwlock.rs", "let is_its_turn = is_next && is_reading(state);", "let is_its_turn = is_next;", 0)]),
    Twin("rw_writer_lets_readers_in_alone", "a writer leaves behind it a reader that has its place, and does not think of those in the queue", &[Edit(
        "rwlock_word.rs", "        || is_writing(state) != is_writing(next)\n        || is_upgradable", "        || is_upgradable", 0)]),
    Twin("rw_arrived_left", "a designated thread that goes back leaves the lock closed (invariant 2)", &[Edit(
        "rwlock.rs", "undesignated(state | QUEUED_BIT) & !mine", "undesignated(state | QUEUED_BIT)", 0)]),
    Twin("rw_arrived_left_behind", "a designated thread that enters leaves the lock closed (invariant 2)", &[Edit(
        "rwlock.rs", "bypassed(wants, undesignated(state) & !mine)", "bypassed(wants, undesignated(state))", 0)]),
    Twin("rw_closed_once", "a lock that was closed for a thread is not closed for it again", &[Edit(
        "rwlock.rs", "            if is_closed_for_all(state) {", "            if false {", 0)]),
    Twin("rw_fair_forgotten_beside_a_reader", "a fair unlock that lets in nobody yet is an unfair one", &[Edit(
        "rwlock_settle.rs", "    if fair\n        && !is_waking(next)", "    if false\n        && !is_waking(next)", 0)]),
    Twin("rw_fair_forgotten_behind_a_reader", "a fair unlock that lets in nobody, because others are inside, is an unfair one", &[Edit(
        "rwlock.rs", "let marks = fair && is_queued(next);", "let marks = false;", 0)]),
    Twin("rw_mistake_stays", "a thread that was not inside leaves, and what it took away goes on being missing", &[Edit(
        "rwlock.rs", "let state = self.word.fetch_add(what, Relaxed);", "let state = self.word.fetch_add(0, Relaxed);", 0)]),
    Twin("rw_mistake_forgets_those_who_came", "what was put right lets in nobody who has queued up meanwhile", &[Edit(
        "rwlock.rs", "            see_to_those_who_wait(self.key(), state, state.wrapping_add(what));", "", 0)]),
    Twin("rw_short_is_written", "a count that is short takes WRITER away from who has it", &[Edit(
        "rwlock_word.rs", "    (state & WRITER_BIT != 0) != is_short(state)", "    state & WRITER_BIT != 0", 0)]),
    Twin("rw_given_up_for_all", "a designated thread that gives up does not think of those behind it", &[Edit(
        "rwlock.rs", "                    self.settle_queued(next);\n                    return false;", "                    return false;", 0)]),
    Twin("rw_queued_mark_left", "a queue that has become empty is not forgotten (invariant 3)", &[Edit(
        "rwlock_settle.rs", "                next = dequeued(next);", "", 0)]),
    Twin("rw_writer_beside_readers", "a writer does not mind readers", &[Edit(
        "rwlock_word.rs", "        _ => is_free(state),", "        _ => !is_writing(state) && !is_upgradable(state),", 0)]),
    Twin("rw_upgrade_beside_readers", "an upgrade does not wait for readers", &[Edit(
        "rwlock.rs", "            let alone = is_alone(state);", "            let alone = true;", 0)]),
    Twin("rw_two_upgradable", "there are two upgradable readers", &[Edit(
        "rwlock_word.rs", "        UPGRADABLE_READ => !is_writing(state) && !is_upgradable(state) && !is_short(state),", "        UPGRADABLE_READ => !is_writing(state) && !is_short(state),", 0)]),
    Twin("rw_fair_is_unfair", "a fair unlock lets others in before those who wait", &[Edit(
        "rwlock_settle.rs", "        if fair {\n            next = closed(next);\n        }", "", 0)]),
    Twin("rw_looks_again", "a writer that leaves an empty lock reads it once more", &[Edit(
        "rwlock.rs", "        if state == WRITER_BIT {\n            span.released();", "        if state == WRITER_BIT {\n            span.released();\n            let _ = self.word.load(Relaxed);", 0)]),
    Twin("rw_looks_again_unawaited", "a reader that leaves while nobody waits reads the lock once more", &[Edit(
        "rwlock.rs", "        if is_plainly_left(uncounted(state)) {\n            span.released();", "        if is_plainly_left(uncounted(state)) {\n            span.released();\n            let _ = self.word.load(Relaxed);", 0)]),
    Twin("rw_looks_again_after_settling", "leaving a lock that is waited for reads it once more", &[Edit(
        "rwlock.rs", "            see_to_those_who_wait(self.key(), state, next);\n        } else {", "            see_to_those_who_wait(self.key(), state, next);\n            let _ = self.word.load(Relaxed);\n        } else {", 0)]),
    Twin("rw_looks_again_in_order", "leaving as an upgradable reader reads the lock once more", &[Edit(
        "rwlock.rs", "                    see_to_upgrader(self.key(), next);\n                    return;", "                    see_to_upgrader(self.key(), next);\n                    let _ = self.word.load(Relaxed);\n                    return;", 0)]),
    Twin("rw_settles_whatever_is_there", "a thread that settles after it has left does not look whether the lock is there", &[Edit(
        "rwlock_settle.rs", "    let Some(word) = awaited(&queue, key) else {\n        // They have given up; or the lock is gone, and something else was made there.\n        return;\n    };", "    let word = key.cast::<AtomicUsize>();", 0)]),
    Twin("rw_upgrades_whatever_is_there", "a last reader that has left does not look whether there is still somebody who upgrades", &[Edit(
        "rwlock_settle.rs", "    let Some(word) = awaited(&queue, key) else {\n        // It has given up, or somebody else was faster.\n        return;\n    };", "    let word = key.cast::<AtomicUsize>();", 0)]),
    Twin("rw_leaves_without_a_look", "a writer that leaves does not look first whether it is inside", &[Edit(
        "rwlock.rs", "        if state & WRITER_BIT == 0 && !is_writing(state) {", "        if false {", 0)]),
    Twin("rw_looks_again_after_the_upgrade", "the last reader reads the lock once more", &[Edit(
        "rwlock_settle.rs", "                    unsafe { Node::tell(node, GRANTED) }", "                    unsafe { Node::tell(node, GRANTED) }\n                    // SAFETY: it is not, which is what is wrong.\n                    let _ = unsafe { &*key.cast::<AtomicUsize>() }.load(Relaxed);", 0)]),
    Twin("rw_closed_for_nobody", "the last designated thread leaves the lock closed (invariant 2)", &[Edit(
        "rwlock_word.rs", "state & !(CLOSED_BIT | BYPASS_FIELD) // invariant 5", "state & !BYPASS_FIELD", 0)]),
    // --- the bound on bypasses: not broken, and broken -------------------------------------------
    Twin("rwlock_bypassed_twice", "nothing: the bound is small enough for a model", &[Edit(
        "rwlock_word.rs", "const BYPASSES: usize = if usize::BITS > 32 { 1 << 20 } else { 1 << 7 };", "const BYPASSES: usize = 2;", 0)]),
    Twin("rw_bypasses_not_counted", "nobody counts who is let in", &[Edit(
        "rwlock_word.rs", "const BYPASSES: usize = if usize::BITS > 32 { 1 << 20 } else { 1 << 7 };", "const BYPASSES: usize = 2;", 0), Edit(
        "rwlock_word.rs", "with_bypasses(bypasses(state) + 1, state)", "state", 0), Edit(
        "rwlock_word.rs", "bypasses(next).is_multiple_of(CHECK)", "false", 0)]),
    Twin("rw_never_checks", "the lock is not closed after so many bypasses", &[Edit(
        "rwlock_word.rs", "const BYPASSES: usize = if usize::BITS > 32 { 1 << 20 } else { 1 << 7 };", "const BYPASSES: usize = 2;", 0), Edit(
        "rwlock_word.rs", "bypasses(next).is_multiple_of(CHECK)", "false", 0)]),
    Twin("rw_overdue_unseen", "nobody looks how often the first was bypassed", &[Edit(
        "rwlock_word.rs", "const BYPASSES: usize = if usize::BITS > 32 { 1 << 20 } else { 1 << 7 };", "const BYPASSES: usize = 2;", 0), Edit(
        "rwlock_settle.rs", "            if overdue {\n                next = closed(next);\n            }", "            let _ = overdue;", 0)]),
    // --- the clock: not broken, and broken -------------------------------------------------------
    Twin("rwlock_always_late", "nothing: it is always time", &[Edit(
        "rwlock.rs", "            && bypasses(state) % CLOCK == CLOCK - 1\n            && queue::rhythm(self.key()).is_due(PATIENCE)", "", 0)]),
    Twin("rw_late_for_nothing", "it is always time, and nothing follows from it", &[Edit(
        "rwlock.rs", "            && bypasses(state) % CLOCK == CLOCK - 1\n            && queue::rhythm(self.key()).is_due(PATIENCE)", "", 0), Edit(
        "rwlock_word.rs", "bypasses(state).next_multiple_of(CHECK)", "bypasses(state)", 0), Edit(
        "rwlock_word.rs", "    closed(with_bypasses(", "    (with_bypasses(", 0)]),
    ],
}
