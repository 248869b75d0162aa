//! Two services of one project publish the same port of the host.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::address::HostPorts;
use crate::rules::prelude::*;
use crate::rules::together::can_run_together;
use crate::source::Span;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "duplicate-host-port",
        topic: Topic::Networks,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[Peer::Dclint("no-duplicate-exported-ports")],
        options: &[],
        summary: "two services of a project publish the same port of the host",
        page: page!("duplicate-host-port"),
    },
    rule: &DuplicateHostPort,
};

struct DuplicateHostPort;

impl Rule for DuplicateHostPort {
    fn project(&self, project: &Project, cx: &mut Cx) {
        // A range is many ports: each is compared with those of its own number only.
        let mut taken: BTreeMap<u16, Vec<_>> = BTreeMap::new();
        let mut said: BTreeSet<(Span, Span)> = BTreeSet::new();
        for service in project.services.values() {
            for port in &service.ports {
                let Some(host) = HostPorts::of(port) else { continue };
                let same = taken.entry(host.port).or_default();
                let clash = same
                    .iter()
                    .find(|(other, _, o): &&(&Sourced<Service>, Origin, HostPorts)| o.clashes(&host) && can_run_together(other, service));
                if let Some((other, at, _)) = clash {
                    // Of two ranges one port is enough.
                    if !said.insert((port.origin.at, at.at)) {
                        continue;
                    }
                    let who = if other.name == service.name {
                        format!("`{}` publishes port {} of the host twice", service.name, host.text())
                    } else {
                        format!("`{}` and `{}` both publish port {} of the host", other.name, service.name, host.text())
                    };
                    cx.report(&port.origin, who)
                        .related(at.at, "also published here")
                        .why("the second one to start fails: a port of the host belongs to one container at a time")
                        .help("give one of them another port, or another address of the host");
                } else {
                    same.push((service, port.origin.clone(), host));
                }
            }
        }
    }
}
