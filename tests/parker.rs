//! `Parker` on real threads, over both backends. What is asked of it is in `tests/conformance/parker.rs`.

mod conformance;

macro_rules! conforms {
    ($($name:ident: $type:ty, $unparker:ty;)*) => {$(
        mod $name {
            use std::time::{Duration, Instant};

            use super::conformance::parker::{self as suite, AnyParker};
            type Parker = $type;

            impl AnyParker for Parker {
                type Unparker = $unparker;
                fn park(&self) {
                    Parker::park(self);
                }
                fn park_timeout(&self, timeout: Duration) -> bool {
                    Parker::park_timeout(self, timeout)
                }
                fn park_deadline(&self, deadline: Instant) -> bool {
                    Parker::park_deadline(self, deadline)
                }
                fn unparker(&self) -> Self::Unparker {
                    Parker::unparker(self).clone()
                }
                fn unpark(unparker: &Self::Unparker) {
                    unparker.unpark();
                }
            }

            #[test]
            fn has_one_token() {
                suite::has_one_token::<Parker>();
            }

            #[test]
            fn leaves_the_threads_token_alone() {
                suite::leaves_the_threads_token_alone::<Parker>();
            }

            #[test]
            fn passes_a_turn() {
                suite::passes_a_turn::<Parker>();
            }

            #[test]
            fn many_unparkers() {
                suite::many_unparkers::<Parker>();
            }

            #[test]
            fn ends_before_its_unparker() {
                suite::ends_before_its_unparker::<Parker>();
            }

            #[test]
            fn gives_up_not_before_its_time() {
                suite::gives_up_not_before_its_time::<Parker>();
            }
        }
    )*};
}

conforms! {
    native: selvedge::Parker, selvedge::Unparker;
    fallback: selvedge_fallback::Parker, selvedge_fallback::Unparker;
}

#[test]
fn sizes_and_traits() {
    use selvedge::{Parker, Unparker};
    assert_eq!(size_of::<selvedge::raw::RawParker>(), 4);
    assert_eq!(size_of::<Parker>(), size_of::<usize>());
    assert_eq!(size_of::<Unparker>(), size_of::<usize>());
    assert_eq!(size_of::<Option<Unparker>>(), size_of::<usize>());
    fn sent<T: Send + std::panic::UnwindSafe + std::panic::RefUnwindSafe>() {}
    fn shared<T: Sync>() {}
    sent::<Parker>(); // that it is not shared is asserted in its documentation
    sent::<Unparker>();
    shared::<Unparker>();
    let parker = Parker::default();
    assert_eq!(format!("{parker:?}"), "Parker { .. }");
    assert_eq!(format!("{:?}", parker.unparker()), "Unparker { .. }");
}

/// What it shares is freed with the last of them, whichever that is and whatever form it has.
#[test]
fn as_a_waker_and_as_a_pointer() {
    use selvedge::{Parker, Unparker};
    use std::task::Waker;
    let parker = Parker::new();
    let waker = Waker::from(parker.unparker().clone());
    waker.wake_by_ref();
    parker.park();
    let other = waker.clone();
    assert!(waker.will_wake(&other));
    other.wake();
    parker.park();
    let raw = parker.unparker().clone().into_raw();
    drop(parker);
    waker.wake();
    // SAFETY: from `into_raw`, and given back once.
    let unparker = unsafe { Unparker::from_raw(raw) };
    unparker.unpark();
}
