//! `Gil` on real threads, over both backends. What is asked of it is in `tests/conformance/gil.rs`.

mod conformance;

mod native {
    super::conformance::gil::suite!(selvedge);
}

mod portable {
    super::conformance::gil::suite!(selvedge_fallback);
}

#[test]
#[cfg(target_pointer_width = "64")]
fn size() {
    assert_eq!(size_of::<selvedge::Gil<()>>(), 104);
}
