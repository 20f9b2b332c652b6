//! `AutoResetEvent` on real threads, over both backends. What is asked of it is in `tests/conformance/auto_reset_event.rs`.

mod conformance;

macro_rules! conforms {
    ($($name:ident: $type:ty;)*) => {$(
        mod $name {
            use std::time::{Duration, Instant};

            use super::conformance::auto_reset_event::{self as suite, AnyAutoResetEvent};
            type AutoResetEvent = $type;

            impl AnyAutoResetEvent for AutoResetEvent {
                fn new_set() -> Self {
                    AutoResetEvent::new_set()
                }
                fn set(&self) {
                    AutoResetEvent::set(self);
                }
                fn reset(&self) -> bool {
                    AutoResetEvent::reset(self)
                }
                fn is_set(&self) -> bool {
                    AutoResetEvent::is_set(self)
                }
                fn try_wait(&self) -> bool {
                    AutoResetEvent::try_wait(self)
                }
                fn wait(&self) {
                    AutoResetEvent::wait(self);
                }
                fn wait_timeout(&self, timeout: Duration) -> bool {
                    AutoResetEvent::wait_timeout(self, timeout)
                }
                fn wait_until(&self, deadline: Instant) -> bool {
                    AutoResetEvent::wait_until(self, deadline)
                }
            }

            #[test]
            fn is_taken_once() {
                suite::is_taken_once::<AutoResetEvent>();
            }

            #[test]
            fn one_at_a_time() {
                suite::one_at_a_time::<AutoResetEvent>();
            }

            #[test]
            fn each_set_releases_one() {
                suite::each_set_releases_one::<AutoResetEvent>();
            }

            #[test]
            fn nothing_is_lost_beside_timeouts() {
                suite::nothing_is_lost_beside_timeouts::<AutoResetEvent>();
            }

            #[test]
            fn gives_up_not_before_its_time() {
                suite::gives_up_not_before_its_time::<AutoResetEvent>();
            }
        }
    )*};
}

conforms! {
    native: selvedge::AutoResetEvent;
    fallback: selvedge_fallback::AutoResetEvent;
}

#[test]
fn is_four_bytes_and_a_static() {
    static EVENT: selvedge::AutoResetEvent = selvedge::AutoResetEvent::new();
    EVENT.set();
    assert!(EVENT.is_set());
    assert_eq!(size_of::<selvedge::AutoResetEvent>(), 4);
    fn shared<T: Send + Sync + std::panic::UnwindSafe + std::panic::RefUnwindSafe>() {}
    shared::<selvedge::AutoResetEvent>();
    assert_eq!(format!("{EVENT:?}"), "AutoResetEvent { .. }");
}

/// Through the raw API, which can be told that waiters are there.
#[test]
fn counts_up_to_its_limits() {
    use selvedge::raw::RawAutoResetEvent;
    use std::time::Instant;
    let full = RawAutoResetEvent::with_waiters(65_534);
    let before = format!("{full:?}");
    for deadline in [None, Some(Instant::now())] {
        let payload = std::panic::catch_unwind(|| full.wait(deadline)).expect_err("one too many");
        let message = payload.downcast_ref::<String>().expect("a message");
        assert!(
            message.starts_with("selvedge: 65534 threads wait on an AutoResetEvent"),
            "{message}"
        );
        assert_eq!(format!("{full:?}"), before, "it has changed something");
    }
    // As many sets as waiters, and one to spare; then they coalesce.
    for _ in 0..65_534 {
        assert!(!full.is_set() && !full.try_wait());
        full.set();
    }
    for _ in 0..3 {
        full.set();
        assert!(full.is_set());
    }
    assert_eq!(
        format!("{full:?}"),
        format!("RawAutoResetEvent(Futex({}))", 65_534_u32 << 16 | 65_535)
    );
    assert!(full.wait(None) && !full.is_set());
    let last = RawAutoResetEvent::with_waiters(65_533);
    assert!(!last.wait(Some(Instant::now())), "there is room for it");
    last.set();
    assert!(last.wait(None));
}
