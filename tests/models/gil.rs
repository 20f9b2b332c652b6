//! Programs over a `Gil`. Each states what it shows; a wrong one fails an assertion in it, loses an increment, races, or
//! leaves somebody asleep.

use std::ops::DerefMut;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::lifetime::Mortal;
use super::{Counter, go};
use crate::selvedge;
pub use selvedge::gil::{AttachError, Policy, Statistics};
use selvedge::lock_api;
use selvedge::sys::{self, AtomicBool, Duration, Ordering, thread};

/// What a Gil is asked for.
pub trait AnyGil<T: Send + 'static>: core::fmt::Debug + Send + Sync + 'static {
    /// What says that the thread is attached.
    type Attached<'a>: AnyAttached<T>;
    /// With this policy.
    fn new(state: T, policy: Policy) -> Self;
    /// Attaches.
    fn attach(&self) -> Result<Self::Attached<'_>, AttachError>;
    /// Attaches, if that is possible at once.
    fn try_attach(&self) -> Result<Option<Self::Attached<'_>>, AttachError>;
    /// Attaches, if that is possible in time.
    fn attach_for(&self, timeout: Duration) -> Result<Option<Self::Attached<'_>>, AttachError>;
    /// Whether it was finalized.
    fn is_finalized(&self) -> bool;
    /// Whether somebody is in the queue.
    fn has_waiters(&self) -> bool;
    /// What it has counted.
    fn statistics(&self) -> Statistics;
    /// The state, and the Gil is gone.
    fn into_inner(self) -> T;
}

/// What a token is asked for. Where the Gil was finalized meanwhile, the result is an error with what there is.
#[allow(
    clippy::result_unit_err,
    reason = "there is one error, and here it is nothing"
)]
pub trait AnyAttached<T>: DerefMut<Target = T> {
    /// Gives way, if need be.
    fn checkpoint(&mut self) -> Result<(), ()>;
    /// Whether somebody has asked.
    fn is_asked(&self) -> bool;
    /// Computes until somebody has asked.
    fn until_asked(&self);
    /// Detaches meanwhile.
    fn detach<R>(&mut self, body: impl FnOnce() -> R) -> Result<R, R>;
    /// Locks without keeping the others waiting.
    fn detach_while_locking<'m, R: lock_api::RawMutex, U>(
        &mut self,
        mutex: &'m lock_api::Mutex<R, U>,
    ) -> Result<lock_api::MutexGuard<'m, R, U>, lock_api::MutexGuard<'m, R, U>>;
    /// Ends it.
    fn finalize(&mut self);
    /// Whether the thread is attached.
    fn is_attached(&self) -> bool;
}

/// The type under test.
pub trait Kit: 'static {
    /// The Gil.
    type Gil<T: Send + 'static>: AnyGil<T>;
}

/// Makes a kit of the module `gil` that is in scope.
macro_rules! kit {
    ($kit:ty, $gil:ident) => {
        const _: () = {
            use crate::models::gil::{AnyAttached, AnyGil, AttachError, Kit, Policy, Statistics};
            use crate::selvedge::lock_api;
            use crate::selvedge::sys::Duration;
            use $gil::{Attached, Finalized, Gil};

            fn error(error: $gil::AttachError) -> AttachError {
                match error {
                    $gil::AttachError::AlreadyAttached => AttachError::AlreadyAttached,
                    _ => AttachError::Finalized,
                }
            }

            impl<T: Send + 'static> AnyGil<T> for Gil<T> {
                type Attached<'a> = Attached<'a, T>;
                fn new(state: T, policy: Policy) -> Self {
                    Gil::with_policy(state, policy)
                }
                #[track_caller]
                fn attach(&self) -> Result<Attached<'_, T>, AttachError> {
                    Gil::attach(self).map_err(error)
                }
                #[track_caller]
                fn try_attach(&self) -> Result<Option<Attached<'_, T>>, AttachError> {
                    Gil::try_attach(self).map_err(error)
                }
                #[track_caller]
                fn attach_for(
                    &self,
                    timeout: Duration,
                ) -> Result<Option<Attached<'_, T>>, AttachError> {
                    Gil::attach_for(self, timeout).map_err(error)
                }
                fn is_finalized(&self) -> bool {
                    Gil::is_finalized(self)
                }
                fn has_waiters(&self) -> bool {
                    Gil::has_waiters(self)
                }
                fn statistics(&self) -> Statistics {
                    Gil::statistics(self)
                }
                fn into_inner(self) -> T {
                    Gil::into_inner(self)
                }
            }

            impl<T: Send + 'static> AnyAttached<T> for Attached<'_, T> {
                #[track_caller]
                fn checkpoint(&mut self) -> Result<(), ()> {
                    Attached::checkpoint(self).map_err(Finalized::into_inner)
                }
                fn is_asked(&self) -> bool {
                    Attached::is_asked(self)
                }
                fn until_asked(&self) {
                    Attached::until_asked(self);
                }
                #[track_caller]
                fn detach<R>(&mut self, body: impl FnOnce() -> R) -> Result<R, R> {
                    Attached::detach(self, body).map_err(Finalized::into_inner)
                }
                #[track_caller]
                fn detach_while_locking<'m, R: lock_api::RawMutex, U>(
                    &mut self,
                    mutex: &'m lock_api::Mutex<R, U>,
                ) -> Result<lock_api::MutexGuard<'m, R, U>, lock_api::MutexGuard<'m, R, U>>
                {
                    Attached::detach_while_locking(self, mutex).map_err(Finalized::into_inner)
                }
                #[track_caller]
                fn finalize(&mut self) {
                    Attached::finalize(self);
                }
                fn is_attached(&self) -> bool {
                    Attached::is_attached(self)
                }
            }

            impl Kit for $kit {
                type Gil<T: Send + 'static> = Gil<T>;
            }
        };
    };
}
#[allow(unused_imports, reason = "for the twins")]
pub(crate) use kit;

/// What is shipped.
pub struct Shipped;

mod shipped {
    use crate::selvedge::gil;
    kit!(super::Shipped, gil);
}

// In a model a deadline may come at any moment, and which of two is the earlier is decided by the clock beforehand: so
// they are far apart.
const SOON: Duration = Duration::from_millis(1);
const LATE: Duration = Duration::from_secs(3600);

/// Who waits never asks.
pub const PATIENT: Policy = Policy::Interval {
    every: Duration::MAX,
    returning: None,
};
/// The first in the queue asks, at any moment.
pub const ASKING: Policy = Policy::Interval {
    every: SOON,
    returning: None,
};
/// Who comes back goes first and asks at once; the others never ask.
pub const RETURNING_FIRST: Policy = Policy::Interval {
    every: Duration::MAX,
    returning: Some(Duration::ZERO),
};
/// Who comes back goes first and asks at once; the others ask at any moment.
pub const ALL_ASK: Policy = Policy::Interval {
    every: SOON,
    returning: Some(Duration::ZERO),
};

type Gil<K, T> = <K as Kit>::Gil<T>;

fn make<K: Kit, T: Send + 'static>(state: T, policy: Policy) -> Arc<Gil<K, T>> {
    Arc::new(Gil::<K, T>::new(state, policy))
}

/// Nobody is attached or waits, nothing was finalized, and nothing is left in the word.
fn assert_idle<K: Kit, T: Send + 'static>(gil: &Gil<K, T>) {
    let shown = format!("{gil:?}");
    assert!(!shown.contains("true"), "something is left: {shown}");
    let token = gil.attach().expect("it is free");
    assert!(!token.is_asked(), "a request is left");
}

/// A flag that orders nothing, and can be waited for.
struct Gate(AtomicBool);

impl Gate {
    fn new() -> Arc<Self> {
        Arc::new(Self(AtomicBool::new(false)))
    }
    fn open(&self) {
        self.0.swap(true, Ordering::Relaxed);
    }
    fn wait(&self) {
        sys::spin_until(&self.0, Ordering::Relaxed, |open| open);
    }
}

/// Lets the others go on for a while, so that in many executions they are asleep afterwards.
fn linger() {
    for _ in 0..3 {
        thread::yield_now();
    }
}

/// One thread at a time, each sees what the last one did, and nobody is left asleep.
pub fn exclusion<K: Kit>(
    threads: u32,
    rounds: u32,
    policy: Policy,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let gil = make::<K, _>(Counter::new(), policy);
        let turns = move |gil: &Gil<K, Counter>| {
            for _ in 0..rounds {
                gil.attach().expect("nobody finalizes").increment();
            }
        };
        let others: Vec<_> = (1..threads)
            .map(|_| {
                let gil = Arc::clone(&gil);
                go(move || turns(&gil))
            })
            .collect();
        turns(&gil);
        others.into_iter().for_each(|other| other.join().unwrap());
        assert_eq!(gil.attach().unwrap().get(), threads * rounds);
        assert_idle::<K, _>(&gil);
    }
}

/// The same, with one that comes and goes inside of one attachment.
pub fn detaching<K: Kit>(
    threads: u32,
    policy: Policy,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let gil = make::<K, _>(Counter::new(), policy);
        let turn = |gil: &Gil<K, Counter>| {
            let mut token = gil.attach().expect("nobody finalizes");
            token.increment();
            assert_eq!(token.detach(|| 7), Ok(7));
            token.increment();
            token.checkpoint().expect("nobody finalizes");
            token.increment();
        };
        let others: Vec<_> = (1..threads)
            .map(|_| {
                let gil = Arc::clone(&gil);
                go(move || turn(&gil))
            })
            .collect();
        turn(&gil);
        others.into_iter().for_each(|other| other.join().unwrap());
        assert_eq!(gil.attach().unwrap().get(), 3 * threads);
        assert_idle::<K, _>(&gil);
    }
}

/// An attempt does not sleep, lets no two in, and succeeds when nobody is attached.
pub fn try_attach<K: Kit>() {
    let gil = make::<K, _>(Counter::new(), PATIENT);
    let other = {
        let gil = Arc::clone(&gil);
        go(move || gil.attach().unwrap().increment())
    };
    let mut got = 0;
    for _ in 0..2 {
        if let Some(token) = gil.try_attach().unwrap() {
            token.increment();
            got += 1;
        }
    }
    other.join().unwrap();
    let token = gil.try_attach().unwrap().expect("nobody is attached");
    assert_eq!(token.get(), 1 + got);
}

/// A thread that computes until it is asked lets everybody in: each checkpoint at which somebody had asked gives way
/// before it returns, and no request is lost.
pub fn everybody_gets_in<K: Kit>(
    threads: u32,
    policy: Policy,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let gil = make::<K, _>(Counter::new(), policy);
        let mut token = gil.attach().unwrap();
        let others: Vec<_> = (0..threads)
            .map(|_| {
                let gil = Arc::clone(&gil);
                go(move || gil.attach().unwrap().increment())
            })
            .collect();
        while token.get() < threads {
            token.until_asked();
            let before = token.get();
            token.checkpoint().expect("nobody finalizes");
            assert!(token.get() > before, "it did not give way");
        }
        drop(token);
        others.into_iter().for_each(|other| other.join().unwrap());
        assert_idle::<K, _>(&gil);
        let statistics = gil.statistics();
        assert!(statistics.forced_hand_overs > 0 && statistics.requests > 0);
        assert!(statistics.waits > statistics.forced_hand_overs);
    }
}

/// The same, and those who were let in compute until they are asked as well: whoever is the first in the queue then has a
/// clock.
pub fn everybody_computes<K: Kit>(
    threads: u32,
    policy: Policy,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let gil = make::<K, _>(Counter::new(), policy);
        let mut token = gil.attach().unwrap();
        let others: Vec<_> = (0..threads)
            .map(|_| {
                let gil = Arc::clone(&gil);
                go(move || {
                    let mut token = gil.attach().unwrap();
                    token.increment();
                    if token.get() < threads {
                        // The one that computes until all were in waits, if nobody else does.
                        token.until_asked();
                        token.checkpoint().expect("nobody finalizes");
                    }
                })
            })
            .collect();
        while token.get() < threads {
            token.until_asked();
            token.checkpoint().expect("nobody finalizes");
        }
        drop(token);
        others.into_iter().for_each(|other| other.join().unwrap());
        assert_idle::<K, _>(&gil);
    }
}

/// Whoever was asked and leaves of its own accord hands over too: it does not come back before the one that asked.
pub fn leaving_hands_over<K: Kit>() {
    let gil = make::<K, _>(Counter::new(), ASKING);
    let mut token = gil.attach().unwrap();
    let other = {
        let gil = Arc::clone(&gil);
        go(move || gil.attach().unwrap().increment())
    };
    token.until_asked();
    token.detach(|| ()).expect("nobody finalizes");
    assert_eq!(token.get(), 1, "the one that asked was overtaken");
    assert!(!token.is_asked(), "a request is left");
    drop(token);
    other.join().unwrap();
    let hand_overs = gil.statistics().voluntary_hand_overs;
    assert!((1..=2).contains(&hand_overs), "it may come back and ask");
    assert_idle::<K, _>(&gil);
}

/// How many executions of a program with deadlines got in, and how many did not.
#[derive(Default)]
pub struct Outcomes {
    /// Got in.
    pub attached: AtomicUsize,
    /// Gave up.
    pub timed_out: AtomicUsize,
    /// Found it final.
    pub finalized: AtomicUsize,
}

impl Outcomes {
    /// The exploration reached these ends.
    pub fn assert_both(&self) {
        assert!(self.attached.load(Relaxed) > 0, "nobody got in");
        assert!(self.timed_out.load(Relaxed) > 0, "nobody gave up");
    }

    /// The exploration reached these ends.
    pub fn assert_finalized(&self) {
        assert!(self.attached.load(Relaxed) > 0, "nobody got in");
        assert!(self.finalized.load(Relaxed) > 0, "nobody came too late");
    }

    fn note<T: AnyAttached<Counter>>(&self, result: Result<Option<T>, AttachError>) {
        let count = match result {
            Ok(Some(token)) => {
                token.increment();
                &self.attached
            }
            Ok(None) => &self.timed_out,
            Err(_) => &self.finalized,
        };
        count.fetch_add(1, Relaxed);
    }
}

/// A deadline may come at any moment of another thread's leaving, and leaves nothing behind.
pub fn timeout_against_leaving<K: Kit>(
    outcomes: &Arc<Outcomes>,
) -> impl Fn() + Send + Sync + Clone + 'static {
    let outcomes = Arc::clone(outcomes);
    move || {
        let gil = make::<K, _>(Counter::new(), PATIENT);
        let token = gil.attach().unwrap();
        let other = {
            let (gil, outcomes) = (Arc::clone(&gil), Arc::clone(&outcomes));
            go(move || outcomes.note(gil.attach_for(SOON)))
        };
        token.increment();
        drop(token);
        gil.attach().unwrap().increment();
        other.join().unwrap();
        assert_idle::<K, _>(&gil);
    }
}

/// One that waits leaves, and another that waits beside it gets in all the same.
pub fn timeout_beside_waiter<K: Kit>(
    policy: Policy,
    outcomes: &Arc<Outcomes>,
) -> impl Fn() + Send + Sync + Clone + 'static {
    let outcomes = Arc::clone(outcomes);
    move || {
        let gil = make::<K, _>(Counter::new(), policy);
        let token = gil.attach().unwrap();
        let timed = {
            let (gil, outcomes) = (Arc::clone(&gil), Arc::clone(&outcomes));
            go(move || outcomes.note(gil.attach_for(SOON)))
        };
        let patient = {
            let gil = Arc::clone(&gil);
            go(move || gil.attach().unwrap().increment())
        };
        drop(token);
        patient.join().unwrap();
        timed.join().unwrap();
        assert_idle::<K, _>(&gil);
    }
}

/// A thread asks, and gives up, at any moment: whoever is attached goes on, and is asked no more.
pub fn asker_leaves<K: Kit>(outcomes: &Arc<Outcomes>) -> impl Fn() + Send + Sync + Clone + 'static {
    let outcomes = Arc::clone(outcomes);
    move || {
        let policy = Policy::Interval {
            every: Duration::from_micros(1),
            returning: None,
        };
        let gil = make::<K, _>(Counter::new(), policy);
        let mut token = gil.attach().unwrap();
        let other = {
            let (gil, outcomes) = (Arc::clone(&gil), Arc::clone(&outcomes));
            go(move || outcomes.note(gil.attach_for(LATE)))
        };
        for _ in 0..2 {
            token.checkpoint().expect("nobody finalizes");
            token.increment();
        }
        drop(token);
        other.join().unwrap();
        assert_idle::<K, _>(&gil);
    }
}

/// The one that has asked is gone, and with it the request: the one that is attached need not give way to nobody.
pub fn asker_is_gone<K: Kit>() {
    let policy = Policy::Interval {
        every: Duration::from_micros(1),
        returning: None,
    };
    let gil = make::<K, _>(Counter::new(), policy);
    let mut token = gil.attach().unwrap();
    let other = {
        let gil = Arc::clone(&gil);
        go(move || assert!(gil.attach_for(LATE).unwrap().is_none()))
    };
    // It may have asked by now, or not.
    let _ = token.is_asked();
    other.join().unwrap();
    assert!(!token.is_asked(), "nobody is there who asks");
    assert!(!gil.has_waiters(), "nobody is there who waits");
    token.checkpoint().expect("nobody finalizes");
    assert_eq!(gil.statistics().forced_hand_overs, 0);
}

/// The one that has asked leaves before the checkpoint, and another one that has no clock any more is first then.
pub fn asker_leaves_another<K: Kit>() {
    let policy = Policy::Interval {
        every: Duration::from_micros(1),
        returning: None,
    };
    let gil = make::<K, _>(Counter::new(), policy);
    let mut token = gil.attach().unwrap();
    let timed = {
        let gil = Arc::clone(&gil);
        go(move || {
            if let Some(token) = gil.attach_for(LATE).unwrap() {
                token.increment();
            }
        })
    };
    let other = {
        let gil = Arc::clone(&gil);
        go(move || {
            let token = gil.attach().unwrap();
            token.increment();
            token.increment();
        })
    };
    while token.get() < 2 {
        token.until_asked();
        token.checkpoint().expect("nobody finalizes");
    }
    drop(token);
    timed.join().unwrap();
    other.join().unwrap();
    assert_idle::<K, _>(&gil);
}

/// The first in the queue has asked and gives up beside another one: that one has not asked by this, and when it does it
/// gets in.
pub fn asker_leaves_beside_another<K: Kit>() {
    let policy = Policy::Interval {
        every: Duration::from_micros(1),
        returning: None,
    };
    let gil = make::<K, _>(Counter::new(), policy);
    let mut token = gil.attach().unwrap();
    let timed = {
        let gil = Arc::clone(&gil);
        go(move || assert!(gil.attach_for(LATE).unwrap().is_none()))
    };
    let timed_is_first = gil.has_waiters();
    let other = {
        let gil = Arc::clone(&gil);
        go(move || gil.attach().unwrap().increment())
    };
    // It asks before it gives up, for its clock runs down before its deadline.
    timed.join().unwrap();
    let asked = token.is_asked();
    if timed_is_first && gil.statistics().requests == 1 {
        assert!(!asked, "the request is left of one that is not there");
    }
    token.until_asked();
    token.checkpoint().unwrap();
    assert_eq!(token.get(), 1, "the other one has asked");
    drop(token);
    other.join().unwrap();
    assert_idle::<K, _>(&gil);
}

/// It is finalized while another thread attaches, is away, waits for its turn: it is not left waiting, and is not let in
/// afterwards.
pub fn finalize<K: Kit>(
    policy: Policy,
    outcomes: &Arc<Outcomes>,
) -> impl Fn() + Send + Sync + Clone + 'static {
    let outcomes = Arc::clone(outcomes);
    move || {
        let gil = make::<K, _>((Counter::new(), false), policy);
        let other = {
            let (gil, outcomes) = (Arc::clone(&gil), Arc::clone(&outcomes));
            go(move || {
                let through = || -> Result<(), ()> {
                    let mut token = gil.attach().map_err(drop)?;
                    let let_in = |token: &<Gil<K, (Counter, bool)> as AnyGil<_>>::Attached<'_>| {
                        assert!(!token.1, "let in after it was finalized");
                        token.0.increment();
                    };
                    let_in(&token);
                    let away = token.detach(|| ());
                    assert_eq!(away.is_ok(), token.is_attached());
                    away?;
                    let_in(&token);
                    token.checkpoint()?;
                    let_in(&token);
                    Ok(())
                };
                let count = match through() {
                    Ok(()) => &outcomes.attached,
                    Err(()) => {
                        assert!(gil.is_finalized());
                        assert_eq!(gil.attach().err(), Some(AttachError::Finalized));
                        &outcomes.finalized
                    }
                };
                count.fetch_add(1, Relaxed);
            })
        };
        // Twice: between them the other one may be told to look.
        drop(gil.attach().unwrap());
        let mut token = gil.attach().unwrap();
        token.0.increment();
        token.1 = true;
        token.finalize();
        token.finalize();
        // It stays attached, also while it waits for the other one to end.
        assert_eq!(token.checkpoint(), Ok(()));
        assert_eq!(
            token.detach(|| other.join().unwrap()),
            Ok(()),
            "it stays attached"
        );
        token.0.increment();
        assert!(token.is_attached());
        drop(token);
        assert_eq!(gil.attach().err(), Some(AttachError::Finalized));
        assert!(matches!(gil.try_attach(), Err(AttachError::Finalized)));
        assert!(matches!(gil.attach_for(SOON), Err(AttachError::Finalized)));
    }
}

/// Several wait for it when it is finalized, and one of them for a while only. Everybody is told.
pub fn finalize_with_waiters<K: Kit>(policy: Policy) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let gil = make::<K, _>(false, policy);
        let mut token = gil.attach().unwrap();
        let waiter = {
            let gil = Arc::clone(&gil);
            go(move || assert!(gil.attach().is_err()))
        };
        let timed = {
            let gil = Arc::clone(&gil);
            go(move || assert!(!matches!(gil.attach_for(SOON), Ok(Some(_)))))
        };
        *token = true;
        token.finalize();
        waiter.join().unwrap();
        timed.join().unwrap();
        assert!(*token, "it stays attached");
    }
}

/// What was done before it was finalized is seen by whoever is refused.
pub fn finalize_is_visible<K: Kit>(
    asks: impl Fn(&Gil<K, ()>) -> bool + Send + Sync + Clone + 'static,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let gil = make::<K, _>((), PATIENT);
        let why = Arc::new(Counter::new());
        let other = {
            let (gil, why, asks) = (Arc::clone(&gil), Arc::clone(&why), asks.clone());
            go(move || {
                if asks(&gil) {
                    assert_eq!(why.get(), 1);
                }
            })
        };
        // Twice: between them the other one may be told to look.
        drop(gil.attach().unwrap());
        let mut token = gil.attach().unwrap();
        why.increment();
        token.finalize();
        other.join().unwrap();
    }
}

/// Attaching is refused because it was finalized.
pub fn is_refused<K: Kit>(gil: &Gil<K, ()>) -> bool {
    gil.attach().is_err()
}

/// The same of an attempt.
pub fn try_is_refused<K: Kit>(gil: &Gil<K, ()>) -> bool {
    gil.try_attach().is_err()
}

/// Somebody who does not attach is told that it was finalized.
pub fn is_told<K: Kit>(gil: &Gil<K, ()>) -> bool {
    gil.is_finalized()
}

/// A thread that is attached is told so, whoever else waits; where it is detached it may attach again.
pub fn attached_twice<K: Kit>() {
    let gil = make::<K, _>(Counter::new(), ASKING);
    let other = {
        let gil = Arc::clone(&gil);
        go(move || {
            let mut token = gil.attach().unwrap();
            token.increment();
            token.checkpoint().unwrap();
            assert!(matches!(gil.attach(), Err(AttachError::AlreadyAttached)));
        })
    };
    let mut token = gil.attach().unwrap();
    assert!(matches!(gil.attach(), Err(AttachError::AlreadyAttached)));
    token.checkpoint().unwrap();
    assert!(matches!(
        gil.try_attach(),
        Err(AttachError::AlreadyAttached)
    ));
    let nested = token.detach(|| gil.attach().unwrap().increment());
    assert_eq!(nested, Ok(()));
    assert!(matches!(
        gil.attach_for(SOON),
        Err(AttachError::AlreadyAttached)
    ));
    drop(token);
    other.join().unwrap();
    assert_eq!(gil.attach().unwrap().get(), 2);
    assert_idle::<K, _>(&gil);
}

/// A panic inside of `detach` comes out attached; a panic of one that is attached detaches.
pub fn panics<K: Kit>() {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    let gil = make::<K, _>(Counter::new(), PATIENT);
    let other = {
        let gil = Arc::clone(&gil);
        go(move || gil.attach().unwrap().increment())
    };
    let ended = catch_unwind(AssertUnwindSafe(|| {
        let mut token = gil.attach().unwrap();
        let away = catch_unwind(AssertUnwindSafe(|| token.detach(|| panic!("on purpose"))));
        assert!(away.is_err());
        assert!(token.is_attached());
        token.increment();
        panic!("on purpose, attached");
    }));
    assert!(ended.is_err());
    other.join().unwrap();
    assert_eq!(gil.attach().unwrap().get(), 2);
    assert_idle::<K, _>(&gil);
}

/// A panic inside of `detach`, and it was finalized meanwhile: the token is dead, and dropping it touches nothing.
pub fn panics_and_finalized<K: Kit>() {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    let gil = make::<K, _>(Counter::new(), PATIENT);
    let other = {
        let gil = Arc::clone(&gil);
        go(move || gil.attach().unwrap().finalize())
    };
    let Ok(mut token) = gil.attach() else {
        return other.join().unwrap();
    };
    token.increment();
    let away = catch_unwind(AssertUnwindSafe(|| {
        token.detach(|| panic!("on purpose")).ok()
    }));
    assert!(away.is_err());
    if token.is_attached() {
        token.increment();
        drop(token);
        return other.join().unwrap();
    }
    assert_eq!(token.checkpoint(), Err(()));
    assert_eq!(token.detach(|| 7), Err(7));
    token.finalize();
    let reached = catch_unwind(AssertUnwindSafe(|| token.get()));
    let message = *reached
        .expect_err("it gives access to nothing")
        .downcast::<&str>()
        .expect("a message");
    assert!(
        message.starts_with("selvedge: a token gives access"),
        "{message}"
    );
    drop(token);
    assert!(gil.is_finalized());
    other.join().unwrap();
}

/// Two threads use an object once each; the second one frees it as soon as it is detached, while the first may still be
/// leaving.
pub fn freed_by_the_next<K: Kit>(policy: Policy) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let object = Mortal::new(Gil::<K, i32>::new(0, policy));
        let use_it = |object: &Mortal<Gil<K, i32>>| {
            let mut token = object.get().attach().unwrap();
            *token += 1;
            token.checkpoint().unwrap();
            token.detach(|| ()).unwrap();
            *token += 1;
            let last = *token == 4;
            drop(token);
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
}

/// The same with one that has given up once, while the other was leaving for its sake.
pub fn freed_by_one_that_gave_up<K: Kit>() {
    let object = Mortal::new(Gil::<K, i32>::new(0, PATIENT));
    let use_it = |object: &Mortal<Gil<K, i32>>| {
        let gil = object.get();
        let in_time = gil.attach_for(SOON).unwrap();
        let mut token = in_time.unwrap_or_else(|| gil.attach().unwrap());
        *token += 1;
        let last = *token == 2;
        drop(token);
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

/// The classic deadlock: one thread is attached and wants the mutex, another has the mutex and wants to be attached.
/// `plain` locks as one would without thinking; otherwise the Gil is let go while the thread waits.
pub fn mutex_inside<K: Kit>(plain: bool) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let gil = make::<K, _>(Counter::new(), PATIENT);
        let mutex = Arc::new(selvedge::Mutex::new(Counter::new()));
        let other = {
            let (gil, mutex) = (Arc::clone(&gil), Arc::clone(&mutex));
            go(move || {
                // Code outside the interpreter, which calls it with its own lock held.
                let guard = mutex.lock();
                guard.increment();
                gil.attach().unwrap().increment();
            })
        };
        // Code of the interpreter, which uses the same lock.
        let mut token = gil.attach().unwrap();
        let guard = if plain {
            mutex.lock()
        } else {
            token
                .detach_while_locking(&mutex)
                .ok()
                .expect("nobody finalizes")
        };
        guard.increment();
        token.increment();
        drop(guard);
        drop(token);
        other.join().unwrap();
        assert_eq!(mutex.lock().get(), 2);
        assert_idle::<K, _>(&gil);
    }
}

/// A thread comes back while another one waits that came first: the one that comes back is next, and then the one that was
/// interrupted goes on.
pub fn returning_first<K: Kit>() {
    let gil = make::<K, _>(Vec::new(), RETURNING_FIRST);
    let away = Gate::new();
    let back = Gate::new();
    let returning = {
        let (gil, away, back) = (Arc::clone(&gil), Arc::clone(&away), Arc::clone(&back));
        go(move || {
            let mut token = gil.attach().unwrap();
            let returned = token.detach(|| {
                away.open();
                back.wait();
            });
            assert_eq!(returned, Ok(()));
            token.push("returns");
        })
    };
    away.wait();
    let mut token = gil.attach().unwrap();
    let computing = {
        let gil = Arc::clone(&gil);
        go(move || gil.attach().unwrap().push("computes"))
    };
    linger();
    let waits = gil.has_waiters();
    back.open();
    // Only the one that comes back asks.
    token.until_asked();
    token.checkpoint().unwrap();
    assert_eq!(token[0], "returns");
    if waits {
        assert_eq!(token.len(), 1, "it lost its turn");
    }
    drop(token);
    returning.join().unwrap();
    computing.join().unwrap();
    assert_idle::<K, _>(&gil);
}

/// A thread that goes away, says so, and comes back when it may.
fn comes_back<K: Kit>(
    gil: &Arc<Gil<K, Counter>>,
    away: &Arc<Gate>,
    back: &Arc<Gate>,
) -> thread::JoinHandle<()> {
    let (gil, away, back) = (Arc::clone(gil), Arc::clone(away), Arc::clone(back));
    go(move || {
        let mut token = gil.attach().unwrap();
        let returned = token.detach(|| {
            away.open();
            back.wait();
        });
        assert_eq!(returned, Ok(()));
        token.increment();
    })
}

/// Two threads come back while a third computes that was interrupted by the first of them: they do not interrupt one
/// another, and it has its turn.
pub fn returning_do_not_interrupt<K: Kit>() {
    let gil = make::<K, _>(Counter::new(), RETURNING_FIRST);
    let away = Gate::new();
    let back = Gate::new();
    let other = comes_back::<K>(&gil, &away, &back);
    away.wait();
    // This one comes back too, and so is not asked.
    let mut token = gil.attach().unwrap();
    token.detach(|| ()).unwrap();
    back.open();
    token.checkpoint().unwrap();
    token.increment();
    token.checkpoint().unwrap();
    assert_eq!(token.get(), 1, "it was interrupted");
    drop(token);
    other.join().unwrap();
    assert_idle::<K, _>(&gil);
}

/// A thread comes back and waits for one that did not, who is followed by one that came back too: that one is not asked
/// before its part of an interval, here never, because the clock has run that was wound up for the holder before.
pub fn returning_spares_the_next<K: Kit>() {
    let policy = Policy::Interval {
        every: Duration::MAX,
        returning: Some(SOON),
    };
    let gil = make::<K, _>(Counter::new(), policy);
    let away = Gate::new();
    let back = Gate::new();
    let other = comes_back::<K>(&gil, &away, &back);
    away.wait();
    let mut token = gil.attach().unwrap();
    back.open();
    // Now it may be asked. From its coming back on it is not.
    token.detach(|| ()).unwrap();
    let before = (gil.statistics().requests, token.get());
    token.checkpoint().unwrap();
    let _ = token.is_asked();
    token.checkpoint().unwrap();
    let after = (gil.statistics().requests, token.get());
    assert_eq!(before, after, "it was interrupted");
    drop(token);
    other.join().unwrap();
    assert_idle::<K, _>(&gil);
}

/// However many come back: threads that are in the queue are overtaken no more than `bound` times, and then by so many
/// that one of the others goes before each of them. And who comes back waits for one of them at most. The holder has its
/// turn after the first that was overtaken so often.
pub fn overtaken_no_more_than<K: Kit>(
    bound: usize,
    returning: usize,
    computing: usize,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let gil = make::<K, _>(Vec::new(), RETURNING_FIRST);
        let away: Vec<_> = (0..returning).map(|_| Gate::new()).collect();
        let back = Gate::new();
        let mut others: Vec<_> = away
            .iter()
            .map(|away| {
                let (gil, away, back) = (Arc::clone(&gil), Arc::clone(away), Arc::clone(&back));
                go(move || {
                    let mut token = gil.attach().unwrap();
                    let returned = token.detach(|| {
                        away.open();
                        back.wait();
                    });
                    assert_eq!(returned, Ok(()));
                    token.push("returns");
                })
            })
            .collect();
        away.iter().for_each(|away| away.wait());
        let mut token = gil.attach().unwrap();
        let waits_before = gil.statistics().waits;
        others.extend((0..computing).map(|_| {
            let gil = Arc::clone(&gil);
            go(move || gil.attach().unwrap().push("computes"))
        }));
        linger();
        let first = gil.statistics().waits - waits_before == computing;
        back.open();
        token.until_asked();
        linger();
        // All of them are in the queue, and these were there before those that come back.
        let in_queue = first && gil.statistics().waits - waits_before == returning + computing;
        token.checkpoint().unwrap();
        token.push("goes on");
        drop(token);
        others.into_iter().for_each(|other| other.join().unwrap());
        let order = gil.attach().unwrap().clone();
        if in_queue {
            let place = order.iter().position(|&who| who == "computes").unwrap();
            assert!(place <= bound, "overtaken: {order:?}");
            let goes_on = order.iter().position(|&who| who == "goes on").unwrap();
            assert!(place < goes_on || returning < bound, "overtaken: {order:?}");
            let last = order.iter().rposition(|&who| who == "returns").unwrap();
            let before = order[..last].iter().filter(|&&who| who == "computes");
            assert!(before.count() <= 1, "it waited for all: {order:?}");
        }
        assert_idle::<K, _>(&gil);
    }
}

/// A thread comes back, interrupts one that computes, and computes on until it is asked, also by another one that comes back:
/// it has no turn of its own then, and the one that it has interrupted goes on before it.
pub fn who_interrupts_has_no_turn<K: Kit>() {
    let gil = make::<K, _>(Vec::new(), ALL_ASK);
    let gates = [Gate::new(), Gate::new(), Gate::new(), Gate::new()];
    let goes_away = |away: usize, back: usize, name: &'static str| {
        let (gil, gates) = (Arc::clone(&gil), gates.clone());
        go(move || {
            let mut token = gil.attach().unwrap();
            let returned = token.detach(|| {
                gates[away].open();
                gates[back].wait();
            });
            assert_eq!(returned, Ok(()));
            token.push(name);
            if name == "interrupts" {
                let is_within_a_turn = gil.has_waiters();
                gates[3].open();
                linger();
                token.until_asked();
                token.checkpoint().unwrap();
                let goes_on = token.contains(&"goes on");
                assert!(goes_on || !is_within_a_turn, "it has taken the turn");
            }
        })
    };
    let first = goes_away(0, 1, "interrupts");
    gates[0].wait();
    let second = goes_away(2, 3, "returns");
    gates[2].wait();
    let mut token = gil.attach().unwrap();
    gates[1].open();
    // Only the first one is there to ask.
    token.until_asked();
    token.checkpoint().unwrap();
    token.push("goes on");
    drop(token);
    first.join().unwrap();
    second.join().unwrap();
    assert_idle::<K, _>(&gil);
}

/// With a bound of two: one that waits was overtaken once, and another one is interrupted and goes on before it. Of the two that
/// come back then the first overtakes both, and both are worn: the second comes after the one that was interrupted.
pub fn nobody_is_worn_behind_the_interrupted<K: Kit>() {
    let gil = make::<K, _>(Vec::new(), RETURNING_FIRST);
    let (away, back) = (
        [Gate::new(), Gate::new(), Gate::new()],
        [Gate::new(), Gate::new()],
    );
    let returning: Vec<_> = (0..away.len())
        .map(|number| {
            let (gil, away, back) = (Arc::clone(&gil), away.clone(), back.clone());
            go(move || {
                let mut token = gil.attach().unwrap();
                let returned = token.detach(|| {
                    away[number].open();
                    back[number.min(1)].wait();
                });
                assert_eq!(returned, Ok(()));
                if number == 0 {
                    // While it is attached the others come back.
                    let before = gil.statistics().waits;
                    back[1].open();
                    linger();
                    let all_wait = gil.statistics().waits - before == 2;
                    token.push(if all_wait { "all wait" } else { "returns" });
                } else {
                    token.push("returns");
                }
            })
        })
        .collect();
    away.iter().for_each(|away| away.wait());
    let mut token = gil.attach().unwrap();
    let computing = {
        let gil = Arc::clone(&gil);
        go(move || gil.attach().unwrap().push("computes"))
    };
    linger();
    let waits = gil.has_waiters();
    back[0].open();
    token.until_asked();
    token.checkpoint().unwrap();
    if waits && token[0] == "all wait" {
        // Itself, and one more.
        assert!(token.len() <= 2, "overtaken: {:?}", *token);
    }
    drop(token);
    returning
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    computing.join().unwrap();
    assert_idle::<K, _>(&gil);
}

/// Checkpoints of the old kind let the Gil go every so often, and take it again.
pub fn ticks<K: Kit>() {
    let gil = make::<K, _>(Counter::new(), Policy::Ticks(2));
    let other = {
        let gil = Arc::clone(&gil);
        go(move || gil.attach().unwrap().increment())
    };
    let mut token = gil.attach().unwrap();
    for _ in 0..4 {
        token.increment();
        token.checkpoint().unwrap();
        assert!(!token.is_asked());
    }
    assert!(gil.statistics().attaches >= 3, "it was let go twice");
    drop(token);
    other.join().unwrap();
    assert_eq!(gil.attach().unwrap().get(), 5);
    assert_eq!(gil.statistics().forced_hand_overs, 0);
    assert_idle::<K, _>(&gil);
}

/// Threads that wait, one after the other, get in in the order in which they came.
pub fn in_order_of_arrival<K: Kit>() {
    let gil = make::<K, _>(Vec::new(), ASKING);
    let mut token = gil.attach().unwrap();
    let waiter = |name: u32| {
        let gil = Arc::clone(&gil);
        go(move || gil.attach().unwrap().push(name))
    };
    let first = waiter(1);
    // The first has asked, so it is in the queue.
    token.until_asked();
    let second = waiter(2);
    token.checkpoint().unwrap();
    assert_eq!(token[0], 1);
    drop(token);
    first.join().unwrap();
    second.join().unwrap();
    assert_idle::<K, _>(&gil);
}

/// The same, and one that is faster comes between: the first was told to look, in vain, and is the first still.
pub fn in_order_beside_a_faster_one<K: Kit>() {
    let gil = make::<K, _>(Vec::new(), ASKING);
    let token = gil.attach().unwrap();
    let waiter = |name: u32| {
        let gil = Arc::clone(&gil);
        go(move || gil.attach().unwrap().push(name))
    };
    let first = waiter(1);
    let first_waits = gil.has_waiters();
    let second = waiter(2);
    drop(token);
    let mut token = gil.attach().unwrap();
    if token.is_empty() {
        // Nobody was let in before, so both are there to ask, if not yet.
        token.until_asked();
        let counted = gil.statistics();
        // Both have queued up, and one of them for the second time.
        if first_waits && counted.waits == 3 && counted.voluntary_hand_overs == 0 {
            token.checkpoint().unwrap();
            assert_eq!(token[0], 1, "the first was overtaken in the queue");
        }
    }
    drop(token);
    first.join().unwrap();
    second.join().unwrap();
    assert_idle::<K, _>(&gil);
}

/// Two are in the queue, and a third is faster than either again and again: they are woken in vain, and get in in the order
/// of arrival all the same.
pub fn in_order_although_woken_in_vain<K: Kit>() {
    let gil = make::<K, _>(Vec::new(), PATIENT);
    let mut token = gil.attach().unwrap();
    let waiter = |name: u32| {
        let gil = Arc::clone(&gil);
        go(move || gil.attach().unwrap().push(name))
    };
    let first = waiter(1);
    linger();
    let first_waits = gil.has_waiters();
    let second = waiter(2);
    linger();
    let both_wait = first_waits && gil.statistics().waits == 2;
    for _ in 0..2 {
        drop(token);
        token = gil.attach().unwrap();
    }
    drop(token);
    first.join().unwrap();
    second.join().unwrap();
    if both_wait {
        assert_eq!(*gil.attach().unwrap(), [1, 2], "one lost its place");
    }
    assert_idle::<K, _>(&gil);
}

/// The exact counts of a program that leaves no choice.
pub fn statistics<K: Kit>() {
    let gil = Arc::new(Gil::<K, Counter>::new(Counter::new(), ASKING));
    let mut token = gil.attach().unwrap();
    let other = {
        let gil = Arc::clone(&gil);
        go(move || gil.attach().unwrap().increment())
    };
    token.until_asked();
    token.checkpoint().unwrap();
    assert_eq!(token.get(), 1);
    drop(token);
    other.join().unwrap();
    let counted = gil.statistics();
    assert_eq!(counted.attaches, 3);
    assert_eq!(counted.waits, 2);
    assert!((1..=2).contains(&counted.requests), "{counted:?}");
    assert_eq!(counted.forced_hand_overs, 1);
    assert!(counted.voluntary_hand_overs <= 1, "{counted:?}");
    let gil = Arc::into_inner(gil).expect("the others have ended");
    assert_eq!(gil.into_inner().get(), 1);
}
