//! `AutoResetEvent` in the loom world: every interleaving and every outcome of weak memory that loom has. The
//! programs are in `tests/models/auto_reset_event.rs`. Unbounded unless a comment says otherwise.

use std::sync::Arc;

use loom_tests::models::auto_reset_event::{self as event, Shipped};
use loom_tests::models::mutex::Outcomes;
use loom_tests::{bounded, passes, unbounded};

// With 3 preemptions 170, 1 878 and 8 300 executions in 0.6 s; two rounds of two without a bound 259 226 in 12 s.
#[test]
fn one_at_a_time() {
    passes(unbounded().run(event::one_at_a_time::<Shipped>(2, 1)));
    passes(bounded(3, 5).run(event::one_at_a_time::<Shipped>(2, 2)));
    passes(bounded(3, 5).run(event::one_at_a_time::<Shipped>(3, 1)));
    passes(bounded(3, 4).run(event::one_at_a_time::<Shipped>(3, 2)));
}

// Three threads: with 3 preemptions 712 executions in 40 ms. Without a bound not measured to the end.
#[test]
fn one_at_a_time_or_never() {
    let outcomes = Arc::new(Outcomes::default());
    passes(unbounded().run(event::one_at_a_time_or_never::<Shipped>(1, &outcomes)));
    outcomes.assert_both();
    let outcomes = Arc::new(Outcomes::default());
    passes(bounded(3, 5).run(event::one_at_a_time_or_never::<Shipped>(2, &outcomes)));
    outcomes.assert_both();
}

#[test]
fn visible() {
    for reset in [false, true] {
        passes(unbounded().run(event::visible::<Shipped>(reset)));
        passes(unbounded().run(event::take_sees::<Shipped>(reset)));
    }
    passes(unbounded().run(event::wait_sees::<Shipped>));
}

// Two waiters: with 3 preemptions 5 382 executions in 0.3 s. Without a bound not measured to the end.
#[test]
fn each_set_releases_one() {
    passes(unbounded().run(event::each_set_releases_one::<Shipped>(1)));
    passes(bounded(3, 5).run(event::each_set_releases_one::<Shipped>(2)));
}

#[test]
fn sets_are_one() {
    passes(unbounded().run(event::sets_are_one::<Shipped>));
}

#[test]
fn what_is_owed_stays() {
    for reset in [false, true] {
        passes(unbounded().run(event::what_is_owed_stays::<Shipped>(reset)));
    }
}

// With 3 preemptions 540 executions in 30 ms; without a bound not measured to the end.
#[test]
fn taken_or_left() {
    let outcomes = Arc::new(Outcomes::default());
    passes(bounded(3, 5).run(event::taken_or_left::<Shipped>(&outcomes)));
    outcomes.assert_both();
}

// With 3 preemptions 4 314 executions in 0.3 s for the largest; without a bound one waiter is 65 954 in 4 s.
#[test]
fn counts() {
    passes(bounded(3, 5).run(event::counts::<Shipped>(1, 2)));
    passes(bounded(3, 5).run(event::counts::<Shipped>(2, 1)));
    passes(bounded(3, 5).run(event::counts::<Shipped>(2, 2)));
}

// With 3 preemptions 440 executions in 30 ms. Without a bound not measured to the end.
#[test]
fn comes_between() {
    passes(bounded(3, 5).run(event::comes_between::<Shipped>));
}

// With 3 preemptions 2 513 executions in 0.1 s. Without a bound not measured to the end.
#[test]
fn sets_that_coalesce() {
    passes(bounded(3, 5).run(event::sets_that_coalesce::<Shipped>));
}

#[test]
fn returns_of_the_futex_for_no_reason() {
    let for_no_reason = || unbounded().spurious_wakes(1);
    passes(for_no_reason().run(event::wait_sees::<Shipped>));
    passes(for_no_reason().run(event::each_set_releases_one::<Shipped>(1)));
}

#[test]
fn freed_by_the_waiter() {
    passes(unbounded().run(event::freed_by_the_waiter::<Shipped>));
}
