//! [`TicketLock`]: the front of [`RawTicketLock`].

use crate::raw::RawTicketLock;

/// A lock for which one spins, first come, first served.
///
/// # Example
///
/// ```
/// use selvedge::TicketLock;
///
/// static TOTAL: TicketLock<u32> = TicketLock::new(0);
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
/// For critical sections of a few instructions with a little contention, where no thread may starve. It works without
/// the feature `std`.
///
/// Not where a [`Mutex`](crate::Mutex) would do, which is nearly everywhere that has an operating system. Not:
///
/// - *where the holder can be preempted*: if the system takes the processor away from the holder *or from the thread
///   whose turn it is*, nobody gets the lock until that one runs again; it suffers worse than a
///   [`SpinLock`](crate::SpinLock), which whoever runs can take.
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
/// First come, first served: a thread that has drawn its ticket before another came is served before it. Every unlock
/// is fair, so [`TicketLockGuard::unlock_fair`] is the same as dropping the guard, and [`TicketLockGuard::bump`] lets in all who
/// wait and queues up behind them.
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
/// `docs/memory-ordering.md`, row T1. An unlock does not touch the lock any more once another thread
/// can have it: that thread may free it.
///
/// # Panics
///
/// Never. There is no poisoning: a panic with the guard alive unlocks. (Unlocking through [`RawTicketLock`] what nobody holds
/// does, where it is seen.)
///
/// # Timeouts
///
/// There are none: what has time to give up has time to sleep.
///
/// # Cost
///
/// 8 bytes beside the data. Uncontended: one addition to lock, one store to unlock. Contended, all who wait look at one
/// cache line, and each unlock sends it to all of them. 2^32 - 1 threads may be inside.
///
/// # Sending guards
///
/// A guard stays on its thread, unless the feature `send_guard` is on.
///
/// ```compile_fail,E0277
/// fn sendable<T: Send>(_: T) {}
/// let lock = selvedge::TicketLock::new(0);
/// sendable(lock.lock());
/// ```
///
/// ```
/// fn shareable<T: Sync>(_: T) {}
/// let lock = selvedge::TicketLock::new(0);
/// shareable(lock.lock());
/// ```
///
/// # Checked
///
/// Exclusion, visibility, order of arrival, the numbers' wrapping around, `try_lock`, and that a forgotten unlock is a deadlock: under loom
/// (`loom-tests/tests/spin.rs`) and shuttle (`shuttle-tests/tests/spin.rs`), and on real threads (`tests/spin.rs`). That the
/// unlock touches nothing afterwards: there, too, with a lock that its next owner frees.
pub type TicketLock<T> = lock_api::Mutex<RawTicketLock, T>;

/// Gives access to the data of a [`TicketLock`], and unlocks it when dropped.
pub type TicketLockGuard<'a, T> = lock_api::MutexGuard<'a, RawTicketLock, T>;

/// A [`TicketLockGuard`] for a part of the data.
pub type MappedTicketLockGuard<'a, T> = lock_api::MappedMutexGuard<'a, RawTicketLock, T>;
