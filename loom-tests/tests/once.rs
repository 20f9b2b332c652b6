//! `Once` in the loom world: every interleaving and every outcome of weak memory that loom has. The programs
//! are in `tests/models/once.rs`. Unbounded unless a comment says otherwise.

use std::sync::Arc;

use loom_tests::models::once::{self, Shipped};
use loom_tests::selvedge::sys::{inside, thread};
use loom_tests::selvedge::trace::Verdict;
use loom_tests::{bounded, passes, unbounded};

// Three threads: with 3 preemptions 4 352 executions in 0.25 s. Without a bound not measured.
#[test]
fn runs_once() {
    passes(unbounded().run(once::runs_once::<Shipped>(2)));
    passes(bounded(3, 4).run(once::runs_once::<Shipped>(3)));
}

#[test]
fn completion_is_visible() {
    passes(unbounded().run(once::completion_is_visible::<Shipped>));
    passes(unbounded().run(once::state_is_visible::<Shipped>));
}

// Three threads: with 3 preemptions 382 executions in 24 ms. Without a bound not measured to the end.
#[test]
fn all_who_wait() {
    passes(unbounded().run(once::all_who_wait::<Shipped>(1)));
    passes(bounded(3, 4).run(once::all_who_wait::<Shipped>(2)));
}

#[test]
fn poisons() {
    passes(unbounded().run(once::poisons_waits::<Shipped>));
    passes(unbounded().run(once::poisons_calls::<Shipped>));
}

#[test]
fn recovers() {
    passes(unbounded().run(once::recovers::<Shipped>(false)));
    passes(unbounded().run(once::recovers::<Shipped>(true)));
}

#[test]
fn waits_through_failures() {
    for panics in [false, true] {
        passes(unbounded().run(once::waits_through_failures::<Shipped>(panics)));
    }
}

#[test]
fn entered_again() {
    for wait in [false, true] {
        passes(unbounded().run(once::entered_again::<Shipped>(wait)));
    }
}

#[test]
fn nested() {
    passes(unbounded().run(once::nested::<Shipped>));
}

#[test]
fn a_circle_of_initialisers_is_named() {
    let exploration = unbounded().run(once::circle::<Shipped>);
    let verdict = &exploration.expect_failure().verdict;
    assert!(
        matches!(verdict, Verdict::Deadlock { cycle } if cycle.len() == 2),
        "{verdict}"
    );
}

#[test]
fn freed_by_the_waiter() {
    passes(unbounded().run(once::freed_by_the_waiter::<Shipped>));
}

/// What a thread is inside of is its own, and nothing is left when it leaves.
#[test]
fn inside_is_per_thread_and_execution() {
    passes(unbounded().run(|| {
        static OBJECT: u8 = 0;
        assert!(!inside::is_inside(&raw const OBJECT));
        let count = Arc::new(loom_tests::selvedge::Mutex::new(0));
        let other = {
            let count = Arc::clone(&count);
            thread::spawn(move || {
                *count.lock() += 1;
                assert!(!inside::is_inside(&raw const OBJECT), "of another thread");
            })
        };
        inside::enter(&raw const OBJECT, || {
            *count.lock() += 1;
            assert!(inside::is_inside(&raw const OBJECT));
        });
        assert!(!inside::is_inside(&raw const OBJECT));
        other.join().unwrap();
    }));
}
