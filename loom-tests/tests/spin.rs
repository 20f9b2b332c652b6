//! `SpinLock`, `TicketLock` and `McsLock` in the loom world; the programs are in `tests/models/spin.rs`.
//! Unbounded, or with three preemptions where that takes longer than seconds.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use loom_tests::models::spin::{self, Barging, Mcs, Spin, Ticket, TicketAtWrap};
use loom_tests::selvedge::explore::Exploration;
use loom_tests::selvedge::trace::Verdict;
use loom_tests::{bounded, passes, unbounded, unbounded_when_deep};

macro_rules! for_each {
    ($($name:ident: $lock:ty;)*) => {$(
        mod $name {
            use super::*;

            #[test]
            fn exclusion_of_two() {
                passes(unbounded().run(spin::exclusion::<$lock>(2, 1)));
                passes(bounded(3, 4).run(spin::exclusion::<$lock>(2, 2)));
            }

            #[test]
            fn exclusion_of_three() {
                passes(bounded(3, 4).run(spin::exclusion::<$lock>(3, 1)));
            }

            #[test]
            fn try_lock() {
                passes(bounded(3, 4).run(spin::try_lock::<$lock>));
                passes(unbounded().run(spin::try_lock_while_held::<$lock>));
            }

            #[test]
            fn freed_by_the_next_owner() {
                passes(unbounded().run(spin::freed_by_the_next_owner::<$lock>));
            }

            #[test]
            fn unlock_while_panicking() {
                passes(unbounded().run(spin::unlock_while_panicking::<$lock>));
            }

            #[test]
            fn a_forgotten_unlock_is_a_deadlock() {
                let exploration = unbounded().run(spin::forgotten_unlock::<$lock>);
                let failure = exploration.failure().expect("nobody unlocks");
                assert!(
                    matches!(failure.verdict, Verdict::ForgottenUnlock { .. } | Verdict::Deadlock { .. }),
                    "{}",
                    failure.verdict
                );
            }
        }
    )*};
}

for_each! {
    spin_lock: Spin;
    ticket_lock: Ticket;
    ticket_lock_at_wrap: TicketAtWrap;
    mcs_lock: Mcs;
}

macro_rules! for_each_in_order {
    ($($name:ident: $lock:ty;)*) => {$(
        mod $name {
            use super::*;

            // Without a bound 29 699 executions in 1.3 s for tickets, 108 864 in 5 s for the queue; as much for `bump`.
            #[test]
            fn waiter_before_returner() {
                let seen = Arc::new(AtomicUsize::new(0));
                passes(unbounded_when_deep(3).run(spin::waiter_before_returner::<$lock>(&seen)));
                assert!(seen.load(Relaxed) > 0, "nobody was ever seen waiting");
            }

            #[test]
            fn order_of_arrival() {
                let seen = Arc::new(AtomicUsize::new(0));
                passes(bounded(3, 4).run(spin::order_of_arrival::<$lock>(&seen)));
                assert!(seen.load(Relaxed) > 0, "nobody was ever seen waiting");
            }

            #[test]
            fn bump() {
                passes(unbounded_when_deep(3).run(spin::bump::<$lock>));
            }
        }
    )*};
}

for_each_in_order! {
    ticket_order: Ticket;
    ticket_order_at_wrap: TicketAtWrap;
    mcs_order: Mcs;
}

/// Making a node is an access there: whoever uses one comes after that.
#[test]
fn mcs_nodes_are_made_before_they_are_used() {
    use loom_tests::twins::mcs_node_is_made::Twin;
    passes(unbounded().run(spin::exclusion::<Twin>(2, 1)));
    passes(bounded(3, 4).run(spin::exclusion::<Twin>(3, 1)));
}

#[track_caller]
fn fails_on_order(exploration: &Exploration) {
    let failure = exploration
        .failure()
        .expect("a lock that barges serves in any order");
    assert_eq!(failure.verdict, Verdict::Panic);
}

#[test]
fn the_programs_about_order_tell_a_lock_that_barges() {
    let seen = Arc::default();
    fails_on_order(&bounded(3, 4).run(spin::waiter_before_returner::<Barging>(&seen)));
    fails_on_order(&bounded(3, 4).run(spin::order_of_arrival::<Barging>(&seen)));
}
