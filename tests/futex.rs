//! The contract of a futex on the machine: over the kernel's and over the portable one, whichever the
//! crate sleeps on. The programs are in `tests/contract/mod.rs`; here each is repeated many times.

#![cfg(any(target_os = "linux", target_os = "android"))]

use std::sync::mpsc;
use std::time::{Duration, Instant};

use selvedge::sys::{
    Backend, Futex, Wait,
    fallback::Fallback,
    linux::{Linux, LinuxShared},
};

pub use selvedge;
#[path = "contract/mod.rs"]
#[allow(
    dead_code,
    reason = "some of the broken futexes need a checker to be caught"
)]
mod contract;
use contract::broken;

/// Longer than any of these takes, by far: whoever is not through by then is not going to be.
const PATIENCE: Duration = Duration::from_secs(60);

/// Long enough to see that what never happens does not happen.
const A_SECOND: Duration = Duration::from_secs(1);

/// Runs `program` so often, in a thread of its own; whether it was through in time.
fn ends(times: usize, program: impl Fn() + Send + 'static) -> bool {
    ends_within(PATIENCE, times, program)
}

fn ends_within(patience: Duration, times: usize, program: impl Fn() + Send + 'static) -> bool {
    let (done, through) = mpsc::channel();
    let runner = std::thread::spawn(move || {
        (0..times).for_each(|_| program());
        done.send(()).ok();
    });
    match through.recv_timeout(patience) {
        Ok(()) => true,
        Err(mpsc::RecvTimeoutError::Timeout) => false,
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            std::panic::resume_unwind(runner.join().expect_err("it panicked"))
        }
    }
}

#[track_caller]
fn passes(times: usize, program: impl Fn() + Send + 'static) {
    assert!(
        ends(times, program),
        "somebody is still asleep after {PATIENCE:?}"
    );
}

macro_rules! contract_on {
    ($($name:ident: $backend:ty;)*) => {$(
        mod $name {
            use super::*;

            #[test]
            fn check_and_enqueue_are_one_step() {
                passes(2_000, contract::check_and_enqueue_are_one_step::<$backend>);
            }

            #[test]
            fn no_wake_is_lost() {
                passes(1_000, contract::no_wake_is_lost::<$backend>(false));
                passes(1_000, contract::no_wake_is_lost::<$backend>(true));
            }

            #[test]
            fn no_wake_is_invented() {
                passes(1_000, contract::no_wake_is_invented::<$backend>);
            }

            #[test]
            fn requeue_keeps_waiters_findable() {
                passes(1_000, contract::requeue_keeps_waiters_findable::<$backend>);
            }

            #[test]
            fn nobody_gathered_is_lost() {
                passes(1_000, || {
                    contract::nobody_gathered_is_lost::<$backend>(3);
                });
            }

            #[test]
            fn deadline_is_honoured() {
                passes(50, contract::deadline_is_honoured::<$backend>);
            }

            #[test]
            fn deadline_or_wake() {
                passes(1_000, contract::deadline_or_wake::<$backend>);
            }

            #[test]
            fn deadline_after_requeue() {
                passes(1_000, contract::deadline_after_requeue::<$backend>);
            }

            #[test]
            fn stale_address_is_harmless() {
                passes(1_000, contract::stale_address_is_harmless::<$backend>);
            }

            #[test]
            fn thousands_of_sleepers() {
                passes(1, || contract::many_sleepers::<$backend>(4_000, 7));
            }

            #[test]
            fn each_wake_reaches_a_sleeper() {
                passes(200, || super::each_wake_reaches_a_sleeper::<$backend>(PATIENCE));
            }

            #[test]
            fn never_before_the_deadline() {
                passes(1, super::never_before_the_deadline::<$backend>);
            }

            #[test]
            fn a_deadline_beyond_the_clock_is_none() {
                passes(1, far_deadline::<$backend>);
            }

            #[test]
            fn signals_change_nothing() {
                passes(1, super::signals_change_nothing::<$backend>);
            }

            #[test]
            fn memory_that_is_gone_is_not_touched() {
                assert_eq!(wake_where_no_memory_is::<$backend>(concat!(stringify!($name), "::memory_that_is_gone_is_not_touched")), 0, "the wake touched it");
            }

            // And what breaks a rule is caught. Where that takes a hang, a second of it is enough.

            #[test]
            fn catches_waking_one_less() {
                let program = || super::each_wake_reaches_a_sleeper::<broken::WakesOneLess<$backend>>(A_SECOND);
                assert!(std::panic::catch_unwind(|| ends(1, program)).is_err());
            }

            #[test]
            fn catches_reporting_one() {
                let program = contract::no_wake_is_invented::<broken::ReportsOne<$backend>>;
                assert!(std::panic::catch_unwind(|| ends(2_000, program)).is_err());
            }

            #[test]
            fn catches_ignoring_deadlines() {
                assert!(!ends_within(
                    A_SECOND,
                    1,
                    contract::deadline_is_honoured::<broken::IgnoresDeadlines<$backend>>,
                ));
            }

            #[test]
            fn catches_coming_back_early() {
                let program = super::never_before_the_deadline::<ComesBackEarly<$backend>>;
                assert!(std::panic::catch_unwind(|| ends(1, program)).is_err());
            }

            #[test]
            fn catches_touching_the_word() {
                assert_eq!(wake_where_no_memory_is::<TouchesTheWord<$backend>>(concat!(stringify!($name), "::catches_touching_the_word")), libc::SIGSEGV);
            }
        }
    )*};
}

contract_on! {
    linux: Linux;
    shared: LinuxShared;
    fallback: Fallback;
}

/// Rule 2, with sleepers that are sure to be asleep some time: wakes for one each let one each go.
fn each_wake_reaches_a_sleeper<B: Backend>(patience: Duration) {
    let futex = std::sync::Arc::new(Futex::new(0));
    let sleepers = [(); 3].map(|()| {
        let futex = std::sync::Arc::clone(&futex);
        std::thread::spawn(move || B::wait(&futex, 0, None))
    });
    let start = Instant::now();
    let mut woken = 0;
    while woken < sleepers.len() {
        let now = B::wake(futex.address(), 1).expect("the machine tells");
        assert!(now <= 1, "asked to wake 1, woke {now}");
        woken += now;
        assert!(
            start.elapsed() < patience,
            "they sleep, and no wake reaches them"
        );
        std::thread::yield_now();
    }
    for sleeper in sleepers {
        assert_eq!(sleeper.join().unwrap(), Wait::Woken);
    }
}

/// Rule 5, with a clock.
fn never_before_the_deadline<B: Backend>() {
    let futex = Futex::new(0);
    for millis in [0, 1, 3, 10] {
        let deadline = Instant::now() + Duration::from_millis(millis);
        assert_eq!(B::wait(&futex, 0, Some(deadline)), Wait::TimedOut);
        assert!(
            Instant::now() >= deadline,
            "back {:?} early",
            deadline - Instant::now()
        );
    }
    // A deadline that has passed is one that passes at once.
    assert_eq!(
        B::wait(&futex, 0, Some(Instant::now() - Duration::from_secs(1))),
        Wait::TimedOut
    );
}

/// A deadline that the kernel's clock cannot hold does not expire and does not overflow.
fn far_deadline<B: Backend>() {
    // As far as an `Instant` goes.
    let mut far = Instant::now();
    for exponent in (0..64).rev() {
        if let Some(later) = far.checked_add(Duration::from_secs(1 << exponent)) {
            far = later;
        }
    }
    let futex = std::sync::Arc::new(Futex::new(0));
    let waiter = {
        let futex = std::sync::Arc::clone(&futex);
        std::thread::spawn(move || B::wait(&futex, 0, Some(far)))
    };
    while B::wake(futex.address(), 1) != Some(1) {
        assert!(!waiter.is_finished(), "did not wait");
        std::thread::yield_now();
    }
    assert_eq!(waiter.join().unwrap(), Wait::Woken);
}

/// A thread that is hit by signals all the time neither comes back for that, nor early, nor late by more
/// than the deadline says: the deadline is absolute.
fn signals_change_nothing<B: Backend>() {
    extern "C" fn nothing(_: libc::c_int) {}
    // SAFETY: all zeros is an empty `sigaction`: without SA_RESTART, system calls are interrupted.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = nothing as *const () as usize;
    // SAFETY: a handler that does nothing may run anywhere.
    let installed = unsafe { libc::sigaction(libc::SIGUSR1, &action, std::ptr::null_mut()) };
    assert_eq!(installed, 0);
    let (tell, told) = mpsc::channel();
    let waiter = std::thread::spawn(move || {
        // SAFETY: no arguments.
        tell.send(unsafe { libc::pthread_self() } as usize).unwrap();
        let futex = Futex::new(0);
        let deadline = Instant::now() + Duration::from_millis(100);
        let outcome = B::wait(&futex, 0, Some(deadline));
        (outcome, deadline, Instant::now())
    });
    let target = told.recv().unwrap();
    while !waiter.is_finished() {
        // SAFETY: the thread has not been joined, so its id is valid.
        unsafe { libc::pthread_kill(target as libc::pthread_t, libc::SIGUSR1) };
        std::thread::sleep(Duration::from_micros(500));
    }
    let (outcome, deadline, back) = waiter.join().unwrap();
    assert_eq!(outcome, Wait::TimedOut);
    assert!(back >= deadline, "a signal cut the wait short");
}

/// Wakes at an address whose page is no longer mapped, in a process of its own: this test binary, asked
/// to run `test` with a note that it is the child. The signal that killed it, or 0.
fn wake_where_no_memory_is<B: Backend>(test: &str) -> i32 {
    const NOTE: &str = "SELVEDGE_WAKE_WHERE_NO_MEMORY_IS";
    if std::env::var_os(NOTE).is_none() {
        let status = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test])
            .env(NOTE, "1")
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .status()
            .unwrap();
        return std::os::unix::process::ExitStatusExt::signal(&status).unwrap_or(0);
    }
    // SAFETY: no address is asked for, and the arguments are those of a private page.
    let page = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            4096,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        )
    };
    assert_ne!(page, libc::MAP_FAILED);
    let futex = page.cast::<Futex>();
    // SAFETY: the page is ours and large enough.
    unsafe { futex.write(Futex::new(0)) };
    // SAFETY: it was just written.
    let address = unsafe { &*futex }.address();
    // SAFETY: nothing refers to the page any more.
    assert_eq!(unsafe { libc::munmap(page, 4096) }, 0);
    B::wake(address, 1);
    std::process::exit(0)
}

/// Rule 5 broken: comes back a little early.
struct ComesBackEarly<B>(std::marker::PhantomData<B>);
impl<B: Backend> Backend for ComesBackEarly<B> {
    const NAME: &'static str = "comes back early";
    fn wait(futex: &Futex, expected: u32, deadline: Option<Instant>) -> Wait {
        B::wait(
            futex,
            expected,
            deadline.map(|deadline| deadline - Duration::from_millis(3)),
        )
    }
    fn wake(address: selvedge::sys::Address, count: usize) -> Option<usize> {
        B::wake(address, count)
    }
    fn requeue(
        from: &Futex,
        expected: u32,
        to: selvedge::sys::Address,
        count: usize,
    ) -> Option<usize> {
        B::requeue(from, expected, to, count)
    }
}

/// Rule 6 broken: looks at the word it wakes.
struct TouchesTheWord<B>(std::marker::PhantomData<B>);
impl<B: Backend> Backend for TouchesTheWord<B> {
    const NAME: &'static str = "touches the word";
    fn wait(futex: &Futex, expected: u32, deadline: Option<Instant>) -> Wait {
        B::wait(futex, expected, deadline)
    }
    fn wake(address: selvedge::sys::Address, count: usize) -> Option<usize> {
        // SAFETY: none. That is what is wrong with it.
        unsafe { address.as_ptr().cast::<u32>().read_volatile() };
        B::wake(address, count)
    }
    fn requeue(
        from: &Futex,
        expected: u32,
        to: selvedge::sys::Address,
        count: usize,
    ) -> Option<usize> {
        B::requeue(from, expected, to, count)
    }
}
