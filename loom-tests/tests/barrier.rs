//! `Barrier` in the loom world: every interleaving and every outcome of weak memory that loom has. The programs
//! are in `tests/models/barrier.rs`. Unbounded unless a comment says otherwise.

use std::sync::Arc;

use loom_tests::models::barrier::{self, Shipped};
use loom_tests::models::mutex::Outcomes;
use loom_tests::{bounded, passes, sampled, unbounded, unbounded_when_deep};

#[test]
fn meets() {
    passes(unbounded().run(barrier::meets::<Shipped>(1, 2)));
    passes(unbounded().run(barrier::meets::<Shipped>(2, 1)));
}

// Without a bound 98 556 executions in 5 s.
#[test]
fn meets_again() {
    passes(unbounded_when_deep(4).run(barrier::meets::<Shipped>(2, 2)));
}

// With 3 preemptions 7 990 executions in 0.6 s, with 4 54 316 in 3.4 s.
#[test]
fn three_meet() {
    passes(bounded(3, 4).run(barrier::meets::<Shipped>(3, 1)));
}

// Four threads: with 3 preemptions 177 711 executions in 18 s. Shuttle explores it every day.
#[test]
fn more_than_meet() {
    passes(sampled(10_000).run(barrier::more_than_meet::<Shipped>(4)));
}

// Two generations: without a bound 22 182 executions in 1.2 s. Three: 472 855 in 23 s.
#[test]
fn overtaken() {
    passes(unbounded().run(barrier::overtaken::<Shipped>(1)));
    passes(unbounded().run(barrier::overtaken::<Shipped>(2)));
    passes(unbounded_when_deep(4).run(barrier::overtaken::<Shipped>(3)));
}

// Three threads: with 3 preemptions 17 932 executions in 1.2 s.
#[test]
fn arrives_and_waits() {
    passes(unbounded().run(barrier::arrives_and_waits::<Shipped>(2)));
    passes(bounded(3, 4).run(barrier::arrives_and_waits::<Shipped>(3)));
}

#[test]
fn timeout() {
    let outcomes = Arc::new(Outcomes::default());
    passes(unbounded().run(barrier::timeout::<Shipped>(2, false, &outcomes)));
    outcomes.assert_both();
    let outcomes = Arc::new(Outcomes::default());
    passes(unbounded().run(barrier::timeout::<Shipped>(2, true, &outcomes)));
    outcomes.assert_both();
}

// With 3 preemptions 17 340 executions in 1.6 s.
#[test]
fn three_time_out() {
    let outcomes = Arc::new(Outcomes::default());
    passes(bounded(3, 4).run(barrier::timeout::<Shipped>(3, false, &outcomes)));
    outcomes.assert_both();
}

#[test]
fn timeout_and_again() {
    passes(unbounded().run(barrier::timeout_and_again::<Shipped>(1)));
}

// With 3 preemptions 24 852 executions in 2.5 s. Shuttle tries it with one thread more, at random, every day.
#[test]
fn two_wait_for_one_who_comes_again() {
    passes(sampled(10_000).run(barrier::timeout_and_again::<Shipped>(2)));
}

// With 3 preemptions 4 444 executions in 0.4 s.
#[test]
fn more_than_meet_timed() {
    passes(bounded(3, 4).run(barrier::more_than_meet_timed::<Shipped>(3)));
}

// Three threads: with 3 preemptions 11 450 executions in 0.8 s.
#[test]
fn cancel() {
    passes(unbounded().run(barrier::cancel::<Shipped>(1)));
    passes(bounded(3, 4).run(barrier::cancel::<Shipped>(2)));
    passes(unbounded().run(barrier::cancel_beside_timeout::<Shipped>));
    passes(unbounded().run(barrier::cancels_its_own::<Shipped>));
}

#[test]
fn dropped() {
    passes(unbounded().run(barrier::dropped::<Shipped>(2)));
    passes(unbounded().run(barrier::dropped::<Shipped>(3)));
}

#[test]
fn freed_by_the_waiter() {
    for split in [false, true] {
        for timed in [false, true] {
            passes(unbounded().run(barrier::freed_by_the_waiter::<Shipped>(split, timed)));
        }
    }
}

#[test]
fn spurious_wakes() {
    passes(
        bounded(3, 4)
            .spurious_wakes(1)
            .run(barrier::meets::<Shipped>(2, 1)),
    );
    let outcomes = Arc::new(Outcomes::default());
    let explorer = bounded(3, 4).spurious_wakes(1).unknown_wake_counts();
    passes(explorer.run(barrier::timeout::<Shipped>(2, false, &outcomes)));
}
