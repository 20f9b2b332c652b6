//! Plain memory whose accesses are checked for data races.

pub use crate::sys::model::fresh::{FreshPointer, take_initialiser};

use super::{CELL, current_thread, take, with_pool};
use crate::sys::model::{self, Operation, Slot};
use crate::trace::recorder;

/// An unsafe cell whose accesses are told apart: reads through [`with`](Self::with), writes
/// through [`with_mut`](Self::with_mut). Two that are not ordered are a data race.
pub struct UnsafeCell<T: ?Sized> {
    slot: Slot,
    value: core::cell::UnsafeCell<T>,
}

impl<T> UnsafeCell<T> {
    /// A cell that holds `value`.
    pub const fn new(value: T) -> Self {
        Self {
            slot: Slot::new(),
            value: core::cell::UnsafeCell::new(value),
        }
    }

    /// The value, and the cell is gone.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized> UnsafeCell<T> {
    #[track_caller]
    fn index(&self) -> usize {
        self.slot.get().unwrap_or_else(|| {
            let index = take(CELL);
            self.slot.set(index);
            index
        })
    }

    /// The value, for whoever has the cell to itself: not an access that could race.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    /// Hands a pointer for reading to `read`.
    #[track_caller]
    pub fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        if model::inert() {
            return read(self.value.get());
        }
        let index = self.index();
        let cell = with_pool(|pool| pool.cells[index].clone());
        recorder::cell(current_thread, core::ptr::from_ref(self).addr(), false);
        // User code, and whatever it panics with, stays outside the checker's operation.
        let access = || Operation::run(|| cell.with(|_| ()));
        access();
        let result = read(self.value.get());
        if !model::inert() {
            access(); // and is ordered still
        }
        result
    }

    /// Hands a pointer for writing to `write`.
    #[track_caller]
    pub fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        if model::inert() {
            return write(self.value.get());
        }
        let index = self.index();
        let cell = with_pool(|pool| pool.cells[index].clone());
        recorder::cell(current_thread, core::ptr::from_ref(self).addr(), true);
        let access = || Operation::run(|| cell.with_mut(|_| ()));
        access();
        let result = write(self.value.get());
        if !model::inert() {
            access(); // and is ordered still
        }
        result
    }
}

impl<T: Default> Default for UnsafeCell<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: ?Sized> core::fmt::Debug for UnsafeCell<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("UnsafeCell { .. }")
    }
}
