//! Random programs of two or three threads over two biased readers-writer locks, compared with a reference that keeps count
//! of who is inside each: at every moment many readers and at most one upgradable one, or one writer. What the writers did, in
//! the order in which they were inside, must be what one thread would have got; a reader sees the same as long as it is inside;
//! everybody gets through; and who did not wait was refused for a reason.

use std::sync::Arc;
use std::sync::Mutex as Plain;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use shuttle_tests::models::rwlock::AnyRwLock;
use shuttle_tests::models::soon;
use shuttle_tests::random::{all_pass, at_random, some_fails};
use shuttle_tests::selvedge::explore::Exploration;
use shuttle_tests::selvedge::lock_api::{RwLock, RwLockUpgradableReadGuard, RwLockWriteGuard};
use shuttle_tests::selvedge::raw::RawBiasedRwLock;
use shuttle_tests::selvedge::sys::thread;
use shuttle_tests::twins;

const LOCKS: usize = 2;

#[derive(Clone, Copy, Debug)]
enum How {
    Wait,
    Try,
    Timed,
}

/// One thing that a thread does.
#[derive(Clone, Copy, Debug)]
enum Step {
    Read {
        lock: usize,
        how: How,
    },
    /// The second lock while it reads the first.
    ReadBoth(How),
    Write {
        lock: usize,
        how: How,
        value: u32,
        downgrade: bool,
    },
    Upgrade {
        lock: usize,
        how: How,
        value: u32,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let how = || prop_oneof![Just(How::Wait), Just(How::Try), Just(How::Timed)];
    let lock = || 0..LOCKS;
    prop_oneof![
        // Most of them read, or there would seldom be a bias.
        5 => (lock(), how()).prop_map(|(lock, how)| Step::Read { lock, how }),
        2 => how().prop_map(Step::ReadBoth),
        2 => (lock(), how(), 1..100u32, any::<bool>())
            .prop_map(|(lock, how, value, downgrade)| Step::Write { lock, how, value, downgrade }),
        1 => (lock(), how(), 1..100u32)
            .prop_map(|(lock, how, value)| Step::Upgrade { lock, how, value }),
    ]
}

fn programs() -> impl Strategy<Value = Vec<Vec<Step>>> {
    prop::collection::vec(prop::collection::vec(step(), 1..5), 2..=3)
}

/// What the threads say of a lock.
#[derive(Debug, Default)]
struct Reference {
    readers: u32,
    upgradable: u32,
    writers: u32,
    /// Calls that have begun and have not ended, of any kind.
    busy: u32,
    /// All calls that have begun.
    calls: u32,
    sum: u32,
    /// What each writer found, and added.
    log: Vec<(u32, u32)>,
}

struct Place<R: AnyRwLock> {
    lock: RwLock<R, ()>,
    /// Not in the lock, so that the checker does not order anything for it.
    reference: Plain<Reference>,
}

impl<R: AnyRwLock> Place<R> {
    fn new() -> Self {
        Self {
            lock: RwLock::new(()),
            reference: Plain::default(),
        }
    }

    fn with<T>(&self, change: impl FnOnce(&mut Reference) -> T) -> T {
        let mut reference = self
            .reference
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        let result = change(&mut reference);
        let Reference {
            readers,
            upgradable,
            writers,
            ..
        } = *reference;
        assert!(
            writers + upgradable <= 1 && (writers == 0 || readers == 0),
            "together: {reference:?}"
        );
        result
    }

    /// What a call returns, and whether it was alone with the lock from its beginning to its end: nobody was inside, and nobody
    /// else was in a call.
    fn alone<T>(&self, call: impl FnOnce() -> T) -> (T, bool) {
        let is_alone = |reference: &Reference| {
            reference.readers + reference.upgradable + reference.writers == 0 && reference.busy == 1
        };
        self.begin();
        let before = self.with(|reference| (is_alone(reference), reference.calls));
        let result = call();
        let after = self.with(|reference| {
            reference.busy -= 1;
            reference.calls
        });
        (result, before == (true, after))
    }

    fn begin(&self) {
        self.with(|reference| {
            reference.busy += 1;
            reference.calls += 1;
        });
    }

    /// Leaves, as a call.
    fn leave<G>(&self, guard: G) {
        self.begin();
        drop(guard);
        self.with(|reference| reference.busy -= 1);
    }

    /// What a reader does inside: nothing may change meanwhile.
    fn look(&self) {
        let before = self.with(|reference| reference.sum);
        thread::yield_now();
        let after = self.with(|reference| reference.sum);
        assert_eq!(before, after, "somebody wrote beside a reader");
    }

    /// What a writer does inside.
    fn add(&self, value: u32) {
        let before = self.with(|reference| reference.sum);
        thread::yield_now();
        self.with(|reference| {
            reference.sum = before + value;
            reference.log.push((before, value));
        });
    }

    /// Reads, and does `inside` meanwhile.
    fn read(&self, how: How, inside: impl FnOnce()) {
        let (guard, alone) = self.alone(|| match how {
            How::Wait => Some(self.lock.read()),
            How::Try => self.lock.try_read(),
            How::Timed => self.lock.try_read_for(soon()),
        });
        let Some(guard) = guard else {
            assert!(!alone, "refused for no reason");
            return;
        };
        self.with(|reference| reference.readers += 1);
        self.look();
        inside();
        self.look();
        self.with(|reference| reference.readers -= 1);
        self.leave(guard);
    }

    /// Returns how much was added.
    fn write(&self, how: How, value: u32, downgrade: bool) -> u32 {
        let (guard, alone) = self.alone(|| match how {
            How::Wait => Some(self.lock.write()),
            How::Try => self.lock.try_write(),
            How::Timed => self.lock.try_write_for(soon()),
        });
        let Some(guard) = guard else {
            assert!(!alone, "refused for no reason");
            return 0;
        };
        self.with(|reference| reference.writers += 1);
        self.add(value);
        if downgrade {
            self.with(|reference| {
                reference.writers -= 1;
                reference.readers += 1;
            });
            let guard = RwLockWriteGuard::downgrade(guard);
            self.look();
            self.with(|reference| reference.readers -= 1);
            self.leave(guard);
        } else {
            self.with(|reference| reference.writers -= 1);
            self.leave(guard);
        }
        value
    }

    /// Looks, and writes if that is possible. Returns how much was added.
    fn upgrade(&self, how: How, value: u32) -> u32 {
        let (looking, _) = self.alone(|| self.lock.upgradable_read());
        self.with(|reference| reference.upgradable += 1);
        self.look();
        let before = self.with(|reference| reference.sum);
        self.begin();
        let upgraded = match how {
            How::Wait => Ok(RwLockUpgradableReadGuard::upgrade(looking)),
            How::Try => RwLockUpgradableReadGuard::try_upgrade(looking),
            How::Timed => RwLockUpgradableReadGuard::try_upgrade_for(looking, soon()),
        };
        let now = self.with(|reference| {
            reference.busy -= 1;
            reference.sum
        });
        assert_eq!(before, now, "somebody wrote during the upgrade");
        match upgraded {
            Ok(guard) => {
                self.with(|reference| {
                    reference.upgradable -= 1;
                    reference.writers += 1;
                });
                self.add(value);
                self.with(|reference| reference.writers -= 1);
                self.leave(guard);
                value
            }
            Err(looking) => {
                self.look();
                self.with(|reference| reference.upgradable -= 1);
                self.leave(looking);
                0
            }
        }
    }
}

type Places<R> = [Place<R>; LOCKS];

/// Returns how much was added.
fn perform<R: AnyRwLock>(places: &Places<R>, step: Step) -> u32 {
    match step {
        Step::Read { lock, how } => {
            places[lock].read(how, || ());
            0
        }
        Step::ReadBoth(how) => {
            places[0].read(how, || places[1].read(how, || ()));
            0
        }
        Step::Write {
            lock,
            how,
            value,
            downgrade,
        } => places[lock].write(how, value, downgrade),
        Step::Upgrade { lock, how, value } => places[lock].upgrade(how, value),
    }
}

fn run<R: AnyRwLock>(program: &Arc<Vec<Vec<Step>>>) -> u32 {
    let places: Arc<Places<R>> = Arc::new([Place::new(), Place::new()]);
    // There is a bias for this thread to begin with.
    for place in places.iter() {
        place.read(How::Wait, || ());
    }
    let threads: Vec<_> = (1..program.len())
        .map(|number| {
            let (places, program) = (Arc::clone(&places), Arc::clone(program));
            thread::spawn(move || {
                let steps = program[number].iter();
                steps.map(|&step| perform(&places, step)).sum::<u32>()
            })
        })
        .collect();
    let mut added: u32 = program[0].iter().map(|&step| perform(&places, step)).sum();
    added += threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .sum::<u32>();

    let mut sums = 0;
    for place in places.iter() {
        place.with(|reference| {
            let mut expected = 0;
            for &(before, value) in &reference.log {
                assert_eq!(before, expected, "an addition saw what no order explains");
                expected += value;
            }
            assert_eq!(reference.sum, expected, "an addition was lost");
            sums += expected;
            assert_eq!(
                (reference.readers, reference.upgradable, reference.writers),
                (0, 0, 0)
            );
        });
        assert!(!place.lock.is_locked());
        assert!(place.lock.try_write().is_some(), "a mark is left");
    }
    assert_eq!(added, sums, "an addition was lost");
    added
}

fn explore<R: AnyRwLock>(program: Vec<Vec<Step>>, executions: usize) -> (Exploration, u32) {
    let program = Arc::new(program);
    let added = Arc::new(Plain::new(0));
    let exploration = {
        let added = Arc::clone(&added);
        at_random(executions).run(move || *added.lock().unwrap() += run::<R>(&program))
    };
    let added = *added
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    (exploration, added)
}

#[test]
fn random_programs_pass() {
    all_pass(96, &programs(), |program| {
        explore::<RawBiasedRwLock>(program, 60).0
    });
    all_pass(96, &programs(), |program| {
        explore::<twins::biased_one_slot::Twin>(program, 40).0
    });
}

fn some_program_catches<R: AnyRwLock>() -> bool {
    some_fails(400, &programs(), |program| explore::<R>(program, 60).0)
}

#[test]
fn random_programs_catch_broken_twins() {
    assert!(some_program_catches::<twins::biased_not_cleared::Twin>());
    assert!(some_program_catches::<twins::biased_reader_looks_once::Twin>());
    assert!(some_program_catches::<
        twins::biased_one_reader_waited_for::Twin,
    >());
    assert!(some_program_catches::<twins::biased_retract_forgotten::Twin>());
    assert!(some_program_catches::<twins::biased_nothing_given_back::Twin>());
    assert!(some_program_catches::<twins::biased_late_is_in_time::Twin>());
    assert!(some_program_catches::<twins::biased_departure_not_told::Twin>());
}

/// And the programs do something.
#[test]
fn random_programs_write() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let added: u32 = (0..20)
        .map(|_| {
            let program = programs()
                .new_tree(&mut runner)
                .expect("a program")
                .current();
            explore::<RawBiasedRwLock>(program, 20).1
        })
        .sum();
    assert!(added > 0);
}
