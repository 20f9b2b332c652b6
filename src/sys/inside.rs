//! Which objects the current thread is inside of: how a primitive notices that it was entered again by the
//! thread that it would have to wait for.
//!
//! Each thread has a chain of frames on its own stack, and one pointer to the innermost. A world gives that
//! pointer: the standard library's thread-locals do not tell the threads of a model apart, because a model
//! runs all of them on one OS thread.

use core::ptr;

use super::local;

/// One call of [`enter`] that has not returned.
struct Frame {
    object: *const (),
    outer: *const Frame,
}

/// Takes the innermost frame off the chain, also when its body panics.
struct Leave(*const Frame);

impl Drop for Leave {
    fn drop(&mut self) {
        local::set_innermost(self.0.cast());
    }
}

/// Runs `body`, during which the current thread [is inside](is_inside) `object`. The address is only
/// compared.
pub fn enter<T: ?Sized, R>(object: *const T, body: impl FnOnce() -> R) -> R {
    let outer = local::innermost().cast();
    let frame = Frame {
        object: object.cast(),
        outer,
    };
    local::set_innermost((&raw const frame).cast());
    let _leave = Leave(outer);
    body()
}

/// Whether the current thread is in the body of an [`enter`] of this object.
pub fn is_inside<T: ?Sized>(object: *const T) -> bool {
    let object: *const () = object.cast();
    let mut next: *const Frame = local::innermost().cast();
    while !next.is_null() {
        // SAFETY: the chain is this thread's own. A frame is put on it by a call of `enter` that is still
        // on this thread's stack, and is taken off before that call returns or unwinds; nothing writes to
        // it in between.
        let frame = unsafe { &*next };
        if ptr::eq(frame.object, object) {
            return true;
        }
        next = frame.outer;
    }
    false
}
