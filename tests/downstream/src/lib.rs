//! A channel of somebody else's: ordinary code over ordinary locks.

use std::collections::VecDeque;
use std::sync::Arc;

use selvedge::{Condvar, Mutex, trace};

struct Shared<T> {
    queue: Mutex<VecDeque<T>>,
    sent: Condvar,
}

/// The sending half.
pub struct Sender<T>(Arc<Shared<T>>);

/// The receiving half.
pub struct Receiver<T>(Arc<Shared<T>>);

/// A channel without a bound.
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let shared = Arc::new(Shared {
        queue: Mutex::new(VecDeque::new()),
        sent: Condvar::new(),
    });
    // For the picture of a failing model; on the machine this is nothing.
    trace::name(&shared.queue, "queue");
    trace::name(&shared.sent, "sent");
    (Sender(Arc::clone(&shared)), Receiver(shared))
}

impl<T> Sender<T> {
    /// Sends without waiting.
    pub fn send(&self, value: T) {
        self.0.queue.lock().push_back(value);
        self.0.sent.notify_one();
    }
}

impl<T> Receiver<T> {
    /// Waits for a value.
    pub fn receive(&self) -> T {
        let mut queue = self.0.queue.lock();
        loop {
            match queue.pop_front() {
                Some(value) => return value,
                None => self.0.sent.wait(&mut queue),
            }
        }
    }

    /// Waits for a value, wrongly: it looks, lets go of the lock, and only then waits.
    pub fn receive_wrongly(&self) -> T {
        if self.0.queue.lock().is_empty() {
            let mut queue = self.0.queue.lock();
            self.0.sent.wait(&mut queue);
        }
        self.receive()
    }
}
