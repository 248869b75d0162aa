//! The first page: what the project is made of, and how it is started.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::facts::Facts;
use super::view::{Union, View};
use super::words::list;
use super::{Page, graph, head};
use crate::report::summary::count;

/// Directories between a page and the root.
const DEPTH: usize = 2;

pub(super) fn page(view: &View) -> String {
    let mut page = Page::new(&view.words.code(view.input.name));
    let volumes = view.volumes().len();
    let networks = view.networks().len();
    page.text(&format!(
        "{}, {}, {}. What is written here comes from the Compose files alone.",
        count(view.services.len(), "service"),
        count(volumes, "volume"),
        count(networks, "network")
    ));
    let mut pages = vec!["[Volumes](volumes.md): what is kept where, and how to back it up".to_owned()];
    if view.several() {
        pages.insert(0, "[Environments](environments.md): what differs between them".to_owned());
    }
    pages.push("[Networks](networks.md): who reaches whom".to_owned());
    pages.push("[Troubleshooting](troubleshooting.md): what starts after what, what must be free or there".to_owned());
    page.list(&pages);

    page.heading(if view.several() { "Environments" } else { "Starting it" });
    environments(view, &mut page);

    page.heading("Architecture");
    match graph::graph(view) {
        Some((graph, left_out)) => {
            page.text("An arrow leads from a service to what it waits for. Thick arrows are ports of the host, cylinders are volumes, hexagons are networks.");
            page.text(&graph);
            if !left_out.is_empty() {
                let left_out: Vec<String> = left_out.into_iter().map(str::to_owned).collect();
                page.text(&format!("Left out, since the picture would be too large: {}.", list(&left_out)));
            }
        }
        None => page.text("There are too many services for a picture, or none."),
    }

    page.heading("Services");
    services(view, &mut page);
    ports(view, &mut page);
    files(view, &mut page);
    page.0
}

fn environments(view: &View, page: &mut Page) {
    let mut rows = Vec::new();
    for (number, environment) in view.input.environments.iter().enumerate() {
        let command = view.words.code(&format!("{} up --detach", environment.command));
        let profiles: BTreeSet<String> =
            environment.project.services.values().flat_map(|s| s.profiles.iter().map(|p| view.words.code(&p.value))).collect();
        let without = environment.project.services.values().filter(|s| s.profiles.is_empty()).count();
        let mut services = without.to_string();
        if !profiles.is_empty() {
            services = format!(
                "{services}, and {} with {}",
                environment.project.services.len() - without,
                profiles.into_iter().map(|p| format!("`--profile` {p}")).collect::<Vec<_>>().join(", ")
            );
        }
        rows.push(vec![view.environment(number), command, services]);
    }
    if view.several() {
        page.table(&head(&["environment", "command", "services"]), &rows);
    } else {
        let rows: Vec<Vec<String>> = rows.into_iter().map(|row| row.into_iter().skip(1).collect()).collect();
        page.table(&head(&["command", "services"]), &rows);
    }
}

fn services(view: &View, page: &mut Page) {
    let mut rows = Vec::new();
    for (name, versions) in &view.services {
        let all: BTreeSet<usize> = versions.iter().map(|(n, _)| *n).collect();
        let mut runs = Union::default();
        for (environment, service) in versions {
            let facts = Facts { view, environment: *environment, service: &service.value };
            let build = facts.build();
            let text = if build.is_empty() { facts.image() } else { format!("built from {build}") };
            runs.add(*environment, text);
        }
        let waits: BTreeSet<String> = versions.iter().flat_map(|(_, s)| s.depends_on.keys()).map(|n| view.service(n)).collect();
        let waits = waits.into_iter().collect::<Vec<_>>().join(", ");
        let mut row = vec![view.service(name), runs.lines(view, all.len()).join("<br>"), waits];
        if view.several() {
            row.push(view.in_which(&all));
        }
        rows.push(row);
    }
    let mut titles = head(&["service", "runs", "waits for"]);
    if view.several() {
        titles.push("environments".to_owned());
    }
    page.table(&titles, &rows);
}

fn ports(view: &View, page: &mut Page) {
    let mut rows = Vec::new();
    for (name, versions) in &view.services {
        let mut ports = Union::default();
        for (environment, service) in versions {
            let facts = Facts { view, environment: *environment, service: &service.value };
            for port in facts.ports() {
                ports.add(*environment, port);
            }
        }
        for (port, environments) in &ports.0 {
            let mut row = vec![port.clone(), view.service(name)];
            if view.several() {
                row.push(view.in_which(environments));
            }
            rows.push(row);
        }
    }
    if rows.is_empty() {
        return;
    }
    page.heading("Published ports");
    let mut titles = head(&["host → container", "service"]);
    if view.several() {
        titles.push("environments".to_owned());
    }
    page.table(&titles, &rows);
}

/// Which file a service is written in.
fn files(view: &View, page: &mut Page) {
    let mut by_file: BTreeMap<&PathBuf, Vec<String>> = BTreeMap::new();
    for (name, file) in view.input.homes {
        if view.services.contains_key(name.as_str()) {
            by_file.entry(file).or_default().push(view.service(name));
        }
    }
    if by_file.is_empty() {
        return;
    }
    page.heading("Files");
    let rows: Vec<Vec<String>> =
        by_file.into_iter().map(|(file, services)| vec![view.words.link(Path::new(file), DEPTH), services.join(", ")]).collect();
    page.table(&head(&["file", "services"]), &rows);
}
