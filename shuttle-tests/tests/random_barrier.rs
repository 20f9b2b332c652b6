//! Random programs of two or three threads over a `Barrier`, compared with a sequential reference: the arrivals
//! that counted, in groups of as many as meet.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use proptest::prelude::*;
use shuttle_tests::models::barrier::{AnyBarrier, Shipped};
use shuttle_tests::models::soon;
use shuttle_tests::random::{all_pass, at_random, some_fails};
use shuttle_tests::selvedge::explore::Exploration;
use shuttle_tests::selvedge::sys::{Instant, thread};
use shuttle_tests::twins;

#[derive(Clone, Copy, Debug)]
enum Step {
    Wait,
    TimedWait,
    /// Arrive, look so often, and then that.
    Arrive {
        looks: usize,
        then: Then,
    },
}

#[derive(Clone, Copy, Debug)]
enum Then {
    Wait,
    TimedWait,
    Cancel,
    Drop,
    Forget,
}

fn step() -> impl Strategy<Value = Step> {
    let then = prop_oneof![
        Just(Then::Wait),
        Just(Then::TimedWait),
        Just(Then::Cancel),
        Just(Then::Drop),
        Just(Then::Forget),
    ];
    prop_oneof![
        2 => Just(Step::Wait),
        2 => Just(Step::TimedWait),
        3 => (0..3usize, then).prop_map(|(looks, then)| Step::Arrive { looks, then }),
    ]
}

/// How many meet, and what each thread does.
type Program = (usize, Vec<Vec<Step>>);

fn programs() -> impl Strategy<Value = Program> {
    let threads = prop::collection::vec(prop::collection::vec(step(), 1..4), 2..=3);
    (0..5usize, threads)
}

/// The reference is a number: so many arrivals, of which the first group meets, and then the next. As long as
/// threads are at it, it is known within bounds only: what has begun may have counted.
#[derive(Default)]
struct Reference {
    /// Arrivals that have begun and are not known to have been taken back.
    begun: AtomicUsize,
    /// Those that are known to have counted: whose thread was told that its generation is complete.
    met: AtomicUsize,
    /// Those that counted or did not, and nobody was told.
    untold: AtomicUsize,
    leaders: AtomicUsize,
    /// Threads that are at the end of their program.
    ended: AtomicUsize,
}

struct Shared<B> {
    barrier: B,
    meet: usize,
    reference: Reference,
}

impl<B: AnyBarrier> Shared<B> {
    /// What came of an arrival: whether it leads, or that it was taken back.
    fn note(&self, result: Option<bool>) {
        let reference = &self.reference;
        let Some(leader) = result else {
            reference.begun.fetch_sub(1, Relaxed);
            return;
        };
        reference.leaders.fetch_add(leader.into(), Relaxed);
        let met = reference.met.fetch_add(1, Relaxed) + 1;
        // All of its generation have begun, and of all generations that are known of before.
        let groups = met.div_ceil(self.meet);
        let begun = reference.begun.load(Relaxed);
        assert!(begun >= groups * self.meet, "it opens too early");
    }

    fn perform(&self, steps: &[Step]) {
        for step in steps {
            self.reference.begun.fetch_add(1, Relaxed);
            match *step {
                Step::Wait => self.note(Some(self.barrier.wait())),
                Step::TimedWait => self.note(self.barrier.wait_until(Instant::now() + soon())),
                Step::Arrive { looks, then } => self.arrive(looks, then),
            }
        }
        self.reference.ended.fetch_add(1, Relaxed);
    }

    fn arrive(&self, looks: usize, then: Then) {
        let arrival = self.barrier.arrive();
        let mut complete = false;
        for _ in 0..looks {
            let still = complete;
            complete = B::is_complete(&arrival);
            assert!(complete || !still, "it is not complete any more");
        }
        match then {
            Then::Wait => self.note(Some(B::finish(arrival))),
            Then::TimedWait => {
                let result = B::finish_until(arrival, Instant::now() + soon());
                assert!(result.is_some() || !complete, "it is not complete any more");
                self.note(result);
            }
            Then::Cancel => {
                let result = B::cancel(arrival);
                assert!(result.is_some() || !complete, "it is not complete any more");
                self.note(result);
            }
            Then::Drop | Then::Forget if complete => self.note(Some(B::finish(arrival))),
            Then::Drop => {
                drop(arrival);
                self.reference.untold.fetch_add(1, Relaxed);
            }
            Then::Forget => {
                core::mem::forget(arrival);
                self.reference.untold.fetch_add(1, Relaxed);
            }
        }
    }
}

fn run<B: AnyBarrier>(program: &Arc<Program>) {
    let shared = Arc::new(Shared {
        barrier: B::new(program.0),
        meet: program.0.max(1),
        reference: Reference::default(),
    });
    let threads: Vec<_> = (0..program.1.len())
        .map(|number| {
            let (shared, program) = (Arc::clone(&shared), Arc::clone(program));
            thread::spawn(move || shared.perform(&program.1[number]))
        })
        .collect();
    // Whoever waits comes back in the end: this thread arrives, and does not wait, as long as anybody is there.
    let reference = &shared.reference;
    let mut arrivals = Vec::new();
    while reference.ended.load(Relaxed) < threads.len() {
        reference.begun.fetch_add(1, Relaxed);
        arrivals.push(shared.barrier.arrive());
        thread::yield_now();
    }
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    // Now nobody moves any more. What is missing in the generation that is on, is added.
    let mut missing = 0;
    while arrivals.last().is_none_or(|last| !B::is_complete(last)) {
        reference.begun.fetch_add(1, Relaxed);
        arrivals.push(shared.barrier.arrive());
        missing += 1;
        assert!(missing <= shared.meet, "more are needed than meet");
    }
    for arrival in arrivals {
        assert!(B::is_complete(&arrival), "an earlier one is not complete");
        shared.note(B::cancel(arrival));
    }
    // The reference: so many have met, in groups, with a leader each. Of some it is not known whether they counted,
    // or whether they led.
    let [met, untold, leaders] =
        [&reference.met, &reference.untold, &reference.leaders].map(|number| number.load(Relaxed));
    let possible = (met..=met + untold).filter(|all| all.is_multiple_of(shared.meet));
    let mut groups = possible.map(|all| all / shared.meet);
    assert!(
        groups.any(|groups| (leaders..=leaders + untold).contains(&groups)),
        "{met} to {} met in groups of {}, with {leaders} leaders",
        met + untold,
        shared.meet,
    );
}

fn explore<B: AnyBarrier>(program: Program, executions: usize) -> Exploration {
    let program = Arc::new(program);
    at_random(executions)
        .spurious_wakes(1)
        .run(move || run::<B>(&program))
}

#[test]
fn behave_as_one_thread_would() {
    all_pass(128, &programs(), |program| explore::<Shipped>(program, 100));
}

/// The test can fail: among so many random programs there are some that catch these.
fn some_program_catches<B: AnyBarrier>() -> bool {
    some_fails(200, &programs(), |program| explore::<B>(program, 100))
}

#[test]
fn random_programs_catch_broken_twins() {
    assert!(some_program_catches::<twins::barrier_wakes_one::Twin>());
    assert!(some_program_catches::<twins::barrier_trusts_a_wake::Twin>());
    assert!(some_program_catches::<twins::barrier_opens_early::Twin>());
    assert!(some_program_catches::<twins::barrier_all_lead::Twin>());
    assert!(some_program_catches::<twins::barrier_gives_up_too_late::Twin>());
    assert!(some_program_catches::<
        twins::barrier_gives_up_in_two_steps::Twin,
    >());
    assert!(some_program_catches::<
        twins::barrier_cancels_the_complete::Twin,
    >());
}
