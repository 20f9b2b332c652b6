//! Programs over a mutex that survives its owner's death. Each thread is a process of its own, as far as the
//! mutex can tell; some of them die, before any step that one names.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::models::{Counter, go, soon};
use crate::selvedge::sys::{AtomicU32, Instant, deadline_after, kernel};

/// The lock under test.
pub trait SharedKit: 'static {
    /// The mutex.
    type Raw: RawShared;
}

/// How an acquisition ended; see `Acquired` in `raw/shared.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Got {
    /// The lock.
    Clean,
    /// The lock, of one who died with it.
    OwnerDied,
    /// Not the lock: the data was given up.
    Lost,
    /// Not the lock: somebody has it.
    Refused,
}

/// A raw mutex, shipped or broken.
pub trait RawShared: Send + Sync + 'static {
    /// An unlocked one.
    fn new() -> Self;
    /// Locks.
    fn acquire(&self, deadline: Option<Instant>) -> Got;
    /// Locks if that takes no waiting.
    fn try_acquire(&self) -> Got;
    /// Unlocks.
    fn release(&self);
    /// Gives up the data.
    fn lose(&self);
    /// The number in its word, which only its `Debug` tells.
    fn word(&self) -> u32;
}

/// Makes a kit of the mutex in a module.
macro_rules! shared_kit {
    ($kit:ident, $($raw:tt)*) => {
        /// The mutex of this module.
        pub struct $kit;
        impl crate::shared::SharedKit for $kit {
            type Raw = $($raw)*::RawSharedMutex;
        }
        impl crate::shared::RawShared for $($raw)*::RawSharedMutex {
            fn new() -> Self {
                Self::new()
            }
            fn acquire(&self, deadline: Option<crate::selvedge::sys::Instant>) -> crate::shared::Got {
                // SAFETY: the programs keep it where it is.
                crate::shared::shared_kit!(@got unsafe { Self::acquire(self, deadline) }, $($raw)*)
            }
            fn try_acquire(&self) -> crate::shared::Got {
                // SAFETY: the programs keep it where it is.
                crate::shared::shared_kit!(@got unsafe { Self::try_acquire(self) }, $($raw)*)
            }
            fn release(&self) {
                // SAFETY: the programs release what they hold.
                unsafe { Self::release(self) }
            }
            fn lose(&self) {
                Self::lose(self)
            }
            fn word(&self) -> u32 {
                let text = format!("{self:?}");
                let digits: String = text.chars().filter(char::is_ascii_digit).collect();
                digits.parse().expect("it shows its word")
            }
        }
    };
    (@got $acquired:expr, $($raw:tt)*) => {{
        use $($raw)*::Acquired;
        match $acquired {
            Acquired::Clean => crate::shared::Got::Clean,
            Acquired::OwnerDied => crate::shared::Got::OwnerDied,
            Acquired::Lost => crate::shared::Got::Lost,
            Acquired::Refused => crate::shared::Got::Refused,
        }
    }};
}
pub(crate) use shared_kit;

mod shipped {
    crate::shared::shared_kit!(Shipped, crate::selvedge::raw);
}
pub use shipped::Shipped;

/// Two numbers that are equal, unless somebody is just changing them.
struct Pair<K: SharedKit> {
    raw: K::Raw,
    first: Counter,
    second: Counter,
    /// Somebody can die between the two.
    between: AtomicU32,
    /// Whether anybody can die at all.
    deadly: bool,
}

// SAFETY: the counters are used under the lock that is being tested.
unsafe impl<K: SharedKit> Sync for Pair<K> {}
// SAFETY: as above.
unsafe impl<K: SharedKit> Send for Pair<K> {}

impl<K: SharedKit> Pair<K> {
    fn new() -> Self {
        Self::with(false)
    }

    /// A pair of threads that may die.
    fn deadly() -> Self {
        Self::with(true)
    }

    fn with(deadly: bool) -> Self {
        Self {
            raw: K::Raw::new(),
            first: Counter::new(),
            second: Counter::new(),
            between: AtomicU32::new(0),
            deadly,
        }
    }

    /// With the lock held: repairs the pair, or sees that it needs no repair.
    fn look(&self, got: Got) {
        match got {
            Got::Clean => assert_eq!(
                self.first.get(),
                self.second.get(),
                "a change was cut short, and nobody was told"
            ),
            Got::OwnerDied => {
                assert!(self.deadly, "told of a death, and nobody has died");
                while self.second.get() < self.first.get() {
                    self.second.increment();
                }
            }
            other => panic!("the lock is held, and nothing is lost: {other:?}"),
        }
    }

    fn change(&self) {
        self.first.increment();
        self.between.fetch_add(1, Relaxed);
        self.second.increment();
    }

    /// One change, in one of the ways to lock.
    fn once(&self, how: How) {
        let got = match how {
            How::Lock => self.raw.acquire(None),
            How::Try => self.raw.try_acquire(),
            How::Timed => self.raw.acquire(deadline_after(soon())),
        };
        if got == Got::Refused {
            assert_ne!(how, How::Lock, "without a deadline there is no giving up");
            return;
        }
        self.look(got);
        self.change();
        self.raw.release();
    }
}

/// How a thread locks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Waits for it.
    Lock,
    /// Does not wait.
    Try,
    /// Waits until a deadline.
    Timed,
}

/// One thread at a time, each sees what the last one wrote, and nobody is left asleep.
pub fn exclusion<K: SharedKit>(
    threads: u32,
    rounds: u32,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let pair = Arc::new(Pair::<K>::new());
        let others: Vec<_> = (1..threads)
            .map(|_| {
                let pair = Arc::clone(&pair);
                go(move || (0..rounds).for_each(|_| pair.once(How::Lock)))
            })
            .collect();
        (0..rounds).for_each(|_| pair.once(How::Lock));
        others.into_iter().for_each(|other| other.join().unwrap());
        assert_eq!(pair.raw.word(), 0, "something is left in the word");
        assert_eq!(pair.raw.acquire(None), Got::Clean);
        assert_eq!(pair.first.get(), threads * rounds);
    }
}

/// The other ways to lock, beside the plain one.
pub fn beside<K: SharedKit>(how: How) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let pair = Arc::new(Pair::<K>::new());
        let other = {
            let pair = Arc::clone(&pair);
            go(move || {
                pair.once(how);
                pair.once(how);
            })
        };
        pair.once(How::Lock);
        other.join().unwrap();
        assert_eq!(pair.raw.try_acquire(), Got::Clean, "nobody holds it");
        assert_eq!(pair.first.get(), pair.second.get());
        pair.raw.release();
        assert_eq!(
            pair.raw.word(),
            0,
            "the mark of one who gave up outlives an unlock"
        );
    }
}

/// A try that takes the lock just after an unlock that has woken one of two waiters: the other is not forgotten.
pub fn try_beside_two<K: SharedKit>() {
    let pair = Arc::new(Pair::<K>::new());
    assert_eq!(pair.raw.acquire(None), Got::Clean);
    let others = [(); 2].map(|()| {
        let pair = Arc::clone(&pair);
        go(move || pair.once(How::Lock))
    });
    pair.raw.release();
    pair.once(How::Try);
    others.into_iter().for_each(|other| other.join().unwrap());
    assert_eq!(pair.raw.word(), 0, "something is left in the word");
}

/// Runs `program` for a death before every step, until it is through with all of them; whether anybody was
/// told of one. The first step is the announcement, and a death before it leaves nothing to look at.
pub fn at_every_step(mut program: impl FnMut(usize, &Arc<Deaths>)) -> usize {
    let mut told = 0;
    for steps in 1.. {
        let count = Arc::new(Deaths::default());
        program(steps, &count);
        told += count.told.load(Relaxed);
        if count.died.load(Relaxed) == 0 {
            assert!(
                steps > 8,
                "it takes more than {steps} steps to lock and unlock"
            );
            break;
        }
    }
    told
}

/// What happened, over all executions of a program.
#[derive(Default)]
pub struct Deaths {
    /// How often a victim died.
    pub died: AtomicUsize,
    /// How often the survivor was told.
    pub told: AtomicUsize,
}

/// Threads that change the pair, some of which die after so many steps; the root survives. Whoever is alive
/// gets the lock, in a finite time, and is told when a change was cut short.
pub fn deaths<K: SharedKit>(
    victims: &[(How, usize)],
    survivors: usize,
    count: &Arc<Deaths>,
) -> impl Fn() + Send + Sync + Clone + 'static {
    let (victims, count) = (victims.to_vec(), Arc::clone(count));
    move || {
        let pair = Arc::new(Pair::<K>::deadly());
        let mut threads = Vec::new();
        for (how, steps) in victims.iter().copied() {
            let (pair, count) = (Arc::clone(&pair), Arc::clone(&count));
            threads.push(go(move || {
                if kernel::mortal(steps, || pair.once(how)).is_none() {
                    count.died.fetch_add(1, Relaxed);
                }
            }));
        }
        for _ in 0..survivors {
            let pair = Arc::clone(&pair);
            threads.push(go(move || pair.once(How::Lock)));
        }
        pair.once(How::Lock);
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        let got = pair.raw.acquire(None);
        count
            .told
            .fetch_add(usize::from(got == Got::OwnerDied), Relaxed);
        pair.look(got);
        pair.raw.release();
        // Whatever mark the dead have left, an unlock that finds nobody asleep clears it.
        assert_eq!(pair.raw.acquire(None), Got::Clean, "told twice");
        pair.raw.release();
        assert_eq!(pair.raw.word(), 0, "something is left in the word");
    }
}

/// One waits and is killed, perhaps just when it was woken; another waits too; and the one that had the lock takes
/// it again at once. The other one gets it all the same.
pub fn woken_and_killed<K: SharedKit>(
    steps: usize,
    count: &Arc<Deaths>,
) -> impl Fn() + Send + Sync + Clone + 'static {
    let count = Arc::clone(count);
    move || {
        let pair = Arc::new(Pair::<K>::deadly());
        assert_eq!(pair.raw.acquire(None), Got::Clean);
        let doomed = {
            let (pair, count) = (Arc::clone(&pair), Arc::clone(&count));
            go(move || {
                if kernel::mortal(steps, || pair.once(How::Lock)).is_none() {
                    count.died.fetch_add(1, Relaxed);
                }
            })
        };
        let patient = {
            let pair = Arc::clone(&pair);
            go(move || pair.once(How::Lock))
        };
        pair.raw.release();
        pair.once(How::Lock);
        doomed.join().unwrap();
        patient.join().unwrap();
    }
}

/// Whoever gets the lock of a dead owner gives the data up: everybody who comes later is told so, and nobody
/// waits for it for ever.
pub fn given_up<K: SharedKit>(steps: usize) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        fn give_up<K: SharedKit>(pair: &Pair<K>) -> Got {
            let got = pair.raw.acquire(None);
            match got {
                Got::Clean => pair.raw.release(),
                Got::OwnerDied => {
                    pair.raw.lose();
                    pair.raw.release();
                }
                Got::Lost => {}
                Got::Refused => panic!("without a deadline there is no giving up"),
            }
            got
        }
        let pair = Arc::new(Pair::<K>::deadly());
        let victim = {
            let pair = Arc::clone(&pair);
            go(move || {
                kernel::mortal(steps, || pair.once(How::Lock));
            })
        };
        let other = {
            let pair = Arc::clone(&pair);
            go(move || {
                if give_up(&pair) != Got::Clean {
                    assert_eq!(give_up(&pair), Got::Lost, "data that was given up is back");
                }
            })
        };
        let here = give_up(&pair);
        victim.join().unwrap();
        other.join().unwrap();
        let last = give_up(&pair);
        if here != Got::Clean || last != Got::Clean {
            assert_eq!(give_up(&pair), Got::Lost, "data that was given up is back");
            assert_eq!(pair.raw.try_acquire(), Got::Lost);
            assert_eq!(pair.raw.acquire(deadline_after(soon())), Got::Lost);
        }
        assert_eq!(pair.raw.word(), 0, "something is left in the word");
    }
}

/// The mutex is freed by its next owner as soon as that has unlocked it.
pub fn freed_by_the_next_owner<K: SharedKit>() {
    use crate::models::lifetime::Mortal;
    let object = Mortal::new(Pair::<K>::new());
    let use_it = |object: &Mortal<Pair<K>>| {
        let pair = object.get();
        assert_eq!(pair.raw.acquire(None), Got::Clean);
        pair.first.increment();
        let last = pair.first.get() == 2;
        pair.raw.release();
        if last {
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
