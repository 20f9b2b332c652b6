//! What is noted down of an execution while it goes on, and what it comes to when somebody reads it.
//!
//! A note is a few words long, and taking one looks at nothing: an execution that passes pays for no more than that. Reading
//! them in their order gives the [`Record`].

use super::recorder::{Blocked, BlockedOn, Call, Entry, Owner, Record, Site, What};

/// Something that was reported.
#[derive(Clone, Copy)]
pub(super) enum Note {
    /// A call of a primitive begins.
    Opens {
        thread: usize,
        object: usize,
        kind: &'static str,
        action: &'static str,
        site: Site,
    },
    /// The innermost call of the thread ends.
    Closes { thread: usize },
    /// A primitive says how far a call has come.
    Reports {
        thread: usize,
        object: usize,
        action: &'static str,
        site: Site,
        report: Report,
    },
    /// Something happens, in the call that the thread is in or in the user's own line.
    Happens {
        thread: usize,
        object: usize,
        site: Site,
        what: What,
    },
    /// The thread falls asleep on a word, or awaits a change of it.
    Sleeps {
        thread: usize,
        address: usize,
        site: Site,
        timed: bool,
        spinning: bool,
    },
}

/// What a [`Span`](super::Span) reports, where that has a meaning.
#[derive(Clone, Copy)]
pub(super) enum Report {
    Acquired,
    Converted,
    Refused,
    Released,
    Became(&'static str),
    CountedDown(usize),
    HandedOver,
    Queued,
    QueuedFor(&'static str),
    Pending,
    Notified(usize),
}

impl Record {
    /// Reads what was noted down and not read yet.
    pub(super) fn read_notes(&mut self) {
        if self.notes.is_empty() {
            return;
        }
        let mut notes = core::mem::take(&mut self.notes);
        for note in notes.drain(..) {
            self.read(note);
        }
        self.notes = notes; // its room is used again
    }

    fn read(&mut self, note: Note) {
        match note {
            Note::Opens {
                thread,
                object,
                kind,
                action,
                site,
            } => {
                self.kinds.insert(object, kind);
                self.thread(thread).spans.push(Call {
                    object,
                    action,
                    site,
                    condition: "",
                    told: false,
                });
            }
            Note::Closes { thread } => {
                self.thread(thread).spans.pop();
            }
            Note::Reports {
                thread,
                object,
                action,
                site,
                report,
            } => {
                let what = self.comes_to(thread, object, action, site, report);
                let depth = self.thread(thread).spans.len();
                if self.tasks_wait && !matches!(what, What::Pending { .. }) {
                    self.goes_on(thread, object, action);
                }
                self.push(Entry {
                    thread,
                    what,
                    site,
                    object,
                    action,
                    depth,
                });
            }
            Note::Happens {
                thread,
                object,
                site,
                what,
            } => {
                self.at(thread, object, site, what);
                match what {
                    What::Joins(target) => {
                        self.thread(thread).blocked = Some(Blocked {
                            on: BlockedOn::Thread(target),
                            site,
                            action: "join",
                            condition: "",
                        });
                    }
                    What::Joined(_) | What::Woken | What::TimedOut | What::AwaitOver => {
                        self.thread(thread).blocked = None;
                    }
                    What::Ended => self.thread(thread).finished = true,
                    _ => {}
                }
            }
            Note::Sleeps {
                thread,
                address,
                site,
                timed,
                spinning,
            } => self.falls_asleep(thread, address, site, timed, spinning),
        }
    }

    /// Changes who holds what and who waits, as a report says.
    fn comes_to(
        &mut self,
        thread: usize,
        object: usize,
        action: &'static str,
        site: Site,
        report: Report,
    ) -> What {
        let others = self.owners(object).count();
        match report {
            Report::Acquired => {
                self.owners.push((object, Owner { thread, site }));
                What::Acquired { others }
            }
            Report::Converted => What::Acquired {
                others: others.saturating_sub(1),
            },
            Report::Refused => What::Refused,
            Report::Released => {
                self.disown(object, thread);
                What::Released {
                    left: others.saturating_sub(1),
                }
            }
            Report::Became(state) => {
                self.disown(object, thread);
                What::Became(state)
            }
            Report::CountedDown(left) => What::Released { left },
            Report::HandedOver => {
                self.disown(object, thread);
                What::HandedOver
            }
            Report::Queued => What::Queued,
            Report::QueuedFor(condition) => {
                if let Some(call) = self.thread(thread).spans.last_mut() {
                    call.condition = condition;
                }
                What::QueuedFor(condition)
            }
            Report::Pending => {
                self.goes_on(thread, object, action); // it was polled before, and still waits
                let owner = self.owner(object, thread);
                self.tasks_wait = true;
                self.thread(thread).pending.push(Blocked {
                    on: BlockedOn::Object(object),
                    site,
                    action,
                    condition: "",
                });
                What::Pending {
                    owner: owner.map(|owner| owner.thread),
                }
            }
            Report::Notified(count) => What::Notified(count),
        }
    }

    fn falls_asleep(
        &mut self,
        thread: usize,
        address: usize,
        site: Site,
        timed: bool,
        spinning: bool,
    ) {
        let blocked = match self.thread(thread).spans.last() {
            Some(call) => Blocked {
                on: BlockedOn::Object(call.object),
                site: call.site,
                action: call.action,
                condition: call.condition,
            },
            None => Blocked {
                on: BlockedOn::Word(address),
                site,
                action: "wait",
                condition: "",
            },
        };
        let owner = match blocked.on {
            BlockedOn::Object(object) => self.owner(object, thread),
            _ => None,
        };
        let what = match spinning {
            true => What::Awaits,
            false => What::Asleep {
                timed,
                owner: owner.map(|owner| owner.thread),
                condition: blocked.condition,
            },
        };
        self.at(thread, address, site, what);
        self.thread(thread).blocked = Some(blocked);
    }
}
