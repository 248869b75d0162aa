//! The edits of texts that secrets need.

use super::super::desk::Desk;
use super::super::projects::Home;
use crate::source::{Edit, Span};
use crate::yaml::edit::{self, Position};
use crate::yaml::{NodeId, Tree};

/// A name as part of another: small letters, digits and `_`.
pub(super) fn word(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect()
}

/// The scalar of a variable: the value of an entry, or an item `NAME=value`.
pub(super) fn scalar(tree: &Tree, at: Span, name: &str) -> Option<(NodeId, bool)> {
    // What is merged into a list stands at its key and its value.
    let entry = || tree.entry(tree.starting(at)?).map(|(_, entry)| entry.value).filter(|value| tree.node(*value).span.end == at.end);
    let node = tree.at(at).filter(|node| tree.text(*node).is_some()).or_else(entry)?;
    let item = tree.text(node)?.strip_prefix(name).is_some_and(|rest| rest.starts_with('='));
    let entry = tree.entry(node).filter(|(_, entry)| entry.value == node);
    match (item, entry) {
        (false, Some(_)) => Some((node, false)),
        (true, None) => Some((node, true)),
        _ => None,
    }
}

/// Another value for a variable.
pub(super) fn replaced(tree: &Tree, desk: &Desk, at: Span, name: &str, value: &str) -> Option<Edit> {
    let (node, item) = scalar(tree, at, name)?;
    let text = if item { format!("{name}={value}") } else { value.to_owned() };
    edit::replace_scalar(&desk.source(at.file), tree, node, &text)
}

/// Another name and another value for a variable.
pub(super) fn renamed(tree: &Tree, desk: &Desk, at: Span, name: &str, new: &str, value: &str) -> Option<Vec<Edit>> {
    if tree.file != at.file {
        return None;
    }
    let source = desk.source(at.file);
    let (node, item) = scalar(tree, at, name)?;
    if item {
        return edit::replace_scalar(&source, tree, node, &format!("{new}={value}")).map(|e| vec![e]);
    }
    let (_, entry) = tree.entry(node)?;
    Some(vec![edit::rename_key(&source, tree, entry.key, new)?, edit::replace_scalar(&source, tree, node, value)?])
}

/// Gives secrets to a service.
pub(super) fn list_edits(home: &Home, names: &[&str]) -> Option<Vec<Edit>> {
    let Home { source, tree, mapping } = home;
    match tree.get(*mapping, "secrets") {
        Some(list) if !tree.shared(list) => names.iter().map(|name| edit::insert_item(source, tree, list, Position::End, name)).collect(),
        Some(_) => None,
        None => {
            let block = names.iter().map(|name| format!("\n- {name}")).collect::<Vec<String>>().concat();
            let flow = format!("[{}]", names.join(", "));
            let insert = |value: &str| edit::insert_entry(source, tree, *mapping, Position::End, "secrets", value);
            insert(&block).or_else(|| insert(&flow)).map(|e| vec![e])
        }
    }
}
