use std::sync::LockResult;

/// A readers-writer lock around a counter.
pub trait ReadWrite: Send + Sync + 'static {
    const NAME: &'static str;
    fn new() -> Self;
    fn read<R>(&self, section: impl FnOnce(&u64) -> R) -> R;
    fn write<R>(&self, section: impl FnOnce(&mut u64) -> R) -> R;
}

macro_rules! read_write {
    ($($marker:ident, $name:literal, $lock:ty, |$held:ident| $read:expr, $write:expr;)*) => {$(
        pub struct $marker($lock);

        impl ReadWrite for $marker {
            const NAME: &'static str = $name;

            fn new() -> Self {
                Self(<$lock>::new(0))
            }

            #[inline]
            fn read<R>(&self, section: impl FnOnce(&u64) -> R) -> R {
                let $held = &self.0;
                section(&$read)
            }

            #[inline]
            fn write<R>(&self, section: impl FnOnce(&mut u64) -> R) -> R {
                let $held = &self.0;
                section(&mut $write)
            }
        }
    )*};
}

fn held<G>(result: LockResult<G>) -> G {
    result.expect("nobody panics")
}

read_write! {
    SelvedgeRw, "selvedge", selvedge::RwLock<u64>, |lock| lock.read(), lock.write();
    SelvedgeRecursive, "selvedge recursive", selvedge::RecursiveRwLock<u64>, |lock| lock.read(), lock.write();
    SelvedgeBiased, "selvedge biased", selvedge::BiasedRwLock<u64>, |lock| lock.read(), lock.write();
    SelvedgeMutexRw, "selvedge mutex", selvedge::Mutex<u64>, |lock| lock.lock(), lock.lock();
    StdRw, "std", std::sync::RwLock<u64>,
        |lock| *held(lock.read()), *held(lock.write());
    ParkingLotRw, "parking_lot", parking_lot::RwLock<u64>, |lock| lock.read(), lock.write();
    SpinRw, "spin", spin::RwLock<u64>, |lock| lock.read(), lock.write();
    UsyncRw, "usync", usync::RwLock<u64>, |lock| lock.read(), lock.write();
    ShardedRw, "crossbeam sharded", crossbeam_utils::sync::ShardedLock<u64>,
        |lock| *held(lock.read()), *held(lock.write());
    AsyncRw, "async-lock", async_lock::RwLock<u64>, |lock| lock.read_blocking(), lock.write_blocking();
}
