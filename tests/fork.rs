//! A process with threads forks while some of them wait for locks. The child has none of them, and uses locks that nobody
//! has waited for.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use selvedge::{Condvar, Mutex, RwLock};

const WAITERS: usize = 64;

/// Fresh locks, enough of them to meet every part of the table: each is held, and waited for in vain.
fn use_fresh_locks() -> bool {
    let soon = Duration::from_micros(100);
    let locks: Vec<_> = (0..2_000)
        .map(|_| (Mutex::new(0), RwLock::new(0)))
        .collect();
    locks.iter().all(|(mutex, lock)| {
        let (_mutex, _lock) = (mutex.lock(), lock.write());
        mutex.try_lock_for(soon).is_none() && lock.try_read_for(soon).is_none()
    })
}

/// Covers the stacks of the parent's threads, which the system gives to new ones.
fn cover_stacks() {
    let threads: Vec<_> = (0..WAITERS)
        .map(|_| {
            thread::spawn(|| {
                let rubbish = std::hint::black_box([0x41_u8; 64 * 1024]);
                rubbish.iter().map(|&byte| u64::from(byte)).sum::<u64>()
            })
        })
        .collect();
    threads
        .into_iter()
        .for_each(|thread| assert!(thread.join().unwrap() > 0));
}

/// Whether every thread of this process sleeps but the one that asks.
fn all_others_sleep() -> bool {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let awake = tasks.filter(|task| {
        let stat = task.as_ref().unwrap().path().join("stat");
        let stat = std::fs::read_to_string(stat).unwrap();
        // After the name, which is in brackets.
        !stat.rsplit(") ").next().unwrap().starts_with('S')
    });
    awake.count() == 1
}

#[test]
fn the_child_of_a_process_with_waiters() {
    let mutex = Arc::new((Mutex::new(0), Condvar::new()));
    let held = mutex.0.lock();
    let waiters: Vec<_> = (0..WAITERS)
        .map(|number| {
            let mutex = Arc::clone(&mutex);
            thread::spawn(move || {
                *mutex.0.lock() += number;
            })
        })
        .collect();
    thread::sleep(Duration::from_millis(50));
    while !all_others_sleep() {
        thread::sleep(Duration::from_millis(20));
    }
    // SAFETY: the child starts threads and allocates, which the C library here allows.
    let child = unsafe { libc::fork() };
    if child == 0 {
        // A crash ends it, and so does a hang.
        // SAFETY: no memory is involved.
        unsafe { libc::alarm(30) };
        cover_stacks();
        let fresh = use_fresh_locks();
        // The thread that forked holds this one still, and may unlock and lock it, for a while.
        drop(held);
        drop(mutex.0.lock());
        // SAFETY: ends the child.
        unsafe { libc::_exit(if fresh { 7 } else { 1 }) };
    }
    let mut status = 0;
    // SAFETY: the place is valid.
    assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
    assert!(
        libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 7,
        "the child ended with {status:#x}"
    );
    // The parent has lost nothing.
    drop(held);
    waiters
        .into_iter()
        .for_each(|waiter| waiter.join().unwrap());
    assert_eq!(*mutex.0.lock(), (0..WAITERS).sum());
}
