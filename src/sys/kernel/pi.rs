//! Priority inheritance: the kernel's mutex behind a word.
//!
//! A word that is not contended is taken and given up in user space: `0 → own number`, and back. As soon
//! as somebody has to wait, the kernel keeps a queue in the order of priority, runs the owner with the
//! highest priority of those who wait for him, and on unlock writes the next owner into the word itself.
//!
//! None of these calls orders memory, as far as this crate relies on it: read the word again with the
//! ordering that you need.

use core::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::time::Instant;

use super::{errno, refused};
use crate::sys::Futex;
use crate::sys::linux::{monotonic, on_clock};

/// How [`lock`] ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use = "only one of these is the lock"]
pub enum Locked {
    /// The word names this thread.
    Acquired,
    /// The deadline came first.
    TimedOut,
    /// This thread holds the lock already, or the owner waits, by way of other such locks, for this thread.
    Deadlock,
    /// The word names a thread that is no more.
    OwnerGone,
}

/// Whether this kernel does not know FUTEX_LOCK_PI2, whose deadlines are on the monotonic clock (before
/// Linux 5.14). Found out by the first call with a deadline.
static WITHOUT_LOCK_PI2: AtomicBool = AtomicBool::new(false);

/// Takes the lock behind `futex`, sleeping until it is this thread's turn, or until `deadline`.
///
/// On kernels before 5.14 a deadline is carried over to the real-time clock when the wait starts: who sets
/// that clock moves the deadline.
pub fn lock(futex: &Futex, deadline: Option<Instant>) -> Locked {
    loop {
        // Relaxed: whoever does not see it finds it out again.
        let old = deadline.is_none() || WITHOUT_LOCK_PI2.load(Relaxed);
        let (operation, until) = match deadline {
            // Both operations are the same without a deadline, and this one is known to every kernel.
            None => (libc::FUTEX_LOCK_PI, None),
            Some(deadline) if old => (
                libc::FUTEX_LOCK_PI,
                on_clock(libc::CLOCK_REALTIME, deadline),
            ),
            Some(deadline) => (libc::FUTEX_LOCK_PI2, monotonic(deadline)),
        };
        let timeout = match &until {
            Some(until) => core::ptr::from_ref(until),
            None => core::ptr::null(),
        };
        // SAFETY: the word is alive for the call, `timeout` is null or points to a `timespec` that
        // outlives it; the value is not used by these operations.
        let result = unsafe {
            libc::syscall(
                libc::SYS_futex,
                futex.address().as_ptr(),
                operation | libc::FUTEX_PRIVATE_FLAG,
                0,
                timeout,
                core::ptr::null::<AtomicU32>(),
                0,
            )
        };
        if result == 0 {
            return Locked::Acquired;
        }
        match errno() {
            libc::ETIMEDOUT => return Locked::TimedOut,
            // The owner is this thread, or a chain of owners leads back to it.
            libc::EDEADLK => return Locked::Deadlock,
            // No thread has the number that the word names.
            libc::ESRCH => return Locked::OwnerGone,
            // The owner is just ending, and the kernel has not put its affairs in order yet. It will have
            // in a moment, and then says ESRCH or gives us the lock.
            libc::EAGAIN => std::thread::yield_now(),
            // The kernel starts again by itself after a signal; should it not, we do. The deadline is
            // absolute.
            libc::EINTR => {}
            // A kernel before 5.14. A kernel without any priority inheritance says so again below.
            libc::ENOSYS if !old => WITHOUT_LOCK_PI2.store(true, Relaxed),
            // EPERM: the number in the word is that of a thread of the kernel, which no thread of ours
            // has. EINVAL: the word and the kernel's queue disagree, so somebody has written to the word.
            // ENOMEM: the kernel has no memory for the queue. ENOSYS: no priority inheritance in this
            // kernel. EFAULT: no memory at the word, which the reference rules out.
            error => refused("to lock a futex with priority inheritance", error),
        }
    }
}

/// Asks the kernel for a lock whose word user space cannot judge: it names no owner, and is not 0.
/// Whether this thread has it now.
pub fn try_lock(futex: &Futex) -> bool {
    // SAFETY: the word is alive for the call; the other arguments are not used by this operation.
    let result = unsafe {
        libc::syscall(
            libc::SYS_futex,
            futex.address().as_ptr(),
            libc::FUTEX_TRYLOCK_PI | libc::FUTEX_PRIVATE_FLAG,
            0,
            core::ptr::null::<libc::timespec>(),
        )
    };
    if result == 0 {
        return true;
    }
    match errno() {
        // EAGAIN: somebody holds it, or its owner is just ending. EDEADLK: this thread holds it. ESRCH:
        // a thread that is no more does.
        libc::EAGAIN | libc::EDEADLK | libc::ESRCH => false,
        // As in `lock`.
        error => refused("to try a futex with priority inheritance", error),
    }
}

/// Gives up the lock behind `futex`: the kernel writes the next owner into the word, or 0. Returns `false`,
/// and does nothing, if the word does not name this thread.
///
/// The kernel does not touch the word any more after it has written it.
pub fn unlock(futex: &Futex) -> bool {
    let address = futex.address();
    loop {
        // SAFETY: the word is alive when the call begins, since this thread holds the lock, and the kernel
        // is done with it when another thread can have it. The other arguments are not used.
        let result = unsafe {
            libc::syscall(
                libc::SYS_futex,
                address.as_ptr(),
                libc::FUTEX_UNLOCK_PI | libc::FUTEX_PRIVATE_FLAG,
            )
        };
        if result == 0 {
            return true;
        }
        match errno() {
            // The word names another thread, or nobody.
            libc::EPERM => return false,
            // A page fault, or a word that changed while the kernel wrote it, and the kernel has asked us to
            // try again.
            libc::EAGAIN | libc::EINTR => {}
            // EINVAL: the word and the kernel's queue disagree, so somebody has written to the word.
            // ENOSYS and EFAULT: as in `lock`.
            error => refused("to unlock a futex with priority inheritance", error),
        }
    }
}
