//! Mistakes that people make, through the binary: each is answered with what is wrong, where, and what to do; nothing is written half.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a test may fail, and stands on the real disk

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

const PROJECT: &str = "name: p\nservices:\n  usb:\n    image: koenkk/zigbee2mqtt:1.42.0\n    privileged: true\n";

fn tree(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, content) in files {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::File::create(path).unwrap().write_all(content.as_bytes()).unwrap();
    }
    dir
}

/// What is typed, what is answered on stderr, and the exit code. The answer must not hold what only those who know the system understand.
fn told(dir: &Path, lines: &[&str]) -> String {
    let mut out = String::new();
    for line in lines {
        let mut command = Command::new(env!("CARGO_BIN_EXE_composelint"));
        // An empty environment: not even PATH.
        command.env_clear().current_dir(dir).stdin(Stdio::null()).args(line.split_whitespace());
        let answer = command.output().unwrap();
        let said = String::from_utf8(answer.stderr).unwrap();
        for jargon in ["os error", "invalid digit", "expected ident", "EOF", "Error(", "panicked"] {
            assert!(!said.contains(jargon), "{line}: {said}");
        }
        let said: Vec<&str> = said.lines().filter(|l| !l.is_empty()).map(|l| l.split(" · ").next().unwrap()).collect();
        let _ = writeln!(out, "$ {line}\n{}\n{}\n", said.join("\n"), answer.status.code().unwrap());
    }
    out.replace(&*dir.canonicalize().unwrap().to_string_lossy(), "ROOT").replace(&*dir.to_string_lossy(), "ROOT")
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn names_that_there_are_not() {
    let dir = tree(&[("compose.yaml", PROJECT)]);
    insta::assert_snapshot!(told(dir.path(), &[
        "check --ignore privilegd,securty,xyzzy",
        "check --preset strickt",
        "check --jobs many",
        "check --compose-version 3",
        "explain privilegd",
        "check nowhere",
    ]), @r#"
    $ check --ignore privilegd,securty,xyzzy
    error: there is no rule, topic or preset `privilegd`
      help: did you mean `privileged`?
    error: there is no rule, topic or preset `securty`
      help: did you mean `security`?
    error: there is no rule, topic or preset `xyzzy`
      help: `composelint rules` lists them all
    2

    $ check --preset strickt
    error: there is no preset `strickt`
      help: did you mean `strict`?
    2

    $ check --jobs many
    error: invalid value 'many' for '--jobs <N>': give a number from 1 to 1024
    For more information, try '--help'.
    2

    $ check --compose-version 3
    error: the answers of Compose `3` are not known
      help: give `2.40` or `5`
    2

    $ explain privilegd
    error: there is no rule `privilegd`
      help: did you mean `privileged`?
    2

    $ check nowhere
    error: there is no file or directory `nowhere`
      help: correct the path
    2
    "#);
}

#[test]
fn the_name_of_a_group_is_no_rule_and_says_which_rules_are_in_it() {
    let dir = tree(&[]);
    let said = told(dir.path(), &["explain host"]);
    assert!(
        said.contains("`host` is a topic, and only rules have a page\n  help: its rules are") && said.contains("host-port-collision"),
        "{said}"
    );
    let said = told(dir.path(), &["explain recommended"]);
    assert!(said.contains("`recommended` is a preset") && said.contains("`composelint rules`") && said.ends_with("\n2\n\n"), "{said}");
}

#[test]
fn files_that_cannot_be_written() {
    let dir = tree(&[("compose.yaml", PROJECT), ("file", "")]);
    std::fs::create_dir(dir.path().join("directory")).unwrap();
    insta::assert_snapshot!(told(dir.path(), &[
        "check --output nowhere/report.txt",
        "check --output directory",
        "check --format json=directory",
        "check --format json=one --format sarif=one",
        "check --format json --format sarif",
        "check --write-baseline=nowhere/b.json",
        "check --write-baseline=directory",
        "check --write-baseline b.json",
        "config --output nowhere/out.yaml",
        "init nowhere",
        "init file",
        "man --out nowhere",
        "man --out file",
    ]), @r#"
    $ check --output nowhere/report.txt
    error: `nowhere/report.txt` cannot be written: there is no directory `ROOT/nowhere`
    2

    $ check --output directory
    error: `directory` cannot be written: it is a directory
    2

    $ check --format json=directory
    error: `directory` cannot be written: it is a directory
    2

    $ check --format json=one --format sarif=one
    error: two formats cannot both be written to `one`
    2

    $ check --format json --format sarif
    error: `json` and `sarif` cannot both be written to stdout
      help: give one of them a file: `--format sarif=FILE`
    2

    $ check --write-baseline=nowhere/b.json
    error: the baseline `nowhere/b.json` cannot be written: there is no such file or directory
    2

    $ check --write-baseline=directory
    error: the baseline `directory` cannot be read: it is a directory
    2

    $ check --write-baseline b.json
    error: there is no file or directory `b.json`
      help: if it is the baseline to write, join them with `=`: `--write-baseline=b.json`
    2

    $ config --output nowhere/out.yaml
    error: `nowhere/out.yaml` cannot be written: there is no such file or directory
    2

    $ init nowhere
    error: there is no directory `nowhere`
      help: make it first, or correct the path
    2

    $ init file
    error: `file` is a file, not a directory
      help: name a directory
    2

    $ man --out nowhere
    error: there is no directory `ROOT/nowhere`
      help: make it first, or correct the path
    2

    $ man --out file
    error: `ROOT/file` is a file, not a directory
      help: name a directory
    2
    "#);
    assert_eq!(names(dir.path()), ["compose.yaml", "directory", "file"]);
}

#[test]
fn baselines_that_are_none() {
    let dir = tree(&[
        ("compose.yaml", PROJECT),
        ("empty.json", ""),
        ("theirs.json", "{\"version\": \"1.5.0\", \"results\": {}}"),
        ("later.json", "{\"kind\": \"composelint baseline\", \"version\": 9, \"findings\": []}"),
    ]);
    insta::assert_snapshot!(told(dir.path(), &[
        "check --baseline nowhere.json",
        "check --baseline empty.json",
        "check --baseline compose.yaml",
        "check --baseline theirs.json",
        "check --baseline later.json",
        "check --write-baseline=theirs.json",
        "check --baseline .",
    ]), @r#"
    $ check --baseline nowhere.json
    error: there is no baseline `nowhere.json`
      help: `--write-baseline` writes one
    2

    $ check --baseline empty.json
    error: `empty.json` is not used: it is empty
      help: name another file, or write a new one with `--write-baseline`
    2

    $ check --baseline compose.yaml
    error: `compose.yaml` is not used: it is not JSON, see line 1, column 2
      help: name another file, or write a new one with `--write-baseline`
    2

    $ check --baseline theirs.json
    error: `theirs.json` is not used: it is no baseline of composelint
      help: name another file, or write a new one with `--write-baseline`
    2

    $ check --baseline later.json
    error: `later.json` is not used: it is a baseline of form 9, and this version of composelint reads form 1
      help: name another file, or write a new one with `--write-baseline`
    2

    $ check --write-baseline=theirs.json
    error: `theirs.json` is not used: it is no baseline of composelint
      help: it was left as it is; remove it, or name another file: `--write-baseline=FILE`
    2

    $ check --baseline .
    error: the baseline `.` cannot be read: it is a directory
    2
    "#);
    assert_eq!(std::fs::read_to_string(dir.path().join("theirs.json")).unwrap(), "{\"version\": \"1.5.0\", \"results\": {}}");
}

#[test]
fn flags_that_contradict_each_other() {
    let dir = tree(&[("compose.yaml", PROJECT)]);
    for line in [
        "check --diff --fix",
        "check --diff --format json",
        "check --unsafe-fixes",
        "check --config a --no-config",
        "check --write-baseline --baseline b",
        "check --write-baseline --fix",
        "check --write-baseline --since main",
        "check -q -v",
    ] {
        let said = told(dir.path(), &[line]);
        assert!(said.trim_end().ends_with("\n2") && said.contains("error: the"), "{said}");
        assert!(line.split(' ').skip(1).filter(|w| w.starts_with("--")).all(|flag| said.contains(flag)), "{said}");
    }
    assert_eq!(names(dir.path()), ["compose.yaml"]);
}

#[test]
fn revisions_that_there_are_not() {
    let alone = tree(&[("compose.yaml", PROJECT)]);
    let new = tree(&[("compose.yaml", PROJECT), (".git/HEAD", "ref: refs/heads/main\n"), (".git/objects/info/x", ""), (".git/refs/x", "")]);
    let mut said = told(alone.path(), &["check --since main"]);
    said +=
        &told(new.path(), &["check --since HEAD", "check --since HEAD~3", "check --since v9", "check --since=", "check --since HEAD@{1}"]);
    insta::assert_snapshot!(said, @r#"
    $ check --since main
    error: `--since main`: `ROOT` is in no git repository
      help: run it without `--since`
    2

    $ check --since HEAD
    error: `--since HEAD`: git has no revision `HEAD`
      help: nothing is committed yet: run it without `--since`
    2

    $ check --since HEAD~3
    error: `--since HEAD~3`: git has no revision `HEAD~3`
      help: the history may be shorter: `git log --oneline` shows how far it goes
    2

    $ check --since v9
    error: `--since v9`: git has no revision `v9`
      help: `git branch -a` and `git tag` list the names there are; `git fetch` brings those of others, such as `origin/main`
    2

    $ check --since=
    error: `--since` names no revision
      help: write a commit, a branch or a tag behind it, such as `--since main`
    2

    $ check --since HEAD@{1}
    error: `--since HEAD@{1}`: `HEAD@{1}` is a form of revision that composelint does not read
      help: write a commit, a branch or a tag, `~2` or `^` behind it where you like
    2
    "#);
}

#[test]
fn nothing_to_judge() {
    let dir = tree(&[("notes/todo.yaml", "- buy milk\n"), ("node_modules/a/compose.yaml", PROJECT)]);
    insta::assert_snapshot!(told(dir.path(), &["check", "check notes", "check notes/todo.yaml", "config"]), @r#"
    $ check
    no Compose project under `.`; `-v` says what was passed over
    0

    $ check notes
    no Compose project under `notes`
    0

    $ check notes/todo.yaml
    passed over notes/todo.yaml: a list, not a Compose file
    no Compose project under `notes/todo.yaml`
    0

    $ config
    error[no-file]: there is no compose file in ROOT
      help: add a compose.yaml, or name the file with -f
    1
    "#);
}

#[test]
fn questions_that_config_cannot_answer() {
    let dir = tree(&[("compose.yaml", PROJECT)]);
    insta::assert_snapshot!(told(dir.path(), &[
        "config web",
        "config -f nowhere.yaml",
        "config --env-file nowhere",
        "config --format toml",
        "config --explain --format json",
        "config --why services.usb.",
        "config --why services.web.image",
    ]), @r#"
    $ config web
    error[select]: there is no service `web`
    1

    $ config -f nowhere.yaml
    error[io]: there is no file ROOT/nowhere.yaml
      help: correct the path, or add the file
    1

    $ config --env-file nowhere
    error[env-file]: env file: there is no file ROOT/nowhere
      help: correct the path, or add the file
    1

    $ config --format toml
    error[flags]: there is no format `toml`
      help: give `yaml` or `json`
    1

    $ config --explain --format json
    error[flags]: `--explain` writes YAML only
      help: leave out `--format`, or give `--format yaml`
    1

    $ config --why services.usb.
    error: `services.usb.` is no path: a part of the path is empty: write the keys with one dot between them, such as `services.api.image`
    2

    $ config --why services.web.image
    error: `services` has no `web`
      help: it has `usb`
    1
    "#);
}

#[test]
fn what_is_no_configuration() {
    let dir = tree(&[
        ("compose.yaml", PROJECT),
        ("several.yaml", "rules:\n  floating-tags: off\nfail-on: always\npresets: [strickt]\nhost: x\n"),
        ("open.yaml", "rules: [\n"),
        ("text.yaml", "hello\n"),
        ("binary.yaml", "rules\0\0\0"),
        (".dclintrc", "{\"rules\": ["),
        ("package.json", "{\"name\": \"x\"}"),
        ("rc.cjs", "module.exports = {}"),
    ]);
    insta::assert_snapshot!(told(dir.path(), &[
        "check --config several.yaml",
        "check --config open.yaml",
        "check --config text.yaml",
        "check --config binary.yaml",
        "check --config nowhere.yaml",
        "init --from nowhere.json",
        "init --from compose.yaml",
        "init --from .dclintrc",
        "init --from package.json",
        "init --from rc.cjs",
    ]), @r#"
    $ check --config several.yaml
    error: ROOT/several.yaml:2:3: there is no rule or topic `floating-tags`
      help: did you mean `floating-tag`?
    error: ROOT/several.yaml:3:10: this is no severity
      help: `error`, `warning`, `info` and `never` are accepted
    error: ROOT/several.yaml:4:11: there is no preset `strickt`
      help: did you mean `strict`?
    error: ROOT/several.yaml:5:1: `host` is no key of the configuration
      help: did you mean `hosts`?
    2

    $ check --config open.yaml
    error: ROOT/open.yaml:1:8: this `[` is not closed
      help: add the `]`
    2

    $ check --config text.yaml
    error: ROOT/text.yaml:1:1: the configuration must be a mapping of keys to values
      help: write `key: value`
    2

    $ check --config binary.yaml
    error: ROOT/binary.yaml:1:6: this is a binary file, not text: it contains a NUL byte
    2

    $ check --config nowhere.yaml
    error: there is no file ROOT/nowhere.yaml
      help: correct the path, or add the file
    2

    $ init --from nowhere.json
    error: `nowhere.json` cannot be read: there is no such file or directory
      help: correct the path
    2

    $ init --from compose.yaml
    error: `compose.yaml` is no configuration of dclint: it has none of the keys `rules`, `exclude`, `quiet` and `debug`
      help: name a `.dclintrc`, or leave out `--from`
    2

    $ init --from .dclintrc
    error: .dclintrc:1:11: a comma or the closing `}` is missing before this
      help: correct it, and run `init` again
    2

    $ init --from package.json
    error: `package.json` has no key `dclint`
      help: name the file that holds the configuration of dclint
    2

    $ init --from rc.cjs
    error: `rc.cjs` is a program, and composelint runs none
      help: write what it exports to a `.dclintrc.json`, and name that
    2
    "#);
    assert!(!names(dir.path()).contains(&".composelint.yaml".to_owned()));
}

/// What the user may not do. Whoever runs the tests as root may do everything, and there is nothing to see.
#[cfg(unix)]
#[test]
fn what_this_user_may_not() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tree(&[("locked/compose.yaml", PROJECT), ("kept/compose.yaml", "version: '3'\nname: k\nservices: {a: {image: 'a:1'}}\n")]);
    let mode = |path: &str, mode| std::fs::set_permissions(dir.path().join(path), std::fs::Permissions::from_mode(mode)).unwrap();
    mode("locked", 0o000);
    mode("kept", 0o555);
    if std::fs::read_dir(dir.path().join("locked")).is_err() {
        insta::assert_snapshot!(told(dir.path(), &[
            "check locked",
            "check locked/compose.yaml",
            "check kept --output kept/report.txt --fail-on never",
            "check kept --fix",
            "init kept",
        ]), @"");
        assert_eq!(names(&dir.path().join("kept")), ["compose.yaml"]);
    }
    mode("locked", 0o755);
    mode("kept", 0o755);
}
