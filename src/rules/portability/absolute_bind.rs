//! A bind mount from an absolute path: it exists on one machine.

use std::path::Path;

use super::written_source::of_mount;
use crate::model::MountKind;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "absolute-bind",
        topic: Topic::Portability,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::Off,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a bind mount whose source exists on one machine only",
        page: page!("absolute-bind"),
    },
    rule: &AbsoluteBind,
};

struct AbsoluteBind;

/// On every Linux host.
const EVERYWHERE: &[&str] = &["/dev", "/etc", "/lib", "/proc", "/run", "/sys", "/tmp", "/usr", "/var/lib/docker", "/var/log", "/var/run"];

impl Rule for AbsoluteBind {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        for mount in service.volumes.iter().filter(|m| m.kind == MountKind::Bind) {
            let Some(source) = mount.source.as_deref().map(Path::new) else { continue };
            let written = of_mount(mount, cx).is_some_and(|s| s.starts_with('/'));
            if written && source != Path::new("/") && !EVERYWHERE.iter().any(|e| source.starts_with(e)) {
                cx.report(&mount.origin, format!("`{}` needs `{}` on the machine it runs on", service.name, source.display()))
                    .why("on another machine the engine creates an empty directory there")
                    .help("write a path relative to the Compose file, use a named volume, or put the root into a variable: `${DATA_ROOT:?}/…`");
            }
        }
    }
}
