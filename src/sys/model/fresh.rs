//! What a static needs to start fresh in every execution: a pointer that is null then, and initialisers that can be
//! called again.

use core::any::TypeId;
use core::cell::Cell;
use core::marker::PhantomData;
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

/// Takes an initialiser out of its place, to be called. In a model a function pointer stays there too: a static starts
/// fresh in the next execution, and needs it again.
pub fn take_initialiser<T, F: FnOnce() -> T>(place: &mut Option<F>) -> Option<F> {
    if id_of::<F>() != id_of::<fn() -> T>() {
        return place.take();
    }
    place.as_ref().map(|function| {
        // SAFETY: `function` is valid for reads. `F` is a function pointer, whatever the lifetimes in its result: it is
        // `Copy`, so that there may be two of it.
        unsafe { ptr::read(function) }
    })
}

/// Which type it is, lifetimes aside: [`TypeId::of`] without its bound.
fn id_of<T: ?Sized>() -> TypeId {
    trait Identified {
        fn id(&self) -> TypeId
        where
            Self: 'static;
    }
    impl<T: ?Sized> Identified for PhantomData<T> {
        fn id(&self) -> TypeId
        where
            Self: 'static,
        {
            TypeId::of::<T>()
        }
    }
    let marker: &dyn Identified = &PhantomData::<T>;
    // SAFETY: the same pointer and the same table of functions; only a lifetime is made longer. Behind it is a
    // value without content, and the one function that is called reads nothing and keeps nothing.
    let marker: &(dyn Identified + 'static) = unsafe { core::mem::transmute(marker) };
    marker.id()
}
