//! `Condvar` in the shuttle world: the programs of `tests/models/condvar.rs`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use shuttle_tests::models::Shipped;
use shuttle_tests::models::condvar;
use shuttle_tests::models::mutex::Outcomes;
use shuttle_tests::{bounded, passes, survives};

#[test]
fn notify_one() {
    passes(bounded(4).run(condvar::notify_one::<Shipped>(true)));
    passes(bounded(4).run(condvar::notify_one::<Shipped>(false)));
}

#[test]
fn notify_one_twice() {
    passes(bounded(3).run(condvar::notify_one_twice::<Shipped>(true)));
    survives(condvar::notify_one_twice::<Shipped>(true));
    passes(bounded(3).run(condvar::notify_one_twice::<Shipped>(false)));
    survives(condvar::notify_one_twice::<Shipped>(false));
}

#[test]
fn notify_all() {
    passes(bounded(3).run(condvar::notify_all::<Shipped>(true)));
    survives(condvar::notify_all::<Shipped>(true));
    passes(bounded(3).run(condvar::notify_all::<Shipped>(false)));
    survives(condvar::notify_all::<Shipped>(false));
}

#[test]
fn meet_again() {
    use shuttle_tests::twins::one_more_in_any_case::Twin;
    survives(condvar::meet_again::<Shipped>);
    survives(condvar::meet_again::<Twin>);
    passes(bounded(3).run(condvar::notify_all::<Twin>(true)));
}

#[test]
fn exact_counts() {
    let outcomes = Arc::new(Outcomes::default());
    passes(bounded(4).run(condvar::exact_counts::<Shipped>(1, &outcomes)));
    for waiters in [2, 4] {
        survives(condvar::exact_counts::<Shipped>(waiters, &outcomes));
    }
    outcomes.assert_both();
}

#[test]
fn timeout_against_move() {
    let outcomes = Arc::new(Outcomes::default());
    passes(bounded(4).run(condvar::timeout_against_move::<Shipped>(&outcomes)));
    outcomes.assert_both();
}

#[test]
fn moved_beside_waiter() {
    passes(bounded(3).run(condvar::moved_beside_waiter::<Shipped>));
    survives(condvar::moved_beside_waiter::<Shipped>);
}

#[test]
fn moved_beside_timeout() {
    survives(condvar::moved_beside_timeout::<Shipped>);
}

#[test]
fn moved_and_handed_over() {
    passes(bounded(4).run(condvar::moved_and_handed_over::<Shipped>(false)));
    passes(bounded(4).run(condvar::moved_and_handed_over::<Shipped>(true)));
}

#[test]
fn notify_while_another_unlocks() {
    passes(bounded(3).run(condvar::notify_while_another_unlocks::<Shipped>));
    survives(condvar::notify_while_another_unlocks::<Shipped>);
}

#[test]
fn two_mutexes() {
    let panics = Arc::new(AtomicUsize::new(0));
    passes(bounded(4).run(condvar::two_mutexes::<Shipped>(&panics)));
    assert!(panics.load(Relaxed) > 0, "the two mutexes never met");
    survives(condvar::two_mutexes_at_once::<Shipped>);
}

#[test]
fn spurious_wakes() {
    for explorer in shuttle_tests::portfolio() {
        let explorer = explorer.spurious_wakes(3).unknown_wake_counts();
        let outcomes = Arc::new(Outcomes::default());
        passes(explorer.run(condvar::exact_counts::<Shipped>(3, &outcomes)));
        passes(explorer.run(condvar::notify_all::<Shipped>(true)));
    }
}
