//! Exploring with shuttle.

use core::time::Duration;
use std::time::Instant;

use shuttle::scheduler::{PctScheduler, UrwRandomScheduler};
use shuttle::{Config, FailurePersistence, MaxSteps, Runner};

use super::bounded::Bounded;
pub(super) use super::deviations::Found;
use super::deviations::{Deviating, Deviation, Following, Watched};
use super::lasso::Lasso;
use super::minimize::is_the_same;
use super::priority::Priority;
use super::random::Random;
use super::{Explorer, Failure, Plan, Program, Progress, Strategy};
use crate::sys::model;
use crate::sys::{begin_execution, bottom, stop};
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
    plan: Plan,
    progress: &Progress,
    found: &Found,
    program: Program,
) {
    let mut config = Config::new();
    config.failure_persistence = FailurePersistence::None;
    config.silence_warnings = true;
    config.max_steps = MaxSteps::FailAfter(explorer.steps);
    config.max_time = None; // the time is kept here
    let limit = explorer.executions.unwrap_or(usize::MAX);
    let choices = explorer.choices;
    // An exhaustive search has nothing to gain from going on beside an execution without an end.
    let gives_up = !explorer.bound_is_failure && explorer.strategy != Strategy::Exhaustive;
    let patience = if gives_up { explorer.steps } else { usize::MAX };
    let counted = progress.clone();
    let leaks = explorer.leaks;
    let program = move || {
        counted.begin_execution();
        model::begin_execution(choices);
        begin_execution();
        bottom(|| program());
        if leaks && model::running() && recorder::leaks() {
            model::note_failure(recorder::LEAKS);
        }
        if model::inert() {
            stop(); // a failure that the program has caught: `catch_unwind` around a data race does not undo it
        }
    };
    macro_rules! run {
        ($scheduler:expr) => {
            Runner::new(Watched::new($scheduler, found, progress, patience), config).run(program)
        };
    }
    match (plan, explorer.strategy) {
        (Plan::Follow(_), _) => run!(Following::default()),
        (Plan::Deviate(deviations), _) => run!(Deviating::new(deviations, found)),
        (Plan::Arrive(case), _) => run!(Priority::again(case, explorer, found)),
        (Plan::Search, Strategy::Priority { executions, seed }) => {
            run!(Priority::new(seed, executions.min(limit), explorer, found))
        }
        (Plan::Search, Strategy::Portfolio { .. }) => unreachable!("it is run in parts"),
        (Plan::Search, Strategy::Exhaustive) => {
            let preemptions = explorer.preemptions.unwrap_or(usize::MAX);
            run!(Bounded::new(preemptions, limit, progress))
        }
        (Plan::Search, Strategy::Random { executions, seed }) => {
            run!(Random::new(seed, executions.min(limit)))
        }
        (Plan::Search, Strategy::Lasso { executions, seed }) => {
            run!(Lasso::new(seed, executions.min(limit), explorer.steps / 2))
        }
        (Plan::Search, Strategy::Urw { executions, seed }) => {
            run!(UrwRandomScheduler::new_from_seed(
                seed,
                executions.min(limit)
            ))
        }
        (
            Plan::Search,
            Strategy::Pct {
                executions,
                depth,
                seed,
            },
        ) => run!(PctScheduler::new_from_seed(
            seed,
            depth,
            executions.min(limit)
        )),
    };
    model::raise_what_was_caught();
}

/// How the execution of a schedule is found: it is told, and there is nothing to leave out.
pub(super) const WAYS_TO_FOLLOW: &[bool] = &[false];

/// How many executions a failure may be shrunk with, and how long.
const REPLAYS: usize = 400;
const PATIENCE: Duration = Duration::from_secs(3);

/// The same failure with fewer deviations from the obvious schedule: as long as it fails without some of them, they are
/// left out, first many at once and then one by one.
pub(super) fn shrink(explorer: &Explorer, failure: Failure, program: &Program) -> Failure {
    let start = Instant::now();
    let mut replays = 0;
    let explorer = &Explorer {
        duration: Some(PATIENCE),
        ..explorer.clone()
    };
    let mut fails = |deviations: &[Deviation]| -> Option<(Failure, Vec<Deviation>)> {
        if replays == REPLAYS || start.elapsed() > PATIENCE {
            return None;
        }
        replays += 1;
        let attempt = explorer.attempt(Plan::Deviate(deviations.to_vec()), program);
        let found = attempt
            .failure
            .filter(|found| is_the_same(found, &failure))?;
        // Those that could not be had are gone.
        Some((found, attempt.found.deviations()))
    };
    let Some((mut least, mut deviations)) = fails(&failure.deviations) else {
        return failure;
    };
    let mut size = deviations.len().div_ceil(2);
    while size > 0 {
        let mut at = 0;
        while at < deviations.len() {
            let mut rest = deviations.clone();
            rest.drain(at..deviations.len().min(at + size));
            match fails(&rest) {
                Some((found, fewer)) if fewer.len() < deviations.len() => {
                    (least, deviations) = (found, fewer);
                }
                _ => at += size,
            }
        }
        size = if size == 1 { 0 } else { size.div_ceil(2) };
    }
    if least.preemptions > failure.preemptions {
        return failure;
    }
    least.execution = failure.execution;
    least
}

/// The same inversion with arrivals that are sooner, as long as it gets simpler: fewer preemptions, or fewer steps.
pub(super) fn arrive_sooner(explorer: &Explorer, failure: Failure, program: &Program) -> Failure {
    let explorer = &Explorer {
        duration: Some(PATIENCE),
        ..explorer.clone()
    };
    let start = Instant::now();
    let effort = |failure: &Failure| {
        let steps = failure
            .schedule
            .as_ref()
            .map_or(usize::MAX, |schedule| schedule.steps());
        (failure.preemptions, steps)
    };
    let mut least = failure;
    let mut replays = 0;
    while let Some(case) = least.case.clone() {
        let simpler = case.sooner().into_iter().find_map(|case| {
            if replays == REPLAYS || start.elapsed() > PATIENCE {
                return None;
            }
            replays += 1;
            let found = explorer.attempt(Plan::Arrive(case), program).failure?;
            (is_the_same(&found, &least) && effort(&found) < effort(&least)).then_some(found)
        });
        match simpler {
            None => break,
            Some(found) => {
                least = Failure {
                    execution: least.execution,
                    ..found
                }
            }
        }
    }
    least
}

/// How [`check`](super::check) explores.
pub(super) fn checker() -> Explorer {
    Explorer {
        everything_first: Some(20_000),
        ..Explorer::new().strategy(Strategy::Portfolio {
            executions: 16_000,
            seed: 1,
        })
    }
}

/// Makes shuttle install its panic hook now, which it does when it runs for the first time: under ours, that is. It prints
/// some lines for every failing execution.
pub(super) fn prepare_panics() {
    let mut config = Config::new();
    config.silence_warnings = true;
    Runner::new(Following::default(), config).run(|| ());
}
