// A semaphore that takes one waker along at a time, and broken twins of it; see make.rs.
Group {
    files: &["raw/queue.rs", "raw/permits.rs", "raw/permits_task.rs", "semaphore.rs"],
    kit: "pub(crate) mod raw {
              pub(crate) use super::permits::{MAX_PERMITS, RawSemaphore, Refusal};
              pub(crate) use super::permits_task::Task;
          }
          pub type Twin = semaphore::Semaphore;
          crate::semaphore_under_test!(semaphore);",
    twins: &[
    Twin("sem_of_one", "nothing: there is room for one waker", &[Edit(
        "permits_task.rs", "const BATCH: usize = 16;", "const BATCH: usize = 1;", 0)]),
    Twin("sem_of_one_forgets_the_rest", "who was decided on and not told stays so", &[Edit(
        "permits_task.rs", "const BATCH: usize = 16;", "const BATCH: usize = 1;", 0), Edit(
        "permits.rs", "    while later > 0 {", "    while false {", 0)]),
    Twin("sem_of_one_decides_twice", "who was decided on counts once more", &[Edit(
        "permits_task.rs", "const BATCH: usize = 16;", "const BATCH: usize = 1;", 0), Edit(
        "permits.rs", "        .filter(move |note| here && is_undecided(*note))", "        .filter(move |_| here)", 0)]),
    Twin("sem_of_one_keeps_it", "a future that is dropped before it is told keeps what it was assigned (invariant 3)", &[Edit(
        "permits_task.rs", "const BATCH: usize = 16;", "const BATCH: usize = 1;", 0), Edit(
        "permits_task.rs", "let back = if granted { wants } else { 0 };", "let back = 0;", 0)]),
    Twin("sem_of_one_stops_after_two", "there is no third round", &[Edit(
        "permits_task.rs", "const BATCH: usize = 16;", "const BATCH: usize = 1;", 0), Edit(
        "permits.rs", "later = if wakers.is_full() { later - found } else { 0 };", "later = 0;", 0)]),
    ],
}
