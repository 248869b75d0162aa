//! Two networks of a project that want the same addresses.

use std::collections::{BTreeMap, BTreeSet};

use crate::rules::prelude::*;
use crate::rules::subnets::{self, Subnet};

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "overlapping-subnets",
        topic: Topic::Networks,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "two networks of a project have subnets that overlap",
        page: page!("overlapping-subnets"),
    },
    rule: &OverlappingSubnets,
};

struct OverlappingSubnets;

impl Rule for OverlappingSubnets {
    fn project(&self, project: &Project, cx: &mut Cx) {
        let all: Vec<Subnet> = subnets::of_project(project).collect();
        let created = created(project);
        let clash = |a: &Subnet, b: &Subnet| exist_together(created.get(a.key), created.get(b.key));
        for (first, second) in subnets::overlaps(&all, clash) {
            let message = if first.key == second.key {
                format!("two subnets of `{}` overlap: {} and {}", first.key, first.net, second.net)
            } else {
                format!("the subnets of `{}` and `{}` overlap: {} and {}", first.key, second.key, first.net, second.net)
            };
            let report = cx.report(second.origin, message);
            let report = if first.origin.at == second.origin.at { report } else { report.related(first.origin.at, "the other subnet") };
            report
                .why("the engine refuses to create the second network (\"Pool overlaps with other one on this address space\"), so the project starts halfway")
                .help("choose a range that no other network has, or leave the subnet out: the engine finds a free one");
        }
    }
}

/// When a network is created: for the services that join it.
enum Created<'a> {
    Always,
    /// With one of these profiles; without any, never.
    With(BTreeSet<&'a str>),
}

fn created(project: &Project) -> BTreeMap<&str, Created<'_>> {
    let mut out: BTreeMap<&str, Created> = BTreeMap::new();
    for service in project.services.values() {
        for key in service.networks.keys() {
            let created = out.entry(key).or_insert_with(|| Created::With(BTreeSet::new()));
            match created {
                _ if service.profiles.is_empty() => *created = Created::Always,
                Created::With(profiles) => profiles.extend(service.profiles.iter().map(|p| p.as_str())),
                Created::Always => {}
            }
        }
    }
    out
}

/// False if no run creates both.
fn exist_together(a: Option<&Created>, b: Option<&Created>) -> bool {
    match (a, b) {
        (Some(Created::With(a)), Some(Created::With(b))) => !a.is_disjoint(b),
        (Some(_), Some(_)) => true,
        _ => false,
    }
}
