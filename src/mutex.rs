//! [`Mutex`]: the front of [`RawMutex`].

use crate::raw::RawMutex;

/// A mutual exclusion lock: one thread at a time has the data.
///
/// # Example
///
/// ```
/// use selvedge::Mutex;
///
/// let total = Mutex::new(0);
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
/// The default lock. Not for interrupting a wait from outside (use a [`Condvar`](crate::Condvar) and a
/// flag), not across an `.await`, not in a signal handler.
///
/// # Fairness
///
/// A running thread may take a free lock although others wait for it, which is what makes contended
/// locks fast; but no thread that waits is overtaken more than 1 048 576 times. Those who wait are served in order of
/// arrival, so the first in the queue is the one that was overtaken most often; when that was often enough, unlocks
/// hand the lock over, to it and to everybody who has waited as long. The count starts when a thread has joined the
/// queue; for one that a [`Condvar`](crate::Condvar) has moved there it may start once more, at the end of the queue.
///
/// What serves those who wait is a clock, long before. An unlock wakes the first of those who sleep, if nobody is on the way
/// or looks. If that one has no processor after 75 microseconds, an unlock keeps the lock for it, and whoever comes next
/// *steps aside*: it goes to the end of the queue, leaves its processor, and opens the lock for everybody else. A thread
/// that was woken and finds the lock held is handed it by the next unlock, if that comes while it looks; and if it has come
/// in vain twice, the lock is put aside for it in the same way. So a thread waits for about 75 microseconds for each one
/// that came before it, or for some sections, if that is longer. That is no promise: other locks may share the clock, which
/// is looked at on every 64th overtaking; and who looks, or was woken, must get a processor from the system at last. To be
/// served in order always, use [`FairMutex`](crate::FairMutex) or [`MutexGuard::unlock_fair`].
///
/// [`MutexGuard::unlock_fair`] and [`MutexGuard::bump`] hand the lock over at once, to the thread that has
/// waited longest. [`FairMutex`](crate::FairMutex) always does.
///
/// # Blocking and deadlock
///
/// [`lock`](lock_api::Mutex::lock) looks for a microsecond or two, and for 25 if nobody else does and that was of use lately;
/// then it sleeps. Locking a mutex that the same thread holds never returns; in a debug build it panics after a second (not with
/// the feature `send_guard`: the thread that has locked need not be the one that holds then).
/// [`try_lock`](lock_api::Mutex::try_lock) never sleeps, and fails only while the lock is held or kept for a thread that was woken.
///
/// # Ordering
///
/// Everything before an unlock happens before everything after the lock that follows it.
/// `docs/memory-ordering.md`, row M1. An unlock does not touch the mutex any more once another thread
/// can have locked it, for that thread may free it; unless there is one that still waits for it.
///
/// # Panics
///
/// Unlocking what nobody holds, which only the raw API can do. There is no poisoning: a panic with the guard alive unlocks.
///
/// # Timeouts
///
/// [`try_lock_for`](lock_api::Mutex::try_lock_for) and
/// [`try_lock_until`](lock_api::Mutex::try_lock_until) give up no earlier than their time. They may
/// still return the lock after it, when it is there to be had. A duration that the clock cannot add is
/// no deadline.
///
/// # Cost
///
/// 4 bytes beside the data; who waits is in a queue elsewhere, on the stacks of those who wait. Uncontended: one
/// read-modify-write each way and no system call, and so it is for a running thread while others wait. With waiters, at most one
/// wake per unlock, and none while one of them is known to be on its way, or, but for the clock and for fair unlocks, while somebody looks.
///
/// # Checked
///
/// Exclusion, visibility, no lost wake-up, timeouts against unlocks, hand-over, stepping aside and the bound on overtaking
/// (the same source with a bound of 4, and with a clock that is always late): under loom (`loom-tests/tests/mutex.rs`) and
/// shuttle (`shuttle-tests/tests/mutex.rs`), two threads that lock once exhaustively and larger programs with at most six
/// preemptions, and on real threads over both backends (`tests/mutex.rs`). That the unlock touches nothing afterwards:
/// `loom-tests/tests/lifetime.rs`, and under AddressSanitizer (`machine-tests/src/bin/lifetime.rs`).
///
/// # What does not compile
///
/// The data goes from thread to thread, so it has to be `Send`:
///
/// ```compile_fail,E0277
/// fn shareable<T: Sync>() {}
/// shareable::<selvedge::Mutex<std::rc::Rc<u8>>>();
/// ```
///
/// ```
/// fn shareable<T: Sync>() {}
/// shareable::<selvedge::Mutex<std::cell::Cell<u8>>>();
/// ```
pub type Mutex<T> = lock_api::Mutex<RawMutex, T>;

/// Gives access to the data of a [`Mutex`], and unlocks it when dropped.
///
/// It stays on its thread, unless the feature `send_guard` is on:
///
/// ```compile_fail,E0277
/// let mutex = selvedge::Mutex::new(1);
/// let guard = mutex.lock();
/// std::thread::scope(|scope| {
///     scope.spawn(move || drop(guard));
/// });
/// ```
///
/// What it lends does not outlive it:
///
/// ```compile_fail,E0505
/// let mutex = selvedge::Mutex::new(1);
/// let guard = mutex.lock();
/// let data = &*guard;
/// drop(guard);
/// assert_eq!(*data, 1);
/// ```
///
/// ```
/// let mutex = selvedge::Mutex::new(1);
/// let guard = mutex.lock();
/// let data = &*guard;
/// assert_eq!(*data, 1);
/// drop(guard);
/// ```
pub type MutexGuard<'a, T> = lock_api::MutexGuard<'a, RawMutex, T>;

/// A [`MutexGuard`] for a part of the data.
pub type MappedMutexGuard<'a, T> = lock_api::MappedMutexGuard<'a, RawMutex, T>;
