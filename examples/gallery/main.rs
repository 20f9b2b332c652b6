//! The gallery.
fn main() {}
