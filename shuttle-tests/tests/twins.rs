//! The broken twins that are no matter of weak memory, caught by shuttle. See `loom-tests/tests/twins.rs`.

use std::sync::Arc;

use shuttle_tests::caught;
use shuttle_tests::models::mutex::{self, Outcomes};
use shuttle_tests::models::{Kit, condvar, lifetime};
use shuttle_tests::selvedge::trace::Verdict;

fn outcomes() -> Arc<Outcomes> {
    Arc::default()
}

use Verdict::{Deadlock, LostWakeup, Panic, UseAfterFree};

caught! {
    of {FairTwin, Twin};

    wake_forgotten: mutex::exclusion::<Twin>(2, 1) => LostWakeup { .. },
    wake_forgotten_by_a_last_turn: mutex::fair_unlock::<Twin> => LostWakeup { .. },
    queued_mark_dropped: mutex::exclusion::<Twin>(3, 1) => LostWakeup { .. },
    queued_mark_left: mutex::timeout_leaves_no_mark::<Twin> => Panic,
    sleeps_while_waking: mutex::exclusion::<Twin>(2, 2) => LostWakeup { .. },
    leaves_while_waking: mutex::timeout_beside_waiter::<Twin> => _,
    leaves_a_handed_lock: mutex::fair_unlock_against_timeout::<Twin> => LostWakeup { .. },
    queues_for_a_free_lock: mutex::exclusion::<Twin>(2, 1) => LostWakeup { .. },
    steals_what_was_handed_over: mutex::fair_unlock::<Twin> => Panic,
    fair_is_unfair: mutex::fair_unlock::<Twin> => Panic,
    fair_lock_is_unfair: mutex::in_order_of_arrival::<FairTwin>(false) => Panic,
    fair_forgets_the_designated: mutex::fair_unlock_to_the_designated::<Twin> => Panic,
    goes_back_to_the_end: mutex::in_order_of_arrival::<<Twin as Kit>::RawMutex>(false) => Panic,
    looks_again_after_unlock: lifetime::freed_by_the_last_owner::<Twin>(2) => UseAfterFree,
    wakes_without_asking_who_is_there: lifetime::freed_by_the_last_owner::<Twin>(3) => UseAfterFree,
    looks_again_after_contended_unlock: lifetime::freed_by_the_last_owner::<Twin>(2) => UseAfterFree,
    bypasses_of_the_first_not_looked_at: mutex::bypass_bound::<Twin>(4) => Panic,
    bypasses_of_the_designated_not_looked_at: mutex::bypass_bound::<Twin>(4) => Panic,
    bypasses_not_looked_at: mutex::bypass_bound::<Twin>(4) => Panic,
    aside_keeps_the_lock: mutex::steps_aside::<Twin>(false, &Arc::default()) => _,
    aside_unseen: mutex::steps_aside::<Twin>(false, &Arc::default()) => _,
    aside_stays: mutex::steps_aside::<Twin>(false, &Arc::default()) => _,
    aside_without_designated: mutex::steps_aside::<Twin>(false, &Arc::default()) => _,
    looking_stays: mutex::exclusion::<Twin>(2, 1) => _,
    looking_asleep: mutex::exclusion::<Twin>(2, 1) => _,
    nobody_looks: mutex::exclusion::<Twin>(2, 2) => LostWakeup { .. },

    bucket_wakes_nobody: mutex::exclusion::<Twin>(3, 1) => LostWakeup { .. } | Deadlock { .. },
    bucket_forgets_the_others: mutex::exclusion::<Twin>(4, 1) => LostWakeup { .. } | Deadlock { .. },
    times_out_although_taken_out: mutex::timeout_against_unlock::<Twin>(&outcomes()) => _,
    forgets_the_rest: mutex::exclusion::<Twin>(3, 1) => _,

    unlocks_before_queueing: condvar::notify_one::<Twin>(false) => LostWakeup { .. },
    notify_tells_nobody: condvar::notify_one::<Twin>(false) => LostWakeup { .. },
    waiters_not_noted: condvar::notify_one::<Twin>(false) => LostWakeup { .. },
    times_out_although_notified: condvar::exact_counts::<Twin>(1, &outcomes()) => Panic,
    moved_and_not_noted: condvar::notify_one::<Twin>(true) => LostWakeup { .. },
    moved_to_a_free_lock: condvar::notify_while_another_unlocks::<Twin> => LostWakeup { .. },
    moved_one_thinks_it_is_alone: condvar::notify_one::<Twin>(true) => _,
    one_more_is_told_nothing: condvar::meet_again::<Twin> => _,
    accepts_two_mutexes: condvar::two_mutexes_at_once::<Twin> => Panic,
}
