//! A mutex that is handed over in order of arrival, always.
//!
//! It is the [mutex](super::mutex) whose every unlock is a fair one. Such an unlock leaves LOCKED set for
//! the designated thread if anybody waits, so the lock is never free while somebody does, nobody can take it
//! out of turn, and a designated thread has to go back only if it was woken by mistake, by the late unlock of a mutex that was at
//! this address before. Its ordering is that of the mutex [M1].

use lock_api::RawMutexTimed;

use crate::sys::{self, Duration, Instant};

use super::guard::{GUARD, Guard};
use super::mutex::{Manner, RawMutex};

/// What it is called in a picture.
const KIND: &str = "FairMutex";

/// The lock behind [`FairMutex`](crate::FairMutex): 4 bytes, and a queue elsewhere while somebody waits.
#[derive(Debug)]
pub struct RawFairMutex {
    mutex: RawMutex,
}

// SAFETY: as for `RawMutex`, which it is.
unsafe impl lock_api::RawMutex for RawFairMutex {
    const INIT: Self = Self {
        mutex: RawMutex::new(),
    };
    type Guard = Guard;

    #[inline]
    #[track_caller]
    fn lock(&self) -> Guard {
        self.mutex.acquire(KIND, Manner::QueuesUp);
        GUARD
    }

    #[inline]
    #[track_caller]
    fn try_lock(&self) -> Option<Guard> {
        self.mutex.try_acquire(KIND).then_some(GUARD)
    }

    #[inline]
    #[track_caller]
    unsafe fn unlock(&self, _guard: Guard) {
        // SAFETY: the caller gives the state of its acquisition, so it holds the lock.
        unsafe { self.mutex.release_fair(KIND, "unlock") }
    }

    #[inline]
    fn is_locked(&self) -> bool {
        self.mutex.is_held()
    }
}

// SAFETY: as for `RawMutex`.
unsafe impl lock_api::RawMutexFair for RawFairMutex {
    #[inline]
    #[track_caller]
    unsafe fn unlock_fair(&self, _guard: Guard) {
        // SAFETY: the caller gives the state of its acquisition, so it holds the lock.
        unsafe { self.mutex.release_fair(KIND, "unlock_fair") }
    }

    #[inline]
    #[track_caller]
    unsafe fn bump(&self, _guard: &mut Guard) {
        if self.mutex.has_waiters() {
            // SAFETY: the caller holds the lock.
            unsafe { self.mutex.release_fair(KIND, "bump") }
            self.mutex.acquire(KIND, Manner::QueuesUp);
        }
    }
}

// SAFETY: as for `RawMutex`; a timed form that gives up holds nothing and has left the queue.
unsafe impl RawMutexTimed for RawFairMutex {
    type Duration = Duration;
    type Instant = Instant;

    #[inline]
    #[track_caller]
    fn try_lock_for(&self, timeout: Duration) -> Option<Guard> {
        match sys::deadline_after(timeout) {
            Some(deadline) => self.try_lock_until(deadline),
            None => {
                self.mutex.acquire(KIND, Manner::QueuesUp);
                Some(GUARD)
            }
        }
    }

    #[inline]
    #[track_caller]
    fn try_lock_until(&self, deadline: Instant) -> Option<Guard> {
        self.mutex
            .acquire_until(KIND, Manner::QueuesUp, deadline)
            .then_some(GUARD)
    }
}
