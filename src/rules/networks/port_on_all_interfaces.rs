//! A port that is published on every address of the host.

use std::collections::BTreeMap;

use crate::model::Port;
use crate::rules::amend::{parts, with_short_or_long};
use crate::rules::prelude::*;
use crate::source::Span;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "port-on-all-interfaces",
        topic: Topic::Networks,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Off,
        fix: Some(Applicability::Unsafe),
        peers: &[
            Peer::Dclint("no-unbound-port-interfaces"),
            Peer::Kics("container_traffic_not_bound_to_host_interface"),
            Peer::ComposeLint("CL-0005"),
            Peer::Cis("5.14"),
        ],
        options: &[
            OptionDef {
                name: "allowed-ports",
                summary: "ports of the host that may be open to everyone, such as \"443\"",
                default: OptionDefault::List(&[]),
            },
            OptionDef {
                name: "allow-explicit",
                summary: "accept `0.0.0.0` and `::` where they are written out",
                default: OptionDefault::Flag(false),
            },
        ],
        summary: "a port is published on every address of the host",
        page: page!("port-on-all-interfaces"),
    },
    rule: &PortOnAllInterfaces,
};

struct PortOnAllInterfaces;

impl Rule for PortOnAllInterfaces {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        if service.network_mode.as_ref().is_some_and(|m| m.value == "host") {
            return;
        }
        // A range is many ports, written once.
        let mut open: BTreeMap<Span, Vec<&Sourced<Port>>> = BTreeMap::new();
        for port in service.ports.iter().filter(|p| is_open(p, cx)) {
            open.entry(port.origin.at).or_default().push(port);
        }
        for ports in open.values() {
            let Some(port) = ports.first() else { continue };
            let edits = with_short_or_long(cx, port.origin.at, bound, "host_ip", "127.0.0.1");
            let report = cx.report(&port.origin, format!("`{}` publishes {} on every address of the host", service.name, what(ports)))
                .why("everyone who can reach the host on any of its networks can reach the container, past the host's firewall rules (ufw, firewalld)")
                .help("write `127.0.0.1:` in front for what only the host uses, or the address of the network that it is meant for; services of one project need no `ports` for each other");
            if let Some(edits) = edits {
                report.fix("publish it on 127.0.0.1: other machines can no longer reach it", Applicability::Unsafe, edits);
            }
        }
    }
}

/// The short form with the address of the host itself in front.
fn bound(text: &str) -> Option<String> {
    let parts = parts(text);
    match parts.as_slice() {
        // A variable alone may hold the whole of it.
        [port] if port.contains('$') => None,
        [port] => Some(format!("127.0.0.1::{port}")),
        [host, port] | [_, host, port] => Some(format!("127.0.0.1:{host}:{port}")),
        _ => None,
    }
}

fn is_open(port: &Sourced<Port>, cx: &Cx) -> bool {
    let open = match port.host_ip.as_deref() {
        None => true,
        Some("0.0.0.0" | "::") => !cx.flag("allow-explicit"),
        // What is left of a variable without a value.
        Some(_) => false,
    };
    let allowed = || port.published.as_deref().is_some_and(|p| cx.list("allowed-ports").contains(&p));
    open && !port.origin.is_unset() && !allowed()
}

fn what(ports: &[&Sourced<Port>]) -> String {
    let mut published: Vec<&str> = ports.iter().filter_map(|p| p.published.as_deref()).filter(|p| !p.is_empty()).collect();
    published.sort_by_key(|p| (p.len(), *p));
    match (published.as_slice(), ports) {
        ([first, .., last], _) => format!("ports {first} to {last}"),
        ([one], _) if one.contains('-') => format!("one of the ports {one}"),
        ([one], _) => format!("port {one}"),
        ([], [port, ..]) => format!("its port {}", port.target),
        ([], []) => "a port".to_owned(),
    }
}
