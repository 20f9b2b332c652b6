//! `OnceLock` and `LazyLock` on real threads, over both backends. What is asked of them is in
//! `tests/conformance/once_lock.rs`.

mod conformance;

macro_rules! conforms {
    ($($name:ident: $world:ident;)*) => {$(
        mod $name {
            use super::conformance::once_lock::{
                self as suite, AnyLazyLock, AnyOnceLock, Initialiser,
            };
            use $world::{LazyLock, OnceLock};

            struct Kit;

            impl suite::Kit for Kit {
                type OnceLock<T: Send + Sync + 'static> = OnceLock<T>;
                type LazyLock<T: Send + Sync + 'static> = LazyLock<T, Initialiser<T>>;
            }

            impl<T: Send + Sync + 'static> AnyOnceLock<T> for OnceLock<T> {
                fn get(&self) -> Option<&T> {
                    self.get()
                }
                fn get_mut(&mut self) -> Option<&mut T> {
                    self.get_mut()
                }
                fn set(&self, value: T) -> Result<(), T> {
                    self.set(value)
                }
                fn try_insert(&self, value: T) -> Result<&T, (&T, T)> {
                    self.try_insert(value)
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

            impl<T: Send + Sync + 'static> AnyLazyLock<T> for LazyLock<T, Initialiser<T>> {
                fn new(initialise: Initialiser<T>) -> Self {
                    Self::new(initialise)
                }
                fn force(&self) -> &T {
                    Self::force(self)
                }
                fn force_mut(&mut self) -> &mut T {
                    Self::force_mut(self)
                }
                fn get(&self) -> Option<&T> {
                    Self::get(self)
                }
                fn get_mut(&mut self) -> Option<&mut T> {
                    Self::get_mut(self)
                }
                fn into_inner(self) -> Result<T, Initialiser<T>> {
                    Self::into_inner(self)
                }
            }

            #[test]
            fn everybody_gets_one_value() {
                suite::everybody_gets_one_value::<Kit>();
            }

            #[test]
            fn is_empty_after_a_failure() {
                suite::is_empty_after_a_failure::<Kit>();
            }

            #[test]
            fn notices_that_it_is_entered_again() {
                suite::notices_that_it_is_entered_again::<Kit>();
            }

            #[test]
            fn gives_its_value_away() {
                suite::gives_its_value_away::<Kit>();
            }

            #[test]
            fn a_lazy_value_is_made_once() {
                suite::a_lazy_value_is_made_once::<Kit>();
            }

            #[test]
            fn a_lazy_value_is_poisoned_for_ever() {
                suite::a_lazy_value_is_poisoned_for_ever::<Kit>();
            }

            #[test]
            fn a_lazy_value_notices_that_it_is_entered_again() {
                suite::a_lazy_value_notices_that_it_is_entered_again::<Kit>();
            }

            #[test]
            fn a_lazy_value_gives_away_what_it_has() {
                suite::a_lazy_value_gives_away_what_it_has::<Kit>();
            }
        }
    )*};
}

conforms! {
    native: selvedge;
    fallback: selvedge_fallback;
}

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe};
use std::sync::MutexGuard;

use conformance::{has, lacks};
use selvedge::{LazyLock, OnceLock};

#[test]
fn statics() {
    static CELL: OnceLock<String> = OnceLock::new();
    static LAZY: LazyLock<String> = LazyLock::new(|| "lazy".to_owned());
    assert_eq!(CELL.get_or_init(|| "cell".to_owned()), "cell");
    assert_eq!(*LAZY, "lazy");
}

#[test]
fn take_as_much_room_as_they_say() {
    assert_eq!(size_of::<OnceLock<u8>>(), 8);
    assert_eq!(size_of::<OnceLock<u32>>(), 8);
    assert_eq!(size_of::<OnceLock<u64>>(), 16);
    assert_eq!(
        size_of::<OnceLock<u64>>(),
        size_of::<std::sync::OnceLock<u64>>()
    );
    assert_eq!(size_of::<LazyLock<u32>>(), 8 + size_of::<fn() -> u32>());
    #[cfg(target_pointer_width = "64")]
    assert_eq!(size_of::<LazyLock<u64>>(), 24);
}

#[test]
fn have_the_usual_traits() {
    let cell = OnceLock::<u8>::default();
    assert_eq!(format!("{cell:?}"), "OnceLock(<uninit>)");
    assert_eq!(cell, cell.clone());
    assert_eq!(cell.set(3), Ok(()));
    assert_ne!(cell, OnceLock::new());
    assert_eq!(format!("{cell:?}"), "OnceLock(3)");
    assert_eq!(cell, cell.clone());
    assert_eq!(cell, OnceLock::from(3));
    assert_ne!(cell, OnceLock::from(4));

    let mut lazy = LazyLock::<u8>::default();
    assert_eq!(format!("{lazy:?}"), "LazyLock(<uninit>)");
    *lazy += 1;
    assert_eq!(*lazy, 1);
    assert_eq!(format!("{lazy:?}"), "LazyLock(1)");
}

// Who may have it, and see it after a panic, as with the standard library's.
type Unsendable = MutexGuard<'static, u8>; // but `Sync`
type Unshareable = Cell<u8>; // but `Send`
has!(OnceLock<u8>: Send, Sync, UnwindSafe, RefUnwindSafe, Eq);
has!(OnceLock<Unshareable>: Send);
lacks!(OnceLock<Unshareable>: Sync, RefUnwindSafe);
lacks!(OnceLock<Unsendable>: Sync, Send);
lacks!(OnceLock<&'static mut u8>: UnwindSafe, RefUnwindSafe);
has!(OnceLock<AssertUnwindSafe<&'static mut u8>>: UnwindSafe, RefUnwindSafe);
has!(LazyLock<u8>: Send, Sync, UnwindSafe, RefUnwindSafe);
has!(LazyLock<u8, Unshareable>: Send, Sync);
lacks!(LazyLock<u8, Unsendable>: Send, Sync);
lacks!(LazyLock<Unshareable>: Sync, RefUnwindSafe);
lacks!(LazyLock<Unsendable>: Sync);
lacks!(LazyLock<u8, &'static mut u8>: UnwindSafe, RefUnwindSafe);
