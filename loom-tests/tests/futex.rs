//! The contract of a futex in the loom world, and that it catches futexes that break it. The programs
//! are in `tests/contract/mod.rs`.

use loom_tests::contract::{self, broken};
use loom_tests::selvedge::explore::Explorer;
use loom_tests::selvedge::sys::Native;
use loom_tests::selvedge::trace::Verdict;
use loom_tests::{bounded, passes, unbounded};

#[test]
fn check_and_enqueue_are_one_step() {
    passes(unbounded().run(contract::check_and_enqueue_are_one_step::<Native>));
}

#[test]
fn no_wake_is_lost() {
    // Unbounded: 521 354 executions in 39 s and 79 041 in 5 s.
    passes(bounded(3, 4).run(contract::no_wake_is_lost::<Native>(false)));
    passes(bounded(3, 4).run(contract::no_wake_is_lost::<Native>(true)));
}

#[test]
fn no_wake_is_invented() {
    passes(unbounded().run(contract::no_wake_is_invented::<Native>));
}

#[test]
fn requeue_keeps_waiters_findable() {
    passes(unbounded().run(contract::requeue_keeps_waiters_findable::<Native>));
}

#[test]
fn deadline_is_honoured() {
    passes(unbounded().run(contract::deadline_is_honoured::<Native>));
}

#[test]
fn deadline_or_wake() {
    passes(unbounded().run(contract::deadline_or_wake::<Native>));
}

#[test]
fn deadline_after_requeue() {
    passes(unbounded().run(contract::deadline_after_requeue::<Native>));
}

#[test]
fn stale_address_is_harmless() {
    passes(unbounded().run(contract::stale_address_is_harmless::<Native>));
}

/// The same with waits that return for no reason, and with wakes that do not tell.
#[test]
fn spurious_and_untold() {
    let chaos = || Explorer::new().spurious_wakes(1).unknown_wake_counts();
    passes(chaos().run(contract::check_and_enqueue_are_one_step::<Native>));
    passes(
        chaos()
            .preemptions(3)
            .run(contract::no_wake_is_lost::<Native>(false)),
    );
    passes(chaos().run(contract::deadline_or_wake::<Native>));
}

#[track_caller]
fn caught(program: impl Fn() + Send + Sync + 'static) -> Verdict {
    unbounded().run(program).expect_failure().verdict.clone()
}

#[test]
fn catches_checking_beforehand() {
    let verdict =
        caught(contract::check_and_enqueue_are_one_step::<broken::ChecksBeforehand<Native>>);
    assert!(matches!(verdict, Verdict::LostWakeup { .. }), "{verdict}");
}

#[test]
fn catches_waking_one_less() {
    let verdict = caught(contract::no_wake_is_lost::<broken::WakesOneLess<Native>>(
        true,
    ));
    assert!(matches!(verdict, Verdict::LostWakeup { .. }), "{verdict}");
}

#[test]
fn catches_waking_all() {
    assert_eq!(
        caught(contract::no_wake_is_invented::<broken::WakesAll<Native>>),
        Verdict::Panic
    );
}

#[test]
fn catches_reporting_one() {
    assert_eq!(
        caught(contract::no_wake_is_invented::<broken::ReportsOne<Native>>),
        Verdict::Panic
    );
}

#[test]
fn catches_losing_the_moved() {
    caught(contract::requeue_keeps_waiters_findable::<broken::LosesTheMoved<Native>>);
}

#[test]
fn catches_moving_unchecked() {
    caught(contract::requeue_keeps_waiters_findable::<broken::MovesUnchecked<Native>>);
}

#[test]
fn catches_ignoring_deadlines() {
    let verdict = caught(contract::deadline_is_honoured::<broken::IgnoresDeadlines<Native>>);
    assert!(matches!(verdict, Verdict::LostWakeup { .. }), "{verdict}");
}

#[test]
fn catches_swallowing_wakes() {
    assert_eq!(
        caught(contract::deadline_or_wake::<broken::SwallowsWakes<Native>>),
        Verdict::Panic
    );
}
