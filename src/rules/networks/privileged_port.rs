//! A port of the host below 1024.

use std::collections::BTreeMap;

use crate::model::Port;
use crate::model::address::HostPorts;
use crate::rules::prelude::*;
use crate::source::Span;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "privileged-port",
        topic: Topic::Networks,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Off,
        fix: None,
        peers: &[Peer::Kics("privileged_ports_mapped_in_container"), Peer::Cis("5.8")],
        options: &[OptionDef {
            name: "allowed-ports",
            summary: "ports of the host that may be published all the same",
            default: OptionDefault::List(&["80", "443"]),
        }],
        summary: "a port of the host below 1024 is published",
        page: page!("privileged-port"),
    },
    rule: &PrivilegedPort,
};

struct PrivilegedPort;

impl Rule for PrivilegedPort {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        // A range is many ports, written once.
        let mut low: BTreeMap<Span, (&Sourced<Port>, HostPorts)> = BTreeMap::new();
        for port in &service.ports {
            let Some(host) = HostPorts::of(port).filter(|h| h.port < 1024) else { continue };
            if cx.list("allowed-ports").contains(&host.port.to_string().as_str()) {
                continue;
            }
            let first = low.entry(port.origin.at).or_insert_with(|| (port, host.clone()));
            if host.port < first.1.port {
                *first = (port, host);
            }
        }
        for (port, host) in low.values() {
            cx.report(&port.origin, format!("`{}` publishes port {} of the host, one of those below 1024", service.name, host.text()))
                .why("these ports belong to well-known services of the host itself, and an engine without root rights cannot open them")
                .help("publish a port from 1024 up, or put the service behind a reverse proxy; what has to be there (DNS, mail) belongs into `allowed-ports`");
        }
    }
}
