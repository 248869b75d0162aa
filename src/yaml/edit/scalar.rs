//! Changes scalars where they stand: other text in the same quotes, or other quotes around the same text.

use super::{Doc, Edit, Kind, NodeId, Scalar, Source, Style, Tree};
use crate::yaml::print::{plain_allowed, retyped, single_quotes_allowed};
use crate::yaml::scalar::{Typed, resolve};

/// Replaces the text of a scalar. Its quotes stay as they are where they can; bare text gets quotes where the new one would be read as something
/// else. `None` for an alias, a block scalar, a scalar with a tag or over several lines.
pub fn replace_scalar(source: &Source, tree: &Tree, node: NodeId, new: &str) -> Option<Edit> {
    let doc = Doc::new(source, tree);
    let scalar = simple(doc, node)?;
    let flow = in_flow(doc, node);
    let text = match scalar.style {
        Style::Plain if stays_plain(scalar, new, flow) => new.to_owned(),
        Style::Plain | Style::DoubleQuoted => double_quoted(new),
        _ if single_quotes_allowed(new) => single_quoted(new),
        _ => double_quoted(new),
    };
    replace(doc, node, text)
}

/// Puts other quotes around a scalar (`Style::Plain`: none). `None` if it has them already or cannot have them with the same text, and in the
/// cases of [`replace_scalar`]. Quotes make a text of what would be a number: whether that is the same is the caller's to know.
pub fn quote(source: &Source, tree: &Tree, node: NodeId, style: Style) -> Option<Edit> {
    let doc = Doc::new(source, tree);
    let scalar = simple(doc, node)?;
    if scalar.style == style {
        return None;
    }
    let text = match style {
        Style::Plain if bare(&scalar.text, in_flow(doc, node)) => scalar.text.to_string(),
        Style::SingleQuoted if single_quotes_allowed(&scalar.text) => single_quoted(&scalar.text),
        Style::DoubleQuoted => double_quoted(&scalar.text),
        _ => return None,
    };
    replace(doc, node, text)
}

/// Gives a key another name. `None` if the mapping has that name already, and in the cases of [`replace_scalar`].
pub fn rename_key(source: &Source, tree: &Tree, key: NodeId, new: &str) -> Option<Edit> {
    let (mapping, entry) = tree.entry(key).filter(|(_, entry)| entry.key == key)?;
    if tree.get(mapping, new).is_some() || tree.text(entry.key)? == "<<" {
        return None;
    }
    replace_scalar(source, tree, key, new)
}

/// A text as a YAML scalar on one line, bare where that is read as the same text, in a block or between brackets.
pub fn scalar_text(text: &str, flow: bool) -> String {
    if bare(text, flow) { text.to_owned() } else { double_quoted(text) }
}

fn replace(doc: Doc<'_>, node: NodeId, text: String) -> Option<Edit> {
    let span = doc.node(node).span;
    doc.edit(span.start as usize..span.end as usize, text)
}

/// A scalar on one line without a tag, of which something is written.
fn simple(doc: Doc<'_>, node: NodeId) -> Option<&Scalar> {
    let it = doc.node(node);
    let written = doc.slice(it.span.start as usize..it.span.end as usize);
    match &it.kind {
        Kind::Scalar(scalar)
            if it.tag.is_none()
                && !written.is_empty()
                && !written.contains(['\n', '\r'])
                && matches!(scalar.style, Style::Plain | Style::SingleQuoted | Style::DoubleQuoted) =>
        {
            Some(scalar)
        }
        _ => None,
    }
}

fn in_flow(doc: Doc<'_>, node: NodeId) -> bool {
    let parent = doc.tree.parent(node);
    parent.is_some_and(|p| matches!(doc.node(p).kind, Kind::Sequence { flow: true, .. } | Kind::Mapping { flow: true, .. }))
}

/// True if a text without quotes is that text, for every reader.
fn bare(text: &str, flow: bool) -> bool {
    writable(text, flow) && !retyped(text) && text != "<<"
}

fn writable(text: &str, flow: bool) -> bool {
    plain_allowed(text)
        && !(flow && (text.contains([',', '[', ']', '{', '}']) || text.ends_with(['?', ':']) || text.starts_with(['?', ':', '-'])))
}

/// True if a bare text is still read as what it was meant for: a text as that text, a number as a number.
fn stays_plain(old: &Scalar, new: &str, flow: bool) -> bool {
    let kind = |scalar: &Scalar| std::mem::discriminant(&resolve(scalar, None));
    let typed = Scalar { text: new.into(), style: Style::Plain };
    let same = kind(old) == kind(&typed) && !matches!(resolve(&typed, None), Typed::Str(_));
    bare(new, flow) || (same && writable(new, flow))
}

fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// In `"`, with the fewest escapes.
pub(super) fn double_quoted(text: &str) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // Writing to a String cannot fail.
            c if c.is_control() || matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}') => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
