//! Threads have small numbers. A process of its own: while no seat is free here, other tests would be without.

use std::sync::{Arc, Barrier};

use selvedge::sys::thread::{seat, spawn};

/// How many there are.
const SEATS: usize = 64;

#[test]
fn threads_have_seats_of_their_own_and_give_them_back() {
    let mine = seat();
    assert_eq!(mine, seat());
    // More threads than there are seats, one after the other: one that kept its seat would leave none. They end when
    // they have been joined, destructors and all.
    for _ in 0..2 * SEATS {
        let theirs = spawn(seat).join().unwrap();
        assert!(theirs < SEATS);
        assert_ne!(mine, theirs);
    }
    // And at once: there is one for everybody, if not one's own.
    let all = Arc::new(Barrier::new(SEATS + 8));
    let threads: Vec<_> = (0..SEATS + 8)
        .map(|_| {
            let all = Arc::clone(&all);
            spawn(move || {
                let seat = seat();
                all.wait();
                seat
            })
        })
        .collect();
    let seats: Vec<usize> = threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .collect();
    assert!(seats.iter().all(|&seat| seat < 2 * SEATS && seat != mine));
    let mut own: Vec<usize> = seats.into_iter().filter(|&seat| seat < SEATS).collect();
    own.sort_unstable();
    let others: Vec<usize> = (0..SEATS).filter(|&seat| seat != mine).collect();
    assert_eq!(own, others);
}
