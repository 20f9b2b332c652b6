//! Every broken twin is caught, by the models that the shipped locks pass. What each twin gets wrong
//! is said in `tests/twins/make.rs`; here stands which program catches it, and with which verdict.
//! `leaves_while_waking` takes four threads, `late_one_passes_no_wake_on` a wake that reaches any waiter: they are caught in `shuttle-tests/tests/twins.rs`, where those
//! that are no matter of weak memory are caught a second time.

use std::sync::Arc;

use loom_tests::models::mutex::{self, Outcomes};
use loom_tests::models::{condvar, lifetime};
use loom_tests::selvedge::trace::Verdict;
use loom_tests::{caught, twins};

fn outcomes() -> Arc<Outcomes> {
    Arc::default()
}

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

use Verdict::{DataRace, Deadlock, LostWakeup, Panic, UseAfterFree};

caught! {
    lock_relaxed: mutex::exclusion::<Twin>(2, 1) => DataRace,
    try_lock_relaxed: mutex::try_lock::<Twin> => DataRace,
    timed_lock_relaxed: mutex::timeout_against_unlock::<Twin>(&outcomes()) => DataRace,
    barging_lock_relaxed: mutex::exclusion::<Twin>(2, 2) => DataRace,
    claim_relaxed: mutex::exclusion::<Twin>(2, 2) => DataRace,
    late_claim_relaxed: mutex::timeout_against_unlock::<Twin>(&outcomes()) => DataRace,
    unlock_relaxed: mutex::exclusion::<Twin>(2, 1) => DataRace,
    fair_unlock_relaxed: mutex::fair_unlock::<Twin> => DataRace,
    contended_unlock_acquires_only: mutex::exclusion::<Twin>(2, 1) => DataRace,
    wake_forgotten: mutex::exclusion::<Twin>(2, 1) => LostWakeup { .. },
    contended_mark_dropped: mutex::exclusion::<Twin>(3, 1) => LostWakeup { .. },
    sleeps_while_waking: mutex::exclusion::<Twin>(2, 2) => LostWakeup { .. },
    leaves_a_handed_lock: mutex::fair_unlock_against_timeout::<Twin> => LostWakeup { .. },
    stays_registered: mutex::timeout_against_unlock::<Twin>(&outcomes()) => Panic,
    newcomer_claims: mutex::fair_unlock::<Twin> => Panic,
    late_ones_forgotten: mutex::fair_unlocks_in_a_row::<Twin>(false) => LostWakeup { .. },
    late_mark_forgotten: mutex::fair_unlocks_in_a_row::<Twin>(false) => LostWakeup { .. },
    fair_is_unfair: mutex::fair_unlock::<Twin> => Panic,
    looks_again_after_unlock: lifetime::freed_by_the_next_owner::<Twin> => UseAfterFree,
    asks_the_lock_where_to_wake: lifetime::freed_by_the_next_owner::<Twin> => UseAfterFree,

    unlocks_before_queueing: condvar::notify_one::<Twin>(false) => LostWakeup { .. },
    notify_forgets_the_wake: condvar::notify_one::<Twin>(false) => LostWakeup { .. },
    notified_relaxed: condvar::notify_one::<Twin>(false) => DataRace,
    state_relaxed: condvar::notify_one::<Twin>(false) => DataRace,
    times_out_although_notified: condvar::exact_counts::<Twin>(1, &outcomes()) => Panic,
    moved_and_not_registered: condvar::notify_one::<Twin>(true) => Panic | LostWakeup { .. },
    moved_to_a_free_lock: condvar::notify_while_another_unlocks::<Twin> => LostWakeup { .. },
    leaves_while_being_moved: condvar::notify_while_another_unlocks::<Twin> => Panic | UseAfterFree,
    moved_is_not_said: condvar::notify_one::<Twin>(true) => Panic,
    forgets_the_rest: condvar::notify_all::<Twin>(false) => LostWakeup { .. } | Deadlock { .. },
    accepts_two_mutexes: condvar::two_mutexes_at_once::<Twin> => Panic,
}
