//! Exploring with loom.

use super::{Explorer, Progress, Strategy};
use crate::sys::model::{Choices, Lane, thread_main};
use crate::sys::{PoolSize, begin_execution, take_out_of_words};

/// The name of this world.
pub const WORLD: &str = "loom";

pub(super) fn run(
    explorer: &Explorer,
    lane: usize,
    progress: &Progress,
    program: impl Fn() + Send + Sync + 'static,
) {
    assert!(
        explorer.strategy == Strategy::Exhaustive,
        "selvedge: the loom world explores every execution and has no other strategy than \
         Strategy::Exhaustive; bound it with preemptions(), or use the shuttle world"
    );
    let program = std::sync::Arc::new(program);
    let mut size = PoolSize::SMALL;
    loop {
        let result = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| {
            let (progress, program) = (progress.clone(), program.clone());
            explore(explorer, lane, size, progress, move || program());
        }));
        match (result, take_out_of_words()) {
            // The program uses more words than were prepared. What was explored so far passed, and
            // is explored again: from the start, with more.
            (Err(_), Some(larger)) => {
                size = larger;
                progress.take_back();
            }
            (Err(payload), None) => std::panic::resume_unwind(payload),
            (Ok(()), _) => return,
        }
    }
}

fn explore(
    explorer: &Explorer,
    lane: usize,
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
    builder.check(move || {
        progress.begin_execution();
        Lane::begin_execution(lane, choices);
        thread_main(|| {
            begin_execution(size, choices.spurious_wakes);
            program();
        });
    });
}
