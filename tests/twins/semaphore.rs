// The broken twins of the semaphore; see make.rs.
Group {
    files: &["raw/queue.rs", "raw/permits.rs", "raw/permits_task.rs", "semaphore.rs"],
    kit: "pub(crate) mod raw {
              pub(crate) use super::permits::{MAX_PERMITS, RawSemaphore, Refusal};
              pub(crate) use super::permits_task::Task;
          }
          pub type Twin = semaphore::Semaphore;
          crate::semaphore_under_test!(semaphore);",
    twins: &[
    // --- orderings -----------------------------------------------------------------------------------
    Twin("sem_join_relaxed", "taking in the slow path does not acquire", &[Edit(
        "permits.rs", "compare_exchange(state, next, Acquire, Relaxed) {\n                Ok(_) if open", "compare_exchange(state, next, if open { Relaxed } else { Acquire }, Relaxed) {\n                Ok(_) if open", 0)]),
    Twin("sem_queueing_relaxed", "queueing up does not acquire what lies there", &[Edit(
        "permits.rs", "compare_exchange(state, next, Acquire, Relaxed) {\n                Ok(_) if open", "compare_exchange(state, next, if open { Acquire } else { Relaxed }, Relaxed) {\n                Ok(_) if open", 0)]),
    // --- the protocol --------------------------------------------------------------------------------
    Twin("sem_ignores_the_queue", "permits are put into the word whoever waits (invariant 1)", &[Edit(
        "permits.rs", "while !is_queued(state) || is_waking(state) {", "while true {", 0)]),
    Twin("sem_newcomers_pass", "a newcomer takes what there is, whoever waits", &[Edit(
        "permits.rs", "(!is_queued(state) || is_greedy(state) || wants == 0)", "true", 0)]),
    Twin("sem_nothing_waits_in_line", "who wants nothing waits all the same", &[Edit(
        "permits.rs", " || wants == 0)", ")", 0)]),
    Twin("sem_greedy_waits_in_line", "a greedy one makes newcomers wait", &[Edit(
        "permits.rs", "(!is_queued(state) || is_greedy(state) || wants == 0)", "(!is_queued(state) || wants == 0)", 0)]),
    Twin("sem_queues_unmarked", "a thread queues up without QUEUED (invariant 1)", &[Edit(
        "permits.rs", "                (state | QUEUED_BIT) & !comes\n", "                state & !comes\n", 0)]),
    Twin("sem_assigns_to_one", "only the first is assigned what it wants (invariant 2)", &[Edit(
        "permits.rs", "                told += 1;\n", "                told += 1;\n                queued = QUEUED_BIT;\n                break;\n", 0)]),
    Twin("sem_assigns_what_is_not_there", "who is first is assigned something as long as there is anything", &[Edit(
        "permits.rs", "if note.mark > left || is_waking(state) {", "if left == 0 || is_waking(state) {", 0)]),
    Twin("sem_forgets_who_is_left", "QUEUED is cleared with somebody in the queue (invariant 1)", &[Edit(
        "permits.rs", "                    queued = QUEUED_BIT;\n                    break;", "                    break;", 0)]),
    Twin("sem_keeps_the_mark", "QUEUED stays although the queue is empty (invariant 1)", &[Edit(
        "permits.rs", "let mut queued = 0;", "let mut queued = QUEUED_BIT;", 0)]),
    Twin("sem_gives_up_silently", "a thread that gives up does not let those behind it through (invariant 2)", &[Edit(
        "permits.rs", "        self.settle_leaving(queue, 0);\n        true", "        true", 0)]),
    Twin("sem_late_and_lost", "a thread that is late does not take what it was assigned (invariant 3)", &[Edit(
        "permits.rs", "                GRANTED => Joined::Acquired,", "                GRANTED if late => break Err(Refusal::TimedOut),\n                GRANTED => Joined::Acquired,", 0)]),
    Twin("sem_late_and_silent", "a thread that leaves with nothing does not let those behind it look (invariant 2)", &[Edit(
        "permits.rs", "        self.settle_holding(self.queue(), held);\n", "        if held > 0 { self.settle_holding(self.queue(), held); }\n", 0)]),
    Twin("sem_late_and_takes", "a thread that is late and takes what it wants, and the others go on leaving it to it (invariant 2)", &[Edit(
        "permits.rs", "        self.settle_holding(self.queue(), held);\n", "        if held == 0 { self.settle_holding(self.queue(), held); }\n", 0)]),
    Twin("sem_late_and_expected", "a thread that leaves is waited for from then on (invariant 2)", &[Edit(
        "permits.rs", "self.word.fetch_and(!WAKING_BIT, Relaxed) & !WAKING_BIT;", "self.word.fetch_and(usize::MAX, Relaxed);", 0)]),
    Twin("sem_comes_and_sleeps", "who was told to look and found nothing goes back, and the others go on leaving it to it (invariant 2)", &[Edit(
        "permits.rs", "                (state | QUEUED_BIT) & !comes\n", "                state | QUEUED_BIT\n", 0)]),
    Twin("sem_comes_and_takes", "who was told to look takes what it wants, and the others go on leaving it to it (invariant 2)", &[Edit(
        "permits.rs", "                (seen - wants * ONE_PERMIT) & !comes\n", "                seen - wants * ONE_PERMIT\n", 0), Edit(
        "permits.rs", "if state & comes != 0 && is_queued(next)", "if false && is_queued(next)", 0)]),
    Twin("sem_comes_and_tells_nobody", "who was told to look takes what it wants, and leaves the rest to nobody (invariant 2)", &[Edit(
        "permits.rs", "                        self.settle_holding(queue.unwrap_or_else(|| self.queue()), wants);\n", "", 0)]),
    Twin("sem_waits_for_a_task", "the others leave it to a task (invariant 2)", &[Edit(
        "permits.rs", "if is_greedy(state) && note.waker.is_null() {", "if is_greedy(state) {", 0)]),
    Twin("sem_panic_takes_it_along", "a waker that panics takes the permits with it of the thread that calls it (invariant 3)", &[Edit(
        "permits.rs", "let holder = Holder(self, held);", "let holder = Holder(self, 0 * held);", 0)]),
    Twin("sem_goes_back_to_the_end", "who was told to look and found nothing goes back to the end", &[Edit(
        "permits.rs", "            if comer != Comer::New {\n                // SAFETY: the caller's own", "            if false {\n                // SAFETY: the caller's own", 0)]),
    Twin("sem_dropped_silently", "a future that is dropped does not let those behind it through (invariant 2)", &[Edit(
        "permits_task.rs", "                semaphore.settle_leaving(queue, back);", "                drop((queue, back));", 0)]),
    Twin("sem_dropped_keeps_it", "a future that is dropped keeps what it was assigned (invariant 3)", &[Edit(
        "permits_task.rs", "GRANTED => semaphore.put_back(wants, &|_| ()),", "GRANTED => (),", 0)]),
    Twin("sem_dropped_without_a_look", "a future that is dropped does not let those behind it look (invariant 2)", &[Edit(
        "permits_task.rs", "LOOK => semaphore.settle_leaving(semaphore.queue(), 0),", "LOOK => (),", 0)]),
    Twin("sem_closes_silently", "closing tells nobody (invariant 4)", &[Edit(
        "permits.rs", "        tell_first(queue, told, CLOSED);", "        drop(queue);", 0)]),
    Twin("sem_closed_and_open", "a closed one gives out what it has (invariant 4)", &[Edit(
        "permits.rs", "    !is_closed(state)\n        && permits(state) >= wants", "    permits(state) >= wants", 0)]),
    Twin("sem_close_keeps_the_mark", "closing leaves QUEUED behind (invariant 1)", &[Edit(
        "permits.rs", "(state | CLOSED_BIT) & !QUEUED_BIT;", "state | CLOSED_BIT;", 0)]),
    Twin("sem_closed_takes_it_back", "what was given before it was closed is lost", &[Edit(
        "permits_task.rs", "            GRANTED => Joined::Acquired,", "            GRANTED if semaphore.is_closed() => Joined::Closed,\n            GRANTED => Joined::Acquired,", 0)]),
    Twin("sem_opens_again", "putting back forgets that it is closed (invariant 4)", &[Edit(
        "permits.rs", "with_permits(state & (CLOSED_BIT | GREEDY_BIT), rest)", "with_permits(state & GREEDY_BIT, rest)", 0)]),
    Twin("sem_wakes_under_the_lock", "wakers are called with the bucket locked (invariant 5)", &[Edit(
        "permits.rs", "    drop(queue);\n    chain.tell(verdict);\n    wakers.wake();", "    chain.tell(verdict);\n    wakers.wake();\n    drop(queue);", 0)]),
    Twin("sem_clones_under_the_lock", "wakers are cloned with the bucket locked (invariant 5)", &[Edit(
        "permits_task.rs", "        let node = self.node.pointer();\n        let mut queue = semaphore.queue();", "        let node = self.node.pointer();\n        let mut queue = semaphore.queue();\n        let waker = waker.clone();", 0)]),
    Twin("sem_drops_under_the_lock", "wakers are dropped with the bucket locked (invariant 5)", &[Edit(
        "permits_task.rs", "        drop(queue);\n        // It is code of users. From here on nothing is left to be done.\n        drop(old);", "        drop(old);\n        drop(queue);", 0)]),
    Twin("sem_wakes_no_task", "tasks are told, and not woken", &[Edit(
        "permits.rs", "    chain.tell(verdict);\n    wakers.wake();", "    chain.tell(verdict);", 0)]),
    Twin("sem_wakes_no_thread", "threads are taken out, and not told", &[Edit(
        "permits.rs", "    chain.tell(verdict);\n", "    drop(chain);\n", 0)]),
    Twin("sem_keeps_the_old_waker", "the waker of the first poll is called", &[Edit(
        "permits_task.rs", "let known = self.registered.get() == Some(identity(context.waker()));", "let known = true;", 0)]),
    Twin("sem_a_panic_stops_it", "a waker that panics keeps the others from being called", &[Edit(
        "permits_task.rs", "                    None => self.panic = Some(payload),", "                    None => {\n                        self.panic = Some(payload);\n                        break;\n                    }", 0)]),
    Twin("sem_swallows_panics", "the panic of a waker is swallowed", &[Edit(
        "permits_task.rs", "                resume_unwind(payload);", "                mem::forget(payload);", 0)]),
    Twin("sem_last_panic", "the last panic of a waker goes on", &[Edit(
        "permits_task.rs", "                    None => self.panic = Some(payload),", "                    _ if true => self.panic = Some(payload),\n                    None => (),", 0)]),
    Twin("sem_room_for_all", "nobody asks whether there is room for more permits", &[Edit(
        "permits.rs", "(count <= MAX_PERMITS - permits(state)).then(|| state + count * ONE_PERMIT)", "Some(state.wrapping_add(count.wrapping_mul(ONE_PERMIT)))", 0)]),
    Twin("sem_no_room_for_what_is_assigned", "what is assigned at once has to fit into the word", &[Edit(
        "permits.rs", "let all = permits(state).checked_add(count);", "let all = permits(state).checked_add(count).filter(|all| *all <= MAX_PERMITS);", 0)]),
    Twin("sem_refuses_by_an_old_word", "there is no room if there was none a moment ago", &[Edit(
        "permits.rs", "match self.confirm(state) {", "match Ok::<(), usize>(()) {", 0)]),
    Twin("sem_wants_more_than_fits", "nobody asks whether so many permits can ever be had", &[Edit(
        "semaphore.rs", "    if n > MAX_PERMITS {", "    if false {", 0)]),
    Twin("sem_looks_again", "putting back looks at the semaphore once more", &[Edit(
        "permits.rs", "Ok(_) => return done(0),", "Ok(_) => {\n                    self.word.fetch_add(0, Relaxed);\n                    return done(0);\n                }", 0)]),
    Twin("sem_settle_looks_again", "putting back while others wait looks at the semaphore once more", &[Edit(
        "permits.rs", "        done(told);\n", "        self.word.fetch_add(0, Relaxed);\n        done(told);\n", 0)]),
    Twin("sem_close_looks_again", "closing looks at the semaphore once more", &[Edit(
        "permits.rs", "        // From here on the semaphore may be gone.\n        span", "        self.word.fetch_add(0, Relaxed);\n        span", 0)]),
    // --- futures that are forgotten, or have said what came of it --------------------------------------
    Twin("sem_owes_the_forgotten", "those who were forgotten stay in the queue of the next one (invariant 1)", &[Edit(
        "permits.rs", "                queue.clear(is_undecided);\n", "", 0)]),
    Twin("sem_closes_on_the_forgotten", "those who were forgotten are told that the next one is closed (invariant 1)", &[Edit(
        "permits.rs", "        .filter(move |note| here && is_undecided(*note))", "        .filter(move |note| (here || true) && is_undecided(*note))", 0)]),
    Twin("sem_waits_behind_nobody", "QUEUED is believed with nobody in the queue (invariant 1)", &[Edit(
        "permits.rs", "let seen = if alone { state & !QUEUED_BIT } else { state };", "let seen = state;", 0)]),
    Twin("sem_finished_and_kept", "a future that has said what came of it keeps its waker", &[Edit(
        "semaphore.rs", "        drop(this.task.take_waker());\n", "", 0)]),
    Twin("sem_finished_and_lost", "a waker that panics when it is dropped takes the permits with it", &[Edit(
        "semaphore.rs", "        let result = match result {", "        drop(this.task.take_waker());\n        let result = match result {", 0)]),
    // --- permits -------------------------------------------------------------------------------------
    Twin("sem_merge_loses", "what is merged is lost", &[Edit(
        "semaphore.rs", "        self.count = sum;\n", "", 0)]),
    Twin("sem_merges_more_than_fit", "one holds more permits than can be put back", &[Edit(
        "semaphore.rs", "if sum > MAX_PERMITS {", "if false {", 0)]),
    Twin("sem_merges_strangers", "permits of another semaphore are merged", &[Edit(
        "semaphore.rs", "if !core::ptr::eq(self.semaphore(), other.semaphore()) {", "if false {", 0)]),
    Twin("sem_split_makes_more", "what is split off stays as well", &[Edit(
        "semaphore.rs", "        self.count = rest;\n", "", 0)]),
    Twin("sem_forget_forgets_nothing", "what is forgotten is put back", &[Edit(
        "semaphore.rs", "if mem::take(&mut self.count) > 0 {", "if self.count > 0 {", 0)]),
    ],
}
