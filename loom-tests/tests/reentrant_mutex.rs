//! `ReentrantMutex` in the loom world. The programs are in `tests/models/reentrant_mutex.rs`. Unbounded unless a comment
//! says otherwise.

use loom_tests::models::reentrant_mutex::{self, Asks, Shipped};
use loom_tests::selvedge::ReentrantMutex;
use loom_tests::selvedge::sys::thread;
use loom_tests::selvedge::trace::Verdict;
use loom_tests::{bounded, passes, unbounded};

#[test]
fn exclusion() {
    passes(unbounded().run(reentrant_mutex::exclusion::<Shipped>(2, 2)));
    // With 3 preemptions 3 951 executions in 0.4 s. Without a bound not measured.
    passes(bounded(3, 4).run(reentrant_mutex::exclusion::<Shipped>(3, 2)));
}

#[test]
fn try_lock() {
    passes(unbounded().run(reentrant_mutex::beside::<Shipped>(Asks::Try)));
}

#[test]
fn timeouts() {
    passes(unbounded().run(reentrant_mutex::beside::<Shipped>(Asks::Timed)));
}

#[test]
fn owner() {
    passes(unbounded().run(reentrant_mutex::owner::<Shipped>));
}

// With 3 preemptions 80 executions in 4 ms. Without a bound 33 799 executions in 3.7 s.
#[test]
fn fair() {
    passes(bounded(3, 4).run(reentrant_mutex::fair::<Shipped>));
}

#[test]
fn freed_by_the_next_owner() {
    passes(unbounded().run(reentrant_mutex::freed_by_the_next_owner::<Shipped>));
}

// With 3 preemptions 1 449 executions in 0.1 s. Without a bound not measured.
#[test]
fn numbers() {
    passes(bounded(3, 4).run(reentrant_mutex::numbers::<Shipped>()));
}

#[test]
fn a_circle_is_named() {
    let exploration = unbounded().run(reentrant_mutex::circle::<Shipped>);
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
        let exploration = unbounded().run(|| {
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
        passes(unbounded().run(|| {
            let other = thread::spawn(|| drop((MUTEX.lock(), MUTEX.lock())));
            drop((MUTEX.lock(), MUTEX.lock()));
            other.join().unwrap();
        }));
    }
}
