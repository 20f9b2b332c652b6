//! The exhibits, and how they are explored.

mod abba;
mod barrier;
mod dropped_mark;
mod guard;
mod inversion;
mod lost;
mod philosophers;
mod polite;
mod publication;
mod reread;
mod store_buffering;
mod wrong_waiter;

use std::time::Duration;

use selvedge_loom::explore::{Explorer, Failure};
use selvedge_shuttle::explore as shuttle;

/// One thing that goes wrong.
pub struct Exhibit {
    /// What to type.
    pub name: &'static str,
    /// What it is, in a line.
    pub line: &'static str,
    /// How it comes about.
    pub story: &'static str,
    /// Who finds it. The programs are written for that world.
    pub finder: Finder,
    /// The program that fails.
    pub broken: fn(),
    /// What is different in the one that does not.
    pub fix: &'static str,
    /// The program that passes.
    pub fixed: fn(),
    /// With how many preemptions at most it is explored; without a bound if that ends in a second or two.
    pub bound: Option<usize>,
}

/// What an exhibit is explored with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finder {
    /// loom, with more and more preemptions.
    Loom,
    /// shuttle, at random; what it finds is shrunk.
    Random,
    /// shuttle, led round and round.
    Lasso,
    /// shuttle, on one processor that runs the most urgent thread.
    Priority,
}

/// All of them, in the order of the list.
pub const EXHIBITS: &[Exhibit] = &[
    abba::EXHIBIT,
    philosophers::EXHIBIT,
    guard::EXHIBIT,
    reread::EXHIBIT,
    lost::EXHIBIT,
    wrong_waiter::EXHIBIT,
    dropped_mark::EXHIBIT,
    barrier::EXHIBIT,
    polite::EXHIBIT,
    store_buffering::EXHIBIT,
    publication::EXHIBIT,
    inversion::EXHIBIT,
];

impl Exhibit {
    /// The failure of the broken program: the one with the fewest preemptions, which is the simplest picture.
    pub fn failure(&self) -> Failure {
        let failure = match self.finder {
            Finder::Loom => {
                let exploration = Explorer::new().preemptions(4).ladder().run(self.broken);
                exploration.failure().cloned()
            }
            Finder::Random | Finder::Lasso | Finder::Priority => {
                let exploration = self.shuttle().run(self.broken);
                exploration.failure().map(|failure| {
                    Failure::from_json(&failure.to_json())
                        .expect("what one world writes the other reads")
                })
            }
        };
        failure.expect(
            "selvedge: the broken program of an exhibit passes; its failure needs more preemptions",
        )
    }

    fn shuttle(&self) -> shuttle::Explorer {
        let (executions, seed) = (5_000, 1);
        let strategy = match self.finder {
            Finder::Lasso => shuttle::Strategy::Lasso { executions, seed },
            Finder::Priority => shuttle::Strategy::Priority { executions, seed },
            Finder::Random | Finder::Loom => shuttle::Strategy::Random { executions, seed },
        };
        shuttle::Explorer::new().strategy(strategy)
    }

    /// Explores the fixed program and says how far; panics if it fails.
    pub fn proof(&self) -> Proof {
        match (self.finder, self.bound) {
            (Finder::Loom, bound) => {
                let explorer = match bound {
                    Some(bound) => Explorer::new().preemptions(bound),
                    None => Explorer::new(),
                };
                let exploration = explorer.run(self.fixed);
                exploration.expect_pass();
                Proof {
                    text: exploration.to_string(),
                    elapsed: exploration.elapsed(),
                }
            }
            (_, bound) => {
                let explorer = match bound {
                    Some(bound) => shuttle::Explorer::new().preemptions(bound),
                    None => self.shuttle(),
                };
                let exploration = explorer.run(self.fixed);
                exploration.expect_pass();
                Proof {
                    text: exploration.to_string(),
                    elapsed: exploration.elapsed(),
                }
            }
        }
    }
}

/// What is known about a fixed program.
pub struct Proof {
    /// How many executions passed, in words.
    pub text: String,
    /// How long it took.
    pub elapsed: Duration,
}
