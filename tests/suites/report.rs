//! A failure is written down, read again, and shown as a page.

use std::collections::BTreeSet;

use crate::replay::{abba, lost};
use crate::selvedge;
use selvedge::explore::{Explorer, Failure};

fn failures() -> Vec<Failure> {
    let explorer = Explorer::new().preemptions(2);
    [
        explorer.run(abba(0)),
        explorer.run(lost(false)),
        explorer.run(lost(true)),
        explorer.run(crate::replay::race),
    ]
    .iter()
    .map(|exploration| exploration.expect_failure().clone())
    .collect()
}

/// What was written is read as the same failure, with the same table, page and schedule.
pub fn json_comes_back() {
    for failure in failures() {
        let text = failure.to_json();
        let again = Failure::from_json(&text).unwrap();
        assert_eq!(again.to_string(), failure.to_string());
        assert_eq!(again.to_html("it"), failure.to_html("it"));
        assert_eq!(again.verdict, failure.verdict);
        assert_eq!(again.schedule, failure.schedule);
        assert_eq!(again.to_json(), text);
    }
}

/// What is of another version, or no failure at all, is refused with the reason.
pub fn another_json_is_refused() {
    let text = failures()[0].to_json();
    for (text, why) in [
        (
            text.replace("\"version\": 1", "\"version\": 2"),
            "version 2",
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
pub fn the_page_is_whole() {
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
pub fn the_drawing_of_a_deadlock() {
    let page = failures()[0].to_html("abba");
    assert_eq!(page.matches("<line class=\"held\"").count(), 2, "{page}");
    assert!(page.contains("main holds Mutex#1") && page.contains("the other holds Mutex#2"));
    assert!(page.contains("waits</title></rect>"));
    assert!(page.contains("deadlock: "));
}
