//! `.composelint.yaml` as a user meets it, through the binary: what it changes, what is said of its mistakes, and where it is found.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test may fail

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use composelint::compose::Loader;
use composelint::fs::MemFs;
use composelint::lint::{Config, LoadOptions, Workspace};
use composelint::model::Profiles;
use composelint::source::Sources;
use tempfile::TempDir;

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
    std::fs::File::create(path).unwrap().write_all(content.as_bytes()).unwrap();
}

/// stdout, what is said aside, the exit code.
fn run(dir: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_composelint"));
    let output = command.env_clear().current_dir(dir).stdin(Stdio::null()).args(arguments).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let aside: Vec<String> = stderr.lines().map(|l| l.split(" · ").next().unwrap().to_owned()).collect();
    let text = format!("{}--- {}\n{}\n", String::from_utf8(output.stdout).unwrap(), output.status.code().unwrap(), aside.join("\n"));
    text.replace(&*dir.to_string_lossy(), "ROOT")
}

fn check(dir: &Path, arguments: &[&str]) -> String {
    run(dir, &[&["check", "--format", "concise"], arguments].concat())
}

const PRIVILEGED: &str = "name: usb\nservices:\n  zigbee:\n    image: koenkk/zigbee2mqtt:1.42.0\n    privileged: true\n";
const FLOATING: &str = "name: web\nservices:\n  web:\n    image: nginx\n";

#[test]
fn severities_options_overrides_and_exclusions_hold() {
    let dir = tree(&[
        ("usb/compose.yaml", PRIVILEGED),
        ("web/compose.yaml", FLOATING),
        ("lab/compose.yaml", FLOATING),
        ("old/compose.yaml", PRIVILEGED),
        (
            ".composelint.yaml",
            "\
rules:
  privileged: info
overrides:
  - paths: [lab/]
    rules: {floating-tag: off}
exclude: [old/]
",
        ),
    ]);
    insta::assert_snapshot!(check(dir.path(), &[]), @r"
    usb/compose.yaml:5:5: info[privileged] `zigbee` runs with every right on the host
    web/compose.yaml:4:12: warning[floating-tag] `web` runs whatever `nginx:latest` is on the day it is pulled: no tag is named
    --- 1
    2 findings (1 warning, 1 note) in 3 projects, 3 files
    ");
    insta::assert_snapshot!(check(dir.path(), &["--ignore", "images", "--fail-on", "info"]), @r"
    usb/compose.yaml:5:5: info[privileged] `zigbee` runs with every right on the host
    --- 1
    1 note in 3 projects, 3 files
    ");
    insta::assert_snapshot!(check(dir.path(), &["old/compose.yaml"]), @r"
    --- 0
    passed over old/compose.yaml: excluded by `old/` in the configuration
    no Compose project under `old/compose.yaml`
    ");
    insta::assert_snapshot!(check(dir.path(), &["--no-config", "old"]), @r"
    old/compose.yaml:5:5: warning[privileged] `zigbee` runs with every right on the host
    --- 1
    1 warning in 1 project, 1 file
    ");
}

#[test]
fn presets_take_the_place_of_the_recommended_rules() {
    let dir = tree(&[("compose.yaml", PRIVILEGED), (".composelint.yaml", "presets: style\n")]);
    assert!(!check(dir.path(), &[]).contains("[privileged]"));
    assert!(check(dir.path(), &["--preset", "security"]).contains("[privileged]"));
    assert!(check(dir.path(), &["--select", "privileged"]).contains("[privileged]"));
    insta::assert_snapshot!(check(dir.path(), &["--preset", "secure"]), @r"
    --- 2
    error: there is no preset `secure`
      help: the presets are recommended, strict, security, style, all
    ");
}

#[test]
fn the_threshold_is_that_of_the_flag_then_of_the_file() {
    let dir = tree(&[("compose.yaml", PRIVILEGED), (".composelint.yaml", "fail-on: error\n")]);
    assert!(check(dir.path(), &[]).contains("--- 0\n"));
    assert!(check(dir.path(), &["--fail-on", "warning"]).contains("--- 1\n"));
    write(dir.path(), ".composelint.yaml", "fail-on: warning\n");
    assert!(run(dir.path(), &["audit", "--format", "concise"]).contains("--- 1\n"));
    assert!(run(dir.path(), &["audit", "--format", "concise", "--no-config"]).contains("--- 0\n"));
}

#[test]
fn stated_projects_take_the_place_of_their_files() {
    let dir = tree(&[
        ("base.compose.yaml", "services:\n  web:\n    networks: [front]\n"),
        ("prod.compose.yaml", "services:\n  web:\n    image: nginx:${TAG}\n    ports: [\"80:80\"]\nnetworks:\n  front:\n"),
        ("dev.compose.yaml", "services:\n  web:\n    image: nginx\n    networks: [frnot]\nnetworks:\n  front:\n"),
        ("prod.env", "TAG=1.27.3\n"),
        (
            ".composelint.yaml",
            "\
projects:
  - name: shop
    files: [base.compose.yaml]
    environments:
      production:
        files: [prod.compose.yaml]
        env-files: [prod.env]
      dev:
        files: [dev.compose.yaml]
",
        ),
    ]);
    insta::assert_snapshot!(check(dir.path(), &["-v"]), @r"
    dev.compose.yaml:3:12: warning[floating-tag] `web` runs whatever `nginx:latest` is on the day it is pulled: no tag is named
    dev.compose.yaml:4:16: error[undefined-network] service `web` uses network `frnot`, which is not declared under `networks`
    --- 1
    project shop in .: base.compose.yaml, dev.compose.yaml
    project shop in .: base.compose.yaml, prod.compose.yaml, prod.env
    2 findings (1 error, 1 warning) in 2 projects, 4 files
    ");
    // One of the files stands for the projects that it belongs to.
    insta::assert_snapshot!(check(dir.path(), &["prod.compose.yaml", "-v"]), @r"
    --- 0
    project shop in .: base.compose.yaml, prod.compose.yaml, prod.env
    no findings in 1 project, 3 files
    ");
}

#[test]
fn a_stated_project_without_its_files_is_an_error() {
    let dir = tree(&[
        ("compose.yaml", "services:\n  web:\n    image: nginx:1.27.3\n"),
        (".composelint.yaml", "projects:\n  - files: [compose.yaml, compose.prod.yaml]\n  - directory: api\n  - env-files: [secret.env]\n"),
    ]);
    insta::assert_snapshot!(check(dir.path(), &[]), @r"
    .composelint.yaml:2:27: error[unused-config-entry] there is no file `compose.prod.yaml`, so this project is not judged
    .composelint.yaml:3:5: error[unused-config-entry] there is no Compose file in `api`, so this project is not judged
    .composelint.yaml:4:17: warning[unused-config-entry] there is no file `secret.env`: its variables have no value here
    --- 1
    3 findings (2 errors, 1 warning) in 1 project, 1 file
    ");
}

#[test]
fn profiles_of_a_stated_project_are_active_and_the_flag_wins() {
    let fs = MemFs::new()
        .file(
            "/p/compose.yaml",
            "services:\n  web: {image: nginx}\n  db: {image: postgres, profiles: [full]}\n  ui: {image: ui, profiles: [light]}\n",
        )
        .file("/p/.composelint.yaml", "projects:\n  - profiles: [light]\n");
    let sources = Sources::new();
    let config = Arc::new(Config::discover(&Loader::new(&fs, &sources), Path::new("/p")).unwrap());
    let enabled = |profiles: Profiles| {
        let options = LoadOptions { profiles, config: Arc::clone(&config), ..LoadOptions::default() };
        let workspace = Workspace::load(&fs, &sources, &["/p".into()], &options);
        let services = workspace.projects[0].services.values();
        services.filter(|s| s.value.enabled).map(|s| s.value.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(enabled(Profiles::All), ["web", "ui"]);
    assert_eq!(enabled(Profiles::Some(vec!["full".into()])), ["web", "db"]);
}

#[test]
fn all_mistakes_are_told_and_nothing_is_judged() {
    let dir = tree(&[
        ("compose.yaml", PRIVILEGED),
        (".composelint.yaml", "rules:\n  privilegd: off\n  monolith-services: {max-services: few}\nexclude: [\"a{\"]\n"),
    ]);
    insta::assert_snapshot!(check(dir.path(), &[]), @r"
    --- 2
    error: ROOT/.composelint.yaml:2:3: there is no rule or topic `privilegd`
      help: did you mean `privileged`?
    error: ROOT/.composelint.yaml:3:37: `max-services` must be a whole number
      help: how many services one file may hold
    error: ROOT/.composelint.yaml:4:11: this is no pattern: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)
      help: patterns are written as in `.gitignore`: `docs/`, `*.example.yaml`, `/old/**`
    ");
    insta::assert_snapshot!(check(dir.path(), &["--config", "none.yaml"]), @r"
    --- 2
    error: there is no file ROOT/none.yaml
      help: correct the path, or add the file
    ");
    insta::assert_snapshot!(run(dir.path(), &["config"]), @r"
    --- 2
    error: ROOT/.composelint.yaml:2:3: there is no rule or topic `privilegd`
      help: did you mean `privileged`?
    error: ROOT/.composelint.yaml:3:37: `max-services` must be a whole number
      help: how many services one file may hold
    error: ROOT/.composelint.yaml:4:11: this is no pattern: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)
      help: patterns are written as in `.gitignore`: `docs/`, `*.example.yaml`, `/old/**`
    ");
}

#[test]
fn flags_that_contradict_each_other_or_name_nothing_are_refused() {
    let dir = tree(&[("compose.yaml", PRIVILEGED), ("other.yaml", "fail-on: never\n")]);
    let answer = check(dir.path(), &["--config", "other.yaml", "--no-config"]);
    assert!(answer.contains("--- 2\n") && answer.contains("cannot be used with"), "{answer}");
    assert!(check(dir.path(), &["--config", "other.yaml"]).contains("--- 0\n"));
    insta::assert_snapshot!(check(dir.path(), &["--select", "privilegd"]), @r"
    --- 2
    error: there is no rule `privilegd`; did you mean `privileged`?
    ");
}

#[test]
fn the_nearest_file_to_all_paths_counts_and_others_below_are_named_once() {
    let dir = tree(&[
        (".git/HEAD", ""),
        (".composelint.yaml", "rules: {privileged: error}\n"),
        ("a/compose.yaml", PRIVILEGED),
        ("b/.composelint.yaml", "rules: {privileged: info}\n"),
        ("b/compose.yaml", FLOATING),
        ("b/c/compose.yaml", PRIVILEGED),
    ]);
    insta::assert_snapshot!(check(dir.path(), &["--select", "privileged"]), @r"
    a/compose.yaml:5:5: error[privileged] `zigbee` runs with every right on the host
    b/c/compose.yaml:5:5: error[privileged] `zigbee` runs with every right on the host
    b/compose.yaml:4:12: warning[floating-tag] `web` runs whatever `nginx:latest` is on the day it is pulled: no tag is named
    --- 1
    not read: b/.composelint.yaml: a run has one configuration, that of the directory it is asked for
    3 findings (2 errors, 1 warning) in 3 projects, 3 files
    ");
    // From anywhere, and for a file as for its directory.
    let elsewhere = tempfile::tempdir().unwrap();
    let file = dir.path().join("b/c/compose.yaml");
    assert!(check(elsewhere.path(), &[file.to_str().unwrap()]).contains("info[privileged]"));
    assert!(check(&dir.path().join("b"), &["c", "../a"]).contains("error[privileged]"));
}

#[test]
fn stacks_of_different_hosts_do_not_collide() {
    let dir = tree(&[
        ("hosts/one/web/compose.yaml", "services:\n  web:\n    image: nginx:1.27.3\n    ports: [\"80:80\"]\n"),
        ("hosts/two/proxy/compose.yaml", "services:\n  web:\n    image: nginx:1.27.3\n    ports: [\"80:80\"]\n"),
        ("hosts/two/blog/compose.yaml", "services:\n  blog:\n    image: nginx:1.27.3\n    ports: [\"80:80\"]\n"),
    ]);
    let collisions = |dir: &Path| run(dir, &["audit", "--format", "concise"]).matches("[host-port-collision]").count();
    assert_eq!(collisions(dir.path()), 2);
    write(dir.path(), ".composelint.yaml", "hosts: [\"hosts/*\"]\n");
    assert_eq!(collisions(dir.path()), 1);
}
