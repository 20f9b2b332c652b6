//! `Condvar` on real threads, over both backends. What is asked of it is in `tests/conformance/mod.rs`.

mod conformance;

macro_rules! conforms {
    ($($name:ident: $raw:ty;)*) => {$(
        mod $name {
            use super::conformance as suite;
            type Raw = $raw;

            #[test]
            fn buffer() {
                suite::buffer::<Raw>();
            }

            #[test]
            fn notified_once_each() {
                suite::notified_once_each::<Raw>();
            }

            #[test]
            fn wait_gives_up_not_before_its_time() {
                suite::wait_gives_up_not_before_its_time::<Raw>();
            }

            #[test]
            fn second_mutex_is_a_panic() {
                suite::second_mutex_is_a_panic::<Raw>();
            }
        }
    )*};
}

conforms! {
    native: selvedge::raw::RawCondvar;
    fallback: selvedge_fallback::raw::RawCondvar;
}

#[test]
fn is_one_byte_and_a_static() {
    static CONDVAR: selvedge::Condvar = selvedge::Condvar::new();
    assert!(!CONDVAR.notify_one());
    assert_eq!(CONDVAR.notify_all(), 0);
    assert_eq!(size_of::<selvedge::Condvar>(), 1);
    assert_eq!(format!("{CONDVAR:?}"), "Condvar { .. }");
}
