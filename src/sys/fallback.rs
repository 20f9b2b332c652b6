//! A futex for any platform that has `std`: a table of queues, each under a standard mutex.
//!
//! **Fidelity.** Full: it keeps every rule of [`Backend`], wakes in order of arrival, and never
//! reads memory through an address. It is slower than the kernel's (a wake costs a mutex even when
//! nobody sleeps), and it is what `--cfg selvedge_fallback` puts under the whole crate.
//!
//! A waiter is an entry in the queue of its address's bucket plus a `Sleeper` that it blocks on.
//! Entries join and leave only under the bucket's mutex, which is what makes check-and-enqueue one
//! step: a waker passes through the same mutex *after* it has changed the word, so either the waiter
//! sees the change or the waker sees the waiter.
//!
//! The sleeper is the thread's own `Mutex` + `Condvar` pair and not its park token, which belongs to
//! the program: a lock must neither swallow an unpark nor leave one behind.
//!
//! Who forks holds all the buckets meanwhile (`hold_all`), so that its child finds them whole, and forgets who slept there.

use core::cell::RefCell;
use core::mem::{self, ManuallyDrop};
use core::sync::atomic::{AtomicUsize, Ordering};
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::{Address, Backend, Futex, Native, Wait, address_hash};

/// The portable futex.
#[derive(Clone, Copy, Debug)]
pub struct Fallback;

/// More buckets than cores: two busy futexes rarely meet in one.
const BUCKETS: usize = 64;

static TABLE: [Bucket; BUCKETS] = [const { Bucket::new() }; BUCKETS];

struct Bucket {
    queue: Mutex<VecDeque<Entry>>,
}

struct Entry {
    key: usize,
    sleeper: Arc<Sleeper>,
}

/// Where one thread sleeps; in at most one queue at a time.
struct Sleeper {
    /// The address slept on. Changed by a requeue, under the mutexes of both buckets.
    key: AtomicUsize,
    woken: Mutex<bool>,
    condvar: Condvar,
}

impl Bucket {
    const fn new() -> Self {
        Self {
            queue: Mutex::new(VecDeque::new()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Entry>> {
        // Nothing in here panics halfway through a change, so a poisoned queue is a whole queue.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn bucket_of(key: usize) -> usize {
    address_hash(core::ptr::without_provenance(key)) % BUCKETS
}

fn key_of(address: Address) -> usize {
    address.as_ptr().addr()
}

type Guards = [MutexGuard<'static, VecDeque<Entry>>; BUCKETS];

std::thread_local! {
    /// What the thread holds that forks. Without a destructor, for which the C library would need memory in the midst of it.
    static HELD: RefCell<ManuallyDrop<Option<Guards>>> =
        const { RefCell::new(ManuallyDrop::new(None)) };
}

/// Whether the crate sleeps here. Where it does not, nothing of what follows does anything.
fn is_native() -> bool {
    <Native as Backend>::NAME == Fallback::NAME
}

fn take_held() -> Option<Guards> {
    let none = ManuallyDrop::new(None);
    // On some platforms a thread that ends has no place for them.
    let held = HELD.try_with(|held| ManuallyDrop::into_inner(held.replace(none)));
    held.ok().flatten()
}

/// Before a `fork`: nobody is on its way into a queue then, or out of one.
pub(super) fn hold_all() {
    if !is_native() {
        return;
    }
    let _ = HELD.try_with(|held| {
        // There already if the handlers were registered twice.
        held.borrow_mut().get_or_insert_with(|| {
            // In this order, as in `requeue`.
            core::array::from_fn(|bucket| TABLE[bucket].lock())
        });
    });
}

/// After it, in the parent.
pub(super) fn release_all() {
    if is_native() {
        drop(take_held());
    }
}

/// After it, in the child, which has none of those that sleep.
pub(super) fn forget_sleepers() {
    if is_native() {
        for queue in take_held().iter_mut().flatten() {
            // What belongs to the others is not touched: it may be locked.
            mem::forget(mem::take(&mut **queue));
        }
    }
}

impl Backend for Fallback {
    const NAME: &'static str = "fallback";

    fn wait(futex: &Futex, expected: u32, deadline: Option<Instant>) -> Wait {
        let key = key_of(futex.address());
        let sleeper = Sleeper::for_this_thread();
        {
            let mut queue = TABLE[bucket_of(key)].lock();
            // Relaxed: a waker changed the word before it took this mutex, so if its pass is over
            // the mutex orders its store before this load, and if not, it will find our entry.
            if futex.load(Ordering::Relaxed) != expected {
                return Wait::Changed;
            }
            sleeper.prepare(key);
            queue.push_back(Entry {
                key,
                sleeper: Arc::clone(&sleeper),
            });
        }
        if sleeper.sleep(deadline) || !sleeper.leave_queue() {
            return Wait::Woken;
        }
        Wait::TimedOut
    }

    fn wake(address: Address, count: usize) -> Option<usize> {
        let key = key_of(address);
        let mut queue = TABLE[bucket_of(key)].lock();
        let mut woken = 0;
        let mut at = 0;
        while woken < count && at < queue.len() {
            if queue[at].key == key {
                let entry = queue.remove(at).expect("the index was just looked at");
                entry.sleeper.wake();
                woken += 1;
            } else {
                at += 1;
            }
        }
        Some(woken)
    }

    fn requeue(from: &Futex, expected: u32, to: Address, count: usize) -> Option<usize> {
        let (from_key, to_key) = (key_of(from.address()), key_of(to));
        let (source, target) = (bucket_of(from_key), bucket_of(to_key));
        // Two mutexes, always the lower bucket first, so that two requeues cannot deadlock.
        let first = TABLE[source.min(target)].lock();
        let second = (source != target).then(|| TABLE[source.max(target)].lock());
        let (mut source_queue, mut target_queue) = if source <= target {
            (first, second)
        } else {
            match second {
                Some(second) => (second, Some(first)),
                None => unreachable!("two different buckets were locked"),
            }
        };
        // Relaxed: as in `wait`.
        if from.load(Ordering::Relaxed) != expected {
            return None;
        }
        let mut moved = 0;
        let mut at = 0;
        // Those that are here now: one that is moved may come to the end of the same queue.
        for _ in 0..source_queue.len() {
            if moved == count {
                break;
            }
            if source_queue[at].key != from_key {
                at += 1;
                continue;
            }
            let mut entry = source_queue
                .remove(at)
                .expect("the index was just looked at");
            entry.key = to_key;
            // Relaxed: read under a bucket's mutex, or only as a hint for which bucket to lock.
            entry.sleeper.key.store(to_key, Ordering::Relaxed);
            match &mut target_queue {
                Some(target_queue) => target_queue.push_back(entry),
                None => source_queue.push_back(entry),
            }
            moved += 1;
        }
        Some(moved)
    }
}

impl Sleeper {
    fn new() -> Self {
        Self {
            key: AtomicUsize::new(0),
            woken: Mutex::new(false),
            condvar: Condvar::new(),
        }
    }

    /// This thread's sleeper; a fresh one while the thread is being torn down and has none any more.
    fn for_this_thread() -> Arc<Self> {
        std::thread_local! {
            static SLEEPER: Arc<Sleeper> = Arc::new(Sleeper::new());
        }
        SLEEPER
            .try_with(Arc::clone)
            .unwrap_or_else(|_| Arc::new(Self::new()))
    }

    fn woken(&self) -> MutexGuard<'_, bool> {
        self.woken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn prepare(&self, key: usize) {
        // Relaxed: published by the bucket's mutex, which the caller holds.
        self.key.store(key, Ordering::Relaxed);
        *self.woken() = false;
    }

    fn wake(&self) {
        *self.woken() = true;
        self.condvar.notify_one();
    }

    /// Sleeps until woken (`true`) or until the deadline has passed (`false`).
    fn sleep(&self, deadline: Option<Instant>) -> bool {
        let mut woken = self.woken();
        while !*woken {
            woken = match deadline {
                None => self
                    .condvar
                    .wait(woken)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return false;
                    }
                    self.condvar
                        .wait_timeout(woken, left)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
            };
        }
        true
    }

    /// Takes this sleeper out of whatever queue it is in; `false` if a wake was faster.
    fn leave_queue(self: &Arc<Self>) -> bool {
        loop {
            // Relaxed: a hint. Whether it is still true is looked at under the mutex.
            let key = self.key.load(Ordering::Relaxed);
            let mut queue = TABLE[bucket_of(key)].lock();
            if self.key.load(Ordering::Relaxed) != key {
                continue; // requeued in between
            }
            let Some(at) = queue
                .iter()
                .position(|entry| Arc::ptr_eq(&entry.sleeper, self))
            else {
                return false;
            };
            queue.remove(at);
            return true;
        }
    }
}
