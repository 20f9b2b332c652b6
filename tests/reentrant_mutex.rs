//! `ReentrantMutex` on real threads, over both backends. What is asked of it is in
//! `tests/conformance/reentrant_mutex.rs`.

mod conformance;

macro_rules! conforms {
    ($($name:ident: $world:ident;)*) => {$(
        mod $name {
            use super::conformance::reentrant_mutex as suite;
            use $world::RawThreadId;
            use $world::raw::RawMutex;

            #[test]
            fn one_at_a_time() {
                suite::one_at_a_time::<RawMutex, RawThreadId>();
            }

            #[test]
            fn only_the_last_guard_unlocks() {
                suite::only_the_last_guard_unlocks::<RawMutex, RawThreadId>();
            }

            #[test]
            fn a_panic_unlocks() {
                suite::a_panic_unlocks::<RawMutex, RawThreadId>();
            }

            #[test]
            fn a_waiter_gets_it() {
                suite::a_waiter_gets_it::<RawMutex, RawThreadId>();
            }

            #[test]
            fn works_while_a_thread_is_torn_down() {
                suite::works_while_a_thread_is_torn_down::<RawMutex, RawThreadId>();
            }

            #[test]
            fn a_thread_that_has_ended_is_not_taken_for_another() {
                suite::a_thread_that_has_ended_is_not_taken_for_another::<RawMutex, RawThreadId>();
            }
        }
    )*};
}

conforms! {
    native: selvedge;
    fallback: selvedge_fallback;
}

use std::cell::{Cell, RefCell};
use std::sync::MutexGuard;

use conformance::{has, lacks};
use selvedge::{MappedReentrantMutexGuard, RawThreadId, ReentrantMutex, ReentrantMutexGuard};

#[test]
fn takes_as_much_room_as_it_says_and_is_a_static() {
    static MUTEX: ReentrantMutex<RefCell<u32>> = ReentrantMutex::new(RefCell::new(7));
    let outer = MUTEX.lock();
    *MUTEX.lock().borrow_mut() += 1;
    assert_eq!(*outer.borrow(), 8);
    #[cfg(target_pointer_width = "64")]
    assert_eq!(size_of::<ReentrantMutex<()>>(), 24);
    assert_eq!(size_of::<ReentrantMutexGuard<'_, u8>>(), size_of::<usize>());
    assert_eq!(size_of::<RawThreadId>(), 0);
}

#[test]
fn has_the_usual_traits() {
    let mutex = ReentrantMutex::from(3);
    assert_eq!(format!("{mutex:?}"), "ReentrantMutex { data: 3 }");
    let guard = mutex.lock();
    assert_eq!(
        format!("{mutex:?}"),
        "ReentrantMutex { data: 3 }",
        "it is ours"
    );
    std::thread::scope(|scope| {
        scope.spawn(|| assert_eq!(format!("{mutex:?}"), "ReentrantMutex { data: <locked> }"));
    });
    let mapped: MappedReentrantMutexGuard<'_, i32> = ReentrantMutexGuard::map(guard, |data| data);
    assert_eq!((*mapped, format!("{mapped:?}").as_str()), (3, "3"));
    drop(mapped);
    assert_eq!(*ReentrantMutex::<u8>::default().lock(), 0);
    assert_eq!(mutex.into_inner(), 3);
}

type Unsendable = MutexGuard<'static, u8>; // but `Sync`
has!(ReentrantMutex<Cell<u8>>: Send, Sync);
lacks!(ReentrantMutex<Unsendable>: Send, Sync);
has!(ReentrantMutexGuard<'static, u8>: Sync);
lacks!(ReentrantMutexGuard<'static, u8>: Send);
lacks!(ReentrantMutexGuard<'static, Cell<u8>>: Sync);
has!(MappedReentrantMutexGuard<'static, u8>: Sync);
lacks!(MappedReentrantMutexGuard<'static, u8>: Send);
lacks!(MappedReentrantMutexGuard<'static, Cell<u8>>: Sync);
has!(RawThreadId: Send, Sync);
