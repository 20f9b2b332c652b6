// The broken twins of the ticket lock; see make.rs.
Group {
    files: &["raw/guard.rs", "raw/ticket.rs"],
    kit: "pub struct Twin;
          impl crate::models::spin::Spinning for Twin {
              type Raw = ticket::RawTicketLock;
          }
          impl crate::models::spin::Queueing for Twin {
              fn is_contended(raw: &Self::Raw) -> bool { raw.is_contended() }
          }",
    twins: &[
    Twin("ticket_does_not_wait", "a ticket is as good as a turn", &[Edit(
        "ticket.rs", "|serving| serving == ticket", "|serving| serving <= ticket", 0)]),
    Twin("ticket_skips_one", "the unlock serves the ticket after the next", &[Edit(
        "ticket.rs", "self.serving.store(served.wrapping_add(1), Release)", "self.serving.store(served.wrapping_add(2), Release)", 0)]),
    Twin("ticket_try_lock_draws_always", "try_lock keeps a ticket although it does not wait for its turn", &[Edit(
        "ticket.rs", "if drawn.is_ok() {", "if drawn.is_ok() || (self.next.fetch_add(1, Relaxed), false).1 {", 0)]),
    Twin("ticket_looks_again_after_unlock", "the unlock reads the lock after it has released it", &[Edit(
        "ticket.rs", "        self.serving.store(served.wrapping_add(1), Release);", "        self.serving.store(served.wrapping_add(1), Release); let _ = self.next.load(Relaxed);", 0)]),
    Twin("ticket_bump_keeps", "bump lets nobody in", &[Edit(
        "ticket.rs", "        if self.is_contended() {", "        if false && self.is_contended() {", 0)]),
    ],
}
