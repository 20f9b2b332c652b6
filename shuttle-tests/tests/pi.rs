//! `PiMutex` in the shuttle world: the programs of `tests/models/pi.rs`, over a kernel that is played.

use std::sync::Arc;

use shuttle_tests::models::mutex::Outcomes;
use shuttle_tests::pi::{self, Shipped};
use shuttle_tests::{bounded, exhaustive, passes, portfolio, survives};

#[test]
fn exclusion() {
    passes(exhaustive().run(pi::exclusion::<Shipped>(2, 1)));
    passes(bounded(5).run(pi::exclusion::<Shipped>(2, 2)));
    passes(bounded(3).run(pi::exclusion::<Shipped>(3, 1)));
    for threads in [3, 4, 8] {
        survives(pi::exclusion::<Shipped>(threads, 2));
    }
}

#[test]
fn try_lock() {
    passes(exhaustive().run(pi::try_lock::<Shipped>));
}

#[test]
fn try_lock_beside_timeout() {
    passes(bounded(3).run(pi::try_lock_beside_timeout::<Shipped>));
}

#[test]
fn timeout_against_unlock() {
    let outcomes = Arc::new(Outcomes::default());
    passes(bounded(5).run(pi::timeout_against_unlock::<Shipped>(&outcomes)));
    outcomes.assert_both();
}

#[test]
fn timeout_beside_waiter() {
    passes(bounded(3).run(pi::timeout_beside_waiter::<Shipped>));
    survives(pi::timeout_beside_waiter::<Shipped>);
}

#[test]
fn handed_over() {
    passes(exhaustive().run(pi::handed_over::<Shipped>));
}

#[test]
fn locked_twice() {
    passes(exhaustive().run(pi::locked_twice::<Shipped>));
}

#[test]
fn freed_by_the_next_owner() {
    passes(exhaustive().run(pi::freed_by_the_next_owner::<Shipped>));
}

#[test]
fn spurious_wakes() {
    for explorer in portfolio() {
        let explorer = explorer.spurious_wakes(3).unknown_wake_counts();
        passes(explorer.run(pi::exclusion::<Shipped>(4, 2)));
    }
}
