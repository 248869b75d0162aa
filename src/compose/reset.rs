//! The places of `!reset` and `!override`, and their removal from what a document is merged into (spec/resolve.md 8).

use std::rc::Rc;

use super::value::{Data, Map, Value};

/// One place: keys, and positions as text. `*` stands for any key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResetPath(pub Vec<Rc<str>>);

impl ResetPath {
    /// The place at these keys.
    pub fn new(path: &[Rc<str>]) -> Self {
        Self(path.to_vec())
    }
}

/// Removes the places from a project's tree.
pub fn apply(tree: &mut Map, places: &[ResetPath]) {
    for place in places {
        remove(tree, &place.0);
    }
}

/// Removes the places below `prefix` from the value that stands there. The value itself is never removed.
pub fn apply_below(value: &mut Value, prefix: &[&str], places: &[ResetPath]) {
    for place in places {
        let Some(head) = place.0.get(..prefix.len()) else { continue };
        let rest = place.0.get(prefix.len()..).unwrap_or_default();
        let matches = head.iter().zip(prefix).all(|(have, want)| &**have == "*" || &**have == *want);
        if matches && !rest.is_empty() {
            descend(value, rest);
        }
    }
}

fn remove(map: &mut Map, path: &[Rc<str>]) {
    match path {
        [] => {}
        [last] if &**last == "*" => map.clear(),
        [last] => {
            map.shift_remove(&**last);
        }
        [first, rest @ ..] if &**first == "*" => map.values_mut().for_each(|e| descend(&mut e.value, rest)),
        [first, rest @ ..] => {
            if let Some(entry) = map.get_mut(&**first) {
                descend(&mut entry.value, rest);
            }
        }
    }
}

fn descend(value: &mut Value, path: &[Rc<str>]) {
    match &mut value.data {
        Data::Map(map) => remove(map, path),
        // An item of the base cannot be removed. Only `*` leads into one: positions of the base are spelled `[0]`.
        Data::Seq(items) => {
            if let [first, rest @ ..] = path
                && !rest.is_empty()
            {
                for (index, item) in items.iter_mut().enumerate() {
                    if &**first == "*" || **first == *format!("[{index}]") {
                        descend(item, rest);
                    }
                }
            }
        }
        _ => {}
    }
}
