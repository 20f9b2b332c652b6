//! Programs over a readers–writer lock whose readers have slots of their own. What it has in common with the other ones
//! is in `rwlock.rs`; these begin with a bias, which a thread has once it has read. Each states what it shows.

use std::mem::MaybeUninit;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::lifetime::Mortal;
use super::mutex::Outcomes;
use super::rwlock::AnyRwLock;
use super::{Counter, go, soon};
use crate::selvedge::lock_api::{
    RwLock, RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard,
};
use crate::selvedge::sys;

type Shared<R> = Arc<RwLock<R, Counter>>;

/// A lock that this thread has read: it has a bias, at least for this thread.
fn biased<R: AnyRwLock>() -> Shared<R> {
    let lock = Arc::new(RwLock::new(Counter::new()));
    look(&lock.read());
    lock
}

/// Reads twice, and nobody writes in between.
fn look(counter: &Counter) -> u32 {
    let first = counter.get();
    assert_eq!(first, counter.get(), "somebody writes beside a reader");
    first
}

/// How a thread becomes the writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Waits for it.
    Write,
    /// Does not wait.
    Try,
    /// Waits for a while.
    Timed,
    /// Reads upgradably first.
    Upgrade,
    /// The same, and does not wait to upgrade.
    TryUpgrade,
    /// The same, and waits for a while.
    TimedUpgrade,
}

/// All of them.
pub const WAYS: [Way; 6] = [
    Way::Write,
    Way::Try,
    Way::Timed,
    Way::Upgrade,
    Way::TryUpgrade,
    Way::TimedUpgrade,
];

/// Writes in that way; whether it could. One that could not upgrade still reads.
fn write<R: AnyRwLock>(lock: &Shared<R>, way: Way) -> bool {
    let guard = match way {
        Way::Write => Some(lock.write()),
        Way::Try => lock.try_write(),
        Way::Timed => lock.try_write_for(soon()),
        Way::Upgrade | Way::TryUpgrade | Way::TimedUpgrade => {
            let looking = lock.upgradable_read();
            let before = look(&looking);
            let upgraded = match way {
                Way::Upgrade => Ok(RwLockUpgradableReadGuard::upgrade(looking)),
                Way::TryUpgrade => RwLockUpgradableReadGuard::try_upgrade(looking),
                _ => RwLockUpgradableReadGuard::try_upgrade_for(looking, soon()),
            };
            match upgraded {
                Ok(guard) => {
                    assert_eq!(guard.get(), before, "somebody wrote during the upgrade");
                    Some(guard)
                }
                Err(looking) => {
                    assert_eq!(look(&looking), before, "somebody wrote beside a reader");
                    None
                }
            }
        }
    };
    match guard {
        Some(guard) => {
            guard.increment();
            true
        }
        None => false,
    }
}

/// A thread reads again and again while another one writes: each excludes the other, and the reader sees what was written.
pub fn exclusion<R: AnyRwLock>(
    reads: usize,
    ways: &'static [Way],
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let lock = biased::<R>();
        let writers: Vec<_> = ways
            .iter()
            .map(|&way| {
                let lock = Arc::clone(&lock);
                sys::thread::spawn(move || write(&lock, way))
            })
            .collect();
        let mut seen = 0;
        for _ in 0..reads {
            let now = look(&lock.read());
            assert!(seen <= now, "what was seen is gone");
            seen = now;
        }
        let written = writers
            .into_iter()
            .map(|writer| writer.join().unwrap())
            .filter(|&written| written)
            .count();
        assert_eq!(look(&lock.read()) as usize, written);
        assert!(!lock.is_locked());
    }
}

/// A thread reads by its slot while another one wants to write. One that waits sleeps until the reader has left. One that does
/// not, or not for long, leaves everything as it was: when it comes again, the reader still keeps it out.
pub fn behind_a_reader<R: AnyRwLock>(
    way: Way,
    outcomes: &Arc<Outcomes>,
) -> impl Fn() + Send + Sync + Clone + 'static {
    let outcomes = Arc::clone(outcomes);
    move || {
        let lock = biased::<R>();
        let reading = lock.read();
        let before = look(&reading);
        let writer = {
            let (lock, outcomes) = (Arc::clone(&lock), Arc::clone(&outcomes));
            go(move || {
                let count = match write(&lock, way) {
                    true => &outcomes.locked,
                    false => &outcomes.timed_out,
                };
                count.fetch_add(1, Relaxed);
                lock.write().increment();
            })
        };
        assert_eq!(look(&reading), before);
        drop(reading);
        look(&lock.read());
        writer.join().unwrap();
        assert!((1..=2).contains(&lock.read().get()));
        assert!(!lock.is_locked());
    }
}

/// Somebody who does not get in beside a reader does not keep out the next reader.
pub fn refused_and_gone<R: AnyRwLock>(way: Way) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let lock = biased::<R>();
        let reading = lock.read();
        let writer = {
            let lock = Arc::clone(&lock);
            go(move || assert!(!write(&lock, way), "a writer beside a reader"))
        };
        // Waits for the writer, if it must, which waits for this thread no longer than it has time.
        look(&lock.read());
        writer.join().unwrap();
        look(&lock.try_read().expect("nobody writes"));
        assert!(lock.is_locked());
        drop(reading);
        assert!(!lock.is_locked());
        lock.try_write().expect("nobody is inside").increment();
    }
}

/// Two threads read by slots, a third one writes: it waits for both.
pub fn two_readers<R: AnyRwLock>(way: Way) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let lock = biased::<R>();
        let reading = lock.read();
        let reader = {
            let lock = Arc::clone(&lock);
            go(move || {
                look(&lock.read());
                look(&lock.read());
            })
        };
        let writer = {
            let lock = Arc::clone(&lock);
            sys::thread::spawn(move || write(&lock, way))
        };
        look(&reading);
        drop(reading);
        reader.join().unwrap();
        let written = u32::from(writer.join().unwrap());
        assert_eq!(lock.read().get(), written);
    }
}

/// A thread that reads one lock reads others too: they have slots of their own, or none, and a writer waits for its lock and
/// for no other.
pub fn nested<R: AnyRwLock>() {
    let locks = [biased::<R>(), biased::<R>(), biased::<R>()];
    let all: Vec<_> = locks.iter().map(|lock| lock.read()).collect();
    let writers: Vec<_> = locks
        .iter()
        .map(|lock| {
            assert!(lock.try_write().is_none(), "a writer beside a reader");
            assert!(lock.is_locked() && !lock.is_locked_exclusive());
            let lock = Arc::clone(lock);
            move || lock.write().increment()
        })
        .collect();
    // From the last to the first: the others go on reading, the first of them in a slot.
    for (guard, writer) in all.into_iter().zip(writers).rev() {
        let writer = go(writer);
        look(&guard);
        drop(guard);
        writer.join().unwrap();
    }
    for lock in &locks {
        assert_eq!(lock.read().get(), 1);
    }
}

/// Two locks are read and written in the same slots.
pub fn two_locks<R: AnyRwLock>() {
    let (one, other) = (biased::<R>(), biased::<R>());
    let reading = one.read();
    let threads = [
        {
            let one = Arc::clone(&one);
            go(move || one.write().increment())
        },
        {
            let other = Arc::clone(&other);
            go(move || other.write().increment())
        },
        {
            let other = Arc::clone(&other);
            go(move || {
                look(&other.read());
            })
        },
    ];
    look(&reading);
    drop(reading);
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!((one.read().get(), other.read().get()), (1, 1));
}

/// A thread reads another lock by the slot in which it then reads the one that is written meanwhile. A writer that has seen the
/// name of the other lock in the slot is seen by whoever comes into it next.
pub fn another_name<R: AnyRwLock>(way: Way) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let (lock, another) = (biased::<R>(), biased::<R>());
        let reading = another.read();
        let writer = {
            let lock = Arc::clone(&lock);
            go(move || {
                write(&lock, way);
            })
        };
        drop(reading);
        look(&lock.read());
        writer.join().unwrap();
        assert!(lock.read().get() <= 1);
    }
}

/// A thread reads, and another one unlocks that (as with a guard that may be sent). Meanwhile the first reads another lock, by the
/// same slot if it is empty, and a third thread writes the one; or a fourth the other, too.
pub fn left_by_another<R: AnyRwLock>(
    both_are_written: bool,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || left_by_another_once::<R>(both_are_written)
}

fn left_by_another_once<R: AnyRwLock>(both_are_written: bool) {
    struct Sent<G>(G);
    // SAFETY: these locks do not care which thread unlocks them.
    unsafe impl<G> Send for Sent<G> {}
    impl<G> Sent<G> {
        fn into_inner(self) -> G {
            self.0
        }
    }
    let (lock, another) = (biased::<R>(), biased::<R>());
    // SAFETY: it is unlocked once.
    let state = Sent(unsafe { lock.raw() }.lock_shared());
    let other = {
        let lock = Arc::clone(&lock);
        go(move || {
            let state = state.into_inner();
            // SAFETY: it is read-locked, and nobody writes.
            look(unsafe { &*lock.data_ptr() });
            // SAFETY: nothing is done with it but what follows.
            let raw = unsafe { lock.raw() };
            // SAFETY: it was locked by that.
            unsafe { raw.unlock_shared(state) };
        })
    };
    let writer = {
        let lock = Arc::clone(&lock);
        go(move || lock.write().increment())
    };
    let reading = another.read();
    let other_writer = both_are_written.then(|| {
        let another = Arc::clone(&another);
        go(move || another.write().increment())
    });
    look(&reading);
    drop(reading);
    other.join().unwrap();
    writer.join().unwrap();
    if let Some(writer) = other_writer {
        writer.join().unwrap();
    }
    assert_eq!(lock.read().get(), 1);
    assert_eq!(another.read().get(), u32::from(both_are_written));
}

/// A thread writes and then reads, another one reads: it may find the bit that the first has set, and sees what it wrote.
pub fn bias_of_another<R: AnyRwLock>(reads: usize) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let lock = Arc::new(RwLock::<R, _>::new(Counter::new()));
        let other = {
            let lock = Arc::clone(&lock);
            go(move || {
                lock.write().increment();
                look(&lock.read());
            })
        };
        for _ in 0..reads {
            look(&lock.read());
        }
        other.join().unwrap();
        assert_eq!(lock.read().get(), 1);
    }
}

/// A writer that becomes a reader lets others in beside it, by slots too, and keeps writers out.
pub fn downgraded<R: AnyRwLock>() {
    let lock = biased::<R>();
    let other = {
        let lock = Arc::clone(&lock);
        go(move || {
            look(&lock.read());
            lock.write().increment();
        })
    };
    let writing = lock.write();
    writing.increment();
    let after = writing.get();
    let reading = RwLockWriteGuard::downgrade(writing);
    assert_eq!(look(&reading), after, "somebody wrote during the downgrade");
    RwLockReadGuard::unlock_fair(reading);
    other.join().unwrap();
    assert_eq!(lock.read().get(), 2);
}

/// The guard of a lock is forgotten, and the lock dropped. Another one at its address is not taken for it: nobody waits for
/// the reader of a lock that is gone.
pub fn forgotten<R: AnyRwLock>() {
    let mut place = MaybeUninit::<RwLock<R, Counter>>::uninit();
    for _ in 0..2 {
        let lock = &*place.write(RwLock::new(Counter::new()));
        look(&lock.read());
        let reading = lock.read();
        assert!(lock.try_write().is_none(), "a writer beside a reader");
        drop(reading);
        lock.write().increment();
        assert_eq!(look(&lock.read()), 1);
        std::mem::forget(lock.read());
        // SAFETY: written above; what borrowed it is not used any more.
        unsafe { place.assume_init_drop() };
    }
}

/// A reader leaves its slot, and the writer that waits for that frees the lock.
pub fn freed_by_the_writer<R: AnyRwLock>(
    upgrades: bool,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let object = Mortal::new(RwLock::<R, _>::new(0));
        assert_eq!(*object.get().read(), 0);
        let reading = object.get().read();
        let writer = {
            let object = Arc::clone(&object);
            go(move || {
                let lock = object.get();
                if upgrades {
                    drop(RwLockUpgradableReadGuard::upgrade(lock.upgradable_read()));
                } else {
                    drop(lock.write());
                }
                object.kill();
            })
        };
        drop(reading);
        writer.join().unwrap();
    }
}

/// The same, after the writer has waited once, and given up: its mark is still there.
pub fn freed_by_the_writer_that_gave_up<R: AnyRwLock>() {
    let object = Mortal::new(RwLock::<R, _>::new(0));
    assert_eq!(*object.get().read(), 0);
    let reading = object.get().read();
    let writer = {
        let object = Arc::clone(&object);
        go(move || {
            let lock = object.get();
            drop(lock.try_write_for(soon()));
            drop(lock.write());
            object.kill();
        })
    };
    drop(reading);
    writer.join().unwrap();
}
