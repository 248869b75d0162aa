//! Two projects whose networks want the same addresses.

use std::collections::BTreeSet;

use super::{called, side_by_side};
use crate::rules::prelude::*;
use crate::rules::subnets::{self, Subnet};

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "subnet-collision",
        topic: Topic::Host,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::Audit,
        fix: None,
        peers: &[],
        options: &[],
        summary: "networks of two projects have subnets that overlap",
        page: page!("subnet-collision"),
    },
    rule: &SubnetCollision,
};

struct SubnetCollision;

impl Rule for SubnetCollision {
    fn host(&self, host: &Host, cx: &mut Cx) {
        let all: Vec<Subnet> = host.projects.iter().flat_map(created).collect();
        for (first, second) in subnets::overlaps(&all, clash) {
            let (theirs, mine) = called(first.project, second.project);
            let message = format!(
                "the subnet {} of `{}` in {mine} overlaps with {} of `{}` in {theirs}",
                second.net, second.key, first.net, first.key
            );
            cx.report(second.origin, message)
                .related(first.origin.at, format!("the subnet in {theirs}"))
                .why("the engine refuses to create the network of whichever project starts second (\"Pool overlaps with other one on this address space\")")
                .help("give one of them a range that no other network has, or leave the subnet out: the engine finds a free one");
        }
    }
}

/// The subnets of the networks that a service joins: the others are not created.
fn created(project: &Project) -> impl Iterator<Item = Subnet<'_>> {
    let joined: BTreeSet<&str> = project.services.values().flat_map(|s| s.networks.keys()).map(String::as_str).collect();
    subnets::of_project(project).filter(move |s| joined.contains(s.key))
}

/// Two projects that mean one network by one name do not create two.
fn clash(a: &Subnet, b: &Subnet) -> bool {
    let name = |s: &Subnet| s.network.name.as_ref().map(|n| n.value.clone());
    side_by_side(a.project, b.project) && name(a) != name(b)
}
