//! Random programs of two or three threads over a mutex that survives its owner, some of which die at a random
//! step, compared with a sequential reference: the changes that were made under the lock, in the order in which it
//! was held, are what one thread would have made; each change that a death cut short is found by exactly one, who is
//! told; and nobody is told anything else.

use std::sync::Arc;
use std::sync::Mutex as Plain;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use shuttle_tests::models::soon;
use shuttle_tests::random::{all_pass, at_random, some_fails};
use shuttle_tests::selvedge::explore::Exploration;
use shuttle_tests::selvedge::sys::{AtomicU32, Ordering::Relaxed, deadline_after, kernel, thread};
use shuttle_tests::shared::{Got, How, RawShared, SharedKit, Shipped};
use shuttle_tests::twins;

/// What a thread does: so many changes, one after the other, and when it dies, if it does.
#[derive(Clone, Debug)]
struct Life {
    changes: Vec<(u32, How)>,
    dies: Option<usize>,
}

fn lives() -> impl Strategy<Value = Vec<Life>> {
    let how = prop_oneof![3 => Just(How::Lock), 1 => Just(How::Try), 1 => Just(How::Timed)];
    let changes = prop::collection::vec((1..100u32, how), 1..4);
    let life =
        (changes, prop::option::of(1..30usize)).prop_map(|(changes, dies)| Life { changes, dies });
    prop::collection::vec(life, 2..=3)
}

/// What the lock protects: a sum, and what has been done to it. Ordinary memory: one thread at a time.
#[derive(Default)]
struct Data {
    sum: u32,
    /// What was there, what was added, and whether the change was ended.
    log: Vec<(u32, u32, bool)>,
    repairs: usize,
}

struct Shared<K: SharedKit> {
    raw: K::Raw,
    /// A step between the two halves of a change.
    between: AtomicU32,
    data: Plain<Data>,
}

#[derive(Default)]
struct Total {
    changes: usize,
    deaths: usize,
    repairs: usize,
}

impl<K: SharedKit> Shared<K> {
    fn live(&self, changes: &[(u32, How)]) {
        for (value, how) in changes.iter().copied() {
            let got = match how {
                How::Lock => self.raw.acquire(None),
                How::Try => self.raw.try_acquire(),
                How::Timed => self.raw.acquire(deadline_after(soon())),
            };
            if got == Got::Refused {
                continue;
            }
            self.look(got);
            {
                let mut data = self.data.lock().unwrap();
                let before = data.sum;
                data.log.push((before, value, false));
            }
            self.between.fetch_add(1, Relaxed);
            {
                let mut data = self.data.lock().unwrap();
                let last = data.log.last_mut().expect("just pushed");
                last.2 = true;
                let now = last.0 + last.1;
                data.sum = now;
            }
            self.raw.release();
        }
    }

    /// With the lock held: what was cut short is undone by the one who is told.
    fn look(&self, got: Got) {
        let mut data = self.data.lock().unwrap();
        let cut_short = data.log.last().is_some_and(|last| !last.2);
        match got {
            Got::Clean => assert!(!cut_short, "a change was cut short, and nobody was told"),
            Got::OwnerDied if cut_short => {
                data.log.pop();
                data.repairs += 1;
            }
            Got::OwnerDied => {}
            other => panic!("the lock is held, and nothing is lost: {other:?}"),
        }
    }
}

fn run<K: SharedKit>(program: &Arc<Vec<Life>>) -> Total {
    let shared = Arc::new(Shared::<K> {
        raw: K::Raw::new(),
        between: AtomicU32::new(0),
        data: Plain::new(Data::default()),
    });
    let threads: Vec<_> = (0..program.len())
        .map(|number| {
            let (shared, program) = (Arc::clone(&shared), Arc::clone(program));
            thread::spawn(move || {
                let life = &program[number];
                match life.dies {
                    None => shared.live(&life.changes),
                    Some(steps) => {
                        let lived = kernel::mortal(steps, || shared.live(&life.changes));
                        return usize::from(lived.is_none());
                    }
                }
                0
            })
        })
        .collect();
    let deaths: usize = threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .sum();
    let got = shared.raw.acquire(None);
    assert!(
        got == Got::Clean || deaths > 0,
        "told of a death, and nobody has died"
    );
    shared.look(got);
    shared.raw.release();
    let data = shared.data.lock().unwrap();
    // The reference: one thread that makes the same changes, one after the other.
    let mut reference = 0;
    for (before, value, ended) in &data.log {
        assert!(ended, "nobody has found what was cut short");
        assert_eq!(
            *before, reference,
            "a change saw what no sequence of them leads to"
        );
        reference += value;
    }
    assert_eq!(data.sum, reference);
    assert!(data.repairs <= deaths, "more was repaired than died");
    Total {
        changes: data.log.len(),
        deaths,
        repairs: data.repairs,
    }
}

fn explore<K: SharedKit>(program: Vec<Life>, executions: usize) -> (Exploration, Total) {
    let program = Arc::new(program);
    let sums = Arc::new(Plain::new(Total::default()));
    let exploration = {
        let sums = Arc::clone(&sums);
        at_random(executions).run(move || {
            let total = run::<K>(&program);
            let mut sums = sums.lock().unwrap();
            sums.changes += total.changes;
            sums.deaths += total.deaths;
            sums.repairs += total.repairs;
        })
    };
    let sums = std::mem::take(&mut *sums.lock().unwrap());
    (exploration, sums)
}

#[test]
fn behave_as_one_thread_would() {
    all_pass(256, &lives(), |program| explore::<Shipped>(program, 200).0);
}

/// The test can fail: among so many random programs there are some that catch these.
fn some_program_catches<K: SharedKit>() -> bool {
    some_fails(400, &lives(), |program| explore::<K>(program, 100).0)
}

#[test]
fn random_programs_catch_broken_twins() {
    assert!(some_program_catches::<twins::shared_wake_forgotten::Twin>());
    assert!(some_program_catches::<twins::shared_nobody_told::Twin>());
    assert!(some_program_catches::<
        twins::shared_unlock_not_announced::Twin,
    >());
    assert!(some_program_catches::<twins::shared_sleeps_while_asked::Twin>());
}

/// And the programs do something: they change, die and repair.
#[test]
fn random_programs_reach_all_corners() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut sums = Total::default();
    for _ in 0..50 {
        let program = lives().new_tree(&mut runner).expect("a program").current();
        let (_, total) = explore::<Shipped>(program, 50);
        sums.changes += total.changes;
        sums.deaths += total.deaths;
        sums.repairs += total.repairs;
    }
    assert!(sums.changes > 0);
    assert!(sums.deaths > 0, "nobody ever died");
    assert!(
        sums.repairs > 0,
        "nobody ever died in the middle of a change"
    );
}
