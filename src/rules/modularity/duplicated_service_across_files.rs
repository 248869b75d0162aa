//! The same services, written in two files that are started separately.

use std::collections::BTreeMap;
use std::path::Path;

use super::syntax::{paths, section};
use crate::compose::Role;
use crate::rules::prelude::*;
use crate::source::{FileId, Span};

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "duplicated-service-across-files",
        topic: Topic::Modularity,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "two files of a directory write the same services once more",
        page: page!("duplicated-service-across-files"),
    },
    rule: &DuplicatedService,
};

struct DuplicatedService;

/// A smaller service has nothing worth sharing.
const LEAST_LEAVES: usize = 6;
/// Aliases multiply; no real service has as many.
const MOST_LEAVES: usize = 2_000;
/// Files of a directory that each file is compared with.
const MOST_FILES: usize = 100;
/// How many services a finding shows.
const SHOWN: usize = 5;

/// A service as it is written in one file.
struct Written {
    key: Span,
    leaves: std::collections::BTreeSet<String>,
}

impl Rule for DuplicatedService {
    fn host(&self, host: &Host, cx: &mut Cx) {
        let mut directories: BTreeMap<&Path, Vec<&Project>> = BTreeMap::new();
        for project in host.projects {
            if let Some(directory) = main(project).and_then(|(_, path)| path.parent()) {
                directories.entry(directory).or_default().push(project);
            }
        }
        for projects in directories.values_mut().filter(|p| p.len() > 1) {
            projects.sort_by_key(|p| main(p).map(|(_, path)| path));
            let written: Vec<_> = projects.iter().map(|p| services(p, cx)).collect();
            for (later, (project, services)) in projects.iter().zip(&written).enumerate() {
                let earlier = projects.iter().zip(&written).take(later.min(MOST_FILES)).filter(|(p, _)| is_separate(p, project));
                let same = earlier.map(|(p, other)| (p, shared(services, other)));
                // One finding a file: against the one it has most in common with.
                let Some((other, same)) = same.rev().max_by_key(|(_, s)| s.len()) else { continue };
                if let Some((_, path)) = main(other) {
                    report(path, &same, cx);
                }
            }
        }
    }
}

fn report(other: &Path, same: &[(&str, Span, Span)], cx: &mut Cx) {
    let Some(((first, here, there), rest)) = same.split_first() else { return };
    let file = other.file_name().and_then(|n| n.to_str()).unwrap_or_default();
    let message = match rest {
        [] => format!("`{first}` is written here and, mostly the same, in `{file}`"),
        [(second, ..)] => format!("`{first}` and `{second}` are written here and, mostly the same, in `{file}`"),
        more => format!("`{first}` and {} other services are written here and, mostly the same, in `{file}`", more.len()),
    };
    let mut report = cx.report(&Origin::at(*here), message).related(*there, format!("`{first}` in `{file}`"));
    for (name, here, _) in rest.iter().take(SHOWN - 1) {
        report = report.related(*here, format!("`{name}` too"));
    }
    report
        .why("a change to one of the files has to be made in the other as well, and nothing tells when it is forgotten")
        .help("write what they share in one base file, and only the differences in an override file or a service that `extends` it");
}

/// The main file of a project.
fn main(project: &Project) -> Option<(FileId, &Path)> {
    project.files.iter().find(|f| f.role == Role::Main).map(|f| (f.id, f.path.as_path()))
}

/// True if neither project reads a main file or override of the other.
fn is_separate(a: &Project, b: &Project) -> bool {
    let reads = |p: &Project, q: &Project| {
        let own = q.files.iter().filter(|f| matches!(f.role, Role::Main | Role::Override));
        own.into_iter().any(|f| p.files.iter().any(|g| g.id == f.id))
    };
    !reads(a, b) && !reads(b, a)
}

/// The services that are written in the main file of a project.
fn services(project: &Project, cx: &Cx) -> BTreeMap<String, Written> {
    let Some((file, _)) = main(project) else { return BTreeMap::new() };
    let Some(tree) = cx.tree(file) else { return BTreeMap::new() };
    let (_, services) = section(&tree, "services");
    let written = services.iter().filter_map(|s| {
        let leaves = paths(&tree, s.value, MOST_LEAVES);
        Some((tree.text(s.key)?.to_owned(), Written { key: tree.node(s.key).span, leaves }))
    });
    written.collect()
}

/// The services that two files have in common with at least 40 % equal values: name, place here, place there, in the order of this file.
fn shared<'a>(here: &'a BTreeMap<String, Written>, there: &BTreeMap<String, Written>) -> Vec<(&'a str, Span, Span)> {
    let mut out = Vec::new();
    for (name, a) in here {
        let Some(b) = there.get(name) else { continue };
        let equal = a.leaves.intersection(&b.leaves).count();
        let all = a.leaves.len() + b.leaves.len() - equal;
        if a.leaves.len().min(b.leaves.len()) >= LEAST_LEAVES && equal * 10 >= all * 4 {
            out.push((name.as_str(), a.key, b.key));
        }
    }
    out.sort_by_key(|(_, here, _)| *here);
    out
}
