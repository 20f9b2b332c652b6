//! The gallery keeps its word: each broken program gets the verdict that its exhibit tells of, with as few
//! preemptions as said here, and each fixed one passes.

use loom_tests::selvedge::trace::Verdict;

#[path = "../../examples/gallery/exhibits/mod.rs"]
#[allow(dead_code, reason = "the texts are for the runner")]
mod exhibits;
use exhibits::{EXHIBITS, Exhibit};

#[path = "../../examples/gallery/text.rs"]
mod text;
use text::{WIDTH, wrapped};

#[path = "../pictures/mod.rs"]
mod pictures;

macro_rules! exhibits {
    ($($test:ident: $name:literal, $preemptions:expr => $verdict:pat,)*) => {
        const TESTED: &[&str] = &[$($name),*];

        $(
            #[test]
            fn $test() {
                let exhibit = exhibit($name);
                let failure = exhibit.failure();
                assert_eq!(failure.preemptions, $preemptions, "{failure}");
                assert!(matches!(failure.verdict, $verdict), "{failure}");
                println!("{}, in {:.2?}", exhibit.proof().text, exhibit.proof().elapsed);
            }
        )*
    };
}

exhibits! {
    abba: "abba", Some(1) => Verdict::Deadlock { .. },
    philosophers: "philosophers", Some(2) => Verdict::Deadlock { .. },
    guard: "guard", Some(0) => Verdict::Deadlock { .. },
    reread: "reread", Some(1) => Verdict::Deadlock { .. },
    lost: "lost", Some(1) => Verdict::LostWakeup { .. },
    wrong_waiter: "wrong-waiter", Some(1) => Verdict::LostWakeup { .. },
    dropped_mark: "dropped-mark", Some(1) => Verdict::LostWakeup { .. },
    barrier: "barrier", Some(0) => Verdict::LostWakeup { .. },
    polite: "polite", None => Verdict::Livelock { .. },
    store_buffering: "store-buffering", Some(1) => Verdict::LostWakeup { .. },
    publication: "publication", Some(1) => Verdict::DataRace,
    priority_inversion: "priority-inversion", Some(1) => Verdict::PriorityInversion { .. },
}

/// All of them.
fn all() -> impl Iterator<Item = &'static Exhibit> {
    pictures::listen();
    EXHIBITS.iter()
}

fn exhibit(name: &str) -> &'static Exhibit {
    all()
        .find(|exhibit| exhibit.name == name)
        .expect("an exhibit of this name")
}

#[test]
fn every_exhibit_is_held_to_its_word() {
    let names: Vec<_> = EXHIBITS.iter().map(|exhibit| exhibit.name).collect();
    assert_eq!(names, TESTED, "an exhibit without a test in this file");
}

/// A reader has one screen, and so has a terminal: whatever the runner prints is no wider.
#[test]
fn a_story_fits() {
    for exhibit in all() {
        let failure = exhibit.failure().to_string();
        assert!(failure.lines().count() <= 60, "{failure}");
        let told = [
            wrapped("", exhibit.story),
            wrapped("fix   ", exhibit.fix),
            wrapped("", exhibit.line),
            // The line that replays it is to be copied, and is not broken.
            failure
                .lines()
                .filter(|line| !line.starts_with("replay "))
                .collect::<Vec<_>>()
                .join("\n"),
            exhibit.failure().interleaving.detailed().to_string(),
        ];
        for line in told.iter().flat_map(|text| text.lines()) {
            assert!(line.chars().count() <= WIDTH, "{}: {line}", exhibit.name);
        }
        assert!(exhibit.line.chars().count() <= WIDTH, "{}", exhibit.name);
    }
}

/// Every preemption that a failure is said to need is marked in its table, and no other switch is.
#[test]
fn preemptions_are_marked() {
    for exhibit in all() {
        let failure = exhibit.failure();
        let marks = failure.to_string().matches("↷ preempted").count();
        // A loop needs none but those that lead into it.
        if let Some(preemptions) = failure.preemptions {
            assert_eq!(marks, preemptions, "{failure}");
        }
    }
}

/// The failures as they are kept in `loom-tests/pictures`: see `pictures::assert_kept`.
#[test]
fn the_pictures_are_as_kept() {
    for exhibit in all() {
        pictures::assert_kept(
            &format!("exhibit-{}", exhibit.name),
            &exhibit.failure().to_string(),
        );
    }
}

/// The README shows the first exhibit as it is. (How many steps the replay takes is not for it to say.)
#[test]
fn the_readme_shows_what_one_sees() {
    let failure = exhibit("abba").failure().to_string();
    let readme = include_str!("../../README.md");
    for line in failure.lines().filter(|line| !line.starts_with("replay ")) {
        assert!(
            readme.contains(line),
            "README.md does not show this line:\n{line}"
        );
    }
}
