// The broken twins of the latch; see make.rs.
Group {
    files: &["latch.rs"],
    kit: "pub type Twin = latch::Latch;
          impl crate::models::latch::AnyLatch for latch::Latch {
              fn new(count: u32) -> Self { Self::new(count) }
              fn count_down_by(&self, n: u32) { self.count_down_by(n); }
              fn arrive_and_wait(&self) { self.arrive_and_wait(); }
              fn is_open(&self) -> bool { self.is_open() }
              fn count(&self) -> u32 { self.count() }
              fn wait(&self) { self.wait(); }
              fn wait_until(&self, deadline: std::time::Instant) -> bool { self.wait_until(deadline) }
          }",
    twins: &[
    // --- the protocol -----------------------------------------------------------------------------
    Twin("latch_wakes_one", "the last count-down wakes one thread", &[Edit(
        "latch.rs", "Futex::wake(address, usize::MAX);", "Futex::wake(address, 1);", 0)]),
    Twin("latch_wakes_nobody", "the last count-down wakes nobody", &[Edit(
        "latch.rs", "Futex::wake(address, usize::MAX);", "", 0)]),
    Twin("latch_forgets_who_waits", "a count-down that is not the last clears WAITING (invariant 3)", &[Edit(
        "latch.rs", "let next = if is_open(left) { OPEN } else { left };", "let next = left & COUNT;", 0)]),
    Twin("latch_sleeps_unmarked", "a thread falls asleep without WAITING (invariant 3)", &[Edit(
        "latch.rs", "let marked = state | WAITING_BIT;", "let marked = state;", 0)]),
    Twin("latch_marks_the_open_one", "WAITING is set beside the count 0 (invariant 2)", &[Edit(
        "latch.rs", "compare_exchange(state, marked, Relaxed, Acquire)", "compare_exchange(state & !COUNT, marked, Relaxed, Acquire)", 0)]),
    Twin("latch_opens_early", "it opens one count-down before the last", &[Edit(
        "latch.rs", "    state & COUNT == 0\n", "    state & COUNT <= 1\n", 0)]),
    Twin("latch_wait_returns_on_any_change", "a wait that the word's change ends takes it for open", &[Edit(
        "latch.rs", "if is_open(state) {\n                return true;\n            }\n            if outcome", "if is_open(state) || outcome == Wait::Changed {\n                return true;\n            }\n            if outcome", 0)]),
    Twin("latch_trusts_a_wake", "a wait that a wake ends does not look again", &[Edit(
        "latch.rs", "if is_open(state) {\n                return true;\n            }\n            if outcome", "if is_open(state) || outcome == Wait::Woken {\n                return true;\n            }\n            if outcome", 0)]),
    Twin("latch_says_open_when_time_is_up", "a wait that times out says that it is open", &[Edit(
        "latch.rs", "return false; // what", "return true; // what", 0)]),
    Twin("latch_forgets_the_deadline", "a timed wait goes on when its time is up", &[Edit(
        "latch.rs", "if outcome == Wait::TimedOut {", "if false {", 0)]),
    Twin("latch_counts_below_zero", "a count-down too many is not noticed (invariant 1)", &[Edit(
        "latch.rs", "if state & COUNT < n {", "if false {", 0)]),
    Twin("latch_ignores_one_too_many", "a count-down too many opens it once more", &[Edit(
        "latch.rs", "let left = state - n;", "let left = state.saturating_sub(n);", 0), Edit(
        "latch.rs", "if state & COUNT < n {", "if false {", 0)]),
    Twin("latch_takes_one_of_several", "several at once count as one", &[Edit(
        "latch.rs", "let left = state - n;", "let left = state - 1;", 0)]),
    Twin("latch_looks_again", "the last count-down reads the latch after it was opened", &[Edit(
        "latch.rs", "        span.became(\"open\");", "        let _ = self.word.load(Relaxed); span.became(\"open\");", 0)]),
    Twin("latch_not_the_last_looks_again", "a count-down that is not the last reads the latch once more", &[Edit(
        "latch.rs", "                    return false;\n", "                    let _ = self.word.load(Relaxed); return false;\n", 0)]),
    Twin("latch_last_arrival_waits", "the last to arrive looks whether it is open", &[Edit(
        "latch.rs", "if !self.take(1, AcqRel, &span) {", "{ self.take(1, AcqRel, &span);", 0)]),
    ],
}
