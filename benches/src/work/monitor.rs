//! A ring: each thread waits for its turn, and gives it to the next. With one condition variable all are woken, and all but
//! one go back to sleep; with one for each thread the next is told, by whoever knows who that is.

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
    fn new(threads: usize) -> Self;
    /// Waits until `mine` says yes, and takes this turn of the thread with this number.
    fn turn(&self, number: usize, mine: impl Fn(u64) -> bool + Send);
    fn turns(self) -> u64;
}

struct ByMonitor(selvedge::Monitor<u64>);

impl Ring for ByMonitor {
    const NAME: &'static str = "selvedge monitor";

    fn new(_: usize) -> Self {
        Self(selvedge::Monitor::new(0))
    }

    fn turn(&self, _: usize, mine: impl Fn(u64) -> bool + Send) {
        self.0.when(move |turn| mine(*turn), |turn| *turn += 1);
    }

    fn turns(self) -> u64 {
        self.0.into_inner()
    }
}

macro_rules! rings {
    ($($marker:ident, $name:literal, $each:literal, $mutex:ty, $condvar:ty, |$m:ident| $lock:expr, |$c:ident, $g:ident| $wait:expr;)*) => {$(
        struct $marker($mutex, Vec<$condvar>);

        impl Ring for $marker {
            const NAME: &'static str = $name;

            fn new(threads: usize) -> Self {
                let condvars = if $each { threads } else { 1 };
                Self(<$mutex>::new(0), (0..condvars).map(|_| <$condvar>::new()).collect())
            }

            fn turn(&self, number: usize, mine: impl Fn(u64) -> bool + Send) {
                let $m = &self.0;
                let mut $g = $lock;
                let of = |number: usize| &self.1[number % self.1.len()];
                let $c = of(number);
                while !mine(*$g) {
                    $wait;
                }
                *$g += 1;
                drop($g);
                if $each {
                    // Also when the time is up: then everybody takes a last turn, and tells the next one.
                    of(number + 1).notify_one();
                } else {
                    $c.notify_all();
                }
            }

            fn turns(self) -> u64 {
                let $m = self.0;
                *$lock
            }
        }
    )*};
}

rings! {
    Selvedge, "selvedge condvar", false, selvedge::Mutex<u64>, selvedge::Condvar, |mutex| mutex.lock(),
        |condvar, guard| condvar.wait(&mut guard);
    Std, "std condvar", false, std::sync::Mutex<u64>, std::sync::Condvar, |mutex| mutex.lock().expect("nobody panics"),
        |condvar, guard| guard = condvar.wait(guard).expect("nobody panics");
    ParkingLot, "parking_lot condvar", false, parking_lot::Mutex<u64>, parking_lot::Condvar, |mutex| mutex.lock(),
        |condvar, guard| condvar.wait(&mut guard);
    SelvedgeEach, "selvedge, a condvar each", true, selvedge::Mutex<u64>, selvedge::Condvar, |mutex| mutex.lock(),
        |condvar, guard| condvar.wait(&mut guard);
    StdEach, "std, a condvar each", true, std::sync::Mutex<u64>, std::sync::Condvar, |mutex| mutex.lock().expect("nobody panics"),
        |condvar, guard| guard = condvar.wait(guard).expect("nobody panics");
    ParkingLotEach, "parking_lot, a condvar each", true, parking_lot::Mutex<u64>, parking_lot::Condvar, |mutex| mutex.lock(),
        |condvar, guard| condvar.wait(&mut guard);
}

fn turns<R: Ring>(threads: u64) -> Contestant {
    contestant(R::NAME, move |effort| {
        let ring = R::new(threads as usize);
        // Long enough that a thread has many turns: it learns how long to look for one.
        let done = threads::during(threads as usize, effort.sample * 2, |number, time| {
            let mut turns = 0_u64;
            loop {
                // Asked before: whoever leaves has taken a turn since the time was up, and so let the others see it.
                let last = time.is_up();
                ring.turn(number, |now| now % threads == number as u64 || time.is_up());
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
                turns::<SelvedgeEach>(threads),
                turns::<StdEach>(threads),
                turns::<ParkingLotEach>(threads),
            ],
        });
    cells.collect()
}
