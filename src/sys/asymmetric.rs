//! Barriers of two kinds, of which one costs nothing.
//!
//! Two threads each write a word and then read the other's. For at least one of them to see what the other one wrote, each needs a
//! full barrier in between. Here one side has a *light* one, which only keeps the compiler from exchanging the two accesses, and
//! the other side a *heavy* one, which makes every thread of the process that runs just then execute a barrier, wherever it is
//! (a thread that does not run has executed one since). So the heavy side pays for both.
//!
//! **Fidelity.** This *is* the machine: membarrier(2), `MEMBARRIER_CMD_PRIVATE_EXPEDITED`, since Linux 4.14. Without it
//! there are no such barriers, and whoever would use them does without.

#[cfg(all(
    any(target_os = "linux", target_os = "android"),
    target_pointer_width = "64",
    not(selvedge_fallback),
    not(miri)
))]
pub use kernel::{heavy, is_ready, prepare};

#[cfg(not(all(
    any(target_os = "linux", target_os = "android"),
    target_pointer_width = "64",
    not(selvedge_fallback),
    not(miri)
)))]
pub use without::{heavy, is_ready, prepare};

/// The barrier of the thread that must not pay: between its own write and its look at what the other one writes. Two of this kind are no
/// barrier to each other.
#[inline]
pub fn light() {
    core::sync::atomic::compiler_fence(core::sync::atomic::Ordering::SeqCst);
}

#[cfg(all(
    any(target_os = "linux", target_os = "android"),
    target_pointer_width = "64",
    not(selvedge_fallback),
    not(miri)
))]
mod kernel {
    use core::sync::atomic::{AtomicU8, Ordering::Relaxed};

    use super::super::linux::{errno, refused};

    // linux/membarrier.h; the `libc` crate does not have them for Android.
    const PRIVATE_EXPEDITED: libc::c_int = 1 << 3;
    const REGISTER_PRIVATE_EXPEDITED: libc::c_int = 1 << 4;

    const NOT_ASKED: u8 = 0;
    const READY: u8 = 1;
    const REFUSED: u8 = 2;

    static STATE: AtomicU8 = AtomicU8::new(NOT_ASKED);

    /// Whether there are such barriers, and the system was asked for them.
    #[inline]
    pub fn is_ready() -> bool {
        // Relaxed: the system knows what it was asked for, whoever it was that asked.
        STATE.load(Relaxed) == READY
    }

    /// Asks the system for such barriers, unless it was asked; whether there are any. The first call may take ten milliseconds.
    pub fn prepare() -> bool {
        match STATE.load(Relaxed) {
            NOT_ASKED => {
                let answer = if membarrier(REGISTER_PRIVATE_EXPEDITED) {
                    READY
                } else {
                    REFUSED
                };
                STATE.store(answer, Relaxed);
                answer == READY
            }
            state => state == READY,
        }
    }

    /// The barrier that pays for both sides: an interrupt of each processor that runs a thread of this process. Only after
    /// [`is_ready`].
    #[cold]
    pub fn heavy() {
        // A process keeps what it asked for, and its children have it as well; should one not, it asks again. Who is refused now
        // cannot go on.
        let told = membarrier(PRIVATE_EXPEDITED)
            || membarrier(REGISTER_PRIVATE_EXPEDITED) && membarrier(PRIVATE_EXPEDITED);
        if !told {
            refused("a membarrier that it had promised", errno());
        }
    }

    fn membarrier(command: libc::c_int) -> bool {
        // SAFETY: it takes three numbers and changes no memory.
        unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) == 0 }
    }
}

#[cfg(not(all(
    any(target_os = "linux", target_os = "android"),
    target_pointer_width = "64",
    not(selvedge_fallback),
    not(miri)
)))]
mod without {
    /// Never.
    #[inline]
    pub fn is_ready() -> bool {
        false
    }

    /// There are none.
    pub fn prepare() -> bool {
        false
    }

    /// Not to be called, for [`is_ready`] was not.
    pub fn heavy() {
        unreachable!("there are no barriers of two kinds here")
    }
}

#[cfg(all(
    test,
    any(target_os = "linux", target_os = "android"),
    target_pointer_width = "64",
    not(selvedge_fallback),
    not(miri)
))]
mod tests {
    use core::sync::atomic::{
        AtomicU32,
        Ordering::{Acquire, Relaxed, Release},
    };

    use super::*;

    #[test]
    fn one_of_two_sees_what_the_other_one_has_written() {
        const ROUNDS: u32 = 100_000;
        static WORDS: [AtomicU32; 2] = [AtomicU32::new(0), AtomicU32::new(0)];
        static BEGUN: AtomicU32 = AtomicU32::new(0);
        static SEEN: AtomicU32 = AtomicU32::new(0);
        static ENDED: AtomicU32 = AtomicU32::new(0);

        /// Writes the number of the round, and returns what the other one has written.
        fn write_and_look(mine: usize, round: u32, barrier: fn()) -> u32 {
            WORDS[mine].store(round, Relaxed);
            barrier();
            WORDS[1 - mine].load(Relaxed)
        }

        fn wait_for(word: &AtomicU32, round: u32) {
            let mut looks = 0u32;
            while word.load(Acquire) != round {
                looks += 1;
                // Sharp, if both run.
                if looks.is_multiple_of(1000) {
                    std::thread::yield_now();
                }
            }
        }

        assert!(prepare() && is_ready());
        let other = std::thread::spawn(|| {
            for round in 1..=ROUNDS {
                wait_for(&BEGUN, round);
                SEEN.store(write_and_look(0, round, light), Relaxed);
                ENDED.store(round, Release);
            }
        });
        for round in 1..=ROUNDS {
            BEGUN.store(round, Release);
            // It takes the other one a moment to see that.
            for _ in 0..round % 64 {
                core::hint::spin_loop();
            }
            let seen = write_and_look(1, round, heavy);
            wait_for(&ENDED, round);
            let both_missed = seen != round && SEEN.load(Relaxed) != round;
            assert!(!both_missed, "in round {round}");
        }
        other.join().unwrap();
    }
}
