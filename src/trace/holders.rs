//! Who holds which lock, in debug builds on the machine: a thread that waits for a lock of its own waits for ever,
//! and is told instead.
//!
//! A lock has no room for its holder's name, so there is a list. It may be out of date: a guard that was
//! forgotten leaves its line behind, and the next lock at that address may have been taken by somebody who has not
//! written his line yet. So a waiter looks at the list only after it has waited for so long ([`DOUBT`]) that the
//! line of whoever holds the lock has been written.

use core::num::NonZeroU64;
use core::time::Duration;
use std::sync::{Mutex, PoisonError};

use crate::sys::{address_hash, thread::current_id};

/// How long a waiter that has no deadline waits before it asks [`is_mine`]. `None` where nobody knows.
///
/// Where guards may be sent to other threads, nobody knows either: whoever has locked need not be the one that holds.
pub const DOUBT: Option<Duration> = if cfg!(feature = "send_guard") {
    None
} else {
    Some(Duration::from_secs(1))
};

/// The holders of the locks at some of the addresses.
type Part = Mutex<Vec<Line>>;

/// The address of a lock, and the number of the thread that holds it.
type Line = (usize, NonZeroU64);

static LIST: [Part; 64] = [const { Mutex::new(Vec::new()) }; 64];

fn part(object: usize) -> std::sync::MutexGuard<'static, Vec<Line>> {
    let part = &LIST[address_hash(core::ptr::without_provenance(object)) % LIST.len()];
    part.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a call of a primitive does to the list.
#[derive(Debug)]
pub(super) struct Holding {
    object: usize,
    effect: Effect,
}

#[derive(Debug, PartialEq, Eq)]
enum Effect {
    /// The calling thread holds the object alone from here on, or does not hold it any more.
    Alone,
    /// It holds it beside others.
    Shared,
    /// It is not one of the locks that ask.
    None,
}

impl Holding {
    pub(super) fn new<T: ?Sized>(object: &T, kind: &'static str, action: &'static str) -> Self {
        let effect = match kind {
            "Mutex" | "FairMutex" | "Monitor" => Effect::Alone,
            "RwLock" | "RecursiveRwLock" if action.contains("downgrade") => Effect::Shared,
            "RwLock" | "RecursiveRwLock"
                if action.contains("write") || action.contains("upgrade") =>
            {
                Effect::Alone
            }
            "RwLock" | "RecursiveRwLock" => Effect::Shared,
            _ => Effect::None,
        };
        Self {
            object: std::ptr::from_ref(object).addr(),
            effect,
        }
    }

    pub(super) fn begins(&self) {
        if self.effect == Effect::Alone {
            let mut part = part(self.object);
            part.retain(|&(object, _)| object != self.object);
            part.push((self.object, current_id()));
        }
    }

    pub(super) fn changes(&self) {
        match self.effect {
            Effect::Alone => self.begins(),
            Effect::Shared => self.ends(),
            Effect::None => {}
        }
    }

    /// Only the line of this thread: another one may have taken the lock since, and written its own.
    pub(super) fn ends(&self) {
        if self.effect != Effect::None {
            let line = (self.object, current_id());
            part(self.object).retain(|&other| other != line);
        }
    }
}

/// Whether this thread holds the lock, alone.
pub fn is_mine<T: ?Sized>(object: &T) -> bool {
    let object = std::ptr::from_ref(object).addr();
    part(object).contains(&(object, current_id()))
}
