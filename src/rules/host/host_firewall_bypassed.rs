//! Published ports that the firewall of the host does not open.

use crate::host::nixos::Firewall;
use crate::model::address::HostPorts;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "host-firewall-bypassed",
        topic: Topic::Host,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::Audit,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a published port that the firewall of the host does not open",
        page: page!("host-firewall-bypassed"),
    },
    rule: &HostFirewallBypassed,
};

struct HostFirewallBypassed;

impl Rule for HostFirewallBypassed {
    fn host(&self, host: &Host, cx: &mut Cx) {
        let facts = cx.facts;
        let firewalls: Vec<&Firewall> = facts.beside().nix_of(host.name).into_iter().map(|n| &n.firewall).collect();
        let off = firewalls.iter().any(|f| f.enable == Some(false) || f.computed);
        let Some(at) = firewalls.iter().find_map(|f| f.at).filter(|_| !off) else { return };
        for project in host.projects {
            let mut open: Vec<(HostPorts, &Origin)> = Vec::new();
            for port in project.services.values().flat_map(|s| &s.ports) {
                let Some(own) = HostPorts::of(port).filter(|own| own.address.is_none()) else { continue };
                if !firewalls.iter().any(|f| f.opens(&own)) && !open.iter().any(|(other, _)| *other == own) {
                    open.push((own, &port.origin));
                }
            }
            let Some((first, origin)) = open.first() else { continue };
            let message = match open.as_slice() {
                [_] => format!("port {} is open to other machines, although the firewall of the host does not open it", first.text()),
                all => {
                    let ports: Vec<String> = all.iter().map(|(p, _)| p.text()).collect();
                    format!("ports {} are open to other machines, although the firewall of the host does not open them", ports.join(", "))
                }
            };
            cx.report(origin, message)
                .related(at, "what the firewall opens")
                .why("Docker opens published ports past the rules of the firewall: leaving a port out of `allowedTCPPorts` does not close it")
                .help("write `127.0.0.1:` in front of what only the host uses; of the others say in `allowedTCPPorts` that they are open");
        }
    }
}
