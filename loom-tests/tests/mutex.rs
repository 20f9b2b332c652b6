//! `Mutex` in the loom world: every interleaving and every outcome of weak memory that loom has. The
//! programs are in `tests/models/mutex.rs`. Unbounded unless a comment says otherwise.

use std::sync::Arc;

use loom_tests::models::Shipped;
use loom_tests::models::mutex::{self, Outcomes, Seen};
use loom_tests::twins::{
    always_late, arrived_overlooked, arrived_too_quietly, aside_for_one, returns_uncounted,
    time_flies,
};
use loom_tests::{bounded, passes, unbounded};

#[test]
fn exclusion_of_two() {
    passes(unbounded().looks().run(mutex::exclusion::<Shipped>(2, 1)));
}

// Without a bound there is no end in a minute.
#[test]
fn exclusion_of_two_twice_each() {
    passes(bounded(6, 8).looks().run(mutex::exclusion::<Shipped>(2, 2)));
}

/// In the other programs nobody sleeps for a bucket's lock.
#[test]
fn exclusion_when_buckets_sleep() {
    use loom_tests::twins::bucket_sleeps_at_once::Twin;
    passes(bounded(4, 6).looks().run(mutex::exclusion::<Twin>(2, 1)));
    passes(bounded(3, 4).looks().run(mutex::exclusion::<Twin>(3, 1)));
}

#[test]
fn exclusion_of_three() {
    passes(bounded(4, 6).looks().run(mutex::exclusion::<Shipped>(3, 1)));
}

// Half a million executions without a bound, and the next one too.
#[test]
fn visibility() {
    passes(bounded(6, 8).looks().run(mutex::visibility::<Shipped>));
}

#[test]
fn try_lock() {
    passes(bounded(6, 8).looks().run(mutex::try_lock::<Shipped>));
}

#[test]
fn timeout_against_unlock() {
    let outcomes = Arc::new(Outcomes::default());
    passes(
        bounded(6, 8)
            .looks()
            .run(mutex::timeout_against_unlock::<Shipped>(&outcomes)),
    );
    outcomes.assert_both();
}

#[test]
fn timeout_leaves_no_mark() {
    passes(
        unbounded()
            .looks()
            .run(mutex::timeout_leaves_no_mark::<Shipped>),
    );
}

#[test]
fn timeout_beside_waiter() {
    passes(
        bounded(3, 4)
            .looks()
            .run(mutex::timeout_beside_waiter::<Shipped>),
    );
}

#[test]
fn fair_unlock() {
    passes(bounded(6, 8).looks().run(mutex::fair_unlock::<Shipped>));
}

#[test]
fn fair_unlock_to_the_designated() {
    passes(
        bounded(5, 7)
            .looks()
            .run(mutex::fair_unlock_to_the_designated::<Shipped>),
    );
}

// The shipped source with a bound of four instead of thousands.
#[test]
fn bypass_bound() {
    use loom_tests::twins::bypassed_four_times::Twin;
    passes(bounded(4, 6).looks().run(mutex::bypass_bound::<Twin>(4)));
}

// An unlock keeps the lock at first although nobody waited for it.
#[test]
fn last_turns_for_nobody() {
    use loom_tests::twins::every_turn_counts::Twin;
    passes(bounded(4, 6).looks().run(mutex::exclusion::<Twin>(2, 2)));
    passes(bounded(3, 4).looks().run(mutex::exclusion::<Twin>(3, 1)));
    passes(bounded(4, 6).run(mutex::timeout_leaves_no_mark::<Twin>));
}

// With a clock that says at every unlock that it is time.
#[test]
fn late_unlocks() {
    use time_flies::Twin;
    passes(bounded(4, 6).looks().run(mutex::bypass_bound::<Twin>(4)));
    passes(bounded(3, 5).looks().run(mutex::exclusion::<Twin>(3, 1)));
    passes(
        bounded(3, 5)
            .looks()
            .run(mutex::timeout_beside_waiter::<Twin>),
    );
    passes(
        bounded(3, 5)
            .looks()
            .run(mutex::fair_unlock_against_timeout::<Twin>),
    );
}

// Only a designated thread that says that it is there gets the lock from an ordinary unlock.
#[test]
fn arrived() {
    let (seen, overlooked) = (Arc::new(Seen::default()), Arc::new(Seen::default()));
    passes(bounded(5, 7).looks().run(mutex::arrived::<Shipped>(&seen)));
    passes(
        bounded(5, 7)
            .looks()
            .run(mutex::arrived::<arrived_overlooked::Twin>(&overlooked)),
    );
    passes(
        bounded(5, 7)
            .looks()
            .run(mutex::arrived::<arrived_too_quietly::Twin>(&overlooked)),
    );
    assert!(seen.any() && !overlooked.any());
}

#[test]
fn comes_in_vain() {
    let (seen, uncounted) = (Arc::new(Seen::default()), Arc::new(Seen::default()));
    passes(
        bounded(4, 6)
            .looks()
            .run(mutex::comes_in_vain::<Shipped>(&seen)),
    );
    passes(
        bounded(4, 6)
            .looks()
            .run(mutex::comes_in_vain::<returns_uncounted::Twin>(&uncounted)),
    );
    assert!(seen.any() && !uncounted.any());
}

#[test]
fn steps_aside() {
    let (seen, queued) = (Arc::new(Seen::default()), Arc::new(Seen::default()));
    passes(
        bounded(3, 5)
            .looks()
            .run(mutex::steps_aside::<always_late::Twin>(false, &seen)),
    );
    passes(
        bounded(3, 5)
            .looks()
            .run(mutex::steps_aside::<aside_for_one::Twin>(false, &queued)),
    );
    assert!(seen.any() && !queued.any());
    passes(
        bounded(3, 5)
            .looks()
            .run(mutex::steps_aside::<always_late::Twin>(
                true,
                &Arc::default(),
            )),
    );
}

#[test]
fn fair_unlocks_in_a_row() {
    passes(
        bounded(3, 4)
            .looks()
            .run(mutex::fair_unlocks_in_a_row::<Shipped>(false)),
    );
    passes(
        bounded(3, 4)
            .looks()
            .run(mutex::fair_unlocks_in_a_row::<Shipped>(true)),
    );
}

#[test]
fn fair_unlock_against_timeout() {
    passes(
        bounded(6, 8)
            .looks()
            .run(mutex::fair_unlock_against_timeout::<Shipped>),
    );
}

#[test]
fn bump() {
    passes(bounded(6, 8).looks().run(mutex::bump::<Shipped>));
}

#[test]
fn unlock_while_panicking() {
    passes(
        unbounded()
            .looks()
            .run(mutex::unlock_while_panicking::<Shipped>),
    );
}
