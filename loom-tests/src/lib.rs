//! What the models of the loom world share: the programs, the broken twins, and how they are run.

pub use selvedge_loom as selvedge;

#[path = "../../tests/contract/mod.rs"]
pub mod contract;
#[path = "../../tests/models/mod.rs"]
pub mod models;

/// The broken twins: the shipped source with one line changed, made by `build.rs`.
#[allow(warnings, clippy::all, reason = "broken on purpose")]
pub mod twins {
    include!(concat!(env!("OUT_DIR"), "/twins.rs"));
}

use selvedge::explore::{Exploration, Explorer};

/// Every execution. For programs that end in seconds.
pub fn unbounded() -> Explorer {
    Explorer::new()
}

/// Every execution with at most `preemptions` preemptions; every one there is in the deep run (`.ci/deep`
/// sets `SELVEDGE_DEEP`). For programs that take longer.
pub fn bounded(preemptions: usize) -> Explorer {
    assert!(
        preemptions >= 3,
        "a bound below 3 has hidden bugs for years"
    );
    if std::env::var_os("SELVEDGE_DEEP").is_some() {
        Explorer::new()
    } else {
        Explorer::new().preemptions(preemptions)
    }
}

/// The first `executions` with at most three preemptions, and the result says that this is not all; all of
/// them in the deep run. For programs of four threads, which shuttle explores every day.
pub fn sampled(executions: usize) -> Explorer {
    let explorer = Explorer::new().preemptions(3);
    if std::env::var_os("SELVEDGE_DEEP").is_some() {
        explorer
    } else {
        explorer.executions(executions)
    }
}

/// The exploration passed; its figures go to the test's output.
#[track_caller]
pub fn passes(exploration: Exploration) {
    println!("{exploration}, in {:.2?}", exploration.elapsed());
    exploration.expect_pass();
}
