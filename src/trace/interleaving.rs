//! The record of a failing execution, with names in place of addresses, and the table of it.

use core::fmt;
use std::collections::BTreeMap;

use super::recorder::{Entry, Record, Site, What, WordEvent};
use super::table::{Table, WIDTH};

/// One execution as it happened: threads, and events in their order.
///
/// Its [`Display`](fmt::Display) is a table with a column per thread and one for what the event
/// changed. Where a thread stops although it could go on, it says so.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Interleaving {
    /// The names of the threads; the first is the root.
    pub threads: Vec<String>,
    /// The objects that the events shown are about, in order of appearance.
    pub objects: Vec<Object>,
    /// What happened, in order.
    pub events: Vec<Event>,
    /// How many events were not kept because the execution was too long.
    pub dropped: usize,
    /// The event before which they are missing.
    pub dropped_before: usize,
    /// The event from which on they repeat for ever, if they do.
    pub repeats: Option<usize>,
    /// The index of the thread that made the last step: if the execution fails by what a thread does, it is this one.
    pub last_thread: usize,
    /// The line of the last panic, if there was one.
    pub panicked_at: Option<String>,
}

/// Something that the program uses: a lock, a word, a cell.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Object {
    /// What the table calls it.
    pub name: String,
    /// Whether the program has [named](super::name) it. If not, it is called by its kind and a number.
    pub named: bool,
    /// The line that used it first; or `after` the last line of that thread that is known.
    pub first_used: Option<String>,
}

/// Why a thread is not the one that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub enum Switch {
    /// It waits.
    Blocked,
    /// It has ended.
    Ended,
    /// It lets others run.
    Yielded,
    /// It could have gone on.
    Preempted,
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
    /// How many calls of primitives it happened in.
    pub depth: usize,
    /// If the next event is another thread's: why.
    pub switch: Option<Switch>,
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
    /// A call of a primitive began; what happens in it follows.
    Call,
    /// The thread lets others run.
    Yield,
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
            let kind = kind_of(record, entry);
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
            .map_or_else(|| format!("T{number}"), String::from)
    }

    /// Whether the program has named the object.
    fn is_named(&self, address: usize) -> bool {
        let mut names = self.record.names.iter();
        names.any(|(start, size, _)| (*start..start + size).contains(&address))
    }

    /// The line that used it first, or `after` the one that is known to be before that.
    fn first_used(&self, address: usize) -> Option<String> {
        let events = &self.record.events;
        let first = events.iter().position(|entry| entry.object == address)?;
        location(events[first].site.of_a_user()).or_else(|| {
            let before = events[..first].iter().rev();
            let before = before.filter(|entry| entry.thread == events[first].thread);
            let line = before
                .filter_map(|entry| entry.site.of_a_user().known())
                .next()?;
            Some(format!("after {}", short_line(line.file(), line.line())))
        })
    }

    /// The objects that are shown, in order of appearance.
    fn objects(&self, internal: &[usize]) -> Vec<Object> {
        let mut seen = Vec::new();
        let mut objects: Vec<Object> = Vec::new();
        let events = self.record.events.iter();
        for entry in events.filter(|entry| entry.object != 0 && !is_internal(entry, internal)) {
            if seen.contains(&entry.object) {
                continue;
            }
            seen.push(entry.object);
            let name = self.object(entry.object);
            if objects.iter().any(|known| known.name == name) {
                continue; // two parts of what has one name
            }
            objects.push(Object {
                name,
                named: self.is_named(entry.object),
                first_used: self.first_used(entry.object),
            });
        }
        objects
    }
}

/// What kind of thing an event is about.
fn kind_of(record: &Record, entry: &Entry) -> &'static str {
    let otherwise = match entry.what {
        What::Cell { .. } => "cell",
        _ => "word",
    };
    let known = record.kinds.get(&entry.object).copied();
    known.unwrap_or(otherwise)
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
    site.known()
        .map(|location| short_line(location.file(), location.line()))
}

pub(crate) fn short_line(file: &str, line: u32) -> String {
    format!("{}:{line}", short_path(file))
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
        let mut events = Vec::with_capacity(record.events.len());
        for (at, entry) in record.events.iter().enumerate() {
            let next = record.events.get(at + 1);
            let (kind, mut text, shared) = describe(entry, &names);
            let at_once =
                |next: &Entry| next.thread == entry.thread && matches!(next.what, What::Joined(_));
            if matches!(entry.what, What::Joins(_)) && next.is_some_and(at_once) {
                text = text.trim_start_matches("■ ").to_owned(); // it had ended already
            }
            let internal = is_internal(entry, &internal);
            // A line inside a primitive tells the user of one nothing.
            let site = match internal {
                true => entry.site,
                false => entry.site.of_a_user(),
            };
            events.push(Event {
                source: site
                    .known()
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
                location: location(site),
                depth: entry.depth,
                switch: next
                    .filter(|next| next.thread != entry.thread)
                    .map(|_| why_switched(entry.what)),
                internal,
            });
        }
        Self {
            threads: (0..record.threads.len())
                .map(|number| names.thread(number))
                .collect(),
            objects: names.objects(&internal),
            events,
            dropped: record.dropped,
            dropped_before: record.dropped_before(),
            repeats: record.repeats,
            last_thread: record.current,
            panicked_at: record
                .panicked
                .as_ref()
                .map(|(file, line)| short_line(file, *line)),
        }
    }

    /// The table, with the events inside primitives as well, call by call, and with the line of each.
    pub fn detailed(&self) -> impl fmt::Display {
        Table::of(self, true, None).to_string()
    }

    /// The table, and as its last row what the last thread did that made the execution fail.
    pub(crate) fn ending_in(&self, end: &str) -> impl fmt::Display {
        Table::of(self, false, Some(end))
    }
}

/// Why the thread that this happened to last is not the one that goes on.
fn why_switched(what: What) -> Switch {
    match what {
        What::Asleep { .. } | What::Awaits | What::Joins(_) | What::Pending { .. } => {
            Switch::Blocked
        }
        What::Ended => Switch::Ended,
        What::Yields => Switch::Yielded,
        _ => Switch::Preempted,
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
        | What::Requeues { .. } => {
            // What a primitive read that was not the newest is what its caller cannot guess.
            let stale = matches!(entry.what, What::Word(WordEvent::Load(_, _, Some(_))));
            entry.depth > usize::from(stale)
        }
        What::Calls | What::Yields => true,
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
        What::Calls => (EventKind::Call, format!("{action} {object}"), none),
        What::Yields => (EventKind::Yield, "yields".to_owned(), none),
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
        What::Queued => (
            EventKind::Queued,
            format!("{action} {object}: queued"),
            none,
        ),
        What::QueuedFor(condition) => (
            EventKind::Queued,
            format!(
                "{}: queued",
                with_condition(format!("{action} {object}"), condition)
            ),
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
                    let whom = match owner == entry.thread {
                        true => "itself".to_owned(),
                        false => names.thread(owner),
                    };
                    let timed = if timed { ", timed" } else { "" };
                    format!("■ {waits}: waits for {whom}{timed}")
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

/// A number. One that is large and has few bits is no count, but made of bits: then it is easier to read as such.
fn number(value: u64) -> String {
    if value >= 1 << 24 && value.count_ones() <= 12 {
        format!("{value:#x}")
    } else {
        value.to_string()
    }
}

fn word_text(event: WordEvent, object: &str) -> (String, String) {
    match event {
        WordEvent::Load(value, order, stale) => {
            let value = number(value);
            let stale = match stale {
                Some(newest) => format!(" ◀ STALE (newest is {})", number(newest)),
                None => String::new(),
            };
            let text = format!("{object}.load({order:?}) = {value}{stale}");
            (text, String::new())
        }
        WordEvent::Store(value, order) => {
            let value = number(value);
            (
                format!("{object}.store({value}, {order:?})"),
                format!("{object} = {value}"),
            )
        }
        WordEvent::Change(name, old, new, order) => {
            let (old, new) = (number(old), number(new));
            (
                format!("{object}.{name}({order:?}) {old} ➜ {new}"),
                format!("{object} = {new}"),
            )
        }
        WordEvent::Refused(expected, found, order) => {
            let (expected, found) = (number(expected), number(found));
            (
                format!("{object}.compare_exchange({expected}, {order:?}): it is {found}"),
                String::new(),
            )
        }
    }
}

/// A sentence below a table: no wider than that, and indented by its label.
pub(crate) fn sentence(label: &str, text: &str) -> String {
    let indent = " ".repeat(label.len());
    let lines = wrap(text, WIDTH - label.len(), "");
    format!("{label}{}", lines.join(&format!("\n{indent}")))
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

impl fmt::Display for Interleaving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Table::of(self, false, None).fmt(f)
    }
}
