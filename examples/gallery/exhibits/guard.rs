//! A guard that lives longer than it looks.

use selvedge_loom::{Mutex, trace};

use super::{Exhibit, Finder};

pub const EXHIBIT: Exhibit = Exhibit {
    name: "guard",
    line: "a thread waits for a lock that it holds itself: the guard in a `match` lives to its end",
    story: "`match queue.lock().pop()` looks as if the lock were given back before the arms run. But the guard is a\n\
            temporary of the expression that is matched, and stays until the `match` is over; and an arm locks again.",
    finder: Finder::Loom,
    broken,
    fix: "give the value a name in a line of its own: the guard goes at the end of that line",
    fixed,
    bound: None,
};

fn queue() -> Mutex<Vec<u32>> {
    let queue = Mutex::new(vec![1]);
    trace::name(&queue, "queue");
    queue
}

fn broken() {
    let queue = queue();
    #[allow(
        clippy::significant_drop_in_scrutinee,
        reason = "that is what is shown"
    )]
    match queue.lock().pop() {
        Some(number) if number > 0 => queue.lock().push(number - 1),
        _ => {}
    }
}

fn fixed() {
    let queue = queue();
    let popped = queue.lock().pop();
    match popped {
        Some(number) if number > 0 => queue.lock().push(number - 1),
        _ => {}
    }
}
