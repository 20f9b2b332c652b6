//! `BiasedRwLock` on real threads, over both backends. What is asked of it is in `tests/conformance/rwlock.rs`, as of every
//! readers-writer lock, and in `tests/conformance/biased_rwlock.rs`.

mod conformance;

macro_rules! conforms {
    ($($name:ident: $raw:ty;)*) => {$(
        mod $name {
            use super::conformance::{biased_rwlock, rwlock};
            type Raw = $raw;

            #[test]
            fn one_writer_or_many_readers() {
                rwlock::one_writer_or_many_readers::<Raw>();
            }

            #[test]
            fn readers_are_inside_together() {
                rwlock::readers_are_inside_together::<Raw>();
            }

            #[test]
            fn a_writer_lets_all_readers_in() {
                rwlock::a_writer_lets_all_readers_in::<Raw>();
            }

            #[test]
            fn try_forms_tell_the_truth() {
                rwlock::try_forms_tell_the_truth::<Raw>();
            }

            #[test]
            fn gives_up_not_before_its_time() {
                rwlock::gives_up_not_before_its_time::<Raw>();
            }

            #[test]
            fn readers_do_not_starve_a_writer() {
                rwlock::readers_do_not_starve_a_writer::<Raw>();
            }

            #[test]
            fn writers_do_not_starve_a_reader() {
                rwlock::writers_do_not_starve_a_reader::<Raw>();
            }

            #[test]
            fn leaving_what_one_is_not_in_is_a_panic() {
                rwlock::leaving_what_one_is_not_in_is_a_panic::<Raw>();
            }

            #[test]
            fn a_reader_in_its_slot_keeps_writers_out() {
                biased_rwlock::a_reader_in_its_slot_keeps_writers_out::<Raw>();
            }

            #[test]
            fn more_readers_than_slots() {
                biased_rwlock::more_readers_than_slots::<Raw>();
            }

            #[test]
            fn several_locks_at_once() {
                biased_rwlock::several_locks_at_once::<Raw>();
            }

            #[test]
            fn threads_come_and_go() {
                biased_rwlock::threads_come_and_go::<Raw>();
            }

            #[test]
            fn another_locks_reader_is_not_let_out() {
                biased_rwlock::another_locks_reader_is_not_let_out::<Raw>();
            }
        }
    )*};
}

conforms! {
    native: selvedge::raw::RawBiasedRwLock;
    fallback: selvedge_fallback::raw::RawBiasedRwLock;
}

#[test]
fn is_four_words_and_a_static() {
    static TABLE: selvedge::BiasedRwLock<Vec<u32>> = selvedge::BiasedRwLock::new(Vec::new());
    TABLE.write().push(7);
    assert_eq!(*TABLE.read(), [7]);
    assert_eq!(
        size_of::<selvedge::raw::RawBiasedRwLock>(),
        4 * size_of::<usize>()
    );
    assert_eq!(
        size_of::<selvedge::BiasedRwLockReadGuard<'_, u8>>(),
        size_of::<selvedge::RwLockReadGuard<'_, u8>>() + size_of::<usize>()
    );
}

#[test]
fn has_the_usual_traits() {
    fn sendable<T: Send>() {}
    fn shareable<T: Sync>() {}
    sendable::<selvedge::BiasedRwLock<std::cell::Cell<u8>>>();
    shareable::<selvedge::BiasedRwLock<u8>>();
    shareable::<selvedge::BiasedRwLockReadGuard<'_, u8>>();
    shareable::<selvedge::BiasedRwLockWriteGuard<'_, u8>>();
    shareable::<selvedge::BiasedRwLockUpgradableReadGuard<'_, u8>>();
    let lock = selvedge::BiasedRwLock::from(3);
    assert_eq!(format!("{lock:?}"), "RwLock { data: 3 }");
    let writing = lock.write();
    assert_eq!(format!("{lock:?}"), "RwLock { data: <locked> }");
    let mapped: selvedge::MappedBiasedRwLockWriteGuard<'_, i32> =
        selvedge::BiasedRwLockWriteGuard::map(writing, |data| data);
    drop(mapped);
    let mapped: selvedge::MappedBiasedRwLockReadGuard<'_, i32> =
        selvedge::BiasedRwLockReadGuard::map(lock.read(), |data| data);
    assert_eq!(*mapped, 3);
    assert_eq!(*selvedge::BiasedRwLock::<u8>::default().read(), 0);
}
