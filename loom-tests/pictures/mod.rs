//! The pictures that are kept beside this file: what a failure looks like, to be read by a person when it changes.
//!
//! `SELVEDGE_BLESS=1 SELVEDGE_TWINS=spin cargo test -p loom-tests --test pictures --test gallery` writes them anew; look at the difference.

/// The picture is the one that is kept, and no line of it is wider than a table may be.
#[track_caller]
pub fn assert_kept(name: &str, picture: &str) {
    let picture = without_what_changes(picture);
    for line in picture.lines() {
        assert!(line.chars().count() <= 100, "{name}: {line}");
    }
    let path = format!("{}/pictures/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("SELVEDGE_BLESS").is_some() {
        std::fs::write(&path, &picture).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        picture, kept,
        "the picture {name} is not the one that is kept; SELVEDGE_BLESS=1 writes it anew:\n{picture}"
    );
}

/// The line numbers in our own source are left out, and how many steps it takes: or every change of it would be one of
/// the pictures.
fn without_what_changes(picture: &str) -> String {
    let picture: String = picture
        .split_inclusive('\n')
        .filter(|line| !line.starts_with("replay "))
        .collect();
    let mut parts = picture.split("@raw/");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (file, rest) = part.split_once(':').expect("a line number");
        let digits = rest.chars().take_while(char::is_ascii_digit).count();
        kept += &format!("@raw/{file}:{:digits$}{}", 'N', &rest[digits..]);
    }
    kept
}

/// Both worlds listen to panics from here on. To be called before anything is explored, where both are used: while one puts its
/// hook on top of the other's, a panic on another thread of the process meets none of them.
pub fn listen() {
    static LISTEN: std::sync::Once = std::sync::Once::new();
    LISTEN.call_once(|| {
        loom_tests::selvedge::explore::Explorer::new().run(|| ());
        selvedge_shuttle::explore::Explorer::new().run(|| ());
    });
}
