//! Schedules in the shuttle world: `tests/suites/replay.rs`.

use shuttle_tests::replay;
use shuttle_tests::selvedge::explore::{Explorer, Strategy};

fn explorers() -> [Explorer; 5] {
    let (executions, seed) = (10_000, 7);
    let strategies = [
        Strategy::Random { executions, seed },
        Strategy::Urw { executions, seed },
        Strategy::Pct {
            executions,
            depth: 3,
            seed,
        },
    ];
    let [random, urw, pct] = strategies.map(|strategy| Explorer::new().strategy(strategy));
    [
        Explorer::new().preemptions(1),
        Explorer::new().preemptions(3),
        random,
        urw,
        pct,
    ]
}

#[test]
fn is_the_same_again() {
    replay::is_the_same_again(&explorers());
}

#[test]
fn has_the_fewest_preemptions() {
    replay::has_the_fewest_preemptions(&explorers());
}

#[test]
fn another_program_departs() {
    replay::another_program_departs();
}

#[test]
fn a_program_that_ends_early_departs() {
    replay::a_program_that_ends_early_departs();
}

#[test]
fn the_other_world_is_refused() {
    replay::the_other_world_is_refused();
}

/// Deadlocks, panics and races fail without a word from us or from shuttle.
#[test]
fn failing_models_print_nothing() {
    let own = std::env::current_exe().unwrap();
    let run = std::process::Command::new(own)
        .args(["--exact", "fails_in_many_ways", "--nocapture"])
        .output()
        .unwrap();
    assert!(run.status.success());
    assert_eq!(String::from_utf8_lossy(&run.stderr), "");
}

#[test]
fn fails_in_many_ways() {
    for explorer in explorers() {
        explorer.run(replay::abba(0)).expect_failure();
        explorer.run(replay::lost(false)).expect_failure();
        explorer.run(replay::lost(true)).expect_failure();
        explorer.run(replay::race).expect_failure();
    }
}
