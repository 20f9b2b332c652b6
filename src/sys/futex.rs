//! The futex: a word that threads sleep on, and the contract every backend keeps.

use core::ops::Deref;

use super::{Address, AtomicU32, Instant, Native, alone, changes_soon};

/// Why a [`Futex::wait`] returned.
///
/// A wake orders nothing: whatever the outcome, read the word again with the ordering you need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use = "a wait returns for one of three reasons; look at the word again"]
pub enum Wait {
    /// A wake took this thread out of the queue. May also be nobody's doing: a wake meant for a
    /// futex that lived at this address before counts as one.
    Woken,
    /// The word was not what was expected: the thread did not sleep.
    Changed,
    /// The deadline passed while the thread was still queued. No wake was used up.
    TimedOut,
}

/// What a world has to do for a [`Futex`]. The rules are numbered because the contract suite and the
/// broken futexes that it must catch are named after them.
///
/// 1. **Check and enqueue are one step.** [`wait`](Self::wait) compares the word with `expected` and
///    joins the queue with no wake in between, and the value it compares is at least as new as
///    anything stored before a wake or a requeue that has already been made.
/// 2. **No wake is lost.** A wake removes waiters that were queued before it, up to the number asked
///    for; a waiter that is removed returns.
/// 3. **No wake is invented.** At most `count` waiters leave, the number reported is the number that
///    left, and a waiter nobody woke stays (rare wakes by a stale address aside).
/// 4. **A requeue keeps waiters findable.** A moved waiter is woken by the address it was moved to,
///    and only by that; its deadline goes on counting.
/// 5. **A deadline is honoured**: not before its time, and also while the thread sleeps on. A waiter
///    that times out leaves the queue and has used up no wake.
/// 6. **A stale address is harmless.** Waking where there is no futex any more touches no memory, nor does gathering.
/// 7. **Nobody gathered is lost.** Who was queued where a [`gather`](Self::gather) took from is woken by it, or by a wake of
///    where it moved him to.
///
/// None of these calls orders memory: `wait` is not an acquire and `wake` is not a release. On the
/// machine they happen to be stronger; code that relies on that fails in the loom world, as it should.
pub trait Backend {
    /// The backend's name in test output.
    const NAME: &'static str;

    /// Sleeps while `futex` holds `expected`, until woken or until `deadline`.
    #[track_caller]
    fn wait(futex: &Futex, expected: u32, deadline: Option<Instant>) -> Wait;

    /// Wakes up to `count` threads that sleep at `address`; returns how many, or `None` where the
    /// system cannot tell.
    ///
    /// Takes an address and not a reference: between the store that releases a lock and the wake,
    /// the next owner may have freed it.
    #[track_caller]
    fn wake(address: Address, count: usize) -> Option<usize>;

    /// Moves up to `count` threads that sleep at `from` to `to` without waking them, provided that
    /// `from` still holds `expected`; returns how many moved, or `None` if it does not.
    ///
    /// The futex behind `from` must be alive. `to` is only an address.
    #[track_caller]
    fn requeue(from: &Futex, expected: u32, to: Address, count: usize) -> Option<usize>;

    /// Moves whoever sleeps at `from` to `to`, or wakes him at once. Both are only addresses, but at `to` is a word of the caller's,
    /// where nobody else sleeps or wakes, and where it wakes everybody afterwards. Until then a wake at `from` finds nobody whom
    /// this has moved.
    #[track_caller]
    fn gather(from: Address, _to: Address) {
        Self::wake(from, usize::MAX);
    }
}

/// A 4-byte word that threads can sleep on.
///
/// It dereferences to its [`AtomicU32`]; sleeping and waking are the methods here. The rules they
/// keep are those of [`Backend`].
///
/// ```
/// use selvedge::sys::{Futex, Ordering::{Acquire, Release}, Wait};
///
/// static READY: Futex = Futex::new(0);
///
/// let waiter = std::thread::spawn(|| {
///     // A wait may end for any reason: the loop, and the load in it, decide.
///     while READY.load(Acquire) == 0 {
///         let _: Wait = READY.wait(0, None);
///     }
/// });
/// let address = READY.address();
/// READY.store(1, Release);
/// Futex::wake(address, 1);
/// waiter.join().unwrap();
/// ```
pub struct Futex {
    word: AtomicU32,
}

impl Futex {
    /// A futex that holds `value`.
    #[inline]
    pub const fn new(value: u32) -> Self {
        Self {
            word: AtomicU32::new(value),
        }
    }

    /// What it holds, for whoever has the futex to itself: no access, which orders nothing and is no step of a
    /// model. There it is what the futex was last changed to by its own operations, also when the execution has
    /// failed or is over: then the other operations do nothing, but what is in memory beside it is as it was left.
    #[inline]
    pub fn value(&mut self) -> u32 {
        alone(&mut self.word)
    }

    /// Where wakes for this futex go. Take it *before* the store that may end the futex's life.
    #[inline]
    pub fn address(&self) -> Address {
        Address::of(&self.word)
    }

    /// Sleeps while the word is `expected`, until a wake or the deadline. See [`Backend::wait`]. On the machine a thread looks
    /// at the word before it sleeps, for some microseconds, if that was of use to it lately. So any change of the word
    /// should be what the thread waits for; if not, use [`wait_at_once`](Self::wait_at_once).
    #[inline]
    #[track_caller]
    pub fn wait(&self, expected: u32, deadline: Option<Instant>) -> Wait {
        if changes_soon(self, expected, deadline) {
            return Wait::Changed;
        }
        Native::wait(self, expected, deadline)
    }

    /// As [`wait`](Self::wait), without looking first: for words that change for the sake of others too. Whoever looked would
    /// see that again and again, and never sleep.
    #[inline]
    #[track_caller]
    pub fn wait_at_once(&self, expected: u32, deadline: Option<Instant>) -> Wait {
        Native::wait(self, expected, deadline)
    }

    /// Wakes up to `count` sleepers. See [`Backend::wake`].
    #[inline]
    #[track_caller]
    pub fn wake(address: Address, count: usize) -> Option<usize> {
        Native::wake(address, count)
    }

    /// Moves up to `count` sleepers of this futex to `to`. See [`Backend::requeue`].
    #[inline]
    #[track_caller]
    pub fn requeue(&self, expected: u32, to: Address, count: usize) -> Option<usize> {
        Native::requeue(self, expected, to, count)
    }

    /// Moves all sleepers to where the caller will wake them, or wakes them. See [`Backend::gather`].
    #[inline]
    #[track_caller]
    pub fn gather(from: Address, to: Address) {
        Native::gather(from, to);
    }
}

impl Deref for Futex {
    type Target = AtomicU32;

    #[inline]
    fn deref(&self) -> &AtomicU32 {
        &self.word
    }
}

impl core::fmt::Debug for Futex {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("Futex").field(&self.word).finish()
    }
}
