//! x
use selvedge_shuttle::explore::{Explorer,Strategy};
use selvedge_shuttle::sys::cell::UnsafeCell;
use selvedge_shuttle::sys::thread;
use selvedge_shuttle::Mutex;
use std::sync::Arc;

struct Counter(UnsafeCell<u32>);
unsafe impl Send for Counter {}
impl Counter { fn inc(&self) { self.0.with_mut(|p| unsafe { *p += 1 }) } fn get(&self) -> u32 { self.0.with(|p| unsafe { *p }) } }

fn excl(threads: usize, rounds: usize, s: Strategy) {
    let x = Explorer::new().strategy(s).run(move || {
        let m = Arc::new(Mutex::new(Counter(UnsafeCell::new(0))));
        let hs: Vec<_> = (1..threads).map(|_| { let m = m.clone(); thread::spawn(move || for _ in 0..rounds { m.lock().inc() }) }).collect();
        for _ in 0..rounds { m.lock().inc() }
        for h in hs { h.join().unwrap(); }
        assert_eq!(m.lock().get(), (threads * rounds) as u32);
    });
    eprintln!("{threads}x{rounds}: {x} in {:?}", x.elapsed());
    x.expect_pass();
}
#[test] fn two() { excl(2, 1, Strategy::Exhaustive) }
#[test] fn two_two() { excl(2, 2, Strategy::Exhaustive) }
#[test] fn rand() { excl(4, 2, Strategy::Random{executions:10000,seed:1}) }
#[test] fn pct() { excl(4, 2, Strategy::Pct{executions:10000,depth:3,seed:1}) }
#[test] fn abba() {
    let x = Explorer::new().run(|| {
        let a = Arc::new(Mutex::new(0)); let b = Arc::new(Mutex::new(0));
        selvedge_shuttle::trace::name(&*a, "A"); selvedge_shuttle::trace::name(&*b, "B");
        let (a2, b2) = (a.clone(), b.clone());
        let h = thread::spawn(move || { let _b = b2.lock(); let _a = a2.lock(); });
        { let _a = a.lock(); let _b = b.lock(); }
        h.join().unwrap();
    });
    eprintln!("{x}\n{}\n", x.expect_failure());
}
