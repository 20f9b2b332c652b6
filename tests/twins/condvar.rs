// The broken twins of the condvar; see make.rs.
Group {
    files: &["raw/guard.rs", "raw/queue.rs", "raw/mutex.rs", "raw/mutex_word.rs", "raw/condvar.rs", "raw/fair.rs"],
    kit: "pub struct Twin;
          impl crate::models::Kit for Twin {
              type RawMutex = mutex::RawMutex;
              type RawCondvar = condvar::RawCondvar;
          }
          pub type FairTwin = fair::RawFairMutex;",
    twins: &[
    Twin("unlocks_before_queueing", "wait unlocks the mutex before it is in the queue", &[
        Edit("condvar.rs", "            let mut queue = self.queue();\n            match queue.first() {", "            leave();\n            let mut queue = self.queue();\n            match queue.first() {", 0),
        Edit("condvar.rs", "        leave();\n\n", "        ();\n", 0)]),
    Twin("notify_tells_nobody", "a notification takes threads out of the queue and tells nobody", &[Edit(
        "condvar.rs", "            chain.tell(NOTIFIED);", "            let _ = chain;", 0)]),
    Twin("waiters_not_noted", "a thread queues up without a word to those who notify", &[Edit(
        "condvar.rs", "None => self.queued.store(true, Relaxed),", "None => {}", 0)]),
    Twin("times_out_although_notified", "a thread with a deadline says that it came first", &[Edit(
        "condvar.rs", "        node.retire();\n        false", "        node.retire();\n        deadline.is_some()", 0)]),
    Twin("moved_and_not_noted", "the mutex does not note whom a notifier queued up", &[Edit(
        "mutex.rs", ".compare_exchange(state, joined(state), Relaxed, Relaxed)", ".compare_exchange(state, state, Relaxed, Relaxed)", 0)]),
    Twin("moved_to_a_free_lock", "a thread is queued up for a mutex that was just unlocked", &[Edit(
        "mutex.rs", "            if !is_locked(state) {\n                return false;\n            }", "", 0)]),
    Twin("moved_one_thinks_it_is_alone", "a thread that was moved locks as if it had only been notified", &[Edit(
        "condvar.rs", "if told == NOTIFIED {", "if true {", 0)]),
    Twin("one_more_in_any_case", "nothing: a thread that is about to sleep does not ask first whether anybody waits for the mutex", &[Edit(
        "condvar.rs", "if mutex.seems_waited_for() {", "if true {", 0)]),
    Twin("one_more_is_told_nothing", "a thread that is about to sleep takes one more out of the mutex's queue, and tells it nothing", &[Edit(
        "condvar.rs", "if mutex.seems_waited_for() {", "if true {", 0), Edit(
        "condvar.rs", "        unsafe { Node::tell(node, NOTIFIED) }", "        let _ = node;", 0)]),
    Twin("accepts_two_mutexes", "a second mutex is not noticed", &[Edit(
        "condvar.rs", "                    drop(queue);\n                    two_mutexes();", "", 0)]),
    ],
}
