//! The gallery: what goes wrong with threads, found by a checker, shown as a table, fixed, and the fix
//! checked.
//!
//! ```text
//! cargo run --example gallery                       # the exhibits, and the first of them
//! cargo run --example gallery -- lost               # one of them
//! cargo run --example gallery -- lost --detailed    # with every step inside the locks
//! cargo run --example gallery -- all                # all of them
//! cargo run --example gallery -- --html target/gallery   # all of them as pages, with an index
//! ```
//!
//! An exhibit is a module with a `broken` and a `fixed` program; the tests of the gallery
//! (`loom-tests/tests/gallery.rs`) hold each to the verdict that it tells of.

mod exhibits;
mod pages;
mod text;

use std::process::ExitCode;

use exhibits::{EXHIBITS, Exhibit, Finder};
use text::wrapped;

const USAGE: &str =
    "usage: cargo run --example gallery [-- [<exhibit> | all] [--detailed] | --html <folder>]";

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let mut arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let all = arguments.len();
    arguments.retain(|&argument| argument != "--detailed");
    let detailed = arguments.len() < all;
    match arguments[..] {
        [] => {
            list();
            println!();
            show(&EXHIBITS[0], detailed);
            ExitCode::SUCCESS
        }
        ["--html", folder] => pages::write(folder.as_ref()),
        ["all"] => {
            for exhibit in EXHIBITS {
                show(exhibit, detailed);
                println!();
            }
            ExitCode::SUCCESS
        }
        [name] if !name.starts_with('-') => {
            match EXHIBITS.iter().find(|exhibit| exhibit.name == name) {
                Some(exhibit) => {
                    show(exhibit, detailed);
                    ExitCode::SUCCESS
                }
                None => {
                    eprintln!("selvedge: the gallery has no exhibit `{name}`; these are there:\n");
                    list();
                    ExitCode::from(2)
                }
            }
        }
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn list() {
    println!(
        "What goes wrong with threads. Each exhibit is explored live: cargo run --example gallery -- <name>\n"
    );
    for exhibit in EXHIBITS {
        println!("  {:<18} {}", exhibit.name, exhibit.line);
    }
}

fn show(exhibit: &Exhibit, detailed: bool) {
    println!(
        "--- {} {}\n",
        exhibit.name,
        "-".repeat(90 - exhibit.name.len())
    );
    println!("{}\n", wrapped("", exhibit.story));
    let failure = exhibit.failure();
    if detailed {
        println!("{}", failure.interleaving.detailed());
    }
    println!("{}", failure.text_for(&std::io::stdout()));
    println!("{}", wrapped("fix   ", exhibit.fix));
    let proof = exhibit.proof();
    let passed = format!("{}, in {:.0?}", proof.text, proof.elapsed);
    println!("{}", wrapped("proof ", &passed));
    match exhibit.finder {
        Finder::Lasso => println!(
            "      (and loom, which is not led round, finds nothing wrong with the broken one either)"
        ),
        Finder::Priority => println!(
            "      (and where every thread has its turn, nothing is wrong with the broken one either)"
        ),
        Finder::Loom | Finder::Random => {}
    }
}
