//! `Barrier` on real threads, over both backends. What is asked of it is in `tests/conformance/barrier.rs`.

use std::panic::{RefUnwindSafe, UnwindSafe};
use std::time::{Duration, Instant};

mod conformance;

macro_rules! conforms {
    ($($name:ident: $world:ident;)*) => {$(
        mod $name {
            use super::conformance::barrier::{self as suite, AnyBarrier};
            use super::{Duration, Instant};
            use $world::{Barrier, BarrierArrival};

            impl AnyBarrier for Barrier {
                type Arrival<'a> = BarrierArrival<'a>;
                fn new(threads: usize) -> Self {
                    Barrier::new(threads)
                }
                fn wait(&self) -> bool {
                    Barrier::wait(self).is_leader()
                }
                fn wait_timeout(&self, timeout: Duration) -> Option<bool> {
                    Some(Barrier::wait_timeout(self, timeout).ok()?.is_leader())
                }
                fn wait_until(&self, deadline: Instant) -> Option<bool> {
                    Some(Barrier::wait_until(self, deadline).ok()?.is_leader())
                }
                fn arrive(&self) -> BarrierArrival<'_> {
                    Barrier::arrive(self)
                }
                fn finish(arrival: BarrierArrival<'_>) -> bool {
                    arrival.wait().is_leader()
                }
                fn finish_timeout(arrival: BarrierArrival<'_>, timeout: Duration) -> Option<bool> {
                    Some(arrival.wait_timeout(timeout).ok()?.is_leader())
                }
                fn finish_until(arrival: BarrierArrival<'_>, deadline: Instant) -> Option<bool> {
                    Some(arrival.wait_until(deadline).ok()?.is_leader())
                }
                fn is_complete(arrival: &BarrierArrival<'_>) -> bool {
                    arrival.is_complete()
                }
                fn cancel(arrival: BarrierArrival<'_>) -> Option<bool> {
                    Some(arrival.cancel().err()?.is_leader())
                }
            }

            #[test]
            fn meet_again_and_again() {
                suite::meet_again_and_again::<Barrier>();
            }

            #[test]
            fn more_threads_than_meet() {
                suite::more_threads_than_meet::<Barrier>();
            }

            #[test]
            fn nobody_is_left_behind_by_those_who_give_up() {
                suite::nobody_is_left_behind_by_those_who_give_up::<Barrier>();
            }

            #[test]
            fn gives_up_not_before_its_time() {
                suite::gives_up_not_before_its_time::<Barrier>();
            }

            #[test]
            fn one_meets_itself() {
                suite::one_meets_itself::<Barrier>();
            }

            #[test]
            fn arrivals_count_until_they_are_cancelled() {
                suite::arrivals_count_until_they_are_cancelled::<Barrier>();
            }

            #[test]
            fn refuses_too_many() {
                suite::refuses_too_many::<Barrier>();
            }
        }
    )*};
}

conforms! {
    native: selvedge;
    fallback: selvedge_fallback;
}

#[test]
fn is_eight_bytes_and_a_static() {
    static BARRIER: selvedge::Barrier = selvedge::Barrier::new(1);
    assert!(BARRIER.wait().is_leader());
    assert_eq!(size_of::<selvedge::Barrier>(), 8);
    fn shared<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe>() {}
    shared::<selvedge::Barrier>();
    shared::<selvedge::BarrierArrival<'static>>();
    shared::<selvedge::BarrierWaitResult>();
    shared::<selvedge::BarrierTimedOut>();
}

#[test]
fn is_shown_as_the_standard_librarys() {
    let (ours, theirs) = (selvedge::Barrier::new(1), std::sync::Barrier::new(1));
    assert_eq!(format!("{:?}", ours.wait()), format!("{:?}", theirs.wait()));
    let result = selvedge::Barrier::new(2).wait_timeout(Duration::ZERO);
    let error: Box<dyn std::error::Error> = result.expect_err("nobody else is there").into();
    assert_eq!(
        error.to_string(),
        "too few threads arrived at the barrier in time"
    );
}
