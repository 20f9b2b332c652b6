//! What every `Gil` must do on real threads.

/// The tests, over the crate of this name.
#[allow(unused_macros, reason = "each test file uses its kind's part")]
macro_rules! suite {
    ($world:ident) => {
        use std::panic::{AssertUnwindSafe, catch_unwind};
        use std::sync::Arc;
        use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
        use std::thread;
        use std::time::{Duration, Instant};

        use crate::conformance::{ends, has, lacks, until};
        use $world::gil::{AttachError, Attached, Finalized, Gil, Policy, Statistics};

        has!(Gil<std::cell::Cell<u8>>: Send, Sync, core::fmt::Debug, Default);
        lacks!(Gil<std::rc::Rc<u8>>: Send, Sync);
        lacks!(Attached<'static, u8>: Send, Sync, Clone);
        has!(AttachError: Send, Sync, std::error::Error);
        has!(Finalized<u8>: Send, Sync, std::error::Error);

        const MILLISECOND: Duration = Duration::from_millis(1);
        /// Whoever waits does not ask.
        const PATIENT: Policy = Policy::Interval {
            every: Duration::MAX,
            returning: None,
        };
        const POLICIES: [Policy; 6] = [
            Policy::DEFAULT,
            Policy::CPYTHON_3_2,
            Policy::CPYTHON_2,
            Policy::Ticks(0),
            PATIENT,
            Policy::Interval {
                every: MILLISECOND,
                returning: Some(MILLISECOND),
            },
        ];

        /// A static one, which takes a `const fn`.
        static SHARED: Gil<usize> = Gil::new(0);

        #[test]
        fn one_at_a_time() {
            const THREADS: usize = 8;
            const TURNS: usize = 500;
            for policy in POLICIES {
                ends(move || {
                    let gil = Arc::new(Gil::with_policy((0, 0), policy));
                    let threads: Vec<_> = (0..THREADS)
                        .map(|number| {
                            let gil = Arc::clone(&gil);
                            thread::spawn(move || {
                                let mut turns = 0;
                                while turns < TURNS {
                                    let token = match (turns + number) % 3 {
                                        0 => gil.try_attach().unwrap(),
                                        1 => gil.attach_for(MILLISECOND).unwrap(),
                                        _ => Some(gil.attach().unwrap()),
                                    };
                                    let Some(mut token) = token else {
                                        thread::yield_now();
                                        turns += 1;
                                        token_missed(&gil);
                                        continue;
                                    };
                                    token.0 += 1;
                                    token.checkpoint().unwrap();
                                    token.1 += 1;
                                    assert_eq!(token.detach(|| turns), Ok(turns));
                                    assert!(token.0 >= token.1);
                                    turns += 1;
                                }
                            })
                        })
                        .collect();
                    threads
                        .into_iter()
                        .for_each(|thread| thread.join().unwrap());
                    let statistics = gil.statistics();
                    assert!(!gil.is_held() && !gil.has_waiters());
                    assert_eq!(gil.policy(), policy);
                    let gil = Arc::into_inner(gil).unwrap();
                    let (begun, done) = gil.into_inner();
                    assert_eq!(begun, THREADS * TURNS);
                    assert_eq!(begun, done);
                    assert!(statistics.attaches >= 2 * THREADS * TURNS);
                });
            }
        }

        /// A turn of a thread that did not get in at once, or in time.
        fn token_missed(gil: &Gil<(usize, usize)>) {
            let mut token = gil.attach().unwrap();
            token.0 += 1;
            token.1 += 1;
            token.detach(|| ()).unwrap();
        }

        #[test]
        fn a_thread_that_computes_gives_way() {
            ends(|| {
                let gil = Arc::new(Gil::new(0));
                let mut token = gil.attach().unwrap();
                let others: Vec<_> = (0..4)
                    .map(|_| {
                        let gil = Arc::clone(&gil);
                        thread::spawn(move || *gil.attach().unwrap() += 1)
                    })
                    .collect();
                while *token < 4 {
                    token.checkpoint().unwrap();
                }
                assert!(gil.statistics().forced_hand_overs > 0);
                drop(token);
                others.into_iter().for_each(|other| other.join().unwrap());
            });
        }

        #[test]
        fn nobody_asks_before_its_time() {
            ends(|| {
                let every = Duration::from_millis(20);
                let policy = Policy::Interval {
                    every,
                    returning: Some(Duration::ZERO),
                };
                let gil = Arc::new(Gil::with_policy((), policy));
                let mut token = gil.attach().unwrap();
                let start = Instant::now();
                let other = {
                    let gil = Arc::clone(&gil);
                    thread::spawn(move || drop(gil.attach().unwrap()))
                };
                until(|| token.is_asked());
                assert!(start.elapsed() >= every);
                token.checkpoint().unwrap();
                other.join().unwrap();
                assert!(gil.statistics().longest_wait >= every);
            });
        }

        #[test]
        fn who_comes_back_goes_first() {
            ends(|| {
                let policy = Policy::Interval {
                    every: Duration::MAX,
                    returning: Some(Duration::ZERO),
                };
                let gil = Arc::new(Gil::with_policy(Vec::new(), policy));
                let (away, back) = (
                    Arc::new(AtomicBool::new(false)),
                    Arc::new(AtomicBool::new(false)),
                );
                let returning = {
                    let (gil, away, back) =
                        (Arc::clone(&gil), Arc::clone(&away), Arc::clone(&back));
                    thread::spawn(move || {
                        let mut token = gil.attach().unwrap();
                        token
                            .detach(|| {
                                away.store(true, Relaxed);
                                until(|| back.load(Relaxed));
                            })
                            .unwrap();
                        token.push("returns");
                    })
                };
                until(|| away.load(Relaxed));
                let mut token = gil.attach().unwrap();
                let computing = {
                    let gil = Arc::clone(&gil);
                    thread::spawn(move || gil.attach().unwrap().push("computes"))
                };
                until(|| gil.has_waiters());
                back.store(true, Relaxed);
                until(|| token.is_asked());
                token.checkpoint().unwrap();
                assert_eq!(token.first(), Some(&"returns"));
                drop(token);
                returning.join().unwrap();
                computing.join().unwrap();
                assert_eq!(gil.statistics().requests, 1);
            });
        }

        /// A thread that comes back all the time, after `away`, and stays attached for so long.
        fn comes_back(
            gil: &Arc<Gil<usize>>,
            over: &Arc<AtomicBool>,
            away: Duration,
            stays: Duration,
        ) -> thread::JoinHandle<()> {
            let (gil, over) = (Arc::clone(gil), Arc::clone(over));
            thread::spawn(move || {
                let mut token = gil.attach().unwrap();
                while !over.load(Relaxed) {
                    token.detach(|| thread::sleep(away)).unwrap();
                    thread::sleep(stays);
                    *token += 1;
                }
            })
        }

        /// A turn ends, whoever interrupts it, how many, how often and for how long: who waits for its own has it.
        #[test]
        fn a_turn_ends_whoever_interrupts_it() {
            const TURN: Duration = Duration::from_millis(10);
            for (returning, away, stays) in [
                (1, TURN / 100, Duration::ZERO),
                (1, TURN / 10, 3 * TURN),
                (2, TURN / 100, TURN / 10),
                (3, TURN / 100, Duration::ZERO),
            ] {
                ends(move || {
                    let policy = Policy::Interval {
                        every: TURN,
                        returning: Some(Duration::ZERO),
                    };
                    let gil = Arc::new(Gil::with_policy(0, policy));
                    let over = Arc::new(AtomicBool::new(false));
                    let returning: Vec<_> = (0..returning)
                        .map(|_| comes_back(&gil, &over, away, stays))
                        .collect();
                    until(|| *gil.attach().unwrap() > 0);
                    let mut token = gil.attach().unwrap();
                    let mut was_interrupted = false;
                    while !was_interrupted {
                        let before = *token;
                        let waiting = {
                            let gil = Arc::clone(&gil);
                            let long = Duration::from_secs(5);
                            thread::spawn(move || gil.attach_for(long).unwrap().is_some())
                        };
                        while !waiting.is_finished() {
                            token.checkpoint().unwrap();
                        }
                        assert!(waiting.join().unwrap(), "the turn does not end");
                        was_interrupted = *token > before;
                    }
                    over.store(true, Relaxed);
                    drop(token);
                    for thread in returning {
                        thread.join().unwrap();
                    }
                });
            }
        }

        /// A turn ends with the first interruption after an interval, and not when enough of them have worn down who waits.
        #[test]
        fn a_turn_is_not_longer_for_being_interrupted() {
            ends(|| {
                let every = 10 * MILLISECOND;
                let policy = Policy::Interval {
                    every,
                    returning: Some(Duration::ZERO),
                };
                let gil = Arc::new(Gil::with_policy(0, policy));
                let over = Arc::new(AtomicBool::new(false));
                let returning = comes_back(&gil, &over, every / 2, Duration::ZERO);
                until(|| *gil.attach().unwrap() > 0);
                let mut token = gil.attach().unwrap();
                // Two interruptions, and one that ends it; more only if the thread that waits begins to wait late.
                let ended_in_time = (0..20).any(|_| {
                    let before = *token;
                    let waiting = {
                        let gil = Arc::clone(&gil);
                        thread::spawn(move || *gil.attach().unwrap())
                    };
                    while !waiting.is_finished() {
                        token.checkpoint().unwrap();
                    }
                    waiting.join().unwrap() - before <= 4
                });
                over.store(true, Relaxed);
                drop(token);
                returning.join().unwrap();
                assert!(ended_in_time, "it goes on and on");
            });
        }

        #[test]
        fn gives_up_not_before_its_time() {
            ends(|| {
                let gil = Arc::new(Gil::with_policy(0, PATIENT));
                let token = gil.attach().unwrap();
                let other = Arc::clone(&gil);
                thread::spawn(move || {
                    for millis in [0, 1, 10] {
                        let timeout = Duration::from_millis(millis);
                        let start = Instant::now();
                        assert!(other.attach_for(timeout).unwrap().is_none());
                        assert!(start.elapsed() >= timeout);
                    }
                    assert!(other.attach_until(Instant::now()).unwrap().is_none());
                    assert!(other.try_attach().unwrap().is_none());
                })
                .join()
                .unwrap();
                assert!(!gil.has_waiters());
                drop(token);
                // No deadline at all.
                assert!(gil.attach_for(Duration::MAX).unwrap().is_some());
                assert!(gil.attach_until(Instant::now()).unwrap().is_some());
            });
        }

        #[test]
        fn finalizing_leaves_nobody_behind() {
            for policy in POLICIES {
                ends(move || {
                    let gil = Arc::new(Gil::with_policy(0, policy));
                    let ended = Arc::new(AtomicUsize::new(0));
                    let mut token = gil.attach().unwrap();
                    let mut threads = Vec::new();
                    for number in 0..9 {
                        let (gil, ended) = (Arc::clone(&gil), Arc::clone(&ended));
                        threads.push(thread::spawn(move || {
                            let work = || -> Result<(), AttachError> {
                                let gone = |_| AttachError::Finalized;
                                let mut token = gil.attach()?;
                                loop {
                                    *token += 1;
                                    if number % 3 == 0 {
                                        token.detach(thread::yield_now).map_err(gone)?;
                                    } else {
                                        token.checkpoint().map_err(gone)?;
                                    }
                                    if number % 3 == 1 {
                                        drop(token);
                                        token = gil.attach()?;
                                    }
                                }
                            };
                            assert_eq!(work(), Err(AttachError::Finalized));
                            ended.fetch_add(1, Relaxed);
                        }));
                    }
                    if policy != PATIENT && matches!(policy, Policy::Interval { .. }) {
                        while gil.statistics().attaches < 100 {
                            token.checkpoint().unwrap();
                        }
                    } else {
                        // Nobody is bound to let this thread in again.
                        until(|| gil.statistics().waits >= 9);
                    }
                    token.finalize();
                    token.finalize();
                    assert_eq!(token.checkpoint(), Ok(()));
                    let state = *token;
                    threads
                        .into_iter()
                        .for_each(|thread| thread.join().unwrap());
                    assert_eq!(ended.load(Relaxed), 9);
                    assert_eq!(*token, state, "somebody was let in");
                    assert_eq!(token.detach(|| 7), Ok(7));
                    assert!(token.is_attached());
                    drop(token);
                    assert!(gil.is_finalized());
                    assert_eq!(gil.attach().err(), Some(AttachError::Finalized));
                    assert_eq!(Arc::into_inner(gil).unwrap().into_inner(), state);
                });
            }
        }

        #[test]
        fn a_dead_token() {
            ends(|| {
                let gil = Gil::new(5);
                let mut token = gil.attach().unwrap();
                let result = token.detach(|| {
                    // As another thread would.
                    gil.attach().unwrap().finalize();
                    "in hand"
                });
                assert_eq!(result.unwrap_err().into_inner(), "in hand");
                assert!(!token.is_attached() && !token.is_asked());
                assert_eq!(token.checkpoint(), Err(Finalized(())));
                assert_eq!(token.detach(|| 7), Err(Finalized(7)));
                let mutex = $world::Mutex::new(3);
                let locked = token.detach_while_locking(&mutex);
                assert_eq!(*locked.unwrap_err().into_inner(), 3);
                assert_eq!(format!("{token:?}"), "Attached(<finalized>)");
                token.finalize();
                let payload = catch_unwind(AssertUnwindSafe(|| *token)).unwrap_err();
                let message = payload.downcast_ref::<&str>().expect("a message");
                assert!(
                    message.starts_with("selvedge: a token gives access"),
                    "{message}"
                );
                assert!(catch_unwind(AssertUnwindSafe(|| *token = 1)).is_err());
                drop(token);
                let mut gil = gil;
                assert_eq!(*gil.get_mut(), 5);
            });
        }

        /// A thread cannot come back while a token of its own is alive: that is said, and is not taken for the end of the Gil.
        #[test]
        fn a_token_that_outlives_detach() {
            ends(|| {
                let gil = Gil::new(0);
                let mut outer = gil.attach().unwrap();
                let back = AssertUnwindSafe(|| outer.detach(|| gil.attach().unwrap()).is_ok());
                let panic = catch_unwind(back).unwrap_err();
                let told = panic.downcast_ref::<&str>().expect("a message");
                assert!(told.contains("drop that one inside of `detach`"), "{told}");
                assert!(!outer.is_attached() && !gil.is_finalized());
                drop(outer);
                assert_eq!(*gil.attach().unwrap(), 0);
            });
        }

        #[test]
        fn attached_twice() {
            ends(|| {
                for policy in POLICIES {
                    let gil = Gil::with_policy(0, policy);
                    let mut token = gil.attach().unwrap();
                    let twice = Some(AttachError::AlreadyAttached);
                    assert_eq!(gil.attach().err(), twice);
                    assert_eq!(gil.try_attach().err(), twice);
                    assert_eq!(gil.attach_for(MILLISECOND).err(), twice);
                    assert_eq!(gil.attach_until(Instant::now()).err(), twice);
                    token
                        .detach(|| {
                            let mut nested = gil.attach().unwrap();
                            *nested += 1;
                            assert_eq!(gil.attach().err(), twice);
                        })
                        .unwrap();
                    assert_eq!(*token, 1);
                    assert!(std::ptr::eq(token.gil(), &gil));
                    // A token that was forgotten stays.
                    std::mem::forget(token);
                    assert_eq!(gil.attach().err(), twice);
                }
            });
        }

        #[test]
        fn panics() {
            ends(|| {
                let gil = Gil::new(0);
                let result = catch_unwind(AssertUnwindSafe(|| {
                    let mut token = gil.attach().unwrap();
                    let away = catch_unwind(AssertUnwindSafe(|| {
                        token.detach(|| panic!("on purpose"))
                    }));
                    assert!(away.is_err());
                    assert!(token.is_attached());
                    *token += 1;
                    panic!("on purpose, attached");
                }));
                assert!(result.is_err());
                assert!(!gil.is_held(), "the token was dropped");
                assert_eq!(*gil.attach().unwrap(), 1);
            });
        }

        #[test]
        fn a_mutex_inside() {
            ends(|| {
                let gil = Gil::new(0);
                let mutex = $world::Mutex::new(0);
                thread::scope(|scope| {
                    scope.spawn(|| {
                        for _ in 0..2_000 {
                            let mut inner = mutex.lock();
                            *inner += 1;
                            *gil.attach().unwrap() += 1;
                        }
                    });
                    for _ in 0..2_000 {
                        let mut token = gil.attach().unwrap();
                        let mut inner = token.detach_while_locking(&mutex).unwrap();
                        *inner += 1;
                        *token += 1;
                    }
                });
                assert_eq!((mutex.into_inner(), gil.into_inner()), (4_000, 4_000));
            });
        }

        #[test]
        fn counts() {
            ends(|| {
                let gil = Gil::with_policy((), PATIENT);
                assert_eq!(gil.statistics(), Statistics::default());
                drop(gil.attach().unwrap());
                gil.attach().unwrap().detach(|| ()).unwrap();
                let token = gil.attach().unwrap();
                thread::scope(|scope| {
                    scope.spawn(|| drop(gil.attach().unwrap()));
                    until(|| gil.statistics().waits == 1);
                    thread::sleep(MILLISECOND);
                    drop(token);
                });
                let counted = gil.statistics();
                assert_eq!(counted.attaches, 5);
                assert_eq!((counted.waits, counted.requests), (1, 0));
                assert_eq!(counted.forced_hand_overs, 0);
                assert_eq!(counted.voluntary_hand_overs, 0);
                assert!(counted.longest_wait >= MILLISECOND);
            });
        }

        #[test]
        fn old_checkpoints_let_others_in() {
            ends(|| {
                let gil = Gil::with_policy(0, Policy::Ticks(3));
                let mut token = gil.attach().unwrap();
                for _ in 0..9 {
                    token.checkpoint().unwrap();
                }
                assert_eq!(gil.statistics().attaches, 4);
                thread::scope(|scope| {
                    scope.spawn(|| *gil.attach().unwrap() += 1);
                    // Whoever is faster: nobody is bound to let the other one in.
                    for _ in 0..100 {
                        token.checkpoint().unwrap();
                        token.detach(thread::yield_now).unwrap();
                    }
                    drop(token);
                });
            });
        }

        #[test]
        fn at_the_end_of_a_thread() {
            struct Attaches;
            impl Drop for Attaches {
                fn drop(&mut self) {
                    let mut token = SHARED.attach().unwrap();
                    assert_eq!(SHARED.attach().err(), Some(AttachError::AlreadyAttached));
                    *token += 1;
                }
            }
            thread_local!(static AT_THE_END: Attaches = const { Attaches });
            ends(|| {
                let threads: Vec<_> = (0..8)
                    .map(|_| thread::spawn(|| AT_THE_END.with(|_| ())))
                    .collect();
                threads
                    .into_iter()
                    .for_each(|thread| thread.join().unwrap());
                assert_eq!(*SHARED.attach().unwrap(), 8);
            });
        }

        #[test]
        fn shows_itself() {
            let gil = Gil::from(7);
            assert_eq!(
                format!("{gil:?}"),
                "Gil { held: false, waited_for: false, finalized: false, .. }"
            );
            let mut token = gil.attach().unwrap();
            assert_eq!(format!("{token:?}"), "Attached(7)");
            token.finalize();
            drop(token);
            assert_eq!(
                format!("{gil:?}"),
                "Gil { held: false, waited_for: false, finalized: true, .. }"
            );
            let refused = gil.attach().unwrap_err();
            assert_eq!(refused.to_string(), "the interpreter was finalized");
            assert_eq!(Finalized(0).to_string(), refused.to_string());
            assert_eq!(format!("{:?}", Finalized(0)), "Finalized { .. }");
            assert_eq!(Gil::<u8>::default().into_inner(), 0);
            assert_eq!(Policy::default(), Policy::DEFAULT);
        }
    };
}
#[allow(unused_imports, reason = "each test file uses its kind's part")]
pub(crate) use suite;
