//! Barriers of two kinds, in the models: there always are such. What they do is in the world's `asymmetric.rs`.

pub use crate::sys::world::asymmetric::{heavy, light};

/// They are.
pub fn is_ready() -> bool {
    true
}

/// They are ready.
pub fn prepare() -> bool {
    true
}
