//! Where an exploration of the shuttle world ends (`tests/suites/limits.rs`), the portfolio, and what the terminal is told.

use std::process::{Command, Stdio};
use std::sync::Arc;

use shuttle_tests::selvedge;

use selvedge::explore::{Exploration, Explorer, Stage, Strategy, check};
use selvedge::sys::Ordering::{Acquire, Relaxed, Release};
use selvedge::sys::{AtomicBool, AtomicU32, Duration, thread};
use selvedge::trace::{Verdict, priority};
use selvedge::{FairMutex, Mutex};

#[path = "../../tests/suites/limits.rs"]
mod both;
use both::{abba, adding};

// --- the portfolio ------------------------------------------------------------------------------------

const EXECUTIONS: usize = 4_000;

fn portfolio() -> Explorer {
    Explorer::new().strategy(Strategy::Portfolio {
        executions: EXECUTIONS,
        seed: 7,
    })
}

/// The strategy's name, and how many executions it was to have; 0 for the bounds.
fn kind(stage: &Stage) -> (&'static str, usize) {
    match stage.strategy {
        Strategy::Random { executions, seed } => {
            assert_eq!(seed, 7);
            ("random", executions)
        }
        Strategy::Pct {
            executions,
            seed,
            depth,
        } => {
            assert_eq!((seed, depth), (7, 3));
            ("pct", executions)
        }
        Strategy::Urw { executions, seed } => {
            assert_eq!(seed, 7);
            ("urw", executions)
        }
        Strategy::Lasso { executions, seed } => {
            assert_eq!(seed, 7);
            ("lasso", executions)
        }
        Strategy::Priority { executions, seed } => {
            assert_eq!(seed, 7);
            ("priority", executions)
        }
        Strategy::Exhaustive => ("bound", 0),
        _ => panic!("{stage:?}"),
    }
}

fn kinds(exploration: &Exploration) -> Vec<&'static str> {
    exploration
        .stages()
        .iter()
        .map(|stage| kind(stage).0)
        .collect()
}

/// Four threads take three locks in turn: too many for everything, and nothing is wrong.
fn large() {
    let locks = Arc::new([(); 3].map(|()| Mutex::new(0)));
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let locks = Arc::clone(&locks);
            thread::spawn(move || {
                for lock in &*locks {
                    *lock.lock() += 1;
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

/// One after the other, each with its share, and it is told what each did.
#[test]
fn every_strategy_has_its_turn() {
    let exploration = portfolio().run(large);
    exploration.expect_pass();
    let told = kinds(&exploration);
    let (before, after) = (told[..3].to_vec(), told[told.len() - 2..].to_vec());
    assert_eq!(before, ["random", "pct", "urw"]);
    assert_eq!(after, ["lasso", "priority"]);
    assert!(told[3..told.len() - 2].iter().all(|&kind| kind == "bound"));
    assert!(told.len() > 5, "{told:?}");
    let mut of_bounds = 0;
    for stage in exploration.stages() {
        match kind(stage) {
            ("bound", _) => of_bounds += stage.executions,
            (_, share) => {
                assert!(stage.finished);
                assert_eq!(stage.executions, share);
            }
        }
    }
    assert_eq!(of_bounds, EXECUTIONS / 8, "three preemptions are many more");
    assert_eq!(exploration.executions(), EXECUTIONS);
    assert!(!exploration.is_complete());
    let said = exploration.to_string();
    for part in [
        "4000 executions pass, not all there are (random from seed 7: 1 000; ",
        "PCT of depth 3 from seed 7: 1 000; uniform from seed 7: 500; at most 0 preemptions: ",
        "; loops from seed 7: 500; priorities from seed 7: 500)",
    ] {
        assert!(said.contains(part), "{said}");
    }
}

/// The first failure ends it.
#[test]
fn the_first_failure_ends_it() {
    let exploration = portfolio().run(abba);
    assert_eq!(kinds(&exploration), ["random"]);
    let failure = exploration.expect_failure();
    assert_eq!((failure.preemptions, failure.least), (Some(1), true));
    assert!(exploration.to_string().contains("fails in execution"));
}

/// With everything tried, there is nothing left for those that come after.
#[test]
fn nothing_is_left_for_those_that_follow() {
    let exploration = portfolio().run(adding(1));
    assert!(exploration.is_complete(), "{exploration:?}");
    assert_eq!(kinds(&exploration).last(), Some(&"bound"));
    assert!(exploration.stages().len() < 3 + 4, "{exploration:?}");
}

/// Politeness for ever: loops are what the others do not see.
#[test]
fn loops_are_found_in_their_turn() {
    let exploration = portfolio().run(|| {
        let locks = Arc::new((Mutex::new(()), Mutex::new(())));
        let give_way = |first: &Mutex<()>, second: &Mutex<()>| loop {
            let _first = first.lock();
            if second.try_lock().is_some() {
                return;
            }
        };
        let other = {
            let locks = Arc::clone(&locks);
            thread::spawn(move || give_way(&locks.1, &locks.0))
        };
        give_way(&locks.0, &locks.1);
        other.join().unwrap();
    });
    assert_eq!(kinds(&exploration).last(), Some(&"lasso"));
    assert!(
        matches!(
            exploration.expect_failure().verdict,
            Verdict::Livelock { .. }
        ),
        "{exploration}"
    );
    let before: usize = exploration
        .stages()
        .iter()
        .map(|stage| stage.executions)
        .sum();
    assert_eq!(exploration.executions(), before);
}

/// A thread polls until another one, which shares a lock with a third, has finished.
fn polling(given: bool) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let shared = Arc::new((Mutex::new(0), AtomicBool::new(false)));
        let level = move |level| {
            if given {
                priority(level);
            }
        };
        let threads = [1, 2, 3].map(|number| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                level(number);
                if number == 2 {
                    while !shared.1.load(Acquire) {
                        thread::yield_now();
                    }
                } else {
                    *shared.0.lock() += 1;
                    if number == 3 {
                        shared.1.store(true, Release);
                    }
                }
            })
        });
        for thread in threads {
            thread.join().unwrap();
        }
    }
}

/// An inversion is found if the program has priorities, and polling alone is no failure of any strategy.
#[test]
fn priorities_are_found_in_their_turn() {
    let exploration = portfolio().run(polling(true));
    assert_eq!(kinds(&exploration).last(), Some(&"priority"));
    let failure = exploration.expect_failure();
    assert!(
        matches!(failure.verdict, Verdict::PriorityInversion { .. }),
        "{failure}"
    );
    portfolio().run(polling(false)).expect_pass();
}

/// Limits of the whole are limits of its parts.
#[test]
fn a_portfolio_has_limits() {
    let exploration = portfolio().executions(1_500).run(large);
    assert_eq!(exploration.executions(), 1_500);
    assert_eq!(kinds(&exploration), ["random", "pct"]);
    assert!(!exploration.stages()[1].finished);
    let strategy = Strategy::Portfolio {
        executions: 1 << 40,
        seed: 7,
    };
    let limit = Duration::from_millis(300);
    let exploration = Explorer::new()
        .strategy(strategy)
        .duration(limit)
        .run(large);
    exploration.expect_pass();
    assert_eq!(
        kinds(&exploration).last(),
        Some(&"priority"),
        "all had a turn"
    );
    assert!(exploration.elapsed() >= limit / 2);
}

// --- check ----------------------------------------------------------------------------------------------

#[test]
fn check_is_complete_if_it_can_be() {
    let exploration = check(adding(2));
    assert!(exploration.is_complete());
    assert_eq!(kinds(&exploration), ["bound"]);
}

#[test]
fn check_is_a_portfolio_if_not() {
    let exploration = check(large);
    let stages = exploration.stages();
    assert_eq!(stages[0].executions, 20_000);
    assert!(!stages[0].finished && !exploration.is_complete());
    let seeds: Vec<_> = (stages[1..].iter())
        .filter_map(|stage| match stage.strategy {
            Strategy::Random { seed, .. } | Strategy::Priority { seed, .. } => Some(seed),
            _ => None,
        })
        .collect();
    assert_eq!(seeds, [1, 1]);
    assert_eq!(exploration.executions(), 36_000);
}

/// What an exhaustive search does not come to in time, others find; `check` says so as a panic.
#[test]
fn check_finds_what_comes_late() {
    let panic = std::panic::catch_unwind(|| {
        check(|| {
            let lock = Arc::new(FairMutex::new(()));
            let word = Arc::new(AtomicU32::new(0));
            let threads: Vec<_> = (0..4)
                .map(|number| {
                    let (lock, word) = (Arc::clone(&lock), Arc::clone(&word));
                    thread::spawn(move || {
                        if number == 3 {
                            assert_eq!(word.load(Relaxed), 0, "the last one came first");
                        }
                        for _ in 0..3 {
                            drop(lock.lock());
                        }
                        word.store(1, Relaxed);
                    })
                })
                .collect();
            for thread in threads {
                thread.join().unwrap();
            }
        });
    });
    let message = *panic.unwrap_err().downcast::<String>().unwrap();
    assert!(message.contains("selvedge: the model fails"), "{message}");
}

// --- the terminal -----------------------------------------------------------------------------------------

/// Says to `goes_on_for_a_while` that it is run for its output, and whether it is to say how it goes.
const ASKED: &str = "SELVEDGE_TEST_PROGRESS";

#[test]
fn goes_on_for_a_while() {
    let asked = std::env::var(ASKED);
    let long = Duration::from_millis(if asked.is_ok() { 1_600 } else { 10 });
    let strategy = Strategy::Random {
        executions: usize::MAX,
        seed: 3,
    };
    let explorer = Explorer::new().strategy(strategy).duration(long);
    explorer
        .progress(asked.as_deref() != Ok("no"))
        .run(adding(3))
        .expect_pass();
}

fn own() -> String {
    let own = std::env::current_exe().unwrap();
    let own = own.to_str().expect("a plain path");
    format!("{own} --exact goes_on_for_a_while --nocapture")
}

/// On a terminal, which `script` makes, a line says how it goes: a few times a second, after a second, and it is gone in the end.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_is_told() {
    for (asked, told) in [("yes", true), ("no", false)] {
        let mut command = Command::new("script");
        command.args(["-qec", &own(), "/dev/null"]);
        command
            .env(ASKED, asked)
            .env("TERM", "xterm")
            .stdin(Stdio::null());
        let output = match command.output() {
            Ok(output) => output,
            Err(error) => {
                println!(
                    "there is no `script` here ({error}): what a terminal is told was not tried"
                );
                return;
            }
        };
        let output = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.contains("1 passed"), "{output}");
        let lines: Vec<_> = output
            .split(['\r', '\n'])
            .filter(|line| line.contains("shuttle: random from seed 3: "))
            .collect();
        assert_eq!(!lines.is_empty(), told, "{output:?}");
        assert!(lines.len() <= 8, "{output:?}");
        for line in &lines {
            assert!(line.contains(" executions, "), "{line:?}");
            assert!(line.contains("/s, 1 s\u{1b}[K"), "{line:?}");
        }
        assert_eq!(output.contains("\r\u{1b}[K"), told, "it is taken away");
    }
}

#[test]
fn a_file_is_not() {
    let own = own();
    let mut words = own.split(' ');
    let output = Command::new(words.next().unwrap())
        .args(words)
        .env(ASKED, "yes")
        .output()
        .unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
