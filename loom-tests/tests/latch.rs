//! `Latch` in the loom world: every interleaving and every outcome of weak memory that loom has. The programs
//! are in `tests/models/latch.rs`. Unbounded unless a comment says otherwise.

use std::sync::Arc;

use loom_tests::models::latch::{self, Shipped};
use loom_tests::models::mutex::Outcomes;
use loom_tests::{bounded, passes, sampled, unbounded};

// One worker and two waiters: with 3 preemptions 9 782 executions in 0.6 s. Two workers and one waiter: 3 675 in
// 0.2 s; without a bound not through after a minute.
#[test]
fn opens() {
    passes(unbounded().run(latch::opens::<Shipped>(1, 1)));
    passes(bounded(3, 4).run(latch::opens::<Shipped>(1, 2)));
    passes(bounded(3, 4).run(latch::opens::<Shipped>(2, 1)));
}

// Four threads: with 3 preemptions 79 264 executions in 6.6 s. Shuttle explores it every day.
#[test]
fn opens_for_two() {
    passes(sampled(10_000).run(latch::opens::<Shipped>(2, 2)));
}

#[test]
fn open_is_visible() {
    passes(unbounded().run(latch::open_is_visible::<Shipped>(false)));
    passes(unbounded().run(latch::open_is_visible::<Shipped>(true)));
}

// Three threads: with 3 preemptions 4 269 executions in 0.3 s.
#[test]
fn arrive_and_wait() {
    passes(unbounded().run(latch::arrive_and_wait::<Shipped>(2)));
    passes(bounded(3, 4).run(latch::arrive_and_wait::<Shipped>(3)));
}

#[test]
fn by_several() {
    passes(unbounded().run(latch::by_several::<Shipped>));
}

// Three threads: with 3 preemptions 4 269 and 1 620 executions. Without a bound not through after a minute.
#[test]
fn timeout() {
    let outcomes = Arc::new(Outcomes::default());
    passes(unbounded().run(latch::timeout::<Shipped>(1, false, &outcomes)));
    outcomes.assert_both();
    passes(bounded(3, 4).run(latch::timeout::<Shipped>(1, true, &outcomes)));
    passes(bounded(3, 4).run(latch::timeout::<Shipped>(2, false, &outcomes)));
}

#[test]
fn one_too_many() {
    passes(unbounded().run(latch::one_too_many::<Shipped>(1)));
    passes(unbounded().run(latch::one_too_many::<Shipped>(3)));
}

// Beside two: without a bound 90 090 executions in 5 s.
#[test]
fn freed_by_the_waiter() {
    for arrives in [false, true] {
        for timed in [false, true] {
            passes(unbounded().run(latch::freed_by_the_waiter::<Shipped>(arrives, timed)));
        }
    }
    passes(bounded(3, 6).run(latch::freed_beside_two::<Shipped>));
}

#[test]
fn spurious_wakes() {
    passes(
        unbounded()
            .spurious_wakes(2)
            .run(latch::opens::<Shipped>(1, 1)),
    );
    let outcomes = Arc::new(Outcomes::default());
    let explorer = unbounded().spurious_wakes(1).unknown_wake_counts();
    passes(explorer.run(latch::timeout::<Shipped>(1, false, &outcomes)));
}
