//! Both worlds in one process, whose panics meet the same hook.

use std::process::Command;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Explores a program that panics, and is told what it said. Where that was, if the hook has heard it.
macro_rules! told {
    ($world:ident, $says:literal) => {{
        let exploration = $world::explore::Explorer::new().run(|| {
            let other = $world::sys::thread::spawn(|| panic!($says));
            let _ = other.join();
        });
        let failure = exploration.expect_failure();
        assert_eq!(failure.message, $says);
        failure.interleaving.panicked_at.clone()
    }};
}

#[track_caller]
fn here(at: Option<String>) {
    assert!(
        at.as_ref()
            .is_some_and(|at| at.starts_with("tests/both_worlds.rs:")),
        "{at:?}"
    );
}

const CHILD: &str = "SELVEDGE_TEST_CHILD";

/// Run as a child by the next test: one world is in the middle of it when the other one begins, for the first time in this
/// process.
#[test]
fn a_child() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let both = Barrier::new(2);
    // While one puts its hook in place there is none, for a moment. It is known all the same what was said.
    std::thread::scope(|scope| {
        scope.spawn(|| {
            here(told!(selvedge_loom, "left"));
            both.wait();
            (0..100).for_each(|_| drop(told!(selvedge_loom, "left")));
        });
        scope.spawn(|| {
            both.wait();
            (0..100).for_each(|_| drop(told!(selvedge_shuttle, "right")));
        });
    });
    here(told!(selvedge_loom, "left"));
    here(told!(selvedge_shuttle, "right"));
}

/// None of them misses its panics for the other's.
#[test]
fn at_the_same_time() {
    for _ in 0..100 {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "a_child", "--nocapture"]);
        let output = child.env(CHILD, "1").output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
    }
}

/// A program that puts a hook of its own in the place of ours hears that once from each world, and of no model's panic.
#[test]
fn a_hook_in_the_place_of_ours() {
    static HEARD: AtomicUsize = AtomicUsize::new(0);
    here(told!(selvedge_loom, "before"));
    here(told!(selvedge_shuttle, "before"));
    // A program that does so in the middle of an execution: nobody hears what it says then, and it is known all the same.
    macro_rules! unheard {
        ($world:ident) => {{
            let exploration = $world::explore::Explorer::new().run(|| {
                std::panic::set_hook(Box::new(|_| ()));
                panic!("unheard");
            });
            let failure = exploration.expect_failure();
            assert_eq!(failure.message, "unheard");
            here(told!($world, "heard again"));
        }};
    }
    unheard!(selvedge_loom);
    unheard!(selvedge_shuttle);
    here(told!(selvedge_loom, "before"));
    let ours = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {
        HEARD.fetch_add(1, Relaxed);
    }));
    for _ in 0..3 {
        here(told!(selvedge_loom, "after"));
        here(told!(selvedge_shuttle, "after"));
    }
    let heard = HEARD.load(Relaxed);
    // What is no model's goes to the program's.
    let _ = std::panic::catch_unwind(|| panic!("outside"));
    assert_eq!((heard, HEARD.load(Relaxed)), (2, 3));
    std::panic::set_hook(ours);
}
