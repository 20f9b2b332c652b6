//! The table of an interleaving: a column per thread, time goes down.
//!
//! A row is what the program itself did; what happened inside primitives is left out, or shown call by call in the
//! detailed table. Beside the rows there are lines without a number: why a thread stops although it could go on, and what
//! is folded.

use core::fmt;

use super::interleaving::{Event, EventKind, Interleaving, Switch, wrap};

/// A table, and what is said below it, is at most this wide.
pub(super) const WIDTH: usize = 100;
/// A column is not made narrower. If the threads have no room for that, they share one.
const COLUMN_MIN: usize = 12;

/// A table with more lines than this is folded: nobody reads it. It shows so many of the first and of the last.
const LINES_MAX: usize = 200;
const LINES_FIRST: usize = 60;
const LINES_LAST: usize = 100;

/// Rows that repeat are folded if there are at most so many in a round, and so many rounds at least.
const ROUND_MAX: usize = 24;
const ROUNDS_MIN: usize = 3;

/// What is said of events that the record has dropped.
const NOT_KEPT: &str = " events were too many to be kept";

/// What is said of a loop of several rows, before them.
const LOOP_BEGINS: &str = "   ┌─ from here on, for ever, in turn:";
/// What is said of a single row that is a loop, behind its name.
const FOR_EVER: &str = " again, for ever";

/// A table that is ready to be printed.
pub(super) struct Table {
    header: Vec<String>,
    lines: Vec<Line>,
    /// The widths of the columns: the threads', and the one of what is shared.
    widths: Vec<usize>,
}

enum Line {
    Row(Row),
    /// A remark across the columns.
    Remark(String),
}

#[derive(Clone)]
struct Row {
    /// The event, and the number of the row; a line without says why the thread of the last row stops.
    at: Option<usize>,
    number: Option<usize>,
    thread: usize,
    indent: usize,
    text: String,
    shared: String,
}

impl Row {
    fn is_like(&self, other: &Self) -> bool {
        (self.number.is_some(), self.thread, self.indent)
            == (other.number.is_some(), other.thread, other.indent)
            && self.text == other.text
            && self.shared == other.shared
    }
}

impl Line {
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Row(one), Self::Row(other)) => one.is_like(other),
            _ => false,
        }
    }

    fn number(&self) -> Option<usize> {
        match self {
            Self::Row(row) => row.number,
            Self::Remark(_) => None,
        }
    }
}

impl Table {
    /// The table; its last row is `end`, of the thread that went last.
    pub(super) fn of(interleaving: &Interleaving, detailed: bool, end: Option<&str>) -> Self {
        let mut lines = lines(interleaving, detailed);
        if let Some(end) = end {
            lines.push(Line::Row(Row {
                at: None,
                number: None,
                thread: interleaving.last_thread,
                indent: 0,
                text: format!("✗ {end}"),
                shared: String::new(),
            }));
        }
        let lines = shorten(fold(lines));
        let mut header = interleaving.threads.clone();
        let takes_part = |thread: usize| {
            lines
                .iter()
                .any(|line| matches!(line, Line::Row(row) if row.thread == thread))
        };
        // A thread that does nothing has no column.
        let present: Vec<_> = (0..header.len()).filter(|&it| takes_part(it)).collect();
        let lanes = match present.is_empty() {
            true => (0..header.len()).collect(),
            false => present,
        };
        let mut lines = lines;
        let columns = lanes.len() + 1;
        if frame(columns) + columns * COLUMN_MIN <= WIDTH {
            for line in &mut lines {
                if let Line::Row(row) = line {
                    row.thread = lanes.iter().position(|&it| it == row.thread).unwrap_or(0);
                }
            }
            header = lanes.iter().map(|&it| header[it].clone()).collect();
        } else {
            for line in &mut lines {
                if let Line::Row(row) = line {
                    row.text = format!("{}: {}", header[row.thread], row.text);
                    row.thread = 0;
                }
            }
            header = vec!["thread: what it does".to_owned()];
        }
        header.push("shared".to_owned());
        Self {
            widths: widths(&header, &lines),
            header,
            lines,
        }
    }

    fn row(
        &self,
        f: &mut fmt::Formatter<'_>,
        number: &str,
        cells: &[(usize, &str)],
    ) -> fmt::Result {
        let wrapped: Vec<_> = cells
            .iter()
            .zip(&self.widths)
            .map(|(&(indent, cell), &width)| {
                let indent = indent.min(width / 2);
                let mut lines = wrap(cell, width - indent, "  ");
                for line in &mut lines {
                    line.insert_str(0, &" ".repeat(indent));
                }
                lines
            })
            .collect();
        let height = wrapped.iter().map(Vec::len).max().unwrap_or(1);
        for line in 0..height {
            write!(f, "{:>4} ", if line == 0 { number } else { "" })?;
            let mut row = String::new();
            for (lines, &width) in wrapped.iter().zip(&self.widths) {
                let text = lines.get(line).map_or("", String::as_str);
                row.push_str(&format!("| {text:<width$} "));
            }
            writeln!(f, "{}", row.trim_end())?;
        }
        Ok(())
    }
}

/// What stands between the columns and before them.
fn frame(columns: usize) -> usize {
    6 + 3 * columns
}

/// As wide as what is in them, if that fits; a cell that is too long for its column goes on in the next line.
fn widths(header: &[String], lines: &[Line]) -> Vec<usize> {
    let shared = header.len() - 1;
    let mut widths: Vec<_> = header.iter().map(|name| name.chars().count()).collect();
    for line in lines {
        if let Line::Row(row) = line {
            let cell = row.indent + row.text.chars().count();
            widths[row.thread] = widths[row.thread].max(cell);
            widths[shared] = widths[shared].max(row.shared.chars().count());
        }
    }
    while widths.iter().sum::<usize>() + frame(widths.len()) > WIDTH {
        let widest = (0..widths.len()).max_by_key(|&at| (widths[at], at != shared));
        widths[widest.expect("there is a column")] -= 1;
    }
    widths
}

/// The rows, and what is between them.
fn lines(interleaving: &Interleaving, detailed: bool) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut number = 0;
    let (mut told_dropped, mut told_repeats) = (interleaving.dropped == 0, false);
    // The lines of the calls that each thread is in: what happens in one says its own line only if that is another one.
    let mut calls: Vec<Vec<Option<&str>>> = vec![Vec::new(); interleaving.threads.len()];
    let events = &interleaving.events;
    let is_shown = |event: &Event| detailed || !event.internal;
    for (at, event) in events.iter().enumerate() {
        if !told_dropped && at >= interleaving.dropped_before {
            told_dropped = true;
            let dropped = interleaving.dropped;
            lines.push(Line::Remark(format!("   … | {dropped}{NOT_KEPT}")));
        }
        if !is_shown(event) {
            continue;
        }
        if !told_repeats && interleaving.repeats.is_some_and(|from| at >= from) {
            told_repeats = true;
            lines.push(Line::Remark(LOOP_BEGINS.to_owned()));
        }
        number += 1;
        let location = event.location.as_deref();
        let in_call = detailed && event.depth > 0;
        let (indent, mut text) = match event.kind {
            EventKind::Call => (2 * (event.depth - 1), format!("call {}", event.text)),
            _ => (
                if in_call { 2 * event.depth } else { 0 },
                event.text.clone(),
            ),
        };
        let calls = &mut calls[event.thread];
        if event.kind == EventKind::Call {
            calls.resize(event.depth - 1, None);
            calls.push(location);
        }
        let is_known = in_call
            && event.kind != EventKind::Call
            && calls.get(event.depth - 1) == Some(&location);
        if let (true, false, Some(location)) = (detailed, is_known, location) {
            text = format!("{text} @{location}");
        }
        lines.push(Line::Row(Row {
            at: Some(at),
            number: Some(number),
            thread: event.thread,
            indent,
            text,
            shared: event.shared.clone(),
        }));
        let rest = &events[at + 1..];
        let until = rest.iter().position(is_shown).unwrap_or(0);
        // Who goes round in a loop is told when to.
        if told_repeats {
            continue;
        }
        if let Some(reason) = rest
            .get(until)
            .and_then(|next| stops(event, &rest[..until], next))
        {
            lines.push(Line::Row(Row {
                at: None,
                number: None,
                thread: event.thread,
                indent: 0,
                text: reason,
                shared: String::new(),
            }));
        }
    }
    if interleaving.repeats.is_some() {
        end_loop(&mut lines);
    }
    lines
}

/// The last lines are the round of a loop: says so.
fn end_loop(lines: &mut Vec<Line>) {
    let begins = |line: &Line| matches!(line, Line::Remark(remark) if remark == LOOP_BEGINS);
    let rows = lines.iter().rev().take_while(|line| !begins(line)).count();
    let told = rows < lines.len();
    match lines.pop() {
        Some(Line::Row(mut row)) if told && rows == 1 => {
            lines.pop(); // where it begins
            // The same rows before it are earlier rounds.
            while let Some(Line::Row(before)) = lines.last()
                && before.is_like(&row)
            {
                row.number = before.number;
                lines.pop();
            }
            let again = row
                .number
                .map(|number| format!("   ↺ | row {number}{FOR_EVER}"));
            lines.push(Line::Row(row));
            lines.extend(again.map(Line::Remark));
        }
        last => {
            lines.extend(last);
            lines.push(Line::Remark(
                match told {
                    true => "   └─ × for ever",
                    false => "   … | for ever, and nothing of it is shown",
                }
                .to_owned(),
            ));
        }
    }
}

/// Why the thread of one row is not that of the next, if the row itself does not tell. What is not shown came between them.
fn stops(row: &Event, between: &[Event], next: &Event) -> Option<String> {
    if row.thread == next.thread {
        return None;
    }
    let hidden = between.iter().rfind(|event| event.thread == row.thread);
    match hidden.unwrap_or(row).switch? {
        Switch::Preempted => Some("↷ preempted".to_owned()),
        Switch::Yielded => Some("↷ yields".to_owned()),
        Switch::Blocked => hidden.map(|event| event.text.clone()),
        Switch::Ended => None,
    }
}

/// What a table shows, for whoever shows it in another way.
pub(crate) enum Shown {
    /// A row.
    Row {
        /// The event.
        at: usize,
        /// Its number.
        number: usize,
        /// Why its thread is not the next, if it does not tell that itself.
        stops: Option<String>,
    },
    /// A remark between rows.
    Remark(String),
}

/// The rows of the table, and what is between them.
pub(crate) fn shown(interleaving: &Interleaving) -> Vec<Shown> {
    let mut all: Vec<Shown> = Vec::new();
    for line in shorten(fold(lines(interleaving, false))) {
        match line {
            // A loop is drawn in another way.
            Line::Remark(remark) if remark.contains(['┌', '└']) || remark.ends_with(FOR_EVER) =>
                {}
            Line::Remark(remark) => {
                all.push(Shown::Remark(remark.replace('|', "").trim().to_owned()))
            }
            Line::Row(row) => match (row.at, row.number, all.last_mut()) {
                (Some(at), Some(number), _) => all.push(Shown::Row {
                    at,
                    number,
                    stops: None,
                }),
                (_, _, Some(Shown::Row { stops, .. })) => *stops = Some(row.text),
                _ => {}
            },
        }
    }
    all
}

/// Rounds of rows that repeat are shown once.
fn fold(lines: Vec<Line>) -> Vec<Line> {
    let mut folded: Vec<Line> = Vec::with_capacity(lines.len());
    let mut at = 0;
    let rounds_of = |at: usize, round: usize| {
        let first = &lines[at..(at + round).min(lines.len())];
        let rounds = lines[at..].chunks_exact(round);
        rounds
            .take_while(|rows| {
                rows.len() == first.len()
                    && rows
                        .iter()
                        .zip(first)
                        .all(|(one, other)| one.is_like(other))
            })
            .count()
    };
    let mut numbers = Vec::new();
    while at < lines.len() {
        let found = (1..=ROUND_MAX.min(lines.len() - at))
            .map(|round| (round, rounds_of(at, round)))
            .find(|&(_, rounds)| rounds >= ROUNDS_MIN);
        let (round, rounds) = found.unwrap_or((1, 1));
        for line in &lines[at..at + round] {
            folded.push(match line {
                Line::Row(row) => Line::Row(row.clone()),
                Line::Remark(remark) => Line::Remark(remark.clone()),
            });
        }
        if rounds > 1 {
            numbers.clear();
            numbers.extend(lines[at..at + round].iter().filter_map(Line::number));
            let whole = match numbers[..] {
                [] => "this".to_owned(),
                [only] => format!("row {only}"),
                [first, .., last] => format!("rows {first} to {last}"),
            };
            folded.push(Line::Remark(format!(
                "   ↺ | {whole} again, {} times",
                rounds - 1
            )));
        }
        at += round * rounds;
    }
    folded
}

/// The middle of what is too long is left out.
fn shorten(mut lines: Vec<Line>) -> Vec<Line> {
    if lines.len() > LINES_MAX {
        let middle = LINES_FIRST..lines.len() - LINES_LAST;
        let rows = lines[middle.clone()]
            .iter()
            .filter(|line| line.number().is_some())
            .count();
        let missing = lines[middle.clone()].iter().find_map(|line| match line {
            Line::Remark(remark) => remark.strip_suffix(NOT_KEPT),
            Line::Row(_) => None,
        });
        let missing = missing.map_or(String::new(), |missing| {
            let events = missing.trim_start_matches([' ', '…', '|']);
            format!("; {events}{NOT_KEPT}")
        });
        let remark = Line::Remark(format!("   … | {rows} rows are left out{missing}"));
        lines.splice(middle, [remark]);
    }
    lines
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header: Vec<_> = self.header.iter().map(|name| (0, name.as_str())).collect();
        self.row(f, "#", &header)?;
        write!(f, "-----")?;
        for width in &self.widths {
            write!(f, "+{}", "-".repeat(width + 2))?;
        }
        writeln!(f)?;
        for line in &self.lines {
            match line {
                Line::Remark(remark) => writeln!(f, "{remark}")?,
                Line::Row(row) => {
                    let mut cells = vec![(0, ""); self.widths.len()];
                    cells[row.thread] = (row.indent, &row.text);
                    cells[self.widths.len() - 1] = (0, &row.shared);
                    let number = row.number.map(|number| number.to_string());
                    self.row(f, number.as_deref().unwrap_or(""), &cells)?;
                }
            }
        }
        Ok(())
    }
}
