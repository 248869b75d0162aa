//! A page for each service.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Fact, Facts, condition};
use super::purpose::Nature;
use super::scaling::{self, Others};
use super::view::{Union, View};
use super::words::list;
use super::{Page, head};
use crate::model::Service;

/// Directories between a service's page and the root.
const DEPTH: usize = 3;

/// Name of the file, text.
pub(super) fn pages(view: &View) -> Vec<(String, String)> {
    let others: Vec<Others> = view.input.environments.iter().map(|e| Others::of(e.project)).collect();
    let needed_by = needed_by(view);
    view.files.iter().map(|(name, file)| (file.clone(), page(view, name, &needed_by, &others))).collect()
}

/// Service → those that wait for it, with the environments.
type NeededBy<'a> = BTreeMap<&'a str, BTreeMap<&'a str, BTreeSet<usize>>>;

fn needed_by<'a>(view: &View<'a>) -> NeededBy<'a> {
    let mut out = NeededBy::new();
    for (name, versions) in &view.services {
        for (environment, service) in versions {
            for target in service.value.depends_on.keys() {
                out.entry(target).or_default().entry(name).or_default().insert(*environment);
            }
        }
    }
    out
}

fn page(view: &View, name: &str, needed_by: &NeededBy, others: &[Others]) -> String {
    let versions: Vec<Facts> = view
        .services
        .get(name)
        .into_iter()
        .flatten()
        .map(|(environment, service)| Facts { view, environment: *environment, service: &service.value })
        .collect();
    let all = versions.len();
    let mut page = Page::new(&view.words.code(name));
    page.text(&introduction(view, name, &versions));
    table(view, &versions, &mut page);
    mounts(view, &versions, &mut page);
    variables(view, &versions, &mut page);
    dependencies(view, name, &versions, needed_by, &mut page);
    networks(view, &versions, &mut page);

    page.heading("Running it several times");
    let ends = |facts: &Facts| others.get(facts.environment).is_some_and(|o| o.runs_once(name));
    let blockers = scaling::blockers(view, name, others);
    if versions.iter().any(ends) {
        page.text("Others wait for its end: it is to run once.");
    } else if blockers.0.is_empty() {
        let word = crate::shell::shell_word(&view.words.shown(name));
        let command = versions.first().map_or_else(String::new, |f| view.command(f.environment));
        page.text("Nothing in the Compose files stands against it:");
        page.commands(&[format!("{command} up --detach --scale {word}=3 {word}")]);
    } else {
        page.text("`--scale` is held up by:");
        page.list(&blockers.lines(view, all));
    }
    page.0
}

fn introduction(view: &View, name: &str, versions: &[Facts]) -> String {
    let mut parts = Vec::new();
    if let Some(home) = view.input.homes.get(name) {
        parts.push(format!("Written in {}.", view.words.link(home, DEPTH)));
    }
    if view.several() {
        let environments: BTreeSet<usize> = versions.iter().map(|f| f.environment).collect();
        parts.push(match view.in_which(&environments).as_str() {
            "all" => "It is part of every environment.".to_owned(),
            _ => format!("It is part of {}.", list(&environments.iter().map(|n| view.environment(*n)).collect::<Vec<_>>())),
        });
    }
    parts.push("[All pages](../README.md).".to_owned());
    parts.join(" ")
}

/// One row for each fact that any environment has, one column for each environment; two where they all say the same.
fn table(view: &View, versions: &[Facts], page: &mut Page) {
    let columns: Vec<Vec<Fact>> = versions.iter().map(Facts::table).collect();
    let count = columns.first().map_or(0, Vec::len);
    let cell = |column: &Vec<Fact>, row: usize| column.get(row).map_or_else(String::new, |f| f.text.clone());
    let rows: Vec<(&str, Vec<String>)> = (0..count)
        .map(|row| {
            let title = columns.first().and_then(|c| c.get(row)).map_or("", |f| f.title);
            (title, columns.iter().map(|column| cell(column, row)).collect())
        })
        .filter(|(_, cells): &(&str, Vec<String>)| cells.iter().any(|c| !c.is_empty()))
        .collect();
    let same = rows.iter().all(|(_, cells)| cells.windows(2).all(|pair| matches!(pair, [a, b] if a == b)));
    if same {
        let only = versions.first().filter(|_| versions.len() == 1 && view.several());
        let column = match only {
            Some(facts) => view.environment(facts.environment),
            None if view.several() => "everywhere".to_owned(),
            None => String::new(),
        };
        let one = |(title, cells): (&str, Vec<String>)| vec![title.to_owned(), cells.into_iter().next().unwrap_or_default()];
        page.table(&[String::new(), column], &rows.into_iter().map(one).collect::<Vec<_>>());
        return;
    }
    let mut titles = vec![String::new()];
    titles.extend(versions.iter().map(|f| view.environment(f.environment)));
    let rows: Vec<Vec<String>> = rows.into_iter().map(|(title, cells)| std::iter::once(title.to_owned()).chain(cells).collect()).collect();
    page.table(&titles, &rows);
}

/// Rows that are the same in several environments are one, with a column that says in which; no such column where there is only one.
fn rows(view: &View, page: &mut Page, titles: &[&str], found: Vec<(usize, Vec<String>)>, all: usize) {
    let mut union: Vec<(Vec<String>, BTreeSet<usize>)> = Vec::new();
    let mut known: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    for (environment, row) in found {
        let at = *known.entry(row.clone()).or_insert_with(|| {
            union.push((row, BTreeSet::new()));
            union.len() - 1
        });
        if let Some((_, environments)) = union.get_mut(at) {
            environments.insert(environment);
        }
    }
    let mut titles = head(titles);
    let apart = union.iter().any(|(_, environments)| environments.len() < all);
    if apart {
        titles.push("environments".to_owned());
    }
    let rows: Vec<Vec<String>> = union
        .into_iter()
        .map(|(mut row, environments)| {
            if apart {
                row.push(if environments.len() >= all { "all".to_owned() } else { view.in_which(&environments) });
            }
            row
        })
        .collect();
    page.table(&titles, &rows);
}

fn mounts(view: &View, versions: &[Facts], page: &mut Page) {
    let mut found = Vec::new();
    for facts in versions {
        for mount in &facts.service.volumes {
            let purpose = facts.purpose(mount);
            let what = match purpose {
                Some(p) if p.nature == Nature::Renewable => format!("{}: can be made again", p.what),
                Some(p) => p.what.to_owned(),
                None => String::new(),
            };
            let access = if mount.read_only { "reads" } else { "writes" };
            found.push((facts.environment, vec![facts.mount_source(mount), facts.code(&mount.target), access.to_owned(), what]));
        }
        for path in &facts.service.tmpfs {
            let path = facts.written(&path.origin, &path.value);
            found.push((facts.environment, vec!["memory".to_owned(), path, "writes".to_owned(), String::new()]));
        }
    }
    if !found.is_empty() {
        page.heading("What it mounts");
        rows(view, page, &["from", "to", "access", "what it is"], found, versions.len());
    }
}

fn variables(view: &View, versions: &[Facts], page: &mut Page) {
    let mut found: BTreeMap<&str, Vec<(usize, Vec<String>)>> = BTreeMap::new();
    let mut files = Union::default();
    for facts in versions {
        for (name, (secret, place)) in facts.variables() {
            let secret = if secret { "yes" } else { "" };
            found.entry(name).or_default().push((facts.environment, vec![facts.code(name), secret.to_owned(), place]));
        }
        for file in &facts.service.env_file {
            let path = facts.code(&view.host_path(facts.environment, &file.origin, &file.path));
            files.add(facts.environment, format!("{path}{}", if file.required { "" } else { ", if it is there" }));
        }
    }
    if found.is_empty() && files.0.is_empty() {
        return;
    }
    page.heading("Variables of the container");
    if !files.0.is_empty() {
        page.text("Read from files:");
        page.list(&files.lines(view, versions.len()));
    }
    rows(view, page, &["name", "secret", "set"], found.into_values().flatten().collect(), versions.len());
}

fn dependencies(view: &View, name: &str, versions: &[Facts], needed_by: &NeededBy, page: &mut Page) {
    let mut after = Union::default();
    for facts in versions {
        for (target, dependency) in &facts.service.depends_on {
            let optional = if dependency.required { "" } else { ", if it runs" };
            let restart = if dependency.restart { "; is restarted with it" } else { "" };
            let condition = condition(&dependency.condition);
            after.add(facts.environment, format!("{}: waits until it {condition}{optional}{restart}", view.sibling(target)));
        }
    }
    let before: Vec<String> = needed_by
        .get(name)
        .into_iter()
        .flatten()
        .map(|(other, environments)| format!("{}{}", view.sibling(other), view.only(environments, versions.len())))
        .collect();
    if !after.0.is_empty() {
        page.heading("Starts after");
        page.list(&after.lines(view, versions.len()));
    }
    if !before.is_empty() {
        page.heading("Wait for it");
        page.list(&before);
    }
}

fn networks(view: &View, versions: &[Facts], page: &mut Page) {
    let mut found = Union::default();
    for facts in versions {
        let service: &Service = facts.service;
        for (network, used) in &service.networks {
            let mut parts = Vec::new();
            let aliases: Vec<String> = used.aliases.iter().map(|a| facts.written(&a.origin, &a.value)).collect();
            if !aliases.is_empty() {
                parts.push(format!("also called {}", list(&aliases)));
            }
            for address in [&used.ipv4_address, &used.ipv6_address].into_iter().flatten().filter(|a| !a.is_empty()) {
                parts.push(format!("at {}", facts.written(&address.origin, &address.value)));
            }
            if !parts.is_empty() {
                found.add(facts.environment, format!("on {}: {}", facts.code(network), parts.join("; ")));
            }
        }
    }
    if !found.0.is_empty() {
        page.heading("Names and addresses");
        page.list(&found.lines(view, versions.len()));
    }
}
