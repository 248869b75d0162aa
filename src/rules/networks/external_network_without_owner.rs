//! An external network that nothing on the host creates.

use std::collections::{BTreeMap, BTreeSet};

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "external-network-without-owner",
        topic: Topic::Networks,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Audit,
        fix: None,
        peers: &[],
        options: &[],
        summary: "an external network that no project of the host creates",
        page: page!("external-network-without-owner"),
    },
    rule: &WithoutOwner,
};

struct WithoutOwner;

impl Rule for WithoutOwner {
    fn host(&self, host: &Host, cx: &mut Cx) {
        let created: BTreeSet<&str> = created(host).into_iter().map(|(name, ..)| name).collect();
        let mut wanted: BTreeMap<&str, Vec<(&Project, Origin)>> = BTreeMap::new();
        for project in host.projects {
            for network in project.networks.values().filter(|n| n.external) {
                if let Some(name) = network.name.as_ref().filter(|n| !created.contains(n.as_str()) && !BUILT_IN.contains(&n.as_str())) {
                    wanted.entry(name.as_str()).or_default().push((project, network.at_key()));
                }
            }
        }
        for (name, uses) in wanted {
            let Some(((_, first), others)) = uses.split_first() else { continue };
            let mut report = cx.report(first, format!("no project here creates the external network `{name}`"));
            for (project, at) in others.iter().take(5) {
                report = report.related(at.at, format!("`{}` needs it too", project.name));
            }
            report
                .why("projects that need it do not start until somebody has created it by hand; after a new installation nobody remembers")
                .help(format!("let one project own it (`name: {name}` without `external`), or write `docker network create {name}` into the host's setup"));
        }
    }
}

/// What the engine has from the start.
const BUILT_IN: &[&str] = &["bridge", "host", "none"];

/// The real names of all networks that projects create, with the project and the place.
pub(super) fn created<'a>(host: &Host<'a>) -> Vec<(&'a str, &'a Project, Origin)> {
    let of = |project: &'a Project| {
        let own = project.networks.values().filter(|n| !n.external);
        own.filter_map(move |n| n.name.as_ref().map(|name| (name.as_str(), project, n.at_key())))
    };
    host.projects.iter().flat_map(of).collect()
}
