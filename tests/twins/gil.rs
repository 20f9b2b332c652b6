// The broken twins of the Gil; see make.rs.
Group {
    files: &["raw/queue.rs", "raw/gil_lock.rs", "gil.rs"],
    kit: "pub(crate) mod raw { pub(crate) use super::gil_lock::{Attachment, RawGil}; }
          pub struct Twin;
          crate::models::gil::kit!(Twin, gil);",
    twins: &[
    // --- not broken ---------------------------------------------------------------------------------
    Twin("gil_overtaken_once", "nothing: a thread is overtaken once instead of sixteen times, and every time counts", &[Edit(
        "gil_lock.rs", "const OVERTAKES: usize = 16;", "const OVERTAKES: usize = 1;", 0), Edit(
        "gil_lock.rs", "usize::from(self.turn_is_over())", "1", 0)]),
    Twin("gil_overtaken_twice", "nothing: a thread is overtaken twice instead of sixteen times, and every time counts", &[Edit(
        "gil_lock.rs", "const OVERTAKES: usize = 16;", "const OVERTAKES: usize = 2;", 0), Edit(
        "gil_lock.rs", "usize::from(self.turn_is_over())", "1", 0)]),
    Twin("gil_turn_ends_whenever", "nothing: whether a turn is over hangs on how often somebody has asked, and so on the schedule", &[Edit(
        "gil_lock.rs", "self.turn.has_run_for(every)", "every > Duration::ZERO && self.counts.requests.get() % 2 == 1", 0)]),
    // --- the protocol: leaving ----------------------------------------------------------------------
    Twin("gil_tells_nobody", "who frees the lock does not tell the first (invariant 3)", &[Edit(
        "gil_lock.rs", "queue.remind_first(note.wants | LOOKS, NUDGED)", "None", 0)]),
    Twin("gil_tells_another", "who frees the lock tells the next one that was not told yet", &[Edit(
        "gil_lock.rs", "                None // It has not looked yet.", "                queue.visit(|_, node| {\n                    // SAFETY: in the queue.\n                    let told = unsafe { Node::note(node) }.wants & LOOKS != 0;\n                    if !told {\n                        // SAFETY: broken on purpose.\n                        unsafe { Node::annotate(node, |note| note.wants |= LOOKS) };\n                        // SAFETY: broken on purpose.\n                        unsafe { Node::tell(node, NUDGED) }\n                    }\n                    told\n                });\n                None", 0)]),
    Twin("gil_grants_silently", "who hands over takes the first out and does not tell it", &[Edit(
        "gil_lock.rs", "unsafe { Node::tell(node, GRANTED) }", "let _ = node;", 0)]),
    Twin("gil_forgets_the_queue", "who hands over forgets that others are queued (invariant 2)", &[Edit(
        "gil_lock.rs", "    if queue.has_one() {\n        state & !QUEUED_BIT", "    if true {\n        state & !QUEUED_BIT", 0)]),
    Twin("gil_claim_forgets_the_queue", "who takes the lock out of the queue forgets that others are queued (invariant 2)", &[Edit(
        "gil_lock.rs", "    if queue.has_one() {\n        dequeued(state)", "    if true {\n        dequeued(state)", 0)]),
    Twin("gil_leaves_asked", "who was asked frees the lock instead of handing it over", &[Edit(
        "gil_lock.rs", "Some(note) if is_asked(state) => handed(popped(state, queue), note),", "Some(note) if false => handed(popped(state, queue), note),", 0)]),
    Twin("gil_hand_over_stays_asked", "a hand-over leaves the request (invariant 5)", &[Edit(
        "gil_lock.rs", "taken(freed(state) & !ASKED_BIT, has_favour(note))", "taken(freed(state), has_favour(note))", 0)]),
    Twin("gil_frees_and_grants", "who leaves frees the lock and tells the first that it is its own", &[Edit(
        "gil_lock.rs", "queue.remind_first(note.wants | LOOKS, NUDGED)", "if let Some(node) = queue.pop() {\n                    // SAFETY: broken on purpose.\n                    unsafe { Node::tell(node, GRANTED) }\n                }\n                None", 0)]),
    Twin("gil_looks_again", "who leaves looks at the lock once more", &[Edit(
        "gil_lock.rs", "            Ok(_) => span.released(),", "            Ok(_) => { span.released(); let _ = self.word.load(Relaxed); }", 0)]),
    Twin("gil_looks_again_contended", "who leaves with nobody queued any more looks at the lock once more", &[Edit(
        "gil_lock.rs", "        let (Some((note, hands_over)), Some(mut queue)) = (first, queue) else {\n            span.released();", "        let (Some((note, hands_over)), Some(mut queue)) = (first, queue) else {\n            span.released(); let _ = self.word.load(Relaxed);", 0)]),
    Twin("gil_looks_again_beside_the_first", "who has let the first look, and the bucket go, looks at the lock once more", &[Edit(
        "gil_lock.rs", "            drop(queue);\n            wake(nudged);", "            drop(queue);\n            let _ = self.word.load(Relaxed); wake(nudged);", 0)]),
    // --- the protocol: waiting ----------------------------------------------------------------------
    Twin("gil_queues_for_a_free_lock", "a thread queues up without a look whether the lock is held (invariant 3)", &[Edit(
        "gil_lock.rs", "            match self.word.compare_exchange(state, next, Acquire, Relaxed) {\n                Ok(_) if !is_held(state) => return Attachment::Attached", "            if queue.is_some() && is_held(state) { self.word.fetch_or(next & !HELD_BIT, Relaxed); break asks; }\n            match self.word.compare_exchange(state, next, Acquire, Relaxed) {\n                Ok(_) if !is_held(state) => return Attachment::Attached", 0)]),
    Twin("gil_goes_back_to_the_end", "a thread that looked in vain goes to the end of the queue", &[Edit(
        "gil_lock.rs", "        node.forget();\n        self.counts.waits.increment();", "        node.forget();\n        self.counts.waits.increment();\n        // SAFETY: broken on purpose.\n        unsafe { queue.take_out(node.pointer()) };\n        // SAFETY: broken on purpose.\n        unsafe { queue.append(node.pointer(), 0) }", 0)]),
    Twin("gil_does_not_look", "a thread that was told to look winds up its clock", &[Edit(
        "gil_lock.rs", "_ if note.wants & LOOKS != 0 => self.look_at_it", "_ if false => self.look_at_it", 0)]),
    Twin("gil_looks_for_ever", "a thread that has looked in vain is not told again (invariant 3)", &[Edit(
        "gil_lock.rs", "        let mut wants = note.wants & LASTING;\n        if asks", "        let mut wants = note.wants & (LASTING | LOOKS);\n        if asks", 0)]),
    Twin("gil_goes_away_unseen", "a thread whose deadline has come goes away although it was told to look (invariant 3)", &[Edit(
        "gil_lock.rs", "if note.wants & LOOKS != 0 && !is_held(state) {", "if false {", 0)]),
    Twin("gil_queued_mark_left", "a thread that gives up leaves QUEUED and ASKED set (invariants 2 and 5)", &[Edit(
        "gil_lock.rs", "    if queue.has_one() {\n        dequeued(state)", "    if queue.has_one() {\n        state", 0)]),
    Twin("gil_request_left_to_others", "a thread that gives up leaves its request if others wait (invariant 5)", &[Edit(
        "gil_lock.rs", "note.wants & ASKER != 0 && askers() == 1", "false", 0)]),
    Twin("gil_request_taken_along", "a thread that gives up takes its request along and reminds nobody (invariant 4)", &[Edit(
        "gil_lock.rs", "let reminded = if is_asked(state) {", "let reminded = if true {", 0)]),
    Twin("gil_request_left", "a thread that gives up leaves its request (invariant 5)", &[Edit(
        "gil_lock.rs", "state & !(QUEUED_BIT | ASKED_BIT)", "state & !QUEUED_BIT", 0)]),
    Twin("gil_gives_up_what_it_has", "a thread whose deadline has come does not ask what it was told", &[Edit(
        "gil_lock.rs", "GRANTED => Attachment::Attached,\n                _ => Attachment::Finalized,", "_ if why == Why::GivesUp => Attachment::TimedOut,\n                GRANTED => Attachment::Attached,\n                _ => Attachment::Finalized,", 0)]),
    // --- the protocol: asking and giving way --------------------------------------------------------
    Twin("gil_never_asks", "a clock runs down and nothing is asked", &[Edit(
        "gil_lock.rs", "let next = state | if asks { ASKED_BIT } else { 0 };", "let next = state;", 0)]),
    Twin("gil_checkpoint_frees", "a checkpoint frees the lock for whoever comes, and takes it again at once", &[Edit(
        "gil.rs", "self.attached = self.gil.raw.give_way();", "self.let_go();", 0), Edit(
        "gil_lock.rs", "Some(note) if is_asked(state) => handed(popped(state, queue), note),", "Some(note) if false => handed(popped(state, queue), note),", 0)]),
    Twin("gil_checkpoint_ignores", "a checkpoint does not look", &[Edit(
        "gil.rs", "if !self.gil.raw.is_asked() {\n                    return Ok(());", "if true {\n                    return Ok(());", 0)]),
    Twin("gil_stays_inside", "a checkpoint hands over and does not wait for its turn", &[Edit(
        "gil_lock.rs", "        let attachment = self.wait(&node, clock, None, since);\n        self.entered(attachment, &span)", "        std::mem::forget(node);\n        self.entered(Attachment::Attached, &span)", 0), Edit(
        "gil_lock.rs", "            // SAFETY: as above.\n            unsafe { queue.append(node.pointer(), 0) }\n        }\n        let reminded", "        }\n        let reminded", 0), Edit(
        "gil_lock.rs", "if goes_on {\n", "if false {\n", 0)]),
    Twin("gil_gives_way_to_nobody", "a checkpoint waits although the asker has left", &[Edit(
        "gil_lock.rs", "(first, queue.pop()) else {\n            return true;", "(first, queue.pop()) else {\n            drop(queue); node.sleep(WAITING, None); return true;", 0)]),
    Twin("gil_giver_does_not_tell", "a checkpoint takes the first out and does not tell it", &[Edit(
        "gil_lock.rs", "unsafe { Node::tell(next, GRANTED) }", "let _ = next;", 0)]),
    Twin("gil_reminds_nobody", "who becomes the first is not reminded (invariant 4)", &[Edit(
        "gil_lock.rs", "    if note.wants & CLOCKLESS == 0 {", "    if true {", 0)]),
    Twin("gil_any_may_ask", "also one that is not the first asks and has no clock afterwards, and is not known for it (invariant 4)", &[Edit(
        "gil_lock.rs", "            wants |= CLOCKLESS;\n            if is_first", "            if is_first", 0)]),
    Twin("gil_reminder_not_forgotten", "a thread that was reminded does not forget it before it sleeps", &[Edit(
        "gil_lock.rs", "                node.forget();\n                // Relaxed: whether", "                // Relaxed: whether", 0)]),
    Twin("gil_owner_cleared_late", "who gives way clears the owner when the other may have written its own number", &[Edit(
        "gil_lock.rs", "        self.owner.set(NOBODY);\n        span.handed_over();\n        self.counts.forced", "        span.handed_over();\n        self.counts.forced", 0), Edit(
        "gil_lock.rs", "        unsafe { Node::tell(next, GRANTED) }\n        wake(reminded);", "        unsafe { Node::tell(next, GRANTED) }\n        wake(reminded); self.owner.set(NOBODY);", 0)]),
    Twin("gil_owner_stays", "who detaches leaves its number behind", &[Edit(
        "gil_lock.rs", "        self.owner.set(NOBODY);\n        // Release", "        // Release", 0)]),
    Twin("gil_attaches_twice", "a thread that is attached is not told", &[Edit(
        "gil_lock.rs", "        if is_held(state) && !is_final(state) && self.is_mine() {", "        if false {", 0)]),
    // --- the protocol: those who come back ----------------------------------------------------------
    Twin("gil_returning_last", "who comes back queues behind the others", &[Edit(
        "gil_lock.rs", "unsafe { queue.overtake(node.pointer(), goes_before(), mark) }", "unsafe { queue.append(node.pointer(), 0) }", 0)]),
    Twin("gil_returning_behind_all", "who comes back queues behind all who are worn", &[Edit(
        "gil_lock.rs", "const OVERTAKES: usize = 16;", "const OVERTAKES: usize = 1;", 0), Edit(
        "gil_lock.rs", "usize::from(self.turn_is_over())", "1", 0), Edit(
        "gil_lock.rs", "is_worn(note) && core::mem::take(&mut none_is_worn)", "is_worn(note)", 0)]),
    Twin("gil_spares_nobody", "who comes back asks the next holder, who came back too, when its clock for the last one has run down", &[Edit(
        "gil_lock.rs", "let spares_it = !clock.returning || !is_favoured(state) || clock.favoured;", "let spares_it = true;", 0)]),
    Twin("gil_returning_never_asks", "who comes back waits for its clock", &[Edit(
        "gil_lock.rs", "                asks = self.patience(returning, state) == Some(Duration::ZERO);", "                asks = false;", 0), Edit(
        "gil_lock.rs", "        let mut clock = self.clock(returning, state);\n        if asks", "        let mut clock = self.clock(false, state);\n        if asks", 0)]),
    Twin("gil_returning_interrupt", "who comes back interrupts others that came back", &[Edit(
        "gil_lock.rs", "            Some(after) if returning && is_favoured(state) => {", "            Some(after) if false => {", 0)]),
    Twin("gil_turn_is_lost", "who is interrupted by one that comes back goes to the end of the queue", &[Edit(
        "gil_lock.rs", "if goes_on {\n", "if false {\n", 0)]),
    Twin("gil_turn_goes_on_before_the_worn", "who is interrupted goes on although another one is worn", &[Edit(
        "gil_lock.rs", "const OVERTAKES: usize = 16;", "const OVERTAKES: usize = 1;", 0), Edit(
        "gil_lock.rs", "usize::from(self.turn_is_over())", "1", 0), Edit(
        "gil_lock.rs", "is_worn(note) || is_interrupted(note)", "is_interrupted(note)", 0)]),
    Twin("gil_turn_of_who_interrupts", "who is within somebody's turn goes on before that one", &[Edit(
        "gil_lock.rs", "is_worn(note) || is_interrupted(note)", "is_worn(note)", 0)]),
    Twin("gil_worn_behind_the_interrupted", "who is interrupted goes on before others as if these were not overtaken", &[Edit(
        "gil_lock.rs", "const OVERTAKES: usize = 16;", "const OVERTAKES: usize = 2;", 0), Edit(
        "gil_lock.rs", "usize::from(self.turn_is_over())", "1", 0), Edit(
        "gil_lock.rs", "note.mark = mark;", "let _ = mark;", 0)]),
    Twin("gil_turn_ends_outside", "who is interrupted when its turn is over does not queue up", &[Edit(
        "gil_lock.rs", "self.turn.has_run_for(every)", "every > Duration::ZERO && self.counts.requests.get() % 2 == 1", 0), Edit(
        "gil_lock.rs", "        } else {\n            // SAFETY: as above.\n            unsafe { queue.append(node.pointer(), 0) }\n        }\n        let reminded", "        } else if !is_returning(first) {\n            // SAFETY: as above.\n            unsafe { queue.append(node.pointer(), 0) }\n        }\n        let reminded", 0)]),
    Twin("gil_overtaken_for_ever", "there is no bound to overtaking", &[Edit(
        "gil_lock.rs", "const OVERTAKES: usize = 16;", "const OVERTAKES: usize = 1;", 0), Edit(
        "gil_lock.rs", "usize::from(self.turn_is_over())", "1", 0), Edit(
        "gil_lock.rs", "    note.mark >= OVERTAKES", "    false", 0)]),
    Twin("gil_overtaking_not_counted", "an overtaken node is not marked", &[Edit(
        "gil_lock.rs", "const OVERTAKES: usize = 16;", "const OVERTAKES: usize = 1;", 0), Edit(
        "gil_lock.rs", "usize::from(self.turn_is_over())", "1", 0), Edit(
        "queue.rs", "links.note.mark += mark;", "let _ = mark;", 0)]),
    // --- the protocol: finalizing -------------------------------------------------------------------
    Twin("gil_finalize_tells_nobody", "those who wait are not told that it is final (invariant 6)", &[Edit(
        "gil_lock.rs", "chain.tell(FINALIZED);", "core::mem::forget(chain);", 0)]),
    Twin("gil_finalize_tells_one", "only the first that waits is told", &[Edit(
        "gil_lock.rs", "        chain.tell(FINALIZED);", "        if let Some(node) = chain.pop() {\n            // SAFETY: just taken out.\n            unsafe { Node::tell(node, FINALIZED) } }", 0)]),
    Twin("gil_final_and_free", "a thread takes a final lock", &[Edit(
        "gil_lock.rs", "            if is_final(state) {\n                return self.refused();", "            if is_final(state) && is_held(state) {\n                return self.refused();", 0)]),
    Twin("gil_queues_for_a_final_lock", "a thread queues up for a final lock (invariant 6)", &[Edit(
        "gil_lock.rs", "            if is_final(state) {\n                return self.refused();", "            if is_final(state) && !is_held(state) {\n                return self.refused();", 0)]),
    Twin("gil_finalized_is_granted", "a thread that is told of the end is let in", &[Edit(
        "gil_lock.rs", "Some(_) => break Attachment::Finalized,", "Some(_) => break Attachment::Attached,", 0)]),
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
