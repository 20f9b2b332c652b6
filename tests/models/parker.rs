//! Programs over a parker. Each states what it shows; a wrong one fails an assertion in it, races, or leaves somebody
//! asleep.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed as Plainly};

use super::lifetime::Mortal;
use super::mutex::Outcomes;
use super::{Counter, go, number_in};
use crate::selvedge;
use selvedge::sys::{AtomicU32, Ordering::Relaxed};

/// The algorithm under test.
pub trait AnyParker: Default + core::fmt::Debug + Send + Sync + 'static {
    /// Gives a token.
    fn unpark(&self);
    /// Waits for a token and takes it.
    fn park(&self);
    /// Waits for some time, and says whether it has taken a token.
    fn park_some_time(&self) -> bool;
}

/// Makes an `AnyParker` of a raw one.
#[macro_export]
macro_rules! any_parker {
    ($raw:ty) => {
        impl $crate::models::parker::AnyParker for $raw {
            fn unpark(&self) {
                self.unpark();
            }
            fn park(&self) {
                assert!(self.park(None), "it gave up without a deadline");
            }
            fn park_some_time(&self) -> bool {
                self.park($crate::models::event::some_time())
            }
        }
    };
}

/// What is shipped.
pub type Shipped = selvedge::raw::RawParker;
any_parker!(Shipped);

#[derive(Default)]
struct Shared<P> {
    parker: P,
    count: Counter,
}

impl<P: AnyParker> Shared<P> {
    fn assert_empty(&self) {
        assert_eq!(number_in(&self.parker), 0, "something is left behind");
    }

    /// Counts and gives a token, in another thread.
    fn unparker(self: &Arc<Self>) -> selvedge::sys::thread::JoinHandle<()> {
        let shared = Arc::clone(self);
        go(move || {
            shared.count.increment();
            shared.parker.unpark();
        })
    }
}

/// A `park` comes back with the token, and sees what was done before it was given. Not without it.
pub fn token<P: AnyParker>() {
    let shared = Arc::<Shared<P>>::default();
    let other = shared.unparker();
    shared.parker.park();
    assert_eq!(shared.count.get(), 1);
    other.join().unwrap();
    shared.assert_empty();
}

/// A turn that is passed to and fro. A late wake of one round must not end the next.
pub fn to_and_fro<P: AnyParker>(rounds: u32) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let both = Arc::new((Shared::<P>::default(), P::default()));
        let other = {
            let both = Arc::clone(&both);
            go(move || {
                for _ in 0..rounds {
                    both.0.parker.park();
                    both.0.count.increment();
                    both.1.unpark();
                }
            })
        };
        for round in 0..rounds {
            both.0.count.increment();
            both.0.parker.unpark();
            both.1.park();
            assert_eq!(both.0.count.get(), 2 * (round + 1));
        }
        other.join().unwrap();
        both.0.assert_empty();
    }
}

/// Threads that leave something and give a token; one parks and looks until it has seen all of it. A token that is
/// there already says so all the same.
pub fn tokens_that_coalesce<P: AnyParker>(
    unparkers: usize,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let left: Vec<_> = (0..unparkers).map(|_| AtomicU32::new(0)).collect();
        let shared = Arc::new((P::default(), left));
        let others: Vec<_> = (0..unparkers)
            .map(|number| {
                let shared = Arc::clone(&shared);
                go(move || {
                    shared.1[number].fetch_add(1, Relaxed);
                    shared.0.unpark();
                })
            })
            .collect();
        let seen = |left: &[AtomicU32]| left.iter().map(|left| left.load(Relaxed)).sum::<u32>();
        while seen(&shared.1) < unparkers as u32 {
            shared.0.park();
        }
        others.into_iter().for_each(|other| other.join().unwrap());
    }
}

/// Two tokens given while there is none taken are one.
pub fn tokens_are_one<P: AnyParker>() {
    let shared = Arc::<Shared<P>>::default();
    let other = {
        let shared = Arc::clone(&shared);
        go(move || shared.parker.unpark())
    };
    shared.parker.unpark();
    other.join().unwrap();
    shared.parker.park();
    assert!(!shared.parker.park_some_time(), "one too many");
    shared.assert_empty();
}

/// A deadline may come at every moment. The token is taken, or left for the next `park`, and never both.
pub fn timeout_against_unpark<P: AnyParker>(
    outcomes: &Arc<Outcomes>,
) -> impl Fn() + Send + Sync + Clone + 'static {
    let outcomes = Arc::clone(outcomes);
    move || {
        let shared = Arc::<Shared<P>>::default();
        let other = shared.unparker();
        if shared.parker.park_some_time() {
            outcomes.locked.fetch_add(1, Plainly);
            assert_eq!(shared.count.get(), 1);
        } else {
            outcomes.timed_out.fetch_add(1, Plainly);
            shared.parker.park();
            assert_eq!(shared.count.get(), 1);
        }
        other.join().unwrap();
        assert!(!shared.parker.park_some_time(), "one too many");
        shared.assert_empty();
    }
}

/// Two who give a token, and one who takes up to two, the first with a deadline: there is one token for each that was
/// taken, and never one that nobody gave.
pub fn counts<P: AnyParker>() {
    let shared = Arc::<Shared<P>>::default();
    let others = [(); 2].map(|()| {
        let shared = Arc::clone(&shared);
        go(move || shared.parker.unpark())
    });
    let mut taken = u32::from(shared.parker.park_some_time());
    taken += u32::from(shared.parker.park_some_time());
    others.into_iter().for_each(|other| other.join().unwrap());
    taken += u32::from(shared.parker.park_some_time());
    assert!((1..=2).contains(&taken), "{taken} of 2 tokens");
    shared.assert_empty();
}

/// Two threads that park on the same raw parker, which is against the rules: one of them panics, or they come one
/// after the other.
pub fn two_park<P: AnyParker>(
    panics: &Arc<AtomicUsize>,
) -> impl Fn() + Send + Sync + Clone + 'static {
    let panics = Arc::clone(panics);
    move || {
        let shared = Arc::<Shared<P>>::default();
        let park = |shared: &Shared<P>, panics: &AtomicUsize| {
            let result = catch_unwind(AssertUnwindSafe(|| shared.parker.park()));
            if let Err(payload) = result {
                let message = payload.downcast_ref::<&str>().expect("a message");
                assert!(
                    message.contains("2 threads park on the same RawParker"),
                    "{message}"
                );
                panics.fetch_add(1, Plainly);
            }
            // For the other one.
            shared.parker.unpark();
        };
        let other = {
            let (shared, panics) = (Arc::clone(&shared), Arc::clone(&panics));
            go(move || park(&shared, &panics))
        };
        let first = shared.unparker();
        park(&shared, &panics);
        other.join().unwrap();
        first.join().unwrap();
    }
}

/// Freed by the thread that was parked, while the one that gave the token may still be in its call.
pub fn freed_by_the_parked<P: AnyParker>() {
    let parker = Mortal::new(P::default());
    let other = {
        let parker = Arc::clone(&parker);
        go(move || parker.get().unpark())
    };
    parker.get().park();
    parker.kill();
    other.join().unwrap();
}

/// The type with the token's two ends: the parker ends as soon as it was unparked, and the unparker goes on.
pub fn the_parker_ends_first() {
    let parker = selvedge::Parker::new();
    let unparker = parker.unparker().clone();
    let count = Arc::new(Counter::new());
    let other = {
        let count = Arc::clone(&count);
        go(move || {
            count.increment();
            unparker.unpark();
            unparker.unpark(); // nobody takes it
        })
    };
    parker.park();
    drop(parker);
    assert_eq!(count.get(), 1);
    other.join().unwrap();
}
