//! What is recorded, in the loom world: `tests/suites/record.rs`.

use loom_tests::record;

#[test]
fn a_long_execution() {
    record::a_long_execution(30_000);
}

#[test]
fn repetitions_are_folded() {
    record::repetitions_are_folded();
}

#[test]
fn without_the_record() {
    record::without_the_record();
}

#[test]
fn a_permit() {
    record::a_permit();
}

#[test]
fn guards() {
    record::guards();
}

#[test]
fn what_is_none() {
    record::what_is_none();
}

#[test]
fn a_future() {
    record::a_future();
}

#[test]
fn a_future_that_is_never_woken() {
    record::a_future_that_is_never_woken();
}

#[test]
fn a_loop_is_told() {
    record::a_loop_is_told();
}
