use std::cell::UnsafeCell;

use super::textbook;

/// A lock around a counter, which says at the end whether the lock did its work.
pub trait Lock: Send + Sync + 'static {
    const NAME: &'static str;
    fn new() -> Self;
    fn with<R>(&self, section: impl FnOnce(&mut u64) -> R) -> R;
}

macro_rules! guarded {
    ($($marker:ident, $name:literal, $lock:ty, |$held:ident| $guard:expr;)*) => {$(
        pub struct $marker($lock);

        impl Lock for $marker {
            const NAME: &'static str = $name;

            fn new() -> Self {
                Self(<$lock>::new(0))
            }

            #[inline]
            fn with<R>(&self, section: impl FnOnce(&mut u64) -> R) -> R {
                let $held = &self.0;
                section(&mut $guard)
            }
        }
    )*};
}

guarded! {
    Selvedge, "selvedge", selvedge::Mutex<u64>, |mutex| mutex.lock();
    SelvedgeFair, "selvedge fair", selvedge::FairMutex<u64>, |mutex| mutex.lock();
    SelvedgeSpin, "selvedge spin", selvedge::SpinLock<u64>, |mutex| mutex.lock();
    SelvedgeTicket, "selvedge ticket", selvedge::TicketLock<u64>, |mutex| mutex.lock();
    SelvedgeMcs, "selvedge mcs", selvedge::McsLock<u64>, |mutex| mutex.lock();
    SelvedgeMonitor, "selvedge monitor", selvedge::Monitor<u64>, |monitor| monitor.lock();
    SelvedgeWriter, "selvedge rwlock, write", selvedge::RwLock<u64>, |lock| lock.write();
    SelvedgeBiasedWriter, "selvedge biased, write", selvedge::BiasedRwLock<u64>, |lock| lock.write();
    Std, "std", std::sync::Mutex<u64>, |mutex| mutex.lock().expect("nobody panics");
    ParkingLot, "parking_lot", parking_lot::Mutex<u64>, |mutex| mutex.lock();
    ParkingLotFair, "parking_lot fair", parking_lot::FairMutex<u64>, |mutex| mutex.lock();
    ParkingLot12, "parking_lot 0.12", parking_lot_12::Mutex<u64>, |mutex| mutex.lock();
    Spin, "spin", spin::Mutex<u64>, |mutex| mutex.lock();
    SpinTicket, "spin ticket", spin::mutex::TicketMutex<u64>, |mutex| mutex.lock();
    Usync, "usync", usync::Mutex<u64>, |mutex| mutex.lock();
    AsyncLock, "async-lock", async_lock::Mutex<u64>, |mutex| mutex.lock_blocking();
    Tokio, "tokio", tokio::sync::Mutex<u64>, |mutex| mutex.blocking_lock();
}

/// A lock that does not hold what it protects.
struct Around<L>(L, UnsafeCell<u64>);

// SAFETY: the value is touched by whoever holds the lock.
unsafe impl<L: Send> Send for Around<L> {}
// SAFETY: as above.
unsafe impl<L: Sync> Sync for Around<L> {}

macro_rules! around {
    ($($marker:ident, $name:literal, $lock:ty;)*) => {$(
        pub struct $marker(Around<$lock>);

        impl Lock for $marker {
            const NAME: &'static str = $name;

            fn new() -> Self {
                Self(Around(<$lock>::default(), UnsafeCell::new(0)))
            }

            #[inline]
            fn with<R>(&self, section: impl FnOnce(&mut u64) -> R) -> R {
                self.0.0.lock();
                // SAFETY: the lock is held.
                let result = section(unsafe { &mut *self.0.1.get() });
                self.0.0.unlock();
                result
            }
        }
    )*};
}

macro_rules! one_permit {
    ($($marker:ident, $name:literal, $new:expr;)*) => {$(
        pub struct $marker(Around<selvedge::semaphore::Semaphore>);

        impl Lock for $marker {
            const NAME: &'static str = $name;

            fn new() -> Self {
                Self(Around($new, UnsafeCell::new(0)))
            }

            #[inline]
            fn with<R>(&self, section: impl FnOnce(&mut u64) -> R) -> R {
                let _permit = self.0.0.acquire().expect("it is not closed");
                // SAFETY: there is one permit, which this thread has.
                section(unsafe { &mut *self.0.1.get() })
            }
        }
    )*};
}

one_permit! {
    SelvedgeOnePermit, "selvedge semaphore", selvedge::semaphore::Semaphore::new(1);
    SelvedgeOneGreedy, "selvedge greedy semaphore", selvedge::semaphore::Semaphore::greedy(1);
}

around! {
    Textbook, "textbook futex", textbook::Mutex;
    Pthread, "pthread", textbook::PthreadMutex;
}
