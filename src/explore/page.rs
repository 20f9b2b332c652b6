//! A failure as a page: one file that needs nothing else, with the time going down, a lane per thread, and the code
//! beside it.

use core::fmt::Write;
use std::collections::BTreeMap;

use super::Failure;
use crate::trace::{Event, EventKind, Interleaving, Shown, short_line, shown, wrap};

// Measures of the drawing, in pixels.
const NUMBER: usize = 46;
const LANE: usize = 242;
const SHARED: usize = 210;
const HEAD: usize = 34;
const LINE: usize = 17;
/// Bars of locks that are held stand at the left of a lane, and the text beside them.
const BAR: usize = 9;
const BARS_MAX: usize = 4;
const TEXT: usize = 10 + BAR * BARS_MAX;
const LETTER: usize = 8;

const COLOURS: usize = 6;

impl Failure {
    /// The failure as a page of HTML: open it in a browser, print it, or put it beside the code.
    ///
    /// It is one file without links. It reads without scripts; with them, the arrow keys step through the rows. The code is
    /// read from the disk now, from where the program was compiled; where it is not found the page does without.
    pub fn to_html(&self, title: &str) -> String {
        let drawing = Drawing::of(&self.interleaving);
        let code = Code::of(&drawing);
        let mut page = String::new();
        let title = escaped(title);
        let _ = write!(
            page,
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title}</title>\n<style>\n{}</style>\n<h1>{title}</h1>\n\
             <p class=\"why\">{}</p>\n<p class=\"found\">Found by {}.</p>\n\
             <p class=\"hint\" hidden>The arrow keys step through the rows.</p>\n",
            include_str!("page.css"),
            escaped(&self.why()),
            escaped(&self.found()),
        );
        if let Some(names) = self.names() {
            let _ = writeln!(page, "<p class=\"found\">{}.</p>", escaped(&names));
        }
        page.push_str("<main>\n");
        drawing.draw(&code, &mut page);
        code.print(&mut page);
        page.push_str("</main>\n");
        table(&drawing, &mut page);
        if let Some(schedule) = &self.schedule {
            let line = format!("{}='{schedule}'", super::replay::REPLAY);
            let _ = writeln!(
                page,
                "<h2>To run it again</h2>\n<code class=\"line\">{}</code>",
                escaped(&line)
            );
        }
        let _ = write!(
            page,
            "<script>\n{}</script>\n</html>\n",
            include_str!("page.js")
        );
        page
    }
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            letter => safe.push(letter),
        }
    }
    safe
}

/// The events that are shown, and where.
struct Drawing<'a> {
    interleaving: &'a Interleaving,
    rows: Vec<Row<'a>>,
    /// What stands between rows, and where.
    remarks: Vec<(usize, String)>,
    height: usize,
}

struct Row<'a> {
    /// Its place among all events.
    index: usize,
    /// What the text calls it.
    number: usize,
    /// Why its thread is not the next.
    stops: Option<String>,
    event: &'a Event,
    text: Vec<String>,
    shared: Vec<String>,
    top: usize,
    height: usize,
}

impl Row<'_> {
    /// What it says, in one line.
    fn does(&self) -> String {
        match &self.stops {
            Some(stops) => format!("{}; {stops}", self.event.text),
            None => self.event.text.clone(),
        }
    }

    fn middle(&self) -> usize {
        self.top + self.height / 2
    }

    fn bottom(&self) -> usize {
        self.top + self.height
    }
}

/// A lock that a thread holds, from one height to another.
struct Held<'a> {
    object: &'a str,
    thread: usize,
    from: usize,
    to: usize,
}

impl<'a> Drawing<'a> {
    fn of(interleaving: &'a Interleaving) -> Self {
        let mut rows = Vec::new();
        let mut remarks = Vec::new();
        let mut top = HEAD;
        for shown in shown(interleaving) {
            let (index, number, stops) = match shown {
                Shown::Row { at, number, stops } => (at, number, stops),
                Shown::Remark(remark) => {
                    remarks.push((top, remark));
                    top += LINE + 8;
                    continue;
                }
            };
            let event = &interleaving.events[index];
            let text = wrap(&event.text, (LANE - TEXT) / LETTER, " ");
            let shared = wrap(&event.shared, (SHARED - 12) / LETTER, " ");
            let height = text.len().max(shared.len()) * LINE + 8;
            rows.push(Row {
                index,
                number,
                stops,
                event,
                text,
                shared,
                top,
                height,
            });
            top += height;
        }
        Self {
            interleaving,
            rows,
            remarks,
            height: top,
        }
    }

    fn lanes(&self) -> usize {
        self.interleaving.threads.len()
    }

    fn left(&self, lane: usize) -> usize {
        NUMBER + lane * LANE
    }

    fn width(&self) -> usize {
        self.left(self.lanes()) + SHARED
    }

    /// The row of an event, or of the next one that is shown.
    fn row(&self, index: usize) -> Option<&Row<'a>> {
        self.rows.iter().find(|row| row.index >= index)
    }

    /// Who holds what, and from when to when.
    fn held(&self) -> Vec<Held<'a>> {
        let mut over = Vec::new();
        let mut now: Vec<Held<'a>> = Vec::new();
        let events = self.interleaving.events.iter().enumerate();
        for (index, event) in events.filter(|(_, event)| !event.internal) {
            let Some(object) = event.object.as_deref() else {
                continue;
            };
            let at = self.row(index).map_or(self.height, |row| row.middle());
            match event.kind {
                EventKind::Acquired => {
                    let already =
                        |held: &Held<'_>| held.object == object && held.thread == event.thread;
                    if !now.iter().any(already) {
                        now.push(Held {
                            object,
                            thread: event.thread,
                            from: at,
                            to: self.height,
                        });
                    }
                }
                EventKind::Released | EventKind::Became => {
                    let held = now
                        .iter()
                        .position(|held| held.object == object && held.thread == event.thread);
                    if let Some(held) = held {
                        over.push(Held {
                            to: at,
                            ..now.swap_remove(held)
                        });
                    }
                }
                _ => {}
            }
        }
        over.append(&mut now);
        over.sort_by_key(|held| held.from);
        over
    }

    /// When each thread waits: thread, from, to.
    fn asleep(&self) -> Vec<(usize, usize, usize)> {
        let mut spans = Vec::new();
        for (at, row) in self.rows.iter().enumerate() {
            let joins = row.event.kind == EventKind::Thread && row.event.text.starts_with('■');
            if row.event.kind != EventKind::Asleep && !joins {
                continue;
            }
            let thread = row.event.thread;
            let next = self.rows[at + 1..]
                .iter()
                .find(|later| later.event.thread == thread);
            let to = next.map_or(self.height, |later| later.top);
            if to > row.bottom() {
                spans.push((thread, row.bottom(), to));
            }
        }
        spans
    }

    fn draw(&self, code: &Code, page: &mut String) {
        let (width, height) = (self.width(), self.height + 12);
        let _ = writeln!(
            page,
            "<figure>\n<svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
             aria-label=\"One lane per thread, time goes down; the same is in the table below.\">\n\
             <defs>\n<pattern id=\"hatch\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" \
             patternTransform=\"rotate(45)\"><line y2=\"7\" class=\"asleep\" stroke-width=\"2\"/></pattern>\n\
             <marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
             orient=\"auto-start-reverse\"><path d=\"M0 0L8 4L0 8z\" fill=\"context-stroke\"/></marker>\n</defs>"
        );
        for (lane, name) in self.interleaving.threads.iter().enumerate() {
            let left = self.left(lane);
            let _ = writeln!(
                page,
                "<line class=\"lane\" x1=\"{left}\" y1=\"4\" x2=\"{left}\" y2=\"{}\"/>\
                 <text class=\"name\" x=\"{}\" y=\"20\">{}</text>",
                self.height,
                left + 8,
                escaped(name)
            );
        }
        let shared = self.left(self.lanes());
        let _ = writeln!(
            page,
            "<line class=\"lane\" x1=\"{shared}\" y1=\"4\" x2=\"{shared}\" y2=\"{}\"/>\
             <text class=\"name\" x=\"{}\" y=\"20\">shared</text>",
            self.height,
            shared + 8
        );
        for (thread, from, to) in self.asleep() {
            let _ = writeln!(
                page,
                "<rect x=\"{}\" y=\"{from}\" width=\"{}\" height=\"{}\" fill=\"url(#hatch)\">\
                 <title>{} waits</title></rect>",
                self.left(thread) + TEXT,
                LANE - TEXT - 30,
                to - from,
                escaped(&self.interleaving.threads[thread])
            );
        }
        self.draw_rows(code, page);
        let legend = self.draw_held(page);
        self.draw_arrows(page);
        self.draw_end(page);
        page.push_str("</svg>\n<figcaption>");
        for (object, colour) in legend {
            let _ = write!(
                page,
                "<span style=\"color:var(--lock{colour})\">▐</span> {} held &nbsp; ",
                escaped(object)
            );
        }
        let kinds = [
            (!self.asleep().is_empty(), "▨ waits"),
            (
                self.rows
                    .iter()
                    .any(|row| row.event.kind == EventKind::Wakes),
                "→ wakes",
            ),
            (
                self.rows.iter().any(|row| row.event.stale.is_some()),
                "⇠ dashed: where an old value comes from that is read",
            ),
            (
                self.rows.iter().any(|row| row.stops.is_some()),
                "↷ could go on, and another thread does (point at the row)",
            ),
        ];
        for (_, kind) in kinds.iter().filter(|(occurs, _)| *occurs) {
            let _ = write!(page, "{kind} &nbsp; ");
        }
        page.push_str("</figcaption>\n</figure>\n");
    }

    fn draw_rows(&self, code: &Code, page: &mut String) {
        for (top, remark) in &self.remarks {
            let _ = writeln!(
                page,
                "<text class=\"remark\" x=\"12\" y=\"{}\">{}</text>",
                top + LINE,
                escaped(remark)
            );
        }
        for row in &self.rows {
            let event = row.event;
            let line = code.anchor(event).unwrap_or_default();
            let _ = write!(
                page,
                "<g class=\"row\" id=\"r{0}\" tabindex=\"0\" data-line=\"{line}\"><title>{1}: {2}{3}</title>\
                 <rect class=\"back\" x=\"2\" y=\"{4}\" width=\"{5}\" height=\"{6}\" rx=\"3\" fill-opacity=\".6\"/>\
                 <text class=\"number\" x=\"34\" y=\"{7}\" text-anchor=\"end\">{0}</text>",
                row.number,
                escaped(&self.interleaving.threads[event.thread]),
                escaped(&row.does()),
                event
                    .location
                    .as_ref()
                    .map(|location| format!(" ({})", escaped(location)))
                    .unwrap_or_default(),
                row.top + 1,
                self.width() - 4,
                row.height - 2,
                row.top + LINE,
            );
            let mut lines = |class: &str, x: usize, lines: &[String]| {
                for (at, text) in lines.iter().enumerate() {
                    let _ = write!(
                        page,
                        "<text class=\"{class}\" x=\"{x}\" y=\"{}\">{}</text>",
                        row.top + LINE * (at + 1),
                        escaped(text.trim_end())
                    );
                }
            };
            lines("what", self.left(event.thread) + TEXT, &row.text);
            lines("shared", self.left(self.lanes()) + 8, &row.shared);
            if row.stops.is_some() {
                let _ = write!(
                    page,
                    "<text class=\"stops\" x=\"{}\" y=\"{}\">↷</text>",
                    self.left(event.thread) + LANE - 22,
                    row.top + LINE
                );
            }
            page.push_str("</g>\n");
        }
    }

    /// Returns the objects that are held at some time, with their colours.
    fn draw_held(&self, page: &mut String) -> BTreeMap<&'a str, usize> {
        let mut colours = BTreeMap::new();
        let all = self.held();
        for (at, held) in all.iter().enumerate() {
            let next = colours.len() % COLOURS;
            let colour = *colours.entry(held.object).or_insert(next);
            // Beside what the same thread holds already.
            let beside = all[..at]
                .iter()
                .filter(|other| other.thread == held.thread && other.to > held.from)
                .count();
            let x = self.left(held.thread) + 8 + BAR * beside.min(BARS_MAX - 1);
            let _ = writeln!(
                page,
                "<line class=\"held\" style=\"stroke:var(--lock{colour})\" x1=\"{x}\" y1=\"{}\" x2=\"{x}\" y2=\"{}\">\
                 <title>{} holds {}</title></line>",
                held.from,
                held.to.max(held.from + 6),
                escaped(&self.interleaving.threads[held.thread]),
                escaped(held.object)
            );
        }
        colours
    }

    fn draw_arrows(&self, page: &mut String) {
        for (at, row) in self.rows.iter().enumerate() {
            if row.event.kind == EventKind::Wakes
                && let Some(whom) = row.event.other
            {
                let woken = self.rows[at..].iter().find(|later| {
                    later.event.thread == whom && later.event.kind == EventKind::Woken
                });
                let to = woken.map_or(self.height - 4, |woken| woken.top + LINE - 4);
                self.arrow("wakes", row, whom, to, page);
            }
            let to = row.top + LINE - 4;
            let writer = |index: usize| self.rows.iter().rfind(|row| row.index <= index);
            match row.event.stale.map(|writer_at| writer_at.and_then(writer)) {
                None => {}
                Some(Some(writer)) => self.arrow("stale", writer, row.event.thread, to, page),
                Some(None) => self.arrow_from_the_start(row.event.thread, to, page),
            }
        }
    }

    /// From the thread of a row to another one, at a height.
    fn arrow(&self, class: &str, from: &Row<'_>, lane: usize, to: usize, page: &mut String) {
        let start = self.left(from.event.thread)
            + if lane > from.event.thread {
                LANE - 26
            } else {
                TEXT - 4
            };
        let end = self.left(lane)
            + if lane < from.event.thread {
                LANE - 26
            } else {
                TEXT - 4
            };
        let y = from.top + LINE - 4;
        let _ = writeln!(
            page,
            "<path class=\"{class}\" marker-end=\"url(#head)\" d=\"M{start} {y}C{0} {y} {0} {to} {end} {to}\"/>",
            (start + end) / 2
        );
    }

    /// To a thread that reads, at a height, what was there before anybody wrote.
    fn arrow_from_the_start(&self, lane: usize, to: usize, page: &mut String) {
        let (start, end) = (self.left(self.lanes()) + 90, self.left(lane) + LANE - 26);
        let _ = writeln!(
            page,
            "<path class=\"stale\" marker-end=\"url(#head)\" d=\"M{start} 24C{start} {to} {end} {to} {end} {to}\"/>\
             <text class=\"shared\" x=\"{}\" y=\"20\">at first</text>",
            start - 4
        );
    }

    fn draw_end(&self, page: &mut String) {
        match self.interleaving.repeats.and_then(|from| self.row(from)) {
            Some(first) => {
                let (from, to) = (first.top + 3, self.height - 3);
                let _ = writeln!(
                    page,
                    "<path class=\"loop\" d=\"M12 {from}H5V{to}H12\" marker-start=\"url(#head)\">\
                     <title>from row {} on, for ever</title></path>\
                     <text class=\"wrong\" x=\"8\" y=\"{}\">× for ever</text>",
                    first.number,
                    self.height + 10
                );
            }
            None => {
                if let Some(last) = self.rows.last() {
                    let _ = writeln!(
                        page,
                        "<text class=\"wrong\" x=\"{}\" y=\"{}\">✗</text>",
                        self.left(last.event.thread) + LANE - 22,
                        last.top + LINE
                    );
                }
            }
        }
    }
}

/// The same for those who do not see the drawing.
fn table(drawing: &Drawing<'_>, page: &mut String) {
    page.push_str(
        "<details>\n<summary>The same as a table</summary>\n<div class=\"wide\"><table>\n\
         <tr><th scope=\"col\">#</th><th scope=\"col\">thread</th><th scope=\"col\">does</th>\
         <th scope=\"col\">shared</th><th scope=\"col\">where</th></tr>\n",
    );
    for row in &drawing.rows {
        let _ = writeln!(
            page,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            row.number,
            escaped(&drawing.interleaving.threads[row.event.thread]),
            escaped(&row.does()),
            escaped(&row.event.shared),
            escaped(row.event.location.as_deref().unwrap_or(""))
        );
    }
    page.push_str("</table></div>\n</details>\n");
}

// --- the code ---------------------------------------------------------------------------------------

/// The parts of the sources in which something happens.
struct Code {
    files: Vec<File>,
}

struct File {
    path: String,
    lines: Vec<String>,
    /// Which of them are shown: numbers from 1, in order.
    shown: Vec<usize>,
}

/// So many lines around one in which something happens are shown too.
const AROUND: usize = 4;

impl Code {
    fn of(drawing: &Drawing<'_>) -> Self {
        let mut used: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for row in &drawing.rows {
            if let Some((path, line)) = &row.event.source {
                used.entry(path).or_default().push(*line as usize);
            }
        }
        let files = used.into_iter().filter_map(|(path, used)| {
            let lines: Vec<String> = find(path)?.lines().map(str::to_owned).collect();
            let shown = (1..=lines.len())
                .filter(|line| used.iter().any(|used| used.abs_diff(*line) <= AROUND))
                .collect();
            Some(File {
                path: path.to_owned(),
                lines,
                shown,
            })
        });
        Self {
            files: files.collect(),
        }
    }

    /// The name of the line of an event, if it is shown.
    fn anchor(&self, event: &Event) -> Option<String> {
        let (path, line) = event.source.as_ref()?;
        let file = self.files.iter().position(|file| file.path == *path)?;
        let line = *line as usize;
        (self.files[file].shown.contains(&line)).then(|| format!("f{file}l{line}"))
    }

    fn print(&self, page: &mut String) {
        if self.files.is_empty() {
            return;
        }
        page.push_str("<section class=\"code\" aria-label=\"code\">\n");
        for (number, file) in self.files.iter().enumerate() {
            // As the text names it, and not where it was on the disk of whoever compiled it.
            let name = short_line(&file.path, 0);
            let name = name.trim_end_matches(":0");
            let _ = write!(page, "<h2>{}</h2>\n<pre>", escaped(name));
            let mut last = 0;
            for &line in &file.shown {
                if last > 0 && line > last + 1 {
                    page.push_str("<span>⋮</span>");
                }
                last = line;
                let _ = write!(
                    page,
                    "<span id=\"f{number}l{line}\"><span class=\"n\">{line:>4}</span>{}</span>",
                    escaped(&file.lines[line - 1])
                );
            }
            page.push_str("</pre>\n");
        }
        page.push_str("</section>\n");
    }
}

/// The text of a source file. Its path is relative to where the compiler ran, which is the package or a folder above it.
fn find(path: &str) -> Option<String> {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(std::path::PathBuf::from);
    let here = std::env::current_dir().ok();
    let folders = [package, here];
    let above = folders
        .iter()
        .flatten()
        .flat_map(|folder| folder.ancestors());
    above
        .map(|folder| folder.join(path))
        .find_map(|path| std::fs::read_to_string(path).ok())
}
