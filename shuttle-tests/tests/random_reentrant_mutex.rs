//! Random programs of two or three threads over two reentrant mutexes, compared with a sequential reference: who holds
//! each, and how often.

use std::sync::{Arc, Mutex as Plain};

use proptest::prelude::*;
use shuttle_tests::models::reentrant_mutex::{Identity, Shipped};
use shuttle_tests::models::soon;
use shuttle_tests::random::{all_pass, at_random, some_fails};
use shuttle_tests::selvedge::explore::Exploration;
use shuttle_tests::selvedge::lock_api::{ReentrantMutex, ReentrantMutexGuard};
use shuttle_tests::selvedge::raw::RawMutex;
use shuttle_tests::selvedge::sys::thread;
use shuttle_tests::twins;

type Mutex<G> = ReentrantMutex<RawMutex, G, ()>;
type Guard<'a, G> = ReentrantMutexGuard<'a, RawMutex, G, ()>;

/// On which of the two.
#[derive(Clone, Copy, Debug)]
enum Step {
    Lock(usize),
    TryLock(usize),
    Timed(usize),
    /// Drops one of the guards; which, if there are many.
    Unlock(usize),
    UnlockFair(usize),
    Bump(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let which = 0..2usize;
    prop_oneof![
        3 => which.clone().prop_map(Step::Lock),
        2 => which.clone().prop_map(Step::TryLock),
        2 => which.prop_map(Step::Timed),
        2 => (0..4usize).prop_map(Step::Unlock),
        1 => (0..4usize).prop_map(Step::UnlockFair),
        1 => (0..4usize).prop_map(Step::Bump),
    ]
}

fn programs() -> impl Strategy<Value = Vec<Vec<Step>>> {
    prop::collection::vec(prop::collection::vec(step(), 1..7), 2..=3)
}

struct Shared<G: Identity> {
    mutexes: [Mutex<G>; 2],
    /// The reference: for each, the thread that holds it and how often.
    held: [Plain<Option<(usize, usize)>>; 2],
}

impl<G: Identity> Shared<G> {
    /// A guard was given to `me`.
    fn given(&self, which: usize, me: usize) {
        let mut held = self.held[which].lock().unwrap();
        *held = match *held {
            None => Some((me, 1)),
            Some((owner, depth)) => {
                assert_eq!(owner, me, "somebody else is in here");
                Some((me, depth + 1))
            }
        };
    }

    /// `me` is about to give one back.
    fn returns(&self, which: usize, me: usize) {
        let mut held = self.held[which].lock().unwrap();
        let (owner, depth) = held.expect("it is held");
        assert_eq!(owner, me, "somebody else is in here");
        *held = (depth > 1).then_some((me, depth - 1));
    }

    fn depth(&self, which: usize, me: usize) -> usize {
        let held = self.held[which].lock().unwrap();
        held.map_or(0, |(owner, depth)| if owner == me { depth } else { 0 })
    }

    fn perform<'a>(&'a self, me: usize, step: Step, guards: &mut Vec<(usize, Guard<'a, G>)>) {
        match step {
            Step::Lock(which) | Step::TryLock(which) | Step::Timed(which) => {
                let mutex = &self.mutexes[which];
                let mine = self.depth(which, me) > 0;
                assert_eq!(mutex.is_owned_by_current_thread(), mine);
                // Not while the second is held: those who lock in another order may wait for ever.
                let waits =
                    matches!(step, Step::Lock(_)) && (mine || which == 1 || self.depth(1, me) == 0);
                let guard = match step {
                    _ if waits => Some(mutex.lock()),
                    Step::Timed(_) => mutex.try_lock_for(soon()),
                    _ => mutex.try_lock(),
                };
                assert!(guard.is_some() || !mine, "refused to its owner");
                if let Some(guard) = guard {
                    self.given(which, me);
                    guards.push((which, guard));
                }
            }
            Step::Unlock(index) | Step::UnlockFair(index) => {
                if index < guards.len() {
                    let (which, guard) = guards.remove(index);
                    self.returns(which, me);
                    match step {
                        Step::Unlock(_) => drop(guard),
                        _ => Guard::unlock_fair(guard),
                    }
                }
            }
            Step::Bump(index) => {
                if let Some((which, guard)) = guards.get_mut(index) {
                    // It waits for the lock again.
                    if *which == 0 && self.depth(1, me) > 0 {
                        return;
                    }
                    let last = self.depth(*which, me) == 1;
                    if last {
                        self.returns(*which, me);
                    }
                    Guard::bump(guard);
                    if last {
                        self.given(*which, me);
                    }
                }
            }
        }
    }
}

fn run<G: Identity>(program: &Arc<Vec<Vec<Step>>>) {
    let shared = Arc::new(Shared::<G> {
        mutexes: [Mutex::new(()), Mutex::new(())],
        held: Default::default(),
    });
    let threads: Vec<_> = (0..program.len())
        .map(|me| {
            let (shared, program) = (Arc::clone(&shared), Arc::clone(program));
            thread::spawn(move || {
                let mut guards = Vec::new();
                for step in &program[me] {
                    shared.perform(me, *step, &mut guards);
                    thread::yield_now(); // others get a chance to be where they must not be
                }
                while !guards.is_empty() {
                    shared.perform(me, Step::Unlock(0), &mut guards);
                }
            })
        })
        .collect();
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    assert!(shared.mutexes.iter().all(|mutex| !mutex.is_locked()));
}

fn explore<G: Identity>(program: Vec<Vec<Step>>, executions: usize) -> Exploration {
    let program = Arc::new(program);
    at_random(executions).run(move || run::<G>(&program))
}

#[test]
fn behave_as_the_reference() {
    all_pass(128, &programs(), |program| explore::<Shipped>(program, 100));
}

/// The test can fail: among so many random programs there are some that catch these.
fn some_program_catches<G: Identity>() -> bool {
    some_fails(200, &programs(), |program| explore::<G>(program, 100))
}

#[test]
fn random_programs_catch_broken_twins() {
    assert!(some_program_catches::<twins::thread_id_of_the_system::Twin>());
    assert!(some_program_catches::<twins::thread_id_of_two::Twin>());
    assert!(some_program_catches::<twins::thread_id_for_each_call::Twin>());
}
