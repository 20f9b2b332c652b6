//! `Event` in the shuttle world. The programs are in `tests/models/event.rs`.

use std::sync::Arc;

use shuttle_tests::models::event::{self, AtWrap, Shipped};
use shuttle_tests::models::mutex::Outcomes;
use shuttle_tests::{bounded, exhaustive, passes, portfolio, survives};

#[test]
fn releases_all() {
    passes(exhaustive().run(event::releases_all::<Shipped>(1)));
    passes(bounded(3).run(event::releases_all::<Shipped>(2)));
}

#[test]
fn visible() {
    passes(exhaustive().run(event::visible::<Shipped>));
    passes(exhaustive().run(event::reset_sees::<Shipped>));
}

#[test]
fn set_and_reset() {
    passes(exhaustive().run(event::set_and_reset::<Shipped>(1)));
    passes(bounded(3).run(event::set_and_reset::<Shipped>(2)));
    passes(exhaustive().run(event::set_and_reset::<AtWrap>(1)));
}

#[test]
fn reset_by_another() {
    passes(bounded(3).run(event::reset_by_another::<Shipped>));
}

#[test]
fn sets_that_coalesce() {
    passes(bounded(3).run(event::sets_that_coalesce::<Shipped>));
}

#[test]
fn timeouts() {
    for (waiters, explorer) in [(1, exhaustive()), (2, bounded(3))] {
        let outcomes = Arc::new(Outcomes::default());
        passes(explorer.run(event::timeout_against_set::<Shipped>(&outcomes, waiters)));
        outcomes.assert_both();
    }
    passes(exhaustive().run(event::timeout_against_reset::<Shipped>));
    passes(exhaustive().run(event::timeout_against_reset::<AtWrap>));
}

#[test]
fn to_and_fro() {
    passes(exhaustive().run(event::to_and_fro::<Shipped>(1)));
    passes(bounded(3).run(event::to_and_fro::<Shipped>(2)));
    passes(bounded(3).run(event::to_and_fro::<AtWrap>(2)));
}

#[test]
fn freed_by_the_waiter() {
    passes(exhaustive().run(event::freed_by_the_waiter::<Shipped>));
}

#[test]
fn many_threads() {
    survives(event::releases_all::<Shipped>(6));
    survives(event::set_and_reset::<Shipped>(5));
    for explorer in portfolio() {
        let explorer = explorer.spurious_wakes(3).unknown_wake_counts();
        passes(explorer.run(event::releases_all::<Shipped>(3)));
        passes(explorer.run(event::set_and_reset::<Shipped>(3)));
        passes(explorer.run(event::reset_by_another::<Shipped>));
        passes(explorer.run(event::to_and_fro::<AtWrap>(2)));
        passes(explorer.run(event::timeout_against_set::<Shipped>(
            &Arc::new(Outcomes::default()),
            3,
        )));
    }
}
