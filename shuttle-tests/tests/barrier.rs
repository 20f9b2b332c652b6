//! `Barrier` in the shuttle world. The programs are in `tests/models/barrier.rs`.

use std::sync::Arc;

use shuttle_tests::models::barrier::{self, Shipped};
use shuttle_tests::models::mutex::Outcomes;
use shuttle_tests::{bounded, exhaustive, passes, portfolio, survives};

#[test]
fn meets() {
    passes(exhaustive().run(barrier::meets::<Shipped>(1, 2)));
    passes(exhaustive().run(barrier::meets::<Shipped>(2, 1)));
}

#[test]
fn meets_again() {
    passes(bounded(4).run(barrier::meets::<Shipped>(2, 2)));
}

#[test]
fn three_meet() {
    passes(bounded(3).run(barrier::meets::<Shipped>(3, 1)));
}

#[test]
fn more_than_meet() {
    passes(bounded(3).run(barrier::more_than_meet::<Shipped>(4)));
}

#[test]
fn overtaken() {
    passes(exhaustive().run(barrier::overtaken::<Shipped>(1)));
    passes(exhaustive().run(barrier::overtaken::<Shipped>(2)));
    passes(bounded(4).run(barrier::overtaken::<Shipped>(3)));
}

#[test]
fn arrives_and_waits() {
    passes(exhaustive().run(barrier::arrives_and_waits::<Shipped>(2)));
    passes(bounded(3).run(barrier::arrives_and_waits::<Shipped>(3)));
}

#[test]
fn timeout() {
    for split in [false, true] {
        let outcomes = Arc::new(Outcomes::default());
        passes(exhaustive().run(barrier::timeout::<Shipped>(2, split, &outcomes)));
        outcomes.assert_both();
    }
}

#[test]
fn timeout_and_again() {
    passes(bounded(4).run(barrier::timeout_and_again::<Shipped>(1)));
}

#[test]
fn more_than_meet_timed() {
    passes(bounded(3).run(barrier::more_than_meet_timed::<Shipped>(3)));
}

#[test]
fn cancel() {
    passes(exhaustive().run(barrier::cancel::<Shipped>(1)));
    passes(bounded(3).run(barrier::cancel::<Shipped>(2)));
    passes(exhaustive().run(barrier::cancel_beside_timeout::<Shipped>));
    passes(exhaustive().run(barrier::cancels_its_own::<Shipped>));
}

#[test]
fn dropped() {
    passes(exhaustive().run(barrier::dropped::<Shipped>(2)));
    passes(exhaustive().run(barrier::dropped::<Shipped>(3)));
}

#[test]
fn freed_by_the_waiter() {
    for split in [false, true] {
        for timed in [false, true] {
            passes(exhaustive().run(barrier::freed_by_the_waiter::<Shipped>(split, timed)));
        }
    }
}

#[test]
fn many_threads_meet() {
    survives(barrier::meets::<Shipped>(4, 2));
    survives(barrier::more_than_meet::<Shipped>(6));
    survives(barrier::arrives_and_waits::<Shipped>(4));
}

#[test]
fn many_threads_give_up() {
    let outcomes = Arc::new(Outcomes::default());
    survives(barrier::timeout::<Shipped>(3, false, &outcomes));
    survives(barrier::more_than_meet_timed::<Shipped>(5));
    survives(barrier::timeout_and_again::<Shipped>(3));
    survives(barrier::cancel::<Shipped>(3));
    outcomes.assert_both();
}

#[test]
fn spurious_wakes() {
    let outcomes = Arc::new(Outcomes::default());
    for explorer in portfolio() {
        let explorer = explorer.spurious_wakes(3).unknown_wake_counts();
        passes(explorer.run(barrier::meets::<Shipped>(3, 2)));
        passes(explorer.run(barrier::overtaken::<Shipped>(3)));
        passes(explorer.run(barrier::timeout::<Shipped>(3, true, &outcomes)));
    }
}
