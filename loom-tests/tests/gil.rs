//! `Gil` in the loom world. The programs are in `tests/models/gil.rs`.

use std::sync::Arc;

use loom_tests::models::gil::{self, Outcomes, Shipped};
use loom_tests::selvedge::trace::Verdict;
use loom_tests::{bounded, passes, sampled, unbounded};

#[test]
fn exclusion_of_two() {
    passes(unbounded().run(gil::exclusion::<Shipped>(2, 1, gil::PATIENT)));
}

#[test]
fn exclusion_of_two_that_ask() {
    passes(bounded(4, 6).run(gil::exclusion::<Shipped>(2, 1, gil::ASKING)));
}

#[test]
fn exclusion_of_two_twice_each() {
    passes(bounded(4, 6).run(gil::exclusion::<Shipped>(2, 2, gil::PATIENT)));
}

#[test]
fn exclusion_of_three() {
    passes(bounded(3, 4).run(gil::exclusion::<Shipped>(3, 1, gil::PATIENT)));
}

#[test]
fn detaching() {
    passes(bounded(3, 4).run(gil::detaching::<Shipped>(2, gil::ALL_ASK)));
    passes(bounded(3, 4).run(gil::detaching::<Shipped>(2, gil::RETURNING_FIRST)));
}

#[test]
fn try_attach() {
    // Without a bound 39 s.
    passes(bounded(5, 7).run(gil::try_attach::<Shipped>));
}

#[test]
fn everybody_gets_in() {
    passes(bounded(4, 6).run(gil::everybody_gets_in::<Shipped>(1, gil::ASKING)));
    // Three threads, of which one looks at the word again and again: shuttle has all of it.
    passes(sampled(2_000).run(gil::everybody_gets_in::<Shipped>(2, gil::ASKING)));
}

#[test]
fn everybody_computes() {
    passes(bounded(4, 6).run(gil::everybody_computes::<Shipped>(1, gil::ASKING)));
    passes(sampled(2_000).run(gil::everybody_computes::<Shipped>(2, gil::ASKING)));
}

#[test]
fn leaving_hands_over() {
    passes(bounded(4, 6).run(gil::leaving_hands_over::<Shipped>));
}

#[test]
fn timeout_against_leaving() {
    let outcomes = Arc::new(Outcomes::default());
    passes(bounded(4, 6).run(gil::timeout_against_leaving::<Shipped>(&outcomes)));
    outcomes.assert_both();
}

#[test]
fn timeout_beside_waiter() {
    let outcomes = Arc::new(Outcomes::default());
    passes(bounded(3, 4).run(gil::timeout_beside_waiter::<Shipped>(
        gil::PATIENT,
        &outcomes,
    )));
    outcomes.assert_both();
}

#[test]
fn asker_leaves() {
    let outcomes = Arc::new(Outcomes::default());
    passes(bounded(4, 6).run(gil::asker_leaves::<Shipped>(&outcomes)));
    outcomes.assert_both();
}

#[test]
fn asker_is_gone() {
    passes(unbounded().run(gil::asker_is_gone::<Shipped>));
}

#[test]
fn asker_leaves_another() {
    passes(sampled(2_000).run(gil::asker_leaves_another::<Shipped>));
}

#[test]
fn finalize() {
    for policy in [gil::PATIENT, gil::ALL_ASK] {
        let outcomes = Arc::new(Outcomes::default());
        passes(bounded(3, 4).run(gil::finalize::<Shipped>(policy, &outcomes)));
        outcomes.assert_finalized();
    }
}

#[test]
fn finalize_with_waiters() {
    passes(bounded(3, 4).run(gil::finalize_with_waiters::<Shipped>(gil::PATIENT)));
}

#[test]
fn finalize_is_visible() {
    passes(bounded(5, 7).run(gil::finalize_is_visible::<Shipped>(
        gil::is_refused::<Shipped>,
    )));
    passes(bounded(5, 7).run(gil::finalize_is_visible::<Shipped>(
        gil::try_is_refused::<Shipped>,
    )));
    passes(unbounded().run(gil::finalize_is_visible::<Shipped>(gil::is_told::<Shipped>)));
}

#[test]
fn attached_twice() {
    passes(bounded(3, 4).run(gil::attached_twice::<Shipped>));
}

#[test]
fn panics() {
    passes(bounded(4, 6).run(gil::panics::<Shipped>));
}

#[test]
fn panics_and_finalized() {
    passes(bounded(4, 6).run(gil::panics_and_finalized::<Shipped>));
}

#[test]
fn freed_by_the_next() {
    passes(bounded(3, 5).run(gil::freed_by_the_next::<Shipped>(gil::PATIENT)));
    passes(bounded(3, 5).run(gil::freed_by_the_next::<Shipped>(gil::ASKING)));
}

#[test]
fn freed_by_one_that_gave_up() {
    passes(bounded(3, 5).run(gil::freed_by_one_that_gave_up::<Shipped>));
}

#[test]
fn mutex_inside() {
    passes(bounded(3, 5).run(gil::mutex_inside::<Shipped>(false)));
}

/// What `detach_while_locking` is for: the same program, where the mutex is locked as one would without thinking. The
/// explorer names who waits for whom.
#[test]
fn a_mutex_locked_inside_is_a_deadlock() {
    let exploration = bounded(3, 3).run(gil::mutex_inside::<Shipped>(true));
    let failure = exploration.expect_failure();
    println!("{failure}");
    let Verdict::Deadlock { cycle } = &failure.verdict else {
        panic!("{failure}");
    };
    assert_eq!(cycle.len(), 2, "{failure}");
    let wants = |name: &str| {
        cycle
            .iter()
            .any(|waiting| waiting.to_string().contains(name))
    };
    assert!(
        wants("Gil#1 in attach") && wants("Mutex#1 in lock"),
        "{failure}"
    );
}

#[test]
fn returning_first() {
    passes(sampled(2_000).run(gil::returning_first::<Shipped>));
}

#[test]
fn returning_do_not_interrupt() {
    passes(bounded(3, 4).run(gil::returning_do_not_interrupt::<Shipped>));
}

#[test]
fn who_interrupts_has_no_turn() {
    passes(sampled(2_000).run(gil::who_interrupts_has_no_turn::<Shipped>));
}

#[test]
fn ticks() {
    passes(bounded(3, 5).run(gil::ticks::<Shipped>));
}

#[test]
fn in_order_of_arrival() {
    passes(sampled(2_000).run(gil::in_order_of_arrival::<Shipped>));
}

#[test]
fn in_order_beside_a_faster_one() {
    passes(sampled(2_000).run(gil::in_order_beside_a_faster_one::<Shipped>));
}

#[test]
fn in_order_although_woken_in_vain() {
    passes(sampled(2_000).run(gil::in_order_although_woken_in_vain::<Shipped>));
}

#[test]
fn asker_leaves_beside_another() {
    passes(sampled(2_000).run(gil::asker_leaves_beside_another::<Shipped>));
}

#[test]
fn returning_spares_the_next() {
    passes(bounded(3, 4).run(gil::returning_spares_the_next::<Shipped>));
}

#[test]
fn statistics() {
    passes(bounded(4, 6).run(gil::statistics::<Shipped>));
}
