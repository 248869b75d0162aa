//! Puts new entries and items in, in the style of the collection: its indentation, its line ends, lines or brackets.

use super::{Child, Doc, Edit, Kind, NodeId, Position, Scalar, Source, Tree, scalar};

/// Adds an entry to a mapping. `value_yaml` is YAML: one line, or nothing, or a block that begins with a line break and is indented from 0
/// (`"\ndriver: local"`). The mapping may be empty: `{}`, or a key without a value. `None` if the key is there already, or if the place is
/// written in a way that cannot be added to.
pub fn insert_entry(source: &Source, tree: &Tree, mapping: NodeId, position: Position, key: &str, value_yaml: &str) -> Option<Edit> {
    if tree.get(mapping, key).is_some() || matches!(tree.node(mapping).kind, Kind::Sequence { .. } | Kind::Alias { .. }) {
        return None;
    }
    insert(Doc::new(source, tree), mapping, position, &New { key: Some(key), value: value_yaml })
}

/// Adds an item to a sequence. `value_yaml` is YAML, indented from 0: one line, or a mapping over several. The sequence may be empty: `[]`, or a
/// key without a value.
pub fn insert_item(source: &Source, tree: &Tree, sequence: NodeId, position: Position, value_yaml: &str) -> Option<Edit> {
    if matches!(tree.node(sequence).kind, Kind::Mapping { .. } | Kind::Alias { .. }) {
        return None;
    }
    insert(Doc::new(source, tree), sequence, position, &New { key: None, value: value_yaml })
}

/// What is put in.
struct New<'a> {
    key: Option<&'a str>,
    value: &'a str,
}

impl New<'_> {
    /// As lines, the first without its indentation.
    fn block(&self, column: usize, step: usize, line_break: &str) -> Option<String> {
        let indented = |out: &mut String, lines: &mut dyn Iterator<Item = &str>, column: usize| {
            for line in lines {
                out.push_str(line_break);
                if !line.is_empty() {
                    out.extend(std::iter::repeat_n(' ', column));
                    out.push_str(line);
                }
            }
        };
        let mut out = String::new();
        if let Some(key) = self.key {
            out.push_str(&scalar::scalar_text(key, false));
            out.push(':');
            if let Some(block) = self.value.strip_prefix('\n') {
                indented(&mut out, &mut block.trim_end_matches('\n').split('\n'), column + step);
            } else if self.value.contains('\n') {
                return None;
            } else if !self.value.is_empty() {
                out.push(' ');
                out.push_str(self.value);
            }
        } else {
            let mut lines = self.value.trim_end_matches('\n').split('\n');
            out.push_str("- ");
            out.push_str(lines.next()?);
            indented(&mut out, &mut lines, column + 2);
        }
        Some(out)
    }

    /// Between brackets.
    fn flow(&self) -> Option<String> {
        if self.value.contains('\n') {
            return None;
        }
        let value = if self.value.is_empty() { "null" } else { self.value };
        Some(match self.key {
            Some(key) => format!("{}: {value}", scalar::scalar_text(key, true)),
            None => value.to_owned(),
        })
    }
}

fn insert(doc: Doc<'_>, collection: NodeId, position: Position, new: &New<'_>) -> Option<Edit> {
    let (before, index) = match position {
        Position::Before(child) => (true, doc.position(collection, child)?.0),
        Position::After(child) => (false, doc.position(collection, child)?.0),
        Position::End => match doc.nodes(collection).len().checked_sub(1) {
            Some(last) => (false, last),
            None => return into_empty(doc, collection, new),
        },
    };
    let it = doc.child(collection, index)?;
    if doc.flow(collection)? {
        return into_flow(doc, &it, before, new);
    }
    let column = doc.column(it.head);
    let text = new.block(column, doc.step(), doc.line_break())?;
    let between = format!("{}{}", doc.line_break(), " ".repeat(column));
    if before {
        let at = doc.begin_with_comments(&it);
        return doc.edit(at..at, format!("{text}{between}"));
    }
    if doc.ends_open(collection, it.node) {
        return None;
    }
    let at = doc.end_with_comments(&it)?;
    doc.edit(at..at, format!("{between}{text}"))
}

fn into_flow(doc: Doc<'_>, it: &Child, before: bool, new: &New<'_>) -> Option<Edit> {
    let text = new.flow()?;
    if before {
        return doc.edit(it.head..it.head, format!("{text}, "));
    }
    // `{a:, b}` is not read alike by everybody.
    let open = doc.slice(0..it.end).ends_with(':');
    (!open).then(|| doc.edit(it.end..it.end, format!(", {text}")))?
}

/// `{}`, `[]`, or a key without a value.
fn into_empty(doc: Doc<'_>, collection: NodeId, new: &New<'_>) -> Option<Edit> {
    let node = doc.node(collection);
    let (start, end) = (node.span.start as usize, node.span.end as usize);
    let bare = node.anchor.is_none() && node.tag.is_none();
    // The entry of a block that it is the value of, and the column of its key.
    let holder = || {
        let (mapping, entry) = doc.tree.entry(collection).filter(|(_, e)| e.value == collection)?;
        let (index, _) = doc.position(mapping, entry.key)?;
        let column = doc.column(doc.child(mapping, index)?.head);
        (!doc.flow(mapping)?).then_some((entry, column))
    };
    let lines = |column: usize| {
        let column = column + doc.step();
        Some(format!("{}{}{}", doc.line_break(), " ".repeat(column), new.block(column, doc.step(), doc.line_break())?))
    };
    match &node.kind {
        Kind::Scalar(Scalar { text, .. }) => {
            let (_, column) = holder()?;
            if !(text.is_empty() && start == end && bare && doc.last_on_line(end)) {
                return None;
            }
            let at = doc.line_end(end);
            doc.edit(at..at, lines(column)?)
        }
        _ if doc.comments(start..end).next().is_some() => None,
        kind => {
            let colon = |key: NodeId| doc.slice(doc.end(key)..start).trim_matches([' ', '\t']) == ":";
            let line_ends = || doc.slice(end..doc.line_end(end)).trim_matches([' ', '\t']).is_empty();
            if let Some((entry, column)) = holder()
                && bare
                && colon(entry.key)
                && line_ends()
            {
                let behind = doc.slice(0..start).trim_end_matches([' ', '\t']).len();
                return doc.edit(behind..end, lines(column)?);
            }
            let text = new.flow()?;
            doc.edit(start..end, if matches!(kind, Kind::Mapping { .. }) { format!("{{{text}}}") } else { format!("[{text}]") })
        }
    }
}

impl Doc<'_> {
    /// The blanks that a level of this file is indented by.
    fn step(self) -> usize {
        let step = self.tree.documents.iter().find_map(|document| {
            let Kind::Mapping { entries, flow: false } = &self.node(document.root).kind else { return None };
            entries.iter().find_map(|entry| {
                let Kind::Mapping { flow: false, .. } = self.node(entry.value).kind else { return None };
                let inner = self.column(self.node(entry.value).span.start as usize);
                inner.checked_sub(self.column(self.begin(entry.key)))
            })
        });
        step.filter(|step| (1..=8).contains(step)).unwrap_or(2)
    }
}
