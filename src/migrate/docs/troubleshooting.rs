//! What is worth knowing when it does not start. Only what is true of this project: a section that would be empty is not there.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Facts, Health, condition};
use super::monitoring::Collected;
use super::view::{Union, View};
use super::{Page, head};
use crate::model::address::HostPorts;
use crate::shell::shell_word;

pub(super) fn page(view: &View) -> String {
    let mut page = Page::new("Troubleshooting");
    let first = view.command(0);
    page.text("[All pages](README.md).");
    page.heading("Where to look first");
    page.commands(&[format!("{first} ps --all"), format!("{first} logs --tail 100")]);
    order(view, &mut page);
    health(view, &mut page);
    ports(view, &mut page);
    needed(view, &mut page);
    stopped(view, &mut page);
    monitoring(view, &mut page);
    page.0
}

/// What starts after what: first what waits for nothing, then what waits for that alone, and so on.
fn order(view: &View, page: &mut Page) {
    let mut waits: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut why = Union::default();
    for (name, versions) in &view.services {
        let known = waits.entry(name).or_default();
        for (environment, service) in versions {
            for (target, dependency) in &service.value.depends_on {
                if view.services.contains_key(target.as_str()) {
                    known.insert(target);
                }
                let condition = condition(&dependency.condition);
                let optional = if dependency.required { "" } else { ", if it runs" };
                why.add(*environment, format!("{} waits until {} {condition}{optional}", view.service(name), view.service(target)));
            }
        }
    }
    if why.0.is_empty() {
        return;
    }
    page.heading("What starts after what");
    let layers = layers(&waits);
    let done: BTreeSet<&str> = layers.iter().flatten().copied().collect();
    let mut lines: Vec<String> = Vec::new();
    for (layer, number) in layers.iter().zip(1u32..) {
        let names: Vec<String> = layer.iter().map(|n| view.service(n)).collect();
        lines.push(format!("{number}. {}", names.join(", ")));
    }
    page.text(&lines.join("\n"));
    let circle: Vec<String> = waits.keys().filter(|n| !done.contains(*n)).map(|n| view.service(n)).collect();
    if !circle.is_empty() {
        page.text(&format!("In a circle, or behind one, over all environments: {}.", circle.join(", ")));
    }
    page.list(&why.lines(view, view.input.environments.len()));
}

fn layers<'a>(waits: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Vec<Vec<&'a str>> {
    let mut left: BTreeMap<&str, usize> = waits.iter().map(|(name, targets)| (*name, targets.len())).collect();
    let mut followers: BTreeMap<&str, Vec<&'a str>> = BTreeMap::new();
    for (name, targets) in waits {
        for target in targets {
            followers.entry(target).or_default().push(name);
        }
    }
    let mut out = Vec::new();
    let mut layer: Vec<&'a str> = waits.iter().filter(|(_, targets)| targets.is_empty()).map(|(name, _)| *name).collect();
    while !layer.is_empty() {
        let mut next = BTreeSet::new();
        for follower in layer.iter().filter_map(|name| followers.get(name)).flatten() {
            if let Some(count) = left.get_mut(follower) {
                *count -= 1;
                if *count == 0 {
                    next.insert(*follower);
                }
            }
        }
        out.push(layer);
        layer = next.into_iter().collect();
    }
    out
}

fn health(view: &View, page: &mut Page) {
    let (mut without, mut hopeless) = (Union::default(), Union::default());
    let mut waiting: BTreeMap<(usize, &str), BTreeSet<&str>> = BTreeMap::new();
    for (name, versions) in &view.services {
        for (environment, service) in versions {
            for (target, _) in service.depends_on.iter().filter(|(_, d)| d.condition == "service_healthy") {
                waiting.entry((*environment, target)).or_default().insert(name);
            }
        }
    }
    for (name, versions) in &view.services {
        for (environment, service) in versions {
            let facts = Facts { view, environment: *environment, service: &service.value };
            let words = match facts.health() {
                Health::Checked(_) | Health::InDockerfile => continue,
                Health::Disabled => ", where it is switched off",
                Health::Unknown => "",
            };
            without.add(*environment, format!("{}{words}", view.service(name)));
            for waiting in waiting.get(&(*environment, *name)).into_iter().flatten() {
                let words = if words.is_empty() {
                    "has no healthcheck in the files: its image needs one"
                } else {
                    "has its healthcheck switched off"
                };
                hopeless
                    .add(*environment, format!("{} waits until {} is healthy, which {words}", view.service(waiting), view.service(name)));
            }
        }
    }
    if without.0.is_empty() {
        return;
    }
    let all = view.input.environments.len();
    page.heading("Without a healthcheck");
    page.text("A container whose program hangs counts as running. The files have no healthcheck for these; their images may have one.");
    page.list(&without.lines(view, all));
    if !hopeless.0.is_empty() {
        page.text("Compose never starts what waits for the health of a service that nobody checks:");
        page.list(&hopeless.lines(view, all));
    }
}

fn ports(view: &View, page: &mut Page) {
    let mut found: BTreeMap<(u16, String), Union> = BTreeMap::new();
    let mut by_variable = Union::default();
    for (name, versions) in &view.services {
        for (environment, service) in versions {
            let facts = Facts { view, environment: *environment, service: &service.value };
            for port in &service.value.ports {
                if view.is_variable(*environment, &port.origin) {
                    by_variable.add(*environment, format!("{}: {}", view.service(name), facts.ports_of(port)));
                } else if let Some(host) = HostPorts::of(port) {
                    found.entry((host.port, facts.code(&host.text()))).or_default().add(*environment, view.service(name));
                }
            }
        }
    }
    if found.is_empty() && by_variable.0.is_empty() {
        return;
    }
    page.heading("Ports that have to be free");
    let all = view.input.environments.len();
    let rows: Vec<Vec<String>> =
        found.iter().map(|((_, port), services)| vec![port.clone(), services.lines(view, all).join(", ")]).collect();
    page.table(&head(&["port of the host", "service"]), &rows);
    if !by_variable.0.is_empty() {
        page.text("These hang on a variable:");
        page.list(&by_variable.lines(view, all));
    }
    page.text("“port is already allocated” or “address already in use” means that another program has it. Which one:");
    let port = found.keys().next().map_or_else(|| "8080".to_owned(), |(port, _)| port.to_string());
    page.commands(&[format!("ss --listening --numeric --processes 'sport = :{port}'"), format!("docker ps --filter publish={port}")]);
}

/// What has to be there before it starts.
fn needed(view: &View, page: &mut Page) {
    let mut found = Union::default();
    for (number, environment) in view.input.environments.iter().enumerate() {
        let project = environment.project;
        for (key, network) in project.networks.iter().filter(|(_, n)| n.external) {
            let name = network.name.as_ref().map_or_else(|| key.clone(), |n| view.written(number, &n.origin, &n.value));
            let create = view.words.code(&format!("docker network create {}", shell_word(&name)));
            found.add(number, format!("the network {}, made elsewhere ({create})", view.words.code(&name)));
        }
        for (key, volume) in project.volumes.iter().filter(|(_, v)| v.external) {
            let name = volume.name.as_ref().map_or_else(|| key.clone(), |n| view.written(number, &n.origin, &n.value));
            found.add(number, format!("the volume {}, made elsewhere: an empty one is not the same", view.words.code(&name)));
        }
        for service in project.services.values() {
            for file in service.env_file.iter().filter(|f| f.required) {
                let path = view.words.code(&view.host_path(number, &file.origin, &file.path));
                found.add(number, format!("the env file {path}"));
            }
        }
        for (what, objects) in [("secret", &project.secrets), ("config", &project.configs)] {
            for (key, object) in objects {
                let key = view.words.code(key);
                if let Some(file) = &object.file {
                    let path = view.words.code(&view.host_path(number, &file.origin, &file.value));
                    found.add(number, format!("the file {path} of the {what} {key}"));
                } else if let Some(variable) = &object.environment {
                    found.add(number, format!("the variable {} of the {what} {key}", view.words.code(&variable.value)));
                } else if object.external {
                    found.add(number, format!("the {what} {key}, made elsewhere"));
                }
            }
        }
        let required = view.variables(number).iter().filter(|used| used.operator.as_ref().is_some_and(|(op, _)| op.ends_with('?')));
        for name in required.map(|used| used.name.as_str()).collect::<BTreeSet<_>>() {
            found.add(number, format!("the variable {}", view.words.code(name)));
        }
    }
    if found.0.is_empty() {
        return;
    }
    page.heading("What has to be there");
    page.text("Compose refuses to start without:");
    page.list(&found.lines(view, view.input.environments.len()));
}

/// Services that stay down.
fn stopped(view: &View, page: &mut Page) {
    let (mut once, mut stays) = (Union::default(), Union::default());
    for (number, environment) in view.input.environments.iter().enumerate() {
        let services = &environment.project.services;
        let ends: BTreeSet<&str> = services
            .values()
            .flat_map(|s| &s.depends_on)
            .filter(|(_, d)| d.condition == "service_completed_successfully")
            .map(|(name, _)| name.as_str())
            .collect();
        let services = view.services.keys().filter_map(|name| services.get(*name));
        for service in services {
            let name = service.name.as_str();
            let policy = service.restart.as_ref().is_some_and(|r| r.value != "no");
            let deploy = service.deploy.as_ref().is_some_and(|d| d.restart_policy.is_some());
            if ends.contains(name) {
                once.add(number, view.service(name));
            } else if !policy && !deploy && service.provider.is_none() {
                stays.add(number, view.service(name));
            }
        }
    }
    let all = view.input.environments.len();
    if !once.0.is_empty() {
        page.heading("Run once");
        page.text("Others wait for the end of these; that they are not running afterwards is no fault.");
        page.list(&once.lines(view, all));
    }
    if !stays.0.is_empty() {
        page.heading("Not restarted");
        page.text("These have no `restart`: after an error, or when the host was switched off, they stay down until somebody starts them.");
        page.list(&stays.lines(view, all));
    }
}

fn monitoring(view: &View, page: &mut Page) {
    let (mut unnamed, mut nowhere) = (Union::default(), Union::default());
    for (number, environment) in view.input.environments.iter().enumerate() {
        let Some(collected) = Collected::of(view, environment.project) else { continue };
        for name in collected.unnamed(environment.project) {
            unnamed.add(number, view.service(name));
        }
        for target in &collected.nowhere {
            nowhere.add(number, view.words.code(target));
        }
    }
    let all = view.input.environments.len();
    if unnamed.0.is_empty() && nowhere.0.is_empty() {
        return;
    }
    page.heading("Monitoring");
    if !nowhere.0.is_empty() {
        page.text("The configuration of Prometheus names these targets, and no service of the project is called so:");
        page.list(&nowhere.lines(view, all));
    }
    if !unnamed.0.is_empty() {
        page.text(&format!("The configuration of Prometheus names none of these: {}.", unnamed.lines(view, all).join(", ")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_starts_after_what() {
        let waits = |pairs: &[(&'static str, &[&'static str])]| {
            let waits: BTreeMap<&str, BTreeSet<&str>> = pairs.iter().map(|(name, on)| (*name, on.iter().copied().collect())).collect();
            layers(&waits).iter().map(|l| l.join(" ")).collect::<Vec<_>>().join(" / ")
        };
        assert_eq!(waits(&[("a", &["b", "c"]), ("b", &["c"]), ("c", &[]), ("d", &[])]), "c d / b / a");
        assert_eq!(waits(&[("a", &["b"]), ("b", &["a"]), ("c", &[]), ("d", &["a"])]), "c");
    }
}
