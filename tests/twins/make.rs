// Included by the build scripts of `loom-tests`, `shuttle-tests` and `machine-tests`: makes the broken twins.
//
// A twin is the *shipped* source of a primitive with one thing changed. It is made from the source at build
// time, so it cannot lag behind it; and if the line that it changes is no longer there, exactly as often as
// said, the build fails and says so. The twins of each primitive are listed in the file of its name. A single ordering that is
// too weak is no twin: those are weakened while the models run (`tests/orderings/make.rs`).

/// A change of one line: the file, what is there, what takes its place, and which occurrence (from 0).
struct Edit(&'static str, &'static str, &'static str, usize);

/// A broken twin: its name, what it gets wrong, and the change.
struct Twin(&'static str, &'static str, &'static [Edit]);

/// The twins of one primitive. Each becomes a module with a copy of `files` as its submodules.
struct Group {
    /// The source that is copied, below `src`. What these files take from one another goes through `super`,
    /// what they take from the crate through `crate`, where only what is public can be reached.
    files: &'static [&'static str],
    /// What the module says besides: it defines `Twin`, which the programs are run on.
    kit: &'static str,
    twins: &'static [Twin],
}

macro_rules! groups {
    ($($name:literal)*) => {
        &[$(($name, include!(concat!($name, ".rs")))),*]
    };
}

/// The groups, each with the name of its file.
const GROUPS: &[(&str, Group)] = groups! {
    "mutex"
    "condvar"
    "rwlock"
    "rwlock_of_four"
    "biased_rwlock"
    "once"
    "monitor"
    "event"
    "event_at_wrap"
    "auto_reset_event"
    "parker"
    "gil"
    "latch"
    "barrier"
    "semaphore"
    "semaphore_of_one"
    "semaphore_beside_locks"
    "once_lock"
    "thread_id"
    "spin"
    "ticket"
    "ticket_at_wrap"
    "mcs"
    "pi"
    "poison"
    "shared"
};

/// What needs a kernel that is played: only the models have one.
const OF_THE_MODELS: &[&str] = &["raw/pi.rs", "raw/shared.rs"];

/// Makes the modules of all groups that are wanted, in `twins.rs`.
fn make_twins() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../tests/twins");
    println!("cargo::rerun-if-changed=../src");
    // `loom-tests` checks `selvedge_loom`; `machine-tests` the published crate itself.
    let world = match std::env::var("CARGO_PKG_NAME").unwrap().trim_end_matches("-tests") {
        "machine" => "selvedge".to_owned(),
        world => format!("selvedge_{world}"),
    };
    let out = std::path::PathBuf::from(std::env::var_os("OUT_DIR").unwrap());
    let mut modules = String::new();
    // Whoever works on one primitive builds its twins alone: `SELVEDGE_TWINS=mutex,condvar`.
    println!("cargo::rerun-if-env-changed=SELVEDGE_TWINS");
    let wanted = std::env::var("SELVEDGE_TWINS").ok();
    let wanted: Option<Vec<&str>> = wanted.as_deref().map(|names| names.split(',').collect());
    for name in wanted.iter().flatten() {
        assert!(
            GROUPS.iter().any(|(group, _)| group == name),
            "SELVEDGE_TWINS names `{name}`; the groups are the files of tests/twins"
        );
    }
    for (name, group) in GROUPS {
        if wanted.as_ref().is_some_and(|wanted| !wanted.contains(name)) {
            continue;
        }
        if world == "selvedge" && group.files.iter().any(|file| OF_THE_MODELS.contains(file)) {
            continue;
        }
        for twin in group.twins {
            modules.push_str(&made(group, twin, &world, &out, |_, source| source));
        }
    }
    std::fs::write(out.join("twins.rs"), modules).unwrap();
}

/// Writes the files of a twin and returns its module. `prepare` may change a file, named by its path below `src`, further.
fn made(
    group: &Group,
    Twin(name, wrong, edits): &Twin,
    world: &str,
    out: &std::path::Path,
    prepare: impl Fn(&str, String) -> String,
) -> String {
    let directory = out.join(name);
    std::fs::create_dir_all(&directory).unwrap();
    let mut module = format!("/// {wrong}\npub mod {name} {{\n{}\n", group.kit);
    let mut edited = 0;
    for path in group.files {
        let mut file = path.rsplit('/').next().unwrap().to_owned();
        // Of two files with one name, that of floor 1 says so.
        if *path == format!("raw/{file}") && group.files.contains(&file.as_str()) {
            file = format!("raw_{file}");
        }
        let file = file.as_str();
        let mut source = std::fs::read_to_string(format!("../src/{path}")).unwrap();
        for Edit(_, from, to, occurrence) in edits.iter().filter(|edit| edit.0 == file) {
            let Some((at, _)) = source.match_indices(from).nth(*occurrence) else {
                panic!(
                    "the broken twin `{name}` changes a line that src/{path} no longer has \
                     (occurrence {occurrence}); change the twin with it, in tests/twins:\n{from}"
                );
            };
            source.replace_range(at..at + from.len(), to);
            edited += 1;
        }
        let copy = directory.join(file);
        let source = source.replace("crate::", &format!("{world}::"));
        std::fs::write(&copy, prepare(path, source)).unwrap();
        module.push_str(&format!(
            "#[path = \"{}\"] pub mod {};\n",
            copy.display(),
            file.trim_end_matches(".rs")
        ));
    }
    assert_eq!(edited, edits.len(), "the broken twin `{name}` changes a file that its group does not copy");
    module + "}\n"
}
