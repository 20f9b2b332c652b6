//! The bus of a spacecraft.

use std::sync::Arc;

use selvedge_shuttle::lock_api;
use selvedge_shuttle::raw::{RawMutex, RawPiMutex};
use selvedge_shuttle::sys::Ordering::{Acquire, Release};
use selvedge_shuttle::sys::{AtomicBool, thread};
use selvedge_shuttle::trace;

use super::{Exhibit, Finder};

pub const EXHIBIT: Exhibit = Exhibit {
    name: "priority-inversion",
    line: "the most urgent thread waits for the least urgent one, which a third never lets run",
    story: "The processor runs the most urgent thread that can run. `weather` takes the lock of the bus; `control`, the most\n\
            urgent, comes and waits for it; and `radio`, which is in between and knows nothing of the lock, keeps `weather`\n\
            from running for as long as it transmits: until `control` is done. In 1997 this reset a spacecraft on Mars.",
    finder: Finder::Priority,
    broken,
    fix: "a mutex that lends its holder the priority of whoever waits: `weather` runs before `radio`, and lets go of the bus",
    fixed,
    bound: None,
};

fn spacecraft<R: lock_api::RawMutex + Send + Sync + 'static>() {
    let craft = Arc::new((
        lock_api::Mutex::<R, Vec<&str>>::new(Vec::new()),
        AtomicBool::new(false),
    ));
    trace::name(&craft.0, "bus");
    trace::name(&craft.1, "steered");
    let [weather, radio, control] = [(); 3].map(|()| Arc::clone(&craft));
    let threads = [
        thread::spawn_named("weather", move || {
            trace::priority(1);
            weather.0.lock().push("wind");
        }),
        thread::spawn_named("radio", move || {
            trace::priority(2);
            while !radio.1.load(Acquire) {
                thread::yield_now(); // to whoever is at least as urgent
            }
        }),
        thread::spawn_named("control", move || {
            trace::priority(3);
            control.0.lock().push("course");
            control.1.store(true, Release);
        }),
    ];
    for thread in threads {
        thread.join().unwrap();
    }
}

fn broken() {
    spacecraft::<RawMutex>();
}

fn fixed() {
    spacecraft::<RawPiMutex>();
}
