//! Two included files that each mean a volume of their own, and get one.

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
        for (key, volume) in &project.volumes {
            let named = volume.name.as_ref().is_some_and(|n| !n.origin.is_default());
            if volume.external || named {
                continue;
            }
            let uses = uses(key, project);
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

/// The mounts of a volume that are written in an included file, in the order of the services.
fn uses<'a>(key: &str, project: &'a Project) -> Vec<Use<'a>> {
    let mut out = Vec::new();
    for service in project.services.values() {
        for mount in &service.volumes {
            let wanted = mount.kind == MountKind::Volume && mount.source.as_deref() == Some(key);
            // Read through `extends`, a file does not bring its volumes along.
            let extended = mount.origin.via.iter().any(|s| matches!(s, Step::Extends { .. }));
            let include = project.files.iter().find(|f| f.id == mount.origin.at.file).and_then(|f| match f.role {
                Role::Include(at) => Some(at),
                _ => None,
            });
            if let Some(include) = include.filter(|_| wanted && !extended) {
                out.push(Use { service: &service.name, mount, include });
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
