//! Three philosophers, three forks.

use std::sync::Arc;

use selvedge_loom::sys::thread;
use selvedge_loom::{Mutex, trace};

use super::{Exhibit, Finder};

pub const EXHIBIT: Exhibit = Exhibit {
    name: "philosophers",
    line: "three philosophers hold a fork each, and each waits for the next one's",
    story: "Every philosopher takes the fork at the left and then the one at the right. A circle of waiting needs no two\n\
            threads that want the same two locks: three that want two each will do.",
    finder: Finder::Loom,
    broken,
    fix: "one of them takes the fork at the right first, so that not everybody can have one",
    fixed,
    bound: Some(3),
};

fn dine(first_of: fn(usize) -> (usize, usize)) {
    let forks = Arc::new([Mutex::new(()), Mutex::new(()), Mutex::new(())]);
    for (fork, name) in forks.iter().zip(["fork 0", "fork 1", "fork 2"]) {
        trace::name(fork, name);
    }
    let philosophers = ["Plato", "Zeno"].map(|name| {
        let forks = Arc::clone(&forks);
        let number = if name == "Plato" { 1 } else { 2 };
        thread::spawn_named(name, move || {
            let (first, second) = first_of(number);
            let _first = forks[first].lock();
            let _second = forks[second].lock();
        })
    });
    {
        let (first, second) = first_of(0);
        let _first = forks[first].lock();
        let _second = forks[second].lock();
    }
    for philosopher in philosophers {
        philosopher.join().unwrap();
    }
}

fn broken() {
    dine(|number| (number, (number + 1) % 3));
}

fn fixed() {
    dine(|number| match number {
        2 => (0, 2),
        number => (number, number + 1),
    });
}
