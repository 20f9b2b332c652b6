//! One processor that always runs the thread with the highest priority: an inversion is found, told, shortened and replayed,
//! and not seen where there is none.

use std::sync::Arc;

use shuttle_tests::selvedge;

use selvedge::explore::{Exploration, Explorer, Failure, Strategy};
use selvedge::lock_api::{self, RawMutex};
use selvedge::sys::Ordering::{Acquire, Release};
use selvedge::sys::{AtomicBool, Duration, thread};
use selvedge::trace::{Event, EventKind, Verdict, name, priority};
use selvedge::{Condvar, Mutex};

fn by_priority(program: impl Fn() + Send + Sync + 'static) -> Exploration {
    let strategy = Strategy::Priority {
        executions: 1_000,
        seed: 1,
    };
    Explorer::new().strategy(strategy).run(program)
}

/// The priorities of the three, where the program gives them.
type Levels = Option<[u8; 3]>;
const GIVEN: Levels = Some([1, 2, 3]);

fn say(levels: Levels, which: usize) {
    if let Some(levels) = levels {
        priority(levels[which]);
    }
}

/// `low` and `high` share a bus. `middle` works for so many rounds, or until `high` says that it has what it wants.
fn bus<R: RawMutex + Send + Sync + 'static>(
    levels: Levels,
    rounds: usize,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let bus = Arc::new((lock_api::Mutex::<R, u32>::new(0), AtomicBool::new(false)));
        name(&bus.0, "bus");
        name(&bus.1, "done");
        let [low, middle, high] = [(); 3].map(|()| Arc::clone(&bus));
        let threads = [
            thread::spawn_named("low", move || {
                say(levels, 0);
                *low.0.lock() += 1;
            }),
            thread::spawn_named("middle", move || {
                say(levels, 1);
                for _ in 0..rounds {
                    if middle.1.load(Acquire) {
                        break;
                    }
                    thread::yield_now();
                }
            }),
            thread::spawn_named("high", move || {
                say(levels, 2);
                *high.0.lock() += 1;
                high.1.store(true, Release);
            }),
        ];
        for thread in threads {
            thread.join().unwrap();
        }
    }
}

type Plain = selvedge::raw::RawMutex;

fn inversion(failure: &Failure) -> (&[selvedge::trace::Waiting], &str, &[String]) {
    match &failure.verdict {
        Verdict::PriorityInversion {
            waits,
            holder,
            instead,
            ..
        } => (waits, holder, instead),
        _ => panic!("{failure}"),
    }
}

/// It fails, and its schedule leads into the same again.
fn replays(failure: &Failure, program: impl Fn() + Send + Sync + 'static) {
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

#[test]
fn an_inversion_is_told() {
    let program = bus::<Plain>(GIVEN, usize::MAX);
    let exploration = by_priority(program.clone());
    let failure = exploration.expect_failure();
    let (waits, holder, instead) = inversion(failure);
    assert_eq!((waits.len(), holder), (1, "low"), "{failure}");
    assert_eq!(waits[0].thread, "high");
    assert_eq!(waits[0].held_by.as_ref().unwrap().0, "low");
    assert_eq!(instead, ["middle"]);
    let told = failure.verdict.to_string();
    assert!(
        told.starts_with("priority inversion: high waits for bus in lock ("),
        "{told}"
    );
    assert!(
        told.ends_with(
            "; middle runs for ever, and low never again (priorities: high 3, middle 2, low 1)"
        ),
        "{told}"
    );
    // A round of the loop is what `middle` does in it: it asks, and gives way.
    let interleaving = &failure.interleaving;
    let round = &interleaving.events[interleaving.repeats.unwrap()..];
    let asks = |event: &Event| event.kind == EventKind::Word;
    assert_eq!(round.len(), 2, "{failure}");
    assert_eq!(round.iter().filter(|event| asks(event)).count(), 1);
    assert!(failure.to_string().contains(" again, for ever\n"));
    // One is enough: where `low` holds the bus, and the other two arrive.
    assert_eq!(failure.preemptions, Some(1), "{failure}");
    replays(failure, program);
}

/// What was found first is replayed as it is, too, and most are made as short as it gets.
#[test]
fn it_is_shortened() {
    let program = bus::<Plain>(GIVEN, usize::MAX);
    let steps = |exploration: &Exploration| {
        let failure = exploration.expect_failure();
        replays(failure, program.clone());
        let schedule = failure.schedule.as_ref().unwrap();
        (failure.preemptions.unwrap(), schedule.steps())
    };
    let (mut found, mut made) = (Vec::new(), Vec::new());
    for seed in 1..=8 {
        let strategy = Strategy::Priority {
            executions: 1_000,
            seed,
        };
        let explorer = Explorer::new().strategy(strategy);
        found.push(steps(
            &explorer.clone().minimize(false).run(program.clone()),
        ));
        made.push(steps(&explorer.run(program.clone())));
    }
    assert!(
        found.iter().zip(&made).all(|(found, made)| found >= made),
        "{found:?} {made:?}"
    );
    let least = made.iter().min().unwrap();
    let as_short = |all: &[(usize, usize)]| all.iter().filter(|&one| one == least).count();
    assert!(as_short(&made) >= 6, "{found:?} {made:?}");
    assert!(as_short(&found) <= 2, "{found:?}");
}

/// Nobody says what priorities there are: some that are drawn do it, and the line of the replay tells which.
#[test]
fn priorities_that_are_drawn() {
    let program = bus::<Plain>(None, usize::MAX);
    let exploration = by_priority(program.clone());
    let failure = exploration.expect_failure();
    let (_, holder, instead) = inversion(failure);
    assert_eq!((holder, instead), ("low", &["middle".to_owned()][..]));
    let line = failure.schedule.as_ref().unwrap().to_string();
    assert!(line.contains(" middle^"), "{line}");
    replays(failure, program);
}

/// The fix: whoever holds the lock runs with the priority of whoever waits for it.
#[test]
fn a_lock_that_lends_priority_is_none() {
    for levels in [GIVEN, None] {
        by_priority(bus::<selvedge::raw::RawPiMutex>(levels, usize::MAX)).expect_pass();
    }
}

/// A middle one that ends lets the holder go on, however long it takes.
#[test]
fn a_middle_one_that_ends_is_none() {
    for levels in [GIVEN, None] {
        by_priority(bus::<Plain>(levels, 100)).expect_pass();
    }
}

/// Nobody is between the two, or the waiting one is not the highest.
#[test]
fn other_orders_are_none() {
    for levels in [
        [1, 1, 3],
        [1, 3, 3],
        [2, 1, 3],
        [1, 3, 2],
        [3, 3, 1],
        [2, 2, 2],
    ] {
        let strategy = Strategy::Priority {
            executions: 300,
            seed: 1,
        };
        let explorer = Explorer::new().strategy(strategy);
        let exploration = explorer.run(bus::<Plain>(Some(levels), usize::MAX));
        assert!(exploration.failure().is_none(), "{levels:?}: {exploration}");
    }
}

/// Without priorities there is no such thing: the middle one gives way.
#[test]
fn no_other_strategy_sees_one() {
    let (executions, seed) = (1_000, 1);
    for strategy in [
        Strategy::Random { executions, seed },
        Strategy::Lasso { executions, seed },
    ] {
        let explorer = Explorer::new().strategy(strategy);
        explorer.run(bus::<Plain>(GIVEN, usize::MAX)).expect_pass();
    }
}

/// `high` waits for what a second one holds, which waits for `low`.
#[test]
fn a_chain_of_waits() {
    let program = || {
        let locks = Arc::new((Mutex::new(()), Mutex::new(()), AtomicBool::new(false)));
        name(&locks.0, "outer");
        name(&locks.1, "inner");
        let [low, link, middle, high] = [(); 4].map(|()| Arc::clone(&locks));
        let threads = [
            thread::spawn_named("low", move || {
                priority(1);
                drop(low.1.lock());
            }),
            thread::spawn_named("link", move || {
                priority(2);
                let _outer = link.0.lock();
                drop(link.1.lock());
            }),
            thread::spawn_named("middle", move || {
                priority(3);
                while !middle.2.load(Acquire) {
                    thread::yield_now();
                }
            }),
            thread::spawn_named("high", move || {
                priority(4);
                drop(high.0.lock());
                high.2.store(true, Release);
            }),
        ];
        for thread in threads {
            thread.join().unwrap();
        }
    };
    let exploration = by_priority(program);
    let (mut long, mut short) = (0, 0);
    let failure = exploration.expect_failure();
    match inversion(failure) {
        (waits, "low", _) if waits.len() == 2 => {
            assert_eq!(waits[1].thread, "link", "{failure}");
            long += 1;
        }
        (waits, "link", _) => {
            assert_eq!(waits.len(), 1, "{failure}");
            short += 1;
        }
        (_, holder, _) => panic!("{holder}: {failure}"),
    }
    println!("{long} {short} {failure}");
    replays(failure, program);
}

/// Other failures are found as well, and replayed, with the fewest preemptions.
#[test]
fn a_deadlock_is_one() {
    let program = shuttle_tests::replay::abba(1);
    let exploration = by_priority(program.clone());
    let failure = exploration.expect_failure();
    assert!(
        matches!(failure.verdict, Verdict::Deadlock { .. }),
        "{failure}"
    );
    assert_eq!((failure.preemptions, failure.least), (Some(1), true));
    replays(failure, program.clone());
    let strategy = Strategy::Priority {
        executions: 1_000,
        seed: 1,
    };
    let explorer = Explorer::new().strategy(strategy).minimize(false);
    replays(explorer.run(program.clone()).expect_failure(), program);
}

/// The lock goes to the highest of those that wait, and among equals to the one that came first.
#[test]
fn the_kernel_hands_over_to_the_highest() {
    type PiMutex<T> = lock_api::Mutex<selvedge::raw::RawPiMutex, T>;
    // Who got the lock; and who came for it.
    type Order = (PiMutex<Vec<usize>>, Mutex<Vec<usize>>, Condvar);
    for levels in [[1, 2, 3], [3, 2, 1], [2, 3, 1], [2, 2, 2]] {
        let exploration = by_priority(move || {
            let order: Arc<Order> = Arc::new((
                PiMutex::new(Vec::new()),
                Mutex::new(Vec::new()),
                Condvar::new(),
            ));
            let guard = order.0.lock();
            let one = move |order: Arc<Order>, which| {
                thread::spawn(move || {
                    priority(levels[which]);
                    order.1.lock().push(which);
                    order.2.notify_one();
                    order.0.lock().push(which);
                })
            };
            // Below them: when it goes on, all that it has started sleep.
            let idle = Arc::clone(&order);
            let idle = thread::spawn_named("idle", move || {
                priority(0);
                let start = |which| {
                    let thread = one(Arc::clone(&idle), which);
                    let mut arrived = idle.1.lock();
                    idle.2
                        .wait_while(&mut arrived, |arrived| arrived.len() <= which);
                    thread
                };
                [0, 1, 2].map(start)
            });
            let threads = idle.join().unwrap();
            drop(guard);
            for thread in threads {
                thread.join().unwrap();
            }
            let got = order.0.lock().clone();
            let mut expected = order.1.lock().clone();
            expected.sort_by_key(|&which| core::cmp::Reverse(levels[which]));
            assert_eq!(got, expected, "in order of priority, or of arrival");
        });
        exploration.expect_pass();
    }
}

/// A wait with a deadline does not take the processor from those below it, and ends when nobody else can run.
#[test]
fn a_deadline_is_no_loop() {
    let exploration = by_priority(|| {
        let pair = Arc::new((Mutex::new(false), Condvar::new()));
        let other = Arc::clone(&pair);
        let high = thread::spawn(move || {
            priority(9);
            let mut told = other.0.lock();
            let mut waits = 0;
            while !*told && waits < 30 {
                let soon = Duration::from_millis(1);
                let _ = other.1.wait_for(&mut told, soon);
                waits += 1;
            }
            waits
        });
        priority(1);
        *pair.0.lock() = true;
        pair.1.notify_one();
        assert!(high.join().unwrap() < 30, "nobody else ran");
    });
    exploration.expect_pass();
}

/// The same seed gives the same executions.
#[test]
fn a_seed_is_a_seed() {
    let found = |seed| {
        let strategy = Strategy::Priority {
            executions: 1_000,
            seed,
        };
        let explorer = Explorer::new().strategy(strategy).minimize(false);
        let exploration = explorer.run(bus::<Plain>(GIVEN, usize::MAX));
        let failure = exploration.expect_failure();
        (failure.execution, failure.schedule.clone())
    };
    assert_eq!(found(5), found(5));
    assert_ne!(found(5), found(6));
}
