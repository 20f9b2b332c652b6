//! `poison` in the loom world, and its broken twins. The programs are in `tests/models/poison.rs`. Unbounded.

use loom_tests::models::poison::{self, Shipped};
use loom_tests::selvedge::trace::Verdict;
use loom_tests::{caught, passes, unbounded};

#[test]
fn the_next_is_told() {
    passes(unbounded().run(poison::the_next_is_told::<Shipped>));
}

#[test]
fn readers_are_told() {
    passes(unbounded().run(poison::readers_are_told::<Shipped>));
}

#[test]
fn who_waits_is_told() {
    passes(unbounded().run(poison::who_waits_is_told::<Shipped>));
}

caught! {
    poison_not_remembered: poison::the_next_is_told::<Twin> => Verdict::Panic,
    poison_not_told: poison::the_next_is_told::<Twin> => Verdict::Panic,
    poison_without_panic: poison::the_next_is_told::<Twin> => Verdict::Panic,
    poison_after_unlock: poison::the_next_is_told::<Twin> => Verdict::Panic,
    poison_wait_not_told: poison::who_waits_is_told::<Twin> => Verdict::Panic,
}
