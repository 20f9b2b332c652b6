//! [`RwLock`] and [`RecursiveRwLock`]: the fronts of [`RawRwLock`].

use crate::raw::{RawRwLock, RawRwLockRecursive};

/// A readers–writer lock: any number of threads read the data, or one writes it.
///
/// # Example
///
/// ```
/// use selvedge::{RwLock, RwLockUpgradableReadGuard, RwLockWriteGuard};
///
/// let table = RwLock::new(vec![1]);
/// {
///     let (one, other) = (table.read(), table.read()); // readers do not exclude one another
///     assert_eq!(one.len(), other.len());
/// }
/// table.write().push(2);
///
/// // Look first, and write only if it has to be: nobody else can write in between.
/// let look = table.upgradable_read();
/// if !look.contains(&3) {
///     let mut table = RwLockUpgradableReadGuard::upgrade(look);
///     table.push(3);
///     let look = RwLockWriteGuard::downgrade(table); // and go on reading
///     assert_eq!(*look, [1, 2, 3]);
/// }
/// ```
///
/// # When to use it, and when not
///
/// When reading takes long and is much more frequent than writing. For short critical sections a
/// [`Mutex`](crate::Mutex) is cheaper: readers who only pass through still write to the lock's word. A thread
/// must not read what it is reading already ([`RecursiveRwLock`] allows that).
///
/// # Fairness
///
/// No thread waits for ever, reader or writer. Those who wait are in one queue, in order of arrival. A newcomer goes to
/// its end if anybody waits, so a writer that waits keeps new readers out. Only after the lock was free, while those who were
/// first in the queue are on their way, may others enter before them: no more than 1 048 576 times while a thread is first, or 128
/// times on a 32-bit machine. When the first wants to read, the readers directly behind it are woken with it, and while none of them
/// has come yet, so is who comes after them. Every four milliseconds, while somebody is on its way, and after a `fair` unlock, nobody
/// enters before those who are.
///
/// # Blocking and deadlock
///
/// `read`, `write`, `upgradable_read` and `upgrade` sleep after a few looks. A thread that reads and asks to read
/// again may wait for a writer that waits for it, also behind another thread that waits to read upgradably. One
/// that reads and asks to write waits for itself for ever, in a debug build too. One that writes and asks for the lock in any
/// way does so as well; that a debug build notices (not with `send_guard`), and panics after a second. To read first and write then, use
/// [`upgradable_read`](lock_api::RwLock::upgradable_read): there is one upgradable reader at a time, so that two of them
/// cannot wait for each other.
///
/// `try_read`, `try_write` and `try_upgradable_read` never sleep. They may fail also if the lock is free at that moment: while others
/// wait who are next. A reader that asks is counted before it is known whether it is let in: so `try_upgrade` may fail
/// because of one that is not, and `is_locked` be true.
///
/// # Ordering
///
/// Everything before an unlock happens before everything after the lock that excludes it.
/// `docs/memory-ordering.md`, rows R1 and R2. An unlock does not touch the lock any more once another thread
/// can have locked it, for that thread may free it; unless there is one that still waits for it.
///
/// # Panics
///
/// If there is no room for one more reader: with 1 073 741 824 of them, or 8192 on a 32-bit machine; nothing is changed
/// then. And if it is unlocked in a way in which it is not locked, which only the raw API can do. If others lock it in that way at the
/// same moment, it may fall on them: their unlock panics, or a writer comes in beside them. There is no poisoning.
///
/// # Timeouts
///
/// The timed forms give up no earlier than their time. They may still return the lock after it, when it is there
/// to be had. One that gives up leaves no mark behind: those whom it kept out are let in. A timed upgrade that
/// gives up returns the upgradable guard.
///
/// # Cost
///
/// 8 bytes beside the data (a word as wide as a pointer); who waits is in a queue elsewhere, on the stacks of those who
/// wait. Uncontended: one read-modify-write each way; so it is for readers beside readers, too (with `try_read` or a deadline: one
/// more).
///
/// # Checked
///
/// Writers exclude and readers do not, visibility, no lost wake-up, timeouts of readers, writers and upgraders,
/// upgrades and downgrades, the order of arrival and the bound on bypasses (the same source with a bound of 2):
/// `loom-tests/tests/rwlock.rs`, `shuttle-tests/tests/rwlock.rs`, random programs against a reference in
/// `shuttle-tests/tests/random_rwlock.rs`, and on real threads over both backends `tests/rwlock.rs`. That a full count
/// of readers keeps out the next, and lets it in: `machine-tests/tests/full.rs`, with room for four. That the unlock touches nothing
/// afterwards: the models, for each kind.
///
/// # What does not compile
///
/// Readers share the data, so it has to be `Sync`:
///
/// ```compile_fail,E0277
/// fn shareable<T: Sync>() {}
/// shareable::<selvedge::RwLock<std::cell::Cell<u8>>>();
/// ```
///
/// ```
/// fn shareable<T: Sync>() {}
/// shareable::<selvedge::RwLock<u8>>();
/// ```
pub type RwLock<T> = lock_api::RwLock<RawRwLock, T>;

/// Gives shared access to the data of a [`RwLock`], and unlocks it when dropped.
///
/// It stays on its thread, unless the feature `send_guard` is on:
///
/// ```compile_fail,E0277
/// let lock = selvedge::RwLock::new(1);
/// let guard = lock.read();
/// std::thread::scope(|scope| {
///     scope.spawn(move || drop(guard));
/// });
/// ```
///
/// What it lends does not outlive it:
///
/// ```compile_fail,E0505
/// let lock = selvedge::RwLock::new(1);
/// let guard = lock.read();
/// let data = &*guard;
/// drop(guard);
/// assert_eq!(*data, 1);
/// ```
///
/// ```
/// let lock = selvedge::RwLock::new(1);
/// let guard = lock.read();
/// let data = &*guard;
/// assert_eq!(*data, 1);
/// drop(guard);
/// ```
pub type RwLockReadGuard<'a, T> = lock_api::RwLockReadGuard<'a, RawRwLock, T>;

/// Gives exclusive access to the data of a [`RwLock`], and unlocks it when dropped.
///
/// It stays on its thread, unless the feature `send_guard` is on:
///
/// ```compile_fail,E0277
/// let lock = selvedge::RwLock::new(1);
/// let guard = lock.write();
/// std::thread::scope(|scope| {
///     scope.spawn(move || drop(guard));
/// });
/// ```
///
/// What it lends does not outlive it:
///
/// ```compile_fail,E0505
/// let lock = selvedge::RwLock::new(1);
/// let guard = lock.write();
/// let data = &*guard;
/// drop(guard);
/// assert_eq!(*data, 1);
/// ```
///
/// ```
/// let lock = selvedge::RwLock::new(1);
/// let guard = lock.write();
/// let data = &*guard;
/// assert_eq!(*data, 1);
/// drop(guard);
/// ```
pub type RwLockWriteGuard<'a, T> = lock_api::RwLockWriteGuard<'a, RawRwLock, T>;

/// Gives shared access to the data of a [`RwLock`], and can be upgraded to exclusive access.
///
/// It stays on its thread, unless the feature `send_guard` is on:
///
/// ```compile_fail,E0277
/// let lock = selvedge::RwLock::new(1);
/// let guard = lock.upgradable_read();
/// std::thread::scope(|scope| {
///     scope.spawn(move || drop(guard));
/// });
/// ```
///
/// What it lends does not outlive it:
///
/// ```compile_fail,E0505
/// let lock = selvedge::RwLock::new(1);
/// let guard = lock.upgradable_read();
/// let data = &*guard;
/// drop(guard);
/// assert_eq!(*data, 1);
/// ```
///
/// ```
/// let lock = selvedge::RwLock::new(1);
/// let guard = lock.upgradable_read();
/// let data = &*guard;
/// assert_eq!(*data, 1);
/// drop(guard);
/// ```
pub type RwLockUpgradableReadGuard<'a, T> = lock_api::RwLockUpgradableReadGuard<'a, RawRwLock, T>;

/// A [`RwLockReadGuard`] for a part of the data.
pub type MappedRwLockReadGuard<'a, T> = lock_api::MappedRwLockReadGuard<'a, RawRwLock, T>;

/// A [`RwLockWriteGuard`] for a part of the data.
pub type MappedRwLockWriteGuard<'a, T> = lock_api::MappedRwLockWriteGuard<'a, RawRwLock, T>;

/// A [`RwLock`] that a thread may read while it is reading it already.
///
/// # Example
///
/// ```
/// use selvedge::RecursiveRwLock;
///
/// let lock = RecursiveRwLock::new(5);
/// let outer = lock.read();
/// let inner = lock.read(); // even if a writer has come to wait in between
/// assert_eq!(*outer + *inner, 10);
/// ```
///
/// # When to use it, and when not
///
/// When code that reads calls code that reads, and it cannot be told apart. Not otherwise: readers who come while
/// others are reading enter at once although a writer waits, so they can keep writers out for as long as they
/// like. That is the one difference to [`RwLock`], whose page says the rest. It does not know which thread reads: any
/// reader enters beside any other.
///
/// # Fairness
///
/// While nobody reads, nor two ask to at once, that of [`RwLock`]. While somebody does, writers wait, without a bound.
///
/// # Checked
///
/// With [`RwLock`], and that a reader gets in past a writer that waits.
///
/// # What does not compile
///
/// Readers share the data, so it has to be `Sync`:
///
/// ```compile_fail,E0277
/// fn shareable<T: Sync>() {}
/// shareable::<selvedge::RecursiveRwLock<std::cell::Cell<u8>>>();
/// ```
///
/// ```
/// fn shareable<T: Sync>() {}
/// shareable::<selvedge::RecursiveRwLock<u8>>();
/// ```
pub type RecursiveRwLock<T> = lock_api::RwLock<RawRwLockRecursive, T>;

/// Gives shared access to the data of a [`RecursiveRwLock`], and unlocks it when dropped.
///
/// It stays on its thread, unless the feature `send_guard` is on:
///
/// ```compile_fail,E0277
/// let lock = selvedge::RecursiveRwLock::new(1);
/// let guard = lock.read();
/// std::thread::scope(|scope| {
///     scope.spawn(move || drop(guard));
/// });
/// ```
///
/// What it lends does not outlive it:
///
/// ```compile_fail,E0505
/// let lock = selvedge::RecursiveRwLock::new(1);
/// let guard = lock.read();
/// let data = &*guard;
/// drop(guard);
/// assert_eq!(*data, 1);
/// ```
///
/// ```
/// let lock = selvedge::RecursiveRwLock::new(1);
/// let guard = lock.read();
/// let data = &*guard;
/// assert_eq!(*data, 1);
/// drop(guard);
/// ```
pub type RecursiveRwLockReadGuard<'a, T> = lock_api::RwLockReadGuard<'a, RawRwLockRecursive, T>;

/// Gives exclusive access to the data of a [`RecursiveRwLock`], and unlocks it when dropped.
///
/// It stays on its thread, unless the feature `send_guard` is on:
///
/// ```compile_fail,E0277
/// let lock = selvedge::RecursiveRwLock::new(1);
/// let guard = lock.write();
/// std::thread::scope(|scope| {
///     scope.spawn(move || drop(guard));
/// });
/// ```
///
/// What it lends does not outlive it:
///
/// ```compile_fail,E0505
/// let lock = selvedge::RecursiveRwLock::new(1);
/// let guard = lock.write();
/// let data = &*guard;
/// drop(guard);
/// assert_eq!(*data, 1);
/// ```
///
/// ```
/// let lock = selvedge::RecursiveRwLock::new(1);
/// let guard = lock.write();
/// let data = &*guard;
/// assert_eq!(*data, 1);
/// drop(guard);
/// ```
pub type RecursiveRwLockWriteGuard<'a, T> = lock_api::RwLockWriteGuard<'a, RawRwLockRecursive, T>;

/// Gives shared access to the data of a [`RecursiveRwLock`], and can be upgraded to exclusive access.
///
/// It stays on its thread, unless the feature `send_guard` is on:
///
/// ```compile_fail,E0277
/// let lock = selvedge::RecursiveRwLock::new(1);
/// let guard = lock.upgradable_read();
/// std::thread::scope(|scope| {
///     scope.spawn(move || drop(guard));
/// });
/// ```
///
/// What it lends does not outlive it:
///
/// ```compile_fail,E0505
/// let lock = selvedge::RecursiveRwLock::new(1);
/// let guard = lock.upgradable_read();
/// let data = &*guard;
/// drop(guard);
/// assert_eq!(*data, 1);
/// ```
///
/// ```
/// let lock = selvedge::RecursiveRwLock::new(1);
/// let guard = lock.upgradable_read();
/// let data = &*guard;
/// assert_eq!(*data, 1);
/// drop(guard);
/// ```
pub type RecursiveRwLockUpgradableReadGuard<'a, T> =
    lock_api::RwLockUpgradableReadGuard<'a, RawRwLockRecursive, T>;

/// A [`RecursiveRwLockReadGuard`] for a part of the data.
pub type MappedRecursiveRwLockReadGuard<'a, T> =
    lock_api::MappedRwLockReadGuard<'a, RawRwLockRecursive, T>;

/// A [`RecursiveRwLockWriteGuard`] for a part of the data.
pub type MappedRecursiveRwLockWriteGuard<'a, T> =
    lock_api::MappedRwLockWriteGuard<'a, RawRwLockRecursive, T>;
