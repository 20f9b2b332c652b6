// Included by the build script of `loom-tests` and by the tests of this file: finds every ordering above Relaxed in a
// source file of floors 1 and 2, and names it by what does not change when lines move.

/// An ordering above Relaxed in a call.
#[derive(Debug, PartialEq, Eq)]
pub struct FoundOrdering {
    /// Where the word begins and ends, in bytes.
    pub from: usize,
    /// See `from`.
    pub to: usize,
    /// `Acquire`, `Release` or `AcqRel`.
    pub ordering: String,
    /// The function that it stands in, and from the second on which of those in functions of that name: `call#2`.
    pub name: String,
    /// The call that it is an argument of.
    pub call: String,
    /// The line, from 1.
    pub line: usize,
}

/// The orderings above Relaxed of a file, in order.
///
/// # Panics
///
/// At an ordering that is no plain argument of a call: it could not be weakened, and nobody would notice.
pub fn orderings_in(path: &str, source: &str) -> Vec<FoundOrdering> {
    let mut found: Vec<FoundOrdering> = Vec::new();
    let mut function = String::new();
    // For each open parenthesis: the name before it, and how many commas came since.
    let mut open: Vec<(String, usize)> = Vec::new();
    let tokens = tokens_of(source);
    let text = |at: usize| tokens.get(at).map_or("", |&(from, to)| &source[from..to]);
    let mut at = 0;
    while at < tokens.len() {
        let before = if at == 0 { "" } else { text(at - 1) };
        match text(at) {
            "use" => {
                while at < tokens.len() && text(at) != ";" {
                    at += 1;
                }
            }
            // Not so in the type of a function.
            "fn" if text(at + 1) != "(" => function = text(at + 1).to_owned(),
            "(" => open.push((before.to_owned(), 0)),
            ")" => drop(open.pop()),
            "," => {
                if let Some((_, commas)) = open.last_mut() {
                    *commas += 1;
                }
            }
            // A type of that name, and a name in a macro.
            "Acquire" if before == "$" || text(at + 1) == "<" => {}
            word @ ("Acquire" | "Release" | "AcqRel" | "SeqCst") => {
                let (from, to) = tokens[at];
                let line = source[..from].lines().count();
                let (called, commas) = open.last().cloned().unwrap_or_default();
                assert!(
                    matches!(before, "(" | ",")
                        && matches!(text(at + 1), ")" | ",")
                        && !called.is_empty(),
                    "src/{path}:{line}: `{word}` is no plain argument of a call, so the campaign of orderings cannot \
                     weaken it; write it as one, or teach tests/orderings/sites.rs"
                );
                assert!(
                    word != "SeqCst" && called != "fence",
                    "src/{path}:{line}: the campaign of orderings knows no fences and no SeqCst; teach it"
                );
                let earlier = found
                    .iter()
                    .filter(|other| other.name.split('#').next() == Some(&function));
                let name = match earlier.count() {
                    0 => function.clone(),
                    earlier => format!("{function}#{}", earlier + 1),
                };
                let fails = called.starts_with("compare_exchange") && commas == 3;
                let call = if fails {
                    format!("{called}, which fails")
                } else {
                    called
                };
                let ordering = word.to_owned();
                found.push(FoundOrdering {
                    from,
                    to,
                    ordering,
                    name,
                    call,
                    line,
                });
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Where the words and marks of a source are, without comments, texts and spaces.
fn tokens_of(source: &str) -> Vec<(usize, usize)> {
    let bytes = source.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
    let end_of = |from: usize, what: &str| {
        source[from..]
            .find(what)
            .map_or(source.len(), |found| from + found + what.len())
    };
    while at < bytes.len() {
        let rest = &source[at..];
        let from = at;
        if rest.starts_with("//") {
            at = end_of(at, "\n");
        } else if rest.starts_with("/*") {
            at = end_of(at, "*/");
        } else if rest.starts_with("r\"") {
            at = end_of(at + 2, "\"");
        } else if rest.starts_with("r#\"") {
            at = end_of(at + 3, "\"#");
        } else if bytes[at] == b'"' {
            at += 1;
            while at < bytes.len() && bytes[at] != b'"' {
                at += if bytes[at] == b'\\' { 2 } else { 1 };
            }
            at += 1;
        } else if bytes[at] == b'\'' {
            // A character, or the name of a lifetime.
            at = match (bytes.get(at + 1), bytes.get(at + 2)) {
                (Some(b'\\'), _) => end_of(at + 3, "'"),
                (_, Some(b'\'')) => at + 3,
                _ => at + 1,
            };
        } else if bytes[at].is_ascii_whitespace() {
            at += 1;
        } else {
            while at < bytes.len() && is_word(bytes[at]) {
                at += 1;
            }
            at = at.max(from + 1);
            tokens.push((from, at));
        }
    }
    tokens
}
