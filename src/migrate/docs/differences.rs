//! What differs between the environments, service by service.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::facts::{Facts, condition};
use super::view::View;
use super::words::list;
use super::{Page, head};
use crate::compose::Semantics;
use crate::resolved;

/// Keys of a service that have a fact of their own, a place elsewhere on the page, or none that anybody could read.
#[rustfmt::skip]
const TOLD: &[&str] = &[
    "image", "build", "ports", "networks", "network_mode", "profiles", "restart", "healthcheck", "scale", "user", "privileged", "cap_add",
    "cap_drop", "read_only", "container_name", "hostname", "secrets", "configs", "volumes", "environment", "depends_on", "mem_limit",
    "mem_reservation", "cpus", "pids_limit", "env_file",
];

pub(super) fn page(view: &View) -> String {
    let mut page = Page::new("Environments");
    page.text("What is not listed here is the same in every environment. What hangs on a variable is shown as it is written. [All pages](README.md).");
    let resolved: Vec<BTreeMap<String, Json>> =
        view.input.environments.iter().map(|e| services(&resolved::json(e.project, Semantics::default()))).collect();
    let mut alike = Vec::new();
    let mut told = false;
    for (name, versions) in &view.services {
        let facts: Vec<Facts> =
            versions.iter().map(|(environment, s)| Facts { view, environment: *environment, service: &s.value }).collect();
        let rows = differences(view, name, &facts, &resolved);
        if rows.is_empty() && facts.len() == view.input.environments.len() {
            alike.push(view.service(name));
            continue;
        }
        told = true;
        page.heading(&view.words.code(name));
        if facts.len() < view.input.environments.len() {
            let names: Vec<String> = facts.iter().map(|f| view.environment(f.environment)).collect();
            page.text(&format!("{} is part of {} only.", view.service(name), list(&names)));
        }
        let mut titles = head(&[""]);
        titles.extend(facts.iter().map(|f| view.environment(f.environment)));
        page.table(&titles, &rows);
    }
    if !alike.is_empty() {
        page.heading(if told { "The same everywhere" } else { "Services" });
        page.text(&format!("{}.", list(&alike)));
    }
    page.0
}

fn services(project: &Json) -> BTreeMap<String, Json> {
    let services = project.get("services").and_then(Json::as_object);
    services.into_iter().flatten().map(|(name, service)| (name.clone(), service.clone())).collect()
}

fn differences(view: &View, name: &str, facts: &[Facts], resolved: &[BTreeMap<String, Json>]) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut row = |title: &str, cells: Vec<String>| {
        if cells.windows(2).any(|pair| matches!(pair, [a, b] if a != b)) {
            rows.push(std::iter::once(title.to_owned()).chain(cells).collect::<Vec<String>>());
        }
    };
    let columns: Vec<_> = facts.iter().map(Facts::table).collect();
    for at in 0..columns.first().map_or(0, Vec::len) {
        let title = columns.first().and_then(|c| c.get(at)).map_or("", |f| f.title);
        row(title, columns.iter().map(|c| c.get(at).map_or_else(String::new, |f| f.text.clone())).collect());
    }
    let lists = |of: &dyn Fn(&Facts) -> Vec<String>| apart(&facts.iter().map(of).collect::<Vec<_>>());
    row("mounts", lists(&mounts));
    row("waits for", lists(&|f| waits(view, f)));
    row("env files", lists(&env_files));
    let (only, other) = variables(facts, name, resolved);
    row("variables only there", only);
    let mut more = other_keys(view, facts, name, resolved);
    if !other.is_empty() {
        more.push(format!("the values of {}", list(&other)));
    }
    if !more.is_empty() {
        // One cell for what is told without values; the others of the row stay empty.
        let mut cells = vec!["also different".to_owned(), list(&more)];
        cells.resize(facts.len() + 1, String::new());
        rows.push(cells);
    }
    rows
}

fn mounts(facts: &Facts) -> Vec<String> {
    let access = |read_only| if read_only { " (reads)" } else { "" };
    let one = |m: &crate::model::Sourced<crate::model::Mount>| {
        format!("{} → {}{}", facts.mount_source(m), facts.code(&m.target), access(m.read_only))
    };
    facts.service.volumes.iter().map(one).collect()
}

fn waits(view: &View, facts: &Facts) -> Vec<String> {
    let one = |(name, d): (&String, &crate::model::Sourced<crate::model::Dependency>)| {
        format!("{} ({})", view.service(name), condition(&d.condition))
    };
    facts.service.depends_on.iter().map(one).collect()
}

fn env_files(facts: &Facts) -> Vec<String> {
    let path = |e: &crate::model::Sourced<crate::model::EnvFile>| facts.view.host_path(facts.environment, &e.origin, &e.path);
    facts.service.env_file.iter().map(|e| facts.code(&path(e))).collect()
}

/// For each environment what not all of them have.
fn apart(lists: &[Vec<String>]) -> Vec<String> {
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    let sets: Vec<BTreeSet<&String>> = lists.iter().map(|l| l.iter().collect()).collect();
    for item in sets.iter().flatten() {
        *count.entry((*item).clone()).or_default() += 1;
    }
    let all = lists.len();
    let differs = |item: &&String| count.get(*item).is_some_and(|n| *n < all);
    lists.iter().map(|list| list.iter().filter(differs).cloned().collect::<Vec<_>>().join("<br>")).collect()
}

/// For each environment the names of the variables that not all of them have; and the names of those whose values differ.
fn variables(facts: &[Facts], name: &str, resolved: &[BTreeMap<String, Json>]) -> (Vec<String>, Vec<String>) {
    let lists: Vec<Vec<String>> = facts.iter().map(|f| f.service.environment.keys().map(|k| f.code(k)).collect()).collect();
    let values = |f: &Facts| resolved.get(f.environment)?.get(name)?.get("environment")?.as_object().cloned();
    let maps: Vec<_> = facts.iter().filter_map(values).collect();
    let mut other = Vec::new();
    if let (Some(first), Some(facts)) = (maps.first(), facts.first()) {
        for (key, value) in first {
            let rest = maps.iter().skip(1);
            if rest.clone().all(|m| m.contains_key(key)) && rest.clone().any(|m| m.get(key) != Some(value)) {
                other.push(facts.code(key));
            }
        }
    }
    (apart(&lists), other)
}

/// Other keys whose values differ, by name only.
fn other_keys(view: &View, facts: &[Facts], name: &str, resolved: &[BTreeMap<String, Json>]) -> Vec<String> {
    let services: Vec<&Json> = facts.iter().filter_map(|f| resolved.get(f.environment)?.get(name)).collect();
    let keys: BTreeSet<&String> = services.iter().filter_map(|s| s.as_object()).flat_map(|s| s.keys()).collect();
    let differs = |key: &&String| {
        let mut values = services.iter().map(|s| part(s, key));
        let first = values.next();
        !TOLD.contains(&key.as_str()) && values.any(|v| Some(&v) != first.as_ref())
    };
    keys.into_iter().filter(differs).map(|key| view.words.code(key)).collect()
}

/// What a key says, limits and copies left out, which are told.
fn part(service: &Json, key: &str) -> Option<Json> {
    let mut value = service.get(key).filter(|v| !v.is_null()).cloned()?;
    if key == "deploy" {
        let keys = value.as_object_mut()?;
        keys.remove("resources");
        keys.remove("replicas");
        keys.retain(|_, v| v.as_object().is_none_or(|v| !v.is_empty()));
        return (!keys.is_empty()).then_some(value);
    }
    Some(value)
}
