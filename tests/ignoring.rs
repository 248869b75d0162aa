//! What a user does to see less: comments, a baseline, only what changed. Through the binary.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::disallowed_methods)] // a test may fail

use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A directory with files.
fn tree(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, content) in files {
        write(dir.path(), path, content);
    }
    dir
}

fn write(dir: &Path, path: &str, content: &str) {
    let path = dir.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::io::Write::write_all(&mut std::fs::File::create(path).unwrap(), content.as_bytes()).unwrap();
}

fn read(dir: &Path, path: &str) -> String {
    std::fs::read_to_string(dir.join(path)).unwrap()
}

struct Answer {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Answer {
    /// All of it, what changes from run to run left out.
    fn all(&self) -> String {
        let aside: Vec<String> = self.stderr.lines().map(|l| l.split(" · ").next().unwrap().to_owned()).collect();
        format!("{}--- stderr\n{}\n--- exit code {}\n", self.stdout, aside.join("\n"), self.code)
    }
}

fn run(dir: &Path, arguments: &[&str]) -> Answer {
    let mut command = Command::new(env!("CARGO_BIN_EXE_composelint"));
    let output = command.env_clear().current_dir(dir).stdin(Stdio::null()).args(arguments).output().unwrap();
    Answer {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

const RADIO: &str = "\
name: home
services:
  radio:
    image: radio:2.1.0
    privileged: true # composelint: ignore[privileged] the tuner
  zigbee:
    image: koenkk/zigbee2mqtt:latest
";

#[test]
fn a_comment_silences_and_is_counted() {
    let dir = tree(&[("compose.yaml", RADIO)]);
    insta::assert_snapshot!(run(dir.path(), &["check", "--format", "concise"]).all(), @r"
    compose.yaml:7:12: warning[floating-tag] `zigbee` runs whatever `koenkk/zigbee2mqtt:latest` is on the day it is pulled
    --- stderr
    1 warning, 1 ignored in 1 project, 1 file
    --- exit code 1
    ");
    insta::assert_snapshot!(run(dir.path(), &["check", "--format", "concise", "--no-ignores"]).all(), @r"
    compose.yaml:5:5: warning[privileged] `radio` runs with every right on the host
    compose.yaml:7:12: warning[floating-tag] `zigbee` runs whatever `koenkk/zigbee2mqtt:latest` is on the day it is pulled
    --- stderr
    2 warnings in 1 project, 1 file
    --- exit code 1
    ");
    let json = run(dir.path(), &["check", "--format", "json"]).stdout;
    assert!(json.contains("\"ignored\": 1,"), "{json}");
}

#[test]
fn a_comment_is_obeyed_where_the_value_is_written() {
    let dir = tree(&[
        (
            "a/compose.yaml",
            "name: a\ninclude: [../shared/db.yaml]\nservices:\n  web:\n    extends: {file: ../shared/base.yaml, service: base}\n",
        ),
        (
            "a/compose.override.yaml",
            "services:\n  web:\n    ports:\n      - 80:80\n  twin:\n    image: web:1.0.0\n    ports: [\"80:80\"] # composelint: ignore[duplicate-host-port] never both\n",
        ),
        ("b/compose.yaml", "name: b\nservices:\n  web:\n    extends: {file: ../shared/base.yaml, service: base}\n"),
        (
            "shared/base.yaml",
            "services:\n  base:\n    image: web:1.0.0\n    privileged: true # composelint: ignore[privileged] a scanner\n",
        ),
        ("shared/db.yaml", "services:\n  db:\n    image: postgres # composelint: ignore[images] a toy\n    env_file: db.env\n"),
        ("shared/db.env", "POSTGRES_DB=shop\n"),
    ]);
    insta::assert_snapshot!(run(dir.path(), &["check", "a", "b", "--format", "concise"]).all(), @r"
    --- stderr
    no findings, 3 ignored in 2 projects, 6 files
    --- exit code 0
    ");
}

#[test]
fn audit_knows_the_comments_too() {
    let dir = tree(&[("compose.yaml", RADIO)]);
    let shown = run(dir.path(), &["audit", "--format", "concise"]).all();
    assert!(shown.contains(", 1 ignored in 1 project") && !shown.contains("[privileged]"), "{shown}");
}

const TWO: &str = "\
name: home
services:
  radio:
    image: radio:latest
    privileged: true
    environment:
      API_TOKEN: Xq7-Sess10n-9fK2
  zigbee:
    image: zigbee:1.42.0
    privileged: true
";

#[test]
fn a_baseline_knows_what_was_there() {
    let dir = tree(&[("compose.yaml", TWO), (".git/HEAD", "ref: refs/heads/main\n")]);
    let check = |arguments: &[&str]| run(dir.path(), &[&["check", "--format", "concise"], arguments].concat()).all();
    insta::assert_snapshot!(check(&["--write-baseline"]), @r"
    --- stderr
    no findings, 4 in the baseline in 1 project, 1 file
    the baseline `.composelint-baseline.json` now knows 4 findings
    --- exit code 0
    ");
    let ids = regex_free(&read(dir.path(), ".composelint-baseline.json"));
    insta::assert_snapshot!(ids, @r#"
    {
      "kind": "composelint baseline",
      "version": 1,
      "findings": [
        {"path":"compose.yaml","rule":"floating-tag"
        {"path":"compose.yaml","rule":"plaintext-secret"
        {"path":"compose.yaml","rule":"privileged"
        {"path":"compose.yaml","rule":"privileged"
      ]
    }
    "#);
    insta::assert_snapshot!(check(&["--baseline", ".composelint-baseline.json"]), @r"
    --- stderr
    no findings, 4 in the baseline in 1 project, 1 file
    --- exit code 0
    ");

    // Lines move, services change places, comments come: nothing is new.
    let moved = "\
# ours
name: home
services:
  zigbee:
    # the stick
    privileged: true
    image: zigbee:1.42.0
  radio:
    environment:
      API_TOKEN: Xq7-Sess10n-9fK2

    image: radio:latest
    privileged: true
";
    write(dir.path(), "compose.yaml", moved);
    let known = check(&["--baseline", ".composelint-baseline.json"]);
    assert!(known.starts_with("--- stderr\nno findings, 4 in the baseline in 1 project"), "{known}");

    // One is mended, one is new.
    write(dir.path(), "compose.yaml", &moved.replace("    privileged: true\n    image: zigbee:1.42.0\n", "    image: zigbee\n"));
    insta::assert_snapshot!(check(&["--baseline", ".composelint-baseline.json"]), @r"
    compose.yaml:6:12: warning[floating-tag] `zigbee` runs whatever `zigbee:latest` is on the day it is pulled: no tag is named
    --- stderr
    1 warning, 3 in the baseline in 1 project, 1 file
    1 entry of the baseline `.composelint-baseline.json` matches nothing any more: `--write-baseline` removes them
    --- exit code 1
    ");
    let json = run(dir.path(), &["check", "--format", "json", "--baseline", ".composelint-baseline.json"]).stdout;
    assert!(json.contains("\"known\": 3,\n      \"stale\": 1"), "{json}");
    insta::assert_snapshot!(check(&["--write-baseline"]), @r"
    --- stderr
    no findings, 4 in the baseline in 1 project, 1 file
    the baseline `.composelint-baseline.json` now knows 4 findings; 1 that matched nothing any more was removed
    --- exit code 0
    ");
    assert_eq!(read(dir.path(), ".composelint-baseline.json").matches("\"id\"").count(), 4);
}

/// A baseline without its fingerprints, which may change with the tool; and no secret is in it.
fn regex_free(text: &str) -> String {
    assert!(!text.contains("Xq7"), "{text}");
    text.lines().map(|l| l.split(",\"id\"").next().unwrap().to_owned() + "\n").collect()
}

#[test]
fn a_baseline_is_the_same_from_every_directory_and_keeps_what_was_not_judged() {
    let dir = tree(&[("a/compose.yaml", TWO), ("b/compose.yaml", TWO), (".git/HEAD", "ref: refs/heads/main\n")]);
    let at = |directory: &str, arguments: &[&str]| {
        run(&dir.path().join(directory), &[&["check", "-q", "--format", "concise"], arguments].concat())
    };
    assert_eq!(at("", &["--write-baseline"]).all(), "--- stderr\n\n--- exit code 0\n");
    let whole = read(dir.path(), ".composelint-baseline.json");
    assert_eq!(at("a", &["--baseline", "../.composelint-baseline.json"]).code, 0);
    assert_eq!(at("b", &["--write-baseline"]).code, 0);
    assert_eq!(at("b", &["--write-baseline", "--ignore", "privileged"]).code, 0);
    assert_eq!(read(dir.path(), ".composelint-baseline.json"), whole);
    // Without a repository, the place of the baseline says what paths are relative to.
    std::fs::remove_dir_all(dir.path().join(".git")).unwrap();
    assert_eq!(at("", &["--write-baseline"]).code, 0);
    assert_eq!(at("a", &["--baseline", "../.composelint-baseline.json"]).code, 0);
    // What a later run of one part says of the other part is nothing.
    let aside = run(&dir.path().join("a"), &["check", "--baseline", "../.composelint-baseline.json"]).stderr;
    assert!(!aside.contains("match nothing"), "{aside}");
}

#[test]
fn a_baseline_that_cannot_be_used_is_said() {
    let dir = tree(&[
        ("compose.yaml", TWO),
        ("detekt.json", "{\"version\": 1}"),
        ("new.json", "{\"kind\": \"composelint baseline\", \"version\": 9}"),
    ]);
    let said = |arguments: &[&str]| run(dir.path(), &[&["check"], arguments].concat()).all();
    insta::assert_snapshot!(said(&["--baseline", "none.json"]), @r"
    --- stderr
    error: there is no baseline `none.json`
      help: `--write-baseline` writes one
    --- exit code 2
    ");
    insta::assert_snapshot!(said(&["--baseline", "detekt.json"]), @r"
    --- stderr
    error: `detekt.json` is not used: it is no baseline of composelint
      help: name another file, or write a new one with `--write-baseline`
    --- exit code 2
    ");
    insta::assert_snapshot!(said(&["--baseline", "new.json"]), @r"
    --- stderr
    error: `new.json` is not used: it is a baseline of form 9, and this version of composelint reads form 1
      help: name another file, or write a new one with `--write-baseline`
    --- exit code 2
    ");
    insta::assert_snapshot!(said(&["--write-baseline=compose.yaml"]), @r"
    --- stderr
    error: `compose.yaml` is not used: it cannot be read as a baseline: expected ident at line 1 column 2
      help: it was left as it is; remove it, or name another file: `--write-baseline=FILE`
    --- exit code 2
    ");
    assert_eq!(read(dir.path(), "compose.yaml"), TWO);
    insta::assert_snapshot!(said(&["--write-baseline=no/such/directory.json"]), @r"
    --- stderr
    error: the baseline `no/such/directory.json` cannot be written: No such file or directory (os error 2)
    --- exit code 2
    ");
    insta::assert_snapshot!(said(&["--write-baseline", "--baseline", "new.json"]), @r"
    --- stderr
    error: the argument '--write-baseline[=<FILE>]' cannot be used with '--baseline <FILE>'

    Usage: composelint check --write-baseline[=<FILE>] [PATH]...

    For more information, try '--help'.
    --- exit code 2
    ");
}
