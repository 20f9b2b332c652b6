//! What both models share: the exploration that this OS thread is running, and the state of its
//! current execution.
//!
//! A word of a model is a constant: an initial value and a slot. The slot is stamped with the
//! execution it was bound in, so that a static starts fresh in every execution. What a lock *protects*
//! is ordinary memory and does not; and because a static lock's data is shared by all explorations of
//! a process, only one of them runs at a time.

pub mod asymmetric;
pub(crate) mod atomic;
pub(crate) mod fresh;
pub mod kernel;
pub(crate) mod local;
pub(crate) mod priority;

use core::any::Any;
use core::cell::{Cell, RefCell};
use core::num::NonZeroU64;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::world;

/// What a word says that is used after its owner was dropped.
pub(crate) const USE_AFTER_FREE: &str = "selvedge: use after free: a word was used after its owner had \
    been dropped; whoever frees an object must know that nobody is still inside it";

/// What a cell says that two threads are in.
#[allow(dead_code, reason = "loom finds races by itself")]
pub(crate) const DATA_RACE: &str = "selvedge: data race: a cell is used by one thread while another one \
    writes it; order the two accesses";

/// Numbers every execution of this process, from 1; a slot stamped 0 was never used.
static EXECUTIONS: AtomicU64 = AtomicU64::new(0);

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Runs in the children of a `fork`. A model has none.
#[derive(Debug)]
pub struct ForkHandler(());

impl ForkHandler {
    /// One that is not registered.
    pub const fn new(_handler: extern "C" fn()) -> Self {
        Self(())
    }

    /// Nothing to do.
    pub fn register(&'static self) -> bool {
        true
    }
}

std::thread_local! {
    static CURRENT: Cell<Current> = const { Cell::new(Current::Outside) };
    static CHOICES: Cell<Choices> = const { Cell::new(Choices::NONE) };
    /// The thread of the model that was last asked for its number.
    static LAST_THREAD: Cell<usize> = const { Cell::new(0) };
    /// What the last panic of this OS thread said.
    static LAST_PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
    /// What the panic said that made this execution fail.
    static FAILURE: RefCell<Option<String>> = const { RefCell::new(None) };
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Current {
    /// No exploration runs on this OS thread.
    Outside,
    /// One does, but none of its executions.
    Between,
    Running {
        execution: u64,
    },
    /// The execution has failed: every word is inert from here on.
    Failed {
        execution: u64,
    },
}

/// Asked in every operation: `Cell::get` would be a call of a function each time.
#[inline]
fn current() -> Current {
    CURRENT.try_with(Cell::get).unwrap_or(Current::Outside)
}

/// What the model may do beyond what the program asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choices {
    /// How many waits of one execution may return without a wake.
    pub(crate) spurious_wakes: usize,
    /// Whether wakes report how many threads they woke.
    pub(crate) wake_count_known: bool,
    /// Whether threads say that they look for a lock before they sleep.
    pub(crate) looks: bool,
}

impl Choices {
    pub(crate) const NONE: Self = Self {
        spurious_wakes: 0,
        wake_count_known: true,
        looks: false,
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

/// The process's one exploration, from its start to its end.
pub(crate) struct Exploring {
    _only: MutexGuard<'static, ()>,
}

impl Exploring {
    /// Waits until no other OS thread explores.
    pub(crate) fn begin() -> Self {
        assert!(
            CURRENT.get() == Current::Outside,
            "selvedge: an exploration was started inside another one, on the same OS thread; \
             run them one after the other"
        );
        // A panic of an exploration is a bug of the explorer, and leaves nothing behind but this.
        let only = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        CURRENT.set(Current::Between);
        Self { _only: only }
    }
}

impl Drop for Exploring {
    fn drop(&mut self) {
        CURRENT.set(Current::Outside);
        FAILURE.set(None);
        LAST_PANIC.set(None);
    }
}

/// A new execution begins.
pub(crate) fn begin_execution(choices: Choices) {
    kernel::begin_execution();
    priority::begin_execution();
    // Relaxed: a number of its own for each is all that is asked.
    let execution = EXECUTIONS.fetch_add(1, Relaxed) + 1;
    CURRENT.set(Current::Running { execution });
    CHOICES.set(choices);
    FAILURE.set(None);
}

/// The last execution, and how it ended, are of no interest any more.
pub(crate) fn forget_execution() {
    CURRENT.set(Current::Between);
    FAILURE.set(None);
}

/// The execution that this code runs in.
///
/// # Panics
///
/// Outside an execution.
#[track_caller]
#[inline]
pub(crate) fn here() -> u64 {
    match current() {
        Current::Running { execution } | Current::Failed { execution } => execution,
        Current::Outside | Current::Between => panic!(
            "selvedge: a primitive of a model world was used outside a model; run this code inside \
             `explore::Explorer::run`, or use the `selvedge` crate without the world for real threads"
        ),
    }
}

/// Whether this execution has failed, so that its words are inert: guards that are dropped while the
/// checker unwinds must not reach it again, or the process aborts.
#[inline]
pub(crate) fn inert() -> bool {
    matches!(current(), Current::Failed { .. })
}

/// Whether an execution is going on here and has not failed. Not so where a value that outlived its
/// model is dropped.
#[inline]
pub(crate) fn running() -> bool {
    matches!(current(), Current::Running { .. })
}

/// Somebody asks for the number of the current thread, and this is it.
pub(crate) fn note_thread(number: usize) {
    LAST_THREAD.set(number);
}

/// A number that belongs to the current thread in this execution only.
#[track_caller]
pub(crate) fn unique_thread() -> NonZeroU64 {
    let execution = here();
    let thread = if inert() || world::tearing_down() {
        // The checker cannot be asked any more. It is the thread that failed, as far as anybody knows.
        LAST_THREAD.get()
    } else {
        world::current_thread()
    };
    NonZeroU64::MIN.saturating_add(execution << INDEX_BITS | thread as u64)
}

/// The place of the current thread in the order of appearance.
#[track_caller]
pub(crate) fn seat() -> usize {
    (unique_thread().get() - 1) as usize % (1 << INDEX_BITS)
}

/// A wait in an execution that has failed. It cannot sleep, and nothing it waits for will happen.
pub(crate) fn wait_in_vain() {
    std::thread_local! {
        static WAITS: Cell<u32> = const { Cell::new(0) };
    }
    WAITS.set(WAITS.get() + 1);
    // A destructor that waits while its thread unwinds is let through, in case it gives up by itself.
    assert!(
        std::thread::panicking() && !WAITS.get().is_multiple_of(1000),
        "selvedge: a thread waits although its execution has failed"
    );
}

/// Whether an exploration runs on this OS thread.
pub(crate) fn exploring() -> bool {
    current() != Current::Outside
}

/// The panic hook reports what a panic says.
pub(crate) fn note_panic(message: String) {
    LAST_PANIC.set(Some(message));
}

/// What the last panic said, if the panic hook has reported it.
pub(crate) fn take_panic() -> Option<String> {
    LAST_PANIC.take()
}

/// A panic has come to the bottom of a thread. What it says is what the execution has failed with, if nobody knows
/// better: another thread of the system may have had the panic hook to itself when it was raised.
#[allow(dead_code, reason = "in loom it comes to the explorer")]
pub(crate) fn note_payload(payload: &(dyn Any + Send)) {
    if inert() {
        FAILURE.with_borrow_mut(|failure| {
            failure.get_or_insert_with(|| message_of(payload));
        });
    }
}

/// What a panic says.
pub(crate) fn message_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().cloned();
    text.or_else(|| Some((*payload.downcast_ref::<&str>()?).to_owned()))
        .unwrap_or_else(|| "a panic with a payload that is no text".to_owned())
}

/// What the panic said that made the current execution fail, if it has failed and that is known.
pub(crate) fn failure() -> Option<String> {
    FAILURE.with_borrow(Clone::clone).filter(|_| inert())
}

/// Raises a failure that the program has caught: `catch_unwind` around a data race does not undo it.
pub(crate) fn raise_what_was_caught() {
    if inert() {
        let failure = failure().unwrap_or_else(|| "the execution failed".to_owned());
        std::panic::panic_any(failure);
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
        // Threads that are left over when an execution has ended well are unwound too.
        if let Current::Running { execution } = CURRENT.get()
            && !world::tearing_down()
        {
            CURRENT.set(Current::Failed { execution });
            FAILURE.set(LAST_PANIC.take());
        }
    }
}

/// The current execution has failed, and nothing unwinds for it.
#[allow(dead_code, reason = "loom tells by a panic")]
pub(crate) fn note_failure(message: &str) {
    CURRENT.set(Current::Failed { execution: here() });
    FAILURE.set(Some(message.to_owned()));
}

/// Fails the execution.
#[track_caller]
pub(crate) fn fail(message: &str) -> ! {
    Operation::run(|| panic!("{message}"))
}

/// Put at the bottom of every model thread: a panic that gets here is not going to be caught.
pub(crate) fn thread_main<R>(body: impl FnOnce() -> R) -> R {
    Operation::run(body)
}

const INDEX_BITS: u32 = 16;

/// Where a constant object keeps what it is bound to: the stamp of the execution, and an index into
/// what the world keeps for that execution.
pub(crate) struct Slot(AtomicU64);

impl Slot {
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// The index this object is bound to in this execution, if it is.
    #[track_caller]
    pub(crate) fn get(&self) -> Option<usize> {
        let execution = here();
        // Relaxed, here and below: one exploration at a time uses it, and they follow each other under
        // a mutex.
        let slot = self.0.load(Relaxed);
        (slot >> INDEX_BITS == execution).then_some((slot & ((1 << INDEX_BITS) - 1)) as usize)
    }

    #[track_caller]
    pub(crate) fn set(&self, index: usize) {
        if index >= 1 << INDEX_BITS {
            fail(
                "selvedge: this cannot be explored: one execution uses more than 65536 words; make the program smaller",
            );
        }
        self.0.store(here() << INDEX_BITS | index as u64, Relaxed);
    }
}
