//! What keeps a service from running several times. Only what is sure: a reason too many sends people to change what works.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::Facts;
use super::purpose::{Nature, Purpose};
use super::view::{Union, View};
use crate::model::address::HostPorts;
use crate::model::{MountKind, Project};

/// What the services of an environment have to do with each other, looked up by name.
#[derive(Default)]
pub(super) struct Others<'a> {
    /// Service → those that name its container as Compose calls it, `project-service-1`.
    callers: BTreeMap<&'a str, BTreeSet<&'a str>>,
    /// Service → those that use its network.
    guests: BTreeMap<&'a str, BTreeSet<&'a str>>,
    /// Volume or directory → how many write to it.
    writers: BTreeMap<&'a str, usize>,
    /// Those whose end others wait for.
    once: BTreeSet<&'a str>,
}

impl<'a> Others<'a> {
    pub(super) fn of(project: &'a Project) -> Self {
        let mut out = Self { callers: callers(project), ..Self::default() };
        for service in project.services.values() {
            if let Some(host) = service.network_mode.as_ref().and_then(|m| m.strip_prefix("service:")) {
                out.guests.entry(host).or_default().insert(&service.name);
            }
            let sources: BTreeSet<&str> = service.volumes.iter().filter(|m| !m.read_only).filter_map(|m| m.source.as_deref()).collect();
            for source in sources {
                *out.writers.entry(source).or_default() += 1;
            }
            let ends = service.depends_on.iter().filter(|(_, d)| d.condition == "service_completed_successfully");
            out.once.extend(ends.map(|(name, _)| name.as_str()));
        }
        out
    }

    /// True if others wait for the end of a service.
    pub(super) fn runs_once(&self, name: &str) -> bool {
        self.once.contains(name)
    }
}

/// Why a service cannot simply run several times, with the environments. `others`: by environment.
pub(super) fn blockers(view: &View, name: &str, others: &[Others]) -> Union {
    let mut out = Union::default();
    for (environment, service) in view.services.get(name).into_iter().flatten() {
        let facts = Facts { view, environment: *environment, service: &service.value };
        let Some(others) = others.get(*environment) else { continue };
        for reason in reasons(&facts, others) {
            out.add(*environment, reason);
        }
        let by: Vec<String> = others.callers.get(name).into_iter().flatten().map(|s| view.sibling(s)).collect();
        if !by.is_empty() {
            let by = super::words::list(&by);
            let text = format!("its container is named as Compose calls it, which is the first one only, by {by}: let it name the service");
            out.add(*environment, text);
        }
        for guest in others.guests.get(name).into_iter().flatten() {
            out.add(*environment, format!("{} uses its network, and can use that of one container only", view.sibling(guest)));
        }
    }
    out
}

fn reasons(facts: &Facts, others: &Others) -> Vec<String> {
    let service = facts.service;
    let mut out = Vec::new();
    if let Some(name) = service.container_name.as_ref().filter(|n| !n.is_empty()) {
        out.push(format!("`container_name`: {} belongs to one container", facts.written(&name.origin, &name.value)));
    }
    let host = service.network_mode.as_ref().is_some_and(|m| m.value == "host");
    if host {
        out.push("it is on the network of the host: two of them would want the same ports".to_owned());
    }
    if let Some(other) = service.network_mode.as_ref().and_then(|m| m.strip_prefix("service:")) {
        out.push(format!("it is on the network of {}: two of them would want the same ports", facts.view.sibling(other)));
    }
    let fixed = |p: &&crate::model::Sourced<crate::model::Port>| HostPorts::of(p).is_some();
    if let Some(port) = service.ports.iter().find(fixed).filter(|_| !host) {
        let count = service.ports.iter().filter(fixed).count();
        let text = facts.ports().into_iter().next().filter(|_| count == 1).unwrap_or_else(|| facts.ports_of(port));
        let more = if count > 1 { format!(" and {} more", count - 1) } else { String::new() };
        out.push(format!("a fixed port of the host: {text}{more}"));
    }
    for mount in service.volumes.iter().filter(|m| !m.read_only && matches!(m.kind, MountKind::Volume | MountKind::Bind)) {
        let Some(source) = mount.source.as_deref().filter(|s| !s.is_empty()) else { continue };
        match facts.purpose(mount) {
            Some(Purpose { what, nature: Nature::Data(_) }) => {
                out.push(format!("{}: {what} can have one writer only", facts.mount_source(mount)));
            }
            None if others.writers.get(source) == Some(&1) => {
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

/// Who names a container by the name that Compose gives to it, `project-service-1`, in its variables or its command.
fn callers(project: &Project) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut out: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
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

#[cfg(test)]
mod tests {
    use crate::compose::{Loader, Request, load};
    use crate::fs::MemFs;
    use crate::model::{Options, build};
    use crate::source::Sources;

    #[test]
    fn containers_that_are_named_as_compose_calls_them() {
        let text = "name: shop\nservices:\n  api-x: {image: a}\n  web:\n    image: a\n    environment: {A: 'http://shop-api-x-1:80', B: shop_api-x_2, C: shop-other-1, D: shop-api-x, E: shop-web-1}\n";
        let disk = MemFs::new().file("/srv/shop/compose.yaml", text);
        let sources = Sources::new();
        let loader = Loader::new(&disk, &sources);
        let project = build(load(&loader, &Request::new("/srv/shop")), &loader, &Options::default());
        let found = super::callers(&project);
        assert_eq!(format!("{found:?}"), r#"{"api-x": {"web"}}"#);
    }
}
