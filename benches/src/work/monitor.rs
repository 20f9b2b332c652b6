//! A ring: each thread waits for its turn, and gives it to the next. With a condition variable all are woken, and all but
//! one go back to sleep.

use std::time::Duration;

use crate::rounds::{Cell, Contestant, Metric, contestant, less};
use crate::threads;

const METRICS: &[Metric] = &[
    less("a turn", "us"),
    less("slept", "/turn"),
    less("processor", "us"),
];

/// Counts the turns, and so says whose it is.
trait Ring: Send + Sync + 'static {
    const NAME: &'static str;
    fn new() -> Self;
    /// Waits until `mine` says yes, and takes this turn.
    fn turn(&self, mine: impl Fn(u64) -> bool + Send);
    fn turns(self) -> u64;
}

struct ByMonitor(selvedge::Monitor<u64>);

impl Ring for ByMonitor {
    const NAME: &'static str = "selvedge monitor";

    fn new() -> Self {
        Self(selvedge::Monitor::new(0))
    }

    fn turn(&self, mine: impl Fn(u64) -> bool + Send) {
        self.0.when(move |turn| mine(*turn), |turn| *turn += 1);
    }

    fn turns(self) -> u64 {
        self.0.into_inner()
    }
}

macro_rules! rings {
    ($($marker:ident, $name:literal, $mutex:ty, $condvar:ty, |$m:ident| $lock:expr, |$c:ident, $g:ident| $wait:expr;)*) => {$(
        struct $marker($mutex, $condvar);

        impl Ring for $marker {
            const NAME: &'static str = $name;

            fn new() -> Self {
                Self(<$mutex>::new(0), <$condvar>::new())
            }

            fn turn(&self, mine: impl Fn(u64) -> bool + Send) {
                let $m = &self.0;
                let mut $g = $lock;
                let $c = &self.1;
                while !mine(*$g) {
                    $wait;
                }
                *$g += 1;
                drop($g);
                self.1.notify_all();
            }

            fn turns(self) -> u64 {
                let $m = self.0;
                *$lock
            }
        }
    )*};
}

rings! {
    Selvedge, "selvedge condvar", selvedge::Mutex<u64>, selvedge::Condvar, |mutex| mutex.lock(),
        |condvar, guard| condvar.wait(&mut guard);
    Std, "std condvar", std::sync::Mutex<u64>, std::sync::Condvar, |mutex| mutex.lock().expect("nobody panics"),
        |condvar, guard| guard = condvar.wait(guard).expect("nobody panics");
    ParkingLot, "parking_lot condvar", parking_lot::Mutex<u64>, parking_lot::Condvar, |mutex| mutex.lock(),
        |condvar, guard| condvar.wait(&mut guard);
}

fn turns<R: Ring>(threads: u64) -> Contestant {
    contestant(R::NAME, move |effort| {
        let ring = R::new();
        // Long enough that a thread has many turns: it learns how long to look for one.
        let done = threads::during(threads as usize, effort.sample * 2, |number, time| {
            let mut turns = 0_u64;
            loop {
                // Asked before: whoever leaves has taken a turn since the time was up, and so let the others see it.
                let last = time.is_up();
                ring.turn(|now| now % threads == number as u64 || time.is_up());
                turns += 1;
                if last {
                    break turns;
                }
            }
        });
        let turns: u64 = done.each.iter().map(|&(turns, _)| turns).sum();
        assert_eq!(ring.turns(), turns, "{} lost a turn", R::NAME);
        let slept: u64 = done.each.iter().map(|(_, used)| used.slept).sum();
        let cpu: Duration = done.each.iter().map(|(_, used)| used.cpu).sum();
        let each = |time: Duration| time.as_nanos() as f64 / 1e3 / turns as f64;
        vec![each(done.elapsed), slept as f64 / turns as f64, each(cpu)]
    })
}

pub fn cells(quick: bool) -> Vec<Cell> {
    let cells = [2, 8, 32, 64]
        .into_iter()
        .filter(|threads| !quick || *threads == 32)
        .map(|threads| Cell {
            table: "monitor",
            name: format!("a ring of {threads} threads"),
            metrics: METRICS,
            against: &["std condvar", "parking_lot condvar"],
            contestants: vec![
                turns::<ByMonitor>(threads),
                turns::<Selvedge>(threads),
                turns::<Std>(threads),
                turns::<ParkingLot>(threads),
            ],
        });
    cells.collect()
}
