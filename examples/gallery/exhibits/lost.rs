//! A look outside the lock.

use std::sync::Arc;

use selvedge_shuttle::sys::{
    AtomicBool,
    Ordering::{Acquire, Release},
    thread,
};
use selvedge_shuttle::{Condvar, Mutex, trace};

use super::{Exhibit, Finder};

pub const EXHIBIT: Exhibit = Exhibit {
    name: "lost",
    line: "a notification comes between the look at the condition and the sleep, and is lost",
    story: "The consumer looks whether the bread is ready, sees that it is not, and lies down to wait for the bell. The baker\n\
            puts it out and rings in between. A condvar does not remember that it was notified.",
    finder: Finder::Random,
    broken,
    fix: "change the condition with the mutex held: nobody who holds it can have looked and not be asleep yet",
    fixed,
    bound: Some(3),
};

struct Bakery {
    ready: AtomicBool,
    counter: Mutex<()>,
    bell: Condvar,
}

fn open(locks: bool) {
    let bakery = Arc::new(Bakery {
        ready: AtomicBool::new(false),
        counter: Mutex::new(()),
        bell: Condvar::new(),
    });
    trace::name(&bakery.ready, "ready");
    trace::name(&bakery.counter, "counter");
    trace::name(&bakery.bell, "bell");
    let baker = {
        let bakery = Arc::clone(&bakery);
        thread::spawn_named("baker", move || {
            if locks {
                let _counter = bakery.counter.lock();
                bakery.ready.store(true, Release);
            } else {
                bakery.ready.store(true, Release);
            }
            bakery.bell.notify_one();
        })
    };
    {
        let mut counter = bakery.counter.lock();
        while !bakery.ready.load(Acquire) {
            bakery.bell.wait(&mut counter);
        }
    }
    baker.join().unwrap();
}

fn broken() {
    open(false);
}

fn fixed() {
    open(true);
}
