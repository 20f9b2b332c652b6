//! Programs over the locks that remember a panic. Each states what it shows.
//!
//! A model runs its threads on one, so that `std::thread::panicking` is true for all of them while one unwinds. No
//! program here begins or ends with a lock while another may be unwinding, but for the one that is poisoned.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::go;

/// The locks that remember a panic, of a module of that shape.
pub trait Poisoning: Send + Sync + 'static {
    /// A counter in a mutex, in a lock for readers and writers, and a condvar.
    fn new() -> Self;
    /// Counts under the mutex and notifies, then panics in there if told so. The error is that of the lock.
    fn count(&self, panics: bool) -> Result<u32, u32>;
    /// Waits under the mutex until somebody has counted.
    fn wait(&self) -> Result<u32, u32>;
    /// Looks under the mutex.
    fn look(&self) -> Result<u32, u32>;
    /// Counts as the writer, then panics in there if told so.
    fn write(&self, panics: bool) -> Result<u32, u32>;
    /// Looks as a reader.
    fn read(&self) -> Result<u32, u32>;
    /// Whether the two locks say that they are poisoned.
    fn are_poisoned(&self) -> (bool, bool);
    /// Says that the counters are whole again.
    fn clear(&self);
}

/// Makes a kit of the module.
#[macro_export]
macro_rules! poison_kit {
    ($kit:ident, $($module:tt)*) => {
        /// The locks of this module.
        pub struct $kit {
            mutex: $($module)*::Mutex<$crate::models::Counter>,
            lock: $($module)*::RwLock<$crate::models::Counter>,
            changed: $($module)*::Condvar,
        }

        impl $crate::models::poison::Poisoning for $kit {
            fn new() -> Self {
                Self {
                    mutex: $($module)*::Mutex::new($crate::models::Counter::new()),
                    lock: $($module)*::RwLock::new($crate::models::Counter::new()),
                    changed: $($module)*::Condvar::new(),
                }
            }

            fn count(&self, panics: bool) -> Result<u32, u32> {
                let counter = self.mutex.lock().map_err(|error| error.get_ref().get())?;
                counter.increment();
                self.changed.notify_one();
                assert!(!panics, "in the middle");
                Ok(counter.get())
            }

            fn wait(&self) -> Result<u32, u32> {
                let counter = self.mutex.lock().map_err(|error| error.get_ref().get())?;
                let counter = self
                    .changed
                    .wait_while(counter, |counter| counter.get() == 0)
                    .map_err(|error| error.get_ref().get())?;
                Ok(counter.get())
            }

            fn look(&self) -> Result<u32, u32> {
                let counter = self.mutex.lock().map_err(|error| error.get_ref().get())?;
                Ok(counter.get())
            }

            fn write(&self, panics: bool) -> Result<u32, u32> {
                let counter = self.lock.write().map_err(|error| error.get_ref().get())?;
                counter.increment();
                assert!(!panics, "in the middle");
                Ok(counter.get())
            }

            fn read(&self) -> Result<u32, u32> {
                let counter = self.lock.read().map_err(|error| error.get_ref().get())?;
                Ok(counter.get())
            }

            fn are_poisoned(&self) -> (bool, bool) {
                (self.mutex.is_poisoned(), self.lock.is_poisoned())
            }

            fn clear(&self) {
                self.mutex.clear_poison();
                self.lock.clear_poison();
            }
        }
    };
}

poison_kit!(Shipped, crate::selvedge::poison);

fn panics(body: impl FnOnce() -> Result<u32, u32>) {
    assert!(catch_unwind(AssertUnwindSafe(body)).is_err());
}

/// Whoever comes after the panic is told, and sees what was left; whoever comes before is not.
pub fn the_next_is_told<P: Poisoning>() {
    let locks = Arc::new(P::new());
    let other = {
        let locks = Arc::clone(&locks);
        go(move || panics(|| locks.count(true)))
    };
    match locks.look() {
        Ok(count) => assert_eq!(count, 0, "the panic was not noticed"),
        Err(count) => assert_eq!(count, 1, "poisoned before the panic"),
    }
    other.join().unwrap();
    assert_eq!(locks.look(), Err(1));
    assert_eq!(locks.are_poisoned(), (true, false));
    locks.clear();
    assert_eq!(locks.count(false), Ok(2));
}

/// The same for readers, who do not poison, and a writer, who does.
pub fn readers_are_told<P: Poisoning>() {
    let locks = Arc::new(P::new());
    let other = {
        let locks = Arc::clone(&locks);
        go(move || panics(|| locks.write(true)))
    };
    match locks.read() {
        Ok(count) => assert_eq!(count, 0, "the panic was not noticed"),
        Err(count) => assert_eq!(count, 1, "poisoned before the panic"),
    }
    other.join().unwrap();
    assert_eq!(locks.read(), Err(1));
    assert_eq!(locks.write(false), Err(1));
    assert_eq!(locks.are_poisoned(), (false, true));
}

/// Who waits for a change is told that it was left in the middle.
pub fn who_waits_is_told<P: Poisoning>() {
    let locks = Arc::new(P::new());
    let other = {
        let locks = Arc::clone(&locks);
        go(move || panics(|| locks.count(true)))
    };
    assert_eq!(locks.wait(), Err(1));
    other.join().unwrap();
}
