//! Threads of the model.

use core::num::NonZeroU64;

use shuttle_engine::runtime::task::TaskId;

use super::{begin_join, bottom, end_join};
use crate::sys::model;
use crate::trace::recorder;

/// Spawns a thread of the model.
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
    let handle = shuttle::thread::spawn(move || bottom(body));
    recorder::step();
    let number = usize::from(handle.thread().id());
    recorder::thread_spawned(number, name);
    JoinHandle { handle, number }
}

/// A handle to wait for a thread with.
#[derive(Debug)]
pub struct JoinHandle<T> {
    handle: shuttle::thread::JoinHandle<T>,
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
        let target = TaskId::from(self.number);
        begin_join(target);
        let result = self.handle.join();
        end_join(target);
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
        shuttle::thread::yield_now();
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
