//! The record of one execution.
//!
//! Both checkers run all threads of a model on one OS thread, so an ordinary thread-local is a log
//! that the checker cannot see and that needs no lock. Events are small `Copy` values; formatting waits
//! until after the failure, because model threads have small stacks and executions are many.

use core::panic::Location;
use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::sys::{Ordering, current_thread, model};

/// Events kept of one execution. A longer one keeps its end, which is where it failed, and says how
/// much of its beginning was dropped.
const EVENTS_MAX: usize = 20_000;

std::thread_local! {
    static RECORD: RefCell<Record> = RefCell::new(Record::default());
}

/// One execution: what happened, and the state it led to.
#[derive(Clone, Default)]
pub(crate) struct Record {
    pub(crate) events: Vec<Entry>,
    pub(crate) dropped: usize,
    pub(crate) threads: Vec<Thread>,
    /// Who holds what, by address.
    owners: BTreeMap<usize, Vec<Owner>>,
    pub(crate) kinds: BTreeMap<usize, &'static str>,
    /// The pointers that were stored in words, in order of appearance.
    pointers: Vec<u64>,
    /// Names given by the user: start of the object, its size, its name.
    pub(crate) names: Vec<(usize, usize, String)>,
}

#[derive(Clone, Copy)]
pub(crate) struct Owner {
    pub(crate) thread: usize,
    pub(crate) site: Site,
}

#[derive(Clone, Default)]
pub(crate) struct Thread {
    pub(crate) name: Option<String>,
    pub(crate) finished: bool,
    /// What it waits for.
    blocked: Option<Blocked>,
    /// What its tasks wait for, those that were polled last at the end.
    pending: Vec<Blocked>,
    spans: Vec<Call>,
}

impl Thread {
    /// What it waits for. A thread that sleeps without having said for what, and has polled a task that waits, waits for the
    /// same as the task; of one that an executor of the checker has put to sleep nothing else is known.
    pub(crate) fn waits_for(&self) -> Option<Blocked> {
        match self.blocked {
            None
            | Some(Blocked {
                on: BlockedOn::Word(_),
                ..
            }) => self.pending.last().copied().or(self.blocked),
            blocked => blocked,
        }
    }
}

/// What a thread is waiting for.
#[derive(Clone, Copy)]
pub(crate) struct Blocked {
    pub(crate) on: BlockedOn,
    pub(crate) site: Site,
    pub(crate) action: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum BlockedOn {
    /// A traced object, by address.
    Object(usize),
    /// A word that no traced object has spoken for.
    Word(usize),
    Thread(usize),
}

#[derive(Clone, Copy)]
struct Call {
    object: usize,
    action: &'static str,
    site: Site,
}

/// A line of the user's program, where it is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site(pub(crate) Option<&'static Location<'static>>);

impl Site {
    #[track_caller]
    fn caller() -> Self {
        let location = Location::caller();
        // The guards' destructors and the condvar's methods in lock_api do not pass their caller on;
        // a line of that crate tells nobody anything.
        let foreign = ["/lock_api-", "/rustc/", "\\lock_api-"];
        if foreign.iter().any(|part| location.file().contains(part)) {
            Self(None)
        } else {
            Self(Some(location))
        }
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) thread: usize,
    pub(crate) what: What,
    pub(crate) site: Site,
    /// The object or word it is about; 0 for none.
    pub(crate) object: usize,
    pub(crate) action: &'static str,
    /// How many spans were open: 0 for words that the user touches, 1 for the outermost call.
    pub(crate) depth: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// With how many others.
    Acquired {
        others: usize,
    },
    Refused,
    /// And how many still hold it.
    Released {
        left: usize,
    },
    HandedOver,
    /// The object is in that state, and nobody holds it.
    Became(&'static str),
    Queued,
    /// A task waits, with the owner at that moment.
    Pending {
        owner: Option<usize>,
    },
    Notified(usize),
    /// Asleep, with the owner at that moment.
    Asleep {
        timed: bool,
        owner: Option<usize>,
    },
    Changed {
        expected: u32,
        value: u32,
    },
    Woken,
    TimedOut,
    Wakes {
        count: usize,
        first: Option<usize>,
    },
    Requeues {
        count: usize,
    },
    Word(WordEvent),
    Fence(Ordering),
    Cell {
        write: bool,
    },
    Spawned(usize),
    Ended,
    Joins(usize),
    Joined(usize),
    Awaits,
    AwaitOver,
}

/// An access to a word, in bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WordEvent {
    Load(u64, Ordering),
    Store(u64, Ordering),
    /// A read-modify-write: its name, old, new.
    Change(&'static str, u64, u64, Ordering),
    /// A compare-exchange that failed: expected, found.
    Refused(u64, u64, Ordering),
}

fn with<R>(f: impl FnOnce(&mut Record) -> R) -> R {
    RECORD.with(|record| f(&mut record.borrow_mut()))
}

impl Record {
    fn thread(&mut self, number: usize) -> &mut Thread {
        while self.threads.len() <= number {
            self.threads.push(Thread::default());
        }
        &mut self.threads[number]
    }

    fn push(&mut self, entry: Entry) {
        if self.events.len() == EVENTS_MAX {
            self.events.drain(..EVENTS_MAX / 2);
            self.dropped += EVENTS_MAX / 2;
        }
        self.events.push(entry);
    }

    /// Who holds `object`, as far as it matters to `thread`, which waits for it: of several, one that waits as
    /// well, rather not itself.
    pub(crate) fn owner(&self, object: usize, thread: usize) -> Option<Owner> {
        let owners = self.owners.get(&object)?;
        let waits = |owner: &&Owner| {
            self.threads
                .get(owner.thread)
                .is_some_and(|owner| owner.waits_for().is_some())
        };
        let others = || owners.iter().filter(|owner| owner.thread != thread);
        others()
            .find(waits)
            .or_else(|| others().next())
            .or(owners.first())
            .copied()
    }

    /// One of the holders is gone: `thread`, or whoever held it in its name.
    fn disown(&mut self, object: usize, thread: usize) {
        let Some(owners) = self.owners.get_mut(&object) else {
            return;
        };
        let at = owners.iter().position(|owner| owner.thread == thread);
        owners.remove(at.unwrap_or(0));
        if owners.is_empty() {
            self.owners.remove(&object);
        }
    }

    /// A task that waited in the same call goes on: rather one of the same thread, but tasks move.
    fn goes_on(&mut self, span: &Span) {
        let same = |waits: &Blocked| {
            waits.on == BlockedOn::Object(span.object) && waits.action == span.action
        };
        let others = (0..self.threads.len()).filter(|&thread| thread != span.thread);
        for thread in core::iter::once(span.thread).chain(others) {
            let pending = &mut self.thread(thread).pending;
            if let Some(at) = pending.iter().position(same) {
                pending.remove(at);
                return;
            }
        }
    }

    /// An event of the call that the thread is in.
    fn in_call(&mut self, thread: usize, object: usize, what: What) {
        let spans = &self.thread(thread).spans;
        let (depth, call) = (spans.len(), spans.last().copied());
        self.push(Entry {
            thread,
            what,
            site: call.map_or(Site(None), |call| call.site),
            object: call.map_or(object, |call| call.object),
            action: call.map_or("", |call| call.action),
            depth,
        });
    }
}

// --- the life of a record -------------------------------------------------------------------------

pub(crate) fn begin_execution() {
    with(|record| {
        *record = Record::default();
        record.thread(0).name = Some("main".to_owned());
    });
}

/// The record as it is: after a failure, that of the failing execution.
pub(crate) fn take() -> Record {
    RECORD.take()
}

/// How many threads the current execution has had.
pub(crate) fn threads() -> usize {
    with(|record| record.threads.len())
}

// --- what the primitives report -----------------------------------------------------------------

/// One call of a primitive, from start to end.
#[derive(Debug)]
#[must_use = "a span covers the call only while it is alive"]
pub struct Span {
    object: usize,
    action: &'static str,
    site: Site,
    thread: usize,
}

/// Opens the span of a call of `action` on `object`, which is a `kind`.
#[track_caller]
pub fn span<T: ?Sized>(object: &T, kind: &'static str, action: &'static str) -> Span {
    let object = core::ptr::from_ref(object).addr();
    let site = Site::caller();
    let mut number = 0;
    if !model::inert() {
        model::here(); // a primitive is used: this is no place for it outside a model
        number = current_thread();
        with(|record| {
            record.kinds.insert(object, kind);
            record.thread(number).spans.push(Call {
                object,
                action,
                site,
            });
        });
    }
    Span {
        object,
        action,
        site,
        thread: number,
    }
}

/// Gives `object` a name for the picture.
pub fn name<T: ?Sized>(object: &T, name: &str) {
    let start = core::ptr::from_ref(object).addr();
    if model::running() {
        with(|record| {
            record
                .names
                .push((start, size_of_val(object).max(1), name.to_owned()));
        });
    }
}

impl Span {
    fn report(&self, what: What, change: impl FnOnce(&mut Record)) {
        if !model::running() {
            return;
        }
        with(|record| {
            let depth = record.thread(self.thread).spans.len();
            record.push(Entry {
                thread: self.thread,
                what,
                site: self.site,
                object: self.object,
                action: self.action,
                depth,
            });
            record.goes_on(self);
            change(record);
        });
    }

    /// The thread now holds the object.
    pub fn acquired(&self) {
        let owner = Owner {
            thread: self.thread,
            site: self.site,
        };
        let others = self.owners();
        self.report(What::Acquired { others }, |record| {
            record.owners.entry(self.object).or_default().push(owner);
        });
    }

    /// The thread holds the object as it did before, and now in another way.
    pub fn converted(&self) {
        let others = self.owners().saturating_sub(1);
        self.report(What::Acquired { others }, |_| ());
    }

    /// How many hold the object.
    fn owners(&self) -> usize {
        with(|record| record.owners.get(&self.object).map_or(0, Vec::len))
    }

    /// The call ends without the object.
    pub fn refused(&self) {
        self.report(What::Refused, |_| ());
    }

    /// The thread no longer holds the object. The object may be gone already.
    pub fn released(&self) {
        let left = self.owners().saturating_sub(1);
        self.report(What::Released { left }, |record| {
            record.disown(self.object, self.thread);
        });
    }

    /// The object is in another state from here on, and nobody holds it: an event is set. The object may be gone
    /// already.
    pub fn became(&self, state: &'static str) {
        self.report(What::Became(state), |record| {
            record.disown(self.object, self.thread);
        });
    }

    /// The call has brought a count of the object down to `left`. The object may be gone already.
    pub fn counted_down(&self, left: usize) {
        self.report(What::Released { left }, |_| ());
    }

    /// The thread no longer holds the object and has given it to whoever waits. The object may be
    /// gone already.
    pub fn handed_over(&self) {
        self.report(What::HandedOver, |record| {
            record.disown(self.object, self.thread);
        });
    }

    /// The thread now waits for the object to be notified.
    pub fn queued(&self) {
        self.report(What::Queued, |_| ());
    }

    /// The call ends, and the task that made it waits for the object: to be reported by a future that is polled. The wait
    /// is over when the same call is reported again.
    pub fn pending(&self) {
        let owner = with(|record| record.owner(self.object, self.thread));
        let owner = owner.map(|owner| owner.thread);
        self.report(What::Pending { owner }, |record| {
            let (on, site, action) = (BlockedOn::Object(self.object), self.site, self.action);
            let waits = Blocked { on, site, action };
            record.thread(self.thread).pending.push(waits);
        });
    }

    /// This many waiters were notified.
    pub fn notified(&self, count: usize) {
        self.report(What::Notified(count), |_| ());
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if model::running() {
            with(|record| {
                record.thread(self.thread).spans.pop();
            });
        }
    }
}

// --- what the world reports ---------------------------------------------------------------------

fn here(object: usize, what: What) {
    if !model::running() {
        return;
    }
    let thread = current_thread();
    with(|record| record.in_call(thread, object, what));
}

/// An event of the user's own line, outside every span.
fn at(object: usize, site: Site, what: What) {
    if !model::running() {
        return;
    }
    let thread = current_thread();
    with(|record| {
        let depth = record.thread(thread).spans.len();
        if depth > 0 {
            record.in_call(thread, object, what);
        } else {
            record.push(Entry {
                thread,
                what,
                site,
                object,
                action: "",
                depth,
            });
        }
    });
}

/// What a pointer is called: 0 if it is null, or its place among those that this execution has met.
pub(crate) fn number_of_pointer(pointer: u64) -> u64 {
    if pointer == 0 {
        return 0;
    }
    with(|record| {
        let known = record.pointers.iter().position(|&known| known == pointer);
        let number = known.unwrap_or_else(|| {
            record.pointers.push(pointer);
            record.pointers.len() - 1
        });
        number as u64 + 1
    })
}

#[track_caller]
pub(crate) fn word(address: usize, event: impl FnOnce() -> WordEvent) {
    at(address, Site::caller(), What::Word(event()));
}

#[track_caller]
pub(crate) fn cell(address: usize, write: bool) {
    at(address, Site::caller(), What::Cell { write });
}

#[track_caller]
pub(crate) fn fence(order: Ordering) {
    at(0, Site::caller(), What::Fence(order));
}

#[track_caller]
pub(crate) fn futex_changed(address: usize, expected: u32, value: u32) {
    at(address, Site::caller(), What::Changed { expected, value });
}

#[track_caller]
pub(crate) fn futex_sleeps(address: usize, timed: bool) {
    falls_asleep(address, Site::caller(), timed, false);
}

#[track_caller]
pub(crate) fn awaits(address: usize) {
    falls_asleep(address, Site::caller(), false, true);
}

fn falls_asleep(address: usize, site: Site, timed: bool, spinning: bool) {
    if !model::running() {
        return;
    }
    let thread = current_thread();
    with(|record| {
        let call = record.thread(thread).spans.last().copied();
        let on = match call {
            Some(call) => BlockedOn::Object(call.object),
            None => BlockedOn::Word(address),
        };
        let site = call.map_or(site, |call| call.site);
        let owner =
            call.and_then(|call| record.owner(call.object, thread).map(|owner| owner.thread));
        let what = if spinning {
            What::Awaits
        } else {
            What::Asleep { timed, owner }
        };
        if call.is_some() {
            record.in_call(thread, address, what);
        } else {
            record.push(Entry {
                thread,
                what,
                site,
                object: address,
                action: "",
                depth: 0,
            });
        }
        record.thread(thread).blocked = Some(Blocked {
            on,
            site,
            action: call.map_or("wait", |call| call.action),
        });
    });
}

fn wakes_up(address: usize, what: What) {
    if !model::running() {
        return;
    }
    let thread = current_thread();
    with(|record| {
        record.thread(thread).blocked = None;
        record.in_call(thread, address, what);
    });
}

pub(crate) fn futex_woken(address: usize) {
    wakes_up(address, What::Woken);
}

pub(crate) fn futex_timed_out(address: usize) {
    wakes_up(address, What::TimedOut);
}

pub(crate) fn await_over(address: usize) {
    wakes_up(address, What::AwaitOver);
}

#[track_caller]
pub(crate) fn futex_wakes(address: usize, count: usize, mut woken: impl Iterator<Item = usize>) {
    let first = woken.next();
    at(address, Site::caller(), What::Wakes { count, first });
}

/// Threads were moved: what they wait for now is at `to`.
pub(crate) fn futex_requeues(from: usize, to: usize, moved: &[usize]) {
    here(from, What::Requeues { count: moved.len() });
    if model::running() {
        with(|record| {
            let on = if record.kinds.contains_key(&to) {
                BlockedOn::Object(to)
            } else {
                BlockedOn::Word(to)
            };
            for &thread in moved {
                if let Some(blocked) = &mut record.thread(thread).blocked {
                    blocked.on = on;
                }
            }
        });
    }
}

#[track_caller]
pub(crate) fn thread_spawned(number: usize, name: Option<String>) {
    let site = Site::caller();
    at(0, site, What::Spawned(number));
    with(|record| record.thread(number).name = name);
}

pub(crate) fn thread_ends() {
    here(0, What::Ended);
    if model::running() {
        let thread = current_thread();
        with(|record| record.thread(thread).finished = true);
    }
}

#[track_caller]
pub(crate) fn joins(target: usize) {
    if !model::running() {
        return;
    }
    let site = Site::caller();
    at(0, site, What::Joins(target));
    let thread = current_thread();
    with(|record| {
        record.thread(thread).blocked = Some(Blocked {
            on: BlockedOn::Thread(target),
            site,
            action: "join",
        });
    });
}

pub(crate) fn joined(target: usize) {
    if !model::running() {
        return;
    }
    let thread = current_thread();
    with(|record| record.thread(thread).blocked = None);
    here(0, What::Joined(target));
}
