// A readers-writer lock with room for three readers, and broken twins of it; see make.rs.
Group {
    files: &["raw/guard.rs", "raw/queue.rs", "raw/rwlock.rs", "raw/rwlock_api.rs", "raw/rwlock_word.rs"],
    kit: "pub type Twin = rwlock::RawRwLock;",
    twins: &[
    Twin("rw_of_three", "nothing: the room for readers is small enough for a test", &[Edit(
        "rwlock_word.rs", "const ONE_READER: usize = ONE_BYPASS << BYPASS_WIDTH;", "const ONE_READER: usize = 1 << (usize::BITS - 2);", 0)]),
    Twin("rw_of_three_and_an_upgradable_one", "an upgradable reader has no place in the count", &[Edit(
        "rwlock_word.rs", "const ONE_READER: usize = ONE_BYPASS << BYPASS_WIDTH;", "const ONE_READER: usize = 1 << (usize::BITS - 2);", 0), Edit(
        "rwlock_word.rs", "readers(state) + usize::from(is_upgradable(state)) == usize::MAX / ONE_READER", "readers(state) == usize::MAX / ONE_READER", 0)]),
    Twin("rw_of_three_strands", "nobody looks at the queue when there is room again", &[Edit(
        "rwlock_word.rs", "const ONE_READER: usize = ONE_BYPASS << BYPASS_WIDTH;", "const ONE_READER: usize = 1 << (usize::BITS - 2);", 0), Edit(
        "rwlock_word.rs", " || is_full(READ, state)\n", "\n", 0)]),
    ],
}
