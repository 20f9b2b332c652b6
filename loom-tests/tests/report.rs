//! Failures written down, in the loom world: `tests/suites/report.rs`.

use loom_tests::{replay, selvedge};

#[path = "../../tests/suites/report.rs"]
mod both;
