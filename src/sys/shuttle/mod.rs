//! The shuttle world: sequentially consistent, many threads, schedules picked at random or one after
//! the other until none is left.
//!
//! **What it shows.** Lost wake-ups, deadlocks, broken exclusion and starvation counters with many
//! threads; *any* waiter may be the one that is woken; timeouts at every moment; spurious returns.
//!
//! **What it cannot show.** Weak memory: every access is sequentially consistent, whatever its
//! ordering says, and fences do nothing. It sees no data race that is not an overlap. That is the
//! loom world's part.
//!
//! **How a futex is modelled.** There is a scheduling point before every operation and none inside,
//! so compare-and-enqueue is one step. A wake for fewer threads than are waiting makes *all* of them
//! candidates: they become schedulable, the first ones that the scheduler picks are the ones that
//! were woken, and the others fall back asleep without running. A timed wait stays schedulable; when
//! it is picked while still queued, it has timed out. A spurious return uses shuttle's own: a blocked
//! task that may be picked, and does not count as able to run when a deadlock is looked for. A requeue
//! moves waiters in order of arrival. Addresses are numbers of this execution, so that a wake at a
//! stale address reaches nobody.
//!
//! The atomics are our own and not shuttle's, because theirs keep a static's value from one
//! execution to the next, and a schedule would not replay.

mod futex;
pub(in crate::sys) mod words;

pub(in crate::sys) mod asymmetric;
pub mod cell;
pub mod thread;

use core::hash::{Hash, Hasher};
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;

use shuttle_engine::runtime::execution::ExecutionState;
use shuttle_engine::runtime::task::TaskId;

use super::Ordering;
use super::model;
use crate::trace::recorder;

pub(super) use super::model::atomic::{alone, changes_soon};
pub(super) use super::model::local;

pub use super::model::atomic::{
    AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Awaited, add_counting,
    address_hash, glance, glimpse, is_looking_of_use, learn, look, looks, poll, soon, spin_until,
};
pub use futex::{Address, Shuttle as Native};

std::thread_local! {
    static POOL: RefCell<Pool> = RefCell::new(Pool::default());
}

/// What this execution's words hold, and who sleeps on them.
#[derive(Default)]
struct Pool {
    words: Vec<u64>,
    cells: Vec<cell::Accesses>,
    dropped: Vec<usize>,
    sleepers: Vec<Rc<futex::Sleeper>>,
    awaiting: Vec<(usize, TaskId)>,
    /// Threads that somebody waits for the end of.
    joined: Vec<TaskId>,
}

pub(crate) fn begin_execution() {
    let last = POOL.take();
    drop(last);
}

fn with_pool<R>(f: impl FnOnce(&mut Pool) -> R) -> R {
    POOL.with(|pool| f(&mut pool.borrow_mut()))
}

/// A number made of the state of the program, as far as it is known here: what the words hold, who sleeps where, and what
/// each thread did last.
pub(crate) fn state_hash() -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    with_pool(|pool| {
        // Words come and go, on the stacks of threads; what is gone is not part of the state, and its number is not used
        // again.
        let alive: Vec<usize> = (0..pool.words.len())
            .filter(|index| !pool.dropped.contains(index))
            .collect();
        let place = |index: usize| alive.binary_search(&index).ok();
        for &index in &alive {
            pool.words[index].hash(&mut hasher);
        }
        for sleeper in &pool.sleepers {
            sleeper.state_hash(place, &mut hasher);
        }
        for &(index, task) in &pool.awaiting {
            (place(index), usize::from(task)).hash(&mut hasher);
        }
    });
    recorder::hash_threads(&mut hasher);
    hasher.finish()
}

/// Whether an execution that ended well is being cleared away: shuttle unwinds the threads that are left.
pub(super) fn tearing_down() -> bool {
    ExecutionState::try_with(|state| state.in_cleanup()).unwrap_or(true)
}

/// The number of the current thread: shuttle counts them from 0, the root.
pub(crate) fn current_thread() -> usize {
    let number = usize::from(ExecutionState::me());
    model::note_thread(number);
    number
}

/// A scheduling point.
#[track_caller]
fn switch() {
    model::here(); // outside a model shuttle would panic less helpfully
    shuttle_engine::runtime::thread::switch();
    recorder::step();
}

/// The execution does something else than the schedule that it is compared with. The scheduler asks for itself.
pub(crate) fn departs() {}

/// The exploration has to end now. The scheduler asks for itself.
pub(crate) fn time_is_up() {}

/// Whether the thread is in a wait that may time out, and nobody has woken it.
pub(crate) fn may_time_out(thread: usize) -> bool {
    with_pool(|pool| {
        let mut sleepers = pool.sleepers.iter();
        sleepers.any(|sleeper| sleeper.may_time_out(thread))
    })
}

/// Blocks the current thread until it is unblocked.
fn block(spurious: bool) {
    ExecutionState::with(|state| state.current_mut().block(spurious));
    if are_stuck(None) {
        deadlock();
    }
}

/// Whether none of the threads can run, `but` this one, and there is one that has to.
fn are_stuck(but: Option<TaskId>) -> bool {
    ExecutionState::with(|state| {
        let mut has_to = false;
        let mut threads = (0..)
            .map_while(|number| state.try_get(TaskId::from(number)))
            .filter(|task| Some(task.id()) != but);
        threads.all(|task| {
            has_to |= !task.finished() && !task.is_detached();
            !task.runnable()
        }) && has_to
    })
}

/// The execution has failed, as shuttle would say in a moment, and on the standard error too.
fn deadlock() -> ! {
    model::note_failure("deadlock! blocked tasks: see the picture");
    stop()
}

/// Nothing of this execution is of interest any more. The scheduler sees that it has failed, and ends it.
pub(crate) fn stop() -> ! {
    ExecutionState::with(|state| state.current_mut().unblock());
    loop {
        shuttle_engine::runtime::thread::switch();
    }
}

/// The bottom of every thread: a panic that gets here fails the execution, and shuttle need not print it.
pub(crate) fn bottom<R>(body: impl FnOnce() -> R) -> R {
    let result = catch_unwind(AssertUnwindSafe(|| {
        model::thread_main(|| {
            recorder::step();
            let result = body();
            recorder::thread_ends();
            if model::running() {
                ends();
            }
            result
        })
    }));
    result.unwrap_or_else(|payload| {
        if tearing_down() {
            resume_unwind(payload)
        }
        model::note_payload(&*payload);
        stop()
    })
}

/// The current thread waits for the end of another.
fn begin_join(target: TaskId) {
    with_pool(|pool| pool.joined.push(target));
    let finished = ExecutionState::with(|state| state.get(target).finished());
    if !finished && are_stuck(Some(ExecutionState::me())) {
        deadlock();
    }
}

fn end_join(target: TaskId) {
    with_pool(|pool| {
        let at = pool.joined.iter().position(|&joined| joined == target);
        at.map(|at| pool.joined.remove(at))
    });
}

/// The current thread is about to end.
fn ends() {
    let me = ExecutionState::me();
    if !with_pool(|pool| pool.joined.contains(&me)) && are_stuck(Some(me)) {
        deadlock();
    }
}

fn unblock(task: TaskId) {
    ExecutionState::with(|state| state.get_mut(task).unblock());
}

/// An atomic fence: nothing to do where everything is sequentially consistent.
#[track_caller]
pub fn fence(order: Ordering) {
    if !model::inert() {
        recorder::fence(order);
    }
}
