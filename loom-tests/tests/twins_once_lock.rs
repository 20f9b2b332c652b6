//! The broken twins of the once lock and of the lazy lock are caught. See
//! `loom-tests/tests/twins.rs`.

use loom_tests::caught;
use loom_tests::models::once_lock;
use loom_tests::selvedge::trace::Verdict;

use Verdict::{DataRace, Panic, UseAfterFree};

caught! {
    once_lock_written_late: once_lock::one_value::<Twin>(2) => DataRace,
    once_lock_poisons: once_lock::tries_again::<Twin>(true) => Panic,
    once_lock_error_counts: once_lock::all_who_wait::<Twin>(1, true) => Panic,
    once_lock_waits_for_failure: once_lock::waits_through_a_panic::<Twin> => Panic,
    once_lock_never_drops: once_lock::dropped_once::<Twin> => Panic,
    once_lock_always_drops: once_lock::dropped_once::<Twin> => Panic,
    once_lock_takes_a_copy: once_lock::dropped_once::<Twin> => Panic,
    once_lock_sets_blindly: once_lock::one_sets::<Twin> => Panic | DataRace,
    once_lock_set_looks_again: once_lock::freed_by_the_waiter::<Twin> => UseAfterFree,
    lazy_lock_tries_again: once_lock::lazy_poisoned::<Twin> => Panic,
    lazy_lock_taken_outside: once_lock::lazy_value::<Twin>(2) => Panic | DataRace,
    lazy_lock_never_makes: once_lock::lazy_value::<Twin>(2) => Panic,
}
