//! A scheduler for shuttle that picks at random.

use shuttle::scheduler::{Schedule, Scheduler, Task, TaskId};

/// Numbers that look random: SplitMix64, which is a counter and a hash.
#[derive(Clone, Debug)]
pub(super) struct Numbers(u64);

impl Numbers {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// One of `0..count`, each about as likely as the others.
    pub(super) fn below(&mut self, count: usize) -> usize {
        (self.next() % count as u64) as usize
    }
}

/// Any thread that can run may be next, each as likely as the others.
pub(super) struct Random {
    numbers: Numbers,
    executions: usize,
}

impl Random {
    /// The same seed gives the same executions.
    pub(super) fn new(seed: u64, executions: usize) -> Self {
        Self {
            numbers: Numbers::new(seed),
            executions,
        }
    }
}

impl Scheduler for Random {
    fn new_execution(&mut self) -> Option<Schedule> {
        self.executions = self.executions.checked_sub(1)?;
        Some(Schedule::new(0))
    }

    fn next_task(
        &mut self,
        runnable: &[&Task],
        _current: Option<TaskId>,
        _yields: bool,
    ) -> Option<TaskId> {
        Some(runnable[self.numbers.below(runnable.len())].id())
    }

    fn next_u64(&mut self) -> u64 {
        self.numbers.next()
    }
}
