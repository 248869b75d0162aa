//! The page about networks: the real name, the driver, the subnets, and who is attached.

use std::collections::BTreeSet;

use super::Page;
use super::view::{Union, View};
use crate::model::{Network, Sourced};

pub(super) fn page(view: &View) -> String {
    let mut page = Page::new("Networks");
    page.text("Services on one network reach each other by their names; services that share none do not. [All pages](README.md).");
    let networks = view.networks();
    for (key, versions) in &networks {
        network(view, key, versions, &mut page);
    }
    apart(view, &mut page);
    page.0
}

fn network(view: &View, key: &str, versions: &[(usize, &Sourced<Network>)], page: &mut Page) {
    page.heading(&view.words.code(key));
    let all = versions.len();
    let mut items = Vec::new();
    let (mut names, mut drivers, mut subnets, mut traits) = (Union::default(), Union::default(), Union::default(), Union::default());
    for (environment, network) in versions {
        let environment = *environment;
        let written = |field: &Sourced<String>| view.words.code(&view.written(environment, &field.origin, &field.value));
        let network = &network.value;
        names.add(environment, network.name.as_ref().map_or_else(|| view.words.code(key), written));
        if !network.external {
            drivers.add(
                environment,
                network.driver.as_ref().filter(|d| !d.is_empty()).map_or_else(|| "the engine's own, `bridge`".to_owned(), written),
            );
        }
        for config in network.ipam.iter().flat_map(|i| &i.config) {
            let Some(subnet) = &config.subnet else { continue };
            let gateway = config.gateway.as_ref().map(|g| format!(", gateway {}", written(g))).unwrap_or_default();
            subnets.add(environment, format!("{}{gateway}", written(subnet)));
        }
        if network.external {
            traits.add(environment, "It is made elsewhere: Compose refuses to start without it".to_owned());
        }
        if network.internal.as_ref().is_some_and(|i| i.value) {
            traits.add(environment, "Internal: it does not lead out of the host".to_owned());
        }
    }
    items.push(format!("Real name, as `docker network ls` shows it: {}", names.lines(view, all).join(", ")));
    if view.several() {
        let environments: BTreeSet<usize> = versions.iter().map(|(n, _)| *n).collect();
        items.push(format!("Environments: {}", view.in_which(&environments)));
    }
    if !drivers.0.is_empty() {
        items.push(format!("Driver: {}", drivers.lines(view, all).join(", ")));
    }
    if !subnets.0.is_empty() {
        items.push(format!("Subnets: {}", subnets.lines(view, all).join(", ")));
    }
    items.extend(traits.lines(view, all));
    let mut attached = Union::default();
    for (name, services) in &view.services {
        for (environment, _) in services.iter().filter(|(_, s)| s.networks.contains_key(key)) {
            attached.add(*environment, view.service(name));
        }
    }
    items.push(match attached.0.len() {
        0 => "Attached: no service".to_owned(),
        _ => format!("Attached: {}", attached.lines(view, all).join(", ")),
    });
    page.list(&items);
}

/// Services that are on no network of the project.
fn apart(view: &View, page: &mut Page) {
    let mut found = Union::default();
    for (name, versions) in &view.services {
        for (environment, service) in versions {
            let Some(mode) = service.network_mode.as_ref().filter(|m| !m.is_empty()) else { continue };
            let name = view.service(name);
            found.add(
                *environment,
                match mode.split_once(':') {
                    _ if mode.value == "host" => {
                        format!("{name} is on the network of the host: every port that it opens is one of the host")
                    }
                    _ if mode.value == "none" => format!("{name} has no network"),
                    Some(("service", other)) => format!("{name} shares the network of {}", view.service(other)),
                    Some(("container", other)) => {
                        format!("{name} shares the network of container {}, which is not of this project", view.words.code(other))
                    }
                    _ => format!("{name} has mode {}", view.words.code(&view.written(*environment, &mode.origin, &mode.value))),
                },
            );
        }
    }
    if !found.0.is_empty() {
        page.heading("On none of them");
        page.list(&found.lines(view, view.input.environments.len()));
    }
}
