//! [`Condvar`]: the front of [`RawCondvar`].

use crate::raw::RawCondvar;

/// A condition variable: sleep until the data behind a [`Mutex`](crate::Mutex) has changed.
///
/// # Example
///
/// ```
/// use selvedge::{Condvar, Mutex};
///
/// let (ready, changed) = (Mutex::new(false), Condvar::new());
/// std::thread::scope(|scope| {
///     scope.spawn(|| {
///         *ready.lock() = true;
///         changed.notify_one();
///     });
///     let mut ready = ready.lock();
///     changed.wait_while(&mut ready, |ready| !*ready);
///     assert!(*ready);
/// });
/// ```
///
/// # When to use it, and when not
///
/// For conditions on data that a mutex protects. Change the condition *under the mutex*, notify after
/// that, inside or outside: then no notification is lost. Notifications are not remembered: one that
/// nobody waits for is gone.
///
/// # Fairness
///
/// Waiters are notified in order of arrival. Which of them gets the mutex first is the mutex's matter.
///
/// # Blocking and deadlock
///
/// `wait` unlocks the mutex and sleeps in a futex, and locks the mutex again before it returns. It
/// holds every *other* lock of the thread while it sleeps. If anybody waits, `notify_one` and
/// `notify_all` take an internal lock while they take the waiters out of the queue, and another one while they put
/// them into the mutex's if that is locked; never the mutex.
///
/// # Ordering
///
/// What the notifying thread did under the mutex is visible to the notified one, through the mutex.
///
/// # Panics
///
/// `wait` panics, with the mutex still locked, if other threads are waiting on this condvar with
/// another mutex.
///
/// # Spurious wake-ups and timeouts
///
/// There are no spurious wake-ups: `wait` returns only because of a notification, and the timed forms
/// only because of a notification or because their time has passed. Each notification is one thread's:
/// `notify_one` returns whether it notified a thread, `notify_all` how many, exactly. A wait that times
/// out has used up no notification. The condition must be looked at again all the same: between the
/// notification and the mutex, another thread may have changed it.
///
/// # Cost
///
/// 1 byte. A notification that nobody waits for is one load. Notifying while the
/// mutex is held moves the waiter to the mutex without waking it, so that `notify_all` under the lock
/// wakes one thread per unlock (two, if that unlock is a wait's) and not all at once.
///
/// # Checked
///
/// No lost notification, exact counts, timeouts against notifications, the mutex held again after
/// every wait: `loom-tests/tests/condvar.rs`, `shuttle-tests/tests/condvar.rs`, and on real threads
/// over both backends `tests/condvar.rs`.
///
/// # What does not compile
///
/// It moves waiters to the queue of a [`Mutex`](crate::Mutex), and takes no other lock's guard:
///
/// ```compile_fail,E0308
/// let (fair, changed) = (selvedge::FairMutex::new(1), selvedge::Condvar::new());
/// changed.wait(&mut fair.lock());
/// ```
///
/// ```
/// let (mutex, changed) = (selvedge::Mutex::new(1), selvedge::Condvar::new());
/// changed.wait_while(&mut mutex.lock(), |one| *one != 1);
/// ```
pub type Condvar = lock_api::Condvar<RawCondvar>;

pub use lock_api::WaitTimeoutResult;
