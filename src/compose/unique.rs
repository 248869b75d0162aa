//! Removes repeats from the lists where a later item replaces an earlier one (spec/resolve.md 7.3). Changes nothing else.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::canonical::{mount_problem, report};
use super::merge::replaces;
use super::mounts::{self, MountError};
use super::pattern::{Cursor, Place, Table};
use super::problem::{ModelPath, Phase, Problem, ProblemKind};
use super::text::text;
use super::value::{Data, Map, Value};

/// What two items must have in common to be the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    /// The text before the first `=`.
    Name,
    /// The path in the container.
    VolumeTarget,
    /// The path in the container.
    DeviceTarget,
    /// The text.
    Expose,
    /// The path in the container, which is in this directory unless it is given.
    FileTarget(&'static str),
    /// Address, published and target port, protocol.
    Port,
    /// The path.
    EnvFile,
}

static KEYS: LazyLock<Table<Key>> = LazyLock::new(|| {
    let names = [
        "networks.*.labels",
        "networks.*.ipam.options",
        "services.*.annotations",
        "services.*.build.args",
        "services.*.build.additional_contexts",
        "services.*.build.platform",
        "services.*.build.tags",
        "services.*.build.labels",
        "services.*.cap_add",
        "services.*.cap_drop",
        "services.*.deploy.labels",
        "services.*.dns",
        "services.*.dns_opt",
        "services.*.dns_search",
        "services.*.environment",
        "services.*.labels",
        "services.*.links",
        "services.*.networks.*.aliases",
        "services.*.networks.*.link_local_ips",
        "services.*.profiles",
        "services.*.sysctls",
        "services.*.tmpfs",
    ];
    let other = [
        ("services.*.devices", Key::DeviceTarget),
        ("services.*.configs", Key::FileTarget("")),
        ("services.*.secrets", Key::FileTarget("/run/secrets")),
        ("services.*.env_file", Key::EnvFile),
        ("services.*.expose", Key::Expose),
        ("services.*.ports", Key::Port),
        ("services.*.volumes", Key::VolumeTarget),
    ];
    Table::new(names.into_iter().map(|p| (p, Key::Name)).chain(other))
});

/// Removes the repeats of a whole tree: an item takes the place of an earlier one with the same key.
pub fn apply(root: &mut Map, problems: &mut Vec<Problem>) {
    let path = ModelPath::default();
    walk(root, KEYS.root(), &Place::Root(&path), problems);
}

fn walk(map: &mut Map, cursor: Cursor<'_, Key>, place: &Place<'_>, problems: &mut Vec<Problem>) {
    for (key, entry) in map.iter_mut() {
        let (cursor, place) = (cursor.key(key), Place::Key(place, key));
        if cursor.is_dead() {
            continue;
        }
        match &mut entry.value.data {
            Data::Map(below) => walk(below, cursor, &place, problems),
            Data::Seq(items) => {
                if let Some(kind) = cursor.get() {
                    list(items, *kind, &place, problems);
                }
            }
            _ => {}
        }
    }
}

fn list(items: &mut Vec<Value>, kind: Key, place: &Place<'_>, problems: &mut Vec<Problem>) {
    let mut keys: Vec<(Cow<'_, str>, usize)> = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        match key(item, kind) {
            Ok(key) => keys.extend(key.map(|key| (key, index))),
            Err(wrong) => {
                let place = Place::Index(place, index);
                let path = place.path();
                let problem = match wrong {
                    Wrong::Item(kind, message) => {
                        Problem::refused(kind, Phase::Unique, format!("`{path}` {message}")).at(&item.origin).path(&path)
                    }
                    Wrong::Volume(error) => mount_problem(error, item, &place),
                };
                report(problems, problem);
            }
        }
    }
    // Equal keys stay in the order of the items.
    keys.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut repeats: Vec<(usize, usize)> = Vec::new();
    for equal in keys.chunk_by(|(one, _), (next, _)| one == next) {
        let [(_, first), later @ ..] = equal else { continue };
        repeats.extend(later.iter().map(|(_, index)| (*index, *first)));
    }
    if !repeats.is_empty() {
        replace(items, &repeats);
    }
}

/// Each of the repeats takes the place of the first item with its key.
fn replace(items: &mut Vec<Value>, repeats: &[(usize, usize)]) {
    let mut left: Vec<Option<Value>> = std::mem::take(items).into_iter().map(Some).collect();
    for (index, first) in repeats {
        let Some(mut item) = left.get_mut(*index).and_then(Option::take) else { continue };
        let Some(slot) = left.get_mut(*first) else { continue };
        if let Some(old) = slot.take() {
            replaces(&mut item.origin, old.origin);
        }
        *slot = Some(item);
    }
    items.extend(left.into_iter().flatten());
}

/// Why an item has no key.
enum Wrong {
    Item(ProblemKind, String),
    /// Compose reads short volumes here for the first time.
    Volume(MountError),
}

/// The key of an item; `None` for a device without a path.
fn key(item: &Value, kind: Key) -> Result<Option<Cow<'_, str>>, Wrong> {
    let target = |kind, what| match item.get("target").and_then(Value::as_str) {
        Some(target) => Ok(Some(target.into())),
        None => Err(Wrong::Item(kind, format!("does not say where in the container the {what} goes; give it a `target`"))),
    };
    let wrong = |wanted: &str| Err(Wrong::Item(ProblemKind::InvalidSchema, format!("must be {wanted}, not {}", item.kind())));
    match (kind, &item.data) {
        (Key::Name, Data::Str(s)) => Ok(Some(s.split_once('=').map_or(s.as_str(), |(name, _)| name).into())),
        (Key::Name, _) => wrong("text"),
        (Key::VolumeTarget, Data::Str(s)) => mounts::parse(s).map(|m| Some(m.target.unwrap_or_default().into())).map_err(Wrong::Volume),
        (Key::VolumeTarget, Data::Map(_)) => target(ProblemKind::InvalidMount, "volume"),
        (Key::DeviceTarget, Data::Str(s)) => Ok(s.split(':').nth(usize::from(s.contains(':'))).map(Cow::from)),
        (Key::DeviceTarget, Data::Map(_)) => target(ProblemKind::InvalidMount, "device"),
        (Key::Expose | Key::Port | Key::EnvFile, Data::Str(s)) => Ok(Some(s.into())),
        (Key::Expose | Key::Port, Data::Int(n)) => Ok(Some(n.to_string().into())),
        (Key::Expose, _) => wrong("a port"),
        (Key::FileTarget(directory), Data::Str(s)) => Ok(Some(format!("{directory}/{s}").into())),
        (Key::FileTarget(directory), Data::Map(map)) => match map.get("target").map(|e| &e.value) {
            Some(Value { data: Data::Str(target), .. }) => Ok(Some(target.into())),
            Some(other) => Err(Wrong::Item(ProblemKind::InvalidSchema, format!("has a target that is {} and not text", other.kind()))),
            None => Ok(Some(format!("{directory}/{}", item.get("source").map(text).unwrap_or_default()).into())),
        },
        (Key::FileTarget(_), _) => wrong("text or a mapping"),
        (Key::Port, Data::Map(_)) => {
            let Some(target) = item.get("target") else {
                return Err(Wrong::Item(
                    ProblemKind::InvalidPort,
                    "does not say which port of the container it means; give it a `target`".to_owned(),
                ));
            };
            let field = |key, default: &str| item.get(key).map_or(default.to_owned(), text);
            let published = match item.get("published") {
                Some(Value { data: Data::Str(s), .. }) => s.clone(),
                // A number never equals the same text (7.3).
                other => format!("%!s({})", other.map(text).unwrap_or_default()),
            };
            let (host, protocol) = (field("host_ip", "0.0.0.0"), field("protocol", "tcp"));
            Ok(Some(format!("{host}:{published}:{}/{protocol}", text(target)).into()))
        }
        (Key::EnvFile, Data::Map(_)) => match item.get("path") {
            Some(Value { data: Data::Str(path), .. }) => Ok(Some(path.into())),
            Some(other) => Err(Wrong::Item(ProblemKind::InvalidSchema, format!("has a path that is {} and not text", other.kind()))),
            None => Err(Wrong::Item(ProblemKind::InvalidSchema, "does not say which file it means; give it a `path`".to_owned())),
        },
        // Whatever else stands there, the schema speaks of; Compose takes all of it for the same.
        (Key::VolumeTarget | Key::DeviceTarget | Key::Port | Key::EnvFile, _) => Ok(Some("".into())),
    }
}

#[cfg(test)]
mod tests;
