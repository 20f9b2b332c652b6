//! The broken twins of the latch are caught. See `loom-tests/tests/twins.rs`.

use std::sync::Arc;

use loom_tests::models::latch;
use loom_tests::models::mutex::Outcomes;
use loom_tests::selvedge::explore::Explorer;
use loom_tests::selvedge::trace::Verdict;
use loom_tests::{caught, twins};

/// A timed wait beside one worker.
fn timeout<L: latch::AnyLatch>(patient: bool) -> impl Fn() + Send + Sync + Clone + 'static {
    latch::timeout::<L>(1, patient, &Arc::new(Outcomes::default()))
}

use Verdict::{DataRace, LostWakeup, Panic, UseAfterFree};

caught! {
    latch_wakes_one: latch::opens::<Twin>(1, 2) => LostWakeup { .. },
    latch_wakes_nobody: latch::opens::<Twin>(1, 1) => LostWakeup { .. },
    latch_forgets_who_waits: latch::opens::<Twin>(2, 1) => LostWakeup { .. },
    latch_sleeps_unmarked: latch::opens::<Twin>(1, 1) => LostWakeup { .. },
    latch_marks_the_open_one: latch::opens::<Twin>(1, 1) => LostWakeup { .. } | Verdict::BoundReached,
    latch_opens_early: latch::opens::<Twin>(2, 1) => Panic,
    latch_wait_returns_on_any_change: latch::opens::<Twin>(2, 1) => Panic,
    latch_says_open_when_time_is_up: timeout::<Twin>(false) => Panic | DataRace,
    latch_counts_below_zero: latch::one_too_many::<Twin>(1) => Panic,
    latch_ignores_one_too_many: latch::one_too_many::<Twin>(1) => Panic,
    latch_takes_one_of_several: latch::by_several::<Twin> => Panic | LostWakeup { .. },
    latch_looks_again: latch::freed_by_the_waiter::<Twin>(false, false) => UseAfterFree,
    latch_not_the_last_looks_again: latch::freed_beside_two::<Twin> => UseAfterFree,
    latch_last_arrival_waits: latch::freed_by_the_waiter::<Twin>(true, false) => UseAfterFree,
}

/// A wake may be nobody's doing: a thread that does not look again leaves too early.
#[test]
fn latch_trusts_a_wake() {
    use twins::latch_trusts_a_wake::Twin;
    let exploration = Explorer::new()
        .preemptions(3)
        .spurious_wakes(1)
        .run(latch::opens::<Twin>(1, 1));
    let verdict = &exploration.expect_failure().verdict;
    assert!(matches!(verdict, Panic | DataRace), "{verdict}");
}

/// It never gives up: an execution of which it does not see the end.
#[test]
fn latch_forgets_the_deadline() {
    use twins::latch_forgets_the_deadline::Twin;
    let exploration = Explorer::new().steps(500).run(timeout::<Twin>(false));
    let verdict = &exploration.expect_failure().verdict;
    assert!(matches!(verdict, Verdict::BoundReached), "{verdict}");
}
