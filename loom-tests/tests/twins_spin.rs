//! The broken twins of the locks that spin, caught by the models that the shipped ones pass. See `loom-tests/tests/twins.rs`.

use loom_tests::caught;
use loom_tests::models::spin;
use loom_tests::selvedge::trace::Verdict;

use Verdict::{DataRace, Deadlock, ForgottenUnlock, LostWakeup, Panic, UseAfterFree};

caught! {
    spin_tests_and_does_not_set: spin::exclusion::<Twin>(2, 1) => DataRace | Panic,
    spin_try_lock_does_not_look: spin::try_lock::<Twin> => DataRace | Panic,
    spin_try_lock_waits: spin::try_lock_while_held::<Twin> => Deadlock { .. },
    spin_unlock_forgotten: spin::exclusion::<Twin>(2, 1) => Deadlock { .. } | LostWakeup { .. } | ForgottenUnlock { .. },
    spin_looks_again_after_unlock: spin::freed_by_the_next_owner::<Twin> => UseAfterFree,

    ticket_does_not_wait: spin::exclusion::<Twin>(2, 1) => DataRace | Panic,
    ticket_skips_one: spin::exclusion::<Twin>(2, 1) => Deadlock { .. } | LostWakeup { .. } | ForgottenUnlock { .. },
    ticket_try_lock_draws_always: spin::try_lock_while_held::<Twin> => Deadlock { .. } | LostWakeup { .. } | ForgottenUnlock { .. },
    ticket_looks_again_after_unlock: spin::freed_by_the_next_owner::<Twin> => UseAfterFree,
    ticket_bump_keeps: spin::bump::<Twin> => Panic,
    ticket_numbers_do_not_wrap: spin::exclusion::<Twin>(2, 1) => DataRace | Panic,
    ticket_sticks_at_the_last: spin::exclusion::<Twin>(2, 1) => Deadlock { .. } | LostWakeup { .. } | ForgottenUnlock { .. },
    ticket_try_lock_wraps_to_one: spin::try_lock::<Twin> => Deadlock { .. } | LostWakeup { .. } | ForgottenUnlock { .. },

    mcs_link_not_awaited: spin::exclusion::<Twin>(3, 1) => Deadlock { .. } | LostWakeup { .. } | ForgottenUnlock { .. },
    mcs_does_not_wait_for_the_grant: spin::exclusion::<Twin>(2, 1) => DataRace | Panic,
    mcs_forgets_the_newcomer: spin::exclusion::<Twin>(2, 1) => Deadlock { .. } | LostWakeup { .. } | ForgottenUnlock { .. },
    mcs_forgets_the_successor: spin::exclusion::<Twin>(3, 1) => Deadlock { .. } | LostWakeup { .. } | ForgottenUnlock { .. },
    mcs_first_not_cleared: spin::exclusion::<Twin>(2, 2) => UseAfterFree | Deadlock { .. } | LostWakeup { .. } | ForgottenUnlock { .. },
    mcs_first_cleared_after_the_grant: spin::exclusion::<Twin>(3, 1) => Deadlock { .. } | LostWakeup { .. } | ForgottenUnlock { .. },
    mcs_looks_at_the_granted: spin::exclusion::<Twin>(2, 1) => UseAfterFree | Panic,
    mcs_try_lock_queues: spin::try_lock_while_held::<Twin> => Deadlock { .. },
    mcs_bump_keeps: spin::bump::<Twin> => Panic,
}
