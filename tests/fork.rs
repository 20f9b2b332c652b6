//! A process with threads forks while some of them wait for locks. The child has none of them; it uses locks that nobody has
//! waited for, and those that it holds and that they wait for.
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

/// What threads of the parent wait for when it forks.
#[derive(Default)]
struct WaitedFor {
    mutex: Mutex<usize>,
    lock: RwLock<usize>,
    door: Mutex<bool>,
    opened: Condvar,
}

/// In the child: the locks that the forking thread holds, and for which threads wait that are not here, go on working. More
/// often than the locks let others overtake whoever waits.
fn go_on_using(locks: &WaitedFor) -> bool {
    let soon = Duration::from_micros(100);
    for round in 0..10_000 {
        *locks.mutex.lock() += 1;
        *locks.lock.write() += 1;
        if round % 1_000 == 0 {
            let (_mutex, _lock) = (locks.mutex.lock(), locks.lock.read());
            let refused = thread::scope(|scope| {
                let other = scope.spawn(|| {
                    locks.mutex.try_lock_for(soon).is_none()
                        && locks.lock.try_write_for(soon).is_none()
                });
                other.join().unwrap()
            });
            if !refused {
                return false;
            }
        }
    }
    let mut door = locks.door.lock();
    locks.opened.notify_all() == 0 && locks.opened.wait_for(&mut door, soon).timed_out()
}

#[test]
fn the_child_of_a_process_with_waiters() {
    let locks = Arc::new(WaitedFor::default());
    let (held, written) = (locks.mutex.lock(), locks.lock.write());
    let waiters: Vec<_> = (0..WAITERS)
        .map(|number| {
            let locks = Arc::clone(&locks);
            thread::spawn(move || match number % 3 {
                0 => *locks.mutex.lock() += number,
                1 => *locks.lock.write() += number,
                _ => {
                    let mut door = locks.door.lock();
                    locks.opened.wait_while(&mut door, |open| !*open);
                }
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
        drop((held, written));
        let old = go_on_using(&locks);
        // SAFETY: ends the child.
        unsafe { libc::_exit(if fresh && old { 7 } else { 1 }) };
    }
    let mut status = 0;
    // SAFETY: the place is valid.
    assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
    assert!(
        libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 7,
        "the child ended with {status:#x}"
    );
    // The parent has lost nothing.
    drop((held, written));
    *locks.door.lock() = true;
    assert_eq!(locks.opened.notify_all(), WAITERS / 3);
    waiters
        .into_iter()
        .for_each(|waiter| waiter.join().unwrap());
    let sum = |remainder| -> usize { (0..WAITERS).filter(|number| number % 3 == remainder).sum() };
    assert_eq!((*locks.mutex.lock(), *locks.lock.read()), (sum(0), sum(1)));
}
