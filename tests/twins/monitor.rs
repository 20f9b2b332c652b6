// The broken twins of the monitor; see make.rs.
Group {
    files: &["raw/guard.rs", "raw/queue.rs", "raw/mutex.rs", "raw/mutex_word.rs", "raw/condvar.rs", "raw/waiters.rs", "raw/monitor.rs", "monitor.rs"],
    kit: "pub(crate) mod raw { pub(crate) use super::raw_monitor::{Known, RawMonitor}; }
          type Condvar = lock_api::Condvar<condvar::RawCondvar>;
          mod parts { pub use super::monitor::{Condition, Monitor, MonitorGuard}; pub type Condvar = super::Condvar; }
          crate::monitor_kit!(Twin, self::parts);",
    twins: &[
    // --- leaving --------------------------------------------------------------------------------
    Twin("monitor_does_not_ask", "a leaver asks nobody", &[Edit(
        "raw_monitor.rs", "if unsafe { self.waiters.first() }.is_null() {\n            // SAFETY: the caller owns the monitor, so", "if true {\n            // SAFETY: the caller owns the monitor, so", 0)]),
    Twin("monitor_wait_does_not_ask", "a thread that begins to wait asks nobody", &[Edit(
        "raw_monitor.rs", "unsafe { self.leave(Some(&waiter)) };", "unsafe { self.door.release(KIND) };", 0)]),
    Twin("monitor_classic_does_not_ask", "a thread that begins to wait on a condvar asks nobody", &[Edit(
        "raw_monitor.rs", "            unsafe { self.leave(None) }\n        };", "            unsafe { self.door.release(KIND) }\n        };", 0)]),
    Twin("monitor_wakes_nobody", "a leaver hands over and does not wake", &[Edit(
        "raw_monitor.rs", "                Futex::wake(address, 1);\n", "", 0)]),
    Twin("monitor_unlocks_too", "a leaver hands over and unlocks", &[Edit(
        "raw_monitor.rs", "                Futex::wake(address, 1);\n", "                Futex::wake(address, 1);\n                // SAFETY: broken on purpose.\n                unsafe { self.door.release(KIND) };\n", 0)]),
    Twin("monitor_is_mesas", "a leaver unlocks and wakes; the other comes in by the door and does not look again", &[Edit(
        "raw_monitor.rs", "                span.handed_over();\n                Futex::wake(address, 1);\n", "                // SAFETY: broken on purpose.\n                unsafe { self.door.release(KIND) };\n                Futex::wake(address, 1);\n", 0), Edit(
        "raw_monitor.rs", "        if given {\n            span.acquired();\n        } else {", "        if given {\n            self.door.acquire(KIND, Manner::Looks);\n        } else {", 0)]),
    Twin("monitor_looks_again", "a leaver looks at the door after it has handed over", &[Edit(
        "raw_monitor.rs", "                Futex::wake(address, 1);\n", "                Futex::wake(address, 1);\n                self.has_entrants();\n", 0)]),
    Twin("monitor_opens_for_who_leaves", "a leaver opens the door when the one that is to go on gives up", &[Edit(
        "raw_monitor.rs", "            row = if last_no.is_null() {", "            break;\n            row = if last_no.is_null() {", 0)]),
    Twin("monitor_skips_the_heir", "when the one that is to go on gives up, its row is not asked any more", &[Edit(
        "raw_monitor.rs", "            let panic = match answer {", "            // SAFETY: in the list.\n            let behind = unsafe { Waiters::after(row) };\n            let panic = match answer {", 0), Edit(
        "raw_monitor.rs", "            row = if last_no.is_null() {", "            row = if true { behind } else if last_no.is_null() {", 0)]),
    // --- deadlines ------------------------------------------------------------------------------
    Twin("monitor_ignores_that_it_owns", "a thread whose deadline has come does not notice that it was given the monitor", &[Edit(
        "waiters.rs", "return leaving.is_err();", "return false;", 0)]),
    Twin("monitor_gives_to_who_leaves", "a leaver gives the monitor to a thread whose deadline has come", &[Edit(
        "waiters.rs", "            .compare_exchange(WAITING, OWNER, Release, Relaxed)\n            .is_ok()", "            .swap(OWNER, Release) != u32::MAX", 0)]),
    Twin("monitor_does_not_ask_again", "a thread that was too late does not ask once more", &[Edit(
        "raw_monitor.rs", "given || self.ask(", "given || false && self.ask(", 0)]),
    Twin("monitor_keeps_what_it_gave_up", "a thread that gives up does not pass the monitor on", &[Edit(
        "monitor.rs", "guard.wait_with(condition, deadline).then_some(guard)", "if !guard.wait_with(condition, deadline) { core::mem::forget(guard); return None; } Some(guard)", 0)]),
    // --- conditions -----------------------------------------------------------------------------
    Twin("monitor_waits_for_what_is", "a thread waits although its condition holds", &[Edit(
        "monitor.rs", "        if answer.is_yes(ASKER) {", "        if false {", 0)]),
    Twin("monitor_panics_in_the_leaver", "a condition that panics panics in whoever asks", &[Edit(
        "raw_monitor.rs", "Err(panic) => Some(panic),", "Err(panic) => resume_unwind(panic),", 0)]),
    Twin("monitor_panic_is_yes", "a condition that panics holds", &[Edit(
        "raw_monitor.rs", "Err(panic) => Some(panic),", "Err(_) => None,", 0)]),
    Twin("monitor_panic_is_no", "a condition that panics does not hold", &[Edit(
        "raw_monitor.rs", "Err(panic) => Some(panic),", "Err(_) => {\n// SAFETY: broken on purpose.\nlast_no = row; row = unsafe { Waiters::after(row) }; continue; }", 0)]),
    Twin("monitor_lets_conditions_in", "a condition that enters its own monitor is not noticed", &[Edit(
        "raw_monitor.rs", "if inside::is_inside(self) {", "if false {", 0)]),
    // --- the list -------------------------------------------------------------------------------
    Twin("monitor_asks_each", "each of those who wait for a named condition is asked", &[Edit(
        "waiters.rs", "if !condition.is_null() && of_row == condition {", "if false {", 0)]),
    Twin("monitor_forgets_the_row", "a row ends with its first waiter", &[Edit(
        "waiters.rs", "        if !alone {\n            // The row goes on", "        if false {\n            // The row goes on", 0)]),
    Twin("monitor_row_jumps", "a row keeps its place when its first waiter goes", &[Edit(
        "waiters.rs", "while !next.is_null() && unsafe { read(next, |links| links.arrival) } < arrival {", "while false {", 0)]),
    Twin("monitor_forgets_the_rows_behind", "taking out a row loses those behind it", &[Edit(
        "waiters.rs", "        unsafe { self.set_next(before, next) }\n        if !next", "        unsafe { self.set_next(before, ptr::null_mut()) }\n        if !next", 0)]),
    // --- the bound on hand-overs: not broken, and broken ------------------------------------------
    Twin("monitor_hands_over_twice", "nothing: the bound is small enough for a model", &[Edit(
        "raw_monitor.rs", "const HAND_OVERS: u32 = 32;", "const HAND_OVERS: u32 = 2;", 0)]),
    Twin("monitor_keeps_the_door_shut", "hand-overs are not counted", &[Edit("raw_monitor.rs", "const HAND_OVERS: u32 = 32;", "const HAND_OVERS: u32 = 2;", 0), Edit(
        "raw_monitor.rs", "self.set_in_a_row(in_a_row.saturating_add(1))", "self.set_in_a_row(0)", 0)]),
    Twin("monitor_opens_to_nobody", "after many hand-overs the door is unlocked, whoever stands there", &[Edit("raw_monitor.rs", "const HAND_OVERS: u32 = 32;", "const HAND_OVERS: u32 = 2;", 0), Edit(
        "raw_monitor.rs", "if in_a_row >= HAND_OVERS && unsafe { self.door.hand_over(KIND, \"unlock\") } {", "if in_a_row >= HAND_OVERS { unsafe { self.door.release_fair(KIND, \"unlock\") }", 0)]),
    Twin("monitor_forgets_who_queues", "handing over the door forgets that others are queued", &[Edit("raw_monitor.rs", "const HAND_OVERS: u32 = 32;", "const HAND_OVERS: u32 = 2;", 0), Edit(
        "mutex.rs", "handed(designated(state, !queue.has_one(), 0)),", "handed(designated(state, false, 0)),", 0)]),
    Twin("monitor_forgets_the_designated", "the door is not handed to a thread that is on its way", &[Edit("raw_monitor.rs", "const HAND_OVERS: u32 = 32;", "const HAND_OVERS: u32 = 2;", 0), Edit(
        "mutex.rs", "_ if is_waking(state) => handed(state),", "_ if is_waking(state) => state,", 0)]),
    ],
}
