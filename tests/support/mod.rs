//! The pipeline as the tests run it.
#![allow(dead_code, unreachable_pub)] // each test file uses a part

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use composelint::finding::{Finding, Place};
use composelint::fs::Fs;
use composelint::host::{Facts, GitState};
use composelint::lint::{LoadOptions, Selection, Workspace};
use composelint::rules::{Mode, RuleDef};
use composelint::source::Sources;

/// Facts that a test states.
pub struct StatedFacts<'a> {
    /// The disk.
    pub fs: &'a dyn Fs,
    /// What git tracks; if it is empty, there is no repository.
    pub tracked: BTreeSet<PathBuf>,
}

impl Facts for StatedFacts<'_> {
    fn git(&self, path: &Path) -> GitState {
        match () {
            () if self.tracked.is_empty() => GitState::NoRepository,
            () if self.tracked.iter().any(|t| t.starts_with(path)) => GitState::Tracked,
            () => GitState::Untracked,
        }
    }

    fn fs(&self) -> &dyn Fs {
        self.fs
    }
}

/// One run over a tree.
pub struct Run {
    pub sources: Sources,
    pub findings: Vec<Finding>,
    root: PathBuf,
}

impl Run {
    /// Judges everything below `root` by these rules.
    pub fn new(fs: &dyn Fs, facts: &dyn Facts, root: &Path, mode: Mode, rules: &[&'static RuleDef]) -> Self {
        let sources = Sources::new();
        let workspace = Workspace::load(fs, &sources, &[root.to_path_buf()], &LoadOptions::default());
        let findings = workspace.lint(facts, mode, &Selection::only(rules));
        drop(workspace);
        Self { sources, findings, root: root.to_path_buf() }
    }

    /// Path and line of every finding.
    pub fn places(&self) -> Vec<(PathBuf, Option<u32>)> {
        self.findings
            .iter()
            .map(|f| match &f.primary.place {
                Place::Span(span) => {
                    let source = self.sources.get(span.file);
                    (source.path.clone(), Some(source.position(span.start).line))
                }
                Place::Path(path) => (path.clone(), None),
            })
            .collect()
    }

    fn place(&self, place: &Place) -> String {
        let (path, position, text) = match place {
            Place::Span(span) => {
                let source = self.sources.get(span.file);
                let at = source.position(span.start);
                let text = source.slice(*span).lines().next().unwrap_or("").to_owned();
                (source.path.clone(), format!(":{}:{}", at.line, at.column), format!(" «{text}»"))
            }
            Place::Path(path) => (path.clone(), String::new(), String::new()),
        };
        format!("{}{position}{text}", path.strip_prefix(&self.root).unwrap_or(&path).display())
    }

    /// Everything a person is told, as plain text. Fixtures hold no real secrets, so the marked text is shown.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for f in &self.findings {
            let _ = writeln!(out, "{}[{}]: {}", f.severity, f.rule, f.message);
            let _ = writeln!(out, "  at {} {}", self.place(&f.primary.place), f.primary.text);
            for label in &f.related {
                let _ = writeln!(out, "  also {} {}", self.place(&label.place), label.text);
            }
            for (what, text) in [("why", &f.why), ("help", &f.help)] {
                if let Some(text) = text {
                    let _ = writeln!(out, "  {what}: {text}");
                }
            }
        }
        out.replace(&format!("{}/", self.root.display()), "")
    }
}

/// One finding with all that it says, on one line.
pub fn line(finding: &Finding, sources: &Sources) -> String {
    let place = |place: &Place| match place {
        Place::Span(span) => {
            let source = sources.get(span.file);
            format!("{}:{}-{}", source.path.display(), span.start, span.end)
        }
        Place::Path(path) => path.display().to_string(),
    };
    let related: Vec<String> = finding.related.iter().map(|l| format!("{} {}", place(&l.place), l.text)).collect();
    let Finding { rule, severity, message, primary, why, help, project, .. } = finding;
    format!("{} {severity} {rule} {message} {} {why:?} {help:?} {project:?} {related:?}", place(&primary.place), primary.text)
}

/// What is wrong with the places of a finding: a range outside its text or within a character, a path where nothing is.
pub fn misplaced(finding: &Finding, fs: &dyn Fs, sources: &Sources) -> Option<String> {
    let wrong = |place: &Place| match place {
        Place::Span(span) => {
            let source = sources.get(span.file);
            source.path.as_os_str().is_empty() || span.start > span.end || source.text.get(span.start as usize..span.end as usize).is_none()
        }
        Place::Path(path) => {
            let there = |p: &Path| fs.symlink_metadata(p).is_ok();
            !there(path) && !path.parent().is_some_and(there)
        }
    };
    std::iter::once(&finding.primary)
        .chain(&finding.related)
        .find(|l| wrong(&l.place))
        .map(|l| format!("{:?} {} in {}", l.place, l.text, line(finding, sources)))
}
