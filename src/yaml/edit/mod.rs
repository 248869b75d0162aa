//! Changes of a YAML text that keep everything else byte for byte: comments, quotes, indentation, line ends. Works on the text by the spans of
//! its tree; never prints a tree.
//!
//! Every function gives `None` where the change cannot be made in place without touching something it was not asked to touch: the caller then
//! offers no fix. What comes out still has to be read again before it is written ([`crate::lint`] does): these functions know YAML, not Compose.

mod insert;
mod remove;
mod reorder;
mod scalar;
mod shared;
mod tiles;

pub use insert::{insert_entry, insert_item};
pub use remove::{remove_entry, remove_entry_up, remove_item, remove_item_up};
pub use reorder::reorder;
pub use scalar::{quote, rename_key, replace_scalar, scalar_text};
pub use shared::touches_shared;
pub use tiles::{Tile, comments_in, tiles, without_comments};

use std::ops::Range;

use super::parse::find_behind_separation;
use super::{Kind, Node, NodeId, Owner, Scalar, Style, Tree};
use crate::source::{Edit, Source, Span};

/// Where something is put in a collection. The node is a key of the mapping, or an item of the sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// Before this one, and before the comments above it.
    Before(NodeId),
    /// Behind this one.
    After(NodeId),
    /// Behind the last one.
    End,
}

/// A text and its tree.
#[derive(Clone, Copy)]
struct Doc<'a> {
    text: &'a str,
    tree: &'a Tree,
}

/// A child of a collection: an item, or an entry by its key.
#[derive(Clone, Copy, Debug)]
struct Child {
    /// The item, or the key.
    node: NodeId,
    /// The dash of an item of a block; else where it begins, anchor and tag included.
    head: usize,
    /// Behind its last character, without what follows on the line.
    end: usize,
}

impl<'a> Doc<'a> {
    fn new(source: &'a Source, tree: &'a Tree) -> Self {
        Self { text: &source.text, tree }
    }

    fn node(self, id: NodeId) -> &'a Node {
        self.tree.node(id)
    }

    fn begin(self, id: NodeId) -> usize {
        self.tree.begin(id) as usize
    }

    fn end(self, id: NodeId) -> usize {
        self.node(id).span.end as usize
    }

    fn slice(self, range: Range<usize>) -> &'a str {
        self.text.get(range).unwrap_or_default()
    }

    /// Replaces a range of the text.
    fn edit(self, range: Range<usize>, text: impl Into<String>) -> Option<Edit> {
        let (start, end) = (u32::try_from(range.start).ok()?, u32::try_from(range.end).ok()?);
        self.text.get(range)?;
        Some(Edit { span: Span::new(self.tree.file, start, end), text: text.into() })
    }

    /// The beginning of the line that an offset is in.
    fn line_start(self, at: usize) -> usize {
        let before = self.slice(0..at);
        before.rfind('\n').map_or(if before.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }, |newline| newline + 1)
    }

    /// The end of the line that an offset is in, its line break left out.
    fn line_end(self, at: usize) -> usize {
        let rest = self.slice(at..self.text.len());
        let line = rest.split('\n').next().unwrap_or_default();
        let line = if line.len() < rest.len() { line.strip_suffix('\r').unwrap_or(line) } else { line };
        at + line.len()
    }

    /// The beginning of the next line, or the end of the text.
    fn next_line(self, at: usize) -> usize {
        self.slice(at..self.text.len()).find('\n').map_or(self.text.len(), |newline| at + newline + 1)
    }

    fn column(self, at: usize) -> usize {
        at - self.line_start(at).min(at)
    }

    /// True if only blanks are before it on its line.
    fn first_on_line(self, at: usize) -> bool {
        self.slice(self.line_start(at)..at).trim_matches([' ', '\t']).is_empty()
    }

    /// True if nothing but blanks and a comment follow on the line.
    fn last_on_line(self, at: usize) -> bool {
        let rest = self.slice(at..self.line_end(at));
        let trimmed = rest.trim_start_matches([' ', '\t']);
        trimmed.is_empty() || (trimmed.starts_with('#') && (trimmed.len() < rest.len() || at == self.line_start(at)))
    }

    /// The line break that the file uses.
    fn line_break(self) -> &'static str {
        match self.text.find('\n') {
            Some(at) if self.slice(0..at).ends_with('\r') => "\r\n",
            _ => "\n",
        }
    }

    /// The children of a collection: its items, or the keys of its entries.
    fn nodes(self, collection: NodeId) -> Vec<NodeId> {
        match &self.node(collection).kind {
            Kind::Sequence { items, .. } => items.clone(),
            Kind::Mapping { entries, .. } => entries.iter().map(|e| e.key).collect(),
            Kind::Scalar(_) | Kind::Alias { .. } => Vec::new(),
        }
    }

    /// How many children it has, and which one this is.
    fn position(self, collection: NodeId, child: NodeId) -> Option<(usize, usize)> {
        match &self.node(collection).kind {
            Kind::Sequence { items, .. } => Some((items.binary_search(&child).ok()?, items.len())),
            Kind::Mapping { entries, .. } => Some((entries.binary_search_by_key(&child, |e| e.key).ok()?, entries.len())),
            Kind::Scalar(_) | Kind::Alias { .. } => None,
        }
    }

    /// `Some(true)` for brackets of its own, `Some(false)` for lines; `None` for what is neither.
    fn flow(self, collection: NodeId) -> Option<bool> {
        let node = self.node(collection);
        match node.kind {
            Kind::Sequence { flow: false, .. } | Kind::Mapping { flow: false, .. } => Some(false),
            // `[a: b]` holds a mapping without brackets.
            Kind::Sequence { .. } | Kind::Mapping { .. } => {
                matches!(self.text.as_bytes().get(node.span.start as usize), Some(b'[' | b'{')).then_some(true)
            }
            Kind::Scalar(_) | Kind::Alias { .. } => None,
        }
    }

    /// The n-th child; `None` if it is written in a way that is left alone: with `?`, or with something between it and its separator.
    fn child(self, collection: NodeId, index: usize) -> Option<Child> {
        match &self.node(collection).kind {
            Kind::Sequence { items, flow } => {
                let node = *items.get(index)?;
                let behind = index.checked_sub(1).and_then(|before| items.get(before)).map(|before| self.end(*before));
                let head = match (flow, behind) {
                    (true, _) => self.begin(node),
                    (false, None) => self.node(collection).span.start as usize,
                    (false, Some(behind)) => find_behind_separation(self.text, behind, self.begin(node).max(behind), |byte| byte == b'-')?,
                };
                self.sound(Child { node, head, end: self.end(node) }, *flow)
            }
            Kind::Mapping { entries, flow } => {
                let entry = entries.get(index)?;
                let child = Child { node: entry.key, head: self.begin(entry.key), end: self.end(entry.value).max(self.end(entry.key)) };
                self.sound(child, *flow)
            }
            Kind::Scalar(_) | Kind::Alias { .. } => None,
        }
    }

    fn sound(self, child: Child, flow: bool) -> Option<Child> {
        let before = self.slice(0..child.head).trim_end_matches([' ', '\t', '\n', '\r']);
        // `? key` begins before its key, and an item `[? a : b]` before what it holds.
        let explicit = before.ends_with('?') && before.len() < child.head;
        let separated = !flow || before.ends_with(['[', '{', ',']);
        (!explicit && separated).then_some(child)
    }

    /// The comments whose `#` is in a range.
    fn comments(self, range: Range<usize>) -> impl DoubleEndedIterator<Item = (Range<usize>, Owner)> + use<'a> {
        let comments = &self.tree.comments;
        let first = comments.partition_point(|c| (c.span.start as usize) < range.start);
        let last = comments.partition_point(|c| (c.span.start as usize) < range.end).max(first);
        let found = comments.get(first..last).unwrap_or_default();
        found.iter().map(|c| (c.span.start as usize..c.span.end as usize, c.owner))
    }

    /// Where a child of a block begins with the comments above it: at the first `#`, which stands in the column of the child.
    fn begin_with_comments(self, child: &Child) -> usize {
        let mut begin = child.head;
        for (comment, owner) in self.comments(0..child.head).rev() {
            let directly_above = self.next_line(comment.start) == self.line_start(begin);
            if owner != Owner::Above(child.node) || !directly_above {
                break;
            }
            begin = comment.start;
        }
        begin
    }

    /// Where a child of a block ends with the comment behind it, and those below it that are indented deeper: at the end of a line, its line
    /// break left out. `None` if something else follows on the line.
    fn end_with_comments(self, child: &Child) -> Option<usize> {
        if !self.last_on_line(child.end) {
            return None;
        }
        let column = self.column(child.head);
        let mut end = self.line_end(child.end);
        // Whether another child follows makes no difference: a comment that is indented deeper comes before it.
        for (comment, _) in self.comments(end..self.text.len()) {
            let between = self.slice(end..comment.start).trim_matches([' ', '\t', '\n', '\r']);
            if !between.is_empty() || self.column(comment.start) <= column {
                break;
            }
            end = self.line_end(comment.end);
        }
        Some(end)
    }

    /// True if the last thing in a subtree is a block scalar that keeps the blank lines below it, or has lost its line break to the end of
    /// the file: what follows it is part of it.
    fn ends_open(self, collection: NodeId, child: NodeId) -> bool {
        let top = match &self.node(collection).kind {
            Kind::Mapping { entries, .. } => match entries.binary_search_by_key(&child, |e| e.key) {
                Ok(index) => entries.get(index).map_or(child, |e| e.value),
                Err(_) => child,
            },
            _ => child,
        };
        let node = self.node(*self.tree.subtree(top).end());
        let Kind::Scalar(Scalar { style: Style::Literal | Style::Folded, .. }) = &node.kind else { return false };
        let start = node.span.start as usize;
        let header = self.slice(start..self.line_end(start).min(node.span.end as usize));
        let header = header.split(['#', ' ']).next().unwrap_or_default();
        header.contains('+') || self.slice(node.span.end as usize..self.text.len()).find('\n').is_none()
    }

    /// True if something outside of these nodes is an alias of something inside.
    fn is_needed(self, nodes: std::ops::RangeInclusive<NodeId>) -> bool {
        self.tree.last_alias.range(nodes.clone()).any(|(_, last)| !nodes.contains(last))
    }

    /// The nodes of a child: of an entry, its key and its value.
    fn subtree(self, collection: NodeId, child: NodeId) -> std::ops::RangeInclusive<NodeId> {
        match &self.node(collection).kind {
            Kind::Mapping { entries, .. } => {
                let value = entries.binary_search_by_key(&child, |e| e.key).ok().and_then(|index| entries.get(index)).map(|e| e.value);
                child..=*self.tree.subtree(value.unwrap_or(child)).end()
            }
            _ => self.tree.subtree(child),
        }
    }
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
