//! A mutex whose unlock forgets to wake.

use std::sync::Arc;

use selvedge_loom::lock_api::{self, GuardSend};
use selvedge_loom::sys::Futex;
use selvedge_loom::sys::Ordering::{Acquire, Relaxed, Release};
use selvedge_loom::sys::{Wait, thread};
use selvedge_loom::trace;

use super::{Exhibit, Finder};

pub const EXHIBIT: Exhibit = Exhibit {
    name: "dropped-mark",
    line: "a mutex whose unlock wakes nobody: a thread sleeps for ever on a lock that is free",
    story: "The textbook mutex on a futex has three states: free, locked, and locked with sleepers. The slow path\n\
            must leave the mark for sleepers, or the unlock does not know that it has somebody to wake.",
    finder: Finder::Loom,
    broken,
    fix: "a thread that is going to sleep marks the word with CONTENDED, not with LOCKED",
    fixed,
    bound: None,
};

const FREE: u32 = 0;
const LOCKED: u32 = 1;
const CONTENDED: u32 = 2;

/// `MARK` is what a thread that is going to sleep leaves in the word.
struct RawTextbook<const MARK: u32>(Futex);

impl<const MARK: u32> RawTextbook<MARK> {
    fn lock_contended(&self) {
        while self.0.swap(MARK, Acquire) != FREE {
            let _: Wait = self.0.wait(MARK, None);
        }
    }
}

// SAFETY: whoever changes FREE into something else has the lock, and one thread does. (That a broken one
// leaves threads asleep does not let two of them in.)
unsafe impl<const MARK: u32> lock_api::RawMutex for RawTextbook<MARK> {
    const INIT: Self = Self(Futex::new(FREE));
    type Guard = GuardSend;

    #[track_caller]
    fn lock(&self) -> GuardSend {
        let span = trace::span(self, "Textbook", "lock");
        if self
            .0
            .compare_exchange(FREE, LOCKED, Acquire, Relaxed)
            .is_err()
        {
            self.lock_contended();
        }
        span.acquired();
        GuardSend::new()
    }

    #[track_caller]
    fn try_lock(&self) -> Option<GuardSend> {
        let span = trace::span(self, "Textbook", "try_lock");
        let locked = self
            .0
            .compare_exchange(FREE, LOCKED, Acquire, Relaxed)
            .is_ok();
        if locked {
            span.acquired()
        } else {
            span.refused()
        }
        locked.then(GuardSend::new)
    }

    #[track_caller]
    unsafe fn unlock(&self, _guard: GuardSend) {
        let span = trace::span(self, "Textbook", "unlock");
        let address = self.0.address();
        let before = self.0.swap(FREE, Release);
        span.released();
        if before == CONTENDED {
            Futex::wake(address, 1);
        }
    }

    fn is_locked(&self) -> bool {
        self.0.load(Relaxed) != FREE
    }
}

fn broken() {
    count_to_two::<LOCKED>();
}

fn fixed() {
    count_to_two::<CONTENDED>();
}

fn count_to_two<const MARK: u32>() {
    let count = Arc::new(lock_api::Mutex::<RawTextbook<MARK>, _>::new(0));
    trace::name(&*count, "count");
    let other = {
        let count = Arc::clone(&count);
        thread::spawn(move || *count.lock() += 1)
    };
    *count.lock() += 1;
    other.join().unwrap();
    assert_eq!(*count.lock(), 2);
}
