//! The picture and the verdict of a failure.

use std::sync::Arc;

use loom_tests::selvedge::explore::{Explorer, Failure};
use loom_tests::selvedge::sys::thread;
use loom_tests::selvedge::trace::{Event, EventKind, Interleaving, Verdict, Wait, name};
use loom_tests::selvedge::{Condvar, Mutex};
use loom_tests::{first_to_fail, replay};

/// The failure with the fewest preemptions.
fn failure(program: impl Fn() + Send + Sync + Clone + 'static) -> Failure {
    let exploration = first_to_fail(&Explorer::new(), program).expect("it fails");
    exploration.expect_failure().clone()
}

#[test]
fn the_circle_of_a_deadlock() {
    let Verdict::Deadlock { cycle } = failure(replay::abba(0)).verdict else {
        panic!("not a deadlock");
    };
    let who: Vec<_> = cycle
        .iter()
        .map(|waiting| waiting.thread.as_str())
        .collect();
    assert_eq!(who, ["main", "the other"]);
    assert_eq!(
        cycle[0].held_by.as_ref().map(|(owner, _)| owner.as_str()),
        Some("the other")
    );
    assert_eq!(
        cycle[0].wants,
        Wait::Object {
            name: "Mutex#2".to_owned(),
            action: "lock".to_owned()
        }
    );
}

#[test]
fn a_thread_that_waits_for_itself() {
    let verdict = failure(|| {
        let mutex = Mutex::new(());
        let _guard = mutex.lock();
        let _again = mutex.lock();
    })
    .verdict;
    assert!(
        matches!(&verdict, Verdict::Deadlock { cycle } if cycle.len() == 1),
        "{verdict}"
    );
}

#[test]
fn a_lock_that_its_owner_took_along() {
    let verdict = failure(|| {
        let mutex = Arc::new(Mutex::new(()));
        let owner = {
            let mutex = Arc::clone(&mutex);
            thread::spawn_named("owner", move || std::mem::forget(mutex.lock()))
        };
        drop(mutex.lock());
        owner.join().unwrap();
    })
    .verdict;
    let text = verdict.to_string();
    assert!(matches!(verdict, Verdict::ForgottenUnlock { .. }), "{text}");
    assert!(text.contains("which owner holds since"), "{text}");
}

#[test]
fn a_join_in_the_circle() {
    let verdict = failure(|| {
        let mutex = Arc::new(Mutex::new(()));
        let guard = mutex.lock();
        let other = {
            let mutex = Arc::clone(&mutex);
            thread::spawn(move || drop(mutex.lock()))
        };
        other.join().unwrap(); // under the lock
        drop(guard);
    })
    .verdict;
    let Verdict::Deadlock { cycle } = &verdict else {
        panic!("{verdict}")
    };
    assert!(
        cycle
            .iter()
            .any(|waiting| matches!(waiting.wants, Wait::Thread(_))),
        "{verdict}"
    );
}

#[test]
fn a_notification_that_nobody_waited_for() {
    let failure = failure(|| {
        let gate = Arc::new((Mutex::new(false), Condvar::new()));
        name(&gate.0, "open");
        name(&gate.1, "changed");
        let other = {
            let gate = Arc::clone(&gate);
            thread::spawn(move || {
                *gate.0.lock() = true;
                gate.1.notify_one();
            })
        };
        let mut open = gate.0.lock();
        gate.1.wait(&mut open); // without looking whether it is open
        drop(open);
        other.join().unwrap();
    });
    assert!(
        matches!(failure.verdict, Verdict::LostWakeup { .. }),
        "{failure}"
    );
    let told: Vec<_> = failure
        .interleaving
        .events
        .iter()
        .filter(|event| event.kind == EventKind::Notified)
        .map(|event| event.shared.as_str())
        .collect();
    assert_eq!(told, ["changed: nobody waits"], "{failure}");
}

/// A moved waiter waits for the mutex, no longer for the condvar.
#[test]
fn a_moved_waiter_is_in_the_circle_of_the_mutex() {
    let verdict = failure(|| {
        let gate = Arc::new((Mutex::new(false), Condvar::new()));
        let walker = {
            let gate = Arc::clone(&gate);
            thread::spawn(move || {
                let mut open = gate.0.lock();
                gate.1.wait_while(&mut open, |open| !*open);
            })
        };
        let mut open = gate.0.lock();
        *open = true;
        gate.1.notify_one();
        walker.join().unwrap(); // with the mutex held
        drop(open);
    })
    .verdict;
    assert!(matches!(&verdict, Verdict::Deadlock { .. }), "{verdict}");
}

/// Whatever the names and the number of threads, a table ends and is no wider than it says.
#[test]
fn a_table_fits() {
    for threads in [1, 2, 3, 4, 5, 6, 20] {
        for length in 0..40 {
            let long = "x".repeat(length);
            let interleaving = Interleaving {
                threads: vec![long.clone(); threads],
                events: (0..threads)
                    .map(|thread| Event {
                        thread,
                        kind: EventKind::Acquired,
                        object: Some(long.clone()),
                        text: format!("lock {long} and {long}, {long}"),
                        shared: format!("{long}: {long}"),
                        location: Some(format!("{long}.rs:7")),
                        source: None,
                        other: None,
                        stale: None,
                        depth: 1,
                        switch: None,
                        internal: false,
                    })
                    .collect(),
                ..Interleaving::default()
            };
            for table in [
                interleaving.to_string(),
                interleaving.detailed().to_string(),
            ] {
                let width = table
                    .lines()
                    .map(|line| line.chars().count())
                    .max()
                    .unwrap();
                assert!(width <= 100, "{width} columns:\n{table}");
                let shown = table.matches('x').count();
                assert!(shown >= length * threads * 5, "letters are lost:\n{table}");
            }
        }
    }
}
