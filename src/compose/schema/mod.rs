//! Whether a project has the keys and types that Compose takes (spec/resolve.md 15): every error at once, each at its place.
//!
//! The tables are written by hand and say the same as Compose's JSON schema; the check runs on raw trees (short and long forms) and
//! changes nothing. What a value means (a duration, a port) is for later phases. No text, address or name of a secret is repeated
//! in a message: only keys, words of the tables, and numbers where they cannot be confidential.

mod advice;
mod shape;
mod tables;
mod walk;

#[cfg(test)]
mod tests;

use super::Semantics;
use super::problem::Problem;
use super::value::Map;
use shape::Shape;

/// Adds a problem for everything in this tree that Compose's schema refuses: none if and only if Compose accepts it.
///
/// `root` is the tree after merging and before the short forms are made canonical (phase 5g of spec/resolve.md), of one file or of several.
/// A tree that is checked after each further file reports what stays wrong each time again.
pub fn check(root: &Map, semantics: Semantics, problems: &mut Vec<Problem>) {
    walk::check(root, semantics, problems);
}

/// The keys that Compose knows in the mapping at a place, sorted; none where the keys are the user's own. `None` if there can be no mapping.
///
/// The place is given as keys from the top; of a list any item will do: `["services", "web", "ports", "0"]`.
pub fn known_keys(place: &[&str], semantics: Semantics) -> Option<Vec<&'static str>> {
    let mut shape = &Shape::NOTHING.or_mapping(&tables::ROOT);
    for key in place {
        shape = match (shape.mapping, shape.list) {
            (_, Some(list)) if shape.mapping.is_none() || key.bytes().all(|b| b.is_ascii_digit()) => &list.item,
            (Some(mapping), _) => mapping.key(key, semantics).or_else(|| {
                let names = mapping.names.as_ref()?;
                names.pattern.matches(key).then_some(&names.shape)
            })?,
            _ => return None,
        };
    }
    let mut keys: Vec<&str> = shape.mapping?.known(semantics).map(|(key, _)| key).collect();
    keys.sort_unstable();
    Some(keys)
}
