//! `Once` on real threads, over both backends. What is asked of it is in `tests/conformance/once.rs`.

mod conformance;

macro_rules! conforms {
    ($($name:ident: $once:ty;)*) => {$(
        mod $name {
            use super::conformance::once::{self as suite, AnyOnce};
            type Once = $once;

            impl AnyOnce for Once {
                fn call_once(&self, initialise: impl FnOnce()) {
                    Once::call_once(self, initialise);
                }
                fn call_once_force(&self, initialise: impl FnOnce(bool)) {
                    Once::call_once_force(self, |state| initialise(state.is_poisoned()));
                }
                fn wait(&self) {
                    Once::wait(self);
                }
                fn wait_force(&self) {
                    Once::wait_force(self);
                }
                fn is_completed(&self) -> bool {
                    Once::is_completed(self)
                }
                fn state(&self) -> String {
                    format!("{:?}", Once::state(self))
                }
            }

            #[test]
            fn one_thread_does_it() {
                suite::one_thread_does_it::<Once>();
            }

            #[test]
            fn poisons_and_recovers() {
                suite::poisons_and_recovers::<Once>();
            }

            #[test]
            fn notices_that_it_is_entered_again() {
                suite::notices_that_it_is_entered_again::<Once>();
            }
        }
    )*};
}

conforms! {
    native: selvedge::Once;
    fallback: selvedge_fallback::Once;
}

#[test]
fn is_four_bytes_and_a_static() {
    static ONCE: selvedge::Once = selvedge::Once::new();
    ONCE.call_once(|| ());
    assert!(ONCE.is_completed());
    assert_eq!(size_of::<selvedge::Once>(), 4);
    fn shared<T: Send + Sync + std::panic::UnwindSafe + std::panic::RefUnwindSafe>() {}
    shared::<selvedge::Once>();
    assert_eq!(format!("{ONCE:?}"), "Once { .. }");
}
