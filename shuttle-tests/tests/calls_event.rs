//! How often the events and the parker call the system to wake somebody: counted in the record of an execution.

use shuttle_tests::models::event::some_time;
use shuttle_tests::selvedge::explore::Explorer;
use shuttle_tests::selvedge::raw::{RawAutoResetEvent, RawEvent, RawParker};
use shuttle_tests::selvedge::trace::EventKind;

/// How many calls `program` makes to wake somebody. A record is kept of an execution that fails, so it is made to.
fn wakes(program: impl Fn() + Send + Sync + 'static) -> usize {
    let exploration = Explorer::new().run(move || {
        program();
        panic!("that is all");
    });
    let failure = exploration.expect_failure();
    assert!(failure.message.contains("that is all"), "{failure}");
    let events = failure.interleaving.events.iter();
    events
        .filter(|event| event.kind == EventKind::Wakes)
        .count()
}

#[test]
fn an_event_calls_when_somebody_has_waited() {
    let nobody_waits = || {
        let event = RawEvent::new();
        for _ in 0..2 {
            event.set();
            event.set();
            assert!(event.reset());
        }
    };
    assert_eq!(wakes(nobody_waits), 0);
    let somebody_gave_up = || {
        let event = RawEvent::new();
        assert!(!event.wait(some_time()));
        event.set();
        event.set();
        assert!(event.reset());
        event.set();
    };
    assert_eq!(wakes(somebody_gave_up), 1);
}

#[test]
fn an_auto_reset_event_calls_once_for_each_waiter() {
    for waiters in 0..3 {
        let more_sets_than_waiters = move || {
            let event = RawAutoResetEvent::with_waiters(waiters);
            for _ in 0..5 {
                event.set();
            }
        };
        assert_eq!(wakes(more_sets_than_waiters), usize::from(waiters));
    }
    let somebody_gave_up = || {
        let event = RawAutoResetEvent::new();
        assert!(!event.wait(some_time()));
        event.set();
    };
    assert_eq!(wakes(somebody_gave_up), 0);
}

#[test]
fn an_unpark_calls_when_somebody_is_parked() {
    let nobody_is_parked = || {
        let parker = RawParker::new();
        parker.unpark();
        parker.unpark();
        assert!(parker.park(None));
        assert!(!parker.park(some_time()));
        parker.unpark();
    };
    assert_eq!(wakes(nobody_is_parked), 0);
}
