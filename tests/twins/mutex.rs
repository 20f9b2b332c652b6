// The broken twins of the mutex; see make.rs.
Group {
    files: &["raw/guard.rs", "raw/queue.rs", "raw/mutex.rs", "raw/mutex_word.rs", "raw/condvar.rs", "raw/fair.rs"],
    kit: "pub struct Twin;
          impl crate::models::Kit for Twin {
              type RawMutex = mutex::RawMutex;
              type RawCondvar = condvar::RawCondvar;
          }
          pub type FairTwin = fair::RawFairMutex;",
    twins: &[
    // --- the protocol ---------------------------------------------------------------------------
    Twin("wake_forgotten", "an unlock takes a thread out of the queue and does not tell it", &[Edit(
        "mutex.rs", "Ok(_) => return call_first(queue),", "Ok(_) => { let mut queue = queue; queue.pop(); return }", 0)]),
    Twin("wake_forgotten_by_a_last_turn", "an unlock that keeps the lock takes a thread out of the queue and does not tell it", &[Edit(
        "mutex.rs", "            call_first(queue);\n", "            let mut queue = queue;\n            queue.pop();\n", 0)]),
    Twin("queued_mark_dropped", "an unlock forgets that others are queued (invariant 3)", &[Edit(
        "mutex_word.rs", "let rest = if others {", "let rest = if false {", 0)]),
    Twin("queued_mark_left", "a thread that gives up leaves QUEUED set (invariant 3)", &[Edit(
        "mutex.rs", "        if queue.is_empty() {\n            let mut state", "        if false {\n            let mut state", 0)]),
    Twin("sleeps_while_waking", "a designated thread goes back to sleep with WAKING set (invariant 2)", &[Edit(
        "mutex.rs", "undesignated(state | QUEUED_BIT)", "state | QUEUED_BIT", 0)]),
    Twin("leaves_while_waking", "a designated thread gives up with WAKING set (invariant 2)", &[Edit(
        "mutex.rs", "                undesignated(state)\n", "                state\n", 0)]),
    Twin("leaves_a_handed_lock", "a designated thread gives up although the lock was handed to it", &[
        Edit("mutex.rs", "            let next = if is_claimable(state) {\n                // A lock", "            let next = if !is_locked(state) {\n                // A lock", 0),
        Edit("mutex.rs", "Ok(_) => return is_claimable(state),", "Ok(_) => return !is_locked(state),", 0)]),
    Twin("queues_for_a_free_lock", "a thread queues up for a lock that was just unlocked (invariant 4)", &[Edit(
        "mutex.rs", "                Ok(_) => break,\n                Err(actual) => state = actual,\n            }\n        }\n        let node", "                Ok(_) => break,\n                Err(_) if queue.is_some() => { self.word.fetch_or(QUEUED_BIT, Relaxed); break }\n                Err(actual) => state = actual,\n            }\n        }\n        let node", 0)]),
    Twin("steals_what_was_handed_over", "a thread that comes after a hand-over takes the lock", &[
        Edit("mutex.rs", "            let next = if !is_locked(state) {\n                (state | LOCKED_BIT)", "            let next = if is_claimable(state) {\n                (state | LOCKED_BIT)", 0),
        Edit("mutex.rs", "Ok(_) if !is_locked(state) => return true,\n                Ok(_) if looks", "Ok(_) if is_claimable(state) => return true,\n                Ok(_) if looks", 0)]),
    Twin("fair_is_unfair", "a fair unlock hands over to nobody in the queue", &[Edit(
        "mutex.rs", "if fair || has_waited_long(", "if has_waited_long(", 0)]),
    Twin("fair_lock_is_unfair", "the fair mutex is unlocked like the other one", &[Edit(
        "fair.rs", "unsafe { self.mutex.release_fair(KIND, \"unlock\") }", "unsafe { self.mutex.release(KIND) }", 0)]),
    Twin("fair_forgets_the_designated", "a fair unlock does not hand over to a thread that is awake already", &[Edit(
        "mutex.rs", "if fair || is_check(state) || has_arrived(state) {", "if is_check(state) || has_arrived(state) {", 0)]),
    Twin("goes_back_to_the_end", "a designated thread that was too late goes to the end of the queue", &[Edit(
        "mutex.rs", "queue.prepend(node.pointer())", "queue.append(node.pointer(), 0)", 0)]),
    Twin("looks_again_after_unlock", "the unlock reads the lock after it has released it", &[Edit(
        "mutex.rs", "        if is_done_with(state) {\n            span.released();", "        if is_done_with(state) {\n            span.released();\n            let _ = self.word.load(Relaxed);", 0)]),
    Twin("wakes_without_asking_who_is_there", "an unlock that wakes takes it that the lock is still where it was", &[Edit(
        "mutex.rs", "    let mutex = unsafe { &*first.mutex.cast::<RawMutex>() };", "    let mutex = unsafe { &*key.cast::<RawMutex>() };", 0), Edit(
        "mutex.rs", "        Some(first) if first.mutex == key => first,\n", "        Some(first) if first.mutex == key => first,\n        // SAFETY: none; that is what is wrong with it.\n        None => { let _ = unsafe { &*key.cast::<RawMutex>() }.word.load(Relaxed); return }\n", 0)]),
    Twin("looks_again_after_contended_unlock", "the contended unlock reads the lock after it has released it", &[Edit(
        "mutex.rs", "Ok(_) => return call_first(queue),", "Ok(_) => { call_first(queue); let _ = mutex.word.load(Relaxed); return }", 0)]),
    // --- the bound on bypasses: not broken, and broken -------------------------------------------
    Twin("bypassed_four_times", "nothing: the bound is small enough for a model", &[Edit("mutex_word.rs", "const BYPASSES: u32 = 1 << 20;", "const BYPASSES: u32 = 4;", 0), Edit("mutex_word.rs", "const TURNS: u32 = 64;", "const TURNS: u32 = 1;", 0)]),
    Twin("bypasses_of_the_first_not_looked_at", "no unlock looks how often the first in the queue was bypassed", &[Edit("mutex_word.rs", "const RETURNS: u32 = 2;", "const RETURNS: u32 = u32::MAX;", 0), Edit("mutex_word.rs", "const BYPASSES: u32 = 1 << 20;", "const BYPASSES: u32 = 4;", 0), Edit("mutex_word.rs", "const TURNS: u32 = 64;", "const TURNS: u32 = 1;", 0), Edit(
        "mutex.rs", "if fair || has_waited_long(first.mark, state) {", "if fair {", 0)]),
    Twin("bypasses_of_the_designated_not_looked_at", "no unlock looks how often a designated thread was bypassed", &[Edit("mutex_word.rs", "const BYPASSES: u32 = 1 << 20;", "const BYPASSES: u32 = 4;", 0), Edit("mutex_word.rs", "const TURNS: u32 = 64;", "const TURNS: u32 = 1;", 0), Edit(
        "mutex.rs", "if fair || is_check(state) || has_arrived(state) {", "if fair {", 0)]),
    Twin("bypasses_not_looked_at", "neither", &[Edit("mutex_word.rs", "const BYPASSES: u32 = 1 << 20;", "const BYPASSES: u32 = 4;", 0), Edit("mutex_word.rs", "const TURNS: u32 = 64;", "const TURNS: u32 = 1;", 0), Edit(
        "mutex.rs", "if fair || has_waited_long(first.mark, state) {", "if fair {", 0), Edit(
        "mutex.rs", "if fair || is_check(state) || has_arrived(state) {", "if fair {", 0)]),
    Twin("bypassed_eight_times", "nothing: the same, with two turns a round", &[Edit("mutex_word.rs", "const BYPASSES: u32 = 1 << 20;", "const BYPASSES: u32 = 8;", 0), Edit("mutex_word.rs", "const TURNS: u32 = 64;", "const TURNS: u32 = 2;", 0)]),
    Twin("every_turn_counts", "nothing: the models count turns also while nobody waits, and every second one is the last", &[Edit("mutex_word.rs", "const ONE_TURN: u32 = 1 << 22;", "const ONE_TURN: u32 = 1 << 29;", 0), Edit("mutex_word.rs", "const TURNS: u32 = 64;", "const TURNS: u32 = 1;", 0), Edit(
        "mutex_word.rs", "state & !(CARRY | LAST_TURN)", "state & !CARRY", 0)]),
    Twin("time_flies", "nothing: every unlock is late, and the bound is small enough for a model", &[Edit("mutex_word.rs", "const BYPASSES: u32 = 1 << 20;", "const BYPASSES: u32 = 4;", 0), Edit("mutex_word.rs", "const TURNS: u32 = 64;", "const TURNS: u32 = 1;", 0), Edit(
        "mutex.rs", " && queue::rhythm(key).is_due(PATIENCE)", "", 0)]),
    Twin("always_late", "nothing: every unlock is late", &[Edit("mutex_word.rs", "const TURNS: u32 = 64;", "const TURNS: u32 = 1;", 0), Edit(
        "mutex.rs", " && queue::rhythm(key).is_due(PATIENCE)", "", 0)]),
    Twin("aside_keeps_the_lock", "who steps aside does not open the lock", &[Edit("mutex_word.rs", "const TURNS: u32 = 64;", "const TURNS: u32 = 1;", 0), Edit(
        "mutex.rs", " && queue::rhythm(key).is_due(PATIENCE)", "", 0), Edit(
        "mutex_word.rs", "freed(joined(state) & !(HANDED_BIT | ASIDE_BIT))", "joined(state) & !(HANDED_BIT | ASIDE_BIT)", 0)]),
    Twin("aside_unseen", "who steps aside does not say that it is queued", &[Edit("mutex_word.rs", "const TURNS: u32 = 64;", "const TURNS: u32 = 1;", 0), Edit(
        "mutex.rs", " && queue::rhythm(key).is_due(PATIENCE)", "", 0), Edit(
        "mutex_word.rs", "freed(joined(state) & !(HANDED_BIT | ASIDE_BIT))", "freed(state & !(HANDED_BIT | ASIDE_BIT))", 0)]),
    Twin("aside_stays", "a claim leaves the word saying that whoever comes has to step aside", &[Edit("mutex_word.rs", "const TURNS: u32 = 64;", "const TURNS: u32 = 1;", 0), Edit(
        "mutex.rs", " && queue::rhythm(key).is_due(PATIENCE)", "", 0), Edit(
        "mutex_word.rs", "state & !(WAKING_BIT | HANDED_BIT | ARRIVED_BIT | ASIDE_BIT)", "state & !(WAKING_BIT | HANDED_BIT | ARRIVED_BIT)", 0)]),
    Twin("aside_without_designated", "a late unlock puts the lock aside for nobody", &[Edit("mutex_word.rs", "const TURNS: u32 = 64;", "const TURNS: u32 = 1;", 0), Edit(
        "mutex.rs", " && queue::rhythm(key).is_due(PATIENCE)", "", 0), Edit(
        "mutex.rs", "if fair || has_waited_long(first.mark, state) {", "if is_late { calls = false; put_aside(state) } else if fair || has_waited_long(first.mark, state) {", 0)]),
    Twin("aside_for_one", "who steps aside leaves the lock to nobody but the designated thread", &[Edit("mutex_word.rs", "const TURNS: u32 = 64;", "const TURNS: u32 = 1;", 0), Edit(
        "mutex.rs", " && queue::rhythm(key).is_due(PATIENCE)", "", 0), Edit(
        "mutex_word.rs", "if is_put_aside(state) {\n        freed", "if false {\n        freed", 0)]),
    Twin("returns_uncounted", "nobody counts how often a thread has come in vain", &[Edit(
        "mutex.rs", "|note| note.wants += 1", "|note| note.wants += 0", 0)]),
    // --- looking --------------------------------------------------------------------------------
    Twin("looking_stays", "who looks and takes the lock says that it looks for ever", &[Edit(
        "mutex.rs", "(state | LOCKED_BIT) & !mine", "state | LOCKED_BIT", 0)]),
    Twin("looking_asleep", "who looks and queues up says that it looks for ever", &[Edit(
        "mutex.rs", "queued(state) & !mine", "queued(state)", 0)]),
    Twin("nobody_looks", "an unlock leaves the lock to somebody who is not there", &[Edit(
        "mutex.rs", "|| is_looked_for(state) && !(fair || is_check(state) || is_late)", "|| !(fair || is_check(state) || is_late)", 0)]),
    Twin("arrived_overlooked", "an unlock does not see that the designated thread is there", &[Edit(
        "mutex.rs", "if fair || is_check(state) || has_arrived(state) {", "if fair || is_check(state) {", 0)]),
    Twin("arrived_too_quietly", "the designated thread says that it is there, and not that the next turn is the last", &[Edit(
        "mutex.rs", "last_turn(state | ARRIVED_BIT)", "state | ARRIVED_BIT", 0)]),
    // --- the queue ------------------------------------------------------------------------------
    Twin("bucket_sleeps_at_once", "nothing: a thread that finds a bucket locked sleeps at once", &[Edit("queue.rs", "while sys::soon(&self.word, |word| word == UNLOCKED) {", "while false {", 0)]),
    Twin("bucket_wakes_nobody", "unlocking a contended bucket wakes nobody", &[Edit("queue.rs", "while sys::soon(&self.word, |word| word == UNLOCKED) {", "while false {", 0), Edit(
        "queue.rs", "if before == CONTENDED {", "if before == u32::MAX {", 0)]),
    Twin("bucket_forgets_the_others", "a thread that slept for a bucket forgets that others may", &[Edit("queue.rs", "while sys::soon(&self.word, |word| word == UNLOCKED) {", "while false {", 0), Edit(
        "queue.rs", "while self.word.swap(CONTENDED, Acquire) != UNLOCKED {", "while { let before = self.word.swap(CONTENDED, Acquire); if before == UNLOCKED { self.word.swap(LOCKED, Relaxed); } before } != UNLOCKED {", 0)]),
    Twin("times_out_although_taken_out", "a thread whose deadline has come does not ask whether it was taken out", &[Edit(
        "queue.rs", "if !unsafe { self.holds(node) } {\n            return false;", "if !unsafe { self.holds(node) } {\n            return true;", 0)]),
    Twin("forgets_the_rest", "taking out the first node loses the queue", &[Edit(
        "queue.rs", "            self.set_first(next);", "            self.set_first(ptr::null_mut());", 0)]),
    ],
}
