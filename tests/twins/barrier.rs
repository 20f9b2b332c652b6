// The broken twins of the barrier; see make.rs.
Group {
    files: &["barrier.rs"],
    kit: "pub type Twin = barrier::Barrier;
          impl crate::models::barrier::AnyBarrier for barrier::Barrier {
              type Arrival<'a> = barrier::BarrierArrival<'a>;
              fn new(threads: usize) -> Self { Self::new(threads) }
              fn wait(&self) -> bool { self.wait().is_leader() }
              fn wait_until(&self, deadline: std::time::Instant) -> Option<bool> { Some(self.wait_until(deadline).ok()?.is_leader()) }
              fn arrive(&self) -> Self::Arrival<'_> { self.arrive() }
              fn finish(arrival: Self::Arrival<'_>) -> bool { arrival.wait().is_leader() }
              fn finish_until(arrival: Self::Arrival<'_>, deadline: std::time::Instant) -> Option<bool> { Some(arrival.wait_until(deadline).ok()?.is_leader()) }
              fn is_complete(arrival: &Self::Arrival<'_>) -> bool { arrival.is_complete() }
              fn cancel(arrival: Self::Arrival<'_>) -> Option<bool> { Some(arrival.cancel().err()?.is_leader()) }
          }",
    twins: &[
    // --- the protocol -----------------------------------------------------------------------------
    Twin("barrier_wakes_one", "the last arrival wakes one thread", &[Edit(
        "barrier.rs", "Futex::wake(address, usize::MAX);", "Futex::wake(address, 1);", 0)]),
    Twin("barrier_wakes_nobody", "the last arrival wakes nobody", &[Edit(
        "barrier.rs", "Futex::wake(address, usize::MAX);", "", 0)]),
    Twin("barrier_forgets_who_waits", "an arrival that is not the last clears WAITING (invariant 3)", &[Edit(
        "barrier.rs", "state + ONE_ARRIVAL\n", "(state & !WAITING_BIT) + ONE_ARRIVAL\n", 0)]),
    Twin("barrier_cancel_forgets_who_waits", "a cancellation clears WAITING (invariant 3)", &[Edit(
        "barrier.rs", "let next = state - ONE_ARRIVAL;", "let next = (state & !WAITING_BIT) - ONE_ARRIVAL;", 0)]),
    Twin("barrier_sleeps_unmarked", "a thread falls asleep without WAITING (invariant 3)", &[Edit(
        "barrier.rs", "let marked = state | WAITING_BIT;", "let marked = state;", 0)]),
    Twin("barrier_opens_early", "one arrival too few is enough", &[Edit(
        "barrier.rs", "self.arrivals(state) + 1 == self.threads;", "self.arrivals(state) + 2 >= self.threads;", 0)]),
    Twin("barrier_opens_late", "one arrival more is needed", &[Edit(
        "barrier.rs", "self.arrivals(state) + 1 == self.threads;", "self.arrivals(state) == self.threads;", 0)]),
    Twin("barrier_keeps_its_arrivals", "the next generation begins with the arrivals of the last one (invariant 1)", &[Edit(
        "barrier.rs", "generation.wrapping_add(self.one_generation()) // inv", "(state + ONE_ARRIVAL).wrapping_add(self.one_generation()) // inv", 0)]),
    Twin("barrier_stays_in_its_generation", "the last arrival begins no generation (invariant 2)", &[Edit(
        "barrier.rs", "generation.wrapping_add(self.one_generation()) // inv", "generation // inv", 0)]),
    Twin("barrier_goes_by_the_arrivals", "a generation is complete when nobody has arrived in the one that is on", &[Edit(
        "barrier.rs", "self.generation(state) != generation", "self.arrivals(state) == 0", 0)]),
    Twin("barrier_all_lead", "whoever has waited leads", &[Edit(
        "barrier.rs", "leader: arrived.is_none(),", "leader: true,", 0)]),
    Twin("barrier_nobody_leads", "nobody leads", &[Edit(
        "barrier.rs", "            leader: arrived.is_none(),", "            leader: false,", 0)]),
    Twin("barrier_arrivals_lead", "an arrival that is waited for later leads", &[Edit(
        "barrier.rs", "            leader: self.generation.is_none(),", "            leader: true,", 0)]),
    Twin("barrier_trusts_a_wake", "a wait that a wake ends does not look again", &[Edit(
        "barrier.rs", "            if ended == Wait::TimedOut {", "            if ended == Wait::Woken { return true; }\n            if ended == Wait::TimedOut {", 0)]),
    Twin("barrier_wait_returns_on_any_change", "a wait that the word's change ends takes the generation for complete", &[Edit(
        "barrier.rs", "            if ended == Wait::TimedOut {", "            if ended == Wait::Changed { return true; }\n            if ended == Wait::TimedOut {", 0)]),
    Twin("barrier_gives_up_too_late", "who gives up does not ask whether the generation is complete", &[Edit(
        "barrier.rs", "return !self.take_back(generation, &span);", "self.take_back(generation, &span); return false;", 0)]),
    Twin("barrier_gives_up_and_stays", "who gives up leaves its arrival behind", &[Edit(
        "barrier.rs", "return !self.take_back(generation, &span);", "return false;", 0)]),
    Twin("barrier_gives_up_in_two_steps", "who gives up asks whether the generation is complete, and then takes its arrival away", &[Edit(
        "barrier.rs", "return !self.take_back(generation, &span);", "state = self.word.load(Acquire); if self.is_complete(state, generation) { return true; } self.word.fetch_sub(ONE_ARRIVAL, Relaxed); return false;", 0)]),
    Twin("barrier_cancels_in_any_generation", "an arrival is taken back from whichever generation is on (invariant 2)", &[Edit(
        "barrier.rs", "while !self.is_complete(state, generation) && self.arrivals(state) > 0 {", "while self.arrivals(state) > 0 {", 0)]),
    Twin("barrier_cancels_the_complete", "an arrival is taken back although it was counted", &[Edit(
        "barrier.rs", "            return false;\n        };\n        let span", "            return true;\n        };\n        let span", 0)]),
    Twin("barrier_forgets_to_take_back", "a cancellation takes nothing away", &[Edit(
        "barrier.rs", "let next = state - ONE_ARRIVAL;", "let next = state;", 0)]),
    Twin("barrier_drop_leaves_it", "an arrival that is dropped stays counted", &[Edit(
        "barrier.rs", "    fn drop(&mut self) {\n        self.take_back();", "    fn drop(&mut self) {", 0)]),
    Twin("barrier_looks_again", "the last arrival reads the barrier once more", &[Edit(
        "barrier.rs", "        // From here on the object may be gone.\n        span.became(\"complete\");", "        let _ = self.word.load(Relaxed); span.became(\"complete\");", 0)]),
    Twin("barrier_leader_looks_again", "a wait for the last arrival looks at the barrier", &[Edit(
        "barrier.rs", "        let Some(generation) = self.generation else {\n            return false;", "        let Some(generation) = self.generation else {\n            let _ = self.barrier.word.load(Relaxed);\n            return false;", 0)]),
    // --- where the generation comes round ---------------------------------------------------------
    Twin("barrier_at_wrap", "nothing: it starts in the last generation before the number comes round, where two meet", &[Edit(
        "barrier.rs", "word: Futex::new(0),", "word: Futex::new(0u32.wrapping_sub(2 * ONE_ARRIVAL)),", 0)]),
    Twin("barrier_generations_do_not_wrap", "the last generation is followed by itself", &[Edit(
        "barrier.rs", "word: Futex::new(0),", "word: Futex::new(0u32.wrapping_sub(2 * ONE_ARRIVAL)),", 0), Edit(
        "barrier.rs", "generation.wrapping_add(self.one_generation()) // inv", "generation.saturating_add(self.one_generation()) & !(self.one_generation() - 1) // inv", 0)]),
    Twin("barrier_later_is_larger", "a generation is complete when the one that is on has a larger number", &[Edit(
        "barrier.rs", "word: Futex::new(0),", "word: Futex::new(0u32.wrapping_sub(2 * ONE_ARRIVAL)),", 0), Edit(
        "barrier.rs", "self.generation(state) != generation", "self.generation(state) > generation", 0)]),
    Twin("barrier_of_four_generations", "nothing: the number comes round after four generations", &[Edit(
        "barrier.rs", "state & !(self.one_generation() - 1)", "state & (4 * self.one_generation() - 1) & !(self.one_generation() - 1)", 0)]),
    Twin("barrier_counts_below_zero", "an arrival of long ago is taken from a count that is zero", &[Edit(
        "barrier.rs", "state & !(self.one_generation() - 1)", "state & (4 * self.one_generation() - 1) & !(self.one_generation() - 1)", 0), Edit(
        "barrier.rs", "while !self.is_complete(state, generation) && self.arrivals(state) > 0 {", "while !self.is_complete(state, generation) {", 0)]),
    ],
}
