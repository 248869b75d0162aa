//! The page about volumes: the real name, who mounts it where, what it is for, and how to back it up.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::Facts;
use super::purpose::{Nature, Purpose};
use super::view::{Union, View};
use super::words::list;
use super::{Page, head};
use crate::model::{MountKind, Sourced, Volume};
use crate::shell::shell_word;

/// How one volume is used.
#[derive(Default)]
struct Use {
    /// Who mounts it where.
    mounts: Union,
    /// Those that write to it.
    writers: BTreeSet<String>,
    purpose: Option<Purpose>,
    /// The service that tells what it is for, or else the first one, and an environment with it.
    owner: Option<(String, usize)>,
    /// The names of all of them.
    services: BTreeSet<String>,
}

pub(super) fn page(view: &View) -> String {
    let mut page = Page::new("Volumes");
    page.text("[All pages](README.md).");
    let uses = uses(view);
    let volumes = view.volumes();
    if volumes.is_empty() {
        page.text("The project has no named volumes.");
    }
    for (key, versions) in &volumes {
        volume(view, key, versions, uses.get(*key).unwrap_or(&Use::default()), &mut page);
    }
    if page.0.contains(" tar -czf ") {
        page.heading("Putting a backup back");
        page.text("Into a volume that nobody uses meanwhile; what is in it already stays beside it:");
        page.commands(&["docker run --rm -v <volume>:/to -v \"$PWD\":/from:ro alpine tar -xzf /from/<volume>.tar.gz -C /to".to_owned()]);
    }
    binds(view, &mut page);
    page.0
}

fn uses(view: &View) -> BTreeMap<String, Use> {
    let mut out: BTreeMap<String, Use> = BTreeMap::new();
    for (name, versions) in &view.services {
        for (environment, service) in versions {
            let facts = Facts { view, environment: *environment, service: &service.value };
            for mount in service.value.volumes.iter().filter(|m| m.kind == MountKind::Volume) {
                let Some(source) = mount.source.as_deref() else { continue };
                let known = out.entry(source.to_owned()).or_default();
                let access = if mount.read_only { ", which only reads it" } else { "" };
                let purpose = facts.purpose(mount);
                let what = purpose.map_or_else(String::new, |p| format!(": {}", p.what));
                known.mounts.add(*environment, format!("{} at {}{access}{what}", view.service(name), facts.code(&mount.target)));
                if !mount.read_only {
                    known.writers.insert(view.service(name));
                }
                // What is surely data counts more than a guess from the path.
                let data = |p: &Option<Purpose>| p.is_some_and(|p| matches!(p.nature, Nature::Data(_)));
                if known.owner.is_none() || known.purpose.is_none() && purpose.is_some() || data(&purpose) && !data(&known.purpose) {
                    known.purpose = purpose;
                    known.owner = Some(((*name).to_owned(), *environment));
                }
                known.services.insert((*name).to_owned());
            }
        }
    }
    out
}

fn volume(view: &View, key: &str, versions: &[(usize, &Sourced<Volume>)], used: &Use, page: &mut Page) {
    page.heading(&view.words.code(key));
    let all = versions.len();
    let mut items = Vec::new();
    let (mut names, mut drivers, mut fixed) = (Union::default(), Union::default(), BTreeSet::new());
    let mut external = false;
    for (environment, volume) in versions {
        let name = volume.value.name.as_ref();
        let variable = name.is_some_and(|n| view.is_variable(*environment, &n.origin));
        let text = name.map_or_else(|| key.to_owned(), |n| view.written(*environment, &n.origin, &n.value));
        if !variable {
            fixed.insert(text.clone());
        }
        names.add(*environment, view.words.code(&text));
        if let Some(driver) = volume.value.driver.as_ref().filter(|d| !d.is_empty() && d.value != "local") {
            drivers.add(*environment, view.words.code(&view.written(*environment, &driver.origin, &driver.value)));
        }
        if !volume.value.driver_opts.is_empty() {
            let keys: Vec<String> = volume.value.driver_opts.keys().map(|k| view.words.code(k)).collect();
            drivers.add(*environment, format!("with options: {}", list(&keys)));
        }
        external |= volume.value.external;
    }
    items.push(format!("Real name, as `docker volume ls` shows it: {}", names.lines(view, all).join(", ")));
    if view.several() {
        let environments: BTreeSet<usize> = versions.iter().map(|(n, _)| *n).collect();
        items.push(format!("Environments: {}", view.in_which(&environments)));
    }
    if external {
        items.push("It is made elsewhere: Compose refuses to start without it".to_owned());
    }
    if !drivers.0.is_empty() {
        items.push(format!("Driver: {}", drivers.lines(view, all).join(", ")));
    }
    match used.mounts.0.len() {
        0 => items.push("Mounted by no service".to_owned()),
        _ => items.extend(used.mounts.lines(view, all).into_iter().map(|m| format!("Mounted by {m}"))),
    }
    if used.writers.len() > 1 {
        items.push(format!("Several services write to it: {}", list(&used.writers.iter().cloned().collect::<Vec<_>>())));
    }
    page.list(&items);
    let one_name = fixed.iter().next().filter(|_| fixed.len() == 1 && names.0.len() == 1);
    backup(view, used, one_name.map(String::as_str), page);
}

fn backup(view: &View, used: &Use, name: Option<&str>, page: &mut Page) {
    let Some((service, environment)) = &used.owner else { return };
    let command = view.command(*environment);
    let word = shell_word(&view.words.shown(service));
    match used.purpose.map(|p| (p, p.nature)) {
        Some((purpose, Nature::Renewable)) => {
            page.text(&format!("By its place it holds {}: that can be made again, and needs no backup.", purpose.what));
        }
        Some((_, Nature::Data(Some(dump)))) => {
            page.text("A backup while it runs; the names of the variables are those of the official image:");
            let file = shell_word(&format!("{}.{}", view.words.shown(service), dump.ending()));
            let versions = view.services.get(service.as_str()).into_iter().flatten();
            let inner = versions.filter(|(n, _)| n == environment).map(|(_, s)| dump.command(s)).next().unwrap_or_default();
            page.commands(&[format!("{command} exec -T {word} sh -c '{inner}' > {file}")]);
        }
        _ => {
            let Some(name) = name else {
                page.text("For a backup, stop the services that write to it and copy what is in it; the name hangs on a variable or on the environment.");
                return;
            };
            let name = view.words.shown(name);
            let services: Vec<String> = used.services.iter().map(|s| shell_word(&view.words.shown(s))).collect();
            let services = services.join(" ");
            page.text("A backup while nobody writes to it:");
            page.commands(&[
                format!("{command} stop {services}"),
                format!(
                    "docker run --rm -v {}:/from:ro -v \"$PWD\":/to alpine tar -czf {} -C /from .",
                    shell_word(&name),
                    shell_word(&format!("/to/{name}.tar.gz"))
                ),
                format!("{command} start {services}"),
            ]);
        }
    }
}

/// Directories and files of the host that a service may write to: data, too.
fn binds(view: &View, page: &mut Page) {
    let mut found: BTreeMap<String, Union> = BTreeMap::new();
    let mut anonymous = BTreeSet::new();
    for (name, versions) in &view.services {
        for (environment, service) in versions {
            let facts = Facts { view, environment: *environment, service: &service.value };
            for mount in &service.value.volumes {
                let source = mount.source.as_deref().filter(|s| !s.is_empty());
                if mount.kind == MountKind::Volume && source.is_none() {
                    anonymous.insert(format!("{} at {}", view.service(name), facts.code(&mount.target)));
                }
                let (Some(source), MountKind::Bind, false) = (source, &mount.kind, mount.read_only) else { continue };
                let what = facts.purpose(mount).map_or_else(String::new, |p| format!(": {}", p.what));
                let text = format!("{} at {}{what}", view.service(name), facts.code(&mount.target));
                found.entry(facts.code(&facts.bind_source(mount, source))).or_default().add(*environment, text);
            }
        }
    }
    if !found.is_empty() {
        page.heading("On the host");
        page.text("Directories and files of the host that a container may write to. A backup of the volumes does not have them.");
        let all = view.input.environments.len();
        let rows: Vec<Vec<String>> = found.iter().map(|(source, uses)| vec![source.clone(), uses.lines(view, all).join("<br>")]).collect();
        page.table(&head(&["on the host", "who writes"]), &rows);
    }
    if !anonymous.is_empty() {
        page.heading("Without a name");
        page.text("Volumes without a name are made anew with the container: what is in them is lost sooner or later.");
        page.list(&anonymous.into_iter().collect::<Vec<_>>());
    }
}
