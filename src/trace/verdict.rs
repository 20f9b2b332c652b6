//! What a failure is: read off the state that the record ends in.

use core::fmt;

use super::interleaving::{Names, location, short_line, with_condition};
use super::recorder::{BlockedOn, LEAKS, LOOPS, Record, threads_in};

/// What a failing execution died of.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub enum Verdict {
    /// Threads wait for each other in a circle.
    Deadlock {
        /// The circle: each waits for something that the next one holds; the last for the first.
        cycle: Vec<Waiting>,
    },
    /// A thread sleeps on something that nobody holds and nobody will wake it from.
    LostWakeup {
        /// Those asleep.
        asleep: Vec<Waiting>,
    },
    /// A thread waits for something whose holder has ended without releasing it.
    ForgottenUnlock {
        /// Those waiting.
        waiting: Vec<Waiting>,
    },
    /// The threads go round in a loop under a schedule in which each of them runs, and get nowhere.
    Livelock {
        /// Those in the loop.
        threads: Vec<String>,
    },
    /// Threads go round in a loop under a schedule in which each of them runs, and only some of them get anywhere.
    Starvation {
        /// Those that do not.
        starved: Vec<String>,
        /// Those that do.
        others: Vec<String>,
    },
    /// A thread waits for a lock whose holder could go on, but for one of middle priority that runs for ever.
    PriorityInversion {
        /// Who waits: first the thread of high priority, for something that the next one holds; the last of them for
        /// something that `holder` holds.
        waits: Vec<Waiting>,
        /// Who would go on if it were let.
        holder: String,
        /// Those that run instead.
        instead: Vec<String>,
        /// The priorities of all of these.
        priorities: Vec<(String, u8)>,
    },
    /// All threads have ended, and something is still there that should have been given back: a guard or a permit, if the
    /// explorer looks for [leaks](crate::explore::Explorer::leaks); an `Arc`, an allocation or a message of loom's, always.
    Leak {
        /// What is left.
        leaked: Vec<Leak>,
    },
    /// Two accesses to the same memory that nothing orders.
    DataRace,
    /// A word was used after its owner had been dropped.
    UseAfterFree,
    /// A panic: an assertion of the model, usually.
    Panic,
    /// The execution was longer than allowed.
    BoundReached,
    /// The program is too large for the checker, in a way that the message tells.
    CannotExplore,
}

/// A thread that waits.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Waiting {
    /// Its name.
    pub thread: String,
    /// What it wants.
    pub wants: Wait,
    /// Who has that, and since which line; `None` if nobody has.
    pub held_by: Option<(String, Option<String>)>,
    /// The line at which it waits; or `after` the last line of the thread that is known.
    pub location: Option<String>,
}

/// Something that is left when all threads have ended.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Leak {
    /// What it is, as `a guard of left`.
    pub what: String,
    /// The thread that has had it, where known.
    pub thread: Option<String>,
    /// The line at which it was obtained or made, where known.
    pub location: Option<String>,
}

/// What a thread can wait for.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Wait {
    /// An object, by a call of this name.
    Object {
        /// The object's name.
        name: String,
        /// The call, as `lock`.
        action: String,
    },
    /// The end of another thread.
    Thread(String),
}

impl Verdict {
    /// How a message begins that says why a program cannot be explored.
    pub(crate) const TOO_LARGE: &str = "selvedge: this cannot be explored: ";

    /// The verdict on an execution that failed with `message` and left `record`.
    pub(crate) fn of(record: &Record, message: &str) -> Self {
        let starts = |any: &[&str]| {
            any.iter()
                .any(|start| message.trim_start().starts_with(start))
        };
        if starts(&[LOOPS]) {
            of_inversion(record).unwrap_or_else(|| of_loop(record))
        } else if starts(&[Self::TOO_LARGE]) {
            Self::CannotExplore
        } else if starts(&[LEAKS]) {
            of_leak(record)
        } else if let Some(leak) = leak_of_loom(message) {
            Self::Leak { leaked: vec![leak] }
        } else if starts(&["selvedge: use after free"]) {
            Self::UseAfterFree
        } else if starts(&["Causality violation", "selvedge: data race"]) {
            Self::DataRace
        } else if starts(&[
            "Model exceeded maximum number of branches",
            "exceeded max_steps bound",
        ]) {
            Self::BoundReached
        } else if starts(&["deadlock; threads = ", "deadlock! blocked tasks: "]) {
            of_deadlock(record)
        } else {
            Self::Panic
        }
    }
}

/// The events from some place on repeat: who gets anywhere?
fn of_loop(record: &Record) -> Verdict {
    let names = Names::of(record);
    let (present, progressing) = threads_in(&record.events[record.repeats.unwrap_or(0)..]);
    let named = |threads: Vec<usize>| {
        threads
            .into_iter()
            .map(|thread| names.thread(thread))
            .collect()
    };
    if progressing.is_empty() {
        return Verdict::Livelock {
            threads: named(present),
        };
    }
    let starved = present
        .into_iter()
        .filter(|thread| !progressing.contains(thread))
        .collect();
    Verdict::Starvation {
        starved: named(starved),
        others: named(progressing),
    }
}

/// The threads were run by their priorities, and those in the loop have a middle one: who waits for whom, and whom do they
/// keep from running?
fn of_inversion(record: &Record) -> Option<Verdict> {
    let levels = record.priorities.as_ref()?;
    let level = |thread: usize| levels.get(thread).copied().unwrap_or(0);
    let names = Names::of(record);
    let running = record.steps.threads_of_loop();
    let between = |chain: &[usize]| -> Vec<usize> {
        let (first, last) = (chain[0], chain[chain.len() - 1]);
        let between = |&thread: &usize| level(last) < level(thread) && level(thread) < level(first);
        let mut running: Vec<usize> = running.iter().copied().filter(between).collect();
        running.sort_unstable();
        running
    };
    let (chain, instead) = (0..record.threads.len())
        .filter_map(|thread| record.chain(thread))
        .map(|chain| (between(&chain), chain))
        .filter(|(instead, chain)| {
            let idle = |thread: &usize| !running.contains(thread);
            !instead.is_empty() && chain.iter().all(idle)
        })
        .max_by_key(|(_, chain)| level(chain[0]))
        .map(|(instead, chain)| (chain, instead))?;
    let (holder, waiting) = chain.split_last()?;
    let ranked = |&thread: &usize| (names.thread(thread), level(thread));
    Some(Verdict::PriorityInversion {
        waits: (waiting.iter())
            .filter_map(|&thread| waits(record, &names, thread))
            .collect(),
        holder: names.thread(*holder),
        priorities: waiting
            .iter()
            .chain(&instead)
            .chain([holder])
            .map(ranked)
            .collect(),
        instead: (instead.iter())
            .map(|&thread| names.thread(thread))
            .collect(),
    })
}

/// What a thread waits for, and who has it.
fn waits(record: &Record, names: &Names<'_>, thread: usize) -> Option<Waiting> {
    let blocked = record.threads[thread].waits_for()?;
    let (wants, held_by) = match blocked.on {
        BlockedOn::Thread(target) => (Wait::Thread(names.thread(target)), None),
        BlockedOn::Object(address) | BlockedOn::Word(address) => (
            Wait::Object {
                name: names.object(address),
                action: with_condition(blocked.action.to_owned(), blocked.condition),
            },
            record
                .owner(address, thread)
                .map(|owner| (names.thread(owner.thread), location(owner.site))),
        ),
    };
    Some(Waiting {
        thread: names.thread(thread),
        wants,
        held_by,
        location: location(blocked.site).or_else(|| {
            let line = record.last_line(thread)?;
            Some(format!("after {}", short_line(line.file(), line.line())))
        }),
    })
}

/// What is still held.
fn of_leak(record: &Record) -> Verdict {
    let names = Names::of(record);
    let leaked = record.held().map(|(object, owner)| Leak {
        what: match record.kinds.get(&object) {
            Some(&"Semaphore") => format!("a permit of {}", names.object(object)),
            _ => format!("a guard of {}", names.object(object)),
        },
        thread: Some(names.thread(owner.thread)),
        location: location(owner.site),
    });
    Verdict::Leak {
        leaked: leaked.collect(),
    }
}

/// What loom has counted: it says `Arc leaked.`, and where it was made in a line of its own.
fn leak_of_loom(message: &str) -> Option<Leak> {
    let kinds = [
        ("Arc leaked.", "an Arc of loom"),
        ("Allocation leaked.", "an allocation of loom"),
        ("Messages leaked.", "a message in a channel of loom"),
    ];
    let (_, what) = kinds
        .into_iter()
        .find(|(start, _)| message.trim_start().starts_with(start))?;
    let mut lines = message.lines().map(str::trim);
    let made = lines.find_map(|line| {
        let line = line
            .strip_prefix("Allocated: ")
            .or(line.strip_prefix("Created: "))?;
        // File, line and column.
        let mut parts = line.trim().rsplitn(3, ':').skip(1);
        let number = parts.next()?.parse().ok()?;
        Some(short_line(parts.next()?, number))
    });
    Some(Leak {
        what: what.to_owned(),
        thread: None,
        location: made,
    })
}

/// Nobody can run: who waits for whom?
fn of_deadlock(record: &Record) -> Verdict {
    let names = Names::of(record);
    let waiting = |thread: usize| waits(record, &names, thread);
    let next = |thread: usize| -> Option<usize> {
        match record.threads[thread].waits_for()?.on {
            BlockedOn::Thread(target) => Some(target),
            BlockedOn::Object(address) | BlockedOn::Word(address) => {
                record.owner(address, thread).map(|owner| owner.thread)
            }
        }
    };
    let blocked: Vec<_> = (0..record.threads.len())
        .filter(|&thread| {
            record.threads[thread].waits_for().is_some() && !record.threads[thread].finished
        })
        .collect();

    for &start in &blocked {
        let mut path = vec![start];
        let mut at = start;
        while let Some(to) = next(at) {
            if to == start {
                return Verdict::Deadlock {
                    cycle: path.into_iter().filter_map(waiting).collect(),
                };
            }
            if path.contains(&to) {
                break; // a circle that `start` only leads to; it is found from one of its members
            }
            path.push(to);
            at = to;
        }
    }
    // No circle: those at the ends of the chains are why the others wait.
    let on_finished: Vec<_> = blocked
        .iter()
        .copied()
        .filter(|&thread| {
            !matches!(
                record.threads[thread].waits_for().map(|blocked| blocked.on),
                Some(BlockedOn::Thread(_))
            ) && next(thread).is_some_and(|owner| record.threads[owner].finished)
        })
        .collect();
    if !on_finished.is_empty() {
        return Verdict::ForgottenUnlock {
            waiting: on_finished.into_iter().filter_map(waiting).collect(),
        };
    }
    let ends = |&thread: &usize| next(thread).is_none();
    let mut asleep: Vec<_> = blocked.iter().copied().filter(ends).collect();
    if asleep.is_empty() {
        asleep = blocked; // for threads that wait for something that is not ours
    }
    Verdict::LostWakeup {
        asleep: asleep.into_iter().filter_map(waiting).collect(),
    }
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.wants {
            Wait::Thread(thread) => write!(f, "{} waits for {thread} to end", self.thread)?,
            Wait::Object { name, action } => {
                write!(f, "{} waits for {name} in {action}", self.thread)?
            }
        }
        if let Some(location) = &self.location {
            write!(f, " ({location})")?;
        }
        if let Some((owner, since)) = &self.held_by {
            match *owner == self.thread {
                true => f.write_str(", which it holds itself")?,
                false => write!(f, ", which {owner} holds")?,
            }
            if let Some(since) = since {
                write!(f, " since {since}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, waiting: &[Waiting]| -> fmt::Result {
            for (at, one) in waiting.iter().enumerate() {
                if at > 0 {
                    f.write_str("; ")?;
                }
                write!(f, "{one}")?;
            }
            Ok(())
        };
        match self {
            Self::Deadlock { cycle } => {
                f.write_str("deadlock: ")?;
                list(f, cycle)?;
                f.write_str(match cycle.len() {
                    1 => "; it cannot go on",
                    _ => "; none of them can go on",
                })
            }
            Self::LostWakeup { asleep } => {
                f.write_str("lost wake-up: ")?;
                list(f, asleep)?;
                f.write_str("; no thread is left that could wake ")?;
                f.write_str(if asleep.len() == 1 { "it" } else { "them" })
            }
            Self::ForgottenUnlock { waiting } => {
                f.write_str("forgotten unlock: ")?;
                list(f, waiting)?;
                f.write_str(" and has ended")
            }
            Self::Livelock { threads } => match &threads[..] {
                [alone] => write!(f, "livelock: {alone} goes round for ever, and gets nowhere"),
                _ => write!(
                    f,
                    "livelock: {} all run, again and again, and get nowhere",
                    threads.join(" and ")
                ),
            },
            Self::Starvation { starved, others } => {
                let verb = |threads: &[String], one, many| if threads.len() == 1 { one } else { many };
                write!(
                    f,
                    "starvation: {} {} round for ever while {} {} on",
                    starved.join(" and "),
                    verb(starved, "goes", "go"),
                    others.join(" and "),
                    verb(others, "gets", "get"),
                )
            }
            Self::PriorityInversion {
                waits,
                holder,
                instead,
                priorities,
            } => {
                f.write_str("priority inversion: ")?;
                list(f, waits)?;
                let plural = if instead.len() == 1 { "s" } else { "" };
                write!(
                    f,
                    "; {} run{plural} for ever, and {holder} never again (priorities: ",
                    instead.join(" and "),
                )?;
                for (at, (thread, level)) in priorities.iter().enumerate() {
                    let comma = if at > 0 { ", " } else { "" };
                    write!(f, "{comma}{thread} {level}")?;
                }
                f.write_str(")")
            }
            Self::Leak { leaked } => {
                f.write_str("leak: ")?;
                for (at, leak) in leaked.iter().enumerate() {
                    if at > 0 {
                        f.write_str("; ")?;
                    }
                    f.write_str(&leak.what)?;
                    let since = if leak.thread.is_some() { "since" } else { "made at" };
                    match (&leak.thread, &leak.location) {
                        (Some(thread), None) => write!(f, ", which {thread} has had")?,
                        (Some(thread), Some(line)) => write!(f, ", which {thread} has had {since} {line}")?,
                        (None, Some(line)) => write!(f, ", {since} {line}")?,
                        (None, None) => {}
                    }
                    f.write_str(", is left when all threads have ended")?;
                }
                Ok(())
            }
            Self::DataRace => f.write_str("data race: two accesses that nothing orders"),
            Self::UseAfterFree => f.write_str("use after free"),
            Self::Panic => f.write_str("panic"),
            Self::BoundReached => f.write_str(
                "bound reached: the execution was longer than allowed; a loop that waits for another \
                 thread must sleep or use spin_until; if it is none, make the program shorter, or allow more with steps()",
            ),
            Self::CannotExplore => f.write_str("cannot be explored"),
        }
    }
}
