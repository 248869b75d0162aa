//! What the tests ask of fixes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use composelint::finding::{Applicability, Finding};
use composelint::fix::{Fixed, Judge, fix};
use composelint::fs::{Fs, MemFs};
use composelint::lint::{LoadOptions, Selection, Workspace};
use composelint::report::patch;
use composelint::rules::{Mode, RuleDef};
use composelint::source::Sources;

use super::{StatedFacts, configured};

/// Judges a tree as [`super::Run`] does, as often as fixing asks for it.
pub struct Fixing {
    pub roots: Vec<PathBuf>,
    pub options: LoadOptions,
    pub selection: Selection,
    /// The rule whose fixes are made; `None`: all.
    pub rule: Option<&'static str>,
    pub mode: Mode,
    pub tracked: BTreeSet<PathBuf>,
}

impl Judge for Fixing {
    fn load<'a>(&self, disk: &'a dyn Fs, sources: &'a Sources) -> Workspace<'a> {
        let config = match self.roots.first() {
            Some(root) if self.options.config.file.is_some() => configured(disk, sources, root).config,
            _ => Arc::clone(&self.options.config),
        };
        Workspace::load(disk, sources, &self.roots, &LoadOptions { config, ..self.options.clone() })
    }

    fn findings(&self, workspace: &Workspace, disk: &dyn Fs) -> Vec<Finding> {
        let facts = StatedFacts { fs: disk, tracked: self.tracked.clone() };
        let mut findings = workspace.lint(&facts, self.mode, &self.selection);
        findings.retain(|f| self.rule.is_none_or(|rule| f.rule == rule));
        findings
    }

    fn options(&self) -> &LoadOptions {
        &self.options
    }

    fn roots(&self) -> &[PathBuf] {
        &self.roots
    }
}

/// What the fixes of one rule do to a tree, as text; what is wrong with them, as an error. `run` is what was found.
pub fn fixes(fs: &MemFs, judge: &Fixing, rule: &RuleDef, found: &[Finding]) -> Result<String, String> {
    let mut out = String::new();
    let mut wrong = String::new();
    for fix in found.iter().filter_map(|f| f.fix.as_ref()) {
        match rule.meta.fix {
            None => wrong.push_str("it gives a fix, but `Meta::fix` says that it has none\n"),
            Some(best) if fix.applicability < best => {
                let _ = writeln!(wrong, "it gives a fix that is {:?}, but `Meta::fix` says {best:?} at best", fix.applicability);
            }
            Some(_) => {}
        }
        if fix.edits.is_empty() {
            let _ = writeln!(wrong, "the fix `{}` has no edits", fix.title);
        }
    }
    let mut last = BTreeMap::new();
    for (with_unsafe, name) in [(false, "safe"), (true, "unsafe")] {
        let fixed = fix(fs, judge, with_unsafe);
        wrong.push_str(&check(fs, judge, found, &fixed, with_unsafe));
        let texts: BTreeMap<&Path, &str> = fixed.files.iter().map(|f| (f.path.as_path(), f.after.as_str())).collect();
        if !texts.is_empty() && last != owned(&texts) {
            let _ = writeln!(out, "\nfixed ({name}):");
            for file in &fixed.files {
                let path = file.path.strip_prefix(judge.roots.first().unwrap()).unwrap_or(&file.path).display().to_string();
                let same = |_: usize, line: &str| line.replace('\r', "␍");
                out.push_str(&patch::unified(&path, &file.before, &file.after, &same, &same));
            }
        }
        last = owned(&texts);
    }
    if wrong.is_empty() { Ok(out) } else { Err(wrong) }
}

fn owned(texts: &BTreeMap<&Path, &str>) -> BTreeMap<PathBuf, String> {
    texts.iter().map(|(path, text)| (path.to_path_buf(), (*text).to_owned())).collect()
}

/// What is wrong with what came of fixing.
fn check(fs: &MemFs, judge: &Fixing, found: &[Finding], fixed: &Fixed, with_unsafe: bool) -> String {
    let mut wrong = String::new();
    for fault in &fixed.faults {
        let _ = writeln!(wrong, "the fix `{}` was not made, because {}", fault.title, fault.why);
    }
    for rule in &fixed.unsettled {
        let _ = writeln!(wrong, "the fixes of {rule} come to no end");
    }
    let disk = fixed.files.iter().fold(fs.clone(), |disk, file| disk.file(&file.real, file.after.as_str()));
    let sources = Sources::new();
    let workspace = judge.load(&disk, &sources);
    let after = judge.findings(&workspace, &disk);
    // What is left of a finding that was mended in part says something else.
    let said = |findings: &[Finding]| findings.iter().map(|f| f.message.clone()).collect::<Vec<_>>();
    let mended = fixed.findings();
    if mended > 0 && (after.len() > found.len() || said(&after) == said(found)) {
        let _ = writeln!(wrong, "{mended} of {} findings are fixed, but {} are left", found.len(), after.len());
    }
    let wanted = |a: Applicability| a == Applicability::Safe || with_unsafe && a == Applicability::Unsafe;
    for finding in after.iter().filter(|f| f.fix.as_ref().is_some_and(|fix| wanted(fix.applicability))) {
        let _ = writeln!(wrong, "left although it has a fix: {}", finding.message);
    }
    let again = fix(&disk, judge, with_unsafe);
    if !again.files.is_empty() {
        wrong.push_str("a second run changes something\n");
    }
    wrong
}
