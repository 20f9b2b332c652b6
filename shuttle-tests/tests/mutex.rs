//! `Mutex` in the shuttle world: the programs of `tests/models/mutex.rs`, with a bound on preemptions, and with
//! more threads at random.

use std::sync::Arc;

use shuttle_tests::models::Shipped;
use shuttle_tests::models::mutex::{self, Outcomes, Seen};
use shuttle_tests::twins::{
    always_late, arrived_overlooked, arrived_too_quietly, aside_for_one, returns_uncounted,
    time_flies,
};
use shuttle_tests::{bounded, exhaustive, passes, survives};

#[test]
fn exclusion_of_two() {
    passes(bounded(6).looks().run(mutex::exclusion::<Shipped>(2, 1)));
    passes(bounded(4).looks().run(mutex::exclusion::<Shipped>(2, 2)));
}

#[test]
fn exclusion_of_many() {
    passes(bounded(3).looks().run(mutex::exclusion::<Shipped>(3, 1)));
    for threads in [3, 4, 8] {
        survives(mutex::exclusion::<Shipped>(threads, 2));
    }
}

#[test]
fn try_lock() {
    passes(bounded(5).looks().run(mutex::try_lock::<Shipped>));
}

#[test]
fn timeout_against_unlock() {
    let outcomes = Arc::new(Outcomes::default());
    passes(
        bounded(4)
            .looks()
            .run(mutex::timeout_against_unlock::<Shipped>(&outcomes)),
    );
    outcomes.assert_both();
}

#[test]
fn timeout_leaves_no_mark() {
    passes(
        exhaustive()
            .looks()
            .run(mutex::timeout_leaves_no_mark::<Shipped>),
    );
}

#[test]
fn timeout_beside_waiter() {
    passes(
        bounded(3)
            .looks()
            .run(mutex::timeout_beside_waiter::<Shipped>),
    );
    survives(mutex::timeout_beside_waiter::<Shipped>);
}

#[test]
fn fair_unlock() {
    passes(bounded(5).looks().run(mutex::fair_unlock::<Shipped>));
}

#[test]
fn fair_unlock_to_the_designated() {
    passes(
        bounded(4)
            .looks()
            .run(mutex::fair_unlock_to_the_designated::<Shipped>),
    );
}

#[test]
fn bypass_bound() {
    use shuttle_tests::twins::bypassed_four_times::Twin;
    passes(bounded(3).looks().run(mutex::bypass_bound::<Twin>(4)));
    survives(mutex::bypass_bound::<Twin>(4));
    survives(mutex::bypass_bound::<
        shuttle_tests::twins::bypassed_eight_times::Twin,
    >(8));
}

// An unlock keeps the lock at first although nobody waited for it.
#[test]
fn last_turns_for_nobody() {
    use shuttle_tests::twins::every_turn_counts::Twin;
    passes(bounded(3).looks().run(mutex::exclusion::<Twin>(2, 2)));
    survives(mutex::exclusion::<Twin>(4, 3));
}

// With a clock that says at every unlock that it is time.
#[test]
fn late_unlocks() {
    use time_flies::Twin;
    passes(bounded(3).looks().run(mutex::bypass_bound::<Twin>(4)));
    survives(mutex::exclusion::<Twin>(4, 3));
    survives(mutex::timeout_beside_waiter::<Twin>);
}

// Only a designated thread that says that it is there gets the lock from an ordinary unlock.
#[test]
fn arrived() {
    let (seen, overlooked) = (Arc::new(Seen::default()), Arc::new(Seen::default()));
    passes(bounded(5).looks().run(mutex::arrived::<Shipped>(&seen)));
    passes(
        bounded(5)
            .looks()
            .run(mutex::arrived::<arrived_overlooked::Twin>(&overlooked)),
    );
    passes(
        bounded(5)
            .looks()
            .run(mutex::arrived::<arrived_too_quietly::Twin>(&overlooked)),
    );
    assert!(seen.any() && !overlooked.any());
}

#[test]
fn comes_in_vain() {
    let (seen, uncounted) = (Arc::new(Seen::default()), Arc::new(Seen::default()));
    passes(
        bounded(4)
            .looks()
            .run(mutex::comes_in_vain::<Shipped>(&seen)),
    );
    passes(
        bounded(4)
            .looks()
            .run(mutex::comes_in_vain::<returns_uncounted::Twin>(&uncounted)),
    );
    assert!(seen.any() && !uncounted.any());
}

#[test]
fn steps_aside() {
    let (seen, queued) = (Arc::new(Seen::default()), Arc::new(Seen::default()));
    passes(
        bounded(3)
            .looks()
            .run(mutex::steps_aside::<always_late::Twin>(false, &seen)),
    );
    passes(
        bounded(3)
            .looks()
            .run(mutex::steps_aside::<aside_for_one::Twin>(false, &queued)),
    );
    assert!(seen.any() && !queued.any());
    passes(
        bounded(3)
            .looks()
            .run(mutex::steps_aside::<always_late::Twin>(
                true,
                &Arc::default(),
            )),
    );
}

#[test]
fn fair_unlocks_in_a_row() {
    for timed in [false, true] {
        passes(
            bounded(3)
                .looks()
                .run(mutex::fair_unlocks_in_a_row::<Shipped>(timed)),
        );
        survives(mutex::fair_unlocks_in_a_row::<Shipped>(timed));
    }
}

#[test]
fn fair_unlock_against_timeout() {
    passes(
        bounded(5)
            .looks()
            .run(mutex::fair_unlock_against_timeout::<Shipped>),
    );
}

#[test]
fn bump() {
    passes(bounded(5).looks().run(mutex::bump::<Shipped>));
}

#[test]
fn unlock_while_panicking() {
    passes(
        bounded(5)
            .looks()
            .run(mutex::unlock_while_panicking::<Shipped>),
    );
}

#[test]
fn spurious_wakes() {
    passes(
        bounded(4)
            .looks()
            .spurious_wakes(1)
            .run(mutex::exclusion::<Shipped>(2, 1)),
    );
    for explorer in shuttle_tests::portfolio() {
        let explorer = explorer.spurious_wakes(3).unknown_wake_counts();
        passes(explorer.run(mutex::exclusion::<Shipped>(4, 2)));
        // Who gets a handed lock may then be a thread that came late; that somebody does may not change.
        passes(explorer.run(mutex::fair_unlocks_in_a_row::<Shipped>(true)));
    }
}
