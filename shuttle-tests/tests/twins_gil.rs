//! The broken twins of the Gil are caught, as far as they are no matter of weak memory. See `loom-tests/tests/twins.rs`.

use std::sync::Arc;

use shuttle_tests::caught;
use shuttle_tests::models::gil::{self, Outcomes};
use shuttle_tests::selvedge::trace::Verdict;

fn outcomes() -> Arc<Outcomes> {
    Arc::default()
}

use Verdict::{BoundReached, DataRace, Deadlock, LostWakeup, Panic, UseAfterFree};

caught! {
    gil_tells_nobody: gil::exclusion::<Twin>(2, 1, gil::PATIENT) => LostWakeup { .. },
    gil_tells_another: gil::in_order_although_woken_in_vain::<Twin> => Panic,
    gil_grants_silently: gil::leaving_hands_over::<Twin> => LostWakeup { .. },
    gil_forgets_the_queue: gil::everybody_computes::<Twin>(2, gil::ASKING) => LostWakeup { .. } | Deadlock { .. } | Panic,
    gil_claim_forgets_the_queue: gil::exclusion::<Twin>(3, 1, gil::PATIENT) => LostWakeup { .. },
    gil_leaves_asked: gil::leaving_hands_over::<Twin> => Panic,
    gil_hand_over_stays_asked: gil::leaving_hands_over::<Twin> => Panic,
    gil_frees_and_grants: gil::exclusion::<Twin>(2, 2, gil::PATIENT) => Panic | DataRace,
    gil_looks_again: gil::freed_by_the_next::<Twin>(gil::PATIENT) => UseAfterFree,
    gil_looks_again_contended: gil::freed_by_one_that_gave_up::<Twin> => UseAfterFree,
    gil_looks_again_beside_the_first: gil::freed_by_the_next::<Twin>(gil::PATIENT) => UseAfterFree,
    gil_queues_for_a_free_lock: gil::exclusion::<Twin>(2, 1, gil::PATIENT) => LostWakeup { .. },
    gil_does_not_look: gil::exclusion::<Twin>(2, 1, gil::PATIENT) => LostWakeup { .. } | BoundReached,
    gil_looks_for_ever: gil::exclusion::<Twin>(2, 2, gil::PATIENT) => LostWakeup { .. },
    gil_goes_back_to_the_end: gil::in_order_although_woken_in_vain::<Twin> => Panic,
    gil_goes_away_unseen: gil::timeout_beside_waiter::<Twin>(gil::PATIENT, &outcomes()) => LostWakeup { .. },
    gil_queued_mark_left: gil::asker_is_gone::<Twin> => Panic,
    gil_request_left: gil::asker_is_gone::<Twin> => Panic,
    gil_request_left_to_others: gil::asker_leaves_beside_another::<Twin> => Panic,
    gil_request_taken_along: gil::asker_leaves_beside_another::<Twin> => LostWakeup { .. } | Deadlock { .. },
    gil_gives_up_what_it_has: gil::asker_leaves::<Twin>(&outcomes()) => Panic | LostWakeup { .. },
    gil_never_asks: gil::everybody_gets_in::<Twin>(1, gil::ASKING) => LostWakeup { .. } | Deadlock { .. },
    gil_checkpoint_frees: gil::everybody_gets_in::<Twin>(1, gil::ASKING) => Panic,
    gil_checkpoint_ignores: gil::everybody_gets_in::<Twin>(1, gil::ASKING) => Panic,
    gil_stays_inside: gil::everybody_gets_in::<Twin>(1, gil::ASKING) => Panic | DataRace,
    gil_gives_way_to_nobody: gil::asker_leaves::<Twin>(&outcomes()) => LostWakeup { .. } | Deadlock { .. },
    gil_giver_does_not_tell: gil::everybody_gets_in::<Twin>(1, gil::ASKING) => LostWakeup { .. },
    gil_reminds_nobody: gil::everybody_computes::<Twin>(2, gil::ASKING) => LostWakeup { .. } | Deadlock { .. },
    gil_any_may_ask: gil::everybody_computes::<Twin>(2, gil::ASKING) => LostWakeup { .. } | Deadlock { .. },
    gil_reminder_not_forgotten: gil::everybody_computes::<Twin>(2, gil::ASKING) => BoundReached,
    gil_owner_cleared_late: gil::attached_twice::<Twin> => _,
    gil_owner_stays: gil::attached_twice::<Twin> => Panic,
    gil_attaches_twice: gil::attached_twice::<Twin> => _,
    gil_returning_last: gil::returning_first::<Twin> => Panic,
    gil_returning_never_asks: gil::returning_first::<Twin> => LostWakeup { .. } | Deadlock { .. },
    gil_turn_is_lost: gil::returning_first::<Twin> => Panic,
    gil_turn_of_who_interrupts: gil::who_interrupts_has_no_turn::<Twin> => Panic,
    gil_turn_ends_outside: gil::detaching::<Twin>(2, gil::ALL_ASK) => LostWakeup { .. } | Deadlock { .. } | Panic,
    gil_worn_behind_the_interrupted: gil::nobody_is_worn_behind_the_interrupted::<Twin> => Panic,
    gil_turn_goes_on_before_the_worn: gil::overtaken_no_more_than::<Twin>(1, 2, 1) => Panic,
    gil_returning_interrupt: gil::returning_do_not_interrupt::<Twin> => Panic,
    gil_spares_nobody: gil::returning_spares_the_next::<Twin> => Panic,
    gil_overtaken_for_ever: gil::overtaken_no_more_than::<Twin>(1, 2, 1) => Panic,
    gil_overtaking_not_counted: gil::overtaken_no_more_than::<Twin>(1, 2, 1) => Panic,
    gil_returning_behind_all: gil::overtaken_no_more_than::<Twin>(1, 2, 2) => Panic,
    gil_finalize_tells_nobody: gil::finalize_with_waiters::<Twin>(gil::PATIENT) => LostWakeup { .. } | Deadlock { .. },
    gil_finalize_tells_one: gil::finalize_with_waiters::<Twin>(gil::PATIENT) => LostWakeup { .. } | Deadlock { .. },
    gil_final_and_free: gil::finalize::<Twin>(gil::PATIENT, &outcomes()) => Panic,
    gil_queues_for_a_final_lock: gil::finalize::<Twin>(gil::PATIENT, &outcomes()) => LostWakeup { .. } | Deadlock { .. },
    gil_finalized_is_granted: gil::finalize_with_waiters::<Twin>(gil::PATIENT) => Panic,
    gil_token_survives: gil::finalize::<Twin>(gil::PATIENT, &outcomes()) => Panic | DataRace,
    gil_detach_stays: gil::mutex_inside::<Twin>(false) => Deadlock { .. },
    gil_panic_stays_away: gil::panics::<Twin> => Panic,
    gil_locks_inside: gil::mutex_inside::<Twin>(false) => Deadlock { .. },
    gil_drop_forgets: gil::exclusion::<Twin>(2, 1, gil::PATIENT) => _,
}
