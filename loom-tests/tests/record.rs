//! What is recorded, in the loom world: `tests/suites/record.rs`.

use loom_tests::{replay, selvedge};

#[path = "../../tests/suites/record.rs"]
mod both;
