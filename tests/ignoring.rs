//! What a user does to see less: comments, a baseline, only what changed. Through the binary.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::disallowed_methods, clippy::print_stdout)] // a test may fail

#[path = "support/program.rs"]
mod program;

use std::path::Path;
use std::process::Command;

use program::{run, tree, write};
use tempfile::TempDir;

fn read(dir: &Path, path: &str) -> String {
    std::fs::read_to_string(dir.join(path)).unwrap()
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
    1 warning in 1 project, 1 file; 1 ignored
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
    no findings in 2 projects, 6 files; 3 ignored
    --- exit code 0
    ");
}

#[test]
fn audit_knows_the_comments_too() {
    let dir = tree(&[("compose.yaml", RADIO)]);
    let shown = run(dir.path(), &["audit", "--format", "concise"]).all();
    assert!(shown.contains("; 1 ignored") && !shown.contains("[privileged]"), "{shown}");
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
    no findings in 1 project, 1 file; 4 in the baseline
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
    no findings in 1 project, 1 file; 4 in the baseline
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
    assert!(known.starts_with("--- stderr\nno findings in 1 project, 1 file; 4 in the baseline"), "{known}");

    // One is mended, one is new.
    write(dir.path(), "compose.yaml", moved.replace("    privileged: true\n    image: zigbee:1.42.0\n", "    image: zigbee\n"));
    insta::assert_snapshot!(check(&["--baseline", ".composelint-baseline.json"]), @r"
    compose.yaml:6:12: warning[floating-tag] `zigbee` runs whatever `zigbee:latest` is on the day it is pulled: no tag is named
    --- stderr
    1 warning in 1 project, 1 file; 3 in the baseline
    1 entry of the baseline `.composelint-baseline.json` matches nothing any more: `--write-baseline` removes them
    --- exit code 1
    ");
    let json = run(dir.path(), &["check", "--format", "json", "--baseline", ".composelint-baseline.json"]).stdout;
    assert!(json.contains("\"known\": 3,\n      \"stale\": 1"), "{json}");
    insta::assert_snapshot!(check(&["--write-baseline"]), @r"
    --- stderr
    no findings in 1 project, 1 file; 4 in the baseline
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
    error: `compose.yaml` is not used: it is not JSON, see line 1, column 2
      help: it was left as it is; remove it, or name another file: `--write-baseline=FILE`
    --- exit code 2
    ");
    assert_eq!(read(dir.path(), "compose.yaml"), TWO);
    insta::assert_snapshot!(said(&["--write-baseline=no/such/directory.json"]), @r"
    --- stderr
    error: the baseline `no/such/directory.json` cannot be written: there is no such file or directory
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

/// Runs git in a directory, cut off from the configuration of whoever runs the tests. False: there is no git here.
fn git(directory: &Path, arguments: &[&str]) -> bool {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GIT_")) {
        command.env_remove(name);
    }
    command.current_dir(directory).args(["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"]);
    command.args(["-c", "commit.gpgsign=false"]).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").args(arguments);
    match command.output() {
        Ok(output) => {
            assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
            true
        }
        Err(error) => {
            println!("skipped: git cannot be run ({error})");
            false
        }
    }
}

/// Three projects, two of which share a file; each with one finding. `None` without git.
fn history() -> Option<TempDir> {
    let own = |name: &str| {
        format!("name: {name}\nservices:\n  {name}:\n    image: {name}:1.0.0\n    privileged: true\n    env_file: [app.env]\n")
    };
    let dir = tree(&[
        ("a/compose.yaml", &format!("include: [../shared/base.yaml]\n{}", own("a"))),
        ("b/compose.yaml", &format!("include: [../shared/base.yaml]\n{}", own("b"))),
        ("c/compose.yaml", &own("c")),
        ("c/compose.override.yaml", "services:\n  c:\n    init: true\n"),
        ("shared/base.yaml", "services:\n  base:\n    image: base:latest\n"),
        ("a/app.env", "A=1\n"),
        ("b/app.env", "B=1\n"),
        ("c/app.env", "C=1\n"),
        (".gitignore", ".env\n"),
    ]);
    let all = git(dir.path(), &["init", "-q"]) && git(dir.path(), &["add", "-A"]) && git(dir.path(), &["commit", "-q", "-m", "first"]);
    write(dir.path(), "c/.env", "IGNORED=1\n");
    all.then_some(dir)
}

/// Which files have findings since a revision, and what is said aside.
fn since(dir: &Path, revision: &str) -> String {
    let answer = run(dir, &["check", "--format", "concise", "--since", revision]);
    let mut files: Vec<&str> = answer.stdout.lines().map(|l| l.split(':').next().unwrap()).collect();
    files.dedup();
    format!("{}; {} ({})", files.join(" "), answer.stderr.lines().last().unwrap(), answer.code)
}

#[test]
fn since_shows_what_a_change_can_have_to_do_with() {
    let Some(dir) = history() else { return };
    let at = dir.path();
    insta::assert_snapshot!(since(at, "HEAD"), @r"; since HEAD: 0 of 3 projects changed; 4 findings elsewhere left out (0)");
    // Not committed: the env file of one project.
    write(at, "a/app.env", "A=2\n");
    insta::assert_snapshot!(since(at, "HEAD"), @"a/compose.yaml shared/base.yaml; since HEAD: 1 of 3 projects changed; 2 findings elsewhere left out (1)");
    // Staged, then committed: the same.
    assert!(git(at, &["add", "-A"]));
    insta::assert_snapshot!(since(at, "HEAD"), @"a/compose.yaml shared/base.yaml; since HEAD: 1 of 3 projects changed; 2 findings elsewhere left out (1)");
    assert!(git(at, &["commit", "-q", "-m", "second"]) && git(at, &["tag", "-a", "v2", "-m", "two"]));
    insta::assert_snapshot!(since(at, "HEAD"), @r"; since HEAD: 0 of 3 projects changed; 4 findings elsewhere left out (0)");
    insta::assert_snapshot!(since(at, "HEAD~1"), @"a/compose.yaml shared/base.yaml; since HEAD~1: 1 of 3 projects changed; 2 findings elsewhere left out (1)");
    // What two projects include reaches both.
    write(at, "shared/base.yaml", "services:\n  base:\n    image: base:edge\n");
    insta::assert_snapshot!(since(at, "v2"), @"a/compose.yaml b/compose.yaml shared/base.yaml; since v2: 2 of 3 projects changed; 1 finding elsewhere left out (1)");
    assert!(git(at, &["checkout", "-q", "shared/base.yaml"]) && git(at, &["gc", "-q"]));
    // New and not ignored; gone.
    write(at, "d/compose.yaml", "name: d\nservices:\n  d:\n    image: d:latest\n");
    insta::assert_snapshot!(since(at, "main"), @"d/compose.yaml; since main: 1 of 4 projects changed; 4 findings elsewhere left out (1)");
    std::fs::remove_file(at.join("c/compose.override.yaml")).unwrap();
    insta::assert_snapshot!(since(at, "v2"), @"c/compose.yaml d/compose.yaml; since v2: 2 of 4 projects changed; 3 findings elsewhere left out (1)");
    // The configuration concerns everything.
    write(at, ".composelint.yaml", "rules: {privileged: error}\n");
    insta::assert_snapshot!(since(at, "v2"), @"a/compose.yaml b/compose.yaml c/compose.yaml d/compose.yaml shared/base.yaml; since v2: 4 of 4 projects changed; 0 findings elsewhere left out (1)");
}

#[test]
fn since_needs_a_revision_that_can_be_read() {
    let Some(dir) = history() else { return };
    let said = |arguments: &[&str]| run(dir.path(), &[&["check"], arguments].concat()).all();
    insta::assert_snapshot!(said(&["--since", "mian"]), @r"
    --- stderr
    error: `--since mian`: git has no revision `mian`
      help: `git branch -a` and `git tag` list the names there are; `git fetch` brings those of others, such as `origin/main`
    --- exit code 2
    ");
    insta::assert_snapshot!(said(&["--since", "main...HEAD"]), @r"
    --- stderr
    error: `--since main...HEAD`: `main...HEAD` is a form of revision that composelint does not read
      help: write a commit, a branch or a tag, `~2` or `^` behind it where you like
    --- exit code 2
    ");
    insta::assert_snapshot!(said(&["--since", "HEAD", "--write-baseline"]), @r"
    --- stderr
    error: the argument '--since <REVISION>' cannot be used with '--write-baseline[=<FILE>]'

    Usage: composelint check --since <REVISION> [PATH]...

    For more information, try '--help'.
    --- exit code 2
    ");
    assert!(git(dir.path(), &["commit", "-q", "--allow-empty", "-m", "second"]));
    let url = format!("file://{}", dir.path().display());
    assert!(git(dir.path(), &["clone", "-q", "--depth", "1", &url, "shallow"]));
    insta::assert_snapshot!(said(&["shallow", "--since", "HEAD~1"]), @r"
    --- stderr
    error: `--since HEAD~1`: git has no revision `HEAD~1`, and the history of this clone is cut off
      help: fetch it: in GitHub Actions `fetch-depth: 0` of actions/checkout, in GitLab `GIT_DEPTH: 0`
    --- exit code 2
    ");
    let outside = tree(&[("compose.yaml", TWO)]);
    let answer = run(outside.path(), &["check", "--since", "HEAD"]);
    assert!(answer.code == 2 && answer.stderr.contains("is in no git repository"), "{}", answer.all());
}

#[test]
fn the_examples_of_the_documentation_are_true() {
    let page = read(Path::new(env!("CARGO_MANIFEST_DIR")), "docs/ignoring.md");
    let mut files: Vec<(String, String)> = Vec::new();
    let mut lines = page.lines();
    let (mut command, mut checked) = (None, 0);
    while let Some(line) = lines.next() {
        command = line.strip_prefix("<!-- output: composelint ").map(|c| c.trim_end_matches(" -->").to_owned()).or(command);
        let Some(info) = line.strip_prefix("```") else { continue };
        let block: String = lines.by_ref().take_while(|l| *l != "```").flat_map(|l| [l, "\n"]).collect();
        if let Some((_, path)) = info.split_once("file=") {
            files.push((path.to_owned(), block));
        } else if let Some(command) = command.take() {
            let dir = tree(&files.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect::<Vec<_>>());
            let answer = run(dir.path(), &command.split(' ').collect::<Vec<_>>());
            let shown = answer.stdout + answer.stderr.split(" · ").next().unwrap() + "\n";
            assert_eq!(shown, block, "{command}");
            checked += 1;
        } else {
            for words in block.lines().filter_map(|l| l.strip_prefix("composelint ")) {
                let help = run(Path::new("."), &["check", "--help"]).stdout;
                for flag in words.split(' ').filter(|w| w.starts_with("--")) {
                    assert!(help.contains(flag), "{flag}");
                }
            }
        }
    }
    assert_eq!((files.len(), checked), (4, 1));
    // All files of the page together: each of the comments is obeyed, and none is said to be wrong but the example of an env file.
    let dir = tree(&files.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect::<Vec<_>>());
    let all = run(dir.path(), &["check", "--format", "concise"]).all();
    assert!(all.contains("2 projects, 4 files; 3 ignored"), "{all}");
    assert!(all.lines().take_while(|l| *l != "--- stderr").all(|l| l.starts_with("a/.env:")), "{all}");
}
