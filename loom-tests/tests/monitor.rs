//! `Monitor` in the loom world: the programs are in `tests/models/monitor.rs`. Unbounded unless a comment says otherwise.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use loom_tests::models::monitor::{self, Shipped};
use loom_tests::models::mutex::Outcomes;
use loom_tests::selvedge::trace::Verdict;
use loom_tests::twins::monitor_hands_over_twice::Twin as HandsOverTwice;
use loom_tests::{bounded, passes, unbounded};

#[test]
fn buffer_of_two() {
    passes(bounded(4, 6).run(monitor::buffer::<Shipped>(1, 1, 1, 1)));
    passes(bounded(4, 6).run(monitor::buffer::<Shipped>(1, 1, 2, 1)));
}

#[test]
fn buffer_of_three() {
    passes(bounded(3, 4).run(monitor::buffer::<Shipped>(2, 1, 1, 1)));
    passes(bounded(3, 4).run(monitor::buffer::<Shipped>(1, 2, 2, 1)));
}

#[test]
fn nobody_comes_between() {
    passes(bounded(3, 4).run(monitor::nobody_comes_between::<Shipped>));
}

#[test]
fn wait_hands_over() {
    passes(bounded(4, 6).run(monitor::wait_hands_over::<Shipped>(1)));
    passes(bounded(4, 6).run(monitor::wait_hands_over::<Shipped>(2)));
}

#[test]
fn timeout_against_hand_over() {
    for on_a_guard in [false, true] {
        let outcomes = Arc::new(Outcomes::default());
        passes(
            bounded(4, 6).run(monitor::timeout_against_hand_over::<Shipped>(
                on_a_guard, &outcomes,
            )),
        );
        outcomes.assert_both();
    }
}

#[test]
fn timeout_beside_waiter() {
    for on_a_guard in [false, true] {
        passes(bounded(3, 4).run(monitor::timeout_beside_waiter::<Shipped>(on_a_guard)));
    }
}

#[test]
fn one_ticket() {
    passes(bounded(3, 4).run(monitor::one_ticket::<Shipped>));
}

#[test]
fn a_row_that_one_leaves() {
    passes(bounded(3, 4).run(monitor::a_row_that_one_leaves::<Shipped>));
}

#[test]
fn a_condition_panics() {
    for on_a_guard in [false, true] {
        for timed in [false, true] {
            let panics = Arc::new(AtomicUsize::new(0));
            passes(bounded(4, 6).run(monitor::a_condition_panics::<Shipped>(
                on_a_guard, timed, false, &panics,
            )));
            assert!(panics.load(Relaxed) > 0);
        }
    }
}

#[test]
fn a_condition_panics_beside_a_waiter() {
    let panics = Arc::new(AtomicUsize::new(0));
    passes(bounded(3, 4).run(monitor::a_condition_panics::<Shipped>(
        false, false, true, &panics,
    )));
    passes(bounded(3, 4).run(monitor::a_condition_panics::<Shipped>(
        true, true, true, &panics,
    )));
}

#[test]
fn a_body_panics() {
    passes(bounded(4, 6).run(monitor::a_body_panics::<Shipped>));
}

#[test]
fn a_condition_enters() {
    passes(bounded(4, 6).run(monitor::a_condition_enters::<Shipped>));
}

#[test]
fn asked_once() {
    for named in [false, true] {
        passes(bounded(3, 4).run(monitor::asked_once::<Shipped>(named)));
    }
}

#[test]
fn in_order_of_arrival() {
    for named in [[true, true], [false, true]] {
        passes(bounded(3, 4).run(monitor::in_order_of_arrival::<Shipped>(named)));
    }
}

// The shipped source with a bound of two instead of 32.
#[test]
fn entrants_get_in() {
    passes(bounded(3, 4).run(monitor::entrants_get_in::<HandsOverTwice>(2, false)));
    passes(bounded(3, 4).run(monitor::entrants_get_in::<HandsOverTwice>(2, true)));
}

#[test]
fn classic() {
    for timed in [false, true] {
        passes(bounded(4, 6).run(monitor::classic::<Shipped>(timed)));
    }
}

#[test]
fn notified_beside_hand_over() {
    passes(bounded(3, 4).run(monitor::notified_beside_hand_over::<Shipped>));
}

#[test]
fn freed_by_the_next_owner() {
    for timed in [false, true] {
        passes(bounded(4, 6).run(monitor::freed_by_the_next_owner::<Shipped>(timed)));
    }
}

#[test]
fn all_wait() {
    let exploration = unbounded().run(monitor::all_wait::<Shipped>);
    let failure = exploration.expect_failure();
    println!("{failure}");
    assert!(
        matches!(&failure.verdict, Verdict::LostWakeup { asleep } if asleep.len() == 2),
        "{failure}"
    );
    let told = failure.verdict.to_string();
    assert!(
        told.contains("main waits for Monitor#1 in wait for `open`"),
        "{told}"
    );
    assert!(
        told.contains("waits for Monitor#1 in wait for `full`"),
        "{told}"
    );
}
