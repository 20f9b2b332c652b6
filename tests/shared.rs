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

// --- a death in the middle of an operation --------------------------------------------------------

/// The parts of a mutex, for children that take and release it step by step and die between two of them.
#[repr(C)]
struct Parts {
    word: selvedge::sys::Futex,
    _rest: [u32; 5],
    entry: selvedge::sys::kernel::robust::Entry,
}

fn parts(mutex: &'static Mutex<[u64; 2]>) -> &'static Parts {
    const { assert!(size_of::<Parts>() == 40) };
    // SAFETY: this is the layout of the mutex, which is said in `raw/shared.rs`.
    unsafe { &*std::ptr::from_ref(mutex).cast() }
}

/// Dies at once, by the signal that nobody can handle.
fn die() -> ! {
    // SAFETY: no memory is involved.
    unsafe { libc::raise(libc::SIGKILL) };
    wait_for_the_end()
}

fn take(parts: &Parts) {
    use selvedge::sys::kernel::thread_id;
    let taken = parts.word.compare_exchange(0, thread_id(), SeqCst, SeqCst);
    if taken.is_err() {
        // SAFETY: ends the child.
        unsafe { libc::_exit(1) };
    }
}

/// Runs `body` in a child that it kills, and waits for that.
fn dies(memory: &Memory, body: fn(&'static Board)) {
    let child = fork(memory, |board| {
        body(board);
        die()
    });
    let mut status = 0;
    // SAFETY: the place is valid.
    unsafe { libc::waitpid(child.0, &mut status, 0) };
    assert!(libc::WIFSIGNALED(status), "it did not get that far");
}

#[test]
fn dies_before_the_lock_is_in_the_list() {
    ends(|| {
        let memory = Memory::new();
        let board = memory.map();
        dies(&memory, |board| {
            let parts = parts(&board.pair);
            parts.entry.announce(&parts.word);
            take(parts);
        });
        drop(orphaned(&board.pair).make_consistent());
        // Before it had the lock: as if it had never come.
        dies(&memory, |board| {
            let parts = parts(&board.pair);
            parts.entry.announce(&parts.word);
        });
        drop(board.pair.lock().unwrap());
        // And this is what the announcement is for: without it, the lock is the dead one's for ever.
        dies(&memory, |board| take(parts(&board.pair)));
        let result = board.pair.try_lock_for(Duration::from_millis(20));
        assert!(
            matches!(result, Err(TryLockError::WouldBlock)),
            "{result:?}"
        );
    });
}

#[test]
fn dies_when_the_lock_is_no_longer_in_the_list() {
    ends(|| {
        let memory = Memory::new();
        let board = memory.map();
        dies(&memory, |board| {
            std::mem::forget(board.pair.lock());
            let parts = parts(&board.pair);
            parts.entry.announce(&parts.word);
            // SAFETY: this thread has locked it.
            unsafe { parts.entry.remove() };
        });
        drop(orphaned(&board.pair).make_consistent());
        dies(&memory, |board| {
            std::mem::forget(board.pair.lock());
            let parts = parts(&board.pair);
            // SAFETY: as above.
            unsafe { parts.entry.remove() };
        });
        assert!(
            matches!(board.pair.try_lock(), Err(TryLockError::WouldBlock)),
            "the announcement"
        );
    });
}

#[test]
fn dies_between_the_release_and_the_wake() {
    ends(|| {
        let memory = Memory::new();
        let board = memory.map();
        let child = fork(&memory, |board| {
            std::mem::forget(board.pair.lock());
            board.stage.store(1, SeqCst);
            reached(board, 2);
            let parts = parts(&board.pair);
            parts.entry.announce(&parts.word);
            // SAFETY: this thread has locked it.
            unsafe { parts.entry.remove() };
            parts.word.swap(selvedge::sys::kernel::WAITERS_BIT, SeqCst);
            die()
        });
        reached(board, 1);
        let (tell, told) = std::sync::mpsc::channel();
        let sleeper = thread::spawn(move || {
            tell.send(thread_number()).unwrap();
            // The lock was given up: nobody died with it.
            drop(board.pair.lock().unwrap());
        });
        asleep(std::process::id() as libc::pid_t, told.recv().unwrap());
        board.stage.store(2, SeqCst);
        let mut status = 0;
        // SAFETY: the place is valid.
        unsafe { libc::waitpid(child.0, &mut status, 0) };
        assert!(libc::WIFSIGNALED(status));
        sleeper.join().unwrap();
    });
}

#[test]
fn a_guard_that_a_forked_child_inherits_is_its_parents() {
    // In a process of its own, because a child of many threads may not panic.
    const NOTE: &str = "SELVEDGE_INHERITED_GUARD";
    let name = "a_guard_that_a_forked_child_inherits_is_its_parents";
    if std::env::var_os(NOTE).is_none() {
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture", "--test-threads=1"])
            .env(NOTE, "1")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        assert!(
            said.contains("selvedge: a guard of a shared::Mutex was dropped in a forked child"),
            "{said}"
        );
        return;
    }
    let memory = Memory::new();
    let board = memory.map();
    let guard = board.pair.lock().unwrap();
    let mut guard = Some(guard);
    let child = fork(&memory, |_| {
        let inherited = std::panic::AssertUnwindSafe(|| drop(guard.take()));
        i32::from(std::panic::catch_unwind(inherited).is_err())
    });
    assert_eq!(child.ends(), 1);
    assert!(
        board.pair.is_locked(),
        "a child has unlocked what its parent holds"
    );
    drop(guard);
    assert!(
        board.pair.lock().is_ok(),
        "and the parent's list is as it was"
    );
}

// --- beside the C library's own robust mutexes -----------------------------------------------------

/// A robust mutex of the C library.
struct Theirs(std::cell::UnsafeCell<libc::pthread_mutex_t>);
// SAFETY: it is a mutex.
unsafe impl Sync for Theirs {}
// SAFETY: it is never moved once it is used: it is leaked.
unsafe impl Send for Theirs {}

impl Theirs {
    fn new() -> &'static Self {
        let this = Box::leak(Box::new(Self(libc::PTHREAD_MUTEX_INITIALIZER.into())));
        let mut attributes = std::mem::MaybeUninit::uninit();
        // SAFETY: the place is valid.
        let initialized = unsafe { libc::pthread_mutexattr_init(attributes.as_mut_ptr()) };
        assert_eq!(initialized, 0);
        let robust = libc::PTHREAD_MUTEX_ROBUST;
        // SAFETY: they were initialized.
        let set = unsafe { libc::pthread_mutexattr_setrobust(attributes.as_mut_ptr(), robust) };
        assert_eq!(set, 0);
        // SAFETY: both are valid, and nobody uses the mutex yet.
        let made = unsafe { libc::pthread_mutex_init(this.0.get(), attributes.as_ptr()) };
        assert_eq!(made, 0);
        this
    }

    fn lock(&self) -> i32 {
        // SAFETY: it was initialized and stays where it is.
        unsafe { libc::pthread_mutex_lock(self.0.get()) }
    }

    fn unlock(&self) {
        // SAFETY: this thread has locked it.
        assert_eq!(unsafe { libc::pthread_mutex_unlock(self.0.get()) }, 0);
    }

    fn recovers(&self) -> bool {
        let died = self.lock() == libc::EOWNERDEAD;
        if died {
            // SAFETY: this thread holds it, and its owner has died.
            assert_eq!(unsafe { libc::pthread_mutex_consistent(self.0.get()) }, 0);
        }
        self.unlock();
        died
    }
}

/// Ours and theirs are in one list, and leave it in every order; whatever is left in it when the thread ends is
/// found, and nothing else.
#[test]
fn shares_the_list_with_the_c_library() {
    fn orders(left: &[usize]) -> Vec<Vec<usize>> {
        if left.is_empty() {
            return vec![Vec::new()];
        }
        let mut all = Vec::new();
        for (at, first) in left.iter().enumerate() {
            let mut rest = left.to_vec();
            rest.remove(at);
            for mut order in orders(&rest) {
                order.insert(0, *first);
                all.push(order);
            }
        }
        all
    }
    ends(|| {
        let ours: [&'static Mutex<[u64; 2]>; 2] = [(); 2].map(|()| &*Box::leak(Box::default()));
        let theirs = [(); 2].map(|()| Theirs::new());
        for order in orders(&[0, 1, 2, 3]) {
            for unlocked in 0..=4 {
                let (first, left) = order.split_at(unlocked);
                let (first, left) = (first.to_vec(), left.to_vec());
                thread::spawn(move || {
                    assert_eq!(theirs[0].lock(), 0);
                    let mut guards = [Some(ours[0].lock().unwrap()), None];
                    assert_eq!(theirs[1].lock(), 0);
                    guards[1] = Some(ours[1].lock().unwrap());
                    for lock in &first {
                        match *lock {
                            0 | 1 => drop(guards[*lock].take()),
                            lock => theirs[lock - 2].unlock(),
                        }
                    }
                    std::mem::forget(guards);
                })
                .join()
                .unwrap();
                let ours_died = ours.map(|mutex| match mutex.lock() {
                    Ok(_) => false,
                    Err(LockError::OwnerDied(recovery)) => {
                        drop(recovery.make_consistent());
                        true
                    }
                    Err(LockError::NotRecoverable) => panic!("it was always repaired"),
                });
                let theirs_died = theirs.map(Theirs::recovers);
                let died = ours_died.iter().chain(&theirs_died).enumerate();
                for (lock, died) in died {
                    assert_eq!(
                        *died,
                        left.contains(&lock),
                        "{order:?}, {unlocked} of them unlocked"
                    );
                }
            }
        }
    });
}

/// A thread whose list has its words elsewhere, as with another C library, is refused before anything is
/// written.
#[test]
fn a_list_that_cannot_be_joined_is_a_panic() {
    static MUTEX: Mutex<u8> = Mutex::new(0);
    #[repr(C)]
    struct Head {
        next: *mut Head,
        futex_offset: libc::c_long,
        pending: *mut Head,
    }
    let message = thread::spawn(|| {
        // As musl has it. The kernel reads it when the thread ends.
        let head = Box::leak(Box::new(Head {
            next: std::ptr::null_mut(),
            futex_offset: -28,
            pending: std::ptr::null_mut(),
        }));
        head.next = &raw mut *head;
        let length = size_of::<Head>();
        // SAFETY: the list is empty and is never freed.
        let set = unsafe { libc::syscall(libc::SYS_set_robust_list, &raw mut *head, length) };
        assert_eq!(set, 0);
        std::panic::catch_unwind(|| drop(MUTEX.lock()))
            .expect_err("locked")
            .downcast::<String>()
            .expect("a message")
    })
    .join()
    .unwrap();
    assert!(
        message.starts_with("selvedge: the C library's list of robust locks cannot be joined"),
        "{message}"
    );
    assert!(!MUTEX.is_locked());
    drop(MUTEX.lock().unwrap());
}

// --- death at any moment ----------------------------------------------------------------------------

/// Counts until it is killed. Whoever finds the pair half changed must have been told.
fn count_for_ever(board: &'static Board, number: usize) -> i32 {
    loop {
        let mut pair = match board.pair.lock() {
            Ok(pair) if pair[0] == pair[1] => pair,
            Ok(_) => return 2,
            Err(LockError::OwnerDied(mut recovery)) => {
                if recovery[0] != recovery[1] {
                    board.recovered.fetch_add(1, SeqCst);
                }
                recovery[1] = recovery[0];
                recovery.make_consistent()
            }
            Err(LockError::NotRecoverable) => return 3,
        };
        pair[0] += 1;
        // Others run, and kill, where they meet half a change, and where they do not.
        let round = board.progress[number].load(SeqCst);
        if round % 16 == 8 {
            thread::yield_now();
        }
        pair[1] += 1;
        drop(pair);
        if round.is_multiple_of(16) {
            thread::yield_now();
        }
        board.progress[number].store(round + 1, SeqCst);
    }
}

/// Many rounds in which one or two of four processes are killed at a random moment: the others always go on, and
/// the pair is never found half changed by one who was not told.
#[test]
fn killed_at_random_moments() {
    /// As many as a busy machine gets through, and no more.
    const ROUNDS: std::ops::Range<usize> = 60..600;
    const ENOUGH: Duration = Duration::from_secs(4);
    const PROCESSES: usize = 4;
    ends(|| {
        let memory = Memory::new();
        let board = memory.map();
        let start = |number| fork(&memory, move |board| count_for_ever(board, number));
        let mut processes: Vec<_> = (0..PROCESSES).map(start).collect();
        let mut random = 0x9E37_79B9_7F4A_7C15u64;
        let begin = Instant::now();
        let mut rounds = 0;
        while rounds < ROUNDS.start || (rounds < ROUNDS.end && begin.elapsed() < ENOUGH) {
            rounds += 1;
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let delay = Duration::from_nanos(random % 400_000);
            let now = Instant::now();
            while now.elapsed() < delay {
                std::hint::spin_loop();
            }
            let first = rounds % PROCESSES;
            let second = (first + 1) % PROCESSES;
            let victims: &[usize] = if random & 1 == 0 {
                &[first]
            } else {
                &[first, second]
            };
            for victim in victims {
                // SAFETY: they have not been waited for.
                unsafe { libc::kill(processes[*victim].0, libc::SIGKILL) };
            }
            for victim in victims {
                let dead = std::mem::replace(&mut processes[*victim], start(*victim));
                dead.kill();
            }
            // Nobody hangs: everybody goes on from here, those who were there and those who are new.
            let before: Vec<_> = board
                .progress
                .iter()
                .map(|count| count.load(SeqCst))
                .collect();
            until(|| {
                (0..PROCESSES).all(|number| board.progress[number].load(SeqCst) > before[number])
            });
        }
        for process in processes {
            process.kill();
        }
        let pair = locked(&board.pair);
        assert_eq!(pair[0], pair[1]);
        let recovered = board.recovered.load(SeqCst);
        println!(
            "{rounds} rounds, {} additions, {recovered} repaired",
            pair[0]
        );
        assert!(recovered > 0, "nobody was ever killed half way");
    });
}
