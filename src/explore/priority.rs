//! A scheduler for shuttle that always runs the thread with the highest priority: it finds priority inversion.
//!
//! It plays one processor on which the lower runs only while the higher cannot. Priorities are those that the program gives
//! ([`trace::priority`](crate::trace::priority)), or drawn. What is random is when each thread *arrives*: is ready for the
//! first time. (Before that it is run as far as its first operation, which is where it says its priority, and where
//! nobody can see it.) A wait with a deadline times out now and then.
//!
//! Nothing is wrong with a thread that does not run while a higher one does. It is an inversion if a thread waits for
//! something that a lower one holds, and that one could go on but for a thread of a priority between the two, for ever:
//! the state of the program comes back, again and again. A middle one that ends, or sleeps, lets the holder go on.
//! An execution that does not end in any other way is given up, and nothing is known about it: a thread that waits for a
//! lower one by asking again and again has no end here.

use std::collections::HashMap;

use shuttle::scheduler::{Schedule, Scheduler, Task, TaskId};

use super::Explorer;
use super::deviations::{Found, Options};
use super::random::Numbers;
use crate::sys::model::{self, priority};
use crate::sys::{may_time_out, state_hash};
use crate::trace::recorder::{self, Place};

/// The state has to come back so often. More often than where every thread runs: there a thread that counts how often it has
/// tried is one of several in the loop, and here it may be alone in it.
const ROUNDS: usize = 200;

/// Whoever makes so many decisions without anybody else is not going to end, or not soon.
const ALONE_MAX: usize = 1_000;

/// Priorities are drawn from 1 to this.
const DRAWN_MAX: usize = 9;

/// The priority of a root that is above all others.
const ROOT: u8 = 255;

/// A thread arrives fewer decisions than this after it was started. It begins with the first of these, and grows with the
/// executions.
const ARRIVAL: core::ops::RangeInclusive<usize> = 8..=400;

/// One wait with a deadline in so many times out though others could run.
const TIMEOUTS: usize = 16;

/// What one execution depends on.
#[derive(Clone, Debug, Default)]
pub(super) struct Case {
    /// Where the random numbers of its timeouts start.
    seed: u64,
    /// The priorities that were drawn, by thread.
    levels: Vec<u8>,
    /// How many decisions after its start a thread is ready.
    arrivals: Vec<usize>,
}

impl Case {
    /// The same with an arrival that is sooner: at once, in half the time, one decision earlier.
    pub(super) fn sooner(&self) -> Vec<Self> {
        let mut cases = Vec::new();
        let shorter: [fn(usize) -> usize; 3] = [|_| 0, |after| after / 2, |after| after - 1];
        for shorten in shorter {
            for (thread, &after) in self.arrivals.iter().enumerate() {
                if after > 0 && shorten(after) < after {
                    let mut case = self.clone();
                    case.arrivals[thread] = shorten(after);
                    cases.push(case);
                }
            }
        }
        cases
    }
}

pub(super) struct Priority {
    numbers: Numbers,
    executions: usize,
    /// An execution that takes this many decisions is given up.
    steps_max: usize,
    /// Only among threads that were given theirs.
    given_only: bool,
    found: Found,
    /// The one execution to be had, if it is not to be drawn.
    told: Option<Case>,
    /// How many decisions an execution has taken, of those that came to an end by themselves.
    longest: usize,

    // of the current execution
    case: Case,
    /// A thread arrives fewer decisions than this after it was started. What matters is often that two arrive close to each
    /// other, so it is short in as many executions as it is long.
    span: usize,
    timeouts: Numbers,
    now: usize,
    threads: Vec<Thread>,
    /// Whoever ran last, those not counted that were only run to hear their priority.
    last: Option<usize>,
    /// How often nobody else ran.
    alone: usize,
    preemptions: usize,
    seen: HashMap<u64, Seen>,
}

#[derive(Clone, Copy)]
struct Thread {
    /// It has been run as far as its first operation.
    heard: bool,
    arrives: usize,
}

/// A state that was met while somebody was kept from running.
struct Seen {
    times: usize,
    first: Place,
    second: Place,
    preemptions: usize,
}

impl Priority {
    pub(super) fn new(seed: u64, executions: usize, explorer: &Explorer, found: &Found) -> Self {
        Self {
            numbers: Numbers::new(seed),
            executions,
            steps_max: explorer.steps / 2,
            given_only: !explorer.drawn_priorities,
            found: found.clone(),
            told: None,
            longest: 0,
            case: Case::default(),
            span: 1,
            timeouts: Numbers::new(0),
            now: 0,
            threads: Vec::new(),
            last: None,
            alone: 0,
            preemptions: 0,
            seen: HashMap::new(),
        }
    }

    /// One execution, that of the case.
    pub(super) fn again(case: Case, explorer: &Explorer, found: &Found) -> Self {
        Self {
            told: Some(case),
            ..Self::new(0, 1, explorer, found)
        }
    }

    /// A thread that was not there before.
    fn meet(&mut self, thread: usize) {
        while self.threads.len() <= thread {
            let number = self.threads.len();
            let level = match self.case.levels.get(number) {
                Some(&level) => level,
                // Who starts the others is above them, or one of them.
                None if number == 0 && self.numbers.below(2) == 0 => ROOT,
                None => 1 + self.numbers.below(DRAWN_MAX) as u8,
            };
            let after = match self.case.arrivals.get(number) {
                Some(&after) => after,
                None if number == 0 => 0,
                None => self.numbers.below(self.span),
            };
            if self.case.levels.len() == number {
                self.case.levels.push(level);
                self.case.arrivals.push(after);
            }
            priority::draw(number, level);
            self.threads.push(Thread {
                heard: false,
                arrives: self.now + after,
            });
        }
    }

    /// The one to run, of those that can.
    fn pick(&mut self, runnable: &[&Task], current: Option<TaskId>, yields: bool) -> TaskId {
        let unheard = |task: &&&Task| !self.threads[usize::from(task.id())].heard;
        if let Some(task) = runnable.iter().find(unheard) {
            let thread = usize::from(task.id());
            self.threads[thread].heard = true;
            return task.id();
        }
        // Those that sleep and may go on all the same.
        let mut able = Vec::new();
        let mut asleep = Vec::new();
        for task in runnable {
            let sleeps = !task.runnable() || may_time_out(task.id().into());
            let early = sleeps && self.timeouts.below(TIMEOUTS) == 0;
            match sleeps && !early {
                true => asleep.push(task.id()),
                false => able.push(task.id()),
            }
        }
        let arrives = |&task: &TaskId| self.threads[usize::from(task)].arrives;
        let mut ready: Vec<TaskId> = able
            .iter()
            .copied()
            .filter(|task| arrives(task) <= self.now)
            .collect();
        if ready.is_empty() {
            // Nothing happens until somebody arrives; and if nobody does, until a deadline.
            match able.into_iter().min_by_key(arrives) {
                Some(next) => {
                    self.threads[usize::from(next)].arrives = self.now;
                    ready.push(next);
                }
                None => ready.push(asleep[self.timeouts.below(asleep.len())]),
            }
        }
        let levels = priority::effective(self.threads.len());
        let level = |task: &TaskId| levels[usize::from(*task)];
        let highest = ready.iter().map(level).max().expect("somebody is ready");
        ready.retain(|task| level(task) == highest);
        // Among equals whoever runs goes on, until it gives way to the next.
        match current {
            Some(current) if ready.contains(&current) && !yields => current,
            _ => {
                let after = current.map_or(0, |current| usize::from(current) + 1);
                let next = ready.iter().find(|&&task| usize::from(task) >= after);
                *next.unwrap_or(&ready[0])
            }
        }
    }

    /// `picked` runs, and keeps somebody from running whom a higher one waits for. Whether that goes on for ever; it is a
    /// failure then, and noted.
    fn for_ever(&mut self, picked: TaskId) -> bool {
        let place = recorder::place();
        let state = (state_hash(), usize::from(picked));
        let hash = {
            use core::hash::{BuildHasher, BuildHasherDefault};
            BuildHasherDefault::<std::hash::DefaultHasher>::default().hash_one(state)
        };
        let seen = self.seen.entry(hash).or_insert(Seen {
            times: 0,
            first: place,
            second: place,
            preemptions: self.preemptions,
        });
        seen.times += 1;
        // Two decisions with nothing in between are of the same moment: that is no round yet.
        if seen.second.is_as_early_as(seen.first) {
            seen.second = place;
        }
        if seen.times <= ROUNDS {
            return false;
        }
        recorder::loops(seen.first, seen.second);
        self.found.led_into_loop(seen.preemptions);
        model::note_failure(recorder::LOOPS);
        true
    }
}

impl Scheduler for Priority {
    fn new_execution(&mut self) -> Option<Schedule> {
        self.executions = self.executions.checked_sub(1)?;
        if self.now < self.steps_max {
            self.longest = self.longest.max(self.now);
        }
        self.case = self.told.clone().unwrap_or_else(|| Case {
            seed: self.numbers.next(),
            ..Case::default()
        });
        self.timeouts = Numbers::new(self.case.seed);
        let longest = self.longest.clamp(*ARRIVAL.start(), *ARRIVAL.end());
        self.span = 2 << self.numbers.below(longest.ilog2() as usize);
        self.now = 0;
        self.threads.clear();
        self.last = None;
        self.alone = 0;
        self.preemptions = 0;
        self.seen.clear();
        Some(Schedule::new(0))
    }

    fn next_task(
        &mut self,
        runnable: &[&Task],
        current: Option<TaskId>,
        yields: bool,
    ) -> Option<TaskId> {
        self.now += 1;
        if self.now >= self.steps_max {
            return None;
        }
        // At the first decision the record, and the priorities, are still those of the execution before.
        if current.is_none() {
            return Some(runnable[0].id());
        }
        self.meet(0);
        self.threads[0].heard = true;
        for task in runnable {
            self.meet(task.id().into());
        }
        self.found.runs_by(&self.case);
        let last = self.last.map(TaskId::from);
        let options = Options::new(runnable, last, yields && last == current);
        let hearing = runnable
            .iter()
            .any(|task| !self.threads[usize::from(task.id())].heard);
        let picked = self.pick(runnable, last, yields && last == current);
        if hearing {
            return Some(picked);
        }
        if options.goes_on.is_some_and(|goes_on| goes_on != picked) {
            self.preemptions += 1;
        }
        self.alone = if last == Some(picked) {
            self.alone + 1
        } else {
            0
        };
        self.last = Some(picked.into());
        match recorder::keeps_out(picked.into(), self.given_only) {
            true if self.for_ever(picked) => return None,
            true => {}
            false => self.seen.clear(),
        }
        if self.alone == ALONE_MAX {
            return None;
        }
        Some(picked)
    }

    fn next_u64(&mut self) -> u64 {
        self.numbers.next()
    }
}
