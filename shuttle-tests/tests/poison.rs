//! `poison` in the shuttle world, and its broken twins. The programs are in `tests/models/poison.rs`. With at most four
//! preemptions.

use shuttle_tests::models::poison::{self, Shipped};
use shuttle_tests::selvedge::trace::Verdict;
use shuttle_tests::{bounded, caught, passes};

#[test]
fn the_next_is_told() {
    passes(bounded(4).run(poison::the_next_is_told::<Shipped>));
}

#[test]
fn readers_are_told() {
    passes(bounded(4).run(poison::readers_are_told::<Shipped>));
}

#[test]
fn who_waits_is_told() {
    passes(bounded(4).run(poison::who_waits_is_told::<Shipped>));
}

caught! {
    poison_not_remembered: poison::the_next_is_told::<Twin> => Verdict::Panic,
    poison_not_told: poison::the_next_is_told::<Twin> => Verdict::Panic,
    poison_without_panic: poison::the_next_is_told::<Twin> => Verdict::Panic,
    poison_after_unlock: poison::the_next_is_told::<Twin> => Verdict::Panic,
    poison_wait_not_told: poison::who_waits_is_told::<Twin> => Verdict::Panic,
}
