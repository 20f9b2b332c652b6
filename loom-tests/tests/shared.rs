//! `shared::Mutex` in the loom world: the programs of `tests/models/shared.rs`.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use loom_tests::shared::{self, Deaths, How, Shipped};
use loom_tests::{bounded, passes, unbounded};

#[test]
fn exclusion_of_two() {
    passes(unbounded().run(shared::exclusion::<Shipped>(2, 1)));
}

#[test]
fn exclusion_of_two_twice_each() {
    passes(bounded(3, 4).run(shared::exclusion::<Shipped>(2, 2)));
}

#[test]
fn exclusion_of_three() {
    passes(bounded(3, 4).run(shared::exclusion::<Shipped>(3, 1)));
}

#[test]
fn try_and_timed() {
    passes(bounded(3, 4).run(shared::beside::<Shipped>(How::Try)));
    passes(bounded(3, 4).run(shared::beside::<Shipped>(How::Timed)));
}

#[test]
fn freed_by_the_next_owner() {
    passes(unbounded().run(shared::freed_by_the_next_owner::<Shipped>));
}

/// Every step at which a victim can die, until it has no more of them.
#[test]
fn dies_at_every_step() {
    for how in [How::Lock, How::Timed] {
        let mut told = 0;
        for steps in 0.. {
            let count = Arc::new(Deaths::default());
            let program = shared::deaths::<Shipped>(&[(how, steps)], 0, &count);
            passes(bounded(3, 4).run(program));
            told += count.told.load(Relaxed);
            if count.died.load(Relaxed) == 0 {
                assert!(
                    steps > 8,
                    "it takes more steps than {steps} to lock and unlock"
                );
                break;
            }
        }
        assert!(told > 0, "nobody ever died with the lock");
    }
}
