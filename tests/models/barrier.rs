//! Programs over a barrier. Each states what it shows; a wrong one fails an assertion in it, races, or leaves
//! somebody asleep.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use super::lifetime::Mortal;
use super::mutex::Outcomes;
use super::{Counter, go, soon};
use crate::selvedge;
use selvedge::sys::Instant;

/// The barrier under test. Where a generation is complete, the result is whether this was the leader.
pub trait AnyBarrier: Send + Sync + 'static {
    /// An arrival that is not waited for yet.
    type Arrival<'a>: Send;
    /// Lets so many meet.
    fn new(threads: usize) -> Self;
    /// Arrives and waits.
    fn wait(&self) -> bool;
    /// The same, and gives up at any moment.
    fn wait_until(&self, deadline: Instant) -> Option<bool>;
    /// Arrives.
    fn arrive(&self) -> Self::Arrival<'_>;
    /// Waits for an arrival.
    fn finish(arrival: Self::Arrival<'_>) -> bool;
    /// The same, and gives up at any moment.
    fn finish_until(arrival: Self::Arrival<'_>, deadline: Instant) -> Option<bool>;
    /// Whether enough have arrived.
    fn is_complete(arrival: &Self::Arrival<'_>) -> bool;
    /// Takes it back, unless it is too late.
    fn cancel(arrival: Self::Arrival<'_>) -> Option<bool>;
}

/// What is shipped.
pub type Shipped = selvedge::Barrier;

impl AnyBarrier for Shipped {
    type Arrival<'a> = selvedge::BarrierArrival<'a>;
    fn new(threads: usize) -> Self {
        Self::new(threads)
    }
    fn wait(&self) -> bool {
        self.wait().is_leader()
    }
    fn wait_until(&self, deadline: Instant) -> Option<bool> {
        Some(self.wait_until(deadline).ok()?.is_leader())
    }
    fn arrive(&self) -> Self::Arrival<'_> {
        self.arrive()
    }
    fn finish(arrival: Self::Arrival<'_>) -> bool {
        arrival.wait().is_leader()
    }
    fn finish_until(arrival: Self::Arrival<'_>, deadline: Instant) -> Option<bool> {
        Some(arrival.wait_until(deadline).ok()?.is_leader())
    }
    fn is_complete(arrival: &Self::Arrival<'_>) -> bool {
        arrival.is_complete()
    }
    fn cancel(arrival: Self::Arrival<'_>) -> Option<bool> {
        Some(arrival.cancel().err()?.is_leader())
    }
}

/// A barrier, what its threads leave behind before they arrive, and what they were told.
struct Meeting<B> {
    barrier: B,
    threads: usize,
    /// One for each thread and step.
    done: Vec<Counter>,
    /// How many have begun to arrive. Ordinary memory, so that it orders nothing.
    begun: AtomicU32,
    /// How many were told that their generation is complete.
    met: AtomicU32,
    /// How many were told that they lead.
    leaders: AtomicU32,
}

impl<B: AnyBarrier> Meeting<B> {
    /// `threads` that meet, and as many who do something before.
    fn new(threads: usize, steps: usize) -> Arc<Self> {
        Self::of_workers(threads, threads * steps)
    }

    fn of_workers(threads: usize, workers: usize) -> Arc<Self> {
        Arc::new(Self {
            barrier: B::new(threads),
            threads,
            done: (0..workers).map(|_| Counter::new()).collect(),
            begun: AtomicU32::new(0),
            met: AtomicU32::new(0),
            leaders: AtomicU32::new(0),
        })
    }

    /// Does its part; the arrival is to follow.
    fn work(&self, worker: usize) {
        self.done[worker].increment();
        self.begun.fetch_add(1, Relaxed);
    }

    /// Notes what came of an arrival.
    fn met(&self, leader: bool) {
        self.met.fetch_add(1, Relaxed);
        self.leaders.fetch_add(leader.into(), Relaxed);
    }

    /// Nobody comes this far before all have arrived, and who does sees everything that was done in this step.
    fn assert_done(&self, step: usize) {
        let begun = self.begun.load(Relaxed) as usize;
        assert!(begun >= self.threads * (step + 1), "it opens too early");
        for done in &self.done[step * self.threads..][..self.threads] {
            assert_eq!(done.get(), 1, "an arrival is missing");
        }
    }

    /// All who met were enough for so many generations, with one leader each; and the barrier is as new.
    fn assert_met(&self, generations: usize) {
        assert_eq!(self.met.load(Relaxed) as usize, generations * self.threads);
        assert_eq!(self.leaders.load(Relaxed) as usize, generations);
        self.assert_as_new();
    }

    /// As `assert_met`, for as many generations as there were.
    fn assert_met_evenly(&self) {
        self.assert_met(self.leaders.load(Relaxed) as usize);
    }

    /// As many arrivals as are needed, from this thread alone; not fewer and not more.
    fn assert_as_new(&self) {
        let mut arrivals: Vec<_> = (0..self.threads).map(|_| self.barrier.arrive()).collect();
        let last = arrivals.pop().expect("at least one");
        assert!(B::is_complete(&last), "one is needed that is too many");
        assert!(B::finish(last), "an arrival is left over");
        for arrival in arrivals {
            assert!(B::is_complete(&arrival), "an arrival is missing");
            assert!(!B::finish(arrival), "two leaders");
        }
    }
}

/// All wait for all, again and again.
pub fn meets<B: AnyBarrier>(
    threads: usize,
    steps: usize,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let meeting = Meeting::<B>::new(threads, steps);
        let walk = move |meeting: &Meeting<B>, thread: usize| {
            for step in 0..steps {
                meeting.work(step * threads + thread);
                meeting.met(meeting.barrier.wait());
                meeting.assert_done(step);
            }
        };
        let others: Vec<_> = (1..threads)
            .map(|thread| {
                let meeting = Arc::clone(&meeting);
                go(move || walk(&meeting, thread))
            })
            .collect();
        walk(&meeting, 0);
        others.into_iter().for_each(|other| other.join().unwrap());
        meeting.assert_met(steps);
    }
}

/// Two meet, in each generation other ones: everybody meets somebody, once.
pub fn more_than_meet<B: AnyBarrier>(threads: usize) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let meeting = Meeting::<B>::new(2, 0);
        let others: Vec<_> = (1..threads)
            .map(|_| {
                let meeting = Arc::clone(&meeting);
                go(move || meeting.met(meeting.barrier.wait()))
            })
            .collect();
        meeting.met(meeting.barrier.wait());
        others.into_iter().for_each(|other| other.join().unwrap());
        meeting.assert_met(threads / 2);
    }
}

/// A waiter that is slow to leave, while later generations complete: it leaves all the same.
pub fn overtaken<B: AnyBarrier>(generations: usize) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let meeting = Meeting::<B>::of_workers(2, 1);
        let waiter = {
            let meeting = Arc::clone(&meeting);
            go(move || {
                meeting.work(0);
                meeting.met(meeting.barrier.wait());
            })
        };
        let arrivals: Vec<_> = (1..2 * generations)
            .map(|_| meeting.barrier.arrive())
            .collect();
        for arrival in arrivals {
            meeting.met(B::finish(arrival));
        }
        assert_eq!(meeting.done[0].get(), 1, "an arrival is missing");
        // One of a generation that nobody completes. The waiter need not meet that one to leave.
        let more = meeting.barrier.arrive();
        waiter.join().unwrap();
        assert_eq!(B::cancel(more), None, "one is enough");
        meeting.assert_met(generations);
    }
}

/// Arriving and waiting apart: what is between is not waited for.
pub fn arrives_and_waits<B: AnyBarrier>(
    threads: usize,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let meeting = Meeting::<B>::new(threads, 1);
        let others: Vec<_> = (1..threads)
            .map(|thread| {
                let meeting = Arc::clone(&meeting);
                go(move || {
                    meeting.work(thread);
                    let arrival = meeting.barrier.arrive();
                    meeting.met(B::finish(arrival));
                    meeting.assert_done(0);
                })
            })
            .collect();
        meeting.work(0);
        let arrival = meeting.barrier.arrive();
        if B::is_complete(&arrival) {
            meeting.assert_done(0);
        }
        meeting.met(B::finish(arrival));
        meeting.assert_done(0);
        others.into_iter().for_each(|other| other.join().unwrap());
        meeting.assert_met(1);
    }
}

/// Deadlines on all sides: either enough have met and all of them are told so, or it is as if nobody had been there.
/// And then those who were there meet without deadlines.
pub fn timeout<B: AnyBarrier>(
    threads: usize,
    split: bool,
    outcomes: &Arc<Outcomes>,
) -> impl Fn() + Send + Sync + Clone + 'static + use<B> {
    let outcomes = Arc::clone(outcomes);
    move || {
        let meeting = Meeting::<B>::new(threads, 1);
        let timed = move |meeting: &Meeting<B>, outcomes: &Outcomes, thread: usize| {
            meeting.work(thread);
            let deadline = Instant::now() + soon();
            let met = if split {
                B::finish_until(meeting.barrier.arrive(), deadline)
            } else {
                meeting.barrier.wait_until(deadline)
            };
            if let Some(leader) = met {
                meeting.met(leader);
                meeting.assert_done(0);
                outcomes.locked.fetch_add(1, Relaxed);
            } else {
                outcomes.timed_out.fetch_add(1, Relaxed);
            }
        };
        let others: Vec<_> = (1..threads)
            .map(|thread| {
                let (meeting, outcomes) = (Arc::clone(&meeting), Arc::clone(&outcomes));
                go(move || timed(&meeting, &outcomes, thread))
            })
            .collect();
        timed(&meeting, &outcomes, 0);
        others.into_iter().for_each(|other| other.join().unwrap());
        meeting.assert_met_evenly();
    }
}

/// Who gives up comes again, and then waits: it meets the one who has waited all the time.
pub fn timeout_and_again<B: AnyBarrier>(
    patient: usize,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let meeting = Meeting::<B>::new(patient + 1, 1);
        let others: Vec<_> = (1..=patient)
            .map(|thread| {
                let meeting = Arc::clone(&meeting);
                go(move || {
                    meeting.work(thread);
                    meeting.met(meeting.barrier.wait());
                    meeting.assert_done(0);
                })
            })
            .collect();
        meeting.work(0);
        let met = meeting.barrier.wait_until(Instant::now() + soon());
        meeting.met(met.unwrap_or_else(|| meeting.barrier.wait()));
        meeting.assert_done(0);
        others.into_iter().for_each(|other| other.join().unwrap());
        meeting.assert_met(1);
    }
}

/// More threads than meet, all with deadlines: two meet, or none.
pub fn more_than_meet_timed<B: AnyBarrier>(
    threads: usize,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let meeting = Meeting::<B>::new(2, 0);
        let timed = |meeting: &Meeting<B>| {
            if let Some(leader) = meeting.barrier.wait_until(Instant::now() + soon()) {
                meeting.met(leader);
            }
        };
        let others: Vec<_> = (1..threads)
            .map(|_| {
                let meeting = Arc::clone(&meeting);
                go(move || timed(&meeting))
            })
            .collect();
        timed(&meeting);
        others.into_iter().for_each(|other| other.join().unwrap());
        meeting.assert_met_evenly();
    }
}

/// Taken back, or too late; and if it was taken back, the thread comes again. Whoever waits meets it once.
pub fn cancel<B: AnyBarrier>(patient: usize) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let meeting = Meeting::<B>::new(patient + 1, 1);
        let others: Vec<_> = (1..=patient)
            .map(|thread| {
                let meeting = Arc::clone(&meeting);
                go(move || {
                    meeting.work(thread);
                    meeting.met(meeting.barrier.wait());
                    meeting.assert_done(0);
                })
            })
            .collect();
        meeting.work(0);
        let too_late = B::cancel(meeting.barrier.arrive());
        meeting.met(too_late.unwrap_or_else(|| meeting.barrier.wait()));
        meeting.assert_done(0);
        others.into_iter().for_each(|other| other.join().unwrap());
        meeting.assert_met(1);
    }
}

/// A cancellation beside a deadline: either both have met, or neither.
pub fn cancel_beside_timeout<B: AnyBarrier>() {
    let meeting = Meeting::<B>::new(2, 1);
    let other = {
        let meeting = Arc::clone(&meeting);
        go(move || {
            meeting.work(1);
            if let Some(leader) = B::cancel(meeting.barrier.arrive()) {
                meeting.met(leader);
                meeting.assert_done(0);
            }
        })
    };
    meeting.work(0);
    if let Some(leader) = meeting.barrier.wait_until(Instant::now() + soon()) {
        meeting.met(leader);
        meeting.assert_done(0);
    }
    other.join().unwrap();
    meeting.assert_met_evenly();
}

/// An arrival is taken back only from its own generation. Main arrives twice, another thread once, and two meet: one
/// generation is complete whatever is cancelled later, and one arrival is too many.
pub fn cancels_its_own<B: AnyBarrier>() {
    let meeting = Meeting::<B>::new(2, 0);
    let other = {
        let meeting = Arc::clone(&meeting);
        go(move || {
            if let Some(leader) = B::cancel(meeting.barrier.arrive()) {
                meeting.met(leader);
            }
        })
    };
    let mut missing = Vec::new();
    for arrival in [(); 2].map(|()| meeting.barrier.arrive()) {
        if B::is_complete(&arrival) {
            meeting.met(B::finish(arrival));
        } else {
            missing.push(arrival);
        }
    }
    other.join().unwrap();
    for arrival in missing {
        // Nobody moves any more.
        if B::is_complete(&arrival) {
            meeting.met(B::finish(arrival));
        } else {
            assert_eq!(B::cancel(arrival), None, "another one took it back");
        }
    }
    meeting.assert_met_evenly();
}

/// Arrivals that are dropped are taken back: two of them, which are enough if two meet, and not if three do.
pub fn dropped<B: AnyBarrier>(threads: usize) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let meeting = Meeting::<B>::new(threads, 0);
        let other = {
            let meeting = Arc::clone(&meeting);
            go(move || drop(meeting.barrier.arrive()))
        };
        let arrival = meeting.barrier.arrive();
        let before = B::is_complete(&arrival);
        assert!(!before || threads == 2, "two are not enough");
        other.join().unwrap();
        assert!(B::is_complete(&arrival) || !before);
        drop(arrival);
        meeting.assert_as_new();
    }
}

/// For a barrier whose generation comes round after four: an arrival of long ago is not taken from a count that is
/// zero.
pub fn comes_round<B: AnyBarrier>() {
    let meeting = Meeting::<B>::new(2, 0);
    let arrival = meeting.barrier.arrive();
    for _ in 0..7 {
        core::mem::forget(meeting.barrier.arrive());
    }
    assert_eq!(B::cancel(arrival), Some(false));
    meeting.assert_as_new();
}

/// Freed by the thread that has waited for it, while the last arrival may still be in its call.
pub fn freed_by_the_waiter<B: AnyBarrier>(
    split: bool,
    timed: bool,
) -> impl Fn() + Send + Sync + Clone + 'static {
    /// Whoever does not lead frees it: two meet, so that nobody else waits.
    fn meet<B: AnyBarrier>(barrier: &Mortal<B>, split: bool, timed: bool) {
        let b = barrier.get();
        let leader = match (split, timed) {
            (false, false) => b.wait(),
            (true, false) => B::finish(b.arrive()),
            (false, true) => b
                .wait_until(Instant::now() + soon())
                .unwrap_or_else(|| b.wait()),
            (true, true) => {
                // The last to arrive finds that it is too late, without a look at the barrier.
                let arrival = b.arrive();
                B::cancel(arrival).unwrap_or_else(|| b.wait())
            }
        };
        if !leader {
            barrier.kill();
        }
    }
    move || {
        let barrier = Mortal::new(B::new(2));
        let other = {
            let barrier = Arc::clone(&barrier);
            go(move || meet(&barrier, split, timed))
        };
        meet(&barrier, split, false);
        other.join().unwrap();
    }
}
