//! `check` and `audit` over real repositories, where the collection beside this checkout is present: nothing panics, every finding
//! points at something that is there, and the answer is the same in every run and on any number of threads. What resolution makes of the
//! same projects is compared in `resolve.rs`.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods)] // a test stands on the real disk

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use composelint::finding::Finding;
use composelint::fs::OsFs;
use composelint::host::HostFacts;
use composelint::lint::{INTERNAL_ERROR, LoadOptions, Selection, Workspace};
use composelint::rules::{self, Mode};
use composelint::source::Sources;
use rayon::prelude::*;
use support::misplaced;

/// What one repository gave in both modes.
struct Judged {
    name: String,
    projects: usize,
    findings: Vec<Finding>,
    texts: Vec<String>,
    wrong: Vec<String>,
    took: Duration,
}

fn judge(root: &Path) -> Judged {
    let started = Instant::now();
    let fs = OsFs;
    let sources = Sources::new();
    let facts = HostFacts::new(&fs);
    let workspace = Workspace::load(&fs, &sources, &[root.to_path_buf()], &LoadOptions::default());
    let mut findings = Vec::new();
    for mode in [Mode::Check, Mode::Audit] {
        findings.extend(workspace.lint(&facts, mode, &Selection::new(mode, &["all".into()], &[]).unwrap()));
    }
    let took = started.elapsed();
    let wrong = findings
        .iter()
        .filter_map(|f| match f.rule {
            INTERNAL_ERROR => Some(format!("{} {:?}", f.message, f.project)),
            _ => misplaced(f, &fs, &sources),
        })
        .collect();
    let texts = findings.iter().map(|f| support::line(f, &sources)).collect();
    let name = root.file_name().unwrap().to_string_lossy().into_owned();
    Judged { name, projects: workspace.projects.len(), findings, texts, wrong, took }
}

fn repositories() -> Vec<PathBuf> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let Ok(entries) = std::fs::read_dir(corpus) else {
        println!("skipped: there is no collection of real projects beside this checkout");
        return Vec::new();
    };
    let mut out: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).filter(|p| p.is_dir() && !p.ends_with("expected")).collect();
    out.sort();
    out.iter().map(|p| p.canonicalize().unwrap()).collect()
}

/// Judges on threads with the stack that the command line gives them.
fn on(threads: usize, roots: &[PathBuf]) -> Vec<Judged> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(16 << 20).build().unwrap();
    pool.install(|| roots.par_iter().map(|r| judge(r)).collect())
}

#[test]
fn real_projects_are_judged_in_full() {
    let roots = repositories();
    let mut judged = on(std::thread::available_parallelism().map_or(2, usize::from), &roots);

    let wrong: Vec<&String> = judged.iter().flat_map(|j| &j.wrong).collect();
    assert!(wrong.is_empty(), "{} findings are out of place:\n{wrong:#?}", wrong.len());

    let mut per_rule: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for finding in judged.iter().flat_map(|j| &j.findings) {
        let topic = rules::find(finding.rule).map_or("", |r| r.meta.topic.name());
        *per_rule.entry((topic, finding.rule)).or_default() += 1;
    }
    for ((topic, rule), n) in &per_rule {
        println!("{n:7}  {topic:12} {rule}");
    }
    judged.sort_by_key(|j| std::cmp::Reverse(j.took));
    for j in judged.iter().take(5) {
        println!("{:8.1?}  {} ({} projects, {} findings)", j.took, j.name, j.projects, j.findings.len());
    }
}

#[test]
fn the_answer_does_not_depend_on_threads_or_luck() {
    // Every fourth repository: each is judged three times.
    let roots: Vec<PathBuf> = repositories().into_iter().step_by(4).collect();
    let first = on(1, &roots);
    for threads in [1, 2] {
        for (a, b) in first.iter().zip(on(threads, &roots)) {
            assert_eq!(a.texts, b.texts, "{} on {threads} threads", a.name);
        }
    }
}
