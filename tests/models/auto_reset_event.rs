//! Programs over an event that releases one thread for each `set`. Each states what it shows; a wrong one fails an
//! assertion in it, races, or leaves somebody asleep.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed as Plainly};

use super::lifetime::Mortal;
use super::mutex::Outcomes;
use super::{Counter, go, number_in};
use crate::selvedge;
use selvedge::sys::{AtomicU32, Ordering::Relaxed, thread};

/// The algorithm under test.
pub trait AnyAutoResetEvent: core::fmt::Debug + Send + Sync + 'static {
    /// Not set.
    fn unset() -> Self;
    /// Releases one.
    fn set(&self);
    /// Takes that back, and says whether there was something to take back.
    fn reset(&self) -> bool;
    /// Whether it is set.
    fn is_set(&self) -> bool;
    /// Takes one without waiting.
    fn try_wait(&self) -> bool;
    /// Waits for one and takes it.
    fn wait(&self);
    /// Waits for some time, and says whether it has taken one.
    fn wait_some_time(&self) -> bool;
}

/// Makes an `AnyAutoResetEvent` of a raw one.
#[macro_export]
macro_rules! any_auto_reset_event {
    ($raw:ty) => {
        impl $crate::models::auto_reset_event::AnyAutoResetEvent for $raw {
            fn unset() -> Self {
                Self::new()
            }
            fn set(&self) {
                self.set();
            }
            fn reset(&self) -> bool {
                self.reset()
            }
            fn is_set(&self) -> bool {
                self.is_set()
            }
            fn try_wait(&self) -> bool {
                self.try_wait()
            }
            fn wait(&self) {
                assert!(self.wait(None), "it gave up without a deadline");
            }
            fn wait_some_time(&self) -> bool {
                self.wait($crate::models::event::some_time())
            }
        }
    };
}

/// What is shipped.
pub type Shipped = selvedge::raw::RawAutoResetEvent;
any_auto_reset_event!(Shipped);

struct Shared<E> {
    event: E,
    count: Counter,
    /// Whether whoever is released is to release the next.
    chain: AtomicU32,
}

impl<E: AnyAutoResetEvent> Shared<E> {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            event: E::unset(),
            count: Counter::new(),
            chain: AtomicU32::new(0),
        })
    }

    /// How many wait, as the word says.
    fn waiters(&self) -> u64 {
        self.event.is_set(); // others may run here
        number_in(&self.event) >> 16
    }

    /// Waits in another thread, sees what was done before it was released, and releases the next if told so.
    fn waiter(self: &Arc<Self>) -> thread::JoinHandle<()> {
        let shared = Arc::clone(self);
        go(move || {
            shared.event.wait();
            if shared.chain.load(Relaxed) == 1 {
                shared.event.set();
            }
        })
    }

    /// Releases all who wait or will wait, one after the other.
    fn chain(&self) {
        self.chain.fetch_add(1, Relaxed);
        self.event.set();
    }

    /// Nobody is counted as a waiter any more, and there are as many sets as said.
    fn assert_left(&self, sets: u64) {
        assert_eq!(
            number_in(&self.event),
            sets,
            "waiters or sets are left behind"
        );
    }
}

/// Set once, and it lets one thread pass at a time, who sets it again: a lock. Each thread is let in in the end.
pub fn one_at_a_time<E: AnyAutoResetEvent>(
    threads: usize,
    rounds: u32,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let shared = Shared::<E>::new();
        let pass = move |shared: &Shared<E>| {
            for _ in 0..rounds {
                shared.event.wait();
                shared.count.increment();
                shared.event.set();
            }
        };
        let others: Vec<_> = (1..threads)
            .map(|_| {
                let shared = Arc::clone(&shared);
                go(move || pass(&shared))
            })
            .collect();
        shared.event.set();
        pass(&shared);
        others.into_iter().for_each(|other| other.join().unwrap());
        assert!(shared.event.try_wait());
        assert_eq!(shared.count.get(), threads as u32 * rounds);
        shared.assert_left(0);
    }
}

/// The same with threads that give up, or only try: whoever has taken the `set` passes it on.
pub fn one_at_a_time_or_never<E: AnyAutoResetEvent>(
    others: usize,
    outcomes: &Arc<Outcomes>,
) -> impl Fn() + Send + Sync + Clone + 'static {
    let outcomes = Arc::clone(outcomes);
    move || {
        let shared = Shared::<E>::new();
        let threads: Vec<_> = (0..others)
            .map(|number| {
                let (shared, outcomes) = (Arc::clone(&shared), Arc::clone(&outcomes));
                go(move || {
                    let taken = match number {
                        1 => shared.event.try_wait(),
                        _ => shared.event.wait_some_time(),
                    };
                    if taken {
                        outcomes.locked.fetch_add(1, Plainly);
                        shared.count.increment();
                        shared.event.set();
                    } else {
                        outcomes.timed_out.fetch_add(1, Plainly);
                    }
                })
            })
            .collect();
        shared.event.set();
        shared.event.wait();
        shared.count.increment();
        shared.event.set();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        shared.assert_left(1);
        assert!(shared.event.wait_some_time(), "it is lost");
        shared.count.increment();
    }
}

/// Takes a `set` without waiting, in one of the two ways.
fn take<E: AnyAutoResetEvent>(event: &E, reset: bool) -> bool {
    if reset {
        event.reset()
    } else {
        event.try_wait()
    }
}

/// Whoever sees that it is set sees what was done before, and can take it.
pub fn visible<E: AnyAutoResetEvent>(reset: bool) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let shared = Shared::<E>::new();
        let other = {
            let shared = Arc::clone(&shared);
            go(move || {
                shared.count.increment();
                shared.event.set();
            })
        };
        if shared.event.is_set() {
            assert_eq!(shared.count.get(), 1);
        }
        other.join().unwrap();
        assert!(shared.event.is_set() && take(&shared.event, reset));
        assert!(!shared.event.is_set() && !take(&shared.event, reset));
        shared.assert_left(0);
    }
}

/// Whoever takes it without waiting sees what was done before.
pub fn take_sees<E: AnyAutoResetEvent>(reset: bool) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let shared = Shared::<E>::new();
        let other = {
            let shared = Arc::clone(&shared);
            go(move || {
                shared.count.increment();
                shared.event.set();
            })
        };
        if take(&shared.event, reset) {
            assert_eq!(shared.count.get(), 1);
        }
        other.join().unwrap();
    }
}

/// A wait sees what was done before the `set` that it takes.
pub fn wait_sees<E: AnyAutoResetEvent>() {
    let shared = Shared::<E>::new();
    let other = {
        let shared = Arc::clone(&shared);
        go(move || {
            shared.event.wait();
            assert_eq!(shared.count.get(), 1);
        })
    };
    shared.count.increment();
    shared.event.set();
    other.join().unwrap();
    shared.assert_left(0);
}

/// As many sets as threads wait, one right after the other: each releases one, also if the thread that was woken has
/// not come yet. And one more stays set.
pub fn each_set_releases_one<E: AnyAutoResetEvent>(
    waiters: usize,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let shared = Shared::<E>::new();
        let others: Vec<_> = (0..waiters).map(|_| shared.waiter()).collect();
        if shared.waiters() == waiters as u64 {
            (0..waiters).for_each(|_| shared.event.set());
            shared.event.set();
            others.into_iter().for_each(|other| other.join().unwrap());
            assert!(shared.event.try_wait(), "the last one is lost");
        } else {
            shared.chain();
            others.into_iter().for_each(|other| other.join().unwrap());
            assert!(shared.event.try_wait(), "the last one passes it on");
        }
        assert!(!shared.event.try_wait(), "one too many");
        shared.assert_left(0);
    }
}

/// Sets while nobody waits are one.
pub fn sets_are_one<E: AnyAutoResetEvent>() {
    let shared = Shared::<E>::new();
    let other = {
        let shared = Arc::clone(&shared);
        go(move || shared.event.set())
    };
    shared.event.set();
    other.join().unwrap();
    assert!(shared.event.try_wait());
    assert!(!shared.event.wait_some_time(), "one too many");
    shared.assert_left(0);
}

/// What is set for a thread that waits, neither a try nor a reset takes away.
pub fn what_is_owed_stays<E: AnyAutoResetEvent>(
    reset: bool,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let shared = Shared::<E>::new();
        let other = shared.waiter();
        let owed = shared.waiters() == 1;
        shared.event.set();
        let taken = if reset {
            shared.event.reset()
        } else {
            shared.event.try_wait()
        };
        assert!(!(owed && taken), "it was meant for another");
        if taken {
            shared.event.set();
        }
        other.join().unwrap();
        shared.assert_left(0);
    }
}

/// One `set`, a thread that may give up, and one that does not. The first takes it, or it is left for the second, who
/// is awake or is woken.
pub fn taken_or_left<E: AnyAutoResetEvent>(
    outcomes: &Arc<Outcomes>,
) -> impl Fn() + Send + Sync + Clone + 'static {
    let outcomes = Arc::clone(outcomes);
    move || {
        let shared = Shared::<E>::new();
        let timed = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                let taken = shared.event.wait_some_time();
                if taken {
                    assert_eq!(shared.count.get(), 1);
                }
                taken
            })
        };
        let patient = shared.waiter();
        shared.count.increment();
        shared.event.set();
        if timed.join().unwrap() {
            outcomes.locked.fetch_add(1, Plainly);
            shared.event.set();
        } else {
            outcomes.timed_out.fetch_add(1, Plainly);
        }
        patient.join().unwrap();
        shared.assert_left(0);
    }
}

/// No more threads are released than the event was set, and what no thread has taken is left: as many as were set
/// while threads waited, and at least one.
pub fn counts<E: AnyAutoResetEvent>(
    waiters: usize,
    setters: usize,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let shared = Shared::<E>::new();
        let released = Arc::new(AtomicUsize::new(0));
        let mut others: Vec<_> = (0..waiters)
            .map(|_| {
                let (shared, released) = (Arc::clone(&shared), Arc::clone(&released));
                go(move || {
                    if shared.event.wait_some_time() {
                        released.fetch_add(1, Plainly);
                    }
                })
            })
            .collect();
        others.extend((1..setters).map(|_| {
            let shared = Arc::clone(&shared);
            go(move || shared.event.set())
        }));
        shared.event.set();
        others.into_iter().for_each(|other| other.join().unwrap());
        let released = released.load(Plainly);
        let left = usize::from(shared.event.try_wait());
        shared.assert_left(0);
        assert!(released + left <= setters, "a set was taken twice");
        assert!(released + left >= 1, "a set is lost");
    }
}

/// A thread that sets and then waits, beside one that waits: it may take its own, and then sets again. Nobody is
/// left asleep beside a `set`.
pub fn comes_between<E: AnyAutoResetEvent>() {
    let shared = Shared::<E>::new();
    let other = shared.waiter();
    let between = {
        let shared = Arc::clone(&shared);
        go(move || {
            if shared.event.wait_some_time() {
                shared.event.set();
            }
        })
    };
    shared.event.set();
    other.join().unwrap();
    between.join().unwrap();
    let left = number_in(&shared.event);
    assert!(left <= 1, "waiters or sets are left behind");
}

/// Two threads leave something and set the event; one waits and looks until it has seen both. A `set` that coalesces
/// says so all the same.
pub fn sets_that_coalesce<E: AnyAutoResetEvent>() {
    let shared = Arc::new((E::unset(), AtomicU32::new(0), AtomicU32::new(0)));
    let others: Vec<_> = (0..2)
        .map(|number| {
            let shared = Arc::clone(&shared);
            go(move || {
                let left = [&shared.1, &shared.2][number];
                left.fetch_add(1, Relaxed);
                shared.0.set();
            })
        })
        .collect();
    let mut seen = 0;
    while seen < 2 {
        shared.0.wait();
        seen = shared.1.load(Relaxed) + shared.2.load(Relaxed);
    }
    others.into_iter().for_each(|other| other.join().unwrap());
}

/// Freed by the thread that has waited for it, while the one that set it may still be in its call.
pub fn freed_by_the_waiter<E: AnyAutoResetEvent>() {
    let event = Mortal::new(E::unset());
    let other = {
        let event = Arc::clone(&event);
        go(move || event.get().set())
    };
    event.get().wait();
    event.kill();
    other.join().unwrap();
}
