//! Colours for a terminal. The text is the same without them.

use std::ffi::OsString;

const RED: &str = "\x1b[1;31m";
const GREEN: &str = "\x1b[32m";
const YELLOW: &str = "\x1b[33m";
const MAGENTA: &str = "\x1b[1;35m";
const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const PLAIN: &str = "\x1b[0m";

/// Whether to use colours on a stream, by what the environment says. `NO_COLOR` says no and `CLICOLOR_FORCE` says yes,
/// unless they are empty; otherwise a terminal has colours, unless it says that it is dumb.
pub fn wanted(terminal: bool, variable: impl Fn(&str) -> Option<OsString>) -> bool {
    let says = |name| variable(name).filter(|value| !value.is_empty());
    if says("NO_COLOR").is_some() {
        return false;
    }
    if says("CLICOLOR_FORCE").is_some_and(|value| value != "0") {
        return true;
    }
    terminal && says("TERM").is_none_or(|value| value != "dumb")
}

/// The report of a failure, in colours: its marks, and the labels of what stands below the table.
pub(super) fn paint(text: &str) -> String {
    let mut painted = String::with_capacity(text.len() * 2);
    for (at, line) in text.split_inclusive('\n').enumerate() {
        let (line, end) = match line.strip_suffix('\n') {
            Some(line) => (line, "\n"),
            None => (line, ""),
        };
        paint_line(at == 0, line, &mut painted);
        painted.push_str(end);
    }
    painted
}

fn paint_line(header: bool, line: &str, painted: &mut String) {
    let mut put = |colour: &str, text: &str| {
        if !text.is_empty() {
            painted.push_str(colour);
            painted.push_str(text);
            painted.push_str(PLAIN);
        }
    };
    if header {
        return put(BOLD, line);
    }
    if line.starts_with("-----") {
        return put(DIM, line);
    }
    for label in ["why ", "found ", "names ", "replay "] {
        if let Some(rest) = line.strip_prefix(label) {
            let colour = if label == "why " { RED } else { BOLD };
            put(colour, label);
            // The verdict is what stands before the first colon.
            match rest.split_once(':') {
                Some((verdict, rest)) if label == "why " => {
                    put(RED, verdict);
                    painted.push(':');
                    painted.push_str(rest);
                }
                _ => painted.push_str(rest),
            }
            return;
        }
    }
    // A row: a mark colours its cell.
    for (at, cell) in line.split('|').enumerate() {
        if at > 0 {
            painted.push_str(DIM);
            painted.push('|');
            painted.push_str(PLAIN);
        }
        let marks = [
            ('■', RED),
            ('✗', RED),
            ('◀', MAGENTA),
            ('↷', YELLOW),
            ('▶', GREEN),
        ];
        let mark = marks
            .iter()
            .filter_map(|&(mark, colour)| Some((cell.find(mark)?, colour)))
            .min();
        match mark {
            Some((from, colour)) => {
                let end = cell.trim_end().len();
                painted.push_str(&cell[..from]);
                painted.push_str(colour);
                painted.push_str(&cell[from..end]);
                painted.push_str(PLAIN);
                painted.push_str(&cell[end..]);
            }
            None => painted.push_str(cell),
        }
    }
}
