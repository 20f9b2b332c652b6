//! Exploring with shuttle.

use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::{Config, FailurePersistence, MaxSteps, Runner};

use super::bounded::Bounded;
use super::{Explorer, Progress, Strategy};
use crate::sys::begin_execution;
use crate::sys::model::{self, thread_main};
use crate::trace::recorder;

/// The name of this world.
pub const WORLD: &str = "shuttle";

/// What was asked for that this world does not have.
pub(super) fn validate(explorer: &Explorer) {
    assert!(
        explorer.preemptions.is_none() || explorer.strategy == Strategy::Exhaustive,
        "selvedge: only Strategy::Exhaustive bounds preemptions; leave preemptions() out"
    );
}

pub(super) fn run(
    explorer: &Explorer,
    progress: &Progress,
    program: impl Fn() + Send + Sync + 'static,
) {
    let mut config = Config::new();
    config.failure_persistence = FailurePersistence::None;
    config.silence_warnings = true;
    config.max_steps = MaxSteps::FailAfter(explorer.steps);
    config.max_time = explorer.duration;
    let limit = explorer.executions.unwrap_or(usize::MAX);
    let choices = explorer.choices;
    let progress = progress.clone();
    let program = move || {
        model::raise_what_was_caught();
        progress.begin_execution();
        model::begin_execution(choices);
        begin_execution();
        thread_main(|| {
            program();
            recorder::thread_ends();
        });
        model::raise_what_was_caught();
    };
    match explorer.strategy {
        Strategy::Exhaustive => {
            let preemptions = explorer.preemptions.unwrap_or(usize::MAX);
            Runner::new(Bounded::new(preemptions, limit), config).run(program);
        }
        Strategy::Random { executions, seed } => {
            let random = RandomScheduler::new_from_seed(seed, executions.min(limit));
            Runner::new(random, config).run(program);
        }
        Strategy::Pct {
            executions,
            depth,
            seed,
        } => {
            let pct = PctScheduler::new_from_seed(seed, depth, executions.min(limit));
            Runner::new(pct, config).run(program);
        }
    }
    model::raise_what_was_caught();
}
