//! Programs over an event that stays set. Each states what it shows; a wrong one fails an assertion in it, races,
//! or leaves somebody asleep.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed as Plainly;

use super::lifetime::Mortal;
use super::mutex::Outcomes;
use super::{Counter, go, number_in, soon};
use crate::selvedge;
use selvedge::sys::{AtomicU32, Ordering::Relaxed, deadline_after};

/// The algorithm under test.
pub trait AnyEvent: core::fmt::Debug + Send + Sync + 'static {
    /// Not set.
    fn unset() -> Self;
    /// Sets it.
    fn set(&self);
    /// Takes that back, and says whether it was set.
    fn reset(&self) -> bool;
    /// Whether it is set.
    fn is_set(&self) -> bool;
    /// Waits.
    fn wait(&self);
    /// Waits for some time, and says whether it was set.
    fn wait_some_time(&self) -> bool;
}

/// Makes an `AnyEvent` of a raw event.
#[macro_export]
macro_rules! any_event {
    ($raw:ty) => {
        impl $crate::models::event::AnyEvent for $raw {
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
            fn wait(&self) {
                assert!(self.wait(None), "it gave up without a deadline");
            }
            fn wait_some_time(&self) -> bool {
                self.wait($crate::models::event::some_time())
            }
        }
    };
}

/// A deadline; in a model, any.
pub fn some_time() -> Option<selvedge::sys::Instant> {
    Some(deadline_after(soon()).expect("it is soon"))
}

/// What is shipped.
pub type Shipped = selvedge::raw::RawEvent;
any_event!(Shipped);

/// What is shipped, where the generation is about to wrap around.
#[derive(Debug)]
pub struct AtWrap(selvedge::raw::RawEvent);

impl AnyEvent for AtWrap {
    fn unset() -> Self {
        Self(selvedge::raw::RawEvent::starting_at(u32::MAX))
    }
    fn set(&self) {
        self.0.set();
    }
    fn reset(&self) -> bool {
        self.0.reset()
    }
    fn is_set(&self) -> bool {
        self.0.is_set()
    }
    fn wait(&self) {
        AnyEvent::wait(&self.0);
    }
    fn wait_some_time(&self) -> bool {
        self.0.wait_some_time()
    }
}

struct Shared<E> {
    event: E,
    count: Counter,
}

impl<E: AnyEvent> Shared<E> {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            event: E::unset(),
            count: Counter::new(),
        })
    }

    /// Whether somebody has looked and will wait: the mark in the word.
    fn is_waited_for(&self) -> bool {
        assert!(!self.event.is_set()); // others may run here
        number_in(&self.event) & 2 != 0
    }
}

/// All who wait come back when it is set, and see what was done before.
pub fn releases_all<E: AnyEvent>(waiters: usize) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let shared = Shared::<E>::new();
        let others: Vec<_> = (0..waiters)
            .map(|_| {
                let shared = Arc::clone(&shared);
                go(move || {
                    shared.event.wait();
                    assert_eq!(shared.count.get(), 1);
                })
            })
            .collect();
        shared.count.increment();
        shared.event.set();
        others.into_iter().for_each(|other| other.join().unwrap());
        shared.event.wait();
        assert!(shared.event.is_set());
    }
}

/// Whoever sees that it is set sees what was done before.
pub fn visible<E: AnyEvent>() {
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
    assert!(shared.event.reset() && !shared.event.is_set() && !shared.event.reset());
}

/// Whoever takes back that it is set sees what was done before.
pub fn reset_sees<E: AnyEvent>() {
    let shared = Shared::<E>::new();
    let other = {
        let shared = Arc::clone(&shared);
        go(move || {
            shared.count.increment();
            shared.event.set();
        })
    };
    if shared.event.reset() {
        assert_eq!(shared.count.get(), 1);
        assert!(!shared.event.is_set());
    }
    other.join().unwrap();
}

/// Who waits when it is set comes back, also if it is reset before he looks; and sees what was done before it was
/// set. Who does not wait yet waits for the next time.
pub fn set_and_reset<E: AnyEvent>(waiters: usize) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let shared = Shared::<E>::new();
        let others: Vec<_> = (0..waiters)
            .map(|_| {
                let shared = Arc::clone(&shared);
                go(move || {
                    shared.event.wait();
                    assert_eq!(shared.count.get(), 1);
                })
            })
            .collect();
        let waited_for = waiters == 1 && shared.is_waited_for();
        shared.count.increment();
        shared.event.set();
        if waited_for {
            assert!(shared.event.reset());
            others.into_iter().for_each(|other| other.join().unwrap());
            assert!(!shared.event.is_set());
            return;
        }
        // Some of them may come after this, and are released by the next.
        assert!(shared.event.reset());
        shared.event.set();
        others.into_iter().for_each(|other| other.join().unwrap());
    }
}

/// One who sets it, one who resets it, one who waits: he is released by the first `set` or by the last.
pub fn reset_by_another<E: AnyEvent>() {
    let shared = Shared::<E>::new();
    let waiter = {
        let shared = Arc::clone(&shared);
        go(move || {
            shared.event.wait();
            assert_eq!(shared.count.get(), 1);
        })
    };
    let resetter = {
        let shared = Arc::clone(&shared);
        go(move || {
            shared.event.reset();
        })
    };
    shared.count.increment();
    shared.event.set();
    resetter.join().unwrap();
    shared.event.set();
    waiter.join().unwrap();
}

/// Two threads leave something and set the event; one waits, resets, looks, until it has seen both. A `set` that
/// finds the event set says so all the same: otherwise the one who resets it may miss what was left.
pub fn sets_that_coalesce<E: AnyEvent>() {
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
        shared.0.reset();
        seen = shared.1.load(Relaxed) + shared.2.load(Relaxed);
    }
    others.into_iter().for_each(|other| other.join().unwrap());
}

/// A deadline may come at every moment. Who was released says so, and sees what was done before.
pub fn timeout_against_set<E: AnyEvent>(
    outcomes: &Arc<Outcomes>,
    waiters: usize,
) -> impl Fn() + Send + Sync + Clone + 'static {
    let outcomes = Arc::clone(outcomes);
    move || {
        let shared = Shared::<E>::new();
        let others: Vec<_> = (0..waiters)
            .map(|number| {
                let (shared, outcomes) = (Arc::clone(&shared), Arc::clone(&outcomes));
                go(move || {
                    if number > 0 {
                        shared.event.wait();
                        assert_eq!(shared.count.get(), 1);
                    } else if shared.event.wait_some_time() {
                        outcomes.locked.fetch_add(1, Plainly);
                        assert_eq!(shared.count.get(), 1);
                    } else {
                        outcomes.timed_out.fetch_add(1, Plainly);
                    }
                })
            })
            .collect();
        shared.count.increment();
        shared.event.set();
        others.into_iter().for_each(|other| other.join().unwrap());
        assert!(shared.event.wait_some_time(), "it is set");
    }
}

/// A deadline that comes between a `set` and a `reset`: the wait is over all the same, and one that has begun in
/// the next generation waits for the next `set`.
pub fn timeout_against_reset<E: AnyEvent>() {
    let shared = Shared::<E>::new();
    let timed = {
        let shared = Arc::clone(&shared);
        go(move || {
            if shared.event.wait_some_time() {
                assert!(shared.count.get() >= 1);
            }
        })
    };
    shared.count.increment();
    shared.event.set();
    assert!(shared.event.reset());
    timed.join().unwrap();
    assert!(!shared.event.wait_some_time(), "nobody has set it");
}

/// A turn that is passed to and fro: an event of each, set by the other and reset by its owner.
pub fn to_and_fro<E: AnyEvent>(rounds: u32) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let both = Arc::new((Shared::<E>::new(), E::unset()));
        let other = {
            let both = Arc::clone(&both);
            go(move || {
                for _ in 0..rounds {
                    both.0.event.wait();
                    both.0.event.reset();
                    both.0.count.increment();
                    both.1.set();
                }
            })
        };
        for round in 0..rounds {
            both.0.count.increment();
            both.0.event.set();
            both.1.wait();
            assert!(both.1.reset());
            assert_eq!(both.0.count.get(), 2 * (round + 1));
        }
        other.join().unwrap();
    }
}

/// Freed by the thread that has waited for it, while the one that set it may still be in its call.
pub fn freed_by_the_waiter<E: AnyEvent>() {
    let event = Mortal::new(E::unset());
    let other = {
        let event = Arc::clone(&event);
        go(move || event.get().set())
    };
    event.get().wait();
    event.kill();
    other.join().unwrap();
}
