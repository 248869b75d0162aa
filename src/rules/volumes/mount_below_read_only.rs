//! A mount below a read-only mount that has no place for it.

use std::path::Path;

use crate::fs;
use crate::model::MountKind;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "mount-below-read-only",
        topic: Topic::Volumes,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a mount below a read-only mount that has no place for it",
        page: page!("mount-below-read-only"),
    },
    rule: &MountBelowReadOnly,
};

struct MountBelowReadOnly;

impl Rule for MountBelowReadOnly {
    fn service(&self, service: &Sourced<Service>, project: &Project, cx: &mut Cx) {
        let volumes = service.volumes.iter().map(|m| (m.target.as_str(), &m.origin));
        let tmpfs = service.tmpfs.iter().map(|t| (t.split(':').next().unwrap_or_default(), &t.origin));
        for (target, origin) in volumes.chain(tmpfs) {
            let target = fs::clean(Path::new(target));
            // The nearest mount above is the one that it is put into.
            let above = |m: &&Sourced<crate::model::Mount>| {
                let outer = fs::clean(Path::new(&m.target));
                target != outer && target.starts_with(&outer) && outer != Path::new("/")
            };
            let outer = service.volumes.iter().filter(above).max_by_key(|m| fs::clean(Path::new(&m.target)).components().count());
            let Some(outer) = outer.filter(|m| m.read_only && m.kind == MountKind::Bind) else { continue };
            let Some(source) = outer.source.as_deref().map(Path::new) else { continue };
            let Ok(rest) = target.strip_prefix(fs::clean(Path::new(&outer.target))) else { continue };
            let disk = cx.facts.fs();
            // What the engine would find there can be told only where the directory is here.
            if !disk.is_dir(source) || disk.symlink_metadata(&source.join(rest)).is_ok() {
                continue;
            }
            let message = format!(
                "`{}` mounts something at `{}`, which is within a read-only mount and not there in `{}`",
                service.name,
                target.display(),
                project.shown(source)
            );
            cx.report(origin, message)
                .related(outer.origin.at, format!("`{}` is mounted read-only here", outer.target))
                .why("the engine has to make the place of the mount, cannot write there, and the container does not start (\"read-only file system\")")
                .help(format!("make `{}` on the host, or mount it outside of `{}`", project.shown(&source.join(rest)), outer.target));
        }
    }
}
