//! An exploration in parts, one after the other: the bounds of a ladder, the strategies of a portfolio.

use core::fmt;
use core::time::Duration;
use std::time::Instant;

use super::progress::Told;
use super::{Exploration, Explorer, Failure, Plan, Program, Strategy, minimize};
use crate::trace::Verdict;

/// With so many preemptions a ladder ends that was not told a bound; the last rung is everything.
const LADDER: usize = 4;

/// The bounds of a portfolio: the last of them is where a bound has its price.
const PORTFOLIO: usize = 3;

/// One part of an exploration.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Stage {
    /// What was tried, and from which seed.
    pub strategy: Strategy,
    /// The bound on preemptions, if there was one.
    pub preemptions: Option<usize>,
    /// How many executions came to their end, a failing one included.
    pub executions: usize,
    /// How long it took, without the search for fewer preemptions.
    pub elapsed: Duration,
    /// Whether it did all that it was to do: every execution within the bound, or as many as the strategy says. If not, a
    /// limit or a failure ended it.
    pub finished: bool,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.strategy, self.preemptions) {
            (Strategy::Exhaustive, Some(1)) => f.write_str("at most 1 preemption"),
            (Strategy::Exhaustive, Some(bound)) => write!(f, "at most {bound} preemptions"),
            (Strategy::Exhaustive, None) => f.write_str("everything"),
            (Strategy::Random { seed, .. }, _) => write!(f, "random from seed {seed}"),
            (Strategy::Pct { seed, depth, .. }, _) => {
                write!(f, "PCT of depth {depth} from seed {seed}")
            }
            (Strategy::Urw { seed, .. }, _) => write!(f, "uniform from seed {seed}"),
            (Strategy::Lasso { seed, .. }, _) => write!(f, "loops from seed {seed}"),
            (Strategy::Priority { seed, .. }, _) => write!(f, "priorities from seed {seed}"),
            (Strategy::Portfolio { seed, .. }, _) => write!(f, "portfolio from seed {seed}"),
        }
    }
}

/// Parts that have their executions and their time together. If one of them is cut short, those that follow it would be as
/// well.
struct Group {
    parts: Vec<Explorer>,
    executions: Option<usize>,
}

impl Group {
    fn of(part: Explorer) -> Self {
        Self {
            parts: vec![part],
            executions: None,
        }
    }
}

impl Explorer {
    /// Every bound up to this one.
    fn bounds(&self, last: usize) -> Vec<Self> {
        (0..=last)
            .map(|bound| Self {
                strategy: Strategy::Exhaustive,
                preemptions: Some(bound),
                ladder: true,
                ..self.clone()
            })
            .collect()
    }

    /// What is to be done.
    fn groups(&self) -> Vec<Group> {
        let mut groups = Vec::new();
        if let Some(executions) = self.everything_first {
            let part = Self {
                strategy: Strategy::Exhaustive,
                bound_is_failure: false,
                ..self.clone()
            };
            groups.push(Group {
                parts: vec![part],
                executions: Some(executions),
            });
        }
        match self.strategy {
            Strategy::Portfolio { executions, seed } => {
                let (quarter, eighth) = (executions / 4, executions / 8);
                let (random, pct) = (
                    Strategy::Random {
                        executions: quarter,
                        seed,
                    },
                    Strategy::Pct {
                        executions: quarter,
                        depth: 3,
                        seed,
                    },
                );
                let executions = eighth;
                let part = |strategy| {
                    Group::of(Self {
                        strategy,
                        drawn_priorities: false,
                        bound_is_failure: !matches!(strategy, Strategy::Pct { .. }),
                        ..self.clone()
                    })
                };
                groups.extend([random, pct, Strategy::Urw { executions, seed }].map(part));
                let fair = Self {
                    bound_is_failure: false,
                    ..self.clone()
                };
                groups.push(Group {
                    parts: fair.bounds(PORTFOLIO),
                    executions: Some(eighth),
                });
                let (lasso, priority) = (
                    Strategy::Lasso { executions, seed },
                    Strategy::Priority { executions, seed },
                );
                groups.extend([lasso, priority].map(part));
            }
            _ if self.ladder => {
                let mut parts = self.bounds(self.preemptions.unwrap_or(LADDER));
                if self.preemptions.is_none() {
                    parts.push(self.clone());
                }
                groups.push(Group {
                    parts,
                    executions: None,
                });
            }
            _ => groups.push(Group::of(self.clone())),
        }
        groups
    }

    /// One part after the other, until one fails or there is nothing left to try.
    pub(super) fn explore(&self, program: &Program) -> Exploration {
        let start = Instant::now();
        let mut exploration = Exploration {
            executions: 0,
            threads: 0,
            elapsed: Duration::ZERO,
            complete: false,
            stages: Vec::new(),
            failure: None,
        };
        let groups = self.groups();
        for (at, group) in groups.iter().enumerate() {
            // What one group leaves of its time is for those that follow.
            let patience = self
                .duration
                .map(|limit| limit.saturating_sub(start.elapsed()) / (groups.len() - at) as u32);
            exploration.group(self, group, patience, program);
            if exploration.failure.is_some() || exploration.complete {
                break;
            }
        }
        exploration.elapsed = start.elapsed();
        exploration
    }
}

impl Exploration {
    /// The parts of a group.
    fn group(
        &mut self,
        whole: &Explorer,
        group: &Group,
        patience: Option<Duration>,
        program: &Program,
    ) {
        let start = Instant::now();
        let before = self.executions;
        for part in &group.parts {
            let left = |limit: Option<usize>, done| limit.map(|limit| limit.saturating_sub(done));
            let limits = [
                left(whole.executions, self.executions),
                left(group.executions, self.executions - before),
            ];
            let limited = Explorer {
                executions: limits.into_iter().flatten().min(),
                duration: patience.map(|limit| limit.saturating_sub(start.elapsed())),
                ..part.clone()
            };
            let nothing_left = limited.executions == Some(0)
                || limited.duration.is_some_and(|left| left.is_zero());
            if nothing_left && !self.stages.is_empty() {
                return;
            }
            if !self.part(&limited, program) {
                return;
            }
        }
    }

    /// One part. Returns whether it came to its end.
    fn part(&mut self, part: &Explorer, program: &Program) -> bool {
        let start = Instant::now();
        let mut stage = Stage {
            strategy: part.strategy,
            preemptions: part.preemptions,
            executions: 0,
            elapsed: Duration::ZERO,
            finished: false,
        };
        Told::goes_on_with(|| stage.to_string());
        let attempt = part.attempt(Plan::Search, program);
        stage.executions = attempt.executions;
        stage.elapsed = start.elapsed();
        let exhaustive = part.strategy == Strategy::Exhaustive;
        stage.finished = attempt.failure.is_none()
            && match part.strategy.executions() {
                None => attempt.finished,
                Some(executions) => attempt.executions >= executions,
            };
        self.complete =
            stage.finished && exhaustive && (part.preemptions.is_none() || !attempt.bound_met);
        self.threads = self.threads.max(attempt.threads);
        // Every bound below this one was finished, or this one would not have been begun.
        let from_below = part.preemptions.filter(|_| part.ladder);
        let fails =
            |failure: &Failure| part.bound_is_failure || failure.verdict != Verdict::BoundReached;
        self.failure = attempt.failure.filter(fails).map(|failure| Failure {
            execution: self.executions + failure.execution,
            ..match from_below {
                Some(_) => Failure {
                    preemptions: from_below,
                    least: true,
                    ..failure
                },
                None if part.minimize && !part.ladder => minimize::minimize(part, failure, program),
                None => failure,
            }
        });
        self.executions += attempt.executions;
        let finished = stage.finished;
        self.stages.push(stage);
        finished && !self.complete && self.failure.is_none()
    }
}

impl Strategy {
    /// How many executions it says there are to be.
    fn executions(&self) -> Option<usize> {
        match *self {
            Self::Exhaustive => None,
            Self::Random { executions, .. }
            | Self::Pct { executions, .. }
            | Self::Lasso { executions, .. }
            | Self::Urw { executions, .. }
            | Self::Priority { executions, .. }
            | Self::Portfolio { executions, .. } => Some(executions),
        }
    }
}
