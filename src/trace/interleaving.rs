//! The record of a failing execution, with names in place of addresses, and the table of it.

use core::fmt;
use std::collections::BTreeMap;

use super::recorder::{Entry, Record, Site, What, WordEvent};

/// One execution as it happened: threads, and events in their order.
///
/// Its [`Display`](fmt::Display) is a table with a column per thread and one for what the event
/// changed.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Interleaving {
    /// The names of the threads; the first is the root.
    pub threads: Vec<String>,
    /// What happened, in order.
    pub events: Vec<Event>,
    /// How many events at the beginning were dropped because the execution was too long.
    pub dropped: usize,
    /// The event from which on they repeat for ever, if they do.
    pub repeats: Option<usize>,
}

/// One thing that happened.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Event {
    /// The index of the thread.
    pub thread: usize,
    /// What kind of thing.
    pub kind: EventKind,
    /// The object's name, if it is about one.
    pub object: Option<String>,
    /// What happened, in words.
    pub text: String,
    /// What it changed for everybody, in words; empty if nothing.
    pub shared: String,
    /// The line of the program, where it is known: the end of its file's path, and the number.
    pub location: Option<String>,
    /// The whole path, and the number.
    pub source: Option<(String, u32)>,
    /// The index of another thread that it is about: who is woken, started, joined, or holds what this one waits for.
    pub other: Option<usize>,
    /// If it read a value that was not the newest: the event that wrote what it read, if that is known.
    pub stale: Option<Option<usize>>,
    /// Whether it happened inside a primitive and not to anything the program itself uses; the table
    /// leaves those out.
    pub internal: bool,
}

/// The kinds of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub enum EventKind {
    /// An object is now held by the thread.
    Acquired,
    /// An object was not obtained.
    Refused,
    /// An object is no longer held by the thread.
    Released,
    /// An object is in another state, in which nobody holds it.
    Became,
    /// The thread is now waiting to be notified.
    Queued,
    /// Waiters were notified.
    Notified,
    /// The thread has fallen asleep.
    Asleep,
    /// The thread was woken, or what it awaited has happened.
    Woken,
    /// The thread's deadline has passed.
    TimedOut,
    /// Sleepers were woken or moved.
    Wakes,
    /// A word was read or written.
    Word,
    /// Plain memory was read or written.
    Cell,
    /// A thread was started, ended, or waited for.
    Thread,
    /// The program says that it got somewhere.
    Progress,
}

/// Names for what a record calls by number.
pub(super) struct Names<'a> {
    record: &'a Record,
    numbers: BTreeMap<usize, String>,
}

impl<'a> Names<'a> {
    /// Numbers the objects of each kind in the order in which the program met them.
    pub(super) fn of(record: &'a Record) -> Self {
        let mut numbers = BTreeMap::new();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let internal = internal_objects(record);
        for entry in &record.events {
            if entry.object == 0
                || internal.contains(&entry.object)
                || numbers.contains_key(&entry.object)
            {
                continue;
            }
            let kind = record.kinds.get(&entry.object).copied().unwrap_or("word");
            let count = counts.entry(kind).or_insert(0);
            *count += 1;
            numbers.insert(entry.object, format!("{kind}#{count}"));
        }
        Self { record, numbers }
    }

    pub(super) fn object(&self, address: usize) -> String {
        let given = self
            .record
            .names
            .iter()
            .rev()
            .filter(|(start, size, _)| (*start..start + size).contains(&address))
            .min_by_key(|(_, size, _)| *size);
        match given {
            Some((_, _, name)) => name.clone(),
            None => match self.numbers.get(&address) {
                Some(name) => name.clone(),
                None => self
                    .record
                    .kinds
                    .get(&address)
                    .copied()
                    .unwrap_or("word")
                    .to_owned(),
            },
        }
    }

    pub(super) fn thread(&self, number: usize) -> String {
        self.record
            .threads
            .get(number)
            .and_then(|thread| thread.name.clone())
            .unwrap_or_else(|| format!("T{number}"))
    }
}

/// Objects that appear only inside the calls of others: the queue lock of a condvar, say.
fn internal_objects(record: &Record) -> Vec<usize> {
    let mut shown = Vec::new();
    let mut seen = Vec::new();
    for entry in &record.events {
        let list = if entry.depth <= 1 {
            &mut shown
        } else {
            &mut seen
        };
        if !list.contains(&entry.object) {
            list.push(entry.object);
        }
    }
    seen.retain(|object| !shown.contains(object));
    seen
}

/// What is waited for, and the name of the state that it is to be in, if it has one.
pub(super) fn with_condition(waits: String, condition: &str) -> String {
    if condition.is_empty() {
        waits
    } else {
        format!("{waits} for `{condition}`")
    }
}

pub(super) fn location(site: Site) -> Option<String> {
    site.0
        .map(|location| format!("{}:{}", short_path(location.file()), location.line()))
}

/// The last two components: enough to find the file, short enough for a table.
fn short_path(path: &str) -> String {
    let parts: Vec<_> = path.split(['/', '\\']).collect();
    parts[parts.len().saturating_sub(2)..].join("/")
}

impl Interleaving {
    pub(crate) fn of(record: &Record) -> Self {
        let names = Names::of(record);
        let internal = internal_objects(record);
        let mut events = Vec::new();
        for (at, entry) in record.events.iter().enumerate() {
            let (kind, text, shared) = describe(entry, &names);
            events.push(Event {
                source: entry
                    .site
                    .0
                    .map(|site| (site.file().to_owned(), site.line())),
                other: other(entry.what),
                stale: match entry.what {
                    What::Word(WordEvent::Load(value, _, Some(_))) => {
                        Some(writer(&record.events[..at], entry.object, value))
                    }
                    _ => None,
                },
                thread: entry.thread,
                kind,
                object: (entry.object != 0).then(|| names.object(entry.object)),
                text,
                shared,
                location: location(entry.site),
                internal: is_internal(entry, &internal),
            });
        }
        Self {
            threads: (0..record.threads.len())
                .map(|number| names.thread(number))
                .collect(),
            events,
            dropped: record.dropped,
            repeats: record.repeats,
        }
    }

    /// The table, with the events inside primitives as well and with the line of each event.
    pub fn detailed(&self) -> impl fmt::Display {
        self.render(true)
    }

    fn render(&self, detailed: bool) -> String {
        Table::new(self, detailed).to_string()
    }
}

/// The other thread that an event is about.
fn other(what: What) -> Option<usize> {
    match what {
        What::Asleep { owner, .. } => owner,
        What::Wakes { count: 1, first } => first,
        What::Spawned(thread) | What::Joins(thread) | What::Joined(thread) => Some(thread),
        _ => None,
    }
}

/// The last of these events that wrote the value to the word.
fn writer(events: &[Entry], word: usize, value: u64) -> Option<usize> {
    events.iter().rposition(|entry| {
        entry.object == word
            && match entry.what {
                What::Word(WordEvent::Store(stored, _) | WordEvent::Change(_, _, stored, _)) => {
                    stored == value
                }
                _ => false,
            }
    })
}

fn is_internal(entry: &Entry, internal_objects: &[usize]) -> bool {
    match entry.what {
        What::Word(_)
        | What::Fence(_)
        | What::Cell { .. }
        | What::Changed { .. }
        | What::Requeues { .. } => entry.depth > 0,
        What::Wakes { count, .. } => {
            entry.depth > 0 && (count == 0 || internal_objects.contains(&entry.object))
        }
        What::Woken | What::AwaitOver => {
            entry.depth > 1 || internal_objects.contains(&entry.object)
        }
        // A thread's end says something only when others are still waiting; the table would be
        // longer by it every time.
        What::Joined(_) => true,
        _ => entry.depth > 1 && internal_objects.contains(&entry.object),
    }
}

fn describe(entry: &Entry, names: &Names<'_>) -> (EventKind, String, String) {
    let action = entry.action;
    let object = if entry.object == 0 {
        String::new()
    } else {
        names.object(entry.object)
    };
    let thread = names.thread(entry.thread);
    let none = String::new();
    match entry.what {
        What::Acquired { others } => {
            // A condvar's wait takes the mutex again; the call it happens in is the mutex's own.
            (
                EventKind::Acquired,
                format!("{action} {object}"),
                match others {
                    0 => format!("{object}: {thread}"),
                    others => format!("{object}: {thread} + {others}"),
                },
            )
        }
        What::Refused => (EventKind::Refused, format!("{action} {object}: no"), none),
        What::Released { left } => (
            EventKind::Released,
            format!("{action} {object}"),
            match left {
                0 => format!("{object}: free"),
                left => format!("{object}: {left} left"),
            },
        ),
        What::Became(state) => (
            EventKind::Became,
            format!("{action} {object}"),
            format!("{object}: {state}"),
        ),
        What::HandedOver => (
            EventKind::Released,
            format!("{action} {object}"),
            format!("{object}: handed over"),
        ),
        What::Queued => (EventKind::Queued, format!("{action} {object}"), none),
        What::QueuedFor(condition) => (
            EventKind::Queued,
            with_condition(format!("{action} {object}"), condition),
            none,
        ),
        What::Pending { owner } => {
            let whose = owner.map_or(String::new(), |owner| {
                format!(", {} holds it", names.thread(owner))
            });
            let text = format!("{action} {object}: pending{whose}");
            (EventKind::Queued, text, none)
        }
        What::Notified(count) => (
            EventKind::Notified,
            format!("{action} {object}"),
            match count {
                0 => format!("{object}: nobody waits"),
                1 => format!("{object}: 1 notified"),
                _ => format!("{object}: {count} notified"),
            },
        ),
        What::Asleep {
            timed,
            owner,
            condition,
        } => {
            let waits = with_condition(format!("{action} {object}"), condition);
            let sleeps = if timed { "asleep, timed" } else { "asleep" };
            let text = match (action, owner) {
                ("", _) => format!("■ {sleeps} on {object}"),
                (_, Some(owner)) => {
                    format!("■ {waits}: {sleeps}, {} holds it", names.thread(owner))
                }
                (_, None) => format!("■ {waits}: {sleeps}"),
            };
            (EventKind::Asleep, text, none)
        }
        What::Changed { expected, value } => (
            EventKind::Word,
            format!("sleep on {object} if {expected}: it is {value}"),
            none,
        ),
        What::Woken => (EventKind::Woken, format!("▶ woken from {object}"), none),
        What::TimedOut => (
            EventKind::TimedOut,
            format!("▶ timed out on {object}"),
            none,
        ),
        What::Wakes { count, first } => {
            let whom = match (count, first) {
                (0, _) => "nobody".to_owned(),
                (1, Some(first)) => names.thread(first),
                (count, _) => format!("{count} of the sleepers"),
            };
            (EventKind::Wakes, format!("wake {whom} on {object}"), none)
        }
        What::Requeues { count } => (
            EventKind::Wakes,
            format!("move {count} sleepers from {object}"),
            none,
        ),
        What::Word(event) => {
            let (text, shared) = word_text(event, &object);
            (EventKind::Word, text, shared)
        }
        What::Fence(order) => (EventKind::Word, format!("fence({order:?})"), none),
        What::Cell { write: true } => (EventKind::Cell, format!("write {object}"), none),
        What::Cell { write: false } => (EventKind::Cell, format!("read {object}"), none),
        What::Spawned(number) => (
            EventKind::Thread,
            format!("spawn {}", names.thread(number)),
            none,
        ),
        What::Ended => (EventKind::Thread, "end".to_owned(), none),
        What::Joins(number) => (
            EventKind::Thread,
            format!("■ join {}", names.thread(number)),
            none,
        ),
        What::Joined(number) => (
            EventKind::Thread,
            format!("joined {}", names.thread(number)),
            none,
        ),
        What::Awaits => (
            EventKind::Asleep,
            format!("■ {action} {object}: spins until it changes"),
            none,
        ),
        What::Progress => (EventKind::Progress, "progress".to_owned(), none),
        What::AwaitOver => (EventKind::Woken, format!("▶ {object} has changed"), none),
    }
}

fn word_text(event: WordEvent, object: &str) -> (String, String) {
    match event {
        WordEvent::Load(value, order, stale) => {
            let stale = match stale {
                Some(newest) => format!(" ◀ STALE (newest is {newest})"),
                None => String::new(),
            };
            let text = format!("{object}.load({order:?}) = {value}{stale}");
            (text, String::new())
        }
        WordEvent::Store(value, order) => (
            format!("{object}.store({value}, {order:?})"),
            format!("{object} = {value}"),
        ),
        WordEvent::Change(name, old, new, order) => (
            format!("{object}.{name}({order:?}) {old} ➜ {new}"),
            format!("{object} = {new}"),
        ),
        WordEvent::Refused(expected, found, order) => (
            format!("{object}.compare_exchange({expected}, {order:?}): it is {found}"),
            String::new(),
        ),
    }
}

/// Columns of a table together are at most this wide.
const WIDTH: usize = 100;
const SHARED_MIN: usize = 16;
const COLUMN_MIN: usize = 18;

/// A table with more rows than this is folded: nobody reads it. It shows so many of the first and of the last.
const ROWS_MAX: usize = 200;
const ROWS_FIRST: usize = 60;
const ROWS_LAST: usize = 100;

struct Table<'a> {
    interleaving: &'a Interleaving,
    detailed: bool,
    /// The rows that are left out, by number.
    folded: core::ops::Range<usize>,
    /// The widths of the threads' columns and of the shared one.
    columns: Vec<usize>,
}

impl<'a> Table<'a> {
    fn new(interleaving: &'a Interleaving, detailed: bool) -> Self {
        let threads = interleaving.threads.len();
        let mut columns: Vec<_> = interleaving
            .threads
            .iter()
            .map(|name| name.chars().count())
            .collect();
        columns.push("shared".len());
        let shown = || {
            let events = interleaving.events.iter();
            events.filter(|event| detailed || !event.internal)
        };
        let folded = match shown().count() {
            rows if rows > ROWS_MAX => ROWS_FIRST..rows - ROWS_LAST,
            _ => 0..0,
        };
        for (row, event) in shown().enumerate() {
            if folded.contains(&row) {
                continue;
            }
            let cell = Self::cell(event, detailed);
            columns[event.thread] = columns[event.thread].max(cell.chars().count());
            columns[threads] = columns[threads].max(event.shared.chars().count());
        }
        // Take from the widest until it fits; a cell that is too long for its column goes on in
        // the next line.
        let frame = 6 + 3 * (threads + 1);
        while columns.iter().sum::<usize>() + frame > WIDTH {
            let Some(widest) = (0..=threads)
                .filter(|&at| {
                    columns[at]
                        > if at == threads {
                            SHARED_MIN
                        } else {
                            COLUMN_MIN
                        }
                })
                .max_by_key(|&at| columns[at])
            else {
                break;
            };
            columns[widest] -= 1;
        }
        Self {
            interleaving,
            detailed,
            folded,
            columns,
        }
    }

    fn cell(event: &Event, detailed: bool) -> String {
        match (&event.location, detailed) {
            (Some(location), true) => format!("{} @{location}", event.text),
            _ => event.text.clone(),
        }
    }

    fn row(&self, f: &mut fmt::Formatter<'_>, number: &str, cells: &[String]) -> fmt::Result {
        let wrapped: Vec<_> = cells
            .iter()
            .zip(&self.columns)
            .map(|(cell, &width)| wrap(cell, width, "  "))
            .collect();
        let height = wrapped.iter().map(Vec::len).max().unwrap_or(1);
        for line in 0..height {
            write!(f, "{:>4} ", if line == 0 { number } else { "" })?;
            let mut row = String::new();
            for (lines, &width) in wrapped.iter().zip(&self.columns) {
                let text = lines.get(line).map_or("", String::as_str);
                row.push_str(&format!("| {text:<width$} "));
            }
            writeln!(f, "{}", row.trim_end())?;
        }
        Ok(())
    }
}

/// A sentence below a table: no wider than that, and indented by its label.
pub(crate) fn sentence(label: &str, text: &str) -> String {
    let indent = " ".repeat(label.len());
    wrap(&format!("{label}{text}"), WIDTH, &indent).join("\n")
}

/// Breaks at spaces, and words that are longer than a line anywhere. Every line but the first is indented.
pub(crate) fn wrap(text: &str, width: usize, indent: &str) -> Vec<String> {
    let width = width.max(indent.len() + 1);
    let mut lines = vec![String::new()];
    let mut room = width;
    for word in text.split(' ') {
        let length = word.chars().count();
        let fresh = room == width - if lines.len() > 1 { indent.len() } else { 0 };
        let space = usize::from(!fresh);
        if space + length <= room {
            let line = lines.last_mut().expect("there is always a line");
            line.push_str(if fresh { "" } else { " " });
            line.push_str(word);
            room -= space + length;
            continue;
        }
        if !fresh {
            lines.push(indent.to_owned());
            room = width - indent.len();
        }
        for letter in word.chars() {
            if room == 0 {
                lines.push(indent.to_owned());
                room = width - indent.len();
            }
            lines
                .last_mut()
                .expect("there is always a line")
                .push(letter);
            room -= 1;
        }
    }
    lines
}

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let threads = self.interleaving.threads.len();
        let mut header = self.interleaving.threads.clone();
        header.push("shared".to_owned());
        self.row(f, "#", &header)?;
        write!(f, "-----")?;
        for width in &self.columns {
            write!(f, "+{}", "-".repeat(width + 2))?;
        }
        writeln!(f)?;
        if self.interleaving.dropped > 0 {
            writeln!(
                f,
                "   … | {} earlier events are not kept",
                self.interleaving.dropped
            )?;
        }
        let mut number = 0;
        for (at, event) in self.interleaving.events.iter().enumerate() {
            if self.interleaving.repeats == Some(at) {
                writeln!(f, "   ┌─ from here on, for ever:")?;
            }
            if event.internal && !self.detailed {
                continue;
            }
            number += 1;
            if self.folded.contains(&(number - 1)) {
                if number == self.folded.end {
                    writeln!(f, "   … | {} events are left out", self.folded.len())?;
                }
                continue;
            }
            let mut cells = vec![String::new(); threads + 1];
            cells[event.thread] = Self::cell(event, self.detailed);
            cells[threads] = event.shared.clone();
            self.row(f, &number.to_string(), &cells)?;
        }
        if self.interleaving.repeats.is_some() {
            writeln!(f, "   └─ × for ever")?;
        }
        Ok(())
    }
}

impl fmt::Display for Interleaving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Table::new(self, false).fmt(f)
    }
}
