//! The futex of the loom world; how it is modelled is told in `mod.rs`.

use core::cell::Cell;
use core::ops::Deref;
use std::rc::Rc;

use super::words;
use super::{choose, current_thread, with_pool};
use crate::sys::model::atomic::{AtomicU32, Word};
use crate::sys::model::{self, Operation};
use crate::sys::{Backend, Futex, Instant, Wait};
use crate::trace::recorder;

pub(super) struct Sleeper {
    word: Word,
    thread: loom::thread::Thread,
    index: usize,
    /// Whether it is parked. A sleeper that may leave by itself is not: it stays schedulable.
    parked: bool,
    state: Rc<Cell<Queued>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Queued {
    At(Word),
    Removed,
}

/// Which word: its slot, so that nothing needs to be alive there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    word: Word,
    address: usize,
}

impl Address {
    #[track_caller]
    pub(in crate::sys) fn of(word: &AtomicU32) -> Self {
        Self {
            word: if model::inert() {
                Word::NONE
            } else {
                word.word()
            },
            address: word.address(),
        }
    }
}

/// The loom model of a futex.
#[derive(Clone, Copy, Debug)]
pub struct Loom;

impl Backend for Loom {
    const NAME: &'static str = "loom";

    #[track_caller]
    fn wait(futex: &Futex, expected: u32, deadline: Option<Instant>) -> Wait {
        if model::inert() {
            model::wait_in_vain();
            return Wait::Woken;
        }
        let (atomic, word): (&AtomicU32, _) = (futex, futex.word());
        let spurious = model::choices().spurious_wakes > 0 && choose();
        let value = words::newest(word);
        // Nothing of loom from here until the thread is in the queue: one step.
        if value != u64::from(expected) {
            recorder::futex_changed(atomic.address(), expected, value as u32);
            return Wait::Changed;
        }
        let state = Rc::new(Cell::new(Queued::At(word)));
        let me = current_thread();
        let thread = loom::thread::current();
        with_pool(|pool| {
            pool.sleepers.push(Sleeper {
                word,
                thread,
                index: me,
                parked: deadline.is_none() && !spurious,
                state: Rc::clone(&state),
            });
        });
        recorder::futex_sleeps(atomic.address(), deadline.is_some());
        if deadline.is_none() && !spurious {
            while state.get() != Queued::Removed {
                Operation::run(loom::thread::park);
                if model::inert() {
                    return Wait::Woken;
                }
            }
            recorder::futex_woken(atomic.address());
            return Wait::Woken;
        }
        // A scheduling point that conflicts with whatever may wake this thread: with the word it
        // sleeps on, and after a requeue with the word it was moved to.
        let mut seen = word;
        loop {
            words::touch(seen);
            match state.get() {
                Queued::Removed => {
                    recorder::futex_woken(atomic.address());
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
            recorder::futex_woken(atomic.address());
            return Wait::Woken;
        }
        recorder::futex_timed_out(atomic.address());
        Wait::TimedOut
    }

    #[track_caller]
    fn wake(address: Address, count: usize) -> Option<usize> {
        if model::inert() {
            return Some(0);
        }
        words::touch(address.word);
        let mut woken = Vec::new();
        with_pool(|pool| {
            let mut at = 0;
            while woken.len() < count && at < pool.sleepers.len() {
                if pool.sleepers[at].word == address.word {
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
        let word = from.word();
        // Conflicts with waits and wakes at the target; the check at the source comes last, so that
        // nothing runs between it and the move.
        words::touch(to.word);
        if words::newest(word) != u64::from(expected) {
            return None;
        }
        let moved = with_pool(|pool| {
            let (mut moving, mut staying): (Vec<_>, Vec<_>) = (Vec::new(), Vec::new());
            for sleeper in core::mem::take(&mut pool.sleepers) {
                if sleeper.word == word && moving.len() < count {
                    sleeper.state.set(Queued::At(to.word));
                    moving.push(Sleeper {
                        word: to.word,
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
        recorder::futex_requeues(from.deref().address(), to.address, &moved);
        Some(moved.len())
    }
}
