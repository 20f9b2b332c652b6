//! The contract of a futex in the loom world: `tests/suites/futex.rs`, and what takes longer here.

use loom_tests::selvedge::explore::Explorer;
use loom_tests::selvedge::sys::Native;
use loom_tests::{bounded, contract, passes, selvedge, unbounded as everything};

#[path = "../../tests/suites/futex.rs"]
mod both;

#[test]
fn no_wake_is_lost() {
    // Unbounded: 521 354 executions in 39 s and 79 041 in 5 s.
    passes(bounded(3, 4).run(contract::no_wake_is_lost::<Native>(false)));
    passes(bounded(3, 4).run(contract::no_wake_is_lost::<Native>(true)));
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
