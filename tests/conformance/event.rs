//! What every `Event` must do on real threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use super::{PATIENCE, ends, until};

/// An `Event` of either backend.
pub trait AnyEvent: Default + Send + Sync + 'static {
    fn new_set() -> Self;
    fn set(&self);
    fn reset(&self) -> bool;
    fn is_set(&self) -> bool;
    fn wait(&self);
    fn wait_timeout(&self, timeout: Duration) -> bool;
    fn wait_until(&self, deadline: Instant) -> bool;
}

pub fn stays_set_until_it_is_reset<E: AnyEvent>() {
    ends(|| {
        let event = E::default();
        assert!(!event.is_set() && !event.reset());
        for _ in 0..3 {
            event.set();
            event.set();
            event.wait();
            assert!(event.wait_timeout(Duration::ZERO));
            assert!(event.wait_until(Instant::now()));
            assert!(event.is_set() && event.reset() && !event.is_set() && !event.reset());
            assert!(!event.wait_timeout(Duration::ZERO));
        }
        let event = E::new_set();
        event.wait();
        assert!(event.reset() && !event.reset());
    });
}

pub fn a_set_releases_all<E: AnyEvent>() {
    ends(|| {
        for _ in 0..200 {
            let shared = Arc::new((E::default(), AtomicU32::new(0)));
            let threads: Vec<_> = (0..8)
                .map(|thread| {
                    let shared = Arc::clone(&shared);
                    thread::spawn(move || {
                        match thread % 3 {
                            0 => shared.0.wait(),
                            1 => assert!(shared.0.wait_timeout(PATIENCE * 10)),
                            // For so long that there is no such moment.
                            _ => assert!(shared.0.wait_timeout(Duration::MAX)),
                        }
                        assert_eq!(shared.1.load(Relaxed), 1);
                    })
                })
                .collect();
            thread::yield_now();
            shared.1.fetch_add(1, Relaxed);
            shared.0.set();
            threads
                .into_iter()
                .for_each(|thread| thread.join().unwrap());
        }
    });
}

/// Each is released again and again by pulses: a `set` and at once a `reset`. Nobody misses one that he waits for.
pub fn a_pulse_releases_all<E: AnyEvent>() {
    const THREADS: u32 = 4;
    const ROUNDS: u32 = 500;
    ends(|| {
        // The event, how many are about to wait, and how many came back.
        let shared = Arc::new((E::default(), AtomicU32::new(0), AtomicU32::new(0)));
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                let shared = Arc::clone(&shared);
                thread::spawn(move || {
                    for round in 1..=ROUNDS {
                        shared.1.fetch_add(1, Relaxed);
                        shared.0.wait();
                        shared.2.fetch_add(1, Relaxed);
                        until(|| shared.2.load(Relaxed) >= round * THREADS);
                    }
                })
            })
            .collect();
        for round in 1..=ROUNDS {
            until(|| shared.1.load(Relaxed) >= round * THREADS);
            // Those who have not begun to wait yet are released by the next one.
            while shared.2.load(Relaxed) < round * THREADS {
                shared.0.set();
                shared.0.reset();
                thread::yield_now();
            }
        }
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
    });
}

pub fn gives_up_not_before_its_time<E: AnyEvent>() {
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
        event.set(); // with the mark of those that have given up
        assert!(event.wait_until(Instant::now()));
    });
}

/// Freed as soon as it was waited for.
pub fn freed_by_the_waiter<E: AnyEvent>() {
    ends(|| {
        for _ in 0..500 {
            let event = Box::into_raw(Box::new(E::default()));
            let address = event.expose_provenance();
            let setter = thread::spawn(move || {
                let event = std::ptr::with_exposed_provenance::<E>(address);
                // SAFETY: the waiter frees it when it is set, and that is the last that is done here.
                unsafe { E::set(&*event) };
            });
            // SAFETY: alive until the next line.
            unsafe { &*event }.wait();
            // SAFETY: from `into_raw` above.
            drop(unsafe { Box::from_raw(event) });
            setter.join().unwrap();
        }
    });
}
