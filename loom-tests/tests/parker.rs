//! `Parker` in the loom world: every interleaving and every outcome of weak memory that loom has. The programs
//! are in `tests/models/parker.rs`. Unbounded unless a comment says otherwise.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use loom_tests::models::mutex::Outcomes;
use loom_tests::models::parker::{self, Shipped};
use loom_tests::{bounded, passes, unbounded};

#[test]
fn token() {
    passes(unbounded().run(parker::token::<Shipped>));
}

// Two rounds: with 3 preemptions 299 executions in 14 ms; without a bound 38 928 in 3 s.
#[test]
fn to_and_fro() {
    passes(unbounded().run(parker::to_and_fro::<Shipped>(1)));
    passes(bounded(3, 5).run(parker::to_and_fro::<Shipped>(2)));
}

// With 3 preemptions 3 685 executions in 0.2 s. Without a bound not measured to the end. Three who give tokens are
// shuttle's.
#[test]
fn tokens_that_coalesce() {
    passes(bounded(3, 5).run(parker::tokens_that_coalesce::<Shipped>(2)));
}

#[test]
fn tokens_are_one() {
    passes(unbounded().run(parker::tokens_are_one::<Shipped>));
}

#[test]
fn timeouts() {
    let outcomes = Arc::new(Outcomes::default());
    passes(unbounded().run(parker::timeout_against_unpark::<Shipped>(&outcomes)));
    outcomes.assert_both();
}

// With 3 preemptions 1 320 executions in 0.1 s; without a bound 161 342 in 13 s.
#[test]
fn counts() {
    passes(bounded(3, 5).run(parker::counts::<Shipped>));
}

// Without a bound 9 s.
#[test]
fn two_park() {
    let panics = Arc::new(AtomicUsize::new(0));
    passes(bounded(3, 5).run(parker::two_park::<Shipped>(&panics)));
    assert!(panics.load(Relaxed) > 0);
}

// Two rounds: with 3 preemptions 10 274 executions in 0.6 s. Without a bound not measured to the end.
#[test]
fn returns_of_the_futex_for_no_reason() {
    for wakes in [1, 2] {
        passes(
            unbounded()
                .spurious_wakes(wakes)
                .run(parker::token::<Shipped>),
        );
    }
    passes(
        bounded(3, 5)
            .spurious_wakes(1)
            .run(parker::to_and_fro::<Shipped>(2)),
    );
}

#[test]
fn freed_by_the_parked() {
    passes(unbounded().run(parker::freed_by_the_parked::<Shipped>));
    passes(unbounded().run(parker::the_parker_ends_first));
}
