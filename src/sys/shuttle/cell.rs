//! Plain memory whose accesses are watched for overlap.

pub use crate::sys::model::fresh::{FreshPointer, take_initialiser};

use super::{switch, with_pool};
use crate::sys::model::{self, DATA_RACE, Slot};
use crate::trace::recorder;

/// The accesses to a cell that are going on.
#[derive(Clone, Copy, Default)]
pub(super) struct Accesses {
    readers: usize,
    writers: usize,
}

/// An unsafe cell whose accesses are told apart: reads through [`with`](Self::with), writes
/// through [`with_mut`](Self::with_mut). Two that overlap fail the model; two that merely are
/// not ordered are for the loom world to find.
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
            let index = with_pool(|pool| {
                pool.cells.push(Accesses::default());
                pool.cells.len() - 1
            });
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
        let writers = with_pool(|pool| {
            pool.cells[index].readers += 1;
            pool.cells[index].writers
        });
        let thread = recorder::step();
        recorder::cell(|| thread, core::ptr::from_ref(self).addr(), false);
        if writers > 0 {
            model::fail(DATA_RACE)
        }
        switch(); // others may come in while it goes on
        let _over = Over(|| with_pool(|pool| pool.cells[index].readers -= 1));
        read(self.value.get())
    }

    /// Hands a pointer for writing to `write`.
    #[track_caller]
    pub fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        if model::inert() {
            return write(self.value.get());
        }
        let index = self.index();
        let others = with_pool(|pool| {
            let cell = &mut pool.cells[index];
            cell.writers += 1;
            cell.readers + cell.writers - 1
        });
        let thread = recorder::step();
        recorder::cell(|| thread, core::ptr::from_ref(self).addr(), true);
        if others > 0 {
            model::fail(DATA_RACE)
        }
        switch(); // others may come in while it goes on
        let _over = Over(|| with_pool(|pool| pool.cells[index].writers -= 1));
        write(self.value.get())
    }
}

/// The access is over, also when its closure unwinds.
struct Over<F: FnMut()>(F);

impl<F: FnMut()> Drop for Over<F> {
    fn drop(&mut self) {
        if model::running() {
            (self.0)();
        }
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
