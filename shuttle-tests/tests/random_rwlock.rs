//! Random programs of two or three threads over a readers–writer lock, compared with a reference that keeps
//! count of who is inside: at every moment many readers, or those and one upgradable one, or one writer; what
//! the writers did in the order in which they were inside must be what one thread would have got; and everybody
//! gets through.

use std::sync::Arc;
use std::sync::Mutex as Plain;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use shuttle_tests::models::rwlock::AnyRwLock;
use shuttle_tests::models::soon;
use shuttle_tests::random::{all_pass, at_random, some_fails};
use shuttle_tests::selvedge::explore::Exploration;
use shuttle_tests::selvedge::lock_api::{RwLock, RwLockUpgradableReadGuard, RwLockWriteGuard};
use shuttle_tests::selvedge::raw::{RawRwLock, RawRwLockRecursive};
use shuttle_tests::selvedge::sys::thread;
use shuttle_tests::twins;

#[derive(Clone, Copy, Debug)]
enum How {
    Wait,
    Try,
    Timed,
}

/// One thing that a thread does.
#[derive(Clone, Copy, Debug)]
enum Step {
    Read(How),
    Write {
        how: How,
        value: u32,
        fair: bool,
    },
    /// Look, and write if the upgrade comes about; then go on looking, or not.
    Upgrade {
        how: How,
        upgrade: How,
        value: u32,
        back: bool,
    },
    /// Write, and go on as a reader of one kind or the other.
    Downgrade {
        value: u32,
        upgradable: bool,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let how = || prop_oneof![Just(How::Wait), Just(How::Try), Just(How::Timed)];
    prop_oneof![
        3 => how().prop_map(Step::Read),
        2 => (how(), 1..100u32, any::<bool>())
            .prop_map(|(how, value, fair)| Step::Write { how, value, fair }),
        2 => (how(), how(), 1..100u32, any::<bool>())
            .prop_map(|(how, upgrade, value, back)| Step::Upgrade { how, upgrade, value, back }),
        1 => (1..100u32, any::<bool>())
            .prop_map(|(value, upgradable)| Step::Downgrade { value, upgradable }),
    ]
}

fn programs() -> impl Strategy<Value = Vec<Vec<Step>>> {
    prop::collection::vec(prop::collection::vec(step(), 1..4), 2..=3)
}

/// Who is inside, as the threads say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Inside {
    readers: i32,
    upgradable: i32,
    writers: i32,
}

struct Shared<R: AnyRwLock> {
    lock: RwLock<R, ()>,
    /// Not in the lock, so that the checker does not order anything for it.
    inside: Plain<Inside>,
    sum: Plain<(u32, Vec<(u32, u32)>)>,
}

impl<R: AnyRwLock> Shared<R> {
    /// Somebody comes or goes, or is there in another way.
    fn change(&self, change: impl FnOnce(&mut Inside)) {
        let mut inside = self
            .inside
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        change(&mut inside);
        let now = *inside;
        drop(inside);
        assert!(
            now.writers + now.upgradable <= 1 && (now.writers == 0 || now.readers == 0),
            "together: {now:?}"
        );
    }

    /// What a reader does inside: nothing may change meanwhile.
    fn look(&self) {
        let sum = || {
            self.sum
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner())
                .0
        };
        let before = sum();
        thread::yield_now();
        assert_eq!(before, sum(), "somebody wrote beside a reader");
    }

    /// What a writer does inside.
    fn add(&self, value: u32) {
        let sum = || {
            self.sum
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner())
        };
        let before = sum().0;
        thread::yield_now();
        let mut sum = sum();
        sum.0 = before + value;
        sum.1.push((before, value));
    }

    /// Returns how much was added.
    fn perform(&self, step: Step) -> u32 {
        match step {
            Step::Read(how) => {
                let guard = match how {
                    How::Wait => Some(self.lock.read()),
                    How::Try => self.lock.try_read(),
                    How::Timed => self.lock.try_read_for(soon()),
                };
                let Some(guard) = guard else { return 0 };
                self.change(|inside| inside.readers += 1);
                self.look();
                self.change(|inside| inside.readers -= 1);
                drop(guard);
                0
            }
            Step::Write { how, value, fair } => {
                let guard = match how {
                    How::Wait => Some(self.lock.write()),
                    How::Try => self.lock.try_write(),
                    How::Timed => self.lock.try_write_for(soon()),
                };
                let Some(guard) = guard else { return 0 };
                self.change(|inside| inside.writers += 1);
                self.add(value);
                self.change(|inside| inside.writers -= 1);
                if fair {
                    RwLockWriteGuard::unlock_fair(guard);
                }
                value
            }
            Step::Upgrade {
                how,
                upgrade,
                value,
                back,
            } => {
                let guard = match how {
                    How::Wait => Some(self.lock.upgradable_read()),
                    How::Try => self.lock.try_upgradable_read(),
                    How::Timed => self.lock.try_upgradable_read_for(soon()),
                };
                let Some(guard) = guard else { return 0 };
                self.change(|inside| inside.upgradable += 1);
                self.look();
                let before = self
                    .sum
                    .lock()
                    .unwrap_or_else(|poisoned| poisoned.into_inner())
                    .0;
                let upgraded = match upgrade {
                    How::Wait => Ok(RwLockUpgradableReadGuard::upgrade(guard)),
                    How::Try => RwLockUpgradableReadGuard::try_upgrade(guard),
                    How::Timed => RwLockUpgradableReadGuard::try_upgrade_for(guard, soon()),
                };
                let now = self
                    .sum
                    .lock()
                    .unwrap_or_else(|poisoned| poisoned.into_inner())
                    .0;
                assert_eq!(before, now, "somebody wrote during the upgrade");
                match upgraded {
                    Err(guard) => {
                        self.look();
                        self.change(|inside| inside.upgradable -= 1);
                        drop(guard);
                        0
                    }
                    Ok(guard) => {
                        self.change(|inside| {
                            inside.upgradable -= 1;
                            inside.writers += 1;
                        });
                        self.add(value);
                        self.leave_writing(guard, back.then_some(true));
                        value
                    }
                }
            }
            Step::Downgrade { value, upgradable } => {
                let guard = self.lock.write();
                self.change(|inside| inside.writers += 1);
                self.add(value);
                self.leave_writing(guard, Some(upgradable));
                value
            }
        }
    }

    /// A writer goes, by way of being a reader or an upgradable one, or not.
    fn leave_writing(&self, guard: RwLockWriteGuard<'_, R, ()>, by_way_of: Option<bool>) {
        match by_way_of {
            None => {
                self.change(|inside| inside.writers -= 1);
                drop(guard);
            }
            Some(true) => {
                self.change(|inside| {
                    inside.writers -= 1;
                    inside.upgradable += 1;
                });
                let guard = RwLockWriteGuard::downgrade_to_upgradable(guard);
                self.look();
                self.change(|inside| {
                    inside.upgradable -= 1;
                    inside.readers += 1;
                });
                let guard = RwLockUpgradableReadGuard::downgrade(guard);
                self.look();
                self.change(|inside| inside.readers -= 1);
                drop(guard);
            }
            Some(false) => {
                self.change(|inside| {
                    inside.writers -= 1;
                    inside.readers += 1;
                });
                let guard = RwLockWriteGuard::downgrade(guard);
                self.look();
                self.change(|inside| inside.readers -= 1);
                drop(guard);
            }
        }
    }
}

fn run<R: AnyRwLock>(program: &Arc<Vec<Vec<Step>>>) -> u32 {
    let shared = Arc::new(Shared::<R> {
        lock: RwLock::new(()),
        inside: Plain::default(),
        sum: Plain::default(),
    });
    let threads: Vec<_> = (1..program.len())
        .map(|number| {
            let (shared, program) = (Arc::clone(&shared), Arc::clone(program));
            thread::spawn(move || {
                let steps = &program[number];
                steps.iter().map(|&step| shared.perform(step)).sum::<u32>()
            })
        })
        .collect();
    let mut added: u32 = program[0].iter().map(|&step| shared.perform(step)).sum();
    added += threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .sum::<u32>();

    let (sum, log) = &*shared.sum.lock().unwrap();
    let mut expected = 0;
    for &(before, value) in log {
        assert_eq!(before, expected, "an addition saw what no order explains");
        expected += value;
    }
    assert_eq!((*sum, added), (expected, expected), "an addition was lost");
    assert_eq!(*shared.inside.lock().unwrap(), Inside::default());
    assert!(!shared.lock.is_locked());
    assert_eq!(
        shared.lock.try_write().map(|_| ()),
        Some(()),
        "a mark is left"
    );
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
        explore::<RawRwLock>(program, 60).0
    });
    all_pass(96, &programs(), |program| {
        explore::<RawRwLockRecursive>(program, 20).0
    });
}

fn some_program_catches<R: AnyRwLock>() -> bool {
    some_fails(400, &programs(), |program| explore::<R>(program, 60).0)
}

#[test]
fn random_programs_catch_broken_twins() {
    assert!(some_program_catches::<twins::rw_wake_forgotten::Twin>());
    assert!(some_program_catches::<twins::rw_writer_beside_readers::Twin>());
    assert!(some_program_catches::<twins::rw_two_upgradable::Twin>());
    assert!(some_program_catches::<twins::rw_queued_mark_left::Twin>());
    assert!(some_program_catches::<twins::rw_upgrading_left::Twin>());
    assert!(some_program_catches::<
        twins::rw_leaves_and_thinks_of_nobody::Twin,
    >());
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
            explore::<RawRwLock>(program, 20).1
        })
        .sum();
    assert!(added > 0);
}
