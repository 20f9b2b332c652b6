//! What the Linux kernel does with words that name their owner: it lends him the priority of those who
//! wait for him ([`pi`]), and says so in the word when he is dead ([`robust`]).
//!
//! Both read a word as `owner | OWNER_DIED | WAITERS`, where the owner is the kernel's number of a thread.
//!
//! **Fidelity.** This *is* the machine. In the models these operations are played by
//! `src/sys/model/kernel`, over the model's own futex.

pub mod pi;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub mod robust;

use core::cell::Cell;

use super::fork::ForkHandler;
use super::linux::{errno, refused};

/// The futex that threads of different processes meet at.
pub use super::linux::LinuxShared as Shared;

/// Somebody sleeps, or may: an unlock has to tell the kernel.
pub const WAITERS_BIT: u32 = 1 << 31;
/// Set by the kernel when it finds that the owner is dead.
pub const OWNER_DIED_BIT: u32 = 1 << 30;
/// The owner's number; 0 if there is none.
pub const OWNER_MASK: u32 = OWNER_DIED_BIT - 1;

// The `libc` crate does not have them for Android.
#[cfg(target_os = "linux")]
const _: () = assert!(
    WAITERS_BIT == libc::FUTEX_WAITERS
        && OWNER_DIED_BIT == libc::FUTEX_OWNER_DIED
        && OWNER_MASK == libc::FUTEX_TID_MASK
);

std::thread_local! {
    static THREAD_ID: Cell<u32> = const { Cell::new(0) };
}

/// The kernel's number of this thread: unique among the threads that are alive in its pid namespace.
///
/// Asked for once per thread. A `fork` makes the one thread of the child forget its parent's number, by
/// a handler of `pthread_atfork`. A process that is made by a bare `clone` or by `_Fork`, which run no
/// handlers, may use no lock that needs this before it executes another program.
#[inline]
pub fn thread_id() -> u32 {
    match THREAD_ID.get() {
        0 => ask_thread_id(),
        id => id,
    }
}

#[cold]
fn ask_thread_id() -> u32 {
    forget_in_children();
    // SAFETY: takes no arguments and cannot fail.
    let id = unsafe { libc::syscall(libc::SYS_gettid) };
    let id = u32::try_from(id).expect("a thread's number is positive and below 2^22");
    THREAD_ID.set(id);
    id
}

/// Sees to it that a forked child asks again.
fn forget_in_children() {
    extern "C" fn forget() {
        // A thread-local without a destructor, of the thread that forked.
        THREAD_ID.set(0);
    }
    static FORKED: ForkHandler = ForkHandler::new(forget);
    if !FORKED.register() {
        refused("to register a handler for fork", libc::ENOMEM);
    }
}
