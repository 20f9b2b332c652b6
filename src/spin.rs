//! [`SpinLock`]: the front of [`RawSpinLock`].

use crate::raw::RawSpinLock;

/// A lock of one byte, for which one spins: for a few instructions, where nobody can sleep.
///
/// # Example
///
/// ```
/// use selvedge::SpinLock;
///
/// static TOTAL: SpinLock<u32> = SpinLock::new(0);
///
/// std::thread::scope(|scope| {
///     for _ in 0..4 {
///         scope.spawn(|| *TOTAL.lock() += 1);
///     }
/// });
/// assert_eq!(*TOTAL.lock(), 4);
/// ```
///
/// # When to use it, and when not
///
/// For critical sections of a few instructions, mostly without contention, where a byte matters, or where there is no
/// operating system to sleep in: without the feature `std` it works as well.
///
/// Not where a [`Mutex`](crate::Mutex) would do, which is nearly everywhere that has an operating system. Not:
///
/// - *where the holder can be preempted*: if the system takes the processor away from the holder, all who wait burn theirs until it
///   runs again.
/// - *with more threads than cores*: the same, all the time.
/// - *with threads of different priority*: one that spins at a high priority can keep the holder from
///   running, for ever under a real-time scheduler. Nothing here lends a priority.
/// - *on a single core*: whoever waits keeps the holder from running.
/// - *in a signal or interrupt handler* that may interrupt a holder: the handler waits for what it has interrupted. Mask the
///   signal or interrupt while the lock is held, or use `try_lock` there.
/// - *around anything that blocks*, waits for input, or takes long.
///
/// What is done against it: after some microseconds of pauses, a thread that waits offers its processor to others
/// (it yields to the system) at every look. That helps threads of the same priority, and makes waiting slow. Without the
/// feature `std` there is no system to yield to, only pauses.
///
/// # Fairness
///
/// None. Whoever comes first after the unlock has it, often the thread that unlocked. A thread may wait for as long as
/// others keep coming. [`TicketLock`](crate::TicketLock) and [`McsLock`](crate::McsLock) serve in order.
///
/// # Blocking and deadlock
///
/// [`lock`](lock_api::Mutex::lock) spins until it has the lock. A thread that locks what it holds spins for ever, and so does
/// everybody if a guard is forgotten; in the models both are deadlocks, and reported.
/// [`try_lock`](lock_api::Mutex::try_lock) never waits.
///
/// # Ordering
///
/// Everything before an unlock happens before everything after the lock that follows it.
/// `docs/memory-ordering.md`, row S1. An unlock does not touch the lock any more once another thread
/// can have it: that thread may free it.
///
/// # Panics
///
/// Never. There is no poisoning: a panic with the guard alive unlocks. (Unlocking through [`RawSpinLock`] what nobody holds
/// does, where it is seen.)
///
/// # Timeouts
///
/// There are none: what has time to give up has time to sleep.
///
/// # Cost
///
/// 1 byte beside the data. Uncontended: one compare-exchange to lock, one store to unlock. Contended, all who wait look
/// at one cache line, and each unlock sends it to all of them.
///
/// # Sending guards
///
/// A guard stays on its thread, unless the feature `send_guard` is on.
///
/// ```compile_fail,E0277
/// fn sendable<T: Send>(_: T) {}
/// let lock = selvedge::SpinLock::new(0);
/// sendable(lock.lock());
/// ```
///
/// ```
/// fn shareable<T: Sync>(_: T) {}
/// let lock = selvedge::SpinLock::new(0);
/// shareable(lock.lock());
/// ```
///
/// # Checked
///
/// Exclusion, visibility, `try_lock`, and that a forgotten unlock is a deadlock: under loom
/// (`loom-tests/tests/spin.rs`) and shuttle (`shuttle-tests/tests/spin.rs`), and on real threads (`tests/spin.rs`). That the
/// unlock touches nothing afterwards: there, too, with a lock that its next owner frees.
pub type SpinLock<T> = lock_api::Mutex<RawSpinLock, T>;

/// Gives access to the data of a [`SpinLock`], and unlocks it when dropped.
pub type SpinLockGuard<'a, T> = lock_api::MutexGuard<'a, RawSpinLock, T>;

/// A [`SpinLockGuard`] for a part of the data.
pub type MappedSpinLockGuard<'a, T> = lock_api::MappedMutexGuard<'a, RawSpinLock, T>;
