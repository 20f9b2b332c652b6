//! Text for a terminal.

/// No line is longer.
pub const WIDTH: usize = 100;

/// Breaks a text into lines that begin with `label`, or with as many spaces.
pub fn wrapped(label: &str, text: &str) -> String {
    let mut lines = String::new();
    let mut line = label.to_owned();
    let mut fresh = true;
    for word in text.split_whitespace() {
        if !fresh && line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push_str(&line);
            lines.push('\n');
            line = " ".repeat(label.len());
            fresh = true;
        }
        if !fresh {
            line.push(' ');
        }
        line.push_str(word);
        fresh = false;
    }
    lines + &line
}
