// A semaphore whose queues are in one table with those of a mutex and a condvar; see make.rs.
Group {
    files: &["raw/guard.rs", "raw/queue.rs", "raw/mutex.rs", "raw/mutex_word.rs", "raw/condvar.rs", "raw/permits.rs", "raw/permits_task.rs", "semaphore.rs"],
    kit: "pub(crate) mod raw {
              pub(crate) use super::permits::{MAX_PERMITS, RawSemaphore, Refusal};
              pub(crate) use super::permits_task::Task;
          }
          pub type Twin = semaphore::Semaphore;
          crate::semaphore_under_test!(semaphore);
          pub struct Locks;
          impl crate::models::Kit for Locks {
              type RawMutex = mutex::RawMutex;
              type RawCondvar = condvar::RawCondvar;
          }",
    twins: &[
    Twin("sem_beside_locks", "nothing: it is the shipped one", &[]),
    Twin("sem_queues_of_one_kind", "locks find the queue of a semaphore that was where they are (invariant 4 of the queue)", &[Edit(
        "queue.rs", "            with_tasks: true,\n", "            with_tasks: false,\n", 0)]),
    ],
}
