//! The contract of a futex, as programs over any [`Backend`]: one per rule, named after it. In a model
//! each is explored; on the machine each is repeated. `crate::selvedge` is the world they run in.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::selvedge;
use selvedge::sys::Ordering::{Acquire, Release};
use selvedge::sys::{Backend, Duration, Futex, Instant, Wait, thread};

fn soon() -> Option<Instant> {
    Some(Instant::now() + Duration::from_millis(1))
}

/// Rule 1: between the check and the sleep there is no room for a change and its wake.
pub fn check_and_enqueue_are_one_step<B: Backend>() {
    let futex = Arc::new(Futex::new(0));
    let waiter = {
        let futex = Arc::clone(&futex);
        thread::spawn(move || {
            while futex.load(Acquire) == 0 {
                let _: Wait = B::wait(&futex, 0, None);
            }
        })
    };
    let address = futex.address();
    futex.swap(1, Release);
    B::wake(address, 1);
    waiter.join().unwrap();
}

/// Rule 2: two wakes for one each, or one for two, let two sleepers go.
pub fn no_wake_is_lost<B: Backend>(at_once: bool) -> impl Fn() + Send + Sync + 'static {
    move || {
        let futex = Arc::new(Futex::new(0));
        let waiters: Vec<_> = (0..2)
            .map(|_| {
                let futex = Arc::clone(&futex);
                thread::spawn(move || {
                    while futex.load(Acquire) == 0 {
                        let _: Wait = B::wait(&futex, 0, None);
                    }
                })
            })
            .collect();
        let address = futex.address();
        futex.swap(1, Release);
        if at_once {
            B::wake(address, 2);
        } else {
            B::wake(address, 1);
            B::wake(address, 1);
        }
        waiters
            .into_iter()
            .for_each(|waiter| waiter.join().unwrap());
    }
}

/// Rule 3: no more are woken than asked for, and exactly as many as reported.
pub fn no_wake_is_invented<B: Backend>() {
    let futex = Arc::new(Futex::new(0));
    let woken = Arc::new(AtomicUsize::new(0));
    let waiters: Vec<_> = (0..2)
        .map(|_| {
            let (futex, woken) = (Arc::clone(&futex), Arc::clone(&woken));
            thread::spawn(move || {
                if B::wait(&futex, 0, None) == Wait::Woken {
                    woken.fetch_add(1, Relaxed);
                }
            })
        })
        .collect();
    let address = futex.address();
    assert_eq!(B::wake(address, 0).unwrap_or(0), 0, "asked to wake nobody");
    let first = B::wake(address, 1);
    futex.swap(1, Release); // whoever is late does not sleep
    let rest = B::wake(address, usize::MAX);
    waiters
        .into_iter()
        .for_each(|waiter| waiter.join().unwrap());
    if let (Some(first), Some(rest)) = (first, rest) {
        assert!(first <= 1, "asked to wake 1, woke {first}");
        assert_eq!(
            first + rest,
            woken.load(Relaxed),
            "the reported wakes are not those that were made"
        );
    }
}

/// Rule 4: a moved sleeper is found where it was moved to, and no longer where it was.
pub fn requeue_keeps_waiters_findable<B: Backend>() {
    let (from, to) = (Arc::new(Futex::new(0)), Futex::new(0));
    let waiter = {
        let from = Arc::clone(&from);
        thread::spawn(move || {
            let _: Wait = B::wait(&from, 0, None);
        })
    };
    assert_eq!(
        B::requeue(&from, 7, to.address(), 1),
        None,
        "moved although the word is not 7"
    );
    let moved = B::requeue(&from, 0, to.address(), 1).expect("the word is 0");
    assert!(moved <= 1, "asked to move 1, moved {moved}");
    if moved == 1 {
        assert_eq!(
            B::wake(from.address(), 1).unwrap_or(0),
            0,
            "still found where it was"
        );
    }
    from.swap(1, Release); // if it is late, it does not sleep
    let there = B::wake(to.address(), 1);
    if let Some(there) = there {
        assert_eq!(there, moved, "not found where it was moved to");
    }
    B::wake(from.address(), 1);
    waiter.join().unwrap();
}

/// Rule 7: who sleeps at different words is woken by one call, if the words have changed.
pub fn nobody_gathered_is_lost<B: Backend>(sleepers: usize) {
    let words: Vec<_> = (0..sleepers).map(|_| Arc::new(Futex::new(0))).collect();
    let threads: Vec<_> = words
        .iter()
        .map(|word| {
            let word = Arc::clone(word);
            thread::spawn(move || {
                while word.load(Acquire) == 0 {
                    let _: Wait = B::wait(&word, 0, None);
                }
            })
        })
        .collect();
    let together = Futex::new(0);
    for word in &words {
        word.swap(1, Release);
        B::gather(word.address(), together.address());
    }
    B::wake(together.address(), usize::MAX);
    for thread in threads {
        thread.join().unwrap();
    }
}

/// Rule 5: a sleeper that nobody wakes comes back when its time has come, not before, and is gone
/// from the queue then.
pub fn deadline_is_honoured<B: Backend>() {
    let futex = Futex::new(0);
    let deadline = Instant::now() + Duration::from_millis(2);
    assert_eq!(
        B::wait(&futex, 1, Some(deadline)),
        Wait::Changed,
        "slept although the word is not 1"
    );
    assert_eq!(B::wait(&futex, 0, Some(deadline)), Wait::TimedOut);
    assert_eq!(
        B::wake(futex.address(), 1).unwrap_or(0),
        0,
        "timed out, and still in the queue"
    );
}

/// Rule 5: either the wake or the deadline, never both and never neither.
pub fn deadline_or_wake<B: Backend>() {
    let futex = Arc::new(Futex::new(0));
    let woken = Arc::new(AtomicUsize::new(0));
    let waiter = {
        let (futex, woken) = (Arc::clone(&futex), Arc::clone(&woken));
        thread::spawn(move || {
            if B::wait(&futex, 0, soon()) == Wait::Woken {
                woken.fetch_add(1, Relaxed);
            }
        })
    };
    let told = B::wake(futex.address(), 1);
    waiter.join().unwrap();
    if let Some(told) = told {
        assert_eq!(
            told,
            woken.load(Relaxed),
            "the waker and the waiter disagree"
        );
    }
}

/// Rules 4 and 5: a moved sleeper's deadline goes on counting, and a wake at the new place is its.
pub fn deadline_after_requeue<B: Backend>() {
    let (from, to) = (Arc::new(Futex::new(0)), Futex::new(0));
    let woken = Arc::new(AtomicUsize::new(0));
    let waiter = {
        let (from, woken) = (Arc::clone(&from), Arc::clone(&woken));
        thread::spawn(move || {
            if B::wait(&from, 0, soon()) == Wait::Woken {
                woken.fetch_add(1, Relaxed);
            }
        })
    };
    B::requeue(&from, 0, to.address(), 1);
    let told = B::wake(to.address(), 1);
    waiter.join().unwrap();
    if let Some(told) = told {
        assert_eq!(
            told,
            woken.load(Relaxed),
            "the waker and the waiter disagree"
        );
    }
}

/// Rule 6: a wake where a futex was is nothing.
pub fn stale_address_is_harmless<B: Backend>() {
    let futex = Box::new(Futex::new(0));
    let address = futex.address();
    drop(futex);
    assert_eq!(B::wake(address, usize::MAX).unwrap_or(0), 0);
    let other = Futex::new(0);
    assert_eq!(B::requeue(&other, 0, address, 1), Some(0));
    assert_eq!(B::requeue(&other, 0, other.address(), usize::MAX), Some(0));
    B::gather(address, other.address());
    B::gather(other.address(), address);
}

/// Many sleepers on few words; all are found, each once.
pub fn many_sleepers<B: Backend>(sleepers: usize, words: usize) {
    let futexes: Arc<Vec<Futex>> = Arc::new((0..words).map(|_| Futex::new(0)).collect());
    let woken = Arc::new(AtomicUsize::new(0));
    let threads: Vec<_> = (0..sleepers)
        .map(|number| {
            let (futexes, woken) = (Arc::clone(&futexes), Arc::clone(&woken));
            thread::spawn(move || {
                if B::wait(&futexes[number % words], 0, None) == Wait::Woken {
                    woken.fetch_add(1, Relaxed);
                }
            })
        })
        .collect();
    let mut told = 0;
    // Some of those at the first word are moved to the last one on the way.
    B::requeue(
        &futexes[0],
        0,
        futexes[words - 1].address(),
        sleepers / words / 2,
    );
    for futex in futexes.iter() {
        futex.swap(1, Release);
    }
    for futex in futexes.iter() {
        told += B::wake(futex.address(), sleepers / words / 3).unwrap_or(0);
        told += B::wake(futex.address(), usize::MAX).unwrap_or(0);
    }
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    assert_eq!(told, woken.load(Relaxed));
}

/// Futexes that break one rule each. `B` is a good one.
pub mod broken {
    use core::marker::PhantomData;

    use super::selvedge::sys::{Address, Backend, Futex, Instant, Ordering::Relaxed, Wait};

    macro_rules! delegate {
        (wait) => {
            fn wait(futex: &Futex, expected: u32, deadline: Option<Instant>) -> Wait {
                B::wait(futex, expected, deadline)
            }
        };
        (wake) => {
            fn wake(address: Address, count: usize) -> Option<usize> {
                B::wake(address, count)
            }
        };
        (requeue) => {
            fn requeue(from: &Futex, expected: u32, to: Address, count: usize) -> Option<usize> {
                B::requeue(from, expected, to, count)
            }
        };
    }

    /// Rule 1: looks, and sleeps on whatever is there by then.
    pub struct ChecksBeforehand<B>(PhantomData<B>);
    impl<B: Backend> Backend for ChecksBeforehand<B> {
        const NAME: &'static str = "checks beforehand";
        fn wait(futex: &Futex, expected: u32, deadline: Option<Instant>) -> Wait {
            if futex.load(Relaxed) != expected {
                return Wait::Changed;
            }
            B::wait(futex, futex.load(Relaxed), deadline)
        }
        delegate!(wake);
        delegate!(requeue);
    }

    /// Rule 2: one wake too few.
    pub struct WakesOneLess<B>(PhantomData<B>);
    impl<B: Backend> Backend for WakesOneLess<B> {
        const NAME: &'static str = "wakes one less";
        delegate!(wait);
        fn wake(address: Address, count: usize) -> Option<usize> {
            B::wake(
                address,
                if count == usize::MAX {
                    count
                } else {
                    count - 1
                },
            )
        }
        delegate!(requeue);
    }

    /// Rule 3: wakes all, and reports what was asked for.
    pub struct WakesAll<B>(PhantomData<B>);
    impl<B: Backend> Backend for WakesAll<B> {
        const NAME: &'static str = "wakes all";
        delegate!(wait);
        fn wake(address: Address, count: usize) -> Option<usize> {
            Some(B::wake(address, usize::MAX)?.min(count))
        }
        delegate!(requeue);
    }

    /// Rule 3: reports one although nobody was there.
    pub struct ReportsOne<B>(PhantomData<B>);
    impl<B: Backend> Backend for ReportsOne<B> {
        const NAME: &'static str = "reports one";
        delegate!(wait);
        fn wake(address: Address, count: usize) -> Option<usize> {
            Some(B::wake(address, count)?.max(1))
        }
        delegate!(requeue);
    }

    /// Rules 4 and 7: moves to where nobody looks.
    pub struct LosesTheMoved<B>(PhantomData<B>);
    impl<B: Backend> Backend for LosesTheMoved<B> {
        const NAME: &'static str = "loses the moved";
        delegate!(wait);
        delegate!(wake);
        fn requeue(from: &Futex, expected: u32, _to: Address, count: usize) -> Option<usize> {
            static LIMBO: Futex = Futex::new(0);
            B::requeue(from, expected, LIMBO.address(), count)
        }
        fn gather(_from: Address, _to: Address) {}
    }

    /// Rule 4: moves whatever the word says.
    pub struct MovesUnchecked<B>(PhantomData<B>);
    impl<B: Backend> Backend for MovesUnchecked<B> {
        const NAME: &'static str = "moves unchecked";
        delegate!(wait);
        delegate!(wake);
        fn requeue(from: &Futex, _expected: u32, to: Address, count: usize) -> Option<usize> {
            B::requeue(from, from.load(Relaxed), to, count)
        }
    }

    /// Rule 5: sleeps on.
    pub struct IgnoresDeadlines<B>(PhantomData<B>);
    impl<B: Backend> Backend for IgnoresDeadlines<B> {
        const NAME: &'static str = "ignores deadlines";
        fn wait(futex: &Futex, expected: u32, _deadline: Option<Instant>) -> Wait {
            B::wait(futex, expected, None)
        }
        delegate!(wake);
        delegate!(requeue);
    }

    /// Rule 5: says that it has timed out although it was woken.
    pub struct SwallowsWakes<B>(PhantomData<B>);
    impl<B: Backend> Backend for SwallowsWakes<B> {
        const NAME: &'static str = "swallows wakes";
        fn wait(futex: &Futex, expected: u32, deadline: Option<Instant>) -> Wait {
            match B::wait(futex, expected, deadline) {
                Wait::Woken if deadline.is_some() => Wait::TimedOut,
                outcome => outcome,
            }
        }
        delegate!(wake);
        delegate!(requeue);
    }
}
