//! Weakens one ordering and runs programs until one fails.

use std::fmt;

use loom_tests::orderings::with;
use loom_tests::selvedge::explore::Explorer;
use loom_tests::selvedge::sys::Ordering::{self, AcqRel, Acquire, Relaxed, Release};
use loom_tests::selvedge::trace::Verdict;

use crate::programs::Program;

/// The bounds on preemptions, one after the other: most need none or one, and few preemptions are few executions.
const LADDER: [usize; 4] = [0, 1, 2, 3];

/// How many executions of a program are tried with each bound.
const EXECUTIONS: usize = 20_000;

/// As many show where a program comes by when nothing is weakened.
const SURVEYED: usize = 2_000;

/// What becomes of a weakened ordering.
pub enum Outcome {
    /// A program failed.
    Killed {
        by: Program,
        preemptions: usize,
        executions: usize,
        verdict: Verdict,
    },
    /// This many programs come by there, and none failed.
    Survived { programs: usize },
    /// No program comes by there.
    NeverReached,
}

impl Outcome {
    pub fn is_killed(&self) -> bool {
        matches!(self, Self::Killed { .. })
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Killed {
                by,
                preemptions,
                executions,
                verdict,
            } => write!(
                f,
                "{} in {executions} executions with {preemptions} preemptions: {verdict}",
                by.call()
            ),
            Self::Survived { programs } => write!(f, "SURVIVED {programs} programs"),
            Self::NeverReached => f.write_str("NEVER REACHED"),
        }
    }
}

/// What an ordering can be weakened to.
pub fn weaker(ordering: Ordering) -> &'static [Ordering] {
    match ordering {
        AcqRel => &[Acquire, Release, Relaxed],
        Acquire | Release => &[Relaxed],
        _ => panic!("{ordering:?} is not above Relaxed, or not known here"),
    }
}

fn explorer(preemptions: usize, executions: usize) -> Explorer {
    Explorer::new()
        .preemptions(preemptions)
        .executions(executions)
        .minimize(false)
}

/// A program, and the sites that it comes by.
pub struct Known {
    pub program: Program,
    reached: Vec<bool>,
    /// How many executions it has, with the greatest bound.
    pub executions: usize,
}

impl Known {
    /// Runs the program with nothing weakened. It must pass, or its failures would mean nothing.
    pub fn of(program: Program) -> Self {
        let (mut all, mut executions) = (Vec::new(), 0);
        for preemptions in LADDER {
            let (exploration, reached) =
                with(None, || (program.run)(&explorer(preemptions, SURVEYED)));
            assert!(
                exploration.failure().is_none(),
                "{} fails although nothing is weakened: {exploration}",
                program.text
            );
            all.resize(reached.len().max(all.len()), false);
            for (known, reached) in all.iter_mut().zip(reached) {
                *known |= reached;
            }
            executions = exploration.executions();
        }
        Self {
            program,
            reached: all,
            executions,
        }
    }

    /// Whether it comes by the site.
    pub fn reaches(&self, site: usize) -> bool {
        self.reached.get(site).copied().unwrap_or(false)
    }
}

/// Weakens the ordering, and runs the programs that come by there, those of few executions first; only those of the given
/// name, if there is one.
pub fn judge(known: &[Known], site: usize, to: Ordering, name: Option<&str>) -> Outcome {
    let mut programs: Vec<&Known> = known
        .iter()
        .filter(|known| known.reaches(site))
        .filter(|known| name.is_none_or(|name| known.program.name() == name))
        .collect();
    programs.sort_by_key(|known| known.executions);
    if programs.is_empty() {
        return Outcome::NeverReached;
    }
    for preemptions in LADDER {
        for known in &programs {
            let explore = || (known.program.run)(&explorer(preemptions, EXECUTIONS));
            let (exploration, _) = with(Some((site, to)), explore);
            if let Some(failure) = exploration.failure() {
                return Outcome::Killed {
                    by: known.program,
                    preemptions,
                    executions: exploration.executions(),
                    verdict: failure.verdict.clone(),
                };
            }
        }
    }
    Outcome::Survived {
        programs: programs.len(),
    }
}
