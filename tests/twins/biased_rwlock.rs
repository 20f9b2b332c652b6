// The broken twins of the biased readers-writer lock; see make.rs. Those of the lock inside are in rwlock.rs.
Group {
    files: &["raw/biased.rs", "raw/guard.rs", "raw/queue.rs", "raw/rwlock.rs", "raw/rwlock_api.rs", "raw/rwlock_settle.rs", "raw/rwlock_word.rs"],
    kit: "pub type Twin = biased::RawBiasedRwLock;",
    twins: &[
    // --- not broken -----------------------------------------------------------------------------
    Twin("biased_one_slot", "nothing: all threads have the same slot", &[Edit(
        "biased.rs", "const SLOTS: usize = usize::BITS as usize;", "const SLOTS: usize = 1;", 0)]),
    // --- who writes first, and who looks --------------------------------------------------------
    Twin("biased_not_cleared", "a writer leaves the bits as they are", &[Edit(
        "biased.rs", "self.biased.swap(0, Relaxed)", "self.biased.fetch_or(0, Relaxed)", 0)]),
    Twin("biased_reader_looks_once", "a reader does not look at the bit again when its name is in the slot", &[Edit(
        "biased.rs", "        if self.biased.load(Relaxed) & bit(slot) != 0 {", "        if true {", 0)]),
    Twin("biased_writer_loads", "a writer only reads the slot (store buffering)", &[Edit(
        "biased.rs", "        let mut found = EMPTY; // a guess\n", "        let mut found = self.name.load(Acquire);\n        if !mark {\n            return found != name && found != marked(name);\n        }\n", 0)]),
    Twin("biased_other_names_loaded", "a writer does not exchange the name of another lock for itself (invariant 4)", &[Edit(
        "biased.rs", "const SLOTS: usize = usize::BITS as usize;", "const SLOTS: usize = 1;", 0), Edit(
        "biased.rs", "            let next = if named && mark", "            if !named && found != EMPTY {\n                return true;\n            }\n            let next = if named && mark", 0)]),
    Twin("biased_leaves_by_a_store", "a reader leaves by a plain store (invariant 4)", &[Edit(
        "biased.rs", "const SLOTS: usize = usize::BITS as usize;", "const SLOTS: usize = 1;", 0), Edit(
        "biased.rs", ".compare_exchange(name, EMPTY, Release, Relaxed) {", ".compare_exchange(name, name, Release, Relaxed).map(|_| self.name.store(EMPTY, Release)) {", 0)]),
    Twin("biased_writer_does_not_wait", "a writer does not wait for those in their slots", &[Edit(
        "biased.rs", "        self.lock.enter(WRITE, \"write\", None);\n        self.revoke(Patience::Until(None));", "        self.lock.enter(WRITE, \"write\", None);\n        self.biased.swap(0, Relaxed);", 0)]),
    Twin("biased_upgrade_does_not_wait", "an upgrader does not wait for those in their slots", &[Edit(
        "biased.rs", "        self.lock.become_writer(\"upgrade\", None);\n        self.revoke(Patience::Until(None));", "        self.lock.become_writer(\"upgrade\", None);\n        self.biased.swap(0, Relaxed);", 0)]),
    Twin("biased_one_reader_waited_for", "a writer waits for the first of those in their slots", &[Edit(
        "biased.rs", "            left &= left - 1;", "            left = 0;", 0)]),
    Twin("biased_any_name_waited_for", "a writer waits for readers of other locks", &[Edit(
        "biased.rs", "            let named = found == name || found == marked(name);\n            let next", "            let named = found != EMPTY;\n            let next", 0), Edit(
        "biased.rs", "const SLOTS: usize = usize::BITS as usize;", "const SLOTS: usize = 1;", 0)]),
    Twin("biased_retract_forgotten", "a reader that came too late leaves its name in the slot", &[Edit(
        "biased.rs", "        self.retract(slot, span);\n", "", 0)]),
    // --- how a bias begins, and how it is given back --------------------------------------------
    Twin("biased_bit_before_name", "the bit is set before the name is in the slot (invariant 2)", &[Edit(
        "biased.rs", "            if TABLE[slot].take(self.name()) {\n", "            self.biased.fetch_or(bit(slot), Relaxed);\n            if TABLE[slot].take(self.name()) {\n", 0)]),
    Twin("biased_left_too_soon", "a reader leaves the lock inside before its bit is set (invariant 1)", &[Edit(
        "biased.rs", "                {\n                    let span", "                self.lock.leave_reading(\"unlock_read\", false);\n                {\n                    let span", 0), Edit(
        "biased.rs", "                self.lock.leave_reading(\"unlock_read\", false);\n                return", "                return", 0)]),
    Twin("biased_left_never", "a reader by a slot stays in the lock inside", &[Edit(
        "biased.rs", "                self.lock.leave_reading(\"unlock_read\", false);\n                return", "                return", 0)]),
    Twin("biased_nothing_given_back", "a writer that gives up leaves readers in slots whose bits are cleared (invariant 3)", &[Edit(
        "biased.rs", "                self.biased.fetch_or(left, Relaxed);\n", "", 0)]),
    Twin("biased_gives_up_inside", "a writer that gives up stays inside", &[Edit(
        "biased.rs", "            self.leave_writing(\"give_up\", false);\n", "", 0)]),
    Twin("biased_upgrade_gives_up_as_writer", "an upgrader that gives up stays the writer inside", &[Edit(
        "biased.rs", "            self.lock\n                .convert(WRITER_BIT, writer_to_upgradable, \"downgrade_to_upgradable\");\n", "", 0)]),
    Twin("biased_late_is_in_time", "a writer whose time is over goes on as if the slot were empty", &[Edit(
        "biased.rs", "Wait::TimedOut {\n                return false;", "Wait::TimedOut {\n                return true;", 0)]),
    Twin("biased_slots_not_looked_at", "who asks whether it is locked is not told of those in their slots", &[Edit(
        "biased.rs", "        biased != 0 && self.is_read_by_slot(biased)", "        biased == 0 && self.is_read_by_slot(biased)", 0)]),
    // --- sleeping -------------------------------------------------------------------------------
    Twin("biased_not_marked", "a writer sleeps without a mark in the slot", &[Edit(
        "biased.rs", "if named && mark { marked(name) } else { found }", "found", 0)]),
    Twin("biased_departure_not_told", "a reader that leaves a marked slot wakes nobody", &[Edit(
        "biased.rs", "        Futex::wake(self.departures.address(), usize::MAX);\n", "", 0)]),
    Twin("biased_departure_not_counted", "a reader that leaves a marked slot does not count", &[Edit(
        "biased.rs", "        self.departures.fetch_add(1, Release);\n", "", 0)]),
    Twin("biased_looks_before_it_counts", "a writer reads the count after it has looked at the slot", &[Edit(
        "biased.rs", "            let departures = self.departures.fetch_add(0, Acquire);\n            if self.is_without(name, true) {\n                return true;\n            }\n", "            if self.is_without(name, true) {\n                return true;\n            }\n            let departures = self.departures.fetch_add(0, Acquire);\n", 0)]),
    Twin("biased_wakes_one", "of the writers of several locks that sleep at a slot one is woken", &[Edit(
        "biased.rs", "const SLOTS: usize = usize::BITS as usize;", "const SLOTS: usize = 1;", 0), Edit(
        "biased.rs", "usize::MAX);", "1);", 0)]),
    // --- who is gone ----------------------------------------------------------------------------
    Twin("biased_looks_again", "a reader looks at the lock when it has left its slot", &[Edit(
        "biased.rs", "            not_inside(action);\n        }\n", "            not_inside(action);\n        }\n        let _ = self.biased.load(Relaxed);\n", 0)]),
    ],
}
