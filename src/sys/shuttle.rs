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

use core::cell::Cell;
use core::fmt;
use core::ops::Deref;
use std::cell::RefCell;
use std::rc::Rc;

use shuttle_engine::runtime::execution::ExecutionState;
use shuttle_engine::runtime::task::TaskId;

use super::model::{self, Slot, USE_AFTER_FREE};
use super::{Backend, Futex, Instant, Ordering, Wait};
use crate::trace::recorder::{self, WordEvent};

std::thread_local! {
    static POOL: RefCell<Pool> = RefCell::new(Pool::default());
}

/// What this execution's words hold, and who sleeps on them.
#[derive(Default)]
struct Pool {
    words: Vec<u64>,
    cells: Vec<Accesses>,
    dropped: Vec<usize>,
    sleepers: Vec<Rc<Sleeper>>,
    awaiting: Vec<(usize, TaskId)>,
}

/// The accesses to a cell that are going on.
#[derive(Clone, Copy, Default)]
struct Accesses {
    readers: usize,
    writers: usize,
}

struct Sleeper {
    /// The word it sleeps on; a requeue changes it.
    key: Cell<usize>,
    task: TaskId,
    thread: usize,
    kind: Sleep,
    state: RefCell<State>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sleep {
    UntilWoken,
    /// May be picked by the scheduler at any time, and returns as woken.
    Spurious,
    /// May be picked by the scheduler at any time, and has timed out then.
    Timed,
}

enum State {
    Queued,
    /// One of several that a wake may take; the first to run take it.
    Candidate(Rc<Grant>),
    Woken,
}

/// A wake that has not yet decided whom it wakes.
struct Grant {
    left: Cell<usize>,
}

pub(crate) fn begin_execution() {
    let last = POOL.take();
    drop(last);
}

fn with_pool<R>(f: impl FnOnce(&mut Pool) -> R) -> R {
    POOL.with(|pool| f(&mut pool.borrow_mut()))
}

/// Whether an execution that ended well is being cleared away: shuttle unwinds the threads that are left.
pub(super) fn tearing_down() -> bool {
    ExecutionState::try_with(|state| state.in_cleanup()).unwrap_or(true)
}

/// The number of the current thread: shuttle counts them from 0, the root.
pub(crate) fn current_thread() -> usize {
    usize::from(ExecutionState::me())
}

/// A scheduling point.
#[track_caller]
fn switch() {
    model::here(); // outside a model shuttle would panic less helpfully
    shuttle_engine::runtime::thread::switch();
}

fn block(spurious: bool) {
    ExecutionState::with(|state| state.current_mut().block(spurious));
}

fn unblock(task: TaskId) {
    ExecutionState::with(|state| state.get_mut(task).unblock());
}

// ---------------------------------------------------------------------------------------------
// Atomics

/// An atomic word of the shuttle world.
pub struct Atomic<T: Value> {
    initial: T,
    slot: Slot,
}

/// A byte.
pub type AtomicU8 = Atomic<u8>;
/// A flag.
pub type AtomicBool = Atomic<bool>;
/// A word.
pub type AtomicU32 = Atomic<u32>;
/// A long word.
pub type AtomicU64 = Atomic<u64>;
/// A pointer-sized number.
pub type AtomicUsize = Atomic<usize>;
/// A pointer.
pub type AtomicPtr<T> = Atomic<*mut T>;

// SAFETY: all threads of a shuttle model run on one OS thread; and only one exploration
// runs at a time.
unsafe impl<T: Value> Sync for Atomic<T> {}
// SAFETY: as above; a raw pointer inside is only a number here.
unsafe impl<T: Value> Send for Atomic<T> {}

/// What an [`Atomic`] can hold. Implemented for the types above only.
pub trait Value: Copy + Eq + fmt::Debug + 'static + sealed::Bits {}

mod sealed {
    pub trait Bits: Sized {
        fn to_bits(self) -> u64;
        fn from_bits(bits: u64) -> Self;
    }
}
use sealed::Bits;

macro_rules! value {
    ([$($generic:tt)*] $value:ty, $to:expr, $from:expr) => {
        impl<$($generic)*> Value for $value {}
        impl<$($generic)*> Bits for $value {
            fn to_bits(self) -> u64 {
                let to: fn($value) -> u64 = $to;
                to(self)
            }
            fn from_bits(bits: u64) -> Self {
                let from: fn(u64) -> $value = $from;
                from(bits)
            }
        }
    };
}
value!([] u8, |v| v.into(), |b| b as u8);
value!([] bool, |v| v.into(), |b| b != 0);
value!([] u32, |v| v.into(), |b| b as u32);
value!([] u64, |v| v, |b| b);
value!([] usize, |v| v as u64, |b| b as usize);
value!([P: 'static] *mut P, |v| v.expose_provenance() as u64, |b| {
    core::ptr::with_exposed_provenance_mut(b as usize)
});

impl<T: Value> Atomic<T> {
    /// A word that holds `value` at the start of every execution.
    pub const fn new(value: T) -> Self {
        Self {
            initial: value,
            slot: Slot::new(),
        }
    }

    #[track_caller]
    fn index(&self) -> usize {
        let index = self.slot.get().unwrap_or_else(|| {
            let index = with_pool(|pool| {
                pool.words.push(self.initial.to_bits());
                pool.words.len() - 1
            });
            self.slot.set(index);
            index
        });
        if with_pool(|pool| pool.dropped.contains(&index)) {
            model::fail(USE_AFTER_FREE)
        }
        index
    }

    fn address(&self) -> usize {
        core::ptr::from_ref(self).addr()
    }

    fn peek(index: usize) -> T {
        T::from_bits(with_pool(|pool| pool.words[index]))
    }

    /// Writes, and lets whoever awaits this word look again.
    fn poke(index: usize, value: T) {
        let waiting = with_pool(|pool| {
            pool.words[index] = value.to_bits();
            if pool.awaiting.is_empty() {
                return Vec::new();
            }
            let (now, later) = core::mem::take(&mut pool.awaiting)
                .into_iter()
                .partition(|(word, _)| *word == index);
            pool.awaiting = later;
            now
        });
        for (_, task) in waiting {
            unblock(task);
        }
    }

    /// Loads the value.
    #[track_caller]
    pub fn load(&self, order: Ordering) -> T {
        if model::inert() {
            return self.initial;
        }
        switch();
        let value = Self::peek(self.index());
        recorder::word(self.address(), || WordEvent::Load(value.to_bits(), order));
        value
    }

    /// Stores `value`.
    #[track_caller]
    pub fn store(&self, value: T, order: Ordering) {
        if model::inert() {
            return;
        }
        switch();
        let index = self.index();
        recorder::word(self.address(), || WordEvent::Store(value.to_bits(), order));
        Self::poke(index, value);
    }

    /// Stores `value` and returns what was there.
    #[track_caller]
    pub fn swap(&self, value: T, order: Ordering) -> T {
        self.modify("swap", order, |_| value)
    }

    /// Stores `new` if the value is `current`; returns what was there.
    #[track_caller]
    pub fn compare_exchange(
        &self,
        current: T,
        new: T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<T, T> {
        if model::inert() {
            return Ok(current);
        }
        switch();
        let index = self.index();
        let actual = Self::peek(index);
        if actual != current {
            recorder::word(self.address(), || {
                WordEvent::Refused(current.to_bits(), actual.to_bits(), failure)
            });
            return Err(actual);
        }
        recorder::word(self.address(), || {
            WordEvent::Change(
                "compare_exchange",
                current.to_bits(),
                new.to_bits(),
                success,
            )
        });
        Self::poke(index, new);
        Ok(current)
    }

    /// As [`compare_exchange`](Self::compare_exchange): the model never fails for no reason.
    #[track_caller]
    pub fn compare_exchange_weak(
        &self,
        current: T,
        new: T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<T, T> {
        self.compare_exchange(current, new, success, failure)
    }

    #[track_caller]
    fn modify(&self, name: &'static str, order: Ordering, change: impl FnOnce(T) -> T) -> T {
        if model::inert() {
            return self.initial;
        }
        switch();
        let index = self.index();
        let old = Self::peek(index);
        let new = change(old);
        recorder::word(self.address(), || {
            WordEvent::Change(name, old.to_bits(), new.to_bits(), order)
        });
        Self::poke(index, new);
        old
    }
}

impl<T: Value> Drop for Atomic<T> {
    fn drop(&mut self) {
        if model::running()
            && let Some(index) = self.slot.get()
        {
            with_pool(|pool| pool.dropped.push(index));
        }
    }
}

impl<T: Value> fmt::Debug for Atomic<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !model::running() {
            return f.write_str("_");
        }
        switch();
        Self::peek(self.index()).fmt(f)
    }
}

macro_rules! arithmetic {
    ($($value:ty),*) => {$(
        impl Atomic<$value> {
            /// Adds, wrapping around; returns what was there.
            #[track_caller]
            pub fn fetch_add(&self, by: $value, order: Ordering) -> $value {
                self.modify("fetch_add", order, |old| old.wrapping_add(by))
            }
            /// Subtracts, wrapping around; returns what was there.
            #[track_caller]
            pub fn fetch_sub(&self, by: $value, order: Ordering) -> $value {
                self.modify("fetch_sub", order, |old| old.wrapping_sub(by))
            }
            /// Keeps the greater; returns what was there.
            #[track_caller]
            pub fn fetch_max(&self, other: $value, order: Ordering) -> $value {
                self.modify("fetch_max", order, |old| old.max(other))
            }
            /// Keeps the smaller; returns what was there.
            #[track_caller]
            pub fn fetch_min(&self, other: $value, order: Ordering) -> $value {
                self.modify("fetch_min", order, |old| old.min(other))
            }
        }
    )*};
}
arithmetic!(u8, u32, u64, usize);

macro_rules! bitwise {
    ($($value:ty),*) => {$(
        impl Atomic<$value> {
            /// Sets bits; returns what was there.
            #[track_caller]
            pub fn fetch_or(&self, bits: $value, order: Ordering) -> $value {
                self.modify("fetch_or", order, |old| old | bits)
            }
            /// Keeps bits; returns what was there.
            #[track_caller]
            pub fn fetch_and(&self, bits: $value, order: Ordering) -> $value {
                self.modify("fetch_and", order, |old| old & bits)
            }
            /// Flips bits; returns what was there.
            #[track_caller]
            pub fn fetch_xor(&self, bits: $value, order: Ordering) -> $value {
                self.modify("fetch_xor", order, |old| old ^ bits)
            }
        }
    )*};
}
bitwise!(bool, u8, u32, u64, usize);

/// An atomic fence: nothing to do where everything is sequentially consistent.
#[track_caller]
pub fn fence(order: Ordering) {
    if !model::inert() {
        recorder::fence(order);
    }
}

// ---------------------------------------------------------------------------------------------
// The futex

/// Which word: its number in this execution, so that nothing needs to be alive there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    index: usize,
    address: usize,
}

impl Address {
    #[track_caller]
    pub(super) fn of(word: &AtomicU32) -> Self {
        let index = if model::inert() { 0 } else { word.index() };
        Self {
            index,
            address: word.address(),
        }
    }
}

/// The shuttle model of a futex.
#[derive(Clone, Copy, Debug)]
pub struct Shuttle;
/// The backend of this world.
pub use Shuttle as Native;

impl Backend for Shuttle {
    const NAME: &'static str = "shuttle";

    #[track_caller]
    fn wait(futex: &Futex, expected: u32, deadline: Option<Instant>) -> Wait {
        if model::inert() {
            model::wait_in_vain();
            return Wait::Woken;
        }
        let word: &AtomicU32 = futex;
        switch();
        let index = word.index();
        let value = AtomicU32::peek(index);
        // No scheduling point from here until the thread is in the queue: one step.
        if value != expected {
            recorder::futex_changed(word.address(), expected, value);
            return Wait::Changed;
        }
        let kind = if deadline.is_some() {
            Sleep::Timed
        } else if model::choices().spurious_wakes > 0 {
            Sleep::Spurious
        } else {
            Sleep::UntilWoken
        };
        let sleeper = Rc::new(Sleeper {
            key: Cell::new(index),
            task: ExecutionState::me(),
            thread: current_thread(),
            kind,
            state: RefCell::new(State::Queued),
        });
        with_pool(|pool| pool.sleepers.push(Rc::clone(&sleeper)));
        recorder::futex_sleeps(word.address(), deadline.is_some());
        let outcome = sleeper.sleep();
        match outcome {
            Wait::TimedOut => recorder::futex_timed_out(word.address()),
            _ => recorder::futex_woken(word.address()),
        }
        outcome
    }

    #[track_caller]
    fn wake(address: Address, count: usize) -> Option<usize> {
        if model::inert() {
            return Some(0);
        }
        switch();
        let mut waiting = Sleeper::at(address.index);
        let mut undecided = Sleeper::undecided(&waiting);
        if undecided > 0 && waiting.iter().any(|sleeper| sleeper.queued()) {
            // An earlier wake has not decided yet, and somebody came after it, whom it must not
            // wake: it is decided now, in order of arrival.
            Sleeper::decide(address.index);
            waiting = Sleeper::at(address.index);
            undecided = 0;
        }
        let woken = (waiting.len() - undecided).min(count);
        let leaving = undecided + woken;
        recorder::futex_wakes(
            address.address,
            woken,
            // Only when there is no choice is it known who it is.
            waiting
                .iter()
                .filter(|_| woken == waiting.len())
                .map(|sleeper| sleeper.thread),
        );
        if leaving == waiting.len() {
            for sleeper in &waiting {
                sleeper.wake();
            }
        } else if leaving > 0 {
            let grant = Rc::new(Grant {
                left: Cell::new(leaving),
            });
            for sleeper in &waiting {
                if sleeper.queued() {
                    sleeper.make_runnable();
                }
                sleeper.state.replace(State::Candidate(Rc::clone(&grant)));
            }
        }
        model::choices().wake_count_known.then_some(woken)
    }

    #[track_caller]
    fn requeue(from: &Futex, expected: u32, to: Address, count: usize) -> Option<usize> {
        if model::inert() {
            return Some(0);
        }
        let word: &AtomicU32 = from;
        switch();
        let index = word.index();
        if AtomicU32::peek(index) != expected {
            return None;
        }
        Sleeper::decide(index);
        let moved = with_pool(|pool| {
            let mut moved = Vec::new();
            let (mut moving, mut staying) = (Vec::new(), Vec::new());
            for sleeper in core::mem::take(&mut pool.sleepers) {
                if sleeper.key.get() == index && sleeper.queued() && moving.len() < count {
                    sleeper.key.set(to.index);
                    moved.push(sleeper.thread);
                    moving.push(sleeper);
                } else {
                    staying.push(sleeper);
                }
            }
            staying.append(&mut moving);
            pool.sleepers = staying;
            moved
        });
        recorder::futex_requeues(word.address(), to.address, &moved);
        Some(moved.len())
    }
}

impl Sleeper {
    /// Everybody who sleeps at a word, in order of arrival.
    fn at(key: usize) -> Vec<Rc<Self>> {
        with_pool(|pool| {
            pool.sleepers
                .iter()
                .filter(|sleeper| sleeper.key.get() == key)
                .cloned()
                .collect()
        })
    }

    /// How many of these are going to leave by wakes that have not decided who it is.
    fn undecided(waiting: &[Rc<Self>]) -> usize {
        waiting
            .iter()
            .find_map(|sleeper| match &*sleeper.state.borrow() {
                State::Candidate(grant) => Some(grant.left.get()),
                _ => None,
            })
            .unwrap_or(0)
    }

    /// Makes the wakes at a word decide now, in order of arrival.
    fn decide(key: usize) {
        let waiting = Self::at(key);
        let undecided = Self::undecided(&waiting);
        let mut candidates = waiting.iter().filter(|sleeper| !sleeper.queued());
        for sleeper in candidates.by_ref().take(undecided) {
            sleeper.wake();
        }
        for sleeper in candidates {
            sleeper.fall_back_asleep();
        }
    }

    /// The wake that it was a candidate for has taken others.
    fn fall_back_asleep(&self) {
        self.state.replace(State::Queued);
        if self.kind != Sleep::Timed {
            let spurious = self.kind == Sleep::Spurious;
            ExecutionState::with(|state| state.get_mut(self.task).block(spurious));
        }
    }

    fn queued(&self) -> bool {
        matches!(*self.state.borrow(), State::Queued)
    }

    fn make_runnable(&self) {
        // A timed sleeper never stopped being schedulable.
        if self.kind != Sleep::Timed {
            unblock(self.task);
        }
    }

    /// Takes it out of the queue as woken.
    fn wake(&self) {
        let was_queued = self.queued();
        self.state.replace(State::Woken);
        with_pool(|pool| pool.sleepers.retain(|other| !core::ptr::eq(&**other, self)));
        if was_queued {
            self.make_runnable();
        }
    }

    fn sleep(self: &Rc<Self>) -> Wait {
        loop {
            let spurious = self.kind == Sleep::Spurious && model::choices().spurious_wakes > 0;
            if self.kind == Sleep::Timed {
                // It does not hold on to the processor: going on is what has to be asked for.
                ExecutionState::request_yield();
            } else {
                block(spurious);
            }
            switch();
            // Several may have been allowed to come back for no reason, and others have by now.
            let for_no_reason = self.kind == Sleep::Spurious && self.queued();
            if !for_no_reason || model::choices().spurious_wakes > 0 {
                break;
            }
        }
        let state = self.state.replace(State::Woken);
        with_pool(|pool| pool.sleepers.retain(|other| !Rc::ptr_eq(other, self)));
        match state {
            State::Woken => Wait::Woken,
            State::Candidate(grant) => {
                // Picked first: this is who was woken. Whoever cannot be any more sleeps on.
                grant.left.set(grant.left.get() - 1);
                if grant.left.get() == 0 {
                    for other in Self::candidates(&grant) {
                        other.fall_back_asleep();
                    }
                }
                Wait::Woken
            }
            State::Queued if self.kind == Sleep::Timed => Wait::TimedOut,
            State::Queued => {
                model::use_spurious_wake();
                Wait::Woken
            }
        }
    }

    fn candidates(grant: &Rc<Grant>) -> Vec<Rc<Self>> {
        with_pool(|pool| {
            pool.sleepers
                .iter()
                .filter(|sleeper| {
                    matches!(&*sleeper.state.borrow(), State::Candidate(of) if Rc::ptr_eq(of, grant))
                })
                .cloned()
                .collect()
        })
    }
}

// ---------------------------------------------------------------------------------------------
// Spinning

/// The models take no looks before going to sleep: sleeping at once is one of the things that can
/// happen on the machine, and looking first adds nothing to it but executions.
#[inline]
pub fn poll(_ready: impl FnMut() -> bool) {}

/// Addresses differ from execution to execution; one bucket for all does not.
#[inline]
pub fn address_hash(_address: *const ()) -> usize {
    0
}

/// Words that [`spin_until`] can wait for.
pub trait Awaited {
    /// What the word holds.
    type Value: Copy;
    #[doc(hidden)]
    type Word: Value;
    #[doc(hidden)]
    fn word(&self) -> &Atomic<Self::Word>;
    #[doc(hidden)]
    fn value(word: Self::Word) -> Self::Value;
}

impl<T: Value> Awaited for Atomic<T> {
    type Value = T;
    type Word = T;
    fn word(&self) -> &Self {
        self
    }
    fn value(word: T) -> T {
        word
    }
}

impl Awaited for Futex {
    type Value = u32;
    type Word = u32;
    fn word(&self) -> &AtomicU32 {
        self.deref()
    }
    fn value(word: u32) -> u32 {
        word
    }
}

/// Waits until `done` says so of the value of `word`: an *await*. The thread is blocked until
/// somebody writes the word, so a word that nobody will write is a deadlock and not an endless loop.
#[track_caller]
pub fn spin_until<W: Awaited>(
    word: &W,
    ordering: Ordering,
    mut done: impl FnMut(W::Value) -> bool,
) -> W::Value {
    let word = word.word();
    loop {
        let value = W::value(word.load(ordering));
        if done(value) || model::inert() {
            return value;
        }
        let index = word.index();
        let me = ExecutionState::me();
        with_pool(|pool| pool.awaiting.push((index, me)));
        recorder::awaits(word.address());
        block(false);
        switch();
        recorder::await_over(word.address());
    }
}

// ---------------------------------------------------------------------------------------------
// Plain memory

/// Plain memory whose accesses are watched for overlap.
pub mod cell {
    use super::model::{self, DATA_RACE, Slot};
    use super::{Accesses, switch, with_pool};

    /// An unsafe cell whose accesses are told apart: reads through [`with`](Self::with), writes
    /// through [`with_mut`](Self::with_mut). Two that overlap fail the model; two that merely are
    /// not ordered are for the loom world to find.
    pub struct UnsafeCell<T: ?Sized> {
        slot: Slot,
        value: core::cell::UnsafeCell<T>,
    }

    impl<T> UnsafeCell<T> {
        /// A cell that holds `value`.
        pub const fn new(value: T) -> Self {
            Self {
                slot: Slot::new(),
                value: core::cell::UnsafeCell::new(value),
            }
        }
    }

    impl<T: ?Sized> UnsafeCell<T> {
        #[track_caller]
        fn index(&self) -> usize {
            self.slot.get().unwrap_or_else(|| {
                let index = with_pool(|pool| {
                    pool.cells.push(Accesses::default());
                    pool.cells.len() - 1
                });
                self.slot.set(index);
                index
            })
        }

        /// Hands a pointer for reading to `read`.
        #[track_caller]
        pub fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
            if model::inert() {
                return read(self.value.get());
            }
            let index = self.index();
            let writers = with_pool(|pool| {
                pool.cells[index].readers += 1;
                pool.cells[index].writers
            });
            crate::trace::recorder::cell(core::ptr::from_ref(self).addr(), false);
            if writers > 0 {
                model::fail(DATA_RACE)
            }
            switch(); // others may come in while it goes on
            let _over = Over(|| with_pool(|pool| pool.cells[index].readers -= 1));
            read(self.value.get())
        }

        /// Hands a pointer for writing to `write`.
        #[track_caller]
        pub fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
            if model::inert() {
                return write(self.value.get());
            }
            let index = self.index();
            let others = with_pool(|pool| {
                let cell = &mut pool.cells[index];
                cell.writers += 1;
                cell.readers + cell.writers - 1
            });
            crate::trace::recorder::cell(core::ptr::from_ref(self).addr(), true);
            if others > 0 {
                model::fail(DATA_RACE)
            }
            switch(); // others may come in while it goes on
            let _over = Over(|| with_pool(|pool| pool.cells[index].writers -= 1));
            write(self.value.get())
        }
    }

    /// The access is over, also when its closure unwinds.
    struct Over<F: FnMut()>(F);

    impl<F: FnMut()> Drop for Over<F> {
        fn drop(&mut self) {
            if model::running() {
                (self.0)();
            }
        }
    }

    impl<T: Default> Default for UnsafeCell<T> {
        fn default() -> Self {
            Self::new(T::default())
        }
    }

    impl<T: ?Sized> core::fmt::Debug for UnsafeCell<T> {
        fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
            f.write_str("UnsafeCell { .. }")
        }
    }
}

// ---------------------------------------------------------------------------------------------
// Threads

/// Threads of the model.
pub mod thread {
    use core::num::NonZeroU64;

    use super::model;
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
        let handle = shuttle::thread::spawn(move || {
            model::thread_main(|| {
                let result = body();
                recorder::thread_ends();
                result
            })
        });
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
            let result = self.handle.join();
            recorder::joined(self.number);
            result
        }
    }

    /// Lets another thread run.
    #[track_caller]
    pub fn yield_now() {
        if !model::inert() {
            shuttle::thread::yield_now();
        }
    }

    /// A number that no other thread of this execution has.
    pub fn current_id() -> NonZeroU64 {
        NonZeroU64::MIN.saturating_add(super::current_thread() as u64)
    }
}
