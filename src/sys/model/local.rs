//! One pointer per thread of the model, null at the start of every execution.

use core::cell::RefCell;
use core::ptr;

use super::super::world;

/// The execution that the pointers belong to, and a pointer for each of its threads, by number.
struct Pointers {
    execution: u64,
    innermost: Vec<*const ()>,
}

std::thread_local! {
    static POINTERS: RefCell<Pointers> = const {
        RefCell::new(Pointers { execution: 0, innermost: Vec::new() })
    };
}

/// Hands the current thread's pointer to `use_it`. `None` where there is no thread any more to ask: the
/// execution has failed, or is being cleared away.
fn with<R>(use_it: impl FnOnce(&mut *const ()) -> R) -> Option<R> {
    let execution = super::here();
    if super::inert() || world::tearing_down() {
        return None;
    }
    let thread = world::current_thread();
    Some(POINTERS.with_borrow_mut(|pointers| {
        if pointers.execution != execution {
            pointers.execution = execution;
            pointers.innermost.clear();
        }
        if pointers.innermost.len() <= thread {
            pointers.innermost.resize(thread + 1, ptr::null());
        }
        use_it(&mut pointers.innermost[thread])
    }))
}

#[track_caller]
pub(crate) fn innermost() -> *const () {
    with(|innermost| *innermost).unwrap_or(ptr::null())
}

pub(crate) fn set_innermost(frame: *const ()) {
    if super::running() {
        with(|innermost| *innermost = frame);
    }
}
