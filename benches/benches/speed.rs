//! `cargo bench -p benches -- [filter]`; see `docs/performance.md`.

use std::path::PathBuf;
use std::process::ExitCode;

use benches::rounds::{self, Effort, Progress};
use benches::{goals, machine, report, work};
use lexopt::Arg::{Long, Short, Value};
use lexopt::ValueExt as _;

const HELP: &str = "\
Compares selvedge with its peers, all in the same run.

  cargo bench -p benches -- [filter ...]   what has one of these in its table or its name; all, if none is given
      --quick           fewer cells, rounds and milliseconds: three minutes for all
      --smoke           everything once, for a moment: that it runs and counts right, and nothing about time
      --rounds N        how often each contestant runs (7, or 3)
      --list            what there is, and runs nothing
      --name NAME       what the run is called (last); its figures and pictures go to target/speed/NAME
      --document        writes docs/performance.md from it; only of a whole run, not of a quick or a filtered one
";

struct Options {
    filters: Vec<String>,
    effort: Effort,
    quick: bool,
    list: bool,
    document: bool,
    name: Option<String>,
}

fn options() -> Result<Option<Options>, lexopt::Error> {
    let mut options = Options {
        filters: Vec::new(),
        effort: Effort::FULL,
        quick: false,
        list: false,
        document: false,
        name: None,
    };
    let mut rounds = None;
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("bench") => {} // cargo says so
            Long("quick") => {
                options.quick = true;
                options.effort = Effort::QUICK;
            }
            Long("smoke") => {
                options.quick = true;
                options.effort = Effort::SMOKE;
            }
            Long("rounds") => rounds = Some(arguments.value()?.parse()?),
            Long("list") => options.list = true,
            Long("name") => options.name = Some(arguments.value()?.string()?),
            Long("document") => options.document = true,
            Long("help") | Short('h') => {
                print!("{HELP}");
                return Ok(None);
            }
            // What the run itself starts.
            Long("client") => {
                let milliseconds = arguments.value()?.parse()?;
                work::client(milliseconds, arguments.value()?.parse()?);
                return Ok(None);
            }
            Long("repeat") => {
                let (cell, name) = (arguments.value()?.string()?, arguments.value()?.string()?);
                work::repeat_for_instructions(&cell, &name, arguments.value()?.parse()?);
                return Ok(None);
            }
            Value(filter) => options.filters.push(filter.string()?),
            other => return Err(other.unexpected()),
        }
    }
    if options.document && (options.quick || !options.filters.is_empty()) {
        return Err(
            "docs/performance.md is written from a whole run: leave out --quick, --smoke and the filter".into(),
        );
    }
    options.effort.rounds = rounds.unwrap_or(options.effort.rounds).max(1);
    Ok(Some(options))
}

fn main() -> ExitCode {
    match options() {
        Ok(Some(options)) => run(&options),
        Ok(None) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}\n\n{HELP}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> ExitCode {
    let cells: Vec<_> = work::all(options.quick)
        .into_iter()
        .filter(|cell| {
            let whole = format!("{}: {}", cell.table, cell.name);
            options.filters.is_empty()
                || options.filters.iter().any(|filter| whole.contains(filter))
        })
        .collect();
    if options.list {
        for cell in &cells {
            println!("{}: {}", cell.table, cell.name);
        }
        return ExitCode::SUCCESS;
    }
    if cells.is_empty() {
        eprintln!(
            "nothing is called {}; --list says what there is",
            options.filters.join(" or ")
        );
        return ExitCode::FAILURE;
    }
    let machine = machine::description(&options.effort.description());
    print!("{machine}\nA ratio is to whom the table names, in the same round; more is better.\n\n");
    let mut progress = Progress::new(cells.len());
    let mut outcomes = Vec::new();
    for cell in cells {
        let outcome = rounds::run(cell, &options.effort, &mut progress);
        progress.end();
        println!("{}", report::cell(&outcome));
        outcomes.push(outcome);
    }
    // A moment says nothing about time.
    let goals = if options.effort.rounds > 1 {
        goals::reached(&outcomes)
    } else {
        Vec::new()
    };
    for goal in goals {
        let verdict = if goal.reached {
            "reached    "
        } else {
            "NOT reached"
        };
        println!(
            "{verdict}  {:>8}  {}: {}",
            report::number(goal.figure),
            goal.work,
            goal.goal
        );
    }
    write(options, &machine, &outcomes)
}

fn write(options: &Options, machine: &str, outcomes: &[rounds::Outcome]) -> ExitCode {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let name = options.name.clone().unwrap_or_else(|| "last".to_owned());
    let folder = root.join("target/speed").join(&name);
    let written = report::write(&folder, &name, machine, outcomes).and_then(|()| {
        if options.document {
            std::fs::copy(
                folder.join("performance.md"),
                root.join("docs/performance.md"),
            )?;
        }
        Ok(())
    });
    match written {
        Ok(()) => {
            println!("\nfigures and pictures: target/speed/{name}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!(
                "what was measured could not be written to {}: {error}",
                folder.display()
            );
            ExitCode::FAILURE
        }
    }
}
