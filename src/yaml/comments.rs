//! Gives each comment its owner, by positions only: what a comment says is never looked at.
//!
//! A comment belongs to what is written on its own line before it; else to the entry directly below, if it is indented like it
//! and no blank line is between; else to the collection that its indentation puts it in.

use super::parse::find_behind_separation;
use super::{Comment, Kind, Node, NodeId, Owner, Scalar, Style, Tree};
use crate::source::Span;

/// Fills [`Tree::comments`] from the comments' spans, which are in order. Comments at or beyond `complete_to` are in a document
/// that has no tree, and belong to the file.
pub(super) fn attach(tree: &mut Tree, text: &str, spans: &[Span], complete_to: usize) {
    if spans.is_empty() {
        return;
    }
    let index = Index::new(tree, text);
    let places: Vec<Place> = spans.iter().map(|span| index.place(text, *span)).collect();
    let mut owners = Vec::with_capacity(places.len());
    // The line below a run of comments; counted from the end of the file.
    let mut below = 0;
    let mut next: Option<&Place> = None;
    // Comments in a row mostly share their owner, and finding it may climb the whole tree.
    let mut last: Option<((usize, usize), Owner)> = None;
    for place in places.iter().rev() {
        if next.is_none_or(|next| !next.own_line || next.line != place.line + 1) {
            below = place.line + 1;
        }
        next = Some(place);
        let owner = if place.start >= complete_to {
            Owner::File
        } else if !place.own_line {
            index.trailing(place)
        } else if let Some(entry) = index.entry_below(place, below) {
            Owner::Above(entry)
        } else {
            let key = (index.mark_before(place), place.column);
            match last {
                Some((known, owner)) if known == key => owner,
                _ => {
                    let owner = index.inside(tree, place);
                    last = Some((key, owner));
                    owner
                }
            }
        };
        owners.push(owner);
    }
    tree.comments = spans.iter().zip(owners.into_iter().rev()).map(|(span, owner)| Comment { span: *span, owner }).collect();
}

/// Where a comment is.
struct Place {
    start: usize,
    line: usize,
    column: usize,
    own_line: bool,
}

/// The first thing on a line: an item's dash, or an entry's key.
struct LineHead {
    offset: usize,
    /// The item, or the key.
    node: NodeId,
}

/// A place that a comment can be behind: the end of a scalar, alias or bracket, the beginning of a bracket or block scalar.
struct Mark {
    offset: usize,
    node: NodeId,
}

struct Index {
    line_starts: Vec<usize>,
    heads: Vec<LineHead>,
    marks: Vec<Mark>,
    /// By node: the collection it is in.
    parents: Vec<Option<NodeId>>,
    /// By node: where the first child of a block collection begins, in whose column all of them begin.
    first_children: Vec<Option<usize>>,
    /// By node: the dash of an item that has nothing else on its line.
    lone_dashes: Vec<(usize, NodeId)>,
    documents: Vec<(usize, NodeId)>,
}

impl Index {
    fn new(tree: &Tree, text: &str) -> Self {
        let mut index = Self {
            line_starts: line_starts(text),
            heads: Vec::new(),
            marks: Vec::new(),
            parents: vec![None; tree.nodes.len()],
            first_children: vec![None; tree.nodes.len()],
            lone_dashes: Vec::new(),
            documents: tree.documents.iter().map(|document| (document.span.start as usize, document.root)).collect(),
        };
        // By node: where an item or a key begins. A parent comes before its children, so what it knows of them is here in time.
        let mut begins: Vec<Option<usize>> = vec![None; tree.nodes.len()];
        let mut set_begin = |node: NodeId, offset: usize| {
            if let Some(slot) = begins.get_mut(node.0 as usize) {
                *slot = Some(offset);
            }
        };
        for document in &tree.documents {
            let root = tree.node(document.root);
            if !is_block_collection(root) {
                set_begin(document.root, begin(root));
            }
        }
        for (node, id) in tree.nodes.iter().zip((0..).map(NodeId)) {
            let (start, end) = (node.span.start as usize, node.span.end as usize);
            match &node.kind {
                Kind::Scalar(Scalar { style, .. }) => {
                    if matches!(style, Style::Literal | Style::Folded) {
                        index.marks.push(Mark { offset: start + 1, node: id });
                    }
                    index.marks.push(Mark { offset: end, node: id });
                }
                Kind::Alias { .. } => index.marks.push(Mark { offset: end, node: id }),
                Kind::Sequence { items, flow } => {
                    index.brackets(text, id, node, *flow);
                    let mut behind = start;
                    for (number, item) in items.iter().enumerate() {
                        let child = tree.node(*item);
                        let head = match (*flow, number) {
                            (true, _) => begin(child),
                            (false, 0) => start,
                            _ => find_behind_separation(text, behind, begin(child), |byte| byte == b'-').unwrap_or(begin(child)),
                        };
                        behind = child.span.end as usize;
                        index.child(*item, id, head, *flow);
                        set_begin(*item, head);
                        if !flow {
                            index.lone_dashes.push((head, *item));
                        }
                    }
                }
                Kind::Mapping { entries, flow } => {
                    index.brackets(text, id, node, *flow);
                    for entry in entries {
                        let head = explicit_key(text, begin(tree.node(entry.key)));
                        index.child(entry.key, id, head, *flow);
                        set_begin(entry.key, head);
                        if let Some(parent) = index.parents.get_mut(entry.value.0 as usize) {
                            *parent = Some(id);
                        }
                    }
                }
            }
        }
        let begins = begins.into_iter().zip((0..).map(NodeId)).filter_map(|(offset, node)| Some(LineHead { offset: offset?, node }));
        index.heads = begins.filter(|head| first_on_line(text, head.offset)).collect();
        index.heads.sort_by_key(|head| head.offset);
        index.marks.sort_by_key(|mark| mark.offset);
        index.lone_dashes.sort_by_key(|(offset, _)| *offset);
        index
    }

    fn brackets(&mut self, text: &str, id: NodeId, node: &Node, flow: bool) {
        // `[a: b]` holds a mapping without brackets.
        if flow && matches!(text.as_bytes().get(node.span.start as usize), Some(b'[' | b'{')) {
            self.marks.push(Mark { offset: node.span.start as usize + 1, node: id });
            self.marks.push(Mark { offset: node.span.end as usize, node: id });
        }
    }

    fn child(&mut self, child: NodeId, parent: NodeId, head: usize, flow: bool) {
        if let Some(slot) = self.parents.get_mut(child.0 as usize) {
            *slot = Some(parent);
        }
        if let Some(slot @ None) = self.first_children.get_mut(parent.0 as usize)
            && !flow
        {
            *slot = Some(head);
        }
    }

    /// The number of the line, from 0.
    fn line(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    fn column(&self, offset: usize) -> usize {
        offset.saturating_sub(self.line_starts.get(self.line(offset)).copied().unwrap_or(0))
    }

    fn parent(&self, node: NodeId) -> Option<NodeId> {
        self.parents.get(node.0 as usize).copied().flatten()
    }

    /// None for what is no block collection, or an empty one.
    fn column_of_children(&self, node: NodeId) -> Option<usize> {
        self.first_children.get(node.0 as usize).copied().flatten().map(|offset| self.column(offset))
    }

    fn place(&self, text: &str, span: Span) -> Place {
        let start = span.start as usize;
        Place { start, line: self.line(start), column: self.column(start), own_line: first_on_line(text, start) }
    }

    /// One past the last mark before a comment.
    fn mark_before(&self, place: &Place) -> usize {
        self.marks.partition_point(|mark| mark.offset <= place.start)
    }

    fn last_mark(&self, place: &Place) -> Option<&Mark> {
        self.marks.get(self.mark_before(place).checked_sub(1)?)
    }

    fn trailing(&self, place: &Place) -> Owner {
        let dashes = self.lone_dashes.partition_point(|(offset, _)| *offset < place.start);
        let dash = dashes.checked_sub(1).and_then(|last| self.lone_dashes.get(last));
        let on_line = |offset: usize| self.line(offset) == place.line;
        match (self.last_mark(place), dash) {
            (Some(mark), _) if on_line(mark.offset) => Owner::Trailing(mark.node),
            (_, Some((offset, item))) if on_line(*offset) => Owner::Trailing(*item),
            _ => Owner::File,
        }
    }

    /// The entry or item on the line `below`, if the comment is indented like it.
    fn entry_below(&self, place: &Place, below: usize) -> Option<NodeId> {
        let next = self.next_head(place)?;
        (self.line(next.offset) == below && self.column(next.offset) == place.column).then_some(next.node)
    }

    fn next_head(&self, place: &Place) -> Option<&LineHead> {
        self.heads.get(self.heads.partition_point(|head| head.offset < place.start))
    }

    fn inside(&self, tree: &Tree, place: &Place) -> Owner {
        let document = self.documents.partition_point(|(start, _)| *start <= place.start).checked_sub(1);
        let Some((document, (begin, root))) = document.and_then(|number| Some((number, *self.documents.get(number)?))) else {
            return Owner::File;
        };
        let is_collection = |id: NodeId| matches!(tree.node(id).kind, Kind::Sequence { .. } | Kind::Mapping { .. });
        let Some(mark) = self.last_mark(place).filter(|mark| mark.offset > begin) else {
            return if document > 0 && is_collection(root) { Owner::Inside(root) } else { Owner::File };
        };
        let flow_around = |id: NodeId| {
            let node = tree.node(id);
            let inside = (node.span.start as usize) < place.start && place.start < node.span.end as usize;
            inside && matches!(node.kind, Kind::Sequence { flow: true, .. } | Kind::Mapping { flow: true, .. })
        };
        // A collection that begins below the comment, whose key is above it.
        let begins_below = self.next_head(place).and_then(|head| self.parent(head.node)).filter(|parent| {
            let start = tree.node(*parent).span.start as usize;
            let next_document = self.documents.get(document + 1).map_or(usize::MAX, |(start, _)| *start);
            start > place.start && start < next_document && self.column_of_children(*parent).is_some_and(|column| column <= place.column)
        });
        if let Some(collection) = begins_below {
            return Owner::Inside(collection);
        }
        let mut at = Some(mark.node);
        let mut outermost = None;
        while let Some(id) = at {
            if flow_around(id) {
                return Owner::Inside(id);
            }
            if let Some(column) = self.column_of_children(id) {
                outermost = Some(id);
                if column <= place.column {
                    return Owner::Inside(id);
                }
            }
            at = self.parent(id);
        }
        outermost.map_or(Owner::File, Owner::Inside)
    }
}

fn is_block_collection(node: &Node) -> bool {
    matches!(node.kind, Kind::Sequence { flow: false, .. } | Kind::Mapping { flow: false, .. })
}

/// Where a node begins, its anchor and tag included.
fn begin(node: &Node) -> usize {
    let anchor = node.anchor.as_ref().map_or(u32::MAX, |anchor| anchor.span.start);
    let tag = node.tag.as_ref().map_or(u32::MAX, |tag| tag.span.start);
    node.span.start.min(anchor).min(tag) as usize
}

fn line_starts(text: &str) -> Vec<usize> {
    let mut starts = vec![if text.starts_with('\u{feff}') { 3 } else { 0 }];
    for (at, byte) in text.bytes().enumerate() {
        if byte == b'\n' {
            starts.push(at + 1);
        }
    }
    starts
}

/// What stands before an offset, and how many blanks are between.
fn before(text: &str, offset: usize) -> (&[u8], usize) {
    let before = text.as_bytes().get(..offset).unwrap_or_default();
    let blanks = before.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    (before.get(..before.len() - blanks).unwrap_or_default(), blanks)
}

/// The `?` before an explicit key.
fn explicit_key(text: &str, key: usize) -> usize {
    match before(text, key) {
        ([rest @ .., b'?'], blanks) if blanks > 0 => rest.len(),
        _ => key,
    }
}

/// True if only blanks are before it on its line. Looks no further back than the blanks reach.
fn first_on_line(text: &str, offset: usize) -> bool {
    let (before, _) = before(text, offset);
    matches!(before, [] | [.., b'\n' | b'\r']) || before == "\u{feff}".as_bytes()
}

#[cfg(test)]
mod tests {
    use super::super::{Owner, parse};
    use crate::source::FileId;

    /// Each comment and its owner, by the text of the owner.
    fn owners(text: &str) -> String {
        use std::fmt::Write;
        let tree = parse(FileId::NONE, text);
        let slice = |id: super::NodeId| {
            let span = tree.node(id).span;
            text[span.start as usize..span.end as usize].to_owned()
        };
        let mut out = String::new();
        for comment in &tree.comments {
            let what = match comment.owner {
                Owner::Above(id) => format!("above {:?}", slice(id)),
                Owner::Trailing(id) => format!("behind {:?}", slice(id)),
                Owner::Inside(id) => format!("inside {:?}", slice(id).lines().next().unwrap_or_default()),
                Owner::File => "the file".to_owned(),
            };
            let comment = &text[comment.span.start as usize..comment.span.end as usize];
            writeln!(out, "{comment} -> {what}").unwrap();
        }
        out
    }

    #[test]
    fn a_compose_file() {
        let text = "\
# header

# about services
services: # the services
  # about web
  # in two lines
  web:
    image: nginx # newest
    # above ports
    ports: # published
      # first
      - \"80:80\" # http
      - \"443:443\"
      # - \"8080:8080\"
    command: >- # folded
      # text, not a comment
      run
    # last of web

  # db:
  #   image: postgres

  cache: {image: redis} # flow
    # deeper
# end of services
volumes:
  # nothing
networks:
  a: # null
";
        insta::assert_snapshot!(owners(text), @r##"
        # header -> the file
        # about services -> above "services"
        # the services -> behind "services"
        # about web -> above "web"
        # in two lines -> above "web"
        # newest -> behind "nginx"
        # above ports -> above "ports"
        # published -> behind "ports"
        # first -> above "\"80:80\""
        # http -> behind "\"80:80\""
        # - "8080:8080" -> inside "- \"80:80\" # http"
        # folded -> behind ">- # folded\n      # text, not a comment\n      run"
        # last of web -> inside "image: nginx # newest"
        # db: -> inside "web:"
        #   image: postgres -> inside "web:"
        # flow -> behind "{image: redis}"
        # deeper -> inside "web:"
        # end of services -> above "volumes"
        # nothing -> inside "services: # the services"
        # null -> behind ""
        "##);
    }

    #[test]
    fn flow_collections_items_and_documents() {
        let text = "\
# only a header
---
# above a
a: [ # open
  # one
  x, # behind x
  y # behind y
  # last
] # closed
b:
  - # lone
    # above k
    k: v
  # above the item
  - - p # behind p
  # after
--- # mark

# second

c: &x # anchored
  d: 1
? e # explicit
: f
# the end
";
        insta::assert_snapshot!(owners(text), @r##"
        # only a header -> the file
        # above a -> above "a"
        # open -> behind "[ # open\n  # one\n  x, # behind x\n  y # behind y\n  # last\n]"
        # one -> above "x"
        # behind x -> behind "x"
        # behind y -> behind "y"
        # last -> inside "[ # open"
        # closed -> behind "[ # open\n  # one\n  x, # behind x\n  y # behind y\n  # last\n]"
        # lone -> behind "k: v"
        # above k -> above "k"
        # above the item -> above "- p"
        # behind p -> behind "p"
        # after -> inside "- # lone"
        # mark -> the file
        # second -> inside "c: &x # anchored"
        # anchored -> behind "c"
        # explicit -> behind "e"
        # the end -> inside "c: &x # anchored"
        "##);
    }

    #[test]
    fn only_comments_and_broken_documents_leave_the_comments_to_the_file() {
        insta::assert_snapshot!(owners("# a\n\n  # b\n"), @r"
        # a -> the file
        # b -> the file
        ");
        insta::assert_snapshot!(owners("a: 1 # x\n---\n# y\nb: [ # z\n"), @r#"
        # x -> behind "1"
        # y -> the file
        # z -> the file
        "#);
    }

    #[test]
    fn a_commented_out_service_of_any_length_is_kept() {
        let text = format!("a:\n{}  b: 1\n", "  # x\n".repeat(5000));
        let tree = parse(FileId::NONE, &text);
        assert!(tree.errors.is_empty());
        assert_eq!(tree.comments.len(), 5000);
    }
}
