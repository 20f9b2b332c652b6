//! What the models of the loom world share: the programs, the broken twins, and how they are run.

pub use selvedge_loom as selvedge;

#[path = "../../tests/contract/mod.rs"]
pub mod contract;
#[path = "../../tests/models/mod.rs"]
pub mod models;
// These need a kernel that is played, so `machine-tests` has no use for them.
#[path = "../../tests/models/pi.rs"]
pub mod pi;
#[path = "../../tests/models/shared.rs"]
pub mod shared;

#[path = "../../tests/suites/replay.rs"]
pub mod replay;

#[path = "../../tests/suites/caught.rs"]
mod table_of_twins;

/// The broken twins: the shipped source with one line changed, made by `build.rs`.
#[allow(warnings, clippy::all, reason = "broken on purpose")]
pub mod twins {
    include!(concat!(env!("OUT_DIR"), "/twins.rs"));
}

pub mod orderings;

use std::time::Duration;

use selvedge::explore::{Exploration, Explorer};
use selvedge::trace::Verdict;

/// Every execution. For programs that end in seconds.
pub fn unbounded() -> Explorer {
    Explorer::new()
}

/// How deep to go: `SELVEDGE_DEEP`, which `.ci/deep` sets.
enum Depth {
    Everyday,
    /// Minutes.
    Deep,
    /// `SELVEDGE_DEEP=hours`.
    Hours,
}

fn depth() -> Depth {
    match std::env::var("SELVEDGE_DEEP") {
        Err(_) => Depth::Everyday,
        Ok(depth) if depth == "hours" => Depth::Hours,
        Ok(_) => Depth::Deep,
    }
}

/// How long the deep run explores one program. What has not ended by then is stopped, and its figures say so.
const PATIENCE: Duration = Duration::from_secs(120);

/// Every execution with at most `everyday` preemptions; with at most `deep` in the deep run, if that ends in time,
/// and every one there is in the run that takes hours.
pub fn bounded(everyday: usize, deep: usize) -> Explorer {
    assert!(everyday >= 3, "a bound below 3 has hidden bugs for years");
    match depth() {
        Depth::Everyday => Explorer::new().preemptions(everyday),
        Depth::Deep => Explorer::new().preemptions(deep).duration(PATIENCE),
        Depth::Hours => Explorer::new(),
    }
}

/// Every execution with at most `everyday` preemptions; every one there is in the deep run, if that ends in time.
pub fn unbounded_when_deep(everyday: usize) -> Explorer {
    match depth() {
        Depth::Everyday => bounded(everyday, everyday),
        Depth::Deep => Explorer::new().duration(PATIENCE),
        Depth::Hours => Explorer::new(),
    }
}

/// The first `executions` with at most three preemptions, and the result says that this is not all; all of
/// them in the deep run, if that ends in time. For programs of four threads, which shuttle explores every day.
pub fn sampled(executions: usize) -> Explorer {
    let explorer = Explorer::new().preemptions(3);
    match depth() {
        Depth::Everyday => explorer.executions(executions),
        Depth::Deep => explorer.duration(PATIENCE),
        Depth::Hours => explorer,
    }
}

/// The exploration passed; its figures go to the test's output.
#[track_caller]
pub fn passes(exploration: Exploration) {
    println!("{exploration}, in {:.2?}", exploration.elapsed());
    exploration.expect_pass();
}

/// The verdict on a program that must fail, found with as few preemptions as it takes.
#[track_caller]
pub fn caught(program: impl Fn() + Send + Sync + Clone + 'static) -> Verdict {
    let exploration = first_to_fail(&Explorer::new().looks().minimize(false), program)
        .expect("the twin passes: nothing catches it");
    let verdict = &exploration.expect_failure().verdict;
    println!("{exploration}: {verdict}");
    verdict.clone()
}

/// The exploration that fails, with as few preemptions as it takes; `None` if four are not enough.
pub fn first_to_fail(
    explorer: &Explorer,
    program: impl Fn() + Send + Sync + Clone + 'static,
) -> Option<Exploration> {
    (0..=4)
        .map(|bound| explorer.clone().preemptions(bound).run(program.clone()))
        .find(|exploration| exploration.failure().is_some())
}

/// Runs a future, with the executor that loom has. A model that fails while a thread sleeps in it ends the process: what the
/// executor itself drops then panics.
#[track_caller]
pub fn block_on<F: Future>(future: F) -> F::Output {
    loom::future::block_on(future)
}
