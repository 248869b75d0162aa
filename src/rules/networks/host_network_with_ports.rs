//! `ports` on a service that uses the network of the host.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "host-network-with-ports",
        topic: Topic::Networks,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: Some(Applicability::Unsafe),
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
        let fix = without_ports(service, cx);
        cx.report(&port.origin, format!("the ports of `{}` have no effect: it uses the network of the host", service.name))
            .related(mode.origin.at, "the network of the host")
            .why("the engine discards them; the service listens on whatever ports it chooses itself, on every address of the host")
            .help("remove `ports`, or remove `network_mode: host` if the mapping is what you want")
            .maybe_fix(fix);
    }
}

/// The service without `ports`, where all of them are written in one list.
fn without_ports(service: &Service, cx: &Cx) -> Option<Fix> {
    let first = service.ports.first()?.origin.at;
    let tree = cx.tree(first.file)?;
    let list = tree.parent(tree.at(first)?)?;
    let whole = tree.node(list).span;
    let (_, entry) = tree.entry(list).filter(|(_, entry)| tree.text(entry.key) == Some("ports"))?;
    let edits = if service.ports.iter().all(|p| whole.contains(&p.origin.at)) {
        mend::remove_entry(tree.node(entry.key).span, cx)?
    } else {
        return None;
    };
    let title = "remove `ports`, which the engine discards".to_owned();
    Some(Fix { title, applicability: Applicability::Unsafe, edits })
}
