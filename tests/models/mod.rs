//! The programs that the checkers explore: written once, over any pair of raw mutex and raw condvar,
//! and run in both worlds (`loom-tests`, `shuttle-tests`), on the shipped locks and on their broken
//! twins. A file that includes this one says which world it means by `selvedge`.

pub mod auto_reset_event;
pub mod barrier;
pub mod biased_rwlock;
pub mod condvar;
pub mod event;
pub mod gil;
pub mod latch;
pub mod lifetime;
pub mod monitor;
pub mod mutex;
pub mod once;
pub mod once_lock;
pub mod parker;
pub mod poison;
pub mod reentrant_mutex;
pub mod rwlock;
pub mod semaphore;
pub mod spin;

use crate::selvedge;
use selvedge::lock_api;
use selvedge::sys::cell::UnsafeCell;
use selvedge::sys::{Duration, Instant, thread};

/// A raw mutex with all that ours can do.
pub trait Fair:
    lock_api::RawMutexFair
    + lock_api::RawMutexTimed<Duration = Duration, Instant = Instant>
    + core::fmt::Debug
    + Send
    + Sync
    + 'static
{
}
impl<R> Fair for R where
    R: lock_api::RawMutexFair
        + lock_api::RawMutexTimed<Duration = Duration, Instant = Instant>
        + core::fmt::Debug
        + Send
        + Sync
        + 'static
{
}

/// The locks under test.
pub trait Kit: 'static {
    /// The mutex.
    type RawMutex: Fair;
    /// The condvar.
    type RawCondvar: lock_api::RawCondvarTimed<RawMutex = Self::RawMutex> + Send + Sync + 'static;
}

/// What is shipped.
pub struct Shipped;

impl Kit for Shipped {
    type RawMutex = selvedge::raw::RawMutex;
    type RawCondvar = selvedge::raw::RawCondvar;
}

/// A mutex of the kit.
pub type Mutex<K, T> = lock_api::Mutex<<K as Kit>::RawMutex, T>;
/// A condvar of the kit.
pub type Condvar<K> = lock_api::Condvar<<K as Kit>::RawCondvar>;

/// A number in plain memory: whoever touches it without being ordered after the last one is caught.
#[derive(Default)]
pub struct Counter(UnsafeCell<u32>);

// SAFETY: it is used under the lock that is being tested; if that lets two threads in, the cell
// reports it, which is the point.
unsafe impl Send for Counter {}
// SAFETY: as above.
unsafe impl Sync for Counter {}

impl Counter {
    /// Zero.
    pub const fn new() -> Self {
        Self(UnsafeCell::new(0))
    }

    /// One more. The read and the write are apart, so that an overlap loses one.
    pub fn increment(&self) {
        let value = self.get();
        self.0.with_mut(|slot| {
            // SAFETY: the models run on one OS thread, and this reference ends here.
            unsafe { *slot = value + 1 }
        });
    }

    /// How many.
    pub fn get(&self) -> u32 {
        self.0.with(|slot| {
            // SAFETY: as above.
            unsafe { *slot }
        })
    }
}

/// Starts a thread.
pub fn go(body: impl FnOnce() + Send + 'static) -> thread::JoinHandle<()> {
    thread::spawn(body)
}

/// A deadline; in a model, any.
pub fn soon() -> Duration {
    Duration::from_millis(1)
}

/// The number in the lock's word, which only its `Debug` tells.
pub fn word<K: Kit, T>(mutex: &Mutex<K, T>) -> u32 {
    raw_word(mutex)
}

/// What the word may say only while a thread is on its way, and what says that one is.
const OF_THE_DESIGNATED: u32 = 0b11_0100;
const WAKING: u32 = 0b10;

/// The same for any mutex that is one word, without the count of turns and what is carried out of it, which no unlock
/// of the machine puts back.
pub fn raw_word<R: Fair, T>(mutex: &lock_api::Mutex<R, T>) -> u32 {
    const TURNS_AND_CARRY: u32 = 0b10_1111_1111 << 22;
    // SAFETY: the raw lock is only looked at.
    let word = number_in(unsafe { mutex.raw() }) as u32 & !TURNS_AND_CARRY;
    assert!(
        word & OF_THE_DESIGNATED == 0 || word & WAKING != 0,
        "{word:#b} is kept for nobody"
    );
    word
}

/// The one number that something shows of itself.
pub fn number_in(shown: &impl core::fmt::Debug) -> u64 {
    let text = format!("{shown:?}");
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits
        .parse()
        .expect("a raw lock is one word, and shows it")
}
