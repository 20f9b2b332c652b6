//! The broken twins of the events and the parker are caught, as far as they are no matter of weak memory. See `loom-tests/tests/twins.rs`.

use std::sync::Arc;

use shuttle_tests::models::event;
use shuttle_tests::selvedge::trace::Verdict;
use shuttle_tests::{caught, twins};

macro_rules! caught {
    ($($twin:ident: $program:expr => $verdict:pat,)*) => {$(
        #[test]
        fn $twin() {
            use twins::$twin::Twin;
            let verdict = caught($program);
            assert!(matches!(verdict, $verdict), "{verdict}");
        }
    )*};
}

use Verdict::{DataRace, LostWakeup, Panic, UseAfterFree};

caught! {
    event_wakes_one: event::releases_all::<Twin>(2) => LostWakeup { .. },
    event_wakes_nobody: event::releases_all::<Twin>(1) => LostWakeup { .. },
    event_sleeps_unmarked: event::releases_all::<Twin>(1) => LostWakeup { .. },
    event_keeps_its_generation: event::set_and_reset::<Twin>(1) => LostWakeup { .. },
    event_forgets_that_it_was_set: event::set_and_reset::<Twin>(1) => LostWakeup { .. },
    event_takes_a_mark_for_a_set: event::releases_all::<Twin>(2) => DataRace | Panic,
    event_reset_counts_when_unset: event::reset_by_another::<Twin> => LostWakeup { .. },
    event_trusts_the_wake: event::to_and_fro::<Twin>(2) => DataRace | Panic,
    event_timeout_is_success: event::timeout_against_set::<Twin>(&Arc::default(), 1) => DataRace | Panic,
    event_looks_again: event::freed_by_the_waiter::<Twin> => UseAfterFree,
    event_asks_where_to_wake: event::freed_by_the_waiter::<Twin> => UseAfterFree,
    event_generation_overflows: event::set_and_reset::<Twin>(1) => Panic,
    event_waits_for_a_later_generation: event::set_and_reset::<Twin>(1) => LostWakeup { .. },
}
