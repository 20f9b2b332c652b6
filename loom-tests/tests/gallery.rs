//! The gallery keeps its word: each broken program gets the verdict that its exhibit tells of, with no
//! fewer preemptions than said here, and each fixed one passes completely.

use loom_tests::selvedge::trace::Verdict;

#[path = "../../examples/gallery/exhibits/mod.rs"]
#[allow(dead_code, reason = "the texts are for the runner")]
mod exhibits;
use exhibits::{EXHIBITS, Exhibit, explore_fixed, fewest_preemptions};

fn exhibit(name: &str) -> &'static Exhibit {
    EXHIBITS
        .iter()
        .find(|exhibit| exhibit.name == name)
        .expect("an exhibit of this name")
}

#[track_caller]
fn keeps_its_word(name: &str, preemptions: usize, verdict: impl Fn(&Verdict) -> bool) {
    let exhibit = exhibit(name);
    let (bound, exploration) = fewest_preemptions(exhibit.broken);
    let failure = exploration.expect_failure();
    assert_eq!(bound, preemptions, "{failure}");
    assert!(verdict(&failure.verdict), "{failure}");
    assert!(explore_fixed(exhibit).is_complete());
}

#[test]
fn abba() {
    keeps_its_word(
        "abba",
        1,
        |verdict| matches!(verdict, Verdict::Deadlock { cycle } if cycle.len() == 2),
    );
}

#[test]
fn forgotten_wake() {
    keeps_its_word(
        "forgotten-wake",
        1,
        |verdict| matches!(verdict, Verdict::LostWakeup { asleep } if asleep.len() == 1),
    );
}

#[test]
fn every_exhibit_is_held_to_its_word() {
    let names: Vec<_> = EXHIBITS.iter().map(|exhibit| exhibit.name).collect();
    assert_eq!(
        names,
        ["abba", "forgotten-wake"],
        "an exhibit without a test in this file"
    );
}

/// The README shows the first exhibit as it is.
#[test]
fn the_readme_shows_what_one_sees() {
    let (_, exploration) = fewest_preemptions(exhibit("abba").broken);
    let readme = include_str!("../../README.md");
    for line in exploration.expect_failure().to_string().lines() {
        assert!(
            readme.contains(line),
            "README.md does not show this line:\n{line}"
        );
    }
}
