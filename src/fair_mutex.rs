//! [`FairMutex`]: the front of [`RawFairMutex`].

use crate::raw::RawFairMutex;

/// A mutual exclusion lock that is handed over in order of arrival.
///
/// # Example
///
/// ```
/// use selvedge::FairMutex;
///
/// let queue = FairMutex::new(Vec::new());
/// std::thread::scope(|scope| {
///     for name in ["a", "b", "c"] {
///         let queue = &queue;
///         scope.spawn(move || queue.lock().push(name));
///     }
/// });
/// assert_eq!(queue.into_inner().len(), 3);
/// ```
///
/// # When to use it, and when not
///
/// When the order matters more than the speed: no thread may get the lock twice while another one waits.
/// Not as a default. Whenever threads wait, the lock goes from one to the next through a wake-up, during which
/// nobody works under it: with short critical sections that is many times slower than a
/// [`Mutex`](crate::Mutex), which is bounded as well in how often it lets a thread be overtaken.
/// A [`Condvar`](crate::Condvar) works with a `Mutex` only.
///
/// # Fairness
///
/// First come, first served, where to come is to join the queue. A thread that finds the lock held looks a
/// few times before it does. A thread that gives up leaves the queue to the others.
///
/// # Blocking and deadlock
///
/// As [`Mutex`](crate::Mutex). [`try_lock`](lock_api::Mutex::try_lock) fails while anybody waits, for the
/// lock is not free then.
///
/// # Ordering
///
/// As [`Mutex`](crate::Mutex): `docs/memory-ordering.md`, row M1.
///
/// # Panics
///
/// Unlocking what nobody has locked, which only the raw API can do. There is no poisoning: a panic with the guard
/// alive unlocks.
///
/// # Timeouts
///
/// As [`Mutex`](crate::Mutex). A lock that is handed to a thread just when its time has passed is taken, and
/// the call returns it.
///
/// # Cost
///
/// 4 bytes beside the data. Uncontended as cheap as [`Mutex`](crate::Mutex). With waiters, every unlock wakes one.
///
/// # Checked
///
/// Order of arrival, exclusion, visibility, timeouts, hand-over to a thread that gives up:
/// `loom-tests/tests/fair_mutex.rs`, `shuttle-tests/tests/fair_mutex.rs`, random programs in
/// `shuttle-tests/tests/random_spin.rs`, and on real threads over both backends `tests/fair_mutex.rs`.
pub type FairMutex<T> = lock_api::Mutex<RawFairMutex, T>;

/// Gives access to the data of a [`FairMutex`], and unlocks it when dropped.
///
/// It stays on its thread, unless the feature `send_guard` is on:
///
/// ```compile_fail,E0277
/// let mutex = selvedge::FairMutex::new(1);
/// let guard = mutex.lock();
/// std::thread::scope(|scope| {
///     scope.spawn(move || drop(guard));
/// });
/// ```
///
/// What it lends does not outlive it:
///
/// ```compile_fail,E0505
/// let mutex = selvedge::FairMutex::new(1);
/// let guard = mutex.lock();
/// let data = &*guard;
/// drop(guard);
/// assert_eq!(*data, 1);
/// ```
///
/// ```
/// let mutex = selvedge::FairMutex::new(1);
/// let guard = mutex.lock();
/// let data = &*guard;
/// assert_eq!(*data, 1);
/// drop(guard);
/// ```
pub type FairMutexGuard<'a, T> = lock_api::MutexGuard<'a, RawFairMutex, T>;

/// A [`FairMutexGuard`] for a part of the data.
pub type MappedFairMutexGuard<'a, T> = lock_api::MappedMutexGuard<'a, RawFairMutex, T>;
