//! The futex of the shuttle world; how it is modelled is told in `mod.rs`.

use core::cell::Cell;
use std::cell::RefCell;
use std::rc::Rc;

use shuttle_engine::runtime::execution::ExecutionState;
use shuttle_engine::runtime::task::TaskId;

use super::words;
use super::{block, current_thread, switch, unblock, with_pool};
use crate::sys::model;
use crate::sys::model::atomic::AtomicU32;
use crate::sys::{Backend, Futex, Instant, Wait};
use crate::trace::recorder;

pub(super) struct Sleeper {
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

/// Which word: its number in this execution, so that nothing needs to be alive there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    index: usize,
    address: usize,
}

impl Address {
    #[track_caller]
    pub(in crate::sys) fn of(word: &AtomicU32) -> Self {
        let index = if model::inert() { 0 } else { word.word().index };
        Self {
            index,
            address: word.address(),
        }
    }
}

/// The shuttle model of a futex.
#[derive(Clone, Copy, Debug)]
pub struct Shuttle;

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
        let index = word.word().index;
        let value = words::newest(word.word()) as u32;
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
        let index = word.word().index;
        if words::newest(word.word()) != u64::from(expected) {
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

    pub(super) fn state_hash(
        &self,
        place: impl Fn(usize) -> Option<usize>,
        hasher: &mut impl core::hash::Hasher,
    ) {
        use core::hash::Hash;
        (place(self.key.get()), self.thread, self.queued()).hash(hasher);
    }

    pub(super) fn may_time_out(&self, thread: usize) -> bool {
        self.thread == thread && self.kind == Sleep::Timed && self.queued()
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
