// The broken twins of the ticket lock; see make.rs.
Group {
    files: &["raw/guard.rs", "raw/ticket.rs"],
    kit: "pub struct Twin;
          impl crate::models::spin::Spinning for Twin {
              type Raw = ticket::RawTicketLock;
              fn fresh() -> Self::Raw { ticket::RawTicketLock::starting_at(u32::MAX) }
          }
          impl crate::models::spin::Queueing for Twin {
              fn is_contended(raw: &Self::Raw) -> bool { raw.is_contended() }
          }",
    twins: &[
    Twin("ticket_numbers_do_not_wrap", "waits for a number that is not smaller, which 0 never is behind 2^32 - 1", &[Edit(
        "ticket.rs", "|serving| serving == ticket", "|serving| serving >= ticket", 0)]),
    Twin("ticket_sticks_at_the_last", "the last number is served for ever", &[Edit(
        "ticket.rs", "self.serving.store(served.wrapping_add(1), Release)", "self.serving.store(served.saturating_add(1), Release)", 0)]),
    Twin("ticket_try_lock_wraps_to_one", "try_lock draws the wrong ticket where the numbers wrap around", &[Edit(
        "ticket.rs", ".compare_exchange(serving, serving.wrapping_add(1), Relaxed, Relaxed)", ".compare_exchange(serving, serving.checked_add(1).unwrap_or(1), Relaxed, Relaxed)", 0)]),
    ],
}
