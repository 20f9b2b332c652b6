// The broken twins of the locks that remember a panic; see make.rs.
Group {
    files: &["poison.rs"],
    kit: "crate::poison_kit!(Twin, self::poison);",
    twins: &[
    Twin("poison_not_remembered", "a panic is not remembered", &[Edit(
        "poison.rs", "self.poison.set.swap(true, Relaxed);", "", 0)]),
    Twin("poison_not_told", "whoever locks is not told", &[Edit(
        "poison.rs", "        if self.is_set() {\n            Err(PoisonError::new(guard))", "        if false {\n            Err(PoisonError::new(guard))", 0)]),
    Twin("poison_without_panic", "every guard poisons", &[Edit(
        "poison.rs", "if !self.panicking && thread::panicking() {", "if !self.panicking {", 0)]),
    Twin("poison_after_unlock", "a panic is remembered after the unlock", &[Edit(
        "poison.rs", "                self.watch.end();\n", "", 0), Edit(
        "poison.rs", "impl Watch<'_> {", "impl Drop for Watch<'_> { fn drop(&mut self) { self.end() } } impl Watch<'_> {", 0), Edit(
        "poison.rs", "            watch: Watch<'a>,\n            // Unlocked after `drop` below has noted the panic.\n            data: crate::$guard<'a, T>,", "            data: crate::$guard<'a, T>, watch: Watch<'a>,", 0)]),
    Twin("poison_wait_not_told", "whoever waits is not told", &[Edit(
        "poison.rs", "        self.condvar.wait(&mut guard.data);\n        guard.watch.poison.result(guard)", "        self.condvar.wait(&mut guard.data);\n        Ok(guard)", 0)]),
    ],
}
