//! Whether a change reaches further than the place that it is made at.

use super::{Doc, Edit, Kind, NodeId, Source, Tree};

/// True if an edit changes something that is read through an alias somewhere: it changes that place, too.
pub fn touches_shared(source: &Source, tree: &Tree, edit: &Edit) -> bool {
    if tree.last_alias.is_empty() {
        return false;
    }
    let doc = Doc::new(source, tree);
    let (start, end) = (edit.span.start as usize, edit.span.end as usize);
    // What is taken away begins with the indentation of its line, which may follow something else.
    let old = doc.slice(start..end);
    let at = start + (old.len() - old.trim_start().len());
    let place = Place { doc, at, column: new_line_column(&edit.text).filter(|_| start == end) };
    let Some(document) = tree.documents.partition_point(|d| d.span.start as usize <= at).checked_sub(1) else { return false };
    let mut node = tree.documents.get(document).map(|d| d.root);
    while let Some(id) = node.filter(|id| place.is_in(*id)) {
        if tree.last_alias.contains_key(&id) {
            return true;
        }
        node = tree.child_where(id, |child| doc.begin(child) <= at);
    }
    false
}

/// Where something changes.
struct Place<'a> {
    doc: Doc<'a>,
    at: usize,
    /// Of what is put in below a line: its column.
    column: Option<usize>,
}

impl Place<'_> {
    fn is_in(&self, id: NodeId) -> bool {
        let (doc, end) = (self.doc, self.doc.end(id));
        if self.at < end {
            return doc.begin(id) <= self.at;
        }
        // Below the last line of a block its next entry comes, or the next one of a block around it: the indentation tells.
        let (Some(column), Some(false)) = (self.column, doc.flow(id)) else { return false };
        let head = match doc.node(id).kind {
            Kind::Sequence { .. } => doc.node(id).span.start as usize,
            _ => doc.nodes(id).first().map_or(end, |first| doc.begin(*first)),
        };
        let between = doc.slice(end..self.at).lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'));
        between && column >= doc.column(head)
    }
}

/// The column of the first thing on the second line of a text that begins with a line break.
fn new_line_column(text: &str) -> Option<usize> {
    let line = text.strip_prefix("\r\n").or_else(|| text.strip_prefix('\n'))?;
    Some(line.len() - line.trim_start_matches(' ').len())
}
