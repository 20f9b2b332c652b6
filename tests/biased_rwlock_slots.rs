//! Where the readers of a `BiasedRwLock` are. A process of its own: the slots are for all locks of a process, and in a slot that is
//! in use nobody else reads.

/// Whether the reader that is inside is in the lock inside, and not in a slot.
fn is_in_the_lock_inside(lock: &selvedge::BiasedRwLock<u32>) -> bool {
    // SAFETY: it is only looked at.
    let shown = format!("{:?}", unsafe { lock.raw() });
    !shown.contains("word: 0 ")
}

/// Whether it is read without exchanges.
fn is_quiet(lock: &selvedge::BiasedRwLock<u32>) -> bool {
    // SAFETY: it is only looked at.
    !format!("{:?}", unsafe { lock.raw() }).contains("quiet: 0 ")
}

/// A reader that need not touch the lock does not. After a write the first six do.
fn readers_do_not_touch_the_lock() {
    let lock = selvedge::BiasedRwLock::new(0);
    for write in 0..3 {
        let inside = |_| {
            let _reading = lock.read();
            is_in_the_lock_inside(&lock)
        };
        let inside: Vec<bool> = (0..100).map(inside).collect();
        let first = if write == 0 { 0 } else { 6 };
        assert!(inside[..first].iter().all(|&inside| inside), "{inside:?}");
        assert!(!inside[first..].iter().any(|&inside| inside), "{inside:?}");
        // And those who ask for it with a limit.
        let reading = lock.try_read_for(std::time::Duration::from_secs(1));
        assert!(reading.is_some() && !is_in_the_lock_inside(&lock));
        drop(reading);
        *lock.write() += 1;
    }
}

/// Nor when it has read for so long that it does so quietly.
fn quiet_readers_do_not_either() {
    let lock = selvedge::BiasedRwLock::new(0);
    let touch = (0..10_000).filter(|_| {
        let _reading = lock.read();
        is_in_the_lock_inside(&lock)
    });
    assert_eq!(touch.count(), 0);
    let may_be = cfg!(all(
        target_os = "linux",
        target_pointer_width = "64",
        not(selvedge_fallback)
    ));
    assert_eq!(is_quiet(&lock), may_be);
    let reading = lock.read();
    assert!(lock.is_locked() && !lock.is_locked_exclusive() && lock.try_write().is_none());
    drop(reading);
    *lock.write() += 1;
    assert!(!is_quiet(&lock));
    assert_eq!(*lock.read(), 1);
}

/// One thread reads several locks: the first two by slots, the others as they can.
fn two_locks_are_read_by_slots() {
    let locks: [selvedge::BiasedRwLock<u32>; 4] = Default::default();
    for _ in 0..2 {
        let all: Vec<_> = locks.iter().map(|lock| lock.read()).collect();
        assert_eq!(
            locks.each_ref().map(is_in_the_lock_inside),
            [false, false, true, true]
        );
        drop(all);
    }
}

/// Threads that read at once do so in slots of their own, as long as there are as many.
fn threads_read_by_slots() {
    const THREADS: usize = 32;
    let lock = selvedge::BiasedRwLock::new(0);
    for _ in 0..3 {
        let all = std::sync::Barrier::new(THREADS);
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    for _ in 0..20 {
                        drop(lock.read());
                    }
                    all.wait();
                    let _reading = lock.read();
                    all.wait();
                    assert!(!is_in_the_lock_inside(&lock));
                    assert!(lock.is_locked());
                    all.wait();
                });
            }
        });
        *lock.write() += 1;
    }
}

#[test]
fn who_reads_by_a_slot() {
    readers_do_not_touch_the_lock();
    quiet_readers_do_not_either();
    two_locks_are_read_by_slots();
    threads_read_by_slots();
}
