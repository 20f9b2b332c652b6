//! A process with threads forks while some of them wait for locks. The child has none of them; it uses locks that nobody has
//! waited for, and those that it holds and that they wait for. And futures of a semaphore, which it does have.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::future::Future;
use std::io::{Read, Write};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Barrier, OnceLock};
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use selvedge::semaphore::{Acquire, Permit};
use selvedge::sys::Futex;
use selvedge::{BiasedRwLock, Condvar, Mutex, RwLock, Semaphore};

const WAITERS: usize = 64;

/// One test at a time: what one does must not be half done when another one forks.
static ONE_AT_A_TIME: std::sync::Mutex<()> = std::sync::Mutex::new(());

/// Runs `body` in a child; whether it ended there without a panic, a crash or a hang.
fn survives_in_a_child(body: impl FnOnce()) -> bool {
    // SAFETY: the child starts threads and allocates, which the C library here allows.
    let child = unsafe { libc::fork() };
    if child == 0 {
        // A crash ends it, and so does a hang.
        // SAFETY: no memory is involved.
        unsafe { libc::alarm(30) };
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body));
        // SAFETY: ends the child.
        unsafe { libc::_exit(if result.is_ok() { 7 } else { 1 }) };
    }
    let mut status = 0;
    // SAFETY: the place is valid.
    assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
    libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 7
}

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
        // One that is not there any more was there a moment ago.
        std::fs::read_to_string(stat).map_or(true, |stat| {
            // After the name, which is in brackets.
            !stat.rsplit(") ").next().unwrap().starts_with('S')
        })
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
    let _alone = ONE_AT_A_TIME.lock();
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
    let mut held = Some((held, written));
    for tries in [false, true] {
        let fine = survives_in_a_child(|| {
            cover_stacks();
            assert!(use_fresh_locks());
            drop(held.take());
            // It is free, and those who wait for it are not here.
            assert!(!tries || locks.lock.try_write().is_some());
            assert!(go_on_using(&locks));
        });
        assert!(fine, "the child");
    }
    // The parent has lost nothing.
    drop(held);
    *locks.door.lock() = true;
    assert_eq!(locks.opened.notify_all(), WAITERS / 3);
    waiters
        .into_iter()
        .for_each(|waiter| waiter.join().unwrap());
    let sum = |remainder| -> usize { (0..WAITERS).filter(|number| number % 3 == remainder).sum() };
    assert_eq!((*locks.mutex.lock(), *locks.lock.read()), (sum(0), sum(1)));
}

/// Enough reads for a `BiasedRwLock` to be quiet.
const UNTIL_QUIET: usize = 5_000;

/// Whether it is read without exchanges.
fn is_quiet(lock: &BiasedRwLock<u32>) -> bool {
    // SAFETY: it is only looked at.
    !format!("{:?}", unsafe { lock.raw() }).contains("quiet: 0 ")
}

fn read_often(lock: &BiasedRwLock<u32>, times: usize) {
    for _ in 0..times {
        drop(lock.read());
    }
}

/// What a thread of the parent reads stays read in the child. Nothing else does: not what was made where the lock was, and not
/// what is read in the same slots.
#[test]
fn the_child_of_a_process_with_readers() {
    for reads in [1, UNTIL_QUIET] {
        in_the_child_of_a_process_with_readers(reads);
    }
}

/// Each of them has read so often before.
fn in_the_child_of_a_process_with_readers(reads: usize) {
    let _alone = ONE_AT_A_TIME.lock();
    let read = BiasedRwLock::new(7);
    let (inside, leave) = (Barrier::new(2), Barrier::new(2));
    thread::scope(|scope| {
        scope.spawn(|| {
            read_often(&read, reads);
            let _reading = read.read();
            inside.wait();
            leave.wait();
        });
        inside.wait();
        let mine = BiasedRwLock::new(1);
        read_often(&mine, reads);
        let may_be = cfg!(all(target_pointer_width = "64", not(selvedge_fallback)));
        let quiet = may_be && reads == UNTIL_QUIET;
        assert_eq!([is_quiet(&read), is_quiet(&mine)], [quiet; 2]);
        let mut held = Some(mine.read());
        let fine = survives_in_a_child(|| {
            assert!(read.try_write().is_none());
            assert_eq!(*read.read(), 7);
            // What the child has, it can let go.
            assert!(mine.try_write().is_none());
            drop(held.take());
            assert!(mine.try_write().is_some());
            let locks: Vec<_> = (0..2_000).map(|_| BiasedRwLock::new(0)).collect();
            for lock in &locks {
                assert_eq!(*lock.read(), 0);
                *lock.write() += 1;
            }
            // With threads of its own.
            thread::scope(|scope| {
                let reader = scope.spawn(|| read_often(&mine, reads));
                for _ in 0..10 {
                    *mine.write() += 1;
                }
                reader.join().unwrap();
            });
            assert_eq!(*mine.read(), 11);
        });
        assert!(fine, "the child");
        drop(held);
        leave.wait();
    });
    assert!(read.try_write().is_some());
}

/// In a process of its own, for what is forgotten is never given back. A lock where another one was that was read for ever, and
/// one whose slots are all taken.
#[test]
fn readers_that_are_forgotten() {
    let _alone = ONE_AT_A_TIME.lock();
    let fine = survives_in_a_child(|| {
        let mut place = std::mem::MaybeUninit::<BiasedRwLock<u32>>::uninit();
        for _ in 0..200 {
            let lock = &*place.write(BiasedRwLock::new(0));
            for _ in 0..3 {
                assert_eq!(*lock.read(), 0);
            }
            *lock.write() += 1;
            assert_eq!(*lock.read(), 1);
            read_often(lock, UNTIL_QUIET);
            std::mem::forget(lock.read());
            assert!(lock.try_write().is_none());
        }
    });
    assert!(fine, "the child");
}

// --- futures ----------------------------------------------------------------------------------------

type Waits<'a> = Pin<Box<Acquire<'a>>>;

fn poll<'a>(future: &mut Waits<'a>, waker: &Waker) -> Option<Permit<'a>> {
    match future.as_mut().poll(&mut Context::from_waker(waker)) {
        Poll::Ready(permit) => Some(permit.unwrap()),
        Poll::Pending => None,
    }
}

/// One that waits for a permit.
fn waiting<'a>(semaphore: &'a Semaphore, waker: &Waker) -> Waits<'a> {
    let mut future = Box::pin(semaphore.acquire_async());
    assert!(poll(&mut future, waker).is_none(), "there is none");
    future
}

#[derive(Default)]
struct Calls(AtomicUsize);

impl Wake for Calls {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Relaxed);
    }
}

/// Nobody waits, and there are so many permits.
fn assert_idle(semaphore: &Semaphore, permits: usize) {
    let shown = format!("{semaphore:?}");
    assert!(shown.contains("waiting: false"), "{shown}");
    assert_eq!(semaphore.available(), permits);
}

/// In every order, and with others in the queue of the child, or none.
#[test]
fn futures_that_waited_are_dropped_in_the_child() {
    let _alone = ONE_AT_A_TIME.lock();
    let orders = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ];
    for greedy in [false, true] {
        for (order, others) in orders
            .into_iter()
            .flat_map(|order| [(order, 0), (order, 2)])
        {
            let semaphore = if greedy {
                Semaphore::greedy(0)
            } else {
                Semaphore::new(0)
            };
            let mut futures = [0, 1, 2].map(|_| Some(waiting(&semaphore, Waker::noop())));
            let fine = survives_in_a_child(|| {
                let mut others: Vec<_> = (0..others)
                    .map(|_| waiting(&semaphore, Waker::noop()))
                    .collect();
                order.into_iter().for_each(|place| futures[place] = None);
                semaphore.add_permits(others.len());
                for other in &mut others {
                    poll(other, Waker::noop())
                        .expect("it is the only one")
                        .forget();
                }
                semaphore.add_permits(1);
                assert_idle(&semaphore, 1);
            });
            assert!(
                fine,
                "the child: {order:?}, {others} others, greedy: {greedy}"
            );
            // In the parent they have their places.
            semaphore.add_permits(3);
            for mut future in futures.into_iter().flatten() {
                poll(&mut future, Waker::noop())
                    .expect("it was its turn")
                    .forget();
            }
            assert_idle(&semaphore, 0);
        }
    }
}

/// What had been decided before stays so; and who had to wait queues up once more.
#[test]
fn futures_that_waited_are_polled_in_the_child() {
    let _alone = ONE_AT_A_TIME.lock();
    let semaphore = Semaphore::new(0);
    let mut granted = [0, 1].map(|_| Some(waiting(&semaphore, Waker::noop())));
    semaphore.add_permits(2);
    let mut futures = [0, 1, 2].map(|_| waiting(&semaphore, Waker::noop()));
    let fine = survives_in_a_child(|| {
        poll(granted[0].as_mut().unwrap(), Waker::noop())
            .expect("it has one")
            .forget();
        let calls = [0, 1, 2].map(|_| Arc::<Calls>::default());
        let wakers = calls.each_ref().map(|calls| Waker::from(Arc::clone(calls)));
        let called = || calls.each_ref().map(|calls| calls.0.load(Relaxed));
        // The first one of its own accord; and once more.
        for _ in 0..2 {
            assert!(poll(&mut futures[1], &wakers[1]).is_none());
        }
        assert!(poll(&mut futures[0], &wakers[0]).is_none());
        semaphore.add_permits(1);
        assert_eq!(
            called(),
            [0, 1, 0],
            "in the order in which they came in the child"
        );
        poll(&mut futures[1], &wakers[1])
            .expect("it was woken")
            .forget();
        // What the other one had been given, goes on.
        granted[1] = None;
        assert_eq!(called(), [1, 1, 0]);
        poll(&mut futures[0], &wakers[0])
            .expect("it was woken")
            .forget();
        semaphore.close();
        let mut context = Context::from_waker(&wakers[2]);
        assert!(matches!(
            futures[2].as_mut().poll(&mut context),
            Poll::Ready(Err(_))
        ));
        assert_idle(&semaphore, 0);
    });
    assert!(fine, "the child");
}

/// Threads of the parent wait for more than there is; in the child nobody does.
#[test]
fn nobody_is_before_whoever_comes_in_the_child() {
    let _alone = ONE_AT_A_TIME.lock();
    for greedy in [false, true] {
        let semaphore = if greedy {
            Semaphore::greedy(1)
        } else {
            Semaphore::new(1)
        };
        thread::scope(|scope| {
            let large = scope.spawn(|| semaphore.acquire_many(2).unwrap().forget());
            while !format!("{semaphore:?}").contains("waiting: true") {
                thread::yield_now();
            }
            let fine = survives_in_a_child(|| {
                drop(
                    semaphore
                        .acquire_for(Duration::from_secs(60))
                        .expect("it is there"),
                );
                assert_idle(&semaphore, 1);
            });
            semaphore.add_permits(1);
            large.join().unwrap();
            assert!(fine, "the child");
        });
        assert_idle(&semaphore, 0);
    }
}

/// A thread of the parent sleeps on a word. In the child it does not, and is not the first to be woken there.
#[test]
fn nobody_sleeps_on_a_word_in_the_child() {
    let _alone = ONE_AT_A_TIME.lock();
    let word = Futex::new(0);
    let sleep = || {
        while word.load(Relaxed) == 0 {
            let _ = word.wait_at_once(0, None);
        }
    };
    let wake_one = || {
        word.store(1, Relaxed);
        Futex::wake(word.address(), 1);
    };
    thread::scope(|scope| {
        let sleeps = scope.spawn(sleep);
        while !all_others_sleep() {
            thread::yield_now();
        }
        let fine = survives_in_a_child(|| {
            thread::scope(|scope| {
                scope.spawn(sleep);
                // Whether it sleeps by then makes a difference to what is shown, and not to what is right.
                thread::sleep(Duration::from_millis(50));
                wake_one();
            });
        });
        wake_one();
        sleeps.join().unwrap();
        assert!(fine, "the child");
    });
}

/// Threads of the parent go to sleep on a word, and are woken, all the time: what they use meanwhile is free in the child.
#[test]
fn words_are_in_use_when_it_forks() {
    let _alone = ONE_AT_A_TIME.lock();
    let (word, over) = (Futex::new(0), AtomicBool::new(false));
    let wait_and_wake = || {
        let _ = word.wait_at_once(0, Some(Instant::now()));
        Futex::wake(word.address(), 1);
    };
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !over.load(Relaxed) {
                    wait_and_wake();
                }
            });
        }
        let fine = (0..50).all(|_| {
            // It may be on its way out of a wait for somebody who is not through with waking it.
            wait_and_wake();
            survives_in_a_child(wait_and_wake)
        });
        over.store(true, Relaxed);
        assert!(fine, "the child");
    });
}

/// From here on this thread, and those that it starts, run on one processor only.
fn stay_on_one_processor() {
    // SAFETY: all zeros are an empty set.
    let mut one: libc::cpu_set_t = unsafe { std::mem::zeroed() };
    // SAFETY: no memory is involved.
    let here = unsafe { libc::sched_getcpu() };
    // SAFETY: that many processors fit into the set.
    unsafe { libc::CPU_SET(here as usize, &mut one) };
    // SAFETY: the set is as large as is said.
    let result = unsafe { libc::sched_setaffinity(0, size_of_val(&one), &one) };
    assert_eq!(result, 0, "it is where it may run already");
}

/// From here on this thread runs when no other one wants to.
fn run_when_idle() {
    // SAFETY: all zeros are what this policy asks for.
    let parameters: libc::sched_param = unsafe { std::mem::zeroed() };
    // SAFETY: the place is valid.
    let result = unsafe { libc::sched_setscheduler(0, libc::SCHED_IDLE, &parameters) };
    assert_eq!(result, 0, "anybody may do that");
}

/// A thread of the parent was woken, and has not come yet when the process forks. In the child it never comes.
#[test]
fn nobody_is_on_the_way_in_the_child() {
    let _alone = ONE_AT_A_TIME.lock();
    let is_waited_for = |semaphore: &Semaphore| format!("{semaphore:?}").contains("waiting: true");
    let (mut seen, mut sees) = std::io::pipe().unwrap();
    // The thread that is woken has the same processor, and the test goes on first.
    stay_on_one_processor();
    for _ in 0..20 {
        let semaphore = Semaphore::greedy(0);
        thread::scope(|scope| {
            let first = scope.spawn(|| {
                run_when_idle();
                semaphore.acquire().unwrap().forget();
            });
            while !(is_waited_for(&semaphore) && all_others_sleep()) {
                thread::yield_now();
            }
            semaphore.add_permits(1);
            let taken = semaphore.try_acquire();
            let fine = survives_in_a_child(|| {
                if taken.is_ok() && !is_waited_for(&semaphore) {
                    // It has not come: it would have found nothing, and gone back.
                    sees.write_all(b"!").unwrap();
                }
                thread::scope(|scope| {
                    let second = scope.spawn(|| {
                        let permit = semaphore.acquire_for(Duration::from_secs(60));
                        permit.expect("it is told").forget();
                    });
                    while !is_waited_for(&semaphore) && !second.is_finished() {
                        thread::yield_now();
                    }
                    semaphore.add_permits(1);
                    second.join().unwrap();
                });
            });
            drop(taken);
            first.join().unwrap();
            assert!(fine, "the child");
        });
    }
    drop(sees);
    let mut rounds = Vec::new();
    seen.read_to_end(&mut rounds).unwrap();
    assert!(!rounds.is_empty(), "it has come in time, each time");
}

/// It forks when it is called.
struct Forks {
    body: OnceLock<Box<dyn Fn() + Send + Sync>>,
    fine: AtomicUsize,
}

impl Wake for Forks {
    fn wake(self: Arc<Self>) {
        if let Some(body) = self.body.get() {
            self.fine
                .fetch_add(usize::from(survives_in_a_child(body)), Relaxed);
        }
    }
}

/// A waker forks while permits are given to so many tasks that some are in the queue still, although it is decided what they get.
#[test]
fn a_waker_forks() {
    const TASKS: usize = 40;
    let _alone = ONE_AT_A_TIME.lock();
    for polls in [false, true] {
        // The waker reaches it.
        let semaphore: &'static Semaphore = Box::leak(Box::new(Semaphore::new(0)));
        let forks = Arc::new(Forks {
            body: OnceLock::new(),
            fine: AtomicUsize::new(0),
        });
        let first = waiting(semaphore, &Waker::from(Arc::clone(&forks)));
        let others: Vec<_> = (1..TASKS)
            .map(|_| waiting(semaphore, Waker::noop()))
            .collect();
        let others = std::sync::Mutex::new(others);
        let body = move || {
            for mut other in others.lock().unwrap().drain(..) {
                if polls {
                    poll(&mut other, Waker::noop())
                        .expect("it has one")
                        .forget();
                }
            }
            assert_idle(semaphore, if polls { 0 } else { TASKS - 1 });
        };
        assert!(forks.body.set(Box::new(body)).is_ok());
        semaphore.add_permits(TASKS);
        assert_eq!(forks.fine.load(Relaxed), 1, "the child");
        drop(first);
        assert_idle(semaphore, 1);
    }
}

/// A waker that forks when it is cloned, which is in the midst of a poll; and then queues up before that goes on.
#[test]
fn a_waker_forks_when_it_is_cloned() {
    static SEMAPHORE: Semaphore = Semaphore::new(0);
    static CHILD: AtomicUsize = AtomicUsize::new(usize::MAX);
    static OTHER: std::sync::Mutex<Option<Waits<'static>>> = std::sync::Mutex::new(None);
    static WAKES: AtomicUsize = AtomicUsize::new(0);
    static VTABLE: RawWakerVTable = RawWakerVTable::new(
        |_| {
            // Once is enough.
            if CHILD.load(Relaxed) == usize::MAX {
                // SAFETY: the child does what the other ones here do.
                let child = unsafe { libc::fork() };
                CHILD.store(child as usize, Relaxed);
                if child == 0 {
                    // SAFETY: no memory is involved.
                    unsafe { libc::alarm(30) };
                    *OTHER.lock().unwrap() = Some(waiting(&SEMAPHORE, Waker::noop()));
                }
            }
            RawWaker::new(std::ptr::null(), &VTABLE)
        },
        |_| {
            WAKES.fetch_add(1, Relaxed);
        },
        |_| {
            WAKES.fetch_add(1, Relaxed);
        },
        |_| (),
    );
    let _alone = ONE_AT_A_TIME.lock();
    // SAFETY: the functions do nothing with the pointer.
    let forks = unsafe { Waker::from_raw(RawWaker::new(std::ptr::null(), &VTABLE)) };
    let mut future = waiting(&SEMAPHORE, Waker::noop());
    let pending = poll(&mut future, &forks).is_none();
    let child = CHILD.load(Relaxed) as libc::pid_t;
    if child == 0 {
        SEMAPHORE.add_permits(2);
        let other = OTHER.lock().unwrap().take();
        let mut both = [Some(future), other].into_iter().flatten();
        let fine = pending
            && WAKES.load(Relaxed) == 1
            && both.all(|mut future| poll(&mut future, Waker::noop()).is_some());
        // SAFETY: ends the child.
        unsafe { libc::_exit(if fine { 7 } else { 1 }) };
    }
    let mut status = 0;
    // SAFETY: the place is valid.
    assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
    assert!(
        libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 7,
        "the child"
    );
    assert!(pending);
    drop(future);
    assert_idle(&SEMAPHORE, 0);
}
