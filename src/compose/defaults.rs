//! Defaults of the model, its own checks, and variables in the list form of `environment` (spec/resolve.md 12).

use super::Semantics;
use super::canonical::services;
use super::interpolate::Lookup;
use super::pattern::Place;
use super::ports::is_address;
use super::problem::{ModelPath, Phase, Problem, ProblemKind};
use super::text::text;
use super::value::{Data, Entry, Map, Origin, Step, Value};

/// What Compose supplies, and why.
pub(super) fn supplied(data: Data, origin: &Origin, why: &'static str) -> Entry {
    Entry { key: origin.at, value: Value::new(data, Origin { replaced: None, ..origin.clone() }.via(Step::Default(why))) }
}

fn fill(map: &mut Map, key: &str, data: impl FnOnce() -> Data, origin: &Origin, why: &'static str) {
    if !map.contains_key(key) {
        map.insert(key.to_owned(), supplied(data(), origin, why));
    }
}

/// The items of a list below some keys.
fn items_mut<'m>(map: &'m mut Map, keys: &[&str]) -> &'m mut [Value] {
    let Some((last, before)) = keys.split_last() else { return &mut [] };
    let mut at = map;
    for key in before {
        let Some(below) = at.get_mut(*key).and_then(|e| e.value.as_map_mut()) else { return &mut [] };
        at = below;
    }
    match at.get_mut(*last).map(|e| &mut e.value.data) {
        Some(Data::Seq(items)) => items,
        _ => &mut [],
    }
}

fn str(s: &str) -> Data {
    Data::Str(s.to_owned())
}

/// Why a port has a protocol that nobody wrote.
pub(super) const PROTOCOL: &str = "the default protocol";
/// Why a port has a mode that nobody wrote.
pub(super) const MODE: &str = "the default mode of a port";
/// Why a mount has `create_host_path` although nobody wrote it.
pub(super) const CREATES: &str = "a bind mount creates its directory by default";

const DEVICES: [&str; 4] = ["deploy", "resources", "reservations", "devices"];

/// spec/resolve.md 12.1.
pub fn apply(root: &mut Map, semantics: Semantics) {
    for service in services(root) {
        if let Some(build) = service.get_mut("build") {
            let origin = build.value.origin.clone();
            if let Data::Map(build) = &mut build.value.data {
                fill(build, "context", || str("."), &origin, "the default build context");
            }
        }
        for secret in items_mut(service, &["secrets"]) {
            let origin = secret.origin.clone();
            if let Data::Map(secret) = &mut secret.data
                && !secret.contains_key("target")
            {
                let source = secret.get("source").map_or_else(|| "<nil>".to_owned(), |e| text(&e.value));
                fill(secret, "target", || Data::Str(format!("/run/secrets/{source}")), &origin, "the default place of a secret");
            }
        }
        for port in items_mut(service, &["ports"]) {
            let origin = port.origin.clone();
            if let Data::Map(port) = &mut port.data {
                fill(port, "protocol", || str("tcp"), &origin, PROTOCOL);
                fill(port, "mode", || str("ingress"), &origin, MODE);
            }
        }
        for path in [&DEVICES[..], &["gpus"]] {
            for device in items_mut(service, path) {
                let origin = device.origin.clone();
                if let Data::Map(device) = &mut device.data
                    && !device.contains_key("device_ids")
                {
                    fill(device, "count", || str("all"), &origin, "all devices, as neither a count nor ids are given");
                }
            }
        }
        if semantics == Semantics::V5 {
            for volume in items_mut(service, &["volumes"]) {
                if let Some(bind) = volume.as_map_mut().and_then(|v| v.get_mut("bind")) {
                    let origin = bind.value.origin.clone();
                    if let Data::Map(bind) = &mut bind.value.data {
                        fill(bind, "create_host_path", || Data::Bool(true), &origin, CREATES);
                    }
                }
            }
        }
    }
}

fn section<'m>(root: &'m Map, key: &str) -> impl Iterator<Item = (&'m str, &'m Entry)> {
    root.get(key).and_then(|e| e.value.as_map()).into_iter().flatten().map(|(k, e)| (k.as_str(), e))
}

/// spec/resolve.md 12.2.
pub fn check(root: &Map, problems: &mut Vec<Problem>) {
    for (name, volume) in section(root, "volumes") {
        external_volume(name, volume, problems);
    }
    sources(root, "configs", &["file", "environment", "content"], problems);
    sources(root, "secrets", &["file", "environment"], problems);
    for (name, service) in section(root, "services") {
        if service.value.as_map().is_some() {
            check_service(name, &service.value, problems);
        }
    }
}

fn refused(kind: ProblemKind, message: String, origin: &Origin, path: &ModelPath) -> Problem {
    Problem::refused(kind, Phase::Check, message).at(origin).path(path)
}

fn external_volume(name: &str, entry: &Entry, problems: &mut Vec<Problem>) {
    let Some(volume) = entry.value.as_map() else { return };
    let Some(external) = volume.get("external") else { return };
    let path = ModelPath::keys(&["volumes", name]);
    match external.value.data {
        Data::Bool(true) => {}
        Data::Bool(false) => return,
        _ => {
            let message = format!("`external` must be `true` or `false`, not {}", external.value.kind());
            problems.push(refused(ProblemKind::InvalidValue, message, &external.value.origin, &path.key("external")));
            return;
        }
    }
    for (key, other) in volume {
        if key != "name" && key != "external" && !key.starts_with("x-") {
            let origin = Origin { at: other.key, ..other.value.origin.clone() };
            problems.push(
                refused(
                    ProblemKind::ConflictingKeys,
                    format!("the volume `{name}` is external, so Compose does not create it and cannot give it `{key}`"),
                    &origin,
                    &path.key(key),
                )
                .help(format!("remove `{key}`, or remove `external`"))
                .related(external.key, "external here"),
            );
        }
    }
}

fn sources(root: &Map, kind: &str, keys: &[&str], problems: &mut Vec<Problem>) {
    let one = kind.trim_end_matches('s');
    let quoted = keys.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>();
    let choice = match quoted.split_last() {
        Some((last, before)) => format!("{} or {last}", before.join(", ")),
        None => String::new(),
    };
    for (name, entry) in section(root, kind) {
        let empty = Map::default();
        let object = match &entry.value.data {
            Data::Map(map) => map,
            // Nothing at all is an object without keys.
            Data::Null => &empty,
            _ => continue,
        };
        let path = ModelPath::keys(&[kind, name]);
        let mut given = keys.iter().filter_map(|k| object.get_key_value(*k));
        match (given.next(), given.next()) {
            (Some((first, a)), Some((second, b))) => problems.push(
                refused(
                    ProblemKind::ConflictingKeys,
                    format!("the {one} `{name}` has both `{first}` and `{second}`, and only one can be its source"),
                    &Origin { at: b.key, ..b.value.origin.clone() },
                    &path,
                )
                .help("keep one of them")
                .related(a.key, format!("`{first}` here")),
            ),
            (None, _) if !object.contains_key("driver") && !object.contains_key("external") => problems.push(
                refused(
                    ProblemKind::InvalidValue,
                    format!("the {one} `{name}` does not say where its content comes from"),
                    &Origin { at: entry.key, ..entry.value.origin.clone() },
                    &path,
                )
                .help(format!("give it {choice}, or `external: true` if it exists already")),
            ),
            _ => {}
        }
    }
}

fn list<'v>(value: &'v Value, keys: &[&str]) -> &'v [Value] {
    keys.iter().try_fold(value, |v, key| v.get(key)).and_then(Value::as_seq).unwrap_or_default()
}

fn check_service(name: &str, service: &Value, problems: &mut Vec<Problem>) {
    let root = ModelPath::keys(&["services", name]);
    let start = Place::Root(&root);
    for (index, port) in list(service, &["ports"]).iter().enumerate() {
        if let Some(host) = port.get("host_ip")
            && !host.as_str().is_some_and(is_address)
        {
            let message = "`host_ip` is not an IP address".to_owned();
            let path = Place::Index(&Place::Key(&start, "ports"), index).path().key("host_ip");
            problems.push(
                refused(ProblemKind::InvalidPort, message, &host.origin, &path)
                    .help("write an address such as `127.0.0.1`; a host name is not allowed here"),
            );
        }
    }
    for (index, watch) in list(service, &["develop", "watch"]).iter().enumerate() {
        if let Some(path) = watch.get("path")
            && path.as_str() == Some("")
        {
            let at = Place::Index(&Place::Key(&Place::Key(&start, "develop"), "watch"), index).path().key("path");
            problems.push(refused(ProblemKind::InvalidValue, "the path to watch is empty text".to_owned(), &path.origin, &at));
        }
    }
    for keys in [&DEVICES[..], &["gpus"]] {
        for (index, device) in list(service, keys).iter().enumerate() {
            if let (Some(count), Some(ids)) = (device.get("count"), device.get("device_ids")) {
                let path = keys.iter().fold(root.clone(), |p, k| p.key(k)).index(index);
                problems.push(
                    refused(
                        ProblemKind::ConflictingKeys,
                        "`count` and `device_ids` exclude each other: one asks for any devices, the other for these".to_owned(),
                        &ids.origin,
                        &path,
                    )
                    .help("keep one of them")
                    .related(count.origin.at, "`count` here"),
                );
            }
        }
    }
}

/// spec/resolve.md 12.3: `K` in a list becomes `K=V` where K is set, and a config from a variable gets its content.
pub fn list_environment(root: &mut Map, env: &dyn Lookup) {
    for service in services(root) {
        for item in items_mut(service, &["environment"]) {
            let Data::Str(name) = &mut item.data else { continue };
            if let Some(found) = env.get(name) {
                item.origin.via = item.origin.via.push(Step::Variable { name: name.clone(), defined: found.defined });
                *name = format!("{name}={}", found.value);
            }
        }
    }
    let Some(configs) = root.get_mut("configs").and_then(|e| e.value.as_map_mut()) else { return };
    for config in configs.values_mut().filter_map(|e| e.value.as_map_mut()) {
        let Some(variable) = config.get("environment") else { continue };
        let Some(name) = variable.value.as_str() else { continue };
        if let Some(found) = env.get(name) {
            let step = Step::Variable { name: name.to_owned(), defined: found.defined };
            let content = Entry { key: variable.key, value: Value::new(Data::Str(found.value), variable.value.origin.clone().via(step)) };
            config.insert("content".to_owned(), content);
        }
    }
}

#[cfg(test)]
mod tests;
