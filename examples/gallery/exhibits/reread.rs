//! Reading twice, with a writer between.

use std::sync::Arc;

use selvedge_loom::sys::thread;
use selvedge_loom::{RecursiveRwLock, RwLock, trace};

use super::{Exhibit, Finder};

pub const EXHIBIT: Exhibit = Exhibit {
    name: "reread",
    line: "a reader reads again while a writer waits: the writer waits for it, and it waits behind the writer",
    story: "A lock that never let a waiting writer past its readers would starve it, so new readers queue behind it. A thread\n\
            that reads already is a new reader too when it asks again, somewhere deep in a function that it calls.",
    finder: Finder::Loom,
    broken,
    fix: "hand the guard down; or a `RecursiveRwLock`, whose readers do not queue behind writers",
    fixed,
    bound: None,
};

fn broken() {
    let settings = Arc::new(RwLock::new(1));
    trace::name(&*settings, "settings");
    let writer = {
        let settings = Arc::clone(&settings);
        thread::spawn_named("writer", move || *settings.write() += 1)
    };
    {
        let outer = settings.read();
        let inner = settings.read();
        assert_eq!(*outer, *inner);
    }
    writer.join().unwrap();
}

fn fixed() {
    let settings = Arc::new(RecursiveRwLock::new(1));
    trace::name(&*settings, "settings");
    let writer = {
        let settings = Arc::clone(&settings);
        thread::spawn_named("writer", move || *settings.write() += 1)
    };
    {
        let outer = settings.read();
        let inner = settings.read();
        assert_eq!(*outer, *inner);
    }
    writer.join().unwrap();
}
