//! No system underneath (the feature `std` is off): no futex, no threads, and nobody to give the processor to.

/// How many looks [`poll`] takes before it gives up.
const POLLS: u32 = 100;

/// Looks a few times whether `ready`, with pauses.
pub(super) fn poll(mut ready: impl FnMut() -> bool) {
    for _ in 0..POLLS {
        if ready() {
            return;
        }
        core::hint::spin_loop();
    }
}

/// Offers the processor to another thread. `false`: there is nobody that one could ask.
pub(super) fn give_way() -> bool {
    false
}
