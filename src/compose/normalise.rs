//! What Compose supplies at the end: the project's name, the default network, implicit dependencies, names (spec/resolve.md 14).

use super::defaults::supplied;
use super::interpolate::Lookup;
use super::paths::clean;
use super::value::{Data, Entry, Map, Origin, Step, Value};
use super::{LeftOut, Semantics};
use crate::source::{FileId, Span};

/// Normalises a whole tree. Nothing can go wrong here that an earlier phase has not seen.
pub fn apply(root: &mut Map, name: &str, env: &dyn Lookup, semantics: Semantics, left_out: &mut Vec<LeftOut>) {
    set_name(root, name);
    networks(root);
    for (name, service) in services(root) {
        normalise(name, service, env, semantics, left_out);
    }
    for kind in ["networks", "volumes", "configs", "secrets"] {
        if let Some(objects) = root.get_mut(kind).and_then(|e| e.value.as_map_mut()) {
            for (key, entry) in objects.iter_mut() {
                name_object(key, entry, name);
            }
        }
    }
}

fn services(root: &mut Map) -> impl Iterator<Item = (&str, &mut Map)> {
    let services = root.get_mut("services").and_then(|e| e.value.as_map_mut());
    services.into_iter().flat_map(|services| services.iter_mut().filter_map(|(name, e)| Some((name.as_str(), e.value.as_map_mut()?))))
}

fn str(s: &str) -> Data {
    Data::Str(s.to_owned())
}

/// The place of a key: what Compose supplies beside or below it belongs there.
fn key_origin(entry: &Entry) -> Origin {
    Origin { at: entry.key, replaced: None, ..entry.value.origin.clone() }
}

fn set_name(root: &mut Map, name: &str) {
    if let Some(entry) = root.get_mut("name") {
        if entry.value.as_str() != Some(name) {
            entry.value.data = str(name);
        }
        return;
    }
    let file = root.values().next().map_or(FileId::NONE, |e| e.key.file);
    let origin = Origin::at(Span::file_start(file));
    root.insert("name".to_owned(), supplied(str(name), &origin, "the name of the project"));
}

fn networks(root: &mut Map) {
    let mut needed_by: Option<Origin> = None;
    if let Some(services) = root.get_mut("services").and_then(|e| e.value.as_map_mut()) {
        for entry in services.values_mut() {
            let origin = key_origin(entry);
            let Some(service) = entry.value.as_map_mut() else { continue };
            if service.contains_key("provider") || service.contains_key("network_mode") {
                continue;
            }
            let uses = match service.get("networks").map(|e| &e.value.data) {
                None | Some(Data::Null) => None,
                Some(Data::Map(map)) if map.is_empty() => None,
                Some(Data::Seq(items)) if items.is_empty() => None,
                Some(Data::Map(map)) => Some(map.contains_key("default")),
                Some(_) => Some(false),
            };
            if uses.is_none() {
                let why = "the default network";
                let networks = Map::from_iter([("default".to_owned(), supplied(Data::Null, &origin, why))]);
                service.insert("networks".to_owned(), supplied(Data::Map(networks), &origin, why));
            }
            if uses != Some(false) {
                needed_by.get_or_insert(origin);
            }
        }
    }
    let Some(origin) = needed_by else { return };
    let default = || supplied(Data::Null, &origin, "the default network");
    match root.get_mut("networks").map(|e| &mut e.value) {
        Some(Value { data: Data::Map(networks), .. }) => {
            networks.entry("default".to_owned()).or_insert_with(default);
        }
        Some(value) if !value.is_null() => {}
        _ => {
            let networks = Map::from_iter([("default".to_owned(), default())]);
            root.insert("networks".to_owned(), supplied(Data::Map(networks), &origin, "the default network"));
        }
    }
}

fn normalise(name: &str, service: &mut Map, env: &dyn Lookup, semantics: Semantics, left_out: &mut Vec<LeftOut>) {
    if let Some(policy) = service.get_mut("pull_policy")
        && policy.value.as_str() == Some("if_not_present")
    {
        policy.value.data = str("missing");
    }
    if let Some(entry) = service.get_mut("build") {
        let origin = key_origin(entry);
        if let Data::Map(build) = &mut entry.value.data {
            let missing = |build: &Map, key: &str| build.get(key).is_none_or(|e| e.value.is_null());
            if missing(build, "context") {
                build.insert("context".to_owned(), supplied(str("."), &origin, "the default build context"));
            }
            if missing(build, "dockerfile") && missing(build, "dockerfile_inline") {
                build.insert("dockerfile".to_owned(), supplied(str("Dockerfile"), &origin, "the default Dockerfile"));
            }
            if let Some(args) = build.get_mut("args") {
                let mut drop = |arg: &str, origin: &Origin| {
                    left_out.push(LeftOut { path: format!("services.{name}.build.args.{arg}"), origin: origin.clone() });
                    false
                };
                fill_in(&mut args.value, env, &mut drop);
            }
        }
    }
    if let Some(environment) = service.get_mut("environment") {
        fill_in(&mut environment.value, env, &mut |_, _| true);
    }
    depend(service);
    if let Some(Data::Seq(volumes)) = service.get_mut("volumes").map(|e| &mut e.value.data) {
        for volume in volumes {
            if let Some(Data::Str(target)) = volume.as_map_mut().and_then(|v| v.get_mut("target")).map(|e| &mut e.value.data) {
                *target = if target.is_empty() { ".".to_owned() } else { clean(target) };
            }
        }
    }
    if semantics == Semantics::V5
        && let Some(image) = service.get("image").map(|e| e.value.clone())
        && image.as_str().is_some_and(|i| !i.is_empty())
        && let Some(Data::Seq(hooks)) = service.get_mut("pre_start").map(|e| &mut e.value.data)
    {
        for hook in hooks.iter_mut() {
            let origin = hook.origin.clone();
            if let Data::Map(hook) = &mut hook.data {
                let inherit = || supplied(image.data.clone(), &origin, "the image of the service");
                hook.entry("image".to_owned()).or_insert_with(inherit);
            }
        }
    }
}

/// Names without a value take the one of the environment. The others stay, or go if `keep` is false.
fn fill_in(value: &mut Value, env: &dyn Lookup, keep: &mut dyn FnMut(&str, &Origin) -> bool) {
    match &mut value.data {
        Data::Seq(items) => items.retain_mut(|item| {
            let Data::Str(name) = &mut item.data else { return true };
            if name.contains('=') {
                return true;
            }
            let Some(found) = env.get(name) else { return keep(name, &item.origin) };
            item.origin.via = item.origin.via.push(Step::Variable { name: name.clone(), defined: found.defined });
            *name = format!("{name}={}", found.value);
            true
        }),
        Data::Map(map) => map.retain(|name, entry| {
            if !entry.value.is_null() {
                return true;
            }
            let Some(found) = env.get(name) else { return keep(name, &key_origin(entry)) };
            let via = &mut entry.value.origin.via;
            *via = via.push(Step::Variable { name: name.clone(), defined: found.defined });
            entry.value.data = Data::Str(found.value);
            true
        }),
        _ => {}
    }
}

/// Dependencies that follow from links, shared namespaces and `volumes_from`. A written one is not touched.
fn depend(service: &mut Map) {
    let mut implicit: Vec<(String, Origin, bool)> = Vec::new();
    for link in texts(service, "links") {
        let (text, origin) = link;
        let parts: Vec<&str> = text.split(':').collect();
        let name = match parts.as_slice() {
            [name, _] => name,
            _ => text,
        };
        implicit.push((name.to_owned(), origin.clone(), true));
    }
    for namespace in ["network_mode", "ipc", "pid", "uts", "cgroup"] {
        let Some(entry) = service.get(namespace) else { continue };
        if let Some(name) = entry.value.as_str().and_then(|s| s.strip_prefix("service:")) {
            implicit.push((name.to_owned(), entry.value.origin.clone(), true));
        }
    }
    for (text, origin) in texts(service, "volumes_from") {
        if !text.starts_with("container:") {
            let name = text.split_once(':').map_or(text, |(name, _)| name);
            implicit.push((name.to_owned(), origin.clone(), false));
        }
    }
    let Some((_, first, _)) = implicit.first() else { return };
    let why = "a link, a shared namespace or `volumes_from` makes a dependency";
    let empty = supplied(Data::Map(Map::default()), first, why);
    let existing = service.entry("depends_on".to_owned()).or_insert(empty);
    if existing.value.is_null() {
        existing.value.data = Data::Map(Map::default());
    }
    let Data::Map(dependencies) = &mut existing.value.data else { return };
    for (name, origin, restart) in implicit {
        dependencies.entry(name).or_insert_with(|| {
            let field = |data| supplied(data, &origin, why);
            let fields = Map::from_iter([
                ("condition".to_owned(), field(str("service_started"))),
                ("restart".to_owned(), field(Data::Bool(restart))),
                ("required".to_owned(), field(Data::Bool(true))),
            ]);
            supplied(Data::Map(fields), &origin, why)
        });
    }
}

fn texts<'m>(service: &'m Map, key: &str) -> impl Iterator<Item = (&'m str, &'m Origin)> {
    let items = service.get(key).and_then(|e| e.value.as_seq()).unwrap_or_default();
    items.iter().filter_map(|v| Some((v.as_str()?, &v.origin)))
}

fn name_object(key: &str, entry: &mut Entry, project: &str) {
    let origin = key_origin(entry);
    if entry.value.is_null() {
        entry.value.data = Data::Map(Map::default());
    }
    let Data::Map(object) = &mut entry.value.data else { return };
    if object.get("name").is_some_and(|e| !e.value.is_null()) {
        return;
    }
    let external = match object.get("external").map(|e| &e.value.data) {
        Some(Data::Bool(b)) => *b,
        Some(Data::Str(s)) => matches!(s.to_lowercase().as_str(), "true" | "1" | "t"),
        Some(Data::Int(n)) => *n == 1,
        _ => false,
    };
    let (name, why) = if external {
        (key.to_owned(), "the name of something external is its key, unless given")
    } else {
        (format!("{project}_{key}"), "the project's name and the key")
    };
    object.insert("name".to_owned(), supplied(Data::Str(name), &origin, why));
}

#[cfg(test)]
mod tests;
