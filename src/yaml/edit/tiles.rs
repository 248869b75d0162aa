//! Cuts a block collection into the lines of its children, so that they can be put elsewhere as they are: every line of the block belongs to
//! exactly one child, with the comments around it.

use std::ops::Range;

use super::{Doc, NodeId, Source, Tree};

/// The lines of one child of a block: the comments above it, its key or dash, what it holds, and what stands between it and the next child.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// The key of the entry, or the item.
    pub node: NodeId,
    /// Whole lines.
    pub lines: Range<usize>,
    /// Where the key or the dash begins.
    pub head: usize,
    /// The column of the key or dash, in bytes.
    pub column: usize,
}

/// The tiles of a block collection whose lines end at `end`: side by side from the first comment above the first child on. `None` for what is
/// no block, or has a child that does not begin its line (`- a: 1`), or one written with `?`.
///
/// A comment directly below a child is the child's; one with a blank line before it speaks of what follows, like a heading.
pub fn tiles(source: &Source, tree: &Tree, collection: NodeId, end: usize) -> Option<Vec<Tile>> {
    let doc = Doc::new(source, tree);
    if doc.flow(collection)? {
        return None;
    }
    let root = tree.documents.iter().any(|d| d.root == collection);
    let mut tiles: Vec<Tile> = Vec::new();
    let mut behind = None;
    for (index, node) in doc.nodes(collection).into_iter().enumerate() {
        let child = doc.child(collection, index)?;
        if !doc.first_on_line(child.head) {
            return None;
        }
        let own = doc.line_start(doc.begin_with_comments(&child));
        let start = match behind {
            Some(behind) => doc.behind_foot(behind, own),
            // What stands above the first key of a file speaks of the file.
            None if root => own,
            None => doc.above(own),
        };
        if let Some(before) = tiles.last_mut() {
            before.lines.end = start;
        }
        behind = Some(doc.next_line(doc.end_with_comments(&child).unwrap_or(child.end)));
        tiles.push(Tile { node, lines: start..end, head: child.head, column: doc.column(child.head) });
    }
    let sound = tiles.iter().all(|t| t.lines.start <= t.head && t.head < t.lines.end);
    (sound && !tiles.is_empty()).then_some(tiles)
}

impl Doc<'_> {
    fn is_blank(self, at: usize) -> bool {
        self.slice(at..self.line_end(at)).trim().is_empty()
    }

    /// From the line behind a child on: behind the comments that follow it directly, and the blank lines behind these.
    fn behind_foot(self, from: usize, to: usize) -> usize {
        let mut at = from.min(to);
        while at < to && !self.is_blank(at) {
            at = self.next_line(at);
        }
        while at < to && self.is_blank(at) {
            at = self.next_line(at);
        }
        at.min(to)
    }

    /// The first of the lines above that are comments, or blank between comments.
    fn above(self, from: usize) -> usize {
        let (mut at, mut first) = (from, from);
        while at > 0 {
            let line = self.line_start(at - 1);
            let text = self.slice(line..at).trim();
            if text.starts_with('#') {
                first = line;
            } else if !text.is_empty() {
                break;
            }
            at = line;
        }
        first
    }
}

/// The comments within some lines of a text: each `#` to the end of its line.
pub fn comments_in<'a>(source: &'a Source, tree: &'a Tree, lines: Range<usize>) -> impl Iterator<Item = Range<usize>> + use<'a> {
    Doc::new(source, tree).comments(lines).map(|(range, _)| range)
}

/// Some lines without those of their comments (by where they begin) that are to go: lines that hold nothing else go with them.
pub fn without_comments(source: &Source, tree: &Tree, lines: Range<usize>, goes: &dyn Fn(usize) -> bool) -> String {
    let doc = Doc::new(source, tree);
    let mut out = String::new();
    let mut from = lines.start;
    for (comment, _) in doc.comments(lines.clone()).filter(|(c, _)| goes(c.start)) {
        let start = doc.line_start(comment.start).max(from);
        if doc.slice(start..comment.start).trim().is_empty() {
            out.push_str(doc.slice(from..start));
            from = doc.next_line(comment.end).min(lines.end);
        } else {
            out.push_str(doc.slice(from..comment.start).trim_end_matches([' ', '\t']));
            from = doc.line_end(comment.end);
        }
    }
    out.push_str(doc.slice(from.min(lines.end)..lines.end));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;
    use crate::yaml::parse;

    fn cut(text: &str, key: &str) -> Vec<String> {
        let source = Source::new("x".into(), text.to_owned());
        let tree = parse(FileId::NONE, text);
        let root = tree.documents[0].root;
        let outer = tiles(&source, &tree, root, text.len()).unwrap();
        let tile = outer.iter().find(|t| tree.text(t.node) == Some(key)).unwrap();
        let collection = tree.get(root, key).unwrap();
        tiles(&source, &tree, collection, tile.lines.end).unwrap().into_iter().map(|t| text[t.lines].to_owned()).collect()
    }

    #[test]
    fn every_line_is_in_one_tile() {
        let text = "# file\n\nservices: # s\n  # about a\n  a:\n    image: x # t\n    # inside a\n\n  # between\n\n  # about b\n  b: {image: y}\n  # c:\n  #   image: z\nvolumes:\n  v:\n";
        let services = cut(text, "services");
        assert_eq!(
            services,
            [
                "  # about a\n  a:\n    image: x # t\n    # inside a\n\n",
                "  # between\n\n  # about b\n  b: {image: y}\n  # c:\n  #   image: z\n"
            ]
        );
        assert_eq!(cut(text, "volumes"), ["  v:\n"]);
    }

    #[test]
    fn items_are_cut_by_their_dashes_and_compact_mappings_are_left() {
        assert_eq!(cut("a:\n- x\n# y\n- z: 1\n  u: 2\n", "a"), ["- x\n", "# y\n- z: 1\n  u: 2\n"]);
        let text = "- a: 1\n  b: 2\n";
        let source = Source::new("x".into(), text.to_owned());
        let tree = parse(FileId::NONE, text);
        let item = NodeId(tree.documents[0].root.0 + 1);
        assert_eq!(tiles(&source, &tree, item, text.len()), None);
    }

    #[test]
    fn comments_go_and_everything_else_stays() {
        let text = "# a\nb: 'c # d' # e\n\n  # f\ng: |\n  # h\n";
        let source = Source::new("x".into(), text.to_owned());
        let tree = parse(FileId::NONE, text);
        assert_eq!(without_comments(&source, &tree, 0..text.len(), &|_| true), "b: 'c # d'\n\ng: |\n  # h\n");
    }
}
