//! The trees of `testdata/migrate`, as the tests meet them.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic, clippy::disallowed_methods)] // each test file uses a part

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::program::{Answer, run, write};

/// A tree of `testdata/migrate`, in a directory `app`: the volumes are named after it.
pub struct Story {
    _keep: TempDir,
    pub app: PathBuf,
}

impl Story {
    pub fn new(name: &str) -> Self {
        let keep = tempfile::tempdir().unwrap();
        let app = keep.path().canonicalize().unwrap().join("app");
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/migrate").join(name), &app);
        Self { _keep: keep, app }
    }

    pub fn run(&self, line: &str) -> Answer {
        run(&self.app, &line.split_whitespace().collect::<Vec<_>>())
    }

    /// The line of a file that a text begins on, counted from 1.
    pub fn line(&self, file: &str, text: &str) -> usize {
        let content = std::fs::read_to_string(self.app.join(file)).unwrap();
        content.lines().position(|l| l.trim_start().starts_with(text)).unwrap() + 1
    }

    /// Every file with its content, by path.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        files(&self.app)
    }
}

/// Two trees of `testdata/migrate` beside each other, as `old/app` and `new/app`.
pub struct Versions {
    _keep: TempDir,
    pub root: PathBuf,
}

impl Versions {
    pub fn new(old: &str, new: &str) -> Self {
        let keep = tempfile::tempdir().unwrap();
        let root = keep.path().canonicalize().unwrap();
        for (side, name) in [("old", old), ("new", new)] {
            copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/migrate").join(name), &root.join(side).join("app"));
        }
        Self { _keep: keep, root }
    }

    pub fn run(&self, line: &str) -> Answer {
        run(&self.root, &line.split_whitespace().collect::<Vec<_>>())
    }

    /// The place (`old/app/compose.yml:12`) of the line that begins with the last of some texts, each of them looked for behind the one before.
    pub fn place(&self, file: &str, texts: &[&str]) -> String {
        let content = std::fs::read_to_string(self.root.join(file)).unwrap();
        let mut lines = (1..).zip(content.lines());
        let find = |text: &&str| lines.find(|(_, l)| l.trim_start().starts_with(*text)).unwrap_or_else(|| panic!("no {text} in {file}")).0;
        let line: usize = texts.iter().map(find).last().unwrap();
        format!("{file}:{line}")
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            write(to, entry.file_name().to_str().unwrap(), std::fs::read(entry.path()).unwrap());
        }
    }
}

/// Every file and directory below a directory; a directory has no content.
pub fn files(root: &Path) -> Vec<(String, Vec<u8>)> {
    let mut out = Vec::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(&directory).unwrap().map(Result::unwrap) {
            let name = entry.path().strip_prefix(root).unwrap().display().to_string();
            if entry.file_type().unwrap().is_dir() {
                open.push(entry.path());
                out.push((format!("{name}/"), Vec::new()));
            } else {
                out.push((name, std::fs::read(entry.path()).unwrap()));
            }
        }
    }
    out.sort();
    out
}
