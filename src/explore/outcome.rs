//! What became of an exploration.

use core::fmt;
use core::time::Duration;

use super::progress::grouped;
use super::replay::REPLAY;
use super::stages::Stage;
use super::{Strategy, WORLD};
use crate::trace::{Interleaving, Schedule, Verdict, sentence};

/// What became of an exploration.
#[derive(Clone, Debug)]
pub struct Exploration {
    pub(super) executions: usize,
    pub(super) threads: usize,
    pub(super) elapsed: Duration,
    pub(super) complete: bool,
    pub(super) stages: Vec<Stage>,
    pub(super) failure: Option<Failure>,
}

impl Exploration {
    /// How many executions were run, a failing one included.
    pub fn executions(&self) -> usize {
        self.executions
    }

    /// The most threads that an execution had.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// How long it took.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// Whether every execution there is was run, and passed.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// What was explored, one part after the other: the strategies of a [`Strategy::Portfolio`], the bounds of a
    /// [`ladder`](super::Explorer::ladder), or the one thing that was asked for. A failure is of the last of them.
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// The failure, if there was one.
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// The program passed, in more than one way.
    ///
    /// # Panics
    ///
    /// With the picture if an execution failed, and if a program of several threads was explored in
    /// one single execution: then the threads never met, and the check could not have failed.
    #[track_caller]
    pub fn expect_pass(&self) -> &Self {
        if let Some(failure) = &self.failure {
            panic!("selvedge: the model fails\n{failure}");
        }
        assert!(
            self.executions > 0,
            "selvedge: nothing was explored: no execution came to its end within the limits; allow more with executions() \
             or duration()"
        );
        assert!(
            self.threads < 2 || self.executions > 1,
            "selvedge: the model has {} threads and only one execution: its threads share nothing \
             that {WORLD} can see, so this check cannot fail; use the types of this world in it",
            self.threads
        );
        self
    }

    /// The program failed.
    ///
    /// # Panics
    ///
    /// If it passed.
    #[track_caller]
    pub fn expect_failure(&self) -> &Failure {
        match &self.failure {
            Some(failure) => failure,
            None => panic!("selvedge: the model was expected to fail, and passed: {self}"),
        }
    }
}

impl fmt::Display for Exploration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self.stages.last();
        if let Some(failure) = &self.failure {
            write!(f, "{WORLD}: fails in execution {}", failure.execution)?;
            return match last.map(|stage| (stage.strategy, stage.preemptions)) {
                Some((_, Some(bound))) => write!(f, " (at most {bound} preemptions)"),
                Some(_) if self.stages.len() > 1 => {
                    write!(f, " ({})", self.stages[self.stages.len() - 1])
                }
                _ => Ok(()),
            };
        }
        write!(f, "{WORLD}: {} executions pass", self.executions)?;
        if self.complete {
            return f.write_str(", which is all there are");
        }
        // Of the bounds that were finished, the last says more than all before it.
        let of_bounds = |stage: &&Stage| stage.strategy == Strategy::Exhaustive;
        let only_bounds = self.stages.iter().all(|stage| of_bounds(&stage));
        let finished = (self.stages.iter().rev())
            .filter(of_bounds)
            .find(|stage| stage.finished)
            .and_then(|stage| stage.preemptions);
        match (finished, last) {
            (Some(bound), Some(last)) if only_bounds => {
                write!(f, ", all that are tried with at most {bound} preemptions")?;
                match last.preemptions {
                    _ if last.finished => Ok(()),
                    Some(more) => write!(f, ", and not all with {more}"),
                    None => f.write_str(", and not all there are"),
                }
            }
            _ if self.stages.len() > 1 => {
                f.write_str(", not all there are (")?;
                for (at, stage) in self.stages.iter().enumerate() {
                    let comma = if at > 0 { "; " } else { "" };
                    write!(f, "{comma}{stage}: {}", grouped(stage.executions))?;
                    if stage.strategy == Strategy::Exhaustive && stage.finished {
                        f.write_str(", all")?;
                    }
                }
                f.write_str(")")
            }
            _ => f.write_str(", not all there are"),
        }
    }
}

/// A schedule with more parts than this is not printed.
const RUNS_MAX: usize = 500;

/// A failing execution.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Failure {
    /// The world that found it.
    #[serde(skip)]
    pub world: String,
    /// Which one it was, from 1.
    pub execution: usize,
    /// What it died of.
    pub verdict: Verdict,
    /// What the checker, or the panic, said.
    pub message: String,
    /// What happened.
    pub interleaving: Interleaving,
    /// What replays it: see [`Explorer::replay`](super::Explorer::replay). `None` if it was too long for that.
    pub schedule: Option<Schedule>,
    /// How many preemptions it has at most: how often a thread was interrupted while it could go on.
    pub preemptions: Option<usize>,
    /// Whether all executions with fewer preemptions were tried, and none of them failed in this way.
    pub least: bool,
    #[cfg(not(all(loom, feature = "loom")))]
    #[serde(skip)]
    pub(super) deviations: Vec<super::deviations::Deviation>,
    #[cfg(not(all(loom, feature = "loom")))]
    #[serde(skip)]
    pub(super) case: Option<super::priority::Case>,
}

impl Failure {
    /// What the checker or the panic said, where the verdict alone does not tell.
    fn details(&self) -> impl Iterator<Item = &str> {
        let says_more = matches!(
            self.verdict,
            Verdict::Panic | Verdict::DataRace | Verdict::UseAfterFree | Verdict::CannotExplore
        );
        let message = if says_more { self.message.as_str() } else { "" };
        message.lines().filter(|line| !line.trim().is_empty())
    }

    /// The sentence that says why it fails.
    pub(super) fn why(&self) -> String {
        let details: Vec<_> = self.details().map(str::trim).collect();
        match details.is_empty() {
            true => self.verdict.to_string(),
            false => format!("{}: {}", self.verdict, details.join(" ")),
        }
    }

    /// The line that says how it was found.
    pub(super) fn found(&self) -> String {
        let mut found = match self.preemptions {
            None => format!("{}, execution {}", self.world, self.execution),
            Some(1) => format!("{}, 1 preemption", self.world),
            Some(preemptions) => format!("{}, {preemptions} preemptions", self.world),
        };
        if self.least {
            found.push_str(match self.preemptions {
                Some(0) => "",
                _ => "; with fewer it does not fail",
            });
        }
        found
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.interleaving)?;
        writeln!(f, "{}", sentence("why   ", &self.verdict.to_string()))?;
        for line in self.details() {
            writeln!(f, "      {line}")?;
        }
        writeln!(f, "found {}", self.found())?;
        match &self.schedule {
            Some(schedule) if schedule.runs.len() <= RUNS_MAX => {
                writeln!(f, "replay {REPLAY}='{schedule}'")?;
            }
            Some(schedule) => writeln!(
                f,
                "replay with its `schedule`, which has {} switches and is too long to be shown",
                schedule.switches()
            )?,
            None => writeln!(
                f,
                "replay impossible: the execution was too long to be kept"
            )?,
        }
        Ok(())
    }
}
