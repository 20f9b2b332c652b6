//! The traits of `lock_api` 0.4, for the raw locks whose acquisitions have no state: each forwards to the trait of
//! `lock_api` 0.5 of the same name. The queue lock has such a state, and cannot be one of them.

use lock_api as new;
use lock_api_04 as old;

use super::guard::GUARD;

/// What makes a guard `Send` or not; see the feature `send_guard`.
#[cfg(feature = "send_guard")]
type Marker = old::GuardSend;
/// What makes a guard `Send` or not; see the feature `send_guard`.
#[cfg(not(feature = "send_guard"))]
type Marker = old::GuardNoSend;

/// Methods that only pass the call on.
macro_rules! forward {
    (@taken bool $call:expr) => { $call.is_some() };
    (@taken $call:expr) => { { let _ = $call; } };
    (@given bool $call:expr) => { $call.is_ok() };
    (@given $call:expr) => { { let _ = $call; } };
    ($trait:ident: $(fn $take:ident($($argument:ident: $type:ty)?) $(-> $bool:ident)?;)*
        $(unsafe fn $give:ident($guard:expr) $(-> $ok:ident)?;)*) => {
        $(
            #[inline]
            #[track_caller]
            fn $take(&self $(, $argument: $type)?) $(-> $bool)? {
                forward!(@taken $($bool)? new::$trait::$take(self $(, $argument)?))
            }
        )*
        $(
            #[inline]
            #[track_caller]
            unsafe fn $give(&self) $(-> $ok)? {
                // SAFETY: the caller promises what the trait of the same name asks for; the state of an
                // acquisition is nothing.
                forward!(@given $($ok)? unsafe { new::$trait::$give(self, $guard) })
            }
        )*
    };
}

macro_rules! mutex {
    ($($lock:ty, $guard:expr;)*) => {$(
        // SAFETY: the trait of the same name in `lock_api` 0.5 asks for the same.
        unsafe impl old::RawMutex for $lock {
            #[allow(
                clippy::declare_interior_mutable_const,
                reason = "what the trait asks for"
            )]
            const INIT: Self = <Self as new::RawMutex>::INIT;
            type GuardMarker = Marker;

            #[inline]
            fn is_locked(&self) -> bool {
                new::RawMutex::is_locked(self)
            }

            forward! {
                RawMutex: fn lock(); fn try_lock() -> bool; unsafe fn unlock($guard);
            }
        }
    )*};
}

macro_rules! fair {
    ($($lock:ty, $guard:expr;)*) => {$(
        // SAFETY: as above.
        unsafe impl old::RawMutexFair for $lock {
            forward! {
                RawMutexFair: unsafe fn unlock_fair($guard); unsafe fn bump(&mut { $guard });
            }
        }
    )*};
}

#[cfg(feature = "std")]
macro_rules! timed {
    ($($lock:ty;)*) => {$(
        // SAFETY: as above.
        unsafe impl old::RawMutexTimed for $lock {
            type Duration = <Self as new::RawMutexTimed>::Duration;
            type Instant = <Self as new::RawMutexTimed>::Instant;

            forward! {
                RawMutexTimed:
                    fn try_lock_for(timeout: Self::Duration) -> bool;
                    fn try_lock_until(deadline: Self::Instant) -> bool;
            }
        }
    )*};
}

mutex! {
    super::RawSpinLock, GUARD;
    super::RawTicketLock, GUARD;
}
fair! {
    super::RawTicketLock, GUARD;
}

#[cfg(feature = "std")]
mutex! {
    super::RawMutex, GUARD;
    super::RawFairMutex, GUARD;
}
#[cfg(feature = "std")]
fair! {
    super::RawMutex, GUARD;
    super::RawFairMutex, GUARD;
}
#[cfg(feature = "std")]
timed! {
    super::RawMutex;
    super::RawFairMutex;
}

// SAFETY: the trait of `lock_api` 0.5 asks for the same, and has it.
#[cfg(feature = "std")]
unsafe impl old::GetThreadId for super::RawThreadId {
    const INIT: Self = Self;

    #[inline]
    fn nonzero_thread_id(&self) -> core::num::NonZeroUsize {
        new::GetThreadId::nonzero_thread_id(self)
    }
}

#[cfg(feature = "std")]
mod rwlock {
    use super::{GUARD, Marker, new, old};
    use crate::raw::{RawRwLock, RawRwLockRecursive};

    // SAFETY: as above.
    unsafe impl<const RECURSIVE: bool> old::RawRwLock for RawRwLock<RECURSIVE> {
        #[allow(
            clippy::declare_interior_mutable_const,
            reason = "what the trait asks for"
        )]
        const INIT: Self = <Self as new::RawRwLock>::INIT;
        type GuardMarker = Marker;

        #[inline]
        fn is_locked(&self) -> bool {
            new::RawRwLock::is_locked(self)
        }

        #[inline]
        fn is_locked_exclusive(&self) -> bool {
            new::RawRwLock::is_locked_exclusive(self)
        }

        forward! {
            RawRwLock:
                fn lock_shared();
                fn try_lock_shared() -> bool;
                fn lock_exclusive();
                fn try_lock_exclusive() -> bool;
                unsafe fn unlock_shared(GUARD);
                unsafe fn unlock_exclusive(GUARD);
        }
    }

    // SAFETY: as above.
    unsafe impl<const RECURSIVE: bool> old::RawRwLockFair for RawRwLock<RECURSIVE> {
        forward! {
            RawRwLockFair:
                unsafe fn unlock_shared_fair(GUARD);
                unsafe fn unlock_exclusive_fair(GUARD);
                unsafe fn bump_shared(&mut { GUARD });
                unsafe fn bump_exclusive(&mut { GUARD });
        }
    }

    // SAFETY: as above.
    unsafe impl<const RECURSIVE: bool> old::RawRwLockDowngrade for RawRwLock<RECURSIVE> {
        forward! {
            RawRwLockDowngrade: unsafe fn downgrade(GUARD);
        }
    }

    // SAFETY: as above.
    unsafe impl<const RECURSIVE: bool> old::RawRwLockTimed for RawRwLock<RECURSIVE> {
        type Duration = <Self as new::RawRwLockTimed>::Duration;
        type Instant = <Self as new::RawRwLockTimed>::Instant;

        forward! {
            RawRwLockTimed:
                fn try_lock_shared_for(timeout: Self::Duration) -> bool;
                fn try_lock_shared_until(deadline: Self::Instant) -> bool;
                fn try_lock_exclusive_for(timeout: Self::Duration) -> bool;
                fn try_lock_exclusive_until(deadline: Self::Instant) -> bool;
        }
    }

    // In 0.4 recursion is a method, in 0.5 it is a type. SAFETY: its readers enter beside readers, always.
    unsafe impl old::RawRwLockRecursive for RawRwLockRecursive {
        #[inline]
        #[track_caller]
        fn lock_shared_recursive(&self) {
            old::RawRwLock::lock_shared(self);
        }

        #[inline]
        #[track_caller]
        fn try_lock_shared_recursive(&self) -> bool {
            old::RawRwLock::try_lock_shared(self)
        }
    }

    // SAFETY: as above.
    unsafe impl old::RawRwLockRecursiveTimed for RawRwLockRecursive {
        #[inline]
        #[track_caller]
        fn try_lock_shared_recursive_for(&self, timeout: Self::Duration) -> bool {
            old::RawRwLockTimed::try_lock_shared_for(self, timeout)
        }

        #[inline]
        #[track_caller]
        fn try_lock_shared_recursive_until(&self, deadline: Self::Instant) -> bool {
            old::RawRwLockTimed::try_lock_shared_until(self, deadline)
        }
    }

    // SAFETY: as above.
    unsafe impl<const RECURSIVE: bool> old::RawRwLockUpgrade for RawRwLock<RECURSIVE> {
        forward! {
            RawRwLockUpgrade:
                fn lock_upgradable();
                fn try_lock_upgradable() -> bool;
                unsafe fn unlock_upgradable(GUARD);
                unsafe fn upgrade(GUARD);
                unsafe fn try_upgrade(GUARD) -> bool;
        }
    }

    // SAFETY: as above.
    unsafe impl<const RECURSIVE: bool> old::RawRwLockUpgradeFair for RawRwLock<RECURSIVE> {
        forward! {
            RawRwLockUpgradeFair:
                unsafe fn unlock_upgradable_fair(GUARD);
                unsafe fn bump_upgradable(&mut { GUARD });
        }
    }

    // SAFETY: as above.
    unsafe impl<const RECURSIVE: bool> old::RawRwLockUpgradeDowngrade for RawRwLock<RECURSIVE> {
        forward! {
            RawRwLockUpgradeDowngrade:
                unsafe fn downgrade_upgradable(GUARD);
                unsafe fn downgrade_to_upgradable(GUARD);
        }
    }

    // SAFETY: as above.
    unsafe impl<const RECURSIVE: bool> old::RawRwLockUpgradeTimed for RawRwLock<RECURSIVE> {
        forward! {
            RawRwLockUpgradeTimed:
                fn try_lock_upgradable_for(timeout: Self::Duration) -> bool;
                fn try_lock_upgradable_until(deadline: Self::Instant) -> bool;
        }

        #[inline]
        #[track_caller]
        unsafe fn try_upgrade_for(&self, timeout: Self::Duration) -> bool {
            // SAFETY: the caller promises what the trait of the same name asks for.
            unsafe { new::RawRwLockUpgradeTimed::try_upgrade_for(self, GUARD, timeout) }.is_ok()
        }

        #[inline]
        #[track_caller]
        unsafe fn try_upgrade_until(&self, deadline: Self::Instant) -> bool {
            // SAFETY: as above.
            unsafe { new::RawRwLockUpgradeTimed::try_upgrade_until(self, GUARD, deadline) }.is_ok()
        }
    }
}
