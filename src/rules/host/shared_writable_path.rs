//! A path of the host that services of two projects write to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{called, side_by_side};
use crate::model::{Mount, MountKind};
use crate::rules::prelude::*;
use crate::rules::volumes::is_of_the_system;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "shared-writable-path",
        topic: Topic::Host,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::Audit,
        fix: None,
        peers: &[],
        options: &[],
        summary: "two projects write to one path of the host",
        page: page!("shared-writable-path"),
    },
    rule: &SharedWritablePath,
};

struct SharedWritablePath;

/// Places that a finding shows.
const SHOWN: usize = 5;

/// A writable mount.
struct Use<'a> {
    project: &'a Project,
    service: &'a Service,
    mount: &'a Sourced<Mount>,
}

impl Rule for SharedWritablePath {
    fn host(&self, host: &Host, cx: &mut Cx) {
        let mut by_path: BTreeMap<PathBuf, Vec<Use>> = BTreeMap::new();
        for project in host.projects {
            for service in project.services.values() {
                for mount in service.volumes.iter().filter(|m| m.kind == MountKind::Bind && !m.read_only && !m.origin.is_unset()) {
                    let Some(source) = mount.source.as_deref().filter(|s| !is_of_the_system(s)) else { continue };
                    // One directory has many paths: through links, and as a link.
                    let path =
                        cx.facts.fs().canonicalize(Path::new(source)).unwrap_or_else(|_| PathBuf::from(source.trim_end_matches('/')));
                    // A single file is configuration or a script: few programs write to one that is mounted.
                    if cx.facts.fs().is_file(&path) {
                        continue;
                    }
                    let uses = by_path.entry(path).or_default();
                    // One place a project: what its own services share is another matter.
                    if uses.iter().all(|u| side_by_side(u.project, project)) {
                        uses.push(Use { project, service, mount });
                    }
                }
            }
        }
        for (path, uses) in by_path {
            let Some((first, others)) = uses.split_first() else { continue };
            let Some(second) = others.first() else { continue };
            let (theirs, mine) = called(first.project, second.project);
            let path = path.display();
            let message = match others.len() {
                1 => format!("`{}` of {mine} and `{}` of {theirs} both write to `{path}`", second.service.name, first.service.name),
                n => format!(
                    "`{}` of {mine}, `{}` of {theirs} and {} more write to `{path}`",
                    second.service.name,
                    first.service.name,
                    n - 1
                ),
            };
            let mut report = cx.report(&second.mount.origin, message).related(first.mount.origin.at, format!("mounted here by {theirs}"));
            for other in others.iter().skip(1).take(SHOWN - 2) {
                report = report.related(other.mount.origin.at, format!("and by `{}`", other.project.name));
            }
            report
                .why("neither project shows that the other one depends on these files: moved, restored or removed with one of them, they are missing or changed in the other")
                .help("mount it with `:ro` where it is only read; if both have to write, say so in a comment beside each");
        }
    }
}
