//! Failures written down, in the shuttle world: `tests/suites/report.rs`.

use shuttle_tests::{replay, selvedge};

#[path = "../../tests/suites/report.rs"]
mod both;
