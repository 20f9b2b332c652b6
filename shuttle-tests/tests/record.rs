//! What is recorded, in the shuttle world: `tests/suites/record.rs`.

use std::sync::Arc;

use shuttle_tests::{replay, selvedge};

#[path = "../../tests/suites/record.rs"]
mod both;

/// Whoever was woken waits no more, and what they wait for in a lock of the checker's own is not known.
#[test]
fn who_was_woken_waits_no_more() {
    use selvedge::sys::{AtomicU32, Futex, Ordering::Release, Wait, thread};
    use selvedge::trace::name;

    let exploration = selvedge::explore::Explorer::new().run(|| {
        let all = Arc::new((Futex::new(0), shuttle::sync::Mutex::new(())));
        let word: &AtomicU32 = &all.0;
        name(word, "gate");
        let _kept = all.1.lock().unwrap();
        let other = {
            let all = Arc::clone(&all);
            thread::spawn_named("other", move || {
                if all.0.wait(0, None) == Wait::Woken {
                    drop(all.1.lock().unwrap());
                }
            })
        };
        word.store(1, Release);
        Futex::wake(all.0.address(), 1);
        other.join().unwrap();
    });
    let failure = exploration.expect_failure();
    let text = failure.to_string();
    assert!(text.contains("▶ woken from gate"), "{text}");
    let verdict = failure.verdict.to_string();
    assert!(
        verdict.starts_with("lost wake-up: main waits for other to end ("),
        "{verdict}"
    );
    assert!(!verdict.contains("gate"), "{verdict}");
}
