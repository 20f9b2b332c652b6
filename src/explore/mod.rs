//! Run a program in every way it can run, and get the failing one back as a value.
//!
//! An [`Explorer`] runs a closure once per execution. The closure uses the primitives of this world
//! (and its [`thread`](crate::sys::thread)s) as it would on the machine. What comes back is an
//! [`Exploration`]: how many executions there were, whether that was all of them, and the [`Failure`],
//! if one failed: its verdict and its interleaving. The process goes on, and nothing is printed.
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

use core::time::Duration;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::sys::model::{self, Choices, Exploring};
use crate::trace::{Interleaving, Schedule, Verdict, recorder};
use progress::{Timed, Told};

#[cfg(all(shuttle, feature = "shuttle", not(all(loom, feature = "loom"))))]
mod bounded;
mod colour;
#[cfg(all(shuttle, feature = "shuttle", not(all(loom, feature = "loom"))))]
mod deviations;
mod executor;
#[cfg(all(shuttle, feature = "shuttle", not(all(loom, feature = "loom"))))]
mod lasso;
mod minimize;
mod outcome;
mod page;
mod panics;
#[cfg(all(shuttle, feature = "shuttle", not(all(loom, feature = "loom"))))]
mod priority;
mod progress;
#[cfg(all(shuttle, feature = "shuttle", not(all(loom, feature = "loom"))))]
mod random;
mod replay;
mod report;
mod stages;
mod terminal;
#[cfg(all(loom, feature = "loom"))]
#[path = "loom.rs"]
mod world;
#[cfg(all(shuttle, feature = "shuttle", not(all(loom, feature = "loom"))))]
#[path = "shuttle.rs"]
mod world;

#[doc(hidden)]
pub use colour::wanted as colours_wanted;
pub use executor::block_on;
pub use outcome::{Exploration, Failure};
pub(crate) use progress::{Progress, tick};
pub use replay::Departed;
pub use report::ReportError;
pub use stages::Stage;
#[doc(hidden)]
pub use terminal::{Line as ProgressLine, wanted as progress_wanted};
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
    minimize: bool,
    ladder: bool,
    progress: bool,
    /// Everything is tried before the strategy begins, if that takes no more executions than this.
    everything_first: Option<usize>,
    /// An execution that is too long is a failure. Not so where a strategy is not fair, and others come after it: a thread
    /// that asks again and again looks to it like one that never ends.
    bound_is_failure: bool,
    /// An inversion among priorities that were only drawn is a failure.
    #[cfg_attr(
        loom,
        allow(dead_code, reason = "in loom no thread goes before others")
    )]
    drawn_priorities: bool,
    leaks: bool,
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
    /// This many that repeat one short pattern for ever: finds [`Verdict::Livelock`] and [`Verdict::Starvation`]
    /// (shuttle). Whoever goes on for ever on purpose calls [`trace::progress`](crate::trace::progress) in each round.
    Lasso {
        /// The number of executions. There are some hundred patterns.
        executions: usize,
        /// Where the random numbers start.
        seed: u64,
    },
    /// This many, each interleaving about as likely as any other (uniform random walk, shuttle).
    Urw {
        /// The number of executions.
        executions: usize,
        /// Where the random numbers start.
        seed: u64,
    },
    /// This many, as on one processor that always runs the thread with the highest priority: finds
    /// [`Verdict::PriorityInversion`] (shuttle). The priorities are those that the program
    /// [gives](crate::trace::priority), others are drawn; when a thread is ready for the first time is random.
    Priority {
        /// The number of executions.
        executions: usize,
        /// Where the random numbers start.
        seed: u64,
    },
    /// All of these, one after the other, until one finds something: random, PCT, uniform random walk, everything with at
    /// most 0, 1, 2 and 3 preemptions, loops, priorities (shuttle). It ends early if everything was tried. The
    /// [stages](Exploration::stages) tell what each did. Priorities that are only drawn are no promise of the
    /// program's: here an inversion counts among threads that were given theirs.
    Portfolio {
        /// The number of executions of all of them together.
        executions: usize,
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
            minimize: true,
            ladder: false,
            progress: true,
            everything_first: None,
            bound_is_failure: true,
            drawn_priorities: true,
            leaks: false,
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

    /// No more after this time; the result then says that it is partial. An execution that is under way is given up and does
    /// not count; only code that uses nothing of this crate for long makes it take longer, and the
    /// [search for fewer preemptions](Self::minimize) after a failure has some seconds of its own.
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

    /// First without preemptions, then with one at most, with two, and so on to the bound that
    /// [`preemptions`](Self::preemptions) says; without one to four, and then everything. The first failure has the fewest
    /// preemptions, so nothing is searched for after it; and if the limits end the exploration, the
    /// [stages](Exploration::stages) tell which bounds were finished.
    #[must_use]
    pub fn ladder(mut self) -> Self {
        self.ladder = true;
        self
    }

    /// Whether an exploration that takes longer than a second tells the terminal how it goes, on a line that it takes away
    /// at the end. It does, unless told, if the standard error is a terminal.
    #[must_use]
    pub fn progress(mut self, progress: bool) -> Self {
        self.progress = progress;
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

    /// Threads that find a [`Mutex`](crate::Mutex) held say so in its word before they sleep, as they do on the machine, where
    /// they look for it meanwhile. Unless told they do not: to who uses the lock it makes no difference, and it multiplies the
    /// executions. The mutex itself is explored with it.
    #[must_use]
    pub fn looks(mut self) -> Self {
        self.choices.looks = true;
        self
    }

    /// Which schedules to try. The loom world knows [`Strategy::Exhaustive`] only.
    #[must_use]
    pub fn strategy(mut self, strategy: Strategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// Whether an execution that fails is followed by a search for one that fails in the same way with fewer
    /// preemptions, which is the one that is reported then. It is, unless told; it takes some seconds at most.
    #[must_use]
    pub fn minimize(mut self, minimize: bool) -> Self {
        self.minimize = minimize;
        self
    }

    /// Whether an execution fails with [`Verdict::Leak`] when all its threads have ended and something is still held: a guard
    /// that was forgotten, a permit that nobody gave back. It does not, unless told: some programs do so on purpose.
    ///
    /// It is the record of what was obtained and given back that is looked at. So a static that lives on is no leak; and
    /// what was never obtained is none either: words, cells and memory are not counted. (loom counts its own `Arc`s,
    /// allocations and messages; those it always reports, with the same verdict.) If a thread goes on when the
    /// root has ended, nothing is said.
    #[must_use]
    pub fn leaks(mut self, look: bool) -> Self {
        self.leaks = look;
        self
    }

    /// Explores `program`, from a fresh start in every execution.
    ///
    /// If the environment variable `SELVEDGE_REPLAY` holds a schedule of this world, that is what is run, and
    /// nothing else.
    ///
    /// # Panics
    ///
    /// If it is called inside another exploration, or asked for a strategy that this world does not
    /// have. A failing program is a result, not a panic. And if `SELVEDGE_REPLAY` holds what is no schedule, or one that
    /// does not fit the program.
    pub fn run(&self, program: impl Fn() + Send + Sync + 'static) -> Exploration {
        let program: Program = Arc::new(program);
        if let Some(schedule) = replay::asked_for() {
            return match self.follow(&schedule, &program) {
                Ok(exploration) => exploration,
                Err(departed) => panic!("{departed}"),
            };
        }
        self.validate();
        world::validate(self);
        let exploring = begin();
        let told = Told::begin(self.progress);
        let exploration = self.explore(&program);
        drop(told);
        drop(exploring);
        exploration
    }

    fn validate(&self) {
        assert!(
            !self.ladder || self.strategy == Strategy::Exhaustive,
            "selvedge: only Strategy::Exhaustive has a ladder of bounds; leave ladder() out"
        );
    }

    /// Runs the one execution that `schedule` describes, as a failure of this world gives it.
    ///
    /// # Errors
    ///
    /// The program does something else than the schedule says; the error shows where.
    ///
    /// # Panics
    ///
    /// If the schedule was made in the other world.
    pub fn replay(
        &self,
        schedule: &Schedule,
        program: impl Fn() + Send + Sync + 'static,
    ) -> Result<Exploration, Departed> {
        let program: Program = Arc::new(program);
        self.follow(schedule, &program)
    }

    /// Executions of `program` by the plan, until one fails.
    fn attempt(&self, plan: Plan, program: &Program) -> Attempt {
        drop(recorder::take());
        let progress = Progress::default();
        let _timed = Timed::begin(self.duration, &progress);
        model::priority::force(plan.priorities(self.strategy));
        let found = world::Found::default();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            world::run(self, plan, &progress, &found, Arc::clone(program));
        }));
        let threads = progress.threads();
        let failure = outcome.err().and_then(|payload| {
            // The panic that arrives here may be one that followed the first.
            let message = model::failure().unwrap_or_else(|| model::message_of(&*payload));
            if message == recorder::OVER {
                progress.interrupt();
            }
            let fails = message != recorder::OVER && message != recorder::FOLLOWED;
            fails.then(|| self.failure(message, &progress, &found))
        });
        model::forget_execution();
        model::priority::force(None);
        Attempt {
            executions: progress.executions(),
            threads,
            failure,
            finished: progress.is_finished(),
            bound_met: progress.has_met_bound(),
            #[cfg(all(shuttle, feature = "shuttle", not(all(loom, feature = "loom"))))]
            found,
        }
    }

    /// The execution that has just failed.
    #[cfg_attr(loom, allow(unused_variables, reason = "loom finds nothing out"))]
    fn failure(&self, message: String, progress: &Progress, found: &world::Found) -> Failure {
        let mut record = recorder::take();
        record.priorities = model::priority::in_force(record.threads.len());
        let interleaving = Interleaving::of(&record);
        let schedule = (!record.steps.overflowed).then(|| Schedule {
            world: WORLD.to_owned(),
            preemptions: self.preemptions,
            threads: Schedule::names(&interleaving.threads),
            runs: record.steps.merged(),
            repeats: record.steps.repeats,
            priorities: record.priorities.clone(),
        });
        Failure {
            world: WORLD.to_owned(),
            execution: progress.executions(),
            verdict: Verdict::of(&record, &message),
            message,
            schedule,
            interleaving,
            #[cfg(all(loom, feature = "loom"))]
            preemptions: self.preemptions,
            #[cfg(not(all(loom, feature = "loom")))]
            preemptions: found.preemptions_of(record.repeats.is_some()),
            least: false,
            #[cfg(not(all(loom, feature = "loom")))]
            deviations: found.deviations(),
            #[cfg(not(all(loom, feature = "loom")))]
            case: found.case(),
        }
    }
}

/// What is explored.
type Program = Arc<dyn Fn() + Send + Sync>;

/// Which executions there are to be.
enum Plan {
    /// Those that the explorer says.
    Search,
    /// Those that may be of the schedule that the recorder follows, which has these priorities.
    Follow(Option<Vec<u8>>),
    /// The one that deviates so often from doing the obvious.
    #[cfg(all(shuttle, feature = "shuttle", not(all(loom, feature = "loom"))))]
    Deviate(Vec<deviations::Deviation>),
    /// The one with these priorities and arrivals.
    #[cfg(all(shuttle, feature = "shuttle", not(all(loom, feature = "loom"))))]
    Arrive(priority::Case),
}

impl Plan {
    /// The priorities that the threads are run by, and have for a start; if they are.
    fn priorities(&self, strategy: Strategy) -> Option<Vec<u8>> {
        match self {
            Self::Follow(priorities) => priorities.clone(),
            Self::Search => matches!(strategy, Strategy::Priority { .. }).then(Vec::new),
            #[cfg(all(shuttle, feature = "shuttle", not(all(loom, feature = "loom"))))]
            Self::Deviate(_) => None,
            #[cfg(all(shuttle, feature = "shuttle", not(all(loom, feature = "loom"))))]
            Self::Arrive(_) => Some(Vec::new()),
        }
    }
}

/// What became of a plan.
struct Attempt {
    executions: usize,
    threads: usize,
    failure: Option<Failure>,
    /// Nothing was left to try.
    finished: bool,
    /// The bound on preemptions may have left something out.
    bound_met: bool,
    #[cfg(all(shuttle, feature = "shuttle", not(all(loom, feature = "loom"))))]
    found: world::Found,
}

/// This OS thread explores from here on.
fn begin() -> Exploring {
    let exploring = Exploring::begin();
    panics::listen();
    exploring
}

/// Explores `program` and panics with the picture if an execution fails.
///
/// In the loom world that is everything there is, however long it takes. In the shuttle world, whose exhaustive search
/// tries much that makes no difference and often has no end, it is everything if that is at most 20 000 executions; if not, a
/// [`Strategy::Portfolio`] of 16 000 follows, from seed 1.
///
/// # Panics
///
/// As [`Exploration::expect_pass`].
#[track_caller]
pub fn check(program: impl Fn() + Send + Sync + 'static) -> Exploration {
    let exploration = world::checker().run(program);
    exploration.expect_pass();
    exploration
}
