//! What every `Parker` must do on real threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use super::{PATIENCE, ends, until};

/// A `Parker` of either backend.
pub trait AnyParker: Default + Send + 'static {
    type Unparker: Clone + Send + Sync + 'static;
    fn park(&self);
    fn park_timeout(&self, timeout: Duration) -> bool;
    fn park_deadline(&self, deadline: Instant) -> bool;
    fn unparker(&self) -> Self::Unparker;
    fn unpark(unparker: &Self::Unparker);
}

pub fn has_one_token<P: AnyParker>() {
    ends(|| {
        let parker = P::default();
        let unparker = parker.unparker();
        for take in [
            |parker: &P| parker.park_timeout(Duration::ZERO),
            |parker: &P| parker.park_timeout(Duration::MAX),
            |parker: &P| parker.park_deadline(Instant::now()),
            |parker: &P| {
                parker.park();
                true
            },
        ] {
            assert!(!parker.park_timeout(Duration::ZERO));
            P::unpark(&unparker);
            P::unpark(&unparker);
            assert!(take(&parker));
        }
        assert!(!parker.park_deadline(Instant::now()));
    });
}

/// The parker's token is not the thread's.
pub fn leaves_the_threads_token_alone<P: AnyParker>() {
    ends(|| {
        let parker = P::default();
        thread::current().unpark();
        assert!(!parker.park_timeout(Duration::from_millis(1)));
        P::unpark(&parker.unparker());
        thread::park(); // returns: the thread's own token is still there
        parker.park(); // and so is the parker's
    });
}

/// A turn that is passed on in a ring.
pub fn passes_a_turn<P: AnyParker>() {
    const THREADS: usize = 4;
    const ROUNDS: u32 = 5_000;
    ends(|| {
        let parkers: Vec<_> = (0..THREADS).map(|_| P::default()).collect();
        let unparkers: Vec<_> = parkers.iter().map(P::unparker).collect();
        let turn = Arc::new(AtomicU32::new(0));
        let threads: Vec<_> = parkers
            .into_iter()
            .enumerate()
            .map(|(number, parker)| {
                let next = unparkers[(number + 1) % THREADS].clone();
                let turn = Arc::clone(&turn);
                thread::spawn(move || {
                    for round in 0..ROUNDS {
                        match round % 3 {
                            0 => parker.park(),
                            1 => assert!(parker.park_timeout(PATIENCE * 10)),
                            _ => while !parker.park_timeout(Duration::from_micros(10)) {},
                        }
                        assert_eq!(
                            turn.fetch_add(1, Relaxed),
                            round * THREADS as u32 + number as u32,
                            "parked without a token"
                        );
                        P::unpark(&next);
                    }
                    parker
                })
            })
            .collect();
        P::unpark(&unparkers[0]);
        let parkers: Vec<_> = threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect();
        // The last turn is the first one's, who does not take it any more.
        assert!(parkers[0].park_timeout(Duration::ZERO));
        assert!(!parkers[1].park_timeout(Duration::ZERO));
    });
}

pub fn many_unparkers<P: AnyParker>() {
    const THREADS: u32 = 8;
    const ROUNDS: u32 = 2_000;
    ends(|| {
        let parker = P::default();
        let given = Arc::new(AtomicU32::new(0));
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                let (unparker, given) = (parker.unparker(), Arc::clone(&given));
                thread::spawn(move || {
                    for _ in 0..ROUNDS {
                        given.fetch_add(1, Relaxed);
                        P::unpark(&unparker);
                    }
                })
            })
            .collect();
        let mut seen = 0;
        while seen < THREADS * ROUNDS {
            parker.park();
            seen = given.load(Relaxed);
        }
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
    });
}

/// The parker is dropped as soon as it was unparked; the unparker outlives it.
pub fn ends_before_its_unparker<P: AnyParker>() {
    ends(|| {
        for _ in 0..500 {
            let parker = P::default();
            let unparker = parker.unparker();
            let begun = Arc::new(AtomicU32::new(0));
            let other = {
                let begun = Arc::clone(&begun);
                thread::spawn(move || {
                    begun.store(1, Relaxed);
                    P::unpark(&unparker);
                    P::unpark(&unparker);
                })
            };
            until(|| begun.load(Relaxed) == 1);
            parker.park();
            drop(parker);
            other.join().unwrap();
        }
    });
}

pub fn gives_up_not_before_its_time<P: AnyParker>() {
    ends(|| {
        let parker = P::default();
        for millis in [0, 1, 10] {
            let (start, timeout) = (Instant::now(), Duration::from_millis(millis));
            assert!(!parker.park_timeout(timeout));
            assert!(start.elapsed() >= timeout);
            let deadline = Instant::now() + timeout;
            assert!(!parker.park_deadline(deadline));
            assert!(Instant::now() >= deadline);
        }
    });
}
