//! Programs over a latch. Each states what it shows; a wrong one fails an assertion in it, races, or leaves
//! somebody asleep.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use super::lifetime::Mortal;
use super::mutex::Outcomes;
use super::{Counter, go, soon};
use crate::selvedge;
use selvedge::sys::Instant;
use selvedge::sys::thread::JoinHandle;

/// The latch under test.
pub trait AnyLatch: Send + Sync + 'static {
    /// Opens after so many.
    fn new(count: u32) -> Self;
    /// Takes from the count.
    fn count_down_by(&self, n: u32);
    /// Takes one and waits.
    fn arrive_and_wait(&self);
    /// Whether it is open.
    fn is_open(&self) -> bool;
    /// How many are missing.
    fn count(&self) -> u32;
    /// Waits.
    fn wait(&self);
    /// Waits and gives up at any moment; whether it is open.
    fn wait_until(&self, deadline: Instant) -> bool;
}

/// What is shipped.
pub type Shipped = selvedge::Latch;

impl AnyLatch for Shipped {
    fn new(count: u32) -> Self {
        Self::new(count)
    }
    fn count_down_by(&self, n: u32) {
        self.count_down_by(n);
    }
    fn arrive_and_wait(&self) {
        self.arrive_and_wait();
    }
    fn is_open(&self) -> bool {
        self.is_open()
    }
    fn count(&self) -> u32 {
        self.count()
    }
    fn wait(&self) {
        self.wait();
    }
    fn wait_until(&self, deadline: Instant) -> bool {
        self.wait_until(deadline)
    }
}

/// A latch, and what those who count it down leave behind.
struct Work<L> {
    latch: L,
    /// One for each thread that counts down.
    done: Vec<Counter>,
    /// How many count-downs have begun. Ordinary memory, so that it orders nothing.
    begun: AtomicU32,
}

impl<L: AnyLatch> Work<L> {
    fn new(workers: usize) -> Arc<Self> {
        Self::counted(workers, workers as u32)
    }

    fn counted(workers: usize, count: u32) -> Arc<Self> {
        Arc::new(Self {
            latch: L::new(count),
            done: (0..workers).map(|_| Counter::new()).collect(),
            begun: AtomicU32::new(0),
        })
    }

    /// Does its part; the count-down is to follow.
    fn work(&self, worker: usize, counts: u32) {
        self.done[worker].increment();
        self.begun.fetch_add(counts, Relaxed);
    }

    fn worker(self: &Arc<Self>, worker: usize, counts: u32) -> JoinHandle<()> {
        let work = Arc::clone(self);
        go(move || {
            work.work(worker, counts);
            work.latch.count_down_by(counts);
        })
    }

    fn waiter(self: &Arc<Self>) -> JoinHandle<()> {
        let work = Arc::clone(self);
        go(move || {
            work.latch.wait();
            work.assert_done();
        })
    }

    /// Nobody comes this far before the last count-down, and who does sees everything.
    fn assert_done(&self) {
        for done in &self.done {
            assert_eq!(done.get(), 1, "a count-down is missing");
        }
    }
}

/// Everybody waits for everybody who counts down, and sees what each of them did.
pub fn opens<L: AnyLatch>(
    workers: usize,
    waiters: usize,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let work = Work::<L>::new(workers);
        let mut others: Vec<_> = (0..workers).map(|worker| work.worker(worker, 1)).collect();
        others.extend((1..waiters).map(|_| work.waiter()));
        work.latch.wait();
        assert_eq!(work.begun.load(Relaxed), workers as u32);
        work.assert_done();
        assert!(work.latch.is_open());
        others.into_iter().for_each(|other| other.join().unwrap());
    }
}

/// Whoever sees that it is open, or that nothing is missing, sees what was done.
pub fn open_is_visible<L: AnyLatch>(by_count: bool) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let work = Work::<L>::new(1);
        let worker = work.worker(0, 1);
        let open = if by_count {
            work.latch.count() == 0
        } else {
            work.latch.is_open()
        };
        if open {
            work.assert_done();
        }
        worker.join().unwrap();
    }
}

/// Those who count down also wait, and see what all the others did.
pub fn arrive_and_wait<L: AnyLatch>(threads: usize) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let work = Work::<L>::new(threads);
        let arrive = |work: &Work<L>, worker| {
            work.work(worker, 1);
            work.latch.arrive_and_wait();
            assert_eq!(work.begun.load(Relaxed) as usize, work.done.len());
            work.assert_done();
        };
        let others: Vec<_> = (1..threads)
            .map(|worker| {
                let work = Arc::clone(&work);
                go(move || arrive(&work, worker))
            })
            .collect();
        arrive(&work, 0);
        others.into_iter().for_each(|other| other.join().unwrap());
    }
}

/// Several at once, beside single ones; the last step may come from either.
pub fn by_several<L: AnyLatch>() {
    let work = Work::<L>::counted(2, 3);
    let other = work.worker(0, 2);
    work.work(1, 1);
    work.latch.count_down_by(0);
    work.latch.count_down_by(1);
    assert!(work.latch.count() == 2 || work.latch.is_open());
    work.latch.wait();
    assert_eq!(work.begun.load(Relaxed), 3);
    work.assert_done();
    other.join().unwrap();
}

/// A deadline may come at any moment of the count-downs; one who waits on is let go in any case.
pub fn timeout<L: AnyLatch>(
    workers: usize,
    patient: bool,
    outcomes: &Arc<Outcomes>,
) -> impl Fn() + Send + Sync + Clone + 'static + use<L> {
    let outcomes = Arc::clone(outcomes);
    move || {
        let work = Work::<L>::new(workers);
        let mut others: Vec<_> = (0..workers).map(|worker| work.worker(worker, 1)).collect();
        others.extend(patient.then(|| work.waiter()));
        if work.latch.wait_until(Instant::now() + soon()) {
            work.assert_done();
            outcomes.locked.fetch_add(1, Relaxed);
        } else {
            outcomes.timed_out.fetch_add(1, Relaxed);
        }
        others.into_iter().for_each(|other| other.join().unwrap());
        assert!(work.latch.wait_until(Instant::now()), "it is open for ever");
    }
}

/// Two that take the whole count: one of them panics and changes nothing, whichever it is.
pub fn one_too_many<L: AnyLatch>(by: u32) -> impl Fn() + Send + Sync + Clone + 'static {
    /// Whether it panicked.
    fn count_down<L: AnyLatch>(latch: &L, by: u32) -> bool {
        let Err(payload) = catch_unwind(AssertUnwindSafe(|| latch.count_down_by(by))) else {
            return false;
        };
        let message = payload.downcast_ref::<String>().expect("a message");
        assert!(message.contains("a Latch is counted down by"), "{message}");
        true
    }
    move || {
        let latch = Arc::new(L::new(by));
        let refused = Arc::new(AtomicU32::new(0));
        let other = {
            let (latch, refused) = (Arc::clone(&latch), Arc::clone(&refused));
            go(move || {
                refused.fetch_add(count_down(&*latch, by).into(), Relaxed);
            })
        };
        refused.fetch_add(count_down(&*latch, by).into(), Relaxed);
        assert_eq!(latch.count(), 0, "it counts below zero");
        latch.wait();
        other.join().unwrap();
        assert_eq!(refused.load(Relaxed), 1);
        assert_eq!(latch.count(), 0, "it counts below zero");
    }
}

/// Freed by the thread that has waited for it, while the last count-down may still be in its call.
pub fn freed_by_the_waiter<L: AnyLatch>(
    arrives: bool,
    timed: bool,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let latch = Mortal::new(L::new(2));
        latch.get().count_down_by(1);
        let other = {
            let latch = Arc::clone(&latch);
            go(move || {
                if arrives {
                    latch.get().arrive_and_wait();
                } else {
                    latch.get().count_down_by(1);
                }
            })
        };
        if !timed || !latch.get().wait_until(Instant::now() + soon()) {
            latch.get().wait();
        }
        latch.kill();
        other.join().unwrap();
    }
}

/// Freed by a thread that has waited, while two others may still be in their calls: the one whose count-down was
/// not the last must not touch it either.
pub fn freed_beside_two<L: AnyLatch>() {
    let latch = Mortal::new(L::new(2));
    let others = [(); 2].map(|()| {
        let latch = Arc::clone(&latch);
        go(move || latch.get().count_down_by(1))
    });
    latch.get().wait();
    latch.kill();
    others.into_iter().for_each(|other| other.join().unwrap());
}
