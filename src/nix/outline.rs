//! Where the attributes of a text are written, and which files it names. Nothing is evaluated.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::NixError;
use super::eval::on_own_stack;
use super::read::{self, Kind, Node, Operator, Part, Set, Source};

/// What can be told of a text without evaluating it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// The bytes of the values, by the path of the attribute; of the items of lists, by their number. `config` at the beginning of a module
    /// is left out, as is what lies between a name and its set: `lib.mkIf`, `let` and its names, a function.
    pub places: BTreeMap<Vec<String>, Range<usize>>,
    /// The paths that the text names, absolute, in order.
    pub paths: Vec<PathBuf>,
}

/// Outlines the text of a file. Errors: it is not Nix.
pub fn outline(text: &str, file: &Path) -> Result<Outline, NixError> {
    on_own_stack(|| {
        let node = read::parse(Source::file(file, text.to_owned()))?;
        let mut walk = Walk { path: Vec::new(), lets: Vec::new(), follow: FOLLOWED, following: false, out: Outline::default() };
        walk.node(&node, true);
        Ok(walk.out)
    })
}

/// Parts of the tree that are looked at again because a name of a `let` stands for them.
const FOLLOWED: usize = 1 << 17;

struct Walk<'n> {
    /// The attribute that it is in.
    path: Vec<String>,
    /// What names stand for.
    lets: Vec<&'n Set>,
    /// How many parts of the tree may still be looked at again.
    follow: usize,
    /// What is looked at is what a name stands for.
    following: bool,
    out: Outline,
}

impl<'n> Walk<'n> {
    /// `named`: what is here is the value at the path.
    fn node(&mut self, node: &'n Node, named: bool) {
        if self.following {
            let Some(less) = self.follow.checked_sub(1) else { return };
            self.follow = less;
        }
        match &node.kind {
            Kind::Lambda(_, body) => self.node(body, named),
            Kind::Apply(function, argument) => {
                self.node(function, named);
                self.node(argument, named);
            }
            Kind::With(first, body) | Kind::Assert(first, body) => {
                self.node(first, false);
                self.node(body, named);
            }
            // What is on the right counts.
            Kind::Binary(Operator::Update, left, right) => {
                self.node(right, named);
                self.node(left, named);
            }
            Kind::Binary(operator, left, right) => {
                let named = named && *operator == Operator::Concat;
                self.node(left, named);
                self.node(right, named);
            }
            Kind::If(condition, yes, no) => {
                self.node(condition, false);
                self.node(yes, named);
                self.node(no, named);
            }
            Kind::Let(set, body) => {
                for value in set.attrs.values() {
                    self.node(value, false);
                }
                self.lets.push(set);
                self.node(body, named);
                self.lets.pop();
            }
            Kind::Set(set) => {
                for (name, value) in &set.attrs {
                    let outer = self.path.is_empty() && &**name == "config";
                    if outer {
                        self.node(value, named);
                    } else {
                        self.part(name.to_string(), value, named);
                    }
                }
                for (name, value) in &set.dynamic {
                    self.node(name, false);
                    self.node(value, false);
                }
            }
            Kind::List(items) => items.iter().enumerate().for_each(|(number, item)| self.part(number.to_string(), item, named)),
            Kind::Name(name) if named => self.follow(name),
            Kind::Path(parts) if !self.following => {
                if let [Part::Text(text)] = parts.as_slice() {
                    self.out.paths.push(super::eval::normal(Path::new(&**text)));
                }
            }
            Kind::Select(base, ..) | Kind::Has(base, _) | Kind::Not(base) | Kind::Negate(base) => self.node(base, false),
            Kind::Str(parts) => {
                for part in parts {
                    if let Part::Expr(node) = part {
                        self.node(node, false);
                    }
                }
            }
            Kind::Int(_) | Kind::Float(_) | Kind::Text(_) | Kind::Search(_) | Kind::Name(_) | Kind::Outer(_) | Kind::Path(_) => {}
        }
    }

    /// An attribute, or an item.
    fn part(&mut self, name: String, value: &'n Node, named: bool) {
        self.path.push(name);
        if named {
            self.out.places.entry(self.path.clone()).or_insert(value.at.0 as usize..value.at.1 as usize);
        }
        self.node(value, named);
        self.path.pop();
    }

    /// What a name of a `let` around it stands for; names in that are not followed.
    fn follow(&mut self, name: &str) {
        let Some(value) = self.lets.iter().rev().find_map(|set| set.attrs.get(name)) else { return };
        let lets = std::mem::take(&mut self.lets);
        let before = std::mem::replace(&mut self.following, true);
        self.node(value, true);
        (self.lets, self.following) = (lets, before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_found_where_they_are_written() {
        let text = "{ lib, ... }:\nlet x = { no = 1; }; in {\n  imports = [ ./a.nix ../b ];\n  config = lib.mkIf true {\n    a.\"b.c\" = [ \"x\" \"y\" ] ++ [ ];\n  };\n  d = import ./e.nix { };\n}\n";
        let found = outline(text, Path::new("/srv/nix/web.nix")).unwrap();
        let at = |path: &[&str]| found.places.get(&path.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>()).map(|r| &text[r.clone()]);
        assert_eq!(at(&["a", "b.c", "1"]), Some("\"y\""));
        assert_eq!(at(&["a", "b.c"]), Some("[ \"x\" \"y\" ] ++ [ ]"));
        assert_eq!(at(&["no"]), None);
        assert_eq!(found.paths, ["/srv/nix/a.nix", "/srv/b", "/srv/nix/e.nix"].map(PathBuf::from));
        let text = "let base = { a = 1; b.c = 2; }; in\n{ x = base // { a = 3; }; y = f base; z = [ base base.a ]; }";
        let found = outline(text, Path::new("/srv/nix/web.nix")).unwrap();
        let at = |path: &[&str]| found.places.get(&path.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>()).map(|r| &text[r.clone()]);
        assert_eq!(
            (at(&["x", "a"]), at(&["x", "b", "c"]), at(&["y", "a"]), at(&["z", "0", "a"])),
            (Some("3"), Some("2"), Some("1"), Some("1"))
        );
        assert_eq!((at(&["a"]), at(&["z", "1", "a"])), (None, None));
        let hostile = format!("let a = {{ b = a; c = [ {} ]; }}; in {{ d = a; e = [ {} ]; }}", "./x ".repeat(1000), "a ".repeat(1000));
        let found = outline(&hostile, Path::new("/x.nix")).unwrap();
        assert!(found.places.len() < 2 * FOLLOWED);
        assert_eq!(found.paths.len(), 1000);
        assert!(outline("{ a = ; }", Path::new("/x.nix")).is_err());
    }
}
