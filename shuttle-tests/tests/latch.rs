//! `Latch` in the shuttle world. The programs are in `tests/models/latch.rs`.

use std::sync::Arc;

use shuttle_tests::models::latch::{self, Shipped};
use shuttle_tests::models::mutex::Outcomes;
use shuttle_tests::{bounded, exhaustive, passes, portfolio, survives};

#[test]
fn opens() {
    passes(exhaustive().run(latch::opens::<Shipped>(1, 1)));
    passes(bounded(4).run(latch::opens::<Shipped>(1, 2)));
    passes(bounded(4).run(latch::opens::<Shipped>(2, 1)));
}

#[test]
fn opens_for_two() {
    passes(bounded(3).run(latch::opens::<Shipped>(2, 2)));
}

#[test]
fn open_is_visible() {
    passes(exhaustive().run(latch::open_is_visible::<Shipped>(false)));
    passes(exhaustive().run(latch::open_is_visible::<Shipped>(true)));
}

#[test]
fn arrive_and_wait() {
    passes(exhaustive().run(latch::arrive_and_wait::<Shipped>(2)));
    passes(bounded(3).run(latch::arrive_and_wait::<Shipped>(3)));
}

#[test]
fn by_several() {
    passes(exhaustive().run(latch::by_several::<Shipped>));
}

#[test]
fn timeout() {
    let outcomes = Arc::new(Outcomes::default());
    passes(exhaustive().run(latch::timeout::<Shipped>(1, false, &outcomes)));
    outcomes.assert_both();
    passes(bounded(3).run(latch::timeout::<Shipped>(1, true, &outcomes)));
    passes(bounded(3).run(latch::timeout::<Shipped>(2, false, &outcomes)));
}

#[test]
fn one_too_many() {
    passes(exhaustive().run(latch::one_too_many::<Shipped>(1)));
    passes(exhaustive().run(latch::one_too_many::<Shipped>(3)));
}

#[test]
fn freed_by_the_waiter() {
    for arrives in [false, true] {
        for timed in [false, true] {
            passes(exhaustive().run(latch::freed_by_the_waiter::<Shipped>(arrives, timed)));
        }
    }
    passes(bounded(3).run(latch::freed_beside_two::<Shipped>));
}

#[test]
fn many_threads() {
    let outcomes = Arc::new(Outcomes::default());
    survives(latch::opens::<Shipped>(3, 4));
    survives(latch::arrive_and_wait::<Shipped>(6));
    survives(latch::timeout::<Shipped>(3, true, &outcomes));
    outcomes.assert_both();
}

#[test]
fn spurious_wakes() {
    let outcomes = Arc::new(Outcomes::default());
    for explorer in portfolio() {
        let explorer = explorer.spurious_wakes(3).unknown_wake_counts();
        passes(explorer.run(latch::opens::<Shipped>(2, 2)));
        passes(explorer.run(latch::arrive_and_wait::<Shipped>(3)));
        passes(explorer.run(latch::timeout::<Shipped>(2, true, &outcomes)));
    }
}
