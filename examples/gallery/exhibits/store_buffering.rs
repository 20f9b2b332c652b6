//! Two threads that each look before the other's word has come.

use std::sync::Arc;

use selvedge_loom::sys::{
    Futex,
    Ordering::{Acquire, Relaxed, Release, SeqCst},
    Wait, fence, thread,
};
use selvedge_loom::trace;

use super::{Exhibit, Finder};

pub const EXHIBIT: Exhibit = Exhibit {
    name: "store-buffering",
    line: "a sleeper says that it is there, a waker says that it is time; neither sees the other's word",
    story: "The sleeper announces itself and then looks whether it is time; the waker says that it is time and then looks\n\
            whether anybody sleeps. In every order of these four lines one sees the other. But a store may be on its way\n\
            while its thread goes on: both read the old value. No order of lines shows it; only a model of memory does.",
    finder: Finder::Loom,
    broken,
    fix: "a sequentially consistent fence between the store and the look, on both sides",
    fixed,
    bound: None,
};

#[derive(Debug)]
struct Room {
    /// How many are going to sleep.
    sleepers: Futex,
    /// 1 when it is time.
    time: Futex,
}

fn night(fences: bool) {
    let room = Arc::new(Room {
        sleepers: Futex::new(0),
        time: Futex::new(0),
    });
    trace::name(&room.sleepers, "sleepers");
    trace::name(&room.time, "time");
    let sleeper = {
        let room = Arc::clone(&room);
        thread::spawn_named("sleeper", move || {
            room.sleepers.store(1, Release);
            if fences {
                fence(SeqCst);
            }
            if room.time.load(Acquire) == 0 {
                let _: Wait = room.time.wait(0, None);
            }
        })
    };
    room.time.store(1, Release);
    if fences {
        fence(SeqCst);
    }
    if room.sleepers.load(Relaxed) > 0 {
        Futex::wake(room.time.address(), 1);
    } else {
        // Nobody sleeps, so nobody needs to be woken: whoever comes later will look first.
    }
    sleeper.join().unwrap();
}

fn broken() {
    night(false);
}

fn fixed() {
    night(true);
}
