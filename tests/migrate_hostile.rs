//! `migrate` on hostile and damaged input: it is proved or refused with a sentence; nothing outside of the directory is touched, and no
//! comment is lost.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods, clippy::indexing_slicing)] // a test stands on the real disk

#[path = "support/pieces.rs"]
mod pieces;
mod support {
    pub mod program;
    pub mod story;
}

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Component, Path};

use composelint::fs::{Fs, MemFs, OsFs};
use composelint::migrate::layout::{self, LayoutError, Options, Style};
use composelint::migrate::{apply, check};
use composelint::source::{FileId, Sources};
use composelint::yaml;
use pieces::text;
use proptest::prelude::*;
use support::program::{run, tree, write};
use support::story::files;

const STYLES: [Style; 2] = [Style::Include, Style::Extends];

/// The comments of some texts, each with how often it is there.
fn comments<'a>(texts: impl Iterator<Item = &'a [u8]>) -> BTreeMap<String, usize> {
    let mut out = BTreeMap::new();
    for text in texts {
        let text = yaml::lossy_text_of(text);
        for comment in &yaml::parse(FileId::NONE, &text).comments {
            let said = text[comment.span.start as usize..comment.span.end as usize].trim_end().to_owned();
            *out.entry(said).or_default() += 1;
        }
    }
    out
}

/// What becomes of a project: `proved`, or the sentence that it is refused with. Errors: what is wrong with a plan.
fn split(fs: &dyn Fs, root: &Path, style: Style) -> Result<String, String> {
    let options = Options { directory: root.to_path_buf(), style, force: true, ..Options::default() };
    let proved = match layout::proved(fs, &Sources::new(), &options) {
        Ok(Ok(proved)) => proved,
        Ok(Err(not)) => return Err(format!("not proved: {:?}", not.broken)),
        Err(LayoutError::Refused { problems, .. }) => {
            let first = problems.first().map_or("", |p| p.message.as_str());
            return Ok(format!("refused by Compose: {first}"));
        }
        Err(error) => {
            let said = error.to_string();
            return if (10..2000).contains(&said.len()) { Ok(said) } else { Err(format!("a message of {} bytes", said.len())) };
        }
    };
    let plan = proved.plan();
    for file in &plan.files {
        let below = file.path.strip_prefix(root).map_err(|_| format!("{} is outside", file.path.display()))?;
        if !below.components().all(|c| matches!(c, Component::Normal(_))) {
            return Err(format!("{} is outside", file.path.display()));
        }
    }
    let before = comments(plan.files.iter().filter_map(|f| f.before.as_deref()));
    let after = comments(plan.files.iter().filter_map(|f| f.after.as_deref()));
    for (said, count) in &before {
        let homeless = plan.comments.iter().filter(|c| c.text == *said).count();
        let there = after.get(said).copied().unwrap_or(0);
        if there + homeless != *count {
            return Err(format!("the comment {said:?} was there {count} times, is there {there} times, and {homeless} times homeless"));
        }
    }
    let preview = plan.preview(fs);
    match layout::plan(&preview, &Sources::new(), &options) {
        Err(LayoutError::Split(_)) => {}
        other => return Err(format!("a second run would not say that it is split already: {:?}", other.map(|p| p.files.len()))),
    }
    drop(preview);
    Ok("proved".to_owned())
}

#[test]
fn strange_texts_are_proved_or_refused() {
    let long = "n".repeat(300);
    let three = "  b: {image: x}\n  c: {image: x}\n";
    let rows: Vec<(&str, Vec<(&str, String)>)> = vec![
        ("a service called `..`", vec![("compose.yaml", format!("services:\n  ..:\n    image: x\n{three}"))]),
        ("services called `CON` and `nul`", vec![("compose.yaml", format!("services:\n  CON:\n    image: x\n  nul:\n    image: x\n{three}"))]),
        ("a name of 300 letters", vec![("compose.yaml", format!("services:\n  {long}:\n    image: x\n{three}"))]),
        ("names that differ by case", vec![("compose.yaml", format!("services:\n  App:\n    image: x\n  app:\n    image: y\n  APP:\n    image: z\n{three}"))]),
        ("a name that is no ASCII", vec![("compose.yaml", format!("services:\n  \u{e4}\u{f6}:\n    image: x\n{three}"))]),
        ("a name with slashes", vec![("compose.yaml", format!("services:\n  ../../x:\n    image: x\n{three}"))]),
        ("a quoted name", vec![("compose.yaml", format!("services:\n  \"a\": # why\n    image: x\n  'true':\n    image: x\n{three}"))]),
        ("a name that is a number", vec![("compose.yaml", format!("services:\n  1:\n    image: x\n{three}"))]),
        (
            "an anchor called `a:b`",
            vec![
                ("compose.yaml", format!("services:\n  a:\n    image: x\n    environment: &a:b\n      A: 1\n{}", three.replace("{image: x}", "{image: x, environment: *a:b }"))),
            ],
        ),
        (
            "an anchor called `a.b-c`",
            vec![("compose.yaml", "services:\n  a:\n    image: x\n    environment: &a-b_c\n      A: 1\n  b:\n    image: x\n    environment: *a-b_c\n".to_owned())],
        ),
        (
            "one name for two anchors",
            vec![
                ("compose.yaml", "x-e: &e {A: 1}\nservices:\n  a:\n    image: x\n    environment: *e\n  b:\n    image: x\n    environment:\n      <<: *e\n      B: 1\n".to_owned()),
                ("compose.override.yaml", "x-f: &e {A: 2}\nservices:\n  a:\n    environment: *e\n  b:\n    environment:\n      <<: *e\n".to_owned()),
            ],
        ),
        (
            "an anchor that is defined twice",
            vec![("compose.yaml", "services:\n  a:\n    image: x\n    environment: &e\n      A: 1\n  b:\n    image: x\n    environment: *e\n  c:\n    image: x\n    environment: &e\n      A: 2\n  d:\n    image: x\n    environment: *e\n".to_owned())],
        ),
        ("tabs", vec![("compose.yaml", "services:\n  a:\t# tab\n    image:\tx\t# tab\n    command:\t[a,\tb]\n  b: {image: x}\n".to_owned())]),
        ("tabs for blanks", vec![("compose.yaml", "services:\n\ta:\n\t\timage: x\n".to_owned())]),
        ("CRLF", vec![
            ("compose.yaml", "# top\r\nservices:\r\n  a: # a\r\n    image: x\r\n    # b\r\n    environment:\r\n      - A=1\r\n      - B=2 # two\r\n  b:\r\n    image: y\r\n    command: |\r\n      one\r\n      two\r\n".to_owned()),
            ("compose.override.yaml", "services:\r\n  a:\r\n    environment:\r\n      - A=2 # other\r\n".to_owned()),
        ]),
        ("both line breaks", vec![
            ("compose.yaml", "services:\r\n  a:\n    image: x\r\n    environment:\n      - A=1\r\n  b:\n    image: y\n".to_owned()),
            ("compose.override.yaml", "services:\n  a:\r\n    environment:\n      - A=2\r\n".to_owned()),
        ]),
        ("a byte order mark", vec![("compose.yaml", format!("\u{feff}# top\nservices:\n  a:\n    image: x\n{three}"))]),
        ("no line break at the end", vec![
            ("compose.yaml", "services:\n  a:\n    image: x\n  b:\n    image: y\n    command: |\n      one\n      two".to_owned()),
            ("compose.override.yaml", "services:\n  b:\n    labels:\n      a: b # c".to_owned()),
        ]),
        ("a directive", vec![("compose.yaml", format!("%YAML 1.2\n---\nservices:\n  a:\n    image: x\n{three}"))]),
        ("a directive for tags", vec![("compose.yaml", format!("%TAG !x! tag:example.org,2000:\n---\nservices:\n  a:\n    image: !!str x\n{three}"))]),
        ("two documents", vec![("compose.yaml", format!("# one\n---\nservices:\n  a:\n    image: x\n{three}# two\n---\n# three\nservices:\n  a:\n    environment: [A=1] # four\n...\n# five\n"))]),
        (
            "an extension in two files",
            vec![
                ("compose.yaml", format!("name: one\nx-a: 1 # one\nservices:\n  a:\n    image: x\n{three}")),
                ("compose.override.yaml", "name: two\nx-a: 2 # two\nservices:\n  a:\n    ports: !reset []\n".to_owned()),
            ],
        ),
        (
            "an extension in two documents",
            vec![("compose.yaml", format!("x-a: 1 # one\nservices:\n  a:\n    image: x\n{three}---\nx-a: 2 # two\n"))],
        ),
        ("a text on the line of `---`", vec![("compose.yaml", "--- {services: {a: {image: x}, b: {image: x}}}\n".to_owned())]),
        ("a comment on the line of `---`", vec![("compose.yaml", format!("--- # one\nservices:\n  a:\n    image: x\n{three}... # two\n"))]),
        ("brackets everywhere", vec![("compose.yaml", "{services: {a: {image: x}, b: {image: x}}}\n".to_owned())]),
        ("services between brackets", vec![("compose.yaml", "services: {a: {image: x}, b: {image: x}}\n".to_owned())]),
        ("each between brackets", vec![
            ("compose.yaml", "services:\n  a: {image: x, environment: {A: 1, B: 2}, ports: [\"1:1\", \"2:2\"]} # a\n  b: {image: x, labels: {a, b}} # b\nvolumes: {v: {}, w: }\n".to_owned()),
            ("compose.override.yaml", "services:\n  a: {environment: {A: 2}, ports: [\"3:3\"]} # c\n  b: {labels: {a: 1}}\n".to_owned()),
        ]),
        ("a service without anything", vec![("compose.yaml", format!("services:\n  a:\n{three}"))]),
        ("a service that the override leaves empty", vec![
            ("compose.yaml", format!("services:\n  a:\n    image: x\n{three}")),
            ("compose.override.yaml", "services:\n  a:\n  b: # nothing\n  c: null\n".to_owned()),
        ]),
        ("a merge key with a list", vec![
            ("compose.yaml", "x-a: &a # one\n  A: 1\nx-b: &b\n  A: 2\n  B: 2 # two\nservices:\n  a:\n    image: x\n    environment:\n      <<: [*a, *b] # three\n      C: 3\n  b: {image: x, environment: {<<: [*b, *a]}}\n".to_owned()),
            ("compose.override.yaml", "services:\n  a:\n    environment:\n      B: 5\n  b:\n    environment:\n      B: 6\n".to_owned()),
        ]),
        ("a merge key with a mapping", vec![("compose.yaml", format!("services:\n  a:\n    <<: {{image: x, labels: {{a: b}}}}\n{three}"))]),
        ("keys that are twice there", vec![("compose.yaml", "services:\n  a:\n    image: x\n    image: y\n  b: {image: x}\n".to_owned())]),
        ("a key that is a mapping", vec![("compose.yaml", format!("services:\n  a:\n    image: x\n    ? {{a: b}}\n    : c\n{three}"))]),
        ("keys with question marks", vec![("compose.yaml", format!("services:\n  ? a # one\n  : image: x # two\n{three}"))]),
        ("an alias to what holds it", vec![("compose.yaml", "services: &s\n  a:\n    image: x\n    x-s: *s\n  b: {image: x}\n".to_owned())]),
        ("a text over several lines", vec![
            ("compose.yaml", "services:\n  a:\n    image: x\n    command: \"one\n  two\n      three\"\n    entrypoint: >-\n        a\n        b\n  b:\n    image: x\n    environment: [\n      A=1, # one\n      B=2\n      ]\n".to_owned()),
            ("compose.override.yaml", "services:\n  b:\n    environment: [A=2]\n".to_owned()),
        ]),
        ("lists in the column of their key", vec![
            ("compose.yaml", "services:\n    a:\n        image: x\n        ports:\n        - 1:1\n        # why\n        - 2:2\n    b:\n        image: y\n".to_owned()),
            ("compose.override.yaml", "services:\n a:\n  ports:\n  - 3:3 # three\n".to_owned()),
        ]),
    ];
    let (mut said, mut wrong) = (String::new(), Vec::new());
    for (what, content) in rows {
        let mut fs = MemFs::new();
        for (name, text) in content {
            fs = fs.file(format!("/srv/{name}"), text);
        }
        let results = STYLES.map(|style| split(&fs, Path::new("/srv"), style));
        for result in results.iter().filter_map(|r| r.as_ref().err()) {
            wrong.push(format!("{what}: {result}"));
        }
        let [include, extends] = results.map(Result::unwrap_or_default);
        let both = if include == extends { include } else { format!("{include}\n  extends: {extends}") };
        writeln!(said, "{what}: {both}").unwrap();
    }
    assert!(wrong.is_empty(), "{said}\n{wrong:#?}");
    insta::assert_snapshot!(said.replace(&long, "<long>"));
}

// --- the way back -----------------------------------------------------------------------------------------------------------------------

const FOUR: &str = "services:\n  a:\n    image: x\n  b:\n    image: x\n  c:\n    image: x\n  d:\n    image: x\n";

/// A project that was split, and beside it a directory that is none of its business.
fn split_project() -> tempfile::TempDir {
    let dir = tree(&[("app/compose.yaml", FOUR), ("other/precious.txt", "precious\n"), ("other/empty/x", "")]);
    std::fs::remove_file(dir.path().join("other/empty/x")).unwrap();
    let answer = run(&dir.path().join("app"), &["migrate", "--to", "layout", "--write", "--no-docs"]);
    assert_eq!(answer.code, 0, "{}", answer.all());
    dir
}

/// The files below, and what each is; a link as a link.
fn all(root: &Path) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    let mut queue = vec![root.to_path_buf()];
    while let Some(directory) = queue.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().display().to_string();
            if let Ok(to) = std::fs::read_link(&path) {
                out.insert(name, format!("-> {}", to.display()));
            } else if path.is_dir() {
                out.insert(name, "/".to_owned());
                queue.push(path);
            } else {
                out.insert(name, String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned());
            }
        }
    }
    out
}

#[test]
fn a_hostile_record_leads_nowhere() {
    type Damage = fn(&Path, serde_json::Value) -> Option<String>;
    #[allow(clippy::unnecessary_wraps)] // as the rows have it
    fn put(mut value: serde_json::Value, pointer: &str, new: serde_json::Value) -> Option<String> {
        *value.pointer_mut(pointer).unwrap() = new;
        Some(value.to_string())
    }
    let rows: &[(&str, Damage)] = &[
        ("no JSON", |_, _| Some("{".to_owned())),
        ("nothing", |_, _| Some(String::new())),
        ("another JSON", |_, _| Some("[1]".to_owned())),
        ("deep JSON", |_, _| Some("[".repeat(100_000))),
        ("a number too large", |_, v| put(v, "/version", serde_json::json!(1e300))),
        ("another version", |_, v| put(v, "/version", 4_294_967_295u32.into())),
        ("a path with dots", |_, v| put(v, "/files/0/path", "../other/precious.txt".into())),
        ("a path in the middle", |_, v| put(v, "/files/0/path", "docker-compose/../../other/precious.txt".into())),
        ("an absolute path", |at, v| put(v, "/files/0/path", at.join("other/precious.txt").display().to_string().into())),
        ("no path", |_, v| put(v, "/files/0/path", "".into())),
        ("the directory itself", |_, v| put(v, "/files/0/path", ".".into())),
        ("a file twice", |_, v| {
            let twice = v["files"][0]["path"].clone();
            put(v, "/files/1/path", twice)
        }),
        ("an original somewhere else", |_, v| put(v, "/files/0/original", "../../../../other/precious.txt".into())),
        ("an original below", |_, v| put(v, "/files/0/original", "x/y".into())),
        ("a directory somewhere else", |_, v| put(v, "/directories/0", "../other/empty".into())),
        ("a directory that is absolute", |at, v| put(v, "/directories/0", at.join("other/empty").display().to_string().into())),
        ("another digest", |_, v| put(v, "/files/0/before", "0".repeat(64).into())),
        ("no digest", |_, v| put(v, "/files/0/before", serde_json::Value::Null)),
        ("a link to another file", |at, v| {
            symlink("../other/precious.txt", at.join("app/linked")).unwrap();
            put(v, "/files/0/path", "linked".into())
        }),
        ("a link to nowhere", |at, v| {
            symlink("../other/new.txt", at.join("app/linked")).unwrap();
            put(v, "/files/0/path", "linked".into())
        }),
        ("a link to another directory", |at, v| {
            symlink("../other", at.join("app/linked")).unwrap();
            put(v, "/files/0/path", "linked/precious.txt".into())
        }),
        ("a directory by a link", |at, v| {
            symlink("../other", at.join("app/linked")).unwrap();
            put(v, "/directories/0", "linked/empty".into())
        }),
        ("an original that is a link", |at, v| {
            let original = v["files"][0]["original"].as_str().unwrap().to_owned();
            let path = at.join("app/.composelint/rollback/001").join(original);
            std::fs::rename(&path, at.join("other/moved")).unwrap();
            symlink(at.join("other/moved"), path).unwrap();
            None
        }),
        ("a record that is a directory", |at, _| {
            let path = at.join("app/.composelint/rollback/001/manifest.json");
            std::fs::remove_file(&path).unwrap();
            std::fs::create_dir(path).unwrap();
            None
        }),
        ("a record that is a link", |at, _| {
            let path = at.join("app/.composelint/rollback/001/manifest.json");
            std::fs::rename(&path, at.join("other/moved")).unwrap();
            symlink(at.join("other/moved"), path).unwrap();
            None
        }),
        ("originals that are a link", |at, _| {
            let path = at.join("app/.composelint");
            std::fs::rename(&path, at.join("other/moved")).unwrap();
            symlink(at.join("other/moved"), path).unwrap();
            None
        }),
    ];
    let mut said = String::new();
    for (what, damage) in rows {
        let dir = split_project();
        let at = dir.path().canonicalize().unwrap();
        let manifest = at.join("app/.composelint/rollback/001/manifest.json");
        let value = serde_json::from_slice(&std::fs::read(&manifest).unwrap()).unwrap();
        if let Some(text) = damage(&at, value) {
            std::fs::write(&manifest, text).unwrap();
        }
        let before = all(&at);
        let answer = run(&at.join("app"), &["migrate", "--rollback"]);
        assert_eq!(answer.code, 2, "{what}: {}", answer.all());
        assert!(before == all(&at), "{what}");
        let line = answer.stderr.lines().next().unwrap().replace(at.to_str().unwrap(), "HERE");
        writeln!(said, "{what}: {line}").unwrap();
        // Neither stops `--check`, nor lets it stop in disorder.
        let answer = run(&at.join("app"), &["migrate", "--check"]);
        assert!(answer.code == 2 && !answer.stderr.contains("internal"), "{what}: {}", answer.all());
        assert!(before == all(&at), "{what}");
    }
    insta::assert_snapshot!(said);
}

#[test]
fn numbers_of_migrations_that_are_none() {
    let dir = split_project();
    let app = dir.path().join("app");
    let kept = app.join(".composelint/rollback");
    for name in ["+7", "9", "0009", "-1", "99999999999999999999", "x"] {
        write(&kept, &format!("{name}/manifest.json"), "{}");
    }
    assert!(apply::recorded(&app, &OsFs).is_ok());
    // No number comes after the last one.
    write(&kept, "4294967295/manifest.json", "{}");
    let before = all(dir.path());
    let answer = run(&app, &["migrate", "--move", "compose.yaml", "sub/compose.yaml", "--write"]);
    assert_eq!(answer.code, 2, "{}", answer.all());
    assert!(answer.stderr.contains("is damaged"), "{}", answer.stderr);
    assert!(before == all(dir.path()));
}

#[test]
fn nothing_is_written_through_a_link_that_leads_out() {
    let outside = |link: &str, to: &str, line: &str| {
        let dir = tree(&[("app/compose.yaml", FOUR), ("other/x/y", ""), ("other/precious.txt", "precious\n")]);
        let at = dir.path().canonicalize().unwrap();
        symlink(at.join(to), at.join("app").join(link)).unwrap();
        let before = all(&at);
        let answer = run(&at.join("app"), &line.split(' ').collect::<Vec<_>>());
        assert_eq!(answer.code, 2, "{link}: {}", answer.all());
        assert!(before == all(&at), "{link}");
        format!("{link}: {}", answer.stderr.lines().next().unwrap().replace(at.to_str().unwrap(), "HERE"))
    };
    let line = "migrate --to layout --write";
    let said = [
        outside("docker-compose", "other", line),
        outside("docker-compose", "nowhere", line),
        outside("docs", "other", line),
        outside(".composelint", "other", line),
        outside("MIGRATION.md", "other/precious.txt", line),
        outside("out", "nowhere", "migrate --to layout --out out"),
    ];
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn circles_of_links_and_closed_directories() {
    let dir = tree(&[("app/compose.yaml", FOUR), ("app/closed/compose.yaml", FOUR)]);
    let app = dir.path().canonicalize().unwrap().join("app");
    symlink("b", app.join("a")).unwrap();
    symlink("a", app.join("b")).unwrap();
    symlink("..", app.join("up")).unwrap();
    symlink("compose.override.yaml", app.join("compose.override.yaml")).unwrap();
    symlink(&app, app.join("self")).unwrap();
    for line in [
        "migrate --to layout",
        "migrate --to layout --write",
        "migrate --check",
        "migrate --secrets",
        "migrate --move compose.yaml a/x.yaml",
    ] {
        let before = all(dir.path());
        let answer = run(&app, &line.split(' ').collect::<Vec<_>>());
        assert!(!answer.stderr.contains("internal") && !answer.stderr.contains("report it"), "{line}: {}", answer.all());
        if answer.code != 0 || !line.ends_with("--write") {
            assert!(before == all(dir.path()), "{line}");
        }
    }
    std::fs::remove_file(app.join("compose.override.yaml")).unwrap();
    let closed = app.join("closed");
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o000)).unwrap();
    let answer = run(&app, &["migrate", "--to", "layout"]);
    assert_eq!(answer.code, 0, "{}", answer.all());
    let answer = run(&app, &["migrate", "closed", "--to", "layout"]);
    let may = std::fs::read_dir(&closed).is_ok();
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o755)).unwrap();
    if may {
        println!("skipped: this user may read every directory, whatever its mode");
    } else {
        assert_eq!(answer.code, 2, "{}", answer.all());
    }
}

#[test]
fn strange_names_are_written_and_put_back() {
    let long = "n".repeat(300);
    let content = format!(
        "services:\n  ..:\n    image: x\n  CON:\n    image: x\n  {long}:\n    image: x\n  App:\n    image: x\n  app:\n    image: x\n"
    );
    let dir = tree(&[("compose.yaml", &content)]);
    let before = files(dir.path());
    let answer = run(dir.path(), &["migrate", "--to", "layout", "--write"]);
    assert_eq!(answer.code, 0, "{}", answer.all());
    let names: Vec<String> = files(&dir.path().join("docker-compose/services")).into_iter().map(|f| f.0).collect();
    insta::assert_snapshot!(names.join("\n").replace(&"n".repeat(100), "<100 letters>"));
    let answer = run(dir.path(), &["migrate", "--check"]);
    assert_eq!(answer.code, 0, "{}", answer.all());
    let answer = run(dir.path(), &["migrate", "--rollback"]);
    assert_eq!(answer.code, 0, "{}", answer.all());
    assert!(before == files(dir.path()));
}

// --- properties -------------------------------------------------------------------------------------------------------------------------

/// Entries of a service in every form in which they are written, each with comments.
const ENTRIES: &[&str] = &[
    "environment:\n  A: 1 # a@\n  # above B@\n  B: \"2\"",
    "environment:\n  - A=1\n  - B=3 # b@\n  - C",
    "environment: {A: 1, D: 4} # brackets@",
    "environment:\n  A: ${A:-1}\n  E:",
    "ports:\n  # why@\n  - \"80:80\"\n  - 443:443 # tls@",
    "ports: [\"80:80\", \"81:81\"]",
    "ports:\n- \"90:90\"\n- target: 91\n  published: \"91\" # long@",
    "volumes:\n  - data:/data # data@\n  - ./x:/x:ro",
    "volumes: [\"data:/other\", \"./y:/x\"]",
    "volumes:\n  # bind@\n  - type: bind\n    source: ./z\n    target: /data",
    "restart: always # restart@",
    "restart: unless-stopped",
    "command: [run, --fast] # fast@",
    "command: run --slow",
    "command: >-\n  run # no comment\n  slow",
    "deploy:\n  replicas: 2\n  # limits@\n  resources:\n    limits:\n      memory: 1g # memory@",
    "deploy: {replicas: 3, resources: {limits: {cpus: \"1\"}}}",
    "labels:\n  a: b # label@\n  c: d",
    "labels:\n  - a=x\n  - e=f # list@",
    "labels: {a: y}",
    "depends_on: [s0] # first@",
    "depends_on:\n  s0: # long form@\n    condition: service_started",
    "networks: [front]",
    "networks:\n  front:\n    aliases: [x] # alias@\n  back:",
    "logging:\n  driver: json-file # driver@\n  options: {max-size: 1m}",
    "healthcheck:\n  test: [CMD, true] # test@\n  interval: 5s",
    "<<: *common # merge@",
    "environment:\n  <<: *env # env@\n  A: 9",
    "labels: !override\n  z: z # override@",
    "ports: !reset []",
    "extra_hosts: [\"a:1.2.3.4\"]",
    "dns: 1.1.1.1",
    "dns:\n  - 1.1.1.1\n  - 8.8.8.8 # dns@",
];

fn service() -> impl Strategy<Value = Vec<(usize, &'static str)>> {
    prop::collection::vec((0..3usize, prop::sample::select(ENTRIES)), 0..5)
}

/// A file of some services: in each, every key once.
fn file(services: &[(usize, Vec<(usize, &'static str)>)], base: bool, step: usize) -> String {
    let pad = " ".repeat(step);
    let mut number = usize::from(!base) * 1000;
    let mut text =
        format!("# top {base}\nx-common: &common\n{pad}init: true # common {base}\nx-env: &env {{A: 7, X: {step}}}\n\nservices:\n");
    let mut named: Vec<usize> = Vec::new();
    for (name, entries) in services {
        if named.contains(name) {
            continue;
        }
        named.push(*name);
        let _ = writeln!(text, "{pad}s{name}: # the service {name} {base}");
        if base {
            let _ = writeln!(text, "{pad}{pad}image: x:{name}");
        }
        let mut keys: Vec<&str> = Vec::new();
        for (blank, entry) in entries {
            let key = entry.split(':').next().unwrap();
            if keys.contains(&key) || (key == "depends_on" && *name == 0) || (base && entry.contains('!')) {
                continue;
            }
            keys.push(key);
            if *blank == 1 {
                text.push('\n');
            } else if *blank == 2 {
                number += 1;
                let _ = writeln!(text, "{pad}{pad}# above {number}");
            }
            for line in entry.lines() {
                number += 1;
                let depth = line.len() - line.trim_start().len();
                let _ = writeln!(text, "{pad}{pad}{}{}", " ".repeat(depth), line.trim_start().replace('@', &number.to_string()));
            }
        }
        if !base && keys.is_empty() {
            let _ = writeln!(text, "{pad}{pad}image: y");
        }
        let _ = writeln!(text, "{pad}# below {name} {base}");
    }
    if base {
        text.push_str("volumes:\n  data: # data\nnetworks:\n  front: {} # front\n  back:\n# the end\n");
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_split_is_proved_and_every_comment_accounted_for(
        base in prop::collection::vec(service(), 3..6),
        over in prop::collection::vec((0..5usize, service()), 1..4),
        steps in (1..5usize, 1..5usize),
        crlf in prop::bool::weighted(0.2),
        end in prop::bool::weighted(0.2),
    ) {
        let services: Vec<(usize, Vec<(usize, &'static str)>)> = base.into_iter().enumerate().collect();
        let over: Vec<_> = over.into_iter().map(|(n, e)| (n % services.len(), e)).collect();
        let mut texts = [file(&services, true, steps.0), file(&over, false, steps.1)];
        if crlf {
            texts = texts.map(|t| t.replace('\n', "\r\n"));
        }
        if end {
            texts = texts.map(|t| t.trim_end().to_owned());
        }
        let [main, override_] = &texts;
        let fs = MemFs::new().file("/srv/compose.yaml", main.as_str()).file("/srv/compose.override.yaml", override_.as_str());
        for style in STYLES {
            let result = split(&fs, Path::new("/srv"), style);
            prop_assert!(result.is_ok(), "{style:?}: {}\n{main}\n=====\n{override_}", result.unwrap_err());
            if std::env::var_os("SHOW").is_some() {
                println!("{style:?}: {}", result.unwrap());
            }
        }
    }

    #[test]
    fn any_small_tree_is_proved_or_refused(main in text(), over in text(), other in text()) {
        let fs = MemFs::new()
            .file("/srv/compose.yaml", main.as_str())
            .file("/srv/compose.override.yaml", over.as_str())
            .file("/srv/other.yaml", other.as_str())
            .link("/srv/link", "/srv");
        for style in STYLES {
            let result = split(&fs, Path::new("/srv"), style);
            prop_assert!(result.is_ok(), "{style:?}: {}\n{main}\n=====\n{over}\n====\n{other}", result.unwrap_err());
        }
        prop_assert!(check::check(Path::new("/srv"), &fs).is_err() || main.contains("include"));
        prop_assert!(apply::rollback(Path::new("/srv"), &fs).is_err());
    }
}
