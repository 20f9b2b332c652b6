//! What is recorded of an execution, however long it is, and what is read off it at the end. Included by
//! `loom-tests/tests/record.rs` and `shuttle-tests/tests/record.rs`.

use std::future::poll_fn;
use std::sync::{Arc, Weak};
use std::task::Poll;

use super::{replay, selvedge};
use selvedge::explore::{Explorer, Failure, WORLD, block_on};
use selvedge::sys::{AtomicU32, Ordering::Relaxed, thread};
use selvedge::trace::{self, Event, EventKind, Interleaving, Verdict, name};
use selvedge::{Mutex, RwLock, Semaphore};

// --- long executions ------------------------------------------------------------------------------------

/// Of an execution with more events than are kept the beginning and the end are kept, and the text, the page and the JSON say how much is
/// missing between them.
#[test]
fn a_long_execution() {
    let steps: u32 = if WORLD == "loom" { 30_000 } else { 1_000_000 };
    let exploration = Explorer::new()
        .steps(2 * steps as usize)
        .minimize(false)
        .run(move || {
            let count = AtomicU32::new(0);
            name(&count, "count");
            for step in 0..steps {
                count.swap(step + 1, Relaxed);
            }
            panic!("enough");
        });
    let failure = exploration.expect_failure();
    assert_eq!(failure.message, "enough", "{}", failure.verdict);
    let interleaving = &failure.interleaving;
    let kept = interleaving.events.len();
    // The `end` of a thread that panics is none.
    assert_eq!(kept + interleaving.dropped, steps as usize);
    assert!((10_000..=20_000).contains(&kept), "{kept} are kept");
    let (first, rest) = interleaving.events.split_at(interleaving.dropped_before);
    assert!(first.len() >= 1_000 && rest.len() >= 5_000);
    let change = |from: u32| format!("count.swap(Relaxed) {from} ➜ {}", from + 1);
    assert_eq!(first[0].text, change(0));
    assert_eq!(first[first.len() - 1].text, change(first.len() as u32 - 1));
    assert_eq!(
        rest[0].text,
        change((first.len() + interleaving.dropped) as u32)
    );
    assert_eq!(rest[rest.len() - 1].text, change(steps - 1));

    let missing = format!("{} events were too many to be kept", interleaving.dropped);
    for text in [
        failure.to_string(),
        interleaving.detailed().to_string(),
        failure.to_html("long"),
    ] {
        assert!(text.contains(&missing), "{text}");
        assert!(
            text.contains(&change(0)) && text.contains(&change(steps - 1)),
            "{text}"
        );
        assert!(
            text.lines().count() < 2_000,
            "{} lines",
            text.lines().count()
        );
    }
    let again = Failure::from_json(&failure.to_json()).unwrap();
    assert_eq!(again.to_string(), failure.to_string());
}

/// What happens again and again is told once, with how often.
#[test]
fn repetitions_are_folded() {
    let exploration = Explorer::new().minimize(false).run(|| {
        let locks = [Mutex::new(()), Mutex::new(())];
        name(&locks[0], "left");
        name(&locks[1], "right");
        for _ in 0..50 {
            drop(locks[0].lock());
            drop(locks[1].lock());
        }
        panic!("enough");
    });
    let failure = exploration.expect_failure();
    let text = failure.to_string();
    assert!(
        text.contains("   ↺ | rows 1 to 4 again, 49 times\n"),
        "{text}"
    );
    assert_eq!(text.matches("unlock right").count(), 1, "{text}");
    let page = failure.to_html("folded");
    assert!(page.contains("rows 1 to 4 again, 49 times"), "{page}");
    assert_eq!(page.matches("class=\"row\"").count(), 4, "{page}");
}

/// Without the record a program is explored all the same, fails in the same execution and has the same schedule.
#[test]
fn without_the_record() {
    let program = replay::abba(1);
    let explorer = Explorer::new().preemptions(2).minimize(false);
    let with = explorer.run(program.clone());
    trace::record(false);
    let without = explorer.run(program);
    trace::record(true);
    let (with, without) = (with.expect_failure(), without.expect_failure());
    assert_eq!(with.execution, without.execution);
    assert_eq!(with.schedule, without.schedule);
    assert!(without.interleaving.events.is_empty() && !with.interleaving.events.is_empty());
}

// --- leaks ------------------------------------------------------------------------------------------------

fn looking() -> Explorer {
    Explorer::new().preemptions(2).leaks(true)
}

/// A thread that forgets its permit, or gives it back, or gives it away for good with the word for that.
fn with_a_permit(
    use_it: fn(selvedge::semaphore::Permit<'_>),
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let pool = Arc::new(Semaphore::new(2));
        name(&*pool, "pool");
        let user = {
            let pool = Arc::clone(&pool);
            thread::spawn_named("user", move || use_it(pool.acquire().unwrap()))
        };
        drop(pool.acquire());
        user.join().unwrap();
    }
}

/// A permit that nobody gives back is a leak, if one looks for it; its line and its thread are told.
#[test]
fn a_permit() {
    Explorer::new()
        .preemptions(2)
        .run(with_a_permit(|permit| core::mem::forget(permit)))
        .expect_pass();
    looking()
        .run(with_a_permit(|permit| drop(permit)))
        .expect_pass();
    looking()
        .run(with_a_permit(|permit| permit.forget()))
        .expect_pass();
    let exploration = looking().run(with_a_permit(|permit| core::mem::forget(permit)));
    let failure = exploration.expect_failure();
    let Verdict::Leak { leaked } = &failure.verdict else {
        panic!("{failure}");
    };
    assert_eq!(leaked.len(), 1, "{failure}");
    assert_eq!(leaked[0].what, "a permit of pool");
    assert_eq!(leaked[0].thread.as_deref(), Some("user"));
    let line = leaked[0].location.as_deref().unwrap();
    assert!(line.starts_with("suites/record.rs:"), "{line}");
    // And it comes again.
    let again = looking()
        .replay(
            failure.schedule.as_ref().unwrap(),
            with_a_permit(|permit| core::mem::forget(permit)),
        )
        .unwrap();
    assert_eq!(again.expect_failure().verdict, failure.verdict);
    assert_eq!(failure.preemptions, Some(0), "{failure}");
}

/// Guards of all that has guards.
#[test]
fn guards() {
    let exploration = looking().run(|| {
        let lock = RwLock::new(());
        name(&lock, "page");
        core::mem::forget((lock.read(), lock.read()));
    });
    let Verdict::Leak { leaked } = &exploration.expect_failure().verdict else {
        panic!("{}", exploration.expect_failure());
    };
    let what: Vec<_> = leaked.iter().map(|leak| leak.what.as_str()).collect();
    assert_eq!(what, ["a guard of page", "a guard of page"]);
}

static STATIC: Mutex<u32> = Mutex::new(0);

/// What lives on in a static is no leak; nor what a thread has that goes on when the root has ended; nor what was passed on
/// to another thread, which gave it back.
#[test]
fn what_is_none() {
    looking()
        .run(|| {
            let other = thread::spawn(|| *STATIC.lock() += 1);
            *STATIC.lock() += 1;
            other.join().unwrap();
        })
        .expect_pass();
    // The root ends while the other one has the lock, in some of the executions.
    looking()
        .run(|| {
            let shared = Arc::new((Mutex::new(0), AtomicU32::new(0)));
            let other = Arc::clone(&shared);
            drop(thread::spawn(move || {
                let _guard = other.0.lock();
                other.1.swap(1, Relaxed);
            }));
            shared.1.swap(2, Relaxed);
        })
        .expect_pass();
    looking()
        .run(|| {
            let pool = Arc::new(Semaphore::new(1));
            let permit = Semaphore::acquire_arc(&pool).unwrap();
            let other = thread::spawn(move || drop(permit));
            drop(pool.acquire());
            other.join().unwrap();
        })
        .expect_pass();
}

// --- futures -----------------------------------------------------------------------------------------------

/// A task and a thread that wait for permits, in the executor of the explorer: they get them, and the first to come first.
#[test]
fn a_future() {
    let program = || {
        let pool = Arc::new(Semaphore::new(1));
        let other = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || drop(block_on(pool.acquire_async()).unwrap()))
        };
        drop(block_on(pool.acquire_async()).unwrap());
        other.join().unwrap();
        assert_eq!(pool.available(), 1);
    };
    Explorer::new().preemptions(3).run(program).expect_pass();
}

/// An execution that fails while a thread sleeps in the executor fails, and the process goes on.
#[test]
fn a_future_that_is_never_woken() {
    for _ in 0..3 {
        let exploration = Explorer::new().preemptions(2).run(|| {
            let held = Arc::new(Semaphore::new(0));
            let sleeper = {
                let held = Arc::clone(&held);
                thread::spawn_named("sleeper", move || drop(block_on(held.acquire_async())))
            };
            let other = Arc::downgrade(&held);
            drop(held);
            sleeper.join().unwrap();
            drop::<Weak<_>>(other);
        });
        let failure = exploration.expect_failure();
        assert!(
            matches!(failure.verdict, Verdict::LostWakeup { .. }),
            "{failure}"
        );
        let exploration = Explorer::new()
            .preemptions(2)
            .run(|| block_on(poll_fn(|_| Poll::<()>::Pending)));
        let failure = exploration.expect_failure();
        assert!(
            matches!(failure.verdict, Verdict::LostWakeup { .. }),
            "{failure}"
        );
    }
}

// --- loops ------------------------------------------------------------------------------------------------

/// A loop of several rows is put between two marks; of one row, or of none, it is told in a line.
#[test]
fn a_loop_is_told() {
    let event = |text: &str, internal| Event {
        thread: 0,
        kind: EventKind::Word,
        object: None,
        text: text.to_owned(),
        shared: String::new(),
        location: None,
        source: None,
        other: None,
        stale: None,
        depth: 0,
        switch: None,
        internal,
    };
    let told = |shown: &[&str], hidden: usize, repeats: usize| -> Vec<String> {
        let shown = shown.iter().map(|text| event(text, false));
        let hidden = (0..hidden).map(|_| event("hidden", true));
        let interleaving = Interleaving {
            threads: vec!["main".to_owned()],
            events: shown.chain(hidden).collect(),
            repeats: Some(repeats),
            ..Interleaving::default()
        };
        let text = interleaving.to_string();
        let lines = text.lines().skip(2).map(|line| {
            let words: Vec<&str> = line
                .split_whitespace()
                .filter(|&word| word != "|")
                .collect();
            words.join(" ")
        });
        lines.collect()
    };
    assert_eq!(
        told(&["once", "a", "b"], 0, 1),
        [
            "1 once",
            "┌─ from here on, for ever, in turn:",
            "2 a",
            "3 b",
            "└─ × for ever"
        ]
    );
    let one_row = ["1 once", "2 a", "↺ row 2 again, for ever"];
    assert_eq!(told(&["once", "a"], 1, 1), one_row);
    // What came before it is not told as well, if it is the same.
    assert_eq!(told(&["once", "a", "a"], 0, 2), one_row);
    assert_eq!(told(&["once", "a", "a", "a", "a", "a"], 0, 5), one_row);
    for hidden in [0, 2] {
        assert_eq!(
            told(&["once", "a"], hidden, 2),
            ["1 once", "2 a", "… for ever, and nothing of it is shown"]
        );
    }
}
