//! Two projects publish the same port of the host.

use std::collections::{BTreeMap, BTreeSet};

use super::{called, side_by_side};
use crate::model::address::HostPorts;
use crate::rules::prelude::*;
use crate::source::Span;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "host-port-collision",
        topic: Topic::Host,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::Audit,
        fix: None,
        peers: &[],
        options: &[],
        summary: "two projects publish the same port of the host",
        page: page!("host-port-collision"),
    },
    rule: &HostPortCollision,
};

struct HostPortCollision;

struct Taken<'a> {
    project: &'a Project,
    service: &'a Service,
    origin: &'a Origin,
    host: HostPorts,
}

impl Rule for HostPortCollision {
    fn host(&self, host: &Host, cx: &mut Cx) {
        let mut said: BTreeSet<(Span, Span)> = BTreeSet::new();
        let mut by_port: BTreeMap<(u16, String), Vec<Taken>> = BTreeMap::new();
        for project in host.projects {
            for service in project.services.values() {
                for port in &service.ports {
                    let Some(host) = HostPorts::of(port) else { continue };
                    let taken = by_port.entry((host.port, host.protocol.clone())).or_default();
                    let clash = taken.iter().find(|t| side_by_side(t.project, project) && t.host.clashes(&host));
                    // Of two ranges one port is enough.
                    if let Some(other) = clash.filter(|t| said.insert((port.origin.at, t.origin.at))) {
                        let (mine, theirs) = called(project, other.project);
                        cx.report(&port.origin, format!("port {} of the host is published by `{}` of {mine} and `{}` of {theirs}", host.text(), service.name, other.service.name))
                            .related(other.origin.at, format!("published here by {theirs}, as {}", other.host.text()))
                            .why("a port of the host belongs to one container at a time: whichever starts second fails, for example after the next reboot")
                            .help("give one of them another port, or put both behind a reverse proxy");
                    }
                    taken.push(Taken { project, service, origin: &port.origin, host });
                }
            }
        }
    }
}
