//! Runs rules over projects and puts what they find in one order. Knows no rule by name and no format.

pub mod baseline;
pub mod config;
pub mod fingerprint;
mod ignore;
mod parts;
mod selection;
pub mod since;
mod workspace;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use indexmap::map::Entry;
use rayon::prelude::*;

use crate::compose::Loader;
use crate::finding::{Applicability, Finding, Label, Place, Severity};
use crate::host::Facts;
use crate::model::Project;
use crate::ordered::IndexMap;
use crate::rules::{Cx, Fleet, Mode, RuleDef, SourceTree};
use crate::source::{Edit, FileId, Sources};
use crate::yaml::edit::touches_shared;

use ignore::Ignores;
use selection::Pass;

pub use config::{CONFIG_FILE, Config, ConfigError, Level, Mistake, common_directory};
pub use selection::{Flags, Selection, UnknownRule, fails, unknown};
pub use workspace::{LoadOptions, Workspace};

/// What there is to judge.
pub struct Input<'a> {
    /// The projects.
    pub projects: &'a [Project],
    /// What the rules that look across projects see.
    pub fleet: Fleet<'a>,
    /// The texts and trees.
    pub loader: &'a Loader<'a>,
    /// The disk and git.
    pub facts: &'a dyn Facts,
    /// What the run is for.
    pub mode: Mode,
    /// False for `--no-ignores`: comments silence nothing.
    pub ignores: bool,
}

/// What a run found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// The findings, in the one order that every format starts from: path, position, rule, message.
    pub findings: Vec<Finding>,
    /// How many findings comments silenced.
    pub ignored: usize,
}

/// The name under which a fault of ours is reported: it has no page, and cannot be ignored.
pub const INTERNAL_ERROR: &str = "internal-error";

/// Runs the selected rules, and takes out what comments silence.
///
/// A rule that panics loses its own findings for that project and leaves one [`INTERNAL_ERROR`] instead; everything else goes on.
pub fn run(input: &Input, selection: &Selection) -> Verdict {
    let paths: Vec<&Path> = input.projects.iter().flat_map(|p| &p.files).map(|f| f.path.as_path()).collect();
    let passes = selection.passes(&paths);
    let judge = Judge { input, selection };
    let projects = input.projects.par_iter().flat_map_iter(|project| {
        passes.iter().flat_map(move |pass| {
            let rule = pass.rule.rule;
            let of_services = |service| judge.guarded(pass, Some(project), |cx| rule.service(service, project, cx));
            let services = project.services.values().map(|service| (service.name.as_str(), of_services(service)));
            let mut findings = shared_lines(services);
            findings.extend(judge.guarded(pass, Some(project), |cx| rule.project(project, cx)));
            findings
        })
    });
    let files = compose_files(input.projects, input.loader.sources);
    let files = files.par_iter().flat_map_iter(|(_, file)| {
        let source = input.loader.sources.get(*file);
        let tree = input.loader.tree(*file);
        passes.iter().flat_map(move |pass| match &tree {
            Some(tree) => judge.guarded(pass, None, |cx| pass.rule.rule.file(&SourceTree { source: &source, tree }, cx)),
            None => Vec::new(),
        })
    });
    let fleet = passes.par_iter().flat_map_iter(|pass| {
        let hosts = input.fleet.hosts.iter().flat_map(|host| judge.guarded(pass, None, |cx| pass.rule.rule.host(host, cx)));
        let mut findings: Vec<Finding> = hosts.collect();
        findings.extend(judge.guarded(pass, None, |cx| pass.rule.rule.fleet(&input.fleet, cx)));
        findings
    });
    let mut findings: Vec<Finding> = projects.chain(files).chain(fleet).collect();
    sort(&mut findings, input.loader.sources);
    let ignored = ignored(&judge, &passes, &mut findings);
    by_hand(&mut findings, input.loader);
    Verdict { findings, ignored }
}

/// Takes out what comments silence, adds what is to be said of these comments, and says how many findings were taken out.
fn ignored(judge: &Judge, passes: &[Pass], findings: &mut Vec<Finding>) -> usize {
    let Judge { input, selection } = *judge;
    let mut comments = Ignores::read(input, findings);
    if comments.is_empty() {
        return 0;
    }
    let mut silenced = if input.ignores { comments.silence(input, findings) } else { 0 };
    let of_rules = |check: &dyn Fn(&RuleDef, &mut Cx)| -> Vec<Finding> {
        passes.iter().flat_map(|pass| judge.guarded(pass, None, |cx| check(pass.rule, cx))).collect()
    };
    let mut said = of_rules(&|rule, cx| comments.by_file().for_each(|file| rule.rule.comments(file, cx)));
    if input.ignores {
        silenced += comments.silence(input, &mut said);
        let unused = comments.unused(input, selection);
        let mut idle = of_rules(&|rule, cx| unused.iter().for_each(|unused| rule.rule.unused(unused, cx)));
        silenced += comments.silence(input, &mut idle);
        said.append(&mut idle);
    }
    findings.append(&mut said);
    sort(findings, input.loader.sources);
    silenced
}

/// An edit of what several places read through an alias changes them all, which nobody asked for: such a fix is only shown. A safe one
/// is proved for all of them.
fn by_hand(findings: &mut [Finding], loader: &Loader) {
    for fix in findings.iter_mut().filter_map(|f| f.fix.as_mut()).filter(|fix| fix.applicability == Applicability::Unsafe) {
        let shared = |edit: &Edit| {
            let tree = loader.tree(edit.span.file);
            tree.is_some_and(|tree| touches_shared(&loader.sources.get(edit.span.file), &tree, edit))
        };
        if fix.edits.iter().any(shared) {
            fix.applicability = Applicability::Manual;
        }
    }
}

/// The findings of one rule for each service, those at one place joined: a line that several services share (through an alias, a merge key, a
/// common base) is to be mended once, so it is said once, with the names of the others.
fn shared_lines<'a>(services: impl Iterator<Item = (&'a str, Vec<Finding>)>) -> Vec<Finding> {
    let mut joined: IndexMap<Place, (Finding, Vec<&str>)> = IndexMap::default();
    let mut rest = Vec::new();
    for (service, findings) in services {
        for finding in findings {
            match joined.entry(finding.primary.place.clone()) {
                // Two findings of one service at one place are two mistakes.
                Entry::Occupied(entry) if entry.get().1.last() == Some(&service) => rest.push(finding),
                Entry::Occupied(mut entry) => entry.get_mut().1.push(service),
                Entry::Vacant(entry) => {
                    entry.insert((finding, vec![service]));
                }
            }
        }
    }
    for (_, (mut finding, mut services)) in joined {
        services.dedup();
        match services.as_slice() {
            [_, other] => finding.message = format!("{}; the same line serves `{other}`", finding.message),
            [_, _, ..] => finding.message = format!("{}; the same line serves {} more services", finding.message, services.len() - 1),
            _ => {}
        }
        rest.push(finding);
    }
    rest
}

/// What every run of a rule needs.
#[derive(Clone, Copy)]
struct Judge<'a> {
    input: &'a Input<'a>,
    selection: &'a Selection,
}

impl Judge<'_> {
    /// Runs one rule for one project (or none) and catches what it drops. What is found where the rule does not hold is left out, and the
    /// severity that the user gave to it takes the place of its own.
    fn guarded(&self, pass: &Pass, project: Option<&Project>, check: impl FnOnce(&mut Cx)) -> Vec<Finding> {
        let (input, meta) = (self.input, &pass.rule.meta);
        let directory = project.map(|p| p.directory.as_path());
        let mut cx = Cx::new(meta, input.mode, input.loader, input.facts, &pass.settings, directory);
        let findings = catch_unwind(AssertUnwindSafe(|| {
            check(&mut cx);
            cx.into_findings()
        }));
        let Ok(findings) = findings else {
            return vec![internal_error(&format!("the rule `{}` stopped working here", meta.name), directory.map(Path::to_path_buf))];
        };
        let kept = findings.into_iter().filter_map(|mut finding| {
            let source;
            let path = match &finding.primary.place {
                Place::Span(span) => {
                    source = input.loader.sources.get(span.file);
                    source.path.as_path()
                }
                Place::Path(path) => path.as_path(),
            };
            match self.selection.level(meta.name, path) {
                Level::Off => return None,
                Level::On => {}
                Level::As(severity) => finding.severity = severity,
            }
            self.selection.belongs(pass, path).then_some(finding)
        });
        kept.collect()
    }
}

/// A fault of ours, as a finding, so that the rest of the report is not lost.
pub fn internal_error(what: &str, directory: Option<PathBuf>) -> Finding {
    Finding {
        rule: INTERNAL_ERROR,
        severity: Severity::Error,
        message: format!("{what}; everything else was still checked"),
        primary: Label { place: Place::Path(directory.clone().unwrap_or_else(|| PathBuf::from("."))), text: String::new() },
        related: Vec::new(),
        why: Some("this is a mistake in composelint, not in your files".into()),
        help: Some("please report it, with the file if you can share it".into()),
        fix: None,
        project: directory,
    }
}

/// The Compose files of all projects, each once, sorted by path.
fn compose_files(projects: &[Project], sources: &Sources) -> BTreeSet<(PathBuf, FileId)> {
    let files = projects.iter().flat_map(|p| &p.files);
    files.filter(|f| f.role.is_compose()).map(|f| (sources.get(f.id).path.clone(), f.id)).collect()
}

/// The one order. What two projects share (an included file, a base of two variants) is judged in each and said once.
fn sort(findings: &mut Vec<Finding>, sources: &Sources) {
    findings.sort_by_cached_key(|f| {
        let (path, start, end) = match &f.primary.place {
            Place::Span(span) => (sources.get(span.file).path.clone(), span.start, span.end),
            Place::Path(path) => (path.clone(), 0, 0),
        };
        (path, start, end, f.rule, f.message.clone(), f.project.clone(), f.related.len())
    });
    findings.dedup_by(|b, a| a.rule == b.rule && a.primary.place == b.primary.place && a.message == b.message);
}
