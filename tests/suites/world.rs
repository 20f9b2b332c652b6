//! What both models promise beyond the futex: constants, statics, awaits, and that a failing model is a
//! value. Included by `loom-tests/tests/world.rs` and `shuttle-tests/tests/world.rs`, which say what
//! world it is and what exploring everything means there.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed as Counted};

use super::{everything, passes, selvedge, spinning};
use selvedge::explore::Explorer;
use selvedge::sys::Ordering::{Acquire, Relaxed, Release};
use selvedge::sys::{
    AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize as Word, Futex, spin_until,
    thread,
};
use selvedge::trace::Verdict;
use selvedge::{Condvar, Mutex};

// --- constants and statics ------------------------------------------------------------------------

static COUNT: Mutex<u32> = Mutex::new(5);
static CHANGED: Condvar = Condvar::new();
static WORD: AtomicU32 = AtomicU32::new(5);

#[test]
fn a_static_starts_fresh_in_every_execution() {
    passes(everything().run(|| {
        let other = thread::spawn(|| WORD.fetch_add(1, Relaxed));
        let here = WORD.fetch_add(1, Relaxed);
        assert_eq!(here + other.join().unwrap(), 5 + 6);
        assert_eq!(WORD.load(Relaxed), 7);
    }));
}

#[test]
fn statics_are_first_used_by_whoever_comes() {
    passes(everything().run(|| {
        // The data of a static is ordinary memory and stays; its locks start fresh.
        let other = thread::spawn(|| {
            *COUNT.lock() = 1;
            CHANGED.notify_one();
        });
        let mut count = COUNT.lock();
        *count = 0;
        drop(count);
        other.join().unwrap();
        assert!(!COUNT.is_locked());
    }));
}

/// Two explorations at the same time, on two OS threads, with the same static.
#[test]
fn statics_of_two_explorations_are_apart() {
    let explorations: Vec<_> = (0..12)
        .map(|_| {
            std::thread::spawn(|| {
                everything().run(|| {
                    let others = [(); 2].map(|()| thread::spawn(|| WORD.fetch_add(1, Relaxed)));
                    WORD.fetch_add(1, Relaxed);
                    for other in others {
                        other.join().unwrap();
                    }
                    assert_eq!(WORD.load(Relaxed), 8);
                })
            })
        })
        .collect();
    let counts: Vec<_> = explorations
        .into_iter()
        .map(|exploration| exploration.join().unwrap().expect_pass().executions())
        .collect();
    assert!(counts.iter().all(|count| *count == counts[0]), "{counts:?}");
}

#[test]
fn words_of_all_kinds_do_their_arithmetic() {
    let program = || {
        static BYTE: AtomicU8 = AtomicU8::new(250);
        assert_eq!(BYTE.fetch_add(10, Relaxed), 250);
        assert_eq!(BYTE.fetch_sub(6, Relaxed), 4);
        assert_eq!(BYTE.fetch_or(0b11, Relaxed), 254);
        assert_eq!(BYTE.fetch_and(0b1111_0000, Relaxed), 255);
        assert_eq!(BYTE.fetch_xor(0b1111_0001, Relaxed), 240);
        assert_eq!(BYTE.swap(9, Relaxed), 1);
        assert_eq!(BYTE.compare_exchange(9, 8, Relaxed, Relaxed), Ok(9));
        assert_eq!(BYTE.compare_exchange(9, 7, Relaxed, Relaxed), Err(8));
        assert_eq!(BYTE.fetch_max(200, Relaxed), 8);
        assert_eq!(BYTE.fetch_min(100, Relaxed), 200);
        assert_eq!(BYTE.load(Relaxed), 100);

        static FLAG: AtomicBool = AtomicBool::new(true);
        assert!(FLAG.fetch_and(false, Relaxed));
        assert!(!FLAG.swap(true, Relaxed));
        FLAG.store(false, Relaxed);
        assert!(!FLAG.load(Relaxed));
        assert!(!FLAG.fetch_or(true, Relaxed));
        assert!(FLAG.load(Relaxed));

        let long = AtomicU64::new(u64::MAX);
        assert_eq!(long.fetch_add(2, Relaxed), u64::MAX);
        assert_eq!(long.load(Relaxed), 1);

        let size = Word::new(3);
        assert_eq!(size.fetch_sub(4, Relaxed), 3);
        assert_eq!(size.load(Relaxed), usize::MAX);

        let (mut a, mut b) = (1, 2);
        let pointer = AtomicPtr::new(&raw mut a);
        assert_eq!(pointer.load(Relaxed), &raw mut a);
        assert_eq!(pointer.swap(&raw mut b, Relaxed), &raw mut a);
        assert_eq!(pointer.load(Relaxed), &raw mut b);
        // SAFETY: it points to `b`, which nobody else uses.
        assert_eq!(unsafe { *pointer.load(Relaxed) }, 2);
    };
    passes(everything().run(program));
}

#[test]
fn more_words_than_expected_are_found_room_for() {
    passes(everything().run(|| {
        let words: Vec<_> = (0..200).map(AtomicU32::new).collect();
        let sum: u32 = words.iter().map(|word| word.load(Relaxed)).sum();
        assert_eq!(sum, 199 * 200 / 2);
    }));
}

#[test]
fn a_primitive_outside_a_model_says_so() {
    let uses: [fn(); 4] = [
        || drop(Mutex::new(0).lock()),
        || AtomicU32::new(0).store(1, Relaxed),
        || {
            Futex::new(0).address();
        },
        || drop(thread::spawn(|| ())),
    ];
    for outside in uses {
        let panic = std::panic::catch_unwind(outside).expect_err("there is no model here");
        let message = panic.downcast_ref::<&str>().expect("a message");
        assert!(message.contains("outside a model"), "{message}");
    }
    // A value may outlive its model, as a static does.
    drop(Mutex::new(0));
    assert_eq!(format!("{:?}", AtomicU32::new(0)), "_");
}

// --- awaiting -------------------------------------------------------------------------------------

struct SpinLock(AtomicBool);

impl SpinLock {
    fn lock(&self) {
        while self
            .0
            .compare_exchange(false, true, Acquire, Relaxed)
            .is_err()
        {
            spin_until(&self.0, Relaxed, |locked| !locked);
        }
    }
    fn unlock(&self) {
        self.0.swap(false, Release);
    }
}

#[test]
fn a_spinlock_is_explored_to_the_end() {
    passes(spinning().run(|| {
        let lock = Arc::new(SpinLock(AtomicBool::new(false)));
        let others = [(); 2].map(|()| {
            let lock = Arc::clone(&lock);
            thread::spawn(move || {
                lock.lock();
                lock.unlock();
            })
        });
        for other in others {
            other.join().unwrap();
        }
    }));
}

#[test]
fn a_word_that_nobody_writes_is_a_deadlock() {
    let exploration = everything().run(|| {
        let lock = Arc::new(SpinLock(AtomicBool::new(false)));
        let other = {
            let lock = Arc::clone(&lock);
            thread::spawn(move || lock.lock())
        };
        lock.lock(); // and nobody unlocks
        other.join().unwrap();
    });
    let verdict = &exploration.expect_failure().verdict;
    assert!(matches!(verdict, Verdict::LostWakeup { .. }), "{verdict}");
}

// --- failures are values ------------------------------------------------------------------------

fn abba() {
    let locks = Arc::new((Mutex::new(()), Mutex::new(())));
    let other = {
        let locks = Arc::clone(&locks);
        thread::spawn(move || {
            let _b = locks.1.lock();
            let _a = locks.0.lock();
        })
    };
    {
        let _a = locks.0.lock();
        let _b = locks.1.lock();
    }
    other.join().unwrap();
}

#[test]
fn a_failing_model_does_not_end_the_process() {
    for _ in 0..20 {
        let exploration = everything().run(abba);
        let verdict = &exploration.expect_failure().verdict;
        assert!(
            matches!(verdict, Verdict::Deadlock { cycle } if cycle.len() == 2),
            "{verdict}"
        );
        passes(everything().run(|| {
            let count = Arc::new(Mutex::new(0));
            let other = {
                let count = Arc::clone(&count);
                thread::spawn(move || *count.lock() += 1)
            };
            *count.lock() += 1;
            other.join().unwrap();
            assert_eq!(*count.lock(), 2);
        }));
    }
}

#[test]
fn an_assertion_that_fails_is_a_verdict() {
    let exploration = everything().run(|| {
        let word = Arc::new(AtomicU32::new(0));
        let other = {
            let word = Arc::clone(&word);
            thread::spawn(move || word.fetch_add(1, Relaxed))
        };
        assert_eq!(word.load(Relaxed), 0, "it came first");
        other.join().unwrap();
    });
    let failure = exploration.expect_failure();
    assert_eq!(failure.verdict, Verdict::Panic);
    assert!(failure.message.contains("it came first"));
}

/// Catching what the checker has found does not undo it.
#[test]
fn a_failure_that_the_program_catches_is_a_failure() {
    let exploration = everything().run(|| {
        let _ = std::panic::catch_unwind(|| {
            let word = Box::new(AtomicU32::new(0));
            word.store(1, Relaxed);
            let raw = Box::into_raw(word);
            // SAFETY: dropped in place once; the memory stays, and the word in it says that it is dead.
            unsafe { std::ptr::drop_in_place(raw) };
            // SAFETY: the memory is still there.
            unsafe { &*raw }.store(1, Relaxed);
        });
        // And what it does afterwards finds nothing wrong with the locks.
        let mutex = Mutex::new(0);
        let unlocked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            *mutex.lock() += 1;
        }));
        assert!(unlocked.is_ok(), "an unlock panics");
    });
    let failure = exploration.expect_failure();
    assert_eq!(failure.verdict, Verdict::UseAfterFree, "{failure}");
}

/// A thread that is left over when the root has ended is no failure.
#[test]
fn a_thread_may_be_left_behind() {
    let exploration = everything().run(|| {
        let mutex = Arc::new(Mutex::new(0));
        let other = Arc::clone(&mutex);
        drop(thread::spawn(move || *other.lock() += 1));
        *mutex.lock() += 1;
    });
    passes(exploration);
}

#[test]
fn a_model_whose_threads_never_meet_is_an_error() {
    let exploration = everything().run(|| {
        thread::spawn(|| ()).join().unwrap();
    });
    assert_eq!(exploration.executions(), 1);
    let panic = std::panic::catch_unwind(|| {
        exploration.expect_pass();
    });
    let message = panic.expect_err("one execution is no check");
    let message = message.downcast_ref::<String>().expect("a message");
    assert!(message.contains("only one execution"), "{message}");
}

#[test]
fn an_endless_execution_reaches_the_bound() {
    let exploration = everything().steps(500).run(|| {
        let word = Arc::new(AtomicU32::new(0));
        let other = {
            let word = Arc::clone(&word);
            thread::spawn(move || while word.load(Relaxed) == 0 {})
        };
        other.join().unwrap();
    });
    assert_eq!(exploration.expect_failure().verdict, Verdict::BoundReached);
}

#[test]
fn limits_are_kept_and_said() {
    let program = || {
        let count = Arc::new(Mutex::new(0));
        let other = {
            let count = Arc::clone(&count);
            thread::spawn(move || {
                *count.lock() += 1;
                *count.lock() += 1;
            })
        };
        *count.lock() += 1;
        *count.lock() += 1;
        other.join().unwrap();
    };
    let exploration = Explorer::new().executions(100).run(program);
    assert_eq!(exploration.executions(), 100);
    assert!(!exploration.is_complete());
    assert!(exploration.to_string().contains("not all"), "{exploration}");
    let exploration = Explorer::new()
        .duration(std::time::Duration::from_millis(50))
        .run(program);
    assert!(!exploration.is_complete());
    let exploration = Explorer::new().preemptions(1).run(program);
    assert!(!exploration.is_complete(), "the bound leaves some out");
}

#[test]
fn an_exploration_inside_another_is_an_error() {
    static INNER: AtomicUsize = AtomicUsize::new(0);
    let exploration = everything().minimize(false).run(|| {
        INNER.fetch_add(1, Counted);
        Explorer::new().run(|| ());
    });
    assert!(
        exploration
            .expect_failure()
            .message
            .contains("inside another one")
    );
    assert_eq!(INNER.load(Counted), 1);
}
