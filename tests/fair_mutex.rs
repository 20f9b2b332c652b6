//! `FairMutex` on real threads, over both backends. What is asked of it is in `tests/conformance/mod.rs`.

mod conformance;

macro_rules! conforms {
    ($($name:ident: $raw:ty;)*) => {$(
        mod $name {
            use super::conformance as suite;
            type Raw = $raw;

            #[test]
            fn one_at_a_time() {
                suite::one_at_a_time::<Raw>();
            }

            #[test]
            fn try_lock_tells_the_truth() {
                suite::try_lock_tells_the_truth::<Raw>();
            }

            #[test]
            fn gives_up_not_before_its_time() {
                suite::gives_up_not_before_its_time::<Raw>();
            }

            #[test]
            fn a_timed_waiter_is_woken() {
                suite::a_timed_waiter_is_woken::<Raw>();
            }

            #[test]
            fn fair_unlock_hands_over() {
                suite::fair_unlock_hands_over::<Raw>();
            }

            #[test]
            fn a_panic_unlocks() {
                suite::a_panic_unlocks::<Raw>();
            }

            #[test]
            fn lock_unlock_while_a_thread_is_torn_down() {
                suite::lock_unlock_while_a_thread_is_torn_down::<Raw>();
            }

            #[test]
            fn unlocking_what_nobody_holds_is_a_panic() {
                suite::unlocking_what_nobody_holds_is_a_panic::<Raw>();
            }
        }
    )*};
}

conforms! {
    native: selvedge::raw::RawFairMutex;
    fallback: selvedge_fallback::raw::RawFairMutex;
}

#[test]
fn is_four_bytes_and_a_static() {
    static COUNT: selvedge::FairMutex<u32> = selvedge::FairMutex::new(7);
    *COUNT.lock() += 1;
    assert_eq!(*COUNT.lock(), 8);
    assert_eq!(size_of::<selvedge::raw::RawFairMutex>(), 4);
    assert_eq!(size_of::<selvedge::FairMutex<u32>>(), 8);
}
