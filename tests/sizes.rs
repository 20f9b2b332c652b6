//! The sizes that the documents promise: those of the types, and those in the table of the README.

use std::collections::BTreeMap;

use selvedge::{
    AutoResetEvent, Barrier, BiasedRwLock, Condvar, Event, FairMutex, Gil, Latch, LazyLock,
    McsLock, Monitor, Mutex, Once, OnceLock, Parker, RecursiveRwLock, ReentrantMutex, RwLock,
    Semaphore, SpinLock, TicketLock, Unparker, poison, sys,
};

/// Beside the data: the data here has no size.
fn sizes() -> BTreeMap<&'static str, usize> {
    let mut sizes = BTreeMap::from([
        ("Mutex", size_of::<Mutex<()>>()),
        ("FairMutex", size_of::<FairMutex<()>>()),
        ("ReentrantMutex", size_of::<ReentrantMutex<()>>()),
        ("RwLock", size_of::<RwLock<()>>()),
        ("RecursiveRwLock", size_of::<RecursiveRwLock<()>>()),
        ("BiasedRwLock", size_of::<BiasedRwLock<()>>()),
        ("Condvar", size_of::<Condvar>()),
        ("Monitor", size_of::<Monitor<()>>()),
        ("Once", size_of::<Once>()),
        ("OnceLock", size_of::<OnceLock<()>>()),
        ("LazyLock", size_of::<LazyLock<()>>()),
        ("Barrier", size_of::<Barrier>()),
        ("Latch", size_of::<Latch>()),
        ("Event", size_of::<Event>()),
        ("AutoResetEvent", size_of::<AutoResetEvent>()),
        ("Gil", size_of::<Gil<()>>()),
        ("Parker", size_of::<Parker>()),
        ("Unparker", size_of::<Unparker>()),
        ("Semaphore", size_of::<Semaphore>()),
        ("SpinLock", size_of::<SpinLock<()>>()),
        ("TicketLock", size_of::<TicketLock<()>>()),
        ("McsLock", size_of::<McsLock<()>>()),
        ("sys::Futex", size_of::<sys::Futex>()),
    ]);
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    sizes.extend([
        ("PiMutex", size_of::<selvedge::PiMutex<()>>()),
        ("shared::Mutex", size_of::<selvedge::shared::Mutex<()>>()),
    ]);
    sizes
}

#[test]
#[cfg(target_pointer_width = "64")]
fn are_those_of_the_readme() {
    let readme = include_str!("../README.md");
    let mut sizes = sizes();
    // | `One`, `Another` (Linux) | 4, 8 | what it promises |
    for row in readme.lines().filter(|row| row.starts_with("| `")) {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let names: Vec<_> = cells[1].split('`').skip(1).step_by(2).collect();
        let bytes: Vec<usize> = match cells[2].split(", ").map(str::parse).collect() {
            Ok(bytes) => bytes,
            Err(_) => continue,
        };
        for (place, name) in names.iter().enumerate() {
            let promised = bytes.get(place).unwrap_or(&bytes[0]);
            let Some(size) = sizes.remove(name) else {
                panic!("the README has a row for {name}, and this test does not");
            };
            assert_eq!(size, *promised, "{name}");
        }
    }
    assert!(
        sizes.is_empty(),
        "no row in the README for {:?}",
        sizes.keys()
    );
}

#[test]
fn poisoning_costs_a_byte() {
    // Padded to the alignment of the word.
    let byte = align_of::<Mutex<u32>>();
    assert_eq!(
        size_of::<poison::Mutex<u32>>(),
        size_of::<Mutex<u32>>() + byte
    );
    let byte = align_of::<RwLock<usize>>();
    assert_eq!(
        size_of::<poison::RwLock<usize>>(),
        size_of::<RwLock<usize>>() + byte
    );
    assert_eq!(size_of::<poison::Condvar>(), size_of::<Condvar>());
}
