//! `AutoResetEvent` in the shuttle world, where a wake may reach any of those who sleep. The programs are in
//! `tests/models/auto_reset_event.rs`.

use std::sync::Arc;

use shuttle_tests::models::auto_reset_event::{self as event, Shipped};
use shuttle_tests::models::mutex::Outcomes;
use shuttle_tests::{bounded, exhaustive, passes, portfolio, survives};

#[test]
fn one_at_a_time() {
    passes(exhaustive().run(event::one_at_a_time::<Shipped>(2, 1)));
    passes(bounded(3).run(event::one_at_a_time::<Shipped>(2, 2)));
    passes(bounded(3).run(event::one_at_a_time::<Shipped>(3, 1)));
}

#[test]
fn one_at_a_time_or_never() {
    for others in [1, 2] {
        let outcomes = Arc::new(Outcomes::default());
        passes(bounded(3).run(event::one_at_a_time_or_never::<Shipped>(others, &outcomes)));
        outcomes.assert_both();
    }
}

#[test]
fn visible() {
    for reset in [false, true] {
        passes(exhaustive().run(event::visible::<Shipped>(reset)));
        passes(exhaustive().run(event::take_sees::<Shipped>(reset)));
    }
    passes(exhaustive().run(event::wait_sees::<Shipped>));
}

#[test]
fn each_set_releases_one() {
    passes(exhaustive().run(event::each_set_releases_one::<Shipped>(1)));
    passes(bounded(3).run(event::each_set_releases_one::<Shipped>(2)));
}

#[test]
fn sets_are_one() {
    passes(exhaustive().run(event::sets_are_one::<Shipped>));
}

#[test]
fn what_is_owed_stays() {
    for reset in [false, true] {
        passes(exhaustive().run(event::what_is_owed_stays::<Shipped>(reset)));
    }
}

#[test]
fn taken_or_left() {
    let outcomes = Arc::new(Outcomes::default());
    passes(bounded(3).run(event::taken_or_left::<Shipped>(&outcomes)));
    outcomes.assert_both();
}

#[test]
fn counts() {
    passes(exhaustive().run(event::counts::<Shipped>(1, 1)));
    passes(bounded(3).run(event::counts::<Shipped>(1, 2)));
    passes(bounded(3).run(event::counts::<Shipped>(2, 1)));
}

#[test]
fn comes_between() {
    passes(bounded(3).run(event::comes_between::<Shipped>));
}

#[test]
fn sets_that_coalesce() {
    passes(bounded(3).run(event::sets_that_coalesce::<Shipped>));
}

#[test]
fn freed_by_the_waiter() {
    passes(exhaustive().run(event::freed_by_the_waiter::<Shipped>));
}

#[test]
fn many_threads() {
    let outcomes = Arc::new(Outcomes::default());
    survives(event::one_at_a_time::<Shipped>(5, 2));
    survives(event::each_set_releases_one::<Shipped>(4));
    survives(event::one_at_a_time_or_never::<Shipped>(5, &outcomes));
    survives(event::counts::<Shipped>(4, 4));
    for explorer in portfolio() {
        let explorer = explorer.spurious_wakes(3).unknown_wake_counts();
        passes(explorer.run(event::one_at_a_time::<Shipped>(4, 1)));
        passes(explorer.run(event::each_set_releases_one::<Shipped>(3)));
        passes(explorer.run(event::taken_or_left::<Shipped>(&outcomes)));
        passes(explorer.run(event::counts::<Shipped>(3, 3)));
        passes(explorer.run(event::comes_between::<Shipped>));
    }
}
