//! The broken twins on real threads, for what a checker of models is no judge of: a sanitizer is. See
//! `machine-tests/src/bin/lifetime.rs`.

pub use selvedge;

#[path = "../../tests/models/mod.rs"]
pub mod models;

/// The broken twins: the shipped source with one line changed, made by `build.rs`.
#[allow(warnings, clippy::all, reason = "broken on purpose")]
pub mod twins {
    include!(concat!(env!("OUT_DIR"), "/twins.rs"));
}

/// Runs a future, on the thread that it is called on.
pub fn block_on<F: Future>(future: F) -> F::Output {
    use std::sync::Arc;
    use std::task::{Context, Poll, Wake, Waker};
    struct Unparks(std::thread::Thread);
    impl Wake for Unparks {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unparks(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}
