//! From a place to its node, and from a node to what is around it. Looks at nothing that is not on the way.

use std::ops::RangeInclusive;

use super::{Entry, Kind, NodeId, Tree};
use crate::source::Span;

impl Tree {
    /// The outermost node with exactly this span (that of a value, as origins have it, or of a key); `None` if there is none.
    pub fn at(&self, span: Span) -> Option<NodeId> {
        if span.file != self.file {
            return None;
        }
        let index = self.documents.partition_point(|d| d.span.start <= span.start).checked_sub(1)?;
        let mut at = self.documents.get(index)?.root;
        loop {
            if self.node(at).span == span {
                return Some(at);
            }
            at = self.child_where(at, |child| self.begin(child) <= span.start)?;
        }
    }

    /// The innermost node that begins where a span begins: the key of an entry whose place is that of its key and its value.
    pub fn starting(&self, span: Span) -> Option<NodeId> {
        let index = self.documents.partition_point(|d| d.span.start <= span.start).checked_sub(1)?;
        let mut at = self.documents.get(index).filter(|_| span.file == self.file)?.root;
        while let Some(child) = self.child_where(at, |child| self.begin(child) <= span.start) {
            at = child;
        }
        (self.begin(at) == span.start).then_some(at)
    }

    /// The collection that a node is a key, a value or an item of; `None` for a root.
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        let index = self.documents.partition_point(|d| d.root <= id).checked_sub(1)?;
        let mut at = self.documents.get(index)?.root;
        while at != id {
            // A child follows its parent and all that is in the children before it.
            let child = self.child_where(at, |child| child <= id)?;
            if child == id {
                return Some(at);
            }
            at = child;
        }
        None
    }

    /// The mapping and the entry that a node is the key or the value of.
    pub fn entry(&self, id: NodeId) -> Option<(NodeId, Entry)> {
        let mapping = self.parent(id)?;
        match &self.node(mapping).kind {
            Kind::Mapping { entries, .. } => {
                let index = entries.partition_point(|e| e.key <= id).checked_sub(1)?;
                entries.get(index).map(|e| (mapping, *e))
            }
            _ => None,
        }
    }

    /// True if something is read through an alias that this node is a part of: a change of it changes other places, too.
    pub fn shared(&self, id: NodeId) -> bool {
        let mut at = Some(id);
        while let Some(node) = at {
            if self.last_alias.contains_key(&node) {
                return true;
            }
            at = self.parent(node);
        }
        false
    }

    /// The last node of what is in a node; itself if nothing is.
    pub fn last_in(&self, id: NodeId) -> NodeId {
        *self.subtree(id).end()
    }

    /// The ids of a node and of everything in it.
    pub(super) fn subtree(&self, id: NodeId) -> RangeInclusive<NodeId> {
        let mut last = id;
        while let Some(child) = self.child_where(last, |_| true) {
            last = child;
        }
        id..=last
    }

    /// The last key, value or item for which something holds that holds for those before it, too.
    pub(super) fn child_where(&self, id: NodeId, holds: impl Fn(NodeId) -> bool) -> Option<NodeId> {
        match &self.node(id).kind {
            Kind::Sequence { items, .. } => items.get(items.partition_point(|item| holds(*item)).checked_sub(1)?).copied(),
            Kind::Mapping { entries, .. } => {
                let entry = entries.get(entries.partition_point(|entry| holds(entry.key)).checked_sub(1)?)?;
                Some(if holds(entry.value) { entry.value } else { entry.key })
            }
            Kind::Scalar(_) | Kind::Alias { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{NodeId, parse};
    use crate::source::FileId;

    #[test]
    fn every_node_is_found_by_its_span_and_knows_its_parent() {
        let text = "a: &x {b: [1, {c: }], ? d : e}\nf:\n- - g\n  - h: *x\n-\n---\n- i\n";
        let tree = parse(FileId::NONE, text);
        assert!(tree.errors.is_empty());
        let mut roots = 0;
        for id in (0..u32::try_from(tree.nodes.len()).unwrap()).map(NodeId) {
            assert_eq!(tree.at(tree.node(id).span), Some(id), "{:?}", tree.node(id));
            match tree.parent(id) {
                Some(parent) => assert!(tree.subtree(parent).contains(&id) && parent < id),
                None => roots += 1,
            }
        }
        assert_eq!(roots, tree.documents.len());
        let shared: Vec<_> = (0..).map(NodeId).take(tree.nodes.len()).filter(|id| tree.shared(*id)).collect();
        assert_eq!(shared, tree.subtree(tree.get(NodeId(0), "a").unwrap()).map_ids());
    }

    trait Ids {
        fn map_ids(self) -> Vec<NodeId>;
    }

    impl Ids for std::ops::RangeInclusive<NodeId> {
        fn map_ids(self) -> Vec<NodeId> {
            (self.start().0..=self.end().0).map(NodeId).collect()
        }
    }
}
