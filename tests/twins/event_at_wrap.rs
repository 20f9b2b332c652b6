// The broken twins of the event, where its generation wraps around; see make.rs.
Group {
    files: &["raw/event.rs"],
    kit: "#[derive(Debug)] pub struct Twin(event::RawEvent);
          crate::any_event!(event::RawEvent);
          impl crate::models::event::AnyEvent for Twin {
              fn unset() -> Self { Self(event::RawEvent::starting_at(u32::MAX)) }
              fn set(&self) { self.0.set(); }
              fn reset(&self) -> bool { self.0.reset() }
              fn is_set(&self) -> bool { self.0.is_set() }
              fn wait(&self) { self.0.wait(None); }
              fn wait_some_time(&self) -> bool { self.0.wait(crate::models::event::some_time()) }
          }",
    twins: &[
    Twin("event_generation_overflows", "the generation is not expected to wrap around", &[Edit(
        "event.rs", ".wrapping_add(ONE_GENERATION)", "+ ONE_GENERATION", 0)]),
    Twin("event_waits_for_a_later_generation", "a waiter is released by a generation that is greater, which 0 is not", &[Edit(
        "event.rs", "(state ^ before) & GENERATION != 0", "(state & GENERATION) > (before & GENERATION)", 0)]),
    ],
}
