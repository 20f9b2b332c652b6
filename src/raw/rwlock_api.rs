//! What the [readers–writer lock](super::rwlock) offers to `lock_api`: each operation by its name.

use crate::sys::{self, Duration, Instant};

use super::guard::{GUARD, Guard};
use super::rwlock::RawRwLock;
use super::rwlock_word::*;

// SAFETY: a writer enters by a compare-exchange from a word in which nobody is inside and no reader is counted, or is let in by one
// that does it in its name (invariant 1); a reader when it is counted and sees that there is no writer (invariant 6). Only who is
// inside leaves. A lock that is held may be moved or dropped: the word is all there is.
unsafe impl<const RECURSIVE: bool> lock_api::RawRwLock for RawRwLock<RECURSIVE> {
    const INIT: Self = Self::new();
    type SharedGuard = Guard;
    type ExclusiveGuard = Guard;

    #[inline]
    #[track_caller]
    fn lock_shared(&self) -> Guard {
        self.enter(READ, "read", None);
        GUARD
    }

    #[inline]
    #[track_caller]
    fn try_lock_shared(&self) -> Option<Guard> {
        self.try_enter(READ, "try_read").then_some(GUARD)
    }

    #[inline]
    #[track_caller]
    unsafe fn unlock_shared(&self, _guard: Guard) {
        self.leave_reading("unlock_read", false);
    }

    #[inline]
    #[track_caller]
    fn lock_exclusive(&self) -> Guard {
        self.enter(WRITE, "write", None);
        GUARD
    }

    #[inline]
    #[track_caller]
    fn try_lock_exclusive(&self) -> Option<Guard> {
        self.try_enter(WRITE, "try_write").then_some(GUARD)
    }

    #[inline]
    #[track_caller]
    unsafe fn unlock_exclusive(&self, _guard: Guard) {
        self.leave_writing("unlock_write", false);
    }

    #[inline]
    fn is_locked(&self) -> bool {
        !is_free(self.look())
    }

    #[inline]
    fn is_locked_exclusive(&self) -> bool {
        is_writing(self.look())
    }
}

// SAFETY: as for `RawRwLock`.
unsafe impl<const RECURSIVE: bool> lock_api::RawRwLockFair for RawRwLock<RECURSIVE> {
    #[inline]
    #[track_caller]
    unsafe fn unlock_shared_fair(&self, _guard: Guard) {
        self.leave_reading("unlock_read_fair", true);
    }

    #[inline]
    #[track_caller]
    unsafe fn unlock_exclusive_fair(&self, _guard: Guard) {
        self.leave_writing("unlock_write_fair", true);
    }
}

// SAFETY: as for `RawRwLock`; the change is one step.
unsafe impl<const RECURSIVE: bool> lock_api::RawRwLockDowngrade for RawRwLock<RECURSIVE> {
    #[inline]
    #[track_caller]
    unsafe fn downgrade(&self, _guard: Guard) -> Guard {
        self.convert(WRITER_BIT, writer_to_reader, "downgrade");
        GUARD
    }
}

// SAFETY: as for `RawRwLock`; a timed form that gives up holds nothing and has left the queue.
unsafe impl<const RECURSIVE: bool> lock_api::RawRwLockTimed for RawRwLock<RECURSIVE> {
    type Duration = Duration;
    type Instant = Instant;

    #[inline]
    #[track_caller]
    fn try_lock_shared_for(&self, timeout: Duration) -> Option<Guard> {
        self.enter(READ, "try_read_for", sys::deadline_after(timeout))
            .then_some(GUARD)
    }

    #[inline]
    #[track_caller]
    fn try_lock_shared_until(&self, deadline: Instant) -> Option<Guard> {
        self.enter(READ, "try_read_until", Some(deadline))
            .then_some(GUARD)
    }

    #[inline]
    #[track_caller]
    fn try_lock_exclusive_for(&self, timeout: Duration) -> Option<Guard> {
        self.enter(WRITE, "try_write_for", sys::deadline_after(timeout))
            .then_some(GUARD)
    }

    #[inline]
    #[track_caller]
    fn try_lock_exclusive_until(&self, deadline: Instant) -> Option<Guard> {
        self.enter(WRITE, "try_write_until", Some(deadline))
            .then_some(GUARD)
    }
}

// SAFETY: as for `RawRwLock`; UPGRADABLE is set by one thread at a time and excludes WRITER.
unsafe impl<const RECURSIVE: bool> lock_api::RawRwLockUpgrade for RawRwLock<RECURSIVE> {
    type UpgradableGuard = Guard;

    #[inline]
    #[track_caller]
    fn lock_upgradable(&self) -> Guard {
        self.enter(UPGRADABLE_READ, "upgradable_read", None);
        GUARD
    }

    #[inline]
    #[track_caller]
    fn try_lock_upgradable(&self) -> Option<Guard> {
        self.try_enter(UPGRADABLE_READ, "try_upgradable_read")
            .then_some(GUARD)
    }

    #[inline]
    #[track_caller]
    unsafe fn unlock_upgradable(&self, _guard: Guard) {
        self.leave_upgradable("unlock_upgradable_read", false);
    }

    #[inline]
    #[track_caller]
    unsafe fn upgrade(&self, _guard: Guard) -> Guard {
        self.become_writer("upgrade", None);
        GUARD
    }

    #[inline]
    #[track_caller]
    unsafe fn try_upgrade(&self, guard: Guard) -> Result<Guard, Guard> {
        if self.try_become_writer() {
            Ok(GUARD)
        } else {
            Err(guard)
        }
    }
}

// SAFETY: as for `RawRwLockUpgrade`.
unsafe impl<const RECURSIVE: bool> lock_api::RawRwLockUpgradeFair for RawRwLock<RECURSIVE> {
    #[inline]
    #[track_caller]
    unsafe fn unlock_upgradable_fair(&self, _guard: Guard) {
        self.leave_upgradable("unlock_upgradable_read_fair", true);
    }
}

// SAFETY: as for `RawRwLockUpgrade`; each change is one step.
unsafe impl<const RECURSIVE: bool> lock_api::RawRwLockUpgradeDowngrade for RawRwLock<RECURSIVE> {
    #[inline]
    #[track_caller]
    unsafe fn downgrade_upgradable(&self, _guard: Guard) -> Guard {
        self.convert(UPGRADABLE_BIT, upgradable_to_reader, "downgrade_upgradable");
        GUARD
    }

    #[inline]
    #[track_caller]
    unsafe fn downgrade_to_upgradable(&self, _guard: Guard) -> Guard {
        self.convert(WRITER_BIT, writer_to_upgradable, "downgrade_to_upgradable");
        GUARD
    }
}

// SAFETY: as for `RawRwLockUpgrade`; an upgrade that gives up is an upgradable reader as before.
unsafe impl<const RECURSIVE: bool> lock_api::RawRwLockUpgradeTimed for RawRwLock<RECURSIVE> {
    #[inline]
    #[track_caller]
    fn try_lock_upgradable_for(&self, timeout: Duration) -> Option<Guard> {
        self.enter(
            UPGRADABLE_READ,
            "try_upgradable_read_for",
            sys::deadline_after(timeout),
        )
        .then_some(GUARD)
    }

    #[inline]
    #[track_caller]
    fn try_lock_upgradable_until(&self, deadline: Instant) -> Option<Guard> {
        self.enter(UPGRADABLE_READ, "try_upgradable_read_until", Some(deadline))
            .then_some(GUARD)
    }

    #[inline]
    #[track_caller]
    unsafe fn try_upgrade_for(&self, guard: Guard, timeout: Duration) -> Result<Guard, Guard> {
        if self.become_writer("try_upgrade_for", sys::deadline_after(timeout)) {
            Ok(GUARD)
        } else {
            Err(guard)
        }
    }

    #[inline]
    #[track_caller]
    unsafe fn try_upgrade_until(&self, guard: Guard, deadline: Instant) -> Result<Guard, Guard> {
        if self.become_writer("try_upgrade_until", Some(deadline)) {
            Ok(GUARD)
        } else {
            Err(guard)
        }
    }
}
