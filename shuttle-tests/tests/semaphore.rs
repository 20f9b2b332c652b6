//! `Semaphore` in the shuttle world. The programs are in `tests/models/semaphore.rs`. Tasks wait in shuttle's own executor, or are
//! polled by hand.

use std::sync::Arc;

use shuttle_tests::models;
use shuttle_tests::models::mutex::Outcomes;
use shuttle_tests::models::semaphore::{self, Shipped, Way};
use shuttle_tests::random::at_random;
use shuttle_tests::{bounded, passes, portfolio, survives};

const BOTH: [bool; 2] = [false, true];

#[test]
fn exclusion() {
    for greedy in BOTH {
        for way in [Way::Blocks, Way::Times, Way::Awaits] {
            passes(bounded(3).run(semaphore::exclusion::<Shipped>(2, 1, greedy, way)));
        }
        passes(bounded(3).run(semaphore::exclusion::<Shipped>(3, 1, greedy, Way::Blocks)));
    }
}

#[test]
fn limit() {
    for greedy in BOTH {
        passes(bounded(3).run(semaphore::limit::<Shipped>(2, 2, greedy, Way::Blocks)));
    }
}

#[test]
fn without_waiting() {
    passes(bounded(4).run(semaphore::try_acquire::<Shipped>));
    passes(bounded(4).run(semaphore::forgets_what_was_added::<Shipped>));
    passes(bounded(4).run(semaphore::more_than_is_waited_for::<Shipped>));
    passes(bounded(4).run(semaphore::room_for_both::<Shipped>));
}

#[test]
fn one_by_one() {
    for greedy in BOTH {
        passes(bounded(3).run(semaphore::one_by_one::<Shipped>(greedy)));
    }
    passes(bounded(3).run(semaphore::waker_panics_at_whoever_comes::<Shipped>));
}

#[test]
fn gathers() {
    passes(bounded(3).run(semaphore::gathers::<Shipped>(Way::Blocks)));
    passes(bounded(3).run(semaphore::gathers::<Shipped>(Way::Awaits)));
}

#[test]
fn small_behind_large() {
    for greedy in BOTH {
        for timed in BOTH {
            passes(bounded(4).run(semaphore::small_behind_large::<Shipped>(greedy, timed)));
        }
    }
}

#[test]
fn timeout() {
    for greedy in BOTH {
        let outcomes = Arc::new(Outcomes::default());
        passes(bounded(3).run(semaphore::timeout::<Shipped>(greedy, &outcomes)));
        outcomes.assert_both();
        passes(bounded(3).run(semaphore::timeout_beside_waiter::<Shipped>(greedy)));
    }
    passes(bounded(3).run(semaphore::late_and_with_nothing::<Shipped>));
}

#[test]
fn dropped() {
    for greedy in BOTH {
        passes(bounded(4).run(semaphore::dropped_beside_waiter::<Shipped>(greedy)));
        passes(bounded(4).run(semaphore::another_waker::<Shipped>(greedy)));
        passes(bounded(4).run(semaphore::many_at_once::<Shipped>(3, greedy)));
    }
}

#[test]
fn close() {
    for greedy in BOTH {
        for way in [Way::Blocks, Way::Times, Way::Awaits] {
            passes(bounded(4).run(semaphore::close::<Shipped>(1, greedy, way)));
        }
        for drops in BOTH {
            passes(bounded(4).run(semaphore::close_beside_release::<Shipped>(greedy, drops)));
        }
    }
}

#[test]
fn forgotten() {
    for greedy in BOTH {
        for way in [Way::Blocks, Way::Awaits] {
            passes(bounded(3).run(semaphore::forgotten::<Shipped>(greedy, way)));
        }
        passes(bounded(3).run(semaphore::forgotten_and_moved::<Shipped>(greedy)));
    }
    passes(bounded(3).run(semaphore::forgotten_where_locks_are::<Shipped, models::Shipped>));
}

#[test]
fn freed() {
    for way in [Way::Blocks, Way::Times, Way::Awaits] {
        for greedy in BOTH {
            passes(bounded(4).run(semaphore::freed_by_whoever_gets_it::<Shipped>(greedy, way)));
        }
        passes(bounded(4).run(semaphore::freed_by_whoever_is_sent_away::<Shipped>(way)));
    }
    passes(bounded(4).run(semaphore::freed_after_giving_up::<Shipped>));
    passes(bounded(3).run(semaphore::freed_by_the_last_task::<Shipped>));
}

#[test]
fn many_take_turns() {
    for greedy in BOTH {
        survives(semaphore::exclusion::<Shipped>(4, 1, greedy, Way::Mixed));
        passes(at_random(3_000).run(semaphore::limit::<Shipped>(6, 3, greedy, Way::Mixed)));
    }
}

#[test]
fn many_come_and_go() {
    for greedy in BOTH {
        passes(at_random(3_000).run(semaphore::comes_and_goes::<Shipped>(4, 2, greedy)));
        passes(at_random(300).run(semaphore::many_at_once::<Shipped>(20, greedy)));
        passes(at_random(3_000).run(semaphore::close::<Shipped>(5, greedy, Way::Mixed)));
    }
}

#[test]
fn spurious_wakes() {
    let outcomes = Arc::new(Outcomes::default());
    for explorer in portfolio() {
        let explorer = explorer.spurious_wakes(3).unknown_wake_counts();
        passes(explorer.run(semaphore::exclusion::<Shipped>(3, 1, false, Way::Mixed)));
        passes(explorer.run(semaphore::timeout::<Shipped>(true, &outcomes)));
    }
}
