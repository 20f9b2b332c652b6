//! For memory that several processes have mapped: locks that work there, and survive a process that
//! dies with them. Linux with glibc, on 64-bit machines.

use core::fmt;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};

use crate::raw::{Acquired, RawSharedMutex};
use crate::sys::cell::UnsafeCell;
use crate::sys::{
    self, AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Duration, Instant,
};

/// What means the same in every process that has mapped it.
///
/// # Safety
///
/// A value of the type contains no address (no reference, pointer, function, or index into what only one
/// process has), its layout is the same in all programs that share it, and it needs no drop.
/// For types of your own that means `#[repr(C)]`, all fields `SharedSafe`, and no `Drop`. If the memory may
/// be used as the system gives it, all zero, then all zero is a valid value.
///
/// ```
/// #[repr(C)]
/// struct Totals {
///     sent: u64,
///     received: u64,
/// }
/// // SAFETY: two numbers, laid out as C says.
/// unsafe impl selvedge::shared::SharedSafe for Totals {}
/// ```
pub unsafe trait SharedSafe: Send + 'static {}

macro_rules! shared_safe {
    ($($type:ty),*) => {$(
        // SAFETY: a number, with a layout that the language fixes; all zero is one.
        unsafe impl SharedSafe for $type {}
    )*};
}
shared_safe!(
    (),
    bool,
    char,
    u8,
    u16,
    u32,
    u64,
    u128,
    usize,
    i8,
    i16,
    i32,
    i64,
    i128,
    isize,
    f32,
    f64
);
shared_safe!(AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize);

// SAFETY: nothing but values that are safe, one after the other.
unsafe impl<T: SharedSafe, const N: usize> SharedSafe for [T; N] {}

/// A mutual exclusion lock between processes. If its owner dies, however it dies, the next one gets the lock
/// and is told.
///
/// # Example
///
/// ```
/// use selvedge::shared::{LockError, Mutex};
///
/// // In a program this lies in memory that is mapped with MAP_SHARED; see `Mutex::from_ptr`.
/// static SUMS: Mutex<[u64; 2]> = Mutex::new([0; 2]);
///
/// let mut sums = match SUMS.lock() {
///     Ok(sums) => sums,
///     Err(LockError::OwnerDied(mut recovery)) => {
///         // Somebody died between the two additions, perhaps.
///         recovery[1] = recovery[0];
///         recovery.make_consistent()
///     }
///     Err(LockError::NotRecoverable) => panic!("nobody knew how to repair it"),
/// };
/// sums[0] += 1;
/// sums[1] += 1;
/// ```
///
/// # When to use it, and when not
///
/// For data in memory that processes share and change. Within one process use
/// [`selvedge::Mutex`](crate::Mutex), which is ten times smaller and asks nothing of the memory. All
/// processes must be in one pid namespace: the lock names its owner by the number that the kernel gave
/// it. They must trust each other: whoever can write the memory can break the lock, and by what is written
/// into its links, the process that holds it. Not in a signal handler.
///
/// # Fairness
///
/// None: a running thread may take a free lock although others wait.
///
/// # Blocking and deadlock
///
/// [`lock`](Self::lock) sleeps in a futex. Locking a mutex that the same thread holds is a panic, so a
/// thread does not hang on itself. [`try_lock`](Self::try_lock) never sleeps.
///
/// # Owner death
///
/// If the thread that holds the lock ends without unlocking it (its process was killed, it called `exec` or
/// `_exit`, it forgot the guard), the kernel marks the lock and wakes a waiter, if one sleeps. Whoever
/// locks next gets [`LockError::OwnerDied`] with a [`Recovery`]: the data may be half changed. If it can be
/// repaired, [`Recovery::make_consistent`] gives the guard; if the recovery is dropped, the data is lost, and
/// everybody gets [`LockError::NotRecoverable`] from then on, until somebody writes a new mutex there. If the
/// one who recovers dies too, the next is told as he was. A thread can hold 2048 locks (this is the kernel's
/// patience) for which this works. A panic is no death: it unlocks, and there is no poisoning.
///
/// Before Linux 5.5 a *waiter* that is killed in the moment in which it is woken, or a thread that is killed
/// in the middle of an unlock, may leave other waiters asleep until somebody else unlocks.
///
/// A forked child does not hold what its parent holds; a guard that it inherits is its parent's, and dropping
/// it there panics. Leave such a child by `_exit` or `exec`.
///
/// # Ordering
///
/// Everything before an unlock, or before the death of an owner, happens before everything after the lock
/// that follows it. `docs/memory-ordering.md`, row X1.
///
/// # Panics
///
/// As said above: locked twice by one thread, or unlocked by a forked child. And in a thread that glibc does
/// not know, or with a C library whose list of locks cannot be joined: it is the C library that registers the
/// list of locks with the kernel, and this one becomes part of it.
///
/// # Timeouts
///
/// [`try_lock_for`](Self::try_lock_for) and [`try_lock_until`](Self::try_lock_until) give up no earlier than
/// their time. A duration that the clock cannot add is no deadline.
///
/// # Cost
///
/// 40 bytes beside the data. Uncontended: one compare-exchange each way, some plain stores for the kernel to
/// find, and no system call. An unlock of a mutex that somebody waits for makes two system calls: it asks who
/// sleeps, and wakes one.
///
/// # Checked
///
/// Exclusion, recovery, a death at every step of the owner, the waiter and whoever recovers: under loom
/// (`loom-tests/tests/shared.rs`) and shuttle (`shuttle-tests/tests/shared.rs`), where the kernel's part is
/// played. With processes that are killed while they hold the lock, while others sleep, and at random:
/// `tests/shared.rs`.
#[repr(C)]
pub struct Mutex<T> {
    raw: RawSharedMutex,
    data: UnsafeCell<T>,
}

// SAFETY: the data is touched by the thread that holds the lock only, and may be sent.
unsafe impl<T: SharedSafe> Sync for Mutex<T> {}
// SAFETY: as above; a mutex that is moved is not locked, except by a guard that was forgotten, which takes a
// mutex that lives for ever.
unsafe impl<T: SharedSafe> Send for Mutex<T> {}

impl<T: SharedSafe + Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: SharedSafe> Mutex<T> {
    /// An unlocked mutex.
    pub const fn new(data: T) -> Self {
        Self {
            raw: RawSharedMutex::new(),
            data: UnsafeCell::new(data),
        }
    }

    /// The mutex at a place in memory that is mapped, usually with MAP_SHARED.
    ///
    /// # Safety
    ///
    /// - `place` is aligned, and there is a `Mutex<T>` there: written by [`ptr::write`](core::ptr::write) of a
    ///   [`new`](Self::new) one before anybody else used it, or zeroed memory as it comes from the system if
    ///   all zero is a valid `T`.
    /// - Everybody who uses that memory uses it as a `Mutex` of the same `T`, and nobody writes to it
    ///   otherwise.
    /// - It stays mapped at that address, for reading and writing, as long as this process uses the returned
    ///   reference, until every guard of this process has been dropped, and until every thread that has
    ///   *forgotten* a guard has ended: such a lock stays in the thread's list.
    ///
    /// ```
    /// use selvedge::shared::Mutex;
    ///
    /// // SAFETY: an anonymous mapping at an address of the system's choice, one page.
    /// let page = unsafe {
    ///     libc::mmap(
    ///         std::ptr::null_mut(),
    ///         4096,
    ///         libc::PROT_READ | libc::PROT_WRITE,
    ///         libc::MAP_SHARED | libc::MAP_ANONYMOUS,
    ///         -1,
    ///         0,
    ///     )
    /// };
    /// assert_ne!(page, libc::MAP_FAILED);
    /// // SAFETY: the page is all zero, which is an unlocked mutex over 0, and is never unmapped.
    /// let mutex: &'static Mutex<u64> = unsafe { Mutex::from_ptr(page.cast()) };
    /// *mutex.lock().unwrap() += 1;
    /// ```
    ///
    /// # Panics
    ///
    /// If the place is null or not aligned.
    #[track_caller]
    pub unsafe fn from_ptr(place: *mut Self) -> &'static Self {
        assert!(
            !place.is_null() && place.is_aligned(),
            "selvedge: a shared::Mutex cannot be at {place:p}; it needs an address that is a multiple of {}",
            align_of::<Self>()
        );
        // SAFETY: the caller has promised that there is one, for as long as it is used.
        unsafe { &*place }
    }

    /// Locks, and waits for it.
    ///
    /// It takes a mutex that lives for ever because a guard may be forgotten: the kernel would then
    /// look for the lock where it was.
    ///
    /// ```compile_fail,E0597
    /// let mutex = selvedge::shared::Mutex::new(0);
    /// drop(mutex.lock());
    /// ```
    ///
    /// # Errors
    ///
    /// [`LockError::OwnerDied`] is the lock all the same; [`LockError::NotRecoverable`] is not.
    #[track_caller]
    pub fn lock(&'static self) -> Result<MutexGuard<T>, LockError<T>> {
        // SAFETY: it lives for ever.
        match unsafe { self.raw.acquire(None) } {
            Acquired::Clean => Ok(MutexGuard::new(self)),
            Acquired::OwnerDied => Err(LockError::OwnerDied(Recovery(MutexGuard::new(self)))),
            Acquired::Lost => Err(LockError::NotRecoverable),
            Acquired::Refused => unreachable!("without a deadline there is no giving up"),
        }
    }

    /// Locks if that takes no waiting.
    ///
    /// # Errors
    ///
    /// As [`lock`](Self::lock), and [`TryLockError::WouldBlock`] if somebody holds it.
    #[track_caller]
    pub fn try_lock(&'static self) -> Result<MutexGuard<T>, TryLockError<T>> {
        // SAFETY: it lives for ever.
        self.tried(unsafe { self.raw.try_acquire() })
    }

    /// Locks, and waits for it for at most `timeout`.
    ///
    /// # Errors
    ///
    /// As [`lock`](Self::lock), and [`TryLockError::WouldBlock`] if somebody held it all that time.
    #[track_caller]
    pub fn try_lock_for(
        &'static self,
        timeout: Duration,
    ) -> Result<MutexGuard<T>, TryLockError<T>> {
        // SAFETY: it lives for ever.
        self.tried(unsafe { self.raw.acquire(sys::deadline_after(timeout)) })
    }

    /// Locks, and waits for it until `deadline`.
    ///
    /// # Errors
    ///
    /// As [`lock`](Self::lock), and [`TryLockError::WouldBlock`] if somebody held it until then.
    #[track_caller]
    pub fn try_lock_until(
        &'static self,
        deadline: Instant,
    ) -> Result<MutexGuard<T>, TryLockError<T>> {
        // SAFETY: it lives for ever.
        self.tried(unsafe { self.raw.acquire(Some(deadline)) })
    }

    fn tried(&'static self, acquired: Acquired) -> Result<MutexGuard<T>, TryLockError<T>> {
        match acquired {
            Acquired::Clean => Ok(MutexGuard::new(self)),
            Acquired::OwnerDied => Err(TryLockError::OwnerDied(Recovery(MutexGuard::new(self)))),
            Acquired::Lost => Err(TryLockError::NotRecoverable),
            Acquired::Refused => Err(TryLockError::WouldBlock),
        }
    }
}

impl<T> Mutex<T> {
    /// Whether a thread holds it just now: out of date as soon as it is returned.
    pub fn is_locked(&self) -> bool {
        self.raw.is_locked()
    }

    /// The data, without locking: nobody else has the mutex.
    pub fn get_mut(&mut self) -> &mut T {
        // SAFETY: nobody else can be in there as long as the mutex is borrowed for writing.
        self.data.with_mut(|data| unsafe { &mut *data })
    }
}

impl<T> fmt::Debug for Mutex<T> {
    /// Does not lock: that could fail, and then repair nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mutex")
            .field("locked", &self.is_locked())
            .finish_non_exhaustive()
    }
}

/// Why there is no ordinary guard.
#[must_use = "`OwnerDied` holds the lock, and dropping it loses the data"]
pub enum LockError<T: SharedSafe> {
    /// The owner died with the lock, which this thread now holds.
    OwnerDied(Recovery<T>),
    /// An owner died, and whoever came next did not repair the data. The lock is not held.
    NotRecoverable,
}

/// Why there is no ordinary guard, after an attempt that does not wait for ever.
#[must_use = "`OwnerDied` holds the lock, and dropping it loses the data"]
pub enum TryLockError<T: SharedSafe> {
    /// Somebody holds the lock.
    WouldBlock,
    /// The owner died with the lock, which this thread now holds.
    OwnerDied(Recovery<T>),
    /// An owner died, and whoever came next did not repair the data. The lock is not held.
    NotRecoverable,
}

impl<T: SharedSafe> LockError<T> {
    fn says(&self) -> (&'static str, &'static str) {
        match self {
            Self::OwnerDied(_) => OWNER_DIED,
            Self::NotRecoverable => NOT_RECOVERABLE,
        }
    }
}

impl<T: SharedSafe> TryLockError<T> {
    fn says(&self) -> (&'static str, &'static str) {
        match self {
            Self::WouldBlock => ("WouldBlock", "the shared mutex is held by somebody else"),
            Self::OwnerDied(_) => OWNER_DIED,
            Self::NotRecoverable => NOT_RECOVERABLE,
        }
    }
}

const OWNER_DIED: (&str, &str) = (
    "OwnerDied",
    "the owner of the shared mutex died, and its data may be half changed",
);
const NOT_RECOVERABLE: (&str, &str) = (
    "NotRecoverable",
    "an owner of the shared mutex died, and nobody repaired its data",
);

macro_rules! error {
    ($($error:ident),*) => {$(
        impl<T: SharedSafe> fmt::Debug for $error<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.says().0)
            }
        }
        impl<T: SharedSafe> fmt::Display for $error<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.says().1)
            }
        }
        impl<T: SharedSafe> core::error::Error for $error<T> {}
    )*};
}
error!(LockError, TryLockError);

/// Gives access to the data of a [`Mutex`], and unlocks it when dropped.
///
/// It stays in the thread that locked: the lock is in that thread's list.
///
/// ```compile_fail,E0277
/// static MUTEX: selvedge::shared::Mutex<u32> = selvedge::shared::Mutex::new(0);
/// let guard = MUTEX.lock().unwrap();
/// std::thread::spawn(move || drop(guard));
/// ```
#[must_use = "the lock is held as long as the guard is alive"]
pub struct MutexGuard<T: SharedSafe> {
    mutex: &'static Mutex<T>,
    /// Not the same in a forked child, which has a copy of this guard and not the lock.
    owner: u32,
    /// Not `Send`: another thread cannot take the lock out of this one's list.
    _of_this_thread: PhantomData<*mut ()>,
}

// SAFETY: what it gives to those who share it is the data.
unsafe impl<T: SharedSafe + Sync> Sync for MutexGuard<T> {}

impl<T: SharedSafe> MutexGuard<T> {
    /// The lock is held by this thread.
    fn new(mutex: &'static Mutex<T>) -> Self {
        Self {
            mutex,
            owner: sys::kernel::thread_id(),
            _of_this_thread: PhantomData,
        }
    }

    /// A forked child has its parent's guards, and must not touch its parent's list.
    #[track_caller]
    fn assert_owned(&self) {
        let me = sys::kernel::thread_id();
        assert!(
            self.owner == me,
            "selvedge: a guard of a shared::Mutex was dropped in a forked child, number {me}, but the \
             parent holds the lock, number {}; leave the child by _exit or exec",
            self.owner
        );
    }
}

impl<T: SharedSafe> Deref for MutexGuard<T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: this thread holds the lock.
        self.mutex.data.with(|data| unsafe { &*data })
    }
}

impl<T: SharedSafe> DerefMut for MutexGuard<T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: this thread holds the lock, and this is its one guard.
        self.mutex.data.with_mut(|data| unsafe { &mut *data })
    }
}

impl<T: SharedSafe> Drop for MutexGuard<T> {
    #[track_caller]
    fn drop(&mut self) {
        self.assert_owned();
        // SAFETY: this thread holds the lock and gives it up.
        unsafe { self.mutex.raw.release() }
    }
}

impl<T: SharedSafe + fmt::Debug> fmt::Debug for MutexGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// The lock of an owner that died, and its data as it was then.
///
/// Repair the data and call [`make_consistent`](Self::make_consistent). Dropped without that, the data is
/// lost: nobody gets the lock any more.
#[must_use = "dropping it loses the data"]
pub struct Recovery<T: SharedSafe>(MutexGuard<T>);

impl<T: SharedSafe> Recovery<T> {
    /// The data is as it should be. From here on the mutex is one like any other.
    pub fn make_consistent(self) -> MutexGuard<T> {
        let this = core::mem::ManuallyDrop::new(self);
        MutexGuard {
            mutex: this.0.mutex,
            owner: this.0.owner,
            _of_this_thread: PhantomData,
        }
    }
}

impl<T: SharedSafe> Deref for Recovery<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: SharedSafe> DerefMut for Recovery<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: SharedSafe> Drop for Recovery<T> {
    fn drop(&mut self) {
        // The guard inside unlocks after this.
        self.0.assert_owned();
        self.0.mutex.raw.lose();
    }
}

impl<T: SharedSafe + fmt::Debug> fmt::Debug for Recovery<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
