//! Two threads in turn: how long there and back takes, on one processor, on two, and wherever the system puts them.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use crate::machine;
use crate::peers::*;
use crate::rounds::{Cell, Contestant, Metric, contestant, less};
use crate::threads::Hogs;

const METRICS: &[Metric] = &[less("there and back", "us"), less("processor", "us")];

/// The processors of the two, if they are pinned.
///
/// Its name, the processors, and how many hogs there are.
#[derive(Clone, Copy)]
struct Place(&'static str, Option<[usize; 2]>, usize);

fn turns<S: Signals>(place: Place) -> Contestant {
    contestant(S::NAME, move |effort| {
        let _hogs = (place.2 > 0).then(|| Hogs::start(place.2));
        let signals = S::new();
        let over = AtomicBool::new(false);
        let arrive = |number: usize| {
            if let Some(processors) = place.1 {
                machine::pin(processors[number]);
            }
            signals.arrive(number);
        };
        let (turns, elapsed, used) = thread::scope(|scope| {
            let second = scope.spawn(|| {
                arrive(1);
                loop {
                    signals.wait(1);
                    if over.load(Relaxed) {
                        return machine::thread_usage().cpu;
                    }
                    signals.tell(0);
                }
            });
            let first = scope.spawn(|| {
                arrive(0);
                let start = Instant::now();
                let mut turns = 0_u32;
                while turns == 0 || start.elapsed() < effort.sample {
                    signals.tell(1);
                    signals.wait(0);
                    turns += 1;
                }
                let elapsed = start.elapsed();
                over.store(true, Relaxed);
                signals.tell(1);
                (turns, elapsed, machine::thread_usage().cpu)
            });
            let (turns, elapsed, used) = first.join().expect("it does not panic");
            (
                turns,
                elapsed,
                used + second.join().expect("it does not panic"),
            )
        });
        let each = |time: Duration| time.as_nanos() as f64 / 1e3 / f64::from(turns);
        vec![each(elapsed), each(used)]
    })
}

pub fn cells(quick: bool) -> Vec<Cell> {
    let places = [
        Place("on one core", Some([0, 0]), 0),
        Place("on two cores", Some([0, 1]), 0),
        Place("wherever they are put", None, 0),
        Place("on one core, two hogs", Some([0, 0]), 2),
        Place("on two cores, two hogs", Some([0, 1]), 2),
    ];
    let cells = places
        .into_iter()
        .filter(|place| !quick || place.2 == 0)
        .map(|place| Cell {
            table: "hand-off",
            name: place.0.to_owned(),
            metrics: METRICS,
            against: &["raw futex"],
            contestants: vec![
                turns::<SelvedgeCondvars>(place),
                turns::<StdCondvars>(place),
                turns::<ParkingLotCondvars>(place),
                turns::<UsyncCondvars>(place),
                turns::<SelvedgeSemaphores>(place),
                turns::<PosixSemaphores>(place),
                turns::<TextbookSemaphores>(place),
                turns::<TokioSemaphores>(place),
                turns::<SelvedgeParkers>(place),
                turns::<StdPark>(place),
                turns::<CrossbeamParkers>(place),
                turns::<SelvedgeEvents>(place),
                turns::<RawFutex>(place),
                turns::<Pipes>(place),
            ],
        });
    cells.collect()
}
