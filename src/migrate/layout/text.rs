//! Puts pieces of documents together to new texts: as they are written, with their comments, at the column where they belong now.
//!
//! Remembers what of each document has found a place, so that at the end every comment is accounted for, and none is there twice.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::layer::{Body, Head, Layers, Piece};
use super::merge::Stuck;
use crate::yaml::edit::{comments_in, tiles, without_comments};
use crate::yaml::{Kind, NodeId, Scalar, Style};

/// What of the documents stands in the new files.
#[derive(Default)]
pub(super) struct Placed {
    /// By layer: ranges whose comments are there.
    ranges: BTreeMap<usize, Vec<Range<usize>>>,
    /// By layer: where the comments begin that are there.
    comments: BTreeMap<usize, BTreeSet<usize>>,
}

impl Placed {
    fn take(&mut self, layers: &Layers, layer: usize, range: Range<usize>) {
        if let Some(of) = layers.get(layer) {
            let starts = comments_in(&of.source, &of.tree, range.clone()).map(|c| c.start);
            self.comments.entry(layer).or_default().extend(starts);
        }
        self.ranges.entry(layer).or_default().push(range);
    }

    /// True if a part of the range is in a new file already.
    fn has(&self, layer: usize, range: &Range<usize>) -> bool {
        self.ranges.get(&layer).is_some_and(|ranges| ranges.iter().any(|r| r.start < range.end && range.start < r.end))
    }

    /// The comments of a layer within a range that have no place yet.
    pub(super) fn homeless(&self, layers: &Layers, layer: usize, range: Range<usize>) -> Vec<Range<usize>> {
        let Some(of) = layers.get(layer) else { return Vec::new() };
        let placed = self.comments.get(&layer);
        comments_in(&of.source, &of.tree, range).filter(|c| placed.is_none_or(|p| !p.contains(&c.start))).collect()
    }

    /// Records that a comment has a place.
    pub(super) fn comment(&mut self, layer: usize, start: usize) {
        self.comments.entry(layer).or_default().insert(start);
    }
}

/// A text in the making.
pub(super) struct Writer<'a> {
    layers: &'a Layers,
    placed: &'a mut Placed,
    line_break: &'static str,
    pub(super) out: String,
    /// The nodes that stand in it, in order: what they need of anchors is looked at in the end.
    nodes: Vec<(usize, NodeId, NodeId)>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(layers: &'a Layers, placed: &'a mut Placed, line_break: &'static str) -> Self {
        Self { layers, placed, line_break, out: String::new(), nodes: Vec::new() }
    }

    /// A line of ours.
    pub(super) fn line(&mut self, text: &str) {
        self.end_line();
        self.out.push_str(text);
        self.out.push_str(self.line_break);
    }

    fn end_line(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push_str(self.line_break);
        }
    }

    /// A blank line, if there is something above and it does not end with one.
    pub(super) fn gap(&mut self) {
        self.end_line();
        let keeps = self.out.contains("|+") || self.out.contains(">+");
        if !keeps {
            let end = self.out.trim_end_matches(['\n', '\r', ' ']).len();
            self.out.truncate(end);
            self.end_line();
        }
        if !self.out.is_empty() && !keeps {
            self.out.push_str(self.line_break);
        }
    }

    /// A section with its entries: `services:` and what belongs below it.
    pub(super) fn section(&mut self, name: &str, pieces: &[Piece]) {
        if !self.out.ends_with("---\n") && !self.out.ends_with("---\r\n") {
            self.gap();
        }
        self.line(&format!("{name}:"));
        // All entries of a section stand in one column: that of the first.
        let column = pieces.iter().filter_map(|p| p.heads.first()).find(|h| !h.inline).map_or(2, |h| h.column.max(1));
        for (number, piece) in pieces.iter().enumerate() {
            if number > 0 && name == "services" {
                self.gap();
            }
            self.piece(piece, column, false);
        }
    }

    fn piece(&mut self, piece: &Piece, column: usize, item: bool) {
        let Some(head) = piece.heads.first() else { return };
        let (children, list) = match &piece.body {
            Body::Whole => return self.whole(head, column, item),
            Body::Map(children) => (children, false),
            Body::List(children) => (children, true),
        };
        self.header(piece, column);
        let step = children
            .iter()
            .filter_map(|c| c.heads.first())
            .find(|h| !h.inline && h.layer == head.layer && h.column >= head.column)
            .map(|h| h.column - head.column)
            .filter(|step| list || *step > 0);
        let step = step.unwrap_or(2);
        for line in &piece.added {
            self.line(&format!("{}{line}", " ".repeat(column + step)));
        }
        for child in children {
            self.piece(child, column + step, list);
        }
    }

    /// The key of a collection, with the comments above and behind it that have no place yet.
    fn header(&mut self, piece: &Piece, column: usize) {
        let block = |h: &&Head| h.header != h.lines && !h.inline;
        let fresh = piece.heads.iter().filter(block).find(|h| !self.placed.has(h.layer, &h.header)).cloned();
        if let Some(head) = &fresh {
            self.lines(head.layer, head.header.clone(), column, head.column);
            self.nodes.push((head.layer, head.key, head.value));
        } else if let Some(head) = piece.heads.first() {
            if let Some(layer) = self.layers.get(head.layer).filter(|_| head.header == head.lines && !head.inline) {
                // What is written above an entry whose brackets are opened.
                let above = head.lines.start..layer.tree.begin(head.key) as usize;
                self.comments(head.layer, above, column);
            }
            let key = self.layers.get(head.layer).map(|l| l.text(head.key).to_owned()).unwrap_or_default();
            self.line(&format!("{}{key}:", " ".repeat(column)));
        }
        // What another document says above the same key.
        for head in piece.heads.iter().filter(block).filter(|h| fresh.as_ref() != Some(h)) {
            if !self.placed.has(head.layer, &head.header) {
                self.comments(head.layer, head.header.clone(), column);
                self.placed.take(self.layers, head.layer, head.header.clone());
            }
        }
    }

    /// The comments of a range that have no place yet, each on a line of its own.
    pub(super) fn comments(&mut self, layer: usize, range: Range<usize>, column: usize) {
        for comment in self.placed.homeless(self.layers, layer, range) {
            let text = self.layers.get(layer).map(|l| l.slice(comment.clone()).trim_end().to_owned()).unwrap_or_default();
            self.line(&format!("{}{text}", " ".repeat(column)));
            self.placed.comment(layer, comment.start);
        }
    }

    fn whole(&mut self, head: &Head, column: usize, item: bool) {
        let Some(layer) = self.layers.get(head.layer) else { return };
        self.nodes.push((head.layer, head.key, layer.tree.last_in(head.value)));
        if !head.inline {
            return self.lines(head.layer, head.lines.clone(), column, head.column);
        }
        let text = layer.slice(head.lines.clone());
        let indent = " ".repeat(column);
        let dash = if item { "- " } else { "" };
        // Between brackets `{a, b}` has keys without values.
        let colon = if !item && head.key != head.value && layer.text(head.value).is_empty() && !text.contains(':') { ":" } else { "" };
        self.line(&format!("{indent}{dash}{text}{colon}"));
    }

    /// Some lines, moved from one column to another; without their comments if these are in a new file already.
    fn lines(&mut self, layer: usize, range: Range<usize>, column: usize, from: usize) {
        let Some(of) = self.layers.get(layer) else { return };
        let placed = self.placed.comments.get(&layer);
        let mut text = without_comments(&of.source, &of.tree, range.clone(), &|c| placed.is_some_and(|p| p.contains(&c)));
        if let Some(header) = open_end(of).filter(|h| range.contains(h)) {
            // Comments may be gone from the text, but none is within a block scalar.
            let at = text.len().checked_sub(range.end - header);
            if let Some(at) = at.filter(|at| text.is_char_boundary(*at)) {
                let (before, scalar) = text.split_at(at);
                let end = scalar.find(['\n', ' ', '#']).unwrap_or(scalar.len());
                let (indicators, rest) = scalar.split_at(end);
                text = format!("{before}{}-{rest}", indicators.replace(['+', '-'], ""));
            }
        }
        self.placed.take(self.layers, layer, range);
        self.end_line();
        self.out.push_str(&shifted(&text, from, column));
        self.end_line();
    }

    /// Lines of a document, as they are, in the first column.
    pub(super) fn top(&mut self, head: &Head) {
        self.whole(head, 0, false);
    }

    /// The items of a list at the top level.
    pub(super) fn items(&mut self, items: &[Piece]) {
        for item in items {
            self.piece(item, 2, true);
        }
    }

    /// The text, with the anchors that it needs defined in front of it: `x-` keys that held them, or new ones. Errors: two anchors of one
    /// name.
    pub(super) fn finish(self) -> Result<String, Stuck> {
        let mut needed: BTreeSet<(usize, NodeId)> = BTreeSet::new();
        let mut fragments: BTreeMap<(usize, NodeId), Fragment> = BTreeMap::new();
        let mut rounds = 0;
        loop {
            let missing = self.missing(&fragments)?;
            let new: Vec<(usize, NodeId)> = missing.into_iter().filter(|m| !needed.contains(m)).collect();
            if new.is_empty() {
                break;
            }
            for target in new {
                needed.insert(target);
                let fragment = self.fragment(target).ok_or_else(|| Stuck("an anchor in it cannot be copied".to_owned()))?;
                fragments.insert((target.0, fragment.first), fragment);
            }
            rounds += 1;
            if rounds > 100 {
                return Err(Stuck("its anchors need each other without an end".to_owned()));
            }
        }
        let mut out = String::new();
        for fragment in fragments.values() {
            out.push_str(&fragment.text);
            out.push_str(self.line_break);
        }
        out.push_str(&self.out);
        Ok(out)
    }

    /// The targets of aliases that are not defined before them.
    fn missing(&self, fragments: &BTreeMap<(usize, NodeId), Fragment>) -> Result<Vec<(usize, NodeId)>, Stuck> {
        let mut bound: BTreeMap<&str, (usize, NodeId)> = BTreeMap::new();
        let mut missing = Vec::new();
        let in_front = fragments.iter().map(|((layer, _), f)| (*layer, f.first, f.last));
        for (index, first, last) in in_front.chain(self.nodes.iter().copied()) {
            let Some(layer) = self.layers.get(index) else { continue };
            for id in (first.0..=last.0).map(NodeId) {
                let node = layer.node(id);
                if let Some(anchor) = &node.anchor {
                    bound.insert(&anchor.name, (index, id));
                }
                if let Kind::Alias { name, target: Some(target) } = &node.kind {
                    let wanted = (index, *target);
                    match bound.get(&**name) {
                        Some(is) if *is == wanted => {}
                        _ if fragments.values().any(|f| f.layer == index && (f.first..=f.last).contains(target)) => {
                            // It is in front, and something in between has the same name.
                            return Err(Stuck(format!("two anchors are called `{name}`")));
                        }
                        _ => missing.push(wanted),
                    }
                }
            }
        }
        Ok(missing)
    }

    /// A top-level `x-` key that defines an anchor: the one that holds it, else a new one.
    fn fragment(&self, (index, target): (usize, NodeId)) -> Option<Fragment> {
        let layer = self.layers.get(index)?;
        let holder = layer.tiles.iter().find_map(|tile| {
            let head = layer.head(index, tile)?;
            let extension = layer.tree.text(head.key)?.starts_with("x-");
            (extension && (head.key..=layer.tree.last_in(head.value)).contains(&target)).then_some(head)
        });
        if let Some(head) = holder {
            let text = without_comments(&layer.source, &layer.tree, head.lines.clone(), &|_| true);
            let mut text = shifted(text.trim_end_matches(['\n', '\r', ' ']), head.column, 0);
            text.push_str(self.line_break);
            return Some(Fragment { layer: index, first: head.key, last: layer.tree.last_in(head.value), text });
        }
        let node = layer.node(target);
        let name = &node.anchor.as_ref()?.name;
        let (start, end) = (node.span.start as usize, node.span.end as usize);
        let block = !matches!(&node.kind, Kind::Scalar(_) | Kind::Sequence { flow: true, .. } | Kind::Mapping { flow: true, .. });
        let mut text = format!("x-{name}: &{name}");
        if block {
            let end = layer.next_line(end);
            let cut = tiles(&layer.source, &layer.tree, target, end)?;
            text.push_str(self.line_break);
            for tile in cut {
                let lines = without_comments(&layer.source, &layer.tree, tile.lines.clone(), &|_| true);
                text.push_str(&shifted(&lines, tile.column, 2));
            }
            if !text.ends_with('\n') {
                text.push_str(self.line_break);
            }
        } else {
            let written = layer.slice(start..end);
            // The lines of a block scalar stay where they are: they are indented by something.
            let scalar = matches!(&node.kind, Kind::Scalar(Scalar { style: Style::Literal | Style::Folded, .. }));
            text.push(' ');
            text.push_str(if scalar { written.trim_end() } else { written });
            text.push_str(self.line_break);
        }
        Some(Fragment { layer: index, first: target, last: layer.tree.last_in(target), text })
    }
}

/// Where a block scalar begins that ends with the text, without a line break: it must not get one when something follows it.
fn open_end(layer: &super::layer::Layer) -> Option<usize> {
    let text = &layer.source.text;
    if text.ends_with('\n') {
        return None;
    }
    let last = layer.tree.nodes.iter().rev().find(|n| n.span.end as usize == text.len())?;
    matches!(&last.kind, Kind::Scalar(Scalar { style: Style::Literal | Style::Folded, .. })).then_some(last.span.start as usize)
}

/// Something in front that defines an anchor.
struct Fragment {
    layer: usize,
    first: NodeId,
    last: NodeId,
    text: String,
}

/// Lines moved sideways. A line with too little in front of it to be moved as far (the continuation of a quoted text) is moved as far as it can.
fn shifted(text: &str, from: usize, to: usize) -> String {
    if from == to {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if line.trim().is_empty() {
            out.push_str(line);
        } else if to > from {
            out.push_str(&" ".repeat(to - from));
            out.push_str(line);
        } else {
            let blanks = line.len() - line.trim_start_matches(' ').len();
            out.push_str(line.get(blanks.min(from - to)..).unwrap_or(line));
        }
    }
    out
}
