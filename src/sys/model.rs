//! What both models share: which exploration this OS thread is running, and the state of its
//! current execution.
//!
//! A word of a model is a constant: an initial value and a slot per *lane*. An exploration owns one
//! lane from start to end, so that a `static` used by two explorations on two OS threads (tests run
//! side by side) is two independent words; and a slot is stamped with the execution it was bound in,
//! so that a static starts fresh in every execution.

use core::cell::Cell;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, PoisonError};

/// Explorations that can run at the same time in one process; one more waits for a lane.
pub(crate) const LANES: usize = 8;

/// Numbers every execution of this process, from 1; a slot stamped 0 was never used.
static EXECUTIONS: AtomicU64 = AtomicU64::new(0);

static LANES_TAKEN: Mutex<[bool; LANES]> = Mutex::new([false; LANES]);
static LANE_FREED: Condvar = Condvar::new();

std::thread_local! {
    static CURRENT: Cell<Option<Current>> = const { Cell::new(None) };
    static CHOICES: Cell<Choices> = const { Cell::new(Choices::NONE) };
}

#[derive(Clone, Copy)]
struct Current {
    lane: usize,
    execution: u64,
    /// The execution has failed: every word is inert from here on.
    failed: bool,
}

/// What the model may do beyond what the program asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choices {
    /// How many waits of one execution may return without a wake.
    pub(crate) spurious_wakes: usize,
    /// Whether wakes report how many threads they woke.
    pub(crate) wake_count_known: bool,
}

impl Choices {
    pub(crate) const NONE: Self = Self {
        spurious_wakes: 0,
        wake_count_known: true,
    };
}

pub(crate) fn choices() -> Choices {
    CHOICES.get()
}

/// Uses up one of the spurious wakes that this execution may still have.
pub(crate) fn use_spurious_wake() {
    let mut choices = CHOICES.get();
    choices.spurious_wakes = choices.spurious_wakes.saturating_sub(1);
    CHOICES.set(choices);
}

/// An exploration's place in the process, from its start to its end.
pub(crate) struct Lane {
    index: usize,
}

impl Lane {
    /// Takes a lane, waiting for one if all are in use.
    pub(crate) fn take() -> Self {
        assert!(
            CURRENT.get().is_none(),
            "selvedge: an exploration was started inside another one, on the same OS thread; \
             run them one after the other"
        );
        let mut taken = LANES_TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        let index = loop {
            if let Some(index) = taken.iter().position(|taken| !taken) {
                break index;
            }
            taken = LANE_FREED
                .wait(taken)
                .unwrap_or_else(PoisonError::into_inner);
        };
        taken[index] = true;
        CURRENT.set(Some(Current {
            lane: index,
            execution: 0,
            failed: false,
        }));
        Self { index }
    }

    /// A new execution begins on this lane, with these choices.
    pub(crate) fn begin_execution(lane: usize, choices: Choices) {
        let execution = EXECUTIONS.fetch_add(1, Relaxed) + 1;
        CURRENT.set(Some(Current {
            lane,
            execution,
            failed: false,
        }));
        CHOICES.set(choices);
    }

    pub(crate) fn index(&self) -> usize {
        self.index
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        CURRENT.set(None);
        LANES_TAKEN.lock().unwrap_or_else(PoisonError::into_inner)[self.index] = false;
        LANE_FREED.notify_one();
    }
}

/// The lane and the execution that this code runs in.
///
/// # Panics
///
/// Outside an exploration.
#[track_caller]
pub(crate) fn here() -> (usize, u64) {
    match CURRENT.get() {
        Some(current) if current.execution != 0 => (current.lane, current.execution),
        _ => panic!(
            "selvedge: a primitive of a model world was used outside a model; run this code inside \
             `explore::Explorer::run`, or use the `selvedge` crate without the world for real threads"
        ),
    }
}

/// Whether this execution has failed, so that its words are inert: guards that are dropped while the
/// checker unwinds must not reach it again, or the process aborts.
pub(crate) fn inert() -> bool {
    CURRENT.get().is_some_and(|current| current.failed)
}

/// Whether an execution is going on here and has not failed. Not so where a value that outlived its
/// model is dropped.
pub(crate) fn running() -> bool {
    CURRENT
        .get()
        .is_some_and(|current| !current.failed && current.execution != 0)
}

/// The current execution has failed.
pub(crate) fn fail_execution() {
    if let Some(current) = CURRENT.get() {
        CURRENT.set(Some(Current {
            failed: true,
            ..current
        }));
    }
}

/// Notices a panic that starts inside an operation of the checker (a deadlock, a data race, a bound
/// that was reached) and makes the execution inert from there on. Merely being in a panicking thread
/// is not enough: `catch_unwind` inside a model needs its unlocks to work.
pub(crate) struct Operation(());

impl Operation {
    #[inline]
    pub(crate) fn run<R>(operation: impl FnOnce() -> R) -> R {
        let watch = Self(());
        let result = operation();
        core::mem::forget(watch);
        result
    }
}

impl Drop for Operation {
    fn drop(&mut self) {
        fail_execution();
    }
}

/// Put at the bottom of every model thread: a panic that gets here is not going to be caught.
pub(crate) fn thread_main<R>(body: impl FnOnce() -> R) -> R {
    Operation::run(body)
}

const INDEX_BITS: u32 = 16;

/// Where a constant object keeps what it is bound to: for each lane, the stamp of the execution and
/// an index into what the world keeps for that execution.
pub(crate) struct Slots([AtomicU64; LANES]);

impl Slots {
    pub(crate) const fn new() -> Self {
        Self([const { AtomicU64::new(0) }; LANES])
    }

    /// The index this object is bound to in this execution, if it is.
    #[track_caller]
    pub(crate) fn get(&self) -> Option<usize> {
        let (lane, execution) = here();
        // Relaxed, here and below: a lane belongs to one OS thread at a time, and changes hands
        // under a mutex.
        let slot = self.0[lane].load(Relaxed);
        (slot >> INDEX_BITS == execution).then_some((slot & ((1 << INDEX_BITS) - 1)) as usize)
    }

    #[track_caller]
    pub(crate) fn set(&self, index: usize) {
        assert!(
            index < 1 << INDEX_BITS,
            "selvedge: one execution of this model uses more than {} words; explore a smaller program",
            1 << INDEX_BITS
        );
        let (lane, execution) = here();
        self.0[lane].store(execution << INDEX_BITS | index as u64, Relaxed);
    }
}
