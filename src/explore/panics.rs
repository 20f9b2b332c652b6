//! Panics inside models are results, and not for the terminal.

use std::panic::{catch_unwind, panic_any, set_hook, take_hook};
use std::sync::Once;

use super::world;
use crate::sys::model;
use crate::trace::recorder;

/// What is said where nobody hears it, or once on the terminal.
const PROBE: &str = "selvedge: this is no failure: the explorer asks whether it hears of panics, for somebody has put \
    another panic hook in the place of its own; it puts that one back";

/// Panics of this OS thread, which explores, are kept from here on, and not printed.
///
/// There is one hook for the process, and it can only be taken away and put back: for a moment there is none, and whoever
/// else does the same in that moment puts theirs in its place. So whether ours is there is asked anew for each exploration.
pub(super) fn listen() {
    static FIRST: Once = Once::new();
    FIRST.call_once(|| {
        let loud = take_hook();
        world::prepare_panics();
        install(loud);
    });
    if !are_heard() {
        install(take_hook());
    }
}

type Hook = Box<dyn Fn(&std::panic::PanicHookInfo<'_>) + Sync + Send>;

fn install(others: Hook) {
    set_hook(Box::new(move |info| {
        if model::exploring() {
            model::note_panic(model::message_of(info.payload()));
            if let Some(location) = info.location() {
                recorder::panicked(location);
            }
        } else {
            others(info);
        }
    }));
}

fn are_heard() -> bool {
    // A second panic would end the process.
    std::thread::panicking()
        || catch_unwind(|| panic_any(PROBE)).is_err()
            && model::take_panic().as_deref() == Some(PROBE)
}
