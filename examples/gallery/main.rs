//! The gallery: what goes wrong with threads, found by a checker, shown as a table, fixed, and the fix
//! checked.
//!
//! ```text
//! cargo run --example gallery             # the exhibits
//! cargo run --example gallery -- abba     # one of them
//! cargo run --example gallery -- all      # all of them
//! ```
//!
//! An exhibit is a module with a `BROKEN` and a `FIXED` program, and the verdict that the broken one must
//! get; the tests of the gallery (`loom-tests/tests/gallery.rs`) hold it to that.

mod exhibits;

use std::process::ExitCode;

use exhibits::{EXHIBITS, Exhibit};

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {
            list();
            ExitCode::SUCCESS
        }
        ["all"] => {
            for exhibit in EXHIBITS {
                show(exhibit);
            }
            ExitCode::SUCCESS
        }
        [name] => match EXHIBITS.iter().find(|exhibit| exhibit.name == name) {
            Some(exhibit) => {
                show(exhibit);
                ExitCode::SUCCESS
            }
            None => {
                eprintln!("selvedge: the gallery has no exhibit `{name}`; these are there:\n");
                list();
                ExitCode::from(2)
            }
        },
        _ => {
            eprintln!("usage: cargo run --example gallery [-- <exhibit> | all]");
            ExitCode::from(2)
        }
    }
}

fn list() {
    println!("The gallery: each exhibit is explored live, under loom.\n");
    for exhibit in EXHIBITS {
        println!("  {:<16} {}", exhibit.name, exhibit.line);
    }
    println!("\ncargo run --example gallery -- {}", EXHIBITS[0].name);
}

fn show(exhibit: &Exhibit) {
    println!("{}: {}\n", exhibit.name, exhibit.line);
    println!("{}\n", exhibit.story);
    let (bound, exploration) = exhibits::fewest_preemptions(exhibit.broken);
    let failure = exploration.expect_failure();
    println!(
        "found  by loom, in execution {} of those with at most {bound} preemption{}\n",
        failure.execution,
        if bound == 1 { "" } else { "s" }
    );
    println!("{failure}");
    println!("fix   {}", exhibit.fix);
    let fixed = exhibits::explore_fixed(exhibit);
    println!("proof {fixed}, in {:.0?}\n", fixed.elapsed());
}
