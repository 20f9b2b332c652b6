// The broken twins of who a thread is, which the reentrant mutex asks; see make.rs.
Group {
    files: &["raw/thread_id.rs"],
    kit: "pub type Twin = thread_id::RawThreadId;",
    twins: &[
    Twin("thread_id_of_the_system", "the threads of a model are told apart by where a thread-local of the system is", &[Edit(
        "thread_id.rs", "in_width(thread::unique_id())",
        "{ std::thread_local!(static HERE: u8 = const { 0 }); HERE.with(|here| NonZeroUsize::new(core::ptr::from_ref(here).addr()).unwrap()) }", 0)]),
    Twin("thread_id_of_two", "two threads have one number", &[Edit(
        "thread_id.rs", "in_width(thread::unique_id())",
        "in_width(NonZeroU64::new((thread::unique_id().get() + 1) / 2).unwrap())", 0)]),
    Twin("thread_id_for_each_call", "a thread has another number whenever it asks", &[Edit(
        "thread_id.rs", "in_width(thread::unique_id())",
        "{ static NEXT: core::sync::atomic::AtomicUsize = core::sync::atomic::AtomicUsize::new(1); NonZeroUsize::new(NEXT.fetch_add(1, core::sync::atomic::Ordering::Relaxed)).unwrap() }", 0)]),
    Twin("thread_id_comes_back", "a later thread gets the number of one that has ended", &[Edit(
        "thread_id.rs", "in_width(thread::unique_id())", "in_width(thread::current_id())", 0)]),
    ],
}
