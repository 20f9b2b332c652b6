//! `RwLock` and `RecursiveRwLock` on real threads, over both backends. What is asked of them is in
//! `tests/conformance/rwlock.rs`.

mod conformance;

macro_rules! conforms {
    ($($name:ident: $raw:ty;)*) => {$(
        mod $name {
            use super::conformance::rwlock as suite;
            type Raw = $raw;

            #[test]
            fn one_writer_or_many_readers() {
                suite::one_writer_or_many_readers::<Raw>();
            }

            #[test]
            fn readers_are_inside_together() {
                suite::readers_are_inside_together::<Raw>();
            }

            #[test]
            fn a_writer_lets_all_readers_in() {
                suite::a_writer_lets_all_readers_in::<Raw>();
            }

            #[test]
            fn try_forms_tell_the_truth() {
                suite::try_forms_tell_the_truth::<Raw>();
            }

            #[test]
            fn gives_up_not_before_its_time() {
                suite::gives_up_not_before_its_time::<Raw>();
            }

            #[test]
            fn writers_do_not_starve_a_reader() {
                suite::writers_do_not_starve_a_reader::<Raw>();
            }

            #[test]
            fn leaving_what_one_is_not_in_is_a_panic() {
                suite::leaving_what_one_is_not_in_is_a_panic::<Raw>();
            }

            #[test]
            fn mistakes_disturb_nobody() {
                suite::mistakes_disturb_nobody::<Raw>();
            }
        }
    )*};
}

conforms! {
    native: selvedge::raw::RawRwLock;
    native_recursive: selvedge::raw::RawRwLockRecursive;
    fallback: selvedge_fallback::raw::RawRwLock;
    fallback_recursive: selvedge_fallback::raw::RawRwLockRecursive;
}

// Not of the recursive lock: its readers may.
#[test]
fn readers_do_not_starve_a_writer() {
    conformance::rwlock::readers_do_not_starve_a_writer::<selvedge::raw::RawRwLock>();
    conformance::rwlock::readers_do_not_starve_a_writer::<selvedge_fallback::raw::RawRwLock>();
}

/// A reader gets in past a writer that waits, if somebody reads.
#[test]
fn recursive_reads_do_not_wait_for_writers() {
    conformance::ends(|| {
        let lock = selvedge::RecursiveRwLock::new(0);
        std::thread::scope(|scope| {
            let outer = lock.read();
            let writer = scope.spawn(|| *lock.write() += 1);
            // Whether the writer has come to wait or not.
            for _ in 0..100 {
                let inner = lock.read();
                assert_eq!(*inner + *outer, 0);
                std::thread::yield_now();
            }
            drop(outer);
            writer.join().unwrap();
        });
        assert_eq!(lock.into_inner(), 1);
    });
}

#[test]
fn is_a_word_and_a_static() {
    static TABLE: selvedge::RwLock<Vec<u32>> = selvedge::RwLock::new(Vec::new());
    TABLE.write().push(7);
    assert_eq!(*TABLE.read(), [7]);
    assert_eq!(size_of::<selvedge::raw::RawRwLock>(), size_of::<usize>());
    assert_eq!(
        size_of::<selvedge::raw::RawRwLockRecursive>(),
        size_of::<usize>()
    );
}

#[test]
fn has_the_usual_traits() {
    fn sendable<T: Send>() {}
    fn shareable<T: Sync>() {}
    sendable::<selvedge::RwLock<std::cell::Cell<u8>>>();
    shareable::<selvedge::RwLock<u8>>();
    shareable::<selvedge::RwLockReadGuard<'_, u8>>();
    shareable::<selvedge::RwLockWriteGuard<'_, u8>>();
    shareable::<selvedge::RwLockUpgradableReadGuard<'_, u8>>();
    let lock = selvedge::RwLock::from(3);
    assert_eq!(format!("{lock:?}"), "RwLock { data: 3 }");
    let writing = lock.write();
    assert_eq!(format!("{lock:?}"), "RwLock { data: <locked> }");
    let mapped: selvedge::MappedRwLockWriteGuard<'_, i32> =
        selvedge::RwLockWriteGuard::map(writing, |data| data);
    drop(mapped);
    let mapped: selvedge::MappedRwLockReadGuard<'_, i32> =
        selvedge::RwLockReadGuard::map(lock.read(), |data| data);
    assert_eq!(*mapped, 3);
    assert_eq!(*selvedge::RwLock::<u8>::default().read(), 0);
}
