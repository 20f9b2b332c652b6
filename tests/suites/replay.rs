//! A failure is replayed by its schedule, and one that does not fit the program is refused.

use std::sync::Arc;

use crate::selvedge;
use selvedge::explore::{Explorer, Failure};
use selvedge::sys::thread;
use selvedge::trace::{Schedule, Verdict};
use selvedge::{Condvar, Mutex};

/// Two threads lock two mutexes in opposite orders, with so many harmless sections before.
pub fn abba(before: usize) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let locks = Arc::new((Mutex::new(()), Mutex::new(())));
        let other = {
            let locks = Arc::clone(&locks);
            thread::spawn_named("the other", move || {
                let _right = locks.1.lock();
                let _left = locks.0.lock();
            })
        };
        (0..before).for_each(|_| drop(locks.0.lock()));
        {
            let _left = locks.0.lock();
            let _right = locks.1.lock();
        }
        other.join().unwrap();
    }
}

/// The same in one order.
pub fn abab() {
    let locks = Arc::new((Mutex::new(()), Mutex::new(())));
    let other = {
        let locks = Arc::clone(&locks);
        thread::spawn_named("the other", move || {
            let _left = locks.0.lock();
            let _right = locks.1.lock();
        })
    };
    {
        let _left = locks.0.lock();
        let _right = locks.1.lock();
    }
    other.join().unwrap();
}

/// A wait that may come after the notification; `timed`, it gives up, and the program says that this is wrong.
pub fn lost(timed: bool) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let pair = Arc::new((Mutex::new(()), Condvar::new()));
        let waiter = {
            let pair = Arc::clone(&pair);
            thread::spawn_named("waiter", move || {
                let mut guard = pair.0.lock();
                if timed {
                    let soon = selvedge::sys::Duration::from_millis(1);
                    assert!(!pair.1.wait_for(&mut guard, soon).timed_out(), "too late");
                } else {
                    pair.1.wait(&mut guard);
                }
            })
        };
        pair.1.notify_one();
        waiter.join().unwrap();
    }
}

/// Two threads write the same memory, and nothing keeps them apart.
pub fn race() {
    let counter = Arc::new(crate::models::Counter::new());
    let other = {
        let counter = Arc::clone(&counter);
        thread::spawn(move || counter.increment())
    };
    counter.increment();
    other.join().unwrap();
}

fn replayed(failure: &Failure, program: impl Fn() + Send + Sync + 'static) -> Failure {
    let line = failure.schedule.as_ref().expect("it is short").to_string();
    let schedule: Schedule = line.parse().unwrap();
    let exploration = Explorer::new().replay(&schedule, program).unwrap();
    assert_eq!(exploration.executions(), 1);
    exploration.expect_failure().clone()
}

/// What a failure shows, but for how it was found.
fn story(failure: &Failure) -> String {
    format!("{}{}", failure.interleaving.detailed(), failure.verdict)
}

/// Every explorer's failure, replayed, is the same.
pub fn is_the_same_again(explorers: &[Explorer]) {
    fn check(explorer: &Explorer, program: impl Fn() + Send + Sync + Clone + 'static) {
        for minimize in [false, true] {
            let exploration = explorer.clone().minimize(minimize).run(program.clone());
            let failure = exploration.expect_failure();
            let again = replayed(failure, program.clone());
            assert_eq!(story(failure), story(&again));
            assert_eq!(failure.message, again.message);
            assert_eq!(failure.schedule, again.schedule);
        }
    }
    for explorer in explorers {
        check(explorer, abba(0));
        check(explorer, abba(1));
        check(explorer, lost(false));
        check(explorer, lost(true));
        check(explorer, race);
    }
}

/// The fewest preemptions are found, whoever found the failure first.
pub fn has_the_fewest_preemptions(explorers: &[Explorer]) {
    for explorer in explorers {
        let exploration = explorer.run(abba(1));
        let failure = exploration.expect_failure();
        assert!(matches!(failure.verdict, Verdict::Deadlock { .. }));
        assert_eq!((failure.preemptions, failure.least), (Some(1), true));
        assert!(
            failure
                .to_string()
                .contains("1 preemption; with fewer it does not fail")
        );
        // The thread that starts last may as well come first.
        let exploration = explorer.run(lost(false));
        let failure = exploration.expect_failure();
        assert_eq!((failure.preemptions, failure.least), (Some(0), true));
    }
}

/// A schedule of another program is an error that says where they part.
pub fn another_program_departs() {
    let exploration = Explorer::new().run(abba(0));
    let schedule = exploration.expect_failure().schedule.clone().unwrap();
    for error in [
        Explorer::new().replay(&schedule, abab).unwrap_err(),
        Explorer::new().replay(&schedule, abba(2)).unwrap_err(),
        Explorer::new().replay(&schedule, || ()).unwrap_err(),
    ] {
        let told = error.to_string();
        assert!(
            told.contains("the schedule does not fit this program: after "),
            "{told}"
        );
        assert!(error.steps <= schedule.steps(), "{told}");
        println!("{told}");
    }
}

/// A schedule that the program has not reached the end of.
pub fn a_program_that_ends_early_departs() {
    let schedule: Schedule = format!("{} [main] main*100", selvedge::explore::WORLD)
        .parse()
        .unwrap();
    let error = Explorer::new()
        .replay(&schedule, || drop(Mutex::new(()).lock()))
        .unwrap_err();
    assert!(
        error.to_string().contains("and the program has ended"),
        "{error}"
    );
    assert!((1..100).contains(&error.steps), "{error}");
    let mut short = schedule;
    while error.steps < short.steps() {
        short = format!(
            "{} [main] main*{}",
            selvedge::explore::WORLD,
            short.steps() - 1
        )
        .parse()
        .unwrap();
    }
    // As many steps as it makes: it fits, and passes.
    let exploration = Explorer::new()
        .replay(&short, || drop(Mutex::new(()).lock()))
        .unwrap();
    assert!(exploration.failure().is_none());
}

/// A schedule of the other world is refused.
pub fn the_other_world_is_refused() {
    let schedule: Schedule = "elsewhere [main] main*1".parse().unwrap();
    let panic = std::panic::catch_unwind(|| Explorer::new().replay(&schedule, || ()));
    let message = *panic.unwrap_err().downcast::<String>().unwrap();
    assert!(
        message.contains("this schedule is of the elsewhere world"),
        "{message}"
    );
}
