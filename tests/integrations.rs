//! The files that put composelint into CI: the GitHub Action and its script, the hooks of pre-commit, the snippet for GitLab.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, clippy::disallowed_methods)] // a test may fail
#![cfg(unix)]

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use composelint::source::FileId;
use composelint::yaml::{self, Kind, NodeId, Tree};
use tempfile::TempDir;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

fn parsed(text: &str) -> (Tree, NodeId) {
    let tree = yaml::parse(FileId::NONE, text);
    assert!(tree.errors.is_empty(), "{:?}", tree.errors);
    let root = tree.documents[0].root;
    (tree, root)
}

fn entries(tree: &Tree, mapping: NodeId) -> Vec<(String, NodeId)> {
    let Kind::Mapping { entries, .. } = &tree.node(mapping).kind else { return Vec::new() };
    entries.iter().map(|e| (tree.text(e.key).unwrap().to_owned(), e.value)).collect()
}

fn items(tree: &Tree, sequence: NodeId) -> Vec<NodeId> {
    let Kind::Sequence { items, .. } = &tree.node(sequence).kind else { return Vec::new() };
    items.clone()
}

/// The words after `before` in a text.
fn words_after(text: &str, before: &str) -> BTreeSet<String> {
    let word = |at: usize| text[at + before.len()..].chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
    text.match_indices(before).map(|(at, _)| word(at)).collect()
}

#[test]
fn every_input_of_the_action_reaches_the_script_as_a_variable() {
    let text = read("action.yml");
    let (tree, action) = parsed(&text);
    let inputs: BTreeSet<String> = entries(&tree, tree.get(action, "inputs").unwrap()).into_iter().map(|(name, _)| name).collect();
    assert_eq!(words_after(&text, "inputs."), inputs, "each input is used, and what is used is an input");
    for (name, input) in entries(&tree, tree.get(action, "inputs").unwrap()) {
        assert!(tree.get(input, "description").is_some() && tree.get(input, "default").is_some(), "{name}");
    }
    let steps = items(&tree, tree.get(tree.get(action, "runs").unwrap(), "steps").unwrap());
    let mut variables = BTreeSet::new();
    for step in steps {
        if let Some(script) = tree.get(step, "run") {
            assert!(!tree.text(script).unwrap().contains("${{"), "nothing is put into a script: {}", tree.text(script).unwrap());
        }
        for (name, value) in tree.get(step, "env").map(|e| entries(&tree, e)).unwrap_or_default() {
            if let Some(input) = name.strip_prefix("INPUT_") {
                let wanted = format!("${{{{ inputs.{} }}}}", input.to_ascii_lowercase().replace('_', "-"));
                assert_eq!(tree.text(value), Some(wanted.as_str()));
                variables.insert(name);
            }
        }
    }
    let script = words_after(&read("integrations/action.sh"), "INPUT_").into_iter().filter(|w| !w.is_empty());
    let script: BTreeSet<String> = script.map(|w| format!("INPUT_{w}")).collect();
    assert_eq!(script, variables, "the script reads what the action gives");
    let outputs = words_after(&text, "steps.run.outputs.");
    for output in &outputs {
        assert!(read("integrations/action.sh").contains(&format!("{output}=%s")), "the script writes {output}");
    }
}

#[test]
fn hooks_run_where_a_file_of_compose_changed() {
    let (tree, hooks) = parsed(&read(".pre-commit-hooks.yaml"));
    let hooks = items(&tree, hooks);
    assert_eq!(hooks.len(), 2);
    for hook in hooks {
        for key in ["id", "name", "description", "entry", "language", "files"] {
            assert!(tree.get(hook, key).is_some(), "{key}");
        }
        let files = regex_lite::Regex::new(tree.text(tree.get(hook, "files").unwrap()).unwrap()).unwrap();
        for path in ["compose.yaml", "a/docker-compose.prod.YML", "infra/db.yml", ".env", "a/.env.prod", "web.env", ".composelint.yaml"] {
            assert!(files.is_match(path), "{path}");
        }
        for path in ["README.md", "a/environment", "src/main.rs", "yaml/x.txt"] {
            assert!(!files.is_match(path), "{path}");
        }
    }
}

#[test]
fn the_snippet_for_gitlab_is_yaml() {
    let (tree, jobs) = parsed(&read("integrations/gitlab-ci.yml"));
    let job = tree.get(jobs, "composelint").unwrap();
    let reports = tree.get(tree.get(job, "artifacts").unwrap(), "reports").unwrap();
    let script = tree.text(items(&tree, tree.get(job, "script").unwrap())[0]).unwrap();
    for (_, file) in entries(&tree, reports) {
        assert!(script.contains(&format!("={} ", tree.text(file).unwrap())), "the job writes what it reports: {script}");
    }
}

struct Step {
    dir: TempDir,
    code: i32,
    stdout: String,
    stderr: String,
}

impl Step {
    fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.dir.path().join(name)).unwrap_or_default()
    }
}

/// The script in a repository with one warning and one error, with these inputs, as a step of a job.
fn step(inputs: &[(&str, &str)]) -> Option<Step> {
    let dir = tempfile::tempdir().unwrap();
    let web = dir.path().join("work/web");
    std::fs::create_dir_all(&web).unwrap();
    std::fs::write(web.join("compose.yaml"), "services:\n  web:\n    image: nginx:1.27.3\n    privileged: true\n    networks: [nowhere]\n")
        .unwrap();
    let clean = dir.path().join("work/clean");
    std::fs::create_dir_all(&clean).unwrap();
    std::fs::write(clean.join("compose.yaml"), "name: clean\nservices:\n  web:\n    image: nginx:1.27.3\n").unwrap();
    run_step(dir, inputs)
}

fn run_step(dir: TempDir, inputs: &[(&str, &str)]) -> Option<Step> {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new("bash");
    command
        .arg(root().join("integrations/action.sh"))
        .env_clear()
        .env("PATH", format!("{}:{path}", dir.path().join("bin").display()))
        .env("INPUT_BINARY", env!("CARGO_BIN_EXE_composelint"))
        .env("INPUT_ANNOTATIONS", "true")
        .env("INPUT_SUMMARY", "true")
        .env("GITHUB_OUTPUT", dir.path().join("output"))
        .env("GITHUB_STEP_SUMMARY", dir.path().join("summary"))
        .env("RUNNER_TEMP", dir.path())
        .envs(inputs.iter().copied())
        .current_dir(dir.path().join("work"))
        .stdin(Stdio::null());
    let Ok(output) = command.output() else {
        println!("skipped: there is no bash");
        return None;
    };
    Some(Step {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        dir,
    })
}

#[test]
fn a_step_writes_annotations_summary_outputs_and_sarif() {
    let Some(step) = step(&[("INPUT_SARIF_FILE", "out.sarif")]) else { return };
    assert_eq!(step.code, 0, "the last step fails the job: {}", step.stderr);
    assert!(step.stdout.contains("::error file=web/compose.yaml,line=5"), "{}", step.stdout);
    insta::assert_snapshot!(step.file("output"), @"
    findings=2
    errors=1
    warnings=1
    sarif=out.sarif
    exit-code=1
    ");
    assert!(
        step.file("summary").starts_with("## composelint\n\n**1 error**, 1 warning, 0 notes in 2 projects, 2 files."),
        "{}",
        step.file("summary")
    );
    assert!(step.file("work/out.sarif").contains("\"version\": \"2.1.0\""));
    let left: Vec<_> = std::fs::read_dir(step.dir.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    assert!(left.iter().all(|n| ["work", "output", "summary"].contains(&n.as_str())), "{left:?}");
}

#[test]
fn a_clean_part_of_a_repository() {
    let Some(step) = step(&[("INPUT_WORKING_DIRECTORY", "clean"), ("INPUT_UPLOAD_SARIF", "true")]) else { return };
    assert_eq!(step.code, 0);
    insta::assert_snapshot!(step.file("output"), @"
    findings=0
    errors=0
    warnings=0
    sarif=clean/composelint.sarif
    exit-code=0
    ");
    assert!(step.file("work/clean/composelint.sarif").contains("\"results\": []"));
}

#[test]
fn a_baseline_of_old_findings() {
    let Some(made) = step(&[("INPUT_ARGS", "--write-baseline=old.json")]) else { return };
    assert!(!made.file("work/old.json").is_empty(), "{}", made.stderr);
    let step = run_step(made.dir, &[("INPUT_BASELINE", "old.json")]).unwrap();
    assert!(step.file("output").ends_with("findings=0\nerrors=0\nwarnings=0\nsarif=\nexit-code=0\n"), "{}", step.file("output"));
}

#[test]
fn outside_of_a_job_it_exits_as_composelint_does() {
    let Some(found) = step(&[("GITHUB_OUTPUT", ""), ("INPUT_ANNOTATIONS", "false"), ("INPUT_FAIL_ON", "error")]) else { return };
    assert_eq!(found.code, 1);
    assert!(found.stdout.contains("error[undefined-network]"), "{}", found.stdout);
    let never = step(&[("GITHUB_OUTPUT", ""), ("INPUT_FAIL_ON", "never")]).unwrap();
    assert_eq!(never.code, 0);
}

#[test]
fn inputs_are_never_executed() {
    let evil = "$(touch pwned)\n`touch pwned`\n; touch pwned\n-v --select=all *";
    for input in [
        "INPUT_PATHS",
        "INPUT_ARGS",
        "INPUT_WORKING_DIRECTORY",
        "INPUT_FAIL_ON",
        "INPUT_BASELINE",
        "INPUT_SARIF_FILE",
        "INPUT_VERSION",
        "INPUT_BINARY",
    ] {
        let unset: &[(&str, &str)] = if input == "INPUT_VERSION" { &[("INPUT_BINARY", "")] } else { &[] };
        let Some(step) = step(&[unset, &[(input, evil)]].concat()) else { return };
        assert_eq!(step.code, 2, "{input}: {}{}", step.stdout, step.stderr);
        assert!(!step.stderr.is_empty(), "{input} says why");
        for place in ["pwned", "work/pwned", "work/web/pwned"] {
            assert!(!step.dir.path().join(place).exists(), "{input} was executed");
        }
        assert!(
            step.file("output").lines().all(|l| l.split_once('=').is_some_and(|(k, _)| [
                "findings",
                "errors",
                "warnings",
                "sarif",
                "exit-code"
            ]
            .contains(&k)))
        );
    }
    for input in ["INPUT_BUILD", "INPUT_ANNOTATIONS", "INPUT_SUMMARY", "INPUT_UPLOAD_SARIF"] {
        let (unset, version) = (("INPUT_BINARY", ""), ("INPUT_VERSION", "0.1.0"));
        let more: &[(&str, &str)] = if input == "INPUT_BUILD" { &[unset, version] } else { &[] };
        let step = step(&[more, &[(input, "yes")]].concat()).unwrap();
        assert_eq!(step.code, 2, "{input}");
        assert!(step.stderr.contains(&format!("the input {input} must be true or false")), "{}", step.stderr);
    }
}

#[test]
fn paths_with_blanks_and_dashes_are_paths() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["a b", "-v"] {
        std::fs::create_dir_all(dir.path().join("work").join(name)).unwrap();
        let text = format!("name: x\nservices:\n  web:\n    image: nginx:1.27.3\n    networks: [no{}]\n", name.len());
        std::fs::write(dir.path().join("work").join(name).join("compose.yaml"), text).unwrap();
    }
    let Some(step) = run_step(dir, &[("INPUT_PATHS", "a b\r\n\n-v\n")]) else { return };
    assert_eq!(step.code, 0, "{}", step.stderr);
    assert!(step.file("output").contains("errors=2\n"), "{}{}", step.file("output"), step.stdout);
}

/// A `curl` that serves a release from `release/`.
fn release(checksum: &str) -> Option<Step> {
    let dir = tempfile::tempdir().unwrap();
    for name in ["work", "bin", "release", "stage"] {
        std::fs::create_dir(dir.path().join(name)).unwrap();
    }
    let executable = |path: &Path, text: &str| {
        std::fs::write(path, text).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    let program = format!("#!/bin/sh\necho downloaded >&2\nexec '{}' \"$@\"\n", env!("CARGO_BIN_EXE_composelint"));
    executable(&dir.path().join("stage/composelint"), &program);
    let tar = dir.path().join("release/asset");
    let packed = Command::new("tar").arg("-czf").arg(&tar).arg("-C").arg(dir.path().join("stage")).arg("composelint").status();
    if !packed.is_ok_and(|s| s.success()) {
        println!("skipped: there is no tar");
        return None;
    }
    let curl = "#!/usr/bin/env bash\nfor url; do :; done\nwhile [ \"$1\" != -o ]; do shift; done\necho \"$url\" >>\"$RUNNER_TEMP/urls\"\n\
                case \"$url\" in *.sha256) if [ \"$CHECKSUM\" = right ]; then sha256sum <\"$RUNNER_TEMP/release/asset\" >\"$2\"; else echo \"$CHECKSUM\" >\"$2\"; fi ;; \
                *) cp \"$RUNNER_TEMP/release/asset\" \"$2\" ;; esac\n";
    executable(&dir.path().join("bin/curl"), curl);
    run_step(dir, &[("INPUT_BINARY", ""), ("INPUT_VERSION", "v0.1.0"), ("ACTION_REPOSITORY", "owner/composelint"), ("CHECKSUM", checksum)])
}

#[test]
fn a_release_is_used_only_with_its_checksum() {
    if Command::new("sha256sum").arg("--version").output().is_err() {
        println!("skipped: there is no sha256sum");
        return;
    }
    let Some(right) = release("right") else { return };
    assert_eq!(right.code, 0, "{}", right.stderr);
    assert!(right.stderr.contains("downloaded"), "{}", right.stderr);
    let urls = right.file("urls");
    assert!(urls.starts_with("https://github.com/owner/composelint/releases/download/v0.1.0/composelint-0.1.0-"), "{urls}");
    for wrong in ["", "0", &"0".repeat(64)] {
        let step = release(wrong).unwrap();
        assert_eq!(step.code, 2, "{wrong}");
        assert!(step.stderr.contains("the checksum of composelint-0.1.0-") && !step.stderr.contains("downloaded"), "{}", step.stderr);
    }
}
