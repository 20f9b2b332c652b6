//! The list of locks that the kernel goes through when a thread ends, however it ends.
//!
//! Each thread has one list, and its head belongs to the C library, which puts its own robust mutexes
//! there. There is no second head, and taking the first away would break them; so our locks become
//! entries of *that* list. What the kernel reads is simple and part of its interface for ever:
//!
//! - `head.next`, the first entry; each entry begins with the address of the next one, and the last with
//!   that of the head;
//! - `head.futex_offset`, the distance from an entry to its word, the same for all: ours must be where the C
//!   library's is;
//! - `head.list_op_pending`, an entry that is being taken or given up, and may or may not be in the list.
//!
//! For each of them whose word names the dead thread, the kernel replaces the owner by OWNER_DIED, keeps
//! WAITERS, and if that is set wakes one sleeper. For the pending entry it also wakes one if the word names
//! *nobody*: the dead may have been about to pass on a wake (since Linux 5.5).
//!
//! What only glibc knows is that an entry can be taken out of the middle: the word before each entry,
//! and before the head, is the address of the previous one. We keep these links for our neighbours, and they
//! for us. On 64-bit glibc the mutex has its word at 0 and its entry at 32 (`prev` at 24), which is what an
//! [`Entry`] at 24 and a word at 0 give; whether it is so is looked at in each thread's head, and other
//! libraries (musl has its word at 4) are refused. Bit 0 of a link says that the entry *behind* it
//! inherits priority; ours never do, and theirs are carried along.
//!
//! The kernel looks at the list only when its thread no longer runs. So what counts is the order of this
//! thread's own stores, as for a signal handler: they are volatile, with compiler fences between them.

use core::cell::{Cell, UnsafeCell};
use core::ptr;
use core::sync::atomic::{Ordering::SeqCst, compiler_fence};

use super::{errno, refused};
use crate::sys::Futex;

/// The kernel's head of the list. It begins as an entry does.
#[repr(C)]
struct Head {
    next: *mut Link,
    futex_offset: libc::c_long,
    list_op_pending: *mut Link,
}

/// An entry as the kernel sees it: where the next one is. The word before it says where the previous is.
#[repr(transparent)]
struct Link(*mut Link);

/// A lock's place in the list. It sits 24 bytes behind the word; see the top of this file.
///
/// All zero while it is in no list. What is in it are addresses of the owner's process, and only the owner's
/// thread and the kernel on its behalf ever follow them.
#[repr(C)]
#[derive(Debug)]
pub struct Entry {
    prev: UnsafeCell<*mut Link>,
    next: UnsafeCell<*mut Link>,
}

// SAFETY: only the thread that holds the lock touches its entry.
unsafe impl Send for Entry {}
// SAFETY: as above.
unsafe impl Sync for Entry {}

/// From the entry that the kernel knows to the word.
const FUTEX_OFFSET: libc::c_long = -32;

impl Default for Entry {
    fn default() -> Self {
        Self::new()
    }
}

impl Entry {
    /// An entry that is in no list.
    pub const fn new() -> Self {
        Self {
            prev: UnsafeCell::new(ptr::null_mut()),
            next: UnsafeCell::new(ptr::null_mut()),
        }
    }

    /// Whether a lock with its word and its entry at these places can be put into the list.
    pub const fn fits(word: usize, entry: usize) -> bool {
        word as libc::c_long
            == entry as libc::c_long
                + core::mem::offset_of!(Self, next) as libc::c_long
                + FUTEX_OFFSET
    }

    fn link(&self) -> *mut Link {
        self.next.get().cast()
    }

    /// From here until [`over`] the kernel looks at this lock when the thread dies, whether it is in the
    /// list or not. One at a time.
    ///
    /// # Panics
    ///
    /// In a thread whose list has another layout than this crate can join.
    #[inline]
    #[track_caller]
    pub fn announce(&self, _word: &Futex) {
        set_pending(self.link());
    }

    /// Puts the lock into this thread's list.
    ///
    /// # Safety
    ///
    /// The thread has just become the owner of the lock, which has been [announced](Self::announce). The
    /// lock stays where it is, in memory that is mapped, until the same thread has
    /// [removed](Self::remove) it or has ended.
    pub unsafe fn insert(&self) {
        let head = head();
        // SAFETY: the head of this thread is alive as long as the thread.
        let Link(first) = unsafe { ptr::read_volatile(head.cast::<Link>()) };
        // SAFETY: the entry is this thread's, who owns the lock.
        unsafe { ptr::write_volatile(self.next.get(), first) };
        // SAFETY: as above.
        unsafe { ptr::write_volatile(self.prev.get(), head.cast()) };
        // SAFETY: `first` is an entry of this thread's list, or the head.
        unsafe { set_previous(first, self.link()) };
        // The entry is complete before the kernel can find it.
        compiler_fence(SeqCst);
        // SAFETY: as for the read.
        unsafe { ptr::write_volatile(head.cast(), Link(self.link())) };
    }

    /// Takes the lock out of this thread's list.
    ///
    /// # Safety
    ///
    /// This thread has [inserted](Self::insert) it and not removed it since; it is announced.
    pub unsafe fn remove(&self) {
        // SAFETY: the entry is this thread's, who owns the lock.
        let next = unsafe { ptr::read_volatile(self.next.get()) };
        // SAFETY: as above.
        let prev = unsafe { ptr::read_volatile(self.prev.get()) };
        // SAFETY: `next` is an entry of this thread's list, or the head.
        unsafe { set_previous(next, prev) };
        // SAFETY: `prev` is an entry of this thread's list, or the head, whose first field it is.
        unsafe { ptr::write_volatile(untagged(prev), Link(next)) };
        // The kernel no longer finds the entry before it loses its way out.
        compiler_fence(SeqCst);
        // SAFETY: the entry is still this thread's.
        unsafe { ptr::write_volatile(self.next.get(), ptr::null_mut()) };
        // SAFETY: as above.
        unsafe { ptr::write_volatile(self.prev.get(), ptr::null_mut()) };
    }
}

/// What was [announced](Entry::announce) is done: the lock is in the list and the thread's, or neither.
#[inline]
pub fn over() {
    set_pending(ptr::null_mut());
}

#[inline]
#[track_caller]
fn set_pending(link: *mut Link) {
    let head = head();
    // What came before is done when the kernel sees the change, and what comes after is not begun.
    compiler_fence(SeqCst);
    let pending = head.wrapping_byte_add(core::mem::offset_of!(Head, list_op_pending));
    // SAFETY: the head of this thread is alive as long as the thread.
    unsafe { ptr::write_volatile(pending.cast(), Link(link)) };
    compiler_fence(SeqCst);
}

/// A link without the mark in its lowest bit.
fn untagged(link: *mut Link) -> *mut Link {
    link.map_addr(|address| address & !1)
}

/// Writes the link that lies before an entry.
///
/// # Safety
///
/// `of` is an entry of this thread's list, or its head; the mark does not matter.
unsafe fn set_previous(of: *mut Link, previous: *mut Link) {
    let slot = untagged(of).wrapping_sub(1);
    // SAFETY: by the layout that `find_head` has checked, there is a link before each entry.
    unsafe { ptr::write_volatile(slot, Link(previous)) };
}

std::thread_local! {
    static HEAD: Cell<*mut Head> = const { Cell::new(ptr::null_mut()) };
}

/// The head of this thread's list. It stays where it is in a forked child, whose list is empty.
#[inline]
#[track_caller]
fn head() -> *mut Head {
    let head = HEAD.get();
    if head.is_null() { find_head() } else { head }
}

#[cold]
#[track_caller]
fn find_head() -> *mut Head {
    let mut head: *mut Head = ptr::null_mut();
    let mut length: usize = 0;
    // SAFETY: both places are valid for what the kernel writes there; 0 is this thread.
    let result =
        unsafe { libc::syscall(libc::SYS_get_robust_list, 0, &raw mut head, &raw mut length) };
    if result != 0 {
        // ENOSYS: a kernel without robust lists. The others cannot happen to the calling thread.
        refused("to tell where this thread's list of locks is", errno());
    }
    let offset = if head.is_null() {
        0 // a thread that the C library did not make
    } else {
        // SAFETY: the C library has registered it for this thread, so it is alive.
        unsafe { (*head).futex_offset }
    };
    assert!(
        offset == FUTEX_OFFSET && length == size_of::<Head>(),
        "selvedge: the C library's list of robust locks cannot be joined in this thread: its words are \
         {offset} bytes from their entries, not {FUTEX_OFFSET}; use shared::Mutex with glibc, in threads that \
         glibc or std made"
    );
    HEAD.set(head);
    head
}
