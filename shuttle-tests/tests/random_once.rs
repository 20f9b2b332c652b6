//! Random programs of two or three threads over a `Once`, compared with a sequential reference: the attempts,
//! in the order in which they were made, and what each call was told about them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex as Plain};

use proptest::prelude::*;
use shuttle_tests::models::once::{AnyOnce, Shipped};
use shuttle_tests::random::{all_pass, at_random, some_fails};
use shuttle_tests::selvedge::explore::Exploration;
use shuttle_tests::selvedge::sys::thread;
use shuttle_tests::twins;

#[derive(Clone, Copy, Debug)]
enum Step {
    Call { force: bool, ends: End },
    Wait { force: bool },
}

/// How an initialiser ends.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Done,
    NotDone,
    Panic,
}

fn step() -> impl Strategy<Value = Step> {
    let ends = prop_oneof![Just(End::Done), Just(End::NotDone), Just(End::Panic)];
    prop_oneof![
        3 => (any::<bool>(), ends).prop_map(|(force, ends)| Step::Call { force, ends }),
        1 => any::<bool>().prop_map(|force| Step::Wait { force }),
    ]
}

fn programs() -> impl Strategy<Value = Vec<Vec<Step>>> {
    prop::collection::vec(prop::collection::vec(step(), 1..4), 2..=3)
}

/// One attempt: whether it was forced, whether it was told of a panic, and how it ended.
type Log = Plain<Vec<(bool, bool, End)>>;

fn attempt<O: AnyOnce>(once: &O, log: &Log, force: bool, ends: End) {
    once.call(force, &mut |poisoned| {
        thread::yield_now(); // others get a chance to be where they must not be
        log.lock().unwrap().push((force, poisoned, ends));
        assert!(ends != End::Panic, "on purpose");
        ends == End::Done
    });
}

fn perform<O: AnyOnce>(once: &O, log: &Log, steps: &[Step]) {
    let has = |end| log.lock().unwrap().iter().any(|attempt| attempt.2 == end);
    for step in steps {
        let result = catch_unwind(AssertUnwindSafe(|| match *step {
            Step::Call { force, ends } => attempt(once, log, force, ends),
            Step::Wait { force } => once.wait(force),
        }));
        match (result, *step) {
            (Err(_), _) => assert!(has(End::Panic), "it was told of a panic that was none"),
            (
                Ok(()),
                Step::Call {
                    ends: End::NotDone, ..
                },
            ) => {}
            (Ok(()), _) => assert!(
                has(End::Done) && once.is_completed(),
                "it came back too early"
            ),
        }
    }
}

fn run<O: AnyOnce>(program: &Arc<Vec<Vec<Step>>>) {
    let shared = Arc::new((O::default(), Log::default()));
    let threads: Vec<_> = (0..program.len())
        .map(|number| {
            let (shared, program) = (Arc::clone(&shared), Arc::clone(program));
            thread::spawn(move || perform(&shared.0, &shared.1, &program[number]))
        })
        .collect();
    // Whoever waits comes back in the end.
    attempt(&shared.0, &shared.1, true, End::Done);
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    // The reference: one thread that makes these attempts, one after the other.
    let (mut poisoned, mut done) = (false, false);
    for (force, told, ends) in shared.1.lock().unwrap().iter() {
        assert!(!done, "an attempt after it was done");
        assert!(
            *force || !poisoned,
            "an attempt without force after a panic"
        );
        assert_eq!(*told, poisoned, "an attempt was told something else");
        poisoned = *ends == End::Panic;
        done = *ends == End::Done;
    }
    assert!(done && shared.0.is_completed());
}

fn explore<O: AnyOnce>(program: Vec<Vec<Step>>, executions: usize) -> Exploration {
    let program = Arc::new(program);
    at_random(executions).run(move || run::<O>(&program))
}

#[test]
fn behave_as_one_thread_would() {
    all_pass(128, &programs(), |program| explore::<Shipped>(program, 100));
}

/// The test can fail: among so many random programs there are some that catch these.
fn some_program_catches<O: AnyOnce>() -> bool {
    some_fails(200, &programs(), |program| explore::<O>(program, 100))
}

#[test]
fn random_programs_catch_broken_twins() {
    assert!(some_program_catches::<twins::once_wakes_one::Twin>());
    assert!(some_program_catches::<twins::once_forgets_to_poison::Twin>());
    assert!(some_program_catches::<twins::once_forgets_who_waits::Twin>());
    assert!(some_program_catches::<twins::once_waiter_misses_poison::Twin>());
}
