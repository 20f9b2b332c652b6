//! Run a program in every way it can run, and get the failing one back as a value.
//!
//! An [`Explorer`] runs a closure once per execution. The closure uses the primitives of this world
//! (and its [`thread`](crate::sys::thread)s) as it would on the machine. What comes back is an
//! [`Exploration`]: how many executions there were, whether that was all of them, and the [`Failure`],
//! if one failed: its verdict and its interleaving. The process goes on. We print nothing; shuttle writes
//! some lines of its own to the standard error when an execution fails.
//!
//! What starts fresh in every execution are the primitives, statics included. What they protect is
//! ordinary memory: make it inside the closure, or reset it there.
//!
//! [`check`] is the same for tests: it panics with the picture.
#![cfg(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))]
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "this module knows the world"
)]

use core::fmt;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use core::time::Duration;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Once};
use std::time::Instant;

use crate::sys::model::{self, Choices, Exploring};
use crate::trace::recorder;
use crate::trace::{Interleaving, Verdict, sentence};

#[cfg(all(shuttle, feature = "shuttle", not(all(loom, feature = "loom"))))]
mod bounded;
#[cfg(all(loom, feature = "loom"))]
#[path = "loom.rs"]
mod world;
#[cfg(all(shuttle, feature = "shuttle", not(all(loom, feature = "loom"))))]
#[path = "shuttle.rs"]
mod world;

pub use world::WORLD;

/// How to explore. The default is everything, without bounds.
#[derive(Clone, Debug)]
pub struct Explorer {
    preemptions: Option<usize>,
    executions: Option<usize>,
    duration: Option<Duration>,
    steps: usize,
    choices: Choices,
    strategy: Strategy,
}

/// Which schedules are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Strategy {
    /// One after the other until none is left. The only one of the loom world.
    Exhaustive,
    /// This many, each step picked at random (shuttle).
    Random {
        /// The number of executions.
        executions: usize,
        /// Where the random numbers start; the same seed gives the same executions.
        seed: u64,
    },
    /// This many, by PCT: threads have random priorities that change `depth - 1` times (shuttle).
    Pct {
        /// The number of executions.
        executions: usize,
        /// How many ordering constraints a bug may need.
        depth: usize,
        /// Where the random numbers start.
        seed: u64,
    },
}

impl Default for Explorer {
    fn default() -> Self {
        Self::new()
    }
}

impl Explorer {
    /// Everything, without bounds.
    pub fn new() -> Self {
        Self {
            preemptions: None,
            executions: None,
            duration: None,
            steps: 10_000,
            choices: Choices::NONE,
            strategy: Strategy::Exhaustive,
        }
    }

    /// Only executions in which at most `bound` times a thread is interrupted while it could go on.
    /// Most bugs need one or two; what lies beyond the bound is not looked at. (loom leaves out a few
    /// within the bound as well: once an execution has used it up, switches that would be free are not
    /// tried either.)
    #[must_use]
    pub fn preemptions(mut self, bound: usize) -> Self {
        self.preemptions = Some(bound);
        self
    }

    /// At most this many executions; the result then says that it is partial.
    #[must_use]
    pub fn executions(mut self, limit: usize) -> Self {
        self.executions = Some(limit);
        self
    }

    /// No new execution after this time; the result then says that it is partial.
    #[must_use]
    pub fn duration(mut self, limit: Duration) -> Self {
        self.duration = Some(limit);
        self
    }

    /// An execution may take this many steps (10 000 unless told); a longer one fails with
    /// [`Verdict::BoundReached`]. A step is a decision of the checker; in loom, an access is two or more.
    #[must_use]
    pub fn steps(mut self, limit: usize) -> Self {
        self.steps = limit;
        self
    }

    /// Lets up to `count` futex waits of an execution return without a wake. In the loom world this
    /// takes one of the five threads.
    #[must_use]
    pub fn spurious_wakes(mut self, count: usize) -> Self {
        self.choices.spurious_wakes = count;
        self
    }

    /// A futex wake does not tell how many it woke, as on some systems.
    #[must_use]
    pub fn unknown_wake_counts(mut self) -> Self {
        self.choices.wake_count_known = false;
        self
    }

    /// Which schedules to try. The loom world knows [`Strategy::Exhaustive`] only.
    #[must_use]
    pub fn strategy(mut self, strategy: Strategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// Explores `program`, from a fresh start in every execution.
    ///
    /// # Panics
    ///
    /// If it is called inside another exploration, or asked for a strategy that this world does not
    /// have. A failing program is a result, not a panic.
    pub fn run(&self, program: impl Fn() + Send + Sync + 'static) -> Exploration {
        world::validate(self);
        listen_to_panics();
        let _exploring = Exploring::begin();
        drop(recorder::take());
        let start = Instant::now();
        let progress = Progress::default();
        let outcome = catch_unwind(AssertUnwindSafe(|| world::run(self, &progress, program)));
        let threads = progress.threads();
        let failure = outcome.err().map(|payload| {
            // The panic that arrives here may be one that followed the first.
            let message = model::failure().unwrap_or_else(|| message_of(&*payload));
            let record = recorder::take();
            Failure {
                execution: progress.executions(),
                verdict: Verdict::of(&record, &message),
                message,
                interleaving: Interleaving::of(&record),
            }
        });
        let executions = progress.executions();
        let cut_short = self.executions.is_some_and(|limit| executions >= limit)
            || self.duration.is_some_and(|limit| start.elapsed() >= limit);
        Exploration {
            executions,
            threads,
            elapsed: start.elapsed(),
            complete: failure.is_none()
                && self.strategy == Strategy::Exhaustive
                && self.preemptions.is_none()
                && !cut_short,
            exhaustive: self.strategy == Strategy::Exhaustive && !cut_short,
            preemptions: self.preemptions,
            failure,
        }
    }
}

/// Explores `program` completely and panics with the picture if an execution fails.
///
/// # Panics
///
/// As [`Exploration::expect_pass`].
#[track_caller]
pub fn check(program: impl Fn() + Send + Sync + 'static) -> Exploration {
    let exploration = Explorer::new().run(program);
    exploration.expect_pass();
    exploration
}

/// What became of an exploration.
#[derive(Clone, Debug)]
pub struct Exploration {
    executions: usize,
    threads: usize,
    elapsed: Duration,
    complete: bool,
    exhaustive: bool,
    preemptions: Option<usize>,
    failure: Option<Failure>,
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
            "selvedge: nothing was explored; allow at least one execution"
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
        match &self.failure {
            Some(failure) => write!(f, "{WORLD}: fails in execution {}", failure.execution)?,
            None => write!(f, "{WORLD}: {} executions pass", self.executions)?,
        }
        match (
            self.failure.is_some(),
            self.complete,
            self.exhaustive,
            self.preemptions,
        ) {
            (true, _, _, Some(bound)) => write!(f, " (at most {bound} preemptions)"),
            (true, ..) => Ok(()),
            (false, true, ..) => write!(f, ", which is all there are"),
            (false, false, true, Some(bound)) => {
                write!(f, ", all that are tried with at most {bound} preemptions")
            }
            (false, false, true, None) => Ok(()),
            (false, false, false, _) => write!(f, ", not all there are"),
        }
    }
}

/// A failing execution.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Which one it was, from 1.
    pub execution: usize,
    /// What it died of.
    pub verdict: Verdict,
    /// What the checker, or the panic, said.
    pub message: String,
    /// What happened.
    pub interleaving: Interleaving,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.interleaving)?;
        writeln!(f, "{}", sentence("why   ", &self.verdict.to_string()))?;
        if matches!(
            self.verdict,
            Verdict::Panic | Verdict::DataRace | Verdict::UseAfterFree
        ) {
            for line in self.message.lines().filter(|line| !line.trim().is_empty()) {
                writeln!(f, "      {line}")?;
            }
        }
        Ok(())
    }
}

/// What the world reports while it runs. Everything is on one OS thread; the atomics are for the
/// `Send` that the checkers ask of a closure.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    executions: AtomicUsize,
    /// The most threads of an execution that is over.
    threads: AtomicUsize,
}

impl Progress {
    fn executions(&self) -> usize {
        self.0.executions.load(Relaxed)
    }

    fn threads(&self) -> usize {
        self.0.threads.load(Relaxed).max(recorder::threads())
    }

    /// A new execution begins.
    pub(crate) fn begin_execution(&self) {
        self.0.threads.fetch_max(recorder::threads(), Relaxed);
        self.0.executions.fetch_add(1, Relaxed);
        recorder::begin_execution();
    }

    /// What was run so far does not count: it is run again.
    #[allow(dead_code, reason = "only loom starts again")]
    pub(crate) fn start_again(&self) {
        self.0.executions.store(0, Relaxed);
    }
}

fn message_of(payload: &(dyn core::any::Any + Send)) -> String {
    payload
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| {
            payload
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
        })
        .unwrap_or_else(|| "a panic with a payload that is no text".to_owned())
}

// --- panics inside models are results, and not for the terminal -----------------------------------

/// Panics of an OS thread that explores are kept and not printed.
fn listen_to_panics() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if model::exploring() {
                model::note_panic(message_of(info.payload()));
            } else {
                loud(info);
            }
        }));
    });
}
