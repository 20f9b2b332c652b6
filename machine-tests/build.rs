//! Makes the broken twins.
include!("../tests/twins/make.rs");
