//! A bounded buffer three ways: with semaphores, with a monitor, and with condvars. Each is the whole of it.
//!
//! ```sh
//! cargo run --release --example bounded_buffer
//! ```

use std::collections::VecDeque;
use std::thread;
use std::time::Instant;

use selvedge::{Condition, Condvar, Monitor, Mutex, Semaphore};

const ROOM: usize = 8;

trait Buffer: Sync {
    fn put(&self, item: u64);
    fn take(&self) -> u64;
}

/// Two semaphores count what there is: places that are free, and items. Whoever has a permit knows that there is one for
/// him, and needs the mutex only to reach it. The permits change hands with the items: what a producer takes
/// from `free` it gives to `filled`.
struct WithSemaphores {
    free: Semaphore,
    filled: Semaphore,
    items: Mutex<VecDeque<u64>>,
}

impl WithSemaphores {
    fn new() -> Self {
        Self {
            free: Semaphore::new(ROOM),
            filled: Semaphore::new(0),
            items: Mutex::new(VecDeque::new()),
        }
    }
}

impl Buffer for WithSemaphores {
    fn put(&self, item: u64) {
        self.free.acquire().expect("nobody closes it").forget();
        self.items.lock().push_back(item);
        self.filled.add_permits(1);
    }

    fn take(&self) -> u64 {
        self.filled.acquire().expect("nobody closes it").forget();
        let item = self.items.lock().pop_front();
        self.free.add_permits(1);
        item.expect("a permit for each item")
    }
}

/// A monitor knows what its threads wait for. Nobody notifies: whoever leaves hands over to the first whose condition
/// holds, and it still does when that one goes on.
struct WithMonitor {
    items: Monitor<VecDeque<u64>>,
}

static HAS_ROOM: Condition<VecDeque<u64>> = Condition::new("has room", |items| items.len() < ROOM);
static HAS_ITEM: Condition<VecDeque<u64>> =
    Condition::new("has an item", |items| !items.is_empty());

impl Buffer for WithMonitor {
    fn put(&self, item: u64) {
        self.items
            .when(HAS_ROOM.holds(), |items| items.push_back(item));
    }

    fn take(&self) -> u64 {
        let item = self.items.when(HAS_ITEM.holds(), VecDeque::pop_front);
        item.expect("the condition holds")
    }
}

/// A mutex and two condvars, one for each thing that can be waited for. Who is woken looks again, and whoever changes
/// something must think of whom to notify.
struct WithCondvars {
    items: Mutex<VecDeque<u64>>,
    has_room: Condvar,
    has_item: Condvar,
}

impl WithCondvars {
    fn new() -> Self {
        Self {
            items: Mutex::new(VecDeque::new()),
            has_room: Condvar::new(),
            has_item: Condvar::new(),
        }
    }
}

impl Buffer for WithCondvars {
    fn put(&self, item: u64) {
        let mut items = self.items.lock();
        self.has_room
            .wait_while(&mut items, |items| items.len() == ROOM);
        items.push_back(item);
        self.has_item.notify_one();
    }

    fn take(&self) -> u64 {
        let mut items = self.items.lock();
        self.has_item
            .wait_while(&mut items, |items| items.is_empty());
        let item = items.pop_front();
        self.has_room.notify_one();
        item.expect("the loop ended because there is one")
    }
}

const ITEMS: u64 = 30_000;

/// Two producers and two consumers; returns the sum of all that was taken.
fn trade(buffer: &dyn Buffer) -> u64 {
    thread::scope(|scope| {
        for producer in 0..2 {
            scope.spawn(move || (0..ITEMS).for_each(|item| buffer.put(2 * item + producer)));
        }
        let consumers =
            [(); 2].map(|()| scope.spawn(|| (0..ITEMS).map(|_| buffer.take()).sum::<u64>()));
        consumers
            .map(|consumer| consumer.join().unwrap())
            .iter()
            .sum()
    })
}

fn main() {
    let expected = (0..2 * ITEMS).sum::<u64>();
    println!(
        "two producers, two consumers, room for {ROOM}, {} items",
        2 * ITEMS
    );
    let ways: [(&str, Box<dyn Buffer>); 3] = [
        ("semaphores", Box::new(WithSemaphores::new())),
        (
            "monitor",
            Box::new(WithMonitor {
                items: Monitor::new(VecDeque::new()),
            }),
        ),
        ("condvars", Box::new(WithCondvars::new())),
    ];
    for (name, buffer) in ways {
        let start = Instant::now();
        let sum = trade(&*buffer);
        assert_eq!(sum, expected, "an item was lost or taken twice");
        println!("  {name:<12} {:>8.0?}", start.elapsed());
    }
}
