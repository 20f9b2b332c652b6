//! `Once` in the shuttle world. The programs
//! are in `tests/models/once.rs`.

use std::sync::Arc;

use shuttle_tests::models::once::{self, Shipped};
use shuttle_tests::selvedge::sys::{inside, thread};
use shuttle_tests::selvedge::trace::Verdict;
use shuttle_tests::{bounded, exhaustive, passes, portfolio, survives};

#[test]
fn runs_once() {
    passes(exhaustive().run(once::runs_once::<Shipped>(2)));
    passes(bounded(3).run(once::runs_once::<Shipped>(3)));
}

#[test]
fn completion_is_visible() {
    passes(exhaustive().run(once::completion_is_visible::<Shipped>));
    passes(exhaustive().run(once::state_is_visible::<Shipped>));
}

#[test]
fn all_who_wait() {
    passes(exhaustive().run(once::all_who_wait::<Shipped>(1)));
    passes(bounded(3).run(once::all_who_wait::<Shipped>(2)));
}

#[test]
fn poisons() {
    passes(exhaustive().run(once::poisons_waits::<Shipped>));
    passes(exhaustive().run(once::poisons_calls::<Shipped>));
}

#[test]
fn recovers() {
    passes(exhaustive().run(once::recovers::<Shipped>(false)));
    passes(exhaustive().run(once::recovers::<Shipped>(true)));
}

#[test]
fn waits_through_failures() {
    for panics in [false, true] {
        passes(exhaustive().run(once::waits_through_failures::<Shipped>(panics)));
    }
}

#[test]
fn entered_again() {
    for wait in [false, true] {
        passes(exhaustive().run(once::entered_again::<Shipped>(wait)));
    }
}

#[test]
fn nested() {
    passes(exhaustive().run(once::nested::<Shipped>));
}

#[test]
fn a_circle_of_initialisers_is_named() {
    let exploration = exhaustive().run(once::circle::<Shipped>);
    let verdict = &exploration.expect_failure().verdict;
    assert!(
        matches!(verdict, Verdict::Deadlock { cycle } if cycle.len() == 2),
        "{verdict}"
    );
}

#[test]
fn freed_by_the_waiter() {
    passes(exhaustive().run(once::freed_by_the_waiter::<Shipped>));
}

/// What a thread is inside of is its own, and nothing is left when it leaves.
#[test]
fn inside_is_per_thread_and_execution() {
    passes(exhaustive().run(|| {
        static OBJECT: u8 = 0;
        assert!(!inside::is_inside(&raw const OBJECT));
        let count = Arc::new(shuttle_tests::selvedge::Mutex::new(0));
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

#[test]
fn many_threads() {
    survives(once::runs_once::<Shipped>(6));
    survives(once::all_who_wait::<Shipped>(6));
    for explorer in portfolio() {
        let explorer = explorer.spurious_wakes(3).unknown_wake_counts();
        passes(explorer.run(once::runs_once::<Shipped>(4)));
        passes(explorer.run(once::all_who_wait::<Shipped>(4)));
        passes(explorer.run(once::waits_through_failures::<Shipped>(true)));
    }
}
