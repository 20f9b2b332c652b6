//! The loom world: weak memory, every interleaving.
//!
//! **What it shows.** Missing and too weak orderings on the words themselves, data races on
//! [`cell::UnsafeCell`], lost wake-ups, deadlocks with all threads asleep, timeouts at every moment.
//!
//! **How a futex is modelled.** Between two operations of loom nothing else runs, so a queue in
//! ordinary memory needs no lock. A wait reads the *newest* value with a compare-exchange that cannot
//! succeed and, if that is the expected one, is in the queue before anybody else moves. A wake and a
//! requeue perform the same kind of read first: loom only tries two operations in both orders when
//! they touch the same object. A timed wait does it twice: enqueue, one such operation (at which
//! others may run for as long as they like), then "still queued? timed out".
//!
//! **What it cannot show, and why.**
//! - A wake orders more than it should: loom's `unpark` joins the waker's view into the sleeper at
//!   once. A program that trusts the *return value* of a wait instead of reading the word again may
//!   pass. Almost always there is a twin execution in which the same wait returns `Changed`, without
//!   that edge, and it is explored.
//! - Waiters are woken in order of arrival; that *any* of them may be the one is explored by shuttle.
//! - Addresses are slot of this execution: a wake at a stale address reaches nobody, while on the
//!   machine it may reach whoever lives there now.
//! - Making an object is not an access: a pointer that is published without a release, and through
//!   which another thread then uses a *new* word or cell, is not reported for that alone. Write to the
//!   cell once after making it, and it is.
//! - A failed compare-exchange reads the newest value (C++ allows an older one), a weak one never
//!   fails for no reason, load buffering does not happen.
//!
//! **Known faults of loom 0.7.2, and how this world stays clear of them.**
//! - [#392], [#166]: loom remembers only the last access of an object, and two loads do not conflict;
//!   so a thread's load hides an earlier one of another thread from the stores that follow, and
//!   executions are missed. Here every plain load first touches a *shadow* of the word with an
//!   operation that conflicts with itself, so that two loads are tried in both orders and nothing stays
//!   hidden. The shadow orders no memory. (The programs on which it was found, and others where loom
//!   alone explores one execution, are in `loom-tests/tests/world.rs`; shuttle's exhaustive search
//!   runs the same models as a second opinion.)
//! - [#254]: `swap`/`fetch_*` mixed with plain stores on one word gives impossible histories. Our
//!   locks never mix them; see `docs/model-checking.md` before you do.
//! - [#180]: `SeqCst` accesses are treated as `AcqRel`. We use none; a `fence(SeqCst)` is modelled,
//!   slightly too strongly.
//! - [#422]: loom's `Condvar` eats park tokens. This world is the only user of `park` in its model
//!   and uses no lock of loom's.
//!
//! **Constants.** A loom atomic belongs to an execution, a `static` does not. A word here is an
//! initial value and a slot; on first use it binds itself to one of a pool of loom atomics that the
//! root thread created at the start of the execution. What is stored is the difference to the initial
//! value, so that "never written" reads as the initial value whichever thread looks first, and
//! additions need no translation.
//!
//! [#392]: https://github.com/tokio-rs/loom/issues/392
//! [#166]: https://github.com/tokio-rs/loom/issues/166
//! [#254]: https://github.com/tokio-rs/loom/issues/254
//! [#180]: https://github.com/tokio-rs/loom/issues/180
//! [#422]: https://github.com/tokio-rs/loom/issues/422

use core::fmt;
use core::ops::Deref;
use std::cell::RefCell;
use std::rc::Rc;

use loom::sync::atomic as loom_atomic;

use super::model::{self, Operation, Slot, USE_AFTER_FREE};
use super::{Backend, Futex, Instant, Ordering, Wait};
use crate::trace::recorder::{self, WordEvent};

// ---------------------------------------------------------------------------------------------
// The pool

std::thread_local! {
    static POOL: RefCell<Pool> = RefCell::new(Pool::default());
}

/// The loom objects that this execution's words are bound to, created by its root thread.
#[derive(Default)]
struct Pool {
    words8: Vec<Rc<loom_atomic::AtomicU16>>,
    words32: Vec<Rc<loom_atomic::AtomicU32>>,
    words64: Vec<Rc<loom_atomic::AtomicU64>>,
    pointers: Vec<Rc<loom_atomic::AtomicUsize>>,
    cells: Vec<Rc<loom::cell::UnsafeCell<()>>>,
    /// A second object for each word, which every plain load touches first (see the header).
    shadows: [Vec<Rc<loom_atomic::AtomicU8>>; CELL],
    /// How many of each are bound.
    bound: [usize; KINDS],
    /// Words that were dropped; using one is a use after free.
    dropped: Vec<(usize, usize)>,
    sleepers: Vec<Sleeper>,
    awaiting: Vec<(WordKey, loom::thread::Thread)>,
    /// Cells that another thread sets at the start: a relaxed load of one is a two-way choice.
    coins: Vec<Rc<loom_atomic::AtomicU32>>,
    coins_used: usize,
    threads: Vec<loom::thread::ThreadId>,
}

const KINDS: usize = 5;
const BYTE: usize = 0;
const WORD: usize = 1;
const LONG: usize = 2;
const POINTER: usize = 3;
const CELL: usize = 4;

/// Which object of the pool: its kind and its index.
type WordKey = (usize, usize);

/// How many words of each kind an execution may bind. Starts small, because creating them is a cost
/// of every execution, and grows when an execution runs out (see [`take_out_of_words`]).
#[derive(Clone, Copy, Debug)]
pub(crate) struct PoolSize([usize; KINDS]);

impl PoolSize {
    pub(crate) const SMALL: Self = Self([2, 8, 2, 4, 8]);

    fn grown(self, kind: usize) -> Self {
        let mut sizes = self.0;
        sizes[kind] *= 4;
        Self(sizes)
    }
}

std::thread_local! {
    static SHORT_OF: core::cell::Cell<Option<PoolSize>> = const { core::cell::Cell::new(None) };
    static SIZE: core::cell::Cell<PoolSize> = const { core::cell::Cell::new(PoolSize::SMALL) };
}

/// If the execution that just failed did so because its pool was too small: the size to start again with.
pub(crate) fn take_out_of_words() -> Option<PoolSize> {
    SHORT_OF.take()
}

struct Sleeper {
    key: WordKey,
    thread: loom::thread::Thread,
    index: usize,
    /// Whether it is parked. A sleeper that may leave by itself is not: it stays schedulable.
    parked: bool,
    state: Rc<core::cell::Cell<Queued>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Queued {
    At(WordKey),
    Removed,
}

/// Called by the root thread of every execution, before anything else.
pub(crate) fn begin_execution(size: PoolSize, spurious_wakes: usize) {
    // The handles of the last execution are dropped outside the borrow.
    let last = POOL.take();
    drop(last);
    SIZE.set(size);
    let many = |kind: usize| 0..size.0[kind];
    let pool = Pool {
        words8: many(BYTE)
            .map(|_| Rc::new(loom_atomic::AtomicU16::new(0)))
            .collect(),
        words32: many(WORD)
            .map(|_| Rc::new(loom_atomic::AtomicU32::new(0)))
            .collect(),
        words64: many(LONG)
            .map(|_| Rc::new(loom_atomic::AtomicU64::new(0)))
            .collect(),
        pointers: many(POINTER)
            .map(|_| Rc::new(loom_atomic::AtomicUsize::new(0)))
            .collect(),
        cells: many(CELL)
            .map(|_| Rc::new(loom::cell::UnsafeCell::new(())))
            .collect(),
        shadows: core::array::from_fn(|kind| {
            many(kind)
                .map(|_| Rc::new(loom_atomic::AtomicU8::new(0)))
                .collect()
        }),
        coins: (0..spurious_wakes)
            .map(|_| Rc::new(loom_atomic::AtomicU32::new(0)))
            .collect(),
        threads: vec![loom::thread::current().id()],
        ..Pool::default()
    };
    let coins: Vec<_> = pool.coins.clone();
    POOL.set(pool);
    if !coins.is_empty() {
        // loom has no operator for "choose". A store by a thread that nothing is ordered with is
        // one: every relaxed load of the coin may or may not see it.
        loom::thread::spawn(move || {
            for coin in &coins {
                coin.store(1, Ordering::Relaxed);
            }
        });
    }
}

fn with_pool<R>(f: impl FnOnce(&mut Pool) -> R) -> R {
    POOL.with(|pool| f(&mut pool.borrow_mut()))
}

/// Whether an execution that ended well is being cleared away; loom's end when all threads have.
pub(super) fn tearing_down() -> bool {
    false
}

/// The number of the current thread in order of first appearance; 0 is the root.
pub(crate) fn current_thread() -> usize {
    let id = loom::thread::current().id();
    with_pool(|pool| {
        if let Some(index) = pool.threads.iter().position(|known| *known == id) {
            return index;
        }
        pool.threads.push(id);
        pool.threads.len() - 1
    })
}

/// One choice that loom explores both ways, while there are coins left. A coin that came up "yes" stays
/// so until it is used up.
fn choose() -> bool {
    let coin = with_pool(|pool| pool.coins.get(pool.coins_used).cloned());
    coin.is_some_and(|coin| Operation::run(|| coin.load(Ordering::Relaxed)) == 1)
}

// ---------------------------------------------------------------------------------------------
// Binding

/// Binds an object to the next free one of its kind in the pool.
#[track_caller]
fn bind(slot: &Slot, kind: usize) -> usize {
    if let Some(index) = slot.get() {
        return index;
    }
    let index = with_pool(|pool| {
        let index = pool.bound[kind];
        pool.bound[kind] += 1;
        index
    });
    if index >= SIZE.get().0[kind] {
        SHORT_OF.set(Some(SIZE.get().grown(kind)));
        model::fail(
            "selvedge: more words than this execution prepared for; starting again with more",
        )
    }
    slot.set(index);
    index
}

// ---------------------------------------------------------------------------------------------
// Atomics

/// An atomic word of the loom world.
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

// SAFETY: all threads of a loom model run on one OS thread; and only one exploration runs at
// a time.
unsafe impl<T: Value> Sync for Atomic<T> {}
// SAFETY: as above; a raw pointer inside is only a number here.
unsafe impl<T: Value> Send for Atomic<T> {}

/// What an [`Atomic`] can hold. Implemented for the types above only.
pub trait Value: Copy + Eq + fmt::Debug + 'static + sealed::Bits {}

mod sealed {
    use super::{Ordering, WordKey};

    /// How a value is kept in the pool: as its difference to the initial value.
    pub trait Bits: Sized {
        const KIND: usize;
        /// What is never stored: beyond the range of a byte, which is kept in a wider word, and for the
        /// others a difference that no program makes on purpose.
        const NEVER: u64;
        fn key(index: usize) -> WordKey {
            (Self::KIND, index)
        }
        fn to_bits(self) -> u64;
        fn from_bits(bits: u64) -> Self;
        fn load(index: usize, order: Ordering) -> u64;
        fn store(index: usize, bits: u64, order: Ordering);
        fn swap(index: usize, bits: u64, order: Ordering) -> u64;
        fn compare_exchange(
            index: usize,
            current: u64,
            new: u64,
            success: Ordering,
            failure: Ordering,
        ) -> Result<u64, u64>;
        fn fetch_add(index: usize, bits: u64, order: Ordering) -> u64;
        fn difference(a: u64, b: u64) -> u64;
        fn sum(a: u64, b: u64) -> u64;
    }
}
use sealed::Bits;

/// A difference to the initial value that no counter reaches and no pointer has.
const UNLIKELY: u64 = 0x5AA5_C33C_96E1_7B4D;

macro_rules! value {
    ([$($generic:tt)*] $value:ty, $kind:expr, $vec:ident, $raw:ty, $stored:ty, $never:expr, $to:expr, $from:expr) => {
        impl<$($generic)*> Value for $value {}
        impl<$($generic)*> Bits for $value {
            const KIND: usize = $kind;
            const NEVER: u64 = $never;
            fn to_bits(self) -> u64 {
                let to: fn($value) -> u64 = $to;
                to(self)
            }
            fn from_bits(bits: u64) -> Self {
                let from: fn(u64) -> $value = $from;
                from(bits)
            }
            fn load(index: usize, order: Ordering) -> u64 {
                let word = with_pool(|pool| pool.$vec[index].clone());
                Operation::run(|| word.load(order)) as u64
            }
            fn store(index: usize, bits: u64, order: Ordering) {
                let word = with_pool(|pool| pool.$vec[index].clone());
                Operation::run(|| word.store(bits as $stored, order));
            }
            fn swap(index: usize, bits: u64, order: Ordering) -> u64 {
                let word = with_pool(|pool| pool.$vec[index].clone());
                Operation::run(|| word.swap(bits as $stored, order)) as u64
            }
            fn compare_exchange(
                index: usize,
                current: u64,
                new: u64,
                success: Ordering,
                failure: Ordering,
            ) -> Result<u64, u64> {
                let word = with_pool(|pool| pool.$vec[index].clone());
                match Operation::run(|| {
                    word.compare_exchange(current as $stored, new as $stored, success, failure)
                }) {
                    Ok(old) => Ok(old as u64),
                    Err(old) => Err(old as u64),
                }
            }
            fn fetch_add(index: usize, bits: u64, order: Ordering) -> u64 {
                let word = with_pool(|pool| pool.$vec[index].clone());
                Operation::run(|| word.fetch_add(bits as $stored, order)) as u64
            }
            fn difference(a: u64, b: u64) -> u64 {
                (a as $raw).wrapping_sub(b as $raw) as u64
            }
            fn sum(a: u64, b: u64) -> u64 {
                (a as $raw).wrapping_add(b as $raw) as u64
            }
        }
    };
}
value!([] u8, BYTE, words8, u8, u16, 1 << 8, |v| v.into(), |b| b as u8);
value!([] bool, BYTE, words8, u8, u16, 1 << 8, |v| v.into(), |b| b != 0);
value!([] u32, WORD, words32, u32, u32, UNLIKELY & 0xFFFF_FFFF, |v| v.into(), |b| b as u32);
value!([] u64, LONG, words64, u64, u64, UNLIKELY, |v| v, |b| b);
value!([] usize, POINTER, pointers, usize, usize, UNLIKELY & usize::MAX as u64, |v| v as u64, |b| b as usize);
value!([P: 'static] *mut P, POINTER, pointers, usize, usize, UNLIKELY & usize::MAX as u64, |v| v.expose_provenance() as u64, |b| {
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
        bind(&self.slot, T::KIND)
    }

    /// To be called after an operation: others may have run before it, and dropped the word.
    #[track_caller]
    fn still_alive(index: usize) {
        if with_pool(|pool| pool.dropped.contains(&T::key(index))) {
            model::fail(USE_AFTER_FREE)
        }
    }

    fn encode(&self, value: T) -> u64 {
        T::difference(value.to_bits(), self.initial.to_bits())
    }

    fn decode(&self, bits: u64) -> T {
        T::from_bits(T::sum(bits, self.initial.to_bits()))
    }

    fn address(&self) -> usize {
        core::ptr::from_ref(self).addr()
    }

    /// Whoever awaits this word looks again: it was written.
    fn written(&self, index: usize) {
        let key = T::key(index);
        let waiting = with_pool(|pool| {
            if pool.awaiting.is_empty() {
                return Vec::new();
            }
            let (now, later) = core::mem::take(&mut pool.awaiting)
                .into_iter()
                .partition(|(word, _)| *word == key);
            pool.awaiting = later;
            now
        });
        for (_, thread) in waiting {
            thread.unpark();
        }
    }

    /// The newest value, by an operation that conflicts with every other on this word and stores
    /// nothing.
    fn newest(index: usize) -> u64 {
        match T::compare_exchange(
            index,
            T::NEVER,
            T::NEVER,
            Ordering::Relaxed,
            Ordering::Relaxed,
        ) {
            Ok(bits) | Err(bits) => bits,
        }
    }

    /// Loads the value.
    #[track_caller]
    pub fn load(&self, order: Ordering) -> T {
        if model::inert() {
            return self.initial;
        }
        let index = self.index();
        let shadow = with_pool(|pool| pool.shadows[T::KIND][index].clone());
        // Cannot succeed, stores nothing, orders nothing.
        let _ =
            Operation::run(|| shadow.compare_exchange(1, 1, Ordering::Relaxed, Ordering::Relaxed));
        let value = self.decode(T::load(index, order));
        Self::still_alive(index);
        recorder::word(self.address(), || WordEvent::Load(value.to_bits(), order));
        value
    }

    /// Stores `value`.
    #[track_caller]
    pub fn store(&self, value: T, order: Ordering) {
        if model::inert() {
            return;
        }
        let index = self.index();
        T::store(index, self.encode(value), order);
        Self::still_alive(index);
        recorder::word(self.address(), || WordEvent::Store(value.to_bits(), order));
        self.written(index);
    }

    /// Stores `value` and returns what was there.
    #[track_caller]
    pub fn swap(&self, value: T, order: Ordering) -> T {
        if model::inert() {
            return self.initial;
        }
        let index = self.index();
        let old = self.decode(T::swap(index, self.encode(value), order));
        Self::still_alive(index);
        recorder::word(self.address(), || {
            WordEvent::Change("swap", old.to_bits(), value.to_bits(), order)
        });
        self.written(index);
        old
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
        let index = self.index();
        let (expected, replacement) = (self.encode(current), self.encode(new));
        let result = T::compare_exchange(index, expected, replacement, success, failure);
        Self::still_alive(index);
        match result {
            Ok(_) => {
                recorder::word(self.address(), || {
                    WordEvent::Change(
                        "compare_exchange",
                        current.to_bits(),
                        new.to_bits(),
                        success,
                    )
                });
                self.written(index);
                Ok(current)
            }
            Err(bits) => {
                let actual = self.decode(bits);
                recorder::word(self.address(), || {
                    WordEvent::Refused(current.to_bits(), actual.to_bits(), failure)
                });
                Err(actual)
            }
        }
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

    /// A read-modify-write that the pool's representation cannot express in one operation: a
    /// compare-exchange loop, which has the same outcomes and a few more interleavings.
    #[track_caller]
    fn modify(&self, name: &'static str, order: Ordering, change: impl Fn(u64) -> u64) -> T {
        if model::inert() {
            return self.initial;
        }
        let index = self.index();
        let mut bits = Self::newest(index);
        loop {
            Self::still_alive(index);
            let old = self.decode(bits);
            let new = T::from_bits(change(old.to_bits()));
            match T::compare_exchange(index, bits, self.encode(new), order, Ordering::Relaxed) {
                Ok(_) => {
                    recorder::word(self.address(), || {
                        WordEvent::Change(name, old.to_bits(), new.to_bits(), order)
                    });
                    self.written(index);
                    return old;
                }
                Err(actual) => bits = actual,
            }
        }
    }

    #[track_caller]
    fn add(&self, name: &'static str, by: u64, order: Ordering) -> T {
        if model::inert() {
            return self.initial;
        }
        let index = self.index();
        let old = self.decode(T::fetch_add(index, by, order));
        Self::still_alive(index);
        recorder::word(self.address(), || {
            WordEvent::Change(name, old.to_bits(), T::sum(old.to_bits(), by), order)
        });
        self.written(index);
        old
    }
}

impl<T: Value> Drop for Atomic<T> {
    fn drop(&mut self) {
        if model::running()
            && let Some(index) = self.slot.get()
        {
            with_pool(|pool| pool.dropped.push(T::key(index)));
        }
    }
}

impl<T: Value> fmt::Debug for Atomic<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !model::running() {
            return f.write_str("_");
        }
        let index = bind(&self.slot, T::KIND);
        self.decode(Self::newest(index)).fmt(f)
    }
}

impl AtomicU8 {
    /// Adds, wrapping around; returns what was there.
    #[track_caller]
    pub fn fetch_add(&self, by: u8, order: Ordering) -> u8 {
        self.modify("fetch_add", order, |old| {
            u8::from_bits(old).wrapping_add(by).to_bits()
        })
    }
    /// Subtracts, wrapping around; returns what was there.
    #[track_caller]
    pub fn fetch_sub(&self, by: u8, order: Ordering) -> u8 {
        self.modify("fetch_sub", order, |old| {
            u8::from_bits(old).wrapping_sub(by).to_bits()
        })
    }
}

macro_rules! additive {
    ($($value:ty),*) => {$(
        impl Atomic<$value> {
            /// Adds, wrapping around; returns what was there.
            #[track_caller]
            pub fn fetch_add(&self, by: $value, order: Ordering) -> $value {
                self.add("fetch_add", by.to_bits(), order)
            }
            /// Subtracts, wrapping around; returns what was there.
            #[track_caller]
            pub fn fetch_sub(&self, by: $value, order: Ordering) -> $value {
                self.add("fetch_sub", by.wrapping_neg().to_bits(), order)
            }
        }
    )*};
}
additive!(u32, u64, usize);

macro_rules! arithmetic {
    ($($value:ty),*) => {$(
        impl Atomic<$value> {
            /// Keeps the greater; returns what was there.
            #[track_caller]
            pub fn fetch_max(&self, other: $value, order: Ordering) -> $value {
                self.modify("fetch_max", order, |old| old.max(other.to_bits()))
            }
            /// Keeps the smaller; returns what was there.
            #[track_caller]
            pub fn fetch_min(&self, other: $value, order: Ordering) -> $value {
                self.modify("fetch_min", order, |old| old.min(other.to_bits()))
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
                self.modify("fetch_or", order, |old| old | bits.to_bits())
            }
            /// Keeps bits; returns what was there.
            #[track_caller]
            pub fn fetch_and(&self, bits: $value, order: Ordering) -> $value {
                self.modify("fetch_and", order, |old| old & bits.to_bits())
            }
            /// Flips bits; returns what was there.
            #[track_caller]
            pub fn fetch_xor(&self, bits: $value, order: Ordering) -> $value {
                self.modify("fetch_xor", order, |old| old ^ bits.to_bits())
            }
        }
    )*};
}
bitwise!(bool, u8, u32, u64, usize);

/// An atomic fence.
#[track_caller]
pub fn fence(order: Ordering) {
    if !model::inert() {
        Operation::run(|| loom_atomic::fence(order));
        recorder::fence(order);
    }
}

// ---------------------------------------------------------------------------------------------
// The futex

/// Which word: its slot, so that nothing needs to be alive there.
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

    fn key(self) -> WordKey {
        (WORD, self.index)
    }
}

/// The loom model of a futex.
#[derive(Clone, Copy, Debug)]
pub struct Loom;
/// The backend of this world.
pub use Loom as Native;

impl Backend for Loom {
    const NAME: &'static str = "loom";

    #[track_caller]
    fn wait(futex: &Futex, expected: u32, deadline: Option<Instant>) -> Wait {
        if model::inert() {
            model::wait_in_vain();
            return Wait::Woken;
        }
        let word: &AtomicU32 = futex;
        let spurious = model::choices().spurious_wakes > 0 && choose();
        let index = word.index();
        let value = word.decode(AtomicU32::newest(index));
        AtomicU32::still_alive(index);
        // Nothing of loom from here until the thread is in the queue: one step.
        if value != expected {
            recorder::futex_changed(word.address(), expected, value);
            return Wait::Changed;
        }
        let key = u32::key(index);
        let state = Rc::new(core::cell::Cell::new(Queued::At(key)));
        let me = current_thread();
        let thread = loom::thread::current();
        with_pool(|pool| {
            pool.sleepers.push(Sleeper {
                key,
                thread,
                index: me,
                parked: deadline.is_none() && !spurious,
                state: Rc::clone(&state),
            });
        });
        recorder::futex_sleeps(word.address(), deadline.is_some());
        if deadline.is_none() && !spurious {
            while state.get() != Queued::Removed {
                Operation::run(loom::thread::park);
                if model::inert() {
                    return Wait::Woken;
                }
            }
            recorder::futex_woken(word.address());
            return Wait::Woken;
        }
        // A scheduling point that conflicts with whatever may wake this thread: with the word it
        // sleeps on, and after a requeue with the word it was moved to.
        let mut seen = key;
        loop {
            AtomicU32::newest(seen.1);
            match state.get() {
                Queued::Removed => {
                    recorder::futex_woken(word.address());
                    return Wait::Woken;
                }
                Queued::At(now) if now == seen => break,
                Queued::At(now) => seen = now,
            }
        }
        with_pool(|pool| {
            pool.sleepers
                .retain(|sleeper| !Rc::ptr_eq(&sleeper.state, &state))
        });
        if deadline.is_none() {
            model::use_spurious_wake();
            with_pool(|pool| pool.coins_used += 1);
            recorder::futex_woken(word.address());
            return Wait::Woken;
        }
        recorder::futex_timed_out(word.address());
        Wait::TimedOut
    }

    #[track_caller]
    fn wake(address: Address, count: usize) -> Option<usize> {
        if model::inert() {
            return Some(0);
        }
        AtomicU32::newest(address.index);
        let mut woken = Vec::new();
        with_pool(|pool| {
            let mut at = 0;
            while woken.len() < count && at < pool.sleepers.len() {
                if pool.sleepers[at].key == address.key() {
                    let sleeper = pool.sleepers.remove(at);
                    sleeper.state.set(Queued::Removed);
                    woken.push(sleeper);
                } else {
                    at += 1;
                }
            }
        });
        recorder::futex_wakes(
            address.address,
            woken.len(),
            woken.iter().map(|sleeper| sleeper.index),
        );
        for sleeper in woken.iter().filter(|sleeper| sleeper.parked) {
            sleeper.thread.unpark();
        }
        model::choices().wake_count_known.then_some(woken.len())
    }

    #[track_caller]
    fn requeue(from: &Futex, expected: u32, to: Address, count: usize) -> Option<usize> {
        if model::inert() {
            return Some(0);
        }
        let word: &AtomicU32 = from;
        let index = word.index();
        // Conflicts with waits and wakes at the target; the check at the source comes last, so that
        // nothing runs between it and the move.
        AtomicU32::newest(to.index);
        let value = word.decode(AtomicU32::newest(index));
        AtomicU32::still_alive(index);
        if value != expected {
            return None;
        }
        let source = u32::key(index);
        let moved = with_pool(|pool| {
            let (mut moving, mut staying): (Vec<_>, Vec<_>) = (Vec::new(), Vec::new());
            for sleeper in core::mem::take(&mut pool.sleepers) {
                if sleeper.key == source && moving.len() < count {
                    sleeper.state.set(Queued::At(to.key()));
                    moving.push(Sleeper {
                        key: to.key(),
                        ..sleeper
                    });
                } else {
                    staying.push(sleeper);
                }
            }
            let moved: Vec<_> = moving.iter().map(|sleeper| sleeper.index).collect();
            staying.append(&mut moving);
            pool.sleepers = staying;
            moved
        });
        recorder::futex_requeues(word.address(), to.address, &moved);
        Some(moved.len())
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
        // The load may have been stale. Only if the newest value will not do either is there
        // something to wait for; having read it here, the next load cannot be older.
        if done(W::value(word.decode(Atomic::<W::Word>::newest(index)))) {
            continue;
        }
        let key = W::Word::key(index);
        let thread = loom::thread::current();
        with_pool(|pool| pool.awaiting.push((key, thread)));
        recorder::awaits(word.address());
        while with_pool(|pool| {
            let me = loom_id();
            pool.awaiting
                .iter()
                .any(|(waiting, thread)| *waiting == key && thread.id() == me)
        }) {
            Operation::run(loom::thread::park);
            if model::inert() {
                return value;
            }
        }
        recorder::await_over(word.address());
    }
}

fn loom_id() -> loom::thread::ThreadId {
    loom::thread::current().id()
}

// ---------------------------------------------------------------------------------------------
// Plain memory

/// Plain memory whose accesses are checked for data races.
pub mod cell {
    use super::{CELL, Operation, Slot, bind, model, with_pool};

    /// An unsafe cell whose accesses are told apart: reads through [`with`](Self::with), writes
    /// through [`with_mut`](Self::with_mut). Two that are not ordered are a data race.
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
        /// Hands a pointer for reading to `read`.
        #[track_caller]
        pub fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
            if model::inert() {
                return read(self.value.get());
            }
            let index = bind(&self.slot, CELL);
            let cell = with_pool(|pool| pool.cells[index].clone());
            crate::trace::recorder::cell(core::ptr::from_ref(self).addr(), false);
            // User code, and whatever it panics with, stays outside the checker's operation.
            let access = || Operation::run(|| cell.with(|_| ()));
            access();
            let result = read(self.value.get());
            if !model::inert() {
                access(); // and is ordered still
            }
            result
        }

        /// Hands a pointer for writing to `write`.
        #[track_caller]
        pub fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
            if model::inert() {
                return write(self.value.get());
            }
            let index = bind(&self.slot, CELL);
            let cell = with_pool(|pool| pool.cells[index].clone());
            crate::trace::recorder::cell(core::ptr::from_ref(self).addr(), true);
            let access = || Operation::run(|| cell.with_mut(|_| ()));
            access();
            let result = write(self.value.get());
            if !model::inert() {
                access(); // and is ordered still
            }
            result
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

    use super::{Operation, model, with_pool};
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
        let mut number = 0;
        let handle = Operation::run(|| {
            loom::thread::spawn(move || {
                model::thread_main(|| {
                    let result = body();
                    recorder::thread_ends();
                    result
                })
            })
        });
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
            recorder::joined(self.number);
            result
        }
    }

    /// Lets another thread run.
    #[track_caller]
    pub fn yield_now() {
        if !model::inert() {
            Operation::run(loom::thread::yield_now);
        }
    }

    /// A number that no other thread of this execution has.
    pub fn current_id() -> NonZeroU64 {
        NonZeroU64::MIN.saturating_add(super::current_thread() as u64)
    }
}
