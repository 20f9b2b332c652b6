//! What is measured.

mod barrier;
mod condvar;
mod convoy;
mod floors;
mod grid;
mod hand_off;
mod instructions;
mod latency;
mod monitor;
mod once;
mod pairs;
mod rwlock;
mod semaphore;

pub use convoy::client;
pub use instructions::repeat as repeat_for_instructions;

use crate::rounds::Cell;

/// Everything there is, in the order in which it is reported. A quick run leaves out cells, never whole tables.
pub fn all(quick: bool) -> Vec<Cell> {
    [
        floors::cells(),
        pairs::cells(),
        instructions::cells(),
        grid::cells(quick),
        latency::cells(quick),
        hand_off::cells(quick),
        condvar::cells(quick),
        rwlock::cells(quick),
        semaphore::cells(quick),
        once::cells(),
        barrier::cells(quick),
        monitor::cells(quick),
        convoy::cells(quick),
    ]
    .into_iter()
    .flatten()
    .collect()
}
