//! `Mutex` in the loom world: every interleaving and every outcome of weak memory that loom has. The
//! programs are in `tests/models/mutex.rs`. Unbounded unless a comment says otherwise.

use std::sync::Arc;

use loom_tests::models::Shipped;
use loom_tests::models::mutex::{self, Outcomes};
use loom_tests::{bounded, passes, unbounded, unbounded_when_deep};

#[test]
fn exclusion_of_two() {
    passes(unbounded().run(mutex::exclusion::<Shipped>(2, 1)));
}

// 26 607 executions in 1.3 s.
#[test]
fn exclusion_of_two_twice_each() {
    passes(unbounded().run(mutex::exclusion::<Shipped>(2, 2)));
}

// With 3 preemptions 584 executions, with 9 930 710 in 59 s, without a bound 18 721 813 in 22 min.
#[test]
fn exclusion_of_three() {
    passes(unbounded_when_deep(3).run(mutex::exclusion::<Shipped>(3, 1)));
}

#[test]
fn visibility() {
    passes(unbounded().run(mutex::visibility::<Shipped>));
}

#[test]
fn try_lock() {
    passes(unbounded().run(mutex::try_lock::<Shipped>));
}

#[test]
fn timeout_against_unlock() {
    let outcomes = Arc::new(Outcomes::default());
    passes(unbounded().run(mutex::timeout_against_unlock::<Shipped>(&outcomes)));
    outcomes.assert_both();
}

#[test]
fn timeout_beside_waiter() {
    passes(bounded(3, 4).run(mutex::timeout_beside_waiter::<Shipped>));
}

#[test]
fn fair_unlock() {
    passes(unbounded().run(mutex::fair_unlock::<Shipped>));
}

#[test]
fn fair_unlocks_in_a_row() {
    passes(bounded(3, 4).run(mutex::fair_unlocks_in_a_row::<Shipped>(false)));
    passes(bounded(3, 4).run(mutex::fair_unlocks_in_a_row::<Shipped>(true)));
}

#[test]
fn fair_unlock_against_timeout() {
    passes(unbounded().run(mutex::fair_unlock_against_timeout::<Shipped>));
}

#[test]
fn bump() {
    passes(unbounded().run(mutex::bump::<Shipped>));
}

#[test]
fn unlock_while_panicking() {
    passes(unbounded().run(mutex::unlock_while_panicking::<Shipped>));
}
