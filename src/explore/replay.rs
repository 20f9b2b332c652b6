//! One execution again, by its schedule.

use core::fmt;
use std::time::Instant;

use super::{Exploration, Explorer, Failure, Plan, Program, Stage, WORLD, begin, world};
use crate::trace::recorder::{self, Record};
use crate::trace::schedule::{Departure, Follow, Mark};
use crate::trace::{Interleaving, Schedule};

/// Where a schedule is looked for that is to be run in place of an exploration.
pub(super) const REPLAY: &str = "SELVEDGE_REPLAY";

/// The schedule that the environment asks for, if it is one of this world.
pub(super) fn asked_for() -> Option<Schedule> {
    let text = std::env::var(REPLAY).ok()?;
    match text.parse::<Schedule>() {
        Ok(schedule) => (schedule.world == WORLD).then_some(schedule),
        Err(error) => panic!("{error} (it is in {REPLAY})"),
    }
}

/// A program does something else than a schedule says: it has changed since, or depends on more than its schedule.
#[derive(Clone, Debug)]
pub struct Departed {
    /// How many steps were as the schedule says.
    pub steps: usize,
    /// What the schedule says then, and what happened.
    pub what: String,
    /// What happened up to there and a little further.
    pub interleaving: Box<Interleaving>,
    /// A failure that was met on the way, and is another one.
    pub failure: Option<Box<Failure>>,
}

impl fmt::Display for Departed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "selvedge: the schedule does not fit this program: after {} steps as it says, {}; the program has changed \
             since, or it depends on something else than its schedule. As far as it went:",
            self.steps, self.what
        )?;
        write!(f, "{}", self.interleaving)?;
        if let Some(failure) = &self.failure {
            writeln!(f, "It fails all the same, in another way:\n{failure}")?;
        }
        Ok(())
    }
}

impl core::error::Error for Departed {}

fn departed(
    schedule: &Schedule,
    furthest: Option<(Follow, Record)>,
    failure: Option<Failure>,
) -> Departed {
    let (follow, record) = furthest.expect("an execution was tried, and departed");
    let name = |thread: usize| {
        let known = schedule.threads.get(thread).cloned();
        known.unwrap_or_else(|| format!("T{thread}"))
    };
    let what = match follow.departure {
        Some(Departure::Thread { instead, expected }) => format!(
            "the next one is by `{}`, and `{}` makes one",
            name(expected),
            name(instead)
        ),
        Some(Departure::GoesOn { thread }) => {
            format!("it ends, and `{}` goes on", name(thread))
        }
        Some(Departure::Went { thread, expected }) => {
            let expected = match expected {
                Mark::None => {
                    "reads the newest value, and does not return for no reason".to_owned()
                }
                Mark::Read(value) => format!("reads the value {value}, which is not the newest"),
                Mark::Chose => "returns for no reason".to_owned(),
            };
            format!("`{}` {expected} there, and here it does not", name(thread))
        }
        None => match follow.next() {
            Some(thread) => format!(
                "the next one is by `{}`, and the program has ended",
                name(thread)
            ),
            None => "it ends, and so does the program".to_owned(),
        },
    };
    Departed {
        steps: follow.steps,
        what,
        interleaving: Box::new(Interleaving::of(&record)),
        failure: failure.map(Box::new),
    }
}

impl Explorer {
    pub(super) fn follow(
        &self,
        schedule: &Schedule,
        program: &Program,
    ) -> Result<Exploration, Departed> {
        assert!(
            schedule.world == WORLD,
            "selvedge: this schedule is of the {} world, and this is {WORLD}; run the test of the other package",
            schedule.world
        );
        let mut explorer = self.clone();
        explorer.preemptions = schedule.preemptions;
        // It is one execution, however long that takes.
        (explorer.executions, explorer.duration) = (None, None);
        let _exploring = begin();
        let start = Instant::now();
        let mut furthest = None;
        let mut met = None;
        for &prune in world::WAYS_TO_FOLLOW {
            recorder::follow(schedule, prune);
            let attempt = explorer.attempt(Plan::Follow(schedule.priorities.clone()), program);
            let fits = recorder::fits();
            furthest = recorder::stop_following();
            if fits {
                let elapsed = start.elapsed();
                return Ok(Exploration {
                    executions: 1,
                    threads: attempt.threads,
                    elapsed,
                    complete: false,
                    stages: vec![Stage {
                        strategy: self.strategy,
                        preemptions: None,
                        executions: 1,
                        elapsed,
                        finished: false,
                    }],
                    failure: attempt.failure.map(|failure| Failure {
                        execution: 1,
                        preemptions: schedule.preemptions,
                        ..failure
                    }),
                });
            }
            met = attempt.failure;
        }
        Err(departed(schedule, furthest, met))
    }
}
