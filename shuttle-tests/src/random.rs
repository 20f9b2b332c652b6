//! Random programs, each of which is explored at random.

use std::fmt::Debug;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use crate::selvedge::explore::{self, Exploration, Explorer};

/// So many executions of a program.
pub fn at_random(executions: usize) -> Explorer {
    Explorer::new().strategy(explore::Strategy::Random {
        executions,
        seed: 1,
    })
}

/// Every one of so many programs passes. One that fails is made as small as it can be, and shown with its run.
#[track_caller]
pub fn all_pass<P: Debug>(
    cases: u32,
    programs: &impl Strategy<Value = P>,
    explore: impl Fn(P) -> Exploration,
) {
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    });
    let result = runner.run(programs, |program| match explore(program).failure() {
        None => Ok(()),
        Some(failure) => Err(TestCaseError::fail(failure.to_string())),
    });
    if let Err(failing) = result {
        panic!("{failing}");
    }
}

/// Whether one of so many programs fails: the test above can. The programs are the same in every run.
pub fn some_fails<P: Debug>(
    cases: usize,
    programs: &impl Strategy<Value = P>,
    explore: impl Fn(P) -> Exploration,
) -> bool {
    let mut runner = TestRunner::deterministic();
    (0..cases).any(|_| {
        let program = programs.new_tree(&mut runner).expect("a program");
        explore(program.current()).failure().is_some()
    })
}
