//! The programs that the campaign runs: those of `tests/models`, on the copies whose orderings can be weakened. First those
//! that end soon.

use std::sync::Arc;

use loom_tests::models::{
    auto_reset_event, barrier, biased_rwlock, condvar, event, gil, latch, lifetime, monitor, mutex,
    once, once_lock, parker, rwlock, semaphore, spin,
};
use loom_tests::orderings::copies;
use loom_tests::selvedge::explore::{Exploration, Explorer};
use loom_tests::{pi, shared};

/// A program over one copy.
#[derive(Clone, Copy)]
pub struct Program {
    /// How it is called, arguments and all.
    pub text: &'static str,
    /// Explores it.
    pub run: fn(&Explorer) -> Exploration,
}

impl Program {
    /// Where it is written: `mutex::exclusion`.
    pub fn name(&self) -> &'static str {
        let end = self.text.find(['<', '(']).unwrap_or(self.text.len());
        self.text[..end].trim_end_matches(':')
    }

    /// The call, without the type.
    pub fn call(&self) -> String {
        let text = self
            .text
            .replace("::<Twin>", "")
            .replace("&Arc::default()", "_");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

macro_rules! programs {
    ($($(#[$attribute:meta])* $copy:ident: $($program:expr,)*;)*) => {
        /// All of them.
        pub const PROGRAMS: &[Program] = &[$($({
            #[allow(unused_imports, reason = "a program uses it")]
            use copies::$copy::Twin;
            Program { text: stringify!($program), run: |explorer| explorer.run($program) }
        }),*),*];
    };
}

programs! {
    mutex:
        mutex::exclusion::<Twin>(2, 1),
        mutex::try_lock::<Twin>,
        mutex::timeout_against_unlock::<Twin>(&Arc::default()),
        mutex::fair_unlock::<Twin>,
        mutex::exclusion::<Twin>(2, 2),
        condvar::notify_one::<Twin>(false),
        condvar::notify_one::<Twin>(true),
        mutex::timeout_leaves_no_mark::<Twin>,
        mutex::fair_unlock_against_timeout::<Twin>,
        mutex::fair_unlock_to_the_designated::<Twin>,
        mutex::exclusion::<Twin>(3, 1),
        mutex::timeout_beside_waiter::<Twin>,
        lifetime::freed_by_the_last_owner::<Twin>(2),;
    bucket_sleeps_at_once:
        mutex::exclusion::<Twin>(3, 1),;
    rwlock:
        rwlock::exclusion::<Twin>(&[rwlock::Role::Write, rwlock::Role::Write]),
        rwlock::try_forms::<Twin>,
        rwlock::exclusion::<Twin>(&[rwlock::Role::Downgrade, rwlock::Role::Read]),
        rwlock::exclusion::<Twin>(&[rwlock::Role::Upgrade, rwlock::Role::Read]),
        rwlock::exclusion::<Twin>(&[rwlock::Role::Upgrade, rwlock::Role::Upgrade]),
        rwlock::exclusion::<Twin>(&[rwlock::Role::Write, rwlock::Role::Downgrade]),
        rwlock::timeout_against_unlock::<Twin>(rwlock::Role::Write, &Arc::default()),
        rwlock::timeout_against_unlock::<Twin>(rwlock::Role::Read, &Arc::default()),
        rwlock::timeout_beside_writer::<Twin>,
        rwlock::upgrade_beside_two_readers::<Twin>,
        rwlock::exclusion::<Twin>(&[rwlock::Role::Downgrade, rwlock::Role::Read, rwlock::Role::Read]),
        rwlock::exclusion::<Twin>(&[rwlock::Role::Upgrade, rwlock::Role::Read, rwlock::Role::Read]),
        rwlock::exclusion::<Twin>(&[rwlock::Role::Downgrade, rwlock::Role::Write, rwlock::Role::Read]),
        rwlock::exclusion::<Twin>(&[rwlock::Role::Write, rwlock::Role::Read, rwlock::Role::Write]),
        rwlock::readers_enter_together::<Twin>(true),
        rwlock::upgrade_beside_timed_writer::<Twin>(false),
        rwlock::reader_behind_timed_upgrade::<Twin>,
        rwlock::fair_unlock::<Twin>(true, false),
        rwlock::freed_by_the_upgrader::<Twin>,;
    biased_rwlock:
        biased_rwlock::exclusion::<Twin>(1, &[biased_rwlock::Way::Write]),
        biased_rwlock::behind_a_reader::<Twin>(biased_rwlock::Way::Write, &Arc::default()),
        biased_rwlock::another_name::<Twin>(biased_rwlock::Way::Write),
        biased_rwlock::left_by_another::<Twin>(false),;
    biased_loud:
        biased_rwlock::exclusion::<Twin>(1, &[biased_rwlock::Way::Write]),
        biased_rwlock::behind_a_reader::<Twin>(biased_rwlock::Way::Write, &Arc::default()),
        biased_rwlock::behind_a_reader::<Twin>(biased_rwlock::Way::Timed, &Arc::default()),;
    biased_one_slot:
        biased_rwlock::exclusion::<Twin>(1, &[biased_rwlock::Way::Write]),
        biased_rwlock::another_name::<Twin>(biased_rwlock::Way::Write),
        biased_rwlock::bias_of_another::<Twin>(2),
        biased_rwlock::behind_a_reader::<Twin>(biased_rwlock::Way::Write, &Arc::default()),;
    once:
        once::completion_is_visible::<Twin>,
        once::state_is_visible::<Twin>,
        once::runs_once::<Twin>(2),
        once::all_who_wait::<Twin>(1),
        once::recovers::<Twin>(false),
        once::recovers::<Twin>(true),
        once::waits_through_failures::<Twin>(false),
        once::poisons_calls::<Twin>,
        once::poisons_waits::<Twin>,
        once::all_who_wait::<Twin>(2),;
    once_lock:
        once_lock::get_beside::<Twin>,
        once_lock::one_value::<Twin>(2),
        once_lock::tries_again::<Twin>(false),
        once_lock::tries_again::<Twin>(true),
        once_lock::all_who_wait::<Twin>(1, false),
        once_lock::lazy_value::<Twin>(2),
        once_lock::lazy_poisoned::<Twin>,;
    event:
        event::visible::<Twin>,
        event::reset_sees::<Twin>,
        event::releases_all::<Twin>(1),
        event::sets_that_coalesce::<Twin>,
        event::set_and_reset::<Twin>(1),
        event::timeout_against_set::<Twin>(&Arc::default(), 1),
        event::releases_all::<Twin>(2),;
    auto_reset_event:
        auto_reset_event::visible::<Twin>(false),
        auto_reset_event::take_sees::<Twin>(false),
        auto_reset_event::wait_sees::<Twin>,
        auto_reset_event::sets_that_coalesce::<Twin>,
        auto_reset_event::each_set_releases_one::<Twin>(1),
        auto_reset_event::counts::<Twin>(1, 1),
        auto_reset_event::each_set_releases_one::<Twin>(2),;
    parker:
        parker::token::<Twin>,
        parker::timeout_against_unpark::<Twin>(&Arc::default()),
        parker::tokens_that_coalesce::<Twin>(2),
        parker::to_and_fro::<Twin>(2),;
    latch:
        latch::open_is_visible::<Twin>(false),
        latch::open_is_visible::<Twin>(true),
        latch::opens::<Twin>(1, 1),
        latch::arrive_and_wait::<Twin>(2),
        latch::opens::<Twin>(1, 2),
        latch::opens::<Twin>(2, 1),
        latch::by_several::<Twin>,
        latch::timeout::<Twin>(1, false, &Arc::default()),;
    barrier:
        barrier::meets::<Twin>(2, 1),
        barrier::cancel::<Twin>(1),
        barrier::arrives_and_waits::<Twin>(2),
        barrier::timeout::<Twin>(2, false, &Arc::default()),
        barrier::overtaken::<Twin>(2),
        barrier::meets::<Twin>(3, 1),;
    gil:
        gil::exclusion::<Twin>(2, 1, gil::PATIENT),
        gil::try_attach::<Twin>,
        gil::exclusion::<Twin>(2, 2, gil::PATIENT),
        gil::detaching::<Twin>(2, gil::RETURNING_FIRST),
        gil::freed_by_one_that_gave_up::<Twin>,
        gil::everybody_gets_in::<Twin>(1, gil::ASKING),
        gil::finalize_is_visible::<Twin>(gil::is_told::<Twin>),
        gil::finalize_is_visible::<Twin>(gil::is_refused::<Twin>),
        gil::finalize_is_visible::<Twin>(gil::try_is_refused::<Twin>),
        gil::finalize::<Twin>(gil::PATIENT, &Arc::default()),
        gil::exclusion::<Twin>(3, 1, gil::PATIENT),;
    monitor:
        monitor::wait_hands_over::<Twin>(1),
        monitor::timeout_against_hand_over::<Twin>(false, &Arc::default()),
        monitor::wait_hands_over::<Twin>(2),
        monitor::buffer::<Twin>(1, 1, 1, 1),
        monitor::classic::<Twin>(false),;
    monitor_hands_over_twice:
        monitor::entrants_get_in::<Twin>(2, 1, false),;
    semaphore:
        semaphore::try_acquire::<Twin>,
        semaphore::exclusion::<Twin>(2, 1, false, semaphore::Way::Blocks),
        semaphore::forgets_what_was_added::<Twin>,
        semaphore::more_than_is_waited_for::<Twin>,
        semaphore::gathers::<Twin>(semaphore::Way::Blocks),
        semaphore::sees_that_it_is_closed::<Twin>(false),
        semaphore::sees_that_it_is_closed::<Twin>(true),
        semaphore::another_waker::<Twin>(false),
        semaphore::timeout::<Twin>(false, &Arc::default()),
        semaphore::dropped_beside_waiter::<Twin>(false),
        semaphore::close::<Twin>(1, false, semaphore::Way::Blocks),;
    spin:
        spin::exclusion::<Twin>(2, 1),
        spin::try_lock::<Twin>,
        spin::exclusion::<Twin>(2, 2),;
    ticket:
        spin::exclusion::<Twin>(2, 1),
        spin::try_lock::<Twin>,
        spin::exclusion::<Twin>(2, 2),
        spin::bump::<Twin>,;
    mcs:
        spin::exclusion::<Twin>(2, 1),
        spin::try_lock::<Twin>,
        spin::exclusion::<Twin>(2, 2),
        spin::exclusion::<Twin>(3, 1),
        spin::exclusion::<Twin>(3, 2),
        spin::bump::<Twin>,;
    mcs_node_is_made:
        spin::exclusion::<Twin>(2, 1),
        spin::exclusion::<Twin>(3, 1),;
    pi:
        pi::exclusion::<Twin>(2, 1),
        pi::try_lock::<Twin>,
        pi::try_lock_beside_timeout::<Twin>,
        pi::handed_over::<Twin>,
        pi::timeout_against_unlock::<Twin>(&Arc::default()),;
    shared:
        shared::exclusion::<Twin>(2, 1),
        shared::beside::<Twin>(shared::How::Try),
        shared::beside::<Twin>(shared::How::Timed),
        shared::exclusion::<Twin>(2, 2),
        shared::try_beside_two::<Twin>,
        shared::given_up::<Twin>(5),;
}
