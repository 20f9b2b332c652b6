//! The Linux kernel's part in locks whose words name their owner, played for the models. What it does on the
//! machine is in `src/sys/kernel`.
//!
//! **What it shows.** [`robust`]: a thread that dies before any of its steps, awake or asleep, having just
//! been woken or not; the kernel's replacement of a dead owner and its wake, as steps of their own that
//! others may come between. [`pi`]: who owns the word, a hand-over by the kernel, deadlines at every moment,
//! a thread that locks what it holds.
//!
//! **What it cannot show.**
//! - Of deadlocks a [`pi`] lock finds only the one of a thread with itself (the checker finds the others).
//! - Priorities matter only where there are any: to the queue of a [`pi`] lock, and what is lent through it to the scheduler
//!   of `Strategy::Priority`.
//! - The kernel's unlock of a [`pi`] lock is one step on the machine. Here it is two, and a word that
//!   names nobody and has WAITERS is what others may see between them.
//! - A dead thread's list is a list in ordinary memory, not the links that the C library and the kernel
//!   share: whether those are right is for the tests with real processes.
//! - A thread dies between two of its operations on words, or asleep, not between two plain stores.
//! - The kernel orders more than is used here: its replacement of a dead owner is a release, its change of
//!   the owner of a [`pi`] lock is a release, and nothing of it is an acquire.

pub mod pi;
pub mod robust;

use core::cell::Cell;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::super::world::{self, Native};
use crate::sys::{Address, Backend, Futex, Instant, Wait, deadline_after, model};

/// Somebody sleeps, or may: an unlock has to tell the kernel.
pub const WAITERS_BIT: u32 = 1 << 31;
/// Set by the kernel when it finds that the owner is dead.
pub const OWNER_DIED_BIT: u32 = 1 << 30;
/// The owner's number; 0 if there is none.
pub const OWNER_MASK: u32 = OWNER_DIED_BIT - 1;

/// The number of this thread.
pub fn thread_id() -> u32 {
    if model::inert() {
        return 1;
    }
    u32::try_from(world::thread::current_id().get()).expect("a model has few threads")
}

/// The futex of the model, on which a thread may also die.
#[derive(Clone, Copy, Debug)]
pub struct Shared;

impl Backend for Shared {
    const NAME: &'static str = Native::NAME;

    #[track_caller]
    fn wait(futex: &Futex, expected: u32, deadline: Option<Instant>) -> Wait {
        if last_step() {
            // It dies in its sleep, whenever the checker likes: perhaps when it has just been woken.
            let sometime = deadline_after(core::time::Duration::ZERO);
            let _: Wait = Native::wait(futex, expected, sometime);
            die();
        }
        Native::wait(futex, expected, deadline)
    }

    #[track_caller]
    fn wake(address: Address, count: usize) -> Option<usize> {
        step();
        Native::wake(address, count)
    }

    #[track_caller]
    fn requeue(from: &Futex, expected: u32, to: Address, count: usize) -> Option<usize> {
        step();
        // Nothing more is to be told from it when it is not known who was woken.
        Native::requeue(from, expected, to, count)
    }
}

// --- death ----------------------------------------------------------------------------------------

std::thread_local! {
    /// Threads that die: their number, and how many steps they have left.
    static MORTALS: RefCell<Vec<(u32, usize)>> = const { RefCell::new(Vec::new()) };
    static ANY: Cell<bool> = const { Cell::new(false) };
}

/// What a death unwinds with.
struct Died;

/// Forgets what the last execution left.
pub(super) fn begin_execution() {
    MORTALS.take();
    ANY.set(false);
    robust::begin_execution();
    pi::begin_execution();
}

/// Runs `body`, which dies when it has made `steps` steps, at the beginning of the next: as a thread that is
/// killed, so that nothing of it runs any more but what the kernel does for it. `None` if that happened.
///
/// A step is an operation on a word, on a futex, or on the kernel's list. The body may own nothing that does
/// something when it is dropped: a destructor would run here, and does not on the machine.
pub fn mortal<R>(steps: usize, body: impl FnOnce() -> R) -> Option<R> {
    let me = thread_id();
    MORTALS.with_borrow_mut(|mortals| mortals.push((me, steps)));
    ANY.set(true);
    let result = catch_unwind(AssertUnwindSafe(body));
    forget(me);
    match result {
        Ok(result) => Some(result),
        Err(payload) if payload.is::<Died>() => None,
        Err(payload) => resume_unwind(payload),
    }
}

fn forget(thread: u32) {
    MORTALS.with_borrow_mut(|mortals| mortals.retain(|(mortal, _)| *mortal != thread));
}

/// Whether this thread dies at this step; counts it if not.
fn last_step() -> bool {
    if !ANY.get() || model::inert() {
        return false;
    }
    let me = thread_id();
    MORTALS.with_borrow_mut(|mortals| {
        let Some((_, left)) = mortals.iter_mut().find(|(mortal, _)| *mortal == me) else {
            return false;
        };
        let last = *left == 0;
        *left = left.saturating_sub(1);
        last
    })
}

/// To be called before each step of a thread.
pub(in crate::sys) fn step() {
    if last_step() {
        die()
    }
}

fn die() -> ! {
    let me = thread_id();
    forget(me);
    robust::bury(me);
    // Not a panic: nobody reports it.
    resume_unwind(Box::new(Died))
}
