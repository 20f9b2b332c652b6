//! What became of an exploration.

use core::fmt;
use core::time::Duration;

use std::io::IsTerminal;

use super::replay::REPLAY;
use super::stages::Stage;
use super::terminal::grouped;
use super::{Strategy, WORLD, colour};
use crate::trace::{Event, EventKind, Interleaving, Schedule, Verdict, Wait, Waiting, sentence};

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
            // It is the standard error that a panic is printed on.
            panic!(
                "selvedge: the model fails\n{}",
                failure.text_for(&std::io::stderr())
            );
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
        let says_more = match self.verdict {
            Verdict::Panic | Verdict::UseAfterFree | Verdict::CannotExplore => true,
            // What the checker says of a race names lines inside of this crate.
            Verdict::DataRace => self.race().is_none(),
            _ => false,
        };
        let message = if says_more { self.message.as_str() } else { "" };
        let message = message
            .strip_prefix("selvedge: use after free: ")
            .unwrap_or(message);
        message
            .lines()
            .map(str::trim_end)
            .filter(|line| !line.trim().is_empty())
    }

    /// The verdict, with what the picture knows about it.
    fn reason(&self) -> String {
        let threads = &self.interleaving.threads;
        let last = threads.get(self.interleaving.last_thread);
        let whose = last.map_or(String::new(), |thread| format!(" in {thread}"));
        match (&self.verdict, &self.interleaving.panicked_at) {
            (Verdict::Panic, Some(line)) => format!("{}{whose} ({line})", self.verdict),
            (Verdict::Panic, None) => format!("{}{whose}", self.verdict),
            (Verdict::UseAfterFree, _) => {
                let mut events = self.interleaving.events.iter();
                let line = events.rfind(|event| {
                    event.thread == self.interleaving.last_thread && event.location.is_some()
                });
                let line = line.and_then(|event| event.location.as_ref());
                let line = line.map_or(String::new(), |line| format!(", after {line}"));
                format!("{}{whose}{line}", self.verdict)
            }
            (Verdict::DataRace, _) => match self.race() {
                Some(race) => format!("data race: {race}"),
                None => self.verdict.to_string(),
            },
            (Verdict::LostWakeup { asleep }, _) => {
                let hints = [self.let_go(asleep), self.in_vain(asleep), self.stale()];
                let hints = hints.into_iter().flatten();
                hints.fold(self.verdict.to_string(), |told, hint| {
                    format!("{told}; {hint}")
                })
            }
            _ => self.verdict.to_string(),
        }
    }

    /// The names of what is waited for.
    fn waited_for(asleep: &[Waiting]) -> Vec<&str> {
        let objects = asleep.iter().filter_map(|waiting| match &waiting.wants {
            Wait::Object { name, .. } => Some(name.as_str()),
            Wait::Thread(_) => None,
        });
        objects.collect()
    }

    /// What is waited for can be held, and is not.
    fn let_go(&self, asleep: &[Waiting]) -> Option<String> {
        let waited_for = Self::waited_for(asleep);
        let was_held = |name: &&str| {
            let mut events = self.interleaving.events.iter();
            events.any(|event| {
                event.kind == EventKind::Released && event.object.as_deref() == Some(*name)
            })
        };
        let name = waited_for.into_iter().find(was_held)?;
        Some(format!("nobody holds {name} any more"))
    }

    /// The last read of a value that was not the newest, of those that are shown.
    fn stale(&self) -> Option<String> {
        let mut events = self.interleaving.events.iter();
        let event = events.rfind(|event| event.stale.is_some() && !event.internal)?;
        let thread = &self.interleaving.threads[event.thread];
        let object = event.object.as_deref().unwrap_or("a word");
        Some(format!(
            "{thread} read a value of {object} that was not the newest"
        ))
    }

    /// The two accesses of a data race, in words: the last one, and the last one before it by another thread to the same
    /// cell, if one of the two writes.
    fn race(&self) -> Option<String> {
        let events = &self.interleaving.events;
        let is_access = |event: &&Event| event.kind == EventKind::Cell;
        let last = events
            .iter()
            .rfind(|event| is_access(event) && event.thread == self.interleaving.last_thread)?;
        let writes = |event: &Event| event.text.starts_with("write ");
        let other = events.iter().rfind(|event| {
            is_access(event)
                && event.object == last.object
                && event.thread != last.thread
                && (writes(event) || writes(last))
        })?;
        let told = |event: &Event| {
            let line = event.location.as_ref();
            let line = line.map_or(String::new(), |line| format!(" ({line})"));
            let what = if writes(event) { "writes" } else { "reads" };
            (&self.interleaving.threads[event.thread], what, line)
        };
        let ((one, does, line), (two, did, then)) = (told(last), told(other));
        let object = last.object.as_deref().unwrap_or("a cell");
        Some(format!(
            "{one} {does} {object}{line} and {two} {did} it{then}, and nothing says which comes first"
        ))
    }

    /// A notification that found nobody, of what is waited for in vain.
    fn in_vain(&self, asleep: &[Waiting]) -> Option<String> {
        let waited_for = Self::waited_for(asleep);
        let events = self.interleaving.events.iter();
        let notifies = |event: &&Event| {
            event.kind == EventKind::Notified
                && event.shared.ends_with(": nobody waits")
                && waited_for.contains(&event.object.as_deref().unwrap_or_default())
        };
        let event = events.rev().find(notifies)?;
        Some(format!(
            "when {} called {}, nobody was waiting",
            self.interleaving.threads[event.thread], event.text
        ))
    }

    /// What the last thread did, for the last row, where it is not a row of its own.
    fn last_row(&self) -> Option<&'static str> {
        match self.verdict {
            Verdict::Panic => Some("panics"),
            Verdict::DataRace => Some("data race"),
            Verdict::UseAfterFree => Some("use after free"),
            Verdict::BoundReached => Some("too many steps"),
            _ => None,
        }
    }

    /// The sentence that says why it fails.
    pub(super) fn why(&self) -> String {
        let details: Vec<_> = self.details().map(str::trim).collect();
        match details.is_empty() {
            true => self.reason(),
            false => format!("{}: {}", self.reason(), details.join(" ")),
        }
    }

    /// Where the objects are that the program has not named.
    pub(super) fn names(&self) -> Option<String> {
        let objects = self.interleaving.objects.iter();
        let told: Vec<_> = objects
            .filter(|object| !object.named)
            .filter_map(|object| {
                let line = object.first_used.as_ref()?;
                let at = if line.starts_with("after ") {
                    ""
                } else {
                    "at "
                };
                Some(format!("{} is first used {at}{line}", object.name))
            })
            .collect();
        (!told.is_empty()).then(|| told.join("; "))
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

    /// The same text in colours, for a terminal. They say nothing that the text does not.
    pub fn coloured(&self) -> String {
        colour::paint(&self.to_string())
    }

    /// The text for a stream: in colours if it is a terminal that has them and the user has not said otherwise
    /// (`NO_COLOR`, `CLICOLOR_FORCE`).
    pub fn text_for(&self, stream: &impl IsTerminal) -> String {
        match colour::wanted(stream.is_terminal(), |name| std::env::var_os(name)) {
            true => self.coloured(),
            false => self.to_string(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.last_row() {
            Some(end) => write!(f, "{}", self.interleaving.ending_in(end))?,
            None => write!(f, "{}", self.interleaving)?,
        }
        writeln!(f, "{}", sentence("why   ", &self.reason()))?;
        for line in self.details() {
            writeln!(f, "{}", sentence("      ", line))?;
        }
        if let Some(names) = self.names() {
            writeln!(f, "{}", sentence("names ", &names))?;
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
