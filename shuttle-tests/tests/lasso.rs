//! Loops that a program goes round for ever: found, shown once, replayed, and not seen where there are none.

use std::sync::Arc;

use shuttle_tests::selvedge::explore::{Exploration, Explorer, Strategy};
use shuttle_tests::selvedge::sys::{
    AtomicBool,
    Ordering::{Acquire, Release},
    thread,
};
use shuttle_tests::selvedge::trace::{Verdict, name, progress};
use shuttle_tests::selvedge::{FairMutex, Mutex};

fn lasso(program: impl Fn() + Send + Sync + Clone + 'static) -> Exploration {
    let strategy = Strategy::Lasso {
        executions: 500,
        seed: 1,
    };
    Explorer::new().strategy(strategy).run(program)
}

/// It fails, and its schedule leads into the same loop again.
fn replays(exploration: &Exploration, program: impl Fn() + Send + Sync + Clone + 'static) {
    let failure = exploration.expect_failure();
    let line = failure.schedule.as_ref().unwrap().to_string();
    let again = Explorer::new()
        .replay(&line.parse().unwrap(), program)
        .unwrap();
    let again = again.expect_failure();
    assert_eq!(
        again.interleaving.to_string(),
        failure.interleaving.to_string()
    );
    assert_eq!(again.schedule, failure.schedule);
    assert_eq!(again.verdict, failure.verdict);
}

/// Takes the first lock, tries the second, and if that is taken gives way and starts again; so many times.
fn give_way(first: &Mutex<()>, second: &Mutex<()>, attempts: usize) {
    for _ in 0..attempts {
        let _first = first.lock();
        if second.try_lock().is_some() {
            return;
        }
    }
}

fn polite(attempts: usize) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let locks = Arc::new((Mutex::new(()), Mutex::new(())));
        name(&locks.0, "left");
        name(&locks.1, "right");
        let other = {
            let locks = Arc::clone(&locks);
            thread::spawn_named("other", move || give_way(&locks.1, &locks.0, attempts))
        };
        give_way(&locks.0, &locks.1, attempts);
        other.join().unwrap();
    }
}

/// A thread that was started in the checker's own way is one of those that go round.
#[test]
fn a_thread_of_the_checker() {
    let exploration = lasso(|| {
        let locks = Arc::new((Mutex::new(()), Mutex::new(())));
        let other = {
            let locks = Arc::clone(&locks);
            shuttle::thread::spawn(move || give_way(&locks.1, &locks.0, usize::MAX))
        };
        give_way(&locks.0, &locks.1, usize::MAX);
        other.join().unwrap();
    });
    let verdict = &exploration.expect_failure().verdict;
    assert!(
        matches!(verdict, Verdict::Livelock { threads } if threads.len() == 2),
        "{verdict}"
    );
}

/// After you, no, after you: the loop is found and shown once, and its rows are the six steps of it.
#[test]
fn politeness_is_a_livelock() {
    let program = polite(usize::MAX);
    let exploration = lasso(program.clone());
    let failure = exploration.expect_failure();
    let Verdict::Livelock { threads } = &failure.verdict else {
        panic!("{failure}");
    };
    let mut threads = threads.clone();
    threads.sort();
    assert_eq!(threads, ["main", "other"]);
    let interleaving = &failure.interleaving;
    let round = &interleaving.events[interleaving.repeats.unwrap()..];
    let mut shown: Vec<_> = round
        .iter()
        .filter(|event| !event.internal)
        .map(|event| event.text.as_str())
        .collect();
    shown.sort_unstable();
    assert_eq!(
        shown,
        [
            "lock left",
            "lock right",
            "try_lock left: no",
            "try_lock right: no",
            "unlock left",
            "unlock right"
        ]
    );
    assert!(interleaving.to_string().contains("└─ × for ever"));
    replays(&exploration, program);
}

/// Whoever gives up after a while does not go on for ever, though nothing that the checker sees counts.
#[test]
fn giving_up_is_none() {
    lasso(polite(5)).expect_pass();
}

/// Locks in one order.
#[test]
fn order_is_none() {
    lasso(|| {
        let locks = Arc::new((Mutex::new(()), Mutex::new(())));
        let other = {
            let locks = Arc::clone(&locks);
            thread::spawn(move || give_way(&locks.0, &locks.1, usize::MAX))
        };
        give_way(&locks.0, &locks.1, usize::MAX);
        other.join().unwrap();
    })
    .expect_pass();
}

/// A thread that spins, politely, until another one sets a flag; which it does, or not.
fn spinning(sets: bool) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let flag = Arc::new(AtomicBool::new(false));
        let other = {
            let flag = Arc::clone(&flag);
            thread::spawn(move || {
                if sets {
                    flag.store(true, Release);
                }
            })
        };
        while !flag.load(Acquire) {
            thread::yield_now();
        }
        other.join().unwrap();
    }
}

#[test]
fn a_flag_that_is_set_is_none() {
    lasso(spinning(true)).expect_pass();
}

#[test]
fn a_flag_that_nobody_sets() {
    let program = spinning(false);
    let exploration = lasso(program.clone());
    let verdict = &exploration.expect_failure().verdict;
    assert_eq!(
        *verdict,
        Verdict::Livelock {
            threads: vec!["main".to_owned()]
        }
    );
    replays(&exploration, program);
}

/// Two threads go on for ever, and say when they get anywhere. One of them tries the lock that the other one has now and
/// then, or one of its own.
fn for_ever(share: bool) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let lock = Arc::new(FairMutex::new(()));
        let tried = if share {
            Arc::clone(&lock)
        } else {
            Arc::new(FairMutex::new(()))
        };
        let greedy = thread::spawn_named("greedy", move || {
            loop {
                let _guard = lock.lock();
                progress();
            }
        });
        let _shy: thread::JoinHandle<()> = thread::spawn_named("shy", move || {
            loop {
                if tried.try_lock().is_some() {
                    progress();
                }
            }
        });
        greedy.join().unwrap()
    }
}

#[test]
fn whoever_only_tries_may_starve() {
    let program = for_ever(true);
    let exploration = lasso(program.clone());
    assert_eq!(
        exploration.expect_failure().verdict,
        Verdict::Starvation {
            starved: vec!["shy".to_owned()],
            others: vec!["greedy".to_owned()]
        }
    );
    replays(&exploration, program);
}

/// Going round for ever is nothing bad as long as everybody gets somewhere.
#[test]
fn servers_are_none() {
    lasso(for_ever(false)).expect_pass();
}
