//! Merges two trees of one project: several files, documents, `extends`, `include` (spec/resolve.md 7.1, 7.2, 7.4). Reads no file.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use super::defaults::supplied;
use super::pattern::{Cursor, Place, Table};
use super::problem::{ModelPath, Phase, Problem, ProblemKind};
use super::text::text;
use super::value::{Data, Entry, Map, Origin, Value};
use crate::source::Span;

/// The places with a way of their own (spec/resolve.md 7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// The later one counts, also null.
    Replace,
    /// Both become lists of texts and are appended.
    Append,
    /// As [`Rule::Append`], without what is there already.
    Hosts,
    /// A text is the context.
    Build,
    /// A list is a mapping to the default condition.
    DependsOn,
    /// A list is a mapping to null.
    Names,
    /// By key, if the driver stays.
    Logging,
    /// By subnet, in Compose's own way.
    Ipam,
}

static RULES: LazyLock<Table<Rule>> = LazyLock::new(|| {
    let append = [
        "networks.*.labels",
        "volumes.*.labels",
        "services.*.annotations",
        "services.*.build.args",
        "services.*.build.additional_contexts",
        "services.*.build.labels",
        "services.*.deploy.labels",
        "services.*.dns",
        "services.*.dns_opt",
        "services.*.dns_search",
        "services.*.env_file",
        "services.*.label_file",
        "services.*.environment",
        "services.*.labels",
        "services.*.sysctls",
        "services.*.tmpfs",
    ];
    let other = [
        ("networks.*.ipam.config", Rule::Ipam),
        ("services.*.build", Rule::Build),
        ("services.*.build.extra_hosts", Rule::Hosts),
        ("services.*.extra_hosts", Rule::Hosts),
        ("services.*.depends_on", Rule::DependsOn),
        ("services.*.logging", Rule::Logging),
        ("services.*.models", Rule::Names),
        ("services.*.networks", Rule::Names),
        ("services.*.ulimits.*", Rule::Replace),
        ("services.*.command", Rule::Replace),
        ("services.*.entrypoint", Rule::Replace),
        ("services.*.healthcheck.test", Rule::Replace),
    ];
    Table::new(append.into_iter().map(|p| (p, Rule::Append)).chain(other))
});

/// More pairs of `ipam.config` entries than this are not compared: nobody has them, and the work is their product.
const IPAM_PAIRS: usize = 4096;
/// How many replaced values are remembered for one value.
const HISTORY: usize = 16;

/// `over` on top of `base`, both standing at `path`.
pub fn values(base: Value, over: Value, path: &ModelPath, problems: &mut Vec<Problem>) -> Value {
    merge(base, over, RULES.at(path), &Place::Root(path), problems)
}

/// The entries of `over` on top of those of `base`, both standing at `path`.
pub fn maps(base: &mut Map, over: Map, path: &ModelPath, problems: &mut Vec<Problem>) {
    merge_maps(base, over, RULES.at(path), &Place::Root(path), problems);
}

/// Notes in `new` that it takes the place of `old`. What `new` replaced before stays nearer.
pub(super) fn replaces(new: &mut Origin, old: Origin) {
    // Bounded, because a file can override one key in a hundred thousand documents.
    let mut chain = Vec::new();
    let mut next = new.replaced.take();
    let mut old = Some(old);
    while chain.len() < HISTORY {
        let Some(mut link) = next.take().map(Arc::unwrap_or_clone).or_else(|| old.take()) else { break };
        next = link.replaced.take();
        chain.push(link);
    }
    new.replaced = chain.into_iter().rev().fold(None, |tail, link| Some(Arc::new(Origin { replaced: tail, ..link })));
}

fn merge_maps(base: &mut Map, over: Map, cursor: Cursor<'_, Rule>, place: &Place<'_>, problems: &mut Vec<Problem>) {
    for (key, entry) in over {
        let Some(old) = base.get_mut(&key) else {
            base.insert(key, entry);
            continue;
        };
        let empty = Value::new(Data::Null, Origin::at(old.value.origin.at));
        let (before, after) = (old.value.origin.at, entry.value.origin.at);
        let merged = merge(std::mem::replace(&mut old.value, empty), entry.value, cursor.key(&key), &Place::Key(place, &key), problems);
        if merged.origin.at == after && after != before {
            old.key = entry.key;
        }
        old.value = merged;
    }
}

fn merge(base: Value, over: Value, cursor: Cursor<'_, Rule>, place: &Place<'_>, problems: &mut Vec<Problem>) -> Value {
    match cursor.get() {
        None => plain(base, over, cursor, place, problems),
        Some(Rule::Replace) => replace(base, over),
        Some(Rule::Append) => {
            let origin = container(&base, &over);
            let mut items = sequence(base);
            items.extend(sequence(over));
            Value::new(Data::Seq(items), origin)
        }
        Some(Rule::Hosts) => {
            let origin = container(&base, &over);
            let mut items = sequence(base);
            let known: BTreeSet<_> = items.iter().map(|v| (v.kind(), text(v))).collect();
            items.extend(sequence(over).into_iter().filter(|v| !known.contains(&(v.kind(), text(v)))));
            Value::new(Data::Seq(items), origin)
        }
        Some(Rule::Build) => by_key(base, over, build, cursor, place, problems),
        Some(Rule::DependsOn) => by_key(base, over, |v, place, problems| names(v, true, place, problems), cursor, place, problems),
        Some(Rule::Names) => by_key(base, over, |v, place, problems| names(v, false, place, problems), cursor, place, problems),
        Some(Rule::Logging) => logging(base, over, cursor, place, problems),
        Some(Rule::Ipam) => ipam(base, over, cursor, place, problems),
    }
}

/// The way of most places (7.1).
fn plain(base: Value, over: Value, cursor: Cursor<'_, Rule>, place: &Place<'_>, problems: &mut Vec<Problem>) -> Value {
    match (base.data, over.data) {
        (data, Data::Null) => Value::new(data, base.origin),
        (Data::Map(mut a), Data::Map(b)) => {
            merge_maps(&mut a, b, cursor, place, problems);
            Value::new(Data::Map(a), base.origin)
        }
        (Data::Seq(mut a), Data::Seq(b)) => {
            a.extend(b);
            Value::new(Data::Seq(a), base.origin)
        }
        (data @ (Data::Map(_) | Data::Seq(_)), other) => {
            let base = Value::new(data, base.origin);
            problems.push(conflict(&base, &Value::new(other, over.origin), place));
            base
        }
        (data, other) => replace(Value::new(data, base.origin), Value::new(other, over.origin)),
    }
}

fn replace(base: Value, mut over: Value) -> Value {
    // A key without a value says nothing that could be replaced.
    if !base.is_null() {
        replaces(&mut over.origin, base.origin);
    }
    over
}

fn conflict(base: &Value, over: &Value, place: &Place<'_>) -> Problem {
    let path = place.path();
    Problem::refused(
        ProblemKind::MergeConflict,
        Phase::Merge,
        format!("`{path}` is {} here and {} in what it is merged with, so Compose cannot merge them", over.kind(), base.kind()),
    )
    .help("write both in the same form")
    .related(base.origin.at, format!("{} here", base.kind()))
    .at(&over.origin)
    .path(&path)
}

/// The place of a list that is made of two.
fn container(base: &Value, over: &Value) -> Origin {
    if base.is_null() { over.origin.clone() } else { base.origin.clone() }
}

/// From the key to the value, where the value stands behind it; a value from an anchor stands elsewhere.
pub(super) fn line(key: Span, value: &Value) -> Origin {
    let at = value.origin.at;
    let mut origin = value.origin.clone();
    if value.is_null() {
        origin.at = key;
    } else if at.file == key.file && key.end <= at.start {
        origin.at = Span::new(key.file, key.start, at.end);
    }
    origin
}

/// The items of a list, or the `K=V` texts of a mapping, sorted as Compose does.
fn sequence(value: Value) -> Vec<Value> {
    match value.data {
        Data::Seq(items) => items,
        Data::Str(s) => vec![Value::new(Data::Str(s), value.origin)],
        Data::Map(map) => {
            let mut items = Vec::with_capacity(map.len());
            for (key, entry) in map {
                let origin = line(entry.key, &entry.value);
                match &entry.value.data {
                    Data::Null => items.push((key, origin)),
                    Data::Seq(values) => items.extend(values.iter().map(|v| (format!("{key}={}", text(v)), v.origin.clone()))),
                    _ => items.push((format!("{key}={}", text(&entry.value)), origin)),
                }
            }
            items.sort_by(|a, b| a.0.cmp(&b.0));
            items.into_iter().map(|(s, origin)| Value::new(Data::Str(s), origin)).collect()
        }
        _ => Vec::new(),
    }
}

fn build(value: Value, _: &Place<'_>, _: &mut Vec<Problem>) -> Map {
    match value.data {
        Data::Map(map) => map,
        Data::Str(_) => single("context", value),
        _ => Map::default(),
    }
}

/// A mapping of one key, which stands where its value does.
pub(super) fn single(key: &str, value: Value) -> Map {
    Map::from_iter([(key.to_owned(), Entry { key: value.origin.at, value })])
}

fn names(value: Value, conditions: bool, place: &Place<'_>, problems: &mut Vec<Problem>) -> Map {
    let items = match value.data {
        Data::Map(map) => return map,
        Data::Seq(items) => items,
        _ => return Map::default(),
    };
    let mut map = Map::default();
    for (index, item) in items.into_iter().enumerate() {
        let Data::Str(name) = item.data else {
            let path = Place::Index(place, index).path();
            problems.push(
                Problem::refused(
                    ProblemKind::MergeConflict,
                    Phase::Merge,
                    format!("`{path}` must be text to be merged, not {}", item.kind()),
                )
                .at(&item.origin)
                .path(&path),
            );
            continue;
        };
        let at = item.origin.at;
        let data = if conditions { Data::Map(condition(&item.origin)) } else { Data::Null };
        map.insert(name, Entry { key: at, value: Value::new(data, item.origin) });
    }
    map
}

/// `{condition: service_started, required: true}`, as a name in a list of dependencies means it.
pub(super) fn condition(origin: &Origin) -> Map {
    let entry = |data| supplied(data, origin, "the default of a dependency");
    Map::from_iter([
        ("condition".to_owned(), entry(Data::Str("service_started".to_owned()))),
        ("required".to_owned(), entry(Data::Bool(true))),
    ])
}

fn by_key(
    base: Value,
    over: Value,
    convert: impl Fn(Value, &Place<'_>, &mut Vec<Problem>) -> Map,
    cursor: Cursor<'_, Rule>,
    place: &Place<'_>,
    problems: &mut Vec<Problem>,
) -> Value {
    let origin = container(&base, &over);
    let mut a = convert(base, place, problems);
    let b = convert(over, place, problems);
    merge_maps(&mut a, b, cursor, place, problems);
    Value::new(Data::Map(a), origin)
}

fn logging(base: Value, over: Value, cursor: Cursor<'_, Rule>, place: &Place<'_>, problems: &mut Vec<Problem>) -> Value {
    if base.as_map().is_none() || over.as_map().is_none() {
        // Compose itself ends with an internal error here.
        let path = place.path();
        let (odd, other) = if over.as_map().is_none() { (&over, &base) } else { (&base, &over) };
        problems.push(
            Problem::refused(
                ProblemKind::MergeConflict,
                Phase::Merge,
                format!("`{path}` is {} here, which Compose cannot merge with the other file's", odd.kind()),
            )
            .help("leave the key out, or give it a driver")
            .related(other.origin.at, "merged with this")
            .at(&odd.origin)
            .path(&path),
        );
        return if base.as_map().is_some() { base } else { over };
    }
    let same = match (base.get("driver"), over.get("driver")) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    };
    if same { plain(base, over, cursor, place, problems) } else { replace(base, over) }
}

/// What stands where in the result of [`ipam`].
#[derive(Clone, Copy)]
enum Slot {
    Base(usize),
    Over(usize),
}

/// spec/resolve.md 7.4: what the code of Compose does, which is not what it means to do. Entries of the base can be lost.
fn ipam(base: Value, over: Value, cursor: Cursor<'_, Rule>, place: &Place<'_>, problems: &mut Vec<Problem>) -> Value {
    let (a, b) = match (base.data, over.data) {
        (Data::Seq(a), Data::Seq(b)) => (a, b),
        (data, other) => {
            let base = Value::new(data, base.origin);
            problems.push(conflict(&base, &Value::new(other, over.origin), place));
            return base;
        }
    };
    if a.len().saturating_mul(b.len()) > IPAM_PAIRS {
        problems.push(
            Problem::accepted(
                ProblemKind::LimitExceeded,
                Phase::Merge,
                "these lists of address ranges are too long to be merged as Compose does, so they are only joined",
            )
            .at(&over.origin)
            .path(&place.path()),
        );
        return Value::new(Data::Seq(a.into_iter().chain(b).collect()), base.origin);
    }
    let before: Vec<(Option<Value>, Origin)> = a.iter().map(|v| (v.get("subnet").cloned(), v.origin.clone())).collect();
    let mut rows: Vec<(Map, Origin)> = a.into_iter().map(entry).collect();
    let others: Vec<(Map, Origin)> = b.into_iter().map(entry).collect();
    let mut out: Vec<Slot> = Vec::new();
    for index in 0..rows.len() {
        for (at, (other, _)) in others.iter().enumerate() {
            let wanted = subnet(other);
            let Some((row, _)) = rows.get(index) else { continue };
            if subnet(row) != wanted && !out.iter().any(|s| subnet(slot(*s, &rows, &others)) == wanted) {
                out.push(Slot::Over(at));
                continue;
            }
            if let Some((row, _)) = rows.get_mut(index) {
                merge_maps(row, other.clone(), cursor, place, problems);
            }
            let now = rows.get(index).and_then(|(row, _)| subnet(row));
            match out.iter().position(|s| subnet(slot(*s, &rows, &others)) == now) {
                Some(found) => {
                    if let Some(s) = out.get_mut(found) {
                        *s = Slot::Base(index);
                    }
                }
                None => out.push(Slot::Base(index)),
            }
        }
    }
    for (subnet, origin) in lost(&before, &out, &rows, &others) {
        problems.push(
            Problem::accepted(
                ProblemKind::MergeConflict,
                Phase::Merge,
                format!("Compose loses the address range {subnet} when it merges these lists: the other file has ranges, but not this one"),
            )
            .help("repeat the range in the later file")
            .related(over.origin.at, "merged with this list")
            .at(origin)
            .path(&place.path()),
        );
    }
    let items = out
        .into_iter()
        .filter_map(|s| match s {
            Slot::Base(i) => rows.get(i),
            Slot::Over(i) => others.get(i),
        })
        .map(|(map, origin)| Value::new(Data::Map(map.clone()), origin.clone()))
        .collect();
    Value::new(Data::Seq(items), base.origin)
}

fn entry(value: Value) -> (Map, Origin) {
    let map = match value.data {
        Data::Map(map) => map,
        Data::Seq(items) => items
            .into_iter()
            .filter_map(|v| match v.data {
                Data::Str(s) => Some((s, Entry { key: v.origin.at, value: Value::new(Data::Null, v.origin) })),
                _ => None,
            })
            .collect(),
        _ => Map::default(),
    };
    (map, value.origin)
}

fn subnet(map: &Map) -> Option<&Value> {
    // A null counts as absent, as it does for Compose.
    map.get("subnet").map(|e| &e.value).filter(|v| !v.is_null())
}

fn slot<'v>(slot: Slot, rows: &'v [(Map, Origin)], others: &'v [(Map, Origin)]) -> &'v Map {
    static EMPTY: LazyLock<Map> = LazyLock::new(Map::default);
    match slot {
        Slot::Base(i) => rows.get(i),
        Slot::Over(i) => others.get(i),
    }
    .map_or(&EMPTY, |(map, _)| map)
}

/// The entries of the base whose subnet the result does not have.
fn lost<'v>(
    before: &'v [(Option<Value>, Origin)],
    out: &[Slot],
    rows: &[(Map, Origin)],
    others: &[(Map, Origin)],
) -> Vec<(String, &'v Origin)> {
    let kept: BTreeSet<String> = out.iter().filter_map(|s| subnet(slot(*s, rows, others))).map(text).collect();
    before
        .iter()
        .filter_map(|(subnet, origin)| {
            let subnet = text(subnet.as_ref()?);
            (!kept.contains(&subnet)).then(|| (format!("`{subnet}`"), origin))
        })
        .collect()
}

#[cfg(test)]
mod tests;
