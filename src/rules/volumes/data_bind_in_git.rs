//! Data that a container writes, inside a git work tree.

use std::path::Path;

use crate::host::GitState;
use crate::host::mounts::looks_like_data;
use crate::model::MountKind;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "data-bind-in-git",
        topic: Topic::Volumes,
        severity: Severity::Info,
        audit_severity: Some(Severity::Warning),
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a container writes into files that git tracks",
        page: page!("data-bind-in-git"),
    },
    rule: &DataBindInGit,
};

struct DataBindInGit;

impl Rule for DataBindInGit {
    fn service(&self, service: &Sourced<Service>, project: &Project, cx: &mut Cx) {
        for mount in service.volumes.iter().filter(|m| m.kind == MountKind::Bind && !m.read_only && looks_like_data(m)) {
            let Some(source) = mount.source.as_deref().map(Path::new) else { continue };
            // The project's own directory mounted whole is a developer's mount of the source code.
            if source == project.directory
                || project.directory.starts_with(source)
                || !cx.facts.fs().is_dir(source)
                || cx.facts.git(source) != GitState::Tracked
            {
                continue;
            }
            cx.report(&mount.origin, format!("git tracks files in the data of `{}`: `{}`", service.name, project.shown(source)))
                .why("what the container writes there (databases, keys) ends up in commits, and `git checkout` or `git clean` changes or deletes live data")
                .help("move the data out of the work tree or into a named volume, take it out of git (`git rm --cached`), and change every key that was committed");
        }
    }
}
