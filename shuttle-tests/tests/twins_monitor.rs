//! The broken twins of the monitor are caught. See `twins.rs` beside this file.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use shuttle_tests::caught;
use shuttle_tests::models::monitor;
use shuttle_tests::models::mutex::Outcomes;
use shuttle_tests::selvedge::trace::Verdict;

fn outcomes() -> Arc<Outcomes> {
    Arc::default()
}

fn panics() -> Arc<AtomicUsize> {
    Arc::default()
}

use Verdict::{DataRace, Deadlock, ForgottenUnlock, LostWakeup, Panic, UseAfterFree};

caught! {
    monitor_does_not_ask: monitor::buffer::<Twin>(1, 1, 1, 1) => LostWakeup { .. },
    monitor_wait_does_not_ask: monitor::wait_hands_over::<Twin>(2) => LostWakeup { .. },
    monitor_classic_does_not_ask: monitor::classic::<Twin>(false) => LostWakeup { .. },
    monitor_wakes_nobody: monitor::buffer::<Twin>(1, 1, 1, 1) => LostWakeup { .. },
    monitor_unlocks_too: monitor::buffer::<Twin>(1, 1, 1, 1) => Panic | DataRace,
    monitor_is_mesas: monitor::nobody_comes_between::<Twin> => Panic,
    monitor_looks_again: monitor::freed_by_the_next_owner::<Twin>(false) => UseAfterFree,

    monitor_opens_for_who_leaves: monitor::the_next_in_its_stead::<Twin>(false) => Panic,
    monitor_skips_the_heir: monitor::the_next_in_its_stead::<Twin>(true) => Panic | LostWakeup { .. },
    monitor_ignores_that_it_owns: monitor::timeout_against_hand_over::<Twin>(true, &outcomes()) => LostWakeup { .. } | Deadlock { .. },
    monitor_gives_to_who_leaves: monitor::timeout_against_hand_over::<Twin>(true, &outcomes()) => LostWakeup { .. } | Deadlock { .. },
    monitor_does_not_ask_again: monitor::timeout_against_hand_over::<Twin>(true, &outcomes()) => Panic,
    monitor_keeps_what_it_gave_up: monitor::timeout_against_hand_over::<Twin>(false, &outcomes()) => ForgottenUnlock { .. } | Panic,

    monitor_waits_for_what_is: monitor::buffer::<Twin>(1, 1, 1, 1) => LostWakeup { .. },
    monitor_panics_in_the_leaver: monitor::a_condition_panics::<Twin>(false, false, false, &panics()) => Panic,
    monitor_panic_is_yes: monitor::a_condition_panics::<Twin>(true, false, false, &panics()) => Panic,
    monitor_panic_is_no: monitor::a_condition_panics::<Twin>(true, false, false, &panics()) => LostWakeup { .. },
    monitor_lets_conditions_in: monitor::a_condition_enters::<Twin> => Deadlock { .. },

    monitor_asks_each: monitor::asked_once::<Twin>(true) => Panic,
    monitor_forgets_the_row: monitor::in_order_of_arrival::<Twin>(&[true, true]) => LostWakeup { .. },
    monitor_row_jumps: monitor::in_order_of_arrival::<Twin>(&[true, false, true]) => Panic,
    monitor_forgets_the_rows_behind: monitor::in_order_of_arrival::<Twin>(&[true, false]) => LostWakeup { .. },

    monitor_keeps_the_door_shut: monitor::entrants_get_in::<Twin>(2, 1, false) => Panic,
    monitor_opens_to_nobody: monitor::wait_hands_over::<Twin>(3) => LostWakeup { .. },
    monitor_forgets_who_queues: monitor::entrants_get_in::<Twin>(2, 2, false) => LostWakeup { .. },
    monitor_forgets_the_designated: monitor::entrants_get_in::<Twin>(2, 1, false) => Panic,
}
