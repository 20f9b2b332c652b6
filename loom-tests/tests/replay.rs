//! Schedules in the loom world: `tests/suites/replay.rs`, and what only loom has.

use std::sync::Arc;

use loom_tests::replay;
use loom_tests::selvedge::explore::Explorer;
use loom_tests::selvedge::sys::{
    AtomicU32, Futex, Ordering::Relaxed, Ordering::SeqCst, Wait, fence, thread,
};
use loom_tests::selvedge::trace::Schedule;

fn explorers() -> [Explorer; 3] {
    [
        Explorer::new(),
        Explorer::new().preemptions(1),
        Explorer::new().preemptions(3),
    ]
}

#[test]
fn is_the_same_again() {
    replay::is_the_same_again(&explorers());
}

#[test]
fn has_the_fewest_preemptions() {
    replay::has_the_fewest_preemptions(&explorers());
}

#[test]
fn another_program_departs() {
    replay::another_program_departs();
}

#[test]
fn a_program_that_ends_early_departs() {
    replay::a_program_that_ends_early_departs();
}

#[test]
fn the_other_world_is_refused() {
    replay::the_other_world_is_refused();
}

/// Dekker's first half: each says that it wants to go in, and looks whether the other one does.
fn store_buffering(fences: bool) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let words = Arc::new([AtomicU32::new(0), AtomicU32::new(0)]);
        let other = {
            let words = Arc::clone(&words);
            thread::spawn(move || {
                words[1].store(1, Relaxed);
                if fences {
                    fence(SeqCst);
                }
                words[0].load(Relaxed)
            })
        };
        words[0].store(1, Relaxed);
        if fences {
            fence(SeqCst);
        }
        let mine = words[1].load(Relaxed);
        assert!(mine + other.join().unwrap() > 0, "both are in");
    }
}

/// A read of an old value is in the picture and in the schedule, and comes again.
#[test]
fn a_stale_read() {
    let exploration = Explorer::new().run(store_buffering(false));
    let failure = exploration.expect_failure();
    let picture = failure.interleaving.to_string();
    assert!(picture.contains("◀ STALE (newest is"), "{picture}");
    let schedule = failure.schedule.clone().unwrap();
    assert!(schedule.to_string().contains("<0"), "{schedule}");
    let again = Explorer::new()
        .replay(&schedule, store_buffering(false))
        .unwrap();
    assert_eq!(again.expect_failure().interleaving.to_string(), picture);
    // Where the value is not old any more, the schedule says so and does not pass for another.
    let error = Explorer::new()
        .replay(&schedule, store_buffering(true))
        .unwrap_err();
    assert!(error.failure.is_none(), "{error}");
    Explorer::new().run(store_buffering(true)).expect_pass();
}

/// A wake for no reason is a choice, and comes again.
#[test]
fn a_wake_for_no_reason() {
    let program = || {
        let futex = Arc::new(Futex::new(0));
        let waker = {
            let futex = Arc::clone(&futex);
            thread::spawn(move || {
                futex.swap(1, Relaxed);
                Futex::wake(futex.address(), 1);
            })
        };
        let wait = futex.wait(0, None);
        let value = futex.swap(2, Relaxed);
        assert!(wait != Wait::Woken || value == 1, "nobody has woken it");
        waker.join().unwrap();
    };
    Explorer::new().run(program).expect_pass();
    let explorer = Explorer::new().spurious_wakes(1);
    let exploration = explorer.clone().run(program);
    let failure = exploration.expect_failure();
    let again = explorer
        .replay(failure.schedule.as_ref().unwrap(), program)
        .unwrap();
    assert_eq!(again.expect_failure().message, failure.message);
    assert!(failure.message.contains("nobody has woken it"));
}

/// A schedule that was written by hand.
#[test]
fn by_hand() {
    let schedule: Schedule = "loom [main T1] main*4 T1*2".parse().unwrap();
    let error = Explorer::new()
        .replay(&schedule, store_buffering(true))
        .unwrap_err();
    assert!(error.to_string().contains("after "), "{error}");
}
