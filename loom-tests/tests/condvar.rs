//! `Condvar` in the loom world. The programs are in `tests/models/condvar.rs`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use loom_tests::models::Shipped;
use loom_tests::models::condvar;
use loom_tests::models::mutex::Outcomes;
use loom_tests::{bounded, passes, sampled, unbounded};

#[test]
fn notify_one_under_the_lock() {
    passes(unbounded().run(condvar::notify_one::<Shipped>(true)));
}

#[test]
fn notified_while_somebody_looks() {
    use loom_tests::twins::time_flies::Twin;
    passes(
        bounded(3, 5)
            .looks()
            .run(condvar::notify_one::<Shipped>(true)),
    );
    passes(bounded(3, 5).looks().run(condvar::notify_one::<Twin>(true)));
}

#[test]
fn notify_one_after_the_lock() {
    passes(unbounded().run(condvar::notify_one::<Shipped>(false)));
}

#[test]
fn notify_one_twice_under_the_lock() {
    passes(bounded(3, 4).run(condvar::notify_one_twice::<Shipped>(true)));
}

#[test]
fn notify_one_twice_after_the_lock() {
    passes(bounded(3, 4).run(condvar::notify_one_twice::<Shipped>(false)));
}

#[test]
fn notify_all_under_the_lock() {
    passes(bounded(3, 4).run(condvar::notify_all::<Shipped>(true)));
}

#[test]
fn notify_all_after_the_lock() {
    passes(bounded(3, 4).run(condvar::notify_all::<Shipped>(false)));
}

#[test]
fn exact_counts() {
    let outcomes = Arc::new(Outcomes::default());
    passes(bounded(3, 4).run(condvar::exact_counts::<Shipped>(1, &outcomes)));
    outcomes.assert_both();
}

#[test]
fn timeout_against_move() {
    let outcomes = Arc::new(Outcomes::default());
    passes(bounded(3, 4).run(condvar::timeout_against_move::<Shipped>(&outcomes)));
    outcomes.assert_both();
}

#[test]
fn moved_beside_waiter() {
    passes(bounded(3, 4).run(condvar::moved_beside_waiter::<Shipped>));
}

#[test]
fn moved_and_handed_over() {
    passes(bounded(3, 4).run(condvar::moved_and_handed_over::<Shipped>(false)));
    passes(bounded(3, 4).run(condvar::moved_and_handed_over::<Shipped>(true)));
}

#[test]
fn notify_while_another_unlocks() {
    passes(bounded(3, 4).run(condvar::notify_while_another_unlocks::<Shipped>));
}

#[test]
fn two_mutexes() {
    let panics = Arc::new(AtomicUsize::new(0));
    passes(unbounded().run(condvar::two_mutexes::<Shipped>(&panics)));
    assert!(panics.load(Relaxed) > 0, "the two mutexes never met");
}

#[test]
fn moved_beside_timeout() {
    // All with three preemptions: 387 596 executions in 41 s.
    passes(sampled(20_000).run(condvar::moved_beside_timeout::<Shipped>));
}

/// Before it sleeps, a thread sends one more on its way. Without a bound even the first does not end in half a minute.
#[test]
fn one_more_on_its_way() {
    use loom_tests::twins::one_more_in_any_case::Twin;
    passes(bounded(7, 9).run(condvar::notify_one::<Twin>(true)));
    passes(bounded(3, 4).run(condvar::notify_one_twice::<Twin>(true)));
    passes(bounded(3, 4).run(condvar::notify_all::<Twin>(true)));
    passes(bounded(3, 4).run(condvar::moved_beside_waiter::<Twin>));
}
