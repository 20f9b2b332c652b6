//! A thread that answers requests of another process, beside threads that compute, all under one global lock: how long an
//! answer takes, and what computing loses. CPython runs the same, if it is there.

use std::io::{Read, Write};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};
use selvedge::gil::{Gil, Policy};

use super::latency::histogram;
use crate::machine::{self, steps};
use crate::rounds::{Cell, Contestant, Metric, contestant, less, more};

const METRICS: &[Metric] = &[
    less("p50", "us"),
    less("p99", "us"),
    less("max", "us"),
    more("answers", "/s"),
    more("computed", "M/s"),
    // The least of the threads that compute, of what the one with the most has computed.
    more("least share", ""),
];

/// Between two requests, if they are not back to back; a bytecode; what an answer needs.
const PAUSE: Duration = Duration::from_millis(2);
const BYTECODE: u64 = 30;
const ANSWER: u64 = 1_500;
/// Between two unlocks of those who have no Gil: whoever asks waits for the end of a batch.
const BATCHES: [u64; 2] = [100, 1_000];

/// The other process: asks on standard input for so long, and prints what it has seen.
pub fn client(milliseconds: u64, pause: bool) {
    let mut socket = UnixStream::from(
        std::io::stdin()
            .as_fd()
            .try_clone_to_owned()
            .expect("standard input"),
    );
    let mut waits = histogram();
    let mut ask = || {
        let asked = Instant::now();
        let mut byte = [1];
        socket.write_all(&byte).expect("the server reads");
        socket.read_exact(&mut byte).expect("the server answers");
        asked.elapsed()
    };
    ask(); // the server may have to start first
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(milliseconds) {
        if pause {
            thread::sleep(PAUSE);
        }
        waits.saturating_record(ask().as_nanos() as u64);
    }
    let rate = waits.len() as f64 / start.elapsed().as_secs_f64();
    let micros = |quantile| waits.value_at_quantile(quantile) as f64 / 1e3;
    println!(
        "{} {} {} {rate}",
        micros(0.5),
        micros(0.99),
        waits.max() as f64 / 1e3
    );
}

/// Starts it, with the other end of what is returned.
fn start_client(duration: Duration, pause: bool) -> (Child, UnixStream) {
    let (ours, theirs) = UnixStream::pair().expect("a socket");
    let child = Command::new(std::env::current_exe().expect("a program has a path"))
        .args([
            "--client",
            &duration.as_millis().to_string(),
            &pause.to_string(),
        ])
        .stdin(OwnedFd::from(theirs))
        .stdout(Stdio::piped())
        .spawn()
        .expect("the client starts");
    (child, ours)
}

fn numbers(child: Child) -> Vec<f64> {
    let output = child.wait_with_output().expect("it was started");
    assert!(output.status.success(), "a child has failed");
    let text = String::from_utf8_lossy(&output.stdout);
    text.split_whitespace()
        .map(|number| number.parse().expect("a number"))
        .collect()
}

/// One way to share an interpreter.
trait Interpreter: Sync {
    /// Until it is over; returns how much was computed.
    fn compute(&self, over: &AtomicBool) -> u64;
    /// Until the socket is closed; returns how often it has answered. `answer` is computed with the interpreter, `read` and
    /// `write` without.
    fn serve(&self, read: impl FnMut() -> bool, answer: impl FnMut(), write: impl FnMut()) -> u64;
    /// What was computed and answered, as the interpreter's own state has it: something was lost if two were inside.
    fn counted(&self) -> u64;
}

impl Interpreter for Gil<u64> {
    fn compute(&self, over: &AtomicBool) -> u64 {
        let bytecode = steps(BYTECODE);
        let mut token = self.attach().expect("it is not finalized");
        let mut count = 0;
        while !over.load(Relaxed) {
            token.checkpoint().expect("it is not finalized");
            machine::step(bytecode);
            *token += 1;
            count += 1;
        }
        count
    }

    fn counted(&self) -> u64 {
        *self.attach().expect("it is not finalized")
    }

    fn serve(
        &self,
        mut read: impl FnMut() -> bool,
        mut answer: impl FnMut(),
        mut write: impl FnMut(),
    ) -> u64 {
        let mut token = self.attach().expect("it is not finalized");
        let mut count = 0;
        while token.detach(&mut read).is_ok_and(|more| more) {
            answer();
            *token += 1;
            count += 1;
            assert!(token.detach(&mut write).is_ok(), "it is not finalized");
        }
        count
    }
}

/// parking_lot's mutex, let go fairly after so many bytecodes.
struct Batches {
    mutex: Mutex<u64>,
    batch: u64,
}

impl Interpreter for Batches {
    fn compute(&self, over: &AtomicBool) -> u64 {
        let bytecode = steps(BYTECODE);
        let mut count = 0;
        while !over.load(Relaxed) {
            let mut held = self.mutex.lock();
            for _ in 0..self.batch {
                machine::step(bytecode);
                *held += 1;
            }
            MutexGuard::unlock_fair(held);
            count += self.batch;
        }
        count
    }

    fn serve(
        &self,
        mut read: impl FnMut() -> bool,
        mut answer: impl FnMut(),
        mut write: impl FnMut(),
    ) -> u64 {
        let mut count = 0;
        while read() {
            let mut held = self.mutex.lock();
            answer();
            *held += 1;
            count += 1;
            MutexGuard::unlock_fair(held);
            write();
        }
        count
    }

    fn counted(&self) -> u64 {
        *self.mutex.lock()
    }
}

/// The request of a client is answered by `interpreter`, while so many threads compute.
fn run<I: Interpreter>(
    interpreter: &I,
    computing: usize,
    duration: Duration,
    pause: bool,
) -> Vec<f64> {
    let (child, socket) = start_client(duration, pause);
    let over = AtomicBool::new(false);
    let start = Instant::now();
    let (elapsed, answered, computed) = thread::scope(|scope| {
        let computing: Vec<_> = (0..computing)
            .map(|_| scope.spawn(|| interpreter.compute(&over)))
            .collect();
        let (elapsed, answered) = scope
            .spawn(|| {
                let bytes = std::cell::Cell::new([0]);
                let answer = steps(ANSWER);
                let answered = interpreter.serve(
                    || {
                        let mut byte = [0];
                        let read = (&socket).read_exact(&mut byte).is_ok();
                        bytes.set(byte);
                        read
                    },
                    || machine::step(answer),
                    || (&socket).write_all(&bytes.get()).expect("the client reads"),
                );
                over.store(true, Relaxed);
                (start.elapsed(), answered)
            })
            .join()
            .expect("the server does not panic");
        let computed: Vec<u64> = computing
            .into_iter()
            .map(|thread| thread.join().expect("it does not panic"))
            .collect();
        (elapsed, answered, computed)
    });
    assert_eq!(
        interpreter.counted(),
        answered + computed.iter().sum::<u64>(),
        "a count was lost"
    );
    let mut figures = numbers(child);
    figures.push(computed.iter().sum::<u64>() as f64 / elapsed.as_secs_f64() / 1e6);
    let least = computed.iter().min().map_or(0.0, |&least| least as f64);
    figures.push(least / computed.into_iter().fold(1, u64::max) as f64);
    figures
}

/// How long the client asks.
fn asks(sample: Duration) -> Duration {
    (sample * 12).max(Duration::from_millis(20))
}

fn with_gil(name: &'static str, policy: Policy, computing: usize, pause: bool) -> Contestant {
    contestant(name, move |effort| {
        run(
            &Gil::with_policy(0, policy),
            computing,
            asks(effort.sample),
            pause,
        )
    })
}

fn with_mutex(batch: u64, computing: usize, pause: bool) -> Contestant {
    let name = format!("parking_lot, fair after {batch}").leak();
    contestant(name, move |effort| {
        run(
            &Batches {
                mutex: Mutex::new(0),
                batch,
            },
            computing,
            asks(effort.sample),
            pause,
        )
    })
}

fn with_cpython(name: &'static str, computing: usize, pause: bool) -> Contestant {
    contestant(name, move |effort| {
        let (client, socket) = start_client(asks(effort.sample), pause);
        let server = Command::new("python3")
            .args(["-c", include_str!("convoy.py"), &computing.to_string()])
            .stdin(OwnedFd::from(socket))
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 was there");
        let mut figures = numbers(client);
        figures.extend(numbers(server));
        figures
    })
}

/// What it calls itself, if there is one.
fn cpython() -> Option<&'static str> {
    let output = Command::new("python3").arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let version = text.trim().strip_prefix("Python ")?;
    Some(format!("CPython {version}").leak())
}

pub fn cells(quick: bool) -> Vec<Cell> {
    let python = cpython();
    let mut cells = Vec::new();
    for (computing, pause) in [
        (0, true),
        (1, true),
        (2, true),
        (4, true),
        (1, false),
        (2, false),
    ] {
        if quick && !(pause && matches!(computing, 1 | 2)) {
            continue;
        }
        let mut contestants = vec![
            with_gil("selvedge", Policy::DEFAULT, computing, pause),
            with_gil(
                "selvedge, as CPython 3.2",
                Policy::CPYTHON_3_2,
                computing,
                pause,
            ),
            with_gil(
                "selvedge, as CPython 2",
                Policy::CPYTHON_2,
                computing,
                pause,
            ),
        ];
        contestants.extend(BATCHES.map(|batch| with_mutex(batch, computing, pause)));
        contestants.extend(python.map(|name| with_cpython(name, computing, pause)));
        let pace = if pause {
            "a request every 2 ms"
        } else {
            "requests back to back"
        };
        cells.push(Cell {
            table: "gil",
            name: format!("{pace}, {computing} threads compute"),
            metrics: METRICS,
            against: &["selvedge, as CPython 3.2"],
            contestants,
        });
    }
    cells
}
