//! One bell for two kinds of guests.

use std::sync::Arc;

use selvedge_shuttle::sys::thread;
use selvedge_shuttle::{Condvar, Mutex, trace};

use super::{Exhibit, Finder};

pub const EXHIBIT: Exhibit = Exhibit {
    name: "wrong-waiter",
    line: "`notify_one` wakes somebody who cannot use it, and whoever could sleeps on",
    story: "A counter with room for one loaf, two guests who want one each, and a baker who brings two; all wait on one\n\
            condvar. A guest takes the first loaf and notifies one of the others: the other guest, who finds nothing and goes\n\
            back to sleep. The notification was meant for the baker, and is used up.",
    finder: Finder::Random,
    broken,
    fix: "a condvar for each thing that can be waited for: one for room, one for an item",
    fixed,
    bound: Some(2),
};

struct Buffer {
    items: Mutex<u32>,
    room: Condvar,
    item: Condvar,
}

/// The condvar that says there is an item: its own, or the one for everything.
fn item(buffer: &Buffer, own: bool) -> &Condvar {
    if own { &buffer.item } else { &buffer.room }
}

fn trade(own: bool) {
    let buffer = Arc::new(Buffer {
        items: Mutex::new(0),
        room: Condvar::new(),
        item: Condvar::new(),
    });
    trace::name(&buffer.items, "items");
    trace::name(&buffer.room, if own { "room" } else { "changed" });
    trace::name(&buffer.item, "item");
    let guests = ["Ann", "Bob"].map(|name| {
        let buffer = Arc::clone(&buffer);
        thread::spawn_named(name, move || {
            let mut items = buffer.items.lock();
            while *items == 0 {
                item(&buffer, own).wait(&mut items);
            }
            *items = 0;
            buffer.room.notify_one();
        })
    });
    for _ in 0..2 {
        let mut items = buffer.items.lock();
        while *items == 1 {
            buffer.room.wait(&mut items);
        }
        *items = 1;
        item(&buffer, own).notify_one();
    }
    for guest in guests {
        guest.join().unwrap();
    }
}

fn broken() {
    trade(false);
}

fn fixed() {
    trade(true);
}
