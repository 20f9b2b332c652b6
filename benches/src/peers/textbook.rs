//! What a textbook would write on a futex, and what the system library has: what everybody else should beat.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicU32, Ordering::Acquire, Ordering::Relaxed, Ordering::Release};

/// Sleeps while the word has this value.
pub fn futex_wait(word: &AtomicU32, expected: u32) {
    let operation = libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG;
    let no_deadline = std::ptr::null::<libc::timespec>();
    // SAFETY: the word lives, and there is no deadline to read.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            operation,
            expected,
            no_deadline,
        )
    };
}

/// Wakes so many of those who sleep on the word.
pub fn futex_wake(word: &AtomicU32, count: i32) {
    let operation = libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG;
    // SAFETY: a wake does not look at the word.
    unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), operation, count) };
}

/// Three states: free, held, held and perhaps waited for. No spinning.
#[derive(Default)]
pub struct Mutex(AtomicU32);

impl Mutex {
    #[inline]
    pub fn lock(&self) {
        if self.0.compare_exchange(0, 1, Acquire, Relaxed).is_err() {
            self.lock_slowly();
        }
    }

    #[cold]
    fn lock_slowly(&self) {
        while self.0.swap(2, Acquire) != 0 {
            futex_wait(&self.0, 2);
        }
    }

    #[inline]
    pub fn unlock(&self) {
        if self.0.swap(0, Release) == 2 {
            futex_wake(&self.0, 1);
        }
    }
}

/// The permits in one word, how many threads wait in another.
#[derive(Default)]
pub struct Semaphore {
    permits: AtomicU32,
    waiting: AtomicU32,
}

impl Semaphore {
    pub fn new(permits: u32) -> Self {
        Self {
            permits: AtomicU32::new(permits),
            waiting: AtomicU32::new(0),
        }
    }

    #[inline]
    pub fn acquire(&self) {
        loop {
            let mut permits = self.permits.load(Relaxed);
            while permits > 0 {
                match self
                    .permits
                    .compare_exchange_weak(permits, permits - 1, Acquire, Relaxed)
                {
                    Ok(_) => return,
                    Err(actual) => permits = actual,
                }
            }
            self.waiting
                .fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            futex_wait(&self.permits, 0);
            self.waiting.fetch_sub(1, Relaxed);
        }
    }

    #[inline]
    pub fn release(&self) {
        self.permits
            .fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        if self.waiting.load(std::sync::atomic::Ordering::SeqCst) != 0 {
            futex_wake(&self.permits, 1);
        }
    }
}

/// The system library's mutex. It may not move, so it is boxed, as everybody does who uses it from Rust.
pub struct PthreadMutex(Box<UnsafeCell<libc::pthread_mutex_t>>);

// SAFETY: a mutex of the system is made to be shared.
unsafe impl Send for PthreadMutex {}
// SAFETY: as above.
unsafe impl Sync for PthreadMutex {}

impl Default for PthreadMutex {
    fn default() -> Self {
        Self(Box::new(UnsafeCell::new(libc::PTHREAD_MUTEX_INITIALIZER)))
    }
}

impl PthreadMutex {
    #[inline]
    pub fn lock(&self) {
        // SAFETY: it is initialised, and does not move.
        unsafe { libc::pthread_mutex_lock(self.0.get()) };
    }

    #[inline]
    pub fn unlock(&self) {
        // SAFETY: as above, and whoever calls holds it.
        unsafe { libc::pthread_mutex_unlock(self.0.get()) };
    }
}

/// The system library's semaphore.
pub struct PosixSemaphore(Box<UnsafeCell<libc::sem_t>>);

// SAFETY: a semaphore of the system is made to be shared.
unsafe impl Send for PosixSemaphore {}
// SAFETY: as above.
unsafe impl Sync for PosixSemaphore {}

impl PosixSemaphore {
    pub fn new(permits: u32) -> Self {
        // SAFETY: what sem_init is given to write to.
        let semaphore = Box::new(UnsafeCell::new(unsafe { std::mem::zeroed() }));
        // SAFETY: it is ours alone, and does not move from here on.
        let result = unsafe { libc::sem_init(semaphore.get(), 0, permits) };
        assert_eq!(result, 0, "sem_init");
        Self(semaphore)
    }

    #[inline]
    pub fn acquire(&self) {
        // SAFETY: it is initialised, and does not move. A signal makes it return early.
        while unsafe { libc::sem_wait(self.0.get()) } != 0 {}
    }

    #[inline]
    pub fn release(&self) {
        // SAFETY: as above.
        unsafe { libc::sem_post(self.0.get()) };
    }
}
