//! What lives how long: an unlock touches nothing once the next owner can have the lock.

use std::mem::MaybeUninit;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::{Condvar, Kit, Mutex, go};

/// An object that is dropped by whoever says so, while its memory stays until the execution is over:
/// so that a use after the drop reaches a dropped word, which reports it, and not somebody else's.
pub struct Mortal<T> {
    value: std::cell::UnsafeCell<MaybeUninit<T>>,
    dropped: AtomicBool,
}

// SAFETY: shared as a `T` would be; `kill` is called once, by a thread that knows nobody needs it.
unsafe impl<T: Sync> Sync for Mortal<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Send for Mortal<T> {}

impl<T> Mortal<T> {
    /// Alive.
    pub fn new(value: T) -> Arc<Self> {
        Arc::new(Self {
            value: std::cell::UnsafeCell::new(MaybeUninit::new(value)),
            dropped: AtomicBool::new(false),
        })
    }

    /// The value, dead or alive.
    pub fn get(&self) -> &T {
        let value = self.value.get();
        // SAFETY: the memory is there as long as `self`, and was initialized. If the value has been
        // dropped, what reaches into it is the defect that is looked for: its words are numbers whose
        // bytes are still there, and they say that they were dropped.
        unsafe { &*value.cast::<T>() }
    }

    /// Drops the value.
    pub fn kill(&self) {
        assert!(!self.dropped.swap(true, Relaxed), "dropped twice");
        let value = self.value.get();
        // SAFETY: once, and the caller knows that nobody has a reason to use it any more.
        unsafe { value.cast::<T>().drop_in_place() }
    }
}

/// Threads use an object once each, under its own mutex; the last one frees it as soon as it has had
/// the lock, while others may still be inside `unlock`.
pub fn freed_by_the_last_owner<K: Kit>(owners: usize) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let object = Mortal::new(Mutex::<K, _>::new(0));
        let use_it = move |object: &Mortal<Mutex<K, usize>>| {
            let mut users = object.get().lock();
            *users += 1;
            let last = *users == owners;
            drop(users);
            if last {
                object.kill();
            }
        };
        let others: Vec<_> = (1..owners)
            .map(|_| {
                let object = Arc::clone(&object);
                go(move || use_it(&object))
            })
            .collect();
        use_it(&object);
        for other in others {
            other.join().unwrap();
        }
    }
}

/// The same with a fair unlock by the first.
pub fn freed_by_whom_it_was_handed_to<K: Kit>() {
    let object = Mortal::new(Mutex::<K, _>::new(0));
    let use_it = |object: &Mortal<Mutex<K, i32>>| {
        let mut users = object.get().lock();
        *users += 1;
        let last = *users == 2;
        crate::selvedge::lock_api::MutexGuard::unlock_fair(users);
        if last {
            object.kill();
        }
    };
    let other = {
        let object = Arc::clone(&object);
        go(move || use_it(&object))
    };
    use_it(&object);
    other.join().unwrap();
}

/// A condvar that is freed by its only waiter as soon as that was notified, while the notifier may
/// still be inside `notify_all`.
pub fn freed_by_the_notified<K: Kit>(
    under_the_lock: bool,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let open = Arc::new(Mutex::<K, _>::new(false));
        let changed = Mortal::new(Condvar::<K>::new());
        let waiting = Arc::new(AtomicBool::new(false));
        let walker = {
            let (open, changed, waiting) = (
                Arc::clone(&open),
                Arc::clone(&changed),
                Arc::clone(&waiting),
            );
            go(move || {
                let mut open = open.lock();
                if *open {
                    return; // the notifier found nobody, and will not look again
                }
                waiting.store(true, Relaxed);
                changed.get().wait_while(&mut open, |open| !*open);
                drop(open);
                changed.kill();
            })
        };
        let mut guard = open.lock();
        *guard = true;
        // Ordinary memory, read under the mutex: only then is the condvar sure to be alive.
        if waiting.load(Relaxed) {
            if under_the_lock {
                changed.get().notify_all();
                drop(guard);
            } else {
                // The walker cannot leave before it is notified.
                drop(guard);
                changed.get().notify_all();
            }
        } else {
            drop(guard);
        }
        walker.join().unwrap();
    }
}
