//! What the rules about files read from the syntax of a file. Knows no rule.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::yaml::{Entry, Kind, NodeId, Tree};

/// The entries of a top-level mapping (`services`, `volumes`) in all documents of a file, merge keys left out, and the key itself.
pub(in crate::rules) fn section<'a>(tree: &'a Tree, name: &str) -> (Option<NodeId>, Vec<&'a Entry>) {
    let tops = tree.documents.iter().flat_map(|d| entries(tree, d.root)).filter(|e| tree.text(e.key) == Some(name));
    let (mut key, mut out) = (None, Vec::new());
    for top in tops {
        key = key.or(Some(top.key));
        out.extend(entries(tree, top.value).iter().filter(|e| tree.text(e.key) != Some("<<")));
    }
    (key, out)
}

/// The entries of a mapping that is written here; none of anything else.
pub(in crate::rules) fn entries(tree: &Tree, id: NodeId) -> &[Entry] {
    match &tree.node(id).kind {
        Kind::Mapping { entries, .. } => entries,
        _ => &[],
    }
}

/// A node as text that is equal for two nodes that say the same in the same order. Aliases stay aliases: they are not written twice.
pub(in crate::rules) fn canonical(tree: &Tree, id: NodeId) -> String {
    let mut out = String::new();
    write(tree, id, &mut out);
    out
}

fn write(tree: &Tree, id: NodeId, out: &mut String) {
    let node = tree.node(id);
    if let Some(tag) = &node.tag {
        let _ = write!(out, "{} ", tag.name);
    }
    match &node.kind {
        Kind::Scalar(scalar) => {
            let _ = write!(out, "{:?}", scalar.text);
        }
        Kind::Alias { name, .. } => {
            let _ = write!(out, "*{name}");
        }
        Kind::Sequence { items, .. } => {
            out.push('[');
            for item in items {
                write(tree, *item, out);
                out.push(',');
            }
            out.push(']');
        }
        Kind::Mapping { entries, .. } => {
            out.push('{');
            for entry in entries {
                write(tree, entry.key, out);
                out.push(':');
                write(tree, entry.value, out);
                out.push(',');
            }
            out.push('}');
        }
    }
}

/// The number of scalars that are written in a node, keys not counted.
pub(in crate::rules) fn leaves(tree: &Tree, id: NodeId) -> usize {
    match &tree.node(id).kind {
        Kind::Scalar(_) => 1,
        Kind::Alias { .. } => 0,
        Kind::Sequence { items, .. } => items.iter().map(|i| leaves(tree, *i)).sum(),
        Kind::Mapping { entries, .. } => entries.iter().map(|e| leaves(tree, e.value)).sum(),
    }
}

/// Every scalar of a node with its way from the node, aliases followed; at most `limit` of them, because aliases multiply.
pub(in crate::rules) fn paths(tree: &Tree, id: NodeId, limit: usize) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    let mut left = limit;
    collect(tree, id, "", 0, &mut left, &mut out);
    out
}

fn collect(tree: &Tree, id: NodeId, way: &str, depth: u32, left: &mut usize, out: &mut BTreeSet<String>) {
    if *left == 0 || depth > 64 {
        return;
    }
    *left -= 1;
    match &tree.node(tree.deref(id)).kind {
        Kind::Scalar(scalar) => {
            out.insert(format!("{way}={}", scalar.text));
        }
        Kind::Sequence { items, .. } => items.iter().for_each(|i| collect(tree, *i, way, depth + 1, left, out)),
        Kind::Mapping { entries, .. } => {
            for entry in entries {
                match tree.text(entry.key) {
                    Some("<<") => collect(tree, entry.value, way, depth + 1, left, out),
                    Some(key) => collect(tree, entry.value, &format!("{way}/{key}"), depth + 1, left, out),
                    None => {}
                }
            }
        }
        Kind::Alias { .. } => {}
    }
}

/// Every scalar that is written in a node itself, with its way from the node; aliases and what `<<` brings are left out.
pub(in crate::rules) fn own_leaves(tree: &Tree, id: NodeId) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    own(tree, id, "", &mut out);
    out
}

fn own(tree: &Tree, id: NodeId, way: &str, out: &mut BTreeSet<String>) {
    match &tree.node(id).kind {
        Kind::Scalar(scalar) => {
            out.insert(format!("{way}={}", scalar.text));
        }
        Kind::Sequence { items, .. } => items.iter().for_each(|i| own(tree, *i, way, out)),
        Kind::Mapping { entries, .. } => {
            for entry in entries {
                if let Some(key) = tree.text(entry.key).filter(|k| *k != "<<") {
                    own(tree, entry.value, &format!("{way}/{key}"), out);
                }
            }
        }
        Kind::Alias { .. } => {}
    }
}
