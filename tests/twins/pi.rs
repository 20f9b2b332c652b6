// The broken twins of the priority-inheriting mutex; see make.rs.
Group {
    files: &["raw/pi.rs"],
    kit: "pub struct Twin;
          impl crate::pi::PiKit for Twin {
              type Raw = pi::RawPiMutex;
          }",
    twins: &[
    Twin("pi_kernels_try_relaxed", "a try that the kernel grants does not acquire", &[Edit(
        "pi.rs", "pi::try_lock(&self.word) && self.word.load(Acquire) != UNLOCKED", "pi::try_lock(&self.word)", 0)]),
    Twin("pi_frees_what_is_the_kernels", "an unlock clears a word that has WAITERS (invariant 2)", &[Edit(
        "pi.rs", "Err(_) if pi::unlock(&self.word) =>", "Err(_) if self.word.swap(UNLOCKED, Release) != UNLOCKED =>", 0)]),
    Twin("pi_timeout_is_the_lock", "a deadline that has come is taken for the lock", &[Edit(
        "pi.rs", "Locked::TimedOut => false,", "Locked::TimedOut => true,", 0)]),
    Twin("pi_locks_twice", "a lock that this thread holds is given again", &[Edit(
        "pi.rs", "Locked::Deadlock => deadlock(),", "Locked::Deadlock => true,", 0)]),
    Twin("pi_looks_again_after_unlock", "the unlock reads the lock after it has released it", &[Edit(
        "pi.rs", "            Ok(_) => span.released(),", "            Ok(_) => { span.released(); let _ = self.word.load(Relaxed); }", 0)]),
    ],
}
