//! What a file has written where: what comes through an alias or a merge key is another place's. Judges nothing.

use crate::yaml::{Entry, Kind, NodeId, Tree};

/// A service as it is written in one file.
pub(super) struct Written<'a> {
    /// Its name.
    pub(super) name: &'a str,
    /// Its mapping.
    pub(super) node: NodeId,
    /// The entries of it.
    pub(super) entries: &'a [Entry],
}

/// The entries of a mapping that is written here; none of anything else.
pub(super) fn entries(tree: &Tree, id: NodeId) -> &[Entry] {
    match &tree.node(id).kind {
        Kind::Mapping { entries, .. } => entries,
        _ => &[],
    }
}

/// The items of a sequence that is written here; none of anything else.
pub(super) fn items(tree: &Tree, id: NodeId) -> &[NodeId] {
    match &tree.node(id).kind {
        Kind::Sequence { items, .. } => items,
        _ => &[],
    }
}

/// The values of a top-level key, in all documents of a file.
pub(super) fn section(tree: &Tree, name: &str) -> Vec<NodeId> {
    let tops = tree.documents.iter().flat_map(|d| entries(tree, d.root));
    tops.filter(|e| tree.text(e.key) == Some(name)).map(|e| e.value).collect()
}

/// The services of a file.
pub(super) fn services(tree: &Tree) -> Vec<Written<'_>> {
    let all = section(tree, "services").into_iter().flat_map(|services| entries(tree, services));
    all.filter_map(|service| {
        let name = tree.text(service.key).filter(|name| *name != "<<")?;
        Some(Written { name, node: service.value, entries: entries(tree, service.value) })
    })
    .collect()
}

impl Written<'_> {
    /// The entry of a key.
    pub(super) fn get(&self, tree: &Tree, key: &str) -> Option<Entry> {
        self.entries.iter().rev().find(|e| tree.text(e.key) == Some(key)).copied()
    }
}
