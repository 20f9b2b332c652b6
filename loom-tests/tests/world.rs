//! What the loom world promises beyond the futex. What both models do is in `tests/suites/world.rs`; here
//! is weak memory, and what is loom's alone.

use std::sync::Arc;

use loom_tests::selvedge::Mutex;
use loom_tests::selvedge::sys::Ordering::{Acquire, Relaxed, Release, SeqCst};
use loom_tests::selvedge::sys::cell::UnsafeCell;
use loom_tests::selvedge::sys::{AtomicU32, asymmetric, fence, thread};
use loom_tests::selvedge::trace::Verdict;
use loom_tests::{passes, selvedge, unbounded, unbounded as everything, unbounded as spinning};

#[path = "../../tests/suites/world.rs"]
mod both;

// --- weak memory --------------------------------------------------------------------------------

/// Two relaxed words, and a thread does something between them, as does the one that looks: the later word may be seen before
/// the earlier one.
fn may_be_stale(between: fn()) {
    let exploration = unbounded().run(move || {
        let words = Arc::new((AtomicU32::new(0), AtomicU32::new(0)));
        let other = {
            let words = Arc::clone(&words);
            thread::spawn(move || {
                words.0.store(1, Relaxed);
                between();
                words.1.store(1, Relaxed);
            })
        };
        if words.1.load(Relaxed) == 1 {
            between();
            assert_eq!(words.0.load(Relaxed), 1, "stale");
        }
        other.join().unwrap();
    });
    assert!(exploration.expect_failure().message.contains("stale"));
}

#[test]
fn a_load_may_be_stale() {
    may_be_stale(|| ());
}

/// From two fences they would learn from each other.
#[test]
fn barriers_of_one_kind_do_not_order_each_other() {
    may_be_stale(asymmetric::light);
    may_be_stale(asymmetric::heavy);
}

#[test]
fn release_and_acquire_order() {
    passes(unbounded().run(|| {
        let words = Arc::new((AtomicU32::new(0), AtomicU32::new(0)));
        let other = {
            let words = Arc::clone(&words);
            thread::spawn(move || {
                words.0.store(1, Relaxed);
                words.1.store(1, Release);
            })
        };
        if words.1.load(Acquire) == 1 {
            assert_eq!(words.0.load(Relaxed), 1);
        }
        other.join().unwrap();
    }));
}

/// Each of two threads writes a word, has a barrier of its kind, and reads the other's word: one sees the other.
fn store_buffering(barriers: [fn(); 2]) -> impl Fn() + Send + Sync + 'static {
    move || {
        let words = Arc::new((AtomicU32::new(0), AtomicU32::new(0)));
        let other = {
            let words = Arc::clone(&words);
            thread::spawn(move || {
                words.0.store(1, Relaxed);
                barriers[0]();
                words.1.load(Relaxed)
            })
        };
        words.1.store(1, Relaxed);
        barriers[1]();
        let here = words.0.load(Relaxed);
        assert!(here + other.join().unwrap() > 0, "neither saw the other");
    }
}

fn misses(barriers: [fn(); 2]) {
    let exploration = unbounded().run(store_buffering(barriers));
    assert!(exploration.expect_failure().message.contains("neither"));
}

#[test]
fn stores_are_buffered_and_fences_flush_them() {
    misses([|| (), || ()]);
    misses([|| (), || fence(SeqCst)]);
    passes(unbounded().run(store_buffering([|| fence(SeqCst); 2])));
}

#[test]
fn barriers_of_two_kinds_flush_them_together() {
    use asymmetric::{heavy, light};
    misses([light, light]);
    misses([heavy, heavy]);
    misses([heavy, || ()]);
    passes(unbounded().run(store_buffering([light, heavy])));
    passes(unbounded().run(store_buffering([heavy, light])));
}

/// loom alone explores one execution of this and passes it (loom #392, #166): the root's load is hidden
/// from the search by the other thread's own.
#[test]
fn a_load_hides_no_other() {
    struct Shared(AtomicU32, UnsafeCell<u32>);
    // SAFETY: the race is what is looked for.
    unsafe impl Sync for Shared {}
    let exploration = unbounded().run(|| {
        let shared = Arc::new(Shared(AtomicU32::new(0), UnsafeCell::new(0)));
        let other = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                let shared = &*shared;
                // SAFETY: the models run on one OS thread.
                shared.1.with_mut(|data| unsafe { *data = 1 });
                if shared.0.load(Relaxed) == 0 {
                    shared.0.store(1, Relaxed); // should be Release
                }
            })
        };
        if shared.0.load(Acquire) == 1 {
            // SAFETY: as above.
            shared.1.with(|data| assert_eq!(unsafe { *data }, 1));
        }
        other.join().unwrap();
    });
    assert_eq!(exploration.expect_failure().verdict, Verdict::DataRace);
}

/// Threads that were started with loom's own function unwind in peace as well.
#[test]
fn threads_of_looms_own_do_not_end_the_process() {
    let exploration = unbounded().run(|| {
        let mutex = Arc::new(Mutex::new(0));
        let guard = mutex.lock();
        let other = {
            let mutex = Arc::clone(&mutex);
            loom::thread::spawn(move || {
                let second = Mutex::new(0);
                let _second = second.lock();
                let _first = mutex.lock();
            })
        };
        other.join().unwrap(); // while it holds the lock
        drop(guard);
    });
    assert!(exploration.failure().is_some());
    let exploration = unbounded().run(|| {
        let mutex = Arc::new(Mutex::new(0));
        let other = {
            let mutex = Arc::clone(&mutex);
            loom::thread::spawn(move || {
                let _guard = mutex.lock();
                panic!("in a thread of loom's own");
            })
        };
        drop(mutex.lock());
        other.join().unwrap();
    });
    assert_eq!(
        exploration.expect_failure().message,
        "in a thread of loom's own"
    );
}
