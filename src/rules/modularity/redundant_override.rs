//! A later file that says once more what an earlier one of the same project says.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::syntax::{canonical, entries, section};
use crate::compose::Role;
use crate::discover::Kind as Found;
use crate::rules::prelude::*;
use crate::source::{FileId, Span};
use crate::yaml::edit::{remove_entry_up, remove_item_up};
use crate::yaml::{Kind, NodeId, Style, Tree};

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "redundant-override",
        topic: Topic::Modularity,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::On,
        fix: Some(Applicability::Safe),
        peers: &[],
        options: &[],
        summary: "an override file repeats what the file below it says",
        page: page!("redundant-override"),
    },
    rule: &RedundantOverride,
};

struct RedundantOverride;

impl Rule for RedundantOverride {
    /// An override file may serve several projects: only what is redundant in all of them is.
    fn host(&self, host: &Host, cx: &mut Cx) {
        let mut uses: BTreeMap<FileId, usize> = BTreeMap::new();
        let mut found: BTreeMap<Span, (usize, Repeated)> = BTreeMap::new();
        for (project, entry) in host.projects.iter().zip(host.entries) {
            let guessed = matches!(entry.kind, Found::Variant { .. });
            let mut below: Vec<Arc<Tree>> = Vec::new();
            for file in &project.files {
                match file.role {
                    Role::Main | Role::Override => {}
                    Role::Include(_) | Role::Extends(_) => {
                        // Whoever takes it in another way needs all of it.
                        *uses.entry(file.id).or_default() += 1;
                        continue;
                    }
                    Role::DotEnv | Role::EnvFile(_) | Role::LabelFile(_) => continue,
                }
                *uses.entry(file.id).or_default() += 1;
                let Some(tree) = cx.tree(file.id).filter(|t| t.documents.len() == 1 && t.errors.is_empty()) else { break };
                if file.role == Role::Override && !below.is_empty() && !(guessed && may_stand_alone(&tree)) {
                    for repeated in repeated(&tree, &below) {
                        found.entry(tree.node(repeated.key).span).or_insert((0, repeated)).0 += 1;
                    }
                }
                below.push(tree);
            }
        }
        for (at, (times, repeated)) in found {
            let Some(tree) = cx.tree(at.file).filter(|_| uses.get(&at.file) == Some(&times)) else { continue };
            let source = cx.sources.get(at.file);
            let edits = match repeated.item {
                Some(item) => remove_item_up(&source, &tree, repeated.parent, item),
                None => remove_entry_up(&source, &tree, repeated.parent, repeated.key),
            };
            let report = cx
                .report(&Origin::at(at), format!("{} says the same as the file that it overrides", repeated.what))
                .related(repeated.base, "it is said here already")
                .why("whoever changes the first file sees no effect, because this one puts the old value back")
                .help("remove it");
            if let Some(edits) = edits {
                report.fix("remove what the first file says already", Applicability::Safe, edits);
            }
        }
    }
}

/// True if each of its services has an image: such a file may be meant to be started without the one that it is beside.
fn may_stand_alone(tree: &Tree) -> bool {
    let (_, services) = section(tree, "services");
    services.iter().all(|s| tree.get(s.value, "image").is_some() || tree.get(s.value, "build").is_some())
}

/// A part of an override that repeats what is below it.
struct Repeated {
    /// The mapping or list that it is in.
    parent: NodeId,
    /// The key, or the item.
    key: NodeId,
    /// The item, if it is one.
    item: Option<NodeId>,
    /// Where the earlier file says it.
    base: Span,
    /// `environment.TZ` of `services.web`, for the message.
    what: String,
}

/// Lists that Compose makes mappings or sets of: an item that is there already changes nothing.
const SETS: &[&str] = &["environment", "labels", "ports", "volumes"];
/// How deep a service goes.
const DEPTH: usize = 8;

/// What a file repeats of the files below it.
fn repeated(tree: &Tree, below: &[Arc<Tree>]) -> Vec<Repeated> {
    let mut out = Vec::new();
    let Some(root) = tree.documents.first().map(|d| d.root) else { return out };
    let Some(services) = tree.get(root, "services").filter(|s| is_plain(tree, *s)) else { return out };
    let known: Vec<(&Tree, BTreeMap<&str, NodeId>)> = below
        .iter()
        .map(|t| {
            let services = t.documents.first().and_then(|d| t.get(d.root, "services"));
            let services = services.map_or(&[][..], |s| entries(t, s));
            (t.as_ref(), services.iter().filter_map(|e| Some((t.text(e.key)?, e.value))).collect())
        })
        .collect();
    for entry in entries(tree, services) {
        let Some(name) = tree.text(entry.key) else { continue };
        // `extends` in the override comes between the two files.
        if tree.get(entry.value, "extends").is_some() {
            continue;
        }
        let bases: Vec<(&Tree, NodeId)> = known.iter().filter_map(|(t, names)| Some((*t, *names.get(name)?))).collect();
        // Of three files the one in between may have changed it and back: too much to be told simply.
        if let [(base, node)] = bases.as_slice() {
            collect(tree, entry.value, base, *node, &mut vec![name.to_owned()], &mut out);
        }
    }
    out
}

fn collect(tree: &Tree, id: NodeId, base: &Tree, other: NodeId, way: &mut Vec<String>, out: &mut Vec<Repeated>) {
    if !is_plain(tree, id) || !is_plain(base, other) || way.len() > DEPTH {
        return;
    }
    match (&tree.node(id).kind, &base.node(other).kind) {
        (Kind::Mapping { entries: mine, .. }, Kind::Mapping { .. }) => {
            let below: BTreeMap<&str, NodeId> = entries(base, other).iter().filter_map(|e| Some((base.text(e.key)?, e.value))).collect();
            for entry in mine {
                let Some(key) = tree.text(entry.key) else { continue };
                let Some(value) = below.get(key).copied() else { continue };
                way.push(key.to_owned());
                let whole = matches!(key, "command" | "entrypoint" | "test") || matches!(tree.node(entry.value).kind, Kind::Scalar(_));
                if whole && is_plain(tree, entry.value) && is_plain(base, value) && written(tree, entry.value) == written(base, value) {
                    let what = way.get(1..).unwrap_or_default().join(".");
                    let what = format!("`{what}` of `{}`", way.first().map_or("", String::as_str));
                    out.push(Repeated { parent: id, key: entry.key, item: None, base: base.node(value).span, what });
                } else if !whole {
                    collect(tree, entry.value, base, value, way, out);
                }
                way.pop();
            }
        }
        (Kind::Sequence { items, .. }, Kind::Sequence { items: others, .. }) if SETS.contains(&way.last().map_or("", String::as_str)) => {
            let below: BTreeMap<(bool, String), NodeId> =
                others.iter().filter(|o| is_plain(base, **o)).map(|o| (written(base, *o), *o)).collect();
            for item in items.iter().filter(|i| is_plain(tree, **i)) {
                let Some(equal) = below.get(&written(tree, *item)) else { continue };
                let what = way.get(1..).unwrap_or_default().join(".");
                let what = format!("an item of `{what}` of `{}`", way.first().map_or("", String::as_str));
                out.push(Repeated { parent: id, key: *item, item: Some(*item), base: base.node(*equal).span, what });
            }
        }
        _ => {}
    }
}

/// True if it is just what is written: no tag such as `!reset`, no alias, no `<<`, no anchor that others use.
fn is_plain(tree: &Tree, id: NodeId) -> bool {
    let node = tree.node(id);
    let merges = entries(tree, id).iter().any(|e| tree.text(e.key) == Some("<<"));
    node.tag.is_none() && node.anchor.is_none() && !matches!(node.kind, Kind::Alias { .. }) && !merges
}

/// What is equal for two nodes that are written the same, and so are of the same type.
fn written(tree: &Tree, id: NodeId) -> (bool, String) {
    let plain = matches!(&tree.node(id).kind, Kind::Scalar(s) if s.style == Style::Plain);
    (plain, canonical(tree, id))
}
