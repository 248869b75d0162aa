//! A team's monolith (`testdata/migrate/monolith`), and the same project as somebody split it by hand (`testdata/migrate/broken-split`): Docker
//! Compose takes every entry point of both, and every defect of the second is named here (spec/layout.md, first paragraph).
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::indexing_slicing, clippy::print_stdout)] // tests stand on the real disk

mod support {
    pub mod program;
    pub mod story;
}

use std::path::Path;
use std::process::{Command, Stdio};

use support::story::Story;

/// How the monolith is started, and the volumes that this makes.
const MONOLITH: &[(&str, &[&str])] = &[
    ("", &["app_mongodb_config", "app_mongodb_data", "app_redis_data"]),
    ("-f docker-compose.yml", &["app_mongodb_config", "app_mongodb_data", "app_redis_data"]),
    ("-f docker-compose.yml -f docker-compose.prod.yml", &["app_mongodb_config", "app_mongodb_data", "app_redis_data"]),
    ("-f docker-compose.monitoring.yml", &["app_grafana_data", "app_prometheus_data"]),
];

/// The same of the split.
const SPLIT: &[(&str, &[&str])] = &[
    ("", &[]),
    ("-f docker-compose.prod.yml", &[]),
    (
        "-f docker-compose/infrastructure/docker-compose.yml",
        &[
            "infrastructure_grafana_data",
            "infrastructure_mongodb_config",
            "infrastructure_mongodb_data",
            "infrastructure_prometheus_data",
            "infrastructure_redis_data",
        ],
    ),
];

/// The real names of the volumes in the answer of a `config --format json`.
fn volumes(json: &[u8]) -> Vec<String> {
    let project: serde_json::Value = serde_json::from_slice(json).unwrap();
    let declared = project["volumes"].as_object().map(|v| v.values().map(|v| v["name"].as_str().unwrap().to_owned()).collect());
    let mut names: Vec<String> = declared.unwrap_or_default();
    names.sort();
    names
}

#[test]
fn every_entry_point_loads_and_the_volumes_of_the_split_have_other_names() {
    for (name, entry_points) in [("monolith", MONOLITH), ("broken-split", SPLIT)] {
        let story = Story::new(name);
        for (files, wanted) in entry_points {
            let answer = story.run(&format!("config {files} --format json"));
            assert_eq!((answer.code, answer.stderr.as_str()), (0, ""), "{name} {files}");
            assert_eq!(volumes(answer.stdout.as_bytes()), *wanted, "{name} {files}");
        }
    }
}

/// Docker Compose in a directory; `None` where there is none, or one from before version 2.
fn docker_compose(directory: &Path, line: &str) -> Option<std::process::Output> {
    let mut command = Command::new("docker-compose");
    command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    command.current_dir(directory).stdin(Stdio::null()).args(line.split_whitespace()).output().ok()
}

#[test]
fn docker_compose_takes_every_entry_point_without_a_word() {
    let version = docker_compose(Path::new("."), "version --short").map(|v| String::from_utf8_lossy(&v.stdout).trim().to_owned());
    if version.is_none_or(|v| v.is_empty() || v.starts_with("1.")) {
        println!("skipped: no docker-compose here to ask");
        return;
    }
    for (name, entry_points) in [("monolith", MONOLITH), ("broken-split", SPLIT)] {
        let story = Story::new(name);
        for (files, wanted) in entry_points {
            let answer = docker_compose(&story.app, &format!("{files} config --format json")).unwrap();
            assert!(answer.status.success() && answer.stderr.is_empty(), "{name} {files}: {answer:?}");
            assert_eq!(volumes(&answer.stdout), *wanted, "{name} {files}");
        }
    }
}

#[test]
fn check_finds_nothing_in_the_monolith() {
    let answer = Story::new("monolith").run("check");
    insta::assert_snapshot!(answer.all(), @r"
    --- stderr
    no findings in 3 projects, 6 files
    --- exit code 0
    ");
}

#[test]
fn check_names_what_is_broken_in_the_split() {
    let story = Story::new("broken-split");
    insta::assert_snapshot!("check_of_the_broken_split", story.run("check --color never").all());

    // Once more without the words: each defect at its line.
    let said = story.run("check --format concise").stdout;
    for (rule, file, text) in [
        ("bind-source-missing", "docker-compose/infrastructure/docker-compose.yml", "- ./mongodb/init.js"),
        ("build-input-missing", "docker-compose/services/gateway.yml", "context:"),
        ("build-input-missing", "docker-compose/services/users-api.yml", "context:"),
        ("build-input-missing", "docker-compose/services/orders-api.yml", "context:"),
        ("misplaced-service-key", "docker-compose/services/gateway.yml", "restart:"),
        ("misplaced-service-key", "docker-compose/services/users-api.yml", "restart:"),
        ("misplaced-service-key", "docker-compose/services/orders-api.yml", "restart:"),
    ] {
        let place = format!("{file}:{}:", story.line(file, text));
        assert!(said.lines().any(|l| l.starts_with(&place) && l.contains(rule)), "{rule} {place}\n{said}");
    }
}

/// That a volume had another name last week stands nowhere in the tree. What does: that its name hangs on that of a directory.
#[test]
fn audit_names_the_volumes_whose_names_hang_on_a_directory() {
    let said = Story::new("broken-split").run("audit --format concise").stdout;
    let volumes: Vec<&str> = said.lines().filter(|l| l.contains("[implicit-volume-name]")).collect();
    insta::assert_snapshot!(
        volumes.join("\n"),
        @"docker-compose/infrastructure/docker-compose.yml:104:3: info[implicit-volume-name] the real volumes are `infrastructure_mongodb_data`, `infrastructure_mongodb_config`, `infrastructure_redis_data`, `infrastructure_prometheus_data`, `infrastructure_grafana_data`, named after the directory"
    );
}

// --- diff -------------------------------------------------------------------------------------------------------------------------------
//
// What `composelint diff` says of the two trees: the five volumes by their old and new names, the three build contexts, the init script, and
// what each of the three services lost. Both sides are `Story`s; the entry points to compare are those of `MONOLITH` and `SPLIT`.
