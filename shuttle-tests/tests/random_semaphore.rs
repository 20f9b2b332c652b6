//! Random programs of two or three threads over a `Semaphore`, compared with a sequential reference: so many permits, of
//! which everybody says what he has.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll, Waker};

use proptest::prelude::*;
use shuttle_tests::models::semaphore::{AnyPermit, AnySemaphore, Refused, Shipped, assert_idle};
use shuttle_tests::models::soon;
use shuttle_tests::random::{all_pass, at_random, some_fails};
use shuttle_tests::selvedge::explore::Exploration;
use shuttle_tests::selvedge::sys::{Instant, thread};
use shuttle_tests::{block_on, twins};

#[derive(Clone, Copy, Debug)]
enum Step {
    Acquire(usize),
    Try(usize),
    Timed(usize),
    Await(usize),
    /// A future that is polled so often, and dropped.
    Begin(usize, usize),
    Add(usize),
    ForgetPermits(usize),
    Close,
    /// What to do with the permits that were taken last.
    PutBack,
    Split(usize),
    Merge,
    Forget,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..4usize).prop_map(Step::Acquire),
        3 => (0..4usize).prop_map(Step::Try),
        3 => (0..4usize).prop_map(Step::Timed),
        3 => (0..4usize).prop_map(Step::Await),
        3 => (0..4usize, 0..3usize).prop_map(|(n, polls)| Step::Begin(n, polls)),
        2 => (0..3usize).prop_map(Step::Add),
        1 => (0..3usize).prop_map(Step::ForgetPermits),
        1 => Just(Step::Close),
        5 => Just(Step::PutBack),
        1 => (0..3usize).prop_map(Step::Split),
        1 => Just(Step::Merge),
        1 => Just(Step::Forget),
    ]
}

/// How many permits there are, whether it is greedy, and what each thread does.
type Program = (usize, bool, Vec<Vec<Step>>);

fn programs() -> impl Strategy<Value = Program> {
    let threads = prop::collection::vec(prop::collection::vec(step(), 1..6), 2..=3);
    (0..4usize, any::<bool>(), threads)
}

/// The reference: how many permits there are in all, here or in the hands of somebody. What is being added counts before it is
/// there, what is being taken away until it is gone.
struct Reference {
    all: AtomicIsize,
    /// In the hands of somebody.
    held: AtomicIsize,
    /// Closing has begun, so many times; and has ended.
    closing: AtomicUsize,
    closed: AtomicUsize,
    ended: AtomicUsize,
}

struct Shared<S> {
    semaphore: S,
    reference: Reference,
}

impl<S: AnySemaphore> Shared<S> {
    /// What came of a request, and whether it began when the semaphore was closed.
    fn note<'a>(
        &'a self,
        (n, closed): (usize, bool),
        result: Result<S::Permit<'a>, Refused>,
    ) -> Option<S::Permit<'a>> {
        let reference = &self.reference;
        if closed {
            let refused = result.as_ref().err();
            assert_eq!(refused, Some(&Refused::Closed), "it was closed before");
        }
        match result {
            Ok(permit) => {
                assert_eq!(permit.count(), n);
                let held = reference.held.fetch_add(n as isize, Relaxed) + n as isize;
                assert!(held <= reference.all.load(Relaxed), "more than there are");
                Some(permit)
            }
            Err(Refused::Closed) => {
                assert!(reference.closing.load(Relaxed) > 0, "nobody has closed it");
                None
            }
            Err(_) => None,
        }
    }

    /// It is given up, before it is put back.
    fn let_go(&self, permit: &S::Permit<'_>) {
        self.reference
            .held
            .fetch_sub(permit.count() as isize, Relaxed);
    }

    fn perform(&self, steps: &[Step]) {
        let (semaphore, reference) = (&self.semaphore, &self.reference);
        let mut permits: Vec<S::Permit<'_>> = Vec::new();
        let deadline = || Instant::now() + soon();
        for step in steps {
            let closed = reference.closed.load(Relaxed) > 0;
            match *step {
                Step::Acquire(n) => permits.extend(self.note((n, closed), semaphore.acquire(n))),
                Step::Try(n) => permits.extend(self.note((n, closed), semaphore.try_acquire(n))),
                Step::Timed(n) => {
                    permits.extend(self.note((n, closed), semaphore.acquire_until(n, deadline())));
                }
                Step::Await(n) => {
                    let result = block_on(semaphore.acquire_async(n));
                    permits.extend(self.note((n, closed), result.map_err(|_| Refused::Closed)));
                }
                Step::Begin(n, polls) => {
                    let mut future: Pin<Box<_>> = Box::pin(semaphore.acquire_async(n));
                    let mut context = Context::from_waker(Waker::noop());
                    for _ in 0..polls {
                        if let Poll::Ready(result) = future.as_mut().poll(&mut context) {
                            permits.extend(
                                self.note((n, closed), result.map_err(|_| Refused::Closed)),
                            );
                            break;
                        }
                        thread::yield_now();
                    }
                }
                Step::Add(n) => {
                    reference.all.fetch_add(n as isize, Relaxed);
                    semaphore.add(n);
                }
                Step::ForgetPermits(n) => {
                    let gone = semaphore.forget(n);
                    assert!(gone <= n);
                    reference.all.fetch_sub(gone as isize, Relaxed);
                }
                Step::Close => {
                    reference.closing.fetch_add(1, Relaxed);
                    semaphore.close();
                    assert!(semaphore.is_closed());
                    reference.closed.fetch_add(1, Relaxed);
                }
                Step::PutBack => {
                    if let Some(permit) = permits.pop() {
                        self.let_go(&permit);
                        drop(permit);
                    }
                }
                Step::Split(n) => {
                    if let Some(mut permit) = permits.pop() {
                        let before = permit.count();
                        let part = permit.split(n);
                        assert_eq!(part.is_some(), n <= before);
                        let split = part.as_ref().map_or(0, AnyPermit::count);
                        assert_eq!(permit.count() + split, before);
                        permits.push(permit);
                        permits.extend(part);
                    }
                }
                Step::Merge => {
                    if permits.len() >= 2
                        && let (Some(one), Some(other)) = (permits.pop(), permits.last_mut())
                    {
                        other.merge(one);
                    }
                }
                Step::Forget => {
                    if let Some(permit) = permits.pop() {
                        self.let_go(&permit);
                        reference.all.fetch_sub(permit.count() as isize, Relaxed);
                        permit.forget();
                    }
                }
            }
        }
        for permit in permits {
            self.let_go(&permit);
            drop(permit);
        }
        reference.ended.fetch_add(1, Relaxed);
    }
}

fn run<S: AnySemaphore>(program: &Arc<Program>) {
    let shared = Arc::new(Shared {
        semaphore: S::make(program.0, program.1),
        reference: Reference {
            all: AtomicIsize::new(program.0 as isize),
            held: AtomicIsize::new(0),
            closing: AtomicUsize::new(0),
            closed: AtomicUsize::new(0),
            ended: AtomicUsize::new(0),
        },
    });
    let threads: Vec<_> = (0..program.2.len())
        .map(|number| {
            let (shared, program) = (Arc::clone(&shared), Arc::clone(program));
            thread::spawn(move || shared.perform(&program.2[number]))
        })
        .collect();
    // Whoever waits gets it in the end: this thread adds, as long as anybody is there.
    let reference = &shared.reference;
    while reference.ended.load(Relaxed) < threads.len() {
        reference.all.fetch_add(1, Relaxed);
        shared.semaphore.add(1);
        thread::yield_now();
    }
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    // Now nobody moves any more, and all that there are lie there.
    assert_eq!(reference.held.load(Relaxed), 0);
    assert_idle(&shared.semaphore, reference.all.load(Relaxed) as usize);
    assert_eq!(
        shared.semaphore.is_closed(),
        reference.closing.load(Relaxed) > 0
    );
}

/// Explores it; `minimize` tells whether a failure is shown to somebody.
fn explore<S: AnySemaphore>(program: Program, executions: usize, minimize: bool) -> Exploration {
    let program = Arc::new(program);
    at_random(executions)
        .spurious_wakes(1)
        .minimize(minimize)
        .run(move || run::<S>(&program))
}

#[test]
fn behave_as_one_thread_would() {
    all_pass(1_000, &programs(), |program| {
        explore::<Shipped>(program, 100, true)
    });
}

/// The test can fail: among so many random programs there are some that catch these.
fn some_program_catches<S: AnySemaphore>() -> bool {
    some_fails(200, &programs(), |program| {
        explore::<S>(program, 100, false)
    })
}

#[test]
fn random_programs_catch_broken_twins() {
    assert!(some_program_catches::<twins::sem_ignores_the_queue::Twin>());
    assert!(some_program_catches::<twins::sem_forgets_who_is_left::Twin>());
    assert!(some_program_catches::<twins::sem_late_and_lost::Twin>());
    assert!(some_program_catches::<twins::sem_dropped_keeps_it::Twin>());
    assert!(some_program_catches::<twins::sem_closed_and_open::Twin>());
    assert!(some_program_catches::<twins::sem_opens_again::Twin>());
    assert!(some_program_catches::<twins::sem_closes_silently::Twin>());
    assert!(some_program_catches::<twins::sem_merge_loses::Twin>());
}
