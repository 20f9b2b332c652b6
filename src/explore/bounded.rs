//! A scheduler for shuttle that tries schedules one after the other, with a bound on preemptions.
//!
//! A *preemption* takes the processor from a thread that could go on. Most bugs need few of them, and
//! there are far fewer schedules with few: this makes programs exhaustible that are not otherwise, and
//! the first bound that fails is the least that is needed. A thread that yields, or that is in a timed
//! wait, gives the processor away by itself.

use shuttle::scheduler::{Schedule, Scheduler, Task, TaskId};

use super::Progress;
use super::deviations::Options;

/// Depth-first over all schedules with at most so many preemptions.
pub(super) struct Bounded {
    preemptions_max: usize,
    executions_max: usize,
    executions: usize,
    /// The decisions of the execution that is running or was run last.
    path: Vec<Decision>,
    /// How many decisions the running execution has made.
    depth: usize,
    progress: Progress,
}

/// One decision: what could be picked, and what was.
struct Decision {
    options: Vec<TaskId>,
    picked: usize,
    /// Preemptions before this one.
    preemptions: usize,
    /// The thread that could have gone on, if picking another one is a preemption.
    goes_on: Option<TaskId>,
}

impl Decision {
    fn choice(&self) -> TaskId {
        self.options[self.picked]
    }

    /// Preemptions up to and including this one.
    fn preemptions(&self) -> usize {
        let preempted = self.goes_on.is_some_and(|task| task != self.choice());
        self.preemptions + usize::from(preempted)
    }
}

impl Bounded {
    pub(super) fn new(preemptions_max: usize, executions_max: usize, progress: &Progress) -> Self {
        Self {
            preemptions_max,
            executions_max,
            executions: 0,
            path: Vec::new(),
            depth: 0,
            progress: progress.clone(),
        }
    }

    fn decide(&self, runnable: &[&Task], current: Option<TaskId>, yields: bool) -> Decision {
        let preemptions = self.path.last().map_or(0, Decision::preemptions);
        let all = Options::new(runnable, current, yields);
        let goes_on = all.goes_on;
        let options = match goes_on {
            Some(goes_on) if preemptions == self.preemptions_max => {
                if all.in_order().nth(1).is_some() {
                    self.progress.meet_bound();
                }
                vec![goes_on]
            }
            _ => all.in_order().collect(),
        };
        Decision {
            options,
            picked: 0,
            preemptions,
            goes_on,
        }
    }
}

impl Scheduler for Bounded {
    fn new_execution(&mut self) -> Option<Schedule> {
        if self.executions > 0 {
            // The last decision that has another option left takes it; what came after is forgotten.
            loop {
                let Some(last) = self.path.last_mut() else {
                    self.progress.finish();
                    return None;
                };
                if last.picked + 1 < last.options.len() {
                    last.picked += 1;
                    break;
                }
                self.path.pop();
            }
        }
        if self.executions == self.executions_max {
            return None;
        }
        self.executions += 1;
        self.depth = 0;
        Some(Schedule::new(0))
    }

    fn next_task(
        &mut self,
        runnable: &[&Task],
        current: Option<TaskId>,
        is_yielding: bool,
    ) -> Option<TaskId> {
        if self.depth == self.path.len() {
            let decision = self.decide(runnable, current, is_yielding);
            self.path.push(decision);
        }
        let choice = self.path[self.depth].choice();
        self.depth += 1;
        assert!(
            runnable.iter().any(|task| task.id() == choice),
            "selvedge: the program did not do the same again under the same schedule; it must not \
             depend on the time, on addresses or on random numbers of its own"
        );
        Some(choice)
    }

    fn next_u64(&mut self) -> u64 {
        0 // random numbers of shuttle's are the same in every execution
    }
}
