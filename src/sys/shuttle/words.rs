//! What a word does in the shuttle world: there is a scheduling point before each operation, and none
//! inside.

use shuttle_engine::runtime::execution::ExecutionState;

use super::{block, switch, unblock, with_pool};
use crate::sys::Ordering;
use crate::sys::model::atomic::{Kind, Word};
use crate::sys::model::{self, USE_AFTER_FREE};

#[track_caller]
pub(in crate::sys) fn bind(_kind: Kind, initial: u64) -> usize {
    with_pool(|pool| {
        pool.words.push(initial);
        pool.words.len() - 1
    })
}

/// The value: everybody sees the newest.
#[track_caller]
pub(in crate::sys) fn newest(word: Word) -> u64 {
    if with_pool(|pool| pool.dropped.contains(&word.index)) {
        model::fail(USE_AFTER_FREE)
    }
    with_pool(|pool| pool.words[word.index])
}

/// The value, for nobody of the model; `None` if the word is gone.
pub(in crate::sys) fn peek(word: Word) -> Option<u64> {
    with_pool(|pool| {
        let alive = !pool.dropped.contains(&word.index);
        alive.then(|| pool.words[word.index])
    })
}

fn set(word: Word, bits: u64) {
    with_pool(|pool| pool.words[word.index] = bits & word.kind.mask());
}

/// The value for a person to read.
#[track_caller]
pub(in crate::sys) fn look(word: Word) -> u64 {
    switch();
    newest(word)
}

#[track_caller]
pub(in crate::sys) fn load(word: Word, _order: Ordering) -> u64 {
    look(word)
}

#[track_caller]
pub(in crate::sys) fn store(word: Word, bits: u64, order: Ordering) {
    modify(word, order, |_| bits);
}

#[track_caller]
pub(in crate::sys) fn swap(word: Word, bits: u64, order: Ordering) -> u64 {
    modify(word, order, |_| bits).0
}

#[track_caller]
pub(in crate::sys) fn compare_exchange(
    word: Word,
    current: u64,
    new: u64,
    _success: Ordering,
    _failure: Ordering,
) -> Result<u64, u64> {
    switch();
    let actual = newest(word);
    if actual != current {
        return Err(actual);
    }
    set(word, new);
    Ok(actual)
}

#[track_caller]
pub(in crate::sys) fn add(word: Word, by: u64, order: Ordering) -> u64 {
    modify(word, order, |bits| bits.wrapping_add(by)).0
}

/// Returns old and new.
#[track_caller]
pub(in crate::sys) fn modify(
    word: Word,
    _order: Ordering,
    change: impl Fn(u64) -> u64,
) -> (u64, u64) {
    switch();
    let old = newest(word);
    let new = change(old) & word.kind.mask();
    set(word, new);
    (old, new)
}

/// Returns old and new, without what is not needed.
#[track_caller]
pub(in crate::sys) fn add_counting(
    word: Word,
    by: u32,
    order: Ordering,
    needed: fn(u32) -> u32,
) -> (u64, u64) {
    modify(word, order, |old| {
        u64::from(needed((old as u32).wrapping_add(by)))
    })
}

/// Whoever awaits this word looks again: it was written.
pub(in crate::sys) fn written(word: Word) {
    let waiting = with_pool(|pool| {
        if pool.awaiting.is_empty() {
            return Vec::new();
        }
        let (now, later) = core::mem::take(&mut pool.awaiting)
            .into_iter()
            .partition(|(awaited, _)| *awaited == word.index);
        pool.awaiting = later;
        now
    });
    for (_, task) in waiting {
        unblock(task);
    }
}

/// From here on a write wakes this thread.
pub(in crate::sys) fn begin_await(word: Word) {
    let me = ExecutionState::me();
    with_pool(|pool| pool.awaiting.push((word.index, me)));
}

/// Sleeps until the write has come.
pub(in crate::sys) fn end_await(_word: Word) {
    block(false);
    switch();
}

/// The word's owner is dropped.
pub(in crate::sys) fn drop(word: Word) {
    with_pool(|pool| pool.dropped.push(word.index));
}
