//! What the models of the shuttle world share: the programs, the broken twins, and how they are run.

pub use selvedge_shuttle as selvedge;

#[path = "../../tests/contract/mod.rs"]
pub mod contract;
#[path = "../../tests/models/mod.rs"]
pub mod models;
// These need a kernel that is played, so `machine-tests` has no use for them.
#[path = "../../tests/models/pi.rs"]
pub mod pi;
#[path = "../../tests/models/shared.rs"]
pub mod shared;

pub mod random;

#[path = "../../tests/suites/replay.rs"]
pub mod replay;

#[path = "../../tests/suites/caught.rs"]
mod table_of_twins;

/// The broken twins: the shipped source with one line changed, made by `build.rs`.
#[allow(warnings, clippy::all, reason = "broken on purpose")]
pub mod twins {
    include!(concat!(env!("OUT_DIR"), "/twins.rs"));
}

use std::time::Duration;

use selvedge::explore::{Exploration, Explorer, Strategy};
use selvedge::trace::Verdict;

/// Every schedule, for programs that end in seconds: the second opinion on what passes under loom.
pub fn exhaustive() -> Explorer {
    Explorer::new()
}

/// Every schedule with at most `preemptions` preemptions; with one more in the deep run, or what of them two minutes
/// allow.
pub fn bounded(preemptions: usize) -> Explorer {
    assert!(
        preemptions >= 3,
        "a bound below 3 has hidden bugs for years"
    );
    if std::env::var_os("SELVEDGE_DEEP").is_some() {
        Explorer::new()
            .preemptions(preemptions + 1)
            .duration(Duration::from_secs(120))
    } else {
        Explorer::new().preemptions(preemptions)
    }
}

/// Many schedules at random, some uniformly and some by PCT; ten times as many in the deep run
/// (`.ci/deep` sets `SELVEDGE_DEEP`).
pub fn portfolio() -> [Explorer; 2] {
    let executions = if std::env::var_os("SELVEDGE_DEEP").is_some() {
        100_000
    } else {
        10_000
    };
    [
        Explorer::new().strategy(Strategy::Random {
            executions,
            seed: 1,
        }),
        Explorer::new().strategy(Strategy::Pct {
            executions,
            depth: 3,
            seed: 1,
        }),
    ]
}

/// The same with so many executions every day, where a family has many programs, and all of it in the deep run.
pub fn part_of_portfolio(everyday: usize) -> impl Iterator<Item = Explorer> {
    let deep = std::env::var_os("SELVEDGE_DEEP").is_some();
    portfolio().into_iter().map(move |explorer| {
        if deep {
            explorer
        } else {
            explorer.executions(everyday)
        }
    })
}

/// The exploration passed; its figures go to the test's output.
#[track_caller]
pub fn passes(exploration: Exploration) {
    println!("{exploration}, in {:.2?}", exploration.elapsed());
    exploration.expect_pass();
}

/// The program passes the whole portfolio.
#[track_caller]
pub fn survives(program: impl Fn() + Send + Sync + Clone + 'static) {
    for explorer in portfolio() {
        passes(explorer.looks().run(program.clone()));
    }
}

/// The verdict on a program that must fail.
#[track_caller]
pub fn caught(program: impl Fn() + Send + Sync + Clone + 'static) -> Verdict {
    let systematic = (0..=5).map(|preemptions| Explorer::new().preemptions(preemptions));
    for explorer in portfolio().into_iter().chain(systematic) {
        let exploration = explorer.looks().minimize(false).run(program.clone());
        if let Some(failure) = exploration.failure() {
            println!("{exploration}: {}", failure.verdict);
            return failure.verdict.clone();
        }
    }
    panic!("the twin passes: nothing catches it");
}

/// Runs a future, with the executor that shuttle has.
pub fn block_on<F: Future>(future: F) -> F::Output {
    shuttle::future::block_on(future)
}
