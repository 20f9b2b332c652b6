//! What the shuttle world promises beyond the futex. What both models do is in `tests/suites/world.rs`; here
//! is that any waiter may be woken, and what a sequentially consistent world sees of a data race.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed as Counted};

use shuttle_tests::selvedge::explore::Explorer;
use shuttle_tests::selvedge::sys::Ordering::Relaxed;
use shuttle_tests::selvedge::sys::cell::UnsafeCell;
use shuttle_tests::selvedge::sys::{Futex, Wait, thread};
use shuttle_tests::selvedge::trace::Verdict;
use shuttle_tests::{bounded, exhaustive, exhaustive as everything, passes, selvedge};

#[path = "../../tests/suites/world.rs"]
mod both;

/// Three threads on a spinlock, which are too many for every schedule.
fn spinning() -> Explorer {
    bounded(4)
}

// --- any waiter ----------------------------------------------------------------------------------

/// Which of three sleepers a wake for one reaches is up to the schedule: all of them, over the executions.
#[test]
fn a_wake_reaches_any_waiter() {
    static FIRST: [AtomicUsize; 3] = [const { AtomicUsize::new(0) }; 3];
    passes(exhaustive().preemptions(3).run(|| {
        let futex = Arc::new(Futex::new(0));
        let asleep = Arc::new(AtomicUsize::new(0));
        let sleepers: Vec<_> = (0..3)
            .map(|number| {
                let (futex, asleep) = (Arc::clone(&futex), Arc::clone(&asleep));
                thread::spawn(move || {
                    // All three are in the queue before the wake, and only one of them leaves by it.
                    let order = asleep.fetch_add(1, Counted);
                    if futex.wait(0, None) == Wait::Woken && futex.load(Relaxed) == 0 {
                        FIRST[order].fetch_add(usize::from(number == 0 || order > 0), Counted);
                    }
                })
            })
            .collect();
        let address = futex.address();
        let woken = Futex::wake(address, 1);
        assert!(woken.unwrap() <= 1);
        futex.swap(1, Relaxed);
        Futex::wake(address, usize::MAX);
        sleepers
            .into_iter()
            .for_each(|sleeper| sleeper.join().unwrap());
    }));
    let first = FIRST.each_ref().map(|count| count.load(Counted));
    assert!(
        first.iter().all(|count| *count > 0),
        "some waiter is never the one: {first:?}"
    );
}

/// Two threads in a cell at the same time are seen, though nothing else of a data race is.
#[test]
fn an_overlap_is_a_data_race() {
    struct Shared(UnsafeCell<u32>);
    // SAFETY: the race is what is looked for.
    unsafe impl Sync for Shared {}
    let exploration = exhaustive().run(|| {
        let cell = Arc::new(Shared(UnsafeCell::new(0)));
        let other = {
            let cell = Arc::clone(&cell);
            thread::spawn(move || {
                let cell = &*cell;
                cell.0.with_mut(|_| ())
            })
        };
        cell.0.with(|_| ());
        other.join().unwrap();
    });
    assert_eq!(exploration.expect_failure().verdict, Verdict::DataRace);
}
