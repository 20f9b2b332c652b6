//! What is done in the child of a `fork`, which has its parent's memory and one of its threads.
//!
//! The system is asked when the program is loaded, before there is a second thread that could fork; not when the first
//! thread waits. That may be within a `fork`: the handlers that run before one may use locks, and one that is registered by
//! then is not run in this child, or cannot be registered without waiting for the end of the fork. And handlers run in the
//! child in the order in which they were registered: whatever the program does there with its locks comes after. (Not so for a
//! library that is loaded later: the handlers that were there before it come first in the child.)
//!
//! A process that is made by a bare `clone` or by `_Fork` runs no handlers.

use core::sync::atomic::{AtomicBool, AtomicPtr, Ordering::Relaxed};
use core::{fmt, ptr};

use super::fallback;

/// Runs in every child that is forked after [`register`](Self::register): in its only thread, before `fork` returns there.
pub struct ForkHandler {
    handler: extern "C" fn(),
    registered: AtomicBool,
}

/// One for each handler: two of this crate, and those of its copies in the tests.
const PLACES: usize = 64;

/// Who is registered, without gaps. A `fork` copies a place with its handler, or without.
static REGISTERED: [AtomicPtr<ForkHandler>; PLACES] =
    [const { AtomicPtr::new(ptr::null_mut()) }; PLACES];

impl ForkHandler {
    /// One that is not registered. The handler may do what a signal handler may.
    pub const fn new(handler: extern "C" fn()) -> Self {
        Self {
            handler,
            registered: AtomicBool::new(false),
        }
    }

    /// Registers it, unless it is; whether it is now. There may be no memory for it, or no place.
    #[inline]
    pub fn register(&'static self) -> bool {
        // Relaxed: whoever reads `true` is in a process in which it has its place: a `fork` copies both, or neither, or the
        // place alone.
        self.registered.load(Relaxed) || self.take_a_place()
    }

    #[cold]
    fn take_a_place(&'static self) -> bool {
        let this = ptr::from_ref(self).cast_mut();
        let has_a_place = REGISTERED.iter().any(|place| {
            // Relaxed: as in `in_child`.
            match place.compare_exchange(ptr::null_mut(), this, Relaxed, Relaxed) {
                Ok(_) => true,
                // Two threads register it at the same time.
                Err(other) => other == this,
            }
        });
        let registered = has_a_place && ask();
        self.registered.store(registered, Relaxed);
        registered
    }
}

impl fmt::Debug for ForkHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForkHandler").finish_non_exhaustive()
    }
}

/// Asks the system for the handler below; whether it runs it.
fn ask() -> bool {
    static ASKED: AtomicBool = AtomicBool::new(false);
    // Relaxed: to run it twice does no harm, and whoever reads `true` is in a process in which it was registered before
    // that was stored.
    if !ASKED.load(Relaxed) {
        ASKED.store(system::in_children(in_child), Relaxed);
    }
    ASKED.load(Relaxed)
}

/// Registered first, it runs first.
extern "C" fn in_child() {
    fallback::empty_the_table();
    for place in &REGISTERED {
        // Relaxed: what is there is a static, and does not change.
        let handler = place.load(Relaxed);
        // SAFETY: null or a static.
        let Some(handler) = (unsafe { handler.as_ref() }) else {
            return;
        };
        (handler.handler)();
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
        ) -> core::ffi::c_int;
    }

    pub(super) fn in_children(handler: extern "C" fn()) -> bool {
        // SAFETY: it may be called at any time.
        unsafe { pthread_atfork(None, None, Some(handler)) == 0 }
    }

    /// Runs when the program, or the library that this is in, is loaded.
    #[cfg(not(miri))]
    #[used]
    #[cfg_attr(target_os = "macos", unsafe(link_section = "__DATA,__mod_init_func"))]
    // With a number they run first, in this order; those up to 100 belong to the system.
    #[cfg_attr(not(target_os = "macos"), unsafe(link_section = ".init_array.00101"))]
    static AT_THE_START: extern "C" fn() = {
        extern "C" fn at_the_start() {
            // If there is no memory for it, who waits first asks again.
            super::ask();
            // A thread that starts the clock while another one forks is in that for ever in the child.
            super::super::unmodelled::start_the_clock();
        }
        at_the_start
    };
}

/// No `fork`, or none that is known here: then the child of one has its parent's table.
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
