//! `SpinLock`, `TicketLock` and `McsLock` on real threads. What is asked of them is in `tests/conformance/spin.rs`.

mod conformance;

use lock_api::RawMutex as _;
use selvedge::lock_api;

macro_rules! conforms {
    ($($name:ident: $raw:ty, $fresh:expr;)*) => {$(
        mod $name {
            use super::*;
            use conformance::spin as suite;

            fn fresh() -> $raw {
                $fresh
            }

            #[test]
            fn one_at_a_time() {
                suite::one_at_a_time(fresh);
            }

            #[test]
            fn try_lock_tells_the_truth() {
                suite::try_lock_tells_the_truth(fresh);
            }

            #[test]
            fn a_panic_unlocks() {
                suite::a_panic_unlocks(fresh);
            }

            #[cfg(debug_assertions)]
            #[test]
            fn unlocking_what_is_free_panics() {
                suite::unlocking_what_is_free_panics(fresh);
            }
        }
    )*};
}

use {selvedge::raw as native, selvedge_fallback::raw as fallback};

conforms! {
    spin: native::RawSpinLock, native::RawSpinLock::INIT;
    ticket: native::RawTicketLock, native::RawTicketLock::INIT;
    ticket_at_wrap: native::RawTicketLock, native::RawTicketLock::starting_at(u32::MAX - 1);
    mcs: native::RawMcsLock, native::RawMcsLock::INIT;
    spin_fallback: fallback::RawSpinLock, fallback::RawSpinLock::INIT;
    ticket_fallback: fallback::RawTicketLock, fallback::RawTicketLock::INIT;
    mcs_fallback: fallback::RawMcsLock, fallback::RawMcsLock::INIT;
}

#[test]
fn ticket_serves_in_order() {
    conformance::spin::first_come_first_served(
        || native::RawTicketLock::starting_at(u32::MAX - 5),
        native::RawTicketLock::is_contended,
    );
}

#[test]
fn mcs_serves_in_order() {
    conformance::spin::first_come_first_served(
        native::RawMcsLock::new,
        native::RawMcsLock::is_contended,
    );
}

#[test]
fn sizes_and_statics() {
    static COUNT: selvedge::SpinLock<u8> = selvedge::SpinLock::new(7);
    *COUNT.lock() += 1;
    assert_eq!(*COUNT.lock(), 8);
    assert_eq!(size_of::<native::RawSpinLock>(), 1);
    assert_eq!(size_of::<selvedge::SpinLock<u8>>(), 2);
    assert_eq!(size_of::<native::RawTicketLock>(), 8);
    assert_eq!(size_of::<native::RawMcsLock>(), 2 * size_of::<usize>());
    assert_eq!(
        size_of::<selvedge::McsLockGuard<'_, u8>>(),
        2 * size_of::<usize>()
    );
}

#[test]
fn have_the_usual_traits() {
    fn sendable<T: Send>() {}
    fn shareable<T: Sync>() {}
    fn all<R: lock_api::RawMutex + Send + Sync>() {
        sendable::<lock_api::Mutex<R, std::cell::Cell<u8>>>();
        shareable::<lock_api::Mutex<R, std::cell::Cell<u8>>>();
        let lock = lock_api::Mutex::<R, _>::from(3);
        assert_eq!(format!("{lock:?}"), "Mutex { data: 3 }");
        let guard = lock.lock();
        assert_eq!(format!("{lock:?}"), "Mutex { data: <locked> }");
        let mapped = lock_api::MutexGuard::map(guard, |data| data);
        assert_eq!(*mapped, 3);
        drop(mapped);
        assert!(lock.try_lock().is_some());
    }
    all::<native::RawSpinLock>();
    all::<native::RawTicketLock>();
    all::<native::RawMcsLock>();
    shareable::<selvedge::McsLockGuard<'_, u8>>();
}
