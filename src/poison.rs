//! Locks that remember a panic: the standard library's shape, over this crate's locks.
//!
//! The other types of this crate know no poisoning: a panic with the guard alive unlocks, and what was half
//! changed stays so. These here notice it. Whoever locks afterwards gets an `Err` with the guard in it, and
//! decides. The results and errors *are* the standard library's, so that code written for `std::sync` compiles
//! when its imports are changed.
//!
//! ```
//! use selvedge::poison::{Mutex, PoisonError};
//!
//! let balance = Mutex::new(100);
//! std::thread::scope(|scope| {
//!     let unlucky = scope.spawn(|| {
//!         let mut balance = balance.lock().unwrap();
//!         *balance -= 30;
//!         panic!("before the other account got it");
//!     });
//!     assert!(unlucky.join().is_err());
//! });
//! assert!(balance.is_poisoned());
//! let mut guard = balance.lock().unwrap_or_else(PoisonError::into_inner);
//! *guard = 100; // whole again
//! balance.clear_poison();
//! drop(guard);
//! assert_eq!(*balance.lock().unwrap(), 100);
//! ```
//!
//! # When to use it, and when not
//!
//! When code was written for `std::sync`, or when a panic in the middle of a change is to be expected and what it
//! leaves behind would do harm. Otherwise [`crate::Mutex`] and [`crate::RwLock`] are simpler; fairness, blocking,
//! ordering and timeouts are theirs. What is offered is what the standard library offers and has not deprecated; there are no
//! mapped or upgradable guards here.
//!
//! # Cost
//!
//! One byte more than the lock it is made of, padded to its alignment, and a look at whether the thread is
//! panicking when it locks and when it unlocks.
//!
//! # Checked
//!
//! `tests/poison.rs`, side by side with `std::sync`; `loom-tests/tests/poison.rs` and `shuttle-tests/tests/poison.rs`.
//! In the models a thread that unlocks while *another* one unwinds is taken for one that panics too: they run all their
//! threads on one, and that is what is asked.

use core::fmt;
use core::mem::ManuallyDrop;
use core::ops::{Deref, DerefMut};
use core::ptr;

use crate::sys::{
    AtomicBool,
    Duration,
    Ordering::Relaxed, // the lock beside it orders it
    deadline_after,
    thread,
};

pub use std::sync::{LockResult, PoisonError, TryLockError, TryLockResult};

/// A panic with only this guard alive does not poison: it has changed nothing.
pub use crate::RwLockReadGuard;

/// Whether somebody panicked inside.
struct Poison {
    // Set under the lock.
    set: AtomicBool,
}

/// What a guard remembers of the moment when it was made.
struct Watch<'a> {
    poison: &'a Poison,
    /// A guard that is made during a panic, in a destructor, and dropped in it, was not left by that panic.
    panicking: bool,
}

impl Poison {
    const fn new() -> Self {
        Self {
            set: AtomicBool::new(false),
        }
    }

    fn is_set(&self) -> bool {
        self.set.load(Relaxed)
    }

    fn watch(&self) -> Watch<'_> {
        Watch {
            poison: self,
            panicking: thread::panicking(),
        }
    }

    /// Makes the result of a guard.
    fn result<T>(&self, guard: T) -> LockResult<T> {
        if self.is_set() {
            Err(PoisonError::new(guard))
        } else {
            Ok(guard)
        }
    }

    fn try_result<T>(&self, guard: Option<T>) -> TryLockResult<T> {
        match guard {
            None => Err(TryLockError::WouldBlock),
            Some(guard) => Ok(self.result(guard)?),
        }
    }
}

impl Watch<'_> {
    fn end(&self) {
        if !self.panicking && thread::panicking() {
            self.poison.set.swap(true, Relaxed);
        }
    }
}

macro_rules! guard {
    ($(#[$doc:meta])* $guard:ident) => {
        $(#[$doc])*
        #[must_use = "if unused the lock is unlocked at once"]
        pub struct $guard<'a, T: ?Sized> {
            watch: Watch<'a>,
            // Unlocked after `drop` below has noted the panic.
            data: crate::$guard<'a, T>,
        }

        impl<T: ?Sized> Deref for $guard<'_, T> {
            type Target = T;
            fn deref(&self) -> &T {
                &self.data
            }
        }

        impl<T: ?Sized> DerefMut for $guard<'_, T> {
            fn deref_mut(&mut self) -> &mut T {
                &mut self.data
            }
        }

        impl<T: ?Sized> Drop for $guard<'_, T> {
            #[track_caller]
            fn drop(&mut self) {
                self.watch.end();
            }
        }

        impl<T: ?Sized + fmt::Debug> fmt::Debug for $guard<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }

        impl<T: ?Sized + fmt::Display> fmt::Display for $guard<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }
    };
}

guard! {
    /// Gives access to the data of a [`Mutex`], and unlocks it when dropped.
    ///
    /// ```compile_fail,E0505
    /// let mutex = selvedge::poison::Mutex::new(1);
    /// let guard = mutex.lock().unwrap();
    /// let data = &*guard;
    /// drop(guard);
    /// assert_eq!(*data, 1);
    /// ```
    ///
    /// ```compile_fail,E0277
    /// let mutex = selvedge::poison::Mutex::new(1);
    /// let guard = mutex.lock().unwrap();
    /// std::thread::scope(|scope| {
    ///     scope.spawn(move || drop(guard));
    /// });
    /// ```
    MutexGuard
}
guard! {
    /// Gives exclusive access to the data of a [`RwLock`], and unlocks it when dropped.
    RwLockWriteGuard
}

impl<'a, T: ?Sized> RwLockWriteGuard<'a, T> {
    /// Goes on reading, without letting a writer in between.
    ///
    /// A destructor that does so while its thread panics poisons the lock, as if it dropped the guard (not so in std).
    #[track_caller]
    pub fn downgrade(this: Self) -> RwLockReadGuard<'a, T> {
        this.watch.end();
        let this = ManuallyDrop::new(this);
        // SAFETY: moved out once, of what is not dropped.
        let data = unsafe { ptr::read(&raw const this.data) };
        crate::RwLockWriteGuard::downgrade(data)
    }
}

macro_rules! lock {
    ($lock:ident, $inner:ident) => {
        impl<T> $lock<T> {
            /// An unlocked lock with `value` in it.
            pub const fn new(value: T) -> Self {
                Self {
                    poison: Poison::new(),
                    data: crate::$inner::new(value),
                }
            }

            /// The data.
            ///
            /// # Errors
            ///
            /// Poisoned; the data is in the error.
            pub fn into_inner(self) -> LockResult<T> {
                let poisoned = self.poison.is_set();
                let data = self.data.into_inner();
                if poisoned {
                    Err(PoisonError::new(data))
                } else {
                    Ok(data)
                }
            }
        }

        impl<T: ?Sized> $lock<T> {
            /// Whether somebody panicked with exclusive access, and nobody has cleared that since.
            pub fn is_poisoned(&self) -> bool {
                self.poison.is_set()
            }

            /// Says that the data is whole again.
            pub fn clear_poison(&self) {
                self.poison.set.swap(false, Relaxed);
            }

            /// The data, without locking: the borrow is proof that nobody else has it.
            ///
            /// # Errors
            ///
            /// Poisoned; the data is in the error.
            pub fn get_mut(&mut self) -> LockResult<&mut T> {
                self.poison.result(self.data.get_mut())
            }
        }

        impl<T: Default> Default for $lock<T> {
            fn default() -> Self {
                Self::new(T::default())
            }
        }

        impl<T> From<T> for $lock<T> {
            fn from(value: T) -> Self {
                Self::new(value)
            }
        }

        // What was left half changed is noticed, which is what these traits are about.
        impl<T: ?Sized> std::panic::UnwindSafe for $lock<T> {}
        impl<T: ?Sized> std::panic::RefUnwindSafe for $lock<T> {}

        impl<T: ?Sized + fmt::Debug> fmt::Debug for $lock<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($lock))
                    .field("data", &&self.data)
                    .field("poisoned", &self.is_poisoned())
                    .finish_non_exhaustive()
            }
        }
    };
}

/// A [`crate::Mutex`] that remembers a panic. See the [module](self).
pub struct Mutex<T: ?Sized> {
    poison: Poison,
    data: crate::Mutex<T>,
}
lock!(Mutex, Mutex);

impl<T: ?Sized> Mutex<T> {
    fn guard<'a>(&'a self, data: crate::MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        MutexGuard {
            watch: self.poison.watch(),
            data,
        }
    }

    /// Locks, and waits for it if it must.
    ///
    /// # Errors
    ///
    /// Poisoned; the guard is in the error.
    #[track_caller]
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        self.poison.result(self.guard(self.data.lock()))
    }

    /// Locks if that is possible at once.
    ///
    /// # Errors
    ///
    /// Locked by somebody, or poisoned; then the guard is in the error.
    #[track_caller]
    pub fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        let guard = self.data.try_lock().map(|data| self.guard(data));
        self.poison.try_result(guard)
    }
}

/// A [`crate::RwLock`] that remembers a panic of a writer. See the [module](self).
pub struct RwLock<T: ?Sized> {
    poison: Poison,
    data: crate::RwLock<T>,
}
lock!(RwLock, RwLock);

impl<T: ?Sized> RwLock<T> {
    /// Reads, and waits for it if it must.
    ///
    /// # Errors
    ///
    /// Poisoned; the guard is in the error.
    #[track_caller]
    pub fn read(&self) -> LockResult<RwLockReadGuard<'_, T>> {
        self.poison.result(self.data.read())
    }

    /// Reads if that is possible at once.
    ///
    /// # Errors
    ///
    /// Locked by somebody, or poisoned; then the guard is in the error.
    #[track_caller]
    pub fn try_read(&self) -> TryLockResult<RwLockReadGuard<'_, T>> {
        self.poison.try_result(self.data.try_read())
    }

    /// Writes, and waits for it if it must.
    ///
    /// # Errors
    ///
    /// Poisoned; the guard is in the error.
    #[track_caller]
    pub fn write(&self) -> LockResult<RwLockWriteGuard<'_, T>> {
        let data = self.data.write();
        let watch = self.poison.watch();
        self.poison.result(RwLockWriteGuard { watch, data })
    }

    /// Writes if that is possible at once.
    ///
    /// # Errors
    ///
    /// Locked by somebody, or poisoned; then the guard is in the error.
    #[track_caller]
    pub fn try_write(&self) -> TryLockResult<RwLockWriteGuard<'_, T>> {
        let watch = self.poison.watch();
        let guard = self.data.try_write();
        self.poison
            .try_result(guard.map(|data| RwLockWriteGuard { watch, data }))
    }
}

/// Whether a timed wait ended because its time had passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitTimeoutResult(bool);

impl WaitTimeoutResult {
    /// Whether it did.
    pub fn timed_out(&self) -> bool {
        self.0
    }
}

/// A [`crate::Condvar`] for a [`Mutex`] of this module: `wait` takes the guard and returns it. It never wakes for no
/// reason.
///
/// # Panics
///
/// Waiting with two mutexes at the same time. The second one is still locked then, and so it is poisoned.
#[derive(Debug, Default)]
pub struct Condvar {
    condvar: crate::Condvar,
}

impl Condvar {
    /// A condvar that nobody waits for.
    pub const fn new() -> Self {
        Self {
            condvar: crate::Condvar::new(),
        }
    }

    /// Unlocks, waits for a notification, and locks again.
    ///
    /// # Errors
    ///
    /// Poisoned when it was locked again; the guard is in the error.
    #[track_caller]
    pub fn wait<'a, T: ?Sized>(
        &self,
        mut guard: MutexGuard<'a, T>,
    ) -> LockResult<MutexGuard<'a, T>> {
        self.condvar.wait(&mut guard.data);
        guard.watch.poison.result(guard)
    }

    /// Waits as long as `condition` says so.
    ///
    /// # Errors
    ///
    /// Poisoned when it was locked again; the guard is in the error.
    #[track_caller]
    pub fn wait_while<'a, T: ?Sized>(
        &self,
        mut guard: MutexGuard<'a, T>,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> LockResult<MutexGuard<'a, T>> {
        while condition(&mut *guard) {
            guard = self.wait(guard)?;
        }
        Ok(guard)
    }

    /// Waits for a notification, but not longer than `timeout`.
    ///
    /// # Errors
    ///
    /// Poisoned when it was locked again; the guard is in the error.
    #[track_caller]
    pub fn wait_timeout<'a, T: ?Sized>(
        &self,
        mut guard: MutexGuard<'a, T>,
        timeout: Duration,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        let result = self.condvar.wait_for(&mut guard.data, timeout);
        let result = WaitTimeoutResult(result.timed_out());
        guard.watch.poison.result((guard, result))
    }

    /// Waits as long as `condition` says so, but not longer than `timeout`.
    ///
    /// # Errors
    ///
    /// Poisoned when it was locked again; the guard is in the error.
    #[track_caller]
    pub fn wait_timeout_while<'a, T: ?Sized>(
        &self,
        mut guard: MutexGuard<'a, T>,
        timeout: Duration,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        let deadline = deadline_after(timeout);
        let mut timed_out = false;
        loop {
            if !condition(&mut *guard) {
                return Ok((guard, WaitTimeoutResult(false)));
            }
            if timed_out {
                return Ok((guard, WaitTimeoutResult(true)));
            }
            match deadline {
                Some(deadline) => {
                    timed_out = self
                        .condvar
                        .wait_until(&mut guard.data, deadline)
                        .timed_out();
                }
                None => self.condvar.wait(&mut guard.data),
            }
            if guard.watch.poison.is_set() {
                return Err(PoisonError::new((guard, WaitTimeoutResult(timed_out))));
            }
        }
    }

    /// Notifies one thread that waits.
    #[track_caller]
    pub fn notify_one(&self) {
        self.condvar.notify_one();
    }

    /// Notifies all who wait.
    #[track_caller]
    pub fn notify_all(&self) {
        self.condvar.notify_all();
    }
}
