// Included by the build scripts of `loom-tests` and `shuttle-tests`: makes the broken twins.
//
// A twin is the *shipped* source of the mutex and the condvar with one thing changed. It is made from
// the source at build time, so it cannot lag behind it; and if the line that it changes is no longer
// there, exactly as often as said, the build fails and says so.

/// A change of one line: the file, what is there, what takes its place, and which occurrence (from 0).
struct Edit(&'static str, &'static str, &'static str, usize);

/// A broken twin: its name, what it gets wrong, and the change.
struct Twin(&'static str, &'static str, &'static [Edit]);

const MUTEX: &str = "mutex.rs";
const CONDVAR: &str = "condvar.rs";

const TWINS: &[Twin] = &[
    // --- orderings of the mutex -----------------------------------------------------------------
    Twin("lock_relaxed", "the uncontended lock does not acquire", &[Edit(
        MUTEX, ".compare_exchange(UNLOCKED, LOCKED_BIT, Acquire, Relaxed)", ".compare_exchange(UNLOCKED, LOCKED_BIT, Relaxed, Relaxed)", 0)]),
    Twin("try_lock_relaxed", "try_lock does not acquire", &[Edit(
        MUTEX, ".compare_exchange(state, state | LOCKED_BIT, Acquire, Relaxed)", ".compare_exchange(state, state | LOCKED_BIT, Relaxed, Relaxed)", 0)]),
    Twin("timed_lock_relaxed", "the uncontended timed lock does not acquire", &[Edit(
        MUTEX, ".compare_exchange(UNLOCKED, LOCKED_BIT, Acquire, Relaxed)", ".compare_exchange(UNLOCKED, LOCKED_BIT, Relaxed, Relaxed)", 1)]),
    Twin("barging_lock_relaxed", "a lock that is found free in the slow path is not acquired", &[Edit(
        MUTEX, "match self.word.compare_exchange(state, next, Acquire, Relaxed) {\n                    Ok(_) if !is_locked(state) => return true,", "match self.word.compare_exchange(state, next, Relaxed, Relaxed) {\n                    Ok(_) if !is_locked(state) => return true,", 0)]),
    Twin("claim_relaxed", "a waiter's claim does not acquire", &[Edit(
        MUTEX, "match self.word.compare_exchange(state, next, Acquire, Relaxed) {\n                    Ok(_) if is_claimable", "match self.word.compare_exchange(state, next, Relaxed, Relaxed) {\n                    Ok(_) if is_claimable", 0)]),
    Twin("late_claim_relaxed", "a claim after the deadline does not acquire", &[Edit(
        MUTEX, "match self.word.compare_exchange(state, next, Acquire, Relaxed) {\n                Ok(_) if is_claimable", "match self.word.compare_exchange(state, next, Relaxed, Relaxed) {\n                Ok(_) if is_claimable", 0)]),
    Twin("unlock_relaxed", "the uncontended unlock does not release", &[Edit(
        MUTEX, ".compare_exchange(LOCKED_BIT, UNLOCKED, Release, Relaxed)", ".compare_exchange(LOCKED_BIT, UNLOCKED, Relaxed, Relaxed)", 0)]),
    Twin("fair_unlock_relaxed", "the uncontended fair unlock does not release", &[Edit(
        MUTEX, ".compare_exchange(LOCKED_BIT, UNLOCKED, Release, Relaxed)", ".compare_exchange(LOCKED_BIT, UNLOCKED, Relaxed, Relaxed)", 1)]),
    Twin("contended_unlock_acquires_only", "the contended unlock does not release", &[Edit(
        MUTEX, "compare_exchange(state, next, AcqRel, Relaxed)", "compare_exchange(state, next, Acquire, Relaxed)", 0)]),
    // --- the protocol of the mutex --------------------------------------------------------------
    Twin("wake_forgotten", "an unlock with waiters wakes nobody", &[Edit(
        MUTEX, "                    if wake {", "                    if false && wake {", 0)]),
    Twin("contended_mark_dropped", "a waiter that gets the lock forgets that others wait", &[Edit(
        MUTEX, "    taken(state - ONE_WAITER)", "    taken(state % ONE_WAITER)", 0)]),
    Twin("sleeps_while_waking", "a waiter falls asleep with WAKING set (invariant 3)", &[Edit(
        MUTEX, "state & !WAKING_BIT // invariant 3: nobody sleeps with it set", "state", 0)]),
    Twin("leaves_while_waking", "a waiter whose deadline has come leaves WAKING set (invariant 4)", &[Edit(
        MUTEX, "(state - ONE_WAITER) & !WAKING_BIT", "state - ONE_WAITER", 0)]),
    Twin("leaves_a_handed_lock", "a waiter whose deadline has come does not claim what was handed to it (invariant 2)", &[Edit(
        MUTEX, "            let next = if is_claimable(state) {\n                // A lock", "            let next = if !is_locked(state) {\n                // A lock", 0),
        Edit(MUTEX, "                Ok(_) if is_claimable(state) => {\n                    self.wake_the_late(state);\n                    return true;\n                }\n                Ok(_) => return false,", "                Ok(_) => return !is_locked(state),", 0)]),
    Twin("stays_registered", "a waiter whose deadline has come stays registered", &[Edit(
        MUTEX, "(state - ONE_WAITER) & !WAKING_BIT", "state & !WAKING_BIT", 0)]),
    Twin("newcomer_claims", "a thread that comes after a hand-over registers, and claims it", &[Edit(
        MUTEX, "} else if !is_handed(state) {\n                state + ONE_WAITER", "} else if !is_handed(state) || !woken {\n                state + ONE_WAITER", 0),
        Edit(MUTEX, "Ok(_) if !is_handed(state) => {", "Ok(_) if !is_handed(state) || !woken => {", 0)]),
    Twin("late_one_passes_no_wake_on", "a late thread swallows the wake that came with the hand-over", &[Edit(
        MUTEX, "} else if woken {", "} else if woken && false {", 0),
        Edit(MUTEX, "Ok(_) if woken => {", "Ok(_) if woken && false => {", 0)]),
    Twin("late_ones_forgotten", "a claim does not wake those who came late (invariant 5)", &[Edit(
        MUTEX, "        if state & LATE_BIT != 0 {", "        if false && state & LATE_BIT != 0 {", 0)]),
    Twin("late_mark_forgotten", "a late thread sleeps without saying so (invariant 5)", &[Edit(
        MUTEX, "                state | LATE_BIT\n", "                state\n", 0)]),
    Twin("fair_is_unfair", "a fair unlock hands over to nobody", &[Edit(
        MUTEX, "let hand_over = fair && waited_for;", "let hand_over = fair && !waited_for;", 0)]),
    Twin("looks_again_after_unlock", "the unlock reads the lock after it has released it", &[Edit(
        MUTEX, "            Ok(_) => span.released(),", "            Ok(_) => { span.released(); let _ = self.word.load(Relaxed); }", 0)]),
    Twin("asks_the_lock_where_to_wake", "the contended unlock asks the lock for its address after it has released it", &[Edit(
        MUTEX, "                        Futex::wake(address, 1);\n                    }\n                    return;", "                        Futex::wake(self.word.address(), 1 + 0 * (self.word.load(Relaxed) as usize));\n                    }\n                    return;", 0)]),
    // --- the condvar ----------------------------------------------------------------------------
    Twin("unlocks_before_queueing", "wait unlocks the mutex before it is in the queue", &[
        Edit(CONDVAR, "            unsafe { queue.append(this) };", "            drop(queue); unsafe { mutex.release() }; unsafe { self.queue().append(this) };", 0),
        Edit(CONDVAR, "        unsafe { mutex.release() };\n\n", "", 0)]),
    Twin("notify_forgets_the_wake", "a notification changes the state and wakes nobody", &[Edit(
        CONDVAR, "            Futex::wake(address, 1);", "            let _ = address;", 0)]),
    Twin("notified_relaxed", "a notification does not release the node", &[Edit(
        CONDVAR, "node.futex.store(NOTIFIED, Release);", "node.futex.store(NOTIFIED, Relaxed);", 0)]),
    Twin("state_relaxed", "a waiter does not acquire its node back", &[Edit(
        CONDVAR, "let state = node.futex.load(Acquire);", "let state = node.futex.load(Relaxed);", 0)]),
    Twin("times_out_although_notified", "a waiter whose deadline has come does not ask whether it was notified", &[Edit(
        CONDVAR, "if !unsafe { self.links(node, |links| links.queued) } {\n            return false;", "if !unsafe { self.links(node, |links| links.queued) } {\n            return true;", 0)]),
    Twin("moved_and_not_registered", "a moved waiter is not counted by the mutex", &[Edit(
        CONDVAR, "    mutex.register_moved();", "    let _ = mutex;", 0)]),
    Twin("moved_to_a_free_lock", "a waiter that is moved to a lock that was just unlocked is left there", &[Edit(
        MUTEX, "        if !is_locked(before) {", "        if false && !is_locked(before) {", 0)]),
    Twin("leaves_while_being_moved", "a moved waiter does not wait for its notifier to finish (invariant 3)", &[Edit(
        CONDVAR, "                drop(self.queue());", "", 0)]),
    Twin("moved_is_not_said", "a moved waiter thinks that it was only notified", &[Edit(
        CONDVAR, "            MOVED => {", "            u32::MAX => {", 0)]),
    Twin("forgets_the_rest", "taking out one node empties the queue", &[Edit(
        CONDVAR, "        if before == node {", "        if before == node || true {", 0)]),
    Twin("accepts_two_mutexes", "a second mutex is not noticed", &[Edit(
        CONDVAR, "                two_mutexes();", "                queue = self.queue();", 0)]),
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../tests/twins/make.rs");
    println!("cargo::rerun-if-changed=../src/raw");
    // `loom-tests` checks `selvedge_loom`; `machine-tests` the published crate itself.
    let world = match std::env::var("CARGO_PKG_NAME").unwrap().trim_end_matches("-tests") {
        "machine" => "selvedge".to_owned(),
        world => format!("selvedge_{world}"),
    };
    let out = std::path::PathBuf::from(std::env::var_os("OUT_DIR").unwrap());
    let mut modules = String::new();
    for Twin(name, wrong, edits) in TWINS {
        for file in [MUTEX, CONDVAR] {
            let mut source = std::fs::read_to_string(format!("../src/raw/{file}")).unwrap();
            for Edit(_, from, to, occurrence) in edits.iter().filter(|edit| edit.0 == file) {
                let Some((at, _)) = source.match_indices(from).nth(*occurrence) else {
                    panic!(
                        "the broken twin `{name}` changes a line that src/raw/{file} no longer has \
                         (occurrence {occurrence}); change the twin with it, in tests/twins/make.rs:\n{from}"
                    );
                };
                source.replace_range(at..at + from.len(), to);
            }
            let source = source.replace("crate::", &format!("{world}::"));
            std::fs::create_dir_all(out.join(name)).unwrap();
            std::fs::write(out.join(name).join(file), source).unwrap();
        }
        let directory = out.join(name);
        let directory = directory.display();
        modules.push_str(&format!(
            "/// {wrong}\n\
             pub mod {name} {{\n\
             #[path = \"{directory}/mutex.rs\"] mod mutex;\n\
             #[path = \"{directory}/condvar.rs\"] mod condvar;\n\
             /// The kit of this twin: {wrong}.\n\
             pub struct Twin;\n\
             impl crate::models::Kit for Twin {{\n\
             type RawMutex = mutex::RawMutex;\n\
             type RawCondvar = condvar::RawCondvar;\n\
             }}\n\
             }}\n"
        ));
    }
    std::fs::write(out.join("twins.rs"), modules).unwrap();
}
