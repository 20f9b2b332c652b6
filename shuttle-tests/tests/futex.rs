//! The contract of a futex in the shuttle world: `tests/suites/futex.rs`, and more of it.

use shuttle_tests::selvedge::sys::Native;
use shuttle_tests::{
    contract, exhaustive, exhaustive as everything, passes, portfolio, selvedge, survives,
};

#[path = "../../tests/suites/futex.rs"]
mod both;

#[test]
fn no_wake_is_lost() {
    passes(exhaustive().run(contract::no_wake_is_lost::<Native>(false)));
    passes(exhaustive().run(contract::no_wake_is_lost::<Native>(true)));
}

#[test]
fn many_sleepers() {
    survives(|| contract::many_sleepers::<Native>(24, 4));
}

/// The same with waits that return for no reason, and with wakes that do not tell.
#[test]
fn spurious_and_untold() {
    for explorer in portfolio() {
        let explorer = explorer.spurious_wakes(2).unknown_wake_counts();
        passes(explorer.run(contract::check_and_enqueue_are_one_step::<Native>));
        passes(explorer.run(contract::no_wake_is_lost::<Native>(false)));
        passes(explorer.run(contract::deadline_or_wake::<Native>));
    }
}
