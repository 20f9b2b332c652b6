//! A toy interpreter under a `Gil`: two threads compute, and a third answers requests. What the third one's clients wait
//! for is decided by the policy.
//!
//! ```sh
//! cargo run --release --example gil
//! ```

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use selvedge::gil::{Attached, Finalized, Gil, Policy};

/// How long each policy is watched, how often a client asks, and how long an answer takes to compute.
const WATCHED: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(2);
const BYTECODES_OF_AN_ANSWER: u64 = 200;
const COMPUTING_THREADS: usize = 2;

enum Bytecode {
    Add(u64),
    Multiply(u64),
    Jump(usize),
}
use Bytecode::{Add, Jump, Multiply};

/// An endless loop.
const PROGRAM: [Bytecode; 3] = [Add(1), Multiply(31), Jump(0)];

/// What all threads of the interpreter share, one at a time.
#[derive(Default)]
struct Interpreter {
    executed: u64,
}

/// Where a thread is in its program.
#[derive(Default)]
struct Frame {
    at: usize,
    value: u64,
}

/// Executes so many bytecodes. At each of them the thread may give way to another; that is all that it takes.
fn execute(
    token: &mut Attached<'_, Interpreter>,
    frame: &mut Frame,
    bytecodes: u64,
) -> Result<(), Finalized> {
    for _ in 0..bytecodes {
        token.checkpoint()?;
        frame.at += 1;
        match PROGRAM[frame.at - 1] {
            Add(number) => frame.value = frame.value.wrapping_add(number),
            Multiply(number) => frame.value = frame.value.wrapping_mul(number),
            Jump(target) => frame.at = target,
        }
        token.executed += 1;
    }
    Ok(())
}

/// Computes until the interpreter is finalized.
fn compute(gil: &Gil<Interpreter>) {
    let Ok(mut token) = gil.attach() else { return };
    let mut frame = Frame::default();
    while execute(&mut token, &mut frame, 1_000).is_ok() {}
}

/// Waits for a request, computes an answer, and waits for the next one; others have the interpreter while it waits.
fn serve(gil: &Gil<Interpreter>, requests: &Receiver<()>, answers: &Sender<u64>) {
    let Ok(mut token) = gil.attach() else { return };
    while let Ok(Ok(())) = token.detach(|| requests.recv()) {
        let mut frame = Frame::default();
        if execute(&mut token, &mut frame, BYTECODES_OF_AN_ANSWER).is_err() {
            return;
        }
        answers.send(frame.value).ok();
    }
}

/// Asks again and again, from outside of the interpreter, and measures.
fn ask(requests: &Sender<()>, answers: &Receiver<u64>) -> Vec<Duration> {
    let end = Instant::now() + WATCHED;
    let mut waited = Vec::new();
    while Instant::now() < end {
        thread::sleep(PAUSE);
        let start = Instant::now();
        if requests.send(()).is_err() || answers.recv().is_err() {
            break;
        }
        waited.push(start.elapsed());
    }
    waited.sort();
    waited
}

fn watch(name: &str, policy: Policy) {
    let gil = Gil::with_policy(Interpreter::default(), policy);
    let (request, requests) = channel();
    let (answer, answers) = channel();
    let (waited, executed) = thread::scope(|scope| {
        let gil = &gil;
        for _ in 0..COMPUTING_THREADS {
            scope.spawn(|| compute(gil));
        }
        scope.spawn(move || serve(gil, &requests, &answer));
        let waited = ask(&request, &answers);
        drop(request);
        let mut token = gil.attach().expect("it is finalized here alone");
        let executed = token.executed;
        // Nobody computes on after this, and nobody is left waiting.
        token.finalize();
        (waited, executed)
    });
    let counted = gil.statistics();
    let micros = |place: usize| waited.get(place).map_or(0, Duration::as_micros);
    println!(
        "{name:<34} {:>11.1} {:>8} {:>10} {:>10} {:>10} {:>9}",
        executed as f64 / WATCHED.as_secs_f64() / 1e6,
        waited.len(),
        micros(waited.len() / 2),
        micros(waited.len().saturating_sub(1)),
        counted.forced_hand_overs + counted.voluntary_hand_overs,
        counted.waits,
    );
}

fn main() {
    println!("{COMPUTING_THREADS} threads compute, 1 answers requests, for {WATCHED:?} each:\n");
    println!(
        "{:<34} {:>11} {:>8} {:>10} {:>10} {:>10} {:>9}",
        "", "million", "requests", "median", "longest", "", "had to"
    );
    println!(
        "{:<34} {:>11} {:>8} {:>10} {:>10} {:>10} {:>9}",
        "policy", "bytecodes/s", "answered", "wait, us", "wait, us", "hand-overs", "queue up"
    );
    watch("CPython before 3.2: 100 ticks", Policy::CPYTHON_2);
    watch("CPython since 3.2: 5 milliseconds", Policy::CPYTHON_3_2);
    watch("the same, and who comes back first", Policy::DEFAULT);
    println!(
        "\nSee how long a request waits. In the first row that depends on who happens to wake in time, and the threads that\n\
         compute lose much of their time; in the second it is an interval or two for each answer, however little it needs:\n\
         the convoy effect; in the third the thread that comes back is let in at the next bytecode, and the others compute\n\
         nearly as much as in the second."
    );
}
