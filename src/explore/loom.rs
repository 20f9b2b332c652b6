//! Exploring with loom.

use super::{Explorer, Failure, Plan, Program, Progress, Strategy};
use crate::sys::model::{self, Choices, thread_main};
use crate::sys::{PoolSize, begin_execution, take_out_of_words};
use crate::trace::recorder;

/// The name of this world.
pub const WORLD: &str = "loom";

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

pub(super) fn run(
    explorer: &Explorer,
    _plan: Plan,
    progress: &Progress,
    _found: &Found,
    program: Program,
) {
    let start = std::time::Instant::now();
    let mut size = PoolSize::SMALL;
    loop {
        let mut explorer = explorer.clone();
        explorer.duration = explorer
            .duration
            .map(|limit| limit.saturating_sub(start.elapsed()));
        let result = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| {
            let (progress, program) = (progress.clone(), program.clone());
            explore(&explorer, size, progress, move || program());
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
            (Ok(()), None) => return,
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
    // loom looks before it runs the last one.
    builder.max_permutations = explorer.executions.map(|limit| limit.saturating_add(1));
    builder.max_duration = explorer.duration;
    // loom looks at its limits only at checkpoints.
    builder.checkpoint_interval = 1;
    builder.location = true;
    let choices: Choices = explorer.choices;
    let leaks = explorer.leaks;
    builder.check(move || {
        model::raise_what_was_caught();
        progress.begin_execution();
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
