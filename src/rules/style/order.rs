//! The order in which the children of a collection are to stand, and how to bring them into it. Knows no rule.
//!
//! An anchor stays before its aliases: what is asked for is the order that comes nearest to the wanted one without moving an alias in front of
//! its anchor. So what a rule asks for can be done, and done once it is not asked for again.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::compose::value::Origin;
use crate::rules::prelude::*;
use crate::rules::{Report, SourceTree};
use crate::yaml::{Kind, NodeId, Tree, edit};

/// A child of a collection: an entry by its key, or an item.
#[derive(Clone, Copy, Debug)]
pub(super) struct Child<'a> {
    /// The key, or the item.
    pub(super) node: NodeId,
    /// What it is called; empty for what has no name.
    pub(super) name: &'a str,
}

/// The children of a collection that is written here, each with its name: the key of an entry, the text of an item.
pub(super) fn children(tree: &Tree, collection: NodeId) -> Vec<Child<'_>> {
    let child = |node: NodeId| Child { node, name: tree.text(node).unwrap_or_default() };
    match &tree.node(collection).kind {
        Kind::Mapping { entries, .. } => entries.iter().map(|e| child(e.key)).collect(),
        Kind::Sequence { items, .. } => items.iter().map(|i| child(*i)).collect(),
        Kind::Scalar(_) | Kind::Alias { .. } => Vec::new(),
    }
}

/// What is out of order in a collection.
pub(super) struct Disorder<'a> {
    /// The first that stands too late.
    pub(super) late: Child<'a>,
    /// What stands in its place.
    pub(super) early: Child<'a>,
    /// How many others have to move.
    pub(super) others: usize,
    order: Vec<NodeId>,
    collection: NodeId,
}

/// What is out of order; `None` if nothing is. `rank` says where a child belongs; of those alike, the one that stands first comes first.
pub(super) fn disorder<'a, K: Ord>(
    tree: &Tree,
    collection: NodeId,
    children: &[Child<'a>],
    rank: impl Fn(&Child<'a>) -> K,
) -> Option<Disorder<'a>> {
    let mut wanted: Vec<usize> = (0..children.len()).collect();
    wanted.sort_by_cached_key(|i| children.get(*i).map(&rank));
    if wanted.is_sorted() {
        return None;
    }
    let order = behind_anchors(tree, collection, children, &wanted);
    let (at, late) = order.iter().enumerate().find(|(at, wanted)| at != *wanted)?;
    Some(Disorder {
        late: *children.get(*late)?,
        early: *children.get(at)?,
        others: (order.len() - longest_rise(&order)).saturating_sub(1),
        order: order.iter().filter_map(|i| children.get(*i)).map(|c| c.node).collect(),
        collection,
    })
}

/// The wanted order, each child held back until those are placed whose anchors it uses.
fn behind_anchors(tree: &Tree, collection: NodeId, children: &[Child], wanted: &[usize]) -> Vec<usize> {
    let starts: Vec<NodeId> = children.iter().map(|c| c.node).collect();
    let child_of = |node: NodeId| (node > collection).then(|| starts.partition_point(|s| *s <= node).checked_sub(1)).flatten();
    let last = tree.last_in(collection);
    let mut users: Vec<Vec<usize>> = vec![Vec::new(); children.len()];
    let mut needs: Vec<usize> = vec![0; children.len()];
    let inside = (collection.0..=last.0).map(NodeId);
    for alias in inside {
        let Kind::Alias { target: Some(target), .. } = &tree.node(alias).kind else { continue };
        let (Some(user), Some(anchor)) = (child_of(alias), child_of(*target)) else { continue };
        if user != anchor && *target <= last {
            if let Some(users) = users.get_mut(anchor) {
                users.push(user);
            }
            if let Some(needs) = needs.get_mut(user) {
                *needs += 1;
            }
        }
    }
    let mut places = vec![0; children.len()];
    for (place, child) in wanted.iter().enumerate() {
        if let Some(slot) = places.get_mut(*child) {
            *slot = place;
        }
    }
    let place = |child: usize| Reverse((places.get(child).copied().unwrap_or_default(), child));
    let mut ready: BinaryHeap<Reverse<(usize, usize)>> =
        needs.iter().enumerate().filter(|(_, n)| **n == 0).map(|(child, _)| place(child)).collect();
    let mut order = Vec::with_capacity(children.len());
    while let Some(Reverse((_, child))) = ready.pop() {
        order.push(child);
        for user in users.get(child).into_iter().flatten() {
            if let Some(left) = needs.get_mut(*user) {
                *left -= 1;
                if *left == 0 {
                    ready.push(place(*user));
                }
            }
        }
    }
    order
}

/// The length of the longest rising sequence in these numbers: what can stay where it is.
fn longest_rise(numbers: &[usize]) -> usize {
    let mut ends: Vec<usize> = Vec::new();
    for number in numbers {
        let at = ends.partition_point(|end| end < number);
        match ends.get_mut(at) {
            Some(end) => *end = *number,
            None => ends.push(*number),
        }
    }
    ends.len()
}

impl Disorder<'_> {
    /// A finding at what stands too late, with the fix if it can be made in place.
    pub(super) fn report<'c>(
        &self,
        file: &SourceTree,
        message: String,
        title: &str,
        applicability: Applicability,
        cx: &'c mut Cx,
    ) -> Report<'c> {
        let message = match self.others {
            0 => message,
            1 => format!("{message}; another one is out of order, too"),
            n => format!("{message}; {n} others are out of order, too"),
        };
        let report = cx.report(&Origin::at(file.tree.node(self.late.node).span), message);
        let report = report.related(file.tree.node(self.early.node).span, "it belongs before this");
        match edit::reorder(file.source, file.tree, self.collection, &self.order) {
            Some(edits) if !edits.is_empty() => report.fix(title, applicability, edits),
            _ => report,
        }
    }
}
