//! Programs over a reentrant mutex. What is ours in it is the lock, whose own programs are in `mutex.rs`, and who a thread
//! is: so they are written over that. Each states what it shows; a wrong one fails an assertion in it, races, or leaves
//! somebody asleep.

use std::collections::HashSet;
use std::sync::Arc;

use super::lifetime::Mortal;
use super::{Counter, go, soon};
use crate::selvedge;
use selvedge::lock_api::{self, GetThreadId};
use selvedge::sys::{AtomicU32, Ordering::Relaxed};

/// What tells the threads apart.
pub trait Identity: GetThreadId + Send + Sync + 'static {}
impl<G: GetThreadId + Send + Sync + 'static> Identity for G {}

/// What is shipped.
pub type Shipped = selvedge::RawThreadId;

type Mutex<G, T> = lock_api::ReentrantMutex<selvedge::raw::RawMutex, G, T>;
type Guard<'a, G, T> = lock_api::ReentrantMutexGuard<'a, selvedge::raw::RawMutex, G, T>;

/// Data, and a number that everybody changes before and after locking, which orders nothing. The owner and the depth are no
/// words of the model: without these steps loom would see no reason to let others run while they say that it is held.
struct Stepping {
    data: Counter,
    steps: Arc<AtomicU32>,
}

fn steps() -> Arc<AtomicU32> {
    Arc::new(AtomicU32::new(0))
}

/// One thread at a time, however often it locks; whoever comes next sees what was done at every depth.
pub fn exclusion<G: Identity>(
    threads: u32,
    depth: u32,
) -> impl Fn() + Send + Sync + Clone + 'static {
    fn increment<G: Identity>(mutex: &Mutex<G, Stepping>, depth: u32) {
        let guard = mutex.lock();
        if depth > 1 {
            increment(mutex, depth - 1);
        } else {
            guard.steps.fetch_add(1, Relaxed);
        }
        guard.data.increment(); // the inner guards are gone, and it is locked still
    }
    move || {
        let steps = steps();
        let mutex = Arc::new(Mutex::<G, Stepping>::new(Stepping {
            data: Counter::new(),
            steps: Arc::clone(&steps),
        }));
        let others: Vec<_> = (1..threads)
            .map(|_| {
                let (mutex, steps) = (Arc::clone(&mutex), Arc::clone(&steps));
                go(move || {
                    steps.fetch_add(1, Relaxed);
                    increment(&mutex, depth);
                })
            })
            .collect();
        steps.fetch_add(1, Relaxed);
        increment(&mutex, depth);
        others.into_iter().for_each(|other| other.join().unwrap());
        assert_eq!(mutex.lock().data.get(), threads * depth);
        assert!(!mutex.is_locked());
    }
}

/// How a thread that does not hold the lock asks for it.
#[derive(Clone, Copy, Debug)]
pub enum Asks {
    /// Once.
    Try,
    /// Until a deadline, which may come at any moment.
    Timed,
}

impl Asks {
    fn of<G: Identity, T>(self, mutex: &Mutex<G, T>) -> Option<Guard<'_, G, T>> {
        match self {
            Self::Try => mutex.try_lock(),
            Self::Timed => mutex.try_lock_for(soon()),
        }
    }
}

/// The lock is free when the last guard is gone, not before. The thread that holds it gets it in every way at once; the
/// other one gets it in the middle of nothing.
pub fn beside<G: Identity>(asks: Asks) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let mutex = Arc::new(Mutex::<G, Counter>::new(Counter::new()));
        let other = {
            let mutex = Arc::clone(&mutex);
            go(move || {
                if let Some(guard) = asks.of(&mutex) {
                    let seen = guard.get();
                    assert!(seen == 0 || seen == 3, "in the middle: {seen}");
                    guard.increment();
                }
            })
        };
        let outer = mutex.lock();
        let seen = outer.get();
        let inner = asks.of(&mutex).expect("this thread has it");
        inner.increment();
        drop(outer); // in the order of arrival: any will do
        let innermost = mutex.lock();
        innermost.increment();
        drop(inner);
        innermost.increment();
        drop(innermost);
        other.join().unwrap();
        assert!(mutex.lock().get() - seen >= 3);
    }
}

/// A thread knows whether it is the owner, whatever others do.
pub fn owner<G: Identity>() {
    let shared = Arc::new((Mutex::<G, ()>::new(()), AtomicU32::new(0)));
    let use_it = |shared: &(Mutex<G, ()>, AtomicU32)| {
        let (mutex, steps) = shared;
        steps.fetch_add(1, Relaxed);
        assert!(!mutex.is_owned_by_current_thread(), "before");
        let outer = mutex.lock();
        let inner = mutex.lock();
        drop(outer);
        steps.fetch_add(1, Relaxed);
        assert!(mutex.is_owned_by_current_thread() && mutex.is_locked());
        drop(inner);
        assert!(!mutex.is_owned_by_current_thread(), "after");
    };
    let other = {
        let shared = Arc::clone(&shared);
        go(move || use_it(&shared))
    };
    use_it(&shared);
    other.join().unwrap();
}

/// A fair unlock, and a bump, give the lock away if the guard is the last; otherwise they do not.
pub fn fair<G: Identity>() {
    let mutex = Arc::new(Mutex::<G, Counter>::new(Counter::new()));
    let other = {
        let mutex = Arc::clone(&mutex);
        go(move || {
            let guard = mutex.lock();
            guard.increment();
            Guard::unlock_fair(guard);
        })
    };
    let mut outer = mutex.lock();
    let before = outer.get();
    let mut inner = mutex.lock();
    Guard::bump(&mut inner); // not the last
    Guard::unlock_fair(inner); // not the last
    assert_eq!(outer.get(), before, "somebody was let in");
    Guard::bump(&mut outer);
    outer.increment();
    Guard::unlock_fair(outer);
    other.join().unwrap();
    assert_eq!(mutex.lock().get(), 2);
}

/// Freed by the next owner, while the one before may still be in its last unlock.
pub fn freed_by_the_next_owner<G: Identity>() {
    let object = Mortal::new(Mutex::<G, Counter>::new(Counter::new()));
    let use_it = |object: &Mortal<Mutex<G, Counter>>| {
        let outer = object.get().lock();
        let inner = object.get().lock();
        inner.increment();
        let last = inner.get() == 2;
        drop(outer);
        drop(inner);
        if last {
            object.kill();
        }
    };
    let other = {
        let object = Arc::clone(&object);
        go(move || use_it(&object))
    };
    use_it(&object);
    other.join().unwrap();
}

/// A thread has one number, no other thread has it, and none of another execution had it.
pub fn numbers<G: Identity>() -> impl Fn() + Send + Sync + Clone + 'static {
    let given = Arc::new(std::sync::Mutex::new(HashSet::new()));
    move || {
        let mine = || {
            let number = G::INIT.nonzero_thread_id();
            assert_eq!(number, G::INIT.nonzero_thread_id(), "of one thread");
            number
        };
        let meets = Arc::new(selvedge::Mutex::new(()));
        let others: Vec<_> = (0..2)
            .map(|_| {
                let (given, meets) = (Arc::clone(&given), Arc::clone(&meets));
                go(move || {
                    drop(meets.lock());
                    let number = mine();
                    assert!(given.lock().unwrap().insert(number), "given twice");
                })
            })
            .collect();
        drop(meets.lock());
        let number = mine();
        assert!(given.lock().unwrap().insert(number), "given twice");
        others.into_iter().for_each(|other| other.join().unwrap());
        assert_eq!(number, mine());
    }
}

/// Two threads that lock two in different orders. This one fails, also with what is shipped.
pub fn circle<G: Identity>() {
    let both = Arc::new((Mutex::<G, ()>::new(()), Mutex::<G, ()>::new(())));
    let other = {
        let both = Arc::clone(&both);
        go(move || {
            let _second = both.1.lock();
            let _first = both.0.lock();
        })
    };
    {
        let _first = both.0.lock();
        let _again = both.0.lock();
        let _second = both.1.lock();
    }
    other.join().unwrap();
}
