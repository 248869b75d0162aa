//! A container without a network of its own.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "host-network",
        topic: Topic::Networks,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[Peer::Kics("shared_host_network_namespace"), Peer::ComposeLint("CL-0008"), Peer::Cis("5.10")],
        options: &[],
        summary: "a service uses the network of the host",
        page: page!("host-network"),
    },
    rule: &HostNetwork,
};

struct HostNetwork;

impl Rule for HostNetwork {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        let Some(mode) = service.network_mode.as_ref().filter(|m| m.value == "host") else { return };
        cx.report(&mode.origin, format!("`{}` uses the network of the host", service.name))
            .why("it can listen on every address of the host, and reaches what listens on 127.0.0.1 there; other services do not reach it by name")
            .help("if it serves a few known ports, publish them with `ports` instead; discovery in the local network (mDNS, DHCP) does need it");
    }
}
