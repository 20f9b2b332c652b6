//! Makes the broken twins.
include!("../tests/twins/make.rs");

fn main() {
    make_twins();
}
