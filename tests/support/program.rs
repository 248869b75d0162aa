//! The binary as the tests meet it: a directory with files, a command in it, and what it answers.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::disallowed_methods)] // each test file uses a part

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A directory with files.
pub fn tree(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, content) in files {
        write(dir.path(), path, content);
    }
    dir
}

/// Writes a file, and the directories above it.
pub fn write(dir: &Path, path: &str, content: impl AsRef<[u8]>) {
    let path = dir.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::File::create(path).unwrap().write_all(content.as_ref()).unwrap();
}

/// The binary in a directory, its environment empty.
pub fn composelint(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_composelint"));
    command.env_clear().current_dir(dir).stdin(Stdio::null());
    command
}

/// What it answered.
pub struct Answer {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Answer {
    /// All of it, what changes from run to run left out.
    pub fn all(&self) -> String {
        let aside: Vec<String> = self.stderr.lines().map(|l| l.split(" · ").next().unwrap().to_owned()).collect();
        format!("{}--- stderr\n{}\n--- exit code {}\n", self.stdout, aside.join("\n"), self.code)
    }
}

/// One run.
pub fn run(dir: &Path, arguments: &[&str]) -> Answer {
    let output = composelint(dir).args(arguments).output().unwrap();
    Answer {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}
