//! `PiMutex` on real threads, and what the kernel makes of their priorities.
//!
//! **What can be observed.** A thread that holds a contended lock runs with the priority of its first waiter: the
//! kernel shows it in `/proc/self/task/N/stat`. That takes real-time priorities, which not every system
//! permits; where it does not, these tests say so and check the rest. Nice values are not inherited, and there
//! is nothing else to see.
#![cfg(all(
    any(target_os = "linux", target_os = "android"),
    target_pointer_width = "64"
))]

mod conformance;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use conformance::{PATIENCE, TimedMutex, ends, until};
use selvedge::PiMutex;
use selvedge::lock_api::{Mutex, RawMutex};

macro_rules! conforms {
    ($($name:ident: $raw:ty;)*) => {$(
        mod $name {
            use super::conformance as suite;
            type Raw = $raw;

            #[test]
            fn one_at_a_time() {
                super::one_at_a_time::<Raw>();
            }

            #[test]
            fn try_lock_tells_the_truth() {
                super::try_lock_tells_the_truth::<Raw>();
            }

            #[test]
            fn gives_up_not_before_its_time() {
                suite::gives_up_not_before_its_time::<Raw>();
            }

            #[test]
            fn a_timed_waiter_is_woken() {
                suite::a_timed_waiter_is_woken::<Raw>();
            }

            #[test]
            fn a_panic_unlocks() {
                suite::a_panic_unlocks::<Raw>();
            }

            #[test]
            fn lock_unlock_while_a_thread_is_torn_down() {
                suite::lock_unlock_while_a_thread_is_torn_down::<Raw>();
            }
        }
    )*};
}

conforms! {
    native: selvedge::raw::RawPiMutex;
    fallback: selvedge_fallback::raw::RawPiMutex;
}

fn one_at_a_time<R: TimedMutex>() {
    const THREADS: usize = 8;
    const ROUNDS: usize = 5_000;
    ends(|| {
        let numbers = Arc::new(Mutex::<R, _>::new((0usize, 0usize)));
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let numbers = Arc::clone(&numbers);
                thread::spawn(move || {
                    for round in 0..ROUNDS {
                        let guard = match (thread + round) % 5 {
                            0 => numbers.try_lock(),
                            1 => numbers.try_lock_for(Duration::from_micros(20)),
                            _ => None,
                        };
                        let mut guard = guard.unwrap_or_else(|| numbers.lock());
                        assert_eq!(guard.0, guard.1, "somebody else is in here");
                        guard.0 += 1;
                        if round % 64 == 0 {
                            thread::yield_now();
                        }
                        guard.1 += 1;
                    }
                })
            })
            .collect();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        assert_eq!(*numbers.lock(), (THREADS * ROUNDS, THREADS * ROUNDS));
        assert!(!numbers.is_locked());
    });
}

fn try_lock_tells_the_truth<R: TimedMutex>() {
    let mutex = Mutex::<R, _>::new(1);
    let guard = mutex.try_lock().expect("nobody holds it");
    assert!(mutex.is_locked());
    assert!(mutex.try_lock().is_none());
    thread::scope(|scope| {
        scope.spawn(|| {
            assert!(mutex.try_lock().is_none());
            assert!(mutex.try_lock_for(Duration::from_millis(1)).is_none());
            assert!(mutex.try_lock_until(Instant::now()).is_none());
        });
    });
    drop(guard);
    assert!(!mutex.is_locked());
    assert!(
        mutex.try_lock_for(Duration::ZERO).is_some(),
        "free, so a zero duration is enough"
    );
    assert!(mutex.try_lock_for(Duration::MAX).is_some(), "no deadline");
    assert_eq!(mutex.into_inner(), 1);
}

/// What a panic says.
#[track_caller]
fn says(body: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(body)).expect_err("no panic");
    *payload.downcast::<String>().unwrap_or_else(|payload| {
        Box::new((*payload.downcast_ref::<&str>().expect("a message")).to_owned())
    })
}

const WAITS_FOR_EVER: &str = "selvedge: locking this PiMutex would wait for ever";

#[test]
fn locked_twice_is_a_panic() {
    let mutex = PiMutex::new(0);
    let guard = mutex.lock();
    for _ in 0..2 {
        let message = says(|| drop(mutex.lock()));
        assert!(message.starts_with(WAITS_FOR_EVER), "{message}");
        let message = says(|| drop(mutex.try_lock_for(Duration::from_millis(1))));
        assert!(message.starts_with(WAITS_FOR_EVER), "{message}");
    }
    drop(guard);
    assert_eq!(*mutex.lock(), 0, "and then all is well");
    assert!(!mutex.is_locked());
}

/// Two threads that lock two mutexes crosswise: one of them is told, and the other goes on; or both are, if they come at the same
/// moment: the kernel queues each of them before it looks for a circle.
#[test]
fn a_circle_is_a_panic() {
    ends(|| {
        let pair = Arc::new((PiMutex::new(()), PiMutex::new(())));
        let (tell, told) = mpsc::channel();
        let first = pair.0.lock();
        let other = {
            let pair = Arc::clone(&pair);
            thread::spawn(move || {
                let _second = pair.1.lock();
                tell.send(()).unwrap();
                catch_unwind(AssertUnwindSafe(|| drop(pair.0.lock()))).is_err()
            })
        };
        told.recv().unwrap();
        let here = catch_unwind(AssertUnwindSafe(|| drop(pair.1.lock()))).is_err();
        drop(first);
        let there = other.join().unwrap();
        assert!(here || there, "nobody has closed the circle");
        drop((pair.0.lock(), pair.1.lock()));
    });
}

#[test]
fn unlocked_by_another_is_a_panic() {
    use selvedge::lock_api::GuardNoSend;
    let raw = selvedge::raw::RawPiMutex::INIT;
    let of_nobody = says(|| {
        // SAFETY: none. That is what is tested: the lock looks who the owner is.
        unsafe { raw.unlock(GuardNoSend::new()) }
    });
    assert!(
        of_nobody.starts_with("selvedge: a PiMutex was unlocked by thread"),
        "{of_nobody}"
    );
    let guard = raw.lock();
    thread::scope(|scope| {
        scope.spawn(|| {
            let message = says(|| {
                // SAFETY: as above.
                unsafe { raw.unlock(GuardNoSend::new()) }
            });
            assert!(
                message.contains("unlock it in the thread that locked it"),
                "{message}"
            );
        });
    });
    assert!(raw.is_locked(), "and nothing has changed");
    // SAFETY: this thread holds it.
    unsafe { raw.unlock(guard) };
    assert!(!raw.is_locked());
}

#[test]
fn an_owner_that_is_gone_is_a_panic() {
    ends(|| {
        // Nobody was waiting.
        let mutex = Arc::new(PiMutex::new(()));
        {
            let mutex = Arc::clone(&mutex);
            thread::spawn(move || std::mem::forget(mutex.lock()))
        }
        .join()
        .unwrap();
        for _ in 0..2 {
            let message = says(|| drop(mutex.lock()));
            assert!(
                message.starts_with("selvedge: a thread ended while it held"),
                "{message}"
            );
            assert!(mutex.try_lock().is_none());
        }
        // Two were waiting: one tells, and the other gets the lock.
        let mutex = Arc::new(PiMutex::new(()));
        let (tell, told) = mpsc::channel();
        let go = Arc::new(AtomicBool::new(false));
        let owner = {
            let (mutex, go, tell) = (Arc::clone(&mutex), Arc::clone(&go), tell.clone());
            thread::spawn(move || {
                std::mem::forget(mutex.lock());
                tell.send(0).unwrap();
                until(|| go.load(SeqCst));
            })
        };
        told.recv().unwrap();
        let waiters: Vec<_> = (0..2)
            .map(|_| {
                let (mutex, tell) = (Arc::clone(&mutex), tell.clone());
                thread::spawn(move || {
                    tell.send(thread_number()).unwrap();
                    catch_unwind(AssertUnwindSafe(|| drop(mutex.lock()))).is_err()
                })
            })
            .collect();
        for _ in 0..2 {
            asleep(told.recv().unwrap());
        }
        go.store(true, SeqCst);
        owner.join().unwrap();
        let told = waiters.into_iter().map(|waiter| waiter.join().unwrap());
        assert_eq!(told.filter(|told| *told).count(), 1, "one of them is told");
        drop(mutex.lock());
    });
}

#[test]
fn is_four_bytes_and_a_static() {
    static COUNT: PiMutex<u32> = PiMutex::new(7);
    *COUNT.lock() += 1;
    assert_eq!(*COUNT.lock(), 8);
    assert_eq!(size_of::<selvedge::raw::RawPiMutex>(), 4);
    let mutex = PiMutex::from(3);
    assert_eq!(format!("{mutex:?}"), "Mutex { data: 3 }");
    let guard = selvedge::PiMutexGuard::map(mutex.lock(), |data| data);
    let _: &selvedge::MappedPiMutexGuard<'_, i32> = &guard;
    assert_eq!(*guard, 3);
    fn shareable<T: Sync>() {}
    shareable::<PiMutex<std::cell::Cell<u8>>>();
    shareable::<selvedge::PiMutexGuard<'_, u8>>();
}

/// FUTEX_TRYLOCK_PI, which `try_lock` needs only in the middle of what the kernel does.
#[test]
fn the_kernels_try() {
    use selvedge::sys::{Futex, kernel};
    let futex = Futex::new(0);
    assert!(kernel::pi::try_lock(&futex));
    assert_eq!(futex.load(SeqCst) & kernel::OWNER_MASK, kernel::thread_id());
    assert!(!kernel::pi::try_lock(&futex), "held by this thread");
    thread::scope(|scope| {
        scope.spawn(|| assert!(!kernel::pi::try_lock(&futex), "held by another"));
    });
    assert!(kernel::pi::unlock(&futex));
    assert_eq!(futex.load(SeqCst), 0);
    assert!(!kernel::pi::unlock(&futex), "held by nobody");
}

/// A forked child is another thread, whatever its parent has asked the kernel before.
#[test]
fn a_forked_child_is_another_owner() {
    let before = selvedge::sys::kernel::thread_id();
    // SAFETY: the child calls what a child of a process with threads may call.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let mutex = PiMutex::new(());
        drop(mutex.lock());
        let mine = selvedge::sys::kernel::thread_id();
        // SAFETY: no arguments.
        let right = mine == unsafe { libc::gettid() } as u32 && mine != before;
        // SAFETY: ends the child.
        unsafe { libc::_exit(i32::from(right)) };
    }
    let mut status = 0;
    // SAFETY: the place is valid.
    assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
    assert!(
        libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 1,
        "{status:#x}"
    );
}

// --- a kernel before 5.14 --------------------------------------------------------------------------

/// The deadlines with FUTEX_LOCK_PI, in a process whose kernel says that it does not know FUTEX_LOCK_PI2.
#[test]
fn deadlines_on_an_old_kernel() {
    const NOTE: &str = "SELVEDGE_OLD_KERNEL";
    if std::env::var_os(NOTE).is_none() {
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "deadlines_on_an_old_kernel",
                "--nocapture",
                "--test-threads=1",
            ])
            .env(NOTE, "1")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        return;
    }
    refuse_lock_pi2();
    conformance::gives_up_not_before_its_time::<selvedge::raw::RawPiMutex>();
    conformance::a_timed_waiter_is_woken::<selvedge::raw::RawPiMutex>();
    one_at_a_time::<selvedge::raw::RawPiMutex>();
}

/// From here on this process gets ENOSYS for it.
fn refuse_lock_pi2() {
    let statement = |code: u32, jt: u8, jf: u8, k: u32| libc::sock_filter {
        code: code as u16,
        jt,
        jf,
        k,
    };
    let load = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
    let equal = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
    let and = libc::BPF_ALU | libc::BPF_AND | libc::BPF_K;
    let operation = std::mem::offset_of!(libc::seccomp_data, args) as u32 + 8;
    let mut program = [
        statement(load, 0, 0, 0), // the number of the call
        statement(equal, 0, 4, libc::SYS_futex as u32),
        // The lower half of the second argument, on machines that put it first.
        statement(
            load,
            0,
            0,
            operation + if cfg!(target_endian = "big") { 4 } else { 0 },
        ),
        statement(and, 0, 0, 0x7f),
        statement(equal, 0, 1, libc::FUTEX_LOCK_PI2 as u32),
        statement(
            libc::BPF_RET,
            0,
            0,
            libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32,
        ),
        statement(libc::BPF_RET, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let program = libc::sock_fprog {
        len: program.len() as u16,
        filter: program.as_mut_ptr(),
    };
    // SAFETY: plain numbers.
    let result = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
    assert_eq!(result, 0);
    // SAFETY: the program is valid for the call, and for all threads of this process, of which there are some.
    let result = unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            libc::SECCOMP_FILTER_FLAG_TSYNC,
            &raw const program,
        )
    };
    assert_eq!(result, 0, "{}", std::io::Error::last_os_error());
    // And it is so.
    let word = std::sync::atomic::AtomicU32::new(0);
    // SAFETY: the word is alive.
    let result =
        unsafe { libc::syscall(libc::SYS_futex, &raw const word, libc::FUTEX_LOCK_PI2, 0, 0) };
    let error = std::io::Error::last_os_error().raw_os_error();
    assert_eq!((result, error), (-1, Some(libc::ENOSYS)));
}

// --- priorities --------------------------------------------------------------------------------------

fn thread_number() -> libc::pid_t {
    // SAFETY: no arguments.
    unsafe { libc::gettid() }
}

/// Waits until that thread of this process sleeps in futex(2).
fn asleep(thread: libc::pid_t) {
    let path = format!("/proc/self/task/{thread}/syscall");
    let futex = format!("{} ", libc::SYS_futex);
    until(|| std::fs::read_to_string(&path).is_ok_and(|call| call.starts_with(&futex)));
}

/// Gives this thread a real-time priority. `false` if the system does not permit it.
fn become_urgent(priority: i32) -> bool {
    let parameters = libc::sched_param {
        sched_priority: priority,
    };
    // SAFETY: the parameters are valid; 0 is this thread.
    let result = unsafe { libc::sched_setscheduler(0, libc::SCHED_FIFO, &parameters) };
    if result != 0 {
        let error = std::io::Error::last_os_error();
        assert_eq!(error.raw_os_error(), Some(libc::EPERM), "{error}");
        println!(
            "NOT CHECKED: real-time priorities are not permitted here, and nothing else is inherited"
        );
    }
    result == 0
}

/// The priority that the kernel runs a thread with: -1 - p for a real-time priority p.
fn priority_of(thread: libc::pid_t) -> i32 {
    let stat = std::fs::read_to_string(format!("/proc/self/task/{thread}/stat")).unwrap();
    // The name, in parentheses, is the second field and may contain anything; priority is the 18th.
    let (_, fields) = stat.rsplit_once(')').unwrap();
    fields
        .split_whitespace()
        .nth(18 - 3)
        .unwrap()
        .parse()
        .unwrap()
}

/// An owner of low priority, and a waiter of high priority: what the owner runs with before, meanwhile and after.
/// `None` if it is not permitted.
fn owners_priority<R: TimedMutex>() -> Option<[i32; 3]> {
    let mutex = Arc::new(Mutex::<R, _>::new(()));
    let unlock = Arc::new(AtomicBool::new(false));
    let finish = Arc::new(AtomicBool::new(false));
    let (tell, told) = mpsc::channel();
    let owner = {
        let (mutex, unlock, finish) =
            (Arc::clone(&mutex), Arc::clone(&unlock), Arc::clone(&finish));
        thread::spawn(move || {
            let permitted = become_urgent(10);
            let guard = mutex.lock();
            tell.send((permitted, thread_number())).unwrap();
            // Asleep most of the time: an urgent thread that spins starves the machine.
            while !unlock.load(SeqCst) {
                thread::sleep(Duration::from_millis(1));
            }
            drop(guard);
            while !finish.load(SeqCst) {
                thread::sleep(Duration::from_millis(1));
            }
        })
    };
    let (permitted, number) = told.recv().unwrap();
    let before = priority_of(number);
    let (tell, told) = mpsc::channel();
    let waiter = {
        let mutex = Arc::clone(&mutex);
        thread::spawn(move || {
            become_urgent(30);
            tell.send(thread_number()).unwrap();
            drop(mutex.lock());
        })
    };
    asleep(told.recv().unwrap());
    let meanwhile = priority_of(number);
    unlock.store(true, SeqCst);
    waiter.join().unwrap();
    let after = priority_of(number);
    finish.store(true, SeqCst);
    owner.join().unwrap();
    permitted.then_some([before, meanwhile, after])
}

#[test]
fn the_owner_runs_with_the_waiters_priority() {
    ends(|| {
        if let Some(priorities) = owners_priority::<selvedge::raw::RawPiMutex>() {
            assert_eq!(priorities, [-11, -31, -11], "nothing was inherited");
        }
        // And with a mutex that does not lend, the same test sees nothing.
        if let Some(priorities) = owners_priority::<selvedge::raw::RawMutex>() {
            assert_eq!(priorities, [-11, -11, -11]);
        }
    });
}

/// The classic: on one processor, a lazy owner, an urgent waiter, and a third in between that never lets the
/// owner run. Whether the urgent one got the lock before the third stopped. `None` if it is not permitted.
fn urgent_goes_first<R: TimedMutex>() -> Option<bool> {
    const LIMIT: Duration = Duration::from_millis(100);
    struct Scene<R: TimedMutex> {
        mutex: Mutex<R, ()>,
        third: AtomicI32,
        urgent: AtomicI32,
        urgent_is_done: AtomicBool,
        third_may_run: mpsc::Sender<()>,
    }
    fn on_the_first_processor() {
        // SAFETY: all zero is the empty set.
        let mut set: libc::cpu_set_t = unsafe { std::mem::zeroed() };
        // SAFETY: the set is valid; 0 is this thread.
        unsafe { libc::sched_getaffinity(0, size_of_val(&set), &mut set) };
        let processor = (0..libc::CPU_SETSIZE as usize)
            .find(|processor| {
                // SAFETY: within the set.
                unsafe { libc::CPU_ISSET(*processor, &set) }
            })
            .expect("there is one");
        // SAFETY: all zero is the empty set.
        let mut only: libc::cpu_set_t = unsafe { std::mem::zeroed() };
        // SAFETY: within the set.
        unsafe { libc::CPU_SET(processor, &mut only) };
        // SAFETY: as above.
        let result = unsafe { libc::sched_setaffinity(0, size_of_val(&only), &only) };
        assert_eq!(result, 0);
    }
    let (third_may_run, may_run) = mpsc::channel();
    let scene = Arc::new(Scene::<R> {
        mutex: Mutex::new(()),
        third: AtomicI32::new(0),
        urgent: AtomicI32::new(0),
        urgent_is_done: AtomicBool::new(false),
        third_may_run,
    });
    let third = {
        let scene = Arc::clone(&scene);
        thread::spawn(move || {
            on_the_first_processor();
            become_urgent(20);
            scene.third.store(thread_number(), SeqCst);
            may_run.recv().unwrap();
            let start = Instant::now();
            while start.elapsed() < LIMIT {
                if scene.urgent_is_done.load(SeqCst) {
                    return true;
                }
            }
            false
        })
    };
    let owner = {
        let scene = Arc::clone(&scene);
        thread::spawn(move || {
            // The third is there, and waits for nothing but this thread's word. (Later, this one would not let it
            // get there.)
            until(|| scene.third.load(SeqCst) != 0);
            asleep(scene.third.load(SeqCst));
            on_the_first_processor();
            let permitted = become_urgent(10);
            let guard = scene.mutex.lock();
            let urgent = {
                let scene = Arc::clone(&scene);
                thread::spawn(move || {
                    on_the_first_processor();
                    become_urgent(30);
                    scene.urgent.store(thread_number(), SeqCst);
                    drop(scene.mutex.lock());
                    scene.urgent_is_done.store(true, SeqCst);
                })
            };
            until(|| scene.urgent.load(SeqCst) != 0);
            asleep(scene.urgent.load(SeqCst));
            // If this thread runs with its own priority, it does not come back from here until the third
            // has reached its limit.
            scene.third_may_run.send(()).unwrap();
            drop(guard);
            urgent.join().unwrap();
            permitted
        })
    };
    let first = third.join().unwrap();
    let permitted = owner.join().unwrap();
    permitted.then_some(first)
}

#[test]
fn nobody_in_between_holds_up_the_urgent() {
    ends(|| {
        if let Some(first) = urgent_goes_first::<selvedge::raw::RawPiMutex>() {
            assert!(
                first,
                "the urgent thread waited for one that has nothing to do with the lock"
            );
        }
        // And this is what happens otherwise.
        if let Some(first) = urgent_goes_first::<selvedge::raw::RawMutex>() {
            assert!(!first, "this test does not see an inversion");
        }
    });
}

/// The lock goes to the waiter with the highest priority, not to the first.
#[test]
fn handed_over_by_priority() {
    ends(|| {
        let turns = Arc::new(PiMutex::new(Vec::new()));
        let guard = turns.lock();
        let (tell, told) = mpsc::channel();
        let mut permitted = true;
        let waiters: Vec<_> = [10, 30, 20]
            .map(|priority| {
                let (turns, tell) = (Arc::clone(&turns), tell.clone());
                let waiter = thread::spawn(move || {
                    let permitted = become_urgent(priority);
                    tell.send((permitted, thread_number())).unwrap();
                    turns.lock().push(priority);
                });
                let (this, number) = told.recv().unwrap();
                permitted &= this;
                asleep(number);
                waiter
            })
            .into();
        drop(guard);
        waiters
            .into_iter()
            .for_each(|waiter| waiter.join().unwrap());
        // Without priorities: first come, first served.
        let expected = if permitted {
            [30, 20, 10]
        } else {
            [10, 30, 20]
        };
        assert_eq!(*turns.lock(), expected);
    });
}

#[test]
fn a_timed_waiter_does_not_lend_for_ever() {
    ends(|| {
        let mutex = Arc::new(PiMutex::new(()));
        let guard = mutex.lock();
        let (mine, before) = (thread_number(), priority_of(thread_number()));
        {
            let mutex = Arc::clone(&mutex);
            thread::spawn(move || {
                become_urgent(30);
                assert!(mutex.try_lock_for(Duration::from_millis(5)).is_none());
            })
        }
        .join()
        .unwrap();
        assert_eq!(
            priority_of(mine),
            before,
            "what was lent was not given back"
        );
        drop(guard);
        assert!(!mutex.is_locked());
        assert!(mutex.try_lock_for(PATIENCE).is_some());
    });
}
