//! What every `Latch` must do on real threads.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use super::{PATIENCE, ends};

/// A `Latch` of either backend.
pub trait AnyLatch: Send + Sync + core::fmt::Debug + 'static {
    fn new(count: u32) -> Self;
    fn count_down(&self);
    fn count_down_by(&self, n: u32);
    fn arrive_and_wait(&self);
    fn is_open(&self) -> bool;
    fn count(&self) -> u32;
    fn wait(&self);
    fn wait_timeout(&self, timeout: Duration) -> bool;
    fn wait_until(&self, deadline: Instant) -> bool;
}

pub fn opens_once_for_all<L: AnyLatch>() {
    const THREADS: u32 = 8;
    ends(|| {
        for round in 0..200 {
            // Some count down and go on, some wait, each in another way.
            let shared = Arc::new((L::new(THREADS), AtomicU32::new(0)));
            let threads: Vec<_> = (0..THREADS)
                .map(|thread| {
                    let shared = Arc::clone(&shared);
                    thread::spawn(move || {
                        let (latch, begun) = &*shared;
                        if (thread + round) % 3 == 0 {
                            thread::yield_now();
                        }
                        begun.fetch_add(1, Relaxed);
                        match thread % 4 {
                            0 => {
                                latch.count_down();
                                return;
                            }
                            1 => latch.arrive_and_wait(),
                            2 => {
                                latch.count_down_by(1);
                                latch.wait();
                            }
                            _ => {
                                latch.count_down();
                                while !latch.wait_timeout(Duration::from_micros(20)) {}
                            }
                        }
                        assert_eq!(begun.load(Relaxed), THREADS);
                        assert!(latch.is_open());
                    })
                })
                .collect();
            shared.0.wait();
            assert_eq!(shared.1.load(Relaxed), THREADS);
            threads
                .into_iter()
                .for_each(|thread| thread.join().unwrap());
        }
    });
}

pub fn counts<L: AnyLatch>() {
    let latch = L::new(6);
    assert_eq!(latch.count(), 6);
    latch.count_down();
    latch.count_down_by(0);
    assert_eq!(latch.count(), 5);
    latch.count_down_by(4);
    assert!(!latch.is_open());
    assert!(!latch.wait_timeout(Duration::ZERO));
    assert_eq!(latch.count(), 1, "who gives up changes no count");
    assert_eq!(format!("{latch:?}"), "Latch { count: 1 }");
    latch.arrive_and_wait();
    assert!(latch.is_open());
    assert_eq!(latch.count(), 0);
    latch.wait();
    assert!(latch.wait_timeout(Duration::ZERO));
    assert!(latch.wait_timeout(Duration::MAX));
    assert!(latch.wait_until(Instant::now()));
    let open = L::new(0);
    open.wait();
    open.count_down_by(0);
    assert!(open.is_open());
    let large = L::new(i32::MAX as u32);
    large.count_down_by(i32::MAX as u32 - 1);
    assert!(!large.wait_timeout(Duration::from_millis(1)));
    assert_eq!(large.count(), 1);
    large.arrive_and_wait();
}

pub fn gives_up_not_before_its_time<L: AnyLatch>() {
    ends(|| {
        let latch = Arc::new(L::new(1));
        for millis in [1, 5, 20] {
            let (start, timeout) = (Instant::now(), Duration::from_millis(millis));
            assert!(!latch.wait_timeout(timeout));
            assert!(start.elapsed() >= timeout);
            let start = Instant::now();
            assert!(!latch.wait_until(start + timeout));
            assert!(start.elapsed() >= timeout);
        }
        // One that has time is let go by the count-down and not by its deadline.
        let waiters: Vec<_> = (0..3)
            .map(|_| {
                let latch = Arc::clone(&latch);
                thread::spawn(move || latch.wait_timeout(PATIENCE * 10))
            })
            .collect();
        thread::sleep(Duration::from_millis(20));
        latch.count_down();
        for waiter in waiters {
            assert!(waiter.join().unwrap());
        }
    });
}

fn message_of(body: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(body)).expect_err("it must panic");
    match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => (*payload.downcast_ref::<&str>().expect("a message")).to_owned(),
    }
}

pub fn refuses_what_it_cannot_count<L: AnyLatch>() {
    ends(|| {
        let latch = Arc::new(L::new(2));
        let waiter = {
            let latch = Arc::clone(&latch);
            thread::spawn(move || latch.wait())
        };
        for (n, says) in [(3, "3, and its count is 2"), (u32::MAX, "4294967295, and")] {
            let message = message_of(|| latch.count_down_by(n));
            let start = "selvedge: a Latch is counted down by ";
            assert!(message.starts_with(&format!("{start}{says}")), "{message}");
            assert_eq!(latch.count(), 2, "it panicked and changed something");
        }
        latch.count_down();
        latch.count_down();
        waiter.join().unwrap();
        let message = message_of(|| latch.arrive_and_wait());
        assert!(message.contains("by 1, and its count is 0"), "{message}");
        assert!(latch.is_open());
        let message = message_of(|| drop(L::new(1 << 31)));
        assert!(
            message.starts_with("selvedge: a Latch counts down from 2147483647 at most"),
            "{message}"
        );
    });
}
