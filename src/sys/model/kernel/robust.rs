//! The list of locks that the kernel goes through when a thread dies. See `mod.rs` for what this shows.

use core::cell::Cell;
use core::ops::Deref;
use std::cell::RefCell;

use super::super::super::world::{Native, words};
use super::super::atomic::Word;
use super::{OWNER_DIED_BIT, OWNER_MASK, WAITERS_BIT, step, thread_id};
use crate::sys::{Address, Backend, Futex, Ordering, model};
use crate::trace::recorder::{self, WordEvent};

std::thread_local! {
    static LISTS: RefCell<Vec<List>> = const { RefCell::new(Vec::new()) };
}

/// What a thread has told the kernel.
struct List {
    thread: u32,
    pending: Option<Lock>,
    held: Vec<Lock>,
}

/// A lock's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Lock {
    word: Word,
    address: Address,
    /// What the recorder calls it by.
    number: usize,
}

/// A lock's place in the list.
#[derive(Default)]
pub struct Entry(Cell<Option<Lock>>);

// SAFETY: all threads of a model run on one OS thread, and only one exploration runs at a time.
unsafe impl Sync for Entry {}

impl Entry {
    /// An entry that is in no list.
    pub const fn new() -> Self {
        Self(Cell::new(None))
    }

    /// Whether a lock with its word and its entry at these places can be put into the list: here, any.
    pub const fn fits(_word: usize, _entry: usize) -> bool {
        true
    }

    /// From here until [`over`] the kernel looks at this lock when the thread dies.
    #[track_caller]
    pub fn announce(&self, word: &Futex) {
        if model::inert() {
            return;
        }
        step();
        let lock = Lock {
            word: word.word(),
            address: word.address(),
            number: word.deref().address(),
        };
        self.0.set(Some(lock));
        with_list(|list| list.pending = Some(lock));
    }

    /// Puts the lock into this thread's list.
    ///
    /// # Safety
    ///
    /// None here; see the same function of the machine.
    #[track_caller]
    pub unsafe fn insert(&self) {
        if model::inert() {
            return;
        }
        step();
        with_list(|list| list.held.extend(self.0.get()));
    }

    /// Takes the lock out of this thread's list.
    ///
    /// # Safety
    ///
    /// None here; see the same function of the machine.
    #[track_caller]
    pub unsafe fn remove(&self) {
        if model::inert() {
            return;
        }
        step();
        let found = with_list(|list| {
            let at = list
                .held
                .iter()
                .position(|held| Some(*held) == self.0.get());
            at.map(|at| list.held.remove(at))
        });
        assert!(
            found.is_some(),
            "selvedge: a lock is removed from the list of a thread that has not inserted it; the thread that \
             locked it must unlock it"
        );
    }
}

/// What was [announced](Entry::announce) is done.
#[track_caller]
pub fn over() {
    if !model::inert() {
        step();
        with_list(|list| list.pending = None);
    }
}

fn with_list<R>(f: impl FnOnce(&mut List) -> R) -> R {
    let me = thread_id();
    LISTS.with_borrow_mut(|lists| {
        if let Some(list) = lists.iter_mut().find(|list| list.thread == me) {
            return f(list);
        }
        lists.push(List {
            thread: me,
            pending: None,
            held: Vec::new(),
        });
        f(lists.last_mut().expect("just pushed"))
    })
}

pub(super) fn begin_execution() {
    LISTS.take();
}

/// What the kernel does for a thread that has died.
pub(super) fn bury(thread: u32) {
    let (held, pending) = with_list(|list| (core::mem::take(&mut list.held), list.pending.take()));
    for lock in held {
        if Some(lock) != pending {
            lock.bury(thread, false);
        }
    }
    if let Some(lock) = pending {
        lock.bury(thread, true);
    }
}

impl Lock {
    fn bury(self, thread: u32, pending: bool) {
        let mut value = words::newest(self.word);
        loop {
            let state = value as u32;
            if pending && state & OWNER_MASK == 0 {
                // It may have been about to pass on a wake.
                Native::wake(self.address, 1);
                return;
            }
            if state & OWNER_MASK != thread {
                return;
            }
            let orphaned = u64::from((state & WAITERS_BIT) | OWNER_DIED_BIT);
            let release = Ordering::Release;
            match words::compare_exchange(self.word, value, orphaned, release, Ordering::Relaxed) {
                Ok(_) => {
                    recorder::word(self.number, || {
                        WordEvent::Change(
                            "the kernel's burial of the owner",
                            value,
                            orphaned,
                            release,
                        )
                    });
                    words::written(self.word);
                    if state & WAITERS_BIT != 0 {
                        Native::wake(self.address, 1);
                    }
                    return;
                }
                Err(actual) => value = actual,
            }
        }
    }
}
