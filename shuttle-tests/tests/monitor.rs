//! `Monitor` in the shuttle world: the programs of `tests/models/monitor.rs`, with a bound on preemptions, and with
//! more threads at random.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use shuttle_tests::models::monitor::{self, Shipped};
use shuttle_tests::models::mutex::Outcomes;
use shuttle_tests::selvedge::Monitor;
use shuttle_tests::selvedge::explore::Explorer;
use shuttle_tests::selvedge::sys::thread;
use shuttle_tests::selvedge::trace::Verdict;
use shuttle_tests::twins::monitor_hands_over_twice::Twin as HandsOverTwice;
use shuttle_tests::{bounded, part_of_portfolio, passes};

/// The portfolio; every day a part of it. All twins but one are found in the first thousand executions of their programs.
fn part() -> impl Iterator<Item = Explorer> {
    part_of_portfolio(4_000)
}

/// The program passes that.
fn survives(program: impl Fn() + Send + Sync + Clone + 'static) {
    for explorer in part() {
        passes(explorer.run(program.clone()));
    }
}

#[test]
fn buffer_of_two() {
    passes(bounded(4).run(monitor::buffer::<Shipped>(1, 1, 1, 1)));
    survives(monitor::buffer::<Shipped>(1, 1, 3, 1));
}

#[test]
fn buffer_of_many() {
    for (threads, items) in [(2, 2), (4, 1)] {
        survives(monitor::buffer::<Shipped>(threads, threads, items, 1));
    }
    survives(monitor::buffer::<Shipped>(2, 1, 1, 1));
}

#[test]
fn nobody_comes_between() {
    survives(monitor::nobody_comes_between::<Shipped>);
}

#[test]
fn wait_hands_over() {
    passes(bounded(4).run(monitor::wait_hands_over::<Shipped>(1)));
    survives(monitor::wait_hands_over::<Shipped>(4));
}

#[test]
fn timeout_against_hand_over() {
    for on_a_guard in [false, true] {
        let outcomes = Arc::new(Outcomes::default());
        let program = monitor::timeout_against_hand_over::<Shipped>(on_a_guard, &outcomes);
        passes(bounded(3).run(program));
        outcomes.assert_both();
    }
}

#[test]
fn timeout_beside_waiter() {
    for on_a_guard in [false, true] {
        survives(monitor::timeout_beside_waiter::<Shipped>(on_a_guard));
    }
}

#[test]
fn the_next_in_its_stead() {
    for named in [false, true] {
        survives(monitor::the_next_in_its_stead::<Shipped>(named));
    }
}

#[test]
fn one_ticket() {
    survives(monitor::one_ticket::<Shipped>);
}

#[test]
fn a_row_that_one_leaves() {
    survives(monitor::a_row_that_one_leaves::<Shipped>);
}

#[test]
fn a_condition_panics() {
    for on_a_guard in [false, true] {
        for timed in [false, true] {
            let panics = Arc::new(AtomicUsize::new(0));
            passes(bounded(3).run(monitor::a_condition_panics::<Shipped>(
                on_a_guard, timed, false, &panics,
            )));
            assert!(panics.load(Relaxed) > 0);
        }
    }
}

#[test]
fn a_condition_panics_beside_a_waiter() {
    let panics = Arc::new(AtomicUsize::new(0));
    for (on_a_guard, timed) in [(false, false), (true, true)] {
        survives(monitor::a_condition_panics::<Shipped>(
            on_a_guard, timed, true, &panics,
        ));
    }
    assert!(panics.load(Relaxed) > 0);
}

#[test]
fn a_body_panics() {
    passes(bounded(3).run(monitor::a_body_panics::<Shipped>));
}

#[test]
fn a_condition_enters() {
    passes(bounded(3).run(monitor::a_condition_enters::<Shipped>));
}

#[test]
fn asked_once() {
    for named in [false, true] {
        survives(monitor::asked_once::<Shipped>(named));
    }
}

#[test]
fn in_order_of_arrival() {
    for named in [
        &[true; 2][..],
        &[true, false, true],
        &[false, true, false, true, true],
    ] {
        survives(monitor::in_order_of_arrival::<Shipped>(named));
    }
}

// The shipped source with a bound of two instead of 32.
#[test]
fn entrants_get_in() {
    for timed in [false, true] {
        // All of it: there is a twin that takes long to find.
        shuttle_tests::survives(monitor::entrants_get_in::<HandsOverTwice>(2, 2, timed));
    }
}

#[test]
fn classic() {
    for timed in [false, true] {
        passes(bounded(3).run(monitor::classic::<Shipped>(timed)));
    }
}

#[test]
fn notified_beside_hand_over() {
    survives(monitor::notified_beside_hand_over::<Shipped>);
}

#[test]
fn freed_by_the_next_owner() {
    for timed in [false, true] {
        passes(bounded(3).run(monitor::freed_by_the_next_owner::<Shipped>(timed)));
    }
}

#[test]
fn spurious_wakes() {
    let outcomes = Arc::new(Outcomes::default());
    for explorer in part() {
        let explorer = explorer.spurious_wakes(3).unknown_wake_counts();
        passes(explorer.run(monitor::buffer::<Shipped>(2, 2, 2, 1)));
        passes(explorer.run(monitor::wait_hands_over::<Shipped>(2)));
        passes(explorer.run(monitor::timeout_against_hand_over::<Shipped>(
            true, &outcomes,
        )));
        passes(explorer.run(monitor::classic::<Shipped>(true)));
    }
}

#[test]
fn all_wait() {
    let exploration = bounded(3).run(monitor::all_wait::<Shipped>);
    let failure = exploration.expect_failure();
    assert!(
        matches!(&failure.verdict, Verdict::LostWakeup { asleep } if asleep.len() == 2),
        "{failure}"
    );
    let told = failure.verdict.to_string();
    assert!(told.contains("Monitor#1 in wait for `open`"), "{told}");
    assert!(told.contains("Monitor#1 in wait for `full`"), "{told}");
}

/// An execution that fails leaves threads in the list of a static. The next one does not find them there.
#[test]
fn a_static_starts_fresh() {
    static MONITOR: Monitor<u32> = Monitor::new(0);
    let exploration = bounded(3).run(|| {
        let other = thread::spawn(|| MONITOR.when(|number| *number == 1, |_| ()));
        MONITOR.when(|number| *number == 2, |_| ());
        other.join().unwrap();
    });
    let verdict = &exploration.expect_failure().verdict;
    assert!(matches!(verdict, Verdict::LostWakeup { .. }), "{verdict}");
    passes(bounded(3).run(|| {
        // The data of a static is ordinary memory and stays.
        *MONITOR.lock() = 0;
        let other = thread::spawn(|| MONITOR.when(|number| *number == 7, |_| ()));
        *MONITOR.lock() = 7;
        other.join().unwrap();
    }));
}
