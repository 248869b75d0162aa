//! Puts the children of a collection in another order, each with the comments that are about it.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Doc, Edit, Kind, NodeId, Owner, Source, Tree};

/// Puts the entries (by their keys) or items of a collection in this order, which names each of them once. Comments above and behind a child
/// move with it; blank lines, and what stands before the first and behind the last, stay where they are. Nothing to do is no edits.
///
/// `None` if a comment between two children is about neither of them in particular, if an alias would come before its anchor or change its
/// target, or if a child cannot be moved as it is.
pub fn reorder(source: &Source, tree: &Tree, collection: NodeId, order: &[NodeId]) -> Option<Vec<Edit>> {
    let doc = Doc::new(source, tree);
    let flow = doc.flow(collection)?;
    let now = doc.nodes(collection);
    let mut sorted = order.to_vec();
    sorted.sort_unstable();
    if sorted != now {
        return None;
    }
    let first = now.iter().zip(order).position(|(a, b)| a != b);
    let last = now.iter().zip(order).rposition(|(a, b)| a != b);
    // What already stands in its place at either end need not be understood.
    let (Some(first), Some(last)) = (first, last) else { return Some(Vec::new()) };
    if !same_aliases(doc, collection, order) {
        return None;
    }
    let slots: Vec<Range<usize>> = (first..=last).map(|index| slot(doc, collection, index, flow)).collect::<Option<_>>()?;
    let range = slots.first()?.start..slots.last()?.end;
    if flow && doc.comments(range).next().is_some() {
        return None;
    }
    for (before, behind) in slots.iter().zip(slots.iter().skip(1)) {
        if !flow && !doc.slice(before.end..behind.start).trim_matches([' ', '\t', '\n', '\r']).is_empty() {
            return None;
        }
    }
    let at = |node: &NodeId| now.binary_search(node).ok().and_then(|index| slots.get(index.checked_sub(first)?));
    // `- # comment` would be about the item.
    let compact = !flow && !doc.first_on_line(slots.first()?.start);
    let moved_first = at(order.get(first)?)?;
    if compact && doc.slice(moved_first.clone()).starts_with('#') {
        return None;
    }
    let mut edits = Vec::new();
    for (slot, node) in slots.iter().zip(order.get(first..=last)?) {
        let from = at(node)?;
        if from != slot {
            if doc.ends_open(collection, *node) {
                return None;
            }
            edits.push(doc.edit(slot.clone(), doc.slice(from.clone()))?);
        }
    }
    // A block scalar that comes to the end of a file without a final line break loses its own.
    let at_end = !doc.slice(slots.last()?.end..doc.text.len()).contains('\n');
    let block_last = matches!(
        doc.node(*doc.subtree(collection, *order.get(last)?).end()).kind,
        Kind::Scalar(super::Scalar { style: super::Style::Literal | super::Style::Folded, .. })
    );
    (!(at_end && block_last)).then_some(edits)
}

/// What moves with a child: of a block, from the first comment above it (in its column) to the end of a line.
fn slot(doc: Doc<'_>, collection: NodeId, index: usize, flow: bool) -> Option<Range<usize>> {
    let it = doc.child(collection, index)?;
    if flow {
        // An empty value takes its colon along, and with it what may follow a colon.
        let odd = doc.slice(it.head..it.end).ends_with(':');
        return (!odd).then_some(it.head..it.end);
    }
    let begin = doc.begin_with_comments(&it);
    let foreign = doc.comments(0..begin).next_back().is_some_and(|(comment, owner)| {
        // A comment directly above that is indented otherwise.
        index > 0 && matches!(owner, Owner::Above(id) if id == it.node) && comment.start < begin && doc.next_line(comment.start) >= begin
    });
    (!foreign).then_some(begin..doc.end_with_comments(&it)?)
}

/// True if every alias has the target that it has now when the children come in another order.
fn same_aliases(doc: Doc<'_>, collection: NodeId, order: &[NodeId]) -> bool {
    let now = doc.nodes(collection);
    let mut known: BTreeMap<&str, NodeId> = BTreeMap::new();
    let (mut new_targets, mut old_targets) = (Vec::new(), Vec::new());
    let mut walk = |children: &[NodeId], targets: &mut Vec<(NodeId, Option<NodeId>)>| {
        known.clear();
        for child in children {
            let nodes = doc.subtree(collection, *child);
            for id in (nodes.start().0..=nodes.end().0).map(NodeId) {
                let node = doc.node(id);
                if let Some(anchor) = &node.anchor {
                    known.insert(&anchor.name, id);
                }
                if let Kind::Alias { name, .. } = &node.kind {
                    targets.push((id, known.get(&**name).copied()));
                }
            }
        }
        targets.sort_unstable();
        known.clone()
    };
    // What is behind the collection sees the last anchor of each name.
    let behind = walk(&now, &mut old_targets) == walk(order, &mut new_targets);
    behind && old_targets == new_targets
}
