//! The picture: services, what they wait for, ports, volumes and networks, for mermaid. Ids are ours, labels are quoted and escaped, so no
//! name of a user's can be taken for a part of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::facts::Facts;
use super::view::View;
use super::words::list;
use crate::model::MountKind;
use crate::model::address::HostPorts;

/// Renderers refuse a graph with more than 500 edges or 50 000 characters, and nobody could read it.
const EDGES: usize = 400;
const CHARACTERS: usize = 40_000;

/// What is drawn together or not at all.
#[derive(Default)]
struct Layer {
    nodes: Vec<String>,
    edges: Vec<String>,
}

/// The graph in its fence, and the layers that are not in it because it would be too large. `None`: there is nothing to draw, or too much.
pub(super) fn graph(view: &View) -> Option<(String, Vec<&'static str>)> {
    let ids: BTreeMap<&str, String> = view.services.keys().zip(1u32..).map(|(name, n)| (*name, format!("s{n}"))).collect();
    let mut base = Layer::default();
    for (name, versions) in &view.services {
        let id = ids.get(name)?;
        let environments: BTreeSet<usize> = versions.iter().map(|(n, _)| *n).collect();
        let label = view.words.label(name);
        base.nodes.push(format!("{id}[\"{label}{}\"]", only(view, &environments)));
    }
    dependencies(view, &ids, &mut base);
    let mut out = String::from("```mermaid\nflowchart LR\n");
    let mut edges = 0;
    let mut left_out = Vec::new();
    let layers =
        [("services", base), ("published ports", ports(view, &ids)), ("volumes", volumes(view, &ids)), ("networks", networks(view, &ids))];
    for (title, layer) in layers {
        let length: usize = layer.nodes.iter().chain(&layer.edges).map(|l| l.len() + 3).sum();
        if edges + layer.edges.len() > EDGES || out.len() + length > CHARACTERS {
            if title == "services" {
                return None;
            }
            left_out.push(title);
            continue;
        }
        edges += layer.edges.len();
        for line in layer.nodes.iter().chain(&layer.edges) {
            let _ = writeln!(out, "  {line}");
        }
    }
    out.push_str("```");
    (!view.services.is_empty()).then_some((out, left_out))
}

fn only(view: &View, environments: &BTreeSet<usize>) -> String {
    if environments.len() >= view.input.environments.len() {
        return String::new();
    }
    let names: Vec<String> =
        environments.iter().filter_map(|n| view.input.environments.get(*n)).map(|e| view.words.label(e.name)).collect();
    format!(" #40;{}#41;", list(&names))
}

/// Edges with what is written on them, each once.
fn dependencies(view: &View, ids: &BTreeMap<&str, String>, layer: &mut Layer) {
    let mut found: BTreeMap<(&str, &str), BTreeSet<&'static str>> = BTreeMap::new();
    for (name, versions) in &view.services {
        for (target, dependency) in versions.iter().flat_map(|(_, s)| &s.depends_on) {
            let words = match dependency.condition.as_str() {
                "service_healthy" => "healthy",
                "service_completed_successfully" => "ended",
                _ => "started",
            };
            found.entry((name, target)).or_default().insert(words);
        }
    }
    for ((name, target), words) in found {
        if let (Some(from), Some(to)) = (ids.get(name), ids.get(target)) {
            let words: Vec<&str> = words.into_iter().collect();
            layer.edges.push(format!("{from} -->|\"{}\"| {to}", words.join(", ")));
        }
    }
}

fn ports(view: &View, ids: &BTreeMap<&str, String>) -> Layer {
    let mut found: BTreeMap<(String, &str), BTreeSet<usize>> = BTreeMap::new();
    for (name, versions) in &view.services {
        for (environment, service) in versions {
            for port in &service.ports {
                let text = match HostPorts::of(port) {
                    _ if view.is_variable(*environment, &port.origin) => view.names_in(*environment, port.origin.at),
                    Some(host) => host.text(),
                    None => port.published.clone().unwrap_or_default(),
                };
                if !text.is_empty() {
                    found.entry((text, name)).or_default().insert(*environment);
                }
            }
        }
    }
    let mut out = Layer::default();
    for (((port, service), environments), n) in found.into_iter().zip(1u32..) {
        let among: BTreeSet<usize> = view.services.get(service).into_iter().flatten().map(|(n, _)| *n).collect();
        let only = if environments == among { String::new() } else { only(view, &environments) };
        out.nodes.push(format!("p{n}([\"{}{only}\"])", view.words.label(&port)));
        if let Some(id) = ids.get(service) {
            out.edges.push(format!("p{n} ==> {id}"));
        }
    }
    out
}

fn volumes(view: &View, ids: &BTreeMap<&str, String>) -> Layer {
    let mut found: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (name, versions) in &view.services {
        for (environment, service) in versions {
            let facts = Facts { view, environment: *environment, service: &service.value };
            for mount in service.volumes.iter().filter(|m| m.kind == MountKind::Volume) {
                if let Some(source) = mount.source.as_deref().filter(|s| !s.is_empty()) {
                    found.entry(facts.volume_source(mount, source)).or_default().insert(name);
                }
            }
        }
    }
    join(view, ids, found, "v", ("[(\"", "\")]"), "---")
}

/// Networks with more than one service; where all services share one, it says nothing.
fn networks(view: &View, ids: &BTreeMap<&str, String>) -> Layer {
    let mut found: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (name, versions) in &view.services {
        for network in versions.iter().flat_map(|(_, s)| s.networks.keys()) {
            found.entry(network.clone()).or_default().insert(name);
        }
    }
    if found.len() < 2 {
        found.clear();
    }
    join(view, ids, found, "n", ("{{\"", "\"}}"), "-.-")
}

fn join(
    view: &View,
    ids: &BTreeMap<&str, String>,
    found: BTreeMap<String, BTreeSet<&str>>,
    prefix: &str,
    (open, close): (&str, &str),
    line: &str,
) -> Layer {
    let mut out = Layer::default();
    for ((name, services), n) in found.into_iter().zip(1u32..) {
        out.nodes.push(format!("{prefix}{n}{open}{}{close}", view.words.label(&name)));
        out.edges.extend(services.iter().filter_map(|s| ids.get(s)).map(|id| format!("{id} {line} {prefix}{n}")));
    }
    out
}
