//! What a lock that needs no state per acquisition gives for one.

/// What makes a guard `Send` or not; see the feature `send_guard`.
#[cfg(feature = "send_guard")]
pub type Guard = lock_api::GuardSend;
/// What makes a guard `Send` or not; see the feature `send_guard`.
#[cfg(not(feature = "send_guard"))]
pub type Guard = lock_api::GuardNoSend;

#[cfg(feature = "send_guard")]
pub(super) const GUARD: Guard = lock_api::GuardSend::new();
#[cfg(not(feature = "send_guard"))]
pub(super) const GUARD: Guard = lock_api::GuardNoSend::new();
