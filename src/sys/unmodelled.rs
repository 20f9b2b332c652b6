//! What the models do not see: numbers that no decision between threads hangs on, and how long something took.

use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use core::time::Duration;
use std::time::Instant;

/// A number that one thread at a time changes, and that any may read; it orders nothing. For statistics, and for what
/// is only compared with what the same thread has stored. In the models it is no step, so that a program is not
/// explored once more for each number that is kept of it; in a static it stays from one execution to the next.
#[derive(Debug, Default)]
pub struct Unmodelled(AtomicUsize);

impl Unmodelled {
    /// Holds `value`.
    #[inline]
    pub const fn new(value: usize) -> Self {
        Self(AtomicUsize::new(value))
    }

    /// Changes it.
    #[inline]
    pub fn set(&self, value: usize) {
        self.0.store(value, Relaxed);
    }

    /// What it is, or was a moment ago.
    #[inline]
    pub fn get(&self) -> usize {
        self.0.load(Relaxed)
    }

    /// One more; it wraps around. No read-modify-write: nobody else changes it meanwhile, as the caller knows.
    #[inline]
    pub fn increment(&self) {
        self.set(self.get().wrapping_add(1));
    }

    /// At least so much. As [`increment`](Self::increment).
    #[inline]
    pub fn raise_to(&self, value: usize) {
        if value > self.get() {
            self.set(value);
        }
    }
}

/// Measures how long something takes. In the models that is real time, and means nothing.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    #[inline]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since.
    #[inline]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Says every so often that it is time. In the models it never is: what follows when it is has to be explored with a
/// program of its own.
#[derive(Debug, Default)]
pub struct Rhythm {
    /// In microseconds.
    since: Unmodelled,
}

impl Rhythm {
    /// One that has not been started: it may be time at once.
    pub const fn new() -> Self {
        Self {
            since: Unmodelled::new(0),
        }
    }

    /// The time runs from here on.
    pub fn restart(&self) {
        if !MODELLED {
            self.since.set(now());
        }
    }

    /// Whether it is time: so long ago was the last time that it was, or that it was restarted. Of several threads that ask
    /// at once more than one may be told so.
    pub fn is_due(&self, every: Duration) -> bool {
        let is_due = self.has_run_for(every);
        if is_due {
            self.restart();
        }
        is_due
    }

    /// Whether it was restarted so long ago.
    pub fn has_run_for(&self, duration: Duration) -> bool {
        if MODELLED {
            return false;
        }
        let passed = now().wrapping_sub(self.since.get());
        let duration = usize::try_from(duration.as_micros()).unwrap_or(usize::MAX);
        // Nearly all that there is: somebody has restarted it since the time was read.
        (duration..=usize::MAX - usize::MAX / 16).contains(&passed)
    }
}

/// Yes or no, and nothing but speed hangs on it. In the models it is no.
#[derive(Debug, Default)]
pub struct Hint(Unmodelled);

impl Hint {
    /// One that says no.
    #[inline]
    pub const fn new() -> Self {
        Self(Unmodelled::new(0))
    }

    /// What it says from here on.
    #[inline]
    pub fn set(&self, yes: bool) {
        if !MODELLED {
            self.0.set(usize::from(yes));
        }
    }

    /// What it says.
    #[inline]
    pub fn get(&self) -> bool {
        self.0.get() != 0
    }
}

/// Counts down, once for each time that somebody asks, if he is not disturbed: what two threads count at once may count as
/// one. In the models it is always over: that it is not must make no difference but to speed.
#[derive(Debug, Default)]
pub struct Countdown {
    left: Unmodelled,
}

impl Countdown {
    /// One that is over.
    #[inline]
    pub const fn new() -> Self {
        Self {
            left: Unmodelled::new(0),
        }
    }

    /// One that is over when it was asked so often.
    #[inline]
    pub const fn of(times: usize) -> Self {
        Self {
            left: Unmodelled::new(if MODELLED { 0 } else { times }),
        }
    }

    /// It is over when it was asked so often from here on, or as often as it had to be anyway, if that is more.
    #[inline]
    pub fn raise_to(&self, times: usize) {
        if !MODELLED {
            self.left.raise_to(times);
        }
    }

    /// Whether it is over; if not, this counts.
    #[inline]
    pub fn is_over(&self) -> bool {
        self.is_down_to(0)
    }

    /// Whether no more than so many are left; if more are, this counts.
    #[inline]
    pub fn is_down_to(&self, few: usize) -> bool {
        let left = self.left.get();
        if left > few {
            self.left.set(left - 1);
        }
        left <= few
    }

    /// How many are left; this counts nothing.
    #[inline]
    pub fn left(&self) -> usize {
        self.left.get()
    }
}

const MODELLED: bool = cfg!(any(
    all(loom, feature = "loom"),
    all(shuttle, feature = "shuttle")
));

/// Microseconds since the clock was started; they wrap around.
fn now() -> usize {
    start_the_clock().elapsed().as_micros() as usize
}

/// Starts it, unless it was.
pub(super) fn start_the_clock() -> Instant {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    *START.get_or_init(Instant::now)
}

#[cfg(all(
    test,
    not(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))
))]
mod tests {
    use super::*;

    #[test]
    fn it_is_time_when_it_has_passed_and_only_once() {
        let rhythm = Rhythm::new();
        rhythm.restart();
        assert!(!rhythm.is_due(Duration::from_secs(3600)));
        std::thread::sleep(Duration::from_millis(2));
        assert!(rhythm.is_due(Duration::from_millis(2)));
        assert!(!rhythm.is_due(Duration::from_secs(3600)));
    }

    #[test]
    fn a_hint_is_what_it_was_set_to() {
        let hint = Hint::new();
        assert!(!hint.get());
        hint.set(true);
        assert!(hint.get());
        hint.set(false);
        assert!(!hint.get());
    }

    #[test]
    fn a_countdown_is_over_when_it_was_asked_so_often() {
        let countdown = Countdown::new();
        assert!(countdown.is_over());
        countdown.raise_to(2);
        countdown.raise_to(1);
        let over: Vec<bool> = (0..4).map(|_| countdown.is_over()).collect();
        assert_eq!(over, [false, false, true, true]);
        let countdown = Countdown::of(3);
        let few: Vec<bool> = (0..4).map(|_| countdown.is_down_to(1)).collect();
        assert_eq!(few, [false, false, true, true]);
        assert_eq!(countdown.left(), 1);
    }
}
