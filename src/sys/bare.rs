//! No system underneath (the feature `std` is off): no futex, no threads, and nobody to give the processor to.

/// Offers the processor to another thread. `false`: there is nobody that one could ask.
pub(super) fn give_way() -> bool {
    false
}
