//! The broken twins of the events and the parker are caught. See `loom-tests/tests/twins.rs`.

use std::sync::Arc;

use loom_tests::caught;
use loom_tests::models::{auto_reset_event as auto, event, parker};
use loom_tests::selvedge::trace::Verdict;

use Verdict::{DataRace, LostWakeup, Panic, UseAfterFree};

caught! {
    event_set_looks_first: event::sets_that_coalesce::<Twin> => LostWakeup { .. },
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
    auto_set_looks_first: auto::sets_that_coalesce::<Twin> => LostWakeup { .. },
    auto_sets_pile_up: auto::sets_are_one::<Twin> => Panic,
    auto_coalesces_with_what_is_owed: auto::each_set_releases_one::<Twin>(2) => LostWakeup { .. } | Panic,
    auto_has_none_to_spare: auto::each_set_releases_one::<Twin>(1) => Panic,
    auto_wakes_nobody: auto::wait_sees::<Twin> => LostWakeup { .. },
    auto_wakes_for_the_first: auto::each_set_releases_one::<Twin>(2) => LostWakeup { .. },
    auto_stays_counted: auto::counts::<Twin>(1, 1) => Panic,
    auto_gives_up_beside_a_set: auto::counts::<Twin>(1, 2) => Panic,
    auto_swallows_a_set: auto::counts::<Twin>(1, 1) => Panic,
    auto_timeout_is_success: auto::counts::<Twin>(1, 1) => Panic,
    auto_takes_what_is_owed: auto::what_is_owed_stays::<Twin>(true) => Panic,
    auto_sleeps_beside_a_set: auto::one_at_a_time::<Twin>(3, 2) => LostWakeup { .. },
    auto_leaves_what_is_owed: auto::wait_sees::<Twin> => LostWakeup { .. },
    auto_takes_and_stays_counted: auto::wait_sees::<Twin> => Panic,
    auto_looks_again: auto::freed_by_the_waiter::<Twin> => UseAfterFree,
    auto_asks_where_to_wake: auto::freed_by_the_waiter::<Twin> => UseAfterFree,
    parker_unpark_looks_first: parker::tokens_that_coalesce::<Twin>(2) => LostWakeup { .. },
    parker_wakes_nobody: parker::token::<Twin> => LostWakeup { .. },
    parker_wakes_only_the_others: parker::token::<Twin> => LostWakeup { .. },
    parker_keeps_the_token: parker::tokens_are_one::<Twin> => Panic,
    parker_trusts_the_wake: parker::to_and_fro::<Twin>(2) => DataRace | Panic,
    parker_leaves_its_mark: parker::timeout_against_unpark::<Twin>(&Arc::default()) => Panic,
    parker_swallows_the_token: parker::timeout_against_unpark::<Twin>(&Arc::default()) => LostWakeup { .. },
    parker_timeout_is_success: parker::timeout_against_unpark::<Twin>(&Arc::default()) => DataRace | Panic,
    parker_two_unnoticed: parker::two_park::<Twin>(&Arc::default()) => LostWakeup { .. },
    parker_looks_again: parker::freed_by_the_parked::<Twin> => UseAfterFree,
    parker_asks_where_to_wake: parker::freed_by_the_parked::<Twin> => UseAfterFree,
}
