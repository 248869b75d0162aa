//! Patterns of attribute paths (`services.*.build.args`), compiled once into a tree that a walk descends along. Knows no attribute.

use super::problem::{ModelPath, Part};

/// What belongs to which attribute paths. In a pattern `*` stands for any key or position and `[]` for any position; a position
/// that has no `[]` is taken by `*`. No place of a table has both `*` and names below it.
#[derive(Debug)]
pub struct Table<T> {
    nodes: Vec<Node<T>>,
}

#[derive(Debug)]
struct Node<T> {
    value: Option<T>,
    /// Sorted by length and then by text: most keys that are looked for are told apart by their length alone.
    keys: Vec<(&'static str, usize)>,
    any: Option<usize>,
    index: Option<usize>,
}

impl<T> Node<T> {
    fn empty() -> Self {
        Self { value: None, keys: Vec::new(), any: None, index: None }
    }

    fn search(&self, key: &str) -> Result<usize, usize> {
        self.keys.binary_search_by(|(own, _)| own.len().cmp(&key.len()).then_with(|| (*own).cmp(key)))
    }

    fn below(&self, key: &str) -> Option<usize> {
        self.search(key).ok().and_then(|at| self.keys.get(at)).map(|(_, node)| *node)
    }

    fn below_or(&mut self, key: &'static str, fresh: usize) -> usize {
        if let Err(at) = self.search(key) {
            self.keys.insert(at, (key, fresh));
        }
        self.below(key).unwrap_or(fresh)
    }
}

impl<T> Table<T> {
    /// The table of some patterns.
    pub fn new(patterns: impl IntoIterator<Item = (&'static str, T)>) -> Self {
        let mut nodes = vec![Node::empty()];
        for (pattern, value) in patterns {
            let mut at = 0;
            for part in pattern.split('.') {
                let fresh = nodes.len();
                let Some(node) = nodes.get_mut(at) else { break };
                at = match part {
                    "*" => *node.any.get_or_insert(fresh),
                    "[]" => *node.index.get_or_insert(fresh),
                    key => node.below_or(key, fresh),
                };
                if at == fresh {
                    nodes.push(Node::empty());
                }
            }
            if let Some(node) = nodes.get_mut(at) {
                node.value = Some(value);
            }
        }
        Self { nodes }
    }

    /// The beginning of a walk.
    pub fn root(&self) -> Cursor<'_, T> {
        Cursor { table: self, node: Some(0) }
    }

    /// A walk that has come as far as `path`.
    pub fn at(&self, path: &ModelPath) -> Cursor<'_, T> {
        path.0.iter().fold(self.root(), |cursor, part| match part {
            Part::Key(key) => cursor.key(key),
            Part::Index(_) => cursor.index(),
        })
    }
}

/// How far a walk has come in a table.
#[derive(Debug)]
pub struct Cursor<'t, T> {
    table: &'t Table<T>,
    node: Option<usize>,
}

impl<T> Clone for Cursor<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Cursor<'_, T> {}

impl<'t, T> Cursor<'t, T> {
    fn node(self) -> Option<&'t Node<T>> {
        self.table.nodes.get(self.node?)
    }

    fn to(self, node: Option<usize>) -> Self {
        Self { table: self.table, node }
    }

    /// One key deeper.
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        self.to(self.node().and_then(|n| n.below(key).or(n.any)))
    }

    /// One position deeper.
    #[must_use]
    pub fn index(self) -> Self {
        self.to(self.node().and_then(|n| n.index.or(n.any)))
    }

    /// What belongs to this path.
    pub fn get(self) -> Option<&'t T> {
        self.node()?.value.as_ref()
    }

    /// True if nothing belongs to this path or to any below it.
    pub fn is_dead(self) -> bool {
        self.node.is_none()
    }
}

/// Where a walk is, without an allocation on the way: only a problem needs the whole path.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// The beginning.
    Root(&'a ModelPath),
    /// A key of a mapping.
    Key(&'a Place<'a>, &'a str),
    /// A position in a sequence.
    Index(&'a Place<'a>, usize),
}

impl Place<'_> {
    /// The whole path.
    pub fn path(&self) -> ModelPath {
        let mut parts = Vec::new();
        let mut at = self;
        loop {
            match at {
                Place::Root(root) => {
                    parts.extend(root.0.iter().rev().cloned());
                    break;
                }
                Place::Key(parent, key) => {
                    parts.push(Part::Key((*key).to_owned()));
                    at = parent;
                }
                Place::Index(parent, index) => {
                    parts.push(Part::Index(*index));
                    at = parent;
                }
            }
        }
        parts.reverse();
        ModelPath(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn star_takes_keys_and_positions_and_brackets_take_positions_only() {
        let table = Table::new([("services.*.ports", 1), ("services.*.ports.[].target", 2), ("services.*.volumes.*", 3)]);
        let service = table.root().key("services").key("a.b");
        assert_eq!(service.key("ports").get(), Some(&1));
        assert_eq!(service.key("ports").index().key("target").get(), Some(&2));
        assert!(service.key("ports").key("target").is_dead());
        assert_eq!(service.key("volumes").index().get(), Some(&3));
        assert_eq!(service.get(), None);
        assert!(!service.is_dead());
        assert!(table.root().key("networks").is_dead());
        assert_eq!(table.at(&ModelPath::keys(&["services", "x", "ports"])).get(), Some(&1));
    }

    #[test]
    fn a_place_knows_its_path() {
        let root = ModelPath::keys(&["services"]);
        let (a, b);
        let start = Place::Root(&root);
        a = Place::Key(&start, "web");
        b = Place::Index(&a, 2);
        assert_eq!(b.path().to_string(), "services.web[2]");
    }
}
