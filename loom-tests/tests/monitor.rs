//! `Monitor` in the loom world: the programs are in `tests/models/monitor.rs`. Unbounded unless a comment says otherwise.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use loom_tests::models::monitor::{self, Shipped};
use loom_tests::models::mutex::Outcomes;
use loom_tests::selvedge::Monitor;
use loom_tests::selvedge::sys::thread;
use loom_tests::selvedge::trace::Verdict;
use loom_tests::twins::monitor_hands_over_twice::Twin as HandsOverTwice;
use loom_tests::{bounded, passes, sampled, unbounded};

#[test]
fn buffer_of_two() {
    passes(unbounded().run(monitor::buffer::<Shipped>(1, 1, 1, 1)));
    // With 4 preemptions 1 265 executions in 0.2 s. Without a bound there is no end in 25 s.
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
    passes(unbounded().run(monitor::wait_hands_over::<Shipped>(1)));
    passes(unbounded().run(monitor::wait_hands_over::<Shipped>(2)));
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
fn the_next_in_its_stead() {
    for named in [false, true] {
        passes(bounded(3, 4).run(monitor::the_next_in_its_stead::<Shipped>(named)));
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
            // With a deadline and without a bound 66 009 executions in 18 s.
            let explorer = if timed { bounded(4, 6) } else { unbounded() };
            passes(explorer.run(monitor::a_condition_panics::<Shipped>(
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
    passes(unbounded().run(monitor::a_body_panics::<Shipped>));
}

#[test]
fn a_condition_enters() {
    passes(unbounded().run(monitor::a_condition_enters::<Shipped>));
}

#[test]
fn asked_once() {
    for named in [false, true] {
        passes(bounded(3, 4).run(monitor::asked_once::<Shipped>(named)));
    }
}

#[test]
fn in_order_of_arrival() {
    passes(bounded(3, 4).run(monitor::in_order_of_arrival::<Shipped>(&[true, true])));
    // Four threads: every day shuttle explores more of them.
    passes(
        sampled(2_000).run(monitor::in_order_of_arrival::<Shipped>(&[
            true, false, true,
        ])),
    );
}

// The shipped source with a bound of two instead of 32.
#[test]
fn entrants_get_in() {
    passes(bounded(3, 4).run(monitor::entrants_get_in::<HandsOverTwice>(2, 1, false)));
    // With 3 preemptions 14 946 executions in 4 s; those without a deadline 8 819 in 2.5 s.
    passes(sampled(4_000).run(monitor::entrants_get_in::<HandsOverTwice>(2, 1, true)));
    passes(
        sampled(4_000)
            .looks()
            .run(monitor::entrants_get_in::<HandsOverTwice>(2, 1, false)),
    );
}

#[test]
fn classic() {
    passes(unbounded().run(monitor::classic::<Shipped>(false)));
    passes(bounded(4, 6).run(monitor::classic::<Shipped>(true)));
}

#[test]
fn notified_beside_hand_over() {
    passes(bounded(3, 4).run(monitor::notified_beside_hand_over::<Shipped>));
}

#[test]
fn freed_by_the_next_owner() {
    passes(unbounded().run(monitor::freed_by_the_next_owner::<Shipped>(false)));
    passes(bounded(4, 6).run(monitor::freed_by_the_next_owner::<Shipped>(true)));
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

/// An execution that fails leaves threads in the list of a static. The next one does not find them there.
#[test]
fn a_static_starts_fresh() {
    static MONITOR: Monitor<u32> = Monitor::new(0);
    let exploration = unbounded().run(|| {
        let other = thread::spawn(|| MONITOR.when(|number| *number == 1, |_| ()));
        MONITOR.when(|number| *number == 2, |_| ());
        other.join().unwrap();
    });
    let verdict = &exploration.expect_failure().verdict;
    assert!(matches!(verdict, Verdict::LostWakeup { .. }), "{verdict}");
    passes(unbounded().run(|| {
        // The data of a static is ordinary memory and stays.
        *MONITOR.lock() = 0;
        let other = thread::spawn(|| MONITOR.when(|number| *number == 7, |_| ()));
        *MONITOR.lock() = 7;
        other.join().unwrap();
    }));
}

/// The picture shows who gave it to whom.
#[test]
fn a_hand_over_is_shown() {
    let exploration = unbounded().run(|| {
        let monitor = Arc::new(Monitor::new(false));
        let waiter = {
            let monitor = Arc::clone(&monitor);
            thread::spawn(move || {
                let mut open = monitor.lock();
                let waits = !*open;
                open.wait(|open| *open);
                assert!(!waits, "that is all");
            })
        };
        *monitor.lock() = true;
        waiter.join().unwrap();
    });
    let failure = exploration.expect_failure();
    println!("{failure}");
    let shown = failure.to_string();
    assert!(shown.contains("Monitor#1: handed over"), "{shown}");
    let (_, after) = shown
        .split_once("Monitor#1: handed over")
        .expect("it is shown");
    assert!(after.contains("| wait Monitor#1"), "{shown}");
    assert!(after.contains("Monitor#1: T1"), "{shown}");
}
