//! What is recorded, in the shuttle world: `tests/suites/record.rs`.

use shuttle_tests::{replay, selvedge};

#[path = "../../tests/suites/record.rs"]
mod both;
