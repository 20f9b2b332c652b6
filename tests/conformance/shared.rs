//! What the tests of `shared::Mutex` need: memory that processes share, and processes that can be killed.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};

use selvedge::shared::Mutex;

/// What is in the shared memory. All zero at first.
#[repr(C)]
pub struct Board {
    /// Two numbers that are equal, unless somebody is just changing them.
    pub pair: Mutex<[u64; 2]>,
    pub other: Mutex<[u64; 2]>,
    /// Where processes tell each other how far they are.
    pub stage: AtomicU32,
    pub done: AtomicU64,
    pub recovered: AtomicU64,
    pub progress: [AtomicU64; 8],
}

/// A piece of memory that has a file, so that it can be mapped more than once.
pub struct Memory {
    file: libc::c_int,
}

impl Memory {
    pub fn new() -> Self {
        // SAFETY: the name is a C string.
        let file = unsafe { libc::memfd_create(c"selvedge".as_ptr(), 0) };
        assert!(file >= 0);
        // SAFETY: the file was just made.
        assert_eq!(unsafe { libc::ftruncate(file, 4096) }, 0);
        Self { file }
    }

    /// Maps it, each time somewhere else.
    pub fn map(&self) -> &'static Board {
        const { assert!(size_of::<Board>() <= 4096) };
        // SAFETY: a new mapping of a file of one page, at an address of the system's choice.
        let page = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                4096,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED,
                self.file,
                0,
            )
        };
        assert_ne!(page, libc::MAP_FAILED);
        // SAFETY: it is all zero at first, which is a board, everybody uses it as one, and it stays mapped.
        unsafe { &*page.cast() }
    }
}

/// A process that was forked from this one.
pub struct Process(pub libc::pid_t);

/// Forks. The child maps the memory again, at another address, runs `body` and ends with what it returns.
///
/// This process has other threads, so the child may not allocate, print or panic.
pub fn fork(memory: &Memory, body: impl FnOnce(&'static Board) -> i32) -> Process {
    // SAFETY: the child does only what a child of a process with threads may do.
    let pid = unsafe { libc::fork() };
    assert!(pid >= 0);
    if pid == 0 {
        // SAFETY: plain numbers. A child that is left over does not stay.
        unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
        let status = body(memory.map());
        // SAFETY: ends the child without running anything that is its parent's.
        unsafe { libc::_exit(status) };
    }
    Process(pid)
}

impl Process {
    pub fn kill(self) {
        // SAFETY: the child has not been waited for, so the number is its.
        assert_eq!(unsafe { libc::kill(self.0, libc::SIGKILL) }, 0);
        let status = self.wait();
        assert!(libc::WIFSIGNALED(status), "it ended by itself: {status}");
    }

    /// Waits until it has ended by itself; what it returned.
    pub fn ends(self) -> i32 {
        let status = self.wait();
        assert!(libc::WIFEXITED(status), "it was killed: {status:#x}");
        libc::WEXITSTATUS(status)
    }

    fn wait(self) -> i32 {
        let mut status = 0;
        // SAFETY: the place is valid, and the child is ours.
        let pid = unsafe { libc::waitpid(self.0, &mut status, 0) };
        assert_eq!(pid, self.0);
        status
    }
}

/// In a child: waits to be killed.
pub fn wait_for_the_end() -> ! {
    loop {
        // SAFETY: no arguments.
        unsafe { libc::pause() };
    }
}

/// Waits until the stage is reached. Fit for a forked child.
pub fn reached(board: &Board, stage: u32) {
    while board.stage.load(SeqCst) < stage {
        std::thread::yield_now();
    }
}

/// The kernel's number of this thread.
pub fn thread_number() -> libc::pid_t {
    // SAFETY: no arguments.
    unsafe { libc::gettid() }
}

/// Waits until that thread of that process sleeps in futex(2).
pub fn asleep(process: libc::pid_t, thread: libc::pid_t) {
    let path = PathBuf::from(format!("/proc/{process}/task/{thread}/syscall"));
    let futex = format!("{} ", libc::SYS_futex);
    super::until(|| std::fs::read_to_string(&path).is_ok_and(|call| call.starts_with(&futex)));
}
