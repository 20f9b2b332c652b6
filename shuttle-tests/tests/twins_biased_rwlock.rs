//! The broken twins of the biased readers-writer lock are caught. See `twins.rs` beside this file. Those that only weak memory
//! shows (store buffering, a chain of exchanges that is broken) are loom's.

use std::sync::Arc;

use shuttle_tests::caught;
use shuttle_tests::models::biased_rwlock::{self, Way};
use shuttle_tests::selvedge::trace::Verdict;

use Verdict::{DataRace, Deadlock, LostWakeup, Panic, UseAfterFree};

caught! {
    biased_not_cleared: biased_rwlock::exclusion::<Twin>(1, &[Way::Write]) => DataRace,
    biased_reader_looks_once: biased_rwlock::exclusion::<Twin>(1, &[Way::Write]) => DataRace,
    biased_writer_does_not_wait: biased_rwlock::exclusion::<Twin>(1, &[Way::Write]) => DataRace,
    biased_upgrade_does_not_wait: biased_rwlock::exclusion::<Twin>(1, &[Way::Upgrade]) => DataRace,
    biased_one_reader_waited_for: biased_rwlock::two_readers::<Twin>(Way::Write) => _,
    biased_any_name_waited_for: biased_rwlock::nested::<Twin> => LostWakeup { .. } | Deadlock { .. },
    biased_retract_forgotten: biased_rwlock::exclusion::<Twin>(1, &[Way::Write]) => LostWakeup { .. } | Deadlock { .. },
    biased_bit_before_name: biased_rwlock::forgotten::<Twin> => _,
    biased_left_too_soon: biased_rwlock::two_readers::<Twin>(Way::Write) => _,
    biased_left_never: biased_rwlock::exclusion::<Twin>(1, &[Way::Write]) => LostWakeup { .. } | Deadlock { .. },
    biased_nothing_given_back: biased_rwlock::behind_a_reader::<Twin>(Way::Timed, &Arc::default()) => DataRace,
    biased_gives_up_inside: biased_rwlock::behind_a_reader::<Twin>(Way::Try, &Arc::default()) => LostWakeup { .. } | Deadlock { .. },
    biased_upgrade_gives_up_as_writer: biased_rwlock::behind_a_reader::<Twin>(Way::TryUpgrade, &Arc::default()) => _,
    biased_late_is_in_time: biased_rwlock::behind_a_reader::<Twin>(Way::Timed, &Arc::default()) => DataRace,
    biased_slots_not_looked_at: biased_rwlock::refused_and_gone::<Twin>(Way::Try) => Panic,
    biased_not_marked: biased_rwlock::behind_a_reader::<Twin>(Way::Write, &Arc::default()) => LostWakeup { .. },
    biased_departure_not_told: biased_rwlock::behind_a_reader::<Twin>(Way::Write, &Arc::default()) => LostWakeup { .. },
    biased_departure_not_counted: biased_rwlock::behind_a_reader::<Twin>(Way::Write, &Arc::default()) => LostWakeup { .. },
    biased_looks_before_it_counts: biased_rwlock::behind_a_reader::<Twin>(Way::Write, &Arc::default()) => LostWakeup { .. },
    biased_wakes_one: biased_rwlock::two_locks::<Twin> => LostWakeup { .. } | Deadlock { .. },
    biased_looks_again: biased_rwlock::freed_by_the_writer::<Twin>(false) => UseAfterFree,
    quiet_not_cleared: biased_rwlock::exclusion::<Twin>(1, &[Way::Write]) => DataRace,
    quiet_reader_looks_once: biased_rwlock::exclusion::<Twin>(1, &[Way::Write]) => DataRace,
    quiet_not_waited_for: biased_rwlock::exclusion::<Twin>(1, &[Way::Write]) => DataRace,
    quiet_any_name_waited_for: biased_rwlock::nested::<Twin> => LostWakeup { .. } | Deadlock { .. },
    quiet_retract_forgotten: biased_rwlock::exclusion::<Twin>(1, &[Way::Write]) => LostWakeup { .. } | Deadlock { .. },
    quiet_takes_what_is_taken: biased_rwlock::nested::<Twin> => _,
    quiet_bit_before_name: biased_rwlock::forgotten::<Twin> => _,
    quiet_nothing_given_back: biased_rwlock::behind_a_reader::<Twin>(Way::Timed, &Arc::default()) => DataRace,
    quiet_late_is_in_time: biased_rwlock::behind_a_reader::<Twin>(Way::Timed, &Arc::default()) => DataRace,
    quiet_slots_not_looked_at: biased_rwlock::refused_and_gone::<Twin>(Way::Try) => Panic,
    quiet_not_awaited: biased_rwlock::behind_a_reader::<Twin>(Way::Write, &Arc::default()) => LostWakeup { .. },
    quiet_looks_before_it_says: biased_rwlock::behind_a_reader::<Twin>(Way::Write, &Arc::default()) => LostWakeup { .. },
    quiet_departure_not_told: biased_rwlock::behind_a_reader::<Twin>(Way::Write, &Arc::default()) => LostWakeup { .. },
    quiet_wakes_one: biased_rwlock::left_by_another::<Twin>(true) => LostWakeup { .. } | Deadlock { .. },
    quiet_departure_not_counted: biased_rwlock::behind_a_reader::<Twin>(Way::Write, &Arc::default()) => LostWakeup { .. },
    quiet_looks_again: biased_rwlock::freed_by_the_writer::<Twin>(false) => UseAfterFree,
}
