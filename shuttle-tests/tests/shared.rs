//! `shared::Mutex` in the shuttle world: the programs of `tests/models/shared.rs`, with more threads, more deaths
//! than one, and wakes that reach any waiter.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use shuttle_tests::selvedge::explore::{Explorer, Strategy};
use shuttle_tests::shared::{self, Deaths, How, Shipped, at_every_step};
use shuttle_tests::{bounded, exhaustive, passes, portfolio, survives};

#[test]
fn exclusion_of_two() {
    passes(exhaustive().run(shared::exclusion::<Shipped>(2, 1)));
    passes(bounded(5).run(shared::exclusion::<Shipped>(2, 2)));
}

#[test]
fn exclusion_of_many() {
    passes(bounded(3).run(shared::exclusion::<Shipped>(3, 1)));
    for threads in [3, 4, 8] {
        survives(shared::exclusion::<Shipped>(threads, 2));
    }
}

#[test]
fn try_and_timed() {
    passes(bounded(5).run(shared::beside::<Shipped>(How::Try)));
    passes(bounded(5).run(shared::beside::<Shipped>(How::Timed)));
}

#[test]
fn try_beside_two() {
    passes(bounded(3).run(shared::try_beside_two::<Shipped>));
    survives(shared::try_beside_two::<Shipped>);
}

#[test]
fn freed_by_the_next_owner() {
    passes(exhaustive().run(shared::freed_by_the_next_owner::<Shipped>));
}

#[test]
fn dies_at_every_step() {
    for how in [How::Lock, How::Timed] {
        let told = at_every_step(|steps, count| {
            passes(bounded(5).run(shared::deaths::<Shipped>(&[(how, steps)], 0, count)));
        });
        assert!(told > 0, "nobody ever died with the lock");
    }
}

#[test]
fn woken_and_killed() {
    // With at most 3 preemptions loom explores it every day; here the wake reaches any of the two.
    let random = Explorer::new().strategy(Strategy::Random {
        executions: 2_000,
        seed: 1,
    });
    at_every_step(|steps, count| {
        passes(random.run(shared::woken_and_killed::<Shipped>(steps, count)));
    });
}

#[test]
fn given_up() {
    for steps in 1..12 {
        passes(bounded(3).run(shared::given_up::<Shipped>(steps)));
    }
}

/// Two that die, at every pair of steps: also one who recovers what the other left, one who is woken in the
/// other's place, and both at once.
#[test]
fn two_die() {
    let random = Explorer::new().strategy(Strategy::Random {
        executions: 200,
        seed: 1,
    });
    let (mut both, mut told) = (0, 0);
    for first in 1..20 {
        for second in 1..20 {
            let count = Arc::new(Deaths::default());
            let victims = [(How::Lock, first), (How::Timed, second)];
            passes(random.run(shared::deaths::<Shipped>(&victims, 1, &count)));
            both += count.died.load(Relaxed);
            told += count.told.load(Relaxed);
        }
    }
    assert!(both > 0 && told > 0, "{both} deaths, {told} told");
}

#[test]
fn many_die() {
    for seed in 0..20 {
        let victims: Vec<_> = (0..4)
            .map(|victim| (How::Lock, (seed * 7 + victim * 5) % 19 + 1))
            .collect();
        let count = Arc::new(Deaths::default());
        for explorer in [
            Strategy::Random {
                executions: 500,
                seed: 1,
            },
            Strategy::Pct {
                executions: 500,
                depth: 3,
                seed: 1,
            },
        ] {
            let explorer = Explorer::new().strategy(explorer).spurious_wakes(2);
            passes(explorer.run(shared::deaths::<Shipped>(&victims, 2, &count)));
        }
        assert!(count.died.load(Relaxed) > 0, "nobody died");
    }
}

#[test]
fn spurious_wakes() {
    passes(
        bounded(5)
            .spurious_wakes(1)
            .run(shared::exclusion::<Shipped>(2, 1)),
    );
    for explorer in portfolio() {
        let explorer = explorer.spurious_wakes(3).unknown_wake_counts();
        passes(explorer.run(shared::exclusion::<Shipped>(4, 2)));
    }
}
