//! The broken twins of the barrier are caught. See `loom-tests/tests/twins.rs`.

use std::sync::Arc;

use loom_tests::models::barrier;
use loom_tests::models::mutex::Outcomes;
use loom_tests::selvedge::explore::Explorer;
use loom_tests::selvedge::trace::Verdict;
use loom_tests::{bounded, caught, passes, twins, unbounded};

/// Two with deadlines.
fn timeout<B: barrier::AnyBarrier>() {
    barrier::timeout::<B>(2, false, &Arc::new(Outcomes::default()))();
}

use Verdict::{DataRace, LostWakeup, Panic, UseAfterFree};

caught! {
    barrier_wakes_one: barrier::meets::<Twin>(3, 1) => LostWakeup { .. },
    barrier_wakes_nobody: barrier::meets::<Twin>(2, 1) => LostWakeup { .. },
    barrier_forgets_who_waits: barrier::meets::<Twin>(3, 1) => LostWakeup { .. },
    barrier_cancel_forgets_who_waits: barrier::cancel::<Twin>(2) => LostWakeup { .. },
    barrier_sleeps_unmarked: barrier::meets::<Twin>(2, 1) => LostWakeup { .. },
    barrier_opens_early: barrier::meets::<Twin>(2, 1) => Panic,
    barrier_opens_late: barrier::meets::<Twin>(2, 1) => Panic | LostWakeup { .. },
    barrier_keeps_its_arrivals: barrier::meets::<Twin>(3, 1) => Panic | LostWakeup { .. },
    barrier_stays_in_its_generation: barrier::meets::<Twin>(2, 1) => LostWakeup { .. },
    barrier_goes_by_the_arrivals: barrier::overtaken::<Twin>(2) => LostWakeup { .. } | Panic,
    barrier_all_lead: barrier::meets::<Twin>(2, 1) => Panic,
    barrier_nobody_leads: barrier::meets::<Twin>(2, 1) => Panic,
    barrier_arrivals_lead: barrier::arrives_and_waits::<Twin>(2) => Panic,
    barrier_wait_returns_on_any_change: barrier::meets::<Twin>(3, 1) => Panic | DataRace,
    barrier_gives_up_too_late: timeout::<Twin> => Panic,
    barrier_gives_up_and_stays: timeout::<Twin> => Panic,
    barrier_gives_up_in_two_steps: timeout::<Twin> => Panic,
    barrier_cancels_in_any_generation: barrier::cancels_its_own::<Twin> => Panic,
    barrier_cancels_the_complete: barrier::cancel::<Twin>(1) => Panic | LostWakeup { .. },
    barrier_forgets_to_take_back: barrier::cancel::<Twin>(1) => Panic | LostWakeup { .. } | DataRace,
    barrier_drop_leaves_it: barrier::dropped::<Twin>(3) => Panic,
    barrier_looks_again: barrier::freed_by_the_waiter::<Twin>(false, false) => UseAfterFree,
    barrier_leader_looks_again: barrier::freed_by_the_waiter::<Twin>(true, true) => UseAfterFree,
    barrier_counts_below_zero: barrier::comes_round::<Twin> => Panic,
    barrier_generations_do_not_wrap: barrier::meets::<Twin>(2, 1) => LostWakeup { .. },
    barrier_later_is_larger: barrier::meets::<Twin>(2, 1) => LostWakeup { .. },
}

/// A wake may be nobody's doing: a thread that does not look again leaves too early.
#[test]
fn barrier_trusts_a_wake() {
    use twins::barrier_trusts_a_wake::Twin;
    let exploration = Explorer::new()
        .preemptions(3)
        .spurious_wakes(1)
        .run(barrier::meets::<Twin>(2, 1));
    let verdict = &exploration.expect_failure().verdict;
    assert!(matches!(verdict, Panic), "{verdict}");
}

/// This one is not broken: it is the shipped barrier in the last generation before the number comes round.
#[test]
fn barrier_at_wrap() {
    use twins::barrier_at_wrap::Twin;
    passes(unbounded().run(barrier::meets::<Twin>(2, 1)));
    passes(bounded(3, 4).run(barrier::overtaken::<Twin>(2)));
    passes(unbounded().run(barrier::timeout::<Twin>(
        2,
        false,
        &Arc::new(Outcomes::default()),
    )));
    passes(unbounded().run(barrier::cancels_its_own::<Twin>));
}

/// Nor is this one: the number of its generation comes round after four.
#[test]
fn barrier_of_four_generations() {
    use twins::barrier_of_four_generations::Twin;
    passes(unbounded().run(barrier::comes_round::<Twin>));
    passes(bounded(3, 4).run(barrier::overtaken::<Twin>(2)));
}
