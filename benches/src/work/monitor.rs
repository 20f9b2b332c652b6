//! A ring: each thread waits for its turn, and gives it to the next. With a condition variable all are woken, and all but
//! one go back to sleep.

use std::time::{Duration, Instant};

use crate::machine;
use crate::rounds::{Cell, Contestant, Metric, contestant, less};

const METRICS: &[Metric] = &[
    less("a turn", "us"),
    less("slept", "/turn"),
    less("processor", "us"),
];

/// Whose turn it is, up to the last one.
trait Ring: Send + Sync + 'static {
    const NAME: &'static str;
    fn new() -> Self;
    /// Waits until `mine` says yes, and takes this turn.
    fn turn(&self, mine: impl Fn(u64) -> bool + Send);
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
        // As many as fit the slowest; what is measured is one.
        let turns = (effort.sample.as_micros() as u64 / 40).max(4);
        let start = Instant::now();
        let used: Vec<_> = std::thread::scope(|scope| {
            let all: Vec<_> = (0..threads)
                .map(|number| {
                    let ring = &ring;
                    scope.spawn(move || {
                        for turn in (0..turns).filter(|turn| turn % threads == number) {
                            ring.turn(move |now| now == turn);
                        }
                        machine::thread_usage()
                    })
                })
                .collect();
            all.into_iter()
                .map(|thread| thread.join().expect("a thread panicked"))
                .collect()
        });
        let elapsed = start.elapsed();
        let slept: u64 = used.iter().map(|used| used.slept).sum();
        let cpu: Duration = used.iter().map(|used| used.cpu).sum();
        let each = |time: Duration| time.as_nanos() as f64 / 1e3 / turns as f64;
        vec![each(elapsed), slept as f64 / turns as f64, each(cpu)]
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
