//! A readers-writer lock that has no room for one more reader: the shipped source with a smaller room, and broken
//! twins of it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use lock_api::{
    RawRwLockUpgradeDowngrade, RawRwLockUpgradeTimed, RwLock, RwLockUpgradableReadGuard,
};
use machine_tests::twins;

fn panics<R>(body: impl FnOnce() -> R) -> bool {
    catch_unwind(AssertUnwindSafe(|| drop(body()))).is_err()
}

/// Whether an upgradable reader keeps its place in the count: what it becomes does not overflow.
fn upgradable_readers_are_counted<R: RawRwLockUpgradeDowngrade>() -> bool {
    let lock = RwLock::<R, _>::new(());
    let readers = [lock.read(), lock.read(), lock.read()];
    let upgradable = lock.upgradable_read();
    // There is no fifth place.
    let refuses = panics(|| lock.read());
    let reader = catch_unwind(AssertUnwindSafe(|| {
        RwLockUpgradableReadGuard::downgrade(upgradable)
    }));
    let is_full = panics(|| lock.upgradable_read()) && lock.try_write().is_none();
    let downgraded = reader.is_ok();
    drop((readers, reader));
    // Whoever was refused has left nothing behind.
    refuses && downgraded && is_full && lock.try_write().is_some()
}

/// Whether a reader that queued up while there was no room gets in as soon as there is, within `patience`.
fn a_reader_gets_in_when_there_is_room<R>(patience: Duration) -> bool
where
    R: RawRwLockUpgradeTimed<Duration = Duration> + Send + Sync,
{
    loop {
        let lock = RwLock::<R, _>::new(());
        let upgradable = lock.upgradable_read();
        let (one, _others) = (lock.read(), [lock.read(), lock.read()]);
        let got_in = thread::scope(|scope| {
            let (leave, told_to_leave) = mpsc::channel::<()>();
            let lock = &lock;
            let (took, was_taken) = mpsc::channel();
            scope.spawn(move || {
                let _upgradable = lock.upgradable_read();
                took.send(()).unwrap();
                told_to_leave.recv().ok();
            });
            // There is no room: trying to read panics, unless somebody waits.
            while panics(|| lock.try_read()) {
                thread::sleep(Duration::from_millis(20));
            }
            let reader = scope.spawn(move || {
                catch_unwind(AssertUnwindSafe(|| lock.try_read_for(patience).is_some()))
            });
            thread::sleep(Duration::from_millis(50));
            drop(upgradable); // the other one takes its place, and there is room for nobody else
            was_taken.recv().unwrap();
            drop(one);
            let got_in = reader.join().unwrap();
            drop(leave);
            got_in
        });
        // It panics if it comes when there is no room and nobody waits: it has not queued up. Once more then.
        if let Ok(got_in) = got_in {
            return got_in;
        }
    }
}

#[test]
fn an_upgradable_reader_has_a_place() {
    assert!(upgradable_readers_are_counted::<twins::rw_of_four::Twin>());
    type Broken = twins::rw_of_four_and_an_upgradable_one::Twin;
    assert!(!upgradable_readers_are_counted::<Broken>());
    type Leaving = twins::rw_of_four_and_the_refused::Twin;
    assert!(!upgradable_readers_are_counted::<Leaving>());
}

#[test]
fn room_is_given_to_who_waits() {
    let patience = Duration::from_secs(60);
    type Shipped = twins::rw_of_four::Twin;
    assert!(a_reader_gets_in_when_there_is_room::<Shipped>(patience));
    // The reader may have come too late to be forgotten, if the machine is busy.
    type Broken = twins::rw_of_four_strands::Twin;
    let patience = Duration::from_millis(300);
    assert!((0..20).any(|_| !a_reader_gets_in_when_there_is_room::<Broken>(patience)));
}
