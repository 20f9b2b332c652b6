//! `FairMutex` in the shuttle world. The programs are in `tests/models/mutex.rs`.

use shuttle_tests::models::mutex;
use shuttle_tests::selvedge::raw::RawFairMutex;
use shuttle_tests::{bounded, passes, survives};

#[test]
fn in_order_of_arrival() {
    for timed in [false, true] {
        passes(bounded(3).run(mutex::in_order_of_arrival::<RawFairMutex>(timed)));
        survives(mutex::in_order_of_arrival::<RawFairMutex>(timed));
    }
}

#[test]
fn exclusion() {
    passes(bounded(4).run(mutex::exclusion_over::<RawFairMutex>(2, 2)));
    for threads in [3, 5, 8] {
        survives(mutex::exclusion_over::<RawFairMutex>(threads, 2));
    }
}

#[test]
fn spurious_wakes() {
    for explorer in shuttle_tests::portfolio() {
        let explorer = explorer.spurious_wakes(3).unknown_wake_counts();
        passes(explorer.run(mutex::in_order_of_arrival::<RawFairMutex>(true)));
    }
}
