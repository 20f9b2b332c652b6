//! What is counted while an exploration runs.

use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::Arc;

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
}

impl Progress {
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
    }

    /// What was run so far does not count: it is run again.
    #[allow(dead_code, reason = "only loom starts again")]
    pub(crate) fn start_again(&self) {
        self.0.executions.store(0, Relaxed);
    }
}
