//! Runs rules over projects and puts what they find in one order. Knows no rule by name and no format.

mod config;
pub mod fingerprint;
mod ignore;
mod parts;
mod selection;
mod workspace;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use indexmap::IndexMap;
use indexmap::map::Entry;
use rayon::prelude::*;

use crate::compose::{Loader, Role};
use crate::finding::{Applicability, Finding, Label, Place, Severity};
use crate::host::Facts;
use crate::model::Project;
use crate::rules::{Cx, Host, Mode, RuleDef, Settings, SourceTree};
use crate::source::{Edit, FileId, Sources};
use crate::yaml::edit::touches_shared;

use ignore::Ignores;

pub use config::{CONFIG_FILE, Config, ConfigError};
pub use selection::{Selection, UnknownRule, fails};
pub use workspace::{LoadOptions, Workspace};

/// What there is to judge.
pub struct Input<'a> {
    /// What the rules that look across projects see.
    pub host: Host<'a>,
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
    let (rules, settings) = (selection.rules(), selection.settings());
    let projects = input.host.projects.par_iter().flat_map_iter(|project| {
        rules.iter().flat_map(move |rule| {
            let of_services = |service| guarded(input, settings, rule, Some(project), |cx| rule.rule.service(service, project, cx));
            let services = project.services.values().map(|service| (service.name.as_str(), of_services(service)));
            let mut findings = shared_lines(services);
            findings.extend(guarded(input, settings, rule, Some(project), |cx| rule.rule.project(project, cx)));
            findings
        })
    });
    let files = compose_files(input.host.projects, input.loader.sources);
    let files = files.par_iter().flat_map_iter(|(_, file)| {
        let source = input.loader.sources.get(*file);
        let tree = input.loader.tree(*file);
        rules.iter().flat_map(move |rule| match &tree {
            Some(tree) => guarded(input, settings, rule, None, |cx| rule.rule.file(&SourceTree { source: &source, tree }, cx)),
            None => Vec::new(),
        })
    });
    let host = rules.par_iter().flat_map_iter(|rule| guarded(input, settings, rule, None, |cx| rule.rule.host(&input.host, cx)));
    let mut findings: Vec<Finding> = projects.chain(files).chain(host).collect();
    sort(&mut findings, input.loader.sources);
    let ignored = ignored(input, selection, &mut findings);
    by_hand(&mut findings, input.loader);
    Verdict { findings, ignored }
}

/// Takes out what comments silence, adds what is to be said of these comments, and says how many findings were taken out.
fn ignored(input: &Input, selection: &Selection, findings: &mut Vec<Finding>) -> usize {
    let mut comments = Ignores::read(input, findings);
    if comments.is_empty() {
        return 0;
    }
    let (rules, settings) = (selection.rules(), selection.settings());
    let mut silenced = if input.ignores { comments.silence(input, findings) } else { 0 };
    let of_rules = |check: &dyn Fn(&RuleDef, &mut Cx)| -> Vec<Finding> {
        rules.iter().flat_map(|rule| guarded(input, settings, rule, None, |cx| check(rule, cx))).collect()
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
    let mut joined: IndexMap<Place, (Finding, Vec<&str>)> = IndexMap::new();
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

/// Runs one rule for one project (or none) and catches what it drops.
fn guarded(
    input: &Input,
    settings: &Settings,
    rule: &'static RuleDef,
    project: Option<&Project>,
    check: impl FnOnce(&mut Cx),
) -> Vec<Finding> {
    let directory = project.map(|p| p.directory.clone());
    let mut cx = Cx::new(&rule.meta, input.mode, input.loader, input.facts, settings, directory.clone());
    match catch_unwind(AssertUnwindSafe(|| {
        check(&mut cx);
        cx.into_findings()
    })) {
        Ok(findings) => findings,
        Err(_) => vec![internal_error(&format!("the rule `{}` stopped working here", rule.meta.name), directory)],
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
    files
        .filter(|f| matches!(f.role, Role::Main | Role::Override | Role::Include(_) | Role::Extends(_)))
        .map(|f| (sources.get(f.id).path.clone(), f.id))
        .collect()
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
