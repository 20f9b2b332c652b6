// The broken twins of the biased readers-writer lock; see make.rs. Those of the lock inside are in rwlock.rs.
{
/// No thread has a quiet slot: all are read by exchanges.
const LOUD: Edit = Edit("biased.rs", "    Some(sys::thread::seat()).filter(|&seat| seat < SLOTS)", "    None", 0);
/// All threads have the same slot.
const ONE_SLOT: Edit = Edit("biased.rs", "const SLOTS: usize = usize::BITS as usize;", "const SLOTS: usize = 1;", 0);
Group {
    files: &["raw/biased.rs", "raw/guard.rs", "raw/queue.rs", "raw/quiet.rs", "raw/rwlock.rs", "raw/rwlock_api.rs", "raw/rwlock_settle.rs", "raw/rwlock_word.rs"],
    kit: "pub type Twin = biased::RawBiasedRwLock;",
    twins: &[
    // --- not broken -----------------------------------------------------------------------------
    Twin("biased_loud", "nothing: no thread has a quiet slot", &[LOUD]),
    Twin("biased_one_slot", "nothing: all threads have the same slot, and no quiet one", &[LOUD, ONE_SLOT]),
    Twin("biased_quiet_later", "nothing: a thread reads by its slot before it does so quietly", &[Edit(
        "biased.rs", "        (self.unquiet.left() == 0 && ", "        (self.biased.load(Relaxed) & bit(mine) != 0 && ", 0)]),
    Twin("biased_one_quiet_slot", "nothing: one thread has a quiet slot, and all have the same other one", &[ONE_SLOT]),
    // --- who writes first, and who looks --------------------------------------------------------
    Twin("biased_not_cleared", "a writer leaves the bits as they are", &[LOUD, Edit(
        "biased.rs", "self.biased.swap(0, Relaxed)", "self.biased.fetch_or(0, Relaxed)", 0)]),
    Twin("biased_reader_looks_once", "a reader does not look at the bit again when its name is in the slot", &[LOUD, Edit(
        "biased.rs", "        if self.biased.load(Relaxed) & bit(slot) != 0 {", "        if true {", 0)]),
    Twin("biased_writer_loads", "a writer only reads the slot (store buffering)", &[LOUD, Edit(
        "biased.rs", "        let mut found = EMPTY; // a guess\n", "        let mut found = self.name.load(Acquire);\n        if !mark {\n            return found != name && found != marked(name);\n        }\n", 0)]),
    Twin("biased_other_names_loaded", "a writer does not exchange the name of another lock for itself (invariant 4)", &[LOUD, ONE_SLOT, Edit(
        "biased.rs", "            let next = if named && mark", "            if !named && found != EMPTY {\n                return true;\n            }\n            let next = if named && mark", 0)]),
    Twin("biased_leaves_by_a_store", "a reader leaves by a plain store (invariant 4)", &[LOUD, ONE_SLOT, Edit(
        "biased.rs", ".compare_exchange(name, EMPTY, Release, Relaxed) {", ".compare_exchange(name, name, Release, Relaxed).map(|_| self.name.store(EMPTY, Release)) {", 0)]),
    Twin("biased_writer_does_not_wait", "a writer does not wait for those in their slots", &[Edit(
        "biased.rs", "        self.lock.enter(WRITE, \"write\", None);\n        self.revoke(Patience::Until(None));", "        self.lock.enter(WRITE, \"write\", None);\n        self.biased.swap(0, Relaxed);\n        self.quiet.swap(0, Relaxed);\n        asymmetric::heavy();", 0)]),
    Twin("biased_upgrade_does_not_wait", "an upgrader does not wait for those in their slots", &[Edit(
        "biased.rs", "        self.lock.become_writer(\"upgrade\", None);\n        self.revoke(Patience::Until(None));", "        self.lock.become_writer(\"upgrade\", None);\n        self.biased.swap(0, Relaxed);\n        self.quiet.swap(0, Relaxed);\n        asymmetric::heavy();", 0)]),
    Twin("biased_one_reader_waited_for", "a writer waits for the first of those in their slots", &[LOUD, Edit(
        "biased.rs", "        *bits &= *bits - 1;", "        *bits = 0;", 0)]),
    Twin("biased_any_name_waited_for", "a writer waits for readers of other locks", &[LOUD, Edit(
        "biased.rs", "            let named = found == name || found == marked(name);\n            let next", "            let named = found != EMPTY;\n            let next", 0), ONE_SLOT]),
    Twin("biased_retract_forgotten", "a reader that came too late leaves its name in the slot", &[LOUD, Edit(
        "biased.rs", "        self.retract(Place::Slot(slot as u8), span);\n", "", 0)]),
    // --- how a bias begins, and how it is given back --------------------------------------------
    Twin("biased_bit_before_name", "the bit is set before the name is in the slot (invariant 2)", &[LOUD, Edit(
        "biased.rs", "            .find(|&slot| TABLE[slot].take(self.name()))", "            .find(|&slot| {\n                self.biased.fetch_or(bit(slot), Relaxed);\n                TABLE[slot].take(self.name())\n            })", 0)]),
    Twin("biased_left_too_soon", "a reader leaves the lock inside before its bit is set (invariant 1)", &[Edit(
        "biased.rs", "            {\n                let span = trace::span(self.object(), KIND, action);\n                match", "            self.lock.leave_reading(\"unlock_read\", false);\n            {\n                let span = trace::span(self.object(), KIND, action);\n                match", 0), Edit(
        "biased.rs", "            self.lock.leave_reading(\"unlock_read\", false);\n        }\n", "        }\n", 0)]),
    Twin("biased_left_never", "a reader by a slot stays in the lock inside", &[Edit(
        "biased.rs", "            self.lock.leave_reading(\"unlock_read\", false);\n        }\n", "        }\n", 0)]),
    Twin("biased_nothing_given_back", "a writer that gives up leaves readers in slots whose bits are cleared (invariant 3)", &[LOUD, Edit(
        "biased.rs", "            self.biased.fetch_or(biased, Relaxed);\n", "", 0)]),
    Twin("biased_gives_up_inside", "a writer that gives up stays inside", &[Edit(
        "biased.rs", "            self.leave_writing(\"give_up\", false);\n", "", 0)]),
    Twin("biased_upgrade_gives_up_as_writer", "an upgrader that gives up stays the writer inside", &[Edit(
        "biased.rs", "            self.lock\n                .convert(WRITER_BIT, writer_to_upgradable, \"downgrade_to_upgradable\");\n", "", 0)]),
    Twin("biased_late_is_in_time", "a writer whose time is over goes on as if the slot were empty", &[LOUD, Edit(
        "biased.rs", "Wait::TimedOut {\n                return false;", "Wait::TimedOut {\n                return true;", 0)]),
    Twin("biased_slots_not_looked_at", "who asks whether it is locked is not told of those in their slots", &[LOUD, Edit(
        "biased.rs", "            found != self.name() && found != marked(self.name())\n", "            found == found\n", 0)]),
    // --- sleeping -------------------------------------------------------------------------------
    Twin("biased_not_marked", "a writer sleeps without a mark in the slot", &[LOUD, Edit(
        "biased.rs", "if named && mark { marked(name) } else { found }", "found", 0)]),
    Twin("biased_departure_not_told", "a reader that leaves a marked slot wakes nobody", &[LOUD, Edit(
        "biased.rs", "        Futex::wake(self.departures.address(), usize::MAX);\n", "", 0)]),
    Twin("biased_departure_not_counted", "a reader that leaves a marked slot does not count", &[LOUD, Edit(
        "biased.rs", "        self.departures.fetch_add(1, Release);\n", "", 0)]),
    Twin("biased_looks_before_it_counts", "a writer reads the count after it has looked at the slot", &[LOUD, Edit(
        "biased.rs", "            let departures = self.departures.fetch_add(0, Acquire);\n            if self.is_without(name, true) {\n                return true;\n            }\n", "            if self.is_without(name, true) {\n                return true;\n            }\n            let departures = self.departures.fetch_add(0, Acquire);\n", 0)]),
    Twin("biased_wakes_one", "of the writers of several locks that sleep at a slot one is woken", &[LOUD, ONE_SLOT, Edit(
        "biased.rs", "usize::MAX);", "1);", 0)]),
    // --- quiet slots ----------------------------------------------------------------------------
    Twin("quiet_not_cleared", "a writer leaves the bits of the quiet slots as they are", &[Edit(
        "biased.rs", "self.quiet.swap(0, Relaxed)", "self.quiet.fetch_or(0, Relaxed)", 0)]),
    Twin("quiet_reader_looks_once", "a quiet reader does not look at the bit again when its name is in the slot", &[Edit(
        "biased.rs", "        if self.quiet.load(Relaxed) & bit(slot) != 0 {", "        if true {", 0)]),
    Twin("quiet_without_the_light_barrier", "a quiet reader looks at the bit without a barrier (store buffering)", &[Edit(
        "quiet.rs", "        asymmetric::light(); // [BQ1]\n", "", 0)]),
    Twin("quiet_without_the_heavy_barrier", "a writer looks at the quiet slots without a barrier (store buffering)", &[Edit(
        "biased.rs", "            asymmetric::heavy(); // [BQ1]\n", "", 0)]),
    Twin("quiet_barrier_too_soon", "a writer has its barrier before it clears the bits", &[Edit(
        "biased.rs", "        let mut quiet = self.quiet.swap(0, Relaxed);\n        if quiet != 0 {\n            asymmetric::heavy(); // [BQ1]\n        }\n", "        asymmetric::heavy();\n        let mut quiet = self.quiet.swap(0, Relaxed);\n", 0)]),
    Twin("quiet_light_on_both_sides", "a writer's barrier is a light one", &[Edit(
        "biased.rs", "            asymmetric::heavy(); // [BQ1]\n", "            asymmetric::light();\n", 0)]),
    Twin("quiet_not_waited_for", "a writer does not wait for quiet readers", &[Edit(
        "biased.rs", "            !slot.has(self.name())\n", "            true\n", 0)]),
    Twin("quiet_any_name_waited_for", "a writer waits for quiet readers of other locks", &[Edit(
        "quiet.rs", "        self.name.load(Acquire) == name\n", "        self.name.load(Acquire) != EMPTY && !name.is_null()\n", 0)]),
    Twin("quiet_retract_forgotten", "a quiet reader that came too late leaves its name in the slot", &[Edit(
        "biased.rs", "        self.retract(Place::Quiet(slot as u8), span);\n", "", 0)]),
    Twin("quiet_takes_what_is_taken", "a thread writes a name over another one (invariant 1)", &[Edit(
        "quiet.rs", "        if self.name.load(Acquire) != EMPTY {\n            return false;\n        }\n", "        let _ = self.name.load(Acquire);\n", 0)]),
    Twin("quiet_bit_before_name", "the bit is set before the name is in the quiet slot (invariant 2 of the lock)", &[Edit(
        "biased.rs", "        (self.unquiet.left() == 0 && asymmetric::is_ready()", "        self.quiet.fetch_or(bit(mine), Relaxed);\n        (self.unquiet.left() == 0 && asymmetric::is_ready()", 0)]),
    Twin("quiet_nothing_given_back", "a writer that gives up leaves quiet readers in slots whose bits are cleared", &[Edit(
        "biased.rs", "            self.quiet.fetch_or(quiet, Relaxed);\n", "", 0)]),
    Twin("quiet_late_is_in_time", "a writer whose time is over goes on as if the quiet slot were empty", &[Edit(
        "quiet.rs", "Wait::TimedOut {\n                return false;", "Wait::TimedOut {\n                return true;", 0)]),
    Twin("quiet_slots_not_looked_at", "who asks whether it is locked is not told of quiet readers", &[Edit(
        "biased.rs", "&& each_bit(&mut quiet, |slot| !QUIET[slot].has(self.name())))", "&& each_bit(&mut quiet, |_| true))", 0)]),
    Twin("quiet_not_awaited", "a writer does not say that it sleeps for a quiet slot", &[Edit(
        "quiet.rs", "self.departures.fetch_or(AWAITED, Relaxed) | AWAITED;", "self.departures.fetch_or(0, Relaxed);", 0)]),
    Twin("quiet_leaves_without_the_light_barrier", "a quiet reader looks for sleepers without a barrier (store buffering)", &[Edit(
        "quiet.rs", "        asymmetric::light(); // [BQ3]\n", "", 0)]),
    Twin("quiet_sleeps_without_the_heavy_barrier", "a writer sleeps for a quiet slot without a barrier (store buffering)", &[Edit(
        "quiet.rs", "            asymmetric::heavy(); // [BQ3]\n", "", 0)]),
    Twin("quiet_looks_before_it_says", "a writer does not look at a quiet slot again after it has said that it sleeps", &[Edit(
        "quiet.rs", "            asymmetric::heavy(); // [BQ3]\n            if !self.has(name) {\n                return true;\n            }\n", "            asymmetric::heavy();\n", 0)]),
    Twin("quiet_departure_not_told", "a quiet reader that leaves an awaited slot wakes nobody", &[Edit(
        "quiet.rs", "        Futex::wake(self.departures.address(), usize::MAX);\n", "", 0)]),
    Twin("quiet_wakes_one", "of the writers of several locks that sleep at a quiet slot one is woken", &[Edit(
        "quiet.rs", "usize::MAX);", "1);", 0)]),
    Twin("quiet_departure_not_counted", "a quiet reader that leaves an awaited slot does not count", &[Edit(
        "quiet.rs", "            departures.wrapping_add(1),\n", "            departures,\n", 0)]),
    Twin("quiet_looks_again", "a quiet reader looks at the lock when it has left its slot", &[Edit(
        "biased.rs", "            Place::Quiet(slot) => QUIET[usize::from(slot)].leave(self.name(), report),\n", "            Place::Quiet(slot) => {\n                let left = QUIET[usize::from(slot)].leave(self.name(), report);\n                let _ = self.biased.load(Relaxed);\n                left\n            }\n", 0)]),
    // --- who is gone ----------------------------------------------------------------------------
    Twin("biased_looks_again", "a reader looks at the lock when it has left its slot", &[Edit(
        "biased.rs", "            not_inside(action);\n        }\n", "            not_inside(action);\n        }\n        let _ = self.biased.load(Relaxed);\n", 0)]),
    ],
}
}
