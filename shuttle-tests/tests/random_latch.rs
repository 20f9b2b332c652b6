//! Random programs of two or three threads over a `Latch`, compared with a sequential reference: a number that
//! falls.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex as Plain};

use proptest::prelude::*;
use shuttle_tests::models::latch::{AnyLatch, Shipped};
use shuttle_tests::models::soon;
use shuttle_tests::random::{all_pass, at_random, some_fails};
use shuttle_tests::selvedge::explore::Exploration;
use shuttle_tests::selvedge::sys::{Instant, thread};
use shuttle_tests::twins;

#[derive(Clone, Copy, Debug)]
enum Step {
    CountDown { by: u32 },
    ArriveAndWait,
    Wait,
    TimedWait,
    Look,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..4u32).prop_map(|by| Step::CountDown { by }),
        1 => Just(Step::ArriveAndWait),
        1 => Just(Step::Wait),
        1 => Just(Step::TimedWait),
        1 => Just(Step::Look),
    ]
}

/// What the latch is made with, and what each thread does.
type Program = (u32, Vec<Vec<Step>>);

fn programs() -> impl Strategy<Value = Program> {
    let threads = prop::collection::vec(prop::collection::vec(step(), 1..5), 2..=3);
    (0..7u32, threads)
}

/// The reference: bounds for what was taken, at every moment. What has begun may have happened; what is over has.
#[derive(Default)]
struct Reference {
    /// What was to be taken by count-downs that have begun and have not been refused.
    begun: u32,
    /// What was taken by those that are over.
    over: u32,
}

struct Shared<L> {
    latch: L,
    count: u32,
    reference: Plain<Reference>,
}

impl<L: AnyLatch> Shared<L> {
    /// Whether it was not refused.
    fn count_down(&self, by: u32, wait: bool) -> bool {
        self.reference.lock().unwrap().begun += by;
        let result = catch_unwind(AssertUnwindSafe(|| {
            if wait {
                self.latch.arrive_and_wait();
            } else {
                self.latch.count_down_by(by);
            }
        }));
        let mut reference = self.reference.lock().unwrap();
        if result.is_ok() {
            reference.over += by;
            assert!(reference.over <= self.count, "it counts below zero");
        } else {
            assert!(
                reference.begun > self.count,
                "there was enough to take {by}"
            );
            reference.begun -= by;
        }
        result.is_ok()
    }

    fn perform(&self, steps: &[Step]) {
        for step in steps {
            let over = self.reference.lock().unwrap().over;
            let seen_open = match *step {
                Step::CountDown { by } => {
                    self.count_down(by, false);
                    false
                }
                Step::ArriveAndWait => self.count_down(1, true),
                Step::Wait => {
                    self.latch.wait();
                    true
                }
                Step::TimedWait => {
                    let open = self.latch.wait_until(Instant::now() + soon());
                    assert!(open || over < self.count, "it was open, and gave up");
                    open
                }
                Step::Look => {
                    let count = self.latch.count();
                    let begun = self.reference.lock().unwrap().begun;
                    assert!(count <= self.count - over, "{count} are too many");
                    assert!(count + begun >= self.count, "{count} are too few");
                    count == 0
                }
            };
            if seen_open {
                let begun = self.reference.lock().unwrap().begun;
                assert!(begun >= self.count, "it opens too early");
                assert!(self.latch.is_open(), "it closes again");
            }
        }
    }
}

fn run<L: AnyLatch>(program: &Arc<Program>) {
    let shared = Arc::new(Shared {
        latch: L::new(program.0),
        count: program.0,
        reference: Plain::default(),
    });
    let threads: Vec<_> = (0..program.1.len())
        .map(|number| {
            let (shared, program) = (Arc::clone(&shared), Arc::clone(program));
            thread::spawn(move || shared.perform(&program.1[number]))
        })
        .collect();
    // Whoever waits comes back in the end: this thread takes what the program does not, one by one.
    for _ in 0..program.0 {
        shared.count_down(1, false);
    }
    shared.latch.wait();
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    let reference = shared.reference.lock().unwrap();
    assert_eq!(reference.over, program.0, "the sum of what was taken");
    assert_eq!(shared.latch.count(), 0);
}

fn explore<L: AnyLatch>(program: Program, executions: usize) -> Exploration {
    let program = Arc::new(program);
    at_random(executions)
        .spurious_wakes(1)
        .run(move || run::<L>(&program))
}

#[test]
fn behave_as_one_thread_would() {
    all_pass(128, &programs(), |program| explore::<Shipped>(program, 100));
}

/// The test can fail: among so many random programs there are some that catch these.
fn some_program_catches<L: AnyLatch>() -> bool {
    some_fails(200, &programs(), |program| explore::<L>(program, 100))
}

#[test]
fn random_programs_catch_broken_twins() {
    assert!(some_program_catches::<twins::latch_wakes_one::Twin>());
    assert!(some_program_catches::<twins::latch_forgets_who_waits::Twin>());
    assert!(some_program_catches::<twins::latch_trusts_a_wake::Twin>());
    assert!(some_program_catches::<twins::latch_opens_early::Twin>());
    assert!(some_program_catches::<
        twins::latch_takes_one_of_several::Twin,
    >());
    assert!(some_program_catches::<
        twins::latch_ignores_one_too_many::Twin,
    >());
    assert!(some_program_catches::<twins::latch_counts_below_zero::Twin>());
}
