//! Takes entries and items out, with their lines and with the comments that are about them.

use super::{Child, Doc, Edit, Kind, NodeId, Owner, Source, Tree};

/// Removes an entry of a mapping. The only entry leaves `{}` behind.
pub fn remove_entry(source: &Source, tree: &Tree, mapping: NodeId, key: NodeId) -> Option<Vec<Edit>> {
    matches!(tree.node(mapping).kind, Kind::Mapping { .. }).then(|| remove(Doc::new(source, tree), mapping, key, false))?
}

/// Removes an entry of a mapping; the only entry goes with its mapping, with the key of that mapping, and so on upwards.
pub fn remove_entry_up(source: &Source, tree: &Tree, mapping: NodeId, key: NodeId) -> Option<Vec<Edit>> {
    matches!(tree.node(mapping).kind, Kind::Mapping { .. }).then(|| remove(Doc::new(source, tree), mapping, key, true))?
}

/// Removes an item of a sequence. The only item leaves `[]` behind.
pub fn remove_item(source: &Source, tree: &Tree, sequence: NodeId, item: NodeId) -> Option<Vec<Edit>> {
    matches!(tree.node(sequence).kind, Kind::Sequence { .. }).then(|| remove(Doc::new(source, tree), sequence, item, false))?
}

/// Removes an item of a sequence; the only item goes with its sequence, with the key of that sequence, and so on upwards.
pub fn remove_item_up(source: &Source, tree: &Tree, sequence: NodeId, item: NodeId) -> Option<Vec<Edit>> {
    matches!(tree.node(sequence).kind, Kind::Sequence { .. }).then(|| remove(Doc::new(source, tree), sequence, item, true))?
}

fn remove(doc: Doc<'_>, collection: NodeId, child: NodeId, upwards: bool) -> Option<Vec<Edit>> {
    let (index, count) = doc.position(collection, child)?;
    if doc.is_needed(doc.subtree(collection, child)) {
        return None;
    }
    if count == 1 {
        return only(doc, collection, child, upwards);
    }
    let it = doc.child(collection, index)?;
    let edit = match doc.flow(collection)? {
        true => from_flow(doc, collection, &it, index, count)?,
        false if doc.first_on_line(it.head) => lines(doc, collection, &it, index)?,
        false => first_of_compact(doc, collection, &it, index)?,
    };
    Some(vec![edit])
}

/// The last child that is there.
fn only(doc: Doc<'_>, collection: NodeId, child: NodeId, upwards: bool) -> Option<Vec<Edit>> {
    if upwards {
        let parent = doc.tree.parent(collection)?;
        if doc.is_needed(collection..=*doc.tree.subtree(collection).end()) {
            return None;
        }
        // The entry whose value the collection is; what is a key stays.
        let holder = match &doc.node(parent).kind {
            Kind::Mapping { .. } => doc.tree.entry(collection).filter(|(_, e)| e.value == collection)?.1.key,
            _ => collection,
        };
        return remove(doc, parent, holder, true);
    }
    let empty = match doc.node(collection).kind {
        Kind::Mapping { .. } => "{}",
        _ => "[]",
    };
    let span = doc.node(collection).span;
    let (start, end) = (span.start as usize, span.end as usize);
    if doc.flow(collection)? {
        return doc.comments(start..end).next().is_none().then(|| doc.edit(start..end, empty).map(|e| vec![e]))?;
    }
    let it = doc.child(collection, 0)?;
    debug_assert_eq!(it.node, child);
    if !doc.first_on_line(it.head) {
        // `- a: 1` becomes `- {}`: what is behind it on its lines stays.
        return doc.comments(start..end).next().is_none().then(|| doc.edit(start..end, empty).map(|e| vec![e]))?;
    }
    // The brackets go where the anchor or tag of the collection ends, or behind the colon or dash.
    let node = doc.node(collection);
    let properties = node.anchor.iter().map(|a| a.span.end).chain(node.tag.iter().map(|t| t.span.end)).max();
    let place = match properties {
        Some(end) => end as usize,
        None => match doc.tree.entry(collection) {
            Some((_, entry)) if entry.value == collection => {
                let behind = doc.end(entry.key);
                let colon = doc.slice(behind..start).trim_start_matches([' ', '\t']);
                colon.starts_with(':').then(|| start - colon.len() + 1)?
            }
            Some(_) => return None,
            None => {
                let parent = doc.tree.parent(collection)?;
                let (index, _) = doc.position(parent, collection)?;
                doc.child(parent, index)?.head + 1
            }
        },
    };
    if !doc.last_on_line(place) {
        return None;
    }
    // A comment on the way to the first child that is not about it stays above nothing: leave that to a person.
    let range = whole_lines(doc, collection, &it, 0)?;
    Some(vec![doc.edit(place..place, format!(" {empty}"))?, doc.edit(range, "")?])
}

/// A child of a block that begins its line.
fn lines(doc: Doc<'_>, collection: NodeId, it: &Child, index: usize) -> Option<Edit> {
    let range = whole_lines(doc, collection, it, index)?;
    doc.edit(range, "")
}

/// The lines of a child with its comments, and the blank lines that would otherwise be doubled.
fn whole_lines(doc: Doc<'_>, collection: NodeId, it: &Child, index: usize) -> Option<std::ops::Range<usize>> {
    // Above the first key of a file stands what is said of the file: that stays.
    let header = index == 0 && doc.tree.documents.iter().any(|d| d.root == collection);
    let start = doc.line_start(if header { it.head } else { doc.begin_with_comments(it) });
    let mut end = doc.next_line(doc.end_with_comments(it)?);
    let before = index.checked_sub(1).and_then(|before| doc.nodes_at(collection, before));
    if before.is_some_and(|before| doc.ends_open(collection, before)) {
        return None;
    }
    let blank = |from: usize| {
        let line = doc.slice(from..doc.line_end(from));
        from < doc.text.len() && line.trim_matches([' ', '\t']).is_empty()
    };
    let blank_before = start > 0 && doc.slice(0..start).ends_with('\n') && blank(doc.line_start(start - 1));
    let mut start = start;
    if blank_before && end >= doc.text.len() {
        while start > 0 && doc.slice(0..start).ends_with('\n') && blank(doc.line_start(start - 1)) {
            start = doc.line_start(start - 1);
        }
    } else if blank_before || doc.slice(0..start).trim_start_matches('\u{feff}').is_empty() {
        while blank(end) {
            end = doc.next_line(end);
        }
    }
    Some(start..end)
}

/// The first child of a block that begins behind a dash: `- a: 1`. The second takes its place.
fn first_of_compact(doc: Doc<'_>, collection: NodeId, it: &Child, index: usize) -> Option<Edit> {
    let next = doc.child(collection, index + 1)?;
    let own = doc.end_with_comments(it)?;
    let kept = doc.comments(own..next.head).next().is_some();
    // A dash behind which only an anchor or a tag stands would lose them.
    (index == 0 && !kept).then(|| doc.edit(it.head..next.head, ""))?
}

/// A child between brackets, with one comma.
fn from_flow(doc: Doc<'_>, collection: NodeId, it: &Child, index: usize, count: usize) -> Option<Edit> {
    let range = if index + 1 < count {
        it.head..doc.child(collection, index + 1)?.head
    } else {
        doc.child(collection, index.checked_sub(1)?)?.end..it.end
    };
    let own = doc.subtree(collection, it.node);
    let foreign = doc.comments(range.clone()).any(|(_, owner)| match owner {
        Owner::Above(id) | Owner::Trailing(id) | Owner::Inside(id) => !own.contains(&id),
        Owner::File => true,
    });
    (!foreign).then(|| doc.edit(range, ""))?
}

impl Doc<'_> {
    /// The n-th item, or the n-th key.
    fn nodes_at(self, collection: NodeId, index: usize) -> Option<NodeId> {
        match &self.node(collection).kind {
            Kind::Sequence { items, .. } => items.get(index).copied(),
            Kind::Mapping { entries, .. } => entries.get(index).map(|e| e.key),
            Kind::Scalar(_) | Kind::Alias { .. } => None,
        }
    }
}
