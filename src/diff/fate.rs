//! What `docker compose up` would do with each service: as Compose tells whether a container is out of date, from the files alone. What only
//! the engine knows (whether an image was pulled anew) takes no part.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::side::{Side, mounts, volume_of};
use super::{Fate, Prediction};
use crate::resolved::hash;

/// Every service of either project, by name.
pub(super) fn predict(old: &Side, new: &Side) -> Vec<Prediction> {
    let mut out: BTreeMap<(&str, Fate), String> = BTreeMap::new();
    if old.name != new.name {
        for (name, _) in old.section("services") {
            out.insert((name, Fate::Orphaned), format!("project `{}` is described no more", old.name));
        }
        for (name, _) in new.section("services") {
            out.insert((name, Fate::Started), format!("in the new project `{}`", new.name));
        }
        return predictions(out);
    }
    let mut recreated: BTreeSet<&str> = BTreeSet::new();
    let mut kept: BTreeMap<&str, &Json> = BTreeMap::new();
    for (name, body) in old.section("services") {
        let Some(after) = new.entry("services", name) else {
            out.insert((name, Fate::Orphaned), "no file describes it any more".to_owned());
            continue;
        };
        match reason((old, body), (new, after)) {
            Some(why) => {
                recreated.insert(name);
                out.insert((name, Fate::Recreated), why);
            }
            None => {
                kept.insert(name, after);
            }
        }
    }
    for (name, _) in new.section("services").filter(|(name, _)| old.entry("services", name).is_none()) {
        recreated.insert(name);
        out.insert((name, Fate::Started), "there was none".to_owned());
    }
    // Whoever lives in a container that is replaced has to follow it.
    let mut guests: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, body) in &kept {
        for host in hosts(body) {
            guests.entry(host).or_default().push(name);
        }
    }
    let mut pending: Vec<&str> = recreated.into_iter().rev().collect();
    while let Some(host) = pending.pop() {
        for guest in guests.remove(host).unwrap_or_default() {
            if kept.remove(guest).is_some() {
                out.insert((guest, Fate::Recreated), format!("it shares what belongs to the container of `{host}`, which is replaced"));
                pending.push(guest);
            }
        }
    }
    for (name, after) in kept {
        out.insert((name, Fate::Unchanged), aside(old.entry("services", name).unwrap_or(after), (new, after), old));
    }
    predictions(out)
}

/// The services in whose containers a service lives.
fn hosts(body: &Json) -> impl Iterator<Item = &str> {
    let shared = ["network_mode", "ipc", "pid"].into_iter().filter_map(|key| body.get(key)?.as_str()?.strip_prefix("service:"));
    let mounts = body.get("volumes_from").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
    mounts.map(|v| v.split(':').next().unwrap_or(v)).chain(shared)
}

fn predictions(all: BTreeMap<(&str, Fate), String>) -> Vec<Prediction> {
    all.into_iter().map(|((service, fate), why)| Prediction { service: service.to_owned(), fate, why }).collect()
}

/// Why the container of a service is replaced; `None`: it is not.
fn reason((old, before): (&Side, &Json), (new, after): (&Side, &Json)) -> Option<String> {
    let platform = |side: &Side, body: &Json| {
        side.platform.filter(|_| body.get("build").is_some() && body.get("platform").is_none()).map(str::to_owned)
    };
    if hash::of_resolved(before) != hash::of_resolved(after) {
        let (before, after) = (hash::that_counts(before), hash::that_counts(after));
        let keys: BTreeSet<&String> = [&before, &after].into_iter().filter_map(Json::as_object).flat_map(|o| o.keys()).collect();
        let keys: Vec<String> = keys.into_iter().filter(|k| before.get(*k) != after.get(*k)).map(|k| format!("`{k}`")).collect();
        return Some(match keys.as_slice() {
            [] => "its configuration changed".to_owned(),
            [one] => format!("{one} changed"),
            [one, other] => format!("{one} and {other} changed"),
            [first, rest @ ..] => format!("{first} and {} more keys changed", rest.len()),
        });
    }
    if platform(old, before) != platform(new, after) {
        return Some("`DOCKER_DEFAULT_PLATFORM` changed".to_owned());
    }
    for key in mounts(after).filter_map(volume_of) {
        let (was, is) = (old.real_name("volumes", key), new.real_name("volumes", key));
        if was != is {
            return Some(format!("volume `{was}` is now `{is}`"));
        }
    }
    for (key, _) in after.get("networks").and_then(Json::as_object).into_iter().flatten() {
        let (was, is) = (old.entry("networks", key), new.entry("networks", key));
        if was != is {
            return Some(format!("network `{key}` is made anew"));
        }
    }
    None
}

/// What is to be said of a service whose container stays.
fn aside(before: &Json, (new, after): (&Side, &Json), old: &Side) -> String {
    let differs = |key: &str| before.get(key) != after.get(key);
    let replicas = |body: &Json| {
        let number = body.get("scale").or_else(|| body.get("deploy")?.get("replicas"));
        number.and_then(Json::as_i64).unwrap_or(1)
    };
    let (was, is) = (replicas(before), replicas(after));
    if was != is {
        return if is > was { format!("{} started beside it", containers(is - was)) } else { format!("{} removed", containers(was - is)) };
    }
    // Compose takes no driver for `local`.
    let definition = |side: &Side, key: &str| {
        let mut body = side.entry("volumes", key).cloned().unwrap_or_default();
        if let Some(body) = body.as_object_mut() {
            body.entry("driver").or_insert_with(|| "local".into());
        }
        body
    };
    for key in mounts(after).filter_map(volume_of) {
        if definition(old, key) != definition(new, key) {
            return format!("Compose asks whether to make volume `{}` anew", new.real_name("volumes", key));
        }
    }
    if differs("build") {
        return "the image is built anew with `up --build` only".to_owned();
    }
    String::new()
}

fn containers(n: i64) -> String {
    if n == 1 { "1 container is".to_owned() } else { format!("{n} containers are") }
}
