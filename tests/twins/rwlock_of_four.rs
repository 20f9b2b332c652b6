// A readers-writer lock with room for four readers, and broken twins of it; see make.rs.
Group {
    files: &["raw/guard.rs", "raw/queue.rs", "raw/rwlock.rs", "raw/rwlock_api.rs", "raw/rwlock_settle.rs", "raw/rwlock_word.rs"],
    kit: "pub type Twin = rwlock::RawRwLock;",
    twins: &[
    Twin("rw_of_four", "nothing: the room for readers is small enough for a test", &[Edit(
        "rwlock_word.rs", "const MOST_READERS: usize = (WRITER_BIT / ONE_READER) / 2;", "const MOST_READERS: usize = 4;", 0)]),
    Twin("rw_of_four_and_an_upgradable_one", "an upgradable reader has no place in the count", &[Edit(
        "rwlock_word.rs", "const MOST_READERS: usize = (WRITER_BIT / ONE_READER) / 2;", "const MOST_READERS: usize = 4;", 0), Edit(
        "rwlock_word.rs", "readers(state) + usize::from(is_upgradable(state)) >= MOST_READERS", "readers(state) >= MOST_READERS", 0)]),
    Twin("rw_of_four_strands", "nobody looks at the queue when there is room again", &[Edit(
        "rwlock_word.rs", "const MOST_READERS: usize = (WRITER_BIT / ONE_READER) / 2;", "const MOST_READERS: usize = 4;", 0), Edit(
        "rwlock_word.rs", "        || is_full(READ, state)\n", "", 0)]),
    Twin("rw_of_four_and_the_refused", "a reader that is refused for lack of room goes on being counted", &[Edit(
        "rwlock_word.rs", "const MOST_READERS: usize = (WRITER_BIT / ONE_READER) / 2;", "const MOST_READERS: usize = 4;", 0), Edit(
        "rwlock.rs", "            } else {\n                without\n            };", "            } else {\n                state\n            };", 0)]),
    ],
}
