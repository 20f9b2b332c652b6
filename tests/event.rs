//! `Event` on real threads, over both backends. What is asked of it is in `tests/conformance/event.rs`.

mod conformance;

macro_rules! conforms {
    ($($name:ident: $type:ty;)*) => {$(
        mod $name {
            use std::time::{Duration, Instant};

            use super::conformance::event::{self as suite, AnyEvent};
            type Event = $type;

            impl AnyEvent for Event {
                fn new_set() -> Self {
                    Event::new_set()
                }
                fn set(&self) {
                    Event::set(self);
                }
                fn reset(&self) -> bool {
                    Event::reset(self)
                }
                fn is_set(&self) -> bool {
                    Event::is_set(self)
                }
                fn wait(&self) {
                    Event::wait(self);
                }
                fn wait_timeout(&self, timeout: Duration) -> bool {
                    Event::wait_timeout(self, timeout)
                }
                fn wait_until(&self, deadline: Instant) -> bool {
                    Event::wait_until(self, deadline)
                }
            }

            #[test]
            fn stays_set_until_it_is_reset() {
                suite::stays_set_until_it_is_reset::<Event>();
            }

            #[test]
            fn a_set_releases_all() {
                suite::a_set_releases_all::<Event>();
            }

            #[test]
            fn a_pulse_releases_all() {
                suite::a_pulse_releases_all::<Event>();
            }

            #[test]
            fn gives_up_not_before_its_time() {
                suite::gives_up_not_before_its_time::<Event>();
            }

            #[test]
            fn freed_by_the_waiter() {
                suite::freed_by_the_waiter::<Event>();
            }
        }
    )*};
}

conforms! {
    native: selvedge::Event;
    fallback: selvedge_fallback::Event;
}

#[test]
fn is_four_bytes_and_a_static() {
    static EVENT: selvedge::Event = selvedge::Event::new();
    EVENT.set();
    assert!(EVENT.is_set());
    assert_eq!(size_of::<selvedge::Event>(), 4);
    fn shared<T: Send + Sync + std::panic::UnwindSafe + std::panic::RefUnwindSafe>() {}
    shared::<selvedge::Event>();
    assert_eq!(format!("{EVENT:?}"), "Event { .. }");
    assert_eq!(
        format!("{:?}", selvedge::raw::RawEvent::new_set()),
        "RawEvent(Futex(1))"
    );
}
