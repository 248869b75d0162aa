//! The recorded cases of `testdata/resolve` and the real projects of `../shared/corpus`, ready to be run, and how answers are compared.
//! What is right is for the tests to say.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // each test file uses a part

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use composelint::compose::{Loaded, Request, Semantics};
use composelint::fs::{FileType, Fs, OsFs, join};
use composelint::model::{Options, Profiles, shell};
use serde_json::Value;

const LIMIT: u64 = 1 << 30;

/// A file as text; `None` if it is not there.
pub fn text(path: &Path) -> Option<String> {
    String::from_utf8(OsFs.read(path, LIMIT).ok()?).ok()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in OsFs.read_dir(from).unwrap() {
        let to = to.join(entry.path.file_name().unwrap());
        match entry.file_type {
            FileType::Directory => copy(&entry.path, &to),
            FileType::Link => symlink(OsFs.read_link(&entry.path).unwrap(), to).unwrap(),
            _ => {
                std::fs::copy(&entry.path, to).unwrap();
            }
        }
    }
}

/// Where the recorded cases are.
pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/resolve").join(name)
}

/// The folders of all recorded cases.
pub fn folders() -> Vec<PathBuf> {
    OsFs.read_dir(&folder("")).unwrap().into_iter().map(|e| e.path).filter(|p| OsFs.exists(&p.join("cmd"))).collect()
}

/// A directory to lay cases out in, without links in its path; it is gone when the first part is dropped.
pub fn parent() -> (tempfile::TempDir, PathBuf) {
    let parent = tempfile::tempdir().unwrap();
    let path = OsFs.canonicalize(parent.path()).unwrap();
    (parent, path)
}

/// A call of `docker compose`: a recorded case, laid out to be run, or a real project.
#[derive(Clone, Debug)]
pub struct Case {
    pub name: String,
    /// The folder with the recorded answers; empty for a real project.
    pub recorded: PathBuf,
    /// What follows `docker compose`.
    pub words: Vec<String>,
    pub directory: PathBuf,
    pub environment: BTreeMap<String, String>,
    pub stdin: Vec<u8>,
}

impl Case {
    /// Copies a recorded case below `parent`.
    pub fn lay_out(recorded: &Path, parent: &Path) -> Self {
        let name = recorded.file_name().unwrap().to_str().unwrap().to_owned();
        let copied = parent.join(&name);
        copy(recorded, &copied);
        if OsFs.exists(&copied.join("setup.sh")) {
            Command::new("sh").arg("setup.sh").current_dir(&copied).status().unwrap();
        }
        let directory = match text(&copied.join("cwd")) {
            Some(sub) => join(&copied, Path::new(sub.trim_end_matches('\n'))),
            None => copied.clone(),
        };
        let more = text(&copied.join("env")).unwrap_or_default();
        let environment = environment("/home/tester", &directory, more.lines());
        let words = shell::split(&text(&copied.join("cmd")).unwrap()).unwrap().words;
        let stdin = OsFs.read(&copied.join("stdin"), LIMIT).unwrap_or_default();
        Self { name, recorded: recorded.to_path_buf(), words, directory, environment, stdin }
    }

    /// The same with more words behind.
    pub fn with(&self, words: &[&str]) -> Self {
        let mut case = self.clone();
        case.words.extend(words.iter().map(|w| (*w).to_owned()));
        case
    }

    /// What the words ask for. Which of it is printed, and for which services, they do not decide here.
    pub fn asked(&self, semantics: Semantics) -> Asked {
        let mut request = Request::new(self.directory.clone());
        request.environment.clone_from(&self.environment);
        request.stdin = Some(self.stdin.clone());
        request.semantics = semantics;
        let mut asked = Asked { request, profiles: Vec::new(), consistency: true };
        let request = &mut asked.request;
        let mut words = self.words.iter().cloned();
        while let Some(word) = words.next() {
            let (name, inline) = match word.split_once('=') {
                Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
                _ => (word.as_str(), None),
            };
            let mut value = || inline.clone().or_else(|| words.next()).unwrap_or_default();
            match name {
                "-f" | "--file" => request.files.push(value().into()),
                "-p" | "--project-name" => request.project_name = Some(value()),
                "--profile" => asked.profiles.push(value()),
                "--env-file" => request.env_files.get_or_insert_default().push(value().into()),
                "--project-directory" => request.project_directory = Some(value().into()),
                "--format" | "--hash" => drop(value()),
                "--no-interpolate" | "--variables" => request.interpolate = false,
                "--no-normalize" | "--compatibility" => request.normalize = false,
                "--no-path-resolution" => request.resolve_paths = false,
                "--no-consistency" => asked.consistency = false,
                _ => {}
            }
        }
        asked
    }
}

fn environment<'a>(home: &str, directory: &Path, more: impl Iterator<Item = &'a str>) -> BTreeMap<String, String> {
    let fixed = [("HOME", home), ("PATH", "/usr/bin:/bin"), ("PWD", directory.to_str().unwrap())];
    let all = fixed.into_iter().chain(more.filter_map(|line| line.split_once('=')));
    all.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// What the words of a call ask for.
pub struct Asked {
    pub request: Request,
    pub profiles: Vec<String>,
    consistency: bool,
}

impl Asked {
    /// How the project is made of what was loaded.
    pub fn options(&self, loaded: &Loaded) -> Options {
        let profiles = Profiles::settle(&self.profiles, loaded.environment.get("COMPOSE_PROFILES").map(|v| v.value.as_str()));
        Options { profiles, consistency: self.consistency, semantics: self.request.semantics, ..Options::default() }
    }
}

/// The real projects.
pub struct Corpus {
    pub root: PathBuf,
    pub rows: Vec<Row>,
}

/// A real project.
pub struct Row {
    pub case: Case,
    /// True if Compose accepts it as it is, with all profiles, and without interpolation; `None` where that was not tried.
    pub accepted: [Option<bool>; 3],
}

/// The real projects; `None`, and it is said, where they are not there.
pub fn corpus() -> Option<Corpus> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let (Ok(root), Some(index)) = (OsFs.canonicalize(&root), text(&root.join("index.tsv"))) else {
        println!("skipped: ../shared/corpus is not there");
        return None;
    };
    let row = |line: &str| {
        let row: Vec<&str> = line.split('\t').collect();
        let &[id, directory, words, env, plain, all_profiles, no_interpolate, ..] = row.as_slice() else {
            panic!("a row without columns: {line}")
        };
        let directory = join(&root, Path::new(directory));
        let case = Case {
            name: id.to_owned(),
            recorded: PathBuf::new(),
            words: shell::split(words).unwrap().words,
            environment: environment("/root", &directory, env.split(' ')),
            directory,
            stdin: Vec::new(),
        };
        Row { case, accepted: [plain, all_profiles, no_interpolate].map(|rc| (!rc.is_empty()).then_some(rc == "0")) }
    };
    let rows = index.lines().skip(1).map(row).collect();
    Some(Corpus { root, rows })
}

/// Without what both versions may print or not.
pub fn comparable(mut value: Value) -> Value {
    fn clean(value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(clean),
            Value::Object(map) => {
                if map.get("create_host_path") == Some(&Value::Bool(true)) {
                    map.shift_remove("create_host_path");
                }
                map.values_mut().for_each(clean);
            }
            _ => {}
        }
    }
    clean(&mut value);
    value
}

/// The first place where two values differ.
pub fn difference(ours: &Value, theirs: &Value, at: &str) -> Option<String> {
    match (ours, theirs) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            keys.into_iter().find_map(|k| match (a.get(k), b.get(k)) {
                (Some(x), Some(y)) => difference(x, y, &format!("{at}.{k}")),
                (x, y) => Some(format!("{at}.{k}: ours {x:?}, theirs {y:?}")),
            })
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().find_map(|(i, (x, y))| difference(x, y, &format!("{at}[{i}]")))
        }
        (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64() => None,
        _ if ours == theirs => None,
        _ => Some(format!("{at}: ours is {ours}, theirs {theirs}")),
    }
}

/// Prints the figures of each group, which is what a name begins with; gives what disagrees.
pub fn summary(title: &str, results: &[(String, Option<String>)], end_of_group: char) -> Vec<String> {
    let mut groups: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (name, why) in results {
        let figures = groups.entry(name.split(end_of_group).next().unwrap_or_default()).or_default();
        figures.0 += usize::from(why.is_none());
        figures.1 += 1;
    }
    for (group, (agree, all)) in &groups {
        println!("{title} {group}: {agree} of {all}");
    }
    let failed: Vec<String> = results.iter().filter_map(|(name, why)| Some(format!("{title} {name}: {}", why.as_ref()?))).collect();
    println!("{title}: {} of {} agree", results.len() - failed.len(), results.len());
    failed
}
