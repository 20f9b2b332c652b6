//! Schedules as text: who made how many steps, in order.
//!
//! A step is an operation of this crate's floor (`sys`): an access to a word, a sleep, a wake, a start of a thread. It is
//! not a decision of a checker, so a schedule outlives the checker's version as long as the program makes the same steps.

use core::fmt;
use core::str::FromStr;

/// The schedule of one execution, as a line of text: it is what replays a failure.
///
/// ```text
/// loom@1 [main left right] main*4 left*2 right*5 left*3<0
/// ```
///
/// The world that made it, and the bound on preemptions under which it was found, if there was one; the names of the
/// threads, in the order in which they were started; and who made how many steps before another one made the next. In
/// the loom world `<0` says that the last of these steps read the value 0 although a newer one had been written, and `!` that a
/// sleeper returned for no reason. What comes after `(` goes on for ever. A thread `low^1` was run with the priority 1.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")),
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "String", try_from = "String")
)]
pub struct Schedule {
    pub(crate) world: String,
    pub(crate) preemptions: Option<usize>,
    pub(crate) threads: Vec<String>,
    pub(crate) runs: Vec<Run>,
    /// The run from which on it repeats for ever.
    pub(crate) repeats: Option<usize>,
    /// The priorities of the threads, if they were run by them.
    pub(crate) priorities: Option<Vec<u8>>,
}

/// How often what repeats is repeated before it is said to do so for ever.
pub(crate) const ROUNDS: usize = 50;

/// Steps of one thread, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) thread: usize,
    pub(crate) steps: usize,
    /// How the last of them went, where that is not settled by the order.
    pub(crate) mark: Mark,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    None,
    /// It read this value, which was not the newest.
    Read(u64),
    /// The checker chose the rarer of two ways.
    Chose,
}

impl Schedule {
    /// How many steps there are.
    pub fn steps(&self) -> usize {
        self.runs.iter().map(|run| run.steps).sum()
    }

    /// How often another thread went on than the one that had made the step before.
    pub fn switches(&self) -> usize {
        self.runs
            .windows(2)
            .filter(|pair| pair[0].thread != pair[1].thread)
            .count()
    }

    /// Names for the text: without the characters that have a meaning there, and each of its own.
    pub(crate) fn names(threads: &[String]) -> Vec<String> {
        let mut names: Vec<String> = Vec::with_capacity(threads.len());
        for thread in threads {
            let plain: String = thread
                .chars()
                .map(|letter| match letter {
                    '*' | '<' | '!' | '[' | ']' | '^' | '\'' => '_',
                    letter if letter.is_whitespace() => '_',
                    letter => letter,
                })
                .collect();
            let mut name = plain.clone();
            let mut number = 1;
            while name.is_empty() || names.contains(&name) {
                number += 1;
                name = format!("{plain}~{number}");
            }
            names.push(name);
        }
        names
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.world)?;
        if let Some(bound) = self.preemptions {
            write!(f, "@{bound}")?;
        }
        f.write_str(" [")?;
        for (thread, name) in self.threads.iter().enumerate() {
            let space = if thread > 0 { " " } else { "" };
            write!(f, "{space}{name}")?;
            let level = self
                .priorities
                .as_ref()
                .and_then(|levels| levels.get(thread));
            if let Some(level) = level {
                write!(f, "^{level}")?;
            }
        }
        f.write_str("]")?;
        for (at, run) in self.runs.iter().enumerate() {
            if Some(at) == self.repeats {
                f.write_str(" (")?;
            }
            match self.threads.get(run.thread) {
                Some(name) => write!(f, " {name}*{}", run.steps)?,
                None => write!(f, " T{}*{}", run.thread, run.steps)?,
            }
            match run.mark {
                Mark::None => {}
                Mark::Read(value) => write!(f, "<{value}")?,
                Mark::Chose => f.write_str("!")?,
            }
        }
        if self.repeats.is_some() {
            f.write_str(" )")?;
        }
        Ok(())
    }
}

impl From<Schedule> for String {
    fn from(schedule: Schedule) -> Self {
        schedule.to_string()
    }
}

impl TryFrom<String> for Schedule {
    type Error = ScheduleError;

    fn try_from(text: String) -> Result<Self, ScheduleError> {
        text.parse()
    }
}

/// A text that is no schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleError {
    what: String,
}

impl fmt::Display for ScheduleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "selvedge: this is no schedule: {}; copy the whole line that a failure prints after `replay`",
            self.what
        )
    }
}

impl core::error::Error for ScheduleError {}

impl FromStr for Schedule {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let error = |what: String| ScheduleError { what };
        let (head, rest) = text
            .trim()
            .split_once('[')
            .ok_or_else(|| error("the names of the threads in brackets are missing".to_owned()))?;
        let (names, runs) = rest.split_once(']').ok_or_else(|| {
            error("the names of the threads do not end with a bracket".to_owned())
        })?;
        let head = head.trim();
        let (world, preemptions) = match head.split_once('@') {
            None => (head, None),
            Some((world, bound)) => {
                let bound = bound
                    .parse()
                    .map_err(|_| error(format!("`{bound}` is no number of preemptions")))?;
                (world, Some(bound))
            }
        };
        let mut threads: Vec<String> = names.split_whitespace().map(str::to_owned).collect();
        let mut priorities = Vec::new();
        for thread in &mut threads {
            let Some((name, level)) = thread.split_once('^') else {
                continue;
            };
            let level = level
                .parse()
                .map_err(|_| error(format!("`{level}` is no priority")))?;
            priorities.push(level);
            *thread = name.to_owned();
        }
        if !priorities.is_empty() && priorities.len() < threads.len() {
            return Err(error("some of the priorities are missing".to_owned()));
        }
        let (before, again) = match runs.trim_end().strip_suffix(')') {
            None => (runs, None),
            Some(runs) => {
                let (before, again) = runs
                    .split_once('(')
                    .ok_or_else(|| error("what repeats has no beginning".to_owned()))?;
                (before, Some(again))
            }
        };
        let repeats = again.map(|_| before.split_whitespace().count());
        let runs = before
            .split_whitespace()
            .chain(again.unwrap_or_default().split_whitespace())
            .map(|run| {
                parse_run(run, &threads).ok_or_else(|| error(format!("`{run}` is not understood")))
            })
            .collect::<Result<Vec<_>, _>>()?;
        if world.is_empty() || threads.is_empty() || runs.is_empty() || repeats == Some(runs.len())
        {
            return Err(error("it says nothing".to_owned()));
        }
        Ok(Self {
            world: world.to_owned(),
            preemptions,
            threads,
            runs,
            repeats,
            priorities: (!priorities.is_empty()).then_some(priorities),
        })
    }
}

fn parse_run(text: &str, threads: &[String]) -> Option<Run> {
    let (name, steps) = text.split_once('*')?;
    let thread = threads.iter().position(|thread| thread == name)?;
    let (steps, mark) = if let Some((steps, value)) = steps.split_once('<') {
        (steps, Mark::Read(value.parse().ok()?))
    } else if let Some(steps) = steps.strip_suffix('!') {
        (steps, Mark::Chose)
    } else {
        (steps, Mark::None)
    };
    let steps = steps.parse().ok().filter(|&steps| steps > 0)?;
    Some(Run {
        thread,
        steps,
        mark,
    })
}

/// The steps of an execution while it goes on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Steps {
    pub(crate) runs: Vec<Run>,
    /// There were more than are kept: an execution that long is not replayed by its steps.
    pub(crate) overflowed: bool,
    /// The next step begins a run.
    cut: bool,
    /// The run from which on they repeat.
    pub(crate) repeats: Option<usize>,
}

/// A record this long is some megabytes.
const RUNS_MAX: usize = 200_000;

impl Steps {
    /// Nobody has made any.
    pub(crate) const EMPTY: Self = Self {
        runs: Vec::new(),
        overflowed: false,
        cut: false,
        repeats: None,
    };

    /// Nobody has made any. The room for them is kept.
    pub(crate) fn clear(&mut self) {
        self.runs.clear();
        (self.overflowed, self.cut, self.repeats) = (false, false, None);
    }

    pub(crate) fn step(&mut self, thread: usize) {
        if let Some(run) = self.runs.last_mut()
            && run.thread == thread
            && run.mark == Mark::None
            && !self.cut
        {
            run.steps += 1;
        } else if self.runs.len() < RUNS_MAX {
            self.runs.push(Run {
                thread,
                steps: 1,
                mark: Mark::None,
            });
        } else {
            self.overflowed = true;
        }
        self.cut = false;
    }

    /// What was made from one run on up to another repeats for ever; what came after that is forgotten, and where it was cut
    /// otherwise.
    #[allow(dead_code, reason = "for loops, which only shuttle is led round")]
    pub(crate) fn repeat(&mut self, from: usize, to: usize) {
        let runs = core::mem::take(&mut self.runs);
        for (at, run) in runs.into_iter().take(to).enumerate() {
            if at == from {
                self.repeats = Some(self.runs.len());
            }
            match self.runs.last_mut() {
                Some(last) if at != from && last.thread == run.thread => last.steps += run.steps,
                _ => self.runs.push(run),
            }
        }
    }

    /// Those who made steps in what repeats.
    pub(crate) fn threads_of_loop(&self) -> Vec<usize> {
        let mut threads: Vec<usize> = Vec::new();
        for run in &self.runs[self.repeats.unwrap_or(self.runs.len())..] {
            if !threads.contains(&run.thread) {
                threads.push(run.thread);
            }
        }
        threads
    }

    /// The runs, where nothing repeats: without those that only begin because somebody has looked.
    pub(crate) fn merged(&self) -> Vec<Run> {
        if self.repeats.is_some() {
            return self.runs.clone();
        }
        let mut runs: Vec<Run> = Vec::with_capacity(self.runs.len());
        for &run in &self.runs {
            match runs.last_mut() {
                Some(last) if last.thread == run.thread && last.mark == Mark::None => {
                    last.steps += run.steps;
                    last.mark = run.mark;
                }
                _ => runs.push(run),
            }
        }
        runs
    }

    /// Begins a run with the next step; says how many there were before.
    #[allow(dead_code, reason = "for loops, which only shuttle is led round")]
    pub(crate) fn cut(&mut self) -> usize {
        self.cut = true;
        self.runs.len()
    }

    /// How the last step went.
    pub(crate) fn mark(&mut self, mark: Mark) {
        if let Some(run) = self.runs.last_mut()
            && !self.overflowed
        {
            run.mark = mark;
        }
    }
}

/// An execution is compared with a schedule while it goes on.
#[derive(Clone, Debug)]
pub(crate) struct Follow {
    runs: Vec<Run>,
    /// The run that the next step belongs to, and how many of its steps were made.
    run: usize,
    made: usize,
    /// How many steps were made as the schedule says.
    pub(crate) steps: usize,
    /// The last step was the last of its run, whose mark was not seen yet.
    owes_mark: bool,
    repeats: Option<usize>,
    /// How often the end was reached.
    rounds: usize,
    pub(crate) departure: Option<Departure>,
}

/// Where an execution does something else than the schedule says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Departure {
    /// This thread made a step, and the schedule says another one.
    Thread { instead: usize, expected: usize },
    /// The schedule has ended, and the execution goes on.
    GoesOn { thread: usize },
    /// The step was as the schedule says, and did not go as it says.
    Went { thread: usize, expected: Mark },
}

impl Follow {
    pub(crate) fn new(schedule: &Schedule) -> Self {
        Self::along(schedule.runs.clone(), schedule.repeats)
    }

    fn along(runs: Vec<Run>, repeats: Option<usize>) -> Self {
        Self {
            runs,
            run: 0,
            made: 0,
            steps: 0,
            owes_mark: false,
            repeats,
            rounds: 0,
            departure: None,
        }
    }

    /// The next execution is compared from the start.
    pub(crate) fn rewind(&mut self) {
        *self = Self::along(core::mem::take(&mut self.runs), self.repeats);
    }

    /// If this is where the schedule begins to repeat: how often it has done so.
    #[allow(dead_code, reason = "for loops, which only shuttle is led round")]
    pub(crate) fn round(&self) -> Option<usize> {
        (self.departure.is_none() && self.made == 0 && Some(self.run) == self.repeats)
            .then_some(self.rounds)
    }

    /// Who is to make the next step; `None` at the end, and off the path.
    pub(crate) fn next(&self) -> Option<usize> {
        if self.departure.is_some() {
            return None;
        }
        self.runs.get(self.run).map(|run| run.thread)
    }

    /// Whether all steps of the schedule were made, and no others.
    pub(crate) fn fits(&self) -> bool {
        let over = match self.repeats {
            None => self.run == self.runs.len(),
            Some(_) => self.rounds >= ROUNDS,
        };
        self.departure.is_none() && over
    }

    /// A step was made. Returns whether this is where the execution departs.
    pub(crate) fn step(&mut self, thread: usize) -> bool {
        if self.departure.is_some() {
            return false;
        }
        self.departure = if self.owes_mark {
            let last = self.runs[self.run - 1];
            Some(Departure::Went {
                thread: last.thread,
                expected: last.mark,
            })
        } else {
            match self.runs.get(self.run) {
                None => Some(Departure::GoesOn { thread }),
                Some(run) if run.thread != thread => Some(Departure::Thread {
                    instead: thread,
                    expected: run.thread,
                }),
                Some(run) => {
                    self.steps += 1;
                    self.made += 1;
                    if self.made == run.steps {
                        self.owes_mark = run.mark != Mark::None;
                        self.made = 0;
                        self.run += 1;
                    }
                    if let Some(repeats) = self.repeats
                        && self.run == self.runs.len()
                    {
                        self.run = repeats;
                        self.rounds += 1;
                    }
                    None
                }
            }
        };
        self.departure.is_some()
    }

    /// The last step went this way. Returns whether this is where the execution departs.
    pub(crate) fn mark(&mut self, mark: Mark) -> bool {
        if self.departure.is_some() {
            return false;
        }
        let thread = self.runs[self.run.saturating_sub(usize::from(self.made == 0))].thread;
        let expected = if self.owes_mark {
            self.runs[self.run - 1].mark
        } else {
            Mark::None
        };
        if expected == mark {
            self.owes_mark = false;
            return false;
        }
        self.departure = Some(Departure::Went { thread, expected });
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(text: &str) -> Schedule {
        text.parse().unwrap()
    }

    #[test]
    fn is_read_as_it_is_written() {
        for text in [
            "loom@1 [main left right] main*4 left*2 right*5 left*3<0",
            "shuttle [main T1] main*1 T1*20 main*2!",
            "loom [main a b] a*1<18446744073709551615",
            "shuttle [main a b] main*3 a*2 ( b*2 a*3 )",
            "shuttle [a b] ( b*2 a*3 )",
            "shuttle [main^255 low^1 high^0] main*2 low*7 ( high*1 )",
        ] {
            assert_eq!(schedule(text).to_string(), text);
        }
        let it = schedule("loom@1 [main left right] main*4 left*2 left*1 right*5 left*3<0");
        assert_eq!(
            (it.steps(), it.switches(), it.preemptions),
            (15, 3, Some(1))
        );
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        for (text, why) in [
            ("", "brackets are missing"),
            ("loom main*1", "brackets are missing"),
            ("loom [main main*1", "do not end"),
            ("loom@x [main] main*1", "`x` is no number"),
            ("loom [main] other*1", "`other*1` is not understood"),
            ("loom [main] main*0", "`main*0` is not understood"),
            ("loom [main] main*1<x", "`main*1<x` is not understood"),
            ("loom [main]", "says nothing"),
            (" [main] main*1", "says nothing"),
            ("loom [main] main*1 ( )", "says nothing"),
            ("loom [main] main*1 )", "has no beginning"),
            ("shuttle [main^x] main*1", "`x` is no priority"),
            ("shuttle [main^256] main*1", "`256` is no priority"),
            ("shuttle [main^1 a] main*1", "priorities are missing"),
        ] {
            let error = text.parse::<Schedule>().unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn names_are_made_fit() {
        let threads = ["main", "a b", "a^b", "", "main"].map(str::to_owned);
        let names = Schedule::names(&threads);
        assert_eq!(names, ["main", "a_b", "a_b~2", "~2", "main~2"]);
    }

    #[test]
    fn steps_are_counted_by_run() {
        let mut steps = Steps::default();
        for thread in [0, 0, 1, 1, 0] {
            steps.step(thread);
        }
        steps.mark(Mark::Read(7));
        steps.step(0);
        let runs: Vec<_> = steps
            .runs
            .iter()
            .map(|run| (run.thread, run.steps))
            .collect();
        assert_eq!(runs, [(0, 2), (1, 2), (0, 1), (0, 1)]);
    }

    #[test]
    fn an_execution_is_followed() {
        let it = schedule("loom [main a] main*2 a*1<3 main*1");
        let mut follow = Follow::new(&it);
        assert_eq!(follow.next(), Some(0));
        assert!(!follow.step(0) && !follow.step(0));
        assert_eq!(follow.next(), Some(1));
        assert!(!follow.step(1) && !follow.mark(Mark::Read(3)));
        assert!(!follow.fits());
        assert!(!follow.step(0));
        assert!(follow.fits());
        assert!(follow.step(1));
        assert_eq!(follow.departure, Some(Departure::GoesOn { thread: 1 }));
        assert!(!follow.fits());
        follow.rewind();
        assert!(!follow.step(0));
        assert!(follow.step(1));
        assert!(matches!(
            follow.departure,
            Some(Departure::Thread {
                instead: 1,
                expected: 0
            })
        ));
        assert_eq!((follow.steps, follow.next()), (1, None));
    }

    #[test]
    fn what_repeats_is_followed_round_and_round() {
        let it = schedule("shuttle [main a] main*1 ( a*1 main*1 )");
        let mut follow = Follow::new(&it);
        assert!(!follow.step(0));
        for round in 0..ROUNDS {
            assert_eq!((follow.round(), follow.fits()), (Some(round), false));
            assert!(!follow.step(1));
            assert_eq!((follow.round(), follow.next()), (None, Some(0)));
            assert!(!follow.step(0));
        }
        assert!(follow.fits());
    }

    #[test]
    fn a_step_that_goes_another_way_departs() {
        let it = schedule("loom [main a] main*1 a*1<3 main*1");
        let went = |thread, expected| Some(Departure::Went { thread, expected });
        let mut follow = Follow::new(&it);
        assert!(!follow.step(0));
        assert!(follow.mark(Mark::Chose));
        assert_eq!(follow.departure, went(0, Mark::None));
        follow.rewind();
        assert!(!follow.step(0) && !follow.step(1));
        assert!(follow.mark(Mark::Read(4)));
        assert_eq!(follow.departure, went(1, Mark::Read(3)));
        follow.rewind();
        // It read the newest, which is not worth a mark.
        assert!(!follow.step(0) && !follow.step(1));
        assert!(follow.step(0));
        assert_eq!(follow.departure, went(1, Mark::Read(3)));
    }
}
