//! The broken twins that are no matter of weak memory, caught by shuttle. See `loom-tests/tests/twins.rs`.

use std::sync::Arc;

use shuttle_tests::models::mutex::{self, Outcomes};
use shuttle_tests::models::{condvar, lifetime};
use shuttle_tests::selvedge::trace::Verdict;
use shuttle_tests::{caught, twins};

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

use Verdict::{Deadlock, LostWakeup, Panic, UseAfterFree};

caught! {
    wake_forgotten: mutex::exclusion::<Twin>(2, 1) => LostWakeup { .. },
    contended_mark_dropped: mutex::exclusion::<Twin>(3, 1) => LostWakeup { .. },
    sleeps_while_waking: mutex::exclusion::<Twin>(2, 2) => LostWakeup { .. },
    leaves_while_waking: condvar::moved_beside_timeout::<Twin> => LostWakeup { .. },
    leaves_a_handed_lock: mutex::fair_unlock_against_timeout::<Twin> => LostWakeup { .. },
    stays_registered: mutex::timeout_against_unlock::<Twin>(&outcomes()) => Panic,
    newcomer_claims: mutex::fair_unlock::<Twin> => Panic,
    late_one_passes_no_wake_on: mutex::fair_unlocks_in_a_row::<Twin>(false) => LostWakeup { .. },
    late_ones_forgotten: mutex::fair_unlocks_in_a_row::<Twin>(false) => LostWakeup { .. },
    late_mark_forgotten: mutex::fair_unlocks_in_a_row::<Twin>(false) => LostWakeup { .. },
    fair_is_unfair: mutex::fair_unlock::<Twin> => Panic,
    looks_again_after_unlock: lifetime::freed_by_the_next_owner::<Twin> => UseAfterFree,
    asks_the_lock_where_to_wake: lifetime::freed_by_the_next_owner::<Twin> => UseAfterFree,

    unlocks_before_queueing: condvar::notify_one::<Twin>(false) => LostWakeup { .. },
    notify_forgets_the_wake: condvar::notify_one::<Twin>(false) => LostWakeup { .. },
    times_out_although_notified: condvar::exact_counts::<Twin>(1, &outcomes()) => Panic,
    moved_and_not_registered: condvar::notify_one::<Twin>(true) => Panic | LostWakeup { .. },
    moved_to_a_free_lock: condvar::notify_while_another_unlocks::<Twin> => LostWakeup { .. },
    leaves_while_being_moved: condvar::notify_while_another_unlocks::<Twin> => Panic | UseAfterFree,
    moved_is_not_said: condvar::notify_one::<Twin>(true) => Panic,
    forgets_the_rest: condvar::notify_all::<Twin>(false) => LostWakeup { .. } | Deadlock { .. },
    accepts_two_mutexes: condvar::two_mutexes_at_once::<Twin> => Panic,
}
