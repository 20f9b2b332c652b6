//! Mutex, every interleaving.
use selvedge_loom::explore::Explorer;
use selvedge_loom::sys::cell::UnsafeCell;
use selvedge_loom::sys::thread;
use selvedge_loom::Mutex;
use std::sync::Arc;

struct Counter(UnsafeCell<u32>);
unsafe impl Send for Counter {}
impl Counter { fn inc(&self) { self.0.with_mut(|p| unsafe { *p += 1 }) } fn get(&self) -> u32 { self.0.with(|p| unsafe { *p }) } }

fn excl(threads: usize, rounds: usize, b: Option<usize>) {
    let mut e = Explorer::new();
    if let Some(b) = b { e = e.preemptions(b); }
    let x = e.run(move || {
        let m = Arc::new(Mutex::new(Counter(UnsafeCell::new(0))));
        let hs: Vec<_> = (1..threads).map(|_| { let m = m.clone(); thread::spawn(move || for _ in 0..rounds { m.lock().inc() }) }).collect();
        for _ in 0..rounds { m.lock().inc() }
        for h in hs { h.join().unwrap(); }
        assert_eq!(m.lock().get(), (threads * rounds) as u32);
    });
    eprintln!("{threads}x{rounds} {b:?}: {x} in {:?}", x.elapsed());
    x.expect_pass();
}
#[test] fn two() { excl(2, 1, None) }
#[test] fn two_two() { excl(2, 2, None) }
#[test] fn three_b2() { excl(3, 1, Some(2)) }
#[test] fn three_b3() { excl(3, 1, Some(3)) }
#[test] fn abba() {
    let x = Explorer::new().run(|| {
        let a = Arc::new(Mutex::new(0)); let b = Arc::new(Mutex::new(0));
        selvedge_loom::trace::name(&*a, "A"); selvedge_loom::trace::name(&*b, "B");
        let (a2, b2) = (a.clone(), b.clone());
        let h = thread::spawn(move || { let _b = b2.lock(); let _a = a2.lock(); });
        { let _a = a.lock(); let _b = b.lock(); }
        h.join().unwrap();
    });
    eprintln!("{x}\n{}\n{}", x.expect_failure(), x.expect_failure().interleaving.detailed());
}
#[test] #[ignore] fn three() { excl(3, 1, None) }
