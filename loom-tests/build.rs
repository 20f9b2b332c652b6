//! Makes the broken twins, and the copies whose orderings can be weakened.
include!("../tests/twins/make.rs");
include!("../tests/orderings/make.rs");

fn main() {
    make_twins();
    make_copies();
}
