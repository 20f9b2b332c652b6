//! The contract of a futex in a model, and that it catches futexes that break it. The programs are in
//! `tests/contract/mod.rs`. Included by `loom-tests/tests/futex.rs` and `shuttle-tests/tests/futex.rs`.

use super::contract::{self, broken};
use super::selvedge::sys::Native;
use super::selvedge::trace::Verdict;
use super::{everything, passes};

#[test]
fn check_and_enqueue_are_one_step() {
    passes(everything().run(contract::check_and_enqueue_are_one_step::<Native>));
}

#[test]
fn no_wake_is_invented() {
    passes(everything().run(contract::no_wake_is_invented::<Native>));
}

#[test]
fn requeue_keeps_waiters_findable() {
    passes(everything().run(contract::requeue_keeps_waiters_findable::<Native>));
}

#[test]
fn nobody_gathered_is_lost() {
    passes(everything().run(|| contract::nobody_gathered_is_lost::<Native>(2)));
}

#[test]
fn deadline_is_honoured() {
    passes(everything().run(contract::deadline_is_honoured::<Native>));
}

#[test]
fn deadline_or_wake() {
    passes(everything().run(contract::deadline_or_wake::<Native>));
}

#[test]
fn deadline_after_requeue() {
    passes(everything().run(contract::deadline_after_requeue::<Native>));
}

#[test]
fn stale_address_is_harmless() {
    passes(everything().run(contract::stale_address_is_harmless::<Native>));
}

#[track_caller]
fn caught(program: impl Fn() + Send + Sync + 'static) -> Verdict {
    everything().run(program).expect_failure().verdict.clone()
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
fn catches_losing_the_gathered() {
    caught(|| contract::nobody_gathered_is_lost::<broken::LosesTheMoved<Native>>(2));
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
