//! Executions of shuttle as a list of what is unusual about them.
//!
//! The *obvious* schedule lets a thread go on for as long as it can, and then the first one that can. An execution is
//! told by where it [deviates](Deviation) from that. Fewer deviations are a shorter story; and since each is
//! told by what its thread has done so far, those that are left still mean something when others are taken away.

use std::sync::{Arc, Mutex, PoisonError};

use shuttle::scheduler::{Schedule, Scheduler, Task, TaskId};

use super::Progress;
use super::priority::Case;
use super::progress::time_is_up;
use crate::sys::model;
use crate::trace::recorder::{self, Place};

/// When `thread` had been picked `picks` times, `next` went on. The thread is `None` at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Deviation {
    thread: Option<usize>,
    picks: usize,
    next: usize,
}

/// What there is to pick from.
pub(super) struct Options<'a> {
    runnable: &'a [&'a Task],
    current: Option<TaskId>,
    /// The thread that could go on, and has not asked to let others go first.
    pub(super) goes_on: Option<TaskId>,
}

impl<'a> Options<'a> {
    pub(super) fn new(runnable: &'a [&'a Task], current: Option<TaskId>, yields: bool) -> Self {
        // What can be picked includes sleepers that may come back for no reason; those do not go on.
        let able = |id: TaskId| {
            runnable
                .iter()
                .any(|task| task.id() == id && task.runnable())
        };
        let current = current.filter(|&current| runnable.iter().any(|task| task.id() == current));
        Self {
            runnable,
            current,
            goes_on: current.filter(|&current| !yields && able(current)),
        }
    }

    pub(super) fn has(&self, id: TaskId) -> bool {
        self.runnable.iter().any(|task| task.id() == id)
    }

    /// All of them, the obvious one first: whoever goes on; if nobody does, others before the one that ran.
    pub(super) fn in_order(&self) -> impl Iterator<Item = TaskId> + use<'_> {
        let others = self
            .runnable
            .iter()
            .map(|task| task.id())
            .filter(|&id| Some(id) != self.current);
        let last = self.current.filter(|_| self.goes_on.is_none());
        self.goes_on.into_iter().chain(others).chain(last)
    }

    fn obvious(&self) -> TaskId {
        self.in_order()
            .next()
            .expect("shuttle asks only if there is somebody")
    }
}

/// What was found out about the execution that was run last.
#[derive(Clone, Debug, Default)]
pub(super) struct Found(Arc<Mutex<Account>>);

#[derive(Clone, Debug, Default)]
struct Account {
    deviations: Vec<Deviation>,
    preemptions: usize,
    /// How often each thread was picked.
    picks: Vec<usize>,
    /// The priorities and arrivals, if it was run by them.
    case: Option<Case>,
    /// How many preemptions led into the loop, if it got there by priorities.
    before_loop: Option<usize>,
}

impl Found {
    fn with<R>(&self, f: impl FnOnce(&mut Account) -> R) -> R {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How often a thread was interrupted that could go on. If it loops: before that, where it is of interest.
    pub(super) fn preemptions_of(&self, loops: bool) -> Option<usize> {
        self.with(|account| match loops {
            true => account.before_loop,
            false => Some(account.preemptions),
        })
    }

    /// The execution was run by priorities.
    pub(super) fn runs_by(&self, case: &Case) {
        self.with(|account| account.case = Some(case.clone()));
    }

    /// So many preemptions led into the loop.
    pub(super) fn led_into_loop(&self, preemptions: usize) {
        self.with(|account| account.before_loop = Some(preemptions));
    }

    pub(super) fn case(&self) -> Option<Case> {
        self.with(|account| account.case.clone())
    }

    pub(super) fn deviations(&self) -> Vec<Deviation> {
        self.with(|account| account.deviations.clone())
    }
}

/// Any scheduler, watched.
pub(super) struct Watched<S> {
    scheduler: S,
    found: Found,
    progress: Progress,
    /// An execution of so many decisions is given up.
    patience: usize,
    decisions: usize,
}

impl<S> Watched<S> {
    pub(super) fn new(scheduler: S, found: &Found, progress: &Progress, patience: usize) -> Self {
        Self {
            patience,
            decisions: 0,
            scheduler,
            found: found.clone(),
            progress: progress.clone(),
        }
    }
}

impl<S: Scheduler> Scheduler for Watched<S> {
    fn new_execution(&mut self) -> Option<Schedule> {
        if model::inert() {
            return None; // the last one has failed
        }
        if self.progress.is_interrupted() {
            return None;
        }
        let schedule = self.scheduler.new_execution()?;
        self.found.with(|account| *account = Account::default());
        self.decisions = 0;
        Some(schedule)
    }

    fn next_task(
        &mut self,
        runnable: &[&Task],
        current: Option<TaskId>,
        yields: bool,
    ) -> Option<TaskId> {
        if model::inert() {
            return None; // this ends the execution
        }
        if time_is_up() {
            self.progress.interrupt();
            return None;
        }
        self.decisions += 1;
        if self.decisions >= self.patience {
            return None;
        }
        let picked = self.scheduler.next_task(runnable, current, yields)?;
        let options = Options::new(runnable, current, yields);
        self.found.with(|account| {
            if picked != options.obvious() {
                account.deviations.push(deviation(account, current, picked));
            }
            if options.goes_on.is_some_and(|goes_on| goes_on != picked) {
                account.preemptions += 1;
            }
            let thread = usize::from(picked);
            if account.picks.len() <= thread {
                account.picks.resize(thread + 1, 0);
            }
            account.picks[thread] += 1;
        });
        Some(picked)
    }

    fn next_u64(&mut self) -> u64 {
        self.scheduler.next_u64()
    }
}

fn deviation(account: &Account, current: Option<TaskId>, next: TaskId) -> Deviation {
    let thread = current.map(usize::from);
    Deviation {
        thread,
        picks: thread.map_or(0, |thread| account.picks.get(thread).copied().unwrap_or(0)),
        next: next.into(),
    }
}

/// One execution: the obvious one but for the deviations that can be had.
pub(super) struct Deviating {
    deviations: Vec<Deviation>,
    found: Found,
    done: bool,
}

impl Deviating {
    /// To be [watched](Watched) by the same `found`, which counts the picks.
    pub(super) fn new(deviations: Vec<Deviation>, found: &Found) -> Self {
        Self {
            deviations,
            found: found.clone(),
            done: false,
        }
    }
}

impl Scheduler for Deviating {
    fn new_execution(&mut self) -> Option<Schedule> {
        (!core::mem::replace(&mut self.done, true)).then(|| Schedule::new(0))
    }

    fn next_task(
        &mut self,
        runnable: &[&Task],
        current: Option<TaskId>,
        yields: bool,
    ) -> Option<TaskId> {
        let options = Options::new(runnable, current, yields);
        let deviating = options.in_order().find(|&next| {
            let deviation = self.found.with(|account| deviation(account, current, next));
            self.deviations.contains(&deviation)
        });
        Some(deviating.unwrap_or_else(|| options.obvious()))
    }

    fn next_u64(&mut self) -> u64 {
        0
    }
}

/// One execution: what the schedule says that the recorder compares it with, for as long as it can.
#[derive(Default)]
pub(super) struct Following {
    done: bool,
    /// Where it began to repeat itself, for the first time and for the second.
    rounds: Vec<Place>,
}

impl Scheduler for Following {
    fn new_execution(&mut self) -> Option<Schedule> {
        (!core::mem::replace(&mut self.done, true)).then(|| Schedule::new(0))
    }

    fn next_task(
        &mut self,
        runnable: &[&Task],
        current: Option<TaskId>,
        yields: bool,
    ) -> Option<TaskId> {
        let options = Options::new(runnable, current, yields);
        if let Some(round) = recorder::round_of_schedule() {
            if self.rounds.len() == round && round < 2 {
                self.rounds.push(recorder::place());
            }
            if recorder::fits() {
                recorder::loops(self.rounds[0], self.rounds[1]);
                model::note_failure(recorder::LOOPS);
                return None;
            }
        }
        let told = recorder::next_in_schedule().map(TaskId::from);
        Some(
            told.filter(|&told| options.has(told))
                .unwrap_or_else(|| options.obvious()),
        )
    }

    fn next_u64(&mut self) -> u64 {
        0
    }
}
