//! Explorations that end before everything was tried: they end at once, say how far they got, and the process goes on.
//! Included by `loom-tests/tests/limits.rs` and `shuttle-tests/tests/limits.rs`.

use std::sync::Arc;

use super::selvedge;
use selvedge::Mutex;
use selvedge::explore::{Exploration, Explorer, Strategy, WORLD};
use selvedge::sys::Ordering::Relaxed;
use selvedge::sys::{AtomicU32, Duration, thread};
use selvedge::trace::Verdict;

/// Two threads add to a number, so many times each.
pub fn adding(times: u32) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let number = Arc::new(AtomicU32::new(0));
        let other = {
            let number = Arc::clone(&number);
            thread::spawn(move || {
                for _ in 0..times {
                    number.fetch_add(1, Relaxed);
                }
            })
        };
        for _ in 0..times {
            number.fetch_add(1, Relaxed);
        }
        other.join().unwrap();
        assert_eq!(number.load(Relaxed), 2 * times);
    }
}

/// Two locks in opposite orders.
pub fn abba() {
    let locks = Arc::new((Mutex::new(()), Mutex::new(())));
    let other = {
        let locks = Arc::clone(&locks);
        thread::spawn_named("other", move || {
            let _right = locks.1.lock();
            let _left = locks.0.lock();
        })
    };
    {
        let _left = locks.0.lock();
        let _right = locks.1.lock();
    }
    other.join().unwrap();
}

/// The model is still there, and finds what there is to be found.
fn goes_on() {
    Explorer::new().run(adding(2)).expect_pass();
    Explorer::new().preemptions(2).run(abba).expect_failure();
}

#[track_caller]
fn refused(explore: impl FnOnce() + std::panic::UnwindSafe, why: &str) {
    let payload = std::panic::catch_unwind(explore).expect_err("it is refused");
    let message = payload.downcast_ref::<String>().cloned();
    let message = message.unwrap_or_else(|| (*payload.downcast::<&str>().unwrap()).to_owned());
    assert!(message.contains(why), "{message}");
}

// --- time and number ------------------------------------------------------------------------------

/// Longer than a millisecond, and no longer than the world can explore.
fn many() -> u32 {
    if WORLD == "loom" { 60_000 } else { 4_000_000 }
}

/// One execution that is longer than the exploration may be: it is given up in the middle.
#[test]
fn the_time_is_up_within_an_execution() {
    let limit = Duration::from_millis(1);
    let explorer = Explorer::new()
        .steps(many() as usize + 5_000)
        .duration(limit);
    let exploration = explorer.run(adding(many() / 2));
    assert!(exploration.failure().is_none(), "{exploration}");
    assert!(exploration.elapsed() >= limit);
    assert_eq!(
        exploration.executions(),
        0,
        "one that is given up does not count"
    );
    assert!(!exploration.is_complete() && !exploration.stages()[0].finished);
    refused(
        move || {
            exploration.expect_pass();
        },
        "no execution came to its end within the limits",
    );
    goes_on();
}

/// A lock is held, and waited for, while the time runs out.
#[test]
fn the_time_is_up_while_a_lock_is_held() {
    let explorer = Explorer::new()
        .steps(many() as usize + 5_000)
        .duration(Duration::from_millis(1));
    let exploration = explorer.run(|| {
        let number = Arc::new(Mutex::new(AtomicU32::new(0)));
        let guard = number.lock();
        let other = {
            let number = Arc::clone(&number);
            thread::spawn(move || drop(number.lock()))
        };
        for _ in 0..many() {
            guard.fetch_add(1, Relaxed);
        }
        drop(guard);
        other.join().unwrap();
    });
    assert!(exploration.failure().is_none(), "{exploration}");
    goes_on();
}

/// As many as allowed, and not one more; and if that is all there are, it is known.
#[test]
fn the_number_is_kept() {
    let all = Explorer::new().run(adding(2));
    assert!(all.is_complete());
    let there_are = all.executions();
    for allowed in [1, 2, there_are - 1, there_are, there_are + 1] {
        let exploration = Explorer::new().executions(allowed).run(adding(2));
        assert_eq!(exploration.executions(), allowed.min(there_are));
        assert_eq!(exploration.is_complete(), allowed >= there_are);
        let said = exploration.to_string();
        assert_eq!(said.contains("not all there are"), allowed < there_are);
        assert_eq!(
            said.contains("which is all there are"),
            allowed >= there_are
        );
    }
    let none = Explorer::new().executions(0).run(adding(2));
    assert_eq!(none.executions(), 0);
    refused(
        move || {
            none.expect_pass();
        },
        "nothing was explored",
    );
}

// --- the ladder -------------------------------------------------------------------------------------

fn bounds(exploration: &Exploration) -> Vec<(Option<usize>, bool)> {
    let stages = exploration.stages().iter();
    stages
        .map(|stage| (stage.preemptions, stage.finished))
        .collect()
}

/// The first failure has the fewest preemptions, whether one looks for them afterwards or not.
#[test]
fn a_ladder_finds_the_fewest() {
    for minimize in [false, true] {
        let exploration = Explorer::new().ladder().minimize(minimize).run(abba);
        assert_eq!(bounds(&exploration), [(Some(0), true), (Some(1), false)]);
        let failure = exploration.expect_failure();
        assert_eq!((failure.preemptions, failure.least), (Some(1), true));
        assert!(matches!(failure.verdict, Verdict::Deadlock { .. }));
        assert!(
            failure
                .to_string()
                .contains("1 preemption; with fewer it does not fail"),
            "{failure}"
        );
        let before = exploration.stages()[0].executions;
        assert!(before > 0 && failure.execution > before, "{failure}");
        assert_eq!(failure.execution, exploration.executions());
        let again = Explorer::new().replay(failure.schedule.as_ref().unwrap(), abba);
        assert_eq!(
            again.unwrap().expect_failure().interleaving.to_string(),
            failure.interleaving.to_string()
        );
    }
}

#[test]
fn a_ladder_says_which_bounds_were_finished() {
    let all = Explorer::new().ladder().preemptions(2).run(adding(3));
    assert_eq!(
        bounds(&all),
        [(Some(0), true), (Some(1), true), (Some(2), true)]
    );
    let each = |at: usize| all.stages()[at].executions;
    assert_eq!(all.executions(), each(0) + each(1) + each(2));
    assert!(each(0) < each(1) && each(1) < each(2), "{all:?}");
    assert!(!all.is_complete());
    let said = all.to_string();
    assert!(
        said.ends_with("all that are tried with at most 2 preemptions"),
        "{said}"
    );
    let limit = each(0) + each(1) + 1;
    let cut = Explorer::new()
        .ladder()
        .preemptions(3)
        .executions(limit)
        .run(adding(3));
    assert_eq!(
        bounds(&cut),
        [(Some(0), true), (Some(1), true), (Some(2), false)]
    );
    assert_eq!(cut.executions(), limit);
    let said = cut.to_string();
    assert!(
        said.ends_with("all that are tried with at most 1 preemptions, and not all with 2"),
        "{said}"
    );
}

/// At its end a ladder without a bound has tried everything.
#[test]
fn a_ladder_ends_with_everything() {
    let exploration = Explorer::new().ladder().run(adding(2));
    assert!(exploration.is_complete(), "{exploration}");
    assert!(exploration.to_string().contains("all there are"));
    let last = exploration.stages().last().unwrap();
    assert_eq!(last.executions, Explorer::new().run(adding(2)).executions());
}

#[test]
fn a_ladder_of_random_executions_is_refused() {
    refused(
        || {
            let strategy = Strategy::Random {
                executions: 1,
                seed: 1,
            };
            Explorer::new().ladder().strategy(strategy).run(|| ());
        },
        "leave ladder() out",
    );
}

// --- what is too large --------------------------------------------------------------------------------

/// An execution that is too long says what to change, whoever holds what then, and the process goes on.
#[test]
fn too_many_steps() {
    for held in [false, true] {
        let explorer = Explorer::new().steps(300);
        let exploration = explorer.run(move || {
            let number = Arc::new(Mutex::new(()));
            let guard = held.then(|| number.lock());
            let other = {
                let number = Arc::clone(&number);
                thread::spawn(move || drop(number.lock()))
            };
            let word = AtomicU32::new(0);
            for _ in 0..500 {
                word.fetch_add(1, Relaxed);
            }
            drop(guard);
            other.join().unwrap();
        });
        let failure = exploration.expect_failure();
        assert_eq!(failure.verdict, Verdict::BoundReached);
        let said = failure.to_string();
        let said: String = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("allow more with steps()"), "{said}");
        goes_on();
    }
}

#[test]
fn too_many_words() {
    let exploration = Explorer::new().run(|| {
        for _ in 0..70_000 {
            AtomicU32::new(0).load(Relaxed);
        }
    });
    let failure = exploration.expect_failure();
    match failure.verdict {
        Verdict::CannotExplore => {
            assert!(failure.to_string().contains("more than 65536 words"));
        }
        // Or it was too long before.
        Verdict::BoundReached => {}
        _ => panic!("{failure}"),
    }
    goes_on();
}
