//! What is done in the child of a `fork`, which has its parent's memory and one of its threads.

use core::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Runs in every child that is forked after [`register`](Self::register): in its only thread, before `fork` returns there.
/// A process that is made by a bare `clone` or by `_Fork` runs no handlers.
#[derive(Debug)]
pub struct ForkHandler {
    handler: extern "C" fn(),
    registered: AtomicBool,
}

impl ForkHandler {
    /// One that is not registered. The handler may do what a signal handler may.
    pub const fn new(handler: extern "C" fn()) -> Self {
        Self {
            handler,
            registered: AtomicBool::new(false),
        }
    }

    /// Registers it, unless it is; whether it is now. There may be no memory for it.
    #[inline]
    pub fn register(&self) -> bool {
        // Relaxed: a handler too many does no harm, and whoever reads `true` is in a process in which one was
        // registered before that was stored: a `fork` copies both, or neither, or the handler alone.
        self.registered.load(Relaxed) || self.ask_for_it()
    }

    #[cold]
    fn ask_for_it(&self) -> bool {
        let registered = system::in_children(self.handler);
        self.registered.store(registered, Relaxed);
        registered
    }
}

#[cfg(any(
    target_os = "linux",
    target_os = "android",
    target_os = "macos",
    target_os = "freebsd",
    target_os = "netbsd",
    target_os = "openbsd"
))]
mod system {
    unsafe extern "C" {
        // POSIX; the `libc` crate does not declare it everywhere.
        fn pthread_atfork(
            prepare: Option<extern "C" fn()>,
            parent: Option<extern "C" fn()>,
            child: Option<extern "C" fn()>,
        ) -> libc::c_int;
    }

    pub(super) fn in_children(handler: extern "C" fn()) -> bool {
        // SAFETY: the handler may be called at any time, as `new` asks for.
        unsafe { pthread_atfork(None, None, Some(handler)) == 0 }
    }
}

/// No `fork`, or none that is known here.
#[cfg(not(any(
    target_os = "linux",
    target_os = "android",
    target_os = "macos",
    target_os = "freebsd",
    target_os = "netbsd",
    target_os = "openbsd"
)))]
mod system {
    pub(super) fn in_children(_handler: extern "C" fn()) -> bool {
        true
    }
}
