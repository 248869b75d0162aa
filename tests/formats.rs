//! The formats through the binary: several in one run, what cannot be written, documents that keep their schema, XML that is XML whatever a
//! user wrote; completions and the manual.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::disallowed_methods)] // a test may fail

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A privileged service with a published port and a network that nobody declares, in a file whose name is an attack.
const EVIL: &str = "a&b\"'<x>]]>`|,%0A::error::# [y](z).yaml";

fn tree() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("web")).unwrap();
    std::fs::write(dir.path().join("web").join("compose.yaml"), format!("include: ['{}']\n", EVIL.replace('\'', "''"))).unwrap();
    let evil = "services:\n  'a\"<b>|`%0A::error::x':\n    image: a:1\n    privileged: true\n    networks: [\"]]></failure>\\n::error::y &amp; \\e[2J\"]\n";
    std::fs::write(dir.path().join("web").join(EVIL), evil).unwrap();
    dir
}

struct Answer {
    code: i32,
    stdout: String,
    stderr: String,
}

fn run(dir: &Path, arguments: &[&str]) -> Answer {
    let mut command = Command::new(env!("CARGO_BIN_EXE_composelint"));
    let output = command.env_clear().current_dir(dir).stdin(Stdio::null()).args(arguments).output().unwrap();
    Answer {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn shown(dir: &Path, command: &str, format: &str) -> String {
    let answer = run(dir, &[command, "--format", format, "--select", "all"]);
    assert_ne!(answer.code, 2, "{}", answer.stderr);
    answer.stdout
}

#[test]
fn several_formats_in_one_run() {
    let dir = tree();
    let arguments = ["check", "-q", "--format", "sarif=out.sarif", "--format", "concise", "--format", "junit", "--output", "junit.xml"];
    let answer = run(dir.path(), &arguments);
    assert_eq!(answer.code, 1, "{}", answer.stderr);
    assert!(answer.stdout.contains(": warning[privileged]"), "{}", answer.stdout);
    let read = |name: &str| std::fs::read_to_string(dir.path().join(name)).unwrap();
    assert!(read("out.sarif").contains("\"version\": \"2.1.0\""));
    assert!(read("junit.xml").contains("<testsuites "));
    // What is written is what is shown alone.
    assert_eq!(answer.stdout, run(dir.path(), &["check", "--format", "concise"]).stdout);
    assert_eq!(read("out.sarif"), run(dir.path(), &["check", "--format", "sarif"]).stdout);
    // `--output` alone is for the format alone.
    let answer = run(dir.path(), &["check", "--format", "concise", "-o", "concise.txt"]);
    assert!(answer.stdout.is_empty());
    assert!(read("concise.txt").contains("[privileged]"));
}

#[test]
fn what_cannot_be_written_is_told_and_nothing_is_half_done() {
    let dir = tree();
    std::fs::create_dir(dir.path().join("out")).unwrap();
    let said = |arguments: &[&str]| {
        let answer = run(dir.path(), &[&["check"], arguments].concat());
        assert_eq!((answer.code, answer.stdout.as_str()), (2, ""), "{arguments:?}: {}", answer.stderr);
        answer.stderr.replace(&dir.path().display().to_string(), "/srv")
    };
    insta::assert_snapshot!(said(&["--format", "json", "--format", "sarif"]), @"
    error: `json` and `sarif` cannot both be written to stdout
      help: give one of them a file: `--format sarif=FILE`
    ");
    insta::assert_snapshot!(said(&["--format", "json=a", "--format", "sarif=./a"]), @"error: two formats cannot both be written to `./a`");
    insta::assert_snapshot!(said(&["--format", "json=a", "--output", "b"]), @"
    error: `--output b` is for no format: each has its file already
      help: leave out `--output`, or one of the files after `=`
    ");
    insta::assert_snapshot!(said(&["--output", "out"]), @"error: `out` cannot be written: it is a directory");
    insta::assert_snapshot!(said(&["--format", "json=there.json", "--format", "sarif=nowhere/out.sarif"]), @"error: `nowhere/out.sarif` cannot be written: there is no directory `/srv/nowhere`");
    insta::assert_snapshot!(said(&["--format", "pdf=a"]), @"
    error: invalid value 'pdf' for '--format <FORMAT>'
      [possible values: human, concise, json, jsonl, sarif, github, gitlab, junit, checkstyle, markdown, html, mermaid, dot, svg]

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(said(&["--format", "sarif="]), @"
    error: `sarif=` names no file

    Usage: composelint check [OPTIONS] [PATH]...

    For more information, try '--help'.
    ");
    let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "nothing was written: {left:?}");
}

#[cfg(unix)]
#[test]
fn a_directory_that_may_not_be_written_to() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tree();
    let closed = dir.path().join("closed");
    std::fs::create_dir(&closed).unwrap();
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o555)).unwrap();
    if std::fs::write(closed.join("x"), "").is_ok() {
        println!("skipped: root may write everywhere");
        return;
    }
    let answer = run(dir.path(), &["check", "--format", "json=closed/a.json"]);
    assert_eq!((answer.code, answer.stdout.as_str()), (2, ""));
    assert!(answer.stderr.starts_with("error: `closed/a.json` cannot be written: "), "{}", answer.stderr);
}

#[test]
fn json_keeps_its_schema() {
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(root().join("docs/report.schema.json")).unwrap()).unwrap();
    let homelab = root().join("testdata/homelab");
    let tree = tree();
    for directory in [tree.path(), &homelab] {
        for command in ["check", "audit"] {
            let document: Value = serde_json::from_str(&shown(directory, command, "json")).unwrap();
            conforms(&document, &schema, &schema, "report");
            assert_eq!(document.get("inventory").is_some(), command == "audit");
            let lines = shown(directory, command, "jsonl");
            assert_eq!(lines.lines().count(), document["findings"].as_array().unwrap().len());
            for (line, finding) in lines.lines().zip(document["findings"].as_array().unwrap()) {
                assert_eq!(&serde_json::from_str::<Value>(line).unwrap(), finding);
            }
        }
    }
}

#[test]
fn every_key_of_an_audit_is_in_the_schema() {
    use composelint::report::document::Document;
    use composelint::report::inventory::HostSummary;
    use composelint::report::inventory::{Point, Standard, Strategy, Way};
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(root().join("docs/report.schema.json")).unwrap()).unwrap();
    let beside = ["--host", "nas", "--also", "infra", "--backup-list", "backup/restic-includes.txt"];
    let answer = run(&root().join("testdata/homelab"), &[&["audit", "docker", "--format", "json"], &beside[..]].concat());
    let mut document: Document = serde_json::from_str(&answer.stdout).unwrap();
    assert!(!document.beside.is_empty() && !document.backups.is_empty(), "{}", answer.stderr);
    // What reads the document again loses nothing.
    let value = serde_json::to_value(&document).unwrap();
    assert_eq!(value, serde_json::from_str::<Value>(&answer.stdout).unwrap());
    conforms(&value, &schema, &schema, "report");
    let points = vec![Point { name: "name-written".into(), kept: true, because: String::new() }];
    let ways = vec![Way { name: "link".into(), cost: 1, reasons_for: vec!["x".into()], reasons_against: vec!["y".into()] }];
    for stack in document.inventory.iter_mut().flatten() {
        stack.standard = Some(Standard { kept: 1, points: points.clone() });
        stack.strategy = Some(Strategy { ways: ways.clone() });
        for file in &mut stack.files {
            file.on_host = true;
        }
    }
    document.hosts =
        vec![HostSummary { name: "nas".into(), needs: vec!["pi".into()], because: vec!["z".into()], ..HostSummary::default() }];
    document.findings.iter_mut().for_each(|f| f.host = Some("nas".into()));
    conforms(&serde_json::to_value(&document).unwrap(), &schema, &schema, "report");
}

#[test]
fn a_baseline_is_in_the_report_and_in_its_schema() {
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(root().join("docs/report.schema.json")).unwrap()).unwrap();
    let dir = tree();
    assert_eq!(run(dir.path(), &["check", "-q", "--write-baseline=old.json"]).code, 0);
    let document: Value = serde_json::from_str(&run(dir.path(), &["check", "--baseline", "old.json", "--format", "json"]).stdout).unwrap();
    conforms(&document, &schema, &schema, "report");
    assert!(document["summary"]["baseline"]["known"].as_u64().unwrap() > 0 && document["findings"].as_array().unwrap().is_empty());
}

/// As much of JSON Schema as ours uses; that all keys are described is asked too, which the schema itself leaves open for later versions.
fn conforms(value: &Value, schema: &Value, root: &Value, at: &str) {
    if let Some(name) = schema["$ref"].as_str() {
        let schema = root.pointer(name.trim_start_matches('#')).unwrap_or_else(|| panic!("{at}: no {name}"));
        return conforms(value, schema, root, at);
    }
    if let Some(either) = schema["anyOf"].as_array() {
        let schema = either.iter().find(|s| (s["type"] == "null") == value.is_null()).unwrap();
        return conforms(value, schema, root, at);
    }
    if let Some(allowed) = schema["enum"].as_array() {
        assert!(allowed.contains(value), "{at}: {value} is none of {allowed:?}");
    }
    if let Some(wanted) = schema.get("const") {
        assert_eq!(value, wanted, "{at}");
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(n) if n.is_u64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    match &schema["type"] {
        Value::String(wanted) => assert_eq!(kind, wanted, "{at}"),
        Value::Array(either) => assert!(either.contains(&kind.into()), "{at}: {kind}"),
        _ => {}
    }
    if let (Some(least), Some(n)) = (schema["minimum"].as_u64(), value.as_u64()) {
        assert!(n >= least, "{at}: {n}");
    }
    for (i, item) in value.as_array().into_iter().flatten().enumerate() {
        conforms(item, &schema["items"], root, &format!("{at}[{i}]"));
    }
    if let Some(object) = value.as_object() {
        for required in schema["required"].as_array().unwrap() {
            assert!(object.contains_key(required.as_str().unwrap()), "{at}: no {required}");
        }
        for (key, value) in object {
            let schema = schema["properties"].get(key).unwrap_or_else(|| panic!("{at}: docs/report.schema.json does not know `{key}`"));
            conforms(value, schema, root, &format!("{at}.{key}"));
        }
    }
}

#[test]
fn sarif_and_gitlab_hang_together() {
    let dir = tree();
    std::fs::create_dir(dir.path().join(".git")).unwrap();
    // From below the root of the repository: the paths are still relative to it.
    let below = dir.path().join("web");
    let log: Value = serde_json::from_str(&shown(&below, "check", "sarif")).unwrap();
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert!(results.iter().any(|r| r["ruleId"] == "privileged"));
    let mut fingerprints: Vec<&str> = Vec::new();
    for result in results {
        assert_eq!(rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()]["id"], result["ruleId"]);
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        assert!(uri.starts_with("web/") && uri.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~/%".contains(&b)), "{uri}");
        assert!(place["region"]["startLine"].as_u64().unwrap() > 0);
        fingerprints.push(result["partialFingerprints"]["composelintFingerprint/v1"].as_str().unwrap());
        for (related, id) in result["relatedLocations"].as_array().into_iter().flatten().zip(1..) {
            assert_eq!(related["id"], id, "the text links to it");
        }
    }
    let count = fingerprints.len();
    fingerprints.sort_unstable();
    fingerprints.dedup();
    assert_eq!(fingerprints.len(), count, "no two findings have one fingerprint");

    let issues: Value = serde_json::from_str(&shown(&below, "check", "gitlab")).unwrap();
    assert_eq!(issues.as_array().unwrap().len(), count);
    assert!(issues.as_array().unwrap().iter().all(|i| i["location"]["path"].as_str().unwrap().starts_with("web/")));
    let annotations = shown(&below, "check", "github");
    assert!(annotations.contains("::warning file=web/"), "{annotations}");
}

#[test]
fn xml_is_well_formed_whatever_a_user_wrote() {
    let dir = tree();
    for format in ["junit", "checkstyle"] {
        let text = shown(dir.path(), "check", format);
        assert!(text.contains("privileged"));
        well_formed(&text);
    }
}

/// Tags that match, attributes in quotes, no `<` or bare `&` in a text.
fn well_formed(xml: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = xml.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>").unwrap();
    while let Some((text, from)) = rest.split_once('<') {
        assert_text(text);
        let end = from.find('>').unwrap();
        let (tag, after) = (&from[..end], &from[end + 1..]);
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else {
            let body = tag.trim_end_matches('/');
            let name = body.split(' ').next().unwrap();
            let quotes: Vec<&str> = body[name.len()..].split('"').collect();
            assert!(quotes.len() % 2 == 1, "{tag}");
            for (i, part) in quotes.iter().enumerate() {
                let attribute = i % 2 == 0;
                assert!(!attribute || part.is_empty() || (part.starts_with(' ') && part.ends_with('=')), "{tag}");
                assert_text(part);
            }
            if !tag.ends_with('/') {
                open.push(name);
            }
        }
        rest = after;
    }
    assert_eq!(rest.trim(), "");
    assert!(open.is_empty(), "{open:?}");
}

fn assert_text(text: &str) {
    assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
    for reference in text.split('&').skip(1) {
        let name = reference.split(';').next().unwrap();
        assert!(["amp", "lt", "gt", "quot", "#10"].contains(&name), "{reference:?}");
    }
}

#[test]
fn no_line_of_a_log_is_a_command_and_no_markdown_is_markup() {
    let dir = tree();
    let log = shown(dir.path(), "check", "github");
    let kinds = ["::error file=web/", "::warning file=web/", "::notice file=web/"];
    for line in log.lines().filter(|l| l.trim_start().starts_with("::")) {
        assert!(kinds.iter().any(|k| line.starts_with(k)), "{line}");
    }
    let summary = shown(dir.path(), "audit", "markdown");
    assert!(!summary.contains("[y](z)") && !summary.contains("<x>") && !summary.contains("<b>"), "{summary}");
    // Every row of a table has as many cells as its head.
    let cells = |line: &str| line.replace("\\|", "").matches('|').count();
    let mut head = None;
    for line in summary.lines() {
        if line.starts_with('|') {
            assert_eq!(cells(line), *head.get_or_insert(cells(line)), "{line}");
        } else {
            head = None;
        }
    }
}

#[test]
fn junit_fails_as_the_run_does() {
    let dir = tree();
    let failures = |fail_on: &str| {
        let answer = run(dir.path(), &["check", "--format", "junit", "--fail-on", fail_on]);
        (answer.code, answer.stdout.matches("<failure ").count(), answer.stdout.matches("<testcase ").count())
    };
    let (code, some, all) = failures("error");
    assert!(code == 1 && some > 0 && some < all, "{some} of {all}");
    assert_eq!(failures("never"), (0, 0, all));
}

#[test]
fn links_lead_to_the_commit_of_the_job() {
    let dir = tree();
    let said = |variables: &[(&str, &str)]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_composelint"));
        let output = command.env_clear().envs(variables.iter().copied()).current_dir(dir.path()).args(["check", "--format", "markdown"]);
        String::from_utf8(output.output().unwrap().stdout).unwrap()
    };
    let github = [("GITHUB_SERVER_URL", "https://forge.example"), ("GITHUB_REPOSITORY", "o/r"), ("GITHUB_SHA", "1234")];
    assert!(said(&github).contains("(https://forge.example/o/r/blob/1234/web/a%26b%22"), "{}", said(&github));
    let gitlab = [("CI_PROJECT_URL", "https://lab.example/g/p"), ("CI_COMMIT_SHA", "1234")];
    assert!(said(&gitlab).contains("#L4](https") || said(&gitlab).contains("(https://lab.example/g/p/-/blob/1234/web/a%26b%22"));
    let evil = [("CI_PROJECT_URL", "javascript:alert(1)//"), ("CI_COMMIT_SHA", "1234")];
    assert!(!said(&evil).contains("javascript"));
}

#[test]
fn completions_know_commands_and_formats() {
    let dir = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let answer = run(dir.path(), &["completions", shell]);
        assert_eq!((answer.code, answer.stderr.as_str()), (0, ""), "{shell}");
        for word in ["audit", "explain", "format"] {
            assert!(answer.stdout.contains(word), "{shell} does not complete {word}");
        }
    }
    assert!(run(dir.path(), &["completions", "bash"]).stdout.contains("checkstyle"));
    assert_eq!(run(dir.path(), &["completions", "tcsh"]).code, 2);
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let dir = tempfile::tempdir().unwrap();
    let answer = run(dir.path(), &["man"]);
    assert!(answer.stdout.contains(".SH SYNOPSIS") && answer.stdout.contains("Exit codes"), "{}", answer.stdout);
    let answer = run(dir.path(), &["man", "--out", "."]);
    assert_eq!((answer.code, answer.stdout.as_str(), answer.stderr.as_str()), (0, "", ""));
    let mut pages: Vec<String> = std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    pages.sort();
    assert!(pages.contains(&"composelint.1".to_owned()) && pages.contains(&"composelint-check.1".to_owned()), "{pages:?}");
    let check = std::fs::read_to_string(dir.path().join("composelint-check.1")).unwrap();
    assert!(check.contains(r"\-\-fail\-on") && check.contains("checkstyle"), "{check}");
    // Each command that the help names has one.
    for line in run(dir.path(), &["--help"]).stdout.lines().skip_while(|l| *l != "Commands:").skip(1).take_while(|l| !l.is_empty()) {
        let name = line.split_whitespace().next().unwrap();
        assert!(
            name == "help" || !line.starts_with("  ") || line.starts_with("   ") || pages.contains(&format!("composelint-{name}.1")),
            "{name}"
        );
    }
    let answer = run(dir.path(), &["man", "--out", "nowhere"]);
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("there is no directory `"), "{}", answer.stderr);
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// What the documents show is what the program says; `UPDATE_DOCS=1` writes it.
#[test]
fn documents_show_what_the_program_says() {
    for name in ["docs/json.md", "docs/ci.md", "docs/diff.md", "docs/migrate.md", "docs/nix.md"] {
        let path = root().join(name);
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let mut wanted = String::new();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            wanted.push_str(line);
            wanted.push('\n');
            let Some(marker) = line.strip_prefix("<!-- output: composelint ") else { continue };
            let (words, rest) = marker.split_once(" (in ").unwrap();
            let (directory, pick) = rest.trim_end_matches(" -->").split_once(')').unwrap();
            // A copy, so that it does not matter whether this is a checkout.
            let keep = tempfile::tempdir().unwrap();
            // A project is named after its directory.
            let copy = keep.path().join(Path::new(directory).file_name().unwrap_or_default());
            std::fs::create_dir(&copy).unwrap();
            copy_tree(&root().join(directory), &copy);
            let answer = run(&copy, &words.split_whitespace().chain(["--color", "never"]).collect::<Vec<_>>());
            assert_ne!(answer.code, 2, "{words}: {}", answer.stderr);
            let shown = match pick.trim_start_matches(", ") {
                "" => answer.stdout,
                path => {
                    let document: Value = serde_json::from_str(&answer.stdout).unwrap();
                    let part = document.pointer(&path.replace(['.', '['], "/").replace(']', "")).unwrap();
                    format!("{}\n", serde_json::to_string_pretty(part).unwrap())
                }
            };
            let fence = lines.next().unwrap();
            let _ = write!(wanted, "{fence}\n{}\n```\n", shown.trim_end());
            let _ = lines.by_ref().take_while(|l| *l != "```").count();
        }
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&path, &wanted).unwrap();
        }
        assert!(wanted == text, "{name} is behind the program: UPDATE_DOCS=1 cargo test --test formats");
    }
}

fn copy_tree(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir(&to).unwrap();
            copy_tree(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), &to).unwrap();
        }
    }
}

/// Every `composelint …` of the documents is a command line that the program takes.
#[test]
fn documents_name_flags_that_exist() {
    for name in [
        "docs/json.md",
        "docs/ci.md",
        "docs/completions.md",
        "docs/diff.md",
        "integrations/gitlab-ci.yml",
        "integrations/action.sh",
        ".pre-commit-hooks.yaml",
    ] {
        let Ok(text) = std::fs::read_to_string(root().join(name)) else { continue };
        for (at, _) in text.match_indices("composelint ") {
            let words: Vec<&str> =
                text[at..].split(['\n', '|', '>', '`', '#', ';', ')']).next().unwrap().split_whitespace().skip(1).collect();
            let Some(command) = words.first().filter(|w| ["check", "audit", "diff", "completions", "man", "explain", "rules"].contains(w))
            else {
                continue;
            };
            let help = run(&root(), &[command, "--help"]).stdout;
            for flag in words.iter().filter(|w| w.starts_with("--")) {
                let flag = flag.split('=').next().unwrap().trim_end_matches(['"', '\'', ',', '.']);
                assert!(help.contains(flag), "{name}: `composelint {command}` has no {flag}");
            }
        }
    }
}
