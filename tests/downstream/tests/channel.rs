//! The channel on real threads, or in whichever world this was compiled for.

use downstream::channel;
use selvedge::sys::thread;

fn one_value() {
    let (sender, receiver) = channel();
    let thread = thread::spawn_named("sender", move || sender.send(7));
    assert_eq!(receiver.receive(), 7);
    thread.join().unwrap();
}

#[cfg(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))]
mod in_a_model {
    use super::*;
    use selvedge::explore;
    use selvedge::trace::Verdict;

    /// loom ends without a bound. Shuttle also tries orders that make no difference, and needs one.
    fn explorer() -> explore::Explorer {
        match explore::WORLD {
            "loom" => explore::Explorer::new(),
            _ => explore::Explorer::new().preemptions(4),
        }
    }

    #[test]
    fn every_interleaving_passes() {
        let exploration = explorer().run(one_value);
        exploration.expect_pass();
        assert_eq!(exploration.is_complete(), explore::WORLD == "loom");
        println!("in the world of {}: {exploration}", explore::WORLD);
    }

    #[test]
    fn the_wrong_one_is_caught() {
        let exploration = explorer().run(|| {
            let (sender, receiver) = channel();
            let thread = thread::spawn_named("sender", move || sender.send(7));
            assert_eq!(receiver.receive_wrongly(), 7);
            thread.join().unwrap();
        });
        let failure = exploration.expect_failure();
        println!("{failure}");
        assert!(matches!(failure.verdict, Verdict::LostWakeup { .. }), "{failure}");
    }
}

#[cfg(not(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle"))))]
mod on_the_machine {
    #[test]
    fn real_threads_pass() {
        println!("on the machine");
        (0..1000).for_each(|_| super::one_value());
    }
}
