//! What a word does in the loom world.
#![allow(
    clippy::unnecessary_cast,
    reason = "one macro casts to and from four widths"
)]

use super::{BYTE, KINDS, LONG, POINTER, WORD, take, with_pool};
use crate::sys::Ordering;
use crate::sys::model::atomic::{Kind, Word};
use crate::sys::model::{self, Operation, USE_AFTER_FREE};
use crate::trace::recorder;

/// Runs an operation on the loom atomic that a word is bound to. Bytes are kept in wider ones.
macro_rules! on {
    ($word:expr, |$atomic:ident, $Stored:ident| $operation:expr) => {{
        let word: Word = $word;
        match word.kind {
            Kind::Byte => {
                type $Stored = u16;
                let $atomic = with_pool(|pool| pool.words8[word.index].clone());
                stepping(|| $operation)
            }
            Kind::Word => {
                type $Stored = u32;
                let $atomic = with_pool(|pool| pool.words32[word.index].clone());
                stepping(|| $operation)
            }
            Kind::Long => {
                type $Stored = u64;
                let $atomic = with_pool(|pool| pool.words64[word.index].clone());
                stepping(|| $operation)
            }
            Kind::Pointer => {
                type $Stored = usize;
                let $atomic = with_pool(|pool| pool.pointers[word.index].clone());
                stepping(|| $operation)
            }
        }
    }};
}

/// An operation of loom, which is a step.
fn stepping<R>(operation: impl FnOnce() -> R) -> R {
    let result = Operation::run(operation);
    recorder::step();
    result
}

impl Word {
    /// Some word: for addresses that are made while an execution unwinds.
    pub(super) const NONE: Self = Self {
        kind: Kind::Word,
        index: 0,
        initial: 0,
    };

    /// What is stored is the difference to the initial value.
    fn encode(self, bits: u64) -> u64 {
        bits.wrapping_sub(self.initial) & self.kind.mask()
    }

    fn decode(self, stored: u64) -> u64 {
        stored.wrapping_add(self.initial) & self.kind.mask()
    }

    /// What is never stored: beyond the range of a byte, which is kept in a wider word, and for the
    /// others a difference that no counter reaches and no pointer has.
    fn never(self) -> u64 {
        match self.kind {
            Kind::Byte => 1 << 8,
            kind => 0x5AA5_C33C_96E1_7B4D & kind.mask(),
        }
    }

    /// The kind, as the pool counts them.
    fn pool_kind(self) -> usize {
        const { assert!(KINDS == 5, "the kinds of words, and cells") };
        match self.kind {
            Kind::Byte => BYTE,
            Kind::Word => WORD,
            Kind::Long => LONG,
            Kind::Pointer => POINTER,
        }
    }
}

#[track_caller]
pub(in crate::sys) fn bind(kind: Kind, initial: u64) -> usize {
    let word = Word {
        kind,
        index: 0,
        initial,
    };
    take(word.pool_kind())
}

/// To be called after an operation: others may have run before it, and dropped the word.
#[track_caller]
fn still_alive(word: Word) {
    if with_pool(|pool| pool.dropped.contains(&word)) {
        model::fail(USE_AFTER_FREE)
    }
}

#[track_caller]
pub(in crate::sys) fn load(word: Word, order: Ordering) -> u64 {
    let shadow = with_pool(|pool| pool.shadows[word.pool_kind()][word.index].clone());
    // Cannot succeed, stores nothing, orders nothing.
    let _ = stepping(|| shadow.compare_exchange(1, 1, Ordering::Relaxed, Ordering::Relaxed));
    let stored = on!(word, |atomic, Stored| {
        let stored: Stored = atomic.load(order);
        stored as u64
    });
    still_alive(word);
    word.decode(stored)
}

#[track_caller]
pub(in crate::sys) fn store(word: Word, bits: u64, order: Ordering) {
    let stored = word.encode(bits);
    on!(word, |atomic, Stored| atomic.store(stored as Stored, order));
    still_alive(word);
}

#[track_caller]
pub(in crate::sys) fn swap(word: Word, bits: u64, order: Ordering) -> u64 {
    let stored = word.encode(bits);
    let old = on!(word, |atomic, Stored| {
        atomic.swap(stored as Stored, order) as u64
    });
    still_alive(word);
    word.decode(old)
}

#[track_caller]
pub(in crate::sys) fn compare_exchange(
    word: Word,
    current: u64,
    new: u64,
    success: Ordering,
    failure: Ordering,
) -> Result<u64, u64> {
    let result = exchange(
        word,
        word.encode(current),
        word.encode(new),
        success,
        failure,
    );
    still_alive(word);
    match result {
        Ok(stored) => Ok(word.decode(stored)),
        Err(stored) => Err(word.decode(stored)),
    }
}

/// A compare-exchange of stored values.
fn exchange(
    word: Word,
    current: u64,
    new: u64,
    success: Ordering,
    failure: Ordering,
) -> Result<u64, u64> {
    on!(word, |atomic, Stored| {
        match atomic.compare_exchange(current as Stored, new as Stored, success, failure) {
            Ok(stored) => Ok(stored as u64),
            Err(stored) => Err(stored as u64),
        }
    })
}

#[track_caller]
pub(in crate::sys) fn add(word: Word, by: u64, order: Ordering) -> u64 {
    if word.kind == Kind::Byte {
        // A byte in a wider word would not wrap around.
        return modify(word, order, |bits| bits.wrapping_add(by)).0;
    }
    let old = on!(word, |atomic, Stored| {
        atomic.fetch_add(by as Stored, order) as u64
    });
    still_alive(word);
    word.decode(old)
}

/// A read-modify-write that the pool's representation cannot express in one operation: a
/// compare-exchange loop, which has the same outcomes and a few more interleavings. Returns old and new.
#[track_caller]
pub(in crate::sys) fn modify(
    word: Word,
    order: Ordering,
    change: impl Fn(u64) -> u64,
) -> (u64, u64) {
    let mut old = newest(word);
    loop {
        let new = change(old) & word.kind.mask();
        match compare_exchange(word, old, new, order, Ordering::Relaxed) {
            Ok(_) => return (old, new),
            Err(actual) => old = actual,
        }
    }
}

/// Returns old and new. Nobody looks for loops here, so what is not needed may stay.
#[track_caller]
pub(in crate::sys) fn add_counting(
    word: Word,
    by: u32,
    order: Ordering,
    _needed: fn(u32) -> u32,
) -> (u64, u64) {
    let old = add(word, by.into(), order);
    (old, old.wrapping_add(by.into()) & word.kind.mask())
}

/// Reads the newest value, by an operation that conflicts with every other on this word and stores
/// nothing. The word need not be alive.
pub(in crate::sys) fn touch(word: Word) -> u64 {
    let never = word.never();
    match exchange(word, never, never, Ordering::Relaxed, Ordering::Relaxed) {
        Ok(stored) | Err(stored) => word.decode(stored),
    }
}

/// The newest value.
#[track_caller]
pub(in crate::sys) fn newest(word: Word) -> u64 {
    let value = touch(word);
    still_alive(word);
    value
}

/// The value for a person to read.
#[track_caller]
pub(in crate::sys) fn look(word: Word) -> u64 {
    newest(word)
}

/// Whoever awaits this word looks again: it was written.
pub(in crate::sys) fn written(word: Word) {
    let waiting = with_pool(|pool| {
        if pool.awaiting.is_empty() {
            return Vec::new();
        }
        let (now, later) = core::mem::take(&mut pool.awaiting)
            .into_iter()
            .partition(|(awaited, _)| *awaited == word);
        pool.awaiting = later;
        now
    });
    for (_, thread) in waiting {
        thread.unpark();
    }
}

/// From here on a write wakes this thread.
pub(in crate::sys) fn begin_await(word: Word) {
    let thread = loom::thread::current();
    with_pool(|pool| pool.awaiting.push((word, thread)));
}

/// Sleeps until the write has come.
pub(in crate::sys) fn end_await(word: Word) {
    let me = loom::thread::current().id();
    while with_pool(|pool| {
        pool.awaiting
            .iter()
            .any(|(awaited, thread)| *awaited == word && thread.id() == me)
    }) {
        Operation::run(loom::thread::park);
        if model::inert() {
            return;
        }
    }
}

/// The word's owner is dropped.
pub(in crate::sys) fn drop(word: Word) {
    with_pool(|pool| pool.dropped.push(word));
}
