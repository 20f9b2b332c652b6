//! The broken twins on real threads, for what a checker of models is no judge of: a sanitizer is. See
//! `machine-tests/src/bin/lifetime.rs`.

pub use selvedge;

#[path = "../../tests/models/mod.rs"]
pub mod models;

/// The broken twins: the shipped source with one line changed, made by `build.rs`.
#[allow(warnings, clippy::all, reason = "broken on purpose")]
pub mod twins {
    include!(concat!(env!("OUT_DIR"), "/twins.rs"));
}
