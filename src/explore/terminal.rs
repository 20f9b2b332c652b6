//! The line on a terminal that tells how an exploration goes: what it says, and when.

use core::time::Duration;
use std::ffi::OsString;
use std::time::Instant;

/// A terminal is told nothing of what takes less than this.
const PATIENCE: Duration = Duration::from_secs(1);
/// And is told anew after this.
const INTERVAL: Duration = Duration::from_millis(250);
/// No terminal is narrower than this: a longer line would leave pieces of itself behind.
const WIDTH: usize = 79;

/// Whether there is to be a line, if that is `asked` for: only on a terminal, and not on one whose `kind` cannot take a line
/// back.
pub fn wanted(asked: bool, terminal: bool, kind: Option<OsString>) -> bool {
    asked && terminal && kind.is_none_or(|kind| kind != "dumb")
}

/// The line. It says what is to be written, and writes nothing itself.
#[derive(Debug)]
pub struct Line {
    start: Instant,
    due: Instant,
    shown: bool,
    /// What is being done.
    what: String,
    /// How many executions the parts had that are over.
    before: usize,
}

impl Line {
    /// Of an exploration that starts now.
    pub fn new(start: Instant) -> Self {
        Self {
            start,
            due: start + PATIENCE,
            shown: false,
            what: String::new(),
            before: 0,
        }
    }

    /// What is done from here on.
    pub fn goes_on_with(&mut self, what: String) {
        self.what = what;
    }

    /// A part is over that has had so many executions.
    pub fn is_over(&mut self, executions: usize) {
        self.before += executions;
    }

    /// What is to be written now, when the part that goes on has had so many executions; if it is time for that.
    pub fn tell(&mut self, now: Instant, executions: usize) -> Option<String> {
        (now >= self.due).then(|| {
            self.due = now + INTERVAL;
            self.shown = true;
            let text = text(&self.what, self.before + executions, now - self.start);
            format!("\r{text}\x1b[K")
        })
    }

    /// What is to be written at the end: it takes the line away, if there is one.
    pub fn end(self) -> Option<&'static str> {
        self.shown.then_some("\r\x1b[K")
    }
}

fn text(what: &str, executions: usize, elapsed: Duration) -> String {
    let rate = executions as f64 / elapsed.as_secs_f64().max(0.001);
    let text = format!(
        "{}: {what}: {} executions, {}/s, {} s",
        super::WORLD,
        grouped(executions),
        grouped(rate as usize),
        elapsed.as_secs()
    );
    text.chars().take(WIDTH).collect()
}

/// A number with its thousands apart.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}
