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
//! The child of a `fork` begins with an empty table, and its thread with another sleeper: others may have been at both.

use core::cell::{RefCell, UnsafeCell};
use core::mem;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::{Address, Backend, Futex, Wait, address_hash};

/// The portable futex.
#[derive(Clone, Copy, Debug)]
pub struct Fallback;

/// More buckets than cores: two busy futexes rarely meet in one.
const BUCKETS: usize = 64;

static TABLE: [Bucket; BUCKETS] = [const { Bucket::new() }; BUCKETS];

struct Bucket {
    /// In a cell for the child of a `fork`, which has another one written there.
    queue: UnsafeCell<Mutex<VecDeque<Entry>>>,
}

// SAFETY: the mutex is shared; it is written while there is one thread.
unsafe impl Sync for Bucket {}

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
            queue: UnsafeCell::new(Mutex::new(VecDeque::new())),
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Entry>> {
        // Nothing in here panics halfway through a change, so a poisoned queue is a whole queue.
        // SAFETY: nobody writes while there is another thread, and the one there is returns from here first.
        let queue = unsafe { &*self.queue.get() };
        queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn bucket_of(key: usize) -> usize {
    address_hash(core::ptr::without_provenance(key)) % BUCKETS
}

fn key_of(address: Address) -> usize {
    address.as_ptr().addr()
}

/// How often the table was emptied. A `fork` copies it, and only the one thread of a child changes it.
static TABLE_NUMBER: AtomicUsize = AtomicUsize::new(0);

fn table_number() -> usize {
    // Relaxed: changed before there is a second thread.
    TABLE_NUMBER.load(Ordering::Relaxed)
}

/// Runs in the only thread of a child, which has none of those that sleep here. What its parent's threads were doing is
/// not undone: they may have had a mutex locked.
pub(super) fn empty_the_table() {
    // Relaxed: there is nobody else.
    TABLE_NUMBER.fetch_add(1, Ordering::Relaxed);
    for bucket in &TABLE {
        // SAFETY: there is nobody who could have a reference to it. It is not dropped: what belongs to others is not touched.
        unsafe { bucket.queue.get().write(Mutex::new(VecDeque::new())) }
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
            /// With the number of the table in which it slept.
            static SLEEPER: RefCell<(usize, Arc<Sleeper>)> = RefCell::new((table_number(), Arc::new(Sleeper::new())));
        }
        let number = table_number();
        let sleeper = SLEEPER.try_with(|sleeper| {
            let mut sleeper = sleeper.borrow_mut();
            if sleeper.0 != number {
                // A thread that the child does not have may be in the midst of waking the old one, with a lock in the
                // C library's condition variable. (On Linux std has no such lock: no test here sees the difference.)
                mem::forget(mem::replace(&mut *sleeper, (number, Arc::new(Self::new()))));
            }
            Arc::clone(&sleeper.1)
        });
        sleeper.unwrap_or_else(|_| Arc::new(Self::new()))
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
