//! A lock that nobody else wants: taken and given back, with nothing between, and around a real section.

use std::hint::black_box;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

use selvedge::gil::Gil;

use crate::peers::*;
use crate::rounds::{Cell, Contestant, Effort, Metric, contestant, less};

/// A process with one thread may be treated as a special case: the system's library does without atomics then.
pub fn another_thread_exists() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        std::thread::spawn(|| {
            loop {
                std::thread::park();
            }
        });
    });
}

const BATCH: u32 = 20_000;

/// The nanoseconds that one of `body` takes: the fastest quarter of many short samples, since whoever interrupts only
/// makes it slower.
pub fn fast(effort: &Effort, mut body: impl FnMut()) -> f64 {
    another_thread_exists();
    let end = Instant::now() + effort.sample.max(Duration::from_millis(2));
    let mut samples = Vec::new();
    while Instant::now() < end {
        let start = Instant::now();
        for _ in 0..BATCH {
            body();
        }
        samples.push(start.elapsed().as_nanos() as f64 / f64::from(BATCH));
    }
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 4]
}

const NANOSECONDS: &[Metric] = &[less("a pair", "ns")];
const LOOK: &[Metric] = &[less("a look", "ns")];

/// As a real section: it reads and writes what is protected in ways that cannot be left out.
#[inline]
fn section(value: &mut u64) {
    *value = black_box(black_box(*value) + 1);
}

fn empty<L: Lock>() -> Contestant {
    contestant(L::NAME, |effort| {
        let lock = L::new();
        let lock = black_box(&lock);
        vec![fast(effort, || lock.with(|_| ()))]
    })
}

fn around<L: Lock>() -> Contestant {
    contestant(L::NAME, |effort| {
        let lock = L::new();
        let lock = black_box(&lock);
        let mut pairs = 0;
        let time = fast(effort, || {
            lock.with(section);
            pairs += 1;
        });
        assert_eq!(lock.with(|value| *value), pairs, "{} lost a count", L::NAME);
        vec![time]
    })
}

macro_rules! of_all {
    ($of:ident) => {
        vec![
            $of::<Selvedge>(),
            $of::<Std>(),
            $of::<ParkingLot>(),
            $of::<ParkingLot12>(),
            $of::<Usync>(),
            $of::<Textbook>(),
            $of::<Pthread>(),
            $of::<AsyncLock>(),
            $of::<Tokio>(),
            $of::<SelvedgeFair>(),
            $of::<ParkingLotFair>(),
            $of::<SelvedgeMonitor>(),
            $of::<SelvedgeSpin>(),
            $of::<Spin>(),
            $of::<SelvedgeTicket>(),
            $of::<SpinTicket>(),
            $of::<SelvedgeMcs>(),
        ]
    };
}

fn read<L: ReadWrite>() -> Contestant {
    contestant(L::NAME, |effort| {
        let lock = L::new();
        let lock = black_box(&lock);
        vec![fast(effort, || {
            lock.read(|value| {
                black_box(*value);
            })
        })]
    })
}

fn write<L: ReadWrite>() -> Contestant {
    contestant(L::NAME, |effort| {
        let lock = L::new();
        let lock = black_box(&lock);
        let mut pairs = 0;
        let time = fast(effort, || {
            lock.write(section);
            pairs += 1;
        });
        assert_eq!(
            lock.write(|value| *value),
            pairs,
            "{} lost a count",
            L::NAME
        );
        vec![time]
    })
}

macro_rules! of_all_rw {
    ($of:ident) => {
        vec![
            $of::<SelvedgeRw>(),
            $of::<SelvedgeRecursive>(),
            $of::<SelvedgeBiased>(),
            $of::<StdRw>(),
            $of::<ParkingLotRw>(),
            $of::<SpinRw>(),
            $of::<UsyncRw>(),
            $of::<ShardedRw>(),
            $of::<AsyncRw>(),
        ]
    };
}

fn permit<P: Permits>() -> Contestant {
    contestant(P::NAME, |effort| {
        let semaphore = P::new(1);
        let semaphore = black_box(&semaphore);
        vec![fast(effort, || semaphore.with(|| ()))]
    })
}

/// A Gil that nobody else wants is looked at, by the thread that is attached.
fn checkpoint() -> Contestant {
    contestant("selvedge", |effort| {
        let gil = Gil::new(());
        let mut token = black_box(&gil).attach().expect("it is not finalized");
        vec![fast(effort, || {
            token.checkpoint().expect("it is not finalized");
        })]
    })
}

fn one_load() -> Contestant {
    contestant("one load", |effort| {
        let word = AtomicU32::new(1);
        let word = black_box(&word);
        vec![fast(effort, || {
            black_box(word.load(Relaxed));
        })]
    })
}

pub fn cells() -> Vec<Cell> {
    let cell = |name: &str, against, contestants| Cell {
        table: "uncontended",
        name: name.to_owned(),
        metrics: NANOSECONDS,
        against,
        contestants,
    };
    vec![
        cell("mutex, nothing inside", &["std"], of_all!(empty)),
        cell("mutex, around a section", &["std"], of_all!(around)),
        cell("rwlock, read", &["std"], of_all_rw!(read)),
        cell("rwlock, write", &["std"], of_all_rw!(write)),
        cell(
            "semaphore, one permit",
            &["tokio"],
            vec![
                permit::<SelvedgePermits>(),
                permit::<SelvedgeGreedy>(),
                permit::<TokioPermits>(),
                permit::<AsyncPermits>(),
                permit::<TextbookPermits>(),
                permit::<PosixPermits>(),
                permit::<StdPermits>(),
                permit::<ParkingLotPermits>(),
            ],
        ),
        Cell {
            metrics: LOOK,
            ..cell(
                "gil, a checkpoint that nobody asks at",
                &["one load"],
                vec![checkpoint(), one_load()],
            )
        },
    ]
}
