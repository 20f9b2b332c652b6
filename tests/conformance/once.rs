//! What every `Once` must do on real threads.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread;

use super::{ends, until};

/// A `Once` of either backend.
pub trait AnyOnce: Default + Send + Sync + 'static {
    fn call_once(&self, initialise: impl FnOnce());
    /// The initialiser learns whether it was poisoned.
    fn call_once_force(&self, initialise: impl FnOnce(bool));
    fn wait(&self);
    fn wait_force(&self);
    fn is_completed(&self) -> bool;
    /// `Debug` of its state.
    fn state(&self) -> String;
}

/// What it panics with.
pub fn message_of(body: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(body)).expect_err("it must panic");
    match payload.downcast::<&str>() {
        Ok(message) => message.to_string(),
        Err(payload) => *payload.downcast::<String>().expect("a message"),
    }
}

pub fn one_thread_does_it<O: AnyOnce>() {
    ends(|| {
        for _ in 0..200 {
            let shared = Arc::new((O::default(), AtomicU32::new(0)));
            let threads: Vec<_> = (0..8)
                .map(|thread| {
                    let shared = Arc::clone(&shared);
                    thread::spawn(move || {
                        match thread % 4 {
                            0 => shared.0.wait(),
                            1 => shared.0.wait_force(),
                            _ => shared.0.call_once(|| {
                                thread::yield_now();
                                shared.1.fetch_add(1, Relaxed);
                            }),
                        }
                        assert_eq!(shared.1.load(Relaxed), 1);
                        assert!(shared.0.is_completed());
                    })
                })
                .collect();
            threads
                .into_iter()
                .for_each(|thread| thread.join().unwrap());
        }
    });
}

pub fn poisons_and_recovers<O: AnyOnce>() {
    ends(|| {
        let once = Arc::new(O::default());
        assert_eq!(once.state(), "New");
        assert_eq!(message_of(|| once.call_once(|| panic!("mine"))), "mine");
        assert_eq!(once.state(), "Poisoned");
        for use_it in [|once: &O| once.wait(), |once: &O| once.call_once(|| ())] {
            let message = message_of(|| use_it(&once));
            assert!(message.starts_with("selvedge: a Once is used whose initialiser has panicked"));
        }
        let patient = {
            let once = Arc::clone(&once);
            thread::spawn(move || once.wait_force())
        };
        once.call_once_force(|poisoned| {
            assert!(poisoned);
            assert_eq!(once.state(), "InProgress");
        });
        patient.join().unwrap();
        assert_eq!(once.state(), "Done");
        once.call_once(|| unreachable!("it is done"));
        once.wait();
    });
}

pub fn notices_that_it_is_entered_again<O: AnyOnce>() {
    ends(|| {
        let once = O::default();
        let message = message_of(|| once.call_once(|| once.call_once(|| ())));
        assert!(message.starts_with("selvedge: an initialiser uses the very Once"));
        let message = message_of(|| once.call_once_force(|_| once.wait_force()));
        assert!(message.starts_with("selvedge: an initialiser uses the very Once"));
        assert_eq!(once.state(), "Poisoned");
        // Another one inside is no error, nor is another thread that waits.
        let inner = O::default();
        let (once, begun) = (Arc::new(once), Arc::new(AtomicU32::new(0)));
        let waiter = {
            let (once, begun) = (Arc::clone(&once), Arc::clone(&begun));
            thread::spawn(move || {
                until(|| begun.load(Relaxed) == 1);
                once.call_once_force(|_| unreachable!("somebody is at it"));
            })
        };
        once.call_once_force(|_| {
            begun.store(1, Relaxed);
            inner.call_once(|| ());
        });
        waiter.join().unwrap();
        assert!(inner.is_completed());
    });
}
