use std::sync::atomic::{AtomicU32, Ordering::Acquire, Ordering::Release};
use std::thread::{self, Thread};

use super::textbook::{self, futex_wait, futex_wake};

/// How one of two threads tells the other that it is its turn. Made for the two, and used by one of them each.
pub trait Signals: Send + Sync + 'static {
    const NAME: &'static str;
    fn new() -> Self;
    /// Before the first signal, on the thread that has this number, 0 or 1.
    fn arrive(&self, _number: usize) {}
    fn wait(&self, number: usize);
    fn tell(&self, number: usize);
}

/// A flag for each, under a mutex, with a condition variable for each.
macro_rules! condvars {
    ($($marker:ident, $name:literal, $mutex:ty, $condvar:ty, |$c:ident, $m:ident| $wait:expr, |$l:ident| $lock:expr;)*) => {$(
        pub struct $marker($mutex, [$condvar; 2]);

        impl Signals for $marker {
            const NAME: &'static str = $name;

            fn new() -> Self {
                Self(<$mutex>::new([false; 2]), [<$condvar>::new(), <$condvar>::new()])
            }

            fn wait(&self, number: usize) {
                let $l = &self.0;
                let mut $m = $lock;
                let $c = &self.1[number];
                while !$m[number] {
                    $wait;
                }
                $m[number] = false;
            }

            fn tell(&self, number: usize) {
                let $l = &self.0;
                let mut turns = $lock;
                turns[number] = true;
                drop(turns);
                self.1[number].notify_one();
            }
        }
    )*};
}

condvars! {
    SelvedgeCondvars, "selvedge condvar", selvedge::Mutex<[bool; 2]>, selvedge::Condvar,
        |condvar, guard| condvar.wait(&mut guard), |mutex| mutex.lock();
    StdCondvars, "std condvar", std::sync::Mutex<[bool; 2]>, std::sync::Condvar,
        |condvar, guard| guard = condvar.wait(guard).expect("nobody panics"), |mutex| mutex.lock().expect("nobody panics");
    ParkingLotCondvars, "parking_lot condvar", parking_lot::Mutex<[bool; 2]>, parking_lot::Condvar,
        |condvar, guard| condvar.wait(&mut guard), |mutex| mutex.lock();
    UsyncCondvars, "usync condvar", usync::Mutex<[bool; 2]>, usync::Condvar,
        |condvar, guard| condvar.wait(&mut guard), |mutex| mutex.lock();
}

macro_rules! two {
    ($($marker:ident, $name:literal, $one:ty, $new:expr, |$w:ident| $wait:expr, |$t:ident| $tell:expr;)*) => {$(
        pub struct $marker([$one; 2]);

        impl Signals for $marker {
            const NAME: &'static str = $name;

            fn new() -> Self {
                Self([$new, $new])
            }

            fn wait(&self, number: usize) {
                let $w = &self.0[number];
                $wait
            }

            fn tell(&self, number: usize) {
                let $t = &self.0[number];
                $tell
            }
        }
    )*};
}

two! {
    RawFutex, "raw futex", AtomicU32, AtomicU32::new(0),
        |word| while word.swap(0, Acquire) == 0 { futex_wait(word, 0) },
        |word| { word.store(1, Release); futex_wake(word, 1) };
    SelvedgeSemaphores, "selvedge semaphore", selvedge::semaphore::Semaphore, selvedge::semaphore::Semaphore::new(0),
        |semaphore| semaphore.acquire().expect("it is not closed").forget(), |semaphore| semaphore.add_permits(1);
    SelvedgeEvents, "selvedge auto-reset event", selvedge::AutoResetEvent, selvedge::AutoResetEvent::new(),
        |event| event.wait(), |event| event.set();
    PosixSemaphores, "sem_t", textbook::PosixSemaphore, textbook::PosixSemaphore::new(0),
        |semaphore| semaphore.acquire(), |semaphore| semaphore.release();
    TextbookSemaphores, "textbook semaphore", textbook::Semaphore, textbook::Semaphore::new(0),
        |semaphore| semaphore.acquire(), |semaphore| semaphore.release();
    TokioSemaphores, "tokio semaphore", tokio::sync::Semaphore, tokio::sync::Semaphore::new(0),
        |semaphore| pollster::block_on(semaphore.acquire()).expect("it is not closed").forget(), |semaphore| semaphore.add_permits(1);
}

/// Two numbers for a pipe each: what processes would use.
pub struct Pipes([[libc::c_int; 2]; 2]);

impl Signals for Pipes {
    const NAME: &'static str = "pipe";

    fn new() -> Self {
        let mut ends = [[0; 2]; 2];
        for pair in &mut ends {
            // SAFETY: there is room for two numbers.
            assert_eq!(unsafe { libc::pipe(pair.as_mut_ptr()) }, 0, "pipe");
        }
        Self(ends)
    }

    fn wait(&self, number: usize) {
        let mut byte = 0_u8;
        // SAFETY: there is room for one byte.
        let read = unsafe { libc::read(self.0[number][0], (&raw mut byte).cast(), 1) };
        assert_eq!(read, 1, "read");
    }

    fn tell(&self, number: usize) {
        let byte = 1_u8;
        // SAFETY: there is one byte to write.
        let written = unsafe { libc::write(self.0[number][1], (&raw const byte).cast(), 1) };
        assert_eq!(written, 1, "write");
    }
}

impl Drop for Pipes {
    fn drop(&mut self) {
        for end in self.0.as_flattened() {
            // SAFETY: they were opened here, and are used by nobody now.
            unsafe { libc::close(*end) };
        }
    }
}

/// Who is to be unparked, once it has arrived.
pub struct StdPark([std::sync::OnceLock<Thread>; 2], [AtomicU32; 2]);

impl Signals for StdPark {
    const NAME: &'static str = "std park";

    fn new() -> Self {
        Self(Default::default(), Default::default())
    }

    fn arrive(&self, number: usize) {
        self.0[number]
            .set(thread::current())
            .expect("it arrives once");
    }

    fn wait(&self, number: usize) {
        while self.1[number].swap(0, Acquire) == 0 {
            thread::park();
        }
    }

    fn tell(&self, number: usize) {
        self.1[number].store(1, Release);
        self.0[number].wait().unpark();
    }
}

macro_rules! parkers {
    ($($marker:ident, $name:literal, $parker:ty, $unparker:ty;)*) => {$(
        /// The parkers wait here for their threads.
        pub struct $marker([std::sync::Mutex<Option<$parker>>; 2], [$unparker; 2]);

        impl Signals for $marker {
            const NAME: &'static str = $name;

            fn new() -> Self {
                let (first, second) = (<$parker>::new(), <$parker>::new());
                let unparkers = [first.unparker().clone(), second.unparker().clone()];
                Self([Some(first).into(), Some(second).into()], unparkers)
            }

            fn wait(&self, number: usize) {
                // Nobody else comes here, so it is one exchange more than it has to be, for all who park.
                self.0[number].lock().expect("nobody panics").as_ref().expect("it is there").park();
            }

            fn tell(&self, number: usize) {
                self.1[number].unpark();
            }
        }
    )*};
}

parkers! {
    SelvedgeParkers, "selvedge parker", selvedge::Parker, selvedge::Unparker;
    CrossbeamParkers, "crossbeam parker", crossbeam_utils::sync::Parker, crossbeam_utils::sync::Unparker;
}
