// The broken twins of the Gil; see make.rs.
Group {
    files: &["raw/queue.rs", "raw/gil_lock.rs", "gil.rs"],
    kit: "pub(crate) mod raw { pub(crate) use super::gil_lock::{Attachment, RawGil}; }
          pub struct Twin;
          crate::models::gil::kit!(Twin, gil);",
    twins: &[
    // --- not broken ---------------------------------------------------------------------------------
    Twin("gil_overtaken_once", "nothing: a thread is overtaken once instead of sixteen times", &[Edit(
        "gil_lock.rs", "const OVERTAKES: usize = 16;", "const OVERTAKES: usize = 1;", 0)]),
    // --- the protocol: leaving ----------------------------------------------------------------------
    Twin("gil_tells_nobody", "who leaves takes a thread out of the queue and does not tell it", &[Edit(
        "gil_lock.rs", "unsafe { Node::tell(node, if hands_over { GRANTED } else { LOOK }) }", "let _ = node;", 0)]),
    Twin("gil_forgets_the_queue", "who leaves forgets that others are queued (invariant 2)", &[Edit(
        "gil_lock.rs", "let rest = if queue.has_one() || first.is_none() {", "let rest = if true {", 0)]),
    Twin("gil_leaves_asked", "who was asked frees the lock instead of handing it over", &[Edit(
        "gil_lock.rs", "Some(note) if is_asked(state) => handed(rest, note),", "Some(note) if false => handed(rest, note),", 0)]),
    Twin("gil_hand_over_stays_asked", "a hand-over leaves the request (invariant 5)", &[Edit(
        "gil_lock.rs", "taken(freed(state) & !ASKED_BIT, has_favour(note))", "taken(freed(state), has_favour(note))", 0)]),
    Twin("gil_frees_and_grants", "who leaves frees the lock and tells the first that it is its own", &[Edit(
        "gil_lock.rs", "if hands_over { GRANTED } else { LOOK }", "GRANTED", 0)]),
    Twin("gil_looks_again", "who leaves looks at the lock once more", &[Edit(
        "gil_lock.rs", "            Ok(_) => span.released(),", "            Ok(_) => { span.released(); let _ = self.word.load(Relaxed); }", 0)]),
    Twin("gil_looks_again_contended", "who leaves with nobody queued any more looks at the lock once more", &[Edit(
        "gil_lock.rs", "        let Some(hands_over) = first else {\n            span.released();", "        let Some(hands_over) = first else {\n            span.released(); let _ = self.word.load(Relaxed);", 0)]),
    // --- the protocol: waiting ----------------------------------------------------------------------
    Twin("gil_queues_for_a_free_lock", "a thread queues up without a look whether the lock is held (invariant 3)", &[Edit(
        "gil_lock.rs", "            match self.word.compare_exchange(state, next, Acquire, Relaxed) {\n                Ok(_) if !is_held(state) => return Attachment::Attached", "            if queue.is_some() && is_held(state) { self.word.fetch_or(next & !HELD_BIT, Relaxed); break asks; }\n            match self.word.compare_exchange(state, next, Acquire, Relaxed) {\n                Ok(_) if !is_held(state) => return Attachment::Attached", 0)]),
    Twin("gil_goes_back_to_the_end", "a thread that looked in vain goes to the end of the queue", &[Edit(
        "gil_lock.rs", "unsafe { queue.prepend(node.pointer()) }", "unsafe { queue.append(node.pointer(), 0) }", 0)]),
    Twin("gil_goes_away_unseen", "a thread whose deadline has come goes away although it was told to look (invariant 3)", &[Edit(
        "gil_lock.rs", "        let note = unsafe { Node::note(node.pointer()) };", "        let note = unsafe { Node::note(node.pointer()) };\n        if late { return Some(Attachment::TimedOut); }", 0)]),
    Twin("gil_queued_mark_left", "a thread that gives up leaves QUEUED and ASKED set (invariants 2 and 5)", &[Edit(
        "gil_lock.rs", "        if queue.is_empty() {\n            let mut state", "        if false {\n            let mut state", 0)]),
    Twin("gil_request_left", "a thread that gives up leaves its request (invariant 5)", &[Edit(
        "gil_lock.rs", "state & !(QUEUED_BIT | ASKED_BIT)", "state & !QUEUED_BIT", 0)]),
    Twin("gil_gives_up_what_it_has", "a thread whose deadline has come does not ask what it was told", &[Edit(
        "gil_lock.rs", "                    last_word(node)\n", "                    if late { last_word(node); break Attachment::TimedOut; }\n                    last_word(node)\n", 0)]),
    // --- the protocol: asking and giving way --------------------------------------------------------
    Twin("gil_never_asks", "a clock runs down and nothing is asked", &[Edit(
        "gil_lock.rs", ".compare_exchange(state, state | ASKED_BIT, Relaxed, Relaxed)", ".compare_exchange(state, state, Relaxed, Relaxed)", 0)]),
    Twin("gil_checkpoint_frees", "a checkpoint frees the lock for whoever comes, and takes it again at once", &[Edit(
        "gil.rs", "self.attached = self.gil.raw.give_way();", "self.let_go();", 0), Edit(
        "gil_lock.rs", "Some(note) if is_asked(state) => handed(rest, note),", "Some(note) if false => handed(rest, note),", 0)]),
    Twin("gil_checkpoint_ignores", "a checkpoint does not look", &[Edit(
        "gil.rs", "if !self.gil.raw.is_asked() {\n                    return Ok(());", "if true {\n                    return Ok(());", 0)]),
    Twin("gil_stays_inside", "a checkpoint hands over and does not wait for its turn", &[Edit(
        "gil_lock.rs", "        let attachment = self.wait(&node, clock, None, since);\n        self.entered(attachment, &span)", "        std::mem::forget(node);\n        self.entered(Attachment::Attached, &span)", 0), Edit(
        "gil_lock.rs", "        // SAFETY: this thread's own node, which `wait` does not leave before it is out.\n        unsafe { queue.append(node.pointer(), 0) }\n        drop(queue);", "        drop(queue);", 0)]),
    Twin("gil_gives_way_to_nobody", "a checkpoint waits although the asker has left", &[Edit(
        "gil_lock.rs", "let Some(next) = queue.pop() else { return true };", "let Some(next) = queue.pop() else { drop(queue); node.sleep(WAITING, None); return true };", 0)]),
    Twin("gil_giver_does_not_tell", "a checkpoint takes the first out and does not tell it", &[Edit(
        "gil_lock.rs", "unsafe { Node::tell(next, GRANTED) }", "let _ = next;", 0)]),
    Twin("gil_reminds_nobody", "who becomes the first is not reminded (invariant 4)", &[Edit(
        "gil_lock.rs", "    if note.wants & CLOCKLESS == 0 {", "    if true {", 0)]),
    Twin("gil_any_may_ask", "also one that is not the first asks and has no clock afterwards, and is not known for it (invariant 4)", &[Edit(
        "gil_lock.rs", "            wants |= CLOCKLESS;\n            if queue", "            if queue", 0)]),
    Twin("gil_reminder_not_forgotten", "a thread that was reminded does not forget it before it sleeps", &[Edit(
        "gil_lock.rs", "        // While nobody can tell it anything else.\n        node.forget();", "", 0)]),
    Twin("gil_owner_cleared_late", "who gives way clears the owner when the other may have written its own number", &[Edit(
        "gil_lock.rs", "        self.owner.set(NOBODY);\n        span.handed_over();\n        self.counts.forced", "        span.handed_over();\n        self.counts.forced", 0), Edit(
        "gil_lock.rs", "        unsafe { Node::tell(next, GRANTED) }\n        wake(reminded);", "        unsafe { Node::tell(next, GRANTED) }\n        wake(reminded); self.owner.set(NOBODY);", 0)]),
    Twin("gil_owner_stays", "who detaches leaves its number behind", &[Edit(
        "gil_lock.rs", "        self.owner.set(NOBODY);\n        // Release", "        // Release", 0)]),
    Twin("gil_attaches_twice", "a thread that is attached is not told", &[Edit(
        "gil_lock.rs", "        if is_held(state) && !is_final(state) && self.is_mine() {", "        if false {", 0)]),
    // --- the protocol: those who come back ----------------------------------------------------------
    Twin("gil_returning_last", "who comes back queues behind the others", &[Edit(
        "gil_lock.rs", "unsafe { queue.overtake(node.pointer(), may_be_overtaken) }", "unsafe { queue.append(node.pointer(), 0) }", 0)]),
    Twin("gil_returning_never_asks", "who comes back waits for its clock", &[Edit(
        "gil_lock.rs", "                asks = self.patience(returning, state) == Some(Duration::ZERO);", "                asks = false;", 0), Edit(
        "gil_lock.rs", "        let mut clock = self.clock(returning, state);\n        if asks", "        let mut clock = self.clock(false, state);\n        if asks", 0)]),
    Twin("gil_returning_interrupt", "who comes back interrupts others that came back", &[Edit(
        "gil_lock.rs", "            Some(after) if returning && is_favoured(state) => {", "            Some(after) if false => {", 0)]),
    Twin("gil_overtaken_for_ever", "there is no bound to overtaking", &[Edit(
        "gil_lock.rs", "const OVERTAKES: usize = 16;", "const OVERTAKES: usize = 1;", 0), Edit(
        "gil_lock.rs", "    note.mark >= OVERTAKES", "    false", 0)]),
    Twin("gil_overtaking_not_counted", "an overtaken node is not marked", &[Edit(
        "gil_lock.rs", "const OVERTAKES: usize = 16;", "const OVERTAKES: usize = 1;", 0), Edit(
        "queue.rs", "links.note.mark += 1;", "", 0)]),
    // --- the protocol: finalizing -------------------------------------------------------------------
    Twin("gil_finalize_tells_nobody", "those who wait are not told that it is final (invariant 6)", &[Edit(
        "gil_lock.rs", "chain.tell(FINALIZED);", "core::mem::forget(chain);", 0)]),
    Twin("gil_finalize_tells_one", "only the first that waits is told", &[Edit(
        "gil_lock.rs", "        chain.tell(FINALIZED);", "        if let Some(node) = chain.pop() {\n            // SAFETY: just taken out.\n            unsafe { Node::tell(node, FINALIZED) } }", 0)]),
    Twin("gil_final_and_free", "a thread takes a final lock", &[Edit(
        "gil_lock.rs", "            if is_final(state) {\n                return self.refused();", "            if is_final(state) && is_held(state) {\n                return self.refused();", 0)]),
    Twin("gil_queues_for_a_final_lock", "a thread queues up for a final lock (invariant 6)", &[Edit(
        "gil_lock.rs", "            if is_final(state) {\n                return self.refused();", "            if is_final(state) && !is_held(state) {\n                return self.refused();", 0)]),
    Twin("gil_claims_a_final_lock", "a thread that was told to look takes a final lock", &[Edit(
        "gil_lock.rs", "            if is_final(state) {\n                return Some(self.refused());", "            if false {\n                return Some(self.refused());", 0)]),
    Twin("gil_finalized_is_granted", "a thread that is told of the end is let in", &[Edit(
        "gil_lock.rs", "FINALIZED => break Attachment::Finalized,", "FINALIZED => break Attachment::Attached,", 0)]),
    Twin("gil_token_survives", "a token that came back too late still gives access", &[Edit(
        "gil.rs", "            _ => self.attached = false,", "            _ => self.attached = true,", 0)]),
    // --- the token ----------------------------------------------------------------------------------
    Twin("gil_detach_stays", "`detach` runs its body attached", &[Edit(
        "gil.rs", "let value = if self.attached && !self.finalizes {", "let value = if false {", 0)]),
    Twin("gil_panic_stays_away", "a panic in `detach` does not attach again", &[Edit(
        "gil.rs", "                self.0.come_back(\"detach\", true);", "                if !std::thread::panicking() { self.0.come_back(\"detach\", true); }", 0)]),
    Twin("gil_locks_inside", "`detach_while_locking` waits for the mutex attached", &[Edit(
        "gil.rs", "None => self.detach(|| mutex.lock()),", "None => Ok(mutex.lock()),", 0)]),
    Twin("gil_drop_forgets", "a token that is dropped does not detach", &[Edit(
        "gil.rs", "            self.gil.raw.leave(\"drop\");", "", 0)]),
    ],
}
