//! A failure is written down, read again, and shown as a page; and what a terminal is told. Included by
//! `loom-tests/tests/report.rs` and `shuttle-tests/tests/report.rs`.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::replay::{abba, lost, race};
use super::selvedge;
use selvedge::explore::{self, Explorer, Failure, ProgressLine};
use selvedge::sys::{AtomicU32, Ordering::Relaxed, thread};

fn failures() -> Vec<Failure> {
    let explorer = Explorer::new().preemptions(2);
    [
        explorer.run(abba(0)),
        explorer.run(lost(false)),
        explorer.run(lost(true)),
        explorer.run(race),
    ]
    .iter()
    .map(|exploration| exploration.expect_failure().clone())
    .collect()
}

/// What was written is read as the same failure, with the same table, page and schedule.
#[test]
fn json_comes_back() {
    for failure in failures() {
        let text = failure.to_json();
        let again = Failure::from_json(&text).unwrap();
        assert_eq!(again.to_string(), failure.to_string());
        assert_eq!(again.coloured(), failure.coloured());
        let detailed = |failure: &Failure| failure.interleaving.detailed().to_string();
        assert_eq!(detailed(&again), detailed(&failure));
        assert_eq!(again.to_html("it"), failure.to_html("it"));
        assert_eq!(again.verdict, failure.verdict);
        assert_eq!(again.schedule, failure.schedule);
        assert_eq!(again.to_json(), text);
    }
}

/// What is of another version, or no failure at all, is refused with the reason.
#[test]
fn another_json_is_refused() {
    let text = failures()[0].to_json();
    for (text, why) in [
        (
            text.replace("\"version\": 2", "\"version\": 1"),
            "version 1, and `selvedge.failure` version 2 is what is read here",
        ),
        (
            text.replace("\"version\": 2", "\"version\": 3"),
            "version 3, and `selvedge.failure` version 2 is what is read here",
        ),
        (
            text.replace("selvedge.failure", "somebody.else"),
            "somebody.else",
        ),
        (text[..text.len() / 2].to_owned(), "EOF"),
        (text.replace("\"thread\"", "\"thraed\""), "thread"),
        ("{}".to_owned(), "schema"),
        (String::new(), "EOF"),
    ] {
        let error = Failure::from_json(&text).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}

/// The values of an attribute, in order.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    page.split(&format!(" {attribute}=\""))
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect()
}

/// The page is whole: one row for each that the table shows, each with its line of code, nothing loaded from elsewhere.
#[test]
fn the_page_is_whole() {
    for failure in failures() {
        let page = failure.to_html("<i> & \"so on\"");
        assert!(page.contains("<h1>&lt;i&gt; &amp; &quot;so on&quot;</h1>"));
        assert!(!page.contains("<i>") && !page.contains("http") && !page.contains("src="));
        for element in [
            "svg", "g", "main", "section", "table", "style", "script", "pre", "figure",
        ] {
            let (opened, closed) = (
                page.matches(&format!("<{element}>")).count()
                    + page.matches(&format!("<{element} ")).count(),
                page.matches(&format!("</{element}>")).count(),
            );
            assert_eq!(opened, closed, "{element}");
        }
        // Keys do nothing where scripts do not run, and nobody is told of them there.
        assert!(page.contains("<p class=\"hint\" hidden>The arrow keys"));
        assert!(page.contains("querySelector(\".hint\").hidden = false"));
        let ids = values(&page, "id");
        let distinct: BTreeSet<_> = ids.iter().collect();
        assert_eq!(ids.len(), distinct.len(), "a name is given twice");
        let shown = failure
            .interleaving
            .events
            .iter()
            .filter(|event| !event.internal);
        let lines = values(&page, "data-line");
        assert_eq!(lines.len(), shown.clone().count());
        for (line, event) in lines.iter().zip(shown) {
            // This file and those of the programs can be read here.
            match &event.source {
                Some(_) => assert!(distinct.contains(line), "{line} of {event:?}"),
                None => assert_eq!(*line, ""),
            }
        }
    }
}

/// A deadlock of two threads: two bars for the locks, one for each that waits after the other.
#[test]
fn the_drawing_of_a_deadlock() {
    let page = failures()[0].to_html("abba");
    assert_eq!(page.matches("<line class=\"held\"").count(), 2, "{page}");
    assert!(page.contains("main holds Mutex#1") && page.contains("the other holds Mutex#2"));
    assert!(page.contains("waits</title></rect>"));
    assert!(page.contains("deadlock: "));
}

/// The text without its colours.
fn plain(text: &str) -> String {
    let mut parts = text.split('\x1b');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| {
        let (colour, rest) = part.split_once('m').expect("a colour ends");
        let digits = colour.trim_start_matches('[');
        assert!(
            digits
                .chars()
                .all(|letter| letter.is_ascii_digit() || letter == ';')
        );
        plain + rest
    })
}

/// Colours add nothing and leave nothing out, and every line that has any ends without.
#[test]
fn colours_say_nothing() {
    for failure in failures() {
        let (text, coloured) = (failure.to_string(), failure.coloured());
        assert_eq!(plain(&coloured), text);
        assert!(coloured.contains("\x1b[1;31mwhy "), "{coloured}");
        assert!(
            text.contains('■') == coloured.contains("\x1b[1;31m■"),
            "{coloured}"
        );
        for line in coloured.lines().filter(|line| line.contains('\x1b')) {
            let last = line.rsplit('\x1b').next().unwrap();
            assert!(last.starts_with("[0m"), "{line:?}");
        }
    }
}

/// What the environment says about colours, with and without a terminal.
#[test]
fn who_wants_colours() {
    let wanted = |terminal, variables: &[(&str, &str)]| {
        explore::colours_wanted(terminal, |name| {
            let value = variables.iter().find(|(known, _)| *known == name);
            value.map(|(_, value)| OsString::from(value))
        })
    };
    assert!(wanted(true, &[]) && !wanted(false, &[]));
    assert!(wanted(true, &[("TERM", "xterm")]) && !wanted(true, &[("TERM", "dumb")]));
    assert!(!wanted(true, &[("NO_COLOR", "1")]) && !wanted(true, &[("NO_COLOR", "0")]));
    assert!(wanted(true, &[("NO_COLOR", "")]));
    assert!(wanted(false, &[("CLICOLOR_FORCE", "1")]));
    assert!(
        !wanted(false, &[("CLICOLOR_FORCE", "0")]) && !wanted(false, &[("CLICOLOR_FORCE", "")])
    );
    assert!(!wanted(true, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
}

const CHILD: &str = "SELVEDGE_TEST_CHILD";

/// Run as a child by the next test: `check` panics with the picture.
#[test]
fn a_child() {
    if std::env::var_os(CHILD).is_some() {
        explore::check(lost(false));
    }
}

/// The report that `check` panics with has no colours when it goes to a pipe, unless they are asked for.
#[test]
fn the_report_of_a_child() {
    let report = |variables: &[(&str, &str)]| {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child
            .args(["--exact", "both::a_child", "--nocapture"])
            .env(CHILD, "1");
        child.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        child.envs(variables.iter().copied());
        let output = child.output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let piped = report(&[]);
    assert!(
        piped.contains("why   lost wake-up: waiter waits for"),
        "{piped}"
    );
    assert!(!piped.contains('\x1b'), "{piped}");
    let forced = report(&[("CLICOLOR_FORCE", "1")]);
    assert!(forced.contains("\x1b[1;31mwhy "), "{forced}");
    let refused = report(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]);
    assert!(!refused.contains('\x1b'), "{refused}");
}

/// The line on a terminal: nothing in the first second, then how far it is, four times a second, and it is gone at the end.
#[test]
fn the_line_on_a_terminal() {
    let start = Instant::now();
    let after = |ms| start + Duration::from_millis(ms);
    let says = |text: &str| Some(format!("\r{}: {text}\x1b[K", explore::WORLD));
    let mut line = ProgressLine::new(start);
    line.goes_on_with("random from seed 1".to_owned());
    assert_eq!(line.tell(after(999), 900), None);
    assert_eq!(
        line.tell(after(1_000), 999),
        says("random from seed 1: 999 executions, 999/s, 1 s")
    );
    assert_eq!(line.tell(after(1_249), 1_200), None);
    line.is_over(1_200);
    line.goes_on_with("everything".to_owned());
    assert_eq!(
        line.tell(after(1_250), 50),
        says("everything: 1 250 executions, 1 000/s, 1 s")
    );
    assert_eq!(
        line.tell(after(4_000_000), 1_234_566_800),
        says("everything: 1 234 568 000 executions, 308 642/s, 4000 s")
    );
    line.goes_on_with("a".repeat(200));
    let long = line.tell(after(5_000_000), 1).unwrap();
    let shown = long.strip_prefix('\r').unwrap();
    let shown = shown.strip_suffix("\x1b[K").unwrap();
    assert_eq!(shown.chars().count(), 79, "{shown}");
    assert_eq!(line.end(), Some("\r\x1b[K"));
    // What was never shown is not taken away.
    assert_eq!(ProgressLine::new(start).end(), None);
}

/// Only who looks at a terminal is told, and can say that they want nothing of it.
#[test]
fn who_is_told_on_the_way() {
    let kind = |kind: &str| Some(OsString::from(kind));
    let wanted = explore::progress_wanted;
    assert!(wanted(true, true, None) && wanted(true, true, kind("xterm")));
    assert!(!wanted(true, true, kind("dumb")));
    assert!(!wanted(true, false, kind("xterm")) && !wanted(true, false, None));
    assert!(!wanted(false, true, kind("xterm")));
}

/// Run as a child by the next test: it takes longer than a terminal would be left without a word.
#[test]
fn a_long_child() {
    if std::env::var_os(CHILD).is_some() {
        let explorer = Explorer::new().duration(Duration::from_millis(1_500));
        let exploration = explorer.run(|| {
            let number = Arc::new(AtomicU32::new(0));
            let others = [(); 2].map(|()| {
                let number = Arc::clone(&number);
                thread::spawn(move || {
                    for _ in 0..100 {
                        number.fetch_add(1, Relaxed);
                    }
                })
            });
            others.into_iter().for_each(|other| other.join().unwrap());
        });
        assert!(!exploration.is_complete());
    }
}

/// Nothing is told on the way where the standard error is no terminal.
#[test]
fn a_pipe_is_told_nothing() {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "both::a_long_child", "--nocapture"]);
    child.env(CHILD, "1").env("TERM", "xterm");
    let output = child.output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}
