//! Programs over a monitor. Each states what it shows; a wrong one fails an assertion in it, loses an increment, races,
//! or leaves somebody asleep.

use core::ops::DerefMut;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::lifetime::Mortal;
use super::mutex::Outcomes;
use super::{Counter, go, soon};
use crate::selvedge;
use selvedge::sys::Duration;

/// A monitor, shipped or broken.
#[allow(missing_docs, reason = "as those of the monitor")]
pub trait Kit: Send + Sync + Sized + 'static {
    /// Its guard.
    type Guard<'a>: Guard<Self> + DerefMut<Target = State>;
    /// A named condition over its state.
    type Condition: Send + Sync + 'static;
    /// A condvar that its guards can wait on.
    type Condvar: Default + Send + Sync + 'static;

    fn new() -> Self;
    fn lock(&self) -> Self::Guard<'_>;
    fn try_lock(&self) -> Option<Self::Guard<'_>>;
    fn try_lock_for(&self, timeout: Duration) -> Option<Self::Guard<'_>>;
    fn lock_when(&self, condition: impl FnMut(&State) -> bool + Send) -> Self::Guard<'_>;
    fn lock_when_for(
        &self,
        condition: impl FnMut(&State) -> bool + Send,
        timeout: Duration,
    ) -> Option<Self::Guard<'_>>;
    fn when<R>(
        &self,
        condition: impl FnMut(&State) -> bool + Send,
        body: impl FnOnce(&mut State) -> R,
    ) -> R;
    /// Whether somebody is seen to queue at the door.
    fn has_entrants(&self) -> bool;
    fn named(name: &'static str, decide: fn(&State) -> bool) -> Self::Condition;
    fn notify_one(condvar: &Self::Condvar) -> bool;
}

/// The guard of a [`Kit`].
#[allow(missing_docs, reason = "as those of the monitor's")]
pub trait Guard<K: Kit> {
    fn wait(&mut self, condition: impl FnMut(&State) -> bool + Send);
    fn wait_for(&mut self, condition: impl FnMut(&State) -> bool + Send, timeout: Duration)
    -> bool;
    fn wait_named(&mut self, condition: &K::Condition);
    fn wait_named_for(&mut self, condition: &K::Condition, timeout: Duration) -> bool;
    fn wait_on(&mut self, condvar: &K::Condvar);
    fn wait_on_for(&mut self, condvar: &K::Condvar, timeout: Duration) -> bool;
}

/// Makes a kit of the monitor of a module.
#[macro_export]
macro_rules! monitor_kit {
    ($kit:ident, $($module:tt)*) => {
        /// The monitor of this module.
        pub struct $kit($($module)*::Monitor<$crate::models::monitor::State>);

        const _: () = {
            use core::time::Duration;
            use $crate::models::monitor::{Guard, Kit, State};
            use $($module)*::{Condition, Condvar, Monitor, MonitorGuard};

            impl Kit for $kit {
                type Guard<'a> = MonitorGuard<'a, State>;
                type Condition = Condition<State>;
                type Condvar = Condvar;

                fn new() -> Self {
                    Self(Monitor::new(State::default()))
                }
                fn lock(&self) -> MonitorGuard<'_, State> {
                    self.0.lock()
                }
                fn try_lock(&self) -> Option<MonitorGuard<'_, State>> {
                    self.0.try_lock()
                }
                fn try_lock_for(&self, timeout: Duration) -> Option<MonitorGuard<'_, State>> {
                    self.0.try_lock_for(timeout)
                }
                fn lock_when(
                    &self,
                    condition: impl FnMut(&State) -> bool + Send,
                ) -> MonitorGuard<'_, State> {
                    self.0.lock_when(condition)
                }
                fn lock_when_for(
                    &self,
                    condition: impl FnMut(&State) -> bool + Send,
                    timeout: Duration,
                ) -> Option<MonitorGuard<'_, State>> {
                    self.0.lock_when_for(condition, timeout)
                }
                fn when<R>(
                    &self,
                    condition: impl FnMut(&State) -> bool + Send,
                    body: impl FnOnce(&mut State) -> R,
                ) -> R {
                    self.0.when(condition, body)
                }
                fn has_entrants(&self) -> bool {
                    format!("{:?}", self.0).contains("entrants: true")
                }
                fn named(name: &'static str, decide: fn(&State) -> bool) -> Condition<State> {
                    Condition::new(name, decide)
                }
                fn notify_one(condvar: &Condvar) -> bool {
                    condvar.notify_one()
                }
            }

            impl Guard<$kit> for MonitorGuard<'_, State> {
                fn wait(&mut self, condition: impl FnMut(&State) -> bool + Send) {
                    self.wait(condition);
                }
                fn wait_for(
                    &mut self,
                    condition: impl FnMut(&State) -> bool + Send,
                    timeout: Duration,
                ) -> bool {
                    self.wait_for(condition, timeout)
                }
                fn wait_named(&mut self, condition: &Condition<State>) {
                    self.wait(condition.holds());
                }
                fn wait_named_for(
                    &mut self,
                    condition: &Condition<State>,
                    timeout: Duration,
                ) -> bool {
                    self.wait_for(condition.holds(), timeout)
                }
                fn wait_on(&mut self, condvar: &Condvar) {
                    self.wait_on(condvar);
                }
                fn wait_on_for(&mut self, condvar: &Condvar, timeout: Duration) -> bool {
                    self.wait_on_for(condvar, timeout)
                }
            }
        };
    };
}

monitor_kit!(Shipped, crate::selvedge);

/// What the programs protect.
#[derive(Default)]
pub struct State {
    /// Of a gate, or whatever else is waited for.
    pub open: bool,
    /// Of a buffer, or of a heap of tickets.
    pub items: u32,
    /// Whose turn it is.
    pub turn: u32,
    /// Who waits, as they say before they do.
    pub waiting: u32,
    /// In which order they went on.
    pub order: Vec<u32>,
    /// How often a condition was asked that counts.
    pub asked: AtomicUsize,
    /// Plain memory that the checkers see.
    pub counter: Counter,
}

impl core::fmt::Debug for State {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("State")
    }
}

/// Nobody is left inside.
fn assert_left<K: Kit>(monitor: &K) {
    assert!(monitor.try_lock().is_some(), "it was not left");
    assert!(!monitor.has_entrants(), "a mark is left at the door");
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .expect("a message")
}

/// The bounded buffer: whoever waits until there is room, or something to take, finds it when it goes on; nothing is lost,
/// and nobody is left asleep.
pub fn buffer<K: Kit>(
    producers: u32,
    consumers: u32,
    items: u32,
    capacity: u32,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let buffer = Arc::new(K::new());
        let produce = move |buffer: &K| {
            for _ in 0..items {
                buffer.when(
                    move |state| state.items < capacity,
                    |state| {
                        assert!(state.items < capacity, "there is no room");
                        state.items += 1;
                        state.counter.increment();
                    },
                );
            }
        };
        let mut others: Vec<_> = (1..producers)
            .map(|_| {
                let buffer = Arc::clone(&buffer);
                go(move || produce(&buffer))
            })
            .collect();
        let each = producers * items / consumers;
        others.extend((0..consumers).map(|_| {
            let buffer = Arc::clone(&buffer);
            go(move || {
                for _ in 0..each {
                    buffer.when(
                        |state| state.items > 0,
                        |state| {
                            assert!(state.items > 0, "there is nothing");
                            state.items -= 1;
                            state.counter.increment();
                        },
                    );
                }
            })
        }));
        produce(&buffer);
        others.into_iter().for_each(|other| other.join().unwrap());
        let state = buffer.lock();
        assert_eq!(
            (state.items, state.counter.get()),
            (0, 2 * producers * items)
        );
        drop(state);
        assert_left(&*buffer);
    }
}

/// A thread that enters at any moment does not come between: who was let go on finds what it waited for, although others
/// take it away whenever they can.
pub fn nobody_comes_between<K: Kit>() {
    let monitor = Arc::new(K::new());
    let waiter = {
        let monitor = Arc::clone(&monitor);
        go(move || {
            let mut state = monitor.lock();
            state.waiting = 1;
            state.wait(|state| state.open);
            assert!(state.open, "somebody came between");
            state.counter.increment();
        })
    };
    let thief = {
        let monitor = Arc::clone(&monitor);
        go(move || {
            let mut state = monitor.lock();
            // If it waited when the gate was opened, it has gone through.
            if state.waiting == 1 && state.counter.get() == 0 {
                state.open = false;
            }
        })
    };
    let mut state = monitor.lock();
    state.open = true;
    drop(state);
    thief.join().unwrap();
    monitor.lock().open = true;
    waiter.join().unwrap();
    assert_eq!(monitor.lock().counter.get(), 1);
    assert_left(&*monitor);
}

/// A ping-pong inside: a wait that begins asks the others.
pub fn wait_hands_over<K: Kit>(rounds: u32) -> impl Fn() + Send + Sync + Clone + 'static {
    fn play<K: Kit>(monitor: &K, me: u32, rounds: u32) {
        let mut state = monitor.lock();
        for _ in 0..rounds {
            state.wait(move |state| state.turn == me);
            assert_eq!(state.turn, me, "it is not its turn");
            state.counter.increment();
            state.turn = 1 - me;
        }
    }
    move || {
        let monitor = Arc::new(K::new());
        let other = {
            let monitor = Arc::clone(&monitor);
            go(move || play(&*monitor, 1, rounds))
        };
        play(&*monitor, 0, rounds);
        other.join().unwrap();
        assert_eq!(monitor.lock().counter.get(), 2 * rounds);
        assert_left(&*monitor);
    }
}

/// A deadline comes at any moment of being let go on. On a guard, the answer is that of the state; without one, who
/// gives up has left.
pub fn timeout_against_hand_over<K: Kit>(
    on_a_guard: bool,
    outcomes: &Arc<Outcomes>,
) -> impl Fn() + Send + Sync + Clone + 'static {
    let outcomes = Arc::clone(outcomes);
    move || {
        let monitor = Arc::new(K::new());
        let waiter = {
            let (monitor, outcomes) = (Arc::clone(&monitor), Arc::clone(&outcomes));
            go(move || {
                let held = if on_a_guard {
                    let mut state = monitor.lock();
                    let held = state.wait_for(|state| state.open, soon());
                    assert_eq!(held, state.open, "a wrong answer");
                    state.counter.increment();
                    held
                } else {
                    match monitor.lock_when_for(|state| state.open, soon()) {
                        Some(state) => {
                            assert!(state.open, "a wrong answer");
                            state.counter.increment();
                            true
                        }
                        None => false,
                    }
                };
                let ends = if held {
                    &outcomes.locked
                } else {
                    &outcomes.timed_out
                };
                ends.fetch_add(1, Relaxed);
            })
        };
        let mut state = monitor.lock();
        state.open = true;
        state.counter.increment();
        drop(state);
        monitor.lock().counter.increment();
        waiter.join().unwrap();
        assert_left(&*monitor);
    }
}

/// Somebody gives up beside a thread that waits for the same: what was offered to the one goes to the other.
pub fn timeout_beside_waiter<K: Kit>(
    on_a_guard: bool,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let monitor = Arc::new(K::new());
        let timed = {
            let monitor = Arc::clone(&monitor);
            go(move || {
                if on_a_guard {
                    monitor.lock().wait_for(|state| state.open, soon());
                } else {
                    drop(monitor.lock_when_for(|state| state.open, soon()));
                }
            })
        };
        let patient = {
            let monitor = Arc::clone(&monitor);
            go(move || monitor.when(|state| state.open, |state| state.counter.increment()))
        };
        let mut state = monitor.lock();
        state.open = true;
        drop(state);
        patient.join().unwrap();
        timed.join().unwrap();
        assert_eq!(monitor.lock().counter.get(), 1);
        assert_left(&*monitor);
    }
}

/// The one that is to go on gives up at that very moment: the next one goes on in its stead, by the same name or by
/// another, and not one that comes by the door.
pub fn the_next_in_its_stead<K: Kit>(named: bool) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let monitor = Arc::new(K::new());
        let open = Arc::new(K::named("open", |state| state.open));
        let timed = {
            let (monitor, open) = (Arc::clone(&monitor), Arc::clone(&open));
            go(move || {
                monitor.lock().wait_named_for(&open, soon());
            })
        };
        let patient = {
            let (monitor, open) = (Arc::clone(&monitor), Arc::clone(&open));
            go(move || {
                let mut state = monitor.lock();
                state.waiting += 1;
                if named {
                    state.wait_named(&open);
                } else {
                    state.wait(|state| state.open);
                }
                state.items += 1;
                state.counter.increment();
            })
        };
        let mut state = monitor.lock();
        let waits = state.waiting == 1;
        state.open = true;
        drop(state);
        let state = monitor.lock();
        assert!(!waits || state.items == 1, "it was overtaken at the door");
        drop(state);
        timed.join().unwrap();
        patient.join().unwrap();
        assert_eq!(monitor.lock().counter.get(), 1);
        assert_left(&*monitor);
    }
}

/// One ticket, and a thread that may give up: whoever is left gets it.
pub fn one_ticket<K: Kit>() {
    let monitor = Arc::new(K::new());
    let waiters = [true, false].map(|timed| {
        let monitor = Arc::clone(&monitor);
        go(move || {
            let state = if timed {
                monitor.lock_when_for(|state| state.items > 0, soon())
            } else {
                Some(monitor.lock_when(|state| state.items > 0))
            };
            if let Some(mut state) = state {
                state.items = state.items.checked_sub(1).expect("a ticket");
                state.counter.increment();
                if timed {
                    state.items += 1; // it gives it back
                }
            }
        })
    });
    monitor.lock().items += 1;
    waiters
        .into_iter()
        .for_each(|waiter| waiter.join().unwrap());
    assert_eq!(monitor.lock().items, 0);
    assert_left(&*monitor);
}

/// The same wait by name, of several threads, one of which may give up: the row goes on without it.
pub fn a_row_that_one_leaves<K: Kit>() {
    let monitor = Arc::new(K::new());
    let open = Arc::new(K::named("open", |state| state.open));
    let timed = {
        let monitor = Arc::clone(&monitor);
        go(move || drop(monitor.lock_when_for(|state| state.open, soon())))
    };
    let patient = {
        let (monitor, open) = (Arc::clone(&monitor), Arc::clone(&open));
        go(move || {
            let mut state = monitor.lock();
            state.wait_named(&open);
            assert!(state.open);
            state.counter.increment();
        })
    };
    let mut state = monitor.lock();
    state.wait_for(|state| state.waiting > 0, soon());
    state.open = true;
    state.wait_named(&open);
    drop(state);
    patient.join().unwrap();
    timed.join().unwrap();
    assert_eq!(monitor.lock().counter.get(), 1);
    assert_left(&*monitor);
}

/// A condition panics on the thread that opens: it panics where it belongs, the opener and another waiter notice nothing.
pub fn a_condition_panics<K: Kit>(
    on_a_guard: bool,
    timed: bool,
    beside: bool,
    panics: &Arc<AtomicUsize>,
) -> impl Fn() + Send + Sync + Clone + 'static {
    let panics = Arc::clone(panics);
    move || {
        let monitor = Arc::new(K::new());
        let owner = {
            let (monitor, panics) = (Arc::clone(&monitor), Arc::clone(&panics));
            go(move || {
                let condition = |state: &State| {
                    assert!(!state.open, "mine");
                    false
                };
                let wait = AssertUnwindSafe(|| {
                    if on_a_guard {
                        let mut state = monitor.lock();
                        let wait = AssertUnwindSafe(|| {
                            if timed {
                                state.wait_for(condition, soon());
                            } else {
                                state.wait(condition);
                            }
                        });
                        let result = catch_unwind(wait);
                        state.counter.increment(); // the guard is good
                        result
                    } else {
                        catch_unwind(AssertUnwindSafe(|| {
                            if timed {
                                drop(monitor.lock_when_for(condition, soon()));
                            } else {
                                drop(monitor.lock_when(condition));
                            }
                        }))
                    }
                });
                match wait() {
                    Ok(()) => assert!(timed, "it did not panic"),
                    Err(panic) => {
                        assert_eq!(message(&*panic), "mine");
                        panics.fetch_add(1, Relaxed);
                    }
                }
            })
        };
        let other = beside.then(|| {
            let monitor = Arc::clone(&monitor);
            go(move || monitor.when(|state| state.open, |state| state.counter.increment()))
        });
        let mut state = monitor.lock();
        state.open = true;
        state.counter.increment();
        drop(state);
        owner.join().unwrap();
        if let Some(other) = other {
            other.join().unwrap();
        }
        let increments = 1 + u32::from(on_a_guard) + u32::from(beside);
        assert_eq!(monitor.lock().counter.get(), increments);
        assert_left(&*monitor);
    }
}

/// A body that panics leaves the monitor, and asks the others on the way.
pub fn a_body_panics<K: Kit>() {
    let monitor = Arc::new(K::new());
    let waiter = {
        let monitor = Arc::clone(&monitor);
        go(move || monitor.when(|state| state.open, |state| state.counter.increment()))
    };
    let result = catch_unwind(AssertUnwindSafe(|| {
        let mut state = monitor.lock();
        state.open = true;
        panic!("in the middle");
    }));
    assert!(result.is_err());
    waiter.join().unwrap();
    assert_left(&*monitor);
}

/// A condition that uses its own monitor is told so, whoever asks it.
pub fn a_condition_enters<K: Kit>() {
    let monitor = Arc::new(K::new());
    let waiter = {
        let monitor = Arc::clone(&monitor);
        go(move || {
            let wait = || {
                monitor.when(
                    |state| {
                        if state.open {
                            drop(monitor.lock());
                        }
                        state.open
                    },
                    |_| (),
                );
            };
            let panic = catch_unwind(AssertUnwindSafe(wait)).expect_err("it went on");
            let rule = "selvedge: a condition of a Monitor uses the very Monitor";
            assert!(message(&*panic).starts_with(rule), "{}", message(&*panic));
        })
    };
    monitor.lock().open = true;
    waiter.join().unwrap();
    assert_left(&*monitor);
}

/// How often a condition is asked: by each of those who wait for it when it comes, and then once by whoever leaves, however
/// many wait. `named`, or each has its own.
pub fn asked_once<K: Kit>(named: bool) -> impl Fn() + Send + Sync + Clone + 'static {
    fn asked(state: &State) -> bool {
        state.asked.fetch_add(1, Relaxed);
        state.open
    }
    move || {
        let monitor = Arc::new(K::new());
        let condition = Arc::new(K::named("open", asked));
        let waiters = [(); 2].map(|()| {
            let (monitor, condition) = (Arc::clone(&monitor), Arc::clone(&condition));
            go(move || {
                let mut state = monitor.lock();
                state.waiting += 1;
                if named {
                    state.wait_named(&condition);
                } else {
                    state.wait(asked);
                }
                state.counter.increment();
            })
        });
        let state = monitor.lock();
        let waiting = state.waiting as usize;
        let before = state.asked.load(Relaxed);
        drop(state);
        let mut state = monitor.lock();
        // Unless somebody has come meanwhile, who asks for itself and asks the others when it leaves.
        if state.waiting as usize == waiting {
            let questions = if named { waiting.min(1) } else { waiting };
            assert_eq!(state.asked.load(Relaxed) - before, questions);
        }
        state.open = true;
        drop(state);
        waiters
            .into_iter()
            .for_each(|waiter| waiter.join().unwrap());
        assert_eq!(monitor.lock().counter.get(), 2);
        assert_left(&*monitor);
    }
}

/// Those whose condition holds go on in the order in which they came, also through rows.
pub fn in_order_of_arrival<K: Kit>(
    named: &'static [bool],
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let monitor = Arc::new(K::new());
        let condition = Arc::new(K::named("open", |state| state.open));
        let waiters = named.iter().map(|&named| {
            let (monitor, condition) = (Arc::clone(&monitor), Arc::clone(&condition));
            go(move || {
                let mut state = monitor.lock();
                let me = state.waiting;
                state.waiting += 1;
                if named {
                    state.wait_named(&condition);
                } else {
                    state.wait(|state| state.open);
                }
                state.order.push(me);
                state.counter.increment();
            })
        });
        let waiters: Vec<_> = waiters.collect();
        let mut state = monitor.lock();
        state.open = true;
        drop(state);
        waiters
            .into_iter()
            .for_each(|waiter| waiter.join().unwrap());
        assert!(monitor.lock().order.is_sorted(), "out of order");
        assert_left(&*monitor);
    }
}

/// Two threads that hand the monitor to one another inside, and others that come to the door: one gets in after no more
/// than `bound` of these hand-overs, counted since somebody inside has seen that it queues. `timed`: they may give up, and
/// the two go on.
pub fn entrants_get_in<K: Kit>(
    bound: u32,
    entrants: usize,
    timed: bool,
) -> impl Fn() + Send + Sync + Clone + 'static {
    /// Takes turns until somebody came in, or long enough.
    ///
    /// Number 0 looks in its first round whether anybody queues, and counts from then on.
    fn play<K: Kit>(monitor: &K, me: u32, rounds: u32) -> u32 {
        let (mut overtaken, mut seen) = (0, false);
        let mut state = monitor.lock();
        state.waiting += 1;
        for round in 0..rounds {
            state.wait(move |state| state.turn == me || state.open);
            if state.open {
                break;
            }
            state.counter.increment();
            overtaken += 2 * u32::from(seen);
            seen |= me == 0 && round == 0 && state.waiting == 2 && monitor.has_entrants();
            state.turn = 1 - me;
        }
        state.open = true; // the other one need not wait any more
        overtaken
    }
    move || {
        let monitor = Arc::new(K::new());
        let other = {
            let monitor = Arc::clone(&monitor);
            go(move || {
                play(&*monitor, 1, bound + 1);
            })
        };
        let entrants: Vec<_> = (0..entrants)
            .map(|_| {
                let monitor = Arc::clone(&monitor);
                go(move || {
                    let state = if timed {
                        monitor.try_lock_for(soon())
                    } else {
                        Some(monitor.lock())
                    };
                    if let Some(mut state) = state {
                        state.open = true;
                        state.counter.increment();
                    }
                })
            })
            .collect();
        let overtaken = play(&*monitor, 0, bound + 1);
        entrants
            .into_iter()
            .for_each(|entrant| entrant.join().unwrap());
        other.join().unwrap();
        assert!(
            timed || overtaken <= bound,
            "it stood at the door for {overtaken} hand-overs"
        );
        assert_left(&*monitor);
    }
}

/// The classic style beside the automatic one: a thread that waits on a condvar leaves as everybody does, and asks.
pub fn classic<K: Kit>(timed: bool) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let monitor = Arc::new(K::new());
        let changed = Arc::new(K::Condvar::default());
        let other = {
            let (monitor, changed) = (Arc::clone(&monitor), Arc::clone(&changed));
            go(move || {
                let mut state = monitor.lock_when(|state| state.open);
                assert!(state.open);
                state.items = 1;
                state.counter.increment();
                K::notify_one(&changed);
            })
        };
        let mut state = monitor.lock();
        state.open = true;
        while state.items == 0 {
            if !timed {
                state.wait_on(&changed);
            } else if !state.wait_on_for(&changed, soon()) {
                break;
            }
        }
        state.counter.increment();
        drop(state);
        other.join().unwrap();
        assert_eq!(monitor.lock().counter.get(), 2);
        assert_left(&*monitor);
    }
}

/// A thread that was notified comes in by the door, while the monitor is handed over inside.
pub fn notified_beside_hand_over<K: Kit>() {
    let monitor = Arc::new(K::new());
    let changed = Arc::new(K::Condvar::default());
    let classic = {
        let (monitor, changed) = (Arc::clone(&monitor), Arc::clone(&changed));
        go(move || {
            let mut state = monitor.lock();
            while !state.open {
                state.wait_on(&changed);
            }
            state.counter.increment();
        })
    };
    let automatic = {
        let monitor = Arc::clone(&monitor);
        go(move || monitor.when(|state| state.open, |state| state.counter.increment()))
    };
    let mut state = monitor.lock();
    state.open = true;
    K::notify_one(&changed);
    drop(state);
    classic.join().unwrap();
    automatic.join().unwrap();
    assert_eq!(monitor.lock().counter.get(), 2);
    assert_left(&*monitor);
}

/// The thread that is let go on frees the monitor, while the one that let it may still be leaving.
pub fn freed_by_the_next_owner<K: Kit>(timed: bool) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let monitor = Mortal::new(K::new());
        let waiter = {
            let monitor = Arc::clone(&monitor);
            go(move || {
                if timed {
                    // Until it is there, however often it gives up.
                    let mut state = monitor.get().lock();
                    if !state.wait_for(|state| state.open, soon()) {
                        state.wait(|state| state.open);
                    }
                    drop(state);
                } else {
                    monitor.get().when(|state| state.open, |_| ());
                }
                monitor.kill();
            })
        };
        let mut state = monitor.get().lock();
        state.open = true;
        drop(state);
        waiter.join().unwrap();
    }
}

/// All wait, for what nobody will do: the verdict says for what.
pub fn all_wait<K: Kit>() {
    let monitor = Arc::new(K::new());
    let full = {
        let monitor = Arc::clone(&monitor);
        go(move || {
            let full = K::named("full", |state| state.items == 1);
            monitor.lock().wait_named(&full);
        })
    };
    let open = K::named("open", |state| state.open);
    monitor.lock().wait_named(&open);
    full.join().unwrap();
}
