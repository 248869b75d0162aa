//! How the rules about security mend what they find. None of it is safe: what runs has other rights afterwards.

use crate::rules::prelude::*;
use crate::source::Span;
use crate::yaml::edit::{Position, insert_entry, insert_item, remove_item_up, replace_scalar};

/// Without this item of a list; without the list where it was the only one.
pub(super) fn without(at: Span, cx: &Cx) -> Option<Vec<Edit>> {
    let (tree, source) = (cx.tree(at.file)?, cx.sources.get(at.file));
    let item = tree.at(at)?;
    remove_item_up(&source, &tree, tree.parent(item)?, item)
}

/// Another text in its place.
pub(super) fn instead(at: Span, new: &str, cx: &Cx) -> Option<Vec<Edit>> {
    let (tree, source) = (cx.tree(at.file)?, cx.sources.get(at.file));
    replace_scalar(&source, &tree, tree.at(at)?, new).map(|edit| vec![edit])
}

/// The service with one more key, at its end. `at` is its name.
pub(super) fn with_key(at: Span, key: &str, value_yaml: &str, cx: &Cx) -> Option<Vec<Edit>> {
    let (tree, source) = (cx.tree(at.file)?, cx.sources.get(at.file));
    let (_, entry) = tree.entry(tree.at(at)?)?;
    insert_entry(&source, &tree, entry.value, Position::End, key, value_yaml).map(|edit| vec![edit])
}

/// The list that has this item with one more.
pub(super) fn with_item(beside: Span, value_yaml: &str, cx: &Cx) -> Option<Vec<Edit>> {
    let (tree, source) = (cx.tree(beside.file)?, cx.sources.get(beside.file));
    let list = tree.parent(tree.at(beside)?)?;
    insert_item(&source, &tree, list, Position::End, value_yaml).map(|edit| vec![edit])
}
