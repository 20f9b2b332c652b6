//! The broken twins of the once are caught. See `loom-tests/tests/twins.rs`.

use loom_tests::caught;
use loom_tests::models::once;
use loom_tests::selvedge::trace::Verdict;

use Verdict::{DataRace, LostWakeup, Panic, UseAfterFree};

caught! {
    once_wakes_one: once::all_who_wait::<Twin>(2) => LostWakeup { .. },
    once_wakes_nobody: once::runs_once::<Twin>(2) => LostWakeup { .. },
    once_forgets_who_waits: once::all_who_wait::<Twin>(1) => LostWakeup { .. },
    once_forgets_to_poison: once::poisons_calls::<Twin> => Panic,
    once_panic_is_done: once::poisons_calls::<Twin> => Panic,
    once_waiter_misses_poison: once::poisons_waits::<Twin> => Panic,
    once_failure_is_done: once::waits_through_failures::<Twin>(false) => Panic,
    once_runs_beside: once::runs_once::<Twin>(2) => Panic | DataRace,
    once_entered_again_unnoticed: once::entered_again::<Twin>(false) => LostWakeup { .. } | Verdict::Deadlock { .. },
    once_any_initialiser_alarms: once::runs_once::<Twin>(2) => Panic,
    once_looks_again: once::freed_by_the_waiter::<Twin> => UseAfterFree,
    once_asks_where_to_wake: once::freed_by_the_waiter::<Twin> => UseAfterFree,
}
