//! `Latch` on real threads, over both backends. What is asked of it is in `tests/conformance/latch.rs`.

use std::time::{Duration, Instant};

mod conformance;

macro_rules! conforms {
    ($($name:ident: $latch:ty;)*) => {$(
        mod $name {
            use super::conformance::latch::{self as suite, AnyLatch};
            use super::{Duration, Instant};
            type Latch = $latch;

            impl AnyLatch for Latch {
                fn new(count: u32) -> Self {
                    Latch::new(count)
                }
                fn count_down(&self) {
                    Latch::count_down(self);
                }
                fn count_down_by(&self, n: u32) {
                    Latch::count_down_by(self, n);
                }
                fn arrive_and_wait(&self) {
                    Latch::arrive_and_wait(self);
                }
                fn is_open(&self) -> bool {
                    Latch::is_open(self)
                }
                fn count(&self) -> u32 {
                    Latch::count(self)
                }
                fn wait(&self) {
                    Latch::wait(self);
                }
                fn wait_timeout(&self, timeout: Duration) -> bool {
                    Latch::wait_timeout(self, timeout)
                }
                fn wait_until(&self, deadline: Instant) -> bool {
                    Latch::wait_until(self, deadline)
                }
            }

            #[test]
            fn opens_once_for_all() {
                suite::opens_once_for_all::<Latch>();
            }

            #[test]
            fn counts() {
                suite::counts::<Latch>();
            }

            #[test]
            fn gives_up_not_before_its_time() {
                suite::gives_up_not_before_its_time::<Latch>();
            }

            #[test]
            fn refuses_what_it_cannot_count() {
                suite::refuses_what_it_cannot_count::<Latch>();
            }
        }
    )*};
}

conforms! {
    native: selvedge::Latch;
    fallback: selvedge_fallback::Latch;
}

#[test]
fn is_four_bytes_and_a_static() {
    static LATCH: selvedge::Latch = selvedge::Latch::new(1);
    LATCH.count_down();
    LATCH.wait();
    assert_eq!(size_of::<selvedge::Latch>(), 4);
    fn shared<T: Send + Sync + Unpin + std::panic::UnwindSafe + std::panic::RefUnwindSafe>() {}
    shared::<selvedge::Latch>();
}
