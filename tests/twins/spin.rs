// The broken twins of the spin lock; see make.rs.
Group {
    files: &["raw/guard.rs", "raw/spin.rs"],
    kit: "pub struct Twin;
          impl crate::models::spin::Spinning for Twin {
              type Raw = spin::RawSpinLock;
          }",
    twins: &[
    Twin("spin_tests_and_does_not_set", "a lock that is found free is not taken", &[Edit(
        "spin.rs", "            if self.take() {\n                return;", "            if true {\n                return;", 0)]),
    Twin("spin_try_lock_does_not_look", "try_lock gives a guard for a lock that is held", &[Edit(
        "spin.rs", "        if self.take() {\n            span.acquired();", "        if self.take() || true {\n            span.acquired();", 0)]),
    Twin("spin_try_lock_waits", "try_lock waits", &[Edit(
        "spin.rs", "        if self.take() {\n            span.acquired();", "        if { if !self.take() { self.lock_contended(); } true } {\n            span.acquired();", 0)]),
    Twin("spin_unlock_forgotten", "the unlock leaves the byte as it is", &[Edit(
        "spin.rs", "        self.held.store(FREE, Release);", "        self.held.store(HELD, Release);", 0)]),
    Twin("spin_looks_again_after_unlock", "the unlock reads the lock after it has released it", &[Edit(
        "spin.rs", "        self.held.store(FREE, Release);", "        self.held.store(FREE, Release); let _ = self.held.load(Relaxed);", 0)]),
    ],
}
