//! What hangs together: hosts, stacks and services, and the networks, volumes, paths and ports between them. Made from a [`Document`] alone, so
//! a picture shows no more than the document does. Three printers draw it: [`mermaid`], [`dot`] and [`svg`].
//!
//! What only one stack has is drawn within that stack; what several have stands beside them. The network that Compose makes for every stack is
//! left out where it is the only one of its stack: it would say nothing.

pub mod dot;
pub mod mermaid;
pub mod svg;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::document::Document;
use super::inventory::{Beside, Published, Resource, Stack};

/// The graph.
#[derive(Debug, Default)]
pub(super) struct Graph {
    /// The hosts in their order; one without a name where hosts have none.
    pub(super) hosts: Vec<Host>,
    /// The stacks in the order of the document, then what stands beside them, a group a host.
    pub(super) groups: Vec<Group>,
    /// Services first, in the order of the groups; then everything else, sorted.
    pub(super) nodes: Vec<Node>,
    /// The edges, sorted by their kind and ends.
    pub(super) edges: Vec<Edge>,
}

#[derive(Debug)]
pub(super) struct Host {
    pub(super) name: Option<String>,
    /// The hosts whose endpoints it uses.
    pub(super) needs: Vec<usize>,
}

#[derive(Debug)]
pub(super) struct Group {
    pub(super) host: usize,
    pub(super) name: String,
    pub(super) directory: String,
    /// Its place among the stacks of the document; `None`: what no stack starts.
    pub(super) stack: Option<usize>,
    pub(super) refused: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Service,
    Beside,
    Network,
    Volume,
    Path,
    Port,
}

impl Kind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Kind::Service => "service",
            Kind::Beside => "beside",
            Kind::Network => "network",
            Kind::Volume => "volume",
            Kind::Path => "path",
            Kind::Port => "port",
        }
    }
}

#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) name: String,
    /// The image of a service, what somebody has to know of anything else; may be empty.
    pub(super) detail: String,
    pub(super) host: usize,
    /// The group that it is in; `None`: several have it.
    pub(super) group: Option<usize>,
    /// The group that makes it, if others only use it.
    pub(super) provider: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Relation {
    /// Starts after the other.
    Waits,
    /// Is in the network, mounts the volume or the path.
    Uses,
    /// Takes the port; from the port to the service.
    Publishes,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Edge {
    pub(super) relation: Relation,
    pub(super) from: usize,
    pub(super) to: usize,
    /// `started`, `healthy`, `ended`, `read-only`; may be empty.
    pub(super) label: String,
}

/// Something that services have in common or to themselves.
#[derive(Default)]
struct Thing {
    detail: String,
    provider: Option<usize>,
    /// The groups that declare it.
    declared: BTreeSet<usize>,
    users: BTreeSet<(usize, String)>,
}

/// By host, kind and name.
type Things = BTreeMap<(usize, Kind, String), Thing>;

impl Graph {
    pub(super) fn new(document: &Document) -> Self {
        let mut graph = Self::default();
        graph.hosts(document);
        let mut things = Things::new();
        let mut services: BTreeMap<(usize, &str), usize> = BTreeMap::new();
        for (stack, n) in document.stacks().iter().zip(0..) {
            let host = graph.host(stack.host.as_deref());
            let group = graph.groups.len();
            graph.groups.push(Group {
                host,
                name: stack.project.clone().unwrap_or_else(|| "(no name)".to_owned()),
                directory: stack.directory.clone(),
                stack: Some(n),
                refused: stack.refused,
            });
            for service in &stack.services {
                let detail =
                    service.image.clone().or_else(|| service.build.as_ref().map(|b| format!("built from {b}"))).unwrap_or_default();
                services.insert((group, &service.name), graph.nodes.len());
                graph.nodes.push(Node {
                    kind: Kind::Service,
                    name: service.name.clone(),
                    detail,
                    host,
                    group: Some(group),
                    provider: None,
                });
            }
            declare(stack, host, group, &mut things);
        }
        for (stack, group) in document.stacks().iter().zip(0..) {
            let host = graph.host(stack.host.as_deref());
            // Where another stack is in it too, it is worth a place.
            for network in stack.networks.iter().filter(|n| is_lonely(stack, n)) {
                if let Some(thing) = things.get_mut(&(host, Kind::Network, network.name.clone())) {
                    thing.declared.insert(group);
                    thing.provider = thing.provider.or(Some(group));
                }
            }
        }
        graph.connect(document, &services, &mut things);
        graph.beside(&document.beside, &mut things);
        graph.settle(things);
        graph
    }

    fn hosts(&mut self, document: &Document) {
        self.hosts = document.hosts.iter().map(|h| Host { name: Some(h.name.clone()), needs: Vec::new() }).collect();
        let names: Vec<Option<&str>> =
            document.stacks().iter().map(|s| s.host.as_deref()).chain(document.beside.iter().map(|b| b.host.as_deref())).collect();
        for name in names {
            if !self.hosts.iter().any(|h| h.name.as_deref() == name) {
                self.hosts.push(Host { name: name.map(str::to_owned), needs: Vec::new() });
            }
        }
        for summary in &document.hosts {
            let needs: Vec<usize> =
                summary.needs.iter().filter_map(|n| self.hosts.iter().position(|h| h.name.as_deref() == Some(n))).collect();
            if let Some(host) = self.hosts.iter_mut().find(|h| h.name.as_deref() == Some(&summary.name)) {
                host.needs = needs;
            }
        }
    }

    fn host(&self, name: Option<&str>) -> usize {
        self.hosts.iter().position(|h| h.name.as_deref() == name).unwrap_or(0)
    }

    fn connect(&mut self, document: &Document, services: &BTreeMap<(usize, &str), usize>, things: &mut Things) {
        let containers: BTreeMap<(usize, &str), usize> = document
            .stacks()
            .iter()
            .zip(0..)
            .flat_map(|(stack, group)| stack.services.iter().map(move |s| (group, s)))
            .filter_map(|(group, s)| {
                Some(((self.groups.get(group)?.host, s.container_name.as_deref()?), *services.get(&(group, s.name.as_str()))?))
            })
            .collect();
        for (stack, group) in document.stacks().iter().zip(0..) {
            let host = self.host(stack.host.as_deref());
            for service in &stack.services {
                let Some(&at) = services.get(&(group, service.name.as_str())) else { continue };
                for dependency in &service.depends_on {
                    if let Some(&to) = services.get(&(group, dependency.service.as_str())) {
                        self.edges.push(Edge {
                            relation: Relation::Waits,
                            from: at,
                            to,
                            label: condition(&dependency.condition).to_owned(),
                        });
                    }
                }
                let other = service.network_mode.as_deref().and_then(|m| m.strip_prefix("container:"));
                if let Some(&to) = other.and_then(|name| containers.get(&(host, name))) {
                    self.edges.push(Edge { relation: Relation::Waits, from: at, to, label: "shares its network".to_owned() });
                }
                for network in &service.networks {
                    if let Some(thing) = things.get_mut(&(host, Kind::Network, network.clone())) {
                        thing.users.insert((at, String::new()));
                    }
                }
                for port in service.ports.iter().filter(|p| p.published.is_some()) {
                    let thing = things.entry((host, Kind::Port, port_name(port))).or_default();
                    thing.users.insert((at, String::new()));
                }
            }
            for mount in &stack.mount_list {
                let (Some(source), Some(&at)) = (&mount.source, services.get(&(group, mount.service.as_str()))) else { continue };
                let kind = match (mount.kind.as_str(), &*mount.class) {
                    ("volume" | "cluster", _) => Kind::Volume,
                    // What every second container mounts, such as `/etc/localtime`, connects nothing.
                    ("bind", class) if class != "system" => Kind::Path,
                    _ => continue,
                };
                let thing = things.entry((host, kind, source.clone())).or_default();
                thing.users.insert((at, if mount.read_only { "read-only".to_owned() } else { String::new() }));
                if kind == Kind::Path {
                    thing.detail = mount.class.replace('-', " ");
                }
            }
        }
    }

    fn beside(&mut self, beside: &[Beside], things: &mut Things) {
        for host in 0..self.hosts.len() {
            let here: Vec<&Beside> = beside.iter().filter(|b| self.host(b.host.as_deref()) == host).collect();
            let Some(first) = here.first() else { continue };
            let group = self.groups.len();
            let directory = if here.iter().all(|b| b.file == first.file) { first.file.clone() } else { String::new() };
            self.groups.push(Group { host, name: "beside the stacks".to_owned(), directory, stack: None, refused: false });
            for one in here {
                let at = self.nodes.len();
                let detail = one.image.clone().unwrap_or_else(|| one.kind.replace('-', " "));
                self.nodes.push(Node { kind: Kind::Beside, name: one.name.clone(), detail, host, group: Some(group), provider: None });
                for port in one.ports.iter().filter(|p| p.published.is_some()) {
                    things.entry((host, Kind::Port, port_name(port))).or_default().users.insert((at, String::new()));
                }
                for volume in &one.volumes {
                    let source = volume.split(':').next().unwrap_or_default();
                    let kind = if source.starts_with('/') { Kind::Path } else { Kind::Volume };
                    if !source.is_empty() {
                        things.entry((host, kind, source.to_owned())).or_default().users.insert((at, String::new()));
                    }
                }
            }
        }
    }

    /// Gives everything its place, now that it is known who has it.
    fn settle(&mut self, things: Things) {
        for ((host, kind, name), thing) in things {
            let of_users = thing.users.iter().filter_map(|(at, _)| self.nodes.get(*at)?.group);
            let groups: BTreeSet<usize> = of_users.chain(thing.declared.iter().copied()).collect();
            let services: BTreeSet<usize> = thing.users.iter().map(|(at, _)| *at).collect();
            if kind == Kind::Path && services.len() < 2 {
                continue;
            }
            let at = self.nodes.len();
            let group = groups.first().copied().filter(|_| groups.len() == 1);
            let is_made_elsewhere = matches!(kind, Kind::Network | Kind::Volume) && !thing.declared.is_empty() && thing.provider.is_none();
            let detail = if is_made_elsewhere { "external".to_owned() } else { thing.detail };
            self.nodes.push(Node { kind, name, detail, host, group, provider: thing.provider.filter(|_| group.is_none()) });
            for (user, label) in thing.users {
                self.edges.push(match kind {
                    Kind::Port => Edge { relation: Relation::Publishes, from: at, to: user, label },
                    _ => Edge { relation: Relation::Uses, from: user, to: at, label },
                });
            }
        }
        self.edges.sort();
        self.edges.dedup();
    }

    /// The nodes of a group that fit, with their places.
    pub(super) fn of_group(&self, group: usize) -> impl Iterator<Item = (usize, &Node)> {
        self.nodes.iter().enumerate().filter(move |(_, n)| n.group == Some(group))
    }

    /// What stands between the groups, with the groups that have it.
    pub(super) fn shared(&self) -> BTreeMap<usize, BTreeSet<usize>> {
        let mut out: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for (at, node) in self.nodes.iter().enumerate().filter(|(_, n)| n.group.is_none()) {
            out.entry(at).or_default().extend(node.provider);
        }
        for edge in &self.edges {
            for (end, other) in [(edge.from, edge.to), (edge.to, edge.from)] {
                if let (Some(groups), Some(group)) = (out.get_mut(&end), self.nodes.get(other).and_then(|n| n.group)) {
                    groups.insert(group);
                }
            }
        }
        out
    }
}

/// The network that Compose makes for a stack which asks for none.
fn is_lonely(stack: &Stack, network: &Resource) -> bool {
    network.key == "default" && !network.external && stack.networks.len() == 1
}

/// What a stack says it has, used or not.
fn declare(stack: &Stack, host: usize, group: usize, things: &mut Things) {
    let networks = stack.networks.iter().filter(|n| !is_lonely(stack, n)).map(|n| (Kind::Network, n));
    for (kind, resource) in networks.chain(stack.volumes.iter().map(|v| (Kind::Volume, v))) {
        let thing = things.entry((host, kind, resource.name.clone())).or_default();
        thing.declared.insert(group);
        if !resource.external {
            thing.provider = thing.provider.or(Some(group));
        }
    }
}

/// `8080`, `127.0.0.1:53/udp`.
fn port_name(port: &Published) -> String {
    let address = match port.address.as_deref() {
        None => String::new(),
        Some(ip) if ip.contains(':') => format!("[{ip}]:"),
        Some(ip) => format!("{ip}:"),
    };
    let protocol = if port.protocol == "tcp" { String::new() } else { format!("/{}", port.protocol) };
    format!("{address}{}{protocol}", port.published.as_deref().unwrap_or_default())
}

fn condition(condition: &str) -> &str {
    match condition {
        "service_started" => "started",
        "service_healthy" => "healthy",
        "service_completed_successfully" => "ended",
        other => other,
    }
}
