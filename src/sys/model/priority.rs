//! The priorities of the threads of a model: what the program gives, and what an explorer draws.
//!
//! They say who goes first where somebody asks: the scheduler that always runs the highest, and the kernel of the model
//! when it hands over a [`pi`](super::kernel::pi) lock. Nobody else does.

use core::cell::RefCell;

#[cfg(all(shuttle, feature = "shuttle", not(all(loom, feature = "loom"))))]
use super::kernel;

/// The kernel is not interrupted in what it does.
#[cfg(all(shuttle, feature = "shuttle", not(all(loom, feature = "loom"))))]
pub(crate) const KERNEL: u32 = u32::MAX;

std::thread_local! {
    static LEVELS: RefCell<Levels> = const { RefCell::new(Levels { by_thread: Vec::new(), force: None }) };
}

struct Levels {
    by_thread: Vec<Level>,
    /// Whether the scheduler goes by them, and those that it was told for a start.
    force: Option<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Level {
    #[default]
    Unknown,
    Drawn(u8),
    Given(u8),
}

impl Level {
    fn number(self) -> u8 {
        match self {
            Self::Unknown => 0,
            Self::Drawn(level) | Self::Given(level) => level,
        }
    }
}

fn set(thread: usize, level: Level) {
    LEVELS.with_borrow_mut(|levels| {
        if levels.by_thread.len() <= thread {
            levels.by_thread.resize(thread + 1, Level::Unknown);
        }
        levels.by_thread[thread] = level;
    });
}

fn get(thread: usize) -> Level {
    LEVELS.with_borrow(|levels| levels.by_thread.get(thread).copied().unwrap_or_default())
}

/// From the next execution on, threads run by their priorities, and have these for a start; or they do not.
pub(crate) fn force(told: Option<Vec<u8>>) {
    LEVELS.with_borrow_mut(|levels| levels.force = told);
}

/// A new execution begins.
pub(super) fn begin_execution() {
    LEVELS.with_borrow_mut(|levels| {
        let told = levels.force.iter().flatten();
        levels.by_thread = told.map(|&level| Level::Drawn(level)).collect();
    });
}

/// The program says what priority a thread has.
pub(crate) fn give(thread: usize, level: u8) {
    set(thread, Level::Given(level));
}

/// An explorer says what priority a thread has, if the program does not.
#[allow(dead_code, reason = "only shuttle can be told who runs")]
pub(crate) fn draw(thread: usize, level: u8) {
    if !is_given(thread) {
        set(thread, Level::Drawn(level));
    }
}

/// Whether the program has said it.
#[allow(dead_code, reason = "only shuttle can be told who runs")]
pub(crate) fn is_given(thread: usize) -> bool {
    matches!(get(thread), Level::Given(_))
}

/// The priority of a thread; the higher goes first. 0 if nobody has said.
pub(crate) fn of(thread: usize) -> u8 {
    get(thread).number()
}

/// The priorities of the first so many threads, if they run by them.
pub(crate) fn in_force(threads: usize) -> Option<Vec<u8>> {
    let force = LEVELS.with_borrow(|levels| levels.force.is_some());
    force.then(|| (0..threads).map(of).collect())
}

/// The priorities that the first so many threads run with: their own, and what the kernel has lent them.
#[cfg(all(shuttle, feature = "shuttle", not(all(loom, feature = "loom"))))]
pub(crate) fn effective(threads: usize) -> Vec<u32> {
    let mut levels: Vec<u32> = (0..threads).map(|thread| of(thread).into()).collect();
    let loans = kernel::pi::loans();
    // Who borrows may be waiting for somebody else, and lends what he has borrowed.
    for _ in &loans {
        for &(lender, borrower) in &loans {
            let lent = lender.map_or(KERNEL, |lender| levels.get(lender).copied().unwrap_or(0));
            if let Some(level) = levels.get_mut(borrower) {
                *level = (*level).max(lent);
            }
        }
    }
    levels
}
