//! What the reference tool says of the results, where it is on the path.
#![allow(clippy::disallowed_methods)] // a test stands on the real disk

use std::path::Path;
use std::process::Command;

use composelint::compose::Loader;
use composelint::discover::discover;
use composelint::fs::OsFs;
use composelint::migrate::{Plan, prove, steps};
use composelint::source::Sources;

use super::moving::{ALL, moved_in};

/// `docker-compose ARGS config` in a directory; `None` if there is no such program.
fn config(directory: &Path, args: &[&str]) -> Option<String> {
    let out = Command::new("docker-compose").args(args).arg("config").current_dir(directory).env("HOME", "/nowhere").output().ok()?;
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    Some(String::from_utf8(out.stdout).unwrap())
}

fn write(directory: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = directory.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

#[test]
fn a_moved_project_is_the_same_to_the_reference() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap().join("app");
    write(
        &root,
        &[
            ("docker-compose.yml", ALL),
            (".env.api", "A=1\n"),
            ("labels.txt", "a.b=c\n"),
            ("env/common.env", "B=2\n"),
            ("site.conf", ""),
            ("key.txt", ""),
            (".env", "LOGS=/logs\n"),
        ],
    );
    let Some(before) = config(&root, &[]) else {
        println!("skipped: docker-compose is not on PATH");
        return;
    };
    let plan = moved_in(&root, &OsFs, &root.join("docker-compose.yml"), &root.join("deploy/stack/compose.yaml")).unwrap();
    prove(plan, &OsFs).unwrap().write(&OsFs).unwrap();
    let after = config(&root, &["-f", "deploy/stack/compose.yaml"]).unwrap();
    // The entries of `ssh` come in an order of chance, as the reference keeps them in a map.
    assert_eq!(sorted(&after), sorted(&before));
}

fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines
}

#[test]
fn the_reference_takes_what_the_steps_write() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap().join("app");
    write(
        &root,
        &[(
            "compose.yaml",
            "services:\n  db:\n    image: postgres:17\n    environment: {POSTGRES_PASSWORD: Zx81-kettle-9}\n  cache: {image: redis}\n  api:\n    image: own/api\n    environment: ['JWT_SECRET=a$$b ''c'' \"d\"']\n",
        )],
    );
    let Some(before) = config(&root, &[]) else {
        println!("skipped: docker-compose is not on PATH");
        return;
    };
    let sources = Sources::new();
    let loader = Loader::new(&OsFs, &sources);
    let discovery = discover(&loader, std::slice::from_ref(&root));
    let mut plan = Plan { entries: steps::entries(&discovery, &root), root: root.clone(), ..Plan::default() };
    for step in [steps::secrets::add, steps::healthchecks::add, steps::limits::add] {
        step(&mut plan, &OsFs).unwrap();
    }
    for file in &plan.files {
        std::fs::create_dir_all(file.path.parent().unwrap()).unwrap();
        std::fs::write(&file.path, file.after.as_ref().unwrap()).unwrap();
    }
    let after = config(&root, &[]).unwrap();
    let line = |text: &str| text.lines().find(|l| l.contains("JWT_SECRET")).unwrap().to_owned();
    assert_eq!(line(&after), line(&before));
    for wanted in ["POSTGRES_PASSWORD_FILE: /run/secrets/db_postgres_password", "pg_isready", "memory: \"2147483648\"", "pids: 2048"] {
        assert!(after.contains(wanted), "{wanted} in\n{after}");
    }
    assert!(!after.contains("Zx81"));
}
