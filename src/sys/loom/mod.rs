//! The loom world: weak memory, every interleaving.
//!
//! **What it shows.** Missing and too weak orderings on the words themselves, data races on
//! [`cell::UnsafeCell`], lost wake-ups, deadlocks with all threads asleep, timeouts at every moment.
//!
//! **How a futex is modelled.** Between two operations of loom nothing else runs, so a queue in
//! ordinary memory needs no lock. A wait reads the *newest* value with a compare-exchange that cannot
//! succeed and, if that is the expected one, is in the queue before anybody else moves. A wake and a
//! requeue perform the same kind of read first: loom only tries two operations in both orders when
//! they touch the same object. A timed wait does it twice: enqueue, one such operation (at which
//! others may run for as long as they like), then "still queued? timed out".
//!
//! **What it cannot show, and why.**
//! - A wake orders more than it should: loom's `unpark` joins the waker's view into the sleeper at
//!   once. A program that trusts the *return value* of a wait instead of reading the word again may
//!   pass. Almost always there is a twin execution in which the same wait returns `Changed`, without
//!   that edge, and it is explored.
//! - Waiters are woken in order of arrival; that *any* of them may be the one is explored by shuttle.
//! - Addresses are slot of this execution: a wake at a stale address reaches nobody, while on the
//!   machine it may reach whoever lives there now.
//! - Making an object is not an access: a pointer that is published without a release, and through
//!   which another thread then uses a *new* word or cell, is not reported for that alone. Write to the
//!   cell once after making it, and it is.
//! - A failed compare-exchange reads the newest value (C++ allows an older one), a weak one never
//!   fails for no reason, load buffering does not happen.
//!
//! **Known faults of loom 0.7.2, and how this world stays clear of them.**
//! - [#392], [#166]: loom remembers only the last access of an object, and two loads do not conflict;
//!   so a thread's load hides an earlier one of another thread from the stores that follow, and
//!   executions are missed. Here every plain load first touches a *shadow* of the word with an
//!   operation that conflicts with itself, so that two loads are tried in both orders and nothing stays
//!   hidden. The shadow orders no memory. (The programs on which it was found, and others where loom
//!   alone explores one execution, are in `loom-tests/tests/world.rs`; shuttle's exhaustive search
//!   runs the same models as a second opinion.)
//! - [#254]: `swap`/`fetch_*` mixed with plain stores on one word gives impossible histories. Our
//!   locks never mix them; see `docs/model-checking.md` before you do.
//! - [#180]: `SeqCst` accesses are treated as `AcqRel`. We use none; a `fence(SeqCst)` is modelled,
//!   slightly too strongly.
//! - [#422]: loom's `Condvar` eats park tokens. This world is the only user of `park` in its model
//!   and uses no lock of loom's.
//!
//! **Constants.** A loom atomic belongs to an execution, a `static` does not. A word here is an
//! initial value and a slot; on first use it binds itself to one of a pool of loom atomics that the
//! root thread created at the start of the execution. What is stored is the difference to the initial
//! value, so that "never written" reads as the initial value whichever thread looks first, and
//! additions need no translation.
//!
//! [#392]: https://github.com/tokio-rs/loom/issues/392
//! [#166]: https://github.com/tokio-rs/loom/issues/166
//! [#254]: https://github.com/tokio-rs/loom/issues/254
//! [#180]: https://github.com/tokio-rs/loom/issues/180
//! [#422]: https://github.com/tokio-rs/loom/issues/422

mod futex;
pub(in crate::sys) mod words;

pub(in crate::sys) mod asymmetric;
pub mod cell;
pub mod thread;

use std::cell::RefCell;
use std::rc::Rc;

use loom::sync::atomic as loom_atomic;

use super::Ordering;
use super::model::atomic::Word;
use super::model::{self, Operation};
use crate::trace::recorder;

pub(super) use super::model::atomic::{alone, changes_soon};
pub(super) use super::model::local;

pub use super::model::atomic::{
    AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Awaited, add_counting,
    address_hash, glance, glimpse, is_looking_of_use, learn, look, looks, poll, soon, spin_until,
};
pub use futex::{Address, Loom as Native};

std::thread_local! {
    static POOL: RefCell<Pool> = RefCell::new(Pool::default());
}

/// The loom objects that this execution's words are bound to, created by its root thread.
#[derive(Default)]
struct Pool {
    words8: Vec<Rc<loom_atomic::AtomicU16>>,
    words32: Vec<Rc<loom_atomic::AtomicU32>>,
    words64: Vec<Rc<loom_atomic::AtomicU64>>,
    pointers: Vec<Rc<loom_atomic::AtomicUsize>>,
    cells: Vec<Rc<loom::cell::UnsafeCell<()>>>,
    /// A second object for each word, which every plain load touches first (see the header).
    shadows: [Vec<Rc<loom_atomic::AtomicU8>>; CELL],
    /// How many of each are bound.
    bound: [usize; KINDS],
    /// Words that were dropped; using one is a use after free.
    dropped: Vec<Word>,
    sleepers: Vec<futex::Sleeper>,
    awaiting: Vec<(Word, loom::thread::Thread)>,
    /// Cells that another thread sets at the start: a relaxed load of one is a two-way choice.
    coins: Vec<Rc<loom_atomic::AtomicU32>>,
    coins_used: usize,
    threads: Vec<loom::thread::ThreadId>,
}

const KINDS: usize = 5;
const BYTE: usize = 0;
const WORD: usize = 1;
const LONG: usize = 2;
const POINTER: usize = 3;
const CELL: usize = 4;

/// How many words of each kind an execution may bind. Starts small, because creating them is a cost
/// of every execution, and grows when an execution runs out (see [`take_out_of_words`]).
#[derive(Clone, Copy, Debug)]
pub(crate) struct PoolSize([usize; KINDS]);

impl PoolSize {
    pub(crate) const SMALL: Self = Self([2, 8, 2, 4, 8]);

    fn grown(self, kind: usize) -> Self {
        let mut sizes = self.0;
        sizes[kind] *= 4;
        Self(sizes)
    }
}

std::thread_local! {
    static SHORT_OF: core::cell::Cell<Option<PoolSize>> = const { core::cell::Cell::new(None) };
    static SIZE: core::cell::Cell<PoolSize> = const { core::cell::Cell::new(PoolSize::SMALL) };
}

/// If the execution that just failed did so because its pool was too small: the size to start again with.
pub(crate) fn take_out_of_words() -> Option<PoolSize> {
    SHORT_OF.take()
}

/// Called by the root thread of every execution, before anything else.
pub(crate) fn begin_execution(size: PoolSize, spurious_wakes: usize) {
    // The handles of the last execution are dropped outside the borrow.
    let last = POOL.take();
    drop(last);
    SIZE.set(size);
    let many = |kind: usize| 0..size.0[kind];
    let pool = Pool {
        words8: many(BYTE)
            .map(|_| Rc::new(loom_atomic::AtomicU16::new(0)))
            .collect(),
        words32: many(WORD)
            .map(|_| Rc::new(loom_atomic::AtomicU32::new(0)))
            .collect(),
        words64: many(LONG)
            .map(|_| Rc::new(loom_atomic::AtomicU64::new(0)))
            .collect(),
        pointers: many(POINTER)
            .map(|_| Rc::new(loom_atomic::AtomicUsize::new(0)))
            .collect(),
        cells: many(CELL)
            .map(|_| Rc::new(loom::cell::UnsafeCell::new(())))
            .collect(),
        shadows: core::array::from_fn(|kind| {
            many(kind)
                .map(|_| Rc::new(loom_atomic::AtomicU8::new(0)))
                .collect()
        }),
        coins: (0..spurious_wakes)
            .map(|_| Rc::new(loom_atomic::AtomicU32::new(0)))
            .collect(),
        threads: vec![loom::thread::current().id()],
        ..Pool::default()
    };
    let coins: Vec<_> = pool.coins.clone();
    POOL.set(pool);
    if !coins.is_empty() {
        // loom has no operator for "choose". A store by a thread that nothing is ordered with is
        // one: every relaxed load of the coin may or may not see it.
        loom::thread::spawn(move || {
            for coin in &coins {
                coin.store(1, Ordering::Relaxed);
            }
        });
    }
}

fn with_pool<R>(f: impl FnOnce(&mut Pool) -> R) -> R {
    POOL.with(|pool| f(&mut pool.borrow_mut()))
}

/// Whether an execution that ended well is being cleared away; loom's end when all threads have.
pub(super) fn tearing_down() -> bool {
    false
}

/// The number of the current thread in order of first appearance; 0 is the root.
pub(crate) fn current_thread() -> usize {
    let id = loom::thread::current().id();
    let number = with_pool(|pool| {
        if let Some(index) = pool.threads.iter().position(|known| *known == id) {
            return index;
        }
        pool.threads.push(id);
        pool.threads.len() - 1
    });
    model::note_thread(number);
    number
}

/// One choice that loom explores both ways, while there are coins left. A coin that came up "yes" stays
/// so until it is used up.
fn choose() -> bool {
    let coin = with_pool(|pool| pool.coins.get(pool.coins_used).cloned());
    let chosen = coin.is_some_and(|coin| Operation::run(|| coin.load(Ordering::Relaxed)) == 1);
    if chosen {
        recorder::step();
        recorder::chose();
    }
    chosen
}

/// The execution does something else than the schedule that it is compared with: nothing that follows it is of interest.
pub(crate) fn departs() {
    loom::skip_branch();
}

/// The exploration has to end now.
pub(crate) fn time_is_up() {
    // A second panic would abort the process; one is coming up already then.
    if !std::thread::panicking() {
        model::fail(recorder::OVER)
    }
}

/// The next free one of its kind in the pool.
#[track_caller]
fn take(kind: usize) -> usize {
    let index = with_pool(|pool| {
        let index = pool.bound[kind];
        pool.bound[kind] += 1;
        index
    });
    if index >= SIZE.get().0[kind] {
        SHORT_OF.set(Some(SIZE.get().grown(kind)));
        model::fail(
            "selvedge: more words than this execution prepared for; starting again with more",
        )
    }
    index
}

/// An atomic fence.
#[track_caller]
pub fn fence(order: Ordering) {
    if !model::inert() {
        Operation::run(|| loom_atomic::fence(order));
        recorder::step();
        recorder::fence(order);
    }
}
