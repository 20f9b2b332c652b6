//! What every `OnceLock` and `LazyLock` must do on real threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread;

use super::once::message_of;
use super::{ends, until};

/// A `OnceLock` of either backend.
pub trait AnyOnceLock<T>: Default + From<T> + Send + Sync + 'static {
    fn get(&self) -> Option<&T>;
    fn get_mut(&mut self) -> Option<&mut T>;
    fn set(&self, value: T) -> Result<(), T>;
    fn try_insert(&self, value: T) -> Result<&T, (&T, T)>;
    fn get_or_init(&self, initialise: impl FnOnce() -> T) -> &T;
    fn get_or_try_init<E>(&self, initialise: impl FnOnce() -> Result<T, E>) -> Result<&T, E>;
    fn wait(&self) -> &T;
    fn take(&mut self) -> Option<T>;
    fn into_inner(self) -> Option<T>;
}

pub type Initialiser<T> = Box<dyn FnOnce() -> T + Send>;

/// A `LazyLock` of either backend.
pub trait AnyLazyLock<T>: Send + Sync + 'static {
    fn new(initialise: Initialiser<T>) -> Self;
    fn force(&self) -> &T;
    fn force_mut(&mut self) -> &mut T;
    fn get(&self) -> Option<&T>;
    fn get_mut(&mut self) -> Option<&mut T>;
    fn into_inner(self) -> Result<T, Initialiser<T>>;
}

/// Both.
pub trait Kit: 'static {
    type OnceLock<T: Send + Sync + 'static>: AnyOnceLock<T>;
    type LazyLock<T: Send + Sync + 'static>: AnyLazyLock<T>;
}

/// A value whose halves are equal, wide enough to be seen half written, that counts how many there are.
struct Value {
    halves: [u64; 32],
    alive: Arc<AtomicU32>,
}

impl Value {
    fn new(number: u64, alive: &Arc<AtomicU32>) -> Self {
        alive.fetch_add(1, Relaxed);
        Self {
            halves: [number; 32],
            alive: Arc::clone(alive),
        }
    }

    fn number(&self) -> u64 {
        let number = self.halves[0];
        assert!(self.halves.iter().all(|half| *half == number));
        number
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Relaxed);
    }
}

pub fn everybody_gets_one_value<K: Kit>() {
    ends(|| {
        for _ in 0..200 {
            let alive = Arc::new(AtomicU32::new(0));
            let cell = Arc::new(K::OnceLock::<Value>::default());
            let threads: Vec<_> = (0..8)
                .map(|number| {
                    let (cell, alive) = (Arc::clone(&cell), Arc::clone(&alive));
                    thread::spawn(move || match number % 4 {
                        0 => cell.wait().number(),
                        1 => {
                            while cell.get().is_none() {
                                thread::yield_now();
                            }
                            cell.get().expect("it was there").number()
                        }
                        2 => {
                            let mine = Value::new(number, &alive);
                            drop(cell.set(mine));
                            cell.get().expect("there is one by now").number()
                        }
                        _ => {
                            let make = || {
                                thread::yield_now();
                                Value::new(number, &alive)
                            };
                            cell.get_or_init(make).number()
                        }
                    })
                })
                .collect();
            let numbers: Vec<_> = threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect();
            assert!(numbers.iter().all(|number| *number == numbers[0]));
            assert_eq!(alive.load(Relaxed), 1, "the others were dropped");
            drop(cell);
            assert_eq!(alive.load(Relaxed), 0, "and this with its cell");
        }
    });
}

pub fn is_empty_after_a_failure<K: Kit>() {
    ends(|| {
        let cell = Arc::new(K::OnceLock::<u8>::default());
        let patient = {
            let cell = Arc::clone(&cell);
            thread::spawn(move || *cell.wait())
        };
        let told = message_of(|| {
            cell.get_or_init(|| panic!("mine"));
        });
        assert_eq!(told, "mine");
        assert_eq!(cell.get_or_try_init(|| Err("none")), Err("none"));
        assert!(cell.get().is_none());
        assert_eq!(cell.get_or_try_init(|| Ok::<_, ()>(7)), Ok(&7));
        assert_eq!(
            cell.get_or_try_init(|| Err("not asked")),
            Ok(&7),
            "it is done"
        );
        assert_eq!(patient.join().unwrap(), 7);
    });
}

pub fn notices_that_it_is_entered_again<K: Kit>() {
    ends(|| {
        let cell = K::OnceLock::<u8>::default();
        let uses: [fn(&K::OnceLock<u8>); 3] = [
            |cell| {
                cell.get_or_init(|| 1);
            },
            |cell| {
                let _ = cell.set(1);
            },
            |cell| {
                cell.wait();
            },
        ];
        for use_it in uses {
            let told = message_of(|| {
                cell.get_or_init(|| {
                    assert!(cell.get().is_none(), "it is being made");
                    use_it(&cell);
                    2
                });
            });
            let rule = "selvedge: an initialiser uses the very OnceLock that it initialises";
            assert!(told.starts_with(rule), "{told}");
        }
        // Another one inside is no error, nor is another thread that waits.
        let (cell, begun) = (Arc::new(cell), Arc::new(AtomicU32::new(0)));
        let other = {
            let (cell, begun) = (Arc::clone(&cell), Arc::clone(&begun));
            thread::spawn(move || {
                until(|| begun.load(Relaxed) == 1);
                assert_eq!(cell.set(8), Err(8));
            })
        };
        let inner = K::OnceLock::<u8>::default();
        cell.get_or_init(|| {
            begun.store(1, Relaxed);
            *inner.get_or_init(|| 7)
        });
        other.join().unwrap();
        assert_eq!(cell.get(), Some(&7));
    });
}

pub fn gives_its_value_away<K: Kit>() {
    let alive = Arc::new(AtomicU32::new(0));
    let mut cell = K::OnceLock::<Value>::default();
    assert!(cell.take().is_none() && cell.get_mut().is_none());
    let value = cell.try_insert(Value::new(1, &alive));
    assert_eq!(value.ok().map(Value::number), Some(1));
    let refused = cell.try_insert(Value::new(2, &alive));
    let (there, back) = refused.err().expect("there is one");
    assert_eq!((there.number(), back.number()), (1, 2));
    drop(back);
    *cell.get_mut().expect("there is one") = Value::new(3, &alive);
    assert_eq!(alive.load(Relaxed), 1);
    let taken = cell.take().expect("there is one");
    assert!(cell.get().is_none());
    assert!(cell.set(Value::new(4, &alive)).is_ok(), "it is empty");
    assert_eq!((taken.number(), alive.load(Relaxed)), (3, 2));
    let inner = cell.into_inner().expect("there is one");
    assert_eq!((inner.number(), alive.load(Relaxed)), (4, 2));
    drop((taken, inner));
    assert!(K::OnceLock::<Value>::default().into_inner().is_none());
    drop(K::OnceLock::from(Value::new(5, &alive)));
    assert_eq!(alive.load(Relaxed), 0);
}

pub fn a_lazy_value_is_made_once<K: Kit>() {
    ends(|| {
        for _ in 0..200 {
            let alive = Arc::new(AtomicU32::new(0));
            let made = Arc::new(AtomicU32::new(0));
            let lazy = {
                let (alive, made) = (Arc::clone(&alive), Arc::clone(&made));
                Arc::new(K::LazyLock::<Value>::new(Box::new(move || {
                    made.fetch_add(1, Relaxed);
                    thread::yield_now();
                    Value::new(7, &alive)
                })))
            };
            assert!(lazy.get().is_none());
            let threads: Vec<_> = (0..8)
                .map(|_| {
                    let lazy = Arc::clone(&lazy);
                    thread::spawn(move || assert_eq!(lazy.force().number(), 7))
                })
                .collect();
            threads
                .into_iter()
                .for_each(|thread| thread.join().unwrap());
            assert_eq!(made.load(Relaxed), 1);
            assert_eq!(Arc::strong_count(&made), 1, "the initialiser is gone");
            drop(lazy);
            assert_eq!(alive.load(Relaxed), 0);
        }
    });
}

pub fn a_lazy_value_is_poisoned_for_ever<K: Kit>() {
    ends(|| {
        let lazy = Arc::new(K::LazyLock::<u8>::new(Box::new(|| panic!("mine"))));
        let use_it = |lazy: &K::LazyLock<u8>| {
            message_of(|| {
                lazy.force();
            })
        };
        assert_eq!(use_it(&lazy), "mine");
        let rule = "selvedge: a LazyLock is used whose initialiser has panicked; it has no value";
        assert!(use_it(&lazy).starts_with(rule));
        let other = Arc::clone(&lazy);
        let told = thread::spawn(move || use_it(&other)).join().unwrap();
        assert!(told.starts_with(rule));
        assert!(lazy.get().is_none());
        let mut lazy = Arc::into_inner(lazy).expect("the other is gone");
        assert!(lazy.get_mut().is_none());
        let told = message_of(|| {
            lazy.force_mut();
        });
        assert!(told.starts_with(rule));
        assert!(message_of(|| drop(lazy.into_inner())).starts_with(rule));
    });
}

pub fn a_lazy_value_notices_that_it_is_entered_again<K: Kit>() {
    ends(|| {
        let lazy = Arc::new_cyclic(|itself: &std::sync::Weak<K::LazyLock<u8>>| {
            let itself = itself.clone();
            K::LazyLock::new(Box::new(move || {
                *itself.upgrade().expect("it is alive").force()
            }))
        });
        let told = message_of(|| {
            lazy.force();
        });
        let rule = "selvedge: an initialiser uses the very LazyLock that it initialises";
        assert!(told.starts_with(rule), "{told}");
    });
}

pub fn a_lazy_value_gives_away_what_it_has<K: Kit>() {
    let lazy = K::LazyLock::<u8>::new(Box::new(|| 7));
    let initialise = lazy.into_inner().expect_err("nobody has used it");
    assert_eq!(initialise(), 7);
    let mut lazy = K::LazyLock::<u8>::new(Box::new(|| 8));
    assert!(lazy.get_mut().is_none());
    *lazy.force_mut() += 1;
    assert_eq!(lazy.get_mut(), Some(&mut 9));
    assert_eq!(lazy.get(), Some(&9));
    assert_eq!(lazy.into_inner().ok(), Some(9));
}
