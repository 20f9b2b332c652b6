//! A process with threads forks while some of them wait for a `Gil`. The thread that forks is attached in the child too, and
//! alone; what another thread held stays held there.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use selvedge::gil::{AttachError, Gil};

const WAITERS: usize = 16;

/// Runs `body` in a child; whether it says so.
fn in_a_child(body: impl FnOnce() -> bool) -> bool {
    // SAFETY: the child allocates, which the C library here allows.
    let child = unsafe { libc::fork() };
    if child == 0 {
        // A crash ends it, and so does a hang.
        // SAFETY: no memory is involved.
        unsafe { libc::alarm(30) };
        let so = body();
        // SAFETY: ends the child.
        unsafe { libc::_exit(if so { 7 } else { 1 }) };
    }
    let mut status = 0;
    // SAFETY: the place is valid.
    assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
    libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 7
}

#[test]
fn a_thread_that_is_attached_forks() {
    let gil = Arc::new(Gil::new(0));
    let mut held = Some(gil.attach().unwrap());
    let waiters: Vec<_> = (0..WAITERS)
        .map(|_| {
            let gil = Arc::clone(&gil);
            thread::spawn(move || *gil.attach().unwrap() += 1)
        })
        .collect();
    while gil.statistics().waits < WAITERS || !held.as_ref().unwrap().is_asked() {
        thread::yield_now();
    }
    let fine = in_a_child(|| {
        let mut token = held.take().unwrap();
        // The word says that others wait and that one has asked; they are not here.
        let mut fine = token.is_asked() && token.checkpoint().is_ok();
        fine &= gil.attach().err() == Some(AttachError::AlreadyAttached);
        *token += 100;
        fine &= token.detach(|| *gil.attach().unwrap() += 1).is_ok();
        fine &= *token == 101 && !token.is_asked();
        drop(token);
        fine &= !gil.is_held() && !gil.has_waiters();
        let again = Arc::clone(&gil);
        fine &= thread::spawn(move || *again.attach().unwrap() += 1)
            .join()
            .is_ok();
        let mut token = gil.attach().unwrap();
        token.finalize();
        fine && *token == 102
    });
    assert!(fine, "the child");

    // The parent has lost nothing.
    let mut token = held.take().unwrap();
    let gil_of_child = Arc::clone(&gil);
    let (attached, is_attached) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    token
        .detach(|| {
            waiters
                .into_iter()
                .for_each(|waiter| waiter.join().unwrap());
            // And now another thread is attached while this one forks.
            let holder = {
                let gil = Arc::clone(&gil);
                thread::spawn(move || {
                    let token = gil.attach().unwrap();
                    attached.send(()).unwrap();
                    released.recv().ok();
                    drop(token);
                })
            };
            is_attached.recv().unwrap();
            let held = in_a_child(|| {
                let in_vain = gil_of_child.attach_for(Duration::from_millis(20));
                matches!(in_vain, Ok(None)) && gil_of_child.is_held()
            });
            assert!(held, "the child");
            drop(release);
            holder.join().unwrap();
        })
        .unwrap();
    assert_eq!(*token, WAITERS);
}
