//! Random programs of two or three threads over a `Gil`, compared with a sequential reference: who is attached, what was
//! done so far, and whether it was finalized.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use proptest::prelude::*;
use shuttle_tests::models::gil::{self, AnyAttached, AnyGil, AttachError, Kit, Policy, Shipped};
use shuttle_tests::random::{all_pass, at_random, some_fails};
use shuttle_tests::selvedge::explore::Exploration;
use shuttle_tests::selvedge::sys::{Duration, thread};
use shuttle_tests::twins;

/// How a thread attaches.
#[derive(Clone, Copy, Debug)]
enum How {
    Waits,
    Tries,
    Timed,
}

/// What it does while attached.
#[derive(Clone, Copy, Debug)]
enum Step {
    Work,
    Checkpoint,
    Detach,
    /// Attach again where that is wrong.
    Twice,
    /// Detach, and attach there.
    Nested,
    Finalize,
}

type Attachment = (How, Vec<Step>);

/// The policy, and what each thread does.
type Program = (Policy, Vec<Vec<Attachment>>);

fn programs() -> impl Strategy<Value = Program> {
    let how = prop_oneof![
        3 => Just(How::Waits),
        1 => Just(How::Tries),
        2 => Just(How::Timed),
    ];
    let step = prop_oneof![
        4 => Just(Step::Work),
        4 => Just(Step::Checkpoint),
        3 => Just(Step::Detach),
        1 => Just(Step::Twice),
        1 => Just(Step::Nested),
        1 => Just(Step::Finalize),
    ];
    let policy = prop_oneof![
        Just(gil::PATIENT),
        Just(gil::ASKING),
        Just(gil::RETURNING_FIRST),
        Just(gil::ALL_ASK),
        Just(Policy::Ticks(1)),
        Just(Policy::Ticks(2)),
    ];
    let attachment = (how, prop::collection::vec(step, 0..5));
    let thread = prop::collection::vec(attachment, 1..3);
    (policy, prop::collection::vec(thread, 2..=3))
}

/// The reference: one thread after the other, under the Gil itself.
#[derive(Default)]
struct Reference {
    /// Who is attached.
    attached: Option<usize>,
    /// How much was done.
    work: usize,
    /// Who has finalized it.
    finalized_by: Option<usize>,
}

struct Shared<K: Kit> {
    gil: K::Gil<Reference>,
    /// What was done, as the threads have counted it.
    work: AtomicUsize,
    finalized: AtomicUsize,
}

type Token<'a, K> = <<K as Kit>::Gil<Reference> as AnyGil<Reference>>::Attached<'a>;

impl<K: Kit> Shared<K> {
    /// The thread is attached from here on.
    fn enters(token: &mut Token<'_, K>, thread: usize) {
        assert!(token.is_attached());
        assert_eq!(token.attached, None, "two are attached");
        assert!(
            token.finalized_by.is_none_or(|by| by == thread),
            "let in after it was finalized"
        );
        token.attached = Some(thread);
    }

    /// And not any more.
    fn leaves(token: &mut Token<'_, K>, thread: usize) {
        assert_eq!(token.attached, Some(thread), "it was not alone");
        token.attached = None;
    }

    fn refused(&self, error: AttachError) {
        assert_eq!(error, AttachError::Finalized, "it was not attached");
        assert!(self.gil.is_finalized());
        assert!(self.finalized.load(Relaxed) > 0, "nobody has finalized it");
    }

    fn attach(&self, (how, steps): &Attachment, thread: usize) {
        let token = match how {
            How::Waits => self.gil.attach().map(Some),
            How::Tries => self.gil.try_attach(),
            How::Timed => self.gil.attach_for(Duration::from_secs(3600)),
        };
        let mut token = match token {
            Ok(Some(token)) => token,
            Ok(None) => return,
            Err(error) => return self.refused(error),
        };
        Self::enters(&mut token, thread);
        for step in steps {
            match step {
                Step::Work => {
                    token.work += 1;
                    self.work.fetch_add(1, Relaxed);
                }
                Step::Checkpoint | Step::Detach | Step::Nested => {
                    Self::leaves(&mut token, thread);
                    let finalizes = token.finalized_by == Some(thread);
                    let still = match step {
                        Step::Checkpoint => token.checkpoint(),
                        Step::Detach => token.detach(thread::yield_now),
                        _ => token.detach(|| match self.gil.attach() {
                            Ok(mut nested) => {
                                Self::enters(&mut nested, thread);
                                nested.work += 1;
                                self.work.fetch_add(1, Relaxed);
                                Self::leaves(&mut nested, thread);
                            }
                            Err(error) => self.refused(error),
                        }),
                    };
                    assert_eq!(still.is_ok(), token.is_attached());
                    assert!(still.is_ok() || !finalizes, "it stays attached");
                    if still.is_err() {
                        return self.refused(AttachError::Finalized);
                    }
                    Self::enters(&mut token, thread);
                }
                Step::Twice => {
                    let wrong = if token.finalized_by.is_some() {
                        AttachError::Finalized
                    } else {
                        AttachError::AlreadyAttached
                    };
                    assert_eq!(self.gil.attach().err(), Some(wrong));
                }
                Step::Finalize => {
                    self.finalized.store(1, Relaxed);
                    token.finalized_by = Some(thread);
                    token.finalize();
                }
            }
        }
        Self::leaves(&mut token, thread);
    }
}

fn run<K: Kit>(program: &Arc<Program>) {
    let shared = Arc::new(Shared::<K> {
        gil: AnyGil::new(Reference::default(), program.0),
        work: AtomicUsize::new(0),
        finalized: AtomicUsize::new(0),
    });
    let threads: Vec<_> = (0..program.1.len())
        .map(|number| {
            let (shared, program) = (Arc::clone(&shared), Arc::clone(program));
            thread::spawn(move || {
                for attachment in &program.1[number] {
                    shared.attach(attachment, number);
                }
            })
        })
        .collect();
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    assert_eq!(
        shared.gil.is_finalized(),
        shared.finalized.load(Relaxed) > 0
    );
    assert!(!shared.gil.has_waiters());
    let shared = Arc::into_inner(shared).expect("all have ended");
    let reference = shared.gil.into_inner();
    assert_eq!(reference.attached, None, "somebody is attached still");
    assert_eq!(reference.work, shared.work.load(Relaxed), "work was lost");
}

fn explore<K: Kit>(program: Program, executions: usize) -> Exploration {
    let program = Arc::new(program);
    at_random(executions)
        .spurious_wakes(1)
        .run(move || run::<K>(&program))
}

#[test]
fn behave_as_one_thread_would() {
    all_pass(128, &programs(), |program| explore::<Shipped>(program, 100));
    all_pass(128, &programs(), |program| {
        explore::<twins::gil_turn_ends_whenever::Twin>(program, 100)
    });
}

/// The test can fail: among so many random programs there are some that catch these.
fn some_program_catches<K: Kit>() -> bool {
    some_fails(200, &programs(), |program| explore::<K>(program, 100))
}

#[test]
fn random_programs_catch_broken_twins() {
    assert!(some_program_catches::<twins::gil_tells_nobody::Twin>());
    assert!(some_program_catches::<twins::gil_goes_away_unseen::Twin>());
    assert!(some_program_catches::<twins::gil_stays_inside::Twin>());
    assert!(some_program_catches::<twins::gil_gives_way_to_nobody::Twin>());
    assert!(some_program_catches::<twins::gil_finalize_tells_nobody::Twin>());
    assert!(some_program_catches::<twins::gil_final_and_free::Twin>());
    assert!(some_program_catches::<twins::gil_attaches_twice::Twin>());
    assert!(some_program_catches::<twins::gil_token_survives::Twin>());
    assert!(some_program_catches::<twins::gil_turn_ends_outside::Twin>());
}
