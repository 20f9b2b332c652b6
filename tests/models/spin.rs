//! Programs over the locks that spin. In a model spinning is an await: a thread that waits is blocked until the word is
//! written, so that a lock that is never unlocked is a deadlock.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::lifetime::Mortal;
use super::{Counter, go};
use crate::selvedge::lock_api::{self, MutexGuard, RawMutex as _};
use crate::selvedge::raw;
use crate::selvedge::sys::AtomicU32;

/// A lock that spins.
pub trait Spinning: 'static {
    /// The raw lock.
    type Raw: lock_api::RawMutex + core::fmt::Debug + Send + Sync + 'static;

    /// A new one.
    fn fresh() -> Self::Raw {
        lock_api::RawMutex::INIT
    }
}

/// One that says whether somebody waits, which makes the order of arrival visible.
pub trait Queueing: Spinning<Raw: lock_api::RawMutexFair> {
    /// Whether a thread has arrived, and waits.
    fn is_contended(raw: &Self::Raw) -> bool;
}

/// `SpinLock` as shipped.
pub struct Spin;
impl Spinning for Spin {
    type Raw = raw::RawSpinLock;
}

/// `TicketLock` as shipped.
pub struct Ticket;
impl Spinning for Ticket {
    type Raw = raw::RawTicketLock;
}
impl Queueing for Ticket {
    fn is_contended(raw: &Self::Raw) -> bool {
        raw.is_contended()
    }
}

/// `TicketLock`, whose second ticket is 0.
pub struct TicketAtWrap;
impl Spinning for TicketAtWrap {
    type Raw = raw::RawTicketLock;

    fn fresh() -> Self::Raw {
        raw::RawTicketLock::starting_at(u32::MAX)
    }
}
impl Queueing for TicketAtWrap {
    fn is_contended(raw: &Self::Raw) -> bool {
        raw.is_contended()
    }
}

/// `McsLock` as shipped.
pub struct Mcs;
impl Spinning for Mcs {
    type Raw = raw::RawMcsLock;
}
impl Queueing for Mcs {
    fn is_contended(raw: &Self::Raw) -> bool {
        raw.is_contended()
    }
}

/// A correct lock that knows who waits, and serves in no order: what the programs about order must fail on.
pub struct Barging;
impl Spinning for Barging {
    type Raw = RawBarging;
}
impl Queueing for Barging {
    fn is_contended(raw: &Self::Raw) -> bool {
        raw.waiting.load(Relaxed) > 0
    }
}

/// The raw lock of [`Barging`].
#[derive(Debug)]
pub struct RawBarging {
    lock: raw::RawSpinLock,
    waiting: AtomicU32,
}

// SAFETY: what locks is the lock inside.
unsafe impl lock_api::RawMutex for RawBarging {
    const INIT: Self = Self {
        lock: raw::RawSpinLock::new(),
        waiting: AtomicU32::new(0),
    };
    type Guard = <raw::RawSpinLock as lock_api::RawMutex>::Guard;

    fn lock(&self) -> Self::Guard {
        self.waiting.fetch_add(1, Relaxed);
        let guard = self.lock.lock();
        self.waiting.fetch_sub(1, Relaxed);
        guard
    }

    fn try_lock(&self) -> Option<Self::Guard> {
        self.lock.try_lock()
    }

    unsafe fn unlock(&self, guard: Self::Guard) {
        // SAFETY: the caller holds the lock, which is the one inside.
        unsafe { self.lock.unlock(guard) }
    }

    fn is_locked(&self) -> bool {
        self.lock.is_locked()
    }
}

// SAFETY: as above. It is not fair, which the trait does not count among what is unsafe.
unsafe impl lock_api::RawMutexFair for RawBarging {
    unsafe fn unlock_fair(&self, guard: Self::Guard) {
        // SAFETY: the caller holds the lock.
        unsafe { self.unlock(guard) }
    }
}

/// A lock with its data.
pub type Lock<L, T> = lock_api::Mutex<<L as Spinning>::Raw, T>;

fn fresh<L: Spinning, T>(value: T) -> Arc<Lock<L, T>> {
    Arc::new(lock_api::Mutex::from_raw(L::fresh(), value))
}

fn is_contended<L: Queueing, T>(lock: &Lock<L, T>) -> bool {
    // SAFETY: the raw lock is only looked at.
    L::is_contended(unsafe { lock.raw() })
}

/// One thread at a time, each sees what the last one wrote, and all get their turn.
pub fn exclusion<L: Spinning>(
    threads: u32,
    rounds: u32,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let counter = fresh::<L, _>(Counter::new());
        let others: Vec<_> = (1..threads)
            .map(|_| {
                let counter = Arc::clone(&counter);
                go(move || (0..rounds).for_each(|_| counter.lock().increment()))
            })
            .collect();
        (0..rounds).for_each(|_| counter.lock().increment());
        others.into_iter().for_each(|other| other.join().unwrap());
        assert_eq!(counter.lock().get(), threads * rounds);
        assert!(!counter.is_locked(), "something is left in the lock");
    }
}

/// `try_lock` does not wait, does not let two in, takes no place in the queue, and succeeds when nobody holds the lock.
pub fn try_lock<L: Spinning>() {
    let counter = fresh::<L, _>(Counter::new());
    let other = {
        let counter = Arc::clone(&counter);
        go(move || counter.lock().increment())
    };
    let mut got = 0;
    for _ in 0..2 {
        if let Some(counter) = counter.try_lock() {
            counter.increment();
            got += 1;
        }
    }
    other.join().unwrap();
    let counter = counter.try_lock().expect("nobody holds it");
    assert_eq!(counter.get(), 1 + got);
}

/// While the lock is held `try_lock` comes back without it: were it to wait, nobody could go on.
pub fn try_lock_while_held<L: Spinning>() {
    let counter = fresh::<L, _>(Counter::new());
    let guard = counter.lock();
    let other = {
        let counter = Arc::clone(&counter);
        go(move || assert!(counter.try_lock().is_none(), "somebody else holds it"))
    };
    assert!(counter.try_lock().is_none(), "this thread holds it");
    other.join().unwrap();
    drop(guard);
    counter.lock().increment();
}

/// A guard is forgotten, and somebody else wants the lock: a deadlock, and the checker has to say so.
pub fn forgotten_unlock<L: Spinning>() {
    let counter = fresh::<L, _>(Counter::new());
    let other = {
        let counter = Arc::clone(&counter);
        go(move || {
            let guard = counter.lock();
            guard.increment();
            core::mem::forget(guard);
        })
    };
    counter.lock().increment();
    other.join().unwrap();
    counter.lock().increment();
}

/// Two threads use an object once each; the second one frees it as soon as it has unlocked, while the first may still be
/// inside `unlock`.
pub fn freed_by_the_next_owner<L: Spinning>() {
    let object = Mortal::new(lock_api::Mutex::<L::Raw, _>::from_raw(L::fresh(), 0));
    let use_it = |object: &Mortal<Lock<L, i32>>| {
        let mut users = object.get().lock();
        *users += 1;
        let last = *users == 2;
        drop(users);
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

/// A thread that was seen waiting has the lock before the one that unlocks and comes back. `seen` counts the executions
/// in which one was.
pub fn waiter_before_returner<L: Queueing>(
    seen: &Arc<AtomicUsize>,
) -> impl Fn() + Send + Sync + Clone + 'static {
    let seen = Arc::clone(seen);
    move || {
        let counter = fresh::<L, _>(Counter::new());
        let guard = counter.lock();
        let other = {
            let counter = Arc::clone(&counter);
            go(move || counter.lock().increment())
        };
        let waits = is_contended::<L, _>(&counter);
        MutexGuard::unlock_fair(guard);
        let again = counter.lock();
        if waits {
            seen.fetch_add(1, Relaxed);
            assert_eq!(again.get(), 1, "served before one that came earlier");
        }
        drop(again);
        other.join().unwrap();
    }
}

/// A thread that was seen waiting before another one was even started is served before that. `seen` counts as above.
pub fn order_of_arrival<L: Queueing>(
    seen: &Arc<AtomicUsize>,
) -> impl Fn() + Send + Sync + Clone + 'static {
    let seen = Arc::clone(seen);
    move || {
        let served = fresh::<L, _>(Vec::new());
        let guard = served.lock();
        let arrive = |number: u32| {
            let served = Arc::clone(&served);
            go(move || served.lock().push(number))
        };
        let first = arrive(1);
        let waits = is_contended::<L, _>(&served);
        let second = arrive(2);
        drop(guard);
        first.join().unwrap();
        second.join().unwrap();
        let served = served.lock();
        assert_eq!(served.len(), 2);
        if waits {
            seen.fetch_add(1, Relaxed);
            assert_eq!(*served, [1, 2], "served before one that came earlier");
        }
    }
}

/// `bump` lets in whoever waits, and gets the lock back.
pub fn bump<L: Queueing>() {
    let counter = fresh::<L, _>(Counter::new());
    let mut holder = counter.lock();
    let other = {
        let counter = Arc::clone(&counter);
        go(move || counter.lock().increment())
    };
    let waits = is_contended::<L, _>(&counter);
    MutexGuard::bump(&mut holder);
    if waits {
        assert_eq!(holder.get(), 1, "the waiter was not let in");
    }
    holder.increment();
    drop(holder);
    other.join().unwrap();
    assert_eq!(counter.lock().get(), 2);
}

/// A panic with the guard alive unlocks, and the next thread gets the lock.
pub fn unlock_while_panicking<L: Spinning>() {
    let counter = fresh::<L, _>(Counter::new());
    let other = {
        let counter = Arc::clone(&counter);
        go(move || {
            let result = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| {
                let counter = counter.lock();
                counter.increment();
                panic!("with the guard alive");
            }));
            assert!(result.is_err());
        })
    };
    counter.lock().increment();
    other.join().unwrap();
    assert_eq!(counter.lock().get(), 2);
}
