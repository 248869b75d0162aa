//! Where the comments of the files go: to what they are about, wherever that is in the spec; else beside what is next to it; else to the end of
//! the file. None is lost.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::compose::value::{Data, Map, Step, Value};
use crate::source::{Source, Span};
use crate::yaml::{Kind, NodeId, Owner, Tree};

/// A file that the spec takes the place of.
pub(super) struct File {
    /// Its syntax.
    pub(super) tree: Arc<Tree>,
    /// Its text.
    pub(super) source: Arc<Source>,
    /// How the user knows it.
    pub(super) shown: String,
    /// True for the first of the files.
    pub(super) main: bool,
    /// True if only some of its services are wanted: what is said about the others stays there.
    pub(super) extended: bool,
}

/// The comments of one entry or item.
#[derive(Clone, Debug, Default)]
pub(super) struct Slot {
    /// On lines of their own before it, not about it.
    pub(super) before: Vec<String>,
    /// Above it.
    pub(super) above: Vec<String>,
    /// Behind it.
    pub(super) behind: Vec<String>,
    /// On lines of their own after it.
    pub(super) after: Vec<String>,
}

/// The comments of a project with their places.
#[derive(Debug, Default)]
pub(super) struct Placed {
    /// By entry (the place of its key) or item.
    slots: BTreeMap<Span, Slot>,
    /// What the first file begins with.
    pub(super) header: Vec<String>,
    /// What it ends with.
    pub(super) footer: Vec<String>,
    /// What has no place, by file.
    pub(super) appendix: Vec<(String, Vec<String>)>,
    /// How many there are in all.
    pub(super) total: usize,
}

impl Placed {
    /// The comments of an entry or item, once.
    pub(super) fn take(&mut self, anchor: Span) -> Slot {
        self.slots.remove(&anchor).unwrap_or_default()
    }

    /// Puts what nobody took to the end of the file.
    pub(super) fn leftover(&mut self) -> usize {
        let left: Vec<Slot> = std::mem::take(&mut self.slots).into_values().collect();
        for slot in left {
            let lines: Vec<String> = [slot.before, slot.above, slot.behind, slot.after].into_iter().flatten().collect();
            self.appendix.push((String::new(), lines));
        }
        self.appendix.iter().map(|(_, lines)| lines.len()).sum()
    }
}

#[derive(Clone, Copy, Debug)]
enum Where {
    Before,
    Above,
    Behind,
    After,
}

/// The entry or item that stands for a value of the spec: the outermost alias that leads to an item, else its text.
pub(super) fn anchor(item: &Value, outer: usize) -> Span {
    aliases(item).nth(outer).unwrap_or(item.origin.at)
}

/// The aliases and merge keys that lead to a value, the outermost first.
pub(super) fn aliases(value: &Value) -> impl Iterator<Item = Span> {
    value.origin.via.iter().filter_map(|step| match step {
        Step::Alias(at) | Step::Merge(at) => Some(*at),
        _ => None,
    })
}

/// Gives each comment of the files a place in the tree that is going to be written.
pub(super) fn place(map: &Map, files: &[File]) -> Placed {
    let mut seen = BTreeMap::new();
    learn(map, 0, &mut seen);
    let mut placed = Placed::default();
    for file in files {
        let finder = Finder { file, seen: &seen, parents: parents(&file.tree) };
        let mut rest = Vec::new();
        for comment in &file.tree.comments {
            let line = text(file.source.slice(comment.span));
            let found = finder.find(comment.owner, comment.span.start);
            if file.extended && found.is_none() && comment.owner != Owner::File {
                continue;
            }
            placed.total += 1;
            match found {
                Some((place, anchor)) => {
                    let slot = placed.slots.entry(anchor).or_default();
                    match place {
                        Where::Before => slot.before.push(line),
                        Where::Above => slot.above.push(line),
                        Where::Behind => slot.behind.push(line),
                        Where::After => slot.after.push(line),
                    }
                }
                None if file.main => {
                    let begin = file.tree.documents.first().map_or(u32::MAX, |d| d.span.start);
                    if comment.span.start < begin { placed.header.push(line) } else { placed.footer.push(line) }
                }
                None => rest.push(line),
            }
        }
        if !rest.is_empty() {
            placed.appendix.push((file.shown.clone(), rest));
        }
    }
    placed
}

/// A comment without `#`, without the blank behind it, and without what looks like a secret.
fn text(comment: &str) -> String {
    let line = comment.trim_end();
    let line = line.strip_prefix('#').unwrap_or(line);
    crate::migrate::nix::comments::without_secret(line.strip_prefix(' ').unwrap_or(line))
}

/// By place in a file: the entry or item of the spec that stands for it.
fn learn(map: &Map, outer: usize, seen: &mut BTreeMap<Span, Span>) {
    for entry in map.values() {
        seen.entry(entry.key).or_insert(entry.key);
        for at in aliases(&entry.value).skip(outer) {
            // A merge key stands for all that it brings: it is not one of them.
            if entry.value.origin.via.iter().any(|step| *step == Step::Alias(at)) {
                seen.entry(at).or_insert(entry.key);
            }
        }
        learn_value(&entry.value, entry.key, seen);
    }
}

fn learn_value(value: &Value, anchor_of: Span, seen: &mut BTreeMap<Span, Span>) {
    let mut origin = Some(&value.origin);
    while let Some(at) = origin {
        if !at.is_default() {
            seen.entry(at.at).or_insert(anchor_of);
        }
        origin = at.replaced.as_deref();
    }
    let outer = aliases(value).count();
    match &value.data {
        Data::Map(map) => learn(map, outer, seen),
        Data::Seq(items) => {
            for item in items {
                let own = anchor(item, outer);
                seen.entry(own).or_insert(own);
                learn_value(item, own, seen);
            }
        }
        _ => {}
    }
}

/// By node: the collection that it is in, and the key or item of it there.
fn parents(tree: &Tree) -> BTreeMap<NodeId, (NodeId, NodeId)> {
    let mut out = BTreeMap::new();
    for (node, id) in tree.nodes.iter().zip((0..).map(NodeId)) {
        match &node.kind {
            Kind::Sequence { items, .. } => out.extend(items.iter().map(|item| (*item, (id, *item)))),
            Kind::Mapping { entries, .. } => {
                for entry in entries {
                    out.insert(entry.key, (id, entry.key));
                    out.insert(entry.value, (id, entry.key));
                }
            }
            _ => {}
        }
    }
    out
}

struct Finder<'a> {
    file: &'a File,
    seen: &'a BTreeMap<Span, Span>,
    parents: BTreeMap<NodeId, (NodeId, NodeId)>,
}

impl Finder<'_> {
    fn seen(&self, node: NodeId) -> Option<Span> {
        self.seen.get(&self.file.tree.node(node).span).copied()
    }

    fn find(&self, owner: Owner, offset: u32) -> Option<(Where, Span)> {
        match owner {
            Owner::File => None,
            Owner::Above(node) => match self.seen(node) {
                Some(at) => Some((Where::Above, at)),
                None => self.otherwise(node, offset),
            },
            Owner::Trailing(node) => match self.seen(node).or_else(|| self.seen(self.parents.get(&node)?.1)) {
                Some(at) => Some((Where::Behind, at)),
                None => self.otherwise(node, offset),
            },
            Owner::Inside(collection) => self.beside(collection, offset),
        }
    }

    /// The children of a collection: of an entry the key and the value.
    fn children(&self, collection: NodeId) -> Vec<(NodeId, NodeId)> {
        match &self.file.tree.node(collection).kind {
            Kind::Sequence { items, .. } => items.iter().map(|item| (*item, *item)).collect(),
            Kind::Mapping { entries, .. } => entries.iter().map(|e| (e.key, e.value)).collect(),
            _ => Vec::new(),
        }
    }

    fn seen_child(&self, (key, value): (NodeId, NodeId)) -> Option<Span> {
        self.seen(key).or_else(|| self.seen(value))
    }

    /// What is about an entry or item that is not in the spec: what it has may be, or that is what became of it.
    fn otherwise(&self, node: NodeId, offset: u32) -> Option<(Where, Span)> {
        let (collection, own) = self.parents.get(&node).copied()?;
        let entry = self.children(collection).into_iter().find(|(key, _)| *key == own)?;
        let first = self.seen_child(entry).or_else(|| self.children(entry.1).into_iter().find_map(|c| self.seen_child(c)));
        match first {
            Some(at) => Some((Where::Above, at)),
            None => self.beside(collection, offset),
        }
    }

    /// The next of the neighbours within a collection that is in the spec; else outside of it.
    fn beside(&self, mut collection: NodeId, offset: u32) -> Option<(Where, Span)> {
        loop {
            let parent = self.parents.get(&collection).copied();
            let outermost = parent.is_none_or(|(parent, _)| !self.parents.contains_key(&parent));
            if self.file.extended && outermost {
                return None;
            }
            let children = self.children(collection);
            let start = |child: &(NodeId, NodeId)| self.file.tree.node(child.0).span.start;
            let next = children.iter().filter(|c| start(c) > offset).find_map(|c| self.seen_child(*c));
            if let Some(at) = next {
                return Some((Where::Before, at));
            }
            let last = children.iter().rev().filter(|c| start(c) < offset).find_map(|c| self.seen_child(*c));
            if let Some(at) = last {
                return Some((Where::After, at));
            }
            let (outer, key) = parent?;
            if let Some(at) = self.seen(key) {
                return Some((Where::Above, at));
            }
            collection = outer;
        }
    }
}
