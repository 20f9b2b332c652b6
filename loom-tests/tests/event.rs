//! `Event` in the loom world: every interleaving and every outcome of weak memory that loom has. The programs
//! are in `tests/models/event.rs`. Unbounded unless a comment says otherwise.

use std::sync::Arc;

use loom_tests::models::event::{self, AtWrap, Shipped};
use loom_tests::models::mutex::Outcomes;
use loom_tests::{bounded, passes, unbounded};

// Three threads: with 3 preemptions 2 022 executions in 0.3 s. Without a bound not measured to the end.
#[test]
fn releases_all() {
    passes(unbounded().run(event::releases_all::<Shipped>(1)));
    passes(bounded(3, 5).run(event::releases_all::<Shipped>(2)));
}

#[test]
fn visible() {
    passes(unbounded().run(event::visible::<Shipped>));
    passes(unbounded().run(event::reset_sees::<Shipped>));
}

// Two waiters are shuttle's: with 3 preemptions it is 27 810 executions in 1.7 s here.
#[test]
fn set_and_reset() {
    passes(unbounded().run(event::set_and_reset::<Shipped>(1)));
    passes(unbounded().run(event::set_and_reset::<AtWrap>(1)));
}

// With 3 preemptions 2 508 executions in 0.2 s; without a bound 201 336 in 11 s.
#[test]
fn reset_by_another() {
    passes(bounded(3, 5).run(event::reset_by_another::<Shipped>));
}

// With 3 preemptions 6 368 executions in 0.4 s. Without a bound not measured to the end.
#[test]
fn sets_that_coalesce() {
    passes(bounded(3, 5).run(event::sets_that_coalesce::<Shipped>));
}

// Three threads: with 3 preemptions 2 538 executions in 0.2 s. Without a bound not measured to the end.
#[test]
fn timeouts() {
    let outcomes = Arc::new(Outcomes::default());
    passes(unbounded().run(event::timeout_against_set::<Shipped>(&outcomes, 1)));
    outcomes.assert_both();
    let outcomes = Arc::new(Outcomes::default());
    passes(bounded(3, 5).run(event::timeout_against_set::<Shipped>(&outcomes, 2)));
    outcomes.assert_both();
    passes(unbounded().run(event::timeout_against_reset::<Shipped>));
    passes(unbounded().run(event::timeout_against_reset::<AtWrap>));
}

// Two rounds: with 3 preemptions 1 206 executions in 0.1 s. Without a bound not measured to the end.
#[test]
fn to_and_fro() {
    passes(unbounded().run(event::to_and_fro::<Shipped>(1)));
    passes(bounded(3, 5).run(event::to_and_fro::<Shipped>(2)));
    passes(bounded(3, 5).run(event::to_and_fro::<AtWrap>(2)));
}

// With 3 preemptions 2 473 and 1 865 executions in 0.4 s. Without a bound not measured to the end.
#[test]
fn returns_of_the_futex_for_no_reason() {
    passes(
        bounded(3, 5)
            .spurious_wakes(1)
            .run(event::set_and_reset::<Shipped>(1)),
    );
    passes(
        bounded(3, 5)
            .spurious_wakes(1)
            .run(event::to_and_fro::<Shipped>(1)),
    );
}

#[test]
fn freed_by_the_waiter() {
    passes(unbounded().run(event::freed_by_the_waiter::<Shipped>));
}
