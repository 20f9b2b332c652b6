//! The atomics of both models: constants that bind themselves to a word of the running execution.
//!
//! What a word does is the world's matter (`words`); here is what it looks like to a program, and what the
//! recorder hears of it.

use core::cell::RefCell;
use core::fmt;
use core::ops::Deref;
use core::sync::atomic::AtomicU64 as Plain;

use super::{Slot, kernel};
use crate::sys::world::words;
use crate::sys::{Futex, Ordering, model};
use crate::trace::recorder::{self, WordEvent};

/// An atomic word of a model.
pub struct Atomic<T: Value> {
    initial: T,
    slot: Slot,
    /// What it was last changed to by an operation of its own, in the execution that the slot is of: the difference to
    /// the initial value. What the kernel of the model writes is not in it.
    latest: Plain,
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

// SAFETY: all threads of a model run on one OS thread, and only one exploration runs at a time.
unsafe impl<T: Value> Sync for Atomic<T> {}
// SAFETY: as above; a raw pointer inside is only a number here.
unsafe impl<T: Value> Send for Atomic<T> {}

/// What an [`Atomic`] can hold. Implemented for the types above only.
pub trait Value: Copy + Eq + fmt::Debug + 'static + sealed::Bits {}

mod sealed {
    use super::Kind;

    pub trait Bits: Sized {
        const KIND: Kind;
        fn to_bits(self) -> u64;
        fn from_bits(bits: u64) -> Self;
        /// What a picture shows for it: never an address, which is another one in every run.
        fn shown(bits: u64) -> u64 {
            bits
        }
    }
}
use sealed::Bits;

/// The width of a word, and what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// 8 bits.
    Byte,
    /// 32 bits.
    Word,
    /// 64 bits.
    Long,
    /// As wide as a pointer.
    Pointer,
}

impl Kind {
    /// The bits that such a word has.
    pub(crate) const fn mask(self) -> u64 {
        match self {
            Self::Byte => u8::MAX as u64,
            Self::Word => u32::MAX as u64,
            Self::Long => u64::MAX,
            Self::Pointer => usize::MAX as u64,
        }
    }
}

/// A word that is bound in the running execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Word {
    pub(crate) kind: Kind,
    pub(crate) index: usize,
    pub(crate) initial: u64,
}

macro_rules! value {
    ($value:ty, $kind:ident, $to:expr, $from:expr) => {
        impl Value for $value {}
        impl Bits for $value {
            const KIND: Kind = Kind::$kind;
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
value!(u8, Byte, |v| v.into(), |b| b as u8);
value!(bool, Byte, |v| v.into(), |b| b != 0);
value!(u32, Word, |v| v.into(), |b| b as u32);
value!(u64, Long, |v| v, |b| b);
value!(usize, Pointer, |v| v as u64, |b| b as usize);

impl<P: 'static> Value for *mut P {}
impl<P: 'static> Bits for *mut P {
    const KIND: Kind = Kind::Pointer;
    fn to_bits(self) -> u64 {
        self.expose_provenance() as u64
    }
    fn from_bits(bits: u64) -> Self {
        core::ptr::with_exposed_provenance_mut(bits as usize)
    }
    fn shown(bits: u64) -> u64 {
        recorder::number_of_pointer(bits)
    }
}

impl<T: Value> Atomic<T> {
    /// A word that holds `value` at the start of every execution.
    pub const fn new(value: T) -> Self {
        Self {
            initial: value,
            slot: Slot::new(),
            latest: Plain::new(0),
        }
    }

    /// What this is bound to, binding it if nobody has used it before in this execution.
    #[track_caller]
    pub(crate) fn word(&self) -> Word {
        let initial = self.initial.to_bits();
        let index = self.slot.get().unwrap_or_else(|| {
            let index = words::bind(T::KIND, initial);
            self.slot.set(index);
            self.set_latest(initial);
            index
        });
        Word {
            kind: T::KIND,
            index,
            initial,
        }
    }

    /// To be called right after the operation: there is no step of the model in between.
    fn set_latest(&self, bits: u64) {
        // Relaxed: as for the slot.
        let difference = bits.wrapping_sub(self.initial.to_bits());
        self.latest.store(difference, Ordering::Relaxed);
    }

    /// What was stored last.
    fn latest(&self) -> u64 {
        let difference = self.latest.load(Ordering::Relaxed);
        self.initial.to_bits().wrapping_add(difference) & T::KIND.mask()
    }

    /// Where it is: what the recorder calls it by.
    pub(crate) fn address(&self) -> usize {
        core::ptr::from_ref(self).addr()
    }

    /// Loads the value.
    #[track_caller]
    pub fn load(&self, order: Ordering) -> T {
        if model::inert() {
            return self.initial;
        }
        kernel::step();
        let bits = words::load(self.word(), order);
        recorder::word(self.address(), || {
            let newest = self.latest();
            let stale = (newest != bits).then(|| T::shown(newest));
            WordEvent::Load(T::shown(bits), order, stale)
        });
        T::from_bits(bits)
    }

    /// Stores `value`.
    #[track_caller]
    pub fn store(&self, value: T, order: Ordering) {
        if model::inert() {
            return;
        }
        kernel::step();
        let word = self.word();
        words::store(word, value.to_bits(), order);
        self.set_latest(value.to_bits());
        recorder::word(self.address(), || {
            WordEvent::Store(T::shown(value.to_bits()), order)
        });
        words::written(word);
    }

    /// Stores `value` and returns what was there.
    #[track_caller]
    pub fn swap(&self, value: T, order: Ordering) -> T {
        if model::inert() {
            return self.initial;
        }
        kernel::step();
        let word = self.word();
        let old = words::swap(word, value.to_bits(), order);
        self.changed(word, "swap", old, value.to_bits(), order);
        T::from_bits(old)
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
        kernel::step();
        let word = self.word();
        let (expected, replacement) = (current.to_bits(), new.to_bits());
        match words::compare_exchange(word, expected, replacement, success, failure) {
            Ok(_) => {
                self.changed(word, "compare_exchange", expected, replacement, success);
                Ok(current)
            }
            Err(actual) => {
                recorder::word(self.address(), || {
                    WordEvent::Refused(T::shown(expected), T::shown(actual), failure)
                });
                Err(T::from_bits(actual))
            }
        }
    }

    /// As [`compare_exchange`](Self::compare_exchange): the models never fail for no reason.
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
    fn add(&self, name: &'static str, by: u64, order: Ordering) -> T {
        if model::inert() {
            return self.initial;
        }
        kernel::step();
        let word = self.word();
        let old = words::add(word, by, order);
        let new = old.wrapping_add(by) & T::KIND.mask();
        self.changed(word, name, old, new, order);
        T::from_bits(old)
    }

    #[track_caller]
    fn modify(&self, name: &'static str, order: Ordering, change: impl Fn(u64) -> u64) -> T {
        if model::inert() {
            return self.initial;
        }
        kernel::step();
        let word = self.word();
        let (old, new) = words::modify(word, order, change);
        self.changed(word, name, old, new, order);
        T::from_bits(old)
    }

    #[track_caller]
    fn changed(&self, word: Word, name: &'static str, old: u64, new: u64, order: Ordering) {
        self.set_latest(new);
        recorder::word(self.address(), || {
            WordEvent::Change(name, T::shown(old), T::shown(new), order)
        });
        words::written(word);
    }
}

/// What a word holds, for whoever has it to itself; see [`Futex::value`].
pub(in crate::sys) fn alone(word: &mut AtomicU32) -> u32 {
    word.initial.wrapping_add(*word.latest.get_mut() as u32)
}

impl<T: Value> Drop for Atomic<T> {
    fn drop(&mut self) {
        // A word that nobody has used is nobody's.
        if model::running() && self.slot.get().is_some() {
            words::drop(self.word());
        }
    }
}

impl<T: Value> fmt::Debug for Atomic<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !model::running() {
            return f.write_str("_");
        }
        T::from_bits(words::look(self.word())).fmt(f)
    }
}

macro_rules! arithmetic {
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

// ---------------------------------------------------------------------------------------------
// Spinning

/// The models take no looks before going to sleep: sleeping at once is one of the things that can
/// happen on the machine, and looking first adds nothing to it but executions.
#[inline]
pub fn poll(_ready: impl FnMut() -> bool) {}

/// As for [`poll`].
#[inline]
pub fn glance(_sight: impl FnMut() -> crate::sys::Sight) {}

/// As for [`poll`].
#[inline]
pub fn look(_sight: impl FnMut() -> crate::sys::Sight) {}

/// As for [`poll`].
#[inline]
pub fn learn(_useful: bool) {}

/// What a thread says before it looks, and after, is explored if that was asked for.
#[inline]
pub fn is_looking_of_use() -> bool {
    model::choices().looks
}

/// As for [`is_looking_of_use`].
#[inline]
pub fn looks() -> bool {
    model::choices().looks
}

/// The guess: an access less, and whatever a hint says has to be right.
#[inline]
pub fn glimpse<W: Awaited>(_word: &W, guess: W::Value) -> W::Value {
    guess
}

/// Without what a count says that nobody needs: see the one of the machine.
#[inline]
#[track_caller]
pub fn add_counting(
    word: &AtomicU32,
    by: u32,
    ordering: Ordering,
    guess: u32,
    needed: fn(u32) -> u32,
) -> u32 {
    if model::inert() {
        return guess;
    }
    kernel::step();
    let bound = word.word();
    let (old, new) = words::add_counting(bound, by, ordering, needed);
    word.changed(bound, "fetch_add", old, new, ordering);
    old as u32
}

/// As for [`poll`].
#[inline]
pub(in crate::sys) fn changes_soon(
    _word: &AtomicU32,
    _expected: u32,
    _deadline: Option<crate::sys::Instant>,
) -> bool {
    false
}

/// Addresses differ from execution to execution: an object is known by its place among those that the execution has
/// asked for. So no two objects share a place in a table of reasonable size, and what is explored is not how they would.
pub fn address_hash(address: *const ()) -> usize {
    std::thread_local! {
        /// The execution, and the addresses in order.
        static KNOWN: RefCell<(u64, Vec<usize>)> = const { RefCell::new((0, Vec::new())) };
    }
    if model::inert() {
        return 0;
    }
    KNOWN.with_borrow_mut(|(execution, known)| {
        if *execution != model::here() {
            *execution = model::here();
            known.clear();
        }
        let place = known.iter().position(|&known| known == address.addr());
        place.unwrap_or_else(|| {
            known.push(address.addr());
            known.len() - 1
        })
    })
}

/// Words that [`spin_until`] can wait for.
pub trait Awaited {
    /// What the word holds.
    type Value: Value;
    #[doc(hidden)]
    fn atomic(&self) -> &Atomic<Self::Value>;
}

impl<T: Value> Awaited for Atomic<T> {
    type Value = T;
    fn atomic(&self) -> &Self {
        self
    }
}

impl Awaited for Futex {
    type Value = u32;
    fn atomic(&self) -> &AtomicU32 {
        self.deref()
    }
}

/// Waits until `done` says so: in a model everybody is as fast as is needed. Always `true`.
#[track_caller]
pub fn soon<W: Awaited>(word: &W, done: impl FnMut(W::Value) -> bool) -> bool {
    spin_until(word, Ordering::Relaxed, done);
    true
}

/// Waits until `done` says so of the value of `word`: an *await*. The thread is blocked until
/// somebody writes the word, so a word that nobody will write is a deadlock and not an endless loop.
#[track_caller]
pub fn spin_until<W: Awaited>(
    word: &W,
    ordering: Ordering,
    mut done: impl FnMut(W::Value) -> bool,
) -> W::Value {
    let atomic = word.atomic();
    loop {
        let value = atomic.load(ordering);
        if done(value) || model::inert() {
            return value;
        }
        let word = atomic.word();
        // The load may have been stale. Only if the newest value will not do either is there
        // something to wait for; having read it here, the next load cannot be older.
        if done(W::Value::from_bits(words::newest(word))) {
            continue;
        }
        words::begin_await(word);
        recorder::awaits(atomic.address());
        words::end_await(word);
        recorder::await_over(atomic.address());
    }
}
