//! `PiMutex` in the loom world: the programs of `tests/models/pi.rs`, over a kernel that is played.

use std::sync::Arc;

use loom_tests::models::mutex::Outcomes;
use loom_tests::pi::{self, Shipped};
use loom_tests::{bounded, passes, unbounded};

#[test]
fn exclusion() {
    passes(unbounded().run(pi::exclusion::<Shipped>(2, 1)));
    passes(bounded(4, 5).run(pi::exclusion::<Shipped>(2, 2)));
    passes(bounded(3, 4).run(pi::exclusion::<Shipped>(3, 1)));
}

#[test]
fn try_lock() {
    passes(unbounded().run(pi::try_lock::<Shipped>));
}

#[test]
fn try_lock_beside_timeout() {
    passes(bounded(3, 4).run(pi::try_lock_beside_timeout::<Shipped>));
}

#[test]
fn timeout_against_unlock() {
    let outcomes = Arc::new(Outcomes::default());
    passes(bounded(4, 5).run(pi::timeout_against_unlock::<Shipped>(&outcomes)));
    outcomes.assert_both();
}

#[test]
fn timeout_beside_waiter() {
    passes(bounded(3, 4).run(pi::timeout_beside_waiter::<Shipped>));
}

#[test]
fn handed_over() {
    passes(unbounded().run(pi::handed_over::<Shipped>));
}

#[test]
fn locked_twice() {
    passes(unbounded().run(pi::locked_twice::<Shipped>));
}

#[test]
fn freed_by_the_next_owner() {
    passes(unbounded().run(pi::freed_by_the_next_owner::<Shipped>));
}
