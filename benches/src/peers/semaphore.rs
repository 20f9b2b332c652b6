use super::textbook;

/// A counting semaphore, one permit at a time.
pub trait Permits: Send + Sync + 'static {
    const NAME: &'static str;
    fn new(permits: usize) -> Self;
    fn with<R>(&self, section: impl FnOnce() -> R) -> R;
}

macro_rules! permits {
    ($($marker:ident, $name:literal, $semaphore:ty, |$permits:ident| $new:expr, |$held:ident| $permit:expr;)*) => {$(
        pub struct $marker($semaphore);

        impl Permits for $marker {
            const NAME: &'static str = $name;

            fn new($permits: usize) -> Self {
                Self($new)
            }

            #[inline]
            fn with<R>(&self, section: impl FnOnce() -> R) -> R {
                let $held = &self.0;
                let _permit = $permit;
                section()
            }
        }
    )*};
}

permits! {
    SelvedgePermits, "selvedge", selvedge::semaphore::Semaphore,
        |permits| selvedge::semaphore::Semaphore::new(permits), |semaphore| semaphore.acquire().expect("it is not closed");
    SelvedgeGreedy, "selvedge greedy", selvedge::semaphore::Semaphore,
        |permits| selvedge::semaphore::Semaphore::greedy(permits), |semaphore| semaphore.acquire().expect("it is not closed");
    TokioPermits, "tokio", tokio::sync::Semaphore,
        |permits| tokio::sync::Semaphore::new(permits), |semaphore| pollster::block_on(semaphore.acquire()).expect("it is not closed");
    AsyncPermits, "async-lock", async_lock::Semaphore,
        |permits| async_lock::Semaphore::new(permits), |semaphore| semaphore.acquire_blocking();
    StdPermits, "std mutex + condvar", Counted<std::sync::Mutex<usize>, std::sync::Condvar>,
        |permits| Counted(std::sync::Mutex::new(permits), std::sync::Condvar::new()), |semaphore| semaphore.acquire();
    ParkingLotPermits, "parking_lot mutex + condvar", Counted<parking_lot::Mutex<usize>, parking_lot::Condvar>,
        |permits| Counted(parking_lot::Mutex::new(permits), parking_lot::Condvar::new()), |semaphore| semaphore.acquire();
    TextbookPermits, "textbook futex", textbook::Semaphore,
        |permits| textbook::Semaphore::new(permits as u32), |semaphore| Textbook::acquire(semaphore);
    PosixPermits, "sem_t", textbook::PosixSemaphore,
        |permits| textbook::PosixSemaphore::new(permits as u32), |semaphore| Posix::acquire(semaphore);
}

/// What one writes without a semaphore.
pub struct Counted<M, C>(M, C);

struct CountedStd<'a>(&'a Counted<std::sync::Mutex<usize>, std::sync::Condvar>);

impl Counted<std::sync::Mutex<usize>, std::sync::Condvar> {
    fn acquire(&self) -> CountedStd<'_> {
        let mut count = self.0.lock().expect("nobody panics");
        while *count == 0 {
            count = self.1.wait(count).expect("nobody panics");
        }
        *count -= 1;
        CountedStd(self)
    }
}

impl Drop for CountedStd<'_> {
    fn drop(&mut self) {
        *self.0.0.lock().expect("nobody panics") += 1;
        self.0.1.notify_one();
    }
}

struct CountedParkingLot<'a>(&'a Counted<parking_lot::Mutex<usize>, parking_lot::Condvar>);

impl Counted<parking_lot::Mutex<usize>, parking_lot::Condvar> {
    fn acquire(&self) -> CountedParkingLot<'_> {
        let mut count = self.0.lock();
        while *count == 0 {
            self.1.wait(&mut count);
        }
        *count -= 1;
        CountedParkingLot(self)
    }
}

impl Drop for CountedParkingLot<'_> {
    fn drop(&mut self) {
        *self.0.0.lock() += 1;
        self.0.1.notify_one();
    }
}

struct Textbook<'a>(&'a textbook::Semaphore);

impl<'a> Textbook<'a> {
    #[inline]
    fn acquire(semaphore: &'a textbook::Semaphore) -> Self {
        semaphore.acquire();
        Self(semaphore)
    }
}

impl Drop for Textbook<'_> {
    #[inline]
    fn drop(&mut self) {
        self.0.release();
    }
}

struct Posix<'a>(&'a textbook::PosixSemaphore);

impl<'a> Posix<'a> {
    #[inline]
    fn acquire(semaphore: &'a textbook::PosixSemaphore) -> Self {
        semaphore.acquire();
        Self(semaphore)
    }
}

impl Drop for Posix<'_> {
    #[inline]
    fn drop(&mut self) {
        self.0.release();
    }
}
