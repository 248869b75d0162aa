//! Whether a module of NixOS still asks for what the Compose file asks for. Both are brought into the normal form, and that into the form of
//! Compose, so that what differs is told in the words of `diff`.

mod flags;
mod module;
mod names;
mod places;
mod said;
mod view;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use super::normal::Stack;
use super::project::Asked;
use super::units::Other;
use super::{Class as Fate, proof};
use crate::compose::problem::Part;
use crate::diff::{self, Change, Class, Diff, Shown, View};
use crate::source::{Sources, Span};

pub use module::{Module, Spec, Unreadable, entries, read};
use names::Names;
pub use said::renamed;

/// One side of a comparison.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    /// What it is.
    pub what: What<'a>,
    /// The texts that it was read from.
    pub sources: &'a Sources,
}

/// What is compared.
#[derive(Clone, Copy)]
pub enum What<'a> {
    /// A Compose project.
    Compose(&'a Asked),
    /// What a module says of it.
    Module(&'a Module),
}

/// How two sides are compared.
#[derive(Clone, Debug, Default)]
pub struct Manner {
    /// All paths are compared as they are.
    pub absolute: bool,
    /// The other projects that the module has, by name: their containers are theirs. With the containers of each.
    pub elsewhere: Vec<(String, Vec<String>)>,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Drift {
    /// What differs.
    pub diff: Diff,
    /// Two directories that were taken for one: that of the Compose file, and the one that the module has.
    pub apart: Option<(PathBuf, PathBuf)>,
}

/// How containers are named in a module, told by its containers.
pub fn naming(module: &Module, names: &dyn Fn(super::Names) -> Vec<String>) -> super::Names {
    let all = [super::Names::Compose, super::Names::ProjectService, super::Names::Service];
    let known = |scheme: &super::Names| names(*scheme).iter().filter(|name| module.stack.containers.contains_key(*name)).count();
    // Of several that are as good, the first.
    all.into_iter().rev().max_by_key(known).unwrap_or(super::Names::Compose)
}

/// Where a module says what project it is of.
pub fn place_of_project(module: &Module, sources: &Sources) -> Option<Span> {
    let target = format!("compose-{}", project_of(module)?);
    module.place(sources, &["systemd".to_owned(), "targets".to_owned(), target], &[])
}

/// The names of the containers that a module has.
pub fn containers(module: &Module) -> impl Iterator<Item = &str> {
    module.stack.containers.keys().map(String::as_str)
}

/// The name of the project that a module is of, if it is of one.
pub fn project_of(module: &Module) -> Option<String> {
    let mut targets = module.stack.targets.keys().filter_map(|t| t.strip_prefix("compose-")).filter(|t| !t.contains("-profile-"));
    targets.next().filter(|_| targets.next().is_none()).map(str::to_owned)
}

/// What differs.
pub fn compare(before: Side, after: Side, manner: &Manner) -> Drift {
    let mut halves = [before, after].map(|side| Half::of(side, manner));
    let [old, new] = &mut halves;
    let names = match (&before.what, &after.what) {
        (What::Compose(asked), _) | (_, What::Compose(asked)) => Names::of(asked),
        (What::Module(module), _) => Names::bare(module.backend),
    };
    let same = old.stack == new.stack && old.others == new.others;
    if same {
        return Drift { diff: Diff { changes: unmapped(before, after, &[]), services: Vec::new() }, apart: None };
    }
    old.look(&names);
    new.look(&names);
    let directory = [before, after].into_iter().find_map(|side| match side.what {
        What::Compose(asked) => Some(asked.project.directory.clone()),
        What::Module(_) => None,
    });
    let moved = directory.as_deref().filter(|_| !manner.absolute).and_then(|directory| moved(old, new, directory));
    in_order(&mut old.view, &mut new.view);
    if old.view == new.view {
        let mut changes = if moved.is_some() { Vec::new() } else { last(&old.stack, &new.stack) };
        changes.extend(unmapped(before, after, &changes));
        return Drift { diff: Diff { changes, services: Vec::new() }, apart: moved };
    }
    let places = [(before, &*old), (after, &*new)].map(|(side, half)| places::of(side, &half.view, &names));
    let directory = directory.unwrap_or_default();
    let [old_places, new_places] = &places;
    let of = |view, places, sources| View { view, name: &names.project, directory: &directory, places, sources };
    let told = diff::compare_views(&of(&old.view, old_places, before.sources), &of(&new.view, new_places, after.sources));
    let saying = said::Saying { names: &names, old, new, before, after };
    let mut changes: Vec<Change> = told.into_iter().filter_map(|(words, change)| saying.change(&words, change)).collect();
    if changes.is_empty() {
        changes = last(&old.stack, &new.stack);
    }
    changes.extend(unmapped(before, after, &changes));
    changes.sort_by(|a, b| (a.class, &a.path).cmp(&(b.class, &b.path)));
    Drift { diff: Diff { changes, services: Vec::new() }, apart: moved }
}

/// A side in the normal form.
struct Half {
    stack: Stack,
    others: Vec<Other>,
    view: Json,
}

impl Half {
    fn of(side: Side, manner: &Manner) -> Self {
        let (stack, others) = match side.what {
            What::Compose(asked) => (asked.mapped.stack.clone(), Vec::new()),
            What::Module(module) => own(module, &manner.elsewhere),
        };
        let mut stack = stack;
        stack.tmpfiles.sort();
        // What a host lets through is more than what one project asks for.
        stack.firewall.clear();
        // The order of containers and units says nothing.
        stack.containers.sort_keys();
        stack.units.sort_keys();
        stack.targets.sort_keys();
        stack.timers.sort_keys();
        for container in stack.containers.values_mut() {
            container.environment.sort_keys();
            container.labels.sort_keys();
        }
        Self { stack, others, view: Json::Null }
    }

    /// Makes the view.
    fn look(&mut self, names: &Names) {
        self.view = view::of(&self.stack, names);
        for Other { path, value, .. } in &self.others {
            let words: Vec<&str> = path.iter().map(String::as_str).collect();
            let place: Vec<String> = match words.as_slice() {
                ["virtualisation", "oci-containers", "containers", name, rest @ ..] => {
                    ["services".to_owned(), names.service(name)].into_iter().chain(rest.iter().map(|r| (*r).to_owned())).collect()
                }
                _ => path.clone(),
            };
            let mut at = &mut self.view;
            for name in &place {
                if !at.is_object() {
                    *at = json!({});
                }
                at = &mut at[name.as_str()];
            }
            match (&mut *at, view::data(value)) {
                (Json::Array(items), Json::Array(more)) => items.extend(more),
                (at, data) => *at = data,
            }
        }
    }
}

/// What a module has that is not of other projects.
fn own(module: &Module, elsewhere: &[(String, Vec<String>)]) -> (Stack, Vec<Other>) {
    let mut stack = module.stack.clone();
    let mut others = module.others.clone();
    if elsewhere.is_empty() {
        return (stack, others);
    }
    let backend = module.backend;
    let theirs = |unit: &str| {
        let of_container = |name: &String| *unit == format!("{backend}-{name}");
        let part_of = module.stack.units.get(unit).is_some_and(|u| {
            u.part_of
                .iter()
                .any(|t| elsewhere.iter().any(|(project, _)| *t == format!("compose-{}.target", super::map::unit_name(project))))
        });
        part_of || elsewhere.iter().flat_map(|(_, containers)| containers).any(of_container)
    };
    let target = |name: &str| {
        let of = |project: &String| {
            let target = format!("compose-{}", super::map::unit_name(project));
            name.strip_prefix(&target).is_some_and(|rest| rest.is_empty() || rest.starts_with("-profile-"))
        };
        elsewhere.iter().any(|(project, _)| of(project))
    };
    let strange = |name: &str| {
        let known = elsewhere.iter().flat_map(|(_, containers)| containers).any(|own| own == name);
        known || theirs(&format!("{backend}-{name}"))
    };
    stack.containers.retain(|name, _| !strange(name));
    stack.targets.retain(|name, _| !target(name));
    let gone: Vec<String> = stack.units.keys().filter(|name| theirs(name)).cloned().collect();
    stack.units.retain(|name, _| !gone.contains(name));
    stack.timers.retain(|name, _| !gone.contains(name));
    others.retain(|other| match other.path.as_slice() {
        [_, _, containers, name, ..] if containers == "containers" => !strange(name),
        [_, _, name, ..] => !theirs(name),
        _ => true,
    });
    (stack, others)
}

/// Takes the directory of the module for that of the Compose file, if all that the containers mount from below the one has the same place below
/// the other.
fn moved(old: &mut Half, new: &mut Half, directory: &Path) -> Option<(PathBuf, PathBuf)> {
    let binds = |stack: &Stack| -> Vec<(String, String, String)> {
        let mounts = stack.containers.iter().flat_map(|(name, c)| c.mounts.iter().map(move |m| (name, m)));
        mounts.filter(|(_, m)| m.kind == "bind").filter_map(|(name, m)| Some((name.clone(), m.target.clone(), m.source.clone()?))).collect()
    };
    let mut roots: BTreeMap<PathBuf, usize> = BTreeMap::new();
    let (before, after) = (binds(&old.stack), binds(&new.stack));
    for (name, target, source) in &before {
        let Some((_, _, other)) = after.iter().find(|(n, t, _)| n == name && t == target) else { continue };
        let (one, two) = (Path::new(source), Path::new(other));
        let (below, elsewhere) = if one.starts_with(directory) { (one, two) } else { (two, one) };
        let Ok(rest) = below.strip_prefix(directory) else { continue };
        if elsewhere.starts_with(directory) {
            // Something is where it was.
            return None;
        }
        let root = elsewhere.ancestors().nth(rest.components().count()).filter(|root| root.join(rest) == elsewhere);
        if let Some(root) = root.filter(|root| root.parent().is_some()) {
            *roots.entry(root.to_path_buf()).or_default() += 1;
        }
    }
    let (root, _) = roots.into_iter().max_by_key(|(_, count)| *count)?;
    if root.starts_with(directory) || directory.starts_with(&root) {
        return None;
    }
    let (from, to) = (root.display().to_string(), directory.display().to_string());
    let change = |text: &str| -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(&from) {
            let (before, found) = rest.split_at(at);
            let after = found.get(from.len()..).unwrap_or_default();
            let whole = !after.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
                && !before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'));
            out.push_str(before);
            out.push_str(if whole { &to } else { &from });
            rest = after;
        }
        out.push_str(rest);
        out
    };
    view::texts(&mut old.view, &change);
    view::texts(&mut new.view, &change);
    Some((directory.to_path_buf(), root))
}

/// Tells the order of the networks that a service has on both sides, if it is not the same: the first one is the default way out.
fn in_order(old: &mut Json, new: &mut Json) {
    let names = |view: &Json, service: &str| -> Vec<String> {
        let networks = view.get("services").and_then(|s| s.get(service)?.get("networks")?.as_object());
        networks.into_iter().flatten().map(|(key, _)| key.clone()).collect()
    };
    let services: Vec<String> = old.get("services").and_then(Json::as_object).into_iter().flatten().map(|(name, _)| name.clone()).collect();
    for service in services {
        let (before, after) = (names(old, &service), names(new, &service));
        let common = |one: &[String], other: &[String]| one.iter().filter(|n| other.contains(n)).cloned().collect::<Vec<_>>();
        let (a, b) = (common(&before, &after), common(&after, &before));
        if a == b {
            continue;
        }
        for (view, order) in [(&mut *old, a), (&mut *new, b)] {
            if let Some(body) = view.get_mut("services").and_then(|s| s.get_mut(&service)?.as_object_mut()) {
                body.insert(said::ORDER.to_owned(), json!(order));
            }
        }
    }
}

/// Says that two normal forms differ where nothing else did: there is no difference without a word.
fn last(old: &Stack, new: &Stack) -> Vec<Change> {
    let shown = |text: Option<String>| text.map(|text| Shown { text, place: None });
    let differences = proof::differences(old, new).into_iter().filter(|d| d.before != d.after);
    let change = |d: proof::Difference| Change {
        class: Class::Behaviour,
        path: d.path,
        before: shown(d.before),
        after: shown(d.after),
        consequence: "the engine or systemd is asked for something else".to_owned(),
        near: None,
    };
    differences.map(change).collect()
}

/// The keys that no module can have, and that may not be left out.
fn unmapped(before: Side, after: Side, known: &[Change]) -> Vec<Change> {
    let mut out = Vec::new();
    for (side, old) in [(before, true), (after, false)] {
        let What::Compose(asked) = side.what else { continue };
        for remark in asked.unmapped().filter(|r| r.class == Fate::Unmapped) {
            if known.iter().chain(&out).any(|c| c.path == remark.path) {
                continue;
            }
            let place = remark.origin.as_ref().map(|o| o.at);
            let shown = Some(Shown { text: remark.path.rsplit('.').next().unwrap_or_default().to_owned(), place });
            let (before, after) = if old { (shown, None) } else { (None, shown) };
            out.push(Change {
                class: Class::Behaviour,
                path: remark.path.clone(),
                before,
                after,
                consequence: format!("no module can have it: {}", remark.message),
                near: if old { None } else { place },
            });
        }
    }
    out
}

/// A path of a view as its keys.
fn keys(path: &[Part]) -> Vec<&str> {
    path.iter().map(|part| if let Part::Key(key) = part { key.as_str() } else { "" }).collect()
}
