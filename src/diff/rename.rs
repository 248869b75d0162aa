//! What has another name and is otherwise the same: one difference, not one thing gone and one new.
//!
//! A service is the same if its whole definition is. A volume or network often has no definition at all, so it is the same if the same
//! services use it in the same way. What is recognised gets its new name in the view of the earlier project, wherever that names it; so the
//! comparison sees only what differs besides.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map as Object, Value as Json};

use super::side::Side;

/// Something that has another name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rename {
    /// `services`, `volumes`, `networks`.
    pub(super) section: &'static str,
    pub(super) old: String,
    pub(super) new: String,
    /// The real name before and after, of a volume or network.
    pub(super) real: (String, String),
}

/// Finds what was renamed, and renames it in the earlier project.
pub(super) fn apply(before: &mut Side, after: &Side) -> Vec<Rename> {
    let mut out = services(before, after);
    rewrite(before, &out);
    out.extend(resources(before, after));
    out
}

/// The same of two projects that have nothing but a service each, which is the same one whatever it is called.
pub(super) fn of_moved(before: &mut Side, after: &Side, (old, new): (&str, &str)) -> Vec<Rename> {
    let mut out = Vec::new();
    if old != new {
        out.push(rename("services", old, new, (String::new(), String::new())));
        rewrite(before, &out);
    }
    out.extend(resources(before, after));
    out
}

/// The same of volumes and networks, once the services have their new names.
fn resources(before: &mut Side, after: &Side) -> Vec<Rename> {
    let mut out = volumes(before, after);
    out.extend(networks(before, after));
    rewrite(before, &out);
    out
}

/// The names of a section that only one of two sides has.
fn only<'s>(side: &'s Side, section: &'static str, other: &Side) -> Vec<&'s str> {
    side.section(section).map(|(name, _)| name).filter(|name| other.entry(section, name).is_none()).collect()
}

fn services(before: &Side, after: &Side) -> Vec<Rename> {
    let (gone, new) = (only(before, "services", after), only(after, "services", before));
    if gone.is_empty() || new.is_empty() {
        return Vec::new();
    }
    let mut waiting: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for name in gone.into_iter().rev() {
        waiting.entry(definition(before, name, after)).or_default().push(name);
    }
    let pairs = new.into_iter().filter_map(|name| Some((waiting.get_mut(&definition(after, name, before))?.pop()?, name)));
    pairs.map(|(old, new)| rename("services", old, new, (String::new(), String::new()))).collect()
}

/// The definition of a service, without the names that only its own side has: what they name may have been renamed, too.
fn definition(side: &Side, name: &str, other: &Side) -> String {
    let mut body = side.entry("services", name).cloned().unwrap_or_default();
    let known = |section: &str, name: &str| other.entry(section, name).is_some();
    for mount in body.get_mut("volumes").and_then(Json::as_array_mut).into_iter().flatten() {
        let own = super::side::volume_of(mount).is_some_and(|key| !known("volumes", key));
        if let (true, Some(mount)) = (own, mount.as_object_mut()) {
            mount.insert("source".to_owned(), Json::Null);
        }
    }
    for (key, section) in [("networks", "networks"), ("depends_on", "services")] {
        if let Some(names) = body.get_mut(key).and_then(Json::as_object_mut) {
            names.retain(|name, _| known(section, name));
        }
    }
    references(&mut body, &|name| if known("services", name) { name.to_owned() } else { "*".to_owned() });
    body.to_string()
}

/// Every place but `depends_on` where a service names another one.
fn references(body: &mut Json, to: &dyn Fn(&str) -> String) {
    let service = |text: &mut String| {
        if let Some(name) = text.strip_prefix("service:") {
            *text = format!("service:{}", to(name));
        }
    };
    for key in ["network_mode", "ipc", "pid", "uts", "cgroup"] {
        if let Some(Json::String(text)) = body.get_mut(key) {
            service(text);
        }
    }
    for key in ["links", "volumes_from"] {
        for item in body.get_mut(key).and_then(Json::as_array_mut).into_iter().flatten() {
            let Json::String(text) = item else { continue };
            match text.split_once(':') {
                Some(("container", _)) => {}
                Some((name, rest)) => *text = format!("{}:{rest}", to(name)),
                None => *text = to(text),
            }
        }
    }
    let contexts = body.get_mut("build").and_then(|b| b.get_mut("additional_contexts")).and_then(Json::as_object_mut);
    for context in contexts.into_iter().flat_map(Object::values_mut) {
        if let Json::String(text) = context {
            service(text);
        }
    }
}

fn rename(section: &'static str, old: &str, new: &str, real: (String, String)) -> Rename {
    Rename { section, old: old.to_owned(), new: new.to_owned(), real }
}

/// The pairs of `gone` and `new` that are used alike: wholly, or at least in part if they are defined alike.
fn alike<T: Ord>(
    section: &'static str,
    (before, gone, old_uses): (&Side, Vec<&str>, &BTreeMap<&str, BTreeSet<T>>),
    (after, new, new_uses): (&Side, Vec<&str>, &BTreeMap<&str, BTreeSet<T>>),
) -> Vec<Rename> {
    // More than anybody renames at once: comparing each with each would cost too much.
    if gone.len().saturating_mul(new.len()) > 10_000 {
        return Vec::new();
    }
    let definition = |side: &Side, name: &str| {
        let mut body = side.entry(section, name).cloned().unwrap_or_default();
        if let Some(body) = body.as_object_mut() {
            body.shift_remove("name");
        }
        body
    };
    let none = BTreeSet::new();
    let mut scored: Vec<(usize, bool, usize, usize)> = Vec::new();
    for (i, old) in gone.iter().enumerate() {
        let old_use = old_uses.get(old).unwrap_or(&none);
        for (j, new) in new.iter().enumerate() {
            let new_use = new_uses.get(new).unwrap_or(&none);
            let shared = old_use.intersection(new_use).count();
            let same = definition(before, old) == definition(after, new);
            if shared > 0 && (same || old_use == new_use) {
                scored.push((shared, same, i, j));
            }
        }
    }
    scored.sort_by_key(|(shared, same, i, j)| (std::cmp::Reverse(*shared), !*same, *i, *j));
    let (mut old_taken, mut new_taken) = (BTreeSet::new(), BTreeSet::new());
    let mut out = Vec::new();
    for (_, _, i, j) in scored {
        let (Some(old), Some(new)) = (gone.get(i), new.get(j)) else { continue };
        if !old_taken.contains(&i) && !new_taken.contains(&j) {
            old_taken.insert(i);
            new_taken.insert(j);
            let real = (before.real_name(section, old).to_owned(), after.real_name(section, new).to_owned());
            out.push(rename(section, old, new, real));
        }
    }
    out
}

fn volumes(before: &Side, after: &Side) -> Vec<Rename> {
    let (gone, new) = (only(before, "volumes", after), only(after, "volumes", before));
    alike("volumes", (before, gone, &before.mounted()), (after, new, &after.mounted()))
}

fn networks(before: &Side, after: &Side) -> Vec<Rename> {
    // What Compose adds by itself is no name that anybody gave.
    let keep = |names: Vec<&str>| -> Vec<String> { names.into_iter().filter(|n| *n != "default").map(str::to_owned).collect() };
    let (gone, new) = (keep(only(before, "networks", after)), keep(only(after, "networks", before)));
    let (old_uses, new_uses) = (joined(before), joined(after));
    alike(
        "networks",
        (before, gone.iter().map(String::as_str).collect(), &old_uses),
        (after, new.iter().map(String::as_str).collect(), &new_uses),
    )
}

/// Which services join each network.
fn joined<'s>(side: &'s Side) -> BTreeMap<&'s str, BTreeSet<&'s str>> {
    let mut out: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (service, body) in side.section("services") {
        for (network, _) in body.get("networks").and_then(Json::as_object).into_iter().flatten() {
            out.entry(network).or_default().insert(service);
        }
    }
    out
}

/// Gives the things of a side their new names, wherever it names them.
fn rewrite(side: &mut Side, renames: &[Rename]) {
    if renames.is_empty() {
        return;
    }
    let of = |section: &str| -> BTreeMap<&str, &str> {
        renames.iter().filter(|r| r.section == section).map(|r| (r.old.as_str(), r.new.as_str())).collect()
    };
    let (services, volumes, networks) = (of("services"), of("volumes"), of("networks"));
    for (section, names) in [("services", &services), ("volumes", &volumes), ("networks", &networks)] {
        if let Some(Json::Object(map)) = side.view.get_mut(section) {
            rekey(map, names);
        }
    }
    for service in side.view.get_mut("services").and_then(Json::as_object_mut).into_iter().flat_map(Object::values_mut) {
        let Some(body) = service.as_object_mut() else { continue };
        for (key, names) in [("depends_on", &services), ("networks", &networks)] {
            if let Some(Json::Object(map)) = body.get_mut(key) {
                rekey(map, names);
            }
        }
        for mount in body.get_mut("volumes").and_then(Json::as_array_mut).into_iter().flatten() {
            if let Some(new) = super::side::volume_of(mount).and_then(|key| volumes.get(key)).copied()
                && let Some(mount) = mount.as_object_mut()
            {
                mount.insert("source".to_owned(), new.into());
            }
        }
        references(service, &|name| services.get(name).map_or_else(|| name.to_owned(), |new| (*new).to_owned()));
    }
    for rename in renames {
        side.renamed.insert((rename.section, rename.new.clone()), rename.old.clone());
    }
}

/// The same entries under other keys, in their places.
fn rekey(map: &mut Object<String, Json>, names: &BTreeMap<&str, &str>) {
    if map.keys().any(|k| names.contains_key(k.as_str())) {
        let entries = std::mem::take(map);
        *map = entries.into_iter().map(|(k, v)| (names.get(k.as_str()).map_or(k.clone(), |new| (*new).to_owned()), v)).collect();
    }
}
