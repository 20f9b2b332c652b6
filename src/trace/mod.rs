//! What happened, told by the primitives themselves.
//!
//! A primitive opens a [`Span`] when it is called and reports on it *at the commit point*: `acquired`
//! when the compare-exchange has won, `queued` when the thread is in the queue. In a model these
//! reports become the picture of a failing run; on the machine every function here is empty and a
//! span is a type without size, so that nothing is left in the code. (In debug builds the sleeping locks
//! remember which thread holds them, and panic when one waits for itself.)
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

#[cfg(all(
    debug_assertions,
    feature = "std",
    not(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))
))]
mod holders;
#[cfg(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))]
mod interleaving;
#[cfg(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))]
mod note;
#[cfg(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))]
pub(crate) mod recorder;
#[cfg(any(test, all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))]
#[cfg_attr(
    not(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle"))),
    allow(dead_code, reason = "only its tests run on the machine")
)]
pub(crate) mod schedule;
#[cfg(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))]
mod table;
#[cfg(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))]
mod verdict;

#[cfg(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))]
pub use interleaving::{Event, EventKind, Interleaving, Object, Switch};
#[cfg(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))]
pub(crate) use interleaving::{sentence, short_line, wrap};
#[cfg(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))]
pub use schedule::{Schedule, ScheduleError};
#[cfg(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))]
pub(crate) use table::{Shown, shown};
#[cfg(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))]
pub use verdict::{Leak, Verdict, Wait, Waiting};

#[cfg(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))]
#[doc(hidden)]
pub use recorder::record;
#[cfg(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))]
pub use recorder::{Span, name, priority, progress, span};

#[cfg(not(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle"))))]
pub use silence::{Span, name, priority, progress, span};

#[cfg(all(
    debug_assertions,
    feature = "std",
    not(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))
))]
pub use holders::{DOUBT, is_mine};
#[cfg(all(
    feature = "std",
    any(
        not(debug_assertions),
        all(loom, feature = "loom"),
        all(shuttle, feature = "shuttle")
    )
))]
pub use no_list::{DOUBT, is_mine};

/// Where there is no list of who holds what: in release builds, and in models, which find more.
#[cfg(all(
    feature = "std",
    any(
        not(debug_assertions),
        all(loom, feature = "loom"),
        all(shuttle, feature = "shuttle")
    )
))]
mod no_list {
    use crate::sys::Duration;

    /// How long a waiter that has no deadline waits before it asks [`is_mine`]: here nobody does.
    pub const DOUBT: Option<Duration> = None;

    /// Whether this thread holds the lock, alone: here that is not known.
    pub fn is_mine<T: ?Sized>(_object: &T) -> bool {
        false
    }
}

/// The machine: nobody listens. In debug builds the spans of the locks keep a list of who holds what.
#[cfg(not(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle"))))]
mod silence {
    #[cfg(all(debug_assertions, feature = "std"))]
    use super::holders::Holding;

    /// A release build keeps no list.
    #[cfg(not(all(debug_assertions, feature = "std")))]
    #[derive(Debug)]
    struct Holding;

    #[cfg(not(all(debug_assertions, feature = "std")))]
    impl Holding {
        #[inline(always)]
        fn new<T: ?Sized>(_object: &T, _kind: &'static str, _action: &'static str) -> Self {
            Self
        }
        #[inline(always)]
        fn begins(&self) {}
        #[inline(always)]
        fn changes(&self) {}
        #[inline(always)]
        fn ends(&self) {}
    }

    /// One call of a primitive, from start to end. What is cold and the last thing of a call takes it by value: a reference, even
    /// to nothing, takes a place on the stack, and two instructions of the fast path in every caller.
    #[derive(Debug)]
    #[must_use = "a span covers the call only while it is alive"]
    pub struct Span(Holding);

    /// Opens the span of a call of `action` on `object`, which is a `kind`.
    #[inline(always)]
    pub fn span<T: ?Sized>(object: &T, kind: &'static str, action: &'static str) -> Span {
        Span(Holding::new(object, kind, action))
    }

    /// Gives `object` a name for the picture.
    #[inline(always)]
    pub fn name<T: ?Sized>(_object: &T, _name: &str) {}

    /// The program has got somewhere: it does not merely go round. For models that go on for ever on purpose.
    #[inline(always)]
    pub fn progress() {}

    /// The current thread has this priority from here on; the higher goes first. For models: on the machine the system has
    /// to be told.
    #[inline(always)]
    pub fn priority(_level: u8) {}

    impl Span {
        /// The thread now holds the object.
        #[inline(always)]
        pub fn acquired(&self) {
            self.0.begins();
        }

        /// The thread holds the object as it did before, and now in another way.
        #[inline(always)]
        pub fn converted(&self) {
            self.0.changes();
        }

        /// The call ends without the object.
        #[inline(always)]
        pub fn refused(&self) {}

        /// The thread no longer holds the object. The object may be gone already.
        #[inline(always)]
        pub fn released(&self) {
            self.0.ends();
        }

        /// The call has brought a count of the object down to `left`. The object may be gone already.
        #[inline(always)]
        pub fn counted_down(&self, _left: usize) {}

        /// The object is in another state from here on, and nobody holds it: an event is set. The object may
        /// be gone already.
        #[inline(always)]
        pub fn became(&self, _state: &'static str) {
            self.0.ends();
        }

        /// The thread no longer holds the object and has given it to whoever waits. The object may
        /// be gone already.
        #[inline(always)]
        pub fn handed_over(&self) {
            self.0.ends();
        }

        /// The thread now waits for the object to be notified.
        #[inline(always)]
        pub fn queued(&self) {}

        /// The thread now waits for the object to be in the state of that name; empty if it has none.
        #[inline(always)]
        pub fn queued_for(&self, _condition: &'static str) {}

        /// The call ends, and the task that made it waits for the object: to be reported by a future that is polled. The
        /// wait is over when the same call is reported again.
        #[inline(always)]
        pub fn pending(&self) {}

        /// This many waiters were notified.
        #[inline(always)]
        pub fn notified(&self, _count: usize) {}
    }
}
