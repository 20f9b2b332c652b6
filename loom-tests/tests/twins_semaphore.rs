//! The broken twins of the semaphore are caught. See `loom-tests/tests/twins.rs`.

use std::sync::Arc;

use loom_tests::models::mutex::Outcomes;
use loom_tests::models::semaphore::{self, AnySemaphore, Way};
use loom_tests::selvedge::trace::Verdict;
use loom_tests::{bounded, caught, passes, twins};

/// One with a deadline.
fn timeout<S: AnySemaphore>() {
    semaphore::timeout::<S>(false, &Arc::new(Outcomes::default()))();
}

use Verdict::{DataRace, LostWakeup, Panic, UseAfterFree};
use Way::Blocks;

caught! {
    sem_join_relaxed: semaphore::exclusion::<Twin>(2, 1, false, Blocks) => DataRace,
    sem_queueing_relaxed: semaphore::gathers::<Twin>(Blocks) => DataRace,

    sem_ignores_the_queue: semaphore::exclusion::<Twin>(2, 1, false, Blocks) => LostWakeup { .. },
    sem_newcomers_pass: semaphore::in_order_of_arrival::<Twin> => Panic,
    sem_nothing_waits_in_line: semaphore::in_order_of_arrival::<Twin> => Panic,
    sem_greedy_waits_in_line: semaphore::greedy_in_its_way::<Twin> => Panic,
    sem_queues_unmarked: semaphore::exclusion::<Twin>(2, 1, false, Blocks) => LostWakeup { .. },
    sem_assigns_to_one: semaphore::in_order_of_arrival::<Twin> => Panic,
    sem_assigns_what_is_not_there: semaphore::in_order_of_arrival::<Twin> => Panic,
    sem_forgets_who_is_left: semaphore::in_order_of_arrival::<Twin> => Panic,
    sem_keeps_the_mark: semaphore::dropped::<Twin>(false) => Panic,
    sem_gives_up_silently: semaphore::small_behind_large::<Twin>(false, true) => LostWakeup { .. } | Panic,
    sem_late_and_lost: timeout::<Twin> => Panic,
    sem_late_and_takes: semaphore::late_and_with_nothing::<Twin> => Panic,
    sem_late_and_expected: semaphore::late_and_with_nothing::<Twin> => Panic,
    sem_late_and_silent: semaphore::late_and_with_nothing::<Twin> => Panic,
    sem_comes_and_sleeps: semaphore::exclusion::<Twin>(3, 1, true, Blocks) => LostWakeup { .. },
    sem_comes_and_takes: semaphore::exclusion::<Twin>(3, 1, true, Blocks) => LostWakeup { .. },
    sem_comes_and_tells_nobody: semaphore::one_by_one::<Twin>(true) => LostWakeup { .. },
    sem_waits_for_a_task: semaphore::behind_one_that_is_not_polled::<Twin> => Panic,
    sem_panic_takes_it_along: semaphore::waker_panics_at_whoever_comes::<Twin> => Panic,
    sem_goes_back_to_the_end: semaphore::greedy_in_its_way::<Twin> => Panic,
    sem_dropped_silently: semaphore::small_behind_large::<Twin>(false, false) => LostWakeup { .. } | Panic,
    sem_dropped_keeps_it: semaphore::dropped_beside_waiter::<Twin>(false) => Panic,
    sem_dropped_without_a_look: semaphore::dropped_beside_waiter::<Twin>(true) => Panic,
    sem_closes_silently: semaphore::close::<Twin>(1, false, Blocks) => LostWakeup { .. },
    sem_closed_and_open: semaphore::close::<Twin>(1, false, Blocks) => Panic,
    sem_close_keeps_the_mark: semaphore::close::<Twin>(1, false, Blocks) => Panic,
    sem_closed_takes_it_back: semaphore::given_before_it_closed::<Twin> => Panic,
    sem_opens_again: semaphore::close_beside_release::<Twin>(false, true) => Panic,
    sem_wakes_under_the_lock: semaphore::waker_reenters::<Twin>(false) => _,
    sem_clones_under_the_lock: semaphore::waker_reenters::<Twin>(false) => _,
    sem_drops_under_the_lock: semaphore::waker_reenters::<Twin>(false) => _,
    sem_wakes_no_task: semaphore::dropped_beside_waiter::<Twin>(false) => Panic,
    sem_wakes_no_thread: semaphore::exclusion::<Twin>(2, 1, false, Blocks) => LostWakeup { .. },
    sem_keeps_the_old_waker: semaphore::another_waker::<Twin>(false) => Panic,
    sem_a_panic_stops_it: semaphore::waker_panics::<Twin>(2, false) => Panic,
    sem_swallows_panics: semaphore::waker_panics::<Twin>(2, false) => Panic,
    sem_last_panic: semaphore::waker_panics::<Twin>(2, false) => Panic,
    sem_room_for_all: semaphore::too_many::<Twin> => Panic,
    sem_no_room_for_what_is_assigned: semaphore::too_many::<Twin> => Panic,
    sem_refuses_by_an_old_word: semaphore::room_for_both::<Twin> => Panic,
    sem_wants_more_than_fits: semaphore::too_many::<Twin> => Panic,
    sem_looks_again: semaphore::freed_by_whoever_gets_it::<Twin>(false, Blocks) => UseAfterFree,
    sem_settle_looks_again: semaphore::freed_after_giving_up::<Twin> => UseAfterFree,
    sem_close_looks_again: semaphore::freed_by_whoever_is_sent_away::<Twin>(Blocks) => UseAfterFree,
    sem_owes_the_forgotten: semaphore::forgotten::<Twin>(false, Blocks) => LostWakeup { .. },
    sem_closes_on_the_forgotten: semaphore::forgotten::<Twin>(false, Blocks) => Panic,
    sem_waits_behind_nobody: semaphore::forgotten_and_moved::<Twin>(false) => LostWakeup { .. },
    sem_finished_and_kept: semaphore::finished::<Twin> => Panic,
    sem_finished_and_lost: semaphore::finished::<Twin> => Panic,
    sem_merge_loses: semaphore::parts::<Twin> => Panic,
    sem_merges_more_than_fit: semaphore::too_many::<Twin> => Panic,
    sem_merges_strangers: semaphore::parts::<Twin> => Panic,
    sem_split_makes_more: semaphore::parts::<Twin> => Panic,
    sem_forget_forgets_nothing: semaphore::parts::<Twin> => Panic,

    sem_of_one_forgets_the_rest: semaphore::many_at_once::<Twin>(3, false) => Panic,
    sem_of_one_decides_twice: semaphore::many_at_once::<Twin>(4, false) => Panic,
    sem_of_one_keeps_it: semaphore::many_at_once::<Twin>(3, false) => Panic,
    sem_of_one_stops_after_two: semaphore::many_at_once::<Twin>(3, false) => Panic,
}

/// Mutex and condvar are of the same table.
#[test]
fn sem_queues_of_one_kind() {
    use twins::sem_queues_of_one_kind::{Locks, Twin};
    let verdict = caught(semaphore::forgotten_where_locks_are::<Twin, Locks>);
    assert!(
        matches!(verdict, LostWakeup { .. } | Panic | UseAfterFree),
        "{verdict}"
    );
}

/// And this one is not broken.
#[test]
fn sem_beside_locks() {
    use twins::sem_beside_locks::{Locks, Twin};
    passes(bounded(3, 4).run(semaphore::forgotten_where_locks_are::<Twin, Locks>));
}

/// This one is not broken: there is room for one waker where the shipped semaphore has room for sixteen.
#[test]
fn sem_of_one() {
    use twins::sem_of_one::Twin;
    for greedy in [false, true] {
        passes(bounded(3, 4).run(semaphore::many_at_once::<Twin>(3, greedy)));
        passes(bounded(3, 4).run(semaphore::waker_drops_the_others::<Twin>(4, greedy)));
        passes(bounded(3, 4).run(semaphore::waker_panics::<Twin>(4, greedy)));
        passes(bounded(3, 4).run(semaphore::waker_reenters::<Twin>(greedy)));
    }
    passes(bounded(3, 4).run(semaphore::freed_by_the_last_task::<Twin>));
}
