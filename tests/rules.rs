//! Runs every rule's page and fixtures under that rule alone.
//!
//! A page (`rules/<rule>.md`) has the sections `## What it does`, `## Why it matters` and `## Example`. The code blocks of the example are
//! files, `compose.yaml` unless the info string names another (`file=sub/base.yaml`); each line that ends in `# finding` must carry exactly
//! one finding, and no other line any. The blocks after `Use instead:` must be silent. A block `link` is a symbolic link to
//! the path in it. Attributes of a block: `tracked` (git tracks the file), `chmod=600` (its permissions), `lines=N` (comments are added
//! until the file has N lines);
//! on the first block also `mode=audit` and `findings=N` (N findings at paths that have no line).
//!
//! A fixture (`testdata/rules/<rule>/{bad,ok}-<what>/`) is a tree of its own: `bad` ones compare with `findings.snap`, `ok` ones are
//! silent. `tracked` in it lists the paths that git tracks, `modes` the files whose permissions are not 0644 (`600 db.txt`); `audit` behind the first dash of its name runs it as an audit.
//! In an audit, documents, justfiles and scripts where the projects are and in directories `docs` count (see `support/beside.rs`), all Nix files
//! (`*.nix`, as `--also` reads them), and at the root a dump `state.json` and a list of backups `backup-list.txt`.
//! A `.composelint.yaml` at the root of an example or a fixture counts, for the one rule.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods)] // helpers of tests, not inside one

mod support;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use composelint::fs::MemFs;
use composelint::lint::{CONFIG_FILE, Selection};
use composelint::rules::{self, Default, Mode, Peer, RuleDef, Topic};
use composelint::source::{FileId, Source, Sources, apply};
use composelint::yaml::{self, Kind, edit};
use support::fixes::{Fixing, fixes};
use support::{Run, StatedFacts, configured};

const ROOT: &str = "/project";

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The files of one half of an example.
#[derive(Default)]
struct Example {
    files: Vec<(String, String)>,
    links: Vec<(String, String)>,
    tracked: BTreeSet<PathBuf>,
    modes: Vec<(String, u32)>,
    audit: bool,
    findings: usize,
}

/// The bad and the good example of a page.
fn examples(page: &str) -> (Example, Example) {
    let mut halves = (Example::default(), Example::default());
    let (mut section, mut good) = ("", false);
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("## ") {
            section = title;
        } else if line.starts_with("Use instead") {
            good = true;
        } else if let Some(info) = line.strip_prefix("```").filter(|_| section == "Example") {
            let half = if good { &mut halves.1 } else { &mut halves.0 };
            let mut name = "compose.yaml".to_owned();
            let (mut tracked, mut chmod, mut lines_wanted) = (false, None, 0);
            for word in info.split_whitespace().skip(1) {
                match word.split_once('=') {
                    Some(("file", value)) => name = value.into(),
                    Some(("mode", "audit")) => half.audit = true,
                    Some(("findings", n)) => half.findings = n.parse().unwrap(),
                    Some(("chmod", mode)) => chmod = Some(u32::from_str_radix(mode, 8).unwrap()),
                    Some(("lines", n)) => lines_wanted = n.parse().unwrap(),
                    None if word == "tracked" => tracked = true,
                    _ => panic!("unknown attribute `{word}`"),
                }
            }
            let text: String = lines.by_ref().take_while(|l| *l != "```").flat_map(|l| [l, "\n"]).collect();
            let padding = "# …\n".repeat(usize::saturating_sub(lines_wanted, text.lines().count()));
            let text = text + &padding;
            if info.starts_with("link") {
                half.links.push((name, text.trim().to_owned()));
                continue;
            }
            if tracked {
                half.tracked.insert(Path::new(ROOT).join(&name));
            }
            half.modes.extend(chmod.map(|mode| (name.clone(), mode)));
            half.files.push((name, text));
        }
    }
    halves.1.audit |= halves.0.audit;
    halves
}

fn run_example(rule: &'static RuleDef, example: &Example) -> Result<(), String> {
    let mut fs = MemFs::new();
    let mut wanted = BTreeSet::new();
    for (name, text) in &example.files {
        let path = Path::new(ROOT).join(name);
        for (line, number) in text.lines().zip(1u32..) {
            if line.trim_end().ends_with("# finding") {
                wanted.insert((path.clone(), number));
            }
        }
        // The marker is no part of the example: it must not change what the file says.
        let text = text.replace("  # finding", "").replace(" # finding", "");
        fs = fs.file(path, text);
    }
    for (name, to) in &example.links {
        fs = fs.link(Path::new(ROOT).join(name), to);
    }
    for (name, mode) in &example.modes {
        fs = fs.mode(Path::new(ROOT).join(name), *mode);
    }
    let facts = StatedFacts { fs: &fs, tracked: example.tracked.clone() };
    let run = run(rule, &fs, &facts, example.audit);
    let mut found = BTreeSet::new();
    let mut at_paths = 0;
    for (path, line) in run.places() {
        match line {
            Some(line) if !found.insert((path.clone(), line)) => {
                return Err(format!("two findings at {}:{line}\n{}", path.display(), run.text()));
            }
            Some(_) => {}
            None => at_paths += 1,
        }
    }
    if found != wanted || at_paths != example.findings {
        return Err(format!("marked {wanted:?} and {} without a line, found:\n{}", example.findings, run.text()));
    }
    fixes(&fs, &fixing(&fs, mode(rule, example.audit), &facts.tracked, rule), rule, &run.findings).map(|_| ())
}

/// The rule alone, as often as fixing asks.
fn fixing(fs: &MemFs, mode: Mode, tracked: &BTreeSet<PathBuf>, rule: &'static RuleDef) -> Fixing {
    let options = configured(fs, &Sources::new(), Path::new(ROOT));
    let rules = if rule.meta.topic == Topic::Ignores { rules::ALL } else { std::slice::from_ref(&rule) };
    Fixing {
        roots: vec![PathBuf::from(ROOT)],
        selection: Selection::only_configured(rules, &options.config),
        options,
        rule: Some(rule.meta.name),
        mode,
        tracked: tracked.clone(),
    }
}

/// Runs a rule alone. Those that judge comments need the rules that the comments speak of.
fn run(rule: &'static RuleDef, fs: &MemFs, facts: &StatedFacts, audit: bool) -> Run {
    let (mode, root) = (mode(rule, audit), Path::new(ROOT));
    if rule.meta.topic != Topic::Ignores {
        return Run::new(fs, facts, root, mode, &[rule]);
    }
    let mut run = Run::new(fs, facts, root, mode, rules::ALL);
    run.findings.retain(|f| f.rule == rule.meta.name);
    run
}

fn mode(rule: &RuleDef, audit: bool) -> Mode {
    if audit || rule.meta.default == Default::Audit { Mode::Audit } else { Mode::Check }
}

#[test]
fn every_page_is_true() {
    let mut failures = String::new();
    for rule in rules::ALL {
        let page = rule.meta.page;
        for heading in ["## What it does\n", "## Why it matters\n", "## Example\n", "\nUse instead:\n"] {
            if !page.contains(heading) {
                let _ = writeln!(failures, "rules/{}.md has no `{}`", rule.meta.name, heading.trim());
            }
        }
        let (bad, good) = examples(page);
        for (what, example) in [("the example", &bad), ("the example after `Use instead:`", &good)] {
            if example.files.is_empty() {
                let _ = writeln!(failures, "rules/{}.md: {what} has no file", rule.meta.name);
            } else if let Err(error) = run_example(rule, example) {
                let _ = writeln!(failures, "rules/{}.md: {what}: {error}", rule.meta.name);
            }
        }
        if !bad.files.iter().any(|(_, text)| text.contains("# finding")) && bad.findings == 0 {
            let _ = writeln!(failures, "rules/{}.md: nothing is marked `# finding`", rule.meta.name);
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

/// Everything below a directory of the disk, moved to [`ROOT`] of a file system in memory.
fn copy(from: &Path, to: &Path, mut fs: MemFs) -> MemFs {
    let mut entries: Vec<_> = std::fs::read_dir(from).unwrap().map(Result::unwrap).collect();
    entries.sort_by_key(std::fs::DirEntry::path);
    for entry in entries {
        let (path, kind) = (entry.path(), entry.file_type().unwrap());
        let target = to.join(entry.file_name());
        fs = if kind.is_symlink() {
            fs.link(target, std::fs::read_link(&path).unwrap())
        } else if kind.is_dir() {
            copy(&path, &target, fs.directory(&target))
        } else if to == Path::new(ROOT) && ["findings.snap", "tracked", "modes"].iter().any(|n| entry.file_name() == *n) {
            fs
        } else {
            fs.file(target, std::fs::read(&path).unwrap())
        };
    }
    fs
}

/// The files of a fixture, and what git tracks of them.
fn stated(fixture: &Path) -> (MemFs, BTreeSet<PathBuf>) {
    let list = |name: &str| std::fs::read_to_string(fixture.join(name)).unwrap_or_default();
    let mut fs = copy(fixture, Path::new(ROOT), MemFs::new());
    for line in list("modes").lines() {
        let (mode, path) = line.split_once(' ').unwrap();
        fs = fs.mode(Path::new(ROOT).join(path), u32::from_str_radix(mode, 8).unwrap());
    }
    (fs, list("tracked").lines().map(|l| Path::new(ROOT).join(l)).collect())
}

#[test]
fn every_fixture_is_true() {
    let mut failures = String::new();
    let root = repository().join("testdata/rules");
    let mut names: Vec<_> = std::fs::read_dir(&root).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    for name in names {
        let Some(rule) = rules::find(&name) else {
            let _ = writeln!(failures, "testdata/rules/{name}: there is no such rule");
            continue;
        };
        let mut fixtures: Vec<_> = std::fs::read_dir(root.join(&name)).unwrap().map(|e| e.unwrap().path()).collect();
        fixtures.sort();
        for fixture in fixtures {
            let label = format!("{name}/{}", fixture.file_name().unwrap().to_string_lossy());
            let (kind, what) = fixture.file_name().unwrap().to_str().unwrap().split_once('-').unwrap();
            let (fs, tracked) = stated(&fixture);
            let facts = StatedFacts { fs: &fs, tracked };
            let audit = what.starts_with("audit");
            let run = run(rule, &fs, &facts, audit);
            match kind {
                "ok" if !run.findings.is_empty() => {
                    let _ = writeln!(failures, "{label} should be silent, but:\n{}", run.text());
                }
                "bad" if run.findings.is_empty() => {
                    let _ = writeln!(failures, "{label} finds nothing");
                }
                "bad" => {
                    let fixing = fixing(&fs, mode(rule, audit), &facts.tracked, rule);
                    let text = match fixes(&fs, &fixing, rule, &run.findings) {
                        Ok(fixes) => run.text() + &fixes,
                        Err(error) => {
                            let _ = writeln!(failures, "{label}: {error}{}", run.text());
                            continue;
                        }
                    };
                    insta::with_settings!({snapshot_path => &fixture, prepend_module_to_snapshot => false, omit_expression => true}, {
                        insta::assert_snapshot!("findings", text);
                    });
                }
                "ok" => {}
                _ => {
                    let _ = writeln!(failures, "{label}: the name begins with neither `bad-` nor `ok-`");
                }
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn names_are_kebab_case_and_unique_and_every_rule_is_listed_in_order() {
    let names: Vec<_> = rules::ALL.iter().map(|r| r.meta.name).collect();
    let unique: BTreeSet<_> = names.iter().collect();
    assert_eq!(unique.len(), names.len(), "a name is used twice");
    for name in names {
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{name}");
    }
}

/// The fixtures of a rule, by name.
fn fixtures(rule: &RuleDef) -> Vec<PathBuf> {
    let mut found: Vec<_> = match std::fs::read_dir(repository().join("testdata/rules").join(rule.meta.name)) {
        Ok(entries) => entries.map(|e| e.unwrap().path()).collect(),
        Err(_) => Vec::new(),
    };
    found.sort();
    found
}

/// The names of the fixtures of a rule.
fn names(rule: &RuleDef) -> Vec<String> {
    fixtures(rule).iter().filter_map(|f| Some(f.file_name()?.to_str()?.to_owned())).collect()
}

#[test]
fn every_rule_has_a_fixture_that_it_finds_and_one_that_it_leaves_alone() {
    let mut missing = String::new();
    for rule in rules::ALL {
        let names = names(rule);
        for kind in ["bad-", "ok-"] {
            if !names.iter().any(|n| n.starts_with(kind)) {
                let _ = writeln!(missing, "testdata/rules/{} has no `{kind}…`", rule.meta.name);
            }
        }
    }
    assert!(missing.is_empty(), "{missing}");
}

/// A configuration without one option of a rule; `None` if it does not set that.
fn without(option: &str, rule: &RuleDef, text: &str) -> Option<String> {
    let tree = yaml::parse(FileId::NONE, text);
    let own = tree.get(tree.get(tree.documents.first()?.root, "rules")?, rule.meta.name)?;
    let Kind::Mapping { entries, .. } = &tree.node(own).kind else { return None };
    let entry = entries.iter().find(|e| tree.text(e.key) == Some(option))?;
    let edits = edit::remove_entry(&Source::new(CONFIG_FILE.into(), text.into()), &tree, own, entry.key).unwrap();
    Some(apply(text, &edits).unwrap())
}

#[test]
fn every_option_of_a_rule_is_set_in_a_fixture_and_changes_what_is_found() {
    let mut missing = String::new();
    for rule in rules::ALL {
        for option in rule.meta.options {
            let matters = fixtures(rule).iter().any(|fixture| {
                let Ok(text) = std::fs::read_to_string(fixture.join(CONFIG_FILE)) else { return false };
                let Some(without) = without(option.name, rule, &text) else { return false };
                let (fs, tracked) = stated(fixture);
                let audit = fixture.to_str().unwrap().contains("-audit");
                let found = |fs: &MemFs| run(rule, fs, &StatedFacts { fs, tracked: tracked.clone() }, audit).text();
                found(&fs) != found(&fs.clone().file(Path::new(ROOT).join(CONFIG_FILE), without))
            });
            if !matters {
                let _ = writeln!(missing, "testdata/rules/{}: no fixture where `{}` decides what is found", rule.meta.name, option.name);
            }
        }
    }
    assert!(missing.is_empty(), "{missing}");
}

#[test]
fn a_fixture_shows_the_best_fix_that_a_rule_says_it_has() {
    let mut failures = String::new();
    for rule in rules::ALL {
        let Some(best) = rule.meta.fix else { continue };
        let line = format!("  fix ({}): ", best.name());
        let shown = fixtures(rule).iter().any(|f| std::fs::read_to_string(f.join("findings.snap")).is_ok_and(|s| s.contains(&line)));
        if !shown {
            let _ = writeln!(failures, "{}: no `bad-` fixture shows a fix that is {}", rule.meta.name, best.name());
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn what_another_tool_finds_has_a_fixture_named_after_it() {
    let mut missing = BTreeSet::new();
    for rule in rules::ALL {
        for peer in rule.meta.peers {
            let tool = match peer {
                Peer::Dclint(_) => "dclint",
                Peer::Kics(_) => "kics",
                Peer::Semgrep(_) => "semgrep",
                Peer::ComposeLint(_) | Peer::Cis(_) => continue,
            };
            let shown = names(rule).iter().filter_map(|name| name.strip_prefix("bad-")).any(|name| {
                let name = name.trim_start_matches("audit-");
                name == tool || name.starts_with(&format!("{tool}-"))
            });
            if !shown {
                missing.insert(format!("{}: bad-{tool}-…", rule.meta.name));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}
