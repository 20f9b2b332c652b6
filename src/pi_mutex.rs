//! [`PiMutex`]: the front of [`RawPiMutex`].

use crate::raw::RawPiMutex;

/// A mutual exclusion lock with priority inheritance: whoever holds it runs with the highest priority of those
/// who wait for it. Linux, on 64-bit machines.
///
/// # Example
///
/// ```
/// use selvedge::PiMutex;
///
/// let total = PiMutex::new(0);
/// std::thread::scope(|scope| {
///     for _ in 0..4 {
///         scope.spawn(|| *total.lock() += 1);
///     }
/// });
/// assert_eq!(total.into_inner(), 4);
/// ```
///
/// # When to use it, and when not
///
/// Between threads with real-time priorities (SCHED_FIFO, SCHED_RR, SCHED_DEADLINE), where an urgent
/// thread must not wait for a lazy one that a third does not let run. Threads with the ordinary policy lend
/// nothing: nice values are not inherited. There is no condvar for it; under contention it is slower than
/// [`Mutex`](crate::Mutex), because every unlock is a hand-over by the kernel.
///
/// # Fairness
///
/// An unlock gives the lock to the waiter with the highest priority, among equals to the one that waits longest.
/// Nobody barges in while somebody waits.
///
/// # Blocking and deadlock
///
/// [`lock`](lock_api::Mutex::lock) sleeps in the kernel. It never sleeps for ever because of other `PiMutex`es:
/// locking one that this thread holds, or one whose owner waits for something that this thread holds, is a
/// panic in the one that comes last, or in all that come at the same moment. [`try_lock`](lock_api::Mutex::try_lock) never sleeps.
///
/// # Ordering
///
/// Everything before an unlock happens before everything after the lock that follows it.
/// `docs/memory-ordering.md`, row I1.
///
/// # Panics
///
/// On deadlock, as said. Through the raw interface, when a thread unlocks what it does not hold; guards cannot
/// be sent to one, whatever the feature `send_guard` says. And if a thread has ended that held the lock, because
/// it *forgot* its guard: a thread that was already waiting panics, and the lock goes to those who wait behind
/// it; if nobody was waiting, whoever locks later panics, and `try_lock` fails for ever. (This is found by the
/// owner's number, which the kernel may give to a new thread some day: the lock is then that thread's for
/// the kernel, and waiting for it may be for ever.) There is no poisoning: a panic with the guard alive unlocks.
///
/// A process that was forked has copies of its parent's locks and of its guards. What the parent held is held
/// for ever there.
///
/// # Timeouts
///
/// [`try_lock_for`](lock_api::Mutex::try_lock_for) and [`try_lock_until`](lock_api::Mutex::try_lock_until) give up
/// no earlier than their time. A duration that the clock cannot add is no deadline. Before Linux 5.14 the
/// kernel counts on the real-time clock, and setting that clock moves the deadlines.
///
/// # Cost
///
/// 4 bytes beside the data. Uncontended: one compare-exchange each way and no system call. Contended: one
/// system call for the lock and one for the unlock.
///
/// # Checked
///
/// Exclusion, visibility, hand-over, timeouts and a lock taken twice, with the kernel's part played without
/// priorities: `loom-tests/tests/pi.rs`, `shuttle-tests/tests/pi.rs`, random programs in
/// `shuttle-tests/tests/random_spin.rs`. On real threads, with real-time
/// priorities where the system permits them: `tests/pi_mutex.rs`.
pub type PiMutex<T> = lock_api::Mutex<RawPiMutex, T>;

/// Gives access to the data of a [`PiMutex`], and unlocks it when dropped. It stays in its thread.
///
/// ```compile_fail,E0277
/// let mutex = selvedge::PiMutex::new(0);
/// let guard = mutex.lock();
/// std::thread::scope(|scope| {
///     scope.spawn(move || drop(guard));
/// });
/// ```
pub type PiMutexGuard<'a, T> = lock_api::MutexGuard<'a, RawPiMutex, T>;

/// A [`PiMutexGuard`] for a part of the data.
pub type MappedPiMutexGuard<'a, T> = lock_api::MappedMutexGuard<'a, RawPiMutex, T>;
