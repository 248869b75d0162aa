//! A path of the host that two services write to.

use std::collections::BTreeMap;

use super::is_of_the_system;
use crate::model::{Mount, MountKind};
use crate::rules::prelude::*;
use crate::rules::together::can_run_together;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "shared-writable-bind",
        topic: Topic::Volumes,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Off,
        fix: None,
        peers: &[Peer::Kics("shared_volumes_between_containers")],
        options: &[],
        summary: "two services of a project write to one path of the host",
        page: page!("shared-writable-bind"),
    },
    rule: &SharedWritableBind,
};

struct SharedWritableBind;

/// Places that a finding shows.
const SHOWN: usize = 5;

impl Rule for SharedWritableBind {
    fn project(&self, project: &Project, cx: &mut Cx) {
        let mut by_path: BTreeMap<&str, Vec<(&Service, &Sourced<Mount>)>> = BTreeMap::new();
        for service in project.services.values() {
            for mount in service.volumes.iter().filter(|m| m.kind == MountKind::Bind && !m.read_only && !m.origin.is_unset()) {
                let Some(source) = mount.source.as_deref().filter(|s| !is_of_the_system(s)) else { continue };
                let users = by_path.entry(source.trim_end_matches('/')).or_default();
                if users.iter().all(|(s, _)| s.name != service.name) {
                    users.push((service, mount));
                }
            }
        }
        for (path, users) in by_path {
            let Some(((first, there), others)) = users.split_first() else { continue };
            let others: Vec<_> = others.iter().filter(|(s, _)| can_run_together(first, s)).collect();
            let Some((second, here)) = others.first() else { continue };
            let path = project.shown(std::path::Path::new(path));
            let message = match others.len() {
                1 => format!("`{}` and `{}` both write to `{path}`", first.name, second.name),
                n => format!("`{}`, `{}` and {} more write to `{path}`", first.name, second.name, n - 1),
            };
            let mut report = cx.report(&here.origin, message);
            if there.origin.at != here.origin.at {
                report = report.related(there.origin.at, format!("`{}` mounts it here", first.name));
            }
            for (service, mount) in others.iter().skip(1).take(SHOWN - 2).filter(|(_, m)| m.origin.at != here.origin.at) {
                report = report.related(mount.origin.at, format!("`{}` too", service.name));
            }
            report
                .why("two programs that do not know of each other overwrite each other's files, and whoever breaks into one of them changes what the other runs")
                .help("mount it with `:ro` where it is only read, or give each service a directory of its own");
        }
    }
}
