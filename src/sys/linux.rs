//! futex(2): the kernel's own wait queues.
//!
//! **Fidelity.** This *is* the machine. Deadlines are absolute on `CLOCK_MONOTONIC` (a wait interrupted by
//! a signal resumes with the same deadline and loses no time), and the kernel wakes in order of arrival,
//! real-time threads first.
//!
//! There are two backends. [`Linux`] is private to the process, which spares the kernel from looking up
//! what is mapped at the address. [`LinuxShared`] does look it up, so that processes that have mapped the
//! same memory, at whatever addresses, meet at the same word. They do not see each other's sleepers: a
//! word is slept on through one of them only.
//!
//! The calls go through `libc::syscall` and not through a safe wrapper, because the wrappers take
//! `&AtomicU32` to wake, and the lock behind that reference may have been freed (rule 6 of
//! [`Backend`]): an address is all there is. 32-bit systems, whose futex takes another `timespec`,
//! use the fallback.

use core::sync::atomic::AtomicU32;
use core::time::Duration;
use std::io::Write;
use std::time::Instant;

use super::{Address, Backend, Futex, Wait};

/// The futex of the Linux kernel, within a process.
#[derive(Clone, Copy, Debug)]
pub struct Linux;

/// The futex of the Linux kernel, between processes that share memory.
#[derive(Clone, Copy, Debug)]
pub struct LinuxShared;

/// Who can meet at a word: a flag of futex(2).
#[derive(Clone, Copy)]
struct Scope(i32);

const PRIVATE: Scope = Scope(libc::FUTEX_PRIVATE_FLAG);
const SHARED: Scope = Scope(0);

impl Backend for Linux {
    const NAME: &'static str = "linux";

    fn wait(futex: &Futex, expected: u32, deadline: Option<Instant>) -> Wait {
        PRIVATE.wait(futex, expected, deadline)
    }

    fn wake(address: Address, count: usize) -> Option<usize> {
        PRIVATE.wake(address, count)
    }

    fn requeue(from: &Futex, expected: u32, to: Address, count: usize) -> Option<usize> {
        PRIVATE.requeue(from, expected, to, count)
    }

    fn gather(from: Address, to: Address) {
        PRIVATE.gather(from, to);
    }
}

impl Backend for LinuxShared {
    const NAME: &'static str = "linux, shared";

    fn wait(futex: &Futex, expected: u32, deadline: Option<Instant>) -> Wait {
        SHARED.wait(futex, expected, deadline)
    }

    fn wake(address: Address, count: usize) -> Option<usize> {
        SHARED.wake(address, count)
    }

    fn requeue(from: &Futex, expected: u32, to: Address, count: usize) -> Option<usize> {
        SHARED.requeue(from, expected, to, count)
    }
}

impl Scope {
    fn wait(self, futex: &Futex, expected: u32, deadline: Option<Instant>) -> Wait {
        let deadline = deadline.and_then(monotonic);
        let timeout = match &deadline {
            Some(deadline) => core::ptr::from_ref(deadline),
            None => core::ptr::null(),
        };
        loop {
            // FUTEX_WAIT_BITSET and not FUTEX_WAIT: only its timeout is absolute.
            //
            // SAFETY: the word is alive for the call, `timeout` is null or points to a `timespec`
            // that outlives it, and the fifth argument is not used by this operation.
            let result = unsafe {
                libc::syscall(
                    libc::SYS_futex,
                    futex.address().as_ptr(),
                    libc::FUTEX_WAIT_BITSET | self.0,
                    expected,
                    timeout,
                    core::ptr::null::<AtomicU32>(),
                    u32::MAX, // any wake will do
                )
            };
            if result == 0 {
                return Wait::Woken;
            }
            match errno() {
                // The word was not `expected` when the kernel looked.
                libc::EAGAIN => return Wait::Changed,
                libc::ETIMEDOUT => return Wait::TimedOut,
                // A signal handler ran. No wake was used up; the deadline is absolute, so going back
                // to sleep makes the wait neither longer nor shorter.
                libc::EINTR => {}
                // EFAULT and EINVAL would mean a word that is not there or not aligned, which a
                // reference rules out; ENOSYS a system without futexes.
                error => refused("a futex wait", error),
            }
        }
    }

    fn wake(self, address: Address, count: usize) -> Option<usize> {
        if count == 0 {
            return Some(0); // the kernel would wake one
        }
        // SAFETY: FUTEX_WAKE does not access the word, it uses the address as a key (shared: what is mapped
        // there, which the kernel looks up with its own fault handling); a key that nobody sleeps on wakes
        // nobody. The other arguments are not used by this operation.
        let result = unsafe {
            libc::syscall(
                libc::SYS_futex,
                address.as_ptr(),
                libc::FUTEX_WAKE | self.0,
                at_most(count),
            )
        };
        if let Ok(woken) = usize::try_from(result) {
            return Some(woken);
        }
        match errno() {
            // The futex is gone, and something lives there that is no plain futex (EINVAL) or no place
            // for one (EFAULT): nobody of ours sleeps there.
            libc::EFAULT | libc::EINVAL => Some(0),
            error => refused("a futex wake", error),
        }
    }

    fn requeue(self, from: &Futex, expected: u32, to: Address, count: usize) -> Option<usize> {
        // The number to wake is 0; where `wait` takes a timeout, this operation takes the number
        // to move.
        //
        // SAFETY: the kernel reads the word of `from`, which is alive, and uses `to` as a key only.
        let result = unsafe {
            libc::syscall(
                libc::SYS_futex,
                from.address().as_ptr(),
                libc::FUTEX_CMP_REQUEUE | self.0,
                0,
                at_most(count) as usize,
                to.as_ptr(),
                expected,
            )
        };
        if let Ok(moved) = usize::try_from(result) {
            return Some(moved);
        }
        match errno() {
            // `from` no longer holds `expected`.
            libc::EAGAIN => None,
            // `to` is gone, or is no plain futex any more: nobody was moved.
            libc::EFAULT | libc::EINVAL => Some(0),
            error => refused("a futex requeue", error),
        }
    }

    fn gather(self, from: Address, to: Address) {
        // The one without a comparison: `from` may be gone. A wake with so many would be right too, and has to get at each
        // thread's run queue; to move takes a tenth of that, and then one call wakes all.
        //
        // SAFETY: FUTEX_REQUEUE accesses neither word, it uses both addresses as keys. The number to wake is 0, and where
        // `wait` takes a timeout stands the number to move.
        let result = unsafe {
            libc::syscall(
                libc::SYS_futex,
                from.as_ptr(),
                libc::FUTEX_REQUEUE | self.0,
                0,
                i32::MAX as usize,
                to.as_ptr(),
            )
        };
        if result < 0 {
            // Something that is no plain futex lives at `from` by now: who is left there is woken, as far as a wake can.
            self.wake(from, usize::MAX);
        }
    }
}

/// The kernel counts in `int`.
fn at_most(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

pub(super) fn errno() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

/// The kernel does not let us sleep or wake. There is no going on, and no unwinding either: a lock may be
/// half taken, and a queue may point into this stack.
#[cold]
pub(super) fn refused(call: &str, error: i32) -> ! {
    // Not `eprintln!`, which panics when nobody reads.
    let _ = writeln!(
        std::io::stderr(),
        "selvedge: the kernel refused {call} with {}; build with --cfg selvedge_fallback for a system \
         without futex(2)",
        std::io::Error::from_raw_os_error(error)
    );
    std::process::abort()
}

/// `deadline` on the kernel's clock, or `None` if it is too far away for that clock to tell.
///
/// The standard library does not say what an `Instant` holds, so the distance from now is carried
/// over. `Instant` is read first: what time passes between the two readings makes the result later,
/// never earlier.
pub(super) fn monotonic(deadline: Instant) -> Option<libc::timespec> {
    on_clock(libc::CLOCK_MONOTONIC, deadline)
}

/// As [`monotonic`], on another clock of the kernel.
pub(super) fn on_clock(clock: libc::clockid_t, deadline: Instant) -> Option<libc::timespec> {
    let left = deadline.saturating_duration_since(Instant::now());
    let mut now = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: both clocks exist on every Linux and `now` is a valid place for its reading.
    let result = unsafe { libc::clock_gettime(clock, &mut now) };
    if result != 0 {
        refused("to read a clock", errno());
    }
    let now = Duration::new(
        u64::try_from(now.tv_sec).ok()?,
        u32::try_from(now.tv_nsec).ok()?,
    );
    let at = now.checked_add(left)?;
    Some(libc::timespec {
        tv_sec: libc::time_t::try_from(at.as_secs()).ok()?,
        tv_nsec: at.subsec_nanos().into(),
    })
}
