//! What is counted while an exploration runs, when it has to end, and what a terminal is told meanwhile.

use core::cell::{Cell, RefCell};
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use core::time::Duration;
use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::time::Instant;

use crate::trace::recorder;

/// What the world reports while it runs. Everything is on one OS thread; the atomics are for the
/// `Send` that the checkers ask of a closure.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    executions: AtomicUsize,
    /// The most threads of an execution that is over.
    threads: AtomicUsize,
    /// The last execution was not run to its end, because the time was up.
    interrupted: AtomicBool,
    /// There was nothing left to try.
    finished: AtomicBool,
    /// The bound on preemptions has left something out.
    bound_met: AtomicBool,
}

impl Progress {
    /// How many executions were begun, and not interrupted.
    pub(super) fn executions(&self) -> usize {
        self.0.executions.load(Relaxed)
    }

    pub(super) fn threads(&self) -> usize {
        self.0.threads.load(Relaxed).max(recorder::threads())
    }

    /// A new execution begins.
    pub(crate) fn begin_execution(&self) {
        self.0.threads.fetch_max(recorder::threads(), Relaxed);
        self.0.executions.fetch_add(1, Relaxed);
        recorder::begin_execution();
        look();
    }

    /// What was run so far does not count: it is run again.
    #[allow(dead_code, reason = "only loom starts again")]
    pub(crate) fn start_again(&self) {
        self.0.executions.store(0, Relaxed);
    }

    /// The execution that was begun last ends before its end, and does not count.
    pub(super) fn interrupt(&self) {
        if !self.0.interrupted.swap(true, Relaxed) {
            self.0.executions.fetch_sub(1, Relaxed);
        }
    }

    #[allow(dead_code, reason = "loom is told by a panic")]
    pub(super) fn is_interrupted(&self) -> bool {
        self.0.interrupted.load(Relaxed)
    }

    /// Every execution that was asked for has been run.
    pub(super) fn finish(&self) {
        self.0.finished.store(true, Relaxed);
    }

    pub(super) fn is_finished(&self) -> bool {
        self.0.finished.load(Relaxed)
    }

    /// The bound on preemptions leaves something out.
    pub(super) fn meet_bound(&self) {
        self.0.bound_met.store(true, Relaxed);
    }

    pub(super) fn has_met_bound(&self) -> bool {
        self.0.bound_met.load(Relaxed)
    }
}

// --- the clock --------------------------------------------------------------------------------------

/// The clock is looked at this often, in steps: it takes as long as some of them.
const STEPS: u32 = 64;

std::thread_local! {
    /// Of the attempt that this OS thread is running.
    static CLOCK: RefCell<Option<Clock>> = const { RefCell::new(None) };
    static LINE: RefCell<Option<Line>> = const { RefCell::new(None) };
    static STEP: Cell<u32> = const { Cell::new(0) };
    static TIME_IS_UP: Cell<bool> = const { Cell::new(false) };
}

struct Clock {
    deadline: Option<Instant>,
    progress: Progress,
}

/// An attempt of this OS thread, for as long as it is there: when it has to end, and what it counts.
pub(super) struct Timed(());

impl Timed {
    pub(super) fn begin(limit: Option<Duration>, progress: &Progress) -> Self {
        TIME_IS_UP.set(false);
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        let progress = progress.clone();
        CLOCK.set(Some(Clock { deadline, progress }));
        Self(())
    }
}

impl Drop for Timed {
    fn drop(&mut self) {
        TIME_IS_UP.set(false);
        if let Some(clock) = CLOCK.take() {
            LINE.with_borrow_mut(|line| {
                if let Some(line) = line {
                    line.before += clock.progress.executions();
                }
            });
        }
    }
}

/// A step is made, by whatever thread of the model. Returns whether the time is up: then nothing more is to be run.
pub(crate) fn tick() -> bool {
    let step = STEP.get().wrapping_add(1);
    STEP.set(step);
    if step.is_multiple_of(STEPS) {
        look();
    }
    TIME_IS_UP.get()
}

/// Whether the attempt has to end.
pub(super) fn time_is_up() -> bool {
    TIME_IS_UP.get()
}

/// Looks at the clock.
fn look() {
    let now = Instant::now();
    CLOCK.with_borrow(|clock| {
        let Some(clock) = clock else { return };
        if clock.deadline.is_some_and(|deadline| now >= deadline) {
            TIME_IS_UP.set(true);
        }
        LINE.with_borrow_mut(|line| {
            if let Some(line) = line {
                line.tell(now, clock.progress.executions());
            }
        });
    });
}

// --- the terminal -------------------------------------------------------------------------------------

/// A terminal is told nothing of what takes less than this.
const PATIENCE: Duration = Duration::from_secs(1);
/// And is told anew after this.
const INTERVAL: Duration = Duration::from_millis(250);
/// No terminal is narrower than this: a longer line would leave pieces of itself behind.
const WIDTH: usize = 79;

/// The line on the terminal.
struct Line {
    start: Instant,
    due: Instant,
    shown: bool,
    /// What is being done.
    what: String,
    /// How many executions the parts had that are over.
    before: usize,
}

/// The line on the terminal, for as long as this is there.
pub(super) struct Told(());

impl Told {
    /// Tells about it from now on, if there is anybody to be told.
    pub(super) fn begin(wanted: bool) -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|kind| kind == "dumb");
        if wanted && !dumb && std::io::stderr().is_terminal() {
            let start = Instant::now();
            LINE.set(Some(Line {
                start,
                due: start + PATIENCE,
                shown: false,
                what: String::new(),
                before: 0,
            }));
        }
        Self(())
    }

    /// What is done from here on.
    pub(super) fn goes_on_with(what: impl FnOnce() -> String) {
        LINE.with_borrow_mut(|line| {
            if let Some(line) = line {
                line.what = what();
            }
        });
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        if LINE.take().is_some_and(|line| line.shown) {
            write("\r\x1b[K");
        }
    }
}

impl Line {
    fn tell(&mut self, now: Instant, executions: usize) {
        if now >= self.due {
            self.due = now + INTERVAL;
            self.shown = true;
            let text = text(&self.what, self.before + executions, now - self.start);
            write(&format!("\r{text}\x1b[K"));
        }
    }
}

/// Not by `eprint`, which a test keeps to itself. A terminal that is gone is no reason to fail.
fn write(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// What a terminal is told.
fn text(what: &str, executions: usize, elapsed: Duration) -> String {
    let rate = executions as f64 / elapsed.as_secs_f64().max(0.001);
    let text = format!(
        "{}: {what}: {} executions, {}/s, {} s",
        super::WORLD,
        grouped(executions),
        grouped(rate as usize),
        elapsed.as_secs()
    );
    text.chars().take(WIDTH).collect()
}

/// A number with its thousands apart.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}
