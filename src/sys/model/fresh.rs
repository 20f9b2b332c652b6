//! A pointer that is null at the start of every execution.

use core::cell::Cell;
use core::ptr;

use super::{here, inert};

/// A pointer in a static, protected by a lock beside it, that is null at the start of every execution. Its accesses are
/// not checked, and are no steps of the model.
#[derive(Debug)]
pub struct FreshPointer<T> {
    pointer: Cell<*mut T>,
    /// The execution that `pointer` is of; 0 before the first.
    execution: Cell<u64>,
}

// SAFETY: the threads of a model take turns, and explorations follow one another.
unsafe impl<T> Sync for FreshPointer<T> {}

impl<T> FreshPointer<T> {
    /// A pointer that is null.
    pub const fn null() -> Self {
        Self {
            pointer: Cell::new(ptr::null_mut()),
            execution: Cell::new(0),
        }
    }

    /// What it is.
    ///
    /// # Safety
    ///
    /// The lock that protects it is held.
    #[track_caller]
    pub unsafe fn get(&self) -> *mut T {
        if inert() || self.execution.get() != here() {
            return ptr::null_mut();
        }
        self.pointer.get()
    }

    /// Changes it.
    ///
    /// # Safety
    ///
    /// The lock that protects it is held.
    #[track_caller]
    pub unsafe fn set(&self, pointer: *mut T) {
        if !inert() {
            self.execution.set(here());
            self.pointer.set(pointer);
        }
    }
}
