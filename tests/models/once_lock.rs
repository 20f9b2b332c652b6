//! Programs over a `OnceLock` and a `LazyLock`. Each states what it shows; a wrong one fails an assertion in it, races,
//! or leaves somebody asleep.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use super::lifetime::Mortal;
use super::once::panic_of;
use super::{Counter, go};
use crate::selvedge;

/// What a cell is asked for.
pub trait AnyOnceLock<T>: Default + From<T> + Send + Sync + 'static {
    /// The value, if it is there.
    fn get(&self) -> Option<&T>;
    /// Puts it there.
    fn set(&self, value: T) -> Result<(), T>;
    /// The value, made if need be.
    fn get_or_init(&self, initialise: impl FnOnce() -> T) -> &T;
    /// The same, if it can be made.
    fn get_or_try_init<E>(&self, initialise: impl FnOnce() -> Result<T, E>) -> Result<&T, E>;
    /// Waits for the value.
    fn wait(&self) -> &T;
    /// Takes the value out.
    fn take(&mut self) -> Option<T>;
    /// Takes the value out, and the cell is gone.
    fn into_inner(self) -> Option<T>;
}

/// An initialiser of any kind.
pub type Initialiser<T> = Box<dyn FnOnce() -> T + Send>;

/// What a lazy value is asked for.
pub trait AnyLazyLock<T>: Send + Sync + 'static {
    /// To be made by this.
    fn new(initialise: Initialiser<T>) -> Self;
    /// The value, made if need be.
    fn force(&self) -> &T;
    /// The value, if it is there.
    fn get(&self) -> Option<&T>;
}

/// The types under test.
pub trait Kit: 'static {
    /// The cell.
    type OnceLock<T: Send + Sync + 'static>: AnyOnceLock<T>;
    /// The lazy value.
    type LazyLock<T: Send + Sync + 'static>: AnyLazyLock<T>;
}

/// Makes a kit of the `OnceLock` and the `LazyLock` that are in scope.
macro_rules! kit {
    ($kit:ty) => {
        impl<T: Send + Sync + 'static> crate::models::once_lock::AnyOnceLock<T> for OnceLock<T> {
            fn get(&self) -> Option<&T> {
                self.get()
            }
            fn set(&self, value: T) -> Result<(), T> {
                self.set(value)
            }
            fn get_or_init(&self, initialise: impl FnOnce() -> T) -> &T {
                self.get_or_init(initialise)
            }
            fn get_or_try_init<E>(
                &self,
                initialise: impl FnOnce() -> Result<T, E>,
            ) -> Result<&T, E> {
                self.get_or_try_init(initialise)
            }
            fn wait(&self) -> &T {
                self.wait()
            }
            fn take(&mut self) -> Option<T> {
                self.take()
            }
            fn into_inner(self) -> Option<T> {
                self.into_inner()
            }
        }

        impl<T: Send + Sync + 'static> crate::models::once_lock::AnyLazyLock<T>
            for LazyLock<T, crate::models::once_lock::Initialiser<T>>
        {
            fn new(initialise: crate::models::once_lock::Initialiser<T>) -> Self {
                LazyLock::new(initialise)
            }
            fn force(&self) -> &T {
                LazyLock::force(self)
            }
            fn get(&self) -> Option<&T> {
                LazyLock::get(self)
            }
        }

        impl crate::models::once_lock::Kit for $kit {
            type OnceLock<T: Send + Sync + 'static> = OnceLock<T>;
            type LazyLock<T: Send + Sync + 'static> =
                LazyLock<T, crate::models::once_lock::Initialiser<T>>;
        }
    };
}
#[allow(unused_imports, reason = "for the twins")]
pub(crate) use kit;

/// What is shipped.
pub struct Shipped;

mod shipped {
    use crate::selvedge::{LazyLock, OnceLock};
    kit!(super::Shipped);
}

/// A value in plain memory: whoever looks at it without being ordered after its maker is caught.
pub struct Plain {
    name: u32,
    made: Counter,
}

/// A value that was written to after it was made, as an access that the models see.
fn plain(name: u32) -> Plain {
    let made = Counter::new();
    made.increment();
    Plain { name, made }
}

impl Plain {
    /// Whoever it is, it is whole.
    fn name(&self) -> u32 {
        assert_eq!(self.made.get(), 1, "half a value");
        self.name
    }
}

type Cell<K, T> = <K as Kit>::OnceLock<T>;
type Lazy<K, T> = <K as Kit>::LazyLock<T>;

/// One initialiser runs, and everybody gets its value.
pub fn one_value<K: Kit>(threads: u32) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let shared = Arc::new((Cell::<K, Plain>::default(), Counter::new()));
        let names = Arc::new(std::sync::Mutex::new(Vec::new()));
        let use_it = {
            let names = Arc::clone(&names);
            move |shared: &(Cell<K, Plain>, Counter), name: u32| {
                let value = shared.0.get_or_init(|| {
                    shared.1.increment();
                    plain(name)
                });
                let made_by = value.name();
                names.lock().unwrap().push(made_by);
                assert_eq!(shared.1.get(), 1, "initialisers ran");
            }
        };
        let others: Vec<_> = (1..threads)
            .map(|name| {
                let (shared, use_it) = (Arc::clone(&shared), use_it.clone());
                go(move || use_it(&shared, name))
            })
            .collect();
        use_it(&shared, 0);
        others.into_iter().for_each(|other| other.join().unwrap());
        let names = names.lock().unwrap();
        assert!(names.iter().all(|name| *name == names[0]), "{names:?}");
    }
}

/// `get` gives nothing or the whole value, also while it is made.
pub fn get_beside<K: Kit>() {
    let shared = Arc::new((Cell::<K, Plain>::default(), Counter::new()));
    let other = {
        let shared = Arc::clone(&shared);
        go(move || {
            shared.0.get_or_init(|| {
                assert!(shared.0.get().is_none(), "it is being made");
                shared.1.increment();
                plain(7)
            });
        })
    };
    if let Some(value) = shared.0.get() {
        assert_eq!(value.name(), 7);
        assert_eq!(shared.1.get(), 1);
    }
    other.join().unwrap();
    assert_eq!(shared.0.get().map(Plain::name), Some(7));
}

/// Those who wait get the value, and also if the first attempt fails.
pub fn all_who_wait<K: Kit>(
    waiters: usize,
    fails: bool,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let cell = Arc::new(Cell::<K, Plain>::default());
        let others: Vec<_> = (0..waiters)
            .map(|_| {
                let cell = Arc::clone(&cell);
                go(move || assert_eq!(cell.wait().name(), 7))
            })
            .collect();
        if fails {
            assert_eq!(cell.get_or_try_init(|| Err(1)).err(), Some(1));
        }
        assert!(cell.set(plain(7)).is_ok());
        others.into_iter().for_each(|other| other.join().unwrap());
    }
}

/// Those who wait are not told of a panic, and wait on.
pub fn waits_through_a_panic<K: Kit>() {
    let cell = Arc::new(Cell::<K, Plain>::default());
    let other = {
        let cell = Arc::clone(&cell);
        go(move || assert_eq!(cell.wait().name(), 7))
    };
    let told = panic_of(|| {
        cell.get_or_init(|| panic!("on purpose"));
    });
    assert_eq!(told.as_deref(), Some("on purpose"));
    assert!(cell.get().is_none());
    assert!(cell.set(plain(7)).is_ok());
    other.join().unwrap();
}

/// Of two who set it, one succeeds; the other gets its own value back.
pub fn one_sets<K: Kit>() {
    let cell = Arc::new(Cell::<K, Plain>::default());
    let set = |cell: &Cell<K, Plain>, mine: u32| match cell.set(plain(mine)) {
        Ok(()) => assert_eq!(cell.get().map(Plain::name), Some(mine)),
        Err(back) => {
            assert_eq!(back.name(), mine);
            let there = cell.get().expect("it was refused because there is one");
            assert_eq!(there.name(), 3 - mine);
        }
    };
    let other = {
        let cell = Arc::clone(&cell);
        go(move || set(&cell, 1))
    };
    set(&cell, 2);
    other.join().unwrap();
}

/// After an initialiser that panicked or failed the cell is empty: the next one runs, and sees what the first has left.
pub fn tries_again<K: Kit>(panics: bool) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let shared = Arc::new((Cell::<K, Plain>::default(), Counter::new()));
        let other = {
            let shared = Arc::clone(&shared);
            go(move || {
                let told = panic_of(|| {
                    let got = shared.0.get_or_try_init(|| {
                        shared.1.increment();
                        assert!(!panics, "on purpose");
                        Err(())
                    });
                    if let Ok(value) = got {
                        assert_eq!(value.name(), 7);
                    }
                });
                assert!(told.is_none_or(|told| panics && told == "on purpose"));
            })
        };
        let mut before = None;
        let value = shared.0.get_or_init(|| {
            before = Some(shared.1.get());
            shared.1.increment();
            plain(7)
        });
        assert_eq!(value.name(), 7);
        assert_eq!(before.map(|before| before + 1), Some(shared.1.get()));
        other.join().unwrap();
        assert_eq!(shared.0.get().map(Plain::name), Some(7));
    }
}

/// An initialiser that uses its own cell panics and leaves it empty; another thread that only waits gets its turn.
pub fn entered_again<K: Kit>(waits: bool) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let cell = Arc::new(Cell::<K, Plain>::default());
        let other = {
            let cell = Arc::clone(&cell);
            go(move || {
                let told = panic_of(|| {
                    cell.get_or_init(|| {
                        if waits {
                            cell.wait();
                        } else {
                            let _ = cell.set(plain(1));
                        }
                        plain(2)
                    });
                });
                if let Some(told) = told {
                    assert!(told.contains("the very OnceLock"), "{told}");
                }
            })
        };
        assert_eq!(cell.get_or_init(|| plain(3)).name(), 3);
        other.join().unwrap();
    }
}

/// How many were dropped in this execution. One exploration runs at a time.
static DROPPED: AtomicU32 = AtomicU32::new(0);

/// Counts in `DROPPED`. It has no content, so that it is harmless to drop one that was never made, which is what a
/// broken cell does.
pub struct Tallied;

impl Drop for Tallied {
    fn drop(&mut self) {
        DROPPED.fetch_add(1, Relaxed);
    }
}

fn dropped() -> u32 {
    DROPPED.load(Relaxed)
}

/// A value is dropped with its cell, once, or handed out; and one that was never made is not.
pub fn dropped_once<K: Kit>() {
    DROPPED.store(0, Relaxed);
    let cell = Arc::new(Cell::<K, Tallied>::default());
    let other = {
        let cell = Arc::clone(&cell);
        go(move || {
            let _ = cell.get_or_try_init(|| Err(()));
            // Its own use of the cell may be the last.
        })
    };
    let made = cell.set(Tallied).is_ok();
    assert!(made);
    assert_eq!(dropped(), 0);
    drop(cell);
    other.join().unwrap();
    assert_eq!(dropped(), 1, "with its cell");

    let mut cell = Cell::<K, Tallied>::default();
    assert!(cell.take().is_none());
    drop(cell);
    assert_eq!(dropped(), 1, "there was none");

    let mut cell = Cell::<K, Tallied>::from(Tallied);
    let taken = cell.take().expect("there is one");
    assert_eq!(dropped(), 1, "it was handed out");
    assert!(cell.get().is_none(), "it was taken out");
    drop(taken);
    assert_eq!(dropped(), 2);
    assert!(cell.set(Tallied).is_ok(), "it is empty");
    drop(cell.into_inner());
    assert_eq!(dropped(), 3);
    drop(Cell::<K, Tallied>::from(Tallied));
    assert_eq!(dropped(), 4);
}

/// Freed by the thread that has waited for the value, while the one that set it may still be in its call.
pub fn freed_by_the_waiter<K: Kit>() {
    let cell = Mortal::new(Cell::<K, Plain>::default());
    let other = {
        let cell = Arc::clone(&cell);
        go(move || assert!(cell.get().set(plain(7)).is_ok()))
    };
    assert_eq!(cell.get().wait().name(), 7);
    cell.kill();
    other.join().unwrap();
}

/// Two initialisers that need each other's value. This one fails, also with what is shipped.
pub fn circle<K: Kit>() {
    let both = Arc::new((Cell::<K, u8>::default(), Cell::<K, u8>::default()));
    let other = {
        let both = Arc::clone(&both);
        go(move || {
            both.1.get_or_init(|| *both.0.get_or_init(|| 1));
        })
    };
    both.0.get_or_init(|| *both.1.get_or_init(|| 2));
    other.join().unwrap();
}

// --- LazyLock -------------------------------------------------------------------------------------

/// The initialiser runs once, everybody gets its value, and what it took with it is gone.
pub fn lazy_value<K: Kit>(threads: usize) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let count = Arc::new(Counter::new());
        let lazy = {
            let count = Arc::clone(&count);
            Arc::new(Lazy::<K, Plain>::new(Box::new(move || {
                count.increment();
                plain(7)
            })))
        };
        let use_it = |lazy: &Lazy<K, Plain>, count: &Counter| {
            if let Some(value) = lazy.get() {
                assert_eq!(value.name(), 7);
            }
            assert_eq!(lazy.force().name(), 7);
            assert_eq!(count.get(), 1);
            assert!(lazy.get().is_some());
        };
        let others: Vec<_> = (1..threads)
            .map(|_| {
                let (lazy, count) = (Arc::clone(&lazy), Arc::clone(&count));
                go(move || use_it(&lazy, &count))
            })
            .collect();
        use_it(&lazy, &count);
        others.into_iter().for_each(|other| other.join().unwrap());
        assert_eq!(
            Arc::strong_count(&count),
            1,
            "the initialiser is still there"
        );
    }
}

/// A panic of the initialiser is one for everybody, for ever.
pub fn lazy_poisoned<K: Kit>() {
    let lazy = Arc::new(Lazy::<K, Plain>::new(Box::new(|| panic!("on purpose"))));
    let told = |lazy: &Lazy<K, Plain>| {
        panic_of(|| {
            lazy.force();
        })
        .expect("there is no value")
    };
    let other = {
        let lazy = Arc::clone(&lazy);
        go(move || {
            let told = told(&lazy);
            let known = told == "on purpose" || told.contains("a LazyLock is used whose");
            assert!(known, "{told}");
        })
    };
    let first = told(&lazy);
    other.join().unwrap();
    assert!(first == "on purpose" || first.contains("a LazyLock is used whose"));
    let again = told(&lazy);
    assert!(again.contains("never will have"), "{again}");
    assert!(lazy.get().is_none());
}

/// An initialiser that uses its own value panics.
pub fn lazy_entered_again<K: Kit>() {
    let lazy = Arc::new_cyclic(|itself: &std::sync::Weak<Lazy<K, Plain>>| {
        let itself = itself.clone();
        Lazy::<K, Plain>::new(Box::new(move || {
            plain(itself.upgrade().expect("it is alive").force().name())
        }))
    });
    let told = |lazy: &Lazy<K, Plain>| {
        panic_of(|| {
            lazy.force();
        })
        .expect("there is no value")
    };
    let other = {
        let lazy = Arc::clone(&lazy);
        go(move || {
            told(&lazy);
        })
    };
    told(&lazy);
    other.join().unwrap();
    let again = told(&lazy);
    assert!(again.contains("a LazyLock is used whose"), "{again}");
}

// --- statics --------------------------------------------------------------------------------------

/// Statics are empty at the start of every execution, and made once in each.
pub fn statics() {
    use selvedge::{LazyLock, OnceLock};
    static CELL: OnceLock<Plain> = OnceLock::new();
    static LAZY: LazyLock<(Plain, String)> = LazyLock::new(|| {
        MADE.fetch_add(1, Relaxed);
        (plain(7), "seven".to_owned())
    });
    static MADE: AtomicU32 = AtomicU32::new(0);
    MADE.store(0, Relaxed);
    let other = go(|| {
        assert_eq!((LAZY.0.name(), &*LAZY.1), (7, "seven"));
        CELL.wait();
    });
    assert!(CELL.set(plain(8)).is_ok(), "of the last execution");
    assert_eq!((LAZY.0.name(), &*LAZY.1), (7, "seven"));
    other.join().unwrap();
    assert_eq!(CELL.get().map(Plain::name), Some(8));
    assert_eq!(MADE.load(Relaxed), 1);
}
