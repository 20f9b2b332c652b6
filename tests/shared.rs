//! `shared::Mutex` between real processes, which are killed while they use it. Every process maps the memory
//! at an address of its own.
//!
//! That nobody is left asleep is what `ends` sees; that the data is as it should be, the pair of equal
//! numbers.
#![cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]

mod conformance;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use conformance::shared::{Board, Memory, asleep, fork, reached, thread_number, wait_for_the_end};
use conformance::{PATIENCE, ends, until};
use selvedge::shared::{LockError, Mutex, MutexGuard, Recovery, SharedSafe, TryLockError};

/// The lock, whoever died with it.
fn locked(mutex: &'static Mutex<[u64; 2]>) -> MutexGuard<[u64; 2]> {
    match mutex.lock() {
        Ok(guard) => guard,
        Err(LockError::OwnerDied(mut recovery)) => {
            recovery[1] = recovery[0];
            recovery.make_consistent()
        }
        Err(LockError::NotRecoverable) => panic!("everybody here repairs it"),
    }
}

fn orphaned(mutex: &'static Mutex<[u64; 2]>) -> Recovery<[u64; 2]> {
    match mutex.lock() {
        Err(LockError::OwnerDied(recovery)) => recovery,
        other => panic!("nobody noticed that the owner died: {other:?}"),
    }
}

/// A child that dies, or does whatever, with half of a change made.
fn half_way(board: &'static Board) -> i32 {
    let Ok(mut pair) = board.pair.lock() else {
        return 1;
    };
    pair[0] += 1;
    board.stage.store(1, SeqCst);
    wait_for_the_end()
}

#[test]
fn several_processes_count() {
    const PROCESSES: u64 = 4;
    const ROUNDS: u64 = 20_000;
    ends(|| {
        let memory = Memory::new();
        let board = memory.map();
        let children: Vec<_> = (0..PROCESSES)
            .map(|child| {
                fork(&memory, move |board| {
                    for round in 0..ROUNDS {
                        let guard = match (child + round) % 5 {
                            0 => board.pair.try_lock().ok(),
                            1 => board.pair.try_lock_for(Duration::from_micros(20)).ok(),
                            _ => None,
                        };
                        let Some(mut pair) = guard.or_else(|| board.pair.lock().ok()) else {
                            return 1;
                        };
                        if pair[0] != pair[1] {
                            return 2;
                        }
                        pair[0] += 1;
                        if round % 64 == 0 {
                            thread::yield_now();
                        }
                        pair[1] += 1;
                    }
                    0
                })
            })
            .collect();
        for child in children {
            assert_eq!(child.ends(), 0);
        }
        let pair = board.pair.lock().unwrap();
        assert_eq!(*pair, [PROCESSES * ROUNDS; 2]);
    });
}

#[test]
fn the_threads_of_one_process_count() {
    static PAIR: Mutex<[u64; 2]> = Mutex::new([0; 2]);
    ends(|| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                thread::spawn(|| {
                    for _ in 0..20_000 {
                        let mut pair = PAIR.lock().unwrap();
                        assert_eq!(pair[0], pair[1]);
                        pair[0] += 1;
                        pair[1] += 1;
                    }
                })
            })
            .collect();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        assert_eq!(*PAIR.lock().unwrap(), [160_000; 2]);
        // And the mark that somebody waits does not stay when nobody does.
        drop(PAIR.lock());
        assert_eq!(word(&PAIR), 0, "every unlock would be a system call");
    });
}

/// What is in the word of a mutex: its first four bytes.
fn word<T: SharedSafe>(mutex: &'static Mutex<T>) -> u32 {
    // SAFETY: the layout is said in `raw/shared.rs`, and the word is an atomic.
    unsafe { &*std::ptr::from_ref(mutex).cast::<AtomicU32>() }.load(SeqCst)
}

#[test]
fn killed_while_holding() {
    ends(|| {
        let memory = Memory::new();
        let board = memory.map();
        let child = fork(&memory, half_way);
        reached(board, 1);
        assert!(board.pair.is_locked());
        child.kill();
        assert!(!board.pair.is_locked());
        let mut recovery = orphaned(&board.pair);
        assert_eq!(*recovery, [1, 0], "what the dead have written is seen");
        recovery[1] = 1;
        drop(recovery.make_consistent());
        assert_eq!(
            *board.pair.lock().unwrap(),
            [1, 1],
            "and then it is a mutex again"
        );
        assert_eq!(*board.pair.try_lock().unwrap(), [1, 1]);
    });
}

#[test]
fn a_try_finds_it_too() {
    ends(|| {
        let memory = Memory::new();
        let board = memory.map();
        for timed in [false, true] {
            board.stage.store(0, SeqCst);
            let child = fork(&memory, half_way);
            reached(board, 1);
            child.kill();
            let result = if timed {
                board.pair.try_lock_for(Duration::ZERO)
            } else {
                board.pair.try_lock()
            };
            let Err(TryLockError::OwnerDied(recovery)) = result else {
                panic!("nobody noticed: {result:?}");
            };
            drop(recovery.make_consistent());
        }
    });
}

#[test]
fn ended_while_holding() {
    ends(|| {
        let memory = Memory::new();
        let board = memory.map();
        // By itself, which runs no destructors.
        let child = fork(&memory, |board| {
            std::mem::forget(board.pair.lock());
            0
        });
        assert_eq!(child.ends(), 0);
        drop(orphaned(&board.pair).make_consistent());
        // By becoming another program.
        let child = fork(&memory, |board| {
            std::mem::forget(board.pair.lock());
            let nothing = [c"/bin/true".as_ptr(), std::ptr::null()];
            // SAFETY: C strings, and a null at the end.
            unsafe { libc::execv(nothing[0], nothing.as_ptr()) };
            1
        });
        assert_eq!(child.ends(), 0);
        drop(orphaned(&board.pair).make_consistent());
        // And a thread of this process that forgets its guard.
        thread::spawn(|| std::mem::forget(board.pair.lock()))
            .join()
            .unwrap();
        drop(orphaned(&board.pair).make_consistent());
        assert_eq!(word(&board.pair), 0);
    });
}

#[test]
fn killed_while_others_sleep() {
    const SLEEPERS: usize = 4;
    ends(|| {
        let memory = Memory::new();
        let board = memory.map();
        let child = fork(&memory, half_way);
        reached(board, 1);
        // A process and some threads, each sure to be asleep in the kernel.
        let process = fork(&memory, |board| match board.pair.lock() {
            Ok(_) => 10,
            Err(LockError::OwnerDied(mut recovery)) => {
                recovery[1] = recovery[0];
                drop(recovery.make_consistent());
                11
            }
            Err(LockError::NotRecoverable) => 12,
        });
        asleep(process.0, process.0);
        let (tell, told) = std::sync::mpsc::channel();
        let sleepers: Vec<_> = (0..SLEEPERS)
            .map(|number| {
                let tell = tell.clone();
                thread::spawn(move || {
                    tell.send(thread_number()).unwrap();
                    // With and without a deadline.
                    let result = if number % 2 == 0 {
                        board.pair.try_lock_for(PATIENCE * 10)
                    } else {
                        board.pair.lock().map_err(|error| match error {
                            LockError::OwnerDied(recovery) => TryLockError::OwnerDied(recovery),
                            LockError::NotRecoverable => TryLockError::NotRecoverable,
                        })
                    };
                    match result {
                        Ok(_) => 0,
                        Err(TryLockError::OwnerDied(mut recovery)) => {
                            recovery[1] = recovery[0];
                            drop(recovery.make_consistent());
                            1
                        }
                        Err(error) => panic!("{error:?}"),
                    }
                })
            })
            .collect();
        for _ in 0..SLEEPERS {
            asleep(std::process::id() as libc::pid_t, told.recv().unwrap());
        }
        child.kill();
        let mut recoveries: i32 = sleepers
            .into_iter()
            .map(|sleeper| sleeper.join().unwrap())
            .sum();
        recoveries += process.ends() - 10;
        assert_eq!(recoveries, 1, "one of them is told, and once");
        assert_eq!(*board.pair.lock().unwrap(), [1, 1]);
    });
}

#[test]
fn not_recovered() {
    ends(|| {
        let memory = Memory::new();
        let board = memory.map();
        let child = fork(&memory, half_way);
        reached(board, 1);
        let recovery = {
            child.kill();
            orphaned(&board.pair)
        };
        // Somebody is asleep when the data is given up: each of them is told.
        let (tell, told) = std::sync::mpsc::channel();
        let sleepers: Vec<_> = (0..3)
            .map(|_| {
                let tell = tell.clone();
                thread::spawn(move || {
                    tell.send(thread_number()).unwrap();
                    matches!(board.pair.lock(), Err(LockError::NotRecoverable))
                })
            })
            .collect();
        let process = fork(&memory, |board| {
            i32::from(matches!(board.pair.lock(), Err(LockError::NotRecoverable)))
        });
        asleep(process.0, process.0);
        for _ in 0..3 {
            asleep(std::process::id() as libc::pid_t, told.recv().unwrap());
        }
        drop(recovery);
        for sleeper in sleepers {
            assert!(sleeper.join().unwrap(), "got data that nobody repaired");
        }
        assert_eq!(process.ends(), 1, "got data that nobody repaired");
        assert!(matches!(board.pair.lock(), Err(LockError::NotRecoverable)));
        assert!(matches!(
            board.pair.try_lock(),
            Err(TryLockError::NotRecoverable)
        ));
        assert!(matches!(
            board.pair.try_lock_for(PATIENCE),
            Err(TryLockError::NotRecoverable)
        ));
        assert!(!board.pair.is_locked());
    });
}

#[test]
fn who_recovers_dies_too() {
    ends(|| {
        let memory = Memory::new();
        let board = memory.map();
        let first = fork(&memory, half_way);
        reached(board, 1);
        first.kill();
        let second = fork(&memory, |board| match board.pair.lock() {
            Err(LockError::OwnerDied(mut recovery)) => {
                recovery[0] += 1;
                board.stage.store(2, SeqCst);
                wait_for_the_end()
            }
            _ => 1,
        });
        reached(board, 2);
        second.kill();
        let third = fork(&memory, |board| match board.pair.lock() {
            Err(LockError::OwnerDied(recovery)) => {
                let _guard = recovery.make_consistent();
                board.stage.store(3, SeqCst);
                wait_for_the_end()
            }
            _ => 1,
        });
        reached(board, 3);
        third.kill();
        assert_eq!(*orphaned(&board.pair), [2, 0]);
    });
}

#[test]
fn gives_up_not_before_its_time() {
    ends(|| {
        let memory = Memory::new();
        let board = memory.map();
        let child = fork(&memory, half_way);
        reached(board, 1);
        assert!(matches!(
            board.pair.try_lock(),
            Err(TryLockError::WouldBlock)
        ));
        for millis in [0, 1, 5, 20] {
            let start = Instant::now();
            let result = board.pair.try_lock_for(Duration::from_millis(millis));
            assert!(matches!(result, Err(TryLockError::WouldBlock)));
            assert!(start.elapsed() >= Duration::from_millis(millis));
        }
        assert!(matches!(
            board.pair.try_lock_until(Instant::now()),
            Err(TryLockError::WouldBlock)
        ));
        child.kill();
        drop(orphaned(&board.pair).make_consistent());
        assert!(board.pair.try_lock_for(Duration::ZERO).is_ok());
        assert!(
            board.pair.try_lock_for(Duration::MAX).is_ok(),
            "no deadline"
        );
    });
}

#[test]
fn a_waiter_that_is_killed_takes_no_wake_with_it() {
    ends(|| {
        let memory = Memory::new();
        let board = memory.map();
        for _ in 0..200 {
            let guard = board.pair.lock().unwrap();
            let doomed = fork(&memory, |board| {
                drop(locked(&board.pair));
                0
            });
            asleep(doomed.0, doomed.0);
            let patient = thread::spawn(|| {
                board.stage.fetch_add(1, SeqCst);
                drop(locked(&board.pair));
            });
            let sleeping = Arc::new(patient);
            until(|| board.stage.load(SeqCst) == 1);
            board.stage.store(0, SeqCst);
            // SAFETY: the child has not been waited for.
            unsafe { libc::kill(doomed.0, libc::SIGKILL) };
            drop(guard); // this may wake the one that is being killed
            let mut status = 0;
            // SAFETY: the place is valid.
            unsafe { libc::waitpid(doomed.0, &mut status, 0) };
            Arc::into_inner(sleeping).expect("one").join().unwrap();
            drop(locked(&board.pair)); // it may have died with the lock
        }
    });
}

#[test]
fn locked_twice_is_a_panic() {
    static MUTEX: Mutex<u8> = Mutex::new(0);
    let guard = MUTEX.lock().unwrap();
    let payload = std::panic::catch_unwind(|| drop(MUTEX.lock())).expect_err("locked twice");
    let message = payload.downcast_ref::<String>().expect("a message");
    assert!(
        message.starts_with("selvedge: a shared::Mutex was locked by the thread that holds it"),
        "{message}"
    );
    assert!(matches!(MUTEX.try_lock(), Err(TryLockError::WouldBlock)));
    drop(guard);
    assert_eq!(*MUTEX.lock().unwrap(), 0, "and then all is well");
}

#[test]
fn a_forked_child_is_another_owner() {
    ends(|| {
        let memory = Memory::new();
        let board = memory.map();
        let guard = board.pair.lock().unwrap();
        // The child's number is not its parent's, although the parent has asked before: to lock what the
        // parent holds is no deadlock of one thread with itself.
        let child = fork(&memory, |board| {
            i32::from(matches!(
                board.pair.try_lock_for(Duration::from_millis(1)),
                Err(TryLockError::WouldBlock)
            ))
        });
        assert_eq!(child.ends(), 1);
        // And its list is its own: it may lock and unlock, and die with a lock.
        let child = fork(&memory, |board| {
            drop(board.other.lock());
            std::mem::forget(board.other.lock());
            0
        });
        assert_eq!(child.ends(), 0);
        assert!(
            board.pair.is_locked(),
            "a child has unlocked what its parent holds"
        );
        drop(guard);
        drop(orphaned(&board.other));
        assert_eq!(*board.pair.lock().unwrap(), [0, 0]);
    });
}

#[test]
fn a_panic_unlocks() {
    static MUTEX: Mutex<u8> = Mutex::new(0);
    let result = thread::spawn(|| {
        let mut guard = MUTEX.lock().unwrap();
        *guard = 1;
        panic!("with the guard alive");
    })
    .join();
    assert!(result.is_err());
    assert_eq!(*MUTEX.lock().unwrap(), 1, "a panic is no death");
}

#[test]
fn a_place_that_is_none_is_a_panic() {
    let result = std::panic::catch_unwind(|| {
        // SAFETY: nothing is done with it but to look at the address.
        let _: &Mutex<u8> = unsafe { Mutex::from_ptr(std::ptr::without_provenance_mut(4)) };
    });
    let message = result.expect_err("not aligned");
    let message = message.downcast_ref::<String>().expect("a message");
    assert!(
        message.starts_with("selvedge: a shared::Mutex cannot be at 0x4"),
        "{message}"
    );
}

#[test]
fn is_forty_bytes_and_a_static() {
    assert_eq!(size_of::<selvedge::raw::RawSharedMutex>(), 40);
    assert_eq!(align_of::<selvedge::raw::RawSharedMutex>(), 8);
    assert_eq!(size_of::<Mutex<[u64; 2]>>(), 56);
    static MUTEX: Mutex<u32> = Mutex::new(7);
    assert_eq!(*MUTEX.lock().unwrap(), 7);
    assert_eq!(format!("{MUTEX:?}"), "Mutex { locked: false, .. }");
    assert_eq!(format!("{:?}", MUTEX.lock()), "Ok(7)");
    let mut mutex = Mutex::<u8>::default();
    *mutex.get_mut() = 3;
    assert_eq!(*mutex.get_mut(), 3);
}

#[test]
fn guards_stay_in_their_thread() {
    fn sendable<T: Send>() {}
    fn shareable<T: Sync>() {}
    sendable::<Mutex<u32>>();
    shareable::<Mutex<u32>>();
    shareable::<MutexGuard<u32>>();
    // That they are not `Send` is a `compile_fail` example of `MutexGuard`, and this for the other.
    trait Ambiguous<A> {
        fn is() {}
    }
    struct IfSend;
    impl<T: ?Sized> Ambiguous<()> for T {}
    impl<T: ?Sized + Send> Ambiguous<IfSend> for T {}
    let _ = <Recovery<u32> as Ambiguous<_>>::is;
    let _ = <MutexGuard<u32> as Ambiguous<_>>::is;
    let _ = <LockError<u32> as Ambiguous<_>>::is;
}
