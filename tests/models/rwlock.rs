//! Programs over a readers–writer lock. Each states what it shows.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::lifetime::Mortal;
use super::mutex::Outcomes;
use super::{Counter, go, soon};
use crate::selvedge::lock_api::{self, RwLock, RwLockUpgradableReadGuard, RwLockWriteGuard};
use crate::selvedge::sys::thread::JoinHandle;
use crate::selvedge::sys::{self, Duration, Instant};

/// A raw readers–writer lock with all that ours can do.
pub trait AnyRwLock:
    lock_api::RawRwLockUpgradeTimed<Duration = Duration, Instant = Instant>
    + lock_api::RawRwLockUpgradeFair
    + lock_api::RawRwLockUpgradeDowngrade
    + core::fmt::Debug
    + Send
    + Sync
    + 'static
{
}
impl<R> AnyRwLock for R where
    R: lock_api::RawRwLockUpgradeTimed<Duration = Duration, Instant = Instant>
        + lock_api::RawRwLockUpgradeFair
        + lock_api::RawRwLockUpgradeDowngrade
        + core::fmt::Debug
        + Send
        + Sync
        + 'static
{
}

type Shared<R> = Arc<RwLock<R, Counter>>;

fn new<R: AnyRwLock>() -> Shared<R> {
    Arc::new(RwLock::new(Counter::new()))
}

/// The lock's word, or that of the lock inside, which is the first that it shows of itself.
fn word<R: AnyRwLock, T>(lock: &RwLock<R, T>) -> u64 {
    // SAFETY: the raw lock is only looked at.
    let shown = format!("{:?}", unsafe { lock.raw() });
    let (_, word) = shown.split_once("word: ").expect("a lock shows its word");
    let digits: String = word.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().expect("a word is a number")
}

/// Whether the lock's word says that a thread is queued or designated.
fn is_waited_for<R: AnyRwLock>(lock: &Shared<R>) -> bool {
    word(lock) & 0b111_1100 != 0
}

fn assert_untouched<R: AnyRwLock>(lock: &Shared<R>) {
    assert_eq!(word(lock), 0, "a mark is left in the lock");
}

/// Reads twice, and nobody writes in between.
fn look(counter: &Counter) -> u32 {
    let first = counter.get();
    assert_eq!(first, counter.get(), "somebody writes beside a reader");
    first
}

/// What a thread of [`exclusion`] does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Looks.
    Read,
    /// Adds one.
    Write,
    /// Looks, and adds one after that without anybody else having done so.
    Upgrade,
    /// Adds one, and goes on looking.
    Downgrade,
}

fn play<R: AnyRwLock>(lock: &Shared<R>, role: Role) {
    match role {
        Role::Read => {
            look(&lock.read());
        }
        Role::Write => lock.write().increment(),
        Role::Upgrade => {
            let reading = lock.upgradable_read();
            let before = look(&reading);
            let writing = RwLockUpgradableReadGuard::upgrade(reading);
            assert_eq!(writing.get(), before, "somebody wrote during the upgrade");
            writing.increment();
        }
        Role::Downgrade => {
            let writing = lock.write();
            writing.increment();
            let after = writing.get();
            let reading = RwLockWriteGuard::downgrade(writing);
            assert_eq!(look(&reading), after, "somebody wrote during the downgrade");
        }
    }
}

/// Writers exclude all others, each sees what the last one wrote, and nobody is left asleep.
pub fn exclusion<R: AnyRwLock>(
    roles: &'static [Role],
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let lock = new::<R>();
        let others: Vec<_> = roles[1..]
            .iter()
            .map(|&role| {
                let lock = Arc::clone(&lock);
                go(move || play(&lock, role))
            })
            .collect();
        play(&lock, roles[0]);
        others.into_iter().for_each(|other| other.join().unwrap());
        let writers = roles.iter().filter(|&&role| role != Role::Read).count();
        assert_eq!(look(&lock.read()) as usize, writers);
        assert_untouched(&lock);
    }
}

/// Readers do not exclude one another, nor an upgradable reader.
pub fn readers_together<R: AnyRwLock>() {
    let lock = new::<R>();
    let other = {
        let lock = Arc::clone(&lock);
        go(move || {
            look(&lock.upgradable_read());
            look(&lock.read());
        })
    };
    let reading = lock.read();
    other.join().unwrap();
    drop(reading);
    assert_untouched(&lock);
}

/// Nobody gets in beside a writer without waiting, and each kind does when nobody is inside.
pub fn try_forms<R: AnyRwLock>() {
    let lock = new::<R>();
    let other = {
        let lock = Arc::clone(&lock);
        go(move || {
            lock.write().increment();
            look(&lock.read());
        })
    };
    let mut added = 1;
    if let Some(counter) = lock.try_read() {
        look(&counter);
        assert!(lock.try_write().is_none(), "a writer beside a reader");
    }
    if let Some(looking) = lock.try_upgradable_read() {
        let before = look(&looking);
        assert!(
            lock.try_upgradable_read().is_none(),
            "two upgradable readers"
        );
        match RwLockUpgradableReadGuard::try_upgrade(looking) {
            Ok(writing) => {
                assert_eq!(writing.get(), before);
                writing.increment();
                added += 1;
            }
            Err(looking) => assert_eq!(look(&looking), before),
        }
    }
    if let Some(writing) = lock.try_write() {
        writing.increment();
        added += 1;
    }
    other.join().unwrap();
    assert_eq!(lock.try_read().expect("nobody writes").get(), added);
    assert_untouched(&lock);
}

/// A reader does not get in beside another one while a writer waits; with a recursive lock it does.
pub fn reader_behind_writer<R: AnyRwLock>(
    recursive: bool,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let lock = new::<R>();
        let reading = lock.read();
        let writer = {
            let lock = Arc::clone(&lock);
            go(move || lock.write().increment())
        };
        if is_waited_for(&lock) {
            assert_eq!(lock.try_read().is_some(), recursive);
            assert!(lock.try_upgradable_read().is_none());
        }
        if recursive {
            look(&lock.read());
        }
        drop(reading);
        writer.join().unwrap();
        assert_eq!(lock.read().get(), 1);
        assert_untouched(&lock);
    }
}

/// A writer that gives up keeps nobody out any more: a reader gets in while another one is still inside, and sees
/// what was written.
pub fn reader_behind_timed_writer<R: AnyRwLock>() {
    let lock = new::<R>();
    let writing = lock.write();
    let (writer, reader) = timed_writer_and_reader(&lock);
    writing.increment();
    let reading = RwLockWriteGuard::downgrade(writing);
    reader.join().unwrap();
    writer.join().unwrap();
    drop(reading);
    assert_untouched(&lock);
}

/// The same when the writer has been woken already, and somebody else was faster.
pub fn reader_behind_woken_writer<R: AnyRwLock>() {
    let lock = new::<R>();
    let writing = lock.write();
    let (writer, reader) = timed_writer_and_reader(&lock);
    writing.increment();
    drop(writing);
    let reading = lock.try_read();
    reader.join().unwrap();
    drop(reading);
    writer.join().unwrap();
    assert_untouched(&lock);
}

/// A writer that gives up, and a reader.
fn timed_writer_and_reader<R: AnyRwLock>(lock: &Shared<R>) -> (JoinHandle<()>, JoinHandle<()>) {
    let writer = {
        let lock = Arc::clone(lock);
        go(move || drop(lock.try_write_for(soon())))
    };
    let reader = {
        let lock = Arc::clone(lock);
        go(move || {
            look(&lock.read());
        })
    };
    (writer, reader)
}

/// The same with an upgrade that is given up: the reader gets in while the upgradable reader still reads.
pub fn reader_behind_timed_upgrade<R: AnyRwLock>() {
    let lock = new::<R>();
    let reading = lock.read();
    let inside = Arc::new(sys::AtomicBool::new(false));
    let upgrader = {
        let (lock, inside) = (Arc::clone(&lock), Arc::clone(&inside));
        go(move || {
            let looking = lock.upgradable_read();
            match RwLockUpgradableReadGuard::try_upgrade_for(looking, soon()) {
                Ok(_) => panic!("a writer beside a reader"),
                Err(looking) => {
                    sys::spin_until(&*inside, Relaxed, |inside| inside);
                    look(&looking);
                }
            };
        })
    };
    let reader = {
        let lock = Arc::clone(&lock);
        go(move || {
            let counter = lock.read();
            inside.swap(true, Relaxed);
            look(&counter);
        })
    };
    reader.join().unwrap();
    upgrader.join().unwrap();
    drop(reading);
    assert_untouched(&lock);
}

/// A deadline may come at any moment of another thread's unlock, for each kind, and leaves no mark behind.
pub fn timeout_against_unlock<R: AnyRwLock>(
    wants: Role,
    outcomes: &Arc<Outcomes>,
) -> impl Fn() + Send + Sync + Clone + 'static {
    let outcomes = Arc::clone(outcomes);
    move || {
        let lock = new::<R>();
        // A writer keeps everybody out, a reader writers and upgraders.
        let writing = (wants == Role::Read).then(|| lock.write());
        let reading = (wants != Role::Read).then(|| lock.read());
        let other = {
            let (lock, outcomes) = (Arc::clone(&lock), Arc::clone(&outcomes));
            go(move || {
                let got = match wants {
                    Role::Read => lock.try_read_for(soon()).map(|counter| {
                        look(&counter);
                    }),
                    Role::Write => lock
                        .try_write_for(soon())
                        .map(|counter| counter.increment()),
                    Role::Upgrade | Role::Downgrade => {
                        let looking = lock.upgradable_read();
                        RwLockUpgradableReadGuard::try_upgrade_for(looking, soon())
                            .map(|counter| counter.increment())
                            .ok()
                    }
                };
                let count = match got {
                    Some(()) => &outcomes.locked,
                    None => &outcomes.timed_out,
                };
                count.fetch_add(1, Relaxed);
            })
        };
        if let Some(counter) = &writing {
            counter.increment();
        }
        drop((writing, reading));
        lock.write().increment();
        other.join().unwrap();
        assert_untouched(&lock);
    }
}

/// One that gives up takes no wake with it: a writer that waits for the same unlock gets in.
pub fn timeout_beside_writer<R: AnyRwLock>() {
    let lock = new::<R>();
    let holder = lock.write();
    let timed = {
        let lock = Arc::clone(&lock);
        go(move || {
            if let Some(counter) = lock.try_write_for(soon()) {
                counter.increment();
            }
        })
    };
    let patient = {
        let lock = Arc::clone(&lock);
        go(move || lock.write().increment())
    };
    drop(holder);
    patient.join().unwrap();
    timed.join().unwrap();
    assert_untouched(&lock);
}

/// How [`converting_lets_in`] holds the lock, and how then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conversion {
    /// A writer becomes a reader.
    Downgrade,
    /// A writer becomes an upgradable reader.
    DowngradeToUpgradable,
    /// An upgradable reader becomes an ordinary one.
    DowngradeUpgradable,
    /// An upgradable reader leaves, while another one reads.
    UnlockUpgradable,
}

/// Whoever waits for something that is allowed after a conversion gets in before the lock is let go.
pub fn converting_lets_in<R: AnyRwLock>(
    conversion: Conversion,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        use Conversion::{Downgrade, DowngradeToUpgradable, DowngradeUpgradable, UnlockUpgradable};
        let lock = new::<R>();
        let waiter = |lock: &Shared<R>| {
            let lock = Arc::clone(lock);
            go(move || match conversion {
                Downgrade | DowngradeToUpgradable => {
                    look(&lock.read());
                }
                DowngradeUpgradable | UnlockUpgradable => {
                    look(&lock.upgradable_read());
                }
            })
        };
        match conversion {
            Downgrade | DowngradeToUpgradable => {
                let writing = lock.write();
                let waiter = waiter(&lock);
                writing.increment();
                if conversion == Downgrade {
                    let _reading = RwLockWriteGuard::downgrade(writing);
                    waiter.join().unwrap();
                } else {
                    let _looking = RwLockWriteGuard::downgrade_to_upgradable(writing);
                    waiter.join().unwrap();
                }
            }
            DowngradeUpgradable => {
                let looking = lock.upgradable_read();
                let waiter = waiter(&lock);
                let _reading = RwLockUpgradableReadGuard::downgrade(looking);
                waiter.join().unwrap();
            }
            UnlockUpgradable => {
                let looking = lock.upgradable_read();
                let _reading = lock.read();
                let waiter = waiter(&lock);
                drop(looking);
                waiter.join().unwrap();
            }
        }
        assert_untouched(&lock);
    }
}

/// Two readers wait for a writer, and both get in: each waits inside until the other one is there too. After a fair unlock
/// the one that comes later is kept out until the first is inside, which lets it in.
pub fn readers_enter_together<R: AnyRwLock>(
    fair: bool,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let lock = new::<R>();
        let inside = Arc::new([sys::AtomicBool::new(false), sys::AtomicBool::new(false)]);
        let writing = lock.write();
        let readers: Vec<_> = (0..2)
            .map(|me: usize| {
                let (lock, inside) = (Arc::clone(&lock), Arc::clone(&inside));
                go(move || {
                    let counter = lock.read();
                    inside[me].swap(true, Relaxed);
                    sys::spin_until(&inside[1 - me], Relaxed, |inside| inside);
                    look(&counter);
                })
            })
            .collect();
        writing.increment();
        if fair {
            RwLockWriteGuard::unlock_fair(writing);
        } else {
            drop(writing);
        }
        readers
            .into_iter()
            .for_each(|reader| reader.join().unwrap());
        assert_untouched(&lock);
    }
}

/// A fair unlock lets in the writer that waits: the one that unlocked does not get in first. With a reader that comes after
/// the writer it may find that one counted.
pub fn fair_unlock<R: AnyRwLock>(
    writing: bool,
    beside_a_reader: bool,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let lock = new::<R>();
        let write = writing.then(|| lock.write());
        let read = (!writing).then(|| lock.read());
        let writer = {
            let lock = Arc::clone(&lock);
            go(move || lock.write().increment())
        };
        let somebody_waits = is_waited_for(&lock);
        let reader = beside_a_reader.then(|| {
            let lock = Arc::clone(&lock);
            go(move || {
                look(&lock.read());
            })
        });
        if let Some(write) = write {
            RwLockWriteGuard::unlock_fair(write);
        }
        if let Some(read) = read {
            lock_api::RwLockReadGuard::unlock_fair(read);
        }
        let again = lock.write();
        if somebody_waits {
            assert_eq!(again.get(), 1, "somebody got in before the one that waits");
        }
        drop(again);
        writer.join().unwrap();
        if let Some(reader) = reader {
            reader.join().unwrap();
        }
        assert_untouched(&lock);
    }
}

/// A fair unlock lets in the writer that waits, before the thread that unlocked reads, though it may find that one counted.
pub fn fair_unlock_and_read<R: AnyRwLock>() {
    let lock = new::<R>();
    let write = lock.write();
    let other = {
        let lock = Arc::clone(&lock);
        go(move || lock.write().increment())
    };
    let somebody_waits = is_waited_for(&lock);
    RwLockWriteGuard::unlock_fair(write);
    let written = look(&lock.read());
    if somebody_waits {
        assert_eq!(written, 1, "somebody got in before the one that waits");
    }
    other.join().unwrap();
    assert_untouched(&lock);
}

/// A thread that waits first is bypassed at most `bound` times. Another one reads or writes again and again,
/// and counts how often it got in since it has seen that somebody waits.
pub fn bypass_bound<R: AnyRwLock>(
    waiter_writes: bool,
    reading: bool,
    bound: u32,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let lock = new::<R>();
        let served = Arc::new(AtomicBool::new(false));
        let holder = lock.write();
        let waiter = {
            let (lock, served) = (Arc::clone(&lock), Arc::clone(&served));
            go(move || {
                if waiter_writes {
                    let counter = lock.write();
                    served.store(true, Relaxed);
                    counter.increment();
                } else {
                    let counter = lock.read();
                    served.store(true, Relaxed);
                    look(&counter);
                }
            })
        };
        let mut somebody_waits = is_waited_for(&lock);
        drop(holder);
        let mut bypassed = 0;
        for _ in 0..bound + 2 {
            // A reader that waits may come in beside this one, so what is counted is counted before that.
            let waits = somebody_waits && !served.load(Relaxed);
            if reading {
                look(&lock.read());
            } else {
                lock.write().increment();
            }
            if served.load(Relaxed) {
                break;
            }
            bypassed += u32::from(waits);
            somebody_waits |= is_waited_for(&lock);
        }
        waiter.join().unwrap();
        assert!(bypassed <= bound, "a thread was bypassed {bypassed} times");
        assert_untouched(&lock);
    }
}

/// A reader leaves, fairly or not, while somebody queues up and gives up, and somebody upgrades: the upgrader is not forgotten.
pub fn upgrade_beside_timed_writer<R: AnyRwLock>(
    fair: bool,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let lock = new::<R>();
        let reading = lock.read();
        let writer = {
            let lock = Arc::clone(&lock);
            go(move || drop(lock.try_write_for(soon())))
        };
        let upgrader = {
            let lock = Arc::clone(&lock);
            go(move || {
                let looking = lock.upgradable_read();
                RwLockUpgradableReadGuard::upgrade(looking).increment();
            })
        };
        if fair {
            lock_api::RwLockReadGuard::unlock_fair(reading);
        } else {
            drop(reading);
        }
        writer.join().unwrap();
        upgrader.join().unwrap();
        assert_eq!(lock.read().get(), 1);
        assert_untouched(&lock);
    }
}

/// An upgrade that is given up, and tried again beside another reader: it does not take the departure of the first reader for that of
/// the other.
pub fn upgrade_after_giving_up<R: AnyRwLock>() {
    let lock = new::<R>();
    let reading = lock.read();
    let upgrader = {
        let lock = Arc::clone(&lock);
        go(move || {
            let looking = lock.upgradable_read();
            match RwLockUpgradableReadGuard::try_upgrade_for(looking, soon()) {
                Ok(writing) => writing.increment(),
                Err(looking) => RwLockUpgradableReadGuard::upgrade(looking).increment(),
            }
        })
    };
    let reader = {
        let lock = Arc::clone(&lock);
        go(move || {
            look(&lock.read());
        })
    };
    drop(reading);
    reader.join().unwrap();
    upgrader.join().unwrap();
    assert_eq!(lock.read().get(), 1);
    assert_untouched(&lock);
}

/// Two readers leave one after the other while somebody upgrades, who sees that both have gone: the last one makes it the
/// writer, and says so for both.
pub fn upgrade_beside_two_readers<R: AnyRwLock>() {
    let lock = new::<R>();
    let reading = lock.read();
    let reader = {
        let lock = Arc::clone(&lock);
        go(move || {
            look(&lock.read());
        })
    };
    let upgrader = {
        let lock = Arc::clone(&lock);
        go(move || {
            let looking = lock.upgradable_read();
            RwLockUpgradableReadGuard::upgrade(looking).increment();
        })
    };
    drop(reading);
    reader.join().unwrap();
    upgrader.join().unwrap();
    assert_eq!(lock.read().get(), 1);
    assert_untouched(&lock);
}

/// A thread leaves as a reader while others write, or as a writer while others read: it says so, and they do not notice.
pub fn left_by_mistake<R: AnyRwLock>(
    writing: bool,
    roles: &'static [Role],
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let lock = new::<R>();
        let others: Vec<_> = roles
            .iter()
            .map(|&role| {
                let lock = Arc::clone(&lock);
                go(move || play(&lock, role))
            })
            .collect();
        let another = R::INIT;
        let mistake = catch_unwind(AssertUnwindSafe(|| {
            // SAFETY: it is not so, which is what is tested: the lock says so and changes nothing.
            let raw = unsafe { lock.raw() };
            if writing {
                // SAFETY: as above.
                unsafe { raw.unlock_exclusive(another.lock_exclusive()) }
            } else {
                // SAFETY: as above.
                unsafe { raw.unlock_shared(another.lock_shared()) }
            }
        }));
        assert!(mistake.is_err(), "nobody has noticed");
        others.into_iter().for_each(|other| other.join().unwrap());
        let writers = roles.iter().filter(|&&role| role != Role::Read).count();
        assert_eq!(look(&lock.read()) as usize, writers);
        assert_untouched(&lock);
    }
}

/// Two upgradable readers that both upgrade: they do not wait for each other, and nobody writes in between.
pub fn upgrades<R: AnyRwLock>() {
    exclusion::<R>(&[Role::Upgrade, Role::Upgrade])();
}

/// Each uses the object once; the second one frees it as soon as it is inside, while the first may still be in
/// its unlock.
pub fn freed_by_the_next_owner<R: AnyRwLock>(
    role: Role,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let object = Mortal::new(RwLock::<R, _>::new(0));
        let use_it = move |object: &Mortal<RwLock<R, i32>>| {
            let mut users = match role {
                Role::Upgrade => RwLockUpgradableReadGuard::upgrade(object.get().upgradable_read()),
                _ => object.get().write(),
            };
            *users += 1;
            let last = *users == 2;
            match role {
                Role::Downgrade => drop(RwLockWriteGuard::downgrade(users)),
                Role::Read => drop(RwLockWriteGuard::downgrade_to_upgradable(users)),
                _ => drop(users),
            }
            if last && role != Role::Downgrade && role != Role::Read {
                object.kill();
            }
        };
        let other = {
            let object = Arc::clone(&object);
            go(move || use_it(&object))
        };
        use_it(&object);
        other.join().unwrap();
    }
}

/// A reader, or an upgradable one, leaves, and the writer that this lets in frees the lock.
pub fn freed_by_the_writer<R: AnyRwLock>(
    upgradable: bool,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let object = Mortal::new(RwLock::<R, _>::new(0));
        let reading = (!upgradable).then(|| object.get().read());
        let looking = upgradable.then(|| object.get().upgradable_read());
        let writer = {
            let object = Arc::clone(&object);
            go(move || {
                drop(object.get().write());
                object.kill();
            })
        };
        drop((reading, looking));
        writer.join().unwrap();
    }
}

/// Two readers leave, one after the other, while a writer waits, who frees the lock when it is inside.
pub fn freed_by_the_writer_behind_two<R: AnyRwLock>() {
    let object = Mortal::new(RwLock::<R, _>::new(0));
    let reading = object.get().read();
    let other = {
        let object = Arc::clone(&object);
        go(move || {
            let reading = object.get().read();
            // It comes when both are inside.
            let writer = {
                let object = Arc::clone(&object);
                go(move || {
                    drop(object.get().write());
                    object.kill();
                })
            };
            drop(reading);
            writer.join().unwrap();
        })
    };
    drop(reading);
    other.join().unwrap();
}

/// A reader leaves beside another one, who then is the writer, and frees the lock.
pub fn freed_by_the_other_reader<R: AnyRwLock>() {
    let object = Mortal::new(RwLock::<R, _>::new(0));
    let reading = object.get().read();
    let other = {
        let object = Arc::clone(&object);
        go(move || {
            drop(object.get().read());
            drop(object.get().write());
            object.kill();
        })
    };
    drop(reading);
    other.join().unwrap();
}

/// A reader leaves, and the upgrader that this makes the writer frees the lock.
pub fn freed_by_the_upgrader<R: AnyRwLock>() {
    let object = Mortal::new(RwLock::<R, _>::new(0));
    let reading = object.get().read();
    let upgrader = {
        let object = Arc::clone(&object);
        go(move || {
            let looking = object.get().upgradable_read();
            drop(RwLockUpgradableReadGuard::upgrade(looking));
            object.kill();
        })
    };
    drop(reading);
    upgrader.join().unwrap();
}

/// A thread leaves while another one waits, who gives up, takes the lock that is free by then, and frees it: whoever comes late to
/// wake somebody finds nobody.
pub fn freed_by_one_that_gave_up<R: AnyRwLock>(
    upgrading: bool,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let object = Mortal::new(RwLock::<R, _>::new(0));
        let reading = upgrading.then(|| object.get().read());
        let writing = (!upgrading).then(|| object.get().write());
        let other = {
            let object = Arc::clone(&object);
            go(move || {
                let lock = object.get();
                if upgrading {
                    let looking = lock.upgradable_read();
                    drop(RwLockUpgradableReadGuard::try_upgrade_for(looking, soon()));
                } else {
                    drop(lock.try_write_for(soon()));
                }
                if lock.try_write().is_some() {
                    object.kill();
                }
            })
        };
        drop((reading, writing));
        other.join().unwrap();
    }
}
