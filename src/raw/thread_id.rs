//! Who a thread is, for locks that know their owner.
//!
//! A number from a counter, handed out once per thread: `sys::thread::unique_id`. Not the address of a thread-local, as is
//! usual: such an address is used again by later threads, and a lock whose guard was forgotten by a thread that has ended
//! would then be found to be held by somebody who never locked it. And the threads of a model share the thread-locals
//! of the one system thread that they run on.

use core::num::{NonZeroU64, NonZeroUsize};

use crate::lock_api;
use crate::sys::thread;

/// Tells threads apart, for [`ReentrantMutex`](crate::ReentrantMutex) and other locks of [`lock_api`] that know their
/// owner. A thread has one number as long as it lives, also while its thread-locals are destroyed, and no other thread has
/// it before or after.
///
/// # Panics
///
/// On a target whose `usize` has 32 bits, in the thread after the 4 294 967 295th that asks for its number: numbers are
/// not used again.
#[derive(Clone, Copy, Debug, Default)]
pub struct RawThreadId;

/// The number in the width that locks store, if it has that width.
#[inline]
fn in_width<N: TryFrom<NonZeroU64>>(number: NonZeroU64) -> N {
    match N::try_from(number) {
        Ok(number) => number,
        Err(_) => used_up(number),
    }
}

#[cold]
fn used_up(number: NonZeroU64) -> ! {
    panic!(
        "selvedge: thread number {number} does not fit a usize of {} bits, and numbers are not used again; start fewer \
         threads",
        usize::BITS
    )
}

// SAFETY: no two threads get the same number, and each gets its own whenever it asks.
unsafe impl lock_api::GetThreadId for RawThreadId {
    const INIT: Self = Self;

    #[inline]
    fn nonzero_thread_id(&self) -> NonZeroUsize {
        in_width(thread::unique_id())
    }
}

#[cfg(test)]
mod tests {
    use core::num::{NonZeroU32, NonZeroU64};

    use super::in_width;

    const WIDEST: NonZeroU64 = NonZeroU64::new(u32::MAX as u64).unwrap();

    #[test]
    fn the_last_number_that_fits() {
        assert_eq!(in_width::<NonZeroU32>(WIDEST), NonZeroU32::MAX);
    }

    #[test]
    #[should_panic = "selvedge: thread number 4294967296 does not fit"]
    fn the_first_that_does_not() {
        in_width::<NonZeroU32>(WIDEST.saturating_add(1));
    }
}
