//! [`BiasedRwLock`]: the front of [`RawBiasedRwLock`].

use crate::raw::RawBiasedRwLock;

/// A readers–writer lock for data that is almost always read: its readers do not meet.
///
/// # Example
///
/// ```
/// use std::collections::HashMap;
/// use selvedge::BiasedRwLock;
///
/// let routes = BiasedRwLock::new(HashMap::from([("/", "index")]));
/// std::thread::scope(|scope| {
///     for _ in 0..4 {
///         scope.spawn(|| {
///             for _ in 0..1000 {
///                 assert_eq!(routes.read()["/"], "index");
///             }
///         });
///     }
/// });
/// routes.write().insert("/about", "about");
/// ```
///
/// # When to use it, and when not
///
/// For what many threads look at all the time and hardly anybody changes: settings, tables of routes, what was loaded once and may be
/// loaded again. Readers of a [`RwLock`](crate::RwLock) all write to its word, and its cache line goes from
/// core to core; here each thread writes to a line of its own, and two threads read four to sixteen times as often as with the
/// standard library's: the more, the longer nobody has written.
/// Where there are no more than ten or twenty reads to a write, it is no better than a `RwLock`. For a few words that are read in
/// passing, and locks by the thousand, the `RwLock` is smaller. A thread must not read what it is reading already.
///
/// # Fairness
///
/// That of a [`RwLock`](crate::RwLock), which is inside. Readers by a slot do not queue, but once a writer has the lock
/// inside there are none: they come to the lock inside as well, and queue up behind the writer. So a writer waits for
/// those who were reading when its turn came, and for nobody who comes later.
///
/// # Blocking and deadlock
///
/// As for [`RwLock`](crate::RwLock), with [`upgradable_read`](lock_api::RwLock::upgradable_read) and all: a thread that reads and
/// asks to read again may wait for a writer that waits for it; one that reads and asks to write waits for itself, for ever. `try_read`
/// and `try_write` never sleep. A `try_write` may keep others out for a moment, also one that fails; a `try_read` in that moment
/// fails, and so may both.
///
/// The child of a `fork` has the locks as they were, and one thread: what another one was reading stays read in
/// the child, and cannot be written there. It is the same with the standard library's.
///
/// # Ordering
///
/// Everything before an unlock happens before everything after the lock that excludes it. `docs/memory-ordering.md`,
/// rows BR1 to BR3 and BQ1 to BQ3, and R1 and R2 for the lock inside. An unlock does not touch the lock any more once
/// another thread can have locked it, for that thread may free it; unless there is one that still waits for it.
///
/// # Panics
///
/// As for [`RwLock`](crate::RwLock). There is no poisoning.
///
/// # Timeouts
///
/// As for [`RwLock`](crate::RwLock). A writer that gives up leaves those who read as they are.
///
/// # Cost
///
/// 32 bytes beside the data (four words). In addition the process has two tables of 64 slots of 128 bytes, for all such
/// locks. A read guard is a word more than that of a `RwLock`. Reading by a slot: one compare-exchange each way, on a
/// cache line that no other thread writes to, as long as no more than 64 threads use such locks. A thread that reads
/// two such locks at once uses two slots; further ones are read as a `RwLock` is, and so is any lock whose slots are
/// taken. The guard of a reader that is forgotten (`mem::forget`) keeps its slot for ever. Writing, when nobody has
/// read lately: as for a `RwLock`, and a few loads. Otherwise an exchange for each slot by which the lock was read
/// since the last write; and after each write the first reads go through the `RwLock`, four and two for each such slot,
/// and then the first of each thread costs twice that.
///
/// On Linux (64-bit), when nobody has written for some thousands of reads, a thread goes on by plain stores and no
/// exchange at all. The next writer pays: it asks the system to have each thread of the process that runs just then
/// execute a barrier (membarrier(2)), which interrupts their processors and takes a few microseconds; and once more
/// whenever it goes to sleep for a reader. The first `read` of a process that wants to go on like that registers for
/// it, which may take ten milliseconds, in which it has not locked this lock yet; a process that uses `try_read` and
/// timed reads only never asks. Where that is refused (before Linux 4.14, by a sandbox), and on other systems, readers
/// go on by exchanges. A sandbox that refuses membarrier(2) *later* leaves a writer without what it needs, and the
/// process ends with a message: close it before, or build with `--cfg selvedge_fallback`.
///
/// # Checked
///
/// Writers exclude readers in their slots and all others, visibility with the weak memory of loom, no lost wake-up of a
/// writer that sleeps for a slot, writers that give up, upgrades, readers of several locks, all threads in one slot
/// (the same source with one), guards that are forgotten, freed while a reader leaves, all of them with quiet slots and
/// without: `loom-tests/tests/biased_rwlock.rs`, `shuttle-tests/tests/biased_rwlock.rs`, random programs against a
/// reference in `shuttle-tests/tests/random_biased_rwlock.rs`, and on real threads over both backends
/// `tests/biased_rwlock.rs`. In the models there is a bias again after each write at once, and the lock is quiet at
/// once.
///
/// # What does not compile
///
/// Readers share the data, so it has to be `Sync`:
///
/// ```compile_fail,E0277
/// fn shareable<T: Sync>() {}
/// shareable::<selvedge::BiasedRwLock<std::cell::Cell<u8>>>();
/// ```
///
/// ```
/// fn shareable<T: Sync>() {}
/// shareable::<selvedge::BiasedRwLock<u8>>();
/// ```
pub type BiasedRwLock<T> = lock_api::RwLock<RawBiasedRwLock, T>;

/// Gives shared access to the data of a [`BiasedRwLock`], and unlocks it when dropped.
///
/// It stays on its thread, unless the feature `send_guard` is on:
///
/// ```compile_fail,E0277
/// let lock = selvedge::BiasedRwLock::new(1);
/// let guard = lock.read();
/// std::thread::scope(|scope| {
///     scope.spawn(move || drop(guard));
/// });
/// ```
///
/// What it lends does not outlive it:
///
/// ```compile_fail,E0505
/// let lock = selvedge::BiasedRwLock::new(1);
/// let guard = lock.read();
/// let data = &*guard;
/// drop(guard);
/// assert_eq!(*data, 1);
/// ```
///
/// ```
/// let lock = selvedge::BiasedRwLock::new(1);
/// let guard = lock.read();
/// let data = &*guard;
/// assert_eq!(*data, 1);
/// drop(guard);
/// ```
pub type BiasedRwLockReadGuard<'a, T> = lock_api::RwLockReadGuard<'a, RawBiasedRwLock, T>;

/// Gives exclusive access to the data of a [`BiasedRwLock`], and unlocks it when dropped.
///
/// It stays on its thread, unless the feature `send_guard` is on:
///
/// ```compile_fail,E0277
/// let lock = selvedge::BiasedRwLock::new(1);
/// let guard = lock.write();
/// std::thread::scope(|scope| {
///     scope.spawn(move || drop(guard));
/// });
/// ```
///
/// What it lends does not outlive it:
///
/// ```compile_fail,E0505
/// let lock = selvedge::BiasedRwLock::new(1);
/// let guard = lock.write();
/// let data = &*guard;
/// drop(guard);
/// assert_eq!(*data, 1);
/// ```
///
/// ```
/// let lock = selvedge::BiasedRwLock::new(1);
/// let guard = lock.write();
/// let data = &*guard;
/// assert_eq!(*data, 1);
/// drop(guard);
/// ```
pub type BiasedRwLockWriteGuard<'a, T> = lock_api::RwLockWriteGuard<'a, RawBiasedRwLock, T>;

/// Gives shared access to the data of a [`BiasedRwLock`], and can be upgraded to exclusive access.
///
/// It stays on its thread, unless the feature `send_guard` is on:
///
/// ```compile_fail,E0277
/// let lock = selvedge::BiasedRwLock::new(1);
/// let guard = lock.upgradable_read();
/// std::thread::scope(|scope| {
///     scope.spawn(move || drop(guard));
/// });
/// ```
///
/// What it lends does not outlive it:
///
/// ```compile_fail,E0505
/// let lock = selvedge::BiasedRwLock::new(1);
/// let guard = lock.upgradable_read();
/// let data = &*guard;
/// drop(guard);
/// assert_eq!(*data, 1);
/// ```
///
/// ```
/// let lock = selvedge::BiasedRwLock::new(1);
/// let guard = lock.upgradable_read();
/// let data = &*guard;
/// assert_eq!(*data, 1);
/// drop(guard);
/// ```
pub type BiasedRwLockUpgradableReadGuard<'a, T> =
    lock_api::RwLockUpgradableReadGuard<'a, RawBiasedRwLock, T>;

/// A [`BiasedRwLockReadGuard`] for a part of the data.
pub type MappedBiasedRwLockReadGuard<'a, T> =
    lock_api::MappedRwLockReadGuard<'a, RawBiasedRwLock, T>;

/// A [`BiasedRwLockWriteGuard`] for a part of the data.
pub type MappedBiasedRwLockWriteGuard<'a, T> =
    lock_api::MappedRwLockWriteGuard<'a, RawBiasedRwLock, T>;
