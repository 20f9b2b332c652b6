//! What is counted while an exploration runs, when it has to end, and what a terminal is told meanwhile.

use core::cell::{Cell, RefCell};
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use core::time::Duration;
use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::time::Instant;

use super::terminal::{self, Line};
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
                    line.is_over(clock.progress.executions());
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
            let line = line.as_mut();
            if let Some(text) = line.and_then(|line| line.tell(now, clock.progress.executions())) {
                write(&text);
            }
        });
    });
}

// --- the terminal -------------------------------------------------------------------------------------

/// The line on the terminal, for as long as this is there.
pub(super) struct Told(());

impl Told {
    /// Tells about it from now on, if there is anybody to be told.
    pub(super) fn begin(asked: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        if terminal::wanted(asked, terminal, std::env::var_os("TERM")) {
            LINE.set(Some(Line::new(Instant::now())));
        }
        Self(())
    }

    /// What is done from here on.
    pub(super) fn goes_on_with(what: impl FnOnce() -> String) {
        LINE.with_borrow_mut(|line| {
            if let Some(line) = line {
                line.goes_on_with(what());
            }
        });
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        if let Some(last) = LINE.take().and_then(Line::end) {
            write(last);
        }
    }
}

/// Not by `eprint`, which a test keeps to itself. A terminal that is gone is no reason to fail.
fn write(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
