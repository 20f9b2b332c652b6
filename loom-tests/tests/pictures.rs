//! What failures look like: one picture for each verdict is kept in `loom-tests/pictures` (and one for each exhibit, see
//! `loom-tests/tests/gallery.rs`), and everything in them has a name.

use std::sync::Arc;

use loom_tests::first_to_fail;
use loom_tests::selvedge::explore::{Explorer, Failure};
use loom_tests::selvedge::sys::Ordering::{Acquire, Relaxed, Release};
use loom_tests::selvedge::sys::cell::UnsafeCell;
use loom_tests::selvedge::sys::{AtomicU32, AtomicU64, Futex, thread};
use loom_tests::selvedge::trace::name;
use loom_tests::selvedge::*;

#[path = "../pictures/mod.rs"]
mod pictures;
use pictures::{assert_kept, listen};

/// The failure with the fewest preemptions.
fn failure(program: impl Fn() + Send + Sync + Clone + 'static) -> Failure {
    listen();
    let exploration = first_to_fail(&Explorer::new().leaks(true), program).expect("it fails");
    exploration.expect_failure().clone()
}

// --- a picture for each verdict -------------------------------------------------------------------------

fn abba() {
    let locks = Arc::new((Mutex::new(()), Mutex::new(())));
    name(&locks.0, "left");
    name(&locks.1, "right");
    let other = {
        let locks = Arc::clone(&locks);
        thread::spawn_named("other", move || {
            let _right = locks.1.lock();
            let _left = locks.0.lock();
        })
    };
    {
        let _left = locks.0.lock();
        let _right = locks.1.lock();
    }
    other.join().unwrap();
}

#[test]
fn deadlock() {
    let failure = failure(abba);
    assert_kept("deadlock", &failure.to_string());
    assert_kept(
        "deadlock-detailed",
        &failure.interleaving.detailed().to_string(),
    );
}

#[test]
fn lost_wakeup() {
    let failure = failure(|| {
        let gate = Arc::new((Mutex::new(false), Condvar::new()));
        name(&gate.0, "open");
        name(&gate.1, "changed");
        let other = {
            let gate = Arc::clone(&gate);
            thread::spawn(move || {
                *gate.0.lock() = true;
                gate.1.notify_one();
            })
        };
        let mut open = gate.0.lock();
        gate.1.wait(&mut open); // without looking whether it is open
        drop(open);
        other.join().unwrap();
    });
    assert_kept("lost-notification", &failure.to_string());
}

#[test]
fn forgotten_unlock() {
    listen();
    let exploration = Explorer::new().run(|| {
        let mutex = Arc::new(Mutex::new(()));
        let owner = {
            let mutex = Arc::clone(&mutex);
            thread::spawn_named("owner", move || std::mem::forget(mutex.lock()))
        };
        drop(mutex.lock());
        owner.join().unwrap();
    });
    assert_kept(
        "forgotten-unlock",
        &exploration.expect_failure().to_string(),
    );
}

#[test]
fn leak() {
    let failure = failure(|| {
        let pool = Arc::new(Semaphore::new(1));
        name(&*pool, "pool");
        let user = {
            let pool = Arc::clone(&pool);
            thread::spawn_named("user", move || {
                if let Ok(permit) = pool.try_acquire() {
                    std::mem::forget(permit);
                }
            })
        };
        drop(pool.try_acquire());
        user.join().unwrap();
    });
    assert_kept("leak", &failure.to_string());
}

/// loom counts its own.
#[test]
fn leak_of_loom() {
    let failure = failure(|| {
        let parcel = loom::sync::Arc::new(7);
        std::mem::forget(loom::sync::Arc::clone(&parcel));
    });
    assert_kept("leak-of-loom", &failure.to_string());
}

#[test]
fn data_race() {
    struct Shared(UnsafeCell<u32>);
    // SAFETY: the race is what is looked for.
    unsafe impl Sync for Shared {}
    let failure = failure(|| {
        let shared = Arc::new(Shared(UnsafeCell::new(0)));
        name(&shared.0, "balance");
        let other = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                let shared = &*shared;
                shared.0.with_mut(|_| ())
            })
        };
        shared.0.with(|_| ());
        other.join().unwrap();
    });
    assert_kept("data-race", &failure.to_string());
}

#[test]
fn use_after_free() {
    let failure = failure(|| {
        let word = Box::into_raw(Box::new(AtomicU32::new(0)));
        // SAFETY: it is there.
        name(unsafe { &*word }, "generation");
        // SAFETY: it is there still.
        unsafe { &*word }.store(1, Relaxed);
        // SAFETY: dropped in place once; the memory stays, and the word in it says that it is dead.
        unsafe { std::ptr::drop_in_place(word) };
        // SAFETY: the memory is still there.
        unsafe { &*word }.store(2, Relaxed);
    });
    assert_kept("use-after-free", &failure.to_string());
}

#[test]
fn panic() {
    let failure = failure(|| {
        let word = Arc::new(AtomicU32::new(0));
        name(&*word, "visits");
        let other = {
            let word = Arc::clone(&word);
            thread::spawn(move || {
                let visits = word.load(Acquire);
                word.store(visits + 1, Release);
            })
        };
        let visits = word.load(Acquire);
        word.store(visits + 1, Release);
        other.join().unwrap();
        assert_eq!(word.load(Acquire), 2, "a visit is not counted");
    });
    assert_kept("panic", &failure.to_string());
}

#[test]
fn bound_reached() {
    listen();
    let exploration = Explorer::new().steps(600).run(|| {
        let flag = Arc::new(AtomicU32::new(0));
        name(&*flag, "flag");
        let other = {
            let flag = Arc::clone(&flag);
            thread::spawn(move || while flag.load(Relaxed) == 0 {})
        };
        other.join().unwrap();
    });
    assert_kept("bound-reached", &exploration.expect_failure().to_string());
}

/// Starvation is shuttle's to find. (Livelock is the exhibit `polite`.)
#[test]
fn starvation() {
    use selvedge_shuttle::explore::{Explorer, Strategy};
    use selvedge_shuttle::{FairMutex, sys::thread, trace};
    listen();
    let strategy = Strategy::Lasso {
        executions: 500,
        seed: 1,
    };
    let exploration = Explorer::new().strategy(strategy).run(|| {
        let lock = Arc::new(FairMutex::new(()));
        trace::name(&*lock, "printer");
        let tried = Arc::clone(&lock);
        let greedy: thread::JoinHandle<()> = thread::spawn_named("greedy", move || {
            loop {
                let _guard = lock.lock();
                trace::progress();
            }
        });
        let _shy: thread::JoinHandle<()> = thread::spawn_named("shy", move || {
            loop {
                if tried.try_lock().is_some() {
                    trace::progress();
                }
            }
        });
        let _ = greedy.join();
    });
    assert_kept("starvation", &exploration.expect_failure().to_string());
}

// --- names --------------------------------------------------------------------------------------------------

/// The table and all that is said below it, of a program that does something and then stops.
fn told(program: impl Fn() + Send + Sync + 'static) -> String {
    listen();
    let exploration = Explorer::new().run(move || {
        program();
        panic!("enough");
    });
    let failure = exploration.expect_failure();
    assert_eq!(failure.message, "enough", "{failure}");
    let text = failure.to_string();
    let text = text.lines().filter(|line| !line.starts_with("replay "));
    let text: String = text.map(|line| format!("{line}\n")).collect();
    text + &failure.interleaving.detailed().to_string()
}

/// No number in it is an address.
fn assert_no_address(text: &str) {
    let mut numbers = text.split(|letter: char| !letter.is_ascii_hexdigit());
    let long = numbers
        // A word of which few bits are set has few digits that are not zero; an address has more.
        .find(|number| {
            number.len() >= 11 && number.chars().filter(|&digit| digit != '0').count() >= 5
        });
    assert_eq!(long, None, "{text}");
}

/// A use of the library's own locks through `lock_api` does not always tell its line, and then that of the last thing that did
/// is told: this.
static WORD: AtomicU64 = AtomicU64::new(0);

macro_rules! kinds {
    ($($test:ident: $kind:literal, $new:expr, $object:ident => $use:expr;)*) => {$(
        #[test]
        fn $test() {
            let unnamed = told(|| {
                WORD.swap(1, Relaxed);
                let $object = $new;
                $use;
            });
            assert!(unnamed.contains(concat!($kind, "#1")), "{unnamed}");
            assert!(!unnamed.contains("given"), "{unnamed}");
            let first_used = ["at", "after"]
                .map(|when| format!("{}#1 is first used {when} tests/pictures.rs:", $kind));
            let in_a_line = unnamed.replace("\n      ", " ");
            let says = first_used.iter().any(|line| in_a_line.contains(line));
            assert!(says, "{unnamed}");
            assert_no_address(&unnamed);
            let named = told(|| {
                let $object = $new;
                name(&$object, "given");
                $use;
            });
            assert!(named.contains("given"), "{named}");
            assert!(!named.contains(concat!($kind, "#")), "{named}");
            assert_no_address(&named);
        }
    )*};
}

kinds! {
    a_mutex: "Mutex", Mutex::new(()), it => drop(it.lock());
    a_fair_mutex: "FairMutex", FairMutex::new(()), it => drop(it.lock());
    a_reentrant_mutex: "Mutex", ReentrantMutex::new(()), it => drop(it.lock());
    a_rwlock: "RwLock", RwLock::new(()), it => drop(it.read());
    a_recursive_rwlock: "RecursiveRwLock", RecursiveRwLock::new(()), it => drop(it.write());
    a_spinlock: "SpinLock", SpinLock::new(()), it => drop(it.lock());
    a_ticketlock: "TicketLock", TicketLock::new(()), it => drop(it.lock());
    an_mcslock: "McsLock", McsLock::new(()), it => drop(it.lock());
    a_pi_mutex: "PiMutex", PiMutex::new(()), it => drop(it.lock());
    a_poisoning_mutex: "Mutex", poison::Mutex::new(()), it => drop(it.lock());
    a_condvar: "Condvar", Condvar::new(), it => it.notify_one();
    a_semaphore: "Semaphore", Semaphore::new(1), it => drop(it.acquire());
    a_monitor: "Monitor", Monitor::new(0), it => it.when(|n| *n == 0, |n| *n = 1);
    a_gil: "Gil", Gil::new(()), it => drop(it.attach());
    a_barrier: "Barrier", Barrier::new(1), it => it.wait();
    a_latch: "Latch", Latch::new(1), it => it.count_down();
    an_event: "Event", Event::new(), it => it.set();
    an_auto_reset_event: "AutoResetEvent", AutoResetEvent::new(), it => it.set();
    a_once: "Once", Once::new(), it => it.call_once(|| ());
    a_once_lock: "OnceLock", OnceLock::new(), it => it.set(1).unwrap();
    a_lazy_lock: "LazyLock", LazyLock::new(|| 1), it => assert_eq!(*it, 1);
    a_word: "word", AtomicU32::new(0), it => it.store(1, Relaxed);
    a_futex: "word", Futex::new(0), it => it.swap(1, Relaxed);
    a_cell: "cell", UnsafeCell::new(0), it => it.with_mut(|_| ());
}

/// A parker is a handle of something that its unparkers own too: it cannot be named, and is called by its kind.
#[test]
fn a_parker() {
    let text = told(|| Parker::new().unparker().unpark());
    assert!(text.contains("unpark Parker#1"), "{text}");
    assert_no_address(&text);
}

/// Objects of a kind are told apart by numbers, in the order in which they are used.
#[test]
fn many_of_a_kind() {
    let text = told(|| {
        let locks: Vec<_> = (0..3).map(Mutex::new).collect();
        let guards: Vec<_> = locks.iter().rev().map(|lock| lock.lock()).collect();
        drop(guards);
        name(&locks[0], "last");
        drop(locks[0].lock());
    });
    for part in ["lock Mutex#1", "lock Mutex#2", "lock last"] {
        assert!(text.contains(part), "{text}");
    }
    assert!(!text.contains("Mutex#3"), "{text}");
}

/// A part of something that has a name is called by it, and by its own if it has one.
#[test]
fn a_part_of_something() {
    let text = told(|| {
        let pair = (Mutex::new(()), Mutex::new(()));
        name(&pair, "pair");
        name(&pair.1, "second");
        drop(pair.0.lock());
        drop(pair.1.lock());
    });
    assert!(
        text.contains("lock pair") && text.contains("lock second"),
        "{text}"
    );
}
