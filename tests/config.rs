//! `composelint config` as a drop-in for `docker compose config`: every case of `testdata/resolve` through the binary, in both semantics;
//! and what it prints as YAML, read again.
//!
//! A case agrees if the exit code is the recorded one, if the JSON or YAML is equal as data (without `create_host_path: true`, which only
//! one of the versions prints) and any other text to the letter, and if a refusal names the recorded class first.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test may

mod cases;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cases::{Case, Row, comparable, difference, summary, text};
use composelint::compose::problem::ProblemKind;
use composelint::compose::{Loader, Request, Semantics, load};
use composelint::fs::{Fs, OsFs};
use composelint::model::{Options, Profiles, build, profiles};
use composelint::resolved as report;
use composelint::source::Sources;
use composelint::yaml::print::yaml;
use rayon::prelude::*;
use serde_json::{Value, json};

const OURS: &str = env!("CARGO_BIN_EXE_composelint");

/// How many cases there are at least, [`DIFFERENT_ON_PURPOSE`] not counted.
const CASES: usize = 670;

/// Where we do not answer as Compose does, on purpose.
const DIFFERENT_ON_PURPOSE: &[(&str, &str)] = &[
    ("xkey-03-labels-map", "a mapping of the user's own names is no place for extensions: `x-foo` stays what it is"),
    ("xkey-06-driver-opts", "as xkey-03"),
    ("xkey-08-model", "as xkey-03"),
    ("xkey-09-ulimit", "as xkey-03"),
    ("norm-55-build-ssh-json", "Compose cannot print `build.ssh` with a path as JSON"),
];

/// The exit code, stdout and stderr, as if the case were in `/CASES`.
fn run(case: &Case, parent: &Path, program: &[&str]) -> (i32, String, String) {
    let (program, flags) = program.split_first().unwrap();
    let mut command = Command::new(program);
    command.args(flags).args(&case.words).current_dir(&case.directory).env_clear().envs(&case.environment);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Who reads no stdin closes it.
    let _ = child.stdin.take().unwrap().write_all(&case.stdin);
    let output = child.wait_with_output().unwrap();
    let (folder, cases) = (parent.join(&case.name), parent.to_str().unwrap());
    let rename = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).replace(folder.to_str().unwrap(), "/CASE").replace(cases, "/CASES");
    (output.status.code().unwrap_or(-1), rename(output.stdout), rename(output.stderr))
}

/// Why the answer is not the recorded one.
fn disagreement(case: &Case, answer: &(i32, String, String), newest: bool) -> Option<String> {
    let newest = newest && OsFs.exists(&case.recorded.join("master.rc"));
    let file = |kind: &str| {
        let name = match (kind, newest) {
            (_, true) => format!("master.{kind}"),
            ("rc" | "class", false) => kind.to_owned(),
            (_, false) => format!("expected.{kind}"),
        };
        text(&case.recorded.join(name))
    };
    let (code, out, err) = answer;
    let class = file("class").map(|c| c.trim().to_owned());
    let wanted: i32 = file("rc").unwrap().trim().parse().unwrap();
    // Where Compose crashes (2), a refusal (1) is right.
    let wanted = if class.as_deref() == Some("crash") { 1 } else { wanted };
    if *code != wanted {
        return Some(format!("exit code {code}, theirs {wanted}: {err}"));
    }
    if OsFs.exists(&case.recorded.join("unstable")) {
        return None;
    }
    if *code != 0 {
        let ours = err.split_once("error[").and_then(|(_, rest)| rest.split_once(']')).map(|(class, _)| class);
        return class
            .filter(|c| c != "crash")
            .and_then(|c| (ours != Some(c.as_str())).then(|| format!("class {ours:?}, theirs {c}: {err}")));
    }
    if let Some(theirs) = file("json") {
        let ours: Value = serde_json::from_str(out).unwrap_or(json!(out));
        return difference(&comparable(ours), &comparable(serde_json::from_str(&theirs).unwrap()), "");
    }
    let theirs = file("out").unwrap_or_default();
    // The recorded environment is without PATH.
    let out = &out.lines().filter(|l| !l.starts_with("PATH=")).fold(String::new(), |all, line| all + line + "\n");
    if *out == theirs {
        return None;
    }
    // The versions lay YAML out alike, so only this key may make a difference.
    let (ours, recorded) = (data(out), data(&theirs));
    match (ours, recorded) {
        (Some(ours), Some(recorded)) if theirs.starts_with("name:") => difference(&comparable(ours), &comparable(recorded), ""),
        _ => Some(format!("ours is\n{out}\ntheirs\n{theirs}")),
    }
}

/// YAML as data.
fn data(text: &str) -> Option<Value> {
    let sources = Sources::new();
    let loader = Loader::new(&OsFs, &sources);
    let mut request = Request::new("/");
    request.files = vec!["-".into()];
    request.stdin = Some(text.as_bytes().to_vec());
    (request.interpolate, request.normalize, request.resolve_paths) = (false, false, false);
    let read = load(&loader, &request);
    read.problems.iter().all(|p| p.kind != ProblemKind::InvalidYaml).then(|| report::tree(&read.tree))
}

/// The folders of the cases in which we answer as Compose does.
fn folders() -> Vec<PathBuf> {
    let on_purpose = |f: &PathBuf| DIFFERENT_ON_PURPOSE.iter().any(|(name, _)| f.ends_with(name));
    cases::folders().into_iter().filter(|f| !on_purpose(f)).collect()
}

/// What disagrees in the cases of these folders.
fn through_the_binary(version: &str, newest: bool, folders: &[PathBuf]) -> Vec<(String, Option<String>)> {
    let (_kept, root) = cases::parent();
    let one = |folder: &PathBuf| {
        let case = Case::lay_out(folder, &root);
        let answer = run(&case, &root, &[OURS, "--compose-version", version]);
        (case.name.clone(), disagreement(&case, &answer, newest))
    };
    folders.par_iter().map(one).collect()
}

fn all_cases(version: &str, newest: bool) {
    let results = through_the_binary(version, newest, &folders());
    let failed = summary(version, &results, '-');
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(results.len() >= CASES, "only {} cases were run", results.len());
}

#[test]
fn cases_through_the_binary_as_compose_2() {
    all_cases("2.40", false);
}

#[test]
fn cases_through_the_binary_as_compose_5() {
    all_cases("5", true);
}

#[test]
fn what_differs_on_purpose_is_accepted_and_still_differs() {
    let folders: Vec<PathBuf> = DIFFERENT_ON_PURPOSE.iter().map(|(name, _)| cases::folder(name)).collect();
    for (name, why) in through_the_binary("2.40", false, &folders) {
        let why = why.unwrap_or_else(|| panic!("{name} agrees: it needs no exception"));
        assert!(!why.starts_with("exit code") || why.starts_with("exit code 0"), "{name}: {why}");
    }
}

/// The typed project of a request, everything in it, as JSON and as YAML.
fn resolved(request: &Request) -> Option<(Value, String)> {
    let sources = Sources::new();
    let loader = Loader::new(&OsFs, &sources);
    let options = Options { profiles: Profiles::All, semantics: request.semantics, ..Options::default() };
    let mut project = build(load(&loader, request), &loader, &options);
    if let Some(problem) = project.problems.iter().find(|p| p.refused) {
        if request.stdin.is_some() {
            return Some((json!(problem.message), String::new()));
        }
        return None;
    }
    profiles::prune(&mut project, true);
    let text = yaml(&report::double_dollars(report::yaml(&project, request.semantics)));
    Some((report::json(&project, request.semantics), text))
}

/// What is different if the YAML of a project is read again.
fn round_trip(request: &Request) -> Option<String> {
    let (first, text) = resolved(request)?;
    let mut again = Request::new(request.directory.clone());
    again.files = vec!["-".into()];
    again.stdin = Some(text.clone().into_bytes());
    again.semantics = request.semantics;
    again.project_directory.clone_from(&request.project_directory);
    let (second, repeated) = resolved(&again)?;
    difference(&second, &first, "")
        .or_else(|| (repeated != text).then(|| format!("printed again it is another text:\n{text}\n---\n{repeated}")))
}

/// The same for a case.
fn round_trips(case: &Case, semantics: &[Semantics]) -> Option<String> {
    let mut request = case.asked(Semantics::default()).request;
    // What is read again is everything, whatever the case asked for.
    (request.stdin, request.interpolate, request.normalize, request.resolve_paths) = (None, true, true, true);
    if request.files.iter().any(|f| f.as_os_str() == "-") {
        return None;
    }
    semantics.iter().find_map(|semantics| {
        request.semantics = *semantics;
        round_trip(&request)
    })
}

/// Cases whose YAML cannot be read back, with the reason.
const NOT_READ_BACK: &[(&str, &str)] = &[
    ("denv-30-only-equals", "an env file can set a variable without a name, `environment` cannot"),
    ("flag-24-dollar-doubling", "Compose doubles the dollars of keys too, and does not halve them when it reads"),
    ("interp-28-keys", "as flag-24"),
    ("merge-21-extra-hosts", "merging can give a list the same item twice, a file cannot"),
    ("merge-30-ports-long-int", "two ports that differ as number and as text are the same text in the end"),
    ("norm-53-build-ssh-yaml", "Compose prints the paths of keys in a form that it does not read"),
    ("type-10-bytes-bad-neg", "2.40 prints a negative size as text and reads it as a number only"),
    ("type-90-network-name-any", "a name that comes from the short form is not checked, one in a mapping is"),
];

#[test]
fn the_yaml_of_every_case_is_the_same_project() {
    let (_kept, root) = cases::parent();
    let one = |folder: &PathBuf| {
        let case = Case::lay_out(folder, &root);
        let why = round_trips(&case, &[Semantics::V2, Semantics::V5]);
        (case.name, why)
    };
    let read_back = |f: &&PathBuf| !NOT_READ_BACK.iter().any(|(name, _)| f.ends_with(name));
    let folders = folders();
    let results: Vec<(String, Option<String>)> = folders.par_iter().filter(read_back).map(one).collect();
    let failed = summary("round trip", &results, '-');
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn the_yaml_of_real_projects_is_the_same_project() {
    let Some(corpus) = cases::corpus() else { return };
    // A name that an unset variable leaves empty is not printed, so that of an external resource becomes its key.
    let unnamed = |why: &String| why.contains(".name: ours Some(") && why.ends_with("theirs None");
    let one = |Row { case, .. }: &Row| (case.name.clone(), round_trips(case, &[Semantics::V5]).filter(|why| !unnamed(why)));
    let results: Vec<(String, Option<String>)> = corpus.rows.par_iter().map(one).collect();
    let failed: Vec<String> = results.iter().filter_map(|(name, why)| Some(format!("{name}: {}", why.as_ref()?))).collect();
    println!("round trip of real projects: {} of {}", results.len() - failed.len(), results.len());
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

const HASHED: &str = r#"name: pn
services:
  a:
    image: x:1
    command: 'echo "<&>" ${Q:-é}'
    env_file: [{path: e.env, required: false}, f.env]
    environment: [AA, 'B=$$c']
    scale: 2
    deploy: {replicas: 2, resources: {limits: {cpus: "0.3", memory: 1g}}}
    ulimits: {nofile: {soft: 1, hard: 2}, nproc: 3}
    volumes: [./d:/d:ro, vol:/v]
    ports: ['80-81:80-81']
    depends_on: [b]
  b:
    build: .
    healthcheck: {test: curl x, interval: 90s}
    blkio_config: {weight_device: [{path: /dev/sda, weight: 400}]}
volumes: {vol: {}}
"#;

#[test]
fn hashes_are_those_of_compose() {
    let dir = tempfile::tempdir().unwrap();
    let files = [("compose.yaml", HASHED), ("f.env", "F=1\n")];
    for (name, content) in files {
        OsFs.write_atomic(&dir.path().join(name), content.as_bytes()).unwrap();
    }
    let hashes = |flags: &[&str]| {
        let output = Command::new(OURS).args(flags).current_dir(dir.path()).env_clear().output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let all = hashes(&["--compose-version", "2.40", "--project-directory", "/p", "-f", "compose.yaml", "config", "--hash", "*"]);
    // What docker compose 2.40.3 prints.
    insta::assert_snapshot!(all, @r"
    a b3cb1fbbf8ecca64636ef1c5e3bbc8f9745da29c9d0dc162f28031d7441b856b
    b 1815e1b3435bf9fbc84dca4427ef50bc128a3dfef8265b9c2af73690294b043c
    ");
    assert_eq!(hashes(&["config", "--hash", "a,b"]), hashes(&["config", "--hash", "*"]));
    assert_ne!(hashes(&["config", "--hash", "a"]), hashes(&["--compose-version", "2.40", "config", "--hash", "a"]), "5.x reads env files");
}

/// The real tool, where it is on PATH.
fn real_tool() -> Option<Vec<&'static str>> {
    let works = |tool: &[&str]| {
        let (program, arguments) = tool.split_first().unwrap();
        let version = Command::new(program).args(arguments).args(["version", "--short"]).output();
        version.is_ok_and(|o| String::from_utf8_lossy(&o.stdout).trim().trim_start_matches('v').starts_with("2.40"))
    };
    [vec!["docker-compose"], vec!["docker", "compose"]].into_iter().find(|tool| works(tool))
}

/// Real projects for which the tools differ, with the reason.
const LIVE_DIFFERENT: &[(&str, &str)] =
    &[("podman-compose--tests.integration.extends_w_empty_service", "Compose keeps the `extends` of an empty service")];

#[test]
#[ignore = "runs docker compose two thousand times"]
#[allow(clippy::disallowed_methods)] // where the real tool is
fn the_real_tool_prints_the_same_text() {
    let Some(theirs) = real_tool() else {
        println!("skipped: docker compose 2.40 is not on PATH");
        return;
    };
    let path = std::env::var("PATH").unwrap();
    let mut results: Vec<(String, Option<String>)> = Vec::new();
    let variants = [
        &["config"][..],
        &["--profile", "*", "--all-resources", "config", "--format", "json"],
        &["config", "--hash", "*"],
        &["config", "--no-interpolate"],
        &["--compatibility", "config", "--no-path-resolution", "--no-consistency"],
        &["config", "--environment"],
    ];
    let Some(corpus) = cases::corpus() else { return };
    // Each way is tried on its own part of the projects.
    for (part, flags) in variants.iter().enumerate() {
        let compare = |row: &Row| {
            let mut case = row.case.with(flags);
            case.environment.insert("PATH".into(), path.clone());
            let root = Path::new("/nowhere");
            let (ours, theirs) = (run(&case, root, &[OURS, "--compose-version", "2.40"]), run(&case, root, &theirs));
            let same = ours.0 == theirs.0 && ours.1.trim_end() == theirs.1.trim_end();
            (
                format!("{} {}", flags.join(" "), case.name),
                (!same).then(|| format!("ours:\n{}{}\ntheirs:\n{}{}", ours.1, ours.2, theirs.1, theirs.2)),
            )
        };
        let same = |row: &&Row| !LIVE_DIFFERENT.iter().any(|(name, _)| row.case.name == *name);
        results.extend(corpus.rows.par_iter().skip(part).step_by(variants.len()).filter(same).map(compare).collect::<Vec<_>>());
    }
    let failed: Vec<String> = results.iter().filter_map(|(name, why)| Some(format!("{name}: {}", why.as_ref()?))).collect();
    println!("live: {} of {}", results.len() - failed.len(), results.len());
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
