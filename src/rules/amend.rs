//! The small changes of text that several rules offer as fixes. What cannot be made in place gives no fix.

use super::Cx;
use crate::source::{Edit, Span};
use crate::yaml::edit::{Position, insert_entry, remove_entry, remove_item_up, replace_scalar};
use crate::yaml::{Kind, NodeId, Tree};

/// Removes the entry of a mapping whose key is here.
pub(super) fn without_entry(cx: &Cx, key: Span) -> Option<Vec<Edit>> {
    let tree = cx.tree(key.file)?;
    let (mapping, entry) = tree.entry(tree.at(key)?)?;
    (tree.node(entry.key).span == key).then(|| remove_entry(&cx.sources.get(key.file), &tree, mapping, entry.key))?
}

/// Removes the item of a list that is here; the last one with its list.
pub(super) fn without_item(cx: &Cx, item: Span) -> Option<Vec<Edit>> {
    let tree = cx.tree(item.file)?;
    let item_node = tree.at(item)?;
    remove_item_up(&cx.sources.get(item.file), &tree, tree.parent(item_node)?, item_node)
}

/// Changes an item that has a short form (text) and a long one (a mapping): `short` makes the new text of the one from the old, in the other
/// `key` gets `value`.
pub(super) fn with_short_or_long(cx: &Cx, item: Span, short: impl Fn(&str) -> Option<String>, key: &str, value: &str) -> Option<Vec<Edit>> {
    let tree = cx.tree(item.file)?;
    let source = cx.sources.get(item.file);
    let node = tree.at(item)?;
    let edit = match &tree.node(node).kind {
        Kind::Scalar(scalar) => replace_scalar(&source, &tree, node, &short(&scalar.text)?),
        Kind::Mapping { .. } => match own(&tree, node, key) {
            Some(old) => replace_scalar(&source, &tree, old, value),
            None => insert_entry(&source, &tree, node, Position::End, key, value),
        },
        Kind::Sequence { .. } | Kind::Alias { .. } => None,
    }?;
    Some(vec![edit])
}

/// The value of a key that is written in a mapping itself.
fn own(tree: &Tree, mapping: NodeId, key: &str) -> Option<NodeId> {
    let Kind::Mapping { entries, .. } = &tree.node(mapping).kind else { return None };
    entries.iter().find(|e| tree.text(e.key) == Some(key)).map(|e| e.value)
}

/// The parts of a short form between its colons, those within `${…}` and `[…]` left alone.
pub(super) fn parts(text: &str) -> Vec<&str> {
    let (mut out, mut depth, mut start) = (Vec::new(), 0_u32, 0);
    for (at, c) in text.char_indices() {
        match c {
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => {
                out.extend(text.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    out.extend(text.get(start..));
    out
}
