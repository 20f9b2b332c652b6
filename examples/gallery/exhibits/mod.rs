//! The exhibits, and how they are explored.

pub mod abba;
pub mod forgotten_wake;

use selvedge_loom::explore::{Exploration, Explorer};

/// One thing that goes wrong.
pub struct Exhibit {
    /// What to type.
    pub name: &'static str,
    /// What it is, in a line.
    pub line: &'static str,
    /// How it comes about.
    pub story: &'static str,
    /// The program that fails.
    pub broken: fn(),
    /// What is different in the one that does not.
    pub fix: &'static str,
    /// The program that passes.
    pub fixed: fn(),
}

/// All of them, in the order of the list.
pub const EXHIBITS: &[Exhibit] = &[abba::EXHIBIT, forgotten_wake::EXHIBIT];

/// Explores a program that fails, with more and more preemptions, and returns the first bound that shows
/// it: there is no simpler picture.
pub fn fewest_preemptions(broken: fn()) -> (usize, Exploration) {
    (0..=4)
        .map(|bound| (bound, Explorer::new().preemptions(bound).run(broken)))
        .find(|(_, exploration)| exploration.failure().is_some())
        .expect(
            "selvedge: the broken program of an exhibit passes; its failure needs more preemptions",
        )
}

/// Explores the fixed program, in full.
pub fn explore_fixed(exhibit: &Exhibit) -> Exploration {
    let exploration = Explorer::new().run(exhibit.fixed);
    exploration.expect_pass();
    exploration
}
