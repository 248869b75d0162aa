//! Our answers against the recorded ones of `docker compose config`: the cases of `testdata/resolve` in both semantics, and the real
//! projects of `../shared/corpus` where that is present.
//!
//! A case agrees if it is accepted or refused alike, if the JSON is equal by value (without `create_host_path: true`, which only one of
//! the versions prints), and if a refusal has the same class. Whatever differs on purpose is listed below with its reason.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // a test may

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use composelint::compose::problem::Problem;
use composelint::compose::{Loader, Request, Semantics, load};
use composelint::fs::{FileType, Fs, OsFs, join};
use composelint::model::{Options, Profiles, build, profiles, shell};
use composelint::report::compose as report;
use composelint::source::Sources;
use rayon::prelude::*;
use serde_json::Value;

const LIMIT: u64 = 1 << 30;

/// How many cases there are at least, [`DIFFERENT_ON_PURPOSE`] not counted.
const CASES: usize = 671;
/// How many answers for real projects there are at least.
const CORPUS: usize = 4473;

/// Where we do not follow on purpose: Compose loses or refuses what is clearly meant.
const DIFFERENT_ON_PURPOSE: &[&str] = &[
    // A mapping of the user's own names is no place for extensions: `x-foo` stays what it is (spec/resolve.md 21, 1).
    "xkey-03-labels-map",
    "xkey-06-driver-opts",
    "xkey-09-ulimit",
    // Compose cannot print `build.ssh` with a path as JSON; we can.
    "norm-55-build-ssh-json",
];

/// The real projects that cannot agree.
const CORPUS_DIFFERENT: &[&str] = &[
    // Links that the collection holds as files with the path as their text.
    "kafka-docker-playground--academy.connect-connect-jdbc-mysql-source.script.docker-compose.plaintext.ssl",
    "zabbix-docker--root",
    "zabbix-docker--root.compose_zabbix_components.set",
    // `extends` of a service with nothing in it: Compose prints the key, which has no meaning any more.
    "podman-compose--tests.integration.extends_w_empty_service",
];

/// Where 5.x differs from the recorded answers, which are of 2.40 (spec/resolve.md 0).
const CORPUS_DIFFERENT_5: &[&str] = &[
    // A published port on a bare IPv6 address.
    "Mailu--docs.compose",
    // An empty list in an `x-` block.
    "podman-compose--tests.integration.pod_args.custom_pod_args_empty",
    // `create_host_path: false` is printed.
    "podman-compose--tests.integration.vol.long_syntax",
    "pulumi-self-hosted-installers--quickstart-docker-compose",
];

/// The answer to a `config`.
#[derive(Debug)]
enum Answer {
    /// Accepted; the JSON, if that was asked for.
    Accepted(Option<Value>),
    /// Refused, with the class and the message.
    Refused(String, String),
}

fn refused(class: &str, why: impl Into<String>) -> Answer {
    Answer::Refused(class.to_owned(), why.into())
}

fn first_refused(problems: &[Problem]) -> Option<Answer> {
    problems.iter().find(|p| p.refused).map(|p| refused(p.phase.name(), format!("{} [{}]", p.message, p.path)))
}

/// The words after `docker compose`, and the process they run in.
struct Run {
    words: Vec<String>,
    environment: BTreeMap<String, String>,
    directory: PathBuf,
    stdin: Option<Vec<u8>>,
    semantics: Semantics,
}

impl Run {
    fn answer(self) -> Answer {
        let mut request = Request::new(self.directory);
        request.environment = self.environment;
        request.stdin = self.stdin;
        request.semantics = self.semantics;
        let mut active: Vec<String> = Vec::new();
        let mut services: Vec<String> = Vec::new();
        let mut flags: BTreeSet<String> = BTreeSet::new();
        let (mut format, mut hash, mut command) = ("yaml".to_owned(), None, false);
        let mut words = self.words.into_iter();
        while let Some(word) = words.next() {
            let (name, inline) = match word.split_once('=') {
                Some((name, value)) if name.starts_with("--") => (name.to_owned(), Some(value.to_owned())),
                _ => (word.clone(), None),
            };
            let mut value = || inline.clone().or_else(|| words.next()).unwrap_or_default();
            match name.as_str() {
                "-f" | "--file" if command => return refused("flags", "-f behind config"),
                "-f" | "--file" => request.files.push(value().into()),
                "-p" | "--project-name" => request.project_name = Some(value()),
                "--profile" => active.push(value()),
                "--env-file" => request.env_files.get_or_insert_default().push(value().into()),
                "--project-directory" => request.project_directory = Some(value().into()),
                "--format" => format = value(),
                "--hash" => hash = Some(value()),
                "config" => command = true,
                "--no-interpolate"
                | "--no-normalize"
                | "--no-path-resolution"
                | "--no-consistency"
                | "--no-env-resolution"
                | "--all-resources"
                | "--compatibility"
                | "-q"
                | "--quiet"
                | "--services"
                | "--volumes"
                | "--networks"
                | "--models"
                | "--profiles"
                | "--images"
                | "--variables"
                | "--environment" => {
                    flags.insert(name);
                }
                _ if name.starts_with('-') && name != "-" => return refused("flags", format!("unknown flag {name}")),
                _ => services.push(word),
            }
        }
        let has = |names: &[&str]| names.iter().any(|n| flags.contains(*n));
        request.interpolate = !has(&["--no-interpolate", "--variables"]);
        request.normalize = !has(&["--no-normalize", "--compatibility"]);
        request.resolve_paths = !has(&["--no-path-resolution"]);

        let (fs, sources) = (OsFs, Sources::new());
        let loader = Loader::new(&fs, &sources);
        let tree = load(&loader, &request);
        if let Some(answer) = first_refused(&tree.problems) {
            return answer;
        }
        if !request.interpolate {
            let printed = format == "json" && !has(&["--services", "--variables"]);
            return Answer::Accepted(printed.then(|| report::tree(&tree.tree)));
        }
        let v5 = self.semantics == Semantics::V5;
        let names_only = has(&["--services", "--volumes", "--networks", "--models"]);
        let profiles = Profiles::settle(&active, tree.environment.get("COMPOSE_PROFILES").map(|v| v.value.as_str()));
        let options = Options {
            profiles,
            services: if names_only { Vec::new() } else { services },
            env_files: !(names_only || v5 && has(&["--no-env-resolution"]) || !v5 && has(&["--profiles", "--images"])),
            consistency: !has(&["--no-consistency"]),
            semantics: self.semantics,
        };
        let mut project = build(tree, &loader, &options);
        if let Some(answer) = first_refused(&project.problems) {
            return answer;
        }
        profiles::prune(&mut project, has(&["--all-resources"]));
        if let Some(wanted) = hash.filter(|h| h != "*")
            && !project.services.contains_key(&wanted)
        {
            return refused("select", "no such service");
        }
        if has(&["--profiles", "--images", "-q", "--quiet", "--environment"]) || names_only {
            return Answer::Accepted(None);
        }
        match format.as_str() {
            "json" => Answer::Accepted(Some(report::double_dollars(report::json(&project, self.semantics)))),
            "yaml" => Answer::Accepted(None),
            _ => refused("flags", "unsupported format"),
        }
    }
}

/// What was recorded.
struct Recorded {
    accepted: bool,
    json: Option<Value>,
    class: Option<String>,
    /// Only the exit status is certain.
    unstable: bool,
}

/// What both versions may print or not.
fn without_create_host_path(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(without_create_host_path),
        Value::Object(map) => {
            if map.get("create_host_path") == Some(&Value::Bool(true)) {
                map.shift_remove("create_host_path");
            }
            map.values_mut().for_each(without_create_host_path);
        }
        _ => {}
    }
}

/// The first place where two values differ.
fn difference(ours: &Value, theirs: &Value, at: &str) -> Option<String> {
    match (ours, theirs) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            keys.into_iter().find_map(|k| match (a.get(k), b.get(k)) {
                (Some(x), Some(y)) => difference(x, y, &format!("{at}.{k}")),
                (Some(x), None) => Some(format!("{at}.{k}: ours has {x}")),
                (None, Some(y)) => Some(format!("{at}.{k}: ours lacks {y}")),
                (None, None) => None,
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

/// Why the answer is not the recorded one.
fn disagreement(answer: Answer, recorded: &Recorded, rename: impl Fn(&str) -> String) -> Option<String> {
    match (answer, recorded.accepted) {
        (Answer::Refused(class, why), true) => Some(format!("we refuse it: [{class}] {why}")),
        (Answer::Accepted(_), false) => Some(format!("we accept it: [{}]", recorded.class.as_deref().unwrap_or("?"))),
        (Answer::Refused(class, why), false) => {
            let wanted = recorded.class.as_deref().filter(|c| *c != "crash" && !recorded.unstable)?;
            (class != wanted).then(|| format!("class [{class}], theirs [{wanted}]: {why}"))
        }
        (Answer::Accepted(ours), true) => {
            let (Some(ours), Some(theirs)) = (ours, recorded.json.as_ref().filter(|_| !recorded.unstable)) else {
                return None;
            };
            let mut ours: Value = serde_json::from_str(&rename(&ours.to_string())).unwrap();
            let mut theirs = theirs.clone();
            without_create_host_path(&mut ours);
            without_create_host_path(&mut theirs);
            difference(&ours, &theirs, "")
        }
    }
}

fn text(path: &Path) -> Option<String> {
    String::from_utf8(OsFs.read(path, LIMIT).ok()?).ok()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in OsFs.read_dir(from).unwrap() {
        let to = to.join(entry.path.file_name().unwrap());
        match entry.file_type {
            FileType::Directory => copy(&entry.path, &to),
            FileType::Link => std::os::unix::fs::symlink(OsFs.read_link(&entry.path).unwrap(), to).unwrap(),
            _ => {
                std::fs::copy(&entry.path, to).unwrap();
            }
        }
    }
}

fn recorded(case: &Path, semantics: Semantics) -> Recorded {
    let newest = semantics == Semantics::V5 && OsFs.exists(&case.join("master.rc"));
    let file = |kind: &str| {
        let name = match (kind, newest) {
            (_, true) => format!("master.{kind}"),
            ("rc" | "class", false) => kind.to_owned(),
            (_, false) => format!("expected.{kind}"),
        };
        text(&case.join(name))
    };
    Recorded {
        accepted: file("rc").is_some_and(|rc| rc.trim() == "0"),
        json: file("json").map(|j| serde_json::from_str(&j).unwrap()),
        class: file("class").map(|c| c.trim().to_owned()),
        unstable: OsFs.exists(&case.join("unstable")),
    }
}

/// Runs one case in a copy of its folder.
fn case(folder: &Path, parent: &Path, semantics: Semantics) -> Option<String> {
    let name = folder.file_name().unwrap().to_str().unwrap();
    let copied = parent.join(name);
    copy(folder, &copied);
    if OsFs.exists(&copied.join("setup.sh")) {
        std::process::Command::new("sh").arg("setup.sh").current_dir(&copied).status().unwrap();
    }
    let directory = match text(&copied.join("cwd")) {
        Some(sub) => join(&copied, Path::new(sub.trim_end_matches('\n'))),
        None => copied.clone(),
    };
    let mut environment: BTreeMap<String, String> = BTreeMap::new();
    environment.insert("HOME".into(), "/home/tester".into());
    environment.insert("PATH".into(), "/usr/bin:/bin".into());
    environment.insert("PWD".into(), directory.to_str().unwrap().into());
    for line in text(&copied.join("env")).unwrap_or_default().lines() {
        if let Some((name, value)) = line.split_once('=') {
            environment.insert(name.to_owned(), value.to_owned());
        }
    }
    let words = shell::split(&text(&copied.join("cmd")).unwrap()).unwrap().words;
    let stdin = OsFs.read(&copied.join("stdin"), LIMIT).unwrap_or_default();
    let answer = Run { words, environment, directory, stdin: Some(stdin), semantics }.answer();
    let (case, cases) = (copied.to_str().unwrap().to_owned(), parent.to_str().unwrap().to_owned());
    disagreement(answer, &recorded(folder, semantics), |json| json.replace(&case, "/CASE").replace(&cases, "/CASES"))
}

/// Prints the figures of each group and what disagrees; gives the number that agree.
fn summary(title: &str, results: &[(String, Option<String>)], group: impl Fn(&str) -> String) -> usize {
    let mut groups: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (name, why) in results {
        let figures = groups.entry(group(name)).or_default();
        figures.0 += usize::from(why.is_none());
        figures.1 += 1;
        if let Some(why) = why {
            let short: String = why.chars().take(300).collect();
            println!("{title} {name}: {short}");
        }
    }
    for (group, (agree, all)) in &groups {
        println!("{title} {group}: {agree} of {all}");
    }
    let agree = results.iter().filter(|(_, why)| why.is_none()).count();
    println!("{title}: {agree} of {} agree", results.len());
    agree
}

/// How many of the cases agree, and of how many.
fn all_cases(semantics: Semantics) -> (usize, usize) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/resolve");
    let folders: Vec<PathBuf> = OsFs.read_dir(&root).unwrap().into_iter().map(|e| e.path).filter(|p| OsFs.exists(&p.join("cmd"))).collect();
    let parent = tempfile::tempdir().unwrap();
    let parent = OsFs.canonicalize(parent.path()).map(|p| (parent, p)).unwrap();
    let results: Vec<(String, Option<String>)> = folders
        .par_iter()
        .map(|folder| (folder.file_name().unwrap().to_str().unwrap().to_owned(), folder))
        .filter(|(name, _)| !DIFFERENT_ON_PURPOSE.contains(&name.as_str()))
        .map(|(name, folder)| (name, case(folder, &parent.1, semantics)))
        .collect();
    let agree = summary(&format!("{semantics:?}"), &results, |name| name.split('-').next().unwrap_or_default().to_owned());
    (agree, results.len())
}

#[test]
fn cases_agree_with_compose_2() {
    let (agree, all) = all_cases(Semantics::V2);
    assert_eq!(agree, all, "cases agree");
    assert!(all >= CASES, "only {all} cases were run");
}

#[test]
fn cases_agree_with_compose_5() {
    let (agree, all) = all_cases(Semantics::V5);
    assert_eq!(agree, all, "cases agree");
    assert!(all >= CASES, "only {all} cases were run");
}

/// How many of the answers for real projects agree, and of how many; nothing where the projects are not there.
fn real_projects(semantics: Semantics, different: &[&str]) -> Option<(usize, usize)> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let (Ok(corpus), Some(index)) = (OsFs.canonicalize(&corpus), text(&corpus.join("index.tsv"))) else {
        println!("skipped: ../shared/corpus is not there");
        return None;
    };
    let rows: Vec<Vec<&str>> = index.lines().skip(1).map(|line| line.split('\t').collect()).collect();
    // The title, the column of the exit status, the recorded file, the flags before and behind the command.
    let variants = [
        ("plain", 4, "", "", ""),
        ("all profiles", 5, ".all", "--profile *", ""),
        ("no interpolation", 6, ".noint", "", "--no-interpolate"),
    ];
    let mut results: Vec<(String, Option<String>)> = Vec::new();
    for (title, column, suffix, before, behind) in variants {
        let one = |row: &Vec<&str>| {
            let &[id, workdir, args, env, ..] = row.as_slice() else { panic!("a row without columns") };
            let rc = row.get(column).filter(|rc| !rc.is_empty())?;
            let mut words = shell::split(args).unwrap().words;
            let more = before.split_whitespace().chain(["config", "--format", "json"]).chain(behind.split_whitespace());
            words.extend(more.map(str::to_owned));
            let directory = join(&corpus, Path::new(workdir));
            let mut environment: BTreeMap<String, String> = BTreeMap::new();
            environment.insert("HOME".into(), "/root".into());
            environment.insert("PATH".into(), "/usr/bin:/bin".into());
            environment.insert("PWD".into(), directory.to_str().unwrap().into());
            environment.extend(env.split(' ').filter_map(|e| e.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned())));
            let answer = Run { words, environment, directory, stdin: None, semantics }.answer();
            let accepted = *rc == "0";
            let expected = text(&corpus.join("expected").join(format!("{id}{suffix}.json"))).filter(|_| accepted);
            let json = expected.map(|j| serde_json::from_str(&j).unwrap());
            let recorded = Recorded { accepted, json, class: None, unstable: false };
            let root = corpus.to_str().unwrap();
            Some((format!("{title}: {id}"), disagreement(answer, &recorded, |json| json.replace(root, "/ROOT"))))
        };
        let rows = rows.par_iter().filter(|row| row.first().is_none_or(|id| !CORPUS_DIFFERENT.contains(id) && !different.contains(id)));
        results.extend(rows.filter_map(one).collect::<Vec<_>>());
    }
    let title = format!("{semantics:?} corpus");
    Some((summary(&title, &results, |name| name.split(':').next().unwrap_or_default().to_owned()), results.len()))
}

#[test]
fn real_projects_agree_with_compose_2() {
    if let Some((agree, all)) = real_projects(Semantics::V2, &[]) {
        assert_eq!(agree, all, "answers agree");
        assert!(all >= CORPUS, "only {all} answers were compared");
    }
}

#[test]
fn real_projects_differ_with_compose_5_only_where_it_does() {
    if let Some((agree, all)) = real_projects(Semantics::V5, CORPUS_DIFFERENT_5) {
        assert_eq!(agree, all, "answers agree");
    }
}
