//! A port or a name that the host itself takes.

use crate::host::nixos::Settings;
use crate::model::address::HostPorts;
use crate::rules::prelude::*;
use crate::source::Span;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "host-service-collision",
        topic: Topic::Host,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::Audit,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a port or container name that the host itself takes",
        page: page!("host-service-collision"),
    },
    rule: &HostServiceCollision,
};

struct HostServiceCollision;

/// A port that is taken beside the stacks.
struct Taken {
    host: HostPorts,
    /// What takes it, for a message.
    by: String,
    /// Where that is written; `None`: hosts run it without any file saying so.
    at: Option<Span>,
}

/// What nearly every host runs, and its port.
const EVERYWHERE: (&str, &str, u16) = ("openssh", "sshd", 22);

impl Rule for HostServiceCollision {
    fn host(&self, host: &Host, cx: &mut Cx) {
        let facts = cx.facts;
        let nix = facts.beside().nix_of(host.name);
        let taken = taken(&nix);
        // The engines know nothing of each other: podman, which is the default, may have a container of the same name.
        let same_engine = nix.iter().find_map(|n| n.backend.as_deref()) == Some("docker");
        for service in host.projects.iter().flat_map(|p| p.services.values()) {
            for port in &service.ports {
                let Some(own) = HostPorts::of(port) else { continue };
                let Some(other) = taken.iter().find(|t| t.host.clashes(&own)) else { continue };
                let message = format!("port {} of the host is published by `{}` and taken by {}", own.text(), service.name, other.by);
                let report = cx.report(&port.origin, message);
                match other.at {
                    Some(at) => report
                        .related(at, format!("takes {} here", other.host.text()))
                        .why("a port of the host belongs to one program at a time: whichever starts second fails, for example after the next reboot")
                        .help("give one of them another port"),
                    None => report
                        .severity(Severity::Warning)
                        .why("on a host with a login over SSH the container cannot start; and where it is first, nobody can log in any more")
                        .help("publish another port, such as `2222:22`, unless the host's own SSH listens elsewhere"),
                };
            }
            let Some(name) = service.container_name.as_ref().filter(|_| same_engine) else { continue };
            let container = nix.iter().flat_map(|n| &n.containers).find(|c| c.name == name.value);
            if let Some(container) = container {
                let message = format!(
                    "the container name `{}` is used by `{}` and by a container of `virtualisation.oci-containers`",
                    name.value, service.name
                );
                cx.report(&name.origin, message)
                    .related(container.at, "used here by NixOS")
                    .why("a name belongs to one container of the engine: NixOS removes what has it before it starts its own, and Compose refuses to start")
                    .help("give one of them another name, or keep only one of the two");
            }
        }
    }
}

fn taken(nix: &[&Settings]) -> Vec<Taken> {
    let mut out = Vec::new();
    for settings in nix {
        for container in &settings.containers {
            for (port, at) in &container.ports {
                let by = format!("the container `{}` of NixOS", container.name);
                out.extend(HostPorts::of(port).map(|host| Taken { host, by, at: Some(*at) }));
            }
        }
        for service in &settings.services {
            for port in &service.ports {
                let by = format!("the service `{}` of NixOS", service.name);
                out.extend(HostPorts::of(port).map(|host| Taken { host, by, at: Some(service.at) }));
            }
        }
    }
    let (name, program, port) = EVERYWHERE;
    if !nix.iter().flat_map(|n| &n.services).any(|s| s.name == name) {
        let host = HostPorts { address: None, port, protocol: "tcp".to_owned() };
        out.push(Taken { host, by: format!("the host's own SSH (`{program}`), as nearly every host has it"), at: None });
    }
    out
}
