//! That the campaign can fail, and for the right reasons.

use std::sync::Arc;

use loom_tests::models::{Counter, go};
use loom_tests::orderings::{SITES, Site, at};
use loom_tests::selvedge::explore::Explorer;
use loom_tests::selvedge::sys::AtomicBool;
use loom_tests::selvedge::sys::Ordering::{self, AcqRel, Acquire, Relaxed, Release};
use loom_tests::selvedge::trace::Verdict;

use crate::judge::{Known, Outcome, judge};
use crate::programs::Program;
use crate::rows::{Findings, Row, compare, rows_in};
use crate::sites::orderings_in;

// --- what is weakened is weaker, and what nobody sees survives --------------------------------------

// Numbers that no ordering of the source has.
const STORE: usize = SITES.len();
const LOAD: usize = STORE + 1;
const UNSEEN: usize = STORE + 2;
const UNREACHED: usize = STORE + 3;

struct Message {
    text: Counter,
    flag: AtomicBool,
}

impl Message {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            text: Counter::new(),
            flag: AtomicBool::new(false),
        })
    }
}

/// One thread writes and raises a flag, the other sees the flag and reads.
fn message_passing() {
    let message = Message::new();
    let writer = {
        let message = Arc::clone(&message);
        go(move || {
            message.text.increment();
            message.flag.store(true, at(STORE, Release));
        })
    };
    if message.flag.load(at(LOAD, Acquire)) {
        assert_eq!(message.text.get(), 1);
    }
    writer.join().unwrap();
}

/// A flag with nothing behind it.
fn nothing_passed() {
    let message = Message::new();
    let writer = {
        let message = Arc::clone(&message);
        go(move || message.flag.store(true, at(UNSEEN, Release)))
    };
    message.flag.load(Relaxed);
    writer.join().unwrap();
}

const PROGRAMS: [Program; 2] = [
    Program {
        text: "message_passing",
        run: |explorer| explorer.run(message_passing),
    },
    Program {
        text: "nothing_passed",
        run: |explorer| explorer.run(nothing_passed),
    },
];

fn judged(site: usize) -> Outcome {
    judge(&PROGRAMS.map(Known::of), site, Relaxed, None)
}

#[test]
fn a_weakened_ordering_is_weaker() {
    for site in [STORE, LOAD] {
        let outcome = judged(site);
        let Outcome::Killed { by, verdict, .. } = &outcome else {
            panic!("message passing works without orderings: {outcome}");
        };
        assert_eq!(by.name(), "message_passing");
        assert_eq!(*verdict, Verdict::DataRace);
    }
    // And only while it is weakened.
    Explorer::new().run(message_passing).expect_pass();
}

#[test]
fn what_nobody_sees_survives() {
    assert_eq!(judged(UNSEEN).to_string(), "SURVIVED 1 programs");
    assert_eq!(judged(UNREACHED).to_string(), "NEVER REACHED");
}

#[test]
#[should_panic(expected = "fails although nothing is weakened")]
fn a_program_that_always_fails_proves_nothing() {
    Known::of(Program {
        text: "always",
        run: |explorer| explorer.run(|| panic!("always")),
    });
}

// --- the rows are held against what is found --------------------------------------------------------

const SITE: Site = Site {
    file: "raw/thing.rs",
    name: "take",
    call: "load",
    line: 1,
    ordering: Acquire,
};

fn killed() -> Outcome {
    Outcome::Killed {
        by: PROGRAMS[0],
        preemptions: 0,
        executions: 1,
        verdict: Verdict::DataRace,
    }
}

fn survived() -> Outcome {
    Outcome::Survived { programs: 1 }
}

/// What is found if `thing::works` fails under each of the weaker orderings, and nothing else does.
fn held_against(document: &str, site: Site, killing: &[Ordering]) -> Findings {
    compare(&rows_in(document), &[site], |number, to, name| {
        assert_eq!(number, 0);
        let runs = name.is_none_or(|name| name == "thing::works");
        match runs && killing.contains(&to) {
            true => killed(),
            false => survived(),
        }
    })
}

#[track_caller]
fn wrong(document: &str, killing: &[Ordering]) -> String {
    let wrong = held_against(document, SITE, killing).wrong;
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    wrong[0].clone()
}

const CAUGHT: &str = "| taking | `raw/thing.rs` `take` | `thing::works` |";

#[test]
fn a_row_that_is_right() {
    let findings = held_against(CAUGHT, SITE, &[Relaxed]);
    assert_eq!(findings.wrong, [""; 0]);
    assert_eq!(findings.table.len(), 1);
    let excused = "| taking | `raw/thing.rs` `take` | nothing: it is only a hint |";
    assert_eq!(held_against(excused, SITE, &[]).wrong, [""; 0]);
}

#[test]
fn a_row_that_is_wrong() {
    assert!(wrong(CAUGHT, &[]).contains("SURVIVED"));
    let other = "| taking | `raw/thing.rs` `take` | `thing::sleeps` |";
    assert!(wrong(other, &[Relaxed]).contains("not caught by thing::sleeps"));
    let excused = "| taking | `raw/thing.rs` `take` | nothing: it is only a hint |";
    assert!(wrong(excused, &[Relaxed]).contains("only a hint"));
    let gone = "| taking | `raw/thing.rs` `give` | `thing::works` |";
    assert!(wrong(&format!("{CAUGHT}\n{gone}"), &[Relaxed]).contains("not there"));
    let stronger = "| taking | `raw/thing.rs` `take`, to Release | `thing::works` |";
    assert!(wrong(&format!("{CAUGHT}\n{stronger}"), &[Relaxed]).contains("not there"));
}

#[test]
fn no_row() {
    assert!(wrong("", &[Relaxed]).contains("has no row"));
    assert!(wrong("", &[]).contains("SURVIVED"));
}

/// Each half has a row; both together need none.
#[test]
fn two_halves() {
    let site = Site {
        ordering: AcqRel,
        ..SITE
    };
    let halves = "| in | `raw/thing.rs` `take`, to Release | `thing::works` |\n\
                  | out | `raw/thing.rs` `take`, to Acquire | `thing::works` |";
    let findings = held_against(halves, site, &[Acquire, Release, Relaxed]);
    assert_eq!(findings.wrong, [""; 0]);
    assert_eq!(findings.table.len(), 3);
    assert_eq!(
        held_against(halves, site, &[Release, Relaxed]).wrong.len(),
        1
    );
    assert_eq!(
        held_against(halves, site, &[Acquire, Release]).wrong.len(),
        1
    );
    // A row that does not say which half is about neither.
    assert_eq!(held_against(CAUGHT, site, &[]).wrong.len(), 4);
}

#[test]
fn rows_are_read() {
    let document = "| weakened | where | caught by |\n|---|---|---|\n\
                    | a look | twin `looks_first` | `a::b` |\n\
                    text about `raw/thing.rs` `take`\n\
                    | out | `raw/thing.rs` `take#2`, to Acquire | `thing::works` |\n";
    assert_eq!(
        rows_in(document),
        [Row {
            file: "raw/thing.rs".to_owned(),
            name: "take#2".to_owned(),
            to: Some("Acquire".to_owned()),
            program: Ok("thing::works".to_owned()),
        }]
    );
}

// --- the orderings are found ------------------------------------------------------------------------

fn found(source: &str) -> Vec<String> {
    let found = orderings_in("thing.rs", source);
    found
        .into_iter()
        .map(|found| {
            assert_eq!(source[found.from..found.to], found.ordering);
            format!(
                "{} {} {} {}",
                found.line, found.name, found.call, found.ordering
            )
        })
        .collect()
}

#[test]
fn orderings_are_found() {
    let source = r##"
use sys::Ordering::{Acquire, Relaxed};
/// Not this: load(Acquire).
fn take(&self, other: fn(u32) -> u32) {
    let text = "load(Acquire) \" (Acquire)"; // load(Acquire)
    let raw = r#"load(Acquire)"#;
    let (letter, quote) = ('(', '\'');
    self.word
        .compare_exchange(
            state,
            next(state, other),
            AcqRel,
            Acquire,
        );
    self.word.load(Relaxed);
    sys::spin_until(&self.word, Acquire, |word| word == 0);
}
fn give<'a>(&'a self) { self.word.store(0, Release) }
fn take(&self) -> Acquire<'_> { self.word.load(Acquire) }
"##;
    assert_eq!(
        found(source),
        [
            "12 take compare_exchange AcqRel",
            "13 take#2 compare_exchange, which fails Acquire",
            "16 take#3 spin_until Acquire",
            "18 give store Release",
            "19 take#4 load Acquire",
        ]
    );
}

/// It could not be weakened, and nobody would notice.
#[test]
#[should_panic(expected = "no plain argument")]
fn an_ordering_that_is_no_argument() {
    found("fn take() { let order = Acquire; load(order) }");
}

#[test]
#[should_panic(expected = "no fences")]
fn a_fence() {
    found("fn take() { fence(Acquire) }");
}
