//! The documents that environments are made of, and the pieces of them that are moved as they are.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use crate::source::{FileId, Source};
use crate::yaml::edit::{Tile, tiles};
use crate::yaml::{Kind, Node, NodeId, Scalar, Style, Tree};

/// One document of one file.
pub(super) struct Layer {
    pub(super) path: PathBuf,
    pub(super) file: FileId,
    pub(super) source: Arc<Source>,
    pub(super) tree: Arc<Tree>,
    /// The lines of its top-level keys.
    pub(super) tiles: Vec<Tile>,
}

/// Where something is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) layer: usize,
    /// The key; for an item of a list, the item.
    pub(super) key: NodeId,
    /// The value; for an item of a list, the item.
    pub(super) value: NodeId,
    /// Whole lines: all of it. Between brackets: the text of the entry alone.
    pub(super) lines: Range<usize>,
    /// The lines up to the first thing that it holds; all of it if it is moved as a whole.
    pub(super) header: Range<usize>,
    /// The column of the key or the dash.
    pub(super) column: usize,
    /// Written between brackets.
    pub(super) inline: bool,
}

/// An entry of a mapping or an item of a list, put together from one or several places.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// The key; of an item, its text.
    pub(super) name: String,
    /// Where it is written; at least one place.
    pub(super) heads: Vec<Head>,
    pub(super) body: Body,
    /// Lines of ours below its key, indented from 0.
    pub(super) added: Vec<String>,
}

/// What a piece holds.
#[derive(Clone, Debug)]
pub(super) enum Body {
    /// What is written at its first place, as it is.
    Whole,
    /// These entries.
    Map(Vec<Piece>),
    /// These items.
    List(Vec<Piece>),
}

impl Layer {
    /// A document whose lines end at `end`; `None` if it is not written as a block.
    pub(super) fn new(path: PathBuf, file: FileId, source: Arc<Source>, tree: Arc<Tree>, root: NodeId, end: usize) -> Option<Self> {
        let tiles = tiles(&source, &tree, root, end)?;
        Some(Self { path, file, source, tree, tiles })
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        self.tree.node(id)
    }

    pub(super) fn slice(&self, range: Range<usize>) -> &str {
        self.source.text.get(range).unwrap_or_default()
    }

    /// The text of a node.
    pub(super) fn text(&self, id: NodeId) -> &str {
        self.source.slice(self.node(id).span)
    }

    /// The name of the tag of a node.
    pub(super) fn tag(&self, id: NodeId) -> Option<&str> {
        self.node(id).tag.as_ref().map(|t| &*t.name)
    }

    /// True for a key without a value, `null` and `~`.
    pub(super) fn is_null(&self, id: NodeId) -> bool {
        let node = self.node(self.tree.deref(id));
        matches!(&node.kind, Kind::Scalar(Scalar { text, style: Style::Plain }) if matches!(&**text, "" | "~" | "null" | "Null" | "NULL"))
            && node.tag.is_none()
    }

    /// The top-level key of a name: its tile and its value.
    pub(super) fn top(&self, name: &str) -> Option<(&Tile, NodeId)> {
        let tile = self.tiles.iter().find(|t| self.tree.text(t.node) == Some(name))?;
        Some((tile, self.value_of(tile)?))
    }

    /// The top-level keys that go to the head of a file: `name`, and extensions.
    pub(super) fn headings(&self) -> impl Iterator<Item = &str> {
        self.tiles.iter().filter_map(|t| self.tree.text(t.node)).filter(|k| *k == "name" || k.starts_with("x-"))
    }

    /// The value of the entry whose key a tile begins with.
    pub(super) fn value_of(&self, tile: &Tile) -> Option<NodeId> {
        self.tree.entry(tile.node).map(|(_, entry)| entry.value)
    }

    /// The place of an entry by the tile of its key.
    pub(super) fn head(&self, layer: usize, tile: &Tile) -> Option<Head> {
        let value = self.value_of(tile)?;
        Some(Head {
            layer,
            key: tile.node,
            value,
            lines: tile.lines.clone(),
            header: tile.lines.clone(),
            column: tile.column,
            inline: false,
        })
    }

    /// The end of the line that an offset is in, the line break included.
    pub(super) fn next_line(&self, at: usize) -> usize {
        self.slice(at..self.source.text.len()).find('\n').map_or(self.source.text.len(), |n| at + n + 1)
    }

    /// Two breaks of lines are told apart by the first one.
    pub(super) fn line_break(&self) -> &'static str {
        match self.source.text.find('\n') {
            Some(at) if self.slice(0..at).ends_with('\r') => "\r\n",
            _ => "\n",
        }
    }
}

/// All documents that take part.
pub(super) struct Layers(pub(super) Vec<Layer>);

impl Layers {
    pub(super) fn get(&self, layer: usize) -> Option<&Layer> {
        self.0.get(layer)
    }

    /// The entries of a top-level section of a layer, opened as far as they are blocks. `None` if it is not written as a block, and not empty.
    pub(super) fn section(&self, index: usize, name: &str) -> Option<Vec<Piece>> {
        let Some(layer) = self.get(index) else { return Some(Vec::new()) };
        let Some((tile, value)) = layer.top(name) else { return Some(Vec::new()) };
        if layer.is_null(value) || matches!(&layer.node(value).kind, Kind::Mapping { entries, .. } if entries.is_empty()) {
            return Some(Vec::new());
        }
        if layer.tag(value).is_some() {
            return None;
        }
        let tiles = tiles(&layer.source, &layer.tree, value, tile.lines.end)?;
        tiles.iter().map(|tile| self.piece(index, tile)).collect()
    }

    /// A top-level key of a layer.
    pub(super) fn top(&self, index: usize, name: &str) -> Option<Piece> {
        let (tile, _) = self.get(index)?.top(name)?;
        self.piece(index, tile)
    }

    /// The entries of the `include` of a layer.
    pub(super) fn included(&self, index: usize) -> Vec<Piece> {
        match self.top(index, "include").map(|p| self.opened(&p)) {
            Some(Body::List(items)) => items,
            _ => Vec::new(),
        }
    }

    /// An entry or an item by its tile, with everything below that is a block.
    fn piece(&self, index: usize, tile: &Tile) -> Option<Piece> {
        let layer = self.get(index)?;
        let head = layer.head(index, tile)?;
        let name = layer.tree.text(tile.node)?.to_owned();
        Some(self.opened_block(head, name))
    }

    fn opened_block(&self, mut head: Head, name: String) -> Piece {
        let body = self.block(&head).unwrap_or(Body::Whole);
        if let Body::Map(children) | Body::List(children) = &body
            && let Some(first) = children.first().and_then(|c| c.heads.first())
        {
            head.header = head.lines.start..first.lines.start;
        }
        Piece { name, heads: vec![head], body, added: Vec::new() }
    }

    /// What a block holds; `None` for everything else, and for what has a tag: that is moved as it is.
    fn block(&self, head: &Head) -> Option<Body> {
        let layer = self.get(head.layer)?;
        let node = layer.node(head.value);
        if node.tag.is_some() {
            return None;
        }
        let tiles = tiles(&layer.source, &layer.tree, head.value, head.lines.end)?;
        match &node.kind {
            Kind::Mapping { .. } => Some(Body::Map(tiles.iter().map(|t| self.piece(head.layer, t)).collect::<Option<_>>()?)),
            Kind::Sequence { .. } => Some(Body::List(
                tiles
                    .iter()
                    .map(|tile| {
                        let name = layer.tree.text(tile.node).unwrap_or_else(|| layer.text(tile.node)).to_owned();
                        let (lines, key) = (tile.lines.clone(), tile.node);
                        let head =
                            Head { layer: head.layer, key, value: key, header: lines.clone(), lines, column: tile.column, inline: false };
                        Piece { name, heads: vec![head], body: Body::Whole, added: Vec::new() }
                    })
                    .collect(),
            )),
            Kind::Scalar(_) | Kind::Alias { .. } => None,
        }
    }

    /// What a piece holds, brackets and aliases opened; [`Body::Whole`] for a scalar.
    pub(super) fn opened(&self, piece: &Piece) -> Body {
        match (&piece.body, piece.heads.first()) {
            (Body::Whole, Some(head)) => self.open(head).unwrap_or(Body::Whole),
            (body, _) => body.clone(),
        }
    }

    fn open(&self, head: &Head) -> Option<Body> {
        let layer = self.get(head.layer)?;
        if layer.tag(head.value).is_some() {
            return None;
        }
        let value = layer.tree.deref(head.value);
        let node = layer.node(value);
        if node.tag.is_some() {
            return None;
        }
        let inline = |key: NodeId, value: NodeId, name: String| {
            let (start, end) = (layer.tree.begin(key) as usize, layer.node(value).span.end.max(layer.node(key).span.end) as usize);
            let head = Head { layer: head.layer, key, value, lines: start..end, header: start..end, column: 0, inline: true };
            Piece { name, heads: vec![head], body: Body::Whole, added: Vec::new() }
        };
        match &node.kind {
            Kind::Mapping { entries, flow: true } => Some(Body::Map(
                entries.iter().map(|e| Some(inline(e.key, e.value, layer.tree.text(e.key)?.to_owned()))).collect::<Option<_>>()?,
            )),
            Kind::Sequence { items, flow: true } => Some(Body::List(
                items
                    .iter()
                    .map(|item| inline(*item, *item, layer.tree.text(*item).unwrap_or_else(|| layer.text(*item)).to_owned()))
                    .collect(),
            )),
            // What an alias stands for, in the place of the alias.
            Kind::Mapping { .. } | Kind::Sequence { .. } if value != head.value => {
                let end = layer.next_line(node.span.end as usize);
                let target = Head { value, lines: head.lines.start..end, ..head.clone() };
                self.block(&target)
            }
            _ => None,
        }
    }

    /// True if two pieces say the same, however they are written: order counts in lists only.
    pub(super) fn same(&self, a: &Piece, b: &Piece) -> bool {
        match (self.opened(a), self.opened(b)) {
            (Body::Map(a), Body::Map(b)) => a.len() == b.len() && a.iter().all(|x| b.iter().any(|y| x.name == y.name && self.same(x, y))),
            (Body::List(a), Body::List(b)) => a.len() == b.len() && a.iter().zip(&b).all(|(x, y)| self.same(x, y)),
            (Body::Whole, Body::Whole) => match (a.heads.first(), b.heads.first()) {
                (Some(a), Some(b)) => self.same_node((a.layer, a.value), (b.layer, b.value)),
                _ => false,
            },
            _ => false,
        }
    }

    fn same_node(&self, one: (usize, NodeId), other: (usize, NodeId)) -> bool {
        let (Some(left), Some(right)) = (self.get(one.0), self.get(other.0)) else { return false };
        let (left_id, right_id) = (left.tree.deref(one.1), right.tree.deref(other.1));
        if one.0 == other.0 && left_id == right_id {
            return true;
        }
        let (left_node, right_node) = (left.node(left_id), right.node(right_id));
        if left_node.tag.as_ref().map(|t| &t.name) != right_node.tag.as_ref().map(|t| &t.name) {
            return false;
        }
        let same = |a: NodeId, b: NodeId| self.same_node((one.0, a), (other.0, b));
        match (&left_node.kind, &right_node.kind) {
            (Kind::Scalar(a), Kind::Scalar(b)) => a.text == b.text && (a.style == Style::Plain) == (b.style == Style::Plain),
            (Kind::Sequence { items: a, .. }, Kind::Sequence { items: b, .. }) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(*a, *b))
            }
            (Kind::Mapping { entries: a, .. }, Kind::Mapping { entries: b, .. }) => {
                let counterpart = |key: NodeId| b.iter().find(|e| left.tree.text(key) == right.tree.text(e.key));
                a.len() == b.len() && a.iter().all(|e| counterpart(e.key).is_some_and(|c| same(e.value, c.value)))
            }
            _ => false,
        }
    }

    /// The text of a scalar value of a piece.
    pub(super) fn scalar(&self, piece: &Piece) -> Option<&str> {
        let head = piece.heads.first()?;
        self.get(head.layer)?.tree.text(head.value)
    }

    /// True for a piece whose value is null.
    pub(super) fn is_null(&self, piece: &Piece) -> bool {
        let head = piece.heads.first();
        matches!(piece.body, Body::Whole) && head.is_some_and(|h| self.get(h.layer).is_some_and(|l| l.is_null(h.value)))
    }

    /// The entry of a name, between brackets, too.
    pub(super) fn child(&self, piece: &Piece, name: &str) -> Option<Piece> {
        match self.opened(piece) {
            Body::Map(children) => children.into_iter().find(|c| c.name == name),
            _ => None,
        }
    }

    /// The tag of the value of a piece.
    pub(super) fn tag(&self, piece: &Piece) -> Option<&str> {
        let head = piece.heads.first()?;
        self.get(head.layer)?.tag(head.value)
    }
}
