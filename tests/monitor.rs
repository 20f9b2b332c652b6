//! `Monitor` on real threads, over both backends. What is asked of it is in `tests/conformance/monitor.rs`.

mod conformance;

mod native {
    crate::conformance::monitor::suite!(selvedge);
}

mod fallback {
    crate::conformance::monitor::suite!(selvedge_fallback);
}

use std::cell::Cell;
use std::rc::Rc;

use conformance::{has, lacks};
use selvedge::{Condition, Condvar, Monitor, MonitorGuard, MonitorTimedOut};

#[test]
fn statics() {
    static MONITOR: Monitor<u32> = Monitor::new(1);
    static LARGE: Condition<u32> = Condition::new("large", |number| *number > 5);
    let waiter = std::thread::spawn(|| MONITOR.when(LARGE.holds(), |number| *number));
    *MONITOR.lock() += 5;
    assert_eq!(waiter.join().unwrap(), 6);
}

#[test]
#[cfg(target_pointer_width = "64")]
fn takes_as_much_room_as_it_says() {
    assert_eq!(size_of::<Monitor<()>>(), 16);
    assert_eq!(size_of::<Monitor<u64>>(), 24);
    assert_eq!(size_of::<MonitorGuard<'_, u64>>(), size_of::<usize>());
}

#[test]
fn has_the_usual_traits() {
    let mut monitor = Monitor::<u8>::default();
    assert_eq!(
        format!("{monitor:?}"),
        "Monitor { data: 0, entrants: false }"
    );
    *monitor.get_mut() = 3;
    let guard = monitor.lock();
    assert_eq!(format!("{guard:?} {guard}"), "3 3");
    assert_eq!(
        format!("{monitor:?}"),
        "Monitor { data: <locked>, entrants: false }"
    );
    assert!(monitor.is_locked());
    drop(guard);
    assert!(!monitor.is_locked());
    assert_eq!(Monitor::from(monitor.into_inner()).into_inner(), 3);

    let condition = Condition::new("three", |number: &u8| *number == 3);
    assert_eq!(format!("{condition:?}"), "Condition(\"three\")");
    assert_eq!(condition.name(), "three");
    let answer = condition.holds()(&3);
    assert_eq!(format!("{answer:?}"), "NamedAnswer(\"three\", true)");
    let monitor = Monitor::new(false);
    let result = monitor.when_for(|open| *open, std::time::Duration::ZERO, |_| ());
    let timed_out: MonitorTimedOut = result.expect_err("it is not open");
    assert_eq!(
        timed_out.to_string(),
        "the monitor was not entered in time with its condition holding"
    );
}

#[test]
fn works_with_a_condvar_that_has_served_a_mutex() {
    let (mutex, monitor, condvar) = (selvedge::Mutex::new(0), Monitor::new(0), Condvar::new());
    let time = std::time::Duration::from_millis(1);
    assert!(condvar.wait_for(&mut mutex.lock(), time).timed_out());
    assert!(!monitor.lock().wait_on_for(&condvar, time));
    assert!(condvar.wait_for(&mut mutex.lock(), time).timed_out());
}

has!(Monitor<Cell<u8>>: Send, Sync);
lacks!(Monitor<Rc<u8>>: Send, Sync);
has!(MonitorGuard<'static, u8>: Sync);
#[cfg(not(feature = "send_guard"))]
lacks!(MonitorGuard<'static, u8>: Send);
#[cfg(feature = "send_guard")]
has!(MonitorGuard<'static, u8>: Send);
lacks!(MonitorGuard<'static, Cell<u8>>: Sync);
has!(Condition<u8>: Send, Sync);
// It has no state, it only looks at one.
has!(Condition<Rc<u8>>: Send, Sync);
lacks!(Condition<u8, Cell<u8>>: Sync);
