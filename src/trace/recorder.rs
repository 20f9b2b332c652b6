//! The record of one execution.
//!
//! Both checkers run all threads of a model on one OS thread, so an ordinary thread-local is a log
//! that the checker cannot see and that needs no lock. Executions are many, and most of them pass: what
//! is reported is only noted down ([`Note`]), and read when somebody asks, which is after a failure, or
//! a strategy that looks for more than failures. Formatting waits until then as well, because model threads have
//! small stacks.

use core::cell::{Cell, RefCell};
use core::hash::{BuildHasherDefault, Hasher};
use core::panic::Location;
use std::borrow::Cow;
use std::collections::HashMap;

use super::note::{Note, Report};
use super::schedule::{Follow, Mark, Schedule, Steps};
use crate::sys::{Ordering, current_thread, departs, model, time_is_up};

/// Events kept of one execution. A longer one keeps its beginning and its end, which is where it failed, and says how
/// much of the middle was dropped.
const EVENTS_MAX: usize = 20_000;
/// So many of them are the beginning.
const EVENTS_FIRST: usize = 4_000;
/// So many are dropped at once.
const EVENTS_CUT: usize = (EVENTS_MAX - EVENTS_FIRST) / 2;
/// So many notes are taken before they are read although nobody has asked.
const NOTES_MAX: usize = 4_096;

std::thread_local! {
    static RECORD: RefCell<Record> = const { RefCell::new(Record::EMPTY) };
    /// The schedule that the executions are compared with, if they are.
    static FOLLOWING: RefCell<Option<Following>> = const { RefCell::new(None) };
    static RECORDING: Cell<bool> = const { Cell::new(true) };
}

/// Whether what happens is recorded. It is, unless somebody measures what that costs: without it there are no pictures,
/// and what is read off them (who waits for whom, who loops) is not known.
pub fn record(on: bool) {
    RECORDING.set(on);
}

/// Whether there is somebody to tell.
#[inline]
fn recording() -> bool {
    RECORDING.get() && model::running()
}

/// One execution: what happened, and the state it led to.
#[derive(Clone, Default)]
pub(crate) struct Record {
    /// What was reported and nobody has read yet. The rest, as far as it says what happened, is as it was before that.
    pub(super) notes: Vec<Note>,
    pub(crate) events: Vec<Entry>,
    /// How many events of the middle were dropped: they came after the first `EVENTS_FIRST`.
    pub(crate) dropped: usize,
    pub(crate) threads: Vec<Thread>,
    /// How many threads there have been.
    many: usize,
    /// Threads of earlier executions, whose room is used again.
    spare: Vec<Thread>,
    /// The thread that made the last step: if the execution fails, it is the one that it fails in.
    pub(crate) current: usize,
    /// Where the last panic was.
    pub(crate) panicked: Option<(String, u32)>,
    /// Who holds what, by address, in the order in which they obtained it. Few things are held at a time.
    pub(super) owners: Vec<(usize, Owner)>,
    pub(crate) kinds: ByAddress<&'static str>,
    /// Whether a task has waited: then every report looks whether it is one that goes on.
    pub(super) tasks_wait: bool,
    /// The pointers that were stored in words, in order of appearance.
    pointers: Vec<u64>,
    /// Names given by the user: start of the object, its size, its name.
    pub(crate) names: Vec<(usize, usize, String)>,
    /// Who made how many steps.
    pub(crate) steps: Steps,
    /// The event from which on they repeat.
    pub(crate) repeats: Option<usize>,
    /// The priorities by which the threads were run, if they were.
    pub(crate) priorities: Option<Vec<u8>>,
}

/// Found by address, which is asked in every call of a primitive.
pub(crate) type ByAddress<V> = HashMap<usize, V, BuildHasherDefault<AddressHasher>>;

/// Addresses differ in their middle bits, and nobody picks them to make us slow.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_usize(byte.into());
        }
    }

    fn write_usize(&mut self, address: usize) {
        // The upper bits of a product depend on all bits of a factor.
        let mixed = (self.0 ^ address as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = mixed ^ (mixed >> 32);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Owner {
    pub(crate) thread: usize,
    pub(crate) site: Site,
}

#[derive(Clone, Default)]
pub(crate) struct Thread {
    pub(crate) name: Option<Cow<'static, str>>,
    pub(crate) finished: bool,
    /// What it waits for.
    pub(super) blocked: Option<Blocked>,
    /// What its tasks wait for, those that were polled last at the end.
    pub(super) pending: Vec<Blocked>,
    pub(super) spans: Vec<Call>,
}

impl Thread {
    /// As it was before it did anything; its room is kept.
    fn reset(&mut self) {
        self.name = None;
        self.finished = false;
        self.blocked = None;
        self.pending.clear();
        self.spans.clear();
    }

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
    /// The name of the state that it waits for, or empty.
    pub(crate) condition: &'static str,
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
pub(super) struct Call {
    pub(super) object: usize,
    pub(super) action: &'static str,
    pub(super) site: Site,
    /// The name of the state that it waits for, or empty.
    pub(super) condition: &'static str,
    /// Whether there is an event that says that the call began: there is one before the first that happens in it.
    pub(super) told: bool,
}

/// A line of a program, where it is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site(Option<&'static Location<'static>>);

impl Site {
    #[track_caller]
    #[inline]
    fn caller() -> Self {
        Self(Some(Location::caller()))
    }

    /// The line, if it is one that tells anybody anything. The guards' destructors and the condvar's methods in lock_api do
    /// not pass their caller on, and are not.
    pub(crate) fn known(self) -> Option<&'static Location<'static>> {
        let foreign = ["/lock_api-", "/rustc/", "\\lock_api-"];
        self.0
            .filter(|site| !foreign.iter().any(|part| site.file().contains(part)))
    }
}

impl Site {
    /// The line, if it is not one of this crate.
    pub(crate) fn of_a_user(self) -> Self {
        let ours = file!().strip_suffix("trace/recorder.rs");
        let is_ours = |site: &Location<'_>| ours.is_some_and(|ours| site.file().starts_with(ours));
        Self(self.0.filter(|site| !is_ours(site)))
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

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum What {
    /// A call of a primitive begins.
    Calls,
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
    /// For a state of that name, if it has one.
    QueuedFor(&'static str),
    /// A task waits, with the owner at that moment.
    Pending {
        owner: Option<usize>,
    },
    Notified(usize),
    /// Asleep, with the owner at that moment, and the name of the state that it waits for, or empty.
    Asleep {
        timed: bool,
        owner: Option<usize>,
        condition: &'static str,
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
    /// The thread lets others run.
    Yields,
    Progress,
}

/// An access to a word, in bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum WordEvent {
    /// And the newest value, if it read another one.
    Load(u64, Ordering, Option<u64>),
    Store(u64, Ordering),
    /// A read-modify-write: its name, old, new.
    Change(&'static str, u64, u64, Ordering),
    /// A compare-exchange that failed: expected, found.
    Refused(u64, u64, Ordering),
}

/// The record, with everything read that was noted down.
fn with<R>(f: impl FnOnce(&mut Record) -> R) -> R {
    noting(|record| {
        record.read_notes();
        f(record)
    })
}

/// The record, for somebody who does not ask what happened.
#[inline]
fn noting<R>(f: impl FnOnce(&mut Record) -> R) -> R {
    // `with` would be a call of a function each time.
    let result = RECORD.try_with(|record| f(&mut record.borrow_mut()));
    result.expect("nothing is recorded when the OS thread ends")
}

/// Somebody reports, and there is somebody to be told: what is noted down may ask whose step the last was.
#[inline]
fn note(note: impl FnOnce(&Record) -> Note) {
    noting(|record| {
        let note = note(record);
        if record.notes.len() == NOTES_MAX {
            record.read_notes();
        }
        record.notes.push(note);
    });
}

impl Record {
    const EMPTY: Self = Self {
        priorities: None,
        notes: Vec::new(),
        events: Vec::new(),
        dropped: 0,
        threads: Vec::new(),
        many: 0,
        spare: Vec::new(),
        current: 0,
        panicked: None,
        owners: Vec::new(),
        kinds: HashMap::with_hasher(BuildHasherDefault::new()),
        tasks_wait: false,
        pointers: Vec::new(),
        names: Vec::new(),
        steps: Steps::EMPTY,
        repeats: None,
    };

    pub(super) fn thread(&mut self, number: usize) -> &mut Thread {
        while self.threads.len() <= number {
            let thread = self.spare.pop().unwrap_or_default();
            self.threads.push(thread);
        }
        &mut self.threads[number]
    }

    /// Nothing has happened. What was allocated is kept for the next execution.
    fn clear(&mut self) {
        self.notes.clear();
        self.events.clear();
        self.dropped = 0;
        self.many = 0;
        for mut thread in self.threads.drain(..) {
            thread.reset();
            self.spare.push(thread);
        }
        self.current = 0;
        self.panicked = None;
        self.owners.clear();
        self.kinds.clear();
        self.tasks_wait = false;
        self.pointers.clear();
        self.names.clear();
        self.steps.clear();
        self.repeats = None;
        self.priorities = None;
    }

    pub(super) fn push(&mut self, entry: Entry) {
        self.tell_calls(entry.thread);
        self.keep(entry);
    }

    /// The calls that the thread is in have begun, if nobody was told yet.
    fn tell_calls(&mut self, thread: usize) {
        let mut untold = self.thread(thread).spans.len();
        while untold > 0 && !self.threads[thread].spans[untold - 1].told {
            untold -= 1;
        }
        for at in untold..self.threads[thread].spans.len() {
            let call = &mut self.threads[thread].spans[at];
            call.told = true;
            let entry = Entry {
                thread,
                what: What::Calls,
                site: call.site,
                object: call.object,
                action: call.action,
                depth: at + 1,
            };
            self.keep(entry);
        }
    }

    fn keep(&mut self, entry: Entry) {
        if self.events.len() == EVENTS_MAX {
            self.events.drain(EVENTS_FIRST..EVENTS_FIRST + EVENTS_CUT);
            self.dropped += EVENTS_CUT;
        }
        self.events.push(entry);
    }

    /// The event before which others were dropped.
    pub(crate) fn dropped_before(&self) -> usize {
        EVENTS_FIRST.min(self.events.len())
    }

    /// The event that was the `number`th, or the next one that is kept.
    fn kept(&self, number: usize) -> usize {
        match number {
            number if number <= EVENTS_FIRST => number,
            number => number.saturating_sub(self.dropped).max(EVENTS_FIRST),
        }
    }

    /// Who still holds what: objects, and the holder.
    pub(crate) fn held(&self) -> impl Iterator<Item = (usize, Owner)> {
        self.owners.iter().copied()
    }

    /// Those who hold an object.
    pub(super) fn owners(&self, object: usize) -> impl Iterator<Item = &Owner> {
        let owners = self.owners.iter();
        owners
            .filter(move |(held, _)| *held == object)
            .map(|(_, owner)| owner)
    }

    /// The last line that is known of a thread.
    pub(crate) fn last_line(&self, thread: usize) -> Option<&'static Location<'static>> {
        let events = self.events.iter().rev();
        events
            .filter(|entry| entry.thread == thread && entry.depth <= 1)
            .find_map(|entry| entry.site.of_a_user().known())
    }

    /// Who holds `object`, as far as it matters to `thread`, which waits for it: of several, one that waits as
    /// well, rather not itself.
    pub(crate) fn owner(&self, object: usize, thread: usize) -> Option<Owner> {
        let waits = |owner: &&Owner| {
            self.threads
                .get(owner.thread)
                .is_some_and(|owner| owner.waits_for().is_some())
        };
        let others = || self.owners(object).filter(|owner| owner.thread != thread);
        others()
            .find(waits)
            .or_else(|| others().next())
            .or_else(|| self.owners(object).next())
            .copied()
    }

    /// The threads of which each waits for something that the next one holds, beginning with `first`, which waits for an
    /// object; the last waits for nothing. `None` if there is no such.
    pub(crate) fn chain(&self, first: usize) -> Option<Vec<usize>> {
        let mut chain = vec![first];
        loop {
            let at = chain[chain.len() - 1];
            let thread = &self.threads[at];
            if thread.finished {
                return None;
            }
            let next = match thread.waits_for().map(|blocked| blocked.on) {
                None => return (chain.len() > 1).then_some(chain),
                Some(BlockedOn::Thread(_)) if chain.len() == 1 => return None,
                Some(BlockedOn::Thread(target)) => target,
                Some(BlockedOn::Object(address) | BlockedOn::Word(address)) => {
                    self.owner(address, at)?.thread
                }
            };
            if chain.contains(&next) {
                return None;
            }
            chain.push(next);
        }
    }

    /// One of the holders is gone: `thread`, or whoever held it in its name.
    pub(super) fn disown(&mut self, object: usize, thread: usize) {
        let mine = |&(held, owner): &(usize, Owner)| held == object && owner.thread == thread;
        let at = self.owners.iter().position(mine);
        let at = at.or_else(|| self.owners.iter().position(|&(held, _)| held == object));
        if let Some(at) = at {
            self.owners.remove(at);
        }
    }

    /// A task that waited in the same call goes on: rather one of the same thread, but tasks move.
    pub(super) fn goes_on(&mut self, thread: usize, object: usize, action: &'static str) {
        let same =
            |waits: &Blocked| waits.on == BlockedOn::Object(object) && waits.action == action;
        let others = (0..self.threads.len()).filter(|&other| other != thread);
        for thread in core::iter::once(thread).chain(others) {
            let pending = &mut self.thread(thread).pending;
            if let Some(at) = pending.iter().position(same) {
                pending.remove(at);
                return;
            }
        }
    }

    /// An event of the call that the thread is in, or of the user's own line.
    pub(super) fn at(&mut self, thread: usize, object: usize, site: Site, what: What) {
        if !self.thread(thread).spans.is_empty() {
            return self.in_call(thread, object, what);
        }
        self.keep(Entry {
            thread,
            what,
            site,
            object,
            action: "",
            depth: 0,
        });
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
    followed();
    noting(|record| {
        record.clear();
        record.many = 1;
        record.thread(0).name = Some(Cow::Borrowed("main"));
    });
    FOLLOWING.with_borrow_mut(|following| {
        if let Some(following) = following {
            following.now.rewind();
        }
    });
}

// --- the steps --------------------------------------------------------------------------------------

/// What the world says that stops when an execution has followed a schedule to its end, and passed.
pub(crate) const FOLLOWED: &str = "selvedge: the schedule was followed to its end";

/// What the world says that stops because the limits of the exploration are reached.
pub(crate) const OVER: &str = "selvedge: the exploration ends here";

/// The comparison of executions with a schedule.
struct Following {
    now: Follow,
    /// Whether what departs from it need not be looked at further.
    prune: bool,
    /// The execution that went furthest of those that departed.
    furthest: Option<(Follow, Record)>,
}

impl Following {
    /// The current execution has departed, or is over.
    fn over(&mut self) {
        let is_further = |known: &(Follow, Record)| known.0.steps < self.now.steps;
        if !self.now.fits() && self.furthest.as_ref().is_none_or(is_further) {
            self.furthest = Some((self.now.clone(), with(|record| record.clone())));
        }
    }
}

/// From here on executions are compared with a schedule.
pub(crate) fn follow(schedule: &Schedule, prune: bool) {
    FOLLOWING.set(Some(Following {
        now: Follow::new(schedule),
        prune,
        furthest: None,
    }));
}

/// Whether the execution has followed the schedule to its end.
pub(crate) fn fits() -> bool {
    FOLLOWING.with_borrow(|following| {
        following
            .as_ref()
            .is_some_and(|following| following.now.fits())
    })
}

/// Executions are not compared any more. The one that went furthest, of those that departed.
pub(crate) fn stop_following() -> Option<(Follow, Record)> {
    followed();
    FOLLOWING.take()?.furthest
}

/// The current execution is over, if there is one.
fn followed() {
    FOLLOWING.with_borrow_mut(|following| {
        if let Some(following) = following {
            following.over();
        }
    });
}

/// Who is to make the next step by the schedule that is followed.
#[allow(dead_code, reason = "only shuttle can be told")]
pub(crate) fn next_in_schedule() -> Option<usize> {
    FOLLOWING.with_borrow(|following| following.as_ref()?.now.next())
}

/// If this is where the schedule that is followed begins to repeat: how often it has done so.
#[allow(dead_code, reason = "for loops, which only shuttle is led round")]
pub(crate) fn round_of_schedule() -> Option<usize> {
    FOLLOWING.with_borrow(|following| following.as_ref()?.now.round())
}

/// What the world says when it stops because the program goes round in a loop.
pub(crate) const LOOPS: &str = "selvedge: the program goes round in a loop";

/// What the world says when all threads have ended, and something is still held.
pub(crate) const LEAKS: &str = "selvedge: something is still held when all threads have ended";

/// Whether all threads have ended, and something is still held.
pub(crate) fn leaks() -> bool {
    with(|record| {
        record.threads.iter().all(|thread| thread.finished) && record.held().next().is_some()
    })
}

/// A moment of the current execution.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    events: usize,
    runs: usize,
}

impl Place {
    /// Whether nothing happened from an earlier moment on until this one.
    #[allow(dead_code, reason = "for loops, which only shuttle is led round")]
    pub(crate) fn is_as_early_as(self, earlier: Self) -> bool {
        self.events == earlier.events
    }
}

/// This moment.
#[allow(dead_code, reason = "for loops, which only shuttle is led round")]
pub(crate) fn place() -> Place {
    with(|record| Place {
        events: record.dropped + record.events.len(),
        runs: record.steps.cut(),
    })
}

/// What happened between two moments repeats for ever. What came after is forgotten.
#[allow(dead_code, reason = "for loops, which only shuttle is led round")]
pub(crate) fn loops(first: Place, second: Place) {
    with(|record| {
        let (from, to) = (record.kept(first.events), record.kept(second.events));
        record.events.truncate(to);
        record.repeats = Some(from.min(to));
        record.steps.repeat(first.runs, second.runs);
    });
}

/// The threads that did something since, and those of them that made progress.
#[allow(dead_code, reason = "for loops, which only shuttle is led round")]
pub(crate) fn threads_since(place: Place) -> (Vec<usize>, Vec<usize>) {
    with(|record| {
        let from = record.kept(place.events);
        threads_in(&record.events[from..])
    })
}

/// The threads that do something in these events, and those of them that make progress.
pub(crate) fn threads_in(events: &[Entry]) -> (Vec<usize>, Vec<usize>) {
    let (mut present, mut progressing) = (Vec::new(), Vec::new());
    for entry in events {
        if !present.contains(&entry.thread) {
            present.push(entry.thread);
        }
        if entry.what == What::Progress && !progressing.contains(&entry.thread) {
            progressing.push(entry.thread);
        }
    }
    (present, progressing)
}

/// A number made of what each thread did last, which is most of what there is to say about where it is.
#[allow(dead_code, reason = "for loops, which only shuttle is led round")]
pub(crate) fn hash_threads(hasher: &mut impl core::hash::Hasher) {
    use core::hash::Hash;
    with(|record| {
        let mut left: Vec<usize> = (0..record.threads.len()).collect();
        for entry in record.events.iter().rev() {
            if let Some(at) = left.iter().position(|&thread| thread == entry.thread) {
                left.swap_remove(at);
                let site = entry.site.0.map(|site| (site.file(), site.line()));
                (entry.thread, entry.object, entry.action, entry.depth, site).hash(hasher);
                entry.what.hash(hasher);
            }
            if left.is_empty() {
                break;
            }
        }
        for thread in &record.threads {
            (
                thread.finished,
                thread.blocked.is_some(),
                thread.spans.len(),
            )
                .hash(hasher);
        }
    });
}

/// The program has got somewhere: it does not merely go round. A model that goes on for ever on purpose says so in each
/// round, and is not taken for one that loops in vain; if a thread never says so while others do, it is starved.
#[track_caller]
pub fn progress() {
    at(0, Site::caller(), What::Progress);
}

/// The current thread has this priority from here on; the higher goes first. An explorer with
/// `Strategy::Priority` always runs the highest that can run, and says so if one of them waits for ever for a lock
/// whose holder is kept from running. Others take no notice, but a `PiMutex` of a model is handed to the highest who waits. To be
/// called first in a thread. On the machine it does nothing: there the system has to be told.
pub fn priority(level: u8) {
    if model::running() {
        model::priority::give(current_thread(), level);
    }
}

/// Whether a thread of a higher priority than `running` waits, in the end, for one of a lower, which that keeps from
/// running; if `given`, none of the three has a priority that was only drawn.
#[allow(dead_code, reason = "only shuttle can be told who runs")]
pub(crate) fn keeps_out(running: usize, given: bool) -> bool {
    use model::priority::{is_given, of};
    let counts = |thread| !given || is_given(thread);
    with(|record| {
        let mut chains = (0..record.threads.len()).filter_map(|thread| record.chain(thread));
        chains.any(|chain| {
            let (first, last) = (chain[0], chain[chain.len() - 1]);
            let between = of(last) < of(running) && of(running) < of(first);
            between && [first, running, last].into_iter().all(counts)
        })
    })
}

/// The current thread has made a step: what nothing of the model can come between. Says which thread that is.
pub(crate) fn step() -> usize {
    if !model::running() {
        return 0;
    }
    let thread = current_thread();
    noting(|record| {
        record.current = thread;
        record.many = record.many.max(thread + 1);
        record.steps.step(thread);
    });
    compare(|follow| follow.step(thread));
    if crate::explore::tick() {
        time_is_up();
    }
    thread
}

/// A panic of an execution, which may be the one that it fails with.
pub(crate) fn panicked(location: &Location<'_>) {
    // What panics while it unwinds a failure is not of interest, nor what panics inside of us.
    if model::running() {
        RECORD.with(|record| {
            if let Ok(mut record) = record.try_borrow_mut() {
                record.panicked = Some((location.file().to_owned(), location.line()));
            }
        });
    }
}

/// The step that was just made went the rarer of two ways.
#[allow(dead_code, reason = "in shuttle the order says everything")]
pub(crate) fn chose() {
    mark(Mark::Chose);
}

fn mark(how: Mark) {
    noting(|record| record.steps.mark(how));
    compare(|follow| follow.mark(how));
}

fn compare(with: impl FnOnce(&mut Follow) -> bool) {
    let prune = FOLLOWING.with_borrow_mut(|following| {
        let following = following.as_mut()?;
        with(&mut following.now).then(|| {
            following.over();
            following.prune
        })
    });
    if prune == Some(true) {
        departs();
    }
}

/// The record as it is: after a failure, that of the failing execution.
pub(crate) fn take() -> Record {
    followed();
    with(|record| {
        if record.many > 0 {
            record.thread(record.many - 1); // some may have done nothing that was noted down
        }
        core::mem::take(record)
    })
}

/// How many threads the current execution has had.
pub(crate) fn threads() -> usize {
    noting(|record| record.many)
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
        if recording() {
            note(|_| Note::Opens {
                thread: number,
                object,
                kind,
                action,
                site,
            });
        }
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
    let size = size_of_val(object).max(1);
    if recording() {
        with(|record| {
            // What was there before had its name, and is gone.
            record
                .names
                .retain(|&(known, length, _)| (known, length) != (start, size));
            record.names.push((start, size, name.to_owned()));
        });
    }
}

impl Span {
    fn report(&self, report: Report) {
        if recording() {
            note(|_| Note::Reports {
                thread: self.thread,
                object: self.object,
                action: self.action,
                site: self.site,
                report,
            });
        }
    }

    /// The thread now holds the object.
    pub fn acquired(&self) {
        self.report(Report::Acquired);
    }

    /// The thread holds the object as it did before, and now in another way.
    pub fn converted(&self) {
        self.report(Report::Converted);
    }

    /// The call ends without the object.
    pub fn refused(&self) {
        self.report(Report::Refused);
    }

    /// The thread no longer holds the object. The object may be gone already.
    pub fn released(&self) {
        self.report(Report::Released);
    }

    /// The object is in another state from here on, and nobody holds it: an event is set. The object may be gone
    /// already.
    pub fn became(&self, state: &'static str) {
        self.report(Report::Became(state));
    }

    /// The call has brought a count of the object down to `left`. The object may be gone already.
    pub fn counted_down(&self, left: usize) {
        self.report(Report::CountedDown(left));
    }

    /// The thread no longer holds the object and has given it to whoever waits. The object may be
    /// gone already.
    pub fn handed_over(&self) {
        self.report(Report::HandedOver);
    }

    /// The thread now waits for the object to be notified.
    pub fn queued(&self) {
        self.report(Report::Queued);
    }

    /// The thread now waits for the object to be in the state of that name; empty if it has none.
    pub fn queued_for(&self, condition: &'static str) {
        self.report(Report::QueuedFor(condition));
    }

    /// The call ends, and the task that made it waits for the object: to be reported by a future that is polled. The wait
    /// is over when the same call is reported again.
    pub fn pending(&self) {
        self.report(Report::Pending);
    }

    /// This many waiters were notified.
    pub fn notified(&self, count: usize) {
        self.report(Report::Notified(count));
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if recording() {
            note(|_| Note::Closes {
                thread: self.thread,
            });
        }
    }
}

// --- what the world reports ---------------------------------------------------------------------

/// An event of the call that the thread is in.
fn here(object: usize, what: What) {
    at(object, Site(None), what);
}

/// An event of the call that the thread is in, or of the user's own line.
fn at(object: usize, site: Site, what: What) {
    if recording() {
        by(current_thread(), object, site, what);
    }
}

/// As [`at`], by the thread that is the current one.
fn by(thread: usize, object: usize, site: Site, what: What) {
    note(|_| Note::Happens {
        thread,
        object,
        site,
        what,
    });
}

/// What a pointer is called: 0 if it is null, or its place among those that this execution has met.
pub(crate) fn number_of_pointer(pointer: u64) -> u64 {
    if pointer == 0 {
        return 0;
    }
    noting(|record| {
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
    if !model::running() {
        return;
    }
    let event = event();
    if let WordEvent::Load(value, _, Some(_)) = event {
        mark(Mark::Read(value));
    }
    if recording() {
        let site = Site::caller();
        // An operation on a word is a step, and that has asked whose it is.
        note(|record| Note::Happens {
            thread: record.current,
            object: address,
            site,
            what: What::Word(event),
        });
    }
}

#[track_caller]
pub(crate) fn cell(thread: impl FnOnce() -> usize, address: usize, write: bool) {
    if recording() {
        by(thread(), address, Site::caller(), What::Cell { write });
    }
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
    if !recording() {
        return;
    }
    let thread = current_thread();
    note(|_| Note::Sleeps {
        thread,
        address,
        site,
        timed,
        spinning,
    });
}

pub(crate) fn futex_woken(address: usize) {
    here(address, What::Woken);
}

pub(crate) fn futex_timed_out(address: usize) {
    here(address, What::TimedOut);
}

pub(crate) fn await_over(address: usize) {
    here(address, What::AwaitOver);
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
    at(0, Site::caller(), What::Spawned(number));
    noting(|record| {
        record.many = record.many.max(number + 1);
        if let Some(name) = name {
            record.thread(number).name = Some(Cow::Owned(name));
        }
    });
}

#[track_caller]
pub(crate) fn yields() {
    at(0, Site::caller(), What::Yields);
}

pub(crate) fn thread_ends() {
    here(0, What::Ended);
}

#[track_caller]
pub(crate) fn joins(target: usize) {
    at(0, Site::caller(), What::Joins(target));
}

pub(crate) fn joined(target: usize) {
    here(0, What::Joined(target));
}
