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

#[allow(dead_code)]
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
