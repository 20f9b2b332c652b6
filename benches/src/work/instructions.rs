//! How many instructions a pair has when nobody else wants the lock. Counted by callgrind, which does not depend on how
//! fast or how busy the machine is.

use std::hint::black_box;
use std::process::Command;

use crate::peers::*;
use crate::rounds::{Cell, Contestant, Metric, contestant, less};

const INSTRUCTIONS: &[Metric] = &[less("a pair", "instructions")];

type Repeat = fn(u64);
/// Who takes part, and the pair.
type Pairs = &'static [(&'static str, Repeat)];

fn lock<L: Lock>(times: u64) {
    let lock = L::new();
    let lock = black_box(&lock);
    for _ in 0..times {
        lock.with(|_| ());
    }
}

fn read<L: ReadWrite>(times: u64) {
    let lock = L::new();
    let lock = black_box(&lock);
    for _ in 0..times {
        lock.read(|value| {
            black_box(value);
        });
    }
}

fn write<L: ReadWrite>(times: u64) {
    let lock = L::new();
    let lock = black_box(&lock);
    for _ in 0..times {
        lock.write(|_| ());
    }
}

fn permit<P: Permits>(times: u64) {
    let semaphore = P::new(1);
    let semaphore = black_box(&semaphore);
    for _ in 0..times {
        semaphore.with(|| ());
    }
}

macro_rules! looks {
    ($new:expr, |$value:ident| $look:expr) => {
        |times| {
            let made = $new;
            let $value = black_box(&made);
            black_box($look);
            for _ in 0..times {
                black_box($look);
            }
        }
    };
}

fn checkpoint(times: u64) {
    let gil = selvedge::gil::Gil::new(());
    let mut token = black_box(&gil).attach().expect("it is not finalized");
    for _ in 0..times {
        token.checkpoint().expect("it is not finalized");
    }
}

/// Cells, with whom to compare, and who takes part.
const CELLS: &[(&str, &[&str], Pairs)] = &[
    (
        "mutex",
        &["std"],
        &[
            (Selvedge::NAME, lock::<Selvedge>),
            (Std::NAME, lock::<Std>),
            (ParkingLot::NAME, lock::<ParkingLot>),
            (ParkingLot12::NAME, lock::<ParkingLot12>),
            (Usync::NAME, lock::<Usync>),
            (Textbook::NAME, lock::<Textbook>),
            (Pthread::NAME, lock::<Pthread>),
            (SelvedgeFair::NAME, lock::<SelvedgeFair>),
            (SelvedgeMonitor::NAME, lock::<SelvedgeMonitor>),
            (SelvedgeSpin::NAME, lock::<SelvedgeSpin>),
            (Spin::NAME, lock::<Spin>),
            (SelvedgeTicket::NAME, lock::<SelvedgeTicket>),
            (SpinTicket::NAME, lock::<SpinTicket>),
            (SelvedgeMcs::NAME, lock::<SelvedgeMcs>),
            (AsyncLock::NAME, lock::<AsyncLock>),
            (Tokio::NAME, lock::<Tokio>),
        ],
    ),
    (
        "rwlock, read",
        &["std"],
        &[
            (SelvedgeRw::NAME, read::<SelvedgeRw>),
            (SelvedgeBiased::NAME, read::<SelvedgeBiased>),
            (StdRw::NAME, read::<StdRw>),
            (ParkingLotRw::NAME, read::<ParkingLotRw>),
            (SpinRw::NAME, read::<SpinRw>),
            (UsyncRw::NAME, read::<UsyncRw>),
            (ShardedRw::NAME, read::<ShardedRw>),
        ],
    ),
    (
        "rwlock, write",
        &["std"],
        &[
            (SelvedgeRw::NAME, write::<SelvedgeRw>),
            (SelvedgeBiased::NAME, write::<SelvedgeBiased>),
            (StdRw::NAME, write::<StdRw>),
            (ParkingLotRw::NAME, write::<ParkingLotRw>),
            (SpinRw::NAME, write::<SpinRw>),
            (UsyncRw::NAME, write::<UsyncRw>),
            (ShardedRw::NAME, write::<ShardedRw>),
        ],
    ),
    (
        "semaphore",
        &["tokio"],
        &[
            (SelvedgePermits::NAME, permit::<SelvedgePermits>),
            (SelvedgeGreedy::NAME, permit::<SelvedgeGreedy>),
            (TokioPermits::NAME, permit::<TokioPermits>),
            (AsyncPermits::NAME, permit::<AsyncPermits>),
            (TextbookPermits::NAME, permit::<TextbookPermits>),
            (PosixPermits::NAME, permit::<PosixPermits>),
        ],
    ),
    (
        "OnceLock, a look",
        &["std"],
        &[
            (
                "selvedge",
                looks!(selvedge::OnceLock::new(), |once| once.get_or_init(|| 1_u64)),
            ),
            (
                "std",
                looks!(std::sync::OnceLock::new(), |once| once
                    .get_or_init(|| 1_u64)),
            ),
        ],
    ),
    (
        "condvar, notify_one with nobody there",
        &["parking_lot"],
        &[
            (
                "selvedge",
                looks!(selvedge::Condvar::new(), |condvar| condvar.notify_one()),
            ),
            (
                "std",
                looks!(std::sync::Condvar::new(), |condvar| condvar.notify_one()),
            ),
            (
                "parking_lot",
                looks!(parking_lot::Condvar::new(), |condvar| condvar.notify_one()),
            ),
        ],
    ),
    (
        "gil, a checkpoint that nobody asks at",
        &["one load"],
        &[
            ("selvedge", checkpoint),
            (
                "one load",
                looks!(std::sync::atomic::AtomicU32::new(1), |word| word
                    .load(std::sync::atomic::Ordering::Relaxed)),
            ),
        ],
    ),
];

/// What the child runs: this pair, so often.
pub fn repeat(cell: &str, name: &str, times: u64) {
    let (_, _, all) = CELLS
        .iter()
        .find(|(known, ..)| *known == cell)
        .expect("a cell");
    let (_, repeat) = all
        .iter()
        .find(|(known, _)| *known == name)
        .expect("a contestant");
    repeat(times);
}

/// The instructions of a child that repeats a pair so often.
fn counted(cell: &str, name: &str, times: u64) -> Option<f64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe().ok()?)
        .args(["--repeat", cell, name, &times.to_string()])
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stderr);
    let (_, collected) = text.split_once("Collected :")?;
    collected.split_whitespace().next()?.parse().ok()
}

fn counting(cell: &'static str, name: &'static str) -> Contestant {
    // It is the same in every round.
    let figure = std::cell::OnceCell::new();
    contestant(name, move |_| {
        // What the child does besides is the same in both, and so is what the loop takes in all contestants: two
        // instructions or three.
        let count =
            || Some((counted(cell, name, 11_000)? - counted(cell, name, 1_000)?) / 10_000.0);
        let figure = figure.get_or_init(|| count().expect("callgrind counts; is valgrind there?"));
        vec![*figure]
    })
}

pub fn cells() -> Vec<Cell> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        eprintln!("valgrind is not there: no instructions are counted");
        return Vec::new();
    }
    let cells = CELLS.iter().map(|&(name, against, all)| Cell {
        table: "instructions",
        name: name.to_owned(),
        metrics: INSTRUCTIONS,
        against,
        contestants: all
            .iter()
            .map(|&(contestant, _)| counting(name, contestant))
            .collect(),
    });
    cells.collect()
}
