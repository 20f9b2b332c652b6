//! [`McsLock`]: the front of [`RawMcsLock`].

use crate::raw::RawMcsLock;

/// A lock with a queue in which each thread spins on a word of its own, first come, first served.
///
/// # Example
///
/// ```
/// use selvedge::McsLock;
///
/// static TOTAL: McsLock<u32> = McsLock::new(0);
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
/// For critical sections of a few instructions that many cores contend for, where no thread may starve: a hand-over
/// touches the cache line of one thread, however many wait. It works without the feature `std`.
///
/// Not where a [`Mutex`](crate::Mutex) would do, which is nearly everywhere that has an operating system. Not:
///
/// - *where the holder can be preempted*: if the system takes the processor away from the holder *or from the thread
///   whose turn it is*, nobody gets the lock until that one runs again; it suffers worse than a
///   [`SpinLock`](crate::SpinLock), which whoever runs can take. An unlock, too, may have to wait, for a thread that is
///   between two instructions of queueing.
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
/// First come, first served, in the order in which the threads have queued. Every unlock is fair, so
/// [`McsLockGuard::unlock_fair`] is the same as dropping the guard, and [`McsLockGuard::bump`] lets in all who wait and queues up
/// behind them.
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
/// `docs/memory-ordering.md`, rows Q1 to Q3. An unlock does not touch the lock any more once another thread
/// can have it: that thread may free it.
///
/// # Panics
///
/// Never. There is no poisoning: a panic with the guard alive unlocks. (Unlocking through [`RawMcsLock`] what nobody holds
/// does, where it is seen.)
///
/// # Timeouts
///
/// There are none: what has time to give up has time to sleep.
///
/// # Cost
///
/// 16 bytes beside the data on a 64-bit machine, and two pointers in a guard. A node of two cache lines on the stack of each
/// thread while it waits. Uncontended: one compare-exchange each way. Contended: a swap, a store, and a
/// compare-exchange.
///
/// # Sending guards
///
/// A guard stays on its thread, unless the feature `send_guard` is on.
///
/// ```compile_fail,E0277
/// fn sendable<T: Send>(_: T) {}
/// let lock = selvedge::McsLock::new(0);
/// sendable(lock.lock());
/// ```
///
/// ```
/// fn shareable<T: Sync>(_: T) {}
/// let lock = selvedge::McsLock::new(0);
/// shareable(lock.lock());
/// ```
///
/// # Checked
///
/// Exclusion, visibility, order of arrival, the life of the queue's nodes, `try_lock`, and that a forgotten unlock is a
/// deadlock: under loom (`loom-tests/tests/spin.rs`) and shuttle (`shuttle-tests/tests/spin.rs`), and on real threads
/// (`tests/spin.rs`). That the unlock touches nothing afterwards: there, too, with a lock that its next owner frees.
pub type McsLock<T> = lock_api::Mutex<RawMcsLock, T>;

/// Gives access to the data of an [`McsLock`], and unlocks it when dropped.
pub type McsLockGuard<'a, T> = lock_api::MutexGuard<'a, RawMcsLock, T>;

/// An [`McsLockGuard`] for a part of the data.
pub type MappedMcsLockGuard<'a, T> = lock_api::MappedMutexGuard<'a, RawMcsLock, T>;
