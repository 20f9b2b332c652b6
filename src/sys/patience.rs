//! How long a thread looks for what it waits for before it goes to sleep.
//!
//! Somebody who runs on another processor is seen after a tenth of a microsecond. To sleep, and to be woken there, takes from
//! two to sixty, by the machine: so it is worth looking for about as long as that takes, and one look costs no more than twice
//! what is best. But if the one that is waited for needs *this* processor, every look is time taken from it, and there is no telling
//! which it is but to try. So a thread remembers whether looking was of use to it. When it was not, it does not look for a
//! while, and each time that it is disappointed again, for twice as long. On one core that costs a hand-off nothing that can be
//! measured; across two it is 0.2 to 1.3 microseconds in place of 5 to 50, for as many threads as may look at once.
//!
//! Between two looks are pauses that double, or that fit what was seen (`watch`), so that the word's cache line stays
//! with whoever has to write it: with one look every pause the mutex does half as much between two threads.

use core::cell::Cell;
use core::ops::RangeInclusive;
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
use core::time::Duration;
use std::time::Instant;

use super::Sight;

/// What is worth it always: less than it takes to go to sleep.
const A_MOMENT: Duration = Duration::from_nanos(1500);
/// For what is passed between running threads: some critical sections.
const BRIEFLY: Duration = Duration::from_micros(5);
/// About what it takes to sleep and to be woken on another processor.
const AS_LONG_AS_SLEEPING_TAKES: Duration = Duration::from_micros(25);

/// Between two looks, in pauses of the processor.
const FIRST_GAP: u32 = 4;
const LONGEST_GAP: u32 = 64;
/// The same, for what may be missed.
const GAPS: RangeInclusive<u32> = 2..=32;

/// How many threads may look for long at once. More of them than that would be in each other's way, and in that of those who
/// they wait for. One is too few: where two threads pass a permit to and fro, both wait by turns, and do 0.6 of it.
const LOOKERS: u32 = 2;
static LOOKING: AtomicU32 = AtomicU32::new(0);

/// Whether looking was of use to a thread.
struct Habit {
    /// How often it will not look from here on.
    skips: Cell<u32>,
    /// How often it did not, the last time.
    skipped: Cell<u32>,
    most: u32,
}

std::thread_local! {
    static BRIEF: Habit = const { Habit::new(64) };
    static LONG: Habit = const { Habit::new(4096) };
    static GAP: Cell<u32> = const { Cell::new(*GAPS.start()) };
}

impl Habit {
    const fn new(most: u32) -> Self {
        Self {
            skips: Cell::new(0),
            skipped: Cell::new(0),
            most,
        }
    }

    fn is_worth_it(&self) -> bool {
        let skips = self.skips.get();
        self.skips.set(skips.saturating_sub(1));
        skips == 0
    }

    fn learn(&self, useful: bool) {
        let skips = if useful {
            0
        } else {
            (self.skipped.get() * 2).clamp(4, self.most)
        };
        self.skipped.set(skips);
        self.skips.set(skips);
    }
}

/// Looks whether `ready`, for a moment; once in any case.
pub(super) fn poll(mut ready: impl FnMut() -> bool) {
    if ready() {
        return;
    }
    if is_looking_of_use() {
        learn(look_for(BRIEFLY, ready));
    }
}

/// Looks for a moment, whatever came of it before.
pub fn glance(sight: impl FnMut() -> Sight) {
    watch(A_MOMENT, sight);
}

/// Looks for as long as sleeping takes, whatever came of it before.
pub fn look(sight: impl FnMut() -> Sight) {
    watch(AS_LONG_AS_SLEEPING_TAKES, sight);
}

/// Whether threads look at all. They do; in the models only if that was asked for.
#[inline]
pub fn looks() -> bool {
    true
}

/// Whether a thread had better look than sleep, by what came of it before. Who does says what came of it ([`learn`]).
pub fn is_looking_of_use() -> bool {
    // On some platforms a thread that ends has no habits any more.
    BRIEF.try_with(Habit::is_worth_it).unwrap_or(false)
}

/// Remembers whether looking was of use.
pub fn learn(useful: bool) {
    let _ = BRIEF.try_with(|habit| habit.learn(useful));
}

/// Looks for as long as sleeping takes; returns whether the word is not `expected` any more. `false` at once, if looking is
/// not worth it, or the deadline has passed.
pub(super) fn changes_soon(word: &AtomicU32, expected: u32, deadline: Option<Instant>) -> bool {
    if !LONG.try_with(Habit::is_worth_it).unwrap_or(false) {
        return false;
    }
    // A word that changes all the time may not keep a thread from seeing that its time is over.
    if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
        return false;
    }
    // Relaxed, all of it: a number, and a hint.
    if LOOKING.load(Relaxed) >= LOOKERS {
        return false;
    }
    if LOOKING.fetch_add(1, Relaxed) >= LOOKERS {
        LOOKING.fetch_sub(1, Relaxed);
        return false;
    }
    let useful = look_for(AS_LONG_AS_SLEEPING_TAKES, || word.load(Relaxed) != expected);
    LOOKING.fetch_sub(1, Relaxed);
    LONG.with(|habit| habit.learn(useful));
    useful
}

/// Looks again and again for so long, as often as is best for what it sees. If what is waited for comes and goes between two
/// looks, they take the word's cache line from those who pass it to and fro: with twice the pause two threads with nothing inside
/// do 1.4 times as much. If it does not, a long pause is time in which nobody does anything: of two threads with a microsecond
/// inside and outside, a twentieth. A thread remembers what was best. With up to 32 pauses in place of 16, two and four threads
/// with nothing inside and outside did 1.1 to 1.3 times as much in four runs of six, and about as much in the others; with 64 no more.
fn watch(duration: Duration, mut sight: impl FnMut() -> Sight) {
    if sight().ready {
        return;
    }
    let mut left = pauses(duration);
    let mut gap = GAP.try_with(Cell::get).unwrap_or(*GAPS.start());
    while left > 0 {
        let step = gap.min(left);
        pause(step);
        left -= step;
        let Sight { ready, missed } = sight();
        gap = if missed { gap * 2 } else { gap / 2 };
        gap = gap.clamp(*GAPS.start(), *GAPS.end());
        if ready {
            break;
        }
    }
    let _ = GAP.try_with(|remembered| remembered.set(gap));
}

fn pause(times: u32) {
    for _ in 0..times {
        core::hint::spin_loop();
    }
}

/// Looks again and again for so long; returns whether it was `ready`.
fn look_for(duration: Duration, mut ready: impl FnMut() -> bool) -> bool {
    let mut left = pauses(duration);
    let mut gap = FIRST_GAP;
    loop {
        if ready() {
            return true;
        }
        if left < gap {
            return false;
        }
        pause(gap);
        left -= gap;
        gap = (gap * 2).min(LONGEST_GAP);
    }
}

/// How many pauses of the processor take so long. Between processors that differs by a factor of ten.
fn pauses(duration: Duration) -> u32 {
    /// Of 100 microseconds; 0 while nobody has measured.
    static MEASURED: AtomicU32 = AtomicU32::new(0);
    let mut measured = MEASURED.load(Relaxed);
    if measured == 0 {
        measured = measure();
        MEASURED.store(measured, Relaxed);
    }
    (u64::from(measured) * duration.as_nanos() as u64 / 100_000) as u32
}

#[cold]
fn measure() -> u32 {
    const SAMPLE: u32 = 100;
    // The fastest of some: whoever is interrupted meanwhile measures something else.
    let fastest = (0..4).map(|_| {
        let start = Instant::now();
        pause(SAMPLE);
        start.elapsed().as_nanos() as u32
    });
    let nanoseconds = fastest.min().unwrap_or(0).max(1);
    // A pause takes between a nanosecond and a microsecond.
    (SAMPLE * 100_000 / nanoseconds).clamp(100, 100_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disappointed_it_looks_less_and_less_often_and_no_less_than_the_most() {
        let habit = Habit::new(8);
        let mut looks = Vec::new();
        for time in 0..40 {
            if habit.is_worth_it() {
                looks.push(time);
                habit.learn(false);
            }
        }
        assert_eq!(looks, [0, 5, 14, 23, 32]);
    }

    #[test]
    fn it_looks_always_once_that_was_of_use() {
        let habit = Habit::new(8);
        habit.learn(false);
        while !habit.is_worth_it() {}
        habit.learn(true);
        assert!(habit.is_worth_it());
        assert!(habit.is_worth_it());
        // And begins anew, when it is disappointed.
        habit.learn(false);
        assert_eq!(habit.skips.get(), 4);
    }

    #[test]
    fn a_poll_looks_once_in_any_case() {
        for _ in 0..100 {
            let mut looks = 0;
            poll(|| {
                looks += 1;
                false
            });
            assert!(looks >= 1);
        }
    }

    #[test]
    fn a_word_that_has_changed_is_seen() {
        let word = AtomicU32::new(1);
        assert!(changes_soon(&word, 0, None));
    }

    #[test]
    fn after_its_deadline_nobody_looks() {
        let word = AtomicU32::new(1);
        assert!(!changes_soon(&word, 0, Some(Instant::now())));
    }

    #[test]
    fn longer_is_more_pauses() {
        assert!(pauses(AS_LONG_AS_SLEEPING_TAKES) > pauses(BRIEFLY));
        assert!(pauses(BRIEFLY) > 0);
    }
}
