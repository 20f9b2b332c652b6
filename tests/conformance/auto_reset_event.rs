//! What every `AutoResetEvent` must do on real threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use super::{PATIENCE, ends, until};

/// An `AutoResetEvent` of either backend.
pub trait AnyAutoResetEvent: Default + Send + Sync + 'static {
    fn new_set() -> Self;
    fn set(&self);
    fn reset(&self) -> bool;
    fn is_set(&self) -> bool;
    fn try_wait(&self) -> bool;
    fn wait(&self);
    fn wait_timeout(&self, timeout: Duration) -> bool;
    fn wait_until(&self, deadline: Instant) -> bool;
}

pub fn is_taken_once<E: AnyAutoResetEvent>() {
    ends(|| {
        let event = E::default();
        assert!(!event.is_set() && !event.reset() && !event.try_wait());
        for take in [
            |event: &E| event.try_wait(),
            |event: &E| event.reset(),
            |event: &E| event.wait_timeout(Duration::ZERO),
            |event: &E| event.wait_until(Instant::now()),
            |event: &E| {
                event.wait();
                true
            },
        ] {
            event.set();
            event.set(); // they are one
            assert!(event.is_set() && take(&event));
            assert!(!event.is_set() && !event.reset() && !event.try_wait());
            assert!(!event.wait_timeout(Duration::ZERO));
        }
        let event = E::new_set();
        event.wait();
        assert!(!event.try_wait());
    });
}

/// Set once, and whoever is released sets it again: a lock around two plain numbers.
pub fn one_at_a_time<E: AnyAutoResetEvent>() {
    const THREADS: u32 = 8;
    const ROUNDS: u32 = 5_000;
    struct Locked<E>(E, std::cell::UnsafeCell<(u32, u32)>);
    // SAFETY: used by one thread at a time, which is what is tested.
    unsafe impl<E: Sync> Sync for Locked<E> {}
    ends(|| {
        let shared = Arc::new(Locked(E::new_set(), (0, 0).into()));
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let shared = Arc::clone(&shared);
                thread::spawn(move || {
                    for round in 0..ROUNDS {
                        let taken = match (thread + round) % 4 {
                            0 => shared.0.try_wait(),
                            1 => shared.0.wait_timeout(Duration::from_micros(20)),
                            _ => false,
                        };
                        if !taken {
                            shared.0.wait();
                        }
                        // SAFETY: this thread alone has taken the `set`.
                        let numbers = unsafe { &mut *shared.1.get() };
                        assert_eq!(numbers.0, numbers.1, "somebody else is in here");
                        numbers.0 += 1;
                        std::hint::black_box(&numbers);
                        numbers.1 += 1;
                        shared.0.set();
                    }
                })
            })
            .collect();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        assert!(shared.0.try_wait() && !shared.0.try_wait());
        // SAFETY: all threads have ended.
        let numbers = unsafe { *shared.1.get() };
        assert_eq!(numbers, (THREADS * ROUNDS, THREADS * ROUNDS));
    });
}

/// Threads that wait, and as many sets right after one another: each releases one, and no more than that.
pub fn each_set_releases_one<E: AnyAutoResetEvent>() {
    const WAITERS: u32 = 8;
    ends(|| {
        let shared = Arc::new((E::default(), AtomicU32::new(0)));
        let threads: Vec<_> = (0..WAITERS)
            .map(|thread| {
                let shared = Arc::clone(&shared);
                thread::spawn(move || {
                    match thread % 3 {
                        0 => shared.0.wait(),
                        1 => assert!(shared.0.wait_timeout(PATIENCE * 10)),
                        _ => assert!(shared.0.wait_timeout(Duration::MAX)),
                    }
                    shared.1.fetch_add(1, Relaxed);
                })
            })
            .collect();
        let released = |count| {
            until(|| shared.1.load(Relaxed) >= count);
            thread::sleep(Duration::from_millis(5));
            assert_eq!(shared.1.load(Relaxed), count, "released without a set");
        };
        released(0);
        // There is at least one who waits or will, until all have been released.
        for count in 1..=3 {
            shared.0.set();
            released(count);
        }
        // All the others wait by now if the machine is not very slow; if some do not, some of these sets are one, and
        // the last ones make up for it.
        for _ in 3..WAITERS {
            shared.0.set();
        }
        while shared.1.load(Relaxed) < WAITERS {
            thread::sleep(Duration::from_millis(20));
            if !shared.0.is_set() && shared.1.load(Relaxed) < WAITERS {
                println!("some came late");
                shared.0.set();
            }
        }
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
    });
}

/// A consumer is told by whoever has produced, with deadlines that come and go: nothing is left lying.
pub fn nothing_is_lost_beside_timeouts<E: AnyAutoResetEvent>() {
    const ITEMS: u32 = 20_000;
    ends(|| {
        let shared = Arc::new((E::default(), AtomicU32::new(0), AtomicU32::new(0)));
        let producer = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                for _ in 0..ITEMS {
                    shared.1.fetch_add(1, Relaxed);
                    shared.0.set();
                }
            })
        };
        let consumers: Vec<_> = (0..3)
            .map(|_| {
                let shared = Arc::clone(&shared);
                thread::spawn(move || {
                    while shared.2.load(Relaxed) < ITEMS {
                        if shared.0.wait_timeout(Duration::from_micros(30)) {
                            shared.2.fetch_add(shared.1.swap(0, Relaxed), Relaxed);
                        }
                    }
                })
            })
            .collect();
        producer.join().unwrap();
        consumers
            .into_iter()
            .for_each(|consumer| consumer.join().unwrap());
        assert_eq!(shared.2.load(Relaxed), ITEMS);
    });
}

pub fn gives_up_not_before_its_time<E: AnyAutoResetEvent>() {
    ends(|| {
        let event = E::default();
        for millis in [0, 1, 10] {
            let (start, timeout) = (Instant::now(), Duration::from_millis(millis));
            assert!(!event.wait_timeout(timeout));
            assert!(start.elapsed() >= timeout);
            let deadline = Instant::now() + timeout;
            assert!(!event.wait_until(deadline));
            assert!(Instant::now() >= deadline);
        }
        event.set();
        assert!(
            event.is_set() && event.try_wait(),
            "one that gave up is still counted"
        );
    });
}
