//! A parcel that is announced before it is there.

use std::sync::Arc;

use selvedge_loom::sys::cell::UnsafeCell;
use selvedge_loom::sys::{
    AtomicBool,
    Ordering::{self, Acquire, Relaxed, Release},
    thread,
};
use selvedge_loom::trace;

use super::{Exhibit, Finder};

pub const EXHIBIT: Exhibit = Exhibit {
    name: "publication",
    line: "a flag says that the data is there, and does not bring the data along",
    story: "One thread writes the data and raises a flag; the other sees the flag and reads the data. With a relaxed store\n\
            nothing says that whoever sees the flag sees what was written before it. On x86 it works by accident.",
    finder: Finder::Loom,
    broken,
    fix: "raise the flag with Release, which hands over everything before it to whoever sees it with Acquire",
    fixed,
    bound: None,
};

struct Parcel {
    contents: UnsafeCell<u32>,
    there: AtomicBool,
}

// SAFETY: `contents` is read only after `there` was seen; whether that is enough is what is explored.
unsafe impl Sync for Parcel {}

fn send(order: Ordering) {
    let parcel = Arc::new(Parcel {
        contents: UnsafeCell::new(0),
        there: AtomicBool::new(false),
    });
    trace::name(&parcel.contents, "contents");
    trace::name(&parcel.there, "there");
    let sender = {
        let parcel = Arc::clone(&parcel);
        thread::spawn_named("sender", move || {
            parcel.contents.with_mut(|contents| {
                // SAFETY: nobody reads it before `there` is raised.
                unsafe { *contents = 7 }
            });
            parcel.there.store(true, order);
        })
    };
    if parcel.there.load(Acquire) {
        let contents = parcel.contents.with(|contents| {
            // SAFETY: it was written before `there` was raised, says the sender.
            unsafe { *contents }
        });
        assert_eq!(contents, 7);
    }
    sender.join().unwrap();
}

fn broken() {
    send(Relaxed);
}

fn fixed() {
    send(Release);
}
