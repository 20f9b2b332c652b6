//! Failures written down, in the loom world: `tests/suites/report.rs`.

use loom_tests::report;

#[test]
fn json_comes_back() {
    report::json_comes_back();
}

#[test]
fn another_json_is_refused() {
    report::another_json_is_refused();
}

#[test]
fn the_page_is_whole() {
    report::the_page_is_whole();
}

#[test]
fn the_drawing_of_a_deadlock() {
    report::the_drawing_of_a_deadlock();
}

#[test]
fn colours_say_nothing() {
    report::colours_say_nothing();
}

#[test]
fn who_wants_colours() {
    report::who_wants_colours();
}

#[test]
fn a_child() {
    report::a_child();
}

#[test]
fn the_report_of_a_child() {
    report::the_report_of_a_child("a_child");
}
