//! After you. No, after you.

use std::sync::Arc;

use selvedge_shuttle::sys::thread;
use selvedge_shuttle::{Mutex, trace};

use super::{Exhibit, Finder};

pub const EXHIBIT: Exhibit = Exhibit {
    name: "polite",
    line: "two threads give way to each other, again and again: both run, and nobody gets anywhere",
    story: "To stay clear of a deadlock each thread only *tries* its second lock, and gives the first one back if it is\n\
            taken. In step, they meet in the corridor for ever. Nobody is blocked, so nothing that looks for deadlocks sees it.",
    finder: Finder::Lasso,
    broken,
    fix: "one order for both: the second to come waits at the first lock, and holds nothing meanwhile",
    fixed,
    bound: None,
};

fn meet(left_first: bool) {
    let locks = Arc::new((Mutex::new(()), Mutex::new(())));
    trace::name(&locks.0, "left");
    trace::name(&locks.1, "right");
    let other = {
        let locks = Arc::clone(&locks);
        thread::spawn_named("other", move || match left_first {
            true => pass(&locks.0, &locks.1),
            false => pass(&locks.1, &locks.0),
        })
    };
    pass(&locks.0, &locks.1);
    other.join().unwrap();
}

fn pass(first: &Mutex<()>, second: &Mutex<()>) {
    loop {
        let _first = first.lock();
        if second.try_lock().is_some() {
            return;
        }
    }
}

fn broken() {
    meet(false);
}

fn fixed() {
    meet(true);
}
