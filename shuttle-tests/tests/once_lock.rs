//! `OnceLock` and `LazyLock` in the shuttle world. The programs are in `tests/models/once_lock.rs`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use shuttle_tests::models::once_lock::{self, Initialiser, Shipped};
use shuttle_tests::selvedge::sys::thread;
use shuttle_tests::selvedge::trace::Verdict;
use shuttle_tests::selvedge::{LazyLock, OnceLock};
use shuttle_tests::{bounded, exhaustive, passes, portfolio, survives};

#[test]
fn one_value() {
    passes(exhaustive().run(once_lock::one_value::<Shipped>(2)));
    passes(bounded(3).run(once_lock::one_value::<Shipped>(3)));
}

#[test]
fn get_beside() {
    passes(exhaustive().run(once_lock::get_beside::<Shipped>));
}

#[test]
fn all_who_wait() {
    passes(exhaustive().run(once_lock::all_who_wait::<Shipped>(1, false)));
    passes(bounded(3).run(once_lock::all_who_wait::<Shipped>(2, false)));
    passes(bounded(3).run(once_lock::all_who_wait::<Shipped>(1, true)));
}

#[test]
fn waits_through_a_panic() {
    passes(bounded(3).run(once_lock::waits_through_a_panic::<Shipped>));
}

// With 3 preemptions 393 executions in 7 ms. Without a bound 185 049 executions in 2.7 s.
#[test]
fn one_sets() {
    passes(bounded(3).run(once_lock::one_sets::<Shipped>));
}

// With 4 preemptions 1 251 executions in 17 ms. Without a bound 76 824 executions in 1.2 s, each.
#[test]
fn tries_again() {
    for panics in [false, true] {
        passes(bounded(4).run(once_lock::tries_again::<Shipped>(panics)));
    }
}

#[test]
fn entered_again() {
    for waits in [false, true] {
        passes(exhaustive().run(once_lock::entered_again::<Shipped>(waits)));
    }
}

#[test]
fn dropped_once() {
    passes(exhaustive().run(once_lock::dropped_once::<Shipped>));
}

#[test]
fn freed_by_the_waiter() {
    passes(exhaustive().run(once_lock::freed_by_the_waiter::<Shipped>));
}

// With 3 preemptions 1 138 executions in 17 ms. Without a bound more than a minute.
#[test]
fn lazy_value() {
    passes(bounded(3).run(once_lock::lazy_value::<Shipped>(2)));
}

#[test]
fn lazy_poisoned() {
    passes(exhaustive().run(once_lock::lazy_poisoned::<Shipped>));
}

#[test]
fn lazy_entered_again() {
    passes(exhaustive().run(once_lock::lazy_entered_again::<Shipped>));
}

#[test]
fn statics() {
    passes(bounded(3).run(once_lock::statics));
}

#[test]
fn a_circle_of_initialisers_is_named() {
    let exploration = bounded(3).run(once_lock::circle::<Shipped>);
    let verdict = &exploration.expect_failure().verdict;
    assert!(
        matches!(verdict, Verdict::Deadlock { cycle } if cycle.len() == 2),
        "{verdict}"
    );
    let told = verdict.to_string();
    assert!(told.contains("OnceLock#1 in get_or_init"), "{told}");
}

/// What was made in an execution is dropped once, also after that; and a closure runs once, in whatever execution.
#[test]
fn outlives_its_execution() {
    let dropped = Arc::new(AtomicU32::new(0));
    let cell = Arc::new(OnceLock::new());
    let lazy = {
        let tally = Tally(Arc::clone(&dropped));
        Arc::new(LazyLock::<Tally, Initialiser<Tally>>::new(Box::new(|| {
            tally
        })))
    };
    let both = {
        let (cell, lazy, dropped) = (Arc::clone(&cell), Arc::clone(&lazy), Arc::clone(&dropped));
        move || {
            assert!(cell.get().is_none(), "of the last execution");
            assert!(cell.set(Tally(Arc::clone(&dropped))).is_ok());
            LazyLock::force(&lazy);
        }
    };
    passes(exhaustive().run(both.clone()));
    assert_eq!(dropped.load(Relaxed), 0);
    let exploration = exhaustive().minimize(false).run(both);
    let failure = exploration.expect_failure();
    assert!(
        failure
            .message
            .contains("in an earlier execution of the model"),
        "{failure}"
    );
    // Nothing is dropped twice. What a failed execution leaves behind may be forgotten.
    drop((exploration, cell));
    assert!(dropped.load(Relaxed) <= 1);
    drop(lazy);
    assert!(dropped.load(Relaxed) <= 1);
}

/// Whoever has a cell to itself finds what others find, in every execution.
#[test]
fn is_empty_for_its_owner_too() {
    let cell = Arc::new(std::sync::Mutex::new(OnceLock::new()));
    for _ in 0..2 {
        let cell = Arc::clone(&cell);
        passes(exhaustive().run(move || {
            let mut cell = cell.lock().unwrap();
            assert_eq!(cell.get(), None, "of the last execution");
            assert_eq!(cell.get_mut(), None, "of the last execution");
            assert_eq!(cell.set(7), Ok(()));
            assert_eq!(cell.get_mut(), Some(&mut 7));
        }));
    }
}

struct Tally(Arc<AtomicU32>);

impl Drop for Tally {
    fn drop(&mut self) {
        self.0.fetch_add(1, Relaxed);
    }
}

/// A cell is dropped while its execution unwinds, and used in a destructor then.
#[test]
fn in_an_execution_that_fails() {
    static CELL: OnceLock<String> = OnceLock::new();
    struct Last(OnceLock<Tally>, Arc<AtomicU32>);
    impl Drop for Last {
        fn drop(&mut self) {
            assert_eq!(CELL.get_or_init(|| "made".to_owned()), "made");
            self.0.get_or_init(|| Tally(Arc::clone(&self.1)));
        }
    }
    let dropped = Arc::new(AtomicU32::new(0));
    let program = {
        let dropped = Arc::clone(&dropped);
        move || {
            let last = Last(OnceLock::new(), Arc::clone(&dropped));
            assert!(last.0.set(Tally(Arc::clone(&dropped))).is_ok());
            let other = thread::spawn(|| {
                CELL.get_or_init(|| "made".to_owned());
            });
            assert!(CELL.get().is_some(), "on purpose");
            other.join().unwrap();
        }
    };
    for _ in 0..2 {
        let exploration = exhaustive().run(program.clone());
        let failure = exploration.expect_failure();
        assert!(failure.message.contains("on purpose"), "{failure}");
    }
    assert!(dropped.load(Relaxed) >= 2, "the one that was there last");
}

#[test]
fn many_threads() {
    survives(once_lock::one_value::<Shipped>(6));
    survives(once_lock::all_who_wait::<Shipped>(5, true));
    survives(once_lock::lazy_value::<Shipped>(5));
    for explorer in portfolio() {
        let explorer = explorer.spurious_wakes(3).unknown_wake_counts();
        passes(explorer.run(once_lock::one_value::<Shipped>(4)));
        passes(explorer.run(once_lock::all_who_wait::<Shipped>(3, true)));
        passes(explorer.run(once_lock::waits_through_a_panic::<Shipped>));
    }
}
