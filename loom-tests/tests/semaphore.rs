//! `Semaphore` in the loom world: every interleaving and every outcome of weak memory that loom has. The programs are in
//! `tests/models/semaphore.rs`. Unbounded unless a comment says otherwise. Tasks wait in loom's own executor, or are polled by
//! hand.

use std::sync::Arc;

use loom_tests::models;
use loom_tests::models::mutex::Outcomes;
use loom_tests::models::semaphore::{self, Shipped, Way, block_on};
use loom_tests::selvedge::Semaphore;
use loom_tests::selvedge::explore::{Explorer, Failure};
use loom_tests::selvedge::sys::thread;
use loom_tests::selvedge::trace::{self, Verdict};
use loom_tests::{bounded, passes, sampled, unbounded};

const BOTH: [bool; 2] = [false, true];

#[test]
fn exclusion() {
    for greedy in BOTH {
        passes(unbounded().run(semaphore::exclusion::<Shipped>(2, 1, greedy, Way::Blocks)));
        passes(bounded(4, 6).run(semaphore::exclusion::<Shipped>(2, 2, greedy, Way::Blocks)));
    }
}

// Without a bound 9 368 executions in 1.0 s, greedy 98 243 in 12 s.
#[test]
fn exclusion_of_tasks() {
    for greedy in BOTH {
        passes(bounded(4, 6).run(semaphore::exclusion::<Shipped>(2, 1, greedy, Way::Awaits)));
        passes(bounded(3, 4).run(semaphore::exclusion::<Shipped>(2, 2, greedy, Way::Awaits)));
    }
}

// Mixed: with 3 preemptions 24 414 executions in 4.2 s, greedy 59 694 in 10 s. Shuttle tries it at random, every day.
#[test]
fn exclusion_of_three() {
    for greedy in BOTH {
        passes(bounded(3, 4).run(semaphore::exclusion::<Shipped>(3, 1, greedy, Way::Blocks)));
        passes(sampled(5_000).run(semaphore::exclusion::<Shipped>(3, 1, greedy, Way::Mixed)));
    }
}

#[test]
fn limit() {
    for greedy in BOTH {
        passes(bounded(3, 4).run(semaphore::limit::<Shipped>(2, 2, greedy, Way::Blocks)));
        passes(sampled(3_000).run(semaphore::limit::<Shipped>(3, 2, greedy, Way::Mixed)));
    }
}

#[test]
fn without_waiting() {
    passes(unbounded().run(semaphore::try_acquire::<Shipped>));
    passes(unbounded().run(semaphore::forgets_what_was_added::<Shipped>));
    passes(unbounded().run(semaphore::more_than_is_waited_for::<Shipped>));
    passes(unbounded().run(semaphore::room_for_both::<Shipped>));
}

// With 3 preemptions 3 104 executions in 0.4 s; of tasks 34 834 in 5 s.
#[test]
fn gathers() {
    passes(bounded(3, 4).run(semaphore::gathers::<Shipped>(Way::Blocks)));
    passes(sampled(5_000).run(semaphore::gathers::<Shipped>(Way::Awaits)));
}

/// On one thread.
#[test]
fn in_order() {
    passes(unbounded().run(semaphore::in_order_of_arrival::<Shipped>));
    passes(unbounded().run(semaphore::greedy_in_its_way::<Shipped>));
    passes(unbounded().run(semaphore::behind_one_that_is_not_polled::<Shipped>));
}

#[test]
fn one_by_one() {
    for greedy in BOTH {
        passes(bounded(3, 4).run(semaphore::one_by_one::<Shipped>(greedy)));
    }
}

#[test]
fn small_behind_large() {
    for greedy in BOTH {
        for timed in BOTH {
            passes(unbounded().run(semaphore::small_behind_large::<Shipped>(greedy, timed)));
        }
    }
}

// Without a bound 3 421 executions in 0.3 s, greedy 13 798 in 1.5 s; with another waiter, and `late_and_with_nothing`, it does
// not end in half a minute.
#[test]
fn timeout() {
    for greedy in BOTH {
        let outcomes = Arc::new(Outcomes::default());
        passes(unbounded().run(semaphore::timeout::<Shipped>(greedy, &outcomes)));
        outcomes.assert_both();
        passes(bounded(3, 4).run(semaphore::timeout_beside_waiter::<Shipped>(greedy)));
    }
    passes(bounded(3, 4).run(semaphore::late_and_with_nothing::<Shipped>));
}

#[test]
fn dropped() {
    for greedy in BOTH {
        passes(unbounded().run(semaphore::dropped::<Shipped>(greedy)));
        passes(unbounded().run(semaphore::dropped_beside_waiter::<Shipped>(greedy)));
        passes(unbounded().run(semaphore::another_waker::<Shipped>(greedy)));
        passes(unbounded().run(semaphore::many_at_once::<Shipped>(3, greedy)));
    }
}

// With 3 preemptions 24 986 executions in 4.6 s, greedy 15 159 in 2.3 s. Shuttle tries it with four threads, at random, every
// day.
#[test]
fn comes_and_goes() {
    for greedy in BOTH {
        passes(sampled(3_000).run(semaphore::comes_and_goes::<Shipped>(2, 1, greedy)));
    }
}

// Without a bound the first ends in 708 executions, and those with deadlines do not in half a minute.
#[test]
fn close() {
    for greedy in BOTH {
        for way in [Way::Blocks, Way::Times, Way::Awaits] {
            passes(bounded(3, 4).run(semaphore::close::<Shipped>(1, greedy, way)));
        }
        for drops in BOTH {
            passes(unbounded().run(semaphore::close_beside_release::<Shipped>(greedy, drops)));
        }
    }
    // With 3 preemptions 7 748 executions in 1 s.
    passes(bounded(3, 4).run(semaphore::close::<Shipped>(2, false, Way::Blocks)));
    for by_trying in BOTH {
        passes(unbounded().run(semaphore::sees_that_it_is_closed::<Shipped>(by_trying)));
    }
}

#[test]
fn forgotten() {
    for greedy in BOTH {
        for way in [Way::Blocks, Way::Awaits] {
            passes(unbounded().run(semaphore::forgotten::<Shipped>(greedy, way)));
        }
        passes(unbounded().run(semaphore::forgotten_and_moved::<Shipped>(greedy)));
    }
    passes(unbounded().run(semaphore::forgotten_where_locks_are::<Shipped, models::Shipped>));
}

#[test]
fn wakers() {
    passes(unbounded().run(semaphore::finished::<Shipped>));
    passes(bounded(3, 4).run(semaphore::waker_panics_at_whoever_comes::<Shipped>));
    for greedy in BOTH {
        passes(unbounded().run(semaphore::waker_reenters::<Shipped>(greedy)));
        passes(unbounded().run(semaphore::waker_drops_the_others::<Shipped>(20, greedy)));
        passes(unbounded().run(semaphore::waker_panics::<Shipped>(3, greedy)));
        passes(unbounded().run(semaphore::first_waker_panics::<Shipped>(40, greedy)));
    }
}

// Without a bound those that block end in 39 and 174 executions, tasks in 79 460 in 9 s, those with deadlines not in half a
// minute.
#[test]
fn freed() {
    for way in [Way::Blocks, Way::Times, Way::Awaits] {
        for greedy in BOTH {
            passes(bounded(3, 4).run(semaphore::freed_by_whoever_gets_it::<Shipped>(greedy, way)));
        }
        passes(bounded(3, 4).run(semaphore::freed_by_whoever_is_sent_away::<Shipped>(way)));
    }
    passes(bounded(3, 4).run(semaphore::freed_after_giving_up::<Shipped>));
    passes(sampled(3_000).run(semaphore::freed_by_the_last_task::<Shipped>));
}

#[test]
fn spurious_wakes() {
    let outcomes = Arc::new(Outcomes::default());
    for greedy in BOTH {
        let explorer = bounded(3, 4).spurious_wakes(1).unknown_wake_counts();
        passes(explorer.run(semaphore::exclusion::<Shipped>(2, 1, greedy, Way::Blocks)));
        passes(explorer.run(semaphore::timeout::<Shipped>(greedy, &outcomes)));
    }
}

/// On one thread.
#[test]
fn numbers() {
    passes(unbounded().run(semaphore::too_many::<Shipped>));
    passes(unbounded().run(semaphore::given_before_it_closed::<Shipped>));
    passes(unbounded().run(semaphore::parts::<Shipped>));
}

// --- pictures -----------------------------------------------------------------------------------

#[track_caller]
fn fails(program: impl Fn() + Send + Sync + 'static) -> Failure {
    let failure = Explorer::new().run(program).expect_failure().clone();
    println!("{failure}");
    failure
}

/// Permits that two threads hold and wait for.
#[test]
fn a_circle_of_permits_is_named() {
    let failure = fails(|| {
        let forks = Arc::new([Semaphore::new(1), Semaphore::new(1)]);
        trace::name(&forks[0], "left");
        trace::name(&forks[1], "right");
        let eat = |first: &Semaphore, second: &Semaphore| {
            let _first = first.acquire();
            drop(second.acquire());
        };
        let other = {
            let forks = Arc::clone(&forks);
            thread::spawn_named("other", move || eat(&forks[1], &forks[0]))
        };
        eat(&forks[0], &forks[1]);
        other.join().unwrap();
    });
    let Verdict::Deadlock { cycle } = &failure.verdict else {
        panic!("{}", failure.verdict);
    };
    assert_eq!(cycle.len(), 2);
    for (waiting, holder) in cycle.iter().zip([&cycle[1], &cycle[0]]) {
        let (held_by, _) = waiting.held_by.as_ref().expect("somebody holds it");
        assert_eq!(*held_by, holder.thread);
    }
}

/// A task that waits: the executor sleeps on a word, and is known by what it has polled.
#[test]
fn a_task_that_waits_is_named() {
    let failure = fails(|| {
        let seats = Arc::new(Semaphore::new(1));
        trace::name(&*seats, "seats");
        let permit = seats.try_acquire();
        let guest = {
            let seats = Arc::clone(&seats);
            thread::spawn_named("guest", move || drop(block_on(seats.acquire_async())))
        };
        guest.join().unwrap();
        drop(permit);
    });
    let verdict = failure.verdict.to_string();
    assert!(verdict.starts_with("deadlock: "), "{verdict}");
    assert!(
        verdict.contains("guest waits for seats in acquire_async"),
        "{verdict}"
    );
    assert!(verdict.contains("which main holds since"), "{verdict}");
    let picture = failure.to_string();
    assert!(
        picture.contains("acquire_async seats: pending, main holds it"),
        "{picture}"
    );
}

/// And one that nobody will ever wake.
#[test]
fn a_task_that_nobody_wakes_is_named() {
    let failure = fails(|| {
        let seats = Arc::new(Semaphore::new(0));
        trace::name(&*seats, "seats");
        drop(block_on(seats.acquire_many_async(2)));
    });
    let verdict = failure.verdict.to_string();
    assert!(
        verdict.starts_with("lost wake-up: main waits for seats in acquire_many_async"),
        "{verdict}"
    );
}
