//! What a failure is: read off the state that the record ends in.

use core::fmt;

use super::interleaving::{Names, location, with_condition};
use super::recorder::{BlockedOn, LOOPS, Record, threads_in};

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
    /// The line at which it waits, where known.
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
        location: location(blocked.site),
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
    Verdict::LostWakeup {
        asleep: blocked
            .into_iter()
            .filter(|&thread| next(thread).is_none())
            .filter_map(waiting)
            .collect(),
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
            write!(f, ", which {owner} holds")?;
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
                list(f, cycle)
            }
            Self::LostWakeup { asleep } => {
                f.write_str("lost wake-up: ")?;
                list(f, asleep)?;
                f.write_str("; nobody holds it, and no wake will come")
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
