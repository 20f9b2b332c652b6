// The broken twins of the once lock and the lazy lock; see make.rs.
Group {
    files: &["raw/once.rs", "once_lock.rs", "lazy_lock.rs"],
    kit: "pub(crate) mod raw { pub(crate) use super::once::{Names, RawOnce}; }
          use once::OnceState;
          use once_lock::OnceLock;
          use lazy_lock::LazyLock;
          pub struct Twin;
          crate::models::once_lock::kit!(Twin);",
    twins: &[
    // --- the protocol -----------------------------------------------------------------------------
    Twin("once_lock_written_late", "the value is written after the once is done", &[
        Edit("once_lock.rs", "let mut result = Ok(());", "let mut result = Ok(()); let mut late = None;", 0),
        Edit("once_lock.rs", "                    self.value.with_mut(|place| {", "                    late = Some(value); false.then(|| self.value.with_mut(|place| { let value = unreachable!();", 0),
        Edit("once_lock.rs", "                        unsafe { (*place).write(value) };\n                    });", "                        unsafe { (*place).write(value) };\n                    }));", 0),
        Edit("once_lock.rs", "        });\n        result\n", "        });\n        if let Some(value) = late { self.value.with_mut(|place| {\n// SAFETY: broken on purpose.\nunsafe { (*place).write(value); }}); }\n        result\n", 0),
    ]),
    Twin("once_lock_poisons", "a panic is for ever", &[Edit(
        "once_lock.rs", "self.initialise(&NAMES, true, initialise)?;", "self.initialise(&NAMES, false, initialise)?;", 0)]),
    Twin("once_lock_error_counts", "an initialiser that has failed counts", &[Edit(
        "once_lock.rs", "                    result = Err(error);\n                    false", "                    result = Err(error);\n                    true", 0)]),
    Twin("once_lock_waits_for_failure", "a wait ends when an attempt has panicked", &[Edit(
        "once_lock.rs", "self.once.wait_as(&NAMES, true);", "self.once.wait_as(&NAMES, false);", 0)]),
    Twin("once_lock_never_drops", "the value is not dropped", &[Edit(
        "once_lock.rs", "unsafe { self.value.get_mut().assume_init_drop() }", "", 0)]),
    Twin("once_lock_always_drops", "a value is dropped that was never made", &[Edit(
        "once_lock.rs", "    fn drop(&mut self) {\n        if self.once.state_alone().is_completed() {", "    fn drop(&mut self) {\n        if true {", 0)]),
    Twin("once_lock_takes_a_copy", "the value that was taken out is still there", &[Edit(
        "once_lock.rs", "        self.once = RawOnce::new();\n", "", 0)]),
    Twin("once_lock_sets_blindly", "a value is put where there is one", &[Edit(
        "once_lock.rs", "        if !self.once.is_completed() {\n            let there", "        if true {\n            self.once.is_completed().then(|| self.value.with_mut(|place| {\n// SAFETY: broken on purpose.\nunsafe { (*place).write(value.take().unwrap()); }}));\n            let there", 0)]),
    Twin("once_lock_set_looks_again", "setting touches the cell after others may have freed it", &[Edit(
        "once_lock.rs", "            // From here on the cell may be gone", "            self.once.is_completed(); // From here on the cell may be gone", 0)]),
    Twin("lazy_lock_tries_again", "a panic is not for ever", &[Edit(
        "lazy_lock.rs", "self.value.initialise(&NAMES, false, || {", "self.value.initialise(&NAMES, true, || {", 0)]),
    Twin("lazy_lock_taken_outside", "the initialiser is taken out before the once is entered", &[
        Edit("lazy_lock.rs", "        let made = self", "        let initialise = self.initialiser.with_mut(|place| {\n// SAFETY: broken on purpose.\nunsafe { (*place).take() }});\n        let made = self", 0),
        Edit("lazy_lock.rs", "                take_initialiser(place).expect(NO_INITIALISER)", "                initialise.expect(NO_INITIALISER)", 0),
    ]),
    Twin("lazy_lock_never_makes", "whoever comes first gets a lazy value that nobody has made", &[Edit(
        "lazy_lock.rs", "        if !this.value.is_done() {\n            this.make();", "        if this.value.is_done() {\n            this.make();", 0)]),
    ],
}
