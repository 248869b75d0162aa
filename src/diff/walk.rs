//! Two resolved projects, side by side: every place where they differ, as deep as it can be said. Knows keys, not what they mean.
//!
//! Lists are compared by what makes an item the same item (spec/resolve.md 7.3): an item that is put in between is one difference, not one
//! for each item behind it. No two values that differ go by: where nothing deeper is found, the place itself is what differs.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::LazyLock;

use serde_json::{Map as Object, Value as Json};

use crate::compose::pattern::{Cursor, Table};
use crate::compose::problem::{ModelPath, Part};

/// A step of a [`Path`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Seg {
    /// A key of a mapping.
    Key(String),
    /// An item of a list, by what makes it the same item.
    Item(String),
}

impl Seg {
    pub(super) fn text(&self) -> &str {
        match self {
            Seg::Key(text) | Seg::Item(text) => text,
        }
    }
}

/// A place in a project as it is shown: `services.api.volumes[/data]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Path(pub(super) Vec<Seg>);

impl Path {
    pub(super) fn keys(keys: &[&str]) -> Self {
        Self(keys.iter().map(|k| Seg::Key((*k).to_owned())).collect())
    }

    /// The words of the path.
    pub(super) fn words(&self) -> Vec<&str> {
        self.0.iter().map(Seg::text).collect()
    }
}

impl fmt::Display for Path {
    /// As [`ModelPath`] shows keys: one with a dot is quoted.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, seg) in self.0.iter().enumerate() {
            match seg {
                Seg::Key(k) => {
                    let dot = if i == 0 { "" } else { "." };
                    if k.contains(['.', '[', '"']) { write!(f, "{dot}{k:?}")? } else { write!(f, "{dot}{k}")? }
                }
                Seg::Item(item) => write!(f, "[{item}]")?,
            }
        }
        Ok(())
    }
}

/// A place where two projects differ.
#[derive(Clone, Debug)]
pub(super) struct Found<'j> {
    pub(super) path: Path,
    pub(super) before: Option<&'j Json>,
    pub(super) after: Option<&'j Json>,
    /// Where that is in each of the two, to look up where it was written.
    pub(super) old_at: ModelPath,
    pub(super) new_at: ModelPath,
    /// True if a list has the same items in another order.
    pub(super) order: bool,
}

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// As one thing.
    Whole,
    /// A mapping from the user's own names: an entry that comes or goes is one difference.
    Named,
    /// A list.
    List(By),
    /// Key by key, a list by its texts.
    Plain,
}

/// What makes an item of a list the same item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// Itself.
    Text,
    /// What stands before a sign.
    Before(char),
    /// The first of these keys that it has.
    Field(&'static [&'static str]),
    Port,
    Mount,
    /// Where it stands.
    Position,
}

static SHAPES: LazyLock<Table<Shape>> = LazyLock::new(|| {
    use Shape::{List, Named, Whole};
    let file = List(By::Field(&["target", "source"]));
    let path = List(By::Field(&["Path", "path"]));
    Table::new([
        ("services", Named),
        ("networks", Named),
        ("volumes", Named),
        ("secrets", Named),
        ("configs", Named),
        ("models", Named),
        ("services.*.annotations", Named),
        ("services.*.blkio_config.device_read_bps", path),
        ("services.*.blkio_config.device_read_iops", path),
        ("services.*.blkio_config.device_write_bps", path),
        ("services.*.blkio_config.device_write_iops", path),
        ("services.*.blkio_config.weight_device", path),
        ("services.*.build.additional_contexts", Named),
        ("services.*.build.args", Named),
        ("services.*.build.cache_from", List(By::Text)),
        ("services.*.build.cache_to", List(By::Text)),
        ("services.*.build.entitlements", List(By::Text)),
        ("services.*.build.extra_hosts", List(By::Before('='))),
        ("services.*.build.labels", Named),
        ("services.*.build.no_cache_filter", List(By::Text)),
        ("services.*.build.platforms", List(By::Text)),
        ("services.*.build.secrets", file),
        ("services.*.build.ssh", List(By::Before('='))),
        ("services.*.build.tags", List(By::Text)),
        ("services.*.build.ulimits", Named),
        ("services.*.cap_add", List(By::Text)),
        ("services.*.cap_drop", List(By::Text)),
        ("services.*.command", Whole),
        ("services.*.configs", file),
        ("services.*.depends_on", Named),
        ("services.*.deploy.labels", Named),
        ("services.*.deploy.placement.constraints", List(By::Text)),
        ("services.*.deploy.placement.preferences", List(By::Field(&["spread"]))),
        ("services.*.deploy.resources.limits.devices", List(By::Position)),
        ("services.*.deploy.resources.limits.generic_resources", List(By::Position)),
        ("services.*.deploy.resources.reservations.devices", List(By::Position)),
        ("services.*.deploy.resources.reservations.generic_resources", List(By::Position)),
        ("services.*.develop.watch", path),
        ("services.*.develop.watch.[].exec.command", Whole),
        ("services.*.develop.watch.[].exec.environment", Named),
        ("services.*.device_cgroup_rules", List(By::Text)),
        ("services.*.devices", List(By::Field(&["target"]))),
        ("services.*.dns", List(By::Text)),
        ("services.*.dns_opt", List(By::Text)),
        ("services.*.dns_search", List(By::Text)),
        ("services.*.entrypoint", Whole),
        ("services.*.env_file", path),
        ("services.*.environment", Named),
        ("services.*.expose", List(By::Text)),
        ("services.*.external_links", List(By::Text)),
        ("services.*.extra_hosts", List(By::Before('='))),
        ("services.*.gpus", List(By::Position)),
        ("services.*.group_add", List(By::Text)),
        ("services.*.healthcheck.test", Whole),
        ("services.*.label_file", List(By::Text)),
        ("services.*.labels", Named),
        ("services.*.links", List(By::Text)),
        ("services.*.logging.options", Named),
        ("services.*.models", Named),
        ("services.*.networks", Named),
        ("services.*.networks.*.aliases", List(By::Text)),
        ("services.*.networks.*.driver_opts", Named),
        ("services.*.networks.*.link_local_ips", List(By::Text)),
        ("services.*.ports", List(By::Port)),
        ("services.*.post_start", List(By::Position)),
        ("services.*.post_start.[].command", Whole),
        ("services.*.post_start.[].environment", Named),
        ("services.*.pre_start", List(By::Position)),
        ("services.*.pre_start.[].command", Whole),
        ("services.*.pre_start.[].environment", Named),
        ("services.*.pre_stop", List(By::Position)),
        ("services.*.pre_stop.[].command", Whole),
        ("services.*.pre_stop.[].environment", Named),
        ("services.*.profiles", List(By::Text)),
        ("services.*.provider.options", Named),
        ("services.*.secrets", file),
        ("services.*.security_opt", List(By::Text)),
        ("services.*.storage_opt", Named),
        ("services.*.sysctls", Named),
        ("services.*.tmpfs", List(By::Before(':'))),
        ("services.*.ulimits", Named),
        ("services.*.volumes", List(By::Mount)),
        ("services.*.volumes_from", List(By::Text)),
        ("networks.*.driver_opts", Named),
        ("networks.*.ipam.config", List(By::Field(&["subnet"]))),
        ("networks.*.ipam.options", Named),
        ("networks.*.labels", Named),
        ("volumes.*.driver_opts", Named),
        ("volumes.*.labels", Named),
        ("secrets.*.driver_opts", Named),
        ("secrets.*.labels", Named),
        ("configs.*.driver_opts", Named),
        ("configs.*.labels", Named),
        ("models.*.runtime_flags", List(By::Text)),
    ])
});

/// Everything in which two projects differ.
pub(super) fn walk<'j>(before: &'j Json, after: &'j Json) -> Vec<Found<'j>> {
    let mut walk = Walk { path: Path::default(), old: ModelPath::default(), new: ModelPath::default(), found: Vec::new() };
    walk.values(SHAPES.root(), Some(before), Some(after));
    walk.found
}

/// Lists of `NAME=value` as mappings, where that is what they are: a tree without types has both forms.
pub(super) fn one_form(tree: &mut Json) {
    fn below(value: &mut Json, cursor: Cursor<'_, Shape>) {
        if cursor.is_dead() {
            return;
        }
        if let (Some(Shape::Named), Json::Array(items)) = (cursor.get(), &*value) {
            let entry = |item: &Json| {
                let item = item.as_str()?;
                Some(item.split_once('=').map_or_else(|| (item.to_owned(), Json::Null), |(name, value)| (name.to_owned(), value.into())))
            };
            if let Some(entries) = items.iter().map(entry).collect::<Option<Object<_, _>>>() {
                *value = Json::Object(entries);
            }
        }
        match value {
            Json::Object(map) => map.iter_mut().for_each(|(key, value)| below(value, cursor.key(key))),
            Json::Array(items) => items.iter_mut().for_each(|value| below(value, cursor.index())),
            _ => {}
        }
    }
    below(tree, SHAPES.root());
}

struct Walk<'j> {
    path: Path,
    old: ModelPath,
    new: ModelPath,
    found: Vec<Found<'j>>,
}

fn is_map(value: Option<&Json>) -> bool {
    matches!(value, None | Some(Json::Null | Json::Object(_)))
}

fn is_list(value: Option<&Json>) -> bool {
    matches!(value, None | Some(Json::Null | Json::Array(_)))
}

fn items(value: Option<&Json>) -> &[Json] {
    value.and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

impl<'j> Walk<'j> {
    fn values(&mut self, at: Cursor<'static, Shape>, before: Option<&'j Json>, after: Option<&'j Json>) {
        if before == after {
            return;
        }
        let known = self.found.len();
        match (at.get().copied().unwrap_or(Shape::Plain), before, after) {
            (Shape::Named, _, _) if is_map(before) && is_map(after) => self.entries(at, before, after),
            (Shape::List(by), _, _) if is_list(before) && is_list(after) => self.items(at, by, before, after),
            (Shape::Plain, Some(Json::Object(_) | Json::Null), Some(Json::Object(_) | Json::Null)) => self.entries(at, before, after),
            (Shape::Plain, Some(Json::Array(_)), Some(Json::Array(_))) => self.items(at, By::Text, before, after),
            _ => {}
        }
        if self.found.len() == known {
            self.push(before, after, false);
        }
    }

    fn push(&mut self, before: Option<&'j Json>, after: Option<&'j Json>, order: bool) {
        let (path, old_at, new_at) = (self.path.clone(), self.old.clone(), self.new.clone());
        self.found.push(Found { path, before, after, old_at, new_at, order });
    }

    fn step(&mut self, seg: Seg, old: Part, new: Part, go: impl FnOnce(&mut Self)) {
        self.path.0.push(seg);
        self.old.0.push(old);
        self.new.0.push(new);
        go(self);
        self.path.0.pop();
        self.old.0.pop();
        self.new.0.pop();
    }

    fn entries(&mut self, at: Cursor<'static, Shape>, before: Option<&'j Json>, after: Option<&'j Json>) {
        let (a, b) = (before.and_then(Json::as_object), after.and_then(Json::as_object));
        let old_keys = a.into_iter().flat_map(Object::keys);
        let new_keys = b.into_iter().flat_map(Object::keys).filter(|k| !a.is_some_and(|a| a.contains_key(*k)));
        for key in old_keys.chain(new_keys) {
            let (x, y) = (a.and_then(|a| a.get(key)), b.and_then(|b| b.get(key)));
            if x != y {
                let part = Part::Key(key.clone());
                self.step(Seg::Key(key.clone()), part.clone(), part, |walk| walk.values(at.key(key), x, y));
            }
        }
    }

    fn items(&mut self, at: Cursor<'static, Shape>, by: By, old_list: Option<&'j Json>, new_list: Option<&'j Json>) {
        let (before, after) = (items(old_list), items(new_list));
        let pairs = pairs(by, before, after);
        let mut last = None;
        let mut moved = false;
        for old in pairs.iter().filter(|(_, new)| new.is_some()).filter_map(|(old, _)| *old) {
            moved |= last > Some(old);
            last = Some(old);
        }
        for (old, new) in pairs.iter().filter(|(_, new)| new.is_some()).chain(pairs.iter().filter(|(_, new)| new.is_none())) {
            let (x, y) = (old.and_then(|i| before.get(i)), new.and_then(|i| after.get(i)));
            if x == y {
                continue;
            }
            // An item is named by what it was.
            let label = x.or(y).map(|item| label(by, item, old.or(*new).unwrap_or(0))).unwrap_or_default();
            let part = |index: &Option<usize>, item: Option<&Json>| match (by, item) {
                // These are printed as a list and were a mapping.
                (By::Before('='), Some(item)) => Part::Key(key(by, item).unwrap_or_default()),
                _ => Part::Index(index.unwrap_or(usize::MAX)),
            };
            let (old, new) = (part(old, x), part(new, y));
            self.step(Seg::Item(label), old, new, |walk| match (x, y) {
                (Some(Json::Object(a)), Some(Json::Object(b))) if !is_one_thing(by, a, b) => walk.values(at.index(), x, y),
                _ => walk.push(x, y, false),
            });
        }
        if moved {
            self.push(old_list, new_list, true);
        }
    }
}

/// True if a change of this item is told as a whole.
fn is_one_thing(by: By, before: &Object<String, Json>, after: &Object<String, Json>) -> bool {
    match by {
        By::Port => true,
        By::Mount => ["type", "source", "target"].iter().any(|k| before.get(*k) != after.get(*k)),
        _ => false,
    }
}

fn text(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn fields(item: &Json, keys: &[&str]) -> String {
    keys.iter().map(|k| item.get(*k).map(text).unwrap_or_default()).collect::<Vec<_>>().join("\0")
}

/// What makes an item the same item.
fn key(by: By, item: &Json) -> Option<String> {
    match by {
        By::Text => Some(text(item)),
        By::Before(sign) => item.as_str().map(|s| s.split(sign).next().unwrap_or(s).to_owned()),
        By::Field(keys) => keys.iter().find_map(|k| item.get(*k)).or(item.is_string().then_some(item)).map(text),
        By::Port => Some(fields(item, &["target", "protocol", "published"])),
        By::Mount => item.get("target").map(text),
        By::Position => None,
    }
}

/// How an item is shown in a path.
fn label(by: By, item: &Json, index: usize) -> String {
    match by {
        By::Port => match (item.get("target"), item.get("protocol").and_then(Json::as_str)) {
            (Some(target), Some("tcp") | None) => text(target),
            (Some(target), Some(protocol)) => format!("{}/{protocol}", text(target)),
            _ => text(item),
        },
        By::Position => index.to_string(),
        _ => key(by, item).unwrap_or_else(|| index.to_string()),
    }
}

/// Which items of two lists belong together, in the order of the later list; the earlier ones that are gone come where they stood.
fn pairs(by: By, before: &[Json], after: &[Json]) -> Vec<(Option<usize>, Option<usize>)> {
    let mut pairing = Pairing { before, after, of_new: vec![None; after.len()], taken: vec![false; before.len()] };
    pairing.round(|item, _| Some(item.to_string()));
    pairing.round(|item, _| key(by, item));
    match by {
        By::Port => {
            pairing.round(|item, _| Some(fields(item, &["target", "protocol"])));
            pairing.round(|item, _| item.get("published").map(|_| fields(item, &["published", "protocol"])));
        }
        By::Mount => pairing.round(|item, _| item.get("source").map(|_| fields(item, &["type", "source"]))),
        By::Position => pairing.round(|_, index| Some(index.to_string())),
        // The only one of its kind.
        By::Field(_) if before.len() == 1 && after.len() == 1 => pairing.round(|item, _| item.is_object().then(String::new)),
        _ => {}
    }
    let Pairing { of_new, taken, .. } = pairing;
    let gone = taken.iter().enumerate().filter(|(_, taken)| !**taken).map(|(i, _)| (Some(i), None));
    of_new.iter().enumerate().map(|(i, old)| (*old, Some(i))).chain(gone).collect()
}

struct Pairing<'j> {
    before: &'j [Json],
    after: &'j [Json],
    of_new: Vec<Option<usize>>,
    taken: Vec<bool>,
}

impl Pairing<'_> {
    /// Pairs what is still alone and has the same key, in the order of the lists.
    fn round(&mut self, key: impl Fn(&Json, usize) -> Option<String>) {
        let mut waiting: BTreeMap<String, VecDeque<usize>> = BTreeMap::new();
        for (i, item) in self.before.iter().enumerate().filter(|(i, _)| self.taken.get(*i) == Some(&false)) {
            if let Some(key) = key(item, i) {
                waiting.entry(key).or_default().push_back(i);
            }
        }
        if waiting.is_empty() {
            return;
        }
        for (i, item) in self.after.iter().enumerate() {
            let Some(slot) = self.of_new.get_mut(i).filter(|slot| slot.is_none()) else { continue };
            let Some(old) = key(item, i).and_then(|key| waiting.get_mut(&key)?.pop_front()) else { continue };
            *slot = Some(old);
            if let Some(taken) = self.taken.get_mut(old) {
                *taken = true;
            }
        }
    }
}
