//! `FairMutex` in the loom world. The programs are in `tests/models/mutex.rs`.

use loom_tests::models::mutex;
use loom_tests::selvedge::raw::RawFairMutex;
use loom_tests::{bounded, passes};

#[test]
fn in_order_of_arrival() {
    passes(bounded(3, 4).run(mutex::in_order_of_arrival::<RawFairMutex>(false)));
    passes(bounded(3, 4).run(mutex::in_order_of_arrival::<RawFairMutex>(true)));
}

#[test]
fn exclusion() {
    passes(bounded(6, 8).run(mutex::exclusion_over::<RawFairMutex>(2, 2)));
    passes(bounded(4, 5).run(mutex::exclusion_over::<RawFairMutex>(3, 1)));
}
