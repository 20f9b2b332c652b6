//! `ReentrantMutex` in the shuttle world. The programs are in `tests/models/reentrant_mutex.rs`.

use shuttle_tests::models::reentrant_mutex::{self, Asks, Shipped};
use shuttle_tests::selvedge::ReentrantMutex;
use shuttle_tests::selvedge::sys::thread;
use shuttle_tests::selvedge::trace::Verdict;
use shuttle_tests::{bounded, exhaustive, passes, portfolio, survives};

#[test]
fn exclusion() {
    // With 4 preemptions 1 783 executions in 0.1 s. Without a bound 871 786 executions in 15 s.
    passes(bounded(4).run(reentrant_mutex::exclusion::<Shipped>(2, 2)));
    passes(bounded(3).run(reentrant_mutex::exclusion::<Shipped>(3, 2)));
}

#[test]
fn try_lock() {
    passes(exhaustive().run(reentrant_mutex::beside::<Shipped>(Asks::Try)));
}

#[test]
fn timeouts() {
    passes(bounded(3).run(reentrant_mutex::beside::<Shipped>(Asks::Timed)));
}

#[test]
fn owner() {
    passes(exhaustive().run(reentrant_mutex::owner::<Shipped>));
}

#[test]
fn fair() {
    passes(bounded(3).run(reentrant_mutex::fair::<Shipped>));
}

#[test]
fn freed_by_the_next_owner() {
    passes(exhaustive().run(reentrant_mutex::freed_by_the_next_owner::<Shipped>));
}

#[test]
fn numbers() {
    passes(bounded(3).run(reentrant_mutex::numbers::<Shipped>()));
}

#[test]
fn a_circle_is_named() {
    let exploration = bounded(3).run(reentrant_mutex::circle::<Shipped>);
    let verdict = &exploration.expect_failure().verdict;
    assert!(
        matches!(verdict, Verdict::Deadlock { cycle } if cycle.len() == 2),
        "{verdict}"
    );
}

/// A static lock is used in a destructor of the thread that holds it, while that unwinds because its execution has failed;
/// then it is free, and is used in the next exploration.
#[test]
fn in_an_execution_that_fails() {
    static MUTEX: ReentrantMutex<()> = ReentrantMutex::new(());
    struct Again;
    impl Drop for Again {
        fn drop(&mut self) {
            assert!(MUTEX.is_owned_by_current_thread());
            drop(MUTEX.lock());
        }
    }
    for _ in 0..2 {
        let exploration = exhaustive().run(|| {
            let other = thread::spawn(|| drop(MUTEX.lock()));
            let (outer, inner, again) = (MUTEX.lock(), MUTEX.lock(), Again);
            thread::yield_now();
            drop(outer);
            assert!(!MUTEX.is_locked(), "on purpose");
            drop((inner, again));
            other.join().unwrap();
        });
        let failure = exploration.expect_failure();
        assert!(failure.message.contains("on purpose"), "{failure}");
        passes(exhaustive().run(|| {
            let other = thread::spawn(|| drop((MUTEX.lock(), MUTEX.lock())));
            drop((MUTEX.lock(), MUTEX.lock()));
            other.join().unwrap();
        }));
    }
}

#[test]
fn many_threads() {
    survives(reentrant_mutex::exclusion::<Shipped>(5, 3));
    for explorer in portfolio() {
        let explorer = explorer.spurious_wakes(3).unknown_wake_counts();
        passes(explorer.run(reentrant_mutex::exclusion::<Shipped>(4, 2)));
        passes(explorer.run(reentrant_mutex::beside::<Shipped>(Asks::Timed)));
        passes(explorer.run(reentrant_mutex::fair::<Shipped>));
    }
}
