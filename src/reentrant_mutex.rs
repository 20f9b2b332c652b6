//! [`ReentrantMutex`]: a [`RawMutex`] that knows its owner.

use crate::raw::{RawMutex, RawThreadId};

/// A mutex that the thread which holds it may lock again.
///
/// # Example
///
/// ```
/// use core::cell::Cell;
/// use selvedge::ReentrantMutex;
///
/// static TOTAL: ReentrantMutex<Cell<u32>> = ReentrantMutex::new(Cell::new(0));
///
/// fn add(number: u32) {
///     let total = TOTAL.lock();
///     total.set(total.get() + number);
/// }
///
/// let total = TOTAL.lock();
/// add(1); // locks it again
/// add(2);
/// assert_eq!(total.get(), 3);
/// ```
///
/// # When to use it, and when not
///
/// Where functions that lock call one another, or the caller back, and that cannot be undone. It gives shared references
/// only, because one thread may have several guards; put a `Cell` or a `RefCell` inside. A [`Mutex`](crate::Mutex) finds
/// the same mistakes by not returning, is smaller, and works with a [`Condvar`](crate::Condvar).
///
/// # Fairness
///
/// That of [`Mutex`](crate::Mutex). [`ReentrantMutexGuard::unlock_fair`] and [`ReentrantMutexGuard::bump`] hand the lock
/// over if the guard is the only one of its thread.
///
/// # Blocking and deadlock
///
/// [`lock`](lock_api::ReentrantMutex::lock) sleeps while another thread holds the lock, and never on behalf of its own
/// thread. The lock is free when the thread has dropped as many guards as it has taken. Two threads that lock two of
/// them in different orders wait for ever; the models name the circle.
///
/// # Ordering
///
/// Everything before the last unlock happens before everything after the lock of another thread that follows it.
/// `docs/memory-ordering.md`, row M1. The last unlock does not touch the mutex any more once another thread can have
/// locked it.
///
/// The owner's number is kept by [`lock_api`] beside the lock, and read and written there without ordering; a thread asks
/// of it only whether it is its own. It is so if that thread has written it and not cleared it since, whatever
/// others write. So it needs no ordering, and that the models do not see these accesses hides nothing from
/// them.
///
/// # Panics
///
/// If a thread takes more guards than a `usize` counts, which needs as many that were forgotten: "ReentrantMutex lock
/// count overflow". Nothing has changed then. There is no poisoning: a panic with the guard alive unlocks.
///
/// # Timeouts
///
/// [`try_lock_for`](lock_api::ReentrantMutex::try_lock_for) and
/// [`try_lock_until`](lock_api::ReentrantMutex::try_lock_until) give up no earlier than their time, and never on the
/// thread that holds the lock. A duration that the clock cannot add is no deadline.
///
/// # Cost
///
/// 24 bytes beside the data on a 64-bit machine: the lock, its owner's number, and how often it is locked. Locking it for
/// the first time costs what a `Mutex` costs and a look at a thread-local; again, no atomic read-modify-write.
///
/// # In a model
///
/// The owner and the count are ordinary memory, which does not start fresh in the next execution. A *static* one that was
/// locked when its execution failed, or whose guard was forgotten, stays so for them: nobody is taken for its owner, but
/// whoever locks it next may panic, because the count is not 0. So make it inside the model; and do not lock one
/// that another thread holds in a destructor that runs when an execution has failed.
///
/// # Checked
///
/// Exclusion and visibility over several depths, `try_lock` and timeouts at each depth, hand-over, that nobody else is
/// taken for the owner: under loom (`loom-tests/tests/reentrant_mutex.rs`) and shuttle
/// (`shuttle-tests/tests/reentrant_mutex.rs`), there also against random programs
/// (`shuttle-tests/tests/random_reentrant_mutex.rs`), and on real threads over both backends
/// (`tests/reentrant_mutex.rs`). The lock inside is that of [`Mutex`](crate::Mutex).
///
/// # What does not compile
///
/// A guard stays on its thread:
///
/// ```
/// let mutex = selvedge::ReentrantMutex::new(1);
/// let guard = mutex.lock();
/// std::thread::scope(|scope| { scope.spawn(|| assert_eq!(*guard, 1)); });
/// ```
///
/// ```compile_fail,E0277
/// let mutex = selvedge::ReentrantMutex::new(1);
/// let guard = mutex.lock();
/// std::thread::scope(|scope| { scope.spawn(|| drop(guard)); });
/// ```
///
/// There are no mutable references to the data, because a thread may have two guards:
///
/// ```
/// let mutex = selvedge::ReentrantMutex::new(core::cell::Cell::new(1));
/// mutex.lock().set(2);
/// ```
///
/// ```compile_fail,E0594
/// let mutex = selvedge::ReentrantMutex::new(1);
/// *mutex.lock() = 2;
/// ```
///
/// And no reference outlives its guard:
///
/// ```compile_fail,E0505
/// let mutex = selvedge::ReentrantMutex::new(1);
/// let guard = mutex.lock();
/// let data: &i32 = &guard;
/// drop(guard);
/// assert_eq!(*data, 1);
/// ```
pub type ReentrantMutex<T> = lock_api::ReentrantMutex<RawMutex, RawThreadId, T>;

/// Gives shared access to the data of a [`ReentrantMutex`]; when the last one of its thread is dropped, that unlocks.
pub type ReentrantMutexGuard<'a, T> = lock_api::ReentrantMutexGuard<'a, RawMutex, RawThreadId, T>;

/// A [`ReentrantMutexGuard`] for a part of the data.
pub type MappedReentrantMutexGuard<'a, T> =
    lock_api::MappedReentrantMutexGuard<'a, RawMutex, RawThreadId, T>;
