//! Exploring with loom.

use super::progress::time_is_up;
use super::{Explorer, Failure, Plan, Program, Progress, Strategy};
use crate::sys::model::{self, Choices, thread_main};
use crate::sys::{PoolSize, begin_execution, take_out_of_words};
use crate::trace::recorder;

/// The name of this world.
pub const WORLD: &str = "loom";

/// loom counts what each thread does in sixteen bits, and in a release build they would wrap around unseen.
const STEPS_MAX: usize = 65_000;

/// What was asked for that this world does not have.
pub(super) fn validate(explorer: &Explorer) {
    assert!(
        explorer.strategy == Strategy::Exhaustive,
        "selvedge: the loom world explores every execution and has no other strategy than \
         Strategy::Exhaustive; bound it with preemptions(), or use the shuttle world"
    );
    assert!(
        explorer
            .preemptions
            .is_none_or(|bound| bound <= u8::MAX.into()),
        "selvedge: loom counts preemptions up to 255; leave preemptions() out for no bound"
    );
    assert!(
        explorer.steps <= STEPS_MAX,
        "selvedge: loom counts the steps of a thread in sixteen bits, and {} are more than {STEPS_MAX}; make the program \
         shorter, or use the shuttle world",
        explorer.steps
    );
}

/// What there is to be found out about an execution of loom: nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Found(());

/// How the execution of a schedule is found: by leaving out what departs from it; or, if loom does not find its way
/// back then, by trying everything.
pub(super) const WAYS_TO_FOLLOW: &[bool] = &[true, false];

/// Nothing to be done before the search with few preemptions.
pub(super) fn shrink(_explorer: &Explorer, failure: Failure, _program: &Program) -> Failure {
    failure
}

/// Nothing arrives here.
pub(super) fn arrive_sooner(_explorer: &Explorer, failure: Failure, _program: &Program) -> Failure {
    failure
}

/// How [`check`](super::check) explores: completely.
pub(super) fn checker() -> Explorer {
    Explorer::new()
}

pub(super) fn run(
    explorer: &Explorer,
    _plan: Plan,
    progress: &Progress,
    _found: &Found,
    program: Program,
) {
    if explorer.preemptions.is_some() {
        progress.meet_bound(); // loom does not tell whether it did
    }
    let mut size = PoolSize::SMALL;
    loop {
        let result = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| {
            let (progress, program) = (progress.clone(), program.clone());
            explore(explorer, size, progress, move || program());
            model::raise_what_was_caught();
        }));
        match (result, take_out_of_words()) {
            // The program uses more words than were prepared. What was explored so far passed, and
            // is explored again: from the start, with more.
            (_, Some(larger)) => {
                size = larger;
                progress.start_again();
                model::forget_execution();
            }
            (Err(payload), None) => std::panic::resume_unwind(payload),
            (Ok(()), None) => {
                progress.finish();
                return;
            }
        }
    }
}

fn explore(
    explorer: &Explorer,
    size: PoolSize,
    progress: Progress,
    program: impl Fn() + Send + Sync + 'static,
) {
    let mut builder = loom::model::Builder::new();
    builder.max_branches = explorer.steps;
    builder.preemption_bound = explorer.preemptions;
    // The limits are kept here: loom looks at its own between two executions, and does not tell that it was they.
    builder.max_permutations = None;
    builder.max_duration = None;
    let limit = explorer.executions.unwrap_or(usize::MAX);
    builder.location = true;
    let choices: Choices = explorer.choices;
    let leaks = explorer.leaks;
    builder.check(move || {
        model::raise_what_was_caught();
        progress.begin_execution();
        if progress.executions() > limit || time_is_up() {
            std::panic::panic_any(recorder::OVER.to_owned());
        }
        model::begin_execution(choices);
        thread_main(|| {
            begin_execution(size, choices.spurious_wakes);
            program();
            recorder::thread_ends();
        });
        model::raise_what_was_caught();
        if leaks && recorder::leaks() {
            model::fail(recorder::LEAKS);
        }
        if recorder::fits() {
            model::fail(recorder::FOLLOWED);
        }
    });
}

/// loom has no panic hook.
pub(super) fn prepare_panics() {}
