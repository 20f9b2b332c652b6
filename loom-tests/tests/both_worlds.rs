//! Both worlds in one process, whose panics meet the same hook.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// The hook is everybody's: one test at a time.
static HOOK: Mutex<()> = Mutex::new(());

/// Explores a program that panics, and is told what it said and where.
macro_rules! told {
    ($world:ident, $says:literal) => {{
        let exploration = $world::explore::Explorer::new().run(|| {
            let other = $world::sys::thread::spawn(|| panic!($says));
            let _ = other.join();
        });
        let failure = exploration.expect_failure();
        assert_eq!(failure.message, $says);
        let at = failure.interleaving.panicked_at.as_deref();
        assert!(
            at.is_some_and(|at| at.starts_with("tests/both_worlds.rs:")),
            "{at:?}"
        );
    }};
}

/// While one of them unwinds what has failed, the other one hears its own panics.
#[test]
fn at_the_same_time() {
    let _hook = HOOK.lock().unwrap();
    // While the hooks are put in place for the first time, one may miss where the other one panics.
    told!(selvedge_loom, "first");
    told!(selvedge_shuttle, "first");
    std::thread::scope(|scope| {
        scope.spawn(|| (0..300).for_each(|_| told!(selvedge_loom, "left")));
        scope.spawn(|| (0..300).for_each(|_| told!(selvedge_shuttle, "right")));
    });
}

/// A program that puts a hook of its own in the place of ours hears that once, and is not heard any more.
#[test]
fn a_hook_in_the_place_of_ours() {
    static HEARD: AtomicUsize = AtomicUsize::new(0);
    let _hook = HOOK.lock().unwrap();
    told!(selvedge_loom, "before");
    told!(selvedge_shuttle, "before");
    let ours = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {
        HEARD.fetch_add(1, Relaxed);
    }));
    for _ in 0..3 {
        told!(selvedge_loom, "after");
        told!(selvedge_shuttle, "after");
    }
    let heard = HEARD.load(Relaxed);
    // And what is no model's goes to the program's.
    let _ = std::panic::catch_unwind(|| panic!("outside"));
    assert_eq!((heard, HEARD.load(Relaxed)), (2, 3));
    std::panic::set_hook(ours);
}
