//! A failure with fewer preemptions, after one was found.

use core::time::Duration;

use super::progress::Told;
use super::{Explorer, Failure, Plan, Program, Strategy, world};
use crate::trace::Verdict;

/// How long all executions with a given number of preemptions may take, and how many there may be. A bound that needs more
/// is given up, and the result does not claim to be the least.
const PATIENCE: Duration = Duration::from_secs(3);
const EXECUTIONS: usize = 50_000;

/// With more preemptions than this it is not tried: the search would not end in time.
const PREEMPTIONS_MAX: usize = 4;

/// The same failure with as few preemptions as can be found soon; `failure` itself if there is none.
pub(super) fn minimize(explorer: &Explorer, failure: Failure, program: &Program) -> Failure {
    if failure.verdict == Verdict::CannotExplore {
        return failure; // it is not about the order of anything
    }
    if failure.interleaving.repeats.is_some() {
        // Words are tried in order of their length, and no preemption has anything to do with it; what came of priorities
        // needs its arrivals.
        return world::arrive_sooner(explorer, failure, program);
    }
    let shrunk = world::shrink(explorer, failure, program);
    let has = shrunk.preemptions.unwrap_or(PREEMPTIONS_MAX + 1);
    let mut all_tried = true;
    for bound in 0..has.min(PREEMPTIONS_MAX + 1) {
        let bounded = Explorer {
            preemptions: Some(bound),
            executions: Some(EXECUTIONS),
            duration: Some(PATIENCE),
            strategy: Strategy::Exhaustive,
            ..explorer.clone()
        };
        Told::goes_on_with(|| format!("it fails; looking whether {bound} preemptions are enough"));
        let attempt = bounded.attempt(Plan::Search, program);
        match attempt.failure {
            Some(found) if is_the_same(&found, &shrunk) => {
                return Failure {
                    preemptions: Some(bound),
                    least: all_tried,
                    ..found
                };
            }
            // It hides what comes after it.
            Some(_) => all_tried = false,
            None => {
                all_tried &= attempt.finished;
            }
        }
    }
    Failure {
        least: all_tried
            && shrunk
                .preemptions
                .is_some_and(|has| has <= PREEMPTIONS_MAX + 1),
        ..shrunk
    }
}

/// Whether two failures are of one kind: the same verdict, on whomever.
pub(super) fn is_the_same(one: &Failure, other: &Failure) -> bool {
    core::mem::discriminant(&one.verdict) == core::mem::discriminant(&other.verdict)
}
