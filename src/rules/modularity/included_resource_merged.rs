//! Two included files that each mean a volume of their own, and get one.

use std::collections::BTreeMap;

use super::syntax::section;
use crate::compose::Role;
use crate::compose::value::Step;
use crate::model::{Mount, MountKind};
use crate::rules::prelude::*;
use crate::source::{FileId, Span};

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "included-resource-merged",
        topic: Topic::Modularity,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "volumes of two included files become one, because they have the same key",
        page: page!("included-resource-merged"),
    },
    rule: &IncludedResourceMerged,
};

struct IncludedResourceMerged;

/// A mount that is written in an included file.
struct Use<'a> {
    service: &'a str,
    mount: &'a Sourced<Mount>,
    include: Span,
}

impl Rule for IncludedResourceMerged {
    fn project(&self, project: &Project, cx: &mut Cx) {
        let all = uses(project);
        for (key, volume) in &project.volumes {
            let named = volume.name.as_ref().is_some_and(|n| !n.origin.is_default());
            if volume.external || named {
                continue;
            }
            let Some(uses) = all.get(key.as_str()) else { continue };
            // Whoever mounts it read-only knows that somebody else writes to it.
            if uses.iter().any(|u| u.mount.read_only) {
                continue;
            }
            let Some((first, second)) = uses.iter().enumerate().find_map(|(i, second)| {
                let first = uses.iter().take(i).find(|first| first.include != second.include)?;
                let declared = [first, second].iter().all(|u| is_declared_in(key, u.mount.origin.at.file, cx));
                declared.then_some((first, second))
            }) else {
                continue;
            };
            report(key, first, second, cx);
        }
    }
}

fn report(key: &str, first: &Use, second: &Use, cx: &mut Cx) {
    cx.report(
        &second.mount.origin,
        format!("`{}` and `{}` write into one volume: both files call theirs `{key}`", first.service, second.service),
    )
    .related(first.mount.origin.at, format!("`{}` mounts it here", first.service))
    .why("all included files are one project, so a key is one volume, and two programs that do not know of each other share a directory")
    .help(format!("give them different keys (`{}-{key}`); if a volume has data already, keep its name with `name:`", second.service));
}

/// The mounts of each volume that are written in an included file, in the order of the services.
fn uses(project: &Project) -> BTreeMap<&str, Vec<Use<'_>>> {
    let mut includes: BTreeMap<FileId, Option<Span>> = BTreeMap::new();
    for file in &project.files {
        let include = if let Role::Include(at) = file.role { Some(at) } else { None };
        includes.entry(file.id).or_insert(include);
    }
    let mut out: BTreeMap<&str, Vec<Use>> = BTreeMap::new();
    for service in project.services.values() {
        for mount in service.volumes.iter().filter(|m| m.kind == MountKind::Volume) {
            // Read through `extends`, a file does not bring its volumes along.
            let extended = mount.origin.via.iter().any(|s| matches!(s, Step::Extends { .. }));
            let include = includes.get(&mount.origin.at.file).copied().flatten().filter(|_| !extended);
            if let (Some(include), Some(key)) = (include, mount.source.as_deref()) {
                out.entry(key).or_default().push(Use { service: &service.name, mount, include });
            }
        }
    }
    out
}

/// True if a file declares the volume itself.
fn is_declared_in(key: &str, file: FileId, cx: &Cx) -> bool {
    let Some(tree) = cx.tree(file) else { return false };
    let (_, volumes) = section(&tree, "volumes");
    volumes.iter().any(|v| tree.text(v.key) == Some(key))
}
