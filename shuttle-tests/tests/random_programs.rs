//! Random programs of two or three threads over a mutex and a condvar, compared with a sequential
//! reference: what the threads did under the mutex, in the order in which they held it, must be what one
//! thread would have got doing the same; and the notifications that were told must be those that came.

use std::sync::Arc;
use std::sync::Mutex as Plain;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use shuttle_tests::models::{Condvar, Kit, Mutex, Shipped, soon};
use shuttle_tests::random::{all_pass, at_random, some_fails};
use shuttle_tests::selvedge::explore::Exploration;
use shuttle_tests::selvedge::lock_api::MutexGuard;
use shuttle_tests::selvedge::sys::thread;
use shuttle_tests::twins;

/// One thing that a thread does.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Lock, add, unlock.
    Add { value: u32, how: How, fair: bool },
    /// Lock, let go for a moment, lock again.
    Bump,
    /// Lock, wait with a deadline, unlock.
    Wait,
    /// Notify, with or without the mutex.
    Notify { all: bool, locked: bool },
}

#[derive(Clone, Copy, Debug)]
enum How {
    Lock,
    Try,
    Timed,
}

fn step() -> impl Strategy<Value = Step> {
    let how = prop_oneof![Just(How::Lock), Just(How::Try), Just(How::Timed)];
    prop_oneof![
        3 => (1..100u32, how, any::<bool>()).prop_map(|(value, how, fair)| Step::Add { value, how, fair }),
        1 => Just(Step::Bump),
        2 => Just(Step::Wait),
        2 => (any::<bool>(), any::<bool>()).prop_map(|(all, locked)| Step::Notify { all, locked }),
    ]
}

fn programs() -> impl Strategy<Value = Vec<Vec<Step>>> {
    prop::collection::vec(prop::collection::vec(step(), 1..4), 2..=3)
}

/// What happened under the mutex: who added what, and what was there.
type Log = Vec<(u32, u32)>;

#[derive(Default)]
struct Outcome {
    /// Additions that a thread was told it made.
    added: u32,
    told: usize,
    notified: usize,
}

fn run<K: Kit>(program: &Arc<Vec<Vec<Step>>>) -> Outcome {
    struct Shared<K: Kit> {
        log: Mutex<K, (u32, Log)>,
        changed: Condvar<K>,
    }
    fn perform<K: Kit>(shared: &Shared<K>, steps: &[Step]) -> Outcome {
        let mut outcome = Outcome::default();
        for step in steps {
            match *step {
                Step::Add { value, how, fair } => {
                    let guard = match how {
                        How::Lock => Some(shared.log.lock()),
                        How::Try => shared.log.try_lock(),
                        How::Timed => shared.log.try_lock_for(soon()),
                    };
                    let Some(mut guard) = guard else { continue };
                    let before = guard.0;
                    // Others get a chance to be where they must not be.
                    thread::yield_now();
                    guard.0 = before + value;
                    guard.1.push((before, value));
                    outcome.added += value;
                    if fair {
                        MutexGuard::unlock_fair(guard);
                    }
                }
                Step::Bump => MutexGuard::bump(&mut shared.log.lock()),
                Step::Wait => {
                    let mut guard = shared.log.lock();
                    let result = shared.changed.wait_for(&mut guard, soon());
                    outcome.notified += usize::from(!result.timed_out());
                }
                Step::Notify { all, locked } => {
                    let guard = locked.then(|| shared.log.lock());
                    outcome.told += if all {
                        shared.changed.notify_all()
                    } else {
                        usize::from(shared.changed.notify_one())
                    };
                    drop(guard);
                }
            }
        }
        outcome
    }
    let shared = Arc::new(Shared::<K> {
        log: Mutex::<K, _>::new((0, Vec::new())),
        changed: Condvar::<K>::new(),
    });
    let threads: Vec<_> = (1..program.len())
        .map(|number| {
            let (shared, program) = (Arc::clone(&shared), Arc::clone(program));
            thread::spawn(move || perform(&shared, &program[number]))
        })
        .collect();
    let mut total = perform(&shared, &program[0]);
    for thread in threads {
        let outcome = thread.join().unwrap();
        total.added += outcome.added;
        total.told += outcome.told;
        total.notified += outcome.notified;
    }
    let (sum, log) = &*shared.log.lock();
    // The reference: one thread that does the same, one after the other.
    let mut reference = 0;
    for (before, value) in log {
        assert_eq!(
            *before, reference,
            "an addition saw what no sequence of them leads to"
        );
        reference += value;
    }
    assert_eq!(*sum, reference);
    assert_eq!(
        total.added, reference,
        "a thread was told something else than what it did"
    );
    assert_eq!(
        total.told, total.notified,
        "a notification too many or too few"
    );
    assert!(
        !shared.changed.notify_one(),
        "somebody is left in the queue"
    );
    total
}

fn explore<K: Kit>(program: Vec<Vec<Step>>, executions: usize) -> (Exploration, Outcome) {
    let program = Arc::new(program);
    let sums = Arc::new(Plain::new(Outcome::default()));
    let exploration = {
        let sums = Arc::clone(&sums);
        at_random(executions).run(move || {
            let outcome = run::<K>(&program);
            let mut sums = sums.lock().unwrap();
            sums.told += outcome.told;
            sums.added += outcome.added;
        })
    };
    let sums = std::mem::take(&mut *sums.lock().unwrap());
    (exploration, sums)
}

#[test]
fn behave_as_one_thread_would() {
    all_pass(256, &programs(), |program| {
        explore::<Shipped>(program, 200).0
    });
}

/// The test can fail: among so many random programs there are some that catch these.
fn some_program_catches<K: Kit>() -> bool {
    some_fails(400, &programs(), |program| explore::<K>(program, 100).0)
}

#[test]
fn random_programs_catch_broken_twins() {
    assert!(some_program_catches::<twins::wake_forgotten::Twin>());
    assert!(some_program_catches::<twins::sleeps_while_waking::Twin>());
    assert!(some_program_catches::<
        twins::times_out_although_notified::Twin,
    >());
    assert!(some_program_catches::<twins::notify_tells_nobody::Twin>());
}

/// And the programs do something: they add, and notifications find waiters.
#[test]
fn random_programs_reach_all_corners() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut sums = Outcome::default();
    for _ in 0..50 {
        let program = programs()
            .new_tree(&mut runner)
            .expect("a program")
            .current();
        let (_, outcome) = explore::<Shipped>(program, 50);
        sums.added += outcome.added;
        sums.told += outcome.told;
    }
    assert!(sums.added > 0);
    assert!(sums.told > 0, "no notification ever found a waiter");
}

/// What a failing program would look like: small, and with its run.
#[test]
#[should_panic(expected = "minimal failing input")]
fn a_failing_program_is_shown() {
    type Broken = twins::wake_forgotten::Twin;
    all_pass(400, &programs(), |program| {
        explore::<Broken>(program, 100).0
    });
}
