//! Several containers that all want one port of the host.

use crate::model::address::HostPorts;
use crate::rules::prelude::*;
use crate::rules::together::{is_for_swarm, replicas};

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "replicas-with-fixed-port",
        topic: Topic::Networks,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a service runs several times, but publishes one fixed port",
        page: page!("replicas-with-fixed-port"),
    },
    rule: &ReplicasWithFixedPort,
};

struct ReplicasWithFixedPort;

impl Rule for ReplicasWithFixedPort {
    fn service(&self, service: &Sourced<Service>, project: &Project, cx: &mut Cx) {
        let Some(count) = replicas(service) else { return };
        // On the network of the host, ports mean nothing.
        if is_for_swarm(project) || service.network_mode.as_ref().is_some_and(|m| m.value == "host") {
            return;
        }
        let Some((port, host)) = service.ports.iter().find_map(|p| Some((p, HostPorts::of(p)?))) else { return };
        let n = count.value;
        cx.report(&port.origin, format!("{n} containers of `{}` would all publish port {} of the host", service.name, host.text()))
            .related(count.origin.at, "how many there are")
            .why("a port of the host belongs to one container at a time: the first one starts, the others fail")
            .help(format!(
                "give a range with room for all (`{}-{}:{}`), leave the port of the host out, or put a proxy in front",
                host.port,
                u64::from(host.port) + n.unsigned_abs().saturating_sub(1),
                port.target
            ));
    }
}
