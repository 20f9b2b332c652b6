//! An executor for futures in a model.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use crate::sys::Ordering::{Acquire, Release};
use crate::sys::{Futex, Wait};

/// Wakes the thread that polls.
struct Bell(Futex);

/// It has not rung since the last poll.
const SILENT: u32 = 0;
/// It has.
const RUNG: u32 = 1;

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        let address = self.0.address();
        // Release: what was done before the wake is seen by the poll that it leads to.
        self.0.swap(RUNG, Release);
        Futex::wake(address, 1);
    }
}

/// Runs a future on this thread of the model, which sleeps while it is pending.
///
/// The executors of the checkers do so too, and there is a difference when the execution fails. This one sleeps on a word
/// of the model, which is inert then; a thread that sleeps in `loom::future::block_on` makes loom panic a second time, and
/// the process is aborted. And the picture knows what this thread sleeps on.
#[track_caller]
pub fn block_on<F: Future>(future: F) -> F::Output {
    let bell = Arc::new(Bell(Futex::new(SILENT)));
    let waker = Waker::from(Arc::clone(&bell));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        // Acquire: pairs with the Release of whoever rings.
        while bell.0.swap(SILENT, Acquire) == SILENT {
            let _: Wait = bell.0.wait(SILENT, None);
        }
    }
}
