//! What every `Monitor` must do on real threads.

/// The suite, for the crate of that name.
#[allow(unused_macros, reason = "each test file uses its kind's part")]
macro_rules! suite {
    ($selvedge:ident) => {
        use std::panic::{AssertUnwindSafe, catch_unwind};
        use std::sync::Arc;
        use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
        use std::thread;
        use std::time::{Duration, Instant};

        use $crate::conformance::once::message_of;
        use $crate::conformance::{ends, until};
        use $selvedge::{Condition, Condvar, Monitor, MonitorTimedOut};

        /// What waits is started, and this is so when it waits.
        #[derive(Default)]
        struct Gate {
            open: bool,
            waiting: u32,
            order: Vec<u32>,
            asked: AtomicU32,
        }

        impl Gate {
            fn asked(&self) -> bool {
                self.asked.fetch_add(1, Relaxed);
                self.open
            }
        }

        #[test]
        fn a_buffer_loses_nothing() {
            const ITEMS: u32 = 4_000;
            ends(|| {
                let buffer = Arc::new(Monitor::new(Vec::new()));
                let producers: Vec<_> = (0..4)
                    .map(|number| {
                        let buffer = Arc::clone(&buffer);
                        thread::spawn(move || {
                            for item in 0..ITEMS {
                                buffer.when(
                                    |items: &Vec<u32>| items.len() < 3,
                                    |items| {
                                        assert!(items.len() < 3, "there is no room");
                                        items.push(number * ITEMS + item);
                                    },
                                );
                            }
                        })
                    })
                    .collect();
                static NOT_EMPTY: Condition<Vec<u32>> =
                    Condition::new("not empty", |items| !items.is_empty());
                let consumers: Vec<_> = (0..4)
                    .map(|_| {
                        let buffer = Arc::clone(&buffer);
                        thread::spawn(move || {
                            let take = |items: &mut Vec<u32>| items.pop().expect("an item");
                            let taken = (0..ITEMS).map(|_| buffer.when(NOT_EMPTY.holds(), take));
                            taken.map(u64::from).sum::<u64>()
                        })
                    })
                    .collect();
                producers
                    .into_iter()
                    .for_each(|producer| producer.join().unwrap());
                let sum: u64 = consumers
                    .into_iter()
                    .map(|consumer| consumer.join().unwrap())
                    .sum();
                assert_eq!(sum, (0..u64::from(4 * ITEMS)).sum());
                assert!(buffer.lock().is_empty());
            });
        }

        #[test]
        fn nobody_comes_between() {
            ends(|| {
                let monitor = Arc::new(Monitor::new(0_u32));
                let over = Arc::new(AtomicBool::new(false));
                // Takes whatever is there, whenever it gets in.
                let thief = {
                    let (monitor, over) = (Arc::clone(&monitor), Arc::clone(&over));
                    thread::spawn(move || {
                        while !over.load(Relaxed) {
                            let mut tickets = monitor.lock();
                            *tickets = tickets.saturating_sub(1);
                        }
                    })
                };
                let waiters: Vec<_> = (0..4)
                    .map(|_| {
                        let monitor = Arc::clone(&monitor);
                        thread::spawn(move || {
                            for _ in 0..100 {
                                let mut tickets = monitor.lock_when(|tickets| *tickets > 0);
                                assert!(*tickets > 0, "somebody came between");
                                *tickets -= 1;
                            }
                        })
                    })
                    .collect();
                while !waiters.iter().all(|waiter| waiter.is_finished()) {
                    *monitor.lock() += 4;
                    thread::yield_now();
                }
                over.store(true, Relaxed);
                waiters
                    .into_iter()
                    .for_each(|waiter| waiter.join().unwrap());
                thief.join().unwrap();
            });
        }

        #[test]
        fn gives_up_not_before_its_time() {
            ends(|| {
                let monitor = Monitor::new(false);
                let time = Duration::from_millis(20);
                let takes_time = |wait: &dyn Fn()| {
                    let start = Instant::now();
                    wait();
                    assert!(start.elapsed() >= time, "too early");
                };
                takes_time(&|| assert!(monitor.lock_when_for(|open| *open, time).is_none()));
                takes_time(&|| {
                    let deadline = Instant::now() + time;
                    assert!(monitor.lock_when_until(|open| *open, deadline).is_none());
                });
                takes_time(&|| {
                    let result = monitor.when_for(|open| *open, time, |_| ());
                    let _: MonitorTimedOut = result.expect_err("it is not open");
                });
                takes_time(&|| {
                    let deadline = Instant::now() + time;
                    let result = monitor.when_until(|open| *open, deadline, |_| ());
                    let _: MonitorTimedOut = result.expect_err("it is not open");
                });
                takes_time(&|| assert!(!monitor.lock().wait_for(|open| *open, time)));
                takes_time(&|| {
                    let deadline = Instant::now() + time;
                    assert!(!monitor.lock().wait_until(|open| *open, deadline));
                });
                let condvar = Condvar::new();
                takes_time(&|| assert!(!monitor.lock().wait_on_for(&condvar, time)));
                takes_time(&|| {
                    let deadline = Instant::now() + time;
                    assert!(!monitor.lock().wait_on_until(&condvar, deadline));
                });
                let guard = monitor.lock();
                thread::scope(|scope| {
                    scope.spawn(|| {
                        takes_time(&|| assert!(monitor.try_lock_for(time).is_none()));
                        takes_time(&|| {
                            assert!(monitor.try_lock_until(Instant::now() + time).is_none());
                        });
                        // The door is where it gives up, too.
                        takes_time(&|| {
                            assert!(monitor.lock_when_for(|open| !*open, time).is_none());
                        });
                        assert!(monitor.try_lock().is_none());
                    });
                });
                drop(guard);
                // And what holds is not waited for.
                assert!(monitor.lock_when_for(|open| !*open, time).is_some());
                assert!(monitor.lock().wait_for(|open| !*open, time));
                assert_eq!(monitor.when_for(|open| !*open, time, |_| 7), Ok(7));
                assert!(monitor.try_lock_for(time).is_some());
            });
        }

        #[test]
        fn waits_as_long_as_it_takes() {
            ends(|| {
                let monitor = Arc::new(Monitor::new(false));
                let waiters: [fn(&Monitor<bool>); 4] = [
                    |monitor| monitor.when(|open| *open, |_| ()),
                    |monitor| drop(monitor.lock_when_for(|open| *open, Duration::MAX).unwrap()),
                    |monitor| {
                        monitor
                            .when_for(|open| *open, Duration::MAX, |_| ())
                            .unwrap()
                    },
                    |monitor| assert!(monitor.lock().wait_for(|open| *open, Duration::MAX)),
                ];
                let waiters = waiters.map(|wait| {
                    let monitor = Arc::clone(&monitor);
                    thread::spawn(move || wait(&monitor))
                });
                thread::sleep(Duration::from_millis(10));
                *monitor.lock() = true;
                waiters
                    .into_iter()
                    .for_each(|waiter| waiter.join().unwrap());
                assert!(monitor.try_lock_for(Duration::MAX).is_some());
            });
        }

        /// Starts a thread that waits at the gate, and returns when it does.
        fn at_the_gate<R: Send + 'static>(
            gate: &Arc<Monitor<Gate>>,
            wait: impl FnOnce(&Monitor<Gate>) -> R + Send + 'static,
        ) -> thread::JoinHandle<R> {
            let waiting = gate.lock().waiting;
            let waiter = {
                let gate = Arc::clone(gate);
                thread::spawn(move || wait(&gate))
            };
            until(|| gate.lock().waiting > waiting);
            waiter
        }

        #[test]
        fn goes_on_in_order_of_arrival() {
            static OPEN: Condition<Gate> = Condition::new("open", |gate| gate.open);
            static OPENED: Condition<Gate> = Condition::new("opened", |gate| gate.open);
            ends(|| {
                let gate = Arc::new(Monitor::new(Gate::default()));
                let waiters: Vec<_> = (0..24)
                    .map(|number| {
                        at_the_gate(&gate, move |gate| {
                            let mut gate = gate.lock();
                            gate.waiting += 1;
                            match number % 4 {
                                0 | 3 => gate.wait(OPEN.holds()),
                                1 => gate.wait(|gate| gate.open),
                                _ => gate.wait(OPENED.holds()),
                            }
                            gate.order.push(number);
                        })
                    })
                    .collect();
                gate.lock().open = true;
                waiters
                    .into_iter()
                    .for_each(|waiter| waiter.join().unwrap());
                assert!(gate.lock().order.is_sorted(), "{:?}", gate.lock().order);
            });
        }

        #[test]
        fn asks_a_named_condition_once() {
            static OPEN: Condition<Gate> = Condition::new("open", Gate::asked);
            ends(|| {
                for named in [true, false] {
                    let gate = Arc::new(Monitor::new(Gate::default()));
                    let waiters: Vec<_> = (0..8)
                        .map(|_| {
                            at_the_gate(&gate, move |gate| {
                                let mut gate = gate.lock();
                                gate.waiting += 1;
                                if named {
                                    gate.wait(OPEN.holds());
                                } else {
                                    gate.wait(Gate::asked);
                                }
                            })
                        })
                        .collect();
                    // All are inside: one round of questions for each time that somebody leaves.
                    gate.lock().asked.store(0, Relaxed);
                    let questions = if named { 1 } else { 8 };
                    let asked = gate.lock().asked.load(Relaxed);
                    assert_eq!(asked, questions);
                    gate.lock().open = true;
                    waiters
                        .into_iter()
                        .for_each(|waiter| waiter.join().unwrap());
                    // One who found it open, for each, and nobody twice.
                    let asked = gate.lock().asked.load(Relaxed);
                    assert_eq!(asked, 2 * questions + 8);
                }
            });
        }

        #[test]
        fn a_panic_reaches_whose_condition_it_is() {
            ends(|| {
                for on_a_guard in [true, false] {
                    let gate = Arc::new(Monitor::new(Gate::default()));
                    let owner = at_the_gate(&gate, move |gate| {
                        let mut guard = gate.lock();
                        guard.waiting += 1;
                        let condition = |gate: &Gate| {
                            assert!(!gate.open, "mine");
                            false
                        };
                        if on_a_guard {
                            let told = message_of(|| guard.wait(condition));
                            guard.order.push(1); // it is good still
                            assert!(gate.try_lock().is_none());
                            told
                        } else {
                            drop(guard);
                            let told = message_of(|| gate.when(condition, |_| ()));
                            drop(gate.lock());
                            told
                        }
                    });
                    let other = at_the_gate(&gate, |gate| {
                        let mut gate = gate.lock();
                        gate.waiting += 1;
                        gate.wait(|gate| gate.open);
                    });
                    gate.lock().open = true;
                    other.join().unwrap();
                    assert_eq!(owner.join().unwrap(), "mine");
                    assert!(gate.try_lock().is_some());
                }
            });
        }

        #[test]
        fn a_thread_that_panics_leaves() {
            ends(|| {
                let gate = Arc::new(Monitor::new(Gate::default()));
                // Its condition panics too, in the middle of the other panic.
                let owner = at_the_gate(&gate, |gate| {
                    message_of(|| {
                        let mut gate = gate.lock();
                        gate.waiting += 1;
                        gate.wait(|gate| {
                            assert!(!gate.open, "mine");
                            false
                        });
                    })
                });
                let other = at_the_gate(&gate, |gate| {
                    let mut gate = gate.lock();
                    gate.waiting += 1;
                    gate.wait(|gate| gate.open);
                });
                let told = message_of(|| {
                    gate.when(
                        |_| true,
                        |gate| {
                            gate.open = true;
                            panic!("its own");
                        },
                    );
                });
                assert_eq!(told, "its own");
                assert_eq!(owner.join().unwrap(), "mine");
                other.join().unwrap();
            });
        }

        #[test]
        fn a_condition_may_not_enter() {
            ends(|| {
                let rule = "selvedge: a condition of a Monitor uses the very Monitor";
                let enters: [fn(&Monitor<u8>); 4] = [
                    |monitor| drop(monitor.lock()),
                    |monitor| monitor.when(|_| true, |_| ()),
                    |monitor| drop(monitor.try_lock_for(Duration::MAX)),
                    |monitor| drop(monitor.lock_when_until(|_| true, Instant::now())),
                ];
                for enter in enters {
                    let monitor = Monitor::new(0);
                    let told = message_of(|| {
                        monitor.when(
                            |_| {
                                enter(&monitor);
                                true
                            },
                            |_| (),
                        );
                    });
                    assert!(told.starts_with(rule), "{told}");
                    // What does not wait may, and another monitor may be entered.
                    let other = Monitor::new(7);
                    monitor.when(
                        |_| monitor.try_lock().is_none() && *other.lock() == 7,
                        |number| *number += 1,
                    );
                    assert_eq!(*monitor.lock(), 1);
                }
            });
        }

        #[test]
        fn who_comes_to_the_door_gets_in() {
            ends(|| {
                let gate = Arc::new(Monitor::new(Gate::default()));
                // Two hand the monitor to one another inside, until somebody has come in.
                let players = [0, 1].map(|me| {
                    let gate = Arc::clone(&gate);
                    thread::spawn(move || {
                        let mut gate = gate.lock();
                        while !gate.open {
                            gate.waiting += 1;
                            gate.wait(|gate| gate.waiting % 2 == me || gate.open);
                        }
                    })
                });
                until(|| gate.try_lock_for(Duration::from_secs(20)).unwrap().waiting > 100);
                gate.lock().open = true;
                players
                    .into_iter()
                    .for_each(|player| player.join().unwrap());
            });
        }

        #[test]
        fn takes_notifications_too() {
            ends(|| {
                let gate = Arc::new(Monitor::new(Gate::default()));
                let changed = Arc::new(Condvar::new());
                let classic: Vec<_> = (0..4)
                    .map(|_| {
                        let changed = Arc::clone(&changed);
                        at_the_gate(&gate, move |gate| {
                            let mut gate = gate.lock();
                            gate.waiting += 1;
                            while !gate.open {
                                gate.wait_on(&changed);
                            }
                            gate.order.push(1);
                        })
                    })
                    .collect();
                let automatic = at_the_gate(&gate, |gate| {
                    let mut gate = gate.lock();
                    gate.waiting += 1;
                    gate.wait(|gate| gate.open && gate.order.len() == 4);
                    gate.order.push(2);
                });
                // Leaving to wait on a condvar asks as well.
                let asked = at_the_gate(&gate, |gate| {
                    let mut gate = gate.lock();
                    gate.waiting += 1;
                    gate.wait(|gate| gate.waiting == 7);
                });
                let mut guard = gate.lock();
                guard.waiting += 1;
                assert!(!guard.wait_on_for(&changed, Duration::from_millis(1)));
                drop(guard);
                asked.join().unwrap();
                let mut guard = gate.lock();
                guard.open = true;
                assert_eq!(changed.notify_all(), 4);
                drop(guard);
                for classic in classic {
                    classic.join().unwrap();
                }
                automatic.join().unwrap();
                assert_eq!(gate.lock().order, [1, 1, 1, 1, 2]);
            });
        }

        #[test]
        fn a_condvar_serves_one_monitor_at_a_time() {
            ends(|| {
                let gate = Arc::new(Monitor::new(Gate::default()));
                let changed = Arc::new(Condvar::new());
                let waiter = {
                    let changed = Arc::clone(&changed);
                    at_the_gate(&gate, move |gate| {
                        let mut gate = gate.lock();
                        gate.waiting += 1;
                        gate.wait_on(&changed);
                    })
                };
                let second = Monitor::new(());
                let mut guard = second.lock();
                let told = message_of(|| guard.wait_on(&changed));
                assert!(told.contains("two mutexes at once"), "{told}");
                assert!(second.is_locked(), "it did not give the monitor back");
                drop(guard);
                drop(gate.lock()); // it waits
                assert!(changed.notify_one());
                waiter.join().unwrap();
            });
        }

        /// Deadlines come at any moment, and nothing is lost or given twice.
        #[test]
        fn deadlines_beside_hand_overs() {
            const ROUNDS: u32 = 50;
            ends(|| {
                let tickets = Arc::new(Monitor::new(0_u32));
                let takers: Vec<_> = (0..6)
                    .map(|number| {
                        let tickets = Arc::clone(&tickets);
                        thread::spawn(move || {
                            let mut taken = 0_u32;
                            while taken < ROUNDS {
                                let time = Duration::from_micros(10 * (number % 3));
                                let result = tickets.when_for(
                                    |tickets| *tickets > 0,
                                    time,
                                    |tickets| *tickets -= 1,
                                );
                                taken += u32::from(result.is_ok());
                            }
                        })
                    })
                    .collect();
                for _ in 0..6 * ROUNDS {
                    *tickets.lock() += 1;
                    thread::yield_now();
                }
                takers.into_iter().for_each(|taker| taker.join().unwrap());
                assert_eq!(*tickets.lock(), 0);
            });
        }

        #[test]
        fn holds_what_has_no_size() {
            let monitor: &mut Monitor<[u8]> = &mut Monitor::new([1_u8, 2, 3]);
            monitor.get_mut()[0] = 7;
            static SEVEN: Condition<[u8]> = Condition::new("seven", |bytes| bytes[0] == 7);
            assert_eq!(monitor.when(SEVEN.holds(), |bytes| bytes.len()), 3);
            let monitor: Arc<Monitor<dyn Fn() -> u8 + Send>> = Arc::new(Monitor::new(|| 8));
            assert_eq!(
                monitor.when(|function| function() == 8, |function| function()),
                8
            );
        }

        /// A debug build knows whose it is, also after it was handed over.
        #[test]
        #[cfg(debug_assertions)]
        fn notices_who_waits_for_itself() {
            ends(|| {
                let gate = Arc::new(Monitor::new(Gate::default()));
                let waiter = at_the_gate(&gate, |gate| {
                    let mut guard = gate.lock();
                    guard.waiting += 1;
                    guard.wait(|gate| gate.open);
                    let told = message_of(|| drop(gate.lock()));
                    assert!(told.contains("drop the guard first"), "{told}");
                });
                gate.lock().open = true;
                waiter.join().unwrap();
                // And one that handed it over does not hold it any more.
                let guard = gate.lock();
                thread::scope(|scope| {
                    let other = scope
                        .spawn(|| catch_unwind(AssertUnwindSafe(|| drop(gate.lock()))).is_ok());
                    thread::sleep(Duration::from_millis(1500));
                    drop(guard);
                    assert!(other.join().unwrap());
                });
            });
        }
    };
}
#[allow(unused_imports, reason = "each test file uses its kind's part")]
pub(crate) use suite;
