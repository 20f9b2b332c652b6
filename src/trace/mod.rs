//! What happened, told by the primitives themselves.
//!
//! A primitive opens a [`Span`] when it is called and reports on it *at the commit point*: `acquired`
//! when the compare-exchange has won, `queued` when the thread is in the queue. In a model these
//! reports become the picture of a failing run; on the machine every function here is empty and a
//! span is a type without size, so that nothing is left in the code.
//!
//! Your own primitives, built on [`sys`](crate::sys), may report in the same way. They then appear in
//! the picture under their kind, and the explorer knows who holds what when it names a deadlock.
//!
//! ```
//! use selvedge::sys::{Futex, Ordering::{Acquire, Relaxed, Release}};
//! use selvedge::trace;
//!
//! struct Flag(Futex);
//! impl Flag {
//!     #[track_caller]
//!     fn try_take(&self) -> bool {
//!         let span = trace::span(self, "Flag", "try_take");
//!         let taken = self.0.compare_exchange(0, 1, Acquire, Relaxed).is_ok();
//!         if taken { span.acquired() } else { span.refused() }
//!         taken
//!     }
//! }
//! assert!(Flag(Futex::new(0)).try_take());
//! ```
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "this module knows the world"
)]

#[cfg(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))]
mod interleaving;
#[cfg(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))]
pub(crate) mod recorder;
#[cfg(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))]
mod verdict;

#[cfg(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))]
pub(crate) use interleaving::sentence;
#[cfg(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))]
pub use interleaving::{Event, EventKind, Interleaving};
#[cfg(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))]
pub use verdict::{Verdict, Wait, Waiting};

#[cfg(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))]
pub use recorder::{Span, name, span};

#[cfg(not(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle"))))]
pub use silence::{Span, name, span};

/// The machine: nobody listens.
#[cfg(not(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle"))))]
mod silence {
    /// One call of a primitive, from start to end.
    #[derive(Debug)]
    #[must_use = "a span covers the call only while it is alive"]
    pub struct Span(());

    /// Opens the span of a call of `action` on `object`, which is a `kind`.
    #[inline(always)]
    pub fn span<T: ?Sized>(_object: &T, _kind: &'static str, _action: &'static str) -> Span {
        Span(())
    }

    /// Gives `object` a name for the picture.
    #[inline(always)]
    pub fn name<T: ?Sized>(_object: &T, _name: &str) {}

    impl Span {
        /// The thread now holds the object.
        #[inline(always)]
        pub fn acquired(&self) {}

        /// The thread holds the object as it did before, and now in another way.
        #[inline(always)]
        pub fn converted(&self) {}

        /// The call ends without the object.
        #[inline(always)]
        pub fn refused(&self) {}

        /// The thread no longer holds the object. The object may be gone already.
        #[inline(always)]
        pub fn released(&self) {}

        /// The call has brought a count of the object down to `left`. The object may be gone already.
        #[inline(always)]
        pub fn counted_down(&self, _left: usize) {}

        /// The thread no longer holds the object and has given it to whoever waits. The object may
        /// be gone already.
        #[inline(always)]
        pub fn handed_over(&self) {}

        /// The thread now waits for the object to be notified.
        #[inline(always)]
        pub fn queued(&self) {}

        /// This many waiters were notified.
        #[inline(always)]
        pub fn notified(&self, _count: usize) {}
    }
}
