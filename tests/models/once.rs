//! Programs over a `Once`. Each states what it shows; a wrong one fails an assertion in it, races, or leaves
//! somebody asleep.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::lifetime::Mortal;
use super::{Counter, go};
use crate::selvedge;
use selvedge::sys::inside;

/// The algorithm under test.
pub trait AnyOnce: Default + Send + Sync + 'static {
    /// Runs an initialiser, who learns whether the last one panicked and says whether it is done.
    fn call(&self, force: bool, initialise: &mut dyn FnMut(bool) -> bool);
    /// Waits until it is done.
    fn wait(&self, force: bool);
    /// Whether it is done.
    fn is_completed(&self) -> bool;
    /// Whether it is done, asked in another way.
    fn is_in_its_last_state(&self) -> bool;
}

impl AnyOnce for selvedge::raw::RawOnce {
    fn call(&self, force: bool, initialise: &mut dyn FnMut(bool) -> bool) {
        self.call(force, &mut |state| initialise(state.is_poisoned()));
    }
    fn wait(&self, force: bool) {
        self.wait(force);
    }
    fn is_completed(&self) -> bool {
        self.is_completed()
    }
    fn is_in_its_last_state(&self) -> bool {
        self.state().is_completed()
    }
}

/// What is shipped.
pub type Shipped = selvedge::raw::RawOnce;

#[derive(Default)]
struct Shared<O> {
    once: O,
    count: Counter,
}

// SAFETY: the counter is used only by initialisers and after them; if that lets two threads in, the cell
// reports it, which is the point.
unsafe impl<O: Sync> Sync for Shared<O> {}

impl<O: AnyOnce> Shared<O> {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            once: O::default(),
            count: Counter::new(),
        })
    }

    fn increment(&self) {
        self.once.call(false, &mut |_| {
            self.count.increment();
            true
        });
    }
}

/// What a call panicked with, if it did.
pub fn panic_of(body: impl FnOnce()) -> Option<String> {
    let payload = catch_unwind(AssertUnwindSafe(body)).err()?;
    Some(match payload.downcast::<&str>() {
        Ok(message) => message.to_string(),
        Err(payload) => *payload.downcast::<String>().expect("a message"),
    })
}

/// It runs once, and everybody sees what it did.
pub fn runs_once<O: AnyOnce>(threads: usize) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let shared = Shared::<O>::new();
        let others: Vec<_> = (1..threads)
            .map(|_| {
                let shared = Arc::clone(&shared);
                go(move || {
                    shared.increment();
                    assert_eq!(shared.count.get(), 1);
                })
            })
            .collect();
        shared.increment();
        assert_eq!(shared.count.get(), 1);
        others.into_iter().for_each(|other| other.join().unwrap());
        assert!(shared.once.is_completed());
    }
}

/// Whoever sees that it is done sees what was done.
pub fn completion_is_visible<O: AnyOnce>() {
    let shared = Shared::<O>::new();
    let other = {
        let shared = Arc::clone(&shared);
        go(move || shared.increment())
    };
    if shared.once.is_completed() {
        assert_eq!(shared.count.get(), 1);
    }
    other.join().unwrap();
}

/// Whoever sees it in its last state sees what was done.
pub fn state_is_visible<O: AnyOnce>() {
    let shared = Shared::<O>::new();
    let other = {
        let shared = Arc::clone(&shared);
        go(move || shared.increment())
    };
    if shared.once.is_in_its_last_state() {
        assert_eq!(shared.count.get(), 1);
    }
    other.join().unwrap();
}

/// Waiting before anybody has begun, and while somebody is at it: all come back when it is done.
pub fn all_who_wait<O: AnyOnce>(waiters: usize) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let shared = Shared::<O>::new();
        let others: Vec<_> = (0..waiters)
            .map(|_| {
                let shared = Arc::clone(&shared);
                go(move || {
                    shared.once.wait(false);
                    assert_eq!(shared.count.get(), 1);
                })
            })
            .collect();
        shared.increment();
        others.into_iter().for_each(|other| other.join().unwrap());
    }
}

/// A panic poisons: who waits panics too, and is told why.
pub fn poisons_waits<O: AnyOnce>() {
    let shared = Shared::<O>::new();
    let other = {
        let shared = Arc::clone(&shared);
        go(move || {
            let told = panic_of(|| shared.once.wait(false)).expect("it never gets done");
            assert!(told.contains("whose initialiser has panicked"), "{told}");
        })
    };
    let told = panic_of(|| shared.once.call(false, &mut |_| panic!("on purpose")));
    assert_eq!(told.as_deref(), Some("on purpose"));
    other.join().unwrap();
    assert!(!shared.once.is_completed());
}

/// A panic poisons: another call panics too, or waits and then panics; and a forced call recovers and is
/// told.
pub fn poisons_calls<O: AnyOnce>() {
    let shared = Shared::<O>::new();
    let other = {
        let shared = Arc::clone(&shared);
        go(move || {
            let told = panic_of(|| {
                shared.once.call(false, &mut |_| {
                    shared.count.increment();
                    panic!("on purpose")
                });
            });
            assert!(told.is_some(), "it never gets done");
        })
    };
    let told = panic_of(|| {
        shared.once.call(false, &mut |_| {
            shared.count.increment();
            panic!("on purpose")
        });
    });
    assert!(told.is_some(), "it never gets done");
    other.join().unwrap();
    assert_eq!(shared.count.get(), 1, "a second attempt without force");
    let mut ran = false;
    shared.once.call(true, &mut |poisoned| {
        assert!(poisoned, "the initialiser is not told");
        ran = true;
        true
    });
    assert!(ran && shared.once.is_completed());
}

/// A call sees what the attempt left behind that panicked, or did not succeed.
pub fn recovers<O: AnyOnce>(panics: bool) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let shared = Shared::<O>::new();
        let other = {
            let shared = Arc::clone(&shared);
            go(move || {
                let told = panic_of(|| {
                    shared.once.call(false, &mut |_| {
                        shared.count.increment();
                        assert!(!panics, "on purpose");
                        false
                    });
                });
                assert!(told.is_none_or(|told| panics && told == "on purpose"));
            })
        };
        let mut before = 0;
        shared.once.call(true, &mut |poisoned| {
            before = shared.count.get();
            assert_eq!(poisoned, panics && before == 1);
            shared.count.increment();
            true
        });
        assert_eq!(shared.count.get(), before + 1);
        other.join().unwrap();
    }
}

/// Who waits with force waits on after an attempt that panicked, or that did not succeed.
pub fn waits_through_failures<O: AnyOnce>(
    panics: bool,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let shared = Shared::<O>::new();
        let other = {
            let shared = Arc::clone(&shared);
            go(move || {
                let told = panic_of(|| {
                    shared.once.call(false, &mut |_| {
                        assert!(!panics, "on purpose");
                        false
                    });
                });
                assert_eq!(told.is_some(), panics);
                shared.once.call(true, &mut |poisoned| {
                    assert_eq!(poisoned, panics);
                    shared.count.increment();
                    true
                });
            })
        };
        shared.once.wait(true);
        assert_eq!(shared.count.get(), 1);
        other.join().unwrap();
    }
}

/// An initialiser that uses its own `Once` panics and poisons; another thread that only waits does not.
pub fn entered_again<O: AnyOnce>(wait: bool) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let shared = Shared::<O>::new();
        let other = {
            let shared = Arc::clone(&shared);
            go(move || {
                let told = panic_of(|| {
                    shared.once.call(true, &mut |_| {
                        if wait {
                            shared.once.wait(true);
                        } else {
                            shared.once.call(true, &mut |_| true);
                        }
                        true
                    });
                });
                if let Some(told) = told {
                    assert!(told.contains("the very Once"), "{told}");
                }
            })
        };
        shared.once.call(true, &mut |_| true);
        other.join().unwrap();
        assert!(shared.once.is_completed());
    }
}

/// Initialisers inside initialisers of others are no error, whoever waits for whom.
pub fn nested<O: AnyOnce>() {
    let both = Arc::new((O::default(), O::default()));
    let other = {
        let both = Arc::clone(&both);
        go(move || both.1.call(false, &mut |_| true))
    };
    both.0.call(false, &mut |_| {
        both.1.call(false, &mut |_| true);
        assert!(inside::is_inside(&raw const both.0) || !is_shipped::<O>());
        true
    });
    other.join().unwrap();
    assert!(both.0.is_completed() && both.1.is_completed());
}

fn is_shipped<O: AnyOnce>() -> bool {
    std::any::TypeId::of::<O>() == std::any::TypeId::of::<Shipped>()
}

/// Two initialisers that wait for each other. This one fails, also with what is shipped.
pub fn circle<O: AnyOnce>() {
    let both = Arc::new((O::default(), O::default()));
    let other = {
        let both = Arc::clone(&both);
        go(move || {
            both.1.call(false, &mut |_| {
                both.0.call(false, &mut |_| true);
                true
            });
        })
    };
    both.0.call(false, &mut |_| {
        both.1.call(false, &mut |_| true);
        true
    });
    other.join().unwrap();
}

/// Freed by the thread that has waited for it, while the one that did it may still be in its call.
pub fn freed_by_the_waiter<O: AnyOnce>() {
    let once = Mortal::new(O::default());
    let other = {
        let once = Arc::clone(&once);
        go(move || once.get().call(false, &mut |_| true))
    };
    once.get().wait(false);
    once.kill();
    other.join().unwrap();
}
