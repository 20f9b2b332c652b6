//! The program has handlers of its own around a `fork`, which lock before it and unlock on both sides: what POSIX recommends
//! for whatever is used in a child. They come before the first wait of the process, and that is while it forks.
//!
//! In a file of its own, for nothing else may wait before.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use selvedge::{Mutex, MutexGuard};

static LOCK: Mutex<()> = Mutex::new(());
static IS_LOCKED: AtomicBool = AtomicBool::new(false);

std::thread_local! {
    static HELD: RefCell<Option<MutexGuard<'static, ()>>> = const { RefCell::new(None) };
}

/// Long enough for a thread to fall asleep.
const LONG: Duration = Duration::from_millis(100);

/// Here, while the process forks, a thread waits for the first time.
extern "C" fn before() {
    HELD.set(Some(LOCK.lock()));
    IS_LOCKED.store(true, Relaxed);
    thread::sleep(LONG);
}

extern "C" fn after() {
    HELD.set(None);
}

/// Somebody waits for the lock, and gets it.
fn is_handed_on() {
    let held = LOCK.lock();
    thread::scope(|scope| {
        let waits = scope.spawn(|| drop(LOCK.lock()));
        thread::sleep(LONG);
        drop(held);
        waits.join().unwrap();
    });
}

#[test]
fn a_lock_that_is_locked_around_the_fork() {
    // SAFETY: they may be called at any time.
    let registered = unsafe { libc::pthread_atfork(Some(before), Some(after), Some(after)) };
    assert_eq!(registered, 0);
    let waits = thread::spawn(|| {
        while !IS_LOCKED.load(Relaxed) {
            thread::yield_now();
        }
        drop(LOCK.lock());
    });
    // SAFETY: the child starts threads and allocates, which the C library here allows.
    let child = unsafe { libc::fork() };
    if child == 0 {
        // A hang ends it.
        // SAFETY: no memory is involved.
        unsafe { libc::alarm(30) };
        is_handed_on();
        // SAFETY: ends the child.
        unsafe { libc::_exit(7) };
    }
    let mut status = 0;
    // SAFETY: the place is valid.
    assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
    assert!(
        libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 7,
        "nobody was woken in the child: {status:#x}"
    );
    waits.join().unwrap();
    is_handed_on();
}
