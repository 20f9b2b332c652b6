//! A scheduler for shuttle that goes round and round: it finds livelock and starvation.
//!
//! An execution begins with some random steps, and then repeats a *word* over the threads: `a b`, say, or `a a b`. A word
//! that holds every thread is a fair schedule, whichever it is. If the state of the program comes back under it, again and
//! again, the program may go on like that for ever although every thread runs: that is a livelock, and the loop is its
//! proof. If some of the threads [make progress](crate::trace::progress) in the loop and others do not, it is starvation.
//!
//! What counts up for ever never comes back, such as the numbers of a ticket lock: loops around it are not seen.
//!
//! Threads that spin until a word changes do not loop here, they are blocked; and a thread that counts its attempts in
//! a variable of its own gives up before the state has come back often enough.

use std::collections::HashMap;

use shuttle::scheduler::{Schedule, Scheduler, Task, TaskId};

use super::deviations::Options;
use super::random::Numbers;
use crate::sys::model;
use crate::sys::state_hash;
use crate::trace::recorder::{self, Place};
use crate::trace::schedule::ROUNDS;

/// The longest word is this long. The known livelocks of two threads need no more than six.
const WORD_MAX: usize = 6;

/// More threads than this are not named by words: there would be too many of them.
const THREADS_MAX: usize = 5;

/// The longest random beginning.
const BEGINNING_MAX: usize = 40;

pub(super) struct Lasso {
    numbers: Numbers,
    executions: usize,
    /// An execution that takes this many decisions is given up: nothing is known about it.
    steps_max: usize,
    /// The words over the threads that an execution had, shortest first, and which is next.
    words: Vec<Vec<usize>>,
    next_word: usize,
    threads: usize,
    /// Whether every word has been tried from the start.
    later: bool,

    // of the current execution
    word: Vec<usize>,
    beginning: usize,
    at: usize,
    steps: usize,
    seen: HashMap<u64, Seen>,
    /// At which step each thread could run for the last time.
    could_run: Vec<usize>,
}

/// A state that was met at the start of the word.
struct Seen {
    times: usize,
    first: Visit,
    second: Visit,
    last: Visit,
}

#[derive(Clone, Copy)]
struct Visit {
    place: Place,
    step: usize,
}

impl Lasso {
    pub(super) fn new(seed: u64, executions: usize, steps_max: usize) -> Self {
        Self {
            numbers: Numbers::new(seed),
            executions,
            steps_max,
            words: vec![vec![0]],
            next_word: 0,
            threads: 1,
            later: false,
            word: Vec::new(),
            beginning: 0,
            at: 0,
            steps: 0,
            seen: HashMap::new(),
            could_run: Vec::new(),
        }
    }

    /// Looks at the state of the program, at the start of the word. Whether it has come back so often that there is no more
    /// to be seen; if that is a failure, it is noted.
    fn comes_back(&mut self) -> bool {
        let place = recorder::place();
        let now = Visit {
            place,
            step: self.steps,
        };
        let seen = self.seen.entry(state_hash()).or_insert(Seen {
            times: 0,
            first: now,
            second: now,
            last: now,
        });
        if seen.times > 0 {
            // Everybody who could run since the last time must have done something; what merely looks the same because
            // nothing was done is not a round.
            let (active, _) = recorder::threads_since(seen.last.place);
            let since = seen.last.step;
            let could_run = |&(_, &last): &(usize, &usize)| last > since;
            let fair = (self.could_run.iter().enumerate())
                .filter(could_run)
                .all(|(thread, _)| active.contains(&thread));
            if !fair {
                return false;
            }
        }
        seen.times += 1;
        seen.last = now;
        if seen.times == 2 {
            seen.second = now;
        }
        if seen.times <= ROUNDS {
            return false;
        }
        // Where everybody gets on, nothing is wrong with going round.
        let (active, progressing) = recorder::threads_since(seen.first.place);
        if !active.iter().all(|thread| progressing.contains(thread)) {
            recorder::loops(seen.first.place, seen.second.place);
            model::note_failure(recorder::LOOPS);
        }
        true
    }
}

/// All words of up to [`WORD_MAX`] threads that hold every one but the first, which often does nothing but wait for the
/// others, and are not a shorter word said twice.
fn words(threads: usize) -> Vec<Vec<usize>> {
    let mut words = Vec::new();
    let longest = WORD_MAX.max(threads);
    let longest = if threads > 3 { threads } else { longest };
    for length in threads.saturating_sub(1).max(1)..=longest {
        let mut word = vec![0; length];
        loop {
            let has_all = (1..threads).all(|thread| word.contains(&thread));
            let repeats = (1..length).any(|period| {
                length % period == 0 && (period..length).all(|at| word[at] == word[at - period])
            });
            if has_all && !repeats {
                words.push(word.clone());
            }
            let Some(at) = word.iter().rposition(|&thread| thread + 1 < threads) else {
                break;
            };
            word[at] += 1;
            word[at + 1..].fill(0);
        }
    }
    words
}

impl Scheduler for Lasso {
    fn new_execution(&mut self) -> Option<Schedule> {
        self.executions = self.executions.checked_sub(1)?;
        let threads = recorder::threads().min(THREADS_MAX);
        if threads > self.threads {
            self.threads = threads;
            self.words = words(threads);
            self.next_word = 0;
            self.later = false;
        } else if self.next_word == self.words.len() {
            self.next_word = 0;
            self.later = true;
        }
        self.word.clone_from(&self.words[self.next_word]);
        self.next_word += 1;
        self.beginning = match self.later {
            true => self.numbers.below(BEGINNING_MAX + 1),
            false => 0,
        };
        self.at = 0;
        self.steps = 0;
        self.seen.clear();
        self.could_run.clear();
        Some(Schedule::new(0))
    }

    fn next_task(
        &mut self,
        runnable: &[&Task],
        current: Option<TaskId>,
        yields: bool,
    ) -> Option<TaskId> {
        self.steps += 1;
        if self.steps >= self.steps_max {
            return None;
        }
        if self.beginning > 0 {
            self.beginning -= 1;
            return Some(runnable[self.numbers.below(runnable.len())].id());
        }
        for task in runnable.iter().filter(|task| task.runnable()) {
            let thread = usize::from(task.id());
            if self.could_run.len() <= thread {
                self.could_run.resize(thread + 1, 0);
            }
            self.could_run[thread] = self.steps;
        }
        // At the first decision the record is still that of the execution before.
        if self.at == 0 && current.is_some() && self.comes_back() {
            return None;
        }
        // The next letter that can run; a thread that the word does not know runs when none of it can.
        let options = Options::new(runnable, current, yields);
        let length = self.word.len();
        let letters = (0..length).map(|ahead| (self.at + ahead) % length);
        let found = letters.into_iter().find_map(|at| {
            let task = TaskId::from(self.word[at]);
            options.has(task).then_some((task, (at + 1) % length))
        });
        let (picked, at) = found.unwrap_or_else(|| {
            let others = options.in_order().filter(|&task| Some(task) != current);
            (
                others
                    .chain(current)
                    .find(|&task| options.has(task))
                    .expect("somebody can run"),
                0,
            )
        });
        self.at = at;
        Some(picked)
    }

    fn next_u64(&mut self) -> u64 {
        self.numbers.next()
    }
}
