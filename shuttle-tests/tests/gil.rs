//! `Gil` in the shuttle world: every schedule of the small programs, and the larger ones at random. The programs are in
//! `tests/models/gil.rs`.

use std::sync::Arc;

use shuttle_tests::models::gil::{self, Outcomes, Shipped};
use shuttle_tests::selvedge::explore::Explorer;
use shuttle_tests::{bounded, part_of_portfolio, passes};

/// The portfolio; every day a part of it. There are many programs here, and all twins but one are found in the first two thousand
/// executions of theirs (that one loom finds).
fn part() -> impl Iterator<Item = Explorer> {
    part_of_portfolio(2_000)
}

/// The program passes that.
fn survives(program: impl Fn() + Send + Sync + Clone + 'static) {
    for explorer in part() {
        passes(explorer.run(program.clone()));
    }
}

#[test]
fn exclusion() {
    passes(bounded(5).run(gil::exclusion::<Shipped>(2, 1, gil::PATIENT)));
    passes(bounded(3).run(gil::exclusion::<Shipped>(2, 2, gil::ASKING)));
    passes(bounded(3).run(gil::exclusion::<Shipped>(3, 1, gil::PATIENT)));
    survives(gil::exclusion::<Shipped>(5, 1, gil::ALL_ASK));
    survives(gil::exclusion::<Shipped>(3, 2, gil::Policy::CPYTHON_2));
}

#[test]
fn detaching() {
    passes(bounded(3).run(gil::detaching::<Shipped>(2, gil::RETURNING_FIRST)));
    survives(gil::detaching::<Shipped>(2, gil::ASKING));
    survives(gil::detaching::<Shipped>(4, gil::ALL_ASK));
    survives(gil::detaching::<Shipped>(3, gil::Policy::Ticks(1)));
}

#[test]
fn try_attach() {
    passes(bounded(5).run(gil::try_attach::<Shipped>));
}

#[test]
fn everybody_gets_in() {
    passes(bounded(3).run(gil::everybody_gets_in::<Shipped>(1, gil::ASKING)));
    survives(gil::everybody_gets_in::<Shipped>(2, gil::ASKING));
    survives(gil::everybody_gets_in::<Shipped>(3, gil::ALL_ASK));
}

#[test]
fn everybody_computes() {
    passes(bounded(3).run(gil::everybody_computes::<Shipped>(1, gil::ASKING)));
    survives(gil::everybody_computes::<Shipped>(2, gil::ASKING));
    survives(gil::everybody_computes::<Shipped>(3, gil::ALL_ASK));
}

#[test]
fn leaving_hands_over() {
    passes(bounded(3).run(gil::leaving_hands_over::<Shipped>));
}

#[test]
fn timeout_against_leaving() {
    let outcomes = Arc::new(Outcomes::default());
    passes(bounded(3).run(gil::timeout_against_leaving::<Shipped>(&outcomes)));
    outcomes.assert_both();
}

#[test]
fn timeout_beside_waiter() {
    let outcomes = Arc::new(Outcomes::default());
    let program = gil::timeout_beside_waiter::<Shipped>(gil::PATIENT, &outcomes);
    passes(bounded(3).run(program.clone()));
    survives(program);
    outcomes.assert_both();
    let outcomes = Arc::new(Outcomes::default());
    survives(gil::timeout_beside_waiter::<Shipped>(
        gil::Policy::CPYTHON_2,
        &outcomes,
    ));
    outcomes.assert_both();
}

#[test]
fn asker_leaves() {
    let outcomes = Arc::new(Outcomes::default());
    passes(bounded(3).run(gil::asker_leaves::<Shipped>(&outcomes)));
    outcomes.assert_both();
}

#[test]
fn asker_is_gone() {
    passes(bounded(5).run(gil::asker_is_gone::<Shipped>));
}

#[test]
fn asker_leaves_another() {
    survives(gil::asker_leaves_another::<Shipped>);
}

#[test]
fn finalize() {
    for policy in [
        gil::PATIENT,
        gil::ASKING,
        gil::ALL_ASK,
        gil::Policy::Ticks(1),
    ] {
        let outcomes = Arc::new(Outcomes::default());
        passes(bounded(3).run(gil::finalize::<Shipped>(policy, &outcomes)));
        survives(gil::finalize::<Shipped>(policy, &outcomes));
        outcomes.assert_finalized();
    }
}

#[test]
fn finalize_with_waiters() {
    survives(gil::finalize_with_waiters::<Shipped>(gil::PATIENT));
    survives(gil::finalize_with_waiters::<Shipped>(gil::ASKING));
}

#[test]
fn attached_twice() {
    survives(gil::attached_twice::<Shipped>);
}

#[test]
fn panics() {
    passes(bounded(4).run(gil::panics::<Shipped>));
    passes(bounded(4).run(gil::panics_and_finalized::<Shipped>));
}

#[test]
fn freed_by_the_next() {
    for policy in [
        gil::PATIENT,
        gil::ASKING,
        gil::ALL_ASK,
        gil::Policy::Ticks(1),
    ] {
        passes(bounded(3).run(gil::freed_by_the_next::<Shipped>(policy)));
    }
}

#[test]
fn freed_by_one_that_gave_up() {
    passes(bounded(3).run(gil::freed_by_one_that_gave_up::<Shipped>));
}

#[test]
fn mutex_inside() {
    passes(bounded(4).run(gil::mutex_inside::<Shipped>(false)));
}

#[test]
fn returning_first() {
    survives(gil::returning_first::<Shipped>);
}

#[test]
fn returning_do_not_interrupt() {
    passes(bounded(3).run(gil::returning_do_not_interrupt::<Shipped>));
}

/// The shipped source with a bound of one instead of sixteen.
#[test]
fn overtaken_no_more_than() {
    use shuttle_tests::twins::gil_overtaken_once::Twin;
    survives(gil::overtaken_no_more_than::<Twin>(1, 2, 1));
    survives(gil::overtaken_no_more_than::<Twin>(1, 4, 2));
    survives(gil::overtaken_no_more_than::<Shipped>(16, 3, 1));
}

/// The same with a bound of two.
#[test]
fn nobody_is_worn_behind_the_interrupted() {
    use shuttle_tests::twins::gil_overtaken_twice::Twin;
    survives(gil::nobody_is_worn_behind_the_interrupted::<Twin>);
}

#[test]
fn who_interrupts_has_no_turn() {
    survives(gil::who_interrupts_has_no_turn::<Shipped>);
}

/// In the shipped source a turn is never over as long as a model runs.
#[test]
fn a_turn_may_end_at_any_moment() {
    use shuttle_tests::twins::gil_turn_ends_whenever::Twin;
    survives(gil::detaching::<Twin>(3, gil::ALL_ASK));
    survives(gil::overtaken_no_more_than::<Twin>(16, 3, 1));
}

#[test]
fn ticks() {
    passes(bounded(3).run(gil::ticks::<Shipped>));
    survives(gil::ticks::<Shipped>);
}

#[test]
fn in_order_of_arrival() {
    survives(gil::in_order_of_arrival::<Shipped>);
}

#[test]
fn in_order_beside_a_faster_one() {
    survives(gil::in_order_beside_a_faster_one::<Shipped>);
}

#[test]
fn in_order_although_woken_in_vain() {
    survives(gil::in_order_although_woken_in_vain::<Shipped>);
}

#[test]
fn asker_leaves_beside_another() {
    survives(gil::asker_leaves_beside_another::<Shipped>);
}

#[test]
fn returning_spares_the_next() {
    passes(bounded(3).run(gil::returning_spares_the_next::<Shipped>));
}

#[test]
fn statistics() {
    passes(bounded(3).run(gil::statistics::<Shipped>));
}

#[test]
fn spurious_wakes() {
    passes(
        bounded(3)
            .spurious_wakes(1)
            .run(gil::exclusion::<Shipped>(2, 1, gil::ASKING)),
    );
    for explorer in part() {
        let explorer = explorer.spurious_wakes(3).unknown_wake_counts();
        passes(explorer.run(gil::detaching::<Shipped>(3, gil::ALL_ASK)));
        passes(explorer.run(gil::everybody_gets_in::<Shipped>(2, gil::ASKING)));
        passes(explorer.run(gil::finalize_with_waiters::<Shipped>(gil::ASKING)));
    }
}
