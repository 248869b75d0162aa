//! Differences that are one change: what follows from another difference is said with it and not again.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::rename::Rename;
use super::side::Side;
use super::walk::{Found, Path, Seg};

/// The keys that make a service depend on another without saying so.
const BINDING: [&str; 7] = ["links", "network_mode", "ipc", "pid", "uts", "cgroup", "volumes_from"];

/// What says how a volume or network is made.
const DEFINITION: [&str; 6] = ["driver", "driver_opts", "attachable", "enable_ipv6", "ipam", "labels"];

/// The differences that are told.
pub(super) fn fold<'j>(mut found: Vec<Found<'j>>, old: &'j Side, new: &'j Side, renames: &[Rename]) -> Vec<Found<'j>> {
    tmpfs(&mut found);
    elsewhere(&mut found, old, new);
    let known = Known::of(&found, renames);
    found.retain(|f| !follows(f, &known, old, new));
    found
}

/// What differs, to be asked.
struct Known {
    /// Service and key.
    keys: BTreeSet<(String, String)>,
    name: bool,
    /// The image of a service, before and after.
    images: BTreeMap<String, (Option<Json>, Option<Json>)>,
    /// The services whose network mode came or went.
    modes: BTreeSet<String>,
    /// Section and new name of what was renamed.
    renamed: BTreeSet<(String, String)>,
}

impl Known {
    fn of(found: &[Found], renames: &[Rename]) -> Self {
        let moved = renames.iter().map(|r| (r.section.to_owned(), r.new.clone())).collect();
        let mut known = Self { keys: BTreeSet::new(), name: false, images: BTreeMap::new(), modes: BTreeSet::new(), renamed: moved };
        for f in found {
            match f.path.words().as_slice() {
                ["name"] => known.name = true,
                ["services", service, key, rest @ ..] => {
                    known.keys.insert(((*service).to_owned(), (*key).to_owned()));
                    if *key == "image" {
                        known.images.insert((*service).to_owned(), (f.before.cloned(), f.after.cloned()));
                    }
                    if *key == "network_mode" && rest.is_empty() && (f.before.is_none() || f.after.is_none()) {
                        known.modes.insert((*service).to_owned());
                    }
                }
                _ => {}
            }
        }
        known
    }

    fn has(&self, service: &str, key: &str) -> bool {
        self.keys.contains(&(service.to_owned(), key.to_owned()))
    }
}

/// True if a difference follows from another one.
fn follows(f: &Found, known: &Known, old: &Side, new: &Side) -> bool {
    let words = f.path.words();
    match words.as_slice() {
        // Whoever names it, or no longer names it, tells of it.
        ["networks" | "volumes" | "secrets" | "configs" | "models", _] => old.is_typed() && (f.before.is_none() || f.after.is_none()),
        [section @ ("networks" | "volumes" | "secrets" | "configs"), key, "name"] => {
            let moved = known.renamed.contains(&((*section).to_owned(), (*key).to_owned()));
            let (before, after) = (f.before.and_then(Json::as_str), f.after.and_then(Json::as_str));
            let derived = before == Some(&format!("{}_{key}", old.name)) && after == Some(&format!("{}_{key}", new.name));
            moved || *section != "volumes" && known.name && derived
        }
        // A service has one or the other.
        ["services", service, "networks", _] => known.modes.contains(*service),
        ["services", service, "depends_on", _] => {
            let (side, at) = if f.before.is_none() { (new, &f.new_at) } else { (old, &f.old_at) };
            let implied = side.place(at).is_some_and(|p| p.origin.is_default());
            (f.before.is_none() || f.after.is_none()) && implied && BINDING.iter().any(|key| known.has(service, key))
        }
        // Copied by Compose.
        ["services", service, "deploy", "replicas"] => known.has(service, "scale"),
        ["services", service, "pre_start", _, "image"] => {
            known.images.get(*service).is_some_and(|(before, after)| (before.as_ref(), after.as_ref()) == (f.before, f.after))
        }
        _ => false,
    }
}

/// A mount in memory that takes the place of another one, or the other way round: `tmpfs` is another key, the place in the container the same.
fn tmpfs(found: &mut Vec<Found>) {
    let at = |f: &Found| match f.path.0.as_slice() {
        [Seg::Key(_), Seg::Key(service), Seg::Key(key), Seg::Item(target)] if key == "volumes" || key == "tmpfs" => {
            let target = if key == "tmpfs" { target.split(':').next().unwrap_or(target) } else { target };
            Some((service.clone(), target.to_owned(), key == "tmpfs"))
        }
        _ => None,
    };
    let mut memory: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (i, f) in found.iter().enumerate() {
        if let Some((service, target, true)) = at(f) {
            memory.insert((service, target), i);
        }
    }
    if memory.is_empty() {
        return;
    }
    let mut gone = BTreeSet::new();
    for i in 0..found.len() {
        let Some((service, target, false)) = found.get(i).and_then(at) else { continue };
        let Some(other) = memory.get(&(service, target)).filter(|other| !gone.contains(*other)) else { continue };
        let Some(from) = found.get(*other).cloned() else { continue };
        let Some(f) = found.get_mut(i) else { continue };
        if f.after.is_none() && from.before.is_none() {
            f.after = from.after;
            f.new_at = from.new_at;
        } else if f.before.is_none() && from.after.is_none() {
            f.before = from.before;
            f.old_at = from.old_at;
        } else {
            continue;
        }
        gone.insert(*other);
    }
    let mut index = 0;
    found.retain(|_| {
        index += 1;
        !gone.contains(&(index - 1))
    });
}

/// A volume or network that is made elsewhere from now on, or no longer: its name mostly is another one then, which is the same change. What is
/// made elsewhere has no definition.
fn elsewhere<'j>(found: &mut Vec<Found<'j>>, old: &'j Side, new: &'j Side) {
    let external: BTreeSet<Path> = found
        .iter()
        .filter(|f| matches!(f.path.words().as_slice(), ["volumes" | "networks" | "secrets" | "configs", _, "external"]))
        .map(|f| f.path.clone())
        .collect();
    if external.is_empty() {
        return;
    }
    let same = |f: &Found, key: &str| {
        let mut path = f.path.clone();
        path.0.truncate(2);
        path.0.push(Seg::Key(key.to_owned()));
        external.contains(&path)
    };
    found.retain(|f| match f.path.words().as_slice() {
        [_, _, "name"] => !same(f, "external"),
        [_, _, key, ..] if DEFINITION.contains(key) => !(same(f, "external") && f.after.is_none()),
        _ => true,
    });
    for f in found.iter_mut().filter(|f| external.contains(&f.path)) {
        let (section, key) = match f.path.words().as_slice() {
            [section, key, _] => ((*section).to_owned(), (*key).to_owned()),
            _ => continue,
        };
        f.path.0.truncate(2);
        f.old_at.0.truncate(2);
        f.new_at.0.truncate(2);
        f.before = old.entry(&section, &key);
        f.after = new.entry(&section, &key);
    }
}
