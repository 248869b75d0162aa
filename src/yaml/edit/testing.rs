//! What the tests of the edits share.

use super::super::parse;
use super::*;
use crate::source::{FileId, apply};
use std::path::PathBuf;

/// A text with its tree.
pub(super) struct Text {
    pub(super) source: Source,
    pub(super) tree: Tree,
}

impl Text {
    pub(super) fn new(text: &str) -> Self {
        let tree = parse(FileId::NONE, text);
        assert!(tree.errors.is_empty(), "{:?}", tree.errors);
        Self { source: Source::new(PathBuf::new(), text.to_owned()), tree }
    }

    /// The node at the end of a path of keys and indices in the last document: `a.b.0`.
    pub(super) fn node(&self, path: &str) -> NodeId {
        let mut at = self.tree.documents.last().unwrap().root;
        for step in path.split('.').filter(|s| !s.is_empty()) {
            at = match &self.tree.node(at).kind {
                Kind::Sequence { items, .. } => items[step.parse::<usize>().unwrap()],
                Kind::Mapping { entries, .. } => entries.iter().find(|e| self.tree.text(e.key) == Some(step)).unwrap().value,
                kind => panic!("{step}: {kind:?}"),
            };
        }
        at
    }

    /// The key of the last step of a path.
    pub(super) fn key(&self, path: &str) -> NodeId {
        self.tree.entry(self.node(path)).unwrap().1.key
    }

    /// The text with the edits made; `None` stays `None`.
    pub(super) fn edited(&self, edits: Option<Vec<Edit>>) -> String {
        match edits {
            None => "none".to_owned(),
            Some(edits) => {
                let text = apply(&self.source.text, &edits).expect("edits overlap");
                let tree = parse(FileId::NONE, &text);
                assert!(tree.errors.is_empty(), "{:?}\n{text}", tree.errors);
                text
            }
        }
    }

    pub(super) fn remove(&self, path: &str, up: bool) -> String {
        let node = self.node(path);
        let parent = self.tree.parent(node).unwrap();
        let (source, tree) = (&self.source, &self.tree);
        self.edited(match (self.tree.entry(node), up) {
            (Some((_, e)), false) => remove_entry(source, tree, parent, e.key),
            (Some((_, e)), true) => remove_entry_up(source, tree, parent, e.key),
            (None, false) => remove_item(source, tree, parent, node),
            (None, true) => remove_item_up(source, tree, parent, node),
        })
    }
}
