//! Barriers of two kinds, of which one costs nothing.
//!
//! Two threads each write a word and then read the other's. For at least one of them to see what the other one wrote, each needs a
//! full barrier in between. Here one side has a *light* one, which only keeps the compiler from exchanging the two accesses, and
//! the other side a *heavy* one, which makes every thread of the process that runs just then execute a barrier, wherever it is
//! (a thread that does not run has executed one since). So the heavy side pays for both.
//!
//! **Fidelity.** This *is* the machine: membarrier(2), `MEMBARRIER_CMD_PRIVATE_EXPEDITED`, since Linux 4.14. Elsewhere, and under
//! `--cfg selvedge_fallback`, there are no such barriers, and whoever would use them does without. On Android neither: before its
//! tenth version a process that asks for them is killed.

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
pub use kernel::{heavy, is_ready, prepare};
#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
pub use without::{heavy, is_ready, prepare};

/// The barrier of the thread that must not pay: between its own write and its look at what the other one writes. Two of this kind are no
/// barrier to each other.
#[inline]
pub fn light() {
    core::sync::atomic::compiler_fence(core::sync::atomic::Ordering::SeqCst);
}

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod kernel {
    use core::sync::atomic::{AtomicU8, Ordering::Relaxed};

    use super::super::linux::{errno, refused};

    // linux/membarrier.h
    #[cfg(test)]
    pub(super) const QUERY: libc::c_int = 0;
    pub(super) const PRIVATE_EXPEDITED: libc::c_int = 1 << 3;
    const REGISTER_PRIVATE_EXPEDITED: libc::c_int = 1 << 4;

    const NOT_ASKED: u8 = 0;
    /// Somebody asks just now, or was refused.
    const ASKED: u8 = 1;
    const READY: u8 = 2;

    static STATE: AtomicU8 = AtomicU8::new(NOT_ASKED);

    /// Whether there are such barriers, and the system was asked for them.
    #[inline]
    pub fn is_ready() -> bool {
        // Relaxed: the system knows what it was asked for, whoever it was that asked.
        STATE.load(Relaxed) == READY
    }

    /// Asks the system for such barriers, unless somebody has; whether they are ready. The one that asks may sleep for ten
    /// milliseconds; nobody waits for that one. (The child of a fork in that moment has none.)
    pub fn prepare() -> bool {
        // Relaxed, here and below: as above.
        if STATE.load(Relaxed) == NOT_ASKED
            && STATE
                .compare_exchange(NOT_ASKED, ASKED, Relaxed, Relaxed)
                .is_ok()
            && !cfg!(any(selvedge_fallback, miri))
            && membarrier(REGISTER_PRIVATE_EXPEDITED) == 0
        {
            STATE.store(READY, Relaxed);
        }
        is_ready()
    }

    /// The barrier that pays for both sides: an interrupt of each processor that runs a thread of this process. Only when they are
    /// [ready](is_ready): a process that is refused it then ends, for nothing else could take its place.
    #[cold]
    pub fn heavy() {
        // The child of a fork has what its parent asked for; should it not, it asks as well.
        let told = membarrier(PRIVATE_EXPEDITED) == 0
            || membarrier(REGISTER_PRIVATE_EXPEDITED) == 0 && membarrier(PRIVATE_EXPEDITED) == 0;
        if !told {
            refused("a membarrier that it had promised", errno());
        }
    }

    pub(super) fn membarrier(command: libc::c_int) -> libc::c_long {
        // SAFETY: it takes three numbers and changes no memory.
        unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) }
    }
}

#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
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

    /// Not to be called, for they are never ready.
    pub fn heavy() {
        unreachable!("there are no barriers of two kinds here")
    }
}

#[cfg(all(test, target_os = "linux", target_pointer_width = "64"))]
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

        let supported = kernel::membarrier(kernel::QUERY);
        let supported = supported >= 0
            && supported & libc::c_long::from(kernel::PRIVATE_EXPEDITED) != 0
            && !cfg!(any(selvedge_fallback, miri));
        let asked = std::time::Instant::now();
        while !prepare() && supported && asked.elapsed().as_secs() < 1 {
            // Another test asks just now.
            std::thread::yield_now();
        }
        assert_eq!(is_ready(), supported);
        if !supported {
            return;
        }
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
