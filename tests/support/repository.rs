//! A tree of `testdata` as a git work tree.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::disallowed_methods, clippy::print_stdout)] // each test file uses a part

use std::path::Path;
use std::process::Command;

/// Runs git without the configuration of whoever runs the tests. False: it cannot be run.
pub fn git(directory: &Path, arguments: &[&str]) -> bool {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GIT_")) {
        command.env_remove(name);
    }
    command.current_dir(directory).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    for setting in ["user.name=ada", "user.email=ada@example.org", "init.defaultBranch=main", "commit.gpgsign=false"] {
        command.args(["-c", setting]);
    }
    command.args(arguments).status().is_ok_and(|s| s.success())
}

/// Makes a work tree of a directory and commits all of it but `without`. False: git cannot be run, which is said.
pub fn commit(directory: &Path, without: &[&str]) -> bool {
    let mut add = vec!["add".to_owned(), "-A".to_owned(), "--".to_owned(), ".".to_owned()];
    add.extend(without.iter().map(|path| format!(":!{path}")));
    let add: Vec<&str> = add.iter().map(String::as_str).collect();
    let done = git(directory, &["init", "-q"])
        && git(directory, &add)
        && git(directory, &["commit", "-q", "-m", "all of it", "--date", "2026-01-01T00:00:00Z"]);
    if !done {
        println!("skipped: git cannot be run, so nothing is asserted about repositories");
    }
    done
}
