//! `shared::Mutex` in the loom world: the programs of `tests/models/shared.rs`. A death at every step is one
//! exploration for each step.

use loom_tests::shared::{self, How, Shipped, at_every_step};
use loom_tests::{bounded, passes, unbounded, unbounded_when_deep};

#[test]
fn exclusion_of_two() {
    passes(unbounded().run(shared::exclusion::<Shipped>(2, 1)));
}

#[test]
fn exclusion_of_two_twice_each() {
    passes(bounded(4, 5).run(shared::exclusion::<Shipped>(2, 2)));
}

#[test]
fn exclusion_of_three() {
    passes(bounded(3, 4).run(shared::exclusion::<Shipped>(3, 1)));
}

// Without a bound, 76 650 executions in 4.3 s for the first.
#[test]
fn try_and_timed() {
    passes(unbounded_when_deep(4).run(shared::beside::<Shipped>(How::Try)));
    passes(bounded(4, 5).run(shared::beside::<Shipped>(How::Timed)));
}

#[test]
fn try_beside_two() {
    passes(bounded(3, 4).run(shared::try_beside_two::<Shipped>));
}

#[test]
fn freed_by_the_next_owner() {
    passes(unbounded().run(shared::freed_by_the_next_owner::<Shipped>));
}

#[test]
fn dies_at_every_step() {
    for how in [How::Lock, How::Try, How::Timed] {
        let told = at_every_step(|steps, count| {
            passes(unbounded().run(shared::deaths::<Shipped>(&[(how, steps)], 0, count)));
        });
        assert!(told > 0, "nobody ever died with the lock");
    }
}

#[test]
fn dies_at_every_step_beside_two() {
    at_every_step(|steps, count| {
        passes(bounded(3, 4).run(shared::deaths::<Shipped>(&[(How::Lock, steps)], 1, count)));
    });
}

#[test]
fn woken_and_killed() {
    at_every_step(|steps, count| {
        passes(bounded(3, 4).run(shared::woken_and_killed::<Shipped>(steps, count)));
    });
}

#[test]
fn given_up() {
    for steps in 1..12 {
        passes(bounded(3, 4).run(shared::given_up::<Shipped>(steps)));
    }
}
