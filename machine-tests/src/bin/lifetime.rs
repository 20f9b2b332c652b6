//! The object that contains a mutex is freed by its next owner, while the previous one may still be
//! inside `unlock`: over and over, for AddressSanitizer to watch.
//!
//! ```text
//! .ci/sanitize
//! ```
//!
//! builds it with the sanitizer and runs it: with `shipped`, which must pass, and with the broken twin
//! `looks_again_after_unlock`, whose unlock reads the lock once more and which must be reported.

use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use machine_tests::models::{Kit, Mutex, Shipped};
use machine_tests::selvedge::sys::spin_until;
use machine_tests::twins;

/// Long enough for the twin to be caught many times over.
const TIME: Duration = Duration::from_secs(10);

fn main() {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (Some("shipped"), None) => run::<Shipped>(),
        (Some("looks_again_after_unlock"), None) => {
            run::<twins::looks_again_after_unlock::Twin>();
        }
        _ => {
            eprintln!("usage: lifetime shipped | lifetime looks_again_after_unlock");
            std::process::exit(2);
        }
    }
}

/// Two threads meet at one object after another; each uses it once, and the second one frees it.
fn run<K: Kit>() {
    let objects = AtomicPtr::<Mutex<K, u32>>::new(std::ptr::null_mut());
    let arrived = AtomicUsize::new(0);
    let start = Instant::now();
    let mut rounds = 0u64;
    std::thread::scope(|scope| {
        let (objects, arrived) = (&objects, &arrived);
        scope.spawn(move || {
            loop {
                // The first thread publishes an object for each round, and null at the end.
                spin_until(objects, Ordering::Relaxed, |object| !object.is_null());
                let object = objects.swap(std::ptr::null_mut(), Ordering::Acquire);
                if object.addr() == END {
                    return;
                }
                arrived.fetch_add(1, Ordering::Release);
                // SAFETY: this is one of the two uses that it was made for.
                unsafe { use_once::<K>(object) };
            }
        });
        while start.elapsed() < TIME {
            rounds += 1;
            let before = arrived.load(Ordering::Acquire);
            let object = Box::into_raw(Box::new(Mutex::<K, u32>::new(0)));
            objects.store(object, Ordering::Release);
            spin_until(arrived, Ordering::Acquire, |now| now != before);
            // SAFETY: this is the other.
            unsafe { use_once::<K>(object) };
        }
        objects.store(std::ptr::without_provenance_mut(END), Ordering::Release);
    });
    println!("{rounds} objects, each freed by the second owner of its mutex");
}

/// The address of no object.
const END: usize = 16;

/// # Safety
///
/// `object` comes from a `Box`, and this is called for it twice.
unsafe fn use_once<K: Kit>(object: *mut Mutex<K, u32>) {
    // SAFETY: nobody frees it before both calls have unlocked it.
    let mutex = unsafe { &*object };
    let mut users = mutex.lock();
    *users += 1;
    let second = *users == 2;
    drop(users);
    if second {
        // SAFETY: the first one has unlocked it, or this thread would not have locked it, and whoever has
        // unlocked a mutex is done with it. That is the promise that is being tested.
        drop(unsafe { Box::from_raw(object) });
    }
}
