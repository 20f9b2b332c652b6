//! Turns the published source into one that sleeps on the portable backend everywhere.
fn main() {
    println!("cargo::rustc-cfg=selvedge_fallback");
    println!("cargo::rerun-if-changed=build.rs");
}
