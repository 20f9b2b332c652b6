//! A barrier that is used again too early.

use std::sync::Arc;

use selvedge_loom::sys::thread;
use selvedge_loom::{Condvar, Mutex, trace};

use super::{Exhibit, Finder};

pub const EXHIBIT: Exhibit = Exhibit {
    name: "barrier",
    line: "a barrier counts arrivals; a fast thread arrives again before a slow one has left",
    story: "The last to arrive sets the count back to zero, and everybody waits until it is zero. A fast thread comes round\n\
            and counts itself in before the slow one has looked, which then sees a count that is not zero and waits on.",
    finder: Finder::Loom,
    broken,
    fix: "wait until the *generation* has changed, which does not change back",
    fixed,
    bound: Some(3),
};

#[derive(Default)]
struct State {
    arrived: u32,
    generation: u32,
}

#[derive(Default)]
struct Barrier {
    state: Mutex<State>,
    opened: Condvar,
}

impl Barrier {
    /// For two threads.
    fn wait(&self, counts_generations: bool) {
        let mut state = self.state.lock();
        let generation = state.generation;
        state.arrived += 1;
        if state.arrived == 2 {
            state.arrived = 0;
            state.generation += 1;
            self.opened.notify_all();
            return;
        }
        while match counts_generations {
            true => state.generation == generation,
            false => state.arrived != 0,
        } {
            self.opened.wait(&mut state);
        }
    }
}

fn meet_twice(counts_generations: bool) {
    let barrier = Arc::new(Barrier::default());
    trace::name(&barrier.state, "arrived");
    trace::name(&barrier.opened, "opened");
    let other = {
        let barrier = Arc::clone(&barrier);
        thread::spawn_named("other", move || {
            barrier.wait(counts_generations);
            barrier.wait(counts_generations);
        })
    };
    barrier.wait(counts_generations);
    barrier.wait(counts_generations);
    other.join().unwrap();
}

fn broken() {
    meet_twice(false);
}

fn fixed() {
    meet_twice(true);
}
