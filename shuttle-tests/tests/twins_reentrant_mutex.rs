//! The broken twins of who a thread is, which the reentrant mutex asks, are caught. See
//! `loom-tests/tests/twins.rs`.

use shuttle_tests::caught;
use shuttle_tests::models::reentrant_mutex;
use shuttle_tests::selvedge::trace::Verdict;

use Verdict::{DataRace, Deadlock, LostWakeup, Panic};

caught! {
    thread_id_of_the_system: reentrant_mutex::exclusion::<Twin>(2, 2) => DataRace | Panic,
    thread_id_of_two: reentrant_mutex::exclusion::<Twin>(2, 2) => DataRace | Panic,
    thread_id_for_each_call: reentrant_mutex::exclusion::<Twin>(2, 2) => Deadlock { .. } | LostWakeup { .. },
    thread_id_comes_back: reentrant_mutex::numbers::<Twin>() => Panic,
}
