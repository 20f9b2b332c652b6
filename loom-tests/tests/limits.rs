//! Where an exploration of the loom world ends: `tests/suites/limits.rs`, and loom's own limits.

use loom_tests::selvedge;
use selvedge::explore::{Exploration, Explorer};
use selvedge::sys::thread;
use selvedge::trace::Verdict;

#[path = "../../tests/suites/limits.rs"]
mod both;

fn started(explorer: &Explorer, threads: usize) -> Exploration {
    explorer.run(move || {
        let threads: Vec<_> = (0..threads).map(|_| thread::spawn(|| ())).collect();
        for thread in threads {
            thread.join().unwrap();
        }
    })
}

/// Five threads, and one of them is needed where wakes come for no reason. One more is told, not an abort.
#[test]
fn too_many_threads() {
    let plain = Explorer::new();
    let spurious = Explorer::new().spurious_wakes(1);
    for (explorer, fit, says) in [
        (plain, 4, "the root included, and one more is started"),
        (spurious, 3, "one of them for the spurious wakes"),
    ] {
        assert!(started(&explorer, fit).failure().is_none());
        let exploration = started(&explorer, fit + 1);
        let failure = exploration.expect_failure();
        assert_eq!(failure.verdict, Verdict::CannotExplore, "{failure}");
        assert!(failure.message.contains("at most 5 threads"), "{failure}");
        assert!(failure.message.contains(says), "{failure}");
        let said = failure.to_string();
        let said: String = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("why cannot be explored"), "{said}");
        assert!(said.contains("use fewer, or the shuttle world"), "{said}");
        assert!(started(&explorer, fit).failure().is_none());
    }
}

/// loom makes room for all steps in advance; what there is no room for is refused before it tries.
#[test]
fn room_for_steps() {
    let payload = std::panic::catch_unwind(|| {
        Explorer::new().steps(usize::MAX).run(|| ());
    });
    let message = *payload.unwrap_err().downcast::<String>().unwrap();
    assert!(message.contains("make the program shorter"), "{message}");
}

/// `check` tries everything here.
#[test]
fn check_is_complete() {
    let exploration = selvedge::explore::check(both::adding(2));
    assert!(exploration.is_complete());
    assert_eq!(exploration.stages().len(), 1);
}
