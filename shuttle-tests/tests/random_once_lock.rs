//! Random programs of two or three threads over a `OnceLock`, compared with a sequential reference: the attempts to
//! make the value, in the order in which they were made, and what each thread was given.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex as Plain};

use proptest::prelude::*;
use shuttle_tests::models::once_lock::{AnyOnceLock, Kit, Shipped};
use shuttle_tests::random::{all_pass, at_random, some_fails};
use shuttle_tests::selvedge::explore::Exploration;
use shuttle_tests::selvedge::sys::thread;
use shuttle_tests::twins;

#[derive(Clone, Copy, Debug)]
enum Step {
    Get,
    Wait,
    Set,
    Make(End),
}

/// How an initialiser ends.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Value,
    Error,
    Panic,
}

fn step() -> impl Strategy<Value = Step> {
    let ends = prop_oneof![Just(End::Value), Just(End::Error), Just(End::Panic)];
    prop_oneof![
        2 => Just(Step::Get),
        1 => Just(Step::Wait),
        2 => Just(Step::Set),
        3 => ends.prop_map(Step::Make),
    ]
}

fn programs() -> impl Strategy<Value = Vec<Vec<Step>>> {
    prop::collection::vec(prop::collection::vec(step(), 1..4), 2..=3)
}

/// A value that says which step made it.
type Name = Box<usize>;

/// What has happened: an attempt began, and how it ended; or a value was put there without an initialiser.
#[derive(Default)]
struct Log {
    under_way: bool,
    attempts: Vec<(usize, End)>,
}

struct Shared<K: Kit> {
    cell: K::OnceLock<Name>,
    log: Plain<Log>,
}

impl<K: Kit> Shared<K> {
    fn make(&self, name: usize, end: End) -> Option<usize> {
        let begin = || {
            let mut log = self.log.lock().unwrap();
            assert!(!log.under_way, "two at once");
            log.under_way = true;
        };
        let made = self.cell.get_or_try_init(|| {
            begin();
            thread::yield_now(); // others get a chance to be where they must not be
            let mut log = self.log.lock().unwrap();
            log.under_way = false;
            log.attempts.push((name, end));
            drop(log);
            match end {
                End::Value => Ok(Box::new(name)),
                End::Error => Err(name),
                End::Panic => panic!("of {name}"),
            }
        });
        match made {
            Ok(made) => Some(**made),
            Err(error) => {
                assert_eq!((error, end), (name, End::Error), "somebody else's error");
                None
            }
        }
    }

    /// What the step was given, if anything.
    fn perform(&self, name: usize, step: Step) -> Option<usize> {
        match step {
            Step::Get => self.cell.get().map(|made| **made),
            Step::Wait => Some(**self.cell.wait()),
            Step::Set => match self.cell.set(Box::new(name)) {
                Ok(()) => {
                    // In the reference it is an attempt that succeeds; nobody can tell when it was.
                    self.log.lock().unwrap().attempts.push((name, End::Value));
                    Some(name)
                }
                Err(back) => {
                    assert_eq!(*back, name, "somebody else's value");
                    Some(
                        **self
                            .cell
                            .get()
                            .expect("it was refused because there is one"),
                    )
                }
            },
            Step::Make(end) => {
                let made = catch_unwind(AssertUnwindSafe(|| self.make(name, end)));
                made.unwrap_or_else(|payload| {
                    let told = payload.downcast::<String>().expect("a message");
                    assert_eq!(*told, format!("of {name}"), "somebody else's panic");
                    None
                })
            }
        }
    }
}

fn run<K: Kit>(program: &Arc<Vec<Vec<Step>>>) {
    let shared = Arc::new(Shared::<K> {
        cell: K::OnceLock::default(),
        log: Plain::default(),
    });
    let given = Arc::new(Plain::new(Vec::new()));
    let threads: Vec<_> = (0..program.len())
        .map(|number| {
            let (shared, given) = (Arc::clone(&shared), Arc::clone(&given));
            let program = Arc::clone(program);
            thread::spawn(move || {
                let mut known = None;
                for (index, step) in program[number].iter().enumerate() {
                    let name = 10 * (number + 1) + index;
                    let got = shared.perform(name, *step);
                    assert!(known.is_none() || got == known, "it is there for ever");
                    known = got;
                    given.lock().unwrap().extend(got);
                }
            })
        })
        .collect();
    // Whoever waits comes back in the end.
    let last = shared.make(0, End::Value).expect("it does not fail");
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    // The reference: one thread that makes these attempts, one after the other, until one succeeds.
    let log = shared.log.lock().unwrap();
    let successes: Vec<_> = log
        .attempts
        .iter()
        .filter(|(_, end)| *end == End::Value)
        .collect();
    assert_eq!(successes.len(), 1, "{successes:?}");
    assert_eq!(successes[0].0, last);
    assert!(given.lock().unwrap().iter().all(|given| *given == last));
}

fn explore<K: Kit>(program: Vec<Vec<Step>>, executions: usize) -> Exploration {
    let program = Arc::new(program);
    at_random(executions).run(move || run::<K>(&program))
}

#[test]
fn behave_as_one_thread_would() {
    all_pass(128, &programs(), |program| explore::<Shipped>(program, 100));
}

/// The test can fail: among so many random programs there are some that catch these.
fn some_program_catches<K: Kit>() -> bool {
    some_fails(200, &programs(), |program| explore::<K>(program, 100))
}

#[test]
fn random_programs_catch_broken_twins() {
    assert!(some_program_catches::<twins::once_lock_poisons::Twin>());
    assert!(some_program_catches::<
        twins::once_lock_waits_for_failure::Twin,
    >());
    assert!(some_program_catches::<twins::once_lock_sets_blindly::Twin>());
}
