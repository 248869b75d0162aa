//! `ports` on a service that uses the network of the host.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "host-network-with-ports",
        topic: Topic::Networks,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "`ports` beside `network_mode: host` have no effect",
        page: page!("host-network-with-ports"),
    },
    rule: &HostNetworkWithPorts,
};

struct HostNetworkWithPorts;

impl Rule for HostNetworkWithPorts {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        let Some(mode) = service.network_mode.as_ref().filter(|m| m.value == "host") else { return };
        let Some(port) = service.ports.first() else { return };
        cx.report(&port.origin, format!("the ports of `{}` have no effect: it uses the network of the host", service.name))
            .related(mode.origin.at, "the network of the host")
            .why("the engine discards them; the service listens on whatever ports it chooses itself, on every address of the host")
            .help("remove `ports`, or remove `network_mode: host` if the mapping is what you want");
    }
}
