//! The broken twins of the readers-writer lock are caught. See `twins.rs` beside this file.

use shuttle_tests::caught;
use shuttle_tests::models::rwlock::{self, Conversion, Role::*};
use shuttle_tests::selvedge::trace::Verdict;

use Verdict::{Deadlock, LostWakeup, Panic, UseAfterFree};

caught! {
    of {RecursiveTwin, Twin};

    rw_wake_forgotten: rwlock::exclusion::<Twin>(&[Write, Write]) => LostWakeup { .. },
    rw_upgrader_forgotten: rwlock::exclusion::<Twin>(&[Upgrade, Read]) => LostWakeup { .. } | Deadlock { .. },
    rw_readers_pass_writers: rwlock::reader_behind_writer::<Twin>(false) => Panic,
    rw_recursive_is_not: rwlock::reader_behind_writer::<RecursiveTwin>(true) => Panic | Deadlock { .. },
    rw_timed_writer_keeps_out: rwlock::reader_behind_timed_writer::<Twin> => LostWakeup { .. } | Deadlock { .. },
    rw_timed_upgrader_keeps_out: rwlock::reader_behind_timed_upgrade::<Twin> => LostWakeup { .. } | Deadlock { .. },
    rw_upgrading_left: rwlock::reader_behind_timed_upgrade::<Twin> => _,
    rw_followers_forgotten: rwlock::readers_enter_together::<Twin>(true) => LostWakeup { .. } | Deadlock { .. },
    rw_conversion_lets_nobody_in: rwlock::converting_lets_in::<Twin>(Conversion::Downgrade) => LostWakeup { .. } | Deadlock { .. },
    rw_upgradable_lets_nobody_in: rwlock::converting_lets_in::<Twin>(Conversion::UnlockUpgradable) => LostWakeup { .. } | Deadlock { .. },
    rw_gives_up_while_waking: rwlock::timeout_beside_writer::<Twin> => _,
    rw_sleeps_while_waking: rwlock::exclusion::<Twin>(&[Write, Downgrade, Write]) => _,
    rw_closed_for_nobody: rwlock::fair_unlock::<Twin>(true, false) => _,
    rw_settles_past_the_upgrader: rwlock::upgrade_beside_timed_writer::<Twin>(true) => LostWakeup { .. } | Deadlock { .. },
    rw_upgrader_let_in_beside_readers: rwlock::upgrade_after_giving_up::<Twin> => _,
    rw_leaves_and_thinks_of_nobody: rwlock::exclusion::<Twin>(&[Read, Write]) => LostWakeup { .. } | Deadlock { .. },
    rw_counted_off_and_thinks_of_nobody: rwlock::fair_unlock_and_read::<Twin> => LostWakeup { .. } | Deadlock { .. },
    rw_goes_on_being_counted: rwlock::exclusion::<Twin>(&[Read, Write]) => _,
    rw_counted_is_inside: rwlock::exclusion::<Twin>(&[Read, Write]) => _,
    rw_writer_lets_readers_in_alone: rwlock::readers_enter_together::<Twin>(false) => LostWakeup { .. } | Deadlock { .. },
    rw_arrived_left: rwlock::exclusion::<Twin>(&[Write, Downgrade, Write]) => _,
    rw_arrived_left_behind: rwlock::exclusion::<Twin>(&[Write, Write, Write]) => _,
    rw_closed_once: rwlock::fair_unlock_and_read::<Twin> => Panic,
    rw_fair_forgotten_beside_a_reader: rwlock::fair_unlock::<Twin>(true, true) => Panic,
    rw_fair_forgotten_behind_a_reader: rwlock::fair_unlock::<Twin>(false, true) => Panic,
    rw_mistake_stays: rwlock::left_by_mistake::<Twin>(false, &[Write]) => _,
    rw_mistake_forgets_those_who_came: rwlock::left_by_mistake::<Twin>(false, &[Write]) => LostWakeup { .. } | Deadlock { .. },
    rw_short_is_written: rwlock::left_by_mistake::<Twin>(false, &[Write]) => _,
    rw_leaves_without_a_look: rwlock::left_by_mistake::<Twin>(true, &[Read]) => Panic,
    rw_given_up_for_all: rwlock::reader_behind_woken_writer::<Twin> => _,
    rw_queued_mark_left: rwlock::try_forms::<Twin> => _,
    rw_writer_beside_readers: rwlock::exclusion::<Twin>(&[Write, Read]) => _,
    rw_upgrade_beside_readers: rwlock::exclusion::<Twin>(&[Upgrade, Read]) => _,
    rw_two_upgradable: rwlock::exclusion::<Twin>(&[Upgrade, Upgrade]) => _,
    rw_fair_is_unfair: rwlock::fair_unlock::<Twin>(true, false) => Panic,
    rw_looks_again: rwlock::freed_by_the_next_owner::<Twin>(Write) => UseAfterFree,
    rw_looks_again_unawaited: rwlock::freed_by_the_other_reader::<Twin> => UseAfterFree,
    rw_looks_again_after_settling: rwlock::freed_by_the_next_owner::<Twin>(Write) => UseAfterFree,
    rw_looks_again_in_order: rwlock::freed_by_the_writer::<Twin>(true) => UseAfterFree,
    rw_settles_whatever_is_there: rwlock::freed_by_one_that_gave_up::<Twin>(false) => UseAfterFree,
    rw_upgrades_whatever_is_there: rwlock::freed_by_one_that_gave_up::<Twin>(true) => UseAfterFree,
    rw_looks_again_after_the_upgrade: rwlock::freed_by_the_upgrader::<Twin> => UseAfterFree,
    rw_bypasses_not_counted: rwlock::bypass_bound::<Twin>(true, false, 2) => Panic,
    rw_never_checks: rwlock::bypass_bound::<Twin>(true, false, 2) => Panic,
    rw_overdue_unseen: rwlock::bypass_bound::<Twin>(true, false, 2) => Panic,
    rw_late_for_nothing: rwlock::bypass_bound::<Twin>(true, false, 2) => Panic,
}
