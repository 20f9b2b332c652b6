//! `Mutex` on real threads, over both backends. What is asked of it is in `tests/conformance/mod.rs`.

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
    native: selvedge::raw::RawMutex;
    fallback: selvedge_fallback::raw::RawMutex;
}

#[test]
fn is_four_bytes_and_a_static() {
    static COUNT: selvedge::Mutex<u32> = selvedge::Mutex::new(7);
    *COUNT.lock() += 1;
    assert_eq!(*COUNT.lock(), 8);
    assert_eq!(size_of::<selvedge::raw::RawMutex>(), 4);
    assert_eq!(size_of::<selvedge::Mutex<u32>>(), 8);
    assert_eq!(size_of::<selvedge::sys::Futex>(), 4);
    // Nobody listens on the machine, but for the list of holders in debug builds.
    #[cfg(not(debug_assertions))]
    assert_eq!(size_of::<selvedge::trace::Span>(), 0);
    assert!(!std::mem::needs_drop::<selvedge::trace::Span>());
}

#[test]
fn has_the_usual_traits() {
    fn sendable<T: Send>() {}
    fn shareable<T: Sync>() {}
    sendable::<selvedge::Mutex<std::cell::Cell<u8>>>();
    shareable::<selvedge::Mutex<std::cell::Cell<u8>>>();
    shareable::<selvedge::MutexGuard<'_, u8>>();
    let mutex = selvedge::Mutex::from(3);
    assert_eq!(format!("{mutex:?}"), "Mutex { data: 3 }");
    let guard = mutex.lock();
    assert_eq!(format!("{mutex:?}"), "Mutex { data: <locked> }");
    let mapped: selvedge::MappedMutexGuard<'_, i32> = selvedge::MutexGuard::map(guard, |data| data);
    assert_eq!(*mapped, 3);
    assert_eq!(*selvedge::Mutex::<u8>::default().lock(), 0);
}
