// The broken twins of the condvar; see make.rs.
Group {
    files: &["raw/guard.rs", "raw/mutex.rs", "raw/condvar.rs"],
    kit: "pub struct Twin;
          impl crate::models::Kit for Twin {
              type RawMutex = mutex::RawMutex;
              type RawCondvar = condvar::RawCondvar;
          }",
    twins: &[
    Twin("unlocks_before_queueing", "wait unlocks the mutex before it is in the queue", &[
        Edit("condvar.rs", "            unsafe { queue.append(this) };", "            drop(queue); unsafe { mutex.release() }; unsafe { self.queue().append(this) };", 0),
        Edit("condvar.rs", "        unsafe { mutex.release() };\n\n", "", 0)]),
    Twin("notify_forgets_the_wake", "a notification changes the state and wakes nobody", &[Edit(
        "condvar.rs", "            Futex::wake(address, 1);", "            let _ = address;", 0)]),
    Twin("notified_relaxed", "a notification does not release the node", &[Edit(
        "condvar.rs", "node.futex.store(NOTIFIED, Release);", "node.futex.store(NOTIFIED, Relaxed);", 0)]),
    Twin("state_relaxed", "a waiter does not acquire its node back", &[Edit(
        "condvar.rs", "let state = node.futex.load(Acquire);", "let state = node.futex.load(Relaxed);", 0)]),
    Twin("times_out_although_notified", "a waiter whose deadline has come does not ask whether it was notified", &[Edit(
        "condvar.rs", "if !unsafe { self.links(node, |links| links.queued) } {\n            return false;", "if !unsafe { self.links(node, |links| links.queued) } {\n            return true;", 0)]),
    Twin("moved_and_not_registered", "a moved waiter is not counted by the mutex", &[Edit(
        "condvar.rs", "    mutex.register_moved();", "    let _ = mutex;", 0)]),
    Twin("moved_to_a_free_lock", "a waiter that is moved to a lock that was just unlocked is left there", &[Edit(
        "mutex.rs", "        if !is_locked(before) {", "        if false && !is_locked(before) {", 0)]),
    Twin("leaves_while_being_moved", "a moved waiter does not wait for its notifier to finish (invariant 3)", &[Edit(
        "condvar.rs", "                drop(self.queue());", "", 0)]),
    Twin("moved_is_not_said", "a moved waiter thinks that it was only notified", &[Edit(
        "condvar.rs", "            MOVED => {", "            u32::MAX => {", 0)]),
    Twin("forgets_the_rest", "taking out one node empties the queue", &[Edit(
        "condvar.rs", "        if before == node {", "        if before == node || true {", 0)]),
    Twin("accepts_two_mutexes", "a second mutex is not noticed", &[Edit(
        "condvar.rs", "                two_mutexes();", "                queue = self.queue();", 0)]),
    ],
}
