//! What keeps a service from running several times. Only what is sure: a reason too many sends people to change what works.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::Facts;
use super::purpose::{Nature, Purpose};
use super::view::{Union, View};
use crate::model::address::HostPorts;
use crate::model::{MountKind, Project, Service};

/// Who names containers of which service by the names that Compose gives to them: service → those that do.
pub(super) type Callers<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// Why a service cannot simply run several times, with the environments.
pub(super) fn blockers(view: &View, name: &str, callers: &[Callers]) -> Union {
    let mut out = Union::default();
    for (environment, service) in view.services.get(name).into_iter().flatten() {
        let facts = Facts { view, environment: *environment, service: &service.value };
        for reason in reasons(&facts) {
            out.add(*environment, reason);
        }
        let by = callers.get(*environment).and_then(|c| c.get(name)).into_iter().flatten();
        let by: Vec<String> = by.map(|s| view.sibling(s)).collect();
        if !by.is_empty() {
            let by = super::words::list(&by);
            out.add(
                *environment,
                format!("its container is named as Compose calls it, which is the first one only, by {by}: let it name the service"),
            );
        }
        for other in shares(view, *environment, name) {
            out.add(*environment, format!("{} uses its network, and can use that of one container only", view.sibling(other)));
        }
    }
    out
}

fn reasons(facts: &Facts) -> Vec<String> {
    let service = facts.service;
    let mut out = Vec::new();
    if let Some(name) = service.container_name.as_ref().filter(|n| !n.is_empty()) {
        out.push(format!("`container_name`: {} belongs to one container", facts.written(&name.origin, &name.value)));
    }
    let host = service.network_mode.as_ref().is_some_and(|m| m.value == "host");
    if host {
        out.push("it is on the network of the host: two of them would want the same ports".to_owned());
    }
    let fixed = |p: &&crate::model::Sourced<crate::model::Port>| HostPorts::of(p).is_some();
    if let Some(port) = service.ports.iter().find(fixed).filter(|_| !host) {
        let count = service.ports.iter().filter(fixed).count();
        let text = facts.ports().into_iter().next().filter(|_| count == 1).unwrap_or_else(|| facts.code(&port.target.to_string()));
        let more = if count > 1 { format!(" and {} more", count - 1) } else { String::new() };
        out.push(format!("a fixed port of the host: {text}{more}"));
    }
    for mount in service.volumes.iter().filter(|m| !m.read_only && matches!(m.kind, MountKind::Volume | MountKind::Bind)) {
        let Some(source) = mount.source.as_deref().filter(|s| !s.is_empty()) else { continue };
        match facts.purpose(mount) {
            Some(Purpose { what, nature: Nature::Data(_) }) => {
                out.push(format!("{}: {what} can have one writer only", facts.mount_source(mount)));
            }
            None if writers(facts, source) == 1 => {
                out.push(format!("{}: it has one writer today, and would have several", facts.mount_source(mount)));
            }
            _ => {}
        }
    }
    if let Some(name) = service.hostname.as_ref().filter(|n| !n.is_empty()) {
        out.push(format!("`hostname`: all of them would be called {}", facts.written(&name.origin, &name.value)));
    }
    if service.networks.values().any(|n| n.ipv4_address.is_some() || n.ipv6_address.is_some()) {
        out.push("a fixed address on a network".to_owned());
    }
    if service.mac_address.is_some() || service.networks.values().any(|n| n.mac_address.is_some()) {
        out.push("a fixed MAC address".to_owned());
    }
    out
}

/// How many services write to a volume or a directory.
fn writers(facts: &Facts, source: &str) -> usize {
    let environment = facts.view.input.environments.get(facts.environment);
    let writes = |s: &Service| s.volumes.iter().any(|m| !m.read_only && m.source.as_deref() == Some(source));
    environment.map_or(0, |e| e.project.services.values().filter(|s| writes(s)).count())
}

/// True if another service waits for its end.
pub(super) fn runs_once(view: &View, environment: usize, name: &str) -> bool {
    let ends = |s: &Service| s.depends_on.get(name).is_some_and(|d| d.condition == "service_completed_successfully");
    view.input.environments.get(environment).is_some_and(|e| e.project.services.values().any(|s| ends(s)))
}

/// The services that use the network of another one.
fn shares<'a>(view: &View<'a>, environment: usize, name: &str) -> Vec<&'a str> {
    let Some(environment) = view.input.environments.get(environment) else { return Vec::new() };
    let uses = |service: &Service| service.network_mode.as_ref().and_then(|m| m.strip_prefix("service:")) == Some(name);
    environment.project.services.values().filter(|s| uses(s)).map(|s| s.name.as_str()).collect()
}

/// Who names a container by the name that Compose gives to it, `project-service-1`, in its variables or its command.
pub(super) fn callers(project: &Project) -> Callers<'_> {
    let mut out = Callers::new();
    if project.name.is_empty() {
        return out;
    }
    for service in project.services.values() {
        let values = service.environment.values().filter_map(|v| v.value.as_deref());
        let command = service.command.iter().chain(&service.entrypoint).flat_map(|c| c.iter().map(String::as_str));
        for text in values.chain(command) {
            for (at, _) in text.match_indices(&project.name) {
                let rest = text.get(at + project.name.len()..).unwrap_or("");
                if let Some(named) = container(rest, project).filter(|named| *named != service.name) {
                    out.entry(named).or_default().insert(&service.name);
                }
            }
        }
    }
    out
}

/// The service of `-service-1` or `_service_1` at the beginning of a text.
fn container<'a>(rest: &str, project: &'a Project) -> Option<&'a str> {
    let separator = rest.chars().next().filter(|c| matches!(c, '-' | '_'))?;
    let rest = rest.get(1..)?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c)).unwrap_or(rest.len());
    let (name, number) = rest.get(..end)?.rsplit_once(separator)?;
    let (key, _) = project.services.get_key_value(name)?;
    (!number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())).then_some(key.as_str())
}
