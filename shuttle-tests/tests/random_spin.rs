//! Random programs of two or three threads over a lock that spins, the fair mutex and the one that inherits priority,
//! compared with a sequential reference: what the threads did under the lock, in the order in which they held it, must
//! be what one thread would have got doing the same.

use std::sync::Arc;

use proptest::prelude::*;
use shuttle_tests::models::spin::{Lock, Mcs, Spin, Spinning, Ticket, TicketAtWrap};
use shuttle_tests::random::{all_pass, at_random, some_fails};
use shuttle_tests::selvedge::explore::Exploration;
use shuttle_tests::selvedge::raw::{RawFairMutex, RawPiMutex};
use shuttle_tests::selvedge::sys::thread;
use shuttle_tests::twins;

/// One thing that a thread does: with the lock, if it gets it.
#[derive(Clone, Copy, Debug)]
struct Step {
    value: u32,
    tries: bool,
    /// Gives the others a chance to be where they must not be.
    yields: bool,
}

type Program = Vec<Vec<Step>>;

/// `FairMutex`: it does not spin, and offers the same.
struct Fair;

impl Spinning for Fair {
    type Raw = RawFairMutex;
}

/// `PiMutex`, likewise.
struct Pi;

impl Spinning for Pi {
    type Raw = RawPiMutex;
}

/// The sum, and who added what to which sum.
type Data = (u32, Vec<(u32, u32)>);

fn programs() -> impl Strategy<Value = Program> {
    let step = (1..100u32, any::<bool>(), any::<bool>()).prop_map(|(value, tries, yields)| Step {
        value,
        tries,
        yields,
    });
    prop::collection::vec(prop::collection::vec(step, 1..5), 2..=3)
}

fn run<L: Spinning>(program: &Arc<Program>) {
    /// Returns what this thread was told it added.
    fn perform<L: Spinning>(lock: &Lock<L, Data>, steps: &[Step]) -> u32 {
        let mut added = 0;
        for step in steps {
            let guard = if step.tries {
                lock.try_lock()
            } else {
                Some(lock.lock())
            };
            let Some(mut guard) = guard else { continue };
            let before = guard.0;
            if step.yields {
                thread::yield_now();
            }
            guard.0 = before + step.value;
            guard.1.push((before, step.value));
            added += step.value;
        }
        added
    }
    let lock = Arc::new(Lock::<L, _>::from_raw(L::fresh(), (0, Vec::new())));
    let threads: Vec<_> = (1..program.len())
        .map(|number| {
            let (lock, program) = (Arc::clone(&lock), Arc::clone(program));
            thread::spawn(move || perform::<L>(&lock, &program[number]))
        })
        .collect();
    let mut added = perform::<L>(&lock, &program[0]);
    for thread in threads {
        added += thread.join().unwrap();
    }
    let guard = lock
        .try_lock()
        .expect("everybody has unlocked, so it is free");
    // The reference: one thread that does the same, one after the other.
    let mut reference = 0;
    for (before, value) in &guard.1 {
        assert_eq!(
            *before, reference,
            "an addition saw what no sequence of them leads to"
        );
        reference += value;
    }
    assert_eq!(guard.0, reference);
    assert_eq!(added, reference, "a thread was told something else");
}

fn explore<L: Spinning>(program: &Arc<Program>, executions: usize) -> Exploration {
    let program = Arc::clone(program);
    at_random(executions).run(move || run::<L>(&program))
}

#[test]
fn behave_as_one_thread_would() {
    all_pass(100, &programs(), |program| {
        explore::<Spin>(&Arc::new(program), 100)
    });
    all_pass(100, &programs(), |program| {
        explore::<Ticket>(&Arc::new(program), 100)
    });
    all_pass(100, &programs(), |program| {
        explore::<TicketAtWrap>(&Arc::new(program), 100)
    });
    all_pass(100, &programs(), |program| {
        explore::<Mcs>(&Arc::new(program), 100)
    });
    all_pass(100, &programs(), |program| {
        explore::<Fair>(&Arc::new(program), 100)
    });
    all_pass(100, &programs(), |program| {
        explore::<Pi>(&Arc::new(program), 100)
    });
}

/// The test can fail: among so many random programs there are some that catch these.
fn some_program_catches<L: Spinning>() -> bool {
    some_fails(400, &programs(), |program| {
        explore::<L>(&Arc::new(program), 100)
    })
}

struct BrokenFair;

impl Spinning for BrokenFair {
    type Raw = twins::wake_forgotten_by_a_last_turn::FairTwin;
}

struct BrokenPi;

impl Spinning for BrokenPi {
    type Raw = twins::pi_frees_what_is_the_kernels::pi::RawPiMutex;
}

#[test]
fn random_programs_catch_broken_twins() {
    assert!(some_program_catches::<
        twins::spin_tests_and_does_not_set::Twin,
    >());
    assert!(some_program_catches::<
        twins::ticket_try_lock_draws_always::Twin,
    >());
    assert!(some_program_catches::<
        twins::ticket_numbers_do_not_wrap::Twin,
    >());
    // None of those that use a node when its thread has gone: what is there then is a matter of luck, and of the compiler.
    assert!(some_program_catches::<twins::mcs_forgets_the_successor::Twin>());
    assert!(some_program_catches::<twins::mcs_forgets_the_newcomer::Twin>());
    assert!(some_program_catches::<BrokenFair>());
    assert!(some_program_catches::<BrokenPi>());
}
