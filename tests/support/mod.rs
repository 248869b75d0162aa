//! The pipeline as the tests run it.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic)] // each test file uses a part

pub mod beside;
pub mod fixes;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use composelint::compose::Loader;
use composelint::finding::{Finding, Place};
use composelint::fs::Fs;
use composelint::host::{Facts, GitState, HostFacts};
use composelint::lint::{Config, INTERNAL_ERROR, LoadOptions, Selection, Workspace};
use composelint::report::inventory::{self, Inventory};
use composelint::report::{self, Redactor, Report};
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

/// How projects are loaded: as the configuration in `root` says. Its places are places in these sources.
pub fn configured(fs: &dyn Fs, sources: &Sources, root: &Path) -> LoadOptions {
    let config = Config::discover(&Loader::new(fs, sources), root).unwrap_or_else(|error| panic!("{error}"));
    LoadOptions { config: Arc::new(config), ..LoadOptions::default() }
}

/// One run over a tree.
pub struct Run {
    pub sources: Sources,
    pub findings: Vec<Finding>,
    root: PathBuf,
}

impl Run {
    /// Judges everything below `root` by these rules, as the configuration in `root` sets them.
    pub fn new(fs: &dyn Fs, facts: &dyn Facts, root: &Path, mode: Mode, rules: &[&'static RuleDef]) -> Self {
        let sources = Sources::new();
        let options = configured(fs, &sources, root);
        let workspace = Workspace::load(fs, &sources, &[root.to_path_buf()], &options);
        let beside = beside::Beside { facts, beside: beside::read(mode, fs, &workspace, root) };
        let findings = workspace.lint(&beside, mode, &Selection::only_configured(rules, &options.config));
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
            if let Some(fix) = &f.fix {
                let _ = writeln!(out, "  fix ({}): {}", fix.applicability.name(), fix.title);
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

/// What both commands make of a tree, with every rule, in every format.
pub struct Everything {
    pub findings: Vec<Finding>,
    /// `rule path: message` of each finding of `check`, with the default rules.
    pub said: Vec<String>,
    /// The names of the projects' directories that were loaded.
    pub projects: Vec<PathBuf>,
    /// What each format shows.
    pub shown: Vec<(String, String)>,
    /// Faults of ours and findings out of place.
    pub wrong: Vec<String>,
}

/// Runs the whole pipeline, on threads with the stack that the command line gives them.
pub fn everything(fs: &dyn Fs, root: &Path) -> Everything {
    static POOL: LazyLock<rayon::ThreadPool> =
        LazyLock::new(|| rayon::ThreadPoolBuilder::new().num_threads(2).stack_size(16 << 20).build().unwrap());
    POOL.install(|| judge_everything(fs, root))
}

fn judge_everything(fs: &dyn Fs, root: &Path) -> Everything {
    let sources = Sources::new();
    let workspace = Workspace::load(fs, &sources, &[root.to_path_buf()], &LoadOptions::default());
    let facts = HostFacts::new(fs).with(beside::read(Mode::Audit, fs, &workspace, root));
    let (found, projects) = (&workspace.discovery, &workspace.projects);
    let redactor = Redactor::with_trees(&sources, projects, &|file| workspace.loader.tree(file));
    let skipped: Vec<(PathBuf, String)> = found.skipped.iter().map(|s| (s.path.clone(), s.reason.to_string())).collect();
    let inventory = Inventory::new(&inventory::Input {
        entries: &found.entries,
        projects,
        host_of: &|path| workspace.host_of(path),
        skipped: &found.skipped,
        facts: &facts,
        sources: &sources,
        redactor: &redactor,
        directory: root,
    });
    let mut all = Vec::new();
    let mut shown = vec![("inventory".to_owned(), inventory.human(false))];
    for mode in [Mode::Check, Mode::Audit] {
        let findings = workspace.lint(&facts, mode, &Selection::new(mode, &["all".into()], &[]).unwrap());
        let report = Report::new(&report::Run {
            skipped: &skipped,
            projects: projects.len(),
            ..report::Run::new(&sources, &redactor, root, &findings)
        });
        let extras = report::format::Extras { inventory: (mode == Mode::Audit).then_some(&inventory), ..Default::default() };
        shown.extend(report::Format::ALL.iter().map(|f| (format!("{mode:?} {}", f.name()), f.render(&report, &extras))));
        all.extend(findings);
    }
    let wrong = all
        .iter()
        .filter_map(|f| match f.rule {
            INTERNAL_ERROR => Some(format!("{} {:?}", f.message, f.project)),
            _ => misplaced(f, fs, &sources),
        })
        .collect();
    let said = workspace
        .lint(&facts, Mode::Check, &Selection::new(Mode::Check, &[], &[]).unwrap())
        .iter()
        .map(|f| {
            let path = match &f.primary.place {
                Place::Span(span) => sources.get(span.file).path.clone(),
                Place::Path(path) => path.clone(),
            };
            format!("{} {}: {}", f.rule, path.strip_prefix(root).unwrap_or(&path).display(), f.message)
        })
        .collect();
    Everything { findings: all, said, projects: projects.iter().map(|p| p.directory.clone()).collect(), shown, wrong }
}
