//! Threads of the model.

use core::num::NonZeroU64;

use super::with_pool;
use crate::sys::model::{self, Operation};
use crate::trace::recorder;

/// Spawns a thread of the model. At most [`loom::MAX_THREADS`], the root included.
#[track_caller]
pub fn spawn<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    spawn_as(None, body)
}

/// Spawns a thread of the model with a name for the picture.
#[track_caller]
pub fn spawn_named<T: Send + 'static>(
    name: &str,
    body: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    spawn_as(Some(name.to_owned()), body)
}

#[track_caller]
fn spawn_as<T: Send + 'static>(
    name: Option<String>,
    body: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    model::here();
    let there = with_pool(|pool| pool.threads.len() + usize::from(!pool.coins.is_empty()));
    if there == loom::MAX_THREADS {
        let coins = with_pool(|pool| !pool.coins.is_empty());
        let playing = if coins {
            ", one of them for the spurious wakes"
        } else {
            ""
        };
        model::fail(&format!(
            "selvedge: this cannot be explored: loom has at most {} threads in an execution, the root included{playing}, and \
             one more is started; use fewer, or the shuttle world",
            loom::MAX_THREADS
        ));
    }
    let mut number = 0;
    let handle = Operation::run(|| {
        loom::thread::spawn(move || {
            model::thread_main(|| {
                recorder::step();
                let result = body();
                recorder::thread_ends();
                result
            })
        })
    });
    recorder::step();
    with_pool(|pool| {
        pool.threads.push(handle.thread().id());
        number = pool.threads.len() - 1;
    });
    recorder::thread_spawned(number, name);
    JoinHandle { handle, number }
}

/// A handle to wait for a thread with.
#[derive(Debug)]
pub struct JoinHandle<T> {
    handle: loom::thread::JoinHandle<T>,
    number: usize,
}

impl<T> JoinHandle<T> {
    /// Waits for the thread to end.
    ///
    /// # Errors
    ///
    /// Only when the execution has failed already and is being unwound. A thread that panics fails the
    /// execution.
    #[track_caller]
    pub fn join(self) -> std::thread::Result<T> {
        if model::inert() {
            return Err(Box::new("the execution has failed"));
        }
        recorder::joins(self.number);
        let result = Operation::run(|| self.handle.join());
        recorder::step();
        recorder::joined(self.number);
        result
    }
}

/// Lets another thread run.
#[track_caller]
pub fn yield_now() {
    if !model::inert() {
        recorder::yields();
        Operation::run(loom::thread::yield_now);
        recorder::step();
    }
}

/// Whether a thread of this execution unwinds: they all run on one thread of the system, which is what can be asked.
pub fn panicking() -> bool {
    std::thread::panicking()
}

/// A number that no other thread of this execution has.
pub fn current_id() -> NonZeroU64 {
    NonZeroU64::MIN.saturating_add(super::current_thread() as u64)
}

/// A number that no other thread has, had or will have; in a model, none of this execution nor of any other. There
/// [`current_id`] gives the same numbers again in every execution, and this is for what outlives one.
#[track_caller]
pub fn unique_id() -> NonZeroU64 {
    model::unique_thread()
}

/// The place of the current thread in the order of appearance.
#[track_caller]
pub fn seat() -> usize {
    model::seat()
}
