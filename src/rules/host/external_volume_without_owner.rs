//! An external volume that nothing on the host creates.

use std::collections::{BTreeMap, BTreeSet};

use super::mounted;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "external-volume-without-owner",
        topic: Topic::Host,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Audit,
        fix: None,
        peers: &[],
        options: &[],
        summary: "an external volume that no project of the host creates",
        page: page!("external-volume-without-owner"),
    },
    rule: &WithoutOwner,
};

struct WithoutOwner;

impl Rule for WithoutOwner {
    fn host(&self, host: &Host, cx: &mut Cx) {
        let own = host.projects.iter().flat_map(|p| p.volumes.values()).filter(|v| !v.external);
        let created: BTreeSet<&str> = own.filter_map(|v| v.name.as_ref()).map(|n| n.as_str()).collect();
        let mut wanted: BTreeMap<&str, Vec<(&Project, Origin)>> = BTreeMap::new();
        for project in host.projects {
            let mounted = mounted(project);
            for (_, volume) in project.volumes.iter().filter(|(key, v)| v.external && mounted.contains(key.as_str())) {
                if let Some(name) = volume.name.as_ref().filter(|n| !created.contains(n.as_str()) && !n.origin.is_unset()) {
                    wanted.entry(name.as_str()).or_default().push((project, volume.at_key()));
                }
            }
        }
        for (name, uses) in wanted {
            let Some(((_, first), others)) = uses.split_first() else { continue };
            let mut report = cx.report(first, format!("no project here creates the external volume `{name}`"));
            for (project, at) in others.iter().take(5) {
                report = report.related(at.at, format!("`{}` needs it too", project.name));
            }
            report
                .why("it was created by hand: after a new installation the project does not start, and a backup that follows the files misses its data")
                .help(format!("let one project own it (`name: {name}` without `external`), or write `docker volume create {name}` into the host's setup"));
        }
    }
}
