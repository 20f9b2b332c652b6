//! `Semaphore` on real threads, over both backends, and under a real executor. What is asked of it is in
//! `tests/conformance/semaphore.rs`.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use selvedge::Semaphore;
use selvedge::semaphore::{
    Acquire, AcquireArc, AcquireTimeoutError, ArcPermit, Closed, Permit, TryAcquireError,
};

mod conformance;

use conformance::{has, lacks};

macro_rules! conforms {
    ($($name:ident: $crate_:ident;)*) => {$(
        mod $name {
            use std::time::{Duration, Instant};

            use super::conformance::semaphore::{self as suite, AnySemaphore, Refused};
            use $crate_::Semaphore;
            use $crate_::semaphore::{Acquire, AcquireTimeoutError, Closed, Permit, TryAcquireError};

            fn in_time(error: AcquireTimeoutError) -> Refused {
                match error {
                    AcquireTimeoutError::TimedOut => Refused::TimedOut,
                    AcquireTimeoutError::Closed => Refused::Closed,
                }
            }

            impl AnySemaphore for Semaphore {
                type Permit<'a> = Permit<'a>;
                type Closed = Closed;
                type Acquire<'a> = Acquire<'a>;
                fn make(permits: usize, greedy: bool) -> Self {
                    if greedy { Self::greedy(permits) } else { Self::new(permits) }
                }
                fn acquire_many(&self, n: usize) -> Result<Permit<'_>, Refused> {
                    Semaphore::acquire_many(self, n).map_err(|_| Refused::Closed)
                }
                fn try_acquire_many(&self, n: usize) -> Result<Permit<'_>, Refused> {
                    Semaphore::try_acquire_many(self, n).map_err(|error| match error {
                        TryAcquireError::NoPermits => Refused::NoPermits,
                        TryAcquireError::Closed => Refused::Closed,
                    })
                }
                fn acquire_many_for(&self, n: usize, timeout: Duration) -> Result<Permit<'_>, Refused> {
                    Semaphore::acquire_many_for(self, n, timeout).map_err(in_time)
                }
                fn acquire_many_until(&self, n: usize, deadline: Instant) -> Result<Permit<'_>, Refused> {
                    Semaphore::acquire_many_until(self, n, deadline).map_err(in_time)
                }
                fn acquire_many_async(&self, n: usize) -> Acquire<'_> {
                    Semaphore::acquire_many_async(self, n)
                }
                fn add_permits(&self, n: usize) {
                    Semaphore::add_permits(self, n);
                }
                fn close(&self) {
                    Semaphore::close(self);
                }
                fn available(&self) -> usize {
                    Semaphore::available(self)
                }
            }

            #[test]
            fn never_more_than_there_are() {
                suite::never_more_than_there_are::<Semaphore>();
            }

            #[test]
            fn gives_up_not_before_its_time() {
                suite::gives_up_not_before_its_time::<Semaphore>();
            }

            #[test]
            fn threads_and_tasks_in_one_queue() {
                suite::threads_and_tasks_in_one_queue::<Semaphore>();
            }

            #[test]
            fn many_behind_a_large_one() {
                suite::many_behind_a_large_one::<Semaphore>();
            }

            #[test]
            fn the_first_waker_polls_the_last() {
                suite::the_first_waker_polls_the_last::<Semaphore>();
            }

            #[test]
            fn the_first_waker_panics() {
                suite::the_first_waker_panics::<Semaphore>();
            }

            #[test]
            fn forgotten_futures_are_owed_nothing() {
                suite::forgotten_futures_are_owed_nothing::<Semaphore>();
            }

            #[test]
            fn forgotten_where_locks_are() {
                use $crate_::raw::{RawCondvar, RawMutex};
                suite::forgotten_where_locks_are::<Semaphore, RawMutex, RawCondvar>();
            }

            #[test]
            fn closing_sends_everybody_away() {
                suite::closing_sends_everybody_away::<Semaphore>();
            }
        }
    )*};
}

conforms! {
    native: selvedge;
    fallback: selvedge_fallback;
}

has!(Semaphore: Send, Sync, std::panic::UnwindSafe, std::panic::RefUnwindSafe, std::fmt::Debug);
has!(Permit<'static>: Send, Sync);
has!(ArcPermit: Send, Sync);
has!(Acquire<'static>: Send, Sync);
has!(AcquireArc: Send, Sync);
lacks!(Acquire<'static>: Unpin);
lacks!(Permit<'static>: Clone, Copy);
has!(Closed: std::error::Error, Copy);
has!(TryAcquireError: std::error::Error, From<Closed>);
has!(AcquireTimeoutError: std::error::Error, From<Closed>);

#[test]
fn is_one_word_and_a_static() {
    static SEATS: Semaphore = Semaphore::new(2);
    static LOTS: Semaphore = Semaphore::greedy(Semaphore::MAX_PERMITS);
    assert_eq!(size_of::<Semaphore>(), size_of::<usize>());
    let permit = SEATS.acquire().unwrap();
    assert_eq!((permit.count(), permit.semaphore().available()), (1, 1));
    assert_eq!(LOTS.available(), Semaphore::MAX_PERMITS);
    assert_eq!(
        Semaphore::MAX_PERMITS,
        usize::MAX >> 4,
        "as the documentation says"
    );
    assert!(LOTS.is_greedy() && !SEATS.is_greedy());
    assert_eq!(
        format!("{SEATS:?}"),
        "Semaphore { available: 1, waiting: false, closed: false, greedy: false }"
    );
    assert_eq!(format!("{permit:?}"), "SemaphorePermit { count: 1, .. }");
}

#[test]
fn errors_say_what_to_do() {
    let semaphore = Semaphore::new(0);
    let now = semaphore.try_acquire().unwrap_err().to_string();
    assert!(now.contains("try later, or wait"), "{now}");
    let late = semaphore.acquire_for(Duration::ZERO).unwrap_err();
    assert!(late.to_string().contains("in time"), "{late}");
    semaphore.close();
    let closed = semaphore.acquire().unwrap_err();
    assert!(closed.to_string().contains("closed"), "{closed}");
    assert_eq!(
        TryAcquireError::from(closed),
        semaphore.try_acquire().unwrap_err()
    );
    let timed = semaphore.acquire_for(Duration::MAX).unwrap_err();
    assert_eq!(AcquireTimeoutError::from(closed), timed);
}

#[test]
fn more_than_fits_is_a_panic() {
    let message = |body: &dyn Fn()| {
        let body = std::panic::AssertUnwindSafe(body);
        let payload = std::panic::catch_unwind(body).expect_err("there is no room");
        match payload.downcast_ref::<&str>() {
            Some(text) => (*text).to_owned(),
            None => payload.downcast_ref::<String>().unwrap().clone(),
        }
    };
    const TOO_MANY: usize = Semaphore::MAX_PERMITS + 1;
    let semaphore = Semaphore::new(1);
    for wrong in [
        message(&|| {
            let _: Semaphore = Semaphore::new(TOO_MANY);
        }),
        message(&|| semaphore.add_permits(Semaphore::MAX_PERMITS)),
        message(&|| drop(semaphore.acquire_many(TOO_MANY))),
        message(&|| drop(semaphore.acquire_many_async(TOO_MANY))),
    ] {
        assert!(wrong.starts_with("selvedge: "), "{wrong}");
    }
    assert_eq!(semaphore.available(), 1);
    // And polling once more than there is something to say.
    let mut future = pin!(semaphore.acquire_async());
    let mut context = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_ready());
    let again = std::panic::AssertUnwindSafe(|| future.as_mut().poll(&mut context).is_ready());
    assert!(std::panic::catch_unwind(again).is_err());
}

/// Permits that own the semaphore: in every way there is.
#[test]
fn permits_may_own_it() {
    let semaphore = Arc::new(Semaphore::new(9));
    let soon = std::time::Instant::now() + Duration::from_secs(60);
    let mut permits = vec![
        semaphore.acquire_arc().unwrap(),
        semaphore.acquire_many_arc(2).unwrap(),
        semaphore.try_acquire_arc().unwrap(),
        semaphore.try_acquire_many_arc(0).unwrap(),
        semaphore.acquire_arc_for(Duration::MAX).unwrap(),
        semaphore.acquire_many_arc_for(1, Duration::ZERO).unwrap(),
        semaphore.acquire_arc_until(soon).unwrap(),
        semaphore.acquire_many_arc_until(1, soon).unwrap(),
        conformance::semaphore::block_on(semaphore.acquire_async_arc()).unwrap(),
    ];
    assert_eq!(semaphore.available(), 0);
    let mut waits = Box::pin(semaphore.acquire_many_async_arc(2));
    let mut context = Context::from_waker(Waker::noop());
    assert!(waits.as_mut().poll(&mut context).is_pending());
    // The future and the permits keep it alive.
    drop(semaphore);
    let mut last = permits.pop().unwrap();
    last.merge(permits.pop().unwrap());
    drop(last);
    let Poll::Ready(Ok(permit)) = waits.as_mut().poll(&mut context) else {
        panic!("there are two");
    };
    assert_eq!(permit.semaphore().available(), 0);
    drop(permits);
    assert_eq!(permit.semaphore().available(), 7);
}

/// What tasks of a real executor do with it.
mod tokio_runs_it {
    use super::*;

    #[tokio::test]
    async fn tasks_take_turns() {
        let semaphore = Arc::new(Semaphore::new(2));
        let tasks: Vec<_> = (0..50)
            .map(|number| {
                let semaphore = Arc::clone(&semaphore);
                tokio::spawn(async move {
                    for _ in 0..20 {
                        let permit = semaphore.acquire_many_async(1 + number % 2).await.unwrap();
                        assert!(semaphore.available() < 2);
                        tokio::task::yield_now().await;
                        drop(permit);
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(semaphore.available(), 2);
    }

    #[tokio::test]
    async fn a_thread_gives_to_a_task() {
        let semaphore = Arc::new(Semaphore::new(0));
        let giver = {
            let semaphore = Arc::clone(&semaphore);
            std::thread::spawn(move || {
                conformance::until(|| format!("{semaphore:?}").contains("waiting: true"));
                semaphore.add_permits(3);
            })
        };
        let permit = semaphore.acquire_many_async_arc(3).await.unwrap();
        giver.join().unwrap();
        assert_eq!(permit.count(), 3);
    }

    /// A timeout of the executor drops the future: those behind it go on, and nothing is lost.
    #[tokio::test]
    async fn a_timeout_of_the_executor() {
        let semaphore = Arc::new(Semaphore::new(1));
        let large = tokio::time::timeout(Duration::from_millis(5), semaphore.acquire_many_async(2));
        let small = {
            let semaphore = Arc::clone(&semaphore);
            tokio::spawn(async move { semaphore.acquire_async_arc().await.unwrap() })
        };
        assert!(large.await.is_err(), "there is only one");
        drop(small.await.unwrap());
        assert_eq!(semaphore.available(), 1);
        // Tasks that are aborted while they wait.
        let permit = semaphore.acquire_async().await.unwrap();
        let tasks: Vec<_> = (0..20)
            .map(|_| {
                let semaphore = Arc::clone(&semaphore);
                tokio::spawn(async move { drop(semaphore.acquire_async().await) })
            })
            .collect();
        tokio::task::yield_now().await;
        for task in tasks.iter().step_by(2) {
            task.abort();
        }
        drop(permit);
        for task in tasks {
            let _ = task.await;
        }
        assert_eq!(semaphore.available(), 1);
    }

    #[tokio::test]
    async fn closing_ends_it() {
        let semaphore = Arc::new(Semaphore::new(0));
        let task = {
            let semaphore = Arc::clone(&semaphore);
            tokio::spawn(async move { semaphore.acquire_async().await.err() })
        };
        tokio::task::yield_now().await;
        semaphore.close();
        assert!(task.await.unwrap().is_some());
    }
}
