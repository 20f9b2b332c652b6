// Included by the build script of `loom-tests`: makes the copies of the shipped source whose orderings can be weakened while
// they run.
//
// A copy is made as a broken twin is (`tests/twins/make.rs`), and differs from the source in one way: `Acquire` is written
// `crate::orderings::at(17, Acquire)`. That returns what it is given, unless the campaign (`loom-tests/tests/orderings`) asks
// for something weaker at 17. An access cannot be told from another one by its caller's location instead: the entry points
// are `#[track_caller]`, so that all accesses in one of them have the location of whoever called it.

include!("sites.rs");

/// The groups of twins that are copied, and which twin of it is the copy's source, if not what is shipped.
const COPIES: &[(&str, Option<&str>)] = &[
    ("mutex", None),
    // In the models, the lock of a bucket is awaited and not slept for.
    ("mutex", Some("bucket_sleeps_at_once")),
    ("rwlock", None),
    ("biased_rwlock", None),
    // In the models, a lock is quiet at once.
    ("biased_rwlock", Some("biased_loud")),
    // In the models, threads have slots of their own.
    ("biased_rwlock", Some("biased_one_slot")),
    ("once", None),
    ("once_lock", None),
    ("event", None),
    ("auto_reset_event", None),
    ("parker", None),
    ("latch", None),
    ("barrier", None),
    ("gil", None),
    ("monitor", None),
    // After so many hand-overs, that of the door.
    ("monitor", Some("monitor_hands_over_twice")),
    ("semaphore", None),
    ("spin", None),
    ("ticket", None),
    ("mcs", None),
    // In the models, making an object is no access.
    ("mcs", Some("mcs_node_is_made")),
    ("pi", None),
    ("shared", None),
];

/// The files of floors 1 and 2, below `src`.
fn files_of_the_floors() -> Vec<String> {
    let mut files = Vec::new();
    for floor in ["raw/", ""] {
        for entry in std::fs::read_dir(format!("../src/{floor}")).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if name.ends_with(".rs") {
                files.push(format!("{floor}{name}"));
            }
        }
    }
    files.sort();
    files
}

/// Makes the copies, and the list of what can be weakened, in `orderings.rs`.
fn make_copies() {
    println!("cargo::rerun-if-changed=../tests/orderings");
    let out = std::path::PathBuf::from(std::env::var_os("OUT_DIR").unwrap());
    // Of each file, the number of its first ordering.
    let mut numbers = std::collections::HashMap::new();
    let mut list = String::from("/// Every ordering above Relaxed of floors 1 and 2.\npub const SITES: &[Site] = &[\n");
    let mut count = 0;
    for path in files_of_the_floors() {
        let source = std::fs::read_to_string(format!("../src/{path}")).unwrap();
        let found = orderings_in(&path, &source);
        numbers.insert(path.clone(), count);
        count += found.len();
        for FoundOrdering { ordering, name, call, line, .. } in found {
            list.push_str(&format!(
                "Site {{ file: {path:?}, name: {name:?}, call: {call:?}, line: {line}, ordering: Ordering::{ordering} }},\n"
            ));
        }
    }
    list.push_str("];\n/// The copies.\npub mod copies {\n");
    for (group, source) in COPIES {
        let (_, group_of) = GROUPS.iter().find(|(name, _)| name == group).expect("a copy is made of a group of twins");
        let edits = source.map_or(&[][..], |source| {
            group_of.twins.iter().find(|Twin(name, ..)| *name == source).unwrap().2
        });
        let name = source.unwrap_or(group);
        // The directory of a twin has its name; this one is beside it.
        let directory = out.join("copies");
        let twin = Twin(name, "Its orderings can be weakened.", edits);
        list.push_str(&made(group_of, &twin, "selvedge_loom", &directory, |path, mut source| {
            for (number, found) in orderings_in(path, &source).into_iter().enumerate().rev() {
                let number = numbers[path] + number;
                let weakened = format!("crate::orderings::at({number}, {})", found.ordering);
                source.replace_range(found.from..found.to, &weakened);
            }
            source
        }));
    }
    list.push_str("}\n");
    std::fs::write(out.join("orderings.rs"), list).unwrap();
}
