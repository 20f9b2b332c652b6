//! What every `Barrier` must do on real threads.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use super::{PATIENCE, ends};

/// A `Barrier` of either backend. Where a generation is complete, the result is whether this was the leader.
pub trait AnyBarrier: Send + Sync + core::fmt::Debug + 'static {
    type Arrival<'a>: Send + Sync + core::fmt::Debug;
    fn new(threads: usize) -> Self;
    fn wait(&self) -> bool;
    fn wait_timeout(&self, timeout: Duration) -> Option<bool>;
    fn wait_until(&self, deadline: Instant) -> Option<bool>;
    fn arrive(&self) -> Self::Arrival<'_>;
    fn finish(arrival: Self::Arrival<'_>) -> bool;
    fn finish_timeout(arrival: Self::Arrival<'_>, timeout: Duration) -> Option<bool>;
    fn finish_until(arrival: Self::Arrival<'_>, deadline: Instant) -> Option<bool>;
    fn is_complete(arrival: &Self::Arrival<'_>) -> bool;
    fn cancel(arrival: Self::Arrival<'_>) -> Option<bool>;
}

/// How many have arrived, which only `Debug` tells.
fn assert_arrived<B: AnyBarrier>(barrier: &B, arrived: usize) {
    let shown = format!("{barrier:?}");
    assert!(
        shown.ends_with(&format!("arrived: {arrived} }}")),
        "{shown}"
    );
}

pub fn meet_again_and_again<B: AnyBarrier>() {
    const STEPS: usize = 300;
    for threads in [2, 3, 8] {
        ends(move || {
            let shared = Arc::new((
                B::new(threads),
                (0..STEPS).map(|_| AtomicUsize::new(0)).collect::<Vec<_>>(),
                (0..STEPS).map(|_| AtomicUsize::new(0)).collect::<Vec<_>>(),
            ));
            let walkers: Vec<_> = (0..threads)
                .map(|thread| {
                    let shared = Arc::clone(&shared);
                    thread::spawn(move || {
                        let (barrier, arrived, leaders) = &*shared;
                        for step in 0..STEPS {
                            arrived[step].fetch_add(1, Relaxed);
                            let leader = match (thread + step) % 4 {
                                0 => loop {
                                    let met = barrier.wait_timeout(Duration::from_micros(50));
                                    if let Some(leader) = met {
                                        break leader;
                                    }
                                },
                                1 => B::finish(barrier.arrive()),
                                2 => {
                                    let arrival = barrier.arrive();
                                    B::cancel(arrival).unwrap_or_else(|| barrier.wait())
                                }
                                _ => barrier.wait(),
                            };
                            leaders[step].fetch_add(leader.into(), Relaxed);
                            assert_eq!(arrived[step].load(Relaxed), threads);
                        }
                    })
                })
                .collect();
            walkers
                .into_iter()
                .for_each(|walker| walker.join().unwrap());
            for leaders in &shared.2 {
                assert_eq!(leaders.load(Relaxed), 1, "one leads in each generation");
            }
            assert_arrived(&shared.0, 0);
        });
    }
}

pub fn more_threads_than_meet<B: AnyBarrier>() {
    const THREADS: usize = 7;
    const GENERATIONS: usize = 1000;
    for meet in [2, 3] {
        ends(move || {
            // The barrier, the arrivals that are left to make, and the leaders.
            let arrivals = AtomicUsize::new(meet * GENERATIONS);
            let shared = Arc::new((B::new(meet), arrivals, AtomicUsize::new(0)));
            let threads: Vec<_> = (0..THREADS)
                .map(|_| {
                    let shared = Arc::clone(&shared);
                    thread::spawn(move || {
                        let (barrier, left, leaders) = &*shared;
                        while left
                            .fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1))
                            .is_ok()
                        {
                            leaders.fetch_add(barrier.wait().into(), Relaxed);
                        }
                    })
                })
                .collect();
            threads
                .into_iter()
                .for_each(|thread| thread.join().unwrap());
            assert_eq!(shared.2.load(Relaxed), GENERATIONS);
            assert_arrived(&shared.0, 0);
        });
    }
}

pub fn nobody_is_left_behind_by_those_who_give_up<B: AnyBarrier>() {
    const THREADS: usize = 5;
    const MEET: usize = 3;
    ends(|| {
        let shared = Arc::new((B::new(MEET), AtomicUsize::new(0), AtomicUsize::new(0)));
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let shared = Arc::clone(&shared);
                thread::spawn(move || {
                    let (barrier, met, leaders) = &*shared;
                    for round in 0..1000 {
                        let micros = [0, 5, 20, 60][(thread + round) % 4];
                        let timeout = Duration::from_micros(micros);
                        let result = match round % 3 {
                            0 => barrier.wait_timeout(timeout),
                            1 => B::finish_timeout(barrier.arrive(), timeout),
                            _ => B::cancel(barrier.arrive()),
                        };
                        if let Some(leader) = result {
                            met.fetch_add(1, Relaxed);
                            leaders.fetch_add(leader.into(), Relaxed);
                        }
                    }
                })
            })
            .collect();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        let (barrier, met, leaders) = &*shared;
        assert_eq!(
            met.load(Relaxed),
            MEET * leaders.load(Relaxed),
            "three met each time, or none"
        );
        assert_arrived(barrier, 0);
    });
}

pub fn gives_up_not_before_its_time<B: AnyBarrier>() {
    ends(|| {
        let barrier = Arc::new(B::new(2));
        for millis in [1, 5, 20] {
            let timeout = Duration::from_millis(millis);
            for way in 0..4 {
                let start = Instant::now();
                let result = match way {
                    0 => barrier.wait_timeout(timeout),
                    1 => barrier.wait_until(start + timeout),
                    2 => B::finish_timeout(barrier.arrive(), timeout),
                    _ => B::finish_until(barrier.arrive(), start + timeout),
                };
                assert_eq!(result, None);
                assert!(start.elapsed() >= timeout);
                assert_arrived(&*barrier, 0);
            }
        }
        assert_eq!(barrier.wait_timeout(Duration::ZERO), None);
        // One that has time is let go by the other's arrival and not by its deadline.
        for timeout in [PATIENCE * 10, Duration::MAX] {
            let waiter = {
                let barrier = Arc::clone(&barrier);
                thread::spawn(move || barrier.wait_timeout(timeout))
            };
            thread::sleep(Duration::from_millis(20));
            let leads = barrier.wait();
            assert_eq!(waiter.join().unwrap(), Some(!leads));
        }
    });
}

pub fn one_meets_itself<B: AnyBarrier>() {
    for threads in [0, 1] {
        let barrier = B::new(threads);
        for _ in 0..3 {
            assert!(barrier.wait());
            assert_eq!(barrier.wait_timeout(Duration::ZERO), Some(true));
            let arrival = barrier.arrive();
            assert!(B::is_complete(&arrival));
            assert_eq!(B::cancel(arrival), Some(true));
            drop(barrier.arrive());
            assert!(B::finish(barrier.arrive()));
        }
    }
}

pub fn arrivals_count_until_they_are_cancelled<B: AnyBarrier>() {
    ends(|| {
        let barrier = B::new(3);
        let first = barrier.arrive();
        let second = barrier.arrive();
        assert_eq!(format!("{barrier:?}"), "Barrier { threads: 3, arrived: 2 }");
        assert_eq!(
            format!("{first:?}"),
            "BarrierArrival { is_leader: false, .. }"
        );
        assert!(!B::is_complete(&first));
        assert_eq!(B::cancel(second), None);
        assert_arrived(&barrier, 1);
        drop(first);
        assert_arrived(&barrier, 0);
        // Whoever goes away with a panic does not let the others go on.
        let result = catch_unwind(AssertUnwindSafe(|| {
            let _arrival = barrier.arrive();
            panic!("with the arrival alive");
        }));
        assert!(result.is_err());
        assert_arrived(&barrier, 0);

        let first = barrier.arrive();
        core::mem::forget(barrier.arrive());
        assert_arrived(&barrier, 2);
        let last = barrier.arrive();
        assert_arrived(&barrier, 0);
        // The next generation; nothing that happens to the arrivals of the first one changes it.
        let next = barrier.arrive();
        assert!(B::is_complete(&first) && B::is_complete(&last) && !B::is_complete(&next));
        assert_eq!(B::cancel(first), Some(false));
        drop(last);
        assert_arrived(&barrier, 1);
        // An arrival is waited for by whichever thread has it.
        thread::scope(|scope| {
            let waiter = scope.spawn(move || B::finish(next));
            let second = barrier.arrive();
            assert!(barrier.wait(), "the last to arrive");
            assert!(!B::finish(second) && !waiter.join().unwrap());
        });
    });
}

pub fn refuses_too_many<B: AnyBarrier>() {
    drop(B::new(1 << 22));
    let payload = catch_unwind(|| drop(B::new((1 << 22) + 1))).expect_err("it must panic");
    let message = payload.downcast_ref::<&str>().expect("a message");
    assert!(
        message.starts_with("selvedge: a Barrier lets 4194304 threads meet at most"),
        "{message}"
    );
    // As many as there may be: the last of them completes the generation, and no other one.
    let barrier = B::new(1 << 22);
    for _ in 1..1 << 22 {
        core::mem::forget(barrier.arrive());
    }
    assert_arrived(&barrier, (1 << 22) - 1);
    let last = barrier.arrive();
    assert!(B::finish(last));
    assert_arrived(&barrier, 0);
}
