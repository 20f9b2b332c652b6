//! The kernel's mutex with priority inheritance. See `mod.rs` for what this shows.
//!
//! Whoever waits lends his priority to the owner that the word names ([`loans`]). The kernel's unlock is one step on the
//! machine; here others may come between its steps, so a thread that is in it runs before all others until it is
//! through. If it only kept what it was lent, that would end with the word's naming it, before the next owner is awake: a
//! thread of middle priority could come in just there.

use core::cell::Cell;
use core::ops::Deref;
use std::cell::RefCell;
use std::rc::Rc;

use super::super::super::world::{Native, words};
use super::super::atomic::Word;
use super::{OWNER_MASK, WAITERS_BIT, thread_id};
use crate::sys::model::priority;
use crate::sys::{Backend, Futex, Instant, Ordering, Wait, model};
use crate::trace::recorder::{self, WordEvent};

/// How [`lock`] ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use = "only one of these is the lock"]
pub enum Locked {
    /// The word names this thread.
    Acquired,
    /// The deadline came first.
    TimedOut,
    /// This thread holds the lock already.
    Deadlock,
    /// The word names a thread that is no more. Not in the models.
    OwnerGone,
}

std::thread_local! {
    /// Who sleeps, at all words, in order of arrival.
    static WAITERS: RefCell<Vec<Rc<Waiter>>> = const { RefCell::new(Vec::new()) };
    /// The threads that are in the kernel's unlock.
    static UNLOCKING: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
}

struct Waiter {
    word: Word,
    thread: u32,
    /// What it sleeps on: 1 when it has been given the lock.
    granted: Futex,
    /// Whether the kernel has picked it, and is about to write it into the word.
    picked: Cell<bool>,
}

pub(super) fn begin_execution() {
    WAITERS.take();
    UNLOCKING.take();
}

/// The thread of the model that has this number.
fn thread_of(id: u32) -> usize {
    id as usize - 1
}

impl Waiter {
    fn priority(&self) -> u8 {
        priority::of(thread_of(self.thread))
    }
}

/// Who lends his priority to whom. What nobody lends is the kernel's own.
#[cfg(all(shuttle, feature = "shuttle", not(all(loom, feature = "loom"))))]
pub(crate) fn loans() -> Vec<(Option<usize>, usize)> {
    let mut loans: Vec<_> = WAITERS.with_borrow(|waiters| {
        let lent = waiters.iter().filter_map(|waiter| {
            let owner = words::peek(waiter.word)? as u32 & OWNER_MASK;
            (owner != 0).then(|| (Some(thread_of(waiter.thread)), thread_of(owner)))
        });
        lent.collect()
    });
    UNLOCKING
        .with_borrow(|unlocking| loans.extend(unlocking.iter().map(|&id| (None, thread_of(id)))));
    loans
}

/// Takes the lock behind `futex`, sleeping until it is this thread's turn, or until `deadline`.
#[track_caller]
pub fn lock(futex: &Futex, deadline: Option<Instant>) -> Locked {
    if model::inert() {
        return Locked::Acquired;
    }
    let (word, me) = (futex.word(), thread_id());
    let waiter = loop {
        let state = words::newest(word) as u32;
        match state & OWNER_MASK {
            0 if state == 0 => {
                if exchange(futex, "the kernel's lock", 0, me, Ordering::Relaxed) {
                    return Locked::Acquired;
                }
            }
            // An unlock is under way.
            0 => changes(word),
            owner if owner == me => return Locked::Deadlock,
            _ => {
                let marked = state | WAITERS_BIT;
                if exchange(futex, "the kernel's mark", state, marked, Ordering::Relaxed) {
                    // The same step: nothing runs between the mark and this.
                    let waiter = Rc::new(Waiter {
                        word,
                        thread: me,
                        granted: Futex::new(0),
                        picked: Cell::new(false),
                    });
                    WAITERS.with_borrow_mut(|waiters| waiters.push(Rc::clone(&waiter)));
                    break waiter;
                }
            }
        }
    };
    loop {
        let outcome = Native::wait(&waiter.granted, 0, deadline);
        if waiter.picked.get() {
            // The deadline may have come between the pick and the writing.
            while words::newest(word) as u32 & OWNER_MASK != me {
                changes(word);
            }
            return Locked::Acquired;
        }
        if outcome == Wait::TimedOut {
            // WAITERS stays: the unlock asks the kernel, which finds nobody.
            WAITERS.with_borrow_mut(|waiters| waiters.retain(|other| !Rc::ptr_eq(other, &waiter)));
            return Locked::TimedOut;
        }
        if model::inert() {
            return Locked::Acquired;
        }
    }
}

/// Takes the lock behind `futex` if nobody has it.
#[track_caller]
pub fn try_lock(futex: &Futex) -> bool {
    model::inert()
        || exchange(
            futex,
            "the kernel's lock",
            0,
            thread_id(),
            Ordering::Relaxed,
        )
}

/// Gives up the lock behind `futex`: the next owner is written into the word, or 0. Returns `false`, and does
/// nothing, if the word does not name this thread.
#[track_caller]
pub fn unlock(futex: &Futex) -> bool {
    if model::inert() {
        return true;
    }
    let (word, me) = (futex.word(), thread_id());
    UNLOCKING.with_borrow_mut(|unlocking| unlocking.push(me));
    let unlocked = unlock_by_kernel(futex, word, me);
    UNLOCKING.with_borrow_mut(|unlocking| unlocking.retain(|&id| id != me));
    unlocked
}

#[track_caller]
fn unlock_by_kernel(futex: &Futex, word: Word, me: u32) -> bool {
    loop {
        let state = words::newest(word) as u32;
        if state & OWNER_MASK != me {
            return false;
        }
        if exchange(
            futex,
            "the kernel's unlock",
            state,
            WAITERS_BIT,
            Ordering::Release,
        ) {
            break;
        }
    }
    // The same step: whoever is picked here was waiting when the word was given up, and while it names
    // nobody, no one is added.
    let next = WAITERS.with_borrow_mut(|waiters| {
        // The one with the highest priority, of several the one that came first.
        let here = (waiters.iter().enumerate()).filter(|(_, waiter)| waiter.word == word);
        let (at, _) = here.rev().max_by_key(|(_, waiter)| waiter.priority())?;
        Some(waiters.remove(at))
    });
    let owner = match &next {
        Some(waiter) => {
            waiter.picked.set(true);
            waiter.thread | WAITERS_BIT
        }
        None => 0,
    };
    let given = exchange(
        futex,
        "the kernel's unlock",
        WAITERS_BIT,
        owner,
        Ordering::Release,
    );
    assert!(
        given,
        "nobody else writes a word that names nobody and has WAITERS"
    );
    if let Some(waiter) = next {
        let address = waiter.granted.address();
        waiter.granted.swap(1, Ordering::Relaxed);
        Native::wake(address, 1);
    }
    true
}

/// A compare-exchange by the kernel.
#[track_caller]
fn exchange(futex: &Futex, name: &'static str, from: u32, to: u32, order: Ordering) -> bool {
    let (word, from, to) = (futex.word(), u64::from(from), u64::from(to));
    let done = words::compare_exchange(word, from, to, order, Ordering::Relaxed).is_ok();
    if done {
        recorder::word(futex.deref().address(), || {
            WordEvent::Change(name, from, to, order)
        });
        words::written(word);
    }
    done
}

/// Sleeps until somebody has written the word.
fn changes(word: Word) {
    words::begin_await(word);
    words::end_await(word);
}
