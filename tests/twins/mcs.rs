// The broken twins of the mcs lock; see make.rs.
Group {
    files: &["raw/mcs.rs"],
    kit: "pub struct Twin;
          impl crate::models::spin::Spinning for Twin {
              type Raw = mcs::RawMcsLock;
          }
          impl crate::models::spin::Queueing for Twin {
              fn is_contended(raw: &Self::Raw) -> bool { raw.is_contended() }
          }
          pub(crate) struct Made(crate::models::Counter);
          impl Made {
              pub(crate) const fn new() -> Self { Self(crate::models::Counter::new()) }
              pub(crate) fn is_made(&self) { self.0.increment() }
              pub(crate) fn is_used(&self) { assert_eq!(self.0.get(), 1) }
          }
          impl core::fmt::Debug for Made {
              fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result { f.write_str(\"made\") }
          }",
    twins: &[
    Twin("mcs_node_is_made", "nothing: making a node is an access, and whoever uses it must come after that", &[
        Edit("mcs.rs", "    granted: AtomicBool,\n", "    granted: AtomicBool,\n    made: super::Made,\n", 0),
        Edit("mcs.rs", "            granted: AtomicBool::new(false),\n", "            granted: AtomicBool::new(false),\n            made: super::Made::new(),\n", 0),
        Edit("mcs.rs", "let node = Node::new();", "let node = Node::new();\n        node.0.made.is_made();", 0),
        Edit("mcs.rs", "let predecessor = unsafe { &*predecessor };", "let predecessor = unsafe { &*predecessor };\n                predecessor.0.made.is_used();", 0),
        Edit("mcs.rs", "let node = unsafe { &*node };", "let node = unsafe { &*node };\n    node.0.made.is_used();", 0)]),
    Twin("mcs_link_not_awaited", "a thread leaves the queue while its successor is about to link itself", &[Edit(
        "mcs.rs", "Err(_) => sys::spin_until(&node.0.next, Acquire, |next| next != NOBODY),", "Err(_) => node.0.next.load(Acquire),", 0)]),
    Twin("mcs_does_not_wait_for_the_grant", "whoever is in the queue has the lock", &[Edit(
        "mcs.rs", "|granted| granted)", "|_| true)", 0)]),
    Twin("mcs_forgets_the_newcomer", "an unlock grants nobody although somebody has come", &[Edit(
        "mcs.rs", "        unsafe { grant(newcomer) }", "        let _ = newcomer;", 0)]),
    Twin("mcs_forgets_the_successor", "an unlock does not grant the successor that it knows", &[Edit(
        "mcs.rs", "            unsafe { grant(guard.successor) }", "", 0)]),
    Twin("mcs_first_not_cleared", "the link of a newcomer is left for the next one (invariant 3)", &[Edit(
        "mcs.rs", "        self.first.store(NOBODY, Relaxed);\n", "", 0)]),
    Twin("mcs_first_cleared_after_the_grant", "the lock is written to after it was given away", &[Edit(
        "mcs.rs", "        unsafe { grant(newcomer) }", "        unsafe { grant(newcomer) } self.first.store(NOBODY, Relaxed);", 0)]),
    Twin("mcs_looks_at_the_granted", "the unlock reads the node that it has granted", &[Edit(
        "mcs.rs", "    node.0.granted.store(true, Release);", "    node.0.granted.store(true, Release); let _ = node.0.granted.load(Relaxed);", 0)]),
    Twin("mcs_try_lock_queues", "try_lock waits", &[Edit(
        "mcs.rs", "        if self.take() {\n            span.acquired();\n            Some(McsGuardState { successor: NOBODY })", "        if { if !self.take() { return Some(self.acquire_contended(span)); } true } {\n            span.acquired();\n            Some(McsGuardState { successor: NOBODY })", 0)]),
    Twin("mcs_bump_keeps", "bump lets nobody in", &[Edit(
        "mcs.rs", "        if self.is_contended() {", "        if false && self.is_contended() {", 0)]),
    ],
}
