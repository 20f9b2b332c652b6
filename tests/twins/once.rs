// The broken twins of the once; see make.rs.
Group {
    files: &["raw/once.rs"],
    kit: "pub type Twin = once::RawOnce;
          impl crate::models::once::AnyOnce for once::RawOnce {
              fn call(&self, force: bool, initialise: &mut dyn FnMut(bool) -> bool) {
                  self.call(force, &mut |state| initialise(state.is_poisoned()));
              }
              fn wait(&self, force: bool) { self.wait(force); }
              fn is_completed(&self) -> bool { self.is_completed() }
              fn is_in_its_last_state(&self) -> bool { self.state().is_completed() }
          }",
    twins: &[
    // --- the protocol -----------------------------------------------------------------------------
    Twin("once_wakes_one", "the end of an initialisation wakes one thread", &[Edit(
        "once.rs", "Futex::wake(address, usize::MAX);", "Futex::wake(address, 1);", 0)]),
    Twin("once_wakes_nobody", "the end of an initialisation wakes nobody", &[Edit(
        "once.rs", "Futex::wake(address, usize::MAX);", "", 0)]),
    Twin("once_forgets_who_waits", "the beginning of an initialisation clears the waiters' bit (invariant 2)", &[Edit(
        "once.rs", "let next = RUNNING | state & WAITING_BIT;", "let next = RUNNING;", 0)]),
    Twin("once_forgets_to_poison", "a panic leaves it as new", &[Edit(
        "once.rs", "            phase: POISONED,", "            phase: NEW,", 0)]),
    Twin("once_panic_is_done", "a panic leaves it done", &[Edit(
        "once.rs", "            phase: POISONED,", "            phase: DONE,", 0)]),
    Twin("once_waiter_misses_poison", "a waiter returns when the initialiser has panicked", &[Edit(
        "once.rs", "                POISONED if !force => names.poisoned(),\n                _ => state", "                POISONED if !force => return,\n                _ => state", 0)]),
    Twin("once_failure_is_done", "an initialiser that has not succeeded counts", &[Edit(
        "once.rs", "if done { DONE } else { NEW }", "DONE", 0)]),
    Twin("once_runs_beside", "a call does not wait for the thread that runs the initialiser", &[Edit(
        "once.rs", "                RUNNING => {", "                4711 => {", 0)]),
    Twin("once_entered_again_unnoticed", "an initialiser waits for itself (invariant 4)", &[Edit(
        "once.rs", "if state & PHASE == RUNNING && sys::inside::is_inside(self) {", "if false {", 0)]),
    Twin("once_any_initialiser_alarms", "a thread that waits is taken for the one that runs", &[Edit(
        "once.rs", "if state & PHASE == RUNNING && sys::inside::is_inside(self) {", "if state & PHASE == RUNNING {", 0)]),
    Twin("once_looks_again", "the end of an initialisation reads the object after it was released", &[Edit(
        "once.rs", "        if before & WAITING_BIT != 0 {", "        let _ = self.once.word.load(Relaxed); if before & WAITING_BIT != 0 {", 0)]),
    Twin("once_asks_where_to_wake", "the end asks the object for its address after it was released", &[Edit(
        "once.rs", "Futex::wake(address, usize::MAX);", "{ let _ = self.once.word.load(Relaxed); Futex::wake(self.once.word.address(), usize::MAX) };", 0)]),
    ],
}
