//! The gallery as pages: one for each exhibit, and an index.

use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;

use crate::exhibits::EXHIBITS;

/// Writes them into a folder, which is made if it is not there.
pub fn write(folder: &Path) -> ExitCode {
    match pages(folder) {
        Ok(()) => {
            println!("{}", folder.join("index.html").display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!(
                "selvedge: the pages cannot be written to {}: {error}",
                folder.display()
            );
            ExitCode::FAILURE
        }
    }
}

fn pages(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut index = String::from(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>What goes wrong with threads</title>\n<style>\n\
         :root { color-scheme: light dark; }\n\
         body { font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 0 auto; padding: 1rem; }\n\
         dt { font-weight: bold; margin-top: 1rem; } dd { margin: 0; } .why { opacity: .75; font-size: .9rem; }\n\
         </style>\n<h1>What goes wrong with threads</h1>\n\
         <p>Each of these was found by a model checker, with as few preemptions as it takes. The arrow keys step through \
         a page.</p>\n<dl>\n",
    );
    for exhibit in EXHIBITS {
        let failure = exhibit.failure();
        let page = format!("{}.html", exhibit.name);
        std::fs::write(folder.join(&page), failure.to_html(exhibit.line))?;
        let _ = write!(
            index,
            "<dt><a href=\"{page}\">{}</a></dt>\n<dd>{}</dd>\n<dd class=\"why\">{}</dd>\n<dd class=\"why\">Fix: {}.</dd>\n",
            exhibit.name,
            text(exhibit.line),
            text(&failure.verdict.to_string()),
            text(exhibit.fix)
        );
    }
    index.push_str("</dl>\n</html>\n");
    std::fs::write(folder.join("index.html"), index)
}

/// Text between tags. A part `in backticks` is code.
fn text(text: &str) -> String {
    let safe = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let mut page = String::new();
    for (at, part) in safe.split('`').enumerate() {
        if at > 0 {
            page.push_str(if at % 2 == 1 { "<code>" } else { "</code>" });
        }
        page.push_str(part);
    }
    page
}
