//! The broken twins of `PiMutex` and of `shared::Mutex` are caught: what each gets wrong is said in
//! `tests/twins/pi.rs` and `tests/twins/shared.rs`. A number is the step before which the victim dies.

use std::sync::Arc;

use loom_tests::models::mutex::Outcomes;
use loom_tests::selvedge::trace::Verdict;
use loom_tests::shared::{self, Deaths, How};
use loom_tests::{caught, pi};

fn outcomes() -> Arc<Outcomes> {
    Arc::default()
}

fn deaths() -> Arc<Deaths> {
    Arc::default()
}

use Verdict::{DataRace, Deadlock, ForgottenUnlock, LostWakeup, Panic, UseAfterFree};

caught! {
    pi_kernels_try_relaxed: pi::try_lock_beside_timeout::<Twin> => DataRace,
    pi_frees_what_is_the_kernels: pi::exclusion::<Twin>(2, 1) => LostWakeup { .. },
    pi_timeout_is_the_lock: pi::timeout_against_unlock::<Twin>(&outcomes()) => Panic | DataRace,
    pi_locks_twice: pi::locked_twice::<Twin> => Panic,
    pi_looks_again_after_unlock: pi::freed_by_the_next_owner::<Twin> => UseAfterFree,

    shared_wake_forgotten: shared::exclusion::<Twin>(2, 1) => LostWakeup { .. },
    shared_mark_dropped: shared::exclusion::<Twin>(3, 1) => LostWakeup { .. },
    shared_mark_dropped_by_try: shared::try_beside_two::<Twin> => LostWakeup { .. },
    shared_sleeps_while_asked: shared::exclusion::<Twin>(2, 1) => LostWakeup { .. },
    shared_does_not_count: shared::exclusion::<Twin>(2, 1) => LostWakeup { .. },
    shared_never_asks: shared::exclusion::<Twin>(2, 1) => Panic,
    shared_looks_again_after_unlock: shared::freed_by_the_next_owner::<Twin> => UseAfterFree,

    shared_not_announced: shared::deaths::<Twin>(&[(How::Lock, 3)], 0, &deaths()) => Deadlock { .. } | LostWakeup { .. } | ForgottenUnlock { .. },
    shared_over_too_early: shared::deaths::<Twin>(&[(How::Lock, 3)], 0, &deaths()) => LostWakeup { .. } | ForgottenUnlock { .. },
    shared_unlock_not_announced: shared::deaths::<Twin>(&[(How::Lock, 7)], 0, &deaths()) => LostWakeup { .. } | ForgottenUnlock { .. },
    shared_not_announced_asleep: shared::woken_and_killed::<Twin>(4, &deaths()) => LostWakeup { .. },
    shared_mark_dies_with_the_woken: shared::woken_and_killed::<Twin>(3, &deaths()) => LostWakeup { .. },
    shared_nobody_told: shared::deaths::<Twin>(&[(How::Lock, 5)], 0, &deaths()) => Panic,
    shared_told_by_a_mark: shared::exclusion::<Twin>(2, 1) => Panic,
    shared_lost_is_forgotten: shared::given_up::<Twin>(5) => Panic,
    shared_lost_keeps_the_lock: shared::given_up::<Twin>(5) => ForgottenUnlock { .. },
}
